"""What runs will need, told before the first of them begins: memory, time, room on a disk.

Bytes are measured figures; seconds are those of a first run, here and now.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.limits import Needs, answered_by, check_needs
from pilotsim.runs.processes import core_count
from pilotsim.simulation.engines import KERNEL, default_engine
from pilotsim.simulation.size import bytes_of_client

__all__ = [
    "BLOCK",
    "PlannedRuns",
    "check_budget",
    "replications_at_once",
    "seconds_of",
    "without_limits",
]

# Replications of one call, which are in memory together.
BLOCK = 25
# With more clients than this in a block, it has fewer replications: about 1 GB a process.
MOST_AT_ONCE = 500_000
# Of one measure of one run in the process that gathers: 50 while they come, as much again while
# they are joined; measured.
BYTES_OF_A_NUMBER = 100.0
# Below so many clients times runs no engine needs hours, and nothing is timed: the readable one
# took 0.05 to 0.16 ms for a client, and what a run takes beside is less than a thousand of them.
WORTH_TIMING = 5e7
CLIENTS_OF_AN_EMPTY_RUN = 1000
# How long a first run may be tried again, for it to tell more than what its first time costs.
TRIAL_SECONDS = 0.3


def replications_at_once(clients: float) -> int:
    """Return how many replications are in memory together: fewer of a flow with many clients.

    It changes no result.

    Parameters
    ----------
    clients : float
        Of one replication.
    """
    return max(1, min(BLOCK, int(MOST_AT_ONCE / max(clients, 1.0))))


@dataclass(frozen=True)
class PlannedRuns:
    """Runs of a flow that are planned.

    Parameters
    ----------
    clients : float
        How many a replication is expected to have.
    runs : int
        How many replications.
    numbers : int
        How many numbers of each are kept in memory until the end; 0 where they are not.
    """

    clients: float
    runs: int
    numbers: int = 0

    @property
    def size(self) -> float:
        """Clients in all runs, with what a run takes beside them."""
        return self.runs * (self.clients + CLIENTS_OF_AN_EMPTY_RUN)


def check_budget(
    planned: Iterable[PlannedRuns],
    *,
    jobs: int,
    engine: str | None = None,
    trial: Callable[[], object] | None = None,
    disk: float = 0.0,
    folder: Path | None = None,
) -> None:
    """Make sure that planned runs stay within the limits, or that somebody wants them all the same.

    Parameters
    ----------
    planned : iterable of PlannedRuns
        What is to be run, the largest first where a trial is to tell of all.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        Which engine runs them.
    trial : callable, optional
        Carries out one run of the first; it is timed where all of them may take hours.
    disk : float
        Bytes that are written in the end.
    folder : Path, optional
        Where to.

    Raises
    ------
    RequestError
        They need more than a bound allows, and nobody said that they are to go on.
    """
    runs = [one for one in planned if one.runs > 0]
    if not runs:
        return
    most = max(one.clients for one in runs)
    processes = min(jobs if jobs > 0 else core_count(), sum(one.runs for one in runs))
    is_compiled = (engine or default_engine()) == KERNEL
    at_once = most * min(replications_at_once(most), max(one.runs for one in runs))
    kept = math.fsum(one.runs * one.numbers for one in runs) * BYTES_OF_A_NUMBER
    memory = processes * at_once * bytes_of_client(is_compiled=is_compiled) + kept
    # What does not fit is said before a run is tried.
    check_needs(Needs(memory=memory, disk=disk, folder=folder))
    size = math.fsum(one.size for one in runs)
    if trial is None or size < WORTH_TIMING:
        return
    seconds = seconds_of(trial) * size * runs[0].runs / runs[0].size
    check_needs(Needs(seconds=seconds / max(1, min(processes, core_count()))))


def seconds_of(trial: Callable[[], object]) -> float:
    """Return how many seconds a call takes here: one of those after the first, if it is short.

    Parameters
    ----------
    trial : callable
        What is timed.
    """
    began = time.perf_counter()
    trial()
    first = time.perf_counter() - began
    if first > TRIAL_SECONDS:
        return first
    again = 0
    began = time.perf_counter()
    while (spent := time.perf_counter() - began) < TRIAL_SECONDS:
        trial()
        again += 1
    return spent / again


@checks_arguments
@contextmanager
def without_limits() -> Iterator[None]:
    """Return a context within which work of any size goes on.

    Without it, what would take more than twelve hours, or more than there is of memory or room on
    the disk, is refused before it begins. What this machine cannot do is no more possible with it.

    Raises
    ------
    RequestError
        It is given an argument; it takes none.

    Examples
    --------
    >>> with pilotsim.without_limits():                               # doctest: +SKIP
    ...     run = pilotsim.run_study(study, "out/large")
    """
    with answered_by(lambda excess: None):
        yield
