"""Fine and Gray's model of the subdistribution hazard.

It says what moves the share that leaves by one cause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_table
from pilotsim.effects.estimators.hazard_fits import HazardFit, clusters_of, scale_of
from pilotsim.effects.estimators.newton import climb
from pilotsim.effects.estimators.risk_sets import (
    RiskMoments,
    RiskSets,
    count_at_risk,
    products,
    risk_moments,
    risk_sets,
)
from pilotsim.effects.estimators.spells import CENSORED, SurvivalSpells
from pilotsim.effects.inference.influence import cluster_freedom, count_clusters, sandwich, totals

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
    residuals = _residuals(x, risk, at, found)
    residuals += _doubt_of_censoring(x, spells, risk, at, found)
    influence = residuals @ np.linalg.inv(at.information) / scale
    codes = clusters_of(clusters, spells.count)
    return HazardFit(
        coefficients=found / scale,
        covariance=sandwich(influence, codes),
        influence=influence,
        log_likelihood=at.value,
        log_likelihood_null=_likelihood(x, risk, np.zeros(x.shape[1])).value,
        spells=spells.count,
        events=len(risk.sets.rows),
        clusters=count_clusters(codes),
        freedom=cluster_freedom(codes),
        model="fine_gray",
    )


@dataclass(frozen=True, eq=False)
class _Censoring:
    """When spells are censored: how many at each time, out of how many at risk of it.

    Who leaves at a time is not at risk of being censored at it.
    """

    marks: Floats
    number: Floats
    at_risk: Floats

    def seen_before(self, when: Floats) -> Floats:
        """Return the chance of being seen just before each time, by Kaplan and Meier."""
        after = np.cumprod(1.0 - self.number / self.at_risk)
        place = np.searchsorted(self.marks, when, side="left")
        return np.asarray(np.concatenate([[1.0], after])[place], np.float64)


def _censoring(spells: SurvivalSpells) -> _Censoring:
    """Return when spells are censored."""
    censored = spells.causes == CENSORED
    marks, number = np.unique(spells.exits[censored], return_counts=True)
    leaving = np.sort(spells.exits[~censored])
    until = np.searchsorted(leaving, marks, side="right")
    just = until - np.searchsorted(leaving, marks, side="left")
    return _Censoring(marks, number.astype(np.float64), count_at_risk(spells, marks) - just)


@dataclass(frozen=True, eq=False)
class _Risk:
    """Who is at risk for the subdistribution.

    Moments are those at which somebody leaves by the cause. Who left by another cause (`other`)
    stays on after the end of the spell with weight `seen[moment] / seen_at_exit[i]`, the chance of
    still being seen.
    """

    sets: RiskSets
    other: Bools
    seen: Floats
    seen_at_exit: Floats
    censoring: _Censoring

    def sums(self, table: Floats) -> Floats:
        """Return sums over those at risk at each moment: still there, or gone and weighted."""
        weighted = table[self.other] / self.seen_at_exit[self.other, None]
        gone = totals(self.sets.until[self.other], weighted, self.sets.count + 1)[:-1]
        found: Floats = self.sets.sums(table) + self.seen[:, None] * np.cumsum(gone, axis=0)
        return found


def _risk(spells: SurvivalSpells, of: int) -> _Risk:
    """Return who is at risk for the subdistribution of a cause."""
    sets = risk_sets(spells, spells.causes == of)
    censoring = _censoring(spells)
    return _Risk(
        sets,
        (spells.causes != CENSORED) & (spells.causes != of),
        censoring.seen_before(sets.times),
        censoring.seen_before(spells.exits),
        censoring,
    )


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """The weighted partial likelihood at some coefficients, and those at risk at each moment."""

    value: float
    score: Floats
    information: Floats
    at_risk: RiskMoments


def _likelihood(x: Floats, risk: _Risk, coefficients: Floats) -> _Likelihood:
    """Return the weighted log partial likelihood and its derivatives."""
    eta = x @ coefficients
    rows = risk.sets.rows
    number = risk.sets.number
    at_risk = risk_moments(risk.sums(products(x, np.exp(eta))), x.shape[1])
    value = float(eta[rows].sum() - number @ np.log(at_risk.sums))
    score = x[rows].sum(axis=0) - number @ at_risk.means
    return _Likelihood(value, score, np.tensordot(number, at_risk.spreads, 1), at_risk)


def _residuals(x: Floats, risk: _Risk, at: _Likelihood, coefficients: Floats) -> Floats:
    """Return what each adds to the score, less what it was expected to add."""
    sets = risk.sets
    means = at.at_risk.means
    step = sets.number / at.at_risk.sums
    each = np.column_stack([step, step[:, None] * means])
    afterwards = _later(each * risk.seen[:, None])[sets.until]
    weight = np.where(risk.other, 1.0 / risk.seen_at_exit, 0.0)
    exposure = sets.passed(each) + weight[:, None] * afterwards
    found: Floats = -np.exp(x @ coefficients)[:, None] * (x * exposure[:, :1] - exposure[:, 1:])
    found[sets.rows] += x[sets.rows] - means[sets.moment]
    return found


def _doubt_of_censoring(
    x: Floats, spells: SurvivalSpells, risk: _Risk, at: _Likelihood, coefficients: Floats
) -> Floats:
    """Return what each moves the score through the estimated chance of being seen.

    Source: Fine and Gray 1999, section 3.
    """
    censoring = risk.censoring
    marks = censoring.marks
    at_risk = censoring.at_risk
    if not len(marks):
        return np.zeros_like(x)
    censored = spells.causes == CENSORED
    pull = _pull_of_censoring(x, spells, risk, at, coefficients)
    steps = pull * (censoring.number / at_risk**2)[:, None]
    compensator = np.vstack([np.zeros((1, x.shape[1])), np.cumsum(steps, axis=0)])
    # Who leaves at a mark is not at risk of being censored at it.
    passed = np.where(
        censored,
        np.searchsorted(marks, spells.exits, side="right"),
        np.searchsorted(marks, spells.exits, side="left"),
    )
    found: Floats = -compensator[passed]
    own = np.searchsorted(marks, spells.exits[censored])
    found[censored] += pull[own] / at_risk[own][:, None]
    return found


def _pull_of_censoring(
    x: Floats, spells: SurvivalSpells, risk: _Risk, at: _Likelihood, coefficients: Floats
) -> Floats:
    """Return how the score moves with censoring at each mark.

    Over those gone otherwise by then, and events after it.
    """
    marks = risk.censoring.marks
    base = np.where(risk.other, np.exp(x @ coefficients) / risk.seen_at_exit, 0.0)
    order = np.argsort(spells.exits, kind="stable")
    sums = np.cumsum(np.column_stack([base, base[:, None] * x])[order], axis=0)
    place = np.searchsorted(spells.exits[order], marks, side="right")
    before = np.vstack([np.zeros((1, sums.shape[1])), sums])[place]
    step = risk.seen * risk.sets.number / at.at_risk.sums
    each = np.column_stack([step, step[:, None] * at.at_risk.means])
    later = _later(each)[np.searchsorted(risk.sets.times, marks, side="right")]
    found: Floats = before[:, 1:] * later[:, :1] - before[:, :1] * later[:, 1:]
    return found


def _later(each: Floats) -> Floats:
    """Return the sum of each row and those after it, and at the end a row of 0."""
    return np.vstack([np.cumsum(each[::-1], axis=0)[::-1], np.zeros((1, each.shape[1]))])
