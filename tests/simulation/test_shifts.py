"""Shifts: who is served when, worked out by hand; in every engine."""

from __future__ import annotations

import pytest

import pilotsim
from pilotsim.base.errors import FlowError
from pilotsim.model.targets import Measure
from tests.small_flows import ENGINES, plan_of, run, small_flow, visits

pytestmark = pytest.mark.parametrize("engine", ENGINES)
# Monday 5 January 2015; the 6th is no holiday in Norway.
MONDAY = "2015-01-05"


def clinic(shifts, at_end, *, lasts="10 hours", stock=3, days=4, units=1, **parts):
    """Return a flow in which so many stand before one desk at midnight."""
    return small_flow(
        f"{days} days",
        starts=MONDAY,
        groups={"g": {"starts_in": "desk", "stock": stock}},
        resources={"clerk": {"units": units, "shifts": shifts, "at_end_of_shift": at_end}},
        stages={
            "desk": {"needs": {"clerk": 1}, "lasts": lasts, "next": {"gone": "100 %"}, **parts},
            "gone": {},
        },
    )


def served(flow, engine):
    """When each client is started and finished at the desk, in hours from the start."""
    rows = visits(run(flow, engine=engine), "desk")
    return [
        tuple(None if time is None else round(24 * time, 6) for time in (started, finished))
        for _, _, _, started, finished, _ in rows
    ]


def test_staff_who_finish_stay_after_their_shift(engine):
    # The shift ends at 5, while the first is served: until 10. The next begins at 10, again at 24.
    shifts = {"mon": "00:00-05:00, 10:00-11:00", "tue-sun": "00:00-24:00"}
    assert served(clinic(shifts, "finish"), engine) == [(0, 10), (10, 20), (24, 34)]


def test_nobody_starts_at_the_moment_at_which_a_shift_ends(engine):
    flow = clinic({"mon": "00:00-12:00", "tue-sun": "00:00-24:00"}, "finish", lasts="12 hours")
    assert served(flow, engine)[:2] == [(0, 12), (24, 36)]


def test_who_is_served_goes_on_after_the_break(engine):
    # Two breaks, from 8 to 10 and from 20 to 24; each service takes 10 hours of shifts.
    shifts = {"mon": "00:00-08:00, 10:00-20:00", "tue-sun": "00:00-24:00"}
    assert served(clinic(shifts, "pause"), engine) == [(0, 12), (12, 26), (26, 36)]


def test_a_break_leaves_the_unit_with_whom_it_serves(engine):
    # At 24 the first goes on; the second, who waits, does not get the desk before it is free.
    flow = clinic({"mon": "00:00-06:00", "tue-sun": "00:00-24:00"}, "pause", stock=2)
    assert served(flow, engine) == [(0, 28), (28, 38)]


def test_service_goes_on_while_all_that_it_needs_have_a_shift(engine):
    flow = clinic({"mon": "00:00-08:00", "tue-sun": "00:00-24:00"}, "pause", stock=1)
    flow["resources"]["room"] = {
        "units": 1,
        "shifts": {"mon": "06:00-24:00", "tue": "02:00-04:00, 05:00-24:00", "wed-sun": "off"},
        "at_end_of_shift": "pause",
    }
    flow["stages"]["desk"]["needs"]["room"] = 1
    # From 6 to 8 together, from 26 to 28, from 29 on: 2 + 2 + 6 hours.
    assert served(flow, engine) == [(6, 35)]


def test_a_unit_without_shifts_beside_one_with_shifts_changes_nothing(engine):
    flow = clinic({"mon": "00:00-08:00", "tue-sun": "00:00-24:00"}, "pause", stock=1)
    flow["resources"]["room"] = {"units": 1}
    flow["stages"]["desk"]["needs"]["room"] = 1
    assert served(flow, engine) == [(0, 26)]


def test_a_working_day_is_seven_and_a_half_hours_of_shifts(engine):
    shifts = {"mon-fri": "08:00-15:30"}
    flow = clinic(shifts, "pause", lasts="2 working days", stock=2, days=7)
    assert served(flow, engine) == [(8, 39.5), (56, 87.5)]


