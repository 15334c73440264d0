"""Who is where, and who holds what: units and clients over time, from journeys."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import ResolvedFlow

Window = tuple[float, float]


def overlap(begins: Floats, ends: Floats, window: Window | None) -> Floats:
    """Return the length of each span, or of its part inside a window, in days."""
    if window is None:
        return ends - begins
    first, last = window
    inside: Floats = np.maximum(0.0, np.minimum(ends, last) - np.maximum(begins, first))
    return inside


def unit_days(plan: ResolvedFlow, resource: int, window: Window | None = None) -> float:
    """Return the unit-days of a resource over the pilot or a window.

    For one that is used up, the units that came.
    """
    one = plan.resources[resource]
    first, last = window or (0.0, plan.horizon)
    if one.units is None:
        return float(sum(first <= day < last for day in one.supplies) * one.supplied)
    ends = (*one.units.times[1:], plan.horizon)
    spans = zip(one.units.numbers, one.units.times, ends, strict=True)
    return sum(units * max(0.0, min(end, last) - max(start, first)) for units, start, end in spans)


def _where_held(journeys: Journeys, resource: int) -> Journeys:
    """Return only the visits to stages that need a resource: nobody holds it elsewhere."""
    flow = journeys.plan.flow
    name = list(flow.resources)[resource]
    return journeys.visits_to(
        key
        for key, stage in flow.stages.items()
        if any(name in needs for needs in stage.alternatives)
    )


def units_in_service(journeys: Journeys, resource: int) -> Ints:
    """Return the units of a resource that each visit holds from start to finish, shape (visits,)."""
    units = journeys.units_needed(resource)[
        journeys.run, journeys.stage, np.maximum(journeys.took, 0)
    ]
    return np.where(journeys.took >= 0, units, 0)


def units_while_waiting(journeys: Journeys, resource: int) -> Ints:
    """Return the units that each visit still holds from the stage before while it waits, shape (visits,)."""
    kept = np.zeros(len(journeys), np.int64)
    most = journeys.units_needed(resource).max(axis=2)[journeys.run, journeys.stage]
    name = list(journeys.plan.flow.resources)[resource]
    keeps = np.array([name in stage.keeps for stage in journeys.plan.flow.stages.values()])
    if not keeps.any():
        return kept
    next_visit = (journeys.client[1:] == journeys.client[:-1]) & (
        journeys.visit[1:] == journeys.visit[:-1] + 1
    )
    follows = np.flatnonzero(next_visit & keeps[journeys.stage[:-1]] & (most[1:] > 0)) + 1
    service, took = (
        units_in_service(journeys, resource)[follows - 1],
        journeys.took[follows - 1] >= 0,
    )
    most = most[follows]
    while True:
        # Who did not start in the stage before still holds what it kept while it waited there.
        now = np.minimum(np.where(took, service, kept[follows - 1]), most)
        if np.array_equal(now, kept[follows]):
            return kept
        kept[follows] = now


def used_unit_days(journeys: Journeys, resource: int, window: Window | None = None) -> Floats:
    """Return the unit-days of a resource that clients held.

    For one that is used up, the units taken; shape (replications,).
    """
    journeys = _where_held(journeys, resource)
    service = units_in_service(journeys, resource)
    if list(journeys.plan.flow.resources.values())[resource].supply is not None:
        then = (
            slice(None)
            if window is None
            else (journeys.started >= window[0]) & (journeys.started < window[1])
        )
        return journeys.tally(journeys.client[then], service[then].astype(np.float64))
    waiting = units_while_waiting(journeys, resource)
    held = service * overlap(journeys.began, journeys.until, window) + waiting * overlap(
        journeys.joined, journeys.began, window
    )
    return journeys.tally(journeys.client, held)


def mean_units_held(journeys: Journeys, resource: int, marks: Floats) -> Floats:
    """Return how many units of a resource are held on average between one mark and the next.

    Shape (replications, marks - 1).
    """
    journeys = _where_held(journeys, resource)
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    spans = ((journeys.began, journeys.until, service), (journeys.joined, journeys.began, waiting))
    unit_days = sum(
        _unit_days_until(journeys, begins, ends, units, marks) for begins, ends, units in spans
    )
    return np.asarray(np.diff(unit_days) / np.diff(marks), np.float64)


def _unit_days_until(
    journeys: Journeys, begins: Floats, ends: Floats, units: Ints, marks: Floats
) -> Floats:
    """Return the units times the length of all spans as far as each mark, shape (replications, marks)."""
    rows = np.flatnonzero(units)
    runs = journeys.run[rows]
    parts = (
        _time_since(runs, moments[rows], units[rows], marks, len(journeys.plans))
        for moments in (begins, ends)
    )
    return next(parts) - next(parts)


def _time_since(runs: Ints, moments: Floats, units: Ints, marks: Floats, size: int) -> Floats:
    """Return the units times the days since each moment, as far as each mark, shape (replications, marks)."""
    shape = size, len(marks) + 1
    cell = runs * shape[1] + np.searchsorted(marks, moments)
    count, days = (
        np.bincount(cell, w, size * shape[1]).reshape(shape).cumsum(axis=1)[:, :-1]
        for w in (units, units * moments)
    )
    return np.asarray(marks * count - days, np.float64)


def moves(journeys: Journeys, rows: Bools | None = None) -> Ints:
    """Return how many visits led from each stage to each other one, shape (replications, stages, stages)."""
    stages, runs = len(journeys.plan.flow.stages), len(journeys.plans)
    cell = (journeys.run * stages + journeys.stage) * (stages + 1) + journeys.next + 1
    counts = np.bincount(
        cell if rows is None else cell[rows], minlength=runs * stages * (stages + 1)
    )
    return counts.reshape(runs, stages, stages + 1)[:, :, 1:]
