"""A result of a changed flow says so wherever it goes; one of the file as it stands says nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import click
import matplotlib.text
import pytest

import pilotsim
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import COMMANDS, commands
from pilotsim.experiments.findings.find import analyse
from pilotsim.experiments.study import read_study, run_study
from pilotsim.experiments.study.execute import ExecutionOptions
from pilotsim.files.changes import apply_changes, scenario_changes
from pilotsim.files.reading import flow_as_written
from pilotsim.files.yaml import parse
from pilotsim.judge.check import check_targets
from pilotsim.judge.validation import validate
from pilotsim.language.catalogue import say
from pilotsim.output.figures import clients
from pilotsim.output.imprint import Imprint, imprint_lines
from pilotsim.output.sentences.changes import changed_note
from pilotsim.output.views import document_of
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.folder import files_of
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.runs import Local
from tests.experiments.optimise.small import problem_of
from tests.experiments.study.small import STUDY, write_study
from tests.output import small_checks, small_results
from tests.output.test_figures import PILOT

CHANGES = {"lasts": "+1 month"}
NOTICED = apply_changes(parse(PILOT, "flow.yaml"), CHANGES).notices


def checked(text=PILOT, changes=CHANGES, **options):
    flow = apply_changes(parse(text, "flow.yaml"), changes)
    return check_targets(flow, replications=4, what_if_replications=2, seed=3, **options)


@pytest.fixture(scope="module")
def changed():
    return checked()


@pytest.fixture(scope="module")
def documents(changed):
    return {language: document_of(changed, language) for language in LANGUAGES}


def plain(text):
    return " ".join(text.replace("\u00a0", " ").replace("\\", "").split())


def words(language, changed):
    """The line of the change, whatever the flow's own length is."""
    (entry,) = changed.flow.changes
    assert entry.path == "lasts"
    return plain(changed_note(changed, language).split(": ", 1)[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_screen_page_and_markdown_say_it_before_anything_else(documents, changed, language):
    document = documents[language]
    line = words(language, changed)
    assert "→" in line
    screen = terminal_text(document, 200).splitlines()
    assert line in plain(" ".join(screen[:4]))
    assert line in plain(write_html(document).split("<h2")[0])
    assert line in plain(write_markdown(document).split("\n## ")[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_says_it_in_words_and_in_its_picture(documents, changed, language):
    line = words(language, changed)
    figures = list(documents[language].figures())
    assert len(figures) > 4
    for figure in figures:
        assert line in plain(figure.alt), figure.name
        assert line in drawn(figure.draw()), figure.name


def drawn(axes):
    """All words of a figure."""
    figure = axes.get_figure(root=True)
    texts = [one.get_text() for one in figure.findobj(matplotlib.text.Text)]
    return plain(" ".join(texts))


def test_a_figure_that_is_drawn_from_python_says_it_too(changed):
    line = words("en", changed)
    for plot in (pilotsim.plot_clients, pilotsim.plot_flow, pilotsim.plot_targets):
        assert line in drawn(plot(changed, language="en"))
    assert "→" not in drawn(pilotsim.plot_clients(small_checks.checked(), language="en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fixed", [False, True])
def test_every_figure_says_what_runs_it_is_of_and_whether_they_drew(language, fixed):
    check = checked(changes={}, fixed=fixed)
    document = document_of(check, language)
    said, other = (
        {runs: plain(say(key, language, runs=str(runs))) for runs in (2, 4)}
        for key in sorted(("figure_runs_drawn", "figure_runs_fixed"), reverse=fixed)
    )
    figures = list(document.figures())
    assert len(figures) > 4
    for figure in figures:
        words, picture = plain(figure.alt), drawn(figure.draw())
        # What is changed in turn has fewer runs than the verdicts have.
        runs = 2 if figure.name.startswith("drivers") else 4
        assert words.endswith(said[runs]), figure.name
        assert picture.count(said[runs]) == 1, figure.name
        assert not any(one in words + picture for one in other.values()), figure.name
    for plot, runs in ((pilotsim.plot_clients, 4), (pilotsim.plot_targets, 4)):
        assert said[runs] in drawn(plot(check, language=language))
    shown = drawn(pilotsim.plot_drivers(check, check.verdicts[0].question.name, language=language))
    assert said[2] in shown
    assert said[4] not in shown


def test_the_figures_of_a_search_and_an_evaluation_say_it_too():
    for name in ("evaluation", "solution", "findings"):
        result, context = small_results.results()[name]
        figures = list(document_of(result, "en", **context).figures())
        assert figures, name
        for figure in figures:
            assert re.search(r"Simulations: [\d,]+; (assumptions with|all assumptions)", figure.alt)


def test_figures_of_one_result_leave_no_mark_on_those_of_another(changed, monkeypatch):
    pilotsim.plot_clients(changed, language="en")
    with monkeypatch.context() as patch:
        patch.setattr(clients, "_draw_levels", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pilotsim.plot_clients(changed, language="en")
    assert "→" not in drawn(pilotsim.plot_clients(small_checks.checked(), language="en"))


def test_every_table_says_it_in_every_row(documents, changed):
    line = words("nb", changed)
    document = documents["nb"]
    filed = [table for table in document.tables() if table.is_filed]
    assert len(filed) > 3
    files = {
        file.name: file.content.decode("utf-8-sig")
        for file in files_of(document)
        if file.name.endswith(".csv")
    }
    assert set(files) == {f"{table.name}.csv" for table in filed}
    for name, content in files.items():
        head, *rows = content.splitlines()
        assert head.endswith(";Merknad"), name
        assert all(line in plain(row) for row in rows), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_imprint_says_it_once(language, documents):
    """Its line began `Endret fra filen Endret fra filen:`."""
    document = documents[language]
    lines = dict(imprint_lines(document, Imprint(date(2026, 3, 9))))
    assert document.changed in lines.values()
    for term, told in lines.items():
        assert not told.startswith(term)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_imprint_says_how_the_same_is_had_in_other_languages(language, documents):
    """No page of a result said so; of a call from Python there is no command to add to."""
    document = documents[language]
    command = "pilotsim check flow.yaml"
    called = dict(imprint_lines(document, Imprint(date(2026, 3, 9), (), command)))
    lines = list(called.items())
    place = lines.index((say("imprint_command", language), command))
    term, told = lines[place + 1]
    assert term == say("imprint_languages", language)
    assert re.findall(r"--language (\w+)", told) == [one for one in LANGUAGES if one != language]
    assert term not in dict(imprint_lines(document, Imprint(date(2026, 3, 9))))


def test_every_command_whose_result_has_an_imprint_takes_what_it_says():
    written = {"--also", "--out"}
    context = click.Context(commands)
    every = [commands.get_command(context, name) for name in COMMANDS]
    taking = [one for one in every if written <= _options_of(one)]
    assert len(taking) > 10
    for command in taking:
        assert "--language" in _options_of(command), command.name
        (option,) = (one for one in command.params if "--language" in one.opts)
        assert set(option.type.choices) >= set(LANGUAGES), command.name


def _options_of(command):
    return {name for one in command.params for name in one.opts}


def test_programs_read_it(documents):
    record = json.loads(write_json(documents["en"]))
    (change,) = record["changes"]
    assert (change["path"], change["before"] != change["after"]) == ("lasts", True)
    assert [notice["path"] for notice in record["notices"]] == [one.path for one in NOTICED]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_as_it_stands_says_nothing_of_it(language):
    """The control: no heading, no mark, no column, an empty list."""
    document = document_of(small_checks.checked(), language)
    assert document.changed == ""
    assert "→" not in terminal_text(document)
    mark = plain(say("changed_note", language, changes=""))
    assert all(mark not in drawn(figure.draw()) for figure in document.figures())
    table = next(table for table in document.tables() if table.is_filed)
    assert write_csv(table, language) == write_csv(table, language, document.changed)
    assert json.loads(write_json(document))["changes"] == []


def test_a_scenario_is_named_with_what_it_changes():
    document = parse(small_checks.SYSTEM, "small.yaml")
    says, changes = scenario_changes(flow_as_written(document), "slow")
    found = validate(apply_changes(document, changes), replications=4, scenario=says)
    shown = plain(terminal_text(document_of(found, "en"), 200))
    assert "Scenario: Slow. Not run as the file stands." in shown
    assert "Speed to work: 5 % per month (3–8 % per month) → 1 % per month" in shown
    (figure,) = document_of(found, "en").figures()
    assert "Scenario: Slow. Changed from the file: Speed to work" in drawn(figure.draw())


def test_runs_that_hold_assumptions_are_told_from_those_that_draw_them():
    document = parse(small_checks.SYSTEM, "small.yaml")
    held, free = (
        validate(flow_as_written(document), replications=4, fixed=fixed) for fixed in (True, False)
    )
    fast = "All assumptions are held at their stated values"
    assert fast in terminal_text(document_of(held, "en"))
    assert fast in document_of(held, "en").changed
    assert fast not in terminal_text(document_of(free, "en"))
    assert "drawn anew" in terminal_text(document_of(free, "en"))


def test_what_follows_from_a_change_is_told_as_well():
    alone = "groups: {g: {"
    late = "late: {starts_in: on, stock: {sum: 0.2 * groups.g.stock, source: r p. 2}}"
    text = small_checks.SYSTEM.replace(alone, f"groups: {{{late}, g: {{")
    flow = apply_changes(parse(text, "small.yaml"), {"groups.g.stock": "+50"})
    found = validate(flow, replications=2)
    shown = plain(terminal_text(document_of(found, "en"), 200))
    assert "100 → 150" in shown
    assert "20 → 30 (follows from that)" in shown


def test_a_study_says_what_it_changed_before_it_compared(tmp_path):
    text = (
        STUDY.replace("scenarios:", "set: {groups.g.stock: +10}\nscenarios:")
        + "analysis: {differences: {against: as_written}}\n"
    )
    study = read_study(write_study(tmp_path, text))
    assert "30 → 40" in changed_note(study, "en")
    found = run_study(study, tmp_path / "run", ExecutionOptions(Local(1)))
    document = document_of(found, "en")
    assert "30 → 40" in plain(terminal_text(document))
    assert "5 (2–9) → 10" not in plain(terminal_text(document))  # what is compared stands with it
    told = found.changes_of_scenarios["double"]
    assert [change.path for change in told] == ["groups.g.stock", "resources.place.units"]
    findings = document_of(analyse(found), "nb")
    page = plain(write_html(findings))
    assert "Hva hvert scenario endrer" in page
    assert "5 (2–9)" in page
    for figure in findings.figures():
        assert "30 → 40" in drawn(figure.draw())


def test_a_search_says_what_its_file_changes(tmp_path):
    problem = problem_of(tmp_path, most_runs="most_runs: 60000\nset: {groups.g.stock: +10}")
    solution = replace(small_results.solution(), problem=problem)
    assert "40 → 50" in plain(terminal_text(document_of(solution, "en")))
    assert document_of(small_results.solution(), "en").changed == ""


def test_an_evaluation_says_what_its_file_changes():
    result = small_results.evaluation()
    assert changed_note(result, "en") == ""
    place = replace(result.cells[0].places[0], flow=checked().flow)
    cell = replace(result.cells[0], places=(place,))
    told = replace(result, cells=(cell,))
    assert "→" in changed_note(told, "en")
    for figure in document_of(told, "en").figures():
        assert "→" in drawn(figure.draw())


def test_a_bound_that_was_moved_is_named_before_all_else():
    target = next(iter(checked().flow.targets))
    bound = next(
        path
        for path in checked().flow.values
        if path.startswith(f"targets.{target}") and path.endswith(("at_least", "at_most"))
    )
    moved = {
        "resources.adviser.caseload": 10,
        "risks.job.rate": "5 % per month",
        "groups.g.stock": "+10",
        "lasts": "+1 month",
        bound: "35 %",
    }
    flow = apply_changes(parse(PILOT, "flow.yaml"), moved)
    found = check_targets(flow, replications=2, what_if=False)
    note = plain(changed_note(found, "nb"))
    # Three are named and two counted: one of the three is the bound by which all is judged.
    assert "35 %" in note
    assert note.index("35 %") < note.index("; ")
