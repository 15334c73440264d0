"""Looks along the way: when the deciding answer is asked before the end, and by which limits.

At a look the answer is asked for the months until then. Without an effect in any month, what the
looks find goes together as the lots make it; so their joint distribution is got from lots drawn
anew, and the error of all looks together is what the plan says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message, either
from pilotsim.base.statistics import critical_value
from pilotsim.effects.inference.group_sequential import (
    SPENDING,
    Spending,
    independent_increments,
    look_levels,
)
from pilotsim.evaluation.designs import DataStrategy, months_of
from pilotsim.evaluation.estimands import AMOUNT, MONTHS_UNTIL, SINCE_LISTING
from pilotsim.evaluation.estimators import known_estimators
from pilotsim.evaluation.strategy import Strategy

if TYPE_CHECKING:
    from pilotsim.evaluation.evaluation_file import LooksPart

__all__ = ["Decision", "LookSchedule", "correlation_of", "schedule_of"]

Decision = Literal["go_on", "success", "harm", "futility", "not_found", "silent"]
# Which effect is wanted, unless the plan says.
WANTED = {"in_work": 1.0, "on_assistance": -1.0, AMOUNT: -1.0}


@dataclass(frozen=True)
class LookSchedule:
    """When an answer is looked at, the end included, and by which limits.

    Parameters
    ----------
    months : tuple of int
        After so many months each; the last is the end.
    error : float
        Of all looks together.
    spending : {"obrien_fleming", "pocock"}
        How it is spent.
    wanted : float
        1 where more of the outcome is a success, -1 where less is.
    is_alone : bool
        Whether the answer is the only one whose error counts. Among several, the end has what the
        looks before it have not spent, for all answers together.
    futility : float or None
        The least effect that matters, towards what is wanted, in the unit of the outcome.
    futility_since : int
        After how many months a look may say that it is no longer expected.
    """

    months: tuple[int, ...]
    error: float
    spending: Spending
    wanted: float
    is_alone: bool = True
    futility: float | None = None
    futility_since: int = 0

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of the time that has gone at each look."""
        return tuple(month / self.months[-1] for month in self.months)

    @property
    def spent(self) -> tuple[float, ...]:
        """The error that may have been spent by each look."""
        return tuple(SPENDING[self.spending](share, self.error) for share in self.shares)

    def strategy_at(self, look: int, strategy: Strategy) -> Strategy:
        """Return the answer as it is asked at a look."""
        estimand = replace(strategy.estimand, months=self.months[look])
        return replace(strategy, estimand=estimand)

    def levels(self, correlation: Floats) -> tuple[float, ...]:
        """Return the p-value below which each look finds an effect.

        Parameters
        ----------
        correlation : ndarray of float, shape (looks, looks)
            Of the statistics of the looks so far, without an effect.
        """
        size = len(correlation)
        found = look_levels(self.shares[:size], correlation, self.error, self.spending)
        levels = [float(level) for level in found]
        if size == len(self.months) and not self.is_alone:
            levels[-1] = self.error - self.spent[-2]
        return tuple(levels)

    @property
    def expected_levels(self) -> tuple[float, ...]:
        """The same as far as it can be told beforehand: as if each month told something new."""
        return self.levels(independent_increments(self.shares))

    def judge(
        self, look: int, *, low: float, high: float, estimate: float, error: float
    ) -> Decision:
        """Return what the plan says of what a look found.

        Parameters
        ----------
        look : int
            Which, from 0.
        low, high : float
            The ends of the interval at the look's own level.
        estimate, error : float
            The effect and its standard error; NaN where there is no answer.
        """
        if not np.isfinite([low, high, estimate]).all():
            return "silent"
        if low > 0.0 or high < 0.0:
            return "success" if estimate * self.wanted > 0.0 else "harm"
        if look == len(self.months) - 1:
            return "not_found"
        if self.futility is None or self.months[look] < self.futility_since:
            return "go_on"
        most = estimate * self.wanted + critical_value(1.0 - self.error) * error
        return "futility" if most < self.futility else "go_on"


def schedule_of(
    looks: LooksPart, strategy: Strategy, rule: DataStrategy, *, is_alone: bool
) -> LookSchedule:
    """Return when an answer is looked at.

    Parameters
    ----------
    looks : LooksPart
        What the file says.
    strategy : Strategy
        The answer that decides.
    rule : DataStrategy
        The design.
    is_alone : bool
        Whether no other answer's error counts.

    Raises
    ------
    RequestError
        The answer cannot be looked at along the way; says why.
    """
    estimand, known = strategy.estimand, known_estimators()[strategy.estimator]
    months = tuple(months_of(length) for length in looks.at)
    fault: Message | None = None
    if rule.has_several_arms:
        fault = Message("several arms are compared at the end alone")
    elif not rule.draws_arms:
        fault = Message("no lots are drawn that could be drawn anew, and the limits rest on that")
    elif not known.follows_lots or known.scale != "difference" or strategy.compare != "arms":
        fault = Message(
            "the estimator '{estimator}' has no difference of arms that follows the lots; take one "
            "such as difference or adjusted",
            estimator=strategy.estimator,
        )
    elif estimand.kind not in SINCE_LISTING:
        fault = Message(
            "the inquiry is {kind}; ask {known}, which can be asked of fewer months",
            kind=estimand.kind,
            known=either(SINCE_LISTING),
        )
    elif months[-1] >= estimand.months:
        fault = Message(
            "the last look is after {last} months, and the answer asks for {months}; the end is no "
            "look along the way",
            last=months[-1],
            months=estimand.months,
        )
    elif looks.wanted is None and estimand.outcome not in WANTED:
        fault = Message(
            "is more or less of '{outcome}' a success? Say wanted: more, or wanted: less",
            outcome=estimand.outcome,
        )
    if fault is not None:
        raise RequestError(
            Message("looks: the answer '{name}': {fault}", name=strategy.name, fault=fault)
        )
    wanted = WANTED.get(estimand.outcome, 1.0)
    if estimand.kind == MONTHS_UNTIL:
        wanted = -wanted
    if looks.wanted is not None:
        wanted = 1.0 if looks.wanted == "more" else -1.0
    futility = looks.futility
    return LookSchedule(
        (*months, estimand.months),
        1.0 - strategy.level,
        looks.spending,
        wanted,
        is_alone,
        None if futility is None else futility.below.number / (100.0 if estimand.is_share else 1.0),
        0 if futility is None else months_of(futility.since),
    )


def correlation_of(statistics: Floats) -> Floats:
    """Return the correlations of what looks find without an effect.

    Parameters
    ----------
    statistics : ndarray of float, shape (draws, looks)
        Each in standard errors; NaN where there was no answer.
    """
    known = statistics[~np.isnan(statistics).any(axis=1)]
    size = statistics.shape[1]
    if size == 1:
        return np.ones((1, 1))
    spread = known.std(axis=0) if len(known) > 2 else np.zeros(size)
    if not (spread > 0.0).all():
        raise RequestError(
            Message("looks: without an effect a look never varies, so no limit can be told for it")
        )
    return np.asarray(np.corrcoef(known.T))
