"""Answers from months before and after: differences in differences, stepped wedges, series."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import mean_of_known
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.difference_in_differences import estimate_did
from pilotsim.effects.estimators.group_means import BAND_DRAWS, EffectPath, average_by_lag
from pilotsim.effects.estimators.group_time import GroupTime, estimate_group_time
from pilotsim.effects.estimators.imputed_months import estimate_imputation, estimate_sun_abraham
from pilotsim.effects.estimators.interrupted_series import estimate_interrupted
from pilotsim.effects.estimators.stepped_wedge import estimate_stepped
from pilotsim.evaluation.contract import (
    CHANGES,
    IMPUTED,
    INTERACTED,
    MONTH_OF_OFFER,
    MONTHS_SINCE_OFFER,
    SERIES,
    STEPS,
)
from pilotsim.evaluation.estimands import AFTER_OFFER, AT, CUMULATED, SINCE_OFFER
from pilotsim.evaluation.estimators.arrays import (
    PARALLEL_TRENDS,
    scale_effect,
    take_clusters,
    take_covariates,
    take_outcome,
    take_starts,
)
from pilotsim.evaluation.estimators.drawn_arms import Compared, compare_arms
from pilotsim.evaluation.estimators.references_linear import reference_change
from pilotsim.evaluation.estimators.references_panels import (
    reference_event_study,
    reference_imputation,
    reference_series,
    reference_staggered,
    reference_sun_abraham,
    reference_wedge,
)
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.lots import district_starts
from pilotsim.evaluation.strategy import Strategy, StrategySample

DRAWN_ORDER = Message("Districts begin in random order; time is common to all")
ON_TREATED = "mean effect on the treated (ATT) in the period after"
SERIES_RUNS_ON = Message("Without the programme the series would have run on")


@estimator(
    "did",
    estimate_did,
    rests_on=PARALLEL_TRENDS,
    contract=CHANGES,
    options=("before", "cluster"),
    rests_on_trends=True,
    reference=reference_change,
)
def did(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change since the months before listing, less that of the comparison group.

    A sum over months is compared with as many months like those before.
    """
    options = dict(strategy.options)
    months, by = int(options.pop("before", 12)), options.pop("cluster", None)
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
    lots = sample.lots if strategy.compare == "arms" else None
    if lots is not None and lots.has_blocks and by in (None, lots.unit):
        changes = compare_arms(sample, strategy, Compared(y - before, arm), options)
        return replace(changes, estimator="did", estimand=ON_TREATED)
    known = ~np.isnan(y) & ~np.isnan(before)
    by, notes = district_or_client(sample, by)
    units = sample.panel.district if by == "district" else np.arange(len(y))
    effect = estimate_did(
        np.concatenate([before[known], y[known]]),
        np.tile(arm[known], 2),
        np.repeat([0.0, 1.0], int(known.sum())),
        clusters=np.tile(units[known], 2),
        level=strategy.level,
        **options,
    )
    # The regression has two rows for each of them.
    return replace(effect, clients=int(known.sum()), notes=(*effect.notes, *notes))


def district_or_client(
    sample: StrategySample, asked: str | None
) -> tuple[str, tuple[Message, ...]]:
    """Return what errors are clustered by, with a note where they cannot be as they should.

    What was drawn or chosen, unless an answer asks for another. With one district in an arm there
    is no error between districts: the clients' own says nothing of the districts' luck.

    Parameters
    ----------
    sample : StrategySample
        The clients.
    asked : str or None
        `client`, `district`, or what the design says.
    """
    if asked is not None:
        take_clusters(sample, asked)
        return asked, ()
    if sample.rule is None or sample.rule.unit != "district" or sample.rule.stepped_wedge:
        return "client", ()
    arms = [len(np.unique(sample.panel.district[sample.arm == arm])) for arm in (0.0, 1.0)]
    if min(arms) > 1 or sample.lots is not None:
        return "district", ()
    note = Message(
        "an arm is one district, so the error is that of its clients alone: it does not count how "
        "districts differ, and finds effects that are not there"
    )
    return "client", (note,)


