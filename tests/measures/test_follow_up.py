"""Selections and measures that take time, in runs small enough to count by hand."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.errors import FlowError
from pilotsim.files.reading import read_text
from pilotsim.measures.measures import (
    MeasuredRuns,
    RestsOn,
    measure_counterfactual,
    measure_runs,
)
from pilotsim.measures.selections import first_moment, followed, select
from pilotsim.model.targets import Measure, Selection, Since
from pilotsim.simulation.journeys import Journeys
from tests.measures.test_measures import course_flow, offer_flow
from tests.small_flows import run, small_flow, visits

# The course of `course_flow`, 20 days: clients 0 to 2 join it on day 2 and find work on days 6, 10
# and 14; client 3 comes on day 5, joins it on day 7 and finds work on day 18.


@pytest.fixture(scope="module")
def course() -> Journeys:
    return run(course_flow())


def ask(journeys: Journeys, **what: Any) -> MeasuredRuns:
    return measure_runs(journeys, Measure.model_validate(what))


def numbers(found: MeasuredRuns) -> tuple[float, float, float, float]:
    parts = (found.values, found.base, found.left_out, found.waiting)
    return tuple(float(part[0]) for part in parts)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("what", "known", "possible"),
    [
        # Days 7, 7, 7 and 12.
        ({"state": "work", "at": "5 days after course"}, [0], [0]),
        # Days 10 and 15; who joins at the moment is there.
        ({"state": "work", "at": "8 days after course"}, [0, 1], [0, 1]),
        # Day 15, and day 20 for client 3: the end.
        ({"state": "work", "at": "15 days after entry"}, [0, 1, 2, 3], [0, 1, 2, 3]),
        # Day 21 for client 3: after the end.
        ({"state": "work", "at": "16 days after entry"}, [0, 1, 2], [0, 1, 2, 3]),
        ({"none": [{"state": "work", "at": "16 days after entry"}]}, [], [3]),
        ({"in_stage": "course", "at": "1 day after course"}, [0, 1, 2, 3], [0, 1, 2, 3]),
        # Nobody ever gave up; client 3 had not the time to.
        ({"state": "work", "at": "16 days after gone"}, [], [3]),
        ({"reached": "work", "after": "entry", "within": "13 days"}, [0, 1, 3], [0, 1, 3]),
        # From 8 January on nine working days end with the run, ten do not.
        ({"reached": "gone", "after": "course", "within": "9 working days"}, [], []),
        ({"reached": "gone", "after": "course", "within": "10 working days"}, [], [3]),
        (
            {"none": [{"reached": "gone", "after": "course", "within": "14 days"}]},
            [0, 1, 2],
            [0, 1, 2, 3],
        ),
        # What has happened is known, whatever is still to come.
        ({"reached": "work", "after": "course", "within": "14 days"}, [0, 1, 2, 3], [0, 1, 2, 3]),
    ],
)
def test_what_is_known_and_what_may_be(course: Journeys, what, known, possible):
    asked = Selection.model_validate(what)
    assert np.flatnonzero(select(course, asked)).tolist() == known
    assert np.flatnonzero(select(course, asked, at_most=True)).tolist() == possible


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        # Client 3 found work in time, but is left out: had it not, nobody could have told.
        (
            {"share": {"reached": "work", "after": "course", "within": "14 days"}, "of": {"reached": "course"}},
            (1, 3, 1, 0),
        ),
        ({"share": {"state": "work", "at": "16 days after entry"}, "of": {"groups": ["a", "b"]}}, (1, 3, 1, 0)),
        (
            {
                "share": {"any": [{"reached": "work", "after": "course", "within": "5 days"}, {"state": "work", "at": "16 days after entry"}]},
                "of": {"groups": "b"},
            },
            (1, 2, 1, 0),
        ),
        # The base takes time.
        (
            {"share": {"origin": "stock"}, "of": {"reached": "work", "after": "course", "within": "14 days"}},
            (1, 3, 1, 0),
        ),
        (
            {"share": {"finished": "course", "to": "work", "after": "course", "within": "14 days"}, "of": {"left": "course"}, "each": "visit"},
            (1, 3, 1, 0),
        ),
        ({"count": {"reached": "work", "after": "course", "within": "14 days"}}, (4, 4, 0, 0)),
        ({"count": {"none": [{"reached": "gone", "after": "course", "within": "14 days"}]}}, (3, 4, 1, 0)),
        ({"months_in": "work", "of": {"none": [{"reached": "gone", "after": "entry", "within": "16 days"}]}}, ((14 + 10 + 6) / 3 / 30.4375, 3, 1, 0)),
        # One, two and three of four clients who are all there at the start of the curve: by day 8
        # two have found work; by day 13 three of four, or client 3 after 11 days and client 2 after 12.
        (
            {"share": {"reached": "work", "after": "course", "within": "8 days"}, "of": {"reached": "course"}, "followed": "survival"},
            (2 / 4, 4, 0, 0),
        ),
        ({"wait": "course"}, ((0 + 4 + 8 + 7) / 4, 4, 0, 0)),
        # Up to day 8 clients 0 and 1 have started; client 2 has waited 6 days and client 3 one:
        # two of four go on, and no more is known of the mean than that it is at least so much.
        (
            {"wait": "course", "between": ["2015-01-01", "2015-01-09"]},
            ((0 + 4 + 6 + 1) / 4, 4, 0, 2),
        ),
        ({"time": {"from": "assistance", "to": "work"}}, ((6 + 10 + 14 + 13) / 4, 4, 0, 0)),
        # Clients 2 and 3 are on the course when the window closes.
        ({"spell": {"in_stage": "course", "ended": ["2015-01-01", "2015-01-12"]}}, ((4 + 8) / 2, 2, 0, 2)),
        ({"use": "place"}, (0.5, math.nan, 0, 0)),
    ],
)  # fmt: skip
def test_what_numbers_rest_on(course: Journeys, what, expected):
    assert numbers(ask(course, **what)) == pytest.approx(expected, nan_ok=True)


def test_the_time_of_those_who_get_there_counts_latecomers_as_if_followed_as_long():
    """Client 0 takes 4 days and client 1 takes 12; of the two who set out on day 10 one takes 4, the other is seen for 6."""
    flow = course_flow()
    flow["lasts"] = "16 days"
    flow["groups"] = {
        "a": {"stock": 2, "starts_in": "course"},
        "b": {
            "starts_in": "course",
            "intake": {"every": "9 months", "first": "2015-01-11", "brings": 2},
        },
    }
    flow["resources"] = {
        "place": {"units": {"value": 1, "assumption": "x", "from": {"2015-01-10": 2}}}
    }
    flow["stages"]["course"] |= {"needs": {"place": 1}, "lasts": "4 days", "risks": {}}
    flow["stages"]["assistance"] = {}
    flow["traits"] = {}
    flow["risks"] = {}
    found = ask(run(flow), time={"from": "course", "to": "work"})
    # Client 1 is served on days 4 to 8; clients 2 and 3 on days 10 to 14.
    assert numbers(found) == pytest.approx(((4 + 8 + 4 + 4) / 4, 4, 0, 0))
    flow["stages"]["course"]["lasts"] = "5 days"
    flow["resources"]["place"]["units"] = 1
    # Days 5 and 10; client 2 from day 10 to 15, client 3 not before the end: 6 days are seen of it.
    # The curve falls by 2/4 after 5 days; of the two left, one is seen for 6 days, so that after 10
    # days falls all of the rest.
    found = ask(run(flow), time={"from": "course", "to": "work"})
    assert numbers(found) == pytest.approx(((5 + 10) / 2, 3, 0, 1))


def test_the_counterfactual_is_of_those_whom_the_world_with_the_programme_follows():
    """Drawn on days 7, 14 and 21 of 40, and there found work on days 17, 21 and 26; without on day 30."""
    with_it, without = run(offer_flow()), run(offer_flow(), offered=False)
    asked = Measure.model_validate(
        {"share": {"state": "work", "at": "20 days after course"}, "of": {"reached": "course"}}
    )
    # Day 41 of the third is after the end: the others on days 27 and 34.
    assert numbers(measure_runs(with_it, asked)) == (1, 2, 1, 0)
    assert measure_counterfactual(with_it, without, asked).tolist() == [1 / 2]
    by_survival = Measure.model_validate(
        {
            "share": {"reached": "work", "after": "course", "within": "19 days"},
            "of": {"reached": "course"},
            "followed": "survival",
        }
    )
    assert measure_counterfactual(with_it, without, by_survival) == pytest.approx([2 / 3])


# Warm-up


def test_nothing_before_the_end_of_the_warm_up_counts():
    journeys = run({**course_flow(), "warm_up": "10 days"})
    window = ["2015-01-11", "2015-01-21"]
    for asked in (
        {"use": "place"},
        {"mean_in": "work"},
        {"months_in": "work"},
        {"change_in": "work"},
        {"cost": ["place"]},
        {"wait": "course"},
        {"calendar_months": "work"},
    ):
        as_said = ask(journeys, **asked)
        by_window = ask(run(course_flow()), **asked, between=window)
        assert numbers(as_said) == pytest.approx(numbers(by_window), nan_ok=True)
        # The control: from the start on it is another number.
        if "calendar_months" not in asked:
            assert numbers(ask(run(course_flow()), **asked))[0] != pytest.approx(as_said.values[0])
    assert ask(journeys, count={"reached": "work"}).values == [3]
    assert ask(journeys, count={"state": "work", "at": "start"}).values == [2]
    # Who has come by then is the stock, and begins there.
    assert ask(journeys, count={"origin": "stock"}).values == [4]
    assert ask(
        journeys, count={"reached": "work", "after": "entry", "within": "4 days"}
    ).values == [2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"warm_up": "20 days"}, "the warm-up is one length of time, shorter than the run; found 20 days"),
        ({"between": ["2015-01-05", "2015-01-15"]}, "nothing before 2015-01-11 counts"),
        ({"within": "12 days"}, "nobody can be followed for 12 days: the run lasts from 2015-01-11 up to"),
        ({"after": "entri"}, "unknown stage 'entri'; did you mean 'entry'?"),
    ],
)  # fmt: skip
def test_faults_name_what_cannot_be_measured(changes, message):
    import json

    flow = {**course_flow(), "warm_up": changes.get("warm_up", "10 days")}
    asked = {
        "reached": "work",
        "after": changes.get("after", "course"),
        "within": changes.get("within", "5 days"),
    }
    if "between" in changes:
        asked["between"] = changes["between"]
    flow["targets"] = {
        "t": {
            "says": "x",
            "assumption": "x",
            "measure": {"share": asked, "of": {"groups": "a"}},
            "at_least": "1 %",
        }
    }
    with pytest.raises(FlowError) as caught:
        read_text(json.dumps(flow))
    assert message in str(caught.value)


# What is known by the end of a run stays true in a longer one


def long_flow(lasts: str) -> dict[str, Any]:
    return small_flow(
        lasts,
        groups={"g": {"stock": 15, "arrivals": "6 per month", "starts_in": "a"}},
        resources={"unit": {"units": 3}},
        risks={"job": {"to": "work", "rate": "8 % per month"}, "back": {"to": "a", "rate": "10 % per month"}},
        stages={
            "a": {"lasts": {"exponential": {"mean": "40 days"}}, "next": {"b": "100 %"}, "risks": {"job": 1}},
            "b": {"needs": {"unit": 1}, "lasts": "25 days", "next": {"a": "60 %", "c": "rest"}, "risks": {"job": 1}},
            "c": {"risks": {"back": 1, "job": 2}, "counts_as": "unknown"},
            "work": {"counts_as": "work", "risks": {"back": 1}},
        },
    )  # fmt: skip


STAGES = st.sampled_from(["a", "b", "c", "work"])
LENGTHS = st.sampled_from(["10 days", "1 month", "45 days", "20 working days", "3 months"])
CLOCKS = st.sampled_from(["entry", "b", "c", "work"])
MOVES_IN_TIME = st.builds(
    lambda move, stage, clock, length: {move: stage, "after": clock, "within": length},
    st.sampled_from(["reached", "started", "finished", "left"]),
    STAGES,
    CLOCKS,
    LENGTHS,
)
STATES_IN_TIME = st.builds(
    lambda state, length, clock: {"state": state, "at": f"{length} after {clock}"},
    st.sampled_from(["assistance", "work", "unknown"]),
    LENGTHS,
    CLOCKS,
)
IN_TIME = st.recursive(
    st.one_of(MOVES_IN_TIME, STATES_IN_TIME),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda parts: {"none": parts}, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=4,
)


@cache
def shorter_and_longer() -> tuple[Journeys, Journeys]:
    return run(long_flow("200 days")), run(long_flow("500 days"))


def test_the_longer_run_goes_on_from_the_shorter():
    shorter, longer = shorter_and_longer()
    ended = [row for row in visits(shorter) if row[4] is not None]
    assert len(ended) > 50
    assert set(ended) <= set(visits(longer))


@given(IN_TIME)
def test_what_is_known_stays_true_and_what_comes_true_was_possible(what):
    """The longer run is the truth: 300 days more, in which all of these times are over.

    Lengths in months are over by the calendar, up to a day or two before they are by their days.
    """
    shorter, longer = shorter_and_longer()
    asked = Selection.model_validate(what)
    here = len(shorter.cohort)
    truth = select(longer, asked)[:here]
    known = select(shorter, asked)
    possible = select(shorter, asked, at_most=True)
    # The truth of who joined the stage of `after` in the shorter run; the others join it later.
    open_to_the_end = followed(shorter, asked)
    assert not (known & ~possible).any()
    joined_later = clocks_that_start_later(shorter, longer, asked)
    assert not (known & ~truth & ~joined_later).any()
    assert not (truth & ~possible & ~joined_later).any()
    assert np.array_equal(known[open_to_the_end], possible[open_to_the_end])


def clocks_that_start_later(shorter: Journeys, longer: Journeys, asked: Selection) -> Any:
    """Return for which clients a stage of `after` is first joined after the shorter run."""
    here = len(shorter.cohort)
    found = np.zeros(here, np.bool_)
    names = [*(asked.after or ())]
    if isinstance(asked.at, Since):
        names.append(asked.at.stage)
    for name in names:
        in_the_longer = first_moment(longer, (name,))[:here]
        found |= np.isfinite(in_the_longer) & np.isinf(first_moment(shorter, (name,)))
    for one in (*(asked.any_of or ()), *(asked.none_of or ())):
        found |= clocks_that_start_later(shorter, longer, one)
    return found


def test_a_number_rests_on_the_runs_that_have_it():
    base = np.array([48.0, 0.0, 0.0, 52.0])
    nothing = np.zeros(4)
    beyond = np.array([math.inf, 0.0, 0.0, 0.0])
    found = RestsOn.over(base, nothing, nothing, beyond)
    assert found.base == 50.0
    assert found.bounded == 0.5
    # The control: over all runs it would be half as many.
    assert base.mean() == 25.0
    assert RestsOn.over(np.zeros(3), nothing[:3], nothing[:3], nothing[:3]).base == 0.0
    assert np.isnan(RestsOn.over(np.full(2, np.nan), nothing[:2], nothing[:2], nothing[:2]).base)
    assert np.isnan(RestsOn.over(base[:0], base[:0], base[:0], base[:0]).base)
