"""The quantile of the gamma distribution in plain arithmetic.

Where most clients are (shapes from 1 to 40, but for one client in ten thousand at either end) it
starts from the cube of a normal quantile (Wilson and Hilferty, "The distribution of chi-square",
PNAS 17, 1931) and goes one or two steps of the inverse function's Taylor series to the sixth order,
where the distribution function is its power series (Abramowitz and Stegun 6.5.29) and its
derivatives are known in closed form. Everywhere else it takes Newton's steps for the logarithm of
the share below, or above, which loses nothing at the ends. Why it is our own: `docs/decisions/0012`
and `0036`; how precise it is: `docs/elementary.md`.
"""

from __future__ import annotations

import math

from pilotsim.base.elementary import (
    exp,
    exp_of_sum,
    log,
    log_gamma,
    log_gamma_of_one_plus,
    log_parts,
    normal_quantile,
    product,
    square_root,
    stirling,
    total,
)
from pilotsim.base.polynomials import HALF_LOG_TWO_PI

LOWEST_SHAPE, HIGHEST_SHAPE = 1.0, 40.0
TAIL = 1e-4
# From a start below this share of the mean's cube root the steps may leave the positive numbers.
LOWEST_START = 0.25
# A step of the sixth order that moves less than this leaves an error of its seventh power: less
# than the last digit.
NEAR = 8e-3
MAX_STEPS = 8
# From this shape on the gamma function is Stirling's, and two large logarithms cancel.
LARGE_SHAPE = 12.0
# Of a shape below 1: where the power series in -x is short, as a share of the logarithm of u.
SMALL_QUANTILES = 0.3
# Newton's steps double the digits: when one moves less than this, the next would move nothing.
SETTLED = 1e-9
MAX_NEWTON_STEPS = 100
MAX_TERMS = 100_000


def gamma_quantile(shape: float, constant: float, u: float) -> float:
    """Return the quantile at `u` of a gamma distribution of scale 1.

    Parameters
    ----------
    shape : float
        Above 0.
    constant : float
        The gamma function of the shape, worked out once for many `u`.
    u : float
        Strictly between 0 and 1.
    """
    if LOWEST_SHAPE <= shape <= HIGHEST_SHAPE and TAIL <= u <= 1.0 - TAIL:
        x = start(shape, normal_quantile(u))
        for _ in range(MAX_STEPS):
            if x <= 0.0:
                break
            x, moved = step(shape, u, constant, x, series(shape, x))
            if moved < NEAR:
                return x
    return gamma_quantile_anywhere(shape, u)


def start(shape: float, z: float) -> float:
    """Return about where the quantile lies that goes with the normal quantile `z`.

    0 where that says too little.
    """
    root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * square_root(shape))
    return shape * root * root * root if root >= LOWEST_START else 0.0


def series(shape: float, x: float) -> float:
    """Return 1 + x / (a + 1) + x² / ((a + 1)(a + 2)) + ..., with a for the shape."""
    term = 1.0
    whole = 1.0
    k = shape
    while term > 1e-17 * whole:
        k += 1.0
        term *= x / k
        whole += term
    return whole


def step(shape: float, u: float, constant: float, x: float, whole: float) -> tuple[float, float]:
    """Return a better quantile than `x`, and how far it moved.

    The move is a share of where the density changes.

    Parameters
    ----------
    shape, u : float
        Of which distribution, and where.
    constant : float
        The gamma function of the shape.
    x : float
        About the quantile.
    whole : float
        The power series at `x`.
    """
    density = exp((shape - 1.0) * log(x) - x) / constant
    newton = (u - density * x / shape * whole) / density
    # The logarithmic derivative of the density and its next four; from them the distribution
    # function's Taylor coefficients, as shares of the density.
    g = (shape - 1.0) / x - 1.0
    g1 = -(shape - 1.0) / (x * x)
    g2 = -2.0 * g1 / x
    g3 = -3.0 * g2 / x
    g4 = -4.0 * g3 / x
    gg = g * g
    c2 = g / 2.0
    c3 = (gg + g1) / 6.0
    c4 = (g * (gg + 3.0 * g1) + g2) / 24.0
    c5 = (gg * (gg + 6.0 * g1) + 3.0 * g1 * g1 + 4.0 * g * g2 + g3) / 120.0
    c6 = g * (gg * (gg + 10.0 * g1) + 15.0 * g1 * g1 + 5.0 * g3)
    c6 = (c6 + 10.0 * g2 * (gg + g1) + g4) / 720.0
    # The series turned round.
    cc = c2 * c2
    third = 2.0 * cc - c3
    fourth = 5.0 * c2 * (cc - c3) + c4
    fifth = cc * (14.0 * cc - 21.0 * c3) + 6.0 * c2 * c4 + 3.0 * c3 * c3 - c5
    sixth = c2 * (cc * (42.0 * cc - 84.0 * c3) + 28.0 * (c2 * c4 + c3 * c3) - 7.0 * c5)
    sixth = sixth - 7.0 * c3 * c4 + c6
    rest = fourth - newton * (fifth - newton * sixth)
    moves = newton * (1.0 - newton * (c2 - newton * (third - newton * rest)))
    return x + moves, abs(newton) * (abs(g) + 1.0 / x)


