"""The runs of a search that is under way, kept so that a search that was stopped can go on.

A search is a function of its runs: told the same ones again it takes the same way. So nothing is
kept but how the runs of each choice stand to what was asked, a block at a time, in a store beside
the solve file. The store is gone when the search is done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.files import digest_of
from pilotsim.base.messages import Message
from pilotsim.experiments.optimise.problem import Problem
from pilotsim.runs.store import Manifest, Store, as_kept

STANDING = "standing"  # the column of a block
WAY_OUT = Message("To begin anew, give --new, which forgets the runs of the earlier search.")


class SearchRuns:
    """The blocks of runs that are known, and the store to which new ones are added.

    Parameters
    ----------
    store : Store
        Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._blocks: dict[str, Ints] = {
            key: np.asarray(columns[STANDING], np.int64) for key, columns in store.sound_blocks()
        }
        self.is_done = False

    @property
    def count(self) -> int:
        """How many runs are known."""
        return sum(len(standing) for standing in self._blocks.values())

    def recall(self, choice: str, replications: range) -> Ints | None:
        """Return how some runs of a choice stand to what was asked; None if not known."""
        return self._blocks.get(_key(choice, replications))

    def note(self, choice: str, replications: range, standing: Ints) -> None:
        """Keep a block of runs, on the disk when this returns."""
        key = _key(choice, replications)
        self._store.write_block(key, {STANDING: standing})
        self._blocks[key] = standing

    def finish(self) -> None:
        """The search is done: nothing is left to go on with."""
        self.is_done = True


def _key(choice: str, replications: range) -> str:
    return f"{digest_of(choice.encode())}-{replications.start}-{replications.stop}"


def manifest_of(problem: Problem) -> Manifest:
    """Return what the runs of a problem rest on: flow, what is met, seed; not the search."""
    content = {"title": problem.name, **as_kept(problem.rests_on)}
    return Manifest("search", Path(problem.file).stem, problem.identity, content)


@contextmanager
def open_search_runs(problem: Problem, *, new: bool = False) -> Iterator[SearchRuns]:
    """Yield the runs of a problem that are known, kept in a hidden folder beside its file.

    Parameters
    ----------
    problem : Problem
        What is solved.
    new : bool
        Whether to forget an earlier search.

    Raises
    ------
    RunError
        Another process solves the same problem just now, or a search of another problem was
        stopped here.
    """
    file = Path(problem.file)
    store = Store(file.with_name(f".{file.stem}.search"))
    is_idle = False
    try:
        with store.lock():
            if new:
                store.forget()
            store.begin(manifest_of(problem), WAY_OUT)
            runs = SearchRuns(store)
            try:
                yield runs
            finally:
                is_idle = runs.is_done or not store.block_files()
    finally:
        # Where nothing is left to go on with, nothing is left behind.
        if is_idle:
            shutil.rmtree(store.folder, ignore_errors=True)
