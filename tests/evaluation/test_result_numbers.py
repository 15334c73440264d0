"""Every number of an analysis bears its unit, has the digits of the release and no others, and no p is 0."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.amounts import PValue
from pilotsim.base.languages import LANGUAGES
from pilotsim.effects.effect import conclude
from pilotsim.effects.estimators.group_means import EffectPath
from pilotsim.effects.estimators.instrumental_variables import estimate_late
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.evaluation.release.digits import step_of, to_digits
from pilotsim.evaluation.release.pictures import coarsen_evidence
from pilotsim.language.catalogue import catalogue_of
from pilotsim.language.numbers import format_number
from pilotsim.output.document import Bound
from pilotsim.output.views import document_of
from pilotsim.output.views.parts import p_cell, probability_cell
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from tests.evaluation.registers import panel_of, plan_of, two_arms

INQUIRIES = {
    "share": {"at": "2 months"},
    "months": {"cumulated": "2 months"},
    "kroner": {"cumulated": "2 months", "outcome": "amount"},
}
UNITS = {
    "nb": ["prosentpoeng", "måneder", "kroner"],
    "en": ["percentage points", "months", "kroner"],
    "sv": ["procentenheter", "månader", "kronor"],
}


@pytest.fixture(scope="module")
def found():
    """A lottery of 400 with a large effect on work, and so on months and kroner."""
    arm, work = two_arms(200, 200, 150, 50)
    paid = np.where(work == 1.0, 0.0, 6000.0 + 10.0 * (np.arange(400) % 97))
    both = panel_of(arm, np.column_stack([work] * 2), amount=np.column_stack([paid] * 2))
    return analyse(both, plan_of(INQUIRIES))


def rows_of(found, language):
    document = document_of(found, language, with_figures=False)
    (table,) = [table for table in document.tables() if table.name == "effects"]
    text = write_csv(table, language).decode("utf-8-sig")
    separator = catalogue_of(language).numbers.separator
    return document, list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_effect_bears_its_unit_in_each_writer(found, language):
    document, filed = rows_of(found, language)
    unit = list(filed[0])[1]
    assert [row[unit] for row in filed] == UNITS[language]
    assert [row["unit"] for row in json.loads(write_json(document))["tables"]["effects"]] == UNITS[
        language
    ]
    texts = (write_markdown(document), terminal_text(document, 160), write_html(document))
    for text in texts:
        assert all(word in text for word in UNITS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_have_the_digits_that_were_released_and_no_others(found, language):
    """Kroner that are rounded to tens are no kroner and øre; the control is the number itself."""
    document, filed = rows_of(found, language)
    effect = found.findings[2].effect
    assert effect.estimate % 10 == 0
    assert effect.error % 10 == 0
    numbers = list(filed[2].values())[2:6]
    assert [float(text) for text in numbers] == [
        effect.estimate,
        effect.error,
        effect.low,
        effect.high,
    ]
    assert not any("," in text or "." in text for text in numbers)
    row = json.loads(write_json(document))["tables"]["effects"][2]
    assert row["effect"] == effect.estimate
    assert isinstance(row["effect"], int)
    lines = write_markdown(document).splitlines()
    (shown,) = [line.split("<")[0] for line in lines if line.startswith("| kroner |")]
    size, error = (
        format_number(number, language, 0) for number in (abs(effect.estimate), effect.error)
    )
    assert f"{size} | {error} |" in shown
    assert "." not in shown
    # Of months the tenths were released, and stand there.
    months = found.findings[1].effect
    shown = json.loads(write_json(document))["tables"]["effects"][1]
    assert shown["effect"] == months.estimate
    assert shown["standard_error"] == months.error != round(months.error)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_p_is_a_bound_in_every_writer(found, language):
    assert found.findings[0].effect.p < 0.001
    document, filed = rows_of(found, language)
    decimal = catalogue_of(language).numbers.decimal
    bound = f"< 0{decimal}001"
    for row in filed:
        assert [row[name] for name in row if name.startswith("p")] == [bound, bound]
    for row in json.loads(write_json(document))["tables"]["effects"]:
        assert row["p"] == row["p_holm"] == {"below": 0.001}
    for text in (write_markdown(document), terminal_text(document, 160), write_html(document)):
        assert f"0{decimal}000" not in text
        plain = text.replace("\u00a0", " ").replace("&lt;", "<").replace("\\<", "<")
        assert bound in plain


def test_a_p_that_can_be_written_is_a_number():
    assert p_cell(0.0012, "en").value == 0.001
    assert p_cell(0.00099, "en").value == Bound(0.001)
    assert p_cell(0.04, "nb").value == 0.04
    assert p_cell(np.nan, "nb").value is None
    assert probability_cell(0.0, "nb").value == Bound(0.01)
    assert probability_cell(1.0, "nb").value == Bound(0.99, is_upper=False)
    assert probability_cell(0.5, "nb").value == 0.5


def test_a_p_in_a_sentence_is_no_0_either():
    assert f"{PValue(0.0):.2f}" == "<\u00a00.01"
    assert f"{PValue(1e-12):.3f}" == "<\u00a00.001"
    assert f"{PValue(0.034):.2f}" == "0.03"
    assert f"{PValue(0.034)}" == "0.034"


def test_what_is_rough_shows_no_decimal_that_it_has_not(found):
    """An effect on a grid of 5 points is ≈ 15, not ≈ 15.0."""
    first = found.findings[0]
    rough = replace(first, effect=replace(first.effect, estimate=0.15), precision="coarse")
    document = document_of(replace(found, findings=(rough,)), "en", with_figures=False)
    assert "| ≈ 15 |" in write_markdown(document).replace("\u00a0", " ")
    exact = replace(found, findings=(replace(rough, precision="exact"),))
    assert "| 15.0 |" in write_markdown(document_of(exact, "en", with_figures=False))


def test_checks_name_the_unit_of_what_they_found():
    """A placebo of a share is in percentage points, one of payments in kroner."""
    arm = np.repeat([1.0, 0.0], 100)
    work = (np.arange(200 * 30).reshape(200, 30) * 7919 % 13 < 5).astype(np.float64)
    paid = 9000.0 + np.arange(200)[:, None] * np.ones(30)
    panel = panel_of(arm, work, amount=paid * (1.0 - work))
    # The programme begins with the plan, a year into the register.
    offered = np.where(arm == 1.0, 12.0, np.inf)
    panel = replace(panel, offered=offered, started=offered)
    for outcome, unit in (("in_work", "percentage points"), ("amount", "kroner")):
        plan = plan_of(
            {"it": {"at": "3 months", "outcome": outcome}}, ("placebo",), begins="2016-01-01"
        )
        (check,) = analyse(panel, plan).checks
        assert f"{unit} (adjusted p" in str(check.text)
        assert str(check.text).count(unit) == 2


def path_of(effect: float) -> EffectPath:
    one = conclude("it", "it", effect, abs(effect) / 3, clients=200)
    low, high = (effect - 0.04,) * 4, (effect + 0.04,) * 4
    return EffectPath("time", (-2, -1, 0, 1), (one,) * 4, low, high, one, np.eye(4))


def test_a_path_is_in_the_unit_of_the_outcome_of_a_month(found):
    """Also where the answer is about months in all: a band that was rounded to whole shares was 0 to 0."""
    months = found.findings[1].strategy.estimand
    assert not months.is_share
    path = coarsen_evidence(path_of(0.1234), 5, months)
    assert path.low == (0.083,) * 4
    assert path.effects[0].estimate == 0.123
    kroner = coarsen_evidence(path_of(-1412.3), 5, found.findings[2].strategy.estimand)
    assert kroner.low == (-1412.0,) * 4
    for finding, evidence, said in (
        (found.findings[1], path, "in percentage points. Thick"),
        (found.findings[2], kroner, "in kroner. Thick"),
    ):
        drawn = replace(finding, evidence=evidence)
        document = document_of(replace(found, findings=(drawn,)), "en")
        (figure,) = [one for one in document.figures() if one.name == "event_study"]
        assert said in figure.alt
        assert ".000" not in figure.alt


def test_bounds_beside_an_effect_are_no_more_exact_than_it():
    """An effect in hundreds of kroner has its bounds in hundreds; they stood there to the krone."""
    arm, work = two_arms(200, 200, 150, 50)
    paid = np.where(work == 1.0, 0.0, 6000.0 + 7.0 * (np.arange(400) % 97))
    later = (np.arange(400) % 10 == 3) | ((arm == 0.0) & (np.arange(400) % 10 == 5))
    lost = np.column_stack([np.zeros(400, np.bool_), later])
    both = (np.column_stack([one] * 2) for one in (work, paid))
    panel = panel_of(arm, next(both), amount=next(both), lost=lost)
    plan = plan_of({"kroner": {"at": "2 months", "outcome": "amount"}})
    (finding,) = work_out(panel, plan).findings
    (bounds,) = [note for note in finding.effect.notes if "(Lee)" in str(note)]
    step = step_of(finding.effect, is_share=False)
    assert step >= 10.0
    for end in ("low", "high"):
        assert float(bounds.parts[end]) % step == 0.0


def test_a_lot_that_decides_alone_has_no_f():
    """Where all that were drawn start and nobody else, F is a rounding error: 1e32 was printed."""
    arm, work = two_arms(90, 80, 45, 40)
    some = np.where(np.arange(170) % 9 == 0, 1.0 - arm, arm)
    exact, usual = (estimate_late(work, took, arm).notes for took in (arm, some))
    assert any("the instrument alone decides" in str(note) for note in exact)
    assert not any("F =" in str(note) for note in exact)
    assert any("first stage: F =" in str(note) for note in usual)


def test_digits_are_decided_once(found):
    """What the gate let through does not change when it is written with its own digits again."""
    for finding in found.findings:
        share = finding.strategy.estimand.is_share
        assert to_digits(finding.effect, is_share=share) == finding.effect
