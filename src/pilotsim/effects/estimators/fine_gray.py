"""Fine and Gray's model of the subdistribution hazard.

It says what moves the share that leaves by one cause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_table
from pilotsim.effects.estimators.hazard_fits import HazardFit, clusters_of, scale_of
from pilotsim.effects.estimators.newton import climb
from pilotsim.effects.estimators.spells import SurvivalSpells
from pilotsim.effects.inference.influence import cluster_freedom, count_clusters, sandwich

FLAT = Message(
    "covariates: some combination of them is the same for all, or tells for certain who leaves by "
    "the cause (separation); leave out a covariate, or put clients into broader groups"
)


def fine_gray(
    exits: ArrayLike,
    causes: ArrayLike,
    covariates: ArrayLike,
    *,
    of: int = 1,
    clusters: ArrayLike | None = None,
) -> HazardFit:
    """Return log ratios of the subdistribution hazard of a cause (Fine and Gray 1999).

    Estimand: log subdistribution hazard ratio, the slope of log(-log(1 - F)) of the cumulative
    incidence F of the cause. It orders shares, not rates: not the ratio of any rate among those
    still there. Assumes that these ratios hold at all times, and that censoring is independent of
    causes, times and covariates. Who left by another cause stays at risk with the estimated chance
    of still being seen. Standard error: sandwich, the estimated chance included; with clusters
    inflated by G / (G - 1) and t(G - 1). Ties: Breslow. Spells are seen from their beginning.

    Parameters
    ----------
    exits : array_like, shape (spells,)
    causes : array_like of int, shape (spells,)
        0 for censored, 1, 2, ... for the causes.
    covariates : array_like, shape (spells, covariates)
        Known at the beginning; they cannot change, for somebody who has left by another cause has
        no later value.
    of : int
        Which cause.
    clusters : array_like, optional

    Raises
    ------
    EstimationError
        Nobody leaves by the cause, a covariate never varies, or separation.
    """
    spells = SurvivalSpells.of(exits, causes)
    table = as_table(covariates, spells.count)
    if not np.any(spells.causes == of):
        raise EstimationError(
            Message(
                "no events: nobody leaves by cause {cause}; choose another cause or follow the "
                "clients for longer",
                cause=of,
            )
        )
    scale = scale_of(table)
    x = (table - table.mean(axis=0)) / scale
    risk = _risk(spells, of)
    found, at = climb(lambda here: _likelihood(x, risk, here), x.shape[1], FLAT)
    residuals = _residuals(x, risk, at, found) + _doubt_of_censoring(x, risk, at, found)
    influence = residuals @ np.linalg.inv(at.information) / scale
    codes = clusters_of(clusters, spells.count)
    return HazardFit(
        coefficients=found / scale,
        covariance=sandwich(influence, codes),
        influence=influence,
        log_likelihood=at.value,
        log_likelihood_null=_likelihood(x, risk, np.zeros(x.shape[1])).value,
        spells=spells.count,
        events=len(risk.rows),
        clusters=count_clusters(codes),
        freedom=cluster_freedom(codes),
        model="fine_gray",
    )


@dataclass(frozen=True, eq=False)
class _Risk:
    """Who is at risk for the subdistribution.

    Times are those at which somebody leaves by the cause. `rows` left by it, at `moment`. Row i is
    there at moments before `until[i]`; who left by another cause stays on afterwards with weight
    `seen[moment] / seen_at_exit[i]`, the chance of still being seen, by Kaplan and Meier on
    censoring.
    """

    rows: Ints
    moment: Ints
    number: Floats
    until: Ints
    other: Bools
    seen: Floats
    seen_at_exit: Floats
    censored: Bools
    exits: Floats
    times: Floats


def _risk(spells: SurvivalSpells, of: int) -> _Risk:
    rows = np.flatnonzero(spells.causes == of)
    times, moment = np.unique(spells.exits[rows], return_inverse=True)
    censored = spells.causes == 0
    marks, seen_after = _seen(spells, censored)

    def just_before(when: Floats) -> Floats:
        return np.asarray(
            np.concatenate([[1.0], seen_after])[np.searchsorted(marks, when, side="left")],
            np.float64,
        )

    until = np.searchsorted(times, spells.exits, side="right")
    other = ~censored & (spells.causes != of)
    number = np.bincount(moment).astype(np.float64)
    return _Risk(
        rows,
        moment,
        number,
        until,
        other,
        just_before(times),
        just_before(spells.exits),
        censored,
        spells.exits,
        times,
    )


def _seen(spells: SurvivalSpells, censored: Bools) -> tuple[Floats, Floats]:
    """Return the times of censoring and the chance of being seen after each.

    Who leaves at a time is not censored at it.
    """
    marks, number = np.unique(spells.exits[censored], return_counts=True)
    return marks, np.asarray(
        np.cumprod(1.0 - number / _at_risk_of_censoring(spells.exits, censored, marks)), np.float64
    )


def _at_risk_of_censoring(exits: Floats, censored: Bools, marks: Floats) -> Floats:
    there = len(exits) - np.searchsorted(np.sort(exits), marks, side="left")
    leaving = np.sort(exits[~censored])
    just = np.searchsorted(leaving, marks, side="right") - np.searchsorted(
        leaving, marks, side="left"
    )
    return np.asarray(there - just, np.float64)


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """The weighted partial likelihood at some coefficients.

    With the sums and means of those at risk at each moment.
    """

    value: float
    score: Floats
    information: Floats
    sums: Floats
    means: Floats


def _likelihood(x: Floats, risk: _Risk, coefficients: Floats) -> _Likelihood:
    """Return the weighted log partial likelihood and its derivatives."""
    columns = x.shape[1]
    eta = x @ coefficients
    table = (
        np.column_stack([np.ones(len(x)), x, (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)])
        * np.exp(eta)[:, None]
    )
    sums = _sums(table, risk)
    means = sums[:, 1 : columns + 1] / sums[:, :1]
    spreads = (sums[:, columns + 1 :] / sums[:, :1]).reshape(-1, columns, columns) - means[
        :, :, None
    ] * means[:, None, :]
    value = float(eta[risk.rows].sum() - risk.number @ np.log(sums[:, 0]))
    score = x[risk.rows].sum(axis=0) - risk.number @ means
    return _Likelihood(value, score, np.tensordot(risk.number, spreads, 1), sums[:, 0], means)


def _sums(table: Floats, risk: _Risk) -> Floats:
    """Return sums over those at risk at each moment.

    Still there, or gone otherwise and weighted.
    """
    count = len(risk.times)
    found = np.empty((count, table.shape[1]))
    for column, values in enumerate(table.T):
        there = np.cumsum(np.bincount(risk.until, values, count + 1)[1:][::-1])[::-1]
        gone = np.cumsum(
            np.bincount(
                risk.until[risk.other], (values / risk.seen_at_exit)[risk.other], count + 1
            )[:-1]
        )
        found[:, column] = there + risk.seen * gone
    return found


def _residuals(x: Floats, risk: _Risk, at: _Likelihood, coefficients: Floats) -> Floats:
    """Return what each adds to the score, less what it was expected to add."""
    step = risk.number / at.sums
    each = np.column_stack([step, step[:, None] * at.means])
    while_there = np.vstack([np.zeros((1, each.shape[1])), np.cumsum(each, axis=0)])[risk.until]
    weighted = np.vstack(
        [np.cumsum((each * risk.seen[:, None])[::-1], axis=0)[::-1], np.zeros((1, each.shape[1]))]
    )
    exposure = (
        while_there
        + np.where(risk.other, 1.0 / risk.seen_at_exit, 0.0)[:, None] * weighted[risk.until]
    )
    found: Floats = -np.exp(x @ coefficients)[:, None] * (x * exposure[:, :1] - exposure[:, 1:])
    found[risk.rows] += x[risk.rows] - at.means[risk.moment]
    return found


def _doubt_of_censoring(x: Floats, risk: _Risk, at: _Likelihood, coefficients: Floats) -> Floats:
    """Return what each moves the score through the estimated chance of being seen.

    Source: Fine and Gray 1999, section 3.
    """
    marks, number = np.unique(risk.exits[risk.censored], return_counts=True)
    if not len(marks):
        return np.zeros_like(x)
    at_risk = _at_risk_of_censoring(risk.exits, risk.censored, marks)
    pull = _pull_of_censoring(x, risk, at, coefficients, marks)
    compensator = np.vstack(
        [np.zeros((1, x.shape[1])), np.cumsum(pull * (number / at_risk**2)[:, None], axis=0)]
    )
    # Who leaves at a mark is not at risk of being censored at it.
    passed = np.where(
        risk.censored,
        np.searchsorted(marks, risk.exits, side="right"),
        np.searchsorted(marks, risk.exits, side="left"),
    )
    found: Floats = -compensator[passed]
    own = np.searchsorted(marks, risk.exits[risk.censored])
    found[risk.censored] += pull[own] / at_risk[own][:, None]
    return found


def _pull_of_censoring(
    x: Floats, risk: _Risk, at: _Likelihood, coefficients: Floats, marks: Floats
) -> Floats:
    """Return how the score moves with censoring at each mark.

    Over those gone otherwise by then, and events after it.
    """
    base = np.where(risk.other, np.exp(x @ coefficients) / risk.seen_at_exit, 0.0)
    gone = np.argsort(risk.exits, kind="stable")
    sums = np.cumsum(np.column_stack([base, base[:, None] * x])[gone], axis=0)
    place = np.searchsorted(risk.exits[gone], marks, side="right")
    before = np.vstack([np.zeros((1, sums.shape[1])), sums])[place]
    step = risk.seen * risk.number / at.sums
    each = np.column_stack([step, step[:, None] * at.means])
    after = np.vstack([np.cumsum(each[::-1], axis=0)[::-1], np.zeros((1, each.shape[1]))])
    later = after[np.searchsorted(risk.times, marks, side="right")]
    found: Floats = before[:, 1:] * later[:, :1] - before[:, :1] * later[:, 1:]
    return found
