"""All questions of a flow judged at once, compiled where the compiler is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval
from pilotsim.judge.compiled.program import (
    ANYWAY,
    ANYWAY_HIGH,
    ANYWAY_LOW,
    ANYWAY_RUNS,
    BASE,
    BOUNDED,
    CHANCE_ANYWAY,
    EXPECTED,
    HALF,
    HIGH,
    HIGH_KNOWN,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    LEFT_OUT,
    LOW,
    LOW_KNOWN,
    PROBABILITY,
    UNDEFINED_RUNS,
    WAITING,
    WORD,
)
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import (
    VERDICTS,
    TargetReading,
    Verdict,
    WrittenSum,
    ceiling_of,
    judge,
)
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.simulation import engines

NOTHING = np.zeros(0)


def judge_all(
    flow: Flow,
    questions: Sequence[TargetReading],
    runs: Sequence[QuestionRuns | None],
    *,
    engine: str | None = None,
) -> list[Verdict]:
    """Return the verdict on each question.

    Parameters
    ----------
    flow : Flow
        Whose targets they are.
    questions : sequence of TargetReading
        What is asked.
    runs : sequence of QuestionRuns or None
        What each came to, in equally many replications; None where arithmetic alone judges.
    engine : str, optional
        `kernel` (compiled) or `process` (readable); the fastest there is, unless said. Changes no
        result.
    """
    if (engine or engines.default_engine()) != engines.KERNEL:
        return judge_readable(flow, questions, runs)
    from pilotsim.judge.compiled.columns import questions_at_hand
    from pilotsim.judge.compiled.engine import judge_compiled

    ceilings = [ceiling_of(flow, question) for question in questions]
    numbers = judge_compiled(questions_at_hand(flow, questions, ceilings, runs))
    asked = zip(questions, ceilings, runs, numbers, strict=True)
    return [
        _verdict(question, ceiling, 0 if own is None else len(own.values), row)
        for question, ceiling, own, row in asked
    ]


def judge_readable(
    flow: Flow, questions: Sequence[TargetReading], runs: Sequence[QuestionRuns | None]
) -> list[Verdict]:
    """Return what `judge_all` does, question by question."""
    return [
        judge(flow, question, NOTHING, NOTHING)
        if own is None
        else judge(
            flow, question, own.values, own.counterfactual, own.rests_on, own.bounds, own.beyond
        )
        for question, own in zip(questions, runs, strict=True)
    ]


def _verdict(
    question: TargetReading, ceiling: WrittenSum | None, runs: int, row: Floats
) -> Verdict:
    """Return a verdict from its numbers: see `compiled.program.VERDICT_NUMBERS`."""
    own = [float(number) for number in row]
    anyway = Interval(
        own[CHANCE_ANYWAY], own[ANYWAY_LOW], own[ANYWAY_HIGH], int(np.nan_to_num(own[ANYWAY_RUNS]))
    )
    return Verdict(
        question,
        VERDICTS.names[int(own[WORD])],
        own[PROBABILITY],
        (own[INTERVAL_LOW], own[INTERVAL_HIGH]),
        own[EXPECTED],
        own[LOW],
        own[HIGH],
        runs,
        int(own[UNDEFINED_RUNS]),
        RestsOn(own[BASE], own[LEFT_OUT], own[WAITING], own[BOUNDED]),
        ceiling,
        own[ANYWAY],
        anyway if anyway.n else None,
        own[HALF],
        (own[LOW_KNOWN] == 1.0, own[HIGH_KNOWN] == 1.0),
    )
