"""Who comes, when, and with which traits: each client the same in every scenario."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from pilotsim.base import randomness
from pilotsim.base.errors import RequestError
from pilotsim.base.ticks import TICKS_PER_DAY, to_days
from pilotsim.model.distributions import read_duration
from pilotsim.simulation.population import (
    Cohort,
    arrival_time,
    category_name,
    client_factor,
    draw_duration,
    make_cohort,
)
from pilotsim.simulation.resolved import ResolvedFlow
from tests.small_flows import plan_of, small_flow

SEED = 5


def planned(groups: dict[str, Any], lasts: str = "60 days", **parts: Any) -> ResolvedFlow:
    return plan_of(small_flow(lasts, groups=groups, stages={"here": {}}, **parts))


def clients(plan: ResolvedFlow, **more: Any) -> Cohort:
    return make_cohort(plan, SEED, 2, **more)


def number(group: str, origin: str, client: int, purpose: str) -> float:
    """Return a client's own number for a purpose, from the definition."""
    return randomness.uniform(
        SEED, 2, randomness.code(f"{group}/{origin}"), client, randomness.code(purpose), 0
    )


# Who comes, and when.


def test_clients_stand_by_group_then_origin_then_number():
    # Intake every two weeks from day 3, two at a time: days 3 and 17.
    intake = {"every": "2 weeks", "first": "2015-01-04", "brings": 2}
    cohort = clients(
        planned(
            {
                "b": {"stock": 2, "starts_in": "here"},
                "a": {"stock": 1, "starts_in": "here", "intake": intake},
            },
            "20 days",
        )
    )
    assert cohort.group.tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert cohort.origin.tolist() == [0, 0, 0, 2, 2, 2, 2]
    assert cohort.number.tolist() == [0, 1, 0, 0, 1, 2, 3]
    assert cohort.arrives.tolist() == [0, 0, 0, 3, 3, 17, 17]
    assert cohort.key.tolist() == [
        randomness.code(key) for key in 2 * ["b/stock"] + ["a/stock"] + 4 * ["a/intake"]
    ]


def test_each_arrival_has_a_gap_of_its_own():
    # Two a day: client n comes when the sum of the first n + 1 exponential gaps is twice the day.
    cohort = clients(planned({"g": {"starts_in": "here", "arrivals": "2 per day"}}))
    gaps = [
        -math.log(number("g", "arrivals", client, "arrival")) for client in range(len(cohort) + 1)
    ]
    assert cohort.arrives == pytest.approx(np.cumsum(gaps)[:-1] / 2)
    assert np.cumsum(gaps)[-1] / 2 >= 60


def test_nobody_arrives_at_a_rate_of_nought_nor_before_it_begins():
    rate = {"value": "0 per day", "assumption": "x", "from": {"2015-02-01": "3 per day"}}
    cohort = clients(
        planned(
            {
                "none": {"starts_in": "here", "arrivals": 0},
                "late": {"starts_in": "here", "arrivals": rate},
            }
        )
    )
    assert not np.any(cohort.group == 0)
    assert cohort.arrives.min() >= 31


def test_a_flow_that_brings_too_many_is_refused():
    with pytest.raises(RequestError, match="at most 5,000,000"):
        clients(planned({"g": {"starts_in": "here", "arrivals": "1000000 per day"}}))
    with pytest.raises(RequestError, match="has 6,000,000 clients"):
        clients(planned({"g": {"starts_in": "here", "stock": 6_000_000}}))


RATES = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from((0.0, 0.1, 0.5, 2.0))), min_size=1, max_size=5
)


@given(st.floats(0.001, 60), RATES)
def test_arrival_time_is_when_the_accumulated_rate_reaches_the_amount(
    reached: float, pieces: list[tuple[int, float]]
):
    ends = np.cumsum([days for days, _ in pieces]).astype(float)
    times, rates = (0.0, *ends[:-1].tolist()), tuple(rate for _, rate in pieces)
    found, *_ = arrival_time(
        reached * TICKS_PER_DAY,
        tuple(time * TICKS_PER_DAY for time in times),
        rates,
        ends[-1] * TICKS_PER_DAY,
    )
    time = to_days(found)
    upper = np.minimum(time, ends)
    accumulated = float((np.maximum(upper - times, 0.0) * rates).sum())
    if time < math.inf:
        assert accumulated == pytest.approx(reached, abs=1e-7)
    else:
        assert accumulated < reached * (1 + 1e-12)


