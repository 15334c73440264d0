"""The least effect that a design can see: the one it detects with the power asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri

from pilotsim.base.arrays import Bools, Floats
from pilotsim.evaluation.diagnosis import SIGNIFICANCE, Trials


@dataclass(frozen=True)
class DetectableEffect:
    """The least effect that a design can see.

    Parameters
    ----------
    size, error : float
        The effect and its standard error, in the unit of the outcome; NaN where no size up to
        `most` is seen so often.
    most : float
        The largest true effect that was tried.
    level, slope : float
        The power is the normal distribution function of level + slope x effect.
    power : float
        What was asked for.
    """

    size: float
    error: float
    most: float
    level: float
    slope: float
    power: float

    def power_at(self, effect: Floats) -> Floats:
        """Return the power at some effects."""
        return np.asarray(ndtr(self.level + self.slope * effect))

    def effect_at(self, power: float) -> float:
        """Return the effect that is seen with some power; NaN where power does not grow with it."""
        return (float(ndtri(power)) - self.level) / self.slope if self.slope > 0 else math.nan


def find_detectable(
    trials: Trials, power: float = 0.8, significance: float = SIGNIFICANCE
) -> DetectableEffect:
    """Return the least effect that is found, on its own side, with the power asked for.

    Estimated from draws whose true effects lie over a range: a probit of being found on the true
    effect, solved for the power. Standard error: delta method on the probit's information (Collett,
    *Modelling Binary Data*, 2003, ch. 4.5, as for a median effective dose).

    Parameters
    ----------
    trials : Trials
        Draws with effects of many sizes.
    power, significance : float
        What is asked for, and the size of the test.
    """
    worked = ~np.isnan(trials.p) & ~np.isnan(trials.truth)
    truth = trials.truth[worked]
    found = (trials.p[worked] < significance) & (trials.estimate[worked] > 0)
    most = float(truth.max(initial=-math.inf)) if len(truth) else math.nan
    if len(truth) < 20 or found.all() or not found.any():
        return DetectableEffect(math.nan, math.nan, most, math.nan, math.nan, power)
    level, slope, covariance = _probit(truth, found)
    size = (float(ndtri(power)) - level) / slope if slope > 0 else math.nan
    if not slope > 0 or size > most or size < 0:
        return DetectableEffect(math.nan, math.nan, most, level, slope, power)
    gradient = np.array([-1.0 / slope, -size / slope])
    return DetectableEffect(
        size, math.sqrt(float(gradient @ covariance @ gradient)), most, level, slope, power
    )


def _probit(truth: Floats, found: Bools) -> tuple[float, float, Floats]:
    """Return level, slope and covariance of a probit by maximum likelihood."""
    scale = float(np.abs(truth).max()) or 1.0
    x = np.column_stack([np.ones(len(truth)), truth / scale])
    sign = np.where(found, 1.0, -1.0)

    def loss(beta: Floats) -> float:
        return -float(log_ndtr(sign * (x @ beta)).sum())

    beta = minimize(loss, np.zeros(2), method="BFGS").x
    line = x @ beta
    density = np.exp(-0.5 * line**2) / math.sqrt(2 * math.pi)
    chance = np.clip(ndtr(line), 1e-12, 1 - 1e-12)
    weights = density**2 / (chance * (1 - chance))
    covariance = np.linalg.pinv((x * weights[:, None]).T @ x)
    back = np.diag([1.0, 1.0 / scale])
    return float(beta[0]), float(beta[1]) / scale, back @ covariance @ back
