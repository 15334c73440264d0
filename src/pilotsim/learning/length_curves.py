"""How many stays of a stage last how long: as the register shows it, and as it was learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.effects.estimators.kaplan_meier import kaplan_meier
from pilotsim.learning.ends import find_ends
from pilotsim.learning.learned import LEVEL, LearnedFlow, LearnedPart
from pilotsim.learning.length_parts import seen_lengths
from pilotsim.learning.lengths import SeenLengths
from pilotsim.model.distributions.likelihood import LIKELIHOODS

__all__ = ["LengthCurve", "length_curves"]

# A curve goes from where so many stays are in view to where fewer are: nobody is seen in it.
LEAST_IN_VIEW = 5
POINTS = 80


@dataclass(frozen=True)
class LengthCurve:
    """The share of stays that last so long.

    Parameters
    ----------
    stage : str
        The stage.
    days : ndarray, shape (points,)
        How long.
    seen, low, high : ndarray, shape (points,)
        The share by Kaplan and Meier, and its interval of `LEVEL`, point by point; stays that are
        cut off at either end count for as long as they are in view.
    learned : ndarray, shape (points,)
        The share by the family that was learned.
    """

    stage: str
    days: Floats
    seen: Floats
    low: Floats
    high: Floats
    learned: Floats

    @property
    def gap(self) -> float:
        """How far the learned share lies from the seen, where it is furthest."""
        return float(np.abs(self.learned - self.seen).max())


def length_curves(found: LearnedFlow) -> tuple[LengthCurve, ...]:
    """Return the curves of lengths that were learned, in the order of the flow.

    Without those that differ by traits, of which there is no one curve, and those of which too few
    stays are in view.

    Parameters
    ----------
    found : LearnedFlow
        What was learned.
    """
    ends = find_ends(found.stays, found.flow)
    curves = []
    for part in found.parts:
        if part.kind != "length" or part.family not in LIKELIHOODS:
            continue
        if any(".by." in value.path for value in part.values):
            continue
        here = found.stays.stage == found.stays.stages.index(part.about)
        curve = _curve(part, seen_lengths(found.stays, ends, here, [])[0])
        if curve is not None:
            curves.append(curve)
    return tuple(curves)


def _curve(part: LearnedPart, seen: SeenLengths) -> LengthCurve | None:
    first, last = _in_view(seen)
    entries = np.maximum(seen.seen_from, first)
    kept = seen.length > entries
    if not last > first or not seen.has_ended[kept].any():
        return None
    curve = kaplan_meier(
        seen.length[kept], seen.has_ended[kept], entries=entries[kept], level=LEVEL
    )
    days = np.linspace(first, last, POINTS)
    place = np.searchsorted(curve.times, days, side="right")
    # Whoever came into view late says nothing of those who had left: there the learned share holds.
    start = float(_learned(part, np.array([first]))[0])
    seen_share, low, high = (
        start * np.concatenate([[before], line])[place]
        for before, line in (
            (1.0, curve.estimate),
            (np.nan, curve.low),
            (np.nan, curve.high),
        )
    )
    return LengthCurve(part.about, days, seen_share, low, high, _learned(part, days))


def _in_view(seen: SeenLengths) -> tuple[float, float]:
    """Return from which length to which at least `LEAST_IN_VIEW` stays are in view."""
    at = np.unique(np.concatenate([[0.0], seen.seen_from, seen.length]))
    came = np.searchsorted(np.sort(seen.seen_from), at, side="right")
    left = np.searchsorted(np.sort(seen.length), at, side="right")
    enough = np.flatnonzero(came - left >= LEAST_IN_VIEW)
    if not len(enough):
        return 0.0, 0.0
    # Up to the first gap after it.
    gap = np.flatnonzero(np.diff(enough) > 1)
    return float(at[enough[0]]), float(at[enough[gap[0]] if len(gap) else enough[-1]])


def _learned(part: LearnedPart, days: Floats) -> Floats:
    law = LIKELIHOODS[part.family]
    mean = part.values[0].number
    second = part.values[1].number if law.second else 1.0
    share = np.ones(len(days))
    later = days > 0.0
    share[later] = np.exp(law.log_survival(days[later] / mean, second))
    return share
