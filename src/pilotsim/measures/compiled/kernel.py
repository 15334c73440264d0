"""Runs a program: over each replication's clients a chunk at a time, then over its numbers."""

from __future__ import annotations

import math

from pilotsim.measures.compiled.clients import (
    join_marks,
    mark_by_moment,
    mark_who_they_are,
    set_moments,
)
from pilotsim.measures.compiled.durations import (
    bounded_wait,
    how_many,
    plain,
    share_by,
    typical_way,
)
from pilotsim.measures.compiled.lists import list_times, list_waits
from pilotsim.measures.compiled.program import (
    ADD_DAYS,
    ADD_HOURS,
    ADD_TAKEN,
    ADD_UNITS,
    ADD_UP,
    BEGINS,
    BOTH,
    BOUNDED_WAIT,
    BUT_NOT,
    COUNT,
    COUNT_PRESENT,
    COUNT_STARTS,
    COUNT_VISITS,
    DETERRED,
    EITHER,
    ENTRY,
    FINE,
    FIRST_JOINED,
    FIRST_MOVE,
    HELD,
    HOW_MANY,
    IN_CATEGORY,
    IN_RANGE,
    IN_USE,
    IN_WINDOW,
    LATER,
    LIST_NEEDED,
    MINUS,
    MONTHS,
    MOVED,
    NO_ROOM,
    NUMBER,
    OVER,
    OVERBOOKED,
    PLUS,
    PRESENT,
    PRICED,
    SPELLS,
    STATUS,
    TIMES,
    TYPICAL,
    TYPICAL_WAY,
    UNIT_DAYS,
    VISITS_BUT_NOT,
    VISITS_EITHER,
    VISITS_MOVED,
    VISITS_NEEDED,
    VISITS_OF,
    WAITS,
    WITHIN,
    CohortColumns,
    MeasuredColumns,
    MeasureProgram,
    MeasureRoom,
    VisitColumns,
)
from pilotsim.measures.compiled.spells import list_spells
from pilotsim.measures.compiled.units import (
    add_hours,
    add_units,
    list_held,
    overbooked,
    unit_days_there,
)
from pilotsim.measures.compiled.visits import (
    begin_columns,
    count_months,
    go_through_all,
    go_through_moves,
    go_through_stays,
    mark_deterred,
    sort_by_stage,
)
from pilotsim.simulation.columns import FloatColumn, FloatRows, IntColumn


def measure_all(
    program: MeasureProgram,
    values: FloatRows,
    visits: VisitColumns,
    without: VisitColumns,
    cohort: CohortColumns,
    room: MeasureRoom,
    measured: MeasuredColumns,
    begin: int,
) -> int:
    """Measure replications from one on; return the first that found no room, or how many there are.

    Parameters
    ----------
    program : MeasureProgram
        What is measured.
    values : FloatRows
        The settled numbers of the flow's values in each replication.
    visits, without : VisitColumns
        What happened with the programme and without it; the same twice where no step asks for the
        world without.
    cohort : CohortColumns
        The clients of both.
    room : MeasureRoom
        Where columns are put.
    measured : MeasuredColumns
        Where the numbers go.
    begin : int
        The first replication to measure.
    """
    v = first_visit(visits.client, cohort.first[begin])
    w = first_visit(without.client, cohort.first[begin])
    for run in range(begin, len(cohort.first) - 1):
        begin_replication(room)
        first = cohort.first[run]
        while first < cohort.first[run + 1]:
            count = min(len(room.marks[0]), cohort.first[run + 1] - first)
            v_end = first_visit(visits.client, first + count)
            w_end = first_visit(without.client, first + count)
            if not has_room_for(room, max(v_end - v, w_end - w)):
                return run
            chunk = (first, count, v, v_end, w, w_end)
            measure_chunk(program, values[run], visits, without, cohort, room, chunk)
            first += count
            v = v_end
            w = w_end
        if not has_listed_all(room):
            return run
        work_out_numbers(program, values[run], room)
        tell(program, room, measured.found[run])
    return len(cohort.first) - 1


