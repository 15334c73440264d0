"""Whatever the data: a finite effect, or a refusal in words.

Never a warning of numpy, never a traceback of linear algebra.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.errors import PilotsimError
from pilotsim.effects.checks.attrition import check_attrition
from pilotsim.effects.checks.balance import check_balance, check_lottery
from pilotsim.effects.checks.overlap import check_overlap
from pilotsim.effects.checks.sensitivity import check_sensitivity
from pilotsim.effects.estimators.competing_risks import estimate_incidence
from pilotsim.effects.estimators.entropy_balancing import entropy_weights
from pilotsim.effects.estimators.hazard_effects import (
    estimate_cox,
    estimate_discrete_hazard,
    estimate_fine_gray,
    estimate_participation,
)
from pilotsim.effects.estimators.kaplan_meier import estimate_survival
from pilotsim.effects.estimators.propensity_weighting import treatment_weights
from pilotsim.effects.estimators.restricted_mean import estimate_restricted_mean, estimate_time_lost
from tests.effects.test_refusals import COMPARISONS

CLIENT = st.tuples(
    st.sampled_from((0.0, 1.0, 2.5, np.nan)),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from((0.0, 1.0, 1e6)),
    st.integers(0, 2),
)
CLIENTS = st.lists(CLIENT, min_size=2, max_size=24)
SPELLS = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.integers(0, 2),
        st.booleans(),
        st.sampled_from((-1.0, 0.0, 2.0, 5.0, np.nan)),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=24,
)


def is_sound(effect) -> bool:
    numbers = (effect.estimate, effect.error, effect.low, effect.high, effect.p)
    return (
        all(math.isfinite(number) for number in numbers)
        and effect.low < effect.estimate < effect.high
        and 0 <= effect.p <= 1
    )


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("estimate", COMPARISONS, ids=lambda function: function.__name__)
@given(clients=CLIENTS)
def test_comparisons(estimate, clustered, clients):
    table = np.array(clients, float)
    options = {"clusters": table[:, 4]} if clustered else {}
    if clustered and "matched" in estimate.__name__:
        return
    for target in ("ATE", "ATT"):
        chosen = (
            {"target": target}
            if estimate.__name__ not in ("estimate_overlap", "estimate_entropy_balanced")
            else {}
        )
        try:
            found = estimate(table[:, 0], table[:, 1], table[:, 2:4], **chosen, **options)
        except PilotsimError as error:
            assert len(str(error)) > 30
            continue
        assert is_sound(found)


@given(spells=SPELLS)
def test_spells(spells):
    exits, causes, treated, started, trait = np.array(spells, float).T
    calls = (
        lambda: estimate_cox(exits, causes, treated, covariates=trait),
        lambda: estimate_fine_gray(exits, causes, treated, covariates=trait),
        lambda: estimate_discrete_hazard(exits, causes, treated, covariates=trait),
        lambda: estimate_participation(exits, causes, started),
        lambda: estimate_cox(exits, causes, treated, clusters=trait),
        lambda: estimate_survival(exits, causes > 0, treated, at=4.0),
        lambda: estimate_incidence(exits, causes, treated, at=4.0),
        lambda: estimate_restricted_mean(exits, causes > 0, treated, until=4.0),
        lambda: estimate_time_lost(exits, causes, treated, until=4.0),
    )
    for call in calls:
        try:
            found = call()
        except PilotsimError as error:
            assert len(str(error)) > 30
            continue
        assert is_sound(found)


@given(clients=CLIENTS)
def test_checks(clients):
    table = np.array(clients, float)
    calls = (
        lambda: check_balance(table[:, 2:4], table[:, 1]),
        lambda: check_lottery(table[:, 2:4], table[:, 1]),
        lambda: check_overlap(table[:, 1], table[:, 2:4]),
        lambda: check_attrition(table[:, 0], table[:, 1]),
        lambda: check_sensitivity(table[:, 0], table[:, 1], table[:, 2:4]),
    )
    for call in calls:
        try:
            found = call()
        except PilotsimError as error:
            assert len(str(error)) > 30
            continue
        assert len(found.text) > 20
        # A check that held nothing gives no number, and no verdict.
        assert math.isnan(found.statistic) == (found.passed is None)


@given(clients=CLIENTS)
def test_weights_balance_what_they_promise(clients):
    table = np.array(clients, float)
    treated, covariates = table[:, 1] == 1, table[:, 2:4] / (1.0, 1e6)
    for weights in (
        lambda: treatment_weights(treated, covariates, target="ATO").values,
        lambda: entropy_weights(treated, covariates),
    ):
        try:
            found = weights()
        except PilotsimError:
            continue
        assert np.all(found >= 0.0)
        means = [
            np.average(covariates[arm], axis=0, weights=found[arm]) for arm in (treated, ~treated)
        ]
        assert means[0] == pytest.approx(means[1], abs=1e-5)
