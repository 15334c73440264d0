"""Elementary functions in plain IEEE 754 arithmetic: the same bits on every machine.

What decides a journey uses nothing but + - * / and square roots, which the standard rounds in one
way, and two exact operations on bits (`split`, `power_of_two`). A library's `exp` or `pow` differs
from machine to machine in its last digits, and with it who starts first. No multiplication and
addition is ever joined to one step here, and no order of a sum is left open.

The compiled engine compiles these very functions. Accuracy, by the worst case that a search found,
stands in `docs/elementary.md`; the numbers of the polynomials come from `fitting/polynomials.py`.
"""

from __future__ import annotations

import math

from pilotsim.base.polynomials import (
    FIFTH,
    FIFTH_LOW,
    HALF_LOG_TWO_PI,
    HALF_LOG_TWO_PI_LOW,
    INVERSE_LN2,
    LN2_HIGH,
    LN2_LOW,
    LN2_REST,
    ROOT_TWO_PI,
    ROOT_TWO_PI_LOW,
    THIRD,
    THIRD_LOW,
    bell_rest,
    bell_tail,
    exponential_rest,
    fine_logarithm_rest,
    gamma_rest,
    log_gamma_below_one,
    log_gamma_near_one,
    log_gamma_near_two,
    logarithm_rest,
    quantile_centre,
    quantile_shoulder,
    quantile_tail,
    sine_rest,
    stirling_rest,
)

LEAST_NORMAL = 2.0**-1022
LARGEST = 1.7976931348623157e308
# About the root of one half: the fraction of a split number lies from here to twice that.
LEAST_FRACTION = float.fromhex("0x1.6a09ep-1")
# Times this, a number falls into two halves of 26 bits (Veltkamp).
SPLITTER = 2.0**27 + 1.0
# Added and taken away, it rounds to a whole number.
ROUNDER = 1.5 * 2.0**52
# Where e^x is infinite, and where it is nothing.
EXP_MOST = 709.8
EXP_LEAST = -745.2
# What lifts a subnormal number among the normal ones, and by how many powers of two.
LIFT = 2.0**54
LIFTED = 54
# From here on the gamma function, and its logarithm, are Stirling's.
STIRLING_FROM = 12.0
LOG_STIRLING_FROM = 8.0
GAMMA_MOST = 171.7
LOG_GAMMA_MOST = 1e300


# Exact operations.


def split(x: float) -> tuple[float, int]:
    """Return m and k of x = m 2^k for a normal number above 0; m from √½ to √2, about. Exact."""
    m, k = math.frexp(x)
    if m < LEAST_FRACTION:
        return m + m, k - 1
    return m, k


def power_of_two(k: int) -> float:
    """Return 2^k for k from -1022 to 1023. Exact."""
    return math.ldexp(1.0, k)


def square_root(x: float) -> float:
    """Return the square root of a number of 0 or more, rounded as the standard says."""
    return math.sqrt(x)


