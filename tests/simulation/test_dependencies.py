"""What the engines take from their libraries beyond what these promise: each in one named place, and here if a new version breaks it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import simpy
from packaging.requirements import Requirement
from packaging.version import Version

from pilotsim.simulation.engines.compiled import jit
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
        # The compiler's own types and models: views of records; what it keeps of a function; its
        # lock; how far it compiles.
        (
            r"numba\.core",
            {f"compiled/{name}.py" for name in ("structs", "kept_code", "jit", "parts")},
        ),
        # Where the compiler keeps the code of a function, and how it numbers functions.
        (r"\._cache\b|_unique_ids", {"compiled/kept_code.py"}),
        # How compiled code is forgotten.
        (r"_reset_overloads|_make_finalizer|_can_compile", {"compiled/kept_code.py"}),
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


# The compiler.


def twice(x: float) -> float:
    return 2.0 * x


def less(x: float, u: float) -> float:
    return x - u


def two_of(x: float) -> tuple[float, float]:
    return x, -x


def test_compiled_code_calls_a_plain_function_by_its_number(nothing_compiled):
    choice = jit.NumberedFunctions(3, is_last_kept=True)
    first, second = choice.number_of(twice), choice.number_of(less)
    assert (first, second, choice.number_of(twice), choice.number_of(None)) == (0, 1, 0, -1)
    call = choice.call

    @jit.entry
    def both(which):
        return call(which, 5.0, 7.0, 3.0)

    # The one takes the last number, the other the first and the last.
    assert (both(first), both(second)) == (6.0, 2.0)


def test_compiled_code_gets_several_numbers_and_zeros_for_those_missing(nothing_compiled):
    choice = jit.NumberedFunctions(3, gives=3)
    number, call = choice.number_of(two_of), choice.call

    @jit.entry
    def three(which):
        return call(which, 5.0, 7.0, 3.0)

    assert three(number) == (5.0, -5.0, 0.0)


def test_a_function_that_comes_late_is_called_too(nothing_compiled):
    choice = jit.NumberedFunctions(3)
    early, call = choice.number_of(twice), choice.call

    @jit.entry
    def one(which):
        return call(which, 5.0, 7.0, 3.0)

    assert one(early) == 10.0
    late = choice.number_of(less)
    assert (one(early), one(late)) == (10.0, -2.0)


def test_what_compiled_code_calls_is_machine_code_only_within_its_callers(nothing_compiled):
    inner = jit.compiled(lambda x: twice(x) + 1.0)
    jit.shared(twice)

    @jit.entry
    def outer(x):
        return inner(x)

    assert outer(3.0) == 7.0
    (part,), (whole,) = inner.overloads.values(), outer.overloads.values()
    name = part.fndesc.llvm_func_name
    engine = part.library.codegen._engine
    assert engine.get_function_address(whole.fndesc.llvm_cpython_wrapper_name) != 0
    assert part.library.get_pointer_to_function(name) == 0
    assert "cpython" not in part.library.get_llvm_str()
    with pytest.raises(TypeError, match="only compiled code calls"):
        inner(3.0)


def test_the_compiler_numbers_functions_from_where_no_other_process_does(nothing_compiled):
    @jit.entry
    def one(x):
        return x + 1.0

    assert one(1.0) == 2.0
    (found,) = one.overloads.values()
    assert found.fndesc.uid > 1_000_000
    assert str(found.fndesc.uid) in found.fndesc.mangled_name


READY = """
from pilotsim.judge import judging
from pilotsim.simulation.engines.compiled import kept_code, kernel
from pilotsim.simulation.engines.compiled.engine import is_compiled
list(judging.prepare())
print(is_compiled(), kept_code.is_kept(kernel.keep_run))
"""


def test_the_compiler_says_where_it_keeps_code():
    """In a process of its own: here, other tests may have compiled what is not kept."""
    done = subprocess.run([sys.executable, "-c", READY], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_compiled_code_reads_and_writes_columns_where_python_keeps_them():
    sizes = {"one": 1, "all traits": 3}
    clients = Clients.room_for(sizes, 5)
    clients.traits[...] = np.arange(15.0).reshape(5, 3)
    clients.group[:] = np.arange(5)

    @jit.entry
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