def test_holidays_are_off_and_dates_are_otherwise(engine):
    # From Monday 30 March 2015: Thursday and Friday are holidays; on the Wednesday at noon all go.
    shifts = {"mon-fri": "08:00-16:00", "2015-04-01": "08:00-12:00"}
    flow = {**clinic(shifts, "pause", lasts="22 hours", stock=1, days=10), "starts": "2015-03-30"}
    # 8 + 8 + 4 hours, then 2 more after Easter, on Tuesday the 7th.
    assert served(flow, engine) == [(8, 8 * 24 + 10)]


def test_a_shift_says_how_many_are_there(engine):
    shifts = {"mon": {"00:00-02:00": 3, "02:00-24:00": 1}, "tue-sun": "00:00-24:00"}
    flow = clinic(shifts, "finish", lasts="3 hours", stock=6, units=2)
    assert served(flow, engine) == [(0, 3), (0, 3), (0, 3), (3, 6), (6, 9), (9, 12)]


def test_changes_at_dates_hold_in_shifts(engine):
    flow = clinic({"mon-sun": "06:00-12:00"}, "finish", lasts="6 hours", stock=4)
    flow["resources"]["clerk"]["units"] = {
        "value": 1,
        "assumption": "grows",
        "from": {"2015-01-06": 2},
    }
    assert served(flow, engine) == [(6, 12), (30, 36), (30, 36), (54, 60)]


def test_those_in_mid_stay_at_the_start_wait_for_the_first_shift(engine):
    flow = clinic({"mon": "06:00-10:00, 12:00-24:00"}, "pause", lasts="5 hours", stock=1)
    flow["groups"]["g"]["stock_in"] = {"desk": "100 %"}
    assert served(flow, engine) == [(0, 13)]


def test_a_client_is_handed_over_to_the_next_shift(engine):
    # Three by day, one in the evening: from 6 to 18 one goes on, who started first and has the
    # lower number, and the others stand in line where they stood, before those who never started.
    shifts = {"mon": {"00:00-06:00": 3, "06:00-18:00": 1, "18:00-24:00": 3}}
    flow = clinic(shifts, "hand_over", lasts="9 hours", stock=4, days=1)
    flow["stages"]["desk"]["interrupted"] = "goes_on"
    found = visits(run(flow, engine=engine), "desk")
    assert [
        (client, round(24 * started, 6), round(24 * (finished or 1), 6), cause)
        for client, _, _, started, finished, cause in found
        if started is not None
    ] == [
        (0, 0, 9, "finished"),
        (1, 0, 6, "interrupted"),
        (1, 9, 12, "finished"),
        (2, 0, 6, "interrupted"),
        (2, 12, 15, "finished"),
        (3, 15, 24, "still_there"),
    ]


def test_a_night_between_shifts_hands_over_to_the_morning(engine):
    flow = clinic({"mon-fri": "06:00-18:00"}, "hand_over", lasts="15 hours", stock=1)
    flow["stages"]["desk"]["interrupted"] = "goes_on"
    assert served(flow, engine) == [(6, 18), (30, 33)]
    flow["stages"]["desk"]["interrupted"] = "starts_again"
    assert [started for started, _ in served(flow, engine)] == [6, 30, 54, 78, None]


def test_use_is_that_of_shifts_alone(engine):
    for at_end, use in (("finish", 5 / 5), ("pause", 5 / 5)):
        flow = clinic({"mon": "00:00-05:00"}, at_end, stock=1, days=1)
        flow["targets"] = {
            "use": {"says": "U", "assumption": "A", "measure": {"use": "clerk"}, "at_least": "1 %"}
        }
        journeys = run(flow, engine=engine)
        assert pilotsim.measure(
            journeys, journeys.plan.flow.targets["use"].measure
        ) == pytest.approx(use)


@pytest.mark.parametrize("at_end", ["finish", "pause"])
def test_hours_of_shifts_are_paid_used_or_not(engine, at_end):
    # Two units, of which the second is never needed; staff who finish stay for three hours more.
    flow = clinic({"mon": "00:00-05:00", "tue": "06:00-12:00"}, at_end, lasts="8 hours", stock=1)
    flow["resources"]["clerk"] |= {"units": 2, "price_per_hour": 400}
    journeys = run(flow, engine=engine)

    def measured(**what):
        return pilotsim.measure(journeys, Measure.model_validate(what))

    assert measured(cost="clerk") == pytest.approx(2 * (5 + 6) * 400)
    tuesday = ["2015-01-06", "2015-01-07"]
    assert measured(cost="clerk", between=tuesday) == pytest.approx(2 * 6 * 400)


