"""Twins: the same clients in two worlds, and true effects worked out from them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pilotsim
from pilotsim.base.errors import RequestError
from pilotsim.evaluation.estimands import Estimand, sums_of
from pilotsim.evaluation.register import RegisterView
from pilotsim.evaluation.twins import make_pair, twins
from pilotsim.files.reading import read_text
from pilotsim.model.targets import Selection
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.journeys import FIRST_RISK
from tests.harmless_flows import harmless_flows, read_plain
from tests.small_flows import ENGINES, small_flow

# Four clients on assistance. The programme takes everybody on day 31 (1 February) and gives a job
# after ten days.
SURE = small_flow(
    "6 months",
    groups={"clients": {"stock": 4, "starts_in": "assistance"}},
    stages={
        "assistance": {},
        "course": {
            "draws_from": "assistance",
            "opens": {"on": ["2015-02-01"]},
            "lasts": "10 days",
            "next": {"job": "100 %"},
        },
        "job": {"counts_as": "work"},
    },
)


def sure(**parts):
    return read_text(json.dumps({**SURE, **parts}))


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(plain=harmless_flows(), seed=st.integers(0, 2**62))
def test_twins_of_a_harmless_programme_are_the_same_to_the_last_bit(plain, seed, engine):
    pair = make_pair(read_plain(plain), seed, 0, engine=engine)
    for name in ("status", "in_work", "on_assistance", "amount"):
        with_it, without = getattr(pair.present, name), getattr(pair.absent, name)
        assert with_it.tobytes() == without.tobytes(), name


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(plain=harmless_flows(), seed=st.integers(0, 2**62))
def test_twins_of_a_harmless_programme_leave_at_the_same_moment_to_the_last_bit(
    plain, seed, engine
):
    flow = read_plain(plain)
    present, absent = (
        simulate(flow, seed=seed, offered=offered, engine=engine) for offered in (True, False)
    )
    assert exits(present) == exits(absent)


def exits(journeys):
    """Each exit: the client's number, when, and by which risk."""
    by_risk = journeys.cause >= FIRST_RISK
    who = journeys.cohort.number[journeys.client[by_risk]].tolist()
    return sorted(
        zip(who, journeys.finished[by_risk].tolist(), journeys.cause[by_risk].tolist(), strict=True)
    )


def test_twins_of_a_harmful_programme_differ():
    """The control: the same flows with one clock halved in training are told apart."""
    apart = 0

    @settings(max_examples=40)
    @given(plain=harmless_flows(), seed=st.integers(0, 2**62))
    def run(plain, seed):
        nonlocal apart
        training = plain["stages"]["training"]
        training["risks"] = {**training["risks"], "work": "90 % per month"}
        pair = make_pair(read_plain(plain), seed, 0)
        apart += pair.present.status.tobytes() != pair.absent.status.tobytes()

    run()
    assert apart > 10


def test_every_effect_of_a_sure_programme_is_worked_out():
    # In work from 11 February: at the end of months 2 to 6, five months of assistance less each,
    # nobody anyway.
    asked = (
        Estimand("at", 6),
        Estimand("early", 1),
        Estimand("months", 6, "on_assistance", "cumulated"),
        Estimand("ever", 3, kind="reached"),
        Estimand("until", 6, kind="months_until"),
        Estimand("deadweight", 6, kind="deadweight"),
        Estimand("money", 6, "amount", "cumulated"),
        Estimand("displacement", 6, kind="displacement"),
    )
    found = twins(sure(), estimands=asked, replications=3, look=RegisterView(per_month=100.0))
    # Without the programme nobody ever works: six months; with it one month passes before the first
    # in work.
    expected = {
        "at": 1,
        "early": 0,
        "months": -5,
        "ever": 1,
        "until": -5,
        "deadweight": 0,
        "money": -500,
        "displacement": 0,
    }
    assert {truth.estimand.name: truth.value for truth in found.truths} == expected
    assert found.path.value.tolist() == [0, 1, 1, 1, 1, 1]
    assert found["at"].error == 0.0


def test_displacement_is_not_defined_where_the_offered_win_nothing():
    # Nobody is in work after one month, with the programme or without: a share of no jobs.
    asked = (
        Estimand("gain", 1, who="offered"),
        Estimand("early", 1, kind="displacement"),
        Estimand("late", 6, kind="displacement"),
    )
    found = twins(sure(), estimands=asked, replications=3)
    assert found["gain"].value == 0
    assert math.isnan(found["early"].value)
    assert found["late"].value == 0


def test_who_counts_is_as_the_estimand_says():
    # The first two clients are offered the programme; client 0 and 1 go, 2 and 3 stay.
    def offers(cohort):
        return np.array([0.0, 0.0, np.inf, np.inf])

    pair = make_pair(sure(), 1, 0, offered=offers)
    assert {
        who: sums_of(Estimand("x", 6, who=who), pair)
        for who in ("offered", "treated", "not_offered", "everyone")
    } == {
        "offered": (2.0, 2.0),
        "treated": (2.0, 2.0),
        "not_offered": (0.0, 2.0),
        "everyone": (2.0, 4.0),
    }


