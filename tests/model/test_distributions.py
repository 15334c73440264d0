from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.base.text import Text
from pilotsim.model.distributions import (
    FAMILIES,
    Duration,
    Family,
    Parameter,
    family_named,
    read_duration,
    register_family,
)
from pilotsim.model.distributions.bounded import CONSTANT, TRIANGULAR, UNIFORM
from pilotsim.model.distributions.exponential import EXPONENTIAL
from pilotsim.model.distributions.gamma import GAMMA, MAX_CV
from pilotsim.model.distributions.loglogistic import LOGLOGISTIC
from pilotsim.model.distributions.loglogistic import MIN_SHAPE as MIN_LOGLOGISTIC_SHAPE
from pilotsim.model.distributions.lognormal import LOGNORMAL
from pilotsim.model.distributions.points import quantile_at_points
from pilotsim.model.distributions.weibull import MIN_SHAPE, WEIBULL

MONTH = 365.25 / 12  # days
# From the smallest to the largest number that the generator gives.
SHARES = [2.0**-53, 1e-9, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1 - 1e-9, 1 - 2.0**-53]


def days(number, written, **more):
    return Quantity(number, "duration", written, **more)


def fault_of(raw):
    with pytest.raises(QuantityFault) as caught:
        read_duration(raw)
    return str(caught.value), caught.value.keys


# How they are written.


def test_length_of_time_is_the_same_for_everyone():
    assert read_duration("6 weeks") == Duration("constant", (days(42.0, "6 weeks"),))
    assert read_duration({"constant": "6 weeks"}) == read_duration("6 weeks")


def test_length_of_time_may_be_written_out():
    raw = {"value": "6 weeks", "assumption": "why"}
    assert read_duration(raw) == Duration(
        "constant", (days(42.0, "6 weeks", assumption=Text("why")),)
    )


def test_family_is_written_with_its_parameters():
    raw = {"triangular": {"longest": "3 weeks", "shortest": "1 week", "usual": "2 weeks"}}
    parameters = (days(7.0, "1 week"), days(14.0, "2 weeks"), days(21.0, "3 weeks"))
    assert read_duration(raw) == Duration("triangular", parameters)


def test_erlang_is_a_gamma_of_so_many_phases_and_keeps_its_source():
    # The sum of n exponential phases has a standard deviation of its mean divided by the root of n:
    # cv = 1/2 for 4.
    raw = {"erlang": {"mean": "8 weeks", "phases": {"value": 4, "source": "plan ch. 1"}}}
    found = read_duration(raw)
    assert found == Duration(
        "erlang",
        (days(56.0, "8 weeks"), Quantity(0.5, "number", "4", source="plan ch. 1")),
    )
    assert [key for key, _ in found.named_parts()] == ["erlang.mean", "erlang.phases"]


def test_quantiles_may_stand_in_any_order():
    raw = {"quantiles": {"100 %": "3 weeks", "0 %": "0 days", "50 %": "1 week"}}
    parameters = (days(0.0, "0 days"), days(7.0, "1 week"), days(21.0, "3 weeks"))
    assert read_duration(raw) == Duration("quantiles", parameters, (0.0, 0.5, 1.0))


def test_options_stand_beside_the_family():
    raw = {"exponential": {"mean": "1 week"}, "times": 1.5, "slowest_of": 3}
    found = read_duration(raw)
    assert (found.times, found.slowest_of) == (
        Quantity(1.5, "number", "1.5"),
        Quantity(3.0, "count", "3"),
    )
    assert [key for key, _ in found.named_parts()] == ["exponential.mean", "times", "slowest_of"]


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ("6 weeks", [""]),
        ({"gamma": {"mean": "6 weeks", "cv": 0.5}}, ["gamma.mean", "gamma.cv"]),
        (
            {"quantiles": {"0 %": "0 days", "2.5 %": "1 day", "100 %": "9 days"}},
            ["quantiles.0 %", "quantiles.2.5 %", "quantiles.100 %"],
        ),
    ],
)
def test_parts_are_named_as_the_file_names_them(raw, keys):
    assert [key for key, _ in read_duration(raw).named_parts()] == keys