def product(a: float, b: float) -> tuple[float, float]:
    """Return a product and what its rounding left off.

    T. J. Dekker, "A floating-point technique for extending the available precision", Numerische
    Mathematik 18, 1971. Exact, unless something overflows or falls below the normal numbers.
    """
    p = a * b
    t = a * SPLITTER
    a_high = t - (t - a)
    a_low = a - a_high
    t = b * SPLITTER
    b_high = t - (t - b)
    b_low = b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def total(a: float, b: float) -> tuple[float, float]:
    """Return a sum and what its rounding left off (Knuth). Exact."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


# Logarithm, exponential, power.


def log(x: float) -> float:
    """Return the natural logarithm; minus infinity of 0, NaN below.

    With x = (1 + f) 2^k and s = f / (2 + f) it is k log 2 + 2 (s + s³ / 3 + s⁵ / 5 + ...); the
    rounding of the largest sum is kept, and added last.
    """
    lifted = 0
    if not LEAST_NORMAL <= x <= LARGEST:
        if x == 0.0:
            return -math.inf
        if not x > 0.0:
            return math.nan
        if x > LARGEST:
            return x
        x *= LIFT
        lifted = LIFTED
    m, k = split(x)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    rest = z * logarithm_rest(z)
    half = 0.5 * f * f
    n = float(k - lifted)
    # What this sum's rounding leaves off: the first part is nothing, or the larger.
    a = n * LN2_HIGH
    b = a + f
    left = f - (b - a)
    return b + (left - (half - (s * (half + rest) + n * LN2_LOW)))


def exp(x: float) -> float:
    """Return e^x; 0 and infinity where a double has no other number."""
    return exp_of_sum(x, 0.0)


def exp_of_sum(x: float, rest: float) -> float:
    """Return e^(x + rest), where the rest is no more than about a last digit of x.

    x is a whole number of log 2 and a remainder of at most half of one, which is kept as a sum of
    two. There is one rounding at the end, and for subnormal numbers one more.
    """
    if not EXP_LEAST < x < EXP_MOST:
        if x >= EXP_MOST:
            return math.inf
        return 0.0 if x <= EXP_LEAST else x
    n = (x * INVERSE_LN2 + ROUNDER) - ROUNDER
    k = int(n)
    a = x - n * LN2_HIGH
    b = rest - n * LN2_LOW
    r = a + b
    low = (a - r) + b
    s = 1.0 + r
    e = s + ((r - (s - 1.0)) + (r * r * exponential_rest(r) + (low + low * r)))
    if -1021 <= k <= 1022:
        return e * power_of_two(k)
    if k > 0:
        return e * 2.0 * power_of_two(k - 1)
    return e * power_of_two(k + 64) * 2.0**-64


def log_parts(x: float) -> tuple[float, float]:
    """Return the logarithm of a number above 0 to about 2^-67 of itself, as a sum of two.

    As `log`, with the first three terms of the series as sums of two.
    """
    lifted = 0
    if x < LEAST_NORMAL:
        x *= LIFT
        lifted = LIFTED
    m, k = split(x)
    f = m - 1.0
    d = 2.0 + f
    s = f / d
    p, q = product(s, d)
    s_low = (((f - p) - q) - s * (f - (d - 2.0))) / d
    z, z_low = product(s, s)
    z_low += 2.0 * s * s_low
    # 1/5 + z (1/7 + ...), then 1/3 + z times that, then s z times that.
    g = z * fine_logarithm_rest(z)
    fifth = FIFTH + g
    fifth_low = (FIFTH - fifth) + g + FIFTH_LOW
    v, v_low = product(z, fifth)
    v_low += z * fifth_low + z_low * fifth
    third = THIRD + v
    third_low = (THIRD - third) + v + (THIRD_LOW + v_low)
    c, c_low = product(z, third)
    c_low += z * third_low + z_low * third
    e, e_low = product(s, c)
    e_low += s * c_low + s_low * c
    n = float(k - lifted)
    high, left = total(n * LN2_HIGH, 2.0 * s)
    high, more = total(high, 2.0 * e)
    p, p_low = product(n, LN2_LOW)
    high, most = total(high, p)
    low = ((left + more) + most) + (2.0 * (s_low + e_low) + p_low + n * LN2_REST)
    found = high + low
    return found, (high - found) + low


def power(x: float, y: float) -> float:
    """Return x^y for a number of 0 or more; NaN below."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if not (0.0 < x <= LARGEST and -LARGEST <= y <= LARGEST):
        if math.isnan(x) or math.isnan(y) or x < 0.0:
            return math.nan
        if x == 0.0:
            return 0.0 if y > 0.0 else math.inf
        if x > LARGEST:
            return math.inf if y > 0.0 else 0.0
        return math.inf if (x > 1.0) == (y > 0.0) else 0.0
    high, low = log_parts(x)
    p = y * high
    if not EXP_LEAST < p < EXP_MOST:
        return math.inf if p > 0.0 else 0.0
    p, rest = product(y, high)
    return exp_of_sum(p, rest + y * low)


def sine_of_half_turns(t: float) -> float:
    """Return sin(πt) for t from 0 to 1."""
    near = t if t <= 0.5 else 1.0 - t
    return near * sine_rest(near * near)


# The normal distribution.


