"""Processes of this machine that work for this one: how they start and end, and what is said.

A process that has grown ends after its task, and another takes its place: no result changes by it,
and the library that starts them says so in words that help no user. Nor do warnings of libraries
from several processes at once. What is at fault is an exception here; a process that dies is one.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from pilotsim.base.errors import RunError
from pilotsim.base.messages import Message
from pilotsim.base.signals import children_ignore_sigint

T = TypeVar("T")


def core_count() -> int:
    """Return how many processes this machine runs at once."""
    _hush_starter()
    from joblib import cpu_count

    return int(cpu_count())


def in_processes(
    function: Callable[..., T],
    calls: Iterable[tuple[Any, ...]],
    jobs: int,
    *,
    died: Message,
    in_order: bool = True,
) -> Iterator[T]:
    """Yield what a function gives for the arguments of each call, worked out by other processes.

    Parameters
    ----------
    function : callable
        A function of a module, so that other processes find it.
    calls : iterable of tuple
        The arguments of each call; taken as there is room for more.
    jobs : int
        Processes at once; -1 for one a core.
    died : Message
        What is said where a process died.
    in_order : bool
        In the order of the calls; else one by one, as they end.

    Raises
    ------
    RunError
        A process died.
    """
    _hush_starter()
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    under = os.getpid(), _is_hushed()
    own = (delayed(_run_under)(under, function, arguments) for arguments in calls)
    how = (
        {"return_as": "generator"}
        if in_order
        else {"return_as": "generator_unordered", "batch_size": 1}
    )
    with children_ignore_sigint():
        results = Parallel(n_jobs=jobs, **how)(own)
    try:
        yield from results
    except BrokenProcessPool as fault:
        raise RunError(died) from fault


def _run_under(
    under: tuple[int, bool], function: Callable[..., T], arguments: tuple[Any, ...]
) -> T:
    _begin_under(*under)
    return function(*arguments)


@cache
def _begin_under(parent: int, is_hushed: bool) -> None:
    """Let this process end soon after the one that started it, however that one ended."""
    if os.getppid() == parent:
        if is_hushed:
            warnings.simplefilter("ignore")
        Thread(target=_wait_for_end, args=(parent,), daemon=True).start()


def _wait_for_end(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _is_hushed() -> bool:
    """Tell whether libraries warn of nothing: unless Python was asked to show it."""
    return not sys.warnoptions


def _hush_starter() -> None:
    """Let the library that starts processes warn of nothing."""
    if _is_hushed():
        warnings.filterwarnings("ignore", module=r"joblib\b")
