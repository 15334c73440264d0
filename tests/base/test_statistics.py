"""Intervals: worked out by hand, held to SciPy, and covering the truth as often as they say."""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri, stdtrit

from pilotsim.base import randomness
from pilotsim.base.statistics import (
    Interval,
    critical_value,
    mean_interval,
    mean_of_known,
    mean_with_error,
    paired_interval,
    quantile_range,
    ratio_of_sums,
    root_mean_square_with_error,
    share_with_error,
    spread_with_error,
    wilson,
)
from pilotsim.base.student import student_reach
from tests.statistics import assert_agrees, assert_detected

STUDIES = 20_000


def normal_samples(seed, runs):
    """Standard normal numbers, shape (studies, runs)."""
    studies = np.arange(STUDIES, dtype=np.uint64)
    names = [randomness.code(f"run {run}") for run in range(runs)]
    zero = np.zeros_like(studies)
    columns = [randomness.uniforms(seed, 0, studies, zero, name, 0)[:, 0] for name in names]
    return ndtri(np.column_stack(columns))


def normal_interval(values):
    """The interval that few runs must not have: as if the standard error were known."""
    half = critical_value() * values.std(ddof=1) / math.sqrt(len(values))
    return Interval(values.mean(), values.mean() - half, values.mean() + half, len(values))


def holds_zero(interval, samples):
    found = [interval(sample) for sample in samples]
    return np.array([one.low <= 0 <= one.high for one in found], np.float64)


@pytest.mark.parametrize("runs", [2, 3, 5, 25])
def test_interval_of_a_mean_holds_the_truth_in_95_of_100_studies(runs):
    """20,000 studies; a false alarm 1 in 10,000."""
    assert_agrees(holds_zero(mean_interval, normal_samples(1, runs)), {"coverage": 0.95})


@pytest.mark.parametrize("runs", [3, 25])
def test_the_normal_quantile_is_found_out(runs):
    """The control: the normal quantile for Student's holds it in 81 of 100 studies of 3 runs, in 94 of 25."""
    assert_detected(holds_zero(normal_interval, normal_samples(1, runs)), {"coverage": 0.95})


def test_shared_chance_goes_out_of_a_paired_interval():
    shared = 10.0 * normal_samples(2, 4)
    own = normal_samples(3, 4)
    pairs = zip(shared + own, shared, strict=True)
    held = [paired_interval(after, before) for after, before in pairs]
    assert_agrees([float(one.low <= 0 <= one.high) for one in held], {"coverage": 0.95})
    assert np.median([one.half_width for one in held]) < 3


def test_mean_has_students_interval():
    # 1, 2, 3: mean 2, error 1 / sqrt(3), t of two degrees 4.3027.
    found = mean_interval(np.array([1.0, 2.0, 3.0]))
    assert (found.mean, found.low, found.high, found.n) == pytest.approx(
        (2, 2 - 2.48413, 2 + 2.48413, 3), abs=1e-4
    )
    assert found.half_width == pytest.approx(2.48413, abs=1e-4)
    assert not found.is_clear


def test_what_does_not_exist_is_left_out():
    after = np.array([math.nan, 2.0, 2.0, 3.0])
    before = np.array([1.0, 1.0, math.nan, 1.0])
    found = paired_interval(after, before)
    assert (found.mean, found.n) == (1.5, 2)
    assert quantile_range(np.array([math.nan, 3.0])) == (3.0, 3.0)


def test_no_numbers_have_no_mean_and_one_has_no_interval():
    nothing, single = mean_interval(np.array([math.nan])), mean_interval(np.array([2.0]))
    assert math.isnan(nothing.mean)
    assert nothing.n == 0
    assert (single.mean, single.n) == (2.0, 1)
    assert math.isnan(single.low)
    assert not single.is_clear
    assert all(math.isnan(end) for end in quantile_range(np.zeros(0)))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("freedom", [1, 4.5, 30])
def test_critical_values_are_those_of_scipy(level, freedom):
    assert critical_value(level, freedom) == pytest.approx(stats.t.ppf(0.5 + level / 2, freedom))
    assert critical_value(level) == pytest.approx(stats.norm.ppf(0.5 + level / 2))


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("met", "runs"), [(0, 10), (3, 10), (10, 10), (417, 1000)])
def test_interval_of_a_share_is_that_of_scipy(met, runs, level):
    theirs = stats.binomtest(met, runs).proportion_ci(level, method="wilson")
    found = wilson(met, runs, level)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert (found.mean, found.n) == (met / runs, runs)


