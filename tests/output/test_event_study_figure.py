"""The event study: legible in both languages, drawn on what it is given, said in words."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from pilotsim.base.languages import LANGUAGES
from pilotsim.effects.estimators.group_means import average_by_lag
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.output.figures import plot_event_study
from pilotsim.output.figures.event_study import alt_text
from tests.output.test_figures import faults_of, texts_on
from tests.recovery.worlds import staggered


def path(periods: int, scale: float = 0.05):
    panel = staggered(1, periods=periods, size=200)
    return average_by_lag(
        estimate_group_time(scale * panel.outcomes, panel.starts, covariates=panel.covariates),
        draws=99,
    )


@pytest.fixture(scope="module")
def paths():
    return path(7), path(40), path(7, scale=5000.0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_nothing_is_cut_and_nothing_overlaps(paths, language, number):
    assert (
        faults_of(plot_event_study(paths[number], language=language, share=number < 2).figure) == []
    )


def test_it_draws_on_the_axes_it_is_given(paths):
    axes = Figure((9, 9)).add_subplot()
    assert plot_event_study(paths[0], ax=axes) is axes
    assert texts_on(axes.figure)


def test_every_effect_is_drawn_once_and_said_in_words(paths):
    page = plot_event_study(paths[0], language="en")
    panel = page.child_axes[0] if page.child_axes else page.figure.axes[1]
    points = sorted(line.get_ydata()[0] for line in panel.lines if line.get_marker() == "o")
    assert np.allclose(points, sorted(100 * effect.estimate for effect in paths[0].effects))
    said = alt_text(paths[0], "en")
    assert all(
        f"{100 * effect.estimate:.1f}".replace("-", "−") in said for effect in paths[0].effects
    )
