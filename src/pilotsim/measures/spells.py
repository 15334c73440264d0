"""Spells: unbroken times in a state, which may span several stages and short gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import AnyInts, Bools, Floats
from pilotsim.base.calendar import DAYS_PER_MONTH, Calendar, add_months, day_in_month
from pilotsim.base.ticks import on_tick, on_ticks
from pilotsim.measures.selections import counts_as, days_of, in_stages
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Spell
from pilotsim.simulation.journeys import Journeys


@dataclass(frozen=True)
class StateSpells:
    """The spells of a run, by client and time.

    Parameters
    ----------
    client : ndarray of int, shape (spells,)
        Whose.
    begins, ends : ndarray of float, shape (spells,)
        In days from the start; a spell of the stock may begin before it, and one that goes on at
        the horizon ends at `inf`.
    next_begins : ndarray of float, shape (spells,)
        When the client's next spell begins; `inf` for none.
    """

    client: AnyInts
    begins: Floats
    ends: Floats
    next_begins: Floats


def find_spells(journeys: Journeys, what: Spell) -> StateSpells:
    """Return the spells in a state or in stages; those no further than the gap apart are one.

    Where months are counted on a day, a spell is a run of counted months, and its times are whole
    months of equal length from the first count on.
    """
    stages = what.in_stage or ()
    rows = in_stages(journeys, stages) if what.state is None else counts_as(journeys, what.state)
    rows = rows & ((journeys.until > journeys.joined) | np.isnan(journeys.finished))
    client = journeys.client[rows]
    joined = journeys.joined[rows]
    until = np.where(np.isnan(journeys.finished[rows]), math.inf, journeys.finished[rows])
    if what.counted_on is not None:
        joined = _months(journeys, what.counted_on, joined)
        until = _months(journeys, what.counted_on, until)
        counted = until > joined
        client = client[counted]
        joined = joined[counted]
        until = until[counted]

    gap = on_tick(what.gap.number) if what.gap is not None else 0.0
    is_new = np.ones(len(client), np.bool_)
    is_new[1:] = (client[1:] != client[:-1]) | (on_ticks(joined[1:] - until[:-1]) > gap)
    first = np.flatnonzero(is_new)
    last = np.append(first[1:], len(client)) - 1 if len(first) else first

    whose = client[first]
    next_begins = np.full(len(first), math.inf)
    same = np.flatnonzero(whose[1:] == whose[:-1])
    next_begins[same] = joined[first][same + 1]
    begins = joined[first]
    if what.counted_on is None:
        begins = _begins(journeys, whose, begins)
    return StateSpells(whose, begins, until[last], next_begins)


def count_days(flow: Flow, calendar: Calendar, counted_on: int) -> Floats:
    """Return on which days from the start months are counted, as far as the horizon."""
    months = math.ceil(calendar.horizon / DAYS_PER_MONTH) + 1
    first = flow.starts.replace(day=1)
    dates = [day_in_month(add_months(first, k), counted_on) for k in range(months)]
    days = np.array([calendar.day_of(when) for when in dates])
    return days[(days >= 0.0) & (days < calendar.horizon)]


def _count_days(journeys: Journeys, counted_on: int) -> Floats:
    return count_days(journeys.plan.flow, journeys.plan.calendar, counted_on)


def _months(journeys: Journeys, counted_on: int, times: Floats) -> Floats:
    """Return how many months have been counted before each time, in days of equal months.

    `inf` stays.
    """
    counted = np.searchsorted(_count_days(journeys, counted_on), times, side="left")
    return np.where(np.isinf(times), math.inf, counted * DAYS_PER_MONTH)


def _in_days(journeys: Journeys, counted_on: int, months: Floats) -> Floats:
    """Return the day on which the month after those given is counted."""
    days = np.append(_count_days(journeys, counted_on), math.inf)
    is_open = np.isinf(months)
    counted = np.rint(np.where(is_open, 0.0, months) / DAYS_PER_MONTH).astype(np.int64)
    which = np.minimum(counted, len(days) - 1)
    return np.where(is_open, math.inf, days[which])


def _begins(journeys: Journeys, whose: AnyInts, joined: Floats) -> Floats:
    """Return when spells begin: for the stock so long before the start as its `past` says."""
    at_start = (joined == 0.0) & (journeys.cohort.origin[whose] == 0)
    return np.where(at_start, -journeys.cohort.past[whose], joined)


def measure_spells(
    journeys: Journeys, what: Spell, base: Bools
) -> tuple[AnyInts, Floats, Bools | None, AnyInts]:
    """Return whose spells count, their lengths in days, which are as is asked, and whose go on.

    The third is None where no share is asked for. The last are the clients of spells whose length
    is not known, since they go on when the window of those that ended closes.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    what : Spell
        Which spells, and what is asked of them.
    base : ndarray of bool, shape (clients,)
        The clients whose spells count.
    """
    spells = find_spells(journeys, what)
    horizon = journeys.plan.horizon
    begins, ends = spells.begins, spells.ends
    if what.counted_on is not None:
        begins = _in_days(journeys, what.counted_on, begins)
        ends = _in_days(journeys, what.counted_on, ends)
        horizon = len(_count_days(journeys, what.counted_on)) * DAYS_PER_MONTH

    chosen = base[spells.client]
    for window, moments in ((what.began, begins), (what.ended, ends)):
        if window is not None:
            first, last = days_of(journeys.plan.calendar, window)
            chosen &= (moments >= first) & (moments < last)

    going_on = np.zeros(len(spells.client), np.bool_)
    if what.ended is not None and what.returns_within is None:
        closes = journeys.plan.calendar.day_of(what.ended[1])
        going_on = base[spells.client] & (begins < closes) & (ends >= closes)
    whose = spells.client[chosen]
    lengths = on_ticks((np.minimum(spells.ends, horizon) - spells.begins)[chosen])
    if what.longer_than is not None:
        return whose, lengths, lengths > on_tick(what.longer_than.number), spells.client[going_on]
    if what.returns_within is not None:
        away = on_ticks(spells.next_begins[chosen] - spells.ends[chosen])
        is_back = away <= on_tick(what.returns_within.number)
        return whose, lengths, is_back, spells.client[going_on]
    return whose, lengths, None, spells.client[going_on]
