"""Lognormal durations: a few take very long."""

from __future__ import annotations

from pilotsim.base.elementary import exp, log, normal_quantile, square_root
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.gamma import CV


def prepare(mean: float, cv: float) -> tuple[float, float, float]:
    """Return the median, the standard deviation of the logarithm, and what length bias multiplies.

    Parameters
    ----------
    mean : float
        In days.
    cv : float
        The coefficient of variation.
    """
    bias = 1.0 + cv * cv
    variance = log(bias)
    return mean * exp(-variance / 2.0), square_root(variance), bias


def quantile(median: float, deviation: float, bias: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    median, deviation, bias : float
        As `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    return median * exp(deviation * normal_quantile(u))


def length_biased_quantile(median: float, deviation: float, bias: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days: a lognormal of the same spread.

    Its logarithm is moved by the variance of the logarithm.

    Parameters
    ----------
    median, deviation, bias : float
        Of the durations themselves, as `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    return bias * quantile(median, deviation, bias, u)


def mean_of(mean: float, cv: float) -> float:
    """Return the mean duration, in days."""
    return mean


LOGNORMAL = Family(
    name="lognormal",
    parameters=(Parameter("mean", "duration"), CV),
    quantile=quantile,
    length_biased_quantile=length_biased_quantile,
    mean=mean_of,
    prepare=prepare,
)
