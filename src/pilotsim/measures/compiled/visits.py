"""Steps over visits: what happened, who is where, and days there.

See `pilotsim.measures.selections` and `pilotsim.measures.occupancy`.
"""

from __future__ import annotations

import math

from pilotsim.base.ticks import on_tick
from pilotsim.measures.compiled.program import (
    ADD_DAYS,
    COUNT_PRESENT,
    COUNT_STARTS,
    FINISHED_PLANNED,
    FIRST_JOINED,
    FIRST_MOVE,
    LEFT_BY,
    MOVED,
    PRESENT,
    REACHED,
    SINCE_BEGAN,
    STARTED,
    VISITS_MOVED,
    WITHIN,
    CohortColumns,
    MeasureProgram,
    MeasureRoom,
    VisitColumns,
)
from pilotsim.simulation.columns import FloatColumn, Int8Column, IntColumn
from pilotsim.simulation.journeys import FINISHED, FIRST_RISK


def until_of(program: MeasureProgram, visits: VisitColumns, v: int) -> float:
    """Return when a visit ended, or the horizon."""
    return program.horizon[0] if math.isnan(visits.finished[v]) else visits.finished[v]


def began_of(program: MeasureProgram, visits: VisitColumns, v: int) -> float:
    """Return when a visit started, or ended without a start."""
    return until_of(program, visits, v) if math.isnan(visits.started[v]) else visits.started[v]


def is_present(program: MeasureProgram, visits: VisitColumns, v: int, time: float) -> bool:
    """Tell whether a visit goes on at a time; from the horizon on, whether nothing has ended it."""
    if time >= program.horizon[0]:
        return math.isnan(visits.finished[v])
    return visits.joined[v] <= time < until_of(program, visits, v)


def worked_before(program: MeasureProgram, time: float) -> float:
    """Return the working days before a time of the run."""
    last = len(program.worked) - 1
    if time <= 0.0:
        return 0.0
    if time >= last:
        return float(program.worked[last])
    day = int(time)
    share = (program.worked[day + 1] - program.worked[day]) * (time - day)
    return program.worked[day] + share


def working_days(
    program: MeasureProgram, begins: float, ends: float, first: float, last: float
) -> float:
    """Return the working days of a span inside a window."""
    end = min(max(ends, first), last)
    begin = min(max(begins, first), last)
    return worked_before(program, end) - worked_before(program, begin)


def days_inside(begins: float, ends: float, first: float, last: float) -> float:
    """Return the length of a span, or of its part inside a window unless that is endless."""
    if last == math.inf:
        return on_tick(ends - begins)
    return on_tick(max(0.0, min(ends, last) - max(begins, first)))


def sort_by_stage(
    visits: VisitColumns, order: IntColumn, stage_from: IntColumn, begin: int, end: int
) -> None:
    """List visits by stage, each stage's in their order."""
    for stage in range(len(stage_from)):
        stage_from[stage] = 0
    for v in range(begin, end):
        stage_from[visits.stage[v]] += 1
    place = 0
    for stage in range(len(stage_from)):
        place += stage_from[stage]
        stage_from[stage] = place
    for v in range(end - 1, begin - 1, -1):
        stage = visits.stage[v]
        stage_from[stage] -= 1
        order[stage_from[stage]] = v


def moment_of(visits: VisitColumns, kind: int, v: int) -> float:
    """Return when a move happened in a visit; NaN where it did not."""
    if kind == REACHED:
        return visits.joined[v]
    if kind == STARTED:
        return visits.started[v]
    if kind == FINISHED_PLANNED:
        return visits.finished[v] if visits.cause[v] == FINISHED else math.nan
    if kind >= LEFT_BY:
        return visits.finished[v] if visits.cause[v] == FIRST_RISK + kind - LEFT_BY else math.nan
    return visits.finished[v]


def begin_columns(program: MeasureProgram, k: int, room: MeasureRoom, count: int) -> None:
    """Begin a step over visits: nobody is marked, nothing has happened."""
    code = program.code[k]
    if code in (FIRST_JOINED, FIRST_MOVE):
        moments = room.moments[program.out[k]]
        for client in range(count):
            moments[client] = math.inf
    elif code in (MOVED, PRESENT, WITHIN):
        marks = room.marks[program.out[k]]
        for client in range(count):
            marks[client] = 0


