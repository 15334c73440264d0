"""Classes of evidence: what the program tells, what a file may claim, and what copying would score."""

import math

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.calibration import calibrate
from pilotsim.judge.scores import scores_of
from pilotsim.judge.validation import HIT, MISSED, validate
from pilotsim.language.catalogue import catalogue_of
from pilotsim.model.evidence import EVIDENCE
from pilotsim.model.rules.evidence import evidence_of, naive_of
from pilotsim.output.views import document_of
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.terminal import terminal_text

# Of a hundred, 40 leave on 1 February and 40 on 1 March: every number is known.
FLOW = """
flow: small
title: Small
starts: 2015-01-01
lasts: 12 months
groups: {g: {starts_in: on, stock: 100}}
stages:
  on: {}
  first: {draws_from: on, opens: {on: [2015-02-01], admits: 40}, next: {work: 100 %}, lasts: 0 days}
  second: {draws_from: on, opens: {on: [2015-03-01], admits: 40}, next: {work: 100 %}, lasts: 0 days}
  work: {counts_as: work}
observed:
  fitted: {says: Fitted, measure: &first {count: {reached: first}}, value: 40, source: r, fitted: true}
  other_year: {says: The same in another year, measure: *first, value: 42, tolerance: {within: 3}, source: r}
  part: {says: A part of it, sum: simulated.fitted / 2, value: 20, source: r}
  part_of_part: {says: A part of that, sum: simulated.part / 2, value: 10, source: r}
  ends: {says: Many, measure: {count: {reached: work}}, value: 10, tolerance: at_least, source: r}
  adds_up: {says: Adds up, sum: 10 + 10, value: 20, source: r}
  left: {says: Left, measure: {count: {reached: work}}, value: 100, tolerance: about, source: r, naive: {as: observed.fitted}}
  next: {says: The next course, measure: {count: {reached: second}}, value: 50, tolerance: about, source: r,
    naive: {value: 48, says: A guess}}
  share: {says: Share, sum: simulated.left / groups.g.stock, value: 80 %, source: r}
  put_in: {says: Put in, measure: {count: {started: second}}, value: 40, source: r, evidence: {input: The size of the course is put in}}
"""


@pytest.fixture(scope="module")
def flow():
    return read_text(FLOW)


@pytest.fixture(scope="module")
def found(flow):
    return validate(flow, replications=4, engine="process")


@pytest.mark.parametrize(
    ("row", "kind", "because"),
    [
        ("fitted", "fitted", "were fitted to it"),
        ("other_year", "near_copy", "the same number of the model as 'fitted'"),
        ("part", "by_construction", "follows from rows that are no tests: fitted"),
        ("part_of_part", "by_construction", "follows from rows that are no tests: part"),
        ("ends", "by_construction", "one-sided"),
        ("adds_up", "identity", "nothing of it is simulated"),
        ("left", "test", None),
        # A sum of a row that is a test is one as well.
        ("share", "test", None),
    ],
)
def test_what_the_flow_tells_is_told(flow, row, kind, because):
    found = evidence_of(flow, row)
    assert found.kind.name == kind
    assert (found.because is None) == (because is None)
    assert because is None or because in str(found.because)


def test_what_the_flow_cannot_tell_is_claimed_with_a_reason(flow):
    found = evidence_of(flow, "put_in")
    assert found.kind.name == "input"
    assert found.because.in_language("en") == "The size of the course is put in"


