"""The gate's attack on its own release: can a hidden small count be worked out from all printed?

The reader of the attack knows everything printed and the sizes of the arms. Coarse and rounded
effects are taken for what they tell: that a difference of shares lies in an interval, that a table
is one of those that the grid holds. Against each small count stand all sums and intervals at once
(linear programming), and for rounded answers all numbers of lost clients that fit every month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pilotsim.base.arrays import Bools, Ints
from pilotsim.evaluation.release.grids import RoundedAnswer, coarse_grid, tables_that_fit
from pilotsim.evaluation.release.questions import CellTable, Question
from pilotsim.evaluation.release.suppression import Inequality, bounds_of

# How far from the true table one that fits is sought first, in clients.
NEAR = 12


def told_by_coarse(
    question: Question, sizes: Sequence[int], estimate: float, least: int
) -> Inequality | None:
    """Return what the coarse answer of a question tells of its cells."""
    grid = coarse_grid(sizes[0], sizes[1], least)
    if grid is None:
        return None
    number = grid.place(estimate)
    return Inequality(
        (question.offered.have, question.compared.have),
        (1.0 / sizes[0], -1.0 / sizes[1]),
        float(grid.edges[number]),
        float(grid.edges[number + 1]),
    )


def tables_of_coarse(sizes: Sequence[int], estimate: float, least: int) -> Ints:
    """Return all tables of two arms that a coarse answer leaves, by its interval and its error.

    Parameters
    ----------
    sizes : sequence of int
        Clients of both arms.
    estimate : float
        The difference of shares.
    least : int
        The smallest count that may be shown.

    Returns
    -------
    ndarray of int, shape (tables, 2)
        Who has the outcome in either arm.
    """
    grid = coarse_grid(sizes[0], sizes[1], least)
    assert grid is not None
    number = grid.place(estimate)
    have = np.indices((sizes[0] + 1, sizes[1] + 1)).reshape(2, -1).T
    shares = have / np.array(sizes)
    effect = shares[:, 0] - shares[:, 1]
    error = np.sqrt((shares * (1.0 - shares) / np.maximum(np.array(sizes) - 1, 1)).sum(axis=1))
    largest = float(np.nan_to_num(grid.errors[number], nan=np.nanmax(grid.errors)))
    near = (effect >= grid.edges[number] - 1e-9) & (effect <= grid.edges[number + 1] + 1e-9)
    return np.asarray(have[near & (error <= largest + 1e-9)])


def counts_left(
    tables: Sequence[tuple[tuple[int, int], Ints]], known: dict[int, Bools]
) -> dict[int, Bools]:
    """Return which counts of each arm are left by the tables of all pairs that share arms.

    Where no pairs make a circle, these are exactly the counts that fit everything.

    Parameters
    ----------
    tables : sequence of tuple
        The arms of each pair, and its tables, shape (tables, 2).
    known : dict of int to ndarray of bool, shape (clients + 1,)
        Which counts each arm could have before.
    """
    left = {arm: possible.copy() for arm, possible in known.items()}
    grows = True
    while grows:
        before = sum(int(possible.sum()) for possible in left.values())
        for pair, found in tables:
            fits = left[pair[0]][found[:, 0]] & left[pair[1]][found[:, 1]]
            for side, arm in enumerate(pair):
                still = np.zeros(len(left[arm]), np.bool_)
                still[found[fits, side]] = True
                left[arm] &= still
        grows = sum(int(possible.sum()) for possible in left.values()) < before
    return left


def told_by_rounded(
    question: Question, sizes: tuple[int, int], printed: RoundedAnswer
) -> list[Inequality]:
    """Return what the rounded answer of a question tells of its cells, were its sizes known."""
    tables = tables_that_fit(sizes[0], sizes[1], printed)
    return [
        Inequality((arm.have,), (1.0,), float(found.min()), float(found.max()))
        for arm, found in zip(question.arms, tables.T, strict=True)
        if len(found)
    ]


def pinned_cells(
    table: CellTable,
    hidden: Bools,
    told: Sequence[Inequality],
    least: int,
    secret: Iterable[int] = (),
) -> Iterator[int]:
    """Yield the small and the secret cells that could be told to fewer than `least` counts."""
    counts = np.array(table.counts)
    guarded = (counts > 0) & (counts < least)
    guarded[list(secret)] = True
    for cell in np.flatnonzero(hidden & guarded):
        low, high = bounds_of(int(cell), counts, hidden, table.sums, told)
        if high - low < least:
            yield int(cell)


def lost_that_fit(
    sizes: tuple[int, int], most: int, printed: Sequence[RoundedAnswer]
) -> list[tuple[int, int]]:
    """Return which numbers of lost clients fit all rounded answers about the same followed.

    Parameters
    ----------
    sizes : tuple of int
        Clients in both arms.
    most : int
        The largest number tried in either arm.
    printed : sequence of RoundedAnswer
        What is told of each.
    """
    left = []
    for lost in range(min(most, sizes[0] - 2) + 1):
        for other in range(min(most, sizes[1] - 2) + 1):
            sizes_left = (sizes[0] - lost, sizes[1] - other)
            if all(_fit(sizes_left, one) for one in printed):
                left.append((lost, other))
    return left


def _fit(sizes: tuple[int, int], told: RoundedAnswer) -> bool:
    # Nearly always a table near the true one fits, and then all others need not be looked at.
    near = tables_that_fit(sizes[0], sizes[1], told, within=NEAR)
    return len(near) > 0 or len(tables_that_fit(sizes[0], sizes[1], told)) > 0


def is_told(lost: int, candidates: Sequence[int], least: int) -> bool:
    """Return whether a small number of lost clients is told by what fits."""
    found = set(candidates)
    return 0 < lost < least and (len(found) < least or max(found) - min(found) < least)
