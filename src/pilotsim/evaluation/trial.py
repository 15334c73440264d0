"""Trying designs out: what each answer strategy says in each drawn pilot, beside the truth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pilotsim.base.errors import EstimationError
from pilotsim.base.message_storage import message_to_json
from pilotsim.evaluation.effect_size import EffectScaleCurve
from pilotsim.evaluation.estimands import Estimand, Pair, is_defined, reduce_outcome, sums_of
from pilotsim.evaluation.estimators import ask, provide_estimators
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.looks import LookSchedule
from pilotsim.evaluation.pilot import Pilot, make_worlds, run_pilot
from pilotsim.evaluation.strategy import Strategy, StrategySample

# Draws as the prior has them, and draws with effects spread over a range, to find the least that
# can be seen.
PRIOR, RANGE = "prior", "range"
NUMBERS = (
    "truth",
    "estimate",
    "error",
    "low",
    "high",
    "p",
    "null_estimate",
    "null_p",
    "spillover",
    "starts",
)

# Of each look at the first answer, the end included.
OF_LOOKS = ("estimate", "error", "p", "null_statistic", "null_p")


@dataclass(frozen=True)
class DrawResult:
    """What one answer strategy said in one draw.

    Parameters
    ----------
    numbers : tuple of float
        What `NUMBERS` says.
    refusal : str
        Why it gave no answer, as a message where it can be said in other languages; empty where it
        gave one.
    looks : tuple of float
        What `OF_LOOKS` says of each look; none where there are no looks at it.
    """

    numbers: tuple[float, ...]
    refusal: str
    looks: tuple[float, ...] = ()


def look_columns(looks: int) -> list[str]:
    """Return the names of the columns that hold so many looks, in the order of the numbers."""
    return [f"look{look}_{name}" for look in range(looks) for name in OF_LOOKS]


def looks_of(evaluation: Evaluation) -> int:
    """Return how many looks a design of an evaluation has at most."""
    schedules = [design.schedule for design in evaluation.designs]
    return max((len(own.months) for own in schedules if own is not None), default=0)


def try_draws(
    evaluation: Evaluation, kind: str, draws: Sequence[int], curve: EffectScaleCurve | None
) -> Mapping[str, Any]:
    """Return all answers in some draws: columns with a row for each draw, design and strategy.

    Parameters
    ----------
    evaluation : Evaluation
        What is tried.
    kind : str
        `PRIOR` or `RANGE`: how large the effect is.
    draws : sequence of int
        Which draws.
    curve : EffectScaleCurve or None
        What the effect scale does; None where the programme is as the flow has it.
    """
    provide_estimators(one for design in evaluation.designs for one in design.strategies)
    rows: list[tuple[int, int, DrawResult]] = []
    for draw in draws:
        effect_scale = (
            None
            if curve is None
            else curve.effect_scale_of(evaluation, draw)
            if kind == PRIOR
            else curve.effect_scale_in_range(evaluation, draw)
        )
        rows += [
            (draw, tried, answered)
            for tried, answered in enumerate(_one_draw(evaluation, draw, effect_scale))
        ]
    table = np.array([answered.numbers for _, _, answered in rows], np.float64).reshape(
        len(rows), len(NUMBERS)
    )
    columns: dict[str, Any] = {name: table[:, k] for k, name in enumerate(NUMBERS)}
    names = look_columns(looks_of(evaluation))
    looks = np.full((len(rows), len(names)), math.nan)
    for place, (_, _, answered) in enumerate(rows):
        looks[place, : len(answered.looks)] = answered.looks
    columns |= {name: looks[:, k] for k, name in enumerate(names)}
    columns["draw"] = np.array([draw for draw, _, _ in rows])
    columns["tried"] = np.array([tried for _, tried, _ in rows])
    refusals = [answered.refusal for _, _, answered in rows]
    columns["refusal"] = [str(refusal) for refusal in refusals]
    columns["refusal_message"] = [
        message_to_json(refusal) if refusal else "" for refusal in refusals
    ]
    return columns


def _one_draw(
    evaluation: Evaluation, draw: int, effect_scale: float | None
) -> Iterator[DrawResult]:
    worlds = make_worlds(evaluation, draw, effect_scale)
    for design in evaluation.designs:
        pilot = run_pilot(evaluation, design, worlds, draw)
        for number, strategy in enumerate(design.strategies):
            found = _ask(strategy, pilot)
            if design.schedule is not None and not number:
                found = replace(found, looks=tuple(_look(design.schedule, strategy, pilot)))
            yield found


def _look(schedule: LookSchedule, strategy: Strategy, pilot: Pilot) -> Iterator[float]:
    """Yield what is found at each look, in this pilot and in one that does nothing."""
    for look in range(len(schedule.months)):
        own = schedule.strategy_at(look, strategy)
        (estimate, error, _, _, p), _ = _answer(own, pilot.sample)
        null, _ = _answer(own, pilot.null)
        yield from (estimate, error, p, null[0] / null[1] if null[1] else math.nan, null[4])


def _ask(strategy: Strategy, pilot: Pilot) -> DrawResult:
    top, bottom = sums_of(strategy.estimand, pilot.pair_of(strategy.estimand))
    truth = top / bottom if is_defined(strategy.estimand, bottom) else math.nan
    found, refusal = _answer(strategy, pilot.sample)
    null, _ = _answer(strategy, pilot.null)
    return DrawResult(
        (
            truth,
            *found,
            null[0],
            null[4],
            spillover_of(strategy.estimand, pilot),
            starts_of(strategy.estimand, pilot.pair_of(strategy.estimand)),
        ),
        refusal,
    )


def _answer(strategy: Strategy, sample: StrategySample) -> tuple[tuple[float, ...], str]:
    try:
        effect = ask(strategy, sample)
    except EstimationError as fault:
        return (math.nan,) * 5, fault.message
    return (effect.estimate, effect.error, effect.low, effect.high, effect.p), ""


def starts_of(estimand: Estimand, pair: Pair) -> float:
    """Return the share who start because of the pilot, of those an estimand is about.

    Within the months that it asks for. NaN where it is about nobody.
    """
    chosen = pair.chosen(estimand)
    if not chosen.any():
        return math.nan
    until = pair.since_of(estimand) + estimand.months
    with_pilot, without = (
        float((world.started < until)[chosen].mean()) for world in (pair.present, pair.absent)
    )
    return with_pilot - without


def spillover_of(estimand: Estimand, pilot: Pilot) -> float:
    """Return the mean effect of a pilot on those whom the offered are compared with.

    NaN where there are none.
    """
    pair = pilot.pair
    compared = pilot.compared & (pair.since + estimand.months <= len(pair.present.months))
    change = reduce_outcome(pair.present, estimand, pair.since) - reduce_outcome(
        pair.absent, estimand, pair.since
    )
    known = change[compared & ~np.isnan(change)]
    return float(known.mean()) if len(known) else math.nan
