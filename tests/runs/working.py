"""What processes of `test_processes` do, and a program that has them do it: ``python -m tests.runs.working NAME``."""

from __future__ import annotations

import errno
import json
import os
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from pilotsim.base.errors import RunError
from pilotsim.base.messages import Message
from pilotsim.files.reading import read_flow
from pilotsim.judge.check import check_targets
from pilotsim.runs.processes import in_processes

FLOWS = [
    Path(__file__).parent.parent.parent / "configs" / name
    for name in ("alna_aktiv.yaml", "traning_ger_fardighet.yaml")
]
DIED = Message("one died")


def grow_and_warn(number: int) -> int:
    """Be a process of which the library that started it thinks that it has grown too large."""
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = -(10**12)
    process_executor._MEMORY_LEAK_CHECK_DELAY = -1.0
    warnings.warn("said in a process", RuntimeWarning, stacklevel=1)
    return 2 * number


def die(number: int) -> int:
    os._exit(number)


def check_and_count(file: Path) -> dict[str, tuple[int, int]]:
    """Check a flow; how often the code of each function that Python calls was loaded, and compiled."""
    check_targets(read_flow(file), replications=4, what_if=False)
    from pilotsim.simulation.engines.compiled.jit import entries

    return {
        one.py_func.__name__: (
            sum(one.stats.cache_hits.values()),
            sum(one.stats.cache_misses.values()),
        )
        for one in entries()
    }


def compiled() -> list[dict[str, tuple[int, int]]]:
    """Of a process that made itself ready and checked two flows, and of two that it started."""
    from pilotsim.judge.judging import prepare

    list(prepare())
    own = [check_and_count(file) for file in FLOWS][-1]
    return [own, *in_processes(check_and_count, [(one,) for one in FLOWS], 2, died=DIED)]


def grown() -> list[int]:
    return list(in_processes(grow_and_warn, [(k,) for k in range(8)], 2, died=DIED))


def dead() -> list[int]:
    return list(in_processes(die, [(3,)] * 4, 2, died=DIED))


def refused() -> list[object]:
    """What is said where the second process cannot be started, and what comes of asking again."""
    place = import_module("joblib.externals.loky.backend.fork_exec")
    start, asked = place.fork_exec, []

    def start_one(*arguments: Any, **named: Any) -> Any:
        asked.append(1)
        if len(asked) == 2:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return start(*arguments, **named)

    place.fork_exec = start_one
    calls = [(-k,) for k in range(4)]
    try:
        list(in_processes(abs, calls, 2, died=DIED))
    except RunError as fault:
        return [str(fault), list(in_processes(abs, calls, 2, died=DIED))]
    return []


PROGRAMS: dict[str, Callable[[], list[Any]]] = {
    one.__name__: one for one in (compiled, grown, dead, refused)
}

if __name__ == "__main__":
    print(json.dumps(PROGRAMS[sys.argv[1]]()))
