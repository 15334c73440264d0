"""Belief before and after the data: held to closed forms, to integrals by others, and to its own prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.stats import binom, norm

from pilotsim.base.errors import RequestError
from pilotsim.effects import (
    believe,
    estimate_difference,
    posterior_of_effect,
)

CHANCES = np.clip(np.linspace(0, 1, 401), 0.0002, 0.9998)
NORMAL = norm(4.0, 3.0).ppf(CHANCES)


def test_a_normal_prior_and_a_normal_estimate_give_the_textbook_s_posterior():
    """Precisions add up (Gelman et al. 2013, 2.5)."""
    found = posterior_of_effect(NORMAL, 10.0, 4.0, above=(0.0, 5.0))
    precision = 1 / 9 + 1 / 16
    mean, spread = (4.0 / 9 + 10.0 / 16) / precision, precision**-0.5
    assert found.after.mean == pytest.approx(mean, abs=0.01)
    assert found.after.low == pytest.approx(mean - 1.96 * spread, abs=0.02)
    assert found.after.high == pytest.approx(mean + 1.96 * spread, abs=0.02)
    chances = norm(mean, spread).sf([0.0, 5.0])
    assert found.after.above == pytest.approx(chances, abs=0.002)
    assert found.before.above == pytest.approx(norm(4.0, 3.0).sf([0.0, 5.0]), abs=0.002)
    assert found.narrowed == pytest.approx(1 - spread / 3.0, abs=0.005)
    # By the prior the estimate is normal with both variances.
    assert found.surprise == pytest.approx(2 * norm(4.0, 5.0).sf(10.0), abs=0.002)
    assert not found.at_odds


def test_an_estimate_that_says_nothing_leaves_the_prior():
    found = posterior_of_effect(NORMAL, 0.0, 1e6)
    assert found.after.mean == pytest.approx(found.before.mean, abs=1e-6)
    assert found.narrowed == pytest.approx(0.0, abs=1e-6)
    sure = posterior_of_effect(NORMAL, 6.0, 0.05)
    assert sure.after.mean == pytest.approx(6.0, abs=0.05)
    assert sure.narrowed > 0.9


def test_student_s_t_listens_less_to_an_estimate_far_off():
    far = 30.0
    normal = posterior_of_effect(NORMAL, far, 4.0)
    student = posterior_of_effect(NORMAL, far, 4.0, freedom=4.0)
    assert student.after.mean < normal.after.mean
    assert normal.at_odds


def test_an_effect_of_nothing_can_be_believed_in_as_such():
    """A fifth on exactly no effect: it is not above 0, before or after."""
    prior = 10.0 * np.maximum(0.0, np.linspace(-0.25, 1.0, 101))
    found = posterior_of_effect(prior, 0.0, 1.0)
    assert found.before.above[0] == pytest.approx(0.8)
    assert found.after.above[0] < 0.5


def estimate_of(one, two):
    """The difference in means of a lottery with so many of 78 and of 77 in work."""
    outcome = np.r_[np.arange(78) < one, np.arange(77) < two].astype(float)
    return estimate_difference(outcome, np.repeat([1, 0], (78, 77)))


@pytest.mark.parametrize(("one", "two"), [(30, 20), (25, 25), (42, 30)])
def test_the_estimate_s_posterior_is_near_that_of_the_counts(one, two):
    """Two binomial counts, the share without summed out by quadrature: what the error leaves out is little."""
    prior = np.linspace(-0.1, 0.3, 201)

    def joint(share, effect):
        low, width = max(0.0, -effect), 1.0 - abs(effect)
        without = low + width * share
        return binom.pmf(one, 78, without + effect) * binom.pmf(two, 77, without)

    whole = dblquad(joint, -0.1, 0.3, 0, 1, epsabs=1e-12)[0]
    above = dblquad(joint, 0.05, 0.3, 0, 1, epsabs=1e-12)[0]
    own = estimate_of(one, two)
    found = posterior_of_effect(prior, own.estimate, own.error, freedom=own.freedom, above=(0.05,))
    assert found.after.above[0] == pytest.approx(above / whole, abs=0.02)


def believed():
    """A belief with a point at nothing and a tail: what a flow's strength comes to in points."""
    chances = np.linspace(0.0, 1.0, 101)
    return 0.14 * np.maximum(0.0, (chances - 0.2) / 0.8) ** 1.5


def drawn(seed, draws=1000, arms=(78, 77)):
    """Lotteries of which the effect is drawn from the belief: the truth and both counts."""
    random = np.random.default_rng(seed)
    effect = np.interp(random.uniform(size=draws), np.linspace(0, 1, 101), believed())
    without = random.uniform(size=draws) * (1 - effect)
    return effect, random.binomial(arms[0], without + effect), random.binomial(arms[1], without)


TOLERANCE = 3 * np.sqrt(0.9 * 0.1 / 1000)


def coverage(prior, seed=8):
    """How often nine in ten intervals hold the truth, and the mean chance of more than 5 points."""
    effect, offered, others = drawn(seed)
    held, chances = [], []
    for truth, one, two in zip(effect, offered, others, strict=True):
        if one in (0, 78) and two in (0, 77):
            continue
        own = estimate_of(one, two)
        found = posterior_of_effect(
            prior, own.estimate, own.error, freedom=own.freedom, above=(0.05,), level=0.9
        )
        held.append(found.after.low <= truth <= found.after.high)
        chances.append(found.after.above[0])
    return np.mean(held), np.mean(chances), np.mean(effect > 0.05)


def test_coverage_under_its_own_prior_is_what_it_says():
    """1,000 lotteries of 155; a quantile that falls on the point at nothing holds it, so never less.

    What a plan's result shows rests on the released estimate and its error. Control: who believes
    in effects 6 points larger is right far less often.
    """
    held, chance, truth = coverage(believed())
    assert 0.9 - TOLERANCE <= held <= 0.95 + TOLERANCE
    # And a probability is a frequency.
    assert abs(chance - truth) < 0.045
    wrong, wrong_chance, _ = coverage(np.minimum(believed() + 0.06, 0.9))
    assert wrong < 0.9 - 2 * TOLERANCE
    assert wrong_chance > chance + 0.1


def test_what_is_no_prior_and_no_estimate_is_refused():
    with pytest.raises(RequestError, match="quantiles that rise"):
        believe([0.0, 2.0, 1.0])
    with pytest.raises(RequestError, match="2 or more quantiles"):
        believe([1.0])
    with pytest.raises(RequestError, match="an error above 0"):
        posterior_of_effect(NORMAL, 1.0, 0.0)
