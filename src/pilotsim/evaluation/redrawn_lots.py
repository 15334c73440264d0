"""What would have been found had the lots fallen otherwise: drawn anew within the same blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.strategy import Strategy, StrategySample

__all__ = ["null_statistics", "redraw_arms", "redraw_differences"]


def redraw_arms(arm: Floats, block: Floats, draws: int) -> Iterator[Floats]:
    """Yield each client's arm by lots drawn anew, shape (clients,).

    Parameters
    ----------
    arm : ndarray of float, shape (clients,)
        The arms as they were drawn.
    block : ndarray of float, shape (clients,)
        Within which as many are drawn again; NaN is a block of its own.
    draws : int
        How many times.
    """
    block = np.nan_to_num(block, nan=-1.0)
    order, group = np.argsort(block, kind="stable"), randomness.code("redrawn lots")
    who = np.arange(len(arm), dtype=np.uint64)
    groups = np.full(len(arm), group, np.uint64)
    for draw in range(draws):
        lots = randomness.uniforms(1, draw, groups, who, randomness.code("lot"), 0)[:, 0]
        drawn = np.empty(len(arm))
        # Within each block the same arms, dealt out in the order of new lots.
        drawn[np.lexsort((lots, block))] = arm[order]
        yield drawn


def redraw_differences(sample: StrategySample, strategy: Strategy, draws: int = 999) -> Floats:
    """Return differences in means for redrawn lots, shape (draws,); NaN where an arm is empty."""
    y = sample.outcome(strategy.estimand)
    known = ~np.isnan(y)
    y = y[known]
    found = np.empty(draws)
    for draw, drawn in enumerate(redraw_arms(sample.arm[known], sample.block[known], draws)):
        both = 0 < drawn.sum() < len(y)
        found[draw] = y[drawn == 1.0].mean() - y[drawn == 0.0].mean() if both else np.nan
    return found


def null_statistics(
    sample: StrategySample, strategies: Sequence[Strategy], draws: int = 499
) -> Floats:
    """Return t of each answer for lots drawn anew, shape (draws, answers): its law without effects.

    A draw in which an answer cannot be given counts as one that finds nothing.
    """
    found = np.zeros((draws, len(strategies)))
    for draw, drawn in enumerate(redraw_arms(sample.arm, sample.block, draws)):
        other = replace(sample, arm=drawn)
        for number, strategy in enumerate(strategies):
            try:
                effect = ask(strategy, other)
            except EstimationError:
                continue
            found[draw, number] = effect.estimate / effect.error
    return found