@estimator(
    "staggered",
    estimate_group_time,
    rests_on=PARALLEL_TRENDS,
    contract=MONTH_OF_OFFER,
    options=("by",),
    rests_on_trends=True,
    reference=reference_staggered,
)
def staggered(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect in the month asked for, over groups that began in different months.

    Each is compared with those not yet offered; groups count as long as they are seen, each by its
    size.
    """
    if starts_at_once(sample):
        month = sample.listed + strategy.estimand.months - 1
        return change_since(sample, strategy, slice(month, month + 1))
    path = event_study_path(sample, strategy, draws=0)
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


def starts_at_once(sample: StrategySample) -> bool:
    """Tell whether districts were drawn that all begin in the same month."""
    return sample.lots is not None and sample.rule is not None and bool(sample.rule.districts)


def change_since(sample: StrategySample, strategy: Strategy, months: slice) -> Effect:
    """Return the change since the month before the programme, less that of the other districts.

    Where all that were drawn begin in one month, this is the group-time effect. The error is that
    between the districts, as they were drawn.
    """
    options = dict(strategy.options)
    base = sample.listed - 1 - int(options.get("anticipation", 0))
    if base < 0:
        raise EstimationError(Message("no month is seen before the first start"))
    values = sample.panel.outcome(strategy.estimand.outcome)
    change = values[:, months].mean(axis=1) - values[:, base]
    cluster = {"cluster": options["by"]} if "by" in options else {}
    compared = Compared(change, sample.arm, take_covariates(sample, strategy), interacted=True)
    effect = compare_arms(sample, strategy, compared, cluster)
    return replace(effect, estimator="group_time", estimand=ON_TREATED)


def event_study_path(
    sample: StrategySample, strategy: Strategy, *, draws: int = BAND_DRAWS
) -> EffectPath:
    """Return the effect by months since the own offer, from as long before as after.

    With a band for a reader, by so many draws; without one (0) where a single number is asked for.
    """
    months = strategy.estimand.months
    found = group_effects(sample, strategy)
    return average_by_lag(
        found, earliest=-months, latest=months - 1, level=strategy.level, draws=draws
    )


@estimator(
    "event_study",
    average_by_lag,
    estimate_group_time,
    rests_on=PARALLEL_TRENDS,
    contract=MONTHS_SINCE_OFFER,
    options=("by",),
    sets=("earliest", "latest", "draws", "seed"),
    evidence=event_study_path,
    rests_on_trends=True,
    reference=reference_event_study,
)
def event_study(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the mean effect over the months since the own offer, with equal weights."""
    if starts_at_once(sample):
        months = slice(sample.listed, sample.listed + strategy.estimand.months)
        return change_since(sample, strategy, months)
    return event_study_path(sample, strategy, draws=0).overall


def group_effects(sample: StrategySample, strategy: Strategy) -> GroupTime:
    """Return the effects of groups that began in different months, month by month."""
    options = {"control": "not_yet", **strategy.options}
    by, _ = district_or_client(sample, options.pop("by", None))
    clusters = take_clusters(sample, by)
    return estimate_group_time(
        sample.panel.outcome(strategy.estimand.outcome),
        take_starts(sample),
        covariates=take_covariates(sample, strategy),
        clusters=clusters,
        **options,
    )


@estimator(
    "imputation",
    estimate_imputation,
    rests_on=PARALLEL_TRENDS,
    contract=IMPUTED,
    sets=("horizon", "last_only"),
    rests_on_trends=True,
    reference=reference_imputation,
)
def imputation(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect against what client and month alone let expect (Borusyak and others)."""
    return estimate_imputation(
        sample.panel.outcome(strategy.estimand.outcome),
        take_starts(sample),
        horizon=strategy.estimand.months,
        last_only=strategy.estimand.kind != SINCE_OFFER,
        level=strategy.level,
    )


@estimator(
    "sun_abraham",
    estimate_sun_abraham,
    rests_on=PARALLEL_TRENDS,
    contract=INTERACTED,
    sets=("horizon", "last_only"),
    rests_on_trends=True,
    reference=reference_sun_abraham,
)
def sun_abraham(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect by an own coefficient for each group and month since the start."""
    return estimate_sun_abraham(
        sample.panel.outcome(strategy.estimand.outcome),
        take_starts(sample),
        horizon=strategy.estimand.months,
        last_only=strategy.estimand.kind != SINCE_OFFER,
        level=strategy.level,
    )


@estimator(
    "stepped_wedge",
    estimate_stepped,
    rests_on=DRAWN_ORDER,
    contract=STEPS,
    sets=("horizon", "last_only"),
    reference=reference_wedge,
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
    outcome = by_period[:, :, -1] if at_end else mean_of_known(by_period)
    starts = (district_starts(sample.panel, wedge, sample.listed) - sample.listed) / length
    district = sample.panel.district
    effect = estimate_stepped(
        outcome.ravel(),
        np.repeat(district, periods),
        np.tile(np.arange(periods), clients),
        np.repeat(starts[district], periods),
        horizon=months // length,
        last_only=at_end,
        strata=np.repeat(sample.lots.blocks, periods) if sample.lots else None,
        level=strategy.level,
        **strategy.options,
    )
    notes = effect.notes
    constant = STEPS.constant_by(strategy.options)
    if constant:
        notes = (
            Message(
                "the effect is taken for the same in every month since the start ({option}): the "
                "number is the same whatever time is asked for",
                option=constant,
            ),
            *notes,
        )
    # A client has a row for each period.
    return replace(effect, clients=_seen(outcome), notes=notes)


def _seen(values: Floats) -> int:
    """Return how many clients are seen in any month."""
    return int(np.any(~np.isnan(values), axis=1).sum())


@estimator(
    "interrupted",
    estimate_interrupted,
    rests_on=SERIES_RUNS_ON,
    contract=SERIES,
    options=("alone",),
    sets=("horizon", "last_only"),
    reference=reference_series,
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
    # The series has a row for each month.
    used = values[sample.arm == 1.0] if alone else values
    effect = replace(effect, clients=_seen(used))
    return effect if is_level else scale_effect(effect, months)


def _mean_series(values: Floats) -> Floats | None:
    """Return the mean over clients seen in each month, NaN for none of them; None for nobody."""
    return mean_of_known(values, axis=0) if len(values) else None
