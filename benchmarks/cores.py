"""Whether two cores do twice as much, and whether many replications fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.alna import SEED, alna_flow
from benchmarks.child import ask
from benchmarks.effort import Effort
from benchmarks.machine import cores
from benchmarks.results import Result, at_least, at_most, in_bytes, in_time
from benchmarks.timing import time_once
from pilotsim.experiment import Variant, run_variants
from pilotsim.questions import Measure
from pilotsim.targets import questions_of

GIGABYTES = 1e9
ROUNDS = 5
MANY = 100_000


def alna_measures() -> list[Measure]:
    """Return all measures of the flow's targets."""
    return [question.measure for question in questions_of(alna_flow()) if question.measure is not None]


def run_alna(replications: int, jobs: int) -> None:
    """Run a variant as an experiment does: assumptions drawn, all targets measured."""
    variant = Variant("alna", alna_flow())
    run_variants([variant], alna_measures(), seed=SEED, replications={"alna": replications}, jobs=jobs)


def two_cores(effort: Effort) -> Iterator[Result]:
    """Yield what an experiment takes on one core and on two, in turn; the first turn starts the second process."""
    part = effort.two_core_replications // ROUNDS
    run_alna(1, 1)
    seconds = [(time_once(lambda: run_alna(part, 1)), time_once(lambda: run_alna(part, 2))) for _ in range(ROUNDS)]
    one, two = sum(pair[0] for pair in seconds), sum(pair[1] for pair in seconds)
    ratios = [pair[0] / pair[1] for pair in seconds]
    yield Result(
        f"{ROUNDS * part:,} replications of Alna with all measures: one process against two", in_time(two), in_time(one), one / two,
        low=min(ratios), high=max(ratios), bound=at_least(1.8),
        note=f"{cores()} cores. The first turn starts the processes: {ratios[0]:.2f} times; the median turn: {median(ratios):.2f}.",
    )  # fmt: skip


def many_replications(effort: Effort) -> Iterator[Result]:
    """Yield the memory that a hundred thousand replications take; only in a full run."""
    name = f"Peak memory, {MANY:,} replications of Alna in one experiment"
    if not effort.full:
        yield Result(name, "not run", "", float("nan"), "GB", note="Run with --full.")
        return
    found = ask("many", MANY)
    note = f"The largest process; {in_bytes(found['workers'])} the largest of the others; {found['seconds']:.0f} s."
    yield Result(name, in_bytes(found["peak"]), "", found["peak"] / GIGABYTES, "GB", bound=at_most(1.5), note=note)
