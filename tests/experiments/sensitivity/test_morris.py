"""Elementary effects: held to SALib and to functions whose effects are known."""

import math

import numpy as np
import pytest
from SALib.analyze import morris as salib

from pilotsim.experiments.sensitivity.morris import elementary_effects
from pilotsim.experiments.sensitivity.sampling import trajectories
from tests.experiments.sensitivity.test_sobol import with_noise

NAMES = ("a", "b", "c", "d")


def test_a_trajectory_moves_each_factor_once_by_one_step():
    points = trajectories(NAMES, 30, 1).reshape(30, 5, 4)
    moves = np.diff(points, axis=1)
    np.testing.assert_allclose(np.abs(moves).sum(axis=1), 2 / 3)
    assert ((np.abs(moves) > 0).sum(axis=2) == 1).all()
    np.testing.assert_allclose(np.unique(points.round(12)), [0, 1 / 3, 2 / 3, 1], atol=1e-9)


def test_steps_go_up_and_down_in_every_order():
    moves = np.diff(trajectories(NAMES, 400, 1).reshape(400, 5, 4), axis=1)
    assert 0.4 < (moves.sum(axis=1) > 0).mean() < 0.6
    orders = {tuple(np.argmax(np.abs(path), axis=1).tolist()) for path in moves}
    assert len(orders) == 24


def test_another_factor_leaves_the_chance_of_the_others():
    few, more = (
        trajectories(NAMES[:2], 10, 1).reshape(10, 3, 2),
        trajectories(NAMES, 10, 1).reshape(10, 5, 4),
    )
    np.testing.assert_array_equal(few[:, 0], more[:, 0, :2])


def function(u):
    """Linear in a and b, bent in c, idle in d; a and c act together."""
    return 3 * u[:, 0] - 2 * u[:, 1] + 4 * u[:, 2] ** 2 + u[:, 0] * u[:, 2]


def test_effects_are_those_of_salib():
    points = trajectories(NAMES, 50, 1)
    y = function(points)
    problem = {"num_vars": 4, "names": list(NAMES), "bounds": [[0, 1]] * 4, "groups": None}
    theirs = salib.analyze(problem, points, y, num_levels=4, seed=1)
    ours = elementary_effects(NAMES, points, y[:, None]).factors
    np.testing.assert_allclose([one.mean for one in ours], theirs["mu"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        [one.size for one in ours], np.asarray(theirs["mu_star"]), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose([one.spread for one in ours], theirs["sigma"], rtol=1e-9, atol=1e-12)


def test_effects_of_a_line_are_its_slopes():
    points = trajectories(NAMES, 10, 1)
    found = elementary_effects(NAMES, points, function(points)[:, None]).factors[1]
    assert (found.mean, found.size, found.spread) == pytest.approx((-2, 2, 0), abs=1e-9)
    assert (found.low, found.high) == pytest.approx((2, 2))


def test_chance_of_replications_is_told():
    """Noise of size 1 at each point: a step's mean over 50 trajectories has the error sqrt(2) / (2/3) / sqrt(50 R)."""
    points = trajectories(NAMES, 50, 1)
    found = elementary_effects(NAMES, points, with_noise(function(points), 8, 1.0, 1)).factors
    expected = math.sqrt(2) * 1.5 / math.sqrt(50 * 8)
    assert np.mean([one.chance for one in found]) == pytest.approx(expected, rel=0.4)
    assert math.isnan(
        elementary_effects(NAMES, points, function(points)[:, None]).factors[0].chance
    )


def test_trajectories_without_a_value_are_left_out():
    points = trajectories(NAMES, 10, 1)
    y = function(points)[:, None].copy()
    y[3] = math.nan
    found = elementary_effects(NAMES, points, y)
    assert (found.trajectories, found.left_out) == (9, 1)
    assert elementary_effects(NAMES, points, np.full_like(y, math.nan)).trajectories == 0


def test_strongest_comes_first():
    points = trajectories(NAMES, 20, 1)
    assert [
        one.factor for one in elementary_effects(NAMES, points, function(points)[:, None]).ranked()
    ] == ["c", "a", "b", "d"]
