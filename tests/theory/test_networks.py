"""An open network of three stations with returns: Jackson's theorem, and the traffic equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotsim.measures.selections import in_stages
from pilotsim.simulation.journeys import Journeys
from tests.small_flows import small_flow
from tests.statistics import Floats, assert_agrees, assert_detected, mean_there
from tests.theory import closed_forms
from tests.theory.conftest import Replicate

pytestmark = pytest.mark.slow

# Everyone is mapped; half go to training; a fifth of those who trained are mapped again, a tenth of
# job seekers too.
STATIONS = ("mapping", "training", "job_search")
ARRIVALS = [1.0, 0.0, 0.1]
ROUTING = [[0.0, 0.5, 0.3], [0.2, 0.0, 0.6], [0.1, 0.0, 0.0]]
MEANS = [1.2, 2.4, 1.0]
PLACES = [2, 2, 1]
WARM, END = 400.0, 1400.0


def network(mapping: float = MEANS[0]) -> dict[str, Any]:
    stages: dict[str, Any] = {"gone": {}}
    for station, mean, shares in zip(STATIONS, [mapping, *MEANS[1:]], ROUTING, strict=True):
        routes = {to: f"{share:.0%}" for to, share in zip(STATIONS, shares, strict=True) if share}
        lasts = {"exponential": {"mean": f"{mean} days"}}
        stages[station] = {
            "needs": {f"{station}_place": 1},
            "lasts": lasts,
            "next": {**routes, "gone": "rest"},
        }
    return small_flow(
        f"{END:.0f} days",
        stages=stages,
        resources={f"{s}_place": {"units": c} for s, c in zip(STATIONS, PLACES, strict=True)},
        groups={
            f"to_{station}": {"starts_in": station, "arrivals": f"{rate} per day"}
            for station, rate in zip(STATIONS, ARRIVALS, strict=True)
            if rate
        },
    )


def observe(journeys: Journeys) -> list[float]:
    inside = (journeys.joined >= WARM) & (journeys.joined < END)
    through = [
        (in_stages(journeys, (station,)) & inside).sum() / (END - WARM) for station in STATIONS
    ]
    return [*through, *(mean_there(journeys, station, WARM, END) for station in STATIONS)]


def jackson(mapping: float = MEANS[0], routing: list[list[float]] = ROUTING) -> dict[str, float]:
    through = closed_forms.traffic(ARRIVALS, routing)
    numbers = closed_forms.jackson_means(ARRIVALS, routing, [mapping, *MEANS[1:]], PLACES)
    return {
        **{
            f"through {station}": rate
            for station, rate in zip(STATIONS, through.tolist(), strict=True)
        },
        **{
            f"number at {station}": number
            for station, number in zip(STATIONS, numbers.tolist(), strict=True)
        },
    }


@pytest.fixture(scope="module")
def stations(replicate: Replicate) -> Floats:
    return replicate(network(), observe, 24)


def test_network_is_as_full_as_jackson_says(stations: Floats):
    assert_agrees(stations, jackson())


def test_network_with_slower_mapping_is_detected(stations: Floats):
    assert_detected(stations, jackson(1.1 * MEANS[0]))


def test_network_without_returns_is_detected(stations: Floats):
    assert_detected(stations, jackson(routing=np.triu(ROUTING).tolist()))


def test_network_with_faster_mapping_in_the_flow_is_detected(replicate: Replicate):
    # Faster, not slower: a fuller queue varies so much more that its own standard error would hide
    # it.
    assert_detected(replicate(network(0.9 * MEANS[0]), observe, 24), jackson())
