"""What a design is expected to add to a belief, and what is believed in kroner, before the data.

Both rest on the drawn pilots alone: the true effects in them are the belief under that design, and
in each of them the answer makes of this belief what it would make of it in a real register.
"""

from __future__ import annotations

import math

import numpy as np

from pilotsim.effects.net_benefit import NetBenefit, value_net_of_draws
from pilotsim.effects.posterior import posterior_of_effect
from pilotsim.evaluation.estimands import AMOUNT
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.plan_worth import ONE, range_of
from pilotsim.evaluation.run import DesignResult

# Fewer draws tell little of how a belief is spread.
LEAST_DRAWS = 20
# Of more draws these quantiles say all that a belief needs.
STEPS = 200


def narrowed_by(tried: DesignResult, level: float) -> float:
    """Return by how much an answer makes the interval of the belief narrower, mean over the draws.

    A share of its width; NaN with few draws, or where the belief or the answers have no spread.

    Parameters
    ----------
    tried : DesignResult
        A design with an answer in the unit of its inquiry.
    level : float
        Of the intervals.
    """
    trials = tried.trials
    truths = trials.truth[np.isfinite(trials.truth)]
    if len(truths) < LEAST_DRAWS or not np.ptp(truths) > 0.0:
        return math.nan
    prior = np.quantile(truths, np.linspace(0.0, 1.0, STEPS + 1))
    found = [
        posterior_of_effect(prior, estimate, error, level=level).narrowed
        for estimate, error in zip(trials.estimate, trials.error, strict=True)
        if math.isfinite(estimate) and error > 0.0
    ]
    return float(np.mean(found)) if found else math.nan


def expected_net(cell: Evaluation, group: list[DesignResult]) -> NetBenefit | None:
    """Return what is believed of the net benefit for each client offered, before any data.

    None where the evaluation does not ask, no design tries the answer, or too few were drawn.

    Parameters
    ----------
    cell : Evaluation
        What was evaluated.
    group : list of DesignResult
        What was tried; the first with the answer that is told in kroner gives the effects.
    """
    if cell.worth is None:
        return None
    for tried in group:
        truths = tried.trials.truth
        if tried.strategy.name != cell.worth.answer or np.isfinite(truths).sum() < LEAST_DRAWS:
            continue
        is_amount = tried.strategy.estimand.outcome == AMOUNT
        price = ONE if is_amount or cell.worth.price is None else range_of(cell.worth.price)
        starts = tried.trials.starts if cell.worth.per == "started" else None
        if starts is not None and not np.isfinite(starts).any():
            return None
        cost = range_of(cell.worth.cost)
        return value_net_of_draws(truths, price, cost, level=cell.level, starts=starts)
    return None
