"""Bootstrap, randomisation and corrections for several outcomes held to their definitions, written out the long way."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from pilotsim.base.errors import EstimationError
from pilotsim.base.randomness import uniform_table
from pilotsim.effects.estimators.clusters import estimate_clustered
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from pilotsim.effects.inference import randomisation
from pilotsim.effects.inference.bootstrap import bootstrap_wild, draw_multipliers, prepare_wild
from pilotsim.effects.inference.multiple_testing import (
    adjust_holm,
    adjust_romano_wolf,
    wild_null,
    wild_statistics,
)
from pilotsim.effects.inference.randomisation import arrange

N, G = 72, 9
MEMBER = np.arange(N) % G
TREATED = (MEMBER < 4).astype(float)
NOISE = ndtri(uniform_table(11, "noise", N, 3))
OUTCOME = NOISE[:, 0] + 0.4 * ndtri(uniform_table(11, "clusters", G, 1))[MEMBER, 0] + 0.5 * TREATED
DESIGN = np.column_stack([np.ones(N), NOISE[:, 1], TREATED])


def t_by_cr1(outcome, design, position):
    """t by CR1 up to its constant factor, with all matrices formed."""
    bread = np.linalg.inv(design.T @ design)
    slopes = bread @ design.T @ outcome
    residuals = outcome - design @ slopes
    scores = np.array([design[g == MEMBER].T @ residuals[g == MEMBER] for g in range(G)])
    return slopes[position] / np.sqrt((bread @ scores.T @ scores @ bread)[position, position])


def test_wild_bootstrap_by_enumeration_is_the_long_way_round():
    kept = DESIGN[:, :2]
    slopes = np.linalg.lstsq(kept, OUTCOME)[0]
    residuals = OUTCOME - kept @ slopes
    worlds = [
        t_by_cr1(kept @ slopes + residuals * np.array(signs)[MEMBER], DESIGN, 2)
        for signs in product([-1, 1], repeat=G)
    ]
    expected = np.mean(np.abs(worlds) >= abs(t_by_cr1(OUTCOME, DESIGN, 2)) - 1e-9)
    found = bootstrap_wild(OUTCOME, DESIGN, MEMBER, 2, interval=False)
    assert (found.p, found.exact, found.draws) == (expected, True, 2 ** (G - 1))


def test_ends_of_the_bootstrap_interval_are_where_the_test_begins_to_reject():
    found = bootstrap_wild(OUTCOME, DESIGN, MEMBER, 2)
    for end, outwards in ((found.low, -1), (found.high, 1)):
        for step, rejects in ((1e-3, True), (-1e-3, False)):
            shifted = OUTCOME - (end + outwards * step) * TREATED
            assert (bootstrap_wild(shifted, DESIGN, MEMBER, 2, interval=False).p <= 0.05) is rejects


def test_webbs_six_points_are_taken_where_signs_cannot_give_five_per_cent():
    table = draw_multipliers(5, "auto", 999, 0)
    assert table.exact
    assert len(table.values) == 6**5 // 2
    assert sorted({round(abs(v), 6) for v in table.values.ravel()}) == [
        round(np.sqrt(x), 6) for x in (0.5, 1.0, 1.5)
    ]
    assert set(np.abs(draw_multipliers(6, "auto", 999, 0).values).ravel()) == {1.0}


@pytest.mark.filterwarnings("ignore")
def test_wild_bootstrap_agrees_with_an_independent_package():
    from diff_diff import wild_bootstrap_se

    outcome = OUTCOME - 0.5 * TREATED
    slopes = np.linalg.lstsq(DESIGN, outcome)[0]
    theirs = wild_bootstrap_se(
        DESIGN, outcome, outcome - DESIGN @ slopes, MEMBER, 2, n_bootstrap=5000, seed=1
    )
    # They go through all signs too, but do not count the two draws that are the outcome itself and
    # its negative.
    found = bootstrap_wild(outcome, DESIGN, MEMBER, 2, interval=False)
    assert found.p > 0.1
    assert found.p == pytest.approx(theirs.p_value + 2 / 2**G, abs=1e-12)


def test_randomisation_by_enumeration_is_fishers():
    outcome, treated = OUTCOME[:8], np.array([1, 1, 1, 0, 0, 0, 0, 1.0])
    found = estimate_randomised(outcome, treated, statistic="difference")
    worlds = []
    for chosen in combinations(range(8), 4):
        arm = np.isin(np.arange(8), chosen)
        worlds.append(outcome[arm].mean() - outcome[~arm].mean())
    assert found.p == pytest.approx(np.mean(np.abs(worlds) >= abs(found.estimate) - 1e-12))
    theirs = stats.permutation_test(
        (outcome[treated == 1], outcome[treated == 0]),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        vectorized=True,
    )
    assert found.p == pytest.approx(theirs.pvalue)


def test_lottery_of_clusters_within_blocks_keeps_to_its_blocks():
    block = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1])
    ways = arrange((np.arange(G) % 3 == 0).astype(float), blocks=block)
    # One of three, and two of six: 3 x 15.
    assert ways.exact
    assert len(np.unique(ways.labels, axis=0)) == len(ways.labels) == 45
    assert set(ways.labels[:, block == 0].sum(axis=1)) == {1.0}
    drawn = arrange((np.arange(G) % 3 == 0).astype(float), blocks=block, most=10, draws=200)
    assert not drawn.exact
    assert set(drawn.labels[:, block == 1].sum(axis=1)) == {2.0}


def test_orders_of_many_units_are_the_same_each_time_and_not_kept(monkeypatch):
    """Eight tables of orders of ten thousand units each would fill a gigabyte."""
    labels = (np.arange(40) % 2).astype(float)
    kept = randomisation._shuffle_and_keep
    kept.cache_clear()
    first = arrange(labels, draws=50).labels
    assert kept.cache_info().currsize == 1
    monkeypatch.setattr(randomisation, "MOST_KEPT", 50 * 40 - 1)
    kept.cache_clear()
    assert np.array_equal(arrange(labels, draws=50).labels, first)
    assert kept.cache_info().currsize == 0


def test_orders_of_starts_are_all_different():
    ways = arrange(np.array([1.0, 2.0, 3.0, 3.0]))
    assert len(np.unique(ways.labels, axis=0)) == len(ways.labels) == 12


def test_a_lottery_of_six_clusters_says_that_it_cannot_reject():
    found = estimate_randomised(OUTCOME + 9 * (MEMBER % 2), MEMBER % 2 == 0, clusters=MEMBER % 6)
    assert found.p == pytest.approx(0.1)
    assert (found.low, found.high) == (-np.inf, np.inf)
    assert (
        "no order of the lottery gives a p-value of 0.05 or less: it has too few units"
        in found.notes
    )


def test_interval_of_the_lottery_holds_the_effects_that_it_does_not_reject():
    found = estimate_randomised(OUTCOME, TREATED, draws=499)
    for end, outwards in ((found.low, -1), (found.high, 1)):
        for step, rejects in ((2e-3, True), (-2e-3, False)):
            shifted = estimate_randomised(
                OUTCOME - (end + outwards * step) * TREATED, TREATED, draws=499, interval=False
            )
            assert (shifted.p <= 0.05) is rejects


def test_holm_is_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = np.array([0.04, 0.001, 0.02, 0.5, 0.013])
    assert np.allclose(adjust_holm(p), multipletests(p, method="holm")[1])


def test_romano_wolf_is_its_definition():
    observed = np.array([2.5, -3.0, 0.3])
    null = ndtri(uniform_table(5, "null", 400, 3))
    # Down from the largest: 3.0 against all three, 2.5 against the first and third, 0.3 against the
    # third.
    first = (1 + np.sum(np.abs(null).max(axis=1) >= 3.0)) / 401
    second = max(first, (1 + np.sum(np.abs(null[:, [0, 2]]).max(axis=1) >= 2.5)) / 401)
    third = max(second, (1 + np.sum(np.abs(null[:, 2]) >= 0.3)) / 401)
    assert np.allclose(adjust_romano_wolf(observed, null), [second, first, third])


def test_romano_wolf_takes_outcomes_that_are_one_for_one():
    twins = np.column_stack([OUTCOME, OUTCOME, OUTCOME])
    adjusted = adjust_romano_wolf(
        wild_statistics(twins, DESIGN, MEMBER, 2), wild_null(twins, DESIGN, MEMBER, 2)
    )
    own = prepare_wild(OUTCOME, DESIGN, MEMBER, 2)
    world = own.draw(draw_multipliers(G, "auto", 1999, 0).values, 0.0)
    assert np.allclose(
        adjusted, (1 + np.sum(np.abs(world) >= abs(own.statistic(0.0)) - 1e-9)) / (1 + len(world))
    )
    assert adjust_holm(adjusted)[0] == pytest.approx(min(3 * adjusted[0], 1.0))


def test_two_clusters_are_too_few_to_resample():
    with pytest.raises(EstimationError, match="needs at least three"):
        bootstrap_wild(OUTCOME, DESIGN[:, [0, 2]], MEMBER % 2, 1)


def test_wild_goes_through_the_estimator():
    effect = estimate_clustered(OUTCOME, TREATED, MEMBER, errors="wild")
    again = bootstrap_wild(OUTCOME, DESIGN[:, [0, 2]], MEMBER, 1)
    assert (effect.p, effect.low, effect.high) == (again.p, again.low, again.high)
    assert np.isnan(effect.freedom)
