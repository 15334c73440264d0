"""Standard errors from influence values: what each row moves an estimate by.

Rows are independent, or clusters of them are: then the sums by cluster count, inflated by
G / (G - 1), with G - 1 degrees of freedom. `clustered.py` is another idea: errors of least
squares, corrected for how much each cluster pulls the fit towards itself (CR2).
"""

from __future__ import annotations

import math

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message


def totals(place: Ints, table: Floats, count: int) -> Floats:
    """Return sums of rows by their place, shape (count, columns)."""
    return np.stack([np.bincount(place, column, count) for column in table.T], axis=1)


def count_clusters(clusters: Ints | None) -> int:
    """Return how many clusters there are; 0 where there are none."""
    return 0 if clusters is None else int(clusters.max()) + 1


def cluster_freedom(clusters: Ints | None) -> float:
    """Return the degrees of freedom between clusters: one less than there are, or infinity."""
    return math.inf if clusters is None else count_clusters(clusters) - 1.0


def refuse_single_cluster(clusters: Ints | None) -> None:
    """Refuse clusters of which there is one.

    Raises
    ------
    EstimationError
        Everyone is in one.
    """
    if clusters is not None and count_clusters(clusters) < 2:
        raise EstimationError(
            Message("clusters: everyone is in one, so nothing is known of how clusters vary")
        )


def sandwich(influence: Floats, clusters: Ints | None = None) -> Floats:
    """Return the covariance of sums of influence values.

    Parameters
    ----------
    influence : ndarray, shape (rows, columns)
        What each row contributes to each estimate's deviation from its target; means are 0.
    clusters : ndarray of int, shape (rows,), optional
        Clusters from 0: their sums are independent, not the rows.

    Returns
    -------
    ndarray, shape (columns, columns)
    """
    if clusters is None:
        return np.asarray(influence.T @ influence, np.float64)
    groups = count_clusters(clusters)
    sums = totals(clusters, influence, groups)
    return np.asarray(sums.T @ sums * groups / (groups - 1), np.float64)


def influence_error(influence: Floats, clusters: Ints | None = None) -> float:
    """Return the standard error of a mean of influence values.

    Parameters
    ----------
    influence : ndarray, shape (rows,)
        What each row contributes to the estimate's deviation from its target; their mean is 0.
    clusters : ndarray of int, shape (rows,), optional
        As for `sandwich`.
    """
    return float(np.sqrt(sandwich(influence[:, None], clusters)[0, 0])) / len(influence)
