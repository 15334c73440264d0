"""The module runs, measures and judges flows in Node to the same bits as compiled code does natively."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import SimulationError
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_flow
from pilotsim.judge import golden
from pilotsim.judge.check import check_targets
from pilotsim.model.flow import Flow
from pilotsim.output.views.check import document_of_check
from pilotsim.output.writers.json import write_json
from pilotsim.portable import LAYOUT, LIBRARY, MODULE
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import numbers_of_replications
from pilotsim.simulation.fingerprint import joined
from tests.asked_of_flows import asked_flows
from tests.portable.outside import (
    FEW,
    FLOWS,
    SEED,
    Runs,
    in_node,
    run_in_node,
    runs_of,
    said_outside,
)
from tests.random_flows import flow_of


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_numbers_journeys_measures_and_verdicts_are_the_same_to_the_bit(file, tmp_path):
    runs = runs_of(file)
    assert runs.in_node(tmp_path) == runs.in_python()


@pytest.mark.slow
@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_the_hashes_are_those_that_were_committed(file, tmp_path):
    flow = read_flow(file)
    found = Runs(flow, golden.REPLICATIONS, golden.SEED).in_node(tmp_path)
    committed = golden.committed()[flow.flow]
    assert joined([*found["journeys"][0], *found["journeys"][1]]) == committed.journeys
    assert (found["measures"], found["verdicts"]) == (committed.measures, committed.verdicts)


def test_another_seed_would_be_noticed(tmp_path):
    one, other = Runs(read_flow(FEW[0]), 2), Runs(read_flow(FEW[0]), 2, seed=SEED + 1)
    ours, theirs = one.in_python(), other.in_node(tmp_path)
    assert [name for name in ours if ours[name] == theirs[name]] == ["flow"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=asked_flows().map(flow_of), seed=st.integers(0, 2**32))
def test_random_flows_are_the_same_to_the_bit(tmp_path_factory, flow, seed):
    runs = Runs(flow, 2, seed)
    try:
        ours = runs.in_python()
    except SimulationError:
        with pytest.raises(AssertionError, match="the engine stopped with status"):
            runs.in_node(tmp_path_factory.mktemp("flow"))
        return
    assert runs.in_node(tmp_path_factory.mktemp("flow")) == ours


def test_flows_in_one_process_have_memory_of_their_own(tmp_path):
    runs = [runs_of(file, 2) for file in FEW]
    files = [tmp_path / str(k) for k in range(len(runs))]
    for file, one in zip(files, runs, strict=True):
        file.write_bytes(one.packed())
    first, again = run_in_node(files, 2), run_in_node([*files, *files], 2)
    assert again == [*first, *first]


# The library, as a page uses it: shared out to workers, with values set.

CHECK = """
import { readFileSync } from 'node:fs'
const [library, module, layout, packed, seed, count, setting] = process.argv.slice(2)
const { load, open } = await import(library)
const kernel = await load(readFileSync(module), JSON.parse(readFileSync(layout)))
const all = Array.from({ length: Number(count) }, (_, k) => k)
const given = JSON.parse(setting)
const drawn = open(kernel, readFileSync(packed)).draw(seed, all, given)
// Two workers: each has a flow of its own, and some of the replications.
const parts = [all.slice(0, 7), all.slice(7)].map((replications) =>
  open(kernel, readFileSync(packed)).measure(seed, { replications, ...given }))
const flow = open(kernel, readFileSync(packed))
const joined = Float64Array.from(parts.reverse().flatMap((part) => [...part]))
const { verdicts, values, readings } = flow.judge(joined, given)
console.log(JSON.stringify({ verdicts, readings, numbers: drawn.map(({ numbers }) => [...numbers]),
  values: Object.fromEntries(Object.entries(values).map(([name, numbers]) => [name, [...numbers]])) }))
