"""A model of the library answers as the program does: changes, months, differences, journeys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.quantity import read_value
from pilotsim.base.statistics import paired_interval, quantile_range
from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.reading import flow_as_written, read_document, read_flow
from pilotsim.judge.check import Check, check_targets
from pilotsim.model.flow import Flow
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.portable import HERE, LAYOUT, MODULE
from pilotsim.portable.description import describe_flow
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.fingerprint import fingerprints
from tests.files.small_stays import FLOW as LENGTHS_FROM_STAYS
from tests.files.small_stays import STAYS
from tests.portable.outside import FEW, IS_ALL, in_node, said_outside

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("model.mjs")
ALNA = FEW[0]
WITH_TARGETS = [
    ALNA.with_name(f"{name}.yaml")
    for name in ("stavanger_2017_2020", "traning_ger_fardighet", "vilkar_proposed", "vilkar_today")
]
COUNT = 12
# A count, a stock that others follow, a length, a share, a rate, a factor to the power of a
# strength, a strength, a value that is drawn together with others, a bound, and two at once.
CHANGES = (
    ["resources.place_technical.units=24"],
    ["groups.target_group.stock=230"],
    ["shared.closeness=0.4"],
    ["shared.wage_enough=0.2"],
    ["targets.work.at_least=30 %"],
    ["resources.place_technical.units=24", "groups.target_group.stock=100"],
)


def ask(flow: Flow, questions: list[Any], folder: Path, workers: int = 1) -> list[Any]:
    content = {
        "packed": pack(flow),
        "description": json.dumps(describe_flow(flow, "en")).encode(),
        "questions": json.dumps(questions).encode(),
    }
    for name, held in content.items():
        (folder / name).write_bytes(held)
    files = [folder / name for name in content]
    found: list[Any] = in_node(PROGRAM, HERE, MODULE, LAYOUT, *files, workers)
    return found


def record_of(check: Check) -> dict[str, Any]:
    return said_outside(json.loads(write_json(document_of(check, "en", with_figures=False))))


def checked(flow: Flow, count: int = COUNT) -> Check:
    return check_targets(flow, replications=count, what_if=False)


@pytest.fixture(scope="module")
def plan() -> Check:
    return checked(flow_as_written(read_document(ALNA)))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_is_the_run_of_the_program(plan, tmp_path, workers):
    (answer,) = ask(
        plan.flow, [["ask", {"replications": COUNT, "months": True}]], tmp_path, workers
    )
    ours = record_of(plan)
    for name in ("flow", "version", "seed", "replications", "fixed", "verdicts", "values"):
        assert answer[name] == ours[name], name
    assert answer["readings"] == ours["readings"]
    # Whoever looks on sees as many as there are without a gap.
    assert len(answer["progress"]) == COUNT
    assert answer["progress"] == sorted(answer["progress"])
    assert answer["progress"][-1] == COUNT


def test_months_are_those_of_the_report_to_the_bit(plan, tmp_path):
    (answer,) = ask(plan.flow, [["ask", {"replications": COUNT, "months": True}]], tmp_path, 2)
    rows = record_of(plan)["tables"]["stages_over_time"]
    names = {
        "mean": "mean_with",
        "low": "low",
        "high": "high",
        "waiting": "mean_waiting",
        "without": "mean_without",
    }
    for series in answer["months"]:
        own = [row for row in rows if row["name"] == series["stage"]]
        assert len(own) == 25
        for theirs, ours in names.items():
            assert series[theirs] == [row[ours] for row in own], (series["stage"], theirs)


def test_what_is_set_is_as_set_on_the_command_line(tmp_path):
    document = read_document(ALNA)
    flow = flow_as_written(document)
    changed = [apply_changes(document, dict(map(read_change, asked))) for asked in CHANGES]
    questions = []
    for asked, other in zip(CHANGES, changed, strict=True):
        paths = [change.partition("=")[0] for change in asked]
        numbers = {path: other.values[path].number for path in paths}
        questions.append(["ask", {"replications": COUNT, "set": numbers}])
    for asked, other, answer in zip(
        CHANGES, changed, ask(flow, questions, tmp_path, 2), strict=True
    ):
        ours = record_of(checked(other))
        assert answer["values"] == ours["values"], asked
        assert answer["readings"] == ours["readings"], asked
        for theirs, mine in zip(answer["verdicts"], ours["verdicts"], strict=True):
            # The words of a target and of a sum are those of the file.
            for verdict in (theirs, mine):
                del verdict["says"]
                verdict["ceiling"] = verdict["ceiling"] and verdict["ceiling"]["comes_to"]
            assert theirs == mine, asked


def test_fixed_runs_hold_all_assumptions(plan, tmp_path):
    (answer,) = ask(plan.flow, [["ask", {"replications": 5, "fixed": True, "seed": 7}]], tmp_path)
    ours = record_of(check_targets(plan.flow, replications=5, what_if=False, fixed=True, seed=7))
    for name in ("seed", "fixed", "verdicts", "values", "readings"):
        assert answer[name] == ours[name], name


def test_differences_are_taken_replication_by_replication(plan, tmp_path):
    other = {"resources.place_technical.units": 24}
    questions = [
        ["compare", {"replications": COUNT}, {"replications": COUNT, "set": other}],
        ["ask", {"replications": COUNT, "set": other}],
        ["compare", {"replications": 4}, {"replications": 4}],
    ]
    found, answer, nothing = ask(plan.flow, questions, tmp_path, 2)
    for name, before in plan.values.items():
        after = np.array(answer["values"][name], np.float64)
        interval = paired_interval(after, before)
        low, high = quantile_range(after - before)
        ours = [interval.mean, interval.half_width, low, high]
        theirs = [found[name][part] for part in ("mean", "half", "low", "high")]
        assert np.array_equal(np.array(theirs, np.float64), ours, equal_nan=True), name
    assert any(one["mean"] for one in found.values())
    # The same clients and the same chance: where nothing is changed there is no difference.
    assert {one["mean"] for one in nothing.values()} <= {0, None}


def test_the_journeys_of_a_run_are_those_of_the_program(plan, tmp_path):
    questions = [
        ["journeys", {"seed": 3, "replication": 2, "offered": offered}] for offered in (True, False)
    ]
    found = ask(plan.flow, questions, tmp_path)
    for offered, theirs in zip((True, False), found, strict=True):
        journeys = simulate(plan.flow, seed=3, replication=2, offered=offered, fixed=False)
        assert theirs == fingerprints(journeys)[0]


def test_lengths_from_stays_are_drawn_as_by_the_program(tmp_path):
    (tmp_path / "stays.csv").write_text(STAYS, encoding="utf-8")
    (tmp_path / "flow.yaml").write_text(LENGTHS_FROM_STAYS, encoding="utf-8")
    flow = read_flow(tmp_path / "flow.yaml")
    question = {"seed": 3, "replication": 2, "offered": True}
    (theirs,) = ask(flow, [["journeys", question]], tmp_path)
    assert theirs == fingerprints(simulate(flow, seed=3, replication=2, fixed=False))[0]


def test_a_stopped_run_is_the_beginning_of_the_whole(plan, tmp_path):
    (found,) = ask(plan.flow, [["stop", {"replications": COUNT}, 5]], tmp_path, 2)
    count = found["replications"]
    assert 5 <= count < COUNT
    assert found["values"] == {
        name: values[:count] for name, values in record_of(plan)["values"].items()
    }


def test_what_no_file_could_say_is_refused(plan, tmp_path):
    refused = {
        "the flow has no value 'resources.none.units' that can be set here": {
            "resources.none.units": 1
        },
        "the flow has no value 'lasts' that can be set here": {"lasts": 365},
        "'resources.place_technical.units' cannot be 2.5": {"resources.place_technical.units": 2.5},
        "'resources.place_technical.units' cannot be -1": {"resources.place_technical.units": -1},
        "'targets.work.at_least' cannot be 1.5": {"targets.work.at_least": 1.5},
        "the flow has no value 'shared' that can be set here": {"shared": 1},
        "stages.routing.next: the shares add up to 115 %": {"stages.routing.next.job_search": 0.35},
    }
    questions = [["ask", {"replications": 1, "set": given}] for given in refused.values()]
    found = ask(plan.flow, questions, tmp_path)
    assert [one.get("fault") for one in found] == list(refused)


# Values that change at dates and in a period, that a shared value scales or raises, and that may
# only be so together.
WITH_DATES = """
flow: dated
title: Dated
starts: 2015-01-01
lasts: 12 months
periods:
  closed: {from: 2015-04-12, until: 2015-06-01, says: Closed}
