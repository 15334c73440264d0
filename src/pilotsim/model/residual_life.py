"""What is left of a stay that somebody is in the midst of: length-biased durations, as a census of a steady state meets them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import gamma as gamma_function
from scipy.special import gammaincinv

from pilotsim.model.distributions import (
    EXPONENTIAL,
    GAMMA,
    LOGNORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    quantile,
)


def residual(family: int, a: float, b: float, c: float, u: float, v: float) -> float:
    """Return what is left of a duration that somebody is in the midst of, in a steady state, in days.

    Who is met in the midst of a stay is met in proportion to its length, at a moment that is
    equally likely anywhere in it (Cox, Renewal Theory, 1962, sec. 5.1): `v` of a duration drawn in
    proportion to its length.

    Parameters
    ----------
    family : int
        Any but `QUANTILES` and `ALL_OF`.
    a, b, c : float
        The family's parameters.
    u, v : float
        Strictly between 0 and 1: which duration, and how much of it is left.
    """
    return v * biased(family, a, b, c, u)


def biased(family: int, a: float, b: float, c: float, u: float) -> float:
    """Return the quantile of a family whose durations are drawn in proportion to their length."""
    if family == UNIFORM:
        return biased_between(a, b, u)
    if family == TRIANGULAR:
        return biased_triangular(a, b, c, u)
    if family == EXPONENTIAL:
        return float(a * gammaincinv(2.0, u))
    if family == GAMMA:
        return a if b == 0.0 else float(a * b * b * gammaincinv(1.0 / (b * b) + 1.0, u))
    if family == WEIBULL:
        return float(
            a / gamma_function(1.0 + 1.0 / b) * float(gammaincinv(1.0 + 1.0 / b, u)) ** (1.0 / b)
        )
    if family == LOGNORMAL:
        return (1.0 + b * b) * quantile(LOGNORMAL, a, b, c, u)
    return a


def biased_between(low: float, high: float, u: float) -> float:
    """Return the quantile of a duration between two others whose likelihood grows with its length."""
    return math.sqrt(low * low + u * (high * high - low * low))


def biased_triangular(low: float, usual: float, high: float, u: float) -> float:
    """Return the quantile by bisection of its distribution function, a cubic on each side of the usual length."""
    total = (low + usual + high) / 3.0
    begin, end = low, high
    for _ in range(200):
        middle = (begin + end) / 2.0
        below = 0.0
        top = min(middle, usual)
        if usual > low:
            rise = top * top * top / 3.0 - low * top * top / 2.0 + low * low * low / 6.0
            below += 2.0 * rise / ((high - low) * (usual - low))
        if middle > usual:
            fall = (
                high * (middle * middle - usual * usual) / 2.0
                - (middle * middle * middle - usual * usual * usual) / 3.0
            )
            below += 2.0 * fall / ((high - low) * (high - usual))
        if below < u * total:
            begin = middle
        else:
            end = middle
        if not begin < (begin + end) / 2.0 < end:
            break
    return end


def interpolate_residual(
    probabilities: Sequence[float], durations: Sequence[float], u: float, v: float
) -> float:
    """Return what is left of a duration on straight lines between quantiles, as `residual` does."""
    total = 0.0
    for k in range(1, len(durations)):
        total += (probabilities[k] - probabilities[k - 1]) * (durations[k - 1] + durations[k])
    goal, reached, part = u * total, 0.0, 0.0
    for k in range(1, len(durations)):
        part = (probabilities[k] - probabilities[k - 1]) * (durations[k - 1] + durations[k])
        if goal < reached + part:
            return v * biased_between(durations[k - 1], durations[k], (goal - reached) / part)
        reached += part
    return v * durations[len(durations) - 1]
