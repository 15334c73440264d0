"""The compiled engine's event calendar: what happens next to each client.

Only what falls on the present day is kept in order, in a heap; what comes later stands in the list
of its day, a day being as long as there are few clients to it.
"""

from __future__ import annotations

import math

from pilotsim.simulation.columns import CACHE_LINE
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import (
    HEAP,
    LATER,
    LOOKED_AT,
    NOWHERE,
    TODAY,
    Clients,
    State,
)
from pilotsim.simulation.engines.compiled.structs import AnyColumn, bytes_in_row, fetch
from pilotsim.simulation.engines.compiled.tables import Tables

# From this many clients on, they do not all stay in the processor's caches.
MANY_CLIENTS = 10_000


@inlined
def day_of(state: State, time: float) -> int:
    """Return the day that a time falls on, of as many as there are lists."""
    return min(len(state.first_that_day) - 1, int(time * state.days_in_tick[0]))


@compiled
def set_due(flow: Tables, state: State, client: int, time: float) -> None:
    """Let something happen to a client at a time; from the horizon on, nothing."""
    place = state.place[client]
    is_due = time < flow.horizon[0]
    day = day_of(state, time) if is_due else len(state.first_that_day)
    is_today = day <= state.counts[TODAY]
    if place >= 0 and is_today:
        if comes_first(client, time, client, state.heap_due[place]):
            sift_up(state, place, client, time)
        else:
            sift_down(state, place, client, time)
        return
    if place >= 0:
        remove_from_heap(state, client, place)
    elif place == LATER:
        remove_from_day(state, client)
    if is_today:
        state.counts[HEAP] += 1
        sift_up(state, state.counts[HEAP] - 1, client, time)
    elif is_due:
        add_to_day(state, client, time, day)


@inlined
def add_to_day(state: State, client: int, time: float, day: int) -> None:
    """Enter a client in the list of a later day."""
    following = state.first_that_day[day]
    state.due[client] = time
    state.place[client] = LATER
    state.previous_that_day[client] = NOWHERE
    state.next_that_day[client] = following
    state.first_that_day[day] = client
    if following >= 0:
        state.previous_that_day[following] = client


@inlined
def remove_from_day(state: State, client: int) -> None:
    """Take a client out of the list of its day."""
    following = state.next_that_day[client]
    previous = state.previous_that_day[client]
    state.place[client] = NOWHERE
    if previous < 0:
        state.first_that_day[day_of(state, state.due[client])] = following
    else:
        state.next_that_day[previous] = following
    if following >= 0:
        state.previous_that_day[following] = previous


@compiled
def next_due(flow: Tables, state: State) -> float:
    """Return when something happens next to any client; infinity for never."""
    while state.counts[HEAP] == 0:
        if state.counts[TODAY] + 1 >= len(state.first_that_day):
            return math.inf
        state.counts[TODAY] += 1
        client = state.first_that_day[state.counts[TODAY]]
        while client >= 0:
            following = state.next_that_day[client]
            state.counts[HEAP] += 1
            sift_up(state, state.counts[HEAP] - 1, client, state.due[client])
            client = following
        tomorrow = NOWHERE
        if state.counts[TODAY] + 1 < len(state.first_that_day):
            tomorrow = state.first_that_day[state.counts[TODAY] + 1]
        state.counts[LOOKED_AT] = tomorrow
        if tomorrow >= 0:
            fetch(state.due, tomorrow, 0)
    return state.heap_due[0]


@inlined
def prefetch_next(flow: Tables, clients: Clients, state: State) -> None:
    """Have the next client of tomorrow fetched, if there are more than the caches hold."""
    client = state.counts[LOOKED_AT]
    if client < 0 or clients.count[0] < MANY_CLIENTS:
        return
    following = state.next_that_day[client]
    state.counts[LOOKED_AT] = following
    if following >= 0:
        risks = len(flow.risk_code)
        fetch(state.due, following, 0)
        prefetch_client(clients, state, following)
        prefetch(state.hazard_left, following * risks, risks * bytes_in_row(state.hazard_left))


@inlined
def prefetch_client(clients: Clients, state: State, client: int) -> None:
    """Have a client fetched from memory while the processor goes on with something else."""
    prefetch(state.stage, client, bytes_in_row(state.stage))
    prefetch(clients.key, client, bytes_in_row(clients.key))


@inlined
def prefetch(column: AnyColumn, row: int, size: int) -> None:
    """Have some bytes of a table fetched, from a row on."""
    for byte in range(0, size, CACHE_LINE):
        fetch(column, row, byte)


@inlined
def comes_first(a: int, a_due: float, b: int, b_due: float) -> bool:
    """Tell whether a client's turn is before another's.

    At one moment it is the lower number's, so that queues grow at their end.
    """
    return a_due < b_due if a_due != b_due else a < b


@inlined
def sift_up(state: State, place: int, client: int, due: float) -> None:
    """Move an entry up to where it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        other = state.heap[above]
        if not comes_first(client, due, other, state.heap_due[above]):
            break
        state.heap[place] = other
        state.heap_due[place] = state.heap_due[above]
        state.place[other] = place
        place = above
    state.heap[place] = client
    state.heap_due[place] = due
    state.place[client] = place


@inlined
def sift_down(state: State, place: int, client: int, due: float) -> None:
    """Move an entry down to where it belongs."""
    size = state.counts[HEAP]
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size:
            left = state.heap[below]
            left_due = state.heap_due[below]
            right = state.heap[below + 1]
            # Without a branch: which of the two comes first cannot be foreseen.
            below += int(comes_first(right, state.heap_due[below + 1], left, left_due))
        other = state.heap[below]
        if not comes_first(other, state.heap_due[below], client, due):
            break
        state.heap[place] = other
        state.heap_due[place] = state.heap_due[below]
        state.place[other] = place
        place = below
    state.heap[place] = client
    state.heap_due[place] = due
    state.place[client] = place


@compiled
def remove_from_heap(state: State, client: int, place: int) -> None:
    """Take a client out of the heap."""
    state.counts[HEAP] -= 1
    state.place[client] = NOWHERE
    last = state.heap[state.counts[HEAP]]
    due = state.heap_due[state.counts[HEAP]]
    if last != client:
        if comes_first(last, due, client, state.heap_due[place]):
            sift_up(state, place, last, due)
        else:
            sift_down(state, place, last, due)
