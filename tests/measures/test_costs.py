"""Costs and refunds of runs small enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.measures.measures import measure
from pilotsim.model.targets import Measure
from pilotsim.simulation.journeys import Journeys
from tests.small_flows import plan_of, run, small_flow

MONTH = 30.4375


def budget_flow(**costs: Any) -> dict[str, Any]:
    """Return a flow of 60 days: two clients are in `on` for 10 days, wait for one place at `course` of 5 days each, then work."""
    return small_flow(
        "60 days",
        groups={"a": {"stock": 1, "starts_in": "on"}, "b": {"stock": 1, "starts_in": "on"}},
        resources={"place": {"units": 1, "price_per_month": 3043.75}},
        stages={
            "on": {"lasts": "10 days", "next": {"course": "100 %"}},
            "course": {"needs": {"place": 1}, "lasts": "5 days", "next": {"work": "100 %"}},
            "work": {"counts_as": "work"},
        },
        costs={
            "assistance": {"per_month": 30.4375, "state": "assistance"},
            "allowance": {"per_day": 10, "in": "course"},
            "working": {"per_day": 10, "in": "course", "working_days": True},
            "start": {"per_start": 7, "in": ["course", "on"]},
            "refund": {"per_month": -30.4375, "in": "course", "groups": "b"},
            "rent": {"per_month": 304.375},
            **costs,
        },
    )


@pytest.fixture(scope="module")
def journeys() -> Journeys:
    return run(budget_flow())


# Client 0: on 0-10, course 10-15, work. Client 1: on 0-10, waits 10-15, course 15-20, work. Day 10
# is Sunday 11 January 2015: working days 12-15 January (4) for client 0; for client 1 on 16, 19 and
# 20 January (3).


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ({"cost": "assistance"}, 15 + 20),
        ({"cost": "allowance"}, 100),
        ({"cost": "working"}, 10 * (4 + 3)),
        ({"cost": "start"}, 4 * 7),
        ({"cost": "refund"}, -5),
        ({"cost": "rent"}, 600),
        ({"cost": "place"}, 6000),
        ({"cost": ["place", "rent", "refund"]}, 6595),
        ({"cost": "assistance", "of": {"groups": "b"}}, 20),
        ({"cost": "assistance", "per": {"reached": "work"}}, 17.5),
        ({"cost": "allowance", "per_month_in_stage": "course"}, 100 / (10 / MONTH)),
        ({"cost": "place", "per_month_in": "assistance"}, 6000 / (35 / MONTH)),
        ({"cost": "assistance", "between": ["2015-01-01", "2015-01-13"]}, 24),
        ({"cost": "allowance", "between": ["2015-01-13", "2015-01-18"]}, 50),
        ({"cost": "start", "between": ["2015-01-02", "2015-01-12"]}, 7),
        ({"cost": "rent", "between": ["2015-01-01", "2015-01-31"]}, 300),
        (
            {
                "cost": "place",
                "between": ["2015-01-01", "2015-01-31"],
                "per_month_in_stage": "course",
            },
            3000 / (10 / MONTH),
        ),
    ],
)
def test_costs_are_counted(journeys: Journeys, what: dict[str, Any], number: float):
    assert measure(journeys, Measure.model_validate(what)) == pytest.approx(number)


def test_a_price_with_a_range_is_drawn():
    plain = budget_flow(
        dear={"per_start": {"value": 7, "low": 5, "high": 9, "assumption": "x"}, "in": "course"}
    )
    assert "costs.dear.per_start" in plan_of(plain).flow.assumptions


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (
            {"per_month": 1, "per_day": 2, "in": "on"},
            "a cost needs exactly one of per_month, per_day, per_start",
        ),
        ({"per_start": 1, "state": "work"}, "'per_start' needs 'in'"),
        ({"per_day": 1}, "says not where it is paid"),
        ({"per_month": 1, "groups": "a"}, "says not where it is paid"),
        (
            {"per_month": 1, "in": "on", "state": "work"},
            "either in which stages (in) or in which state",
        ),
        ({"per_month": 1, "in": "onn"}, "costs.x.in: unknown stage 'onn'; did you mean 'on'?"),
        ({"per_month": 1, "in": "on", "groups": "c"}, "costs.x.groups: unknown group 'c'"),
        ({"per_month": 1, "in": "on", "working_days": True}, "'working_days' needs 'per_day'"),
    ],
)
def test_fault_of_a_cost_is_named(cost: dict[str, Any], message: str):
    with pytest.raises(FlowError) as caught:
        plan_of(budget_flow(x=cost))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"cost": "plase"}, "unknown resource or cost 'plase'; did you mean 'place'?"),
        ({"cost": "rent", "of": {"groups": "a"}}, "hangs on no client, so leave 'of' out"),
        ({"cost": "place", "of": {"groups": "a"}}, "hangs on no client, so leave 'of' out"),
        (
            {"cost": "rent", "per": {"groups": "a"}, "per_month_in": "work"},
            "expected one of per, per_month_in, per_month_in_stage",
        ),
        (
            {"mean_in": "work", "per_month_in": "work"},
            "only a cost, or hours, are per month of clients",
        ),
        ({"cost": "rent", "per_month_in_stage": "cours"}, "did you mean 'course'?"),
    ],
)
def test_fault_of_a_measure_of_costs_is_named(what: dict[str, Any], message: str):
    with pytest.raises(FlowError) as caught:
        plan_of({**budget_flow(), "targets": {"t": {"says": "x", "at_least": 1, "measure": what}}})
    assert message in str(caught.value)


def test_a_cost_and_a_resource_have_names_of_their_own():
    with pytest.raises(FlowError, match="'place' is a resource; give the cost a name of its own"):
        plan_of(budget_flow(place={"per_month": 1}))
