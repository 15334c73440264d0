"""Love's plot and cumulative incidence: legible in both languages, drawn on what they are given, said in words."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.effects.checks.balance import Balance
from pilotsim.effects.estimators.competing_risks import cumulative_incidence
from pilotsim.output.figures import incidence, love, plot_incidence, plot_love
from pilotsim.output.figures.incidence import Worlds
from tests.output.test_figures import faults_of, texts_on
from tests.recovery.exits import LIFT, plain_lottery

LONG = "Måneder med sosialhjelp i de to årene før henvisning, regnet den femtende i hver måned"


@pytest.fixture(scope="module")
def balance():
    names = ("Alder", LONG, "Har arbeidet siste år", "Bare i den ene gruppen")
    before, after = np.array([0.42, -0.9, 0.03, np.inf]), np.array([0.02, -0.12, 0.0, 2.6])
    return Balance(names, before, after, np.ones(4))


@pytest.fixture(scope="module")
def worlds():
    spells = plain_lottery(LIFT, 1)
    found = []
    for of, name in ((1, "Arbeid"), (2, "Ute av sosialhjelp på annen måte")):
        rows = [spells.treated == arm for arm in (1, 0)]
        found.append(
            Worlds(
                name,
                *(
                    cumulative_incidence(spells.exits[own], spells.causes[own], of=of)
                    for own in rows
                ),
            )
        )
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_and_nothing_overlaps(balance, worlds, language):
    assert faults_of(plot_love(balance, language=language).figure) == []
    assert faults_of(plot_incidence(worlds, language=language).figure) == []
    assert faults_of(plot_incidence(worlds[:1], language=language).figure) == []


def test_they_draw_on_the_axes_they_are_given(balance, worlds):
    for plot, result in ((plot_love, balance), (plot_incidence, worlds)):
        axes = Figure((9, 9)).add_subplot()
        assert plot(result, ax=axes) is axes
        assert texts_on(axes.figure)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_says_in_words_what_it_shows(balance, worlds, language):
    assert {
        "nb": "Alder: 0,42 uten vekter, 0,02 med",
        "en": "Alder: 0.42 without weights, 0.02 with",
        "sv": "Alder: 0,42 utan vikter, 0,02 med",
    }[language] in love.alt_text(balance, language)
    said = incidence.alt_text(worlds, language)
    share = worlds[0].with_it.at(worlds[0].end)
    assert f"{100 * share:.1f}".replace(".", "." if language == "en" else ",") in said


def test_without_a_way_out_there_is_nothing_to_draw():
    with pytest.raises(RequestError, match="found none"):
        plot_incidence([])
