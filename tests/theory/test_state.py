"""Rules that look at the state of a run, against their closed forms.

Time is in days. Queues start empty: the first `WARM` days are left out, at least ten relaxation times
of every queue here. Each comparison raises a false alarm once in 10,000 (`tests.statistics`); each has
a control that must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pilotsim.measures.selections import in_stages
from pilotsim.simulation.journeys import Journeys
from tests.counting import occupancy
from tests.small_flows import small_flow
from tests.statistics import Floats, assert_agrees, assert_detected, mean_in_line
from tests.theory import closed_forms
from tests.theory.conftest import Replicate

pytestmark = pytest.mark.slow

WARM, END, HORIZON = 200.0, 1200.0, 1300
DAYS = np.arange(WARM, END, 0.5)
SLOWER = 1.1
ARRIVALS = 1.2


def served(mean: float = 1.0, **more: Any) -> dict[str, Any]:
    law = {"exponential": {"mean": f"{mean} days"}}
    return {"needs": {"place": 1}, "lasts": law, "next": {"gone": "100 %"}, **more}


def law_of(journeys: Journeys, stage: str, most: int) -> list[float]:
    """Return for what part of the time so many are in a stage."""
    there = occupancy(journeys, DAYS)[:, list(journeys.plan.flow.stages).index(stage)]
    return [float((there == n).mean()) for n in range(most)]


# Who finds so many there is sent elsewhere: M/M/1/K, and what overflows.


def sending_on(when: dict[str, str], mean: float = 1.0) -> dict[str, Any]:
    ways = {"other": {"share": "0 %", "when": when}, "desk": "rest"}
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "door", "arrivals": f"{ARRIVALS} per day"}},
        resources={"place": {"units": 1}},
        stages={
            "door": {"lasts": "0 days", "next": ways},
            "desk": served(mean),
            "other": {},
            "gone": {},
        },
    )


def observe_overflow(journeys: Journeys) -> list[float]:
    """What overflows a day, the law of the number at the desk, and how many wait there."""
    over = in_stages(journeys, ("other",))
    inside = (journeys.joined >= WARM) & (journeys.joined < END)
    return [
        (over & inside).sum() / (END - WARM),
        *law_of(journeys, "desk", 4),
        mean_in_line(journeys, "desk", WARM, END),
    ]


def overflowing(share: Callable[[int], float], most: int, mean: float = 1.0) -> dict[str, float]:
    """Return what theory says where a share is sent on of those who find so many at the desk."""
    law = closed_forms.birth_death(
        lambda n: ARRIVALS * (1.0 - share(n)), lambda _: 1.0 / mean, most
    )
    sent = ARRIVALS * sum(share(n) * law[n] for n in range(most + 1))
    return {
        "overflow a day": float(sent),
        **{f"{n} there": float(law[n]) for n in range(4)},
        "mean in line": float(closed_forms.mean_waiting(law, 1)),
    }


@pytest.fixture(scope="module")
def overflow(replicate: Replicate) -> Floats:
    return replicate(sending_on({"there(desk) >= 4": "100 %"}), observe_overflow, 16)


def test_who_is_sent_on_from_a_full_desk_leaves_an_m_m_1_k_queue(overflow: Floats):
    assert_agrees(overflow, overflowing(lambda n: float(n >= 4), 4))


def test_another_length_and_slower_service_are_detected(overflow: Floats):
    assert_detected(overflow, overflowing(lambda n: float(n >= 5), 5))
    assert_detected(overflow, overflowing(lambda n: float(n >= 4), 4, SLOWER))


def test_shares_that_grow_with_the_line_are_a_birth_death_process(replicate: Replicate):
    when = {
        "waiting(desk) >= 5": "100 %",
        "waiting(desk) >= 2": "50 %",
        "use(place) == 100 %": "20 %",
    }

    def share(there: int) -> float:
        return 1.0 if there >= 6 else 0.5 if there >= 3 else 0.2 if there else 0.0

    found = replicate(sending_on(when), observe_overflow, 16)
    assert_agrees(found, overflowing(share, 6))
    assert_detected(found, overflowing(lambda n: 0.3 if share(n) == 0.2 else share(n), 6))


# Service that goes faster the more are there: a birth-death process by its deaths.

FASTER = {1: 1.0, 2: 1.0, 3: 1.6}
MOST = 40


def hurried(mean: float = 1.0, usual: float = 2.2) -> dict[str, Any]:
    """One place; at a pace that steps up with the number there."""
    law = {"exponential": {"mean": f"{mean} days"}}
    when = {"there(desk) <= 2": 1, "there(desk) == 3": 1.6}
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "desk", "arrivals": f"{ARRIVALS} per day"}},
        resources={"place": {"units": 1}},
        stages={
            "desk": {
                "needs": {"place": 1},
                "lasts": law,
                "pace": usual,
                "pace_when": when,
                "next": {"gone": "100 %"},
            },
            "gone": {},
        },
    )


def observe_hurry(journeys: Journeys) -> list[float]:
    return [*law_of(journeys, "desk", 5), mean_in_line(journeys, "desk", WARM, END)]


def hurrying(faster: dict[int, float], usual: float = 2.2) -> dict[str, float]:
    law = closed_forms.birth_death(lambda _: ARRIVALS, lambda n: faster.get(n, usual), MOST)
    return {
        **{f"{n} there": float(law[n]) for n in range(5)},
        "mean in line": float(closed_forms.mean_waiting(law, 1)),
    }


@pytest.fixture(scope="module")
def hurry(replicate: Replicate) -> Floats:
    return replicate(hurried(), observe_hurry, 16)


def test_service_that_hurries_is_a_birth_death_process(hurry: Floats):
    assert_agrees(hurry, hurrying(FASTER))


def test_a_pace_that_stays_as_it_was_at_the_start_of_service_is_detected(hurry: Floats):
    """The control: other paces, and a queue that never hurries."""
    assert_detected(hurry, hurrying({**FASTER, 3: 1.3}))
    assert_detected(hurry, hurrying({1: 1.0, 2: 1.0}, 1.6))


# All there share one server: each at a pace of one by their number (processor sharing).

SHARING = 0.6


def shared_out() -> dict[str, Any]:
    """Return a server shared by all there, with lengths that are spread widely."""
    when = {f"there(desk) == {n}": 1 / n for n in range(2, 15)}
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "desk", "arrivals": f"{SHARING} per day"}},
        stages={
            "desk": {
                "lasts": {"gamma": {"mean": "1 day", "cv": 2}},
                "pace": 0.07,
                "pace_when": {"there(desk) <= 1": 1, **when},
                "next": {"gone": "100 %"},
            },
            "gone": {},
        },
    )


def test_processor_sharing_does_not_care_how_lengths_are_spread(replicate: Replicate):
    """M/G/1 with processor sharing has the law of M/M/1, whatever the spread of its lengths."""

    def expected(load: float) -> dict[str, float]:
        return {f"{n} there": (1 - load) * load**n for n in range(5)}

    found = replicate(shared_out(), lambda j: law_of(j, "desk", 5), 16)
    assert_agrees(found, expected(SHARING))
    assert_detected(found, expected(SHARING * 1.25))
    alone = shared_out()
    del alone["stages"]["desk"]["pace_when"]
    alone["stages"]["desk"]["pace"] = 1
    assert_detected(replicate(alone, lambda j: law_of(j, "desk", 5), 16), expected(SHARING))
