"""Clients who start together, against closed forms: how long a batch takes to form, and bulk service.

Time is in days. Each comparison raises a false alarm once in 10,000 (`tests.statistics`); each has a
control that must fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotsim.simulation.journeys import Journeys
from tests.counting import occupancy
from tests.small_flows import small_flow
from tests.statistics import Floats, assert_agrees, assert_detected, waits
from tests.theory import closed_forms
from tests.theory.conftest import Replicate

pytestmark = pytest.mark.slow

WARM, END, HORIZON = 200.0, 1700.0, 2000
DAYS = np.arange(WARM, END, 0.5)


def course(size: int, mean: float, **more: Any) -> dict[str, Any]:
    served = {
        "lasts": {"exponential": {"mean": f"{mean} days"}},
        "next": {"gone": "100 %"},
        "batch": {"at_least": size, "at_most": size, "ends_together": True},
        **more,
    }
    return small_flow(
        f"{HORIZON} days",
        groups={"clients": {"starts_in": "course", "arrivals": "2 per day"}},
        resources={"place": {"units": size}},
        stages={"course": served, "gone": {}},
    )


# A batch forms: without want of places, whoever comes as number k of n waits for n - k more.


def observe_forming(journeys: Journeys) -> list[float]:
    wait = waits(journeys, "course", WARM, END)
    return [wait.mean(), (wait**2).mean(), (wait == 0).mean()]


def forming(size: int) -> dict[str, float]:
    left = np.arange(size)
    return {
        "mean wait": left.mean() / 2.0,
        "mean squared wait": (left * (left + 1)).mean() / 4.0,
        "share without wait": 1 / size,
    }


def test_a_batch_takes_as_long_to_form_as_theory_says(replicate: Replicate):
    found = replicate(course(8, 5.0), observe_forming, 20)
    assert_agrees(found, forming(8))
    assert_detected(found, forming(7))


# One server that takes four at a time: a place for each of a batch, who start and end together.


def observe_served(journeys: Journeys) -> list[float]:
    there = occupancy(journeys, DAYS)[:, 0]
    law = np.bincount(there, minlength=13)[:13] / len(DAYS)
    return [waits(journeys, "course", WARM, END).mean(), there.mean(), *law[[0, 3, 4, 8, 12]]]


def served(size: int, mean: float) -> dict[str, float]:
    law = closed_forms.full_batch_law(2.0, mean, size)
    assert law.sum() == pytest.approx(1.0, abs=1e-9)
    there = closed_forms.mean_present(law)
    return {
        "mean wait": there / 2.0 - mean,
        "mean there": there,
        **{f"{n} there": float(law[n]) for n in (0, 3, 4, 8, 12)},
    }


@pytest.fixture(scope="module")
def bulk(replicate: Replicate) -> Floats:
    return replicate(course(4, 1.4, needs={"place": 1}), observe_served, 24)


def test_a_server_of_four_at_a_time_is_as_busy_as_theory_says(bulk: Floats):
    assert_agrees(bulk, served(4, 1.4))


def test_slower_service_and_another_size_are_detected(bulk: Floats):
    assert_detected(bulk, served(4, 1.5))
    assert_detected(bulk, served(5, 1.4))


def test_places_that_come_free_one_by_one_are_detected(replicate: Replicate):
    """The control: who starts together does not end together, and all four places are free less often."""
    flow = course(4, 1.0, needs={"place": 1})
    found = replicate(flow, observe_served, 12)
    assert_agrees(found, served(4, 1.0))
    flow["stages"]["course"]["batch"] = 4
    assert_detected(replicate(flow, observe_served, 12), served(4, 1.0))
