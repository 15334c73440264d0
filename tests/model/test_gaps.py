"""Laws of gaps between arrivals: how they are read, and that the rate holds from the first day on."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.simulation.population import make_cohort
from tests.small_flows import plan_of, small_flow
from tests.statistics import SEED, assert_agrees, assert_detected


def plan_with(gaps, arrivals="0.5 per day", **group):
    groups = {"g": {"starts_in": "s", "arrivals": arrivals, "gaps": gaps, **group}}
    return plan_of(small_flow("8 days", groups=groups, stages={"s": {}}))


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ("evenly", "expected 'even' or one law of gaps"),
        ({"exponential": {"mean": "1 day"}}, "leave out 'gaps'"),
        ({"erlangs": {"phases": 3}}, "did you mean 'erlang'?"),
        ({"erlang": {"mean": "1 day", "phases": 3}}, "'arrivals' says how long gaps are"),
        ({"erlang": {"phases": 0}}, "expected a fixed number of phases"),
        ({"uniform": {"spread": "120 %"}}, "between 0 % and 100 %"),
        ({"gamma": 2}, "expected {cv: ...} alone"),
    ],
)
def test_what_is_no_law_of_gaps_is_refused(gaps, words):
    with pytest.raises(FlowError) as caught:
        plan_with(gaps)
    assert words in str(caught.value)


def test_gaps_need_a_rate():
    groups = {"g": {"starts_in": "s", "stock": 1, "gaps": "even"}}
    with pytest.raises(FlowError, match="it needs 'arrivals'"):
        plan_of(small_flow(groups=groups, stages={"s": {}}))


def test_even_gaps_are_even():
    times = make_cohort(plan_with("even", "2 per day"), SEED, 0).arrives
    assert np.diff(times) == pytest.approx(0.5)
    assert 0.0 <= times[0] < 0.5


@pytest.fixture(scope="module", params=["even", {"erlang": {"phases": 4}}, {"gamma": {"cv": 2}}])
def by_day(request):
    """How many come on each of eight days, shape (runs, days)."""
    plan = plan_with(request.param)
    found = [make_cohort(plan, SEED, r).arrives.astype(int) for r in range(1500)]
    return np.array([np.bincount(days, minlength=8) for days in found], np.float64)


def test_as_many_come_as_the_rate_says_from_the_first_day_on(by_day):
    assert_agrees(by_day, {f"day {day}": 0.5 for day in range(8)})


def test_one_who_always_comes_first_is_detected(by_day):
    """The control: as if somebody had come at the very start, and gaps began there."""
    assert_detected(by_day + (np.arange(8) == 0) * 0.5, {f"day {day}": 0.5 for day in range(8)})


def test_a_season_stretches_gaps_of_any_law():
    plan = plan_with("even", "2 per day", season=[0.5] + [1] * 11)
    assert np.diff(make_cohort(plan, SEED, 0).arrives) == pytest.approx(1.0)
