"""How far the compiled engine is from the least that any could do: a heap and random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from benchmarks.alna import SEED, alna_plan, run_kernel
from benchmarks.counts import Counts, count
from benchmarks.effort import Effort
from benchmarks.results import Result, at_most
from benchmarks.timing import side_by_side
from pilotsim.base import randomness
from pilotsim.simulation.engines.compiled.engine import engine_of

M0, M1 = (np.uint64(m) for m in randomness.MULTIPLIERS)
W0, W1 = (np.uint64(w) for w in randomness.KEY_STEPS)
ONE, TWELVE = np.uint64(1), np.uint64(12)
compiled: Any = numba.njit(error_model="numpy")


@intrinsic
def upper(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of a product, by one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@compiled
def keyed_uniform(seed: Any, replication: Any, group: Any, number: Any, purpose: Any) -> float:
    """Return `randomness.uniform` at index 0."""
    c0, c1, c2, c3 = ONE, purpose, number, group
    k0, k1 = seed, replication
    for _ in range(10):
        c0, c1, c2, c3 = upper(M1, c2) ^ c1 ^ k0, M1 * c2, upper(M0, c0) ^ c3 ^ k1, M0 * c0
        k0, k1 = k0 + W0, k1 + W1
    return (np.float64(c0 >> TWELVE) + 0.5) * 2.0**-52


@compiled
def push(times: Any, who: Any, size: int, time: float, client: int) -> None:
    """Add an entry to a heap of some size."""
    place = size
    while place > 0 and times[(place - 1) >> 1] > time:
        above = (place - 1) >> 1
        times[place], who[place] = times[above], who[above]
        place = above
    times[place], who[place] = time, client


@compiled
def pop(times: Any, who: Any, size: int) -> None:
    """Take the first entry out of a heap; `size` counts those that stay."""
    time, client, place = times[size], who[size], 0
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and times[below + 1] < times[below]:
            below += 1
        if times[below] >= time:
            break
        times[place], who[place] = times[below], who[below]
        place = below
    times[place], who[place] = time, client


@compiled
def bare_loop(seed: Any, replication: Any, clients: int, events: int, draws: int) -> float:
    """Schedule each client once, then one event after another, with draws spread evenly."""
    times, who = np.empty(clients + 1), np.empty(clients + 1, np.int32)
    size, drawn, now = 0, 0, 0.0
    for event in range(events):
        client = event
        if event >= clients:
            now, client, size = times[0], who[0], size - 1
            pop(times, who, size)
        total = 0.0
        while drawn * events < (event + 1) * draws:
            total += keyed_uniform(seed, replication, ONE, np.uint64(client), np.uint64(drawn))
            drawn += 1
        push(times, who, size, now + total, client)
        size += 1
    while size > 0:
        size -= 1
        now = times[0]
        pop(times, who, size)
    return now


def against_a_bare_loop(effort: Effort) -> Iterator[Result]:
    """Yield the compiled engine against a bare loop with the events and draws of Alna Aktiv."""
    key = np.uint64(SEED), np.uint64(7)
    same = randomness.uniform(SEED, 7, 1, 12, 34, 0)
    assert keyed_uniform(*key, ONE, np.uint64(12), np.uint64(34)) == same, (
        "the bare loop draws other numbers"
    )
    found = [count(replication) for replication in range(5)]
    mean = Counts(
        *(
            round(sum(numbers) / len(found))
            for numbers in zip(*(vars(one).values() for one in found), strict=True)
        )
    )

    def run_bare(replication: int) -> float:
        return bare_loop(
            np.uint64(SEED), np.uint64(replication), mean.clients, mean.events, mean.draws
        )

    engine, plan = engine_of(alna_plan().flow), alna_plan()

    def run_alone(replication: int) -> None:
        with engine.workspaces.lend() as room:
            engine.run(room, plan.numbers, SEED, replication)

    note = (
        f"A replication has {mean.clients:,} clients, {mean.visits:,} visits, "
        f"{mean.events:,} scheduled events and {mean.draws:,} draws, "
        f"and runs a clock {mean.clock_runs:,} times."
    )
    run = side_by_side(
        run_alone,
        run_bare,
        rounds=effort.rounds,
    )
    yield run.as_result(
        "Alna Aktiv: kernel's run against a bare loop of heap and draws",
        at_most(2),
        note,
        cost=True,
    )
    whole = side_by_side(run_kernel, run_bare, rounds=effort.rounds)
    yield whole.as_result("The same with the journeys copied out and sorted", None, cost=True)
