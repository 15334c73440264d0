"""What is believed of a value that is drawn: the numbers it may be, and their mean."""

from __future__ import annotations

import math

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.quantity import Quantity
from pilotsim.model.flow import Flow

__all__ = ["evenly_likely", "mean_of_belief"]

# Numbers that stand for a distribution where its mean is taken.
PLACES = 2000


def evenly_likely(value: Quantity, places: int = PLACES) -> Floats:
    """Return numbers that a value is as likely to lie between any two of, shape (places,).

    Quantiles in the middle of equal parts, rising; all the same where the value has no range.

    Parameters
    ----------
    value : Quantity
        Drawn by itself.
    places : int
        How many.
    """
    chances = (np.arange(places) + 0.5) / places
    return np.array([value.quantile(chance) for chance in chances.tolist()])


def mean_of_belief(flow: Flow, value: Quantity) -> float:
    """Return the mean over all draws of a value, in its base unit.

    Whichever runs are made: few runs of chance would have another.

    Parameters
    ----------
    flow : Flow
        What the value is of; a value that is drawn together with others has the mean of its rows.
    value : Quantity
        Not worked out from others.
    """
    if value.joint in flow.drawn_together:
        rows = flow.posteriors[value.joint]
        members = flow.drawn_together[value.joint].items()
        own = next(path for path, one in members if one.slot == value.slot)
        return float(rows.numbers[:, rows.paths.index(own)].mean())
    known: dict[int, float] = flow.memory.setdefault(mean_of_belief, {})
    if value.slot not in known:
        known[value.slot] = math.fsum(evenly_likely(value).tolist()) / PLACES
    return known[value.slot]
