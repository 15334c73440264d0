"""The compiled engine's visits: clients join, wait or start, hold units, finish and choose, leave."""

from __future__ import annotations

import math
from typing import Any

from pilotsim.simulation.engines.compiled.clocks import let_run, note
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.queues import (
    enter_hall,
    leave_hall,
    line_up,
    set_place,
    step_out,
)
from pilotsim.simulation.engines.compiled.service import end_of_service, is_placed, place_at_start
from pilotsim.simulation.engines.compiled.state import ASKED, CULPRIT, ROWS, STATUS, draw
from pilotsim.simulation.engines.compiled.values import factor_of, line_at
from pilotsim.simulation.journeys import DRAWN, TURNED_AWAY

FINE, ROUND_AND_ROUND, NO_WAY_ON, TOO_MANY_ROWS, TOO_MANY_CLIENTS, NO_ROOM_TO_KEEP = range(6)
MAX_STAGES_AT_ONCE = 1000
START = -2


@compiled
def start(t: Any, x: Any, c: Any, w: Any, client: int, alternative: int, now: float) -> None:
    """Let a client start in its stage, until a clock fires or the service ends."""
    stage = w.stage[client]
    w.took[client], w.started[client] = alternative, now
    note(t, w, client, 1, now)
    end = end_of_service(t, x, c, w, client, stage, now) if t.stage_length[stage] >= 0 else math.inf
    let_run(t, x, c, w, client, now, end)


@compiled
def already_holds(t: Any, x: Any, w: Any, client: int, stage: int) -> int:
    """Return the alternative that a client needs nothing more for; -1 for none."""
    if t.stage_opens[stage]:
        return -1
    for k in range(t.stage_needs_from[stage], t.stage_needs_from[stage + 1]):
        needs, enough = 0, True
        for need in range(t.needs_from[k], t.needs_from[k + 1]):
            units = int(x[t.need_slot[need]])
            needs += units
            enough = enough and units <= w.held[client, t.need_resource[need]]
        if enough and needs > 0:
            take(t, x, w, client, k)
            return k - t.stage_needs_from[stage]
    return -1


@inlined
def needed(t: Any, x: Any, k: int, resource: int) -> int:
    """Return the units of a resource in an alternative."""
    for need in range(t.needs_from[k], t.needs_from[k + 1]):
        if t.need_resource[need] == resource:
            return int(x[t.need_slot[need]])
    return 0


@compiled
def take(t: Any, x: Any, w: Any, client: int, k: int) -> bool:
    """Let a client hold just what an alternative needs; tell whether units came free."""
    came_free = False
    for resource in range(len(t.supply_slot)):
        came_free = hold(t, w, client, resource, needed(t, x, k, resource)) or came_free
    return came_free


@inlined
def hold(t: Any, w: Any, client: int, resource: int, units: int) -> bool:
    """Let a client hold so many units; tell whether some came free."""
    before = w.held[client, resource]
    w.free[resource] += before - units
    used_up = t.unit_from[resource] == t.unit_from[resource + 1]
    after = 0 if used_up else units
    w.held[client, resource] = after
    w.holds[client] += int(after > 0) - int(before > 0)
    if units < before:
        w.counts[ASKED] = 1
    return units < before


@compiled
def leave(t: Any, x: Any, c: Any, w: Any, client: int, cause: int, to: int, now: float) -> int:
    """Write a visit's row, let units go that the client does not keep; return the stage it goes to."""
    stage = w.stage[client]
    goes_to = t.group_home[c.group[client]] if to < 0 else to
    if t.stage_waits[stage] and math.isnan(w.started[client]):
        # It never started: those whom it held back may fit now.
        w.counts[ASKED] = 1
        if cause != TURNED_AWAY:
            step_out(w, stage, client)
    elif t.stage_hall[stage] >= 0:
        leave_hall(t, w, stage, client)
    if cause != DRAWN and w.holds[client] > 0:
        for resource in range(len(t.supply_slot)):
            if w.held[client, resource] > 0:
                most = 0
                if t.stage_keeps[stage, resource]:
                    for k in range(t.stage_needs_from[goes_to], t.stage_needs_from[goes_to + 1]):
                        most = max(most, needed(t, x, k, resource))
                hold(t, w, client, resource, min(w.held[client, resource], most))
    write_row(w, client, cause, goes_to, now)
    w.visit[client] += 1
    return goes_to


@inlined
def write_row(w: Any, client: int, cause: int, to: int, finished: float) -> None:
    """Write a row, or note that there is no room for it."""
    row = w.counts[ROWS]
    w.counts[ROWS] += 1
    if row >= len(w.row_client):
        w.counts[STATUS] = max(w.counts[STATUS], TOO_MANY_ROWS)
        return
    w.row_client[row], w.row_visit[row], w.row_stage[row] = client, w.visit[client], w.stage[client]
    w.row_cause[row], w.row_next[row], w.row_took[row] = cause, to, w.took[client]
    w.row_joined[row], w.row_started[row], w.row_finished[row] = (
        w.joined[client],
        w.started[client],
        finished,
    )


