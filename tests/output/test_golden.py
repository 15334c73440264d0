"""Documents of small results: as they should be, and the same from every writer."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.output.document import Paragraph, Table
from pilotsim.output.views import document_of
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from tests.output import golden
from tests.output.golden import all_results, file_of, written

NAMES = (
    "check",
    "check_nobody",
    "comparison",
    "comparison_kept",
    "validation",
    "scoreboard",
    "calibration",
    "system",
    "study_cost",
    "study",
    "findings",
    "effects",
    "moved",
    "ruled_out",
    "information",
    "portfolio",
    "solution",
    "evaluation",
    "register_analysis",
    "look",
    "several_arms",
    "pooled",
    "follow",
    "follow_on_plan",
    "follow_watched",
    "learned",
    "readiness",
    "mending",
    "plan",
    "values",
)


@pytest.fixture(scope="module")
def made():
    return all_results()


def document(made, name, language):
    assert name in made
    return golden.document(name, language)


def test_every_result_has_a_golden_document(made):
    assert set(made) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_is_as_it_should_be(made, name, language):
    wanted = file_of(name, language).read_text(encoding="utf-8")
    assert written(document(made, name, language)) == wanted


def plain(text: str) -> str:
    """A text without what a writer needs to keep it a text: escapes, and spaces of any kind."""
    return " ".join(unescape(text).replace("\\", "").replace("\u00a0", " ").split())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_markdown_and_terminal_say_the_same(made, name, language):
    """Every cell and every sentence of the document, in the order in which they stand."""
    one = document(made, name, language)
    page = plain(
        re.sub(r"<[^>]*>", " ", re.sub(r'"data:[^"]*"', '""', golden.page(name, language)))
    )
    text = plain(re.sub(r"[|*`]", " ", write_markdown(one)))
    shown = plain(terminal_text(one, 400))
    for block in one.blocks():
        if isinstance(block, Paragraph):
            for place in (page, text, *([shown] if block.is_brief else [])):
                assert plain(block.text) in place
        if isinstance(block, Table) and block.is_shown:
            for row in block.rows():
                for column in block.shown_columns():
                    assert plain(row.cells[column].text) in page
                    assert plain(row.cells[column].text) in text
                for column in block.brief_columns() if block.is_brief else []:
                    assert plain(row.cells[column].text) in shown


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_what_its_rows_are_about(made, name):
    """The first column of a table names its rows, on the page and in the file."""
    for table in document(made, name, "nb").tables():
        for row in table.rows() if table.is_filed else []:
            first = row.cells[table.filed_columns()[0]]
            assert not first.text.strip("–") or first.filed not in (None, ""), table.name


@pytest.mark.parametrize("name", NAMES)
def test_json_is_the_same_in_every_language_but_for_words(made, name):
    """Programs read the record; the tables beside it hold words as people read them."""
    found = [write_json(document(made, name, language)) for language in LANGUAGES]
    records = [re.sub(r'"tables": .*', "", text, flags=re.DOTALL) for text in found]
    assert len(set(records)) == 1


def test_without_figures_a_document_says_the_rest(made):
    result, context = made["evaluation"]
    bare = document_of(result, "en", with_figures=False, **context)
    assert not list(bare.figures())
    whole = document_of(result, "en", **context)
    assert list(whole.figures())
    assert terminal_text(bare) == terminal_text(whole)


def test_no_effect_that_is_seen_is_said_alike_wherever_it_stands(made):
    """The terminal said `> 39`, the page an infinity sign."""
    one = document(made, "evaluation", "en")
    assert re.search(r"A small lottery +Difference +> 39 ", plain_lines(terminal_text(one)))
    assert re.search('<td class="number"[^>]*>&gt;\u00a039</td>', write_html(one))
    power = next(figure for figure in one.figures() if figure.name == "power")
    assert (
        "A small lottery (Difference) detects effects from >\u00a039 percentage points."
        in power.alt
    )
    assert "∞" not in write_html(one) + terminal_text(one)


def plain_lines(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_a_strategy_has_one_name_wherever_it_stands(made):
    """By its words in the table, and by its key in the list of those that gave no answer."""
    shown = terminal_text(document(made, "evaluation", "nb"), 400)
    assert "Liten loddtrekning (Forskjell) ga ikke svar i 1 av 4 trekninger" in shown
    assert "difference" not in shown


def test_a_design_that_costs_more_and_sees_less_is_said_to(made):
    shown = plain_lines(terminal_text(document(made, "evaluation", "en"), 400))
    assert (
        "Choose a lottery rather than a small lottery: with a lottery (Difference) the evaluation "
        "costs 300,000 NOK instead of 500,000 NOK, and detects effects from 14.0 instead of "
        "> 39 percentage"
    ) in shown


def test_no_share_of_draws_is_told_as_all_or_none(made):
    """All 4 draws find something in the chosen; that shows a power of more than 51 %, not of 100 %."""
    tables = {table.name: table for table in document(made, "evaluation", "en").tables()}
    table = tables["diagnosis"]
    place = [column.key for column in table.columns].index("power")
    assert [plain_lines(row.cells[place].text) for row in table.rows()][2] == "> 51 %"


def test_an_evaluation_begins_with_what_each_design_can_see_and_costs(made):
    """The lottery first, the one that misleads last and without numbers that nobody should use."""
    tables = [*document(made, "evaluation", "en").tables()]
    assert tables[0].name.startswith("summary_")
    rows = [[plain_lines(cell.text) for cell in row.cells] for row in tables[0].rows()]
    assert rows == [
        ["A lottery", "Difference", "14.0", "50 %", "300,000", YES],
        ["A small lottery", "Difference", "> 39", "50 %", "500,000", YES],
        ["The caseworker chooses", "Difference", "–", "–", "–", NO],
    ]


YES = "Yes: lots alone set the groups apart"
NO = "✗ No, it is wrong: would differ anyway"


def test_a_least_effect_that_nobody_asked_for_is_not_said_to_be_none(made):
    """That a design cannot detect any effect was said where it had not been tried."""
    result, context = made["evaluation"]
    tried = tuple(replace(one, detectable=None) for one in result.tried)
    shown = document_of(replace(result, tried=tried), "en", **context)
    text = plain_lines(terminal_text(shown, 400))
    assert "cannot detect any effect" not in text
    assert "None of the designs" not in text
    assert "How small an effect each design can detect was not asked" in text
    assert (
        "A lottery (Difference) detects the effect expected beforehand in 50 % of the pilots"
        in text
    )


def test_what_answers_different_questions_stands_in_different_tables(made):
    """Each table is of one question, which its title says; for programs all stand in one."""
    result, context = made["evaluation"]
    first = result.tried[0]
    other = replace(first.strategy, estimand=replace(first.strategy.estimand, name="months"))
    cell = result.cells[0]
    estimands = {**cell.estimands, "months": other.estimand}
    two = replace(
        result,
        cells=(replace(cell, estimands=estimands, asked={**cell.asked, "months": None}),),
        tried=(*result.tried, replace(first, strategy=other)),
    )
    tables = [*document_of(two, "en", **context).tables()]
    shown = {table.name: table.title for table in tables if table.is_shown}
    assert shown["diagnosis_1"] == "In work after a year"
    assert shown["diagnosis_2"] == "months"
    assert shown["where_found_2"].endswith(": months")
    (filed,) = [table for table in tables if table.is_filed and table.name == "diagnosis"]
    assert len([*filed.rows()]) == len(two.tried)
    assert not filed.is_shown


def test_what_a_plan_says_of_a_changed_plan_cannot_be_overlooked(made):
    opening = next(iter(document(made, "register_analysis", "nb").blocks()))
    assert opening.role == "warning"
    assert "ENDRET" in opening.text


def test_numbers_of_a_register_are_filed_with_the_digits_that_are_shown(made):
    table = next(document(made, "register_analysis", "en").tables())
    row = next(table.rows())
    values = dict(zip([column.key for column in table.columns], row.cells, strict=True))
    assert values["effect"].value == 12.3
    assert values["low"].value == 2.3
    assert values["p"].value == 0.016
    # Cells are left out, so the number of clients would give them away: 197 is at most 200.
    assert values["clients"].value is None
    assert values["clients"].text == "≤\u00a0200"


def test_what_concerns_every_pair_of_arms_stands_once(made):
    """Over the whole what is said of all in the same words; with its pair what is said of one."""
    result = document(made, "several_arms", "en")
    said = {
        section.name: [one.text for block in section.blocks for one in getattr(block, "items", [])]
        for section in result.sections
    }
    assert said["all_pairs"][1] == "✓ No outcome is missing."
    assert "✗ The arms differ." in said["pair_close_usual"]
    everywhere = [text for texts in said.values() for text in texts]
    assert len(set(everywhere)) == len(everywhere)
    (warned,) = [
        one.text for one in result.sections[0].blocks if getattr(one, "role", "") == "warning"
    ]
    assert warned.startswith("A course against Usual help: time counts from 2015-01")
    # A plan of one pair has nothing over it.
    alone = replace(made["several_arms"][0], contrasts=made["several_arms"][0].contrasts[:1])
    names = [section.name for section in document_of(alone, "en").sections]
    assert names == ["effects", "arms", "pair_close_usual", "release"]
    # Said of every pair, it is said of none by name.
    contrasts = [
        replace(one, analysis=replace(one.analysis, beside=("As they came.",)))
        for one in made["several_arms"][0].contrasts
    ]
    both = replace(made["several_arms"][0], contrasts=tuple(contrasts))
    opening = document_of(both, "en").sections[0]
    assert [one.text for one in opening.blocks if getattr(one, "role", "") == "warning"] == [
        "As they came."
    ]


def test_several_arms_open_with_each_pair_in_words_beside_all_answers(made):
    """The interval of the first pair is above zero, and Holm's p-value over all pairs 0.064."""
    found, _ = made["several_arms"]
    roles = [one.role for one in document_of(found, "en").sections[0].blocks[:3]]
    assert roles == ["lead", "lead", "body"]
    first = document_of(found, "en").sections[0].blocks[0].text
    assert "with all answers of the plan taken into account this may be chance" in first
    alone = replace(found.contrasts[0].answers[0], adjusted_p=0.032)
    pair = replace(found.contrasts[0], answers=(alone, *found.contrasts[0].answers[1:]))
    opening = document_of(replace(found, contrasts=(pair,), unchanged=False), "en").sections[0]
    assert [one.role for one in opening.blocks[:2]] == ["warning", "lead"]
    assert "This is hardly chance" in opening.blocks[1].text


def test_numbers_of_several_arms_tell_no_more_than_those_of_two(made):
    """Of 197 to 200 clients in a coarse answer the table gave 200 as the count, and no sign of either."""
    table = next(document(made, "several_arms", "en").tables())
    keys = [column.key for column in table.columns]
    exact, _, coarse, withheld = (dict(zip(keys, row.cells, strict=True)) for row in table.rows())
    assert (exact["effect"].text, exact["clients"].value) == ("12.3", 200)
    assert plain_lines(coarse["effect"].text) == "≈ 5"
    assert plain_lines(coarse["clients"].text) == "≤ 200"
    assert coarse["clients"].value is None
    assert coarse["together"].text == "−10.0 … 20.0"
    assert {withheld[key].value for key in keys[3:]} == {None}


def test_a_place_that_is_left_out_is_warned_of_above_the_table(made):
    """Its note stood among those of methods, below, as plain as they."""
    blocks = document(made, "pooled", "en").sections[0].blocks
    table = next(place for place, block in enumerate(blocks) if isinstance(block, Table))
    (warned,) = [one for one in blocks[:table] if one.role == "warning"]
    assert warned.text.startswith("south is left out")
