"""The compiled engine's queues: what happens next, who waits, who may be drawn."""

from __future__ import annotations

import math
from typing import Any

from pilotsim.simulation.engines.compiled.jit import call_address, compiled, inlined
from pilotsim.simulation.engines.compiled.state import HEAP, LATER, LOOKED_AT, NOWHERE, TODAY, draw
from pilotsim.simulation.engines.compiled.structs import bytes_in_row, fetch

MANY_CLIENTS, CACHE_LINE, AHEAD = 10_000, 64, 8

# What happens next to each client. Only what falls on the present day is kept in order, in a heap;
# what comes later stands in the list of its day, a day being as long as there are few clients to
# it.


@inlined
def day_of(t: Any, w: Any, time: float) -> int:
    """Return the day that a time falls on, of as many as there are lists."""
    return min(len(w.later) - 1, int(time / t.horizon[0] * len(w.later)))


@compiled
def set_due(t: Any, w: Any, client: int, time: float) -> None:
    """Let something happen to a client at a time; from the horizon on, nothing."""
    place = w.place[client]
    is_today = time < t.horizon[0] and day_of(t, w, time) <= w.counts[TODAY]
    if place >= 0 and is_today:
        if comes_first(client, time, client, w.heap_due[place]):
            sift_up(w, place, client, time)
        else:
            sift_down(w, place, client, time)
        return
    if place >= 0:
        remove(w, client, place)
    elif place == LATER:
        strike_out(t, w, client)
    if is_today:
        w.counts[HEAP] += 1
        sift_up(w, w.counts[HEAP] - 1, client, time)
    elif time < t.horizon[0]:
        put_off(t, w, client, time)


@inlined
def put_off(t: Any, w: Any, client: int, time: float) -> None:
    """Enter a client in the list of a later day."""
    day = day_of(t, w, time)
    ahead = w.later[day]
    w.due[client], w.place[client], w.behind[client], w.ahead[client] = time, LATER, -1, ahead
    w.later[day] = client
    if ahead >= 0:
        w.behind[ahead] = client


@inlined
def strike_out(t: Any, w: Any, client: int) -> None:
    """Take a client out of the list of its day."""
    ahead, behind = w.ahead[client], w.behind[client]
    w.place[client] = NOWHERE
    if behind < 0:
        w.later[day_of(t, w, w.due[client])] = ahead
    else:
        w.ahead[behind] = ahead
    if ahead >= 0:
        w.behind[ahead] = behind


@compiled
def next_due(t: Any, w: Any) -> float:
    """Return when something happens next to any client; infinity for never."""
    while w.counts[HEAP] == 0:
        if w.counts[TODAY] + 1 >= len(w.later):
            return math.inf
        w.counts[TODAY] += 1
        client = w.later[w.counts[TODAY]]
        while client >= 0:
            following = w.ahead[client]
            w.counts[HEAP] += 1
            sift_up(w, w.counts[HEAP] - 1, client, w.due[client])
            client = following
        tomorrow = w.later[w.counts[TODAY] + 1] if w.counts[TODAY] + 1 < len(w.later) else NOWHERE
        w.counts[LOOKED_AT] = tomorrow
        if tomorrow >= 0:
            fetch(w.stage, tomorrow, 0)
    return w.heap_due[0]


@inlined
def look_ahead(t: Any, c: Any, w: Any) -> None:
    """Have the next client of tomorrow brought near, where there are more clients than stay near of themselves."""
    client = w.counts[LOOKED_AT]
    if client < 0 or c.count[0] < MANY_CLIENTS:
        return
    w.counts[LOOKED_AT] = w.ahead[client]
    if w.ahead[client] >= 0:
        bring_client_near(c, w, w.ahead[client])
        bring_near(
            w.left, w.ahead[client] * len(t.risk_code), len(t.risk_code) * bytes_in_row(w.left)
        )


