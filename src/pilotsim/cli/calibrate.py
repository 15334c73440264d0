"""pilotsim calibrate: named assumptions fitted to published figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.shared import (
    ENGINE,
    JOBS,
    LANGUAGE,
    SEED,
    check_places,
    command_line,
    make_ready,
    progress,
    read_changed,
)

if TYPE_CHECKING:
    from pilotsim.judge.posterior import Calibration
    from pilotsim.model.flow import Flow


@click.command()
@click.argument("flow_file", metavar="FLOW", type=click.Path(path_type=Path))
@click.option(
    "--fit",
    metavar="PATH",
    multiple=True,
    required=True,
    help="An assumption with a range; may be repeated.",
)
@click.option(
    "--to",
    metavar="OUTPUT",
    multiple=True,
    help="An observed output to fit to. [default: those marked fitted]",
)
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(2, 100_000),
    default=100,
    show_default=True,
    help="Runs at each point.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 10),
    default=3,
    show_default=True,
    help="Rounds of points, at most.",
)
@click.option(
    "--chance/--no-chance",
    "one_course",
    default=True,
    show_default=True,
    help="Whether a figure is one course of events of this size, or comes from so many that chance hardly counts.",
)
@SEED
@JOBS
@ENGINE
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the fitted flow as a new file.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JSON.",
)
@LANGUAGE
def calibrate(
    flow_file: Path,
    fit: tuple[str, ...],
    to: tuple[str, ...],
    out: Path | None,
    json_file: Path | None,
    language: str,
    **options: Any,
) -> None:
    """Fit assumptions of FLOW to what was published about the system.

    Say what the figures leave open.
    """
    check_places(json_file, out)
    if out is not None and out.exists() and out.samefile(flow_file):
        raise click.UsageError(
            "the fitted flow is a new file; name another one than the flow itself"
        )
    flow, _ = read_changed(flow_file, (), None)
    found = _run(flow, fit, to, language, options)
    from rich.console import Console

    from pilotsim.output.screen.calibration import show_calibration

    show_calibration(
        found, Console(highlight=False, width=None if sys.stdout.isatty() else 160), language
    )
    if out is not None:
        from pilotsim.base.files import write_text
        from pilotsim.files.yaml import read_file
        from pilotsim.judge.calibrated_file import fitted_text

        write_text(out, fitted_text(found, read_file(flow_file), command_line()))
        click.echo(f"\n{'Tilpasset flyt' if language == 'nb' else 'Fitted flow'}: {out}")
    if json_file is not None:
        from pilotsim.output.json import write_calibration

        write_calibration(found, json_file)
        click.echo(f"\nJSON: {json_file}")


def _run(
    flow: Flow, fit: tuple[str, ...], to: tuple[str, ...], language: str, options: dict[str, Any]
) -> Calibration:
    from pilotsim.judge.calibration import calibrate as fit_to
    from pilotsim.judge.calibration import count_calibration_runs

    make_ready(options["engine"])
    with progress(
        count_calibration_runs(len(fit), options["replications"], options["rounds"]), language
    ) as advance:
        return fit_to(flow, fit, to, progress=advance, **options)
