"""Clients who can never go on are found in a run and named, with what they hold and want."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.measures.standstill import find_standstill
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.journeys import FINISHED, INTERRUPTED
from tests.small_flows import ENGINES, plan_of, run, small_flow

# One by which a stay of nine days on average is not over on day 2.
SEED_OF_A_LONG_STAY = 3


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


def test_whoever_waits_at_night_does_not_stand_still():
    """At midnight no unit is there, and who keeps one until the morning waited for ever, it said."""
    flow = crossed(units=3)
    shifts = {"shifts": {"mon-fri": "08:00-16:00"}, "at_end_of_shift": "finish"}
    flow["resources"] = {name: {**one, **shifts} for name, one in flow["resources"].items()}
    flow["groups"]["x"]["stock"], flow["groups"]["y"]["stock"] = 60, 0
    for stage in flow["stages"].values():
        if "lasts" in stage:
            stage["lasts"] = "2 hours"
    journeys = run({**flow, "lasts": "3 days"})
    assert np.isnan(journeys.finished).sum() > 10
    assert find_standstill(journeys) is None


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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("interrupted", "since"), [("goes_on", 7.0), ("starts_again", 9.0)])
def test_a_stay_that_was_interrupted_is_done_when_all_of_it_is(engine, interrupted, since):
    """Four days from day 0, of which two are left on day 2; the place is free again on day 5."""
    flow = small_flow(
        groups={
            "kept": {"starts_in": "enters", "stock": 1},
            "g": {"starts_in": "one", "stock": 1},
            "urgent": {"starts_in": "before", "stock": 1},
        },
        resources={"place": {"units": 1}},
        stages={
            "enters": lasting(1, "full"),
            "full": {"room": 1},
            "one": lasting(4, "full", needs={"place": 1}, interrupted=interrupted),
            "before": lasting(2, "urgent"),
            "urgent": lasting(3, "out", needs={"place": 1}, priority=1, interrupts="one"),
            "out": {},
        },
    )
    found = find_standstill(run(flow, engine=engine))
    assert found is not None
    assert [(one.stage, one.wants) for one in found.stuck] == [("one", ({"room in full": 1},))]
    assert found.since == since


@pytest.mark.parametrize("interrupted", ["drawn_anew", "starts_again", "goes_on"])
def test_since_when_one_is_done_is_known_of_lengths_that_are_drawn_anew_or_go_with_a_risk(
    interrupted,
):
    """With room for all, the same stay ends when it is done: the client comes by the risk that it goes with."""
    flow = small_flow(
        "90 days",
        groups={
            "kept": {"starts_in": "enters", "stock": 1},
            "g": {"starts_in": "early", "stock": 1},
            "urgent": {"starts_in": "before", "stock": 1},
        },
        resources={"place": {"units": 1}},
        risks={"moves": {"to": "one", "rate": "90 per month"}},
        stages={
            "early": {"risks": {"moves": 1}},
            "enters": lasting(1, "full"),
            "full": {"room": 1},
            "one": {
                **lasting(4, "full", needs={"place": 1}, interrupted=interrupted),
                "lasts": {"gamma": {"mean": "9 days", "cv": 0.5}, "correlated": {"moves": -0.8}},
            },
            "before": lasting(2, "urgent"),
            "urgent": lasting(3, "out", needs={"place": 1}, priority=1, interrupts="one"),
            "out": {},
        },
    )
    found = find_standstill(run(flow, seed=SEED_OF_A_LONG_STAY))
    flow["stages"]["full"]["room"] = 2
    whole = run(flow, seed=SEED_OF_A_LONG_STAY)
    ended = whole.finished[(whole.stage == 3) & (whole.cause == FINISHED)]
    assert (whole.cause == INTERRUPTED).sum() == 1
    assert found is not None
    assert [found.since] == ended.tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_after_a_long_run_those_stand_still_who_would_without_one(engine):
    parts = {
        "groups": {
            name: {"starts_in": name, "arrivals": "2 per week"} for name in ("first", "second")
        },
        "stages": {
            "first": lasting(1, "one"),
            "second": {"lasts": {"exponential": {"mean": "2 days"}}, "next": {"two": "100 %"}},
            "one": {
                "room": 2,
                "lasts": {"gamma": {"mean": "9 days", "cv": 1}},
                "next": {"two": "100 %"},
            },
            "two": lasting(2, "one", room=2),
        },
    }
    long = small_flow("130 days", "2015-01-01", **parts)
    later = small_flow("30 days", "2015-04-11", **parts, starts_from={"long_run": "100 days"})
    whole, found = (find_standstill(run(one, engine=engine)) for one in (long, later))
    assert whole is not None
    assert found is not None
    assert found.stuck == whole.stuck
    assert found.since == whole.since - 100
    assert any("room in two" in wanted for one in found.stuck for wanted in one.wants)
