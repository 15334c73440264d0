"""Journeys: rows in any order in, whole columns out; what is derived from them by hand."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pilotsim.simulation.journeys import COLUMNS, FIRST_RISK, Journeys, Row
from pilotsim.simulation.population import make_cohort
from tests.small_flows import plan_of, small_flow

NAN = math.nan
# Client 0 trains from day 2 to 6 and then works; client 1 waits on day 3 and gives up on day 8;
# client 2 waits still.
ROWS: list[Row] = [
    (1, 0, 0, 3.0, NAN, 8.0, FIRST_RISK, 2, -1),
    (0, 1, 1, 6.0, 6.0, NAN, -1, -1, 0),
    (2, 0, 0, 4.0, NAN, NAN, -1, -1, -1),
    (0, 0, 0, 1.0, 2.0, 6.0, 0, 1, 0),
    (1, 1, 2, 8.0, 8.0, NAN, -1, -1, 0),
]


@pytest.fixture
def journeys() -> Journeys:
    plan = plan_of(
        small_flow(
            "10 days",
            groups={
                "a": {"stock": 2, "starts_in": "training"},
                "b": {"stock": 1, "starts_in": "training"},
            },
            resources={"place": {"units": 1}},
            risks={"gives_up": {"to": "gone", "rate": "1 per month"}},
            stages={
                "training": {"needs": {"place": 1}, "lasts": "4 days", "next": {"work": "100 %"}},
                "work": {},
                "gone": {},
            },
        )
    )
    return Journeys.from_rows(plan, make_cohort(plan, 1, 3), ROWS)


def test_rows_come_out_by_client_and_visit(journeys: Journeys):
    assert journeys.client.tolist() == [0, 0, 1, 1, 2]
    assert journeys.visit.tolist() == [0, 1, 0, 1, 0]
    assert journeys.stage.tolist() == [0, 1, 0, 2, 0]
    assert journeys.joined.tolist() == [1, 6, 3, 8, 4]
    assert journeys.next.tolist() == [1, -1, 2, -1, -1]
    assert journeys.alternative.tolist() == [0, 0, -1, 0, -1]
    assert [column.dtype.kind for column in journeys.arrays()] == list("iiifffiii")
    assert len(journeys) == 5


def test_no_rows_make_empty_columns(journeys: Journeys):
    none = Journeys.from_rows(journeys.plan, journeys.cohort, [])
    assert len(none) == 0
    assert [column.dtype for column in none.arrays()] == [
        column.dtype for column in journeys.arrays()
    ]
    assert len(none.until) == len(none.began) == 0


def test_what_has_not_ended_lasts_to_the_horizon(journeys: Journeys):
    assert journeys.until.tolist() == [6, 10, 8, 10, 10]


def test_what_never_started_waited_to_its_end(journeys: Journeys):
    assert journeys.began.tolist() == [2, 6, 8, 8, 10]


def test_causes_have_names(journeys: Journeys):
    assert [journeys.cause_name(int(cause)) for cause in journeys.cause] == [
        "finished",
        "still_there",
        "gives_up",
        "still_there",
        "still_there",
    ]
    assert journeys.cause_name(1) == "drawn"
    assert journeys.cause_name(2) == "turned_away"


def test_equal_means_equal_to_the_bit(journeys: Journeys):
    same = Journeys.from_rows(journeys.plan, journeys.cohort, ROWS[::-1])
    assert journeys == same
    for name in COLUMNS:
        column = getattr(same, name).copy()
        column[0] = np.nextafter(column[0], np.inf) if column.dtype.kind == "f" else column[0] + 1
        assert journeys != dataclasses.replace(same, **{name: column})
    assert journeys != "journeys"


def test_a_time_that_is_missing_is_not_equal_to_one_that_is_there(journeys: Journeys):
    finished = journeys.finished.copy()
    finished[1] = 9.0
    assert journeys != dataclasses.replace(journeys, finished=finished)


def test_journeys_show_their_size(journeys: Journeys):
    assert repr(journeys) == "Journeys(small: 3 clients, 5 visits)"


def test_frame_says_it_in_words(journeys: Journeys):
    frame = journeys.to_frame()
    assert frame["group"].tolist() == ["a", "a", "a", "a", "b"]
    assert frame["origin"].tolist() == 5 * ["stock"]
    assert frame["stage"].tolist() == ["training", "work", "training", "gone", "training"]
    assert frame["next"].astype(object).where(frame["next"].notna(), None).tolist() == [
        "work",
        None,
        "gone",
        None,
        None,
    ]
    assert frame["cause"].tolist() == [
        "finished",
        "still_there",
        "gives_up",
        "still_there",
        "still_there",
    ]
    assert frame["replication"].unique().tolist() == [3]
    assert frame["finished"].isna().tolist() == [False, True, False, True, True]
    assert list(frame.columns) == ["replication", "client", "group", "origin", *COLUMNS[1:]]
