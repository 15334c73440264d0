"""Surrogates: their errors are those that are made at new points, and nothing is told outside."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from pilotsim.base.errors import RequestError
from pilotsim.experiments.findings.surrogate import IMPLAUSIBLE, fitted
from pilotsim.experiments.information.smoothing import fit_smooth
from tests.experiments.findings.test_findings import OVER, P, R, run
from tests.experiments.sensitivity.test_sobol import uniforms, with_noise

NAMES = ("a", "b")


def curve(x):
    return np.sin(3 * x[:, 0]) + x[:, 0] * x[:, 1]


def surrogate(seed, points=80, noise=0.2, replications=4):
    x = uniforms(seed, points, 2)
    y = with_noise(curve(x), replications, noise, seed)
    return fitted("y", "plan", NAMES, x, y, seed), x, y


def inside(one, x):
    return x[((x >= one.low) & (x <= one.high)).all(axis=1)]


def test_errors_at_new_points_are_those_that_are_said():
    """Of 40 surrogates and 100 new points each: 95 % within the interval, give or take 3 %.

    The control: errors at the points that it was fitted to are smaller than those at new ones.
    """
    within, within_own = [], []
    for seed in range(40):
        one, x, y = surrogate(seed, points=50)
        new = inside(one, uniforms(10_000 + seed, 100, 2))
        truth = with_noise(curve(new), 4, 0.2, 20_000 + seed).mean(axis=1)
        found = one.at(new)
        within.append(((found.low <= truth) & (truth <= found.high)).mean())
        own = np.abs(fit_smooth(x, y.mean(axis=1, keepdims=True)).fitted[:, 0] - y.mean(axis=1))
        half = np.sort(own)[math.ceil(0.95 * len(own)) - 1]
        within_own.append((np.abs(found.value - truth) <= half).mean())
    assert 0.92 <= np.mean(within) <= 0.98
    assert np.mean(within_own) < np.mean(within) - 0.01


def test_what_it_explains_and_what_is_chance():
    one, _, _ = surrogate(1, points=200)
    assert one.explained > 0.9
    assert one.chance == pytest.approx(0.2, rel=0.1)
    # Means of four runs with noise of 0.2: no error can be below 0.1.
    assert 0.09 < one.error < 0.13


def test_the_true_point_is_seldom_implausible():
    """A figure of one run, with an error of its own; the control leaves the chance of a run out."""
    one, _, _ = surrogate(3, points=100, noise=0.6, replications=10)
    truth = np.array([[0.5, 0.5]])
    draws = ndtri(uniforms(5, 400, 2, "observed"))
    figures = curve(truth)[0] + 0.6 * draws[:, 0] + 0.1 * draws[:, 1]
    far = np.array([one.implausibility(truth, figure, 0.1)[0] for figure in figures])
    assert (far > IMPLAUSIBLE).mean() <= 0.05
    alone = np.abs(one.at(truth).value[0] - figures) / math.hypot(one.error, 0.1)
    assert (alone > IMPLAUSIBLE).mean() > 0.05
    grid = inside(one, uniforms(7, 500, 2))
    sharp, _, _ = surrogate(3, points=100, noise=0.05, replications=10)
    left = sharp.implausibility(inside(sharp, grid), 1.3, 0.05) <= IMPLAUSIBLE
    assert 0.0 < left.mean() < 0.5


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"a": 1.5, "b": 0.5}, "row 0: 'a' is 1.5, and the study was run from"),
        ({"a": 0.5, "b": math.nan}, "row 0: 'b' is nan"),
        ({"a": 0.5}, "expected a value of each factor; 'b' has none"),
        ({"a": 0.5, "bb": 0.5}, "no factor 'bb'; did you mean 'b'?"),
        (np.zeros((2, 3)), "expected 2 columns, one for each factor; found 3"),
    ],
)
def test_nothing_is_told_outside_of_the_ranges(points, message):
    one, _, _ = surrogate(1)
    with pytest.raises(RequestError) as caught:
        one.at(points)
    assert message in str(caught.value)


def test_what_cannot_be_told_is_refused():
    x = uniforms(1, 60, 2)
    with pytest.raises(RequestError, match="needs 40 points"):
        fitted("y", "plan", NAMES, x[:39], curve(x[:39])[:, None], 1)
    noise = ndtri(uniforms(2, 60, 1, "noise"))
    with pytest.raises(RequestError, match="in no way that a surrogate could tell"):
        fitted("y", "plan", NAMES, x, noise, 1)
    once = fitted("y", "plan", NAMES, x, curve(x)[:, None], 1)
    with pytest.raises(RequestError, match="needs 5 replications or more"):
        once.implausibility({"a": 0.5, "b": 0.5}, 1.0, 0.1)


def test_a_study_has_one_that_agrees_with_its_closed_form(tmp_path):
    """200 p (1 - exp(-6 r)) jobs are expected."""
    rest = f"design: {{method: latin_hypercube, points: 80, {OVER}}}\nreplications: 6"
    studied = run(tmp_path, rest)
    one = studied.surrogate("jobs.all")
    again = studied.surrogate("jobs.all")
    assert one.explained > 0.95
    day = 12 / 365.25
    shares, speeds = np.linspace(*P, 7)[1:-1], np.linspace(*R, 7)[1:-1]
    points = np.array([[p, r * day, 5.0] for p in shares for r in speeds])
    truth = np.array([200 * p * (1 - math.exp(-6 * r)) for p in shares for r in speeds])
    found = one.at(points)
    assert ((found.low <= truth) & (truth <= found.high)).mean() >= 0.9
    np.testing.assert_array_equal(found.value, again.at(points).value)


def test_a_design_of_one_factor_after_the_other_has_none(tmp_path):
    rest = f"design: {{method: one_at_a_time, {OVER}}}\nreplications: 2"
    with pytest.raises(RequestError, match="varies its factors together; found one_at_a_time"):
        run(tmp_path, rest).surrogate("jobs.all")
