"""The answer on top of a page: its numbers are those of the tables below, and chance is called chance."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.judge.check import check_targets
from pilotsim.language.catalogue import say
from pilotsim.output.sentences.people import change_in_words, range_in_words, show_people
from pilotsim.output.views import document_of
from pilotsim.output.writers.terminal import terminal_text
from tests.judge.test_effect_split import parted_flow


@pytest.fixture(scope="module")
def check():
    return check_targets(parted_flow(), replications=20, what_if_replications=2, seed=3)


def words_of(check, language):
    shown = terminal_text(document_of(check, language), 4000)
    heading = say("answer_heading", language)
    assert heading in shown
    return shown[shown.index(heading) :].split("\n\n")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_of_the_answer_are_those_of_the_effect(check, language):
    words = words_of(check, language)
    effect = check.effect
    for place in range(len(effect.counted)):
        for k, state in enumerate(effect.states):
            if not (effect.programme[:, place, k].any() or effect.without[:, place, k].any()):
                continue
            said = say(f"answer_{state}", language)
            assert change_in_words(effect.total[:, place, k], said, language) in words
            without = round(float(effect.without[:, place, k].mean()))
            assert f"{without} {said}" in words


def test_people_are_whole_and_the_words_no_stronger_than_the_range():
    spread = np.tile([-3.2, -1.0, 3.4, 4.0, 8.0, 18.3], 80)
    assert change_in_words(spread, "i arbeid", "nb") == (
        "5 flere i arbeid (det kan også bli 3 færre eller 18 flere)"
    )
    around_zero = np.array([-3.0, 2.0, -1.0, 2.5, 0.5, -2.0])
    assert "may be chance" in change_in_words(around_zero, "in work", "en")
    assert "only" not in change_in_words(np.tile(around_zero, 5), "in work", "en")
    assert change_in_words(around_zero / 20 + 5.3, "in work", "en") == "5 more in work"
    assert change_in_words(around_zero - 12, "i arbeid", "nb") == (
        "12 færre i arbeid (10 til 15 færre)"
    )
    assert change_in_words(around_zero / 20 + 1, "i arbeid", "nb") == "én til i arbeid"
    assert change_in_words(around_zero / 50 + 0.2, "i arbeid", "nb") == "like mange i arbeid"
    assert change_in_words(np.zeros(5), "i arbeid", "nb") == "like mange i arbeid"


def test_as_many_is_said_only_of_less_than_half_a_person():
    few = np.array([-40.0, -1.0, -2.0, 3.0])
    assert change_in_words(few, "på sosialhjelp", "nb") == (
        "10 færre på sosialhjelp (det kan også bli 34 færre eller 2 flere; "
        "forskjellen kan være tilfeldig, med bare 4 simuleringer)"
    )
    many = np.tile([-9.0, 8.0], 20) - 0.1
    assert change_in_words(many, "in work", "en").startswith("one fewer in work (")
    assert change_in_words(many + 0.3, "in work", "en").startswith("as many in work (")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-9.0, 33.0, "det kan også bli 9 færre eller 33 flere"),
        (2.0, 27.0, "2 til 27 flere"),
        (-55.0, -12.4, "12 til 55 færre"),
        (0.2, 8.0, "opptil 8 flere"),
        (-8.0, 0.0, "opptil 8 færre"),
        (3.1, 3.4, ""),
    ],
)
def test_a_range_of_people_says_both_sides(low, high, words):
    assert range_in_words(low, high, "nb") == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_has_no_decimals_of_people(check, language):
    people = [line for line in words_of(check, language).splitlines() if "NOK" not in line]
    assert not re.search(r"\d[,.]\d", " ".join(people))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_begins_with_the_effect_without_what_ifs_too(check, language):
    quick = check_targets(parted_flow(), replications=20, what_if=False, seed=3)
    assert quick.split is None
    first, *_ = words_of(quick, language).splitlines()[1:]
    assert first in words_of(check, language)


def test_the_effect_of_the_verdicts_runs_is_that_of_the_parts(check):
    assert np.array_equal(check.effect.total, check.split.total)
    assert np.array_equal(check.effect.without, check.split.without)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_about_the_runs_stands_before_the_answer(check, language):
    document = document_of(check, language)
    shown = terminal_text(document, 4000)
    before = shown[: shown.index(say("answer_heading", language))]
    assert before.strip() == document.title
    # Remarks on the file are still there, below.
    assert say("notices_heading", language) in shown


def test_the_answer_comes_before_the_verdicts(check):
    document = document_of(check, "en")
    names = [section.name for section in document.sections]
    assert names.index("answer") < names.index("effect_split")
    assert names.index("answer") < names.index("verdicts")


def test_people_in_the_table_of_parts_have_at_most_one_decimal():
    assert show_people(-0.23, "nb", is_change=True) == "−0,2"
    assert show_people(-0.01, "nb", is_change=True) == "0,0"
    assert show_people(10.9, "nb", is_change=True) == "+11"
    assert show_people(14.9, "nb") == "15"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nb", "6 færre til 36 flere"),
        ("en", "6 fewer to 36 more"),
        ("sv", "6 färre till 36 fler"),
    ],
)
def test_a_range_under_its_heading_is_no_sentence(language, told):
    """`det kan også bli 6 færre eller 36 flere` stood in a cell beside `15 til 61 færre`."""
    assert range_in_words(-6.2, 36.4, language, in_table=True) == told
    # The controls: a sentence says that it may be the other way, and one way is the same in both.
    assert range_in_words(-6.2, 36.4, language) != told
    assert range_in_words(2, 25, language, in_table=True) == range_in_words(2, 25, language)