@pytest.mark.parametrize(
    ("row", "claim", "message"),
    [
        ("fitted", "test", "the row is 'fitted' (values of the flow were fitted to it)"),
        ("other_year", "test", "the row is 'near_copy'"),
        ("part_of_part", "test", "the row is 'by_construction'"),
        ("ends", "test", "the row is 'by_construction' (one-sided"),
        ("adds_up", "{input: x}", "the row is 'identity'"),
        ("left", "fitted", "says so itself: fitted: true"),
        ("left", "identity", "something here is simulated"),
        ("share", "{near_copy: x}", "names the row that it is near"),
        ("left", "{near_copy: x}", "copying 40 would miss"),
        ("left", "input", "says not why the row is 'input'"),
        ("left", "by_constructon", "did you mean 'by_construction'?"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(row, claim, message):
    line = next(line for line in FLOW.splitlines() if line.startswith(f"  {row}:"))
    text = FLOW.replace(line, line.replace(", source: r", f", source: r, evidence: {claim}"), 1)
    with pytest.raises(FlowError) as caught:
        read_text(text)
    assert f"observed.{row}.evidence: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("naive", "message"),
    [
        ("{as: observed.lft}", "unknown observed output 'lft'; did you mean 'left'?"),
        ("{as: fitted}", "expected the name of a row: observed.NAME"),
        ("{as: observed.share}", "expected the unit of 50; found 80 %"),
        ("{value: 40 %, says: x}", "expected the unit of 50; found 40 %"),
        ("{value: 40}", "says not whose forecast"),
        ("{says: x}", "either the figure of another row (as), or a value"),
        ("{as: observed.left, source: r}", "has a source of its own"),
    ],
)
def test_a_naive_forecast_that_cannot_be_is_refused(naive, message):
    with pytest.raises(FlowError) as caught:
        read_text(FLOW.replace("{value: 48, says: A guess}", naive))
    assert message in str(caught.value)


def test_a_near_copy_may_be_claimed_of_a_row_that_is_near():
    near = FLOW.replace(
        "{value: 48, says: A guess}", "{as: observed.near}, evidence: {near_copy: As near}"
    )
    near += "  near: {says: Near, measure: {count: {state: work}}, value: 52, source: r}\n"
    assert evidence_of(read_text(near), "next").kind.name == "near_copy"


def test_naive_forecasts_are_held_to_the_same_tolerance(found):
    by_name = {one.output: one for one in found.comparisons}
    # 80 work: 20 from the published 100. As the first course: 40, which is 60 off.
    left = by_name["left"]
    assert (left.judged, left.error, left.naive.word, left.naive.error) == (
        MISSED,
        -20,
        MISSED,
        -60,
    )
    assert left.naive.says.in_language("en") == "Fitted"
    following = by_name["next"]
    assert (following.judged, following.error) == (MISSED, -10)
    assert (following.naive.word, following.naive.error) == (HIT, -2)
    # Another year of a fitted row: what copying it would score is told unasked.
    assert (by_name["other_year"].naive.number, by_name["other_year"].naive.word) == (40, HIT)
    assert by_name["share"].naive is None


def test_scores_are_by_class_and_beside_the_naive_forecast(found):
    scores = {one.kind.name: one for one in scores_of([found.comparisons])}
    assert list(scores) == ["test", "near_copy", "by_construction", "fitted", "input", "identity"]
    tests = scores["test"]
    assert {grade.name: count for grade, count in tests.words.items()} == {HIT: 1, MISSED: 2}
    assert (len(tests.naive), tests.naive_hits) == (2, 1)
    assert tests.error == pytest.approx((0.20 + 0.20) / 2)
    assert tests.naive_error == pytest.approx((0.60 + 0.04) / 2)
    assert tests.skill == pytest.approx(1 - 0.20 / 0.32)
    assert math.isnan(scores["identity"].skill)
    both = {one.kind.name: one for one in scores_of([found.comparisons, found.comparisons])}
    assert len(both["test"].rows) == 6
    assert both["test"].skill == pytest.approx(tests.skill)


def test_of_several_figures_each_side_counts_by_its_nearest():
    text = FLOW.replace(
        "value: 50, tolerance: about, source: r,",
        "figures: [{value: 40, source: r}, {value: 48, source: r}], contradiction: They differ,",
    )
    found = validate(read_text(text), replications=3, engine="process")
    tests = scores_of([found.comparisons])[0]
    assert [one.published.value.number for one in tests.rows if one.output == "next"] == [40]
    assert [one.published.value.number for one in tests.naive if one.output == "next"] == [48]
    assert tests.naive_hits == 1


def test_a_calibration_marks_what_this_fit_used():
    text = FLOW.replace("  on: {}", "  on: {risks: {job: 1}}").replace(
        "stages:",
        "risks: {job: {to: work, rate: {value: 1 % per month, low: 0.1, high: 3, assumption: g}}}"
        "\nstages:",
    )
    done = calibrate(read_text(text), ["risks.job.rate"], ["left"], replications=4, rounds=1)
    kinds = {one.output: one.evidence.kind.name for one in done.comparisons}
    assert (kinds["left"], kinds["fitted"], kinds["share"]) == ("fitted", "test", "by_construction")
    # What was near a row that this fit did not use is no copy here.
    assert kinds["other_year"] == "test"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_is_said_in_every_language(language):
    phrases = catalogue_of(language).phrases
    for kind in EVIDENCE:
        assert {kind.key, kind.key_of_many, kind.key_of_meaning} <= set(phrases)


def test_screen_and_files_print_the_classes_apart(found):
    document = document_of(found, "en", with_figures=False)
    screen = terminal_text(document, 170)
    assert (
        "True tests: 3 (1 hit and 2 missed). A naive forecast would have hit 1 of the 2" in screen
    )
    assert "skill 0.38" in screen
    assert screen.index("The model was not made to give these") < screen.index("was put in.")
    table = next(one for one in document.tables() if one.name == "validation")
    filed = write_csv(table, "en").decode("utf-8-sig").splitlines()
    assert "Evidence" in filed[0]
    assert "Error of the naive forecast" in filed[0]
    assert any(line.startswith("next,true test,") for line in filed)
    assert document.record["scores"]["test"]["grades"] == {HIT: 1, MISSED: 2}


def test_naive_of_a_row_without_one_is_none(flow):
    assert naive_of(flow, "share") is None
    assert naive_of(flow, "fitted") is None
