"""Who does the work of a run: this machine's cores, or a cluster.

What is done where changes no result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from threading import Thread
from typing import Any, Protocol

from pilotsim.base.arguments import check_argument
from pilotsim.base.errors import RunError
from pilotsim.base.files import Columns
from pilotsim.base.messages import Message
from pilotsim.base.signals import children_ignore_sigint
from pilotsim.runs.store import Store


@dataclass(frozen=True)
class Task:
    """A piece of work that is done as a whole.

    Parameters
    ----------
    key : str
        What its block is called: letters, digits, - and _; no other task of the run has it.
    make : callable
        A function of a module, so that other processes find it; returns the columns of a table.
    arguments : tuple
        What it is given.
    """

    key: str
    make: Callable[..., Columns]
    arguments: tuple[Any, ...]

    def run(self) -> Columns:
        """Return what the task comes to."""
        return self.make(*self.arguments)


class Workers(Protocol):
    """Who runs tasks."""

    @property
    def count(self) -> int:
        """How many work at once."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Columns]]:
        """Yield each task with what it came to, in the order in which they end."""


@dataclass(frozen=True)
class Local:
    """Processes of this machine: `jobs` at once, -1 for one a core."""

    jobs: int = -1

    def __post_init__(self) -> None:
        check_argument("jobs", self.jobs)

    @property
    def count(self) -> int:
        """How many work at once."""
        if self.jobs > 0:
            return self.jobs
        from joblib import cpu_count

        return int(cpu_count())

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Columns]]:
        """Yield each task with what it came to, in the order in which they end.

        Raises
        ------
        RunError
            A process died.
        """
        if self.count == 1:
            yield from ((task, task.run()) for task in tasks)
            return
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import BrokenProcessPool

        known: dict[str, Task] = {}
        calls = (
            delayed(_run_under)(os.getpid(), known.setdefault(task.key, task)) for task in tasks
        )
        with children_ignore_sigint():
            outcomes = Parallel(n_jobs=self.count, return_as="generator_unordered", batch_size=1)(
                calls
            )
        try:
            for key, columns in outcomes:
                yield known.pop(key), columns
        except BrokenProcessPool as fault:
            raise RunError(
                Message(
                    "a process of the run died, perhaps for want of memory. What stands is kept: "
                    "give the same command again, with fewer --jobs"
                )
            ) from fault


def run_task(task: Task) -> tuple[str, Columns]:
    """Return a task's key and what it comes to."""
    return task.key, task.run()


def _run_under(parent: int, task: Task) -> tuple[str, Columns]:
    _end_with(parent)
    return run_task(task)


@cache
def _end_with(parent: int) -> None:
    """End this process soon after the one that started it, however that one ended."""
    if os.getppid() == parent:
        Thread(target=_wait_for_end, args=(parent,), daemon=True).start()


def _wait_for_end(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def work(
    store: Store,
    tasks: Iterable[Task],
    workers: Workers,
    on_block: Callable[[Task, Columns], None] = lambda task, columns: None,
) -> None:
    """Run every task that has no block yet, and keep each block as it comes.

    Parameters
    ----------
    store : Store
        Where blocks are kept.
    tasks : iterable of Task
        What is to be done.
    workers : Workers
        Who does it.
    on_block : callable, optional
        Told of each task that was done, with what it came to, once its block is kept.
    """
    there = store.block_files()
    missing = (task for task in tasks if task.key not in there)
    for task, columns in workers.run(missing):
        store.write_block(task.key, columns)
        on_block(task, columns)
