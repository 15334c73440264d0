"""Answers where somebody chose who was offered the programme: weights, outcome models, matching.

Unless the answer says otherwise the effect is that on the treated: what the pilot's own clients got
from it.
"""

from __future__ import annotations

import numpy as np

from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import standard_error
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.doubly_robust import (
    estimate_aipw,
    estimate_ipwra,
    estimate_regression,
)
from pilotsim.effects.estimators.entropy_balancing import estimate_entropy_balanced
from pilotsim.effects.estimators.matching import estimate_matched
from pilotsim.effects.estimators.propensity_matching import estimate_score_matched
from pilotsim.effects.estimators.propensity_weighting import estimate_ipw, estimate_overlap
from pilotsim.evaluation.contract import ALONE, MATCHED_CHOICE, OBSERVED_CHOICE, OVERLAPPING
from pilotsim.evaluation.estimators.arrays import OBSERVED, take_outcome_and_covariates
from pilotsim.evaluation.estimators.references_linear import reference_own_change
from pilotsim.evaluation.estimators.references_weighting import (
    reference_overlap,
    reference_weighted,
)
from pilotsim.evaluation.estimators.registration import estimator, register_estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

NOTHING_CHANGES = Message("Without the programme nothing would have changed")

register_estimator(
    "ipw",
    estimate_ipw,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    reference=reference_weighted("ipw"),
    contract=OBSERVED_CHOICE,
    target="ATT",
)
register_estimator(
    "overlap",
    estimate_overlap,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    reference=reference_overlap,
    contract=OVERLAPPING,
)
register_estimator(
    "regression",
    estimate_regression,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    reference=reference_weighted("regression"),
    contract=OBSERVED_CHOICE,
    target="ATT",
)
register_estimator(
    "doubly_robust",
    estimate_ipwra,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    reference=reference_weighted("doubly_robust"),
    contract=OBSERVED_CHOICE,
    target="ATT",
)
register_estimator(
    "aipw",
    estimate_aipw,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    reference=reference_weighted("aipw"),
    contract=OBSERVED_CHOICE,
    target="ATT",
)
register_estimator(
    "entropy",
    estimate_entropy_balanced,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    contract=OBSERVED_CHOICE,
)
register_estimator(
    "matching",
    estimate_matched,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    contract=MATCHED_CHOICE,
)
register_estimator(
    "propensity_matching",
    estimate_score_matched,
    takes=take_outcome_and_covariates,
    rests_on=OBSERVED,
    contract=MATCHED_CHOICE,
)


@estimator(
    "before_after",
    rests_on=NOTHING_CHANGES,
    contract=ALONE,
    compares_arms=False,
    reference=reference_own_change,
)
def before_after(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change since listing among the offered, compared with nobody.

    Pilots are often judged like this. Estimand: effect on the offered. Assumption: without the
    programme nothing would have changed. Standard error: of the mean change, t(clients - 1).
    """
    arm = strategy.treated(sample) == 1.0
    after = sample.outcome(strategy.estimand)[arm]
    before = sample.panel.outcome(strategy.estimand.outcome)[arm, sample.listed]
    change = (after - before)[~np.isnan(after - before)]
    if len(change) < 2:
        raise EstimationError(
            Message(
                "before and after: fewer than two clients have both an outcome before and one after"
            )
        )
    return conclude(
        "before_after",
        "change since listing among the offered",
        float(change.mean()),
        standard_error(change),
        freedom=len(change) - 1,
        level=strategy.level,
        clients=len(change),
    )
