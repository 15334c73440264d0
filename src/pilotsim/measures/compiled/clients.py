"""Steps over clients: who they are, and times of their own. See `pilotsim.measures.selections`."""

from __future__ import annotations

import math

from pilotsim.base.calendar import work_until_day
from pilotsim.base.ticks import on_tick
from pilotsim.measures.compiled.program import (
    BEGINS,
    BOTH,
    BUT_NOT,
    EITHER,
    ENTRY,
    FILL,
    HAS_TRAIT,
    IN_CATEGORY,
    IN_RANGE,
    IN_WINDOW,
    LATER,
    OF_GROUPS,
    OF_STOCK,
    CohortColumns,
    MeasureProgram,
    MeasureRoom,
)
from pilotsim.simulation.columns import FloatColumn, Int8Column


def mark_who_they_are(
    program: MeasureProgram,
    k: int,
    cohort: CohortColumns,
    room: MeasureRoom,
    first: int,
    count: int,
) -> None:
    """Mark clients by group, origin or trait."""
    code = program.code[k]
    marks = room.marks[program.out[k]]
    a = program.a[k]
    x = program.x[k]
    if code == FILL:
        for client in range(count):
            marks[client] = a
    elif code == OF_GROUPS:
        chosen = program.group_in[a]
        for client in range(count):
            marks[client] = chosen[cohort.group[first + client]]
    elif code == OF_STOCK:
        since = program.counted_from[0]
        for client in range(count):
            is_there = cohort.origin[first + client] == 0 or cohort.arrives[first + client] < since
            marks[client] = 1 if is_there == (a != 0) else 0
    elif code == HAS_TRAIT:
        for client in range(count):
            has_it = cohort.traits[a, first + client] > 0.0
            marks[client] = 1 if has_it == (program.b[k] != 0) else 0
    elif code == IN_CATEGORY:
        for client in range(count):
            marks[client] = 1 if cohort.traits[a, first + client] == x else 0


def join_marks(
    code: int, marks: Int8Column, one: Int8Column, other: Int8Column, count: int
) -> None:
    """Mark those that both, either, or the one but not the other marks."""
    if code == BOTH:
        for row in range(count):
            marks[row] = one[row] & other[row]
    elif code == EITHER:
        for row in range(count):
            marks[row] = one[row] | other[row]
    elif code == BUT_NOT:
        for row in range(count):
            marks[row] = one[row] & (other[row] ^ 1)


def mark_by_moment(program: MeasureProgram, k: int, room: MeasureRoom, count: int) -> None:
    """Mark clients whose time lies between two, both or the first alone included."""
    marks = room.marks[program.out[k]]
    moments = room.moments[program.a[k]]
    x = program.x[k]
    y = program.y[k]
    if program.code[k] == IN_RANGE:
        for client in range(count):
            marks[client] = 1 if x <= moments[client] <= y else 0
    elif program.code[k] == IN_WINDOW:
        for client in range(count):
            marks[client] = 1 if x <= moments[client] < y else 0


def set_moments(
    program: MeasureProgram,
    k: int,
    cohort: CohortColumns,
    room: MeasureRoom,
    first: int,
    count: int,
) -> None:
    """Give each client its start, the beginning of a time, or what lies a length after it."""
    code = program.code[k]
    moments = room.moments[program.out[k]]
    if code == ENTRY:
        since = program.counted_from[0]
        for client in range(count):
            moments[client] = max(cohort.arrives[first + client], since)
    elif code == BEGINS:
        begins_with(moments, room.moments[program.a[k]], room.moments[program.b[k]], count)
    elif code == LATER:
        earlier = room.moments[program.a[k]]
        length = program.x[k]
        for client in range(count):
            moments[client] = on_tick(earlier[client] + length)
        if program.b[k]:
            for client in range(count):
                if earlier[client] < math.inf:
                    moments[client] = work_until_day(program.worked, earlier[client], length)
                else:
                    moments[client] = earlier[client]


def begins_with(moments: FloatColumn, since: FloatColumn, entry: FloatColumn, count: int) -> None:
    """Give each client the first time where there is one, and the second elsewhere."""
    for client in range(count):
        moments[client] = since[client] if since[client] < math.inf else entry[client]
