"""Steps over units of a resource that visits hold. See `pilotsim.measures.occupancy`."""

from __future__ import annotations

import math

from pilotsim.measures.compiled.program import (
    ADD_TAKEN,
    ADD_UNITS,
    MeasureProgram,
    MeasureRoom,
    VisitColumns,
)
from pilotsim.measures.compiled.visits import began_of, days_inside, until_of, working_days
from pilotsim.simulation.columns import FloatColumn


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
        kept = 0
        if before >= 0 and follows_and_keeps(program, visits, resource, before, v):
            most = most_units_of(program, values, resource, stage)
            kept = min(held_before, most)
        service = units_in_service_of(program, values, visits, resource, v)
        x = program.x[k]
        y = program.y[k]
        began = began_of(program, visits, v)
        in_service = service * days_inside(began, until_of(program, visits, v), x, y)
        total += in_service + kept * days_inside(visits.joined[v], began, x, y)
        before = v
        held_before = service if visits.alternative[v] >= 0 else kept
    return total


def follows_and_keeps(
    program: MeasureProgram, visits: VisitColumns, resource: int, before: int, v: int
) -> bool:
    """Tell whether a visit is the same client's next, and the stage before lets units go along."""
    return (
        visits.client[before] == visits.client[v]
        and visits.visit[before] + 1 == visits.visit[v]
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
        units = values[program.unit_slot[k]]
        if program.unit_caseload[k] >= 0:
            units = float(math.floor(units * values[program.unit_caseload[k]] + 1e-9))
        end = program.unit_time[k + 1] if k + 1 < points else program.horizon[0]
        there += units * max(0.0, min(end, last) - max(program.unit_time[k], first))
    return there
