"""Shapley effects: held to SALib, to closed forms, and to what noise would do to them."""

import math

import numpy as np
import pytest
from SALib.analyze import shapley as salib

from pilotsim.experiments.sensitivity.sampling import walks
from pilotsim.experiments.sensitivity.shapley import LEAST_WALKS, shapley_effects
from tests.experiments.sensitivity.test_sobol import (
    g_function,
    g_indices,
    ishigami,
    ishigami_indices,
    with_noise,
)

NAMES = ("a", "b", "c")


def g_shares(weights=(0.0, 1.0, 4.5)):
    """Each term of the variance of a product is shared evenly by the factors in it."""
    parts = np.array([1 / (3 * (1 + a) ** 2) for a in weights])
    a, b, c = parts
    shares = [p + p * (sum(parts) - p) / 2 + a * b * c / 3 for p in parts]
    return np.array(shares) / (np.prod(1 + parts) - 1)


def ishigami_shares():
    """Owen (2014): what the first and third factor do together is half each one's."""
    variance, first, total = ishigami_indices()
    return variance, (first + total) / 2


def test_walks_change_one_factor_after_the_other():
    points = walks(NAMES, 50, 3).reshape(50, 4, 3)
    changed = np.diff(points, axis=1) != 0
    assert (changed.sum(axis=2) == 1).all()
    assert (changed.sum(axis=1) == 1).all()
    # Orders are of chance: the first factor is the first to move in about a third.
    assert 5 < changed[:, 0, 0].sum() < 30
    np.testing.assert_array_equal(walks(NAMES, 80, 3)[:200], walks(NAMES, 50, 3))


def test_without_noise_the_shares_are_those_of_salib():
    unit = walks(NAMES, 64, 1)
    y = ishigami(unit)
    found = shapley_effects(NAMES, unit, y[:, None], samples=5)
    theirs = salib.analyze({"num_vars": 3, "names": list(NAMES)}, unit, y)
    np.testing.assert_allclose(
        [one.share for one in found.factors], theirs["shapley_normalized"], rtol=1e-9
    )


@pytest.mark.parametrize(
    ("function", "truth"), [(ishigami, ishigami_shares()[1]), (g_function, g_shares())]
)
def test_shares_agree_with_closed_forms_and_add_up(function, truth):
    unit = walks(NAMES, 20_000, 1)
    found = shapley_effects(NAMES, unit, function(unit)[:, None], samples=100)
    for one, share in zip(found.factors, truth, strict=True):
        error = (one.high - one.low) / (2 * 1.96)
        assert error < 0.01
        assert abs(one.share - share) < 4 * error
    assert sum(one.share for one in found.factors) == pytest.approx(1.0)
    assert truth.sum() == pytest.approx(1.0)


def test_noise_is_not_mistaken_for_an_assumption_and_averages_would_be():
    """Noise of twice the variance; the control takes the averages for results without any."""
    variance = g_indices()[0]
    truth = g_shares()
    unit = walks(NAMES, 4000, 1)
    y = with_noise(g_function(unit), 3, math.sqrt(2 * variance), 1)
    ours = shapley_effects(NAMES, unit, y, samples=5)
    usual = shapley_effects(NAMES, unit, y.mean(axis=1, keepdims=True), samples=5)
    assert abs(ours.factors[2].share - truth[2]) < 0.06
    assert usual.factors[2].share > truth[2] + 0.08


def covered(noise, replications, as_means, seeds=60):
    """In which share of seeds the 95 % intervals hold, over three shares."""
    variance, truth = g_indices()[0], g_shares()
    hits = []
    for seed in range(seeds):
        unit = walks(NAMES, 200, seed)
        y = with_noise(g_function(unit), replications, noise * math.sqrt(variance), seed)
        used = y.mean(axis=1, keepdims=True) if as_means else y
        found = shapley_effects(NAMES, unit, used, seed=seed, samples=100)
        hits += [
            one.low <= share <= one.high for one, share in zip(found.factors, truth, strict=True)
        ]
    return float(np.mean(hits))


@pytest.mark.parametrize(("noise", "replications"), [(0.0, 1), (1.0, 4)])
def test_intervals_cover_what_they_say(noise, replications):
    """180 intervals, three of a seed being joined: 95 % less 3.7 errors of sqrt(.05 * .95 / 120)."""
    assert covered(noise, replications, as_means=False) >= 0.87


def test_intervals_that_ignore_noise_do_not_cover():
    assert covered(1.5, 2, as_means=True) < 0.8


def test_too_few_walks_say_nothing_and_those_without_a_value_are_left_out():
    unit = walks(NAMES, LEAST_WALKS, 1)
    y = np.repeat(g_function(unit)[:, None], 2, axis=1)
    assert not math.isnan(shapley_effects(NAMES, unit, y, samples=5).factors[0].share)
    y[1] = math.nan
    found = shapley_effects(NAMES, unit, y, samples=5)
    assert (found.walks, found.left_out) == (LEAST_WALKS - 1, 1)
    assert math.isnan(found.factors[0].share)
    flat = shapley_effects(NAMES, unit, np.ones((len(unit), 2)), samples=5)
    assert math.isnan(flat.factors[0].share)
