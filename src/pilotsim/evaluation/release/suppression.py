"""Small cells: which counts to suppress so that nobody can be identified, even by subtraction.

Cells with at least 1 and fewer than `least` clients are suppressed. Then further cells are, until
none of the small ones can be pinned down from the sums that hold between cells: until, for each,
whole numbers over a span of at least `least` agree with everything shown. After Willenborg and de
Waal, *Elements of Statistical Disclosure Control* (2001), ch. 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from pilotsim.base.arrays import Bools, Ints
from pilotsim.evaluation.register.values import LEAST


@dataclass(frozen=True)
class TableSum:
    """A cell that is the sum of others: their numbers in the table."""

    total: int
    parts: tuple[int, ...]

    @property
    def members(self) -> tuple[int, ...]:
        """All its cells."""
        return (self.total, *self.parts)


@dataclass(frozen=True)
class TogetherHidden:
    """Cells that one number tells of: where any of the first is hidden, so are the second."""

    where: tuple[int, ...]
    also: tuple[int, ...]


@dataclass(frozen=True)
class Inequality:
    """What a coarse number tells of cells: their weighted sum lies between two bounds."""

    cells: tuple[int, ...]
    weights: tuple[float, ...]
    low: float
    high: float


def suppress(
    counts: Sequence[int],
    sums: Sequence[TableSum],
    least: int = LEAST,
    *,
    groups: Sequence[TogetherHidden] = (),
    unprinted: Iterable[int] = (),
    coarse: Iterable[int] = (),
    fixed: Iterable[int] = (),
    secret: Iterable[int] = (),
    last: Iterable[int] = (),
) -> Bools:
    """Return which cells may not be shown, shape (cells,).

    Everything is hidden where nothing less helps.

    Parameters
    ----------
    counts : sequence of int
        Clients in each cell.
    sums : sequence of TableSum
        Which cells are sums of which.
    least : int
        The smallest count that may be shown, apart from 0.
    groups : sequence of TogetherHidden
        Which cells one number tells of, so that they are hidden together.
    unprinted : iterable of int
        Cells that nothing shows, and that must not be worked out either.
    coarse : iterable of int
        Cells that only a coarse number tells of.
    fixed : iterable of int
        Cells that were shown before, and so cannot be hidden any more.
    secret : iterable of int
        Cells that must not be worked out however many they hold: they differ by a few clients from
        what was shown of another version of the register.
    last : iterable of int
        Cells that are hidden only where nothing else helps: those of the answer that decides.
    """
    found = np.asarray(counts, np.int64)
    small = (found > 0) & (found < least)
    small[list(secret)] = True
    known = np.zeros(len(found), np.bool_)
    known[list(fixed)] = True
    hidden = small.copy()
    hidden[[*unprinted, *coarse]] = True
    # What was told is hidden no more, and hides nothing that stands beside it.
    hidden &= ~known
    hidden = _with_groups(hidden, groups, known)
    kept = frozenset(last)
    # Whoever is safe stays so when more is hidden: one pass is enough.
    for cell in np.flatnonzero(small & hidden):
        while not _is_safe(int(cell), found, hidden, sums, least):
            more = _next_to_hide(int(cell), found, hidden, known, sums, kept)
            if more is None:
                return np.ones(len(found), np.bool_)
            hidden[more] = True
            hidden = _with_groups(hidden, groups, known)
    return hidden


def _with_groups(hidden: Bools, groups: Sequence[TogetherHidden], known: Bools) -> Bools:
    """Return the hidden cells with all those that one number tells of together with them."""
    found = hidden.copy()
    grows = True
    while grows:
        before = int(found.sum())
        for group in groups:
            if found[list(group.where)].any():
                found[list(group.also)] = True
        found &= ~known
        grows = int(found.sum()) > before
    return found


def _is_safe(cell: int, counts: Ints, hidden: Bools, sums: Sequence[TableSum], least: int) -> bool:
    low, high = bounds_of(cell, counts, hidden, sums)
    return high - low >= least


def bounds_of(
    cell: int,
    counts: Ints,
    hidden: Bools,
    sums: Sequence[TableSum],
    told: Sequence[Inequality] = (),
) -> tuple[float, float]:
    """Return the bounds of a hidden cell that follow from the shown cells and the sums.

    Parameters
    ----------
    cell : int
        Which one.
    counts : ndarray of int, shape (cells,)
        Clients in each; those of hidden cells are not looked at.
    hidden : ndarray of bool, shape (cells,)
        Which are hidden.
    sums : sequence of TableSum
        Which cells are sums of which.
    told : sequence of Inequality
        What else is known of them.
    """
    near, near_told = _connected(cell, hidden, sums, told)
    unknown = sorted({number for one in near for number in one.members if hidden[number]} | {cell})
    unknown = sorted({*unknown, *(k for one in near_told for k in one.cells if hidden[k])})
    place = {number: k for k, number in enumerate(unknown)}
    if not near and not near_told:
        return 0.0, np.inf
    equal, right = [], []
    for one in near:
        row, value = np.zeros(len(unknown)), 0.0
        for number, sign in ((one.total, -1.0), *((part, 1.0) for part in one.parts)):
            if number in place:
                row[place[number]] += sign
            else:
                value -= sign * float(counts[number])
        equal.append(row)
        right.append(value)
    below, limits = [], []
    for limit in near_told:
        row, value = np.zeros(len(unknown)), 0.0
        for number, weight in zip(limit.cells, limit.weights, strict=True):
            if number in place:
                row[place[number]] += weight
            else:
                value += weight * float(counts[number])
        below += [row, -row]
        limits += [limit.high - value + 1e-9, value - limit.low + 1e-9]
    aim = np.zeros(len(unknown))
    aim[place[cell]] = 1.0
    ends = [
        linprog(
            sign * aim,
            A_ub=np.array(below) if below else None,
            b_ub=np.array(limits) if below else None,
            A_eq=np.array(equal) if equal else None,
            b_eq=np.array(right) if equal else None,
            bounds=(0, None),
        )
        for sign in (1.0, -1.0)
    ]
    low, high = (
        float(end.fun) if end.status == 0 and end.fun is not None else -np.inf for end in ends
    )
    return max(low, 0.0), -high


def _connected(
    cell: int, hidden: Bools, sums: Sequence[TableSum], told: Sequence[Inequality]
) -> tuple[list[TableSum], list[Inequality]]:
    """Return the sums and bounds that can say something of a hidden cell."""
    seen, near, near_told = {cell}, set[int](), set[int]()
    grows = True
    while grows:
        grows = False
        for k, one in enumerate(sums):
            if k not in near and seen.intersection(one.members):
                near.add(k)
                seen.update(number for number in one.members if hidden[number])
                grows = True
        for k, limit in enumerate(told):
            if k not in near_told and seen.intersection(limit.cells):
                near_told.add(k)
                seen.update(number for number in limit.cells if hidden[number])
                grows = True
    return [sums[k] for k in sorted(near)], [told[k] for k in sorted(near_told)]


def _next_to_hide(
    cell: int,
    counts: Ints,
    hidden: Bools,
    known: Bools,
    sums: Sequence[TableSum],
    last: frozenset[int],
) -> int | None:
    """Return the smallest shown cell of a sum that pins a hidden one down; totals last."""
    near: list[tuple[bool, bool, int, int]] = []
    seen, frontier = {cell}, [cell]
    while frontier and not near:
        wider: list[int] = []
        for one in sums:
            if seen & set(one.members):
                near += [
                    (number in last, number == one.total, int(counts[number]), number)
                    for number in one.members
                    if not hidden[number] and not known[number]
                ]
                wider += [number for number in one.members if number not in seen and hidden[number]]
        seen |= set(wider)
        frontier = wider
    # A cell with nobody in it hides nobody else's number unless nothing larger is left.
    candidates = sorted(near, key=lambda entry: (entry[2] == 0, *entry[:3]))
    return candidates[0][3] if candidates else None
