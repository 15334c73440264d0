"""How much faster the compiled engine is than the readable one and a hand-written SimPy model."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.agreement import assert_agree
from benchmarks.alna import frozen_flow, run_frozen, run_kernel, run_process
from benchmarks.alna_numbers import read_numbers
from benchmarks.alna_outcomes import outcomes_of_journeys, outcomes_of_visits
from benchmarks.alna_simpy import Alna
from benchmarks.effort import Effort
from benchmarks.results import Result, at_least
from benchmarks.timing import side_by_side


def against_our_readable_engine(effort: Effort) -> Iterator[Result]:
    """Yield the compiled engine against the readable one on Alna Aktiv, with identical journeys."""
    assert run_kernel(3) == run_process(3), "the engines differ"
    found = side_by_side(run_kernel, run_process, rounds=effort.rounds)
    yield found.as_result(
        "Alna Aktiv, one replication: kernel against our SimPy engine",
        at_least(150),
        "Journeys of both are equal to the bit.",
    )


def against_a_hand_written_model(effort: Effort) -> Iterator[Result]:
    """Yield the compiled engine against an idiomatic SimPy model of the flow, whose means agree."""
    numbers, calendar = read_numbers(frozen_flow()), frozen_flow().make_calendar()

    def run_by_hand(replication: int) -> Alna:
        return Alna(numbers, calendar, replication).run()

    theirs = [
        outcomes_of_visits(run_by_hand(replication)) for replication in range(effort.agreement)
    ]
    ours = [
        outcomes_of_journeys(run_frozen(replication))
        for replication in range(10 * effort.agreement)
    ]
    note = assert_agree(ours, theirs, "The hand-written model")
    found = side_by_side(run_frozen, run_by_hand, rounds=effort.rounds)
    yield found.as_result(
        "Alna Aktiv (frozen), one replication: kernel against a hand-written SimPy model",
        at_least(100),
        note,
    )
