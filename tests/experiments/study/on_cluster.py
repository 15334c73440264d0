"""A study run on a cluster: ``python -m tests.experiments.study.on_cluster STUDY FOLDER ADDRESS BLOCK WORKERS``."""

from __future__ import annotations

import sys

from pilotsim.base.errors import PilotsimError
from pilotsim.experiments.study import ExecutionOptions, execute, read_study, run_study
from pilotsim.runs import Cluster


def main(study: str, folder: str, address: str, block: str, workers: str) -> None:
    execute.block_size = lambda *_: int(block)
    execute.seconds_per_replication = lambda *_: 0.001
    try:
        cluster = Cluster(
            address, wait_seconds=3 if address.endswith(":9") else 60, least_workers=int(workers)
        )
        run_study(
            read_study(study),
            folder,
            ExecutionOptions(workers=cluster),
            lambda progress: print(progress.done, flush=True),
        )
    except PilotsimError as fault:
        print(fault, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
