"""All questions of a flow judged at once, compiled where the compiler is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval
from pilotsim.judge.compiled import program
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import (
    TargetReading,
    Verdict,
    WrittenSum,
    ceiling_of,
    judge,
)
from pilotsim.judge.words import word_at
from pilotsim.measures import block
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.simulation import engines

NOTHING = np.zeros(0)


def prepare(engine: str | None = None) -> Iterator[str]:
    """Make ready all that a check asks; yield what a user should know before that takes time.

    Parameters
    ----------
    engine : str or None
        As for `judge_all`.
    """
    if engine == engines.PROCESS or not engines.compiler_is_there():
        yield from block.prepare(engine)
        return
    # Before it is asked whether all is compiled: what is not imported is not known.
    from pilotsim.judge.compiled.engine import warm_up

    yield from block.prepare(engine)
    warm_up()


def judge_all(
    flow: Flow,
    questions: Sequence[TargetReading],
    runs: Sequence[QuestionRuns | None],
    *,
    engine: str | None,
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
    engine : str or None
        That of the runs, which judges them too: `kernel` (compiled) or `process` (readable); None
        for the fastest there is. Changes no result.
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
        own[program.CHANCE_ANYWAY],
        own[program.ANYWAY_LOW],
        own[program.ANYWAY_HIGH],
        int(np.nan_to_num(own[program.ANYWAY_RUNS])),
    )
    return Verdict(
        question,
        word_at(int(own[program.WORD])),
        own[program.PROBABILITY],
        (own[program.INTERVAL_LOW], own[program.INTERVAL_HIGH]),
        own[program.EXPECTED],
        own[program.LOW],
        own[program.HIGH],
        runs,
        int(own[program.UNDEFINED_RUNS]),
        RestsOn(
            own[program.BASE], own[program.LEFT_OUT], own[program.WAITING], own[program.BOUNDED]
        ),
        ceiling,
        own[program.ANYWAY],
        anyway if anyway.n else None,
        own[program.HALF],
        (own[program.LOW_KNOWN] == 1.0, own[program.HIGH_KNOWN] == 1.0),
    )