@inlined
def bring_client_near(c: Any, w: Any, client: int) -> None:
    """Have a client brought near."""
    bring_near(w.stage, client, bytes_in_row(w.stage))
    bring_near(c.key, client, bytes_in_row(c.key))


@inlined
def bring_near(field: Any, row: int, size: int) -> None:
    """Have so many bytes of a table brought near, from a row on."""
    for byte in range(0, size, CACHE_LINE):
        fetch(field, row, byte)


@inlined
def comes_first(a: int, a_due: float, b: int, b_due: float) -> bool:
    """Tell whether a client's turn is before another's: at one moment the lower number, so that lines grow at their end."""
    return a_due < b_due if a_due != b_due else a < b


@inlined
def sift_up(w: Any, place: int, client: int, due: float) -> None:
    """Move an entry up to where it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        other = w.heap[above]
        if not comes_first(client, due, other, w.heap_due[above]):
            break
        w.heap[place], w.heap_due[place], w.place[other] = other, w.heap_due[above], place
        place = above
    w.heap[place], w.heap_due[place], w.place[client] = client, due, place


@inlined
def sift_down(w: Any, place: int, client: int, due: float) -> None:
    """Move an entry down to where it belongs."""
    size = w.counts[HEAP]
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size:
            below += int(
                comes_first(
                    w.heap[below + 1], w.heap_due[below + 1], w.heap[below], w.heap_due[below]
                )
            )
        other = w.heap[below]
        if not comes_first(other, w.heap_due[below], client, due):
            break
        w.heap[place], w.heap_due[place], w.place[other] = other, w.heap_due[below], place
        place = below
    w.heap[place], w.heap_due[place], w.place[client] = client, due, place


@compiled
def remove(w: Any, client: int, place: int) -> None:
    """Take a client out of the heap."""
    w.counts[HEAP] -= 1
    w.place[client] = NOWHERE
    last, due = w.heap[w.counts[HEAP]], w.heap_due[w.counts[HEAP]]
    if last != client:
        if comes_first(last, due, client, w.heap_due[place]):
            sift_up(w, place, last, due)
        else:
            sift_down(w, place, last, due)


# Lines: clients who wait in a stage, in its order. Halls: clients who are in a stage where nobody
# waits and others draw.


@inlined
def enter_hall(t: Any, w: Any, stage: int, client: int) -> None:
    """Add a client to those present."""
    place = w.line_count[stage]
    w.present[t.stage_hall[stage], place], w.before[client] = client, place
    w.line_count[stage] += 1


@inlined
def leave_hall(t: Any, w: Any, stage: int, client: int) -> None:
    """Take a client from those present; the last to come takes its place."""
    w.line_count[stage] -= 1
    hall, place = t.stage_hall[stage], w.before[client]
    other = w.present[hall, w.line_count[stage]]
    w.present[hall, place], w.before[other] = other, place


@inlined
def stands_before(w: Any, a: int, b: int) -> bool:
    """Tell whether one client's place in a line is before another's."""
    if w.order[a, 0] != w.order[b, 0]:
        return w.order[a, 0] < w.order[b, 0]
    if w.order[a, 1] != w.order[b, 1]:
        return w.order[a, 1] < w.order[b, 1]
    return a < b


@compiled
def line_up(w: Any, stage: int, client: int) -> None:
    """Put a client in a stage's line, at its place."""
    behind = w.line_last[stage]
    while behind >= 0 and stands_before(w, client, behind):
        behind = w.before[behind]
    ahead = w.line_first[stage] if behind < 0 else w.after[behind]
    w.before[client], w.after[client] = behind, ahead
    if behind < 0:
        w.line_first[stage] = client
    else:
        w.after[behind] = client
    if ahead < 0:
        w.line_last[stage] = client
    else:
        w.before[ahead] = client
    w.line_count[stage] += 1


