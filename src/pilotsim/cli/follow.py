"""pilotsim follow: a pilot that runs, held against its plan month by month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.options import flow_options, replications, strict
from pilotsim.cli.shared import check_places, deliver_judged, make_ready, progress, read_changed
from pilotsim.cli.spoken import InputPath, Number, command

if TYPE_CHECKING:
    from pilotsim.base.text import Text
    from pilotsim.model.flow import Flow
    from pilotsim.monitoring.counts import MonthlyCounts
    from pilotsim.monitoring.follow import FollowedPilot


@command(needs=["scipy"])
@click.option(
    "--counts",
    "counts_file",
    type=InputPath(path_type=Path),
    required=True,
    help="What was counted: a row a month, CSV or Excel (pilotsim docs following).",
)
@click.option(
    "--as",
    "mapping_file",
    metavar="MAPPING",
    type=InputPath(path_type=Path),
    help="What the columns count, where their headings are no labels of the flow.",
)
@click.option(
    "--false-alarms",
    "rate",
    metavar="PERCENT",
    type=Number(0.1, 50.0),
    default=5.0,
    help="Of a hundred pilots that follow the plan, so many may ever raise an alarm. [default: 5]",
)
@click.option(
    "--then",
    "later",
    metavar="PATH=VALUE",
    multiple=True,
    help="Try a change from now on: what would it do? May be repeated; all make one plan.",
)
@click.option(
    "--then-scenario",
    "later_scenarios",
    metavar="NAME",
    multiple=True,
    help="Try a scenario of the flow file from now on; each a plan of its own.",
)
@replications(1000, least=40, says="Simulated pilots that it is held against.")
@flow_options
@strict("End with code 3 where the alarm is raised.")
def follow(
    flow_file: Path,
    counts_file: Path,
    mapping_file: Path | None,
    changes: tuple[str, ...],
    scenario: str | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
    strict: bool,
    rate: float,
    later: tuple[str, ...],
    later_scenarios: tuple[str, ...],
    **options: Any,
) -> None:
    """Hold a pilot that runs against FLOW, its plan: is it where it was to be?"""
    from pilotsim.base.kept_inputs import note_read
    from pilotsim.files.changes import read_change
    from pilotsim.monitoring.counts import read_counts
    from pilotsim.monitoring.mapping import read_counts_mapping

    check_places(json_file, out)
    flow, says = read_changed(flow_file, changes, scenario)
    mapping = read_counts_mapping(mapping_file) if mapping_file else None
    note_read(counts_file)
    counted = read_counts(counts_file, flow, mapping)
    plans = {}
    if later:
        # What stands until now may be set, and what it becomes from now on.
        anew = {read_change(change)[0] for change in later}
        kept = [change for change in changes if read_change(change)[0] not in anew]
        plans[", ".join(later)] = read_changed(flow_file, (*kept, *later), scenario)[0]
    for name in later_scenarios:
        tried, called = read_changed(flow_file, changes, name)
        plans[called.in_language(language) if called else name] = tried
    options["plans"] = plans
    found = _followed(flow, counted, says, language, rate / 100.0, options)
    short = strict and found.falls_short
    deliver_judged(found, language, falls_short=short, out=out, json_file=json_file)


def _followed(
    flow: Flow,
    counted: MonthlyCounts,
    says: Text | None,
    language: str,
    rate: float,
    options: dict[str, Any],
) -> FollowedPilot:
    from pilotsim.monitoring.follow import count_follow_runs
    from pilotsim.monitoring.follow import follow as hold

    make_ready(options["engine"])
    runs = count_follow_runs(options["replications"], len(counted.watched))
    with progress(runs, language) as advance:
        return hold(flow, counted, rate=rate, scenario=says, progress=advance, **options)
