"""Spread and Sobol indices: held to SALib, to closed forms, and to what noise would do to them."""

import math

import numpy as np
import pytest
from SALib.analyze import sobol as salib
from SALib.sample import sobol as salib_sample
from scipy.special import ndtri
from scipy.stats import qmc

from pilotsim.base import randomness
from pilotsim.experiments.sensitivity.sampling import saltelli
from pilotsim.experiments.sensitivity.sobol import cross_product, sobol_indices, split_spread

NAMES = ("a", "b", "c")


def uniforms(seed, rows, columns, purpose="points"):
    names = [randomness.code(f"{purpose}/{column}") for column in range(columns)]
    numbers = np.arange(rows, dtype=np.uint64)
    return np.stack(
        [
            randomness.uniforms(seed, 0, numbers, np.zeros_like(numbers), name, 0)[:, 0]
            for name in names
        ],
        axis=1,
    )


def shifted_sequence(seed, power, columns):
    """A Sobol sequence with a shift of chance."""
    even = qmc.Sobol(columns, scramble=False).random_base2(power)
    return (even + uniforms(seed, 1, columns)) % 1.0


def points_of(seed, power, factors):
    even = shifted_sequence(seed, power, 2 * factors)
    return saltelli(even[:, :factors], even[:, factors:])


def ishigami(u):
    x = (2 * u - 1) * math.pi
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_indices():
    """Ishigami and Homma (1990): V = 1/2 + a^2/8 + b pi^4/5 + b^2 pi^8/18, with a = 7 and b = 0.1."""
    a, b, pi4 = 7.0, 0.1, math.pi**4
    first = [0.5 * (1 + b * pi4 / 5) ** 2, a * a / 8, 0.0]
    both = b * b * pi4 * pi4 * (1 / 18 - 1 / 50)
    variance = sum(first) + both
    return variance, np.array(first) / variance, (np.array(first) + [both, 0, both]) / variance


def g_function(u, weights=(0.0, 1.0, 4.5)):
    return np.prod([(np.abs(4 * u[:, k] - 2) + a) / (1 + a) for k, a in enumerate(weights)], axis=0)


def g_indices(weights=(0.0, 1.0, 4.5)):
    """Sobol (1993): V_i = 1 / (3 (1 + a_i)^2), V = prod(1 + V_i) - 1."""
    parts = np.array([1 / (3 * (1 + a) ** 2) for a in weights])
    variance = np.prod(1 + parts) - 1
    total = [parts[k] * np.prod(1 + np.delete(parts, k)) / variance for k in range(len(parts))]
    return variance, parts / variance, np.array(total)


def with_noise(values, replications, size, seed, *, shared=0.0):
    """Responses with noise of their own at each point, and noise that all points of a replication share."""
    own = ndtri(uniforms(seed, len(values), replications, "own"))
    common = ndtri(uniforms(seed, 1, replications, "common"))
    return values[:, None] + size * own + shared * common


FUNCTIONS = [(ishigami, ishigami_indices), (g_function, g_indices)]


def test_points_are_those_of_salib():
    a, b = np.array([[0.1, 0.2, 0.3]]), np.array([[0.4, 0.5, 0.6]])
    expected = [[0.1, 0.2, 0.3], [0.4, 0.2, 0.3], [0.1, 0.5, 0.3], [0.1, 0.2, 0.6], [0.4, 0.5, 0.6]]
    np.testing.assert_array_equal(saltelli(a, b), expected)
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0, 1]] * 3}
    theirs = salib_sample.sample(problem, 8, calc_second_order=False, scramble=False)
    np.testing.assert_array_equal(saltelli(theirs[::5], theirs[4::5]), theirs)


def test_without_noise_the_indices_are_those_of_salib():
    y = ishigami(points_of(1, 8, 3))
    found = sobol_indices(NAMES, y[:, None], samples=5)
    blocks = (y - y.reshape(-1, 5)[:, (0, 4)].mean()).reshape(-1, 5)
    a, b = blocks[:, 0], blocks[:, 4]
    for k, one in enumerate(found.factors):
        assert one.first == pytest.approx(salib.first_order(a, blocks[:, 1 + k], b), rel=1e-9)
        assert one.total == pytest.approx(salib.total_order(a, blocks[:, 1 + k], b), rel=1e-9)


@pytest.mark.parametrize(("function", "indices"), FUNCTIONS)
def test_indices_agree_with_closed_forms(function, indices):
    _, first, total = indices()
    found = sobol_indices(NAMES, function(points_of(1, 13, 3))[:, None], samples=20)
    np.testing.assert_allclose([one.first for one in found.factors], first, atol=0.01)
    np.testing.assert_allclose([one.total for one in found.factors], total, atol=0.01)


@pytest.mark.parametrize("shared", [0.0, 5.0])
def test_noise_is_not_mistaken_for_an_assumption(shared):
    """Noise with twice the variance of the function: the indices stay, whether replications share noise or not."""
    variance, first, total = ishigami_indices()
    y = with_noise(ishigami(points_of(1, 12, 3)), 3, math.sqrt(2 * variance), 1, shared=shared)
    found = sobol_indices(NAMES, y, samples=20)
    np.testing.assert_allclose([one.first for one in found.factors], first, atol=0.12)
    np.testing.assert_allclose([one.total for one in found.factors], total, atol=0.12)


