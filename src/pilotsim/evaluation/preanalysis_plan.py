"""The pre-analysis plan: what is asked of the register and how, filed before the data arrive."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pilotsim import __version__
from pilotsim.base.errors import RegisterError, RequestError, did_you_mean, message_of
from pilotsim.base.messages import Message
from pilotsim.base.plain_functions import DIGITS
from pilotsim.base.quantity import QuantityFault, read_value
from pilotsim.evaluation.compared_arms import check_comparisons
from pilotsim.evaluation.designs import DESIGNS, DataStrategy, FirstDay, first_of_month
from pilotsim.evaluation.estimators import among_districts, check_under, known_estimators
from pilotsim.evaluation.evaluation_file import (
    CHECKS_SAY,
    CORRECTION_SAYS,
    LOOKS_SAY,
    Answer,
    Checks,
    Correction,
    EvaluationFile,
    Inquiry,
    Level,
    LooksPart,
    WorthPart,
    check_named,
    usual_checks,
)
from pilotsim.evaluation.filed_evaluation import FiledEvaluation
from pilotsim.evaluation.looks import LookSchedule, schedule_of
from pilotsim.evaluation.register.own_outcomes import own_outcome
from pilotsim.evaluation.strategy import Strategy
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import YamlDocument, parse, read_file
from pilotsim.model.fields import Count, Names, Real, Record, State, Words
from pilotsim.model.own_code import find_code

# What a plan's file is: in the first format, the order of its answers was no part of the hash.
FORMAT: Literal[2] = 2
# No effect is believed to be larger, in percentage points, months or kroner.
LARGEST = 1_000_000_000
SMALL_CELLS = 5  # counts below this are not shown, unless a plan asks for more
_WHOLE_HASH = re.compile(r"[0-9a-f]{64}")


class FiledBelief(Record):
    """What is believed of the effect before the data, as a plan holds it."""

    above: tuple[Real, ...] = Field(description="Limits in percentage points.")
    priors: dict[str, tuple[float, ...]] = Field(
        description=(
            "By inquiry: the effect in percentage points at chances in equal steps from 0 to 1."
        )
    )

    @model_validator(mode="after")
    def _rises(self) -> FiledBelief:
        for name, quantiles in self.priors.items():
            if len(quantiles) < 2 or any(b < a for a, b in pairwise(quantiles)):
                raise QuantityFault(
                    Message("the prior of '{name}': expected quantiles that rise", name=name),
                    "priors",
                )
            if not all(abs(point) <= LARGEST for point in quantiles):
                raise QuantityFault(
                    Message(
                        "the prior of '{name}': expected effects between -{most:,} and {most:,}",
                        name=name,
                        most=LARGEST,
                    ),
                    "priors",
                )
        return self


class FiledCode(Record):
    """An estimator or outcome of one's own, as a plan holds it: only this version may answer."""

    module: str = Field(description="What registers it.")
    version: str = Field(description="A hash of its source.", pattern=f"^[0-9a-f]{{{DIGITS}}}$")

    def find(self, name: str) -> None:
        """Find it, while a plan is read.

        Raises
        ------
        RequestError
            It is not here, or in another version than was filed.
        """
        found = find_code(name, self.module)
        if found.version != self.version:
            raise RequestError(
                Message(
                    "'{name}' of the module '{module}' is version {found} here; the plan was filed "
                    "with {filed}. Use the source that was filed, or file another plan",
                    name=name,
                    module=self.module,
                    found=found.version,
                    filed=self.version,
                )
            )


class FiledPopulation(Record):
    """Whom the evaluation tried the design on, as far as a register shows it."""

    state: State = Field(description="What all of them counted as just before the plan begins.")


