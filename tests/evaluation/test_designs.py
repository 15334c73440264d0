"""Designs: who is offered the programme when."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotsim.base import randomness
from pilotsim.base.errors import RequestError
from pilotsim.evaluation.designs import (
    Caseworker,
    DataStrategy,
    Districts,
    Encouragement,
    Everyone,
    Lottery,
    Site,
    SteppedWedge,
    TraitLimit,
    WaitingList,
)
from pilotsim.simulation.population import Cohort

FOUR = ("alna", "bjerke", "grorud", "stovner")


def site(
    clients: int = 20,
    traits: Mapping[str, list[float]] | None = None,
    name: str = "alna",
    draw: int = 0,
    compared: int = 0,
) -> Site:
    """A district whose first clients are the population and whose last are only compared with."""
    keys, numbers = np.zeros(clients, np.uint64), np.arange(clients, dtype=np.uint64)
    zeros = np.zeros(clients)
    cohort = Cohort(
        1,
        draw,
        zeros.astype(int),
        zeros.astype(int),
        numbers,
        keys,
        zeros,
        zeros,
        np.full(clients, -math.inf),
        {trait: np.array(values, float) for trait, values in (traits or {}).items()},
        randomness.Draws(1, draw, keys, numbers),
    )
    population = np.arange(clients) < clients - compared
    return Site(cohort, population, ~population, 31.0, name, FOUR, 1, draw)


@settings(max_examples=60)
@given(clients=st.integers(2, 90), share=st.integers(1, 99), blocks=st.booleans())
def test_a_lottery_draws_its_share(clients, share, blocks):
    traits = {"young": [float(k % 3 == 0) for k in range(clients)]}
    found = Lottery(share=f"{share} %", blocks=("young",) if blocks else ()).assign(
        site(clients, traits)
    )
    for block in (0.0, 1.0) if blocks else (None,):
        inside = np.ones(clients, bool) if block is None else np.array(traits["young"]) == block
        # A share of a client is rounded up or down by lot.
        assert abs(found.arm[inside].sum() - share / 100 * inside.sum()) < 1.0
    assert (found.offered_from == np.where(found.arm == 1.0, 31.0, math.inf)).all()


def test_shares_of_clients_are_rounded_by_lot():
    """In blocks of one, half of the blocks are drawn: rounding does not tilt the lottery."""
    drawn = sum(
        Lottery(blocks=("own",)).assign(site(100, {"own": list(range(100))}, draw=k)).arm.sum()
        for k in range(40)
    )
    # 4,000 lots at one half: a standard deviation of 32; 3.5 of them are passed once in 2,000
    # times.
    assert abs(drawn - 2000) < 3.5 * math.sqrt(1000)


def test_half_clients_are_rounded_up_as_often_as_down():
    drawn = sum(Lottery().assign(site(9, draw=k)).arm.sum() for k in range(400))
    # 4 or 5 of 9, 400 times: a mean of 1,800 and a standard deviation of 10.
    assert abs(drawn - 1800) < 35


def test_every_client_is_as_likely_to_be_drawn():
    drawn = np.mean([Lottery().assign(site(10, draw=k)).arm for k in range(400)], axis=0)
    # Ten shares of 400 lots at one half: each within 4 standard deviations of 0.025 but once in
    # 1,600.
    assert np.abs(drawn - 0.5).max() < 4 * 0.025


def test_who_is_only_compared_with_is_never_offered():
    found = Everyone().assign(site(6, compared=2))
    assert found.arm.tolist() == [1, 1, 1, 1, 0, 0]
    assert found.offered_from.tolist() == [31.0] * 4 + [math.inf] * 2
    assert not found.responds[4:].any()


def test_the_others_of_a_lottery_may_be_offered_it_later():
    found = Lottery(then="10 days").assign(site(4))
    assert sorted(found.offered_from.tolist()) == [31.0, 31.0, 41.0, 41.0]


def test_a_waiting_list_is_so_many_a_week_and_the_later_half_waits_longer():
    # Ten clients, three a week: weeks 0 0 0 1 1 | 1 2 2 2 3, the later five 14 days more.
    found = WaitingList(per_week=3, pause="14 days").assign(site(10))
    assert sorted(found.offered_from.tolist()) == [31.0] * 3 + [38.0] * 2 + [31 + 7 + 14.0] + [
        31 + 14 + 14.0
    ] * 3 + [31 + 21 + 14.0]
    assert found.arm.sum() == 5
    assert found.offered_from[found.arm == 1.0].max() < found.offered_from[found.arm == 0.0].min()


def test_a_caseworker_takes_the_most_ready():
    ready = {"ready": list(range(10)), "flat": [1.0] * 10}
    found = Caseworker(share="30 %", weights={"ready": 1, "flat": 5}, noise=0).assign(
        site(10, ready)
    )
    assert found.arm.tolist() == [0] * 7 + [1] * 3
    assert (
        Caseworker(weights={"ready": -1}, noise=0).assign(site(10, ready)).arm.tolist()
        == [1] * 5 + [0] * 5
    )


def test_an_age_limit_is_below():
    found = TraitLimit(trait="age", below=30).assign(site(4, {"age": [18, 29.9, 30, 50]}))
    assert found.arm.tolist() == [1, 1, 0, 0]


def test_encouragement_moves_only_those_who_respond():
    rule = Encouragement(encouraged="80 %", otherwise="20 %")
    found = rule.assign(site(2000))
    offered = np.isfinite(found.offered_from)
    assert found.arm.sum() == 1000
    # Those who do not respond are offered it, or not, whatever the lot says; responders only if
    # encouraged.
    assert (offered[found.responds] == (found.arm[found.responds] == 1.0)).all()
    # 0.6 of 2,000: a standard deviation of 22.
    assert abs(found.responds.sum() - 1200) < 3.5 * 22
    with pytest.raises(ValueError, match="keep anybody away"):
        Encouragement(encouraged="20 %", otherwise="80 %")


def test_districts_named_or_drawn():
    named = [Districts(named="alna").assign(site(2, name=name)).arm.tolist() for name in FOUR]
    assert named == [[1, 1], [0, 0], [0, 0], [0, 0]]
    for draw in range(20):
        assert (
            sum(Districts(drawn=2).assign(site(1, name=name, draw=draw)).arm[0] for name in FOUR)
            == 2
        )
    with pytest.raises(RequestError, match="did you mean 'stovner'"):
        Districts(named="stavner").assign(site(2))


def test_a_stepped_wedge_begins_in_one_district_after_another():
    rule = SteppedWedge(every="3 months", districts=("stovner", "alna", "grorud"), order="named")
    times = {name: rule.assign(site(1, name=name)).offered_from[0] for name in FOUR}
    assert times == {"stovner": 31.0, "alna": 122.3125, "grorud": 213.625, "bjerke": math.inf}
    drawn = {
        tuple(
            SteppedWedge(every="3 months").assign(site(1, name=name, draw=k)).offered_from[0]
            for name in FOUR
        )
        for k in range(40)
    }
    assert all(sorted(order) == [31.0, 122.3125, 213.625, 304.9375] for order in drawn)
    assert len(drawn) > 10


def test_an_unknown_trait_is_named():
    with pytest.raises(RequestError, match="no trait 'ag'"):
        TraitLimit(trait="ag", below=30).assign(site(4, {"age": [1, 2, 3, 4]}))


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"lottery": {"share": "0 %"}}, "more than 0 %"),
        ({"lottery": {"share": "100 %"}}, "somebody to compare with"),
        ({"lottery": {"then": "0 days"}}, "then: expected more than 0"),
        ({"waiting_list": {"per_week": 0}}, "per_week: expected 1 or more"),
        ({"encouragement": {"encouraged": "40 %", "otherwise": "40 %"}}, "moves nobody"),
        ({"caseworker": {"share": "0 %", "weights": {}}}, "more than 0 %"),
        ({"districts": {"drawn": 0}}, "drawn: expected 1 or more"),
        ({"stepped_wedge": {"every": "3 days"}}, "expected one month or more"),
        ({}, "exactly one of"),
        ({"lottery": {}, "everyone": {}}, "found lottery, everyone"),
    ],
)
def test_a_design_without_sense_is_refused(design, said):
    with pytest.raises(ValueError, match=said):
        DataStrategy.model_validate(design)


@pytest.mark.parametrize(
    ("design", "assignment", "unit"),
    [
        ({"lottery": {}}, "lottery", "client"),
        ({"lottery": {}, "against": {"groups": "others"}}, "chosen", "client"),
        ({"everyone": {}}, "nobody", "client"),
        ({"everyone": {}, "against": {"groups": "others"}}, "chosen", "client"),
        ({"districts": {"named": "alna"}}, "named_districts", "district"),
        ({"districts": {"drawn": 2}}, "drawn_districts", "district"),
        ({"stepped_wedge": {"every": "3 months"}}, "stepped_wedge", "district"),
        ({"limit": {"trait": "age", "below": 30}}, "limit", "client"),
    ],
)
def test_a_design_says_how_it_sets_apart_whom_it_compares(design, assignment, unit):
    found = DataStrategy.model_validate(design)
    assert (found.assignment, found.unit) == (assignment, unit)
