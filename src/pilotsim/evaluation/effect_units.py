"""What effects are counted in, in words: the one home of a unit in tables, notes and checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pilotsim.base.amounts import Amount
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.evaluation.estimands import Estimand, Unit
from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.strategy import Strategy

__all__ = ["UNIT_WORDS", "give_unit", "in_words"]

UNIT_WORDS: Mapping[Unit, Message] = {
    "points": Message("percentage points"),
    "months": Message("months"),
    "kroner": Message("kroner"),
    "ratio": Message("ratio"),
}


def in_words(estimand: Estimand) -> tuple[Message, float]:
    """Return what a difference in an outcome is counted in for people, and times what."""
    return UNIT_WORDS[estimand.unit], 100.0 if estimand.unit == "points" else 1.0


def give_unit(
    check: AssumptionCheck, strategy: Strategy, names: Collection[str]
) -> AssumptionCheck:
    """Return a check with the unit of the outcome behind some numbers of its text.

    Checks of `pilotsim.effects` know arrays and no units. A ratio of rates has none.

    Parameters
    ----------
    check : AssumptionCheck
        What it found.
    strategy : Strategy
        The answer whose outcome it was about.
    names : collection of str
        The parts of the text that are in the unit of the outcome.
    """
    text = check.text
    if find_estimator(strategy.estimator).scale != "difference" or not isinstance(text, Message):
        return check
    unit, factor = in_words(strategy.estimand)
    said = {
        name: Message("{number} {unit}", number=Amount(factor * part), unit=unit)
        for name, part in text.parts.items()
        if name in names and isinstance(part, float)
    }
    return AssumptionCheck(
        check.name,
        check.passed,
        check.statistic,
        type(text)(text.template, **{**text.parts, **said}),
        check.evidence,
    )
