"""The number of every value of a flow: as written, or drawn from its range; and how it changes at dates."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim import chance
from pilotsim.dates import Calendar
from pilotsim.flow import Flow
from pilotsim.values import Value

Numbers = NDArray[np.float64]
UNLIMITED = 1e9


def numbers_of(flow: Flow) -> Numbers:
    """Return the number of every value of a flow in slot order: all assumptions at their values."""
    return np.array([value.number for value in flow.values.values()], np.float64)


def draw_numbers(flow: Flow, seed: int, replication: int) -> Numbers:
    """Return the numbers of a flow with each assumption drawn from its range; each draw is keyed by the value's path."""
    numbers = numbers_of(flow)
    purposes = np.array([chance.code(path) for path in flow.assumptions], np.uint64)
    groups = np.full(len(purposes), chance.code("assumption"), np.uint64)
    draws = chance.uniforms(seed, replication, groups, np.zeros_like(groups), purposes, 0)[:, 0].tolist()
    for value, u in zip(flow.assumptions.values(), draws, strict=True):
        numbers[value.slot] = round_count(value, value.quantile(u))
    return numbers


def round_count(value: Value, number: float) -> float:
    """Return a number as its value can be: counts are whole."""
    return math.floor(number + 0.5) if value.kind == "count" else number


@dataclass(frozen=True)
class Timeline:
    """A number that changes at certain times.

    Parameters
    ----------
    times : tuple of float
        In days, rising; the first is 0.
    numbers : tuple of float
        The number from each time on.
    """

    times: tuple[float, ...]
    numbers: tuple[float, ...]

    def at(self, time: float) -> float:
        """Return the number at a time, from 0 on."""
        return self.numbers[bisect_right(self.times, time) - 1]


class Reader:
    """Values of a flow as numbers and timelines.

    Parameters
    ----------
    numbers : ndarray
        In slot order, as from `numbers_of` or `draw_numbers`.
    calendar : Calendar
        What dates are in days.
    """

    def __init__(self, numbers: Numbers, calendar: Calendar) -> None:
        self._numbers = numbers
        self.calendar = calendar

    def number(self, value: Value) -> float:
        """Return a value's number at the start."""
        return float(self._numbers[value.slot])

    def timeline(self, value: Value) -> Timeline:
        """Return a value with its changes at dates; changes up to the start hold from the start."""
        points = {0.0: self.number(value)}
        for when, later in value.changes:
            points[max(0.0, self.calendar.day_of(when))] = self.number(later)
        return Timeline(tuple(points), tuple(points.values()))
