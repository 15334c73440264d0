"""What the compiled engine finds in its memory, and whose that memory is."""

import copy
import dataclasses
import gc
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import RequestError, SimulationError
from pilotsim.files.reading import read_flow
from pilotsim.simulation import columns as tables
from pilotsim.simulation import engines
from pilotsim.simulation import journeys as records
from pilotsim.simulation.columns import Columns, FloatColumn, Int8Column, column
from pilotsim.simulation.engines.compiled import results, state, workspaces
from pilotsim.simulation.engines.compiled.engine import CompiledEngine
from pilotsim.simulation.engines.compiled.event_calendar import MANY_CLIENTS
from pilotsim.simulation.engines.compiled.reach import stages_of
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import resolve_flow
from tests.random_flows import flow_of, flows
from tests.small_flows import plan_of, small_flow

CONFIGS = Path(__file__).parent.parent.parent / "configs"
WHOLE = ("client", "visit", "stage", "cause", "next", "alternative")


def a_plan(stock=40):
    return plan_of(
        small_flow(
            "100 days",
            groups={"g": {"stock": stock, "starts_in": "on"}},
            risks={
                "job": {"to": "work", "rate": "20 % per month"},
                "back": {"to": "on", "rate": "50 % per month"},
            },
            stages={"on": {"risks": {"job": 1}}, "work": {"risks": {"back": 1}}},
        )
    )


def copied(journeys):
    return [array.copy() for array in (*journeys.arrays(), journeys.cohort.arrives)]


def is_still(journeys, copies):
    return all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        for a, b in zip((*journeys.arrays(), journeys.cohort.arrives), copies, strict=True)
    )


@pytest.fixture
def always_taken(monkeypatch):
    """Journeys take the memory of the clocks however small they are."""
    monkeypatch.setattr(workspaces, "ALWAYS_NEW", 1)
    monkeypatch.setattr(tables, "MOST_KEPT_FOR_ONE", 2**40)


def engine_with_room(plan, clients):
    """Return an engine whose clocks are enough for the journeys of some of so many clients."""
    engine = CompiledEngine(plan.flow)
    engine.workspaces._largest = clients, clients
    return engine


def takes_clocks(engine, journeys):
    clocks = np.asarray(engine.workspaces._idle[-1].state.running_since).base
    return np.shares_memory(journeys.joined, clocks)


def fill_with_garbage(engine, byte):
    """Leave no column of a room as it was: not even what a run is thought not to read."""
    with engine.workspaces.lend() as room:
        for owner in (room.clients, room.state):
            for name in owner.declared:
                array = np.asarray(getattr(owner, name))
                array[...] = np.full(array.dtype.itemsize, byte, np.uint8).view(array.dtype)[0]


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.stem)
def test_nothing_is_read_that_the_run_has_not_written(file):
    """Of groups that come to no queue, no length and no effect, some columns are never set."""
    flow = read_flow(file)
    plan, engine = resolve_flow(flow), CompiledEngine(flow)
    expected = engine.journeys(plan, 1, 0)
    for byte in (0xFF, 0x3F):
        fill_with_garbage(engine, byte)
        assert engine.journeys(plan, 1, 0) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    flow=flows().map(flow_of),
    offered=st.booleans(),
    byte=st.sampled_from([0x53, 0xFF, 0x3F]),
    days=st.sampled_from([1, 2, 7]),
)
def test_of_random_flows_neither_garbage_nor_the_number_of_lists_counts(flow, offered, byte, days):
    plan, engine = resolve_flow(flow), CompiledEngine(flow)
    try:
        expected = engine.journeys(plan, 1, 0, offered=offered)
    except SimulationError:
        assume(False)
    fill_with_garbage(engine, byte)
    assert engine.journeys(plan, 1, 0, offered=offered) == expected
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(state, "MAX_DAYS", days)
        other = CompiledEngine(flow)
        assert other.journeys(plan, 1, 0, offered=offered) == expected


