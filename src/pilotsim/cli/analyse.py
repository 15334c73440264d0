"""pilotsim analyse: what the results of a study say, as its file asks."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import ALSO, LANGUAGE, OUTPUT_FOLDER, TABLES
from pilotsim.cli.shared import check_places, deliver
from pilotsim.cli.spoken import command


@command(
    "Work out what the study in the folder RUN asks of its results: the part `analysis` of its "
    "file.\n\n"
    "`pilotsim run` does so at its end. Give this to have it again in another language, or "
    "elsewhere.",
    needs=["matplotlib", *TABLES],
)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out",
    type=OUTPUT_FOLDER,
    help="Folder of the analysis. [default: RUN/analysis]",
)
@ALSO
@LANGUAGE
def analyse(folder: Path, out: Path | None, language: str) -> None:
    """Analyse the results of a study as its file asks."""
    place = out or folder / "analysis"
    check_places(None, place)
    tell_analysis(folder, place, language)


def tell_analysis(folder: Path, place: Path, language: str) -> None:
    """Write the analysis of a run into a place, and say what was found.

    Parameters
    ----------
    folder : Path
        The folder of the run.
    place : Path
        The folder to write to, unless nothing was found.
    language : str
        One of `LANGUAGES`.
    """
    from pilotsim.experiments.findings.find import analyse as analyse_run
    from pilotsim.experiments.study.results import open_run

    run = open_run(folder)
    findings = analyse_run(run)
    out = None if findings.is_empty else place
    deliver(findings, language, out=out, inputs=run.inputs)
