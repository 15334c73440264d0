"""Engines: deterministic functions from a plan and its clients to journeys."""

from __future__ import annotations

from pilotsim.cohort import Cohort, make_cohort
from pilotsim.engines.process import ProcessEngine
from pilotsim.flow import Flow
from pilotsim.journeys import Journeys
from pilotsim.plan import Plan, draw_numbers, make_plan


def run_plan(plan: Plan, cohort: Cohort) -> Journeys:
    """Return the journeys of a cohort through a plan."""
    return ProcessEngine(plan, cohort).run()


def simulate(flow: Flow, *, seed: int = 1, replication: int = 0, offered: bool = True, fixed: bool = True) -> Journeys:
    """Return the journeys of one replication.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed, replication : int
        The key of all chance: the same numbers give the same journeys.
    offered : bool
        Whether anyone may be offered the programme; False is the world without it.
    fixed : bool
        All assumptions at their values; False draws each from its range.

    Raises
    ------
    SimulationError
        A client goes round without time passing, or finds no way on.
    """
    plan = make_plan(flow, None if fixed else draw_numbers(flow, seed, replication))
    return run_plan(plan, make_cohort(plan, seed, replication, offered=offered))
