"""The check as a project owner reads it in a terminal."""

import itertools
import re

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
from pilotsim.judge.validation import validate
from pilotsim.output.views import document_of
from pilotsim.output.writers.terminal import terminal_text
from tests.judge.test_verdicts import FLOW

WIDTH = 150


@pytest.fixture(scope="module")
def found():
    text = FLOW.replace(
        "rate: 3 % per month",
        "rate: {value: 3 % per month, low: 1, high: 5, assumption: a guess, label: Pace to work}",
    )
    return check_targets(read_text(text), replications=40, what_if_replications=20)


def printed(found, language):
    return terminal_text(document_of(found, language, with_figures=False), WIDTH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_target_and_reading_is_on_the_screen(found, language):
    text = printed(found, language)
    for verdict in found.verdicts:
        words = verdict.question.reads or verdict.question.says
        assert words.in_language(language) in text


def test_the_sum_is_written_out_in_the_language(found):
    assert "0 − 155 × (90 % × (40 % + 20 %) + 1 − 90 %) = −99,2" in printed(found, "nb").replace(
        "\u00a0", " "
    )
    assert "= −99.2" in printed(found, "en")


def test_contradictions_and_what_it_rests_on_are_there(found):
    text = printed(found, "en").replace("\u00a0", " ")
    assert "116 / 0.2 = 580; the source states 500" in text
    assert "numbers have neither source nor reason" in text


def test_what_moves_the_result_is_named_with_its_interval(found):
    assert "Pace to work: 5 % per month" in printed(found, "en").replace("\u00a0", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_the_terminal(found, language):
    assert max(len(line) for line in printed(found, language).splitlines()) <= WIDTH


def test_short_of_a_target_is_told(found):
    assert found.falls_short


# Eight assumptions without a label, and one figure that was not published.
BARE = """
flow: bare
title: Bare
starts: 2015-01-01
lasts: {value: 6 months, assumption: z}
groups: {g: {starts_in: a, stock: {value: 40, low: 30, high: 50, assumption: z}}}
risks:
  job: {to: work, rate: {value: 5 % per month, low: 3, high: 8, assumption: z}}
  off: {to: b, rate: {value: 5 % per month, low: 3, high: 8, assumption: z}}
stages:
  a: {risks: {job: 1, off: {value: 1, low: 0.5, high: 2, assumption: z}}}
  b: {lasts: {value: 1 month, low: 0.5, high: 2, assumption: z}, next: {work: {value: 40 %, low: 30, high: 50, assumption: z}, a: rest}}
  work: {counts_as: work}
targets:
  t: {says: T, assumption: z, at_least: {value: 40 %, low: 30, high: 50, assumption: z}, measure: {share: {reached: work}, of: {groups: g}}}
observed:
  o: {says: O, measure: {count: {state: work}}}
"""
# Nothing where a list was to come.
EMPTY = re.compile(r": ?[.;)]|\(\s*\)|, ?[.)]")


def empty_lists(text):
    """Lines that announce what does not come."""
    lines = [line.strip() for line in text.replace("\u00a0", " ").splitlines() if line.strip()]
    pairs = itertools.pairwise([*lines, ""])
    return [
        line
        for line, after in pairs
        if EMPTY.search(line) or (line.endswith(":") and not after.startswith("·"))
    ]


def test_an_empty_list_is_found_here():
    """The control."""
    assert empty_lists("8 assumptions:\n\nSources") == ["8 assumptions:"]
    assert empty_lists("0 published outputs: .") == ["0 published outputs: ."]
    assert not empty_lists("Worth knowing:\n\n· one\nMost: a, b (c).")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_announced_that_does_not_come(language):
    """Of a flow without labels, sources and published figures."""
    flow = read_text(BARE)
    check = check_targets(flow, replications=10, what_if_replications=5)
    text = printed(check, language)
    assert not empty_lists(text)
    hangs = {"nb": "Disse antakelsene betyr mest: ", "en": "Most depends on these assumptions: "}
    hangs["sv"] = "De här antagandena betyder mest: "
    (line,) = [one for one in text.splitlines() if hangs[language] in one]
    assert re.search(r": (Job|Off|A|B|G): \w", line)
    text = printed(validate(flow, replications=10), language)
    assert not empty_lists(text)
    not_published = {"nb": "Ikke publisert", "en": "Not published", "sv": "Inte publicerat"}
    assert not_published[language] in text
