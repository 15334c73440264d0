"""Steps over units of a resource that visits hold. See `pilotsim.measures.occupancy`."""

from __future__ import annotations

import math

from pilotsim.measures.compiled.lists import put
from pilotsim.measures.compiled.program import (
    ADD_TAKEN,
    ADD_UNITS,
    MeasureProgram,
    MeasureRoom,
    VisitColumns,
)
from pilotsim.measures.compiled.visits import began_of, days_inside, until_of, working_days
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.journeys import INTERRUPTED


def units_in_service_of(
    program: MeasureProgram, values: FloatColumn, visits: VisitColumns, resource: int, v: int
) -> int:
    """Return the units of a resource that a visit holds from start to end."""
    if visits.alternative[v] < 0:
        return 0
    row = resource * len(program.needs[resource]) + visits.stage[v]
    slot = program.need_slot[row, visits.alternative[v]]
    return int(values[slot]) if slot >= 0 else 0


def most_units_of(program: MeasureProgram, values: FloatColumn, resource: int, stage: int) -> int:
    """Return the most units that an alternative of a stage needs."""
    slots = program.need_slot[resource * len(program.needs[resource]) + stage]
    most = 0
    for k in range(len(slots)):
        if slots[k] >= 0:
            most = max(most, int(values[slots[k]]))
    return most


def add_units(
    program: MeasureProgram,
    k: int,
    values: FloatColumn,
    visits: VisitColumns,
    room: MeasureRoom,
    begin: int,
    end: int,
) -> None:
    """Add up unit-days held, or units taken, in the order of visits."""
    code = program.code[k]
    resource = program.a[k]
    total = room.numbers[program.out[k]]
    if code == ADD_UNITS:
        total = add_unit_days(program, k, values, visits, total, begin, end)
    elif code == ADD_TAKEN:
        for v in range(begin, end):
            started = visits.started[v]
            is_in = program.y[k] == math.inf or program.x[k] <= started < program.y[k]
            if is_in and program.needs[resource, visits.stage[v]]:
                total += units_in_service_of(program, values, visits, resource, v)
    room.numbers[program.out[k]] = total


def add_hours(
    program: MeasureProgram,
    k: int,
    values: FloatColumn,
    visits: VisitColumns,
    room: MeasureRoom,
    first: int,
    begin: int,
    end: int,
) -> None:
    """Add up the working unit-days that the clients who count are served, in some stages."""
    is_in = program.stage_in[program.c[k]]
    marks = room.marks[program.b[k]]
    total = room.numbers[program.out[k]]
    for v in range(begin, end):
        if is_in[visits.stage[v]] and marks[visits.client[v] - first]:
            units = units_in_service_of(program, values, visits, program.a[k], v)
            began = began_of(program, visits, v)
            until = until_of(program, visits, v)
            total += units * working_days(program, began, until, program.x[k], program.y[k])
    room.numbers[program.out[k]] = total


def add_unit_days(
    program: MeasureProgram,
    k: int,
    values: FloatColumn,
    visits: VisitColumns,
    total: float,
    begin: int,
    end: int,
) -> float:
    """Add the unit-days that visits hold in service, and keep from the stage before as they wait.

    Who did not start in the stage before still holds what it kept while it waited there.
    """
    resource = program.a[k]
    before = -1
    held_before = 0
    for v in range(begin, end):
        stage = visits.stage[v]
        if not program.needs[resource, stage]:
            continue
        kept = units_kept(program, values, visits, resource, before, v, held_before)
        service = units_in_service_of(program, values, visits, resource, v)
        x = program.x[k]
        y = program.y[k]
        began = began_of(program, visits, v)
        in_service = service * days_inside(began, until_of(program, visits, v), x, y)
        total += in_service + kept * days_inside(visits.joined[v], began, x, y)
        before = v
        held_before = service if visits.alternative[v] >= 0 else kept
    return total


def units_kept(
    program: MeasureProgram,
    values: FloatColumn,
    visits: VisitColumns,
    resource: int,
    before: int,
    v: int,
    held_before: int,
) -> int:
    """Return the units that a visit keeps from the one before it as it waits."""
    if before < 0 or not follows_and_keeps(program, visits, resource, before, v):
        return 0
    return min(held_before, most_units_of(program, values, resource, visits.stage[v]))