"""


def check_in_node(flow: Flow, folder, count: int, setting: Mapping[str, Any]) -> dict[str, Any]:
    (folder / "packed").write_bytes(pack(flow))
    (folder / "check.mjs").write_text(CHECK)
    arguments = [LIBRARY, MODULE, LAYOUT, folder / "packed", SEED, count, json.dumps(setting)]
    found: dict[str, Any] = in_node(folder / "check.mjs", *arguments)
    return found


def check_in_python(flow: Flow, count: int, *, fixed: bool = False) -> dict[str, Any]:
    """What `check --no-what-if --json` says."""
    check = check_targets(flow, replications=count, what_if=False, seed=SEED, fixed=fixed)
    found: dict[str, Any] = said_outside(json.loads(write_json(document_of_check(check, "en"))))
    return found


def assert_same(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """All that Python says is said, with the same numbers to the last digit."""
    for one, other in zip(theirs["verdicts"], ours["verdicts"], strict=True):
        assert one == {**one, **other}
    for one, other in zip(theirs["readings"], ours["readings"], strict=True):
        assert len(one["verdicts"]) == len(other["verdicts"])
        for own, known in zip(one.pop("verdicts"), other.pop("verdicts"), strict=True):
            assert own == {**own, **known}
        assert one == other
    assert theirs["values"] == ours["values"]


@pytest.mark.parametrize("file", FEW[:2], ids=lambda file: file.stem)
def test_a_check_is_that_of_the_command(file, tmp_path):
    flow = read_flow(file)
    theirs, ours = check_in_node(flow, tmp_path, 20, {}), check_in_python(flow, 20)
    assert_same(theirs, ours)
    numbers = numbers_of_replications(flow, SEED, range(20))
    known = np.array(
        [[math.nan if one is None else one for one in row] for row in theirs["numbers"]]
    )
    assert np.array_equal(known, numbers, equal_nan=True)


def test_with_assumptions_at_their_values(tmp_path):
    flow = read_flow(FEW[0])
    theirs = check_in_node(flow, tmp_path, 10, {"fixed": True})
    assert theirs["readings"] == []
    assert_same(theirs, check_in_python(flow, 10, fixed=True))


# A value that others follow; one of the rows drawn together; one with a range; a bound.
SETS: list[dict[str, Any]] = [
    {"groups.target_group.stock": 140, "risks.job.times.short_term": 5},
    {"shared.with_spouse": 0.2, "shared.strength": 2, "stages.course.risks.job.started": 1.5},
    {"groups.spouses.stock": 17, "targets.attend.at_least": "80 %"},
    {"targets.fewer_clients.at_most": {"value": -40}},
]


@pytest.mark.parametrize("changes", SETS, ids=", ".join)
def test_what_is_set_is_not_drawn_and_is_followed(changes, tmp_path):
    flow, changed = read_flow(FEW[0]), apply_changes(read_document(FEW[0]), changes)
    numbers = {path: changed.values[path].number for path in changes}
    theirs, ours = check_in_node(flow, tmp_path, 10, {"set": numbers}), check_in_python(changed, 10)
    for one in (*theirs["verdicts"], *ours["verdicts"]):
        del one["says"]
        one["ceiling"] = one["ceiling"] and one["ceiling"]["comes_to"]
    assert_same(theirs, ours)
    assert theirs["verdicts"] != check_in_node(flow, tmp_path, 10, {})["verdicts"]


SAYS = """
import { readFileSync } from 'node:fs'
const { load, open } = await import(process.argv[2])
const kernel = await load(readFileSync(process.argv[3]), JSON.parse(readFileSync(process.argv[4])))
const imports = WebAssembly.Module.imports(kernel.module).map(({ module, name, kind }) => [module, name, kind])
const flow = open(kernel, readFileSync(process.argv[5]))
const [first, again] = [flow.run(7n), flow.run(7)].map((runs) => runs.next().value)
const few = Array.from(flow.run(7n, { replications: [1] }), ({ replication }) => replication)
const refused = []
const refuse = (act) => { try { act() } catch (fault) { refused.push([fault.name, fault.message]) } }
refuse(() => open(kernel, new Uint8Array(64)))
refuse(() => flow.measure(7n, { set: { 'no.such': 1 } }))
refuse(() => flow.judge(new Float64Array(flow.width + 1)))
refuse(() => flow.judge(flow.measure(7n, { replications: [3, 3] })))
refuse(() => flow.replicate(7n, { worlds: [true] }).next())
console.log(JSON.stringify({ imports, few, refused, name: flow.name, stages: flow.names.stages,
  kinds: Object.fromEntries(Object.entries(first).map(([k, one]) => [k, one.constructor.name])),
  same: first.joined.every((time, k) => Object.is(time, again.joined[k])), visits: first.visits }))
"""


def test_the_library_says_what_it_promises(tmp_path):
    flow = read_flow(FEW[0])
    (tmp_path / "packed").write_bytes(pack(flow))
    (tmp_path / "says.mjs").write_text(SAYS)
    said = in_node(tmp_path / "says.mjs", LIBRARY, MODULE, LAYOUT, tmp_path / "packed")
    assert said["imports"] == [["env", "memory", "memory"]]
    assert said["few"] == [1]
    assert said["refused"] == [
        ["EngineError", "this is no packed flow"],
        ["EngineError", "the flow has no value 'no.such'"],
        ["EngineError", "these are no whole rows of measured numbers"],
        ["EngineError", "a replication stands there twice"],
        ["EngineError", "measures need both worlds"],
    ]
    assert (said["name"], said["stages"]) == ("alna_aktiv", list(flow.stages))
    assert said["same"]
    assert said["visits"] > 1000
    assert said["kinds"]["client"] == "Int32Array"
    assert said["kinds"]["joined"] == "Float64Array"
    assert said["kinds"]["traits"] == "Array"
