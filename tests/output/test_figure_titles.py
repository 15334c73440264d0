"""Titles of figures say what was found, and pictures say one thing each, in colour and without."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import Interval
from pilotsim.base.text import inside
from pilotsim.files.reading import read_flow, read_text
from pilotsim.judge.check import check_targets
from pilotsim.output import figures
from pilotsim.output.figures import clients, sensitivity_indices, targets, tornado, use, waits
from pilotsim.output.figures.sensitivity_indices import plot_sensitivity
from pilotsim.output.figures.titles import MAX_TITLE, first_sentence, fit_title, shorten
from pilotsim.output.labels import label_of_driver
from pilotsim.output.sentences.findings import together_in_words
from pilotsim.output.views import document_of
from tests.output.golden import all_results
from tests.output.small_checks import checked
from tests.output.small_results import findings
from tests.output.test_figures import ROOT, faults_of, texts_on


@pytest.fixture(scope="module")
def made():
    return all_results()


@pytest.fixture(scope="module")
def alna():
    flow = read_flow(ROOT / "configs" / "alna_aktiv.yaml")
    return check_targets(flow, replications=4, what_if_replications=2, seed=3)


def pictures_of(made):
    for name, (result, context) in made.items():
        for language in LANGUAGES:
            for figure in document_of(result, language, **context).figures():
                yield f"{name} {figure.name} {language}", figure


def test_every_title_is_a_sentence_of_what_was_found_that_is_read_at_a_glance(made):
    """Nine figures had the same title, others were questions or names of three lines."""
    found = dict(pictures_of(made))
    assert len(found) > 40
    assert {name: one.title for name, one in found.items() if len(one.title) > MAX_TITLE} == {}
    assert [name for name, one in found.items() if "?" in one.title or "{" in one.title] == []


def test_a_title_stands_in_its_picture_as_it_stands_in_the_document(made):
    for name, figure in pictures_of(made):
        if name.endswith("nb"):
            shown = " ".join(text for text, _ in texts_on(figure.draw().figure))
            flat = re.sub(r"-? ", "", " ".join(shown.split()).replace("\u00a0", " "))
            assert re.sub(r"-? ", "", figure.title.replace("\u00a0", " "))[:60] in flat, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_figures_of_a_document_have_one_title(alna, language):
    titles = [figure.title for figure in document_of(alna, language).figures()]
    assert len(titles) > 10
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= MAX_TITLE


def test_long_words_are_cut_between_two_of_them_and_say_so():
    assert shorten("Av alle som møter til samtalen", 14) == "Av alle som…"
    assert shorten("Av alle.", 14) == "Av alle"
    assert first_sentence("Nok: 12. Med 11 nås målet sjeldnere.") == "Nok: 12"
    title = fit_title(
        "tornado_title", "en", ("what", "target"), what="a " * 99, target="b " * 99, change="+1"
    )
    assert len(title) <= MAX_TITLE
    assert title.count("…") == 2
    assert title.endswith(": +1")


def words_on(axes):
    return " ".join(" ".join(text for text, _ in texts_on(axes.figure)).split())


def surely(driver):
    """A change that is known to the last digit."""
    known = {name: replace(one, low=one.mean, high=one.mean) for name, one in driver.value.items()}
    return replace(driver, value=known)


def test_what_may_be_chance_stands_below_all_that_is_not():
    """A change of 9 that may be none stood above one of 5 that is sure, and was said to matter most."""
    check = checked()
    name = next(one.question.name for one in check.verdicts if one.question.name in check.values)
    question = check.verdict_of(name).question
    sure, large, *_ = {one.name: one for one in check.drivers if one.kind != "unlimited"}.values()
    sure = replace(sure, value={**sure.value, name: Interval(5.0, 4.0, 6.0, 3)})
    large = replace(large, value={**large.value, name: Interval(9.0, -1.0, 19.0, 3)})
    both = replace(check, drivers=(large, sure))
    assert both.drivers_of(question) == [sure, large]
    (row,) = tornado.rows_of(both, question, "en")
    assert row.item == (sure,)
    below = f"The change may be chance: {inside(label_of_driver(check.flow, large, 'en'))}."
    assert below in words_on(figures.plot_drivers(both, name, language="en"))
    assert tornado.alt_text(both, name, "en").endswith(below)
    alone = replace(check, drivers=(large,))
    assert "by more than chance may" in tornado.title(alone, name, "en")
    assert tornado.rows_of(alone, question, "en") == []


def test_capacities_that_stand_in_for_each_other_are_one_row(alna):
    """Three rows with the same numbers were a third of the picture."""
    places = {"place_technical", "place_home_care", "place_other"}
    # As if with runs enough: of few, hardly any is told from chance.
    alna = replace(alna, drivers=tuple(surely(driver) for driver in alna.drivers))
    for verdict in alna.verdicts:
        if verdict.question.name not in alna.values:
            continue
        rows = tornado.rows_of(alna, verdict.question, "en", 99)
        named = [driver.name for row in rows for driver in row.item if driver.kind == "unlimited"]
        assert len(places.intersection(named)) <= 1
        for row in rows:
            if row.item[0].name in places and row.item[0].kind == "unlimited":
                assert "(shared)" in " ".join(row.label.split())
                return
    pytest.fail("no row of a shared capacity")


def test_a_key_explains_what_is_drawn_and_nothing_else():
    check = checked()
    name = next(one.question.name for one in check.verdicts if one.question.name in check.values)
    drivers = check.drivers_of(check.verdict_of(name).question)
    lifted = tuple(one for one in drivers if one.kind == "unlimited")
    others = tuple(one for one in drivers if one.kind != "unlimited")
    clear = Interval(5.0, 4.0, 6.0, 3)
    sure, lifted = (
        tuple(replace(one, value={**one.value, name: clear}) for one in some)
        for some in (others, lifted)
    )
    shown = words_on(figures.plot_drivers(replace(check, drivers=lifted), name, language="en"))
    assert "capacity without limit" in shown
    assert "lowest value" not in shown
    shown = words_on(figures.plot_drivers(replace(check, drivers=sure), name, language="en"))
    assert "lowest value" in shown
    assert "capacity without limit" not in shown
    assert "Pale bars" not in shown
    # One end is known, the other is not.
    low, high = (
        replace(others[0], kind=kind, value={**others[0].value, name: one})
        for kind, one in (("low", clear), ("high", Interval(1.0, -1.0, 3.0, 3)))
    )
    shown = words_on(figures.plot_drivers(replace(check, drivers=(low, high)), name, language="en"))
    assert "Pale bars" in shown


def marks_of(axes, marker):
    return [line for line in axes.lines if line.get_marker() == marker]


def test_the_mark_of_a_target_is_the_mean_that_is_written():
    """The white mark was the median, -17, and the text said -12.6."""
    check = checked()
    verdict = next(one for one in check.verdicts if one.question.name in check.values)
    values = check.values[verdict.question.name]
    skewed = values.copy()
    skewed[:] = 0.1
    skewed[0] = 0.9
    one = replace(check, verdicts=(verdict,), values={verdict.question.name: skewed})
    axes = figures.plot_targets(one, language="en")
    ticks = {
        text.get_text(): text.get_position()[0] for text in axes.texts if "%" in text.get_text()
    }
    low, high = ticks["0\u00a0%"], ticks["100\u00a0%"]
    (mark,) = [line for line in marks_of(axes, "o") if line.get_xdata()[0] > low + 0.01]
    assert mark.get_xdata()[0] == pytest.approx(low + (high - low) * skewed.mean(), abs=0.02)


def test_waits_and_use_stand_on_one_scale_in_all_panels(alna):
    """Four scales without a unit: a low hill looked like a long queue."""
    for plot in (figures.plot_waits, figures.plot_use):
        axes = plot(alna, language="nb")
        tops = {round(panel.get_ylim()[1], 9) for panel in axes.child_axes}
        assert len(axes.child_axes) > 1
        assert len(tops) == 1
    assert "dager" in words_on(figures.plot_waits(alna, language="nb"))
    highest = max(use.use_of(alna, number).high.max() for number in use._used(alna))
    assert axes.child_axes[0].get_ylim()[1] >= highest
    assert waits.title(alna, "nb").startswith("Ventetiden er")


def test_the_difference_is_drawn_and_that_of_the_own_group_beside_it(alna):
    axes = figures.plot_clients(alna, language="nb")
    assert "De 155 ved start:" in words_on(axes)
    states = clients.states_of(alna)
    assert len(axes.child_axes) == 2 * len(states)
    differences = axes.child_axes[1::2]
    for panel, state in zip(differences, states, strict=True):
        with_it, without = clients._at_the_end(alna, state)
        drawn = max(panel.lines, key=lambda line: len(line.get_xdata())).get_ydata()
        assert drawn[-1] == pytest.approx(float((with_it - without).mean()))
        assert drawn[0] == pytest.approx(0.0)


def test_an_estimate_of_a_part_above_that_of_the_whole_is_no_bar_within_it():
    """A dark bar was longer than the pale one that it was said to be part of."""
    found = findings()
    hangs = next(one for one in found.hangs if one.indices is not None)
    factor = hangs.indices.factors[0]
    odd = replace(factor, first=0.53, first_low=0.4, first_high=0.66, total=0.41)
    rest = tuple(hangs.indices.factors[1:])
    one = replace(hangs, indices=replace(hangs.indices, factors=(odd, *rest)))
    axes = plot_sensitivity(found, one, language="en")
    assert not axes.patches
    assert faults_of(axes.figure) == []
    whole, alone = marks_of(axes, "o"), marks_of(axes, "D")
    assert len(whole) == len(alone) == 1 + len(one.indices.factors)
    assert "both" in sensitivity_indices.note(found, one, "en").lower()


def test_two_factors_of_which_one_does_nothing_have_a_sentence_and_no_figure():
    """Four flat lines, by construction, were a figure."""
    found = findings()
    together = found.together[0]
    nothing = Interval(0.0, -0.1, 0.1, 20)
    flat = replace(
        together.grid,
        changes=tuple(tuple(nothing for _ in row) for row in together.grid.changes),
    )
    still = replace(found, together=(replace(together, grid=flat),))
    names = [figure.name for figure in document_of(still, "en").figures()]
    assert not any(name.startswith("together") for name in names)
    assert "hardly changes" in together_in_words(still, still.together[0], "en")
    names = [figure.name for figure in document_of(found, "en").figures()]
    assert any(name.startswith("together") for name in names)


def test_what_is_no_person_is_not_called_one():
    text = (ROOT / "configs" / "vilkar_today.yaml").read_text(encoding="utf-8")
    check = check_targets(
        read_flow(ROOT / "configs" / "vilkar_today.yaml"), replications=2, what_if=False
    )
    assert "client_is" in text
    for language in LANGUAGES:
        shown = words_on(figures.plot_flow(check, language=language)).lower()
        assert not re.search(r"klient|client|deltaker|deltagar|participant", shown)
    plain = check_targets(
        read_text(
            "flow: x\ntitle: X\nstarts: 2015-01-01\nlasts: 2 months\ngroups: {g: {starts_in: a, stock: 9}}\nstages: {a: {lasts: 3 days, next: {b: 100 %}}, b: {counts_as: work}}\n"
        ),
        replications=2,
        what_if=False,
    )
    assert "Deltakere" in words_on(figures.plot_flow(plain, language="nb"))


def test_titles_of_targets_count_what_is_likely(alna):
    grades = [one.grade.name for one in alna.verdicts if one.question.kind == "result"]
    met = sum(name in ("likely", "certain") for name in grades)
    assert f"{met} av {len(grades)}" in targets.title(alna, "result", "nb") or not met
