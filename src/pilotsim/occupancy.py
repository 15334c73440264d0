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


def _where_held(journeys: Journeys, resource: int) -> Journeys:
    """Return only the visits to stages that need a resource: nobody holds it elsewhere."""
    flow = journeys.plan.flow
    name = list(flow.resources)[resource]
    return journeys.visits_to(key for key, stage in flow.stages.items() if any(name in needs for needs in stage.alternatives))


def units_in_service(journeys: Journeys, resource: int) -> Ints:
    """Return the units of a resource that each visit holds from start to finish, shape (visits,)."""
    units = journeys.plan.units_needed[resource][journeys.stage, np.maximum(journeys.took, 0)]
    return np.where(journeys.took >= 0, units, 0)


def units_while_waiting(journeys: Journeys, resource: int) -> Ints:
    """Return the units that each visit still holds from the stage before while it waits, shape (visits,)."""
    kept = np.zeros(len(journeys), np.int64)
    most = journeys.plan.units_needed[resource].max(axis=1)
    name = list(journeys.plan.flow.resources)[resource]
    keeps = np.array([name in stage.keeps for stage in journeys.plan.flow.stages.values()])
    if not keeps.any():
        return kept
    next_visit = (journeys.client[1:] == journeys.client[:-1]) & (journeys.visit[1:] == journeys.visit[:-1] + 1)
    follows = np.flatnonzero(next_visit & keeps[journeys.stage[:-1]] & (most[journeys.stage[1:]] > 0)) + 1
    service, took = units_in_service(journeys, resource)[follows - 1], journeys.took[follows - 1] >= 0
    most = most[journeys.stage[follows]]
    while True:
        # Who did not start in the stage before still holds what it kept while it waited there.
        now = np.minimum(np.where(took, service, kept[follows - 1]), most)
        if np.array_equal(now, kept[follows]):
            return kept
        kept[follows] = now


def used_unit_days(journeys: Journeys, resource: int, window: Window | None = None) -> float:
    """Return the unit-days of a resource that clients held; for one that is used up, the units taken."""
    journeys = _where_held(journeys, resource)
    service = units_in_service(journeys, resource)
    if journeys.plan.resources[resource].units is None:
        then = slice(None) if window is None else (journeys.started >= window[0]) & (journeys.started < window[1])
        return float(service[then].sum())
    waiting = units_while_waiting(journeys, resource)
    held = service * overlap(journeys.began, journeys.until, window) + waiting * overlap(journeys.joined, journeys.began, window)
    return float(held.sum())


def units_held_at(journeys: Journeys, resource: int, times: Floats) -> Ints:
    """Return how many units of a resource are held at each time, shape (times,)."""
    journeys = _where_held(journeys, resource)
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    times = _inside(journeys, times)
    return _present(journeys.began, journeys.until, service, times) + _present(journeys.joined, journeys.began, waiting, times)


def mean_units_held(journeys: Journeys, resource: int, marks: Floats) -> Floats:
    """Return how many units of a resource are held on average between one mark and the next, shape (marks - 1,)."""
    journeys = _where_held(journeys, resource)
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    spans = ((journeys.began, journeys.until, service), (journeys.joined, journeys.began, waiting))
    unit_days = sum(_unit_days_until(begins, ends, weights, marks) for begins, ends, weights in spans)
    return np.asarray(np.diff(unit_days) / np.diff(marks), np.float64)


def _unit_days_until(begins: Floats, ends: Floats, weights: Ints, marks: Floats) -> Floats:
    """Return the weight times the length of all spans as far as each mark, shape (marks,)."""
    chosen = np.flatnonzero(weights)
    weights = weights[chosen]
    return _time_since(begins[chosen], weights, marks) - _time_since(ends[chosen], weights, marks)


def _time_since(moments: Floats, weights: Ints, marks: Floats) -> Floats:
    """Return the weight times the days that have passed since all moments before each mark, shape (marks,)."""
    first, size = np.searchsorted(marks, moments), len(marks) + 1
    count = np.cumsum(np.bincount(first, weights, size)[:-1])
    return np.asarray(marks * count - np.cumsum(np.bincount(first, weights * moments, size)[:-1]), np.float64)


def occupancy(journeys: Journeys, times: Floats, rows: Bools | None = None) -> Ints:
    """Return how many clients are in each stage at each time, shape (times, stages)."""
    return count_present(journeys, journeys.joined, journeys.until, times, rows)


def count_present(journeys: Journeys, begins: Floats, ends: Floats, times: Floats, rows: Bools | None = None) -> Ints:
    """Return how many visits to each stage have begun something at each time and not ended it, shape (times, stages)."""
    times = _inside(journeys, times)
    order = np.argsort(times, kind="stable")
    stages, size = len(journeys.plan.flow.stages), len(times) + 1
    chosen = slice(None) if rows is None else np.flatnonzero(rows)
    stage, change = journeys.stage[chosen], np.zeros(size * stages, np.int64)
    for moments, sign in ((begins, 1), (ends, -1)):
        first = np.searchsorted(times[order], moments[chosen])
        change += sign * np.bincount(first * stages + stage, minlength=size * stages)
    counts = np.empty((len(times), stages), np.int64)
    counts[order] = np.cumsum(change.reshape(size, stages), axis=0)[:-1]
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
    stages = len(journeys.plan.flow.stages)
    went = (journeys.next >= 0) & (True if rows is None else rows)
    counts = np.bincount(journeys.stage[went] * stages + journeys.next[went], minlength=stages * stages)
    return counts.reshape(stages, stages)
