"""Durations read from a table of quantiles, with straight lines between its points.

The duration at point `k` of a table is ``numbers[slots[k]]``: so both engines can hand over the
numbers as they keep them.
"""

from __future__ import annotations

from pilotsim.base.arrays import Indexed
from pilotsim.model.distributions.residual_life import length_biased_between


def quantile_at_points(
    shares: Indexed[float], slots: Indexed[int], numbers: Indexed[float], first: int, u: float
) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    shares : sequence of float
        Share of clients below the duration of each point; from `first` on they rise from 0 to 1.
    slots : sequence of int
        Where in `numbers` the duration of each point stands.
    numbers : sequence of float
        In days.
    first : int
        The first point of the table.
    u : float
        Strictly between 0 and 1.
    """
    k = first + 1
    while shares[k] < u:
        k += 1
    part = (u - shares[k - 1]) / (shares[k] - shares[k - 1])
    below = numbers[slots[k - 1]]
    above = numbers[slots[k]]
    return below + part * (above - below)


def length_biased_quantile_at_points(
    shares: Indexed[float],
    slots: Indexed[int],
    numbers: Indexed[float],
    first: int,
    last: int,
    u: float,
) -> float:
    """Return the quantile of durations drawn in proportion to their length, in days.

    Parameters
    ----------
    shares : sequence of float
        Share of clients below the duration of each point; from `first` on they rise from 0 to 1.
    slots : sequence of int
        Where in `numbers` the duration of each point stands.
    numbers : sequence of float
        In days.
    first, last : int
        The points of the table are those from `first` up to, but not including, `last`.
    u : float
        Strictly between 0 and 1.
    """
    total = 0.0
    for k in range(first + 1, last):
        both = numbers[slots[k - 1]] + numbers[slots[k]]
        total += (shares[k] - shares[k - 1]) * both
    goal = u * total
    reached = 0.0
    for k in range(first + 1, last):
        below = numbers[slots[k - 1]]
        above = numbers[slots[k]]
        part = (shares[k] - shares[k - 1]) * (below + above)
        if goal < reached + part:
            return length_biased_between(below, above, (goal - reached) / part)
        reached += part
    return numbers[slots[last - 1]]
