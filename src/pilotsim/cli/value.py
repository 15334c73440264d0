"""pilotsim value: what is worth finding out before deciding, and how."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import (
    CHANGES,
    DECISIONS,
    ENGINE,
    FLOW,
    JOBS,
    JSON,
    LANGUAGE,
    OUT,
    SCENARIO,
    SEED,
    SETTINGS,
    replications,
)
from pilotsim.cli.shared import (
    check_places,
    command_line,
    deliver,
    make_ready,
    progress,
    read_changed,
    read_settings,
)
from pilotsim.cli.spoken import command


@command(needs=["scipy"])
@FLOW
@click.option("--decision", metavar="NAME", help="Only this decision of the flow.")
@click.option(
    "--group",
    "groups",
    metavar="PATHS",
    multiple=True,
    help="Assumptions known together, with commas between; may be repeated.",
)
@replications(1000, least=20, says="Runs of each option.")
@SEED
@CHANGES
@SCENARIO
@DECISIONS
@SETTINGS
@JOBS
@ENGINE
@JSON
@OUT
@LANGUAGE
def value(
    flow_file: Path,
    decision: str | None,
    groups: tuple[str, ...],
    replications: int,
    seed: int,
    changes: tuple[str, ...],
    scenario: str | None,
    decisions: tuple[str, ...],
    settings: Path | None,
    jobs: int,
    engine: str | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
) -> None:
    """Say what of FLOW is worth finding out before its decisions are made, and by which survey."""
    check_places(json_file, out)
    changes, decisions = read_settings(flow_file, settings, changes, decisions)
    flow, says = read_changed(flow_file, changes, scenario, decisions)
    from pilotsim.experiments.information.value import count_runs_of_value
    from pilotsim.experiments.information.value import value as find

    count = count_runs_of_value(flow, decision, replications)
    make_ready(engine)
    with progress(count, language) as advance:
        found = find(
            flow,
            decision,
            groups=[[name.strip() for name in group.split(",")] for group in groups],
            replications=replications,
            seed=seed,
            jobs=jobs,
            scenario=says,
            engine=engine,
            progress=advance,
        )
    deliver(
        found,
        language,
        out=out,
        json_file=json_file,
        command=command_line(),
    )
