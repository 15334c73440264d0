"""Exact time: whole ticks of a millisecond, kept in floating-point numbers.

A minute, a working minute (1/450 of a working day, which passes from midnight to midnight), a day
and a month of 365.25 / 12 days are whole numbers of ticks, and so are all times to three decimals
of a working minute. Whole numbers below 2^53 (more than 285,000 years) are exact under + and -, so
sums of lengths in any order meet what they should. What is multiplied or divided is rounded to the
nearest tick, here and nowhere else.

In days a time is the number nearest to its ticks: whole days are whole, and for 100 years no two
ticks share a number, with a thousand others between each of them and the next. The difference of
two such numbers is not always the number of the difference: see `days_between`.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from pilotsim.base.arrays import Floats

TICKS_PER_DAY = 86_400_000.0
# 365.25 / 12 days.
TICKS_PER_MONTH = 2_629_800_000.0
# From here on, numbers are whole, or of no time that anything lasts.
LARGEST = 2.0**52

Time = TypeVar("Time", float, Floats)


def nearest_tick(ticks: float) -> float:
    """Return the nearest whole number, the later of two; infinity and NaN as they are.

    Parameters
    ----------
    ticks : float
        In ticks.
    """
    return float(math.floor(ticks + 0.5)) if -LARGEST < ticks < LARGEST else ticks


def to_ticks(days: float) -> float:
    """Return a time or a length given in days, in ticks: the nearest, the later of two.

    Parameters
    ----------
    days : float
        In days, or in working days for ticks of work.
    """
    return nearest_tick(days * TICKS_PER_DAY)


def to_days(ticks: Time) -> Time:
    """Return ticks in days; whole days are whole.

    Parameters
    ----------
    ticks : float or ndarray of float
        In ticks, infinite for never.
    """
    return ticks / TICKS_PER_DAY


def all_to_ticks(days: Floats) -> Floats:
    """Return `to_ticks` of each of several times or lengths, of the same shape.

    Parameters
    ----------
    days : ndarray of float
        In days; infinity and NaN stay.
    """
    return np.floor(days * TICKS_PER_DAY + 0.5)


def on_ticks(days: Floats) -> Floats:
    """Return times or lengths in days as the numbers nearest to their ticks, of the same shape.

    Parameters
    ----------
    days : ndarray of float
        In days; infinity and NaN stay.
    """
    return to_days(all_to_ticks(days))


def on_tick(days: float) -> float:
    """Return a time or a length in days as the number nearest to its ticks: `on_ticks` of one.

    Parameters
    ----------
    days : float
        In days.
    """
    return nearest_tick(days * TICKS_PER_DAY) / TICKS_PER_DAY
