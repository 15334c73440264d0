"""Shifts and appointments: each run against a chain that is solved in numbers, and against one that is wrong.

Time is in days. Everything begins empty, and the chains are followed from there: nothing is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from pilotsim.measures.selections import in_stages
from pilotsim.simulation.journeys import Journeys
from tests.counting import occupancy
from tests.small_flows import small_flow
from tests.statistics import Floats, assert_agrees, assert_detected
from tests.theory.conftest import Replicate

pytestmark = pytest.mark.slow

# Two desks from 6 to 18 each day; those who wait give up.
DESKS, OPENS, CLOSES, DAYS = 2, 0.25, 0.75, 40
COME, SERVED, GIVE_UP = 12.0, 6.0, 1.5
HOURS = (0.2, 0.3, 0.5, 0.75, 0.8)
MOST = 50


def desks(at_end: str, **changes: Any) -> dict[str, Any]:
    stage = {"needs": {"desk": 1}, "lasts": {"exponential": {"mean": "4 hours"}}}
    shifts = {"mon-sun": "06:00-18:00", "holidays": "as_usual"}
    interrupted = {"interrupted": "goes_on"} if at_end == "hand_over" else {}
    return small_flow(
        f"{DAYS + 1} days",
        groups={"g": {"starts_in": "served", "arrivals": f"{COME} per day"}},
        resources={"desk": {"units": DESKS, "shifts": shifts, "at_end_of_shift": at_end}},
        risks={"gives_up": {"to": "gone", "rate": f"{GIVE_UP} per day"}},
        stages={
            "served": {
                **stage,
                "next": {"gone": "100 %"},
                "risks": {"gives_up": {"waiting": 1}},
                **interrupted,
                **changes,
            },
            "gone": {},
        },
    )


def observe_desks(journeys: Journeys) -> list[float]:
    times = np.array([day + hour for hour in HOURS for day in range(DAYS)])
    there: list[float] = (
        occupancy(journeys, times)[:, 0].reshape(len(HOURS), DAYS).mean(axis=1).tolist()
    )
    return there


def by_hour(at_end: str, served: float = SERVED) -> dict[str, float]:
    """Return the mean number there at hours of the day, over all days, from an empty start.

    A state is how many are served and how many wait.
    """
    states = [(s, q) for s in range(DESKS + 1) for q in range(MOST + 1)]
    place = {state: k for k, state in enumerate(states)}
    goes_on_at_night = {"finish": 1.0, "pause": 0.0, "hand_over": 0.0}[at_end]

    def speeds(*, is_open: bool) -> Floats:
        found = np.zeros((len(states), len(states)))

        def add(a: tuple[int, int], b: tuple[int, int], speed: float) -> None:
            if b in place and speed > 0:
                found[place[a], place[b]] += speed
                found[place[a], place[a]] -= speed

        for s, q in states:
            free = is_open and s < DESKS
            add((s, q), (s + 1, q) if free else (s, q + 1), COME)
            add((s, q), (s, q - 1), GIVE_UP * q)
            takes = is_open and q > 0
            left = (s, q - 1) if takes else (s - 1, q)
            add((s, q), left, served * s * (1.0 if is_open else goes_on_at_night))
        return found

    def moved(law: Floats, to: Any) -> Floats:
        found = np.zeros_like(law)
        for state, share in zip(states, law, strict=True):
            found[place[to(*state)]] += share
        return found

    def fill(s: int, q: int) -> tuple[int, int]:
        start = min(DESKS - s, q)
        return s + start, q - start

    def empty(s: int, q: int) -> tuple[int, int]:
        return 0, min(s + q, MOST)

    night, day = speeds(is_open=False), speeds(is_open=True)
    times = sorted({0.0, *HOURS, OPENS, CLOSES, 1.0})
    steps = [
        (a, b, expm((day if OPENS <= a < CLOSES else night) * (b - a))) for a, b in pairwise(times)
    ]
    numbers = np.array([s + q for s, q in states])
    law = np.zeros(len(states))
    law[place[0, 0]] = 1.0
    total = dict.fromkeys(HOURS, 0.0)
    for _ in range(DAYS):
        for begins, ends, step in steps:
            if begins == OPENS:
                law = moved(law, fill)
            if begins == CLOSES and at_end == "hand_over":
                # Those who are handed over stand in line, where they may give up.
                law = moved(law, empty)
            law = law @ step
            if ends in total:
                total[ends] += float(law @ numbers) / DAYS
    return {f"there at {24 * hour:g} hours": mean for hour, mean in total.items()}


@pytest.mark.parametrize("at_end", ["finish", "pause", "hand_over"])
def test_desks_with_shifts_are_as_full_as_the_chain_says(replicate: Replicate, at_end: str):
    found = replicate(desks(at_end), observe_desks, 60)
    assert_agrees(found, by_hour(at_end))
    assert_detected(found, by_hour(at_end, SERVED / 1.1))
    others = {"finish": "pause", "pause": "hand_over", "hand_over": "finish"}
    assert_detected(found, by_hour(others[at_end]))


# A clinic by appointment (Bailey and Welch 1952): two at the first of six slots, then one each.

SLOTS, EACH, LASTS, COMES, WEEKS = 6, 30.0, 25.0, 0.85, 20


def clinic(at_first: int = 2, mean: float = LASTS) -> dict[str, Any]:
    hours = ", ".join([*["09:00"] * (at_first - 1), "09:00-12:00"])
    week = {"mon-sun": hours, "holidays": "as_usual"}
    return small_flow(
        f"{7 * WEEKS} days",
        groups={"g": {"starts_in": "booking", "stock": 7 * WEEKS * (SLOTS + 2)}},
        resources={"doctor": {"units": 1}},
        stages={
            "booking": {
                "opens": {"week": week, "slot": f"{EACH:g} minutes", "admits": 1},
                "lasts": "0 days",
                "next": {"clinic": f"{COMES:.0%}".replace("%", " %"), "gone": "rest"},
            },
            "clinic": {
                "needs": {"doctor": 1},
                "lasts": {"exponential": {"mean": f"{mean:g} minutes"}},
                "next": {"gone": "100 %"},
            },
            "gone": {},
        },
    )


def observe_clinic(journeys: Journeys) -> list[float]:
    """How many come to each slot a day, and how many minutes they wait together."""
    rows = in_stages(journeys, ("clinic",))
    slot = np.round((journeys.joined[rows] % 1 - 9 / 24) * 24 * 60 / EACH).astype(int)
    waited = (journeys.began - journeys.joined)[rows] * 24 * 60
    many = np.bincount(slot, minlength=SLOTS) / (7 * WEEKS)
    return [*many, *(np.bincount(slot, waited, minlength=SLOTS) / (7 * WEEKS))]


def by_slot(booked: Sequence[int], mean: float = LASTS) -> dict[str, float]:
    """Return who comes and what they wait in all, slot by slot: the number there is a chain."""
    law = np.zeros(2 * SLOTS + 2)
    law[0] = 1.0
    present = np.arange(len(law))
    many, waited = {}, {}
    for slot, patients in enumerate(booked):
        wait = 0.0
        for _ in range(patients):
            wait += COMES * mean * float(law @ present)
            law = (1 - COMES) * law + COMES * np.roll(law, 1)
        many[f"come to slot {slot}"] = COMES * patients
        waited[f"minutes waited from slot {slot}"] = wait
        done = stats.poisson(EACH / mean)
        after = np.zeros_like(law)
        for n, share in enumerate(law):
            chances = done.pmf(np.arange(n))
            after[n - np.arange(n)] += share * chances
            after[0] += share * (1 - chances.sum())
        law = after
    return {**many, **waited}


def test_a_clinic_waits_as_bailey_and_welch_say(replicate: Replicate):
    found = replicate(clinic(), observe_clinic, 40)
    assert_agrees(found, by_slot([2, 1, 1, 1, 1, 1]))
    assert_detected(found, by_slot([2, 1, 1, 1, 1, 1], 1.1 * LASTS))
    assert_detected(replicate(clinic(1), observe_clinic, 40), by_slot([2, 1, 1, 1, 1, 1]))
