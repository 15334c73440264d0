"""What an evaluation found of a plan's design, beside the plan and beside its result."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.evaluation.filed_evaluation import FiledDiagnosis, FiledFigure
from pilotsim.evaluation.inquiry_labels import label_of
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.run import estimates_size
from pilotsim.evaluation.strategy import Strategy
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_measure,
    format_number,
    format_points,
    format_with_error,
)
from pilotsim.output.document import Block, Listing, Paragraph, Section, Span
from pilotsim.output.sentences.evaluation import MISLEADS, share_of_draws

__all__ = ["section_of_evaluated"]


def section_of_evaluated(plan: PreAnalysisPlan, language: str, *, is_brief: bool = True) -> Section:
    """Return what was found of each answer in simulated pilots, or that nobody tried the design.

    Parameters
    ----------
    plan : PreAnalysisPlan
        With what was filed.
    language : str
        One of `LANGUAGES`.
    is_brief : bool
        Whether it belongs on one screen of a terminal; what misleads always does.
    """
    heading = say("evaluated_heading", language)
    if plan.evaluated is None:
        nothing = Paragraph.of(say("evaluated_not", language), role="note", is_brief=is_brief)
        return Section("evaluated", heading, [nothing])
    items = [
        item for strategy in plan.strategies() for item in _of_answer(plan, strategy, language)
    ]
    blocks: list[Block] = [Listing(items), *_from(plan, language)]
    return Section("evaluated", heading, blocks)


def _of_answer(plan: PreAnalysisPlan, strategy: Strategy, language: str) -> Iterator[Paragraph]:
    assert plan.evaluated is not None
    found = plan.evaluated.of(strategy.name)
    for one in found:
        levels = ", ".join(f"{name} = {level}" for name, level in one.where.items())
        said = _says(plan, strategy, one, language)
        text = f"{levels}: {said}" if levels else said
        if one.misleads:
            yield Paragraph.of(Span(f"{MISLEADS} {text}", "bad"))
        else:
            yield Paragraph.of(text)
    if not found:
        answer = strategy.says_in(language)
        yield Paragraph.of(say("evaluated_untried", language, answer=answer), role="note")


def _says(plan: PreAnalysisPlan, strategy: Strategy, one: FiledDiagnosis, language: str) -> str:
    answer = strategy.says_in(language)
    in_points = strategy.estimand.is_share and estimates_size(strategy)
    asked = plan.inquiries[strategy.estimand.name].says
    names = {
        "design": plan.says.in_language(language),
        "answer": answer,
        "inquiry": label_of(asked, strategy.estimand, language),
    }
    bias = _size(one.bias, language, in_points=in_points)
    if one.reason and in_points:
        # Lots alone would not have set the arms apart.
        is_drawn = plan.is_lottery and one.reason == "anyway"
        key = f"assessed_biased_{'drawn' if is_drawn else one.reason}"
        return say(key, language, bias=bias, **names)
    if one.reason:
        return say("evaluated_biased", language, bias=bias, **names)
    if one.misleads:
        share = _share(one.false_positives, one.worked, language)
        return say("assessed_false", language, share=share, **names)
    if one.power is None:
        return say("evaluated_silent", language, answer=answer)
    power = _share(one.power, one.worked, language)
    if one.coverage is None or one.bias is None:
        return say("evaluated_sees", language, answer=answer, power=power)
    parts = {"power": power, "coverage": _share(one.coverage, one.worked, language), "bias": bias}
    key = "evaluated_trust_points" if in_points else "evaluated_trust"
    said = say(key, language, answer=answer, **parts)
    if one.least_effect is not None and in_points:
        size = format_points(one.least_effect.value, language)
        said = f"{said} {say('evaluated_least', language, size=size)}"
    return said


def _size(figure: FiledFigure | None, language: str, *, in_points: bool) -> str:
    """Return a bias with its Monte Carlo error."""
    if figure is None:
        return ""
    scale = 100.0 if in_points else 1.0
    return format_with_error(scale * figure.value, scale * (figure.error or 0.0), language)


def _share(figure: FiledFigure | None, draws: int, language: str) -> str:
    return "" if figure is None else share_of_draws(figure.value, draws, language)


def _from(plan: PreAnalysisPlan, language: str) -> Iterator[Block]:
    """Yield from what it is, and what was believed."""
    filed = plan.evaluated
    assert filed is not None
    if filed.prior is not None:
        prior = filed.prior
        asked = plan.inquiries[prior.inquiry].says if prior.inquiry in plan.inquiries else None
        mean, low, high = (
            format_number(number, language, 1) for number in (prior.mean, prior.low, prior.high)
        )
        said = say(
            "evaluated_prior",
            language,
            inquiry=asked.in_language(language) if asked else prior.inquiry,
            mean=mean,
            low=low,
            high=high,
            below=format_measure(prior.below_zero, "share", language),
        )
        yield Paragraph.of(said, role="note")
    draws = format_number(filed.draws, language, 0)
    said = say("evaluated_from", language, draws=draws, seed=filed.seed, hash=filed.hash[:12])
    yield Paragraph.of(said, role="note")
