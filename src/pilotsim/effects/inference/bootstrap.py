"""The wild cluster bootstrap with the null imposed: p-values and intervals with few clusters.

Sources: Cameron, Gelbach and Miller, Review of Economics and Statistics 90 (2008) 414-427; Webb,
Canadian Journal of Economics 56 (2023) 839-858, for six-point weights; Roodman, MacKinnon, Nielsen
and Webb, Stata Journal 19 (2019) 4-60, for working on sums by cluster alone; MacKinnon and Webb,
Journal of Applied Econometrics 32 (2017), for when it fails: few treated clusters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.randomness import uniform_table
from pilotsim.effects.inference.clustered import cluster_precision, sum_by_cluster
from pilotsim.effects.inference.least_squares import LeastSquaresFit, fit_least_squares, unit

WildWeights = Literal["auto", "rademacher", "webb"]

# Below this many clusters signs alone cannot give a p-value of 5 % (1/16 is the least at 5): Webb's
# six points, which reject a little too often.
VERY_FEW = 6
# All combinations of weights are gone through while they are no more than this.
MAX_COMBINATIONS = 5000
WEBB = np.sqrt(np.array([1.5, 1.0, 0.5]))
# How far from the estimate, in standard errors, an end of an interval is looked for before it is
# called infinite.
FARTHEST = 1e4


@dataclass(frozen=True)
class Bootstrap:
    """What a bootstrap says of one coefficient.

    Parameters
    ----------
    estimate, error : float
        The coefficient and its CR1 standard error.
    p : float
        Two-sided p-value of no effect.
    low, high : float
        Ends of the interval: the effects that the test does not reject. Infinite where it rejects
        none.
    draws : int
        How many draws; all combinations of weights if `exact`.
    exact : bool
        Whether all combinations were gone through.
    """

    estimate: float
    error: float
    p: float
    low: float
    high: float
    draws: int
    exact: bool


@dataclass(frozen=True, eq=False)
class Multipliers:
    """What the residuals of each cluster are multiplied by, shape (draws, clusters).

    `exact` if these are all there are.
    """

    values: Floats
    exact: bool


@dataclass(frozen=True, eq=False)
class Wild:
    """Sums by cluster that every draw is made of; the null enters linearly.

    Parameters
    ----------
    estimate, error : float
        The coefficient and its CR0 standard error.
    outcome, column : ndarray, shape (clusters, columns)
        Scores of the residuals of the outcome, and of the coefficient's own column, on the other
        columns.
    direction : ndarray, shape (columns,)
        The coefficient in the orthonormal columns.
    images : ndarray, shape (clusters, columns)
        Each cluster's cross products times the direction.
    """

    estimate: float
    error: float
    outcome: Floats
    column: Floats
    direction: Floats
    images: Floats

    def statistic(self, null: float) -> float:
        """Return t of the estimate against a null."""
        return (self.estimate - null) / self.error

    def draw(self, weights: Floats, null: float) -> Floats:
        """Return t in the world of the null, one for each row of weights, shape (draws,)."""
        scores = self.outcome - null * self.column
        own = weights * (scores @ self.direction)
        spread = own - (weights @ scores) @ self.images.T
        error = np.sqrt(np.einsum("dg,dg->d", spread, spread))
        found: Floats = own.sum(axis=1) / np.where(error > 0.0, error, np.inf)
        return found

    def p(self, multipliers: Multipliers, null: float) -> float:
        """Return the two-sided p-value of a null."""
        world = np.abs(self.draw(multipliers.values, null))
        beyond = int(np.count_nonzero(world >= abs(self.statistic(null)) * (1.0 - 1e-9)))
        return beyond / len(world) if multipliers.exact else (1 + beyond) / (len(world) + 1)


def prepare_wild(outcome: Floats, design: Floats, clusters: Ints, position: int) -> Wild:
    """Return the sums that the bootstrap of one coefficient needs."""
    fit = fit_least_squares(outcome, design)
    others = np.delete(design, position, axis=1)
    direction = fit.direction(unit(fit.columns, position))
    sums = sum_by_cluster(fit, clusters)
    error = float(np.sqrt(np.sum((sums.scores @ direction) ** 2)))
    if not error > 1e-12 * np.linalg.norm(outcome) * np.linalg.norm(direction):
        raise EstimationError(
            Message(
                "the outcome does not vary between clusters within the arms; nothing can be "
                "resampled"
            )
        )
    outcome_scores, column_scores = (
        _scores(fit, _residuals(v, others), clusters) for v in (outcome, design[:, position])
    )
    return Wild(
        float(fit.coefficients[position]),
        error,
        outcome_scores,
        column_scores,
        direction,
        sums.squares @ direction,
    )


def bootstrap_wild(
    outcome: Floats,
    design: Floats,
    clusters: Ints,
    position: int,
    *,
    weights: WildWeights = "auto",
    draws: int = 999,
    seed: int = 0,
    level: float = 0.95,
    interval: bool = True,
) -> Bootstrap:
    """Return the wild cluster bootstrap of one coefficient, the null imposed, t by CR1.

    Parameters
    ----------
    outcome, design, clusters
        Shape (rows,), (rows, columns), (rows,): clusters coded from 0 on.
    position : int
        Which coefficient.
    weights : {"auto", "rademacher", "webb"}
        What residuals are multiplied by, cluster by cluster: signs, or Webb's six points; `auto`
        takes Webb's below 6 clusters.
    draws : int
        How many draws, where there are more combinations than 5,000.
    seed : int
        Seed of the draws.
    level : float
        Of the interval.
    interval : bool
        Whether to look for the interval; NaN without. It takes some sixty times as long as the
        p-value.

    Raises
    ------
    EstimationError
        There are fewer than three clusters, or nothing varies between them.
    """
    number = int(clusters.max()) + 1
    if number < 3:
        raise EstimationError(
            Message(
                "there are {number} clusters; a bootstrap over clusters needs at least three",
                number=number,
            )
        )
    wild = prepare_wild(outcome, design, clusters, position)
    multipliers = draw_multipliers(number, weights, draws, seed)

    def p(null: float) -> float:
        return wild.p(multipliers, null)

    low = high = float("nan")
    if interval:
        low, high = (
            search_end(p, wild.estimate, wild.error * side, 1.0 - level) for side in (-1.0, 1.0)
        )
    error = cluster_precision(
        fit_least_squares(outcome, design), unit(design.shape[1], position), clusters, "CR1"
    ).error
    return Bootstrap(
        wild.estimate, error, p(0.0), low, high, len(multipliers.values), multipliers.exact
    )


def draw_multipliers(clusters: int, kind: WildWeights, draws: int, seed: int) -> Multipliers:
    """Return what the residuals are multiplied by in each draw.

    All combinations, where they are few. The weights are symmetric, so the first cluster's stays
    positive: its negative gives the same absolute t.
    """
    points = _points(clusters, kind)
    if _combinations(clusters, kind) <= MAX_COMBINATIONS:
        return Multipliers(
            np.array(list(product(points[points > 0], *[points] * (clusters - 1)))), True
        )
    chosen = (uniform_table(seed, "wild", draws, clusters) * len(points)).astype(np.int64)
    return Multipliers(points[chosen], False)


def search_end(p: Callable[[float], float], estimate: float, step: float, level: float) -> float:
    """Return where a p-value falls to a level on the side of an estimate that `step` points to.

    Infinity if nowhere.
    """
    inside = estimate
    outside = estimate + 2.0 * step
    while p(outside) > level:
        inside = outside
        outside = estimate + 2.0 * (outside - estimate)
        if abs(outside - estimate) > FARTHEST * abs(step):
            return float(np.copysign(np.inf, step))
    while abs(outside - inside) > 1e-4 * abs(step):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if p(middle) > level else (inside, middle)
    return 0.5 * (inside + outside)


def _points(clusters: int, kind: WildWeights) -> Floats:
    if kind not in {"auto", "rademacher", "webb"}:
        raise EstimationError(
            Message(
                "weights: 'auto', 'rademacher' or 'webb' was expected, found '{kind}'", kind=kind
            )
        )
    signs = kind == "rademacher" or (kind == "auto" and clusters >= VERY_FEW)
    return np.array([-1.0, 1.0]) if signs else np.concatenate([-WEBB, WEBB])


def _combinations(clusters: int, kind: WildWeights) -> int:
    return int(len(_points(clusters, kind)) ** clusters // 2)


def _residuals(values: Floats, design: Floats) -> Floats:
    if not design.shape[1]:
        return values
    q = np.linalg.qr(design)[0]
    left: Floats = values - q @ (q.T @ values)
    return left


def _scores(fit: LeastSquaresFit, residuals: Floats, clusters: Ints) -> Floats:
    return np.column_stack([np.bincount(clusters, column * residuals) for column in fit.q.T])
