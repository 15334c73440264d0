"""pilotsim plan: the pre-analysis plan of one design, to be filed before the data arrive."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import ALSO, EVALUATION, LANGUAGE, OUTPUT_FOLDER
from pilotsim.cli.shared import check_places, deliver, report_beside
from pilotsim.cli.spoken import InputPath, command, tell


@command(
    "Write the pre-analysis plan of a design of the evaluation FILE: a document, the plan itself, "
    "and its hash.",
    needs=EVALUATION,
)
@click.argument("file", metavar="FILE", type=InputPath(path_type=Path))
@click.option("--design", help="The design that was chosen. [default: the first of the file]")
@click.option(
    "--evaluated",
    "runs",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="What pilotsim evaluate FILE --runs FOLDER found of the design goes into the plan.",
)
@click.option(
    "--out",
    type=OUTPUT_FOLDER,
    help="Folder of the plan.",
    default=Path("out/plan"),
    show_default=True,
)
@ALSO
@LANGUAGE
def plan(file: Path, design: str | None, runs: Path | None, out: Path, language: str) -> None:
    """Write the pre-analysis plan of a design of an evaluation, and its hash."""
    from pilotsim.base.files import write_folder
    from pilotsim.evaluation.planning import plan as plan_of
    from pilotsim.output.views import document_of
    from pilotsim.output.writers.markdown import write_markdown

    check_places(None, out, has_figures=False)
    found = plan_of(file, design, evaluated=runs)
    page = write_markdown(document_of(found.plan, language))
    deliver(found.plan, language, out=report_beside(out))
    # The plan itself comes last: where it is, the document beside it is of the same plan.
    for place in write_folder(out, {"plan.json": found.text.encode(), "plan.md": page.encode()}):
        tell(place)
