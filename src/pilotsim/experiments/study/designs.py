"""Designs: at which points assumptions and levers are set.

As numbers between 0 and 1, and as the values they stand for.

The points of a design are functions of the study's seed, of the number of points and of the names
of the factors. More points of a Sobol sequence begin with the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats
from pilotsim.experiments.sensitivity.sampling import saltelli, trajectories, walks
from pilotsim.experiments.study.study import DesignFactor, Points
from pilotsim.judge.one_way_sensitivity import ENDS
from pilotsim.simulation.parameters import round_count

SOBOL_BITS = 30
MAX_POINTS = 200_000
AS_WRITTEN = math.nan


def latin_hypercube(names: Sequence[str], points: int, seed: int) -> Floats:
    """Return a Latin hypercube, shape (points, factors).

    McKay, Beckman and Conover, Technometrics 21 (1979).

    Each factor has one point in each of so many equal parts of its range, at a place of chance
    within the part.
    """
    order = np.stack(
        [np.argsort(np.argsort(_uniform(seed, f"order/{name}", points))) for name in names], axis=1
    )
    place = np.stack([_uniform(seed, f"place/{name}", points) for name in names], axis=1)
    return np.asarray((order + place) / points, np.float64)


def sobol_sequence(names: Sequence[str], points: int, seed: int) -> Floats:
    """Return the first points of a Sobol sequence with a digital shift, shape (points, factors).

    The directions are those of `scipy.stats.qmc.Sobol` (Joe and Kuo, SIAM J. Sci. Comput. 30,
    2008); the shift by chance keeps the sequence's evenness and makes estimates unbiased (Owen,
    Monte Carlo theory, ch. 17).
    """
    from scipy.stats import qmc

    even = qmc.Sobol(len(names), scramble=False, bits=SOBOL_BITS)
    whole = (even.random_base2(_power_of_two(points)) * 2.0**SOBOL_BITS).astype(np.uint64)
    shift = np.array(
        [int(_uniform(seed, f"shift/{name}", 1)[0] * 2.0**SOBOL_BITS) for name in names], np.uint64
    )
    return np.asarray(((whole ^ shift) + 0.5) * 2.0**-SOBOL_BITS, np.float64)


def _power_of_two(points: int) -> int:
    return points.bit_length() - 1


def _uniform(seed: int, purpose: str, count: int) -> Floats:
    """Return uniform numbers of a purpose, shape (count,).

    The key is the seed, replication 0, the group `design`.
    """
    group = np.full(count, randomness.code("design"), np.uint64)
    return randomness.uniforms(
        seed, 0, group, np.arange(count, dtype=np.uint64), randomness.code(purpose), 0
    )[:, 0]


def sobol_indices(names: Sequence[str], rows: int, seed: int) -> Floats:
    """Return the points of Sobol indices, shape (rows * (factors + 2), factors).

    The two samples of a base row are the halves of one point of a Sobol sequence in twice as many
    dimensions.
    """
    even = sobol_sequence([*names, *(f"{name}/again" for name in names)], rows, seed)
    return saltelli(even[:, : len(names)], even[:, len(names) :])


# Each takes the names of the factors, the number of points and the seed, and returns points between
# 0 and 1.
SPREAD: dict[str, Callable[[Sequence[str], int, int], Floats]] = {
    "latin_hypercube": latin_hypercube,
    "sobol_sequence": sobol_sequence,
    "sobol_indices": sobol_indices,
    "elementary_effects": trajectories,
    "shapley_effects": walks,
}


# Points for each base row, trajectory or walk, beside one for each factor.
MORE_POINTS = {"sobol_indices": 2, "elementary_effects": 1, "shapley_effects": 1}


def spread(method: str, factors: Sequence[DesignFactor], points: int, seed: int) -> Points:
    """Return the points of a design that spreads them over all ranges at once."""
    names = tuple(factor.name for factor in factors)
    even = SPREAD[method](names, points, seed)
    numbers = [
        [number_at(factor, u) for factor, u in zip(factors, row, strict=True)]
        for row in even.tolist()
    ]
    return Points(names, np.array(numbers, np.float64).reshape(len(even), len(names)))


def number_at(factor: DesignFactor, share: float) -> float:
    """Return the number of a factor below which a share of its range lies."""
    if factor.own is not None:
        return round_count(factor.own, factor.own.quantile(share))
    if factor.levels:
        return factor.levels[min(int(share * len(factor.levels)), len(factor.levels) - 1)]
    if (
        factor.kind == "count" and not factor.scales
    ):  # Every whole number from low to high has an equal part.
        return min(factor.high, math.floor(factor.low + share * (factor.high - factor.low + 1)))
    return factor.low + (factor.high - factor.low) * share


def full_factorial(factors: Sequence[DesignFactor]) -> Points:
    """Return every combination of the factors' levels; the last factor changes fastest."""
    rows = list(product(*(levels_of(factor) for factor in factors)))
    return Points(tuple(factor.name for factor in factors), np.array(rows, np.float64))


def one_at_a_time(factors: Sequence[DesignFactor]) -> Points:
    """Return the flow as written, then each factor at each level, the others as written."""
    rows = [[AS_WRITTEN] * len(factors)]
    for number, factor in enumerate(factors):
        rows += [
            [level if k == number else AS_WRITTEN for k in range(len(factors))]
            for level in levels_of(factor)
        ]
    return Points(tuple(factor.name for factor in factors), np.array(rows, np.float64))


def levels_of(factor: DesignFactor) -> tuple[float, ...]:
    """Return the levels of a factor: those listed, or so many steps from low to high."""
    if factor.levels:
        return factor.levels
    # The outermost rows are no ends that anything comes to: the middles of the outer tenths are.
    low, high = ENDS if factor.joint else (factor.low, factor.high)
    steps = np.linspace(low, high, factor.steps).tolist()
    if factor.kind == "count" and not factor.scales:
        steps = [float(math.floor(step + 0.5)) for step in steps]
    return tuple(dict.fromkeys(steps))


def count_points(method: str, factors: Sequence[DesignFactor], points: int) -> int:
    """Return how many points a design has, before it is made."""
    if method == "full_factorial":
        return math.prod(len(levels_of(factor)) for factor in factors)
    if method == "one_at_a_time":
        return 1 + sum(len(levels_of(factor)) for factor in factors)
    return points * (len(factors) + MORE_POINTS[method]) if method in MORE_POINTS else points
