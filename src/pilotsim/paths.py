"""What a run looks like over time: clients by state, waits and use by month, moves between stages."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim.journeys import Journeys
from pilotsim.numbers import Timeline
from pilotsim.occupancy import mean_units_held, moves, occupancy

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
    counted = counted_clients(journeys)[journeys.client]
    resources = range(len(journeys.plan.resources))
    held = np.array([mean_units_held(journeys, r, marks) for r in resources]).reshape(len(resources), len(marks) - 1).T
    return Paths(
        occupancy(journeys, marks, counted), _waiting(journeys, marks, counted), _waits(journeys, marks), held,
        _units(journeys, marks), moves(journeys),
    )  # fmt: skip


def counted_clients(journeys: Journeys) -> NDArray[np.bool_]:
    """Return which clients belong to groups that a register counts, shape (clients,)."""
    stages = list(journeys.plan.flow.stages.values())
    counted = np.array([stages[group.home].counts_as != "not_counted" for group in journeys.plan.groups])
    return counted[journeys.cohort.group]


def _waiting(journeys: Journeys, marks: Floats, counted: NDArray[np.bool_]) -> NDArray[np.int64]:
    stages = len(journeys.plan.stages)
    last = math.nextafter(journeys.plan.horizon, 0.0)
    counts = [
        np.bincount(journeys.stage[counted & (journeys.joined <= min(t, last)) & (journeys.began > min(t, last))], minlength=stages)
        for t in marks
    ]
    return np.array(counts)


def _waits(journeys: Journeys, marks: Floats) -> Floats:
    months, stages = len(marks) - 1, len(journeys.plan.stages)
    rows = ~np.isnan(journeys.started) & np.array([stage.may_wait for stage in journeys.plan.stages])[journeys.stage]
    month = np.searchsorted(marks, journeys.started[rows], side="right") - 1
    cell = month * stages + journeys.stage[rows]
    days = np.bincount(cell, journeys.started[rows] - journeys.joined[rows], minlength=months * stages)
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
