"""Gamma durations, and those of several equal exponential phases (Erlang)."""

from __future__ import annotations

import math
from dataclasses import replace

from pilotsim.base.elementary import gamma as gamma_function
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.gamma_quantile import gamma_quantile

MAX_CV = 10.0


def prepare(mean: float, cv: float) -> tuple[float, float, float]:
    """Return scale and shape, and the gamma function of the shape.

    Parameters
    ----------
    mean : float
        In days.
    cv : float
        The coefficient of variation; 0 for a constant, which has the mean for its scale and the
        shape 0.
    """
    if cv == 0.0:
        return mean, 0.0, 1.0
    shape = 1.0 / (cv * cv)
    return mean * cv * cv, shape, gamma_function(shape)


def quantile(scale: float, shape: float, constant: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    scale, shape, constant : float
        As `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    if shape == 0.0:
        return scale
    return scale * gamma_quantile(shape, constant, u)


def length_biased_quantile(scale: float, shape: float, constant: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days: a gamma of a shape greater by 1.

    Parameters
    ----------
    scale, shape, constant : float
        Of the durations themselves, as `prepare` gives them.
    u : float
        Strictly between 0 and 1.
    """
    if shape == 0.0:
        return scale
    return scale * gamma_quantile(shape + 1.0, shape * constant, u)


def mean_of(mean: float, cv: float) -> float:
    """Return the mean duration, in days."""
    return mean


def cv_of_phases(phases: Quantity) -> Quantity:
    """Return the coefficient of variation of several equal phases, one after the other.

    Raises
    ------
    QuantityFault
        Fewer than 1, or a number that may vary.
    """
    if phases.number < 1 or phases.has_range or phases.follows:
        raise QuantityFault(Message("expected a fixed number of phases, 1 or more"), "phases")
    return replace(phases, number=1 / math.sqrt(phases.number), kind="number", low=None, high=None)


CV = Parameter(
    "cv",
    "number",
    at_most=MAX_CV,
    expected=Message(
        "the standard deviation divided by the mean, at most {most}", most=f"{MAX_CV:g}"
    ),
)
GAMMA = Family(
    name="gamma",
    parameters=(Parameter("mean", "duration"), CV),
    quantile=quantile,
    length_biased_quantile=length_biased_quantile,
    mean=mean_of,
    prepare=prepare,
)
ERLANG = Family(
    name="erlang",
    parameters=(
        Parameter("mean", "duration"),
        Parameter("phases", "count", convert=cv_of_phases),
    ),
    quantile=quantile,
    length_biased_quantile=length_biased_quantile,
    mean=mean_of,
    prepare=prepare,
)
