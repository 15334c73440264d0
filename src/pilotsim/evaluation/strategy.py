"""Answer strategies: which estimator answers which inquiry, and the clients it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.statistics import mean_of_known
from pilotsim.base.text import Text
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.estimands import Estimand, reduce_outcome, with_trait
from pilotsim.evaluation.lots import Lots, find_lots
from pilotsim.evaluation.register import Panel


@dataclass(frozen=True)
class StrategySample:
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
    rule : DataStrategy or None
        Who was offered the programme when, as it was designed.
    """

    panel: Panel
    arm: Floats
    block: Floats
    listed: int
    rule: DataStrategy | None = None

    @cached_property
    def lots(self) -> Lots | None:
        """How chance set the arms apart; None where it did not, or nobody says how it was."""
        return find_lots(self.rule, self.panel, self.arm, self.block, self.listed)

    def among(self, traits: Mapping[str, bool | str]) -> StrategySample:
        """Return the sample of those clients who have some traits.

        Raises
        ------
        RequestError
            The register shows no such trait, or it has no such category.
        """
        if not traits:
            return self
        parts = [with_trait(self.panel, name, wanted) for name, wanted in traits.items()]
        return self.take(np.logical_and.reduce(parts))

    def beside(self, traits: Mapping[str, bool | str]) -> StrategySample:
        """Return the sample of those who lack one of some traits; not of whom that is unknown.

        Raises
        ------
        RequestError
            The register shows no such trait, or it has no such category.
        """
        parts = [with_trait(self.panel, name, wanted) for name, wanted in traits.items()]
        known = [~np.isnan(self.panel.traits[name]) for name in traits]
        return self.take(np.logical_and.reduce(known) & ~np.logical_and.reduce(parts))

    def take(self, clients: Bools) -> StrategySample:
        """Return the sample of some of the clients."""
        return replace(
            self,
            panel=self.panel.select(clients),
            arm=self.arm[clients],
            block=self.block[clients],
        )

    def outcome(self, estimand: Estimand) -> Floats:
        """Return each client's outcome, shape (clients,); NaN where it is not known."""
        return reduce_outcome(self.panel, estimand, np.maximum(self.listed, self.panel.entered))

    def started_within(self, months: int) -> Floats:
        """Return who started the programme within so many months: 1 or 0, shape (clients,).

        Raises
        ------
        EstimationError
            The register does not say who did.
        """
        return (self.starts() < self.listed + months).astype(np.float64)

    def starts(self) -> Floats:
        """Return the month in which each client started, infinity for never, shape (clients,).

        Raises
        ------
        EstimationError
            The register does not say.
        """
        if not self.panel.shows_starts:
            raise EstimationError(
                Message(
                    "the register does not say who started the programme: the column '{column}' "
                    "is missing or empty",
                    column="started",
                )
            )
        return self.panel.started

    def before(self, outcome: str, months: int) -> Floats:
        """Return each client's mean outcome over so many months before listing.

        NaN where none is known.
        """
        first = max(0, self.listed - months)
        return mean_of_known(self.panel.outcome(outcome)[:, first : self.listed])

    def covariates(self, names: tuple[str, ...]) -> Floats | None:
        """Return observed traits as columns.

        A trait with categories gives one for each but the first.
        """
        columns: list[Floats] = []
        for name in names:
            if name not in self.panel.traits:
                raise RequestError(
                    Message(
                        "the register shows no trait '{name}'{meant}",
                        name=name,
                        meant=did_you_mean(name, self.panel.traits),
                    )
                )
            trait = self.panel.traits[name]
            others = range(1, len(self.panel.categories.get(name, ())))
            columns += (
                [np.where(np.isnan(trait), np.nan, trait == k) for k in others]
                if others
                else [trait]
            )
        return np.column_stack(columns) if columns else None


@dataclass(frozen=True)
class Strategy:
    """An answer strategy; `pilotsim.evaluation.estimators.make_strategy` checks it.

    Parameters
    ----------
    name : str
        What it is called in results.
    estimator : str
        The name of a registered estimator.
    estimand : Estimand
        What it is to answer.
    covariates : tuple of str
        Observed traits that are adjusted for.
    compare : str
        `arms`, or `started`: who started the programme within the months asked for, with who did
        not.
    level : float
        Of the interval.
    options : mapping
        Further options of the estimator.
    says : Text or None
        What it is, for people; its name, unless said.
    code : tuple of str or None
        Of an estimator of one's own: its module, where that stands, and its version.
    outcome_code : tuple of str or None
        The same of an outcome of one's own.
    """

    name: str
    estimator: str
    estimand: Estimand
    covariates: tuple[str, ...] = ()
    compare: str = "arms"
    level: float = 0.95
    options: Mapping[str, Any] = field(default_factory=dict)
    says: Text | None = None
    code: tuple[str, str, str] | None = None
    outcome_code: tuple[str, str, str] | None = None

    def says_in(self, language: str) -> str:
        """Return what it is, for people."""
        return self.says.in_language(language) if self.says else self.name

    def treated(self, sample: StrategySample) -> Floats:
        """Return whom the strategy takes for treated, shape (clients,).

        Raises
        ------
        EstimationError
            It compares who started, and the register does not say who did.
        """
        if self.compare == "arms":
            return sample.arm
        return sample.started_within(self.estimand.months)
