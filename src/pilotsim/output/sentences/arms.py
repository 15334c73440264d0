"""What two of several arms are called, and which of their answers a figure can draw."""

from __future__ import annotations

from pilotsim.evaluation.release.digits import step_of, to_step
from pilotsim.evaluation.several_arms_analysis import (
    ArmsAnswer,
    ArmsContrast,
    SeveralArmsAnalysis,
)
from pilotsim.language.catalogue import say

__all__ = ["answers_drawn", "arm_of", "arms_of", "together_of"]


def arms_of(found: SeveralArmsAnalysis, contrast: ArmsContrast, language: str) -> str:
    """Return which two arms are compared, in words."""
    first, second = (arm_of(found, name, language) for name in contrast.pair)
    return say("arms_pair", language, first=first, second=second)


def arm_of(found: SeveralArmsAnalysis, name: str, language: str) -> str:
    """Return what an arm is called, for people."""
    several = found.plan.rule.several
    assert several is not None
    says = several.arms[name].says
    return says.in_language(language) if says else name


def together_of(answer: ArmsAnswer) -> tuple[float, float]:
    """Return the interval that holds for all answers together, to the digits that are shown."""
    effect = answer.finding.effect
    assert effect is not None
    step = step_of(effect, is_share=answer.finding.strategy.estimand.is_share)
    return to_step(answer.low, step), to_step(answer.high, step)


def answers_drawn(found: SeveralArmsAnalysis) -> list[ArmsAnswer]:
    """Return the first answer of each pair that has a size to draw; a test has none."""
    return [
        one.answers[0]
        for one in found.contrasts
        if one.answers[0].finding.effect is not None and one.answers[0].finding.unit is not None
    ]
