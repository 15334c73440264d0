"""pilotsim merge: the parts of a study put together."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import ALSO, LANGUAGE, OUTPUT_FOLDER, TABLES
from pilotsim.cli.shared import check_places, deliver, report_beside
from pilotsim.cli.spoken import command, tell


@command(needs=TABLES)
@click.argument("folder", metavar="FOLDER", type=OUTPUT_FOLDER)
@click.argument(
    "parts",
    metavar="PART...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
)
@ALSO
@LANGUAGE
def merge(folder: Path, parts: tuple[Path, ...], language: str) -> None:
    """Put the parts of a study, run with --shard, together into FOLDER, in any order."""
    from pilotsim.experiments.study.execute import merge_runs
    from pilotsim.language.catalogue import say

    check_places(None, folder, has_figures=False)
    found = merge_runs(folder, parts)
    deliver(found, language, out=report_beside(folder), inputs=found.inputs)
    tell(say("study_results", language, folder=found.folder / "results"))
