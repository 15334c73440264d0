"""What a steering group meets about, from a check: start or not, and on what that hangs.

Everything is worked out from the flow and its results, so that it holds of any flow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from pilotsim.base.grades import Grade
from pilotsim.base.statistics import quantile_range
from pilotsim.base.text import inside
from pilotsim.judge.check import Check
from pilotsim.judge.one_way_sensitivity import CAPACITY
from pilotsim.judge.strengths import strengths_of
from pilotsim.judge.verdicts import Verdict
from pilotsim.judge.words import LIKELY_FROM, POSSIBLE, UNCERTAIN, UNDEFINED
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_exact, format_measure, format_probability, join
from pilotsim.output.labels import format_chance, is_reduction, source_of_question
from pilotsim.output.sentences.people import change_parts, whole_people
from pilotsim.output.views.answer import quoted

__all__ = [
    "ANSWERS",
    "YES",
    "StateChange",
    "TargetAnswer",
    "answer_in_words",
    "answer_of_grade",
    "answers_of_targets",
    "changes_by_state",
    "headline_of",
    "is_decided",
    "reason_of",
    "what_to_do_first",
]

# What is answered to whether a target is met, and the phrase for each.
YES, EVEN, NO, DEPENDS, ALLOWED, OPEN = "yes", "even", "no", "depends", "allowed", "open"
ANSWERS = {
    YES: "start_yes",
    EVEN: "start_even",
    NO: "start_no",
    DEPENDS: "start_depends",
    ALLOWED: "start_allowed",
    OPEN: "start_cannot_judge",
}
# How the answers are counted in the reason, in this order.
COUNTED = {
    YES: "start_reason_yes",
    EVEN: "start_reason_even",
    DEPENDS: "start_reason_depends",
    NO: "start_reason_no",
    OPEN: "start_reason_open",
}
RANKED = 6  # assumptions that are named as those on which most hangs
NAMED = 2  # ways to a target that are named for each
# Where in a flow something stands that somebody decides, and what a register can count beforehand.
DECIDED = ("resources.",)
DECIDED_OF_STAGES = ("opens", "batch", "limit", "room", "draws_from", "lasts")
COUNTABLE = ("groups.", "traits.", "risks.", "joint.")


@dataclass(frozen=True)
class StateChange:
    """How many more or fewer there are in a state at the end, in words.

    Parameters
    ----------
    state : str
        Its name.
    change : str
        How many more or fewer.
    notes : tuple of str
        Between what it lies, and what chance may explain.
    anyway : str
        How many there would have been without the programme.
    is_clear : bool
        Whether chance cannot explain it.
    mean, low, high : float
        The change, and where nine simulations in ten end.
    """

    state: str
    change: str
    notes: tuple[str, ...]
    anyway: str
    is_clear: bool
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class TargetAnswer:
    """Whether a target is met, and what it would take.

    Parameters
    ----------
    target, says, source : str
        The target, in words, and where it was read.
    answer, words : str
        One of `ANSWERS`, and the same in words.
    readings : tuple of (str, str, str)
        Each reading in words, with its answer and that in words; none where there is one only.
    takes : str
        What it would take.
    """

    target: str
    says: str
    source: str
    answer: str
    words: str
    readings: tuple[tuple[str, str, str], ...]
    takes: str


def answer_of_grade(grade: Grade) -> str:
    """Return what the word of a verdict answers to whether a target is met."""
    special = {UNCERTAIN: EVEN, POSSIBLE: ALLOWED, UNDEFINED: OPEN}
    return special.get(grade.name, NO if grade.falls_short else YES)


def changes_by_state(check: Check, language: str, place: int = 0) -> list[StateChange]:
    """Return what the programme changes in each state; nothing where the flow counts nobody.

    Parameters
    ----------
    check : Check
        What to show.
    language : str
        One of `LANGUAGES`.
    place : int
        Among whom: the place in `effect.counted`.
    """
    effect = check.effect
    if effect is None:
        return []
    found = []
    for k, state in enumerate(effect.states):
        without = effect.without[:, place, k]
        if not (effect.programme[:, place, k].any() or without.any()):
            continue
        words = say(f"answer_{state}", language)
        numbers = effect.total[:, place, k]
        change, notes, is_clear = change_parts(numbers, words, language)
        anyway = whole_people(float(without.mean()), language)
        low, high = quantile_range(numbers)
        mean = float(numbers.mean())
        found.append(StateChange(state, change, notes, anyway, is_clear, mean, low, high))
    return found


def headline_of(answers: Sequence[TargetAnswer], language: str) -> str:
    """Return whether to start as planned: no where a target fails however it is read."""
    given = {one.answer for one in answers}
    if NO in given:
        return say("start_not_so", language)
    return say("start_all_met" if given == {YES} else "start_open", language)


def reason_of(answers: Sequence[TargetAnswer], language: str) -> str:
    """Return how many targets are met, and how many are not."""
    counts = dict.fromkeys(COUNTED, 0)
    for one in answers:
        counts[OPEN if one.answer == ALLOWED else one.answer] += 1
    parts = [say(COUNTED[name], language, count=n) for name, n in counts.items() if n]
    return say("start_reason", language, all=len(answers), parts=join(parts, language))


def answers_of_targets(check: Check, language: str) -> list[TargetAnswer]:
    """Return for each target whether it is met and what it would take, in the file's order."""
    found = []
    for target, group in groupby(check.verdicts, lambda one: one.question.target):
        verdicts = list(group)
        given = [answer_of_grade(one.grade) for one in verdicts]
        answer = given[0] if len(set(given)) == 1 else DEPENDS
        question = verdicts[0].question
        found.append(
            TargetAnswer(
                target,
                question.says.in_language(language),
                source_of_question(question, language),
                answer,
                _words_of(verdicts, answer, language),
                tuple(_readings(verdicts, given, language)),
                " ".join(_takes(check, verdicts, answer, language)),
            )
        )
    return found


