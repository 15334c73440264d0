"""The answer on top of a page: its numbers are those of the tables below, and chance is called chance."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.judge.check import check_targets
from pilotsim.judge.effect_split import SplitFigure
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.views import document_of
from pilotsim.output.views.answer import _change
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
def test_numbers_of_the_answer_are_those_of_the_split(check, language):
    words = words_of(check, language)
    split = check.split
    for place in range(len(split.counted)):
        for k, state in enumerate(split.states):
            figure = SplitFigure.of(split.total[:, place, k])
            assert _change(split.total[:, place, k], state, language) in words
            without = float(split.without[:, place, k].mean())
            decimals = 0 if without >= 10 else 1
            assert (
                f"{format_number(without, language, decimals)} {say(f'answer_{state}', language)}"
                in words
            )
            assert figure.low <= figure.high


def test_what_chance_explains_is_said_to_be_chance():
    around_zero = np.array([-3.0, 2.0, -1.0, 2.5, 0.5, -2.0])
    assert "may be chance" in _change(around_zero, "work", "en")
    assert re.match(r"5\.3 more in work", _change(around_zero / 10 + 5.3, "work", "en"))
    assert re.match(r"12 fewer on assistance", _change(around_zero / 10 - 12, "assistance", "en"))


def test_the_answer_comes_before_the_verdicts(check):
    document = document_of(check, "en")
    names = [section.name for section in document.sections]
    assert names.index("answer") < names.index("effect_split")
    assert names.index("answer") < names.index("verdicts")