def gamma_quantile_anywhere(shape: float, u: float) -> float:
    """Return the quantile at `u` for any shape, by Newton's steps for a logarithm.

    Of the share below where that is a power series, of the share above where that is a fraction.

    Parameters
    ----------
    shape : float
        Above 0.
    u : float
        Strictly between 0 and 1.
    """
    if not (shape > 0.0 and 0.0 < u < 1.0):
        if u == 0.0:
            return 0.0
        return math.inf if u == 1.0 else math.nan
    log_u, log_u_low = log_parts(u)
    log_above = log(1.0 - u)
    about = (log_u + _log_gamma_of_one_plus(shape)) / shape
    if shape < 1.0 and log_u <= -SMALL_QUANTILES * shape:
        return _small_quantile(shape, log_u, log_u_low, about)
    x = start(shape, normal_quantile(u)) if shape >= 1.0 else 0.0
    if not x > 0.0:
        x = exp(about) if shape >= 1.0 or u < 0.5 else max(1.0, -log_above)
    for _ in range(MAX_NEWTON_STEPS):
        front = _log_front(shape, x)
        if shape >= 1.0 and x < shape + 1.0:
            whole = series(shape, x)
            moved = (front + log(whole / shape) - log_u) * whole / shape
            moved = x * (exp(-min(max(moved, -2.0), 2.0)) - 1.0)
        else:
            part = fraction(shape, x)
            moved = max((front + log(part) - log_above) * x * part, -0.5 * x)
        x += moved
        if abs(moved) <= SETTLED * x:
            break
    return x


def fraction(shape: float, x: float) -> float:
    """Return the upper incomplete gamma function divided by x^a e^-x, with a for the shape.

    Legendre's fraction (Abramowitz and Stegun 6.5.31), added up after Steed; for `x` from about the
    shape on.
    """
    b = x + 1.0 - shape
    d = 1.0 / b
    part = d
    whole = d
    for k in range(1, MAX_TERMS):
        n = -k * (k - shape)
        b += 2.0
        t = n * d
        d = 1.0 / (b + t)
        part *= -(t * d)
        whole += part
        if abs(part) <= 1e-17 * whole:
            break
    return whole


def _log_gamma_of_one_plus(shape: float) -> float:
    if shape < 1.0:
        return log_gamma_of_one_plus(shape)
    return log_gamma(shape) + log(shape)


def _log_front(shape: float, x: float) -> float:
    """Return the logarithm of x^a e^-x / Γ(a), with what the rounding of large parts left off."""
    high, low = log_parts(x)
    if shape < LARGE_SHAPE:
        p, rest = product(shape, high)
        rest += shape * low
        p, left = total(p, -x)
        return p + (rest + left - log_gamma(shape))
    # log Γ(a) by Stirling: what is left is a log(x / a) - (x - a) and small parts.
    away = x - shape
    log_shape, log_shape_low = log_parts(shape)
    apart, left = total(high, -log_shape)
    p, rest = product(shape, apart)
    rest += shape * (left + (low - log_shape_low))
    p, more = total(p, -away)
    rest += more
    rest += (away - x) + shape if x > shape else -((shape - x) + away)
    return p + (rest + 0.5 * log_shape - (HALF_LOG_TWO_PI + stirling(shape)))


def _small_quantile(shape: float, log_u: float, log_u_low: float, about: float) -> float:
    """Return a quantile of a shape below 1 where the power series in -x is short.

    The share below is x^a / Γ(a + 1) times 1 + a s(x), see `_falling`. Newton's steps for log x;
    the last one with sums of two, for a small shape makes much of an error of log u.
    """
    constant = log_gamma_of_one_plus(shape)
    y = about
    for _ in range(MAX_NEWTON_STEPS):
        tail, slope = _falling(shape, exp(y))
        off = shape * y + _log_of_one_plus(shape * tail) - log_u - constant
        moved = off / (shape + shape * slope / (1.0 + shape * tail))
        y -= moved
        if abs(moved) <= SETTLED:
            break
    tail, slope = _falling(shape, exp(y))
    p, rest = total(log_u, constant - _log_of_one_plus(shape * tail))
    rest += log_u_low
    found = p / shape
    back, left = product(found, shape)
    return exp_of_sum(found, (((p - back) - left) + rest) / shape)


def _falling(shape: float, x: float) -> tuple[float, float]:
    """Return s(x), the sum of (-x)^n / (n! (a + n)) from 1 on, and x times its derivative."""
    term = 1.0
    whole = 0.0
    slope = 0.0
    n = 0.0
    while abs(term) > 1e-18:
        n += 1.0
        term *= -x / n
        whole += term / (shape + n)
        slope += n * term / (shape + n)
    return whole, slope


def _log_of_one_plus(v: float) -> float:
    """Return log(1 + v), with what the rounding of the sum left off."""
    w = 1.0 + v
    return log(w) + (v - (w - 1.0)) / w
