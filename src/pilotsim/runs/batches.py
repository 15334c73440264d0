"""Variants of a flow, run many times with the same clients, on one core or several.

A variant and a replication make a run of their own, whatever runs beside it: results are the same
for any number of workers and any size of block.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain

import numpy as np

from pilotsim.base.arguments import check_argument
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.quantity import Quantity
from pilotsim.base.signals import children_ignore_sigint
from pilotsim.measures.block import measure_block
from pilotsim.measures.measures import RestsOn
from pilotsim.measures.monthly import MonthlyPaths, observe
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import numbers_of_replications, run_replications
from pilotsim.simulation.resolved import ResolvedFlow

Progress = Callable[[int], None]
BLOCK = 25
# Bands over so many runs move no more; beyond, paths would only fill memory.
MAX_PATHS = 1000


@dataclass(frozen=True)
class RunOptions:
    """How variants are run.

    Parameters
    ----------
    seed : int
        The seed: the same clients for the same one.
    replications : int
        How many runs of each.
    fixed : bool
        All assumptions at their values; False draws each once per replication.
    jobs : int
        Processes at once; -1 for one a core. Changes no result.
    engine : str or None
        `kernel` or `process`; the fastest there is for None. Changes no result.
    """

    seed: int = 1
    replications: int = 100
    fixed: bool = False
    jobs: int = 1
    engine: str | None = None


@dataclass(frozen=True)
class Variant:
    """A flow as it is run: which values are set, and whether assumptions are drawn.

    Parameters
    ----------
    name : str
        What it is called in results.
    flow : Flow
        The flow, changed already where its structure differs.
    numbers : mapping of int to float
        Values that stand at a number of their own in every replication, by slot.
    fixed : bool
        All other assumptions at their values; False draws each once per replication.
    with_counterfactual : bool
        Also run the world without the programme, and keep the paths that figures show.
    engine : str or None
        `kernel` or `process`; the fastest there is for None.
    measures : sequence of Measure or None
        What is measured in it, where that is not what is measured in the other variants.
    own : mapping of int to ndarray, shape (replications of the run,)
        Values that stand at numbers of their own in single replications, by slot; NaN leaves one as
        it is.
    """

    name: str
    flow: Flow
    numbers: Mapping[int, float] = field(default_factory=dict)
    fixed: bool = False
    with_counterfactual: bool = False
    engine: str | None = None
    measures: Sequence[Measure] | None = None
    own: Mapping[int, Floats] = field(default_factory=dict)


# A block of replications of a variant: what to measure, the seed, which replications.
Task = tuple[Variant, Sequence[Measure], int, Sequence[int]]


@dataclass(frozen=True)
class Support:
    """What the numbers of a block rest on: see `measures.measures.MeasuredRuns`.

    Parameters
    ----------
    base, left_out, waiting : ndarray of float, shape (replications, measures)
        How many each measure rests on in each replication, how many were left out, and how many
        still wait.
    beyond : ndarray of float, shape (replications, measures)
        How much more each may be than its value; 0 where it is known.
    """

    base: Floats
    left_out: Floats
    waiting: Floats
    beyond: Floats

    def rests_on(self, measure: int, replications: Ints | None = None) -> RestsOn:
        """Return what a measure, by its place, rests on in a run on average.

        In some of the replications, where they are given.
        """
        rows: Ints | slice = slice(None) if replications is None else replications
        parts = (self.base, self.left_out, self.waiting, self.beyond)
        own = [part[rows, measure] for part in parts]
        return RestsOn.over(*own)

    @classmethod
    def join(cls, parts: Sequence[Support]) -> Support:
        """Return the support of all blocks in order."""
        return cls(
            np.concatenate([part.base for part in parts]),
            np.concatenate([part.left_out for part in parts]),
            np.concatenate([part.waiting for part in parts]),
            np.concatenate([part.beyond for part in parts]),
        )


@dataclass(frozen=True)
class Outcome:
    """What a block of replications of a variant came to.

    Parameters
    ----------
    values : ndarray of float, shape (replications, measures)
        Each measure in each replication.
    support : Support
        What each number rests on.
    counterfactual : ndarray of float, shape (replications, measures)
        The same for the same clients without the programme; NaN where that was not run.
    paths, counterfactual_paths : list of MonthlyPaths
        One a replication, with the programme and without, up to replication `MAX_PATHS`; none where
        the counterfactual was not run.
    bounds : mapping of int to ndarray of float, shape (replications,)
        The bounds of targets that follow other values, by slot, in each replication.
    """

    values: Floats
    support: Support
    counterfactual: Floats
    paths: list[MonthlyPaths]
    counterfactual_paths: list[MonthlyPaths]
    bounds: Mapping[int, Floats] = field(default_factory=dict)

    @property
    def known(self) -> Floats:
        """The values, shape as `values`; NaN where only the least that one can be is known."""
        return np.where(self.support.beyond > 0, math.nan, self.values)

    def bound_of(self, bound: Quantity) -> Floats:
        """Return a target's bound in each replication, shape (replications,)."""
        return self.bounds.get(bound.slot, np.full(len(self.values), bound.number))

    @classmethod
    def join(cls, parts: Sequence[Outcome]) -> Outcome:
        """Return the outcome of all blocks in order."""
        return cls(
            np.concatenate([part.values for part in parts]),
            Support.join([part.support for part in parts]),
            np.concatenate([part.counterfactual for part in parts]),
            list(chain.from_iterable(part.paths for part in parts)),
            list(chain.from_iterable(part.counterfactual_paths for part in parts)),
            {
                slot: np.concatenate([part.bounds[slot] for part in parts])
                for slot in parts[0].bounds
            },
        )