def test_duration_is_named_by_its_family():
    built = Duration("gamma", (days(42.0, ""), Quantity(0.5, "number")))
    assert [key for key, _ in built.named_parts()] == ["gamma.mean", "gamma.cv"]


def test_time_is_working_time_if_its_parameters_are():
    assert read_duration("10 working days").working
    assert not read_duration("10 days").working


@pytest.mark.parametrize(
    ("raw", "is_zero"),
    [
        ("0 days", True),
        ("1 day", False),
        ({"uniform": {"shortest": "0 days", "longest": "0 days"}}, True),
        ({"uniform": {"shortest": "0 days", "longest": "1 day"}}, False),
        ({"gamma": {"mean": "0 days", "cv": 0.5}}, True),
        ({"gamma": {"mean": "1 day", "cv": 0}}, False),
        ({"exponential": {"mean": "1 day"}, "times": 0}, True),
        ({"value": "0 days", "low": "0 days", "high": "1 day", "assumption": "x"}, False),
        (
            {
                "exponential": {"mean": "1 day"},
                "times": {"value": 0, "assumption": "x", "from": {"2015-07-01": 1}},
            },
            False,
        ),
    ],
)
def test_duration_is_zero_only_if_it_is_so_for_everyone_and_ever(raw, is_zero):
    assert read_duration(raw).is_zero == is_zero


FAMILY_NAMES = "constant, uniform, triangular, exponential, gamma, weibull, lognormal, loglogistic, erlang, quantiles, all_of"
QUANTILE_EXAMPLE = (
    "expected durations from 0 % to 100 %, such as {0 %: 0 days, 50 %: 2 weeks, 100 %: 3 months}"
)
LENGTH = "expected a length of time such as '6 weeks' or '10 working days'; found "


