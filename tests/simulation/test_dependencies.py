"""What the engines take from their libraries beyond what these promise: each in one named place, and here if a new version breaks it."""

from __future__ import annotations

import ctypes
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import simpy
from packaging.requirements import Requirement
from packaging.version import Version
from scipy import special

from pilotsim.simulation.engines.compiled import jit, kernel
from pilotsim.simulation.engines.compiled.engine import is_compiled, warm_up
from pilotsim.simulation.engines.compiled.state import Clients, pack_clients, view_clients
from pilotsim.simulation.engines.readable.event_calendar import CALENDAR, STARTS, EventCalendar

ROOT = Path(__file__).parent.parent.parent
ENGINES = ROOT / "src" / "pilotsim" / "simulation" / "engines"


def requirements():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {one.name: one for one in map(Requirement, listed["project"]["dependencies"])}


@pytest.mark.parametrize("library", ["numba", "simpy"])
def test_a_library_whose_inside_is_used_is_bounded_above(library):
    wanted = requirements()[library].specifier
    assert any(bound.operator == "<" for bound in wanted)
    assert Version("999") not in wanted


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        # The compiler's own types and models: views of records.
        (r"numba\.core", {"compiled/structs.py"}),
        # Where the compiler keeps the code of a function.
        (r"_cache_file|\._cache\b", {"compiled/jit.py"}),
        # SciPy's special functions as C code.
        (r"cython_special|__pyx", {"compiled/jit.py"}),
        # SimPy's queue, the state of its events.
        (r"\._queue\b|\._eid\b|\._ok\b|\._value\b", {"readable/event_calendar.py"}),
    ],
)
def test_the_inside_of_a_library_is_used_in_one_place(pattern, places):
    found = {
        file.relative_to(ENGINES).as_posix()
        for file in ENGINES.rglob("*.py")
        if re.search(pattern, file.read_text(encoding="utf-8"))
    }
    assert found == places


# SimPy.


def test_simpy_runs_events_at_absolute_times_in_the_order_of_priorities():
    calendar = EventCalendar()
    seen = []
    # 0.1 + 0.2 is not 0.3: a delay after an event at 0.1 would not give the bits of 0.3.
    for time, priority, name in (
        (0.3, STARTS, "starts"),
        (0.3, CALENDAR, "calendar"),
        (0.1, CALENDAR, "first"),
    ):
        event = calendar.at(time, priority)
        event.callbacks.append(lambda _, name=name: seen.append((calendar.now, name)))
    calendar.run()
    assert seen == [(0.1, "first"), (0.3, "calendar"), (0.3, "starts")]


def test_simpy_never_runs_an_event_at_infinity():
    calendar = EventCalendar()
    calendar.at(float("inf"))
    assert calendar.peek() == simpy.core.Infinity


def test_simpy_lets_a_process_be_interrupted_before_its_event():
    calendar = EventCalendar()

    def waits():
        try:
            yield calendar.at(5.0)
        except simpy.Interrupt as call:
            return calendar.now, call.cause
        return None

    process = calendar.process(waits())
    calendar.at(2.0).callbacks.append(lambda _: process.interrupt("called"))
    assert calendar.run(until=process) == (2.0, "called")


# SciPy.


@pytest.mark.parametrize(
    ("ufunc", "arguments"),
    [
        (special.ndtri, (0.3,)),
        (special.gamma, (2.5,)),
        (special.gammaincinv, (2.5, 0.3)),
        (special.betaincinv, (1.5, 0.5, 0.3)),
    ],
    ids=["ndtri", "gamma", "gammaincinv", "betaincinv"],
)
def test_scipys_c_function_is_its_array_function(ufunc, arguments):
    address = jit.special_function_address(ufunc.__name__, len(arguments))
    number = ctypes.c_double
    # The last argument says that the function is not called from Python.
    function = ctypes.CFUNCTYPE(number, *[number] * len(arguments), ctypes.c_int)(address)
    assert function(*arguments, 0) == ufunc(*arguments)


def test_a_special_function_that_scipy_does_not_have_raises():
    with pytest.raises(ValueError, match="has no gammaincinv of 3 numbers"):
        jit.special_function_address("gammaincinv", 3)


# The compiler.


def twice(x: float) -> float:
    return 2.0 * x


def test_the_compiler_gives_the_address_of_a_plain_function():
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(jit.address_of(twice))
    assert function(21.0) == 42.0


def test_the_compiler_says_where_it_keeps_code():
    warm_up()
    assert is_compiled()
    assert jit.is_kept(kernel.keep_run)


def test_compiled_code_reads_and_writes_columns_where_python_keeps_them():
    sizes = {"one": 1, "all traits": 3}
    clients = Clients.room_for(sizes, 5)
    clients.traits[...] = np.arange(15.0).reshape(5, 3)
    clients.group[:] = np.arange(5)

    @jit.compiled
    def look(row):
        seen = view_clients(row)
        total = 0.0
        for client in range(len(seen.group)):
            total += seen.traits[client, 2] * seen.group[client]
            seen.arrives[client] = seen.traits[client, 0]
        return total

    # 2 · 0 + 5 · 1 + 8 · 2 + 11 · 3 + 14 · 4
    assert look(pack_clients(clients)) == 110.0
    assert clients.arrives.tolist() == [0.0, 3.0, 6.0, 9.0, 12.0]
