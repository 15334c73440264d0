"""pilotsim register: whether a register extract serves a plan, and how it is made to."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pilotsim.base.places import is_there
from pilotsim.cli.options import (
    ALSO,
    JSON,
    LANGUAGE,
    LANGUAGE_OF_MESSAGES,
    LEDGER,
    OUT,
    OUTPUT_FILE,
    TABLES,
)
from pilotsim.cli.shared import check_places, deliver, report_beside
from pilotsim.cli.spoken import Command, InputPath, TranslatedGroup, tell

# The exit code for a register by which the plan cannot be carried out.
NOT_READY = 1
DATA = click.argument("file", metavar="DATA", type=InputPath(path_type=Path))


@click.group(
    cls=TranslatedGroup,
    help="Check a register extract against its plan, or make one of a data owner's file.",
)
@LANGUAGE_OF_MESSAGES
def register() -> None:
    """Check a register extract against its plan, or make one of a data owner's file."""


@register.command(
    cls=Command,
    needs=TABLES,
    help="Say all that is right and wrong in DATA, a register extract, for a plan; the exit code "
    "is 1 where the plan cannot be carried out.",
)
@DATA
@click.option(
    "--plan",
    "plan_file",
    type=InputPath(path_type=Path),
    required=True,
    help="The plan.json that pilotsim plan wrote.",
)
@LEDGER
@JSON
@OUT
@LANGUAGE
def check(
    file: Path,
    plan_file: Path,
    ledger: Path | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
) -> None:
    """Say all that is right and wrong in a register extract for a plan."""
    from pilotsim.evaluation.preanalysis_plan import read_plan
    from pilotsim.evaluation.readiness import check_register

    check_places(json_file, out)
    plan, unchanged = read_plan(plan_file)
    found = check_register(file, plan, ledger, unchanged=unchanged)
    deliver(found, language, out=out, json_file=json_file)
    if not found.is_ready:
        sys.exit(NOT_READY)


@register.command(
    cls=Command,
    needs=TABLES,
    help="Make a clean register of DATA, a data owner's file, by a mapping, with a log of every "
    "mend; or propose the mapping.",
)
@DATA
@click.option(
    "--as",
    "mapping_file",
    metavar="MAPPING",
    type=InputPath(path_type=Path),
    help="The mapping: what columns are called and words mean (pilotsim docs register).",
)
@click.option(
    "--out",
    type=OUTPUT_FILE,
    help="Write the clean register here, and its log beside it.",
)
@click.option("--propose", is_flag=True, help="Print the draft of a mapping, for you to go over.")
@ALSO
@LANGUAGE
def prepare(
    file: Path, mapping_file: Path | None, out: Path | None, propose: bool, language: str
) -> None:
    """Make a clean register of a data owner's file, or propose the mapping."""
    from pilotsim.base.errors import RequestError
    from pilotsim.base.messages import Message

    if propose:
        from pilotsim.evaluation.register.proposal import propose_mapping

        tell(propose_mapping(file), nl=False)
        return
    if mapping_file is None or out is None:
        raise RequestError(
            Message(
                "expected --as MAPPING and --out FILE; 'pilotsim register prepare {file} "
                "--propose' prints a draft of the mapping",
                file=file,
            )
        )
    _write_clean(file, mapping_file, out, language)


def _write_clean(file: Path, mapping_file: Path, out: Path, language: str) -> None:
    from pilotsim.base.errors import RequestError
    from pilotsim.base.files import write_text, write_whole
    from pilotsim.base.kept_inputs import note_output
    from pilotsim.base.messages import Message
    from pilotsim.evaluation.register.mapping import read_mapping
    from pilotsim.evaluation.register.mending import prepare_register
    from pilotsim.output.views import document_of
    from pilotsim.output.writers.json import write_json
    from pilotsim.output.writers.markdown import write_markdown

    check_places(out, None)
    text, data = out.with_suffix(".mends.md"), out.with_suffix(".mends.json")
    for place in (text, data):
        note_output(place)
    if is_there(out) and not is_there(data):
        # A clean register has its log beside it; anything else is somebody's own.
        raise RequestError(
            Message(
                "{file}: there is such a file already, and no log beside it says that this "
                "program made it; name another --out",
                file=out,
            )
        )
    found = prepare_register(file, read_mapping(mapping_file))
    document = document_of(found, language)
    deliver(found, language, out=report_beside(out))
    # The register comes last: where it is, the log beside it says that this program made it.
    write_text(data, write_json(document))
    write_text(text, write_markdown(document))
    write_whole(out, found.content)
    for place in (out, text, data):
        tell(place)
