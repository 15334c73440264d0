"""Counts that are assumed: whole numbers in a range, each with a chance of its own.

Plain arithmetic, which compiled code runs as well.
"""

from __future__ import annotations

import math

from pilotsim.base.elementary import square_root


def even_count(u: float, low: float, high: float) -> float:
    """Return the quantile of a count that is any whole number of a range, each equally likely.

    Parameters
    ----------
    u : float
        Strictly between 0 and 1.
    low, high : float
        Whole numbers, both of which it may be.
    """
    return min(high, low + math.floor(u * (high - low + 1.0)))


def triangular_count(u: float, low: float, mode: float, high: float) -> float:
    """Return the quantile of a count whose chances rise to that of a mode, and fall after it.

    In equal steps: the next numbers beyond `low` and `high` would have none.

    Parameters
    ----------
    u : float
        Strictly between 0 and 1.
    low, mode, high : float
        Whole numbers, in this order.
    """
    rise = mode - low + 1.0
    fall = high - mode + 1.0
    # The first n chances from below are n (n + 1) of this many parts, over `rise`; from above, over
    # `fall`.
    parts = rise + fall
    n = math.floor((square_root(1.0 + 4.0 * (u * parts * rise)) - 1.0) / 2.0)
    if n < rise:
        return low + n
    n = math.ceil((square_root(1.0 + 4.0 * ((1.0 - u) * parts * fall)) - 1.0) / 2.0)
    return max(mode + 1.0, high + 1.0 - max(1.0, n))
