"""Clients who start together, and end together: cases small enough to work out by hand.

Days are counted from the flow's start, 1 January 2015.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.simulation.journeys import Journeys
from tests import invariants, small_flows
from tests.simulation.test_engine import DONE, coming, lasting
from tests.small_flows import ENGINES, plan_of, small_flow, starts, visits

Run = Callable[..., Journeys]
BY_CHANCE = {"exponential": {"mean": "3 days"}}


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest) -> Run:
    return partial(small_flows.run, engine=request.param)


def test_a_batch_starts_when_so_many_wait(run: Run):
    # Three at a time: two come on day 0, one on day 2, and then four on day 5, of whom one is left.
    flow = small_flow(
        groups={"a": coming("course", 0, 2), "b": coming("course", 2), "c": coming("course", 5, 4)},
        stages={"course": lasting(1, batch=3), **DONE},
    )
    assert starts(run(flow), "course") == {0: 2, 1: 2, 2: 2, 3: 5, 4: 5, 5: 5, 6: None}


@pytest.mark.parametrize(
    ("most", "found"), [(None, [0] * 7), (3, [0] * 6 + [None]), (4, [0] * 7), (7, [0] * 7)]
)
def test_all_who_wait_start_unless_only_so_many_may(run: Run, most: int | None, found: list[Any]):
    # Seven come at once and two must wait: with three at a time one is left over, alone.
    own = {} if most is None else {"at_most": most}
    flow = small_flow(
        groups={"g": coming("course", 0, 7)},
        stages={"course": lasting(1, batch={"at_least": 2, **own}), **DONE},
    )
    assert [*starts(run(flow), "course").values()] == found


def test_a_batch_starts_with_as_many_as_there_are_units_for(run: Run):
    # Eight units, two for each. Of seven, four start on day 0; three have to wait until day 4.
    flow = small_flow(
        groups={"g": coming("course", 0, 7)},
        resources={"r": {"units": 8}},
        stages={"course": lasting(4, needs={"r": 2}, batch={"at_least": 2}), **DONE},
    )
    assert [*starts(run(flow), "course").values()] == [0] * 4 + [4] * 3


def test_who_leaves_before_the_batch_starts_is_missed_and_who_leaves_it_goes_alone(run: Run):
    # Two come on day 0 and have a limit of 3 days in all: they are gone when the third comes on
    # day 4. It starts with one that comes on day 6, and both leave on day 7 and 9 by their limits.
    risks = {"limit": {"to": "done", "after": "3 days"}}
    flow = small_flow(
        groups={"a": coming("course", 0, 2), "b": coming("course", 4), "c": coming("course", 6)},
        risks=risks,
        stages={
            "course": {
                **lasting(5, batch={"at_least": 3, "ends_together": True}),
                "risks": {"limit": 1},
            },
            **DONE,
        },
    )
    assert [row[3:] for row in visits(run(flow), "course")] == [
        (None, 3, "limit"),
        (None, 3, "limit"),
        (None, 7, "limit"),
        (None, 9, "limit"),
    ]
    flow["stages"]["course"]["batch"]["at_least"] = 2
    flow["stages"]["course"]["risks"] = {"limit": {"waiting": 1, "started": 1}}
    assert [row[3:] for row in visits(run(flow), "course")] == [
        (0, 3, "limit"),
        (0, 3, "limit"),
        (6, 7, "limit"),
        (6, 9, "limit"),
    ]


def ends(journeys: Journeys) -> list[float]:
    return [row[4] for row in visits(journeys, "course")]


@pytest.mark.parametrize("order", ["longest_waiting", {"highest": "ready"}, "random"])
def test_who_ends_together_stays_as_long_as_the_first_in_line_drew(run: Run, order: Any):
    flow = small_flow(
        "200 days",
        traits={"ready": {"normal": [0, 1]}},
        groups={"g": coming("course", 0, 9)},
        stages={
            "course": {"lasts": BY_CHANCE, "next": {"done": "100 %"}, "batch": 3, "order": order},
            **DONE,
        },
    )
    alone = run(flow)
    flow["stages"]["course"]["batch"] = {"at_least": 3, "at_most": 3, "ends_together": True}
    together = run(flow)
    places = [invariants.place_of_visit(together, row, 0.0) for row in rows_of_course(together)]
    line = np.argsort([place[0] for place in places], kind="stable")
    own = np.array(ends(alone))
    assert len(set(own)) == 9
    assert np.array_equal(np.array(ends(together))[line], np.repeat(own[line[::3]], 3))


def rows_of_course(journeys: Journeys) -> list[int]:
    """Return the rows of the first stage."""
    return np.flatnonzero(journeys.stage == 0).tolist()


def test_those_of_one_opening_end_together(run: Run):
    # Two openings, on day 0 and day 7; who is there in mid-stay at the start ends by itself.
    flow = small_flow(
        "300 days",
        groups={
            "g": {
                "stock": 4,
                "starts_in": "course",
                "stock_in": {"course": "50 %", "starts_in": "rest"},
            },
            "late": coming("course", 2, 3),
            "wait": {"stock": 5, "starts_in": "course"},
        },
        stages={
            "course": {
                "lasts": BY_CHANCE,
                "next": {"done": "100 %"},
                "opens": {"every": "1 week"},
                "batch": {"ends_together": True},
            },
            **DONE,
        },
    )
    rows = visits(run(flow), "course")
    late = {row[4] for row in rows if row[3] == 7}
    whole = {row[4] for row in rows if row[0] >= 7 and row[3] == 0}
    assert len(late) == len(whole) == 1
    assert late != whole
    placed = [row[4] for row in rows if row[0] < 4]
    assert len(set(placed)) >= 2


def test_who_holds_all_it_needs_waits_for_the_others_all_the_same(run: Run):
    flow = small_flow(
        groups={"a": coming("talk", 0), "b": coming("talk", 3)},
        resources={"r": {"units": 2}},
        stages={
            "talk": lasting(1, "course", needs={"r": 1}, keeps=["r"]),
            "course": lasting(2, needs={"r": 1}, batch=2),
            **DONE,
        },
    )
    assert starts(run(flow), "course") == {0: 4, 1: 4}


# A run that is broken is found out.


def in_batches(most: int) -> dict[str, Any]:
    return small_flow(
        "100 days",
        groups={"g": {"starts_in": "course", "arrivals": "1 per day"}},
        resources={"r": {"units": 4}},
        stages={
            "course": {
                "needs": {"r": 1},
                "lasts": BY_CHANCE,
                "next": {"done": "100 %"},
                "batch": {"at_least": 3, "at_most": most, "ends_together": True},
            },
            **DONE,
        },
    )


@pytest.fixture
def whole() -> Journeys:
    journeys = small_flows.run(in_batches(4))
    invariants.check_all(journeys)
    return journeys


def changed(journeys: Journeys, column: str, row: int, value: float) -> Journeys:
    new = getattr(journeys, column).copy()
    new[row] = value
    return dataclasses.replace(journeys, **{column: new})


def test_a_batch_that_is_too_small_is_found_out(whole: Journeys):
    row = rows_of_course(whole)[4]
    with pytest.raises(AssertionError, match="fewer started than a batch is"):
        invariants.check_batches(changed(whole, "started", row, whole.started[row] + 0.01))


def test_a_batch_that_is_too_large_is_found_out(whole: Journeys):
    _, sizes = np.unique(
        whole.started[(whole.stage == 0) & ~np.isnan(whole.started)], return_counts=True
    )
    assert 4 in sizes
    with pytest.raises(AssertionError, match="more started together than may"):
        invariants.check_batches(dataclasses.replace(whole, plan=plan_of(in_batches(3))))


def test_one_who_ends_by_itself_is_found_out(whole: Journeys):
    row = rows_of_course(whole)[0]
    late = float(whole.finished[row]) + 1 / TICKS_PER_DAY
    with pytest.raises(AssertionError, match="ended when nobody of it did"):
        invariants.check_batches(changed(whole, "finished", row, late))


def test_a_batch_that_could_start_is_found_out(whole: Journeys):
    rows = np.flatnonzero((whole.stage == 0) & (whole.started == np.unique(whole.started)[0]))
    broken = whole
    for row in rows.tolist():
        broken = changed(broken, "started", row, whole.started[row] + 0.5)
    with pytest.raises(AssertionError, match="a batch waits"):
        invariants.check_moments(broken)
