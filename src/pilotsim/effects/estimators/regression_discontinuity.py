"""Regression discontinuity: those just under a limit of age against those just over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_column
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.local_polynomial import (
    Bandwidths,
    LimitSide,
    choose_bandwidths,
    local_weights,
    make_side,
    neighbour_freedom,
    neighbour_residuals,
)

# Fewer clients than this on a side carry no local line with a bias of its own.
MIN_CLIENTS = 20
# Fewer different values than this within the bandwidth make the running variable a few groups
# rather than a line.
FEW_VALUES = 10


@dataclass(frozen=True, eq=False)
class Discontinuity:
    """A jump at a limit, with and without correction for the bias of the local line.

    Parameters
    ----------
    conventional, conventional_error : float
        The jump of the local lines and its standard error, as if lines had no bias.
    corrected, robust_error : float
        The jump less its estimated bias, and the standard error that counts that estimate.
    freedom : float
        Degrees of freedom of that error.
    widths : Bandwidths
        How far was looked.
    left, right : int
        Clients within the main bandwidth, below and above the limit.
    below, above : int
        All clients below and above it.
    values : int
        Different values of the running variable within it, on the side that has fewer.
    notes : tuple of str
        What was left out.
    """

    conventional: float
    conventional_error: float
    corrected: float
    robust_error: float
    freedom: float
    widths: Bandwidths
    left: int
    right: int
    below: int
    above: int
    values: int
    notes: tuple[str, ...]


def estimate_discontinuity(
    outcome: ArrayLike,
    running: ArrayLike,
    limit: float,
    *,
    treated_below: bool = False,
    width: float | None = None,
    bias_width: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the jump of the outcome at a limit, corrected for the bias of local lines.

    Estimand: mean effect, on those exactly at the limit, of being on the side that is offered the
    programme. Assumption: nothing else changes at the limit; nobody can choose his side
    (`check_density`); without the programme the outcome would run on smoothly. Standard error:
    robust to the estimated bias, by nearest neighbours; t with its degrees of freedom, which are
    few where few clients are near the limit (some 15 of 100, 40 of 250). Local lines, a triangular
    kernel, the bandwidth that minimises the mean squared error. The estimate is the bias-corrected
    one, which the interval is centred on; the conventional one stands in a note. Source: Calonico,
    Cattaneo and Titiunik, Econometrica 82 (2014) 2295-2326.

    Parameters
    ----------
    outcome, running : array, shape (clients,)
        The outcome (NaN unknown: left out); what the limit is on, such as age at referral in years.
    limit : float
        Those with this value or more are above it.
    treated_below : bool
        Whether those below are offered the programme, as under an upper limit of age.
    width, bias_width : float, optional
        Bandwidths of one's own; the second is the first where only that is given.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        A side has fewer than 20 clients, or too few different values within the bandwidth.
    """
    found = fit_discontinuity(
        outcome, running, limit, treated_below=treated_below, width=width, bias_width=bias_width
    )
    return conclude(
        "discontinuity",
        "mean effect on those at the limit",
        found.corrected,
        found.robust_error,
        freedom=found.freedom,
        level=level,
        clients=found.left + found.right,
        notes=(*found.notes, *_describe(found)),
    )


