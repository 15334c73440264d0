"""Durations between a shortest and a longest one: constant, uniform, triangular."""

from __future__ import annotations

from pilotsim.base.elementary import square_root
from pilotsim.model.distributions.family import Family, Parameter
from pilotsim.model.distributions.residual_life import length_biased_between

# Where halving an interval of 64-bit numbers has long come to an end.
MAX_HALVINGS = 200


def constant_quantile(days: float, u: float) -> float:
    """Return the one duration there is."""
    return days


def constant_mean(days: float) -> float:
    """Return the one duration there is."""
    return days


def uniform_quantile(shortest: float, longest: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    shortest, longest : float
        In days.
    u : float
        Strictly between 0 and 1.
    """
    return shortest + (longest - shortest) * u


def uniform_mean(shortest: float, longest: float) -> float:
    """Return the mean duration, in days."""
    return (shortest + longest) / 2.0


def triangular_quantile(shortest: float, usual: float, longest: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    shortest, usual, longest : float
        In days; `usual` is the mode.
    u : float
        Strictly between 0 and 1.
    """
    width = longest - shortest
    if u * width < usual - shortest:
        return shortest + square_root(u * width * (usual - shortest))
    return longest - square_root((1.0 - u) * width * (longest - usual))


def triangular_length_biased_quantile(
    shortest: float, usual: float, longest: float, u: float
) -> float:
    """Return the quantile of the length-biased durations, in days.

    By bisection of the distribution function, a cubic on each side of the usual duration.

    Parameters
    ----------
    shortest, usual, longest : float
        In days; `usual` is the mode.
    u : float
        Strictly between 0 and 1.
    """
    goal = u * triangular_mean(shortest, usual, longest)
    begin = shortest
    end = longest
    for _ in range(MAX_HALVINGS):
        middle = (begin + end) / 2.0
        if _length_below(middle, shortest, usual, longest) < goal:
            begin = middle
        else:
            end = middle
        if not begin < (begin + end) / 2.0 < end:
            break
    return end


def _length_below(days: float, shortest: float, usual: float, longest: float) -> float:
    """Return the integral of the duration times its density up to a duration."""
    below = 0.0
    top = min(days, usual)
    if usual > shortest:
        rise = top * top * top / 3.0 - shortest * top * top / 2.0
        rise += shortest * shortest * shortest / 6.0
        below += 2.0 * rise / ((longest - shortest) * (usual - shortest))
    if days > usual:
        fall = longest * (days * days - usual * usual) / 2.0
        fall -= (days * days * days - usual * usual * usual) / 3.0
        below += 2.0 * fall / ((longest - shortest) * (longest - usual))
    return below


def triangular_mean(shortest: float, usual: float, longest: float) -> float:
    """Return the mean duration, in days.

    Parameters
    ----------
    shortest, usual, longest : float
        In days; `usual` is the mode.
    """
    return (shortest + usual + longest) / 3.0


CONSTANT = Family(
    name="constant",
    parameters=(Parameter("days", "duration"),),
    quantile=constant_quantile,
    length_biased_quantile=constant_quantile,
    mean=constant_mean,
)
UNIFORM = Family(
    name="uniform",
    parameters=(Parameter("shortest", "duration"), Parameter("longest", "duration")),
    quantile=uniform_quantile,
    length_biased_quantile=length_biased_between,
    mean=uniform_mean,
    parameters_rise=True,
)
TRIANGULAR = Family(
    name="triangular",
    parameters=(
        Parameter("shortest", "duration"),
        Parameter("usual", "duration"),
        Parameter("longest", "duration"),
    ),
    quantile=triangular_quantile,
    length_biased_quantile=triangular_length_biased_quantile,
    mean=triangular_mean,
    parameters_rise=True,
)
