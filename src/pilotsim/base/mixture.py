"""A mixture of normals: what is believed of a number where several things may be true of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

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

    def below(self, number: float) -> float:
        """Return the probability of a number that is no larger than this."""
        if self.sd == 0.0:
            return 1.0 if self.mean <= number else 0.0
        return normal_probability((number - self.mean) / self.sd)


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
        total = math.fsum(part.weight for part in self.parts)
        return math.fsum(part.weight * part.below(number) for part in self.parts) / total

    def quantile(self, probability: float) -> float:
        """Return the number below which the mixture lies with this probability.

        By halving an interval: a mixture has no closed form for it.
        """
        low = min(part.mean - FAR * part.sd for part in self.parts)
        high = max(part.mean + FAR * part.sd for part in self.parts)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            if self.below(middle) < probability:
                low = middle
            else:
                high = middle
        return max(self.least, high)

    def range_shown(self, ends: tuple[float, float]) -> list[float]:
        """Return two quantiles as they are shown: to a hundredth of what lies between them."""
        low, high = (self.quantile(end) for end in ends)
        if not high > low:
            return [low, high]
        decimals = 2 - Decimal(high - low).adjusted()
        return [round(low, decimals), round(high, decimals)]
