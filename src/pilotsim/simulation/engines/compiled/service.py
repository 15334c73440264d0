"""The compiled engine's lengths of service: those of `pilotsim.simulation.service`, in the same order, to the same bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.calendar import work_until as plain_work_until
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import draw
from pilotsim.simulation.engines.compiled.tables import PARTS, RESIDUAL, WHOLE
from pilotsim.simulation.engines.compiled.values import (
    draw_duration,
    draw_residual,
    factor_of,
    line_at,
)
from pilotsim.simulation.service import REMAINING, STOCK_IN

PLACE_CODE = np.uint64(randomness.code(STOCK_IN))
REMAINING_CODE = np.uint64(randomness.code(REMAINING))

work_until = compiled(plain_work_until)


@compiled
def place_at_start(t: Any, x: Any, c: Any, w: Any, client: int) -> int:
    """Return which place of its group's stock a client is in at the start.

    -1 for one that joins its home stage afresh.
    """
    group = c.group[client]
    first, last = t.group_places_from[group], t.group_places_from[group + 1]
    if first == last or c.origin[client] != 0:
        return -1
    u = draw(c, w, client, PLACE_CODE, 0)
    given, total, reached = 0.0, 0.0, 0.0
    for k in range(first, last):
        given += 0.0 if t.place_share[k] < 0 else x[t.place_share[k]]
    rest = max(0.0, 1.0 - given)
    for k in range(first, last):
        total += rest if t.place_share[k] < 0 else x[t.place_share[k]]
    chosen = last - 1
    for k in range(first, last):
        reached += rest if t.place_share[k] < 0 else x[t.place_share[k]]
        if u * total < reached:
            chosen = k
            break
    return chosen if t.place_stage[chosen] >= 0 else -1


@inlined
def is_placed(t: Any, c: Any, w: Any, client: int) -> bool:
    """Tell whether a client may be in mid-stay: the first visit of one of a stock that is in several places."""
    group = c.group[client]
    return (
        w.visit[client] == 0
        and c.origin[client] == 0
        and t.group_places_from[group] < t.group_places_from[group + 1]
    )


@compiled
def end_of_service(t: Any, x: Any, c: Any, w: Any, client: int, stage: int, now: float) -> float:
    """Return when a service ends that a client starts: `services.end_of_service`."""
    which = t.stage_length[stage]
    if is_placed(t, c, w, client):
        place = place_at_start(t, x, c, w, client)
        if place >= 0 and t.place_remaining[place] == RESIDUAL:
            u, v = draw(c, w, client, REMAINING_CODE, 0), draw(c, w, client, REMAINING_CODE, 1)
            return end_after(
                t, x, c, client, stage, which, which, draw_residual(t, x, which, u, v), now
            )
        if place >= 0 and t.place_remaining[place] != WHOLE:
            return end_of_length(
                t, x, c, w, client, stage, t.place_remaining[place], REMAINING_CODE, 0, now
            )
    return end_of_length(
        t, x, c, w, client, stage, which, t.stage_codes[stage, 0], w.came[client, stage] - 1, now
    )


@inlined
def end_of_length(
    t: Any,
    x: Any,
    c: Any,
    w: Any,
    client: int,
    stage: int,
    which: int,
    purpose: int,
    index: int,
    now: float,
) -> float:
    """Return when a length is over that is drawn now; of several parts, when the last of them is."""
    if t.length_form[which] != PARTS:
        return end_after(
            t,
            x,
            c,
            client,
            stage,
            which,
            which,
            draw_duration(t, x, which, draw(c, w, client, purpose, index)),
            now,
        )
    end = now
    for k in range(t.length_parts_from[which], t.length_parts_from[which + 1]):
        part = t.length_part[k]
        days = draw_duration(t, x, part, draw(c, w, client, t.part_code[k], index))
        end = max(end, end_after(t, x, c, client, stage, which, part, days, now))
    return end


@inlined
def end_after(
    t: Any, x: Any, c: Any, client: int, stage: int, which: int, part: int, days: float, now: float
) -> float:
    """Return when a length is over: stretched as it stands now, for this client, at the pace of the stage."""
    if t.length_line[which] >= 0:
        days *= line_at(t, x, t.length_line[which], now)
    if t.length_by[which] >= 0:
        days *= factor_of(t, x, c, client, t.length_by[which])
    if t.length_working[part]:
        return work_until(t.worked, now, days)
    return (
        now + days if t.stage_pace[stage] < 0 else end_at_pace(t, x, t.stage_pace[stage], now, days)
    )


@compiled
def end_at_pace(t: Any, x: Any, line: int, start: float, days: float) -> float:
    """Return `clocks.end_at_pace` with the pace of a timeline."""
    if days <= 0.0:
        return start
    first, last = t.line_from[line], t.line_from[line + 1] - 1
    k = last
    while k > first and t.line_time[k] > start:
        k -= 1
    time, left = start, days
    while True:
        until = t.line_time[k + 1] if k < last else math.inf
        pace = x[t.line_slot[k]]
        if pace > 0.0:
            done = time + left / pace
            if done <= until:
                return done
            left = max(0.0, left - pace * (until - time))
        if until == math.inf:
            return math.inf
        time, k = until, k + 1
