"""The engines under test, and independent replications of a flow in one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from pilotsim.cohort import make_cohort
from tests.small_flows import ENGINES, RunPlan, plan_of
from tests.statistics import SEED, Floats, Observe

Replicate = Callable[[Mapping[str, Any], Observe, int], Floats]


@pytest.fixture(scope="session", params=ENGINES)
def run_plan(request: pytest.FixtureRequest) -> RunPlan:
    """Each engine in turn: every one is held to every closed form."""
    return ENGINES[request.param]


@pytest.fixture(scope="session")
def replicate(run_plan: RunPlan) -> Replicate:
    """Run a flow several times; what is observed, shape (replications, quantities)."""

    def replicate(flow: Mapping[str, Any], observe: Observe, replications: int) -> Floats:
        plan = plan_of(flow)
        runs = (run_plan(plan, make_cohort(plan, SEED, r)) for r in range(replications))
        return np.array([observe(journeys) for journeys in runs], np.float64)

    return replicate
