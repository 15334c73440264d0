"""What is left of a stay that somebody is in the midst of: length-biased durations.

Who is met in the midst of a stay is met in proportion to its length, at a moment that is equally
likely anywhere in it (Cox, Renewal Theory, 1962, sec. 5.1): what is left is a uniform share of a
duration drawn in proportion to its length. So the mean of what is left is (1 + cv²) / 2 times the
mean duration.
"""

from __future__ import annotations

from pilotsim.base.elementary import square_root


def length_biased_between(low: float, high: float, u: float) -> float:
    """Return the length-biased quantile of a duration that is uniform between two others.

    Parameters
    ----------
    low, high : float
        The two others, in days.
    u : float
        Between 0 and 1.
    """
    return square_root(low * low + u * (high * high - low * low))
