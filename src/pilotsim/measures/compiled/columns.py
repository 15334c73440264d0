"""Journeys and numbers as the columns that a program reads, and where its numbers go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.measures.compiled.lowering import Lowered
from pilotsim.measures.compiled.program import (
    OUTPUTS,
    CohortColumns,
    MeasuredColumns,
    SettledValues,
    VisitColumns,
)
from pilotsim.simulation.journeys import COLUMNS, Journeys


@dataclass(frozen=True)
class AtHand:
    """What a program reads, and the numbers that it writes: see `kernel.measure_all`."""

    values: SettledValues
    visits: VisitColumns
    without: VisitColumns
    cohort: CohortColumns
    measured: MeasuredColumns

    @property
    def found(self) -> Floats:
        """The numbers, shape (replications, measures, outputs)."""
        found = np.asarray(self.measured.found)
        return found.reshape(len(found), found.shape[1] // len(OUTPUTS), len(OUTPUTS))


def hand_over(lowered: Lowered, journeys: Journeys, without: Journeys | None) -> AtHand:
    """Return the columns of journeys in one world or two, and room for the numbers of a program.

    Parameters
    ----------
    lowered : Lowered
        The program.
    journeys, without : Journeys
        The same cohorts with and without the programme; None where no step asks for the second.
    """
    numbers = np.array([plan.numbers for plan in journeys.plans], np.float64)
    runs = {"replications": len(numbers), "values": numbers.shape[1]}
    visits = _visits(journeys)
    measures = len(lowered.program.outputs)
    return AtHand(
        SettledValues({"numbers": numbers}, runs),
        visits,
        visits if without is None else _visits(without),
        _cohort(lowered.traits, journeys),
        MeasuredColumns.room({**runs, "outputs of measures": measures * len(OUTPUTS)}),
    )


def _visits(journeys: Journeys) -> VisitColumns:
    columns = {name: getattr(journeys, name) for name in COLUMNS}
    return VisitColumns(columns, {"visits": len(journeys)})


def _cohort(traits: tuple[str, ...], journeys: Journeys) -> CohortColumns:
    cohort = journeys.cohort
    first = np.array([0, len(cohort)]) if journeys.runs is None else journeys.runs.first
    columns = {name: getattr(cohort, name) for name in ("group", "origin", "arrives", "past")}
    columns |= {"first": first, "traits": [cohort.traits[name] for name in traits]}
    return CohortColumns(columns, {"clients": len(cohort), "traits": len(traits)})
