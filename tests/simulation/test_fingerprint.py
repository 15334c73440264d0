"""A fingerprint changes with any bit of journeys that means something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.fingerprint import fingerprints, joined
from tests.small_flows import plan_of, run, small_flow

FLOW = small_flow(
    groups={"g": {"stock": 5, "starts_in": "in", "arrivals": "30 per month"}},
    stages={
        "in": {"lasts": {"gamma": {"mean": "9 days", "cv": 0.7}}, "next": {"out": "100 %"}},
        "out": {},
    },
)


def test_each_replication_has_a_fingerprint_of_its_own():
    plans = [plan_of(FLOW)] * 3
    together = fingerprints(run_replications(plans, 1, [0, 1, 2]))
    alone = [fingerprints(run_replications(plans[:1], 1, [k]))[0] for k in range(3)]
    assert together == alone
    assert len(set(together)) == 3


def test_both_engines_have_the_same():
    assert fingerprints(run(FLOW, engine="kernel")) == fingerprints(run(FLOW, engine="process"))


@pytest.mark.parametrize(
    "column",
    ["client", "visit", "stage", "cause", "next", "alternative", "joined", "started", "finished"],
)
def test_one_bit_of_any_column_changes_it(column):
    journeys = run(FLOW)
    changed = getattr(journeys, column).copy()
    changed.view(np.int64)[0] ^= 1
    assert fingerprints(replace(journeys, **{column: changed})) != fingerprints(journeys)


def test_which_pattern_of_bits_stands_for_no_number_does_not():
    journeys = run(FLOW)
    (there,) = np.nonzero(np.isnan(journeys.finished))[:1]
    changed = journeys.finished.copy()
    changed.view(np.uint64)[there] ^= np.uint64(1 << 63 | 12345)
    assert np.isnan(changed[there]).all()
    assert fingerprints(replace(journeys, finished=changed)) == fingerprints(journeys)


def test_the_order_of_fingerprints_counts():
    assert joined(["a", "b"]) != joined(["b", "a"])
