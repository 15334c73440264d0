"""Measures of a run: shares, counts, waits, months, spells, use of places, hours, costs.

Pure functions of journeys.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import DAYS_PER_MONTH, HOURS_PER_WORKING_DAY
from pilotsim.base.quantity import Quantity
from pilotsim.measures.costs import client_cost, resource_cost
from pilotsim.measures.occupancy import (
    Window,
    overlap,
    unit_days,
    units_in_service,
    used_unit_days,
    working_overlap,
)
from pilotsim.measures.selections import (
    count_months,
    counts_as,
    days_of,
    first_joined,
    in_stages,
    present,
    select,
    select_visits,
    stages_of,
)
from pilotsim.measures.spells import measure_spells
from pilotsim.model.targets import Measure
from pilotsim.simulation.journeys import Journeys


def measure(journeys: Journeys, what: Measure) -> float:
    """Return one number from a run; NaN where its base is empty."""
    return float(measure_runs(journeys, what)[0])


def measure_runs(journeys: Journeys, what: Measure) -> Floats:
    """Return one number from each replication, shape (replications,); NaN for an empty base."""
    return _MEASURES[what.kind](journeys, what, select(journeys, what.of))


def measure_counterfactual(journeys: Journeys, without: Journeys, what: Measure) -> Floats:
    """Return what the same clients come to without the programme, shape (replications,).

    Parameters
    ----------
    journeys, without : Journeys
        The same cohorts with and without the programme: who is counted, and since when, is decided
        by the first.
    what : Measure
        A share, a count, a change, an average or months; for waits, spells, visits, use, hours and
        costs there is no world without, and NaN comes back.
    """
    if what.kind in ("wait", "time", "spell", "use", "hours", "cost") or what.each == "visit":
        return np.full(len(journeys.plans), math.nan)
    chosen = select(journeys, what.of)
    if what.kind in ("share", "count"):
        as_asked = select(without, what.share or what.count, journeys) & chosen
        count = _count_clients(journeys, as_asked)
        if what.kind == "count":
            return count
        return _ratio(count, _count_clients(journeys, chosen))
    return _MEASURES[what.kind](without, what, chosen)


def _count_clients(journeys: Journeys, chosen: Bools) -> Floats:
    return journeys.tally(np.flatnonzero(chosen))


def _count_visits(journeys: Journeys, rows: Bools) -> Floats:
    return journeys.tally(journeys.client[rows])


def _ratio(numbers: Floats, bases: Floats) -> Floats:
    """Return quotients; NaN for an empty base."""
    empty = np.full(len(bases), math.nan)
    return np.asarray(np.divide(numbers, bases, out=empty, where=bases > 0), np.float64)


def _window(journeys: Journeys, what: Measure) -> Window | None:
    """Return the window of a measure in days; None for the whole run."""
    return None if what.between is None else days_of(journeys.plan.calendar, what.between)


def _share(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    if what.each == "visit":
        base = select_visits(journeys, what.of)
        as_asked = select_visits(journeys, what.share) & base
        return _ratio(_count_visits(journeys, as_asked), _count_visits(journeys, base))
    as_asked = select(journeys, what.share) & base
    return _ratio(_count_clients(journeys, as_asked), _count_clients(journeys, base))


def _count(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    if what.each == "visit":
        as_asked = select_visits(journeys, what.count) & select_visits(journeys, what.of)
        return _count_visits(journeys, as_asked)
    return _count_clients(journeys, select(journeys, what.count) & base)


def _change_in(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    part = journeys.visits_to(stages_of(journeys, str(what.change_in)))
    rows = base[part.client]
    first, last = _window(journeys, what) or (0.0, math.inf)
    at_the_end = _count_visits(part, rows & present(part, last))
    at_the_beginning = _count_visits(part, rows & present(part, first))
    return at_the_end - at_the_beginning


def _mean_in(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    first, last = window = _window(journeys, what) or (0.0, journeys.plan.horizon)
    return _days_in(journeys, str(what.mean_in), base, window) / (last - first)


def _months_in(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    days = _days_in(journeys, str(what.months_in), base, _window(journeys, what))
    return _ratio(days / DAYS_PER_MONTH, _count_clients(journeys, base))


def _days_in(journeys: Journeys, state: str, base: Bools, window: Window | None) -> Floats:
    part = journeys.visits_to(stages_of(journeys, state))
    rows = base[part.client]
    return part.tally(part.client[rows], overlap(part.joined, part.until, window)[rows])


def _calendar_months(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    rows = counts_as(journeys, str(what.calendar_months))
    between = what.between or (journeys.plan.flow.starts, journeys.plan.flow.end)
    months = count_months(journeys, rows, between, what.counted_on)
    whose = np.flatnonzero(base)
    return _typical(journeys, whose, months[whose], None)


def _wait(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    part = journeys.visits_to((str(what.wait),))
    rows = ~np.isnan(part.started) & base[part.client]
    rows &= _then(part.started, _window(journeys, what))
    return _typical(part, part.client[rows], (part.started - part.joined)[rows], what.quantile)


def _time(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    assert what.time is not None
    start = first_joined(journeys, (what.time.start,))
    end = first_joined(journeys, (what.time.end,), start)
    happened = base & np.isfinite(start) & np.isfinite(end)
    both = np.flatnonzero(happened & _then(end, _window(journeys, what)))
    return _typical(journeys, both, end[both] - start[both], what.quantile)


def _then(moments: Floats, window: Window | None) -> Bools:
    """Return which moments lie in a window; all where there is none."""
    if window is None:
        return np.ones(len(moments), np.bool_)
    return (moments >= window[0]) & (moments < window[1])


def _spell(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    assert what.spell is not None
    whose, lengths, asked = measure_spells(journeys, what.spell, base)
    if asked is None:
        return _typical(journeys, whose, lengths, what.quantile)
    return _typical(journeys, whose, asked, None)


def _typical(
    journeys: Journeys, whose: Ints, numbers: NDArray[Any], quantile: Quantity | None
) -> Floats:
    """Return the mean or a quantile of numbers in each replication, shape (replications,).

    `whose` are the clients that the numbers belong to, in order.
    """
    if quantile is None:
        return _ratio(journeys.tally(whose, numbers), journeys.tally(whose))
    bounds = np.searchsorted(journeys.run_of[whose], np.arange(len(journeys.plans) + 1))
    parts = [numbers[first:last] for first, last in pairwise(bounds)]
    return np.array(
        [np.quantile(part, quantile.number) if len(part) else math.nan for part in parts]
    )


def _use(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    number = list(journeys.plan.flow.resources).index(str(what.use))
    window = _window(journeys, what)
    there = np.array([unit_days(plan, number, window) for plan in journeys.plans])
    return _ratio(used_unit_days(journeys, number, window), there)


def _hours(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    """Return the working hours that units of a resource serve the clients that count."""
    number = list(journeys.plan.flow.resources).index(str(what.hours))
    units = units_in_service(journeys, number) * base[journeys.client]
    if what.in_stages is not None:
        units = units * in_stages(journeys, what.in_stages)
    window = _window(journeys, what) or (0.0, journeys.plan.horizon)
    days = working_overlap(journeys.plan.calendar, journeys.began, journeys.until, window)
    unit_days_served = journeys.tally(journeys.client, units * days)
    return _per(journeys, what, unit_days_served * HOURS_PER_WORKING_DAY)


def _cost(journeys: Journeys, what: Measure, base: Bools) -> Floats:
    flow = journeys.plan.flow
    window = _window(journeys, what)
    total = np.zeros(len(journeys.plans))
    for name in what.cost or ():
        if name in flow.costs:
            total += client_cost(journeys, flow.costs[name], base, window)
        else:
            total += resource_cost(journeys, name, window)
    return _per(journeys, what, total)


def _per(journeys: Journeys, what: Measure, totals: Floats) -> Floats:
    """Return totals divided by how many clients, or how many months of clients, they are for."""
    if what.per is not None:
        return _ratio(totals, _count_clients(journeys, select(journeys, what.per)))
    if what.per_month_in is None and what.per_month_in_stage is None:
        return totals

    window = _window(journeys, what)
    if what.per_month_in is not None:
        everyone = np.ones(len(journeys.cohort), np.bool_)
        days = _days_in(journeys, what.per_month_in, everyone, window)
    else:
        part = journeys.visits_to(what.per_month_in_stage or ())
        days = part.tally(part.client, overlap(part.began, part.until, window))
    return _ratio(totals, days / DAYS_PER_MONTH)


_MEASURES: dict[str, Callable[[Journeys, Measure, Bools], Floats]] = {
    "share": _share,
    "count": _count,
    "change_in": _change_in,
    "mean_in": _mean_in,
    "months_in": _months_in,
    "calendar_months": _calendar_months,
    "wait": _wait,
    "time": _time,
    "spell": _spell,
    "use": _use,
    "hours": _hours,
    "cost": _cost,
}
