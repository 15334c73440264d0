"""Shares, waits and ways with ends that are not seen, against the estimators for data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.effects.estimators.competing_risks import cumulative_incidence
from pilotsim.effects.estimators.kaplan_meier import kaplan_meier
from pilotsim.measures.survival import Durations, shares_by, typical_waits, typical_ways
from pilotsim.simulation.journeys import Journeys

HORIZON = 20.0
# Whole days, so that many end at the same time; 0 is seen so far, 1 as asked, 2 otherwise.
SEEN = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=3, max_size=30)


def one_run(count: int) -> Journeys:
    run = SimpleNamespace(
        plans=(None,), run_of=np.zeros(count, np.int64), plan=SimpleNamespace(horizon=HORIZON)
    )
    return cast(Journeys, run)


def seen_of(rows: list[tuple[int, int]]) -> tuple[Durations, np.ndarray]:
    until, ends = np.array(rows).T
    return Durations(np.arange(len(rows)), until.astype(np.float64), ends == 1), ends


@given(SEEN, st.integers(0, 9))
def test_shares_are_those_of_aalen_and_johansen(rows, length):
    seen, ends = seen_of(rows)
    found = shares_by(one_run(len(rows)), seen, ends == 2, np.full(len(rows), float(length)))[0]
    if not (ends == 1).any():
        assert found == 0 or np.isnan(found)
        return
    curve = cumulative_incidence(seen.until, ends, of=1)
    if np.isnan(found):
        # Nobody is seen for so long, and somebody was still there.
        assert seen.until.max() < length
    else:
        assert found == pytest.approx(curve.at(length))


@given(SEEN)
def test_waits_are_the_area_under_the_curve_of_kaplan_and_meier(rows):
    seen, ends = seen_of(rows)
    found = typical_waits(one_run(len(rows)), seen, None)[0]
    if (ends == 1).all():
        assert found == pytest.approx(seen.until.mean())
        return
    last = float(seen.until.max())
    curve = kaplan_meier(seen.until, ends == 1) if (ends == 1).any() else None
    times = np.linspace(0.0, last, 2001)
    middles = (times[1:] + times[:-1]) / 2
    area = last * np.mean([curve.at(time) if curve else 1.0 for time in middles]) if last else 0.0
    left = curve.at(last) if curve else 1.0
    # What is left is bounded by a run more.
    assert area - 1e-9 <= found + 0.01 <= area + left * HORIZON + 0.02
    if left == 0.0:
        assert found == pytest.approx(area, abs=0.01)


@given(SEEN, st.sampled_from([0.1, 0.5, 0.9]))
def test_quantiles_of_waits_are_where_the_curve_crosses(rows, quantile):
    seen, ends = seen_of(rows)
    found = typical_waits(one_run(len(rows)), seen, quantile)[0]
    if (ends == 1).all() or not (ends == 1).any():
        return
    curve = kaplan_meier(seen.until, ends == 1)
    if found <= seen.until.max():
        assert curve.at(found) <= 1 - quantile + 1e-9
        assert found == 0 or curve.at(found - 0.5) > 1 - quantile - 1e-9
    else:
        assert curve.at(seen.until.max()) > 1 - quantile - 1e-9


@given(SEEN)
def test_ways_are_weighted_by_what_each_stands_for(rows):
    seen, ends = seen_of(rows)
    found = typical_ways(one_run(len(rows)), seen, None)[0]
    if not (ends == 1).any():
        assert np.isnan(found)
        return
    curve = kaplan_meier(seen.until, ends == 1)
    falls = -np.diff(np.concatenate([[1.0], curve.estimate]))
    assert found == pytest.approx((falls * curve.times).sum() / falls.sum())


def test_the_control_differs():
    """A late one that was not seen for long enough moves the mean of those who got there."""
    seen = Durations(
        np.arange(4), np.array([1.0, 4.0, 4.0, 2.0]), np.array([True, True, True, False])
    )
    assert typical_ways(one_run(4), seen, None)[0] == pytest.approx(1 / 4 + 4 * 3 / 4)
    assert seen.until[seen.has_ended].mean() == 3.0
    assert typical_ways(one_run(4), seen, 0.2)[0] == 1.0
    assert typical_ways(one_run(4), seen, 0.3)[0] == 4.0
