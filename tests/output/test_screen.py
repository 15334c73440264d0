"""The check as a project owner reads it in a terminal."""

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
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
