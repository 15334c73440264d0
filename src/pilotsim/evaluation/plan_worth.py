"""What a released effect comes to in kroner, less what the programme costs."""

from __future__ import annotations

from dataclasses import dataclass

from pilotsim.base.quantity import Quantity
from pilotsim.effects.net_benefit import NetBenefit, PriceRange, value_net
from pilotsim.evaluation.estimands import AMOUNT
from pilotsim.evaluation.release import PlanAnswer, RegisterAnalysis

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
        Of the programme for each client.
    net : NetBenefit
        What is saved, less that.
    """

    finding: PlanAnswer
    cost: PriceRange
    net: NetBenefit


def worth_of(found: RegisterAnalysis) -> WorthAnswer | None:
    """Return what the plan's answer about assistance comes to; None without one that was released.

    From what was released of the effect, and from the prices in the plan.
    """
    asked = found.plan.worth
    if asked is None:
        return None
    finding = next(one for one in found.findings if one.strategy.name == asked.answer)
    if finding.effect is None or not finding.effect.error > 0.0:
        return None
    is_amount = finding.strategy.estimand.outcome == AMOUNT
    price = ONE if is_amount or asked.price is None else range_of(asked.price)
    cost = range_of(asked.cost)
    net = value_net(finding.effect, price, cost, level=found.plan.level.number)
    return WorthAnswer(finding, cost, net)


def range_of(price: Quantity) -> PriceRange:
    """Return the range of a price of a file; the price alone where it has none."""
    low = price.number if price.low is None else price.low
    high = price.number if price.high is None else price.high
    return PriceRange(price.number, low, high)
