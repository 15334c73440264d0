"""What verdicts, targets and changes of a check are called, for people."""

from __future__ import annotations

from pilotsim.base.text import inside
from pilotsim.judge.one_way_sensitivity import OneWayChange
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_probability, format_value
from pilotsim.model.flow import Flow


def label_of_driver(flow: Flow, driver: OneWayChange, language: str) -> str:
    """Return what was changed: an assumption, or a resource."""
    if driver.kind == "unlimited":
        return flow.label_of("resources", driver.name, language)
    return label_of_value(flow, driver.name, language)


def number_of_driver(flow: Flow, driver: OneWayChange, language: str) -> str:
    """Return what the value was set to, in the unit in which the file writes it."""
    if driver.kind == "unlimited":
        return say("unlimited", language)
    return format_value(flow.values[driver.name], language, driver.number)


def with_client_note(flow: Flow, note: str, language: str) -> str:
    """Return a note on clients that says what a client is, where the flow's are no persons."""
    if flow.client_is is None:
        return note
    return f"{note} {say('client_is', language, what=flow.client_is.in_language(language))}"


def label_of_question(question: TargetReading, language: str) -> str:
    """Return a target in one of its readings, as one line of text."""
    says = question.says.in_language(language)
    return f"{says} ({inside(question.reads.in_language(language))})" if question.reads else says


def format_chance(verdict: Verdict, language: str) -> str:
    """Return the probability of meeting a target, as far as the runs can tell.

    A dash where arithmetic alone judges.
    """
    return format_probability(verdict.probability, language, verdict.interval)


def format_bound(question: TargetReading, language: str) -> str:
    """Return what must be reached: `minst 40 %`, `høyst −116`."""
    side = say("at_least" if question.at_least else "at_most", language)
    return f"{side} {format_value(question.bound, language)}"