def normal_quantile(u: float) -> float:
    """Return the number that a standard normal variable stays below with probability `u`.

    In the middle q √2π and a ratio in q², with q = u - 1/2; in the tails √(-2 log u) less a ratio
    in it. What is close to the result is kept as a sum of two.
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        w = q * q
        p, rest = product(q, ROOT_TWO_PI)
        z = p + (rest + q * (ROOT_TWO_PI_LOW + w * quantile_centre(0.180625 - w)))
        # u - 1/2 may be rounded below 1/4; what that left off, times the slope there.
        left = u - (q + 0.5)
        if left != 0.0:
            h = 0.5 * z * z
            slope = 1.0 + h * (1.0 + h * (0.5 + h * (1.0 / 6.0 + h / 24.0)))
            z += left * ROOT_TWO_PI * slope
        return z
    p = u if q < 0.0 else 1.0 - u
    if not p > 0.0:
        if p == 0.0:
            return -math.inf if q < 0.0 else math.inf
        return math.nan
    high, low = log_parts(p)
    high *= -2.0
    low *= -2.0
    t = square_root(high)
    a, b = product(t, t)
    rest = (((high - a) - b) + low) / (t + t)
    if t < 7.0:
        z = (t - 0.625) - (quantile_shoulder(t - 2.0) - rest)
    else:
        z = t - (quantile_tail(t - 7.0) - rest)
    return -z if q < 0.0 else z


def normal_probability(z: float) -> float:
    """Return the probability that a standard normal variable stays below `z`.

    Its distance from 1 is precise to the last digits of 1, its distance from 0 to its own.
    """
    if -1.0 <= z <= 1.0:
        return 0.5 + z * bell_rest(z * z)
    if math.isnan(z):
        return z
    size = abs(z)
    if size > 39.0:
        return 0.0 if z < 0.0 else 1.0
    p, rest = product(size, size)
    tail = bell_tail((size - 4.0) / (size + 4.0)) / (size + 1.0)
    beyond = exp_of_sum(-0.5 * p, -0.5 * rest) * tail
    return beyond if z < 0.0 else 1.0 - beyond


# The gamma function.


def gamma(x: float) -> float:
    """Return the gamma function of a number above 0; NaN below.

    From 1 to 12 a polynomial and the factors that lead to it, below 1 one division, above 12
    Stirling's formula. What a factor's rounding left off is kept.
    """
    if not 0.0 < x < GAMMA_MOST:
        return math.inf if x >= GAMMA_MOST or x == 0.0 else math.nan
    if x >= STIRLING_FROM:
        return _gamma_by_stirling(x)
    if x < 1.0:
        near, near_low = _gamma_of_one_plus(x)
        found = near / x
        p, rest = product(found, x)
        return found + (((near - p) - rest) + near_low) / x if x > 1e-300 else found
    factors = 1.0
    factors_low = 0.0
    while x >= 2.0:
        x -= 1.0
        factors_low *= x
        factors, rest = product(factors, x)
        factors_low += rest
    near, near_low = _gamma_of_one_plus(x - 1.0)
    p, rest = product(near, factors)
    return p + (rest + (near * factors_low + near_low * factors))


def _gamma_of_one_plus(t: float) -> tuple[float, float]:
    """Return the gamma function of 1 + t for t from 0 to 1, as a sum of two."""
    away = t * (t - 1.0) * gamma_rest(t)
    near = 1.0 + away
    return near, away - (near - 1.0)


def _gamma_by_stirling(x: float) -> float:
    high, low = log_parts(x)
    p, rest = product(x - 0.5, high)
    rest += (x - 0.5) * low
    p, left = total(p, -x)
    p, more = total(p, HALF_LOG_TWO_PI)
    return exp_of_sum(p, rest + left + more + HALF_LOG_TWO_PI_LOW + stirling(x))


def stirling(x: float) -> float:
    """Return what Stirling's formula leaves of the logarithm of the gamma function, from 8 on."""
    return stirling_rest(1.0 / (x * x)) / x


def log_gamma(x: float) -> float:
    """Return the logarithm of the gamma function of a number above 0; NaN below.

    Its zeros at 1 and 2 are factors of the polynomials, so that it is precise next to them.
    """
    if not 0.0 < x <= LOG_GAMMA_MOST:
        if x > 0.0:
            return x * (log(x) - 1.0)
        return math.inf if x == 0.0 else math.nan
    if x >= LOG_STIRLING_FROM:
        return _log_gamma_by_stirling(x)
    if x >= 3.0:
        factors = 1.0
        while x >= 3.0:
            x -= 1.0
            factors *= x
        return (x - 2.0) * log_gamma_near_two(x - 2.0) + log(factors)
    if x >= 2.0:
        return (x - 2.0) * log_gamma_near_two(x - 2.0)
    if x >= 1.0:
        return log_gamma_of_one_plus(x - 1.0)
    if x >= 0.5:
        return (x - 1.0) * log_gamma_below_one(x - 1.0)
    return log_gamma_of_one_plus(x) - log(x)


def log_gamma_of_one_plus(t: float) -> float:
    """Return the logarithm of the gamma function of 1 + t for t from 0 to 1."""
    return t * ((t - 1.0) * log_gamma_near_one(t))


def _log_gamma_by_stirling(x: float) -> float:
    high, low = log_parts(x)
    a = x - 0.5
    left_off = (x - a) - 0.5
    p, rest = product(a, high)
    rest += a * low + left_off * high
    p, left = total(p, -x)
    p, more = total(p, HALF_LOG_TWO_PI)
    return p + (rest + left + more + stirling(x))
