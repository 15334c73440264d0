"""Our own elementary functions: exact where one expects it, precise everywhere, and the same bits for ever."""

from __future__ import annotations

import math
from hashlib import blake2b

import mpmath as mp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base import elementary
from pilotsim.base.elementary import (
    exp,
    exp_of_sum,
    gamma,
    log,
    log_gamma,
    log_parts,
    normal_probability,
    normal_quantile,
    power,
    power_of_two,
    product,
    sine_of_half_turns,
    split,
    total,
)
from tests.elementary_arguments import FUNCTIONS, POSITIVE, arguments_of, bits_of

LEAST = 5e-324
INF = math.inf


def ulps(found, exact):
    """By how many of its last digits a number is off."""
    size = abs(float(exact))
    return float(abs(mp.mpf(found) - exact) / mp.mpf(math.ulp(size)))


@pytest.fixture(autouse=True)
def many_digits():
    with mp.workdps(50):
        yield


# Exact.


@given(POSITIVE)
def test_a_number_is_put_together_again_from_its_parts(x):
    if x >= elementary.LEAST_NORMAL:
        m, k = split(x)
        assert math.ldexp(m, k) == x
        assert elementary.LEAST_FRACTION <= m < 2 * elementary.LEAST_FRACTION


@pytest.mark.parametrize("k", [-1022, -1, 0, 1, 52, 1023])
def test_powers_of_two_are_exact(k):
    assert power_of_two(k) == 2.0**k


@given(st.floats(-1e150, 1e150), st.floats(-1e150, 1e150))
def test_a_sum_and_what_it_left_off_are_the_exact_sum(a, b):
    s, left = total(a, b)
    assert s == a + b
    assert mp.mpf(s) + mp.mpf(left) == mp.mpf(a) + mp.mpf(b)


@given(st.floats(1e-100, 1e100), st.floats(-1e100, -1e-100))
def test_a_product_and_what_it_left_off_are_the_exact_product(a, b):
    p, left = product(a, b)
    assert p == a * b
    assert mp.mpf(p) + mp.mpf(left) == mp.mpf(a) * mp.mpf(b)


def test_what_is_exact_is_exact():
    assert (exp(0.0), log(1.0), power(7.3, 0.0), power(1.0, 9.7)) == (1.0, 0.0, 1.0, 1.0)
    assert [gamma(float(n)) for n in range(1, 23)] == [math.factorial(n - 1) for n in range(1, 23)]
    assert (log_gamma(1.0), log_gamma(2.0)) == (0.0, 0.0)
    assert (normal_quantile(0.5), normal_probability(0.0)) == (0.0, 0.5)
    assert [log(2.0**k) for k in (-1, 1)] == [-math.log(2.0), math.log(2.0)]


@given(POSITIVE)
def test_a_number_to_the_power_of_one_is_itself(x):
    assert power(x, 1.0) == x


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (log(0.0), -INF),
        (log(INF), INF),
        (log(-1.0), math.nan),
        (log(math.nan), math.nan),
        (exp(INF), INF),
        (exp(-INF), 0.0),
        (exp(710.0), INF),
        (exp(-746.0), 0.0),
        (exp(math.nan), math.nan),
        (power(0.0, 2.0), 0.0),
        (power(0.0, -2.0), INF),
        (power(INF, 2.0), INF),
        (power(INF, -2.0), 0.0),
        (power(0.5, INF), 0.0),
        (power(0.5, -INF), INF),
        (power(2.0, INF), INF),
        (power(2.0, 1024.0), INF),
        (power(2.0, -1100.0), 0.0),
        (power(-2.0, 3.0), math.nan),
        (power(math.nan, 3.0), math.nan),
        (normal_quantile(0.0), -INF),
        (normal_quantile(1.0), INF),
        (normal_quantile(1.5), math.nan),
        (normal_quantile(math.nan), math.nan),
        (normal_probability(-INF), 0.0),
        (normal_probability(INF), 1.0),
        (normal_probability(math.nan), math.nan),
        (gamma(0.0), INF),
        (gamma(172.0), INF),
        (gamma(-0.5), math.nan),
        (log_gamma(0.0), INF),
        (log_gamma(INF), INF),
        (log_gamma(-0.5), math.nan),
    ],
)
def test_the_ends_are_what_they_are(found, expected):
    assert found == expected or (math.isnan(found) and math.isnan(expected))


