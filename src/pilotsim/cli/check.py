"""pilotsim check: which targets can be met, and what holds each back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.options import DECISIONS, flow_options, replications, strict
from pilotsim.cli.shared import (
    FALLS_SHORT,
    check_places,
    command_line,
    deliver,
    make_ready,
    progress,
    read_changed,
)
from pilotsim.cli.spoken import command

if TYPE_CHECKING:
    from pilotsim.base.text import Text
    from pilotsim.judge.check import Check
    from pilotsim.model.flow import Flow


@command()
@replications(400, says="Runs per verdict.")
@click.option(
    "--what-if-replications",
    type=click.IntRange(2, 1_000_000),
    help="Runs per change. [default: a fortieth, 20 at least]",
)
@click.option(
    "--what-if/--no-what-if", default=True, help="Whether to ask what holds the targets back."
)
@DECISIONS
@flow_options
@strict("End with code 3 where a target falls short.")
def check(
    flow_file: Path,
    changes: tuple[str, ...],
    decisions: tuple[str, ...],
    scenario: str | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
    strict: bool,
    what_if: bool,
    **options: Any,
) -> None:
    """Say which targets of FLOW can be met, and what holds each back."""
    check_places(json_file, out)
    flow, says = read_changed(flow_file, changes, scenario, decisions)
    found = _run(flow, says, what_if, language, options)
    deliver(
        found,
        language,
        out=out,
        json_file=json_file,
        command=command_line(),
        with_figures=out is not None,
    )
    if strict and found.falls_short:
        raise SystemExit(FALLS_SHORT)


def _run(
    flow: Flow, says: Text | None, what_if: bool, language: str, options: dict[str, Any]
) -> Check:
    from pilotsim.judge.check import check_targets, count_runs

    few = options["what_if_replications"]
    make_ready(options["engine"])
    with progress(
        count_runs(flow, options["replications"], few, what_if=what_if), language
    ) as advance:
        return check_targets(flow, what_if=what_if, scenario=says, progress=advance, **options)
