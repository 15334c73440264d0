"""The runs of a search that is under way, kept beside its file so that a search that was stopped can go on.

A search is a function of its runs: told the same ones again it takes the same way. So nothing is
kept but which runs of which choice met what was asked, a line for each block, each with a checksum.
A line that was cut off is no line. The file is gone when the search is done; it is not believed
where the problem, the flow or the program has changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import IO

import numpy as np

from pilotsim import __version__
from pilotsim.base.arrays import Bools
from pilotsim.experiments.optimise.problem import Problem
from pilotsim.runs.lock import only_one


class Journal:
    """The blocks of runs that are known, and the file to which new ones are added.

    Parameters
    ----------
    file : Path
        Where they are kept.
    key : str
        What tells this problem from any other.
    """

    def __init__(self, file: Path, key: str) -> None:
        self._file, self._key = file, key
        self._blocks: dict[tuple[str, int, int], Bools] = {}
        self._stream: IO[str] | None = None

    @property
    def runs(self) -> int:
        """How many runs are known."""
        return sum(len(met) for met in self._blocks.values())

    def recall(self, choice: str, replications: range) -> Bools | None:
        """Return which of some runs of a choice met what was asked; None where that is not known."""
        return self._blocks.get((choice, replications.start, len(replications)))

    def note(self, choice: str, replications: range, met: Bools) -> None:
        """Keep a block of runs, on the disk when this returns."""
        stream = self._open()
        stream.write(_line(choice, replications.start, met))
        stream.flush()
        os.fsync(stream.fileno())

    def read(self) -> None:
        """Take up the blocks of an earlier search of the same problem; all others are dropped."""
        if not self._file.is_file():
            return
        head, *lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
        if head != self._head():
            self._file.unlink()
            return
        for line in lines:
            checksum, _, text = line.partition(" ")
            if checksum != _checksum(text):
                break
            choice, first, met = json.loads(text)
            self._blocks[choice, first, len(met)] = np.array([one == "1" for one in met])

    def _open(self) -> IO[str]:
        if self._stream is None:
            kept = [f"{self._head()}\n"] + [
                _line(choice, first, met) for (choice, first, _), met in self._blocks.items()
            ]
            temporary = self._file.with_name(self._file.name + ".part")
            temporary.write_text("".join(kept), encoding="utf-8")
            temporary.replace(self._file)
            self._stream = self._file.open("a", encoding="utf-8")
        return self._stream

    def _head(self) -> str:
        return f"pilotsim solve {__version__} {self._key}"

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def finish(self) -> None:
        """The search is done: nothing is left to go on with."""
        self.close()
        self._file.unlink(missing_ok=True)


def _line(choice: str, first: int, met: Bools) -> str:
    text = json.dumps(
        [choice, first, "".join("1" if one else "0" for one in met.tolist())], ensure_ascii=False
    )
    return f"{_checksum(text)} {text}\n"


def _checksum(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()


@contextmanager
def open_journal(problem: Problem, *, new: bool = False) -> Iterator[Journal]:
    """Yield the journal of a problem, beside its file.

    Parameters
    ----------
    problem : Problem
        What is solved.
    new : bool
        Whether to forget an earlier search.

    Raises
    ------
    RunError
        Another process solves the same problem just now.
    """
    file = Path(problem.file)
    place = file.with_name(f".{file.stem}.search")
    lock = place.with_name(place.name + ".lock")
    with only_one(lock):
        if new:
            place.unlink(missing_ok=True)
        journal = Journal(place, problem.digest)
        journal.read()
        try:
            yield journal
        finally:
            journal.close()
            if not place.is_file():
                lock.unlink(missing_ok=True)
