"""What is drawn together in a check: one bar of the tornado, a verdict in each reading."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_flow
from pilotsim.judge.check import check_targets, count_runs
from pilotsim.judge.one_way_sensitivity import assumptions_at_ends
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.readings import verdicts_by_reading
from pilotsim.judge.verdicts import questions_of
from pilotsim.model.beliefs import mean_of_belief
from pilotsim.output.views import document_of
from pilotsim.output.views.joint import drawn_mean
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.runs.batches import Variant, rows_of_numbers, run_variants

FILE = Path(__file__).parent.parent / "files" / "data" / "together.yaml"
CONFIGS = Path(__file__).parents[2] / "configs"
LEAVES, SHORT, BACK = (
    "risks.leave.rate",
    "traits.short.share",
    "stages.away.lasts.exponential.mean",
)
RUNS = 60


@pytest.fixture(scope="module")
def flow():
    return read_flow(FILE)


@pytest.fixture(scope="module")
def check(flow):
    return check_targets(flow, replications=RUNS, what_if_replications=20, seed=3)


def test_member_takes_its_companions_along(flow):
    rows = flow.posteriors["turnover"]
    changes = {change.label: change for change in assumptions_at_ends(flow)}
    order = np.argsort(rows.numbers[:, 0])
    lowest = rows.numbers[order[:40]].mean(axis=0)
    found = changes[f"low {LEAVES}"]
    slots = [flow.values[path].slot for path in (LEAVES, SHORT, BACK)]
    assert [found.slots[slot] for slot in slots[1:]] == pytest.approx(lowest[1:])
    # It stands at the end of its range, as every table says it; the tenth has that in its middle.
    assert found.number == found.slots[slots[0]] == flow.values[LEAVES].low
    assert rows.numbers[order[0], 0] < found.number < rows.numbers[order[39], 0]
    # Few leave where many are short: the companion is high where the member is low.
    assert lowest[1] > rows.numbers[:, 1].mean()


def test_every_bar_ends_where_the_range_does(check):
    told = [driver for driver in check.drivers if driver.name in check.flow.values]
    assert {driver.name for driver in told} >= {LEAVES, SHORT, BACK}
    for driver in told:
        value = check.flow.values[driver.name]
        assert driver.number == {"low": value.low, "high": value.high}[driver.kind]


def test_part_as_a_whole_is_one_change_with_two_ends(flow):
    changes = {change.label: change for change in assumptions_at_ends(flow)}
    low, high = (changes[f"{end} joint.turnover"] for end in ("low", "high"))
    assert set(low.slots) == set(high.slots) == {flow.values[p].slot for p in (LEAVES, SHORT, BACK)}
    assert (low.number, high.number) == (0.05, 0.95)
    rows = flow.posteriors["turnover"]
    ends = rows.ends_of()
    slots = [flow.values[path].slot for path in rows.paths]
    assert [low.slots[slot] for slot in slots] == pytest.approx(ends[0])
    assert [high.slots[slot] for slot in slots] == pytest.approx(ends[1])
    assert count_runs(flow, RUNS, 20) == RUNS + 20 * (2 * 5 + 2 + 1)


def test_part_of_which_all_but_one_value_is_set_has_no_bar_of_its_own():
    document = read_document(FILE)
    changed = apply_changes(document, {LEAVES: "4 % per month", SHORT: "50 %"})
    names = {change.name for change in assumptions_at_ends(changed)}
    assert BACK in names
    assert "joint.turnover" not in names
    assert LEAVES not in names


def test_reading_has_the_verdict_of_its_own_replications(flow, check):
    """Those of a run of that reading alone would be others: here the rows are the same ones."""
    main = run_variants(
        [Variant("one", flow, with_counterfactual=True)],
        [flow.targets["few"].measure],
        seed=3,
        replications={"one": RUNS},
    )["one"]
    assert np.array_equal(main.values[:, 0], check.values["few"])
    register, survey = check.by_reading
    assert [one.reading for one in check.by_reading] == ["register", "survey"]
    assert register.replications == survey.replications == RUNS // 2
    whole = check.verdict_of("few")
    parts = [one.verdicts[0] for one in check.by_reading]
    assert np.mean([part.probability for part in parts]) == pytest.approx(whole.probability)
    assert np.mean([part.expected for part in parts]) == pytest.approx(whole.expected)
    assert parts[0].expected != parts[1].expected


def test_readings_of_rows_that_do_not_differ_are_not_told_apart(flow, check):
    """The control: values dealt to replications at random give both readings the same, but for chance."""
    random = np.random.default_rng(1)
    values = random.normal(0, 1, (4000, 1))
    asked = [question for question in questions_of(flow) if question.measure is not None]
    runs = [QuestionRuns(*values.T, *np.zeros((6, 4000)))]
    one, other = verdicts_by_reading(flow, asked, runs, 4000, seed=3)
    difference = one.verdicts[0].expected - other.verdicts[0].expected
    assert abs(difference) < 4 * np.sqrt(2 / 2000)


def test_reading_that_differs_is_told_apart(flow):
    """In the rows fewer leave in the reading of the register: more stay on assistance."""
    found = check_targets(flow, replications=200, what_if=False, seed=3, jobs=1)
    register, survey = (one.verdicts[0].expected for one in found.by_reading)
    assert register > survey + 1


def test_fixed_run_has_no_readings(flow):
    assert check_targets(flow, replications=20, what_if=False, fixed=True).by_reading == ()


def test_one_reading_alone_has_no_table_of_readings():
    changed = apply_changes(read_document(FILE), {"joint.turnover.only": "survey"})
    assert check_targets(changed, replications=20, what_if=False).by_reading == ()


WORDS = {
    "nb": ("Registeret har rett", "trekkes sammen med andre", "den laveste tidelen"),
    "en": ("The register is right", "drawn together with others", "the lowest tenth"),
    "sv": ("Registret har rätt", "dras tillsammans med andra", "den lägsta tiondelen"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_says_what_is_drawn_together_and_each_reading(check, language):
    document = document_of(check, language, with_figures=False)
    page = write_markdown(document)
    reading, together, lowest = WORDS[language]
    assert reading in page
    assert together in page
    depend = {verdict.word for one in check.by_reading for verdict in one.verdicts}
    assert (reading in terminal_text(document, 120)) == (len(depend) > 1)
    drivers = next(table for table in document.tables() if table.name == "drivers")
    filed = [str(cell.value) for row in drivers.rows() for cell in row.cells]
    assert lowest in filed
    assumptions = next(table for table in document.tables() if table.name == "assumptions")
    names = {str(row.cells[0].value): row.cells[-1].value for row in assumptions.rows()}
    assert together in str(names[LEAVES])
    assert names["groups.g.stock"] is None


def test_record_for_programs_has_what_is_drawn_together_and_each_reading(check):
    record = document_of(check, "en", with_figures=False).record
    (joint,) = record["joint"]
    assert joint["file"] == "turnover.csv"
    assert set(joint["values"]) == {LEAVES, SHORT, BACK}
    assert [one["reading"] for one in record["readings"]] == ["register", "survey"]
    assert record["readings"][0]["verdicts"][0]["name"] == "few"


@pytest.mark.parametrize("language", LANGUAGES)
def test_tornado_draws_the_part_as_one_row(check, language):
    from pilotsim.output.figures.tornado import alt_text, rows_of

    rows = rows_of(check, check.verdict_of("few").question, language)
    names = [row.item[0].name for row in rows]
    assert names.count("joint.turnover") == 1
    said = alt_text(check, "few", language)
    assert WORDS[language][2] in said


SAID = {
    "nb": ("3 verdier som er tilpasset sammen, trekkes sammen", "står som i den midterste raden"),
    "en": (
        "3 values that were fitted together are drawn together",
        "stand at the row in the middle",
    ),
    "sv": ("3 värden som är anpassade tillsammans dras", "står som i den mittersta raden"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_screen_says_first_whether_numbers_are_drawn_or_as_written(flow, check, language):
    drawn, written = SAID[language]
    screen = " ".join(terminal_text(document_of(check, language), 120).split())
    assert drawn in screen
    assert written not in screen
    fixed = check_targets(flow, replications=5, what_if=False, fixed=True)
    screen = " ".join(terminal_text(document_of(fixed, language), 120).split())
    assert written in screen
    assert drawn not in screen


def test_value_that_is_set_is_said_to_be_left_by_the_others():
    changed = apply_changes(read_document(FILE), {LEAVES: "4 % per month"})
    said = [str(notice) for notice in changed.notices]
    assert any(
        f"{LEAVES}: is set for this run; the 2 other values of joint.turnover are drawn together"
        in one
        for one in said
    )
    assert not any("is set for this run" in str(notice) for notice in read_flow(FILE).notices)


def test_values_of_one_column_make_one_bar(tmp_path):
    text = FILE.read_text(encoding="utf-8").replace(
        "gives:", "gives:\n      risks.other.rate: leaves", 1
    )
    other = "  other: {to: work, rate: {value: 3.573 % per month, joint: turnover}}\nstages:"
    text = text.replace("stages:", other, 1).replace(
        "on: {risks: {leave: 1}}", "on: {risks: {leave: 1, other: 1}}"
    )
    (tmp_path / "flow.yaml").write_text(text, encoding="utf-8")
    rows = FILE.with_name("turnover.csv").read_text(encoding="utf-8")
    (tmp_path / "turnover.csv").write_text(rows, encoding="utf-8")
    names = [change.name for change in assumptions_at_ends(read_flow(tmp_path / "flow.yaml"))]
    assert names.count(LEAVES) == 2
    assert "risks.other.rate" not in names


def test_ranges_and_ends_have_the_digits_that_count(check):
    document = document_of(check, "en", with_figures=False)
    joint = next(table for table in document.tables() if table.name == "joint")
    texts = {
        str(row.cells[0].value): [cell.text.replace("\u00a0", " ") for cell in row.cells]
        for row in joint.rows()
    }
    assert texts[LEAVES][3:] == ["2.39–4.68 % per month", "2.39 % per month", "4.69 % per month"]
    for table in document.tables():
        headings = [column.filed_heading or column.heading for column in table.columns]
        assert len(set(headings)) == len(headings) or table.name not in ("joint", "readings")


def test_screen_names_the_targets_that_depend_on_the_reading(check):
    """Of two readings with other words both are said; where the words agree the count is enough."""
    register, survey = check.by_reading
    word = "unlikely" if survey.verdicts[0].word != "unlikely" else "likely"
    other = replace(register.verdicts[0], word=word)
    turned = replace(check, by_reading=(replace(register, verdicts=(other,)), survey))
    screen = " ".join(terminal_text(document_of(turned, "en", with_figures=False), 120).split())
    assert "1 of 1 verdicts depend on the reading" in screen
    assert f"The register is right: {word}" in screen
    same = replace(check, by_reading=(replace(survey, reading="register"), survey))
    screen = " ".join(terminal_text(document_of(same, "en", with_figures=False), 120).split())
    assert "0 of 1 verdicts depend on the reading" in screen
    assert "The survey is right: " not in screen


def test_average_that_a_table_names_is_that_of_the_draws():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    told = [
        (path, value) for path, value in flow.assumptions.items() if drawn_mean(flow, value, "nb")
    ]
    assert len(told) > 20
    rows = np.array(list(rows_of_numbers(Variant("drawn", flow), 5, range(400))))
    for path, value in told:
        # Counts are drawn as whole numbers; what is raised or scaled runs as what that comes to.
        if value.kind == "count" or value.raised_to or value.scaled_by:
            continue
        drawn = rows[:, value.slot]
        error = drawn.std() / np.sqrt(len(drawn))
        # Some hundred values: 4.5 errors fail once in a thousand for all of them together.
        assert abs(drawn.mean() - mean_of_belief(flow, value)) < 4.5 * error, path
    # What the reader found twice: 30 % displaced as written, 40 % as drawn; both stand there now.
    displaced = next(value for path, value in told if "displace" in path)
    assert "40\u00a0%" in drawn_mean(flow, displaced, "nb")
    even = next(
        value for path, value in flow.assumptions.items() if path == "stages.routing.next.workbox"
    )
    assert drawn_mean(flow, even, "nb") == ""
