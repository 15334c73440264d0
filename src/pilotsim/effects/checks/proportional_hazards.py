"""Proportional hazards: does a ratio of hazards hold at all times?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from pilotsim.base.amounts import Amount, Probability, PValue
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.estimators.cox import CoxFit

Clock = Callable[[Floats], Floats]


def _rank(times: Floats) -> Floats:
    values, place, counts = np.unique(times, return_inverse=True, return_counts=True)
    del values
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[place], np.float64)


CLOCKS: dict[str, Clock] = {"rank": _rank, "time": lambda times: times, "log": np.log}
LEFT = "left"


@dataclass(frozen=True)
class Proportionality:
    """Score tests of whether log hazard ratios change with a clock.

    Parameters
    ----------
    statistics, p : tuple of float
        Chi-square on one degree for each covariate, and its p-value.
    statistic, p_all : float
        Chi-square of all together, on as many degrees as covariates.
    """

    statistics: tuple[float, ...]
    p: tuple[float, ...]
    statistic: float
    p_all: float


def proportionality(fit: CoxFit, *, clock: str | Clock = LEFT) -> Proportionality:
    """Return score tests of log hazard ratios that change in a straight line with a clock.

    Source: Grambsch and Therneau 1994. The exact score test, with the information at each event,
    not its mean.

    Parameters
    ----------
    fit : CoxFit
    clock : str or callable
        `left` (the share that has left by then, by Kaplan and Meier), `rank` of the event times,
        `time`, `log`, or a function of event times.
    """
    along = _along(fit, clock)
    g = along - along.mean()
    score = g @ fit.schoenfeld
    information = fit.event_information
    whole, cross, square = (
        np.tensordot(weight, information, 1) for weight in (np.ones_like(g), g, g * g)
    )
    spread = square - cross @ np.linalg.solve(whole, cross)
    each = score**2 / np.diag(spread)
    statistic = float(score @ np.linalg.solve(spread, score))
    return Proportionality(
        tuple(float(value) for value in each),
        tuple(float(value) for value in chdtrc(1, each)),
        statistic,
        float(chdtrc(len(score), statistic)),
    )


def _along(fit: CoxFit, clock: str | Clock) -> Floats:
    if not isinstance(clock, str):
        return clock(fit.event_times)
    if clock == LEFT:
        return fit.event_clock
    if clock not in CLOCKS:
        raise RequestError(
            Message(
                "clock: expected {usual}, {names} or a function, found '{clock}'",
                usual=LEFT,
                names=", ".join(CLOCKS),
                clock=clock,
            )
        )
    return CLOCKS[clock](fit.event_times)


def check_proportional(
    fit: CoxFit,
    *,
    names: Sequence[str] = (),
    clock: str | Clock = LEFT,
    level: float = 0.05,
) -> AssumptionCheck:
    """Return whether the data give no reason to doubt that ratios of hazards hold at all times.

    Where it does not pass, a restricted mean or the share at a time says what a ratio cannot.
    """
    found = proportionality(fit, clock=clock)
    worst = int(np.argmin(found.p))
    called = names[worst] if names else str(worst + 1)
    text = Message(
        "Ratios of hazards change with time this much by chance in {p_all:.1f} of cases "
        "(chi-square {statistic:.1f}); most for {name} (p {p:.3f}).",
        p_all=Probability(found.p_all),
        statistic=Amount(found.statistic),
        name=called,
        p=PValue(found.p[worst]),
    )
    return AssumptionCheck("proportional", found.p_all >= level, found.statistic, text)
