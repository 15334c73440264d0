"""Log-logistic durations: ends come sooner with time at first, and later from some point on."""

from __future__ import annotations

from pilotsim.base.elementary import power, sine_of_half_turns
from pilotsim.base.messages import Message
from pilotsim.base.polynomials import PI
from pilotsim.model.distributions.beta_quantile import beta_odds
from pilotsim.model.distributions.family import Family, Parameter

# Nearer to 1 the mean depends on a handful of endless stays; at 1 there is none.
MIN_SHAPE = 1.5


def prepare(mean: float, shape: float) -> tuple[float, float]:
    """Return the median, in days, and one over the shape.

    Parameters
    ----------
    mean : float
        In days.
    shape : float
        At least `MIN_SHAPE`; the smaller, the longer the tail.
    """
    inverse = 1.0 / shape
    return mean * sine_of_half_turns(inverse) / (PI * inverse), inverse


def quantile(median: float, inverse: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    median, inverse : float
        As `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    return median * power(u / (1.0 - u), inverse)


def length_biased_quantile(median: float, inverse: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days.

    The share of durations below is a beta variable where each counts by its length.

    Parameters
    ----------
    median, inverse : float
        Of the durations themselves, as `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    return median * power(beta_odds(inverse, u), inverse)


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
    prepare=prepare,
)