@pytest.mark.parametrize(
    ("raw", "message", "keys"),
    [
        ({}, f"expected one family of durations ({FAMILY_NAMES}); found none", ()),
        (
            {"gamma": {"mean": "1 week", "cv": 1}, "weibull": {"mean": "1 week", "shape": 2}},
            f"expected one family of durations ({FAMILY_NAMES}); found gamma, weibull",
            (),
        ),
        (
            {"gama": {"mean": "1 week", "cv": 1}},
            "unknown family of durations 'gama'; did you mean 'gamma'?",
            ("gama",),
        ),
        (
            {"file": "lengths.csv"},
            f"unknown family of durations 'file'; known: {FAMILY_NAMES}",
            ("file",),
        ),
        (
            {"usual": "1 week"},
            "'usual' is a parameter; name its family first, such as {triangular: {shortest: ..., usual: ..., longest: ...}}",
            ("usual",),
        ),
        (
            {"gamma": "1 week"},
            "expected the parameters of 'gamma', {mean: ..., cv: ...}; found '1 week'",
            ("gamma",),
        ),
        (
            {"gamma": {"mean": "1 week"}},
            "the parameter 'cv' is missing; expected {mean: ..., cv: ...}",
            ("gamma",),
        ),
        (
            {"gamma": {"mean": "1 week", "vc": 1}},
            "unknown parameter 'vc'; known: cv, mean",
            ("gamma", "vc"),
        ),
        (
            {"gamma": {"mean": 6, "cv": 1}},
            LENGTH + "6 without a unit; did you mean '6 days' or '6 weeks'?",
            ("gamma", "mean"),
        ),
        (
            {
                "gamma": {
                    "mean": {
                        "value": "1 week",
                        "low": "2 weeks",
                        "high": "3 weeks",
                        "assumption": "x",
                    },
                    "cv": 1,
                }
            },
            "expected the value to lie between low and high; found low 2 weeks, value 1 week, high 3 weeks",
            ("gamma", "mean", "value"),
        ),
        (
            {"gamma": {"mean": "1 week", "cv": 11}},
            "expected the standard deviation divided by the mean, at most 10; found 11",
            ("gamma", "cv"),
        ),
        (
            {"weibull": {"mean": "1 week", "shape": 0}},
            "expected a shape of 0.1 or more; found 0",
            ("weibull", "shape"),
        ),
        (
            {"loglogistic": {"mean": "1 week", "shape": 1}},
            "expected a shape of 1.5 or more; found 1",
            ("loglogistic", "shape"),
        ),
        (
            {"erlang": {"mean": "1 week", "phases": 0}},
            "expected a fixed number of phases, 1 or more",
            ("erlang", "phases"),
        ),
        (
            {"uniform": {"shortest": "2 weeks", "longest": "1 week"}},
            "expected the shortest first and the longest last, over their whole ranges",
            ("uniform",),
        ),
        (
            {
                "uniform": {
                    "shortest": {
                        "value": "1 week",
                        "low": "0 days",
                        "high": "3 weeks",
                        "assumption": "x",
                    },
                    "longest": "2 weeks",
                }
            },
            "expected the shortest first and the longest last, over their whole ranges",
            ("uniform",),
        ),
        (
            {"uniform": {"shortest": "1 working day", "longest": "1 week"}},
            "mixes calendar days and working days",
            ("uniform",),
        ),
        ({"quantiles": "1 week"}, f"{QUANTILE_EXAMPLE}; found '1 week'", ("quantiles",)),
        (
            {"quantiles": {"0 %": "1 day", "90 %": "2 days"}},
            f"{QUANTILE_EXAMPLE}; found {{0 %: 1 day, 90 %: 2 days}}",
            ("quantiles",),
        ),
        (
            {"quantiles": {"0 %": "1 day", "50": "2 days"}},
            "expected a share such as '30 %'; found '50'; did you mean '50 %'?",
            ("quantiles", "50"),
        ),
        (
            {"quantiles": {"0 %": "1 day", "100 %": 2}},
            LENGTH + "2 without a unit; did you mean '2 days' or '2 weeks'?",
            ("quantiles", "100 %"),
        ),
        (
            {"quantiles": {"0 %": "2 days", "100 %": "1 day"}},
            "expected durations that rise with the share, over their whole ranges",
            ("quantiles",),
        ),
        (
            {
                "quantiles": {
                    "0 %": "0 days",
                    "50 %": "1 day",
                    "50.0 %": "2 days",
                    "100 %": "3 days",
                }
            },
            "a share stands twice",
            ("quantiles",),
        ),
        (
            {"quantiles": {"0 %": "1 day", "100 %": "2 working days"}},
            "mixes calendar days and working days",
            ("quantiles",),
        ),
        (
            {"exponential": {"mean": "1 week"}, "slowest_of": 0},
            "expected 1 or more; found 0",
            ("slowest_of",),
        ),
        (
            {"exponential": {"mean": "1 week"}, "times": "twice"},
            "expected a number, 0 or more; found 'twice'",
            ("times",),
        ),
        (7, LENGTH + "7 without a unit; did you mean '7 days' or '7 weeks'?", ()),
        (None, LENGTH + "nothing", ()),
    ],
)
def test_duration_that_cannot_be_read_says_where_and_why(raw, message, keys):
    assert fault_of(raw) == (message, keys)


# Inverse distribution functions, held to scipy's.


def quantile(family, a, b, c, u):
    """The quantile of a family that takes the first of three numbers, as many as it has parameters."""
    return family.quantile(*family.numbers_of(*(a, b, c)[: len(family.parameters)]), u)


