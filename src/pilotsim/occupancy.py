"""Who is where, and who holds what: units and clients over time, from journeys."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pilotsim.journeys import Journeys

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Window = tuple[float, float]


def overlap(begins: Floats, ends: Floats, window: Window | None) -> Floats:
    """Return the length of each span, or of its part inside a window, in days."""
    if window is None:
        return ends - begins
    first, last = window
    inside: Floats = np.maximum(0.0, np.minimum(ends, last) - np.maximum(begins, first))
    return inside


def unit_days(journeys: Journeys, resource: int, window: Window | None = None) -> float:
    """Return the unit-days of a resource over the pilot or a window; for one that is used up, the units that came."""
    one = journeys.plan.resources[resource]
    first, last = window or (0.0, journeys.plan.horizon)
    if one.units is None:
        return float(sum(first <= day < last for day in one.supplies) * one.supplied)
    ends = (*one.units.times[1:], journeys.plan.horizon)
    spans = zip(one.units.numbers, one.units.times, ends, strict=True)
    return sum(units * max(0.0, min(end, last) - max(start, first)) for units, start, end in spans)


def units_in_service(journeys: Journeys, resource: int) -> Ints:
    """Return the units of a resource that each visit holds from start to finish, shape (visits,)."""
    tables = [[dict(needs).get(resource, 0) for needs in stage.needs] for stage in journeys.plan.stages]
    width = max(len(table) for table in tables)
    table = np.array([row + [0] * (width - len(row)) for row in tables])
    return np.where(journeys.took >= 0, table[journeys.stage, np.maximum(journeys.took, 0)], 0)


def units_while_waiting(journeys: Journeys, resource: int) -> Ints:
    """Return the units that each visit still holds from the stage before while it waits, shape (visits,)."""
    service = units_in_service(journeys, resource)
    stages = journeys.plan.stages
    most = np.array([max(dict(needs).get(resource, 0) for needs in stage.needs) for stage in stages])
    keeps = np.array([resource in stage.keeps for stage in stages])
    kept = np.zeros(len(journeys), np.int64)
    if not keeps.any():
        return kept
    follows = np.flatnonzero((journeys.visit[1:] > 0) & keeps[journeys.stage[:-1]]) + 1
    while True:
        at_end = np.where(journeys.took >= 0, service, kept)
        now = kept.copy()
        now[follows] = np.minimum(at_end[follows - 1], most[journeys.stage[follows]])
        if np.array_equal(now, kept):
            return kept
        kept = now


def used_unit_days(journeys: Journeys, resource: int, window: Window | None = None) -> float:
    """Return the unit-days of a resource that clients held; for one that is used up, the units taken."""
    service = units_in_service(journeys, resource)
    if journeys.plan.resources[resource].units is None:
        then = slice(None) if window is None else (journeys.started >= window[0]) & (journeys.started < window[1])
        return float(service[then].sum())
    waiting = units_while_waiting(journeys, resource)
    held = service * overlap(journeys.began, journeys.until, window) + waiting * overlap(journeys.joined, journeys.began, window)
    return float(held.sum())


def units_held_at(journeys: Journeys, resource: int, times: Floats) -> Ints:
    """Return how many units of a resource are held at each time, shape (times,)."""
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    times = _inside(journeys, times)
    return _present(journeys.began, journeys.until, service, times) + _present(journeys.joined, journeys.began, waiting, times)


def mean_units_held(journeys: Journeys, resource: int, marks: Floats) -> Floats:
    """Return how many units of a resource are held on average between one mark and the next, shape (marks - 1,)."""
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    spans = ((journeys.began, journeys.until, service), (journeys.joined, journeys.began, waiting))
    unit_days = sum(_unit_days_until(begins, ends, weights, marks) for begins, ends, weights in spans)
    return np.asarray(np.diff(unit_days) / np.diff(marks), np.float64)


def _unit_days_until(begins: Floats, ends: Floats, weights: Ints, marks: Floats) -> Floats:
    """Return the weight times the length of all spans as far as each mark, shape (marks,)."""
    chosen = weights != 0
    lengths = np.clip(marks[:, None] - begins[chosen], 0.0, (ends - begins)[chosen])
    return np.asarray(lengths @ weights[chosen], np.float64)


def occupancy(journeys: Journeys, times: Floats, rows: Bools | None = None) -> Ints:
    """Return how many clients are in each stage at each time, shape (times, stages)."""
    counts = np.zeros((len(times), len(journeys.plan.stages)), np.int64)
    for stage in range(counts.shape[1]):
        weight = (journeys.stage == stage) & (True if rows is None else rows)
        counts[:, stage] = _present(journeys.joined, journeys.until, weight.astype(np.int64), _inside(journeys, times))
    return counts


def _present(begins: Floats, ends: Floats, weights: Ints, times: Floats) -> Ints:
    """Return the weight of the spans that a time lies in."""
    chosen = weights != 0
    begins, ends, weights = begins[chosen], ends[chosen], weights[chosen]
    begun, ended = np.argsort(begins, kind="stable"), np.argsort(ends, kind="stable")
    came = np.concatenate([[0], np.cumsum(weights[begun])])
    went = np.concatenate([[0], np.cumsum(weights[ended])])
    counts: Ints = (
        came[np.searchsorted(begins[begun], times, side="right")] - went[np.searchsorted(ends[ended], times, side="right")]
    )
    return counts


def _inside(journeys: Journeys, times: Floats) -> Floats:
    """Return times with the horizon moved to the last moment that was simulated."""
    return np.minimum(times, math.nextafter(journeys.plan.horizon, 0.0))


def moves(journeys: Journeys, rows: Bools | None = None) -> Ints:
    """Return how many visits led from each stage to each other one, shape (stages, stages)."""
    stages = len(journeys.plan.stages)
    went = (journeys.next >= 0) & (True if rows is None else rows)
    counts = np.bincount(journeys.stage[went] * stages + journeys.next[went], minlength=stages * stages)
    return counts.reshape(stages, stages)
