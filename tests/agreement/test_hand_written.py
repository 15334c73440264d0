"""The SimPy model that the benchmarks are held to, written by hand: it is a model of its flow."""

from __future__ import annotations

import pytest
from benchmarks.agreement import DisagreementError, assert_agree
from benchmarks.alna import FROZEN_FILE, frozen_flow, run_frozen
from benchmarks.alna_numbers import read_numbers
from benchmarks.alna_outcomes import outcomes_of_journeys, outcomes_of_visits
from benchmarks.alna_simpy import Alna

from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document

RUNS = 16


@pytest.fixture(scope="module")
def ours():
    return [outcomes_of_journeys(run_frozen(replication)) for replication in range(10 * RUNS)]


def by_hand(flow):
    numbers, calendar = read_numbers(flow), flow.make_calendar()
    return [
        outcomes_of_visits(Alna(numbers, calendar, replication).run())
        for replication in range(RUNS)
    ]


def test_the_hand_written_model_agrees_with_the_flow_it_was_written_for(ours):
    assert "agrees on 16 means" in assert_agree(ours, by_hand(frozen_flow()), "The model")


def test_control_another_speed_to_work_would_be_noticed(ours):
    document = read_document(FROZEN_FILE)
    faster = apply_changes(document, {"risks.job.rate": "4 % per month"})
    with pytest.raises(DisagreementError):
        assert_agree(ours, by_hand(faster), "The model")
