"""Attrition: who is no longer seen, and what that could do to the effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount, Probability, Share
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_column, as_table, orthogonal, take_treated
from pilotsim.effects.effect import AssumptionCheck, Effect, conclude
from pilotsim.effects.estimators.difference_in_means import estimate_difference
from pilotsim.effects.estimators.propensity_weighting import propensity


@dataclass(frozen=True)
class Bounds:
    """The least and the largest effect that the missing outcomes leave possible."""

    low: float
    high: float


def check_attrition(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.05,
) -> AssumptionCheck:
    """Return whether as many outcomes are missing in both arms, up to chance.

    The statistic is the difference in the share that is missing, treated less others. Equal shares
    do not show that the same kind of clients is missing: see `worst_case_bounds` and `lee_bounds`.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
        NaN where it is missing.
    treated : array_like of 0 and 1, shape (clients,)
    clusters : array_like, optional
    level : float
    """
    missing = np.isnan(as_column(outcome, "outcome"))
    who = take_treated(treated)
    if missing.all() or not missing.any():
        text = (
            Message("All outcomes are missing.")
            if missing.all()
            else Message("No outcome is missing.")
        )
        return AssumptionCheck("attrition", not missing.any(), 0.0, text)
    found = estimate_difference(missing.astype(np.float64), who, clusters=clusters)
    text = Message(
        "Outcomes are missing for {treated:.1f} of the treated and {others:.1f} of the others, a "
        "difference that chance makes in {p} of cases.",
        treated=Share(missing[who].mean()),
        others=Share(missing[~who].mean()),
        p=Probability(found.p),
    )
    return AssumptionCheck("attrition", found.p >= level, found.estimate, text)


def worst_case_bounds(
    outcome: ArrayLike, treated: ArrayLike, *, lowest: float = 0.0, highest: float = 1.0
) -> Bounds:
    """Return the least and the largest mean effect that missing outcomes leave possible.

    Whatever the missing outcomes were, it lies between them (Manski 1990).

    Parameters
    ----------
    outcome : array_like, shape (clients,)
        NaN where it is missing.
    treated : array_like of 0 and 1, shape (clients,)
    lowest, highest : float
        Between which every outcome must lie.
    """
    y = as_column(outcome, "outcome")
    who = take_treated(treated)
    if np.nanmin(y, initial=highest) < lowest or np.nanmax(y, initial=lowest) > highest:
        raise RequestError(
            Message(
                "outcome: expected between {lowest} and {highest}, found values outside",
                lowest=Amount(lowest),
                highest=Amount(highest),
            )
        )
    low = np.where(np.isnan(y), lowest, y)
    high = np.where(np.isnan(y), highest, y)
    return Bounds(
        float(low[who].mean() - high[~who].mean()), float(high[who].mean() - low[~who].mean())
    )


def lee_bounds(outcome: ArrayLike, treated: ArrayLike) -> Bounds:
    """Return bounds on the effect on those who would be seen in either arm (Lee 2009).

    Assumes treatment by lot, and that treatment makes everyone more likely to be seen, or nobody.
    From the arm that is seen more, the surplus is taken off the top or the bottom.

    Raises
    ------
    EstimationError
        Nobody of an arm is seen.
    """
    y = as_column(outcome, "outcome")
    who = take_treated(treated)
    seen = ~np.isnan(y)
    shares = [float(seen[arm].mean()) for arm in (who, ~who)]
    if min(shares) == 0.0:
        raise EstimationError(
            Message("attrition: nobody of an arm is seen, so nothing bounds the effect")
        )
    more = who if shares[0] >= shares[1] else ~who
    kept = min(shares) / max(shares)
    ordered = np.sort(y[more & seen])
    low = _trimmed_mean(ordered, kept)
    high = -_trimmed_mean(-ordered[::-1], kept)
    other = float(y[~more & seen].mean())
    return (
        Bounds(low - other, high - other)
        if shares[0] >= shares[1]
        else Bounds(other - high, other - low)
    )


def weigh_for_loss(
    outcome: ArrayLike, treated: ArrayLike, covariates: ArrayLike, *, level: float = 0.95
) -> Effect:
    """Return the difference in means with the followed standing in for the lost who are like them.

    Each who is followed counts by one over the chance of being so, by a logistic regression on the
    covariates in each arm. Estimand: mean effect on all. Assumption: treatment by lot; given arm
    and covariates, who is lost has nothing to do with the outcome. Standard error: of weighted
    means with the weights taken as known, which is conservative. Source: Robins, Rotnitzky and
    Zhao, Journal of the American Statistical Association 89 (1994) 846-866.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
        NaN where it is missing.
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
        Traits from before, known of all.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        Nobody of an arm is seen, or a covariate tells for certain who is lost.
    """
    y = as_column(outcome, "outcome")
    who = take_treated(treated)
    seen = ~np.isnan(y)
    basis = orthogonal(as_table(covariates, len(y)))
    means = []
    variance = 0.0
    for arm in (who, ~who):
        if not seen[arm].any():
            raise EstimationError(
                Message("attrition: nobody of an arm is seen, so nothing bounds the effect")
            )
        weights = np.ones(int(seen[arm].sum()))
        if not seen[arm].all():
            weights = 1.0 / propensity(seen[arm], basis[arm]).mean[seen[arm]]
        own = y[arm][seen[arm]]
        mean = float(np.average(own, weights=weights))
        means.append(mean)
        variance += float((weights**2 * (own - mean) ** 2).sum() / weights.sum() ** 2)
    return conclude(
        "weighted_for_loss",
        "mean effect on all",
        means[0] - means[1],
        math.sqrt(variance),
        clients=int(seen.sum()),
        level=level,
    )


def _trimmed_mean(ordered: Floats, kept: float) -> float:
    """Return the mean of the lowest share of ordered values, the last one in part."""
    number = kept * len(ordered)
    weights = np.clip(number - np.arange(len(ordered)), 0.0, 1.0)
    return float(weights @ ordered / weights.sum())
