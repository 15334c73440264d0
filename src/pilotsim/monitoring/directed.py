"""Scores of departures that somebody fears: how far the counts so far go the way of each.

A departure is simulated beside the plan with the same clients and the same chance. What it does to
the counts gives a direction: that of the linear discriminant between plan and departure, with the
plan's own covariance. Each month has its direction, of all counts up to then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints

__all__ = ["Directed"]

# Counts are told by their roots, whose chance is about the same for few and for many. No root is
# told apart by less than this: a third of a client of three, two clients of a hundred.
LEAST_SPREAD = 0.1
# Added to the variance of each feature, as a share of it: directions rest on few pilots.
RIDGE = 0.05
# The share of simulated pilots in which a score ever goes beyond its unit.
RARE = 0.025
# No unit is less than this part of the largest.
LEAST_UNIT = 0.5
# A pilot that gave a direction is farther from it than this share of others lets appear.
MOST_LEVERAGE = 0.9
# What is added to the spread of scores where departures are told from each other, whose effects
# themselves are known by simulation.
LEAST_APART = 0.05
LEAST_EFFECT = 0.25


@dataclass(frozen=True)
class Directed:
    """The directions of departures in the space of counts, learned from simulated pilots.

    Parameters
    ----------
    present : ndarray of bool, shape (months, counts)
        Which counts there are, or will be.
    centres : tuple of ndarray, shape (features,)
        By month: what the counts of the plan come to on average.
    ways : tuple of ndarray, shape (features, departures)
        By month: from counts to scores.
    unit : ndarray of float, shape (departures,)
        What one simulated pilot of the plan in forty ever goes beyond.
    effects : ndarray of float, shape (months, departures, departures)
        The mean scores (second) of pilots of each departure (first).
    spreads : ndarray of float, shape (months, departures, departures)
        The covariance of scores in pilots of the plan.
    """

    present: Bools
    centres: tuple[Floats, ...]
    ways: tuple[Floats, ...]
    unit: Floats
    effects: Floats
    spreads: Floats

    @classmethod
    def learn(cls, plan: Floats, departures: Sequence[Floats], present: Bools) -> Directed:
        """Return the directions that simulated pilots give.

        Parameters
        ----------
        plan : ndarray of float, shape (pilots, months, counts)
            What is counted in pilots of the plan.
        departures : sequence of ndarray of float, shape (pilots, months, counts)
            What is counted in the same pilots with each departure.
        present : ndarray of bool, shape (months, counts)
            Which counts there are, or will be.
        """
        centres, ways, scores, effects = [], [], [], []
        for month in range(present.shape[0]):
            told = _told(plan, present, month)
            centre = told.mean(axis=0)
            apart = np.array([_told(own, present, month).mean(axis=0) for own in departures])
            way, own = _discriminants(told - centre, apart - centre, _least(present, month))
            centres.append(centre)
            ways.append(way)
            scores.append(own)
            effects.append((apart - centre) @ way)
        without_itself = np.stack(scores, axis=1)
        unit = np.quantile(without_itself.max(axis=1), 1.0 - RARE, axis=0)
        unit = np.maximum(unit, max(LEAST_UNIT * float(unit.max()), 1e-9))
        spreads = np.array([np.atleast_2d(np.cov(own.T)) for own in scores])
        return cls(present, tuple(centres), tuple(ways), unit, np.array(effects), spreads)

    def of(self, counts: Floats) -> Floats:
        """Return how far pilots go the way of each departure, shape (pilots, months, departures).

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What was counted; what stands where nothing is `present` does not matter.
        """
        found = [
            (_told(counts, self.present, month) - centre) @ way
            for month, (centre, way) in enumerate(zip(self.centres, self.ways, strict=True))
        ]
        return np.asarray(np.stack(found, axis=1) / self.unit)

    def most_alike(self, scores: Floats, month: int) -> Ints:
        """Return the departures in the order of how well each explains the scores of a month.

        Every departure is given the size that fits: what matters is the pattern of scores, so that
        one of three times the size that was watched for keeps its name.

        Parameters
        ----------
        scores : ndarray of float, shape (departures,)
            As `of` returns them.
        month : int
            The month, by its place.
        """
        spread = self.spreads[month] + LEAST_APART * np.eye(len(scores))
        effects = self.effects[month]
        weights = np.linalg.solve(spread, effects.T)
        size = np.sqrt(np.sum(effects.T * weights, axis=0) + LEAST_EFFECT)
        return np.argsort(-(scores * self.unit) @ weights / size, kind="stable")


def _told(counts: Floats, present: Bools, month: int) -> Floats:
    """Return what counts up to a month say, shape (pilots, features).

    The root of each count, and of each column the mean of its roots, how far they go from month to
    month, and how far they spread.
    """
    roots = np.sqrt(np.where(present, counts, 0.0)[:, : month + 1] + 0.375)
    known = present[: month + 1]
    parts = [roots[:, known]]
    for count in range(known.shape[1]):
        own = roots[:, known[:, count], count]
        if own.shape[1] > 1:
            steps = np.sqrt((np.diff(own, axis=1) ** 2).mean(axis=1))
            parts.append(np.column_stack([own.mean(axis=1), steps, own.std(axis=1)]))
    return np.concatenate(parts, axis=1)


def _least(present: Bools, month: int) -> Floats:
    """Return what each feature is told apart by at least, shape (features,)."""
    known = present[: month + 1]
    columns = int(np.sum(known.sum(axis=0) > 1))
    return np.repeat([LEAST_SPREAD, 0.0], [int(known.sum()), 3 * columns])


def _discriminants(away: Floats, apart: Floats, least: Floats) -> tuple[Floats, Floats]:
    """Return directions in which pilots of the plan have spread 1, and their scores.

    Each of these pilots is scored by the direction that all others give.

    Parameters
    ----------
    away : ndarray of float, shape (pilots, features)
        How far pilots of the plan lie from their mean.
    apart : ndarray of float, shape (departures, features)
        How far the mean of each departure lies from it.
    least : ndarray of float, shape (features,)
        What each feature is told apart by at least.

    Returns
    -------
    ndarray of float, shape (features, departures), and shape (pilots, departures)
    """
    spread = away.std(axis=0)
    scale = np.maximum(spread, least)
    usable = scale > 1e-9
    ways = np.zeros((away.shape[1], len(apart)))
    if not usable.any():
        return ways, np.zeros((len(away), len(apart)))
    points, shifts = away[:, usable] / scale[usable], apart[:, usable] / scale[usable]
    size = len(points)
    missing = 1.0 - (spread[usable] / scale[usable]) ** 2
    square = points.T @ points / size + np.diag(RIDGE + missing)
    solved = np.linalg.solve(square, np.concatenate([points, shifts]).T)
    leverage = np.sum(points * solved[:, :size].T, axis=1) / size + 1.0 / size
    own = solved[:, size:]
    scores = points @ own / (1.0 - np.minimum(leverage, MOST_LEVERAGE))[:, None]
    spreads = scores.std(axis=0)
    # Where a departure shows in no count yet, or the plan never varies that way, nothing is told.
    told = 1.0 / np.where(spreads > 1e-9, spreads, np.inf)
    ways[usable] = own / scale[usable][:, None] * told
    return ways, scores * told
