"""What a flow that uses nearly all that the engine knows costs, against one that uses little."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.alna import SEED, run_kernel
from benchmarks.effort import Effort
from benchmarks.results import Result, in_time
from benchmarks.timing import Run, side_by_side
from pilotsim.files.reading import read_flow
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

FLOW_FILE = Path(__file__).parent / "whole_office.yaml"
# So many replications tell how much happens in one.
COUNTED = 20


@cache
def office_plan() -> ResolvedFlow:
    """Return the flow with every assumption at its value."""
    return resolve_flow(read_flow(FLOW_FILE))


def run_office(replication: int) -> Journeys:
    """Return the journeys of a replication, by the compiled engine."""
    return engines.run_replication(office_plan(), SEED, replication, engine=engines.KERNEL)


def whole_office(effort: Effort) -> Iterator[Result]:
    """Yield the time of a replication and of an event against those of Alna Aktiv."""
    found = side_by_side(run_office, run_kernel, rounds=effort.rounds)
    ours, theirs = (_happens(run) for run in (run_office, run_kernel))
    note = (
        f"{1 / median(found.ours):,.0f} replications a second against "
        f"{1 / median(found.theirs):,.0f}; a replication has {ours[0]:,.0f} visits against "
        f"{theirs[0]:,.0f}, and {ours[1]:,.0f} events against {theirs[1]:,.0f}."
    )
    yield found.as_result(
        "A whole office against Alna Aktiv, one replication", None, note, cost=True
    )
    events = ours[1] / theirs[1]
    ratios = [1 / ratio / events for ratio in found.slower()]
    yield Result(
        "The same for each event",
        in_time(median(found.ours) / ours[1]),
        in_time(median(found.theirs) / theirs[1]),
        median(ratios),
        low=min(ratios),
        high=max(ratios),
        note="An event is a moment at which a client joins, starts or finishes.",
    )


def _happens(run: Run) -> tuple[float, float]:
    """Return how many visits and events a replication has on average."""
    runs = [run(replication) for replication in range(COUNTED)]
    moments = [
        [np.count_nonzero(~np.isnan(one)) for one in (own.joined, own.started, own.finished)]
        for own in runs
        if isinstance(own, Journeys)
    ]
    return float(np.mean([len(own) for own in runs])), float(np.sum(moments)) / COUNTED