def test_shifts_with_numbers_are_paid_by_them(engine):
    shifts = {"mon": {"00:00-02:00": 3, "02:00-06:00": 1}}
    flow = clinic(shifts, "finish", lasts="1 hour")
    flow["resources"]["clerk"]["price_per_hour"] = 100
    found = pilotsim.measure(run(flow, engine=engine), Measure.model_validate({"cost": "clerk"}))
    assert found == pytest.approx(100 * (3 * 2 + 4))


def test_a_stage_opens_at_a_time_of_the_day(engine):
    flow = clinic({"mon-fri": "08:00-16:00"}, "finish", lasts="1 hour", units=3)
    flow["stages"]["desk"]["opens"] = {"every": "1 day", "admits": 2, "at": "09:30"}
    assert served(flow, engine) == [(9.5, 10.5), (9.5, 10.5), (33.5, 34.5)]


def test_a_stage_opens_by_the_week_at_moments_and_in_slots(engine):
    week = {"mon": "09:00, 13:00", "tue": "08:00-09:00"}
    flow = clinic({"mon-fri": "08:00-16:00"}, "finish", lasts="10 minutes", stock=6)
    flow["stages"]["desk"] |= {"needs": {}, "opens": {"week": week, "slot": "20 minutes"}}
    flow["stages"]["desk"]["opens"]["admits"] = 1
    del flow["resources"]
    starts = [started for started, _ in served(flow, engine)]
    assert starts == [9, 13, 32, round(32 + 1 / 3, 6), round(32 + 2 / 3, 6), None]


# What cannot be meant.

REFUSED = [
    ({"shifts": {"mon": "08:00-10:00"}}, {}, "belong together"),
    ({"at_end_of_shift": "pause"}, {}, "belong together"),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "stop"},
        {},
        "expected finish, pause or hand_over",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "hand_over"},
        {},
        "say whether a stay here then goes on",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "pause"},
        {"interrupted": "goes_on"},
        "service stands still between the shifts",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "pause", "falls_interrupt": True},
        {"interrupted": "starts_again"},
        "with 'hand_over' falls interrupt",
    ),
    ({"shifts": {"2016-01-01": "08:00-10:00"}, "at_end_of_shift": "pause"}, {}, "no shift lies"),
    (
        {"shifts": {"mon": {"08:00-10:00": 2}}, "at_end_of_shift": "pause"},
        {},
        "all are there in a shift, or none",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "pause", "price_per_month": 5},
        {},
        "a sum each month stands under 'costs'",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "pause"},
        {"lasts": "3 weeks"},
        "3 weeks would pass in the shifts of 'clerk' alone",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "pause"},
        {"lasts": {"gamma": {"mean": "2 days", "cv": 1}}},
        "2 days would pass in the shifts",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "finish"},
        {"lasts": "2 working hours"},
        "working time passes from midnight to midnight",
    ),
    (
        {"shifts": {"mon": "08:00-10:00"}, "at_end_of_shift": "pause"},
        {"pace": 0.5},
        "a pace besides",
    ),
    ({}, {"opens": {"every": "1 day", "slot": "10 minutes"}}, "'slot' needs a 'week'"),
    ({}, {"opens": {"week": {"mon": "08:00-10:00"}}}, "need a 'slot'"),
    ({}, {"opens": {"week": {"mon": "08:00"}, "slot": "1 hour"}}, "need a 'slot'"),
    ({}, {"opens": {"week": {"mon": "08:00-09:00"}, "slot": "90 seconds"}}, "unit"),
    ({}, {"opens": {"week": {"mon": "08:00"}, "at": "09:00"}}, "says its times itself"),
    ({}, {"opens": {"every": "1 day", "at": "24:00"}}, "expected a time of the day"),
]


@pytest.mark.parametrize(("resource", "stage", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_meant_is_refused(engine, resource, stage, words):
    flow = clinic({"mon": "08:00-10:00"}, "finish", **stage)
    flow["resources"] = {"clerk": {"units": 1, **resource}}
    with pytest.raises(FlowError) as caught:
        plan_of(flow)
    assert words in str(caught.value)


def test_a_stage_that_opens_only_between_shifts_is_told(engine):
    flow = clinic({"mon-fri": "08:00-16:00"}, "finish", opens={"every": "1 day"})
    told = [str(notice.message) for notice in plan_of(flow).flow.notices]
    assert any("it opens only when 'clerk' has no shift" in message for message in told)
