"""Scenario discovery: the box of assumptions in which a target is missed.

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

# Of the points left, how many a slice takes; of all points, how many a box keeps at least.
PEEL = 0.05
MIN_SUPPORT = 0.05
# The share of misses from which a box is called dense.
DENSE = 0.8
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
        The probability of so many misses if the restriction did nothing.
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
    """A box on the way: the misses it covers, how dense they are, how many factors it limits."""

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
        lows = self.low.copy()
        highs = self.high.copy()
        lows[factor] = low
        highs[factor] = high
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
        The share of a point's replications that miss the target, 0 or 1 for a single one. Points at
        which nobody can tell are no points of these.
    dense : float
        The density that is wanted. Of the boxes that have it (of all, if none has) the one with the
        best balance of coverage and density is taken, by their harmonic mean.
    seed, samples : int
        The seed of the samples drawn again, and how many.
    """
    if not len(x):
        return Discovery((), math.nan, math.nan, math.nan, math.nan, 0, ())
    boxes = _peel(x, missed)
    chosen = _choose(boxes, missed, dense)
    box = _drop_idle(x, missed, _paste(x, missed, boxes[chosen]))

    # How often each factor is restricted in samples drawn again; nothing to ask without a box.
    kept = np.zeros(x.shape[1])
    if len(box.restricted):
        for rows in draw_again(len(x), samples, seed):
            others = _peel(x[rows], missed[rows])
            kept[others[_choose(others, missed[rows], dense)].restricted] += 1 / samples

    limits = [
        _limit(names, x, missed, box, int(factor), float(kept[factor])) for factor in box.restricted
    ]
    limits.sort(key=lambda limit: (limit.quasi_p, -limit.kept))
    whole = _step(box, missed)
    return Discovery(
        limits=tuple(limits),
        coverage=whole.coverage,
        density=whole.density,
        support=whole.support,
        missed=float(missed.mean()),
        points=len(x),
        steps=tuple(_step(step, missed) for step in boxes),
    )


def _step(box: _Box, missed: Floats) -> PeelingStep:
    inside = float(missed[box.inside].sum())
    everywhere = float(missed.sum())
    count = int(box.inside.sum())
    return PeelingStep(
        coverage=inside / everywhere if everywhere else math.nan,
        density=inside / count if count else math.nan,
        support=count / len(missed),
        restricted=len(box.restricted),
    )


def _peel(x: Floats, missed: Floats) -> list[_Box]:
    """Return the boxes from the whole to the smallest."""
    boxes = [_Box.whole(x)]
    fewest = max(1.0, MIN_SUPPORT * len(x))
    while boxes[-1].inside.sum() > fewest:
        box = boxes[-1]
        inside = x[box.inside]
        misses = missed[box.inside]
        slices: list[_Slice] = []
        for factor in range(x.shape[1]):
            slices += _slices_off(inside[:, factor], misses, box, factor)
        slices = [one for one in slices if one.left >= fewest]
        if not slices:
            break
        best = max(slices, key=lambda one: one.density)
        boxes.append(box.with_ends(x, best.factor, best.low, best.high))
    return boxes


def _slices_off(column: Floats, misses: Floats, box: _Box, factor: int) -> list[_Slice]:
    """Return what is left of a box without a factor's lowest, and without its highest, values."""
    low, high = _quantiles(column)
    slices = []
    for keep, new_low, new_high in (
        (column >= low, low, float(box.high[factor])),
        (column <= high, float(box.low[factor]), high),
    ):
        left = int(keep.sum())
        if 0 < left < len(column):
            density = float(misses[keep].sum()) / left
            slices.append(_Slice(factor, new_low, new_high, left, density))
    return slices


def _quantiles(column: Floats) -> tuple[float, float]:
    """Return the ends of a column without a thin slice on either side.

    At least one of its values goes.
    """
    ordered = np.sort(column)
    lowest = ordered[0]
    highest = ordered[-1]
    skipped = int(PEEL * (len(ordered) - 1) + 0.5)
    low = ordered[skipped]
    high = ordered[-1 - skipped]
    if low == lowest < highest:
        low = ordered[np.searchsorted(ordered, lowest, side="right")]
    if high == highest > lowest:
        high = ordered[np.searchsorted(ordered, highest, side="left") - 1]
    return float(low), float(high)


def _choose(boxes: list[_Box], missed: Floats, dense: float) -> int:
    """Return the number of the box with the best balance of coverage and density.

    Among those that are dense, if there are any.
    """
    steps = [_step(box, missed) for box in boxes]
    eligible = [number for number, step in enumerate(steps) if step.density >= dense]
    return max(eligible or range(len(steps)), key=lambda number: (_balance(steps[number]), -number))


def _balance(step: PeelingStep) -> float:
    """Return the harmonic mean of coverage and density; 0 where nothing is missed."""
    if not step.coverage > 0:
        return 0.0
    return 2 * step.coverage * step.density / (step.coverage + step.density)


def _paste(x: Floats, missed: Floats, box: _Box) -> _Box:
    """Return a box with ends moved out again for as long as that does not lower its density."""
    while True:
        density = missed[box.inside].mean()
        wider: list[_Box] = []
        for factor in box.restricted:
            wider += _slices_on(x, box, int(factor))
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
    count = max(1, int(PEEL * box.inside.sum()))
    low = float(box.low[factor])
    high = float(box.high[factor])
    below = np.sort(column[column < low])[::-1]
    above = np.sort(column[column > high])
    wider = []
    if len(below):
        wider.append(box.with_ends(x, factor, float(below[min(count, len(below)) - 1]), high))
    if len(above):
        wider.append(box.with_ends(x, factor, low, float(above[min(count, len(above)) - 1])))
    return wider


def _drop_idle(x: Floats, missed: Floats, box: _Box) -> _Box:
    """Return a box without the restrictions that leave out nothing, or only points as bad."""
    for factor in box.restricted:
        freed = box.without(x, int(factor))
        if missed[freed.inside].mean() >= missed[box.inside].mean():
            box = freed
    return box


def _limit(
    names: Sequence[str], x: Floats, missed: Floats, box: _Box, factor: int, kept: float
) -> BoxLimit:
    """Return a restriction with its quasi-p-value.

    That is the probability of so many misses in the box at the density without the restriction.
    """
    from scipy.special import bdtrc

    freed = box.without(x, factor)
    count = int(box.inside.sum())
    misses = math.floor(float(missed[box.inside].sum()) + 0.5)
    quasi_p = 1.0
    if misses:
        quasi_p = float(bdtrc(misses - 1, count, float(missed[freed.inside].mean())))
    return BoxLimit(names[factor], float(box.low[factor]), float(box.high[factor]), quasi_p, kept)
