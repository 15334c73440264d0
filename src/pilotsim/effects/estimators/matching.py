"""Nearest neighbour matching with replacement.

Everyone is held against those most like them in the other arm. Assumes unconfoundedness and
overlap. The bootstrap is wrong for it (Abadie and Imbens 2008); these errors are its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_codes, known_rows
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.nearest_neighbours import Neighbours, nearest
from pilotsim.effects.estimators.propensity_weighting import TARGETS, Target
from pilotsim.effects.sample import Sample, take_observed

Metric = Literal["mahalanobis", "variance"]
METRICS = get_args(Metric)


def estimate_matched(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    target: Target = "ATT",
    matches: int = 1,
    metric: Metric = "mahalanobis",
    exact: ArrayLike | None = None,
    adjust: bool | ArrayLike = True,
    level: float = 0.95,
) -> Effect:
    """Return the effect by matching on covariates, corrected for what matches still differ in.

    Estimand: ATE or ATT. Assumes unconfoundedness and overlap; with the correction a linear outcome
    within the small distances that are left. Standard error: Abadie and Imbens 2006 (theorems 6 and
    7), with the variance of the outcome given covariates from oneself and the two nearest of the
    same arm. Source of the correction: Abadie and Imbens 2011.

    Parameters
    ----------
    outcome : array_like, shape (clients,)
    treated : array_like of 0 and 1, shape (clients,)
    covariates : array_like, shape (clients, covariates)
    target : str
        `ATE` or `ATT`.
    matches : int
        How many each is matched with; those as near as the last count too.
    metric : str
        `mahalanobis`, or `variance`: distances in standard deviations, without regard to
        correlation.
    exact : array_like, shape (clients,), optional
        Labels on which a match must agree.
    adjust : bool or array_like
        Whether to correct, or the covariates to correct by, shape (clients, covariates).
    level : float

    Raises
    ------
    EstimationError
        An empty arm, a constant outcome, or somebody without enough others of the same `exact`
        label.
    """
    sample, codes = _enter(outcome, treated, covariates, exact, target, matches)
    points = _points(sample, metric)
    matching = match(sample, points, codes, target, matches)
    by = _adjusting(sample, adjust, outcome)
    imputed = impute(sample, matching, by)
    spread = within(sample, points, codes)
    return conclude_matched("matched", sample, matching, imputed, spread, target, level)


@dataclass(frozen=True, eq=False)
class Matching:
    """Who stands for whom: rows are `whom`, columns all clients.

    Parameters
    ----------
    whom : ndarray of int
        The clients for whom a match was sought.
    pairs : Neighbours
        Their matches, as places among all clients.
    used, used_squared : ndarray, shape (clients,)
        How often each is a match, for its part of it and for the square of its part.
    """

    whom: Ints
    pairs: Neighbours
    used: Floats
    used_squared: Floats


def _enter(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    exact: ArrayLike | None,
    target: str,
    matches: int,
) -> tuple[Sample, Ints | None]:
    if target not in ("ATE", "ATT"):
        raise RequestError(Message("target: expected ATE or ATT, found '{target}'", target=target))
    if matches < 1:
        raise RequestError(Message("matches: expected 1 or more, found {matches}", matches=matches))
    sample = take_observed(outcome, treated, covariates)
    return sample, as_codes(exact, known_rows(outcome), "exact")


def _points(sample: Sample, metric: str) -> Floats:
    """Return the covariates in units in which distance is what the metric says."""
    if metric not in METRICS:
        raise RequestError(
            Message(
                "metric: expected one of {names}, found '{metric}'",
                names=", ".join(METRICS),
                metric=metric,
            )
        )
    x = sample.covariates
    if not x.shape[1]:
        raise EstimationError(
            Message("covariates: none of them varies, so there is nothing to match on")
        )
    if metric == "variance":
        return np.asarray(x / x.std(axis=0, ddof=1), np.float64)
    root = np.linalg.cholesky(np.linalg.inv(np.atleast_2d(np.cov(x, rowvar=False))))
    return np.asarray(x @ root, np.float64)


def match(
    sample: Sample, points: Floats, codes: Ints | None, target: str, matches: int
) -> Matching:
    """Return the nearest in the other arm of everyone in the target."""
    parts = [(sample.treated, ~sample.treated)] + (
        [(~sample.treated, sample.treated)] if target == "ATE" else []
    )
    found = [
        across(points, np.flatnonzero(of), np.flatnonzero(among), codes, matches)
        for of, among in parts
    ]
    whom = np.concatenate([np.flatnonzero(of) for of, _ in parts])
    starts = np.cumsum([0, *(len(part.counts) for part in found)])
    rows = np.concatenate([part.rows + start for part, start in zip(found, starts, strict=False)])
    pairs = Neighbours(
        rows,
        np.concatenate([part.columns for part in found]),
        np.concatenate([part.counts for part in found]),
    )
    return Matching(whom, pairs, pairs.used(sample.clients), pairs.used(sample.clients, 2))


def across(points: Floats, of: Ints, among: Ints, codes: Ints | None, number: int) -> Neighbours:
    """Return neighbours of some clients among others, as places among all clients."""
    groups = None if codes is None else (codes[of], codes[among])
    found = nearest(points[of], points[among], number, groups)
    return Neighbours(found.rows, among[found.columns], found.counts)


def _adjusting(sample: Sample, adjust: bool | ArrayLike, outcome: ArrayLike) -> Floats | None:
    """Return the covariates to correct by, or None."""
    if isinstance(adjust, bool):
        return sample.basis[:, 1:] if adjust else None
    return take_observed(outcome, _arm_of(outcome, sample), adjust).basis[:, 1:]


def _arm_of(outcome: ArrayLike, sample: Sample) -> Floats:
    arm = np.zeros(np.size(outcome))
    arm[known_rows(outcome)] = sample.treated
    return arm


def impute(sample: Sample, matching: Matching, by: Floats | None) -> Floats:
    """Return what each client for whom a match was sought would have had in the other arm."""
    imputed = matching.pairs.mean(sample.outcome)
    if by is None:
        return imputed
    for arm in (True, False):
        rows = sample.treated[matching.whom] != arm
        if rows.any():
            slope = _slope(sample, matching.used, sample.treated == arm, by)
            apart = by[matching.whom] - np.column_stack(
                [matching.pairs.mean(column) for column in by.T]
            )
            imputed = np.where(rows, imputed + apart @ slope, imputed)
    return imputed


def _slope(sample: Sample, used: Floats, arm: Bools, by: Floats) -> Floats:
    """Return how the outcome moves with covariates among the matches of one arm.

    Each match counts as often as it is used.
    """
    rows = arm & (used > 0.0)
    root = np.sqrt(used[rows])
    design = np.column_stack([np.ones(int(rows.sum())), by[rows]]) * root[:, None]
    # Least norm: a covariate that does not vary among the matches corrects nothing.
    return np.asarray(
        np.linalg.lstsq(design, sample.outcome[rows] * root, rcond=1e-10)[0][1:], np.float64
    )


def within(sample: Sample, points: Floats, codes: Ints | None, number: int = 3) -> Floats:
    """Return the variance of each client's outcome given covariates.

    Over the nearest of the own arm, oneself included.
    """
    if (
        codes is not None
        and min(np.bincount(codes[arm]).min() for arm in (sample.treated, ~sample.treated)) < number
    ):
        codes = None
    found = np.zeros(sample.clients)
    for arm in (sample.treated, ~sample.treated):
        own = np.flatnonzero(arm)
        if len(own) < number:
            raise EstimationError(
                Message(
                    "matching: an arm has {count} clients; its spread needs {number} or more",
                    count=len(own),
                    number=number,
                )
            )
        pairs = across(points, own, own, codes, number)
        found[own] = pairs.covariance(sample.outcome, sample.outcome)
    return found


def conclude_matched(
    name: str,
    sample: Sample,
    matching: Matching,
    imputed: Floats,
    spread: Floats,
    target: str,
    level: float,
    less: float = 0.0,
) -> Effect:
    """Return the effect with the error of Abadie and Imbens.

    `less` is taken from the variance times the number matched.
    """
    sign = np.where(sample.treated[matching.whom], 1.0, -1.0)
    gaps = sign * (sample.outcome[matching.whom] - imputed)
    number = len(gaps)
    estimate = float(gaps.mean())
    used = (
        matching.used**2 - matching.used_squared + (2.0 * matching.used if target == "ATE" else 0.0)
    )
    variance = (np.sum((gaps - estimate) ** 2) + np.sum(used * spread)) / number - less
    return conclude(
        name,
        TARGETS[target],
        estimate,
        float(np.sqrt(max(variance, 0.0) / number)),
        clients=sample.clients,
        level=level,
        notes=(*sample.notes, *_reuse(sample, matching)),
    )


def _reuse(sample: Sample, matching: Matching) -> tuple[Message, ...]:
    """Say where few stand for many."""
    most = float(matching.used.max())
    return (
        (Message("one of those compared with is the match of {most:.0f} others", most=most),)
        if most > 0.05 * len(matching.whom) and most >= 5.0
        else ()
    )
