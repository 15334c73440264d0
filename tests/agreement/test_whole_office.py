"""The flow by which the whole engine is measured: it uses all that runs, and the clock is fair."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.commits import ratio_of_pairs

from pilotsim.files.reading import read_flow
from pilotsim.model.conditions import FUNCTION, INSTRUCTIONS
from pilotsim.model.distributions import OPTIONS
from pilotsim.model.fields import durations_below
from pilotsim.simulation.compile import compile_flow
from pilotsim.simulation.engines import KERNEL, PROCESS, run_replication
from pilotsim.simulation.journeys import DRAWN, INTERRUPTED, TURNED_AWAY
from pilotsim.simulation.resolved import resolve_flow
from tests.model.test_how_do_i_say import keys_in
from tests.model.test_language_docs import NAMES

FLOW = read_flow(Path(__file__).parent.parent.parent / "benchmarks" / "whole_office.yaml")
# What says how things happen to clients.
RUNS = {
    *("ArrivalsFrom", "Batch", "Deterred", "Drawn", "Group", "Intake", "Opening", "Period"),
    *("ProgrammeEffect", "PutOff", "QueueLimit", "Resource", "Risk", "Route", "Shares", "Stage"),
    *("StageRisk", "StartPlace", "Supply", "Trait"),
}
# What changes no journey: words, where a number is from, money.
NO_JOURNEY = {"label", "source", "payer", "always", "price_per_month", "price_per_hour"}


def test_it_uses_every_key_of_what_runs():
    asked = {(record, key) for record, key in NAMES if record in RUNS and key not in NO_JOURNEY}
    assert len(asked) > 90
    assert asked - set(keys_in(FLOW)) == set()
    assert {record for record, _ in asked} == RUNS


def test_it_uses_every_word_of_conditions_lengths_shifts_and_interruptions():
    terms = {term.what for one in compile_flow(FLOW).conditions for term in one.below()}
    assert set(INSTRUCTIONS) - {FUNCTION} - terms == set()
    lengths = [one for _, duration in durations_below(FLOW) for one in (duration, *duration.parts)]
    assert [
        name for name in (*OPTIONS, "parts") if not any(getattr(one, name) for one in lengths)
    ] == []
    assert {one.at_end_of_shift for one in FLOW.resources.values()} > {
        "finish",
        "pause",
        "hand_over",
    }
    assert {stage.interrupted for stage in FLOW.stages.values()} > {
        "goes_on",
        "starts_again",
        "drawn_anew",
    }


def test_all_of_it_happens_and_both_engines_agree():
    plan = resolve_flow(FLOW)
    ours, theirs = (run_replication(plan, 1, 0, engine=engine) for engine in (KERNEL, PROCESS))
    assert ours == theirs
    assert np.bincount(ours.stage, minlength=len(FLOW.stages)).min() > 20
    assert {DRAWN, INTERRUPTED, TURNED_AWAY, *range(len(FLOW.risks))} <= set(ours.cause.tolist())


# Whether one state is slower than another.


def times(slower: float, pairs: int = 24) -> tuple[list[float], list[float]]:
    """Times of two states on a machine whose speed changes by a fifth from turn to turn."""
    rng = np.random.default_rng(1)
    theirs, ours = rng.uniform(1.0, 1.2, (2, pairs))
    return list(slower * ours), list(theirs)


def test_a_state_that_is_slower_is_found_and_the_same_one_is_not():
    same = ratio_of_pairs(*times(1.0))
    assert same.low < 1 < same.high
    slower = ratio_of_pairs(*times(1.12))
    assert slower.is_slower
    assert 1.05 < slower.middle < 1.2


@pytest.mark.parametrize(("pairs", "left_out"), [(6, 0), (9, 1), (15, 3), (24, 6), (30, 9)])
def test_the_interval_of_a_median_is_that_of_tables_of_the_sign_test(pairs, left_out):
    # Conover, Practical Nonparametric Statistics: the largest number at each end with at least 95 %.
    ratios = [1.0 + k for k in range(pairs)]
    found = ratio_of_pairs(ratios, [1.0] * pairs)
    assert (found.low, found.high) == (1.0 + left_out, float(pairs - left_out))


def test_five_pairs_are_too_few():
    with pytest.raises(ValueError, match="5 pairs are too few for an interval of 95%"):
        ratio_of_pairs([1.0] * 5, [1.0] * 5)
