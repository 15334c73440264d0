"""Differences between scenarios, and between differences, with the same clients: paired by replication.

A replication is the same clients at every point and in every scenario, so its differences are
averaged over the points first; the replications are what is independent. The intervals are
Student's, over replications, for these points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """A mean difference and its 95 % interval.

    Parameters
    ----------
    mean, low, high : float
        NaN where it does not exist: for no replications, the ends for one.
    replications : int
        In how many it exists.
    """

    mean: float
    low: float
    high: float
    replications: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def mean_of(rows: Floats, level: float = LEVEL) -> Difference:
    """Return the mean of independent numbers with Student's interval.

    Those that do not exist (NaN) are left out.
    """
    from scipy.special import stdtrit

    there = rows[~np.isnan(rows)]
    count = len(there)
    if not count:
        return Difference(math.nan, math.nan, math.nan, 0)
    mean = float(there.mean())
    if count == 1:
        return Difference(mean, math.nan, math.nan, 1)
    half = float(stdtrit(count - 1, 0.5 + level / 2)) * float(there.std(ddof=1)) / math.sqrt(count)
    return Difference(mean, mean - half, mean + half, count)


def paired_difference(after: Floats, before: Floats) -> Difference:
    """Return the mean of after minus before.

    Parameters
    ----------
    after, before : ndarray of float, shape (points, replications)
        A response in two scenarios. A replication in which some point has no value in either does
        not count.
    """
    return mean_of((after - before).mean(axis=0))


@dataclass(frozen=True)
class Grid:
    """A response at each combination of the levels of two factors.

    Parameters
    ----------
    first, second : tuple of float
        The levels.
    cells : tuple of tuples of Difference
        By first and second level: the mean response (over all other factors) and its interval.
    together : Difference
        What the step of the first factor from its lowest to its highest level does at the second's
        highest level, less what it does at the second's lowest: 0 where the two do not interact.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    cells: tuple[tuple[Difference, ...], ...]
    together: Difference


def cross(first: Floats, second: Floats, y: Floats) -> Grid:
    """Return how two factors act together.

    Parameters
    ----------
    first, second : ndarray of float, shape (points,)
        Where the points of a full factorial set the two factors.
    y : ndarray of float, shape (points, replications)
        The response.
    """
    ours, theirs = (
        tuple(np.unique(column[~np.isnan(column)]).tolist()) for column in (first, second)
    )
    means = np.array([[y[(first == a) & (second == b)].mean(axis=0) for b in theirs] for a in ours])
    cells = tuple(tuple(mean_of(means[i, j]) for j in range(len(theirs))) for i in range(len(ours)))
    steps = means[-1] - means[0]
    return Grid(ours, theirs, cells, mean_of(steps[-1] - steps[0]))
