"""A number over several forms that fit: each says it with an error, and each has a weight by BIC.

The form that fits best is chosen by the same data; an interval that goes by it alone holds the
truth too seldom where another form would have said something else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from pilotsim.base.arrays import Floats

__all__ = ["mixture_quantiles", "weights_by_bic"]

# Forms that are less likely move no interval.
LEAST_WEIGHT = 1e-6
GRID = 4001


def weights_by_bic(bics: ArrayLike) -> Floats:
    """Return how likely each form is, by its BIC.

    Parameters
    ----------
    bics : array, shape (forms,)
        The Bayesian information criterion of each.
    """
    apart = np.asarray(bics, np.float64)
    weights = np.exp(-(apart - apart.min()) / 2.0)
    return np.asarray(weights / weights.sum())


def mixture_quantiles(
    middles: ArrayLike, errors: ArrayLike, weights: Floats, shares: Floats
) -> Floats:
    """Return quantiles of a mixture of normal distributions.

    Parameters
    ----------
    middles, errors : array, shape (forms,)
        What each form says, and its standard error.
    weights : ndarray, shape (forms,)
        How likely each is.
    shares : ndarray
        The shares below the quantiles.
    """
    kept = weights > LEAST_WEIGHT
    middle, error = (np.asarray(one, np.float64)[kept] for one in (middles, errors))
    weight = weights[kept] / weights[kept].sum()
    reach = 10.0 * error.max()
    grid = np.linspace((middle - reach).min(), (middle + reach).max(), GRID)
    below = (weight * ndtr((grid[:, None] - middle) / error)).sum(axis=1)
    return np.interp(shares, np.maximum.accumulate(below), grid)
