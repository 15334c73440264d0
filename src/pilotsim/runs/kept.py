"""Runs that are kept while they come, so that work that was stopped goes on where it was.

What is kept rests on nothing but its own words: a block of runs is found again by a digest of all
that decides it, the flow, the numbers that are set, the seed, what is measured. So whoever asks for
it again, however it got there, has the same bits as if it had been run.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError, RunError
from pilotsim.base.extras import is_installed
from pilotsim.base.files import Columns, digest_of, read_json
from pilotsim.base.limits import free_disk
from pilotsim.base.messages import Message
from pilotsim.base.places import is_there
from pilotsim.runs.store import BLOCKS, COMPLETE, MANIFEST, RESULTS, Manifest, Store

__all__ = ["Arrays", "KeptRuns", "keep_runs", "runs_kept"]

KIND = "runs"
TASK, CONTENT = "task", "content"  # the columns of a block
OWN = "store_"  # how the folder of a store within begins
# Work of less than this is begun anew; then what has come since is kept every few seconds.
FIRST_SECONDS, EVERY_SECONDS = 10.0, 3.0
# On a disk with less room, work that has a store of its own has none here: it would fail with it.
LEAST_ROOM = 10_000_000
Arrays = Mapping[str, NDArray[Any]]


class KeptRuns:
    """What was run before, and where what is run now is kept.

    Nothing is written before the work has taken some time.

    Parameters
    ----------
    folder : Path
        Where it is kept.

    Raises
    ------
    RequestError
        Something else is stored in the folder, which would be lost.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = Store(folder)
        self._manifest = Manifest(KIND, KIND, {}, {})
        self._known: dict[str, bytes] = {}
        self._waiting: dict[str, bytes] = {}
        self._written = time.monotonic() + FIRST_SECONDS - EVERY_SECONDS
        self._held = ExitStack()
        self._is_open = False
        self._is_lost = False
        if is_there(folder / MANIFEST):
            self._check_own()
            self._open()
            self._read()

    @property
    def count(self) -> int:
        """How many blocks of runs were known from before."""
        return len(self._known)

    @property
    def goes_on(self) -> bool:
        """Whether something was kept from before that is of use to this version."""
        return self.count > 0 or any(True for _ in self._stores())

    @property
    def is_there(self) -> bool:
        """Whether anything is kept on the disk, by this process."""
        return is_there(self.folder) and not self._is_lost

    def recall(self, key: str) -> Arrays | None:
        """Return what a block of runs came to; None where it is not known.

        Parameters
        ----------
        key : str
            The digest of all that decides it.
        """
        content = self._known.get(key)
        if content is None:
            return None
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def note(self, key: str, arrays: Arrays) -> None:
        """Keep what a block of runs came to; it is on the disk a few seconds later.

        Parameters
        ----------
        key : str
            The digest of all that decides it.
        arrays : mapping of str to ndarray
            What it came to.
        """
        if self._is_lost:
            return
        content = BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        self._waiting[key] = content.getvalue()
        if time.monotonic() - self._written >= EVERY_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what has come since the last time."""
        if self._waiting and not self._is_lost:
            self._open()
        if self._waiting and not self._is_lost:
            columns: Columns = {TASK: [*self._waiting], CONTENT: [*self._waiting.values()]}
            try:
                self._store.write_block(next(iter(self._waiting)), columns)
            except RunError:  # The disk is full: the work itself goes on.
                self._is_lost = True
            self._waiting.clear()
            self._written = time.monotonic()

    def place_for(self, rests_on: Mapping[str, str]) -> Path | None:
        """Return a folder for work that has a store of its own; None where none can be kept.

        Parameters
        ----------
        rests_on : mapping of str to str
            What the work rests on: other work has another folder.
        """
        room = free_disk(self.folder)
        if room is not None and room < LEAST_ROOM and not self.goes_on:
            return None
        self._open()
        told = repr(sorted(rests_on.items())).encode()
        return None if self._is_lost else self.folder / f"{OWN}{digest_of(told)}"

    def _stores(self) -> list[Path]:
        return sorted(self.folder.glob(f"{OWN}*"))

    def close(self) -> None:
        """Write what is left, once the work was long enough, and let others work at it."""
        try:
            if self._is_open or time.monotonic() - self._written >= EVERY_SECONDS:
                self.write()
        finally:
            self._held.close()

    def forget(self) -> None:
        """Remove what was kept: the work is done."""
        self._held.close()
        if self._is_open:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self) -> None:
        """Take the folder; where it cannot be written or another works at it, nothing is kept."""
        if self._is_open or self._is_lost:
            return
        if not is_installed("pyarrow"):
            # A check does without it, and then without what is kept in it.
            self._is_lost = True
            return
        is_new = not is_there(self.folder)
        try:
            self._held.enter_context(self._store.lock())
            self._is_open = True
            there = self._there()
            if there is None or self._manifest.changes_since(there):
                # Another version's runs are of no use to this one. Without a manifest nobody knows
                # whose folders stand here.
                if is_there(self.folder / MANIFEST):
                    for folder in self._stores():
                        shutil.rmtree(folder, ignore_errors=True)
                self._store.forget()
                self._store.write_manifest(self._manifest)
        except (OSError, ValueError, RunError):  # No name of a folder has a NUL.
            if is_new:
                self._leave_nothing()
            self._held.close()
            self._is_open, self._is_lost = False, True

    def _leave_nothing(self) -> None:
        """Remove the folder that was made in vain, as far as it came, unless more is in it."""
        for remove in (
            (self.folder / BLOCKS).rmdir,
            (self.folder / "lock").unlink,
            self.folder.rmdir,
        ):
            with suppress(OSError, ValueError):
                remove()

    def _check_own(self) -> None:
        """Raise an error where another run is stored here: its blocks would be removed."""
        try:
            content = read_json(self.folder / MANIFEST)
            kind = content.get("kind") if isinstance(content, dict) else None
        except RunError:  # Damaged: only a run of another kind has results.
            is_other = any(is_there(self.folder / name) for name in (RESULTS, COMPLETE))
            kind = None if is_other else KIND
        if kind != KIND:
            raise RequestError(
                Message(
                    "{folder} holds something else, which would be lost. Name a folder that is "
                    "not there yet",
                    folder=self.folder,
                )
            )

    def _there(self) -> Manifest | None:
        try:
            return self._store.read_manifest()
        except RunError:  # Damaged, or of another version.
            return None

    def _read(self) -> None:
        if self._is_open:
            for _, columns in self._store.sound_blocks():
                self._known |= dict(
                    zip(columns[TASK].tolist(), columns[CONTENT].tolist(), strict=True)
                )


_kept: ContextVar[KeptRuns | None] = ContextVar("kept runs", default=None)


def runs_kept() -> KeptRuns | None:
    """Return where runs are kept just now; None where they are not."""
    return _kept.get()


@checks_arguments
@contextmanager
def keep_runs(folder: str | Path) -> Iterator[KeptRuns]:
    """Return a context within which runs are kept, and not run again where they were kept before.

    The folder may hold runs of anything: each block is found by what decides it. It stays there
    when all is done.

    Parameters
    ----------
    folder : str or Path
        Where runs are kept; it is made once there is something to keep.

    Raises
    ------
    RequestError
        The folder is none, or a study or another run is stored there. Where it cannot be written,
        nothing is kept.

    Examples
    --------
    >>> with pilotsim.keep_runs("out/kept"):                          # doctest: +SKIP
    ...     found = pilotsim.calibrate(flow, fit, jobs=-1)
    """
    kept = KeptRuns(Path(folder))
    token = _kept.set(kept)
    try:
        yield kept
    finally:
        _kept.reset(token)
        kept.close()
