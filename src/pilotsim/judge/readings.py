"""The verdicts in each reading of sources that disagree: over the replications of that reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.text import Text
from pilotsim.judge.judging import judge_all
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.model.flow import Flow
from pilotsim.simulation.parameters import draw_posterior_rows


@dataclass(frozen=True)
class ReadingVerdicts:
    """What a check comes to in one reading of the sources.

    Parameters
    ----------
    joint : str
        The part `joint` of the flow that has readings.
    reading : str
        The reading.
    says : Text
        What is believed in it.
    replications : int
        The replications that drew a row of it.
    verdicts : tuple of Verdict
        On each measured question, over these replications alone.
    """

    joint: str
    reading: str
    says: Text
    replications: int
    verdicts: tuple[Verdict, ...]


def replications_by_reading(
    flow: Flow, replications: int, seed: int
) -> Iterator[tuple[str, str, Ints]]:
    """Yield each reading of each part `joint` that has any, with the replications that drew it.

    Parameters
    ----------
    flow : Flow
        What was run, its assumptions drawn.
    replications : int
        How many, from replication 0 on.
    seed : int
        The seed of the run.

    Yields
    ------
    tuple of (part, reading, ndarray of int)
    """
    for name in flow.drawn_together:
        rows = flow.posteriors[name]
        if rows.readings:
            drawn = draw_posterior_rows(flow, name, seed, range(replications))
            for number, reading in enumerate(rows.readings):
                yield name, reading, np.flatnonzero(rows.reading_of[drawn] == number)


def verdicts_by_reading(
    flow: Flow,
    asked: Sequence[TargetReading],
    runs: Sequence[QuestionRuns],
    replications: int,
    seed: int,
    *,
    engine: str | None = None,
) -> tuple[ReadingVerdicts, ...]:
    """Return the verdicts in each reading of each part `joint` that has any.

    Parameters
    ----------
    flow : Flow
        What was run, its assumptions drawn.
    asked : sequence of TargetReading
        The questions that are measured.
    runs : sequence of QuestionRuns
        What each came to in all replications, from replication 0 on.
    replications : int
        How many these are.
    seed : int
        The seed of the run.
    engine : str, optional
        As for `judge_all`.
    """
    found = []
    for name, reading, own in replications_by_reading(flow, replications, seed):
        verdicts = judge_all(flow, asked, [one.of(own) for one in runs], engine=engine)
        says = flow.joint[name].readings[reading].says
        found.append(ReadingVerdicts(name, reading, says, len(own), tuple(verdicts)))
    return tuple(found)
