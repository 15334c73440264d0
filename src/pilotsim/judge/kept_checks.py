"""Checks as they were kept: read again from their files, and held against each other.

A kept check has the number that every target came to in every replication, so two of them can be
compared pair by pair without a run. What was not kept is not compared.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.files import digest_of, read_json
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.base.places import is_folder, is_there
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import mean_interval, paired_interval
from pilotsim.base.text import Text
from pilotsim.files.reading import MADE_OF
from pilotsim.judge.comparison import (
    ASKED_OTHERWISE,
    MEASURED_OTHERWISE,
    NOTHING,
    ONLY_FIRST,
    ONLY_SECOND,
    ComparedVerdict,
    Uncompared,
)
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.language.changes import ToldChange, tell_changes
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.runs.store import MANIFEST

__all__ = [
    "KeptCheck",
    "KeptComparison",
    "compare_kept",
    "kept_of_flow",
    "kept_of_verdict",
    "read_kept_check",
]

FILE = "check.json"


@dataclass(frozen=True)
class KeptCheck:
    """A check that was kept.

    Parameters
    ----------
    name : Text
        What it is called here.
    flow : str
        The name of its flow.
    made_of : str
        What tells the content of the flow file from any other.
    seed, replications : int
        How it was run.
    fixed : bool
        Whether all assumptions stood at their values.
    verdicts : tuple of Verdict
        Its verdicts; their measures are not kept.
    measured : mapping of str to str
        What tells how each question was measured, by its name.
    values : mapping of str to ndarray, shape (replications,)
        What each question came to.
    changes : tuple of ToldChange
        What was changed from the file.
    """

    name: Text
    flow: str
    made_of: str
    seed: int
    replications: int
    fixed: bool
    verdicts: tuple[Verdict, ...]
    measured: Mapping[str, str]
    values: Mapping[str, Floats]
    changes: tuple[ToldChange, ...]


@dataclass(frozen=True)
class KeptComparison(Shown):
    """Two kept checks beside each other.

    Parameters
    ----------
    first, second : KeptCheck
        The checks.
    verdicts : tuple of ComparedVerdict
        What both ask and measure in the same way.
    uncompared : tuple of Uncompared
        What is not compared, and why.
    """

    first: KeptCheck
    second: KeptCheck
    verdicts: tuple[ComparedVerdict, ...]
    uncompared: tuple[Uncompared, ...]

    @property
    def turned(self) -> list[ComparedVerdict]:
        """The verdicts whose word is clearly another."""
        return [one for one in self.verdicts if one.is_turned]

    @property
    def replications(self) -> int:
        """How many pairs of runs there are."""
        return self.first.replications


def kept_of_flow(flow: Flow) -> dict[str, Any]:
    """Return what a kept check says of its flow: what its files hold, and what was changed.

    Parameters
    ----------
    flow : Flow
        What was checked.
    """
    made_of = flow.memory.get(MADE_OF)
    content = "" if made_of is None else repr(made_of[0].content)
    told = [change.as_plain() for change in tell_changes(flow)]
    made = "\n".join([content, *flow.digests])
    return {"made_of": digest_of(made.encode()), "told": told}


def kept_of_verdict(verdict: Verdict) -> dict[str, Any]:
    """Return what a kept check says of a verdict beside its numbers.

    Parameters
    ----------
    verdict : Verdict
        One of the check.
    """
    question = verdict.question
    measure = None if question.measure is None else question.measure.model_dump(mode="json")
    return {
        "kind": question.bound.kind,
        "target_kind": question.kind,
        "written": question.bound.written,
        "measured": digest_of(json.dumps(measure, sort_keys=True, default=str).encode()),
        "says": question.says.as_plain(),
        "reads": None if question.reads is None else question.reads.as_plain(),
    }


def read_kept_check(place: Path, name: Text) -> KeptCheck:
    """Return a check from the folder or the JSON file to which it was written.

    Parameters
    ----------
    place : Path
        The folder of `pilotsim check --out`, or the file of `--json`.
    name : Text
        What it is called here.

    Raises
    ------
    RunError
        The file cannot be read.
    RequestError
        It holds no check, or one of an earlier version.
    """
    file = place / FILE if is_folder(place) else place
    if is_there(place / MANIFEST):
        raise RequestError(
            Message(
                "{folder} is the run of a study, whose scenarios its own analysis compares: "
                "pilotsim analyse {folder}",
                folder=place,
            )
        )
    if is_folder(place) and not is_there(file):
        raise RequestError(
            Message("{folder} holds no {file} of a check that was kept", folder=place, file=FILE)
        )
    content = read_json(file)
    try:
        return _kept(content, name)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise RequestError(
            Message(
                "{file} holds no check that can be compared; make it again with pilotsim check",
                file=file,
            )
        ) from fault


def _kept(content: Mapping[str, Any], name: Text) -> KeptCheck:
    kept = content["kept"]
    values = {name: _numbers(own) for name, own in content["values"].items()}
    verdicts = tuple(_verdict(one, content["replications"], values) for one in content["verdicts"])
    return KeptCheck(
        name,
        content["flow"],
        kept["made_of"],
        int(content["seed"]),
        int(content["replications"]),
        bool(content["fixed"]),
        verdicts,
        {
            verdict.question.name: one["kept"]["measured"]
            for verdict, one in zip(verdicts, content["verdicts"], strict=True)
        },
        values,
        tuple(ToldChange.from_plain(one) for one in kept["told"]),
    )


def _numbers(values: list[Any]) -> Floats:
    return np.array([math.nan if one is None else float(one) for one in values], np.float64)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _verdict(one: Mapping[str, Any], replications: int, values: Mapping[str, Floats]) -> Verdict:
    kept = one["kept"]
    low, high = (_number(end) for end in one["interval"])
    is_run = one["expected"] is not None or one["probability"] is not None
    question = TargetReading(
        one["target"],
        one["reading"] or "",
        kept["target_kind"],
        Text.from_plain(kept["says"]),
        None if kept["reads"] is None else Text.from_plain(kept["reads"]),
        None,
        Quantity(float(one["bound"]), kept["kind"], kept["written"]),
        bool(one["at_least"]),
        None,
    )
    own = values.get(question.name)
    half = math.nan if own is None else mean_interval(own).half_width
    rests_on = RestsOn(*(_number(one[key]) for key in ("base", "left_out", "waiting", "bounded")))
    return Verdict(
        question,
        one["verdict"],
        _number(one["probability"]),
        (low, high),
        _number(one["expected"]),
        _number(one["low"]),
        _number(one["high"]),
        replications if is_run else 0,
        int(one["undefined"]),
        rests_on,
        None,
        _number(one["anyway"]),
        half=half,
    )


def compare_kept(first: KeptCheck, second: KeptCheck) -> KeptComparison:
    """Return two kept checks beside each other.

    Parameters
    ----------
    first, second : KeptCheck
        What `read_kept_check` returned.

    Raises
    ------
    RequestError
        One has more replications than the other, and so numbers of other runs.
    """
    if first.replications != second.replications:
        raise RequestError(
            Message(
                "one check has {first:,} runs, the other {second:,}; make them with as many (-n)",
                first=first.replications,
                second=second.replications,
            )
        )
    return KeptComparison(
        first, second, tuple(_verdicts(first, second)), tuple(_apart(first, second))
    )


def _why_apart(first: KeptCheck, second: KeptCheck, name: str) -> str:
    if first.measured[name] != second.measured[name]:
        return MEASURED_OTHERWISE
    one, other = (
        next(verdict.question for verdict in check.verdicts if verdict.question.name == name)
        for check in (first, second)
    )
    return "" if one.asks_like(other) else ASKED_OTHERWISE


def _verdicts(first: KeptCheck, second: KeptCheck) -> Iterator[ComparedVerdict]:
    by_name = {verdict.question.name: verdict for verdict in first.verdicts}
    for after in second.verdicts:
        name = after.question.name
        if name not in by_name or _why_apart(first, second, name):
            continue
        before = by_name[name]
        is_known = not (before.rests_on.bounded or after.rests_on.bounded)
        if name in first.values and name in second.values and is_known:
            difference = paired_interval(second.values[name], first.values[name])
        else:
            difference = NOTHING
        yield ComparedVerdict(before, after, difference, NOTHING)


def _apart(first: KeptCheck, second: KeptCheck) -> Iterator[Uncompared]:
    for own, other, why in ((first, second, ONLY_FIRST), (second, first, ONLY_SECOND)):
        for verdict in own.verdicts:
            question = verdict.question
            if question.name not in other.measured:
                yield Uncompared(question.own_words, why)
            elif own is first and (apart := _why_apart(first, second, question.name)):
                yield Uncompared(question.own_words, apart)
