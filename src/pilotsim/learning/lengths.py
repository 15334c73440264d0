"""Lengths of stay: families by maximum likelihood, where stays are seen in part.

A stay that is seen from day b of it on counts by its density divided by the share that lasts until
b (left truncation), one that had not ended on day c by the share that lasts longer (right
censoring), both over the hours that dates alone leave open. The family with the least BIC is taken,
with the number of stays that ended for the number of observations (Volinsky and Raftery, 2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from pilotsim.base.arrays import Bools, Floats
from pilotsim.model.distributions.likelihood import LIKELIHOODS, Likelihood

__all__ = ["LengthFit", "SeenLengths", "fit_length", "fit_lengths"]

# Nodes and weights of Gauss and Legendre on (0, 1): the hour of the day at which a dated stay
# began.
_NODES = np.array([0.1127016653792583, 0.5, 0.8872983346207417])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
_TINY = 1e-300
# What stands for no likelihood at all: finite, so that differences of it are numbers.
_NONE = 1e15


@dataclass(frozen=True)
class SeenLengths:
    """Lengths as far as they were seen.

    Parameters
    ----------
    length : ndarray of float, shape (stays,)
        From the start to the end, or to when it was last seen, in days.
    has_ended : ndarray of bool, shape (stays,)
        Whether it ended then.
    seen_from : ndarray of float, shape (stays,)
        How long it had lasted when it came into view; 0 where it was seen from the start.
    grain : float
        How exactly start and end are told, in days.
    traits : ndarray of float, shape (stays, traits)
        Numbers to whose power a factor each multiplies the length.
    """

    length: Floats
    has_ended: Bools
    seen_from: Floats
    grain: float = 0.0
    traits: Floats | None = None

    @property
    def covariates(self) -> Floats:
        """The traits, of which there may be none, shape (stays, traits)."""
        return np.zeros((len(self.length), 0)) if self.traits is None else self.traits


@dataclass(frozen=True)
class LengthFit:
    """A family fitted to lengths.

    Parameters
    ----------
    family : str
        Its name in a flow file.
    point : ndarray, shape (parameters,)
        Logarithms: of the mean in days, of the second parameter where there is one, of the factor
        of each trait.
    covariance : ndarray, shape (parameters, parameters)
        Of the point, by the curvature of the likelihood.
    log_likelihood : float
        At the point.
    ended : int
        How many stays ended.
    """

    family: str
    point: Floats
    covariance: Floats
    log_likelihood: float
    ended: int

    @property
    def bic(self) -> float:
        """The Bayesian information criterion, by the number of stays that ended."""
        return len(self.point) * math.log(max(self.ended, 1)) - 2.0 * self.log_likelihood

    @property
    def names(self) -> list[str]:
        """The family's parameters, as a flow file names them."""
        second = LIKELIHOODS[self.family].second
        return ["mean", second] if second else ["mean"]

    def share_longer(self, days: Floats) -> Floats:
        """Return the share that lasts longer than so many days, for a client without traits."""
        law = LIKELIHOODS[self.family]
        second = math.exp(self.point[1]) if law.second else 1.0
        scaled = np.maximum(days, _TINY) / math.exp(self.point[0])
        return np.asarray(np.exp(law.log_survival(scaled, second)))


def fit_length(seen: SeenLengths, family: str) -> LengthFit | None:
    """Return a family fitted to lengths; None where the likelihood has no peak inside its bounds.

    Parameters
    ----------
    seen : SeenLengths
        The lengths.
    family : str
        A key of `LIKELIHOODS`.
    """
    law = LIKELIHOODS[family]
    ended = int(seen.has_ended.sum())
    if ended == 0:
        return None
    total = float(np.sum(seen.length - seen.seen_from)) + ended * seen.grain / 2.0
    start = [math.log(max(total, _TINY) / ended)]
    if law.second:
        start.append(0.0 if law.second == "cv" else math.log(max(1.2, law.least * 1.2)))
    start += [0.0] * seen.covariates.shape[1]
    objective = _Objective(seen, law)
    found = minimize(
        objective, np.array(start), method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-8}
    )
    refined = minimize(objective, found.x, method="BFGS", options={"gtol": 1e-5})
    point = refined.x if refined.fun <= found.fun else found.x
    if law.second and not law.least * 1.001 < math.exp(point[1]) < law.most * 0.999:
        return None
    hessian = _curvature(objective, point)
    try:
        covariance = np.linalg.inv(hessian)
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None
    likelihood = -float(objective(point))
    return LengthFit(family, point, np.asarray(covariance, np.float64), likelihood, ended)