def first_visit(client: IntColumn, least: int) -> int:
    """Return the first visit of a client or of those after it."""
    low = 0
    high = len(client)
    while low < high:
        middle = (low + high) // 2
        if client[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


def begin_replication(room: MeasureRoom) -> None:
    """Forget the numbers and lists of the replication before."""
    for k in range(len(room.counts)):
        room.counts[k] = FINE
    for k in range(len(room.numbers)):
        room.numbers[k] = 0.0
    for k in range(len(room.list_count)):
        room.list_count[k] = 0


def has_room_for(room: MeasureRoom, visits: int) -> bool:
    """Tell whether there is room for the visits of a chunk; note how much it takes."""
    if visits > len(room.order[0]):
        room.counts[STATUS] = NO_ROOM
        room.counts[VISITS_NEEDED] = visits
        return False
    return True


def has_listed_all(room: MeasureRoom) -> bool:
    """Tell whether all times of the lists found room; note how much they take."""
    for k in range(len(room.list_count)):
        if room.list_count[k] > len(room.list_time[k]):
            room.counts[STATUS] = NO_ROOM
            room.counts[LIST_NEEDED] = max(room.counts[LIST_NEEDED], room.list_count[k])
    return room.counts[STATUS] == FINE


def tell(program: MeasureProgram, room: MeasureRoom, found: FloatColumn) -> None:
    """Write the numbers of all measures side by side."""
    place = 0
    for measure in range(len(program.outputs)):
        own = program.outputs[measure]
        for k in range(len(own)):
            found[place] = room.numbers[own[k]]
            place += 1


# Over clients and visits.


def measure_chunk(
    program: MeasureProgram,
    values: FloatColumn,
    visits: VisitColumns,
    without: VisitColumns,
    cohort: CohortColumns,
    room: MeasureRoom,
    chunk: tuple[int, int, int, int, int, int],
) -> None:
    """Take all steps over the clients of a chunk, and their visits in both worlds."""
    first, count, v, v_end, w, w_end = chunk
    sort_by_stage(visits, room.order[0], room.stage_from[0], v, v_end)
    if program.worlds[0] > 1:
        sort_by_stage(without, room.order[1], room.stage_from[1], w, w_end)
    for k in range(program.clients_steps[0]):
        code = program.code[k]
        if code < DETERRED:
            step_over_clients(program, k, cohort, room, first, count)
        elif program.world[k] == 0:
            step_over_visits(program, k, values, visits, cohort, room, (first, count, v, v_end))
        else:
            step_over_visits(program, k, values, without, cohort, room, (first, count, w, w_end))


def step_over_clients(
    program: MeasureProgram,
    k: int,
    cohort: CohortColumns,
    room: MeasureRoom,
    first: int,
    count: int,
) -> None:
    """Take a step over clients alone."""
    code = program.code[k]
    if code <= IN_CATEGORY:
        mark_who_they_are(program, k, cohort, room, first, count)
    elif code <= BUT_NOT:
        marks = room.marks[program.out[k]]
        join_marks(code, marks, room.marks[program.a[k]], room.marks[program.b[k]], count)
    elif code in (IN_RANGE, IN_WINDOW):
        mark_by_moment(program, k, room, count)
    elif code in (ENTRY, BEGINS, LATER):
        set_moments(program, k, cohort, room, first, count)


def step_over_visits(
    program: MeasureProgram,
    k: int,
    values: FloatColumn,
    visits: VisitColumns,
    cohort: CohortColumns,
    room: MeasureRoom,
    chunk: tuple[int, int, int, int],
) -> None:
    """Take a step over visits, or one that counts or lists."""
    first, count, begin, end = chunk
    code = program.code[k]
    if code == DETERRED:
        mark_deterred(program, k, visits, cohort, room, first, count, begin, end)
    elif code in (MOVED, PRESENT, WITHIN, FIRST_JOINED, FIRST_MOVE):
        begin_columns(program, k, room, count)
        step_by_stage(program, k, visits, room, first, begin)
    elif code in (COUNT_PRESENT, COUNT_STARTS, WAITS):
        step_by_stage(program, k, visits, room, first, begin)
    elif code == MONTHS:
        count_months(program, k, visits, room, first, count)
    elif VISITS_OF <= code <= VISITS_BUT_NOT:
        step_over_marked_visits(program, k, visits, room, first, begin, end)
    elif code in (COUNT, COUNT_VISITS, ADD_UP):
        count_marks(program, k, room, count, end - begin)
    elif code == ADD_DAYS:
        go_through_all(program, k, visits, room, first, begin, end)
    elif code in (ADD_UNITS, ADD_TAKEN):
        add_units(program, k, values, visits, room, begin, end)
    elif code == ADD_HOURS:
        add_hours(program, k, values, visits, room, first, begin, end)
    elif code == HELD:
        list_held(program, k, values, visits, room, begin, end)
    elif code == SPELLS:
        list_spells(program, k, visits, cohort, room, first, begin, end)
    else:
        list_times(program, k, room, count)


def step_by_stage(
    program: MeasureProgram, k: int, visits: VisitColumns, room: MeasureRoom, first: int, begin: int
) -> None:
    """Take a step over the visits to a set of stages, in which their order makes no difference."""
    code = program.code[k]
    stages = program.e[k] if code in (MOVED, VISITS_MOVED, FIRST_MOVE) else program.a[k]
    for member in range(program.set_from[stages], program.set_from[stages + 1]):
        stage = program.set_stage[member]
        stage_from = room.stage_from[program.world[k]]
        places = (stage_from[stage], stage_from[stage + 1])
        if code in (MOVED, VISITS_MOVED, FIRST_MOVE):
            go_through_moves(program, k, visits, room, first, begin, places)
        elif code == WAITS:
            list_waits(program, k, visits, room, first, places)
        else:
            go_through_stays(program, k, visits, room, first, places)


def step_over_marked_visits(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    begin: int,
    end: int,
) -> None:
    """Mark visits: those of marked clients, those in which a move happened, joined from others."""
    code = program.code[k]
    marks = room.visit_marks[program.out[k]]
    if code == VISITS_OF:
        chosen = room.marks[program.a[k]]
        for v in range(begin, end):
            marks[v - begin] = chosen[visits.client[v] - first]
    elif code == VISITS_MOVED:
        for v in range(end - begin):
            marks[v] = 0
        step_by_stage(program, k, visits, room, first, begin)
    else:
        join = BOTH
        if code == VISITS_EITHER:
            join = EITHER
        elif code == VISITS_BUT_NOT:
            join = BUT_NOT
        one = room.visit_marks[program.a[k]]
        other = room.visit_marks[program.b[k]]
        join_marks(join, marks, one, other, end - begin)


def count_marks(
    program: MeasureProgram, k: int, room: MeasureRoom, clients: int, visits: int
) -> None:
    """Count clients or visits that are marked, or add up the numbers of such clients."""
    code = program.code[k]
    marked = 0
    if code == COUNT:
        marks = room.marks[program.a[k]]
        for client in range(clients):
            marked += int(marks[client])
    elif code == COUNT_VISITS:
        marks = room.visit_marks[program.a[k]]
        for v in range(visits):
            marked += int(marks[v])
    else:
        marks = room.marks[program.b[k]]
        for client in range(clients):
            if marks[client]:
                room.numbers[program.out[k]] += room.moments[program.a[k], client]
    room.numbers[program.out[k]] += marked


# Over the numbers of a replication.


def work_out_numbers(program: MeasureProgram, values: FloatColumn, room: MeasureRoom) -> None:
    """Take all steps over numbers."""
    numbers = room.numbers
    for k in range(program.clients_steps[0], len(program.code)):
        code = program.code[k]
        a = program.a[k]
        b = program.b[k]
        x = program.x[k]
        out = program.out[k]
        if code == BOUNDED_WAIT:
            numbers[out], numbers[b] = bounded_wait(program, room, a, x)
        elif code == OVERBOOKED:
            numbers[out] = overbooked(program, k, values, room)
        elif code == IN_USE:
            numbers[out] = in_use(numbers[a], numbers[b], numbers[program.c[k]])
        elif code >= HOW_MANY:
            numbers[out] = of_times(room, code, a, b, x)
        elif code == PRICED:
            numbers[out] = values[b] * numbers[a]
        elif code == UNIT_DAYS:
            numbers[out] = unit_days_there(program, values, a, x, program.y[k])
        else:
            numbers[out] = of_numbers(numbers, code, a, b, x)


def of_numbers(numbers: FloatColumn, code: int, a: int, b: int, x: float) -> float:
    """Return a number that is known, or worked out of one or two others."""
    if code == NUMBER:
        return x
    if code == PLUS:
        return numbers[a] + numbers[b]
    if code == MINUS:
        return numbers[a] - numbers[b]
    if code == OVER:
        return numbers[a] / x
    if code == TIMES:
        return numbers[a] * x
    # A ratio; none for an empty base.
    return numbers[a] / numbers[b] if numbers[b] > 0.0 else math.nan


def in_use(held: float, there: float, beyond: float) -> float:
    """Return the share of unit-days that is held, at most all; NaN for none of none."""
    if there > 0.0:
        return (held - beyond) / there
    return 1.0 if beyond > 0.0 else math.nan


def of_times(room: MeasureRoom, code: int, which: int, state: int, share: float) -> float:
    """Return how many times stand in a list, or what they come to."""
    if code == HOW_MANY:
        return how_many(room, which, state)
    if code == TYPICAL:
        return plain(room, which, -1, share)
    if code == TYPICAL_WAY:
        return typical_way(room, which, share)
    return share_by(room, which)
