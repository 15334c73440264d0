"""Overlap: could each client have been in either arm?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Share
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import take_treated
from pilotsim.effects.checks.balance import standardised_differences
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.estimators.mean_regression import ChanceLink
from pilotsim.effects.estimators.propensity_weighting import (
    Weighted,
    effective_size,
    treatment_weights,
)

# Chances outside these carry most of the doubt (Crump, Hotz, Imbens and Mitnik 2009).
INNER = (0.1, 0.9)


def check_overlap(
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Weighted = "ATE",
    link: ChanceLink = "logit",
    least: float = 0.5,
    names: Sequence[str] = (),
) -> AssumptionCheck:
    """Return whether weights by the chance of treatment leave enough of each arm.

    The statistic is the smaller effective share of the two arms: how many equally weighted clients
    would say as much as the weighted ones (Kish 1965), over how many there are. Where no weights
    can be made it is 0.

    Parameters
    ----------
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
    target : str
        `ATE`, `ATT` or `ATO`.
    link : str
        `logit` or `probit`.
    least : float
        The share below which the check does not pass.
    names : sequence of str
        Names of the covariates, for the evidence: their differences without and with weights.
    """
    who = take_treated(treated)
    try:
        weights = treatment_weights(who, covariates, target=target, link=link)
    except EstimationError as error:
        text = Message("The arms cannot be compared: {why}.", why=error.message)
        return AssumptionCheck("overlap", False, 0.0, text)
    shares = [effective_size(weights.values[arm]) / arm.sum() for arm in (who, ~who)]
    outside = float(np.mean((weights.chance < INNER[0]) | (weights.chance > INNER[1])))
    text = Message(
        "With weights, the treated say as much as {treated} of their number and the others as "
        "{others}, held against {least}; {outside} of clients had a chance of treatment below "
        "{low} or above {high}.",
        treated=Share(shares[0]),
        others=Share(shares[1]),
        least=Share(least),
        outside=Share(outside),
        low=Share(INNER[0]),
        high=Share(INNER[1]),
    )
    balance = standardised_differences(covariates, who, weights=weights.values, names=names)
    return AssumptionCheck("overlap", min(shares) >= least, float(min(shares)), text, balance)
