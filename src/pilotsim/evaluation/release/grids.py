"""How coarse an effect must be, so that no small count can be solved for from it.

A difference of shares and its standard error are two equations for two counts, and where the sizes
of the arms are known they have one solution: of 78 and 77 clients only 3 and 2 in work give 1.3
points with an error of 2.9. So where a count is small, the estimate is told by the interval of a
grid that it lies in, and the error as the largest that any table with a small count in that
interval has. Both follow from the sizes of the arms, which anybody may know; the error tells
nothing that the interval does not. Each interval holds so many tables that every small count in
it could be at least `least` others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from pilotsim.base.arrays import Floats, Ints

# Widths of intervals of shares, rising.
LADDER = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class EffectGrid:
    """Intervals from −1 to 1 in which a difference of shares may be told to lie.

    Parameters
    ----------
    edges : ndarray of float, shape (intervals + 1,)
        Where they end, rising.
    errors : ndarray of float, shape (intervals,)
        The largest standard error of a table with a small count in each; NaN where it has none.
    """

    edges: Floats
    errors: Floats

    def place(self, estimate: float) -> int:
        """Return the number of the interval that an estimate lies in."""
        found = int(np.searchsorted(self.edges, round(estimate, 9), side="right")) - 1
        return min(max(found, 0), len(self.errors) - 1)


def step_from(least: float) -> float:
    """Return the smallest width of the ladder that is no smaller than asked for."""
    return next((step for step in LADDER if step >= least - 1e-12), LADDER[-1])


def small_tables(offered: int, compared: int, least: int) -> Ints:
    """Return every table of two arms in which few have the outcome, or few lack it, in some arm.

    Few are 0 to `least`: with the last and with 0, which might be shown, among them, that an effect
    is coarse does not tell that somebody is there. Those in which all are alike are not among them:
    nothing is estimated from these.

    Returns
    -------
    ndarray of int, shape (tables, 2)
        How many have the outcome in the arm of `offered`, and in that of `compared` clients.
    """
    tables = np.unique(np.vstack(list(_sides(offered, compared, least))), axis=0)
    total = tables.sum(axis=1)
    kept: Ints = tables[(tables.min(axis=1) >= 0) & (total > 0) & (total < offered + compared)]
    return kept


def _sides(offered: int, compared: int, least: int) -> Iterator[Ints]:
    in_offered, in_compared = np.arange(offered + 1), np.arange(compared + 1)
    for few in range(least + 1):
        for own in (few, offered - few):
            yield np.column_stack([np.full(compared + 1, own), in_compared])
        for own in (few, compared - few):
            yield np.column_stack([in_offered, np.full(offered + 1, own)])


def difference_of(tables: Ints, offered: int, compared: int) -> tuple[Floats, Floats]:
    """Return the difference of shares in tables, and its standard error (HC2)."""
    share, other = tables[:, 0] / offered, tables[:, 1] / compared
    spread = share * (1.0 - share) / max(offered - 1, 1)
    spread += other * (1.0 - other) / max(compared - 1, 1)
    return share - other, np.sqrt(spread)


@cache
def coarse_grid(offered: int, compared: int, least: int) -> EffectGrid | None:
    """Return the grid for two arms; None where the arms are too small for any.

    Parameters
    ----------
    offered, compared : int
        Clients with a known outcome in either arm.
    least : int
        Each small count must be able to be so many.
    """
    tables = small_tables(offered, compared, least)
    estimates, errors = difference_of(tables, offered, compared)
    step = step_from(1.0 / min(offered, compared))
    half = round(1.0 / step)
    steps = np.clip(np.floor(np.round(estimates / step, 9)).astype(np.int64), -half, half - 1)
    order = np.argsort(steps, kind="stable")
    starts = np.searchsorted(steps[order], np.arange(-half, half + 1))
    edges, largest, first = [-1.0], [], 0
    for number in range(2 * half):
        inside = order[starts[first] : starts[number + 1]]
        if _is_safe(tables[inside], offered, compared, least):
            edges.append((number + 1 - half) * step)
            largest.append(errors[inside].max() if len(inside) else np.nan)
            first = number + 1
    if first < 2 * half:
        # What is left at the upper end goes with the interval below it.
        while len(edges) > 1:
            edges.pop()
            largest.pop()
            rest = estimates >= edges[-1] - 1e-12
            if _is_safe(tables[rest], offered, compared, least):
                break
        else:
            return None
        edges.append(1.0)
        largest.append(errors[rest].max())
    return EffectGrid(np.round(edges, 9), np.array(largest))


def _is_safe(tables: Ints, offered: int, compared: int, least: int) -> bool:
    """Return whether each small count in some tables could be `least` others of them."""
    for counts in sides_of(tables, offered, compared):
        if ((counts > 0) & (counts < least)).any():
            found = np.unique(counts)
            if len(found) < least or found[-1] - found[0] < least:
                return False
    return True


def sides_of(tables: Ints, offered: int, compared: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return who has the outcome and who lacks it, in either arm, in each table."""
    return tables[:, 0], offered - tables[:, 0], tables[:, 1], compared - tables[:, 1]


