"""Shared values and named periods: one number drawn once, dates said once."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm

from pilotsim.base import randomness
from pilotsim.base.errors import FlowError
from pilotsim.judge.check import check_targets
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.parameters import draw_numbers, draw_rows_of_numbers
from pilotsim.simulation.resolved import resolve_flow
from tests.small_flows import ENGINES, plan_of, run, small_flow, starts

engines = pytest.mark.parametrize("engine", ENGINES)


def scaled_flow(**shared: Any) -> dict[str, Any]:
    value = {"value": 1, "low": 0.5, "high": 2, "assumption": "nobody knows", **shared}
    return small_flow(
        "60 days",
        shared={"turnover": value},
        groups={
            "g": {
                "stock": {"value": 40, "assumption": "x", "scaled_by": "turnover"},
                "starts_in": "on",
            },
            "n": {
                "starts_in": "on",
                "arrivals": {
                    "value": "2 per month",
                    "assumption": "x",
                    "scaled_by": "turnover",
                    "from": {"2015-01-20": "4 per month"},
                },
            },
        },
        risks={
            "job": {
                "to": "work",
                "rate": {
                    "value": "20 % per month",
                    "low": "10 % per month",
                    "high": "30 % per month",
                    "assumption": "x",
                    "scaled_by": "turnover",
                },
            },
            "gone": {
                "to": "away",
                "rate": {"value": "5 % per month", "assumption": "x", "scaled_by": "turnover"},
            },
        },
        stages={"on": {"risks": {"job": 1, "gone": 1}}, "work": {"counts_as": "work"}, "away": {}},
        targets={"t": {"says": "x", "at_least": 1, "measure": {"count": {"state": "work"}}}},
    )


def test_shared_value_is_drawn_once_and_scales_all_that_name_it():
    flow = plan_of(scaled_flow()).flow
    factors = []
    for replication in range(50):
        numbers = draw_numbers(flow, 3, replication)
        plan = resolve_flow(flow, numbers)
        factor, own = (
            numbers[flow.values["shared.turnover"].slot],
            numbers[flow.values["risks.job.rate"].slot],
        )
        assert plan.numbers[flow.values["risks.job.rate"].slot] == own * factor
        assert plan.numbers[flow.values["risks.gone.rate"].slot] == pytest.approx(
            0.05 / 30.4375 * factor
        )
        assert plan.numbers[flow.values["groups.n.arrivals.from.2015-01-20"].slot] == pytest.approx(
            4 / 30.4375 * factor
        )
        assert plan.groups[0].stock == int(40 * factor + 0.5)
        factors.append(factor)
    assert 0.5 < min(factors) < 0.8 < 1.5 < max(factors) < 2


@pytest.mark.parametrize("shape", ["uniform", "triangular"])
def test_counts_are_drawn_by_their_quantiles(shape: str):
    stock = {"value": 1, "low": 0, "high": 2, "shape": shape, "assumption": "x"}
    groups = {"g": {"stock": stock, "starts_in": "on"}}
    flow = plan_of(small_flow(groups=groups, stages={"on": {}})).flow
    value = flow.values["groups.g.stock"]
    drawn = draw_rows_of_numbers(flow, 5, range(6000))[:, value.slot]
    path = randomness.code("groups.g.stock")
    keys = range(0, 6000, 97)
    chances = [randomness.uniform(5, r, randomness.code("assumption"), 0, path, 0) for r in keys]
    assert [value.quantile(u) for u in chances] == drawn[::97].tolist()
    # Thirds, or a half with a quarter to each side; 4.5 standard errors.
    middle = {"uniform": 1 / 3, "triangular": 1 / 2}[shape]
    error = (middle * (1 - middle) / 6000) ** 0.5
    assert abs((drawn == 1).mean() - middle) < 4.5 * error
    assert abs((drawn == 0).mean() - (1 - middle) / 2) < 4.5 * error


def test_value_without_a_shared_one_is_left_alone():
    plain = scaled_flow()
    for risk in plain["risks"].values():
        del risk["rate"]["scaled_by"]
    del plain["groups"]["g"]["stock"]["scaled_by"], plain["groups"]["n"]["arrivals"]["scaled_by"]
    flow = plan_of(plain).flow
    numbers = draw_numbers(flow, 1, 0)
    assert resolve_flow(flow, numbers).numbers is numbers


def test_changing_a_shared_value_for_a_run_reaches_what_it_scales():
    flow = plan_of(scaled_flow()).flow
    slot = flow.values["shared.turnover"].slot
    variants = [
        Variant(name, flow, {slot: number}, fixed=True, engine="process")
        for name, number in (("low", 0.5), ("high", 2.0))
    ]
    found = run_variants(
        variants,
        [Measure.model_validate({"count": {"origin": "stock"}})],
        seed=1,
        replications={"low": 1, "high": 1},
    )
    assert (found["low"].values[0, 0], found["high"].values[0, 0]) == (20, 80)


def test_shared_value_is_among_what_may_move_a_target():
    check = check_targets(
        plan_of(scaled_flow()).flow, replications=4, what_if_replications=2, engine="process"
    )
    assert {driver.name for driver in check.drivers} == {"shared.turnover", "risks.job.rate"}


def period_flow(units: Any, **periods: Any) -> dict[str, Any]:
    return small_flow(
        "60 days",
        periods=periods
        or {
            "closed": {"from": "2015-01-08", "until": "2015-01-22"},
            "late": {"from": "2015-02-01"},
        },
        groups={"g": {"starts_in": "in", "intake": {"every": "1 day", "brings": 1}}},
        resources={"place": {"units": units}},
        stages={
            "in": {"needs": {"place": 1}, "lasts": "1 day", "next": {"out": "100 %"}},
            "out": {"counts_as": "work"},
        },
    )


@engines
def test_value_goes_back_after_a_period_to_what_it_was(engine: str):
    # One place; none from day 7 to day 21; two from day 31. Who waits then starts one a day, and
    # from day 31 two a day.
    units = {
        "value": 1,
        "assumption": "x",
        "during": {"closed": 0, "late": {"value": 2, "assumption": "more"}},
    }
    began = list(starts(run(period_flow(units), engine=engine), "in").values())
    assert began[:9] == [0, 1, 2, 3, 4, 5, 6, 21, 22]
    assert began[16:20] == [30, 31, 31, 32]


@engines
def test_period_lies_over_dates_and_gives_way_to_them_afterwards(engine: str):
    units = {"value": 1, "assumption": "x", "from": {"2015-01-15": 3}, "during": {"closed": 0}}
    began = list(starts(run(period_flow(units), engine=engine), "in").values())
    assert began[6:11] == [6, 21, 21, 21, 22]


def test_rate_of_arrival_that_is_in_a_period_at_the_start_has_one_speed():
    plain = small_flow(
        "30 days",
        periods={
            "before": {"from": "2014-01-01", "until": "2014-06-01"},
            "now": {"from": "2014-12-01", "until": "2015-01-11"},
        },
        groups={
            "g": {
                "starts_in": "on",
                "arrivals": {
                    "value": "300 per month",
                    "assumption": "x",
                    "during": {"before": "5 per month", "now": "0 per month"},
                },
            }
        },
        stages={"on": {}},
    )
    plan = plan_of(plain)
    assert plan.groups[0].rate.times == (0.0, 10.0)
    journeys = [run_replication(plan, 1, 0, engine=engine) for engine in ENGINES]
    assert all(one == journeys[0] for one in journeys)
    assert 10 <= journeys[0].joined.min() < 11
    assert (
        120 < len(journeys[0]) < 280
    )  # 300 / 30.4375 a day for 20 days: 197, with a standard deviation of 14


FAULTS: list[tuple[dict[str, Any], str]] = [
    (
        period_flow({"value": 1, "assumption": "x", "during": {"close": 0}}),
        "unknown period 'close'; did you mean 'closed'?",
    ),
    (
        period_flow(
            {"value": 1, "assumption": "x", "during": {"a": 0, "b": 2}},
            a={"from": "2015-01-01"},
            b={"from": "2015-02-01"},
        ),
        "the periods 'a' and 'b' overlap",
    ),
    (
        period_flow(1, a={"from": "2015-02-01", "until": "2015-02-01"}),
        "periods.a.until: expected a day after 2015-02-01",
    ),
    (
        period_flow({"value": 1, "assumption": "x", "scaled_by": "turnover"}),
        "unknown shared value 'turnover'",
    ),
    (
        period_flow({"value": 1, "assumption": "x", "scaled_by": 2}),
        "expected the name of a shared value; found 2",
    ),
    (
        period_flow({"value": 1, "assumption": "x", "during": 0}),
        "expected periods and values, such as {closed: 0}",
    ),
    (
        {
            **scaled_flow(),
            "traits": {
                "y": {"share": {"value": "60 %", "assumption": "x", "scaled_by": "turnover"}}
            },
        },
        "the share may become more than 100 % where 'turnover' is high",
    ),
    (
        {
            **scaled_flow(),
            "shared": {
                "turnover": 1,
                "other": {"value": 1, "assumption": "x", "scaled_by": "turnover"},
            },
        },
        "a shared value scales what describes the world",
    ),
]


@pytest.mark.parametrize(("plain", "message"), FAULTS, ids=range(len(FAULTS)))
def test_fault_of_a_period_or_a_shared_value_is_named(plain: dict[str, Any], message: str):
    with pytest.raises(FlowError) as caught:
        plan_of(plain)
    assert message in str(caught.value)


def test_numbers_are_scaled_once():
    flow = plan_of(scaled_flow(value=2, low=2, high=2)).flow
    numbers = np.array([value.number for value in flow.values.values()])
    assert resolve_flow(flow).numbers[flow.values["groups.g.stock"].slot] == 80
    assert numbers[flow.values["groups.g.stock"].slot] == 40


# --------------------------------------------------------------------------------------------------
# Strength: a mixture, and factors raised to its power

MIXTURE = [
    {"weight": "50 %", "mean": 0, "sd": 0.5},
    {"weight": "40 %", "mean": 1.5, "sd": 1},
    {"weight": "10 %", "mean": 4, "sd": 1.5},
]


def helping_flow(strength: Any, times: Any = 3.0, **more: Any) -> dict[str, Any]:
    """Return a flow whose training is followed by a help of a strength."""
    factor = {"value": times, "assumption": "x", "raised_to": "strength", **more}
    return small_flow(
        "12 months",
        shared={"strength": strength},
        groups={"g": {"stock": 60, "starts_in": "training"}},
        risks={"job": {"to": "work", "rate": "4 % per month"}},
        stages={
            "training": {"lasts": "1 month", "next": {"on": "100 %"}},
            "on": {"risks": {"job": 1}},
            "work": {"counts_as": "work"},
        },
        effects=[{"after": "training", "on": "job", "times": factor, "for": "6 months"}],
        targets={"t": {"says": "x", "at_least": 1, "measure": {"count": {"state": "work"}}}},
    )


def test_mixture_is_drawn_in_its_shares():
    """Exact binomial bounds at one in a thousand on shares of 2,000 draws; the control misses them."""
    strength = {"value": 1, "assumption": "x", "mixture": MIXTURE}
    flow = plan_of(helping_flow(strength)).flow
    value = flow.values["shared.strength"]
    drawn = draw_rows_of_numbers(flow, 7, range(2000))[:, value.slot]
    assert value.mixture is not None
    for probability in (0.05, 0.3, 0.5, 0.9, 0.99):
        at = value.quantile(probability)
        assert value.mixture.below(at) == pytest.approx(probability, abs=1e-12)
        low, high = binom.ppf([0.0005, 0.9995], 2000, probability)
        assert low <= np.sum(drawn <= at) <= high
        of_a_single_normal = value.mixture.mean + norm.ppf(probability) * np.std(drawn)
        if probability in (0.3, 0.5):
            assert not low <= np.sum(drawn <= of_a_single_normal) <= high
    assert (drawn < 0).any()
    # What is shown of its range has the digits that count.
    assert value.low == pytest.approx(value.quantile(0.05), abs=0.05)
    assert value.high == pytest.approx(value.quantile(0.95), abs=0.05)
    assert (value.low, value.high) == (round(value.low, 2), round(value.high, 2))


def test_a_factor_is_raised_to_the_strength_of_its_draw():
    strength = {"value": 1, "assumption": "x", "mixture": MIXTURE}
    flow = plan_of(helping_flow(strength, low=1.5, high=4.0)).flow
    own, power = flow.values["effects.0.times"].slot, flow.values["shared.strength"].slot
    for replication in range(30):
        numbers = draw_numbers(flow, 3, replication)
        plan = resolve_flow(flow, numbers)
        assert plan.effects[0].factor == pytest.approx(numbers[own] ** numbers[power], rel=1e-14)
        assert numbers[power] == draw_rows_of_numbers(flow, 3, [0, replication])[1, power]


@engines
@pytest.mark.parametrize(("strength", "times"), [(0, 1), (1, 3), (2, 9), (-1, 1 / 3)])
def test_strength_is_the_power_of_the_factor_to_the_bit(engine: str, strength: int, times: float):
    """A strength of 0 is the factor 1: the effect is switched off."""
    dialled = run(helping_flow(strength), engine=engine)
    written = run(helping_flow(1, times), engine=engine)
    assert dialled == written
    if strength != 1:
        assert dialled != run(helping_flow(1), engine=engine)


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (
            helping_flow(1, low=0, high=4),
            "effects.0.times.raised_to: only a factor above 0 can be raised to a strength",
        ),
        (
            helping_flow({"value": 1, "assumption": "x", "mixture": MIXTURE[:2]}),
            "the weights of the mixture add up to 90 %; expected 100 %",
        ),
        (
            helping_flow({"value": 1, "source": "x", "mixture": MIXTURE}),
            "a range belongs to an assumption",
        ),
        (
            helping_flow({"value": 1, "assumption": "x", "mixture": MIXTURE, "low": 0, "high": 2}),
            "a mixture is a range of its own; leave out 'low'",
        ),
        (
            helping_flow(-1, scaled_by="strength"),
            "'strength' may be below 0; only 0 and more can multiply",
        ),
    ],
)
def test_unsuitable_strength_is_refused(flow: dict[str, Any], message: str):
    with pytest.raises(FlowError, match=re.escape(message)):
        plan_of(flow)
