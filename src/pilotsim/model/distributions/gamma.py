"""Gamma durations, and those of several equal exponential phases (Erlang)."""

from __future__ import annotations

import math
from dataclasses import replace

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.gamma_quantile import gamma_quantile
from pilotsim.model.distributions.special_functions import inverse_incomplete_gamma

MAX_CV = 10.0


def quantile(mean: float, cv: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    mean : float
        In days.
    cv : float
        The coefficient of variation; 0 for a constant.
    u : float
        Strictly between 0 and 1.
    """
    if cv == 0.0:
        return mean
    return mean * cv * cv * gamma_quantile(1.0 / (cv * cv), u)


def length_biased_quantile(mean: float, cv: float, u: float) -> float:
    """Return the quantile of the length-biased durations, in days: a gamma of a shape greater by 1.

    Parameters
    ----------
    mean : float
        Of the durations themselves, in days.
    cv : float
        Their coefficient of variation; 0 for a constant.
    u : float
        Strictly between 0 and 1.
    """
    if cv == 0.0:
        return mean
    return mean * cv * cv * inverse_incomplete_gamma(1.0 / (cv * cv) + 1.0, u)


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
)
