"""The engines under test, and independent replications of a flow in one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest

from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.journeys import Journeys
from tests.small_flows import ENGINES, FOR_LONG_RUNS, plan_of
from tests.statistics import SEED, Floats, Observe

# A plan, a seed and a replication in, journeys out.
RunPlan = Callable[..., Journeys]
Replicate = Callable[[Mapping[str, Any], Observe, int], Floats]


@pytest.fixture(scope="session", params=FOR_LONG_RUNS)
def run_plan(request: pytest.FixtureRequest) -> RunPlan:
    """The engine that is held to theory, or each in turn."""
    return partial(run_replication, engine=request.param)


@pytest.fixture(scope="session")
def replicate(run_plan: RunPlan) -> Replicate:
    """Run a flow several times; what is observed, shape (replications, quantities).

    The first replication is the same to the bit in every engine.
    """

    def replicate(flow: Mapping[str, Any], observe: Observe, replications: int) -> Floats:
        plan = plan_of(flow)
        first = run_plan(plan, SEED, 0)
        assert all(run_replication(plan, SEED, 0, engine=engine) == first for engine in ENGINES)
        return np.array([observe(run_plan(plan, SEED, r)) for r in range(replications)], np.float64)

    return replicate
