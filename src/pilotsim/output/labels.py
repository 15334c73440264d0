"""What verdicts, targets and changes of a check are called, for people."""

from __future__ import annotations

import math
import re
from collections import Counter

from pilotsim.base.grades import Grade
from pilotsim.base.statistics import Interval
from pilotsim.base.text import inside
from pilotsim.judge.one_way_sensitivity import OneWayChange
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value, labels_of_values
from pilotsim.language.numbers import (
    MINUS,
    format_change,
    format_change_range,
    format_measure,
    format_open_range,
    format_probability,
    format_range,
    format_value,
    format_written,
    join,
)
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.model.joint import path_of_joint

# How files name the places of a source, and the phrase for each.
PLACES = (
    (re.compile(r"(?<!\S)ch\."), "source_chapter"),
    (re.compile(r"(?<!\S)slide(?!\S)"), "source_slide"),
    (re.compile(r"(?<!\S)pp?\."), "source_page"),
)


def label_of_driver(flow: Flow, driver: OneWayChange, language: str) -> str:
    """Return what was changed: an assumption, or a resource."""
    if driver.kind == "unlimited":
        return flow.label_of("resources", driver.name, language)
    label = _told_apart(flow, driver.name, language)
    value = flow.values.get(driver.name)
    if value is None or value.joint is None:
        return label
    return say("with_companions", language, label=label)


def _told_apart(flow: Flow, path: str, language: str) -> str:
    """Return the label of an assumption, with where it stands if another has the same label."""
    label = label_of_value(flow, path, language)
    alike = [one for one in flow.assumptions if label_of_value(flow, one, language) == label]
    if path not in alike or len(alike) == 1:
        return label
    return labels_of_values(flow, alike, language)[path]


def number_of_driver(flow: Flow, driver: OneWayChange, language: str) -> str:
    """Return what the value was set to, in the unit in which the file writes it."""
    if driver.kind == "unlimited":
        return say("unlimited", language)
    if driver.name not in flow.values:
        return say(f"joint_{driver.kind}", language)
    return format_value(flow.values[driver.name], language, driver.number)


def short_number_of_driver(flow: Flow, driver: OneWayChange, language: str) -> str:
    """Return the same without its unit, for the end of a bar; which end it is of a part `joint`."""
    if driver.kind != "unlimited" and driver.name not in flow.values:
        return say(driver.kind, language)
    number = re.match("[^\u00a0 ]+(\u00a0%)?", number_of_driver(flow, driver, language))
    return number[0] if number else ""


def written_of_driver(flow: Flow, driver: OneWayChange, language: str) -> str:
    """Return what the value is as the flow is written; how many values a part `joint` gives."""
    if driver.name in flow.values:
        assumed = format_value(flow.values[driver.name], language)
        return f"{say('as_assumed', language).lower()} {assumed}"
    members = flow.drawn_together[driver.name.removeprefix(path_of_joint(""))]
    return say("joint_members", language, count=len(members))


def count_words(counts: Counter[Grade], language: str) -> str:
    """Return how often each word was given, in the order of their scale: `2 treff og 1 utenfor`."""
    in_order = sorted(counts, key=lambda grade: grade.rank)
    return join([f"{counts[grade]} {say(grade.key, language)}" for grade in in_order], language)


def ends_to_show(interval: Interval) -> tuple[float, float]:
    """Return the ends of an interval; NaN where all its values are the same.

    A few runs that came to the same say nothing of how far others may lie from it: an interval
    from the number to itself would claim that it is exact.
    """
    if interval.half_width <= 1e-9 * abs(interval.mean):
        return math.nan, math.nan
    return interval.low, interval.high


def format_driver_change(driver: OneWayChange, question: TargetReading, language: str) -> str:
    """Return how far a change moves a question's measure; "at least" so far where bounded."""
    change, kind = driver.value[question.name], question.bound.kind
    word = driver.bounded.get(question.name)
    if word is None:
        return format_moved(question, change.mean, language, half=change.half_width)
    number = format_change(abs(change.mean), kind, language).lstrip("+")
    return say(word, language, number=number)


def client_key(flow: Flow, persons: str, things: str) -> str:
    """Return the phrase for what a flow's clients are: persons, or things such as decisions."""
    return persons if flow.client_is is None else things


def with_client_note(flow: Flow, note: str, language: str) -> str:
    """Return a note on clients that says what is counted, where that is no persons."""
    if flow.client_is is None:
        return note
    return f"{note} {say('client_is', language, what=flow.client_is.in_language(language))}"


def format_source(source: str, language: str) -> str:
    """Return where a number was read, in the words of a language: `alna-2014 kap. 2.2.1`.

    Files name chapters, slides and pages in one way, whatever they are read in.
    """
    place, colon, sum_ = source.partition(": ")
    for pattern, key in PLACES:
        place = pattern.sub(say(key, language), place)
    return place + colon + format_written(sum_, language)


def source_of_question(question: TargetReading, language: str) -> str:
    """Return where a target was read, and where its number is not the one that stands there."""
    if not question.source:
        return ""
    source = format_source(question.source, language)
    return say("scaled_source", language, source=source) if question.is_scaled else source


def label_of_question(question: TargetReading, language: str) -> str:
    """Return a target in one of its readings, as one line of text."""
    says = question.says.in_language(language)
    return f"{says} ({inside(question.reads.in_language(language))})" if question.reads else says


def word_of_verdict(verdict: Verdict, language: str) -> str:
    """Return the word of a verdict; that it is met without the programme too, where it is."""
    word = say(verdict.grade.key, language)
    return say("met_anyway", language, word=word) if verdict.is_met_anyway else word


