"""What the measure of a question came to in many replications."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.quantity import Quantity
from pilotsim.measures.measures import RestsOn
from pilotsim.runs.batches import Outcome, Support


@dataclass(frozen=True)
class QuestionRuns:
    """A measure in each replication, and what it is held against; each shape (replications,).

    Parameters
    ----------
    values, base, left_out, waiting, beyond : ndarray of float
        See `measures.measures.MeasuredRuns`.
    counterfactual : ndarray of float
        What the same clients come to without the programme; NaN where that was not run.
    bounds : ndarray of float
        The bound of the question.
    """

    values: Floats
    base: Floats
    left_out: Floats
    waiting: Floats
    beyond: Floats
    counterfactual: Floats
    bounds: Floats

    @property
    def numbers(self) -> tuple[Floats, ...]:
        """All but the bound, in the order in which compiled measures give them."""
        return (
            self.values,
            self.base,
            self.left_out,
            self.waiting,
            self.beyond,
            self.counterfactual,
        )

    @property
    def rests_on(self) -> RestsOn:
        """What the measure rests on in a run on average."""
        return RestsOn.over(self.base, self.left_out, self.waiting, self.beyond)

    @classmethod
    def of_outcome(cls, outcome: Outcome, column: int, bound: Quantity) -> QuestionRuns:
        """Return what an outcome says of a measure, by its column, and of a bound."""
        values, anyway = outcome.values[:, column], outcome.counterfactual[:, column]
        return cls.of_columns(values, anyway, outcome.support, column, outcome.bound_of(bound))

    @classmethod
    def of_columns(
        cls,
        values: Floats,
        counterfactual: Floats,
        support: Support | None,
        column: int,
        bounds: Floats,
        rows: Ints | slice = slice(None),
    ) -> QuestionRuns:
        """Return a measure's values with what they rest on, where that is known.

        Parameters
        ----------
        values, counterfactual : ndarray of float, shape (replications,)
            What the measure came to with the programme and without.
        support : Support or None
            What all measures rest on.
        column : int
            The column of the measure there.
        bounds : ndarray of float, shape (replications,)
            The bound.
        rows : ndarray of int or slice
            Which replications of the support these are; all, unless given.
        """
        if support is None:
            nothing = np.full(len(values), math.nan)
            return cls(
                values, nothing, nothing, nothing, np.zeros(len(values)), counterfactual, bounds
            )
        parts = (support.base, support.left_out, support.waiting, support.beyond)
        base, left_out, waiting, beyond = (part[rows, column] for part in parts)
        return cls(values, base, left_out, waiting, beyond, counterfactual, bounds)
