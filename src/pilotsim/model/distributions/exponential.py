"""Exponential durations: who has stayed long stays as long still."""

from __future__ import annotations

from pilotsim.base.elementary import log
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.gamma_quantile import gamma_quantile


def quantile(mean: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days."""
    return -mean * log(1.0 - u)


def length_biased_quantile(mean: float, u: float) -> float:
    """Return the quantile of the length-biased durations: a gamma of shape 2."""
    return mean * gamma_quantile(2.0, 1.0, u)


def mean_of(mean: float) -> float:
    """Return the mean duration, in days."""
    return mean


EXPONENTIAL = Family(
    name="exponential",
    parameters=(Parameter("mean", "duration"),),
    quantile=quantile,
    length_biased_quantile=length_biased_quantile,
    mean=mean_of,
)
