"""A study run in a process of its own: ``python -m tests.experiments.study.working STUDY FOLDER JOBS BLOCK [locks]``.

Blocks have BLOCK replications, so that a small study has many. Without ``locks`` the file system is
taken to have none.
"""

from __future__ import annotations

import sys

from pilotsim.base.errors import PilotsimError
from pilotsim.experiments.study import ExecutionOptions, execute, read_study, run_study
from pilotsim.runs import Local, lock


def main(study: str, folder: str, jobs: str, block: str, locks: str = "locks") -> None:
    execute.block_size = lambda *_: int(block)
    execute.seconds_per_replication = lambda *_: 0.001
    if locks != "locks":
        lock._take = lambda stream: None
    try:
        run_study(
            read_study(study),
            folder,
            ExecutionOptions(workers=Local(int(jobs))),
            lambda progress: print(progress.done, flush=True),
        )
    except PilotsimError as fault:
        print(fault, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
