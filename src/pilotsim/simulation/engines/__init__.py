"""Engines: deterministic functions from a resolved flow and a seed to journeys."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.extras import is_installed
from pilotsim.base.messages import Message
from pilotsim.model.flow import Flow
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.long_run import designs_need_a_stock, long_plans, start_from
from pilotsim.simulation.parameters import (
    draw_numbers,
    draw_rows_of_numbers,
    numbers_of,
    settle,
)
from pilotsim.simulation.population import Cohort, Offers, make_cohort
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow
from pilotsim.simulation.size import check_one_run

if TYPE_CHECKING:
    from pilotsim.simulation.engines.compiled.drawing import CompiledNumbers

KERNEL, PROCESS = "kernel", "process"
ENGINES = (KERNEL, PROCESS)
SWITCHED_OFF = "NUMBA_DISABLE_JIT"  # set to 1, it has the compiler compile nothing


@cache
def compiler_is_there() -> bool:
    """Tell whether the compiled engine can be used: its compiler can be imported, and is on."""
    if not is_installed("numba") or os.environ.get(SWITCHED_OFF, "0") not in ("", "0"):
        return False
    try:
        import_module("pilotsim.simulation.engines.compiled.jit")
    except ImportError:
        return False
    return True


def default_engine() -> str:
    """Return the fastest engine there is: `kernel`, or `process` without the compiler."""
    return KERNEL if compiler_is_there() else PROCESS


def prepare(engine: str | None = None) -> Iterator[str]:
    """Make an engine ready; yield what a user should know before it takes its time."""
    if engine == PROCESS:
        return
    if not compiler_is_there():
        yield Message(
            "The compiler (numba) cannot be imported; the readable engine takes over, with the "
            "same results, more slowly."
        )
        return
    from pilotsim.simulation.engines.compiled.engine import is_compiled, tell_compiling, warm_up

    if not is_compiled():
        yield tell_compiling()
    warm_up()


def numbers_of_replications(
    flow: Flow,
    seed: int,
    replications: Sequence[int],
    *,
    fixed: bool = False,
    numbers: Mapping[int, float] | None = None,
    own: Mapping[int, Floats] | None = None,
    engine: str | None = None,
) -> Floats:
    """Return the numbers that replications go by, shape (replications, values).

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed : int
        The seed of the run.
    replications : sequence of int
        The replications, one for each row.
    fixed : bool
        All assumptions at their values; False draws each from its range.
    numbers : mapping of int to float, optional
        Values that stand at a number of their own in every replication, by slot.
    own : mapping of int to ndarray, shape (replications,), optional
        Values that stand at numbers of their own in single replications, by slot; NaN leaves one as
        it is.
    engine : str, optional
        As for `run_replication`; changes no number.

    Raises
    ------
    RequestError
        A sum comes to no number that its value may be.
    """
    drawn = drawn_numbers(flow, seed, replications, fixed=fixed, engine=engine)
    for slot, number in (numbers or {}).items():
        drawn[:, slot] = number
    for slot, each in (own or {}).items():
        drawn[:, slot] = np.where(np.isnan(each), drawn[:, slot], each)
    return settled_numbers(flow, drawn, engine=engine)


def drawn_numbers(
    flow: Flow,
    seed: int,
    replications: Sequence[int],
    *,
    fixed: bool = False,
    engine: str | None = None,
) -> Floats:
    """Return the numbers of replications before they are settled, shape (replications, values).

    Parameters
    ----------
    flow, seed, replications, fixed, engine
        As for `numbers_of_replications`.
    """
    compiled = _compiled_numbers_of(flow, engine)
    if fixed:
        return np.tile(numbers_of(flow), (len(replications), 1))
    if compiled is None:
        return draw_rows_of_numbers(flow, seed, replications)
    return compiled.draw(seed, replications)


def settled_numbers(flow: Flow, drawn: Floats, *, engine: str | None = None) -> Floats:
    """Return what replications go by, of numbers drawn or set: `parameters.settle`.

    Parameters
    ----------
    flow : Flow
        What the file says.
    drawn : ndarray, shape (replications, values)
        By slot, in base units; NaN for what is to be worked out.
    engine : str, optional
        As for `run_replication`; changes no number.

    Raises
    ------
    RequestError
        A sum comes to no number that its value may be.
    """
    compiled = _compiled_numbers_of(flow, engine)
    if compiled is not None:
        settled, faulty = compiled.settle(drawn)
        if (faulty < 0).all():
            return settled
    # Also says what is wrong with a sum.
    return settle(flow, drawn)


def _compiled_numbers_of(flow: Flow, engine: str | None) -> CompiledNumbers | None:
    """Return what draws a flow's numbers as compiled code; None where it cannot or may not."""
    if (engine or default_engine()) != KERNEL:
        return None
    from pilotsim.simulation.engines.compiled.drawing import compiled_numbers_of

    return compiled_numbers_of(flow)


