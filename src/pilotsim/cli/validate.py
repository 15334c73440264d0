"""pilotsim validate: each published figure beside what the simulation comes to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotsim.cli.options import flow_options, replications, strict
from pilotsim.cli.shared import check_places, deliver_judged, make_ready, progress, read_changed
from pilotsim.cli.spoken import command

if TYPE_CHECKING:
    from pilotsim.base.text import Text
    from pilotsim.judge.validation import Validation
    from pilotsim.model.flow import Flow


@command()
@replications(200)
@flow_options
@strict("End with code 3 where the simulation lies outside a published figure.")
def validate(
    flow_file: Path,
    changes: tuple[str, ...],
    scenario: str | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
    strict: bool,
    **options: Any,
) -> None:
    """Hold FLOW to what was published about the system: its part `observed`."""
    check_places(json_file, out)
    flow, says = read_changed(flow_file, changes, scenario)
    found = _run(flow, says, language, options)
    short = strict and found.falls_short
    deliver_judged(found, language, falls_short=short, out=out, json_file=json_file)


def _run(flow: Flow, says: Text | None, language: str, options: dict[str, Any]) -> Validation:
    from pilotsim.judge.validation import validate as hold

    make_ready(options["engine"])
    with progress(options["replications"], language) as advance:
        return hold(flow, scenario=says, progress=advance, **options)