def frozen(family, a, b, c):
    """The same distribution in scipy's parameters."""
    if family == UNIFORM:
        return stats.uniform(a, b - a)
    if family == TRIANGULAR:
        return stats.triang((b - a) / (c - a), a, c - a)
    if family == EXPONENTIAL:
        return stats.expon(scale=a)
    if family == GAMMA:
        return stats.gamma(1 / b**2, scale=a * b**2)
    if family == WEIBULL:
        return stats.weibull_min(b, scale=a / math.gamma(1 + 1 / b))
    if family == LOGLOGISTIC:
        return stats.fisk(b, scale=a * math.sin(math.pi / b) / (math.pi / b))
    spread = math.sqrt(math.log(1 + b**2))
    return stats.lognorm(spread, scale=a * math.exp(-(spread**2) / 2))


PARAMETERS = [
    (UNIFORM, 7.0, 42.0, 0.0),
    (TRIANGULAR, 7.0, 14.0, 42.0),
    (TRIANGULAR, 7.0, 7.0, 42.0),
    (TRIANGULAR, 7.0, 42.0, 42.0),
    (EXPONENTIAL, 400.0, 0.0, 0.0),
    (GAMMA, 42.0, 0.5, 0.0),
    (GAMMA, 42.0, 1.0, 0.0),
    (GAMMA, 42.0, 3.0, 0.0),
    (WEIBULL, 42.0, 0.7, 0.0),
    (WEIBULL, 42.0, 3.0, 0.0),
    (LOGNORMAL, 42.0, 0.5, 0.0),
    (LOGNORMAL, 42.0, 2.0, 0.0),
    (LOGLOGISTIC, 42.0, 1.5, 0.0),
    (LOGLOGISTIC, 42.0, 3.0, 0.0),
]


