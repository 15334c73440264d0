"""The rules of the model on cases small enough to work out by hand.

Days are counted from the flow's start, 1 January 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pilotsim.base import randomness
from pilotsim.base.errors import SimulationError
from pilotsim.simulation.journeys import Journeys
from tests import small_flows
from tests.small_flows import ENGINES, one_each, plan_of, small_flow, starts, visits

Run = Callable[..., Journeys]
MONTH = 30.4375
DONE: dict[str, Any] = {"done": {}}


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest) -> Run:
    return partial(small_flows.run, engine=request.param)


def lasting(days: float, to: str = "done", **more: Any) -> dict[str, Any]:
    """Return a stage that lasts so many days and leads to another."""
    return {"lasts": f"{days} days", "next": {to: "100 %"}, **more}


def on(day: int) -> str:
    """Return the date of a day in January 2015, from day 0."""
    return f"2015-01-{day + 1:02d}"


def coming(stage: str, day: int, number: int = 1) -> dict[str, Any]:
    """Return a group of so many clients who come into a stage on one day."""
    return {
        "starts_in": stage,
        "intake": {"every": "100 months", "first": on(day), "brings": number},
    }


# One place, some clients: the rule of one instant.


def test_freed_place_is_used_on_the_same_day(run: Run):
    # One place for 3 days: client 0 has it from day 0, client 1 from day 3.
    flow = small_flow(
        groups={"g": {"stock": 2, "starts_in": "training"}},
        resources={"place": {"units": 1}},
        stages={"training": lasting(3, needs={"place": 1}), **DONE},
    )
    assert visits(run(flow)) == [
        (0, "training", 0, 0, 3, "finished"),
        (0, "done", 3, 3, None, "still_there"),
        (1, "training", 0, 3, 6, "finished"),
        (1, "done", 6, 6, None, "still_there"),
    ]


def test_freed_place_goes_to_the_longest_waiting_not_to_who_comes_that_instant(run: Run):
    # Client 0 comes on day 3, when client 1's place comes free; client 2 has waited since day 0.
    flow = small_flow(
        groups={"late": coming("training", 3), "early": {"stock": 2, "starts_in": "training"}},
        resources={"place": {"units": 1}},
        stages={"training": lasting(3, needs={"place": 1}), **DONE},
    )
    assert starts(run(flow), "training") == {0: 6, 1: 0, 2: 3}


def test_ties_in_waiting_go_by_client_number(run: Run):
    flow = small_flow(
        groups=one_each("abc", starts_in="training"),
        resources={"place": {"units": 1}},
        stages={"training": lasting(2, needs={"place": 1}), **DONE},
    )
    assert starts(run(flow), "training") == {0: 0, 1: 2, 2: 4}


def test_stages_without_length_are_passed_in_one_instant(run: Run):
    # The place that client 0 needs for 0 days is free again for client 1 on the same day, and all
    # three stages are passed.
    flow = small_flow(
        groups={"g": {"stock": 2, "starts_in": "desk"}},
        resources={"clerk": {"units": 1}},
        stages={"desk": lasting(0, "form", needs={"clerk": 1}), "form": lasting(0), **DONE},
    )
    assert visits(run(flow)) == [
        (0, "desk", 0, 0, 0, "finished"),
        (0, "form", 0, 0, 0, "finished"),
        (0, "done", 0, 0, None, "still_there"),
        (1, "desk", 0, 0, 0, "finished"),
        (1, "form", 0, 0, 0, "finished"),
        (1, "done", 0, 0, None, "still_there"),
    ]


def test_horizon_censors(run: Run):
    # 10 days: what would end on day 10, or begin then, is not seen.
    flow = small_flow(
        "10 days",
        groups={"g": {"stock": 2, "starts_in": "training"}, "late": coming("training", 10)},
        resources={"place": {"units": 1}},
        stages={"training": lasting(10, needs={"place": 1}), **DONE},
    )
    assert visits(run(flow)) == [
        (0, "training", 0, 0, None, "still_there"),
        (1, "training", 0, None, None, "still_there"),
    ]


# Clocks against ends and against each other.


def limited(days: float, to: str = "out", **more: Any) -> dict[str, Any]:
    """Return a risk with a fixed limit."""
    return {"to": to, "after": f"{days} days", **more}


def test_end_of_service_comes_before_a_clock_of_the_same_instant(run: Run):
    # The limit of 3 days is reached just when the course ends: the course counts as finished, and
    # the limit, all used up, takes effect at once in the next stage where it runs.
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "course"}},
        risks={"limit": limited(3)},
        stages={
            "course": lasting(3, "talk", risks={"limit": 1}),
            "talk": lasting(2, "job_search"),
            "job_search": {"risks": {"limit": 1}},
            "out": {},
            **DONE,
        },
    )
    assert visits(run(flow)) == [
        (0, "course", 0, 0, 3, "finished"),
        (0, "talk", 3, 3, 5, "finished"),
        (0, "job_search", 5, 5, 5, "limit"),
        (0, "out", 5, 5, None, "still_there"),
    ]


def test_of_two_clocks_that_fire_together_the_first_in_the_file_does(run: Run):
    # Both limits are 4 days; the second fires in the next stage, where it also runs, without a day
    # passing.
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "here"}},
        risks={"first": limited(4, "there"), "second": limited(4)},
        stages={
            "here": {"risks": {"second": 1, "first": 1}},
            "there": {"risks": {"second": 1}},
            "out": {},
        },
    )
    assert visits(run(flow)) == [
        (0, "here", 0, 0, 4, "first"),
        (0, "there", 4, 4, 4, "second"),
        (0, "out", 4, 4, None, "still_there"),
    ]


def test_clock_of_an_instant_comes_before_the_start(run: Run):
    # Client 1 gives up on day 3, the day on which client 0's place comes free: it goes to client 2.
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "course"}, "b": coming("course", 1)},
        risks={"patience": limited(3)},
        resources={"place": {"units": 1}},
        stages={
            "course": lasting(3, needs={"place": 1}, risks={"patience": {"waiting": 1}}),
            "out": {},
            **DONE,
        },
    )
    assert visits(run(flow), "course") == [
        (0, "course", 0, 0, 3, "finished"),
        (1, "course", 0, None, 3, "patience"),
        (2, "course", 1, 3, 6, "finished"),
    ]


def test_clock_runs_on_from_waiting_into_service(run: Run):
    # Speed 1 for 4 days of waiting, then 2: the limit of 10 is reached after another 3 days.
    flow = small_flow(
        groups={"a": {"stock": 1, "starts_in": "other"}, "b": {"stock": 1, "starts_in": "course"}},
        risks={"limit": limited(10)},
        resources={"place": {"units": 1}},
        stages={
            "other": lasting(4, needs={"place": 1}),
            "out": {},
            **DONE,
            "course": lasting(
                20, needs={"place": 1}, risks={"limit": {"waiting": 1, "started": 2}}
            ),
        },
    )
    assert visits(run(flow), "course") == [(1, "course", 0, 4, 7, "limit")]


def test_lock_in_slows_the_clock_and_the_clock_keeps_what_it_has_run(run: Run):
    # 4 days at 1, 10 days of training at 0.5: 9 of 20 are used on day 14; the last 11 at 1 end on
    # day 25.
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "before"}},
        risks={"limit": limited(20)},
        stages={
            "before": lasting(4, "training", risks={"limit": 1}),
            "training": lasting(10, "after", risks={"limit": 0.5}),
            "after": {"risks": {"limit": 1}},
            "out": {},
        },
    )
    assert visits(run(flow), "after", "out") == [
        (0, "after", 14, 14, 25, "limit"),
        (0, "out", 25, 25, None, "still_there"),
    ]


def test_fixed_limit_counts_days_already_used_once(run: Run):
    # 8 of 12 days are used at the start: it fires on day 4. The next episode has all 12: day 4 + 1
    # + 12.
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "benefit"}},
        traits={"spent": {"days": "8 days"}},
        risks={"limit": limited(12, "pause", used="spent")},
        stages={"benefit": {"risks": {"limit": 1}}, "pause": lasting(1, "benefit")},
    )
    assert visits(run(flow)) == [
        (0, "benefit", 0, 0, 4, "limit"),
        (0, "pause", 4, 4, 5, "finished"),
        (0, "benefit", 5, 5, 17, "limit"),
        (0, "pause", 17, 17, 18, "finished"),
        (0, "benefit", 18, 18, None, "still_there"),
    ]


def test_more_days_used_than_the_limit_fires_at_once(run: Run):
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "benefit"}},
        traits={"spent": {"days": "20 days"}},
        risks={"limit": limited(12, used="spent")},
        stages={"benefit": {"risks": {"limit": 1}}, "out": {}},
    )
    assert visits(run(flow)) == [
        (0, "benefit", 0, 0, 0, "limit"),
        (0, "out", 0, 0, None, "still_there"),
    ]


def test_clock_that_fires_is_drawn_anew_and_the_others_keep_what_they_have_run(run: Run):
    # Every 5 days the short limit sends the client round; the long one adds up over the rounds to
    # 12 days.
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "round"}},
        risks={"short": limited(5, "round"), "long": limited(12)},
        stages={"round": {"risks": {"short": 1, "long": 1}}, "out": {}},
    )
    assert visits(run(flow), "round") == [
        (0, "round", 0, 0, 5, "short"),
        (0, "round", 5, 5, 10, "short"),
        (0, "round", 10, 10, 12, "long"),
    ]


def test_season_changes_the_speed_with_the_month(run: Run):
    # 31 days of January at 1, then half speed: the last 9 of 40 days take 18.
    flow = small_flow(
        "90 days",
        groups={"g": {"stock": 1, "starts_in": "here"}},
        risks={"limit": limited(40, season=[1, 0.5] + 10 * [1])},
        stages={"here": {"risks": {"limit": 1}}, "out": {}},
    )
    assert visits(run(flow), "here") == [(0, "here", 0, 0, 49, "limit")]


def test_pace_and_speed_change_at_their_dates(run: Run):
    # Speed 2 until day 3, then 4; pace 1 until day 5, then 1/4: 6 + 8 = 14 by day 5, the last 6 of
    # 20 at 1 a day.
    pace = {"value": 1, "assumption": "x", "from": {on(5): 0.25}}
    speed = {"value": 2, "assumption": "x", "from": {on(3): 4}}
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "here"}},
        risks={"limit": limited(20, pace=pace)},
        stages={"here": {"risks": {"limit": speed}}, "out": {}},
    )
    assert visits(run(flow), "here") == [(0, "here", 0, 0, 11, "limit")]


def test_traits_are_factors_on_the_speed(run: Run):
    # Group b is twice as fast, and its members have a trait that makes them 3 times as fast again.
    flow = small_flow(
        groups=one_each("ab", starts_in="here"),
        traits={"young": {"share": "0 %", "groups": {"b": "100 %"}}},
        risks={"limit": limited(12, times={"group": {"b": 2}, "young": 3})},
        stages={"here": {"risks": {"limit": 1}}, "out": {}},
    )
    assert visits(run(flow), "here") == [
        (0, "here", 0, 0, 12, "limit"),
        (1, "here", 0, 0, 2, "limit"),
    ]


def test_risk_leads_where_the_stage_says(run: Run):
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "here"}},
        risks={"limit": limited(2)},
        stages={
            "here": {"risks": {"limit": {"started": 1, "to": "there"}}},
            "there": {"risks": {"limit": 1}},
            "out": {},
        },
    )
    assert [visit[1:3] for visit in visits(run(flow))] == [("here", 0), ("there", 2), ("out", 4)]


# Effects of stages passed.


def with_effect(after: float, length: str = "200 days", **effect: Any) -> dict[str, Any]:
    """Return a course of 1 day, a limit that runs only behind it, and an effect of the course on the limit."""
    return small_flow(
        length,
        groups={"g": {"stock": 1, "starts_in": "course"}},
        risks={"limit": limited(after)},
        stages={"course": lasting(1, "behind"), "behind": {"risks": {"limit": 1}}, "out": {}},
        effects=[{"after": "course", "on": "limit", **effect}],
    )


def test_effect_begins_holds_and_ends(run: Run):
    # From day 1: 2 days at 1, 3 days at 2, then 1 again: 2 + 6 + 2 = 10 on day 8.
    flow = with_effect(10, times=2, starts="2 days", **{"for": "3 days"})
    assert visits(run(flow), "behind") == [(0, "behind", 1, 1, 8, "limit")]


def test_effect_without_an_end_holds_for_ever(run: Run):
    assert visits(run(with_effect(100, times=4)), "behind") == [(0, "behind", 1, 1, 26, "limit")]


def test_effect_fades_in_monthly_steps(run: Run):
    # From day 1: 10 days at 4, a month at 3, a month at 2, then 1: with 5 more days the limit below
    # is reached.
    flow = with_effect(40 + 5 * MONTH + 5, times=4, fades="2 months", **{"for": "10 days"})
    assert visits(run(flow), "behind") == [(0, "behind", 1, 1, 11 + 2 * MONTH + 5, "limit")]


def test_effect_may_be_counted_from_the_start_of_the_stage(run: Run):
    # Counted from day 0, 3 days at 2 reach to day 3: 4 by then, the last 6 of 10 at 1.
    flow = with_effect(10, times=2, counted_from="started", **{"for": "3 days"})
    assert visits(run(flow), "behind") == [(0, "behind", 1, 1, 9, "limit")]


def test_effect_differs_by_trait(run: Run):
    flow = with_effect(100, times=2, by={"group": {"g": 2.5}})
    assert visits(run(flow), "behind") == [(0, "behind", 1, 1, 21, "limit")]


def test_effect_may_be_counted_from_joining_and_bear_on_the_stage_itself(run: Run):
    # A threat: 5 days of treble speed from joining, waiting or not; 15 of 20 on day 5.
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "referred"}},
        risks={"limit": limited(20)},
        resources={"place": {"units": 0}},
        stages={"referred": lasting(9, needs={"place": 1}, risks={"limit": 1}), "out": {}, **DONE},
        effects=[
            {
                "after": "referred",
                "counted_from": "joined",
                "on": "limit",
                "times": 3,
                "for": "5 days",
            }
        ],
    )
    assert visits(run(flow), "referred") == [(0, "referred", 0, None, 10, "limit")]


def test_effects_multiply_and_passing_again_counts_anew(run: Run):
    # The course takes days 0-1 and, after 8 days behind it, days 9-10. The first effect holds 4
    # days from its end, the second for ever from its first end on: 4 days at 2 x 3, 4 days at 3;
    # then 4 days at 6: 60 on day 14, the last 30 at 3.
    course = {"after": "course", "on": "limit"}
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "course"}},
        risks={"limit": limited(90)},
        stages={
            "course": lasting(1, "behind"),
            "behind": lasting(8, "course", risks={"limit": 1}),
            "out": {},
        },
        effects=[{**course, "times": 2, "for": "4 days"}, {**course, "times": 3}],
    )
    # Days 1-5 at 6 and 5-9 at 3: 36. Days 10-14 at 6 and 14-18 at 3: 72. Then 19-22 at 6: 18.
    assert visits(run(flow), "behind") == [
        (0, "behind", 1, 1, 9, "finished"),
        (0, "behind", 10, 10, 18, "finished"),
        (0, "behind", 19, 19, 22, "limit"),
    ]


# Lines, units and who holds them.


def test_a_client_that_needs_more_than_is_free_holds_back_those_behind_it(run: Run):
    # Client 0 (adviser and place needed) comes on day 1 and finds the adviser taken by client 1,
    # who joins behind it on day 2, holding the adviser and needing the place, which is free. Nobody
    # starts until client 0 gives up on day 6.
    flow = small_flow(
        groups={"a": coming("training", 1), "b": {"stock": 1, "starts_in": "mapping"}},
        resources={"adviser": {"units": 1}, "place": {"units": 1}},
        risks={"patience": limited(5, times={"group": {"b": 0}})},
        stages={
            "mapping": lasting(2, "training", needs={"adviser": 1}, keeps="adviser"),
            "out": {},
            **DONE,
            "training": lasting(
                3, needs={"adviser": 1, "place": 1}, risks={"patience": {"waiting": 1}}
            ),
        },
    )
    assert visits(run(flow), "training") == [
        (0, "training", 1, None, 6, "patience"),
        (1, "training", 2, 6, 9, "finished"),
    ]


def test_a_held_back_stage_does_not_hold_back_another(run: Run):
    # Client 0 needs both places, of which one is taken until day 5; client 2 in another stage takes
    # the free one.
    flow = small_flow(
        groups={
            "a": coming("big", 1),
            "b": {"stock": 1, "starts_in": "small"},
            "c": coming("small", 2),
        },
        resources={"place": {"units": 2}},
        stages={
            "big": lasting(3, needs={"place": 2}),
            "small": lasting(5, needs={"place": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "big", "small") == [
        (0, "big", 1, 7, 10, "finished"),
        (1, "small", 0, 0, 5, "finished"),
        (2, "small", 2, 2, 7, "finished"),
    ]


def one_place_two_stages(priority: int) -> dict[str, Any]:
    # Client 0 comes into `late` on day 2; clients 1 and 2 are in `early` from the start; the place
    # is free again on day 3.
    return small_flow(
        groups={"a": coming("late", 2), "b": {"stock": 2, "starts_in": "early"}},
        resources={"place": {"units": 1}},
        stages={
            "early": lasting(3, needs={"place": 1}),
            "late": lasting(3, needs={"place": 1}, priority=priority),
            **DONE,
        },
    )


def test_priority_comes_before_waiting_time(run: Run):
    assert visits(run(one_place_two_stages(1)), "early", "late") == [
        (0, "late", 2, 3, 6, "finished"),
        (1, "early", 0, 0, 3, "finished"),
        (2, "early", 0, 6, 9, "finished"),
    ]


def test_between_stages_of_one_priority_the_longest_waiting_goes_first(run: Run):
    assert visits(run(one_place_two_stages(0)), "early", "late") == [
        (0, "late", 2, 6, 9, "finished"),
        (1, "early", 0, 0, 3, "finished"),
        (2, "early", 0, 3, 6, "finished"),
    ]


def test_kept_units_stay_held_while_waiting(run: Run):
    # Client 0 keeps the adviser while it waits for the place (free on day 10), so client 1 is
    # mapped only after day 12.
    flow = small_flow(
        groups={
            "a": {"stock": 2, "starts_in": "mapping"},
            "b": {"stock": 1, "starts_in": "elsewhere"},
        },
        resources={"adviser": {"units": 1}, "place": {"units": 1}},
        stages={
            "mapping": lasting(4, "training", needs={"adviser": 1}, keeps="adviser"),
            "training": lasting(2, needs={"adviser": 1, "place": 1}),
            "elsewhere": lasting(10, needs={"place": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "mapping", "training") == [
        (0, "mapping", 0, 0, 4, "finished"),
        (0, "training", 4, 10, 12, "finished"),
        (1, "mapping", 0, 12, 16, "finished"),
        (1, "training", 16, 16, 18, "finished"),
    ]


def test_kept_surplus_is_released(run: Run):
    # Two advisers map, one goes along: the other maps with client 2's, who waited for two since day
    # 1.
    flow = small_flow(
        groups={"a": {"stock": 1, "starts_in": "mapping"}, "b": coming("talk", 1)},
        resources={"adviser": {"units": 2}},
        stages={
            "mapping": lasting(4, "follow_up", needs={"adviser": 2}, keeps="adviser"),
            "follow_up": lasting(5, needs={"adviser": 1}),
            "talk": lasting(2, needs={"adviser": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "mapping", "follow_up", "talk") == [
        (0, "mapping", 0, 0, 4, "finished"),
        (0, "follow_up", 4, 4, 9, "finished"),
        (1, "talk", 1, 4, 6, "finished"),
    ]


def test_only_what_the_next_stage_may_need_is_kept_while_waiting(run: Run):
    # Of two advisers one goes along and waits for the place until day 10; the other is free for
    # client 1 on day 4.
    flow = small_flow(
        groups={
            "a": {"stock": 1, "starts_in": "mapping"},
            "b": coming("talk", 1),
            "c": {"stock": 1, "starts_in": "busy"},
        },
        resources={"adviser": {"units": 2}, "place": {"units": 1}},
        stages={
            "mapping": lasting(4, "training", needs={"adviser": 2}, keeps="adviser"),
            "training": lasting(5, needs={"adviser": 1, "place": 1}),
            "busy": lasting(10, needs={"place": 1}),
            "talk": lasting(2, needs={"adviser": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "training", "talk") == [
        (0, "training", 4, 10, 15, "finished"),
        (1, "talk", 1, 4, 6, "finished"),
    ]


def test_units_that_are_not_kept_are_free_though_the_next_stage_needs_them(run: Run):
    # Client 0 gives the adviser back on day 4 and stands behind client 1, who has waited since day
    # 1.
    flow = small_flow(
        groups={"a": {"stock": 1, "starts_in": "mapping"}, "b": coming("follow_up", 1)},
        resources={"adviser": {"units": 1}},
        stages={
            "mapping": lasting(4, "follow_up", needs={"adviser": 1}),
            "follow_up": lasting(5, needs={"adviser": 1}),
            **DONE,
        },
    )
    assert starts(run(flow), "follow_up") == {0: 9, 1: 4}


def test_who_already_holds_all_it_needs_does_not_stand_in_line(run: Run):
    # Client 1 has waited for the adviser since day 1; client 0 keeps hers and starts at once on day
    # 4.
    flow = small_flow(
        groups={"a": {"stock": 1, "starts_in": "mapping"}, "b": coming("follow_up", 1)},
        resources={"adviser": {"units": 1}},
        stages={
            "mapping": lasting(4, "follow_up", needs={"adviser": 1}, keeps="adviser"),
            "follow_up": lasting(5, needs={"adviser": 1}),
            **DONE,
        },
    )
    assert starts(run(flow), "follow_up") == {0: 4, 1: 9}


def test_units_kept_through_a_stage_that_needs_none_are_released(run: Run):
    # `keeps` reaches only the next stage: the pause needs no adviser, so client 1 is mapped on day
    # 4.
    flow = small_flow(
        groups={"g": {"stock": 2, "starts_in": "mapping"}},
        resources={"adviser": {"units": 1}},
        stages={
            "mapping": lasting(4, "pause", needs={"adviser": 1}, keeps="adviser"),
            "pause": lasting(3, "follow_up", keeps="adviser"),
            "follow_up": lasting(1, needs={"adviser": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "mapping", "follow_up") == [
        (0, "mapping", 0, 0, 4, "finished"),
        (0, "follow_up", 7, 8, 9, "finished"),
        (1, "mapping", 0, 4, 8, "finished"),
        (1, "follow_up", 11, 11, 12, "finished"),
    ]


def test_one_of_takes_the_first_that_fits(run: Run):
    # Clients 0 and 1 fill the laundry, client 2 takes the canteen, client 3 the laundry again on
    # day 5.
    flow = small_flow(
        groups={"g": {"stock": 4, "starts_in": "group"}},
        resources={"laundry": {"units": 2}, "canteen": {"units": 1}},
        stages={"group": lasting(5, one_of=[{"laundry": 1}, {"canteen": 1}]), **DONE},
    )
    journeys = run(flow)
    assert starts(journeys, "group") == {0: 0, 1: 0, 2: 0, 3: 5}
    assert journeys.alternative[journeys.stage == 0].tolist() == [0, 0, 1, 0]


def test_one_of_lets_go_of_what_the_alternative_taken_does_not_need(run: Run):
    # Client 0 keeps both units while it waits, since one alternative needs them, and starts with
    # the other on day 3: one unit comes free then, for client 1.
    flow = small_flow(
        groups={
            "a": {"stock": 1, "starts_in": "mapping"},
            "b": coming("talk", 1),
            "c": {"stock": 1, "starts_in": "busy"},
        },
        resources={"adviser": {"units": 2}, "room": {"units": 1}, "hall": {"units": 0}},
        stages={
            "mapping": lasting(2, "course", needs={"adviser": 2}, keeps="adviser"),
            "course": lasting(5, one_of=[{"adviser": 2, "hall": 1}, {"adviser": 1, "room": 1}]),
            "talk": lasting(1, needs={"adviser": 1}),
            "busy": lasting(3, needs={"room": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "course", "talk") == [
        (0, "course", 2, 3, 8, "finished"),
        (1, "talk", 1, 3, 4, "finished"),
    ]


def test_a_unit_that_comes_free_by_a_start_goes_to_the_first_in_rank(run: Run):
    # As above, one adviser comes free when client 0 starts on day 3. Client 1 has waited for one
    # since day 1; client 2 has since day 2, in a stage of higher priority that was held back when
    # its turn came: it is asked again, and goes first.
    flow = small_flow(
        groups={
            "a": {"stock": 1, "starts_in": "mapping"},
            "b": coming("talk", 1),
            "c": coming("urgent", 2),
            "d": {"stock": 1, "starts_in": "busy"},
        },
        resources={"adviser": {"units": 2}, "room": {"units": 1}, "hall": {"units": 0}},
        stages={
            "mapping": lasting(2, "course", needs={"adviser": 2}, keeps="adviser"),
            "course": lasting(5, one_of=[{"adviser": 2, "hall": 1}, {"adviser": 1, "room": 1}]),
            "talk": lasting(1, needs={"adviser": 1}, priority=-1),
            "urgent": lasting(4, needs={"adviser": 1}, priority=1),
            "busy": lasting(3, needs={"room": 1}),
            **DONE,
        },
    )
    assert visits(run(flow), "course", "talk", "urgent") == [
        (0, "course", 2, 3, 8, "finished"),
        (1, "talk", 1, 7, 8, "finished"),
        (2, "urgent", 2, 3, 7, "finished"),
    ]


def test_falling_capacity_evicts_nobody(run: Run):
    # Three places until day 2, then one: all three stay to day 5; then one of the two who wait,
    # then the other.
    flow = small_flow(
        groups={"g": {"stock": 5, "starts_in": "course"}},
        stages={"course": lasting(5, needs={"place": 1}), **DONE},
        resources={"place": {"units": {"value": 3, "assumption": "x", "from": {on(2): 1}}}},
    )
    assert starts(run(flow), "course") == {0: 0, 1: 0, 2: 0, 3: 5, 4: 10}


def test_rising_capacity_is_used_on_its_day(run: Run):
    # The second place comes on day 2, the day on which client 2 comes: client 1, who has waited,
    # gets it.
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "course"}, "b": coming("course", 2)},
        resources={"place": {"units": {"value": 1, "assumption": "x", "from": {on(2): 2}}}},
        stages={"course": lasting(5, needs={"place": 1}), **DONE},
    )
    assert starts(run(flow), "course") == {0: 0, 1: 2, 2: 5}


def test_units_held_go_on_though_capacity_has_fallen(run: Run):
    # The only adviser goes on day 2. Client 0 still holds her and needs no other: it starts when a
    # room is free (day 6).
    flow = small_flow(
        groups={"a": {"stock": 1, "starts_in": "mapping"}, "b": {"stock": 1, "starts_in": "busy"}},
        resources={
            "adviser": {"units": {"value": 1, "assumption": "x", "from": {on(2): 0}}},
            "room": {"units": 1},
        },
        stages={
            "mapping": lasting(4, "follow_up", needs={"adviser": 1}, keeps="adviser"),
            "follow_up": lasting(3, needs={"adviser": 1, "room": 1}),
            "busy": lasting(6, needs={"room": 1}),
            **DONE,
        },
    )
    assert starts(run(flow), "follow_up") == {0: 6}


def test_staff_are_units_by_their_caseload(run: Run):
    # 1.5 full-time equivalents of 3 clients each: 4 whole units; two from day 2: 6.
    flow = small_flow(
        groups={"g": {"stock": 7, "starts_in": "course"}},
        stages={"course": lasting(5, needs={"adviser": 1}), **DONE},
        resources={
            "adviser": {"fte": {"value": 1.5, "assumption": "x", "from": {on(2): 2}}, "caseload": 3}
        },
    )
    assert starts(run(flow), "course") == {0: 0, 1: 0, 2: 0, 3: 0, 4: 2, 5: 2, 6: 5}


@pytest.mark.parametrize(("lapses", "expected"), [(False, [0, 7, 7, 7]), (True, [0, 7, 7, 14])])
def test_supplied_units_are_used_up(run: Run, lapses: bool, expected: list[int]):
    # Two a week from day 0. One client in the first week: what is left lasts into the second,
    # unless it lapses.
    flow = small_flow(
        "20 days",
        groups={"a": {"stock": 1, "starts_in": "job"}, "b": coming("job", 7, 3)},
        resources={"vacancy": {"supply": {"every": "1 week", "units": 2, "lapses": lapses}}},
        stages={"job": lasting(1, needs={"vacancy": 1}), **DONE},
    )
    assert [*starts(run(flow), "job").values()] == expected


def test_limit_turns_away_the_last_to_join(run: Run):
    # One place, room for one to wait. Of three on day 0 the third is turned away; on day 1 both who
    # come are.
    flow = small_flow(
        groups={"a": {"stock": 3, "starts_in": "course"}, "b": coming("course", 1, 2)},
        resources={"place": {"units": 1}},
        stages={
            "course": lasting(4, needs={"place": 1}, limit={"waiting": 1, "else": "elsewhere"}),
            "elsewhere": {},
            **DONE,
        },
    )
    assert visits(run(flow), "course", "elsewhere") == [
        (0, "course", 0, 0, 4, "finished"),
        (1, "course", 0, 4, 8, "finished"),
        (2, "course", 0, None, 0, "turned_away"),
        (2, "elsewhere", 0, 0, None, "still_there"),
        (3, "course", 1, None, 1, "turned_away"),
        (3, "elsewhere", 1, 1, None, "still_there"),
        (4, "course", 1, None, 1, "turned_away"),
        (4, "elsewhere", 1, 1, None, "still_there"),
    ]


def test_limit_turns_away_the_last_to_join_even_if_it_would_go_first(run: Run):
    # Ready clients go first, but client 1, though ready, comes on day 1 and finds the queue full.
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "course"}, "b": coming("course", 1)},
        resources={"place": {"units": 1}},
        traits={"ready": {"share": "0 %", "groups": {"b": "100 %"}}},
        stages={
            "course": lasting(
                4,
                needs={"place": 1},
                order={"highest": "ready"},
                limit={"waiting": 1, "else": "elsewhere"},
            ),
            "elsewhere": {},
            **DONE,
        },
    )
    assert starts(run(flow), "course") == {0: 0, 1: 4, 2: None}


def test_place_freed_in_the_same_instant_saves_from_being_turned_away(run: Run):
    # On day 4 the place comes free and client 2 comes: client 1 starts, client 2 waits.
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "course"}, "b": coming("course", 4)},
        resources={"place": {"units": 1}},
        stages={
            "course": lasting(4, needs={"place": 1}, limit={"waiting": 1, "else": "elsewhere"}),
            "elsewhere": {},
            **DONE,
        },
    )
    assert starts(run(flow), "course") == {0: 0, 1: 4, 2: 8}


# Lines that put off, and room.


def test_who_finds_a_long_line_goes_elsewhere_one_after_the_other(run: Run):
    # One place. Of five on day 0 one starts; the next finds nobody waiting and stays, the third finds
    # one; the others find two. On day 3 the place goes to client 1 before client 5 looks: it finds one.
    flow = small_flow(
        groups={"a": {"stock": 5, "starts_in": "course"}, "b": coming("course", 3)},
        resources={"place": {"units": 1}},
        stages={
            "course": lasting(3, needs={"place": 1}, put_off={"when_waiting": 2, "else": "away"}),
            "away": {},
            **DONE,
        },
    )
    journeys = run(flow)
    assert starts(journeys, "course") == {0: 0, 1: 3, 2: 6, 3: None, 4: None, 5: 9}
    assert visits(journeys, "away") == [(k, "away", 0, 0, None, "still_there") for k in (3, 4)]
    assert [row[-1] for row in visits(journeys, "course") if row[0] in (3, 4)] == 2 * [
        "turned_away"
    ]


def test_who_is_put_off_is_the_same_in_every_length_of_line(run: Run):
    # 40 % of those who find one or more; a number of each client's own says who: the shares nest.
    def stay(percent: int) -> set[int]:
        flow = small_flow(
            groups={"g": {"stock": 60, "starts_in": "course"}},
            resources={"place": {"units": 1}},
            stages={
                "course": lasting(
                    60,
                    needs={"place": 1},
                    put_off={"when_waiting": {0: f"{percent} %"}, "else": "away"},
                ),
                "away": {},
                **DONE,
            },
        )
        return {row[0] for row in visits(run(flow), "course") if row[-1] == "still_there"}

    some, few = stay(40), stay(80)
    assert few < some
    assert 20 < len(some) < 55


def test_who_is_done_stays_until_there_is_room_and_keeps_its_place(run: Run):
    # Two at the desk at once, and room for one in the office, where each takes 4 days. Clients 0 and 1
    # are done on day 1: 1 stays at the desk, with its place, until day 5. Client 2 starts on day 1
    # in the place of 0, is done on day 2, and goes on after 1; client 3 has no place before day 5.
    flow = small_flow(
        groups={"g": {"stock": 4, "starts_in": "desk"}},
        resources={"place": {"units": 2}},
        stages={
            "desk": lasting(1, "office", needs={"place": 1}),
            "office": lasting(4, room=1),
            **DONE,
        },
    )
    journeys = run(flow)
    assert visits(journeys, "desk") == [
        (0, "desk", 0, 0, 1, "finished"),
        (1, "desk", 0, 0, 5, "finished"),
        (2, "desk", 0, 1, 9, "finished"),
        (3, "desk", 0, 5, 13, "finished"),
    ]
    assert starts(journeys, "office") == {0: 1, 1: 5, 2: 9, 3: 13}


def test_who_waits_counts_for_the_room_and_a_risk_takes_who_has_to_stay(run: Run):
    # Room for two in the office, one of them waiting for the chair. Client 2 is done on day 1 and has
    # to stay; its limit of 2 days runs out at the desk on day 2.
    flow = small_flow(
        groups={"g": {"stock": 3, "starts_in": "desk"}},
        resources={"chair": {"units": 1}},
        risks={"limit": {"to": "done", "after": "2 days"}},
        stages={
            "desk": lasting(1, "office", risks={"limit": 1}),
            "office": lasting(5, needs={"chair": 1}, room=2),
            **DONE,
        },
    )
    journeys = run(flow)
    assert visits(journeys, "desk")[-1] == (2, "desk", 0, 0, 2, "limit")
    assert starts(journeys, "office") == {0: 1, 1: 6}


def test_two_stages_that_want_each_others_room_lock_each_other_up(run: Run):
    flow = small_flow(
        groups={
            "g": {"stock": 1, "starts_in": "first", "stock_in": {"one": "100 %"}},
            "h": {"stock": 1, "starts_in": "first", "stock_in": {"two": "100 %"}},
        },
        stages={
            "first": lasting(1, "one"),
            "one": lasting(1, "two", room=1),
            "two": lasting(2, "one", room=1),
            **DONE,
        },
    )
    assert [row[-1] for row in visits(run(flow))] == 2 * ["still_there"]
    (notice,) = [one for one in plan_of(flow).flow.notices if "deadlock" in one.message]
    assert notice.path == "stages.one"
    flow["stages"]["two"]["next"] = {"done": "100 %"}
    assert not [one for one in plan_of(flow).flow.notices if "deadlock" in one.message]


# Stays that are interrupted.

BOTH_SERVED: dict[str, Any] = {
    "plain": lasting(3, needs={"r": 1}, interrupted="goes_on"),
    "urgent": lasting(2, needs={"r": 1}, priority=1, interrupts="plain"),
    **DONE,
}


@pytest.mark.parametrize(("how", "ends"), [("goes_on", 5), ("starts_again", 7)])
def test_an_urgent_client_interrupts_a_plain_one(run: Run, how: str, ends: int):
    # One place. Client 0 has had 2 of its 3 days when client 2 comes: it goes on on day 4, before
    # client 1, who came when it did and has the higher number.
    stages = {**BOTH_SERVED, "plain": {**BOTH_SERVED["plain"], "interrupted": how}}
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "plain"}, "b": coming("urgent", 2)},
        resources={"r": {"units": 1}},
        stages=stages,
    )
    assert visits(run(flow), "plain", "urgent") == [
        (0, "plain", 0, 0, 2, "interrupted"),
        (0, "plain", 2, 4, ends, "finished"),
        (1, "plain", 0, ends, ends + 3, "finished"),
        (2, "urgent", 2, 2, 4, "finished"),
    ]


def test_who_started_last_is_interrupted_and_nobody_in_vain(run: Run):
    # Two places. On day 1 one urgent client needs one: client 1, of the two who started on day 0 the
    # one with the higher number, lets go. The next urgent one, on day 2, needs three: nobody helps.
    flow = small_flow(
        groups={
            "a": {"stock": 2, "starts_in": "plain"},
            "b": coming("urgent", 1),
            "c": coming("large", 2),
        },
        resources={"r": {"units": 2}},
        stages={
            **BOTH_SERVED,
            "large": lasting(1, needs={"r": 3}, priority=2, interrupts=["plain", "urgent"]),
            "urgent": {**BOTH_SERVED["urgent"], "interrupted": "goes_on"},
        },
    )
    assert visits(run(flow), "plain", "urgent", "large") == [
        (0, "plain", 0, 0, 3, "finished"),
        (1, "plain", 0, 0, 1, "interrupted"),
        (1, "plain", 1, 3, 5, "finished"),
        (2, "urgent", 1, 1, 3, "finished"),
        (3, "large", 2, None, None, "still_there"),
    ]


def test_a_fall_of_units_interrupts_where_the_file_says_so(run: Run):
    # Three places, one from day 2, three again from day 4. Clients 2 and 1 let go, in this order; 1
    # goes on in the place of client 0, and has 1 of its 3 days left.
    def flow(interrupts: bool) -> dict[str, Any]:
        units = {"value": 3, "assumption": "x", "from": {on(2): 1, on(4): 3}}
        return small_flow(
            groups={"a": {"stock": 3, "starts_in": "plain"}},
            resources={"r": {"units": units, "falls_interrupt": interrupts}},
            stages={"plain": BOTH_SERVED["plain"], **DONE},
        )

    assert visits(run(flow(True)), "plain") == [
        (0, "plain", 0, 0, 3, "finished"),
        (1, "plain", 0, 0, 2, "interrupted"),
        (1, "plain", 2, 3, 4, "finished"),
        (2, "plain", 0, 0, 2, "interrupted"),
        (2, "plain", 2, 4, 5, "finished"),
    ]
    assert len(visits(run(flow(False)), "plain")) == 3


def test_an_effect_counts_from_the_first_start_and_clocks_run_while_waiting_again(run: Run):
    # The limit of 6 days runs in the stage, waiting or not: on day 6 it takes who was interrupted on
    # day 2 and waits for an urgent stay of 9 days.
    flow = small_flow(
        groups={"a": {"stock": 1, "starts_in": "plain"}, "b": coming("urgent", 2)},
        resources={"r": {"units": 1}},
        risks={"limit": {"to": "done", "after": "6 days"}},
        stages={
            "plain": lasting(5, needs={"r": 1}, interrupted="goes_on", risks={"limit": 1}),
            "urgent": lasting(9, needs={"r": 1}, priority=1, interrupts="plain"),
            **DONE,
        },
        effects=[
            {
                "after": "plain",
                "counted_from": "started",
                "on": "limit",
                "times": 2,
                "starts": "4 days",
            }
        ],
    )
    # From day 4 on, four days after its first start, the clock runs twice as fast: 4 + 2 / 2.
    assert visits(run(flow), "plain") == [
        (0, "plain", 0, 0, 2, "interrupted"),
        (0, "plain", 2, None, 5, "limit"),
    ]


def test_a_client_who_was_interrupted_keeps_its_units_to_nobody_and_its_room(run: Run):
    # Room for one in the office: who is interrupted there stays in it, and nobody comes in.
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "desk"}, "b": coming("urgent", 2)},
        resources={"r": {"units": 1}},
        stages={
            "desk": lasting(1, "office"),
            "office": lasting(3, needs={"r": 1}, interrupted="goes_on", room=1),
            "urgent": lasting(4, needs={"r": 1}, priority=1, interrupts="office"),
            **DONE,
        },
    )
    assert visits(run(flow), "desk", "office") == [
        (0, "desk", 0, 0, 1, "finished"),
        (0, "office", 1, 1, 2, "interrupted"),
        (0, "office", 2, 6, 8, "finished"),
        (1, "desk", 0, 0, 8, "finished"),
        (1, "office", 8, 8, 11, "finished"),
    ]


# Units put aside, and claims that grow.


@pytest.mark.parametrize("reserves", [True, False])
def test_a_large_need_is_not_starved_where_units_are_put_aside(run: Run, reserves: bool):
    # Two units. A client that needs both comes on day 2; small ones, of lower priority, hold one each
    # for four days, from day 0 and day 1 on, and two more come on day 3. With what comes free put
    # aside, the large one starts when the first two are done, on day 5; else a small one takes each unit
    # that comes free, and the large one starts on day 9.
    flow = small_flow(
        groups={
            "a": coming("small", 0),
            "b": coming("small", 1),
            "c": coming("small", 3, 2),
            "large": coming("large", 2),
        },
        resources={"r": {"units": 2}},
        stages={
            "small": lasting(4, needs={"r": 1}),
            "large": lasting(1, needs={"r": 2}, priority=1, reserves=reserves),
            **DONE,
        },
    )
    journeys = run(flow)
    small, large = starts(journeys, "small"), starts(journeys, "large")
    assert large == {4: 5 if reserves else 9}
    assert small == ({0: 0, 1: 1, 2: 6, 3: 6} if reserves else {0: 0, 1: 1, 2: 4, 3: 5})


def test_what_is_put_aside_is_no_more_than_is_needed(run: Run):
    # Five units, two of them held for ten days by those who come first. The large need of four lacks
    # one: three are put aside. Of the desks it needs one of two: another takes the second at once.
    flow = small_flow(
        groups={
            "first": coming("small", 0, 2),
            "large": coming("large", 1),
            "other": coming("desk", 2),
            "late": coming("small", 2),
        },
        resources={"r": {"units": 5}, "desk": {"units": 2}},
        stages={
            "small": lasting(10, needs={"r": 1}),
            "desk": lasting(1, needs={"desk": 1}),
            "large": lasting(1, needs={"r": 4, "desk": 1}, priority=1, reserves=True),
            **DONE,
        },
    )
    journeys = run(flow)
    assert starts(journeys, "large") == {2: 10}
    assert starts(journeys, "desk") == {3: 2}
    # When all five are free, the late one gets the fifth.
    assert starts(journeys, "small") == {0: 0, 1: 0, 4: 10}


def test_a_claim_that_grows_faster_overtakes_in_time(run: Run):
    # One place, four days each. Client 1 waits from day 1, client 2 from day 3 with a claim that grows
    # twice as fast. On day 4 it is 3 against 2; on day 8 it would be 7 against 10.
    def first_two(days: int) -> list[float | None]:
        flow = small_flow(
            groups={"a": coming("s", 0), "plain": coming("s", 1), "urgent": coming("s", 3)},
            resources={"r": {"units": 1}},
            stages={"s": lasting(days, needs={"r": 1}, urgency={"group": {"urgent": 2}}), **DONE},
        )
        return [*starts(run(flow), "s").values()]

    assert first_two(4) == [0, 4, 8]
    assert first_two(8) == [0, 16, 8]


def test_who_is_first_where_units_are_put_aside_is_known_though_nobody_fits(run: Run):
    # Two units, both held; one comes free on day 4, the other on day 10. The large stage, which
    # needs both, has a client since day 0, and one since day 2 with three times the claim: on day 4
    # that one is first (6 against 4). It has waited less long than the small client of day 1, which
    # therefore goes before it and gets the unit; had the claims stood still, it would be put aside.
    flow = small_flow(
        groups={
            "a": coming("holds_4", 0),
            "b": coming("holds_10", 0),
            "plain": coming("large", 0),
            "small": coming("small", 1),
            "urgent": coming("large", 2),
        },
        resources={"r": {"units": 2}},
        stages={
            "holds_4": lasting(4, needs={"r": 1}, priority=1),
            "holds_10": lasting(10, needs={"r": 1}, priority=1),
            "small": lasting(1, needs={"r": 1}),
            "large": lasting(1, needs={"r": 2}, reserves=True, urgency={"group": {"urgent": 3}}),
            **DONE,
        },
    )
    journeys = run(flow)
    assert starts(journeys, "small") == {3: 4}
    assert starts(journeys, "large") == {2: 11, 4: 10}


# Lengths by the way on.


def test_a_stay_is_as_long_as_its_way_on_says(run: Run):
    # Half go away after two days, the others are done after five; with the same ways where all lengths
    # are alike.
    ways: dict[str, Any] = {"done": "50 %", "away": "rest"}
    flow = small_flow(
        groups={"g": {"stock": 40, "starts_in": "s"}},
        stages={"s": {"lasts": "5 days", "next": ways}, "away": {}, **DONE},
    )
    alike = {row[0]: row[1] for row in visits(run(flow), "done", "away")}
    ways["away"] = {"lasts": "2 days"}
    rows = visits(run(flow), "done", "away")
    assert {row[0]: row[1] for row in rows} == alike
    assert {(row[1], row[2]) for row in rows} == {("done", 5), ("away", 2)}
    assert 8 < sum(row[1] == "away" for row in rows) < 32


def test_a_length_by_the_way_differs_by_trait(run: Run):
    flow = small_flow(
        traits={"slow": {"share": "50 %"}},
        groups={"g": {"stock": 8, "starts_in": "s"}},
        stages={
            "s": {
                "lasts": "1 day",
                "next": {"done": {"lasts": {"constant": "3 days", "by": {"slow": 2}}}},
            },
            **DONE,
        },
    )
    journeys = run(flow)
    slow = journeys.cohort.traits["slow"] > 0
    assert {0, 1} == set(slow.astype(int).tolist())
    ended = {row[0]: row[2] for row in visits(journeys, "done")}
    assert ended == {client: 6 if slow[client] else 3 for client in range(8)}


# Openings.


def test_gate_opens_only_at_its_instant(run: Run):
    # Weekly from day 0, one at a time. Nobody is there on day 0; two come on day 1: one starts on
    # day 7, one on day 14, although a place is free all the while.
    flow = small_flow(
        groups={"g": coming("course", 1, 2)},
        resources={"place": {"units": 5}},
        stages={
            "course": lasting(2, needs={"place": 1}, opens={"every": "1 week", "admits": 1}),
            **DONE,
        },
    )
    assert starts(run(flow), "course") == {0: 7, 1: 14}


def test_gate_opens_for_those_who_come_at_its_instant(run: Run):
    # Those who finish the talk on day 7 are in time for the opening of day 7; a place freed on day
    # 9 waits for day 14.
    flow = small_flow(
        groups={"g": {"stock": 2, "starts_in": "talk"}},
        resources={"place": {"units": 1}},
        stages={
            "talk": lasting(7, "course"),
            "course": lasting(2, needs={"place": 1}, opens={"every": "1 week"}),
            **DONE,
        },
    )
    assert starts(run(flow), "course") == {0: 7, 1: 14}


def test_gate_opens_on_dates_and_until_a_date(run: Run):
    # Days 3 and 10 of the list; the one of day 20 lies behind `until`.
    opens = {"on": [on(20), on(3), on(10)], "until": on(20), "admits": 1}
    flow = small_flow(
        groups={"g": {"stock": 3, "starts_in": "course"}},
        stages={"course": lasting(2, opens=opens), **DONE},
    )
    assert starts(run(flow), "course") == {0: 3, 1: 10, 2: None}


def test_gate_moves_to_the_next_working_day(run: Run):
    # 1 January 2015 is a Thursday and a holiday: opens on Friday, day 1; day 3, a Sunday, becomes
    # Monday, day 4.
    opens = {"on": [on(0)], "admits": 1}
    every = {"every": "3 days", "next_working_day": True, "admits": 1}
    stages = {"course": lasting(1, opens=every), "plain": lasting(1, opens=opens), **DONE}
    groups = {"a": {"stock": 3, "starts_in": "course"}, "b": {"stock": 1, "starts_in": "plain"}}
    journeys = run(small_flow("6 days", groups=groups, stages=stages))
    assert starts(journeys, "course") == {0: 1, 1: 4, 2: None}
    assert starts(journeys, "plain") == {3: 0}


def test_intake_that_moves_to_the_day_of_another_brings_its_own_clients(run: Run):
    # One a day from Friday, day 8: those of Saturday and Sunday come on Monday, day 11, as well.
    intake = {"every": "1 day", "brings": 1, "first": on(8), "next_working_day": True}
    flow = small_flow(
        "13 days", groups={"g": {"starts_in": "on", "intake": intake}}, stages={"on": {}}
    )
    assert [visit[2] for visit in visits(run(flow))] == [8, 11, 11, 11, 12]


def test_all_who_come_on_days_off_in_a_year_come(run: Run):
    # 183 dates in 2015, the last on Thursday 31 December; five come on each.
    intake = {"every": "2 days", "brings": 5, "next_working_day": True}
    flow = small_flow(
        "365 days", groups={"g": {"starts_in": "on", "intake": intake}}, stages={"on": {}}
    )
    assert len(run(flow).cohort) == 5 * 183


def test_openings_that_move_to_one_day_have_their_places_together(run: Run):
    # Friday, day 8, one; Saturday, Sunday and Monday three on Monday, day 11; Tuesday one.
    opens = {"every": "1 day", "first": on(8), "next_working_day": True, "admits": 1}
    flow = small_flow(
        "13 days",
        groups={"g": {"stock": 6, "starts_in": "course"}},
        stages={"course": lasting(1, opens=opens), **DONE},
    )
    assert starts(run(flow), "course") == {0: 8, 1: 11, 2: 11, 3: 11, 4: 12, 5: None}


def test_number_admitted_changes_at_a_date(run: Run):
    admits = {"value": 1, "assumption": "x", "from": {on(7): 2}}
    flow = small_flow(
        groups={"g": {"stock": 4, "starts_in": "course"}},
        stages={"course": lasting(1, opens={"every": "1 week", "admits": admits}), **DONE},
    )
    assert starts(run(flow), "course") == {0: 0, 1: 7, 2: 7, 3: 14}


def test_at_least_holds_back_until_enough_wait(run: Run):
    # Two wait on day 0 and day 7; with the third, who comes on day 8, all start on day 14.
    flow = small_flow(
        groups={"a": {"stock": 2, "starts_in": "course"}, "b": coming("course", 8)},
        stages={"course": lasting(3, opens={"every": "1 week", "at_least": 3}), **DONE},
    )
    assert starts(run(flow), "course") == {0: 14, 1: 14, 2: 14}


def test_at_least_counts_those_who_wait_not_those_who_fit(run: Run):
    # Three wait, one place: one starts each week, as long as three wait.
    flow = small_flow(
        groups={"g": {"stock": 4, "starts_in": "course"}},
        resources={"place": {"units": 1}},
        stages={
            "course": lasting(3, needs={"place": 1}, opens={"every": "1 week", "at_least": 3}),
            **DONE,
        },
    )
    assert starts(run(flow), "course") == {0: 0, 1: 7, 2: None, 3: None}


# Orders, and clients drawn out of a stock.


def drawing(
    groups: dict[str, Any],
    length: str = "30 days",
    traits: dict[str, Any] | None = None,
    **course: Any,
) -> dict[str, Any]:
    """Return a flow in which a course draws one client a week, from day 0, out of those on assistance."""
    opens = course.pop("opens", {"every": "1 week", "admits": 1})
    draws = course.pop("draws_from", "assistance")
    lasts = course.pop("lasts", "2 days")
    stage = {
        "draws_from": draws,
        "opens": opens,
        "lasts": lasts,
        "next": {"done": "100 %"},
        **course,
    }
    return small_flow(
        length,
        groups=groups,
        traits=traits or {},
        stages={"assistance": {}, "course": stage, **DONE},
    )


def test_draws_from_takes_the_longest_waiting_past_included(run: Run):
    # Client 1 has been on assistance for 20 days before, client 0 for 10; client 2 comes on day 3,
    # client 3 on day 1.
    groups = {
        "a": {"stock": 1, "starts_in": "assistance", "past": "10 days"},
        "b": {"stock": 1, "starts_in": "assistance", "past": "20 days"},
        "c": coming("assistance", 3),
        "d": coming("assistance", 1),
    }
    assert visits(run(drawing(groups)), "assistance", "course") == [
        (0, "assistance", 0, 0, 7, "drawn"),
        (0, "course", 7, 7, 9, "finished"),
        (1, "assistance", 0, 0, 0, "drawn"),
        (1, "course", 0, 0, 2, "finished"),
        (2, "assistance", 3, 3, 21, "drawn"),
        (2, "course", 21, 21, 23, "finished"),
        (3, "assistance", 1, 1, 14, "drawn"),
        (3, "course", 14, 14, 16, "finished"),
    ]


def test_highest_trait_first_is_creaming(run: Run):
    traits = {"ready": {"share": "0 %", "groups": {"b": "100 %", "d": "100 %"}}}
    flow = drawing(
        one_each("abcd", starts_in="assistance"), traits=traits, order={"highest": "ready"}
    )
    assert starts(run(flow), "course") == {1: 0, 3: 7, 0: 14, 2: 21}
    flow = drawing(
        one_each("abcd", starts_in="assistance"), traits=traits, order={"lowest": "ready"}
    )
    assert starts(run(flow), "course") == {0: 0, 2: 7, 1: 14, 3: 21}


def test_highest_number_first(run: Run):
    groups = {"g": {"stock": 4, "starts_in": "assistance"}}
    journeys = run(
        drawing(groups, traits={"health": {"normal": [0, 1]}}, order={"highest": "health"})
    )
    by_health = (-journeys.cohort.traits["health"]).argsort().tolist()
    assert starts(journeys, "course") == dict(zip(by_health, [0, 7, 14, 21], strict=True))


def lot(client: int, stage: str, day: float) -> float:
    """A client's number in the lottery of a stage on a day, with seed 5."""
    moment = round(day * 86_400_000)
    group, purpose = randomness.code("g/stock"), randomness.code(f"order/{stage}")
    return randomness.uniform(5, 0, group, client, purpose, moment)


