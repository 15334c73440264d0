"""Several replications measured at once give each replication's own numbers, to the bit."""

from pathlib import Path

import numpy as np
import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.verdicts import questions_of
from pilotsim.measures.measures import measure, measure_counterfactual, measure_runs
from pilotsim.measures.monthly import observe
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import run_replication, run_replications
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow

ALNA = Path(__file__).parent.parent.parent / "configs" / "alna_aktiv.yaml"
SEED, REPLICATIONS = 5, (0, 1, 7)
MORE = (
    {"use": "adviser"},
    {"hours": "adviser", "of": {"groups": ["target_group"]}},
    {"mean_in": "assistance"},
    {"months_in": "work", "of": {"reached": "mapping"}},
    {"wait": "workbox", "quantile": "90 %"},
    {"time": {"from": "referred", "to": "work"}},
    {"calendar_months": "assistance"},
    {"count": {"reached": "work"}, "each": "visit"},
    {
        "spell": {"state": "assistance", "gap": "1 month", "ended": ["2015-06-01", "2016-01-01"]},
        "quantile": "50 %",
    },
    {"share": {"reached": "work"}, "of": {"groups": ["nobody"]}},
)


@pytest.fixture(scope="module")
def flow():
    return read_flow(ALNA)


@pytest.fixture(scope="module")
def plans(flow):
    return [
        resolve_flow(flow, draw_numbers(flow, SEED, replication)) for replication in REPLICATIONS
    ]


def singles(plans, *, offered):
    return [
        run_replication(plan, SEED, k, offered=offered)
        for plan, k in zip(plans, REPLICATIONS, strict=True)
    ]


def wanted(flow):
    return [q.measure for q in questions_of(flow) if q.measure is not None] + [
        Measure.model_validate(one) for one in MORE
    ]


def test_a_block_has_the_numbers_of_each_replication(flow, plans):
    alone, without = singles(plans, offered=True), singles(plans, offered=False)
    block, block_without = (
        run_replications(plans, SEED, REPLICATIONS, offered=offered) for offered in (True, False)
    )
    for what in wanted(flow):
        np.testing.assert_array_equal(
            measure_runs(block, what).values,
            [measure(one, what) for one in alone],
            err_msg=str(what),
        )
        expected = [
            measure_counterfactual(a, b, what)[0] for a, b in zip(alone, without, strict=True)
        ]
        np.testing.assert_array_equal(
            measure_counterfactual(block, block_without, what), expected, err_msg=str(what)
        )


def test_a_block_has_the_paths_of_each_replication(plans):
    block = run_replications(plans, SEED, REPLICATIONS)
    for found, one in zip(observe(block), singles(plans, offered=True), strict=True):
        (expected,) = observe(one)
        for name in (
            "occupancy",
            "waiting",
            "waits",
            "used",
            "overbooked",
            "full",
            "units",
            "moves",
        ):
            np.testing.assert_array_equal(
                getattr(found, name), getattr(expected, name), err_msg=name
            )


def test_a_block_is_its_replications_end_to_end(plans):
    assert run_replications(plans, SEED, REPLICATIONS) == Journeys.join(
        singles(plans, offered=True)
    )


def test_replications_differ(flow, plans):
    """The control: a block that gave every replication the same numbers would be told apart."""
    block = run_replications(plans, SEED, REPLICATIONS)
    assert (
        len(
            set(
                measure_runs(
                    block, Measure.model_validate({"count": {"reached": "work"}})
                ).values.tolist()
            )
        )
        > 1
    )
