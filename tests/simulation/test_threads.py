"""Any number of threads may simulate at once: the same journeys as one after the other, to the bit.

Compiled code writes to addresses without the interpreter's lock, so a fault here shows as other
numbers, as errors that blame the flow, or as the end of the process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import blake2b

import numpy as np
import pytest

from pilotsim.simulation.engines import KERNEL, PROCESS, simulate
from tests.small_flows import ENGINES, plan_of, small_flow

THREADS = 8


def flow_of(clients, days=400):
    """A flow with places, a queue, risks and ways on, for a number of clients, read anew."""
    return plan_of(
        small_flow(
            f"{days} days",
            groups={
                "g": {"stock": clients, "starts_in": "on"},
                "n": {"starts_in": "on", "arrivals": f"{max(1, clients // 20)} per month"},
            },
            resources={"place": {"units": max(1, clients // 4)}},
            risks={"job": {"to": "work", "rate": "3 % per month"}},
            stages={
                "on": {
                    "needs": {"place": 1},
                    "lasts": {"gamma": {"mean": "60 days", "cv": 0.7}},
                    "risks": {"job": 1},
                    "next": {"on": "60 %", "work": "rest"},
                },
                "work": {"counts_as": "work"},
            },
        )
    ).flow


def digest(journeys):
    found = blake2b(digest_size=16)
    for column in journeys.arrays():
        found.update(np.ascontiguousarray(column).tobytes())
    found.update(journeys.cohort.arrives.tobytes())
    return found.hexdigest()


def one_by_one(sizes, replications, engine):
    return [
        digest(simulate(flow, replication=replication, engine=engine))
        for flow in map(flow_of, sizes)
        for replication in replications
    ]


def side_by_side(sizes, replications, engine):
    """The same in several threads, over flows that no thread has run before."""
    flows = list(map(flow_of, sizes))
    asked = [(flow, replication) for replication in replications for flow in flows]
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(
            threads.map(
                lambda ask: digest(simulate(ask[0], replication=ask[1], engine=engine)), asked
            )
        )
    return [one for k in range(len(flows)) for one in found[k :: len(flows)]]


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_give_what_one_run_after_the_other_gives(engine):
    sizes = (3, 300, 3000) if engine == KERNEL else (3, 30)
    replications = range(24) if engine == KERNEL else range(6)
    expected = one_by_one(sizes, replications, engine)
    assert len(set(expected)) == len(expected)
    for _ in range(3):
        assert side_by_side(sizes, replications, engine) == expected


@contextmanager
def memory_pressure():
    """Take and give back memory all the while: an old address meets other numbers."""
    done = threading.Event()

    def press():
        while not done.wait(0.002):
            held = [np.full(size, 0x53, np.uint8) for size in (1 << 14, 1 << 20, 1 << 25)]
            held.clear()

    presser = threading.Thread(target=press)
    presser.start()
    try:
        yield
    finally:
        done.set()
        presser.join()


def many_calls(sizes, calls, times):
    """So many calls from eight threads are those of one after the other, so many times over."""
    replications = range(-(-calls // len(sizes)))
    expected = one_by_one(sizes, replications, KERNEL)
    assert len(expected) >= calls
    assert len(set(expected)) == len(expected)
    with memory_pressure():
        for time in range(times):
            assert side_by_side(sizes, replications, KERNEL) == expected, f"time {time + 1}"


@pytest.mark.slow
@pytest.mark.skipif(KERNEL not in ENGINES, reason="only compiled code writes to addresses")
def test_many_threads_under_memory_pressure():
    many_calls((3, 400, 20_000), calls=60, times=4)


@pytest.mark.skipif(KERNEL not in ENGINES, reason="only compiled code writes to addresses")
def test_a_thousand_calls_twenty_times_over():
    many_calls((3, 400, 4_000), calls=1000, times=20)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_design_may_simulate_while_it_is_asked(engine):
    """It has columns of its own, whichever thread it runs in."""
    flow = flow_of(40)
    alone = simulate(flow, offered=lambda cohort: np.zeros(len(cohort)), engine=engine)

    def offers(cohort):
        simulate(flow, seed=2, replication=5, engine=engine)
        simulate(flow_of(5000, days=30), engine=KERNEL if KERNEL in ENGINES else PROCESS)
        return np.zeros(len(cohort))

    assert simulate(flow, offered=offers, engine=engine) == alone


def test_no_workspace_is_lent_twice():
    """The control: two runs at once have different columns, one after the other the same."""
    engine_module = pytest.importorskip("pilotsim.simulation.engines.compiled.engine")
    engine = engine_module.CompiledEngine(flow_of(3))
    with engine.workspaces.lend() as one:
        with engine.workspaces.lend() as other:
            assert one is not other
            assert not np.shares_memory(np.asarray(one.state.heap), np.asarray(other.state.heap))
        with engine.workspaces.lend() as again:
            assert again is other


FIRST_OF_ALL = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from pilotsim.model.distributions import Family, Parameter, register_family
from pilotsim.simulation.engines import PROCESS, simulate
from tests.simulation.test_threads import digest, flow_of
from tests.small_flows import plan_of, small_flow

def quantile_of(power):
    def quantile(mean, u):
        return mean * (1.0 - u) ** power
    return quantile

def family(name, power):
    quantile = quantile_of(power)
    return Family(name, (Parameter("mean", "duration"),), quantile, quantile, mean_of)

def mean_of(mean):
    return mean

def own_flow(k):
    register_family(family(f"own_{k}", 0.5 + k))
    stages = {"in": {"lasts": {f"own_{k}": {"mean": "20 days"}}, "next": {"out": "100 %"}},
              "out": {}}
    groups = {"g": {"stock": 50, "starts_in": "in"}}
    code = {f"own_{k}": __name__}
    return plan_of(small_flow(groups=groups, stages=stages, code=code)).flow

together = threading.Barrier(4)

def work(k):
    together.wait()
    flow = flow_of(300) if k % 2 else own_flow(k)
    return flow, [digest(simulate(flow, replication=r)) for r in range(200 if k % 2 else 5)]

with ThreadPoolExecutor(4) as threads:
    for flow, found in threads.map(work, range(4)):
        readable = [digest(simulate(flow, replication=r, engine=PROCESS)) for r in range(2)]
        assert found[:2] == readable, "the first run of a thread differs"
print("the same")
"""


@pytest.mark.slow
@pytest.mark.skipif(KERNEL not in ENGINES, reason="there is no compiler")
def test_the_first_runs_of_a_process_may_be_in_several_threads(tmp_path):
    """The engine is imported and compiled, and families of other modules are registered, by four
    threads at once, while others already run."""
    script = tmp_path / "first_of_all.py"
    script.write_text(FIRST_OF_ALL, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "the same\n"), done.stderr
