"""Differences between scenarios, and between differences, with the same clients: paired by replication.

A replication is the same clients at every point and in every scenario, so its differences are
averaged over the points first; the replications are what is independent. The intervals are
Student's, over replications, for these points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval, mean_interval


def paired_difference(after: Floats, before: Floats) -> Interval:
    """Return the mean of after minus before.

    Parameters
    ----------
    after, before : ndarray of float, shape (points, replications)
        A response in two scenarios. A replication in which some point has no value in either does
        not count.
    """
    return mean_interval((after - before).mean(axis=0))


@dataclass(frozen=True)
class Grid:
    """A response at each combination of the levels of two factors.

    Parameters
    ----------
    first, second : tuple of float
        The levels.
    cells : tuple of tuples of Interval
        By first and second level: the mean response (over all other factors) and its interval.
    together : Interval
        What the step of the first factor from its lowest to its highest level does at the second's
        highest level, less what it does at the second's lowest: 0 where the two do not interact.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    cells: tuple[tuple[Interval, ...], ...]
    together: Interval


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
    cells = tuple(
        tuple(mean_interval(means[i, j]) for j in range(len(theirs))) for i in range(len(ours))
    )
    steps = means[-1] - means[0]
    return Grid(ours, theirs, cells, mean_interval(steps[-1] - steps[0]))
