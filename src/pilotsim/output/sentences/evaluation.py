"""What an evaluation's diagnosis means for those who decide, in sentences: half a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pilotsim.base.statistics import wilson
from pilotsim.base.text import inside
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.ranking import Ranked, cost_of, minimum_detectable_effect, rank
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    SPACE,
    format_number,
    format_points,
    format_probability,
    format_with_error,
    name_of_currency,
)

# What stands before an answer that would mislead.
MISLEADS = "✗"
# From here on an estimate that is found is said to be too large.
MIN_EXAGGERATION = 1.3


def assessment(
    evaluation: Evaluation, tried: Sequence[DesignResult], language: str
) -> tuple[list[str], list[str]]:
    """Return the assessment of one cell: what is recommended and to be expected, then the others.

    Half a page: of each other design the strategy that stands first.
    """
    ranked = rank([one for one in tried if one.strategy.estimand.is_share])
    honest = [one for one in ranked if not one.is_misleading]
    usable = [
        one for one in honest if one.is_randomised and math.isfinite(one.minimum_detectable_effect)
    ]
    best = next((one for one in usable if _asks_main(one, evaluation)), None)
    was_asked = any(one.tried.detectable is not None for one in ranked)
    advice, others = [], []
    if best is None and was_asked:
        advice.append(say("assessed_no_best", language))
    if best is not None:
        advice += _recommendation(best, evaluation, language)
    told = {best.tried.design.name} if best else set()
    for one in ranked:
        if one.tried.design.name not in told:
            told.add(one.tried.design.name)
            others.append(_judgement(one, evaluation, language))
            others += _better(one, evaluation, language)
    if not was_asked:
        others.append(say("assessed_not_asked", language))
    return (advice, others) if advice else (others[:1], others[1:])


def _asks_main(one: Ranked, evaluation: Evaluation) -> bool:
    """Tell whether a strategy answers the first inquiry, the one that the evaluation is for."""
    return one.tried.strategy.estimand.name == next(iter(evaluation.estimands))


def _recommendation(best: Ranked, evaluation: Evaluation, language: str) -> Iterator[str]:
    found = best.tried.diagnosis
    size = format_points(best.minimum_detectable_effect, language)
    names = _names(best, evaluation, language)
    names["design"] = inside(names["design"])
    yield say("assessed_best", language, size=size, **names)
    yield say(
        "assessed_expect",
        language,
        truth=format_points(found.truth.value, language),
        power=format_probability(found.power.value, language),
    )
    if found.type_m.value > MIN_EXAGGERATION:
        times = format_number(found.type_m.value, language, 1)
        yield say("assessed_exaggerates", language, times=times)
    yield from _better(best, evaluation, language)


def _judgement(one: Ranked, evaluation: Evaluation, language: str) -> str:
    names = _names(one, evaluation, language)
    found = one.tried.diagnosis
    if found.is_biased:
        # Where lots alone set the arms apart they would not have differed; what the method finds
        # without an effect is then what it takes the passing of time for.
        is_drawn = one.is_randomised and found.reason == "anyway"
        reason = "drawn" if is_drawn else found.reason
        return say(f"assessed_biased_{reason}", language, **names)
    if one.is_misleading:
        share = format_probability(found.false_positives.value, language)
        return say("assessed_false", language, share=share, **names)
    if one.tried.detectable is None:
        power = share_of_draws(found.power.value, found.power.n, language)
        return say("assessed_of_power", language, power=power, **names)
    if not math.isfinite(one.minimum_detectable_effect):
        return say("assessed_sees_none", language, **names)
    key = "assessed_blind" if one.is_randomised else "assessed_if_alike"
    return say(key, language, size=format_points(one.minimum_detectable_effect, language), **names)


def _better(one: Ranked, evaluation: Evaluation, language: str) -> Iterator[str]:
    """Say which design costs no more and sees as much, if there is one."""
    other = one.dominated_by
    if other is None or one.is_misleading or not math.isfinite(minimum_detectable_effect(other)):
        return
    yield say(
        "assessed_dominated",
        language,
        design=inside(one.tried.design.says.in_language(language)),
        cost=_cost(one.tried, evaluation, language),
        size=least_effect(one.tried, language),
        better=inside(other.design.says.in_language(language)),
        answer=other.strategy.says_in(language),
        less=_cost(other, evaluation, language),
        smaller=least_effect(other, language),
    )


def _cost(tried: DesignResult, evaluation: Evaluation, language: str) -> str:
    return (
        format_number(cost_of(tried), language, 0)
        + SPACE
        + name_of_currency(evaluation.flow.currency, language)
    )


def least_effect(tried: DesignResult, language: str) -> str:
    """Return the least effect that a design sees, in percentage points for shares.

    `> 39` where it sees none of those that were tried; a dash where that was not asked.
    """
    size = minimum_detectable_effect(tried)
    scale, decimals = (100, 0) if tried.strategy.estimand.is_share else (1, 1)
    if tried.detectable is not None and math.isinf(size):
        size, sign = tried.detectable.most, f">{SPACE}"
        return sign + format_number(scale * size, language, decimals)
    return format_number(scale * size, language, 1)


def share_of_draws(share: float, draws: int, language: str) -> str:
    """Return a share of draws in per cent, never as none or all: no number of draws shows that."""
    if share in (0.0, 1.0):
        found = wilson(round(share * draws), draws)
        return format_probability(share, language, (found.low, found.high))
    return format_probability(share, language)


def _names(one: Ranked, evaluation: Evaluation, language: str) -> dict[str, str]:
    return {
        "design": one.tried.design.says.in_language(language),
        "answer": one.tried.strategy.says_in(language),
        "inquiry": evaluation.says_of(one.tried.strategy.estimand.name, language),
        "bias": _bias(one.tried, language),
    }


def _bias(tried: DesignResult, language: str) -> str:
    """Return a bias with its Monte Carlo error, in percentage points."""
    bias = tried.diagnosis.bias
    return format_with_error(100 * bias.value, 100 * bias.error, language)
