"""Alna Aktiv scaled up and run in this process: its time and its memory as JSON.

`python -m benchmarks.scaled CLIENTS capacities|clients RUNS`
"""

from __future__ import annotations

import json
import sys
from time import process_time

import numpy as np

from benchmarks.alna import SEED, alna_flow, alna_plan, run_kernel
from benchmarks.machine import peak_memory
from pilotsim.simulation import engines
from pilotsim.simulation.resolved import resolve_flow

CLIENTS = (".stock", ".arrivals")
# Slots whose numbers are how many fit at once.
CAPACITIES = (".fte", ".opens.admits", ".limit.waiting")


def scaled_numbers(times: float, *, capacities: bool) -> np.ndarray:
    """Return the flow's numbers with `times` as many clients, and capacities too if asked for."""
    numbers = alna_plan().numbers.copy()
    for path, value in alna_flow().values.items():
        is_clients = path.startswith("groups.") and path.endswith(CLIENTS)
        is_capacity = path.endswith(CAPACITIES) or (
            path.startswith("resources.") and ".units" in path
        )
        if is_clients or (capacities and is_capacity):
            numbers[value.slot] *= times
            if value.kind == "count":
                numbers[value.slot] = round(numbers[value.slot])
    return numbers


def main(clients: int, what: str, runs: int) -> None:
    """Run it and print what it took."""
    run_kernel(0)
    before = peak_memory()
    times = clients / len(run_kernel(1).cohort)
    plan = resolve_flow(alna_flow(), scaled_numbers(times, capacities=what == "capacities"))
    seconds = []
    for replication in range(runs + 1):
        begun = process_time()
        journeys = engines.run_replication(plan, SEED, replication, engine=engines.KERNEL)
        seconds.append(process_time() - begun)
        came, visits = len(journeys.cohort), len(journeys)
        moments = (journeys.joined, journeys.started, journeys.finished)
        events = sum(int(np.count_nonzero(~np.isnan(times_of))) for times_of in moments)
        del journeys, moments
    # The first run makes room for them all.
    per_event = [one / events * 1e9 for one in seconds[1:]]
    print(
        json.dumps(
            {
                "clients": came,
                "visits": visits,
                "events": events,
                "first": seconds[0],
                "ns": per_event,
                "before": before,
                "peak": peak_memory(),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
