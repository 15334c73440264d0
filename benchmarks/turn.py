"""One state of the program, asked in turns how long its compiled engine takes.

`python turn.py`, with the sources of that state first on the path, reads lines: a flow file and how
many replications, as JSON. For each it says the processor time of a replication and how many
visits it had; with 0 replications it finds how many fill a turn. It uses nothing but what old
states have as well, so nothing of the benchmarks.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from functools import cache

import pilotsim
from pilotsim.files.reading import read_flow
from pilotsim.simulation import engines
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

SEED = 1
# Runs before those that count: memory is there, and the processor knows the way.
BEFORE = 3
# A turn; long beside the ticks by which some systems count processor time.
SECONDS = 0.3


@cache
def plan_of(file: str) -> ResolvedFlow:
    """Return a flow with every assumption at its value."""
    return resolve_flow(read_flow(file))


def run(plan: ResolvedFlow, first: int, runs: int) -> tuple[float, int]:
    """Return the seconds outside of the system that some replications take, and their visits."""
    visits = 0
    gc.collect()
    begun = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for replication in range(first, first + runs):
        visits += len(engines.run_replication(plan, SEED, replication, engine=engines.KERNEL))
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - begun, visits


def turn(file: str, runs: int) -> dict[str, float]:
    """Return what a turn of a flow took."""
    plan = plan_of(file)
    run(plan, 0, BEFORE)
    if runs == 0:
        alone = run(plan, BEFORE, 10)[0] / 10
        runs = max(5, round(SECONDS / max(alone, 1e-4)))
    seconds, visits = run(plan, BEFORE, runs)
    return {"seconds": seconds / runs, "visits": visits / runs, "runs": runs}


if __name__ == "__main__":
    print(json.dumps(pilotsim.__file__), flush=True)
    for line in sys.stdin:
        print(json.dumps(turn(*json.loads(line))), flush=True)
