"""Diagnosis: what a design with an answer strategy can be trusted to find.

Each figure has its Monte Carlo error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import (
    NO_FIGURE,
    MonteCarloFigure,
    mean_with_error,
    ratio_of_sums,
    root_mean_square_with_error,
    share_with_error,
    spread_with_error,
)


@dataclass(frozen=True)
class Trials:
    """What an answer strategy said in each draw, beside the truth; NaN where it could not work.

    Parameters
    ----------
    truth, estimate, error, low, high, p : ndarray of float, shape (draws,)
        Of each draw.
    null_estimate, null_p : ndarray of float, shape (draws,)
        The same where the programme does nothing at all.
    spillover : ndarray of float, shape (draws,)
        What the pilot does to those whom the offered are compared with.
    """

    truth: Floats
    estimate: Floats
    error: Floats
    low: Floats
    high: Floats
    p: Floats
    null_estimate: Floats
    null_p: Floats
    spillover: Floats


@dataclass(frozen=True)
class Diagnosis:
    """What a design can be trusted to find.

    Parameters
    ----------
    draws, worked : int
        How many pilots were drawn, and in how many the strategy gave an answer.
    truth : MonteCarloFigure
        The mean true effect.
    bias : MonteCarloFigure
        Mean of estimate minus truth.
    spread, rmse : MonteCarloFigure
        Standard deviation of estimate minus truth, and root of its mean square.
    error : MonteCarloFigure
        Mean standard error that the strategy reports.
    coverage : MonteCarloFigure
        Share of intervals that hold the truth.
    power : MonteCarloFigure
        Share of draws in which no effect is ruled out.
    right_sign : MonteCarloFigure
        Share of draws in which it is ruled out on the right side.
    type_s : MonteCarloFigure
        Of those in which it is ruled out, the share with the wrong sign.
    type_m : MonteCarloFigure
        Of those, how many times too large the estimate is: mean size over mean size of the truth.
    false_positives : MonteCarloFigure
        Share of draws in which no effect is ruled out though there is none at all.
    null_bias : MonteCarloFigure
        Mean estimate where there is no effect at all: those compared would have differed anyway.
    spillover : MonteCarloFigure
        Mean effect of the pilot on those compared with: what they lose counts as a gain of the
        others.
    """

    draws: int
    worked: int
    truth: MonteCarloFigure
    bias: MonteCarloFigure
    spread: MonteCarloFigure
    rmse: MonteCarloFigure
    error: MonteCarloFigure
    coverage: MonteCarloFigure
    power: MonteCarloFigure
    right_sign: MonteCarloFigure
    type_s: MonteCarloFigure
    type_m: MonteCarloFigure
    false_positives: MonteCarloFigure
    null_bias: MonteCarloFigure
    spillover: MonteCarloFigure

    @property
    def is_biased(self) -> bool:
        """Whether the bias is beyond Monte Carlo error and large enough to matter.

        An unbiased answer is more than 3.5 standard errors off once in 2,000 times. A bias below a
        tenth of the standard deviation moves coverage by less than a point (Cochran 1977, ch. 1.8).
        """
        return (
            abs(self.bias.value) > 3.5 * self.bias.error
            and abs(self.bias.value) > 0.1 * self.spread.value
        )

    @property
    def reason(self) -> str:
        """Where most of a bias comes from: `anyway`, `displacement` or `model`.

        Empty where there is none.

        Estimate minus truth is what the same comparison finds where the programme does nothing,
        less what the pilot does to those compared with; what is left is the estimator's own picture
        of the effect (its size, its timing, who is treated).
        """
        if not self.is_biased:
            return ""
        null_bias, spilled = (
            0.0 if math.isnan(one.value) else one.value for one in (self.null_bias, self.spillover)
        )
        parts = {
            "anyway": null_bias,
            "displacement": -spilled,
            "model": self.bias.value - null_bias + spilled,
        }
        return max(parts, key=lambda name: parts[name] * math.copysign(1.0, self.bias.value))


def diagnose(trials: Trials, significance: float = 0.05, *, has_size: bool = True) -> Diagnosis:
    """Return the diagnosis of draws.

    See Gelman and Carlin, Perspectives on Psychological Science 9 (2014), for S and M.

    Parameters
    ----------
    trials : Trials
        What came out in each draw.
    significance : float
        Below which p-value no effect is ruled out.
    has_size : bool
        Whether estimate and truth are in one unit. The estimate of a ratio or a test has only a
        sign: there is then no bias, spread, error, coverage or exaggeration.
    """
    worked = ~np.isnan(trials.estimate) & ~np.isnan(trials.truth)
    truth, estimate = trials.truth[worked], trials.estimate[worked]
    miss = estimate - truth
    found = trials.p[worked] < significance
    tested = ~np.isnan(trials.p[worked])
    null = ~np.isnan(trials.null_p)
    known = ~np.isnan(trials.low[worked])
    covered = ((trials.low[worked] <= truth) & (truth <= trials.high[worked]))[known]
    right = found & (np.sign(estimate) == np.sign(truth))
    error = trials.error[worked]
    null_estimate = trials.null_estimate
    return Diagnosis(
        draws=len(trials.truth),
        worked=int(worked.sum()),
        truth=mean_with_error(truth),
        bias=mean_with_error(miss) if has_size else NO_FIGURE,
        spread=spread_with_error(miss) if has_size else NO_FIGURE,
        rmse=root_mean_square_with_error(miss) if has_size else NO_FIGURE,
        error=mean_with_error(error[~np.isnan(error)]) if has_size else NO_FIGURE,
        coverage=share_with_error(covered) if has_size else NO_FIGURE,
        power=share_with_error(found[tested]),
        right_sign=share_with_error(right[tested]),
        type_s=share_with_error((np.sign(estimate) != np.sign(truth))[found]),
        type_m=_exaggeration(estimate[found], truth[found]) if has_size else NO_FIGURE,
        false_positives=share_with_error(trials.null_p[null] < significance),
        null_bias=mean_with_error(null_estimate[~np.isnan(null_estimate)])
        if has_size
        else NO_FIGURE,
        spillover=mean_with_error(trials.spillover[~np.isnan(trials.spillover)]),
    )


def _exaggeration(estimate: Floats, truth: Floats) -> MonteCarloFigure:
    """Return mean size of estimates over mean size of truths; nothing for fewer than two."""
    if len(estimate) < 2:
        return NO_FIGURE
    return ratio_of_sums(np.abs(estimate), np.abs(truth))
