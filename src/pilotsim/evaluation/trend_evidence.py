"""What stands beside each difference in differences: trends before, and how much of one it bears.

An event study in blocks of months: single months say more of chance than of trends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.amounts import Amount, Probability
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message, restore_message
from pilotsim.base.statistics import mean_of_known
from pilotsim.effects.checks.honest_trends import HonestBounds, honest_bounds
from pilotsim.effects.checks.trends import TrendPower, trend_power
from pilotsim.effects.estimators.group_means import EffectPath, average_by_lag
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.evaluation.estimands import AFTER_OFFER, AT
from pilotsim.evaluation.estimators.arrays import take_clusters, take_starts
from pilotsim.evaluation.strategy import Strategy, StrategySample

# At most so many blocks after, and before.
BLOCKS_AFTER, BLOCKS_BEFORE = 4, 8


@dataclass(frozen=True, eq=False)
class TrendEvidence:
    """The trends of the groups around the start.

    Parameters
    ----------
    months : int
        Months in a block.
    path : EffectPath
        The difference between the groups by blocks since the start, against the last one before.
    before : TrendPower
        The test of the blocks before.
    bounds : HonestBounds
        What the effect may be under trends that differ.
    """

    months: int
    path: EffectPath
    before: TrendPower
    bounds: HonestBounds


def trend_evidence(sample: StrategySample, strategy: Strategy) -> TrendEvidence:
    """Return the trends around the start for an answer that rests on them.

    Raises
    ------
    EstimationError
        Too few months before; nobody to compare with.
    """
    months = strategy.estimand.months
    starts = take_starts(sample)
    block = _block(months, starts[np.isfinite(starts)] - sample.listed)
    blocks_before = min(sample.listed // block, BLOCKS_BEFORE)
    first = sample.listed - block * blocks_before
    values = sample.panel.outcome(strategy.estimand.outcome)[:, first:]
    periods = values.shape[1] // block
    by_block = mean_of_known(values[:, : periods * block].reshape(len(values), periods, block))
    cluster = strategy.options.get("cluster", strategy.options.get("by", "client"))
    found = estimate_group_time(
        by_block,
        (starts - first) / block,
        clusters=take_clusters(sample, cluster),
        control="not_yet",
        universal=True,
    )
    path = average_by_lag(
        found, earliest=-blocks_before, latest=months // block - 1, level=strategy.level
    )
    at = np.array(path.at)
    early = at < -1.0
    if not early.any():
        raise EstimationError(
            Message("trends: there is no block of {months} months before the last", months=block)
        )
    apart = np.array([own.estimate for own in path.effects])[early]
    return TrendEvidence(
        block,
        path,
        trend_power(apart, path.covariance[np.ix_(early, early)], at[early] + 1.0),
        honest_bounds(
            path,
            last_only=strategy.estimand.kind in (AT, AFTER_OFFER),
            magnitudes=(1.0,),
            level=strategy.level,
        ),
    )


def _block(months: int, steps: Floats) -> int:
    """Return months to a block: as few as make at most four of the horizon, and whole steps."""
    whole = math.gcd(months, *(int(step) for step in steps))
    for length in range(1, whole + 1):
        if whole % length == 0 and months // length <= BLOCKS_AFTER:
            return length
    return whole


def look_at_trends(sample: StrategySample, strategy: Strategy) -> TrendEvidence | Message:
    """Return the trends around the start, or why they could not be looked at."""
    try:
        return trend_evidence(sample.among(strategy.estimand.traits), strategy)
    except EstimationError as fault:
        why = fault.message
        if isinstance(why, Message) and "estimator" in why.parts:
            # That of the event study: the reader knows the answer's own.
            own = {**why.parts, "estimator": strategy.estimator}
            why = restore_message(Message, why.template, own)
        return Message("trends before could not be looked at: {why}", why=why)


def trend_notes(found: TrendEvidence | Message) -> tuple[Message, ...]:
    """Return what a reader of a difference in differences must know of its trends.

    Ratios and probabilities, which are in no unit of the outcome.

    Parameters
    ----------
    found : TrendEvidence or Message
        As `look_at_trends` returns it.
    """
    if isinstance(found, Message):
        return (found,)
    before = Message(
        "before the programme, in blocks of {months} months, the groups moved as unlike as this by "
        "chance in {p} of cases",
        months=found.months,
        p=Probability(found.before.p),
    )
    return before, _bounds_note(found.bounds)


def _bounds_note(bounds: HonestBounds) -> Message:
    if bounds.breakdown == 0.0:
        return Message(
            "in the same blocks the effect cannot be told from chance, even if the groups' trends "
            "would have been alike"
        )
    if math.isinf(bounds.breakdown):
        return Message("before the programme the groups' difference did not change at all")
    return Message(
        "in the same blocks the effect can be told from chance as long as the groups would have "
        "drifted apart at most {times} times as fast after as they did at most before",
        times=Amount(bounds.breakdown),
    )
