"""Standard errors for outcomes that belong together in clusters.

CR0 to CR3, and the degrees of freedom they deserve. With few clusters CR1 with a normal or even
t(clusters - 1) reference finds effects that are not there; CR2 with its own degrees of freedom does
not (`reports/evaluation/inference.md`). Sources: Liang and Zeger, Biometrika 73 (1986); Bell and
McCaffrey, Survey Methodology 28 (2002), for CR2, CR3 and the degrees of freedom; Pustejovsky and
Tipton, Journal of Business and Economic Statistics 36 (2018), for the generalised inverse; Cameron,
Gelbach and Miller, Journal of Business and Economic Statistics 29 (2011), for two dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.effects.inference.least_squares import DesignPrecision, LeastSquaresFit

Clustered = Literal["CR0", "CR1", "CR2", "CR3"]

# A direction that a cluster alone decides has an eigenvalue of 1: nothing is known of its spread.
OWN_DIRECTION = 1.0 - 1e-9
# Sums of outer products in one go while they take no more memory than this many numbers.
MAX_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """What robust errors and bootstraps need of a fit, cluster by cluster.

    In the fit's orthonormal columns.

    Parameters
    ----------
    squares : ndarray, shape (clusters, columns, columns)
        Cross products of the orthonormal columns.
    scores : ndarray, shape (clusters, columns)
        Orthonormal columns times residuals.
    """

    squares: Floats
    scores: Floats

    @property
    def number(self) -> int:
        """How many clusters there are."""
        return len(self.scores)


def sum_by_cluster(fit: LeastSquaresFit, clusters: Ints) -> ClusterSums:
    """Return the cross products and scores of each cluster, coded from 0 on."""
    order = np.argsort(clusters, kind="stable")
    firsts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    q = fit.q[order]
    residuals = fit.residuals[order]
    scores = np.add.reduceat(q * residuals[:, None], firsts, axis=0)
    if fit.rows * fit.columns**2 <= MAX_AT_ONCE:
        squares = np.add.reduceat(q[:, :, None] * q[:, None, :], firsts, axis=0)
    else:
        squares = np.stack([part.T @ part for part in np.split(q, firsts[1:])])
    return ClusterSums(squares, scores)


def cluster_precision(
    fit: LeastSquaresFit, contrast: Floats, clusters: Ints, kind: Clustered = "CR2"
) -> DesignPrecision:
    """Return the standard error of a contrast, with the degrees of freedom of its t distribution.

    Clusters less one for CR0, CR1 and CR3; for CR2 those of Bell and McCaffrey, which fall when
    clusters differ in size or few are treated.

    Raises
    ------
    EstimationError
        There is only one cluster, or the contrast rests on a single cluster (CR2, CR3).
    """
    sums = sum_by_cluster(fit, clusters)
    direction = fit.direction(contrast)
    weights = _weights(fit, sums, direction, kind)
    error = float(np.sqrt(np.sum(np.einsum("gk,gk->g", weights, sums.scores) ** 2)))
    freedom = _satterthwaite(sums, weights) if kind == "CR2" else float(sums.number - 1)
    return DesignPrecision(error, freedom)


def cluster_covariance(fit: LeastSquaresFit, clusters: Ints, kind: Clustered = "CR2") -> Floats:
    """Return the covariance of the coefficients, shape (columns, columns)."""
    sums = sum_by_cluster(fit, clusters)
    adjusted = np.einsum("gkl,gl->gk", adjustments(fit, sums, kind), sums.scores)
    covariance: Floats = fit.r_inverse @ (adjusted.T @ adjusted) @ fit.r_inverse.T
    return covariance


def two_way_covariance(
    fit: LeastSquaresFit, first: Ints, second: Ints, kind: Clustered = "CR1"
) -> Floats:
    """Return the covariance of the coefficients with clusters in two dimensions.

    The sum of those of each, less that of both together.
    """
    both = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1]
    parts = [cluster_covariance(fit, codes, kind) for codes in (first, second, both)]
    covariance: Floats = parts[0] + parts[1] - parts[2]
    return covariance


def adjustments(fit: LeastSquaresFit, sums: ClusterSums, kind: Clustered) -> Floats:
    """Return what multiplies each cluster's scores, shape (clusters, columns, columns)."""
    if kind not in get_args(Clustered):
        raise EstimationError(
            Message(
                "standard errors: unknown kind '{kind}'{meant}",
                kind=kind,
                meant=did_you_mean(kind, get_args(Clustered)),
            )
        )
    if sums.number < 2:
        raise EstimationError(
            Message("there is one cluster; a standard error between clusters needs at least two")
        )
    if kind in {"CR0", "CR1"}:
        scale = 1.0
        if kind == "CR1":
            scale = float(
                np.sqrt(sums.number / (sums.number - 1) * (fit.rows - 1) / (fit.rows - fit.columns))
            )
        return np.broadcast_to(np.eye(fit.columns) * scale, sums.squares.shape)
    values, vectors = np.linalg.eigh(sums.squares)
    own = values > OWN_DIRECTION
    slack = np.where(own, 1.0, 1.0 - values)
    stretch = np.where(own, 0.0, slack**-0.5 if kind == "CR2" else 1.0 / slack)
    if kind == "CR3":
        # The jackknife's factor, as in Hansen (2022) and Stata's vce(hc3, clustervar): (G - 1) / G.
        stretch = stretch * np.sqrt((sums.number - 1) / sums.number)
    found: Floats = (vectors * stretch[:, None, :]) @ vectors.transpose(0, 2, 1)
    return found


def _weights(fit: LeastSquaresFit, sums: ClusterSums, direction: Floats, kind: Clustered) -> Floats:
    weights: Floats = adjustments(fit, sums, kind) @ direction
    if kind in {"CR2", "CR3"}:
        values, vectors = np.linalg.eigh(sums.squares)
        lost = np.where(
            values > OWN_DIRECTION, np.abs(np.einsum("gkl,k->gl", vectors, direction)), 0.0
        ).max()
        if lost > 1e-6 * np.linalg.norm(direction):
            raise EstimationError(
                Message(
                    "the estimate rests on a single cluster, so its spread is not known; more "
                    "clusters in each arm"
                )
            )
    return weights


def _satterthwaite(sums: ClusterSums, weights: Floats) -> float:
    images = np.einsum("gkl,gl->gk", sums.squares, weights)
    products = np.diag(np.einsum("gk,gk->g", weights, images)) - images @ images.T
    squared = float(np.sum(products**2))
    return float(np.trace(products) ** 2 / squared) if squared > 0.0 else 0.0
