"""A study of many runs in two processes: time, memory and room on the disk, as JSON.

The study's lever has 19 whole numbers of places, and points that are alike share their runs: for a
million runs, ask for 19 points of 52,632 replications.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from joblib.externals.loky import get_reusable_executor

from benchmarks.studies import peak, write_study
from pilotsim.experiments.study import ExecutionOptions, run_study
from pilotsim.runs import Local


def main(points: int, replications: int) -> None:
    """Run the study and say what it took."""
    with TemporaryDirectory() as folder:
        study = write_study(Path(folder), points, replications)
        begun = perf_counter()
        run_study(study, Path(folder) / "run", ExecutionOptions(workers=Local(2)))
        seconds = perf_counter() - begun
        get_reusable_executor().shutdown(wait=True)
        run = Path(folder) / "run"
        print(
            json.dumps(
                {
                    "seconds": seconds,
                    "own": peak(resource.RUSAGE_SELF),
                    "worker": peak(resource.RUSAGE_CHILDREN),
                    "blocks": sum(file.stat().st_size for file in (run / "blocks").iterdir()),
                    "parquet": (run / "results" / "replications.parquet").stat().st_size,
                    "csv": (run / "results" / "replications.csv").stat().st_size,
                }
            )
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
