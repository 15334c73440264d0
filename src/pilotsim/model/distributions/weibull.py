"""Weibull durations: with a shape above 1 ends come sooner with time, below 1 later."""

from __future__ import annotations

from pilotsim.base.elementary import gamma, log, power
from pilotsim.base.messages import Message
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.gamma_quantile import gamma_quantile

MIN_SHAPE = 0.1


def prepare(mean: float, shape: float) -> tuple[float, float, float]:
    """Return the scale, one over the shape, and the gamma function that leads to the scale.

    Parameters
    ----------
    mean : float
        In days.
    shape : float
        At least `MIN_SHAPE`; 1 for an exponential.
    """
    inverse = 1.0 / shape
    constant = gamma(1.0 + inverse)
    return mean / constant, inverse, constant


def quantile(scale: float, inverse: float, constant: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    scale, inverse, constant : float
        As `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    return scale * power(-log(1.0 - u), inverse)


def length_biased_quantile(scale: float, inverse: float, constant: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days: the power of a gamma variable.

    Parameters
    ----------
    scale, inverse, constant : float
        Of the durations themselves, as `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    return scale * power(gamma_quantile(1.0 + inverse, constant, u), inverse)


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
    prepare=prepare,
)
