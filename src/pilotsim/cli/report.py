"""pilotsim report: a check of a flow as files of office programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.check import checked
from pilotsim.cli.options import (
    CHANGES,
    DECISIONS,
    ENGINE,
    FIXED,
    FLOW,
    FORMATS,
    JOBS,
    LANGUAGE,
    OUTPUT_FOLDER,
    SCENARIO,
    SEED,
    office_asked,
    office_look,
    replications,
)
from pilotsim.cli.shared import (
    check_places,
    command_line,
    office_files_of,
    progress,
    read_changed,
)
from pilotsim.cli.spoken import WholeNumber, command, tell
from pilotsim.language.catalogue import say

if TYPE_CHECKING:
    from pilotsim.judge.verification import ModelVerification
    from pilotsim.model.flow import Flow


@command()
@FLOW
@click.option(
    "--out",
    type=OUTPUT_FOLDER,
    required=True,
    help="The folder for the files.",
)
@click.option(
    "--as",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="Only files of this format; may be repeated. [default: all that can be made here]",
)
@office_look
@replications(400, says="Runs per verdict.")
@click.option(
    "--what-if-replications",
    type=WholeNumber(2, 1_000_000),
    help="Runs per change. [default: a fortieth, 20 at least]",
)
@click.option(
    "--tests/--no-tests",
    "with_tests",
    default=True,
    help="Whether to test the program on this very flow, and write down what came out.",
)
@SEED
@DECISIONS
@CHANGES
@SCENARIO
@FIXED
@JOBS
@ENGINE
@LANGUAGE
def report(
    flow_file: Path,
    out: Path,
    formats: tuple[str, ...],
    changes: tuple[str, ...],
    decisions: tuple[str, ...],
    scenario: str | None,
    language: str,
    with_tests: bool,
    **options: Any,
) -> None:
    """Check FLOW and write a decision paper with its annex, a workbook and three slides."""
    from pilotsim.output.views import document_of
    from pilotsim.output.writers.folder import write_office_folder
    from pilotsim.output.writers.office import formats_here

    check_places(None, out)
    flow, says = read_changed(flow_file, changes, scenario, decisions)
    called = command_line()
    # Before anything is run: a template that cannot be read, or a format that cannot be made.
    office = office_files_of(
        office_asked(), formats=formats_here(formats), command=called, name=flow.flow
    )
    found = checked(flow, says, what_if=True, language=language, options=options)
    tested = _tested(flow, flow_file, language, options) if with_tests else None
    document = document_of(found, language, command=called, verification=tested)
    for file in write_office_folder(document, out, office):
        tell(say("office_place", language, file=file))


def _tested(
    flow: Flow, flow_file: Path, language: str, options: dict[str, Any]
) -> ModelVerification:
    """Return what came of the tests of the program on a flow, with their progress shown."""
    from pilotsim.judge.verification import count_verification_runs, verify_model

    with progress(count_verification_runs(), language) as advance:
        return verify_model(
            flow,
            content=flow_file.read_bytes(),
            seed=options["seed"],
            jobs=options["jobs"],
            progress=advance,
        )
