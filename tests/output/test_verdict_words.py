"""What the page says of the words of verdicts is what the program goes by."""

import re
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import Interval
from pilotsim.judge import words
from pilotsim.judge.check import check_targets
from pilotsim.judge.words import POSSIBLE, UNDEFINED, VERDICTS, Evidence, verdict_grades
from pilotsim.language import catalogue
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.output.document import Paragraph
from pilotsim.output.views import document_of
from pilotsim.output.views.verdict_words import MARK, verdict_legend
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.terminal import terminal_text
from tests.judge.test_effect_split import parted_flow
from tests.output import small_checks, small_results
from tests.output.golden import all_results


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_has_every_word_once_with_its_own_limits(language):
    legend = verdict_legend(language).replace("\u00a0", " ")
    for grade in verdict_grades():
        if grade.name in (POSSIBLE, UNDEFINED):
            continue  # explained where it occurs
        word = say(grade.key, language)
        assert len(re.findall(rf"[:,] {word} \(|\w {word} \(", legend)) >= 1
    assert "33" in legend
    assert "1 %" in legend
    assert "99 %" in legend


def test_the_legend_moves_with_the_rule(monkeypatch):
    """The control: another limit in the code is another limit on the page."""
    moved = [replace(grade, high=0.25) if grade.name == "unlikely" else grade for grade in VERDICTS]
    monkeypatch.setattr(words, "VERDICTS", type(VERDICTS)(*moved))
    legend = verdict_legend("en").replace("\u00a0", " ")
    assert "unlikely (below 25 %)" in legend
    assert "likely (66.7 % or more)" in legend


@pytest.mark.parametrize("language", LANGUAGES)
def test_wherever_a_word_stands_in_a_table_the_page_says_what_it_means(language):
    """Pages of checks, of plans beside each other and of systems had words without limits."""
    found = set()
    for name, (result, context) in all_results().items():
        document = document_of(result, language, **context)
        cells = [
            cell.text for table in document.tables() for row in table.rows() for cell in row.cells
        ]
        judged = [say(one.key, language) for one in verdict_grades() if one.rule == "chance"]
        shown = any(re.search(rf"(^|, )({'|'.join(judged)})(†|$|,)", text) for text in cells)
        paragraphs = [block.text for block in document.blocks() if isinstance(block, Paragraph)]
        told = any(verdict_legend(language) in text for text in paragraphs)
        assert told == shown, name
        found |= {name} if told else set()
    assert {"check", "comparison", "comparison_kept"} <= found


def test_rows_on_a_limit_are_marked_and_say_what_they_could_be():
    check = small_checks.checked()
    near = replace(
        check.verdicts[0],
        word="uncertain",
        probability=0.66,
        interval=(0.63, 0.69),
        replications=1000,
    )
    far = replace(
        check.verdicts[0],
        word="uncertain",
        probability=0.5,
        interval=(0.47, 0.53),
        replications=1000,
    )
    shown = terminal_text(document_of(replace(check, verdicts=(near,)), "en", with_figures=False))
    assert "uncertain†" in shown
    assert "crosses the limit of another word" in shown
    shown = terminal_text(document_of(replace(check, verdicts=(far,)), "en", with_figures=False))
    assert "uncertain†" not in shown
    assert "crosses the limit" not in shown
    document = document_of(replace(check, verdicts=(near,)), "en", with_figures=False)
    table = next(table for table in document.tables() if table.name == "targets")
    place = [column.key for column in table.columns].index("could_be")
    assert [row.cells[place].value for row in table.rows()] == ["likely"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spreadsheet_has_the_word_of_a_verdict_alone(language):
    """Who filtered a column by `likely` missed the rows whose word was followed by a dagger."""
    check = small_checks.checked()
    anyway = Interval(0.9, 0.85, 0.95, 1000)
    marked = replace(
        check.verdicts[0],
        word="likely",
        probability=0.7,
        interval=(0.63, 0.76),
        chance_anyway=anyway,
        replications=1000,
    )
    assert marked.could_be
    assert marked.is_met_anyway
    document = document_of(replace(check, verdicts=(marked,)), language, with_figures=False)
    table = next(table for table in document.tables() if table.name == "targets")
    place = [column.key for column in table.columns].index("verdict")
    [row] = table.rows()
    word = say("likely", language)
    assert row.cells[place].text.startswith(word)
    assert len(row.cells[place].text) > len(word) + 1
    assert row.cells[place].filed == word
    filed = write_csv(table, language).decode("utf-8-sig")
    cells = filed.splitlines()[1].split(catalogue_of(language).numbers.separator)
    assert word in cells
    assert say("met_anyway", language, word="") not in filed
    assert MARK not in filed


def test_a_miss_in_every_run_is_not_called_as_a_near_miss():
    """Less than one in a hundred and 26 % had the same word."""
    assert words.word_of(Evidence(False, True, 1000, 0, 0.0, 0.0, 0.0038)) == "nearly_impossible"
    assert words.word_of(Evidence(False, True, 1000, 0, 0.26, 0.23, 0.29)) == "unlikely"


def test_no_two_sections_of_the_catalogue_can_say_the_same_key(monkeypatch):
    """The column after "before" was headed "fitted", in the words of another section."""
    document = document_of(small_results.findings(), "nb", with_figures=False)
    table = next(table for table in document.tables() if table.name == "differences")
    headings = {column.key: column.heading for column in table.columns}
    assert (headings["before"], headings["after"]) == ("Før", "Etter")

    whole = catalogue.tomllib.loads
    monkeypatch.setattr(
        catalogue.tomllib,
        "loads",
        lambda text: {**whole(text), "phrases": {"one": {"after": "a"}, "two": {"after": "b"}}},
    )
    with pytest.raises(ValueError, match=r"\[phrases.two\] says again: after"):
        catalogue_of.__wrapped__("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_met_without_the_programme_too_is_said_so_beside_the_word(language):
    """And not where it is met because of it: the same chance with it, another without."""
    verdict = small_checks.checked().verdicts[0]
    likely = {"word": "likely", "probability": 0.9, "interval": (0.8, 0.95)}
    also = replace(verdict, **likely, chance_anyway=Interval(0.85, 0.75, 0.92, 100))
    because = replace(verdict, **likely, chance_anyway=Interval(0.2, 0.1, 0.3, 100))
    missed = replace(also, word="unlikely", probability=0.1)
    check = small_checks.checked()
    words = {
        name: terminal_text(
            document_of(replace(check, verdicts=(one,)), language, with_figures=False), 4000
        )
        for name, one in {"also": also, "because": because, "missed": missed}.items()
    }
    said = say("met_anyway", language, word=say("likely", language))
    note = say("met_anyway_note", language, names="").rstrip(": .")
    assert said in words["also"]
    assert note in words["also"]
    assert "85\u00a0%" in words["also"]
    for name in ("because", "missed"):
        assert note not in words[name]
        assert say("met_anyway", language, word="").strip(", ") not in words[name]


def test_the_chance_without_the_programme_is_the_share_of_its_runs():
    flow = parted_flow()
    check = check_targets(flow, replications=30, what_if=False, seed=3)
    (verdict,) = check.verdicts
    # The target counts all in work; the flow's effect counts them too.
    in_work = check.effect.without[:, 1, check.effect.states.index("work")]
    assert verdict.chance_anyway.mean == np.mean(in_work >= 25)
    assert verdict.is_met_anyway == (np.mean(in_work >= 25) >= 2 / 3)
