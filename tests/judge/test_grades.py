"""Words of verdicts: each is one record, which whoever shows or counts it asks."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from pilotsim.base.grades import Grade, GradeScale
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli.check import check as command
from pilotsim.cli.shared import FALLS_SHORT
from pilotsim.files.reading import read_text
from pilotsim.judge import words
from pilotsim.judge.check import check_targets
from pilotsim.judge.posterior import SETTLEDNESS
from pilotsim.judge.validation import MATCHES
from pilotsim.judge.words import VERDICTS, VerdictGrade
from pilotsim.language.catalogue import catalogue_of
from pilotsim.output.views import document_of
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.simulation.engines import ENGINES
from tests.output.test_figures import PILOT

# Each takes every interval, whatever it is.
REMOTE = VerdictGrade("remote", 0, "bad", falls_short=True, rule="interval")
SURE = VerdictGrade("sure", 9, "good", rule="interval")


@pytest.mark.parametrize("scale", [VERDICTS, MATCHES, SETTLEDNESS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_can_be_said_in_every_language(scale, language):
    assert all(grade.key in catalogue_of(language).phrases for grade in scale)


def test_the_words_stand_in_order():
    words = ("impossible", "nearly_impossible", "unlikely", "uncertain", "likely", "certain")
    assert VERDICTS.names == (*words, "possible", "undefined")
    short = [grade.falls_short for grade in VERDICTS]
    assert short == [True, True, True, True, False, False, False, True]
    assert MATCHES.names == ("hit", "inside", "missed", "undefined")


def test_a_word_that_a_scale_does_not_have_is_refused():
    with pytest.raises(
        ValueError, match="no grade 'perhaps'; known: impossible, nearly_impossible"
    ):
        VERDICTS["perhaps"]


def test_two_words_cannot_stand_in_one_place():
    for other in (Grade("likely", 9, "fair"), Grade("other", 4, "fair")):
        with pytest.raises(ValueError, match="same name or the same rank"):
            VERDICTS.extended([other])


def judge_all_as(monkeypatch, grade: Grade) -> None:
    """Let every chance be judged by a word that the program has never seen."""
    monkeypatch.setattr(words, "VERDICTS", VERDICTS.extended([grade]))
    for language in LANGUAGES:
        monkeypatch.setitem(catalogue_of(language).phrases, grade.name, f"{grade.name} {language}")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("grade", [REMOTE, SURE], ids=lambda grade: grade.name)
def test_a_new_word_is_shown_counted_and_answered_without_another_change(
    monkeypatch, tmp_path, grade, engine
):
    """It crashed the screen, let the page say that there were no targets, and passed --strict."""
    judge_all_as(monkeypatch, grade)
    found = check_targets(read_text(PILOT), replications=4, what_if_replications=2, engine=engine)
    assert {verdict.word for verdict in found.verdicts} == {grade.name, "impossible"}
    assert found.falls_short  # by the sum that is impossible
    for language in LANGUAGES:
        document = document_of(found, language)
        for text in (terminal_text(document), write_html(document)):
            assert f"{grade.name} {language}" in text
            assert f"5 {grade.name} {language}" in text  # in the lead
    drawn = [figure.name for figure in document_of(found, "en").figures()]
    assert any(name.startswith("drivers-") for name in drawn) == grade.falls_short

    file = tmp_path / "pilot.yaml"
    file.write_text(
        PILOT.replace("ceiling: {sum: 0 - groups.g.stock * 0.4", "ceiling: {sum: 0 - 60")
    )
    arguments = [str(file), "-n", "4", "--no-what-if", "-j", "1", "--strict", "--language", "en"]
    arguments += ["--engine", engine]
    done = CliRunner().invoke(command, arguments)
    # The sum allows the target now, but says nothing of how likely it is.
    assert f"{grade.name} en" in done.output
    assert done.exit_code == (FALLS_SHORT if grade.falls_short else 0), done.output


def test_a_verdict_by_a_word_that_there_is_not_raises():
    (verdict, *_) = check_targets(read_text(PILOT), replications=2, what_if=False).verdicts
    with pytest.raises(ValueError, match="no grade 'perhaps'"):
        replace(verdict, word="perhaps")


def test_a_scale_is_a_scale_in_whatever_order_it_is_written():
    assert GradeScale(SURE, REMOTE).names == ("remote", "sure")
