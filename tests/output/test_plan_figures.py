"""Figures of two plans: each number once, nothing claimed that chance explains, legible in all languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import Interval
from pilotsim.base.text import Text
from pilotsim.cli.shared import read_changed
from pilotsim.files.reading import read_flow
from pilotsim.judge.comparison import ComparedEffect, ComparedPlan, compare_plans
from pilotsim.output import figures
from pilotsim.output.figures import plan_chances, plan_effects
from pilotsim.output.figures.style import BLUE
from pilotsim.output.views import document_of
from tests.output.small_checks import compared, compared_as_kept
from tests.output.test_figures import ROOT, faults_of, texts_on

FIGURES = ("plan_chances", "plan_effects")


@pytest.fixture(scope="module")
def alna():
    """Alna Aktiv and a scenario of it, by names that are long."""
    file = ROOT / "configs" / "alna_aktiv.yaml"
    flows = read_flow(file), read_changed(file, (), "as_planned", ())[0]
    names = (
        Text(nb="Planen slik den står i rapporten fra forstudien"),
        Text(nb="Hvor mange plasser skal bydelen ha når tilgangen er som i 2014? Ti til"),
    )
    return compare_plans(*map(ComparedPlan, names, flows), replications=4)


def drawn(axes):
    """All words of a figure."""
    words = " ".join(" ".join(text for text, _ in texts_on(axes.figure)).split())
    return words.replace("\u00a0", " ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_and_nothing_overlaps(alna, name, language):
    for found in (alna, compared()):
        axes = getattr(figures, f"plot_{name}")(found, language=language)
        assert faults_of(axes.figure) == []


def test_kept_checks_have_the_chances_and_no_effects(alna):
    names = [one.name for one in document_of(compared_as_kept(), "nb").figures()]
    assert names == ["plan-chances"]
    assert [one.name for one in document_of(alna, "nb").figures()] == [
        "plan-chances",
        "plan-effects",
    ]


def with_chances(first, second, chance):
    """A comparison of one verdict with these chances, by 100 runs of each."""
    found = compared()
    one = plan_chances.judged_by_runs(found)[0]
    sides = [
        replace(
            side, probability=p, interval=(max(0.0, p - 0.1), min(1.0, p + 0.1)), replications=9
        )
        for side, p in ((one.first, first), (one.second, second))
    ]
    return replace(found, verdicts=(replace(one, first=sides[0], second=sides[1], chance=chance),))


def test_a_clear_chance_is_blue_and_counted_and_one_by_chance_is_neither():
    clear = with_chances(0.2, 0.7, Interval(0.5, 0.4, 0.6, 100))
    axes = figures.plot_plan_chances(clear, language="nb")
    assert "20 % → 70 %" in drawn(axes)
    assert "+50 (+40 … +60)" in drawn(axes)
    assert any(line.get_color() == BLUE for line in axes.lines)
    assert plan_chances.title(clear, "en").startswith("Targets become clearly likelier in 1 and")
    open_ = with_chances(0.2, 0.3, Interval(0.1, -0.05, 0.25, 100))
    axes = figures.plot_plan_chances(open_, language="nb")
    assert not any(line.get_color() == BLUE for line in axes.lines)
    assert plan_chances.title(open_, "en").startswith("None of 1 verdicts")


def test_a_chance_that_falls_is_less_likely():
    fallen = with_chances(0.7, 0.2, Interval(-0.5, -0.6, -0.4, 100))
    assert "likelier in 0 and clearly less likely in 1 of 1" in plan_chances.title(fallen, "en")


def test_without_pairs_the_two_intervals_must_lie_apart():
    none = Interval(float("nan"), float("nan"), float("nan"), 0)
    assert "likelier in 1" in plan_chances.title(with_chances(0.2, 0.7, none), "en")
    assert plan_chances.title(with_chances(0.2, 0.35, none), "en").startswith("None of 1")


def test_the_same_chance_in_both_is_counted_and_not_drawn():
    found = compared()
    judged = plan_chances.judged_by_runs(found)
    same = [replace(one, second=replace(one.second, probability=0.4)) for one in judged]
    same = [replace(one, first=replace(one.first, probability=0.4)) for one in same]
    other = replace(same[0], first=replace(same[0].first, probability=0.1))
    mixed = replace(found, verdicts=(other, *same[1:]))
    words = drawn(figures.plot_plan_chances(mixed, language="en"))
    assert f"not drawn: {len(same) - 1}." in words
    assert words.count("→") == 1


def test_the_title_of_effects_names_the_surest_difference_with_its_side():
    found = compared()
    wide = Interval(9.0, 1.0, 17.0, 50)
    narrow = Interval(-4.0, -5.0, -3.0, 50)
    says = Text(nb="Alle", en="All", sv="Alla")
    effects = tuple(
        ComparedEffect(says, state, wide, wide, difference)
        for state, difference in (("work", wide), ("assistance", narrow))
    )
    title = plan_effects.title(replace(found, effects=effects), "en")
    assert title == "All: 'More advisers' leaves 4 fewer on assistance than 'The plan'"
    by_chance = Interval(1.0, -1.0, 3.0, 50)
    effects = (ComparedEffect(says, "work", wide, wide, by_chance),)
    title = plan_effects.title(replace(found, effects=effects), "en")
    assert title == "'More advisers' and 'The plan' change nothing that clearly differs"
