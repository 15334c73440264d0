"""Quantiles of numbers in plain arithmetic: the same bits in every version of a library."""

from __future__ import annotations

import math

from pilotsim.base.arrays import Indexed


def quantile_of_sorted(numbers: Indexed[float], first: int, count: int, share: float) -> float:
    """Return a quantile of numbers in rising order; NaN for none.

    Between two numbers it lies on the line that joins them: definition 7 of Hyndman and Fan
    (The American Statistician 50, 1996). The line is taken from its nearer end.

    Parameters
    ----------
    numbers : sequence of float
        In rising order.
    first, count : int
        Which of them: so many from this place on.
    share : float
        What share of them lies below the quantile, from 0 to 1.
    """
    if count == 0:
        return math.nan
    place = (count - 1) * share
    below = int(place)
    if below >= count - 1:
        return numbers[first + count - 1]
    low = numbers[first + below]
    high = numbers[first + below + 1]
    part = place - below
    if part < 0.5:
        return low + (high - low) * part
    return high - (high - low) * (1.0 - part)
