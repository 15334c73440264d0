"""pilotsim analyse: what the results of a study say, as its file asks."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.shared import LANGUAGE, check_places


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the analysis. [default: RUN/analysis]",
)
@LANGUAGE
def analyse(folder: Path, out: Path | None, language: str) -> None:
    """Work out what the study in the folder RUN asks of its results: the part `analysis` of its file.

    `pilotsim run` does so at its end. Give this to have it again in another language, or elsewhere.
    """
    place = out or folder / "analysis"
    check_places(None, place)
    tell(folder, place, language)


def tell(folder: Path, place: Path, language: str) -> None:
    """Write the analysis of a run into a place, and say what was found."""
    from rich.console import Console

    from pilotsim.experiments.findings.find import find
    from pilotsim.experiments.study.results import open_run
    from pilotsim.language.catalogue import say
    from pilotsim.output.findings_words import lead
    from pilotsim.output.report.findings import write_findings

    findings = find(open_run(folder))
    console = Console(highlight=False)
    if findings.is_empty:
        console.print(say("analysis_nothing", language), soft_wrap=True)
        return
    for sentence in lead(findings, language):
        console.print(sentence, soft_wrap=True, markup=False)
    files = write_findings(findings, place, language)
    console.print(say("analysis_place", language, file=files[0]), soft_wrap=True, markup=False)
