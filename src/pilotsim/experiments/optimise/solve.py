"""Solving a problem: runs of choices until the search has its answer, and what the answer is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Bools, Ints
from pilotsim.base.from_above import Shown
from pilotsim.base.statistics import Interval, wilson
from pilotsim.experiments.optimise.bisection import Bisection, bisect, order_breaks
from pilotsim.experiments.optimise.confidence_sequences import (
    MET,
    MISSED,
    OPEN,
    Successes,
    interval_of,
)
from pilotsim.experiments.optimise.problem import IS_MET, IS_UNDEFINED, Problem
from pilotsim.experiments.optimise.ranking_and_selection import (
    AlternativeStatus,
    SelectionResult,
    select_cheapest,
    select_surest,
)
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Progress, Variant, check_variants, clients_of, run_tasks
from pilotsim.runs.budget import replications_at_once

BLOCK = 16
MAX_SHOWN = 41  # levels of a frontier
LEAST, CHEAPEST, SUREST = "least", "cheapest", "surest"
BEST, NEAR = "best", "near"
# What was run before, by choice and replication: asked first, told after.
Recall = Callable[[str, range], Ints | None]
Note = Callable[[str, range, Ints], None]


@dataclass(frozen=True)
class FrontierPoint:
    """A choice on the way from little to much.

    Parameters
    ----------
    choice : int
        Its number.
    cost : float
        What it costs; how far up the lever is, without prices.
    tally : Successes
        Its runs.
    interval : Interval
        95 % interval of its probability, by itself (Wilson).
    """

    choice: int
    cost: float
    tally: Successes
    interval: Interval


@dataclass(frozen=True)
class SolutionRow:
    """A choice that was tried, and what was proven of it.

    Parameters
    ----------
    choice : int
        Its number.
    tally : Successes
        Its runs.
    interval : Interval
        Where its probability lies; those of all rows hold together, but for the rule's error.
    verdict : str
        `met`, `missed`, `close`, `open`, `beaten` or `dearer`; among the surest also `best`, and
        `near` for what is as good within the margin.
    implied : bool
        Whether the order of the levers says so, and not runs of its own.
    """

    choice: int
    tally: Successes
    interval: Interval
    verdict: str
    implied: bool = False


@dataclass(frozen=True)
class Solution(Shown):
    """The answer to a problem.

    Parameters
    ----------
    problem : Problem
        What was asked.
    question : str
        `least` (of one lever, by bisection), `cheapest` or `surest` (of several choices, by
        elimination).
    best : int or None
        The choice that is proven to be enough, and the least or cheapest of these; or the surest.
        None for none.
    rivals : tuple of int
        Choices that may be better still: not proven either way.
    below : int or None
        For `least`: the greatest level that is proven not to be enough.
    rows : tuple of SolutionRow
        What was tried, by choice.
    frontier : tuple of FrontierPoint
        By cost.
    estimates : tuple of FrontierPoint
        Choices run in a number of replications that was fixed beforehand: every level of a
        frontier, or the best of several choices. What a search stopped at shows by its own runs
        is too little or too much, for it stopped when they said so.
    breaks : tuple of (int, int)
        Choices of which the second has more and is proven to be less likely: the order does not
        hold.
    runs, frontier_runs : int
        Runs of the search, and of the estimates.
    undefined : int
        In how many of them something that is asked has no value, because there is nobody to measure
        it by. They count as not met: enough is what is known to be.
    """

    problem: Problem
    question: str
    best: int | None
    rivals: tuple[int, ...]
    below: int | None
    rows: tuple[SolutionRow, ...]
    frontier: tuple[FrontierPoint, ...]
    estimates: tuple[FrontierPoint, ...]
    breaks: tuple[tuple[int, int], ...]
    runs: int
    frontier_runs: int
    undefined: int = 0

    @property
    def fixed(self) -> bool:
        """Whether all assumptions stood at their values."""
        return self.problem.fixed

    @property
    def flow(self) -> Flow:
        """The flow whose levers were tried."""
        return self.problem.flow

    @property
    def is_proven(self) -> bool:
        """Whether the answer is proven: nothing is left open, nothing speaks against the order."""
        return not self.rivals and not self.breaks

    def row_of(self, choice: int) -> SolutionRow | None:
        """Return what was proven of a choice; None where it was never tried."""
        return next((row for row in self.rows if row.choice == choice), None)

    def estimate_of(self, choice: int) -> FrontierPoint | None:
        """Return how surely a choice meets what is asked; None where it was not estimated."""
        return next((point for point in self.estimates if point.choice == choice), None)


class _Runs:
    """Runs of the choices of a problem, on one core or several."""

    def __init__(
        self,
        problem: Problem,
        jobs: int,
        engine: str | None,
        progress: Progress | None,
        recall: Recall,
        note: Note,
    ) -> None:
        self.problem, self.jobs, self.engine, self.progress = problem, jobs, engine, progress
        self.recall, self.note = recall, note
        self._variants: dict[int, Variant] = {}
        self._undefined: dict[tuple[int, int], int] = {}

    @property
    def undefined(self) -> int:
        """In how many of the runs nobody could tell; each counts once."""
        return sum(self._undefined.values())

    def met(self, choices: Sequence[int], replications: range) -> Bools:
        """Return which replications meet what is asked, shape (choices, replications).

        One in which nobody can tell does not: enough is what is known to be.
        """
        found = {choice: self.recall(self.key(choice), replications) for choice in choices}
        fresh = [choice for choice in choices if found[choice] is None]
        for choice, standing in zip(fresh, self._run(fresh, replications), strict=True):
            self.note(self.key(choice), replications, standing)
            found[choice] = standing
        if self.progress is not None:
            self.progress(len(choices) * len(replications))
        table = np.array([found[choice] for choice in choices], np.int64)
        table = table.reshape(len(choices), len(replications))
        counts = (table == IS_UNDEFINED).sum(axis=1).tolist()
        for choice, count in zip(choices, counts, strict=True):
            self._undefined[choice, replications.start] = count
        return np.asarray(table == IS_MET)

    def check_budget(self, most: int) -> None:
        """Make sure that so many runs stay within the limits, or are wanted all the same.

        The last choice tells of all: it mostly has most of everything.
        """
        last = len(self.problem.choices) - 1
        variant, measures = self._variant(last), self._measures
        check_variants(
            [variant],
            measures,
            clients_of([variant]),
            seed=self.problem.seed,
            replications={variant.name: most},
            jobs=self.jobs,
        )

    @property
    def _measures(self) -> list[Measure]:
        asked = (question.measure for question in self.problem.questions)
        return [measure for measure in asked if measure is not None]

    def key(self, choice: int) -> str:
        return self.problem.world_of(self.problem.choices[choice])

    def _run(self, choices: Sequence[int], replications: range) -> list[Ints]:
        if not choices:
            return []
        size = min(BLOCK, *map(replications_at_once, clients_of(list(map(self._variant, choices)))))
        blocks = [replications[k : k + size] for k in range(0, len(replications), size)]
        tasks = [
            (self._variant(choice), self._measures, self.problem.seed, block)
            for choice in choices
            for block in blocks
        ]
        outcomes = list(run_tasks(tasks, self.jobs))
        standing = [
            self.problem.standing_of(outcome.values, outcome.support.beyond) for outcome in outcomes
        ]
        starts = range(0, len(standing), len(blocks))
        return [np.concatenate(standing[k : k + len(blocks)]) for k in starts]

    def _variant(self, choice: int) -> Variant:
        if choice not in self._variants:
            self._variants[choice] = self.problem.variant(self.problem.choices[choice], self.engine)
        return self._variants[choice]


def _forget(key: str, replications: range) -> Ints | None:
    return None


def _ignore(key: str, replications: range, standing: Ints) -> None:
    return


@checks_arguments
def solve(
    problem: Problem,
    *,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
    recall: Recall = _forget,
    note: Note = _ignore,
) -> Solution:
    """Return the least, cheapest or most likely choice of a problem, as far as runs can prove it.

    Parameters
    ----------
    problem : Problem
        What is asked.
    jobs : int
        Processes at once; -1 for one a core. The answer is the same for any number.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done; at most `count_most` in all.
    recall, note : callable, optional
        What was run before is asked of `recall` (which returns None for what it does not know) and
        told to `note`.

    Raises
    ------
    RequestError
        The engine is not known, or the runs need more time or memory than the limits allow.

    Examples
    --------
    >>> found = pilotsim.solve(pilotsim.read_problem("solve.yaml"), jobs=-1)   # doctest: +SKIP
    """
    runs = _Runs(problem, jobs, engine, progress, recall, note)
    runs.check_budget(count_most(problem))
    return replace(_search(problem, runs), undefined=runs.undefined)


def _search(problem: Problem, runs: _Runs) -> Solution:
    if problem.budget is not None:
        surest = select_surest(problem.designs, runs.met, problem.rule, budget=problem.budget)
        return _of_selection(problem, SUREST, surest, runs)
    if len(problem.levers) == 1 and problem.monotone:
        found = bisect(
            len(problem.choices),
            lambda level, numbers: int(runs.met([level], numbers).sum()),
            problem.rule,
        )
        return _of_bisection(problem, found, _estimate(problem, runs, _shown(problem)))
    cheapest = select_cheapest(problem.designs, runs.met, problem.rule, monotone=problem.monotone)
    return _of_selection(problem, CHEAPEST, cheapest, runs)


def count_most(problem: Problem) -> int:
    """Return how many runs solving takes at most, those of the estimates with them."""
    by_level = len(problem.levers) == 1 and problem.monotone and problem.budget is None
    estimated = len(_shown(problem)) if by_level else 1
    return problem.rule.most_runs + estimated * problem.frontier


def _shown(problem: Problem) -> list[int]:
    """Return the choices of a frontier: all levels, or evenly some."""
    count = len(problem.choices)
    return sorted(
        {round(number) for number in np.linspace(0, count - 1, min(count, MAX_SHOWN)).tolist()}
    )


def _estimate(problem: Problem, runs: _Runs, choices: Sequence[int]) -> tuple[FrontierPoint, ...]:
    """Return choices in the same replications, none of which the search has used.

    Their number is fixed beforehand, so that the shares are right on average.
    """
    first = problem.rule.most_runs
    if not problem.frontier or not choices:
        return ()
    met = runs.met(choices, range(first, first + problem.frontier))
    return tuple(
        _point(problem, choice, Successes(int(row.sum()), len(row)))
        for choice, row in zip(choices, met, strict=True)
    )


def _point(problem: Problem, choice: int, tally: Successes) -> FrontierPoint:
    return FrontierPoint(choice, problem.designs[choice].cost, tally, wilson(tally.met, tally.runs))


def _of_bisection(
    problem: Problem, found: Bisection, frontier: tuple[FrontierPoint, ...]
) -> Solution:
    rows = sorted(
        (SolutionRow(t.level, t.tally, t.interval, t.verdict) for t in found.trials),
        key=lambda row: row.choice,
    )
    # The figure's levels are a check of the order as well, with an error of their own.
    error = problem.rule.error / max(1, len(frontier))
    seen = order_breaks([(point.choice, interval_of(point.tally, error)) for point in frontier])
    return Solution(
        problem,
        LEAST,
        found.least_met,
        found.undecided,
        found.greatest_missed,
        tuple(rows),
        frontier,
        frontier,
        (*found.breaks, *seen),
        found.runs,
        sum(point.tally.runs for point in frontier),
    )


def _word(question: str, standing: AlternativeStatus, found: SelectionResult) -> str:
    """Return what is proven of a design.

    Of the surest ones, which is chosen, and which may be no better by the margin.
    """
    if question != SUREST or standing.verdict != OPEN or standing.design in found.rivals:
        return standing.verdict
    return BEST if standing.design == found.best else NEAR


def _of_selection(problem: Problem, question: str, found: SelectionResult, runs: _Runs) -> Solution:
    tried = [one for one in found.standings if one.tally.runs or one.by is not None]
    rows = tuple(
        SolutionRow(
            one.design,
            one.tally,
            one.interval,
            _word(question, one, found),
            one.by is not None and one.verdict in (MET, MISSED),
        )
        for one in tried
    )
    points = [_point(problem, one.design, one.tally) for one in found.standings if one.tally.runs]
    frontier = tuple(sorted(points, key=lambda point: (point.cost, point.choice)))
    estimates = _estimate(problem, runs, [] if found.best is None else [found.best])
    return Solution(
        problem,
        question,
        found.best,
        found.rivals,
        None,
        rows,
        frontier,
        estimates,
        found.breaks,
        found.runs,
        sum(point.tally.runs for point in estimates),
    )
