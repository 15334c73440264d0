"""Local polynomials on one side of a limit, and the bandwidths they need.

Variances are those of nearest neighbours. Sources: Fan and Gijbels, Local Polynomial Modelling
(1996); Calonico, Cattaneo and Titiunik, Econometrica 82 (2014) 2295-2326, for bandwidths, bias and
variance; Calonico, Cattaneo, Farrell and Titiunik, Stata Journal 17 (2017) 372-404, for the
regularised bandwidth that is one for both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.inference.least_squares import fit_least_squares

# How many neighbours a residual is taken from.
NEIGHBOURS = 3
# Silverman's constant for the triangular kernel.
PILOT = 2.576
# With this share of repeated values, or more, a bandwidth reaches over at least so many different
# values.
REPEATED, MIN_VALUES = 0.2, 10
# Distances as unlike as this are equal.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class LimitSide:
    """Clients on one side of the limit: distance from it, in rising order, and outcome."""

    distance: Floats
    outcome: Floats

    def within(self, width: float) -> LimitSide:
        """Return those nearer than a width."""
        inside = np.abs(self.distance) < width
        return LimitSide(self.distance[inside], self.outcome[inside])

    @property
    def values(self) -> int:
        """How many different distances there are."""
        return len(np.unique(self.distance))


def make_side(distance: Floats, outcome: Floats) -> LimitSide:
    """Return a side in rising order of distance."""
    order = np.argsort(distance, kind="stable")
    return LimitSide(distance[order], outcome[order])


def local_weights(side: LimitSide, order: int, width: float) -> Floats:
    """Return weights that make the local polynomial of outcomes, shape (order + 1, clients).

    Row j gives the coefficient of distance to the power j, by a triangular kernel; clients beyond
    the width weigh nothing.
    """
    kernel = np.maximum(1.0 - np.abs(side.distance) / width, 0.0)
    inside = kernel > 0.0
    if len(np.unique(side.distance[inside])) <= order:
        raise EstimationError(
            Message(
                "only {count} different values lie within {width} of the limit",
                count=len(np.unique(side.distance[inside])),
                width=Amount(width),
            )
        )
    powers = (side.distance[inside, None] / width) ** np.arange(order + 1)
    fit = fit_least_squares(side.outcome[inside], powers, weights=kernel[inside])
    found = np.zeros((order + 1, len(side.distance)))
    found[:, inside] = (
        (fit.r_inverse @ fit.q.T)
        * np.sqrt(kernel[inside])
        / (width ** np.arange(order + 1))[:, None]
    )
    return found


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """Whom the clients at each different distance are held against: each other, and the nearest.

    Parameters
    ----------
    group : ndarray of int, shape (clients,)
        Which of the different distances each client has; they rise.
    counts : ndarray of int, shape (distances,)
        Clients at each of them.
    low, high : ndarray of int, shape (distances,)
        The distances just outside, on either side.
    others : ndarray of float, shape (distances,)
        How many clients beside oneself are inside.
    total : ndarray of float, shape (distances,)
        Sum of the outcomes inside, those at the distance itself included.
    """

    group: Ints
    counts: Ints
    low: Ints
    high: Ints
    others: Floats
    total: Floats


def find_neighbours(side: LimitSide, neighbours: int = NEIGHBOURS) -> Neighbourhoods:
    """Return the nearest neighbours at each distance; all with the same distance go together."""
    values, group, counts = np.unique(side.distance, return_inverse=True, return_counts=True)
    sums = np.bincount(group, side.outcome)
    low = np.arange(len(values)) - 1
    high = np.arange(len(values)) + 1
    number = np.zeros(len(values))
    total = np.zeros(len(values))
    goal = min(neighbours, len(side.distance) - 1)
    while np.any(short := number + counts - 1 < goal):
        left = np.where(low >= 0, values - values[np.maximum(low, 0)], np.inf)
        right = np.where(
            high < len(values), values[np.minimum(high, len(values) - 1)] - values, np.inf
        )
        # Equal but for rounding: both are taken.
        nearest = np.minimum(left, right) * (1.0 + ROUNDING)
        for chosen, pointer, step in ((left <= nearest, low, -1), (right <= nearest, high, 1)):
            taken = short & chosen & np.isfinite(nearest)
            number[taken] += counts[pointer[taken]]
            total[taken] += sums[pointer[taken]]
            pointer[taken] += step
    return Neighbourhoods(group, counts, low, high, number + counts - 1, total + sums)


def neighbour_residuals(side: LimitSide, neighbours: int = NEIGHBOURS) -> Floats:
    """Return what each outcome differs by from its nearest neighbours.

    Scaled to the outcome's own spread. All with the same distance are neighbours together (Abadie
    and Imbens, Econometrica 74, 2006).
    """
    near = find_neighbours(side, neighbours)
    others = near.others[near.group]
    mean = (near.total[near.group] - side.outcome) / others
    found: Floats = np.sqrt(others / (others + 1.0)) * (side.outcome - mean)
    return found


def neighbour_freedom(side: LimitSide, weights: Floats, neighbours: int = NEIGHBOURS) -> float:
    """Return how many degrees of freedom a variance by nearest neighbours has.

    Of the sum of squared weights times squared `neighbour_residuals`, for outcomes that spread
    alike: twice its squared mean over its variance (Satterthwaite, Biometrics Bulletin 2, 1946).
    Neighbours share outcomes, so that their residuals go together.

    Parameters
    ----------
    side : LimitSide
        The clients.
    weights : ndarray, shape (clients,)
        How heavy each outcome is.
    neighbours : int
        How many neighbours a residual is taken from.
    """
    near = find_neighbours(side, neighbours)
    size = near.others + 1.0
    square = np.bincount(near.group, weights**2)
    fourth = np.bincount(near.group, weights**4)
    places = np.concatenate([[0.0], np.cumsum(near.counts)])
    first, last = places[near.low + 1], places[near.high]
    # Residuals of one distance have correlation -1 / others; each has the outcome's own variance.
    total = float(np.sum(fourth + (square**2 - fourth) / near.others**2))
    for step in range(1, len(square)):
        shared = np.minimum(last[:-step], last[step:]) - np.maximum(first[:-step], first[step:])
        if not np.any(shared > 0.0):
            break
        here, there = size[:-step], size[step:]
        position = np.arange(len(square) - step)
        # Whether the one is among the neighbours of the other.
        inside = (near.high[:-step] > position + step) / here
        inside += (near.low[step:] < position) / there
        alike = np.maximum(shared, 0.0) / (here * there) - inside
        alike *= np.sqrt(here / (here - 1.0) * there / (there - 1.0))
        total += 2.0 * float(np.sum(alike**2 * square[:-step] * square[step:]))
    return float(square.sum() ** 2 / total)


@dataclass(frozen=True)
class Pieces:
    """What a bandwidth that minimises the mean squared error is made of."""

    variance: float
    bias: float
    doubt: float


def examine(
    side: LimitSide,
    order: int,
    derivative: int,
    bias_order: int,
    width: float,
    bias_width: float,
    regular: bool,
) -> Pieces:
    """Return variance and bias of one coefficient of a local polynomial.

    Source: Calonico and others, 2014, sec. 2.5.
    """
    near = side.within(width)
    row = local_weights(near, order, width)[derivative]
    variance = float(np.sum((row * neighbour_residuals(near)) ** 2))
    constant = width**derivative * float(row @ (near.distance / width) ** (order + 1))
    around = side.within(bias_width)
    bias_row = local_weights(around, bias_order, bias_width)[order + 1]
    slope = float(bias_row @ around.outcome)
    doubt = (
        3.0 * constant**2 * float(np.sum((bias_row * neighbour_residuals(around)) ** 2))
        if regular
        else 0.0
    )
    gap = 2.0 * (order + 1 - derivative)
    return Pieces(
        (2 * derivative + 1) * width ** (2 * derivative + 1) * variance,
        np.sqrt(gap) * constant * slope,
        gap * doubt,
    )


@dataclass(frozen=True)
class Bandwidths:
    """How far the local line reaches, and the polynomial of its bias."""

    main: float
    bias: float


def choose_bandwidths(left: LimitSide, right: LimitSide, order: int = 1) -> Bandwidths:
    """Return the bandwidths with the least mean squared error of the difference at the limit.

    One for both sides. Calonico, Cattaneo, Farrell and Titiunik (2017), `mserd`: triangular kernel,
    nearest-neighbour variance, regularised.
    """
    both = np.concatenate([left.distance, right.distance])
    farthest = max(abs(float(left.distance[0])), abs(float(right.distance[-1])))
    spread = min(
        float(np.std(both, ddof=1)), float(np.subtract(*np.quantile(both, [0.75, 0.25]))) / 1.349
    )
    different = left.values + right.values
    pilot = min(PILOT * spread * different**-0.2, farthest)
    # Preliminary bandwidths must not fall between repeated values; the final ones are then what
    # they are.
    repeated = any(1.0 - side.values / len(side.distance) >= REPEATED for side in (left, right))
    least = max(_reach(left), _reach(right)) if repeated else 0.0
    pilot = max(pilot, least)

    def width(
        degree: int,
        derivative: int,
        bias_degree: int,
        bias_widths: tuple[float, float],
        regular: bool,
    ) -> float:
        parts = [
            examine(side, degree, derivative, bias_degree, pilot, bias_width, regular)
            for side, bias_width in zip((left, right), bias_widths, strict=True)
        ]
        bias = (parts[1].bias - parts[0].bias) ** 2 + (parts[0].doubt + parts[1].doubt)
        found = ((parts[0].variance + parts[1].variance) / max(bias, 1e-300)) ** (
            1.0 / (2 * degree + 3)
        )
        return min(float(found), farthest)

    second = order + 1
    ends = (abs(float(left.distance[0])) + 1e-8, abs(float(right.distance[-1])) + 1e-8)
    first = max(width(second + 1, second + 1, second + 2, ends, False), least)
    bias = width(second, second, second + 1, (first, first), True)
    return Bandwidths(width(order, 0, second, (bias, bias), True), bias)


def _reach(side: LimitSide) -> float:
    values = np.sort(np.unique(np.abs(side.distance)))
    return float(values[min(MIN_VALUES, len(values)) - 1]) * (1.0 + 1e-8)
