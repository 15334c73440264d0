"""When a service is over that goes on in shifts alone: both engines use this one definition."""

from __future__ import annotations

from math import inf

from pilotsim.base.arrays import Indexed
from pilotsim.base.calendar import HOURS_PER_DAY, HOURS_PER_WORKING_DAY

# How much of a day of the clock a working day is, where work goes on by the clock.
DAYS_PER_WORKING_DAY = HOURS_PER_WORKING_DAY / HOURS_PER_DAY


def shift_at(ends: Indexed[float], first: int, last: int, time: float) -> int:
    """Return the first of some shifts, in order, that ends after a time; `last` for none.

    Parameters
    ----------
    ends : sequence of float
        When each shift ends, in ticks.
    first, last : int
        The shifts that are looked at.
    time : float
        When.
    """
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if ends[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return low


def go_on(
    time: float,
    until: float,
    begins: Indexed[float],
    ends: Indexed[float],
    first: int,
    last: int,
) -> tuple[float, float]:
    """Return from when on, and until when, service goes on by the shifts of one more resource.

    Parameters
    ----------
    time, until : float
        From when on, and until when, it goes on by those asked before.
    begins, ends : sequence of float
        When shifts begin and end.
    first, last : int
        The shifts of the resource.
    """
    k = shift_at(ends, first, last, time)
    if k == last:
        return inf, inf
    return max(time, begins[k]), min(until, ends[k])
