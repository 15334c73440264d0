"""Differences between scenarios, and between differences, paired by replication.

A replication is the same clients at every point and in every scenario, so its differences are
averaged over the points first; the replications are what is independent. The intervals are
Student's, over replications, for these points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval, mean_interval


def paired_difference(after: Floats, before: Floats) -> Interval:
    """Return the mean of after minus before.

    Parameters
    ----------
    after, before : ndarray of float, shape (points, replications)
        A response in two scenarios. A point that has no value in either does not count in that
        replication.
    """
    return mean_interval(mean_over_points(after - before))


def mean_over_points(numbers: Floats) -> Floats:
    """Return the mean over points in each replication, shape (replications,).

    Parameters
    ----------
    numbers : ndarray of float, shape (points, replications)
        Points without a number (NaN) are left out; a replication in which none has one has no mean.
    """
    defined = ~np.isnan(numbers)
    counts = defined.sum(axis=0)
    if defined.all():
        return np.asarray(numbers.mean(axis=0), np.float64)
    means = np.full(numbers.shape[1], math.nan)
    sums = np.where(defined, numbers, 0.0).sum(axis=0)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


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
    rows = _levels(first)
    columns = _levels(second)
    means = np.empty((len(rows), len(columns), y.shape[1]))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            means[i, j] = y[(first == row) & (second == column)].mean(axis=0)

    cells = tuple(tuple(mean_interval(cell) for cell in row) for row in means)
    steps = means[-1] - means[0]
    return Grid(rows, columns, cells, mean_interval(steps[-1] - steps[0]))


def _levels(column: Floats) -> tuple[float, ...]:
    return tuple(np.unique(column[~np.isnan(column)]).tolist())
