"""Results and schema as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from pilotsim import __version__
from pilotsim.check import Change, Check
from pilotsim.flow import Flow
from pilotsim.targets import Verdict


def schema_text() -> str:
    """Return the JSON schema of flow files as text."""
    return json.dumps(Flow.model_json_schema(by_alias=True), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_json(check: Check, file: Path) -> None:
    """Write a check as JSON; the file is complete or absent."""
    temporary = file.with_name(file.name + ".part")
    temporary.write_text(json.dumps(as_plain(check), ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    temporary.replace(file)


def as_plain(check: Check) -> dict[str, Any]:
    """Return a check as plain mappings and lists; what does not exist is None."""
    return {
        "flow": check.flow.flow,
        "version": __version__,
        "seed": check.seed,
        "replications": check.replications,
        "what_if_replications": check.what_if_replications,
        "fixed": check.fixed,
        "scenario": check.scenario.en if check.scenario else None,
        "verdicts": [_verdict(verdict) for verdict in check.verdicts],
        "values": {name: [_number(value) for value in values] for name, values in check.values.items()},
        "drivers": [
            {
                "name": driver.name, "kind": driver.kind, "number": _number(driver.number),
                "value": {name: _change(change) for name, change in driver.value.items()},
                "probability": {name: _change(change) for name, change in driver.probability.items()},
            }
            for driver in check.drivers
        ],
        "contradictions": [
            {"says": one.sum.says.en, "sum": one.sum.written, "comes_to": one.sum.number, "stated": one.stated.written}
            for one in check.contradictions
        ],
    }  # fmt: skip


def _verdict(verdict: Verdict) -> dict[str, Any]:
    question, ceiling = verdict.question, verdict.ceiling
    return {
        "target": question.target, "reading": question.reading or None, "says": question.says.en, "verdict": verdict.word,
        "bound": question.bound.number, "at_least": question.at_least, "probability": _number(verdict.probability),
        "interval": [_number(end) for end in verdict.interval], "expected": _number(verdict.expected),
        "low": _number(verdict.low), "high": _number(verdict.high), "undefined": verdict.undefined,
        "anyway": _number(verdict.anyway),
        "ceiling": {"sum": ceiling.written, "comes_to": ceiling.number} if ceiling else None,
    }  # fmt: skip


def _change(change: Change) -> list[float | None]:
    return [_number(change.mean), _number(change.low), _number(change.high)]


def _number(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
