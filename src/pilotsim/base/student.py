"""Critical values of Student's t, in plain arithmetic: the same on every machine.

The share outside is an incomplete beta function, summed by whichever of its two series has but
positive terms that fall fast (NIST Digital Library of Mathematical Functions, 8.17.7 and 8.17.8).
"""

from __future__ import annotations

import math
from functools import lru_cache

from pilotsim.base.elementary import exp, log, normal_quantile

__all__ = ["student_reach"]

MAX_NEWTON_STEPS = 200
# Steps square: after one as small as this, what is left is no digit.
SETTLED = 1e-9
# Of what a sum has, a term that no longer counts.
NOTHING = 1e-17
SHORT = 0.1
SQUARE_ROOT_OF_PI = math.sqrt(math.pi)
# From here on the expansion below is precise to the last digit.
EXPANDED_FROM = 100.0
# Γ(x + 1/2) / Γ(x) / √x in powers of 1/x.
EXPANSION = (1.0, -1 / 8, 1 / 128, 5 / 1024, -21 / 32768, -399 / 262144, 869 / 4194304)


@lru_cache(maxsize=4096)
def student_reach(level: float, freedom: float) -> float:
    """Return between minus what and what Student's t lies, as often as the level says.

    Parameters
    ----------
    level : float
        Between 0 and 1; NaN outside.
    freedom : float
        Degrees of freedom, above 0; NaN below.
    """
    if not (0.0 < level < 1.0 and 0.0 < freedom < math.inf):
        return math.nan
    outside = log(1.0 - level)
    scale = _scale(freedom)
    # The logarithm of the share outside is concave and falls in that of t: after the first step,
    # every one goes down towards the solution and none goes beyond.
    y = log(normal_quantile(0.5 + level / 2.0))
    for _ in range(MAX_NEWTON_STEPS):
        share, slope = _outside(y, freedom, scale)
        moved = (outside - log(share)) / slope
        y += moved
        if abs(moved) <= SETTLED:
            break
    return exp(y)


def _outside(y: float, freedom: float, scale: float) -> tuple[float, float]:
    """Return the share outside of ±exp(y), and the slope of its logarithm in y."""
    t = exp(y)
    square = t * t
    within = square / (freedom + square)
    beyond = freedom / (freedom + square)
    top = 0.5 * (freedom + 1.0)
    # t times the density on both sides.
    height = 2.0 * scale * t * exp(-top * _log_of_one_plus(square / freedom))
    # The first loses the digits that the share within has before it; the second is long where
    # nearly nothing is within.
    if within <= SHORT or t < 1.0:
        share = 1.0 - height * _series(top, 1.5, within)
    else:
        share = height / freedom * _series(top, 0.5 * freedom + 1.0, beyond)
    return share, -height / share


def _series(top: float, bottom: float, x: float) -> float:
    """Return 1 + top x / bottom + top (top + 1) x² / (bottom (bottom + 1)) + ..."""
    term = 1.0
    whole = 1.0
    n = 0.0
    while term > NOTHING * whole:
        term *= (top + n) / (bottom + n) * x
        whole += term
        n += 1.0
    return whole


def _log_of_one_plus(x: float) -> float:
    """Return log(1 + x), precise for small x too: what rounding takes from 1 + x is known."""
    whole = 1.0 + x
    return x if whole == 1.0 else log(whole) * (x / (whole - 1.0))


def _scale(freedom: float) -> float:
    """Return the density at 0: Γ((ν + 1)/2) / (√(νπ) Γ(ν/2))."""
    x = 0.5 * freedom
    factor = 1.0
    while x < EXPANDED_FROM:
        factor *= x / (x + 0.5)
        x += 1.0
    rest = 0.0
    for number in reversed(EXPANSION):
        rest = rest / x + number
    return factor * rest * math.sqrt(x / freedom) / SQUARE_ROOT_OF_PI
