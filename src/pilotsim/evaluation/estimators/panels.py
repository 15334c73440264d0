"""Answers from months before and after: differences in differences, stepped wedges, series."""

from __future__ import annotations

import math

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.difference_in_differences import estimate_did
from pilotsim.effects.estimators.group_means import EffectPath, average_by_lag
from pilotsim.effects.estimators.group_time import GroupTime, estimate_group_time
from pilotsim.effects.estimators.interrupted_series import estimate_interrupted
from pilotsim.effects.estimators.stepped_wedge import estimate_stepped
from pilotsim.evaluation.contract import CHANGES, MONTH_OF_OFFER, MONTHS_SINCE_OFFER, STEPS
from pilotsim.evaluation.estimands import AFTER_OFFER, AT, CUMULATED
from pilotsim.evaluation.estimators.arrays import (
    PARALLEL_TRENDS,
    district_starts,
    scale_effect,
    take_covariates,
    take_outcome,
    take_starts,
)
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

DRAWN_ORDER = Message("Districts begin in random order; time is common to all")
SERIES_RUNS_ON = Message("Without the programme the series would have run on")


@estimator(
    "did",
    estimate_did,
    rests_on=PARALLEL_TRENDS,
    contract=CHANGES,
    options=("before", "cluster"),
)
def did(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change since the months before listing, less that of the comparison group.

    A sum over months is compared with as many months like those before.
    """
    options = dict(strategy.options)
    months, by = int(options.pop("before", 12)), options.pop("cluster", "client")
    y, arm = take_outcome(sample, strategy)
    before = sample.before(strategy.estimand.outcome, months)
    if np.isnan(before).all():
        raise EstimationError(
            Message(
                "no client has a month before listing; a difference in differences needs months "
                "before the pilot"
            )
        )
    if strategy.estimand.kind == CUMULATED:
        before = before * strategy.estimand.months
    known = ~np.isnan(y) & ~np.isnan(before)
    units = sample.panel.district if by == "district" else np.arange(len(y))
    return estimate_did(
        np.concatenate([before[known], y[known]]),
        np.tile(arm[known], 2),
        np.repeat([0.0, 1.0], int(known.sum())),
        clusters=np.tile(units[known], 2),
        level=strategy.level,
        **options,
    )


@estimator(
    "staggered",
    estimate_group_time,
    rests_on=PARALLEL_TRENDS,
    contract=MONTH_OF_OFFER,
    options=("by",),
)
def staggered(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect in the month asked for, over groups that began in different months.

    Each is compared with those not yet offered; groups count as long as they are seen, each by its
    size.
    """
    path = event_study_path(sample, strategy)
    last = strategy.estimand.months - 1
    if last not in path.at:
        raise EstimationError(
            Message(
                "staggered: no group is seen beside others that have not begun {months} months "
                "after its start",
                months=strategy.estimand.months,
            )
        )
    return path.effects[path.at.index(last)]


def event_study_path(sample: StrategySample, strategy: Strategy) -> EffectPath:
    """Return the effect by months since the own offer, from as long before as after."""
    months = strategy.estimand.months
    found = group_effects(sample, strategy)
    return average_by_lag(found, earliest=-months, latest=months - 1, level=strategy.level)


@estimator(
    "event_study",
    average_by_lag,
    estimate_group_time,
    rests_on=PARALLEL_TRENDS,
    contract=MONTHS_SINCE_OFFER,
    options=("by",),
    sets=("earliest", "latest", "draws", "seed"),
    evidence=event_study_path,
)
def event_study(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the mean effect over the months since the own offer, with equal weights."""
    return event_study_path(sample, strategy).overall


def group_effects(sample: StrategySample, strategy: Strategy) -> GroupTime:
    """Return the effects of groups that began in different months, month by month."""
    options = {"control": "not_yet", "by": "client", **strategy.options}
    clusters = sample.panel.district if options.pop("by") == "district" else None
    return estimate_group_time(
        sample.panel.outcome(strategy.estimand.outcome),
        take_starts(sample),
        covariates=take_covariates(sample, strategy),
        clusters=clusters,
        **options,
    )


@estimator(
    "stepped_wedge",
    estimate_stepped,
    rests_on=DRAWN_ORDER,
    contract=STEPS,
    sets=("horizon", "last_only"),
)
def stepped_wedge(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect in a stepped wedge, by how long a district has been at it.

    For the mean since the offer each client's months of a period count by their mean; for the
    outcome so long after the offer the last month of each period counts. Periods are the steps of
    the design, or parts of them where the months asked for are no whole number of steps.
    """
    wedge = sample.rule.stepped_wedge if sample.rule else None
    if wedge is None:
        raise RequestError(Message("stepped_wedge: the design has no steps"))
    months, at_end = strategy.estimand.months, strategy.estimand.kind == AFTER_OFFER
    length = math.gcd(wedge.months, months)
    values = sample.panel.outcome(strategy.estimand.outcome)[:, sample.listed :]
    clients, periods = values.shape[0], values.shape[1] // length
    by_period = values[:, : periods * length].reshape(clients, periods, length)
    outcome = by_period[:, :, -1] if at_end else _mean_of_known(by_period)
    starts = (district_starts(sample, wedge) - sample.listed) / length
    district = sample.panel.district
    return estimate_stepped(
        outcome.ravel(),
        np.repeat(district, periods),
        np.tile(np.arange(periods), clients),
        np.repeat(starts[district], periods),
        horizon=months // length,
        last_only=at_end,
        level=strategy.level,
        **strategy.options,
    )


def _mean_of_known(values: Floats) -> Floats:
    """Return the mean over the last axis of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=-1) / known.sum(axis=-1))


@estimator(
    "interrupted",
    estimate_interrupted,
    rests_on=SERIES_RUNS_ON,
    contract=CHANGES,
    options=("alone",),
    sets=("horizon", "last_only"),
)
def interrupted(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change in the monthly mean outcome of the offered when the pilot began.

    At a month, by a straight line through the months until then; or the sum over them.
    """
    options = dict(strategy.options)
    alone = bool(options.pop("alone", False))
    months = strategy.estimand.months
    values = sample.panel.outcome(strategy.estimand.outcome)[:, : sample.listed + months]
    own = _mean_series(values[sample.arm == 1.0])
    if own is None:
        raise EstimationError(
            Message("interrupted time series: nobody is in the arm that was offered the programme")
        )
    compared = None if alone else _mean_series(values[sample.arm == 0.0])
    if compared is None and not alone:
        raise EstimationError(
            Message(
                "interrupted time series: nobody is in the other arm; a series alone (alone: true) "
                "cannot tell the programme from what would have come anyway"
            )
        )
    is_level = strategy.estimand.kind == AT
    effect = estimate_interrupted(
        own,
        sample.listed,
        comparison=compared,
        horizon=months,
        last_only=is_level,
        level=strategy.level,
        **options,
    )
    return effect if is_level else scale_effect(effect, months)


def _mean_series(values: Floats) -> Floats | None:
    """Return the mean over clients seen in each month; None for nobody."""
    if not len(values):
        return None
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
