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
from contextlib import suppress
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, TypeVar

from pilotsim.base.errors import RunError, reason_of
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
        A process died, or none could be started.
    """
    _hush_starter()
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    under = os.getpid(), _is_hushed()
    own = (delayed(function)(*arguments) for arguments in calls)
    how: dict[str, Any] = {"initializer": _begin_under, "initargs": under}
    how |= (
        {"return_as": "generator"}
        if in_order
        else {"return_as": "generator_unordered", "batch_size": 1}
    )
    there = set(active_children())
    try:
        with children_ignore_sigint():
            results = Parallel(n_jobs=jobs, **how)(own)
    except OSError as fault:  # No room for another, or for what they wait by.
        _end_all_but(there)
        raise RunError(
            Message(
                "the processes that share the work cannot be started: {why}. Give the same command "
                "again, with fewer --jobs",
                why=reason_of(fault),
            )
        ) from fault
    try:
        yield from results
    except BrokenProcessPool as fault:
        raise RunError(died) from fault


def _end_all_but(there: set[BaseProcess]) -> None:
    """End what was started when the start of one failed, so that none begins and finds nobody."""
    from joblib.externals.loky import get_reusable_executor

    for one in set(active_children()) - there:
        one.terminate()
        one.join()
    with suppress(OSError):  # The next one that asks for processes has new ones.
        get_reusable_executor().shutdown(kill_workers=True)


def _begin_under(parent: int, is_hushed: bool) -> None:
    """Let this process end soon after the one that started it, however and whenever that ended."""
    if is_hushed:
        warnings.simplefilter("ignore")
    if os.getppid() == parent:
        Thread(target=_wait_for_end, args=(parent,), daemon=True).start()
    elif os.name == "posix":  # Elsewhere a starter of Python may stand between the two.
        os._exit(1)


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
