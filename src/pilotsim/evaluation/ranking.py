"""Designs by what they cost and what they can see; those that mislead come last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.run import DesignResult

# More false findings than this at a nominal 5 % (beyond two Monte Carlo errors) make a method no
# guide to anything.
MAX_FALSE = 0.065


@dataclass(frozen=True)
class Ranked:
    """A design with an answer strategy and its place.

    Parameters
    ----------
    tried : DesignResult
        What was tried.
    cost : float
        What the evaluation costs; NaN where the file does not say.
    minimum_detectable_effect : float
        The least effect that it can see; infinity where it sees none that was tried, NaN where that
        was not asked.
    is_misleading : bool
        Whether it is biased for its inquiry, or finds too much where there is nothing.
    is_randomised : bool
        Whether chance alone set the arms apart; otherwise they are alike in the simulation because
        the flow says so.
    dominated_by : DesignResult or None
        One that misleads nobody, is by lot where this one is, costs no more and sees at least as
        much; None where there is none, or the file does not say what they cost.
    """

    tried: DesignResult
    cost: float
    minimum_detectable_effect: float
    is_misleading: bool
    is_randomised: bool
    dominated_by: DesignResult | None


def _is_randomised(one: DesignResult) -> bool:
    return (
        one.design.part.is_randomised
        and one.strategy.compare == "arms"
        and find_estimator(one.strategy.estimator).compares_arms
    )


def is_misleading(tried: DesignResult) -> bool:
    """Tell whether a strategy is biased for its inquiry, or has too many false positives.

    Either must be beyond Monte Carlo error.
    """
    false = tried.diagnosis.false_positives
    return tried.diagnosis.is_biased or false.value - 2 * false.error > MAX_FALSE


def rank(tried: Sequence[DesignResult]) -> tuple[Ranked, ...]:
    """Return designs with their strategies from the best to the worst.

    Those that do not mislead come first; then the least effect, the error and the cost decide.
    """
    found = [_place(one, tried) for one in tried]
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.is_misleading,
                _or_infinite(one.minimum_detectable_effect),
                _or_infinite(one.tried.diagnosis.rmse.value),
                one.cost,
            ),
        )
    )


def _place(one: DesignResult, others: Sequence[DesignResult]) -> Ranked:
    better = next(
        (
            other
            for other in others
            if other.design is not one.design
            and not is_misleading(other)
            and (_is_randomised(other) or not _is_randomised(one))
            and other.strategy.estimand == one.strategy.estimand
            and cost_of(other) <= cost_of(one)
            and minimum_detectable_effect(other) <= minimum_detectable_effect(one)
            and (
                cost_of(other) < cost_of(one)
                or minimum_detectable_effect(other) < minimum_detectable_effect(one)
            )
        ),
        None,
    )
    return Ranked(
        one,
        cost_of(one),
        minimum_detectable_effect(one),
        is_misleading(one),
        _is_randomised(one),
        better,
    )


def cost_of(tried: DesignResult) -> float:
    """Return what an evaluation costs; NaN where the file does not say."""
    return tried.design.part.cost.number if tried.design.part.cost else math.nan


def minimum_detectable_effect(tried: DesignResult) -> float:
    """Return the least effect that a design can see.

    Infinity for none, NaN where that was not asked.
    """
    if tried.detectable is None:
        return math.nan
    return math.inf if math.isnan(tried.detectable.size) else tried.detectable.size


def _or_infinite(number: float) -> float:
    return math.inf if math.isnan(number) else number
