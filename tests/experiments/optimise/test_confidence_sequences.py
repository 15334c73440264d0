"""Intervals that hold at all moments: held to exact sums, and to many seeds with a control that looks too often."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from pilotsim.base import randomness
from pilotsim.base.statistics import Interval, wilson
from pilotsim.experiments.optimise.confidence_sequences import (
    CLOSE,
    MET,
    MISSED,
    OPEN,
    Successes,
    interval_of,
    judge,
    log_evidence,
)


def bernoulli(seed: int, probability: float, runs: int) -> np.ndarray:
    """Independent runs, each met with this probability."""
    numbers = np.arange(runs, dtype=np.uint64)
    return (
        randomness.uniforms(
            seed, 0, numbers, np.zeros(runs, np.uint64), randomness.code("test"), 0
        )[:, 0]
        < probability
    )


def test_evidence_is_the_likelihood_ratio_of_the_mixture():
    # Three of four: the mixture's likelihood is the integral of q^3 (1 - q) = 1/20; under one half
    # it is 1/16.
    assert log_evidence(Successes(3, 4), 0.5) == pytest.approx(math.log(16 / 20))


def test_evidence_against_the_truth_is_one_on_average():
    """The sum over all outcomes of 12 runs, each with its probability: a martingale stays where it began."""
    outcomes = range(13)
    mean = sum(
        stats.binom.pmf(k, 12, 0.3) * math.exp(log_evidence(Successes(k, 12), 0.3))
        for k in outcomes
    )
    assert mean == pytest.approx(1.0)


def test_no_runs_say_nothing():
    interval = interval_of(Successes(), 0.1)
    assert (interval.low, interval.high, interval.n) == (0.0, 1.0, 0)
    assert math.isnan(Successes().share)


def test_a_probability_of_nothing_is_ruled_out_by_one_run():
    assert log_evidence(Successes(1, 1), 0.0) == math.inf
    assert interval_of(Successes(1, 1), 0.5).low > 0


# Near 1 the evidence changes by more than 1e-6 from one number that can be written to the next.
@example(243, 0.99609375, 1e-6)
@given(st.integers(1, 3000), st.floats(0, 1), st.floats(1e-6, 0.5))
def test_ends_of_an_interval_are_where_the_evidence_becomes_enough(runs, share, error):
    tally = Successes(round(share * runs), runs)
    interval = interval_of(tally, error)
    assert interval.low <= tally.share <= interval.high
    for end in (interval.low, interval.high):
        if 0 < end < 1:
            within = log_evidence(tally, math.nextafter(end, tally.share))
            assert within - 1e-6 <= -math.log(error) <= log_evidence(tally, end) + 1e-6


@given(st.integers(2, 400), st.floats(0, 1))
def test_more_certainty_needs_a_wider_interval(runs, share):
    tally = Successes(round(share * runs), runs)
    wide, narrow = interval_of(tally, 0.01), interval_of(tally, 0.1)
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_tallies_add_up():
    assert Successes(2, 5) + Successes(1, 3) == Successes(3, 8)


@pytest.mark.parametrize(("met", "runs"), [(-1, 2), (3, 2)])
def test_impossible_tallies_are_refused(met, runs):
    with pytest.raises(ValueError, match="expected 0 <= met <= runs"):
        Successes(met, runs)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.8, 0.9, MET), (0.6, 0.799, MISSED), (0.79, 0.81, CLOSE), (0.7, 0.9, OPEN)],
)
def test_judging_by_an_interval(low, high, word):
    assert judge(Interval(0.8, low, high, 100), 0.8, 0.01) == word


def share_ever_wrong(
    interval, seeds: int = 400, runs: int = 2000, probability: float = 0.8
) -> float:
    """In which share of seeds an interval of 90 %, looked at after every 20 runs, ever leaves the truth out."""
    wrong = 0
    for seed in range(seeds):
        met = np.cumsum(bernoulli(seed, probability, runs))
        looks = [(int(met[n - 1]), n) for n in range(20, runs + 1, 20)]
        wrong += any(
            not low <= probability <= high for low, high in (interval(*look) for look in looks)
        )
    return wrong / seeds


def always(met, runs):
    interval = interval_of(Successes(met, runs), 0.1)
    return interval.low, interval.high


def at_one_look(met, runs):
    interval = wilson(met, runs, level=0.9)
    return interval.low, interval.high


def test_interval_holds_at_all_looks_together():
    # At most 10 % wrong; 400 seeds allow 10 % + 3.7 standard errors of 1.5 % (false alarm 1 in
    # 10,000).
    assert share_ever_wrong(always) <= 0.1 + 3.72 * math.sqrt(0.1 * 0.9 / 400)


def test_interval_for_one_look_does_not_hold_at_all_looks():
    """The control: an ordinary interval of 90 %, looked at a hundred times."""
    assert share_ever_wrong(at_one_look) > 0.3