def fit_lengths(
    seen: SeenLengths, families: tuple[str, ...] = tuple(LIKELIHOODS)
) -> list[LengthFit]:
    """Return the families that fit, that of the least BIC first.

    Parameters
    ----------
    seen : SeenLengths
        The lengths.
    families : tuple of str
        Those that are compared.
    """
    fits = [fit_length(seen, family) for family in families]
    return sorted((fit for fit in fits if fit is not None), key=lambda fit: fit.bic)


class _Objective:
    """Minus the log-likelihood of lengths, by the logarithms of the parameters."""

    def __init__(self, seen: SeenLengths, law: Likelihood) -> None:
        self.seen, self.law = seen, law
        self.covariates = seen.covariates
        self.late = seen.seen_from > 0
        self.ended, self.open = seen.has_ended, ~seen.has_ended

    def __call__(self, point: Floats) -> float:
        law, seen = self.law, self.seen
        if np.abs(point).max() > 50.0:
            return _NONE
        second = math.exp(point[1]) if law.second else 1.0
        if not law.least <= second <= law.most:
            return _NONE
        factors = point[2 if law.second else 1 :]
        scale = np.exp(point[0] + self.covariates @ factors)
        with np.errstate(all="ignore"):
            total = (
                self._of_ends(scale[self.ended], second)
                + self._survival(seen.length[self.open], scale[self.open], second)
                - self._survival(seen.seen_from[self.late], scale[self.late], second)
            )
        return -total if math.isfinite(total) else _NONE

    def _of_ends(self, scale: Floats, second: float) -> float:
        length, grain = self.seen.length[self.ended], self.seen.grain
        if grain == 0.0:
            scaled = np.maximum(length, _TINY) / scale
            return float(np.sum(self.law.log_density(scaled, second) - np.log(scale)))
        share = np.zeros(len(length))
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            first = length - node * grain
            share += weight * (
                self._share(np.maximum(first, 0.0), scale, second)
                - self._share(first + grain, scale, second)
            )
        return float(np.sum(np.log(np.maximum(share, _TINY))))

    def _survival(self, length: Floats, scale: Floats, second: float) -> float:
        grain = self.seen.grain
        if grain == 0.0:
            scaled = np.maximum(length, _TINY) / scale
            return float(np.sum(self.law.log_survival(scaled, second)))
        share = np.zeros(len(length))
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            share += weight * self._share(np.maximum(length - node * grain, 0.0), scale, second)
        return float(np.sum(np.log(np.maximum(share, _TINY))))

    def _share(self, length: Floats, scale: Floats, second: float) -> Floats:
        scaled = np.maximum(length, _TINY) / scale
        return np.exp(self.law.log_survival(scaled, second))


def _curvature(objective: Callable[[Floats], float], point: Floats) -> Floats:
    """Return the matrix of second derivatives at a point, by central differences."""
    size = len(point)
    step = 1e-3
    found = np.zeros((size, size))
    moves = np.eye(size) * step
    here = objective(point)
    for i in range(size):
        for j in range(i + 1):
            if i == j:
                found[i, i] = (
                    objective(point + moves[i]) - 2.0 * here + objective(point - moves[i])
                ) / step**2
            else:
                found[i, j] = found[j, i] = (
                    objective(point + moves[i] + moves[j])
                    - objective(point + moves[i] - moves[j])
                    - objective(point - moves[i] + moves[j])
                    + objective(point - moves[i] - moves[j])
                ) / (4.0 * step**2)
    return found