def list_held(
    program: MeasureProgram,
    k: int,
    values: FloatColumn,
    visits: VisitColumns,
    room: MeasureRoom,
    begin: int,
    end: int,
) -> None:
    """List when units of a resource are taken and given back, and how many, as `add_unit_days`."""
    resource = program.a[k]
    which = program.out[k]
    before = -1
    held_before = 0
    for v in range(begin, end):
        if not program.needs[resource, visits.stage[v]]:
            continue
        kept = units_kept(program, values, visits, resource, before, v, held_before)
        service = units_in_service_of(program, values, visits, resource, v)
        began = began_of(program, visits, v)
        if kept:
            put(room, which, visits.joined[v], 0, float(kept))
            put(room, which, began, 0, -float(kept))
        if service:
            put(room, which, began, 0, float(service))
            put(room, which, until_of(program, visits, v), 0, -float(service))
        before = v
        held_before = service if visits.alternative[v] >= 0 else kept


def overbooked(program: MeasureProgram, k: int, values: FloatColumn, room: MeasureRoom) -> float:
    """Return the unit-days of a resource that are held beyond those there are, in a window."""
    which = program.a[k]
    resource = program.b[k]
    first = program.x[k]
    last = program.y[k]
    times = room.list_time[which]
    changes = room.list_length[which]
    count = room.list_count[which]
    sort_changes(times, changes, count)
    point = program.unit_from[resource]
    points = program.unit_from[resource + 1]
    there = 0.0
    area = 0.0
    level = 0.0
    before = first
    place = 0
    while place < count or point < points:
        if point < points and (place >= count or program.unit_time[point] <= times[place]):
            time = program.unit_time[point]
            units = units_at(program, values, point)
            change = there - units
            there = units
            point += 1
        else:
            time = times[place]
            change = changes[place]
            place += 1
        time = min(max(time, first), last)
        if level > 0.0:
            area += level * (time - before)
        before = time
        level += change
    if level > 0.0:
        area += level * (last - before)
    return area


def units_at(program: MeasureProgram, values: FloatColumn, point: int) -> float:
    """Return how many units of a resource there are from a point in time on."""
    if program.unit_slot[point] < 0:
        return 0.0
    units = values[program.unit_slot[point]]
    if program.unit_caseload[point] >= 0:
        units = float(math.floor(units * values[program.unit_caseload[point]] + 1e-9))
    return units


def sort_changes(times: FloatColumn, changes: FloatColumn, count: int) -> None:
    """Put times in order, each with its change, where they stand: a heap is taken apart."""
    for root in range(count // 2 - 1, -1, -1):
        sift_down(times, changes, root, count)
    for end in range(count - 1, 0, -1):
        times[0], times[end] = times[end], times[0]
        changes[0], changes[end] = changes[end], changes[0]
        sift_down(times, changes, 0, end)


def sift_down(times: FloatColumn, changes: FloatColumn, root: int, end: int) -> None:
    """Let a time sink in the heap until none below it is later."""
    time = times[root]
    change = changes[root]
    place = root
    while 2 * place + 1 < end:
        below = 2 * place + 1
        if below + 1 < end and times[below + 1] > times[below]:
            below += 1
        if times[below] <= time:
            break
        times[place] = times[below]
        changes[place] = changes[below]
        place = below
    times[place] = time
    changes[place] = change


def follows_and_keeps(
    program: MeasureProgram, visits: VisitColumns, resource: int, before: int, v: int
) -> bool:
    """Tell whether a visit is the same client's next, and the stage before lets units go along."""
    return (
        visits.client[before] == visits.client[v]
        and visits.visit[before] + 1 == visits.visit[v]
        and visits.cause[before] != INTERRUPTED
        and program.keeps[resource, visits.stage[before]] != 0
    )


def unit_days_there(
    program: MeasureProgram, values: FloatColumn, resource: int, first: float, last: float
) -> float:
    """Return the unit-days of a resource in a window; of one used up, the units supplied."""
    if program.supply_slot[resource] >= 0:
        deliveries = 0
        for k in range(program.supply_from[resource], program.supply_from[resource + 1]):
            if first <= program.supply_day[k] < last:
                deliveries += 1
        return float(deliveries * int(values[program.supply_slot[resource]]))
    there = 0.0
    points = program.unit_from[resource + 1]
    for k in range(program.unit_from[resource], points):
        units = units_at(program, values, k)
        end = program.unit_time[k + 1] if k + 1 < points else program.horizon[0]
        there += units * max(0.0, min(end, last) - max(program.unit_time[k], first))
    return there
