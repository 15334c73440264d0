"""Blocks of a study: some replications of some cells, a few seconds of work."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import OF_THE_MACHINE, PilotsimError
from pilotsim.base.files import digest_of_content
from pilotsim.experiments.study.accumulated import CELL, FAILED, REPLICATION, SUPPORT, name_of
from pilotsim.experiments.study.study import Study
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs import Task
from pilotsim.runs.batches import Variant, clients_of, run_block
from pilotsim.runs.budget import replications_at_once

# A block takes about so long: long enough that keeping it costs nothing, short enough that losing
# it hurts nobody.
BLOCK_SECONDS = 2.0
MIN_SECONDS = 0.2
BLOCKS_PER_WORKER = 4
MAX_IN_A_BLOCK = 20_000


@dataclass(frozen=True)
class BlockItem:
    """Some replications of a cell: what is set in which of a block's flows.

    Parameters
    ----------
    cell : str
        The key of the cell.
    flow : int
        The flow's place among those of the block.
    slots : mapping of int to float
        What the design sets.
    start, stop : int
        From which replication, up to before which.
    """

    cell: str
    flow: int
    slots: Mapping[int, float]
    start: int
    stop: int


def run_items(
    flows: Sequence[Flow],
    items: Sequence[BlockItem],
    measures: Sequence[Measure],
    seed: int,
    fixed: bool,
    engine: str | None,
) -> dict[str, NDArray[np.generic] | list[str]]:
    """Return the table of a block: one row for each replication of each item.

    Parameters
    ----------
    flows : sequence of Flow
        The flows of the block.
    items : sequence of BlockItem
        What is run.
    measures : sequence of Measure
        What is measured.
    seed : int
        The seed.
    fixed : bool
        Whether assumptions stand at their values.
    engine : str or None
        `kernel` or `process`; the fastest there is for None.

    Returns
    -------
    mapping of str to column
        The cell, the replication, each measure, what each rests on, and why it failed, if it did.
    """
    cells: list[str] = []
    replications = []
    values = []
    reasons: list[str] = []
    for item in items:
        numbers = range(item.start, item.stop)
        variant = Variant(item.cell, flows[item.flow], item.slots, fixed, engine=engine)
        measured, failed = run_item(variant, measures, seed, numbers)
        cells += [item.cell] * len(numbers)
        replications.append(np.array(numbers, np.int32))
        values.append(measured)
        reasons += failed

    table = np.concatenate(values)
    names = [name_of(k) for k in range(len(measures))]
    columns: dict[str, NDArray[np.generic] | list[str]] = {
        CELL: cells,
        REPLICATION: np.concatenate(replications),
    }
    columns |= {name: table[:, 0, k] for k, name in enumerate(names)}
    for place, part in enumerate(SUPPORT, start=1):
        for k, name in enumerate(names):
            columns[f"{part}_{name}"] = table[:, place, k].astype(np.float32)
    columns[FAILED] = reasons
    return columns


def run_item(
    variant: Variant, measures: Sequence[Measure], seed: int, replications: range
) -> tuple[Floats, list[str]]:
    """Return the measures of some replications, and for each the reason why it failed, or nothing.

    They are run some at a time, since those of one call are in memory together. A replication that
    fails is a row like any other, so that one impossible point never ends a study.

    Parameters
    ----------
    variant : Variant
        What is run.
    measures : sequence of Measure
        What is measured.
    seed : int
        The seed.
    replications : range
        Which.

    Returns
    -------
    (ndarray of float, shape (replications, 4, measures)), list of str
        Of each replication its values, and what they rest on in the order of `SUPPORT`.
    """
    at_once = replications_at_once(expected(variant))
    parts = [
        _run_some(variant, measures, seed, replications[k : k + at_once])
        for k in range(0, len(replications), at_once)
    ]
    return _join(parts)


def expected(variant: Variant) -> float:
    """Return how many clients a replication has; none where the flow is impossible as it is set.

    Parameters
    ----------
    variant : Variant
        What is run: an impossible point is a row of the study like any other.
    """
    try:
        return clients_of([variant])[0]
    except PilotsimError:
        return 0.0


def _join(parts: Sequence[tuple[Floats, list[str]]]) -> tuple[Floats, list[str]]:
    """Return the values and the reasons of several parts as one."""
    values = np.concatenate([part_values for part_values, _ in parts])
    return values, list(chain.from_iterable(part_reasons for _, part_reasons in parts))


def _run_some(
    variant: Variant, measures: Sequence[Measure], seed: int, replications: range
) -> tuple[Floats, list[str]]:
    try:
        outcome = run_block(variant, measures, seed, replications)
        support = outcome.support
        parts = (
            outcome.values,
            support.base,
            support.left_out,
            support.waiting,
            support.beyond,
        )
        return np.stack(parts, axis=1), [""] * len(replications)
    except OF_THE_MACHINE:
        raise
    except Exception as fault:
        if len(replications) == 1:
            return np.full((1, 1 + len(SUPPORT), len(measures)), math.nan), [_reason(fault)]
    # One of them fails: each is run by itself, so that the others have their values.
    alone = [
        _run_some(variant, measures, seed, range(number, number + 1)) for number in replications
    ]
    return _join(alone)


def _reason(fault: Exception) -> str:
    return str(fault) if isinstance(fault, PilotsimError) else f"{type(fault).__name__}: {fault}"


class Cutter:
    """Cuts what is missing into blocks.

    Parameters
    ----------
    study : Study
        What is run.
    places : mapping of str to (int, int)
        Of each cell: which scenario, which point.
    engine : str or None
        Which engine runs it.
    """

    def __init__(
        self, study: Study, places: Mapping[str, tuple[int, int]], engine: str | None
    ) -> None:
        self._study = study
        self._places = places
        self._engine = engine

    def tasks(self, missing: Mapping[str, Sequence[tuple[int, int]]], size: int) -> Iterator[Task]:
        """Yield blocks of so many replications; where they are cut changes no row."""
        waiting: list[tuple[str, int, int]] = []
        room = size
        for cell, ranges in missing.items():
            for start, stop in ranges:
                here = start
                while here < stop:
                    until = min(stop, here + room)
                    waiting.append((cell, here, until))
                    room -= until - here
                    here = until
                    if room == 0:
                        yield self._task(waiting)
                        waiting = []
                        room = size
        if waiting:
            yield self._task(waiting)

    def _task(self, parts: Sequence[tuple[str, int, int]]) -> Task:
        study = self._study
        numbers = list(dict.fromkeys(self._places[cell][0] for cell, _, _ in parts))
        flows = tuple(study.scenarios[number].flow for number in numbers)
        items = []
        for cell, start, stop in parts:
            scenario, point = self._places[cell]
            slots = study.slots_at(study.scenarios[scenario], point)
            items.append(BlockItem(cell, numbers.index(scenario), slots, start, stop))
        key = digest_of_content([list(part) for part in parts])
        arguments = (flows, tuple(items), study.measures, study.seed, study.fixed, self._engine)
        return Task(key, run_items, arguments)


def block_size(missing: int, seconds: float, workers: int) -> int:
    """Return how many replications make a block.

    A few seconds of work, and several blocks for each worker.

    Parameters
    ----------
    missing : int
        How many replications are to be run in all.
    seconds : float
        How long one takes.
    workers : int
        How many work at once.
    """
    most = int(BLOCK_SECONDS / max(seconds, 1e-9))
    fewest = int(MIN_SECONDS / max(seconds, 1e-9))
    by_share = math.ceil(missing / (workers * BLOCKS_PER_WORKER))
    return max(1, min(most, max(fewest, by_share), MAX_IN_A_BLOCK))


def seconds_per_replication(study: Study, engine: str | None, budget: float = 0.5) -> float:
    """Return how long a replication takes here.

    Tried at the first and the last point of each scenario.

    Parameters
    ----------
    study : Study
        What is run.
    engine : str or None
        `kernel` or `process`; the fastest there is for None.
    budget : float
        How many seconds may be spent on it.
    """
    spent = 0.0
    runs = 0
    warm_up = study.variant(study.scenarios[0], 0, engine)
    run_item(warm_up, study.measures, study.seed, range(1))
    for point in dict.fromkeys((0, len(study.points) - 1)):
        for scenario in study.scenarios:
            variant = study.variant(scenario, point, engine)
            some = replications_at_once(expected(variant))
            began = time.perf_counter()
            run_item(variant, study.measures, study.seed, range(some))
            spent += time.perf_counter() - began
            runs += some
            if spent > budget:
                return spent / runs
    return spent / runs
