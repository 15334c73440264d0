"""Months before and after, and limits of a trait: by diff-diff, and by statsmodels."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.messages import Message
from pilotsim.effects.references.linear import bell_mccaffrey
from pilotsim.effects.references.second_fit import CLOSED_FORM, Reference

CONTROLS = {"never": "never_treated", "not_yet": "not_yet_treated"}
METHODS = {"outcome": "reg", "ipw": "ipw", "doubly": "dr"}
# Their search for the chance of treatment stops earlier than ours.
SEARCHED = 1e-2
# Bandwidths are found by a search, and neighbours of the same value are told apart otherwise.
BANDWIDTHS = 1e-2
# The dependence between months is found to within 1e-6.
DEPENDENCE = 1e-4
# The library goes to and fro between clients and months until little moves.
MONTHS_AND_CLIENTS = 1e-6


def group_times(
    outcomes: Floats,
    starts: Floats,
    lags: Sequence[int],
    *,
    covariates: Floats | None = None,
    clusters: Ints | None = None,
    control: str = "not_yet",
    method: str = "doubly",
    anticipation: int = 0,
    universal: bool = False,
) -> Reference:
    """Return the mean effect over some months since the start, by Callaway and Sant'Anna.

    Parameters
    ----------
    outcomes : ndarray of float, shape (clients, months)
    starts : ndarray of float, shape (clients,)
        The first month with the programme; infinity for never.
    lags : sequence of int
        Months since the start; 0 is the first.
    covariates : ndarray of float, shape (clients, covariates), optional
    clusters : ndarray of int, shape (clients,), optional
    control, method, anticipation, universal
        As for `estimate_group_time`.
    """
    import pandas as pd
    from diff_diff import CallawaySantAnna

    months = outcomes.shape[1]
    when = np.where(starts > months - 1, np.inf, starts)
    kept = ~np.isnan(outcomes).any(axis=1) & (when > 0.0)
    clients = int(kept.sum())
    # Months from 1 on: there, 0 is never.
    begins = np.where(np.isinf(when[kept]), 0.0, when[kept] + 1.0).astype(np.int64)
    frame = pd.DataFrame(
        {
            "client": np.repeat(np.arange(clients), months),
            "month": np.tile(np.arange(1, months + 1), clients),
            "outcome": outcomes[kept].ravel(),
            "begins": np.repeat(begins, months),
        }
    )
    names: list[str] = []
    if covariates is not None:
        names = [f"covariate{j}" for j in range(covariates.shape[1])]
        frame[names] = np.repeat(covariates[kept], months, axis=0)
    if clusters is not None:
        frame["cluster"] = np.repeat(clusters[kept], months)
    model = CallawaySantAnna(
        control_group=CONTROLS[control],
        estimation_method=METHODS[method],
        anticipation=anticipation,
        base_period="universal" if universal else "varying",
        cluster=None if clusters is None else "cluster",
        cband=False,
    )
    asked = {"covariates": names} if names else {}
    results = _quiet(
        model.fit, frame, "outcome", "client", "month", "begins", aggregate="event_study", **asked
    )
    found = results.event_study_effects
    seen = [lag for lag in lags if lag in found]
    places = [list(results.event_study_vcov_index).index(lag) for lag in seen]
    covariance = np.asarray(results.event_study_vcov)[np.ix_(places, places)]
    is_closed = covariates is None or method == "outcome"
    return Reference(
        "diff-diff",
        f"CallawaySantAnna, {METHODS[method]}",
        results,
        float(np.mean([found[lag]["effect"] for lag in seen])),
        float(np.sqrt(covariance.mean())),
        tolerance=CLOSED_FORM if is_closed else SEARCHED,
    )


def imputed(
    outcomes: Floats, starts: Floats, horizon: int, *, last_only: bool = False
) -> Reference:
    """Return the mean effect since the start against what client and month let expect.

    Least squares by statsmodels on the months before the start, with the clients' means taken out.
    The estimate alone is compared: its own error is not that of Borusyak, Jaravel and Spiess.

    Parameters
    ----------
    outcomes : ndarray of float, shape (clients, months)
    starts : ndarray of float, shape (clients,)
        The first month with the programme; infinity for never.
    horizon : int
        The months since the start that are asked about.
    last_only : bool
        Whether the last of them alone is.
    """
    import pandas as pd
    import statsmodels.api as sm

    lags = np.arange(outcomes.shape[1]) - starts[:, None]
    known = ~np.isnan(outcomes)
    before = known & (lags < 0.0)
    who, month = np.nonzero(before)
    dummies = (month[:, None] == np.arange(1, outcomes.shape[1])).astype(np.float64)
    own = np.column_stack([outcomes[before], dummies])
    own -= pd.DataFrame(own).groupby(who).transform("mean").to_numpy(np.float64)
    results = sm.OLS(own[:, 0], own[:, 1:]).fit()
    by_month = np.concatenate([[0.0], results.params])
    rest = pd.Series(outcomes[before] - by_month[month]).groupby(who).mean()
    by_client = rest.reindex(range(len(outcomes))).to_numpy(np.float64)
    asked = (lags == horizon - 1) if last_only else (lags >= 0.0) & (lags < horizon)
    asked &= known & before.any(axis=0) & before.any(axis=1, keepdims=True)
    apart = outcomes - by_client[:, None] - by_month
    return Reference(
        "statsmodels", "OLS", results, float(apart[asked].mean()), tolerance=MONTHS_AND_CLIENTS
    )


def interacted(
    outcomes: Floats, starts: Floats, horizon: int, *, last_only: bool = False
) -> Reference:
    """Return the mean effect since the start by a coefficient for each group and month since.

    Least squares by statsmodels with the clients' means taken out, and months as columns. The
    estimate alone is compared: diff-diff counts the clients among the coefficients of its error.

    Parameters
    ----------
    outcomes, starts, horizon, last_only
        As for `imputed`.
    """
    import pandas as pd
    import statsmodels.api as sm

    months = np.arange(outcomes.shape[1])
    lags = months - starts[:, None]
    known = ~np.isnan(outcomes)
    known &= (known & (lags < 0.0)).any(axis=1, keepdims=True)
    asked = (lags == horizon - 1) if last_only else (lags >= 0.0) & (lags < horizon)
    asked &= (known & np.isinf(starts)[:, None]).any(axis=0)
    used = known & (asked | (lags < 0.0))
    who, month = np.nonzero(used)
    groups = starts[who] * np.isfinite(starts[who])
    # A label for each group and month since its start; none for the last before, and for never.
    label = np.where(np.isfinite(starts[who]) & (lags[used] != -1.0), groups * 1e4 + month, -1.0)
    named = np.unique(label[label >= 0.0])
    columns = [month[:, None] == months[1:], label[:, None] == named]
    table = np.column_stack([outcomes[used], *columns]).astype(np.float64)
    table -= pd.DataFrame(table).groupby(who).transform("mean").to_numpy(np.float64)
    results = sm.OLS(table[:, 0], table[:, 1:]).fit()
    counts = (label[asked[used]][:, None] == named).sum(axis=0)
    effects = np.asarray(results.params)[len(months) - 1 :]
    estimate = float(counts @ effects / counts.sum())
    return Reference("statsmodels", "OLS", results, estimate, tolerance=MONTHS_AND_CLIENTS)


def _quiet(fit: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return fit(*arguments, **options)


def jump(
    outcome: Floats,
    running: Floats,
    limit: float,
    *,
    width: float | None = None,
    bias_width: float | None = None,
) -> Reference:
    """Return the effect of being below a limit, corrected for the bias of local lines.

    Parameters
    ----------
    outcome, running : ndarray of float, shape (clients,)
        NaN where they are not known.
    limit : float
    width, bias_width : float, optional
        Bandwidths of one's own.
    """
    import pandas as pd
    from diff_diff import RegressionDiscontinuity

    known = ~(np.isnan(outcome) | np.isnan(running))
    frame = pd.DataFrame({"outcome": outcome[known], "running": running[known]})
    bias = width if bias_width is None else bias_width
    model = RegressionDiscontinuity(cutoff=limit, h=width, b=bias)
    results = _quiet(model.fit, frame, outcome="outcome", running="running")
    return Reference(
        "diff-diff",
        "RegressionDiscontinuity",
        results,
        -float(results.att),
        float(results.se),
        tolerance=BANDWIDTHS,
    )


def wedge(
    outcome: Floats,
    clusters: Ints,
    periods: Ints,
    starts: Floats,
    horizon: int,
    *,
    last_only: bool = False,
    time: str = "exposure",
) -> Reference:
    """Return the effect in a stepped wedge by generalised least squares on cluster-period means.

    The covariance is that of a block exchangeable model, by moments. The standard error is CR2.

    Parameters
    ----------
    outcome, clusters, periods, starts : ndarray, shape (rows,)
        NaN where the outcome is not known.
    horizon : int
        How many periods since the start count.
    last_only : bool
        Whether the last of them alone counts.
    time : {"exposure", "constant"}
        What the effect hangs on.
    """
    import pandas as pd
    import statsmodels.api as sm

    rows: Any = pd.DataFrame(
        {"outcome": outcome, "cluster": clusters, "period": periods, "start": starts}
    ).dropna(subset=["outcome"])
    named = np.sort(rows["period"].unique())
    by_cell = rows.groupby(["cluster", "period"], sort=True)
    means: Any = by_cell.agg(
        mean=("outcome", "mean"), size=("outcome", "size"), start=("start", "first")
    ).reset_index()
    within = float(((rows["outcome"] - by_cell["outcome"].transform("mean")) ** 2).sum())
    within /= max(len(rows) - len(means), 1)
    exposure = (means["period"] - means["start"] + 1.0).to_numpy(np.float64)
    dummies = means["period"].to_numpy()[:, None] == named
    lengths = np.unique(exposure[(exposure > 0.0) & np.isfinite(exposure)])
    treated = exposure[:, None] == lengths
    counted = lengths == horizon if last_only else lengths <= horizon
    if time == "constant":
        treated = (exposure > 0.0)[:, None]
        counted = np.ones(1, np.bool_)
    design = np.hstack([dummies, treated]).astype(np.float64)
    weights = np.concatenate([np.zeros(len(named)), counted / counted.sum()])
    y = means["mean"].to_numpy(np.float64)
    codes = means["cluster"].to_numpy(np.int64)
    residuals = np.asarray(sm.OLS(y, design).fit().resid)
    sigma = _block_exchangeable(residuals, codes, within / means["size"].to_numpy(np.float64))
    results = sm.GLS(y, design, sigma).fit()
    # Whitened once more here, since CR2 is of the rows that are independent.
    root = np.linalg.inv(np.linalg.cholesky(sigma))
    covariance = bell_mccaffrey(root @ design, root @ np.asarray(results.resid), codes)
    return Reference(
        "statsmodels",
        "GLS; CR2: diff-diff",
        results,
        float(weights @ results.params),
        float(np.sqrt(weights @ covariance @ weights)),
        tolerance=1e-6,
    )


def _block_exchangeable(residuals: Floats, clusters: Ints, noise: Floats) -> Floats:
    """Return the covariance of cells: parts of the cluster, of the cell and of its clients."""
    same = clusters[:, None] == clusters
    others = same & ~np.eye(len(residuals), dtype=np.bool_)
    products = np.outer(residuals, residuals)
    between = max(float(products[others].mean()), 0.0) if others.any() else 0.0
    square = float((residuals**2).mean())
    cell = max(square - between - float(noise.mean()), 0.0)
    return np.asarray(
        between * same + np.diag(np.maximum(cell + noise, 1e-6 * square + 1e-300)), np.float64
    )


def series(
    outcome: Floats,
    start: int,
    horizon: int,
    *,
    last_only: bool = False,
    model: str = "ar1",
    season: int = 0,
    trend: bool = True,
    ramp: bool = True,
    skip: int = 0,
) -> Reference | Message:
    """Return the effect on a series of months, by generalised least squares.

    Each month hangs on the last; how much is chosen by restricted likelihood, which statsmodels'
    own search (`GLSAR`) does not use.

    Parameters
    ----------
    outcome : ndarray of float, shape (months,)
        Less that of the comparison, where there is one.
    start : int
        The first month of the programme.
    horizon, last_only, model, season, trend, ramp, skip
        As for `estimate_interrupted`.
    """
    import statsmodels.api as sm
    from scipy.linalg import toeplitz
    from scipy.optimize import minimize_scalar

    if model != "ar1":
        return Message("statsmodels works it out itself")
    month = np.arange(len(outcome))
    since = np.maximum(month - start, 0)
    begun = month >= start
    columns: list[Any] = [np.ones(len(outcome))]
    columns += [(month - start) / 12.0] if trend else []
    columns += [month == start + part for part in range(skip)]
    columns += [month % season == part for part in range(1, season)]
    counted = begun & (since >= skip) & (since < horizon)
    if last_only:
        counted &= since == min(horizon, len(outcome) - start) - 1
    contrast = np.zeros(len(columns) + 1 + int(ramp))
    contrast[len(columns)] = 1.0
    if ramp:
        contrast[-1] = since[counted].mean() / 12.0
    columns += [begun, since / 12.0] if ramp else [begun]
    design = np.column_stack(columns).astype(np.float64)

    def fit(dependence: float) -> Any:
        return sm.GLS(outcome, design, toeplitz(dependence**month)).fit()

    def loss(dependence: float) -> float:
        found = fit(dependence)
        left = len(outcome) - design.shape[1]
        bread = np.linalg.slogdet(found.model.wexog.T @ found.model.wexog)[1]
        # The determinant of the correlations is (1 - r^2)^(months - 1).
        own = (len(outcome) - 1) * np.log(1.0 - dependence**2)
        return float(left * np.log(found.model.wendog @ found.wresid) + own + bread)

    best = minimize_scalar(loss, bounds=(-0.9, 0.98), method="bounded", options={"xatol": 1e-7})
    results = fit(float(best.x))
    error = float(np.sqrt(contrast @ results.cov_params() @ contrast))
    return Reference(
        "statsmodels",
        "GLS, AR(1)",
        results,
        float(contrast @ results.params),
        error,
        tolerance=DEPENDENCE,
    )
