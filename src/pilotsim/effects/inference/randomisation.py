"""Randomisation inference: what the lottery alone could have given, for a supposed effect.

Sources: Fisher, The Design of Experiments (1935); Imbens and Rubin, Causal Inference (2015), ch. 5;
Chung and Romano, Annals of Statistics 41 (2013), and Wu and Ding, Journal of the American
Statistical Association 116 (2021), for the studentised statistic, whose test of no mean effect
holds in large samples even if effects vary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.randomness import uniform_table

Statistic = Literal["studentised", "difference"]
# Orders of more units than this, all draws together, are drawn anew each time: 16 MB.
MOST_KEPT = 2_000_000


@dataclass(frozen=True, eq=False)
class Arrangements:
    """Ways in which the assignment could have come out.

    Parameters
    ----------
    labels : ndarray, shape (arrangements, units)
        What each unit would have been assigned.
    exact : bool
        Whether these are all ways, that which came about among them; if not, they are independent
        draws.
    """

    labels: Floats
    exact: bool

    def p(self, found: Floats, observed: float) -> float:
        """Return the two-sided p-value of a statistic, given its value in each arrangement."""
        beyond = int(np.count_nonzero(np.abs(found) >= abs(observed) * (1.0 - 1e-9) - 1e-12))
        return beyond / len(found) if self.exact else (1 + beyond) / (len(found) + 1)


def arrange(
    labels: Floats,
    *,
    blocks: Ints | None = None,
    draws: int = 1999,
    most: int = 5000,
    seed: int = 0,
    replication: int = 0,
) -> Arrangements:
    """Return the ways to give the same labels to the units of each block in another order.

    Parameters
    ----------
    labels : ndarray, shape (units,)
        What each unit was assigned: 0 or 1, or the period in which it starts.
    blocks : ndarray of int, shape (units,), optional
        Labels stay in their block.
    draws : int
        How many are drawn where there are more than `most` ways.
    most : int
        Up to this many ways, all are gone through.
    seed, replication : int
        Seed of the draws.
    """
    inside = np.zeros(len(labels), np.int64) if blocks is None else blocks
    if count_arrangements(labels, inside) <= most:
        groups = [np.flatnonzero(inside == block) for block in np.unique(inside)]
        return Arrangements(_enumerate(labels, groups), True)
    shuffle = _shuffle_and_keep if draws * len(labels) <= MOST_KEPT else _shuffle
    orders = shuffle(seed, replication, draws, inside.astype(np.int64).tobytes())
    return Arrangements(labels[orders], False)


def count_arrangements(labels: Floats, blocks: Ints) -> int:
    """Return in how many ways the same labels can lie within blocks, exactly."""
    groups = [labels[blocks == block] for block in np.unique(blocks)]
    return math.prod(_ways(group) for group in groups)


@dataclass(frozen=True, eq=False)
class DrawnArrangements:
    """Outcomes by block, ready for the difference between arms.

    Under any arrangement and any supposed effect.

    Parameters
    ----------
    outcome, treated : ndarray, shape (units,)
        As they were.
    blocks : ndarray of int, shape (units,)
        Blocks coded from 0 on.
    arrangements : Arrangements
        Of `treated`.
    weights : ndarray of float, shape (units,), or None
        What each unit counts, such as its clients; all the same without.
    """

    outcome: Floats
    treated: Floats
    blocks: Ints
    arrangements: Arrangements
    weights: Floats | None = None

    def moments(self, labels: Floats) -> Floats:
        """Return sums of y, t, y^2, yt, shape (arms, blocks, 4, arrangements)."""
        columns = np.column_stack(
            [self.outcome, self.treated, self.outcome**2, self.outcome * self.treated]
        )
        found = np.empty((2, int(self.blocks.max()) + 1, 4, len(labels)))
        for block in range(found.shape[1]):
            inside = self.blocks == block
            upper = (labels[:, inside] @ columns[inside]).T
            found[1, block] = upper
            found[0, block] = columns[inside].sum(axis=0)[:, None] - upper
        return found

    @property
    def sizes(self) -> Floats:
        """Units by arm and block, shape (2, blocks): the same in every arrangement."""
        return np.stack([np.bincount(self.blocks, self.treated == arm) for arm in (0.0, 1.0)])

    def statistics(self, labels: Floats, null: float, statistic: Statistic) -> Floats:
        """Return the statistic of each arrangement, shape (arrangements,).

        `difference_of`; with weights `weighted_difference_of`.
        """
        if self.weights is None:
            return difference_of(self.moments(labels), self.sizes, null, statistic)
        return weighted_difference_of(self, labels, null, statistic)


def difference_of(moments: Floats, sizes: Floats, null: float, statistic: Statistic) -> Floats:
    """Return the statistic with a supposed effect taken off the treated, in each arrangement.

    The difference in means, blocks weighted by their units; `studentised`: over Neyman's standard
    error.
    """
    counts = sizes[:, :, None]
    means = (moments[:, :, 0] - null * moments[:, :, 1]) / counts
    shares = (sizes.sum(axis=0) / sizes.sum())[:, None]
    difference: Floats = np.sum(shares * (means[1] - means[0]), axis=0)
    if statistic == "difference":
        return difference
    squares = moments[:, :, 2] - 2.0 * null * moments[:, :, 3] + null**2 * moments[:, :, 1]
    variances = np.maximum(squares / counts - means**2, 0.0) / (counts - 1.0)
    error = np.sqrt(np.sum(shares**2 * variances.sum(axis=0), axis=0))
    floor = 1e-9 * np.sqrt(np.abs(squares).sum(axis=(0, 1)) + 1e-300)
    found: Floats = difference / np.maximum(error, floor)
    return found


def weighted_difference_of(
    lottery: DrawnArrangements, labels: Floats, null: float, statistic: Statistic
) -> Floats:
    """Return the statistic where units count by their weights.

    The difference in weighted means, blocks weighted by the weights in them; `studentised`: over
    the error of ratios, in which each unit's deviation counts by its weight. Source: Hansen,
    Hurwitz and Madow, Sample Survey Methods and Theory (1953), vol. 1, ch. 4.
    """
    assert lottery.weights is not None
    value = lottery.outcome - null * lottery.treated
    own = lottery.weights
    columns = np.column_stack([own, own * value, own**2, own**2 * value, (own * value) ** 2])
    difference = np.zeros(len(labels))
    variance = np.zeros(len(labels))
    for block in range(int(lottery.blocks.max()) + 1):
        inside = lottery.blocks == block
        share = own[inside].sum() / own.sum()
        upper = labels[:, inside] @ columns[inside]
        for sign, part, drawn in (
            (1.0, upper, labels[:, inside].sum(axis=1)),
            (-1.0, columns[inside].sum(axis=0) - upper, (1.0 - labels[:, inside]).sum(axis=1)),
        ):
            mean = part[:, 1] / part[:, 0]
            squares = part[:, 4] - 2.0 * mean * part[:, 3] + mean**2 * part[:, 2]
            difference += sign * share * mean
            correction = drawn / np.maximum(drawn - 1.0, 1.0)
            variance += share**2 * np.maximum(squares, 0.0) / part[:, 0] ** 2 * correction
    if statistic == "difference":
        return difference
    scale = float(np.abs(value).max())
    found: Floats = difference / np.maximum(np.sqrt(variance), 1e-9 * scale + 1e-150)
    return found


def check_statistic(statistic: Statistic, sizes: Floats) -> None:
    """Raise where a statistic is unknown, or cannot be formed.

    Raises
    ------
    EstimationError
        The name is unknown; or an arm of a block has one unit, so there is nothing to studentise
        by.
    """
    if statistic not in {"studentised", "difference"}:
        raise EstimationError(
            Message(
                "statistic: 'studentised' or 'difference' was expected, found '{statistic}'",
                statistic=statistic,
            )
        )
    if statistic == "studentised" and sizes.min() < 2:
        raise EstimationError(
            Message(
                "some block has an arm of one unit, whose spread is not known; use "
                "statistic='difference'"
            )
        )


@lru_cache(maxsize=8)
def _shuffle_and_keep(seed: int, replication: int, draws: int, blocks: bytes) -> Ints:
    """Return what `_shuffle` does, and keep it for the next data of the same shape."""
    found = _shuffle(seed, replication, draws, blocks)
    found.setflags(write=False)
    return found


def _shuffle(seed: int, replication: int, draws: int, blocks: bytes) -> Ints:
    """Return orders of the units within their blocks, shape (draws, units)."""
    inside = np.frombuffer(blocks, np.int64)
    keys = uniform_table(seed, "randomisation", draws, len(inside), replication)
    found = np.empty(keys.shape, np.int64)
    for block in np.unique(inside):
        group = np.flatnonzero(inside == block)
        found[:, group] = group[np.argsort(keys[:, group], axis=1)]
    return found


def _ways(labels: Floats) -> int:
    counts = np.unique(labels, return_counts=True)[1].tolist()
    return math.factorial(len(labels)) // math.prod(math.factorial(count) for count in counts)


def _enumerate(labels: Floats, groups: list[Ints]) -> Floats:
    """Return every order of the labels in every block, the last block's changing fastest."""
    parts = []
    for group in groups:
        values, counts = np.unique(labels[group], return_counts=True)
        parts.append(values[_orders(tuple(counts.tolist()))])
    chosen = np.indices([len(part) for part in parts]).reshape(len(parts), -1)
    rows = np.empty((chosen.shape[1], len(labels)))
    for group, part, which in zip(groups, parts, chosen, strict=True):
        rows[:, group] = part[which]
    return rows


@lru_cache(maxsize=64)
def _orders(counts: tuple[int, ...]) -> Ints:
    """Return every order of labels 0, 1, ...

    Of which there are so many each, shape (orders, units).
    """
    units = sum(counts)
    if len(counts) == 1:
        return np.zeros((1, units), np.int64)
    rest = _orders(counts[1:]) + 1
    rows = []
    for places in combinations(range(units), counts[0]):
        free = np.setdiff1d(np.arange(units), places)
        block = np.zeros((len(rest), units), np.int64)
        block[:, free] = rest
        rows.append(block)
    found = np.concatenate(rows)
    found.setflags(write=False)
    return found
