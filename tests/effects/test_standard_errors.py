"""Standard errors from influence values against the jackknife, which knows nothing of them: refits without one client each.

The two agree to first order; 300 clients (or 60 offices of 5) leave a few per cent between them. An
error that forgets the estimated chance, or the offices, is further off: the twin that must fail.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from pilotsim.effects.estimators.competing_risks import cumulative_incidence
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.discrete_hazards import discrete_competing, discrete_hazard
from pilotsim.effects.estimators.doubly_robust import (
    estimate_aipw,
    estimate_ipwra,
    estimate_regression,
)
from pilotsim.effects.estimators.entropy_balancing import estimate_entropy_balanced
from pilotsim.effects.estimators.fine_gray import fine_gray
from pilotsim.effects.estimators.propensity_weighting import estimate_ipw, estimate_overlap
from pilotsim.effects.estimators.restricted_mean import restricted_mean, time_lost
from tests.recovery.comparisons import World, draw_clients
from tests.recovery.exits import LIFT, lottery
from tests.recovery.judge import normal

CLIENTS, OFFICES = 300, 60


@pytest.fixture(scope="module")
def clients():
    """The first 300 clients of one draw, offices of five, an outcome of yes and no, and one in units."""
    found = draw_clients(World(curve=0.3, office=0.8), 7)
    own = slice(0, CLIENTS)
    offices = np.arange(CLIENTS) % OFFICES
    shared = normal(7, "offices of the jackknife", OFFICES)[offices, 0]
    amount = found.outcome[own] + 1.5 * shared
    return (amount > 0.5).astype(float), amount, found.treated[own], found.covariates[own], offices


def jackknife(estimate, groups):
    """Standard error from refits without one group each."""
    names = np.unique(groups)
    values = np.array([estimate(groups != name) for name in names])
    return math.sqrt((len(names) - 1) * np.mean((values - values.mean()) ** 2))


COMPARISONS = {
    "ipw ATE": (estimate_ipw, {}),
    "ipw ATT probit": (estimate_ipw, {"target": "ATT", "link": "probit"}),
    "overlap": (estimate_overlap, {}),
    "regression ATE": (estimate_regression, {}),
    "regression ATT logit": (estimate_regression, {"target": "ATT", "mean": "logit"}),
    "ipwra ATE logit": (estimate_ipwra, {"mean": "logit"}),
    "ipwra ATT": (estimate_ipwra, {"target": "ATT"}),
    "aipw ATE logit": (estimate_aipw, {"mean": "logit"}),
    "aipw ATT probit": (estimate_aipw, {"target": "ATT", "mean": "probit", "link": "probit"}),
    "entropy": (estimate_entropy_balanced, {}),
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_agree_with_the_jackknife(clients, name):
    yes, amount, treated, covariates, _ = clients
    function, options = COMPARISONS[name]
    outcome = yes if "mean" in options else amount
    whole = function(outcome, treated, covariates, **options)
    by_refits = jackknife(
        lambda kept: function(outcome[kept], treated[kept], covariates[kept], **options).estimate,
        np.arange(CLIENTS),
    )
    assert whole.error == pytest.approx(by_refits, rel=0.06)


@pytest.mark.parametrize("name", ["ipw ATE", "overlap", "aipw ATE logit", "entropy"])
def test_clustered_comparisons_agree_with_the_jackknife_over_offices(clients, name):
    yes, amount, treated, covariates, offices = clients
    function, options = COMPARISONS[name]
    outcome = yes if "mean" in options else amount
    whole = function(outcome, treated, covariates, clusters=offices, **options)
    by_refits = jackknife(
        lambda kept: function(outcome[kept], treated[kept], covariates[kept], **options).estimate,
        offices,
    )
    assert whole.error == pytest.approx(by_refits, rel=0.1)
    assert (whole.clusters, whole.freedom) == (OFFICES, OFFICES - 1)


def test_forgetting_that_the_chance_is_estimated_is_found_out(clients):
    """The twin: the error of weights taken for known is a fifth off, and the comparison with the jackknife sees it."""
    from pilotsim.effects.estimators.propensity_weighting import treatment_weights

    _, amount, treated, covariates, _ = clients
    weights, arm = treatment_weights(treated, covariates).values, treated == 1
    parts = [
        weights[a] * (amount[a] - np.average(amount[a], weights=weights[a])) / weights[a].sum()
        for a in (arm, ~arm)
    ]
    naive = math.sqrt(sum(float(part @ part) for part in parts))
    by_refits = jackknife(
        lambda kept: estimate_ipw(amount[kept], treated[kept], covariates[kept]).estimate,
        np.arange(CLIENTS),
    )
    assert naive != pytest.approx(by_refits, rel=0.06)


HAZARDS = {
    "cox": lambda s, kept: cox(s[0][kept], s[1][kept] == 1, s[2][kept], robust=True),
    "fine and gray": lambda s, kept: fine_gray(s[0][kept], s[1][kept], s[2][kept]),
    "months": lambda s, kept: discrete_hazard(
        s[3][kept], s[1][kept] == 1, s[2][kept], clusters=np.flatnonzero(kept)
    ),
    "months, causes": lambda s, kept: discrete_competing(
        s[4][kept], s[1][kept], s[2][kept], clusters=np.flatnonzero(kept)
    )[0],
}


@pytest.mark.parametrize("name", HAZARDS)
def test_robust_errors_of_hazards_agree_with_the_jackknife(name):
    spells = lottery(LIFT, 3)
    months = np.ceil(spells.exits)
    traits = np.column_stack([spells.treated, spells.trait])
    table = (spells.exits, spells.causes, traits, np.ceil(months / 3.0), np.ceil(months / 6.0))
    everyone = np.ones(len(months), bool)
    whole = HAZARDS[name](table, everyone)
    by_refits = jackknife(
        lambda kept: HAZARDS[name](table, kept).coefficients[0], np.arange(len(months))
    )
    assert whole.errors[0] == pytest.approx(by_refits, rel=0.04)


@pytest.mark.parametrize(
    "functional",
    [
        lambda exits, causes: (
            restricted_mean(exits, causes > 0, until=18.0).estimate,
            restricted_mean(exits, causes > 0, until=18.0).error,
        ),
        lambda exits, causes: (
            time_lost(exits, causes, until=18.0).estimate,
            time_lost(exits, causes, until=18.0).error,
        ),
        lambda exits, causes: (
            cumulative_incidence(exits, causes).at(12.0),
            cumulative_incidence(exits, causes).error_at(12.0),
        ),
    ],
    ids=["restricted mean", "time lost", "incidence"],
)
def test_errors_of_curves_agree_with_the_jackknife(functional):
    spells = lottery(0.0, 4)
    whole = functional(spells.exits, spells.causes)
    by_refits = jackknife(
        lambda kept: functional(spells.exits[kept], spells.causes[kept])[0],
        np.arange(len(spells.exits)),
    )
    assert whole[1] == pytest.approx(by_refits, rel=0.02)