@compiled
def add_up_routes(t: Any, x: Any, c: Any, w: Any) -> None:
    """Add up the weights of a stage's ways on, where they are the same for every client on every day."""
    for stage in range(len(t.stage_length)):
        first, last = t.stage_routes_from[stage], t.stage_routes_from[stage + 1]
        total, rest = 0.0, rest_of(t, x, first, last, 0.0)
        for k in range(first, last):
            total += weight_of(t, x, c, 0, k, rest, 0.0) if is_fixed(t, k) else math.nan
            w.reached[k] = total


@inlined
def is_fixed(t: Any, route: int) -> bool:
    """Tell whether a way on has the same weight for every client on every day."""
    line = t.route_line[route]
    return t.route_factors[route] < 0 and (
        line < 0 or t.line_from[line] + 1 == t.line_from[line + 1]
    )


@compiled
def choose(t: Any, x: Any, c: Any, w: Any, client: int, now: float) -> int:
    """Return the way on, by the shares as they stand now; `START` where none is open."""
    stage = w.stage[client]
    first, last = t.stage_routes_from[stage], t.stage_routes_from[stage + 1]
    u = draw(c, w, client, t.stage_codes[stage, 1], w.came[client, stage] - 1)
    if first < last and not math.isnan(w.reached[last - 1]):
        goal = u * w.reached[last - 1]
        for k in range(first, last):
            if goal < w.reached[k]:
                return t.route_to[k]
    total, reached, rest = 0.0, 0.0, rest_of(t, x, first, last, now)
    for k in range(first, last):
        total += weight_of(t, x, c, client, k, rest, now)
    goal = u * total
    for k in range(first, last):
        reached += weight_of(t, x, c, client, k, rest, now)
        if goal < reached:
            return t.route_to[k]
    w.counts[STATUS], w.counts[CULPRIT] = NO_WAY_ON, stage
    return START


@inlined
def rest_of(t: Any, x: Any, first: int, last: int, now: float) -> float:
    """Return what the shares of the ways on leave to one that takes the rest."""
    given = 0.0
    for k in range(first, last):
        if t.route_line[k] >= 0:
            given += line_at(t, x, t.route_line[k], now)
    return max(0.0, 1.0 - given)


@inlined
def weight_of(t: Any, x: Any, c: Any, client: int, route: int, rest: float, now: float) -> float:
    """Return the weight of a way on for a client."""
    weight = line_at(t, x, t.route_line[route], now) if t.route_line[route] >= 0 else rest
    if t.route_factors[route] >= 0:
        weight *= factor_of(t, x, c, client, t.route_factors[route])
    return weight


@compiled
def join(t: Any, x: Any, c: Any, w: Any, client: int, to: int, now: float) -> None:
    """Let a client join a stage; it waits, or starts."""
    same = w.visit[client] > 0 and w.joined[client] == now
    stage = t.group_home[c.group[client]] if to < 0 else to
    w.stage[client], w.joined[client], w.started[client], w.took[client] = stage, now, math.nan, -1
    w.at_once[client] = w.at_once[client] + 1 if same else 1
    if w.at_once[client] > MAX_STAGES_AT_ONCE:
        w.counts[STATUS], w.counts[CULPRIT] = ROUND_AND_ROUND, stage
        return
    note(t, w, client, 0, now)
    w.came[client, stage] += 1
    if not t.stage_waits[stage]:
        if t.stage_hall[stage] >= 0:
            enter_hall(t, w, stage, client)
            w.counts[ASKED] = 1
        start(t, x, c, w, client, 0, now)
        return
    if w.promised[client] < 0:
        w.promised[client] = already_holds(t, x, w, client, stage)
    if w.promised[client] >= 0:
        alternative = w.promised[client]
        w.promised[client] = -1
        start(t, x, c, w, client, alternative, now)
        return
    set_place(t, c, w, stage, client, now, w.came[client, stage] - 1)
    line_up(w, stage, client)
    w.counts[ASKED] = 1
    let_run(t, x, c, w, client, now, math.inf)


@compiled
def arrive(t: Any, x: Any, c: Any, w: Any, client: int, now: float) -> None:
    """Let a client join its home stage.

    Or, in mid-stay at the start, go on where it is, holding what it holds there.
    """
    to = -1
    if is_placed(t, c, w, client):
        place = place_at_start(t, x, c, w, client)
        if place >= 0:
            to = t.place_stage[place]
            w.promised[client] = 0 if t.stage_waits[to] else -1
            if t.stage_needs_from[to] < t.stage_needs_from[to + 1]:
                take(t, x, w, client, t.stage_needs_from[to])
    join(t, x, c, w, client, to, now)
