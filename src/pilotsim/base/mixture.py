"""A mixture of normals: what is believed of a number where several things may be true of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from pilotsim.base.arrays import Indexed
from pilotsim.base.elementary import normal_probability

# Halvings of the interval in which a quantile lies: more than the digits of a number.
HALVINGS = 80
# Beyond so many standard deviations of every part there is nothing to find.
FAR = 9.0


@dataclass(frozen=True)
class MixturePart:
    """One of the things that may be true.

    Parameters
    ----------
    weight : float
        How likely it is, beside the other parts; above 0.
    mean, sd : float
        The number's mean and standard deviation if it is true; a standard deviation of 0 is a
        number that is known.
    """

    weight: float
    mean: float
    sd: float


@dataclass(frozen=True)
class Mixture:
    """A mixture of normals, its weights divided by their sum.

    Parameters
    ----------
    parts : tuple of MixturePart
        At least one.
    least : float
        What no draw is below: draws that would be stand there.

    Examples
    --------
    >>> belief = Mixture((MixturePart(3, 0.0, 1.0), MixturePart(1, 4.0, 1.0)))
    >>> belief.mean
    1.0
    >>> round(belief.below(belief.quantile(0.8)), 9)
    0.8
    """

    parts: tuple[MixturePart, ...]
    least: float = -math.inf

    @property
    def mean(self) -> float:
        """The mean."""
        total = math.fsum(part.weight for part in self.parts)
        return math.fsum(part.weight * part.mean for part in self.parts) / total

    def below(self, number: float) -> float:
        """Return the probability of a number that is no larger than this."""
        return mixture_below(*self._columns, 0, len(self.parts), number)

    def quantile(self, probability: float) -> float:
        """Return the number below which the mixture lies with this probability."""
        found = mixture_quantile(*self._columns, 0, len(self.parts), probability)
        return max(self.least, found)

    @cached_property
    def _columns(self) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        """The weights, the means and the standard deviations."""
        return (
            tuple(float(part.weight) for part in self.parts),
            tuple(float(part.mean) for part in self.parts),
            tuple(float(part.sd) for part in self.parts),
        )

    def range_shown(self, ends: tuple[float, float]) -> list[float]:
        """Return two quantiles as they are shown: to a hundredth of what lies between them."""
        low, high = (self.quantile(end) for end in ends)
        if not high > low:
            return [low, high]
        decimals = 2 - Decimal(high - low).adjusted()
        return [round(low, decimals), round(high, decimals)]


# Plain arithmetic over columns, which compiled code runs as well. The parts of a mixture are the
# rows from `first` up to `last`.


def mixture_below(
    weights: Indexed[float],
    means: Indexed[float],
    sds: Indexed[float],
    first: int,
    last: int,
    number: float,
) -> float:
    """Return the probability that a mixture of normals gives no more than a number."""
    whole = 0.0
    below = 0.0
    for k in range(first, last):
        whole += weights[k]
        if sds[k] > 0.0:
            below += weights[k] * normal_probability((number - means[k]) / sds[k])
        elif means[k] <= number:
            below += weights[k]
    return below / whole


def mixture_quantile(
    weights: Indexed[float],
    means: Indexed[float],
    sds: Indexed[float],
    first: int,
    last: int,
    probability: float,
) -> float:
    """Return the number below which a mixture of normals lies with a probability.

    By halving an interval: a mixture has no closed form for it.
    """
    low = math.inf
    high = -math.inf
    for k in range(first, last):
        low = min(low, means[k] - FAR * sds[k])
        high = max(high, means[k] + FAR * sds[k])
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if mixture_below(weights, means, sds, first, last, middle) < probability:
            low = middle
        else:
            high = middle
    return high
