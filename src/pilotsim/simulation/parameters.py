"""The number of every value of a flow: as written, or drawn from its range.

And how it changes at dates.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base import elementary, randomness
from pilotsim.base.arrays import Bools, Floats, Ints, Uint64s
from pilotsim.base.calendar import Calendar
from pilotsim.base.counts import even_count, triangular_count
from pilotsim.base.mixture import Mixture
from pilotsim.base.quantity import Quantity
from pilotsim.model.flow import Flow
from pilotsim.model.following import settle_followers

UNLIMITED = 1e9
ASSUMPTION = randomness.code("assumption")
STRATUM = randomness.code("joint stratum")
PLACE = randomness.code("joint place")
# So many replications in a row have a row each from as many equal parts of a file of rows: a
# reading of the sources has its share of them, whatever the number of replications.
STRATA = 20


def numbers_of(flow: Flow) -> Floats:
    """Return the number of each value by slot, shape (values,): assumptions as written.

    A value that follows others is NaN: `settle` works it out.
    """
    numbers = np.array([value.number for value in flow.values.values()], np.float64)
    numbers[[follower.slot for follower in flow.followers]] = math.nan
    return numbers


def draw_numbers(flow: Flow, seed: int, replication: int) -> Floats:
    """Return the numbers of a flow with each assumption drawn from its range, shape (values,).

    Each draw is keyed by the path of the value. Values that are drawn together have those of one
    row.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed, replication : int
        The key of the random numbers.
    """
    own: Floats = draw_rows_of_numbers(flow, seed, [replication])[0]
    return own


def draw_rows_of_numbers(flow: Flow, seed: int, replications: Sequence[int]) -> Floats:
    """Return what `draw_numbers` gives each replication, shape (replications, values).

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed : int
        The seed of the run.
    replications : sequence of int
        The replications, one for each row.
    """
    ranges = _ranges_of(flow)
    many = len(replications)
    purposes = np.tile(ranges.purposes, many)
    groups = np.full(len(purposes), ASSUMPTION, np.uint64)
    keys = np.repeat(np.array(replications, np.uint64), len(ranges.purposes))
    draws = randomness.uniforms(seed, keys, groups, np.zeros_like(groups), purposes, 0)
    numbers = np.tile(ranges.numbers, (many, 1))
    numbers[:, ranges.slots] = ranges.quantiles(draws[:, 0].reshape(many, len(ranges.purposes)))
    for name, slots, columns in _together(flow):
        rows = draw_posterior_rows(flow, name, seed, replications)
        numbers[:, slots] = flow.posteriors[name].numbers[np.ix_(rows, columns)]
    return numbers


def draw_posterior_rows(flow: Flow, name: str, seed: int, replications: Sequence[int]) -> Ints:
    """Return the row of a part `joint` that each replication takes, shape (replications,).

    Each row is as likely as any other. Twenty replications in a row, from a multiple of 20 on, take
    one from each twentieth of the rows, in an order of chance.

    Parameters
    ----------
    flow : Flow
        What the file says.
    name : str
        The part; with the seed and the replication it is the key of the draw.
    seed : int
        The seed of the run.
    replications : sequence of int
        The replications.
    """
    asked = np.array(replications, np.uint64)
    blocks, block_of = np.unique(asked // np.uint64(STRATA), return_inverse=True)
    purpose = randomness.code(name)
    strata = np.tile(np.arange(STRATA, dtype=np.uint64), len(blocks))
    keys = np.repeat(blocks, STRATA)
    group = np.full(len(keys), STRATUM, np.uint64)
    chances = randomness.uniforms(seed, keys, group, strata, purpose, 0)[:, 0]
    order = np.argsort(np.argsort(chances.reshape(len(blocks), STRATA), axis=1), axis=1)
    stratum = order[block_of, (asked % np.uint64(STRATA)).astype(np.int64)]

    group = np.full(len(asked), PLACE, np.uint64)
    within = randomness.uniforms(seed, asked, group, np.zeros_like(asked), purpose, 0)[:, 0]
    count = len(flow.posteriors[name])
    return np.minimum(count - 1, ((stratum + within) / STRATA * count).astype(np.int64))


def _together(flow: Flow) -> list[tuple[str, Ints, Ints]]:
    """Return the slots that each part `joint` fills, and their columns in its rows."""
    found: list[tuple[str, Ints, Ints]] | None = flow.memory.get(_together)
    if found is None:
        found = []
        for name, members in flow.drawn_together.items():
            paths = flow.posteriors[name].paths
            columns = np.array([paths.index(path) for path in members], np.int64)
            slots = np.array([value.slot for value in members.values()], np.int64)
            found.append((name, slots, columns))
        flow.memory[_together] = found
    return found


@dataclass(frozen=True)
class _Ranges:
    """The values of a flow: all as written, and for each assumption where it may lie."""

    numbers: Floats
    purposes: Uint64s
    slots: Ints
    low: Floats
    value: Floats
    high: Floats
    is_uniform: Bools
    is_count: Bools
    mixtures: Mapping[int, Mixture]

    def quantiles(self, u: Floats) -> Floats:
        """Return each assumption's quantile at `u`, shape (replications, assumptions).

        Equal to `Quantity.quantile` to the bit, with that of a mixture rounded by `round_count`.
        """
        width = self.high - self.low
        rise = self.value - self.low
        fall = self.high - self.value
        rising = self.low + np.sqrt(u * width * rise)
        falling = self.high - np.sqrt((1 - u) * width * fall)
        found = np.where(
            self.is_uniform, self.low + width * u, np.where(u * width < rise, rising, falling)
        )
        for which in np.flatnonzero(self.is_count).tolist():
            found[:, which] = self._counts(u[:, which], which)
        for column, mixture in self.mixtures.items():
            found[:, column] = [mixture.quantile(float(one)) for one in u[:, column]]
        return np.where(self.is_count, np.floor(found + 0.5), found)

    def _counts(self, chances: Floats, which: int) -> list[float]:
        low, value, high = (float(one[which]) for one in (self.low, self.value, self.high))
        if self.is_uniform[which]:
            return [even_count(u, low, high) for u in chances.tolist()]
        return [triangular_count(u, low, value, high) for u in chances.tolist()]


def _ranges_of(flow: Flow) -> _Ranges:
    found: _Ranges | None = flow.memory.get(_Ranges)
    if found is None:
        apart = {path: v for path, v in flow.assumptions.items() if v.joint is None}
        own = apart.values()
        ends = np.array([(v.low, v.number, v.high) for v in own], np.float64)
        low, value, high = ends.reshape(len(own), 3).T
        found = flow.memory[_Ranges] = _Ranges(
            numbers_of(flow),
            np.array([randomness.code(path) for path in apart], np.uint64),
            np.array([v.slot for v in own], np.int64),
            low,
            value,
            high,
            np.array([v.shape == "uniform" for v in own], np.bool_),
            np.array([v.kind == "count" for v in own], np.bool_),
            {column: v.mixture for column, v in enumerate(own) if v.mixture is not None},
        )
    return found


def settle(flow: Flow, numbers: Floats) -> Floats:
    """Return the numbers of a flow as runs go by them: scaled, and worked out from each other.

    What shared values raise and scale is raised and scaled; then what follows other values and was
    not set for the run is worked out.

    Parameters
    ----------
    flow : Flow
        What the file says.
    numbers : ndarray, shape (..., values)
        By slot, in base units: drawn, and with what was set for the run. NaN for what is to be
        worked out.

    Returns
    -------
    ndarray, shape (..., values)
        The same array where nothing is scaled or follows.

    Raises
    ------
    RequestError
        A sum comes to no number that its value may be.
    """
    return settle_followers(flow, _scale(flow, numbers))


def _scale(flow: Flow, numbers: Floats) -> Floats:
    """Return numbers with what shared values do to others done.

    First those that are raised to the power of a shared value, then those that one multiplies.
    """
    if not flow.scaled and not flow.raised:
        return numbers
    found = numbers.copy()
    for own, power in flow.raised.items():
        found[..., own] = _raised(numbers[..., own], numbers[..., power])
    if flow.scaled:
        slots = np.array(list(flow.scaled), np.int64)
        shared = np.array(list(flow.scaled.values()), np.int64)
        is_count = np.array([value.kind == "count" for value in flow.values.values()])[slots]
        product = found[..., slots] * numbers[..., shared]
        found[..., slots] = np.where(is_count, np.floor(product + 0.5), product)
    return found


def _raised(numbers: Floats, powers: Floats) -> Floats:
    """Return each factor to the power of its strength, as `raise_number` does."""
    pairs = zip(numbers.ravel().tolist(), powers.ravel().tolist(), strict=True)
    found = np.array([raise_number(number, power) for number, power in pairs])
    return found.reshape(numbers.shape)


def raise_number(number: float, power: float) -> float:
    """Return a factor to the power of a strength: just 1 at 0, just as written at 1.

    Parameters
    ----------
    number : float
        The factor, above 0.
    power : float
        The strength; below 0 it turns a gain into a loss.
    """
    return number if power == 1.0 else elementary.power(number, power)


def round_count(value: Quantity, number: float) -> float:
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

    def __init__(self, numbers: Floats, calendar: Calendar) -> None:
        self._numbers = numbers
        self.calendar = calendar

    def number(self, value: Quantity) -> float:
        """Return a value's number at the start."""
        return float(self._numbers[value.slot])

    def timeline(self, value: Quantity) -> Timeline:
        """Return a value with its changes at dates; changes up to the start hold from the start."""
        points = {0.0: self.number(value)}
        for when, later in value.changes:
            points[max(0.0, self.calendar.day_of(when))] = self.number(later)
        return Timeline(tuple(points), tuple(points.values()))
