"""A surrogate of a study: what a result would be at points that were not run, with its error.

The smooth function of `information.smoothing`, a Gaussian process of low rank, fitted to the means
over replications at the points of a design. How wrong it is comes from cross-validation: each tenth
of the points is told from the other nine tenths. The errors that are made there are those that
stand beside every number; they hold the chance of the means that are told, too.

History matching (Craig et al., Case Studies in Bayesian Statistics 3, 1997): where a published
figure lies further from what is expected than all errors together allow, a point is implausible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arguments import refused
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.statistics import LEVEL
from pilotsim.experiments.information.smoothing import Smooth, fit_smooth
from pilotsim.experiments.study.analysis_request import (
    LEAST_REPLICATIONS,
    least_points,
    points_apart,
    too_few_replications,
)

if TYPE_CHECKING:
    from pilotsim.experiments.study.results import StudyRun

FOLDS = 10
# Whatever one-peaked distribution errors have, 19 of 20 lie within (Pukelsheim, The American
# Statistician 48, 1994).
IMPLAUSIBLE = 3.0


def check_figure(name: str, figure: object) -> tuple[float, float]:
    """Return a figure from outside and its standard error.

    Parameters
    ----------
    name : str
        What it is called where it was given.
    figure : object
        What was given.

    Raises
    ------
    RequestError
        It is no pair of finite numbers, or its error is below 0.
    """
    pair = tuple(figure) if isinstance(figure, tuple | list) else ()
    are_numbers = all(isinstance(one, Real) and not isinstance(one, bool) for one in pair)
    if len(pair) != 2 or not are_numbers or not np.isfinite(pair).all() or pair[1] < 0:
        raise refused(name, Message("a figure and its standard error, 0 or more"), figure)
    return float(pair[0]), float(pair[1])


@dataclass(frozen=True)
class SurrogateValues:
    """What a surrogate gives at some points.

    Parameters
    ----------
    value : ndarray, shape (points,)
        The result that is expected.
    low, high : ndarray, shape (points,)
        Its value and half the width in which 95 % of cross-validated errors lie.
    """

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class StudySurrogate:
    """A response of a study as a smooth function of its factors, with its cross-validated error.

    Parameters
    ----------
    response, scenario : str
        Of what.
    factors : tuple of str
        Its inputs, in base units.
    low, high : ndarray, shape (factors,)
        The ranges in which the points of the study lie; outside of them nothing is told.
    error : float
        The root of the mean square error in cross-validation.
    half_width : float
        Within which 95 % of the errors in cross-validation lie.
    explained : float
        How much of the variance between points is told in cross-validation.
    chance : float
        The standard deviation of a single run when its factors are known; NaN for one replication.
    points, replications : int
        From how many.
    numbers : ndarray of int, shape (points,)
        Which points of the design they are.
    simulated, told : ndarray, shape (points,)
        The mean at each, and what a surrogate told that had not seen its tenth of the points.
    """

    response: str
    scenario: str
    factors: tuple[str, ...]
    low: Floats
    high: Floats
    error: float
    half_width: float
    explained: float
    chance: float
    points: int
    replications: int
    numbers: Ints
    simulated: Floats
    told: Floats
    _smooth: Smooth

    def at(self, points: Floats | Mapping[str, float]) -> SurrogateValues:
        """Return what is expected at points within the ranges of the study, with its error.

        Parameters
        ----------
        points : ndarray of shape (points, factors), or mapping
            Values of all factors, in base units; a mapping from factor to value is one point.

        Raises
        ------
        RequestError
            A factor is missing or unknown, or a point lies outside of the ranges.
        """
        rows = self._rows(points)
        value = np.asarray(self._smooth.at(rows)[:, 0], np.float64)
        return SurrogateValues(value, value - self.half_width, value + self.half_width)

    def implausibility(
        self, points: Floats | Mapping[str, float], observed: float, error: float
    ) -> Floats:
        """Return how many standard errors an observed figure lies from what is expected.

        The variances of its errors add up: of the surrogate, of a single run by chance, of the
        mean over replications by chance, and of the observed figure. Points above 3 are
        implausible.

        Parameters
        ----------
        points : ndarray of shape (points, factors), or mapping
            As for `at`.
        observed : float
            The figure, in base units.
        error : float
            Its standard error.

        Raises
        ------
        RequestError
            As for `at`; or the study has fewer than 5 replications, from which chance is not known
            well enough.
        """
        observed, error = check_figure("observed, error", (observed, error))
        if self.replications < LEAST_REPLICATIONS:
            raise RequestError(too_few_replications(self.replications))
        # Replications have the same clients at all points: by what they are off together, which no
        # error in cross-validation holds, the surrogate is off as well.
        courses = 1.0 + 1.0 / self.replications
        whole = math.sqrt(self.error**2 + courses * self.chance**2 + error**2)
        return np.abs(self.at(points).value - observed) / max(whole, 1e-300)

    def _rows(self, points: Floats | Mapping[str, float]) -> Floats:
        if isinstance(points, Mapping):
            for name in points:
                if name not in self.factors:
                    raise RequestError(
                        Message(
                            "the design has no factor '{name}'{meant}",
                            name=name,
                            meant=did_you_mean(name, self.factors),
                        )
                    )
            missing = [name for name in self.factors if name not in points]
            if missing:
                raise RequestError(
                    Message("expected a value of each factor; '{name}' has none", name=missing[0])
                )
            points = [[points[name] for name in self.factors]]  # type: ignore[assignment]
        try:
            rows = np.atleast_2d(np.asarray(points, np.float64))
        except (TypeError, ValueError):
            rows = np.empty((0, 0))
        if rows.ndim > 2 or not rows.size:
            raise refused("points", Message("numbers, a row for each point"), points)
        if rows.shape[1] != len(self.factors):
            raise RequestError(
                Message(
                    "expected {wanted} columns, one for each factor; found {found}",
                    wanted=len(self.factors),
                    found=rows.shape[1],
                )
            )
        # Not "outside": what is no number is refused as well.
        for row, column in np.argwhere(~((rows >= self.low) & (rows <= self.high))):
            raise RequestError(
                Message(
                    "row {row}: '{name}' is {found}, and the study was run from {low} to {high} "
                    "alone",
                    row=int(row),
                    name=self.factors[column],
                    found=f"{rows[row, column]:g}",
                    low=f"{self.low[column]:g}",
                    high=f"{self.high[column]:g}",
                )
            )
        return rows


def fit_surrogate(run: StudyRun, response: str, scenario: str) -> StudySurrogate:
    """Return a surrogate of a response; `StudyRun.surrogate` says how and when."""
    design = run.manifest.content["study"].get("design") or {}
    apart = sample_of(run)
    if apart is None:
        raise RequestError(
            Message(
                "needs a design that varies its factors together; found {found}",
                found=design.get("method") or Message("no design"),
            )
        )
    # The replications that all points have: others would leave out the points that were run less.
    least = int(run.points["replications"].min())
    x, y = run.layout.numbers[apart], run.values(response, scenario)[apart][:, :least]
    # A value that is only the least that it can be is none.
    y = np.where(run.beyond(response, scenario)[apart][:, :least] > 0.0, math.nan, y)
    whole = ~(np.isnan(y).any(axis=1) | np.isnan(x).any(axis=1))
    seed = int(run.manifest.identity["seed"])
    factors = tuple(run.layout.factors)
    return fitted(response, scenario, factors, x[whole], y[whole], seed, apart[whole])


def sample_of(run: StudyRun) -> Ints | None:
    """Return which points of a run were drawn apart from each other; None where there are none."""
    design = run.manifest.content["study"].get("design")
    return points_apart(design["method"], *run.layout.numbers.shape) if design else None


def fitted(
    response: str,
    scenario: str,
    factors: tuple[str, ...],
    x: Floats,
    y: Floats,
    seed: int,
    numbers: Ints | None = None,
) -> StudySurrogate:
    """Return the surrogate of a response at points that were drawn apart from each other.

    Parameters
    ----------
    response, scenario : str
        Of what.
    factors : tuple of str
        The columns of `x`.
    x : ndarray, shape (points, factors)
        Where the points set them.
    y : ndarray, shape (points, replications)
        The response.
    seed : int
        The seed of the order in which points are left out.
    numbers : ndarray of int, shape (points,), optional
        Which points of a design they are; from 0, unless given.
    """
    least = least_points(len(factors))
    if len(x) < least:
        raise RequestError(
            Message(
                "a surrogate of {factors} factors needs {least} points at which '{name}' has a "
                "known value in all replications; found {found}",
                factors=len(factors),
                least=least,
                name=response,
                found=len(x),
            )
        )
    means = y.mean(axis=1, keepdims=True)
    told = _left_out(x, means, seed)
    simulated = means[:, 0]
    errors = told - simulated
    error = math.sqrt(float((errors**2).mean()))
    spread = float(means.var(ddof=1))
    explained = 1.0 - error**2 / spread if spread > 0.0 else math.nan
    if not explained > 0.0:
        raise RequestError(
            Message(
                "'{name}' hangs on the factors in no way that a surrogate could tell: its errors "
                "are as large as what it is to tell",
                name=response,
            )
        )
    place = min(len(errors), math.ceil(LEVEL * (len(errors) + 1))) - 1
    chance = math.sqrt(float(y.var(axis=1, ddof=1).mean())) if y.shape[1] > 1 else math.nan
    return StudySurrogate(
        response,
        scenario,
        factors,
        x.min(axis=0),
        x.max(axis=0),
        error,
        float(np.sort(np.abs(errors))[place]),
        explained,
        chance,
        len(x),
        y.shape[1],
        np.arange(len(x)) if numbers is None else numbers,
        simulated,
        told,
        fit_smooth(x, means),
    )


def _left_out(x: Floats, means: Floats, seed: int) -> Floats:
    """Return what is told of each point by a surrogate that has not seen its tenth of them."""
    group = np.full(len(x), randomness.code("surrogate"), np.uint64)
    numbers = np.arange(len(x), dtype=np.uint64)
    drawn = randomness.uniforms(seed, 0, group, numbers, randomness.code("fold"), 0)[:, 0]
    fold = np.argsort(np.argsort(drawn)) % FOLDS
    told = np.empty(len(x))
    for one in range(FOLDS):
        out = fold == one
        told[out] = fit_smooth(x[~out], means[~out]).at(x[out])[:, 0]
    return told
