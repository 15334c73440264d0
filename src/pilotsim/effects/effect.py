"""What an estimator and a check return."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value

if TYPE_CHECKING:
    from pilotsim.effects.evidence import Evidence

# Below this many degrees of freedom a Satterthwaite approximation is a poor one (Tipton,
# Psychological Methods 20, 2015).
FEW_FREEDOM = 4.0

# What an effect is counted in: the outcome's own unit, the logarithm of a ratio (of hazards or
# odds), or nothing that has a size: the statistic of a test.
Scale = Literal["difference", "log_ratio", "test"]


@dataclass(frozen=True)
class Effect:
    """An estimated effect.

    Parameters
    ----------
    estimator : str
        Which estimator made it, by its name in plans: `difference`, `lin`, ...
    estimand : str
        What it estimates, in words.
    estimate, error : float
        The effect and its standard error, in the unit of the outcome; `error` is NaN where the
        inference has none (randomisation inference).
    low, high : float
        The ends of the interval at the level that was asked for.
    p : float
        Two-sided p-value of no effect.
    freedom : float
        Degrees of freedom of the reference distribution; infinity for the normal, NaN where there
        is none (bootstrap, randomisation inference).
    clients, clusters : int
        How many clients and clusters it rests on; 0 clusters where there are none.
    notes : tuple of str
        What a reader must know: how many were left out and why, weak overlap, few clusters.
    scale : {"difference", "log_ratio", "test"}
        What the estimate is counted in.
    """

    estimator: str
    estimand: str
    estimate: float
    error: float
    low: float
    high: float
    p: float
    freedom: float
    clients: int
    clusters: int = 0
    notes: tuple[str, ...] = ()
    scale: Scale = "difference"


@dataclass(frozen=True)
class AssumptionCheck:
    """What a check of an assumption found.

    Parameters
    ----------
    name : str
        Which check: `balance`, `overlap`, `pre_trends`, ...
    passed : bool or None
        Whether the data give no reason to doubt the assumption. A check that cannot see much says
        so in its text. None where it could not be made; the text says why.
    statistic : float
        The number that it turns on; NaN where it could not be made.
    text : str
        For a reader: the number, what it is held against, what follows; a `Message`, which can be
        said in any language.
    evidence : Balance, Placebos, EffectPath, IncidenceCurves or None
        What it was judged by, to be drawn.
    """

    name: str
    passed: bool | None
    statistic: float
    text: str
    evidence: Evidence | None = None


def conclude(
    estimator: str,
    estimand: str,
    estimate: float,
    error: float,
    *,
    clients: int,
    clusters: int = 0,
    freedom: float = math.inf,
    level: float = 0.95,
    notes: tuple[str, ...] = (),
    scale: Scale = "difference",
) -> Effect:
    """Return an effect with its interval and p-value, from Student's t or the normal distribution.

    Parameters
    ----------
    estimator, estimand, estimate, error, clients, clusters, freedom, notes, scale
        As in `Effect`; with infinite `freedom` the reference distribution is the normal.
    level : float
        Level of the interval, between 0 and 1.

    Raises
    ------
    RequestError
        The level is not between 0 and 1.
    EstimationError
        The estimate or its error is not a number, or the error is 0: there is nothing to judge the
        estimate by. No degrees of freedom are left.
    """
    from scipy.special import stdtr

    if not 0.0 < level < 1.0:
        raise RequestError(
            Message(
                "level: expected a number between 0 and 1, such as 0.95, found {level}",
                level=Amount(level),
            )
        )
    if not (math.isfinite(estimate) and math.isfinite(error) and error > 0.0):
        raise EstimationError(
            Message(
                "{estimator}: the estimate is {estimate} and its standard error {error}, so "
                "nothing can be said of chance; there may be too few clients, or an outcome that "
                "does not vary",
                estimator=estimator,
                estimate=Amount(estimate),
                error=Amount(error),
            )
        )
    if not freedom > 0.0:
        raise EstimationError(
            Message(
                "{estimator}: no degrees of freedom are left; fewer covariates, or more clusters",
                estimator=estimator,
            )
        )
    if freedom < FEW_FREEDOM:
        notes = (
            *notes,
            Message(
                "only {freedom:.1f} degrees of freedom: the interval and the p-value are rough",
                freedom=Amount(freedom),
            ),
        )
    reach = critical_value(level, freedom) * error
    p = 2.0 * float(stdtr(freedom, -abs(estimate / error)))
    return Effect(
        estimator,
        estimand,
        estimate,
        error,
        estimate - reach,
        estimate + reach,
        p,
        freedom,
        clients,
        clusters,
        notes,
        scale,
    )
