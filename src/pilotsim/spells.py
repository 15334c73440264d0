"""Spells: unbroken times in a state, which may span several stages and short gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim.journeys import Journeys
from pilotsim.questions import Spell
from pilotsim.selections import counts_as, days_of, in_stages

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Spells:
    """The spells of a run, by client and time.

    Parameters
    ----------
    client : ndarray of int, shape (spells,)
        Whose.
    begins, ends : ndarray of float, shape (spells,)
        In days from the start; a spell of the stock may begin before it, and one that goes on at the horizon ends at `inf`.
    next_begins : ndarray of float, shape (spells,)
        When the client's next spell begins; `inf` for none.
    """

    client: Ints
    begins: Floats
    ends: Floats
    next_begins: Floats


def find_spells(journeys: Journeys, what: Spell) -> Spells:
    """Return the spells in a state or in stages; those less than the gap apart are one."""
    rows = counts_as(journeys, what.state) if what.state is not None else in_stages(journeys, what.in_stage or ())
    rows = rows & ((journeys.until > journeys.joined) | np.isnan(journeys.finished))
    client, joined = journeys.client[rows], journeys.joined[rows]
    until = np.where(np.isnan(journeys.finished[rows]), math.inf, journeys.finished[rows])
    gap = what.gap.number if what.gap is not None else 0.0
    fresh = np.ones(len(client), np.bool_)
    fresh[1:] = (client[1:] != client[:-1]) | (joined[1:] - until[:-1] > gap)
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(client)) - 1 if len(first) else first
    whose = client[first]
    following = np.full(len(first), math.inf)
    same = np.flatnonzero(whose[1:] == whose[:-1])
    following[same] = joined[first][same + 1]
    return Spells(whose, _begins(journeys, whose, joined[first]), until[last], following)


def _begins(journeys: Journeys, whose: Ints, joined: Floats) -> Floats:
    """Return when spells begin: for the stock so long before the start as its `past` says."""
    at_start = (joined == 0.0) & (journeys.cohort.origin[whose] == 0)
    return np.where(at_start, -journeys.cohort.past[whose], joined)


def measure_spells(journeys: Journeys, what: Spell, base: Bools) -> tuple[Ints, Floats, Bools | None]:
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
    spells = find_spells(journeys, what)
    chosen = base[spells.client]
    for window, moments in ((what.began, spells.begins), (what.ended, spells.ends)):
        if window is not None:
            first, last = days_of(journeys.plan.calendar, window)
            chosen &= (moments >= first) & (moments < last)
    whose = spells.client[chosen]
    lengths = (np.minimum(spells.ends, journeys.plan.horizon) - spells.begins)[chosen]
    if what.longer_than is not None:
        return whose, lengths, lengths > what.longer_than.number
    if what.returns_within is not None:
        return whose, lengths, spells.next_begins[chosen] - spells.ends[chosen] <= what.returns_within.number
    return whose, lengths, None
