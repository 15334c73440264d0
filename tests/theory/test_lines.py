"""Rules of lines that interfere with each other, against their closed forms: who is put off by a line, who has to stay.

Time is in days. Queues start empty: the first `WARM` days are left out, at least ten relaxation times
of every queue here. Each comparison raises a false alarm once in 10,000 (`tests.statistics`); each has
a control that must fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotsim.measures.selections import in_stages
from pilotsim.simulation.journeys import FINISHED, INTERRUPTED, TURNED_AWAY, Journeys
from tests.counting import occupancy
from tests.small_flows import small_flow
from tests.statistics import (
    Floats,
    assert_agrees,
    assert_detected,
    causes,
    mean_in_line,
    waits,
)
from tests.theory import closed_forms
from tests.theory.conftest import Replicate

pytestmark = pytest.mark.slow

WARM, END, HORIZON = 200.0, 1200.0, 1300
DAYS = np.arange(WARM, END, 0.5)
SLOWER = 1.1


def lasting(mean: float, to: str = "gone", **more: Any) -> dict[str, Any]:
    """Return a service with a place, exponential, that leads to another stage."""
    law = {"exponential": {"mean": f"{mean} days"}}
    return {"needs": {"place": 1}, "lasts": law, "next": {to: "100 %"}, **more}


# Who finds a long line goes elsewhere: M/M/2 with balking.

SHARES = {0: 0.1, 2: 0.4, 3: 0.75, 6: 1.0}


def putting_off(shares: dict[int, float], mean: float = 1.0) -> dict[str, Any]:
    percent = {str(least): f"{100 * share:g} %" for least, share in shares.items()}
    served = lasting(mean, put_off={"when_waiting": percent, "else": "gone"})
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "served", "arrivals": "3 per day"}},
        resources={"place": {"units": 2}},
        stages={"served": served, "gone": {}},
    )


def observe_put_off(journeys: Journeys) -> list[float]:
    put_off = causes(journeys, "served", WARM, END) == TURNED_AWAY
    wait = waits(journeys, "served", WARM, END)
    there = np.bincount(occupancy(journeys, DAYS)[:, 0], minlength=9)[:9] / len(DAYS)
    return [
        put_off.mean(),
        wait[~put_off].mean(),
        mean_in_line(journeys, "served", WARM, END),
        *there[[0, 2, 4, 6]],
    ]


def balking(shares: dict[int, float], mean: float = 1.0) -> dict[str, float]:
    law = closed_forms.put_off_law(3.0, mean, 2, shares)
    in_line = closed_forms.mean_waiting(law, 2)
    served = float(np.minimum(np.arange(len(law)), 2) @ law) / mean
    return {
        "put off": 1 - served / 3.0,
        "mean wait": in_line / served,
        "mean in line": in_line,
        **{f"{n} there": float(law[n]) for n in (0, 2, 4, 6)},
    }


@pytest.fixture(scope="module")
def balked(replicate: Replicate) -> Floats:
    return replicate(putting_off(SHARES), observe_put_off, 20)


def test_a_line_puts_off_whom_theory_puts_off(balked: Floats):
    assert_agrees(balked, balking(SHARES))


def test_other_shares_and_slower_service_are_detected(balked: Floats):
    assert_detected(balked, balking({**SHARES, 2: 0.5}))
    assert_detected(balked, balking(SHARES, SLOWER))


def lost(waiting: int) -> dict[str, float]:
    law = closed_forms.mmck_law(3.0, 1.0, 2, waiting)
    return {
        "put off": float(law[-1]),
        "mean wait": closed_forms.mmck_mean_wait(3.0, 1.0, 2, waiting),
        "mean in line": closed_forms.mean_waiting(law, 2),
    }


def test_a_number_alone_is_a_line_that_nobody_joins_any_more(replicate: Replicate):
    flow = putting_off({})
    flow["stages"]["served"]["put_off"]["when_waiting"] = 3
    found = replicate(flow, observe_put_off, 12)[:, :3]
    assert_agrees(found, lost(3))
    assert_detected(found, lost(4))


# Room at the second of two stations: who is done at the first stays there until there is some.


def tandem(room: int | None, first: float = 1.0, second: float = 0.8) -> dict[str, Any]:
    """Two stations with a place each; before the first stand more than can ever be served."""
    own = {} if room is None else {"room": room}
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "first", "stock": 2 * HORIZON}},
        resources={"place": {"units": 1}, "other": {"units": 1}},
        stages={
            "first": lasting(first, "second"),
            "second": lasting(second, needs={"other": 1}, **own),
            "gone": {},
        },
    )


def observe_tandem(journeys: Journeys) -> list[float]:
    """What leaves a day, and the law of the number at the second station."""
    j = journeys
    left = in_stages(j, ("second",)) & (j.cause == FINISHED)
    inside = (j.finished >= WARM) & (j.finished < END)
    there = occupancy(j, DAYS)[:, list(j.plan.flow.stages).index("second")]
    return [(left & inside).sum() / (END - WARM), *(there[:, None] == np.arange(2)).mean(axis=0)]


def blocked(room: int, first: float = 1.0, second: float = 0.8) -> dict[str, float]:
    law = closed_forms.blocked_tandem_law(first, second, room)
    names = ("nobody there", "one there")
    # Who is done at the first counts in theory at the second: it is at the first.
    seen = [*law[:room], law[room] + law[room + 1]][:2]
    return {
        "leave a day": float((1 - law[0]) / second),
        **dict(zip(names, map(float, seen), strict=True)),
    }


@pytest.mark.parametrize("room", [1, 3])
def test_a_tandem_with_little_room_is_as_fast_as_theory_says(replicate: Replicate, room: int):
    found = replicate(tandem(room), observe_tandem, 24)
    assert_agrees(found, blocked(room))
    assert_detected(found, blocked(room + 1))
    assert_detected(found, blocked(room, SLOWER))


def test_a_tandem_with_room_for_all_is_detected(replicate: Replicate):
    """The control: nobody has to stay at the first station, which is never idle nor blocked."""
    found = replicate(tandem(None), observe_tandem, 24)
    assert_detected(found, blocked(1))
    assert_agrees(found[:, [0]], {"leave a day": 1.0})


# An urgent class that interrupts: M/M/1 with preemption, and services that start again.


def two_classes(how: str | None, slower: float = 1.0) -> dict[str, Any]:
    plain = lasting(1.0 * slower, to="done_plain")
    urgent = lasting(0.5, to="gone", priority=1)
    if how is not None:
        plain |= {"interrupted": how}
        urgent |= {"interrupts": "plain"}
    return small_flow(
        f"{HORIZON} days",
        groups={
            "first": {"starts_in": "urgent", "arrivals": "0.6 per day"},
            "others": {"starts_in": "plain", "arrivals": "0.4 per day"},
        },
        resources={"place": {"units": 1}},
        stages={"urgent": urgent, "plain": plain, "done_plain": {}, "gone": {}},
    )


def observe_stays(journeys: Journeys) -> list[float]:
    """The mean time from coming to leaving of each class."""
    j = journeys
    came = j.cohort.arrives
    gone = np.full(len(came), np.nan)
    over = j.cause == FINISHED
    gone[j.client[over]] = j.finished[over]
    inside = (came >= WARM) & (came < END)
    assert not np.isnan(gone[inside]).any()
    return [(gone - came)[inside & (j.cohort.group == group)].mean() for group in (0, 1)]


def preemptive(plain: float = 1.0) -> dict[str, float]:
    stays = closed_forms.preemptive_mean_stays([0.6, 0.4], [0.5, plain])
    return dict(zip(("urgent", "plain"), stays.tolist(), strict=True))


def test_an_urgent_class_interrupts_as_theory_says(replicate: Replicate):
    found = replicate(two_classes("goes_on"), observe_stays, 24)
    assert_agrees(found, preemptive())
    assert_detected(found, preemptive(SLOWER))
    # The urgent do not notice the others at all: theirs is a queue of their own.
    assert_agrees(found[:, [0]], {"urgent": 1 / (1 / 0.5 - 0.6)})


def test_a_class_that_waits_its_turn_is_detected(replicate: Replicate):
    """The control: priority without interruption."""
    assert_detected(replicate(two_classes(None), observe_stays, 24), preemptive())


def started_again(how: str) -> dict[str, Any]:
    """Plain services of one day without end, interrupted by urgent clients."""
    return small_flow(
        f"{HORIZON} days",
        groups={
            "first": {"starts_in": "urgent", "arrivals": "0.4 per day"},
            "others": {"starts_in": "plain", "stock": 2 * HORIZON},
        },
        resources={"place": {"units": 1}},
        stages={
            "urgent": lasting(0.8, priority=1, interrupts="plain"),
            "plain": lasting(1.0, lasts="1 day", interrupted=how),
            "gone": {},
        },
    )


def observe_services(journeys: Journeys) -> list[float]:
    """Days a service takes, and interruptions a service, over the window."""
    j = journeys
    inside = in_stages(j, ("plain",)) & (j.finished >= WARM) & (j.finished < END)
    over = (inside & (j.cause == FINISHED)).sum()
    return [(END - WARM) / over, (inside & (j.cause == INTERRUPTED)).sum() / over]


def test_a_service_that_starts_again_takes_as_long_as_theory_says(replicate: Replicate):
    days, interruptions = closed_forms.repeated_service(0.4, 0.8, 1.0)
    expected = {"days": days, "interruptions": interruptions}
    found = replicate(started_again("starts_again"), observe_services, 16)
    assert_agrees(found, expected)
    # The control: one that goes on takes its day and the busy periods of those who come in it.
    other = replicate(started_again("goes_on"), observe_services, 16)
    assert_detected(other, expected)
    assert_agrees(other, {"days": 1 / (1 - 0.4 * 0.8), "interruptions": 0.4})


def test_a_service_that_is_drawn_anew_takes_as_long_as_theory_says(replicate: Replicate):
    def of_gamma(how: str) -> dict[str, Any]:
        flow = started_again(how)
        flow["stages"]["plain"]["lasts"] = {"gamma": {"mean": "1.2 days", "cv": 0.7}}
        return flow

    days, interruptions = closed_forms.redrawn_service(0.4, 0.8, 1.2, 0.7)
    expected = {"days": days, "interruptions": interruptions}
    found = replicate(of_gamma("drawn_anew"), observe_services, 16)
    assert_agrees(found, expected)
    # The control: the same length each time is harder to get through.
    assert_detected(replicate(of_gamma("starts_again"), observe_services, 16), expected)


# Claims that grow with waiting, at a speed of each class.


def growing(growth: float, mean: float = 0.8) -> dict[str, Any]:
    served = lasting(mean, urgency={"group": {"urgent": growth}})
    return small_flow(
        f"{2 * HORIZON} days",
        groups={
            "plain": {"starts_in": "served", "arrivals": "0.5 per day"},
            "urgent": {"starts_in": "served", "arrivals": "0.5 per day"},
        },
        resources={"place": {"units": 1}},
        stages={"served": served, "gone": {}},
    )


def observe_claims(journeys: Journeys) -> list[float]:
    j = journeys
    inside = in_stages(j, ("served",)) & (j.joined >= WARM) & (j.joined < 2 * HORIZON - 200)
    assert not np.isnan(j.started[inside]).any()
    group = j.cohort.group[j.client]
    return [(j.began - j.joined)[inside & (group == one)].mean() for one in (0, 1)]


def kleinrock(growth: float, mean: float = 0.8) -> dict[str, float]:
    waits_of = closed_forms.growing_priority_mean_waits([0.5, 0.5], [mean, mean], [1, growth])
    return dict(zip(("plain", "urgent"), waits_of.tolist(), strict=True))


@pytest.mark.parametrize("growth", [2, 6])
def test_claims_that_grow_move_waits_as_kleinrock_says(replicate: Replicate, growth: int):
    found = replicate(growing(growth), observe_claims, 40)
    assert_agrees(found, kleinrock(growth))
    # The controls: all alike; and growths that differ more than they do.
    assert_detected(found, kleinrock(1))
    assert_detected(found, kleinrock(4 * growth))


# Room put aside: what is wanted whole is not starved.


def large_and_small(*, reserves: bool) -> dict[str, Any]:
    """Two places; small services take one, large ones, which go first, both."""
    return small_flow(
        f"{HORIZON} days",
        groups={
            "small": {"starts_in": "small", "stock": 5 * HORIZON},
            "large": {"starts_in": "large", "stock": 1},
        },
        resources={"place": {"units": 2}},
        stages={
            "small": lasting(1.0),
            "large": lasting(
                0.5,
                "away",
                needs={"place": 2},
                priority=1,
                **({"reserves": True} if reserves else {}),
            ),
            "away": {"lasts": {"exponential": {"mean": "4 days"}}, "next": {"large": "100 %"}},
            "gone": {},
        },
    )


def observe_large(journeys: Journeys) -> list[float]:
    wait = waits_started(journeys, "large")
    return [wait.mean(), (wait**2).mean()]


def waits_started(journeys: Journeys, stage: str) -> Floats:
    rows = in_stages(journeys, (stage,)) & (journeys.joined >= WARM) & (journeys.joined < END)
    return (journeys.began - journeys.joined)[rows]


def test_who_needs_both_places_waits_for_the_later_of_two_services(replicate: Replicate):
    # Both are taken whenever it comes, each by a service with one day to go on average: the longer of
    # two exponential times, 1 + 1/2 days, with the square 2 x 2 - 2 / 4.
    expected = {"mean wait": 1.5, "mean squared wait": 2 * 2 - 2 / 4}
    found = replicate(large_and_small(reserves=True), observe_large, 24)
    assert_agrees(found, expected)
    assert_detected(found, {**expected, "mean wait": 1.5 * SLOWER})
    # The control: without a place put aside it never starts, since small ones are always waiting.
    starved = replicate(large_and_small(reserves=False), observe_starts, 3)
    assert starved.max() <= 1


def observe_starts(journeys: Journeys) -> list[float]:
    return [float((in_stages(journeys, ("large",)) & ~np.isnan(journeys.started)).sum())]
