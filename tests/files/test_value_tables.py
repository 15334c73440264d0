"""Numbers from a table: the flow that comes of it, and what is wrong with a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.experiments.study import read_study
from pilotsim.files.changes import apply_changes
from pilotsim.files.modules import flow_document, read_written_out
from pilotsim.files.reading import read_document, read_flow, read_text
from pilotsim.files.yaml import parse
from pilotsim.judge.check import check_targets
from pilotsim.output.live.page import LivePage
from tests.files.small_table import FLOW, TABLE
from tests.files.test_modules import FLOW as WITH_MODULE
from tests.files.test_modules import MODULE

# The same flow with its numbers in it.
WRITTEN = """
flow: talks
title: Talks
starts: 2015-01-01
lasts: {value: 12 months, source: plan-2014}
sources: {plan-2014: The plan}
traits: {young: {share: {value: 28 %, source: plan-2014 p. 1}}}
groups:
  recipients:
    starts_in: on_assistance
    arrivals:
      {label: New ones, shape: uniform, value: 4 per month, low: 2, high: 7, assumption: "Asked, in March"}
    stock: {value: 100, source: plan-2014 p. 2}
resources:
  adviser: {price_per_month: {value: 50000, source: plan-2014}, units: {value: 12, source: plan-2014}}
risks:
  job: {to: work, rate: {value: 3 % per month, low: 2, high: 4, assumption: As elsewhere}}
stages:
  on_assistance: {risks: {job: 1}}
  called_in:
    draws_from: on_assistance
    opens: {every: 1 month, admits: {value: 10, source: plan-2014}}
    next: {on_assistance: rest, talk: {value: 90 %, low: 80, high: 95, assumption: Most}}
    lasts:
      gamma:
        mean: {value: 10 working days, source: plan-2014}
        cv: {value: 0.5, assumption: A guess}
  talk:
    needs: {adviser: 1}
    lasts:
      by: {young: {value: 1.2, assumption: A guess}}
      constant: {value: 3 weeks, low: 2, high: 4, assumption: Two talks}
    next: {on_assistance: 100 %}
  work: {counts_as: work}
