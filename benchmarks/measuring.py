"""Whether asking what a run came to costs more than the run."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.alna import SEED, alna_flow, run_kernel
from benchmarks.cores import alna_measures
from benchmarks.effort import Effort
from benchmarks.results import Result, at_most
from benchmarks.timing import side_by_side
from pilotsim import engines
from pilotsim.measures import measure, measure_anyway
from pilotsim.numbers import draw_numbers
from pilotsim.paths import observe
from pilotsim.plan import make_plan


def measuring(effort: Effort) -> Iterator[Result]:
    """Yield the time of measuring against the time of simulating, and what else a replication of an experiment costs."""
    flow, wanted = alna_flow(), alna_measures()
    calendar, journeys = flow.make_calendar(), [run_kernel(replication) for replication in range(8)]
    plan = journeys[0].plan
    without = [engines.run_replication(plan, SEED, k, offered=False, engine=engines.KERNEL) for k in range(8)]
    steps = {
        f"All {len(wanted)} measures of Alna against simulating": lambda k: [measure(journeys[k % 8], what) for what in wanted],
        "The same without the programme (measure_anyway)": lambda k: [
            measure_anyway(journeys[k % 8], without[k % 8], what) for what in wanted
        ],
        "The paths that figures show (observe)": lambda k: observe(journeys[k % 8]),
        "Drawing the assumptions": lambda k: draw_numbers(flow, SEED, k),
        "Making the plan": lambda k: make_plan(flow, plan.numbers, calendar),
    }  # fmt: skip
    for number, (name, step) in enumerate(steps.items()):
        found = side_by_side(step, run_kernel, rounds=effort.rounds, seconds=0.1)
        yield found.as_result(name, at_most(1) if number == 0 else None, cost=True)
