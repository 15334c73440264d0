"""Many replications of Alna in one experiment on all cores: memory and time as JSON.

`python -m benchmarks.many COUNT`.
"""

from __future__ import annotations

import json
import resource
import sys

from benchmarks.cores import run_alna
from benchmarks.machine import cores, peak_memory
from benchmarks.timing import time_once


def main(replications: int) -> None:
    """Run it and print what it took."""
    seconds = time_once(lambda: run_alna(replications, cores()))
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024.0
    print(json.dumps({"peak": peak_memory(), "workers": workers, "seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
