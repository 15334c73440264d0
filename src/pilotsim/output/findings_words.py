"""Findings in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pilotsim.experiments.findings.records import (
    FactorInfo,
    FailureRegion,
    Findings,
    Interaction,
    ResponseInfo,
    ScenarioDifference,
    SensitivityResult,
    VarianceSplit,
)
from pilotsim.experiments.sensitivity.prim import BoxLimit
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.numbers import (
    format_change,
    format_measure,
    format_number,
    format_value,
    join,
)

MAX_SENTENCES, MAX_FACTORS = 5, 3
SPACE = "\u00a0"


def lead(findings: Findings, language: str) -> list[str]:
    """Return what was found in a few sentences: the clearest of each kind."""
    kinds = (
        _changes(findings, language),
        _missed(findings, language),
        _together(findings, language),
        _hangs(findings, language),
        _spreads(findings, language),
    )
    sentences = [sentence for kind in kinds for sentence in kind]
    return sentences[:MAX_SENTENCES]


def name_of(findings: Findings, response: str, language: str) -> str:
    """Return what a response counts."""
    return findings.responses[response].says.in_language(language).rstrip(".")


def scenario_of(findings: Findings, scenario: str, language: str) -> str:
    """Return what a scenario is."""
    return findings.scenarios[scenario].in_language(language).rstrip(".")


def show_factor(varied: FactorInfo, number: float, language: str) -> str:
    """Return a number of a factor in the unit in which the flow writes it."""
    if varied.value.kind == "number" and not varied.value.written:
        return format_number(number, language)
    return format_value(varied.value, language, number)


def round_shown(text: str, language: str) -> str:
    """Return a number with its unit with three digits that count."""
    found = re.match(r"[0-9][0-9.,\u00a0]*[0-9]", text)
    if found is None:
        return text
    style = catalogue_of(language).numbers
    digits = found[0].replace(style.thousands, "").replace(style.decimal, ".")
    return format_number(float(digits), language) + text[found.end() :]


def show_change(asked: ResponseInfo, change: float, language: str) -> str:
    """Return a difference of a response with its unit."""
    return format_change(change, asked.kind, language)


def show_share(share: float, language: str) -> str:
    """Return a share in whole per cent."""
    return "–" if math.isnan(share) else format_number(100 * share, language, 0) + SPACE + "%"


def _changes(findings: Findings, language: str) -> Iterator[str]:
    """Yield the surest change of each scenario, each of another response as long as there are others; then what nothing changes."""
    left = sorted(
        (one for one in findings.compared if one.change.is_clear), key=lambda one: -_sureness(one)
    )
    told: set[str] = set()
    while left:
        one = next((one for one in left if one.response not in told), left[0])
        told.add(one.response)
        left = [other for other in left if other.scenario != one.scenario]
        yield change_in_words(findings, one, language)
    moved = {one.response for one in findings.compared if one.change.is_clear}
    for response in dict.fromkeys(one.response for one in findings.compared):
        if response not in moved:
            yield say("found_no_change", language, response=name_of(findings, response, language))


def _sureness(one: ScenarioDifference) -> float:
    half = (one.change.high - one.change.low) / 2
    return abs(one.change.mean) / half if half > 0 else math.inf


def change_in_words(findings: Findings, one: ScenarioDifference, language: str) -> str:
    """Return a difference as a sentence."""
    asked = findings.responses[one.response]
    return say(
        "found_change",
        language,
        scenario=scenario_of(findings, one.scenario, language),
        response=name_of(findings, one.response, language),
        before=format_measure(one.before, asked.kind, language),
        after=format_measure(one.after, asked.kind, language),
        change=show_change(asked, one.change.mean, language),
        low=show_change(asked, one.change.low, language),
        high=show_change(asked, one.change.high, language),
    )


def _within(findings: Findings, scenario: str, sentence: str, language: str) -> str:
    """Return a sentence with its scenario before it, where there are several."""
    if len(findings.scenarios) == 1:
        return sentence
    return say(
        "in_scenario",
        language,
        scenario=scenario_of(findings, scenario, language),
        sentence=sentence,
    )


def _spreads(findings: Findings, language: str) -> Iterator[str]:
    yield from (
        _within(findings, one.scenario, spread_in_words(findings, one, language), language)
        for one in findings.spreads
    )


def spread_in_words(findings: Findings, one: VarianceSplit, language: str) -> str:
    """Return how much of a spread is chance as a sentence."""
    response, spread = name_of(findings, one.response, language), one.spread
    if math.isnan(spread.share_of_assumptions):
        return say("found_no_spread", language, response=response)
    shares = [
        show_share(share, language)
        for share in (spread.share_of_assumptions, spread.low, spread.high)
    ]
    rest = say("found_rest_drawn" if findings.drawn else "found_rest", language)
    return say(
        "found_spread",
        language,
        response=response,
        share=shares[0],
        low=shares[1],
        high=shares[2],
        rest=rest,
    )


def _hangs(findings: Findings, language: str) -> Iterator[str]:
    for one in findings.hangs:
        sentence = hang_in_words(findings, one, language)
        if sentence:
            yield _within(findings, one.scenario, sentence, language)


def hang_in_words(findings: Findings, one: SensitivityResult, language: str) -> str:
    """Return what a response hangs on most as a sentence; nothing where it hangs on nothing."""
    asked, named = findings.responses[one.response], []
    if one.indices is not None:
        for index in one.indices.ranked()[:MAX_FACTORS]:
            if index.total_low > 0:
                factor = findings.factors[index.factor].says.in_language(language)
                named.append(
                    say(
                        "found_index",
                        language,
                        factor=factor,
                        share=show_share(index.total, language),
                    )
                )
    elif one.effects is not None:
        for effect in one.effects.ranked()[:MAX_FACTORS]:
            if effect.low > 0:
                factor = findings.factors[effect.factor].says.in_language(language)
                named.append(
                    say(
                        "found_effect",
                        language,
                        factor=factor,
                        change=show_change(asked, effect.mean, language),
                    )
                )
    if not named:
        return ""
    return say(
        "found_indices",
        language,
        response=name_of(findings, one.response, language),
        factors=join(named, language),
    )


def _missed(findings: Findings, language: str) -> Iterator[str]:
    yield from (
        _within(findings, one.scenario, missed_in_words(findings, one, language), language)
        for one in findings.missed
    )


def missed_in_words(findings: Findings, one: FailureRegion, language: str) -> str:
    """Return where a target is missed as a sentence."""
    found, response = one.discovery, name_of(findings, one.response, language)
    missed = show_share(found.missed, language)
    if not found.limits:
        return say("found_missed_nowhere", language, response=response, missed=missed)
    limits = join([limit_in_words(findings, limit, language) for limit in found.limits], language)
    density, coverage = show_share(found.density, language), show_share(found.coverage, language)
    return say(
        "found_missed",
        language,
        response=response,
        missed=missed,
        limits=limits,
        density=density,
        coverage=coverage,
    )


def limit_in_words(findings: Findings, limit: BoxLimit, language: str) -> str:
    """Return a restriction in words."""
    varied = findings.factors[limit.factor]
    low, high = (
        round_shown(show_factor(varied, end, language), language) if math.isfinite(end) else ""
        for end in (limit.low, limit.high)
    )
    key = "limit_between" if low and high else "limit_above" if low else "limit_below"
    return say(key, language, factor=varied.says.in_language(language), low=low, high=high)


def _together(findings: Findings, language: str) -> Iterator[str]:
    yield from (
        _within(findings, one.scenario, together_in_words(findings, one, language), language)
        for one in findings.together
    )


def together_in_words(findings: Findings, one: Interaction, language: str) -> str:
    """Return how two factors act together as a sentence."""
    asked, grid = findings.responses[one.response], one.grid
    first, second = findings.factors[one.first], findings.factors[one.second]
    steps = [grid.cells[-1][column].mean - grid.cells[0][column].mean for column in (0, -1)]
    return say(
        "found_together",
        language,
        response=name_of(findings, one.response, language),
        first=first.says.in_language(language),
        second=second.says.in_language(language),
        low=show_factor(first, grid.first[0], language),
        high=show_factor(first, grid.first[-1], language),
        second_low=show_factor(second, grid.second[0], language),
        second_high=show_factor(second, grid.second[-1], language),
        at_low=show_change(asked, steps[0], language),
        at_high=show_change(asked, steps[1], language),
        together=show_change(asked, grid.together.mean, language),
        from_=show_change(asked, grid.together.low, language),
        to=show_change(asked, grid.together.high, language),
    )
