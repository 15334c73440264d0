"""Several outcomes at once: how often one of them would look like an effect by chance.

Sources: Holm, Scandinavian Journal of Statistics 6 (1979) 65-70; Romano and Wolf, Econometrica 73
(2005) 1237-1282, and Statistics and Probability Letters 113 (2016) 38-40, for the p-values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.inference.bootstrap import WildWeights, draw_multipliers, prepare_wild


def adjust_holm(p: ArrayLike) -> Floats:
    """Return p-values that hold for all outcomes together, whatever their dependence.

    Same order as given.
    """
    found = np.asarray(p, np.float64)
    order = np.argsort(found, kind="stable")
    scaled = np.maximum.accumulate(found[order] * np.arange(len(found), 0, -1))
    adjusted = np.empty_like(found)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted


def adjust_romano_wolf(statistics: ArrayLike, null: ArrayLike) -> Floats:
    """Return p-values that hold for all outcomes together.

    Less strict than Holm's where outcomes go together.

    Parameters
    ----------
    statistics : array, shape (outcomes,)
        t of each outcome.
    null : array, shape (draws, outcomes)
        The same with no effect on any, all outcomes from the same draw: `wild_null`, or
        permutations.

    Returns
    -------
    ndarray of float, shape (outcomes,)
        Step-down p-values, each ``(1 + draws beyond) / (1 + draws)``.
    """
    observed = np.abs(np.asarray(statistics, np.float64))
    world = np.abs(np.asarray(null, np.float64))
    if world.ndim != 2 or world.shape[1] != len(observed):
        raise EstimationError(
            Message(
                "null: draws of {count} outcomes were expected, found shape {found}",
                count=len(observed),
                found=world.shape,
            )
        )
    order = np.argsort(-observed, kind="stable")
    # The largest of those not yet rejected: from the last in order to the first.
    largest = np.maximum.accumulate(world[:, order[::-1]], axis=1)[:, ::-1]
    found = (1 + np.count_nonzero(largest >= observed[order] * (1.0 - 1e-9), axis=0)) / (
        1 + len(world)
    )
    adjusted = np.empty_like(observed)
    adjusted[order] = np.maximum.accumulate(found)
    return adjusted


def wild_null(
    outcomes: Floats,
    design: Floats,
    clusters: Ints,
    position: int,
    *,
    weights: WildWeights = "auto",
    draws: int = 1999,
    seed: int = 0,
) -> Floats:
    """Return t of one coefficient with no effect, shape (draws, outcomes).

    The same draws serve all outcomes.

    Parameters
    ----------
    outcomes : ndarray, shape (rows, outcomes)
        One column for each outcome.
    design, clusters, position, weights, draws, seed
        As for `bootstrap_wild`; a cluster for each client where clients are independent.
    """
    table = draw_multipliers(int(clusters.max()) + 1, weights, draws, seed).values
    return np.column_stack(
        [prepare_wild(column, design, clusters, position).draw(table, 0.0) for column in outcomes.T]
    )


def wild_statistics(outcomes: Floats, design: Floats, clusters: Ints, position: int) -> Floats:
    """Return t of one coefficient for each outcome, in the measure of `wild_null`."""
    return np.array(
        [prepare_wild(column, design, clusters, position).statistic(0.0) for column in outcomes.T]
    )