def run_replication(
    plan: ResolvedFlow,
    seed: int,
    replication: int,
    *,
    offered: bool | Offers = True,
    engine: str | None = None,
) -> Journeys:
    """Return the journeys of one replication of a plan.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    seed, replication : int
        The seed.
    offered : bool or Offers
        Whether anyone may be offered the programme, or who from when; False is the world without
        it.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.

    Raises
    ------
    RequestError
        No such engine, or more clients than fit.
    SimulationError
        A client goes round without time passing, or finds no way on.
    """
    if plan.flow.starts_from is not None:
        if not isinstance(offered, bool):
            raise RequestError(designs_need_a_stock())
        own = long_plans([plan])[0]
        return start_from(
            run_replication(own, seed, replication, offered=offered, engine=engine), [plan]
        )
    engine = engine or default_engine()
    if engine == KERNEL:
        from pilotsim.simulation.engines.compiled.engine import run_cohort

        return run_cohort(plan, seed, replication, offered=offered)
    if engine == PROCESS:
        return run_plan(plan, make_cohort(plan, seed, replication, offered=offered))
    raise RequestError(
        Message(
            "unknown engine '{engine}'{meant}", engine=engine, meant=did_you_mean(engine, ENGINES)
        )
    )


def run_replications(
    plans: Sequence[ResolvedFlow],
    seed: int,
    replications: Sequence[int],
    *,
    offered: bool = True,
    engine: str | None = None,
) -> Journeys:
    """Return the journeys of several replications of one flow as one record.

    They are the same to the bit as those of `run_replication`, one by one.

    Parameters
    ----------
    plans : sequence of ResolvedFlow
        The flow with the numbers of each replication.
    seed : int
        The seed of the run.
    replications : sequence of int
        The replications, one for each plan.
    offered : bool
        Whether anyone may be offered the programme; False is the world without it.
    engine : str, optional
        As for `run_replication`.

    Raises
    ------
    RequestError
        No such engine, or more clients than fit.
    SimulationError
        A client goes round without time passing, or finds no way on.
    """
    if plans[0].flow.starts_from is not None:
        own = long_plans(plans)
        return start_from(
            run_replications(own, seed, replications, offered=offered, engine=engine), plans
        )
    if (engine or default_engine()) == KERNEL:
        from pilotsim.simulation.engines.compiled.engine import run_cohorts

        return run_cohorts(plans, seed, replications, offered=offered)
    runs = zip(plans, replications, strict=True)
    return Journeys.join(
        [run_replication(plan, seed, one, offered=offered, engine=engine) for plan, one in runs]
    )


def run_plan(plan: ResolvedFlow, cohort: Cohort) -> Journeys:
    """Return the journeys of a cohort through a plan, by the readable engine."""
    from pilotsim.simulation.engines.readable.process import ProcessEngine

    return ProcessEngine(plan, cohort).run()


@checks_arguments
def simulate(
    flow: Flow,
    *,
    seed: int = 1,
    replication: int = 0,
    offered: bool | Offers = True,
    fixed: bool = True,
    engine: str | None = None,
) -> Journeys:
    """Return the journeys of one replication of a flow.

    Several threads may call it at once; compiled code runs without the interpreter's lock.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed, replication : int
        The seed: the same numbers give the same journeys.
    offered : bool or Offers
        Whether anyone may be offered the programme, or who from when; False is the world without
        it.
    fixed : bool
        All assumptions at their values; False draws each from its range.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.

    Raises
    ------
    RequestError
        The flow brings more clients than can be simulated, or needs more memory than there is.
    SimulationError
        A client goes round without time passing, or finds no way on.
    """
    plan = resolve_flow(flow, None if fixed else draw_numbers(flow, seed, replication))
    check_one_run(plan, is_compiled=(engine or default_engine()) == KERNEL)
    return run_replication(plan, seed, replication, offered=offered, engine=engine)