def test_averages_over_replications_would_mistake_noise_for_an_assumption():
    """The control: the usual estimator on means over replications gives the idle factor's total index the noise."""
    variance, _, total = g_indices()
    y = with_noise(g_function(points_of(1, 12, 3)), 3, math.sqrt(2 * variance), 1)
    usual = sobol_indices(NAMES, y.mean(axis=1, keepdims=True), samples=5)
    ours = sobol_indices(NAMES, y, samples=5)
    assert usual.factors[2].total > total[2] + 0.3
    assert abs(ours.factors[2].total - total[2]) < 0.1


def coverage(function, indices, replications, noise, seeds=60, power=8):
    """In which share of seeds the 95 % intervals hold, over all first and all total indices."""
    variance, first, total = indices()
    hits = []
    for seed in range(seeds):
        y = with_noise(
            function(points_of(seed, power, 3)), replications, noise * math.sqrt(variance), seed
        )
        found = sobol_indices(NAMES, y, seed=seed, samples=100)
        hits += [
            one.first_low <= truth <= one.first_high
            for one, truth in zip(found.factors, first, strict=True)
        ]
        hits += [
            one.total_low <= truth <= one.total_high
            for one, truth in zip(found.factors, total, strict=True)
        ]
    return float(np.mean(hits))


@pytest.mark.parametrize(("function", "indices"), FUNCTIONS)
@pytest.mark.parametrize(("replications", "noise"), [(1, 0.0), (4, 1.0)])
def test_intervals_cover_what_they_say(function, indices, replications, noise):
    """360 intervals, six of a seed being joined: at least 90 % must hold (95 % less 3.7 errors of sqrt(0.05 * 0.95 / 240))."""
    assert coverage(function, indices, replications, noise) >= 0.9


def test_intervals_that_ignore_noise_do_not_cover():
    """The control: one replication with noise, as if there were none."""
    assert coverage(g_function, g_indices, 1, 1.0) < 0.8


def test_pairs_of_different_replications():
    # 1*5 + 1*6 + 2*4 + 2*6 + 3*4 + 3*5 = 58, over 6 pairs.
    assert cross_product(np.array([[1.0, 2, 3]]), np.array([[4.0, 5, 6]]))[0] == pytest.approx(
        58 / 6
    )
    assert cross_product(np.array([[2.0]]), np.array([[3.0]]))[0] == 6.0


@pytest.mark.parametrize("shared", [0.0, 3.0])
def test_law_of_total_variance(shared):
    """Y = 2 t + w with t uniform: the assumptions make 4/12, chance 1 (and what replications share)."""
    t = uniforms(1, 4000, 1)[:, 0]
    y = with_noise(2 * t, 4, 1.0, 1)
    y = y + shared * ndtri(uniforms(2, 1, 4, "common"))
    found = split_spread(y)
    assert found.assumptions == pytest.approx(1 / 3, abs=0.03)
    if not shared:
        assert found.chance == pytest.approx(1.0, abs=0.05)
        assert found.low < 0.25 < found.high
        assert found.share_of_assumptions == pytest.approx(0.25, abs=0.02)


def test_share_of_assumptions_covers_what_it_says():
    hits = 0
    for seed in range(100):
        t = uniforms(seed, 150, 1)[:, 0]
        found = split_spread(with_noise(2 * t, 5, 1.0, seed), seed=seed, samples=100)
        hits += found.low <= 0.25 <= found.high
    # 95 % less 3.7 errors of sqrt(0.05 * 0.95 / 100).
    assert hits >= 87


def test_share_of_assumptions_covers_with_clients_that_all_points_share():
    """Y = (1 + w) t: the same w at every point, so that replications are all that tells of w.

    Var(t) = 1/12, E[t^2] = 1/3.
    """
    truth = (1 / 12) / (1 / 12 + 1 / 3 * 0.25)
    hits = 0
    for seed in range(100):
        t, w = uniforms(seed, 100, 1)[:, 0], 0.5 * ndtri(uniforms(seed, 1, 8, "shared")[0])
        found = split_spread(t[:, None] * (1 + w)[None, :], seed=seed, samples=50)
        hits += found.low <= truth <= found.high
    assert hits >= 87


def test_points_without_a_value_are_left_out():
    y = np.array([[1.0, 2.0], [math.nan, 1.0], [3.0, 4.0]])
    assert split_spread(y).points == 2
    blocks = np.arange(10.0)[:, None].repeat(2, axis=1)
    blocks[7] = math.nan
    assert sobol_indices(NAMES, blocks).left_out == 1


def test_too_little_says_nothing():
    assert math.isnan(split_spread(np.array([[1.0]])).share_of_assumptions)
    assert math.isnan(sobol_indices(NAMES, np.ones((5, 2))).factors[0].first)
    assert math.isnan(sobol_indices(NAMES, np.ones((20, 2))).factors[0].total)
    assert math.isnan(split_spread(np.ones((5, 2))).share_of_assumptions)


def test_strongest_comes_first():
    found = sobol_indices(NAMES, g_function(points_of(1, 8, 3))[:, None], samples=5)
    assert [one.factor for one in found.ranked()] == ["a", "b", "c"]
