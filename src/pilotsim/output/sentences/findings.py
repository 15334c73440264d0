"""What a study found, in sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pilotsim.base.statistics import Interval, wilson
from pilotsim.experiments.findings.history_matching import ENOUGH, RemainingRange, RuledOut
from pilotsim.experiments.findings.records import (
    FactorInfo,
    FailureRegion,
    Findings,
    Interaction,
    ResponseInfo,
    ScenarioDifference,
    SensitivityResult,
    SurrogateQuality,
    VarianceSplit,
)
from pilotsim.experiments.sensitivity.prim import BoxLimit
from pilotsim.language.catalogue import catalogue_of, say, translate
from pilotsim.language.numbers import (
    MINUS,
    format_change,
    format_change_and_range,
    format_measure,
    format_number,
    format_probability,
    format_value,
    join,
)

MAX_SENTENCES, MAX_FACTORS = 5, 3


def lead(findings: Findings, language: str) -> list[str]:
    """Return what was found in a few sentences: the clearest of each kind."""
    kinds = (
        _changes(findings, language),
        ruled_out_in_words(findings, language),
        _missed(findings, language),
        _together(findings, language),
        _hangs(findings, language),
        _spreads(findings, language),
        _told(findings, language),
    )
    sentences = [sentence for kind in kinds for sentence in kind]
    return sentences[:MAX_SENTENCES]


def name_of(findings: Findings, response: str, language: str) -> str:
    """Return what a response counts."""
    return findings.responses[response].says.in_language(language).rstrip(".")


def short_name_of(findings: Findings, response: str, language: str) -> str:
    """Return what a response counts without the words of the target of which it is a reading."""
    return name_of(findings, response, language).rpartition(": ")[2]


def scenario_of(findings: Findings, scenario: str, language: str) -> str:
    """Return what a scenario is."""
    return findings.scenarios[scenario].in_language(language).rstrip(".")


def factor_of(findings: Findings, factor: str, language: str) -> str:
    """Return what a factor is."""
    return findings.factors[factor].says.in_language(language)


def show_factor(varied: FactorInfo, number: float, language: str) -> str:
    """Return a number of a factor in the unit in which the flow writes it."""
    if varied.value.kind == "number" and not varied.value.written:
        return format_number(number, language)
    return format_value(varied.value, language, number)


def show_factor_range(varied: FactorInfo, low: float, high: float, language: str) -> str:
    """Return a range of a factor, each end with three digits that count."""
    first, last = (round_shown(show_factor(varied, end, language), language) for end in (low, high))
    return first if first == last else f"{first} {say('to', language)} {last}"


def round_shown(text: str, language: str) -> str:
    """Return a number with its unit with three digits that count."""
    found = re.match(f"({MINUS}?)([0-9][0-9.,\u00a0]*[0-9])", text)
    if found is None:
        return text
    style = catalogue_of(language).numbers
    digits = found[2].replace(style.thousands, "").replace(style.decimal, ".")
    return found[1] + format_number(float(digits), language) + text[found.end() :]


def show_change(asked: ResponseInfo, change: float, language: str) -> str:
    """Return a difference of a response with its unit."""
    return format_change(change, asked.kind, language)


def show_change_and_range(asked: ResponseInfo, change: Interval, language: str) -> tuple[str, str]:
    """Return a difference of a response and its interval, with as many decimals."""
    return format_change_and_range(change.mean, change.low, change.high, asked.kind, language)


def show_change_short(asked: ResponseInfo, change: float, language: str) -> str:
    """Return a difference of a response without percentage points, which a heading names."""
    return format_change(change, asked.kind, language, with_unit=asked.kind != "share")


def show_share(share: float, language: str, count: float = math.nan) -> str:
    """Return a share in whole per cent, never 0 or 100.

    Parameters
    ----------
    share : float
        NaN becomes a dash.
    language : str
        One of `LANGUAGES`.
    count : float, optional
        Of how many: where it is all or none of them, this is what can be said.
    """
    is_all_or_none = share in (0.0, 1.0)
    if not is_all_or_none or math.isnan(count) or count < 1:
        return format_probability(share, language)

    runs = round(count)
    found = wilson(round(share * runs), runs)
    return format_probability(share, language, (found.low, found.high))


def _changes(findings: Findings, language: str) -> Iterator[str]:
    """Yield the clearest change of each scenario, then the responses that nothing changes.

    Each is of another response as long as there are others.
    """
    left = sorted(
        (one for one in findings.compared if one.change.is_clear), key=lambda one: -sureness(one)
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


def sureness(one: ScenarioDifference) -> float:
    """Return how many times half its interval a difference is away from none."""
    half = (one.change.high - one.change.low) / 2
    return abs(one.change.mean) / half if half > 0 else math.inf


def change_in_words(findings: Findings, one: ScenarioDifference, language: str) -> str:
    """Return a difference as a sentence."""
    asked = findings.responses[one.response]
    before = format_measure(one.before, asked.kind, language)
    after = format_measure(one.after, asked.kind, language)
    change, ends = show_change_and_range(asked, one.change, language)
    return say(
        "found_change" if before != after else "found_change_unseen",
        language,
        scenario=scenario_of(findings, one.scenario, language),
        response=name_of(findings, one.response, language),
        before=before,
        after=after,
        change=change,
        range=ends,
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
    for one in findings.spreads:
        yield _within(findings, one.scenario, spread_in_words(findings, one, language), language)


def spread_in_words(findings: Findings, one: VarianceSplit, language: str) -> str:
    """Return how much of a spread is chance as a sentence."""
    response = name_of(findings, one.response, language)
    share = one.spread.share_of_assumptions
    if math.isnan(share):
        return say("found_no_spread", language, response=response)
    return say(
        "found_spread_drawn" if findings.drawn else "found_spread",
        language,
        response=response,
        share=show_share(share, language),
        low=show_share(one.spread.low, language),
        high=show_share(one.spread.high, language),
    )


def _hangs(findings: Findings, language: str) -> Iterator[str]:
    for one in findings.hangs:
        sentence = hang_in_words(findings, one, language)
        if sentence:
            yield _within(findings, one.scenario, sentence, language)


def hang_in_words(findings: Findings, one: SensitivityResult, language: str) -> str:
    """Return what a response hangs on most as a sentence; nothing where it hangs on nothing."""
    if one.distribution is not None:
        return _moved_in_words(findings, one, language)
    factors = [*_strongest_indices(findings, one, language)]
    factors += _strongest_shares(findings, one, language)
    factors += _strongest_effects(findings, one, language)
    if not factors:
        return ""
    return say(
        "found_indices",
        language,
        response=name_of(findings, one.response, language),
        factors=join(factors, language),
    )


def _strongest_indices(findings: Findings, one: SensitivityResult, language: str) -> Iterator[str]:
    for index in one.indices.ranked()[:MAX_FACTORS] if one.indices else ():
        if index.total_low > 0:
            yield say(
                "found_index",
                language,
                factor=factor_of(findings, index.factor, language),
                share=show_share(index.total, language),
            )


def _strongest_shares(findings: Findings, one: SensitivityResult, language: str) -> Iterator[str]:
    for effect in one.shapley.ranked()[:MAX_FACTORS] if one.shapley else ():
        if effect.low > 0:
            yield say(
                "found_index",
                language,
                factor=factor_of(findings, effect.factor, language),
                share=show_share(effect.share, language),
            )


def _moved_in_words(findings: Findings, one: SensitivityResult, language: str) -> str:
    """Return with which factors a distribution moves most; that it does with none; or why not."""
    found = one.distribution
    assert found is not None
    response = name_of(findings, one.response, language)
    measure = measure_of(one, language)
    if math.isnan(found.limit):
        points = format_number(found.points, language, 0)
        return say(
            "found_distribution_unknown",
            language,
            response=response,
            points=points,
            measure=measure,
        )
    factors = [
        say(
            "found_index",
            language,
            factor=factor_of(findings, index.factor, language),
            share=show_index(index.index, language),
        )
        for index in found.ranked()[:MAX_FACTORS]
        if index.is_clear
    ]
    if not factors:
        return say("found_distribution_none", language, response=response, measure=measure)
    return say(
        "found_distribution",
        language,
        response=response,
        factors=join(factors, language),
        measure=measure,
    )


def measure_of(one: SensitivityResult, language: str) -> str:
    """Return what a measure of how far a distribution moves is called."""
    return say("measure_delta" if one.method == "delta" else "measure_pawn", language)


def show_index(index: float, language: str) -> str:
    """Return an index from 0 to 1 with two decimals."""
    return format_number(index, language, 2)


def _strongest_effects(findings: Findings, one: SensitivityResult, language: str) -> Iterator[str]:
    asked = findings.responses[one.response]
    for effect in one.effects.ranked()[:MAX_FACTORS] if one.effects else ():
        if effect.low > 0:
            yield say(
                "found_effect",
                language,
                factor=factor_of(findings, effect.factor, language),
                change=show_change(asked, effect.mean, language),
            )


def _missed(findings: Findings, language: str) -> Iterator[str]:
    for one in findings.missed:
        yield _within(findings, one.scenario, missed_in_words(findings, one, language), language)


def missed_in_words(findings: Findings, one: FailureRegion, language: str) -> str:
    """Return where a target is missed as a sentence."""
    found = one.discovery
    response = name_of(findings, one.response, language)
    missed = show_share(found.missed, language, found.points)
    undefined = _undefined_in_words(one, response, language)
    if not found.points:
        return undefined
    if not found.limits:
        nowhere = say("found_missed_nowhere", language, response=response, missed=missed)
        return f"{nowhere} {undefined}".rstrip()
    limits = [limit_in_words(findings, limit, language) for limit in found.limits]
    where = say(
        "found_missed",
        language,
        response=response,
        missed=missed,
        limits=join(limits, language),
        density=show_share(found.density, language, found.support * found.points),
        coverage=show_share(found.coverage, language, found.missed * found.points),
    )
    return f"{where} {undefined}".rstrip()


def _undefined_in_words(one: FailureRegion, response: str, language: str) -> str:
    """Return in how many runs nobody could tell; nothing where one could in all."""
    if not one.undefined:
        return ""
    share = show_share(one.undefined / one.runs, language, one.runs)
    return say("found_undefined", language, response=response, share=share)


def limit_in_words(findings: Findings, limit: BoxLimit, language: str) -> str:
    """Return a restriction in words."""
    varied = findings.factors[limit.factor]
    ends = {
        name: round_shown(show_factor(varied, end, language), language)
        for name, end in (("low", limit.low), ("high", limit.high))
        if math.isfinite(end)
    }
    key = "limit_between"
    if len(ends) == 1:
        key = "limit_above" if "low" in ends else "limit_below"
    return say(key, language, factor=varied.says.in_language(language), **ends)


def _together(findings: Findings, language: str) -> Iterator[str]:
    for one in findings.together:
        yield _within(findings, one.scenario, together_in_words(findings, one, language), language)


def together_in_words(findings: Findings, one: Interaction, language: str) -> str:
    """Return how two factors act together as a sentence."""
    asked, grid = findings.responses[one.response], one.grid
    first, second = findings.factors[one.first], findings.factors[one.second]
    steps = [grid.cells[-1][column].mean - grid.cells[0][column].mean for column in (0, -1)]
    joint = grid.together
    if grid.is_flat:
        return say(
            "found_flat",
            language,
            response=name_of(findings, one.response, language),
            first=first.says.in_language(language),
            low=show_factor(first, grid.first[0], language),
            high=show_factor(first, grid.first[-1], language),
            change=show_change(asked, grid.largest.mean, language),
        )
    together, ends = show_change_and_range(asked, joint, language)
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
        together=together,
        range=ends,
    )


def _told(findings: Findings, language: str) -> Iterator[str]:
    for one in findings.surrogates:
        yield _within(findings, one.scenario, surrogate_in_words(findings, one, language), language)


def surrogate_in_words(findings: Findings, one: SurrogateQuality, language: str) -> str:
    """Return how well a surrogate tells a response, or why there is none."""
    response = name_of(findings, one.response, language)
    if one.refused is not None:
        reason = translate(one.refused, language)
        return say("found_surrogate_none", language, response=response, reason=reason)
    told = say(
        "found_surrogate",
        language,
        response=response,
        share=show_share(one.explained, language),
        half=show_size(findings.responses[one.response], one.half_width, language),
        points=format_number(len(one.points), language, 0),
    )
    if one.unknown:
        count = format_number(one.unknown, language, 0)
        told += " " + say("found_surrogate_unknown", language, count=count)
    return told


def show_size(asked: ResponseInfo, size: float, language: str) -> str:
    """Return the size of an error of a response with its unit, without a sign."""
    return show_change(asked, size, language).lstrip("+")


def ruled_out_in_words(findings: Findings, language: str) -> Iterator[str]:
    """Yield what figures from outside rule out, what remains, and which of them could not be used.

    Nothing where none was asked for.
    """
    found = findings.ruled_out
    if found is None:
        return
    if found.refused is not None:
        reason = translate(found.refused, language)
        yield say("found_ruled_out_refused", language, reason=reason)
    if found.figures:
        told = _ruled_out(findings, found, language)
        yield _within(findings, found.scenario, told, language)
    for response in found.unused:
        yield say(
            "found_ruled_out_unused", language, response=name_of(findings, response, language)
        )


def _ruled_out(findings: Findings, found: RuledOut, language: str) -> str:
    first = found.figures[0]
    parts = {
        "response": name_of(findings, first.response, language),
        "points": format_number(found.points, language, 0),
    }
    if not found.remaining:
        return say("found_ruled_out_all", language, **parts)
    if found.remaining == found.points:
        return say("found_ruled_out_nothing", language, **parts)
    told = say(
        "found_ruled_out_one" if len(found.figures) == 1 else "found_ruled_out",
        language,
        **parts,
        share=show_share(found.share, language),
        alone=show_share(first.alone, language),
    )
    narrowed = [remaining_in_words(findings, one, language) for one in narrowed_ranges(found)]
    if narrowed:
        told += " " + say("found_remains", language, ranges=join(narrowed, language))
    if found.remaining < ENOUGH:
        count = format_number(found.remaining, language, 0)
        told += " " + say("found_remains_few", language, count=count)
    return told


# A range that kept more than this of its width is told as whole, and so is an end that it is so
# near to, as a part of the width.
NARROWED, END = 0.95, 0.01


def narrowed_ranges(found: RuledOut) -> list[RemainingRange]:
    """Return the ranges that figures narrow most, at most three, the narrowest first."""
    ranges = [one for one in found.ranges if is_narrowed(one)]
    return sorted(ranges, key=lambda one: one.width)[:MAX_FACTORS]


def is_narrowed(one: RemainingRange) -> bool:
    """Tell whether so much of a range is ruled out that it is told."""
    return one.width < NARROWED


def remaining_in_words(findings: Findings, one: RemainingRange, language: str) -> str:
    """Return what remains of a factor's range, in words; an end that it keeps is not told."""
    near = END * (one.high - one.low)
    low = one.remaining_low if one.remaining_low - one.low > near else -math.inf
    high = one.remaining_high if one.high - one.remaining_high > near else math.inf
    return limit_in_words(findings, BoxLimit(one.factor, low, high, math.nan, math.nan), language)
