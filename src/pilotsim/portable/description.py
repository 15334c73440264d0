"""What a program that is not Python must know of a flow to speak of it.

The module runs numbers alone. This says what they are called, in one language, and by what a run's
months are counted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from pilotsim import __version__
from pilotsim.base.quantity import Quantity, read_value
from pilotsim.base.statistics import RANGE, critical_value
from pilotsim.base.units import unit_of
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.judge.words import VERDICTS
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.labels import labels_of_values
from pilotsim.language.numbers import SPACE, format_value
from pilotsim.model.flow import Flow
from pilotsim.portable.bounds import ends_of_values, faults_together, paths_to_set
from pilotsim.simulation.compile import ORIGINS

__all__ = ["MAX_REPLICATIONS", "describe_flow", "numbers_in", "one_and_unit"]

# How many replications can be asked for: as many as intervals have critical values for.
MAX_REPLICATIONS = 1000


def describe_flow(flow: Flow, language: str) -> dict[str, Any]:
    """Return what is said of a flow, as plain content.

    Parameters
    ----------
    flow : Flow
        What is to be run.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    dict
        `flow`, `title`, `version` and `language`; `values`, `stages`, `resources`, `risks` and
        `questions` with their names; what values may only be together (`faults_together`); `frame`,
        by which months are counted, and the date of each of its `marks`; `grades`, the words of
        verdicts; `numbers`, how numbers are written; `statistics`, the critical values of intervals
        and the ends of ranges.
    """
    calendar = flow.make_calendar()
    marks = calendar.marks()
    ends = ends_of_values(flow)
    return {
        "flow": flow.flow,
        "title": flow.title.in_language(language),
        "version": __version__,
        "language": language,
        "values": [
            _value(path, flow.values[path], label, ends[path], flow.becomes(path), language)
            for path, label in labels_of_values(flow, paths_to_set(flow), language).items()
        ],
        **faults_together(flow),
        "stages": [
            {
                "name": name,
                "says": flow.label_of("stages", name, language),
                "state": stage.counts_as,
                "state_says": say(stage.counts_as, language),
            }
            for name, stage in flow.stages.items()
        ],
        "resources": [
            {"name": name, "says": flow.label_of("resources", name, language)}
            for name in flow.resources
        ],
        "risks": [
            {"name": name, "says": flow.label_of("risks", name, language)} for name in flow.risks
        ],
        "questions": [_question(question, language) for question in questions_of(flow)],
        "frame": _frame(flow, marks),
        "marks": [calendar.date_of(mark).isoformat() for mark in marks],
        "grades": [
            {
                "name": grade.name,
                "says": say(grade.key, language),
                "falls_short": grade.falls_short,
            }
            for grade in VERDICTS
        ],
        "numbers": numbers_in(language),
        "statistics": {
            "students": [critical_value(freedom=float(k)) for k in range(1, MAX_REPLICATIONS)],
            "ends": list(RANGE),
        },
    }


def _value(
    path: str,
    value: Quantity,
    label: str,
    ends: Mapping[str, float | None],
    becomes: list[str],
    language: str,
) -> dict[str, Any]:
    """Return a value: its number in base units, how many of them one of its unit is, its range."""
    one, unit = one_and_unit(value, language)
    return {
        "path": path,
        "says": label,
        "kind": value.kind,
        "number": value.number if math.isfinite(value.number) else None,
        "low": value.low,
        "high": value.high,
        **ends,
        "becomes": becomes,
        "one": one,
        "written": format_value(value, language),
        "unit": unit,
    }


def one_and_unit(value: Quantity, language: str) -> tuple[float, str]:
    """Return how many base units one of the unit of a value is, and what follows its number.

    Parameters
    ----------
    value : Quantity
        The value.
    language : str
        One of `LANGUAGES`.
    """
    unit = unit_of(value.written)
    one = read_value(f"1{unit}", value.kind).number if unit.strip() else 1.0
    return one, _words_after(format_value(value, language))


def _words_after(written: str) -> str:
    """Return what follows the number in a written value."""
    found = re.search(f"[{SPACE} ](?![0-9]).*$", written)
    return found[0].strip() if found else ""


def _question(question: TargetReading, language: str) -> dict[str, Any]:
    reads = question.reads
    return {
        "name": question.name,
        "target": question.target,
        "reading": question.reading or None,
        "says": question.says.in_language(language),
        "reads": reads.in_language(language) if reads is not None else None,
        "kind": question.bound.kind,
        "bound": question.bound.number,
        "at_least": question.at_least,
        "is_measured": question.measure is not None,
        "how_counted": question.measure.how_counted if question.measure is not None else None,
    }


def _frame(flow: Flow, marks: list[float]) -> dict[str, Any]:
    """Return what months are counted by: see `monthly.mjs`."""
    stages = flow.stages.values()
    return {
        "marks": [int(mark) for mark in marks],
        "stages": len(flow.stages),
        "counted": [
            flow.stages[group.starts_in].counts_as != "not_counted"
            for group in flow.groups.values()
        ],
        "queues": [stage.may_wait for stage in stages],
        "headline": _headline(flow),
    }


def _headline(flow: Flow) -> Mapping[str, Any] | None:
    """Return among whom a flow counts its effect first, where groups and origin say it all."""
    if flow.mechanisms is None:
        return None
    of = next(iter(flow.mechanisms.counted.values())).of
    if of is None or set(of.model_fields_set) - {"groups", "origin"}:
        return None
    groups = set(flow.groups if of.groups is None else of.groups)
    return {
        "groups": [name in groups for name in flow.groups],
        "origin": -1 if of.origin is None else ORIGINS.index(of.origin),
    }


def numbers_in(language: str) -> dict[str, Any]:
    """Return how a language writes numbers, for `numbers.mjs`.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    """
    catalogue = catalogue_of(language)
    words = ("to", "points", "per_month", "unlimited", "so_many_fewer", "so_many_more")
    return {
        "decimal": catalogue.numbers.decimal,
        "thousands": catalogue.numbers.thousands,
        "day": list(catalogue.units["day"]),
        **{word: say(word, language) for word in words},
    }
