"""The points at which indices need a response, each factor from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats

LEVELS = 4  # of a trajectory's grid, as Morris has it


def saltelli(first: Floats, second: Floats) -> Floats:
    """Return the points at which Sobol indices need a response.

    For each row of A: the row itself, then with each factor in turn from B, then the row of B.

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
    """Return the points at which elementary effects need a response.

    Each trajectory begins at a random point of a grid and takes one step in each factor, in a
    random order.

    Parameters
    ----------
    names : sequence of str
        The factors; each has random numbers of its own, by its name.
    count : int
        How many trajectories.
    seed : int
        The seed.
    levels : int
        Of the grid, even; a step is `levels / (2 (levels - 1))` of the range.

    Returns
    -------
    ndarray of float, shape (count * (factors + 1), factors)
    """
    factors = len(names)
    step = levels / (2 * (levels - 1))
    base = np.floor(_columns(seed, "start", names, count) * levels / 2) / (levels - 1)
    goes_up = _columns(seed, "up", names, count) < 0.5
    before = np.where(goes_up, base, base + step)
    after = np.where(goes_up, base + step, base)

    # After how many steps each factor has moved.
    place = _columns(seed, "place", names, count)
    when = np.argsort(np.argsort(place, axis=1), axis=1)
    moved = np.arange(factors + 1)[None, :, None] > when[:, None, :]
    points = np.where(moved, after[:, None, :], before[:, None, :])
    return points.reshape(count * (factors + 1), factors)


def walks(names: Sequence[str], count: int, seed: int) -> Floats:
    """Return the points at which Shapley effects need a response.

    Each walk goes from one random point to another, changing one factor after the other in a random
    order.

    Parameters
    ----------
    names : sequence of str
        The factors; each has random numbers of its own, by its name.
    count : int
        How many walks.
    seed : int
        The seed.

    Returns
    -------
    ndarray of float, shape (count * (factors + 1), factors)
    """
    factors = len(names)
    first = _columns(seed, "first", names, count)
    second = _columns(seed, "second", names, count)
    when = np.argsort(np.argsort(_columns(seed, "turn", names, count)))
    moved = np.arange(factors + 1)[None, :, None] > when[:, None, :]
    points = np.where(moved, second[:, None, :], first[:, None, :])
    return points.reshape(count * (factors + 1), factors)


def whole_paths(unit: Floats, y: Floats) -> tuple[Floats, Floats, int]:
    """Return the trajectories or walks in which every value exists, and how many are left out.

    Parameters
    ----------
    unit : ndarray of float, shape (paths * (factors + 1), factors)
        Their points.
    y : ndarray of float, shape (points, replications)
        The response.

    Returns
    -------
    ndarray of float, shape (paths, factors + 1, factors), and (paths, factors + 1, replications)
    """
    factors = unit.shape[1]
    paths = y.reshape(-1, factors + 1, y.shape[1])
    whole = ~np.isnan(paths).any(axis=(1, 2))
    points = unit.reshape(-1, factors + 1, factors)
    return points[whole], paths[whole], int((~whole).sum())


def _columns(seed: int, what: str, names: Sequence[str], count: int) -> Floats:
    """Return uniform numbers, a column for each factor, shape (count, factors)."""
    group = np.full(count, randomness.code("trajectory"), np.uint64)
    numbers = np.arange(count, dtype=np.uint64)
    columns = []
    for name in names:
        purpose = randomness.code(f"{what}/{name}")
        columns.append(randomness.uniforms(seed, 0, group, numbers, purpose, 0)[:, 0])
    return np.stack(columns, axis=1)
