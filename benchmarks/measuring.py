"""Whether asking what a run came to costs more than the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.alna import SEED, alna_flow, alna_plan, run_kernel
from benchmarks.cores import alna_measures
from benchmarks.effort import Effort
from benchmarks.results import Bound, Result, at_most
from benchmarks.timing import Run, side_by_side
from pilotsim import engines
from pilotsim.journeys import Journeys
from pilotsim.measures import measure, measure_anyway
from pilotsim.numbers import draw_numbers
from pilotsim.paths import observe
from pilotsim.plan import make_plan


def measuring(effort: Effort) -> Iterator[Result]:
    """Yield the time of measuring against the time of simulating, and what else a replication of an experiment costs."""
    flow, wanted, calendar = alna_flow(), alna_measures(), alna_flow().make_calendar()
    offered = [run_kernel(replication) for replication in range(8)]
    never = [run_without(replication) for replication in range(8)]

    def measure_all(replication: int) -> object:
        return [measure(_unmeasured(offered, replication), what) for what in wanted]

    def measure_all_anyway(replication: int) -> object:
        pair = _unmeasured(offered, replication), _unmeasured(never, replication)
        return [measure_anyway(*pair, what) for what in wanted]

    def observe_one(replication: int) -> object:
        return observe(_unmeasured(offered, replication))

    def measure_watched(replication: int) -> object:
        with_it, without = _unmeasured(offered, replication), _unmeasured(never, replication)
        values = [(measure(with_it, what), measure_anyway(with_it, without, what)) for what in wanted]
        return values, observe(with_it), observe(without)

    def run_both(replication: int) -> object:
        return run_kernel(replication), run_without(replication)

    def compare(name: str, step: Run, against: Run, bound: Bound | None) -> Result:
        return side_by_side(step, against, rounds=effort.rounds, seconds=0.1).as_result(name, bound, cost=True)

    yield compare(f"A run of a change: its {len(wanted)} measures against simulating", measure_all, run_kernel, at_most(1))
    yield compare("A run of the verdict: measures, the world without, paths; against simulating both worlds", measure_watched,
                  run_both, at_most(1))  # fmt: skip
    yield compare("Measuring what would have happened anyway, against one simulation", measure_all_anyway, run_kernel, None)
    yield compare("The paths that figures show, against one simulation", observe_one, run_kernel, None)
    yield compare("Drawing the assumptions, against one simulation", lambda k: draw_numbers(flow, SEED, k), run_kernel, None)
    yield compare("Making the plan, against one simulation", lambda _: make_plan(flow, None, calendar), run_kernel, None)


def run_without(replication: int) -> Journeys:
    """Return the journeys of a replication in the world without the programme."""
    return engines.run_replication(alna_plan(), SEED, replication, offered=False, engine=engines.KERNEL)


def _unmeasured(runs: list[Journeys], replication: int) -> Journeys:
    """Return journeys that remember nothing from an earlier measure."""
    return replace(runs[replication % len(runs)])
