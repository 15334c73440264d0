"""Variants of a flow, run many times with the same clients, on one core or several.

A variant and a replication make a run of their own, whatever runs beside it: results are the same
for any number of workers and any size of block.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arguments import check_argument
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.measures.block import measure_block, prepare_for_processes
from pilotsim.measures.measures import RestsOn
from pilotsim.measures.monthly import MonthlyPaths, observe
from pilotsim.measures.monthly_counts import MonthlyCount, count_months
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs.budget import (
    PlannedRuns,
    check_budget,
    replications_at_once,
)
from pilotsim.runs.kept import runs_kept
from pilotsim.runs.processes import in_processes
from pilotsim.runs.store import what_flows_rest_on
from pilotsim.simulation.engines import numbers_of_replications, run_replications
from pilotsim.simulation.resolved import ResolvedFlow
from pilotsim.simulation.size import check_clients, expected_clients

Progress = Callable[[int], None]
# Bands over so many runs move no more; beyond, paths would only fill memory.
MAX_PATHS = 1000
# Variants of a block that one process runs in a row. Most clients have the same journeys in all of
# them, which are copied then; with more, processes would wait for the last one.
MAX_IN_A_ROW = 20
DIED = Message(
    "a process died, perhaps for want of memory: give the same command again, with fewer --jobs"
)


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
        Also run the world without the programme.
    with_paths : bool
        Also keep the paths of both worlds that figures show.
    engine : str or None
        `kernel` or `process`; the fastest there is for None.
    measures : sequence of Measure or None
        What is measured in it, where that is not what is measured in the other variants.
    own : mapping of int to ndarray, shape (replications of the run,)
        Values that stand at numbers of their own in single replications, by slot; NaN leaves one as
        it is.
    counts : tuple of MonthlyCount
        What is counted of each month.
    """

    name: str
    flow: Flow
    numbers: Mapping[int, float] = field(default_factory=dict)
    fixed: bool = False
    with_counterfactual: bool = False
    with_paths: bool = False
    engine: str | None = None
    measures: Sequence[Measure] | None = None
    own: Mapping[int, Floats] = field(default_factory=dict)
    counts: tuple[MonthlyCount, ...] = ()


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

    def of_measures(self, columns: slice) -> Support:
        """Return what some of the measures rest on, by their places."""
        return Support(
            self.base[:, columns],
            self.left_out[:, columns],
            self.waiting[:, columns],
            self.beyond[:, columns],
        )

    @classmethod
    def join(cls, parts: Sequence[Support]) -> Support:
        """Return the support of all blocks in order."""
        return cls(
            np.concatenate([part.base for part in parts]),
            np.concatenate([part.left_out for part in parts]),
            np.concatenate([part.waiting for part in parts]),
            np.concatenate([part.beyond for part in parts]),
        )


