"""Answer strategies: from a panel to the arrays of an estimator, and back to an `Effect`; the same for real data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.errors import EstimationError, RequestError, did_you_mean
from pilotsim.estimands import Estimand, reduce_outcome
from pilotsim.evaluation.effects import Effect
from pilotsim.registry import Panel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """What an answer strategy works on: never more than a real extract and its plan would give.

    Parameters
    ----------
    panel : Panel
        What the register shows of the clients in either arm.
    arm : ndarray of float, shape (clients,)
        1 for offered, 0 for compared with.
    block : ndarray of float, shape (clients,)
        The block in which lots were drawn.
    listed : int
        The month from which time counts.
    """

    panel: Panel
    arm: Floats
    block: Floats
    listed: int

    def outcome(self, estimand: Estimand) -> Floats:
        """Return each client's outcome, shape (clients,); NaN where it is not known."""
        return reduce_outcome(self.panel, estimand, np.maximum(self.listed, self.panel.entered))

    def covariates(self, names: tuple[str, ...]) -> Floats | None:
        """Return observed traits as columns; a trait with categories gives one for each but the first."""
        columns: list[Floats] = []
        for name in names:
            if name not in self.panel.traits:
                raise RequestError(f"the register shows no trait '{name}'{did_you_mean(name, self.panel.traits)}")
            trait = self.panel.traits[name]
            others = range(1, len(self.panel.categories.get(name, ())))
            columns += [np.where(np.isnan(trait), np.nan, trait == k) for k in others] if others else [trait]
        return np.column_stack(columns) if columns else None


@dataclass(frozen=True)
class Strategy:
    """An answer strategy, ready to be asked.

    Parameters
    ----------
    name : str
        What it is called in results.
    estimator : str
        A name in `ESTIMATORS`.
    estimand : Estimand
        What it is to answer.
    covariates : tuple of str
        Observed traits that are adjusted for.
    compare : str
        `arms`, or `started`: who started the programme within the months asked for, with who did not.
    level : float
        Of the interval.
    options : mapping
        Further options of the estimator.
    """

    name: str
    estimator: str
    estimand: Estimand
    covariates: tuple[str, ...] = ()
    compare: str = "arms"
    level: float = 0.95
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            raise RequestError(f"no estimator '{self.estimator}'{did_you_mean(self.estimator, ESTIMATORS)}")

    def ask(self, sample: Sample) -> Effect:
        """Return the estimated effect.

        Raises
        ------
        EstimationError
            The estimator cannot work on these data; says why.
        """
        try:
            return ESTIMATORS[self.estimator](sample, self)
        except (np.linalg.LinAlgError, FloatingPointError) as fault:
            raise EstimationError(f"{self.estimator}: the arithmetic broke down ({fault})") from fault

    def treated(self, sample: Sample) -> Floats:
        """Return whom the strategy takes for treated, shape (clients,)."""
        if self.compare == "arms":
            return sample.arm
        return (sample.panel.started < sample.listed + self.estimand.months).astype(np.float64)


def _difference(sample: Sample, strategy: Strategy) -> Effect:
    from pilotsim.evaluation.estimators.difference import estimate_difference

    y, arm = sample.outcome(strategy.estimand), strategy.treated(sample)
    return estimate_difference(y, arm, level=strategy.level, **strategy.options)


def _before_after(sample: Sample, strategy: Strategy) -> Effect:
    """Return the change since listing among the offered, as pilots are often judged: no comparison at all."""
    from pilotsim.evaluation.effects import conclude

    arm = strategy.treated(sample) == 1.0
    after = sample.outcome(strategy.estimand)[arm]
    before = sample.panel.outcome(strategy.estimand.outcome)[arm, sample.listed]
    change = (after - before)[~np.isnan(after - before)]
    if len(change) < 2:
        raise EstimationError("before and after: fewer than two clients have both an outcome before and one after")
    error = float(change.std(ddof=1)) / np.sqrt(len(change))
    return conclude("before_after", "change since listing among the offered", float(change.mean()), error,
                    freedom=len(change) - 1, level=strategy.level, clients=len(change))  # fmt: skip


ESTIMATORS: dict[str, Callable[[Sample, Strategy], Effect]] = {"difference": _difference, "before_after": _before_after}
