"""Who is nearest to whom.

All at the distance of the last match count, so that the order of clients says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message

# Distances (in standard deviations) this close are the same.
SAME = 1e-8
# Distances held in memory at once.
AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Matched pairs.

    `rows[i]` has `columns[i]` among its nearest; `counts` says how many each row has.
    """

    rows: Ints
    columns: Ints
    counts: Ints

    def mean(self, values: Floats) -> Floats:
        """Return each row's mean over its neighbours."""
        return np.asarray(
            np.bincount(self.rows, values[self.columns], len(self.counts)) / self.counts, np.float64
        )

    def covariance(self, one: Floats, other: Floats) -> Floats:
        """Return each row's sample covariance over its neighbours; needs two of them."""
        apart = (one[self.columns] - self.mean(one)[self.rows]) * (
            other[self.columns] - self.mean(other)[self.rows]
        )
        return np.asarray(
            np.bincount(self.rows, apart, len(self.counts)) / (self.counts - 1), np.float64
        )

    def used(self, size: int, power: int = 1) -> Floats:
        """Return how often each column is a neighbour.

        Each time counts for its part of the row's neighbours, to a power.
        """
        return np.asarray(
            np.bincount(self.columns, 1.0 / self.counts[self.rows] ** power, size), np.float64
        )


def nearest(
    of: Floats, among: Floats, number: int, groups: tuple[Ints, Ints] | None = None
) -> Neighbours:
    """Return the nearest of each row, ties included.

    Parameters
    ----------
    of, among : ndarray, shape (rows, columns)
        Points in units in which distance means something.
    number : int
        How many neighbours each has at least.
    groups : pair of ndarray of int, optional
        Groups of `of` and of `among`: only those of the same group are neighbours.

    Raises
    ------
    EstimationError
        Somebody has fewer than `number` possible neighbours.
    """
    from scipy.spatial.distance import cdist

    if among.shape[1] == 1 and groups is None and len(among) >= number:
        return _nearest_on_line(of[:, 0], among[:, 0], number)
    chunk = max(1, AT_ONCE // max(1, len(among)))
    rows = []
    columns = []
    for start in range(0, len(of), chunk):
        distance = cdist(of[start : start + chunk], among)
        if groups is not None:
            distance[groups[0][start : start + chunk, None] != groups[1][None]] = np.inf
        _refuse_lonely(distance, number)
        last = np.partition(distance, number - 1, axis=1)[:, number - 1]
        here, there = np.nonzero(distance <= last[:, None] + SAME)
        rows.append(here + start)
        columns.append(there)
    row = np.concatenate(rows).astype(np.int64)
    return Neighbours(
        row,
        np.concatenate(columns).astype(np.int64),
        np.bincount(row, minlength=len(of)).astype(np.int64),
    )


def _nearest_on_line(of: Floats, among: Floats, number: int) -> Neighbours:
    """Return the same where points lie on a line: neighbours are a stretch of the sorted points."""
    order = np.argsort(among, kind="stable")
    line = among[order]
    window = np.searchsorted(line, of)[:, None] + np.arange(-number, number)
    inside = (window >= 0) & (window < len(line))
    distance = np.where(
        inside, np.abs(line[np.clip(window, 0, len(line) - 1)] - of[:, None]), np.inf
    )
    last = np.partition(distance, number - 1, axis=1)[:, number - 1]
    first = np.searchsorted(line, of - last - SAME, side="left")
    counts = np.searchsorted(line, of + last + SAME, side="right") - first
    rows = np.repeat(np.arange(len(of)), counts)
    place = first[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Neighbours(rows.astype(np.int64), order[place].astype(np.int64), counts.astype(np.int64))


def _refuse_lonely(distance: Floats, number: int) -> None:
    if distance.shape[1] < number:
        raise EstimationError(
            Message(
                "matching: {number} matches were asked for, and there are {found} to match with",
                number=number,
                found=distance.shape[1],
            )
        )
    lonely = int(np.sum(np.isfinite(distance).sum(axis=1) < number))
    if lonely:
        raise EstimationError(
            Message(
                "matching: {lonely} clients have fewer than {number} others with the same exact "
                "values; match exactly on less, or leave them out and say so",
                lonely=lonely,
                number=number,
            )
        )
