"""The workers of a Dask scheduler, on one machine or many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pilotsim.base.errors import RunError, message_of
from pilotsim.base.files import Columns
from pilotsim.base.messages import Message
from pilotsim.base.versions import program_version
from pilotsim.runs.workers import Task, run_task

# Tasks that wait at each worker, so that none idles.
AHEAD = 4


@dataclass(frozen=True)
class Cluster:
    """Workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Such as `tcp://10.0.0.5:8786`.
    wait_seconds : float
        How long to wait for the scheduler, and for the workers.
    least_workers : int
        How many must be there before work begins.
    """

    address: str
    wait_seconds: float = 30.0
    least_workers: int = 1

    @property
    def count(self) -> int:
        """How many work at once."""
        with self._client() as client:
            return _threads(client)

    def _client(self) -> Any:
        try:
            from distributed import Client
        except ImportError as fault:
            raise RunError(
                Message("a cluster needs the extra 'cluster': pip install 'pilotsim[cluster]'")
            ) from fault
        try:
            client = Client(self.address, timeout=self.wait_seconds, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as fault:
            raise RunError(
                Message(
                    "no scheduler answers at {address}: {why}",
                    address=self.address,
                    why=message_of(fault),
                )
            ) from fault
        try:
            client.wait_for_workers(self.least_workers, timeout=self.wait_seconds)
        except TimeoutError as fault:
            client.close()
            raise RunError(
                Message(
                    "the scheduler at {address} has too few workers; expected {wanted} or more",
                    address=self.address,
                    wanted=self.least_workers,
                )
            ) from fault
        return client

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Columns]]:
        """Yield each task with what it came to, in the order in which they end.

        Those of a lost worker are done by others.

        Raises
        ------
        RunError
            The workers have another version of the program, a task was lost with several workers,
            or the scheduler is gone.
        """
        from distributed import KilledWorker

        with self._client() as client:
            check_versions(client)
            try:
                yield from _results(client, iter(tasks))
            except KilledWorker as fault:
                raise RunError(
                    Message(
                        "the same block was lost with several workers; is there enough memory? "
                        "What stands is kept: give the same command again. {why}",
                        why=message_of(fault),
                    )
                ) from fault
            except (CancelledError, OSError) as fault:
                raise RunError(
                    Message(
                        "the scheduler at {address} is gone. What stands is kept: give the same "
                        "command again once it is back",
                        address=self.address,
                    )
                ) from fault


def _threads(client: Any) -> int:
    return max(1, int(sum(client.nthreads().values())))


def _results(client: Any, waiting: Iterator[Task]) -> Iterator[tuple[Task, Columns]]:
    """Submit a few tasks for each worker, and another one whenever one ends."""
    from distributed import as_completed

    known = {
        client.submit(run_task, task, pure=False): task
        for task in islice(waiting, AHEAD * _threads(client))
    }
    ended = as_completed(list(known), loop=client.loop)
    for future in ended:
        _, columns = future.result()
        for task in islice(waiting, 1):
            more = client.submit(run_task, task, pure=False)
            known[more] = task
            ended.add(more)
        yield known.pop(future), columns


def check_versions(client: Any) -> None:
    """Make sure that every worker has this version of the program; raises `RunError` otherwise."""
    own = program_version()
    others = {
        worker: found for worker, found in client.run(program_version).items() if found != own
    }
    if others:
        worker, found = next(iter(others.items()))
        raise RunError(
            Message(
                "the worker {worker} has pilotsim {found}; this is {own}. Install the same "
                "version everywhere",
                worker=worker,
                found=found,
                own=own,
            )
        )
