"""Survival curves: how many are still there at each time, and how two groups differ.

By Kaplan and Meier. Assume that who is censored at a time would have fared like those who are still
seen (independent censoring). An exit by another cause is no censoring in that sense: use
`cumulative_incidence` where the share that ends by one cause is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.effects.arms import take_treated
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.risk_sets import RiskTable, refuse_late, risk_by_group, risk_table
from pilotsim.effects.estimators.spells import SurvivalSpells

INTERVALS = ("log-log", "log", "plain")


@dataclass(frozen=True)
class SurvivalCurve:
    """A share over time that changes at certain times only.

    Parameters
    ----------
    times : ndarray, shape (times,)
        When it changes, ascending.
    estimate, error, low, high : ndarray, shape (times,)
        The share from each time on, its standard error, and the ends of its pointwise interval.
    at_risk, events : ndarray, shape (times,)
        Spells at risk just before each time, and how many end then by what is counted.
    start : float
        The share before the first time: 1 for survival, 0 for incidence.
    last : float
        The last time at which anybody is seen.
    """

    times: Floats
    estimate: Floats
    error: Floats
    low: Floats
    high: Floats
    at_risk: Floats
    events: Floats
    start: float
    last: float

    def at(self, time: float) -> float:
        """Return the share at a time."""
        place = int(np.searchsorted(self.times, time, side="right"))
        return float(self.estimate[place - 1]) if place else self.start

    def error_at(self, time: float) -> float:
        """Return the standard error at a time; 0 before anything happened."""
        place = int(np.searchsorted(self.times, time, side="right"))
        return float(self.error[place - 1]) if place else 0.0


@dataclass(frozen=True)
class IncidenceCurves:
    """The share that has left by each time, in either arm.

    Parameters
    ----------
    offered, compared : SurvivalCurve
        From `cumulative_incidence`.
    """

    offered: SurvivalCurve
    compared: SurvivalCurve


@dataclass(frozen=True)
class Quantile:
    """A time by which a share has left, with the ends of its interval.

    Infinite where the curve does not get there.
    """

    time: float
    low: float
    high: float


@dataclass(frozen=True)
class RankTest:
    """A test of whether groups leave alike.

    Parameters
    ----------
    statistic, p : float
        Chi-square statistic and its p-value.
    freedom : int
        Groups less one.
    observed, expected : ndarray, shape (groups,)
        Events in each group, and how many there would be if all left alike.
    """

    statistic: float
    p: float
    freedom: int
    observed: Floats
    expected: Floats


def kaplan_meier(
    exits: ArrayLike,
    events: ArrayLike,
    *,
    entries: ArrayLike | None = None,
    level: float = 0.95,
    interval: str = "log-log",
) -> SurvivalCurve:
    """Return the share still there at each time (Kaplan and Meier 1958).

    Standard error: Greenwood's. Assumes independent censoring, and that late entry says nothing of
    the spell. The interval is pointwise; on the scale log(-log S) (Kalbfleisch and Prentice 1980)
    it stays within 0 and 1.

    Parameters
    ----------
    exits : array_like, shape (spells,)
        When each spell ends.
    events : array_like of 0 and 1, shape (spells,)
        Whether it ends by the event; 0 is censored.
    entries : array_like, optional
        From when each spell is seen; 0 unless given.
    level : float
        Level of the interval.
    interval : str
        `log-log`, `log` or `plain`.

    Raises
    ------
    EstimationError
        No events, a missing value, or a spell that ends before it begins.
    """
    spells = SurvivalSpells.of(exits, events, entries)
    return survival_curve(risk_table(spells), level, interval)


def survival_curve(
    table: RiskTable, level: float = 0.95, interval: str = "log-log"
) -> SurvivalCurve:
    """Return the curve of leaving by whatever cause."""
    left = table.any_event
    estimate = np.asarray(np.cumprod(1.0 - left / table.at_risk), np.float64)
    relative: Floats = np.sqrt(_greenwood(table))
    # When the last one leaves, Greenwood's sum has no value; nor has the curve any doubt that it
    # could tell.
    error = np.where(estimate > 0.0, estimate, np.nan) * np.where(estimate > 0.0, relative, 0.0)
    low, high = pointwise_interval(estimate, error, level, interval)
    return SurvivalCurve(
        table.times, estimate, error, low, high, table.at_risk, left, 1.0, table.last
    )


def _greenwood(table: RiskTable) -> Floats:
    """Return the variance of log S at each time (Greenwood 1926); infinite once nobody is left."""
    left = table.any_event
    at_risk = table.at_risk
    stay = at_risk - left
    return np.cumsum(
        np.where(stay > 0.0, left / (at_risk * np.where(stay > 0.0, stay, 1.0)), np.inf)
    )


def pointwise_interval(
    share: Floats, error: Floats, level: float, interval: str
) -> tuple[Floats, Floats]:
    """Return the ends of the interval at each time; NaN where the share is 0 or 1.

    Parameters
    ----------
    share, error : ndarray, shape (times,)
        A share of survival or incidence, and its standard error.
    level : float
    interval : str
        The scale on which it is normal: `log-log`, `log` or `plain`.

    Raises
    ------
    RequestError
        The scale is another.
    """
    if interval not in INTERVALS:
        raise RequestError(
            Message(
                "interval: expected one of {names}, found '{interval}'",
                names=", ".join(INTERVALS),
                interval=interval,
            )
        )
    z = critical_value(level)
    inside = (share > 0.0) & (share < 1.0)
    s = np.where(inside, share, 0.5)
    relative = np.where(inside, error, 0.0) / s
    if interval == "plain":
        low = s - z * s * relative
        high = s + z * s * relative
    elif interval == "log":
        low = s * np.exp(-z * relative)
        high = s * np.exp(z * relative)
    else:
        reach = z * relative / np.log(s)
        low = s ** np.exp(-reach)
        high = s ** np.exp(reach)
    return (
        np.where(inside, np.clip(low, 0.0, 1.0), np.nan),
        np.where(inside, np.clip(high, 0.0, 1.0), np.nan),
    )


def quantile(curve: SurvivalCurve, share: float = 0.5) -> Quantile:
    """Return the time by which a share has left, and its interval.

    The interval inverts the curve's (Brookmeyer and Crowley 1982).
    """
    if not 0.0 < share < 1.0:
        raise RequestError(
            Message("share: expected between 0 and 1, found {share}", share=Amount(share))
        )
    return Quantile(
        *(
            _crossing(curve.times, line, 1.0 - share)
            for line in (curve.estimate, curve.low, curve.high)
        )
    )


def _crossing(times: Floats, line: Floats, bound: float) -> float:
    """Return when a falling line reaches a bound.

    Midway where it lies on the bound, as is usual for medians.
    """
    below = np.flatnonzero(line <= bound + 1e-12)
    if not len(below):
        return float("inf")
    first = below[0]
    on = abs(line[first] - bound) < 1e-12 and first + 1 < len(times)
    return float((times[first] + times[first + 1]) / 2.0 if on else times[first])


def estimate_survival(
    exits: ArrayLike,
    events: ArrayLike,
    treated: ArrayLike,
    *,
    at: float,
    entries: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the difference in the share still there at a time, treated less others.

    Estimand: difference in survival at `at`; causal where treatment was drawn by lot. Assumes
    independent censoring in each arm. Standard error: Greenwood in each arm, independent arms.
    Source: Klein and Moeschberger 2003, section 7.8.

    Raises
    ------
    EstimationError
        No events, or nobody of an arm is seen as late as `at`.
    """
    spells = SurvivalSpells.of(exits, events, entries)
    who = take_treated(treated)
    refuse_length(who, spells)
    ones, zeros = (
        _share_there(spells.among(arm), at, whose)
        for arm, whose in ((who, Message("the treated")), (~who, Message("the others")))
    )
    return subtract_shares(
        "survival",
        f"difference in the share still there at {at:g}",
        ones,
        zeros,
        spells.count,
        level,
    )


