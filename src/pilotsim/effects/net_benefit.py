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
EFFECTS, PRICES, STARTS = 1000, 40, 200


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
class StartShare:
    """How many of those offered a programme start it, beyond those of the others who do.

    Parameters
    ----------
    share : float
        The share of the offered who started, less the share of those they are compared with.
    error : float
        Its standard error.
    """

    share: float
    error: float

    def points(self) -> Floats:
        """Return shares that are believed in alike, shape (shares,)."""
        if not self.error > 0.0:
            return np.full(1, self.share)
        away = _spread(STARTS, math.inf)
        return np.clip(self.share + self.error * away, -1.0, 1.0)


# A cost for each client offered: of those, everybody costs it.
EVERYBODY = StartShare(1.0, 0.0)


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
    effect: Effect,
    price: PriceRange,
    cost: PriceRange,
    *,
    level: float = 0.95,
    starts: StartShare = EVERYBODY,
) -> NetBenefit:
    """Return what is saved by an effect at a price, less a cost, with what is not known of each.

    Effect, price, cost and share who start are taken for independent; the effect is spread about
    its estimate by its standard error (Student's t with its degrees of freedom), the share by its
    own, prices over their triangles. The sum over all combinations is exact; nothing is drawn.

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
    starts : StartShare
        Of the clients, who costs it: all of them, unless the cost is of those who start.

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
    saved = -(effect.estimate + effect.error * _spread(EFFECTS, freedom))
    spent = np.sort(np.outer(cost.points(), starts.points()), axis=None)
    # Means over parts of equal chance: the mean is kept, and the whole stays small.
    spent = spent.reshape(min(STARTS, len(spent)), -1).mean(axis=1)
    return _net_of(saved, price, spent[None, :], level)


def value_net_of_draws(
    effects: ArrayLike,
    price: PriceRange,
    cost: PriceRange,
    *,
    level: float = 0.95,
    starts: ArrayLike | None = None,
) -> NetBenefit:
    """Return what is saved by effects that are as likely as each other, less a cost.

    Such as those of simulated pilots, before there are any data. Prices as in `value_net`.

    Parameters
    ----------
    effects : array, shape (draws,)
        What the programme adds for each client in each draw: below 0 is saved; NaN is left out.
    price, cost, level
        As in `value_net`.
    starts : array, shape (draws,), optional
        Of the clients of each draw, the share who cost it; all, unless given.

    Raises
    ------
    EstimationError
        There is no effect.
    """
    drawn = np.asarray(effects, np.float64)
    shares = np.ones(len(drawn)) if starts is None else np.asarray(starts, np.float64)
    known = np.isfinite(drawn) & np.isfinite(shares)
    if not known.any():
        raise EstimationError(Message("net benefit: no draw has an effect"))
    return _net_of(-drawn[known], price, np.outer(shares[known], cost.points()), level)


def _spread(points: int, freedom: float) -> Floats:
    """Return points of Student's t that are believed in alike, shape (points,)."""
    half = np.array(
        [critical_value((2 * place + 1) / points, freedom) for place in range(points // 2)]
    )
    return np.concatenate([-half, half])


def _net_of(saved: Floats, price: PriceRange, spent: Floats, level: float) -> NetBenefit:
    """Conclude from what is saved, shape (effects,), and spent, shape (effects or 1, costs)."""
    worth = saved[:, None] * price.points()
    net = np.sort((worth[:, :, None] - spent[:, None, :]).ravel())
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(net, [tail, 1.0 - tail])
    return NetBenefit(
        float(net.mean()),
        float(low),
        float(high),
        float((net > 0.0).mean()),
        float(worth.mean()),
    )
