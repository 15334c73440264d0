"""Stepped wedge: clusters start one after the other, in an order drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.cluster_periods import Cells, multiply, tabulate_cells, whiten
from pilotsim.effects.inference.bootstrap import search_end
from pilotsim.effects.inference.clustered import cluster_precision
from pilotsim.effects.inference.least_squares import COLLINEAR, LeastSquaresFit, fit_least_squares
from pilotsim.effects.inference.randomisation import arrange

Time = Literal["constant", "exposure"]
Method = Literal["gls", "gee", "permutation"]


@dataclass(frozen=True, eq=False)
class Model:
    """Columns of a stepped wedge, and the coefficients that make up the effect."""

    design: Floats
    contrast: Floats
    estimand: str


def estimate_stepped(
    outcome: ArrayLike,
    clusters: ArrayLike,
    periods: ArrayLike,
    starts: ArrayLike,
    *,
    time: Time = "exposure",
    horizon: int | None = None,
    last_only: bool = False,
    method: Method = "gls",
    strata: ArrayLike | None = None,
    draws: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the effect of a programme that clusters start one after the other.

    Estimand: with time `exposure`, the mean effect over the first `horizon` periods since the
    start, each period as heavy as another; with `constant`, the effect if it is at full strength
    from the first day and never changes. Lock-in breaks the latter, which then is no mean of the
    effects and can have the wrong sign. Assumption: the order was drawn by lot; time does the same
    to all clusters; nobody acts on the programme before it starts. Standard error: `gls`:
    generalised least squares on cluster-period means with a covariance by moments (cluster, cell,
    clients), made robust by CR2 with the degrees of freedom of Bell and McCaffrey; `gee`:
    statsmodels' GEE on rows, exchangeable, bias-reduced (Mancl and DeRouen), t(clusters - 2);
    `permutation`: the order of starts redrawn, `error` and `freedom` NaN, the interval for an
    effect that does not change. Source: Hussey and Hughes, Contemporary Clinical Trials 28 (2007),
    for `constant`; Kenny, Voldal, Xia, Heagerty and Hughes, Statistics in Medicine 41 (2022)
    4311-4339, and Maleyeff, Li, Haneuse and Wang, Biometrical Journal 65 (2023), for `exposure`;
    Mancl and DeRouen, Biometrics 57 (2001), for the bias reduction.

    Parameters
    ----------
    outcome, clusters, periods, starts : array, shape (rows,)
        For each client and period: the outcome (NaN unknown), the cluster's label, the period, and
        the period in which the cluster starts (infinity for never).
    time : {"exposure", "constant"}
        What the effect hangs on.
    horizon : int, optional
        Up to how many periods since the start count; all that are seen, without.
    last_only : bool
        Whether the last of them alone counts: the effect after so many periods, not the mean until
        then.
    method : {"gls", "gee", "permutation"}
        How to judge it.
    strata : array, shape (rows,), optional
        Labels of what the order was drawn within; `permutation` draws it within them again.
    draws, seed : int
        How many orders are drawn where there are more than 5,000, and their key.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        All start together, there are fewer than three clusters, or effect and time cannot be told
        apart.
    """
    cells = tabulate_cells(outcome, clusters, periods, starts)
    if method not in {"gls", "gee", "permutation"}:
        raise EstimationError(
            Message(
                "method: 'gls', 'gee' or 'permutation' was expected, found '{method}'",
                method=method,
            )
        )
    if method == "gee":
        return _gee(cells, outcome, clusters, periods, time, horizon, last_only, level)
    model = build_model(cells, cells.starts, time, horizon, last_only=last_only)
    if method == "permutation":
        inside = _strata_of(clusters, strata, outcome)
        return _permute(cells, model, time, horizon, last_only, inside, draws, level, seed)
    return _gls(cells, model, level)


def _strata_of(clusters: ArrayLike, strata: ArrayLike | None, outcome: ArrayLike) -> Ints | None:
    """Return the stratum of each cluster with an outcome, in the order of their codes."""
    if strata is None:
        return None
    known = ~np.isnan(np.asarray(outcome, np.float64))
    _, first = np.unique(np.asarray(clusters)[known], return_index=True)
    labels = np.asarray(strata)[known][first]
    return np.unique(labels, return_inverse=True)[1].ravel().astype(np.int64)


def build_model(
    cells: Cells, starts: Floats, time: Time, horizon: int | None, *, last_only: bool = False
) -> Model:
    """Return the columns of periods and treatment, for given starts."""
    exposure = cells.exposure(starts)
    if time == "constant":
        treated = (exposure > 0).astype(np.float64)[:, None]
        return Model(
            np.hstack([cells.dummies, treated]),
            _last(cells, np.ones(1)),
            "effect if constant from the first period on",
        )
    if time != "exposure":
        raise EstimationError(
            Message("time: 'exposure' or 'constant' was expected, found '{time}'", time=time)
        )
    lengths = np.unique(exposure[(exposure > 0) & np.isfinite(exposure)])
    counted = lengths if horizon is None else lengths[lengths <= horizon]
    if last_only:
        counted = lengths[lengths == (lengths.max() if horizon is None else horizon)]
    if not len(counted):
        raise EstimationError(
            Message("nobody is seen in treatment up to the horizon; a longer one, or later periods")
        )
    weights = np.isin(lengths, counted) / len(counted)
    treated = (exposure[:, None] == lengths).astype(np.float64)
    estimand = (
        f"effect in period {counted[0]:g} since the start"
        if last_only
        else f"mean effect over the first {len(counted)} periods since the start"
    )
    return Model(np.hstack([cells.dummies, treated]), _last(cells, weights), estimand)


