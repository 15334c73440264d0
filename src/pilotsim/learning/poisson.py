"""Log-linear rates: events against the time that was looked at, by maximum likelihood.

A clock at a constant speed makes events like a Poisson process, whatever else ends the time that is
looked at; so a rate is events by exposure, and factors are differences of logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from pilotsim.base.arrays import Floats

__all__ = ["RateFit", "fit_rates"]

MAX_STEPS = 100


@dataclass(frozen=True)
class RateFit:
    """Log-linear rates that were fitted.

    Parameters
    ----------
    point : ndarray, shape (parameters,)
        Logarithms of factors.
    covariance : ndarray, shape (parameters, parameters)
        Of the point.
    log_likelihood : float
        At the point.
    events : float
        How many events there were.
    pearson : float
        Pearson's sum of squares divided by its degrees of freedom: 1 where events come by chance.
    """

    point: Floats
    covariance: Floats
    log_likelihood: float
    events: float
    pearson: float

    def bic(self, observations: float) -> float:
        """Return the Bayesian information criterion for a number of observations."""
        return len(self.point) * math.log(max(observations, 1.0)) - 2.0 * self.log_likelihood


def fit_rates(events: Floats, exposure: Floats, design: Floats) -> RateFit | None:
    """Return log-linear rates; None where events leave a parameter open.

    Parameters
    ----------
    events : ndarray of float, shape (cells,)
        How many there were.
    exposure : ndarray of float, shape (cells,)
        The time that was looked at; cells without any are left out.
    design : ndarray of float, shape (cells, parameters)
        What each parameter is multiplied by in the logarithm of the rate.
    """
    looked = exposure > 0
    y, t, x = events[looked], exposure[looked], design[looked]
    total = float(y.sum())
    if total <= 0 or not len(y) or np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    if x.shape[1] == 1 and (x == 1).all():
        point = np.array([math.log(total / float(t.sum()))])
        return _fit(point, y, t, x)
    point = np.linalg.lstsq(x, np.full(len(y), math.log(total / float(t.sum()))), rcond=None)[0]
    likelihood = _likelihood(point, y, t, x)
    for _ in range(MAX_STEPS):
        expected = t * np.exp(x @ point)
        slope = x.T @ (y - expected)
        curve = x.T @ (x * expected[:, None])
        try:
            step = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            return None
        # Newton's step, halved until it leads uphill.
        for _ in range(30):
            new = _likelihood(point + step, y, t, x)
            if new >= likelihood - 1e-12:
                break
            step = step / 2.0
        point, gain, likelihood = point + step, new - likelihood, new
        if np.abs(point).max() > 30.0:
            return None
        if abs(gain) < 1e-10 and np.abs(step).max() < 1e-7:
            break
    return _fit(point, y, t, x)


def _likelihood(point: Floats, y: Floats, t: Floats, x: Floats) -> float:
    with np.errstate(over="ignore"):
        logs = x @ point
        return float(np.sum(y * (logs + np.log(t)) - t * np.exp(logs) - gammaln(y + 1.0)))


def _fit(point: Floats, y: Floats, t: Floats, x: Floats) -> RateFit | None:
    expected = t * np.exp(x @ point)
    try:
        covariance = np.asarray(np.linalg.inv(x.T @ (x * expected[:, None])), np.float64)
    except np.linalg.LinAlgError:
        return None
    free = max(1, len(y) - x.shape[1])
    pearson = float(np.sum((y - expected) ** 2 / expected)) / free
    return RateFit(point, covariance, _likelihood(point, y, t, x), float(y.sum()), pearson)
