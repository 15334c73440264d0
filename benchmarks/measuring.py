"""Whether asking what a run came to costs more than the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.alna import SEED, alna_flow
from benchmarks.cores import alna_measures
from benchmarks.effort import Effort
from benchmarks.results import Bound, Result, at_most
from benchmarks.timing import Run, side_by_side
from pilotsim.measures.block import measure_block, measure_readable
from pilotsim.measures.monthly import observe
from pilotsim.runs.budget import BLOCK
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

NOTE = f"A block of {BLOCK} replications, as an experiment runs them."


def measuring(effort: Effort) -> Iterator[Result]:
    """Yield the time of measuring against that of simulating, and the other costs of a block."""
    flow, wanted, calendar = alna_flow(), alna_measures(), alna_flow().make_calendar()
    plans = [
        resolve_flow(flow, draw_numbers(flow, SEED, replication), calendar)
        for replication in range(BLOCK)
    ]
    offered, never = simulate(plans, offered=True), simulate(plans, offered=False)

    def measure_all(_: int) -> object:
        return measure_block(replace(offered), None, wanted)

    def measure_both(_: int) -> object:
        return measure_block(replace(offered), replace(never), wanted)

    def measure_watched(_: int) -> object:
        block, without = replace(offered), replace(never)
        return measure_block(block, without, wanted), observe(block), observe(without)

    def compare(name: str, step: Run, against: Run, bound: Bound | None) -> Result:
        return side_by_side(step, against, rounds=effort.rounds, seconds=0.2).as_result(
            name, bound, NOTE, cost=True
        )

    # Each turn has a seed of its own: the engine would copy what it knows from the turn before.
    def one_world(turn: int) -> object:
        return simulate(plans, offered=True, seed=turn)

    def both_worlds(turn: int) -> object:
        return simulate(plans, offered=True, seed=turn), simulate(plans, offered=False, seed=turn)

    yield compare(
        f"Runs of a change: their {len(wanted)} measures against simulating",
        measure_all,
        one_world,
        at_most(1),
    )
    yield compare(
        "Runs of the verdict: measures, the world without, paths; against simulating both worlds",
        measure_watched,
        both_worlds,
        at_most(1),
    )
    yield compare(
        "Measures of one world, compiled against readable",
        measure_all,
        lambda _: measure_readable(replace(offered), None, wanted),
        at_most(1),
    )
    yield compare(
        "Measures of both worlds, compiled against readable",
        measure_both,
        lambda _: measure_readable(replace(offered), replace(never), wanted),
        at_most(1),
    )
    yield compare(
        "The paths that figures show, against one world",
        lambda _: observe(replace(offered)),
        one_world,
        None,
    )

    def draw(engine: str) -> Run:
        return lambda _: engines.numbers_of_replications(flow, SEED, range(BLOCK), engine=engine)

    yield compare(
        "Drawing the assumptions and making plans, against one world",
        lambda _: [
            ResolvedFlow(flow, numbers, calendar)
            for numbers in engines.numbers_of_replications(flow, SEED, range(BLOCK))
        ],
        one_world,
        None,
    )
    yield side_by_side(
        draw(engines.KERNEL), draw(engines.PROCESS), rounds=effort.rounds, seconds=0.2
    ).as_result("Drawing the assumptions, compiled against readable", None, NOTE)


def simulate(plans: list[ResolvedFlow], *, offered: bool, seed: int = SEED) -> Journeys:
    """Return the journeys of a block of replications.

    `replace` gives them without what was worked out of them before.
    """
    return engines.run_replications(
        plans, seed, range(len(plans)), offered=offered, engine=engines.KERNEL
    )
