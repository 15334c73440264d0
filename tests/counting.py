"""Who is where at a moment, and who holds what: counted from journeys, beside the program's own sums."""

from __future__ import annotations

import math

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.measures.occupancy import units_in_service, units_while_waiting
from pilotsim.simulation.journeys import Journeys


def units_held_at(journeys: Journeys, resource: int, times: Floats) -> Ints:
    """Return how many units of a resource are held at each time, shape (times,)."""
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    times = _inside(journeys, times)
    return _present(journeys.began, journeys.until, service, times) + _present(
        journeys.joined, journeys.began, waiting, times
    )


def occupancy(journeys: Journeys, times: Floats, rows: Bools | None = None) -> Ints:
    """Return how many clients are in each stage at each time, shape (times, stages)."""
    counts = np.zeros((len(times), len(journeys.plan.flow.stages)), np.int64)
    for stage in range(counts.shape[1]):
        weight = (journeys.stage == stage) & (True if rows is None else rows)
        counts[:, stage] = _present(
            journeys.joined, journeys.until, weight.astype(np.int64), _inside(journeys, times)
        )
    return counts


def _present(begins: Floats, ends: Floats, weights: Ints, times: Floats) -> Ints:
    """Return the weight of the spans that a time lies in."""
    chosen = weights != 0
    begins, ends, weights = begins[chosen], ends[chosen], weights[chosen]
    begun, ended = np.argsort(begins, kind="stable"), np.argsort(ends, kind="stable")
    came = np.concatenate([[0], np.cumsum(weights[begun])])
    went = np.concatenate([[0], np.cumsum(weights[ended])])
    counts: Ints = (
        came[np.searchsorted(begins[begun], times, side="right")]
        - went[np.searchsorted(ends[ended], times, side="right")]
    )
    return counts


def _inside(journeys: Journeys, times: Floats) -> Floats:
    """Return times with the horizon moved to the last moment that was simulated."""
    return np.minimum(times, math.nextafter(journeys.plan.horizon, 0.0))
