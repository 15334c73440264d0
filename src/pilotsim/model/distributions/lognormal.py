"""Lognormal durations: a few take very long."""

from __future__ import annotations

import math

from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.gamma import CV
from pilotsim.model.distributions.special_functions import normal_quantile


def quantile(mean: float, cv: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    mean : float
        In days.
    cv : float
        The coefficient of variation.
    u : float
        Strictly between 0 and 1.
    """
    variance = math.log(1.0 + cv * cv)
    return mean * math.exp(math.sqrt(variance) * normal_quantile(u) - variance / 2.0)


def length_biased_quantile(mean: float, cv: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days: a lognormal of the same spread.

    Its logarithm is moved by the variance of the logarithm.

    Parameters
    ----------
    mean : float
        Of the durations themselves, in days.
    cv : float
        Their coefficient of variation.
    u : float
        Strictly between 0 and 1.
    """
    return (1.0 + cv * cv) * quantile(mean, cv, u)


def mean_of(mean: float, cv: float) -> float:
    """Return the mean duration, in days."""
    return mean


LOGNORMAL = Family(
    name="lognormal",
    parameters=(Parameter("mean", "duration"), CV),
    quantile=quantile,
    length_biased_quantile=length_biased_quantile,
    mean=mean_of,
)
