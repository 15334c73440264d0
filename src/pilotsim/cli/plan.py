"""pilotsim plan: the pre-analysis plan of one design, to be filed before the data arrive."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import ALSO, LANGUAGE, OUTPUT_FOLDER
from pilotsim.cli.shared import check_places, deliver, report_beside
from pilotsim.cli.spoken import InputPath, command


@command(
    "Write the pre-analysis plan of a design of the evaluation FILE: a document, the plan itself, "
    "and its hash."
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
    from pilotsim.base.errors import RequestError
    from pilotsim.base.files import write_folder
    from pilotsim.base.messages import Message
    from pilotsim.evaluation.evaluation_file import EvaluationFile
    from pilotsim.evaluation.filed_evaluation import file_evaluation
    from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, write_plan
    from pilotsim.evaluation.prior_beliefs import priors_of
    from pilotsim.evaluation.reading import identity_of, read_evaluation
    from pilotsim.evaluation.run import digest_of_draws, read_stored
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
    # Only a design that is a plan is worth the runs.
    files_belief = said.bayes is not None and not said.designs[chosen].has_several_arms
    priors = priors_of(cells[0], chosen) if files_belief else None
    found = None
    if runs is not None and said.designs[chosen].has_several_arms:
        raise RequestError(
            Message(
                "--evaluated: a plan with several arms does not hold what was evaluated; the page "
                "of pilotsim evaluate has each arm"
            )
        )
    if runs is not None:
        tried = read_stored(cells, runs, identity_of(file))
        found = file_evaluation(tried, chosen, digest_of_draws(runs))
    text = write_plan(document, said, chosen, priors, found)
    written = build_record(parse(text, "plan.json", "plan"), PreAnalysisPlan)
    page = write_markdown(document_of(written, language))
    deliver(written, language, out=report_beside(out))
    # The plan itself comes last: where it is, the document beside it is of the same plan.
    for place in write_folder(out, {"plan.json": text.encode(), "plan.md": page.encode()}):
        click.echo(place)
