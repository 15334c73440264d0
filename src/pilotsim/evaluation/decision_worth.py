"""What it is worth to evaluate first and then decide, for each design and answer.

The drawn pilots are the belief; in each of them a design gives the estimate that it would give in
a real register. What the programme pays given the estimate is a regression over the pilots, so
that it counts how unsure an estimate is, and what it is wrong by (see
`pilotsim.experiments.information.expected_value`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval, mean_interval
from pilotsim.evaluation.designs import months_of
from pilotsim.evaluation.diagnosis import SIGNIFICANCE
from pilotsim.evaluation.estimands import AMOUNT
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.expected_learning import LEAST_DRAWS
from pilotsim.evaluation.plan_worth import ONE, range_of
from pilotsim.evaluation.ranking import cost_of, is_misleading
from pilotsim.evaluation.run import DesignResult
from pilotsim.experiments.information.expected_value import (
    ExpectedValue,
    perfect_information,
    value_of_knowing,
)
from pilotsim.model.decisions import SHORTENS

__all__ = ["DecisionWorth", "EvaluationWorth", "worth_of_evaluating"]


@dataclass(frozen=True)
class EvaluationWorth:
    """What a design with an answer is worth before a decision, in money.

    Parameters
    ----------
    tried : DesignResult
        The design and its answer.
    value : ExpectedValue
        What it is worth to choose by the estimate.
    by_test : Interval
        What it pays more than deciding now to start only where the test says that it helps.
    cost : float
        Of the evaluation; NaN where the file does not say.
    delay : float
        What it costs to wait for the answer.
    misleads : bool
        Whether the answer is biased, or finds too much where there is nothing.
    """

    tried: DesignResult
    value: ExpectedValue
    by_test: Interval
    cost: float
    delay: float
    misleads: bool

    @property
    def net(self) -> float:
        """What it is worth, less what it costs and what waiting for it costs."""
        return self.value.value - self._less

    @property
    def net_interval(self) -> tuple[float, float]:
        """The interval of the net worth; what it costs is taken as known."""
        return self.value.low - self._less, self.value.high - self._less

    @property
    def pays(self) -> bool:
        """Whether it is clearly worth more than it costs, and can be trusted."""
        return not self.misleads and self.net_interval[0] > 0.0

    @property
    def _less(self) -> float:
        return (0.0 if math.isnan(self.cost) else self.cost) + self.delay


@dataclass(frozen=True)
class DecisionWorth:
    """A decision that an evaluation is made for.

    Parameters
    ----------
    now : Interval
        What starting pays, for all whom it is decided for; not starting pays 0.
    at_most : ExpectedValue
        What it would be worth to know how each pilot turns out.
    designs : tuple of EvaluationWorth
        The one with the largest net worth first; those that mislead come last.
    """

    now: Interval
    at_most: ExpectedValue
    designs: tuple[EvaluationWorth, ...]


def worth_of_evaluating(cell: Evaluation, group: Sequence[DesignResult]) -> DecisionWorth | None:
    """Return what each design is worth before the decision that the file names.

    None where the file names none (`worth: {decides: ...}`), no design tries the answer that is
    told in kroner, or too few pilots were drawn.

    Parameters
    ----------
    cell : Evaluation
        What was evaluated.
    group : sequence of DesignResult
        What was tried in this cell, in the same drawn pilots.
    """
    if cell.worth is None or cell.worth.decides is None:
        return None
    priced = next((one for one in group if one.strategy.name == cell.worth.answer), None)
    if priced is None:
        return None
    paid = _paid(cell, priced)
    known = np.isfinite(paid)
    if known.sum() < LEAST_DRAWS:
        return None
    paid = paid[known]
    most = perfect_information(_options(paid))
    designs = [
        found for one in group if (found := _of_design(cell, one, known, paid, most)) is not None
    ]
    return DecisionWorth(
        mean_interval(paid),
        most,
        tuple(sorted(designs, key=lambda one: (one.misleads, -one.net))),
    )


def _options(paid: Floats) -> Floats:
    return np.column_stack([np.zeros(len(paid)), paid])


def _paid(cell: Evaluation, priced: DesignResult) -> Floats:
    """Return what starting pays in each drawn pilot, at the mean of the believed prices.

    No evaluation tells of prices, so that only their means count for a choice by its answer.
    """
    worth = cell.worth
    assert worth is not None
    assert worth.decides is not None
    is_amount = priced.strategy.estimand.outcome == AMOUNT
    price = ONE if is_amount or worth.price is None else range_of(worth.price)
    trials = priced.trials
    starts = trials.starts if worth.per == "started" else np.ones(len(trials.truth))
    cost = float(range_of(worth.cost).points().mean())
    net: Floats = -trials.truth * float(price.points().mean()) - starts * cost
    return net * worth.decides.clients.number


def _of_design(
    cell: Evaluation,
    one: DesignResult,
    known: np.ndarray,
    paid: Floats,
    most: ExpectedValue,
) -> EvaluationWorth | None:
    """Return what a design is worth; None where it gives too few answers to say."""
    estimate = one.trials.estimate[known]
    answered = np.isfinite(estimate)
    if answered.sum() < LEAST_DRAWS:
        return None
    # Where there is no answer, that is what is known.
    shown = [np.where(answered, estimate, estimate[answered].mean())]
    if not answered.all():
        shown.append(answered.astype(np.float64))
    value = value_of_knowing(_options(paid), np.column_stack(shown), seed=cell.seed).within(most)
    best = max(0.0, float(paid.mean()))
    delay = _part_lost(cell, one) * (best + value.value)
    tested = mean_interval(np.where(_is_shown(one, known, paid), paid, 0.0) - paid * (best > 0.0))
    return EvaluationWorth(one, value, tested, cost_of(one), delay, is_misleading(one))


def _is_shown(one: DesignResult, known: np.ndarray, paid: Floats) -> np.ndarray:
    """Tell in which pilots an effect is told from none, on the side on which it pays."""
    estimate, p = one.trials.estimate[known], one.trials.p[known]
    there = np.isfinite(estimate) & np.isfinite(p)
    side = np.cov(estimate[there], paid[there])[0, 1] if there.sum() > 1 else 0.0
    with np.errstate(invalid="ignore"):
        return np.asarray(there & (p < SIGNIFICANCE) & (estimate * side > 0.0))


def _part_lost(cell: Evaluation, one: DesignResult) -> float:
    """Return which part of what is decided is lost by waiting for an answer."""
    decides = cell.worth.decides if cell.worth is not None else None
    if decides is None or decides.delay != SHORTENS:
        return 0.0
    return min(1.0, one.strategy.estimand.months / months_of(decides.lasts))
