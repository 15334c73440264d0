"""Looking several times at one effect: limits whose error holds over all looks together.

The error that may be spent by each look is a function of time that is chosen beforehand (Lan and
DeMets, Biometrika 70 (1983) 659-663; time by the calendar: Biometrics 45 (1989) 1017-1020). Limits
follow from it by the joint normal distribution of the statistics of all looks without an effect.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value

__all__ = ["SPENDING", "Spending", "chance_within", "independent_increments", "look_levels"]

Spending = Literal["obrien_fleming", "pocock"]
# By how many nodes each look but the last is integrated, for so many looks: errors below 1e-5.
NODES = {1: 1, 2: 48, 3: 48, 4: 28, 5: 20, 6: 14}
# What lies farther out than this is nothing.
FARTHEST = 9.0


def _obrien_fleming(share: float, error: float) -> float:
    from scipy.special import ndtr

    return 4.0 * float(ndtr(-critical_value(1.0 - error / 2.0) / math.sqrt(share)))


def _pocock(share: float, error: float) -> float:
    return error * math.log1p((math.e - 1.0) * share)


# By name: the error spent by a share of the time, both sides together.
SPENDING: Mapping[Spending, Callable[[float, float], float]] = {
    "obrien_fleming": _obrien_fleming,
    "pocock": _pocock,
}


def independent_increments(shares: Sequence[float]) -> Floats:
    """Return the correlations of statistics of ever more of the same information.

    Parameters
    ----------
    shares : sequence of float
        The share of the information at each look, rising, above 0.

    Returns
    -------
    ndarray of float, shape (looks, looks)
        The root of the smaller share over the larger.
    """
    own = np.asarray(shares, np.float64)
    return np.asarray(np.sqrt(np.minimum.outer(own, own) / np.maximum.outer(own, own)))


def chance_within(limits: Sequence[float], correlation: Floats) -> float:
    """Return the chance that normal statistics all lie within their limits, on both sides.

    The looks are taken one after the other, each given those before it (Genz, Journal of
    Computational and Graphical Statistics 1 (1992) 141-149), by Gauss and Legendre's nodes.

    Parameters
    ----------
    limits : sequence of float
        How far each may lie from 0, in standard errors.
    correlation : ndarray of float, shape (looks, looks)
        Of the statistics, each with standard deviation 1.

    Raises
    ------
    RequestError
        The correlations are those of no distribution, or there are more than six looks.
    """
    size = len(limits)
    looks = _Looks.first(np.asarray(correlation, np.float64)[:size, :size])
    for limit in limits[:-1]:
        looks = looks.after(limit)
    return looks.within(limits[-1])


@dataclass(frozen=True)
class _Looks:
    """Where the looks so far may have come to within their limits, and the chance of each place.

    Parameters
    ----------
    root : ndarray of float, shape (looks, looks)
        The Cholesky root of the correlations of all looks.
    drawn : ndarray of float, shape (places, looks so far)
        What was drawn at each place, of independent normal numbers.
    chance : ndarray of float, shape (places,)
        The chance of each; of one side alone, since both are alike.
    """

    root: Floats
    drawn: Floats
    chance: Floats

    @classmethod
    def first(cls, correlation: Floats) -> _Looks:
        """Return where one stands before any look."""
        return cls(_root(correlation), np.zeros((1, 0)), np.ones(1))

    @property
    def _next(self) -> tuple[Floats, float]:
        """The mean and the spread of the next look, given those so far."""
        look = self.drawn.shape[1]
        mean = np.asarray(self.drawn @ self.root[look, :look])
        return mean, float(self.root[look, look])

    def within(self, limit: float) -> float:
        """Return the chance that the next look lies within a limit, as all did so far."""
        from scipy.special import ndtr

        mean, spread = self._next
        inside = ndtr((limit - mean) / spread) - ndtr((-limit - mean) / spread)
        sides = 2.0 if self.drawn.shape[1] else 1.0
        return sides * float(self.chance @ inside)

    def after(self, limit: float) -> _Looks:
        """Return where one stands when the next look lay within a limit too."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES[len(self.root)])
        mean, spread = self._next
        least = -FARTHEST if self.drawn.shape[1] else 0.0
        low = np.maximum((-limit - mean) / spread, least)
        high = np.minimum((limit - mean) / spread, FARTHEST)
        half = np.maximum(high - low, 0.0)[:, None] / 2.0
        own = (low + high)[:, None] / 2.0 + half * nodes
        density = np.exp(-0.5 * own**2) / math.sqrt(2.0 * math.pi)
        before = np.repeat(self.drawn, len(nodes), axis=0)
        return _Looks(
            self.root,
            np.column_stack([before, own.ravel()]),
            (self.chance[:, None] * half * weights * density).ravel(),
        )


def _root(correlation: Floats) -> Floats:
    if len(correlation) > max(NODES):
        raise RequestError(
            Message("at most {most} looks; found {found}", most=max(NODES), found=len(correlation))
        )
    # Two looks at the very same outcome are one; a root still wants a little of their own.
    own = correlation + 1e-10 * np.eye(len(correlation))
    try:
        return np.asarray(np.linalg.cholesky(own))
    except np.linalg.LinAlgError as fault:
        raise RequestError(
            Message("the statistics of the looks cannot go together as was found")
        ) from fault


def look_levels(
    shares: Sequence[float], correlation: Floats, error: float, spending: Spending
) -> Floats:
    """Return the two-sided p-value below which each look finds an effect.

    The chance that any of the looks so far finds one that is not there is what the spending
    function allows by then; after the last, `error`.

    Parameters
    ----------
    shares : sequence of float
        The share of the time at each look, rising, above 0 and at most 1.
    correlation : ndarray of float, shape (looks, looks)
        Of the statistics of the looks without an effect; of more looks than there are shares, the
        first count.
    error : float
        The error of all looks together, between 0 and 1.
    spending : {"obrien_fleming", "pocock"}
        How it is spent: hardly any early on, or nearly in equal parts.

    Returns
    -------
    ndarray of float, shape (looks,)
        Levels.

    Raises
    ------
    RequestError
        Shares that do not rise from above 0 to at most 1, or correlations that cannot be.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    own = np.asarray(shares, np.float64)
    if not (len(own) and own[0] > 0.0 and own[-1] <= 1.0 and np.all(np.diff(own) > 0.0)):
        raise RequestError(
            Message("expected shares of the time that rise from above 0 to at most 1")
        )
    looks = _Looks.first(np.asarray(correlation, np.float64)[: len(own), : len(own)])
    limits = []
    for place, share in enumerate(own):
        wanted = 1.0 - SPENDING[spending](float(share), error)

        def beyond(limit: float, looks: _Looks = looks, wanted: float = wanted) -> float:
            return looks.within(limit) - wanted

        is_near = beyond(FARTHEST) > 0.0
        limits.append(brentq(beyond, 0.0, FARTHEST, xtol=1e-7) if is_near else FARTHEST)
        if place < len(own) - 1:
            looks = looks.after(limits[-1])
    return np.asarray(2.0 * ndtr(-np.array(limits)))
