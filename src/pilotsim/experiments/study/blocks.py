"""Blocks of a study: pieces of work of a few seconds, each some replications of some cells, run where there is a worker."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import PilotsimError
from pilotsim.experiments.study.accumulated import CELL, FAILED, REPLICATION, name_of
from pilotsim.experiments.study.study import Study, digest_of
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs import Task
from pilotsim.runs.batches import BLOCK as AT_ONCE
from pilotsim.runs.batches import Variant, run_block

# A block takes about so long: long enough that keeping it costs nothing, short enough that losing
# it hurts nobody.
BLOCK_SECONDS, MIN_SECONDS = 2.0, 0.2
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
    """Return one row for each replication of each item: its cell, its number, each measure, and why it failed, if it did."""
    values, reasons = [], []
    for item in items:
        variant = Variant(item.cell, flows[item.flow], item.slots, fixed, engine=engine)
        found, failed = run_item(variant, measures, seed, range(item.start, item.stop))
        values.append(found)
        reasons += failed
    numbers = np.concatenate(values)
    return {
        CELL: [item.cell for item in items for _ in range(item.start, item.stop)],
        REPLICATION: np.concatenate(
            [np.arange(item.start, item.stop, dtype=np.int32) for item in items]
        ),
        **{name_of(k): numbers[:, k] for k in range(len(measures))},
        FAILED: reasons,
    }


def run_item(
    variant: Variant, measures: Sequence[Measure], seed: int, replications: range
) -> tuple[Floats, list[str]]:
    """Return the measures of some replications, and for each the reason why it failed, or nothing.

    They are run some at a time, since those of one call are in memory together. A replication that
    fails is a row like any other, so that one impossible point never ends a study.
    """
    parts = [
        _run_some(variant, measures, seed, replications[k : k + AT_ONCE])
        for k in range(0, len(replications), AT_ONCE)
    ]
    return np.concatenate([values for values, _ in parts]), [
        reason for _, reasons in parts for reason in reasons
    ]


def _run_some(
    variant: Variant, measures: Sequence[Measure], seed: int, replications: range
) -> tuple[Floats, list[str]]:
    try:
        return run_block(variant, measures, seed, replications).values, [""] * len(replications)
    except MemoryError:
        raise
    except Exception as fault:
        if len(replications) == 1:
            return np.full((1, len(measures)), math.nan), [_reason(fault)]
    alone = [
        _run_some(variant, measures, seed, range(number, number + 1)) for number in replications
    ]
    return np.concatenate([values for values, _ in alone]), [
        reason for _, reasons in alone for reason in reasons
    ]


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
        self._study, self._places, self._engine = study, places, engine

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
                        waiting, room = [], size
        if waiting:
            yield self._task(waiting)

    def _task(self, parts: Sequence[tuple[str, int, int]]) -> Task:
        study = self._study
        numbers = list(dict.fromkeys(self._places[cell][0] for cell, _, _ in parts))
        flows = tuple(study.scenarios[number].flow for number in numbers)
        items = tuple(
            BlockItem(
                cell,
                numbers.index(scenario),
                study.slots_at(study.scenarios[scenario], point),
                start,
                stop,
            )
            for cell, start, stop in parts
            for scenario, point in (self._places[cell],)
        )
        key = digest_of([[cell, start, stop] for cell, start, stop in parts])
        return Task(
            key, run_items, (flows, items, study.measures, study.seed, study.fixed, self._engine)
        )


def block_size(missing: int, seconds: float, workers: int) -> int:
    """Return how many replications make a block: some seconds' work, and several blocks for each worker."""
    most, least = (int(limit / max(seconds, 1e-9)) for limit in (BLOCK_SECONDS, MIN_SECONDS))
    by_share = math.ceil(missing / (workers * BLOCKS_PER_WORKER))
    return max(1, min(most, max(least, by_share), MAX_IN_A_BLOCK))


def seconds_per_replication(study: Study, engine: str | None, budget: float = 0.5) -> float:
    """Return how long a replication takes here, tried at the first and the last point of each scenario within a time."""
    spent, runs = 0.0, 0
    run_item(
        study.variant(study.scenarios[0], 0, engine), study.measures, study.seed, range(1)
    )  # Warms up.
    for point in dict.fromkeys((0, len(study.points) - 1)):
        for scenario in study.scenarios:
            began = time.perf_counter()
            run_item(
                study.variant(scenario, point, engine), study.measures, study.seed, range(AT_ONCE)
            )
            spent, runs = spent + time.perf_counter() - began, runs + AT_ONCE
            if spent > budget:
                return spent / runs
    return spent / runs