def test_of_a_flow_so_large_that_clients_are_fetched_garbage_does_not_count():
    groups = {"g": {"stock": MANY_CLIENTS, "starts_in": "home", "arrivals": "300 per month"}}
    stages = {
        "home": {"risks": {"away": "20 % per month"}},
        "gone": {"risks": {"back": "30 % per month"}},
    }
    risks = {"away": {"to": "gone"}, "back": {"to": "home"}}
    plan = plan_of(small_flow("700 days", groups=groups, stages=stages, risks=risks))
    engine = CompiledEngine(plan.flow)
    expected = engine.journeys(plan, 1, 0)
    fill_with_garbage(engine, 0x53)
    assert engine.journeys(plan, 1, 0) == expected
    assert len(expected.cohort) >= MANY_CLIENTS


def test_large_journeys_take_the_memory_of_the_clocks_and_keep_it(monkeypatch, always_taken):
    plan = a_plan()
    engine, other = CompiledEngine(plan.flow), CompiledEngine(plan.flow)
    first = engine.journeys(plan, 1, 0)
    with engine.workspaces.lend() as room:
        clocks = room.state.running_since
    copies = copied(first)
    second = engine.journeys(plan, 1, 1)
    assert is_still(first, copies)
    monkeypatch.setattr(workspaces, "ALWAYS_NEW", 2**40)
    assert (first, second) == (other.journeys(plan, 1, 0), other.journeys(plan, 1, 1))
    assert len(clocks) >= 40


def test_the_clocks_have_their_memory_again_once_nobody_else_has_it(always_taken):
    engine, plan = CompiledEngine(a_plan().flow), a_plan()

    def where():
        with engine.workspaces.lend() as room:
            return np.asarray(room.state.running_since).ctypes.data

    journeys = engine.journeys(plan, 1, 0)
    at = np.asarray(engine.workspaces._idle[-1].state.running_since).ctypes.data
    # 80 clocks of 32 bytes are enough for 40 clients' journeys? Only if they lie in there.
    lies_there = (
        at <= journeys.client.ctypes.data < at + engine.workspaces._idle[-1].most_clients * 64
    )
    assert lies_there
    part = journeys.joined[3:5]
    del journeys
    assert where() != at  # A part of a column is enough to keep it.
    del part
    at = where()
    del_me = engine.journeys(plan, 1, 1)
    del del_me
    assert where() == at


def test_small_journeys_do_not_keep_the_memory_of_a_large_run(monkeypatch):
    monkeypatch.setattr(workspaces, "ALWAYS_NEW", 1)
    large = a_plan(stock=4000)
    numbers = large.numbers.copy()
    numbers[numbers == 4000] = 3
    engine = engine_with_room(large, 2**14)
    assert takes_clocks(engine, engine.journeys(large, 1, 0))
    small = engine.journeys(dataclasses.replace(large, numbers=numbers), 1, 0)
    assert len(small.cohort) == 3
    assert not takes_clocks(engine, small)


def held_by(journeys, how):
    """Return what a user may keep of journeys, and how to read it."""
    if how == "column":
        part = journeys.joined[2::3]
        return part, part.tobytes
    if how == "bytes":
        part = journeys.cohort.arrives.view(np.uint8)[3:50]
        return part, part.tobytes
    if how == "memory":
        memory = memoryview(journeys.finished)[1:9]
        return memory, memory.tobytes
    if how == "strides":
        part = np.lib.stride_tricks.as_strided(journeys.client, (5,), (8,))
        return part, part.tobytes
    if how == "buffers":
        buffers: list = []
        pickled = pickle.dumps(journeys.joined, protocol=5, buffer_callback=buffers.append)
        part = pickle.loads(pickled, buffers=buffers)
        return part, part.tobytes
    if how == "frame":
        frame = journeys.to_frame()
        return frame, lambda: frame.to_csv().encode()
    mine = {
        "whole": lambda: journeys,
        "copied": lambda: copy.copy(journeys),
        "part": lambda: journeys.visits_to(["on"]),
    }[how]()
    return mine, lambda: b"".join(array.tobytes() for array in mine.arrays())


HELD = ["column", "bytes", "memory", "strides", "buffers", "frame", "whole", "copied", "part"]