@compiled
def step_out(w: Any, stage: int, client: int) -> None:
    """Take a client out of a stage's line."""
    behind, ahead = w.before[client], w.after[client]
    if behind < 0:
        w.line_first[stage] = ahead
    else:
        w.after[behind] = ahead
    if ahead < 0:
        w.line_last[stage] = behind
    else:
        w.before[ahead] = behind
    w.line_count[stage] -= 1


@compiled
def set_place(t: Any, c: Any, w: Any, stage: int, client: int, since: float, visit: int) -> None:
    """Set a client's place in a stage's line: `Office._place`."""
    w.order[client, 0] = order_of(t, c, w, stage, client, since, visit)
    w.order[client, 1] = since


@compiled
def order_of(t: Any, c: Any, w: Any, stage: int, client: int, since: float, visit: int) -> float:
    """Return a client's key in a stage by the stage's queue discipline; ties go to the longest waiting."""
    trait = 0.0
    u = 0.0
    if t.stage_order_trait[stage] >= 0:
        trait = c.traits[client, t.stage_order_trait[stage]]
    if t.stage_order_draws[stage]:
        u = draw(c, w, client, t.stage_codes[stage, 2], visit)
    return call_address(t.stage_order_key[stage], (trait, since, u))


# Candidates: those whom a stage may draw at this moment, as a heap with the first in its order on
# top. What they are ordered by stands in the heap as well: order, and waiting since. A client may
# be a candidate of several stages, with another order in each.


@inlined
def is_before(w: Any, column: int, order: float, since: float, client: int, place: int) -> bool:
    """Tell whether a candidate is before the one that stands at a place."""
    if order != w.candidate_order[column, place]:
        return order < w.candidate_order[column, place]
    if since != w.candidate_since[column, place]:
        return since < w.candidate_since[column, place]
    return client < w.candidate[column, place]


@inlined
def move_candidate(w: Any, column: int, place: int, to: int) -> None:
    """Move a candidate from one place to another."""
    w.candidate[column, to] = w.candidate[column, place]
    w.candidate_order[column, to], w.candidate_since[column, to] = (
        w.candidate_order[column, place],
        w.candidate_since[column, place],
    )


@inlined
def put_candidate(w: Any, column: int, order: float, since: float, client: int, place: int) -> None:
    """Put a candidate in a place, or above it where it belongs."""
    while place > 0 and is_before(w, column, order, since, client, (place - 1) >> 1):
        move_candidate(w, column, (place - 1) >> 1, place)
        place = (place - 1) >> 1
    (
        w.candidate[column, place],
        w.candidate_order[column, place],
        w.candidate_since[column, place],
    ) = client, order, since


@compiled
def push(t: Any, w: Any, stage: int, client: int, order: float, since: float) -> None:
    """Add a candidate to a stage's heap."""
    w.candidates[stage] += 1
    put_candidate(w, t.stage_draw_column[stage], order, since, client, w.candidates[stage] - 1)


@compiled
def pop(t: Any, w: Any, stage: int, place: int) -> None:
    """Take a candidate out of a stage's heap.

    The last one takes its place, and sinks or rises to where it belongs.
    """
    w.candidates[stage] -= 1
    column, size = t.stage_draw_column[stage], w.candidates[stage]
    if place == size:
        return
    client, order, since = (
        w.candidate[column, size],
        w.candidate_order[column, size],
        w.candidate_since[column, size],
    )
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size:
            other = (
                w.candidate_order[column, below + 1],
                w.candidate_since[column, below + 1],
                w.candidate[column, below + 1],
            )
            below += int(is_before(w, column, other[0], other[1], other[2], below))
        if is_before(w, column, order, since, client, below):
            break
        move_candidate(w, column, below, place)
        place = below
    put_candidate(w, column, order, since, client, place)


@compiled
def strike_off(t: Any, w: Any, client: int) -> None:
    """Take a client that was drawn off all lists of candidates."""
    for k in range(len(t.drawing)):
        stage = t.drawing[k]
        for place in range(w.candidates[stage]):
            if w.candidate[t.stage_draw_column[stage], place] == client:
                pop(t, w, stage, place)
                break