def test_random_order_is_a_lottery_at_each_opening(run: Run):
    # At each opening all who are left draw a new number; the lowest is called.
    flow = drawing({"g": {"stock": 4, "starts_in": "assistance"}}, order="random")
    left, expected = set(range(4)), {}
    for day in (0, 7, 14, 21):
        called = min(left, key=lambda client, day=day: lot(client, "course", day))
        expected[called] = day
        left.remove(called)
    assert starts(run(flow, seed=5), "course") == expected
    plain = drawing({"g": {"stock": 4, "starts_in": "assistance"}}, order="random", draws_from=[])
    plain["groups"]["g"]["starts_in"] = "course"
    del plain["stages"]["course"]["draws_from"]
    assert starts(run(plain, seed=5), "course") == expected


def test_random_order_without_openings_is_a_lottery_at_each_free_place(run: Run):
    # One place for 3.5 days: the first is drawn of six, then one of five, ...
    stages = {"course": lasting(3.5, needs={"place": 1}, order="random"), **DONE}
    groups = {"g": {"stock": 6, "starts_in": "course"}}
    flow = small_flow(groups=groups, resources={"place": {"units": 1}}, stages=stages)
    left, expected = set(range(6)), {}
    for day in (0, 3.5, 7, 10.5, 14, 17.5):
        called = min(left, key=lambda client, day=day: lot(client, "course", day))
        expected[called] = day
        left.remove(called)
    assert starts(run(flow, seed=5), "course") == expected


