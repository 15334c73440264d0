"""The special functions that decide a journey: SciPy's, one number at a time.

This is the one place where arithmetic that is not our own enters a duration or a trait. The
compiled engine calls the same C code of SciPy for each name imported here.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, gamma, gammaincinv, ndtri

from pilotsim.base.arrays import Floats


def normal_quantile(u: float) -> float:
    """Return the number that a standard normal variable stays below with probability `u`."""
    return float(ndtri(u))


def normal_quantiles(u: Floats) -> Floats:
    """Return `normal_quantile` of many probabilities at once, in the shape of `u`."""
    return np.asarray(ndtri(u), np.float64)


def gamma_function(x: float) -> float:
    """Return the gamma function of a number above 0."""
    return float(gamma(x))


def inverse_incomplete_gamma(shape: float, u: float) -> float:
    """Return the quantile at `u` of a gamma distribution of scale 1."""
    return float(gammaincinv(shape, u))


def inverse_incomplete_beta(a: float, b: float, u: float) -> float:
    """Return the quantile at `u` of a beta distribution.

    Parameters
    ----------
    a, b : float
        The two shapes of the distribution, above 0.
    u : float
        Between 0 and 1.
    """
    return float(betaincinv(a, b, u))
