"""Confidence sequences: intervals of a probability that hold however often one looks.

The evidence against a probability p after some runs is the likelihood of the runs averaged over all
probabilities, divided by their likelihood under p (the mixture of H. Robbins, "Statistical methods
related to the law of the iterated logarithm", Annals of Mathematical Statistics 41, 1970). Under p
it is a martingale that begins at 1, so it ever reaches 1 / error with a probability of at most
`error` (Ville's inequality). The probabilities against which the evidence has not reached that are
an interval that holds the truth at all moments together: one may stop when one likes, and look as
often as one likes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pilotsim.base.statistics import Interval

MET, MISSED, CLOSE, OPEN = "met", "missed", "close", "open"
STEPS = 60  # halvings: the ends of an interval to the last bit


@dataclass(frozen=True)
class Successes:
    """How many of some runs met what was asked.

    Parameters
    ----------
    met, runs : int
        The runs that did, and all of them.
    """

    met: int = 0
    runs: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.met <= self.runs:
            raise ValueError(f"expected 0 <= met <= runs; found {self.met} of {self.runs}")

    def __add__(self, other: Successes) -> Successes:
        return Successes(self.met + other.met, self.runs + other.runs)

    @property
    def share(self) -> float:
        """The share of runs that did; NaN where there are none."""
        return self.met / self.runs if self.runs else math.nan


def log_evidence(tally: Successes, probability: float) -> float:
    """Return the logarithm of the evidence against a probability.

    That is of the likelihood ratio of the mixture.

    Parameters
    ----------
    tally : Successes
        The runs so far.
    probability : float
        From 0 to 1; where the runs rule it out at once, the evidence is infinite.
    """
    met, missed = tally.met, tally.runs - tally.met
    if (probability <= 0 and met) or (probability >= 1 and missed):
        return math.inf
    mixture = math.lgamma(met + 1) + math.lgamma(missed + 1) - math.lgamma(tally.runs + 2)
    under = (met * math.log(probability) if met else 0.0) + (
        missed * math.log1p(-probability) if missed else 0.0
    )
    return mixture - under


def interval_of(tally: Successes, error: float) -> Interval:
    """Return the interval that holds the probability at all moments together.

    Parameters
    ----------
    tally : Successes
        The runs so far; the whole range for none.
    error : float
        The probability that it ever does not, above 0 and below 1.
    """
    if not 0 < error < 1:
        raise ValueError(f"expected an error between 0 and 1; found {error}")
    if not tally.runs:
        return Interval(math.nan, 0.0, 1.0, 0)
    return Interval(tally.share, _end(tally, error, 0.0), _end(tally, error, 1.0), tally.runs)


def _end(tally: Successes, error: float, outer: float) -> float:
    """Return the probability nearest to `outer` against which the evidence is not yet enough.

    The evidence falls towards the share of the runs from either side, so halving finds the end.
    What is returned lies on the outer side of it: rounding makes no interval shorter.
    """
    enough, inner = -math.log(error), tally.share
    if log_evidence(tally, outer) < enough:
        return outer
    for _ in range(STEPS):
        middle = (outer + inner) / 2
        if log_evidence(tally, middle) >= enough:
            outer = middle
        else:
            inner = middle
    return outer


def judge(interval: Interval, probability: float, margin: float) -> str:
    """Return what an interval says of a probability that is asked for.

    Parameters
    ----------
    interval : Interval
        Where the probability lies.
    probability : float
        What is asked for.
    margin : float
        How near is as good.

    Returns
    -------
    str
        `met`: it is at least that; `missed`: it is below; `close`: it lies within the margin of it,
        on which side is not known; `open`: none of this is known.
    """
    if interval.low >= probability:
        return MET
    if interval.high < probability:
        return MISSED
    if interval.low >= probability - margin and interval.high <= probability + margin:
        return CLOSE
    return OPEN
