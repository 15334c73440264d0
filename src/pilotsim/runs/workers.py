"""Who does the work of a run: this machine's cores, or a cluster.

What is done where changes no result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pilotsim.base.arguments import check_argument
from pilotsim.base.files import Columns
from pilotsim.base.messages import Message
from pilotsim.runs.processes import core_count, in_processes
from pilotsim.runs.store import Store

DIED = Message(
    "a process of the run died, perhaps for want of memory. What stands is kept: give the same "
    "command again, with fewer --jobs"
)


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
        return core_count()

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
        known: dict[str, Task] = {}
        calls = ((known.setdefault(task.key, task),) for task in tasks)
        for key, columns in in_processes(run_task, calls, self.count, died=DIED, in_order=False):
            yield known.pop(key), columns


def run_task(task: Task) -> tuple[str, Columns]:
    """Return a task's key and what it comes to."""
    return task.key, task.run()


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