def go_through_moves(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    begin: int,
    places: tuple[int, int],
) -> None:
    """Mark clients, or visits, in which a move happened, or find when it first did.

    The kind of move is `a`; the client then went to a stage of the set `b`, and did so from its
    time `c` up to its time `d` (-1 for any), in the window of the step, in a visit to the set `e`.
    """
    code = program.code[k]
    order = room.order[program.world[k]]
    kind = program.a[k]
    to = program.b[k]
    since = program.c[k]
    latest = program.d[k]
    for place in range(places[0], places[1]):
        v = order[place]
        client = visits.client[v] - first
        moment = moment_of(visits, kind, v)
        happened = program.x[k] <= moment < program.y[k]
        if since >= 0:
            happened = happened and moment >= room.moments[since, client]
        if latest >= 0:
            happened = happened and moment <= room.moments[latest, client]
        if to >= 0:
            happened = (
                happened and visits.next[v] >= 0 and program.stage_in[to, visits.next[v]] != 0
            )
        if happened:
            if code == MOVED:
                room.marks[program.out[k], client] = 1
            elif code == VISITS_MOVED:
                room.visit_marks[program.out[k], v - begin] = 1
            elif moment < room.moments[program.out[k], client]:
                room.moments[program.out[k], client] = moment


def go_through_stays(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    places: tuple[int, int],
) -> None:
    """Mark clients who are there, find when they first joined, or count who is there."""
    code = program.code[k]
    order = room.order[program.world[k]]
    own = program.b[k]
    x = program.x[k]
    y = program.y[k]
    for place in range(places[0], places[1]):
        v = order[place]
        client = visits.client[v] - first
        if code == FIRST_JOINED:
            after = room.moments[own, client] if own >= 0 else -math.inf
            joined = visits.joined[v]
            if joined >= after and joined >= x and joined < room.moments[program.out[k], client]:
                room.moments[program.out[k], client] = joined
        elif code == PRESENT:
            time = room.moments[own, client] if own >= 0 else x
            if is_present(program, visits, v, time):
                room.marks[program.out[k], client] = 1
        elif code == WITHIN:
            joined = visits.joined[v]
            if joined < y and (until_of(program, visits, v) > x or joined >= x):
                room.marks[program.out[k], client] = 1
        elif code == COUNT_PRESENT:
            if room.marks[own, client] and is_present(program, visits, v, x):
                room.numbers[program.out[k]] += 1.0
        elif code == COUNT_STARTS and room.marks[own, client] and x <= visits.started[v] < y:
            room.numbers[program.out[k]] += 1.0


def go_through_all(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    begin: int,
    end: int,
) -> None:
    """Add up days in the order of visits."""
    if program.code[k] == ADD_DAYS:
        is_in = program.stage_in[program.a[k]]
        marks = room.marks[program.b[k]]
        total = room.numbers[program.out[k]]
        for v in range(begin, end):
            if is_in[visits.stage[v]] and marks[visits.client[v] - first]:
                since = visits.joined[v]
                if program.c[k] == SINCE_BEGAN:
                    since = began_of(program, visits, v)
                until = until_of(program, visits, v)
                if program.d[k]:
                    total += working_days(program, since, until, program.x[k], program.y[k])
                else:
                    total += days_inside(since, until, program.x[k], program.y[k])
        room.numbers[program.out[k]] = total


def mark_deterred(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    cohort: CohortColumns,
    room: MeasureRoom,
    first: int,
    count: int,
    begin: int,
    end: int,
) -> None:
    """Mark whom the programme kept from coming: they begin where such clients are instead."""
    marks = room.marks[program.out[k]]
    for client in range(count):
        marks[client] = 0
    for v in range(begin, end):
        if visits.visit[v] == 0:
            client = visits.client[v]
            group = cohort.group[client]
            stage = visits.stage[v]
            is_instead = (
                stage == program.group_instead[group] and stage != program.group_home[group]
            )
            marks[client - first] = 1 if is_instead and cohort.origin[client] != 0 else 0


def count_months(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    count: int,
) -> None:
    """Count the months of a list in which each client is there at some moment, or on a day."""
    months = room.moments[program.out[k]]
    there = room.marks[program.b[k]]
    on_a_day = program.c[k]
    order = room.order[program.world[k]]
    stage_from = room.stage_from[program.world[k]]
    for client in range(count):
        months[client] = 0.0
    wide = 1 if on_a_day else 2
    days = program.days_from[program.d[k]]
    while days < program.days_from[program.d[k] + 1]:
        for client in range(count):
            there[client] = 0
        for member in range(program.set_from[program.a[k]], program.set_from[program.a[k] + 1]):
            stage = program.set_stage[member]
            for place in range(stage_from[stage], stage_from[stage + 1]):
                v = order[place]
                if on_a_day:
                    is_there = is_present(program, visits, v, program.day[days])
                else:
                    is_there = (
                        visits.joined[v] < program.day[days + 1]
                        and until_of(program, visits, v) > program.day[days]
                    )
                if is_there:
                    there[visits.client[v] - first] = 1
        add_marks(months, there, count)
        days += wide


def add_marks(months: FloatColumn, there: Int8Column, count: int) -> None:
    """Add one for each client that is marked."""
    for client in range(count):
        months[client] += there[client]
