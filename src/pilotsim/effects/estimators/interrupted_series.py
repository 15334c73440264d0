"""Interrupted time series: one place, many months before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_column
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.inference.least_squares import (
    DesignPrecision,
    LeastSquaresFit,
    fit_least_squares,
)

SeriesModel = Literal["ar1", "hac", "structural"]

# A trend and its error cannot be told from fewer months than this on a side.
MIN_BEFORE, MIN_AFTER = 8, 3
# Dependence between neighbouring months is looked for within these bounds.
MAX_DEPENDENT = 0.98
# So many months before are needed for a standard error of `hac` and `structural` that is not too
# small. `ar1` counts in its degrees of freedom how poorly the dependence is known.
FEW_BEFORE = 24


@dataclass(frozen=True, eq=False)
class Series:
    """A series with its design.

    Columns: constant, trend, season, then step and change of trend since the start.

    Parameters
    ----------
    outcome : ndarray, shape (months,)
        The outcome, less that of the comparison where there is one.
    design : ndarray, shape (months, columns)
        The columns.
    contrast : ndarray, shape (columns,)
        Mean effect over the months that count.
    start : int
        The first month of the programme.
    estimand : str
        In words.
    """

    outcome: Floats
    design: Floats
    contrast: Floats
    start: int
    estimand: str


def estimate_interrupted(
    outcome: ArrayLike,
    start: int,
    *,
    model: SeriesModel = "ar1",
    comparison: ArrayLike | None = None,
    season: int = 0,
    trend: bool = True,
    ramp: bool = True,
    skip: int = 0,
    horizon: int | None = None,
    last_only: bool = False,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the mean effect over the months since a start, against the trend of the months before.

    Estimand: mean effect over the first `horizon` months since the start (all that are seen,
    without), those skipped not counted. Assumption: the trend and season of before would have gone
    on; nothing else happened then. With a comparison: the gap between both would have gone on.
    Standard error: `ar1`: each month hangs on the last, estimated by restricted maximum likelihood,
    t with Satterthwaite's degrees of freedom, which fall with the doubt about the dependence (some
    4 with 12 months before and 6 after, 10 with 24 and 12; 1.5 and 4 where months hang together by
    0.6); `hac`: least squares with Newey and West's error (statsmodels), t; rejects too often in
    series of a few years; `structural`: a level that drifts (statsmodels' unobserved components),
    normal. Source: Wagner, Soumerai, Zhang and Ross-Degnan, Journal of Clinical Pharmacy and
    Therapeutics 27 (2002) 299-309; Turner and others, BMC Medical Research Methodology 21 (2021),
    for restricted maximum likelihood with these degrees of freedom; Newey and West, Econometrica 55
    (1987); Harvey and Durbin, Journal of the Royal Statistical Society A 149 (1986) 187-227, for
    `structural`.

    Parameters
    ----------
    outcome : array, shape (months,)
        One number for each month, in order; no gaps.
    start : int
        Index of the first month of the programme.
    model : {"ar1", "hac", "structural"}
        How months hang together.
    comparison : array, shape (months,), optional
        The same for a place without the programme: the difference is analysed.
    season : int
        Length of the season in months, 12 or 0 for none: a column for each month of it but one.
    trend : bool
        Whether there is a straight trend.
    ramp : bool
        Whether the trend may change at the start, as well as the level.
    skip : int
        Months since the start that are left out (phasing in).
    horizon : int, optional
        How many months since the start count, those skipped included.
    last_only : bool
        Whether the last of them alone counts: the effect in that month, by the line through all.
    covariates : array, shape (months, covariates), optional
        What else moves the series: unemployment in the region.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        There are fewer than 8 months before or 3 after, or more coefficients than the series
        carries.
    """
    series = _take(
        outcome, start, comparison, season, trend, ramp, skip, horizon, last_only, covariates
    )
    if model not in {"ar1", "hac", "structural"}:
        raise EstimationError(
            Message(
                "model: 'ar1', 'hac' or 'structural' was expected, found '{model}'", model=model
            )
        )
    fit_least_squares(series.outcome, series.design, names=["constant", "trend"])
    found = {"ar1": _autoregressive, "hac": _newey_west, "structural": _structural}[model](series)
    notes: tuple[str, ...] = (found.note,) if found.note else ()
    if start < FEW_BEFORE and model != "ar1":
        notes += (
            Message(
                "only {months} months before: dependence between months is hardly seen, and the "
                "error is likely too small",
                months=start,
            ),
        )
    return conclude(
        "interrupted",
        series.estimand,
        found.estimate,
        found.precision.error,
        freedom=found.precision.freedom,
        level=level,
        clients=len(series.outcome),
        notes=notes,
    )


