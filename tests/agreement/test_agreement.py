"""Two engines, the same journeys to the bit: for every config and for random flows with every feature of the language."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import SimulationError
from pilotsim.files.reading import read_flow
from pilotsim.simulation.engines import KERNEL, PROCESS, run_replication
from pilotsim.simulation.engines.compiled import engine as compiled_engine
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.population import make_cohort
from pilotsim.simulation.resolved import resolve_flow
from tests.random_flows import flow_of, flows

# `make verify` asks for many times as many random flows.
TIMES = int(os.environ.get("PILOTSIM_TIMES", "1"))
CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").rglob("*.yaml"))


def journeys_or_fault(plan, seed, replication, offered, engine):
    try:
        return run_replication(plan, seed, replication, offered=offered, engine=engine)
    except SimulationError as fault:
        return str(fault)


def assert_same(plan, seed, replication, offered):
    ours = journeys_or_fault(plan, seed, replication, offered, KERNEL)
    theirs = journeys_or_fault(plan, seed, replication, offered, PROCESS)
    if isinstance(ours, str) or isinstance(theirs, str):
        # Which client is noticed first is no part of the semantics; that the run ends, and why, is.
        assert isinstance(ours, str), (ours, theirs)
        assert isinstance(theirs, str), (ours, theirs)
        assert ours.split()[3] == theirs.split()[3]
        return
    for name, mine, other in zip(
        ("client", "visit", "stage", "joined", "started", "finished"),
        ours.arrays(),
        theirs.arrays(),
        strict=False,
    ):
        np.testing.assert_array_equal(mine, other, err_msg=name)
    assert ours == theirs


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
@pytest.mark.parametrize("offered", [True, False])
def test_engines_agree_on_every_config(file, offered):
    flow = read_flow(file)
    for replication in range(2):
        assert_same(resolve_flow(flow, draw_numbers(flow, 7, replication)), 7, replication, offered)


@settings(max_examples=150 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=flows().map(flow_of), seed=st.integers(0, 2**63 - 1), offered=st.booleans())
def test_engines_agree_on_random_flows(flow, seed, offered):
    assert_same(resolve_flow(flow, draw_numbers(flow, seed, 3)), seed, 3, offered)


@settings(max_examples=40 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    flow=flows().map(flow_of),
    seed=st.integers(0, 2**63 - 1),
    share=st.floats(0, 1),
    days=st.floats(0, 40),
)
def test_engines_agree_on_who_is_offered_from_when(flow, seed, share, days):
    def offers(cohort):
        u = cohort.draws.block(5)[:, 0]
        return np.where(u < share, days * u, np.inf)

    assert_same(resolve_flow(flow), seed, 3, offers)


@settings(max_examples=40 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=flows().map(flow_of), seed=st.integers(0, 2**63 - 1), replication=st.integers(0, 2**40))
def test_clients_are_the_same_in_both_engines(flow, seed, replication):
    plan = resolve_flow(flow)
    cohort = make_cohort(plan, seed, replication)
    engine = compiled_engine.engine_of(flow)
    try:
        other = engine.journeys(plan, seed, replication).cohort
    except SimulationError:
        return
    for name in ("group", "origin", "number", "key", "arrives", "past", "offered_from"):
        np.testing.assert_array_equal(getattr(cohort, name), getattr(other, name), err_msg=name)
    for name, trait in cohort.traits.items():
        np.testing.assert_array_equal(trait, other.traits[name], err_msg=name)


def test_a_broken_rule_is_noticed():
    """The control: an engine that serves the last to come first is told apart."""
    flow = read_flow(next(file for file in CONFIGS if file.stem == "alna_aktiv"))
    plan = resolve_flow(flow)
    from pilotsim.simulation.engines.readable.capacity import Capacity
    from pilotsim.simulation.engines.readable.process import ProcessEngine

    class LastComeFirstServed(Capacity):
        def _place(self, client, number, since, visit):
            order, other, index = super()._place(client, number, since, visit)
            return order, -other, index

    engine = ProcessEngine(plan, make_cohort(plan, 7, 0))
    engine.capacity = LastComeFirstServed(plan, engine.cohort, engine._ask_for_starts)
    assert engine.run() != run_replication(plan, 7, 0, engine=KERNEL)


def test_random_flows_meet_every_feature():
    """The random flows that the engines agree on hold each feature of the language, not only what is common:

    each in at least one of `ONE_IN`, of the same flows every time.
    """
    seen = Counter()
    looked_at = 300

    @settings(
        max_examples=looked_at,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plain=flows())
    def look(plain):
        text = str(plain)
        seen.update(word for word in FEATURES if f"'{word}'" in text)

    look()
    rare = {word: seen[word] for word in FEATURES if seen[word] * ONE_IN < looked_at}
    assert not rare, f"of {looked_at} random flows"


# Of so many random flows one has a feature, at the least.
ONE_IN = 100
FEATURES = (
    "stock_in",
    "remaining",
    "equilibrium",
    "all_of",
    "by",
    "pace",
    "during",
    "scaled_by",
    "periods",
    "arrivals",
    "intake",
    "past",
    "slowest_of",
    "one_of",
    "keeps",
    "draws_from",
    "again_after",
    "limit",
    "put_off",
    "batch",
    "ends_together",
    "when",
    "pace_when",
    "order_when",
    "urgency",
    "reserves",
    "interrupts",
    "goes_on",
    "starts_again",
    "drawn_anew",
    "correlated",
    "falls_interrupt",
    "room",
    "supply",
    "fte",
    "effects",
    "fades",
    "used",
    "season",
    "odds",
    "gaps",
    "arrivals_from",
    "week",
    "holidays",
    "shifts",
    "finish",
    "pause",
    "hand_over",
    "slot",
    "at",
    "deterred",
)
