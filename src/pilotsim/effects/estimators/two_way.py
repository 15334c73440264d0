"""What a regression with fixed effects of client and period is made of.

It matters when the programme starts at different times. Source: Goodman-Bacon, Journal of
Econometrics 225 (2021) 254-277, theorem 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message


@dataclass(frozen=True)
class TwoByTwo:
    """One two-by-two comparison in a two-way fixed-effects estimate.

    Parameters
    ----------
    treated, control : float
        When each group starts; infinity for never.
    weight : float
        Its share of the estimate; all of them sum to 1.
    estimate : float
        Its difference in differences.
    forbidden : bool
        Whether the controls are already treated: a change of their effect is taken for a change
        without the programme.
    """

    treated: float
    control: float
    weight: float
    estimate: float
    forbidden: bool


@dataclass(frozen=True)
class Decomposition:
    """A two-way fixed-effects estimate and the comparisons that it is made of."""

    estimate: float
    comparisons: tuple[TwoByTwo, ...]

    @property
    def forbidden(self) -> float:
        """The weight of comparisons with the already treated."""
        return sum(part.weight for part in self.comparisons if part.forbidden)


def decompose_two_way(
    outcomes: ArrayLike, starts: ArrayLike, *, periods: ArrayLike | None = None
) -> Decomposition:
    """Return the two-way fixed-effects estimate and the weight of each two-by-two comparison in it.

    A description, no estimator: with effects that grow or shrink it is no mean of them
    (`estimate_group_time` is).

    Parameters
    ----------
    outcomes : array, shape (clients, periods)
        Balanced, nothing missing.
    starts : array, shape (clients,)
        The first treated period; infinity for never.
    periods : array, shape (periods,), optional
        What the columns are called in `starts`; 0, 1, ... without.

    Raises
    ------
    EstimationError
        An outcome is missing, or all start together.
    """
    table = np.asarray(outcomes, np.float64)
    when = np.asarray(starts, np.float64)
    order = (
        np.arange(table.shape[1], dtype=np.float64)
        if periods is None
        else np.asarray(periods, np.float64)
    )
    if not np.isfinite(table).all():
        raise EstimationError(Message("outcomes: none may be missing; leave those clients out"))
    when = np.where(np.isnan(when) | (when > order[-1]), np.inf, when)
    groups = np.unique(when)
    if len(groups) < 2:
        raise EstimationError(Message("all start together, so there is nothing to compare"))
    means = np.array([table[when == group].mean(axis=0) for group in groups])
    shares = np.array([np.mean(when == group) for group in groups])
    parts = [
        part
        for i in range(len(groups))
        for j in range(i + 1, len(groups))
        for part in _pair(groups, means, shares, order, i, j)
    ]
    total = sum(part.weight for part in parts)
    parts = [
        TwoByTwo(p.treated, p.control, p.weight / total, p.estimate, p.forbidden)
        for p in parts
        if p.weight > 0.0
    ]
    return Decomposition(sum(part.weight * part.estimate for part in parts), tuple(parts))


def _pair(
    groups: Floats, means: Floats, shares: Floats, order: Floats, early: int, late: int
) -> list[TwoByTwo]:
    """Return the comparisons of two groups.

    Before the later one starts, and after the earlier one has.
    """
    first = groups[early]
    second = groups[late]
    on_early = float(np.mean(order >= first))
    on_late = float(np.mean(order >= second))
    size = (shares[early] + shares[late]) ** 2
    split = shares[early] * shares[late] / size
    found = []
    before = order < first
    between = (order >= first) & (order < second)
    after = order >= second
    if before.any() and between.any():
        effect = _change(means[early], before, between) - _change(means[late], before, between)
        weight = size * split * (on_early - on_late) * (1.0 - on_early)
        found.append(TwoByTwo(float(first), float(second), float(weight), float(effect), False))
    if between.any() and after.any():
        effect = _change(means[late], between, after) - _change(means[early], between, after)
        weight = size * split * on_late * (on_early - on_late)
        found.append(TwoByTwo(float(second), float(first), float(weight), float(effect), True))
    return found


def _change(path: Floats, before: Bools, after: Bools) -> float:
    return float(path[after].mean() - path[before].mean())