# The same clients in every scenario.


def test_enlarging_a_group_adds_clients_and_changes_none():
    def make(stock: int, rate: int) -> Cohort:
        groups = {
            "a": {
                "stock": stock,
                "starts_in": "here",
                "arrivals": f"{rate} per day",
                "past": {"exponential": {"mean": "9 days"}},
            },
            "b": {"stock": 4, "starts_in": "here"},
        }
        return clients(
            planned(groups, traits={"health": {"normal": [0, 1]}, "young": {"share": "40 %"}})
        )

    def who(cohort: Cohort) -> dict[tuple[int, int, int], tuple[float, ...]]:
        keys = zip(
            cohort.group.tolist(), cohort.origin.tolist(), cohort.number.tolist(), strict=True
        )
        columns = zip(cohort.traits["health"], cohort.traits["young"], cohort.past, strict=True)
        return dict(zip(keys, columns, strict=True))

    small, large = who(make(5, 1)), who(make(9, 2))
    assert len(large) > len(small) + 4
    assert all(large[client] == traits for client, traits in small.items())


def test_nobody_is_offered_anything_in_the_world_without():
    groups = {
        "a": {"stock": 1, "starts_in": "here"},
        "b": {"stock": 1, "starts_in": "here", "offered_from": "2015-01-15"},
    }
    plan = planned(groups)
    assert clients(plan).offered_from.tolist() == [-math.inf, 14]
    assert clients(plan, offered=False).offered_from.tolist() == [math.inf, math.inf]


# Traits.


def test_a_design_says_who_is_offered_from_when_but_never_before_the_group_may_be():
    plan = planned(
        {
            "a": {"stock": 2, "starts_in": "here", "offered_from": "2015-01-11"},
            "b": {"stock": 1, "starts_in": "here"},
        }
    )
    # Group a may be offered from day 10 on.
    assert clients(
        plan, offered=lambda cohort: np.array([3.0, 20.0, 5.0])
    ).offered_from.tolist() == [10.0, 20.0, 5.0]
    assert (
        clients(plan, offered=lambda cohort: np.full(len(cohort), math.inf)).offered_from.tolist()
        == [math.inf] * 3
    )


@pytest.mark.parametrize("times", [[1.0], [math.nan, 1.0, 1.0], [[1.0], [1.0], [1.0]]])
def test_a_design_that_says_no_time_for_each_client_is_refused(times):
    plan = planned({"a": {"stock": 3, "starts_in": "here"}})
    with pytest.raises(RequestError, match="one time of offer for each of 3 clients"):
        clients(plan, offered=lambda cohort: np.array(times))


def test_only_the_stock_has_a_past():
    # Uniform over 0 to 100 days: a hundred times the client's own number.
    past = {"uniform": {"shortest": "0 days", "longest": "100 days"}}
    cohort = clients(
        planned({"g": {"stock": 3, "starts_in": "here", "arrivals": "1 per day", "past": past}})
    )
    assert cohort.past[:3] == pytest.approx(
        [100 * number("g", "stock", client, "past") for client in range(3)]
    )
    assert not cohort.past[3:].any()
    assert np.array_equal(cohort.traits["past"], cohort.past)


def test_traits_are_the_client_s_own_numbers():
    traits = {
        "young": {"share": "30 %", "groups": {"b": "90 %"}},
        "health": {"normal": [2, 3]},
        "office": {"categories": {"north": "20 %", "east": "50 %", "west": "30 %"}},
        "spent": {"days": {"exponential": {"mean": "10 days"}}},
    }
    cohort = clients(
        planned({group: {"stock": 40, "starts_in": "here"} for group in "ab"}, traits=traits)
    )
    for k, (group, client) in enumerate((group, client) for group in "ab" for client in range(40)):
        u = {trait: number(group, "stock", client, f"trait/{trait}") for trait in traits}
        assert cohort.traits["young"][k] == (u["young"] < (0.3 if group == "a" else 0.9))
        assert cohort.traits["health"][k] == pytest.approx(2 + 3 * ndtri(u["health"]))
        assert cohort.traits["office"][k] == (
            0 if u["office"] < 0.2 else 1 if u["office"] < 0.7 else 2
        )
        assert cohort.traits["spent"][k] == pytest.approx(-10 * math.log(1 - u["spent"]))
    assert cohort.traits["group"].tolist() == 40 * [0] + 40 * [1]


