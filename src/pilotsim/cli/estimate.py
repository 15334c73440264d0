"""pilotsim estimate: what a real register says to the questions of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import LANGUAGE, OUT
from pilotsim.cli.shared import check_places, deliver
from pilotsim.cli.spoken import command


@command(
    "Estimate the effects that a plan asks for from DATA, a register extract (docs/register.md)."
)
@click.argument("file", metavar="DATA", type=click.Path(path_type=Path))
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    required=True,
    help="The plan.json that pilotsim plan wrote.",
)
@click.option(
    "--hash", "filed", metavar="HASH", help="The hash that was filed; the plan must have it."
)
@click.option(
    "--changed", is_flag=True, help="Go on although the plan was changed; every result will say so."
)
@OUT
@LANGUAGE
def estimate(
    file: Path, plan_file: Path, filed: str | None, changed: bool, out: Path | None, language: str
) -> None:
    """Estimate the effects that a plan asks for from a register extract."""
    from pilotsim.evaluation.preanalysis_plan import read_plan, require_unchanged
    from pilotsim.evaluation.register import read_register
    from pilotsim.evaluation.register_analysis import analyse
    from pilotsim.language.catalogue import translate

    check_places(None, out)
    plan, unchanged = read_plan(plan_file)
    require_unchanged(plan_file, plan, unchanged=unchanged or changed, filed=filed)
    panel = read_register(file, plan.begins)
    for note in panel.notes:
        click.echo(translate(note, language), err=True)
    found = analyse(panel, plan, unchanged=unchanged)
    deliver(found, language, out=out, with_figures=out is not None)
