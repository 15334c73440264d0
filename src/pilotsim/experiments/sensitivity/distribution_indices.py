"""How far the whole distribution of a result moves with a factor: Borgonovo's delta, and PAWN.

Any sample will do in which the factors vary together. Both indices are SALib's, of the mean over
replications at each point:

- delta is the area between the density of the result and that within a class of a factor's values,
  halved, and averaged over classes (Borgonovo, Reliability Engineering and System Safety 92, 2007;
  Plischke, Borgonovo and Smith, European Journal of Operational Research 226, 2013);
- PAWN is the largest distance between the cumulative distributions, the median over ten classes
  (Pianosi and Wagener, Environmental Modelling and Software 108, 2018).

Neither is 0 in a finite sample, also for a factor that does nothing. What such a factor comes to is
found by putting the results in a random order, again and again: of idle factors one in twenty lies
above the `limit`. Only the order of a factor's values counts, so one limit holds for all.

Draws are this program's own, by key: SALib's go through the generator that all programs share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats, Ints
from pilotsim.experiments.sensitivity.bootstrap import interval_by_resampling
from pilotsim.experiments.sensitivity.sobol import cross_product

DELTA, PAWN = "delta", "pawn"
# Ten points in each of ten classes.
LEAST_POINTS = 100
CLASSES = 10
SAMPLES = 100
# Orders of chance; of an idle factor's index it is as likely to lie in any place among theirs.
ORDERS = 199
FALSE_ALARMS = 0.05
GRID = 100


@dataclass(frozen=True)
class DistributionIndex:
    """How far a result's distribution moves with a factor.

    Parameters
    ----------
    factor : str
        Its name.
    index : float
        From 0, not at all, to 1.
    low, high : float
        Within which the index varies from sample to sample (95 %).
    is_clear : bool
        Whether it lies above what an idle factor comes to.
    """

    factor: str
    index: float
    low: float
    high: float
    is_clear: bool


@dataclass(frozen=True)
class DistributionIndices:
    """Delta or PAWN indices of a response.

    Parameters
    ----------
    method : str
        `delta` or `pawn`.
    factors : tuple of DistributionIndex
        In the order of the design.
    limit : float
        Above which one in twenty factors lies that do nothing.
    chance : float
        How much of the variance between the means of points is chance, which makes all indices
        smaller; NaN for a single replication.
    points, left_out : int
        Those used, and those in which some value does not exist.
    """

    method: str
    factors: tuple[DistributionIndex, ...]
    limit: float
    chance: float
    points: int
    left_out: int

    def ranked(self) -> list[DistributionIndex]:
        """Return the factors with the largest index first."""
        return sorted(self.factors, key=lambda one: -one.index)


def distribution_indices(
    method: str,
    names: Sequence[str],
    x: Floats,
    y: Floats,
    *,
    seed: int = 1,
    samples: int = SAMPLES,
    orders: int = ORDERS,
) -> DistributionIndices:
    """Return how far the distribution of a response moves with each factor.

    Parameters
    ----------
    method : str
        `delta` or `pawn`.
    names : sequence of str
        The factors.
    x : ndarray of float, shape (points, factors)
        Where the points set them; each point drawn apart from the others.
    y : ndarray of float, shape (points, replications)
        The response. Points in which a value does not exist are left out.
    seed : int
        The seed of the draws.
    samples, orders : int
        How often points are drawn again for the intervals, and results put in a random order for
        the limit.
    """
    whole = ~np.isnan(y).any(axis=1)
    x, y = x[whole], y[whole]
    left_out = int((~whole).sum())
    # Equal values of a factor come in an order of chance: that of a file may follow another factor.
    shuffled = _order(len(y), 0, seed)
    x, y = x[shuffled], y[shuffled]
    means = np.asarray(y.mean(axis=1), np.float64)
    index = {DELTA: _delta, PAWN: _pawn}[method]
    if len(y) < LEAST_POINTS or not _has_spread(method, x, means):
        nothing = tuple(DistributionIndex(name, *(math.nan,) * 3, False) for name in names)
        return DistributionIndices(method, nothing, math.nan, _chance(y), len(y), left_out)

    limit = _limit(index, means, seed, orders)
    factors = []
    for k, name in enumerate(names):
        column = x[:, k]
        value = index(column, means)
        low, high = interval_by_resampling(
            partial(_index_of_rows, index, column, means),
            len(means),
            seed=seed,
            samples=samples,
        )
        ends = max(0.0, float(low)), min(1.0, float(high))
        factors.append(DistributionIndex(name, value, *ends, value > limit))
    return DistributionIndices(method, tuple(factors), limit, _chance(y), len(y), left_out)


def _index_of_rows(
    index: Callable[[Floats, Floats], float], x: Floats, y: Floats, rows: Ints
) -> Floats:
    return np.array(index(x[rows], y[rows]))


def _chance(y: Floats) -> float:
    """Return how much of the variance between means of points is chance."""
    if y.shape[1] < 2 or len(y) < 2:
        return math.nan
    centred = y - y.mean(axis=0)
    between = float((centred.mean(axis=1) ** 2).sum())
    true = float(cross_product(centred, centred).sum())
    return min(1.0, max(0.0, 1.0 - true / between)) if between > 0.0 else math.nan


def _limit(
    index: Callable[[Floats, Floats], float], means: Floats, seed: int, orders: int
) -> float:
    """Return what a factor that does nothing exceeds one time in twenty."""
    place = np.arange(len(means), dtype=np.float64)
    found = sorted(index(place, means[_order(len(means), 1 + k, seed)]) for k in range(orders))
    return found[math.ceil((1.0 - FALSE_ALARMS) * (orders + 1)) - 1]


def _order(rows: int, number: int, seed: int) -> Ints:
    """Return rows in an order of chance, each number its own."""
    group = np.full(rows, randomness.code("order"), np.uint64)
    rank = randomness.uniforms(
        seed, number, group, np.arange(rows, dtype=np.uint64), randomness.code("row"), 0
    )[:, 0]
    return np.argsort(rank, kind="stable")


def _delta(x: Floats, y: Floats) -> float:
    from SALib.analyze.delta import calc_delta

    grid = np.linspace(y.min(), y.max(), GRID)
    return float(calc_delta(y, grid, x, _class_ends(len(y))))


def _pawn(x: Floats, y: Floats) -> float:
    from SALib.analyze import pawn

    # By rank: classes of equal width in values would lose those of a factor with few levels.
    ranks = np.empty(len(x))
    ranks[np.argsort(x, kind="stable")] = np.arange(len(x))
    found = pawn.analyze({"num_vars": 1, "names": ["factor"]}, ranks[:, None], y, S=CLASSES)
    return float(found["median"][0])


def _class_ends(points: int) -> Floats:
    """Return the ranks at which classes of delta end: as many as Plischke et al. (2013) take."""
    power = 2.0 / (7.0 + math.tanh((1500.0 - points) / 500.0))
    return np.linspace(0, points, min(math.ceil(points**power), 48) + 1)


def _has_spread(method: str, x: Floats, y: Floats) -> bool:
    """Tell whether the result differs; for delta in each class, else it has no density there."""
    if float(np.ptp(y)) == 0.0:
        return False
    if method == PAWN:
        return True
    ends = _class_ends(len(y)).astype(np.int64)
    for column in x.T:
        ordered = y[np.argsort(column, kind="stable")]
        for first, last in pairwise(ends.tolist()):
            if float(np.ptp(ordered[first:last])) == 0.0:
                return False
    return True
