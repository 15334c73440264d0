"""A flow run beside others with the same clients, and all that is judged of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotsim.base.arrays import Floats
from pilotsim.judge.economy import (
    EconomyResultSet,
    economy_measures,
    money_by_run,
    work_out_economy,
)
from pilotsim.judge.effect_totals import EffectTotals, effect_measures, effect_totals
from pilotsim.judge.judging import judge_all
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import TargetReading, Verdict, questions_of
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Outcome, Variant

__all__ = ["JudgedPlan", "PlanToRun"]


@dataclass(frozen=True)
class JudgedPlan:
    """What a flow came to.

    Parameters
    ----------
    verdicts : tuple of Verdict
        One for each target and reading.
    runs : mapping of str to QuestionRuns
        What each measured question came to in each replication, by its name.
    effect : EffectTotals or None
        What the programme changes; None where the flow counts nobody.
    economy : EconomyResultSet or None
        What it costs; None where the flow does not say.
    money : mapping of str to ndarray, shape (replications,)
        What is spent in all, and the net cost, in each replication; see `money_by_run`.
    """

    verdicts: tuple[Verdict, ...]
    runs: Mapping[str, QuestionRuns]
    effect: EffectTotals | None
    economy: EconomyResultSet | None
    money: Mapping[str, Floats]


@dataclass(frozen=True)
class PlanToRun:
    """A flow to be run with the programme and without, and judged.

    Parameters
    ----------
    name : str
        What tells it from all others that are run with it.
    flow : Flow
        The flow.
    fixed : bool
        Whether all assumptions stand at their values.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.
    """

    name: str
    flow: Flow
    fixed: bool = False
    engine: str | None = None

    def _asked(self) -> list[TargetReading]:
        return [one for one in questions_of(self.flow) if one.measure is not None]

    def as_variant(self) -> Variant:
        """Return it as it is run, with all that is measured in it."""
        return Variant(
            self.name,
            self.flow,
            fixed=self.fixed,
            with_counterfactual=True,
            engine=self.engine,
            measures=[
                *(one.measure for one in self._asked() if one.measure is not None),
                *effect_measures(self.flow),
                *economy_measures(self.flow),
            ],
        )

    def judged(self, outcome: Outcome, seed: int) -> JudgedPlan:
        """Return what it came to.

        Parameters
        ----------
        outcome : Outcome
            Of its runs.
        seed : int
            That of the runs.
        """
        asked = self._asked()
        parts = (asked, effect_measures(self.flow), economy_measures(self.flow))
        main, states, costs = outcome.apart(*(len(part) for part in parts))
        questions = list(questions_of(self.flow))
        runs = {
            question.name: QuestionRuns.of_outcome(main, column, question.bound)
            for column, question in enumerate(asked)
        }
        own = [runs.get(question.name) for question in questions]
        variant = self.as_variant()
        return JudgedPlan(
            tuple(judge_all(self.flow, questions, own, engine=self.engine)),
            runs,
            effect_totals(self.flow, states.values, states.counterfactual, variant, seed),
            work_out_economy(self.flow, costs),
            money_by_run(self.flow, costs),
        )
