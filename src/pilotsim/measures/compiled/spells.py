"""Spells, client by client. See `pilotsim.measures.spells`."""

from __future__ import annotations

import math

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.ticks import on_tick
from pilotsim.measures.compiled.program import (
    AS_ASKED,
    LONGER,
    RETURNS,
    CohortColumns,
    MeasureProgram,
    MeasureRoom,
    VisitColumns,
)
from pilotsim.simulation.columns import FloatColumn


def list_spells(
    program: MeasureProgram,
    k: int,
    visits: VisitColumns,
    cohort: CohortColumns,
    room: MeasureRoom,
    first: int,
    begin: int,
    end: int,
) -> None:
    """List what is asked of the spells of the clients who count; count those that go on."""
    spell = program.a[k]
    is_in = program.stage_in[program.spell_set[spell]]
    days = program.spell_days[spell]
    client = -1
    begins = 0.0
    ends = 0.0
    for v in range(begin, end):
        if not is_in[visits.stage[v]]:
            continue
        joined = visits.joined[v]
        is_open = math.isnan(visits.finished[v])
        until = math.inf if is_open else visits.finished[v]
        is_there = is_open or visits.finished[v] > joined
        if days >= 0:
            joined = months_counted(program, days, joined)
            until = months_counted(program, days, until)
            is_there = is_there and until > joined
        if not is_there:
            continue
        is_same = visits.client[v] == client
        if is_same and not on_tick(joined - ends) > program.spell_gap[spell]:
            ends = until
            continue
        if client >= 0:
            next_begins = joined if is_same else math.inf
            tell_spell(program, k, cohort, room, first, client, begins, ends, next_begins)
        client = visits.client[v]
        begins = joined
        ends = until
    if client >= 0:
        tell_spell(program, k, cohort, room, first, client, begins, ends, math.inf)


def tell_spell(
    program: MeasureProgram,
    k: int,
    cohort: CohortColumns,
    room: MeasureRoom,
    first: int,
    client: int,
    begins: float,
    ends: float,
    next_begins: float,
) -> None:
    """List a spell if it counts, and count it if it goes on."""
    spell = program.a[k]
    if not room.marks[program.b[k], client - first]:
        return
    began = begins
    ended = ends
    days = program.spell_days[spell]
    if days >= 0:
        began = day_counted(program, days, begins)
        ended = day_counted(program, days, ends)
    elif begins == 0.0 and cohort.origin[client] == 0:
        begins = began = -cohort.past[client]
    if began < program.spell_closes[spell] <= ended:
        room.numbers[program.c[k]] += 1.0
    if is_inside(program.spell_began[spell], began) and is_inside(
        program.spell_ended[spell], ended
    ):
        length = on_tick(min(ends, program.spell_horizon[spell]) - begins)
        asks = program.spell_asks[spell]
        if asks == LONGER:
            length = 1.0 if length > program.spell_bound[spell] else 0.0
        elif asks == RETURNS:
            away = on_tick(next_begins - ends)
            length = 1.0 if away <= program.spell_bound[spell] else 0.0
        which = program.out[k]
        place = room.list_count[which]
        if place < len(room.list_time[which]):
            room.list_time[which, place] = length
            room.list_state[which, place] = AS_ASKED
        room.list_count[which] = place + 1


def is_inside(window: FloatColumn, moment: float) -> bool:
    """Tell whether a moment lies in a window; all lie in an endless one."""
    return window[0] <= moment and (moment < window[1] or window[1] == math.inf)


def months_counted(program: MeasureProgram, days: int, time: float) -> float:
    """Return how many days of a list lie before a time, in days of equal months; `inf` stays."""
    if time == math.inf:
        return math.inf
    low = program.days_from[days]
    high = program.days_from[days + 1]
    while low < high:
        middle = (low + high) // 2
        if program.day[middle] < time:
            low = middle + 1
        else:
            high = middle
    return (low - program.days_from[days]) * DAYS_PER_MONTH


def day_counted(program: MeasureProgram, days: int, months: float) -> float:
    """Return the day of a list on which the month after those given is counted."""
    if months == math.inf:
        return math.inf
    place = program.days_from[days] + int(months / DAYS_PER_MONTH + 0.5)
    return program.day[place] if place < program.days_from[days + 1] else math.inf
