"""What a calibration found: values with intervals, what stays open, and what was held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import chdtrc

from pilotsim.base.arrays import Floats
from pilotsim.base.from_above import Shown
from pilotsim.base.grades import Grade, GradeScale
from pilotsim.base.quantity import Quantity
from pilotsim.judge.validation import PublishedComparison
from pilotsim.model.flow import Flow

FITTED, PARTLY, OPEN = "fitted", "partly", "open"
SETTLEDNESS = GradeScale(
    Grade(FITTED, 1, "fair", phrase="settled"),
    Grade(PARTLY, 2, "doubtful"),
    Grade(OPEN, 3, "bad", falls_short=True, phrase="left_open"),
)
# A width left, as a share of what the range alone gives: below a third the figures settle a value,
# above four fifths they do not.
SETTLED, UNSETTLED = 1 / 3, 0.8
TOGETHER = 0.8  # a correlation from which two values are said to be told apart badly


@dataclass(frozen=True)
class FittedParameter:
    """An assumption that was fitted.

    Parameters
    ----------
    path : str
        Where it stands in the flow file.
    before : Quantity
        What the file says.
    number, low, high : float
        The posterior's mean, and its 5 % and 95 % quantiles, in the base unit.
    width : float
        The posterior's standard deviation divided by that of the range: 1 where nothing was
        learned.
    """

    path: str
    before: Quantity
    number: float
    low: float
    high: float
    width: float

    @property
    def word(self) -> str:
        """Whether the figures settle it: `fitted`, `partly` or `open`."""
        if self.width < SETTLED:
            return FITTED
        return OPEN if self.width > UNSETTLED else PARTLY

    @property
    def grade(self) -> Grade:
        """The place of its word among those of `SETTLEDNESS`."""
        return SETTLEDNESS[self.word]


@dataclass(frozen=True)
class Direction:
    """A way in which the values can move together without the figures noticing.

    Parameters
    ----------
    width : float
        How much of the spread that the ranges have in this direction is left.
    weights : mapping of str to float
        By how much of its range each value moves, the largest 1; those that hardly move left out.
    """

    width: float
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Calibration(Shown):
    """What a calibration found.

    Parameters
    ----------
    flow : Flow
        What was fitted.
    parameters : tuple of FittedParameter
        The assumptions, as they were named.
    fitted_to : tuple of str
        The outputs that they were fitted to.
    correlations : ndarray, shape (parameters, parameters)
        Of the posterior.
    directions : tuple of Direction
        Those that the figures leave open, the widest first.
    misfit : float
        The weighted sum of squares at the best point; about the number of outputs less that of
        parameters where the model fits.
    surrogate_error : mapping of str to float
        By output: what the surrogate misses, in standard deviations of what the figure itself
        leaves open.
    effective : float
        How many equally weighted points the posterior rests on.
    comparisons : tuple of PublishedComparison
        Every observed output beside what the fitted flow comes to, with the values drawn from the
        posterior; those not in `fitted_to` were held out.
    seed, replications, runs : int
        How it was run: replications at each point, and runs in all.
    rows : ndarray, shape (rows, parameters)
        Values that were fitted together, each row as likely as any other, in base units.
    """

    flow: Flow
    parameters: tuple[FittedParameter, ...]
    fitted_to: tuple[str, ...]
    correlations: Floats
    directions: tuple[Direction, ...]
    misfit: float
    surrogate_error: Mapping[str, float]
    effective: float
    comparisons: tuple[PublishedComparison, ...]
    seed: int
    replications: int
    runs: int
    rows: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def fits_badly(self) -> bool:
        """Whether a model that fits would be so far off in less than one case in a hundred."""
        free = max(1, len(self.fitted_to) - len(self.parameters))
        return bool(chdtrc(free, self.misfit) < 0.01)

    @property
    def pairs(self) -> list[tuple[str, str, float]]:
        """The values that the figures can hardly tell apart, with their correlation."""
        names = [one.path for one in self.parameters]
        found = [
            (names[j], names[k], float(self.correlations[j, k]))
            for j in range(len(names))
            for k in range(j)
        ]
        return sorted(
            (pair for pair in found if abs(pair[2]) > TOGETHER), key=lambda pair: -abs(pair[2])
        )