class PreAnalysisPlan(Record):
    """A pre-analysis plan."""

    format: Literal[1, 2] = Field(1, description="Of the file; 1 where it does not say.")
    plan: str = Field(description="Its name.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    program: str = Field(description="The version of pilotsim that wrote it.")
    design: str = Field(description="The design's name.")
    says: Words = Field(description="The design, for people.")
    rule: DataStrategy = Field(description="Who is offered the programme when.")
    begins: FirstDay = Field(
        description="From when offers are made and time counts: the first day of a month."
    )
    population: FiledPopulation | None = Field(
        None, description="Whom it is about; the register is held against it."
    )
    code: dict[str, FiledCode] = Field(
        default_factory=dict, description="Estimators and outcomes of one's own that are used."
    )
    inquiries: dict[str, Inquiry]
    answers: dict[str, Answer] = Field(
        min_length=1, description="In order; the first is the one that decides."
    )
    balance: Names = Field((), description="Traits that the arms are compared in.")
    checks: Checks = Field(default_factory=usual_checks, description=CHECKS_SAY)
    correction: Correction = Field("holm", description=CORRECTION_SAYS)
    level: Level = Field(default_factory=lambda: read_value("95 %", "share"))
    looks: LooksPart | None = Field(None, description=LOOKS_SAY)
    small_cells: Count = Field(
        default_factory=lambda: read_value(SMALL_CELLS, "count"),
        description="Counts below this are not shown.",
    )
    bayes: FiledBelief | None = Field(
        None, description="What is believed of the effect before the data."
    )
    worth: WorthPart | None = Field(
        None, description="What an answer about assistance is worth in kroner."
    )
    evaluated: FiledEvaluation | None = Field(
        None, description="What was found of the design in simulated pilots, before the data."
    )
    hash: str = Field("", description="SHA-256 of all the rest.")

    @field_validator("code")
    @classmethod
    def _is_here(cls, code: dict[str, FiledCode]) -> dict[str, FiledCode]:
        """Hold all code of one's own to the version that was filed, before any of it answers."""
        for name, one in code.items():
            try:
                one.find(name)
            except RequestError as fault:
                raise QuantityFault(fault.message, name) from fault
        return code

    @model_validator(mode="after")
    def _names_code(self) -> PreAnalysisPlan:
        check_named(self.answers, self.inquiries, self.code)
        return self

    @model_validator(mode="after")
    def _asks_alone(self) -> PreAnalysisPlan:
        """Let an outcome of one's own stand alone: counts of several could be set against it."""
        asked = {inquiry.outcome for inquiry in self.inquiries.values()}
        own = next((name for name in asked if own_outcome(name) is not None), None)
        if own is not None and len(asked) > 1:
            raise QuantityFault(
                Message(
                    "'{name}' is an outcome of one's own, and counts of other outcomes beside it "
                    "could tell of few clients; ask for it alone",
                    name=own,
                ),
                "inquiries",
            )
        return self

    @model_validator(mode="after")
    def _can_answer(self) -> PreAnalysisPlan:
        """Hold each answer against the design: what would mislead is no plan."""
        for strategy, rule in product(self._readable(), self.rule.two_by_two):
            self._hold_to(strategy, rule)
        return self

    def _readable(self) -> tuple[Strategy, ...]:
        """Return the answers whose inquiry and estimator are known; others are refused by name."""
        known = known_estimators()
        found = []
        for name, answer in self.answers.items():
            if answer.inquiry not in self.inquiries or answer.estimator not in known:
                continue
            try:
                found.append(self._strategy(name, answer))
            except RequestError as fault:
                raise QuantityFault(_of_answer(name, fault)) from fault
        return tuple(found)

    @staticmethod
    def _hold_to(strategy: Strategy, rule: DataStrategy) -> None:
        """Hold an answer against the design, or against two of its arms."""
        try:
            check_under(strategy, rule, is_plan=True)
        except RequestError as fault:
            said = _of_answer(strategy.name, fault)
            if rule.between is not None:
                first, second = rule.between
                said = Message(
                    "{first} against {second}: {says}", first=first, second=second, says=said
                )
            raise QuantityFault(said) from fault

    @property
    def priced_by_starts(self) -> Strategy | None:
        """The answer that is told in kroner by the cost of those who start; None where none is."""
        if self.worth is None or self.worth.per != "started":
            return None
        return self._strategy(self.worth.answer, self.answers[self.worth.answer])

    @model_validator(mode="after")
    def _can_be_worth(self) -> PreAnalysisPlan:
        if self.worth is not None:
            self.worth.check(self.answers, self.inquiries)
        return self

    @model_validator(mode="after")
    def _can_compare_arms(self) -> PreAnalysisPlan:
        if not self.rule.has_several_arms:
            return self
        if self.bayes is not None or self.worth is not None or self.correction == "romano_wolf":
            raise QuantityFault(
                Message(
                    "a plan with several arms has no prior (bayes), no answer in kroner (worth) "
                    "and no correction by romano_wolf; each is of two arms"
                )
            )
        check_comparisons(self.rule, self._readable(), self.correction)
        return self

    @model_validator(mode="after")
    def _can_correct(self) -> PreAnalysisPlan:
        if self.correction != "romano_wolf":
            return self
        if not self.is_lottery:
            raise QuantityFault(
                Message("correction: romano_wolf draws lots anew, and this design draws none")
            )
        for name, answer in self.answers.items():
            found = known_estimators().get(answer.estimator)
            if answer.compare != "arms" or (found and not found.follows_lots):
                raise QuantityFault(
                    Message(
                        "correction: romano_wolf draws lots anew, which the answer '{name}' does "
                        "not follow; use holm",
                        name=name,
                    )
                )
        return self

    @model_validator(mode="after")
    def _can_look(self) -> PreAnalysisPlan:
        """Hold the looks against the answer that they are at."""
        readable = self._readable()
        if self.looks is not None and readable and readable[0].name == next(iter(self.answers)):
            try:
                self._schedule(readable[0])
            except RequestError as fault:
                raise QuantityFault(fault.message, "looks") from fault
        return self

    def _schedule(self, first: Strategy) -> LookSchedule | None:
        if self.looks is None:
            return None
        is_alone = len(self.answers) == 1 or self.correction == "none"
        return schedule_of(self.looks, first, self.rule, is_alone=is_alone)

    @property
    def schedule(self) -> LookSchedule | None:
        """When the first answer is looked at, and by which limits; None where it is once."""
        return self._schedule(self.strategies()[0])

    @property
    def is_lottery(self) -> bool:
        """Whether the arms were drawn by lot, of clients or of whole districts."""
        return self.rule.draws_arms

    def strategies(self) -> tuple[Strategy, ...]:
        """Return the answer strategies, in order.

        Raises
        ------
        RequestError
            An estimator or inquiry is not known.
        """
        return tuple(self._strategy(name, answer) for name, answer in self.answers.items())

    def _strategy(self, name: str, answer: Answer) -> Strategy:
        if answer.inquiry not in self.inquiries:
            raise RequestError(
                Message(
                    "the answer '{name}': no inquiry '{inquiry}'{meant}",
                    name=name,
                    inquiry=answer.inquiry,
                    meant=did_you_mean(answer.inquiry, self.inquiries),
                )
            )
        inquiry, rules = self.inquiries[answer.inquiry], tuple(self.rule.two_by_two)
        return answer.strategy(name, inquiry, self.level.number, rules)


def _of_answer(name: str, fault: RequestError) -> Message:
    return Message("the answer '{name}': {fault}", name=name, fault=fault.message)


def hash_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a plan's content but for the hash itself, as 64 hexadecimal digits.

    The order of the plan's own parts is no part of it; what stands within each is, in its order:
    the first answer is the one that decides.
    """
    parts = [[key, content[key]] for key in sorted(content) if key != "hash"]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def write_plan(
    document: YamlDocument,
    said: EvaluationFile,
    design: str,
    priors: Mapping[str, tuple[float, ...]] | None = None,
    evaluated: Mapping[str, Any] | None = None,
) -> str:
    """Return the text of the plan of one design of an evaluation file, with its hash.

    Parameters
    ----------
    document : YamlDocument
        The file.
    said : EvaluationFile
        What it says.
    design : str
        The design.
    priors : mapping of str to tuple of float, optional
        What is believed of each inquiry (`pilotsim.evaluation.prior_beliefs.priors_of`).
    evaluated : mapping, optional
        What was found of the design (`pilotsim.evaluation.filed_evaluation.file_evaluation`).

    Raises
    ------
    RequestError
        The evaluation has no such design, or the plan needs a date to begin from.
    """
    if design not in said.designs:
        raise RequestError(
            Message(
                "the evaluation has no design '{name}'{meant}",
                name=design,
                meant=did_you_mean(design, said.designs),
            )
        )
    if said.begins is None:
        raise RequestError(
            Message(
                "a plan needs the date from which time counts; write 'begins: 2015-01-01' in the "
                "evaluation file"
            )
        )
    try:
        first_of_month(said.begins)
    except QuantityFault as fault:
        raise RequestError(Message("begins: {fault}", fault=message_of(fault))) from fault
    rules = [among_districts(one, said.districts) for one in said.designs[design].two_by_two]
    for answer, rule in product(said.designs[design].answers, rules):
        inquiry = said.inquiries[said.answers[answer].inquiry]
        strategy = said.answers[answer].strategy(answer, inquiry, said.level.number, (rule,))
        try:
            check_under(strategy, rule, is_plan=True)
        except RequestError as fault:
            raise RequestError(
                Message(
                    "the design '{design}' with the answer '{name}' is no plan: {fault}",
                    design=design,
                    name=answer,
                    fault=fault.message,
                )
            ) from fault
    raw = document.content
    part, own = said.designs[design], raw["designs"][design]
    wanted = {raw["answers"][name]["inquiry"] for name in part.answers}
    kept = [name for name in (*DESIGNS, "against", "only") if name in own]
    content = {
        "format": FORMAT,
        "plan": f"{said.evaluation}-{design}",
        "title": said.title.as_plain(),
        "program": __version__,
        "design": design,
        "says": part.says.as_plain() if part.says else design.replace("_", " "),
        "rule": {name: own[name] for name in kept},
        "begins": said.begins.isoformat(),
        "inquiries": {
            name: inquiry for name, inquiry in raw["inquiries"].items() if name in wanted
        },
        **_filed_code(said, part.answers),
        "answers": {name: raw["answers"][name] for name in part.answers},
        "balance": sorted(
            {trait for name in part.answers for trait in said.answers[name].covariates}
        ),
        "checks": said.checks,
        "correction": said.correction,
        "level": said.level.written,
        "small_cells": SMALL_CELLS,
    }
    if said.looks is not None:
        content["looks"] = raw["looks"]
        is_alone = len(part.answers) == 1 or said.correction == "none"
        first = said.answers[part.answers[0]]
        decides = first.strategy(
            part.answers[0], said.inquiries[first.inquiry], said.level.number, rules
        )
        schedule_of(said.looks, decides, part, is_alone=is_alone)
    population = said.population
    if population.state is not None and population.at == said.begins:
        content["population"] = {"state": population.state}
    if said.bayes is not None and priors:
        content["bayes"] = {
            "above": [limit.number for limit in said.bayes.above],
            "priors": {name: list(quantiles) for name, quantiles in priors.items()},
        }
    is_of_two = not part.has_several_arms
    if is_of_two and said.worth is not None and said.worth.answer in part.answers:
        price = {"price": raw["per_month"]} if "per_month" in raw else {}
        asked = {name: own for name, own in raw["worth"].items() if name != "decides"}
        content["worth"] = price | asked
    if evaluated is not None:
        content["evaluated"] = dict(evaluated)
    return json.dumps(content | {"hash": hash_of(content)}, indent=2, ensure_ascii=False) + "\n"


def _filed_code(said: EvaluationFile, answers: Iterable[str]) -> dict[str, Any]:
    """Return the code of one's own that answers use; nothing where there is none."""
    asked = [said.answers[name] for name in answers]
    used = {one.estimator for one in asked}
    used |= {said.inquiries[one.inquiry].outcome for one in asked}
    own = {
        name: {"module": one.module, "version": one.read_version}
        for name, one in said.code.items()
        if name in used
    }
    return {"code": own} if own else {}


def read_plan(file: str | Path) -> tuple[PreAnalysisPlan, bool]:
    """Return a plan, and whether it is still the one that was written: whether its hash fits.

    Raises
    ------
    FlowError
        With every fault of the file.
    RegisterError
        It is no plan's file, or an earlier version wrote it, with a hash that does not hold all
        that decides.
    """
    text = read_file(file, "plan")
    if text.strip() and not text.lstrip().startswith("{"):
        # The plan's own page, an evaluation or a register: what stands there is not told.
        raise RegisterError(
            Message(
                "{file}: is no plan; expected the plan.json that 'pilotsim plan' wrote", file=file
            )
        )
    document = parse(text, str(file), "plan")
    plan = build_record(document, PreAnalysisPlan)
    if plan.format != FORMAT:
        raise RegisterError(
            Message(
                "{file}: an earlier version wrote this plan, and its hash does not hold the order "
                "of the answers: the one that decides could be another. Write it again with "
                "pilotsim plan, and file the new hash beside the old",
                file=file,
            )
        )
    return plan, plan.hash == hash_of(document.content)


def require_unchanged(
    file: str | Path, plan: PreAnalysisPlan, *, unchanged: bool, filed: str | None = None
) -> None:
    """Raise an error if a plan is not the one that was written, or not the one that was filed.

    Parameters
    ----------
    file : str or Path
        The plan's.
    plan : PreAnalysisPlan
        What it holds.
    unchanged : bool
        Whether its hash fits its content.
    filed : str, optional
        The whole hash that was filed.

    Raises
    ------
    RegisterError
        Says which.
    RequestError
        What was filed is no whole hash: a part of one, or nothing, could fit another plan.
    """
    if not unchanged:
        raise RegisterError(
            Message(
                "{file}: the plan was changed after it was written: its content no longer fits "
                "its hash {hash}…. Use the plan as it was filed, or say --changed to analyse all "
                "the same; every result will then say so",
                file=file,
                hash=plan.hash[:12],
            )
        )
    if filed is None:
        return
    if not filed.strip():
        raise RequestError(
            Message(
                "--hash: nothing was given; expected the hash that was filed, all 64 digits of it. "
                "Is the name of a variable misspelt?"
            )
        )
    said = filed.strip().lower()
    if not _WHOLE_HASH.fullmatch(said):
        raise RequestError(
            Message(
                "--hash: expected the hash that was filed, all 64 digits of it (0 to 9, a to f); "
                "found {found}, of {length} characters. A part of a hash could fit another plan",
                found=filed,
                length=len(said),
            )
        )
    if plan.hash != said:
        raise RegisterError(
            Message(
                "{file}: the plan's hash is {hash}; the one that was filed is {filed}: this is "
                "another plan",
                file=file,
                hash=plan.hash,
                filed=said,
            )
        )