def test_a_long_random_line_is_sorted(run: Run):
    # Of 200 the 77 with the lowest numbers are called.
    stages = {"course": lasting(1, opens={"on": [on(3)], "admits": 77}, order="random"), **DONE}
    flow = small_flow(groups={"g": {"stock": 200, "starts_in": "course"}}, stages=stages)
    called = sorted(range(200), key=lambda client: lot(client, "course", 3))[:77]
    found = starts(run(flow, seed=5), "course")
    assert sorted(called) == [client for client, day in found.items() if day == 3]


def test_a_client_is_drawn_once_only_unless_the_stage_says_when_again(run: Run):
    # One client, who is back on assistance 2 days after each draw; with `again_after` two weeks,
    # every second opening.
    groups = {"g": {"stock": 1, "starts_in": "assistance"}}
    once = drawing(groups, next={"assistance": "100 %"})
    again = drawing(
        groups,
        next={"assistance": "100 %"},
        draws_from={"from": "assistance", "again_after": "2 weeks"},
    )
    assert [visit[2] for visit in visits(run(once), "course")] == [0]
    assert [visit[2] for visit in visits(run(again), "course")] == [0, 14, 28]


def test_draws_from_takes_only_the_groups_and_traits_it_names(run: Run):
    traits = {
        "young": {"share": "0 %", "groups": {"c": "100 %"}},
        "office": {"categories": {"north": "0 %", "south": "100 %"}},
    }
    groups = one_each("abc", starts_in="assistance")
    wanted = {
        "from": "assistance",
        "groups": ["b", "c"],
        "traits": {"young": True, "office": "south"},
    }
    assert starts(run(drawing(groups, traits=traits, draws_from=wanted)), "course") == {2: 0}
    unwanted = {"from": "assistance", "traits": {"office": "north"}}
    assert starts(run(drawing(groups, traits=traits, draws_from=unwanted)), "course") == {}