# How the names of arrays begin that hold parts of an outcome.
SUPPORT, PATHS, WITHOUT, BOUND = "support ", "paths ", "without ", "bound "
SUPPORT_PARTS = fields(Support)


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
        they were not asked for.
    bounds : mapping of int to ndarray of float, shape (replications,)
        The bounds of targets that follow other values, by slot, in each replication.
    counts : ndarray of int, shape (replications, months, counts)
        What was counted of each month; empty where nothing was asked for.
    """

    values: Floats
    support: Support
    counterfactual: Floats
    paths: list[MonthlyPaths]
    counterfactual_paths: list[MonthlyPaths]
    bounds: Mapping[int, Floats] = field(default_factory=dict)
    counts: Ints = field(default_factory=lambda: np.zeros((0, 0, 0), np.int64))

    @property
    def known(self) -> Floats:
        """The values, shape as `values`; NaN where only the least that one can be is known."""
        return np.where(self.support.beyond > 0, math.nan, self.values)

    def bound_of(self, bound: Quantity) -> Floats:
        """Return a target's bound in each replication, shape (replications,)."""
        return self.bounds.get(bound.slot, np.full(len(self.values), bound.number))

    def apart(self, *counts: int) -> Iterator[Outcome]:
        """Yield the outcomes of so many measures each, in their order."""
        stops = np.cumsum(counts).tolist()
        for start, stop in zip([0, *stops], stops, strict=False):
            columns = slice(start, stop)
            yield replace(
                self,
                values=self.values[:, columns],
                support=self.support.of_measures(columns),
                counterfactual=self.counterfactual[:, columns],
            )

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all of it as arrays by name, from which `of_arrays` makes the same again."""
        support = {f"{SUPPORT}{one.name}": getattr(self.support, one.name) for one in SUPPORT_PARTS}
        paths = {
            f"{head}{one.name}": np.stack([getattr(path, one.name) for path in paths])
            for head, paths in ((PATHS, self.paths), (WITHOUT, self.counterfactual_paths))
            if paths
            for one in fields(MonthlyPaths)
        }
        bounds = {f"{BOUND}{slot}": numbers for slot, numbers in self.bounds.items()}
        own = {name: getattr(self, name) for name in ("values", "counterfactual", "counts")}
        return {**own, **support, **paths, **bounds}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Outcome:
        """Return the outcome that was told as arrays."""

        def part(head: str) -> dict[str, NDArray[Any]]:
            return {
                name.removeprefix(head): array
                for name, array in arrays.items()
                if name.startswith(head)
            }

        def paths(head: str) -> list[MonthlyPaths]:
            columns = part(head)
            many = len(next(iter(columns.values()))) if columns else 0
            return [
                MonthlyPaths(**{name: column[k] for name, column in columns.items()})
                for k in range(many)
            ]

        return cls(
            arrays["values"],
            Support(**part(SUPPORT)),
            arrays["counterfactual"],
            paths(PATHS),
            paths(WITHOUT),
            {int(slot): numbers for slot, numbers in part(BOUND).items()},
            arrays["counts"],
        )

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
            np.concatenate([part.counts for part in parts]),
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
    if variant.with_paths and without is not None and seen:
        paths, paths_without = observe(journeys)[:seen], observe(without)[:seen]
    counts = count_months(journeys, variant.counts)
    return Outcome(
        found.values, support, found.counterfactual, paths, paths_without, bounds, counts
    )


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
        No replication is asked for of some variant; or the runs need more time or memory than the
        limits allow (`base.limits`).
    """
    for variant in variants:
        check_argument("replications", replications[variant.name])

    clients = clients_of(variants)
    check_variants(variants, measures, clients, seed=seed, replications=replications, jobs=jobs)
    tasks = list(_tasks_in_order(variants, measures, seed, replications, clients))
    parts: dict[str, list[Outcome]] = {variant.name: [] for variant in variants}
    for task, outcome in zip(tasks, run_or_recall(tasks, jobs), strict=True):
        variant, _, _, block_done = task
        parts[variant.name].append(outcome)
        if progress is not None:
            progress(len(block_done))
    return {name: Outcome.join(outcomes) for name, outcomes in parts.items()}


def clients_of(variants: Sequence[Variant]) -> list[float]:
    """Return how many clients a replication of each variant is expected to have.

    That is by the values that assumptions stand at. None is drawn.

    Parameters
    ----------
    variants : sequence of Variant
        What is to be run.
    """
    known: dict[tuple[int, bytes], float] = {}
    found = []
    for variant in variants:
        flow = variant.flow
        row = rows_of_numbers(replace(variant, fixed=True, own={}), 0, [0])[0]
        slots = [value.slot for path, value in flow.values.items() if path.startswith("groups.")]
        key = id(flow), row[[flow.lasts.slot, *slots]].tobytes()
        if key not in known:
            known[key] = expected_clients(ResolvedFlow(flow, row, flow.make_calendar()))
        found.append(known[key])
    return found


def check_variants(
    variants: Sequence[Variant],
    measures: Sequence[Measure],
    clients: Sequence[float],
    *,
    seed: int,
    replications: Mapping[str, int],
    jobs: int,
) -> None:
    """Make sure that runs of variants stay within the limits, or are wanted all the same.

    Parameters
    ----------
    variants, measures, seed, replications, jobs
        As for `run_variants`.
    clients : sequence of float
        How many a replication of each variant is expected to have.

    Raises
    ------
    RequestError
        They need more than a bound allows, or bring more clients than can be simulated.
    """
    if not variants:
        return
    check_clients(max(clients))
    order = sorted(range(len(variants)), key=lambda k: -clients[k])
    largest = variants[order[0]]

    def asked_of(variant: Variant) -> Sequence[Measure]:
        return measures if variant.measures is None else variant.measures

    check_budget(
        [
            PlannedRuns(
                clients[k], replications[variants[k].name], max(1, len(asked_of(variants[k])))
            )
            for k in order
        ],
        jobs=jobs,
        engine=largest.engine,
        trial=lambda: run_block(largest, asked_of(largest), seed, range(1)),
    )


