"""Paired differences and joint effects: worked out by hand, and covered as often as they say."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from pilotsim.base.statistics import mean_interval
from pilotsim.experiments.sensitivity.scenario_differences import cross, paired_difference
from tests.experiments.sensitivity.test_sobol import uniforms


def test_what_has_no_value_does_not_count():
    """A point without a value takes neither its replication nor the other points with it."""
    after, before = np.array([[1.0, 5.0, 7.0], [1.0, math.nan, 9.0]]), np.zeros((2, 3))
    assert paired_difference(after, before).n == 3
    assert paired_difference(after, before).mean == pytest.approx((1 + 5 + 8) / 3)
    nowhere = np.array([[1.0, math.nan, 7.0], [1.0, math.nan, 9.0]])
    assert paired_difference(nowhere, before).n == 2
    assert paired_difference(nowhere, before).mean == pytest.approx((1 + 8) / 2)


def draws(seed, points, replications):
    """Noise that all points and both scenarios of a replication share, and noise of their own."""
    shared = 3 * ndtri(uniforms(seed, 1, replications, "shared"))
    own = [ndtri(uniforms(seed, points, replications, f"own {k}")) for k in range(2)]
    return 1.0 + shared + own[0], shared + own[1]


def test_paired_intervals_cover_what_they_say():
    hits = sum(
        one.low <= 1 <= one.high
        for one in (paired_difference(*draws(seed, 5, 8)) for seed in range(150))
    )
    assert hits >= 150 * 0.95 - 3.72 * math.sqrt(150 * 0.95 * 0.05)


def test_points_of_a_replication_are_not_independent():
    """The control: all points and replications pooled as if each were a run of its own, for one scenario's mean."""

    def holds(seed, pooled):
        y = draws(seed, 5, 8)[0]
        found = mean_interval(y.ravel() if pooled else y.mean(axis=0))
        return found.low <= 1 <= found.high

    assert sum(holds(seed, False) for seed in range(150)) > 130
    assert sum(holds(seed, True) for seed in range(150)) < 110


def test_shared_clients_make_the_interval_narrow():
    after, before = draws(1, 5, 50)
    paired = paired_difference(after, before)
    unpaired = paired_difference(after, np.roll(before, 1, axis=1))
    assert paired.high - paired.low < (unpaired.high - unpaired.low) / 3
    assert paired.is_clear
    assert not paired_difference(before, before).is_clear


def test_joint_effect_is_the_difference_of_differences():
    first, second = np.array([1.0, 1, 2, 2]), np.array([5.0, 9, 5, 9])
    # Step of the first: 10 at 5, 40 at 9.
    y = np.array([[0.0, 1], [0, 1], [10, 11], [40, 41]])
    found = cross(first, second, y)
    assert (found.first, found.second) == ((1.0, 2.0), (5.0, 9.0))
    assert [[cell.mean for cell in row] for row in found.cells] == [[0.5, 0.5], [10.5, 40.5]]
    assert (found.together.mean, found.together.low, found.together.high) == pytest.approx(
        (30, 30, 30)
    )


def test_changes_of_the_same_clients_are_known_far_better_than_levels():
    """The intervals of four levels overlapped, while each replication said the same of them."""
    first, second = np.array([1.0, 1, 2, 2]), np.array([5.0, 9, 5, 9])
    luck = draws(2, 1, 40)[1]
    step = np.array([[0.0], [0.0], [0.3], [0.3]]) + 0.01 * draws(3, 4, 40)[1]
    found = cross(first, second, luck + step)
    level, change = found.cells[1][0], found.changes[1][0]
    assert found.changes[0][0].mean == 0.0
    assert level.half_width > 10 * change.half_width
    assert change.mean == pytest.approx(0.3, abs=0.01)
    assert found.largest.mean == pytest.approx(0.3, abs=0.01)
    assert not found.is_flat
    # The first factor does nothing, or nothing that is seen beside what the second does.
    assert cross(first, second, luck + np.zeros((4, 1))).is_flat
    beside = np.array([[0.0], [50.0], [0.3], [50.3]]) + 0.01 * draws(3, 4, 40)[1]
    assert cross(first, second, luck + beside).is_flat


def test_other_factors_are_averaged_over():
    first, second = np.array([1.0, 1, 2, 2] * 2), np.array([5.0, 9, 5, 9] * 2)
    y = np.arange(8.0)[:, None] * np.ones(3)
    assert cross(first, second, y).cells[0][0].mean == 2.0
