"""pilotsim plan: the pre-analysis plan of one design, to be filed before the data arrive."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import LANGUAGE
from pilotsim.cli.shared import check_places, deliver
from pilotsim.cli.spoken import command


@command(
    "Write the pre-analysis plan of a design of the evaluation FILE: a document, the plan itself, "
    "and its hash."
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--design", help="The design that was chosen. [default: the first of the file]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the plan.",
    default=Path("out/plan"),
    show_default=True,
)
@LANGUAGE
def plan(file: Path, design: str | None, out: Path, language: str) -> None:
    """Write the pre-analysis plan of a design of an evaluation, and its hash."""
    from pilotsim.base.files import write_folder
    from pilotsim.evaluation.evaluation_file import EvaluationFile
    from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, write_plan
    from pilotsim.evaluation.prior_beliefs import priors_of
    from pilotsim.evaluation.reading import read_evaluation
    from pilotsim.files.faults import build_record
    from pilotsim.files.yaml import parse, read_file
    from pilotsim.output.views import document_of
    from pilotsim.output.writers.markdown import write_markdown

    check_places(None, out)
    cells = read_evaluation(file)
    document = parse(read_file(file, "evaluation"), str(file), "evaluation")
    said = build_record(document, EvaluationFile)
    chosen = design or next(iter(said.designs))
    text = write_plan(document, said, chosen)
    if said.bayes is not None:
        # Only a design that is a plan is worth the runs.
        text = write_plan(document, said, chosen, priors_of(cells[0], chosen))
    written = build_record(parse(text, "plan.json", "plan"), PreAnalysisPlan)
    page = write_markdown(document_of(written, language))
    deliver(written, language)
    # The plan itself comes last: where it is, the document beside it is of the same plan.
    for place in write_folder(out, {"plan.json": text.encode(), "plan.md": page.encode()}):
        click.echo(place)