@dataclass(frozen=True)
class SurvivalShare:
    """A share of an arm at a time, with its error.

    And a note where the arm says nothing of its own doubt.
    """

    value: float
    error: float
    notes: tuple[str, ...] = ()


def _share_there(spells: SurvivalSpells, at: float, whose: str) -> SurvivalShare:
    """Return the share of an arm still there at a time."""
    table = risk_table(spells, 1)
    refuse_late(table, at, whose)
    curve = survival_curve(table)
    value = curve.at(at)
    if 0.0 < value < 1.0:
        return SurvivalShare(value, curve.error_at(at))
    # Greenwood's error is none where all have left, and 0 where nobody has.
    notes = (
        Message(
            "nobody of {whose} has left by {at}: the error is that of the other arm alone",
            whose=whose,
            at=Amount(at),
        )
        if value
        else Message(
            "everybody of {whose} has left by {at}: the error is that of the other arm alone",
            whose=whose,
            at=Amount(at),
        ),
    )
    return SurvivalShare(value, 0.0, notes)


def refuse_length(who: Bools, spells: SurvivalSpells) -> None:
    """Refuse arms that are not one for each spell."""
    if len(who) != spells.count:
        raise RequestError(
            Message(
                "treated: expected {expected} values, one for each spell, found {found}",
                expected=spells.count,
                found=len(who),
            )
        )


