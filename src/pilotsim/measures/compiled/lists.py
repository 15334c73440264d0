"""Steps that list times of a replication. See `pilotsim.measures.measures`."""

from __future__ import annotations

import math

from pilotsim.base.ticks import on_tick
from pilotsim.measures.compiled.program import (
    AS_ASKED,
    OPEN,
    OTHERWISE,
    SEEN_SO_FAR,
    SURVIVAL,
    WAYS,
    MeasureProgram,
    MeasureRoom,
    VisitColumns,
)
from pilotsim.measures.compiled.visits import began_of


def put(room: MeasureRoom, which: int, time: float, state: int, length: float) -> None:
    """Put a time at the end of a list, or note that there is no room for it."""
    place = room.list_count[which]
    if place < len(room.list_time[which]):
        room.list_time[which, place] = time
        room.list_state[which, place] = state
        room.list_length[which, place] = length
    room.list_count[which] = place + 1


def list_waits(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    places: tuple[int, int],
) -> None:
    """List how long clients wait: who still waits, and who left before its turn, included."""
    opens = program.x[k]
    closes = program.y[k]
    marks = room.marks[program.b[k]]
    for place in range(places[0], places[1]):
        v = room.order[0, place]
        began = began_of(program, visits, v)
        joined = visits.joined[v]
        if marks[visits.client[v] - first] and joined < closes and began >= opens:
            state = SEEN_SO_FAR
            if visits.started[v] < closes:
                state = AS_ASKED
            elif began > closes or math.isnan(visits.finished[v]):
                state = OTHERWISE
            put(room, program.out[k], on_tick(min(began, closes) - joined), state, 0.0)


def list_ways(program: MeasureProgram, k: int, room: MeasureRoom, count: int) -> None:
    """List how long clients take from one time of their own to another."""
    horizon = program.horizon[0]
    for client in range(count):
        if room.marks[program.c[k], client]:
            start = room.moments[program.a[k], client]
            end = room.moments[program.b[k], client]
            state = AS_ASKED if end < math.inf else SEEN_SO_FAR
            put(room, program.out[k], on_tick(min(end, horizon) - start), state, 0.0)


def list_survival(program: MeasureProgram, k: int, room: MeasureRoom, count: int) -> None:
    """List how long it takes clients to do what is asked, or something else, as far as is seen.

    Since when is column `a`, when it happened `b`, something else `c`, until when it is asked for
    `d`; of the clients that `e` marks, of whom the marks after that say who is followed so long.
    """
    horizon = program.horizon[0]
    for client in range(count):
        if not room.marks[program.e[k], client]:
            continue
        begins = room.moments[program.a[k], client]
        seen = on_tick(horizon - begins)
        happened = on_tick(room.moments[program.b[k], client] - begins)
        competed = math.inf
        if program.c[k] >= 0:
            competed = on_tick(room.moments[program.c[k], client] - begins)
        length = on_tick(room.moments[program.d[k], client] - begins)
        is_followed = room.marks[int(program.x[k]), client] != 0
        if is_followed:
            length = min(length, seen)
        state = SEEN_SO_FAR if is_followed else OPEN
        if happened <= competed and happened <= seen:
            state = AS_ASKED
        elif competed <= seen:
            state = OTHERWISE
        put(room, program.out[k], min(happened, competed, seen), state, length)


def list_times(program: MeasureProgram, k: int, room: MeasureRoom, count: int) -> None:
    """List times that clients have of their own."""
    if program.code[k] == WAYS:
        list_ways(program, k, room, count)
    elif program.code[k] == SURVIVAL:
        list_survival(program, k, room, count)
