"""What our own elementary functions cost beside the C library's, compiled as the engine is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numba

from benchmarks.alna import SEED
from benchmarks.effort import Effort
from benchmarks.results import Result
from benchmarks.timing import side_by_side
from pilotsim.base import randomness
from pilotsim.base.arrays import Floats
from pilotsim.base.elementary import exp, log, power
from pilotsim.simulation.engines.compiled import jit

COUNT = 20_000


def elementary_functions(effort: Effort) -> Iterator[Result]:
    """Compare logarithm, exponential and power of the numbers that a run asks them for."""
    drawn = randomness.uniform_table(SEED, "elementary", COUNT, 1)[:, 0]
    sums = 2.0 * drawn - 1.0
    asked: tuple[tuple[str, Any, Any, Floats], ...] = (
        ("a logarithm of a uniform number", log, math.log, drawn),
        ("an exponential of a small sum", exp, math.exp, sums),
        ("a third root of a uniform number", _our_root, _their_root, drawn),
    )
    for plain in (log, exp, _our_root, _their_root):
        jit.shared(plain)
    for name, ours, theirs, numbers in asked:
        own, other = _over(ours), _over(theirs)
        compared = side_by_side(
            lambda _, run=own, x=numbers: run(x),
            lambda _, run=other, x=numbers: run(x),
            rounds=effort.rounds,
        )
        note = f"{COUNT:,} in a row; the C library's may join a product and a sum, ours may not"
        yield compared.as_result(name, None, note, cost=True)


def _our_root(x: float) -> float:
    return power(x, 1.0 / 3.0)


def _their_root(x: float) -> float:
    return math.pow(x, 1.0 / 3.0)


def _over(function: Callable[[float], float]) -> Callable[[Floats], float]:
    """Return compiled code that asks a function for each number of an array, and adds up."""

    def add_up(numbers: Floats) -> float:
        found = 0.0
        for k in range(len(numbers)):
            found += function(numbers[k])
        return found

    compiled: Callable[[Floats], float] = numba.njit(**jit.OPTIONS)(add_up)
    return compiled
