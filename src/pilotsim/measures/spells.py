"""Spells: unbroken times in a state, which may span several stages and short gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import DAYS_PER_MONTH, add_months
from pilotsim.measures.selections import counts_as, days_of, in_stages
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

    client: Ints
    begins: Floats
    ends: Floats
    next_begins: Floats


def find_spells(journeys: Journeys, what: Spell) -> StateSpells:
    """Return the spells in a state or in stages; those no further than the gap apart are one.

    Where months are counted on a day, a spell is a run of counted months, and its times are so many
    months of equal length from the first count on.
    """
    rows = (
        counts_as(journeys, what.state)
        if what.state is not None
        else in_stages(journeys, what.in_stage or ())
    )
    rows = rows & ((journeys.until > journeys.joined) | np.isnan(journeys.finished))
    client, joined = journeys.client[rows], journeys.joined[rows]
    until = np.where(np.isnan(journeys.finished[rows]), math.inf, journeys.finished[rows])
    gap = what.gap.number if what.gap is not None else 0.0
    if what.counted_on is not None:
        joined, until = (_months(journeys, what.counted_on, times) for times in (joined, until))
        seen = until > joined
        client, joined, until = client[seen], joined[seen], until[seen]
    fresh = np.ones(len(client), np.bool_)
    fresh[1:] = (client[1:] != client[:-1]) | (joined[1:] - until[:-1] > gap)
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(client)) - 1 if len(first) else first
    whose = client[first]
    following = np.full(len(first), math.inf)
    same = np.flatnonzero(whose[1:] == whose[:-1])
    following[same] = joined[first][same + 1]
    begins = (
        joined[first] if what.counted_on is not None else _begins(journeys, whose, joined[first])
    )
    return StateSpells(whose, begins, until[last], following)


def _count_days(journeys: Journeys, counted_on: int) -> Floats:
    """Return the days on which months are counted, in days from the start, as far as the horizon."""
    starts = journeys.plan.flow.starts
    months = range(math.ceil(journeys.plan.horizon / DAYS_PER_MONTH) + 1)
    dates = (
        add_months(date(2000, 1, counted_on), 12 * (starts.year - 2000) + starts.month - 1 + k)
        for k in months
    )
    days = np.array([journeys.plan.calendar.day_of(one) for one in dates])
    return days[(days >= 0.0) & (days < journeys.plan.horizon)]


def _months(journeys: Journeys, counted_on: int, times: Floats) -> Floats:
    """Return how many months have been counted before each time, as so many months in days.

    `inf` stays.
    """
    counted = np.searchsorted(_count_days(journeys, counted_on), times, side="left")
    return np.where(np.isinf(times), math.inf, counted * DAYS_PER_MONTH)


def _in_days(journeys: Journeys, counted_on: int, months: Floats) -> Floats:
    """Return on which day so many months have been counted and the next is."""
    days = np.append(_count_days(journeys, counted_on), math.inf)
    which = np.minimum(
        np.rint(np.where(np.isinf(months), 0.0, months) / DAYS_PER_MONTH).astype(np.int64),
        len(days) - 1,
    )
    return np.where(np.isinf(months), math.inf, days[which])


def _begins(journeys: Journeys, whose: Ints, joined: Floats) -> Floats:
    """Return when spells begin: for the stock so long before the start as its `past` says."""
    at_start = (joined == 0.0) & (journeys.cohort.origin[whose] == 0)
    return np.where(at_start, -journeys.cohort.past[whose], joined)


def measure_spells(
    journeys: Journeys, what: Spell, base: Bools
) -> tuple[Ints, Floats, Bools | None]:
    """Return whose spells count, their lengths in days, and for a share which of them are as is asked.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    what : Spell
        Which spells, and what is asked of them.
    base : ndarray of bool, shape (clients,)
        The clients whose spells count.
    """
    spells, horizon = find_spells(journeys, what), journeys.plan.horizon
    chosen, dated = base[spells.client], spells
    if what.counted_on is not None:
        begins, ends = (
            _in_days(journeys, what.counted_on, times) for times in (spells.begins, spells.ends)
        )
        dated, horizon = (
            replace(spells, begins=begins, ends=ends),
            len(_count_days(journeys, what.counted_on)) * DAYS_PER_MONTH,
        )
    for window, moments in ((what.began, dated.begins), (what.ended, dated.ends)):
        if window is not None:
            first, last = days_of(journeys.plan.calendar, window)
            chosen &= (moments >= first) & (moments < last)
    whose = spells.client[chosen]
    lengths = (np.minimum(spells.ends, horizon) - spells.begins)[chosen]
    if what.longer_than is not None:
        return whose, lengths, lengths > what.longer_than.number
    if what.returns_within is not None:
        return (
            whose,
            lengths,
            spells.next_begins[chosen] - spells.ends[chosen] <= what.returns_within.number,
        )
    return whose, lengths, None
