"""Scenario discovery: the box of assumptions in which a target is missed (Bryant and Lempert, 2010).

The box is found by PRIM, the patient rule induction method (Friedman and Fisher, Statistics and
Computing 9, 1999): from all points, again and again a thin slice is peeled off, the one that leaves
the largest share of misses, until few are left; then slices are pasted back as long as that raises
the share. Small, since the libraries for it are hardly kept.

Bryant and Lempert, "Thinking inside the box", Technological Forecasting and Social Change 77
(2010): coverage is the share of all misses that lie in the box, density the share of misses in it.
Whether a restriction may be luck is told by the quasi-p-value of their appendix A, and by drawing
the points again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.experiments.sensitivity.bootstrap import draw_again

PEEL, MIN_SUPPORT, DENSE = 0.05, 0.05, 0.8
SAMPLES = 40


@dataclass(frozen=True)
class BoxLimit:
    """A restriction of a box.

    Parameters
    ----------
    factor : str
        Of which factor.
    low, high : float
        Its ends; infinite where that side is free.
    quasi_p : float
        The chance of so many misses if the restriction did nothing.
    kept : float
        In which share of the samples drawn again the box restricts this factor too.
    """

    factor: str
    low: float
    high: float
    quasi_p: float
    kept: float


@dataclass(frozen=True)
class PeelingStep:
    """A box on the way: how much of the misses it covers, how dense they are in it, and how many factors it restricts."""

    coverage: float
    density: float
    support: float
    restricted: int


@dataclass(frozen=True)
class Discovery:
    """Where a target is missed.

    Parameters
    ----------
    limits : tuple of BoxLimit
        The box; empty where the misses lie nowhere in particular. The most certain restriction
        first.
    coverage, density, support : float
        Of the box: the share of all misses in it, of misses in it, of all points in it.
    missed : float
        The share of misses everywhere.
    points : int
        What it rests on.
    steps : tuple of PeelingStep
        All boxes from the whole to the smallest.
    """

    limits: tuple[BoxLimit, ...]
    coverage: float
    density: float
    support: float
    missed: float
    points: int
    steps: tuple[PeelingStep, ...]


@dataclass(frozen=True)
class _Box:
    """Ends for each factor, and which points lie within."""

    low: Floats
    high: Floats
    inside: Bools

    @classmethod
    def between(cls, x: Floats, low: Floats, high: Floats) -> _Box:
        return cls(low, high, np.all((x >= low) & (x <= high), axis=1))

    @classmethod
    def whole(cls, x: Floats) -> _Box:
        return cls.between(x, np.full(x.shape[1], -math.inf), np.full(x.shape[1], math.inf))

    def with_ends(self, x: Floats, factor: int, low: float, high: float) -> _Box:
        lows, highs = self.low.copy(), self.high.copy()
        lows[factor], highs[factor] = low, high
        return _Box.between(x, lows, highs)

    def without(self, x: Floats, factor: int) -> _Box:
        return self.with_ends(x, factor, -math.inf, math.inf)

    @property
    def restricted(self) -> Ints:
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))


@dataclass(frozen=True)
class _Slice:
    """A factor's ends after a slice is peeled off, and the share of misses among what is left."""

    factor: int
    low: float
    high: float
    left: int
    density: float


def discover(
    names: Sequence[str],
    x: Floats,
    missed: Floats,
    *,
    dense: float = DENSE,
    seed: int = 1,
    samples: int = SAMPLES,
) -> Discovery:
    """Return the box of factors in which a target is missed.

    Parameters
    ----------
    names : sequence of str
        The factors.
    x : ndarray of float, shape (points, factors)
        Where the points set them.
    missed : ndarray of float, shape (points,)
        The share of a point's replications that miss the target, 0 or 1 for a single one.
    dense : float
        The density that is wanted. Of the boxes that have it (of all, if none has) the one with the
        best balance of coverage and density is taken, by their harmonic mean.
    seed, samples : int
        The seed of the samples drawn again, and how many.
    """
    boxes = _peel(x, missed)
    chosen = _choose(boxes, missed, dense)
    box = _drop_idle(x, missed, _paste(x, missed, boxes[chosen]))
    again = (
        draw_again(len(x), samples, seed)
        if len(box.restricted)
        else np.zeros((0, len(x)), np.int64)
    )
    kept = np.zeros(x.shape[1])
    for rows in again:
        others = _peel(x[rows], missed[rows])
        kept[others[_choose(others, missed[rows], dense)].restricted] += 1 / len(again)
    limits = [
        _limit(names, x, missed, box, int(factor), float(kept[factor])) for factor in box.restricted
    ]
    steps = tuple(_step(one, missed) for one in boxes)
    found = _step(box, missed)
    mean = float(missed.mean())
    ranked = tuple(sorted(limits, key=lambda limit: (limit.quasi_p, -limit.kept)))
    return Discovery(ranked, found.coverage, found.density, found.support, mean, len(x), steps)


