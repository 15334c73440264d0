"""Whether clients pile up on one side of a limit: somebody chose his side.

Source: Cattaneo, Jansson and Ma, Journal of the American Statistical Association 115 (2020)
1449-1455: the density on each side as the slope of a local polynomial of the empirical distribution
function, the test with one order more than the bandwidth is best for. After McCrary, Journal of
Econometrics 142 (2008) 698-714.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from pilotsim.base.amounts import Amount, PValue, Share
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_column
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.estimators.local_polynomial import PILOT, LimitSide, local_weights

# The bandwidth is best for a polynomial of this order; the test uses one more.
ORDER = 2
MIN_CLIENTS = 30
# More repeated values than this make the running variable a table of counts rather than a density.
MAX_REPEATED = 0.8
# An effect of so many standard errors is found four times in five: the 97.5 % and the 80 % point of
# the normal distribution together.
SEEN = 2.80


@dataclass(frozen=True, eq=False)
class Jump:
    """The density on both sides of a limit.

    Parameters
    ----------
    left, right : float
        Share of clients per unit of the running variable, just below and just above.
    error : float
        Standard error of the difference.
    widths : tuple of float
        How far was looked below and above.
    """

    left: float
    right: float
    error: float
    widths: tuple[float, float]

    @property
    def t(self) -> float:
        """The difference in standard errors."""
        return (self.right - self.left) / self.error


def check_density(
    running: ArrayLike,
    limit: float,
    *,
    width: float | tuple[float, float] | None = None,
    level: float = 0.05,
) -> AssumptionCheck:
    """Return whether the density of clients runs on smoothly at a limit.

    Passed where the two-sided p-value is above `level`. With few clients or coarse values it sees
    little, and says so.

    Parameters
    ----------
    running : array, shape (clients,)
        What the limit is on; NaN is left out.
    limit : float
        The limit.
    width : float or tuple of two, optional
        A bandwidth of one's own, for both sides or for each.
    level : float
        Significance level.

    Raises
    ------
    EstimationError
        Fewer than 30 clients lie on a side, or values repeat so much that there is no density.
    """
    jump = measure_jump(running, limit, width=width)
    p = float(2.0 * ndtr(-abs(jump.t)))
    passed = p > level
    parts = {
        "left": Amount(jump.left),
        "right": Amount(jump.right),
        "z": Amount(jump.t),
        "p": PValue(p),
        "jump": Share(SEEN * jump.error / max(0.5 * (jump.left + jump.right), 1e-12)),
    }
    if passed:
        text = Message(
            "The density is {left} just below the limit and {right} just above (z = {z:.2f}, "
            "p {p:.3f}): no sign that clients choose their side. A jump of {jump} of the density "
            "would have been seen four times in five.",
            **parts,
        )
    else:
        text = Message(
            "The density is {left} just below the limit and {right} just above (z = {z:.2f}, "
            "p {p:.3f}): clients pile up on one side, so the comparison is in doubt. A jump of "
            "{jump} of the density would have been seen four times in five.",
            **parts,
        )
    return AssumptionCheck("density", passed, jump.t, text)


def measure_jump(
    running: ArrayLike, limit: float, *, width: float | tuple[float, float] | None = None
) -> Jump:
    """Return the densities on both sides of a limit; arguments as for `check_density`."""
    x = as_column(running, "running")
    distance = np.sort(x[~np.isnan(x)] - limit)
    for side, name in (
        (distance[distance < 0.0], Message("below")),
        (distance[distance >= 0.0], Message("above")),
    ):
        if len(side) < MIN_CLIENTS:
            raise EstimationError(
                Message(
                    "{count} clients lie {name} the limit; a density needs at least {least}",
                    count=len(side),
                    name=name,
                    least=MIN_CLIENTS,
                )
            )
    if 1.0 - len(np.unique(distance)) / len(distance) > MAX_REPEATED:
        raise EstimationError(
            Message(
                "the running variable has few different values, so there is no density; give it in "
                "days"
            )
        )
    widths = _widths(distance, width)
    parts = [
        _slope(distance, upper, ORDER + 1, reach)
        for upper, reach in zip((False, True), widths, strict=True)
    ]
    gap = parts[1].influence - parts[0].influence
    return Jump(parts[0].density, parts[1].density, float(np.sqrt(gap @ gap)), widths)


def _widths(distance: Floats, width: float | tuple[float, float] | None) -> tuple[float, float]:
    if width is None:
        return _choose(distance, False), _choose(distance, True)
    return width if isinstance(width, tuple) else (width, width)


@dataclass(frozen=True, eq=False)
class DensitySlope:
    """A density at the limit; what each client contributes to it.

    The coefficients of the polynomial.
    """

    density: float
    influence: Floats
    coefficients: Floats
    constant: float


def _slope(distance: Floats, upper: bool, order: int, width: float) -> DensitySlope:
    """Return the local polynomial of the distribution function on one side.

    A client's contribution is how far the function of his own, a step where he is, lies from that
    of all.
    """
    number = len(distance)
    share = np.searchsorted(distance, distance, side="right") / number
    inside = (distance >= 0.0) if upper else (distance < 0.0)
    weights = np.zeros((order + 1, number))
    weights[:, inside] = local_weights(LimitSide(distance[inside], share[inside]), order, width)
    row = weights[1]
    # The weights of all places at or beyond each client's own: his step is 1 there.
    from_here = np.cumsum(row[::-1])[::-1][np.searchsorted(distance, distance, side="left")]
    influence = (from_here - row @ share) / number
    constant = float(row @ distance ** (order + 1))
    return DensitySlope(float(row @ share), influence, weights @ share, constant)


def _choose(distance: Floats, upper: bool) -> float:
    """Return the bandwidth with the least mean squared error of the density on one side."""
    ends = float(distance[-1]) if upper else -float(distance[0])
    spread = min(
        float(np.std(distance)), float(np.subtract(*np.quantile(distance, [0.75, 0.25]))) / 1.349
    )
    side = np.sort(np.abs(distance[(distance >= 0.0) if upper else (distance < 0.0)]))
    least = float(side[min(MIN_CLIENTS, len(side)) - 1]) * (1.0 + 1e-8)
    pilot = min(max(PILOT * spread * len(distance) ** -0.2, least), ends * (1.0 + 1e-8))
    plain = _slope(distance, upper, ORDER, pilot)
    curved = _slope(distance, upper, ORDER + 1, ends * (1.0 + 1e-8))
    variance = float(plain.influence @ plain.influence)
    # Bias per power of the width; what is not known of it counts as bias too.
    constant = plain.constant / pilot**ORDER
    slope = float(curved.coefficients[ORDER + 1])
    doubt = 3.0 * constant**2 * variance / pilot ** (2 * ORDER)
    width = (variance * pilot / (2 * ORDER * ((constant * slope) ** 2 + doubt))) ** (
        1.0 / (2 * ORDER + 1)
    )
    return min(max(float(width), least), ends * (1.0 + 1e-8))
