"""The quantile of the gamma distribution in plain arithmetic, which both engines share.

SciPy's `gammaincinv` is what it is held to (1e-11 of the value), and what is used where this gives
way: at shapes below 1 or above 40, and for one client in five thousand at either end. Why it is our
own: `docs/decisions/0012`.

The start is the cube of a normal quantile (Wilson and Hilferty, "The distribution of chi-square",
PNAS 17, 1931); from there one or two steps of the inverse function's Taylor series to the fourth
order, where the distribution function is worked out by its power series (Abramowitz and Stegun
6.5.29) and its derivatives in closed form.
"""

from __future__ import annotations

import math

from pilotsim.model.distributions.special_functions import (
    gamma_function,
    inverse_incomplete_gamma,
    normal_quantile,
)

LOWEST_SHAPE, HIGHEST_SHAPE = 1.0, 40.0
TAIL = 1e-4
# From a start below this share of the mean's cube root the steps may leave the positive numbers.
LOWEST_START = 0.25
# A step of the fourth order that moves less than this leaves an error of its fifth power.
NEAR = 4e-3
MAX_STEPS = 8


def gamma_quantile(shape: float, u: float) -> float:
    """Return the quantile at `u` of a gamma distribution of scale 1."""
    if LOWEST_SHAPE <= shape <= HIGHEST_SHAPE and TAIL <= u <= 1.0 - TAIL:
        constant = gamma_function(shape)
        x = start(shape, normal_quantile(u))
        for _ in range(MAX_STEPS):
            if x <= 0.0:
                break
            x, moved = step(shape, u, constant, x, series(shape, x))
            if moved < NEAR:
                return x
    return inverse_incomplete_gamma(shape, u)


def start(shape: float, z: float) -> float:
    """Return about where the quantile lies that goes with the normal quantile `z`.

    0 where that says too little.
    """
    root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
    return shape * root * root * root if root >= LOWEST_START else 0.0


def series(shape: float, x: float) -> float:
    """Return 1 + x / (a + 1) + x² / ((a + 1)(a + 2)) + ..., with a for the shape."""
    term = 1.0
    total = 1.0
    k = shape
    while term > 1e-17 * total:
        k += 1.0
        term *= x / k
        total += term
    return total


def step(shape: float, u: float, constant: float, x: float, total: float) -> tuple[float, float]:
    """Return a better quantile than `x`, and how far it moved.

    The move is a share of where the density changes.

    Parameters
    ----------
    constant : float
        The gamma function of the shape.
    total : float
        The power series at `x`.
    """
    density = math.exp((shape - 1.0) * math.log(x) - x) / constant
    newton = (u - density * x / shape * total) / density
    # The logarithmic derivative of the density and its next two; from them the distribution
    # function's Taylor coefficients.
    g = (shape - 1.0) / x - 1.0
    g1 = -(shape - 1.0) / (x * x)
    g2 = -2.0 * g1 / x
    c2 = g / 2.0
    c3 = (g * g + g1) / 6.0
    c4 = (g * (g * g + 3.0 * g1) + g2) / 24.0
    third = 2.0 * c2 * c2 - c3
    fourth = 5.0 * c2 * (c2 * c2 - c3) + c4
    moves = newton * (1.0 - newton * (c2 - newton * (third - newton * fourth)))
    return x + moves, abs(newton) * (abs(g) + 1.0 / x)
