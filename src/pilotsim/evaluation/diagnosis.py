"""Diagnosis: what a design with an answer strategy can be trusted to find.

Each figure has its Monte Carlo error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

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

SIGNIFICANCE = 0.05  # below which p-value no effect is ruled out
# A mean that is none is this many standard errors off once in 2,000 times.
SURE = 3.5


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
    starts : ndarray of float, shape (draws,)
        The share who start the programme because of the pilot, of those the answer is about; empty
        where nobody counted them.
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
    starts: Floats = field(default_factory=lambda: np.zeros(0))


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
    own_bias : MonteCarloFigure
        What is left of the bias without both: the estimator's own picture of the effect (its size,
        its timing, who is treated).
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
    own_bias: MonteCarloFigure

    @property
    def is_biased(self) -> bool:
        """Whether the bias is beyond Monte Carlo error and large enough to matter.

        An unbiased answer is that far off once in 2,000 times. A bias below a
        tenth of the standard deviation moves coverage by less than a point (Cochran 1977, ch. 1.8).
        """
        return (
            abs(self.bias.value) > SURE * self.bias.error
            and abs(self.bias.value) > 0.1 * self.spread.value
        )

    @property
    def reason(self) -> str:
        """Where most of a bias comes from: `anyway`, `displacement`, `model` or `unclear`.

        Empty where there is none. Estimate minus truth is what the same comparison finds where the
        programme does nothing, less what the pilot does to those compared with, and the
        estimator's own picture of the effect. Of these three the largest is named that is itself
        beyond Monte Carlo error, and none if there is none: a large part may be luck of the draws.
        """
        if not self.is_biased:
            return ""
        parts = {
            "anyway": self.null_bias,
            "displacement": MonteCarloFigure(-self.spillover.value, self.spillover.error),
            "model": self.own_bias,
        }
        side = math.copysign(1.0, self.bias.value)
        sure = {
            name: side * part.value
            for name, part in parts.items()
            if side * part.value > SURE * part.error
        }
        return max(sure, key=lambda name: sure[name], default="unclear")


def diagnose(
    trials: Trials, significance: float = SIGNIFICANCE, *, has_size: bool = True
) -> Diagnosis:
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
    # In the same draws, so that the luck which they share with the null is not in it.
    own = miss - np.nan_to_num(null_estimate[worked]) + np.nan_to_num(trials.spillover[worked])
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
        own_bias=mean_with_error(own) if has_size else NO_FIGURE,
    )


def _exaggeration(estimate: Floats, truth: Floats) -> MonteCarloFigure:
    """Return mean size of estimates over mean size of truths; nothing for fewer than two."""
    if len(estimate) < 2:
        return NO_FIGURE
    return ratio_of_sums(np.abs(estimate), np.abs(truth))
