"""Restricted means: months still there, and months lost to a cause, up to a horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.messages import Message
from pilotsim.effects.arms import take_treated
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.competing_risks import (
    incidence,
    product_moment,
    slopes,
    survival_before,
)
from pilotsim.effects.estimators.kaplan_meier import refuse_length
from pilotsim.effects.estimators.risk_sets import THE_CLIENTS, RiskTable, refuse_late, risk_table
from pilotsim.effects.estimators.spells import SurvivalSpells


@dataclass(frozen=True)
class RestrictedMean:
    """A mean time up to a horizon, with its standard error."""

    estimate: float
    error: float
    until: float


def restricted_mean(
    exits: ArrayLike, events: ArrayLike, *, until: float, entries: ArrayLike | None = None
) -> RestrictedMean:
    """Return the mean time still there up to a horizon: the area under the Kaplan-Meier curve.

    Assumes independent censoring. Standard error: Greenwood's, carried through the area (Klein and
    Moeschberger 2003, equation 4.5.2; Royston and Parmar 2013).

    Raises
    ------
    EstimationError
        No events, or nobody is seen as late as the horizon.
    """
    table = risk_table(SurvivalSpells.of(exits, events, entries))
    merged = RiskTable(table.times, table.at_risk, table.any_event[:, None], table.last)
    lost = _time_lost(merged, 1, until, THE_CLIENTS)
    return RestrictedMean(until - lost.estimate, lost.error, until)


def time_lost(
    exits: ArrayLike,
    causes: ArrayLike,
    *,
    until: float,
    of: int = 1,
    entries: ArrayLike | None = None,
) -> RestrictedMean:
    """Return the mean time lost to a cause up to a horizon (Andersen 2013).

    The area under its cumulative incidence. For an exit to work it is the mean time since that
    exit, 0 for those who have not left by it. Assumes independent censoring. Standard error: delta
    method on the increments of the hazards.

    Raises
    ------
    EstimationError
        No events, or nobody is seen as late as the horizon.
    """
    return _time_lost(risk_table(SurvivalSpells.of(exits, causes, entries)), of, until, THE_CLIENTS)


def _time_lost(table: RiskTable, of: int, until: float, whose: str) -> RestrictedMean:
    """Return the area under the incidence of a cause up to a horizon."""
    refuse_late(table, until, whose)
    known = table.times <= until
    if not 1 <= of <= table.events.shape[1] or not table.events[known, of - 1].any():
        return RestrictedMean(0.0, 0.0, until)
    early = RiskTable(table.times[known], table.at_risk[known], table.events[known], table.last)
    share = incidence(early, of)
    widths = np.diff(np.append(early.times, until))
    area = np.cumsum((share * widths)[::-1])[::-1]
    remaining = until - early.times
    gradient = slopes(early, of, survival_before(early) * remaining, area - share * remaining)
    variance = float(product_moment(early, gradient, gradient).sum())
    return RestrictedMean(float(share @ widths), float(np.sqrt(max(variance, 0.0))), until)


def estimate_restricted_mean(
    exits: ArrayLike,
    events: ArrayLike,
    treated: ArrayLike,
    *,
    until: float,
    entries: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the difference in the mean time still there up to a horizon, treated less others.

    Estimand: difference in restricted mean survival time; causal where treatment was drawn by lot;
    needs no proportional hazards. Standard error as in `restricted_mean`, independent arms. Source:
    Royston and Parmar 2013.

    Raises
    ------
    EstimationError
        No events, or nobody of an arm is seen as late as the horizon.
    """
    spells = SurvivalSpells.of(exits, events, entries)
    merged = SurvivalSpells(spells.exits, (spells.causes > 0).astype(np.int64), spells.entries)
    name = f"difference in mean time still there up to {until:g}"
    return _difference("restricted_mean", name, merged, treated, 1, until, level, -1.0)


def estimate_time_lost(
    exits: ArrayLike,
    causes: ArrayLike,
    treated: ArrayLike,
    *,
    until: float,
    of: int = 1,
    entries: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the difference in the mean time lost to a cause up to a horizon, treated less others.

    Estimand: difference in restricted mean time since an exit by the cause, such as months since
    work; causal where treatment was drawn by lot. Standard error as in `time_lost`, independent
    arms. Source: Andersen 2013; Conner and Trinquart 2021.

    Raises
    ------
    EstimationError
        No events, or nobody of an arm is seen as late as the horizon.
    """
    spells = SurvivalSpells.of(exits, causes, entries)
    name = f"difference in mean time since an exit by cause {of} up to {until:g}"
    return _difference("time_lost", name, spells, treated, of, until, level, 1.0)


def _difference(
    estimator: str,
    estimand: str,
    spells: SurvivalSpells,
    treated: ArrayLike,
    of: int,
    until: float,
    level: float,
    sign: float,
) -> Effect:
    """Return the difference in time lost between two independent arms, or its negative."""
    who = take_treated(treated)
    refuse_length(who, spells)
    number = int(spells.causes.max())
    ones, zeros = (
        _time_lost(risk_table(spells.among(arm), number), of, until, whose)
        for arm, whose in ((who, Message("the treated")), (~who, Message("the others")))
    )
    error = float(np.hypot(ones.error, zeros.error))
    nobody = [
        whose
        for part, whose in ((ones, Message("the treated")), (zeros, Message("the others")))
        if part.estimate == 0.0
    ]
    notes = tuple(
        Message(
            "nobody of {whose} has left by {until}: the error is that of the other arm alone",
            whose=whose,
            until=Amount(until),
        )
        for whose in nobody
    )
    apart = sign * (ones.estimate - zeros.estimate)
    return conclude(
        estimator, estimand, apart, error, clients=spells.count, level=level, notes=notes
    )
