"""Newton's method on a concave likelihood, with steps cut by halves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message

ROUNDS = 60
HALVINGS = 30
TOLERANCE = 1e-10
# With less information than this in all about some combination of covariates, its coefficient (per
# standard deviation) has a standard error of 100 or more: it is on its way to infinity.
MIN_INFORMATION = 1e-4


class NewtonPoint(Protocol):
    """A log-likelihood at some coefficients, with its first and negative second derivatives."""

    @property
    def value(self) -> float:
        """Log-likelihood."""

    @property
    def score(self) -> Floats:
        """First derivatives, shape (coefficients,)."""

    @property
    def information(self) -> Floats:
        """Negative second derivatives, shape (coefficients, coefficients)."""


P = TypeVar("P", bound=NewtonPoint)


def climb(look: Callable[[Floats], P], columns: int, flat: str) -> tuple[Floats, P]:
    """Return where the score is zero, and the likelihood there.

    Parameters
    ----------
    look : callable
        The likelihood at given coefficients; covariates should have a standard deviation near 1.
    columns : int
        How many coefficients there are.
    flat : str
        What to say where the likelihood does not bend in some direction: coefficients run off to
        infinity there.

    Raises
    ------
    EstimationError
        The likelihood is flat in some direction, or no maximum was found.
    """
    coefficients = np.zeros(columns)
    here = look(coefficients)
    for _ in range(ROUNDS):
        if (
            not np.isfinite(here.information).all()
            or np.linalg.eigvalsh(here.information)[0] < MIN_INFORMATION
        ):
            raise EstimationError(flat)
        step = np.asarray(np.linalg.solve(here.information, here.score), np.float64)
        if np.abs(step).max() < TOLERANCE * (1.0 + np.abs(coefficients).max()):
            return coefficients, here
        for halving in range(HALVINGS):
            end = coefficients + step * 0.5**halving
            there = look(end)
            if there.value >= here.value - 1e-10 * abs(here.value):
                break
        coefficients = end
        here = there
    raise EstimationError(
        Message(
            "no maximum of the likelihood was found in {steps} steps; use fewer covariates",
            steps=ROUNDS,
        )
    )
