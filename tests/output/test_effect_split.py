"""What a check and an evaluation say of the effect: that it is assumed, its parts, what it comes to."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.evaluation.effect_size import EffectScaleCurve, belief_in_points
from pilotsim.evaluation.run import evaluate
from pilotsim.judge.check import Check, check_targets
from pilotsim.language.catalogue import say
from pilotsim.output import figures
from pilotsim.output.document import Document, Table
from pilotsim.output.views import document_of
from pilotsim.output.views.evaluation_summary import prior_paragraph
from pilotsim.output.writers.excel import tables_of
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from tests.evaluation.pilots import build
from tests.evaluation.test_trial import believing_flow
from tests.judge.test_effect_split import parted_flow
from tests.output.test_figures import faults_of


@pytest.fixture(scope="module")
def check() -> Check:
    return check_targets(parted_flow(), replications=40, seed=5, what_if_replications=2)


def table_of(document: Document, name: str) -> Table:
    return next(table for table in document.tables() if table.name == name)


def rows_of(table: Table) -> list[dict[str, object]]:
    """The rows of a table as programs read them."""
    keys = [column.key for column in table.columns]
    return [
        dict(zip(keys, (cell.value for cell in row.cells), strict=True)) for row in table.rows()
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_screen_and_page_say_that_the_size_is_assumed_and_its_parts(check, language):
    document = document_of(check, language, with_figures=False)
    for text in (write_markdown(document), terminal_text(document, 140)):
        words = " ".join(text.split())
        assert say("effect_split", language) in words
        assert "nobody knows" in words
        for part in ("Lock-in", "Help", "Threat", "Displaced"):
            assert part in words
        assert say("strength_range", language, low="0", high="2") in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_and_strengths_have_one_sheet_each(check, language):
    """They are read in one table and filed in another of the same title."""
    document = document_of(check, language, with_figures=False)
    titles = [table.title for table in tables_of(document)]
    assert len(set(titles)) == len(titles)
    assert {say("effect_split", language), say("strengths", language)} <= set(titles)


def test_the_filed_parts_add_up_to_the_world_with_the_programme(check):
    sums: dict[tuple[object, object], float] = defaultdict(float)
    wanted = {}
    for row in rows_of(table_of(document_of(check, "en", with_figures=False), "effect_parts")):
        place = row["counted"], row["state"]
        if row["part"] == "programme":
            wanted[place] = row["mean"]
        elif row["part"] not in ("total", "displacement", "net"):
            sums[place] += float(str(row["mean"]))
    assert wanted
    assert dict(sums) == pytest.approx(wanted)


def test_every_verdict_is_filed_at_every_strength(check):
    document = document_of(check, "en", with_figures=False)
    (row,) = rows_of(table_of(document, "strengths"))
    none, double = row["chance_strength_none"], row["chance_strength_two"]
    assert float(str(none)) < float(str(double))
    by_strength = document.record["by_strength"]
    assert [one["multiple"] for one in by_strength] == [0.0, 0.5, 1.0, 2.0]
    drawn = by_strength[2]["strength"]["strength"]
    assert [one["strength"]["strength"] for one in by_strength] == [0, drawn / 2, drawn, 2 * drawn]
    words = write_markdown(document)
    assert f"as much as is drawn on average ({drawn:.2g})" in words
    assert document.record["effect_parts"]["stock"]["help"]["work"]["mean"] > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_of_the_parts_is_legible(check, language):
    assert faults_of(figures.plot_effect_split(check, language=language).figure) == []


def test_a_flow_without_parts_has_no_such_section(check):
    flow = parted_flow()
    plain = check_targets(flow, replications=4, what_if=False)
    names = [section.name for section in document_of(plain, "en", with_figures=False).sections]
    assert "effect_split" not in names


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_evaluation_says_what_the_belief_comes_to(tmp_path, language):
    (cell,) = build(tmp_path, believing_flow(), effects={"inquiry": "in_work"}, draws=4)
    found = evaluate([cell])
    (belief,) = found.beliefs
    assert belief is not None
    assert belief.low < belief.mean < belief.high
    document = document_of(found, language, with_figures=False)
    assert f"{belief.mean:.1f}".replace(".", "," if language != "en" else ".") in write_markdown(
        document
    )
    points = [row["points"] for row in rows_of(table_of(document, "strength_in_points"))]
    assert points == sorted(points)


def test_fixed_sizes_are_said_to_be_no_belief(tmp_path):
    (cell,) = build(tmp_path, believing_flow(), effects={"inquiry": "in_work", "at": [0, 5]})
    curve = EffectScaleCurve((0.0, 1.0), np.array([0.0, 10.0]))
    line = prior_paragraph(cell, belief_in_points(cell, curve), "en")
    assert "not drawn from what the flow believes (0 and 5 percentage points)" in line.text


def test_held_assumptions_are_said_to_leave_the_strength_out(tmp_path):
    asked = {"effects": {"inquiry": "in_work"}, "draws": 4}
    for assumptions, said in (("fixed", True), ("drawn", False)):
        (cell,) = build(tmp_path, believing_flow(), assumptions=assumptions, **asked)
        text = write_markdown(document_of(evaluate([cell]), "en", with_figures=False))
        assert ("held at their stated values, except" in text) == said
