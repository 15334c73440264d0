"""Averages of group-time effects: overall, by group, by time since the start, by calendar period.

With uniform bands.

Source: Callaway and Sant'Anna, Journal of Econometrics 225 (2021), sec. 3 for the averages and 4.3
for the multiplier bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.randomness import uniform_table
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.group_time import GroupTime, GroupTimePart
from pilotsim.effects.inference.influence import (
    cluster_freedom,
    count_clusters,
    influence_error,
    sandwich,
    totals,
)

# Draws of the bootstrap that a band is made from.
BAND_DRAWS = 999


@dataclass(frozen=True, eq=False)
class EffectPath:
    """Effects along something, and their mean.

    Parameters
    ----------
    along : str
        What it runs along: `time since the start`, `group`, `period`.
    at : tuple of float
        Where each effect belongs.
    effects : tuple of Effect
        One for each, with an interval of its own.
    low, high : tuple of float
        A band that holds the whole path at once at the same level; NaN where none was drawn.
    overall : Effect
        The mean of those after the start.
    covariance : ndarray, shape (effects, effects)
        Of the effects: those before the start are what checks of trends are made of.
    """

    along: str
    at: tuple[float, ...]
    effects: tuple[Effect, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    overall: Effect
    covariance: Floats


def average_all(found: GroupTime, *, level: float = 0.95) -> Effect:
    """Return the mean of all effects from the start on, each group as heavy as it is large."""
    chosen = found.periods >= found.groups
    _require(chosen, Message("no group is seen after its start"))
    return _conclude(
        found,
        _mean(found, chosen),
        "mean effect on the treated (ATT) over groups and periods since the start",
        level,
    )


def average_by_lag(
    found: GroupTime,
    *,
    earliest: int | None = None,
    latest: int | None = None,
    level: float = 0.95,
    draws: int = BAND_DRAWS,
    seed: int = 0,
) -> EffectPath:
    """Return the event study: the effect by time since the start, and the mean over those after it.

    Parameters
    ----------
    found : GroupTime
        The effects of each group in each period.
    earliest, latest : int, optional
        Bounds of the time since the start, in periods; groups enter as long as they are seen.
    level : float
        Of the intervals and of the band.
    draws : int
        Of the bootstrap that the band is made from; 0 for no band, which is most of the work.
    seed : int
        The key of the draws.

    Raises
    ------
    EstimationError
        No group is seen after its start.
    """
    lags = found.lags
    at = [
        lag
        for lag in np.unique(lags)
        if (earliest is None or lag >= earliest) and (latest is None or lag <= latest)
    ]
    _require(np.array([lag >= 0 for lag in at], bool), Message("no group is seen after its start"))
    parts = [_mean(found, lags == lag) for lag in at]
    after = [part for part, lag in zip(parts, at, strict=True) if lag >= 0]
    overall = _conclude(
        found,
        _plain_mean(after),
        "mean effect on the treated (ATT) over times since the start",
        level,
    )
    return _path(found, "time since the start", at, parts, overall, level, draws, seed)


def average_by_group(
    found: GroupTime, *, level: float = 0.95, draws: int = BAND_DRAWS, seed: int = 0
) -> EffectPath:
    """Return the mean effect on each group since its start, and the mean over groups by size."""
    after = found.periods >= found.groups
    _require(after, Message("no group is seen after its start"))
    groups = np.unique(found.groups[after])
    parts = [_plain_mean(_parts(found, after & (found.groups == group))) for group in groups]
    weights = _shares(found, groups)
    overall = _conclude(
        found,
        _weigh(found, parts, groups, weights),
        "mean effect on the treated (ATT) over groups",
        level,
    )
    return _path(found, "group", list(groups), parts, overall, level, draws, seed)


def average_by_period(
    found: GroupTime, *, level: float = 0.95, draws: int = BAND_DRAWS, seed: int = 0
) -> EffectPath:
    """Return the mean effect in each period on those who have started, and the mean of these."""
    after = found.periods >= found.groups
    _require(after, Message("no group is seen after its start"))
    at = np.unique(found.periods[after])
    parts = [_mean(found, after & (found.periods == period)) for period in at]
    overall = _conclude(
        found, _plain_mean(parts), "mean effect on the treated (ATT) over periods", level
    )
    return _path(found, "period", list(at), parts, overall, level, draws, seed)


def standard_error(found: GroupTime, influence: Floats) -> float:
    """Return the standard error of a mean of influences, between clusters where there are any."""
    return influence_error(influence, found.clusters)


def covariance_of(found: GroupTime, influences: Floats) -> Floats:
    """Return the covariance of means of influences, shape (columns, columns).

    The roots of its diagonal are `standard_error`.
    """
    covariance: Floats = sandwich(influences, found.clusters) / found.clients**2
    return covariance


def critical_value(
    found: GroupTime, influences: Floats, *, level: float, draws: int, seed: int
) -> float:
    """Return how many standard errors a band reaches that holds all columns at once.

    By the multiplier bootstrap. Rademacher weights for each client or cluster; the quantile of the
    largest absolute t. Never below the pointwise one.
    """
    sums = influences
    if found.clusters is not None:
        sums = totals(found.clusters, influences, count_clusters(found.clusters))
    errors = np.sqrt((sums**2).sum(axis=0))
    signs = np.where(uniform_table(seed, "multiplier", draws, len(sums)) < 0.5, -1.0, 1.0)
    largest = np.abs(signs @ sums / errors).max(axis=1)
    return float(np.quantile(largest, level))


def _require(chosen: Bools, message: str) -> None:
    if not np.any(chosen):
        raise EstimationError(message)


def _parts(found: GroupTime, chosen: Bools) -> list[GroupTimePart]:
    return [
        GroupTimePart(float(found.estimates[cell]), found.influence[:, cell])
        for cell in np.flatnonzero(chosen)
    ]


def _shares(found: GroupTime, groups: Floats) -> Floats:
    return np.array([np.mean(found.starts == group) for group in groups])


def _mean(found: GroupTime, chosen: Bools) -> GroupTimePart:
    groups = found.groups[chosen]
    return _weigh(found, _parts(found, chosen), groups, _shares(found, groups))


def _weigh(
    found: GroupTime, parts: list[GroupTimePart], groups: Floats, shares: Floats
) -> GroupTimePart:
    """Return the mean weighted by group size.

    That sizes are themselves drawn adds to the influence.
    """
    estimates = np.array([part.estimate for part in parts])
    weights = shares / shares.sum()
    estimate = float(weights @ estimates)
    own = np.column_stack([part.influence for part in parts]) @ weights
    members = (found.starts[:, None] == groups) - shares
    return GroupTimePart(estimate, own + members @ (estimates - estimate) / shares.sum())


def _plain_mean(parts: list[GroupTimePart]) -> GroupTimePart:
    return GroupTimePart(
        float(np.mean([part.estimate for part in parts])),
        np.mean([part.influence for part in parts], axis=0),
    )


def _conclude(found: GroupTime, part: GroupTimePart, estimand: str, level: float) -> Effect:
    return conclude(
        "group_time",
        estimand,
        part.estimate,
        standard_error(found, part.influence),
        freedom=cluster_freedom(found.clusters),
        level=level,
        clients=found.clients,
        clusters=count_clusters(found.clusters),
        notes=found.notes,
    )


def _path(
    found: GroupTime,
    along: str,
    at: list[float],
    parts: list[GroupTimePart],
    overall: Effect,
    level: float,
    draws: int,
    seed: int,
) -> EffectPath:
    effects = tuple(
        _conclude(found, part, f"effect at {along} {place:g}", level)
        for part, place in zip(parts, at, strict=True)
    )
    influences = np.column_stack([part.influence for part in parts])
    reach = np.nan
    if draws:
        pointwise = max((effect.high - effect.estimate) / effect.error for effect in effects)
        band = critical_value(found, influences, level=level, draws=draws, seed=seed)
        reach = max(band, pointwise)
    return EffectPath(
        along,
        tuple(float(place) for place in at),
        effects,
        tuple(effect.estimate - reach * effect.error for effect in effects),
        tuple(effect.estimate + reach * effect.error for effect in effects),
        overall,
        covariance_of(found, influences),
    )
