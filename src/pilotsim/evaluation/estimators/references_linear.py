"""References of comparisons by least squares: what statsmodels says of the same clients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.effects.references import linear
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.designs import PAIRS
from pilotsim.evaluation.estimands import CUMULATED
from pilotsim.evaluation.estimators.arrays import (
    take_covariates,
    take_outcome,
    take_outcome_and_district,
)
from pilotsim.evaluation.strategy import Strategy, StrategySample


def reference_difference(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference between the arms, as the lots were drawn."""
    return compare_as_drawn(sample, strategy, *take_outcome(sample, strategy), strategy.options)


def reference_adjusted(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference adjusted for covariates."""
    covariates = take_covariates(sample, strategy)
    arrays = take_outcome(sample, strategy)
    return compare_as_drawn(sample, strategy, *arrays, strategy.options, covariates)


def reference_lin(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference adjusted for covariates, with slopes of each arm's own."""
    covariates = take_covariates(sample, strategy)
    arrays = take_outcome(sample, strategy)
    return compare_as_drawn(
        sample, strategy, *arrays, strategy.options, covariates, interacted=True
    )


def reference_clustered(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference between the arms with errors between districts."""
    lots = sample.lots
    if lots is not None and lots.unit == "district" and lots.has_blocks:
        return reference_difference(sample, strategy)
    outcome, arm, district = take_outcome_and_district(sample, strategy)
    errors = str(strategy.options.get("errors", "CR2"))
    return linear.compare(outcome, arm, clusters=district, errors=errors)


def reference_blocked(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference between the arms within blocks."""
    lots = sample.lots
    if lots is not None and "weights" not in strategy.options:
        return reference_difference(sample, strategy)
    blocks = np.nan_to_num(sample.block, nan=-1.0) if lots is None else lots.blocks
    codes = np.unique(blocks, return_inverse=True)[1].ravel()
    return linear.compare_within_blocks(
        *take_outcome(sample, strategy),
        codes,
        weights=str(strategy.options.get("weights", "clients")),
        errors=str(strategy.options.get("errors", "auto")),
        clusters=None if lots is None else lots.clusters,
    )


def reference_randomisation(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference between the arms within blocks; its p-value is that of the lots alone.

    The estimate alone is compared.
    """
    (outcome, arm), lots = take_outcome(sample, strategy), sample.lots
    if lots is None:
        return replace(linear.compare(outcome, arm), error=math.nan)
    known = ~np.isnan(outcome)
    arms = [lots.blocks[known & (arm == value)] for value in (0.0, 1.0)]
    kept = known & np.isin(lots.blocks, arms[0]) & np.isin(lots.blocks, arms[1])
    found = linear.compare_within_blocks(outcome[kept], arm[kept], lots.blocks[kept])
    return replace(found, error=math.nan)


def reference_cluster_means(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the difference between the arms in the means of districts."""
    weights = str(strategy.options.get("weights", "size"))
    return linear.compare_cluster_means(
        *take_outcome_and_district(sample, strategy), weights=weights
    )


def reference_change(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the change since the months before, less that of the comparison group."""
    options = dict(strategy.options)
    months, by = int(options.pop("before", 12)), options.pop("cluster", None)
    outcome, arm = take_outcome(sample, strategy)
    before = sample.before(strategy.estimand.outcome, months)
    if strategy.estimand.kind == CUMULATED:
        before = before * strategy.estimand.months
    lots = sample.lots if strategy.compare == "arms" else None
    if lots is not None and lots.has_blocks and by in (None, lots.unit):
        return compare_as_drawn(sample, strategy, outcome - before, arm, options)
    is_by_district = by == "district"
    rule = sample.rule
    if by is None and rule is not None and rule.unit == "district" and not rule.stepped_wedge:
        district = sample.panel.district
        several = all(len(np.unique(district[sample.arm == value])) > 1 for value in (0.0, 1.0))
        is_by_district = several or sample.lots is not None
    known = ~np.isnan(outcome) & ~np.isnan(before)
    units = sample.panel.district if is_by_district else np.arange(len(outcome))
    late = np.repeat([0.0, 1.0], int(known.sum()))
    own = np.tile(arm[known], 2)
    design = np.column_stack([np.ones(len(own)), own, late, own * late])
    return linear.regress(
        np.concatenate([before[known], outcome[known]]),
        design,
        3,
        errors=str(options.get("errors", "auto")),
        clusters=np.tile(units[known], 2).astype(np.int64),
    )


def reference_own_change(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the mean change since listing among the offered, compared with nobody."""
    outcome, arm = take_outcome(sample, strategy)
    before = sample.panel.outcome(strategy.estimand.outcome)[:, sample.listed]
    change = (outcome - before)[(arm == 1.0) & ~np.isnan(outcome - before)]
    return linear.regress(change, np.ones((len(change), 1)), 0, errors="classical")


def reference_instrument(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the effect on those whom the lot moves, by two-stage least squares."""
    started = sample.started_within(strategy.estimand.months)
    covariates, lots = take_covariates(sample, strategy), sample.lots
    if lots is not None and lots.has_blocks:
        dummies = (lots.blocks[:, None] == np.unique(lots.blocks)[1:]).astype(np.float64)
        own = [] if covariates is None else [covariates]
        covariates = np.hstack([dummies, *own])
    return linear.instrument(
        sample.outcome(strategy.estimand),
        started,
        sample.arm,
        covariates,
        errors=str(strategy.options.get("errors", "auto")),
    )


def compare_as_drawn(
    sample: StrategySample,
    strategy: Strategy,
    outcome: Floats,
    arm: Floats,
    options: Mapping[str, Any],
    covariates: Floats | None = None,
    *,
    interacted: bool = False,
) -> Reference | Message:
    """Return the difference between the arms as the lots say: worked out beside `compare_arms`."""
    errors, of = str(options.get("errors", "auto")), str(options.get("of", "sample"))
    cluster, lots = options.get("cluster"), sample.lots if strategy.compare == "arms" else None
    is_wedge = sample.rule is not None and sample.rule.stepped_wedge is not None
    is_as_drawn = lots is not None and cluster in (None, lots.unit)
    clusters = sample.panel.district if cluster == "district" else None
    if lots is not None and is_as_drawn:
        clusters = lots.clusters
        if lots.within == PAIRS and not is_wedge:
            return linear.compare_pairs(
                outcome, arm, lots.blocks, covariates, interacted=interacted
            )
    if lots is not None and is_as_drawn and lots.has_blocks and not is_wedge:
        known = ~np.isnan(outcome)
        both = np.isin(lots.blocks, lots.blocks[known & (arm == 1.0)])
        both &= np.isin(lots.blocks, lots.blocks[known & (arm == 0.0)])
        kept = known & both
        if kept.any():
            return _within(
                outcome[kept],
                arm[kept],
                lots.blocks[kept],
                None if covariates is None else covariates[kept],
                None if clusters is None else clusters[kept],
                interacted=interacted,
                errors=errors,
                of=of,
            )
    return linear.compare(
        outcome, arm, covariates, interacted=interacted, errors=errors, clusters=clusters, of=of
    )


def _within(
    outcome: Floats,
    arm: Floats,
    blocks: Any,
    covariates: Floats | None,
    clusters: Any,
    *,
    interacted: bool,
    errors: str,
    of: str,
) -> Reference:
    labels = np.unique(blocks)
    if len(labels) > 1 and covariates is None:
        sizes = np.stack(
            [[np.sum(blocks[arm == value] == label) for label in labels] for value in (0.0, 1.0)]
        )
        is_by_client = (sizes > 1).all() or (sizes == 1).all()
        whole = clusters is not None or errors != "auto"
        return linear.compare_within_blocks(
            outcome,
            arm,
            blocks,
            weights="precision" if whole or not is_by_client else "clients",
            errors=errors,
            clusters=clusters,
        )
    if len(labels) > 1 and covariates is not None:
        dummies = (blocks[:, None] == labels[1:]).astype(np.float64)
        covariates = np.hstack([dummies, covariates])
    return linear.compare(
        outcome, arm, covariates, interacted=interacted, errors=errors, clusters=clusters, of=of
    )
