"""Arrivals of a flow's groups, learned: how many a month, with season and trend where they show."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc

from pilotsim.base.arrays import Floats
from pilotsim.base.calendar import DAYS_PER_YEAR, add_months
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.learning.ends import LearnedFrom
from pilotsim.learning.learned import (
    LEAST_EVENTS,
    LEVEL,
    LearnedPart,
    LearnedValue,
    LeftOpen,
    antithetic_normals,
)
from pilotsim.learning.poisson import RateFit, fit_rates
from pilotsim.learning.stays import Stays, date_of, day_of
from pilotsim.model.flow import Flow

__all__ = ["arrivals_of", "learn_arrivals", "months_between"]

# A season is looked for in so many whole years.
LEAST_YEARS = 2
# A trend of degree 1 is a straight line of logarithms, of 2 a bent one: growth that slows down.
# Each degree is looked for in so many months more.
MOST_BENT, MONTHS_OF_TREND = 2, 12
# A spread of the counts is believed where chance alone would be as uneven once in a hundred times.
UNEVEN = 0.01


def months_between(begins: float, ends: float) -> list[tuple[float, float, int]]:
    """Return the months between two days: from, until, and which of the year (0 for January)."""
    found = []
    month = date_of(begins).replace(day=1)
    while day_of(month) < ends:
        after = add_months(month, 1)
        found.append((max(begins, day_of(month)), min(ends, day_of(after)), month.month - 1))
        month = after
    return found


def arrivals_of(stays: Stays, flow: Flow, name: str) -> Floats | Message:
    """Return the days on which clients of a group came, or why the register does not tell.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    flow : Flow
        The sketch.
    name : str
        The group.
    """
    group = flow.groups[name]
    first = stays.is_first & (stays.entered > stays.begins)
    if len(flow.groups) > 1:
        if (stays.group != "").any():
            first &= stays.group == name
        elif sum(one.starts_in == group.starts_in for one in flow.groups.values()) > 1:
            return Message("several groups start in the same stage, and the register has no group")
        else:
            first &= stays.stage == stays.stages.index(group.starts_in)
    return np.sort(stays.entered[first])


def learn_arrivals(given: LearnedFrom, name: str) -> LearnedPart | LeftOpen | None:
    """Return how many clients of a group come, or why it cannot be learned.

    The least BIC decides among an even stream, one with seasons, one with a trend, straight or
    bent, and both. With a trend the number is that of the end of the register: it is not drawn on
    beyond.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    name : str
        The group.
    """
    stays, flow = given.stays, given.flow
    group = flow.groups[name]
    path = f"groups.{name}.arrivals"
    if group.arrivals is None:
        return None
    if group.arrivals.follows or group.arrivals.scaled_by or group.intake is not None:
        return LeftOpen(path, Message("follow other values, or come on a schedule besides"))
    days = arrivals_of(stays, flow, name)
    if isinstance(days, Message):
        return LeftOpen(path, days)
    if len(days) < LEAST_EVENTS:
        return LeftOpen(
            path,
            Message(
                "{count:,} clients came, and {least:,} are needed",
                count=len(days),
                least=LEAST_EVENTS,
            ),
        )
    months = months_between(stays.begins, stays.ends)
    edges = np.array([first for first, _, _ in months] + [months[-1][1]])
    counts = np.histogram(days, edges)[0].astype(np.float64)
    exposure = np.diff(edges)
    season_of = np.array([month for _, _, month in months])
    fits = _fits(counts, exposure, season_of, (edges[:-1] + edges[1:]) / 2.0 - stays.ends)
    if not fits:
        return LeftOpen(path, Message("no even stream fits the months"))
    best = min(fits, key=lambda one: fits[one].bic(float(counts.sum())))
    return _part(fits[best], best, counts, flow, name, given.seed)


def _fits(
    counts: Floats, exposure: Floats, season_of: np.ndarray, before_end: Floats
) -> dict[tuple[bool, int], RateFit]:
    """Return the fits by whether they have a season, and the degree of their trend."""
    ones = np.ones((len(counts), 1))
    # Years before the end, so that the level is that of the end.
    years = before_end / DAYS_PER_YEAR
    # Each month against December.
    season = (season_of[:, None] == np.arange(11)[None, :]).astype(np.float64)
    season[season_of == 11] = -1.0
    whole_years = float(exposure.sum()) >= LEAST_YEARS * DAYS_PER_YEAR - 2
    found = {}
    for has_season in (False, True):
        for degree in range(MOST_BENT + 1):
            if (has_season and not whole_years) or len(counts) < MONTHS_OF_TREND * degree:
                continue
            parts = [ones]
            parts += [season] if has_season else []
            parts += [(years ** (k + 1))[:, None] for k in range(degree)]
            fit = fit_rates(counts, exposure, np.concatenate(parts, axis=1))
            if fit is not None:
                found[has_season, degree] = fit
    return found


def _part(
    fit: RateFit,
    shape: tuple[bool, int],
    counts: Floats,
    flow: Flow,
    name: str,
    seed: int,
) -> LearnedPart:
    path = f"groups.{name}.arrivals"
    has_season, degree = shape
    free = max(1, len(counts) - len(fit.point))
    uneven = bool(chdtrc(free, fit.pearson * free) < UNEVEN) and fit.pearson > 1.0
    spread = fit.pearson if uneven else 1.0
    covariance = fit.covariance * spread
    normals = antithetic_normals(seed, path, len(fit.point))
    points = fit.point + normals @ np.linalg.cholesky(covariance).T
    z = critical_value(LEVEL)
    columns, paths, kinds = [np.exp(points[:, 0])], [path], ["rate"]
    error = math.sqrt(covariance[0, 0])
    lows, highs = [math.exp(fit.point[0] - z * error)], [math.exp(fit.point[0] + z * error)]
    if has_season:
        effects = np.concatenate([points[:, 1:12], -points[:, 1:12].sum(axis=1, keepdims=True)], 1)
        factors = np.exp(effects)
        mean = factors.mean(axis=1, keepdims=True)
        columns[0] = columns[0] * mean[:, 0]
        lows[0], highs[0] = _spread_of(columns[0], z)
        for month in range(12):
            columns.append(factors[:, month] / mean[:, 0])
            paths.append(f"groups.{name}.season.{month}")
            kinds.append("number")
            low, high = _spread_of(columns[-1], z)
            lows.append(low)
            highs.append(high)
    rows = np.stack(columns, axis=1)
    values = tuple(
        LearnedValue(one, kind, float(rows[0, k]), lows[k], highs[k], flow.values.get(one))
        for k, (one, kind) in enumerate(zip(paths, kinds, strict=True))
    )
    return LearnedPart(
        f"learned_arrivals_{name}",
        "arrivals",
        name,
        values,
        rows,
        int(counts.sum()),
        matters=tuple(word for word, has in (("season", has_season), ("trend", degree > 0)) if has),
        spread=spread,
    )


def _spread_of(rows: Floats, z: float) -> tuple[float, float]:
    """Return the interval of a positive number by the spread of its logarithm over rows."""
    logs = np.log(rows)
    error = float(logs[1:].std())
    return math.exp(float(logs[0]) - z * error), math.exp(float(logs[0]) + z * error)
