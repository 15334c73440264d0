"""Bisection under noise: the least level at which a probability is reached.

A higher level never makes the probability smaller.

Each level that is tried is tried in runs of its own, until an interval says on which side of the
wanted probability it lies, or that it lies within the margin of it. What was tried before says
nothing about these runs, so each test errs with the probability that it was given; together they
err with at most `error`. Levels that the runs cannot decide stop nothing: the search closes in on
them from both sides, spends on them what is left, and says what was proven.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pilotsim.base.statistics import Interval
from pilotsim.experiments.optimise.confidence_sequences import (
    MET,
    MISSED,
    OPEN,
    Successes,
    interval_of,
    judge,
)

# Runs of a level: how many of the numbered replications met what was asked.
Try = Callable[[int, range], int]
FIRST, GROWTH = 32, 0.25  # the first block of runs of a level; then a quarter of what it has


@dataclass(frozen=True)
class Rule:
    """What is asked, and how surely.

    Parameters
    ----------
    probability : float
        What must be reached, between 0 and 1.
    error : float
        The chance, at most, that anything which is said to be proven is wrong.
    margin : float
        A probability within this of the wanted one need not be told from it.
    most_runs : int
        All runs together, at most.
    """

    probability: float
    error: float = 0.1
    margin: float = 0.01
    most_runs: int = 20_000

    def __post_init__(self) -> None:
        if not (
            0 < self.probability < 1
            and 0 < self.error < 1
            and self.margin >= 0
            and self.most_runs >= 1
        ):
            raise ValueError(
                f"expected a probability and an error between 0 and 1, and runs; found {self}"
            )


@dataclass(frozen=True)
class Trial:
    """A level that was tried.

    Parameters
    ----------
    level : int
        Its number, from 0.
    tally : Successes
        Its runs.
    interval : Interval
        Where its probability lies; the intervals of all trials hold together, but for the rule's
        error.
    verdict : str
        `met`, `missed`, `close` or `open`.
    """

    level: int
    tally: Successes = field(default_factory=Successes)
    interval: Interval = field(default_factory=lambda: interval_of(Successes(), 0.5))
    verdict: str = OPEN


@dataclass(frozen=True)
class Bisection:
    """What a bisection found.

    Parameters
    ----------
    rule : Rule
        What was asked.
    levels : int
        How many there are.
    trials : tuple of Trial
        In the order in which they were made.
    """

    rule: Rule
    levels: int
    trials: tuple[Trial, ...]

    @property
    def least_met(self) -> int | None:
        """The least level that is proven to reach the probability; None for none."""
        return min((trial.level for trial in self.trials if trial.verdict == MET), default=None)

    @property
    def greatest_missed(self) -> int | None:
        """The greatest level that is proven to fall short; None for none."""
        return max((trial.level for trial in self.trials if trial.verdict == MISSED), default=None)

    @property
    def undecided(self) -> tuple[int, ...]:
        """The levels between the two, of which any may be the least, in order."""
        low = -1 if self.greatest_missed is None else self.greatest_missed
        high = self.levels if self.least_met is None else self.least_met
        return tuple(range(low + 1, high))

    @property
    def is_settled(self) -> bool:
        """Whether the answer is proven, and nothing that was tried speaks against the order."""
        return not self.undecided and not self.breaks

    @property
    def runs(self) -> int:
        """All runs that were made."""
        return sum(trial.tally.runs for trial in self.trials)

    @property
    def breaks(self) -> tuple[tuple[int, int], ...]:
        """Pairs of levels of which the higher is proven to have the lower probability."""
        return order_breaks([(trial.level, trial.interval) for trial in self.trials])


def order_breaks(found: Sequence[tuple[int, Interval]]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of levels whose intervals lie apart, the higher level below the lower."""
    pairs = combinations(sorted(found, key=lambda one: one[0]), 2)
    return tuple((a, b) for (a, lower), (b, higher) in pairs if a < b and higher.high < lower.low)


def most_trials(levels: int) -> int:
    """Return how many levels a bisection may try: twice the halvings.

    Once for each side of what cannot be decided.
    """
    return 2 * max(1, math.ceil(math.log2(levels + 1)))


def bisect(levels: int, run: Try, rule: Rule) -> Bisection:
    """Return the least level that reaches a probability, as far as the runs can prove it.

    Parameters
    ----------
    levels : int
        How many there are, 1 or more; the probability does not fall from one to the next.
    run : callable
        Takes a level and the numbers of its replications; returns how many of them met what was
        asked. No number is given twice, so that the runs of different levels are independent.
    rule : Rule
        What is asked, and how surely.
    """
    trials: dict[int, Trial] = {}
    allowed = most_trials(levels)
    while True:
        so_far = Bisection(rule, levels, tuple(trials.values()))
        level = _next_level(so_far) if len(trials) < allowed else None
        going_on = level is None
        level = _next_open(so_far) if level is None else level
        left = rule.most_runs - so_far.runs
        share = left if going_on else left // (allowed - len(trials))
        if level is None or share < 1:
            return so_far
        trials[level] = _try(
            trials.get(level, Trial(level)), run, rule, so_far.runs, share, rule.error / allowed
        )


def _next_open(so_far: Bisection) -> int | None:
    """Return the level between the proven ones that is still open and has had the fewest runs.

    It goes on with what is left.
    """
    between = so_far.undecided
    still_open = [
        trial for trial in so_far.trials if trial.verdict == OPEN and trial.level in between
    ]
    return (
        min(still_open, key=lambda trial: (trial.tally.runs, trial.level)).level
        if still_open
        else None
    )


def _next_level(so_far: Bisection) -> int | None:
    """Return the middle of the lowest gap that is left to be closed; None when all is said."""
    between = so_far.undecided
    tried = [trial.level for trial in so_far.trials if trial.level in between]
    if not between:
        return None
    if not tried:
        return (between[0] + between[-1]) // 2
    below, above = range(between[0], min(tried)), range(max(tried) + 1, between[-1] + 1)
    gap = below or above
    return (gap[0] + gap[-1]) // 2 if gap else None


def _try(trial: Trial, run: Try, rule: Rule, first: int, most: int, error: float) -> Trial:
    """Return a trial after more runs: until its level is decided, or the runs are used up."""
    tally = trial.tally
    for size in _blocks(tally.runs, most):
        done = tally.runs - trial.tally.runs
        tally += Successes(run(trial.level, range(first + done, first + done + size)), size)
        interval = interval_of(tally, error)
        verdict = judge(interval, rule.probability, rule.margin)
        if verdict != OPEN:
            break
    return Trial(trial.level, tally, interval, verdict)


def _blocks(done: int, most: int) -> Iterator[int]:
    """Yield the sizes of further blocks of runs, which add up to `most`."""
    until = done + most
    while done < until:
        size = min(max(FIRST, int(GROWTH * done)), until - done)
        yield size
        done += size
