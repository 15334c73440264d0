"""Experiments: variants of a flow run many times with the same clients, on one core or several.

A variant and a replication make a run of their own, whatever runs beside it: results are the same
for any number of workers and any size of block.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.signals import children_ignore_sigint
from pilotsim.measures.measures import measure_counterfactual, measure_runs
from pilotsim.measures.monthly import MonthlyPaths, observe
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.parameters import draw_rows_of_numbers, numbers_of
from pilotsim.simulation.resolved import check_replications, make_plan

Progress = Callable[[int], None]
BLOCK = 25
# Bands over so many runs move no more; beyond, paths would only fill memory.
MAX_PATHS = 1000


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
    """

    name: str
    flow: Flow
    numbers: Mapping[int, float] = field(default_factory=dict)
    fixed: bool = False
    with_counterfactual: bool = False
    engine: str | None = None


# A block of replications of a variant: what to measure, the seed, which replications.
Task = tuple[Variant, Sequence[Measure], int, Sequence[int]]


@dataclass(frozen=True)
class Outcome:
    """What a block of replications of a variant came to.

    Parameters
    ----------
    values : ndarray of float, shape (replications, measures)
        Each measure in each replication.
    counterfactual : ndarray of float, shape (replications, measures)
        The same for the same clients without the programme; NaN where that was not run.
    paths, counterfactual_paths : list of MonthlyPaths
        One a replication, with the programme and without, up to replication `MAX_PATHS`; none where
        the counterfactual was not run.
    """

    values: Floats
    counterfactual: Floats
    paths: list[MonthlyPaths]
    counterfactual_paths: list[MonthlyPaths]

    @classmethod
    def join(cls, parts: Sequence[Outcome]) -> Outcome:
        """Return the outcome of all blocks in order."""
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.counterfactual for part in parts]),
            [one for part in parts for one in part.paths],
            [one for part in parts for one in part.counterfactual_paths],
        )


def run_block(
    variant: Variant, measures: Sequence[Measure], seed: int, replications: Sequence[int]
) -> Outcome:
    """Return the outcome of some replications of a variant; their journeys are let go."""
    calendar = variant.flow.make_calendar()
    plans = [
        make_plan(variant.flow, numbers, calendar)
        for numbers in _rows_of_numbers(variant, seed, replications)
    ]
    journeys = run_replications(plans, seed, replications, engine=variant.engine)
    values = _columns(len(plans), [measure_runs(journeys, what) for what in measures])
    if not variant.with_counterfactual:
        return Outcome(values, np.full(values.shape, math.nan), [], [])
    without = run_replications(plans, seed, replications, offered=False, engine=variant.engine)
    counterfactual = _columns(
        len(plans), [measure_counterfactual(journeys, without, what) for what in measures]
    )
    seen = sum(replication < MAX_PATHS for replication in replications)
    paths, counterfactual_paths = (
        observe(world)[:seen] if seen else [] for world in (journeys, without)
    )
    return Outcome(values, counterfactual, paths, counterfactual_paths)


def _columns(replications: int, columns: Sequence[Floats]) -> Floats:
    return np.array(columns, np.float64).reshape(len(columns), replications).T


def _rows_of_numbers(variant: Variant, seed: int, replications: Sequence[int]) -> Floats:
    """Return the numbers of each replication, shape (replications, values)."""
    if variant.fixed:
        numbers = np.tile(numbers_of(variant.flow), (len(replications), 1))
    else:
        numbers = draw_rows_of_numbers(variant.flow, seed, replications)
    for slot, number in variant.numbers.items():
        numbers[:, slot] = number
    return numbers


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
    """
    for variant in variants:
        check_replications(replications[variant.name])
    blocks = [
        (v, range(a, min(a + BLOCK, replications[v.name])))
        for v in variants
        for a in range(0, replications[v.name], BLOCK)
    ]
    parts: dict[str, list[Outcome]] = {variant.name: [] for variant in variants}
    tasks = [(variant, measures, seed, block) for variant, block in blocks]
    for (variant, block), outcome in zip(blocks, run_tasks(tasks, jobs), strict=True):
        parts[variant.name].append(outcome)
        if progress is not None:
            progress(len(block))
    return {name: Outcome.join(outcomes) for name, outcomes in parts.items()}


def _bare(variant: Variant) -> Variant:
    """Return the variant without its flow, which is shipped apart, once for many blocks."""
    return replace(variant, flow=None)  # type: ignore[arg-type]


def run_tasks(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of each block in order, as they come."""
    if jobs == 1 or len(tasks) == 1:
        yield from (run_block(*task) for task in tasks)
        return
    from joblib import Parallel, delayed

    shipped = {
        (id(task[0].flow), id(task[1])): pickle.dumps((task[0].flow, task[1]))
        for task in _first_of_each(tasks)
    }
    calls = (
        delayed(_run_shipped)(shipped[id(variant.flow), id(measures)], _bare(variant), seed, block)
        for variant, measures, seed, block in tasks
    )
    with children_ignore_sigint():
        outcomes = Parallel(n_jobs=jobs, return_as="generator")(calls)
    yield from outcomes


def _first_of_each(tasks: Sequence[Task]) -> Iterable[Task]:
    """Return one task for each flow and list of measures."""
    return {
        (id(variant.flow), id(measures)): (variant, measures, seed, block)
        for variant, measures, seed, block in tasks
    }.values()


@lru_cache(maxsize=8)
def _unpack(shipped: bytes) -> tuple[Flow, Sequence[Measure]]:
    """Return what was sent to this process.

    The same for all its blocks, so that a flow's tables are made once.
    """
    found: tuple[Flow, Sequence[Measure]] = pickle.loads(shipped)
    return found


def _run_shipped(
    shipped: bytes, variant: Variant, seed: int, replications: Sequence[int]
) -> Outcome:
    flow, measures = _unpack(shipped)
    return run_block(replace(variant, flow=flow), measures, seed, replications)