# Precise: the bounds are those of `docs/elementary.md`, rounded up.


@given(POSITIVE)
def test_logarithms(x):
    exact = mp.log(mp.mpf(x))
    assert ulps(log(x), exact) < 0.9
    high, low = log_parts(x)
    assert abs(mp.mpf(high) + mp.mpf(low) - exact) <= abs(exact) * mp.mpf(2) ** -66


@given(st.floats(-745.0, 709.7))
def test_exponentials(x):
    assert ulps(exp(x), mp.exp(mp.mpf(x))) < 0.9


@given(st.floats(-700.0, 700.0), st.floats(-1.0, 1.0))
def test_exponentials_of_a_sum_of_two(x, share):
    rest = share * math.ulp(x)
    assert ulps(exp_of_sum(x, rest), mp.exp(mp.mpf(x) + mp.mpf(rest))) < 0.9


@given(POSITIVE, st.floats(-50.0, 50.0))
def test_powers(x, y):
    exact = mp.power(mp.mpf(x), mp.mpf(y))
    if LEAST < exact < mp.mpf(elementary.LARGEST):
        assert ulps(power(x, y), exact) < 0.9


@given(st.floats(LEAST, 1.0 - 2.0**-53))
def test_normal_quantiles(u):
    z = mp.mpf(normal_quantile(u))
    # One of Newton's steps from the double says how far it is from the quantile.
    share = mp.ncdf(z) - mp.mpf(u) if u < 0.5 else (1 - mp.mpf(u)) - mp.ncdf(-z)
    assert ulps(float(z), z - share / mp.npdf(z)) < 2.2


@given(st.floats(-37.5, 37.5))
def test_normal_probabilities(z):
    assert ulps(normal_probability(z), mp.ncdf(mp.mpf(z))) < 5.0


@given(st.floats(1e-300, 171.6))
def test_gamma_functions(x):
    assert ulps(gamma(x), mp.gamma(mp.mpf(x))) < 0.9


@given(st.floats(1e-300, 1e300))
def test_logarithms_of_the_gamma_function(x):
    exact = mp.loggamma(mp.mpf(x))
    if exact != 0:
        assert ulps(log_gamma(x), exact) < 3.0


@given(st.floats(0.0, 1.0))
def test_sines(t):
    exact = mp.sinpi(mp.mpf(t))
    assert sine_of_half_turns(t) == exact or ulps(sine_of_half_turns(t), exact) < 2.5


# In order.


@given(st.floats(LEAST, 1.0 - 2.0**-53), st.floats(LEAST, 1.0 - 2.0**-53))
def test_a_higher_probability_never_has_a_lower_quantile_but_for_last_digits(u, v):
    low, high = sorted((normal_quantile(u), normal_quantile(v)))
    if u > v:
        low, high = normal_quantile(v), normal_quantile(u)
    elif u < v:
        low, high = normal_quantile(u), normal_quantile(v)
    assert low <= high + 4 * math.ulp(high)


# The same for ever, on every machine and every version of Python.

KNOWN = {
    "log": "e73d22c31326ac6a",
    "exp": "52d50d9bcbccada0",
    "power": "f1a926cca33272eb",
    "normal_quantile": "131e565607442b17",
    "normal_probability": "19648cee02004ed7",
    "gamma": "9a98d9e6b6e52121",
    "log_gamma": "62e65e26b1c8e61a",
    "sine_of_half_turns": "393b9c75013c94ae",
    "gamma_quantile": "f5241486beb7a6d0",
    "gamma_quantile_anywhere": "3165b3829a248c9d",
    "beta_odds": "298c0f71e8255197",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_bits_are_those_that_were_committed(name):
    function = FUNCTIONS[name]
    found = b"".join(bits_of(function(*point)) for point in arguments_of(name))
    assert blake2b(found, digest_size=8).hexdigest() == KNOWN[name]


def test_one_changed_digit_changes_the_hash():
    found = [bits_of(log(*point)) for point in arguments_of("log")]
    changed = found.copy()
    changed[7] = bits_of(math.nextafter(log(*arguments_of("log")[7]), INF))
    digests = [blake2b(b"".join(one), digest_size=8).hexdigest() for one in (found, changed)]
    assert digests[0] == KNOWN["log"] != digests[1]
