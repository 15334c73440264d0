"""Released answers as the file of a result holds them, for other programs and for pooling.

Nothing is here that the page of the result does not tell.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.places import is_folder
from pilotsim.base.statistics import critical_value
from pilotsim.effects.effect import Effect, conclude
from pilotsim.evaluation.estimands import AMOUNT, Estimand
from pilotsim.evaluation.release import PlanAnswer, RegisterAnalysis
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse, read_file
from pilotsim.model.fields import Record, Words

FILE_NAME = "analysis.json"
# What an effect is counted in, for programs.
Unit = Literal["share", "months", "amount", "log_ratio", "test"]


class FiledInquiry(Record):
    """What was asked of the effect, as in `Estimand`."""

    kind: str
    months: int
    outcome: str
    who: str
    world: str
    traits: dict[str, bool | str]


class FiledAnswer(Record):
    """An answer of a result, as it was released."""

    answer: str
    says: Words
    asks: Words
    estimator: str
    inquiry: FiledInquiry
    unit: Unit
    precision: Literal["exact", "rounded", "coarse", "withheld"]
    estimate: float | None = None
    error: float | None = Field(None, ge=0.0)
    freedom: float | None = None
    clients: float | None = None
    clients_at_most: float | None = None

    @property
    def most_clients(self) -> int:
        """How many clients it rests on, or at most where that alone was released."""
        return int(self.clients or self.clients_at_most or 0)

    def effect(self, level: float) -> Effect | None:
        """Return the effect with its interval; None where none was released, or without error."""
        if self.estimate is None or self.error is None or not self.error > 0.0:
            return None
        return conclude(
            self.estimator,
            self.answer,
            self.estimate,
            self.error,
            clients=self.most_clients,
            freedom=math.inf if self.freedom is None else self.freedom,
            level=level,
            scale="log_ratio" if self.unit == "log_ratio" else "difference",
        )


class FiledLook(Record):
    """Which of a plan's looks a result is of."""

    number: int
    count: int
    months: int
    is_end: bool
    decision: str
    level: float


class _ResultFile(Record):
    plan: str
    hash: str
    unchanged: bool
    clients_digest: str = ""
    look: FiledLook | None = None
    answers: tuple[FiledAnswer, ...]


@dataclass(frozen=True)
class FiledResult:
    """The result of a plan, as its file holds it.

    Parameters
    ----------
    name : str
        What it is called: its folder, or its file where that has a name of its own.
    plan, hash : str
        The plan's name and its hash.
    unchanged : bool
        Whether the plan was the one that was written before the data came.
    digest : str
        SHA-256 of the file.
    answers : tuple of FiledAnswer
        The answers, in the order of the plan.
    clients_digest : str
        A digest of who its clients are; "" where they are too much alike for one, or where an
        earlier version wrote the file.
    look : FiledLook or None
        Which look it is of, where the plan has looks along the way.
    """

    name: str
    plan: str
    hash: str
    unchanged: bool
    digest: str
    answers: tuple[FiledAnswer, ...]
    clients_digest: str = ""
    look: FiledLook | None = None


def unit_of(estimand: Estimand, scale: str) -> Unit:
    """Return what an effect on an estimand is counted in."""
    if scale == "test":
        return "test"
    if scale == "log_ratio":
        return "log_ratio"
    if estimand.is_share:
        return "share"
    return "amount" if estimand.outcome == AMOUNT else "months"


def released_error(finding: PlanAnswer, level: float) -> float:
    """Return the standard error of an answer as far as it was released; NaN where none was.

    Where an answer is told by an interval of a grid, how far it reaches is part of the error.
    """
    effect = finding.effect
    if effect is None:
        return math.nan
    if finding.precision == "exact":
        return effect.error
    freedom = effect.freedom if effect.freedom > 0.0 else math.inf
    return (effect.high - effect.low) / 2.0 / critical_value(level, freedom)


def file_answers(found: RegisterAnalysis) -> Iterator[dict[str, Any]]:
    """Yield each answer of a result as its file holds it; what is no number is None."""
    level = found.plan.level.number
    for finding in found.findings:
        estimand, effect = finding.strategy.estimand, finding.effect
        asks = found.plan.inquiries[estimand.name].says
        says = finding.strategy.says
        yield {
            "answer": finding.strategy.name,
            "says": says.as_plain() if says else finding.strategy.name,
            "asks": asks.as_plain() if asks else estimand.name,
            "estimator": finding.strategy.estimator,
            "inquiry": {
                "kind": estimand.kind,
                "months": estimand.months,
                "outcome": estimand.outcome,
                "who": estimand.who,
                "world": estimand.world,
                "traits": dict(estimand.traits),
            },
            "unit": unit_of(estimand, effect.scale if effect else "difference"),
            "precision": finding.precision,
            "estimate": _finite(effect.estimate) if effect else None,
            "error": _finite(released_error(finding, level)),
            "freedom": _finite(effect.freedom) if effect else None,
            # Where the number would tell of few, a bound alone is released.
            "clients": effect.clients if effect and finding.most is None else None,
            "clients_at_most": finding.most if effect else None,
        }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


@checks_arguments
def read_result(file: str | Path) -> FiledResult:
    """Return the result of a plan that `pilotsim estimate` wrote.

    Parameters
    ----------
    file : str or Path
        The file, or the folder that it is in.

    Raises
    ------
    RequestError
        It is no such file, or an earlier version wrote it, without what pooling needs.
    FlowError
        An answer in it is not as it was written.
    """
    file = Path(file)
    if is_folder(file):
        file = file / FILE_NAME
    raw = read_file(file, "result")
    try:
        content = json.loads(raw)
    except ValueError as fault:
        raise RequestError(
            Message("{file}: expected a result of pilotsim estimate (JSON)", file=file)
        ) from fault
    if isinstance(content, Mapping) and "contrasts" in content:
        raise RequestError(
            Message(
                "{file}: a result of several arms is not pooled: its comparisons share clients",
                file=file,
            )
        )
    if not isinstance(content, Mapping) or not content.get("answers"):
        raise RequestError(
            Message(
                "{file}: no result of pilotsim estimate, or one of an earlier version that does "
                "not say what was asked; make it again",
                file=file,
            )
        )
    kept = {name: content[name] for name in _ResultFile.model_fields if name in content}
    found = build_record(parse(json.dumps(kept), str(file), "result"), _ResultFile)
    name = file.parent.resolve().name if file.name == FILE_NAME else file.stem
    digest = hashlib.sha256(raw.encode()).hexdigest()
    return FiledResult(
        name,
        found.plan,
        found.hash,
        found.unchanged,
        digest,
        found.answers,
        found.clients_digest,
        found.look,
    )
