"""Cluster-by-period means of a stepped wedge, and the covariance within a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_column


@dataclass(frozen=True, eq=False)
class Cells:
    """Means of each cluster in each period, cluster by cluster.

    Parameters
    ----------
    means, sizes : ndarray of float, shape (cells,)
        Mean outcome and clients of each cell that has any.
    clusters, periods : ndarray of int, shape (cells,)
        Coded from 0 on; sorted by cluster, then period.
    starts : ndarray of float, shape (clusters,)
        The coded period from which each cluster is treated; infinity for never.
    within : float
        Variance of the outcome within cells.
    labels : ndarray, shape (periods,)
        The periods as they were given.
    notes : tuple of str
        What was left out.
    """

    means: Floats
    sizes: Floats
    clusters: Ints
    periods: Ints
    starts: Floats
    within: float
    labels: Floats
    notes: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many clusters there are."""
        return len(self.starts)

    @property
    def dummies(self) -> Floats:
        """A column for each period."""
        columns: Floats = (self.periods[:, None] == np.arange(len(self.labels))).astype(np.float64)
        return columns

    def exposure(self, starts: Floats) -> Floats:
        """Return for how many periods each cell has been treated, this one included.

        0 or less before.
        """
        found: Floats = self.periods - starts[self.clusters] + 1.0
        return found


def tabulate_cells(
    outcome: ArrayLike, clusters: ArrayLike, periods: ArrayLike, starts: ArrayLike
) -> Cells:
    """Return the cluster-by-period means of rows with an outcome.

    Raises
    ------
    EstimationError
        Lengths differ, a cluster has several starts, all start together, or fewer than three
        clusters have outcomes.
    """
    y, when, start = (
        as_column(v, n)
        for v, n in ((outcome, "outcome"), (periods, "periods"), (_finite(starts), "starts"))
    )
    labels = np.asarray(clusters)
    if not len(y) == len(when) == len(start) == len(labels):
        raise EstimationError(
            Message(
                "outcome, clusters, periods, starts: one of each for every row was expected; their "
                "lengths differ"
            )
        )
    known = ~np.isnan(y)
    y = y[known]
    when = when[known]
    start = start[known]
    codes = np.unique(labels[known], return_inverse=True)[1].astype(np.int64)
    named, period = np.unique(when, return_inverse=True)
    coded = np.searchsorted(named, start).astype(np.float64)
    coded[start > named.max(initial=0.0)] = np.inf
    own = _one_start(codes, coded)
    key = codes * len(named) + period
    found, cell = np.unique(key, return_inverse=True)
    sizes = np.bincount(cell).astype(np.float64)
    means = np.bincount(cell, y) / sizes
    spare = len(y) - len(found)
    within = float(np.sum((y - means[cell]) ** 2) / spare) if spare > 0 else 0.0
    notes = (
        ()
        if known.all()
        else (
            Message(
                "{missing} of {rows} rows have no outcome and are left out",
                missing=int((~known).sum()),
                rows=len(known),
            ),
        )
    )
    return Cells(means, sizes, found // len(named), found % len(named), own, within, named, notes)


def whiten(cells: Cells, residuals: Floats) -> list[Floats]:
    """Return for each cluster the matrix that makes its cells independent with variance 1.

    Supposed: variance within a cell over its clients, plus a part of the cluster and a part of the
    cell, both estimated by moments from residuals and never below 0 (Hooper and others, Statistics
    in Medicine 35, 2016: block exchangeable).
    """
    products = 0.0
    pairs = 0
    squares = float(residuals @ residuals)
    groups = np.split(np.arange(len(residuals)), np.flatnonzero(np.diff(cells.clusters)) + 1)
    for group in groups:
        own = residuals[group]
        products += float(own.sum() ** 2 - own @ own)
        pairs += len(own) * (len(own) - 1)
    between = max(products / pairs, 0.0) if pairs else 0.0
    noise = cells.within / cells.sizes
    cell = max(squares / len(residuals) - between - float(noise.mean()), 0.0)
    floor = 1e-6 * squares / len(residuals) + 1e-300
    return [
        np.linalg.inv(np.linalg.cholesky(between + np.diag(np.maximum(cell + noise[group], floor))))
        for group in groups
    ]


def multiply(roots: list[Floats], values: Floats) -> Floats:
    """Return values with each cluster's rows multiplied by its matrix."""
    parts = np.split(values, np.cumsum([len(root) for root in roots])[:-1])
    return np.concatenate([root @ part for root, part in zip(roots, parts, strict=True)])


def _finite(starts: ArrayLike) -> Floats:
    found = np.asarray(starts, np.float64)
    return np.where(np.isfinite(found), found, np.finfo(np.float64).max)


def _one_start(codes: Ints, starts: Floats) -> Floats:
    number = int(codes.max(initial=-1)) + 1
    if number < 3:
        raise EstimationError(
            Message(
                "{number} clusters have outcomes; a stepped wedge needs at least three",
                number=number,
            )
        )
    own = np.full(number, np.nan)
    own[codes] = starts
    if np.any(own[codes] != starts):
        raise EstimationError(Message("starts: a cluster has several; each cluster starts once"))
    if len(np.unique(own)) < 2:
        raise EstimationError(
            Message(
                "all clusters start in the same period: time and programme cannot be told apart; "
                "use an interrupted series"
            )
        )
    return own
