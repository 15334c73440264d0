"""Staggered difference in differences: the effect on each starting group in each period.

Source: Callaway and Sant'Anna, Journal of Econometrics 225 (2021) 200-230; Sant'Anna and Zhao,
Journal of Econometrics 219 (2020) 101-122, for the doubly robust estimator and the influence
functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_codes, as_table
from pilotsim.effects.estimators.mean_regression import fit_mean
from pilotsim.effects.inference.least_squares import fit_least_squares

Control = Literal["never", "not_yet"]
Method = Literal["outcome", "ipw", "doubly"]

# Where a client is this sure to be treated, nobody like him is left to compare with.
CERTAIN = 0.999


@dataclass(frozen=True, eq=False)
class GroupTime:
    """Effects on each group in each period, with what each client contributes to each.

    Parameters
    ----------
    groups, periods : ndarray of float, shape (cells,)
        When the group starts, and the period that is looked at.
    estimates : ndarray of float, shape (cells,)
        Mean effect on the group in the period (ATT(g, t)); before the start a placebo.
    influence : ndarray of float, shape (clients, cells)
        Influence of each client; the mean of its square over clients, over clients again, is the
        variance.
    starts : ndarray of float, shape (clients,)
        When each client starts; infinity for never.
    clusters : ndarray of int, shape (clients,), or None
        Coded from 0 on.
    before : ndarray of float, shape (cells,)
        The period that each cell is compared with.
    order : ndarray of float, shape (periods,)
        All periods that were seen.
    notes : tuple of str
        What was left out, and why.
    """

    groups: Floats
    periods: Floats
    estimates: Floats
    influence: Floats
    starts: Floats
    clusters: Ints | None
    before: Floats
    order: Floats
    notes: tuple[str, ...]

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return len(self.starts)

    @property
    def lags(self) -> Floats:
        """Seen periods since the start: 0 is the first treated one."""
        found: Floats = (
            np.searchsorted(self.order, self.periods) - np.searchsorted(self.order, self.groups)
        ).astype(np.float64)
        return found


@dataclass(frozen=True, eq=False)
class GroupTimePanel:
    """A balanced panel: outcomes by client and period, starts, and covariates.

    The covariates have a constant in front.
    """

    outcomes: Floats
    starts: Floats
    covariates: Floats
    clusters: Ints | None
    order: Floats
    notes: tuple[str, ...]


def estimate_group_time(
    outcomes: ArrayLike,
    starts: ArrayLike,
    *,
    periods: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    control: Control = "never",
    method: Method = "doubly",
    anticipation: int = 0,
    universal: bool = False,
) -> GroupTime:
    """Return the effect on each group in each period.

    The averages of them are in `effects/estimators/group_means.py`. Estimand: mean effect on those
    who start in period g, seen in period t (ATT(g, t)). Assumption: without the programme they
    would have changed as the controls with the same covariates (conditional parallel trends);
    nobody acts on the programme more than `anticipation` periods ahead; everybody could have been a
    control (overlap). Standard error: by influence functions, between clusters where there are any.
    Before the start, effects are placebos: against the period before (short differences), or, if
    `universal`, against the last period before the start.

    Parameters
    ----------
    outcomes : array, shape (clients, periods)
        One row for each client (or district), one column for each period, in order; rows with a
        missing outcome are left out.
    starts : array, shape (clients,)
        The first treated period; infinity (or NaN) for never.
    periods : array, shape (periods,), optional
        What the columns are called in `starts`; 0, 1, ... without.
    covariates : array, shape (clients, covariates), optional
        Traits from before the programme.
    clusters : array, shape (clients,), optional
        Labels of what belongs together beyond the client.
    control : {"never", "not_yet"}
        Who is compared with: those who never start, or all who have not started yet.
    method : {"outcome", "ipw", "doubly"}
        Adjustment for covariates: by regression of the change, by weights, or both (right if one of
        them is).
    anticipation : int
        How many periods ahead the programme may cast its shadow.
    universal : bool
        Whether all periods of a group are compared with the same one.

    Raises
    ------
    EstimationError
        There is nobody to compare with, or nobody who starts after the first period; a cell cannot
        be estimated.
    """
    panel = _take(outcomes, starts, periods, covariates, clusters)
    if control not in {"never", "not_yet"} or method not in {"outcome", "ipw", "doubly"}:
        raise EstimationError(
            Message(
                "control is 'never' or 'not_yet', method 'outcome', 'ipw' or 'doubly'; found "
                "'{control}', '{method}'",
                control=control,
                method=method,
            )
        )
    if control == "never" and not np.isinf(panel.starts).any():
        raise EstimationError(
            Message(
                "everybody starts some day, so there are no controls who never do; use "
                "control='not_yet'"
            )
        )
    cells = [
        cell
        for group in np.unique(panel.starts[np.isfinite(panel.starts)])
        for cell in _cells_of(panel, float(group), control, method, anticipation, universal)
    ]
    if not cells:
        raise EstimationError(
            Message(
                "no group has a period before its start and controls after it; more periods, or "
                "other controls"
            )
        )
    return GroupTime(
        np.array([cell.group for cell in cells]),
        np.array([cell.period for cell in cells]),
        np.array([cell.estimate for cell in cells]),
        np.column_stack([cell.influence for cell in cells]),
        panel.starts,
        panel.clusters,
        np.array([cell.before for cell in cells]),
        panel.order,
        panel.notes,
    )


@dataclass(frozen=True, eq=False)
class GroupTimeCell:
    """One group in one period, against one period before."""

    group: float
    period: float
    before: float
    estimate: float
    influence: Floats


def _take(
    outcomes: ArrayLike,
    starts: ArrayLike,
    periods: ArrayLike | None,
    covariates: ArrayLike | None,
    clusters: ArrayLike | None,
) -> GroupTimePanel:
    table = np.asarray(outcomes, np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise EstimationError(
            Message(
                "outcomes: clients by at least two periods were expected, found shape {found}",
                found=table.shape,
            )
        )
    order = (
        np.arange(table.shape[1], dtype=np.float64)
        if periods is None
        else np.asarray(periods, np.float64)
    )
    when = np.asarray(starts, np.float64)
    if len(order) != table.shape[1] or np.any(np.diff(order) <= 0) or when.shape != (len(table),):
        raise EstimationError(
            Message(
                "periods: one for each column in rising order, and starts: one for each row, were "
                "expected"
            )
        )
    # Who starts after the last period is not seen treated.
    when = np.where(np.isnan(when) | (when > order[-1]), np.inf, when)
    known = np.asarray(~np.isnan(table).any(axis=1))
    early = np.asarray(when <= order[0])
    notes = _say_left_out(known, early)
    kept = known & ~early
    if not np.isfinite(when[kept]).any():
        raise EstimationError(
            Message(
                "nobody starts after the first period and has all outcomes; there is no effect to "
                "be seen"
            )
        )
    traits = np.column_stack([np.ones(len(table)), as_table(covariates, len(table))])[kept]
    return GroupTimePanel(
        table[kept], when[kept], traits, as_codes(clusters, kept, "clusters"), order, notes
    )


def _say_left_out(known: Bools, early: Bools) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if not known.all():
        notes += (
            Message(
                "{missing} of {clients} clients lack an outcome in some period and are left out",
                missing=int((~known).sum()),
                clients=len(known),
            ),
        )
    if (known & early).any():
        notes += (
            Message(
                "{early} clients were treated in the first period and are left out: nothing is "
                "known from before",
                early=int((known & early).sum()),
            ),
        )
    return notes


def _cells_of(
    panel: GroupTimePanel,
    group: float,
    control: Control,
    method: Method,
    anticipation: int,
    universal: bool,
) -> list[GroupTimeCell]:
    """Return the cells of a group.

    Those without controls or without a period before are not there.
    """
    first = int(np.searchsorted(panel.order, group))
    last_before = first - 1 - anticipation
    found = []
    for now in range(len(panel.order)):
        after = now >= first - anticipation
        before = last_before if after or universal else now - 1
        if before < 0 or before == now:
            continue
        latest = (
            panel.order[max(now, before) + anticipation]
            if max(now, before) + anticipation < len(panel.order)
            else panel.order[-1]
        )
        inside = panel.starts == group
        compared = (
            np.isinf(panel.starts) if control == "never" else (panel.starts > latest) & ~inside
        )
        if not compared.any():
            continue
        found.append(_cell(panel, group, now, before, inside, compared, method))
    return found


def _cell(
    panel: GroupTimePanel,
    group: float,
    now: int,
    before: int,
    inside: Bools,
    compared: Bools,
    method: Method,
) -> GroupTimeCell:
    rows = inside | compared
    change = panel.outcomes[rows, now] - panel.outcomes[rows, before]
    try:
        part = att(change, inside[rows].astype(np.float64), panel.covariates[rows], method)
    except EstimationError as error:
        raise EstimationError(
            Message(
                "group {group} in period {order}: {error}",
                group=Amount(group),
                order=Amount(panel.order[now]),
                error=error.message,
            )
        ) from error
    influence = np.zeros(len(rows))
    influence[rows] = part.influence * (len(rows) / rows.sum())
    return GroupTimeCell(
        group, float(panel.order[now]), float(panel.order[before]), part.estimate, influence
    )


@dataclass(frozen=True, eq=False)
class GroupTimePart:
    """An estimate and the influence of each row."""

    estimate: float
    influence: Floats


def att(change: Floats, treated: Floats, covariates: Floats, method: Method) -> GroupTimePart:
    """Return the mean effect on the treated in a panel of two periods (Sant'Anna and Zhao, 2020).

    Parameters
    ----------
    change, treated : ndarray, shape (rows,)
        Change of the outcome; 1 for the treated.
    covariates : ndarray, shape (rows, columns)
        With a constant in front.
    method : {"outcome", "ipw", "doubly"}
        Regression of the controls' change, normalised weights, or both.
    """
    if covariates.shape[1] == 1 or method == "outcome":
        return _by_outcome(change, treated, covariates)
    slopes = (
        _controls(change, treated, covariates)
        if method == "doubly"
        else Slopes(np.zeros(len(change)), None)
    )
    scores = _propensity(treated, covariates)
    residuals = change - slopes.fitted
    upper = _weighted(residuals, treated)
    odds = scores.fitted * (1.0 - treated) / (1.0 - scores.fitted)
    lower = _weighted(residuals, odds)
    assert scores.influence is not None
    drift = (odds * (residuals - lower.estimate)) @ covariates / odds.sum()
    influence = upper.influence - lower.influence - scores.influence @ drift
    if slopes.influence is not None:
        influence -= slopes.influence @ (
            treated @ covariates / treated.sum() - odds @ covariates / odds.sum()
        )
    return GroupTimePart(upper.estimate - lower.estimate, influence)


@dataclass(frozen=True, eq=False)
class Slopes:
    """Fitted values of a model, and the influence of each row on its coefficients.

    The influence has shape (rows, columns).
    """

    fitted: Floats
    influence: Floats | None


def _weighted(values: Floats, weights: Floats) -> GroupTimePart:
    mean = float(weights @ values / weights.sum())
    return GroupTimePart(mean, weights * (values - mean) / weights.mean())


def _by_outcome(change: Floats, treated: Floats, covariates: Floats) -> GroupTimePart:
    slopes = _controls(change, treated, covariates)
    upper = _weighted(change - slopes.fitted, treated)
    assert slopes.influence is not None
    return replace(
        upper, influence=upper.influence - slopes.influence @ (treated @ covariates / treated.sum())
    )


def _controls(change: Floats, treated: Floats, covariates: Floats) -> Slopes:
    controls = treated == 0.0
    if controls.sum() <= covariates.shape[1]:
        raise EstimationError(
            Message(
                "{count} controls cannot carry {found} coefficients; fewer covariates",
                count=int(controls.sum()),
                found=covariates.shape[1],
            )
        )
    fit = fit_least_squares(change[controls], covariates[controls])
    fitted = covariates @ fit.coefficients
    bread = fit.r_inverse @ fit.r_inverse.T * len(change)
    return Slopes(fitted, (covariates * (controls * (change - fitted))[:, None]) @ bread)


def _propensity(treated: Floats, covariates: Floats) -> Slopes:
    """Return the logit of being treated, on orthonormal columns."""
    q, r = np.linalg.qr(covariates)
    if np.any(np.abs(np.diag(r)) <= 1e-9 * np.linalg.norm(covariates, axis=0)):
        raise EstimationError(
            Message("covariates explain each other (perfect collinearity); leave one of them out")
        )
    no_overlap = Message(
        "covariates tell who is treated almost for sure (no overlap); fewer covariates, or "
        "method='outcome'"
    )
    root = np.sqrt(len(q))
    try:
        found = fit_mean(treated, q * root, link="logit")
    except EstimationError as error:
        raise EstimationError(no_overlap) from error
    most = found.mean[treated == 0.0].max()
    if most > CERTAIN or found.mean[treated == 1.0].min() > most:
        raise EstimationError(no_overlap)
    # Back to the columns as given: coefficients there are r^-1 times these.
    return Slopes(found.mean, found.influence @ np.linalg.inv(r).T * root)
