"""An estimator that cannot work says why and what could.

It never returns a number that it knows to be wrong.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError, PilotsimError, RequestError
from pilotsim.effects.estimators.competing_risks import cumulative_incidence, estimate_incidence
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.discrete_hazards import discrete_hazard
from pilotsim.effects.estimators.doubly_robust import (
    estimate_aipw,
    estimate_ipwra,
    estimate_regression,
)
from pilotsim.effects.estimators.entropy_balancing import estimate_entropy_balanced
from pilotsim.effects.estimators.fine_gray import fine_gray
from pilotsim.effects.estimators.gray import gray_test
from pilotsim.effects.estimators.hazard_effects import (
    estimate_cox,
    estimate_discrete_hazard,
    estimate_fine_gray,
    estimate_participation,
)
from pilotsim.effects.estimators.kaplan_meier import estimate_survival, kaplan_meier, log_rank
from pilotsim.effects.estimators.matching import estimate_matched
from pilotsim.effects.estimators.propensity_matching import estimate_score_matched
from pilotsim.effects.estimators.propensity_weighting import estimate_ipw, estimate_overlap
from pilotsim.effects.estimators.restricted_mean import estimate_restricted_mean, estimate_time_lost

COMPARISONS = (
    estimate_ipw,
    estimate_overlap,
    estimate_regression,
    estimate_ipwra,
    estimate_aipw,
    estimate_entropy_balanced,
    estimate_matched,
    estimate_score_matched,
)
BY_CHANCE = (estimate_ipw, estimate_overlap, estimate_ipwra, estimate_aipw, estimate_score_matched)
ARM = np.tile([1.0, 0.0], 20)
TRAIT = np.arange(40.0) % 7
OUTCOME = np.arange(40.0) % 3


@pytest.mark.parametrize("estimate", COMPARISONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize(
    ("outcome", "treated", "covariates", "says"),
    [
        (
            np.ones(40),
            ARM,
            TRAIT,
            "everybody has the outcome 1: nothing can be compared; try a later month",
        ),
        (OUTCOME, np.ones(40), TRAIT, "nobody with an outcome is in the comparison arm"),
        (OUTCOME, ARM * 2, TRAIT, "0 or 1 was expected"),
        (OUTCOME, ARM, np.where(TRAIT == 3, np.nan, TRAIT), "missing values"),
        (OUTCOME, ARM, TRAIT[:30], "rows were expected"),
        (
            np.where(ARM == 1, np.nan, OUTCOME),
            ARM,
            TRAIT,
            "nobody with an outcome is in the treated arm",
        ),
    ],
    ids=["constant", "one arm", "no arm", "missing", "short", "no outcome"],
)
def test_comparisons_refuse_what_cannot_be_compared(estimate, outcome, treated, covariates, says):
    with pytest.raises(EstimationError, match=re.escape(says)):
        estimate(outcome, treated, covariates)


@pytest.mark.parametrize("estimate", BY_CHANCE, ids=lambda function: function.__name__)
def test_a_trait_that_decides_is_found_out(estimate):
    with pytest.raises(EstimationError, match=r"separation.*tells the outcome for certain"):
        estimate(OUTCOME, TRAIT > 3, TRAIT)
    # Quasi-complete: one value of the trait is only among the treated.
    with pytest.raises(EstimationError, match="separation"):
        estimate(OUTCOME, np.where(TRAIT == 6, 1.0, ARM), TRAIT == 6)


@pytest.mark.parametrize("estimate", COMPARISONS, ids=lambda function: function.__name__)
def test_clients_without_an_outcome_are_left_out_and_counted(estimate):
    gone = np.where(np.arange(40) < 3, np.nan, OUTCOME)
    found, known = estimate(gone, ARM, TRAIT), estimate(OUTCOME[3:], ARM[3:], TRAIT[3:])
    assert (found.estimate, found.error) == (known.estimate, known.error)
    assert "3 of 40 clients have no outcome and are left out" in found.notes


@pytest.mark.parametrize("estimate", COMPARISONS, ids=lambda function: function.__name__)
def test_units_of_covariates_and_outcome_do_not_matter(estimate):
    """A covariate in kroner or in millions, twice the same one, an outcome in per cent: the same effect in the new unit."""
    plain = estimate(OUTCOME, ARM, np.column_stack([TRAIT, TRAIT**2]))
    other = estimate(
        100.0 * OUTCOME + 7.0,
        ARM,
        np.column_stack([1e6 * TRAIT, 5.0 - 1e-3 * TRAIT**2, 1e6 * TRAIT]),
    )
    assert other.estimate == pytest.approx(100.0 * plain.estimate, rel=1e-6)
    assert other.error == pytest.approx(100.0 * plain.error, rel=1e-6)


def test_more_covariates_than_clients_are_refused():
    with pytest.raises(EstimationError, match="use fewer covariates or more clients"):
        estimate_ipw(OUTCOME, ARM, np.eye(40))
    with pytest.raises(EstimationError, match="use fewer covariates"):
        estimate_regression(OUTCOME, ARM, np.column_stack([np.eye(40)[:, :30]]))


def test_somebody_without_a_match_is_counted():
    with pytest.raises(
        EstimationError, match=r"20 clients have fewer than 1 others with the same exact values"
    ):
        estimate_matched(OUTCOME, ARM, TRAIT, exact=ARM)


TIMES = np.tile([1.0, 2.0, 3.0, 4.0, 5.0], 8)
CAUSES = np.tile([1, 0, 2, 1], 10)


@pytest.mark.parametrize(
    "estimate",
    [
        kaplan_meier,
        cumulative_incidence,
        lambda exits, causes: log_rank(exits, causes, ARM),
        lambda exits, causes: gray_test(exits, causes, ARM),
        lambda exits, causes: cox(exits, causes, ARM),
        lambda exits, causes: fine_gray(exits, causes, ARM),
        lambda exits, causes: estimate_survival(exits, causes, ARM, at=3.0),
        lambda exits, causes: estimate_incidence(exits, causes, ARM, at=3.0),
        lambda exits, causes: estimate_restricted_mean(exits, causes, ARM, until=3.0),
        lambda exits, causes: estimate_time_lost(exits, causes, ARM, until=3.0),
        lambda exits, causes: estimate_cox(exits, causes, ARM),
        lambda exits, causes: estimate_fine_gray(exits, causes, ARM),
        lambda exits, causes: estimate_discrete_hazard(exits, causes, ARM),
        lambda exits, causes: estimate_participation(
            exits, causes, np.where(ARM == 1, 0.5, np.inf)
        ),
    ],
)
def test_survival_refuses_spells_in_which_nothing_happens(estimate):
    with pytest.raises(EstimationError, match="no events"):
        estimate(TIMES, np.zeros(40))
    with pytest.raises(PilotsimError):
        estimate(-TIMES, np.minimum(CAUSES, 1))
    with pytest.raises(PilotsimError):
        estimate(np.where(TIMES == 2, np.nan, TIMES), np.minimum(CAUSES, 1))


def test_nothing_is_said_of_times_that_nobody_has_lived_to_see():
    for estimate in (
        lambda: estimate_survival(TIMES, CAUSES > 0, ARM, at=9.0),
        lambda: estimate_incidence(TIMES, CAUSES, ARM, at=9.0),
        lambda: estimate_restricted_mean(
            np.where(ARM == 1, 2.5, TIMES), np.where(ARM == 1, 0, 1), ARM, until=4.0
        ),
    ):
        with pytest.raises(
            EstimationError,
            match=r"nobody of the (treated|others) is seen after .* choose an earlier time",
        ):
            estimate()


def test_an_arm_in_which_nobody_leaves_has_no_ratio():
    with pytest.raises(
        EstimationError,
        match=r"none of those who take part leaves by cause 1.*difference in the share",
    ):
        estimate_cox(TIMES, np.where(ARM == 1, 0, 1), ARM)
    with pytest.raises(EstimationError, match="separation"):
        cox(TIMES, np.where(ARM == 1, 0, 1), ARM)
    # The difference in shares can be had, and says whose doubt it has.
    found = estimate_incidence(TIMES, np.where((ARM == 1) | (TIMES == 2), 0, 1), ARM, at=3.0)
    assert found.estimate < 0.0
    assert found.notes == (
        "nobody of the treated has left by cause 1 at 3: the error is that of the other arm alone",
    )


def test_late_entry_with_a_hole_is_refused():
    """The first client leaves at 1, alone.

    The others are seen from 2 on: Kaplan and Meier would stay at 0 for ever.
    """
    with pytest.raises(EstimationError, match="late entry: at 1 all 1 who are seen leave"):
        kaplan_meier([1.0, 4.0, 5.0], [1, 1, 0], entries=[0.0, 2.0, 2.0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: estimate_ipw(OUTCOME, ARM, TRAIT, target="ATO"),
            "expected ATE or ATT, found 'ATO'",
        ),
        (
            lambda: estimate_ipw(OUTCOME, ARM, TRAIT, link="log"),
            "expected one of identity, logit, probit, cloglog",
        ),
        (lambda: estimate_ipw(OUTCOME, ARM, TRAIT, level=95), "between 0 and 1"),
        (
            lambda: estimate_regression(OUTCOME, ARM, TRAIT, mean="logit"),
            "needs outcomes between 0 and 1; use 'identity'",
        ),
        (
            lambda: estimate_matched(OUTCOME, ARM, TRAIT, metric="euclid"),
            "expected one of mahalanobis, variance",
        ),
        (lambda: cox(TIMES, CAUSES == 1, ARM, ties="exact"), "expected efron or breslow"),
        (
            lambda: kaplan_meier(TIMES, CAUSES, interval="arcsine"),
            "expected one of log-log, log, plain",
        ),
    ],
)
def test_wrong_options_say_what_was_expected(call, says):
    with pytest.raises(RequestError, match=re.escape(says)):
        call()


@pytest.mark.parametrize("fit", [cox, discrete_hazard], ids=lambda function: function.__name__)
def test_an_event_that_is_not_known_is_not_taken_for_censoring(fit):
    events = (np.arange(40) % 2).astype(float)
    events[3] = np.nan
    with pytest.raises(EstimationError, match=re.escape("events: 1 of 40 are missing")):
        fit(np.arange(40) % 5 + 1.0, events, TRAIT)