@pytest.mark.parametrize(("family", "a", "b", "c"), PARAMETERS)
def test_quantiles_are_scipys(family, a, b, c):
    # SciPy's own quantile of the log-logistic loses its digits in the last billionth.
    shares = SHARES[:-2] if family == LOGLOGISTIC else SHARES
    found = [quantile(family, a, b, c, u) for u in shares]
    # log(1 - u) has rounding of 1e-16 in u: for the shortest durations that is less than a
    # millisecond.
    np.testing.assert_allclose(found, frozen(family, a, b, c).ppf(shares), rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize(("family", "a", "b", "c"), PARAMETERS)
def test_mean_is_scipys(family, a, b, c):
    numbers = (a, b, c)[: len(family.parameters)]
    assert family.mean(*numbers) == pytest.approx(frozen(family, a, b, c).mean(), rel=1e-12)


def test_quantiles_are_joined_by_straight_lines():
    shares, lengths = (0.0, 0.5, 1.0), (0.0, 10.0, 30.0)
    assert [quantile_at_points(shares, range(3), lengths, 0, u) for u in (0.1, 0.5, 0.75)] == [
        2.0,
        10.0,
        20.0,
    ]


def test_duration_without_spread_is_the_same_for_everyone():
    assert {quantile(CONSTANT, 42.0, 0.0, 0.0, u) for u in SHARES} == {42.0}
    assert {quantile(GAMMA, 42.0, 0.0, 0.0, u) for u in SHARES} == {42.0}
    assert {quantile(LOGNORMAL, 42.0, 0.0, 0.0, u) for u in SHARES} == {42.0}
    assert {quantile(UNIFORM, 42.0, 42.0, 0.0, u) for u in SHARES} == {42.0}
    assert {quantile(TRIANGULAR, 42.0, 42.0, 42.0, u) for u in SHARES} == {42.0}


@pytest.mark.parametrize(("family", "a", "b", "c"), PARAMETERS)
@pytest.mark.parametrize("parts", [1, 2, 7])
def test_slowest_of_several_is_the_quantile_at_the_root(family, a, b, c, parts):
    # All of n independent durations are over by t with probability F(t)^n, so a share u stay below
    # F^-1(u^(1/n)).
    for u in (0.01, 0.3, 0.5, 0.9):
        assert frozen(family, a, b, c).cdf(
            quantile(family, a, b, c, u ** (1 / parts))
        ) ** parts == pytest.approx(u, rel=1e-9)


OPEN = st.floats(2.0**-53, 1 - 2.0**-53)
LENGTHS = st.lists(st.floats(0, 1e5), min_size=3, max_size=3).map(sorted)


@st.composite
def families(draw):
    a, b, c = draw(LENGTHS)
    family = draw(
        st.sampled_from(
            [CONSTANT, UNIFORM, TRIANGULAR, EXPONENTIAL, GAMMA, WEIBULL, LOGNORMAL, LOGLOGISTIC]
        )
    )
    if family in (GAMMA, LOGNORMAL):
        b = draw(st.floats(0.01, MAX_CV))
    if family == WEIBULL:
        b = draw(st.floats(MIN_SHAPE, 20))
    if family == LOGLOGISTIC:
        b = draw(st.floats(MIN_LOGLOGISTIC_SHAPE, 20))
    return family, a, b, c


@given(families(), OPEN, OPEN)
def test_quantile_is_no_less_for_a_greater_share(parameters, u, v):
    shorter, longer = quantile(*parameters, min(u, v)), quantile(*parameters, max(u, v))
    assert 0.0 <= shorter <= longer * (1 + 1e-9) + 1e-9
    assert math.isfinite(longer)


@given(st.lists(st.floats(0, 1e5), min_size=2, max_size=6).map(sorted), OPEN, OPEN)
def test_interpolated_quantile_is_no_less_for_a_greater_share(lengths, u, v):
    shares = [k / (len(lengths) - 1) for k in range(len(lengths))]
    shorter, longer = (
        quantile_at_points(shares, range(len(lengths)), lengths, 0, min(u, v)),
        quantile_at_points(shares, range(len(lengths)), lengths, 0, max(u, v)),
    )
    assert lengths[0] - 1e-9 <= shorter <= longer + 1e-9 <= lengths[-1] + 2e-9


@given(families(), OPEN, st.floats(1, 3))
def test_longer_mean_is_longer_for_every_client(parameters, u, factor):
    # One uniform number, one place in the distribution: nobody's duration becomes shorter when the
    # mean grows.
    family, a, b, c = parameters
    if not family.parameters_rise:
        assert quantile(family, a * factor, b, c, u) == pytest.approx(
            factor * quantile(family, a, b, c, u), rel=1e-9
        )


# Families as records.


def test_every_family_is_found_by_its_name():
    assert [family_named(name).name for name in FAMILIES] == list(FAMILIES)


def test_unknown_family_raises():
    built = Duration("gama", (days(42.0, "6 weeks"),))
    with pytest.raises(LookupError, match="unknown family of durations 'gama'; did you mean"):
        built.law.quantile(42.0, 0.5)


def test_two_families_cannot_have_one_name():
    other = Family("gamma", EXPONENTIAL.parameters, *[EXPONENTIAL.quantile] * 3)
    with pytest.raises(ValueError, match="another family 'gamma'"):
        register_family(other)


def test_family_has_no_more_parameters_than_the_engine_has_places():
    with pytest.raises(ValueError, match="expected 1 to 3 parameters"):
        Family("wide", (Parameter("mean", "duration"),) * 4, *[EXPONENTIAL.quantile] * 3)


def test_quantiles_may_be_told_from_families_that_do_not_bind_their_parameters():
    rising = {name for name, family in FAMILIES.items() if family.parameters_rise}
    assert rising == {"uniform", "triangular"}
    table = read_duration({"quantiles": {"0 %": "0 days", "100 %": "1 day"}})
    assert table.parameters_rise
    assert not read_duration({"gamma": {"mean": "1 week", "cv": 1}}).parameters_rise
