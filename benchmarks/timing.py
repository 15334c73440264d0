"""Two programs timed side by side, in turn, so that other load on the machine falls on both.

Programs on one core are timed by the processor time they take, which other programs on a shared
machine stretch least; what a user waits for (several cores, a whole command) by the clock on the
wall.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

from benchmarks.results import Bound, Result, in_time

# A run of a program: it is given the number of the replication.
Run = Callable[[int], object]


@dataclass(frozen=True)
class Comparison:
    """Seconds of processor time a replication, in each round, of two programs."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    def slower(self) -> tuple[float, ...]:
        """Return how many times as long theirs took as ours, in each round."""
        return tuple(b / a for a, b in zip(self.ours, self.theirs, strict=True))

    def as_result(
        self, name: str, bound: Bound | None, note: str = "", *, cost: bool = False
    ) -> Result:
        """Return the medians and the ratio theirs to ours; with `cost`, ours to theirs."""
        ratios = [1 / r for r in self.slower()] if cost else list(self.slower())
        return Result(
            name,
            in_time(median(self.ours)),
            in_time(median(self.theirs)),
            median(ratios),
            low=min(ratios),
            high=max(ratios),
            bound=bound,
            note=note,
        )


def side_by_side(ours: Run, theirs: Run, *, rounds: int, seconds: float = 0.2) -> Comparison:
    """Return the time a replication takes in each program, in alternating turns of some length.

    Parameters
    ----------
    ours, theirs : callable
        Given the number of the replication.
    rounds : int
        Turns of each.
    seconds : float
        The shortest turn: a fast program runs several replications in its turn.
    """
    calls = [_calls_in(seconds, run) for run in (ours, theirs)]
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds):
        for run, many, times in zip((ours, theirs), calls, found, strict=True):
            times.append(_time_a_call(run, turn * many, many))
    return Comparison(tuple(found[0]), tuple(found[1]))


def _calls_in(seconds: float, run: Run) -> int:
    """Return how many calls fill a turn; the first call, which may compile, does not count."""
    run(0)
    return max(1, math.ceil(seconds / _time_a_call(run, 1, 1)))


def _time_a_call(run: Run, first: int, calls: int) -> float:
    # What the other program left behind is not to be cleared away in this one's time.
    gc.collect()
    begun = process_time()
    for replication in range(first, first + calls):
        run(replication)
    return (process_time() - begun) / calls


def time_once(run: Callable[[], object]) -> float:
    """Return the seconds on the wall that a call takes."""
    begun = perf_counter()
    run()
    return perf_counter() - begun
