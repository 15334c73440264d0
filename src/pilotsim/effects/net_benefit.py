"""What a programme saves in money, with chance, and with prices known within a range alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.effects.effect import Effect

# Points at which the effect, and each price, is taken: the middles of parts of equal chance.
EFFECTS, PRICES = 1000, 40


@dataclass(frozen=True)
class PriceRange:
    """A price that is known within a range.

    Parameters
    ----------
    value : float
        The most likely price.
    low, high : float
        Between which it lies; a triangle over them is believed.
    """

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise RequestError(
                Message(
                    "a price lies within its range; found {value} of {low} to {high}",
                    value=Amount(self.value),
                    low=Amount(self.low),
                    high=Amount(self.high),
                )
            )

    def points(self) -> Floats:
        """Return prices that are believed in alike, shape (prices,)."""
        chances = (np.arange(PRICES) + 0.5) / PRICES
        width = self.high - self.low
        if width == 0.0:
            return np.full(1, self.value)
        rise = (self.value - self.low) / width
        below = self.low + width * np.sqrt(chances * rise)
        above = self.high - width * np.sqrt((1.0 - chances) * (1.0 - rise))
        return np.where(chances < rise, below, above)


@dataclass(frozen=True)
class NetBenefit:
    """What a programme saves less what it costs, for each client.

    Parameters
    ----------
    mean, low, high : float
        The mean, and the ends of the interval.
    gains : float
        How likely it is that it saves more than it costs.
    saved : float
        What it saves before its cost is taken off.
    """

    mean: float
    low: float
    high: float
    gains: float
    saved: float


def value_net(
    effect: Effect, price: PriceRange, cost: PriceRange, *, level: float = 0.95
) -> NetBenefit:
    """Return what is saved by an effect at a price, less a cost, with what is not known of each.

    Effect, price and cost are taken for independent; the effect is spread about its estimate by
    its standard error (Student's t with its degrees of freedom), prices over their triangles. The
    sum over all combinations is exact; nothing is drawn.

    Parameters
    ----------
    effect : Effect
        What the programme adds for each client, such as months on assistance: below 0 is saved.
    price : PriceRange
        Of one unit of the effect.
    cost : PriceRange
        Of the programme for each client.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        The effect has no standard error.
    """
    if not effect.error > 0.0:
        raise EstimationError(
            Message("net benefit: the effect has no standard error, so chance cannot be counted")
        )
    freedom = effect.freedom if effect.freedom > 0.0 else math.inf
    half = np.array(
        [critical_value((2 * place + 1) / EFFECTS, freedom) for place in range(EFFECTS // 2)]
    )
    saved = -(effect.estimate + effect.error * np.concatenate([-half, half]))
    return _net_of(saved, price, cost, level)


def value_net_of_draws(
    effects: ArrayLike, price: PriceRange, cost: PriceRange, *, level: float = 0.95
) -> NetBenefit:
    """Return what is saved by effects that are as likely as each other, less a cost.

    Such as those of simulated pilots, before there are any data. Prices as in `value_net`.

    Parameters
    ----------
    effects : array, shape (draws,)
        What the programme adds for each client in each draw: below 0 is saved; NaN is left out.
    price, cost, level
        As in `value_net`.

    Raises
    ------
    EstimationError
        There is no effect.
    """
    drawn = np.asarray(effects, np.float64)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        raise EstimationError(Message("net benefit: no draw has an effect"))
    return _net_of(-drawn, price, cost, level)


def _net_of(saved: Floats, price: PriceRange, cost: PriceRange, level: float) -> NetBenefit:
    worth = (saved[:, None] * price.points()).ravel()
    net = np.sort((worth[:, None] - cost.points()).ravel())
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(net, [tail, 1.0 - tail])
    return NetBenefit(
        float(net.mean()),
        float(low),
        float(high),
        float((net > 0.0).mean()),
        float(worth.mean()),
    )
