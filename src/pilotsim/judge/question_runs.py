"""What the measure of a question came to in many replications."""

from __future__ import annotations

from dataclasses import dataclass

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.quantity import Quantity
from pilotsim.measures.measures import RestsOn
from pilotsim.runs.batches import Outcome


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

    def of(self, replications: Ints) -> QuestionRuns:
        """Return the same in some of the replications."""
        return QuestionRuns(*(own[replications] for own in (*self.numbers, self.bounds)))

    @property
    def rests_on(self) -> RestsOn:
        """What the measure rests on in a run on average."""
        return RestsOn.over(self.base, self.left_out, self.waiting, self.beyond)

    @classmethod
    def of_outcome(cls, outcome: Outcome, column: int, bound: Quantity) -> QuestionRuns:
        """Return what an outcome says of a measure, by its column, and of a bound."""
        support = outcome.support
        return cls(
            outcome.values[:, column],
            support.base[:, column],
            support.left_out[:, column],
            support.waiting[:, column],
            support.beyond[:, column],
            outcome.counterfactual[:, column],
            outcome.bound_of(bound),
        )