def fit_discontinuity(
    outcome: ArrayLike,
    running: ArrayLike,
    limit: float,
    *,
    treated_below: bool = False,
    width: float | None = None,
    bias_width: float | None = None,
) -> Discontinuity:
    """Return the jump with all its parts; arguments as for `estimate_discontinuity`."""
    y = as_column(outcome, "outcome")
    x = as_column(running, "running")
    if len(y) != len(x):
        raise EstimationError(
            Message(
                "running: {expected} numbers were expected, as for the outcome; found {found}",
                expected=len(y),
                found=len(x),
            )
        )
    known = ~(np.isnan(y) | np.isnan(x))
    notes = (
        ()
        if known.all()
        else (
            Message(
                "{missing} of {clients} clients lack the outcome or the value and are left out",
                missing=int((~known).sum()),
                clients=len(y),
            ),
        )
    )
    distance = x[known] - limit
    y = y[known]
    below = distance < 0.0
    left = make_side(distance[below], y[below])
    right = make_side(distance[~below], y[~below])
    for side, name in ((left, Message("below")), (right, Message("above"))):
        if len(side.distance) < MIN_CLIENTS:
            raise EstimationError(
                Message(
                    "{count} clients lie {name} the limit; a local line needs at least {least}",
                    count=len(side.distance),
                    name=name,
                    least=MIN_CLIENTS,
                )
            )
    widths = _widths(left, right, width, bias_width)
    jumps = [_jump(side, widths) for side in (left, right)]
    sign = -1.0 if treated_below else 1.0
    near = [side.within(widths.main) for side in (left, right)]
    squares = [jump.robust_error**2 for jump in jumps]
    # Of a sum of two variances (Welch, Biometrika 34, 1947).
    doubt = sum(one**2 / jump.freedom for one, jump in zip(squares, jumps, strict=True))
    freedom = sum(squares) ** 2 / doubt if doubt > 0.0 else float("inf")
    return Discontinuity(
        sign * (jumps[1].plain - jumps[0].plain),
        float(np.hypot(jumps[0].plain_error, jumps[1].plain_error)),
        sign * (jumps[1].corrected - jumps[0].corrected),
        float(np.hypot(jumps[0].robust_error, jumps[1].robust_error)),
        freedom,
        widths,
        len(near[0].distance),
        len(near[1].distance),
        len(left.distance),
        len(right.distance),
        min(near[0].values, near[1].values),
        notes,
    )


@dataclass(frozen=True)
class Intercept:
    """The height of one side at the limit: plain, corrected for bias, and their standard errors.

    With the degrees of freedom of the latter.
    """

    plain: float
    plain_error: float
    corrected: float
    robust_error: float
    freedom: float


def _widths(
    left: LimitSide, right: LimitSide, width: float | None, bias_width: float | None
) -> Bandwidths:
    if width is None:
        return choose_bandwidths(left, right)
    if not width > 0.0 or (bias_width is not None and not bias_width > 0.0):
        raise EstimationError(
            Message(
                "width: a positive number was expected, in the unit of the running variable; found "
                "{width}",
                width=Amount(width),
            )
        )
    return Bandwidths(width, width if bias_width is None else bias_width)


def _jump(side: LimitSide, widths: Bandwidths) -> Intercept:
    near = side.within(max(widths.main, widths.bias))
    line = local_weights(near, 1, widths.main)[0]
    curve = local_weights(near, 2, widths.bias)[2]
    # A line misses the curvature times the mean of squared distances, as it weighs them.
    corrected = line - float(line @ near.distance**2) * curve
    residuals = neighbour_residuals(near)
    errors = [float(np.sqrt(np.sum((row * residuals) ** 2))) for row in (line, corrected)]
    return Intercept(
        float(line @ near.outcome),
        errors[0],
        float(corrected @ near.outcome),
        errors[1],
        neighbour_freedom(near, corrected),
    )


def _describe(found: Discontinuity) -> tuple[str, ...]:
    notes: tuple[str, ...] = (
        Message(
            "local lines within {main} of the limit ({left} of {below} clients below, {right} of "
            "{above} clients above), bias from within {bias}; conventional estimate {conventional} "
            "({conventional_error})",
            main=Amount(found.widths.main),
            left=found.left,
            below=found.below,
            right=found.right,
            above=found.above,
            bias=Amount(found.widths.bias),
            conventional=Amount(found.conventional),
            conventional_error=Amount(found.conventional_error),
        ),
    )
    if found.values < FEW_VALUES:
        notes += (
            Message(
                "only {values} different values within the bandwidth on one side: the line "
                "between them is an assumption",
                values=found.values,
            ),
        )
    return notes
