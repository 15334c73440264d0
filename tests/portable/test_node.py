"""The module runs flows in Node to the same bits as the compiled engine does natively."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import SimulationError
from pilotsim.simulation.engines.portable import LAYOUT, LIBRARY, MODULE
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow
from tests.portable.outside import FEW, FLOWS, SEED, Runs, need, run_in_node, runs_of
from tests.random_flows import flow_of, flows


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_runs_are_the_same_to_the_bit(file, tmp_path):
    runs = runs_of(file)
    assert runs.in_node(tmp_path) == runs.in_python()


def test_the_world_without_the_programme_is_the_same_to_the_bit(tmp_path):
    runs = runs_of(FEW[0], 2, offered=False)
    without = runs.in_python()
    assert runs.in_node(tmp_path) == without
    assert without != runs_of(FEW[0], 2).in_python()


def test_another_seed_would_be_noticed(tmp_path):
    runs = runs_of(FEW[0], 2)
    assert not set(runs.in_node(tmp_path, seed=SEED + 1)) & set(runs.in_python())


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=flows().map(flow_of), offered=st.booleans())
def test_random_flows_are_the_same_to_the_bit(tmp_path_factory, flow, offered):
    plans = [resolve_flow(flow, draw_numbers(flow, SEED, k)) for k in range(2)]
    runs = Runs(plans, offered)
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
    found = run_in_node([*files, *files], seed=SEED, offered=True)
    ours = [one.in_python() for one in runs]
    assert found == [*ours, *ours]


SAYS = """
import { readFileSync } from 'node:fs'
const { load, open } = await import(process.argv[2])
const kernel = await load(readFileSync(process.argv[3]), JSON.parse(readFileSync(process.argv[4])))
const imports = WebAssembly.Module.imports(kernel.module).map(({ module, name, kind }) => [module, name, kind])
const flow = open(kernel, readFileSync(process.argv[5]))
const [first, again] = [flow.run(7n), flow.run(7)].map((runs) => runs.next().value)
const few = Array.from(flow.run(7n, { replications: [1] }), ({ replication }) => Number(replication))
let refused = ''
try { open(kernel, new Uint8Array(64)) } catch (fault) { refused = fault.message }
console.log(JSON.stringify({ imports, few, refused, name: flow.name, stages: flow.names.stages,
  kinds: Object.fromEntries(Object.entries(first).map(([k, one]) => [k, one.constructor.name])),
  same: first.joined.every((time, k) => Object.is(time, again.joined[k])), visits: first.visits }))
"""


def test_the_library_says_what_it_promises(tmp_path):
    (node,) = need("node")
    runs = runs_of(FEW[0], 2)
    (tmp_path / "packed").write_bytes(runs.packed())
    (tmp_path / "says.mjs").write_text(SAYS)
    arguments = [LIBRARY, MODULE, LAYOUT, tmp_path / "packed"]
    done = subprocess.run(
        [node, str(tmp_path / "says.mjs"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["imports"] == [["env", "memory", "memory"]]
    assert said["few"] == [1]
    assert said["refused"] == "this is no packed flow"
    assert (said["name"], said["stages"]) == ("alna_aktiv", list(runs.plans[0].flow.stages))
    assert said["same"]
    assert said["visits"] > 1000
    assert said["kinds"]["client"] == "Int32Array"
    assert said["kinds"]["joined"] == "Float64Array"
    assert said["kinds"]["traits"] == "Array"
