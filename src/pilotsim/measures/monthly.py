"""What a run looks like over time: clients by state, waits and use by month, moves between stages."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.measures.occupancy import mean_units_held, moves
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.parameters import Timeline
from pilotsim.simulation.resolved import ResolvedFlow


@dataclass(frozen=True)
class MonthlyPaths:
    """A run month by month.

    Parameters
    ----------
    occupancy : ndarray of int, shape (marks, stages)
        Clients in each stage at the start and at the end of each month; groups that no register
        counts left out.
    waiting : ndarray of int, shape (marks, stages)
        Those of them who wait to start.
    waits : ndarray of float, shape (months, stages)
        Mean days from joining to starting, of those who start in a month; NaN for none.
    held, units : ndarray of float, shape (months, resources)
        Units in use, and units there are, on average over each month; NaN for units that are used
        up.
    moves : ndarray of int, shape (stages, stages)
        Moves from stage to stage over the whole run, of all clients.
    """

    occupancy: Ints
    waiting: Ints
    waits: Floats
    held: Floats
    units: Floats
    moves: Ints


def observe(journeys: Journeys) -> list[MonthlyPaths]:
    """Return what each replication looks like month by month."""
    marks, flow = MonthMarks(np.array(journeys.plan.calendar.marks())), journeys.plan.flow
    queued = journeys.visits_to(name for name, stage in flow.stages.items() if stage.may_wait)
    there = _count_present(journeys, marks, journeys.joined, journeys.until)
    waiting = _count_present(queued, marks, queued.joined, queued.began)
    waits, held, moved = _waits(queued, marks), _held(journeys, marks), moves(journeys)
    units = [_units(plan, marks.days) for plan in journeys.plans]
    return [
        MonthlyPaths(*parts)
        for parts in zip(there, waiting, waits, held, units, moved, strict=True)
    ]


class MonthMarks:
    """The days that close each month, the start and the horizon included: whole numbers, so that a day has its month.

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
        """Return the first mark at or after each moment; one past the last from the horizon on."""
        return np.asarray(
            self._first[np.ceil(moments).astype(np.int64)] + (moments >= self.days[-1])
        )

    def month_of(self, moments: Floats) -> Ints:
        """Return the month that each moment before the horizon lies in."""
        return np.asarray(self._first[moments.astype(np.int64) + 1] - 1)


def counted_clients(journeys: Journeys) -> Bools:
    """Return which clients belong to groups that a register counts, shape (clients,)."""
    flow = journeys.plan.flow
    counted = np.array(
        [flow.stages[group.starts_in].counts_as != "not_counted" for group in flow.groups.values()]
    )
    return counted[journeys.cohort.group]


def _count_present(journeys: Journeys, marks: MonthMarks, begins: Floats, ends: Floats) -> Ints:
    """Return how many counted clients have begun something in each stage at each mark and not ended it.

    Shape (replications, marks, stages).
    """
    shape = len(journeys.plans), len(marks) + 1, len(journeys.plan.flow.stages)
    rows = np.flatnonzero(counted_clients(journeys)[journeys.client])
    first = (journeys.run * (shape[1] * shape[2]) + journeys.stage)[rows]
    came, went = (
        np.bincount(first + marks.first_at(at[rows]) * shape[2], minlength=math.prod(shape))
        for at in (begins, ends)
    )
    return np.asarray(np.cumsum((came - went).reshape(shape), axis=1)[:, :-1])


def _waits(queued: Journeys, marks: MonthMarks) -> Floats:
    """Return the mean wait of those who start in each month, shape (replications, months, stages)."""
    shape = len(queued.plans), len(marks) - 1, len(queued.plan.flow.stages)
    rows = np.flatnonzero(~np.isnan(queued.started))
    run, month = queued.run[rows], marks.month_of(queued.started[rows])
    cell = (run * shape[1] + month) * shape[2] + queued.stage[rows]
    days = np.bincount(cell, (queued.started - queued.joined)[rows], math.prod(shape))
    with np.errstate(invalid="ignore"):
        return np.asarray(days / np.bincount(cell, minlength=math.prod(shape))).reshape(shape)


def _held(journeys: Journeys, marks: MonthMarks) -> Floats:
    """Return the units of each resource in use on average over each month, shape (replications, months, resources)."""
    held = [
        mean_units_held(journeys, resource, marks.days)
        for resource in range(len(journeys.plan.flow.resources))
    ]
    return np.array(held).reshape(len(held), len(journeys.plans), len(marks) - 1).transpose(1, 2, 0)


def _units(plan: ResolvedFlow, marks: Floats) -> Floats:
    """Return the units that there are of each resource, on average over each month, shape (months, resources)."""
    table = [_mean(resource.units, marks) for resource in plan.resources]
    return np.array(table, np.float64).reshape(len(table), len(marks) - 1).T


def _mean(line: Timeline | None, marks: Floats) -> Floats:
    """Return the mean of a timeline between one mark and the next; NaN for no line."""
    if line is None:
        return np.full(len(marks) - 1, math.nan)
    ends = np.array([*line.times[1:], math.inf])
    days = np.clip(marks[:, None] - line.times, 0.0, ends - line.times)
    return np.asarray(np.diff(days @ np.array(line.numbers)) / np.diff(marks), np.float64)
