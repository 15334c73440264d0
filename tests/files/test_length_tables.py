"""Lengths from a file of stays: the flow that comes of it, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.experiments.study import read_study
from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.differences import differences, told_between
from pilotsim.files.modules import read_written_out
from pilotsim.files.reading import read_document, read_flow, read_text
from pilotsim.files.settable import SettableValues
from pilotsim.files.yaml import parse
from pilotsim.judge.check import check_targets
from pilotsim.model.flow import Flow
from pilotsim.output.live.page import LivePage
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.portable.bounds import paths_to_set
from tests.files.small_stays import FLOW, LENGTHS, STAYS
from tests.files.test_value_tables import change

MEAN = sum(LENGTHS) / len(LENGTHS)
LASTS = "stages.course.lasts"
TARGET = "targets: {jobs: {says: Jobs, assumption: A wish, at_least: 9, measure: {count: {reached: work}}}}\n"


@pytest.fixture
def flow_file(tmp_path: Path) -> Path:
    (tmp_path / "stays.csv").write_text(STAYS, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW, encoding="utf-8")
    return file


def mean_of(flow: Flow) -> float:
    return flow.lengths_from_stays[LASTS].observed_mean.number


def faults_of(file: Path) -> list[str]:
    """What is wrong, each with its file without folder, its line and its cell."""
    with pytest.raises(FlowError) as caught:
        read_flow(file)
    return [
        f"{Path(one.file).name}:{one.line}:{one.column} {one.path}: {one.message}"
        for one in caught.value.faults
    ]


def test_stays_become_a_table_that_knows_where_it_is_from(flow_file: Path):
    length = read_flow(flow_file).stages["course"].lasts
    assert length.family == "quantiles"
    assert [value.number for value in length.parameters[::2]] == sorted(set(LENGTHS))
    assert length.observed_mean.number == pytest.approx(MEAN, rel=1e-12)
    assert length.observed_mean.source == "register-2014 p. 3"
    said = length.lengths_from
    assert (said.file, said.column, said.stays) == ("stays.csv", "days", 8)


def test_written_out_the_flow_needs_no_file(flow_file: Path):
    text = read_written_out(flow_file)
    assert "# as they were" in text
    assert parse(text, "elsewhere/flow.yaml").content == read_document(flow_file).content
    assert read_text(text, "elsewhere/flow.yaml") == read_flow(flow_file)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (STAYS.replace(",", ";").replace("3.5", "3,5"), "unit: days, "),
        (STAYS.replace(",days", ",days [days]"), ""),
        ("\r\n".join([*STAYS.splitlines(), ",", ""]), "unit: days, "),
        ("days,name\n" + "".join(f'{one} days,"Ø, Å"\n' for one in LENGTHS), ""),
        ("days\n" + "".join(f"{24 * one:g} hours\n" for one in LENGTHS), ""),
    ],
)
def test_the_same_stays_in_another_spelling_are_the_same_length(
    flow_file: Path, text: str, unit: str
):
    lengths = [value.number for value in read_flow(flow_file).stages["course"].lasts.parameters]
    flow_file.with_name("stays.csv").write_text(text, encoding="utf-8-sig", newline="")
    change(flow_file, "unit: days, ", unit)
    found = read_flow(flow_file).stages["course"].lasts
    assert [value.number for value in found.parameters] == pytest.approx(lengths, rel=1e-14)


def test_months_and_working_days_are_what_they_say(flow_file: Path):
    months = flow_file.read_text(encoding="utf-8")
    change(flow_file, "unit: days", "unit: months")
    assert mean_of(read_flow(flow_file)) == pytest.approx(MEAN * 365.25 / 12, rel=1e-12)
    flow_file.write_text(months.replace("unit: days", "unit: working days"), encoding="utf-8")
    length = read_flow(flow_file).stages["course"].lasts
    assert length.working
    assert length.observed_mean.written == "80.31 working days"


def test_lengths_of_every_kind_take_stays(flow_file: Path):
    named = "lengths_from: {file: stays.csv, column: days, unit: days, source: register-2014 p. 3}"
    change(flow_file, f"lasts: {{{named}}}", f"lasts: {{all_of: [{{{named}}}, 1 day]}}")
    change(
        flow_file,
        "starts_in: on_assistance,",
        "starts_in: on_assistance, stock_in: {course: {share: {value: 10 %, assumption: A few}, remaining: {"
        + named
        + "}}, on_assistance: rest},",
    )
    assert set(read_flow(flow_file).lengths_from_stays) == {
        f"{LASTS}.all_of.0",
        "groups.recipients.stock_in.course.remaining",
    }


def test_scenarios_may_name_other_stays(flow_file: Path):
    (flow_file.parent / "later.csv").write_text("days\n10\n20\n", encoding="utf-8")
    flow_file.write_text(
        f"{FLOW}scenarios: {{shorter: {{says: Shorter, set: {{{LASTS}: {{lengths_from: "
        "{file: later.csv, column: days, unit: days, source: register-2014}}}}}\n",
        encoding="utf-8",
    )
    flow = read_flow(flow_file)
    changed = apply_changes(read_document(flow_file), flow.scenarios["shorter"].changes)
    assert mean_of(changed) == 15


def test_a_module_finds_its_own_file(tmp_path: Path):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "stays.csv").write_text(STAYS, encoding="utf-8")
    (folder / "own.yaml").write_text(
        "module: own\ntitle: Own\nabout: A stay.\nparameters: {}\njoins: {}\nparts:\n  stages:\n"
        "    this_stay:\n      lasts: {lengths_from: {file: stays.csv, column: days, unit: days, "
        "assumption: As there}}\n      next: {on_assistance: 100 %}\n",
        encoding="utf-8",
    )
    file = tmp_path / "flow.yaml"
    file.write_text(
        FLOW.split("    lasts: {lengths")[0] + "    lasts: 0 days\n    next: {box_stay: 100 %}\n"
        "  work: {counts_as: work}\nuse: {box: {module: parts/own.yaml}}\n",
        encoding="utf-8",
    )
    assert list(read_flow(file).lengths_from_stays) == ["stages.box_stay.lasts"]
    assert parse(read_written_out(file), str(file)).content == read_document(file).content


def test_other_stays_are_another_flow(flow_file: Path):
    study = flow_file.with_name("study.yaml")
    study.write_text(
        "study: s\ntitle: S\nflow: flow.yaml\nreplications: 2\nresponses: {measures: {jobs: "
        "{says: jobs, measure: {count: {reached: work}}}}}\n",
        encoding="utf-8",
    )
    hashes, written = read_study(study).inputs, read_written_out(flow_file)
    change(flow_file.with_name("stays.csv"), "210", "211")
    assert set(hashes) == {"flow.yaml", "stays.csv", "study.yaml"}
    assert read_study(study).inputs["stays.csv"] != hashes["stays.csv"]
    assert read_written_out(flow_file) == written.replace("210 days", "211 days") != written


def test_the_digest_of_a_page_is_of_flow_and_stays(flow_file: Path):
    flow_file.write_text(FLOW + TARGET, encoding="utf-8")
    digests = []
    for old, new in (("210", "210"), ("210", "211"), ("211", "210")):
        change(flow_file.with_name("stays.csv"), old, new)
        found = check_targets(read_flow(flow_file), replications=2, what_if=False)
        digests.append(LivePage(found, source=flow_file).stands_for[1])
    assert digests[0] == digests[2] != digests[1]


def test_the_length_is_set_as_a_whole(flow_file: Path):
    document = read_document(flow_file)
    changed = apply_changes(document, dict([read_change(f"{LASTS}=6 weeks")]))
    assert changed.stages["course"].lasts.parameters[0].number == 42
    for part in ("quantiles.100 %", "quantiles.12 %", "lengths_from.column"):
        with pytest.raises(RequestError, match="was made of 8 stays, as a whole"):
            apply_changes(document, {f"{LASTS}.{part}": "5 days"})
    named = {"file": "stays.csv", "column": "days", "unit": "days", "source": "register-2014"}
    with pytest.raises(FlowError, match="lengths of a file are read where"):
        apply_changes(document, {LASTS: {"lengths_from": named}})


def test_other_stays_are_one_difference(flow_file: Path):
    first, before = read_flow(flow_file), read_document(flow_file).content
    change(flow_file.with_name("stays.csv"), "210", "290")
    second, now = read_flow(flow_file), read_document(flow_file).content
    (entry,) = differences(first, second).entries
    assert (entry.path, entry.before.number, entry.after.number) == (
        f"{LASTS}.mean",
        pytest.approx(MEAN),
        pytest.approx(MEAN + 10),
    )
    assert told_between(before, now) == [f"{LASTS} was made of other stays"]


def test_a_file_of_another_name_is_no_difference(flow_file: Path):
    first = read_flow(flow_file)
    flow_file.with_name("stays.csv").rename(flow_file.with_name("other.csv"))
    change(flow_file, "file: stays.csv", "file: other.csv")
    assert differences(first, read_flow(flow_file)).is_nothing


@pytest.mark.parametrize("other", ["6 weeks", "{gamma: {mean: 6 weeks, cv: 1}}"])
def test_a_family_instead_of_stays_is_one_difference(flow_file: Path, other: str):
    first = read_flow(flow_file)
    name, value = read_change(f"{LASTS}={other}")
    second = apply_changes(read_document(flow_file), {name: value})
    for one, two in ((first, second), (second, first)):
        (entry,) = differences(one, two).entries
        said = entry.file_says if one is first else entry.run_says
        assert entry.path == LASTS
        assert said == "{file: stays.csv, stays: 8, mean: 80.31 days}"


def test_a_factor_beside_stays_differs_for_itself(flow_file: Path):
    change(flow_file, "p. 3}}", "p. 3}, times: {value: 1, assumption: As before}}")
    changed = apply_changes(read_document(flow_file), {f"{LASTS}.times": 2})
    (entry,) = differences(read_flow(flow_file), changed).entries
    assert entry.path == f"{LASTS}.times"


def test_no_study_varies_a_single_point(flow_file: Path):
    study = flow_file.with_name("study.yaml")
    study.write_text(
        "study: s\ntitle: S\nflow: flow.yaml\nreplications: 2\ndesign: {method: full_factorial, "
        f"over: {{{LASTS}.quantiles.100 %: [220 days, 300 days]}}}}\nresponses: {{measures: {{jobs: "
        "{says: jobs, measure: {count: {reached: work}}}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(FlowError, match="stands for no number of the flow") as caught:
        read_study(study)
    assert str(caught.value).count("quantiles") == 2


def test_nobody_is_offered_a_single_point(flow_file: Path):
    flow = read_flow(flow_file)
    told = write_markdown(document_of(SettableValues(flow), "en"))
    assert "stages.course.opens.admits" in told
    assert "quantiles" not in told
    assert not any("quantiles" in path for path in paths_to_set(flow))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "from 8 observed stays (stays.csv)"),
        ("nb", "fra 8 observerte opphold (stays.csv)"),
        ("sv", "från 8 observerade vistelser (stays.csv)"),
    ],
)
def test_a_report_says_of_how_many_stays(flow_file: Path, language: str, words: str):
    flow_file.write_text(FLOW + TARGET, encoding="utf-8")
    check = check_targets(read_flow(flow_file), replications=2, what_if=False)
    text = write_markdown(document_of(check, language)).replace("\\", "")
    assert words in text


def test_a_column_has_one_sign_of_decimals(flow_file: Path):
    """A point beside commas parts thousands, and 1.200 days would be one day."""
    table = flow_file.with_name("stays.csv")
    table.write_text("who;days\nx;3,5\ny;1.200\nz;2.400\n", encoding="utf-8")
    (first, second) = faults_of(flow_file)
    assert "stays.csv:3:2 : the column has decimal commas and decimal points" in first
    assert "stays.csv:4:2 " in second
    table.write_text("who;days\nx;3.5\ny;1.25\nz;7\n", encoding="utf-8")
    assert mean_of(read_flow(flow_file)) == pytest.approx(11.75 / 3)


@pytest.mark.parametrize(("stays", "is_said"), [(19, True), (20, False)])
def test_few_stays_are_said(flow_file: Path, stays: int, is_said: bool):
    rows = "".join(f"{7 * number % 50}\n" for number in range(stays))
    flow_file.with_name("stays.csv").write_text(f"days\n{rows}", encoding="utf-8")
    said = [str(one.message) for one in read_flow(flow_file).notices]
    assert any(one.startswith(f"made of {stays} stays") for one in said) == is_said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("carpenter,84", "carpenter,", "4:2 : expected how long the stay was; found nothing"),
        ("carpenter,84", "carpenter,-84", "4:2 : a stay is no shorter than 0"),
        ("carpenter,84", "carpenter,Kari", "4:2 : expected a number (days); found words"),
        ("carpenter,84", "carpenter,84 days", "4:2 : expected a number (days); found words with"),
        ("carpenter,84", "carpenter,2014-03-01", "4:2 : expected a number (days); found a date"),
        ("carpenter,84", 'carpenter,"8,4"', "4:2 : expected a number (days); found a number with"),
        ("carpenter,84", "carpenter,8,4", "4:1 : expected 2 cells; found 3"),
        ("carpenter,84", "carpenter,nan", "4:2 : expected a number (days); found words"),
        ("carpenter,84", "carpenter,inf", "4:2 : expected a number (days); found words"),
        ("carpenter,84", "carpenter,1e999", "4:2 : a stay of more than 100 years"),
        ("carpenter,84", "carpenter,20140301", "4:2 : a stay of more than 100 years"),
        ("course,days", "course,dayz", "2:1 : there is no column 'days'; did you mean 'dayz'?"),
        ("course,days", "Kari,12", "2:1 : there is no column 'days'"),
        ("course,days", "days,days", "2:2 : the column 'days' stands twice"),
        ("course,days", "course,days [weeks]", "2:2 : the column is in weeks, and the flow says d"),
    ],
)
def test_a_fault_of_a_file_says_its_row_and_cell(flow_file: Path, old: str, new: str, told: str):
    change(flow_file.with_name("stays.csv"), old, new)
    (fault,) = faults_of(flow_file)
    assert fault.startswith(f"stays.csv:{told}")
    assert "Kari" not in fault
    assert "84" not in fault


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "1:1 : expected 2 to 200000 rows; found 0"),
        ([5], "1:1 : expected 2 to 200000 rows; found 1"),
        ([0] * 30, "1:1 : every stay is 0; is it another column?"),
        (range(1001, 1031), "1:1 : the column numbers its rows one by one, as names of cases do"),
    ],
)
def test_a_column_of_something_else_is_refused(flow_file: Path, rows: list[int], told: str):
    text = "days\n" + "".join(f"{row}\n" for row in rows)
    flow_file.with_name("stays.csv").write_text(text, encoding="utf-8")
    (fault,) = faults_of(flow_file)
    assert fault.startswith(f"stays.csv:{told}")


def test_at_most_twenty_faults_are_told(flow_file: Path):
    text = "days\n" + "no\n" * 50
    flow_file.with_name("stays.csv").write_text(text, encoding="utf-8")
    assert len(faults_of(flow_file)) == 20


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("file: stays.csv", "file: stay.csv", ".file: no such file"),
        ("file: stays.csv", "file: 7", ".file: expected words; found 7"),
        ("file: stays.csv, ", "", ": expected {file: stays.csv, column: days, unit: days, source"),
        ("column: days, ", "", ": expected {file: stays.csv, column: days, unit: days, source: .."),
        ("unit: days", "unit: dager", ".unit: expected a length of time"),
        ("unit: days", "units: days", ".units: unknown key 'units'; did you mean 'unit'?"),
        ("unit: days", "stays: 8", ".stays: the file says how many stays there are; leave 'stays'"),
        (", source: register-2014 p. 3", "", ": says neither where the stays come from (source)"),
        ("source: register-2014 p. 3", "source: register p. 3", ".source: unknown source"),
    ],
)
def test_a_fault_of_what_the_flow_says_stands_there(flow_file: Path, old: str, new: str, told: str):
    change(flow_file, old, new)
    (fault,) = faults_of(flow_file)
    assert fault.startswith("flow.yaml:16:") or "source" in told
    assert f"{LASTS}.lengths_from{told}" in fault


def test_numbers_without_a_unit_are_refused(flow_file: Path):
    change(flow_file, "unit: days, ", "")
    faults = faults_of(flow_file)
    assert len(faults) == len(LENGTHS)
    assert faults[0].startswith("stays.csv:3:2 : expected a length of time such as '6 weeks', or t")


def test_units_are_of_one_kind(flow_file: Path):
    change(flow_file, "unit: days, ", "")
    text = "days\n5 days\n5 working days\n"
    flow_file.with_name("stays.csv").write_text(text, encoding="utf-8")
    assert faults_of(flow_file) == ["stays.csv:3:1 : mixes calendar days and working days"]


def test_stays_and_quantiles_are_not_given_both(flow_file: Path):
    points = "quantiles: {0 %: 1 day, 100 %: 9 days}"
    change(flow_file, "lasts: {lengths", f"lasts: {{{points}, lengths")
    (fault,) = faults_of(flow_file)
    assert "the stays of the file give the quantiles; leave 'quantiles' out" in fault
    # Written out, it says of how many stays they were made.
    change(flow_file, "unit: days", "stays: 1")
    assert "expected a whole number" in faults_of(flow_file)[0]


def test_a_table_of_values_gives_no_number_where_stays_give_the_length(flow_file: Path):
    table = f"path,value,source\n{LASTS},3 weeks,register-2014\n"
    flow_file.with_name("numbers.csv").write_text(table, encoding="utf-8")
    flow_file.write_text(f"{FLOW}values_from: numbers.csv\n", encoding="utf-8")
    assert "expected one family of durations" in faults_of(flow_file)[0]


def test_stays_go_with_no_family(flow_file: Path):
    change(flow_file, "lasts: {lengths", "lasts: {gamma: {mean: 5 days, cv: 1}, lengths")
    faults = faults_of(flow_file)
    assert "expected one family of durations" in faults[0]
    assert "quantiles" in faults[0]
