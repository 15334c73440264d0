"""What runs need is told before they begin, and what they take is what was told."""

import gc
import math
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import pilotsim
from pilotsim.base import limits
from pilotsim.base.errors import RequestError
from pilotsim.files.reading import read_flow
from pilotsim.runs import batches, budget
from pilotsim.runs.batches import Variant, clients_of, run_block, run_variants
from pilotsim.runs.budget import PlannedRuns, check_budget, replications_at_once
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.resolved import resolve_flow
from pilotsim.simulation.size import BYTES_COMPILED, BYTES_READABLE, expected_clients
from tests.random_flows import flow_of
from tests.small_flows import small_flow

CONFIGS = Path(__file__).parent.parent.parent / "configs"


def a_flow(stock=50, arrivals="4 per month", lasts="90 days", **parts):
    group = {"stock": stock, "starts_in": "on", "arrivals": arrivals, **parts}
    return flow_of(
        small_flow(
            lasts,
            groups={"g": group},
            risks={"job": {"to": "work", "rate": "20 % per month"}},
            stages={"on": {"risks": {"job": 1}}, "work": {"counts_as": "work"}},
            targets={
                "t": {
                    "says": "t",
                    "at_least": "1 %",
                    "measure": {"share": {"state": "work", "at": "end"}, "of": {"groups": "g"}},
                }
            },
        )
    )


def measures_of(flow):
    return [flow.targets["t"].measure]


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_clients_that_are_expected_come_on_average(file):
    """With a Poisson number of arrivals the mean of 30 runs lies within 6 of its standard deviations."""
    flow = read_flow(file)
    plan = resolve_flow(flow)
    expected = expected_clients(plan)
    came = [len(simulate(flow, seed=3, replication=r).cohort) for r in range(30)]
    assert np.mean(came) == pytest.approx(expected, abs=6 * math.sqrt(expected / 30) + 1)


def test_intakes_and_counted_arrivals_are_expected_as_they_come():
    flow = a_flow(stock=7, arrivals="0 per month", intake={"every": "1 month", "brings": 5})
    assert expected_clients(resolve_flow(flow)) == len(simulate(flow).cohort)


def test_a_variant_is_expected_to_have_what_its_own_numbers_say():
    flow = a_flow()
    stock = flow.values["groups.g.stock"].slot
    own, more = clients_of([Variant("a", flow), Variant("b", flow, {stock: 5000.0})])
    assert more - own == 4950


@pytest.mark.parametrize("engine", ["kernel", "process"])
def test_a_billion_arrivals_are_refused_before_one_is_drawn(engine):
    flow = a_flow(arrivals="350000000 per month")
    began = time.perf_counter()
    for ask in (
        lambda: run_variants(
            [Variant("a", flow, engine=engine)], measures_of(flow), seed=1, replications={"a": 1}
        ),
        lambda: simulate(flow, engine=engine),
        lambda: pilotsim.check_targets(flow, replications=2, engine=engine),
    ):
        with pytest.raises(
            RequestError, match=r"about 1,\d\d\d,\d\d\d,\d\d\d clients; at most 5,000,000"
        ):
            ask()
    assert time.perf_counter() - began < 5


@pytest.fixture
def machine_of(monkeypatch):
    """A machine with so much free memory, in bytes."""

    def of(free):
        monkeypatch.setattr(limits, "free_memory", lambda: free)

    return of


def test_a_million_clients_are_refused_where_they_do_not_fit(machine_of):
    flow = a_flow(stock=1_000_000)
    machine_of(1e9)
    with pytest.raises(RequestError, match=r"about 2\.0 GB of memory, where 1\.0 GB are free"):
        pilotsim.check_targets(flow, replications=400, jobs=1)
    with pytest.raises(RequestError, match=r"about 2\.0 GB of memory"):
        simulate(flow)


def test_many_clients_are_run_fewer_at_a_time_with_the_same_numbers(monkeypatch):
    flow = a_flow(stock=300)
    sizes = []
    own = batches.run_block

    def noted(variant, measures, seed, replications):
        sizes.append(len(replications))
        return own(variant, measures, seed, replications)

    monkeypatch.setattr(batches, "run_block", noted)

    def run():
        sizes.clear()
        return run_variants(
            [Variant("a", flow, with_counterfactual=True)],
            measures_of(flow),
            seed=1,
            replications={"a": 30},
        )["a"].values.tobytes()

    whole = run()
    assert sizes == [25, 5]
    monkeypatch.setattr(budget, "MOST_AT_ONCE", 1000)
    assert run() == whole
    assert sizes == [3] * 10


@pytest.mark.parametrize(
    ("clients", "at_once"), [(0, 25), (1500, 25), (20_000, 25), (100_000, 5), (5_000_000, 1)]
)
def test_so_many_replications_are_in_memory_together(clients, at_once):
    assert replications_at_once(clients) == at_once


@pytest.mark.parametrize(
    ("engine", "bound"), [("kernel", BYTES_COMPILED), ("process", BYTES_READABLE)]
)
def test_a_client_takes_no_more_than_what_is_reckoned_with(engine, bound):
    """And not so much less that what fits would be refused: within a factor of ten."""
    flow = a_flow(stock=20_000 if engine == "kernel" else 2_000)
    variant = Variant("a", flow, with_counterfactual=True, engine=engine)
    run_block(variant, measures_of(flow), 1, range(1))
    gc.collect()
    tracemalloc.start()
    try:
        run_block(variant, measures_of(flow), 2, range(1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    each = peak / expected_clients(resolve_flow(flow))
    assert bound / 10 < each < bound


def test_a_hundred_million_replications_are_refused_by_what_is_gathered_of_them(machine_of):
    flow = a_flow()
    machine_of(8e9)
    with pytest.raises(RequestError, match=r"about 10\.\d GB of memory"):
        run_variants(
            [Variant("a", flow)], measures_of(flow), seed=1, replications={"a": 100_000_000}
        )


def test_time_is_that_of_a_run_here_and_now():
    """A run of 0.02 seconds, ten million times on one core: 2.3 days."""
    planned = PlannedRuns(1000, 10_000_000)
    with pytest.raises(RequestError, match=r"about [23] days"):
        check_budget([planned], jobs=1, trial=lambda: time.sleep(0.02))
    check_budget([planned], jobs=1, trial=lambda: None)


def test_of_ordinary_sizes_no_run_is_tried():
    def never():
        raise AssertionError

    check_budget([PlannedRuns(1500, 400), PlannedRuns(1500, 2000)], jobs=1, trial=never)


def test_no_limit_holds_where_none_is_wanted(machine_of):
    flow = a_flow(stock=2000)
    machine_of(1e6)
    with pytest.raises(RequestError, match="of memory"):
        simulate(flow)
    with pilotsim.without_limits():
        assert len(simulate(flow).cohort) > 1900
