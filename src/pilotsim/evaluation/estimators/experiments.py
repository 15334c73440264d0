"""Answers where chance set the arms apart: lotteries, blocks, districts."""

from __future__ import annotations

import numpy as np

from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.blocks import estimate_blocked
from pilotsim.effects.estimators.clusters import estimate_cluster_means, estimate_clustered
from pilotsim.effects.estimators.difference_in_means import (
    estimate_adjusted,
    estimate_difference,
    estimate_lin,
)
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from pilotsim.evaluation.contract import CLUSTERED, DRAWN, WHOLE_DISTRICTS
from pilotsim.evaluation.estimators.arrays import (
    RANDOMISED,
    take_outcome,
    take_outcome_and_covariates,
    take_outcome_and_district,
)
from pilotsim.evaluation.estimators.registration import estimator, register_estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

register_estimator(
    "difference",
    estimate_difference,
    takes=take_outcome,
    rests_on=RANDOMISED,
    contract=DRAWN,
)
register_estimator(
    "adjusted",
    estimate_adjusted,
    takes=take_outcome_and_covariates,
    rests_on=RANDOMISED,
    contract=DRAWN,
)
register_estimator(
    "lin",
    estimate_lin,
    takes=take_outcome_and_covariates,
    rests_on=RANDOMISED,
    contract=DRAWN,
)
register_estimator(
    "clustered",
    estimate_clustered,
    takes=take_outcome_and_district,
    rests_on=RANDOMISED,
    contract=CLUSTERED,
)
# Inquiries are about clients: districts count by how many they have, unless an answer says.
register_estimator(
    "cluster_means",
    estimate_cluster_means,
    takes=take_outcome_and_district,
    rests_on=RANDOMISED,
    contract=WHOLE_DISTRICTS,
    weights="size",
)


@estimator("blocked", estimate_blocked, rests_on=RANDOMISED, contract=DRAWN, follows_lots=True)
def blocked(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference within the blocks in which lots were drawn."""
    blocks = np.where(np.isnan(sample.block), -1.0, sample.block)
    return estimate_blocked(
        *take_outcome(sample, strategy), blocks, level=strategy.level, **strategy.options
    )


@estimator("randomisation", estimate_randomised, rests_on=RANDOMISED, contract=DRAWN)
def randomisation(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference with a p-value from the lottery itself."""
    known = sample.block[~np.isnan(sample.block)]
    in_blocks = len(known) > 0 and np.ptp(known) > 0
    options = {"draws": 499, "interval": False, **strategy.options}
    return estimate_randomised(
        *take_outcome(sample, strategy),
        blocks=sample.block if in_blocks else None,
        level=strategy.level,
        **options,
    )
