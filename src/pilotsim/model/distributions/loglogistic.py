"""Log-logistic durations: ends come sooner with time at first, and later from some point on."""

from __future__ import annotations

import math

from pilotsim.base.messages import Message
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.special_functions import inverse_incomplete_beta

# Nearer to 1 the mean depends on a handful of endless stays; at 1 there is none.
MIN_SHAPE = 1.5


def quantile(mean: float, shape: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    mean : float
        In days.
    shape : float
        At least `MIN_SHAPE`; the smaller, the longer the tail.
    u : float
        Strictly between 0 and 1.
    """
    return scale_of(mean, shape) * float((u / (1.0 - u)) ** (1.0 / shape))


def length_biased_quantile(mean: float, shape: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days.

    The share of durations below is a beta variable where each counts by its length.

    Parameters
    ----------
    mean : float
        Of the durations themselves, in days.
    shape : float
        Their shape, at least `MIN_SHAPE`.
    u : float
        Strictly between 0 and 1.
    """
    below = inverse_incomplete_beta(1.0 + 1.0 / shape, 1.0 - 1.0 / shape, u)
    return scale_of(mean, shape) * float((below / (1.0 - below)) ** (1.0 / shape))


def scale_of(mean: float, shape: float) -> float:
    """Return the median, in days."""
    angle = math.pi / shape
    return mean * math.sin(angle) / angle


def mean_of(mean: float, shape: float) -> float:
    """Return the mean duration, in days."""
    return mean


LOGLOGISTIC = Family(
    name="loglogistic",
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
