"""Densities and survival of families of lengths, for those who fit them.

The families themselves give quantiles, by which lengths are drawn. These are of lengths whose mean
is 1, for arrays, and by a library: no run goes by them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, gammaln, log_ndtr

from pilotsim.base.arrays import Floats
from pilotsim.model.distributions.exponential import EXPONENTIAL
from pilotsim.model.distributions.gamma import GAMMA, MAX_CV
from pilotsim.model.distributions.loglogistic import LOGLOGISTIC
from pilotsim.model.distributions.loglogistic import MIN_SHAPE as LEAST_LOGLOGISTIC_SHAPE
from pilotsim.model.distributions.lognormal import LOGNORMAL
from pilotsim.model.distributions.weibull import MIN_SHAPE as LEAST_WEIBULL_SHAPE
from pilotsim.model.distributions.weibull import WEIBULL

__all__ = ["LIKELIHOODS", "Likelihood"]

_TINY = 1e-300
# Below so small a spread all lengths are one.
_LEAST_CV, _MOST_SHAPE = 0.01, 100.0


@dataclass(frozen=True)
class Likelihood:
    """A family as the likelihood of lengths needs it.

    Parameters
    ----------
    second : str
        Its parameter beside the mean, as a flow file names it; empty for none.
    log_density, log_survival : callable
        Of lengths whose mean is 1, by the second parameter.
    least, most : float
        Between which the second parameter must lie.
    """

    second: str
    log_density: Callable[[Floats, float], Floats]
    log_survival: Callable[[Floats, float], Floats]
    least: float = 0.0
    most: float = math.inf


def _exponential_density(t: Floats, _: float) -> Floats:
    return -t


def _gamma_density(t: Floats, cv: float) -> Floats:
    shape = 1.0 / cv**2
    return np.asarray(
        shape * math.log(shape) + (shape - 1.0) * np.log(t) - shape * t - gammaln(shape)
    )


def _gamma_survival(t: Floats, cv: float) -> Floats:
    shape = 1.0 / cv**2
    share = gammaincc(shape, shape * t)
    # Far out the share is the density over its rate of decline.
    far = _gamma_density(np.maximum(t, _TINY), cv) - math.log(shape)
    return np.where(share > _TINY, np.log(np.maximum(share, _TINY)), far)


def _weibull_density(t: Floats, shape: float) -> Floats:
    scale = math.exp(-gammaln(1.0 + 1.0 / shape))
    x = np.log(t / scale)
    return np.asarray(math.log(shape / scale) + (shape - 1.0) * x - np.exp(shape * x))


def _weibull_survival(t: Floats, shape: float) -> Floats:
    return np.asarray(-((t * math.exp(gammaln(1.0 + 1.0 / shape))) ** shape))


def _lognormal_density(t: Floats, cv: float) -> Floats:
    variance = math.log1p(cv * cv)
    x = np.log(t) + variance / 2.0
    return np.asarray(-np.log(t) - 0.5 * math.log(2.0 * math.pi * variance) - x * x / 2 / variance)


def _lognormal_survival(t: Floats, cv: float) -> Floats:
    variance = math.log1p(cv * cv)
    return np.asarray(
        log_ndtr(-(np.log(np.maximum(t, _TINY)) + variance / 2.0) / math.sqrt(variance))
    )


def _loglogistic_scale(shape: float) -> float:
    return math.sin(math.pi / shape) / (math.pi / shape)


def _loglogistic_density(t: Floats, shape: float) -> Floats:
    median = _loglogistic_scale(shape)
    x = shape * np.log(t / median)
    return np.asarray(math.log(shape) - np.log(t) + x - 2.0 * np.logaddexp(0.0, x))


def _loglogistic_survival(t: Floats, shape: float) -> Floats:
    median = _loglogistic_scale(shape)
    return np.asarray(-np.logaddexp(0.0, shape * np.log(np.maximum(t, _TINY) / median)))


LIKELIHOODS: dict[str, Likelihood] = {
    EXPONENTIAL.name: Likelihood("", _exponential_density, _exponential_density),
    GAMMA.name: Likelihood("cv", _gamma_density, _gamma_survival, _LEAST_CV, MAX_CV),
    WEIBULL.name: Likelihood(
        "shape", _weibull_density, _weibull_survival, LEAST_WEIBULL_SHAPE, _MOST_SHAPE
    ),
    LOGNORMAL.name: Likelihood("cv", _lognormal_density, _lognormal_survival, _LEAST_CV, MAX_CV),
    LOGLOGISTIC.name: Likelihood(
        "shape", _loglogistic_density, _loglogistic_survival, LEAST_LOGLOGISTIC_SHAPE, _MOST_SHAPE
    ),
}
