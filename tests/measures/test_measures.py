"""Measures of runs small enough to count by hand."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotsim.files.reading import read_flow
from pilotsim.measures import selections
from pilotsim.measures.measures import measure, measure_counterfactual, measure_runs
from pilotsim.measures.monthly import observe
from pilotsim.measures.occupancy import (
    mean_units_held,
    moves,
    used_unit_days,
)
from pilotsim.measures.selections import select
from pilotsim.model.targets import Measure, Selection
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.journeys import Journeys
from tests.counting import occupancy, units_held_at
from tests.small_flows import run, small_flow, visits

ALNA = Path(__file__).parents[2] / "configs" / "alna_aktiv.yaml"
MONTH = 30.4375
HORIZON = 20


def course_flow() -> dict[str, Any]:
    """Return a flow of 20 days: client 0 of group a and clients 1 and 2 of group b.

    Client 3 comes on day 5 into group b.

    Assistance lasts 2 days. One place, and three from day 14, for 4 days each: clients 0, 1 and 2
    train on days 2-6, 6-10 and 10-14, client 3 on days 14-18. All find work then.
    """
    return small_flow(
        f"{HORIZON} days",
        traits={"young": {"share": "0 %", "groups": {"a": "100 %"}}},
        groups={
            "a": {"stock": 1, "starts_in": "assistance"},
            "b": {
                "stock": 2,
                "starts_in": "assistance",
                "intake": {"every": "9 months", "first": "2015-01-06", "brings": 1},
            },
        },
        resources={
            "place": {
                "units": {"value": 1, "assumption": "x", "from": {"2015-01-15": 3}},
                "price_per_month": 3043.75,
            },
            "voucher": {"supply": {"every": "1 week", "units": 2}},
        },
        risks={"gives_up": {"to": "gone", "after": "9 days"}},
        stages={
            "assistance": {"lasts": "2 days", "next": {"course": "100 %"}},
            "course": {
                "needs": {"place": 1, "voucher": 1},
                "lasts": "4 days",
                "next": {"work": "100 %"},
                "risks": {"gives_up": {"waiting": 1}},
            },
            "work": {"counts_as": "work"},
            "gone": {"counts_as": "unknown"},
        },
    )


@pytest.fixture(scope="module")
def course() -> Journeys:
    return run(course_flow())


def test_the_run_that_is_measured_below(course: Journeys):
    # Vouchers: two on day 0, two on day 7, two on day 14. Clients 0 and 1 take the first two,
    # client 2 the third on day 10. Client 3 joins the course on day 7 and starts on day 14, when
    # the place is free again; it is still there on day 20.
    assert visits(course) == [
        (0, "assistance", 0, 0, 2, "finished"),
        (0, "course", 2, 2, 6, "finished"),
        (0, "work", 6, 6, None, "still_there"),
        (1, "assistance", 0, 0, 2, "finished"),
        (1, "course", 2, 6, 10, "finished"),
        (1, "work", 10, 10, None, "still_there"),
        (2, "assistance", 0, 0, 2, "finished"),
        (2, "course", 2, 10, 14, "finished"),
        (2, "work", 14, 14, None, "still_there"),
        (3, "assistance", 5, 5, 7, "finished"),
        (3, "course", 7, 14, 18, "finished"),
        (3, "work", 18, 18, None, "still_there"),
    ]


def selected(journeys: Journeys, **what: Any) -> list[int]:
    return np.flatnonzero(select(journeys, Selection.model_validate(what))).tolist()


@pytest.mark.parametrize(
    ("what", "clients"),
    [
        ({}, [0, 1, 2, 3]),
        ({"groups": "a"}, [0]),
        ({"groups": ["a", "b"]}, [0, 1, 2, 3]),
        ({"origin": "stock"}, [0, 1, 2]),
        ({"origin": "arrivals"}, [3]),
        ({"traits": {"young": True}}, [0]),
        ({"traits": {"young": False}}, [1, 2, 3]),
        ({"traits": {"group": "b"}}, [1, 2, 3]),
        ({"reached": "course"}, [0, 1, 2, 3]),
        ({"reached": ["gone"]}, []),
        (
            {"started": "course", "after": "assistance", "within": "6 days"},
            [0, 1],
        ),  # starts 2, 6, 10 and 9 days after
        ({"started": "course", "after": "assistance", "within": "5 days"}, [0]),
        (
            {"finished": "course", "after": "course", "within": "8 days"},
            [0, 1],
        ),  # 4, 8, 12 and 11 days after joining it
        # Days 6, 10, 14 and 18; from Friday 2 January (day 1, the first working day) on, 5 working
        # days end on day 8.
        ({"reached": "work", "after": "assistance", "within": "5 working days"}, [0]),
        ({"left_by": "gives_up"}, []),
        (
            {"in_stage": "course", "at": "2015-01-08"},
            [1, 2, 3],
        ),  # day 7: clients 0 has gone, 3 joins
        (
            {"in_stage": "course", "at": "2015-01-11"},
            [2, 3],
        ),  # day 10: client 1 ends, client 2 starts
        ({"state": "work", "at": "end"}, [0, 1, 2, 3]),
        ({"state": "work"}, [0, 1, 2, 3]),
        ({"state": "work", "at": "start"}, []),
        ({"state": "assistance", "at": "start"}, [0, 1, 2]),
        ({"state": "assistance", "at": "2015-01-06"}, [0, 1, 2, 3]),
        ({"state": "assistance", "in_stage": "course", "at": "2015-01-15"}, [3]),
        ({"any": [{"groups": "a"}, {"origin": "arrivals"}]}, [0, 3]),
        ({"none": [{"groups": "a"}, {"origin": "arrivals"}]}, [1, 2]),
        (
            {
                "groups": "b",
                "any": [{"origin": "stock"}],
                "none": [{"started": "course", "after": "course", "within": "4 days"}],
            },
            [2],
        ),
    ],
)
def test_selections(course: Journeys, what: dict[str, Any], clients: list[int]):
    assert selected(course, **what) == clients


@pytest.mark.parametrize(
    ("what", "number"),
    [
        (
            {
                "share": {"reached": "work", "after": "course", "within": "10 days"},
                "of": {"reached": "course"},
            },
            2 / 4,
        ),
        ({"share": {"origin": "stock"}, "of": {"groups": "b"}}, 2 / 3),
        ({"count": {"state": "work"}}, 4),
        ({"count": {"state": "work"}, "of": {"groups": "b"}}, 3),
        ({"change_in": "assistance"}, -3),  # three at the start, nobody at the end
        ({"change_in": "work"}, 4),
        ({"change_in": "assistance", "of": {"groups": "a"}}, -1),
        ({"mean_in": "work"}, (14 + 10 + 6 + 2) / 20),
        ({"months_in": "assistance"}, (6 + 10 + 14 + 13) / 4 / MONTH),
        ({"months_in": "assistance", "of": {"groups": "a"}}, 6 / MONTH),
        ({"wait": "course"}, (0 + 4 + 8 + 7) / 4),
        ({"wait": "course", "quantile": "50 %"}, 5.5),
        ({"wait": "course", "of": {"groups": "a"}}, 0),
        ({"time": {"from": "assistance", "to": "work"}}, (6 + 10 + 14 + 13) / 4),
        ({"time": {"from": "course", "to": "work"}, "quantile": "100 %"}, 12),
        (
            {"use": "place"},
            (4 + 4 + 4 + 4) / (14 * 1 + 6 * 3),
        ),  # one place for 14 days, three for 6
        ({"use": "voucher"}, 4 / 6),
        ({"cost": ["place"]}, (14 + 18) / MONTH * 3043.75),
        ({"cost": ["place"], "per": {"state": "work"}}, (14 + 18) / MONTH * 3043.75 / 4),
    ],
)
def test_measures(course: Journeys, what: dict[str, Any], number: float):
    assert measure(course, Measure.model_validate(what)) == pytest.approx(number)


@pytest.mark.parametrize(
    "what",
    [
        {"share": {"reached": "work"}, "of": {"reached": "gone"}},
        {"months_in": "work", "of": {"reached": "gone"}},
        {"wait": "gone", "of": {"groups": "a"}},
        {"time": {"from": "work", "to": "course"}},
        {"cost": ["place"], "per": {"reached": "gone"}},
    ],
)
def test_a_measure_without_a_base_is_no_number(course: Journeys, what: dict[str, Any]):
    assert math.isnan(measure(course, Measure.model_validate(what)))


def test_occupancy_counts_who_has_come_and_not_gone(course: Journeys):
    # At a moment itself, what ends then has ended and what begins then has begun; the horizon is
    # the moment before it.
    days = np.array([0.0, 1.9, 2.0, 7.0, 14.0, 20.0])
    assert occupancy(course, days).tolist() == [
        [3, 0, 0, 0],
        [3, 0, 0, 0],
        [0, 3, 0, 0],
        [0, 3, 1, 0],
        [0, 1, 3, 0],
        [0, 0, 4, 0],
    ]
    assert occupancy(course, days, course.cohort.group[course.client] == 0)[:, 1].tolist() == [
        0,
        0,
        1,
        0,
        0,
        0,
    ]


def test_units_held(course: Journeys):
    assert units_held_at(course, 0, np.array([0.0, 2.0, 6.0, 17.9, 18.0])).tolist() == [
        0,
        1,
        1,
        1,
        0,
    ]
    assert used_unit_days(course, 0) == 16
    assert used_unit_days(course, 1) == 4


def test_moves_count_each_change_of_stage(course: Journeys):
    assert moves(course)[0].tolist() == [[0, 4, 0, 0], [0, 0, 4, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert moves(course, course.joined >= 3)[0, 1].tolist() == [0, 0, 1, 0]


def test_units_kept_while_waiting_are_in_use():
    # The adviser maps on days 0-3, goes along, waits with the client for a room until day 8, and
    # trains until day 10.
    flow = small_flow(
        "20 days",
        groups={"a": {"stock": 1, "starts_in": "mapping"}, "b": {"stock": 1, "starts_in": "busy"}},
        resources={"adviser": {"units": 2}, "room": {"units": 1}},
        stages={
            "mapping": {
                "needs": {"adviser": 2},
                "keeps": "adviser",
                "lasts": "3 days",
                "next": {"talk": "100 %"},
            },
            "talk": {
                "needs": {"adviser": 1, "room": 1},
                "lasts": "2 days",
                "next": {"done": "100 %"},
            },
            "busy": {"needs": {"room": 1}, "lasts": "8 days", "next": {"done": "100 %"}},
            "done": {},
        },
    )
    journeys = run(flow)
    assert units_held_at(journeys, 0, np.array([0.0, 3.0, 7.9, 8.0, 10.0])).tolist() == [
        2,
        1,
        1,
        1,
        0,
    ]
    assert used_unit_days(journeys, 0) == 2 * 3 + 5 + 2
    assert measure(journeys, Measure.model_validate({"use": "adviser"})) == pytest.approx(13 / 40)
    assert measure(journeys, Measure.model_validate({"use": "room"})) == pytest.approx(10 / 20)


def test_resources_that_nobody_could_use_have_no_use():
    flow = small_flow(
        groups={"g": {"stock": 1, "starts_in": "s"}},
        resources={"room": {"units": 0}},
        stages={"s": {}},
    )
    assert math.isnan(measure(run(flow), Measure.model_validate({"use": "room"})))


# With and without the programme, the same clients.


def offer_flow() -> dict[str, Any]:
    """Return a flow in which the course (days 7-9, then each week, one client) makes the way to work three times as fast.

    Without it everyone finds work on day 30; with it, one drawn on day 7 is back on day 9 with 7 of
    30 days used: at three times the speed the other 23 take 23 / 3 days.
    """
    return small_flow(
        "40 days",
        groups={"g": {"stock": 3, "starts_in": "assistance"}},
        risks={"job": {"to": "work", "after": "30 days"}},
        stages={
            "assistance": {"risks": {"job": 1}},
            "work": {"counts_as": "work"},
            "course": {
                "draws_from": "assistance",
                "opens": {"every": "1 week", "first": "2015-01-08", "admits": 1},
                "lasts": "2 days",
                "next": {"assistance": "100 %"},
            },
        },
        effects=[{"after": "course", "on": "job", "times": 3}],
    )


@pytest.fixture(scope="module")
def worlds() -> tuple[Journeys, Journeys]:
    return run(offer_flow()), run(offer_flow(), offered=False)


def test_the_two_worlds_that_are_compared_below(worlds: tuple[Journeys, Journeys]):
    # Back on days 9, 16 and 23 with 7, 14 and 21 days used.
    assert [(client, at) for client, stage, at, *_ in visits(worlds[0]) if stage == "work"] == [
        (0, pytest.approx(9 + 23 / 3)),
        (1, pytest.approx(16 + 16 / 3)),
        (2, pytest.approx(23 + 9 / 3)),
    ]
    assert [(client, at) for client, stage, at, *_ in visits(worlds[1]) if stage == "work"] == [
        (0, 30),
        (1, 30),
        (2, 30),
    ]


@pytest.mark.parametrize(
    ("what", "with_it", "without"),
    [
        # Within 19 days of the course (days 7, 14 and 21), so long as the run follows them all: all
        # with it; without, those who were drawn on day 14 and 21.
        (
            {
                "share": {"reached": "work", "after": "course", "within": "19 days"},
                "of": {"reached": "course"},
            },
            1,
            2 / 3,
        ),
        # The same asked inside another question: "since the course" is still the course of the
        # world with it.
        (
            {
                "share": {"any": [{"reached": "work", "after": "course", "within": "19 days"}]},
                "of": {"reached": "course"},
            },
            1,
            2 / 3,
        ),
        (
            {
                "share": {"none": [{"reached": "work", "after": "course", "within": "19 days"}]},
                "of": {"reached": "course"},
            },
            0,
            1 / 3,
        ),
        (
            {
                "count": {
                    "reached": "work",
                    "any": [{"reached": "work", "after": "course", "within": "10 days"}],
                }
            },
            3,
            1,
        ),
        ({"count": {"state": "work", "at": "2015-01-28"}}, 3, 0),
        ({"count": {"reached": "course"}}, 3, 0),
        ({"change_in": "work"}, 3, 3),
        ({"mean_in": "work"}, (120 - 9 - 16 - 23 - (23 + 16 + 9) / 3) / 40, 30 / 40),
        (
            {"months_in": "assistance", "of": {"reached": "course"}},
            (9 + 16 + 23 + (23 + 16 + 9) / 3) / 3 / MONTH,
            30 / MONTH,
        ),
    ],
)
def test_what_the_same_clients_come_to_without(
    worlds: tuple[Journeys, Journeys], what: dict[str, Any], with_it: float, without: float
):
    asked = Measure.model_validate(what)
    assert measure(worlds[0], asked) == pytest.approx(with_it)
    assert measure_counterfactual(*worlds, asked)[0] == pytest.approx(without)


@pytest.mark.parametrize(
    "what",
    [
        {"wait": "course"},
        {"time": {"from": "assistance", "to": "work"}},
        {"use": "x"},
        {"cost": ["x"], "per": {"reached": "work"}},
    ],
)
def test_waits_and_costs_have_no_world_without(
    worlds: tuple[Journeys, Journeys], what: dict[str, Any]
):
    assert math.isnan(measure_counterfactual(*worlds, Measure.model_validate(what))[0])


def test_measures_do_not_change_the_journeys(course: Journeys):
    # What has been found once is kept: no measure may write into it.
    before = selections.in_stages(course, ("course",)).copy()
    measure(course, Measure.model_validate({"time": {"from": "course", "to": "work"}}))
    selected(course, reached="course", after="assistance")
    assert np.array_equal(selections.in_stages(course, ("course",)), before)


def test_units_held_on_average_over_a_month_are_unit_days_by_days(course):
    """Between any two times, the mean is what counting at many moments in between comes to."""
    marks = np.array([0.0, 2.5, 10.0, 20.0])
    for start, end, mean in zip(
        marks[:-1], marks[1:], mean_units_held(course, 0, marks)[0], strict=True
    ):
        moments = np.linspace(start, end, 20_001)[:-1] + (end - start) / 40_000
        assert mean == pytest.approx(units_held_at(course, 0, moments).mean(), abs=1e-3)


# Places that are taken away while they are held, and what is used up.

OVER = small_flow(
    "100 days",
    starts="2001-01-01",
    groups={"g": {"stock": 20, "starts_in": "s"}},
    resources={"r": {"units": {"value": 20, "assumption": "x", "from": {"2001-01-21": 2}}}},
    stages={"s": {"needs": {"r": 1}, "lasts": "60 days", "next": {"d": "100 %"}}, "d": {}},
)


@pytest.mark.parametrize(
    ("later", "between", "use", "beyond"),
    [
        # 20 of 20 for 20 days, 20 of 2 for 40 days, none of 2 for 40.
        (2, None, (20 * 20 + 2 * 40) / (20 * 20 + 2 * 80), 18 * 40 / 100),
        (2, ["2001-01-21", "2001-03-02"], 1.0, 18.0),
        (2, ["2001-01-01", "2001-01-21"], 1.0, 0.0),
        (2, ["2001-02-20", "2001-03-12"], 0.5, 9.0),
        # None is there, and the room is full all the same; then it is empty.
        (0, ["2001-01-21", "2001-03-02"], 1.0, 20.0),
        (0, ["2001-03-02", "2001-04-11"], math.nan, 0.0),
    ],
)
def test_no_more_is_in_use_than_there_is_and_what_is_overbooked_is_told(
    later: int, between: list[str] | None, use: float, beyond: float
):
    flow = copy.deepcopy(OVER)
    flow["resources"]["r"]["units"]["from"]["2001-01-21"] = later
    asked = {"use": "r"} | ({} if between is None else {"between": between})
    found = measure_runs(run(flow), Measure.model_validate(asked))
    assert found.values[0] == pytest.approx(use, nan_ok=True)
    assert found.left_out[0] == pytest.approx(beyond)


@pytest.mark.parametrize("later", [2, 0])
def test_each_month_tells_what_is_in_use_what_is_overbooked_and_how_long_none_is_free(later: int):
    """Twenty of twenty to day 20, then twenty of `later` to day 60; January has 31 days."""
    flow = copy.deepcopy(OVER)
    flow["resources"]["r"]["units"]["from"]["2001-01-21"] = later
    months = observe(run(flow))[0]
    # Of the 40 days with 20 of `later`, 11 are in January, 28 in February and one in March.
    assert months.used[:, 0] == pytest.approx([(20 * 20 + later * 11) / 31, later, later / 31, 0])
    assert months.overbooked[:, 0] == pytest.approx(
        [(20 - later) * 11 / 31, 20 - later, (20 - later) / 31, 0]
    )
    full = [1.0, 1.0, 1 / 31, 0.0] if later else [1.0, *[math.nan] * 3]
    assert months.full[:, 0] == pytest.approx(full, nan_ok=True)
    use = [1.0, 1.0, 1 / 31, 0.0] if later else [1.0, 1.0, 1.0, math.nan]
    assert months.use[:, 0] == pytest.approx(use, nan_ok=True)


def test_use_by_month_adds_up_to_that_of_the_measure():
    """And all is in use no longer than what is in use on average."""
    alna = simulate(read_flow(ALNA), seed=3)
    (months,) = observe(alna)
    days = np.diff(alna.plan.calendar.marks())
    there = np.flatnonzero(np.nansum(months.units, axis=0) > 0)
    assert len(there) > 5
    for place in there:
        name = list(alna.plan.flow.resources)[place]
        whole = measure_runs(alna, Measure.model_validate({"use": name}))
        used = (months.used[:, place] * days).sum() / (months.units[:, place] * days).sum()
        assert used == pytest.approx(whole.values[0], rel=1e-9)
        assert np.average(months.overbooked[:, place], weights=days) == pytest.approx(
            whole.left_out[0], abs=1e-9
        )
        known = ~np.isnan(months.full[:, place])
        assert (months.full[known, place] <= months.use[known, place] + 1e-9).all()


def test_who_is_in_mid_stay_at_the_start_may_hold_more_than_there_is():
    flow = copy.deepcopy(OVER)
    flow["resources"]["r"]["units"] = 5
    flow["groups"]["g"]["stock_in"] = {"s": {"share": "100 %", "remaining": "50 days"}}
    found = measure_runs(run(flow), Measure.model_validate({"use": "r"}))
    assert found.values[0] == 0.5
    assert found.left_out[0] == pytest.approx(15 * 50 / 100)


@pytest.mark.parametrize("lapses", [False, True])
def test_what_was_supplied_before_a_window_is_there_to_be_used(lapses: bool):
    """Ten on days 0 and 31; four are taken on day 0, and six on day 40."""
    flow = small_flow(
        "80 days",
        starts="2001-01-01",
        groups={
            "a": {"stock": 4, "starts_in": "s"},
            "b": {
                "starts_in": "s",
                "intake": {"first": "2001-02-10", "every": "12 months", "brings": 6},
            },
        },
        resources={
            "r": {
                "supply": {"every": "1 month", "units": 10, "lapses": lapses, "first": "2001-01-01"}
            }
        },
        stages={"s": {"needs": {"r": 1}, "lasts": "1 day", "next": {"d": "100 %"}}, "d": {}},
    )
    windows = (
        ["2001-01-01", "2001-01-15"],
        ["2001-01-01", "2001-02-01"],
        # Without a supply in it: of what is left of those before.
        ["2001-02-05", "2001-02-20"],
    )
    expected = (0.4, 0.4, 6 / 10 if lapses else 6 / 16)
    for between, use in zip(windows, expected, strict=True):
        asked = Measure.model_validate({"use": "r", "between": between})
        assert measure(run(flow), asked) == pytest.approx(use)
