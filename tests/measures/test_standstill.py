"""Clients who can never go on are found in a run and named, with what they hold and want."""

from __future__ import annotations

import pytest

from pilotsim.base.errors import RequestError
from pilotsim.measures.standstill import find_standstill
from pilotsim.simulation.engines import run_replications
from tests.small_flows import ENGINES, plan_of, run, small_flow


def lasting(days, to, **more):
    return {"lasts": f"{days} days", "next": {to: "100 %"}, **more}


def crossed(units=1):
    """Two ways that take x and y in turn, each keeping what it has: the second wants the other's."""
    stages = {}
    for first, second in (("x", "y"), ("y", "x")):
        stages[f"first_{first}"] = lasting(2, f"both_{first}", needs={first: 1}, keeps=[first])
        stages[f"both_{first}"] = lasting(3, "out", needs={first: 1, second: 1})
    return small_flow(
        groups={one: {"starts_in": f"first_{one}", "stock": 2} for one in ("x", "y")},
        resources={"x": {"units": units}, "y": {"units": units}},
        stages={**stages, "out": {}},
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_each_holds_what_the_other_wants(engine):
    found = find_standstill(run(crossed(), engine=engine))
    assert found is not None
    assert found.since == 2.0
    told = {(one.stage, one.clients): (one.holds, one.wants) for one in found.stuck}
    assert told == {
        ("both_x", 1): ({"x": 1}, ({"x": 1, "y": 1},)),
        ("both_y", 1): ({"y": 1}, ({"x": 1, "y": 1},)),
        # And those behind them.
        ("first_x", 1): ({}, ({"x": 1},)),
        ("first_y", 1): ({}, ({"y": 1},)),
    }
    assert found.clients == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_a_unit_more_lets_all_go_on(engine):
    assert find_standstill(run(crossed(units=3), engine=engine)) is None


def test_a_risk_that_takes_one_away_resolves_it():
    flow = crossed()
    flow["risks"] = {"leaves": {"to": "out", "rate": "1 % per year"}}
    flow["stages"]["both_x"]["risks"] = {"leaves": 1}
    assert find_standstill(run(flow)) is None
    flow["stages"]["both_x"]["risks"] = {"leaves": 0}
    assert find_standstill(run(flow)) is not None


@pytest.mark.parametrize("engine", ENGINES)
def test_two_stages_that_want_each_others_room(engine):
    flow = small_flow(
        groups={
            "g": {"stock": 1, "starts_in": "first", "stock_in": {"one": "100 %"}},
            "h": {"stock": 1, "starts_in": "first", "stock_in": {"two": "100 %"}},
        },
        stages={
            "first": lasting(1, "one"),
            "one": lasting(1, "two", room=1),
            "two": lasting(2, "one", room=1),
            "done": {},
        },
    )
    found = find_standstill(run(flow, engine=engine))
    assert found is not None
    assert found.since == 2.0
    assert [(one.stage, dict(one.holds), one.wants) for one in found.stuck] == [
        ("one", {"room in one": 1}, ({"room in two": 1},)),
        ("two", {"room in two": 1}, ({"room in one": 1},)),
    ]
    # Whose service is not over yet is not stuck.
    flow["stages"]["two"]["lasts"] = "90 days"
    assert find_standstill(run(flow, engine=engine)) is None


def test_what_nobody_ever_gives_back_is_waited_for_for_ever():
    flow = small_flow(
        groups={"g": {"stock": 3, "starts_in": "kept"}},
        resources={"r": {"units": 1}},
        stages={"kept": {"needs": {"r": 1}}},
    )
    found = find_standstill(run(flow))
    assert found is not None
    assert [(one.stage, one.clients, dict(one.holds)) for one in found.stuck] == [("kept", 2, {})]
    flow["stages"]["kept"] = lasting(400, "out", needs={"r": 1})
    flow["stages"]["out"] = {}
    assert find_standstill(run(flow)) is None


def test_a_long_line_is_no_standstill_and_several_runs_are_refused():
    flow = small_flow(
        groups={"g": {"stock": 500, "starts_in": "s"}},
        resources={"r": {"units": 1}},
        stages={"s": lasting(20, "out", needs={"r": 1}), "out": {}},
    )
    assert find_standstill(run(flow)) is None
    plan = plan_of(flow)
    with pytest.raises(RequestError, match="by itself"):
        find_standstill(run_replications([plan, plan], 1, [0, 1]))
