"""Honest bounds: what an effect may be if the groups' trends differ as they did before, or more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.estimators.group_means import EffectPath
from pilotsim.effects.panel_library import fit_honest_bounds

MAGNITUDES = (0.5, 1.0, 2.0)


@dataclass(frozen=True)
class HonestBounds:
    """An effect when the trends of the groups may differ.

    Parameters
    ----------
    estimate, low, high : float
        The effect if they do not, with its interval.
    largest : float
        The largest change of the difference between the groups from one period to the next, before.
    magnitudes : tuple of float
        How many times as large such changes may be after.
    lows, highs : tuple of float
        The interval for each: the effects that are possible then, and chance on top.
    breakdown : float
        Up to how many times as large they may be before the interval holds no effect; 0 where it
        does already, infinity where nothing changed before.
    """

    estimate: float
    low: float
    high: float
    largest: float
    magnitudes: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    breakdown: float


def honest_bounds(
    path: EffectPath,
    *,
    last_only: bool = False,
    magnitudes: Sequence[float] = MAGNITUDES,
    level: float = 0.95,
) -> HonestBounds:
    """Return bounds on the effect of an event study under trends that differ.

    From one period to the next the difference between the groups may change, without any effect, by
    up to so many times the largest such change before (relative magnitudes). The interval is the
    set of effects that are then possible, with chance on top; the largest change before is taken as
    it was estimated, which chance makes larger rather than smaller. Source: Rambachan and Roth,
    Review of Economic Studies 90 (2023) 2555-2591, sections 2.4.1 and 3.

    Parameters
    ----------
    path : EffectPath
        From `average_by_lag`, of `estimate_group_time` with `universal`.
    last_only : bool
        Whether the effect is that of the last period, and not the mean of all since the start.
    magnitudes : sequence of float
        How many times as large changes may be after; 0 or more.
    level : float
        Of the intervals.

    Raises
    ------
    RequestError
        A magnitude below 0.
    EstimationError
        There is no period before but the one that is compared with; periods are missing in between;
        or the library could not work on the path.
    """
    if any(not magnitude >= 0.0 for magnitude in magnitudes):
        raise RequestError(
            Message("magnitudes: expected 0 or more, found {found}", found=Amount(min(magnitudes)))
        )
    at = np.array(path.at)
    before = at < -1.0
    after = at >= 0.0
    expected = [*range(-1 - int(before.sum()), -1), *range(int(after.sum()))]
    if not before.any() or list(at[before | after]) != expected:
        raise EstimationError(
            Message(
                "honest bounds: at least two periods before the programme are needed, without gaps "
                "from there on; figures from further back are needed"
            )
        )
    effects = np.array([own.estimate for own in path.effects])
    kept = before | after
    covariance = path.covariance[np.ix_(kept, kept)]
    number = int(after.sum())
    weights = np.full(number, 1.0 / number)
    if last_only:
        weights = np.r_[np.zeros(number - 1), 1.0]

    def bounds(magnitude: float) -> tuple[float, float]:
        return fit_honest_bounds(
            effects[before], effects[after], covariance, weights, magnitude, level
        )

    low, high = bounds(0.0)
    ends = [bounds(magnitude) for magnitude in magnitudes]
    return HonestBounds(
        estimate=float(weights @ effects[after]),
        low=low,
        high=high,
        largest=_largest_change(effects[before]),
        magnitudes=tuple(magnitudes),
        lows=tuple(end[0] for end in ends),
        highs=tuple(end[1] for end in ends),
        breakdown=_breakdown((low, high), bounds(1.0)),
    )


def _largest_change(before: Floats) -> float:
    # The difference in the period that is compared with is 0.
    return float(np.abs(np.diff(np.r_[before, 0.0])).max())


def _breakdown(none: tuple[float, float], one: tuple[float, float]) -> float:
    """Return at which magnitude an interval reaches 0: its ends move evenly with it."""
    near, moves = (none[0], none[0] - one[0]) if none[0] > 0.0 else (-none[1], one[1] - none[1])
    if near <= 0.0:
        return 0.0
    return near / moves if moves > 0.0 else math.inf