def format_chance(verdict: Verdict, language: str) -> str:
    """Return the probability of meeting a target, as far as the runs can tell.

    A dash where arithmetic alone judges.
    """
    return format_probability(verdict.probability, language, verdict.interval)


def format_bound(question: TargetReading, language: str) -> str:
    """Return what must be reached: `minst 40 %`; of a change to come `minst 116 færre`.

    People that a sum came to are whole ones; the verdict keeps the exact bound.
    """
    bound = question.bound
    number = float(round(bound.number)) if is_shown_rounded(question) else bound.number
    if is_reduction(question):
        key = "at_most_fewer" if question.at_least else "at_least_fewer"
        return say(key, language, number=format_value(bound, language, -number))
    side = say("at_least" if question.at_least else "at_most", language)
    return f"{side} {format_value(bound, language, number)}"


def is_shown_rounded(question: TargetReading) -> bool:
    """Tell whether a bound is a sum of people with a fraction, shown as whole ones."""
    bound = question.bound
    measure = question.measure
    if measure is None:
        is_people = is_reduction(question)
    else:
        is_people = measure.kind in ("change_in", "count") and measure.per is None
    if not (is_people and bound.follows and bound.kind in ("real", "count")):
        return False
    return abs(bound.number) >= 1 and bound.number != round(bound.number)


def is_reduction(question: TargetReading) -> bool:
    """Tell whether a target asks for fewer of something."""
    is_change = question.measure is None or question.measure.kind == "change_in"
    return is_change and question.bound.number < 0


def format_measured(
    question: TargetReading, number: float, language: str, *, half: float = math.nan
) -> str:
    """Return a number that is held against a target's bound, in the words of the bound.

    Beside `minst 116 færre` stands `96 færre`, and `8 flere` where there are more: the reader need
    not turn a sign around.

    Parameters
    ----------
    question : TargetReading
        The target.
    number : float
        In the base unit of its bound. NaN becomes a dash.
    language : str
        One of `LANGUAGES`.
    half : float
        Half its interval, as for `format_measure`.
    """
    kind = question.bound.kind
    if not is_reduction(question) or math.isnan(number):
        return format_measure(number, kind, language, half=half)
    size = format_measure(abs(number), kind, language, half=half)
    if not any(digit in size for digit in "123456789"):
        return size
    return say("so_many_fewer" if number < 0 else "so_many_more", language, number=size)


def format_moved(
    question: TargetReading, change: float, language: str, *, half: float = math.nan
) -> str:
    """Return how far a target's number moves, in the words of its bound.

    Beside `95 færre` stands `11 flere`: `+11` would read as eleven more of the reduction.

    Parameters
    ----------
    question : TargetReading
        The target.
    change : float
        In the base unit of its bound. NaN becomes a dash.
    language : str
        One of `LANGUAGES`.
    half : float
        Half its interval, as for `format_change`.
    """
    written = format_change(change, question.bound.kind, language, half=half)
    size = written.lstrip("+" + MINUS)
    if not is_reduction(question) or size == written:
        return written
    return say("so_many_fewer" if change < 0 else "so_many_more", language, number=size)


def format_moved_range(
    question: TargetReading, low: float, high: float, language: str, *, half: float = math.nan
) -> str:
    """Return the ends between which a target's number moves, in the words of its bound.

    Parameters
    ----------
    question, language, half
        As for `format_moved`.
    low, high : float
        In the base unit of its bound. A dash is written if either is NaN.
    """
    if is_reduction(question):
        if half >= 1:
            low, high = (end if math.isnan(end) else float(round(end)) for end in (low, high))
        return format_measured_range(question, low, high, language)
    return format_change_range(low, high, question.bound.kind, language, half=half)


def format_expected(verdict: Verdict, language: str) -> str:
    """Return what a measure comes to; "at least" so much where in some runs no more is known."""
    return as_known(
        format_measured(verdict.question, verdict.expected, language, half=verdict.half),
        verdict.rests_on,
        language,
    )


def format_expected_range(verdict: Verdict, language: str) -> str:
    """Return the range of a measure over runs; where it begins, if in some no more is known."""
    question, low, high = verdict.question, verdict.low, verdict.high
    kind = question.bound.kind
    if all(verdict.ends_known):
        return format_measured_range(question, low, high, language)
    if not verdict.ends_known[0]:
        return say("at_least_so_much", language, number=format_measure(low, kind, language))
    return format_open_range(low, high, kind, language)


def format_measured_range(question: TargetReading, low: float, high: float, language: str) -> str:
    """Return a range of numbers that are held against a bound, in the words of the bound.

    Parameters
    ----------
    question, language
        As for `format_measured`.
    low, high : float
        In the base unit of its bound. A dash is written if either is NaN.
    """
    kind = question.bound.kind
    if not is_reduction(question) or math.isnan(low + high):
        return format_range(low, high, kind, language)
    if low < 0 < high:
        if max(-low, high) >= 19.5:
            low, high = round(low), round(high)
        first, last = (format_measured(question, end, language) for end in (low, high))
        return f"{first} {say('to', language)} {last}"
    ends = sorted((abs(low), abs(high)))
    key = "so_many_fewer" if low < 0 else "so_many_more"
    return say(key, language, number=format_range(ends[0], ends[1], kind, language))


def as_known(number: str, rests_on: RestsOn, language: str) -> str:
    """Return a written number; "at least" so much where in some runs no more is known of it."""
    if not rests_on.bounded:
        return number
    return say("at_least_so_much", language, number=number)
