"""Arrivals of a flow's groups, learned: how many a month, with season and trend where they show."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc, ndtr

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
from pilotsim.learning.mixture import mixture_quantiles, weights_by_bic
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
    beyond. How many come is uncertain over all of these, each with its weight: a trend that chance
    made would else leave out the truth nearly always.

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
    return _part(fits, counts, flow, name, given.seed)


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
    fits: dict[tuple[bool, int], RateFit],
    counts: Floats,
    flow: Flow,
    name: str,
    seed: int,
) -> LearnedPart:
    path = f"groups.{name}.arrivals"
    bics = {shape: fit.bic(float(counts.sum())) for shape, fit in fits.items()}
    best = min(bics, key=lambda shape: bics[shape])
    has_season, degree = best
    levels = [_level(fit, shape[0], len(counts)) for shape, fit in fits.items()]
    middles, errors = zip(*levels, strict=True)
    weights = weights_by_bic(list(bics.values()))

    def over_forms(shares: Floats) -> Floats:
        return np.exp(mixture_quantiles(middles, errors, weights, shares))

    fit = fits[best]
    spread = _spread_of_counts(fit, len(counts))
    normals = antithetic_normals(seed, path, len(fit.point))
    points = fit.point + normals @ np.linalg.cholesky(fit.covariance * spread).T
    middle, error = _level(fit, has_season, len(counts))
    effects = _season_of(points) if has_season else np.zeros((len(points), 1))
    mean = np.exp(effects).mean(axis=1)
    level = over_forms(ndtr((points[:, 0] + np.log(mean) - middle) / error))
    level[0] = math.exp(middle)
    columns, paths, kinds = [level], [path], ["rate"]
    ends = over_forms(np.array([0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0]))
    lows, highs = [float(ends[0])], [float(ends[1])]
    if has_season:
        for month in range(12):
            columns.append(np.exp(effects[:, month]) / mean)
            paths.append(f"groups.{name}.season.{month}")
            kinds.append("number")
            low, high = _interval_of(columns[-1])
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


def _spread_of_counts(fit: RateFit, months: int) -> float:
    """Return how many times more uneven counts are than by chance; 1 where chance may do it."""
    free = max(1, months - len(fit.point))
    uneven = bool(chdtrc(free, fit.pearson * free) < UNEVEN) and fit.pearson > 1.0
    return fit.pearson if uneven else 1.0


def _season_of(points: Floats) -> Floats:
    """Return the logarithms of the factors of the months, shape (rows, 12)."""
    return np.concatenate([points[:, 1:12], -points[:, 1:12].sum(axis=1, keepdims=True)], 1)


def _level(fit: RateFit, has_season: bool, months: int) -> tuple[float, float]:
    """Return the logarithm of how many come on average over the year, and its standard error."""
    slope = np.zeros(len(fit.point))
    slope[0], middle = 1.0, float(fit.point[0])
    if has_season:
        factors = np.exp(_season_of(fit.point[None, :]))[0]
        middle += math.log(factors.mean())
        # December is what the others leave.
        slope[1:12] = (factors[:11] - factors[11]) / factors.sum()
    variance = float(slope @ fit.covariance @ slope) * _spread_of_counts(fit, months)
    return middle, math.sqrt(variance)


def _interval_of(rows: Floats) -> tuple[float, float]:
    """Return the interval of a positive number by the spread of its logarithm over rows."""
    logs = np.log(rows)
    half = critical_value(LEVEL) * float(logs[1:].std())
    return math.exp(float(logs[0]) - half), math.exp(float(logs[0]) + half)
