"""pilotsim estimate: what a real register says to the questions of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import LANGUAGE, LEDGER, OUT
from pilotsim.cli.shared import FALLS_SHORT, check_places, deliver
from pilotsim.cli.spoken import InputPath, WholeNumber, command


@command(
    "Estimate the effects that a plan asks for from DATA, a register extract "
    "(pilotsim docs register)."
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
    from pilotsim.evaluation.look_analysis import analyse_look, look_of
    from pilotsim.evaluation.preanalysis_plan import read_plan, require_unchanged
    from pilotsim.evaluation.register import read_register
    from pilotsim.evaluation.register_analysis import analyse
    from pilotsim.evaluation.release import rules_of
    from pilotsim.evaluation.release.ledger import (
        LedgerEntry,
        digest_of,
        ledger_of,
        read_ledger,
        write_ledger,
    )
    from pilotsim.evaluation.several_arms_analysis import analyse_arms
    from pilotsim.files.yaml import parse, read_file

    check_places(None, out)
    plan, unchanged = read_plan(plan_file)
    require_unchanged(plan_file, plan, unchanged=unchanged or changed, filed=filed)
    look = look_of(plan, months)
    panel = read_register(file, plan.begins, plan.rule.words_of_arms)
    rules = rules_of(int(plan.small_cells.number), allowed)
    place = ledger or ledger_of(file)
    earlier = read_ledger(place)
    content = parse(read_file(plan_file, "plan"), str(plan_file), "plan").content
    if plan.rule.has_several_arms:
        arms, entries = analyse_arms(
            panel, plan, content, unchanged=unchanged, rules=rules, earlier=earlier
        )
        write_ledger(place, [*earlier, *entries])
        deliver(arms, language, out=out, with_figures=out is not None)
        if all(one.answers[0].finding.effect is None for one in arms.contrasts):
            raise SystemExit(FALLS_SHORT)
        return
    if look is not None:
        looked, entry = analyse_look(
            panel, plan, content, look, unchanged=unchanged, rules=rules, earlier=earlier
        )
        write_ledger(place, [*earlier, entry])
        deliver(looked, language, out=out, with_figures=out is not None)
        if looked.decision == "silent":
            raise SystemExit(FALLS_SHORT)
        return
    found = analyse(panel, plan, unchanged=unchanged, rules=rules, earlier=earlier)
    # Written down before anybody sees it: what was not noted could be subtracted from the next.
    told = LedgerEntry(digest_of(panel), plan, content, found.told, found.about, found.answers)
    write_ledger(place, [*earlier, told])
    deliver(found, language, out=out, with_figures=out is not None)
    if found.findings[0].effect is None:
        raise SystemExit(FALLS_SHORT)
