"""pilotsim validate: each published figure beside what the simulation comes to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.shared import (
    ENGINE,
    FALLS_SHORT,
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
    from pilotsim.base.text import Text
    from pilotsim.judge.validation import Validation
    from pilotsim.model.flow import Flow


@click.command()
@click.argument("flow_file", metavar="FLOW", type=click.Path(path_type=Path))
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 1_000_000),
    default=200,
    show_default=True,
    help="Runs.",
)
@SEED
@click.option(
    "--set",
    "changes",
    metavar="PATH=VALUE",
    multiple=True,
    help="Change an entry for this run; may be repeated.",
)
@click.option("--scenario", metavar="NAME", help="Run a scenario of the flow file.")
@click.option(
    "--fixed",
    is_flag=True,
    help="All assumptions at their values; otherwise each is drawn once per run.",
)
@JOBS
@ENGINE
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JSON.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write figure, table and a page into a folder.",
)
@LANGUAGE
@click.option(
    "--strict",
    is_flag=True,
    help="End with code 3 where the simulation lies outside a published figure.",
)
def validate(
    flow_file: Path,
    changes: tuple[str, ...],
    scenario: str | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
    strict: bool,
    **options: Any,
) -> None:
    """Hold FLOW to what was published about the system: its part `observed`."""
    check_places(json_file, out)
    flow, says = read_changed(flow_file, changes, scenario)
    found = _run(flow, says, language, options)
    from rich.console import Console

    from pilotsim.output.screen.validation import show_validation

    show_validation(
        found, Console(highlight=False, width=None if sys.stdout.isatty() else 160), language
    )
    if json_file is not None:
        from pilotsim.output.json import write_validation

        write_validation(found, json_file)
        click.echo(f"\nJSON: {json_file}")
    if out is not None:
        from pilotsim.output.report.validation import write_validation_report

        write_validation_report(found, out, language, command=command_line())
        click.echo(
            f"\n{'Side og figur' if language == 'nb' else 'Page and figure'}: {out / 'index.html'}"
        )
    if strict and found.falls_short:
        raise SystemExit(FALLS_SHORT)


def _run(flow: Flow, says: Text | None, language: str, options: dict[str, Any]) -> Validation:
    from pilotsim.judge.validation import validate as hold

    make_ready(options["engine"])
    with progress(options["replications"], language) as advance:
        return hold(flow, scenario=says, progress=advance, **options)
