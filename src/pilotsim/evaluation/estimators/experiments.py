"""Answers where chance set the arms apart: lotteries, blocks, districts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.blocks import estimate_blocked
from pilotsim.effects.estimators.clusters import estimate_cluster_means, estimate_clustered
from pilotsim.effects.estimators.difference_in_means import (
    estimate_adjusted,
    estimate_difference,
    estimate_lin,
)
from pilotsim.effects.estimators.pairs import estimate_pairs
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from pilotsim.evaluation.contract import (
    ADJUSTED,
    DISTRICTS_ALONE,
    DRAWN,
    DRAWN_ANEW,
    SLOPED,
    WHOLE_DISTRICTS,
)
from pilotsim.evaluation.estimators.arrays import (
    RANDOMISED,
    take_outcome,
    take_outcome_and_covariates,
    take_outcome_and_district,
)
from pilotsim.evaluation.estimators.drawn_arms import Compared, compare_arms
from pilotsim.evaluation.estimators.references_linear import (
    reference_adjusted,
    reference_blocked,
    reference_cluster_means,
    reference_clustered,
    reference_difference,
    reference_lin,
    reference_randomisation,
)
from pilotsim.evaluation.estimators.registration import estimator, register_estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

# An arm of a block needs so many units for a spread of its own.
LEAST_SPREAD = 2


@estimator(
    "difference",
    estimate_difference,
    estimate_pairs,
    rests_on=RANDOMISED,
    contract=DRAWN,
    options=("cluster",),
    sets=("interacted", "whole"),
    follows_lots=True,
    reference=reference_difference,
)
def difference(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in means, with the error that the lots give it."""
    compared = Compared(*take_outcome(sample, strategy))
    effect = compare_arms(sample, strategy, compared, strategy.options)
    return replace(effect, estimator="difference")


@estimator(
    "adjusted",
    estimate_adjusted,
    estimate_pairs,
    rests_on=RANDOMISED,
    contract=ADJUSTED,
    options=("cluster",),
    sets=("interacted", "whole"),
    follows_lots=True,
    reference=reference_adjusted,
)
def adjusted(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference adjusted for covariates, with the error that the lots give it."""
    compared = Compared(*take_outcome_and_covariates(sample, strategy))
    effect = compare_arms(sample, strategy, compared, strategy.options)
    return replace(effect, estimator="adjusted")


@estimator(
    "lin",
    estimate_lin,
    estimate_pairs,
    rests_on=RANDOMISED,
    contract=SLOPED,
    options=("cluster",),
    sets=("interacted", "whole"),
    follows_lots=True,
    reference=reference_lin,
)
def lin(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference adjusted for covariates, each arm with slopes of its own."""
    compared = Compared(*take_outcome_and_covariates(sample, strategy), interacted=True)
    effect = compare_arms(sample, strategy, compared, strategy.options)
    return replace(effect, estimator="lin")


@estimator(
    "clustered",
    estimate_clustered,
    estimate_pairs,
    rests_on=RANDOMISED,
    contract=WHOLE_DISTRICTS,
    sets=("interacted", "whole"),
    follows_lots=True,
    reference=reference_clustered,
)
def clustered(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference over clients with errors between districts, within strata or pairs."""
    lots = sample.lots
    if lots is None or lots.unit != "district" or not lots.has_blocks:
        return estimate_clustered(
            *take_outcome_and_district(sample, strategy), level=strategy.level, **strategy.options
        )
    compared = Compared(*take_outcome(sample, strategy))
    effect = compare_arms(sample, strategy, compared, strategy.options)
    return replace(effect, estimator="clustered")


# Inquiries are about clients: districts count by how many they have, unless an answer says.
register_estimator(
    "cluster_means",
    estimate_cluster_means,
    takes=take_outcome_and_district,
    rests_on=RANDOMISED,
    contract=DISTRICTS_ALONE,
    reference=reference_cluster_means,
    weights="size",
)


@estimator(
    "blocked",
    estimate_blocked,
    estimate_pairs,
    rests_on=RANDOMISED,
    contract=DRAWN,
    sets=("interacted", "whole"),
    follows_lots=True,
    reference=reference_blocked,
)
def blocked(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference within the blocks, strata or pairs in which lots were drawn."""
    lots, arrays = sample.lots, take_outcome(sample, strategy)
    if lots is not None and "weights" not in strategy.options:
        effect = compare_arms(sample, strategy, Compared(*arrays), strategy.options)
        return replace(effect, estimator="blocked")
    blocks = np.nan_to_num(sample.block, nan=-1.0) if lots is None else lots.blocks
    return estimate_blocked(
        *arrays,
        blocks,
        clusters=None if lots is None else lots.clusters,
        level=strategy.level,
        **strategy.options,
    )


@estimator(
    "randomisation",
    estimate_randomised,
    rests_on=RANDOMISED,
    contract=DRAWN_ANEW,
    sets=("weights",),
    reference=reference_randomisation,
)
def randomisation(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference with a p-value from the lots themselves, drawn anew as they were."""
    lots, (outcome, arm) = sample.lots, take_outcome(sample, strategy)
    options: dict[str, Any] = {"draws": 499, "interval": False, **strategy.options}
    if lots is None:
        return estimate_randomised(outcome, arm, level=strategy.level, **options)
    # Of blocks or pairs with one arm alone the lots could have made nothing else.
    kept = lots.compared(~np.isnan(outcome))
    own = lots.take(kept)
    if own.smallest_arm < LEAST_SPREAD:
        options = {"statistic": "difference", **options}
    return estimate_randomised(
        outcome[kept],
        arm[kept],
        blocks=own.blocks,
        clusters=own.clusters,
        weights="size" if own.unit == "district" else "equal",
        level=strategy.level,
        **options,
    )
