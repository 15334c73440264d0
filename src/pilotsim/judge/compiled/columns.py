"""Questions, and what their measures came to, as the columns that the kernel reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.statistics import RANGE, critical_value
from pilotsim.judge import verdicts, words
from pilotsim.judge.compiled.program import (
    VERDICT_NUMBERS,
    JudgeRoom,
    QuestionBounds,
    QuestionColumns,
    VerdictColumns,
)
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import TargetReading, WrittenSum
from pilotsim.measures.compiled.program import OUTPUTS, MeasuredColumns
from pilotsim.model.flow import Flow

ONE = {"one": 1, "two": 2}


@dataclass(frozen=True)
class QuestionsAtHand:
    """What the kernel reads, and room for the numbers that it writes: see `kernel.judge_all`."""

    questions: QuestionColumns
    found: MeasuredColumns
    bounds: QuestionBounds
    room: JudgeRoom
    verdicts: VerdictColumns


def questions_at_hand(
    flow: Flow,
    questions: Sequence[TargetReading],
    ceilings: Sequence[WrittenSum | None],
    runs: Sequence[QuestionRuns | None],
) -> QuestionsAtHand:
    """Return questions and what their measures came to as columns.

    Parameters
    ----------
    flow : Flow
        Whose targets they are.
    questions : sequence of TargetReading
        What is asked.
    ceilings : sequence of WrittenSum or None
        The best that each can be by arithmetic.
    runs : sequence of QuestionRuns or None
        What each came to, in equally many replications; None where arithmetic alone judges.
    """
    measured = [own for own in runs if own is not None]
    count = len(measured[0].values) if measured else 0
    sizes = {
        **ONE,
        "questions": len(questions),
        "replications": count,
        "numbers": len(VERDICT_NUMBERS),
        "outputs of measures": len(measured) * len(OUTPUTS),
    }
    places = iter(range(len(measured)))
    measures = [-1 if own is None else next(places) for own in runs]
    found = np.array([row for own in measured for row in own.numbers]).T
    bounds = [
        np.full(count, question.bound.number) if own is None else own.bounds
        for question, own in zip(questions, runs, strict=True)
    ]
    return QuestionsAtHand(
        question_columns(flow, questions, ceilings, measures, runs=count),
        MeasuredColumns({"found": found}, sizes),
        QuestionBounds({"bounds": bounds}, sizes),
        JudgeRoom.room({**sizes, "replications": max(1, count)}),
        VerdictColumns.room(sizes),
    )


def question_columns(
    flow: Flow,
    questions: Sequence[TargetReading],
    ceilings: Sequence[WrittenSum | None],
    measures: Sequence[int],
    *,
    runs: int,
) -> QuestionColumns:
    """Return questions as columns.

    Parameters
    ----------
    flow : Flow
        Whose targets they are.
    questions : sequence of TargetReading
        What is asked.
    ceilings : sequence of WrittenSum or None
        The best that each can be by arithmetic.
    measures : sequence of int
        Which measure each is about; -1 where arithmetic alone judges.
    runs : int
        The most replications that will be judged by them.
    """
    columns = {
        "measure": measures,
        "at_least": [question.at_least for question in questions],
        "bound": [question.bound.number for question in questions],
        "ceiling": [math.nan if one is None else one.number for one in ceilings],
        "is_change": [
            question.measure is not None and question.measure.kind == "change_in"
            for question in questions
        ],
        "has_programme": [flow.has_programme],
        **_grades(),
        **_critical_values(runs),
    }
    sizes = {**ONE, "questions": len(questions), "grades": len(words.VERDICTS.names)}
    return QuestionColumns(columns, sizes)


def _grades() -> dict[str, Ints | Floats | list[float]]:
    """Return what makes each word, in the order of the scale, and what else judges by."""
    rule, low, high = words.grade_columns()
    return {
        "grade_rule": rule,
        "grade_low": low,
        "grade_high": high,
        "slack": [verdicts.BOUND_SLACK],
        "beyond_all": [verdicts.BEYOND_ALL],
    }


def _critical_values(runs: int) -> dict[str, Floats | list[float]]:
    return {"normal": [critical_value()], "students": _students(runs), "ends": [*RANGE]}


@lru_cache(maxsize=16)
def _students(runs: int) -> Floats:
    """Return the critical values of Student's t for as many degrees of freedom as runs leave."""
    return np.array([math.nan, *(critical_value(freedom=float(k)) for k in range(1, runs))])
