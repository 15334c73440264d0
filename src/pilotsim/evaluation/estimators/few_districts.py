"""Answers where one district, or few, got the programme: others put together to look like them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import mean_of_known
from pilotsim.effects.checks.placebo import Placebos
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.synthetic_comparison import (
    estimate_synthetic_control,
    estimate_synthetic_did,
    synthetic_placebos,
)
from pilotsim.evaluation.contract import FEW_DISTRICTS
from pilotsim.evaluation.estimands import CUMULATED
from pilotsim.evaluation.estimators.arrays import scale_effect
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

FOLLOWS_AS_BEFORE = Message(
    "Other districts, weighted so that they moved like the district before, would have gone on so"
)
CHANGES_AS_OTHERS = Message(
    "The district would have changed as a weighted mean of other districts did"
)


@dataclass(frozen=True, eq=False)
class DistrictSeries:
    """The mean outcome of each district, month by month.

    Parameters
    ----------
    names : tuple of str
        The districts.
    outcomes : ndarray of float, shape (districts, months)
        The months before, then those that are asked for.
    treated : ndarray of float, shape (districts,)
        1 for those that get the programme.
    first : int
        The first of the months that are asked for.
    clients : ndarray of float, shape (districts,)
        How many clients each has.
    """

    names: tuple[str, ...]
    outcomes: Floats
    treated: Floats
    first: int
    clients: Floats


def take_district_series(sample: StrategySample, strategy: Strategy) -> DistrictSeries:
    """Return the districts' monthly means: before, and in the months that are asked for.

    The months before begin with the first in which somebody of every district is seen.

    Raises
    ------
    EstimationError
        A district has clients in both arms.
    """
    panel, months = sample.panel, strategy.estimand.months
    codes = np.unique(panel.district)
    arms = np.array([sample.arm[panel.district == code].mean() for code in codes])
    mixed = int(((arms > 0.0) & (arms < 1.0)).sum())
    if mixed:
        raise EstimationError(
            Message(
                "{estimator}: whole districts are compared, and {mixed} of them have clients who "
                "are offered the programme and clients who are not",
                estimator=strategy.estimator,
                mixed=mixed,
            )
        )
    values = panel.outcome(strategy.estimand.outcome)
    means = np.array([mean_of_known(values[panel.district == code], axis=0) for code in codes])
    gaps = np.flatnonzero(~np.isfinite(means[:, : sample.listed]).all(axis=0))
    begin = int(gaps[-1]) + 1 if len(gaps) else 0
    last = sample.listed + months
    is_sum = strategy.estimand.kind == CUMULATED
    after = means[:, sample.listed : last] if is_sum else means[:, last - 1 : last]
    return DistrictSeries(
        names=tuple(panel.districts[code] for code in codes),
        outcomes=np.hstack([means[:, begin : sample.listed], after]),
        treated=arms,
        first=sample.listed - begin,
        clients=np.array([(panel.district == code).sum() for code in codes], np.float64),
    )


def _space_placebos(*, changes: bool) -> Callable[[StrategySample, Strategy], Placebos]:
    def draw(sample: StrategySample, strategy: Strategy) -> Placebos:
        series = take_district_series(sample, strategy)
        options = {k: v for k, v in strategy.options.items() if k in ("placebos", "seed")}
        found = synthetic_placebos(
            series.outcomes,
            series.treated,
            series.first,
            names=series.names,
            changes=changes,
            weights=series.clients,
            level=strategy.level,
            **options,
        )
        return replace(found, effects=tuple(_in_unit(own, strategy) for own in found.effects))

    return draw


def _in_unit(effect: Effect, strategy: Strategy) -> Effect:
    is_sum = strategy.estimand.kind == CUMULATED
    return scale_effect(effect, strategy.estimand.months) if is_sum else effect


def _against_others(
    estimate: Callable[..., Effect], sample: StrategySample, strategy: Strategy
) -> Effect:
    series = take_district_series(sample, strategy)
    options: dict[str, Any] = dict(strategy.options)
    effect = estimate(
        series.outcomes,
        series.treated,
        series.first,
        weights=series.clients,
        level=strategy.level,
        **options,
    )
    return replace(_in_unit(effect, strategy), clients=len(sample.arm))


@estimator(
    "synthetic_control",
    estimate_synthetic_control,
    rests_on=FOLLOWS_AS_BEFORE,
    contract=FEW_DISTRICTS,
    evidence=_space_placebos(changes=False),
)
def against_synthetic(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the level of the offered districts less that of a weighted mean of the others."""
    return _against_others(estimate_synthetic_control, sample, strategy)


@estimator(
    "synthetic_did",
    estimate_synthetic_did,
    rests_on=CHANGES_AS_OTHERS,
    contract=FEW_DISTRICTS,
    evidence=_space_placebos(changes=True),
)
def changed_against_synthetic(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change of the offered districts less that of a weighted mean of the others."""
    return _against_others(estimate_synthetic_did, sample, strategy)
