"""How many events and draws a replication is made of, counted in the readable engine as it runs."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from benchmarks.alna import SEED, alna_plan
from pilotsim.base.randomness import Draws
from pilotsim.simulation.engines.readable import process
from pilotsim.simulation.engines.readable.event_calendar import CLIENTS, EventCalendar
from pilotsim.simulation.engines.readable.process import ProcessEngine
from pilotsim.simulation.population import make_cohort


@dataclass(frozen=True)
class Counts:
    """The least a replication needs: clients, events scheduled for them, and uniform numbers."""

    clients: int
    events: int
    draws: int
    clock_runs: int
    visits: int


class CountingCalendar(EventCalendar):
    """SimPy's environment, counting what is scheduled for clients before the horizon."""

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.horizon, self.events = horizon, 0

    def at(self, time: float, priority: int = CLIENTS) -> Any:
        """Return an event that happens at a time."""
        self.events += priority == CLIENTS and time < self.horizon
        return super().at(time, priority)


class CountingDraws(Draws):
    """The random numbers of clients, counting those asked for."""

    asked = 0

    def of(self, client: int, purpose: int, index: int) -> float:
        """Return a client's number for a purpose."""
        self.asked += 1
        return super().of(client, purpose, index)


def count(replication: int) -> Counts:
    """Return what a replication of Alna Aktiv is made of."""
    plan = alna_plan()
    cohort = make_cohort(plan, SEED, replication)
    draws = CountingDraws(SEED, replication, cohort.key, cohort.number)
    engine = ProcessEngine(plan, dataclasses.replace(cohort, draws=draws))
    engine.calendar = calendar = CountingCalendar(plan.horizon)
    runs: Counter[str] = Counter()
    run_clock = process.run_clock

    def counting_run_clock(*arguments: Any) -> tuple[float, float, float, float]:
        runs["clock"] += 1
        return run_clock(*arguments)

    process.run_clock = counting_run_clock
    try:
        journeys = engine.run()
    finally:
        process.run_clock = run_clock
    # Before the first event: every trait, the past of a stock, the gap to each arrival and to the
    # first beyond the horizon.
    traits = len(plan.flow.traits) * len(cohort)
    pasts = sum(group.stock for group in plan.groups if group.past is not None)
    arrivals = int((cohort.origin == 1).sum()) + sum(
        group.rate is not None for group in plan.groups
    )
    assert all(math.isfinite(time) for time in cohort.arrives)
    return Counts(
        len(cohort),
        calendar.events,
        draws.asked + traits + pasts + arrivals,
        runs["clock"],
        len(journeys),
    )
