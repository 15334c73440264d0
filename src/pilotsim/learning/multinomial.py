"""Shares with odds by trait: a multinomial logit by maximum likelihood.

A client goes each way with a weight, the weights divided by their sum; so the logarithms of odds
between ways are linear in what the weights are made of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats

__all__ = ["ShareFit", "fit_shares"]

MAX_STEPS = 100
# Beyond, a way is as good as never or always taken, and its odds are no number.
FARTHEST = 12.0


@dataclass(frozen=True)
class ShareFit:
    """Weights of ways that were fitted.

    Parameters
    ----------
    point : ndarray, shape (parameters,)
        Logarithms of factors of weights.
    covariance : ndarray, shape (parameters, parameters)
        Of the point.
    log_likelihood : float
        At the point.
    clients : float
        How many went some way.
    """

    point: Floats
    covariance: Floats
    log_likelihood: float
    clients: float

    @property
    def bic(self) -> float:
        """The Bayesian information criterion, by the number who went some way."""
        return len(self.point) * math.log(max(self.clients, 1.0)) - 2.0 * self.log_likelihood


def fit_shares(counts: Floats, design: Floats) -> ShareFit | None:
    """Return weights of ways; None where the counts leave a parameter open.

    Parameters
    ----------
    counts : ndarray of float, shape (cells, ways)
        How many went each way.
    design : ndarray of float, shape (cells, ways, parameters)
        What each parameter is multiplied by in the logarithm of a way's weight.
    """
    total = counts.sum(axis=1)
    point = np.zeros(design.shape[2])
    likelihood = _likelihood(point, counts, design)
    for _ in range(MAX_STEPS):
        slope, curve = _slopes(point, counts, total, design)
        try:
            step = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            return None
        # Newton's step, halved until it leads uphill.
        for _ in range(30):
            new = _likelihood(point + step, counts, design)
            if new >= likelihood - 1e-12:
                break
            step = step / 2.0
        point, gain, likelihood = point + step, new - likelihood, new
        if np.abs(point).max() > FARTHEST:
            return None
        if abs(gain) < 1e-10 and np.abs(step).max() < 1e-7:
            break
    try:
        covariance = np.linalg.inv(_slopes(point, counts, total, design)[1])
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None
    return ShareFit(point, np.asarray(covariance, np.float64), likelihood, float(total.sum()))


def _log_shares(point: Floats, design: Floats) -> Floats:
    weights = design @ point
    return np.asarray(weights - np.logaddexp.reduce(weights, axis=1, keepdims=True))


def _likelihood(point: Floats, counts: Floats, design: Floats) -> float:
    return float(np.sum(counts * _log_shares(point, design)))


def _slopes(point: Floats, counts: Floats, total: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Return the slope of the log-likelihood, and minus its curvature."""
    shares = np.exp(_log_shares(point, design))
    slope = np.einsum("ck,ckp->p", counts - total[:, None] * shares, design)
    mean = np.einsum("ck,ckp->cp", shares, design)
    spread = np.einsum("c,ck,ckp,ckq->pq", total, shares, design, design)
    return slope, spread - np.einsum("c,cp,cq->pq", total, mean, mean)
