"""Trends before treatment: did the groups move alike, and would it show if they had not?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri, chndtrinc

from pilotsim.base.amounts import Amount, Probability, Share
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.estimators.group_time import GroupTime
from pilotsim.effects.inference.influence import sandwich


@dataclass(frozen=True)
class TrendPower:
    """What a test of trends could have seen.

    Parameters
    ----------
    statistic, p : float
        Wald statistic that all differences before treatment are 0, and its p-value.
    freedom : int
        How many differences there are.
    slope : float
        The difference in slope, per unit of time, that the test would have found with the power
        asked for.
    power : float
    """

    statistic: float
    p: float
    freedom: int
    slope: float
    power: float

    def bias_at(self, time: float) -> float:
        """Return what the slope that could have been seen adds to an effect at a time.

        Time is counted from the reference.
        """
        return self.slope * time


def trend_power(
    differences: ArrayLike,
    covariance: ArrayLike,
    times: ArrayLike,
    *,
    power: float = 0.8,
    level: float = 0.05,
) -> TrendPower:
    """Return the joint test of differences before treatment, and the trend it would have found.

    The power is that of the joint Wald test against a straight line through the reference period,
    from the noncentral chi-square. Source of the idea: Roth 2022, who takes the test of each
    difference by itself.

    Parameters
    ----------
    differences : array_like, shape (periods,)
        Differences between the groups before treatment, such as an event study's, the reference
        period left out.
    covariance : array_like, shape (periods, periods)
    times : array_like, shape (periods,)
        Time of each from the reference period: negative.
    power : float
        Of the trend that is sought.
    level : float
        Of the test.

    Raises
    ------
    EstimationError
        There are no periods before treatment, or their covariance cannot be inverted.
    """
    apart = np.atleast_1d(np.asarray(differences, np.float64))
    when = np.atleast_1d(np.asarray(times, np.float64))
    spread = np.atleast_2d(np.asarray(covariance, np.float64))
    if not len(apart):
        raise EstimationError(
            Message(
                "trends: there is no period before treatment but the reference; figures from "
                "further back are needed"
            )
        )
    if spread.shape != (len(apart), len(apart)) or when.shape != apart.shape:
        raise RequestError(
            Message(
                "trends: expected {effects} times and a square covariance, found {times} and "
                "{covariance}",
                effects=len(apart),
                times=when.shape,
                covariance=spread.shape,
            )
        )
    if not 0.0 < level < power < 1.0:
        raise RequestError(
            Message(
                "power: expected between the level {level} and 1, found {power}",
                level=Amount(level),
                power=Amount(power),
            )
        )
    if np.linalg.matrix_rank(spread) < len(apart):
        raise EstimationError(
            Message(
                "trends: the covariance cannot be inverted; there are fewer clusters than periods; "
                "use fewer periods"
            )
        )
    statistic = float(apart @ np.linalg.solve(spread, apart))
    noncentrality = float(chndtrinc(chdtri(len(apart), level), len(apart), 1.0 - power))
    slope = float(np.sqrt(noncentrality / (when @ np.linalg.solve(spread, when))))
    return TrendPower(statistic, float(chdtrc(len(apart), statistic)), len(apart), slope, power)


def check_trends(
    differences: ArrayLike,
    covariance: ArrayLike,
    times: ArrayLike,
    *,
    horizon: float,
    power: float = 0.8,
    level: float = 0.05,
) -> AssumptionCheck:
    """Return whether the groups moved alike before treatment.

    The text says what could have gone unseen.

    Parameters
    ----------
    differences, covariance, times, power, level
        As in `trend_power`.
    horizon : float
        Time from the reference at which the effect is asked for: what an unseen trend would add to
        it is said.
    """
    found = trend_power(differences, covariance, times, power=power, level=level)
    text = Message(
        "Before treatment the groups differ as much as by chance in {p} of cases. The test would "
        "have found a trend of {slope} per period with {power} power; by period {horizon} that "
        "adds up to {bias}.",
        p=Probability(found.p),
        slope=Amount(found.slope),
        power=Share(power),
        horizon=Amount(horizon),
        bias=Amount(found.bias_at(horizon)),
    )
    return AssumptionCheck("trends", found.p >= level, found.p, text)


def check_group_trends(
    found: GroupTime,
    *,
    horizon: float,
    power: float = 0.8,
    level: float = 0.05,
) -> AssumptionCheck:
    """Return whether groups that start at different times moved alike before they started.

    The placebo cells of each lag are put together by the size of their groups, and tested jointly
    with the covariance of their influence values; with clusters over clusters.

    Parameters
    ----------
    found : GroupTime
        From `estimate_group_time`.
    horizon
        As in `check_trends`.
    power, level
        As in `trend_power`.

    Raises
    ------
    EstimationError
        No group was seen in two periods before it started.
    """
    early = found.lags < 0.0
    lags = np.unique(found.lags[early])
    if not len(lags):
        raise EstimationError(
            Message(
                "trends: no group was seen in two periods before it started; figures from further "
                "back are needed"
            )
        )
    sizes = np.array([np.sum(found.starts == group) for group in found.groups], np.float64)
    shares = np.stack([np.where(found.lags == lag, sizes, 0.0) for lag in lags])
    shares /= shares.sum(axis=1, keepdims=True)
    apart = np.searchsorted(found.order, found.periods) - np.searchsorted(found.order, found.before)
    influence = found.influence @ shares.T / found.clients
    covariance = sandwich(influence, found.clusters)
    return check_trends(
        shares @ found.estimates,
        covariance,
        shares @ apart,
        horizon=horizon,
        power=power,
        level=level,
    )