@dataclass(frozen=True)
class Rounding:
    """To what an estimate is rounded, and its error rounded up, where few clients are lost."""

    estimate: float
    error: float


@dataclass(frozen=True)
class RoundedAnswer:
    """What is printed of an answer where few clients are lost.

    Parameters
    ----------
    rounding : Rounding
        To what.
    estimate, error : float
        As printed.
    share : float
        The share of those offered who have the outcome, near which a table that fits is sought.
    """

    rounding: Rounding
    estimate: float
    error: float
    share: float


def rounding_for(offered: int, compared: int) -> Rounding:
    """Return the rounding of a difference of shares that does not tell how few are lost.

    Whatever the number of the followed, some count of those with the outcome gives an estimate in
    the same interval, since that is wider than two clients.
    """
    wide = step_from(2.0 / min(offered, compared))
    return Rounding(wide, step_from(wide / 2.0))


def tables_that_fit(
    offered: int, compared: int, told: RoundedAnswer, *, within: int | None = None
) -> Ints:
    """Return the tables of two arms that are rounded to what is told of an answer.

    Parameters
    ----------
    offered, compared : int
        Clients in either arm.
    told : RoundedAnswer
        What is told.
    within : int, optional
        Look only at tables with so many more or fewer who have the outcome than the share says.

    Returns
    -------
    ndarray of int, shape (tables, 2)
        How many have the outcome in either arm.
    """
    middle = round(told.share * offered)
    low, high = (0, offered) if within is None else (middle - within, middle + within)
    in_offered = np.arange(max(low, 0), min(high, offered) + 1)
    centre = (in_offered / offered - told.estimate) * compared
    reach = int(np.ceil(told.rounding.estimate * compared / 2.0)) + 1
    found = np.round(centre)[:, None] + np.arange(-reach, reach + 1)
    tables = np.column_stack(
        [np.repeat(in_offered, found.shape[1]), np.ravel(found).astype(np.int64)]
    )
    tables = tables[(tables[:, 1] >= 0) & (tables[:, 1] <= compared)]
    estimates, errors = difference_of(tables, offered, compared)
    alike = np.abs(round_to(estimates, told.rounding.estimate) - told.estimate) < 1e-9
    alike &= np.abs(round_up(errors, told.rounding.error) - told.error) < 1e-9
    fitting: Ints = tables[alike]
    return fitting


def round_to(values: Floats, step: float) -> Floats:
    """Return values rounded to multiples of a step."""
    return np.asarray(np.round(np.floor(np.round(values / step, 9) + 0.5) * step, 9))


def round_up(values: Floats, step: float) -> Floats:
    """Return values rounded up to multiples of a step."""
    return np.asarray(np.round(np.ceil(np.round(values / step, 9)) * step, 9))
