"""Scenario discovery: boxes that are known are found, and what is luck is not taken for a box."""

import math

import numpy as np
import pytest

from pilotsim.experiments.sensitivity.prim import discover
from tests.experiments.sensitivity.test_sobol import uniforms

NAMES = ("a", "b", "c", "d")


def points(seed=1, count=1000):
    return uniforms(seed, count, 4)


def in_corner(x):
    """Missed where a is low and b is high: a quarter times 0.4 of all."""
    return ((x[:, 0] < 0.4) & (x[:, 1] > 0.75)).astype(float)


def test_a_known_box_is_found():
    x = points()
    found = discover(NAMES, x, in_corner(x))
    limits = {limit.factor: limit for limit in found.limits}
    assert set(limits) == {"a", "b"}
    assert limits["a"].low == -math.inf
    assert limits["a"].high == pytest.approx(0.4, abs=0.05)
    assert limits["b"].low == pytest.approx(0.75, abs=0.05)
    assert limits["b"].high == math.inf
    assert found.coverage > 0.85
    assert found.density >= 0.8
    assert all(limit.quasi_p < 1e-6 and limit.kept > 0.9 for limit in found.limits)


def test_a_box_in_noise_is_found():
    """Misses of 90 % inside and 15 % outside: the same two factors, still certain."""
    x = points(count=2000)
    chance_of_miss = np.where(in_corner(x) > 0, 0.9, 0.15)
    missed = (uniforms(9, 2000, 1)[:, 0] < chance_of_miss).astype(float)
    found = discover(NAMES, x, missed)
    certain = {limit.factor for limit in found.limits if limit.kept > 0.9 and limit.quasi_p < 1e-6}
    assert certain == {"a", "b"}


def test_luck_alone_makes_no_certain_box():
    """The control: misses that hang on nothing.

    Whatever box comes out covers little, or other samples give others.
    """
    missed = (uniforms(5, 600, 1)[:, 0] < 0.3).astype(float)
    found = discover(NAMES, points(count=600), missed)
    assert found.density < 0.6
    assert found.missed == pytest.approx(0.3, abs=0.06)
    assert not [limit for limit in found.limits if limit.kept > 0.9 and limit.quasi_p < 1e-6]


def test_shares_of_misses_count_as_parts():
    x = points()
    whole, parts = discover(NAMES, x, in_corner(x)), discover(NAMES, x, 0.9 * in_corner(x))
    assert (
        {limit.factor for limit in parts.limits}
        == {limit.factor for limit in whole.limits}
        == {"a", "b"}
    )
    assert parts.density == pytest.approx(0.9 * whole.density, abs=0.05)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_or_none_miss_there_is_no_box(share):
    found = discover(NAMES, points(count=100), np.full(100, share))
    assert found.limits == ()
    assert found.support == 1.0
    assert found.missed == share


def test_levels_that_many_points_share_can_be_peeled():
    x = np.floor(points() * 3)
    found = discover(NAMES, x, (x[:, 2] == 2).astype(float))
    assert [limit.factor for limit in found.limits] == ["c"]
    assert (found.coverage, found.density) == (1.0, 1.0)
    assert found.limits[0].low == 2.0


def test_steps_lead_from_the_whole_to_the_smallest_box():
    x = points()
    steps = discover(NAMES, x, in_corner(x)).steps
    assert (steps[0].coverage, steps[0].support, steps[0].restricted) == (1.0, 1.0, 0)
    supports = [step.support for step in steps]
    assert supports == sorted(supports, reverse=True)
    assert steps[-1].support >= 0.05
