"""Comparisons of arms that follow the lots by construction: clusters, blocks and pairs as drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.blocks import estimate_blocked
from pilotsim.effects.estimators.difference_in_means import (
    estimate_adjusted,
    estimate_difference,
    estimate_lin,
)
from pilotsim.effects.estimators.pairs import estimate_pairs
from pilotsim.evaluation.designs import PAIRS
from pilotsim.evaluation.estimators.arrays import take_clusters
from pilotsim.evaluation.lots import Lots
from pilotsim.evaluation.strategy import Strategy, StrategySample


@dataclass(frozen=True, eq=False)
class Compared:
    """What is compared: outcomes or changes of clients, with their arm.

    Parameters
    ----------
    outcome, arm : ndarray of float, shape (clients,)
        NaN where it is not known; 1 for offered, 0 for compared with.
    covariates : ndarray of float, shape (clients, covariates), or None
        Traits that are adjusted for, without missing values.
    interacted : bool
        Whether each arm has slopes of its own.
    """

    outcome: Floats
    arm: Floats
    covariates: Floats | None = None
    interacted: bool = False

    def take(self, clients: Bools) -> Compared:
        """Return some of the clients."""
        table = None if self.covariates is None else self.covariates[clients]
        return replace(self, outcome=self.outcome[clients], arm=self.arm[clients], covariates=table)

    def beside(self, columns: Floats) -> Compared:
        """Return the same with more columns to be adjusted for."""
        own = [] if self.covariates is None else [self.covariates]
        return replace(self, covariates=np.hstack([columns, *own]))


def compare_arms(
    sample: StrategySample,
    strategy: Strategy,
    compared: Compared,
    options: Mapping[str, Any],
) -> Effect:
    """Return the difference between the arms, with the error that the lots give it.

    Whole districts are clusters where districts were drawn; blocks, strata and pairs are compared
    within where lots were drawn within them. `cluster` among the options is for showing what an
    error does that does not follow the lots; a plan cannot name another than was drawn.
    """
    options = dict(options)
    cluster = options.pop("cluster", None)
    lots = sample.lots if strategy.compare == "arms" else None
    if cluster is not None and (lots is None or cluster != lots.unit):
        return _plain(compared, take_clusters(sample, cluster), strategy.level, options)
    if lots is None or (sample.rule is not None and sample.rule.stepped_wedge is not None):
        return _plain(compared, None if lots is None else lots.clusters, strategy.level, options)
    if lots.within == PAIRS:
        return _by_pairs(compared, lots, strategy.level, options)
    kept = lots.compared(~np.isnan(compared.outcome))
    alone = bool((~np.isnan(compared.outcome) & ~kept).any())
    if not lots.has_blocks or not kept.any():
        return _plain(compared, lots.clusters, strategy.level, options)
    effect = _by_blocks(compared.take(kept), lots.take(kept), strategy.level, options)
    if not alone:
        return effect
    # How many they are may be a few, and is not said.
    note = Message("clients in blocks with one arm alone tell nothing and are left out")
    return replace(effect, notes=(*effect.notes, note))


def _plain(
    compared: Compared, clusters: Ints | None, level: float, options: Mapping[str, Any]
) -> Effect:
    arrays = (compared.outcome, compared.arm)
    if compared.covariates is None:
        return estimate_difference(*arrays, clusters=clusters, level=level, **options)
    estimate = estimate_lin if compared.interacted else estimate_adjusted
    return estimate(*arrays, compared.covariates, clusters=clusters, level=level, **options)


def _by_pairs(compared: Compared, lots: Lots, level: float, options: Mapping[str, Any]) -> Effect:
    if options.get("errors", "auto") != "auto":
        raise EstimationError(
            Message("lots were drawn within pairs; their error is that between pairs, and no other")
        )
    return estimate_pairs(
        compared.outcome,
        compared.arm,
        lots.blocks,
        covariates=compared.covariates,
        interacted=compared.interacted,
        whole=lots.unit == "district",
        level=level,
    )


def _by_blocks(compared: Compared, lots: Lots, level: float, options: Mapping[str, Any]) -> Effect:
    count = int(lots.blocks.max()) + 1
    if count == 1:
        return _plain(compared, lots.clusters, level, options)
    if compared.covariates is not None:
        return _plain(compared.beside(lots.block_columns), lots.clusters, level, options)
    sizes = np.stack([np.bincount(lots.blocks, compared.arm == arm) for arm in (0.0, 1.0)])
    is_by_client = (sizes > 1).all() or (sizes == 1).all()
    whole = lots.clusters is not None or options.get("errors", "auto") != "auto"
    return estimate_blocked(
        compared.outcome,
        compared.arm,
        lots.blocks,
        weights="precision" if whole or not is_by_client else "clients",
        clusters=lots.clusters,
        level=level,
        **options,
    )
