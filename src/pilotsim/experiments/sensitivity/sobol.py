"""What the spread of a result comes from: assumptions or chance, and which assumptions.

With assumptions t and chance w, Var(Y) = Var(E[Y | t]) + E[Var(Y | t)] (the law of total variance):
the first part is what knowing the assumptions better could take away, the second is the luck of a
single pilot. Both parts, and the Sobol indices of E[Y | t], are estimated by products of
*different* replications: the luck of one has nothing to do with that of the other, so chance is not
mistaken for an assumption, however few replications there are. That holds whether replications
share their clients across points or not. With a single replication the usual estimators are left,
in which chance counts as an assumption that nobody named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import critical_value
from pilotsim.experiments.sensitivity.bootstrap import RESAMPLES, interval_by_resampling

NO_SPREAD = 1e-12


@dataclass(frozen=True)
class Spread:
    """How far a result spreads, and why.

    Parameters
    ----------
    mean : float
        Over points and replications.
    assumptions, chance : float
        The variance that the assumptions make, and that of a single run when they are known.
    low, high : float
        95 % interval of the share of the assumptions, over the points (bootstrap) and the
        replications (jackknife).
    points, replications : int
        What it rests on.
    """

    mean: float
    assumptions: float
    chance: float
    low: float
    high: float
    points: int
    replications: int

    @property
    def share_of_assumptions(self) -> float:
        """The share of the variance that assumptions make; NaN where nothing spreads."""
        total = self.assumptions + self.chance
        return self.assumptions / total if total > NO_SPREAD else math.nan


def cross_product(first: Floats, second: Floats) -> Floats:
    """Return the mean over pairs of different replications of first times second, shape (points,).

    Parameters
    ----------
    first, second : ndarray of float, shape (points, replications)
        With a single replication, their plain product.
    """
    replications = first.shape[1]
    if replications == 1:
        return np.asarray((first * second)[:, 0], np.float64)
    every = first.sum(axis=1) * second.sum(axis=1) - (first * second).sum(axis=1)
    return np.asarray(every / (replications * (replications - 1)), np.float64)


def split_spread(y: Floats, *, seed: int = 1, samples: int = RESAMPLES) -> Spread:
    """Return how much of a result's spread comes from the assumptions, and how much is chance.

    Parameters
    ----------
    y : ndarray of float, shape (points, replications)
        Two points and two replications or more; points in which a value does not exist (NaN) are
        left out.
    seed : int
        The seed of the bootstrap.
    samples : int
        How often the points are drawn again.
    """
    y = y[~np.isnan(y).any(axis=1)]
    points, replications = y.shape
    if points < 2 or replications < 2:
        mean = float(y.mean()) if y.size else math.nan
        return Spread(mean, *(math.nan,) * 4, points, replications)

    assumptions, within = _parts(y)
    share = _share(assumptions, within)
    low, high = interval_by_resampling(
        lambda rows: np.array(_share(*_parts(y[rows]))), points, seed=seed, samples=samples
    )
    half = math.hypot(float(high - low) / 2, _half_width_over_replications(y))
    return Spread(
        float(y.mean()),
        assumptions,
        within,
        max(0.0, share - half),
        min(1.0, share + half),
        points,
        replications,
    )


def _half_width_over_replications(y: Floats) -> float:
    """Return how far few replications leave the share of the assumptions uncertain.

    Half the 95 % interval, by leaving each replication out in turn (jackknife). Replications share
    their clients across points, so many points do not make up for few replications. With two,
    neither can be left out, and 0 is returned.
    """
    replications = y.shape[1]
    if replications < 3:
        return 0.0
    shares = []
    for replication in range(replications):
        shares.append(_share(*_parts(np.delete(y, replication, axis=1))))
    left_out = np.array(shares)
    squares = float(((left_out - left_out.mean()) ** 2).sum())
    error = math.sqrt((replications - 1) / replications * squares)
    return critical_value(freedom=replications - 1) * error


def _parts(y: Floats) -> tuple[float, float]:
    """Return Var(E[Y | t]) and E[Var(Y | t)].

    The first is the covariance over points of two different replications; the second the mean
    variance within points.
    """
    points = len(y)
    centred = y - y.mean(axis=0)
    assumptions = float(cross_product(centred, centred).sum()) / (points - 1)
    return max(0.0, assumptions), float(y.var(axis=1, ddof=1).mean())


def _share(assumptions: float, within: float) -> float:
    total = assumptions + within
    return assumptions / total if total > NO_SPREAD else 0.0


@dataclass(frozen=True)
class Index:
    """How much of the variance of E[Y | assumptions] hangs on a factor.

    Parameters
    ----------
    factor : str
        Its name.
    first, first_low, first_high : float
        The first-order index, by itself, and its 95 % interval.
    total, total_low, total_high : float
        The total index, with all that it does together with others, and its 95 % interval.
    """

    factor: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


@dataclass(frozen=True)
class Indices:
    """The Sobol indices of a response.

    Parameters
    ----------
    spread : Spread
        How much of its spread the factors make at all.
    factors : tuple of Index
        In the order of the design.
    rows : int
        Base rows that were used.
    left_out : int
        Base rows in which some value does not exist.
    """

    spread: Spread
    factors: tuple[Index, ...]
    rows: int
    left_out: int

    def ranked(self) -> list[Index]:
        """Return the factors with the largest total index first."""
        return sorted(self.factors, key=lambda index: -index.total)


def sobol_indices(
    names: Sequence[str], y: Floats, *, seed: int = 1, samples: int = RESAMPLES
) -> Indices:
    """Return the first-order and total Sobol indices of E[Y | assumptions], with intervals.

    Parameters
    ----------
    names : sequence of str
        The factors.
    y : ndarray of float, shape (rows * (factors + 2), replications)
        The response at the points of `saltelli`: for each base row A, then A with each factor in
        turn from B, then B.
    seed : int
        The seed of the bootstrap, which draws base rows again.
    samples : int
        How often.

    References
    ----------
    Saltelli et al., Computer Physics Communications 181 (2010), table 2: (b) for the first order,
    (f) (Jansen) for the total.
    """
    blocks = y.reshape(-1, len(names) + 2, y.shape[1])
    whole = ~np.isnan(blocks).any(axis=(1, 2))
    used = blocks[whole]
    if len(used) < 2:
        nothing = tuple(Index(name, *(math.nan,) * 6) for name in names)
        return Indices(split_spread(np.zeros((0, 1))), nothing, len(used), len(blocks) - len(used))

    terms = _terms(used)
    first, total = _ratios(terms)
    low, high = interval_by_resampling(
        lambda rows: _ratios(terms[rows]), len(used), seed=seed, samples=samples
    )
    factors = []
    for k, name in enumerate(names):
        factors.append(
            Index(name, first[k], low[0, k], high[0, k], total[k], low[1, k], high[1, k])
        )
    # A and B are independent points; the others share theirs with them.
    spread = split_spread(np.concatenate([used[:, 0], used[:, -1]]), seed=seed, samples=samples)
    return Indices(spread, tuple(factors), len(used), len(blocks) - len(used))


def _terms(blocks: Floats) -> Floats:
    """Return what each base row adds to the variance, and to each factor's two parts of it.

    Shape (rows, 1 + 2 factors).
    """
    centred = blocks - blocks[:, (0, -1)].mean(axis=(0, 1))
    a = centred[:, 0]
    b = centred[:, -1]
    mixed = centred[:, 1:-1]
    variance = (cross_product(a, a) + cross_product(b, b)) / 2
    first = [cross_product(b, mixed[:, k] - a) for k in range(mixed.shape[1])]
    total = [cross_product(a - mixed[:, k], a - mixed[:, k]) / 2 for k in range(mixed.shape[1])]
    return np.stack([variance, *first, *total], axis=1)


def _ratios(terms: Floats) -> Floats:
    """Return the first-order and the total indices, shape (2, factors); NaN without any spread."""
    means = terms.mean(axis=0)
    if means[0] <= NO_SPREAD:
        return np.full((2, (terms.shape[1] - 1) // 2), math.nan)
    return np.asarray((means[1:] / means[0]).reshape(2, -1), np.float64)
