"""What a plan, this one or an earlier one, takes of the register: its questions and its answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.messages import Message
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.release.questions import (
    CellTable,
    Question,
    add_question,
    asked_of,
    questions_of,
    scope_of,
)
from pilotsim.evaluation.release.records import Precision
from pilotsim.evaluation.release.tellings import Telling, leaves_out, telling_of
from pilotsim.evaluation.strategy import Strategy, StrategySample

WITHHELD = Message(
    "not shown: it rests on so few clients, or tells so much of few others, that somebody could "
    "be known from it"
)
OTHERS = "the others"


@dataclass
class JudgedQuestion:
    """A question with how exactly what it asks may be told."""

    question: Question
    precision: Precision = "exact"
    reason: Message = WITHHELD


@dataclass
class TakenPlan:
    """What a plan takes of the register.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan.
    arm, listed, sample
        As in `Unreleased`.
    is_printed : bool
        Whether what it asks for is, or was, told of this very register.
    judged : dict of str to JudgedQuestion
        Its questions.
    others : dict of str to JudgedQuestion
        The same questions of those who lack a trait: the contrast of a subgroup tells them.
    tellings : dict of str to Telling
        Its answers, by name: the question, and what they hold apart.
    """

    plan: PreAnalysisPlan
    arm: Floats
    listed: Bools
    sample: StrategySample
    is_printed: bool = True
    judged: dict[str, JudgedQuestion] = field(default_factory=dict)
    others: dict[str, JudgedQuestion] = field(default_factory=dict)
    tellings: dict[str, Telling] = field(default_factory=dict)
    _names: dict[tuple[str, int, bool], str] = field(default_factory=dict)

    @property
    def chosen(self) -> Bools:
        """Who of the extract is in an arm."""
        return ~np.isnan(self.arm)

    def key(self, strategy: Strategy) -> str:
        """Return what tells questions apart."""
        own = strategy.estimand
        parts = (own.outcome, own.kind, own.months, strategy.compare, sorted(own.traits.items()))
        out = leaves_out(strategy, self.sample)
        return repr((*parts, out) if out else parts)

    def name(self, strategy: Strategy, *, others: bool = False) -> str:
        """Return what tells answers apart: the question, and what they hold apart."""
        return self._names[strategy.name, strategy.estimand.months, others]

    def telling(self, strategy: Strategy, *, others: bool = False) -> Telling:
        """Return what an answer tells."""
        return self.tellings[self.name(strategy, others=others)]

    def question(self, telling: Telling) -> JudgedQuestion:
        """Return what an answer, or a contrast, tells of."""
        if telling.question in self.judged:
            return self.judged[telling.question]
        return self.others[telling.question.removesuffix(f" {OTHERS}")]

    def add_questions(self, table: CellTable, least: int) -> None:
        """Add the cells of all that is asked, each month of a path by itself."""
        for strategy in self.plan.strategies():
            for own in questions_of(strategy):
                key = self.key(own)
                if key not in self.judged:
                    self.judged[key] = JudgedQuestion(
                        add_question(
                            table,
                            self.sample,
                            self.chosen,
                            own,
                            scope_of(self.plan),
                            is_printed=self.is_printed,
                        )
                    )
                self._add_telling(own, self.judged[key].question, least)

    def add_others(self, table: CellTable, told: frozenset[str], least: int) -> None:
        """Add what subgroups' contrasts tell: the same of those who lack the trait.

        Parameters
        ----------
        table : CellTable
            The table so far.
        told : frozenset of str
            The answers that were told before, by name.
        least : int
            The smallest count that may be shown.
        """
        for strategy in self.plan.strategies():
            if not strategy.estimand.traits:
                continue
            question = add_question(
                table,
                self.sample,
                self.chosen,
                strategy,
                scope_of(self.plan),
                others=True,
                is_printed=False,
            )
            name = self._add_telling(strategy, question, least, others=True)
            if self.is_printed and name in told:
                table.unprinted -= {*question.outcome_cells, *question.size_cells}
            self.others[self.key(strategy)] = JudgedQuestion(question)

    def _add_telling(
        self, strategy: Strategy, question: Question, least: int, *, others: bool = False
    ) -> str:
        found = telling_of(
            scope_of(self.plan),
            f"{self.key(strategy)} {OTHERS}" if others else self.key(strategy),
            strategy,
            self.sample,
            self.chosen,
            asked_of(self.sample, strategy.estimand, others=others),
            question.treated,
            question.outcome,
            least,
        )
        self.tellings.setdefault(found.key, found)
        self._names[strategy.name, strategy.estimand.months, others] = found.key
        return found.key