def run_block(
    variant: Variant, measures: Sequence[Measure], seed: int, replications: Sequence[int]
) -> Outcome:
    """Return the outcome of some replications of a variant.

    Their journeys are not kept.

    Parameters
    ----------
    variant : Variant
        What is run.
    measures : sequence of Measure
        What is measured, in the order of the outcome's columns.
    seed : int
        The seed of the run.
    replications : sequence of int
        The replications to run.
    """
    calendar = variant.flow.make_calendar()
    rows = rows_of_numbers(variant, seed, replications)
    plans = [ResolvedFlow(variant.flow, numbers, calendar) for numbers in rows]
    journeys = run_replications(plans, seed, replications, engine=variant.engine)
    without = None
    if variant.with_counterfactual:
        without = run_replications(plans, seed, replications, offered=False, engine=variant.engine)
    found = measure_block(journeys, without, measures, engine=variant.engine)
    support = Support(found.base, found.left_out, found.waiting, found.beyond)
    bounds = {
        follower.slot: rows[:, follower.slot]
        for follower in variant.flow.followers
        if follower.path.startswith("targets.")
    }
    seen = sum(replication < MAX_PATHS for replication in replications)
    paths, paths_without = [], []
    if without is not None and seen:
        paths, paths_without = observe(journeys)[:seen], observe(without)[:seen]
    return Outcome(found.values, support, found.counterfactual, paths, paths_without, bounds)


def rows_of_numbers(variant: Variant, seed: int, replications: Sequence[int]) -> Floats:
    """Return the settled numbers of each replication, shape (replications, values)."""
    return numbers_of_replications(
        variant.flow,
        seed,
        replications,
        fixed=variant.fixed,
        numbers=variant.numbers,
        own={slot: each[list(replications)] for slot, each in variant.own.items()},
        engine=variant.engine,
    )


def run_variants(
    variants: Sequence[Variant],
    measures: Sequence[Measure],
    *,
    seed: int,
    replications: Mapping[str, int],
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Outcome]:
    """Return the outcome of each variant by name.

    Parameters
    ----------
    variants : sequence of Variant
        What to run; their names differ.
    measures : sequence of Measure
        What to measure.
    seed : int
        The seed: the same clients in every variant.
    replications : mapping of str to int
        How many of each variant, from replication 0 on.
    jobs : int
        Processes at once; -1 for one a core.
    progress : callable, optional
        Called with the number of replications just done.

    Raises
    ------
    RequestError
        No replication is asked for of some variant.
    """
    for variant in variants:
        check_argument("replications", replications[variant.name])

    tasks: list[Task] = []
    for variant in variants:
        count = replications[variant.name]
        asked = measures if variant.measures is None else variant.measures
        for start in range(0, count, BLOCK):
            block = range(start, min(start + BLOCK, count))
            tasks.append((variant, asked, seed, block))

    parts: dict[str, list[Outcome]] = {variant.name: [] for variant in variants}
    for task, outcome in zip(tasks, run_tasks(tasks, jobs), strict=True):
        variant, _, _, block_done = task
        parts[variant.name].append(outcome)
        if progress is not None:
            progress(len(block_done))
    return {name: Outcome.join(outcomes) for name, outcomes in parts.items()}


def run_tasks(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of each block in order, as they come."""
    check_argument("jobs", jobs)
    if jobs == 1 or len(tasks) == 1:
        yield from (run_block(*task) for task in tasks)
        return
    from joblib import Parallel, delayed

    # Each flow with its measures is pickled once, however many blocks there are of it.
    shipped: dict[tuple[int, int], bytes] = {}
    calls = []
    for variant, measures, seed, block in tasks:
        key = id(variant.flow), id(measures)
        if key not in shipped:
            shipped[key] = pickle.dumps((variant.flow, measures))
        without_flow = replace(variant, flow=None, measures=None)  # type: ignore[arg-type]
        calls.append(delayed(_run_shipped)(shipped[key], without_flow, seed, block))
    with children_ignore_sigint():
        outcomes = Parallel(n_jobs=jobs, return_as="generator")(calls)
    yield from outcomes


@lru_cache(maxsize=8)
def _unpack(shipped: bytes) -> tuple[Flow, Sequence[Measure]]:
    """Return what was sent to this process: the same object for all blocks of a flow.

    So its tables are made once.
    """
    flow_and_measures: tuple[Flow, Sequence[Measure]] = pickle.loads(shipped)
    return flow_and_measures


def _run_shipped(
    shipped: bytes, variant: Variant, seed: int, replications: Sequence[int]
) -> Outcome:
    flow, measures = _unpack(shipped)
    return run_block(replace(variant, flow=flow), measures, seed, replications)
