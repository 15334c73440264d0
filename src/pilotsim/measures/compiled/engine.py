"""Compiles the kernel, and hands it journeys."""

from __future__ import annotations

from pilotsim.base.arrays import Floats, Ints
from pilotsim.measures.compiled import kernel
from pilotsim.measures.compiled.columns import hand_over
from pilotsim.measures.compiled.lowering import Lowered, lower
from pilotsim.measures.compiled.program import (
    LIST_NEEDED,
    VISITS_NEEDED,
    CohortColumns,
    MeasuredColumns,
    MeasureProgram,
    MeasureRoom,
    SettledValues,
    VisitColumns,
)
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.engines.compiled.engine import SMALLEST_FLOW
from pilotsim.simulation.engines.compiled.jit import entry, shared
from pilotsim.simulation.engines.compiled.structs import view_of
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import resolve_flow

# How many clients are measured at a time, and what room their visits and lists get at first.
CHUNK, FEW_VISITS, FEW_TIMES = 1024, 8192, 2048

measure_all = shared(kernel.measure_all)
view_program, pack_program = view_of(MeasureProgram, is_read_only=True)
view_settled, pack_settled = view_of(SettledValues, is_read_only=True)
view_visits, pack_visits = view_of(VisitColumns, is_read_only=True)
view_cohort, pack_cohort = view_of(CohortColumns, is_read_only=True)
view_room, pack_room = view_of(MeasureRoom)
view_measured, pack_measured = view_of(MeasuredColumns)


@entry
def measure_block(
    program: Ints,
    values: Ints,
    visits: Ints,
    without: Ints,
    cohort: Ints,
    room: Ints,
    measured: Ints,
    begin: int,
) -> int:
    """Run `kernel.measure_all` on rows of addresses of its records, see `structs`."""
    return measure_all(
        view_program(program),
        view_settled(values).numbers,
        view_visits(visits),
        view_visits(without),
        view_cohort(cohort),
        view_room(room),
        view_measured(measured),
        begin,
    )


def measure_compiled(lowered: Lowered, journeys: Journeys, without: Journeys | None) -> Floats:
    """Return the numbers of some measures in each replication.

    Parameters
    ----------
    lowered : Lowered
        The measures as a program.
    journeys, without : Journeys
        The same cohorts with and without the programme; None where no step asks for the second.

    Returns
    -------
    ndarray of float, shape (replications, measures, outputs)
        See `program.OUTPUTS`.
    """
    at_hand = hand_over(lowered, journeys, without)
    rows = (
        pack_program(lowered.program),
        pack_settled(at_hand.values),
        pack_visits(at_hand.visits),
        pack_visits(at_hand.without),
        pack_cohort(at_hand.cohort),
    )
    measured = pack_measured(at_hand.measured)
    visits, times, done = FEW_VISITS, FEW_TIMES, 0
    while done < len(journeys.plans):
        room = MeasureRoom.room_for(lowered.room | {"chunk": CHUNK}, visits, times)
        done = measure_block(*rows, pack_room(room), measured, done)
        visits = max(visits, 2 * room.counts[VISITS_NEEDED])
        times = max(times, 2 * room.counts[LIST_NEEDED])
    return at_hand.found


def warm_up() -> None:
    """Compile the kernel, or load what was compiled before, so that other processes find it."""
    flow = Flow.model_validate(SMALLEST_FLOW)
    journeys = run_replication(resolve_flow(flow), 1, 0)
    measure_compiled(lower(flow, (), both_worlds=False), journeys, None)
