"""What every estimator of experiments and comparisons does: refuses what it cannot do, and does not care for units or order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from pilotsim.base.errors import EstimationError, PilotsimError
from pilotsim.base.randomness import uniform_table
from pilotsim.effects.arms import fill_missing
from pilotsim.effects.checks.density import check_density
from pilotsim.effects.effect import conclude
from pilotsim.effects.estimators.blocks import estimate_blocked
from pilotsim.effects.estimators.clusters import estimate_cluster_means, estimate_clustered
from pilotsim.effects.estimators.difference_in_differences import estimate_did
from pilotsim.effects.estimators.difference_in_means import (
    estimate_adjusted,
    estimate_difference,
    estimate_lin,
)
from pilotsim.effects.estimators.group_means import average_all
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.effects.estimators.instrumental_variables import estimate_iv
from pilotsim.effects.estimators.interrupted_series import estimate_interrupted
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from pilotsim.effects.estimators.regression_discontinuity import estimate_discontinuity
from pilotsim.effects.estimators.stepped_wedge import estimate_stepped
from pilotsim.effects.estimators.two_way import decompose_two_way
from tests.recovery.worlds import stepped

N = 96
U = ndtri(uniform_table(2014, "test clients", 5, N))
OUTCOME, TRAIT, OTHER = U[0], U[1], U[2]
TREATED = (np.arange(N) % 2).astype(float)
OFFICE = np.arange(N) % 12
WHOLE = (OFFICE < 6).astype(float)
AFTER = (np.arange(N) // 48).astype(float)

ESTIMATORS = {
    "difference": lambda y, o: estimate_difference(y[o], TREATED[o]),
    "difference, clusters": lambda y, o: estimate_difference(y[o], WHOLE[o], clusters=OFFICE[o]),
    "adjusted": lambda y, o: estimate_adjusted(y[o], TREATED[o], TRAIT[o]),
    "lin": lambda y, o: estimate_lin(y[o], TREATED[o], np.column_stack([TRAIT, OTHER])[o]),
    "blocked": lambda y, o: estimate_blocked(y[o], TREATED[o], (np.arange(N) // 12)[o]),
    "blocked, precision": lambda y, o: estimate_blocked(
        y[o], TREATED[o], (np.arange(N) // 12)[o], weights="precision"
    ),
    "clustered": lambda y, o: estimate_clustered(y[o], WHOLE[o], OFFICE[o], covariates=TRAIT[o]),
    "clustered, CR3": lambda y, o: estimate_clustered(y[o], WHOLE[o], OFFICE[o], errors="CR3"),
    "cluster means": lambda y, o: estimate_cluster_means(
        y[o], WHOLE[o], OFFICE[o], weights="variance"
    ),
    "did": lambda y, o: estimate_did(y[o], WHOLE[o], AFTER[o], clusters=OFFICE[o]),
    "iv": lambda y, o: estimate_iv(y[o], (TREATED + TRAIT)[o], TREATED[o]),
}


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=20)
@given(scale=st.floats(0.01, 1000.0), shift=st.floats(-1000.0, 1000.0), seed=st.integers(0, 1000))
def test_units_and_order_do_not_matter(name, scale, shift, seed):
    order = np.argsort(uniform_table(seed, "order", 1, N)[0])
    plain = ESTIMATORS[name](OUTCOME, np.arange(N))
    moved = ESTIMATORS[name](shift + scale * OUTCOME, order)
    assert moved.estimate == pytest.approx(scale * plain.estimate, rel=1e-6, abs=1e-8 * scale)
    assert moved.error == pytest.approx(scale * plain.error, rel=1e-6)
    assert moved.p == pytest.approx(plain.p, rel=1e-5, abs=1e-10)


def test_labels_of_clusters_may_be_anything():
    names = np.array([f"office {chr(65 + office)}" for office in OFFICE])
    assert estimate_clustered(OUTCOME, WHOLE, names) == estimate_clustered(OUTCOME, WHOLE, OFFICE)


def test_who_has_no_outcome_is_left_out_and_counted():
    missing = np.where(np.arange(N) < 7, np.nan, OUTCOME)
    effect = estimate_difference(missing, TREATED)
    assert effect.clients == N - 7
    assert effect.notes == ("7 of 96 clients have no outcome and are left out",)
    assert effect.estimate == estimate_difference(OUTCOME[7:], TREATED[7:]).estimate


def test_a_covariate_that_others_already_say_is_left_out_and_named():
    table = np.column_stack([TRAIT, OTHER, TRAIT + 2 * OTHER, np.ones(N)])
    effect = estimate_lin(OUTCOME, TREATED, table)
    assert effect.estimate == pytest.approx(estimate_lin(OUTCOME, TREATED, table[:, :2]).estimate)
    assert effect.notes == ("covariates that others already say are left out: column 2, 3",)


def test_missing_covariates_become_a_column_that_says_so():
    filled = fill_missing([[1.0, 5.0], [np.nan, 6.0], [3.0, 7.0]])
    assert filled.tolist() == [[1.0, 5.0, 0.0], [2.0, 6.0, 1.0], [3.0, 7.0, 0.0]]


def test_pairs_are_judged_by_the_spread_between_pairs():
    # Differences 1, 3, 2: mean 2, standard deviation 1, error 1 / sqrt(3), t with 2 degrees of
    # freedom.
    effect = estimate_blocked(
        [2.0, 1.0, 6.0, 3.0, 4.0, 2.0], [1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2]
    )
    assert (effect.estimate, effect.error, effect.freedom) == (2.0, pytest.approx(3**-0.5), 2.0)


def test_clients_are_weighed_by_block_and_fixed_effects_by_precision():
    # Effects 2 in a block of 4 with half treated, 8 in a block of 8 with a quarter: (4 x 2 + 8 x 8)
    # / 12 = 6; precision 4/4 = 1 and 8 x 3/16 = 1.5: (2 + 12) / 2.5 = 5.6.
    outcome = [3.0, 1.0, 0.5, -0.5, 9.0, 7.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]
    treated = [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    block = [0] * 4 + [1] * 8
    assert estimate_blocked(outcome, treated, block).estimate == pytest.approx(6.0)
    assert estimate_blocked(outcome, treated, block, weights="precision").estimate == pytest.approx(
        5.6
    )


REFUSALS = {
    "an empty arm": (lambda: estimate_difference(OUTCOME, np.ones(N)), "comparison arm"),
    "an outcome that does not vary": (
        lambda: estimate_difference(np.zeros(N), TREATED),
        "everybody has the outcome 0",
    ),
    "an outcome that the arm decides": (lambda: estimate_difference(TREATED, TREATED), "vary"),
    "one treated client": (
        lambda: estimate_difference(OUTCOME, np.arange(N) == 0),
        "rests on a single client",
    ),
    "a treatment of two": (
        lambda: estimate_difference(OUTCOME, 2 * TREATED),
        "0 or 1 was expected",
    ),
    "words as outcome": (lambda: estimate_difference(["a"] * N, TREATED), "numbers were expected"),
    "an endless outcome": (
        lambda: estimate_difference(np.where(np.arange(N) == 3, np.inf, OUTCOME), TREATED),
        "row 3",
    ),
    "lengths that differ": (
        lambda: estimate_difference(OUTCOME, TREATED[:9]),
        "96 numbers were expected",
    ),
    "a missing covariate": (
        lambda: estimate_lin(OUTCOME, TREATED, np.where(TRAIT > 2, np.nan, TRAIT)),
        "column 0 has missing",
    ),
    "a covariate that is the treatment": (
        lambda: estimate_adjusted(OUTCOME, TREATED, TREATED),
        "treated is explained",
    ),
    "more covariates than clients": (
        lambda: estimate_lin(OUTCOME[:9], TREATED[:9], U[1:, :9].T),
        "cannot carry",
    ),
    "an unknown kind of error": (
        lambda: estimate_difference(OUTCOME, TREATED, errors="HC9"),
        "did you mean",
    ),
    "clustered errors without clusters": (
        lambda: estimate_difference(OUTCOME, TREATED, errors="CR2"),
        "is for clusters",
    ),
    "errors of clients with clusters": (
        lambda: estimate_did(OUTCOME, WHOLE, AFTER, clusters=OFFICE, errors="HC1"),
        "independent",
    ),
    "one cluster in an arm": (
        lambda: estimate_clustered(OUTCOME, OFFICE == 0, OFFICE),
        "treated arm has 1 cluster",
    ),
    "one cluster": (
        lambda: estimate_clustered(OUTCOME, TREATED, np.zeros(N)),
        "there are 1 clusters",
    ),
    "clusters in both arms": (lambda: estimate_cluster_means(OUTCOME, AFTER, OFFICE), "both arms"),
    "a block of one arm": (lambda: estimate_blocked(OUTCOME, WHOLE, OFFICE), "one arm only"),
    "blocks with a lone client": (
        lambda: estimate_blocked(OUTCOME[:5], [1, 0, 0, 1, 0], [0, 0, 0, 1, 1]),
        "alone in their arm of a block",
    ),
    "a studentised lottery of pairs": (
        lambda: estimate_randomised(OUTCOME[:4], [1, 0, 1, 0], blocks=[0, 0, 1, 1]),
        "arm of one unit",
    ),
    "no period before": (lambda: estimate_did(OUTCOME, WHOLE, np.ones(N)), "no outcome before"),
    "steps all at once": (
        lambda: estimate_stepped(OUTCOME, OFFICE, AFTER, np.ones(N)),
        "all clusters start",
    ),
    "a cluster that starts twice": (
        lambda: estimate_stepped(OUTCOME, OFFICE, AFTER, np.arange(N)),
        "has several",
    ),
    "a time that one cluster shows": (
        lambda: estimate_stepped(OUTCOME, OFFICE, np.arange(N) // 12, OFFICE % 12),
        "shorter horizon|cannot be told apart",
    ),
    "nobody who never starts": (
        lambda: estimate_group_time(U.T, 1 + OFFICE % 3),
        "controls who never do",
    ),
    "nobody who starts": (lambda: estimate_group_time(U.T, np.full(N, np.inf)), "nobody starts"),
    "a trait that decides who starts": (
        lambda: estimate_group_time(
            U.T, np.where(TRAIT > 0, 2, np.inf), covariates=TRAIT > 0, method="ipw"
        ),
        "no overlap|collinear",
    ),
    "a two-way estimate with gaps": (
        lambda: decompose_two_way(np.where(U.T > 2, np.nan, U.T), OFFICE),
        "missing",
    ),
    "few months": (lambda: estimate_interrupted(OUTCOME[:12], 6), "6 months before and 6 after"),
    "a series with gaps": (
        lambda: estimate_interrupted(np.where(np.arange(N) == 5, np.nan, OUTCOME), 48),
        "month 5 is missing",
    ),
    "few clients below the limit": (
        lambda: estimate_discontinuity(OUTCOME, np.arange(N), 5.0),
        "5 clients lie below",
    ),
    "two ages": (lambda: estimate_discontinuity(OUTCOME, TREATED, 1.0), "different values"),
    "an age in whole decades": (
        lambda: check_density(np.repeat([20, 30, 40, 50], 24), 40.0),
        "few different values",
    ),
    "an instrument that is a covariate": (
        lambda: estimate_iv(OUTCOME, TREATED, TRAIT, covariates=TRAIT),
        "instrument 0 is explained",
    ),
    "a level above one": (lambda: estimate_difference(OUTCOME, TREATED, level=95), "level"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_estimated_is_refused_with_the_reason(name):
    attempt, reason = REFUSALS[name]
    with pytest.raises(PilotsimError, match=reason):
        attempt()


def test_very_few_degrees_of_freedom_are_said():
    assert (
        conclude("x", "y", 1.0, 1.0, clients=9, freedom=2.5)
        .notes[-1]
        .startswith("only 2.5 degrees of freedom")
    )
    with pytest.raises(EstimationError, match="no degrees of freedom"):
        conclude("x", "y", 1.0, 1.0, clients=9, freedom=0.0)


def test_same_seed_same_answer_and_another_seed_another():
    one, two, three = (
        estimate_randomised(OUTCOME, TREATED, draws=199, seed=seed) for seed in (1, 1, 2)
    )
    assert (one.p, one.low, one.high) == (two.p, two.low, two.high)
    assert (one.p, one.low, one.high) != (three.p, three.low, three.high)


def test_group_time_leaves_out_whom_it_knows_nothing_of():
    starts = np.where(np.arange(N) < 3, 0.0, np.where(OFFICE < 4, 2.0, np.inf))
    outcomes = U.T.copy()
    outcomes[10, 1] = np.nan
    found = estimate_group_time(outcomes, starts)
    assert found.clients == N - 4
    assert len(found.notes) == 2
    assert average_all(found).clients == N - 4


def test_stepped_wedge_by_gee_agrees_with_least_squares():
    """Two working models of the same districts: within half a standard error of each other, errors within a fifth."""
    world = stepped(1, lock_in=True)
    cells = (world.outcome, world.groups, world.covariates[:, 0], world.covariates[:, 1])
    one, other = (estimate_stepped(*cells, horizon=3, method=method) for method in ("gls", "gee"))
    assert other.estimate == pytest.approx(one.estimate, abs=0.5 * one.error)
    assert other.error == pytest.approx(one.error, rel=0.2)
    assert other.freedom == 13


def test_four_districts_in_steps_are_judged_by_all_their_orders():
    """Four districts, 24 orders: the least p-value is 1 in 24, and the order that came about can reach it."""
    district, period = np.repeat(np.arange(4), 40), np.tile(np.repeat(np.arange(5), 8), 4)
    start = district + 1
    outcome = 10.0 * (period >= start) + 0.01 * ndtri(uniform_table(3, "steps", 1, 160)[0])
    effect = estimate_stepped(
        outcome, district, period, start, time="constant", method="permutation"
    )
    assert effect.p == pytest.approx(1 / 24)
    assert "p-value from all 24 orders of starts" in effect.notes