def test_nobody_is_drawn_before_the_programme_is_offered(run: Run):
    # Group a may be offered it from day 14, the day of an opening; group b from day 8, between two.
    groups = {
        "a": {"stock": 1, "starts_in": "assistance", "offered_from": on(14)},
        "b": {"stock": 1, "starts_in": "assistance", "offered_from": on(8)},
    }
    flow = drawing(groups, opens={"every": "1 week"})
    assert starts(run(flow), "course") == {0: 14, 1: 14}
    assert starts(run(flow, offered=False), "course") == {}


def test_the_drawn_and_those_in_line_stand_in_one_line(run: Run):
    # One a week. Client 0 joins the course's own line on day 3; client 1 has been on assistance
    # since day 0.
    groups = {"a": coming("course", 3), "b": {"stock": 2, "starts_in": "assistance"}}
    assert starts(run(drawing(groups)), "course") == {0: 14, 1: 0, 2: 7}


def test_who_could_be_drawn_and_cannot_start_holds_back_who_stands_behind(run: Run):
    # Client 0 talks from day 1, keeps the one room and joins the course's own line on day 4; client
    # 1 has been on assistance since day 2, stands first, and no room is free for it.
    groups = {"a": coming("talk", 1), "b": coming("assistance", 2)}
    flow = drawing(groups, needs={"room": 1})
    flow["resources"] = {"room": {"units": 1}}
    flow["stages"]["talk"] = {
        "needs": {"room": 1},
        "keeps": "room",
        "lasts": "3 days",
        "next": {"course": "100 %"},
    }
    assert starts(run(flow), "course") == {0: None}
    # In the world without the programme nobody stands before client 0.
    assert starts(run(flow, offered=False), "course") == {0: 7}


