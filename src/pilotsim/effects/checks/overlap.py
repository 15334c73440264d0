"""Overlap: could each client have been in either arm?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.errors import EstimationError
from pilotsim.base.text import Text
from pilotsim.effects.checks.wording import percent, say
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.estimators.propensity_weighting import effective_size, treatment_weights
from pilotsim.effects.estimators.sample import take_treated

# Chances outside these carry most of the doubt (Crump, Hotz, Imbens and Mitnik 2009).
INNER = (0.1, 0.9)

CANNOT = Text("Gruppene kan ikke sammenlignes: {why}.", "The arms cannot be compared: {why}.")
TEXT = Text(
    "Med vekter sier de som fikk tilbudet like mye som {treated} av antallet, og de andre like mye som {others}, holdt mot "
    "{least}; {outside} av klientene hadde en sjanse for tilbud under {low} eller over {high}.",
    "With weights, the treated say as much as {treated} of their number and the others as {others}, held against {least}; "
    "{outside} of clients had a chance of treatment below {low} or above {high}.",
)


def check_overlap(
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: str = "ATE",
    link: str = "logit",
    least: float = 0.5,
    language: str = "en",
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
    language : str
        Of the text: `nb` or `en`.
    """
    who = take_treated(treated)
    try:
        weights = treatment_weights(who, covariates, target=target, link=link)
    except EstimationError as error:
        return AssumptionCheck("overlap", False, 0.0, say(CANNOT, language, why=error))
    shares = [effective_size(weights.values[arm]) / arm.sum() for arm in (who, ~who)]
    outside = float(np.mean((weights.chance < INNER[0]) | (weights.chance > INNER[1])))
    said = {"least": percent(least, language), "outside": percent(outside, language)}
    said |= {"treated": percent(shares[0], language), "others": percent(shares[1], language)}
    text = say(
        TEXT, language, low=percent(INNER[0], language), high=percent(INNER[1], language), **said
    )
    return AssumptionCheck("overlap", min(shares) >= least, float(min(shares)), text)