@dataclass(frozen=True)
class SeriesFit:
    """An estimate with its precision, and what a reader must know."""

    estimate: float
    precision: DesignPrecision
    note: str


def _take(
    outcome: ArrayLike,
    start: int,
    comparison: ArrayLike | None,
    season: int,
    trend: bool,
    ramp: bool,
    skip: int,
    horizon: int | None,
    last_only: bool,
    covariates: ArrayLike | None,
) -> Series:
    y = as_column(outcome, "outcome")
    if comparison is not None:
        other = as_column(comparison, "comparison")
        if len(other) != len(y):
            raise EstimationError(
                Message(
                    "comparison: {expected} months were expected, found {found}",
                    expected=len(y),
                    found=len(other),
                )
            )
        y = y - other
    if np.isnan(y).any():
        raise EstimationError(
            Message(
                "outcome: month {row} is missing; a series has no gaps",
                row=int(np.flatnonzero(np.isnan(y))[0]),
            )
        )
    if np.ptp(y) == 0.0:
        raise EstimationError(
            Message(
                "the series is the same in every month, so that nothing of chance can be seen in it"
            )
        )
    after = len(y) - start - skip
    if not skip >= 0 or start < MIN_BEFORE or after < MIN_AFTER:
        raise EstimationError(
            Message(
                "{start} months before and {max} after; at least {least_before} and {least_after} "
                "are needed to tell an effect from a trend; a comparison of clients needs fewer",
                start=start,
                max=max(after, 0),
                least_before=MIN_BEFORE,
                least_after=MIN_AFTER,
            )
        )
    month = np.arange(len(y))
    since = np.maximum(month - start, 0.0)
    step = (month >= start).astype(np.float64)
    base = [np.ones(len(y)), *([(month - start) / 12.0] if trend else [])]
    # A column of its own takes a month out and leaves its neighbours where they are.
    base += [(month == start + part).astype(np.float64) for part in range(skip)]
    base += [(month % season == part).astype(np.float64) for part in range(1, season)]
    base += (
        [] if covariates is None else list(np.asarray(covariates, np.float64).reshape(len(y), -1).T)
    )
    columns = [*base, step, since / 12.0] if ramp else [*base, step]
    last = len(y) - start if horizon is None else min(horizon, len(y) - start)
    counted = (since >= skip) & (since < last) & (step > 0)
    if last_only:
        counted &= since == last - 1
    if not counted.any():
        raise EstimationError(
            Message(
                "horizon: no month is left between the {skip} skipped and the {last} that count",
                skip=skip,
                last=last,
            )
        )
    weights = [1.0, float(since[counted].mean() / 12.0)] if ramp else [1.0]
    contrast = np.concatenate([np.zeros(len(base)), weights])
    estimand = (
        f"effect in month {last} since the start"
        if last_only
        else f"mean effect over months {skip + 1} to {last} since the start"
    )
    return Series(y, np.column_stack(columns), contrast, start, estimand)


def _autoregressive(series: Series) -> SeriesFit:
    """Return the generalised least-squares fit.

    Restricted maximum likelihood chooses the dependence between months.
    """
    from scipy.optimize import minimize_scalar

    def loss(dependence: float) -> float:
        fit = _whitened(series, dependence)
        left = fit.rows - fit.columns
        # -2 log likelihood: residuals, the determinant of the errors' covariance and that of the
        # coefficients.
        whole = left * np.log(fit.residuals @ fit.residuals) - np.log(1.0 - dependence**2)
        return float(whole - 2.0 * np.log(np.abs(np.diag(fit.r_inverse))).sum())

    found = float(
        minimize_scalar(
            loss, bounds=(-0.9, MAX_DEPENDENT), method="bounded", options={"xatol": 1e-6}
        ).x
    )
    fit = _whitened(series, found)
    reach = fit.direction(series.contrast)
    left = fit.rows - fit.columns
    scale = float(fit.residuals @ fit.residuals) / left
    error = float(np.sqrt(reach @ reach * scale))
    freedom = min(_freedom(series, found, scale), float(left))
    note = Message("correlation between neighbouring months {found:.2f}", found=Amount(found))
    return SeriesFit(
        float(series.contrast @ fit.coefficients), DesignPrecision(error, freedom), note
    )


