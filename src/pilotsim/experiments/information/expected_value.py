"""Expected value of information from runs: what each option paid, and what was drawn.

Whoever decides takes the option that pays most on average. Whoever knows more first takes the one
that pays most given that; by how much that pays more on average is what it is worth to know it
(Raiffa and Schlaifer, *Applied Statistical Decision Theory*, 1961).

What an option pays given what is known is a regression on it over the runs (Strong, Oakley and
Brennan, *Medical Decision Making* 34, 2014), so that chance, which no inquiry can find out, is
averaged away. For a survey the regression is on what the survey would show in each run (Strong,
Oakley, Brennan and Breeze, *Medical Decision Making* 35, 2015).

The largest of several estimates is too large on average, both given what is known and without it:
the value is told with what these two biases come to taken off. The value of choosing by a
regression that was fitted to other runs is too small on average, for it can choose wrongly: its
lower limit is that of the interval, so that an interval above 0 is evidence whatever was fitted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from pilotsim.base.arrays import Floats
from pilotsim.base.randomness import uniform_table
from pilotsim.base.statistics import LEVEL, critical_value, standard_error
from pilotsim.experiments.information.smoothing import fit_smooth

__all__ = ["ExpectedValue", "normal_table", "perfect_information", "value_of_knowing"]

FOLDS = 5
REDRAWN = 200


@dataclass(frozen=True)
class ExpectedValue:
    """What some information is expected to be worth, for one decision.

    Parameters
    ----------
    value : float
        The estimate, with the bias of the maximum taken off; at least 0.
    low, high : float
        Its 95 % interval. The low end is 0 unless choosing by what was learned from other runs
        clearly pays. The high end adds up squares of its two parts, how the payoffs spread and how
        far the options lie apart (Zou and Donner, *Statistics in Medicine* 27, 2008).
    error : float
        Its Monte Carlo standard error.
    bias : float
        By how much the largest of estimated payoffs, given what is known and without it, make the
        value too large on average; it was taken off, and is below 0 where it makes it too small.
    changes : float
        The share of runs in which another option is taken than without the information.
    freedom : float
        Effective degrees of freedom of the regression; NaN without one.
    form : str
        What the regression takes: `lines`, `curves` or `interactions`; empty without one.
    """

    value: float
    low: float
    high: float
    error: float
    bias: float = 0.0
    changes: float = 0.0
    freedom: float = math.nan
    form: str = ""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0.0

    def within(self, whole: ExpectedValue) -> ExpectedValue:
        """Return the value of a part of some information, which is worth no more than the whole.

        Each is a regression of its own, so that chance may put the part above the whole. The whole
        shows more and is estimated better: the part is told as no more, and its low end is one that
        holds for both.

        Parameters
        ----------
        whole : ExpectedValue
            What it is worth to know the whole of it.
        """
        return replace(
            self,
            value=min(self.value, whole.value),
            low=min(self.low, whole.low),
            high=min(self.high, whole.high),
        )

    def at_least(self, parts: Iterable[ExpectedValue]) -> ExpectedValue:
        """Return the value of some information, which is worth no less than any part of it.

        A regression on much is less sure than one on a little of it: what the page says of a part
        then holds for the whole.

        Parameters
        ----------
        parts : iterable of ExpectedValue
            What it is worth to know some of it alone.
        """
        known = [self, *parts]
        return replace(
            self,
            value=max(one.value for one in known),
            low=max(one.low for one in known),
            high=max(one.high for one in known),
        )


def normal_table(seed: int, purpose: str, rows: int, columns: int) -> Floats:
    """Return standard normal numbers, shape (rows, columns); parameters as of `uniform_table`."""
    return np.asarray(ndtri(uniform_table(seed, purpose, rows, columns)))


def perfect_information(payoffs: Floats) -> ExpectedValue:
    """Return what it would be worth to know how each run comes out, chance and all.

    An upper bound of the value of any information on assumptions, and equal to it where an option
    pays the same in every run with the same assumptions.

    Parameters
    ----------
    payoffs : ndarray, shape (runs, options)
        What each option pays in each run.
    """
    best = int(payoffs.mean(axis=0).argmax())
    gained = payoffs.max(axis=1) - payoffs[:, best]
    error = standard_error(gained)
    value = float(gained.mean())
    half = critical_value(LEVEL) * error
    changes = float((gained > 0.0).mean())
    return ExpectedValue(value, max(0.0, value - half), value + half, error, changes=changes)


def value_of_knowing(
    payoffs: Floats, known: Floats, *, seed: int = 1, level: float = LEVEL
) -> ExpectedValue:
    """Return what it is worth to know some numbers before deciding.

    Parameters
    ----------
    payoffs : ndarray, shape (runs, options)
        What each option pays in each run.
    known : ndarray, shape (runs, numbers)
        What would be known in each run: the assumptions, or what a survey would show.
    seed : int
        Of the draws by which the bias and the error are found.
    level : float
        How much the interval is to cover.
    """
    count, options = payoffs.shape
    if options < 2 or count < 2 * FOLDS:
        return ExpectedValue(0.0, 0.0, 0.0, 0.0)
    # What does not differ between options decides nothing, and would only blur the regression.
    best = int(payoffs.mean(axis=0).argmax())
    others = [option for option in range(options) if option != best]
    against = payoffs[:, others] - payoffs[:, [best]]
    smooth = fit_smooth(known, against)
    gains = np.maximum(smooth.fitted.max(axis=1), 0.0)
    plain = float(gains.mean())
    again = _redrawn(smooth.fitted, smooth.root, smooth.noise, seed)
    bias = float(again.mean()) - plain
    error = math.hypot(float(again.std(ddof=1)), standard_error(gains))
    z = critical_value(level)
    chosen = _gained_out_of_fold(against, known)
    sure = max(0.0, float(chosen.mean()) - z * standard_error(chosen))
    nearer = _with_options_nearer(smooth.fitted, against, z)
    high = max(plain + math.hypot(nearer - plain, z * error), sure)
    estimate = min(max(plain - bias, sure), high)
    changes = float((smooth.fitted.max(axis=1) > 0.0).mean())
    return ExpectedValue(
        estimate, min(sure, estimate), high, error, bias, changes, smooth.freedom, smooth.form
    )


def _with_options_nearer(fitted: Floats, against: Floats, z: float) -> float:
    """Return the value if the other options were as near to the best as their means may be.

    Information is worth most where options are alike, and of options that are alike the runs always
    make one look the better.
    """
    means = against.mean(axis=0)
    errors = against.std(axis=0, ddof=1) / math.sqrt(len(against))
    nearer = fitted + (np.minimum(means + z * errors, 0.0) - means)
    return float(np.maximum(nearer.max(axis=1), 0.0).mean())


def _redrawn(fitted: Floats, root: Floats, noise: Floats, seed: int) -> Floats:
    """Return the value for payoffs drawn from what is not known of them, shape (draws,)."""
    width, options = root.shape[1], fitted.shape[1]
    values, vectors = np.linalg.eigh(noise)
    spread = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = normal_table(seed, "value of information", REDRAWN, width * options)
    normal = normal.reshape(REDRAWN, width, options)
    # As draws by rows, one payoff after the other: one product of matrices for each.
    largest = np.zeros((REDRAWN, len(fitted)))
    means = np.zeros(REDRAWN)
    for option in range(options):
        drawn = fitted[:, option] + (normal @ spread[option]) @ root.T
        np.maximum(largest, drawn, out=largest)
        np.maximum(means, drawn.mean(axis=1), out=means)
    found: Floats = largest.mean(axis=1) - means
    return found


def _gained_out_of_fold(against: Floats, known: Floats) -> Floats:
    """Return what choosing by a regression on other runs gained in each run, shape (runs,)."""
    count = len(against)
    gained = np.zeros(count)
    fold = np.arange(count) % FOLDS
    for number in range(FOLDS):
        here = fold == number
        expected = fit_smooth(known[~here], against[~here]).at(known[here])
        option = expected.argmax(axis=1)
        takes = np.take_along_axis(expected, option[:, None], axis=1)[:, 0] > 0.0
        paid = np.take_along_axis(against[here], option[:, None], axis=1)[:, 0]
        gained[here] = np.where(takes, paid, 0.0)
    return gained
