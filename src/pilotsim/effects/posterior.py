"""What is believed of an effect after the data: a prior, a likelihood, and their product on a grid.

Nothing is sampled. The prior is known by its quantiles, between which it is taken for even; the
product with the likelihood is summed over a grid that is finer than both.

Source: Gelman, Carlin, Stern, Dunson, Vehtari and Rubin, Bayesian Data Analysis, 3rd ed. (2013),
ch. 2 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message

# Points of the grid between two quantiles of the prior.
FINENESS = 20
# The chance of data as far from the prior's middle, below which prior and data are at odds.
AT_ODDS = 0.01


@dataclass(frozen=True)
class BeliefSummary:
    """What a belief about an effect comes to.

    Parameters
    ----------
    mean, low, high : float
        The mean, and the ends of the central interval.
    above : tuple of float
        How likely the effect is above each limit that was asked for.
    """

    mean: float
    low: float
    high: float
    above: tuple[float, ...]


@dataclass(frozen=True)
class Posterior:
    """A belief about an effect before and after the data.

    Parameters
    ----------
    limits : tuple of float
        The limits that `above` of the beliefs is about.
    before, after : BeliefSummary
        The prior, and the posterior.
    surprise : float
        How likely, by the prior, an estimate as far to its side as this or farther was (two-sided):
        the prior predictive p-value. Small where prior and data are at odds.
    """

    limits: tuple[float, ...]
    before: BeliefSummary
    after: BeliefSummary
    surprise: float

    @property
    def narrowed(self) -> float:
        """By how much the data made the interval narrower, as a share of that of the prior."""
        width = self.before.high - self.before.low
        return 1.0 - (self.after.high - self.after.low) / width if width > 0.0 else 0.0

    @property
    def at_odds(self) -> bool:
        """Whether the data lie where the prior hardly expected them."""
        return self.surprise < AT_ODDS


def believe(
    quantiles: ArrayLike, *, above: Sequence[float] = (0.0,), level: float = 0.95
) -> BeliefSummary:
    """Return what a prior comes to.

    Parameters
    ----------
    quantiles, above, level
        As in `posterior_of_effect`.
    """
    grid = _grid(quantiles)
    return _summary(grid, np.ones(len(grid)), above, level)


def posterior_of_effect(
    quantiles: ArrayLike,
    estimate: float,
    error: float,
    *,
    freedom: float = math.inf,
    above: Sequence[float] = (0.0,),
    level: float = 0.95,
) -> Posterior:
    """Return what is believed of an effect after an estimate of it.

    The likelihood is Student's t about the effect, normal with infinite freedom.

    Parameters
    ----------
    quantiles : array, shape (n,)
        The prior: the effect at chances in equal steps from 0 to 1, rising; equal ones are a point
        that is believed in as such.
    estimate, error : float
        The estimate and its standard error, in the unit of the quantiles.
    freedom : float
        Degrees of freedom of the estimate.
    above : sequence of float
        Limits of which the chance that the effect is above is asked for.
    level : float
        Of the intervals.

    Raises
    ------
    RequestError
        Fewer than 2 quantiles, or falling; an error that is not above 0.
    """
    grid = _grid(quantiles)
    if not (math.isfinite(estimate) and error > 0.0):
        raise RequestError(
            Message(
                "posterior: expected an estimate and an error above 0, found {estimate} and "
                "{error}",
                estimate=Amount(estimate),
                error=Amount(error),
            )
        )
    apart = (estimate - grid) / error
    below: Floats
    if math.isinf(freedom):
        log_likelihood = -0.5 * apart**2
        below = np.asarray(ndtr(apart), np.float64)
    else:
        log_likelihood = -0.5 * (freedom + 1.0) * np.log1p(apart**2 / freedom)
        below = np.asarray(stdtr(freedom, apart), np.float64)
    share = float(below.mean())
    return _conclude(grid, log_likelihood, 2.0 * min(share, 1.0 - share), above, level)


def _grid(quantiles: ArrayLike) -> Floats:
    """Return points that are believed in alike, shape (points,)."""
    known = np.asarray(quantiles, np.float64)
    if known.ndim != 1 or len(known) < 2 or not np.isfinite(known).all():
        raise RequestError(
            Message(
                "prior: expected 2 or more quantiles, all of them numbers; found {found}",
                found=known.size,
            )
        )
    if (np.diff(known) < 0.0).any():
        raise RequestError(Message("prior: expected quantiles that rise, found some that fall"))
    middles = (np.arange(FINENESS) + 0.5) / FINENESS
    return np.asarray((known[:-1, None] + np.diff(known)[:, None] * middles).ravel())


def _conclude(
    grid: Floats, log_likelihood: Floats, surprise: float, above: Sequence[float], level: float
) -> Posterior:
    weights = np.exp(log_likelihood - log_likelihood.max())
    even = np.ones(len(grid))
    return Posterior(
        tuple(above),
        _summary(grid, even, above, level),
        _summary(grid, weights, above, level),
        surprise,
    )


def _summary(grid: Floats, weights: Floats, above: Sequence[float], level: float) -> BeliefSummary:
    shares = weights / weights.sum()
    # The middle of each point's own part of the distribution function.
    reached = np.cumsum(shares) - shares / 2.0
    tail = (1.0 - level) / 2.0
    low, high = np.interp([tail, 1.0 - tail], reached, grid)
    chances = tuple(float(shares[grid > limit].sum()) for limit in above)
    return BeliefSummary(float(shares @ grid), float(low), float(high), chances)