def test_two_stages_that_draw_from_one_stock_have_each_its_own_order(run: Run):
    # One client a week each: the ready (1, 3, 5) for the course, the others (0, 2, 4) for the talk,
    # by client number.
    traits = {"ready": {"share": "0 %", "groups": {"b": "100 %", "d": "100 %", "f": "100 %"}}}
    flow = drawing(
        one_each("abcdef", starts_in="assistance"), traits=traits, order={"highest": "ready"}
    )
    flow["stages"]["talk"] = {**flow["stages"]["course"], "order": {"lowest": "ready"}}
    journeys = run(flow)
    assert starts(journeys, "course") == {1: 0, 3: 7, 5: 14}
    assert starts(journeys, "talk") == {0: 0, 2: 7, 4: 14}


def test_at_least_counts_those_who_could_be_drawn(run: Run):
    groups = {"a": {"stock": 2, "starts_in": "assistance"}, "b": coming("assistance", 5)}
    flow = drawing(groups, opens={"every": "1 week", "at_least": 3})
    assert starts(run(flow), "course") == {0: 7, 1: 7, 2: 7}


def test_clocks_of_a_drawn_client_keep_what_they_have_run(run: Run):
    # The limit of 10 days: 7 are used when the client is drawn; it rests for 2 days, and fires 3
    # days after the return.
    flow = drawing(
        {"g": coming("assistance", 0)}, opens={"on": [on(7)]}, next={"assistance": "100 %"}
    )
    flow = {**flow, "risks": {"limit": limited(10, "done")}}
    flow["stages"]["assistance"] = {"risks": {"limit": 1}}
    assert visits(run(flow), "assistance") == [
        (0, "assistance", 0, 0, 7, "drawn"),
        (0, "assistance", 9, 9, 12, "limit"),
    ]