def test_what_is_kept_of_journeys_never_changes_in_whatever_thread_others_are_run(always_taken):
    """The runs are those of a fresh engine, and of the readable one."""
    plans = [a_plan(40), a_plan(400)]
    shared = [engine_with_room(plan, 2**12) for plan in plans]
    for engine, plan in zip(shared, plans, strict=True):
        assert takes_clocks(engine, engine.journeys(plan, 1, 0))

    def late(cohort):
        return np.where(np.arange(len(cohort)) % 2, 10.0, np.inf)

    offers = {"with": True, "without": False, "late": late}
    expected = {
        (k, r, name): CompiledEngine(plan.flow).journeys(plan, 1, r, offered=offered)
        for k, plan in enumerate(plans)
        for r in range(2)
        for name, offered in offers.items()
    }
    blocks = [CompiledEngine(plan.flow).block([plan, plan], 1, [0, 1]) for plan in plans]
    assert expected[0, 0, "late"] == engines.run_replication(
        plans[0], 1, 0, offered=late, engine=engines.PROCESS
    )
    copies = [copied(journeys) for journeys in expected.values()]

    def go_on(seed):
        rng = random.Random(seed)
        kept: list = []
        for _ in range(12):
            k, r, name = rng.choice(list(expected))
            journeys = shared[k].journeys(plans[k], 1, r, offered=offers[name])
            assert journeys == expected[k, r, name]
            held, read = held_by(journeys, rng.choice(HELD))
            circle = [held]
            circle.append(circle)
            kept.append((circle, read, read()))
            del journeys, held, read, circle
            if rng.random() < 0.2:
                assert shared[k].block([plans[k]] * 2, 1, [0, 1]) == blocks[k]
            rng.shuffle(kept)
            while len(kept) > rng.randrange(1, 12):
                _, read, before = kept.pop()
                assert read() == before
            if rng.random() < 0.05:
                gc.collect()
        assert all(read() == before for _, read, before in kept)

    go_on(0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go_on, range(1, 9)))
    for journeys, copies_of_it in zip(expected.values(), copies, strict=True):
        assert is_still(journeys, copies_of_it)


def test_another_thread_may_remember_blocks_while_one_is_looked_for():
    plan = a_plan()
    numbers = plan.numbers.copy()
    numbers[numbers == 40] = 30
    other = dataclasses.replace(plan, numbers=numbers)
    engine, alone = CompiledEngine(plan.flow), CompiledEngine(plan.flow)
    engine.block([other] * 2, 1, [0, 1])
    (of_others,) = engine._before
    engine._before = ()
    expected = engine.block([plan] * 2, 1, [0, 1])
    unaffected = engine._unaffected

    class Meanwhile:
        groups = unaffected.groups

        def is_same(self, *asked, **more):
            engine._before = (of_others,)
            return unaffected.is_same(*asked, **more)

    engine._unaffected = Meanwhile()
    assert engine.block([plan] * 2, 1, [0, 1]) == expected
    assert expected == alone.block([plan] * 2, 1, [0, 1])