def _words_of(verdicts: Sequence[Verdict], answer: str, language: str) -> str:
    if len(verdicts) == 1:
        return answer_in_words(verdicts[0], language)
    word = say(ANSWERS[answer], language)
    return say("met_anyway", language, word=word) if _are_met_anyway(verdicts) else word


def answer_in_words(verdict: Verdict, language: str) -> str:
    """Return what is answered to a question, with its chance, and whether it is met anyway."""
    answer = say(ANSWERS[answer_of_grade(verdict.grade)], language)
    if not verdict.replications:
        return answer
    key = "start_chance_anyway" if verdict.is_met_anyway else "start_chance"
    return say(key, language, answer=answer, chance=format_chance(verdict, language))


def _are_met_anyway(verdicts: Sequence[Verdict]) -> bool:
    return all(one.is_met_anyway for one in verdicts)


def _readings(
    verdicts: Sequence[Verdict], given: Sequence[str], language: str
) -> Iterator[tuple[str, str, str]]:
    if len(verdicts) == 1:
        return
    for verdict, answer in zip(verdicts, given, strict=True):
        reads = verdict.question.reads
        words = answer_in_words(verdict, language)
        yield "" if reads is None else reads.in_language(language), answer, words


# --------------------------------------------------------------------------------------------------
# What it would take


def _takes(check: Check, verdicts: Sequence[Verdict], answer: str, language: str) -> Iterator[str]:
    """Yield what it would take to meet a target: of its readings, the one that is nearest to it."""
    if answer == YES:
        is_anyway = _are_met_anyway(verdicts)
        yield say("start_takes_nothing_anyway" if is_anyway else "start_takes_nothing", language)
        return
    met = [one for one in verdicts if answer_of_grade(one.grade) == YES]
    if met:
        counts = {"count": len(met), "all": len(verdicts)}
        yield say("start_takes_reading", language, **counts)
        return
    short = [one for one in verdicts if answer_of_grade(one.grade) in (NO, EVEN)]
    if not short:
        return
    measured = [one for one in short if one.replications]
    if not measured:
        yield from _sum_line(short[0], language)
        return
    nearest = max(measured, key=lambda one: one.probability)
    ways = [*_options(check, nearest, language), *_capacities(check, nearest, language)]
    if answer == NO:
        yield from _sum_line(nearest, language)
    yield from ways[:NAMED]
    reached = list(_reached(check, nearest, language))
    yield from reached
    if not ways and not reached:
        yield say("start_takes_unknown", language)


def _sum_line(verdict: Verdict, language: str) -> Iterator[str]:
    if verdict.ceiling is None or answer_of_grade(verdict.grade) != NO:
        return
    question, number = verdict.question, verdict.ceiling.number
    if math.isnan(number):
        return
    most = format_exact(abs(number), question.bound.kind, language)
    if is_reduction(question):
        yield say("start_takes_sum", language, most=say("so_many_fewer", language, number=most))
    elif question.at_least:
        yield say("start_takes_sum", language, most=most)
    else:
        yield say("start_takes_least", language, least=most)


