"""The answers of a plan, asked of a real register: what it lacks is said by name."""

from __future__ import annotations

import numpy as np

from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.evaluation.estimands import SINCE_LISTING
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.strategy import Strategy, StrategySample

# Of those who wait so many may have been offered the programme before the month asked for.
STILL_WAITING = 0.05


def ask_in_plan(strategy: Strategy, sample: StrategySample) -> Effect:
    """Return what an answer of a plan says of a real register.

    Parameters
    ----------
    strategy : Strategy
        The answer.
    sample : StrategySample
        Those in either arm.

    Raises
    ------
    EstimationError
        Those who wait were offered the programme too, or the estimator cannot work on these data.
    RequestError
        An option has a value that the estimator cannot take, or the register has no such trait.
    """
    _check_waiting(strategy, sample)
    return ask(strategy, sample)


def _check_waiting(strategy: Strategy, sample: StrategySample) -> None:
    """Refuse months in which those who still wait are offered the programme as well.

    Raises
    ------
    EstimationError
        Names how many months can be asked for.
    """
    estimand = strategy.estimand
    rule = sample.rule
    if rule is None or rule.waiting_list is None or not rule.offers_first_alone:
        return
    if estimand.kind not in SINCE_LISTING:
        return
    waiting = np.sort(sample.panel.offered[sample.arm == 0.0]) - sample.listed
    if not len(waiting) or (waiting < estimand.months).mean() <= STILL_WAITING:
        return
    free = waiting[int(STILL_WAITING * len(waiting))]
    raise EstimationError(
        Message(
            "within {months} months many of those who wait are offered the programme as well, so "
            "that the halves no longer differ in it; ask for at most {free} months",
            months=estimand.months,
            free=int(max(0.0, free)),
        )
    )
