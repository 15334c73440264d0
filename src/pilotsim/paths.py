"""What a run looks like over time: clients by state, waits and use by month, moves between stages."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim.journeys import Journeys
from pilotsim.numbers import Timeline
from pilotsim.occupancy import count_present, mean_units_held, moves, occupancy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Paths:
    """A run month by month.

    Parameters
    ----------
    occupancy : ndarray of int, shape (marks, stages)
        Clients in each stage at the start and at the end of each month; groups that no register counts left out.
    waiting : ndarray of int, shape (marks, stages)
        Those of them who wait to start.
    waits : ndarray of float, shape (months, stages)
        Mean days from joining to starting, of those who start in a month; NaN for none.
    held, units : ndarray of float, shape (months, resources)
        Units in use, and units there are, on average over each month; NaN for units that are used up.
    moves : ndarray of int, shape (stages, stages)
        Moves from stage to stage over the whole run, of all clients.
    """

    occupancy: NDArray[np.int64]
    waiting: NDArray[np.int64]
    waits: Floats
    held: Floats
    units: Floats
    moves: NDArray[np.int64]


def observe(journeys: Journeys) -> Paths:
    """Return what a run looks like month by month."""
    marks = np.array(journeys.plan.calendar.marks())
    flow = journeys.plan.flow
    queued = journeys.visits_to([name for name, stage in flow.stages.items() if stage.may_wait])
    held = [mean_units_held(queued, r, marks) for r in range(len(flow.resources))]
    return Paths(
        occupancy(journeys, marks, _counted(journeys)),
        count_present(queued, queued.joined, queued.began, marks, _counted(queued)),
        _waits(queued, marks), np.array(held).reshape(len(held), len(marks) - 1).T, _units(journeys, marks), moves(journeys),
    )  # fmt: skip


def counted_clients(journeys: Journeys) -> NDArray[np.bool_]:
    """Return which clients belong to groups that a register counts, shape (clients,)."""
    flow = journeys.plan.flow
    counted = np.array([flow.stages[group.starts_in].counts_as != "not_counted" for group in flow.groups.values()])
    return counted[journeys.cohort.group]


def _counted(journeys: Journeys) -> NDArray[np.bool_] | None:
    """Return which visits are of clients whom a register counts, shape (visits,); None for all."""
    counted = counted_clients(journeys)
    return None if counted.all() else counted[journeys.client]


def _waits(queued: Journeys, marks: Floats) -> Floats:
    months, stages = len(marks) - 1, len(queued.plan.flow.stages)
    rows = np.flatnonzero(~np.isnan(queued.started))
    started = queued.started[rows]
    month = np.searchsorted(marks, started, side="right") - 1
    cell = month * stages + queued.stage[rows]
    days = np.bincount(cell, started - queued.joined[rows], minlength=months * stages)
    number = np.bincount(cell, minlength=months * stages)
    with np.errstate(invalid="ignore"):
        return (days / number).reshape(months, stages)


def _units(journeys: Journeys, marks: Floats) -> Floats:
    """Return the units that there are of each resource, on average over each month, shape (months, resources)."""
    table = [_mean(resource.units, marks) for resource in journeys.plan.resources]
    return np.array(table, np.float64).reshape(len(table), len(marks) - 1).T


def _mean(line: Timeline | None, marks: Floats) -> Floats:
    """Return the mean of a timeline between one mark and the next; NaN for no line."""
    if line is None:
        return np.full(len(marks) - 1, math.nan)
    ends = np.array([*line.times[1:], math.inf])
    days = np.clip(marks[:, None] - line.times, 0.0, ends - line.times)
    return np.asarray(np.diff(days @ np.array(line.numbers)) / np.diff(marks), np.float64)
