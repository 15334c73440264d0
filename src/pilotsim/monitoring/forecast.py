"""The forecast updated by the counts: simulated pilots weighted by how like this one they are.

Each simulated pilot has its assumptions, its counts and what its targets came to. Those whose
counts so far are near to the pilot's stand for what may be true of it and what may come of it; what
still separates them is bridged by a local linear regression (approximate Bayesian computation with
regression adjustment). A pilot lies near another in the few directions of the counts that say
something of the targets and the assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.statistics import mean_of_known

__all__ = ["Forecaster", "Likeness"]

# The share of simulated pilots that are taken for like the counted one.
NEAREST = 0.2
# Directions of the counts that are looked at, at most, and what each must explain at least.
MOST_DIRECTIONS = 6
LEAST_EXPLAINED = 0.02
RIDGE = 0.05
# An outcome of which one value is more common than this among like pilots is not moved by the
# counts: what stands at that value would leave it, and nobody would come to it any more.
MOST_ALIKE = 0.05
# A pilot farther from all others than this share of them is like none.
UNLIKE = 0.995
# How near a pilot is to others: to the one after so many nearest.
NEAR = 5
# Pilots by which the updating is tried on itself.
TRIED = 200
# What a range of the updated forecast holds.
RANGE = (0.05, 0.95)


@dataclass(frozen=True)
class Likeness:
    """Which simulated pilots are like a counted one.

    Parameters
    ----------
    rows : ndarray of int, shape (like,)
        Their places among all.
    weights : ndarray of float, shape (like,)
        How like each is; they add up to 1.
    away : ndarray of float, shape (like, directions)
        How far each lies from the counted pilot.
    is_covered : bool
        Whether the counted pilot lies among simulated ones at all.
    """

    rows: Ints
    weights: Floats
    away: Floats
    is_covered: bool

    @property
    def effective(self) -> float:
        """How many equally weighted pilots these are worth."""
        return float(1.0 / np.sum(self.weights**2))

    def adjusted(self, outcomes: Floats) -> Floats:
        """Return what the like pilots would have come to, had they had the pilot's counts.

        Parameters
        ----------
        outcomes : ndarray of float, shape (like, outcomes)
            What each came to; one that is not defined (NaN) stays so, and teaches nothing. Of an
            outcome that is one and the same in many, the weights alone tell what is likely.

        Returns
        -------
        ndarray of float, shape (like, outcomes)
            Within what was simulated.
        """
        found = outcomes.copy()
        for column in range(outcomes.shape[1]):
            own = outcomes[:, column]
            known = ~np.isnan(own)
            if _has_mass(own[known]):
                continue
            if min(known.sum(), self.effective) > 2 * (self.away.shape[1] + 1):
                terms = np.column_stack([np.ones(known.sum()), self.away[known]])
                root = np.sqrt(self.weights[known])[:, None]
                slopes, *_ = np.linalg.lstsq(root * terms, root[:, 0] * own[known], rcond=None)
                # What was fitted lies nearer to the line than what was not.
                wider = np.sqrt(self.effective / (self.effective - terms.shape[1]))
                moved = slopes[0] + wider * (own[known] - terms @ slopes)
                found[known, column] = np.clip(moved, own[known].min(), own[known].max())
        return found


@dataclass(frozen=True)
class Forecaster:
    """What the counts of simulated pilots say of what they come to.

    Parameters
    ----------
    points : ndarray of float, shape (pilots, directions)
        Where each simulated pilot lies.
    centre, scale : ndarray of float, shape (cells,)
        Mean and spread of each count.
    directions : ndarray of float, shape (cells, directions)
        From counts to where a pilot lies.
    present : ndarray of bool, shape (months, counts)
        The counts that are known.
    farthest : float
        How far simulated pilots lie from their nearest, but for the most unlike.
    """

    points: Floats
    centre: Floats
    scale: Floats
    directions: Floats
    present: Bools
    farthest: float

    @classmethod
    def learn(cls, counts: Floats, present: Bools, outcomes: Floats) -> Forecaster:
        """Return the directions of counts that say most of what pilots come to.

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What is counted in each.
        present : ndarray of bool, shape (months, counts)
            Which of that is known of the pilot that is followed.
        outcomes : ndarray of float, shape (pilots, outcomes)
            Targets and assumptions; NaN where they are not defined.
        """
        cells = counts[:, present]
        centre, spread = cells.mean(axis=0), cells.std(axis=0)
        scale = np.where(spread > 0.0, spread, 1.0)
        standard = (cells - centre) / scale
        means = mean_of_known(outcomes, axis=0)
        told = np.where(np.isnan(outcomes), means, outcomes) - means
        told = told / np.where(told.std(axis=0) > 0.0, told.std(axis=0), 1.0)
        size = len(cells)
        square = standard.T @ standard + RIDGE * size * np.eye(standard.shape[1])
        slopes = np.linalg.solve(square, standard.T @ told)
        fitted = standard @ slopes
        _, lengths, ways = np.linalg.svd(fitted - fitted.mean(axis=0), full_matrices=False)
        explained = lengths**2 / max(float(np.sum(lengths**2)), 1e-300)
        kept = max(1, min(MOST_DIRECTIONS, int(np.sum(explained > LEAST_EXPLAINED))))
        directions = slopes @ ways[:kept].T
        points = _without_itself(standard, square, told, fitted) @ ways[:kept].T
        reach = np.where(points.std(axis=0) > 0.0, points.std(axis=0), 1.0)
        points = points / reach
        near = [nearness(points, point) for point in points]
        farthest = float(np.quantile(near, UNLIKE))
        return cls(points, centre, scale, directions / reach, present, farthest)

    def locate(self, counts: Floats) -> Floats:
        """Return where a pilot lies, shape (directions,).

        Parameters
        ----------
        counts : ndarray of float, shape (months, counts)
            What was counted.
        """
        standard = (counts[self.present] - self.centre) / self.scale
        return np.asarray(standard @ self.directions, np.float64)

    def like(self, point: Floats, leave_out: int | None = None) -> Likeness:
        """Return which simulated pilots are like one.

        Parameters
        ----------
        point : ndarray of float, shape (directions,)
            Where it lies.
        leave_out : int, optional
            A simulated pilot that is not asked.
        """
        away = self.points - point
        squares = np.sum(away**2, axis=1)
        if leave_out is not None:
            squares[leave_out] = np.inf
        count = self._count()
        order = np.argsort(squares, kind="stable")[: count + 1]
        reach = squares[order[-1]]
        rows = order[:-1]
        # Epanechnikov's kernel.
        weights = np.maximum(1.0 - squares[rows] / max(float(reach), 1e-300), 1e-12)
        is_covered = nearness(self.points, point) <= self.farthest
        return Likeness(rows, weights / weights.sum(), away[rows], is_covered)

    def _count(self) -> int:
        return max(2 * MOST_DIRECTIONS + 4, int(NEAREST * len(self.points)))

    def held(self, outcomes: Floats) -> Floats:
        """Return how often the updated range holds what a simulated pilot came to, by outcome.

        Each of some simulated pilots is left out in turn and forecast by all others.

        Parameters
        ----------
        outcomes : ndarray of float, shape (pilots, outcomes)
            What each came to.

        Returns
        -------
        ndarray of float, shape (outcomes,)
            Shares; ideally `RANGE`'s.
        """
        some = range(0, len(self.points), max(1, len(self.points) // TRIED))
        ranks = np.array([self.rank(outcomes, pilot) for pilot in some])
        inside = (ranks >= RANGE[0]) & (ranks <= RANGE[1])
        known = ~np.isnan(ranks)
        return np.asarray((inside & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1))

    def rank(self, outcomes: Floats, pilot: int) -> Floats:
        """Return where what a simulated pilot came to lies in its forecast by all others.

        Parameters
        ----------
        outcomes : ndarray of float, shape (pilots, outcomes)
            What each came to.
        pilot : int
            Which pilot.

        Returns
        -------
        ndarray of float, shape (outcomes,)
            From 0 to 1, ties shared; uniform where the forecast is calibrated.
        """
        likeness = self.like(self.points[pilot], leave_out=pilot)
        return ranks_among(likeness, likeness.adjusted(outcomes[likeness.rows]), outcomes[pilot])


def _has_mass(values: Floats) -> bool:
    """Tell whether many outcomes are one and the same: none waits, all began in time."""
    if not len(values):
        return False
    return bool(np.unique(values, return_counts=True)[1].max() > MOST_ALIKE * len(values))


def _without_itself(standard: Floats, square: Floats, told: Floats, fitted: Floats) -> Floats:
    """Return what each pilot's counts say of it by what all others teach.

    Its own outcome would draw the line to itself, so that what simulated pilots miss would be less
    than what a pilot misses that was not learned from.
    """
    own = np.sum(standard * np.linalg.solve(square, standard.T).T, axis=1) + 1.0 / len(standard)
    return np.asarray(told - (told - fitted) / np.maximum(1.0 - own, 1e-6)[:, None], np.float64)


def nearness(points: Floats, point: Floats) -> float:
    """Return how far a point lies from its few nearest pilots.

    Parameters
    ----------
    points : ndarray of float, shape (pilots, directions)
        Where pilots lie.
    point : ndarray of float, shape (directions,)
        Where it lies itself.
    """
    squares = np.sum((points - point) ** 2, axis=1)
    return float(np.sqrt(np.partition(squares, NEAR)[NEAR]))


def ranks_among(likeness: Likeness, forecast: Floats, came: Floats) -> Floats:
    """Return where what came lies in a weighted forecast, shape (outcomes,); ties are shared.

    Parameters
    ----------
    likeness : Likeness
        The weights.
    forecast : ndarray of float, shape (like, outcomes)
        The forecast.
    came : ndarray of float, shape (outcomes,)
        What came.
    """
    known = ~np.isnan(forecast)
    weights = np.where(known, likeness.weights[:, None], 0.0)
    weights = weights / np.maximum(weights.sum(axis=0), 1e-300)
    apart = 1e-9 * (1.0 + np.abs(came))
    below = np.sum(weights * (forecast < came - apart), axis=0)
    same = np.sum(weights * (np.abs(forecast - came) <= apart), axis=0)
    return np.asarray(np.where(np.isnan(came), np.nan, below + same / 2.0), np.float64)
