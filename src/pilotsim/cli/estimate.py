"""pilotsim estimate: what a real register says to the questions of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import EVALUATION, LANGUAGE, LEDGER, OUT
from pilotsim.cli.shared import FALLS_SHORT, check_places, deliver
from pilotsim.cli.spoken import InputPath, WholeNumber, command


@command(
    "Estimate the effects that a plan asks for from DATA, a register extract "
    "(pilotsim docs register).",
    needs=EVALUATION,
)
@click.argument("file", metavar="DATA", type=InputPath(path_type=Path))
@click.option(
    "--plan",
    "plan_file",
    type=InputPath(path_type=Path),
    required=True,
    help="The plan.json that pilotsim plan wrote.",
)
@click.option(
    "--hash", "filed", metavar="HASH", help="The hash that was filed; the plan must have it."
)
@click.option(
    "--changed", is_flag=True, help="Go on although the plan was changed; every result will say so."
)
@click.option(
    "--owner-allows",
    "allowed",
    metavar="COUNT",
    type=WholeNumber(min=1),
    help="The smallest count that the owner of the data allows to be shown; every result says so.",
)
@click.option(
    "--look",
    "months",
    metavar="MONTHS",
    type=WholeNumber(min=1),
    help="A look along the way that the plan has, after so many months. [default: the end]",
)
@LEDGER
@OUT
@LANGUAGE
def estimate(
    file: Path,
    plan_file: Path,
    filed: str | None,
    changed: bool,
    allowed: int | None,
    months: int | None,
    ledger: Path | None,
    out: Path | None,
    language: str,
) -> None:
    """Estimate the effects that a plan asks for from a register extract."""
    from pilotsim.evaluation.estimation import estimate as work_out

    check_places(None, out)
    found = work_out(
        file,
        plan_file,
        filed=filed,
        changed=changed,
        owner_allows=allowed,
        ledger=ledger,
        months=months,
    )
    deliver(found, language, out=out)
    if not found.has_answer:
        raise SystemExit(FALLS_SHORT)
