"""Effect sizes: the flow's belief about its strength, and what a strength comes to in points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import critical_value, quantile_range, ratio_of_sums
from pilotsim.evaluation.estimands import effect_path, sums_of
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.pilot import (
    DistrictDraw,
    make_worlds,
    make_worlds_by_scale,
    run_programme_pair,
)
from pilotsim.model.beliefs import evenly_likely
from pilotsim.simulation.parameters import draw_numbers

EFFECT_SCALES = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0)
CALIBRATION = 30
QUANTILES = 1000


@dataclass(frozen=True)
class EffectScaleCurve:
    """The mean true effect by effect scale, if the whole population is offered the programme.

    Parameters
    ----------
    effect_scales : tuple of float
        Effect scales, rising.
    points : ndarray of float, shape (effect_scales,)
        The mean effect there, in percentage points, rising.
    """

    effect_scales: tuple[float, ...]
    points: Floats

    def at(self, points: float) -> float:
        """Return the effect scale that gives an effect.

        The end of the curve for what lies beyond it.
        """
        return float(np.interp(points, self.points, self.effect_scales))

    def effect_scale_of(self, evaluation: Evaluation, draw: int) -> float:
        """Return the effect scale of a draw."""
        assert evaluation.effects is not None
        if evaluation.effects.at is not None:
            return self.at(evaluation.effects.at[draw % len(evaluation.effects.at)].number)
        return draw_strength(evaluation, draw)

    def effect_scale_in_range(self, evaluation: Evaluation, draw: int) -> float:
        """Return an effect scale whose effect lies between none and the programme's largest.

        A low-discrepancy sequence (golden section): any number of draws covers the range evenly.
        """
        place = (0.5 + draw * 0.6180339887498949) % 1.0
        return self.at(place * min(evaluation.range_most, float(self.points[-1])))


def strength_of(evaluation: Evaluation) -> Quantity:
    """Return the shared value of the flow that says how well the help works."""
    assert evaluation.effects is not None
    return evaluation.flow.shared[evaluation.effects.strength]


def draw_strength(evaluation: Evaluation, draw: int) -> float:
    """Return the strength of a draw: the one that a check of the flow draws in that replication."""
    numbers = draw_numbers(evaluation.flow, evaluation.seed, draw)
    return float(numbers[strength_of(evaluation).slot])


@dataclass(frozen=True)
class BeliefInPoints:
    """What is believed of the strength, told in percentage points of an inquiry.

    Parameters
    ----------
    mean, low, high : float
        The mean, and between what nine in ten lie.
    below_zero : float
        How likely an effect below nothing is.
    curve : EffectScaleCurve
        The effect at each strength.
    above : tuple of float
        How likely an effect above each limit of the evaluation is.
    """

    mean: float
    low: float
    high: float
    below_zero: float
    curve: EffectScaleCurve
    above: tuple[float, ...] = ()


def belief_in_points(evaluation: Evaluation, curve: EffectScaleCurve) -> BeliefInPoints:
    """Return what the strength of an evaluation comes to in points, over its whole distribution.

    What lies beyond the ends of the curve counts as its ends.
    """
    value = strength_of(evaluation)
    points = np.interp(evenly_likely(value, QUANTILES), curve.effect_scales, curve.points)
    low, high = quantile_range(points)
    above = tuple(float((points > limit).mean()) for limit in evaluation.above)
    below = float((points < 0).mean())
    return BeliefInPoints(float(points.mean()), low, high, below, curve, above)


@dataclass(frozen=True)
class TruePath:
    """The true effect month by month if everyone is offered the programme, at one effect scale.

    Parameters
    ----------
    size : float
        The effect at the end, in percentage points, that the effect scale was chosen for.
    value : ndarray of float, shape (months,)
        The effect after 1, 2, ... months as a share.
    low, high : ndarray of float, shape (months,)
        Its 95 % interval (Student's t over the draws).
    """

    size: float
    value: Floats
    low: Floats
    high: Floats


def true_paths(
    evaluation: Evaluation,
    curve: EffectScaleCurve,
    sizes: Sequence[float],
    draws: int = CALIBRATION,
) -> tuple[TruePath, ...]:
    """Return the true effect, month by month, of programmes of some sizes.

    A size is the effect at the end, in percentage points.
    """
    assert evaluation.effects is not None
    estimand = evaluation.estimands[evaluation.effects.inquiry]
    one = replace(evaluation, places=evaluation.places[:1])
    found = []
    for size in sizes:
        pairs = [
            run_programme_pair(one, make_worlds(one, draw, curve.at(size))) for draw in range(draws)
        ]
        sums = np.array([effect_path(pair, estimand) for pair in pairs])
        path = [ratio_of_sums(sums[:, 0, k], sums[:, 1, k]) for k in range(sums.shape[2])]
        values = np.array([month.value for month in path])
        reach = critical_value(freedom=draws - 1) * np.array([month.error for month in path])
        found.append(TruePath(size, values, values - reach, values + reach))
    return tuple(found)


def make_curve(evaluation: Evaluation, draws: int = CALIBRATION) -> EffectScaleCurve:
    """Return the effect at each effect scale, from the same clients at each.

    A size is said of the programme as such, so everyone is offered it; what a pilot of it then
    finds is another matter.
    """
    assert evaluation.effects is not None
    estimand = evaluation.estimands[evaluation.effects.inquiry]
    # One district is enough: what the effect scale does hardly depends on how districts differ.
    one = replace(evaluation, places=evaluation.places[:1])

    def sums_in(worlds: tuple[DistrictDraw, ...], draw: int) -> list[tuple[float, float]]:
        return [sums_of(estimand, run_programme_pair(one, worlds))]

    return curves_of(one, sums_in, draws)[0]


def curves_of(
    evaluation: Evaluation,
    sums_in: Callable[[tuple[DistrictDraw, ...], int], Sequence[tuple[float, float]]],
    draws: int = CALIBRATION,
) -> tuple[EffectScaleCurve, ...]:
    """Return the effect at each effect scale, never falling, from the same clients at each.

    Parameters
    ----------
    evaluation : Evaluation
        Whose districts are drawn.
    sums_in : callable
        From the districts of a draw and the draw to the two sums whose ratio an effect is, one pair
        for each curve.
    draws : int
        Over how many the sums run.

    Returns
    -------
    tuple of EffectScaleCurve
        In percentage points; NaN up to the first scale at which there is something to divide by.
    """
    sums = np.array(
        [
            [
                sums_in(worlds, draw)
                for worlds in make_worlds_by_scale(evaluation, draw, EFFECT_SCALES)
            ]
            for draw in range(draws)
        ]
    )
    tops, bottoms = np.moveaxis(sums.sum(axis=0), -1, 0)
    points = np.full(tops.shape, np.nan)
    np.divide(100.0 * tops, bottoms, out=points, where=bottoms != 0.0)
    return tuple(EffectScaleCurve(EFFECT_SCALES, np.fmax.accumulate(own)) for own in points.T)
