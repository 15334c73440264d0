"""A command of which the start of a worker fails, or the process itself ends there.

Workers do not outlive a fork, so each fault has a process of its own:
``python -m tests.faults.sharing KIND NUMBER WORD ...``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from pilotsim.cli import main
from pilotsim.runs import store
from tests.faults.shim import KILLED, Fault, StandingClock

# What starts a worker, and what makes that by which workers wait for each other.
STARTING = (("fork_exec", "fork_exec"), ("synchronize", "_SemLock"))
NONE = "none"


class _Starts:
    """Counts what is started, and lets one of them fail."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind, self.number, self.count = kind, number, 0
        for place, name in STARTING:
            module = import_module(f"joblib.externals.loky.backend.{place}")
            setattr(module, name, self._instead(getattr(module, name)))

    def _instead(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def start(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            if self.kind != NONE and self.count == self.number + 1:
                if self.kind == "killed":
                    os._exit(KILLED)
                number = Fault(self.kind).number
                raise OSError(number, os.strerror(number))
            return real(*arguments, **named)

        return start


if __name__ == "__main__":
    kind, number, counted, *words = sys.argv[1:]
    store.datetime = StandingClock  # type: ignore[misc,assignment]
    starts = _Starts(kind, int(number))
    sys.argv = ["pilotsim", *words]
    try:
        main(words)
    finally:
        Path(counted).write_text(str(starts.count), encoding="utf-8")
