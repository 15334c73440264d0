"""Measures of a run: shares, counts, waits, months, spells, use of places, hours, costs. Pure functions of journeys."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pilotsim.dates import DAYS_PER_MONTH, HOURS_PER_WORKING_DAY
from pilotsim.journeys import Journeys
from pilotsim.occupancy import Window, overlap, unit_days, units_in_service, used_unit_days
from pilotsim.questions import Measure
from pilotsim.selections import (
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
from pilotsim.spells import measure_spells

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def measure(journeys: Journeys, what: Measure) -> float:
    """Return one number from a run; NaN where its base is empty."""
    return _MEASURES[what.kind](journeys, what, select(journeys, what.of))


def measure_anyway(journeys: Journeys, without: Journeys, what: Measure) -> float:
    """Return what the same clients would have come to without the programme; NaN where the question makes no sense.

    Parameters
    ----------
    journeys, without : Journeys
        The same cohort with and without the programme: who is counted, and since when, is decided by the first.
    what : Measure
        A share, a count, a change, an average or months; for waits, spells, visits, use, hours and costs there is no world
        without.
    """
    if what.kind in ("wait", "time", "spell", "use", "hours", "cost") or what.each == "visit":
        return math.nan
    chosen = select(journeys, what.of) if what.of else np.ones(len(journeys.cohort), np.bool_)
    if what.kind in ("share", "count"):
        found = float((select(without, what.share or what.count, journeys) & chosen).sum())
        return found if what.kind == "count" else found / float(chosen.sum()) if chosen.any() else math.nan
    return _MEASURES[what.kind](without, what, chosen)


def _window(journeys: Journeys, what: Measure) -> Window | None:
    """Return the window of a measure in days; None for the whole run."""
    return None if what.between is None else days_of(journeys.plan.calendar, what.between)


def _share(journeys: Journeys, what: Measure, base: Bools) -> float:
    chosen = select_visits(journeys, what.share) if what.each == "visit" else select(journeys, what.share)
    if what.each == "visit":
        base = select_visits(journeys, what.of)
    return float((chosen & base).sum() / base.sum()) if base.any() else math.nan


def _count(journeys: Journeys, what: Measure, base: Bools) -> float:
    if what.each == "visit":
        return float((select_visits(journeys, what.count) & select_visits(journeys, what.of)).sum())
    return float((select(journeys, what.count) & base).sum())


def _change_in(journeys: Journeys, what: Measure, base: Bools) -> float:
    part = journeys.visits_to(stages_of(journeys, str(what.change_in)))
    rows = base[part.client]
    first, last = _window(journeys, what) or (0.0, math.inf)
    return float((rows & present(part, last)).sum()) - float((rows & present(part, first)).sum())


def _mean_in(journeys: Journeys, what: Measure, base: Bools) -> float:
    part = journeys.visits_to(stages_of(journeys, str(what.mean_in)))
    first, last = window = _window(journeys, what) or (0.0, journeys.plan.horizon)
    return float(overlap(part.joined, part.until, window)[base[part.client]].sum() / (last - first))


def _months_in(journeys: Journeys, what: Measure, base: Bools) -> float:
    part = journeys.visits_to(stages_of(journeys, str(what.months_in)))
    days = float(overlap(part.joined, part.until, _window(journeys, what))[base[part.client]].sum())
    return days / DAYS_PER_MONTH / float(base.sum()) if base.any() else math.nan


def _calendar_months(journeys: Journeys, what: Measure, base: Bools) -> float:
    rows = counts_as(journeys, str(what.calendar_months))
    between = what.between or (journeys.plan.flow.starts, journeys.plan.flow.end)
    months = count_months(journeys, rows, between, what.counted_on)
    return float(months[base].mean()) if base.any() else math.nan


def _wait(journeys: Journeys, what: Measure, base: Bools) -> float:
    part = journeys.visits_to((str(what.wait),))
    rows = ~np.isnan(part.started) & base[part.client] & _then(part.started, _window(journeys, what))
    return _typical(part.started[rows] - part.joined[rows], what)


def _time(journeys: Journeys, what: Measure, base: Bools) -> float:
    assert what.time is not None
    start = first_joined(journeys, (what.time.start,))
    end = first_joined(journeys, (what.time.end,), start)
    both = base & np.isfinite(start) & np.isfinite(end) & _then(end, _window(journeys, what))
    return _typical(end[both] - start[both], what)


def _then(moments: Floats, window: Window | None) -> Bools:
    """Return which moments lie in a window; all where there is none."""
    if window is None:
        return np.ones(len(moments), np.bool_)
    return (moments >= window[0]) & (moments < window[1])


def _spell(journeys: Journeys, what: Measure, base: Bools) -> float:
    assert what.spell is not None
    lengths, asked = measure_spells(journeys, what.spell, base)
    if asked is None:
        return _typical(lengths, what)
    return float(asked.mean()) if len(asked) else math.nan


def _typical(times: Floats, what: Measure) -> float:
    if not len(times):
        return math.nan
    return float(np.quantile(times, what.quantile.number)) if what.quantile else float(times.mean())


def _use(journeys: Journeys, what: Measure, base: Bools) -> float:
    number, window = list(journeys.plan.flow.resources).index(str(what.use)), _window(journeys, what)
    there = unit_days(journeys, number, window)
    return used_unit_days(journeys, number, window) / there if there > 0 else math.nan


def _hours(journeys: Journeys, what: Measure, base: Bools) -> float:
    """Return the working hours that units of a resource serve the clients that count."""
    number = list(journeys.plan.flow.resources).index(str(what.hours))
    units = units_in_service(journeys, number) * base[journeys.client]
    if what.in_stages is not None:
        units = units * in_stages(journeys, what.in_stages)
    first, last = _window(journeys, what) or (0.0, journeys.plan.horizon)
    worked = journeys.plan.calendar.worked
    begins, ends = (
        np.interp(np.clip(times, first, last), np.arange(len(worked)), worked) for times in (journeys.began, journeys.until)
    )
    return _per(journeys, what, float((units * (ends - begins)).sum()) * HOURS_PER_WORKING_DAY)


def _cost(journeys: Journeys, what: Measure, base: Bools) -> float:
    total, window = 0.0, _window(journeys, what)
    for number, resource in enumerate(journeys.plan.resources):
        price = journeys.plan.flow.resources[resource.name].price_per_month
        if resource.name in (what.cost or ()) and price is not None:
            total += unit_days(journeys, number, window) / DAYS_PER_MONTH * journeys.plan.reader.number(price)
    return _per(journeys, what, total)


def _per(journeys: Journeys, what: Measure, total: float) -> float:
    """Return a total divided by how many clients it is for."""
    if what.per is None:
        return total
    heads = float(select(journeys, what.per).sum())
    return total / heads if heads else math.nan


_MEASURES = {
    "share": _share, "count": _count, "change_in": _change_in, "mean_in": _mean_in, "months_in": _months_in,
    "calendar_months": _calendar_months, "wait": _wait, "time": _time, "spell": _spell, "use": _use, "hours": _hours,
    "cost": _cost,
}  # fmt: skip
