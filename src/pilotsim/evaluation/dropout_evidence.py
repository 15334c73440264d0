"""What stands beside a comparison of arms where outcomes are missing: weights, and bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pilotsim.base.amounts import Amount, Share
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import fill_missing
from pilotsim.effects.checks.attrition import (
    lee_bounds,
    weigh_for_loss,
    worst_case_bounds,
)
from pilotsim.evaluation.designs import DRAWN_CLIENTS
from pilotsim.evaluation.effect_units import in_words
from pilotsim.evaluation.estimands import MONTHS_UNTIL, REACHED
from pilotsim.evaluation.release.digits import to_step
from pilotsim.evaluation.strategy import Strategy, StrategySample


def dropout_notes(
    sample: StrategySample, strategy: Strategy, traits: tuple[str, ...], step: float
) -> Iterator[Message]:
    """Yield what the missing outcomes leave open; nothing where none is missing.

    Parameters
    ----------
    sample : StrategySample
        The clients in either arm.
    strategy : Strategy
        An answer that compares the arms as they are.
    traits : tuple of str
        Traits that tell who may be lost.
    step : float
        To what the effect itself is rounded: its bounds are told no more exactly.
    """
    own = sample.among(strategy.estimand.traits)
    outcome, arm = own.outcome(strategy.estimand), strategy.treated(own)
    missing = np.isnan(outcome)
    if not missing.any() or missing.all() or np.ptp(arm) == 0.0:
        return
    unit, factor, highest = _unit(strategy)
    by_months = {REACHED: "incidence", MONTHS_UNTIL: "restricted_mean"}.get(strategy.estimand.kind)
    if by_months and own.rule is not None and own.rule.assignment in DRAWN_CLIENTS:
        yield Message(
            "who has an unknown month counts as missing here, also where the outcome was reached "
            "in another; {estimator} uses every month until the first unknown one",
            estimator=by_months,
        )

    def told(number: float) -> Amount:
        return Amount(factor * to_step(number, step))

    try:
        if highest is not None:
            bounds = worst_case_bounds(outcome, arm, highest=highest)
            yield Message(
                "{share:.1f} of the outcomes are missing; whatever they were, the effect lies "
                "between {low} and {high} {unit}",
                share=Share(float(missing.mean())),
                low=told(bounds.low),
                high=told(bounds.high),
                unit=unit,
            )
        if own.rule is None or own.rule.is_randomised:
            seen = lee_bounds(outcome, arm)
            yield Message(
                "if the programme makes everyone more likely to be seen, or nobody, the effect on "
                "those who are seen anyway lies between {low} and {high} {unit} (Lee)",
                low=told(seen.low),
                high=told(seen.high),
                unit=unit,
            )
        known = tuple(name for name in traits if name in own.panel.traits)
        table = own.covariates(known)
        if table is not None:
            weighted = weigh_for_loss(outcome, arm, fill_missing(table), level=strategy.level)
            yield Message(
                "with the followed standing in for the lost who are like them in {traits}: "
                "{estimate} ({low} to {high}) {unit}",
                traits=", ".join(known),
                estimate=told(weighted.estimate),
                low=told(weighted.low),
                high=told(weighted.high),
                unit=unit,
            )
    except (EstimationError, RequestError):
        # Too few are lost, or followed, to say more than how many.
        return


def _unit(strategy: Strategy) -> tuple[Message, float, float | None]:
    """Return what a difference is counted in, times what, and the largest outcome, if any."""
    estimand = strategy.estimand
    unit, factor = in_words(estimand)
    highest = {"points": 1.0, "months": float(estimand.months)}.get(estimand.unit)
    return unit, factor, highest
