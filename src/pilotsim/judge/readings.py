"""The verdicts in each reading of sources that disagree: over the replications of that reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.text import Text
from pilotsim.judge.verdicts import TargetReading, Verdict, judge
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


def verdicts_by_reading(
    flow: Flow,
    asked: Sequence[TargetReading],
    values: Floats,
    counterfactual: Floats,
    seed: int,
) -> tuple[ReadingVerdicts, ...]:
    """Return the verdicts in each reading of each part `joint` that has any.

    Parameters
    ----------
    flow : Flow
        What was run, its assumptions drawn.
    asked : sequence of TargetReading
        The questions that are measured.
    values, counterfactual : ndarray of float, shape (replications, questions)
        What each replication came to with the programme and without, from replication 0 on.
    seed : int
        The seed of the run.
    """
    found = []
    for name in flow.drawn_together:
        rows = flow.posteriors[name]
        if not rows.readings:
            continue
        reading_of = rows.reading_of[draw_posterior_rows(flow, name, seed, range(len(values)))]
        for number, reading in enumerate(rows.readings):
            own = np.flatnonzero(reading_of == number)
            verdicts = [
                judge(flow, question, values[own, column], counterfactual[own, column])
                for column, question in enumerate(asked)
            ]
            says = flow.joint[name].readings[reading].says
            found.append(ReadingVerdicts(name, reading, says, len(own), tuple(verdicts)))
    return tuple(found)
