"""Who is where, and who holds what: units and clients over time, from journeys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import Calendar
from pilotsim.base.ticks import on_ticks
from pilotsim.model.flow import Flow
from pilotsim.simulation.journeys import INTERRUPTED, Journeys
from pilotsim.simulation.resolved import ResolvedFlow

Window = tuple[float, float]


def overlap(begins: Floats, ends: Floats, window: Window | None) -> Floats:
    """Return the length of each span, or of its part inside a window, in days.

    Parameters
    ----------
    begins, ends : ndarray, shape (spans,)
        In days from the start.
    window : tuple of float or None
        The window's start and end, in days from the start of the pilot; None for no window.

    Returns
    -------
    ndarray, shape (spans,)
        In days; 0 for a span outside the window.
    """
    if window is None:
        return on_ticks(ends - begins)
    first, last = window
    inside: Floats = np.maximum(0.0, np.minimum(ends, last) - np.maximum(begins, first))
    return on_ticks(inside)


def working_overlap(calendar: Calendar, begins: Floats, ends: Floats, window: Window) -> Floats:
    """Return the working days of each span that lie inside a window.

    Parameters
    ----------
    calendar : Calendar
        Which days are worked.
    begins, ends : ndarray of float, shape (spans,)
        In days from the start.
    window : (float, float)
        From when to when, in days.
    """
    worked = np.array(calendar.worked)
    before_end = _worked_before(worked, np.clip(ends, *window))
    return before_end - _worked_before(worked, np.clip(begins, *window))


def _worked_before(worked: Ints, times: Floats) -> Floats:
    """Return the working days before times of the run, shape as `times`."""
    last = len(worked) - 1
    inside = np.clip(times, 0.0, last)
    day = np.minimum(inside.astype(np.int64), last - 1)
    return np.asarray(worked[day] + (worked[day + 1] - worked[day]) * (inside - day), np.float64)


def unit_days(plan: ResolvedFlow, resource: int, window: Window | None = None) -> float:
    """Return the unit-days of a resource over the pilot or a window.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow that was run.
    resource : int
        The place of the resource in the flow.
    window : tuple of float, optional
        The window's start and end, in days from the start of the pilot; the whole pilot, unless
        given.

    Returns
    -------
    float
        Unit-days; for a resource that is used up, the units that were supplied.
    """
    supply = plan.resources[resource]
    first, last = window or (0.0, plan.horizon)
    if supply.units is None:
        deliveries = sum(first <= day < last for day in supply.supplies)
        return float(deliveries * supply.supplied)
    ends = (*supply.units.times[1:], plan.horizon)
    spans = zip(supply.units.numbers, supply.units.times, ends, strict=True)
    there = 0.0
    for units, start, end in spans:
        there += units * max(0.0, min(end, last) - max(start, first))
    return there


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
    """Return the units of a resource that each visit holds from start to end, shape (visits,)."""
    alternative = np.maximum(journeys.alternative, 0)
    units = journeys.units_needed(resource)[journeys.run, journeys.stage, alternative]
    return np.where(journeys.alternative >= 0, units, 0)


def units_while_waiting(journeys: Journeys, resource: int) -> Ints:
    """Return the units that each visit keeps from the stage before as it waits, shape (visits,)."""
    kept = np.zeros(len(journeys), np.int64)
    most = journeys.units_needed(resource).max(axis=2)[journeys.run, journeys.stage]
    name = list(journeys.plan.flow.resources)[resource]
    keeps = np.array([name in stage.keeps for stage in journeys.plan.flow.stages.values()])
    if not keeps.any():
        return kept

    same_client = journeys.client[1:] == journeys.client[:-1]
    next_visit = same_client & (journeys.visit[1:] == journeys.visit[:-1] + 1)
    # Who is interrupted lets everything go.
    next_visit &= journeys.cause[:-1] != INTERRUPTED
    follows = np.flatnonzero(next_visit & keeps[journeys.stage[:-1]] & (most[1:] > 0)) + 1
    service = units_in_service(journeys, resource)[follows - 1]
    has_started = journeys.alternative[follows - 1] >= 0
    most = most[follows]
    while True:
        # Who did not start in the stage before still holds what it kept while it waited there.
        now = np.minimum(np.where(has_started, service, kept[follows - 1]), most)
        if np.array_equal(now, kept[follows]):
            return kept
        kept[follows] = now


def used_unit_days(journeys: Journeys, resource: int, window: Window | None = None) -> Floats:
    """Return the unit-days of a resource that clients held.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    resource : int
        The place of the resource in the flow.
    window : tuple of float, optional
        The window's start and end, in days from the start of the pilot; the whole pilot, unless
        given.

    Returns
    -------
    ndarray, shape (replications,)
        Unit-days; for a resource that is used up, the units taken.
    """
    journeys = _where_held(journeys, resource)
    service = units_in_service(journeys, resource)
    if list(journeys.plan.flow.resources.values())[resource].supply is not None:
        then: slice | Bools = slice(None)
        if window is not None:
            then = (journeys.started >= window[0]) & (journeys.started < window[1])
        return journeys.tally(journeys.client[then], service[then].astype(np.float64))

    waiting = units_while_waiting(journeys, resource)
    in_service = service * overlap(journeys.began, journeys.until, window)
    kept = waiting * overlap(journeys.joined, journeys.began, window)
    return journeys.tally(journeys.client, in_service + kept)


def can_be_overbooked(flow: Flow, name: str) -> bool:
    """Tell whether more units of a resource can be held than there are.

    Only where their number changes, or somebody is in mid-stay with them at the start: whoever
    starts takes what is free.

    Parameters
    ----------
    flow : Flow
        What the file says.
    name : str
        The resource.
    """
    resource = flow.resources[name]
    if resource.supply is not None:
        return False
    sizes = (resource.units, resource.fte)
    changes = (
        any(size is not None and size.changes for size in sizes) or resource.shifts is not None
    )
    places = {place for group in flow.groups.values() for place in group.stock_in or {}}
    stages = (flow.stages[place] for place in places if place in flow.stages)
    return changes or any(name in needs for one in stages for needs in one.alternatives)


def overbooked_unit_days(journeys: Journeys, resource: int, window: Window | None = None) -> Floats:
    """Return the unit-days of a resource that clients held beyond those that there were.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    resource : int
        The place of the resource in the flow.
    window : tuple of float, optional
        The window's start and end, in days from the start of the pilot; the whole pilot, unless
        given.

    Returns
    -------
    ndarray, shape (replications,)
        Unit-days; 0 for a resource that is used up.
    """
    found = np.zeros(len(journeys.plans))
    if not can_be_overbooked(journeys.plan.flow, list(journeys.plan.flow.resources)[resource]):
        return found
    window = window or (0.0, journeys.plan.horizon)
    journeys = _where_held(journeys, resource)
    service = units_in_service(journeys, resource)
    waiting = units_while_waiting(journeys, resource)
    spans = ((journeys.began, journeys.until, service), (journeys.joined, journeys.began, waiting))
    for run, plan in enumerate(journeys.plans):
        own = journeys.run == run
        line = plan.resources[resource].units
        assert line is not None, "nothing that is used up is held"
        times = [np.array(line.times)]
        changes = [-np.diff(np.array([0.0, *line.numbers]))]
        for begins, ends, units in spans:
            rows = np.flatnonzero(own & (units != 0))
            times += [begins[rows], ends[rows]]
            changes += [units[rows].astype(np.float64), -units[rows].astype(np.float64)]
        found[run] = _above_zero(
            np.clip(np.concatenate(times), *window), np.concatenate(changes), window[1]
        )
    return found


def _above_zero(times: Floats, changes: Floats, end: float) -> float:
    """Return the area of a step function above 0, up to an end, from its changes."""
    order = np.argsort(times, kind="stable")
    steps = zip(times[order].tolist(), changes[order].tolist(), strict=True)
    area = level = before = 0.0
    for time, change in steps:
        if level > 0.0:
            area += level * (time - before)
        before = time
        level += change
    if level > 0.0:
        area += level * (end - before)
    return area


def left_over(journeys: Journeys, resource: int, at: float) -> Floats:
    """Return the units of a resource that is used up that are left just before a time.

    With `lapses`, those of the last supply alone.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    resource : int
        The place of the resource in the flow.
    at : float
        In days from the start of the pilot.

    Returns
    -------
    ndarray, shape (replications,)
        Units; 0 where a supply comes at that time in whose place they lapse.
    """
    supply = journeys.plan.resources[resource]
    since = since_supply(supply.supplies, at, lapses=supply.lapses)
    if since is None:
        return np.zeros(len(journeys.plans))
    supplied = [unit_days(plan, resource, (since, at)) for plan in journeys.plans]
    return np.array(supplied) - used_unit_days(journeys, resource, (since, at))


def since_supply(supplies: Sequence[float], at: float, *, lapses: bool) -> float | None:
    """Return since when units that are left at a time were supplied; None where none can be.

    Parameters
    ----------
    supplies : sequence of float
        The days of all supplies, in order.
    at : float
        In days from the start of the pilot.
    lapses : bool
        Whether what is left is lost at the next supply.
    """
    before = [day for day in supplies if day < at]
    if not before:
        return None
    if not lapses:
        return 0.0
    return None if at in supplies else before[-1]


def mean_units_held(journeys: Journeys, resource: int, marks: Floats) -> Floats:
    """Return the mean number of units of a resource held between one mark and the next.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    resource : int
        The place of the resource in the flow.
    marks : ndarray, shape (marks,)
        In days from the start, rising.

    Returns
    -------
    ndarray, shape (replications, marks - 1)
    """
    journeys = _where_held(journeys, resource)
    service = units_in_service(journeys, resource)
    waiting = units_while_waiting(journeys, resource)
    clock = _shift_clock(journeys.plan, resource)
    in_service = _unit_days_until(journeys, journeys.began, journeys.until, service, marks, clock)
    kept = _unit_days_until(journeys, journeys.joined, journeys.began, waiting, marks, clock)
    return np.asarray(np.diff(in_service + kept) / np.diff(marks), np.float64)


def use_between(journeys: Journeys, resource: int, marks: Floats) -> tuple[Floats, Floats]:
    """Return how many units of a resource are used, and how long none is free, between marks.

    What is held beyond the units that there are is overbooked, and no part of use.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    resource : int
        The place of a resource that is not used up.
    marks : ndarray, shape (marks,)
        In days from the start, rising.

    Returns
    -------
    used, full : ndarray, shape (replications, marks - 1)
        Units in use, on average over the time; and the share of the time with units in which all
        of them are held, NaN without units.
    """
    plans, journeys = journeys.plans, _where_held(journeys, resource)
    runs: list[Ints] = []
    times: list[Floats] = []
    held: list[Floats] = []
    there: list[Floats] = []

    def add(own: Ints, at: Floats, more: Floats, *, of_units: bool = False) -> None:
        runs.append(own)
        times.append(np.clip(at, marks[0], marks[-1]))
        nothing = np.zeros(len(at))
        held.append(nothing if of_units else more)
        there.append(more if of_units else nothing)

    for begins, ends, units in (
        (journeys.began, journeys.until, units_in_service(journeys, resource)),
        (journeys.joined, journeys.began, units_while_waiting(journeys, resource)),
    ):
        rows = np.flatnonzero(units)
        count = units[rows].astype(np.float64)
        add(journeys.run[rows], begins[rows], count)
        add(journeys.run[rows], ends[rows], -count)
    for place, plan in enumerate(plans):
        line = plan.resources[resource].units
        assert line is not None, "nothing that is used up is held"
        # All ends at the last mark, and the next run begins with nothing.
        changes = np.diff(np.array([0.0, *line.numbers, 0.0]))
        at = np.array([*line.times, marks[-1]])
        add(np.full(len(at), place), at, changes, of_units=True)
        add(np.full(len(marks), place), marks, np.zeros(len(marks)))
    run, time = np.concatenate(runs), np.concatenate(times)
    order = np.lexsort((time, run))
    run, time = run[order], time[order]
    now_held, now_there = (np.cumsum(np.concatenate(one)[order]) for one in (held, there))
    lasts = np.where(run[1:] == run[:-1], np.diff(time), 0.0)
    months = len(marks) - 1
    month = np.minimum(np.searchsorted(marks, time[:-1], side="right") - 1, months - 1)
    cell = run[:-1] * months + month

    def days(weights: NDArray[Any]) -> Floats:
        found = np.bincount(cell, weights * lasts, len(plans) * months)
        return np.asarray(found.reshape(len(plans), months), np.float64)

    has_units = now_there[:-1] > 0.0
    used = days(np.minimum(now_held, now_there)[:-1]) / np.diff(marks)
    open_days = days(has_units)
    full_days = days(has_units & (now_held >= now_there)[:-1])
    full = np.divide(
        full_days, open_days, out=np.full(open_days.shape, np.nan), where=open_days > 0.0
    )
    return used, full


Clock = Callable[[Floats], Floats]


def _shift_clock(plan: ResolvedFlow, resource: int) -> Clock:
    """Return what tells how much time has counted before moments: where service pauses, shifts."""
    begins = np.array(plan.resources[resource].shift_begins)
    if not len(begins):
        return lambda moments: moments
    ends = np.array(plan.resources[resource].shift_ends)
    before = np.concatenate([[0.0], np.cumsum(ends - begins)])

    def counted(moments: Floats) -> Floats:
        k = np.searchsorted(begins, moments, side="right")
        last = np.maximum(k - 1, 0)
        inside = np.clip(moments, begins[last], ends[last]) - begins[last]
        return np.where(k > 0, before[last] + inside, 0.0)

    return counted


def _unit_days_until(
    journeys: Journeys, begins: Floats, ends: Floats, units: Ints, marks: Floats, clock: Clock
) -> Floats:
    """Return the units times the length of all spans as far as each mark, as the clock counts.

    Shape (replications, marks).
    """
    rows = np.flatnonzero(units)
    runs = journeys.run[rows]
    size = len(journeys.plans)
    since_begin = _time_since(runs, begins[rows], units[rows], marks, size, clock)
    since_end = _time_since(runs, ends[rows], units[rows], marks, size, clock)
    return since_begin - since_end


def _time_since(
    runs: Ints, moments: Floats, units: Ints, marks: Floats, size: int, clock: Clock
) -> Floats:
    """Return the units times the days since each moment, as far as each mark.

    Shape (replications, marks).
    """
    cells = len(marks) + 1
    cell = runs * cells + np.searchsorted(marks, moments)

    def summed(weights: NDArray[Any]) -> Floats:
        table = np.bincount(cell, weights, size * cells).reshape(size, cells)
        return np.asarray(table.cumsum(axis=1)[:, :-1], np.float64)

    return clock(marks) * summed(units) - summed(units * clock(moments))


def moves(journeys: Journeys, rows: Bools | None = None) -> Ints:
    """Return how many visits led from stage to stage, shape (replications, stages, stages).

    Those of the run alone: what clients of a long run did before its start is left out.
    """
    if journeys.plan.flow.starts_from is not None:
        own = journeys.until >= 0.0
        rows = own if rows is None else rows & own
    stages = len(journeys.plan.flow.stages)
    runs = len(journeys.plans)
    cell = (journeys.run * stages + journeys.stage) * (stages + 1) + journeys.next + 1
    chosen = cell if rows is None else cell[rows]
    counts = np.bincount(chosen, minlength=runs * stages * (stages + 1))
    # The first column counts those who went nowhere.
    return counts.reshape(runs, stages, stages + 1)[:, :, 1:]