def _last(cells: Cells, weights: Floats) -> Floats:
    return np.concatenate([np.zeros(len(cells.labels)), weights])


def _fit(cells: Cells, model: Model) -> LeastSquaresFit:
    names = [f"period {label:g}" for label in cells.labels]
    names += [
        f"treated for {length + 1} periods" for length in range(model.design.shape[1] - len(names))
    ]
    try:
        first = fit_least_squares(cells.means, model.design, names=names)
    except EstimationError as error:
        raise EstimationError(
            Message(
                "effect and time cannot be told apart ({error}); more steps, clusters that never "
                "start, or a shorter horizon",
                error=error.message,
            )
        ) from error
    roots = whiten(cells, cells.means - model.design @ first.coefficients)
    return fit_least_squares(
        multiply(roots, cells.means), multiply(roots, model.design), names=names
    )


def _gls(cells: Cells, model: Model, level: float) -> Effect:
    fit = _fit(cells, model)
    try:
        found = cluster_precision(fit, model.contrast, cells.clusters, "CR2")
    except EstimationError as error:
        raise EstimationError(
            Message(
                "{error}; or a shorter horizon: the longest time since the start is seen in one "
                "cluster",
                error=error.message,
            )
        ) from error
    return conclude(
        "stepped",
        model.estimand,
        float(model.contrast @ fit.coefficients),
        found.error,
        freedom=found.freedom,
        level=level,
        clients=int(cells.sizes.sum()),
        clusters=cells.number,
        notes=cells.notes,
    )


def _gee(
    cells: Cells,
    outcome: ArrayLike,
    clusters: ArrayLike,
    periods: ArrayLike,
    time: Time,
    horizon: int | None,
    last_only: bool,
    level: float,
) -> Effect:
    import statsmodels.api as sm

    y = np.asarray(outcome, np.float64)
    known = ~np.isnan(y)
    codes = np.unique(np.asarray(clusters)[known], return_inverse=True)[1]
    period = np.searchsorted(cells.labels, np.asarray(periods, np.float64)[known])
    rows = Cells(
        y[known],
        np.ones(known.sum()),
        codes,
        period,
        cells.starts,
        cells.within,
        cells.labels,
        cells.notes,
    )
    model = build_model(rows, cells.starts, time, horizon, last_only=last_only)
    fit_least_squares(rows.means, model.design)
    fitted = sm.GEE(
        rows.means, model.design, groups=codes, cov_struct=sm.cov_struct.Exchangeable()
    ).fit(cov_type="bias_reduced")
    error = float(np.sqrt(model.contrast @ fitted.cov_params() @ model.contrast))
    return conclude(
        "stepped",
        model.estimand,
        float(model.contrast @ fitted.params),
        error,
        freedom=cells.number - 2.0,
        level=level,
        clients=len(rows.means),
        clusters=cells.number,
        notes=cells.notes,
    )


def _permute(
    cells: Cells,
    model: Model,
    time: Time,
    horizon: int | None,
    last_only: bool,
    strata: Ints | None,
    draws: int,
    level: float,
    seed: int,
) -> Effect:
    estimate = float(model.contrast @ _fit(cells, model).coefficients)
    # The covariance is estimated without the treatment, so that it is the same in every order of
    # starts.
    roots = whiten(cells, fit_least_squares(cells.means, cells.dummies).residuals)
    treated = (cells.exposure(cells.starts) > 0).astype(np.float64)
    pair = multiply(roots, np.column_stack([cells.means, treated]))
    orders = arrange(cells.starts, blocks=strata, draws=draws, seed=seed)

    def statistics(starts: Floats) -> Floats:
        drawn = build_model(cells, starts, time, horizon, last_only=last_only)
        # An order in which effect and time cannot be told apart has no statistic: the least-squares
        # solution of least norm.
        found: Floats = (
            drawn.contrast
            @ np.linalg.lstsq(multiply(roots, drawn.design), pair, rcond=COLLINEAR)[0]
        )
        return found

    world = np.array([statistics(row) for row in orders.labels])
    own = statistics(cells.starts)

    def p(null: float) -> float:
        return orders.p(world[:, 0] - null * world[:, 1], float(own[0] - null * own[1]))

    spread = float(np.std(world[:, 0] - estimate * world[:, 1])) or 1.0
    low, high = (search_end(p, estimate, side * spread, 1.0 - level) for side in (-1.0, 1.0))
    notes = (
        *cells.notes,
        Message("p-value from all {count} orders of starts", count=len(world))
        if orders.exact
        else Message("p-value from drawn {count} orders of starts", count=len(world)),
    )
    return Effect(
        estimator="stepped",
        estimand=model.estimand,
        estimate=estimate,
        error=float("nan"),
        low=low,
        high=high,
        p=p(0.0),
        freedom=float("nan"),
        clients=int(cells.sizes.sum()),
        clusters=cells.number,
        notes=notes,
    )
