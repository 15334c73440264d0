"""The compiled engine's queues: who waits in a stage, in the order of its discipline.

Where nobody waits and other stages draw, it keeps who is present, in no order.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.model import queue_disciplines
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import CALLS, Clients, State, draw
from pilotsim.simulation.engines.compiled.tables import DISCIPLINE_KEYS, Tables
from pilotsim.simulation.engines.compiled.values import factor_of, to_ticks
from pilotsim.simulation.flow_columns import UNWANTED, WANTED

key_by_urgency = inlined(queue_disciplines.key_by_urgency)
key_by: Callable[..., float] = DISCIPLINE_KEYS.call


@inlined
def call(state: State, client: int, why: int, to: int) -> None:
    """Note that a client is called: to start, to another stage, or away."""
    k = state.counts[CALLS]
    state.calls[k, 0] = client
    state.calls[k, 1] = why
    state.calls[k, 2] = to
    state.counts[CALLS] += 1


@inlined
def add_to_present(flow: Tables, clients: Clients, state: State, stage: int, client: int) -> None:
    """Add a client to those present, with what stages that draw ask about it."""
    place = state.queue_count[stage]
    row = flow.stage_present[stage]
    state.present[row, place] = client
    state.present_since[row, place] = waits_since(flow, clients, state, client)
    for k in range(len(flow.drawing)):
        pair = flow.draw_pair[flow.drawing[k], stage]
        if pair >= 0:
            fits = is_of_those_drawn(flow, clients, client, flow.drawing[k])
            state.present_from[pair, place] = clients.offered[client] if fits else math.inf
            state.present_drawn[pair, place] = state.drawn_on[client, k]
    state.ahead_in_queue[client] = place
    state.queue_count[stage] += 1


@inlined
def remove_from_present(flow: Tables, state: State, stage: int, client: int) -> None:
    """Take a client from those present; the last to come takes its place."""
    state.queue_count[stage] -= 1
    row = flow.stage_present[stage]
    place = state.ahead_in_queue[client]
    last = state.queue_count[stage]
    other = state.present[row, last]
    state.present[row, place] = other
    state.present_since[row, place] = state.present_since[row, last]
    for k in range(len(flow.drawing)):
        pair = flow.draw_pair[flow.drawing[k], stage]
        if pair >= 0:
            state.present_from[pair, place] = state.present_from[pair, last]
            state.present_drawn[pair, place] = state.present_drawn[pair, last]
    state.ahead_in_queue[other] = place


@inlined
def waits_since(flow: Tables, clients: Clients, state: State, client: int) -> float:
    """Return since when a client waits to be drawn: on its first visit, from before the start."""
    past = 0.0
    if state.visit[client] == 0:
        # The last of all traits.
        past = clients.traits[client, len(flow.trait_kind) + 1]
    return state.joined[client] - to_ticks(past)


@compiled
def is_of_those_drawn(flow: Tables, clients: Clients, client: int, stage: int) -> bool:
    """Tell whether a client is of the groups and traits that a stage draws."""
    if not flow.draws_group[stage, clients.group[client]]:
        return False
    for k in range(flow.draws_traits_from[stage], flow.draws_traits_from[stage + 1]):
        trait = clients.traits[client, flow.draws_trait[k]]
        if not is_as_wanted(trait, flow.draws_wanted[k]):
            return False
    return True


@inlined
def is_as_wanted(trait: float, wanted: int) -> bool:
    """Tell whether a client's trait is as a stage wants it of those whom it draws."""
    if wanted == WANTED:
        return trait > 0.0
    if wanted == UNWANTED:
        return not trait > 0.0
    return trait == wanted


@inlined
def is_ahead(state: State, a: int, b: int) -> bool:
    """Tell whether one client's place in a queue is before another's."""
    if state.order[a, 0] != state.order[b, 0]:
        return state.order[a, 0] < state.order[b, 0]
    if state.order[a, 1] != state.order[b, 1]:
        return state.order[a, 1] < state.order[b, 1]
    return a < b


@compiled
def join_queue(state: State, stage: int, client: int) -> None:
    """Put a client in a stage's queue, at its place."""
    ahead = state.queue_last[stage]
    while ahead >= 0 and is_ahead(state, client, ahead):
        ahead = state.ahead_in_queue[ahead]
    behind = state.queue_first[stage] if ahead < 0 else state.behind_in_queue[ahead]
    state.ahead_in_queue[client] = ahead
    state.behind_in_queue[client] = behind
    if ahead < 0:
        state.queue_first[stage] = client
    else:
        state.behind_in_queue[ahead] = client
    if behind < 0:
        state.queue_last[stage] = client
    else:
        state.ahead_in_queue[behind] = client
    state.queue_count[stage] += 1


