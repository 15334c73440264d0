"""Entropy balancing: weights that give the others the mean traits of the treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import take_covariates, take_treated
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.newton import climb
from pilotsim.effects.estimators.propensity_weighting import TARGETS, effective_size
from pilotsim.effects.sample import Sample, take_observed

# A mean that the weights miss by more than this many standard deviations is not met.
MET = 1e-6
INFEASIBLE = Message(
    "entropy balancing: no weights give the others the mean covariates of the treated; balance "
    "fewer covariates, or leave out the treated who are like nobody among the others, and say so"
)


def estimate_entropy_balanced(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the effect on the treated against others weighted to the same mean covariates.

    Source: Hainmueller 2012. Estimand: ATT. Assumes unconfoundedness, and that the outcome without
    treatment is linear in the covariates *or* the odds of treatment log-linear in them (doubly
    robust: Zhao and Percival 2017). Of all weights that balance the means, those nearest to equal
    in Kullback-Leibler divergence. Standard error: influence values of the weighted difference of
    residuals, weights estimated (Zhao and Percival 2017, section 3); with clusters by sums and t(G
    - 1).

    Parameters
    ----------
    outcome : array_like, shape (clients,)
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
        Whose means are balanced; give squares and products as columns to balance spreads too.
    clusters : array_like, optional
    level : float

    Raises
    ------
    EstimationError
        An empty arm, a constant outcome, or means that no weights on the others can give.
    """
    sample = take_observed(outcome, treated, covariates, clusters)
    share = sample.treated.mean()
    weights = _balance(sample.covariates, sample.treated)
    ones = sample.treated / share
    zeros = np.where(sample.treated, 0.0, weights) / share
    one = float(np.mean(ones * sample.outcome))
    zero = float(np.mean(zeros * sample.outcome))
    # What the covariates explain is balanced to nothing: it drops out of the doubt too.
    rest = sample.outcome - _explained(sample, zeros, zero)
    influence = ones * (rest - np.mean(ones * rest)) - zeros * (rest - zero)
    size = effective_size(weights[~sample.treated])
    others = int(np.sum(~sample.treated))
    notes = (
        (
            Message(
                "weak overlap: the weights leave {size:.0f} of {others} others",
                size=Amount(size),
                others=others,
            ),
        )
        if size < 0.5 * others
        else ()
    )
    return sample.conclude("entropy_balanced", TARGETS["ATT"], one - zero, influence, level, *notes)


def _explained(sample: Sample, zeros: Floats, mean: float) -> Floats:
    """Return what covariates say of everyone's outcome, less the mean of that.

    By the weighted regression of the others' outcome.
    """
    basis = sample.basis
    slope = np.linalg.solve(
        (basis * zeros[:, None]).T @ basis, basis.T @ (zeros * (sample.outcome - mean))
    )
    return np.asarray(basis @ slope, np.float64)


def entropy_weights(treated: ArrayLike, covariates: ArrayLike) -> Floats:
    """Return the weights: 1 for the treated; for the others, summing to the number of treated.

    Raises
    ------
    EstimationError
        No weights balance the means.
    """
    who = take_treated(treated)
    return np.where(who, 1.0, _balance(take_covariates(covariates, len(who)), who))


@dataclass(frozen=True, eq=False)
class _Dual:
    """Negative of the dual: the log of the sum of tilted weights, to be made small."""

    value: float
    score: Floats
    information: Floats


def _balance(covariates: Floats, treated: Bools) -> Floats:
    """Return weights for everyone, 0 for the treated."""
    others = covariates[~treated]
    spread = others.std(axis=0)
    apart = (others - covariates[treated].mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    _refuse_out_of_range(apart)
    found = np.zeros(len(treated))
    found[~treated] = _tilt(apart[:, spread > 0.0]) * treated.sum()
    return found


def _tilt(apart: Floats) -> Floats:
    """Return the shares nearest to equal whose mean of some columns is 0.

    By Newton's method on the dual.
    """
    size = len(apart)
    if not apart.shape[1]:
        return np.full(size, 1.0 / size)

    def look(tilt: Floats) -> _Dual:
        eta = apart @ tilt
        raw = np.exp(eta - eta.max())
        mass = raw / raw.sum()
        mean = mass @ apart
        information = (apart * mass[:, None]).T @ apart - np.outer(mean, mean)
        # Per client, so that a flat dual shows: it falls on for ever where no weights balance.
        return _Dual(-size * float(np.log(raw.sum()) + eta.max()), -size * mean, size * information)

    tilt, _ = climb(look, apart.shape[1], INFEASIBLE)
    eta = apart @ tilt
    mass = np.exp(eta - eta.max())
    mass /= mass.sum()
    if np.abs(mass @ apart).max() > MET:
        raise EstimationError(INFEASIBLE)
    return np.asarray(mass, np.float64)


def _refuse_out_of_range(apart: Floats) -> None:
    """Refuse a mean that lies outside what any of the others has."""
    outside = np.flatnonzero((apart.min(axis=0) > MET) | (apart.max(axis=0) < -MET))
    if len(outside):
        raise EstimationError(
            Message(
                "entropy balancing: no weights give the others the mean covariates of the treated: "
                "the mean of column {column} lies outside what any of them has; balance fewer "
                "covariates, or leave out the treated who are like nobody among the others, and "
                "say so",
                column=int(outside[0]),
            )
        )
