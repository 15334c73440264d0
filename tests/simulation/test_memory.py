"""The compiled engine reads no memory that it has not written: rooms full of nonsense give the same journeys, to the bit."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import SimulationError
from pilotsim.files.reading import read_flow
from pilotsim.simulation.engines.compiled.engine import CompiledEngine
from pilotsim.simulation.engines.compiled.event_calendar import MANY_CLIENTS
from pilotsim.simulation.resolved import resolve_flow
from tests.random_flows import flow_of, flows
from tests.small_flows import plan_of, small_flow

CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").glob("*.yaml"))
# A whole number far outside every table, and as a number of days no time that any flow has.
NONSENSE = bytes([0x53] * 8)


def fill_with_nonsense(engine):
    """Overwrite all that a run may have left, but for the room's own size."""
    with engine.workspaces.lend() as room:
        for owner in (room.clients, room.state):
            for column in vars(owner).values():
                if isinstance(column, np.ndarray):
                    column[...] = np.frombuffer(NONSENSE, column.dtype)[0]


def assert_nonsense_is_not_read(plan, *, grown=False):
    engine = CompiledEngine(plan.flow)
    expected = engine.journeys(plan, 1, 0)
    fill_with_nonsense(engine)
    assert engine.journeys(plan, 1, 0) == expected
    if grown:
        assert len(expected.cohort) >= MANY_CLIENTS


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_of_every_config(file):
    assert_nonsense_is_not_read(resolve_flow(read_flow(file)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=flows().map(flow_of), offered=st.booleans())
def test_of_random_flows(flow, offered):
    plan, engine = resolve_flow(flow), CompiledEngine(flow)
    try:
        expected = engine.journeys(plan, 1, 0, offered=offered)
    except SimulationError:
        assume(False)
    fill_with_nonsense(engine)
    assert engine.journeys(plan, 1, 0, offered=offered) == expected


def test_of_a_flow_so_large_that_clients_are_brought_near():
    groups = {"g": {"stock": MANY_CLIENTS, "starts_in": "home", "arrivals": "300 per month"}}
    stages = {
        "home": {"risks": {"away": "20 % per month"}},
        "gone": {"risks": {"back": "30 % per month"}},
    }
    risks = {"away": {"to": "gone"}, "back": {"to": "home"}}
    assert_nonsense_is_not_read(
        plan_of(small_flow("700 days", groups=groups, stages=stages, risks=risks)), grown=True
    )


def test_nonsense_stands_in_the_room():
    """The control: the room is really overwritten, where the first thing read of each client and day stands."""
    engine = CompiledEngine(read_flow(CONFIGS[0]))
    fill_with_nonsense(engine)
    with engine.workspaces.lend() as room:
        assert int(room.state.visit[0]) == 0x53535353
        assert int(room.state.first_that_day[-1]) == 0x53535353
