"""Answers from months before and after: differences in differences, stepped wedges, series."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.difference_in_differences import estimate_did
from pilotsim.effects.estimators.group_means import EffectPath, average_all, average_by_lag
from pilotsim.effects.estimators.group_time import GroupTime, estimate_group_time
from pilotsim.effects.estimators.interrupted_series import estimate_interrupted
from pilotsim.effects.estimators.stepped_wedge import estimate_stepped
from pilotsim.evaluation.estimands import SINCE_OFFER
from pilotsim.evaluation.estimators.arrays import PARALLEL_TRENDS, take_covariates, take_outcome
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

DRAWN_ORDER = Message("Districts begin in random order; time is common to all")
SERIES_RUNS_ON = Message("Without the programme the series would have run on")


@estimator("did", estimate_did, rests_on=PARALLEL_TRENDS, options=("before", "cluster"))
def did(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change since the months before listing, less that of the comparison group."""
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


@estimator("staggered", estimate_group_time, rests_on=PARALLEL_TRENDS, options=("by",))
def staggered(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the mean effect over groups that began in different months.

    Each is compared with those not yet offered.
    """
    return average_all(group_effects(sample, strategy), level=strategy.level)


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
    options=("by",),
    sets=("earliest", "latest", "draws", "seed"),
    answers=(SINCE_OFFER,),
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
        np.where(sample.arm == 0.0, np.inf, sample.panel.offered),
        covariates=take_covariates(sample, strategy),
        clusters=clusters,
        **options,
    )


@estimator("stepped_wedge", estimate_stepped, rests_on=DRAWN_ORDER, options=("every",))
def stepped_wedge(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect in a stepped wedge, from clients' outcomes at the end of each period."""
    options = {"horizon": strategy.estimand.months, **strategy.options}
    every = int(options.pop("every", 3))
    values = sample.panel.outcome(strategy.estimand.outcome)[:, sample.listed :]
    columns = np.arange(every - 1, values.shape[1], every)
    starts = np.array(
        [
            sample.panel.offered[sample.panel.district == d].min()
            for d in range(len(sample.panel.districts))
        ]
    )
    own = starts[sample.panel.district]
    period = np.where(np.isfinite(own), np.floor((own - sample.listed) / every), np.inf)
    clients, periods = values.shape[0], len(columns)
    options["horizon"] = max(1, int(options["horizon"]) // every)
    return estimate_stepped(
        values[:, columns].ravel(),
        np.repeat(sample.panel.district, periods),
        np.tile(np.arange(periods), clients),
        np.repeat(period, periods),
        level=strategy.level,
        **options,
    )


@estimator("interrupted", estimate_interrupted, rests_on=SERIES_RUNS_ON, options=("alone",))
def interrupted(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change in the monthly mean outcome of the offered when the pilot began."""
    options = {"horizon": strategy.estimand.months, **strategy.options}
    alone = bool(options.pop("alone", False))
    values = sample.panel.outcome(strategy.estimand.outcome)
    own = _mean_series(values[sample.arm == 1.0])
    if own is None:
        raise EstimationError(
            Message("interrupted time series: nobody is in the arm that was offered the programme")
        )
    comparison = None if alone else _mean_series(values[sample.arm == 0.0])
    return estimate_interrupted(
        own, sample.listed, comparison=comparison, level=strategy.level, **options
    )


def _mean_series(values: Floats) -> Floats | None:
    """Return the mean over clients seen in each month; None for nobody."""
    if not len(values):
        return None
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
