"""Weights from the chance of treatment: inverse probability weights and overlap weights.

Both assume that, among clients with the same covariates, treatment does not hang on what would have
become of them (unconfoundedness), and that each could have gone either way (overlap). What drives
both treatment and outcome and is not among the covariates biases them; no weight can mend that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import orthogonal, take_covariates, take_treated
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.mean_regression import ChanceLink, MeanFit, fit_mean
from pilotsim.effects.sample import Sample, take_observed

Target = Literal["ATE", "ATT"]
Weighted = Literal["ATE", "ATT", "ATO"]
TARGETS = {
    "ATE": "ATE: mean effect on all clients",
    "ATT": "ATT: mean effect on the treated",
    "ATO": "ATO: mean effect on clients who could have gone either way, weighted by e (1 - e)",
}
# A chance of treatment closer to 0 or 1 than this gives a client the weight of 100,000 others.
CLOSEST = 1e-5


@dataclass(frozen=True)
class Weights:
    """What each client counts in a comparison.

    Parameters
    ----------
    target : str
        `ATE`, `ATT` or `ATO`.
    values : ndarray, shape (clients,)
        The weight of each client in the mean of the own arm.
    slope : ndarray, shape (clients,)
        Derivative of the weight by the chance of treatment.
    chance : ndarray, shape (clients,)
        Estimated chance of treatment.
    """

    target: str
    values: Floats
    slope: Floats
    chance: Floats


def propensity(treated: Bools, basis: Floats, *, link: str = "logit") -> MeanFit:
    """Return the regression of treatment on covariates (Rosenbaum and Rubin 1983)."""
    return fit_mean(
        treated.astype(np.float64), basis, link=link, what=Message("the chance of treatment")
    )


def weigh(chance: Floats, treated: Bools, target: str) -> Weights:
    """Return weights that make both arms stand for the target's clients.

    Raises
    ------
    RequestError
        An unknown target.
    EstimationError
        No overlap: a client who counts had next to no chance of the other arm.
    """
    if target not in TARGETS:
        raise RequestError(
            Message(
                "target: expected one of {names}, found '{target}'",
                names=", ".join(TARGETS),
                target=target,
            )
        )
    _refuse_no_overlap(chance, treated, target)
    other = 1.0 - chance
    if target == "ATE":
        values = np.where(treated, 1.0 / chance, 1.0 / other)
        slope = np.where(treated, -1.0 / chance**2, 1.0 / other**2)
    elif target == "ATT":
        values = np.where(treated, 1.0, chance / other)
        slope = np.where(treated, 0.0, 1.0 / other**2)
    else:
        values = np.where(treated, other, chance)
        slope = np.where(treated, -1.0, 1.0)
    return Weights(target, values, slope, chance)


def _refuse_no_overlap(chance: Floats, treated: Bools, target: str) -> None:
    """Refuse weights that no comparison stands behind."""
    if target == "ATO":
        return
    certain = chance > 1.0 - CLOSEST
    never = chance < CLOSEST if target == "ATE" else np.zeros_like(certain)
    count = int(np.sum(certain | never))
    if count:
        if target == "ATE":
            raise EstimationError(
                Message(
                    "no overlap: {extreme} of {clients} clients had a chance of treatment within "
                    "{closest} of 0 or 1, so nobody like them is in the other arm; use overlap "
                    "weights (ATO), the effect on the treated (ATT) or compare fewer clients",
                    extreme=count,
                    clients=len(chance),
                    closest=Amount(CLOSEST),
                )
            )
        raise EstimationError(
            Message(
                "no overlap: {extreme} of {clients} clients had a chance of treatment within "
                "{closest} of 0 or 1, so nobody like them is in the other arm; use overlap weights "
                "(ATO) or compare fewer clients",
                extreme=count,
                clients=len(chance),
                closest=Amount(CLOSEST),
            )
        )


def treatment_weights(
    treated: ArrayLike, covariates: ArrayLike, *, target: str = "ATE", link: str = "logit"
) -> Weights:
    """Return the weights that `estimate_ipw` and `estimate_overlap` use.

    For checks of balance and figures.
    """
    who = take_treated(treated)
    basis = orthogonal(take_covariates(covariates, len(who)))
    return weigh(propensity(who, basis, link=link).mean, who, target)


def estimate_ipw(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Target = "ATE",
    link: ChanceLink = "logit",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the effect by weighting with the inverse chance of treatment.

    The weights are made to sum to one (Hajek). Estimand: ATE or ATT. Assumes unconfoundedness given
    the covariates, overlap, and a right model of the chance of treatment. Standard error: influence
    values with the doubt about the chance carried over (stacked M-estimation); with clusters, sums
    by cluster and t(G - 1). Sources: Hirano, Imbens and Ridder 2003; Lunceford and Davidian 2004.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
        What was known before treatment.
    target : str
        `ATE` or `ATT`.
    link : str
        `logit` or `probit`.
    clusters : array_like, optional
        Cluster of each client.
    level : float
        Level of the interval.

    Raises
    ------
    EstimationError
        An empty arm, a constant outcome, separation, or no overlap.
    """
    if target not in ("ATE", "ATT"):
        raise RequestError(Message("target: expected ATE or ATT, found '{target}'", target=target))
    return _weighted_difference(
        "ipw", take_observed(outcome, treated, covariates, clusters), target, link, level
    )


def estimate_overlap(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    link: ChanceLink = "logit",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the effect with each client weighted by the chance of the other arm.

    Means of covariates then agree exactly. Estimand: ATO, the mean effect where e (1 - e) weighs;
    it needs no trimming. Assumes unconfoundedness and a right model of the chance of treatment.
    Standard error as in `estimate_ipw`. Source: Li, Morgan and Zaslavsky 2018. Parameters and
    errors as in `estimate_ipw`.
    """
    return _weighted_difference(
        "overlap", take_observed(outcome, treated, covariates, clusters), "ATO", link, level
    )


def _weighted_difference(name: str, sample: Sample, target: str, link: str, level: float) -> Effect:
    """Return the difference in weighted means."""
    chance = propensity(sample.treated, sample.basis, link=link)
    weights = weigh(chance.mean, sample.treated, target)
    ones, influence_of_one = _weighted_mean(sample, sample.treated, weights, chance)
    zeros, influence_of_zero = _weighted_mean(sample, ~sample.treated, weights, chance)
    return sample.conclude(
        name,
        TARGETS[target],
        ones - zeros,
        influence_of_one - influence_of_zero,
        level,
        *_notes(weights, sample.treated),
    )


def _weighted_mean(
    sample: Sample, arm: Bools, weights: Weights, chance: MeanFit
) -> tuple[float, Floats]:
    """Return an arm's weighted mean and its influence values, the estimated chance included."""
    own = np.where(arm, weights.values, 0.0)
    mean = float(own @ sample.outcome / own.sum())
    apart = sample.outcome - mean
    pull = np.where(arm, weights.slope * apart, 0.0) @ chance.slope / sample.clients
    return mean, (own * apart + chance.influence @ pull) / own.mean()


def effective_size(weights: Floats) -> float:
    """Return how many equally weighted clients would say as much (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights @ weights))


def _notes(weights: Weights, treated: Bools) -> tuple[str, ...]:
    """Say where a few clients stand for many."""
    found = []
    for arm, name in ((treated, "treated"), (~treated, "others")):
        own = weights.values[arm]
        size = effective_size(own)
        if size < 0.5 * len(own):
            found.append(f"weak overlap: the weights leave {size:.0f} of {len(own)} {name}")
    return tuple(found)
