"""Whether two cores do twice as much, and whether many replications fit in memory."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from time import process_time

from joblib.externals.loky import get_reusable_executor

from benchmarks.alna import SEED, alna_flow
from benchmarks.child import ask
from benchmarks.effort import Effort
from benchmarks.machine import load
from benchmarks.results import Result, at_least, at_most, in_bytes, in_time
from benchmarks.timing import time_once
from pilotsim.judge.verdicts import questions_of
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Variant, run_variants

GIGABYTES = 1e9
ROUNDS = 5
MANY = 100_000


def alna_measures() -> list[Measure]:
    """Return all measures of the flow's targets."""
    return [
        question.measure for question in questions_of(alna_flow()) if question.measure is not None
    ]


def run_alna(replications: int, jobs: int) -> None:
    """Run a variant as an experiment does: assumptions drawn, all targets measured."""
    variant = Variant("alna", alna_flow())
    run_variants(
        [variant], alna_measures(), seed=SEED, replications={"alna": replications}, jobs=jobs
    )


def two_cores(effort: Effort) -> Iterator[Result]:
    """Yield what an experiment takes in one process and in two, in turn.

    The first turn starts the second process.
    """
    part = effort.two_core_replications // ROUNDS
    run_alna(1, 1)
    busy, before = load(), _children_time()
    turns = [(_time_both(part, 1), _time_both(part, 2)) for _ in range(ROUNDS)]
    get_reusable_executor().shutdown(wait=True)
    workers = _children_time() - before
    one, two = sum(single.wall for single, _ in turns), sum(double.wall for _, double in turns)
    ratios = [single.wall / double.wall for single, double in turns]
    yield Result(
        f"{ROUNDS * part:,} replications of Alna with all measures: one process against two",
        in_time(two),
        in_time(one),
        one / two,
        low=min(ratios),
        high=max(ratios),
        bound=at_least(1.8),
        note=f"The first turn starts the processes: {ratios[0]:.2f} times; "
        f"the median turn: {median(ratios):.2f}. {busy}",
    )
    used_by_one = sum(single.processor for single, _ in turns)
    used_by_two = workers + sum(double.processor for _, double in turns)
    yield Result(
        "The same by processor time: what two cores without other work would give",
        in_time(used_by_two / 2),
        in_time(used_by_one),
        2 * used_by_one / used_by_two,
        note="Twice the processor time of one process over that of the two and their master.",
    )


@dataclass(frozen=True)
class Times:
    """Seconds on the wall, and of this process's processor time."""

    wall: float
    processor: float


def _time_both(replications: int, jobs: int) -> Times:
    begun = process_time()
    wall = time_once(lambda: run_alna(replications, jobs))
    return Times(wall, process_time() - begun)


def _children_time() -> float:
    """Return the processor time of all processes that this one has started and seen end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def many_replications(effort: Effort) -> Iterator[Result]:
    """Yield the memory that a hundred thousand replications take; only in a full run."""
    name = f"Peak memory, {MANY:,} replications of Alna in one experiment"
    if not effort.full:
        yield Result(name, "not run", "", float("nan"), "GB", note="Run with --full.")
        return
    found = ask("many", MANY)
    others = in_bytes(found["workers"])
    note = f"The largest process; {others} the largest of the others; {found['seconds']:.0f} s."
    yield Result(
        name,
        in_bytes(found["peak"]),
        "",
        found["peak"] / GIGABYTES,
        "GB",
        bound=at_most(1.5),
        note=note,
    )
