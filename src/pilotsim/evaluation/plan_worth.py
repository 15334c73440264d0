"""What a released effect comes to in kroner, less what the programme costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.quantity import Quantity
from pilotsim.effects.net_benefit import EVERYBODY, NetBenefit, PriceRange, StartShare, value_net
from pilotsim.evaluation.estimands import AMOUNT
from pilotsim.evaluation.release import PlanAnswer, RegisterAnalysis
from pilotsim.evaluation.strategy import StrategySample

# An amount is in kroner already.
ONE = PriceRange(1.0, 1.0, 1.0)


@dataclass(frozen=True)
class WorthAnswer:
    """An answer with what it comes to in kroner for each client offered.

    Parameters
    ----------
    finding : PlanAnswer
        The answer as it was released.
    cost : PriceRange
        Of the programme for each client offered, or for each who starts.
    net : NetBenefit
        What is saved, less that.
    starts : StartShare or None
        How many of the offered start, where the cost is of those who do.
    """

    finding: PlanAnswer
    cost: PriceRange
    net: NetBenefit
    starts: StartShare | None = None


def worth_of(found: RegisterAnalysis) -> WorthAnswer | None:
    """Return what the plan's answer about assistance comes to; None without one that was released.

    From what was released of the effect and of who started, and from the prices in the plan. None
    too where the cost is of each who starts, and how many did is not known or may not be told.
    """
    asked = found.plan.worth
    if asked is None:
        return None
    finding = next(one for one in found.findings if one.strategy.name == asked.answer)
    if finding.effect is None or not finding.effect.error > 0.0:
        return None
    is_of_starters = asked.per == "started"
    if is_of_starters and found.starts is None:
        return None
    starts = found.starts if is_of_starters else None
    is_amount = finding.strategy.estimand.outcome == AMOUNT
    price = ONE if is_amount or asked.price is None else range_of(asked.price)
    cost = range_of(asked.cost)
    level = found.plan.level.number
    net = value_net(finding.effect, price, cost, level=level, starts=starts or EVERYBODY)
    return WorthAnswer(finding, cost, net, starts)


def share_who_start(sample: StrategySample, months: int) -> StartShare | None:
    """Return the share of the offered who started, less that of the others; None if nobody says.

    Its error follows what was drawn: clients, or districts as a whole where several were.

    Parameters
    ----------
    sample : StrategySample
        Those in either arm.
    months : int
        Within which they started.
    """
    if not sample.panel.shows_starts:
        return None
    started = sample.started_within(months)
    is_whole = sample.rule is not None and sample.rule.unit == "district"
    share, variance = 0.0, 0.0
    for arm, sign in ((1.0, 1.0), (0.0, -1.0)):
        own = sample.arm == arm
        if not own.any():
            continue
        apart = started[own] - started[own].mean()
        sums = np.bincount(sample.panel.district[own], apart) if is_whole else apart
        drawn = len(np.unique(sample.panel.district[own])) if is_whole else len(apart)
        # The spread between districts cannot be seen in one of them.
        if drawn < 2:
            sums, drawn = apart, len(apart)
        share += sign * float(started[own].mean())
        variance += float((sums**2).sum()) / len(apart) ** 2 * drawn / max(drawn - 1, 1)
    return StartShare(share, math.sqrt(variance))


def range_of(price: Quantity) -> PriceRange:
    """Return the range of a price of a file; the price alone where it has none."""
    low = price.number if price.low is None else price.low
    high = price.number if price.high is None else price.high
    return PriceRange(price.number, low, high)