# Lengths, ways on, arrivals.


def test_working_days_rest_at_easter(run: Run):
    # From Wednesday 1 April 2015: Maundy Thursday, Good Friday, the weekend and Easter Monday (6
    # April) are off. Three working days are the 1st, the 7th and the 8th: over at the midnight that
    # closes the 8th, day 8. From Good Friday (day 2), half a working day is over at noon on Tuesday
    # the 7th, day 6.5.
    on_good_friday = {"every": "9 months", "first": "2015-04-03", "brings": 1}
    groups = {
        "a": {"stock": 1, "starts_in": "three"},
        "b": {"starts_in": "half", "intake": on_good_friday},
    }
    lengths = {"three": "3 working days", "half": "0.5 working days"}
    stages = {
        name: {"lasts": length, "next": {"done": "100 %"}} for name, length in lengths.items()
    }
    flow = small_flow(starts="2015-04-01", groups=groups, stages={**stages, **DONE})
    assert visits(run(flow), "three", "half") == [
        (0, "three", 0, 0, 8, "finished"),
        (1, "half", 2, 2, 6.5, "finished"),
    ]


def test_working_days_beyond_the_horizon_are_censored(run: Run):
    stages = {"work_up": {"lasts": "2 working days", "next": {"done": "100 %"}}, **DONE}
    flow = small_flow(
        "4 days",
        starts="2015-04-03",
        groups={"g": {"stock": 1, "starts_in": "work_up"}},
        stages=stages,
    )
    assert visits(run(flow)) == [(0, "work_up", 0, 0, None, "still_there")]


