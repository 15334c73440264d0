"""Several ways to leave: how many leave by each (cumulative incidence).

Who leaves by one cause can no longer leave by another. To treat the other exits as censoring and
turn the survival curve upside down answers how many would leave if nobody left otherwise: too many,
and of a world that is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import take_treated
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.kaplan_meier import (
    SurvivalCurve,
    SurvivalShare,
    pointwise_interval,
    refuse_length,
    subtract_shares,
)
from pilotsim.effects.estimators.risk_sets import RiskTable, refuse_late, risk_table
from pilotsim.effects.estimators.spells import SurvivalSpells


def cumulative_incidence(
    exits: ArrayLike,
    causes: ArrayLike,
    *,
    of: int = 1,
    entries: ArrayLike | None = None,
    level: float = 0.95,
    interval: str = "log-log",
) -> SurvivalCurve:
    """Return the share that has left by one cause at each time (Aalen and Johansen 1978).

    Assumes independent censoring. Standard error: delta method on the increments of the
    cause-specific hazards, binomial at each time (Marubini and Valsecchi 1995; the `delta` of SAS).
    The interval is pointwise; on the scale log(-log F) it stays within 0 and 1.

    Parameters
    ----------
    exits : array_like, shape (spells,)
    causes : array_like of int, shape (spells,)
        0 for censored, 1, 2, ... for the causes.
    of : int
        Which cause.
    entries : array_like, optional
        From when each spell is seen.
    level : float
    interval : str
        `log-log`, `log` or `plain`.

    Raises
    ------
    EstimationError
        No events at all, or none of this cause.
    """
    return incidence_curve(
        risk_table(SurvivalSpells.of(exits, causes, entries)), of, level, interval
    )


def incidence_curve(
    table: RiskTable, of: int, level: float = 0.95, interval: str = "log-log"
) -> SurvivalCurve:
    """Return the share that has left by a cause.

    Raises
    ------
    EstimationError
        Nobody leaves by the cause.
    """
    if not 1 <= of <= table.events.shape[1] or not table.events[:, of - 1].any():
        raise EstimationError(
            Message(
                "no events: nobody leaves by cause {cause}; choose another cause or follow the "
                "clients for longer",
                cause=of,
            )
        )
    share = incidence(table, of)
    before = survival_before(table)
    error = np.sqrt(np.maximum(_variance_over_time(table, of, share, before), 0.0))
    low, high = pointwise_interval(share, error, level, interval)
    return SurvivalCurve(
        table.times,
        share,
        error,
        low,
        high,
        table.at_risk,
        table.events[:, of - 1],
        0.0,
        table.last,
    )


def survival_before(table: RiskTable) -> Floats:
    """Return the share still there just before each time."""
    after = np.cumprod(1.0 - table.any_event / table.at_risk)
    return np.concatenate([[1.0], after[:-1]])


def incidence(table: RiskTable, of: int) -> Floats:
    """Return the share that has left by a cause, from each time on."""
    return np.asarray(
        np.cumsum(survival_before(table) * table.events[:, of - 1] / table.at_risk), np.float64
    )


def slopes(table: RiskTable, of: int, own: Floats, lost: Floats) -> Floats:
    """Return how a functional moves with each cause's hazard, shape (times, causes).

    Parameters
    ----------
    own : ndarray, shape (times,)
        How it moves with what leaves by the cause at a time, all else alike.
    lost : ndarray, shape (times,)
        What it would still gain after each time: an exit by whatever cause takes its share of that.
    """
    stay = 1.0 - table.any_event / table.at_risk
    taken = np.where(stay > 0.0, lost / np.where(stay > 0.0, stay, 1.0), 0.0)
    found = np.repeat(-taken[:, None], table.events.shape[1], axis=1)
    found[:, of - 1] += own
    return found


def product_moment(table: RiskTable, one: Floats, other: Floats) -> Floats:
    """Return the covariance at each time of two linear forms in the hazards' increments.

    The increments of a time are multinomial.
    """
    shares = table.events / table.at_risk[:, None]
    both = (one * other * shares).sum(axis=1) - (one * shares).sum(axis=1) * (other * shares).sum(
        axis=1
    )
    return np.asarray(both / table.at_risk, np.float64)


def _variance_over_time(table: RiskTable, of: int, share: Floats, before: Floats) -> Floats:
    """Return the variance of the incidence at each time.

    The slope of F(t) by what happens at u is `fixed` - F(t) `rising`: sums of squares become three
    running sums.
    """
    fixed = slopes(table, of, before, -share)
    rising = -slopes(table, of, np.zeros_like(share), np.ones_like(share))
    sums = [
        np.cumsum(product_moment(table, one, other))
        for one, other in ((fixed, fixed), (fixed, rising), (rising, rising))
    ]
    return np.asarray(sums[0] - 2.0 * share * sums[1] + share**2 * sums[2], np.float64)


def estimate_incidence(
    exits: ArrayLike,
    causes: ArrayLike,
    treated: ArrayLike,
    *,
    at: float,
    of: int = 1,
    entries: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the difference in the share that has left by a cause at a time, treated less others.

    Estimand: difference in cumulative incidence at `at`; causal where treatment was drawn by lot.
    Assumes independent censoring in each arm. Standard error: as `cumulative_incidence`,
    independent arms. Source: Klein and Moeschberger 2003, section 4.7.

    Raises
    ------
    EstimationError
        Nobody leaves by the cause before `at`, or nobody of an arm is seen as late as `at`.
    """
    spells = SurvivalSpells.of(exits, causes, entries)
    who = take_treated(treated)
    refuse_length(who, spells)
    causes_seen = int(spells.causes.max())
    ones, zeros = (
        _share_left(risk_table(spells.among(arm), causes_seen), of, at, whose)
        for arm, whose in ((who, Message("the treated")), (~who, Message("the others")))
    )
    estimand = f"difference in the share that has left by cause {of} at {at:g}"
    return subtract_shares("incidence", estimand, ones, zeros, spells.count, level)


def _share_left(table: RiskTable, of: int, at: float, whose: str) -> SurvivalShare:
    """Return the share of an arm that has left by a cause at a time."""
    refuse_late(table, at, whose)
    if 1 <= of <= table.events.shape[1] and table.events[table.times <= at, of - 1].any():
        curve = incidence_curve(table, of)
        return SurvivalShare(curve.at(at), curve.error_at(at))
    return SurvivalShare(
        0.0,
        0.0,
        (
            Message(
                "nobody of {whose} has left by cause {cause} at {at}: the error is that of the "
                "other arm alone",
                whose=whose,
                cause=of,
                at=Amount(at),
            ),
        ),
    )
