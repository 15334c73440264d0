"""What a plan believes of the effect before the data, and what a released result makes of it.

The prior is the flow's own: the strength that a check and an evaluation draw, turned into the
effect of the inquiry under the design by running the design at several strengths. A plan holds its
quantiles, so that estimating needs no flow. The posterior is worked out from what was released of
an effect and from nothing else, so that it tells nothing more of anybody.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.posterior import Posterior, posterior_of_effect
from pilotsim.evaluation.effect_size import (
    CALIBRATION,
    EffectScaleCurve,
    curves_of,
    strength_of,
)
from pilotsim.evaluation.estimands import Estimand, sums_of
from pilotsim.evaluation.evaluation import Design, Evaluation
from pilotsim.evaluation.pilot import DistrictDraw, run_pilot
from pilotsim.evaluation.release import PlanAnswer, RegisterAnalysis
from pilotsim.evaluation.result_files import released_error

# Chances in equal steps; the ends stand for the outermost half of a thousand.
STEPS = 100
OUTERMOST = 0.0005


@dataclass(frozen=True)
class PosteriorAnswer:
    """An answer with what is believed of its effect before and after.

    Parameters
    ----------
    finding : PlanAnswer
        The answer as it was released.
    posterior : Posterior
        In percentage points.
    """

    finding: PlanAnswer
    posterior: Posterior


def priors_of(evaluation: Evaluation, design: str) -> dict[str, tuple[float, ...]]:
    """Return the prior of each inquiry in shares that a design's answers are about.

    Quantiles in percentage points, at chances in equal steps.

    Parameters
    ----------
    evaluation : Evaluation
        What is evaluated; its `effects` name a strength that is believed and not fixed.
    design : str
        The name of the design.

    Raises
    ------
    RequestError
        No such design; an inquiry about clients of whom there are none.
    """
    known = {own.name: own for own in evaluation.designs}
    if design not in known:
        raise RequestError(
            Message(
                "the evaluation has no design '{name}'{meant}",
                name=design,
                meant=did_you_mean(design, known),
            )
        )
    chosen = known[design]
    asked = {own.estimand.name: own.estimand for own in chosen.strategies if own.estimand.is_share}
    value = strength_of(evaluation)
    chances = np.clip(np.linspace(0.0, 1.0, STEPS + 1), OUTERMOST, 1.0 - OUTERMOST)
    strengths = [value.quantile(float(chance)) for chance in chances]
    priors = {}
    for name, curve in zip(
        asked, design_curves(evaluation, chosen, tuple(asked.values())), strict=True
    ):
        if np.isnan(curve.points).any():
            raise RequestError(
                Message(
                    "'{inquiry}' is about nobody in some of what is drawn under '{design}', so "
                    "that nothing can be believed of its effect beforehand",
                    inquiry=name,
                    design=design,
                )
            )
        found = np.interp(strengths, curve.effect_scales, curve.points)
        priors[name] = tuple(round(float(points), 3) for points in found)
    return priors


def design_curves(
    evaluation: Evaluation,
    design: Design,
    estimands: tuple[Estimand, ...],
    draws: int = CALIBRATION,
) -> tuple[EffectScaleCurve, ...]:
    """Return the mean true effect under a design at each effect scale, for each estimand."""
    only = design.part.only
    if only is not None:
        places = tuple(place for place in evaluation.places if place.name in only)
        evaluation = replace(evaluation, places=places)

    def sums_in(worlds: tuple[DistrictDraw, ...], draw: int) -> list[tuple[float, float]]:
        pilot = run_pilot(evaluation, design, worlds, draw)
        return [sums_of(estimand, pilot.pair_of(estimand)) for estimand in estimands]

    return curves_of(evaluation, sums_in, draws)


def posteriors_of(found: RegisterAnalysis) -> Iterator[PosteriorAnswer]:
    """Yield each released answer that the plan has a prior for, with what is believed after it."""
    filed = found.plan.bayes
    if filed is None:
        return
    above = tuple(limit.number for limit in filed.above)
    for finding in found.findings:
        quantiles = filed.priors.get(finding.strategy.estimand.name)
        effect = finding.effect
        if quantiles is None or effect is None or not finding.is_in_points:
            continue
        points = _likelihood(effect, finding, found.plan.level.number)
        if points is None:
            continue
        posterior = posterior_of_effect(
            quantiles,
            points.estimate,
            points.error,
            freedom=points.freedom,
            above=above,
            level=found.plan.level.number,
        )
        yield PosteriorAnswer(finding, posterior)


def _likelihood(effect: Effect, finding: PlanAnswer, level: float) -> Effect | None:
    """Return estimate, error and freedom in points, as far as they were released."""
    freedom = effect.freedom if effect.freedom > 0.0 else math.inf
    error = released_error(finding, level)
    if not (math.isfinite(effect.estimate) and error > 0.0):
        return None
    return replace(effect, estimate=100 * effect.estimate, error=100 * error, freedom=freedom)