def test_length_follows_the_factor_of_its_start(run: Run):
    # Twice as long from day 5: the service begun on day 4 takes 4 days, the one begun on day 8
    # takes 8.
    flow = small_flow(
        groups={"a": coming("course", 4, 2)},
        resources={"place": {"units": 1}},
        stages={
            "course": {
                "needs": {"place": 1},
                "next": {"done": "100 %"},
                "lasts": {
                    "constant": "4 days",
                    "times": {"value": 1, "assumption": "x", "from": {on(5): 2}},
                },
            },
            **DONE,
        },
    )
    assert visits(run(flow), "course") == [
        (0, "course", 4, 4, 8, "finished"),
        (1, "course", 4, 8, 16, "finished"),
    ]


def test_lengths_are_drawn_by_client_stage_and_visit(run: Run):
    # Uniform over 0 to 4 days: four times the client's own number for the stage and the visit,
    # whatever came before.
    lasts = {"uniform": {"shortest": "0 days", "longest": "4 days"}}
    flow = small_flow(
        "60 days",
        groups={"g": {"stock": 3, "starts_in": "a"}},
        stages={
            "a": {"lasts": lasts, "next": {"b": "100 %"}},
            "b": {"lasts": lasts, "next": {"a": "100 %"}},
        },
    )
    journeys = run(flow, seed=7)
    for client in range(3):
        rows = journeys.client == client
        for stage, name in enumerate("ab"):
            there = rows & (journeys.stage == stage) & (journeys.cause == 0)
            purpose = randomness.code(f"duration/{name}")
            drawn = [
                randomness.uniform(7, 0, randomness.code("g/stock"), client, purpose, k)
                for k in range(there.sum())
            ]
            assert (journeys.finished - journeys.started)[there] == pytest.approx(
                [4 * u for u in drawn]
            )


