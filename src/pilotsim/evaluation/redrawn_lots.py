"""What would have been found had the lots fallen otherwise: the same lots, drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.lots import Lots
from pilotsim.evaluation.strategy import Strategy, StrategySample

__all__ = ["null_statistics", "redraw_differences"]


def redraw_differences(sample: StrategySample, strategy: Strategy, draws: int = 999) -> Floats:
    """Return differences in means for redrawn lots, shape (draws,); NaN where an arm is empty.

    All ways once where there are few; none where nobody has an outcome.
    """
    y = sample.outcome(strategy.estimand)
    known = ~np.isnan(y)
    if not known.any():
        return np.zeros(0)
    y = y[known]
    found = []
    for drawn in _lots_of(sample).take(known).redraw(draws):
        both = 0 < drawn.sum() < len(y)
        found.append(y[drawn == 1.0].mean() - y[drawn == 0.0].mean() if both else np.nan)
    return np.array(found)


def null_statistics(
    sample: StrategySample, strategies: Sequence[Strategy], draws: int = 499
) -> Floats:
    """Return t of each answer for lots drawn anew, shape (draws, answers): its law without effects.

    A draw in which an answer cannot be given counts as one that finds nothing. All ways once where
    there are few.
    """
    redrawn = list(_lots_of(sample).redraw(draws))
    found = np.zeros((len(redrawn), len(strategies)))
    for draw, drawn in enumerate(redrawn):
        other = replace(sample, arm=drawn)
        for number, strategy in enumerate(strategies):
            try:
                effect = ask(strategy, other)
            except EstimationError:
                continue
            found[draw, number] = effect.estimate / effect.error
    return found


def _lots_of(sample: StrategySample) -> Lots:
    lots = sample.lots
    if lots is None:
        raise RequestError(Message("no lots were drawn that could be drawn anew"))
    return lots
