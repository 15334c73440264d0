"""pilotsim describe: a system on one page."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.shared import JOBS, SEED, command_line, make_ready


@click.command()
@click.argument("flow_file", metavar="FLOW", type=click.Path(path_type=Path))
@click.option(
    "--notes",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Which outputs matter, and what was learned.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the page and its drawing.",
)
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(8, 1_000_000),
    default=200,
    show_default=True,
    help="Runs.",
)
@click.option(
    "--few",
    type=click.IntRange(2, 1_000_000),
    default=8,
    show_default=True,
    help="Runs at each end of each assumption.",
)
@SEED
@JOBS
def describe(
    flow_file: Path, notes: Path, out: Path, replications: int, few: int, seed: int, jobs: int
) -> None:
    """Write a page about FLOW: drawn, held to its sources, what it hangs on, what was learned.

    In Norwegian and English.
    """
    from pilotsim.judge.system import study_system
    from pilotsim.output.system_page import write_system

    make_ready(None)
    study = study_system(flow_file, notes, replications=replications, few=few, seed=seed, jobs=jobs)
    for file in write_system(study, out, ("nb", "en"), command_line()):
        click.echo(file)
