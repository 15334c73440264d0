"""Shapley effects: the variance of a result shared out over its factors, so that the shares add up.

What two factors do together is shared evenly between them, where Sobol indices count it for both or
for neither. Each walk goes from one random point to another by changing one factor after the other,
in a random order (T. Goda, "A simple algorithm for global sensitivity analysis with Shapley
effects", Reliability Engineering and System Safety 213, 2021).

As for Sobol indices, products are of different replications, so that chance is not mistaken for an
assumption. For a single replication the shares are SALib's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.experiments.sensitivity.bootstrap import RESAMPLES, interval_by_resampling
from pilotsim.experiments.sensitivity.sampling import whole_paths
from pilotsim.experiments.sensitivity.sobol import (
    NO_SPREAD,
    Spread,
    cross_product,
    split_spread,
)

# Fewer walks say nothing of how far they differ.
LEAST_WALKS = 30


@dataclass(frozen=True)
class ShapleyEffect:
    """A factor's share of the variance of E[Y | assumptions], with its 95 % interval."""

    factor: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ShapleyEffects:
    """The Shapley effects of a response.

    Parameters
    ----------
    spread : Spread
        How much of its spread the factors make at all.
    factors : tuple of ShapleyEffect
        In the order of the design; the shares add up to 1.
    walks, left_out : int
        Those used, and those in which some value does not exist.
    """

    spread: Spread
    factors: tuple[ShapleyEffect, ...]
    walks: int
    left_out: int

    def ranked(self) -> list[ShapleyEffect]:
        """Return the factors with the largest share first."""
        return sorted(self.factors, key=lambda effect: -effect.share)


def shapley_effects(
    names: Sequence[str], unit: Floats, y: Floats, *, seed: int = 1, samples: int = RESAMPLES
) -> ShapleyEffects:
    """Return the Shapley effect of each factor.

    Parameters
    ----------
    names : sequence of str
        The factors.
    unit : ndarray of float, shape (walks * (factors + 1), factors)
        The points of `walks`, each factor from 0 to 1.
    y : ndarray of float, shape (points, replications)
        The response.
    seed : int
        The seed of the bootstrap, which draws walks again.
    samples : int
        How often.
    """
    points, used, left_out = whole_paths(unit, y)
    terms = _terms(points, used)
    # The two ends of a walk are independent points.
    spread = split_spread(np.concatenate([used[:, 0], used[:, -1]]), seed=seed, samples=samples)
    if len(used) < LEAST_WALKS:
        nothing = tuple(ShapleyEffect(name, *(math.nan,) * 3) for name in names)
        return ShapleyEffects(spread, nothing, len(used), left_out)

    shares = _shares(terms)
    low, high = interval_by_resampling(
        lambda rows: _shares(terms[rows]), len(terms), seed=seed, samples=samples
    )
    factors = tuple(
        ShapleyEffect(name, float(shares[k]), float(low[k]), float(high[k]))
        for k, name in enumerate(names)
    )
    return ShapleyEffects(spread, factors, len(used), left_out)


def _terms(unit: Floats, paths: Floats) -> Floats:
    """Return what each walk adds to the variance of each factor, shape (walks, factors)."""
    order = np.argmax(np.abs(np.diff(unit, axis=1)), axis=2)
    added = np.empty(order.shape)
    for step in range(order.shape[1]):
        before, after = paths[:, step], paths[:, step + 1]
        added[:, step] = cross_product(paths[:, 0] - (before + after) / 2, before - after)
    terms = np.empty_like(added)
    np.put_along_axis(terms, order, added, axis=1)
    return terms


def _shares(terms: Floats) -> Floats:
    """Return each factor's share of the variance; NaN without any spread."""
    means = terms.mean(axis=0)
    variance = float(means.sum())
    if variance <= NO_SPREAD:
        return np.full(len(means), math.nan)
    return np.asarray(means / variance, np.float64)
