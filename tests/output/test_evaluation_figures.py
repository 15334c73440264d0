"""Figures of evaluations: what they draw is what they are given, in both languages, and nothing is cut off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import MonteCarloFigure
from pilotsim.evaluation.detectable import DetectableEffect
from pilotsim.evaluation.diagnosis import SIGNIFICANCE
from pilotsim.evaluation.ranking import MAX_FALSE, is_misleading
from pilotsim.evaluation.run import evaluate
from pilotsim.output.figures import (
    effect_path,
    placebo,
    plot_effect_path,
    plot_placebo,
    plot_power,
    plot_sampling,
    power,
    sampling,
)
from pilotsim.output.figures.effect_path import Line
from tests.evaluation.pilots import build

LINES = [
    Line(name, np.array([0.0, -0.02, 0.05]), np.full(3, -0.05), np.full(3, 0.1))
    for name in ("12,1 prosentpoeng ved slutten", "No effect at all at the end")
]


@pytest.fixture
def tried(tmp_path):
    found = evaluate(build(tmp_path, draws=12)).tried
    return [
        replace(one, detectable=DetectableEffect(0.14, 0.01, 0.3, -1.96, 20.0, 0.8))
        for one in found
    ]


def is_whole(axes) -> bool:
    """Tell whether all words of a figure lie inside it."""
    figure = axes.get_figure(root=True)
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
    return all(
        box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1
        for box in boxes
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_cut_off(tried, language):
    null = np.linspace(-0.1, 0.1, 50)
    drawn = [
        plot_power(tried, language=language),
        plot_sampling(tried, language=language),
        plot_effect_path(LINES, language=language),
    ]
    drawn += [plot_placebo(null, found, language=language) for found in (0.05, -0.08)]
    assert all(is_whole(axes) for axes in drawn)


def test_a_cut_word_is_noticed():
    """The control."""
    axes = plot_effect_path(LINES)
    axes.text(15.5, 1.0, "far too long for what is left of the page")
    assert not is_whole(axes)


def test_words_say_the_main_numbers(tried):
    assert "14.0" in power.alt_text(tried, "en")
    assert "Lottery" in sampling.alt_text(tried, "en") or "lottery" in sampling.alt_text(
        tried, "en"
    )
    assert "lowest -2.0 percentage points in month 2, 5.0 at the end" in effect_path.alt_text(
        LINES, "en"
    ).replace("\u2212", "-")
    # Of 50 numbers from -0.1 to 0.1 at even distances, those beyond 0.05 are 13 on either side.
    assert placebo.share_beyond(np.linspace(-0.1, 0.1, 50), 0.05) == pytest.approx(26 / 50)


def test_a_method_that_cries_wolf_has_no_power_curve(tried):
    from pilotsim.evaluation.diagnosis import MonteCarloFigure

    loud = [
        replace(one, diagnosis=replace(one.diagnosis, false_positives=MonteCarloFigure(0.9, 0.01)))
        for one in tried
    ]
    assert power.shown(tried)
    assert not power.shown(loud)


def test_each_question_has_a_picture_of_its_own(tried):
    other = replace(
        tried[0],
        strategy=replace(
            tried[0].strategy, estimand=replace(tried[0].strategy.estimand, name="other")
        ),
    )
    groups = power.by_question([*tried, other])
    assert [{one.strategy.estimand.name for one in group} for group in groups][-1] == {"other"}
    page = plot_power([*tried, other], questions={"other": "Something else"}, language="en")
    assert "Something else" in [text.get_text() for text in page.texts]
    assert is_whole(page)


def test_methods_that_mislead_are_not_drawn(tried):
    shown = power.shown(tried)
    assert shown
    always = replace(shown[0].diagnosis, false_positives=MonteCarloFigure(0.3, 0.02, 160))
    assert power.shown([replace(shown[0], diagnosis=always)]) == []


def test_one_limit_of_false_findings_marks_places_and_is_said(tried):
    """A share between the level asked for and the limit is no fault, in the figure as in the ranking."""
    between = MonteCarloFigure((SIGNIFICANCE + MAX_FALSE) / 2, 1e-4, 10_000)
    one = power.shown(tried)[0]
    near = replace(one, diagnosis=replace(one.diagnosis, false_positives=between))
    assert not is_misleading(near)
    page = plot_power([near], language="en")
    words = " ".join(text.get_text().replace("\n", " ") for text in page.texts)
    assert "false: 6 %" in words.replace("\u00a0", " ").replace("6%", "6 %")
    assert "✗" not in words
    assert "above 6.5" in words.replace("\u00a0", " ")
    # The control: beyond the limit it is no guide, and is left out.
    beyond = replace(near.diagnosis, false_positives=replace(between, value=MAX_FALSE + 0.01))
    assert is_misleading(replace(near, diagnosis=beyond))
