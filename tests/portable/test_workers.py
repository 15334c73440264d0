"""Runs in workers of Node are those of Python, in order, for any number of workers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pilotsim.judge.golden import journeys_of
from pilotsim.measures.monthly import observe
from pilotsim.portable import HERE, LAYOUT, MODULE
from pilotsim.portable.description import describe_flow
from pilotsim.simulation.engines import run_replications
from tests.portable.outside import FEW, SEED, Runs, in_node, runs_of

PROGRAM = Path(__file__).with_name("workers.mjs")
FAULTS = Path(__file__).with_name("faulty_workers.mjs")
COUNT = 6


@pytest.fixture(scope="module", params=FEW, ids=lambda file: file.stem)
def runs(request) -> Runs:
    return runs_of(request.param, COUNT)


@pytest.fixture(scope="module")
def found(runs, tmp_path_factory) -> list[dict]:
    folder = tmp_path_factory.mktemp("workers")
    (folder / "packed").write_bytes(runs.packed())
    frame = describe_flow(runs.flow, "en")["frame"]
    (folder / "frame").write_text(json.dumps(frame))
    return in_node(PROGRAM, HERE, folder / "packed", folder / "frame", MODULE, LAYOUT, SEED, COUNT)


def test_runs_are_in_order_for_any_number_of_workers(runs, found):
    expected = [list(pair) for pair in zip(*journeys_of(runs.flow, SEED, COUNT), strict=True)]
    for one in found:
        assert sorted(one["order"]) == list(range(COUNT))
        assert one["fingerprints"] == expected
        assert one["months"] == found[0]["months"]


def test_months_are_those_of_python_to_the_bit(runs, found):
    for world, offered in enumerate((True, False)):
        journeys = run_replications(runs.plans, SEED, range(COUNT), offered=offered)
        for place, own in enumerate(observe(journeys)):
            months = found[0]["months"][place][world]
            for name in ("occupancy", "headline", "waiting"):
                assert months[name] == getattr(own, name).ravel().tolist(), name
            # What JSON has no number for is null.
            waits = np.array(months["waits"], dtype=np.float64)
            assert np.array_equal(waits, own.waits.ravel(), equal_nan=True)
    assert np.isfinite(waits).any() or runs.flow.flow != "alna_aktiv"


def said_of(case: str) -> dict:
    return in_node(FAULTS, HERE, case)


def test_a_worker_that_dies_is_replaced_and_its_tasks_are_done():
    said = said_of("one dies")
    assert said == {"results": [0, 10, 20, 30, 40, 50], "spawned": 3}


def test_a_task_that_workers_die_of_ends_its_work_with_an_error():
    said = said_of("all die of one task")
    assert said == {"code": "died", "message": "out of memory", "after": [0, 10], "tried": 2}


def test_a_worker_that_falls_silent_is_replaced():
    assert said_of("one falls silent") == {"results": [0, 10, 20, 30], "spawned": 3}


def test_where_no_worker_can_be_started_everything_says_so():
    said = said_of("refused")
    assert said == {"codes": ["refused", "refused"], "message": "no worker could be started"}


def test_a_start_that_fails_is_told():
    assert said_of("fails to start") == {"code": "failed", "message": "this is no packed flow"}


def test_what_a_task_throws_ends_its_work_alone():
    said = said_of("a task throws")
    assert said == {"code": "failed", "message": "too many clients", "status": 1, "after": [0, 10]}


def test_stopping_hands_out_no_more_and_keeps_what_came_in():
    said = said_of("stopped")
    assert said["is_stopped"]
    assert said["results"][:3] == [0, 10, 20]
    assert said["results"][3:] == [None] * 5
    # Two in hand for the only worker.
    assert said["handed"] <= 5
    assert said["after"] == [0, 10]


def test_a_worker_at_a_long_task_of_a_stopped_work_is_ended():
    assert said_of("stopped at a long task") == {"ended": 1, "after": [0, 10]}


def test_after_closing_nothing_is_done():
    assert said_of("closed") == {"codes": ["closed", "closed"], "ended": 2}


def test_no_tasks_are_done_at_once():
    assert said_of("nothing asked") == {"results": []}


def test_more_workers_than_tasks_do_each_once():
    assert said_of("many workers") == {"results": [0, 10], "handed": 2}
