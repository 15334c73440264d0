"""Answers from a lot that moves participation, and from a limit of a trait."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import without_repetition
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.instrumental_variables import estimate_late
from pilotsim.effects.estimators.regression_discontinuity import estimate_discontinuity
from pilotsim.evaluation.contract import INSTRUMENT, LIMITED
from pilotsim.evaluation.estimands import TREATED
from pilotsim.evaluation.estimators.arrays import take_covariates
from pilotsim.evaluation.estimators.references_linear import reference_instrument
from pilotsim.evaluation.estimators.references_panels import reference_discontinuity
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

EXCLUSION = Message("The lot works through participation only")
CONTINUITY = Message("No other rule has the same limit")


@estimator(
    "iv",
    estimate_late,
    rests_on=EXCLUSION,
    contract=INSTRUMENT,
    uses_starts=True,
    reference=reference_instrument,
)
def late(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect on those who start because of the offer or the encouragement.

    The arm is the instrument.
    """
    started = sample.started_within(strategy.estimand.months)
    if strategy.estimand.who == TREATED and started[sample.arm == 0.0].any():
        raise EstimationError(
            Message(
                "iv: some of those who were not drawn started as well, so that it is the effect on "
                "those whom the lot moves; ask who: compliers"
            )
        )
    covariates, lots = take_covariates(sample, strategy), sample.lots
    if lots is not None and lots.has_blocks:
        # Lots were drawn within blocks, so they are compared within them.
        own = [] if covariates is None else [covariates]
        covariates = without_repetition(np.hstack([lots.block_columns, *own])).covariates
    return estimate_late(
        sample.outcome(strategy.estimand),
        started,
        sample.arm,
        covariates=covariates,
        level=strategy.level,
        **strategy.options,
    )


@estimator(
    "discontinuity",
    estimate_discontinuity,
    rests_on=CONTINUITY,
    contract=LIMITED,
    sets=("treated_below",),
    reference=reference_discontinuity,
)
def discontinuity(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect at the design's limit of a trait: those below it were offered."""
    rule = sample.rule.limit if sample.rule else None
    if rule is None:
        raise RequestError(Message("discontinuity: the design has no limit of a trait"))
    running = sample.covariates((rule.trait,))
    assert running is not None
    effect = estimate_discontinuity(
        sample.outcome(strategy.estimand),
        running[:, 0],
        rule.below.number,
        treated_below=True,
        level=strategy.level,
        **strategy.options,
    )
    note = Message(
        "this is the effect on those at the limit ({trait} {limit}); it says nothing of those far "
        "below it",
        trait=rule.trait,
        limit=Amount(rule.below.number),
    )
    return replace(effect, notes=(*effect.notes, note))