def _step(box: _Box, missed: Floats) -> PeelingStep:
    inside, everywhere = float(missed[box.inside].sum()), float(missed.sum())
    count = int(box.inside.sum())
    coverage = inside / everywhere if everywhere else math.nan
    return PeelingStep(
        coverage, inside / count if count else math.nan, count / len(missed), len(box.restricted)
    )


def _peel(x: Floats, missed: Floats) -> list[_Box]:
    """Return the boxes from the whole to the smallest."""
    boxes = [_Box.whole(x)]
    least = max(1.0, MIN_SUPPORT * len(x))
    while boxes[-1].inside.sum() > least:
        box = boxes[-1]
        inside, misses = x[box.inside], missed[box.inside]
        slices = [
            one
            for factor in range(x.shape[1])
            for one in _slices_off(inside[:, factor], misses, box, factor)
        ]
        slices = [one for one in slices if one.left >= least]
        if not slices:
            break
        best = max(slices, key=lambda one: one.density)
        boxes.append(box.with_ends(x, best.factor, best.low, best.high))
    return boxes


def _slices_off(column: Floats, misses: Floats, box: _Box, factor: int) -> list[_Slice]:
    """Return what is left of a box without its lowest, and without its highest, values of a factor."""
    low, high = _quantiles(column)
    found = []
    for keep, ends in (
        (column >= low, (low, box.high[factor])),
        (column <= high, (box.low[factor], high)),
    ):
        left = int(keep.sum())
        if 0 < left < len(column):
            found.append(
                _Slice(
                    factor, float(ends[0]), float(ends[1]), left, float(misses[keep].sum()) / left
                )
            )
    return found


def _quantiles(column: Floats) -> tuple[float, float]:
    """Return the ends of a column without a thin slice on either side.

    At least one of its values goes.
    """
    ordered = np.sort(column)
    least, most, skipped = ordered[0], ordered[-1], int(PEEL * (len(ordered) - 1) + 0.5)
    low, high = ordered[skipped], ordered[-1 - skipped]
    if low == least < most:
        low = ordered[np.searchsorted(ordered, least, side="right")]
    if high == most > least:
        high = ordered[np.searchsorted(ordered, most, side="left") - 1]
    return float(low), float(high)


def _choose(boxes: list[_Box], missed: Floats, dense: float) -> int:
    """Return which box has the best balance of coverage and density, among those that are dense if there are any."""
    steps = [_step(box, missed) for box in boxes]
    pool = [number for number, step in enumerate(steps) if step.density >= dense] or range(
        len(steps)
    )
    return max(pool, key=lambda number: (_balance(steps[number]), -number))


def _balance(step: PeelingStep) -> float:
    """Return the harmonic mean of coverage and density; 0 where nothing is missed."""
    return (
        2 * step.coverage * step.density / (step.coverage + step.density)
        if step.coverage > 0
        else 0.0
    )


def _paste(x: Floats, missed: Floats, box: _Box) -> _Box:
    """Return a box with ends moved out again as long as that raises the share of misses, or leaves it."""
    while True:
        density = missed[box.inside].mean()
        wider = [one for factor in box.restricted for one in _slices_on(x, box, int(factor))]
        better = [
            one
            for one in wider
            if one.inside.sum() > box.inside.sum() and missed[one.inside].mean() >= density
        ]
        if not better:
            return box
        box = max(better, key=lambda one: (float(missed[one.inside].mean()), int(one.inside.sum())))


def _slices_on(x: Floats, box: _Box, factor: int) -> list[_Box]:
    """Return the box with a slice more below, and with one more above."""
    column = x[box.without(x, factor).inside, factor]
    count, low, high = (
        max(1, int(PEEL * box.inside.sum())),
        float(box.low[factor]),
        float(box.high[factor]),
    )
    below, above = np.sort(column[column < low])[::-1], np.sort(column[column > high])
    wider = (
        [box.with_ends(x, factor, float(below[min(count, len(below)) - 1]), high)]
        if len(below)
        else []
    )
    return wider + (
        [box.with_ends(x, factor, low, float(above[min(count, len(above)) - 1]))]
        if len(above)
        else []
    )


def _drop_idle(x: Floats, missed: Floats, box: _Box) -> _Box:
    """Return a box without the restrictions that leave no point out, or only points as bad as those inside."""
    for factor in box.restricted:
        freed = box.without(x, int(factor))
        if missed[freed.inside].mean() >= missed[box.inside].mean():
            box = freed
    return box


def _limit(
    names: Sequence[str], x: Floats, missed: Floats, box: _Box, factor: int, kept: float
) -> BoxLimit:
    """Return a restriction with its quasi-p-value: the chance of so many misses in the box at the density without it."""
    from scipy.special import bdtrc

    freed = box.without(x, factor)
    count, misses = int(box.inside.sum()), math.floor(float(missed[box.inside].sum()) + 0.5)
    p = float(bdtrc(misses - 1, count, float(missed[freed.inside].mean()))) if misses else 1.0
    return BoxLimit(names[factor], float(box.low[factor]), float(box.high[factor]), p, kept)
