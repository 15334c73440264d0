"""A threat at the door: new clients whom the programme keeps from coming."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from pilotsim.base.errors import FlowError
from pilotsim.simulation.engines import KERNEL, run_replication, run_replications
from pilotsim.simulation.population import Cohort
from tests.small_flows import ENGINES, plan_of, small_flow

engines = pytest.mark.parametrize("engine", ENGINES)


def door_flow(**deterred: Any) -> dict[str, Any]:
    """Return a flow where one comes each day, and a programme that begins on day 9."""
    group = {
        "stock": 5,
        "starts_in": "assistance",
        "intake": {"every": "1 day", "brings": 1},
    }
    if deterred:
        group["deterred"] = {"to": "away", **deterred}
    return small_flow(
        "30 days",
        groups={"new": group},
        risks={"back": {"to": "starts_in", "after": "8 days"}},
        stages={
            "assistance": {},
            "course": {
                "draws_from": "assistance",
                "opens": {"every": "1 week", "first": "2015-01-10", "admits": 0},
                "lasts": "1 day",
                "next": {"assistance": "100 %"},
            },
            "away": {"counts_as": "unknown", "risks": {"back": 1}},
        },
    )


def first_stages(journeys: Any) -> list[str]:
    """Return the stage that each client was in first, in client order."""
    names = [stage.name for stage in journeys.plan.stages]
    return [names[stage] for stage in journeys.stage[journeys.visit == 0]]


@engines
def test_new_clients_are_deterred_from_the_first_opening_on(engine: str):
    """With a share of 100 %, all who come from day 9 on; nobody of the stock, nobody before."""
    plan = plan_of(door_flow(share="100 %"))
    journeys = run_replication(plan, 1, 0, engine=engine)
    assert first_stages(journeys) == 5 * ["assistance"] + 9 * ["assistance"] + 21 * ["away"]
    # They come back as those do who have left: eight days later, home.
    back = journeys.joined[(journeys.visit == 1)]
    assert back.tolist() == [day + 8 for day in range(9, 22)]


@engines
def test_they_come_where_there_is_no_programme(engine: str):
    plan = plan_of(door_flow(share="100 %"))
    without = run_replication(plan, 1, 0, offered=False, engine=engine)
    assert first_stages(without) == 35 * ["assistance"]
    assert without == run_replication(plan_of(door_flow()), 1, 0, offered=False, engine=engine)


@engines
def test_a_share_of_none_is_no_threat_to_the_bit(engine: str):
    run = partial(run_replication, seed=1, replication=0, engine=engine)
    assert run(plan_of(door_flow(share="0 %"))) == run(plan_of(door_flow()))
    assert run(plan_of(door_flow(share="60 %"))) != run(plan_of(door_flow()))


@engines
def test_from_says_since_when(engine: str):
    plan = plan_of(door_flow(share="100 %", **{"from": "2015-01-25"}))
    assert first_stages(run_replication(plan, 1, 0, engine=engine)).index("away") == 5 + 24


@engines
def test_only_who_may_be_offered_the_programme_is_deterred(engine: str):
    """A design that offers it to every second client deters every second one."""

    def every_second(cohort: Cohort) -> Any:
        return np.where(np.arange(len(cohort)) % 2 == 0, 0.0, np.inf)

    plan = plan_of(door_flow(share="100 %"))
    journeys = run_replication(plan, 1, 0, offered=every_second, engine=engine)
    away = [stage == "away" for stage in first_stages(journeys)]
    assert away == [client >= 14 and client % 2 == 0 for client in range(35)]


def test_as_many_are_deterred_as_the_share_says():
    """Of 200 runs of 21 new clients each; exact binomial bounds at one in a thousand."""
    plan = plan_of(door_flow(share="30 %"))
    journeys = run_replications([plan] * 200, 3, range(200))
    away = sum(stage == "away" for stage in first_stages(journeys))
    low, high = binom.ppf([0.0005, 0.9995], 200 * 21, 0.3)
    assert low <= away <= high
    assert not low <= 0.35 * 200 * 21 <= high


@pytest.mark.skipif(KERNEL not in ENGINES, reason="needs the compiler")
def test_deterred_clients_are_not_copied_from_a_block_without_the_programme():
    """Blocks with, without and with again give what single runs give."""
    plans = [plan_of(door_flow(share="50 %"))] * 3
    blocks = [
        run_replications(plans, 3, range(3), offered=offered) for offered in (True, False, True)
    ]
    assert blocks[0] == blocks[2]
    assert blocks[0] != blocks[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {
                "groups": {
                    "new": {"starts_in": "assistance", "deterred": {"share": "9 %", "to": "away"}}
                }
            },
            "nobody comes to this group: only new clients can be deterred",
        ),
        (
            {"stages": {"assistance": {}, "away": {}}, "risks": {}},
            "no stage draws clients (draws_from): there is nothing that deters",
        ),
    ],
)
def test_a_door_that_nobody_comes_to_is_refused(change: dict[str, Any], message: str):
    with pytest.raises(FlowError, match=re.escape(message)):
        plan_of({**door_flow(share="10 %"), **change})


def test_an_unknown_stage_to_be_in_instead_is_refused():
    with pytest.raises(FlowError, match="did you mean 'away'"):
        plan_of(door_flow(share="10 %", to="awa"))