def subtract_shares(
    estimator: str,
    estimand: str,
    ones: SurvivalShare,
    zeros: SurvivalShare,
    clients: int,
    level: float,
) -> Effect:
    """Return the difference of the shares of two independent arms."""
    error = float(np.hypot(ones.error, zeros.error))
    notes = ones.notes + zeros.notes
    return conclude(
        estimator,
        estimand,
        ones.value - zeros.value,
        error,
        clients=clients,
        level=level,
        notes=notes,
    )


def log_rank(
    exits: ArrayLike, events: ArrayLike, groups: ArrayLike, *, entries: ArrayLike | None = None
) -> RankTest:
    """Return the log-rank test of whether groups leave alike (Mantel 1966).

    With the hypergeometric variance.

    Parameters
    ----------
    exits, events, entries
        As in `kaplan_meier`.
    groups : array_like, shape (spells,)
        The group of each spell.

    Raises
    ------
    EstimationError
        No events, or one group only.
    """
    spells = SurvivalSpells.of(exits, events, entries)
    codes = group_codes(groups, spells.count)
    whole = risk_table(spells)
    own = risk_by_group(spells, codes, whole.times, whole.events.shape[1])
    share = own.at_risk / whole.at_risk[:, None]
    spread = (
        whole.any_event * (whole.at_risk - whole.any_event) / np.maximum(whole.at_risk - 1.0, 1.0)
    )
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return judge_ranks(own.events.sum(axis=(0, 2)), whole.any_event @ share, variance)


def group_codes(groups: ArrayLike, spells: int) -> Ints:
    """Return the group of each spell, from 0.

    Raises
    ------
    EstimationError
        There is one group only, or not a label for each spell.
    """
    names, codes = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2 or len(codes) != spells:
        raise EstimationError(
            Message(
                "groups: expected two or more groups over {spells} spells, found {groups} over "
                "{labels}",
                spells=spells,
                groups=len(names),
                labels=len(codes),
            )
        )
    return codes.astype(np.int64)


def judge_ranks(observed: Floats, expected: Floats, variance: Floats) -> RankTest:
    """Return the test that events in each group are as many as expected, with their covariance.

    Raises
    ------
    EstimationError
        Chance has no part in it: whenever somebody leaves, those of some group all do or none is
        there.
    """
    apart = (observed - expected)[:-1]
    spread = variance[:-1, :-1]
    freedom = len(apart)
    if not np.isfinite(spread).all() or np.linalg.eigvalsh(spread)[0] <= 1e-10 * max(
        1.0, float(np.trace(spread))
    ):
        raise EstimationError(
            Message(
                "groups: when somebody leaves, nobody of another group is there who could have, so "
                "they cannot be compared; follow clients for longer, or put groups together"
            )
        )
    statistic = float(apart @ np.linalg.solve(spread, apart))
    return RankTest(statistic, float(chdtrc(freedom, statistic)), freedom, observed, expected)


def conclude_rank_test(
    estimator: str, test: RankTest, *, clients: int, level: float = 0.95
) -> Effect:
    """Return the test of two groups as an effect without a size: the statistic with its sign.

    The estimate is the root of the chi-square statistic, above 0 where the second group has more
    events than if both left alike; the p-value is that of the test.

    Parameters
    ----------
    estimator : str
        The test's name.
    test : RankTest
        Of two groups.
    clients : int
        How many spells it rests on.
    level : float

    Raises
    ------
    RequestError
        There are more than two groups, so the test has no direction.
    """
    if test.freedom != 1:
        raise RequestError(
            Message(
                "{estimator}: expected two groups, found {freedom}",
                estimator=estimator,
                freedom=test.freedom + 1,
            )
        )
    more = float(test.observed[1] - test.expected[1])
    return conclude(
        estimator,
        "whether the arms leave alike",
        float(np.copysign(np.sqrt(test.statistic), more)),
        1.0,
        clients=clients,
        level=level,
        scale="test",
    )
