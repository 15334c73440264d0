"""Matching on the estimated chance of treatment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.matching import Matching, across, conclude_matched, match, within
from pilotsim.effects.estimators.mean_regression import ChanceLink, MeanFit
from pilotsim.effects.estimators.nearest_neighbours import Neighbours
from pilotsim.effects.estimators.propensity_weighting import Target, propensity, weigh
from pilotsim.effects.sample import Sample, take_observed

# How many of an arm conditional moments are taken over: Stata's default, to whose figures this is
# held.
NEAR = 2


def estimate_score_matched(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Target = "ATT",
    matches: int = 1,
    link: ChanceLink = "logit",
    level: float = 0.95,
) -> Effect:
    """Return the effect by matching on the estimated chance of treatment, with replacement.

    Estimand: ATE or ATT. Assumes unconfoundedness, overlap, and a right model of the chance of
    treatment. Standard error: Abadie and Imbens 2016, which counts that the chance is estimated
    (without, errors are too large for the ATE and may be either for the ATT); conditional moments
    from two of each arm, oneself included.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
        Of the chance of treatment.
    target : str
        `ATE` or `ATT`.
    matches : int
        How many each is matched with; those as near as the last count too.
    link : str
        `logit` or `probit`.
    level : float

    Raises
    ------
    EstimationError
        An empty arm, a constant outcome, separation, or no overlap.
    """
    if target not in ("ATE", "ATT"):
        raise RequestError(Message("target: expected ATE or ATT, found '{target}'", target=target))
    sample = take_observed(outcome, treated, covariates)
    chance = propensity(sample.treated, sample.basis, link=link)
    weigh(chance.mean, sample.treated, target)
    points = chance.mean[:, None]
    matching = match(sample, points, None, target, matches)
    imputed = matching.pairs.mean(sample.outcome)
    spread = within(sample, points, None, NEAR)
    less = (
        _gain_all(sample, chance)
        if target == "ATE"
        else _gain_treated(sample, chance, matching, imputed)
    )
    return conclude_matched("score_matched", sample, matching, imputed, spread, target, level, less)


def _near(sample: Sample, points: Floats, treated: bool, number: int) -> Neighbours:
    """Return everyone's nearest in one arm; in the own arm oneself is one of them."""
    everyone = np.arange(sample.clients)
    arm = np.flatnonzero(sample.treated == treated)
    return across(points, everyone, arm, None, number)


def _covariances(sample: Sample, chance: MeanFit, treated: bool) -> Floats:
    """Return the covariance of covariates with the outcome in one arm, given the chance.

    Shape (clients, columns).
    """
    pairs = _near(sample, chance.mean[:, None], treated, NEAR)
    return np.column_stack([pairs.covariance(column, sample.outcome) for column in sample.basis.T])


def _gain_all(sample: Sample, chance: MeanFit) -> float:
    """Return by how much the variance (times clients) falls as the chance is estimated.

    Theorem 1.
    """
    e = chance.mean
    density = _density(sample, chance)
    ones, zeros = (_covariances(sample, chance, arm) for arm in (True, False))
    c = np.mean(density[:, None] * (ones / e[:, None] + zeros / (1.0 - e)[:, None]), axis=0)
    return float(c @ chance.bread @ c)


def _density(sample: Sample, chance: MeanFit) -> Floats:
    """Return the slope of the chance by its linear predictor."""
    density: Floats = chance.slope[:, 0] / sample.basis[:, 0]
    return density


def _gain_treated(sample: Sample, chance: MeanFit, matching: Matching, imputed: Floats) -> float:
    """Return by how much the variance (times the treated) changes as the chance is estimated.

    Theorem 2.
    """
    e = chance.mean
    density = _density(sample, chance)
    share = sample.treated.mean()
    whom = matching.whom
    estimate = float(np.mean(sample.outcome[whom] - imputed))
    by_chance = [_near(sample, e[:, None], arm, NEAR).mean(sample.outcome) for arm in (True, False)]
    ones, zeros = (_covariances(sample, chance, arm) for arm in (True, False))
    pull = (by_chance[0] - by_chance[1] - estimate)[:, None] * sample.basis
    c = np.mean(density[:, None] * (pull + ones + (e / (1.0 - e))[:, None] * zeros), axis=0) / share
    by_traits = [_near(sample, sample.basis[:, 1:], arm, NEAR) for arm in (True, False)]
    gap = by_traits[0].mean(sample.outcome) - by_traits[1].mean(sample.outcome) - estimate
    moved = np.mean((density * gap)[:, None] * sample.basis, axis=0) / share
    # The theorem's variance is per client, this one per treated.
    less: Floats = c @ chance.bread @ c - moved @ chance.bread @ moved
    return float(less * share)