def test_categories_that_do_not_quite_add_up_are_scaled():
    # Thirds written with one decimal: 99.9 % in all, and every client falls into one of them.
    thirds = {"categories": {"a": "33.3 %", "b": "33.3 %", "c": "33.3 %"}}
    cohort = clients(planned({"g": {"stock": 3000, "starts_in": "here"}}, traits={"third": thirds}))
    assert set(cohort.traits["third"].tolist()) == {0, 1, 2}


def test_category_names():
    plan = planned(
        {"x": {"starts_in": "here"}, "y": {"starts_in": "here"}},
        traits={"office": {"categories": {"north": "40 %", "south": "60 %"}}},
    )
    assert [category_name(plan, "office", k) for k in (0.0, 1.0)] == ["north", "south"]
    assert [category_name(plan, "group", k) for k in (0.0, 1.0)] == ["x", "y"]


# Factors and durations.


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({}, [1, 1]),
        ({"young": 3}, [1, 3]),  # 3 to the power of 0 or 1
        ({"young": 0}, [1, 0]),  # who has the trait, never
        ({"spent": 1.5}, [2.25, 2.25]),  # two days: the square
        ({"office": {"south": 4}}, [4, 4]),
        ({"office": {"north": 4}}, [1, 1]),  # a category that is not named counts 1
        ({"group": {"b": 5}, "young": 3, "spent": 2}, [4, 60]),
    ],
)
def test_factors_multiply(factors: dict[str, Any], expected: list[float]):
    traits = {
        "young": {"share": "0 %", "groups": {"b": "100 %"}},
        "spent": {"days": "2 days"},
        "office": {"categories": {"north": "0 %", "south": "100 %"}},
    }
    groups = {group: {"stock": 1, "starts_in": "here"} for group in "ab"}
    plan = planned(
        groups,
        traits=traits,
        risks={"job": {"to": "here", "rate": "1 % per month", "times": factors}},
    )
    cohort = clients(plan)
    assert [
        client_factor(plan, cohort, plan.risks[0].times, client) for client in (0, 1)
    ] == expected


def test_a_factor_of_nought_counts_once_above_nought():
    # Of a number: 0 to any power above 0 is 0, and 1 otherwise.
    plan = planned(
        {"g": {"stock": 50, "starts_in": "here"}},
        traits={"health": {"normal": [0, 1]}},
        risks={"job": {"to": "here", "rate": "1 % per month", "times": {"health": 0}}},
    )
    cohort = clients(plan)
    found = [client_factor(plan, cohort, plan.risks[0].times, client) for client in range(50)]
    assert found == [0.0 if health > 0 else 1.0 for health in cohort.traits["health"]]


def drawn(raw: Any, u: float) -> float:
    plan = plan_of(
        small_flow(
            groups={"g": {"starts_in": "s"}},
            stages={"s": {"lasts": raw, "next": {"t": "100 %"}}, "t": {}},
        )
    )
    duration = plan.stages[0].lasts
    assert duration is not None
    return draw_duration(duration, u)


def test_durations_are_drawn_from_one_number():
    assert drawn("5 days", 0.7) == 5
    assert drawn({"uniform": {"shortest": "2 days", "longest": "6 days"}}, 0.25) == 3
    assert drawn({"quantiles": {"0 %": "0 days", "50 %": "4 days", "100 %": "10 days"}}, 0.75) == 7
    assert drawn({"gamma": {"mean": "5 days", "cv": 0}}, 0.3) == 5


def test_the_slowest_of_several_is_their_maximum():
    # Of three uniform over 0 to 8 days, half of all clients stay below 8 times the cube root of a
    # half.
    assert drawn(
        {"uniform": {"shortest": "0 days", "longest": "8 days"}, "slowest_of": 3}, 0.5
    ) == pytest.approx(8 * 0.5 ** (1 / 3))
    assert (
        drawn({"uniform": {"shortest": "0 days", "longest": "8 days"}, "slowest_of": 1}, 0.5) == 4
    )


@given(st.floats(0.001, 0.998), st.floats(0.0001, 0.001))
def test_a_larger_number_never_draws_a_shorter_length(u: float, step: float):
    for raw in (
        {"gamma": {"mean": "5 days", "cv": 0.7}},
        {"weibull": {"mean": "5 days", "shape": 2}},
        {"exponential": {"mean": "5 days"}},
    ):
        assert drawn(raw, u) <= drawn(raw, u + step)


def test_durations_are_read_once():
    duration = read_duration("3 days")
    assert read_duration(duration) is duration