def _freedom(series: Series, dependence: float, scale: float) -> float:
    """Return Satterthwaite's degrees of freedom of the squared error of the contrast.

    Twice its square over its own variance, which comes from how poorly the spread of the months and
    their dependence are known: by the expected information of the restricted likelihood. Source:
    Fai and Cornelius, Journal of Statistical Computation and Simulation 54 (1996) 363-378.

    Parameters
    ----------
    series : Series
        The series.
    dependence : float
        Of neighbouring months.
    scale : float
        The variance of a month given the one before it.
    """
    from scipy.linalg import toeplitz

    apart = np.arange(len(series.outcome), dtype=np.float64)
    between = 1.0 - dependence**2
    covariance = toeplitz(dependence**apart) * (scale / between)
    # By the scale, and by the dependence: r^d / (1 - r^2) differentiated.
    steeper = apart * dependence ** np.maximum(apart - 1.0, 0.0) / between
    steeper += 2.0 * dependence * dependence**apart / between**2
    slopes = (covariance / scale, toeplitz(steeper) * scale)

    solved = np.linalg.solve(covariance, series.design)
    bread = np.linalg.inv(series.design.T @ solved)
    # What of the covariance is left once the coefficients have been fitted.
    left = np.linalg.inv(covariance) - solved @ bread @ solved.T
    parts = [left @ slope for slope in slopes]
    information = 0.5 * np.array(
        [[np.sum(one * other.T) for other in parts] for one in parts], np.float64
    )
    weights = solved @ bread @ series.contrast
    squared = float(weights @ covariance @ weights)
    gradient = np.array([weights @ slope @ weights for slope in slopes])
    spread = float(gradient @ np.linalg.solve(information, gradient))
    return 2.0 * squared**2 / spread


def _whitened(series: Series, dependence: float) -> LeastSquaresFit:
    """Return the fit with each month less its dependence on the last (Prais and Winsten)."""

    def whiten(values: Floats) -> Floats:
        moved = values.copy()
        moved[1:] -= dependence * values[:-1]
        moved[0] *= np.sqrt(1.0 - dependence**2)
        return moved

    return fit_least_squares(whiten(series.outcome), whiten(series.design))


def _newey_west(series: Series) -> SeriesFit:
    import statsmodels.api as sm

    # Lags by the rule of thumb of Newey and West; without `use_t` statsmodels would take normal
    # critical values.
    lags = int(np.ceil(4.0 * (len(series.outcome) / 100.0) ** (2.0 / 9.0)))
    fitted = sm.OLS(series.outcome, series.design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    error = float(np.sqrt(series.contrast @ fitted.cov_params() @ series.contrast))
    note = Message(
        "Newey and West's error with {lags} lags; too small in series of a few years", lags=lags
    )
    return SeriesFit(
        float(series.contrast @ fitted.params), DesignPrecision(error, float(fitted.df_resid)), note
    )


def _structural(series: Series) -> SeriesFit:
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    # The level drifts in place of the constant; the scale is taken out so that the search starts
    # near its end.
    scale = float(np.std(series.outcome)) or 1.0
    model = sm.tsa.UnobservedComponents(
        series.outcome / scale, level="llevel", exog=series.design[:, 1:], mle_regression=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted: Any = model.fit(disp=False, method="powell", maxiter=2000)
        fitted = model.fit(start_params=fitted.params, disp=False)
    states = len(series.contrast) - 1
    position = slice(len(fitted.smoothed_state) - states, None)
    contrast = series.contrast[1:]
    estimate = float(contrast @ fitted.smoothed_state[position, -1]) * scale
    spread = fitted.smoothed_state_cov[position, position, -1]
    error = float(np.sqrt(contrast @ spread @ contrast)) * scale
    drift = np.sqrt(fitted.params[fitted.model.param_names.index("sigma2.level")]) * scale
    note = Message("the level drifts by {drift} a month", drift=Amount(drift))
    return SeriesFit(estimate, DesignPrecision(error, float("inf")), note)
