"""Answers about the time until an outcome is first reached."""

from __future__ import annotations

import numpy as np

from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.competing_risks import estimate_incidence
from pilotsim.effects.estimators.hazard_effects import estimate_cox
from pilotsim.effects.estimators.restricted_mean import estimate_restricted_mean
from pilotsim.evaluation.estimands import REACHED
from pilotsim.evaluation.estimators.arrays import (
    RANDOMISED,
    take_clusters,
    take_covariates,
    take_spells,
)
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

PROPORTIONAL = Message("Assignment by lot; the ratio of the hazards is the same in every month")


@estimator("incidence", estimate_incidence, rests_on=RANDOMISED, sets=("at", "of"))
def incidence(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in the share that has reached the outcome by the months asked for."""
    return estimate_incidence(
        *take_spells(sample, strategy),
        strategy.treated(sample),
        at=float(strategy.estimand.months),
        of=1,
        level=strategy.level,
        **strategy.options,
    )


@estimator("restricted_mean", estimate_restricted_mean, rests_on=RANDOMISED, sets=("until",))
def restricted_mean(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in months until the outcome is first reached, at most so many."""
    exits, causes = take_spells(sample, strategy)
    return estimate_restricted_mean(
        exits,
        (causes == 1).astype(np.float64),
        strategy.treated(sample),
        until=float(strategy.estimand.months),
        level=strategy.level,
        **strategy.options,
    )


@estimator(
    "cox",
    estimate_cox,
    rests_on=PROPORTIONAL,
    options=("cluster",),
    sets=("of",),
    answers=(REACHED,),
    scale="log_ratio",
)
def cox_ratio(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the log ratio of the hazards of reaching the outcome for the first time (Cox)."""
    options = dict(strategy.options)
    return estimate_cox(
        *take_spells(sample, strategy),
        strategy.treated(sample),
        covariates=take_covariates(sample, strategy),
        clusters=take_clusters(sample, str(options.pop("cluster", "client"))),
        level=strategy.level,
        **options,
    )
