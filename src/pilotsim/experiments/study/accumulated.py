"""What the runs of a study have come to so far, cell by cell, in whatever order they came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.files import Columns
from pilotsim.base.statistics import mean_interval
from pilotsim.experiments.study.layout import ResponseLayout, StudyLayout
from pilotsim.experiments.study.study import PrecisionTarget
from pilotsim.judge.verdicts import chance_of
from pilotsim.measures.measures import RestsOn

CELL, REPLICATION, FAILED = "cell", "replication", "failed"
# What each response of a replication rests on: in blocks a column each, before the response's name.
SUPPORT = ("base", "left_out", "waiting", "beyond")
GROWTH = 1.5


class CellResults:
    """The replications of one cell that are there.

    Parameters
    ----------
    responses : int
        How many numbers a replication has.
    at_least, at_most : int
        How many replications a study wants: the room that is made, until others come.
    """

    def __init__(self, responses: int, at_least: int = 0, at_most: int = 0) -> None:
        self._at_least, self._at_most = at_least, at_most
        self._values = np.full((0, responses), math.nan)
        self._support = np.full((0, responses, len(SUPPORT)), math.nan, np.float32)
        self._there = np.zeros(0, np.bool_)
        self.failures: dict[int, str] = {}

    def add(
        self, replications: Ints, values: Floats, support: Floats, failed: Sequence[str]
    ) -> None:
        """Add replications; one that is there already is the same.

        Parameters
        ----------
        replications : ndarray of int, shape (replications,)
            Which.
        values : ndarray, shape (replications, responses)
            What they came to.
        support : ndarray, shape (replications, responses, 4)
            What each rests on, in the order of `SUPPORT`.
        failed : sequence of str
            Why each failed; empty for those that did not.
        """
        self._grow(int(replications.max()) + 1)
        self._values[replications] = values
        self._support[replications] = support
        self._there[replications] = True
        self.failures |= {
            int(r): reason for r, reason in zip(replications, failed, strict=True) if reason
        }

    def _grow(self, wanted: int) -> None:
        have = len(self._there)
        if wanted > have:
            twice = min(have * 2, self._at_most) if wanted <= self._at_most else have * 2
            more = max(wanted, self._at_least, twice) - have
            self._values = np.concatenate(
                [self._values, np.full((more, self._values.shape[1]), math.nan)]
            )
            nothing = np.full((more, *self._support.shape[1:]), math.nan, np.float32)
            self._support = np.concatenate([self._support, nothing])
            self._there = np.concatenate([self._there, np.zeros(more, np.bool_)])

    def values(self, replications: int) -> Floats:
        """Return the first so many replications, shape (replications, responses)."""
        return self._values[:replications]

    def beyond(self, replications: int) -> Floats:
        """Return how much more each value may be, shape (replications, responses)."""
        own = self._support[:replications, :, SUPPORT.index("beyond")]
        return own.astype(np.float64)

    def rests_on(self, replications: int, response: int) -> RestsOn:
        """Return what a response rests on in the first so many replications, on average."""
        own = self._support[:replications, response].astype(np.float64)
        return RestsOn.over(*own.T) if len(own) else RestsOn()

    def missing(self, wanted: int) -> list[tuple[int, int]]:
        """Return the ranges of replications that are not there, of the first so many."""
        absent = np.ones(wanted, np.int8)
        absent[: len(self._there)] = ~self._there[:wanted]
        edges = np.flatnonzero(np.diff(absent, prepend=0, append=0)).tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))

    def __len__(self) -> int:
        return int(self._there.sum())


class AccumulatedRuns:
    """All cells of a study.

    Parameters
    ----------
    layout : StudyLayout
        Which cells there are and what is asked of them.
    """

    def __init__(self, layout: StudyLayout) -> None:
        self.layout = layout
        rule = layout.replications
        self.cells = {
            cell.key: CellResults(len(layout.responses), rule.at_least, rule.at_most)
            for cell in layout.cells
        }

    def add(self, columns: Columns) -> int:
        """Add a block; return how many of its rows belong to this study."""
        keys = np.asarray(columns[CELL])
        replications = np.asarray(columns[REPLICATION], np.int64)
        failed = np.asarray(columns[FAILED])
        names = [name_of(k) for k in range(len(self.layout.responses))]
        values = _columns(columns, names)
        support = np.stack([_columns(columns, names, part) for part in SUPPORT], axis=2)
        edges = [0, *(np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(keys)]
        added = 0
        for start, stop in pairwise(edges):
            cell = self.cells.get(str(keys[start]))
            if cell is not None:
                rows = slice(start, stop)
                cell.add(replications[rows], values[rows], support[rows], failed[rows].tolist())
                added += stop - start
        return added

    def wanted(self, key: str) -> int:
        """Return how many replications of a cell are wanted, as far as what is there tells.

        After `at_least`, and each time half as many again, the intervals are looked at over exactly
        the replications so far: the answer depends on no worker and no block.
        """
        rule, cell = self.layout.replications, self.cells[key]
        wanted = rule.at_least
        while (
            wanted < rule.at_most
            and not cell.missing(wanted)
            and not cell.failures
            and not self._is_narrow(cell, wanted)
        ):
            wanted = min(rule.at_most, math.ceil(wanted * GROWTH))
        return wanted

    def _is_narrow(self, cell: CellResults, replications: int) -> bool:
        columns = {response.name: k for k, response in enumerate(self.layout.responses)}
        values, beyond = cell.values(replications), cell.beyond(replications)
        return all(
            is_narrow(
                values[:, columns[narrow.response]],
                beyond[:, columns[narrow.response]],
                narrow,
                self.layout.responses[columns[narrow.response]],
            )
            for narrow in self.layout.replications.until
        )

    def missing(self) -> dict[str, list[tuple[int, int]]]:
        """Return the ranges of replications that are wanted next, by cell."""
        found = {key: cell.missing(self.wanted(key)) for key, cell in self.cells.items()}
        return {key: ranges for key, ranges in found.items() if ranges}

    def __len__(self) -> int:
        """How many replications of all cells are there."""
        return sum(len(cell) for cell in self.cells.values())


def _columns(columns: Columns, names: Sequence[str], part: str = "") -> Floats:
    """Return the columns of the responses, or of a part of what they rest on, beside each other."""
    keys = [f"{part}_{name}" if part else name for name in names]
    return np.column_stack([np.asarray(columns[key], np.float64) for key in keys])


def name_of(response: int) -> str:
    """Return what the column of a response is called in blocks."""
    return f"r{response}"


def is_narrow(
    values: Floats, beyond: Floats, narrow: PrecisionTarget, response: ResponseLayout
) -> bool:
    """Tell whether the interval of a response is as narrow as it is to be."""
    if narrow.of_chance:
        return chance_of(response.as_met(values, beyond), values).half_width <= narrow.half_width
    # The mean of fewer than two values has no interval: its width is NaN, which is not narrow.
    return mean_interval(values).half_width <= narrow.half_width
