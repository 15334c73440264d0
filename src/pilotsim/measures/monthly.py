"""A run over time: clients by state, waits and use by month, moves between stages."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.ticks import on_ticks
from pilotsim.measures.occupancy import mean_units_held, moves, use_between
from pilotsim.measures.selections import select
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.parameters import Timeline
from pilotsim.simulation.resolved import ResolvedFlow

ROUNDING = 1e-9


@dataclass(frozen=True)
class MonthlyPaths:
    """A run month by month.

    Parameters
    ----------
    occupancy : ndarray of int, shape (marks, stages)
        Clients in each stage at the start and at the end of each month; groups that no register
        counts left out.
    headline : ndarray of int, shape (marks, stages)
        The same of those clients only whom the flow counts its effect among first; of all where it
        names none.
    waiting : ndarray of int, shape (marks, stages)
        Those in `occupancy` who wait to start.
    waits : ndarray of float, shape (months, stages)
        Mean days from joining to starting, of those who start in a month; NaN for none.
    used, overbooked, units : ndarray of float, shape (months, resources)
        Units in use, units held beyond those that there are, and units there are, on average over
        each month; NaN for units that are used up.
    full : ndarray of float, shape (months, resources)
        The share of the time with units in which all are held; NaN without units, and for units
        that are used up.
    moves : ndarray of int, shape (stages, stages)
        Moves from stage to stage over the whole run, of all clients.
    """

    occupancy: Ints
    headline: Ints
    waiting: Ints
    waits: Floats
    used: Floats
    overbooked: Floats
    full: Floats
    units: Floats
    moves: Ints

    @property
    def use(self) -> Floats:
        """The share of the units there are that is in use, shape (months, resources).

        All where there are none and some are held all the same; NaN where there are none.
        """
        nothing = np.where(self.overbooked > 0.0, 1.0, math.nan)
        share: Floats = np.divide(self.used, self.units, out=nothing, where=self.units > 0.0)
        return share


def observe(journeys: Journeys) -> list[MonthlyPaths]:
    """Return what each replication looks like month by month."""
    flow = journeys.plan.flow
    marks = MonthMarks(np.array(journeys.plan.calendar.marks()))
    queued = journeys.visits_to(name for name, stage in flow.stages.items() if stage.may_wait)
    counted = counted_clients(journeys)
    occupancy = _count_present(journeys, marks, counted, journeys.until)
    headline = occupancy
    if flow.mechanisms is not None:
        first = next(iter(flow.mechanisms.counted.values()))
        headline = _count_present(journeys, marks, select(journeys, first.of), journeys.until)
    by_replication = zip(
        occupancy,
        headline,
        _count_present(queued, marks, counted, queued.began),
        _waits(queued, marks),
        *_use(journeys, marks),
        [_units(plan, marks.days) for plan in journeys.plans],
        moves(journeys),
        strict=True,
    )
    return [MonthlyPaths(*parts) for parts in by_replication]


class MonthMarks:
    """The days that close each month, the start and the horizon included.

    Whole numbers, so that each day has its month.

    Parameters
    ----------
    days : ndarray of float, shape (marks,)
        In order.
    """

    def __init__(self, days: Floats) -> None:
        self.days = days
        self._first = np.searchsorted(days, np.arange(days[-1] + 1.0))

    def __len__(self) -> int:
        return len(self.days)

    def first_at(self, moments: Floats) -> Ints:
        """Return the place of the first mark at or after each moment, shape as `moments`.

        From the horizon on it is one past the last.
        """
        return np.asarray(
            self._first[np.maximum(np.ceil(moments), 0.0).astype(np.int64)]
            + (moments >= self.days[-1])
        )

    def month_of(self, moments: Floats) -> Ints:
        """Return the month that each moment before the horizon lies in, shape as `moments`."""
        return np.asarray(self._first[moments.astype(np.int64) + 1] - 1)


def counted_clients(journeys: Journeys) -> Bools:
    """Return which clients belong to groups that a register counts, shape (clients,)."""
    flow = journeys.plan.flow
    counted = np.array(
        [flow.stages[group.starts_in].counts_as != "not_counted" for group in flow.groups.values()]
    )
    return counted[journeys.cohort.group]


def _count_present(journeys: Journeys, marks: MonthMarks, clients: Bools, ends: Floats) -> Ints:
    """Return how many of some clients are between joining a stage and an end at each mark.

    By stage, shape (replications, marks, stages).
    """
    stages = len(journeys.plan.flow.stages)
    shape = len(journeys.plans), len(marks) + 1, stages
    rows = np.flatnonzero(clients[journeys.client])
    first = (journeys.run * (shape[1] * stages) + journeys.stage)[rows]

    def counted(moments: Floats) -> Ints:
        cell = first + marks.first_at(moments[rows]) * stages
        return np.bincount(cell, minlength=math.prod(shape)).reshape(shape)

    change = counted(journeys.joined) - counted(ends)
    return np.asarray(np.cumsum(change, axis=1)[:, :-1])


def _waits(queued: Journeys, marks: MonthMarks) -> Floats:
    """Return the mean wait of those who start in each month.

    Shape (replications, months, stages); NaN where nobody starts.
    """
    months = len(marks) - 1
    shape = len(queued.plans), months, len(queued.plan.flow.stages)
    size = math.prod(shape)
    rows = np.flatnonzero(queued.started >= 0.0)
    month = marks.month_of(queued.started[rows])
    cell = (queued.run[rows] * months + month) * shape[2] + queued.stage[rows]
    days = np.bincount(cell, on_ticks((queued.started - queued.joined)[rows]), size)
    starts = np.bincount(cell, minlength=size)
    with np.errstate(invalid="ignore"):
        return np.asarray(days / starts).reshape(shape)


def _use(journeys: Journeys, marks: MonthMarks) -> tuple[Floats, Floats, Floats]:
    """Return the units of each resource in use and overbooked, and how long none is free.

    Each of shape (replications, months, resources).
    """
    resources = journeys.plan.resources
    shape = len(resources), len(journeys.plans), len(marks) - 1
    used, beyond, full = (np.full(shape, math.nan) for _ in range(3))
    for number, resource in enumerate(resources):
        if resource.units is None:
            continue
        used[number], full[number] = use_between(journeys, number, marks.days)
        held = mean_units_held(journeys, number, marks.days)
        # Of two sums in another order, what differs in rounding alone is none.
        more = held - used[number]
        beyond[number] = np.where(more > ROUNDING, more, 0.0)
    first, second, third = (one.transpose(1, 2, 0) for one in (used, beyond, full))
    return first, second, third


def _units(plan: ResolvedFlow, marks: Floats) -> Floats:
    """Return the units that there are of each resource, on average over each month.

    Shape (months, resources).
    """
    table = [_mean(resource.units, marks) for resource in plan.resources]
    return np.array(table, np.float64).reshape(len(table), len(marks) - 1).T


def _mean(line: Timeline | None, marks: Floats) -> Floats:
    """Return the mean of a timeline between one mark and the next; NaN for no line."""
    if line is None:
        return np.full(len(marks) - 1, math.nan)
    ends = np.array([*line.times[1:], math.inf])
    days = np.clip(marks[:, None] - line.times, 0.0, ends - line.times)
    return np.asarray(np.diff(days @ np.array(line.numbers)) / np.diff(marks), np.float64)