def _tasks_in_order(
    variants: Sequence[Variant],
    measures: Sequence[Measure],
    seed: int,
    replications: Mapping[str, int],
    clients: Sequence[float],
) -> Iterator[Task]:
    """Yield the blocks of all variants: flow by flow, and of each block of runs all its variants.

    Next to each other they have the same clients, and most journeys are copied.
    """
    by_flow: dict[int, list[Variant]] = {}
    most_clients: dict[int, float] = {}
    for variant, count in zip(variants, clients, strict=True):
        by_flow.setdefault(id(variant.flow), []).append(variant)
        most_clients[id(variant.flow)] = max(most_clients.get(id(variant.flow), 0.0), count)
    for flow, own in by_flow.items():
        size = replications_at_once(most_clients[flow])
        most = max(replications[variant.name] for variant in own)
        for start in range(0, most, size):
            for variant in own:
                stop = min(start + size, replications[variant.name])
                asked = measures if variant.measures is None else variant.measures
                if start < stop:
                    yield variant, asked, seed, range(start, stop)


def run_or_recall(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of each block in order: what `keep_runs` has kept is not run again.

    Parameters
    ----------
    tasks : sequence of Task
        The blocks.
    jobs : int
        Processes at once; -1 for one a core.
    """
    kept = runs_kept()
    if kept is None:
        yield from run_tasks(tasks, jobs)
        return
    keys = list(_keys_of(tasks))
    known = [kept.recall(key) for key in keys]
    missing = [task for task, there in zip(tasks, known, strict=True) if there is None]
    coming = run_tasks(missing, jobs) if missing else iter(())
    for key, there in zip(keys, known, strict=True):
        if there is None:
            outcome = next(coming)
            kept.note(key, outcome.as_arrays())
            yield outcome
        else:
            yield Outcome.of_arrays(there)


def _keys_of(tasks: Sequence[Task]) -> Iterator[str]:
    """Yield a digest of all that decides each block: flow, numbers, measures, seed, replications.

    The engine is no part of it, nor what the variant is called.
    """
    of_objects: dict[int, str] = {}

    def told_once(one: object, told: Callable[[], str]) -> str:
        if id(one) not in of_objects:
            of_objects[id(one)] = told()
        return of_objects[id(one)]

    for variant, measures, seed, replications in tasks:
        flow = variant.flow
        told = [
            told_once(flow, lambda flow=flow: _digest(told_flow(flow))),  # type: ignore[misc]
            told_once(measures, lambda measures=measures: _digest(repr(list(measures)))),  # type: ignore[misc]
            repr(sorted(variant.numbers.items())),
            repr((variant.fixed, variant.with_counterfactual, variant.with_paths, variant.counts)),
            repr([(slot, own.tobytes()) for slot, own in sorted(variant.own.items())]),
            repr((seed, list(replications), MAX_PATHS)),
        ]
        yield _digest("\n".join(told))


def told_flow(flow: Flow) -> str:
    """Return all that decides the runs of a flow beside the program, in words.

    Parameters
    ----------
    flow : Flow
        What is run.
    """
    parts = [(name, getattr(flow, name)) for name in type(flow).model_fields]
    rests = sorted(what_flows_rest_on([flow]).items())
    return repr((parts, list(flow.values.items()), flow.digests, rests))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def run_tasks(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of each block in order, as they come.

    Blocks next to each other of the same flow and replications are run by one process.
    """
    check_argument("jobs", jobs)
    if jobs == 1 or len(tasks) == 1:
        yield from (run_block(*task) for task in tasks)
        return
    for engine in {variant.engine for variant, *_ in tasks}:
        prepare_for_processes(engine)
    # Each flow and each list of measures is pickled once, however many blocks there are of it.
    pickled: dict[int, bytes] = {}

    def ship(whole: object) -> bytes:
        if id(whole) not in pickled:
            pickled[id(whole)] = pickle.dumps(whole)
        return pickled[id(whole)]

    calls = [
        (
            ship(row[0][0].flow),
            [
                (replace(variant, flow=None, measures=None), ship(measures))  # type: ignore[arg-type]
                for variant, measures, _, _ in row
            ],
            *row[0][2:],
        )
        for row in _in_rows(tasks)
    ]
    for outcomes in in_processes(_run_shipped, calls, jobs, died=DIED):
        yield from outcomes


def _in_rows(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    """Yield what one process runs in a row: blocks of one flow and of the same replications."""
    for _, same in groupby(tasks, lambda task: (id(task[0].flow), *task[2:])):
        row = list(same)
        for start in range(0, len(row), MAX_IN_A_ROW):
            yield row[start : start + MAX_IN_A_ROW]


@lru_cache(maxsize=16)
def _unpack(shipped: bytes) -> Any:
    """Return what was sent to this process: the same object for all blocks of a flow.

    So its tables are made once.
    """
    return pickle.loads(shipped)


def _run_shipped(
    shipped: bytes,
    variants: Sequence[tuple[Variant, bytes]],
    seed: int,
    replications: Sequence[int],
) -> list[Outcome]:
    flow: Flow = _unpack(shipped)
    return [
        run_block(replace(variant, flow=flow), _unpack(measures), seed, replications)
        for variant, measures in variants
    ]
