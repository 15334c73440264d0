"""Queues whose waits are known: each run of the engine against its closed form, and against one that is wrong.

Time is in days, a service takes 1 day on average. Queues start empty: the first `WARM` days are
left out, at least ten relaxation times of every queue here. Each run is observed over a window, for
those who join before its end; the horizon lies far enough behind it that all of them have left the
line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from pilotsim.measures.selections import in_stages
from pilotsim.simulation.journeys import FIRST_RISK, TURNED_AWAY, Journeys
from tests.counting import occupancy, units_held_at
from tests.small_flows import small_flow
from tests.statistics import (
    Floats,
    assert_agrees,
    assert_detected,
    causes,
    mean_in_line,
    mean_there,
    waits,
)
from tests.theory import closed_forms
from tests.theory.conftest import Replicate

pytestmark = pytest.mark.slow

WARM, END, HORIZON = 300.0, 1200.0, 1300
DAYS = np.arange(WARM, END, 0.5)
SLOWER = 1.1


def queue(arrivals: float, places: int, mean: float = 1.0, **stage: Any) -> dict[str, Any]:
    """Return the flow of one queue; `stage` adds to the stage or replaces its parts."""
    served = {
        "needs": {"place": 1},
        "lasts": {"exponential": {"mean": f"{mean} days"}},
        "next": {"gone": "100 %"},
        **stage,
    }
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "served", "arrivals": f"{arrivals} per day"}},
        resources={"place": {"units": places}},
        stages={"served": served, "gone": {}},
        risks={"gives_up": {"to": "gone", "rate": "0.5 per day"}},
    )


# First come first served: M/M/3.


def observe_mmc(journeys: Journeys) -> list[float]:
    wait = waits(journeys, "served", WARM, END)
    busy = units_held_at(journeys, 0, DAYS).mean()
    return [
        wait.mean(),
        *((wait > t).mean() for t in (0.0, 1.0, 3.0)),
        mean_there(journeys, "served", WARM, END),
        busy,
    ]


def mmc(arrivals: float, mean: float, places: int) -> dict[str, float]:
    beyond = closed_forms.mmc_wait_beyond(arrivals, mean, places, [0.0, 1.0, 3.0])
    names = ("waits", "waits over 1 day", "waits over 3 days")
    return {
        "mean wait": closed_forms.mmc_mean_wait(arrivals, mean, places),
        **dict(zip(names, beyond.tolist(), strict=True)),
        "mean number": closed_forms.mean_present(closed_forms.mmc_law(arrivals, mean, places)),
        "places in use": arrivals * mean,
    }


@pytest.fixture(scope="module")
def mm3(replicate: Replicate) -> Floats:
    return replicate(queue(2.2, 3), observe_mmc, 24)


def test_mmc_waits_as_erlang_c_says(mm3: Floats):
    assert_agrees(mm3, mmc(2.2, 1.0, 3))


def test_mmc_with_slower_service_in_theory_is_detected(mm3: Floats):
    assert_detected(mm3, mmc(2.2, SLOWER, 3))


def test_mmc_with_slower_service_in_the_flow_is_detected(replicate: Replicate):
    assert_detected(replicate(queue(2.2, 3, SLOWER), observe_mmc, 24), mmc(2.2, 1.0, 3))


def test_mmc_with_another_order_is_detected(replicate: Replicate):
    # Random order leaves the mean wait and changes its law: only the law can tell.
    found = replicate(queue(2.2, 3, order="random"), observe_mmc, 40)
    expected = mmc(2.2, 1.0, 3)
    unmoved = ("mean wait", "waits", "mean number", "places in use")
    assert_agrees(found[:, [0, 1, 4, 5]], {name: expected[name] for name in unmoved})
    assert_detected(
        found[:, [2, 3]], {name: expected[name] for name in expected if name not in unmoved}
    )


# Room for three to wait: M/M/2/5.


def observe_loss(journeys: Journeys) -> list[float]:
    turned_away = causes(journeys, "served", WARM, END) == TURNED_AWAY
    wait = waits(journeys, "served", WARM, END)
    return [
        turned_away.mean(),
        wait[~turned_away].mean(),
        mean_in_line(journeys, "served", WARM, END),
    ]


def mmck(arrivals: float, mean: float, places: int, waiting: int) -> dict[str, float]:
    law = closed_forms.mmck_law(arrivals, mean, places, waiting)
    return {
        "lost": float(law[-1]),
        "mean wait": closed_forms.mmck_mean_wait(arrivals, mean, places, waiting),
        "mean in line": closed_forms.mean_waiting(law, places),
    }


@pytest.fixture(scope="module")
def mm2_5(replicate: Replicate) -> Floats:
    return replicate(queue(2.4, 2, limit={"waiting": 3, "else": "gone"}), observe_loss, 12)


def test_mmck_loses_whom_theory_loses(mm2_5: Floats):
    assert_agrees(mm2_5, mmck(2.4, 1.0, 2, 3))


def test_mmck_with_slower_service_is_detected(mm2_5: Floats):
    assert_detected(mm2_5, mmck(2.4, SLOWER, 2, 3))


def test_mmck_with_one_more_place_to_wait_is_detected(mm2_5: Floats):
    assert_detected(mm2_5, mmck(2.4, 1.0, 2, 4))


# No room to wait: M/G/4/4, whatever the law of service.


def observe_loss_only(journeys: Journeys) -> list[float]:
    return [(causes(journeys, "served", WARM, END) == TURNED_AWAY).mean()]


@pytest.fixture(
    scope="module",
    params=["1 day", {"lognormal": {"mean": "1 day", "cv": 1.5}}],
    ids=["constant", "lognormal"],
)
def mg4_4(request: pytest.FixtureRequest, replicate: Replicate) -> Floats:
    return replicate(
        queue(3.0, 4, lasts=request.param, limit={"waiting": 0, "else": "gone"}),
        observe_loss_only,
        40,
    )


def test_erlang_b_holds_for_any_law_of_service(mg4_4: Floats):
    assert_agrees(mg4_4, {"lost": closed_forms.erlang_b(3.0, 4)})


def test_erlang_b_with_slower_service_is_detected(mg4_4: Floats):
    assert_detected(mg4_4, {"lost": closed_forms.erlang_b(3.0 * SLOWER, 4)})


# Clients who give up: M/M/3+M.


def observe_giving_up(journeys: Journeys) -> list[float]:
    gave_up = causes(journeys, "served", WARM, END) == FIRST_RISK
    wait = waits(journeys, "served", WARM, END)
    return [gave_up.mean(), wait.mean(), mean_there(journeys, "served", WARM, END)]


def erlang_a(arrivals: float, mean: float, places: int, leaving: float) -> dict[str, float]:
    return {
        "gives up": closed_forms.erlang_a_abandonment(arrivals, mean, places, leaving),
        "mean wait": closed_forms.erlang_a_mean_wait(arrivals, mean, places, leaving),
        "mean number": closed_forms.mean_present(
            closed_forms.erlang_a_law(arrivals, mean, places, leaving)
        ),
    }


@pytest.fixture(scope="module")
def mm3_m(replicate: Replicate) -> Floats:
    return replicate(queue(3.6, 3, risks={"gives_up": {"waiting": 1}}), observe_giving_up, 12)


def test_erlang_a_gives_up_and_waits_as_theory_says(mm3_m: Floats):
    assert_agrees(mm3_m, erlang_a(3.6, 1.0, 3, 0.5))


def test_erlang_a_with_slower_service_is_detected(mm3_m: Floats):
    assert_detected(mm3_m, erlang_a(3.6, SLOWER, 3, 0.5))


def test_erlang_a_with_less_patience_is_detected(mm3_m: Floats):
    assert_detected(mm3_m, erlang_a(3.6, 1.0, 3, 0.6))


def test_erlang_a_with_a_clock_that_runs_on_in_service_is_detected(replicate: Replicate):
    flow = queue(3.6, 3, risks={"gives_up": {"waiting": 1, "started": 1}})
    assert_detected(replicate(flow, observe_giving_up, 6), erlang_a(3.6, 1.0, 3, 0.5))


# One place, three laws of service: M/G/1.

LAWS: dict[str, tuple[Any, float]] = {
    "constant": ("1 day", 0.0),
    "erlang": ({"erlang": {"mean": "1 day", "phases": 4}}, 0.5),
    "lognormal": ({"lognormal": {"mean": "1 day", "cv": 1.2}}, 1.2),
}


def three_laws() -> dict[str, Any]:
    stages = {
        name: {"needs": {f"{name}_place": 1}, "lasts": law, "next": {"gone": "100 %"}}
        for name, (law, _) in LAWS.items()
    }
    return small_flow(
        f"{HORIZON} days",
        stages={**stages, "gone": {}},
        resources={f"{name}_place": {"units": 1} for name in LAWS},
        groups={f"{name}_clients": {"starts_in": name, "arrivals": "0.6 per day"} for name in LAWS},
    )


def observe_three(journeys: Journeys) -> list[float]:
    return [waits(journeys, name, WARM, END).mean() for name in LAWS]


def mg1(mean: float = 1.0) -> dict[str, float]:
    return {name: closed_forms.mg1_mean_wait(0.6, mean, cv) for name, (_, cv) in LAWS.items()}


@pytest.fixture(scope="module")
def mg1_waits(replicate: Replicate) -> Floats:
    return replicate(three_laws(), observe_three, 20)


def test_mg1_waits_as_pollaczek_and_khinchine_say(mg1_waits: Floats):
    assert_agrees(mg1_waits, mg1())


def test_mg1_with_slower_service_is_detected(mg1_waits: Floats):
    assert_detected(mg1_waits, mg1(SLOWER))


def test_mg1_with_another_spread_of_service_is_detected(mg1_waits: Floats):
    assert_detected(mg1_waits, mg1() | {"erlang": closed_forms.mg1_mean_wait(0.6, 1.0, 1.0)})


# Two classes, one served first: M/M/2 with priorities.


# Gaps of other laws: G/M/1 with 0.6 a day, the law of its gaps and their transform.

GAPS: dict[str, tuple[Any, Callable[[float, float], float]]] = {
    "even": ("even", lambda mean, t: math.exp(-mean * t)),
    "uniform": (
        {"uniform": {"spread": "100 %"}},
        lambda mean, t: -math.expm1(-2 * mean * t) / (2 * mean * t),
    ),
    "erlang": ({"erlang": {"phases": 3}}, lambda mean, t: (1 + mean * t / 3) ** -3),
    "uneven": ({"gamma": {"cv": 1.5}}, lambda mean, t: (1 + mean * t * 2.25) ** (-1 / 2.25)),
}


def four_gaps() -> dict[str, Any]:
    law = {"exponential": {"mean": "1 day"}}
    stages = {
        name: {"needs": {f"{name}_place": 1}, "lasts": law, "next": {"gone": "100 %"}}
        for name in GAPS
    }
    return small_flow(
        f"{HORIZON} days",
        stages={**stages, "gone": {}},
        resources={f"{name}_place": {"units": 1} for name in GAPS},
        groups={
            f"{name}_clients": {"starts_in": name, "arrivals": "0.6 per day", "gaps": gaps}
            for name, (gaps, _) in GAPS.items()
        },
    )


def observe_gaps(journeys: Journeys) -> list[float]:
    by_law = [waits(journeys, name, WARM, END) for name in GAPS]
    return [number for wait in by_law for number in (wait.mean(), (wait > 1.0).mean())]


def gm1(mean: float = 1.0, **instead: str) -> dict[str, float]:
    """Return mean waits and shares who wait more than a day; some by the gaps of another law."""
    found = {}
    for name in GAPS:
        transform = partial(GAPS[instead.get(name, name)][1], 1 / 0.6)
        found[name], found[f"{name}, over a day"] = closed_forms.gm1_wait(transform, mean, 1.0)
    return found


@pytest.fixture(scope="module")
def gm1_waits(replicate: Replicate) -> Floats:
    return replicate(four_gaps(), observe_gaps, 20)


def test_gm1_waits_as_the_root_of_its_transform_says(gm1_waits: Floats):
    assert_agrees(gm1_waits, gm1())


def test_gm1_with_slower_service_is_detected(gm1_waits: Floats):
    assert_detected(gm1_waits, gm1(SLOWER))


@pytest.mark.parametrize(("law", "other"), [("erlang", "even"), ("uneven", "erlang")])
def test_gm1_with_gaps_of_another_law_is_detected(gm1_waits: Floats, law: str, other: str):
    assert_detected(gm1_waits, gm1(**{law: other}))


def two_classes(priority: int, mean: float = 1.0) -> dict[str, Any]:
    served = {
        "needs": {"place": 1},
        "lasts": {"exponential": {"mean": f"{mean} days"}},
        "next": {"gone": "100 %"},
    }
    return small_flow(
        f"{HORIZON} days",
        resources={"place": {"units": 2}},
        stages={"plain": served, "urgent": {**served, "priority": priority}, "gone": {}},
        groups={
            "others": {"starts_in": "plain", "arrivals": "0.8 per day"},
            "first": {"starts_in": "urgent", "arrivals": "0.7 per day"},
        },
    )


def observe_two(journeys: Journeys) -> list[float]:
    return [waits(journeys, stage, WARM, END).mean() for stage in ("urgent", "plain")]


def cobham(mean: float = 1.0) -> dict[str, float]:
    return dict(
        zip(
            ("urgent", "plain"),
            closed_forms.cobham_mean_waits([0.7, 0.8], mean, 2).tolist(),
            strict=True,
        )
    )


@pytest.fixture(scope="module")
def by_priority(replicate: Replicate) -> Floats:
    return replicate(two_classes(1), observe_two, 20)


def test_priorities_move_waits_as_cobham_says(by_priority: Floats):
    assert_agrees(by_priority, cobham())


def test_priorities_with_slower_service_are_detected(by_priority: Floats):
    assert_detected(by_priority, cobham(SLOWER))


def test_no_priority_is_detected_and_is_one_line(replicate: Replicate):
    found = replicate(two_classes(0), observe_two, 20)
    assert_detected(found, cobham())
    # Two stages that share a resource at one priority are one line: the longest waiting of both
    # goes first.
    one_line = closed_forms.mmc_mean_wait(1.5, 1.0, 2)
    assert_agrees(found, {"urgent": one_line, "plain": one_line})


# Eight clients who come back again and again: M/M/2//8.


def coming_back(mean: float = 1.0) -> dict[str, Any]:
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "well", "stock": 8}},
        resources={"place": {"units": 2}},
        stages={
            "well": {"lasts": {"exponential": {"mean": "4 days"}}, "next": {"served": "100 %"}},
            "served": {
                "needs": {"place": 1},
                "lasts": {"exponential": {"mean": f"{mean} days"}},
                "next": {"well": "100 %"},
            },
        },
    )


def observe_away(journeys: Journeys) -> list[float]:
    away = occupancy(journeys, DAYS)[:, 1]
    shares = np.bincount(away, minlength=9)[:5] / len(away)
    rows = in_stages(journeys, ("served",)) & (journeys.joined >= WARM) & (journeys.joined < END)
    return [
        *shares,
        mean_in_line(journeys, "served", WARM, END),
        (journeys.began - journeys.joined)[rows].mean(),
    ]


def machine_repair(mean: float = 1.0) -> dict[str, float]:
    law = closed_forms.finite_source_law(8, 1 / 4, mean, 2)
    in_line = closed_forms.mean_waiting(law, 2)
    rate = (8 - closed_forms.mean_present(law)) / 4
    return {
        **{f"{n} away": float(law[n]) for n in range(5)},
        "mean in line": in_line,
        "mean wait": in_line / rate,
    }


@pytest.fixture(scope="module")
def machines(replicate: Replicate) -> Floats:
    return replicate(coming_back(), observe_away, 12)


def test_finite_source_is_away_as_machine_repair_says(machines: Floats):
    assert_agrees(machines, machine_repair())


def test_finite_source_with_slower_service_is_detected(machines: Floats):
    assert_detected(machines, machine_repair(SLOWER))


# Service in random order: M/M/1, and a pool from which a lottery calls.


def mm1_squared_waits(order: str, load: float = 0.8) -> dict[str, float]:
    """E W² of M/M/1 with a service of 1 day: 2ρ/(1 - ρ)² in order of arrival, and 1/(1 - ρ/2)
    times as much in random order (Kingman 1962); E W is ρ/(1 - ρ) in both."""
    in_order = 2 * load / (1 - load) ** 2
    spread = {"longest_waiting": 1.0, "random": 1 / (1 - load / 2)}[order]
    return {"mean wait": load / (1 - load), "mean squared wait": spread * in_order}


# At a load of 0.8 the relaxation time is 1 / (1 - √0.8)² = 90 days.
LONG_WARM, LONG_END, LONG_HORIZON = 1200.0, 4000.0, 4300


def observe_squared_waits(journeys: Journeys) -> list[float]:
    wait = waits(journeys, "served", LONG_WARM, LONG_END)
    return [wait.mean(), (wait**2).mean()]


@pytest.mark.parametrize(
    ("order", "other"), [("random", "longest_waiting"), ("longest_waiting", "random")]
)
def test_random_order_of_service_spreads_waits_as_theory_says(
    replicate: Replicate, order: str, other: str
):
    flow = {**queue(0.8, 1, order=order), "lasts": f"{LONG_HORIZON} days"}
    found = replicate(flow, observe_squared_waits, 80)
    assert_agrees(found, mm1_squared_waits(order))
    # The control: the order of arrival is told from the random one, by E W² alone.
    squared = "mean squared wait"
    assert_detected(found[:, [1]], {squared: mm1_squared_waits(other)[squared]})


def pool(order: str = "random", *, queue: bool = False) -> dict[str, Any]:
    """A pool of 100; ten more come each week, and then ten are called: out of those present, or of
    those who wait."""
    course = {
        "opens": {"every": "1 week", "admits": 10},
        "order": order,
        "lasts": "1 day",
        "next": {"out": "100 %"},
    }
    stages = {"pool": {}, "course": {**course, "draws_from": "pool"}, "out": {}}
    if queue:
        stages = {"pool": course, "out": {}}
    return small_flow(
        "210 days",
        groups={
            "old": {"stock": 100, "starts_in": "pool"},
            "new": {"starts_in": "pool", "intake": {"every": "1 week", "brings": 10}},
        },
        stages=stages,
    )


def observe_calls(journeys: Journeys) -> list[float]:
    """The shares called the day they come, and within four weeks, and of the old never in twenty."""
    first = journeys.visit == 0
    called = np.where(np.isnan(journeys.started), np.inf, journeys.started)
    if len(journeys.plan.stages) == 3:
        called = np.where(np.isnan(journeys.finished), np.inf, journeys.finished)
    waited = (called - journeys.joined)[first]
    came = journeys.joined[first]
    is_old = journeys.cohort.origin[journeys.client[first]] == 0
    new = ~is_old & (came < 150)
    return [
        (waited[new] == 0).mean(),
        (waited[new] <= 28).mean(),
        (waited[is_old] > 7 * 19).mean(),
    ]


# Of 110, ten are called: each week one in eleven of those who are still there.
CALLS = {
    "the day they come": 1 / 11,
    "within four weeks": 1 - (10 / 11) ** 5,
    "not in twenty weeks": (10 / 11) ** 20,
}


@pytest.mark.parametrize("is_queue", [False, True])
def test_a_pools_lottery_is_geometric(replicate: Replicate, is_queue: bool):
    found = replicate(pool(queue=is_queue), observe_calls, 150)
    assert_agrees(found, CALLS)
    assert_detected(found, {**CALLS, "the day they come": 1 / 10})


def test_an_order_that_is_no_lottery_is_detected(replicate: Replicate):
    """The control: called in the order in which they came."""
    assert_detected(replicate(pool("longest_waiting"), observe_calls, 20), CALLS)
