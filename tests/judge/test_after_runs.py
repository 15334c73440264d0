"""What only runs show: measures that are not steady yet, and clients who stand still for ever."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
from pilotsim.judge.steadiness import mser5, should_be_steady, steadiness, welch
from pilotsim.language.catalogue import translate
from tests.measures.test_standstill import crossed
from tests.small_flows import small_flow

ASKED = {
    "there": {"says": "there", "measure": {"mean_in": "assistance"}, "at_most": 40},
    "quick": {"says": "quick", "measure": {"wait": "s"}, "at_most": "10 days"},
    "busy": {"says": "busy", "measure": {"use": "r"}, "at_least": "50 %"},
}


def queue(lasts="36 months", **head):
    """Clients come, wait for ten places, and then stay another eight months on average."""
    plain = small_flow(
        lasts,
        groups={"g": {"starts_in": "s", "arrivals": "10 per month"}},
        resources={"r": {"units": 10}},
        risks={"job": {"to": "w", "rate": "12 % per month"}},
        stages={
            "s": {
                "needs": {"r": 1},
                "lasts": {"exponential": {"mean": "20 days"}},
                "next": {"on": "100 %"},
            },
            "on": {"risks": {"job": 1}},
            "w": {"counts_as": "work"},
        },
        targets=ASKED,
    )
    return read_text(json.dumps({**plain, **head}))


def test_a_run_that_begins_empty_is_told_and_what_to_leave_out():
    found = {one.target: one for one in steadiness(queue("120 months"))}
    there = found["there"]
    assert there.is_off_at_first
    assert not there.still_moves
    # A stock that nears its end by an eighth a month has 5 % to go after 25 months, 760 days.
    assert 300 < there.mser < 1300
    assert there.welch > 300
    assert there.first < 0.8 * there.later
    # Three years are too short for any rule.
    short = {one.target: one for one in steadiness(queue())}["there"]
    assert short.is_off_at_first
    assert short.mser == math.inf
    notices = check_targets(queue(), replications=20, what_if=False).notices
    told = [one for one in notices if "not yet steady" in one.message]
    assert "targets.there" in [one.path for one in told]
    for language in ("nb", "sv"):
        assert translate(told[0].message, language) != str(told[0].message)


@pytest.mark.parametrize("seed", range(6))
def test_a_steady_run_raises_no_alarm(seed):
    for one in steadiness(queue(starts_from={"long_run": "10 years"}), seed=seed):
        assert not one.is_off_at_first, one
        assert not one.still_moves, one


def test_a_line_that_grows_to_the_end_still_moves():
    flow = queue(resources={"r": {"units": 4}})
    found = {one.target: one for one in steadiness(flow)}
    assert found["quick"].still_moves
    notices = check_targets(flow, replications=20, what_if=False).found_in_runs
    assert "still moves" in {one.path: one.message for one in notices}["targets.quick"]


def test_a_pilot_with_a_known_stock_is_left_alone():
    flow = queue(groups={"g": {"starts_in": "s", "arrivals": "10 per month", "stock": 30}})
    assert not should_be_steady(flow)
    assert check_targets(flow, replications=20, what_if=False).found_in_runs == ()


def test_mser_5_cuts_off_what_a_step_adds():
    noise = np.random.default_rng(1).normal(size=200)
    step = np.where(np.arange(200) < 40, 10.0, 0.0)
    assert mser5(noise + step) in (40, 45)
    assert mser5(noise + np.where(np.arange(200) < 150, 10.0, 0.0)) is None
    # White's statistic by its definition, batch by batch.
    series = np.arange(100.0)[::-1] ** 2
    batches = series.reshape(20, 5).mean(axis=1)
    errors = [((batches[d:] - batches[d:].mean()) ** 2).sum() / (20 - d) ** 2 for d in range(15)]
    assert int(np.argmin(errors)) > 10
    assert mser5(series) is None


def test_welch_waits_until_the_moving_average_is_level():
    series = np.concatenate([np.zeros(50), np.full(150, 100.0)])
    found = welch(series)
    assert found is not None
    # Ten to each side: level within 5 % when at most one of 21 lies before the step.
    assert found == 59
    assert welch(np.full(100, 3.0)) == 0
    assert welch(np.arange(100.0)) is None


def test_who_stands_still_is_told_with_what_they_hold():
    flow = read_text(
        json.dumps(
            {
                **crossed(),
                "targets": {
                    "x": {"says": "x", "measure": {"count": {"reached": "out"}}, "at_least": 1}
                },
            }
        )
    )
    check = check_targets(flow, replications=5, what_if=False)
    (found,) = check.found_in_runs
    assert "in 5 of 5 simulations" in found.message
    assert "2015-01-03" in found.message
    assert "1 in 'both_x' hold 1 'x' and wait for 1 'x' + 1 'y'" in found.message
    assert "vent" in translate(found.message, "nb")
    assert math.isfinite(check.verdicts[0].expected)
