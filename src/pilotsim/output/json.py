"""Results and schema as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from pilotsim import __version__
from pilotsim.base.files import write_text
from pilotsim.base.statistics import Interval
from pilotsim.judge.check import Check
from pilotsim.judge.posterior import Calibration
from pilotsim.judge.validation import PublishedComparison, Validation
from pilotsim.judge.verdicts import Verdict
from pilotsim.model.fields import Record
from pilotsim.model.flow import Flow


def schema_text(kind: str = "flow") -> str:
    """Return the JSON schema of a kind of file as text: `flow`, `study`, `solve` or `evaluation`."""
    return (
        json.dumps(
            _record_of(kind).model_json_schema(by_alias=True),
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )


def _record_of(kind: str) -> type[Record]:
    """Return the record that a kind of file holds.

    Read when asked for, since each kind brings its part of the program.
    """
    if kind == "study":
        from pilotsim.experiments.study.study_file import StudyFile

        return StudyFile
    if kind == "solve":
        from pilotsim.experiments.optimise.solve_file import SolveFile

        return SolveFile
    if kind == "evaluation":
        from pilotsim.evaluation.evaluation_file import EvaluationFile

        return EvaluationFile
    return Flow


def write_json(check: Check, file: Path) -> None:
    """Write a check as JSON; the file is complete or absent."""
    _write(as_plain(check), file)


def write_validation(validation: Validation, file: Path) -> None:
    """Write a validation as JSON; the file is complete or absent."""
    _write(validation_as_plain(validation), file)


def write_calibration(found: Calibration, file: Path) -> None:
    """Write a calibration as JSON; the file is complete or absent."""
    _write(calibration_as_plain(found), file)


def calibration_as_plain(found: Calibration) -> dict[str, Any]:
    """Return a calibration as plain mappings and lists.

    What does not exist, or has no end, is None.
    """
    return {
        "flow": found.flow.flow,
        "version": __version__,
        "seed": found.seed,
        "replications": found.replications,
        "runs": found.runs,
        "fitted_to": list(found.fitted_to),
        "misfit": _number(found.misfit),
        "fits_badly": found.fits_badly,
        "effective": _number(found.effective),
        "surrogate_error": dict(found.surrogate_error),
        "parameters": [
            {
                "path": p.path,
                "before": p.before.number,
                "number": p.number,
                "low": p.low,
                "high": p.high,
                "width": p.width,
                "word": p.word,
            }
            for p in found.parameters
        ],
        "correlations": found.correlations.tolist(),
        "directions": [
            {"width": one.width, "weights": dict(one.weights)} for one in found.directions
        ],
        "comparisons": [_comparison(one) for one in found.comparisons],
    }


def _write(plain: dict[str, Any], file: Path) -> None:
    write_text(file, json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def as_plain(check: Check) -> dict[str, Any]:
    """Return a check as plain mappings and lists; what does not exist is None."""
    return {
        "flow": check.flow.flow,
        "version": __version__,
        "seed": check.seed,
        "replications": check.replications,
        "what_if_replications": check.what_if_replications,
        "fixed": check.fixed,
        "scenario": check.scenario.in_language("en") if check.scenario else None,
        "verdicts": [_verdict(verdict) for verdict in check.verdicts],
        "values": {
            name: [_number(value) for value in values] for name, values in check.values.items()
        },
        "drivers": [
            {
                "name": driver.name,
                "kind": driver.kind,
                "number": _number(driver.number),
                "value": {name: _change(change) for name, change in driver.value.items()},
                "probability": {
                    name: _change(change) for name, change in driver.probability.items()
                },
            }
            for driver in check.drivers
        ],
        "contradictions": [
            {
                "says": one.sum.says.in_language("en"),
                "sum": one.sum.written,
                "comes_to": one.sum.number,
                "stated": one.stated.written,
            }
            for one in check.contradictions
        ],
    }


def validation_as_plain(validation: Validation) -> dict[str, Any]:
    """Return a validation as plain mappings and lists; what does not exist, or has no end, is None."""
    return {
        "flow": validation.flow.flow,
        "version": __version__,
        "seed": validation.seed,
        "replications": validation.replications,
        "fixed": validation.fixed,
        "scenario": validation.scenario.in_language("en") if validation.scenario else None,
        "comparisons": [_comparison(one) for one in validation.comparisons],
        "values": {
            name: [_number(value) for value in values] for name, values in validation.values.items()
        },
    }


def _comparison(one: PublishedComparison) -> dict[str, Any]:
    return {
        "output": one.output,
        "says": one.observed.says.in_language("en"),
        "published": one.published.value.number,
        "written": one.published.value.written,
        "source": one.published.source,
        "tolerance": one.published.tolerance.rule,
        "interval": [_number(end) for end in one.published.interval],
        "expected": _number(one.expected),
        "low": _number(one.low),
        "high": _number(one.high),
        "within": _number(one.within),
        "undefined": one.undefined,
        "sum": one.written or None,
        "fitted": one.observed.fitted,
        "word": one.word,
        "judged": one.judged,
        "contradiction": one.contradiction.in_language("en") if one.contradiction else None,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    question, ceiling = verdict.question, verdict.ceiling
    return {
        "target": question.target,
        "reading": question.reading or None,
        "says": question.says.in_language("en"),
        "verdict": verdict.word,
        "bound": question.bound.number,
        "at_least": question.at_least,
        "probability": _number(verdict.probability),
        "interval": [_number(end) for end in verdict.interval],
        "expected": _number(verdict.expected),
        "low": _number(verdict.low),
        "high": _number(verdict.high),
        "undefined": verdict.undefined,
        "anyway": _number(verdict.counterfactual),
        "ceiling": {"sum": ceiling.written, "comes_to": ceiling.number} if ceiling else None,
    }


def _change(change: Interval) -> list[float | None]:
    return [_number(change.mean), _number(change.low), _number(change.high)]


def _number(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
