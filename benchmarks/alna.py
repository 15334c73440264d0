"""Alna Aktiv as the benchmarks run it: all assumptions at their values, and what comes out of it as a few numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from pilotsim import engines
from pilotsim.flow import Flow
from pilotsim.journeys import Journeys
from pilotsim.plan import Plan, make_plan
from pilotsim.read import read_flow

FLOW_FILE = Path(__file__).parent.parent / "configs" / "alna_aktiv.yaml"
SEED = 1


@cache
def alna_flow() -> Flow:
    """Return the flow."""
    return read_flow(FLOW_FILE)


@cache
def alna_plan() -> Plan:
    """Return the flow with every assumption at its value."""
    return make_plan(alna_flow())


def run_kernel(replication: int) -> Journeys:
    """Return the journeys of a replication, by the compiled engine."""
    return engines.run_replication(alna_plan(), SEED, replication, engine=engines.KERNEL)


def run_process(replication: int) -> Journeys:
    """Return the journeys of a replication, by the readable engine."""
    return engines.run_replication(alna_plan(), SEED, replication, engine=engines.PROCESS)


def outcomes_of(journeys: Journeys) -> dict[str, float]:
    """Return what a hand-written model of the same flow must come to as well, on average."""
    numbers = {stage.name: k for k, stage in enumerate(journeys.plan.stages)}
    there, begun = np.isnan(journeys.finished), ~np.isnan(journeys.started)

    def heads(stage: str, rows: np.ndarray) -> float:
        return float(len(np.unique(journeys.client[rows & (journeys.stage == numbers[stage])])))

    waited = (journeys.stage == numbers["workbox"]) & begun
    everybody = np.ones(len(journeys), np.bool_)
    return {
        "clients": float(len(journeys.cohort)),
        "visits": float(len(journeys)),
        "referred": heads("referred", everybody),
        "mapped": heads("mapping", begun),
        "on a course": heads("course", begun),
        "in the work box": heads("workbox", begun),
        "in prolonged training": heads("more_training", begun),
        "looked for work": heads("job_search", begun),
        "in a state measure": heads("state_measure", begun),
        "wait for the work box": float((journeys.started - journeys.joined)[waited].mean()),
        "in work at the end": heads("work", there),
        "on other benefits at the end": heads("other_benefit", there),
        "back with the counsellor at the end": heads("with_counsellor", there),
        "off assistance at the end": heads("off_assistance", there),
    }
