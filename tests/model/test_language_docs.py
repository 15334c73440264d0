"""The page on the language: every example in it is read, and every key of every record is explained."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from pilotsim.base.arithmetic import MAX_LENGTH as MAX_SUM
from pilotsim.base.quantity import KEYS
from pilotsim.base.units import DAYS_IN, MAX_LENGTH
from pilotsim.files.changes import apply_changes, scenario_changes
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import DEEPEST, MAX_BYTES, MAX_NODES, parse
from pilotsim.model.distributions import FAMILIES, OPTIONS
from pilotsim.model.fields import MAX_INT, Record, State
from pilotsim.model.queue_disciplines import QUEUE_DISCIPLINES
from pilotsim.simulation.population import MAX_CLIENTS
from pilotsim.simulation.resolved import resolve_flow
from pilotsim.simulation.size import BYTES_COMPILED, BYTES_READABLE

FILE = Path(__file__).parent.parent.parent / "docs" / "language.md"
PAGE = FILE.read_text(encoding="utf-8")
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)
EXAMPLES = [
    (PAGE[: match.start()].count("\n") + 1, match[1], match[2]) for match in EXAMPLE.finditer(PAGE)
]

# What the examples are put into: the page's first flow, without sources, with what the examples
# name.
BASE = """
flow: talks
title: Talks
starts: 2015-01-01
lasts: 12 months
traits:
  young: {share: 28 %}
  office: {categories: {north: 60 %, south: 40 %}}
  readiness: {normal: [0, 1]}
groups:
  recipients: {stock: 100, starts_in: on_assistance, arrivals: 4 per month}
resources:
  adviser: {units: 12, price_per_month: 50000}
  place: {units: 10}
risks:
  job: {to: work, rate: 3 % per month}
stages:
  on_assistance: {risks: {job: 1}}
  called_in:
    draws_from: on_assistance
    opens: {every: 1 month, admits: 10}
    lasts: 10 working days
    next: {talk: 90 %, on_assistance: rest}
  talk: {needs: {adviser: 1}, lasts: 3 weeks, next: {on_assistance: 100 %}}
  work: {counts_as: work}
effects:
  - {after: talk, on: job, times: 1.2}
targets:
  in_work:
    says: A quarter are in work after a year
    measure: {share: {state: work, at: end}, of: {origin: stock}}
    at_least: 25 %
"""


@pytest.mark.parametrize("example", [text for _, path, text in EXAMPLES if path == "flow"])
def test_a_whole_flow_of_the_page_leaves_nothing_without_effect(example):
    if "posteriors/" in example:
        pytest.skip("needs a file of rows")
    assert [str(notice.message) for notice in read_text(example).notices] == []


def with_part(path, part):
    """The base flow with a part of it replaced or added to, as YAML."""
    content = copy.deepcopy(parse(BASE, "base").content)
    if path == "head":
        return json.dumps({**content, **part})
    keys = path.split(".")
    here = content
    for key in keys[:-1]:
        here = here[key]
    before = here.get(keys[-1], {})
    here[keys[-1]] = {**before, **part} if isinstance(part, dict) else part
    return json.dumps(content)


def text_of(path, text):
    """An example as a whole flow."""
    return text if path == "flow" else with_part(path, parse(text, "example").content)


@pytest.mark.parametrize(
    ("line", "path", "text"), EXAMPLES, ids=[f"line {line}" for line, _, _ in EXAMPLES]
)
def test_example_is_read(line, path, text):
    flow = read_text(text_of(path, text), f"{FILE} example on line {line}")
    resolve_flow(flow)


def test_every_example_says_where_it_belongs():
    assert len(EXAMPLES) == PAGE.count("```yaml")
    assert PAGE.count("```") == 2 * (len(EXAMPLES) + PAGE.count("```text"))
    assert len(EXAMPLES) > 25


def test_scenario_of_the_page_can_be_applied():
    text = next(text for _, path, text in EXAMPLES if path == "scenarios")
    document = parse(with_part("scenarios", parse(text, "example").content), "flow")
    flow = read_text(with_part("scenarios", parse(text, "example").content))
    says, changes = scenario_changes(flow, "more_advisers")
    changed = apply_changes(document, changes)
    assert says.in_language("en") == "More advisers"
    assert [changed.values[path].number for path in changes] == [20, 15, 1.4]


def records():
    """The records of a flow file.

    Those of studies and evaluations live in other packages, and have pages of their own.
    """
    return [
        record for record in all_records(Record) if record.__module__.startswith("pilotsim.model.")
    ]


def all_records(record):
    for inner in record.__subclasses__():
        yield inner
        yield from all_records(inner)


NAMES = sorted(
    {
        (record.__name__, info.alias or name)
        for record in records()
        for name, info in record.model_fields.items()
    }
)


@pytest.mark.parametrize(("record", "key"), NAMES)
def test_key_of_a_record_is_explained(record, key):
    assert f"`{key}`" in PAGE


def test_every_record_is_held_to_the_page():
    assert {record for record, _ in NAMES} >= {
        "Flow",
        "Stage",
        "Risk",
        "StageRisk",
        "ProgrammeEffect",
        "Target",
        "Measure",
        "Selection",
        "Scenario",
    }
    assert all(issubclass(record, BaseModel) for record in records())


@pytest.mark.parametrize(
    "key",
    [*KEYS, *FAMILIES, "quantiles", "all_of", *OPTIONS, *get_args(State)],
)
def test_word_of_the_language_is_explained(key):
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("discipline", QUEUE_DISCIPLINES.values(), ids=QUEUE_DISCIPLINES)
def test_order_is_explained(discipline):
    written = f"{{{discipline.word}: trait}}" if discipline.asks_trait else discipline.word
    assert f"`{written}`" in next(line for line in PAGE.splitlines() if "**order**" in line)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_parameters_stand_beside_their_family(family):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{family.name}` |"))
    assert all(f"`{parameter.name}`" in row for parameter in family.parameters)


def test_units_are_named():
    assert "Units of time are minute, hour, day, week, month and year" in PAGE
    assert list(DAYS_IN) == ["minute", "hour", "day", "week", "month", "year"]


def test_limits_are_those_of_the_program():
    limits = PAGE.split("## Limits")[1]
    files, work = limits.split("```text")[0], limits.split("```")[2]

    def named(text):
        return [int(one.replace(" ", "")) for one in re.findall(r"[0-9]+(?: [0-9]{3})*", text)]

    assert named(files) == [
        *(MAX_BYTES // 1024, MAX_NODES, DEEPEST, 500, MAX_LENGTH, MAX_SUM),
        MAX_CLIENTS,
    ]
    assert named(work)[:2] == [BYTES_COMPILED, BYTES_READABLE]
    assert f"from -{MAX_INT} to {MAX_INT}" in PAGE


def test_links_lead_to_headings():
    headings = {
        line.lstrip("# ").lower().replace(" ", "-")
        for line in PAGE.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings
