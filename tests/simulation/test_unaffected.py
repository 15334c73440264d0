"""What a change does not touch is copied from the block before: the same journeys, to the bit, as if all had been run."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import SimulationError
from pilotsim.files.reading import read_flow
from pilotsim.simulation.engines.compiled.engine import MAX_ENGINES, CompiledEngine, engine_of
from pilotsim.simulation.engines.compiled.unaffected import Unaffected
from pilotsim.simulation.parameters import draw_rows_of_numbers
from pilotsim.simulation.resolved import resolve_flow
from tests.random_flows import flow_of, flows

CONFIGS = Path(__file__).parent.parent.parent / "configs"
REPLICATIONS = (0, 2, 5)


def plans_of(flow, numbers):
    return [resolve_flow(flow, row) for row in numbers]


def changed(flow, numbers, slots, seed):
    """Return the numbers with those of some slots drawn anew."""
    others = numbers.copy()
    others[:, slots] = draw_rows_of_numbers(flow, seed + 1, REPLICATIONS)[:, slots]
    return others


def assert_as_if_run(engine, flow, numbers, seed, offered):
    plans = plans_of(flow, numbers)
    assert engine.block(plans, seed, REPLICATIONS, offered=offered) == CompiledEngine(flow).block(
        plans, seed, REPLICATIONS, offered=offered
    )


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_change_of_any_one_value_is_seen(file):
    """Every tenth value of each system and all shared ones, by an engine that remembers."""
    flow = read_flow(file)
    engine, numbers = CompiledEngine(flow), draw_rows_of_numbers(flow, 1, REPLICATIONS)
    assert_as_if_run(engine, flow, numbers, 1, True)
    assert_as_if_run(engine, flow, numbers, 1, False)
    drawn = [value.slot for value in flow.assumptions.values()]
    shared = [value.slot for value in flow.shared.values()]
    for slot in [*drawn[:: max(1, len(drawn) // 10)], *shared]:
        assert_as_if_run(engine, flow, changed(flow, numbers, [slot], 1), 1, True)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=flows().map(flow_of), seed=st.integers(0, 2**62), data=st.data())
def test_any_changes_of_any_flow_are_seen(flow, seed, data):
    engine, numbers = CompiledEngine(flow), draw_rows_of_numbers(flow, seed, REPLICATIONS)
    drawn = [value.slot for value in flow.assumptions.values()]
    try:
        assert_as_if_run(engine, flow, numbers, seed, True)
        for _ in range(3):
            slots = data.draw(st.lists(st.sampled_from(drawn), max_size=4)) if drawn else []
            assert_as_if_run(
                engine, flow, changed(flow, numbers, slots, seed), seed, data.draw(st.booleans())
            )
    except SimulationError:
        assume(False)


def test_it_would_be_noticed_if_a_value_were_overlooked():
    """The control: told that nothing is looked at, the engine copies what a change has moved."""
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    engine, numbers = CompiledEngine(flow), draw_rows_of_numbers(flow, 1, REPLICATIONS)
    own = engine._unaffected
    engine._unaffected = Unaffected(own.groups, np.zeros_like(own.reads), own.deterred)
    assert_as_if_run(engine, flow, numbers, 1, True)
    with pytest.raises(AssertionError):
        assert_as_if_run(
            engine, flow, changed(flow, numbers, [flow.values["risks.job.rate"].slot], 1), 1, True
        )


def test_who_stands_apart_in_alna():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    found = CompiledEngine(flow)._unaffected
    assert [name for name, own in zip(flow.groups, found.groups, strict=True) if own] == [
        "already_followed",
        "other_recipients",
        "newcomers",
        "followed_away",
        "others_away",
    ]
    newcomers = dict(
        zip(flow.values, found.reads[list(flow.groups).index("newcomers")], strict=True)
    )
    for path in ("risks.job.rate", "groups.newcomers.arrivals", "traits.short_term.share", "lasts"):
        assert newcomers[path], path
    for path in (
        "groups.others_away.stock",
        "resources.adviser.caseload",
        "stages.mapping.lasts.gamma.mean",
        "effects.0.times",
        "shared.strength",
    ):
        assert not newcomers[path], path


def test_the_flow_as_it_is_serves_after_a_change_that_touches_everybody():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    engine, numbers = CompiledEngine(flow), draw_rows_of_numbers(flow, 1, REPLICATIONS)
    engine.block(plans_of(flow, numbers), 1, REPLICATIONS)
    (as_it_is,) = engine._before
    everybody, few = flow.values["risks.job.rate"].slot, flow.values["effects.0.times"].slot
    engine.block(plans_of(flow, changed(flow, numbers, [everybody], 1)), 1, REPLICATIONS)
    assert len(engine._before) == 2
    assert_as_if_run(engine, flow, changed(flow, numbers, [few], 1), 1, True)
    assert engine._before[0] is as_it_is
    assert len(engine._before) == 2, "it has nothing new"
    engine.block(plans_of(flow, numbers), 2, REPLICATIONS)
    assert len(engine._before) == 1, "other clients"


def test_another_seed_or_other_replications_are_run():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    engine, plans = (
        CompiledEngine(flow),
        plans_of(flow, draw_rows_of_numbers(flow, 1, REPLICATIONS)),
    )
    first = engine.block(plans, 1, REPLICATIONS)
    assert engine.block(plans, 2, REPLICATIONS) != first
    assert engine.block(plans, 1, (0, 2, 6)) == CompiledEngine(flow).block(plans, 1, (0, 2, 6))


@pytest.mark.parametrize("others", range(MAX_ENGINES + 1))
def test_blocks_of_a_flow_are_let_go_when_another_flow_is_run(others):
    """Flow follows upon flow: what each remembers would add up to hundreds of megabytes."""
    kept = [read_flow(CONFIGS / "course_waiting_list.yaml") for _ in range(others)]
    for flow in kept:
        engine_of(flow)
    first, second = (read_flow(CONFIGS / "alna_aktiv.yaml") for _ in range(2))
    for flow in (first, second):
        plans = plans_of(flow, draw_rows_of_numbers(flow, 1, REPLICATIONS))
        engine_of(flow).block(plans, 1, REPLICATIONS)
    assert engine_of(first)._before == ()
    assert len(engine_of(second)._before) == 1