shared:
  pace_of_all: {value: 1, low: 0.7, high: 1.4, assumption: x}
  strength: {value: 1, low: 0.5, high: 1.5, assumption: x}
groups:
  clients:
    starts_in: at_home
    stock: 60
    stock_in: {course: 12 %, talk: 5 %, at_home: rest}
    arrivals: {value: 8 per month, low: 4, high: 12, assumption: x, scaled_by: pace_of_all,
      from: {2015-09-01: 5 per month}, during: {closed: 2 per month}}
resources:
  adviser: {fte: {value: 2, assumption: x, from: {2015-08-01: 1.5}}, caseload: 12}
  place: {units: {value: 10, assumption: x, during: {closed: 3}}}
risks:
  job: {to: work, rate: {value: 3 % per month, assumption: x, scaled_by: pace_of_all},
    pace: {value: 1, assumption: x, from: {2015-10-01: 0.8}}}
stages:
  at_home: {risks: {job: 1}}
  called_in:
    draws_from: at_home
    opens: {every: 1 month, admits: 10}
    lasts: 10 days
    next:
      talk: {value: 70 %, assumption: x, scaled_by: pace_of_all, from: {2015-07-01: 60 %}}
      at_home: rest
  talk:
    needs: {adviser: 1}
    lasts: {gamma: {mean: 4 weeks, cv: 0.5}, times: {value: 1, assumption: x, from: {2015-07-01: 1.5}}}
    next: {course: 40 %, check: 60 %}
  check: {lasts: 0 days, next: {talk: 10 %, at_home: 90 %}}
  course:
    needs: {place: 1}
    lasts:
      all_of:
        - {exponential: {mean: 9 days}, slowest_of: 3}
        - {triangular: {shortest: 28 days, usual: 32 days, longest: {value: 50 days, low: 40, high: 60, assumption: x}}}
    next: {at_home: 100 %}
  work: {counts_as: work}
