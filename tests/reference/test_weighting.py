"""Weighting, regression adjustment and doubly robust estimators against published figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels

from pilotsim.effects.estimators.doubly_robust import (
    estimate_aipw,
    estimate_ipwra,
    estimate_regression,
)
from pilotsim.effects.estimators.propensity_weighting import (
    estimate_ipw,
    estimate_overlap,
    treatment_weights,
)


@pytest.fixture(scope="module")
def births():
    """Cattaneo (2010), as packaged with statsmodels: birth weight and smoking, 4,642 mothers."""
    folder = Path(statsmodels.__file__).parent / "treatment" / "tests" / "results"
    return pd.read_csv(folder / "cataneo2.csv")


def columns(table, *names):
    return table[list(names)].to_numpy(float)


# Stata 14, `teffects`, with prenatal1 mmarried mage fbaby for the outcome and a probit of mmarried
# mage mage2 fbaby medu for the treatment; the numbers are those that statsmodels keeps in
# treatment/tests/results/results_teffects.py.
STATA = {
    ("ra", "ATE"): (-239.63921146434, 23.82402100183),
    ("ra", "ATT"): (-223.30165083857, 22.742195167601),
    ("ipw", "ATE"): (-230.68863779526, 25.815243801554),
    ("ipw", "ATT"): (-225.17726054799, 23.664582726945),
    ("aipw", "ATE"): (-230.98920111258, 26.210564625435),
    ("ipwra", "ATE"): (-229.96707794, 26.62667572),
    ("ipwra", "ATT"): (-223.54526199, 23.79401567),
}


@pytest.mark.parametrize(("method", "target"), STATA, ids=lambda value: value)
def test_births_as_in_stata(births, method, target):
    y, smoked = births["bweight"], births["mbsmoke_"]
    of_outcome = columns(births, "prenatal1_", "mmarried_", "mage", "fbaby_")
    of_treatment = columns(births, "mmarried_", "mage", "mage2", "fbaby_", "medu")
    if method == "ra":
        found = estimate_regression(y, smoked, of_outcome, target=target)
    elif method == "ipw":
        found = estimate_ipw(y, smoked, of_treatment, target=target, link="probit")
    else:
        estimator = estimate_aipw if method == "aipw" else estimate_ipwra
        found = estimator(
            y, smoked, of_outcome, treatment_covariates=of_treatment, target=target, link="probit"
        )
    estimate, error = STATA[method, target]
    assert found.estimate == pytest.approx(estimate, rel=1e-7)
    assert found.error == pytest.approx(error, rel=1e-6)


def test_overlap_weights_balance_the_means_exactly(births):
    """A property of the logit (Li, Morgan and Zaslavsky 2018, theorem 3)."""
    smoked, traits = (
        births["mbsmoke_"].to_numpy(bool),
        columns(births, "mmarried_", "mage", "mage2", "fbaby_", "medu"),
    )
    weights = treatment_weights(smoked, traits, target="ATO").values
    means = [np.average(traits[arm], axis=0, weights=weights[arm]) for arm in (smoked, ~smoked)]
    assert means[0] == pytest.approx(means[1], rel=1e-9)
    # Inverse probability weights do so only in large samples.
    inverse = treatment_weights(smoked, traits, target="ATE").values
    means = [np.average(traits[arm], axis=0, weights=inverse[arm]) for arm in (smoked, ~smoked)]
    assert means[0] != pytest.approx(means[1], rel=1e-6)


def test_statsmodels_trap_aipw_wls_needs_six_parameters(births):
    """`TreatmentEffect.aipw_wls` has six selection parameters built in; ours takes any number."""
    from statsmodels.discrete.discrete_model import Probit
    from statsmodels.regression.linear_model import OLS
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    smoked = births["mbsmoke_"].to_numpy()
    selection = Probit.from_formula("mbsmoke_ ~ mmarried_ + mage", births).fit(disp=0)
    effect = TreatmentEffect(
        OLS.from_formula("bweight ~ mage", births), smoked, results_select=selection
    )
    with pytest.raises(ValueError, match="shape"):
        effect.aipw_wls(return_results=True)
    ours = estimate_ipwra(
        births["bweight"],
        smoked,
        births["mage"],
        treatment_covariates=columns(births, "mmarried_", "mage"),
        link="probit",
    )
    assert -300.0 < ours.estimate < -150.0


def test_overlap_effect_lies_by_its_definition(births):
    """The estimate is the weighted difference, worked out here by hand."""
    smoked, traits = births["mbsmoke_"].to_numpy(bool), columns(births, "mmarried_", "mage")
    weights, y = (
        treatment_weights(smoked, traits, target="ATO").values,
        births["bweight"].to_numpy(float),
    )
    by_hand = np.average(y[smoked], weights=weights[smoked]) - np.average(
        y[~smoked], weights=weights[~smoked]
    )
    assert estimate_overlap(y, smoked, traits).estimate == pytest.approx(by_hand, rel=1e-12)


def test_statsmodels_trap_ra_needs_whole_numbers_for_treatment(births):
    """`TreatmentEffect.ra` fails on a treatment of 0.0 and 1.0; ours takes whatever is 0 or 1."""
    from statsmodels.discrete.discrete_model import Probit
    from statsmodels.regression.linear_model import OLS
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    smoked = births["mbsmoke_"].to_numpy()
    selection = Probit.from_formula("mbsmoke_ ~ mage", births).fit(disp=0)
    outcome = OLS.from_formula("bweight ~ mage", births)
    with pytest.raises(Exception, match=r"."):
        TreatmentEffect(outcome, smoked.astype(float), results_select=selection).ra(
            return_results=False
        )
    theirs = TreatmentEffect(outcome, smoked.astype(int), results_select=selection).ra(
        return_results=False
    )
    ours = estimate_regression(births["bweight"], smoked.astype(float), births["mage"])
    assert ours.estimate == pytest.approx(theirs[0])


def test_quitting_smoking_as_in_hernan_and_robins():
    """Hernán and Robins, "Causal Inference: What If", chapter 12: 3.4 kg gained, by weights with these covariates."""
    from causaldata import nhefs_complete

    table = nhefs_complete.load_pandas().data
    squares = [table[name] ** 2 for name in ("age", "smokeintensity", "smokeyrs", "wt71")]
    steps = [
        pd.get_dummies(table[name], drop_first=True) for name in ("education", "exercise", "active")
    ]
    plain = table[["sex", "race", "age", "smokeintensity", "smokeyrs", "wt71"]]
    covariates = pd.concat([plain, *squares, *steps], axis=1).to_numpy(float)
    found = estimate_ipw(table["wt82_71"], table["qsmk"], covariates)
    assert round(found.estimate, 1) == 3.4
    # Their interval, 2.4 to 4.5, takes the weights for known, which makes it a little wide.
    assert 2.4 <= round(found.low, 1) <= 2.6
    assert 4.3 <= round(found.high, 1) <= 4.5
