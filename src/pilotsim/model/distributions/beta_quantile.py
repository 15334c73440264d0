"""The quantile of a beta distribution whose two shapes add up to 2, as odds.

It is the distribution of the share of log-logistic durations that are shorter than one met in
mid-stay. The share below is a power series with terms above 0 alone (Abramowitz and Stegun 26.5.4),
from whichever end is nearer; the quantile follows by Newton's steps for the logarithm of the share.
How precise it is: `docs/elementary.md`.
"""

from __future__ import annotations

from pilotsim.base.elementary import exp, log, sine_of_half_turns
from pilotsim.base.polynomials import PI

SETTLED = 1e-9
MAX_NEWTON_STEPS = 100


def beta_odds(t: float, u: float) -> float:
    """Return x / (1 - x) for the quantile x at `u` of a beta of the shapes 1 + t and 1 - t.

    Parameters
    ----------
    t : float
        Strictly between 0 and 1.
    u : float
        Strictly between 0 and 1.
    """
    # The beta function of 1 + t and 1 - t is that of the two gamma functions, πt / sin πt.
    log_beta = log(PI * t / sine_of_half_turns(t))
    half = exp(_log_share(1.0 + t, 0.5, log_beta))
    if u <= half:
        x = _quantile_below_half(1.0 + t, log(u), log_beta)
        return x / (1.0 - x)
    x = _quantile_below_half(1.0 - t, log(1.0 - u), log_beta)
    return (1.0 - x) / x


def _quantile_below_half(shape: float, log_u: float, log_beta: float) -> float:
    """Return where the logarithm of the share below is `log_u`, up to a half.

    The logarithm of the share is concave in that of x, so that steps from the left never leave it.
    """
    y = min((log_u + log(shape) + log_beta) / shape, log(0.5))
    for _ in range(MAX_NEWTON_STEPS):
        x = exp(y)
        slope = (1.0 - x) * _series(shape, x) / shape
        moved = (log_u - _log_share(shape, x, log_beta)) * slope
        y = min(y + moved, log(0.5))
        if abs(moved) <= SETTLED:
            break
    return exp(y)


def _log_share(shape: float, x: float, log_beta: float) -> float:
    """Return the logarithm of the share below `x` of a beta of `shape` and 2 - `shape`."""
    other = 2.0 - shape
    return shape * log(x) + other * log(1.0 - x) + log(_series(shape, x) / shape) - log_beta


def _series(shape: float, x: float) -> float:
    """Return 1 + 2x / (a + 1) + 2·3 x² / ((a + 1)(a + 2)) + ..., with a for the shape."""
    term = 1.0
    whole = 1.0
    n = 0.0
    while term > 1e-17 * whole:
        n += 1.0
        term *= x * (n + 1.0) / (shape + n)
        whole += term
    return whole
