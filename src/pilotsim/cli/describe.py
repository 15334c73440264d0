"""pilotsim describe: a system on one page."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.base.languages import LANGUAGES
from pilotsim.cli.options import FLOW, JOBS, SEED, replications
from pilotsim.cli.shared import check_places, command_line, make_ready
from pilotsim.cli.spoken import command


@command()
@FLOW
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
@replications(200, least=8)
@click.option(
    "--few",
    type=click.IntRange(2, 1_000_000),
    default=8,
    show_default=True,
    help="Runs at each end of each assumption.",
)
@SEED
@JOBS
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    default=("nb", "en"),
    show_default=True,
    help="A language of the page; may be repeated.",
)
def describe(
    flow_file: Path,
    notes: Path,
    out: Path,
    replications: int,
    few: int,
    seed: int,
    jobs: int,
    languages: tuple[str, ...],
) -> None:
    """Write a page about FLOW: drawn, held to its sources, what it depends on, what was learned."""
    from pilotsim.judge.system import study_system
    from pilotsim.output.reports import write_pages

    check_places(None, out)
    make_ready(None)
    study = study_system(flow_file, notes, replications=replications, few=few, seed=seed, jobs=jobs)
    for file in write_pages(study, out, languages, command_line()):
        click.echo(file)