@compiled
def leave_queue(state: State, stage: int, client: int) -> None:
    """Take a client out of a stage's queue."""
    ahead = state.ahead_in_queue[client]
    behind = state.behind_in_queue[client]
    if ahead < 0:
        state.queue_first[stage] = behind
    else:
        state.behind_in_queue[ahead] = behind
    if behind < 0:
        state.queue_last[stage] = ahead
    else:
        state.ahead_in_queue[behind] = ahead
    state.queue_count[stage] -= 1


@compiled
def draw_lots(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, stage: int, now: float
) -> None:
    """Put a line whose order is drawn into that of this moment, where somebody may start."""
    if flow.stage_opens[stage] and state.opened_on[stage] != now:
        return
    client = state.queue_first[stage]
    while client >= 0:
        set_place_in_queue(flow, values, clients, state, stage, client, state.order[client, 1], now)
        client = state.behind_in_queue[client]
    sort_queue(state, stage)


@compiled
def sort_queue(state: State, stage: int) -> None:
    """Sort a line by its clients' places: runs of 1, 2, 4, ... clients are merged in pairs."""
    length = 1
    while length < state.queue_count[stage]:
        left = state.queue_first[stage]
        state.queue_first[stage] = -1
        state.queue_last[stage] = -1
        while left >= 0:
            right = left
            many_left = 0
            while many_left < length and right >= 0:
                right = state.behind_in_queue[right]
                many_left += 1
            many_right = length
            while many_left > 0 or (many_right > 0 and right >= 0):
                if many_left > 0 and (
                    many_right == 0 or right < 0 or not is_ahead(state, right, left)
                ):
                    client = left
                    left = state.behind_in_queue[left]
                    many_left -= 1
                else:
                    client = right
                    right = state.behind_in_queue[right]
                    many_right -= 1
                append_to_queue(state, stage, client)
            left = right
        state.behind_in_queue[state.queue_last[stage]] = -1
        length *= 2


@inlined
def append_to_queue(state: State, stage: int, client: int) -> None:
    """Let a client stand last in a line that is being sorted; who stands after it is left open."""
    last = state.queue_last[stage]
    state.ahead_in_queue[client] = last
    if last < 0:
        state.queue_first[stage] = client
    else:
        state.behind_in_queue[last] = client
    state.queue_last[stage] = client


@compiled
def set_place_in_queue(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    stage: int,
    client: int,
    since: float,
    now: float,
) -> None:
    """Set a client's place in a stage's queue: `Capacity._place`."""
    state.order[client, 0] = order_of(flow, values, clients, state, stage, client, since, now)
    state.order[client, 1] = since


@compiled
def order_chosen(
    flow: Tables,
    clients: Clients,
    state: State,
    stage: int,
    client: int,
    since: float,
    now: float,
) -> float:
    """Return a client's key in a stage by the order that the state has chosen."""
    order = state.order_now[stage]
    trait = 0.0
    u = 0.0
    if flow.order_trait[order] >= 0:
        trait = clients.traits[client, flow.order_trait[order]]
    if flow.order_draws[order]:
        u = draw(clients, state, client, flow.stage_codes[stage, 2], int(now))
    days = since / TICKS_PER_DAY
    return key_by(flow.discipline_key[flow.order_discipline[order]], trait, days, u)


@compiled
def order_of(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    stage: int,
    client: int,
    since: float,
    now: float,
) -> float:
    """Return a client's key in a stage by its queue discipline; ties: the longest waiting."""
    if flow.stage_urgency[stage] >= 0:
        factor = factor_of(flow, values, clients, client, flow.stage_urgency[stage])
        return key_by_urgency(factor, since, now)
    if state.order_now[stage] >= 0:
        return order_chosen(flow, clients, state, stage, client, since, now)
    trait = 0.0
    u = 0.0
    if flow.stage_order_trait[stage] >= 0:
        trait = clients.traits[client, flow.stage_order_trait[stage]]
    if flow.stage_order_draws[stage]:
        u = draw(clients, state, client, flow.stage_codes[stage, 2], int(now))
    days = since / TICKS_PER_DAY
    return key_by(flow.discipline_key[flow.stage_discipline[stage]], trait, days, u)
