"""Regression adjustment and its doubly robust kin.

Outcome models, alone or joined with the chance of treatment. All assume that, among clients with
the same covariates, treatment does not hang on what would have become of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_table, known_rows, orthogonal, take_covariates
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.mean_regression import ChanceLink, MeanFit, MeanLink, fit_mean
from pilotsim.effects.estimators.propensity_weighting import (
    TARGETS,
    Target,
    Weights,
    propensity,
    weigh,
)
from pilotsim.effects.sample import Sample, take_observed


def estimate_regression(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Target = "ATE",
    mean: MeanLink = "identity",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the effect by predicting each client's outcome in both arms from a regression in each.

    Estimand: ATE or ATT. Assumes unconfoundedness and right outcome models. Standard error: stacked
    M-estimation with the doubt about the regressions and about the mix of covariates. Source:
    Wooldridge 2010, section 21.3.2.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
    target : str
        `ATE` or `ATT`.
    mean : str
        Link of the outcome models: `identity`, or `logit` or `probit` for outcomes between 0 and 1.
    clusters : array_like, optional
    level : float

    Raises
    ------
    EstimationError
        An empty arm, a constant outcome, or an arm too small for the covariates.
    """
    sample, whom = _enter(outcome, treated, covariates, clusters, target)
    fits = [_outcome_model(sample, arm, mean, None) for arm in (sample.treated, ~sample.treated)]
    return _conclude_predictions("regression", sample, whom, fits, target, level)


