"""References of answers from months before and after, of districts, and of limits of a trait."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.effects.references import panels
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.estimands import AFTER_OFFER, AT, SINCE_OFFER
from pilotsim.evaluation.estimators.arrays import take_covariates, take_starts
from pilotsim.evaluation.estimators.references_linear import compare_as_drawn
from pilotsim.evaluation.lots import district_starts
from pilotsim.evaluation.strategy import Strategy, StrategySample


def reference_staggered(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the effect in the month asked for, over groups that began in different months."""
    last = strategy.estimand.months - 1
    return _since_start(sample, strategy, range(last, last + 1))


def reference_event_study(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the mean effect over the months since the own offer."""
    return _since_start(sample, strategy, range(strategy.estimand.months))


def _since_start(sample: StrategySample, strategy: Strategy, lags: range) -> Reference | Message:
    options = {"control": "not_yet", **strategy.options}
    by = options.pop("by", None)
    values = sample.panel.outcome(strategy.estimand.outcome)
    covariates, rule = take_covariates(sample, strategy), sample.rule
    if sample.lots is not None and rule is not None and bool(rule.districts):
        # All that were drawn begin in one month: a change since the month before.
        base = values[:, sample.listed - 1 - int(options.get("anticipation", 0))]
        months = [sample.listed + lag for lag in lags]
        change = values[:, months].mean(axis=1) - base
        own = {} if by is None else {"cluster": by}
        return compare_as_drawn(
            sample, strategy, change, sample.arm, own, covariates, interacted=True
        )
    is_by_district = by == "district"
    if by is None and rule is not None and rule.unit == "district" and not rule.stepped_wedge:
        arms = [len(np.unique(sample.panel.district[sample.arm == k])) for k in (0.0, 1.0)]
        is_by_district = min(arms) > 1 or sample.lots is not None
    return panels.group_times(
        values,
        take_starts(sample),
        lags,
        covariates=covariates,
        clusters=sample.panel.district if is_by_district else None,
        **options,
    )


def reference_imputation(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the effect against what client and month alone let expect."""
    return panels.imputed(
        sample.panel.outcome(strategy.estimand.outcome),
        take_starts(sample),
        strategy.estimand.months,
        last_only=strategy.estimand.kind != SINCE_OFFER,
    )


def reference_sun_abraham(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the effect by a coefficient for each group and month since the start."""
    return panels.interacted(
        sample.panel.outcome(strategy.estimand.outcome),
        take_starts(sample),
        strategy.estimand.months,
        last_only=strategy.estimand.kind != SINCE_OFFER,
    )


def times(found: Reference, factor: float) -> Reference:
    """Return an effect in another unit: a sum of so many months from their mean."""
    return replace(found, estimate=found.estimate * factor, error=found.error * factor)


def reference_discontinuity(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the effect at the design's limit of a trait."""
    rule = sample.rule.limit if sample.rule else None
    running = None if rule is None else sample.covariates((rule.trait,))
    if rule is None or running is None:
        return Message("discontinuity: the design has no limit of a trait")
    return panels.jump(
        sample.outcome(strategy.estimand), running[:, 0], rule.below.number, **strategy.options
    )


def reference_wedge(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the effect in a stepped wedge, by how long a district has been at it."""
    rule = sample.rule.stepped_wedge if sample.rule else None
    if rule is None or strategy.options.get("method") == "gee":
        return Message("statsmodels works it out itself")
    months, at_end = strategy.estimand.months, strategy.estimand.kind == AFTER_OFFER
    length = math.gcd(rule.months, months)
    values = sample.panel.outcome(strategy.estimand.outcome)[:, sample.listed :]
    periods = values.shape[1] // length
    rows = [_of_period(values, length, period, at_end=at_end) for period in range(periods)]
    district = sample.panel.district
    starts = (district_starts(sample.panel, rule, sample.listed) - sample.listed) / length
    return panels.wedge(
        np.concatenate(rows),
        np.tile(district, periods),
        np.repeat(np.arange(periods), len(district)),
        np.tile(starts[district], periods),
        months // length,
        last_only=at_end,
        time=str(strategy.options.get("time", "exposure")),
    )


def _of_period(values: Floats, length: int, period: int, *, at_end: bool) -> Floats:
    own = values[:, period * length : (period + 1) * length]
    if at_end:
        return np.asarray(own[:, -1])
    return pd.DataFrame(own).mean(axis=1).to_numpy(np.float64)


def reference_series(sample: StrategySample, strategy: Strategy) -> Reference | Message:
    """Return the change in the monthly mean outcome of the offered when the pilot began."""
    options: dict[str, Any] = dict(strategy.options)
    alone, months = bool(options.pop("alone", False)), strategy.estimand.months
    values = sample.panel.outcome(strategy.estimand.outcome)[:, : sample.listed + months]
    means = pd.DataFrame(values).groupby(sample.arm).mean()
    table = means.to_numpy(np.float64)
    own = table[-1] if alone else table[-1] - table[0]
    is_level = strategy.estimand.kind == AT
    found = panels.series(own, sample.listed, months, last_only=is_level, **options)
    if isinstance(found, Message) or is_level:
        return found
    return times(found, months)
