"""Sums of lengths meet the opening, the date, the limit and the horizon that they should, exactly.

8 January 2016 is a Friday; day 1 is a Saturday. A working hour is 2/15 of a day, which no sum of
plain numbers holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotsim.simulation.journeys import Journeys
from tests import small_flows
from tests.small_flows import ENGINES, small_flow, visits

Run = Callable[..., Journeys]
FRIDAY = "2016-01-08"
# Each comes to a whole number of days; from Friday 00:00, work of so many days rests on weekends.
ONE_DAY = [
    [
        "1 working hour",
        "1.5 working hours",
        "1.5 working hours",
        "3 working hours",
        "0.5 working hours",
    ],
    ["1 hour", "0.1 hours", "2.9 hours", "19 hours", "60 minutes"],
    ["0.1 days", "0.2 days", "0.7 days"],
    ["1 working minute", "7.4 working hours", "5 working minutes"],
    ["0.1 working days"] * 10,
    ["1440 minutes"],
    ["0.3 working hours"] * 25,
    ["2.4 hours"] * 10,
    ["0.1 minutes"] * 3 + ["1439.7 minutes"],
    ["0.1 weeks", "0.3 days"],
]


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest) -> Run:
    return partial(small_flows.run, engine=request.param)


def chain(lengths: Sequence[str], to: str = "goal", **more: Any) -> dict[str, Any]:
    """Return stages one after the other, the last of which leads to another stage."""
    names = [f"s{k}" for k in range(len(lengths))]
    return {
        name: {"lasts": length, "next": {after: "100 %"}, **more}
        for (name, after), length in zip(pairwise([*names, to]), lengths, strict=True)
    }


def flow_of(lengths: Sequence[str], lasts: str = "60 days", **parts: Any) -> dict[str, Any]:
    """Return a flow in which one client goes through lengths of time, then reaches `goal`."""
    stages = {**chain(lengths), **parts.pop("stages", {"goal": {}})}
    groups = {"g": {"stock": 1, "starts_in": "s0"}, **parts.pop("groups", {})}
    return small_flow(lasts, FRIDAY, groups=groups, stages=stages, **parts)


def opens(first: str, every: str = "1 month") -> dict[str, Any]:
    """Return a stage that opens on a date and a month later."""
    return {"opens": {"every": every, "first": first}, "lasts": "1 day", "next": {"out": "100 %"}}


def joined_and_started(journeys: Journeys, stage: str) -> list[tuple[float, float | None]]:
    """Return when clients joined a stage and started there."""
    return [(row[2], row[3]) for row in visits(journeys, stage)]


@pytest.mark.parametrize("lengths", ONE_DAY)
def test_a_day_in_pieces_is_a_day_and_meets_the_opening(run: Run, lengths: list[str]):
    flow = flow_of(lengths, stages={"goal": opens("2016-01-09"), "out": {}})
    assert joined_and_started(run(flow), "goal") == [(1.0, 1.0)]


@given(
    st.lists(st.integers(1, 449), min_size=1, max_size=6, unique=True).map(sorted),
    st.randoms(use_true_random=False),
    st.sampled_from(ENGINES),
)
@settings(max_examples=40)
def test_pieces_in_any_order_meet_the_opening(cuts: list[int], chance: Any, engine: str):
    minutes = [b - a for a, b in pairwise([0, *cuts, 450])]
    chance.shuffle(minutes)
    lengths = [
        chance.choice((f"{one} working minutes", f"{one * 3.2:.1f} minutes")) for one in minutes
    ]
    # On one working day, a working minute passes as 3.2 minutes do.
    flow = flow_of(lengths, stages={"goal": opens("2016-01-09"), "out": {}})
    found = joined_and_started(small_flows.run(flow, engine=engine), "goal")
    assert found == [(1.0, 1.0)]


def test_months_in_pieces_are_whole(run: Run):
    # 365.25 days a year: 16 months are 487 days.
    journeys = run(flow_of(["0.1 months"] * 40 + ["1 year"], "600 days"))
    assert joined_and_started(journeys, "goal") == [(487.0, 487.0)]


def test_work_waits_for_monday_and_adds_up(run: Run):
    # Two working days: Friday and Monday.
    lengths = ["6 working hours", "1.4 working hours", "1.1 working hours", "6.5 working hours"]
    assert joined_and_started(run(flow_of(lengths)), "goal") == [(4.0, 4.0)]


# Each place where a time meets a boundary. A stay of one day in ten parts ends at day 1.

TENTHS = ["2.4 hours"] * 10


def test_units_that_come_on_a_date_are_there_for_who_comes_then(run: Run):
    units = {"value": 0, "assumption": "x", "from": {"2016-01-09": 1}}
    stages = {
        "goal": {"needs": {"place": 1}, "lasts": "1 day", "next": {"out": "100 %"}},
        "out": {},
    }
    flow = flow_of(TENTHS, resources={"place": {"units": units}}, stages=stages)
    assert joined_and_started(run(flow), "goal") == [(1.0, 1.0)]


def test_units_that_go_on_a_date_are_gone_for_who_comes_then(run: Run):
    units = {"value": 1, "assumption": "x", "from": {"2016-01-09": 0}}
    stages = {
        "goal": {"needs": {"place": 1}, "lasts": "1 day", "next": {"out": "100 %"}},
        "out": {},
    }
    flow = flow_of(TENTHS, resources={"place": {"units": units}}, stages=stages)
    assert joined_and_started(run(flow), "goal") == [(1.0, None)]


def test_a_share_that_changes_on_a_date_holds_for_who_finishes_then(run: Run):
    share = {"value": "0 %", "assumption": "x", "from": {"2016-01-09": "100 %"}}
    flow = flow_of(TENTHS, stages={"goal": {}, "new": {}})
    flow["stages"]["s9"]["next"] = {"new": share, "goal": "rest"}
    assert [row[2] for row in visits(run(flow), "new")] == [1.0]


@pytest.mark.parametrize(("limit", "cause"), [("1 day", "finished"), ("1439 minutes", "limit")])
def test_an_end_at_the_very_limit_is_no_firing(run: Run, limit: str, cause: str):
    # A clock that has run through ten stages; where both fall on one instant the service ends.
    flow = flow_of(TENTHS, risks={"limit": {"to": "lost", "after": limit}})
    flow["stages"] |= {"lost": {}}
    for stage in flow["stages"].values():
        if "lasts" in stage:
            stage["risks"] = {"limit": 1}
    assert [row[5] for row in visits(run(flow), "s9")] == [cause]


def test_a_limit_in_pieces_fires_at_the_opening(run: Run):
    # The clock runs in every second stage, and the last one waits for it: 5 x 2.4 hours are used.
    flow = flow_of(TENTHS, risks={"limit": {"to": "later", "after": "1 day"}})
    for k in range(0, 10, 2):
        flow["stages"][f"s{k}"]["risks"] = {"limit": 1}
    flow["stages"] |= {"goal": {"risks": {"limit": 1}}, "later": opens("2016-01-10"), "out": {}}
    assert joined_and_started(run(flow), "later") == [(1.5, 2.0)]


@pytest.mark.parametrize(("speed", "used"), [(0.1, 0.1), (0.3, 0.3), (0.7, 0.7), (3.0, 3.0)])
def test_a_limit_at_a_speed_that_is_no_whole_number_fires_at_its_tick(
    run: Run, speed: float, used: float
):
    # What is left after a day in ten stages at one speed passes at speed 1.
    flow = flow_of(TENTHS, risks={"limit": {"to": "later", "after": "4 days"}})
    for k in range(10):
        flow["stages"][f"s{k}"]["risks"] = {"limit": speed}
    flow["stages"] |= {"goal": {"risks": {"limit": 1}}, "later": {}}
    (found,) = [row[2] for row in visits(run(flow), "later")]
    assert found == pytest.approx(1 + 4 - used, abs=1e-12)
    assert round(found * 10) / 10 == found


def test_work_that_ends_just_as_its_stage_closes_has_ended(run: Run):
    pace = {"value": 1, "assumption": "x", "from": {"2016-01-09": 0}}
    flow = flow_of(TENTHS)
    for k in range(10):
        flow["stages"][f"s{k}"]["pace"] = pace
    assert joined_and_started(run(flow), "goal") == [(1.0, 1.0)]


def test_work_that_stood_still_goes_on_with_just_what_is_left(run: Run):
    # Half of the last stage's 4.8 hours pass before it closes; it opens again on day 4.
    pace = {"value": 1, "assumption": "x", "from": {"2016-01-09": 0, "2016-01-12": 1}}
    flow = flow_of([*TENTHS[:9], "4.8 hours"])
    for k in range(10):
        flow["stages"][f"s{k}"]["pace"] = pace
    assert joined_and_started(run(flow), "goal") == [(4.1, 4.1)]


def test_a_fractional_pace_is_rounded_to_the_nearest_tick(run: Run):
    # 0.3 of a day at pace 0.3 is a day; ten times 0.03 days are as well.
    flow = flow_of(["0.03 days"] * 10)
    for k in range(10):
        flow["stages"][f"s{k}"]["pace"] = 0.3
    assert joined_and_started(run(flow), "goal") == [(1.0, 1.0)]


def test_what_ends_at_the_horizon_does_not_end_and_a_minute_before_it_does(run: Run):
    journeys = run(flow_of(TENTHS, "1 day"))
    assert visits(journeys, "s9")[0][4:] == (None, "still_there")
    journeys = run(flow_of([*TENTHS[:9], "143 minutes"], "1 day"))
    assert [row[5] for row in visits(journeys, "s9")] == ["finished"]


@pytest.mark.parametrize(("date", "drawn"), [("2016-01-09", [1.0]), ("2016-01-10", [8.0])])
def test_who_is_offered_the_programme_from_a_date_is_drawn_on_it(
    run: Run, date: str, drawn: list[float]
):
    stages = {
        "goal": {},
        "course": {
            "draws_from": "goal",
            "opens": {"every": "1 week", "first": "2016-01-09"},
            "lasts": "1 day",
            "next": {"out": "100 %"},
        },
        "out": {},
    }
    flow = flow_of(TENTHS, stages=stages)
    flow["groups"]["g"]["offered_from"] = date
    assert [row[2] for row in visits(run(flow), "course")] == drawn


def test_who_may_be_drawn_again_after_a_length_is_drawn_when_it_is_over(run: Run):
    stages = {
        "goal": {},
        "course": {
            "draws_from": {"from": "goal", "again_after": "0.3 weeks"},
            "opens": {"every": "1 day", "first": "2016-01-09"},
            "lasts": "0.1 days",
            "next": {"goal": "100 %"},
        },
    }
    flow = flow_of(TENTHS, "8 days", stages=stages)
    # 2.1 days after day 1: the opening of day 4 is the first.
    assert [row[2] for row in visits(run(flow), "course")] == [1.0, 4.0, 7.0]


def test_an_effect_begins_and_ends_at_its_tick(run: Run):
    # It doubles a limit's speed from 0.1 days after day 1, for 0.2 days, in pieces no sum of which
    # is exact: 1.5 days are used 0.2 days early.
    effect = {"after": "s9", "on": "limit", "times": 2, "starts": "0.1 days", "lasts": "0.2 days"}
    risks = {"limit": {"to": "later", "after": "1.5 days"}}
    flow = flow_of(TENTHS, risks=risks, effects=[effect])
    flow["stages"] |= {"goal": {"risks": {"limit": 1}}, "later": {}}
    assert [row[2] for row in visits(run(flow), "later")] == [2.3]


def test_times_a_hundred_years_from_the_start_are_as_exact(run: Run):
    lengths = ["100 years", *["0.1 days"] * 5]
    journeys = run(flow_of(lengths, "36600 days"))
    assert joined_and_started(journeys, "goal") == [(36525.5, 36525.5)]


def test_both_engines_and_all_times_are_whole_ticks():
    flow = flow_of(["13 minutes", "7 hours"])
    flow["groups"]["g"] = {"starts_in": "s0", "arrivals": "300 per day"}
    flow["stages"]["s1"]["lasts"] = {"gamma": {"mean": "1 day", "cv": 0.4}}
    flow["stages"]["goal"] = {"risks": {"out": "20 % per day"}}
    flow["stages"]["gone"] = {}
    flow["risks"] = {"out": {"to": "gone"}}
    flow["lasts"] = "20 days"
    found = [small_flows.run(flow, engine=engine) for engine in ENGINES]
    assert all(one == found[0] for one in found)
    assert len(found[0]) > 10_000
    for times in (found[0].joined, found[0].finished, found[0].cohort.arrives):
        known = times[times == times]
        ticks = (known * 86_400_000).round()
        assert (ticks / 86_400_000 == known).all()
