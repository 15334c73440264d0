"""How bounds and sources are said to people."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pilotsim.files.reading import read_text
from pilotsim.judge.verdicts import questions_of
from pilotsim.measures.measures import RestsOn
from pilotsim.output.labels import (
    format_bound,
    format_expected_range,
    format_measured,
    format_moved,
    format_moved_range,
    format_source,
    is_shown_rounded,
)
from pilotsim.output.views import document_of
from pilotsim.output.writers.terminal import terminal_text
from tests.judge.test_verdicts import FLOW
from tests.output.small_results import on_plan


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "fewer", "share"),
    [
        ("nb", "minst 116 færre", "minst 90 %"),
        ("en", "at least 116 fewer", "at least 90 %"),
        ("sv", "minst 116 färre", "minst 90 %"),
    ],
)
def test_a_reduction_is_said_as_so_many_fewer(language, fewer, share):
    said = {one.name: plain(format_bound(one, language)) for one in questions_of(read_text(FLOW))}
    assert said["fewer.own"] == said["fewer.net"] == fewer
    assert said["attend"] == share


@pytest.mark.parametrize(
    ("language", "fewer", "more"),
    [
        ("nb", "96 færre", "8 flere"),
        ("en", "96 fewer", "8 more"),
        ("sv", "96 färre", "8 fler"),
    ],
)
def test_what_a_reduction_comes_to_is_said_in_the_words_of_its_bound(language, fewer, more):
    questions = {one.name: one for one in questions_of(read_text(FLOW))}
    own, attend = questions["fewer.own"], questions["attend"]
    assert format_measured(own, -96.2, language) == fewer
    assert format_measured(own, 8.0, language) == more
    assert format_measured(own, 0.0, language) == "0"
    assert format_measured(own, math.nan, language) == "–"
    # The control: no other target turns its sign.
    assert plain(format_measured(attend, 0.5, language)) == "50 %"


@pytest.mark.parametrize(
    ("language", "more", "fewer", "both"),
    [
        ("nb", "11 flere", "9 færre", "3 færre til 38 flere"),
        ("en", "11 more", "9 fewer", "3 fewer to 38 more"),
        ("sv", "11 fler", "9 färre", "3 färre till 38 fler"),
    ],
)
def test_what_moves_a_reduction_is_said_in_the_words_of_its_bound(language, more, fewer, both):
    """`+11` beside `95 færre` reads as eleven more of the reduction, and is eleven clients more."""
    questions = {one.name: one for one in questions_of(read_text(FLOW))}
    own, attend = questions["fewer.own"], questions["attend"]
    assert format_moved(own, 11.3, language, half=2.0) == more
    assert format_moved(own, -9.4, language, half=2.0) == fewer
    assert format_moved(own, 0.0, language) == "0"
    assert format_moved(own, math.nan, language) == "–"
    assert format_moved_range(own, -2.8, 38.1, language, half=20.0) == both
    assert format_moved_range(own, math.nan, 38.1, language) == "–"
    # The controls: with no more decimals than are known, and no other target loses its sign.
    assert format_moved(own, 0.67, language, half=1.5) == more.replace("11", "1")
    assert format_moved(attend, 0.5, language, half=0.02).startswith("+50")


def test_people_that_a_sum_came_to_are_whole_ones():
    question = next(one for one in questions_of(read_text(FLOW)) if one.name == "fewer.own")
    worked_out = replace(question.bound, number=-83.52, sum="-116 / 500 * 360")
    asked = replace(question, bound=worked_out)
    assert is_shown_rounded(asked)
    assert plain(format_bound(asked, "en")) == "at least 84 fewer"
    assert asked.bound.number == -83.52
    # The control: what somebody stated stands as it was stated.
    stated = replace(question, bound=replace(question.bound, number=-83.5, sum=None))
    assert not is_shown_rounded(stated)
    assert plain(format_bound(stated, "en")) == "at least 83.5 fewer"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-131.0, -99.0, "99–131 færre"),
        (-32.2, 8.2, "32 færre til 8 flere"),
        (3.0, 21.0, "3–21 flere"),
    ],
)
def test_the_range_of_a_reduction_is_said_so_too(low, high, said):
    question = next(one for one in questions_of(read_text(FLOW)) if one.name == "fewer.own")
    verdict = SimpleNamespace(
        question=question, low=low, high=high, rests_on=RestsOn(), ends_known=(True, True)
    )
    assert plain(format_expected_range(verdict, "nb")) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("alna-2014 ch. 2.2.1, 10", "alna-2014 kap. 2.2.1, 10"),
        ("slides-2008 slide 5, 11", "slides-2008 lysbilde 5, 11"),
        ("plan-2014 pp. 12-14", "plan-2014 s. 12-14"),
        ("alna-2014 ch. 7.1, 7.2: 2.0 (KAREA) + 2.0", "alna-2014 kap. 7.1, 7.2: 2,0 (KAREA) + 2,0"),
    ],
)
def test_the_place_in_a_source_is_said_in_the_language(source, said):
    assert format_source(source, "nb") == said
    assert format_source(source, "en").startswith(source[:10])


def test_a_forecast_of_a_reduction_is_said_in_the_words_of_its_bound():
    """The plan said `95 færre`, and the report of the pilot that was under way `−88`."""
    found = on_plan()
    one = found.forecast.targets[0]
    own = next(one for one in questions_of(read_text(FLOW)) if one.name == "fewer.own")
    target = replace(one, question=own, value=-88.2, low=-102.0, high=-73.0)
    told = replace(found, forecast=replace(found.forecast, targets=(target,)))
    shown = plain(terminal_text(document_of(told, "nb"), 4000))
    assert "88 færre" in shown
    assert "73–102 færre" in shown
    assert "−88" not in shown