@pytest.mark.parametrize("broken_by", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("function", ["pack_clients", "pack_state"])
def test_a_run_broken_off_while_it_makes_room_leaves_no_addresses_of_what_is_gone(
    monkeypatch, broken_by, function
):
    plan = a_plan(stock=2000)  # More than there is room for at first.
    engine = CompiledEngine(plan.flow)
    expected = CompiledEngine(plan.flow).journeys(plan, 1, 0)
    with engine.workspaces.lend():
        pass

    def breaks(owner):
        raise broken_by

    with monkeypatch.context() as patched:
        patched.setattr(workspaces, function, breaks)
        with pytest.raises(broken_by):
            engine.journeys(plan, 1, 0)
    for room in engine.workspaces._idle:
        assert np.array_equal(room.client_row, state.pack_clients(room.clients))
        assert np.array_equal(room.state_row, state.pack_state(room.state))
    assert engine.journeys(plan, 1, 0) == expected


@pytest.mark.parametrize("engine", engines.ENGINES)
@pytest.mark.parametrize("many", [1, 2])
def test_nobody_writes_into_what_others_have_or_is_worked_out_once(engine, many):
    """A later block is copied from another; who a selection means is remembered with journeys."""
    journeys = engines.run_replications([a_plan()] * many, 1, range(many), engine=engine)
    cohort = journeys.cohort
    of_cohort = [
        found
        for one in dataclasses.fields(cohort)
        if isinstance(found := getattr(cohort, one.name), np.ndarray)
    ]
    arrays = [*journeys.arrays(), *of_cohort, *cohort.traits.values()]
    arrays += [] if journeys.runs is None else [journeys.runs.first]
    assert len(arrays) > 15
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


class Row(Columns, side_by_side=True):
    age: FloatColumn = column("", over="people")
    sex: Int8Column = column("", over="people")


class Town(Row):
    code: Int8Column = column("", over="streets")
    price: FloatColumn = column("", over="streets")


def test_columns_are_put_in_given_memory_or_elsewhere_if_they_do_not_fit():
    sizes = {"people": 3, "streets": 5}
    # Three rows of 16 bytes, 5 bytes and 40 bytes, each from a multiple of 64 on.
    memory = np.zeros(64 + 64 + 40, np.uint8)
    town = Town.room(sizes, memory)
    for name in Town.declared:
        array = np.asarray(getattr(town, name))
        assert np.shares_memory(array, memory)
        assert array.ctypes.data % array.dtype.itemsize == 0
    assert not np.shares_memory(np.asarray(Town.room(sizes, memory[:-1]).price), memory)
    # More than four times what they need: they would keep it all.
    large = np.zeros(4 * 192 + 1, np.uint8)
    assert not np.shares_memory(np.asarray(Town.room(sizes, large).price), large)
    assert np.shares_memory(np.asarray(Town.room(sizes, large[:-1]).price), large)


def test_whole_numbers_of_journeys_take_four_bytes():
    journeys = CompiledEngine(a_plan().flow).journeys(a_plan(), 1, 0)
    rows = [[0, 0, 0, 0.0, 0.0, 1.0, 0, -1, 0]]
    for one in (journeys, Journeys.from_rows(journeys.plan, journeys.cohort, rows)):
        assert {getattr(one, name).dtype for name in WHOLE} == {np.dtype(np.int32)}


def test_more_clients_than_four_bytes_number_are_refused_and_do_not_wrap(monkeypatch):
    plan = a_plan(stock=40)
    engine = CompiledEngine(plan.flow)
    monkeypatch.setattr(records, "MAX_IN_ONE", 79)
    monkeypatch.setattr(results, "MAX_IN_ONE", 79)
    one, other = engine.journeys(plan, 1, 0), engine.journeys(plan, 1, 1)
    with pytest.raises(RequestError, match="80 clients together; at most 79"):
        Journeys.join([one, other])
    with pytest.raises(RequestError, match="80 clients together; at most 79"):
        engine.block([plan, plan], 1, [0, 1])


def test_more_visits_than_four_bytes_number_are_refused_and_do_not_wrap(monkeypatch):
    plan = a_plan(stock=40)
    engine = CompiledEngine(plan.flow)
    both = len(engine.journeys(plan, 1, 0)) + len(engine.journeys(plan, 1, 1))
    monkeypatch.setattr(results, "MAX_IN_ONE", both)
    assert len(engine.block([plan, plan], 1, [0, 1])) == both
    monkeypatch.setattr(records, "MAX_IN_ONE", both - 1)
    monkeypatch.setattr(results, "MAX_IN_ONE", both - 1)
    with pytest.raises(RequestError, match=f"{both} visits together; at most {both - 1}"):
        CompiledEngine(plan.flow).block([plan, plan], 1, [0, 1])


def test_a_group_comes_to_what_draws_it_and_what_follows():
    plan = plan_of(
        small_flow(
            "100 days",
            groups={"g": {"stock": 1, "starts_in": "a"}, "h": {"stock": 1, "starts_in": "a"}},
            stages={
                "a": {},
                "b": {
                    "opens": {"every": "7 days"},
                    "draws_from": {"from": ["a"], "groups": ["g"]},
                    "lasts": "1 day",
                    "next": {"c": "100 %"},
                },
                "c": {},
            },
        )
    )
    columns = CompiledEngine(plan.flow).tables
    assert stages_of(columns, 0) == {0, 1, 2}
    assert stages_of(columns, 1) == {0}
