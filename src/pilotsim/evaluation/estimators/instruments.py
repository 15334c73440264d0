"""Answers from a lot that moves participation, and from a limit of a trait."""

from __future__ import annotations

import numpy as np

from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.instrumental_variables import estimate_late
from pilotsim.effects.estimators.regression_discontinuity import estimate_discontinuity
from pilotsim.evaluation.estimators.arrays import take_covariates
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

EXCLUSION = Message("The lot works through participation only")
CONTINUITY = Message("No other rule has the same limit")


@estimator("iv", estimate_late, rests_on=EXCLUSION)
def late(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect on those who start because of the offer or the encouragement.

    The arm is the instrument.
    """
    started = sample.panel.started < sample.listed + strategy.estimand.months
    return estimate_late(
        sample.outcome(strategy.estimand),
        started.astype(np.float64),
        sample.arm,
        covariates=take_covariates(sample, strategy),
        level=strategy.level,
        **strategy.options,
    )


@estimator(
    "discontinuity",
    estimate_discontinuity,
    rests_on=CONTINUITY,
    options=("trait", "limit"),
    sets=("treated_below",),
)
def discontinuity(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect at a limit of a trait: those below it were offered the programme."""
    options = dict(strategy.options)
    running = sample.covariates((str(options.pop("trait", "age")),))
    assert running is not None
    return estimate_discontinuity(
        sample.outcome(strategy.estimand),
        running[:, 0],
        float(options.pop("limit", 30.0)),
        treated_below=True,
        level=strategy.level,
        **options,
    )
