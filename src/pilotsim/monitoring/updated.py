"""What the counts so far change: chances of targets, assumptions, and plans from here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.model.flow import Flow
from pilotsim.monitoring.counts import MonthlyCounts
from pilotsim.monitoring.forecast import RANGE, Forecaster, Likeness
from pilotsim.runs.batches import Outcome, Variant, clients_of, run_block
from pilotsim.runs.budget import replications_at_once

__all__ = [
    "LearnedAssumption",
    "PlanFromHere",
    "UpdatedForecast",
    "UpdatedTarget",
    "asked_of",
    "try_plan",
    "update_forecast",
]

# Fewer like pilots than this say too little.
LEAST_EFFECTIVE = 50.0
# Where the ranges of pilots left out hold less than this, though they should hold nine in ten, the
# updating is not to be trusted.
LEAST_HELD = 0.8
# An assumption whose mean moves by less of its spread is not said to have moved.
LEAST_SHIFT = 0.25
MOST_SHIFTS = 6
# Nor one that moves by less than so many times the chance in the mean of the like pilots.
SURE_SHIFT = 3.0
# The chance that of all assumptions of which the counts say nothing any is held to be told of.
FALSE_TELLING = 0.01


@dataclass(frozen=True)
class UpdatedTarget:
    """A target, before the start and given the counts.

    Parameters
    ----------
    question : TargetReading
        The target in one reading.
    before, now : float
        The chance that it is met; NaN where it is defined in no pilot.
    value, low, high : float
        What is measured, given the counts: median and range.
    value_before : float
        Its median before the start.
    """

    question: TargetReading
    before: float
    now: float
    value: float
    low: float
    high: float
    value_before: float


@dataclass(frozen=True)
class LearnedAssumption:
    """An assumption of which the counts say something.

    Parameters
    ----------
    path : str
        Where it stands in the flow file.
    before, now : float
        Its mean, before and given the counts.
    low, high : float
        Its range given the counts.
    shift : float
        How far its mean moved, in standard deviations of what was assumed.
    """

    path: str
    before: float
    now: float
    low: float
    high: float
    shift: float


@dataclass(frozen=True)
class PlanFromHere:
    """What a change from now on would do, for the same pilots with the same chance.

    Parameters
    ----------
    name : str
        What it is called.
    chances : tuple of float
        The chance of each target with it, in the order of the targets.
    """

    name: str
    chances: tuple[float, ...]


@dataclass(frozen=True)
class UpdatedForecast:
    """The forecast given the counts so far.

    Parameters
    ----------
    refusal : Message or None
        Why there is none; all else is empty then.
    effective : float
        How many equally weighted simulated pilots it rests on.
    held : float
        How often ranges of pilots that were left out held what they came to; 0.9 is right.
    targets : tuple of UpdatedTarget
        Those that are measured.
    assumptions : tuple of LearnedAssumption
        Those that moved, most first.
    """

    refusal: str | None
    effective: float = 0.0
    held: float = math.nan
    targets: tuple[UpdatedTarget, ...] = ()
    assumptions: tuple[LearnedAssumption, ...] = ()


def asked_of(flow: Flow) -> list[TargetReading]:
    """Return the targets that a run measures."""
    return [question for question in questions_of(flow) if question.measure is not None]


@dataclass(frozen=True)
class Basis:
    """Simulated pilots, and which of them are like the one that is followed.

    Parameters
    ----------
    asked : sequence of TargetReading
        The targets.
    margins, values : ndarray of float, shape (pilots, targets)
        How far each is met, and what is measured; NaN where that is not known.
    likeness : Likeness
        Who is like the pilot.
    """

    asked: Sequence[TargetReading]
    margins: Floats
    values: Floats
    likeness: Likeness


def update_forecast(
    flow: Flow,
    counted: MonthlyCounts,
    counts: Floats,
    outcome: Outcome,
    numbers: Floats,
) -> tuple[UpdatedForecast, Basis | None]:
    """Return the forecast given the counts so far.

    Parameters
    ----------
    flow : Flow
        The plan.
    counted : MonthlyCounts
        What was counted.
    counts : ndarray of float, shape (pilots, months, counts)
        What is counted in simulated pilots.
    outcome : Outcome
        What these came to.
    numbers : ndarray of float, shape (pilots, values)
        The numbers of each.
    """
    asked = asked_of(flow)
    present = ~np.isnan(counted.numbers)
    margins, values = margins_of(asked, outcome)
    paths = list(_varying(flow, numbers))
    own = numbers[:, [flow.values[path].slot for path in paths]]
    told = np.column_stack([margins, own])
    known = np.asarray(np.any(~np.isnan(told), axis=0))
    forecaster = Forecaster.learn(counts, present, told[:, known])
    likeness = forecaster.like(forecaster.locate(counted.numbers))
    if not likeness.is_covered:
        return UpdatedForecast(
            Message(
                "no simulated pilot is like this one, so none can say what will come of it. Set "
                "what is otherwise than planned (--set), and ask again"
            )
        ), None
    if likeness.effective < LEAST_EFFECTIVE:
        return UpdatedForecast(
            Message(
                "only {count:g} simulated pilots are like this one; ask for more (--replications)",
                count=round(likeness.effective),
            ),
            likeness.effective,
        ), None
    judged = [k for k in range(len(asked)) if known[k]]
    held = forecaster.held(margins[:, judged]) if judged else np.array([])
    least = float(held.mean()) if len(held) else math.nan
    if least < LEAST_HELD:
        return UpdatedForecast(
            Message(
                "tried on simulated pilots, the updated ranges held {held:.0f} % of what came, and "
                "not 90 %; ask for more (--replications)",
                held=100.0 * least,
            ),
            likeness.effective,
            least,
        ), None
    basis = Basis(asked, margins, values, likeness)
    learned = _assumptions(paths, own, likeness, forecaster.points)
    return UpdatedForecast(
        None, likeness.effective, least, tuple(_targets(basis)), tuple(learned)
    ), basis


def margins_of(asked: Sequence[TargetReading], outcome: Outcome) -> tuple[Floats, Floats]:
    """Return by how much each target is met in each pilot, and what is measured.

    Parameters
    ----------
    asked : sequence of TargetReading
        The targets.
    outcome : Outcome
        What pilots came to.

    Returns
    -------
    margins, values : ndarray of float, shape (pilots, targets)
        A margin below 0 misses the target; NaN where it is not known.
    """
    values = outcome.known[:, : len(asked)]
    bounds = [outcome.bound_of(question.bound) for question in asked]
    signs = np.array([1.0 if question.at_least else -1.0 for question in asked])
    table = np.array(bounds, np.float64).reshape(len(asked), len(values)).T
    return (values - table) * signs, values


def _varying(flow: Flow, numbers: Floats) -> Iterator[str]:
    """Yield the assumptions that are drawn: those that follow others say nothing of their own."""
    following = {follower.slot for follower in flow.followers}
    seen = set(following)
    for path, value in flow.values.items():
        drawn = value.slot not in seen and np.ptp(numbers[:, value.slot]) > 0.0
        if drawn and (value.has_range or value.joint is not None):
            seen.add(value.slot)
            yield path


def chance(margins: Floats, weights: Floats) -> float:
    """Return the weighted share of margins that meet their target; NaN where none is known.

    Parameters
    ----------
    margins : ndarray of float, shape (pilots,)
        By how much; NaN where that is not known.
    weights : ndarray of float, shape (pilots,)
        How much each counts.
    """
    known = ~np.isnan(margins)
    if not known.any():
        return math.nan
    slack = 1e-9 * (1.0 + np.abs(margins[known]))
    return float(np.sum(weights[known] * (margins[known] >= -slack)) / np.sum(weights[known]))


def quantiles(values: Floats, weights: Floats, at: Sequence[float]) -> list[float]:
    """Return weighted quantiles of what is known of some values.

    Parameters
    ----------
    values, weights : ndarray of float, shape (pilots,)
        The values, NaN where one is not known, and how much each counts.
    at : sequence of float
        Which quantiles.
    """
    known = ~np.isnan(values)
    if not known.any():
        return [math.nan for _ in at]
    order = np.argsort(values[known], kind="stable")
    reached = np.cumsum(weights[known][order]) / np.sum(weights[known])
    places = np.minimum(np.searchsorted(reached, at), len(order) - 1)
    return [float(number) for number in values[known][order][places]]


def _targets(basis: Basis) -> Iterator[UpdatedTarget]:
    like = basis.likeness
    margins = like.adjusted(basis.margins[like.rows])
    values = like.adjusted(basis.values[like.rows])
    alike = np.ones(len(basis.margins))
    for place, question in enumerate(basis.asked):
        low, value, high = quantiles(values[:, place], like.weights, (RANGE[0], 0.5, RANGE[1]))
        yield UpdatedTarget(
            question,
            chance(basis.margins[:, place], alike),
            chance(margins[:, place], like.weights),
            value,
            low,
            high,
            quantiles(basis.values[:, place], alike, (0.5,))[0],
        )


def _are_told_of(own: Floats, points: Floats) -> Bools:
    """Return of which assumptions counts can tell at all: those that go with where pilots lie."""
    from scipy.stats import chi2

    terms = points - points.mean(axis=0)
    away = own - own.mean(axis=0)
    fitted = terms @ np.linalg.lstsq(terms, away, rcond=None)[0]
    explained = fitted.var(axis=0) / np.maximum(away.var(axis=0), 1e-300)
    limit = chi2.isf(FALSE_TELLING / own.shape[1], terms.shape[1]) / len(own)
    return np.asarray(explained > limit)


def _assumptions(
    paths: Sequence[str], own: Floats, likeness: Likeness, points: Floats
) -> list[LearnedAssumption]:
    """Return the assumptions that moved, of which counts can tell, most first."""
    if not paths:
        return []
    adjusted = likeness.adjusted(own[likeness.rows])
    told = _are_told_of(own, points)
    least = max(LEAST_SHIFT, SURE_SHIFT / math.sqrt(likeness.effective))
    found = []
    for place, path in enumerate(paths):
        if not told[place]:
            continue
        before, spread = float(own[:, place].mean()), float(own[:, place].std())
        now = float(np.sum(likeness.weights * adjusted[:, place]))
        low, high = quantiles(adjusted[:, place], likeness.weights, RANGE)
        shift = (now - before) / spread
        if abs(shift) >= least:
            found.append(LearnedAssumption(path, before, now, low, high, shift))
    return sorted(found, key=lambda one: -abs(one.shift))[:MOST_SHIFTS]


def try_plan(
    name: str,
    changed: Variant,
    basis: Basis,
    counted: MonthlyCounts,
    counts: Ints,
    seed: int,
) -> PlanFromHere:
    """Return what a change from now on would do.

    The pilots that are like the one that is followed are run anew with the change: what happened
    until now stays as it was, what comes has the same chance.

    Parameters
    ----------
    name : str
        What the plan is called.
    changed : Variant
        The flow with the change.
    basis : Basis
        Who is like the pilot.
    counted : MonthlyCounts
        What was counted.
    counts : ndarray of int, shape (pilots, months, counts)
        What is counted in the plan as it stands.
    seed : int
        The seed of the plan.

    Raises
    ------
    RequestError
        The change reaches back before the last month that was counted, or has other targets.
    """
    asked = asked_of(changed.flow)
    if [one.name for one in asked] != [one.name for one in basis.asked]:
        raise RequestError(Message("the plan '{name}' has other targets than the flow", name=name))
    measures = [one.measure for one in asked if one.measure is not None]
    like = basis.likeness
    order = np.argsort(like.rows)
    rows = [int(row) for row in like.rows[order]]
    at_once = replications_at_once(clients_of([changed])[0])
    parts = [
        run_block(changed, measures, seed, rows[start : start + at_once])
        for start in range(0, len(rows), at_once)
    ]
    outcome = Outcome.join(parts)
    past = counted.months_counted
    if not np.array_equal(outcome.counts[:, :past], counts[rows, :past]):
        raise RequestError(
            Message(
                "the plan '{name}' changes what has already been counted: let its change begin "
                "after {month}, as 'resources.NAME.units={{value: 12, from: {{{next}: 22}}}}' does",
                name=name,
                month=f"{counted.months[past - 1]:%Y-%m}",
                next=f"{counted.months[min(past, len(counted.months) - 1)]:%Y-%m-%d}",
            )
        )
    margins = np.empty((len(rows), len(asked)))
    margins[order] = margins_of(asked, outcome)[0]
    adjusted = like.adjusted(margins)
    chances = [chance(adjusted[:, place], like.weights) for place in range(len(asked))]
    return PlanFromHere(name, tuple(chances))
