"""Risks without capacity make a Markov chain: occupancy, moves and cumulative incidences, client by client independent.

Clients are the independent samples here: one run of many clients, and the standard error of a mean
over clients.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.simulation.journeys import FIRST_RISK, Journeys
from tests.small_flows import plan_of, small_flow
from tests.statistics import SEED, assert_agrees, assert_detected
from tests.theory import closed_forms
from tests.theory.conftest import RunPlan

pytestmark = pytest.mark.slow

STATES = ("assistance", "training", "work", "benefit")
# Moves per month from each state to each other; nobody leaves a benefit.
PER_MONTH = np.array(
    [[0, 0.20, 0.05, 0.03], [0.10, 0, 0.15, 0.04], [0.06, 0.02, 0, 0], [0, 0, 0, 0]]
)
PER_DAY = PER_MONTH / DAYS_PER_MONTH
TIMES = np.array([30.0, 120.0, 365.0, 700.0])
CLIENTS, HORIZON = 40_000, 701.0


def chain(per_month: np.ndarray = PER_MONTH) -> dict[str, Any]:
    """Return the chain with one risk for each state it leads to, so that clocks are carried from state to state."""
    risks = {f"to_{state}": {"to": state} for state in STATES}
    stages = {
        state: {
            "risks": {
                f"to_{to}": f"{rate * 100:g} % per month"
                for to, rate in zip(STATES, row, strict=True)
                if rate
            }
        }
        for state, row in zip(STATES, per_month.tolist(), strict=True)
    }
    groups = {"g": {"stock": CLIENTS, "starts_in": "assistance"}}
    return small_flow(f"{HORIZON:.0f} days", groups=groups, stages=stages, risks=risks)


def run_clients(run_plan: RunPlan, flow: dict[str, Any]) -> Journeys:
    return run_plan(plan_of(flow), SEED, 0)


def states_at(journeys: Journeys) -> np.ndarray:
    """Return whether each client is in each state at each time, shape (clients, times x states)."""
    there = np.zeros((CLIENTS, len(TIMES), len(STATES)))
    for k, time in enumerate(TIMES):
        rows = (journeys.joined <= time) & (journeys.until > time)
        there[journeys.client[rows], k, journeys.stage[rows]] = 1.0
    return there.reshape(CLIENTS, -1)


def moves_of(journeys: Journeys) -> np.ndarray:
    """Return how often each client moved between each pair of states, shape (clients, pairs that occur)."""
    counts = np.zeros((CLIENTS, len(STATES), len(STATES)))
    rows = journeys.next >= 0
    np.add.at(counts, (journeys.client[rows], journeys.stage[rows], journeys.next[rows]), 1.0)
    return counts[:, PER_DAY > 0]


def occupancies(per_day: np.ndarray) -> dict[str, float]:
    laws = {
        time: closed_forms.chain_occupancy(per_day, [1, 0, 0, 0], time) for time in TIMES.tolist()
    }
    return {
        f"{state} on day {time:.0f}": float(law[k])
        for time, law in laws.items()
        for k, state in enumerate(STATES)
    }


def moves(per_day: np.ndarray) -> dict[str, float]:
    expected = closed_forms.chain_moves(per_day, [1, 0, 0, 0], HORIZON)
    return {
        f"{STATES[a]} to {STATES[b]}": float(expected[a, b])
        for a, b in zip(*np.nonzero(PER_DAY > 0), strict=True)
    }


@pytest.fixture(scope="module")
def journeys(run_plan: RunPlan) -> Journeys:
    return run_clients(run_plan, chain())


def changed(a: int, b: int, factor: float) -> np.ndarray:
    rates = PER_DAY.copy()
    rates[a, b] *= factor
    return rates


def test_occupancy_is_the_matrix_exponential(journeys: Journeys):
    assert_agrees(states_at(journeys), occupancies(PER_DAY))


def test_every_transition_happens_as_often_as_it_should(journeys: Journeys):
    assert_agrees(moves_of(journeys), moves(PER_DAY))


def test_occupancy_of_a_chain_a_tenth_slower_is_detected(journeys: Journeys):
    assert_detected(states_at(journeys), occupancies(PER_DAY / 1.1))


@pytest.mark.parametrize(("a", "b"), [*zip(*np.nonzero(PER_DAY > 0), strict=True)])
def test_each_transition_a_fifth_too_rare_is_detected(journeys: Journeys, a: int, b: int):
    assert_detected(moves_of(journeys), moves(changed(a, b, 0.8)))


def test_a_clock_that_starts_anew_in_each_stage_would_make_the_same_chain(
    run_plan: RunPlan, journeys: Journeys
):
    # One risk for each pair instead of one for each state: other clocks, the same law (exponential
    # clocks forget).
    risks = {f"{a}_{b}": {"to": b} for a in STATES for b in STATES}
    stages = {
        a: {
            "risks": {
                f"{a}_{b}": f"{rate * 100:g} % per month"
                for b, rate in zip(STATES, row, strict=True)
                if rate
            }
        }
        for a, row in zip(STATES, PER_MONTH.tolist(), strict=True)
    }
    pairwise = run_clients(run_plan, {**chain(), "risks": risks, "stages": stages})
    assert not np.array_equal(pairwise.finished, journeys.finished)
    assert_agrees(states_at(pairwise), occupancies(PER_DAY))


# Competing risks with a season, a pace that changes at a date, and factors by trait.

SEASON = [1.4, 1.2, 1.0, 1.0, 0.9, 0.7, 0.4, 0.8, 1.1, 1.2, 1.1, 1.0]
MONTHS = [0.0, 31.0, 59.0, 90.0, 120.0, 151.0, 181.0, 212.0, 243.0, 273.0, 304.0, 334.0]
PACE_FROM = 100.0


def competing(job: float = 6.0) -> dict[str, Any]:
    pace = {"value": 1, "assumption": "a spring of few jobs", "from": {"2015-04-11": 0.3}}
    risks = {
        "job": {
            "to": "work",
            "rate": f"{job} % per month",
            "season": SEASON,
            "pace": pace,
            "times": {"young": 2},
        },
        "drops_out": {"to": "gone", "rate": "4 % per month"},
    }
    stages = {"on_assistance": {"risks": {"job": 1, "drops_out": 1.5}}, "work": {}, "gone": {}}
    groups = {"g": {"stock": CLIENTS, "starts_in": "on_assistance"}}
    return small_flow(
        "12 months", groups=groups, traits={"young": {"share": "50 %"}}, risks=risks, stages=stages
    )


def incidences(
    job: float = 6.0, pace: float = 0.3, season: list[float] = SEASON
) -> dict[str, float]:
    marks = sorted({*MONTHS, PACE_FROM})
    found = {}
    for young in (False, True):
        in_month = [season[np.searchsorted(MONTHS, mark, side="right") - 1] for mark in marks]
        paces = [pace if mark >= PACE_FROM else 1.0 for mark in marks]
        by_month = [
            [job * (1 + young) * a * b, 4.0 * 1.5] for a, b in zip(in_month, paces, strict=True)
        ]
        rates = np.array(by_month) / 100 / DAYS_PER_MONTH
        for time in (60.0, 200.0, 365.0):
            by_job, dropped = closed_forms.cumulative_incidence(rates, marks, time)
            found |= {
                f"job by day {time:.0f}, {young=}": by_job,
                f"out by day {time:.0f}, {young=}": dropped,
            }
    return found


def incidence_of(journeys: Journeys) -> np.ndarray:
    """Return whether each client has left by each risk by each time.

    Each half of the clients shows one trait.
    """
    young = journeys.cohort.traits["young"] > 0
    first = journeys.visit == 0
    cause, when = journeys.cause[first], journeys.until[first]
    columns = []
    for trait in (False, True):
        share = (young == trait).mean()
        for time in (60.0, 200.0, 365.0):
            for risk in (0, 1):
                columns.append(
                    ((cause == FIRST_RISK + risk) & (when <= time) & (young == trait)) / share
                )
    return np.array(columns).T


@pytest.fixture(scope="module")
def leavers(run_plan: RunPlan) -> np.ndarray:
    return incidence_of(run_clients(run_plan, competing()))


def test_cumulative_incidences_are_as_theory_says(leavers: np.ndarray):
    assert_agrees(leavers, incidences())


def test_risks_without_their_season_are_detected(leavers: np.ndarray):
    assert_detected(leavers, incidences(season=[1.0] * 12))


def test_a_pace_that_never_changed_is_detected(leavers: np.ndarray):
    assert_detected(leavers, incidences(pace=1.0))


def test_a_job_rate_a_tenth_lower_in_the_flow_is_detected(run_plan: RunPlan):
    assert_detected(incidence_of(run_clients(run_plan, competing(job=5.4))), incidences())
