"""pilotsim share: one HTML file that answers whether to start, and runs the flow in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import (
    CHANGES,
    DECISIONS,
    FLOW,
    LANGUAGE,
    OUTPUT_FILE,
    SCENARIO,
    SEED,
    SETTINGS,
    YES,
    replications,
)
from pilotsim.cli.paging import write_page
from pilotsim.cli.shared import check_places, make_ready, progress, read_changed, read_settings
from pilotsim.cli.spoken import command


@command()
@FLOW
@click.option(
    "--out",
    "file",
    type=OUTPUT_FILE,
    required=True,
    help="The page, one HTML file; with a note in a zip file where the name ends in .zip.",
)
@replications(400, most=1000, says="Runs that the answer rests on.")
@click.option(
    "--what-if/--no-what-if", default=True, help="Whether to ask what holds the targets back."
)
@SEED
@YES
@SETTINGS
@DECISIONS
@CHANGES
@SCENARIO
@LANGUAGE
def share(
    flow_file: Path,
    file: Path,
    changes: tuple[str, ...],
    decisions: tuple[str, ...],
    scenario: str | None,
    settings: Path | None,
    seed: int,
    replications: int,
    what_if: bool,
    language: str,
) -> None:
    """Write a page that answers whether to start FLOW as planned, and runs it there."""
    from pilotsim.judge.check import check_targets, count_runs
    from pilotsim.output.live.page import check_sharing
    from pilotsim.output.live.prices import with_prices_asked

    check_places(file, None)
    changes, decisions = read_settings(flow_file, settings, changes, decisions)
    flow, says = read_changed(flow_file, changes, scenario, decisions)
    check_sharing(flow)
    asked = with_prices_asked(flow)
    flow = asked.flow
    make_ready(None)
    with progress(count_runs(flow, replications, None, what_if=what_if), language) as advance:
        found = check_targets(
            flow,
            replications=replications,
            seed=seed,
            what_if=what_if,
            scenario=says,
            jobs=-1,
            progress=advance,
        )
    write_page(found, file, language, what_if=what_if, asked=asked)
