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

# Less than this of what another factor does is not seen beside it.
NEGLIGIBLE = 0.02


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
    changes : tuple of tuples of Interval
        By first and second level: the mean response less that at the first's lowest level and the
        same second's, replication by replication. The same clients are in both, so this is known
        far better than either.
    together : Interval
        What the step of the first factor from its lowest to its highest level does at the second's
        highest level, less what it does at the second's lowest: 0 where the two do not interact.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    cells: tuple[tuple[Interval, ...], ...]
    changes: tuple[tuple[Interval, ...], ...]
    together: Interval

    @property
    def largest(self) -> Interval:
        """The largest of its changes, whichever way."""
        return max(
            (change for row in self.changes for change in row),
            key=lambda change: 0.0 if math.isnan(change.mean) else abs(change.mean),
        )

    @property
    def is_flat(self) -> bool:
        """Whether the first factor does nothing that is seen beside what the second does."""
        if not any(change.is_clear for row in self.changes for change in row):
            return True
        by_second = [[cell.mean for cell in row if not math.isnan(cell.mean)] for row in self.cells]
        spans = [max(row) - min(row) for row in by_second if row]
        return abs(self.largest.mean) < NEGLIGIBLE * max(spans, default=0.0)


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

    cells, changes = (
        tuple(tuple(mean_interval(cell) for cell in row) for row in some)
        for some in (means, means - means[0])
    )
    steps = means[-1] - means[0]
    return Grid(rows, columns, cells, changes, mean_interval(steps[-1] - steps[0]))


def _levels(column: Floats) -> tuple[float, ...]:
    return tuple(np.unique(column[~np.isnan(column)]).tolist())
