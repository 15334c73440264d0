"""Bootstrap: samples drawn again, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.statistics import LEVEL, critical_value

RESAMPLES = 400


def draw_again(rows: int, samples: int, seed: int) -> Ints:
    """Return the numbers of rows drawn with replacement, shape (samples, rows)."""
    count = samples * rows
    numbers = np.arange((count + 3) // 4, dtype=np.uint64)
    group = np.full_like(numbers, randomness.code("bootstrap"))
    drawn = randomness.uniforms(seed, 0, group, numbers, randomness.code("row"), 0).ravel()[:count]
    return (drawn * rows).astype(np.int64).reshape(samples, rows)


def interval_by_resampling(
    statistic: Callable[[Ints], Floats],
    rows: int,
    *,
    seed: int,
    samples: int = RESAMPLES,
    level: float = LEVEL,
) -> tuple[Floats, Floats]:
    """Return the ends of the bootstrap interval of a statistic.

    Its value plus and minus a normal quantile of bootstrap errors.

    Parameters
    ----------
    statistic : callable
        Takes the numbers of the rows that are used, shape (rows,); returns numbers of any shape.
    rows : int
        How many rows there are, independent of each other.
    seed : int
        The seed of the draws.
    samples : int
        How often the rows are drawn again.
    level : float
        How much the interval is to cover.

    References
    ----------
    Efron and Tibshirani, An introduction to the bootstrap (1993), ch. 13.3 (the standard interval),
    as in SALib.
    """
    value = statistic(np.arange(rows))
    again = np.array([statistic(chosen) for chosen in draw_again(rows, samples, seed)])
    half = critical_value(level) * again.std(axis=0, ddof=1)
    return value - half, value + half
