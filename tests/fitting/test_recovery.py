"""Planted turnovers are found again from the figures that they give, and others are not."""

from functools import partial

import numpy as np
import pytest
from fitting.chain import expected, still_employed
from fitting.figures import Figure, Figures
from fitting.likelihood import READINGS, log_posterior
from fitting.prior import MIDDLE, NAMES, SD, norway, oslo
from fitting.sampling import Effort, draw, split_r_hat

EFFORT = Effort(ensembles=2, walkers=32, burn_in=500, steps=600)
# What the figures say much of; of some others no more than that one makes up for another.
TOLD = ("exits", "short_times", "short_new")


def figures_of(z):
    """The figures of a planted turnover, as exactly told as those that were published."""
    country, city = expected(norway(z)), expected(oslo(z))
    known = Figures()
    planted = {
        "again": country.again,
        "each_year": country.each_year,
        "some_work": country.some_work,
        "employed_3": still_employed(norway(z), 3),
        "employed_12": still_employed(norway(z), 12),
        "oslo_mean": city.mean_months,
        "oslo_six": city.at_least_six,
        "dokken_from_12": country.from_12,
        "konigs_over_12": country.over_12,
    }
    return Figures(
        months=country.months[0],
        **{
            name: Figure(float(value[0]), getattr(known, name).sd)
            for name, value in planted.items()
        },
    )


@pytest.fixture(scope="module")
def planted():
    return MIDDLE + 0.4 * SD * np.random.default_rng(11).standard_normal((1, len(SD)))


@pytest.fixture(scope="module")
def drawn(planted):
    density = partial(log_posterior, reading="dokken", held_to=figures_of(planted))
    return draw(density, 5, EFFORT)


def places(drawn, planted):
    """Where a planted value lies among the draws of each parameter, from 0 to 1."""
    flat = drawn.positions.reshape(-1, len(NAMES))
    return dict(zip(NAMES, (flat < planted).mean(axis=0), strict=True))


def test_planted_values_lie_within_the_draws(drawn, planted):
    """Fifteen parameters, each within the middle 99 %."""
    assert all(0.005 < place < 0.995 for place in places(drawn, planted).values())


def test_control_other_values_do_not(drawn, planted):
    for name in TOLD:
        other = planted.copy()
        other[0, NAMES.index(name)] += SD[NAMES.index(name)]
        place = places(drawn, other)[name]
        assert not 0.005 < place < 0.995, name


def test_the_draws_can_be_trusted(drawn):
    assert drawn.r_hat.max() < 1.1
    assert drawn.effective.min() > 200
    assert 0.05 < drawn.acceptance < 0.6


def test_the_same_seed_gives_the_same_draws(planted):
    density = partial(log_posterior, reading="konigs", held_to=figures_of(planted))
    short = Effort(ensembles=1, walkers=32, burn_in=2, steps=4)
    with np.errstate(all="ignore"):
        first, again, other = (draw(density, seed, short).positions for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_split_r_hat_sees_ensembles_and_halves_that_disagree():
    chance = np.random.default_rng(1)
    agreeing = chance.standard_normal((4, 500, 8, 2))
    assert np.all(split_r_hat(agreeing) < 1.01)
    apart = agreeing.copy()
    apart[0, ..., 1] += 3
    assert split_r_hat(apart)[0] < 1.01 < 1.5 < split_r_hat(apart)[1]
    moving = agreeing.copy()
    moving[..., 0] += np.linspace(0, 5, 500)[:, None]
    # Halves are 2.5 apart, and spread by their own drift and by chance.
    expected_there = np.sqrt(1 + 8 / 7 * 1.25**2 / (1 + 2.5**2 / 12))
    assert split_r_hat(moving)[0] == pytest.approx(expected_there, rel=0.05)


def test_far_out_positions_are_ruled_out_by_the_prior():
    far = MIDDLE + 20 * SD * np.eye(len(SD))[:2]
    for reading in READINGS:
        assert np.all(log_posterior(far, reading) == -np.inf)
