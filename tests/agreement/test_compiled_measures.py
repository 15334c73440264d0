"""Measures as compiled code give the numbers of the readable ones, to the bit: every kind, config and random flows."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import SimulationError
from pilotsim.files.reading import read_flow
from pilotsim.judge.verdicts import questions_of
from pilotsim.measures.block import measure_block, measure_readable
from pilotsim.measures.compiled import engine, kernel
from pilotsim.measures.compiled.columns import hand_over
from pilotsim.measures.compiled.lowering import lower
from pilotsim.measures.compiled.program import LIST_NEEDED, VISITS_NEEDED, MeasureRoom
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import KERNEL, PROCESS, run_replications
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow
from tests.asked_of_flows import asked_flows, measures_of
from tests.random_flows import flow_of

TIMES = int(os.environ.get("PILOTSIM_TIMES", "1"))
CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").rglob("*.yaml"))


def worlds(flow, seed, replications, engine=None):
    plans = [resolve_flow(flow, draw_numbers(flow, seed, k)) for k in replications]
    return [
        run_replications(plans, seed, replications, offered=offered, engine=engine)
        for offered in (True, False)
    ]


def assert_same(found, expected, measures):
    for name in ("values", "base", "left_out", "waiting", "beyond", "counterfactual"):
        for k, what in enumerate(measures):
            ours, theirs = getattr(found, name)[:, k], getattr(expected, name)[:, k]
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{name} of {what!r}")
    assert found == expected


def targets_of(flow):
    return [question.measure for question in questions_of(flow) if question.measure is not None]


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_target_of_every_config(file):
    flow = read_flow(file)
    journeys, without = worlds(flow, 7, range(3))
    measures = [*targets_of(flow), *measures_of(flow, 1)]
    found = measure_block(journeys, without, measures, engine=KERNEL)
    assert_same(found, measure_readable(journeys, without, measures), measures)
    alone = measure_block(journeys, None, measures, engine=KERNEL)
    np.testing.assert_array_equal(alone.values, found.values)
    assert np.isnan(alone.counterfactual).all()


@settings(max_examples=60 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=asked_flows().map(flow_of), seed=st.integers(0, 2**32))
def test_whatever_can_be_asked_of_random_flows(flow, seed):
    try:
        journeys, without = worlds(flow, seed, range(2))
    except SimulationError:
        return
    measures = measures_of(flow, seed)
    found = measure_block(journeys, without, measures, engine=KERNEL)
    assert_same(found, measure_readable(journeys, without, measures), measures)


@settings(max_examples=4 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=asked_flows().map(flow_of), seed=st.integers(0, 2**32), chunk=st.integers(1, 9))
def test_plain_python_runs_the_same_program(flow, seed, chunk):
    """The source of the compiled code, run as it stands, over journeys of the readable engine.

    A few clients at a time, so that chunks begin and end anywhere.
    """
    try:
        journeys, without = worlds(flow, seed, range(2), PROCESS)
    except SimulationError:
        return
    measures = measures_of(flow, seed)
    expected = measure_readable(journeys, without, measures)
    lowered = lower(flow, measures, both_worlds=True)
    at_hand = hand_over(lowered, journeys, without)
    room = MeasureRoom.room_for(lowered.room | {"chunk": chunk}, 5000, 5000)
    own = at_hand.values.numbers, at_hand.visits, at_hand.without, at_hand.cohort
    with np.errstate(all="ignore"):
        done = kernel.measure_all(lowered.program, *own, room, at_hand.measured, 0)
    assert done == len(journeys.plans)
    names = ("values", "base", "left_out", "waiting", "beyond", "counterfactual")
    for k, name in enumerate(names):
        np.testing.assert_array_equal(at_hand.found[:, :, k], getattr(expected, name), err_msg=name)


def test_too_little_room_is_told_and_made(monkeypatch):
    flow = read_flow(next(file for file in CONFIGS if file.stem == "alna_aktiv"))
    journeys, _ = worlds(flow, 3, range(3))
    measures = [*targets_of(flow), Measure.model_validate({"wait": "workbox", "quantile": "90 %"})]
    whole = measure_block(journeys, None, measures)
    for name in ("FEW_VISITS", "FEW_TIMES", "CHUNK"):
        monkeypatch.setattr(engine, name, 2)
    assert measure_block(journeys, None, measures) == whole
    lowered = lower(flow, measures, both_worlds=False)
    at_hand = hand_over(lowered, journeys, None)
    room = MeasureRoom.room_for(lowered.room | {"chunk": 2}, 1, 1)
    own = at_hand.values.numbers, at_hand.visits, at_hand.without, at_hand.cohort
    assert kernel.measure_all(lowered.program, *own, room, at_hand.measured, 0) == 0
    assert room.counts[VISITS_NEEDED] > 1
    assert room.counts[LIST_NEEDED] == 0


def test_the_random_questions_are_not_all_answered_by_nothing():
    """The control: of what is asked of Alna's flow, most has a number, and each kind has one."""
    flow = read_flow(next(file for file in CONFIGS if file.stem == "alna_aktiv"))
    journeys, without = worlds(flow, 3, range(2))
    measures = [one for seed in range(40) for one in measures_of(flow, seed)]
    found = measure_readable(journeys, without, measures)
    has_number = ~np.isnan(found.values).any(axis=0) & (np.abs(found.values) > 0).any(axis=0)
    assert {what.kind for what, told in zip(measures, has_number, strict=True) if told} == {
        what.kind for what in measures
    }
    assert has_number.mean() > 1 / 3
    assert (~np.isnan(found.counterfactual).any(axis=0)).mean() > 1 / 4
    assert (found.beyond > 0).any()
    assert math.isinf(found.beyond.max())
