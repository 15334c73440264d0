"""Standard errors that hold whatever the spread of the outcome at each row: HC0 to HC3.

Sources: White, Econometrica 48 (1980); MacKinnon and White, Journal of Econometrics 29 (1985), for
HC1 to HC3; Bell and McCaffrey, Survey Methodology 28 (2002), and Imbens and Kolesar, Review of
Economics and Statistics 98 (2016), for the degrees of freedom with HC2.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.effects.inference.least_squares import DesignPrecision, LeastSquaresFit

Robust = Literal["classical", "HC0", "HC1", "HC2", "HC3"]

# A row that a coefficient depends on alone has a leverage of 1; rounding leaves it a little short.
FULL_LEVERAGE = 1.0 - 1e-10


def leverages(fit: LeastSquaresFit) -> Floats:
    """Return how much each row's own outcome moves its fit, between 0 and 1."""
    found: Floats = np.einsum("ij,ij->i", fit.q, fit.q)
    return found


def robust_precision(
    fit: LeastSquaresFit, contrast: Floats, kind: Robust = "HC2"
) -> DesignPrecision:
    """Return the standard error of a contrast, with the degrees of freedom of its t distribution.

    Rows less columns for all but HC2, which has the degrees of freedom of Bell and McCaffrey: those
    of a chi-square with the variance that HC2 would have if every row had the same spread.

    Raises
    ------
    EstimationError
        The contrast rests on a single row (HC2, HC3), or the kind is unknown.
    """
    if kind not in get_args(Robust):
        raise EstimationError(
            Message(
                "standard errors: unknown kind '{kind}'{meant}",
                kind=kind,
                meant=did_you_mean(kind, get_args(Robust)),
            )
        )
    reach = fit.q @ fit.direction(contrast)
    if kind == "classical":
        variance = (
            float(reach @ reach) * float(fit.residuals @ fit.residuals) / (fit.rows - fit.columns)
        )
        return DesignPrecision(float(np.sqrt(variance)), float(fit.rows - fit.columns))
    error = float(np.sqrt(np.sum((reach * fit.residuals) ** 2 * _scale(fit, kind, reach))))
    freedom = _satterthwaite(fit, reach) if kind == "HC2" else float(fit.rows - fit.columns)
    return DesignPrecision(error, freedom)


def robust_covariance(fit: LeastSquaresFit, kind: Robust = "HC2") -> Floats:
    """Return the covariance of the coefficients, shape (columns, columns)."""
    if kind == "classical":
        scale = fit.residuals @ fit.residuals / (fit.rows - fit.columns)
        plain: Floats = fit.r_inverse @ fit.r_inverse.T * scale
        return plain
    scores = fit.q * (fit.residuals * np.sqrt(_scale(fit, kind, np.ones(fit.rows))))[:, None]
    covariance: Floats = fit.r_inverse @ (scores.T @ scores) @ fit.r_inverse.T
    return covariance


def _scale(fit: LeastSquaresFit, kind: Robust, reach: Floats) -> Floats:
    if kind == "HC0":
        return np.ones(fit.rows)
    if kind == "HC1":
        return np.full(fit.rows, fit.rows / (fit.rows - fit.columns))
    leverage = leverages(fit)
    full = leverage > FULL_LEVERAGE
    if np.any(full & (np.abs(reach) > 1e-12)):
        raise EstimationError(
            Message(
                "the estimate rests on a single client, so its spread is not known; fewer "
                "covariates or larger blocks"
            )
        )
    slack = np.where(full, 1.0, 1.0 - leverage)
    found: Floats = 1.0 / slack if kind == "HC2" else 1.0 / slack**2
    return found


def _satterthwaite(fit: LeastSquaresFit, reach: Floats) -> float:
    leverage = leverages(fit)
    weight = np.where(
        leverage > FULL_LEVERAGE,
        0.0,
        reach**2 / np.where(leverage > FULL_LEVERAGE, 1.0, 1.0 - leverage),
    )
    # Sum over all pairs of weight_i weight_j M_ij squared, M the residual maker, without forming M.
    within = fit.q.T @ (fit.q * weight[:, None])
    squared = float(np.sum(weight**2 * (1.0 - 2.0 * leverage)) + np.sum(within**2))
    return float(np.sum(weight * (1.0 - leverage)) ** 2 / squared) if squared > 0.0 else 0.0
