"""What the measures of several kinds ask of a program alike."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pilotsim.measures.compiled.builder import Builder
from pilotsim.measures.compiled.program import ADD_DAYS, COUNT, UNIT_DAYS
from pilotsim.measures.compiled.selections import select
from pilotsim.measures.selections import days_of, stages_showing
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure

Window = tuple[float, float]
ALL_DAYS = (-math.inf, math.inf)
NOTHING, UNKNOWN = 0.0, math.nan


@dataclass(frozen=True)
class Numbers:
    """Where the numbers of a measure stand: see `measures.MeasuredRuns`."""

    values: int
    base: int
    left_out: int
    waiting: int
    beyond: int


class MeasureParts:
    """The steps that several kinds of measures take.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.build = Builder(flow)
        self.horizon = self.build.horizon

    def count(self, marks: int) -> int:
        """Return how many clients are marked."""
        if marks == self.build.nobody:
            return self.build.number(NOTHING)
        return self.build.tally(COUNT, marks)

    def numbers(
        self, values: int, base: int, left_out: int | None = None, waiting: int | None = None
    ) -> Numbers:
        """Return the numbers of a measure of which the value is known."""
        none = self.build.number(NOTHING)
        left_out = none if left_out is None else left_out
        waiting = none if waiting is None else waiting
        return Numbers(values, base, left_out, waiting, none)

    def window(self, what: Measure) -> Window | None:
        """Return the window of a measure; None for the whole run."""
        if what.between is not None:
            return days_of(self.build.calendar, what.between)
        first = self.build.counted_from
        has_before = first > 0.0 or self.flow.starts_from is not None
        return (first, self.horizon) if has_before else None

    def on_clients(self, what: Measure, base: int, values: int) -> Numbers:
        """Return a measure of clients with how many it rests on, and how many `of` leaves open."""
        left_out = None
        if what.of is not None and what.of.needs_time:
            may_count = select(self.build, what.of, at_most=True)
            left_out = self.count(self.build.but_not(may_count, base))
        return self.numbers(values, self.count(base), left_out)

    def of_resources(self, values: int, left_out: int | None = None) -> Numbers:
        """Return a measure that rests on no clients."""
        return self.numbers(values, self.build.number(UNKNOWN), left_out)

    def showing(self, state: str) -> int:
        """Return the set of stages that a register would show as a state."""
        return self.build.stages(stages_showing(self.flow, state))

    def days(self, stages: int, base: int, since: int, window: Window | None, world: int) -> int:
        """Return the days that clients are in some stages, in a window."""
        first, last = window or ALL_DAYS
        return self.build.tally(ADD_DAYS, stages, base, since, 0, world=world, x=first, y=last)

    def resource(self, name: str) -> int:
        """Return the number of a resource."""
        return list(self.flow.resources).index(name)

    def unit_days(self, resource: int, window: Window | None) -> int:
        """Return the unit-days of a resource."""
        first, last = window or (0.0, self.horizon)
        return self.build.work_out(UNIT_DAYS, resource, x=first, y=last)
