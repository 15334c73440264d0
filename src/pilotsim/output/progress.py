"""How far a run is, in one line that is written over: in a notebook as on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

from pilotsim.base.arguments import checks_arguments
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number

__all__ = ["ShowProgress"]

STEPS = 100  # so many times at most is a line written where the total is known


class ShowProgress:
    """What can be given as `progress`: shows how many runs are done.

    Parameters
    ----------
    total : int, optional
        How many there will be; only those done are shown, unless given.
    language : str
        One of `LANGUAGES`.
    file : file, optional
        Where it is written to; the error stream, unless given.

    Examples
    --------
    >>> with pilotsim.ShowProgress(400) as progress:            # doctest: +SKIP
    ...     check = pilotsim.check_targets(flow, what_if=False, progress=progress)
    """

    @checks_arguments
    def __init__(
        self, total: int | None = None, language: str = "en", file: object | None = None
    ) -> None:
        self.total, self.done = total, 0
        self._language = language
        self._file: TextIO = sys.stderr if file is None else file  # type: ignore[assignment]
        self._step = -1

    def __call__(self, done: int) -> None:
        """Count runs that were just done."""
        self.done += done
        step = self.done if not self.total else self.done * STEPS // self.total
        if step != self._step:
            self._step = step
            self._write()

    def __enter__(self) -> ShowProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the line, whether the runs came to their end or were stopped."""
        if self.done:
            self._write("\n")

    def _write(self, end: str = "") -> None:
        numbers = [self.done] if self.total is None else [self.done, self.total]
        shown = " / ".join(format_number(number, self._language, 0) for number in numbers)
        self._file.write(f"\r{say('simulating', self._language)} {shown}{end}")
        self._file.flush()
