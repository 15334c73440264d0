"""Regressions of a mean on covariates with influence values.

By Newton's method; the parts that weighting estimators join. All are maximum likelihood (least
squares for the identity) with optional weights. The influence values carry the doubt about the
coefficients over to whatever is computed from the fit (Stefanski and Boos, "The calculus of
M-estimation", The American Statistician 2002).

A `LeastSquaresFit` is something else, and the two share nothing: there a coefficient is the answer,
and the orthonormal columns of the design are kept because HC2 and CR2 are made of its leverages.
Here the predictions and their influence values are what is wanted, for any link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, log_ndtr, ndtr

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.estimators.newton import climb

THE_REGRESSION = Message("the regression")


@dataclass(frozen=True)
class Curvature:
    """Log-likelihood of each row, its mean, and their derivatives by the linear predictor."""

    log_likelihood: Floats
    mean: Floats
    slope: Floats
    score: Floats
    second: Floats


def _identity(y: Floats, eta: Floats) -> Curvature:
    return Curvature(-0.5 * (y - eta) ** 2, eta, np.ones_like(eta), y - eta, -np.ones_like(eta))


def _logit(y: Floats, eta: Floats) -> Curvature:
    mean = expit(eta)
    slope = mean * (1.0 - mean)
    return Curvature(y * eta - np.logaddexp(0.0, eta), mean, slope, y - mean, -slope)


def _probit(y: Floats, eta: Floats) -> Curvature:
    log_density = -0.5 * eta * eta - 0.5 * np.log(2.0 * np.pi)
    log_up = log_ndtr(eta)
    log_down = log_ndtr(-eta)
    up = np.exp(log_density - log_up)
    down = np.exp(log_density - log_down)
    second = -y * up * (up + eta) - (1.0 - y) * down * (down - eta)
    return Curvature(
        y * log_up + (1.0 - y) * log_down,
        ndtr(eta),
        np.exp(log_density),
        y * up - (1.0 - y) * down,
        second,
    )


def _cloglog(y: Floats, eta: Floats) -> Curvature:
    hazard = np.exp(np.minimum(eta, 30.0))
    survival = np.exp(-hazard)
    # The limit of hazard * survival / (1 - survival) as the hazard goes to 0 is 1.
    ratio = np.where(
        hazard > 1e-12,
        hazard / np.expm1(np.where(hazard > 1e-12, np.minimum(hazard, 700.0), 1.0)),
        1.0,
    )
    second = y * ratio * (1.0 - hazard - ratio) - (1.0 - y) * hazard
    # log(1 - exp(-h)), with its limit log(h).
    log_up = np.where(hazard > 1e-12, np.log(-np.expm1(-np.maximum(hazard, 1e-12))), eta)
    return Curvature(
        y * log_up - (1.0 - y) * hazard,
        -np.expm1(-hazard),
        hazard * survival,
        y * ratio - (1.0 - y) * hazard,
        second,
    )


# What can be between a mean, or a chance, and its line.
MeanLink = Literal["identity", "logit", "probit", "cloglog"]
ChanceLink = Literal["logit", "probit"]
LINKS: Mapping[str, Callable[[Floats, Floats], Curvature]] = {
    "identity": _identity,
    "logit": _logit,
    "probit": _probit,
    "cloglog": _cloglog,
}


@dataclass(frozen=True)
class MeanFit:
    """A regression of a mean, as a part of another estimate.

    Parameters
    ----------
    coefficients : ndarray, shape (columns,)
    mean : ndarray, shape (rows,)
        Fitted mean of every row, also of those with weight 0.
    slope : ndarray, shape (rows, columns)
        How the mean of each row moves with each coefficient.
    influence : ndarray, shape (rows, columns)
        What each row contributes to the deviation of the coefficients, times the number of rows.
    bread : ndarray, shape (columns, columns)
        Inverse of the mean negative second derivative: how the coefficients answer to a mean score.
    score : ndarray, shape (rows,)
        First derivative of each row's log-likelihood by its linear predictor, without the weight.
    """

    coefficients: Floats
    mean: Floats
    slope: Floats
    influence: Floats
    bread: Floats
    score: Floats


def fit_mean(
    y: Floats,
    basis: Floats,
    *,
    link: str = "identity",
    weights: Floats | None = None,
    what: str = THE_REGRESSION,
) -> MeanFit:
    """Return a weighted regression of `y` on the columns of `basis`.

    Parameters
    ----------
    y : ndarray, shape (rows,)
        The outcome; 0 or 1 (or between) for every link but the identity.
    basis : ndarray, shape (rows, columns)
        Columns of mean square near 1, such as `Sample.basis`.
    link : str
        `identity`, `logit`, `probit` or `cloglog`.
    weights : ndarray, optional
        Weight of each row; rows of weight 0 are predicted, not fitted.
    what : str
        What is fitted, for messages.

    Raises
    ------
    RequestError
        An unknown link, or an outcome outside 0 and 1 for a link that needs it.
    EstimationError
        Too few rows for the columns, or separation: some combination of covariates tells the
        outcome for certain.
    """
    if link not in LINKS:
        raise RequestError(
            Message(
                "link: expected one of {names}, found '{link}'", names=", ".join(LINKS), link=link
            )
        )
    w = np.ones(len(y)) if weights is None else weights
    if link != "identity" and np.any((w > 0.0) & ((y < 0.0) | (y > 1.0))):
        raise RequestError(
            Message(
                "{what}: link '{link}' needs outcomes between 0 and 1; use 'identity'",
                what=what,
                link=link,
            )
        )
    coefficients = _climb(y, basis, w, link, what)
    at = LINKS[link](y, basis @ coefficients)
    bread = np.asarray(np.linalg.inv(_information(basis, w, at) / len(y)), np.float64)
    influence = (w * at.score)[:, None] * basis @ bread
    return MeanFit(coefficients, at.mean, at.slope[:, None] * basis, influence, bread, at.score)


def _information(basis: Floats, weights: Floats, at: Curvature) -> Floats:
    found: Floats = -(basis * (weights * at.second)[:, None]).T @ basis
    return found


@dataclass(frozen=True)
class _Place:
    """The likelihood at some coefficients."""

    value: float
    score: Floats
    information: Floats


def _climb(y: Floats, basis: Floats, weights: Floats, link: str, what: str) -> Floats:
    """Return the coefficients at which the scores are zero."""
    _refuse_few(basis[weights > 0.0], what)

    def look(coefficients: Floats) -> _Place:
        at = LINKS[link](y, basis @ coefficients)
        value = float(weights @ at.log_likelihood)
        return _Place(value, basis.T @ (weights * at.score), _information(basis, weights, at))

    return climb(
        look,
        basis.shape[1],
        Message(
            "{what}: separation, some combination of covariates tells the outcome for certain; "
            "leave out the covariate that does, or compare only clients who could have been in "
            "either group",
            what=what,
        ),
    )[0]


def _refuse_few(rows: Floats, what: str) -> None:
    """Refuse to fit what the rows cannot tell apart."""
    if (
        len(rows) < rows.shape[1]
        or np.linalg.matrix_rank(rows, tol=1e-7 * np.sqrt(len(rows))) < rows.shape[1]
    ):
        raise EstimationError(
            Message(
                "{what}: {count} clients cannot tell {found} coefficients apart (a covariate may "
                "take only one value among them); use fewer covariates",
                what=what,
                count=len(rows),
                found=rows.shape[1],
            )
        )
