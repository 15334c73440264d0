"""Sensitivity: how strong would something unobserved have to be to explain an effect away?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtrc, ndtr, stdtr

from pilotsim.base.amounts import Amount, Share
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.effects.arms import as_column
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.sample import take_sample

# A column (of length 1) of which others leave less than this unexplained is explained by them.
ALIKE = 1e-9


@dataclass(frozen=True)
class EValue:
    """Least risk ratios with treatment and with outcome that explain an effect away.

    Parameters
    ----------
    estimate : float
        To move the estimate to no effect.
    limit : float
        To move the nearer end of the interval there; 1 where it is there already.
    """

    estimate: float
    limit: float


def e_value(ratio: float, low: float, high: float, *, hazard: bool = False) -> EValue:
    """Return the E-value of a risk ratio and of its interval (VanderWeele and Ding 2017).

    Parameters
    ----------
    ratio, low, high : float
        The ratio and the ends of its interval; above 0.
    hazard : bool
        Whether they are hazard ratios of a common outcome, turned into about risk ratios (their
        table 2).
    """
    if not 0.0 < low <= ratio <= high:
        raise RequestError(
            Message(
                "ratio: expected above 0, within its interval, found {low}, {ratio}, {high}",
                low=Amount(low),
                ratio=Amount(ratio),
                high=Amount(high),
            )
        )
    turned = [
        (1.0 - 0.5 ** math.sqrt(value)) / (1.0 - 0.5 ** math.sqrt(1.0 / value))
        for value in (ratio, low, high)
    ]
    ratio, low, high = turned if hazard else (ratio, low, high)
    near = low if ratio >= 1.0 else high
    reached = low <= 1.0 <= high
    return EValue(_e_value(ratio), 1.0 if reached else _e_value(near))


def _e_value(ratio: float) -> float:
    away = max(ratio, 1.0 / ratio)
    return away + math.sqrt(away * (away - 1.0))


def rosenbaum_p(differences: ArrayLike, gamma: float) -> float:
    """Return the largest one-sided p-value of matched pairs under a hidden bias of up to gamma.

    One of a pair was up to gamma times as likely to be treated as the other. The signed-rank test
    of Wilcoxon, normal approximation, mean ranks for ties; for differences of -1, 0 and 1 the exact
    test of McNemar. Source: Rosenbaum 2002, section 4.3.

    Parameters
    ----------
    differences : array_like, shape (pairs,)
        Treated less other, signed so that the effect that was found is above 0.
    gamma : float
        1 or more; 1 is a lottery within pairs.

    Raises
    ------
    EstimationError
        All differences are zero.
    """
    if gamma < 1.0:
        raise RequestError(Message("gamma: expected 1 or more, found {gamma}", gamma=Amount(gamma)))
    apart = as_column(differences, "differences")
    if not np.any(apart != 0.0):
        raise EstimationError(
            Message("differences: all pairs are alike, so there is nothing to explain away")
        )
    most = gamma / (1.0 + gamma)
    if np.isin(apart, (-1.0, 0.0, 1.0)).all():
        better = int(np.sum(apart > 0))
        unlike = int(np.sum(apart != 0))
        return float(bdtrc(better - 1, unlike, most)) if better else 1.0
    values, place, counts = np.unique(np.abs(apart), return_inverse=True, return_counts=True)
    del values
    # Pairs that are alike take the lowest ranks, and say nothing.
    ranks = np.where(apart != 0.0, (np.cumsum(counts) - (counts - 1) / 2.0)[place], 0.0)
    mean = most * ranks.sum()
    variance = most * (1.0 - most) * (ranks @ ranks)
    return float(ndtr(-(ranks[apart > 0].sum() - mean) / math.sqrt(variance)))


def rosenbaum_gamma(differences: ArrayLike, *, level: float = 0.05, most: float = 100.0) -> float:
    """Return the largest hidden bias (gamma) at which the p-value is still within a level.

    How many times as likely one of a pair may have been treated before the p-value passes it. 1
    where it passes the level even in a lottery; `most` where nothing smaller does it.
    """
    if rosenbaum_p(differences, 1.0) > level:
        return 1.0
    if rosenbaum_p(differences, most) <= level:
        return most
    low = 1.0
    high = most
    while high - low > 1e-6 * high:
        middle = (low + high) / 2.0
        low, high = (middle, high) if rosenbaum_p(differences, middle) <= level else (low, middle)
    return low


@dataclass(frozen=True)
class Robustness:
    """How strong a confounder must be, in shares of what is left unexplained.

    Source: Cinelli and Hazlett 2020.

    Parameters
    ----------
    estimate, error, freedom : float
        The regression's effect, its classical standard error and residual degrees of freedom.
    partial : float
        Share of the outcome's unexplained variance that treatment explains.
    value : float
        Robustness value: a confounder that explains this share of both treatment and outcome takes
        the effect to 0.
    value_at_level : float
        The same, to take it to where it is no longer significant.
    """

    estimate: float
    error: float
    freedom: float
    partial: float
    value: float
    value_at_level: float

    def bias(self, of_treatment: float, of_outcome: float) -> float:
        """Return how far a confounder that explains these shares moves the effect."""
        return self.error * math.sqrt(
            self.freedom * of_outcome * of_treatment / (1.0 - of_treatment)
        )

    def t_with(self, of_treatment: float, of_outcome: float) -> float:
        """Return the t-value that is left, towards zero, with such a confounder as covariate."""
        left = abs(self.estimate) - self.bias(of_treatment, of_outcome)
        error = self.error * math.sqrt(
            (1.0 - of_outcome) / (1.0 - of_treatment) * self.freedom / (self.freedom - 1.0)
        )
        return left / error if error > 0.0 else math.copysign(math.inf, left)


def robustness(estimate: float, error: float, freedom: float, *, level: float = 0.05) -> Robustness:
    """Return the robustness values of a regression's effect.

    Parameters
    ----------
    estimate, error, freedom : float
        Coefficient of treatment, its classical standard error, residual degrees of freedom.
    level : float
        Of the two-sided test.
    """
    if not error > 0.0 or not freedom > 1.0:
        raise RequestError(
            Message(
                "robustness: expected an error above 0 and more than 1 degree of freedom, found "
                "{error}, {freedom}",
                error=Amount(error),
                freedom=Amount(freedom),
            )
        )
    f = abs(estimate / error) / math.sqrt(freedom)
    reached = critical_value(1.0 - level, freedom - 1.0) / math.sqrt(freedom - 1.0)
    return Robustness(
        estimate,
        error,
        freedom,
        f * f / (1.0 + f * f),
        _robustness_value(f),
        _robustness_value(f - reached),
    )


def _robustness_value(f: float) -> float:
    if f <= 0.0:
        return 0.0
    return 0.5 * (math.sqrt(f**4 + 4.0 * f * f) - f * f)


@dataclass(frozen=True)
class Benchmark:
    """What a confounder as strong as an observed covariate would explain.

    In shares of what is left unexplained.
    """

    name: str
    of_treatment: float
    of_outcome: float


def check_sensitivity(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    names: Sequence[str] = (),
    times: float = 1.0,
    level: float = 0.05,
) -> AssumptionCheck:
    """Return whether the effect would stand with a confounder as strong as the strongest covariate.

    Regression of the outcome on treatment and covariates; the confounder is to treatment and
    outcome what the covariate is, given all others (Cinelli and Hazlett 2020, section 4.4). The
    statistic is the robustness value at the level.

    Parameters
    ----------
    outcome, treated, covariates
        As in `estimate_regression`.
    names : sequence of str
        Names of the covariates.
    times : float
        How many times as strong as the covariate.
    level : float
    """
    sample = take_sample(outcome, treated, covariates=covariates)
    columns = sample.covariates.shape[1]
    if not columns:
        raise EstimationError(Message("covariates: none, so there is no measure of what is strong"))
    called = (
        tuple(names)
        if len(names) == columns
        else tuple(f"covariate {column + 1}" for column in range(columns))
    )
    design = np.column_stack([sample.treated, np.ones(sample.clients), sample.covariates])
    effect = _coefficient(sample.outcome, design, 0)
    found = robustness(effect.estimate, effect.error, effect.freedom, level=level)
    marks = [
        _benchmark(sample.outcome, design, column, called[column], times)
        for column in range(columns)
    ]
    left = [found.t_with(mark.of_treatment, mark.of_outcome) for mark in marks]
    worst = int(np.argmin(left))
    stands = bool(2.0 * stdtr(found.freedom - 1.0, -left[worst]) < level and left[worst] > 0.0)
    parts = {
        "value": Share(found.value_at_level),
        "times": Amount(times),
        "name": marks[worst].name,
    }
    if stands:
        text = Message(
            "A confounder must explain {value:.1f} of what is left unexplained of both treatment "
            "and outcome to take the effect to where it may be chance. One {times} times as strong "
            "as {name}, the strongest that is known, would not.",
            **parts,
        )
    else:
        text = Message(
            "A confounder must explain {value:.1f} of what is left unexplained of both treatment "
            "and outcome to take the effect to where it may be chance. One {times} times as strong "
            "as {name}, the strongest that is known, would.",
            **parts,
        )
    return AssumptionCheck("sensitivity", stands, found.value_at_level, text)


@dataclass(frozen=True)
class _Coefficient:
    estimate: float
    error: float
    freedom: float

    @property
    def partial(self) -> float:
        """Share of the unexplained variance that the column explains."""
        t = self.estimate / self.error
        return t * t / (t * t + self.freedom)


def _coefficient(y: Floats, design: Floats, column: int) -> _Coefficient:
    """Return one coefficient of least squares with its classical error."""
    freedom = len(y) - design.shape[1]
    if freedom < 2:
        raise EstimationError(
            Message(
                "covariates: {found} for {count} clients; use fewer covariates or more clients",
                found=design.shape[1] - 2,
                count=len(y),
            )
        )
    lengths = np.linalg.norm(design, axis=0)
    q, r = np.linalg.qr(design / lengths)
    if np.abs(np.diag(r)).min() < ALIKE:
        raise EstimationError(
            Message(
                "covariates: they tell for certain who is treated (separation), so nothing is left "
                "to compare"
            )
        )
    back = np.linalg.inv(r)
    slope = back[column] @ (q.T @ y) / lengths[column]
    rest = y - q @ (q.T @ y)
    error = (
        math.sqrt(float(rest @ rest) / freedom * float(back[column] @ back[column]))
        / lengths[column]
    )
    if not error > ALIKE * abs(slope):
        raise EstimationError(
            Message(
                "outcome: treatment and covariates tell it for certain, so nothing is left "
                "unexplained"
            )
        )
    return _Coefficient(float(slope), error, float(freedom))


def _benchmark(y: Floats, design: Floats, column: int, name: str, times: float) -> Benchmark:
    """Return what a confounder some times as strong as a covariate would explain."""
    of_treatment = _coefficient(design[:, 0], design[:, 1:], column + 1).partial
    of_outcome = _coefficient(y, design, column + 2).partial
    with_treatment = min(times * of_treatment / (1.0 - of_treatment), 0.999)
    shared = (
        times * of_treatment**2 / ((1.0 - times * of_treatment) * (1.0 - of_treatment))
        if times * of_treatment < 1.0
        else 0.999
    )
    shared = min(shared, 0.999)
    strength = (math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1.0 - shared)
    return Benchmark(name, with_treatment, min(strength**2 * of_outcome / (1.0 - of_outcome), 1.0))
