"""Weibull durations: with a shape above 1 ends come sooner with time, below 1 later."""

from __future__ import annotations

import math

from pilotsim.base.messages import Message
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.special_functions import gamma_function, inverse_incomplete_gamma

MIN_SHAPE = 0.1


def quantile(mean: float, shape: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    mean : float
        In days.
    shape : float
        At least `MIN_SHAPE`; 1 for an exponential.
    u : float
        Strictly between 0 and 1.
    """
    return scale_of(mean, shape) * float((-math.log(1.0 - u)) ** (1.0 / shape))


def length_biased_quantile(mean: float, shape: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days: the power of a gamma variable.

    Parameters
    ----------
    mean : float
        Of the durations themselves, in days.
    shape : float
        Their shape, at least `MIN_SHAPE`.
    u : float
        Strictly between 0 and 1.
    """
    spent = inverse_incomplete_gamma(1.0 + 1.0 / shape, u)
    return scale_of(mean, shape) * float(spent ** (1.0 / shape))


def scale_of(mean: float, shape: float) -> float:
    """Return the scale parameter, in days."""
    return mean / gamma_function(1.0 + 1.0 / shape)


def mean_of(mean: float, shape: float) -> float:
    """Return the mean duration, in days."""
    return mean


WEIBULL = Family(
    name="weibull",
    parameters=(
        Parameter("mean", "duration"),
        Parameter(
            "shape",
            "number",
            at_least=MIN_SHAPE,
            expected=Message("a shape of {least:g} or more", least=MIN_SHAPE),
        ),
    ),
    quantile=quantile,
    length_biased_quantile=length_biased_quantile,
    mean=mean_of,
)
