"""pilotsim describe: a system on one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import (
    ALSO,
    FLOW,
    JOBS,
    OUTPUT_FOLDER,
    SEED,
    office_asked,
    replications,
)
from pilotsim.cli.shared import check_places, command_line, make_ready, office_files_of
from pilotsim.cli.spoken import InputPath, Language, WholeNumber, command, tell

if TYPE_CHECKING:
    from pilotsim.judge.system import SystemStudy


@command()
@FLOW
@click.option(
    "--notes",
    type=InputPath(path_type=Path, dir_okay=False),
    help="Which outputs matter, and what was learned. [default: all that was observed]",
)
@click.option(
    "--out",
    required=True,
    type=OUTPUT_FOLDER,
    help="Folder for the page and its drawing.",
)
@replications(200, least=8)
@click.option(
    "--few",
    type=WholeNumber(2, 1_000_000),
    default=8,
    show_default=True,
    help="Runs at each end of each assumption.",
)
@SEED
@JOBS
@ALSO
@click.option(
    "--language",
    "languages",
    type=Language(),
    multiple=True,
    default=("nb", "en"),
    show_default=True,
    help="A language of the page; may be repeated.",
)
def describe(
    flow_file: Path,
    notes: Path | None,
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
    made_of = [flow_file, *([notes] if notes else [])]
    for file in write_pages(study, out, languages, command_line(), made_of):
        tell(file)
    if office_asked().formats:
        for language in languages:
            tell(_write_report(study, out / f"{study.flow.flow}_{language}", language))


def _write_report(study: SystemStudy, place: Path, language: str) -> Path:
    """Write the page as a report of its own, with files of office programs; return its page."""
    from pilotsim.output.views import document_of
    from pilotsim.output.writers.folder import FolderOptions, write_folder

    called = command_line()
    document = document_of(study, language, command=called)
    asked = office_asked()
    office = office_files_of(asked, command=called, name=study.flow.flow)
    options = FolderOptions(asked.outlines, asked.tables_for)
    return write_folder(document, place, office, options)[0]
