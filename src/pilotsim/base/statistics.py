"""Means, shares and ratios with their uncertainty: the one place where an interval is made.

What is independent of what is for the caller to know: replications are, points of a design that
share their clients are not. Numbers that do not exist (NaN) are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, mean_in_order, spread_in_order
from pilotsim.base.elementary import normal_quantile
from pilotsim.base.quantiles import quantile_of_sorted
from pilotsim.base.student import student_reach

LEVEL = 0.95
# Nine runs in ten.
RANGE = (0.05, 0.95)


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval it comes with.

    Parameters
    ----------
    mean : float
        The estimate; NaN where there is nothing to estimate from.
    low, high : float
        The ends; NaN where they do not exist, as for the mean of a single number.
    n : int
        How many independent values it rests on.
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class MonteCarloFigure:
    """A number and its Monte Carlo standard error.

    Parameters
    ----------
    value, error : float
        NaN where they do not exist.
    n : int
        For a share, of how many it is one; 0 where nobody has to know.
    """

    value: float
    error: float
    n: int = 0

    def __str__(self) -> str:
        return f"{self.value:.4g} (± {self.error:.2g})"


NO_FIGURE = MonteCarloFigure(math.nan, math.nan)


def critical_value(level: float = LEVEL, freedom: float = math.inf) -> float:
    """Return how many standard errors a two-sided interval reaches to each side.

    Parameters
    ----------
    level : float
        How often the interval is to hold the truth, between 0 and 1.
    freedom : float
        Degrees of freedom of Student's t; infinite for the normal distribution.
    """
    if math.isinf(freedom):
        return normal_quantile(0.5 + level / 2.0)
    return student_reach(level, freedom)


def standard_error(values: Floats) -> float:
    """Return the standard error of the mean of independent numbers; NaN for fewer than two.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        All of which exist.
    """
    if len(values) < 2:
        return math.nan
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def mean_interval(values: Floats, level: float = LEVEL) -> Interval:
    """Return the mean of independent numbers with its interval by Student's t.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Those that do not exist (NaN) are left out.
    level : float
        How often the interval is to hold the truth.

    Returns
    -------
    Interval
        All NaN for no numbers, without ends for one.
    """
    there = values[~np.isnan(values)]
    count = len(there)
    if not count:
        return Interval(math.nan, math.nan, math.nan, 0)

    mean = mean_in_order(there)
    if count == 1:
        return Interval(mean, math.nan, math.nan, 1)

    spread = spread_in_order(there)
    half = critical_value(level, count - 1) * spread / math.sqrt(count)
    return Interval(mean, mean - half, mean + half, count)


def paired_interval(after: Floats, before: Floats, level: float = LEVEL) -> Interval:
    """Return the mean of paired differences, after less before, with its interval.

    Parameters
    ----------
    after, before : ndarray of float, shape (n,)
        The same replication at the same place of both. A pair of which one does not exist (NaN) is
        left out.
    level : float
        How often the interval is to hold the truth.
    """
    return mean_interval(after - before, level)


def wilson(met: int, runs: int, level: float = LEVEL) -> Interval:
    """Return a share with its score interval (E. B. Wilson, JASA 22, 1927).

    Parameters
    ----------
    met, runs : int
        How many of how many independent runs.
    level : float
        How often the interval is to hold the truth.

    Returns
    -------
    Interval
        From 0 to 1 for no runs, whose share is NaN.
    """
    if runs == 0:
        return Interval(math.nan, 0.0, 1.0, 0)
    z = critical_value(level)
    share = met / runs
    shrink = 1 + z * z / runs
    middle = (share + z * z / (2 * runs)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half), runs)


def quantile_range(values: Floats, ends: tuple[float, float] = RANGE) -> tuple[float, float]:
    """Return two quantiles of the numbers that exist; NaN where none does.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Those that do not exist (NaN) are left out.
    ends : tuple of float
        Which quantiles: nine in ten lie between those of the default.
    """
    there = values[~np.isnan(values)]
    if not len(there):
        return math.nan, math.nan
    rising = np.sort(there)
    low, high = (quantile_of_sorted(rising, 0, len(rising), end) for end in ends)
    return float(low), float(high)


def mean_of_known(values: Floats, axis: int = -1) -> Floats:
    """Return the mean along an axis of the numbers that exist; NaN where none does.

    Parameters
    ----------
    values : ndarray of float
        Of any shape; NaN for what is not known.
    axis : int
        Along which the mean is taken; the last, unless said.

    Examples
    --------
    >>> mean_of_known(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]]))
    array([ 2., nan])
    """
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis))


def mean_with_error(values: Floats) -> MonteCarloFigure:
    """Return the mean of independent numbers with its standard error.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        All of which exist.
    """
    if not len(values):
        return NO_FIGURE
    return MonteCarloFigure(float(values.mean()), standard_error(values))


def share_with_error(hits: Bools) -> MonteCarloFigure:
    """Return a share with its standard error; at 0 and 1 that of a share half a hit inside."""
    count = len(hits)
    if not count:
        return NO_FIGURE
    share = float(hits.mean())
    inside = min(max(share, 0.5 / count), 1 - 0.5 / count)
    return MonteCarloFigure(share, math.sqrt(inside * (1 - inside) / count), count)


def spread_with_error(values: Floats) -> MonteCarloFigure:
    """Return the standard deviation with its standard error, from the fourth moment."""
    count = len(values)
    if count < 2:
        return NO_FIGURE
    variance = float(values.var(ddof=1))
    spread = math.sqrt(variance)
    if not spread:
        return MonteCarloFigure(0.0, 0.0)
    fourth = float(((values - values.mean()) ** 4).mean())
    error_of_variance = math.sqrt(max(0.0, fourth - variance**2) / count)
    return MonteCarloFigure(spread, error_of_variance / (2 * spread))


def root_mean_square_with_error(values: Floats) -> MonteCarloFigure:
    """Return the root of the mean square with its standard error (delta method)."""
    square = mean_with_error(values**2)
    if math.isnan(square.value):
        return NO_FIGURE
    root = math.sqrt(square.value)
    return MonteCarloFigure(root, square.error / (2 * root) if root else 0.0)


def ratio_of_sums(tops: Floats, bottoms: Floats) -> MonteCarloFigure:
    """Return a ratio of two sums with its standard error, that of the residuals (delta method).

    Parameters
    ----------
    tops, bottoms : ndarray of float, shape (n,)
        What each independent value adds to either sum.

    Returns
    -------
    MonteCarloFigure
        NaN where the lower sum is 0, its error NaN for fewer than two values.

    References
    ----------
    Cochran, Sampling Techniques (1977), ch. 2.11.
    """
    total = float(bottoms.sum())
    if total == 0.0:
        return NO_FIGURE
    ratio = float(tops.sum()) / total
    mean_bottom = total / len(bottoms)
    return MonteCarloFigure(ratio, standard_error(tops - ratio * bottoms) / mean_bottom)