def estimate_ipwra(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Target = "ATE",
    mean: MeanLink = "identity",
    link: ChanceLink = "logit",
    treatment_covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the effect by regression adjustment with inverse probability weights (doubly robust).

    Predictions stay within the data's range. Estimand: ATE or ATT. Assumes unconfoundedness,
    overlap, and that the outcome models *or* the chance of treatment are right. Standard error:
    stacked M-estimation. Source: Wooldridge 2007.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
        What was known before treatment.
    target : str
        `ATE` or `ATT`.
    mean : str
        Link of the outcome models: `identity`, or `logit` or `probit` for outcomes between 0 and 1.
    link : str
        Link of the chance of treatment: `logit` or `probit`.
    treatment_covariates : array_like, shape (clients, covariates), optional
        Those of the chance of treatment, where they are others.
    clusters : array_like, optional
        Cluster of each client.
    level : float
        Level of the interval.

    Raises
    ------
    EstimationError
        An empty arm, a constant outcome, an arm too small for the covariates, separation, or no
        overlap.
    """
    sample, whom = _enter(outcome, treated, covariates, clusters, target)
    chance = _chance(sample, outcome, treatment_covariates, link)
    weights = weigh(chance.mean, sample.treated, target)
    fits = [
        _weighted_model(sample, arm, mean, weights, chance)
        for arm in (sample.treated, ~sample.treated)
    ]
    return _conclude_predictions("ipwra", sample, whom, fits, target, level)


def estimate_aipw(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Target = "ATE",
    mean: MeanLink = "identity",
    link: ChanceLink = "logit",
    treatment_covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the effect by augmented inverse probability weighting (AIPW): doubly robust.

    Estimand: ATE or ATT. Assumes unconfoundedness, overlap, and that the outcome models *or* the
    chance of treatment are right. Standard error: stacked M-estimation, valid also where one of the
    two models is wrong. Sources: Robins, Rotnitzky and Zhao 1994; for the ATT with weights that sum
    to one, Sant'Anna and Zhao 2020. Parameters as in `estimate_ipwra`.

    Raises
    ------
    EstimationError
        As `estimate_ipwra`.
    """
    sample, _ = _enter(outcome, treated, covariates, clusters, target)
    chance = _chance(sample, outcome, treatment_covariates, link)
    weights = weigh(chance.mean, sample.treated, target)
    if target == "ATE":
        ones = _augmented_mean(sample, sample.treated, mean, weights, chance)
        zeros = _augmented_mean(sample, ~sample.treated, mean, weights, chance)
        estimate = ones[0] - zeros[0]
        influence = ones[1] - zeros[1]
    else:
        estimate, influence = _augmented_gap(sample, mean, weights, chance)
    return sample.conclude("aipw", TARGETS[target], estimate, influence, level)


def _enter(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    clusters: ArrayLike | None,
    target: str,
) -> tuple[Sample, Floats]:
    """Return the sample and 1 for each client whose effect is asked for."""
    if target not in ("ATE", "ATT"):
        raise RequestError(Message("target: expected ATE or ATT, found '{target}'", target=target))
    sample = take_observed(outcome, treated, covariates, clusters)
    return sample, np.ones(sample.clients) if target == "ATE" else sample.treated.astype(np.float64)


def _chance(sample: Sample, outcome: ArrayLike, covariates: ArrayLike | None, link: str) -> MeanFit:
    """Return the chance of treatment, by covariates of its own where they are given."""
    if covariates is None:
        return propensity(sample.treated, sample.basis, link=link)
    own = as_table(covariates, np.size(outcome))[known_rows(outcome)]
    return propensity(sample.treated, orthogonal(take_covariates(own, sample.clients)), link=link)


def _outcome_model(sample: Sample, arm: Bools, mean: str, weights: Floats | None) -> MeanFit:
    """Return the regression of the outcome in one arm, predicted for everyone."""
    name = (
        Message("the outcome of the treated")
        if arm[sample.treated].any()
        else Message("the outcome of the others")
    )
    own = arm.astype(np.float64) if weights is None else np.where(arm, weights, 0.0)
    return fit_mean(sample.outcome, sample.basis, link=mean, weights=own, what=name)


def _weighted_model(
    sample: Sample, arm: Bools, mean: str, weights: Weights, chance: MeanFit
) -> MeanFit:
    """Return a weighted regression whose influence values know that the weights are estimated."""
    model = _outcome_model(sample, arm, mean, weights.values)
    moved = (
        (np.where(arm, weights.slope * model.score, 0.0)[:, None] * sample.basis).T
        @ chance.slope
        / sample.clients
    )
    influence = model.influence + chance.influence @ (model.bread @ moved).T
    return replace(model, influence=influence)


def _conclude_predictions(
    name: str, sample: Sample, whom: Floats, fits: list[MeanFit], target: str, level: float
) -> Effect:
    """Return the mean difference of two predictions over the target's clients."""
    ones, zeros = fits
    apart = ones.mean - zeros.mean
    estimate = float(whom @ apart / whom.sum())
    doubt = ones.influence @ (whom @ ones.slope) - zeros.influence @ (whom @ zeros.slope)
    influence = (whom * (apart - estimate) + doubt / sample.clients) / whom.mean()
    return sample.conclude(name, TARGETS[target], estimate, influence, level)


def _augmented_mean(
    sample: Sample, arm: Bools, mean: str, weights: Weights, chance: MeanFit
) -> tuple[float, Floats]:
    """Return an arm's mean over all clients, with influence values.

    Predicted, and corrected by weighted residuals.
    """
    model = _outcome_model(sample, arm, mean, None)
    own = np.where(arm, weights.values, 0.0)
    rest = sample.outcome - model.mean
    value = model.mean + own * rest
    by_model = (1.0 - own) @ model.slope / sample.clients
    by_chance = np.where(arm, weights.slope * rest, 0.0) @ chance.slope / sample.clients
    found = float(value.mean())
    return found, value - found + model.influence @ by_model + chance.influence @ by_chance


def _augmented_gap(
    sample: Sample, mean: str, weights: Weights, chance: MeanFit
) -> tuple[float, Floats]:
    """Return the effect on the treated, with influence values.

    Their residuals from the others' model, less the others' own weighted residuals.
    """
    model = _outcome_model(sample, ~sample.treated, mean, None)
    rest = sample.outcome - model.mean
    ones = sample.treated / sample.treated.mean()
    zeros = np.where(sample.treated, 0.0, weights.values)
    zeros_mean = zeros.mean()
    here = float(np.mean(ones * rest))
    there = float(zeros @ rest / zeros.sum())
    by_model = (zeros / zeros_mean - ones) @ model.slope / sample.clients
    pull = (
        np.where(sample.treated, 0.0, weights.slope * (rest - there))
        @ chance.slope
        / sample.clients
        / zeros_mean
    )
    influence = ones * (rest - here) - zeros * (rest - there) / zeros_mean
    return here - there, influence + model.influence @ by_model - chance.influence @ pull
