"""pilotsim learn: the numbers of a flow from an event log or a register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import JSON, LANGUAGE, OUT, OUTPUT_FILE, SEED, YES
from pilotsim.cli.shared import check_places, command_line, deliver, progress
from pilotsim.cli.spoken import InputPath, WholeNumber, command, tell

if TYPE_CHECKING:
    from pilotsim.learning import LearnedFlow


@command(needs=["scipy"])
@click.argument("events", metavar="EVENTS", type=InputPath(path_type=Path))
@click.option(
    "--flow",
    "flow_file",
    metavar="SKETCH",
    type=InputPath(path_type=Path),
    required=True,
    help="The flow file whose numbers are learned: its stages, ways on and risks.",
)
@click.option(
    "--as",
    "mapping_file",
    metavar="MAPPING",
    type=InputPath(path_type=Path),
    help="The mapping: what columns and words of EVENTS mean (pilotsim docs learning).",
)
@click.option(
    "--write",
    "flow_out",
    metavar="FLOW",
    type=OUTPUT_FILE,
    help="Write the learned flow as a new file, and its rows in posteriors/ beside it.",
)
@click.option(
    "--hold-out",
    "held_out",
    metavar="MONTHS",
    type=WholeNumber(0, 120),
    help="Months at the end that are forecast before they are looked at; 0 for none. [default: a "
    "fifth, at most 12]",
)
@SEED
@YES
@JSON
@OUT
@LANGUAGE
def learn(
    events: Path,
    flow_file: Path,
    mapping_file: Path | None,
    flow_out: Path | None,
    held_out: int | None,
    seed: int,
    json_file: Path | None,
    out: Path | None,
    language: str,
) -> None:
    """Learn the numbers of a flow from EVENTS, a log of stays or events or a register of months."""
    from pilotsim.base.kept_inputs import check_not_read
    from pilotsim.files.reading import read_flow
    from pilotsim.learning import learn as learn_from
    from pilotsim.learning.hold_out import REPLICATIONS
    from pilotsim.learning.written import rows_file

    check_places(json_file, out)
    flow = read_flow(flow_file)
    if flow_out is not None:
        check_not_read([flow_out.parent / rows_file(flow)])
    with progress(REPLICATIONS, language) as advance:
        found = learn_from(
            events, flow_file, mapping=mapping_file, held_out=held_out, seed=seed, progress=advance
        )
    deliver(
        found,
        language,
        out=out,
        json_file=json_file,
        command=command_line(),
    )
    if flow_out is not None:
        _write(found, flow_file, flow_out, language)


def _write(found: LearnedFlow, flow_file: Path, out: Path, language: str) -> None:
    """Write the learned flow, and before it the rows that it draws from."""
    from pilotsim.base.files import write_text
    from pilotsim.files.modules import read_written_out
    from pilotsim.language.catalogue import say
    from pilotsim.learning.written import flow_text, rows_file, rows_text

    how = command_line()
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    if any(not part.is_counted for part in found.parts):
        rows = out.parent / rows_file(found.flow)
        rows.parent.mkdir(exist_ok=True)
        write_text(rows, rows_text(found, how, language=language))
        tell(say("posterior_place", language, file=rows))
    write_text(out, flow_text(found, read_written_out(flow_file), how, language=language))
    tell(say("learned_place", language, file=out))