def test_ways_are_drawn_by_client_stage_and_visit(run: Run):
    # One day in each stage; the way on is `b` where the client's number lies below 30 %.
    stages = {
        "a": {"lasts": "1 day", "next": {"b": "30 %", "c": "rest"}},
        "b": lasting(1, "a"),
        "c": lasting(1, "a"),
    }
    journeys = run(
        small_flow("40 days", groups={"g": {"stock": 2, "starts_in": "a"}}, stages=stages), seed=3
    )
    for client in range(2):
        there = (journeys.client == client) & (journeys.stage == 0) & (journeys.cause == 0)
        drawn = [
            randomness.uniform(
                3, 0, randomness.code("g/stock"), client, randomness.code("route/a"), k
            )
            for k in range(there.sum())
        ]
        assert journeys.next[there].tolist() == [1 if u < 0.3 else 2 for u in drawn]


def test_shares_change_at_dates(run: Run):
    # Everyone goes to `b` until day 4, and to `c` from then on.
    share = {"value": "100 %", "assumption": "x", "from": {on(4): "0 %"}}
    stages = {"a": {"lasts": "2 days", "next": {"b": share, "c": "rest"}}, "b": {}, "c": {}}
    flow = small_flow(
        groups={"x": {"stock": 1, "starts_in": "a"}, "y": coming("a", 2)}, stages=stages
    )
    assert [visit[:3] for visit in visits(run(flow), "b", "c")] == [(0, "b", 2), (1, "c", 4)]


def test_odds_move_the_shares(run: Run):
    # Odds of 0 close `b` to group y; the odds of a million leave group z nothing else, but for one
    # in a million.
    odds = {"group": {"y": 0, "z": 1e6}}
    stages = {
        "a": {"lasts": "2 days", "next": {"b": {"share": "50 %", "odds": odds}, "c": "rest"}},
        "b": {},
        "c": {},
    }
    flow = small_flow(
        groups={"y": {"stock": 50, "starts_in": "a"}, "z": {"stock": 50, "starts_in": "a"}},
        stages=stages,
    )
    assert [visit[1] for visit in visits(run(flow), "b", "c")] == 50 * ["c"] + 50 * ["b"]


def test_starts_in_leads_each_client_home(run: Run):
    # By a way on, by a risk and by being turned away, each to the stage its group starts in.
    flow = small_flow(
        groups={"x": {"stock": 1, "starts_in": "home_x"}, "y": {"stock": 1, "starts_in": "home_y"}},
        risks={"limit": limited(4, "starts_in")},
        resources={"place": {"units": 1}},
        stages={
            "home_x": lasting(1, "course"),
            "home_y": lasting(2, "course"),
            "course": lasting(
                3, "work", needs={"place": 1}, limit={"waiting": 0, "else": "starts_in"}
            ),
            "work": {"risks": {"limit": 1}},
        },
    )
    assert [visit[:3] for visit in visits(run({**flow, "lasts": "9 days"}))] == [
        (0, "home_x", 0),
        (0, "course", 1),
        (0, "work", 4),
        (0, "home_x", 8),
        (1, "home_y", 0),
        (1, "course", 2),
        (1, "home_y", 2),
        (1, "course", 4),
        (1, "work", 7),
    ]


def test_intake_and_stock_come_in_client_order(run: Run):
    # Client order is group, then stock before intake, then number: clients 0 and 1 are group a's.
    flow = small_flow(
        groups={
            "a": {
                "stock": 1,
                "starts_in": "here",
                "intake": {"every": "2 weeks", "first": on(3), "brings": 2},
            },
            "b": {"stock": 1, "starts_in": "here"},
        },
        stages={"here": {}},
    )
    assert [visit[::2][:2] for visit in visits(run(flow))] == [
        (0, 0),
        (1, 3),
        (2, 3),
        (3, 17),
        (4, 17),
        (5, 0),
    ]


# What cannot be run on, in the same words in every engine.


def error_of(run: Run, flow: dict[str, Any]) -> str:
    with pytest.raises(SimulationError) as caught:
        run(flow)
    return str(caught.value)


def test_a_circle_in_which_no_time_passes_is_an_error(run: Run):
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "a"}},
        risks={"at_once": limited(0, "b")},
        stages={
            "a": {"risks": {"at_once": 1}},
            "b": {"risks": {"at_once": {"started": 1, "to": "a"}}},
        },
    )
    # The 1,001st stage is an a again.
    assert error_of(run, flow) == (
        "a client went through 1000 stages on day 0 without time passing, 'a' among them; let one "
        "of the stages of that circle last"
    )


def test_a_circle_through_a_queue_in_which_no_time_passes_is_an_error(run: Run):
    stages = {
        "a": lasting(0, "b", needs={"place": 1}),
        "b": lasting(0, "c"),
        "c": {"risks": {"at_once": 1}},
    }
    risks, resources = {"at_once": limited(0, "a")}, {"place": {"units": 1}}
    flow = small_flow(groups={"g": coming("a", 4)}, risks=risks, resources=resources, stages=stages)
    # a, b, c, a, ...: the 1,001st stage is a b.
    assert error_of(run, flow) == (
        "a client went through 1000 stages on day 4 without time passing, 'b' among them; let one "
        "of the stages of that circle last"
    )


def test_odds_that_leave_no_way_on_are_an_error(run: Run):
    routes = {
        "b": {"share": "50 %", "odds": {"group": {"g": 0}}},
        "c": {"odds": {"group": {"g": 0}}},
    }
    stages = {"a": {"lasts": "2 days", "next": routes}, "b": {}, "c": {}}
    flow = small_flow(groups={"g": {"stock": 1, "starts_in": "a"}}, stages=stages)
    assert error_of(run, flow) == (
        "a client finished 'a' and no way on was open to it; its odds are all 0"
    )


def test_the_length_of_a_way_may_count_working_days(run: Run):
    # From Friday on, one working day is over as Saturday begins, and two as Tuesday does.
    flow = small_flow(
        starts="2015-01-09",
        groups={"g": {"stock": 1, "starts_in": "desk"}},
        stages={
            "desk": {
                "lasts": "1 working day",
                "next": {"done": {"share": "100 %", "lasts": "2 working days"}},
            },
            **DONE,
        },
    )
    assert [row[4] for row in visits(run(flow), "desk")] == [4]