effects:
  - {after: talk, on: job, times: {value: 1.8, assumption: x, raised_to: strength}, for: 6 months}
targets:
  talks: {says: Talks, assumption: x, measure: {count: {reached: talk}}, at_least: 30}
  jobs: {says: Jobs, assumption: x, measure: {change_in: assistance}, at_most: -1}
  soon: {says: Soon, assumption: x, measure: {wait: talk, quantile: 90 %}, at_most: 28 days}
  fast: {says: Fast, assumption: x,
    measure: {share: {reached: work, after: talk, within: 6 months}, of: {reached: talk}}, at_least: 10 %}
"""
# What is set, as the command line has it: all of it is one and the same flow in both.
SET_ALIKE = (
    "groups.clients.arrivals=6 per month",
    "groups.clients.arrivals.from.2015-09-01=6 per month",
    "groups.clients.arrivals.during.closed=6 per month",
    "resources.adviser.fte=1.2",
    "resources.adviser.fte.from.2015-08-01=1.2",
    "resources.place.units=2",
    "resources.place.units.during.closed=1",
    "risks.job.pace=2",
    "stages.talk.lasts.times=2",
    "stages.talk.lasts.gamma.cv=10",
    "stages.called_in.next.talk=65 %",
    "stages.called_in.next.talk=100 %",
    "stages.called_in.next.talk.from.2015-07-01=20 %",
    "stages.course.lasts.all_of.1.triangular.shortest=32 days",
    "stages.course.lasts.all_of.1.triangular.longest=32 days",
    "effects.0.times=3",
    "shared.pace_of_all=0",
    "shared.strength==-2",
)
# What neither of them takes.
REFUSED_ALIKE = (
    "groups.clients.stock_in.talk=95 %",
    "stages.talk.lasts.gamma.cv=11",
    "stages.talk.lasts.gamma.mean=0 days",
    "stages.talk.lasts.times=0",
    "stages.course.lasts.all_of.0.slowest_of=0",
    "stages.course.lasts.all_of.1.triangular.shortest=33 days",
    "stages.course.lasts.all_of.1.triangular.usual=41 days",
    "shared.pace_of_all==-1",
    "shared.pace_of_all=1.5",
    "stages.called_in.next.talk.from.2015-07-01=90 %",
    "stages.talk.next.course=50 %",
)


def number_of(change: str) -> float:
    """The number that a change sets, in base units."""
    said = change.partition("=")[2].lstrip("=")
    if said.lstrip("-").replace(".", "").isdigit():
        return float(said)
    kind = "rate" if " per " in said else "share" if "%" in said else "duration"
    return read_value(said, kind).number


def set_in_node(changes: Sequence[str]) -> list[Any]:
    paths = [change.partition("=")[0] for change in changes]
    numbers = map(number_of, changes)
    return [
        ["ask", {"replications": 6, "set": {path: number}}]
        for path, number in zip(paths, numbers, strict=True)
    ]


@pytest.fixture
def dated(tmp_path):
    file = tmp_path / "dated.yaml"
    file.write_text(WITH_DATES, encoding="utf-8")
    return read_document(file)


def test_a_value_that_changes_at_dates_is_set_for_all_of_them(dated, tmp_path):
    found = ask(flow_as_written(dated), set_in_node(SET_ALIKE), tmp_path, 2)
    plan = record_of(checked(flow_as_written(dated), 6))
    differ = 0
    for change, answer in zip(SET_ALIKE, found, strict=True):
        ours = record_of(checked(apply_changes(dated, dict([read_change(change)])), 6))
        assert answer.get("values") == ours["values"], (change, answer.get("fault"))
        differ += ours["values"] != plan["values"]
    # Else nothing would be shown by it.
    assert differ > 0.8 * len(SET_ALIKE)


def test_what_a_file_refuses_is_refused_where_it_is_set(dated, tmp_path):
    flow = flow_as_written(dated)
    found = ask(flow, set_in_node(REFUSED_ALIKE), tmp_path)
    for change, answer in zip(REFUSED_ALIKE, found, strict=True):
        with pytest.raises((FlowError, RequestError)):
            apply_changes(dated, dict([read_change(change)]))
        assert "fault" in answer, change
        assert change.partition("=")[0].split(".")[1] in answer["fault"], change


def test_what_was_packed_cannot_be_set(dated, tmp_path):
    flow = flow_as_written(dated)
    packed = ["targets.soon.measure.quantile", "targets.fast.measure.share.within", "lasts"]
    assert set(packed) <= set(flow.values)
    assert set(packed).isdisjoint(one["path"] for one in describe_flow(flow, "en")["values"])
    questions = [["ask", {"replications": 1, "set": {path: 0.5}}] for path in packed]
    assert [one["fault"] for one in ask(flow, questions, tmp_path)] == [
        f"the flow has no value '{path}' that can be set here" for path in packed
    ]


def test_what_a_number_becomes_can_be_set_with_it(dated, tmp_path):
    both = {"resources.place.units": 3, "resources.place.units.during.closed": 2}
    (answer,) = ask(flow_as_written(dated), [["ask", {"replications": 6, "set": both}]], tmp_path)
    changed = apply_changes(dated, {"resources.place.units": {"value": 3, "during": {"closed": 2}}})
    assert answer["values"] == record_of(checked(changed, 6))["values"]
    once = apply_changes(dated, {"resources.place.units": 3})
    assert answer["values"] != record_of(checked(once, 6))["values"]


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63 - 1])
def test_a_seed_above_what_a_number_holds_is_that_seed(dated, tmp_path, seed):
    flow = flow_as_written(dated)
    (answer,) = ask(flow, [["ask", {"replications": 6, "seed": str(seed)}]], tmp_path)
    ours = record_of(check_targets(flow, replications=6, what_if=False, seed=seed))
    assert int(answer["seed"]) == ours["seed"] == seed
    assert answer["values"] == ours["values"]


def test_what_is_no_seed_or_no_count_of_runs_is_refused(dated, tmp_path):
    seeds = [2**53, -1, 1.5, "x", "", "-1", str(2**63), None, True]
    counts = [1.5, 0, -1, "3", None]
    questions = [["ask", {"replications": 1, "seed": seed}] for seed in seeds]
    questions += [["ask", {"replications": count}] for count in counts]
    found = ask(flow_as_written(dated), questions, tmp_path)
    for seed, answer in zip(seeds, found[: len(seeds)], strict=True):
        assert "is no seed: expected a whole number from 0 to" in answer["fault"], seed
    assert "give a string or a BigInt" in found[0]["fault"]
    for count, answer in zip(counts, found[len(seeds) :], strict=True):
        assert answer["fault"].startswith("expected 1 replication or more; found"), count


@pytest.mark.parametrize(
    "file", WITH_TARGETS if IS_ALL else WITH_TARGETS[-1:], ids=lambda file: file.stem
)
def test_other_flows_answer_as_the_program_does(file, tmp_path):
    flow = flow_as_written(read_document(file))
    count = 100 if IS_ALL else 4
    (answer,) = ask(flow, [["ask", {"replications": count, "months": True}]], tmp_path, 2)
    ours = record_of(checked(flow, count))
    for name in ("verdicts", "values", "readings"):
        assert answer[name] == ours[name], name
