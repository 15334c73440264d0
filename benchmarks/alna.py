"""Alna Aktiv as the benchmarks run it: all assumptions at their values."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pilotsim.files.reading import read_flow
from pilotsim.model.flow import Flow
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

FLOW_FILE = Path(__file__).parent.parent / "configs" / "alna_aktiv.yaml"
# What the hand-written model was written for; the committed flow has grown since.
FROZEN_FILE = Path(__file__).parent / "alna_frozen.yaml"
SEED = 1


@cache
def alna_flow() -> Flow:
    """Return the flow."""
    return read_flow(FLOW_FILE)


@cache
def alna_plan() -> ResolvedFlow:
    """Return the flow with every assumption at its value."""
    return resolve_flow(alna_flow())


def run_kernel(replication: int) -> Journeys:
    """Return the journeys of a replication, by the compiled engine."""
    return engines.run_replication(alna_plan(), SEED, replication, engine=engines.KERNEL)


@cache
def frozen_flow() -> Flow:
    """Return the flow that the hand-written model is a model of."""
    return read_flow(FROZEN_FILE)


@cache
def _frozen_plan() -> ResolvedFlow:
    return resolve_flow(frozen_flow())


def run_frozen(replication: int) -> Journeys:
    """Return the journeys of a replication of that flow, by the compiled engine."""
    return engines.run_replication(_frozen_plan(), SEED, replication, engine=engines.KERNEL)


def run_process(replication: int) -> Journeys:
    """Return the journeys of a replication, by the readable engine."""
    return engines.run_replication(alna_plan(), SEED, replication, engine=engines.PROCESS)
