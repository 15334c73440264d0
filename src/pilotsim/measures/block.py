"""All measures of a block of replications at once, compiled where the compiler is there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.measures.measures import measure_counterfactual, measure_runs
from pilotsim.model.targets import Measure
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys


@dataclass(frozen=True)
class MeasuredBlock:
    """Several measures in each replication: see `measures.MeasuredRuns`.

    Parameters
    ----------
    values, base, left_out, waiting, beyond : ndarray of float, shape (replications, measures)
        The measure, and what it rests on.
    counterfactual : ndarray of float, shape (replications, measures)
        What the same clients come to without the programme; NaN where that world was not run.
    """

    values: Floats
    base: Floats
    left_out: Floats
    waiting: Floats
    beyond: Floats
    counterfactual: Floats

    def __eq__(self, other: object) -> bool:
        """Equal to the bit."""
        if not isinstance(other, MeasuredBlock):
            return NotImplemented
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(np.array_equal(one, two, equal_nan=True) for one, two in pairs)

    __hash__ = None  # type: ignore[assignment]


def prepare(engine: str | None = None) -> Iterator[str]:
    """Make an engine and its measures ready; yield what a user should know before that takes time.

    Parameters
    ----------
    engine : str, optional
        As for `measure_block`.
    """
    yield from engines.prepare(engine)
    if engine != engines.PROCESS and engines.compiler_is_there():
        from pilotsim.measures.compiled.engine import warm_up

        warm_up()


def prepare_for_processes(engine: str | None = None) -> None:
    """Compile an engine and its measures, before several processes would each do so.

    Parameters
    ----------
    engine : str, optional
        As for `measure_block`.
    """
    if engine == engines.PROCESS or not engines.compiler_is_there():
        return
    from pilotsim.measures.compiled import engine as measuring
    from pilotsim.simulation.engines.compiled.engine import is_compiled, keeps_code, warm_up

    if keeps_code() and not is_compiled():
        warm_up()
        measuring.warm_up()


def measure_block(
    journeys: Journeys,
    without: Journeys | None,
    measures: Sequence[Measure],
    *,
    engine: str | None = None,
) -> MeasuredBlock:
    """Return several measures of each replication, with what they rest on.

    Parameters
    ----------
    journeys, without : Journeys
        The same cohorts with and without the programme; None where that world was not run.
    measures : sequence of Measure
        What is asked.
    engine : str, optional
        `kernel` (compiled) or `process` (readable); the fastest there is, unless said. Changes no
        result.
    """
    if (engine or engines.default_engine()) != engines.KERNEL:
        return measure_readable(journeys, without, measures)
    from pilotsim.measures.compiled.engine import measure_compiled
    from pilotsim.measures.compiled.lowering import lower

    lowered = lower(journeys.plan.flow, measures, both_worlds=without is not None)
    found = measure_compiled(lowered, journeys, without)
    return MeasuredBlock(*(one.T for one in np.ascontiguousarray(found.transpose(2, 1, 0))))


def measure_readable(
    journeys: Journeys, without: Journeys | None, measures: Sequence[Measure]
) -> MeasuredBlock:
    """Return what `measure_block` does, measure by measure."""
    found = [measure_runs(journeys, what) for what in measures]
    runs = len(journeys.plans)
    if without is None:
        anyway = [np.full(runs, math.nan) for _ in measures]
    else:
        anyway = [measure_counterfactual(journeys, without, what) for what in measures]
    return MeasuredBlock(
        _columns(runs, [one.values for one in found]),
        _columns(runs, [one.base for one in found]),
        _columns(runs, [one.left_out for one in found]),
        _columns(runs, [one.waiting for one in found]),
        _columns(runs, [one.beyond for one in found]),
        _columns(runs, anyway),
    )


def _columns(replications: int, columns: Sequence[Floats]) -> Floats:
    return np.array(columns, np.float64).reshape(len(columns), replications).T