def test_a_vacancy_that_a_trainee_takes_is_lost_to_another():
    # One vacancy, free from 1 March; all look for work by then, the trainee joins the queue first.
    # Without the programme the others get it: what the offered client gains is what one of the
    # others loses.
    flow = small_flow(
        "6 months",
        groups={"clients": {"stock": 3, "starts_in": "assistance"}},
        resources={"vacancy": {"supply": {"every": "6 months", "first": "2015-03-01", "units": 1}}},
        risks={"ready": {"to": "looking", "after": "50 days"}},
        stages={
            "assistance": {"risks": {"ready": 1}},
            "course": {
                "draws_from": "assistance",
                "opens": {"on": ["2015-01-05"]},
                "lasts": "10 days",
                "next": {"looking": "100 %"},
            },
            "looking": {"needs": {"vacancy": 1}, "lasts": "0 days", "next": {"job": "100 %"}},
            "job": {"counts_as": "work"},
        },
    )
    pair = make_pair(
        read_text(json.dumps(flow)), 1, 0, offered=lambda cohort: np.array([np.inf, np.inf, 0.0])
    )
    assert sums_of(Estimand("gain", 6, who="offered"), pair) == (1.0, 1.0)
    assert sums_of(Estimand("loss", 6, who="not_offered"), pair) == (-1.0, 2.0)
    assert sums_of(Estimand("displaced", 6, kind="displacement"), pair) == (1.0, 1.0)


def test_leaving_between_offer_and_start_is_the_threat():
    # Two referrals, no place until the end; the effect of being referred makes both leave at once.
    flow = small_flow(
        "6 months",
        groups={"clients": {"stock": 2, "starts_in": "assistance"}},
        resources={"place": {"units": 0}},
        risks={"leaves": {"to": "off", "rate": "0.001 % per month"}},
        stages={
            "assistance": {"risks": {"leaves": 1}},
            "referred": {
                "draws_from": "assistance",
                "opens": {"on": ["2015-02-01"]},
                "lasts": "1 day",
                "next": {"training": "100 %"},
                "risks": {"leaves": 1},
            },
            "training": {
                "needs": {"place": 1},
                "lasts": "1 month",
                "next": {"assistance": "100 %"},
                "risks": {"leaves": 1},
            },
            "off": {"counts_as": "unknown"},
        },
        effects=[
            {"after": "referred", "counted_from": "joined", "on": "leaves", "times": 100000000}
        ],
    )
    look = RegisterView(treatment=("training",))
    pair = make_pair(read_text(json.dumps(flow)), 1, 0, look=look)
    assert sums_of(Estimand("threat", 4, kind="threat"), pair) == (2.0, 2.0)


def test_a_subgroup_is_those_with_the_trait():
    flow = sure(traits={"young": {"share": "50 %"}})
    pair = make_pair(flow, 1, 0)
    young = pair.present.traits["young"] == 1.0
    assert sums_of(Estimand("x", 6, traits={"young": True}), pair) == (
        float(young.sum()),
        float(young.sum()),
    )
    with pytest.raises(RequestError, match="did you mean 'young'"):
        sums_of(Estimand("x", 6, traits={"yung": True}), pair)


def test_the_population_is_who_the_programme_draws_unless_said():
    two = {
        "clients": {"stock": 4, "starts_in": "assistance"},
        "others": {"stock": 3, "starts_in": "assistance"},
    }
    drawing = {
        **SURE["stages"]["course"],
        "draws_from": {"from": "assistance", "groups": "clients"},
    }
    flow = sure(groups=two, stages={**SURE["stages"], "course": drawing})
    assert make_pair(flow, 1, 0).population.tolist() == [True] * 4 + [False] * 3
    assert (
        make_pair(flow, 1, 0, Selection(groups=("others",))).population.tolist()
        == [False] * 4 + [True] * 3
    )


def test_a_flow_without_a_programme_is_refused():
    flow = sure(stages={"assistance": {}})
    with pytest.raises(RequestError, match="draws_from"):
        twins(flow, replications=1)


def test_effects_beyond_the_end_are_refused():
    with pytest.raises(RequestError, match="lasts 6 months"):
        twins(sure(), estimands=[Estimand("late", 7)], replications=1)


def test_the_monte_carlo_error_is_what_repetition_shows():
    """Twenty sets of 30 replications: the spread of their results agrees with the error that each reports."""
    flow = read_text(
        json.dumps(
            {
                **SURE,
                "risks": {"job": {"to": "job", "rate": "10 % per month"}},
                "stages": {**SURE["stages"], "assistance": {"risks": {"job": 1}}},
            }
        )
    )
    found = [
        twins(flow, estimands=[Estimand("x", 6)], replications=30, seed=seed)["x"]
        for seed in range(20)
    ]
    spread, reported = (
        np.std([one.value for one in found], ddof=1),
        np.mean([one.error for one in found]),
    )
    # A standard deviation of 20 normal numbers lies within 0.56 and 1.49 times the true one with a
    # chance of 99.4 %.
    assert 0.5 < spread / reported < 1.6


def test_twins_is_a_public_function_however_often_it_is_asked_for():
    assert callable(pilotsim.twins)
    assert callable(pilotsim.twins)
    assert pilotsim.twins(sure(), estimands=[Estimand("x", 6)], replications=1)["x"].value == 1.0