"""


@pytest.fixture
def flow_file(tmp_path: Path) -> Path:
    (tmp_path / "numbers.csv").write_text(TABLE, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW, encoding="utf-8")
    return file


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def faults_of(file: Path) -> list[str]:
    """What is wrong, each with its file without folder, its line and its cell."""
    with pytest.raises(FlowError) as caught:
        read_flow(file)
    return [
        f"{Path(one.file).name}:{one.line}:{one.column} {one.path}: {one.message}"
        for one in caught.value.faults
    ]


def test_a_flow_with_a_table_is_the_flow_written_out(flow_file: Path):
    assert read_document(flow_file).content == parse(WRITTEN, "written.yaml").content
    assert read_flow(flow_file) == read_text(WRITTEN)


def test_what_is_written_out_is_the_flow_without_its_table(flow_file: Path):
    text = read_written_out(flow_file)
    assert "values_from" not in text
    assert "# longer for the young" in text
    assert parse(text, "flow.yaml").content == read_document(flow_file).content


def test_a_table_of_a_spreadsheet_is_read(flow_file: Path):
    lines = TABLE.replace('"Asked, in March"', "Asked in March").splitlines()
    rows = "\r\n".join([*(line.replace(",", ";") for line in lines), ";;;;;", ""])
    (flow_file.parent / "numbers.csv").write_text(rows, encoding="utf-8-sig", newline="")
    written = WRITTEN.replace('"Asked, in March"', "Asked in March")
    assert read_document(flow_file).content == parse(written, "written.yaml").content


def test_a_number_of_a_table_can_be_set(flow_file: Path):
    changed = apply_changes(read_document(flow_file), {"resources.adviser.units": 20})
    assert changed.values["resources.adviser.units"].number == 20


def test_another_table_is_another_flow(flow_file: Path):
    study = flow_file.with_name("study.yaml")
    study.write_text(
        "study: s\ntitle: S\nflow: flow.yaml\nreplications: 2\nresponses: {measures: {jobs: "
        "{says: jobs, measure: {count: {reached: work}}}}}\n",
        encoding="utf-8",
    )
    hashes = read_study(study).inputs
    written = read_written_out(flow_file)
    change(flow_file.with_name("numbers.csv"), "adviser.units,12", "adviser.units,13")
    assert set(hashes) == {"flow.yaml", "numbers.csv", "study.yaml"}
    assert read_study(study).inputs["numbers.csv"] != hashes["numbers.csv"]
    assert read_written_out(flow_file) == written.replace("value: 12,", "value: 13,") != written


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("path,value", "path,vlaue", "2:2 : expected a column of path, value, low"),
        ("path,value", "path,path", "2:2 : the column 'path' stands twice"),
        ("path,value,low", "path,shape,low", "2:1 : expected a column 'value'"),
        ("recipients.stock", "recipents.stock", "4:1 groups.recipents.stock: groups has no"),
        ("job.rate", "job.rat", "7:1 risks.job.rat: risks.job has no 'rat'; did you mean 'rate'?"),
        ("risks.job.rate", "risk.job.rate", "7:1 risk.job.rate: the flow has no 'risk'; did you"),
        ("risks.job.rate", "effects.0.times", "7:1 effects.0.times: effects has no '0'"),
        ("risks.job.rate", "shared.x", "7:1 shared.x: shared has no 'x'"),
        ("risks.job.rate", "risks..rate", "7:1 : expected a path such as stages.talk.lasts"),
        ("risks.job.rate", "groups.recipients", "7:1 groups.recipients: 'groups.recipients' is no"),
        ("risks.job.rate", "lasts.x", "7:1 lasts.x: 'lasts' has a number already"),
        (
            "risks.job.rate",
            "resources.adviser.price_per_month.low",
            "7:1 resources.adviser.price_p",
        ),
        ("10 working", "10 wroking", "9:2 stages.called_in.lasts.gamma.mean.value: expected a len"),
        ("3 weeks,2", '"3,5 weeks",2', "12:2 stages.talk.lasts.constant.value: expected a length"),
        ("28 %,", "128 %,", "3:2 traits.young.share.value: a share lies between"),
        ("per month,2,4", "per month,4,2", "7:2 risks.job.rate.value: expected the value to lie"),
        (",12,,,plan-2014,", ",12,,,,", "6:2 resources.adviser.units: 12 has neither source nor"),
        (",12,,,plan-2014", ",12,,,pln-2014", "6:2 resources.adviser.units: unknown source"),
        (",12,,,plan-2014", ",,,,plan-2014", "6:2 resources.adviser.units: expected a number in"),
        (",12,,,plan-2014", ",012,,,plan-2014", "6:2 resources.adviser.units: '012' starts with 0"),
        (",12,,,plan-2014", ",{a: 1},,,plan-2014", "6:2 resources.adviser.units: expected a num"),
        (",12,,,plan-2014", ",1,200,,,plan-2014", "6:1 : expected 6 cells; found 7; put words"),
        ("gamma.mean", "gama.mean", "9:1 stages.called_in.lasts: expected one family"),
    ],
)
def test_a_fault_of_a_table_says_its_row_and_cell(flow_file: Path, old: str, new: str, told: str):
    change(flow_file.with_name("numbers.csv"), old, new)
    faults = faults_of(flow_file)
    assert any(told in fault for fault in faults), faults
    assert all(one.startswith("numbers.csv:") for one in faults)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "groups.recipients.stock",
            "{value: 100, source: plan-2014 p. 2}, on line 4 of numbers.csv",
        ),
        ("resources.adviser.price_per_month", "{value: 50000, source: plan-2014}, on line 13 of f"),
        ("lasts", "{value: 12 months, source: plan-2014}, on line 5 of flow.yaml"),
    ],
)
def test_a_number_stands_in_one_place(flow_file: Path, path: str, told: str):
    table = flow_file.with_name("numbers.csv")
    table.write_text(f"{TABLE}{path},7,,,,Another\n", encoding="utf-8")
    (fault,) = faults_of(flow_file)
    assert fault.startswith(f"numbers.csv:13:1 {path}: '{path}' has a number already: {told}")


def test_a_fault_of_what_the_flow_says_of_a_number_stands_in_the_flow(flow_file: Path):
    change(flow_file, "shape: uniform", "shape: unifrom")
    (fault,) = faults_of(flow_file)
    assert fault.startswith("flow.yaml:11:")


def test_a_part_that_is_written_once_for_two_takes_no_number(flow_file: Path):
    change(flow_file, "  talk:\n", "  talk: &talk\n")
    change(flow_file, "  work: {counts", "  other: *talk\n  work: {counts")
    (fault,) = faults_of(flow_file)
    assert fault.startswith("numbers.csv:12:1 stages.talk.lasts: 'stages.talk' is written with an")


@pytest.mark.parametrize("named", ["number.csv", "7", "[numbers.csv]", "''", "null"])
def test_a_table_that_is_none_is_told_at_its_name(flow_file: Path, named: str):
    change(flow_file, "values_from: numbers.csv", f"values_from: {named}")
    (fault,) = faults_of(flow_file)
    assert fault.startswith("flow.yaml:6:1 values_from: ")


def test_numbers_of_a_module_are_given_under_with(tmp_path: Path):
    (tmp_path / "own.yaml").write_text(MODULE, encoding="utf-8")
    table = "path,value\nresources.box_place.units,4\n"
    (tmp_path / "numbers.csv").write_text(table, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(f"{WITH_MODULE}\nvalues_from: numbers.csv\n", encoding="utf-8")
    (fault,) = faults_of(file)
    assert "numbers.csv:2:1 resources.box_place.units: 'resources.box_place" in fault
    assert "comes from the module own; give its number under 'with'" in fault


def test_a_table_and_a_module_go_together(tmp_path: Path):
    (tmp_path / "own.yaml").write_text(MODULE, encoding="utf-8")
    (tmp_path / "numbers.csv").write_text("path,value\nlasts,9 months\n", encoding="utf-8")
    lines = [line for line in WITH_MODULE.splitlines() if not line.startswith("lasts")]
    text = "\n".join([*lines, "values_from: numbers.csv", ""])
    file = tmp_path / "flow.yaml"
    file.write_text(text, encoding="utf-8")
    assert read_flow(file).lasts.written == "9 months"
    written = read_written_out(file)
    assert parse(written, str(file)).content == flow_document(text, str(file)).content


def test_the_digest_of_a_page_is_of_flow_and_table(flow_file: Path):
    flow_file.write_text(
        f"{FLOW}targets: {{jobs: {{says: Jobs, assumption: A wish, at_least: 9, "
        "measure: {count: {reached: work}}}}\n",
        encoding="utf-8",
    )
    table = flow_file.with_name("numbers.csv")
    digests = []
    for old, new in (("units,12", "units,12"), ("units,12", "units,13"), ("units,13", "units,12")):
        change(table, old, new)
        found = check_targets(read_flow(flow_file), replications=2, what_if=False)
        digests.append(LivePage(found, source=flow_file).stands_for[1])
    assert digests[0] == digests[2] != digests[1]
