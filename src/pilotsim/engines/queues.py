"""The compiled engine's queues: what happens next, who waits, who may be drawn."""

from __future__ import annotations

import math
from typing import Any

from pilotsim.engines.jit import compiled, inlined
from pilotsim.engines.state import HEAP, LATER, LOOKED_AT, NOWHERE, TODAY, draw
from pilotsim.engines.tables import HIGHEST, LOWEST, RANDOM
from pilotsim.engines.views import bytes_in_row, fetch

MANY_CLIENTS, CACHE_LINE = 10_000, 64

# What happens next to each client. Only what falls on the present day is kept in order, in a heap; what comes later stands in
# the list of its day, a day being as long as there are few clients to it.


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
        bring_client_near(t, c, w, w.ahead[client])


@inlined
def bring_client_near(t: Any, c: Any, w: Any, client: int) -> None:
    """Have a client and its clocks brought near."""
    bring_near(w.stage, client, bytes_in_row(w.stage))
    bring_near(c.key, client, bytes_in_row(c.key))
    bring_near(w.left, client * len(t.risk_code), len(t.risk_code) * bytes_in_row(w.left))


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
            below += int(comes_first(w.heap[below + 1], w.heap_due[below + 1], w.heap[below], w.heap_due[below]))
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


# Lines: clients who wait in a stage in its order, or who are present in a stage that others draw from.


@inlined
def stands_before(w: Any, a: int, b: int) -> bool:
    """Tell whether one client's place in a line is before another's."""
    if w.order[a, 0] != w.order[b, 0]:
        return w.order[a, 0] < w.order[b, 0]
    if w.order[a, 1] != w.order[b, 1]:
        return w.order[a, 1] < w.order[b, 1]
    return a < b


@compiled
def line_up(w: Any, stage: int, client: int, ordered: bool) -> None:
    """Put a client in a stage's line: at its place, or at the end."""
    behind = w.line_last[stage]
    while ordered and behind >= 0 and stands_before(w, client, behind):
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
    w.order[client, 0], w.order[client, 1] = order_of(t, c, w, stage, client, visit), since


@compiled
def order_of(t: Any, c: Any, w: Any, stage: int, client: int, visit: int) -> float:
    """Return a client's order in a stage; ties go to the longest waiting."""
    rule = t.stage_order[stage]
    if rule == RANDOM:
        return draw(c, w, client, t.stage_codes[stage, 2], visit)
    if rule in (HIGHEST, LOWEST):
        found = c.traits[client, t.stage_order_trait[stage]]
        return -found if rule == HIGHEST else found
    return 0.0


# Candidates: those whom a stage may draw at this moment, as a heap with the first in its order on top. A client may be a
# candidate of several stages at once, with another order in each.


@inlined
def comes_before(w: Any, column: int, a: int, b: int) -> bool:
    """Tell whether one candidate of a stage is before another."""
    if w.candidate_order[column, a] != w.candidate_order[column, b]:
        return w.candidate_order[column, a] < w.candidate_order[column, b]
    if w.order[a, 1] != w.order[b, 1]:
        return w.order[a, 1] < w.order[b, 1]
    return a < b


@compiled
def push(t: Any, w: Any, stage: int, client: int) -> None:
    """Add a candidate to a stage's heap."""
    column = t.stage_draw_column[stage]
    heap, place = w.candidate[column], w.candidates[stage]
    w.candidates[stage] += 1
    while place > 0 and comes_before(w, column, client, heap[(place - 1) >> 1]):
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    heap[place] = client


@compiled
def pop(t: Any, w: Any, stage: int, place: int) -> None:
    """Take a candidate out of a stage's heap."""
    w.candidates[stage] -= 1
    column = t.stage_draw_column[stage]
    heap, size = w.candidate[column], w.candidates[stage]
    client = heap[size]
    while place > 0 and place < size and comes_before(w, column, client, heap[(place - 1) >> 1]):
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and comes_before(w, column, heap[below + 1], heap[below]):
            below += 1
        if not comes_before(w, column, heap[below], client):
            break
        heap[place] = heap[below]
        place = below
    if place < size:
        heap[place] = client


@compiled
def strike_off(t: Any, w: Any, client: int) -> None:
    """Take a client that was drawn off all lists of candidates."""
    for k in range(len(t.drawing)):
        stage = t.drawing[k]
        for place in range(w.candidates[stage]):
            if w.candidate[t.stage_draw_column[stage], place] == client:
                pop(t, w, stage, place)
                break
