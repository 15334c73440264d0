"""Measures of a run: shares, counts, waits, months, spells, use of places, hours, costs.

Pure functions of journeys.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Bools, Floats, Ints, mean_in_order
from pilotsim.base.calendar import DAYS_PER_MONTH, HOURS_PER_WORKING_DAY
from pilotsim.base.errors import RequestError
from pilotsim.base.quantity import Quantity
from pilotsim.base.ticks import on_ticks
from pilotsim.files.measures import read_measure
from pilotsim.measures.costs import client_cost, resource_cost
from pilotsim.measures.occupancy import (
    Window,
    left_over,
    overbooked_unit_days,
    overlap,
    unit_days,
    units_in_service,
    used_unit_days,
    working_overlap,
)
from pilotsim.measures.selections import (
    count_months,
    counted_from,
    counts_as,
    days_of,
    first_joined,
    first_moment,
    first_move,
    followed,
    in_stages,
    is_over,
    kept_out_of,
    later,
    present,
    select,
    select_visits,
    stages_of,
)
from pilotsim.measures.spells import measure_spells
from pilotsim.measures.survival import (
    Durations,
    bounded_waits,
    quantile_of,
    shares_by,
    typical_ways,
)
from pilotsim.model.rules.targets import knows_use, unknown_use
from pilotsim.model.targets import SURVIVAL, Measure
from pilotsim.simulation.journeys import Journeys


@dataclass(frozen=True)
class MeasuredRuns:
    """A measure in each replication, and what it rests on.

    Parameters
    ----------
    values : ndarray of float, shape (replications,)
        The measure in its base unit; NaN where its base is empty. A wait of which only bounds are
        known is the least that it can be.
    base : ndarray of float, shape (replications,)
        How many it rests on: clients, or visits, waits and spells for the measures that count
        these; NaN for measures of resources.
    left_out : ndarray of float, shape (replications,)
        How many would count and do not, because the run ends before it is known what becomes of
        them; of a wait how many left before they were served; of the use of a resource how many of
        its units are held beyond those that there are, on average over the time.
    waiting : ndarray of float, shape (replications,)
        How many still wait, or are still on their way, at the end: of them it is known how long
        they have waited so far. 0 for measures of nothing that lasts.
    beyond : ndarray of float, shape (replications,)
        How much more than its value the measure may be, whatever is still to come: 0 where it is
        known, `inf` where nothing bounds it.
    """

    values: Floats
    base: Floats
    left_out: Floats
    waiting: Floats
    beyond: Floats = field(default_factory=lambda: np.zeros(1))

    def __post_init__(self) -> None:
        object.__setattr__(self, "beyond", np.broadcast_to(self.beyond, self.values.shape))


@dataclass(frozen=True)
class RestsOn:
    """What a measure rests on in a run, on average: see `MeasuredRuns`.

    Over the runs that have a number: one in which nobody is counted gives none to rest on.

    Parameters
    ----------
    base, left_out, waiting : float
        How many it rests on, how many were left out, how many still wait; NaN where that is not
        known, or nobody is counted.
    bounded : float
        In what share of the runs that have a number it is only known to be at least so much.
    """

    base: float = math.nan
    left_out: float = math.nan
    waiting: float = math.nan
    bounded: float = 0.0

    @classmethod
    def over(cls, base: Floats, left_out: Floats, waiting: Floats, beyond: Floats) -> RestsOn:
        """Return what a measure rests on over some runs, shape (replications,) each."""
        if not len(base):
            return cls()
        has_number = base > 0
        counted = base[has_number] if has_number.any() else base
        is_bounded = (beyond > 0)[has_number] if has_number.any() else beyond > 0
        return cls(
            mean_in_order(counted),
            mean_in_order(left_out),
            mean_in_order(waiting),
            mean_in_order(is_bounded.astype(np.float64)),
        )


@checks_arguments
def measure(journeys: Journeys, what: Measure | Mapping[str, Any]) -> float:
    """Return one number from a run; NaN where its base is empty.

    A wait of which only bounds are known is the least that it can be: see `MeasuredRuns`.

    Parameters
    ----------
    journeys : Journeys
        What happened, as `simulate` returns it.
    what : Measure or mapping
        A measure of a flow, such as ``flow.targets["work"].measure``; or one of one's own, as a
        flow file has it under `measure`.

    Returns
    -------
    float
        In its base unit: a share of 1, a number of clients, days, months where it says so.

    Raises
    ------
    FlowError
        A mapping that is no measure of this flow; says each fault.

    Examples
    --------
    >>> measure(journeys, {"share": {"state": "work", "at": "end"}, "of": {"groups": "new"}})
    ...                                                     # doctest: +SKIP
    """
    asked = what if isinstance(what, Measure) else read_measure(what, journeys.plan.flow)
    return float(measure_runs(journeys, asked).values[0])


def measure_runs(journeys: Journeys, what: Measure) -> MeasuredRuns:
    """Return one number from each replication, and what it rests on.

    Parameters
    ----------
    journeys : Journeys
        What happened, in one replication or in several.
    what : Measure
        What is asked.
    """
    return _MEASURES[what.kind](journeys, what, select(journeys, what.of))


def measure_counterfactual(journeys: Journeys, without: Journeys, what: Measure) -> Floats:
    """Return what the same clients come to without the programme, shape (replications,).

    Parameters
    ----------
    journeys, without : Journeys
        The same cohorts with and without the programme: who is counted, since when and how long is
        decided by the first.
    what : Measure
        A share, a count, a change, an average, months or a whole cost; for waits, spells, visits,
        use, hours and a cost for each of something there is no world without, and NaN comes back.
        A sum each month, and a resource, is paid without the programme if it says so (`always`).
    """
    if has_no_counterfactual(what):
        return np.full(len(journeys.plans), math.nan)
    if what.kind == "cost":
        return _cost_without(journeys, without, what)
    chosen = select(journeys, what.of)
    if what.kind == "share":
        return _share_of_clients(journeys, what, chosen, without).values
    if what.kind == "count":
        as_asked = select(without, what.count, journeys) & chosen
        return _count_clients(journeys, as_asked)
    return _MEASURES[what.kind](without, what, chosen).values


def has_no_counterfactual(what: Measure) -> bool:
    """Tell whether there is no world without the programme for a measure."""
    if what.kind == "cost":
        parts = (what.per, what.per_month_in, what.per_month_in_stage)
        return what.each == "visit" or any(part is not None for part in parts)
    return what.kind in ("wait", "time", "spell", "use", "hours") or what.each == "visit"


def _count_clients(journeys: Journeys, chosen: Bools) -> Floats:
    return journeys.tally(np.flatnonzero(chosen))


def _count_visits(journeys: Journeys, rows: Bools) -> Floats:
    return journeys.tally(journeys.client[rows])


def _ratio(numbers: Floats, bases: Floats) -> Floats:
    """Return quotients; NaN for an empty base."""
    empty = np.full(len(bases), math.nan)
    return np.asarray(np.divide(numbers, bases, out=empty, where=bases > 0), np.float64)


def _window(journeys: Journeys, what: Measure) -> Window | None:
    """Return the window of a measure in days; None for the whole run.

    Without one of its own a measure begins where the warm-up ends.
    """
    if what.between is not None:
        return days_of(journeys.plan.calendar, what.between)
    first = counted_from(journeys)
    has_before = first > 0.0 or journeys.plan.flow.starts_from is not None
    return (first, journeys.plan.horizon) if has_before else None


def _on_clients(journeys: Journeys, what: Measure, base: Bools, values: Floats) -> MeasuredRuns:
    """Return a measure of clients with how many it rests on, and how many `of` leaves open."""
    left_out = np.zeros(len(values))
    if what.of is not None and what.of.needs_time:
        left_out = _count_clients(journeys, select(journeys, what.of, at_most=True) & ~base)
    return MeasuredRuns(values, _count_clients(journeys, base), left_out, np.zeros(len(values)))


def _share(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    if what.each == "visit":
        return _share_of_visits(journeys, what)
    return _share_of_clients(journeys, what, base, journeys)


def _share_of_clients(
    journeys: Journeys, what: Measure, base: Bools, world: Journeys
) -> MeasuredRuns:
    """Return the share of a base that does in a world what is asked.

    Who counts, since when and how long is decided by `journeys`.
    """
    assert what.share is not None
    may_count = select(journeys, what.of, at_most=True)
    if what.followed == SURVIVAL:
        return _share_by_survival(journeys, what, base, world)
    counted = base & followed(journeys, what.of) & followed(journeys, what.share)
    as_asked = select(world, what.share, journeys) & counted
    count = _count_clients(journeys, counted)
    values = _ratio(_count_clients(journeys, as_asked), count)
    left_out = _count_clients(journeys, may_count & ~counted & ~_kept_out(journeys, what))
    return MeasuredRuns(values, count, left_out, np.zeros(len(count)))


def _kept_out(journeys: Journeys, what: Measure) -> Bools:
    """Return whom a share is not about: they were kept from the stage that it counts from."""
    return kept_out_of(journeys, what.of) | kept_out_of(journeys, what.share)


def _share_by_survival(
    journeys: Journeys, what: Measure, base: Bools, world: Journeys
) -> MeasuredRuns:
    """Return the share that has done what is asked by a time, also of those followed less long."""
    assert what.share is not None
    asked = what.share
    assert asked.within is not None  # checked when built
    since = first_moment(journeys, asked.after or ())
    counted = np.flatnonzero(base & np.isfinite(since))
    horizon = journeys.plan.horizon
    begins = since[counted]
    seen = on_ticks(horizon - begins)
    happened = on_ticks(first_move(world, asked, journeys)[counted] - begins)
    competed = np.full(len(counted), math.inf)
    if what.competing is not None:
        competed = on_ticks(first_joined(world, what.competing, since)[counted] - begins)
    until = np.minimum(np.minimum(happened, competed), seen)
    has_ended = (happened <= competed) & (happened <= seen)
    competes = ~has_ended & (competed <= seen)

    lengths = on_ticks(later(journeys, begins, asked.within) - begins)
    is_followed = is_over(journeys, asked.after or (), asked.within)[counted]
    lengths = np.where(is_followed, np.minimum(lengths, seen), lengths)
    values = shares_by(journeys, Durations(counted, until, has_ended), competes, lengths)
    is_open = ~has_ended & ~competes & ~is_followed
    is_counted = np.zeros(len(base), np.bool_)
    is_counted[counted] = True
    left_out = select(journeys, what.of, at_most=True)
    return MeasuredRuns(
        values,
        journeys.tally(counted),
        _count_clients(journeys, left_out & ~is_counted & ~_kept_out(journeys, what)),
        journeys.tally(counted[is_open]),
    )


def _share_of_visits(journeys: Journeys, what: Measure) -> MeasuredRuns:
    enough = followed(journeys, what.of) & followed(journeys, what.share)
    base = select_visits(journeys, what.of)
    counted = base & enough[journeys.client]
    as_asked = select_visits(journeys, what.share) & counted
    count = _count_visits(journeys, counted)
    values = _ratio(_count_visits(journeys, as_asked), count)
    is_asked = ~_kept_out(journeys, what)[journeys.client]
    left_out = _count_visits(journeys, base & ~counted & is_asked)
    return MeasuredRuns(values, count, left_out, np.zeros(len(count)))


def _count(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    if what.each == "visit":
        visits = select_visits(journeys, what.of)
        as_asked = select_visits(journeys, what.count) & visits
        may_count = select_visits(journeys, what.count, at_most=True)
        may_count &= select_visits(journeys, what.of, at_most=True) & ~as_asked
        return MeasuredRuns(
            _count_visits(journeys, as_asked),
            _count_visits(journeys, visits),
            _count_visits(journeys, may_count),
            np.zeros(len(journeys.plans)),
        )
    chosen = select(journeys, what.count) & base
    may_count = select(journeys, what.count, at_most=True) & ~chosen
    may_count &= select(journeys, what.of, at_most=True)
    return MeasuredRuns(
        _count_clients(journeys, chosen),
        _count_clients(journeys, base),
        _count_clients(journeys, may_count),
        np.zeros(len(journeys.plans)),
    )


def _change_in(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    part = journeys.visits_to(stages_of(journeys, str(what.change_in)))
    rows = base[part.client]
    first, last = _window(journeys, what) or (0.0, math.inf)
    at_the_end = _count_visits(part, rows & present(part, last))
    at_the_beginning = _count_visits(part, rows & present(part, first))
    return _on_clients(journeys, what, base, at_the_end - at_the_beginning)


def _mean_in(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    first, last = window = _window(journeys, what) or (0.0, journeys.plan.horizon)
    values = _days_in(journeys, str(what.mean_in), base, window) / (last - first)
    return _on_clients(journeys, what, base, values)


def _months_in(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    days = _days_in(journeys, str(what.months_in), base, _window(journeys, what))
    values = _ratio(days / DAYS_PER_MONTH, _count_clients(journeys, base))
    return _on_clients(journeys, what, base, values)


def _days_in(journeys: Journeys, state: str, base: Bools, window: Window | None) -> Floats:
    part = journeys.visits_to(stages_of(journeys, state))
    rows = base[part.client]
    return part.tally(part.client[rows], overlap(part.joined, part.until, window)[rows])


def _calendar_months(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    rows = counts_as(journeys, str(what.calendar_months))
    between = what.between or (journeys.plan.flow.counts_from, journeys.plan.flow.end)
    months = count_months(journeys, rows, between, what.counted_on)
    whose = np.flatnonzero(base)
    values = _typical(journeys, whose, months[whose], None)
    return _on_clients(journeys, what, base, values)


def _wait(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    """Return how long a client waits, who still waits and who left before its turn included.

    With a window it is the wait of those who start or leave in it, and of those who wait at its
    end.
    """
    first, last = _window(journeys, what) or (0.0, journeys.plan.horizon)
    stage = journeys.visits_to((str(what.wait),))
    part = stage.among(base[stage.client] & (stage.joined < last) & (stage.began >= first))
    has_started = part.started < last
    until = np.minimum(part.began, last)
    is_waiting = ~has_started & ((part.began > last) | np.isnan(part.finished))
    seen = Durations(part.client, on_ticks(until - part.joined), has_started)
    has_left = ~has_started & ~is_waiting
    waits = bounded_waits(journeys, seen, is_waiting, _quantile(what))
    return MeasuredRuns(
        waits.least,
        journeys.tally(part.client),
        journeys.tally(part.client[has_left]),
        journeys.tally(part.client[is_waiting]),
        waits.beyond,
    )


def _quantile(what: Measure) -> float | None:
    return None if what.quantile is None else what.quantile.number


def _time(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    """Return how long those take who get there.

    With a window they are those who get there in it.
    """
    assert what.time is not None
    start = first_joined(journeys, (what.time.start,))
    end = first_joined(journeys, (what.time.end,), start)
    window = None if what.between is None else _window(journeys, what)
    set_out = base & np.isfinite(start)
    under_way = set_out & np.isinf(end)
    if window is not None:
        set_out &= np.isfinite(end) & _then(end, window)
    whose = np.flatnonzero(set_out)
    until = on_ticks(np.minimum(end, journeys.plan.horizon)[whose] - start[whose])
    seen = Durations(whose, until, np.isfinite(end[whose]))
    arrived = whose[seen.has_ended]
    return MeasuredRuns(
        typical_ways(journeys, seen, _quantile(what)),
        journeys.tally(arrived),
        np.zeros(len(journeys.plans)),
        _count_clients(journeys, under_way),
    )


def _then(moments: Floats, window: Window | None) -> Bools:
    """Return which moments lie in a window; all where there is none."""
    if window is None:
        return np.ones(len(moments), np.bool_)
    return (moments >= window[0]) & (moments < window[1])


def _spell(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    """Return what is asked of spells.

    Their window leaves time to see what becomes of them; how many go on when that of those that
    ended closes is told beside their length.
    """
    assert what.spell is not None
    whose, lengths, asked, going_on = measure_spells(journeys, what.spell, base)
    values = (
        _typical(journeys, whose, lengths, what.quantile)
        if asked is None
        else _typical(journeys, whose, asked, None)
    )
    nobody = np.zeros(len(values))
    return MeasuredRuns(values, journeys.tally(whose), nobody, journeys.tally(going_on))


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
    return np.array([quantile_of(part, quantile.number) for part in parts])


def _of_resources(values: Floats, left_out: Floats | None = None) -> MeasuredRuns:
    """Return a measure that rests on no clients."""
    nobody = np.zeros(len(values))
    left_out = nobody if left_out is None else left_out
    return MeasuredRuns(values, np.full(len(values), math.nan), left_out, nobody)


def _use(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    """Return the share of what there was that was held or taken: at most all of it.

    What is held beyond it is left out, and counted apart. Where nothing is there and something is
    held all the same, all is in use.
    """
    if not knows_use(journeys.plan.flow, str(what.use)):
        raise RequestError(unknown_use(str(what.use)))
    number = list(journeys.plan.flow.resources).index(str(what.use))
    window = _window(journeys, what)
    there = np.array([unit_days(plan, number, window) for plan in journeys.plans])
    if journeys.plan.resources[number].units is None and window is not None:
        there = there + left_over(journeys, number, window[0])
    beyond = overbooked_unit_days(journeys, number, window)
    use = _ratio(used_unit_days(journeys, number, window) - beyond, there)
    use[(there == 0.0) & (beyond > 0.0)] = 1.0
    first, last = window or (0.0, journeys.plan.horizon)
    if list(journeys.plan.flow.resources.values())[number].pauses:
        # What is held between shifts waits: nobody is overbooked by it.
        return _of_resources(use)
    return _of_resources(use, beyond / (last - first))


def _hours(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    """Return the working hours that units of a resource serve the clients that count."""
    number = list(journeys.plan.flow.resources).index(str(what.hours))
    units = units_in_service(journeys, number) * base[journeys.client]
    if what.in_stages is not None:
        units = units * in_stages(journeys, what.in_stages)
    window = _window(journeys, what) or (0.0, journeys.plan.horizon)
    days = working_overlap(journeys.plan.calendar, journeys.began, journeys.until, window)
    hours = journeys.tally(journeys.client, units * days) * HOURS_PER_WORKING_DAY
    caseload = list(journeys.plan.flow.resources.values())[number].caseload
    if caseload is not None:
        # A unit is the place of one of so many clients whom one person serves.
        hours = _ratio(hours, np.array([plan.reader.number(caseload) for plan in journeys.plans]))
    return _per(journeys, what, hours)


def _cost(journeys: Journeys, what: Measure, base: Bools) -> MeasuredRuns:
    flow = journeys.plan.flow
    window = _window(journeys, what)
    total = np.zeros(len(journeys.plans))
    for name in what.cost or ():
        if name in flow.costs:
            total += client_cost(journeys, flow.costs[name], base, window)
        else:
            total += resource_cost(journeys, name, window)
    return _per(journeys, what, total)


def _cost_without(journeys: Journeys, without: Journeys, what: Measure) -> Floats:
    """Return what a whole cost comes to without the programme."""
    flow = journeys.plan.flow
    window = _window(journeys, what)
    base = select(journeys, what.of)
    total = np.zeros(len(journeys.plans))
    for name in what.cost or ():
        if name in flow.resources:
            if flow.resources[name].always:
                total += resource_cost(journeys, name, window)
        elif flow.costs[name].is_of_clients or flow.costs[name].always:
            total += client_cost(without, flow.costs[name], base, window)
    return total


def _per(journeys: Journeys, what: Measure, totals: Floats) -> MeasuredRuns:
    """Return totals divided by how many clients, or how many months of clients, they are for."""
    if what.per is not None:
        chosen = select(journeys, what.per)
        may_count = select(journeys, what.per, at_most=True) & ~chosen
        count = _count_clients(journeys, chosen)
        left_out = _count_clients(journeys, may_count)
        return MeasuredRuns(_ratio(totals, count), count, left_out, np.zeros(len(totals)))
    if what.per_month_in is None and what.per_month_in_stage is None:
        return _of_resources(totals)

    window = _window(journeys, what)
    if what.per_month_in is not None:
        everyone = np.ones(len(journeys.cohort), np.bool_)
        days = _days_in(journeys, what.per_month_in, everyone, window)
    else:
        part = journeys.visits_to(what.per_month_in_stage or ())
        days = part.tally(part.client, overlap(part.began, part.until, window))
    return _of_resources(_ratio(totals, days / DAYS_PER_MONTH))


_MEASURES: dict[str, Callable[[Journeys, Measure, Bools], MeasuredRuns]] = {
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