def _options(check: Check, verdict: Verdict, language: str) -> Iterator[str]:
    """Yield the option of each choice that helps most and gives a better word, the best first."""
    ranks = [NO, EVEN, YES]
    given = answer_of_grade(verdict.grade)
    found = []
    for choice in check.choices:
        if choice.choice.readings_of is not None:
            continue
        for option in choice.options:
            own = option.verdict_of(verdict.question.name)
            if own is None or option.is_taken or verdict.question.name not in option.turned:
                continue
            answer = answer_of_grade(own.grade)
            if answer in ranks and ranks.index(answer) > ranks.index(given):
                found.append((own.probability, choice, option, own))
    seen: set[str] = set()
    for _, choice, option, own in sorted(found, key=lambda one: -one[0]):
        if choice.name not in seen:
            seen.add(choice.name)
            words = answer_in_words(own, language)
            yield say(
                "start_takes_option",
                language,
                choice=_asked(choice.choice.says.in_language(language)),
                option=option.says.in_language(language).rstrip("."),
                answer=words[:1].lower() + words[1:],
            )


def _asked(words: str) -> str:
    """Return a question with its mark, without what stands behind it in the file."""
    question, mark, _ = words.partition("?")
    return question.rstrip(".:") + mark


def _capacities(check: Check, verdict: Verdict, language: str) -> Iterator[str]:
    """Yield which capacity alone, were there always enough of it, would make a target likely."""
    name = verdict.question.name
    for driver in check.drivers_of(verdict.question):
        change = driver.probability.get(name)
        if driver.kind != CAPACITY or change is None or not change.low > 0:
            continue
        chance = min(1.0, verdict.probability + change.mean)
        if chance >= LIKELY_FROM:
            label = check.flow.label_of("resources", driver.name, language)
            answer = say(
                "start_chance",
                language,
                answer=say(ANSWERS[YES], language).lower(),
                chance=format_probability(chance, language),
            )
            yield say("start_takes_capacity", language, name=label, answer=answer)


def _reached(check: Check, verdict: Verdict, language: str) -> Iterator[str]:
    """Yield the bound that the plan as it is would likely meet, in whole units on the safe side."""
    question = verdict.question
    values = check.values[question.name]
    values = values[~np.isnan(values)]
    is_moved = any(one.path == f"targets.{question.target}" for one in check.flow.followers)
    if len(values) < len(check.values[question.name]) / 2 or is_moved:
        return
    share = 1 - LIKELY_FROM if question.at_least else LIKELY_FROM
    end, _ = quantile_range(values, (share, share))
    scale = 100.0 if question.bound.kind == "share" else 1.0
    whole = (math.floor if question.at_least else math.ceil)(scale * end + 0.0) / scale
    if question.bound.kind == "rate" or not verdict.ends_known[1]:
        return
    if is_reduction(question):
        if whole >= 0 or question.at_least:
            return
        number = format_measure(-whole, question.bound.kind, language)
        bound = say("at_least_fewer", language, number=number)
    else:
        if question.at_least and whole <= 0:
            return
        side = say("at_least" if question.at_least else "at_most", language)
        bound = f"{side} {format_measure(whole, question.bound.kind, language)}"
    if question.reads is None:
        yield say("start_takes_bound", language, bound=bound)
        return
    reading = inside(question.reads.in_language(language))
    yield say("start_takes_bound_read", language, bound=bound, reading=reading)


# --------------------------------------------------------------------------------------------------
# What to do first


def what_to_do_first(check: Check, language: str) -> list[str]:
    """Return what to count, to settle and to watch, of what most verdicts hang on."""
    flow = check.flow
    by_kind: dict[str, list[str]] = {"count": [], "settle": [], "seen": []}
    for name in check.strongest_assumptions(RANKED):
        by_kind[_kind_of(check, name)].append(label_of_value(flow, name, language))
    phrases = {
        "count": "start_count_first",
        "settle": "start_settle_first",
        "seen": "start_seen_only",
    }
    lines = [
        say(phrases[kind], language, names=join([quoted(one, language) for one in names], language))
        for kind, names in by_kind.items()
        if names
    ]
    open_choices = [
        inside(_asked(found.choice.says.in_language(language)))
        for found in check.choices
        if found.turns and found.choice.readings_of is None
    ]
    if open_choices:
        shown = " ".join(one[:1].upper() + one[1:] for one in open_choices)
        lines.insert(1, say("start_choose_first", language, names=shown))
    return lines


def is_decided(path: str) -> bool:
    """Return whether somebody decides a value, by where it stands in the flow."""
    parts = path.split(".")
    is_of_stage = parts[0] == "stages" and any(part in DECIDED_OF_STAGES for part in parts[2:3])
    return path.startswith(DECIDED) or is_of_stage


def _kind_of(check: Check, path: str) -> str:
    """Return whether an assumption can be counted beforehand, is decided, or is seen later."""
    strengths = {f"shared.{name}" for name in strengths_of(check.flow)}
    if is_decided(path):
        return "settle"
    if path.startswith(COUNTABLE) and path not in strengths:
        return "count"
    return "seen"
