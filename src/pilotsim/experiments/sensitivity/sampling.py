"""The points at which indices need a response, each factor from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats

LEVELS = 4  # of a trajectory's grid, as Morris has it


def saltelli(first: Floats, second: Floats) -> Floats:
    """Return the points of Sobol indices: each row of A, then A with each factor in turn from B, then B.

    Parameters
    ----------
    first, second : ndarray of float, shape (rows, factors)
        Independent even samples A and B: the two halves of a sequence in twice as many dimensions.

    Returns
    -------
    ndarray of float, shape (rows * (factors + 2), factors)
    """
    rows, factors = first.shape
    points = np.repeat(first[:, None, :], factors + 2, axis=1)
    points[:, -1] = second
    for k in range(factors):
        points[:, 1 + k, k] = second[:, k]
    return points.reshape(rows * (factors + 2), factors)


def trajectories(names: Sequence[str], count: int, seed: int, levels: int = LEVELS) -> Floats:
    """Return the points of elementary effects: from a point of a grid, one step in each factor in an order of chance.

    Parameters
    ----------
    names : sequence of str
        The factors; each one's chance is keyed by its name.
    count : int
        How many trajectories.
    seed : int
        The key.
    levels : int
        Of the grid, even; a step is `levels / (2 (levels - 1))` of the range.

    Returns
    -------
    ndarray of float, shape (count * (factors + 1), factors)
    """
    factors, step = len(names), levels / (2 * (levels - 1))
    start, up, place = (_columns(seed, what, names, count) for what in ("start", "up", "place"))
    base = np.floor(start * levels / 2) / (levels - 1)
    low, high = np.where(up < 0.5, base, base + step), np.where(up < 0.5, base + step, base)
    when = np.argsort(np.argsort(place, axis=1), axis=1)
    moved = np.arange(factors + 1)[None, :, None] > when[:, None, :]
    return np.where(moved, high[:, None, :], low[:, None, :]).reshape(
        count * (factors + 1), factors
    )


def _columns(seed: int, what: str, names: Sequence[str], count: int) -> Floats:
    """Return uniform numbers, a column for each factor."""
    group, numbers = (
        np.full(count, randomness.code("trajectory"), np.uint64),
        np.arange(count, dtype=np.uint64),
    )
    return np.stack(
        [
            randomness.uniforms(seed, 0, group, numbers, randomness.code(f"{what}/{name}"), 0)[:, 0]
            for name in names
        ],
        axis=1,
    )