def test_no_runs_tell_nothing_of_a_share():
    found = wilson(0, 0)
    assert (found.low, found.high, found.n) == (0.0, 1.0, 0)
    assert math.isnan(found.mean)


def test_a_ratio_of_sums_and_its_error():
    # Ratio 6 / 4 = 1.5; residuals 1 - 1.5 = -0.5, 5 - 4.5 = 0.5, both around 0: sd 0.7071, over
    # mean bottom 2, over root 2.
    found = ratio_of_sums(np.array([1.0, 5.0]), np.array([1.0, 3.0]))
    assert found.value == 1.5
    assert found.error == pytest.approx(np.sqrt(0.5) / 2 / np.sqrt(2))
    assert math.isnan(ratio_of_sums(np.zeros(2), np.zeros(2)).value)
    assert math.isnan(ratio_of_sums(np.ones(1), np.ones(1)).error)


def test_errors_are_how_far_figures_lie_apart_from_study_to_study():
    """Each error's mean square beside the mean square of the figure around the truth, in studies of 100 runs.

    The truth: mean 0, standard deviation 1, root mean square 1, share 1/2.
    """
    samples = normal_samples(4, 100)[:2000]
    for figure_of, truth in (
        (mean_with_error, 0.0),
        (spread_with_error, 1.0),
        (root_mean_square_with_error, 1.0),
        (lambda values: share_with_error(values > 0), 0.5),
    ):
        figures = [figure_of(sample) for sample in samples]
        apart = np.array([one.value for one in figures]) - truth
        said = np.array([one.error for one in figures])
        # 2,000 studies know the mean square to 1 part in 32; five of these, and bias of order 1/100.
        assert (said**2).mean() == pytest.approx((apart**2).mean(), rel=5 / math.sqrt(1000) + 0.03)


def test_the_mean_of_what_is_known_leaves_out_the_rest():
    table = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 5.0]])
    np.testing.assert_array_equal(mean_of_known(table), [2.0, 5.0])
    np.testing.assert_array_equal(mean_of_known(table, axis=0), [1.0, np.nan, 4.0])
    np.testing.assert_array_equal(mean_of_known(np.full((2, 2), np.nan)), [np.nan, np.nan])


@given(
    st.floats(0.5, 10.0**6) | st.integers(1, 2000).map(float),
    st.sampled_from((0.05, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)),
)
def test_student_s_t_lies_within_its_reach_as_often_as_is_said(freedom, level):
    """By mpmath: what is off of the share, as a part of the reach; and SciPy's, to its own digits."""
    reach = student_reach(level, freedom)
    with mp.workdps(40):
        nu, t = mp.mpf(freedom), mp.mpf(reach)
        beyond = nu / (nu + t * t)
        outside = mp.betainc(nu / 2, mp.mpf(1) / 2, 0, beyond, regularized=True)
        height = 2 * t * beyond ** ((nu + 1) / 2) / mp.sqrt(nu) / mp.beta(nu / 2, mp.mpf(1) / 2)
        off = abs((outside - (1 - mp.mpf(level))) / height)
    assert off < 2e-13
    assert reach == pytest.approx(float(stdtrit(freedom, 0.5 + level / 2)), rel=1e-9)


def test_student_s_t_in_closed_form_and_where_there_is_none():
    """One degree of freedom: Cauchy's tangent. Two: a square root. None: no number."""
    for level in (0.1, 0.5, 0.9, 0.999):
        assert student_reach(level, 1.0) == pytest.approx(math.tan(math.pi * level / 2), rel=1e-13)
        two = level * math.sqrt(2 / (1 - level**2))
        assert student_reach(level, 2.0) == pytest.approx(two, rel=1e-13)
    for level, freedom in ((0.95, 0.0), (0.95, math.nan), (0.0, 5.0), (1.0, 5.0), (0.95, -1.0)):
        assert math.isnan(student_reach(level, freedom))
    assert critical_value(0.95) == pytest.approx(1.959963984540054, rel=1e-15)
