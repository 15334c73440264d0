"""Elementary effects: what one step in one factor does, from many starting points.

M. D. Morris, Technometrics 33 (1991).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import standard_error
from pilotsim.experiments.sensitivity.bootstrap import RESAMPLES, interval_by_resampling
from pilotsim.experiments.sensitivity.sampling import whole_paths


@dataclass(frozen=True)
class ElementaryEffect:
    """What steps in a factor do to a response.

    Parameters
    ----------
    factor : str
        Its name.
    mean : float
        The mean effect of a step over the factor's whole range.
    size, low, high : float
        The mean of its size (mu star: Campolongo et al., Environmental Modelling and Software 22,
        2007), and its 95 % interval.
    spread : float
        The standard deviation from starting point to starting point: bends, and what it does
        together with others.
    chance : float
        The standard error that chance alone gives the mean; NaN for a single replication.
    """

    factor: str
    mean: float
    size: float
    low: float
    high: float
    spread: float
    chance: float


@dataclass(frozen=True)
class ElementaryEffects:
    """The elementary effects of a response.

    Parameters
    ----------
    factors : tuple of ElementaryEffect
        In the order of the design.
    trajectories, left_out : int
        Those used, and those in which some value does not exist.
    """

    factors: tuple[ElementaryEffect, ...]
    trajectories: int
    left_out: int

    def ranked(self) -> list[ElementaryEffect]:
        """Return the factors with the largest effects first."""
        return sorted(self.factors, key=lambda effect: -effect.size)


def elementary_effects(
    names: Sequence[str], unit: Floats, y: Floats, *, seed: int = 1, samples: int = RESAMPLES
) -> ElementaryEffects:
    """Return the elementary effects of each factor.

    Parameters
    ----------
    names : sequence of str
        The factors.
    unit : ndarray of float, shape (trajectories * (factors + 1), factors)
        The points of `trajectories`, each factor from 0 to 1.
    y : ndarray of float, shape (points, replications)
        The response.
    seed : int
        The seed of the bootstrap, which draws trajectories again.
    samples : int
        How often.
    """
    points, used, left_out = whole_paths(unit, y)
    effects = _effects(points, used)
    if not len(effects):
        unknown = tuple(ElementaryEffect(name, *(math.nan,) * 6) for name in names)
        return ElementaryEffects(unknown, 0, left_out)

    means = effects.mean(axis=2)
    low, high = interval_by_resampling(
        lambda rows: np.abs(means[rows]).mean(axis=0), len(means), seed=seed, samples=samples
    )
    factors = tuple(
        _effect(name, effects[:, k], float(low[k]), float(high[k])) for k, name in enumerate(names)
    )
    return ElementaryEffects(factors, len(means), left_out)


def _effects(unit: Floats, paths: Floats) -> Floats:
    """Return the effect of each factor's step, shape (trajectories, factors, replications)."""
    moves = np.diff(unit, axis=1)
    factor = np.argmax(np.abs(moves), axis=2)
    size = np.take_along_axis(moves, factor[:, :, None], axis=2)
    effects = np.empty((len(paths), unit.shape[2], paths.shape[2]))
    np.put_along_axis(effects, factor[:, :, None], np.diff(paths, axis=1) / size, axis=1)
    return effects


def _effect(name: str, effects: Floats, low: float, high: float) -> ElementaryEffect:
    means = effects.mean(axis=1)
    spread = float(means.std(ddof=1)) if len(means) > 1 else math.nan
    chance = standard_error(effects.mean(axis=0))
    return ElementaryEffect(
        name, float(means.mean()), float(np.abs(means).mean()), max(0.0, low), high, spread, chance
    )
