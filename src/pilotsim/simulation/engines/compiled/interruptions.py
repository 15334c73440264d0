"""The compiled engine's interruptions: stays broken off for another, or for want of units."""

from __future__ import annotations

from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.queues import call
from pilotsim.simulation.engines.compiled.state import (
    ALL_OF_IT,
    CALLS,
    ENDS,
    LEFT,
    NOWHERE,
    State,
)
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.engines.compiled.visits import be_served_no_more, hold
from pilotsim.simulation.flow_columns import GOES_ON
from pilotsim.simulation.journeys import INTERRUPTED


@compiled
def interrupt_after_falls(flow: Tables, state: State, now: float) -> bool:
    """Interrupt those who hold more than there is; tell whether anybody was interrupted."""
    for k in range(len(flow.falling)):
        resource = flow.falling[k]
        while state.free[resource] < 0:
            other = NOWHERE
            for entry in range(len(flow.interruptible)):
                stage = flow.interruptible[entry]
                client = state.queue_last[2 * len(flow.stage_length) + stage]
                while client >= 0 and state.held[client, resource] == 0:
                    client = state.ahead_in_queue[client]
                if client >= 0 and (other < 0 or goes_before(flow, state, client, other)):
                    other = client
            if other < 0:
                break
            interrupt(flow, state, other, now)
    return state.counts[CALLS] > 0


@compiled
def make_way(
    flow: Tables, values: FloatColumn, state: State, client: int, stage: int, now: float
) -> int:
    """Interrupt others until a client can start; return the alternative, -1 for none.

    Nobody is interrupted where all who might be are not enough.
    """
    for k in range(flow.stage_needs_from[stage], flow.stage_needs_from[stage + 1]):
        if are_enough(flow, values, state, client, stage, k):
            while True:
                other = last_served(flow, values, state, client, stage, k)
                if other < 0:
                    return k
                interrupt(flow, state, other, now)
    return -1


@compiled
def are_enough(
    flow: Tables, values: FloatColumn, state: State, client: int, stage: int, k: int
) -> bool:
    """Tell whether a client could start with an alternative if all were interrupted."""
    for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
        resource = flow.need_resource[need]
        there = state.free[resource]
        for entry in range(len(flow.interruptible)):
            other = flow.interruptible[entry]
            if flow.stage_interrupts[stage, other]:
                holder = state.queue_first[2 * len(flow.stage_length) + other]
                while holder >= 0:
                    there += state.held[holder, resource]
                    holder = state.behind_in_queue[holder]
        if int(values[flow.need_slot[need]]) > state.held[client, resource] + max(0, there):
            return False
    return True


@compiled
def last_served(
    flow: Tables, values: FloatColumn, state: State, client: int, stage: int, k: int
) -> int:
    """Return who is interrupted next for a client; -1 where it lacks nothing."""
    found = NOWHERE
    for entry in range(len(flow.interruptible)):
        other = flow.interruptible[entry]
        if flow.stage_interrupts[stage, other]:
            holder = state.queue_last[2 * len(flow.stage_length) + other]
            while holder >= 0 and not helps(flow, values, state, client, k, holder):
                holder = state.ahead_in_queue[holder]
            if holder >= 0 and (found < 0 or goes_before(flow, state, holder, found)):
                found = holder
    return found


@inlined
def helps(
    flow: Tables, values: FloatColumn, state: State, client: int, k: int, holder: int
) -> bool:
    """Tell whether somebody holds what a client still lacks for an alternative."""
    for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
        resource = flow.need_resource[need]
        there = state.held[client, resource] + max(0, state.free[resource])
        if int(values[flow.need_slot[need]]) > there and state.held[holder, resource] > 0:
            return True
    return False


@inlined
def goes_before(flow: Tables, state: State, a: int, b: int) -> bool:
    """Tell whether one is interrupted before another.

    By the lower priority of its stage, the later start, the higher number.
    """
    priority = flow.stage_priority[state.stage[a]]
    other = flow.stage_priority[state.stage[b]]
    if priority != other:
        return priority < other
    if state.started[a] != state.started[b]:
        return state.started[a] > state.started[b]
    return a > b


@compiled
def interrupt(flow: Tables, state: State, client: int, now: float) -> None:
    """Call a client away from its service; it lets go all that it holds."""
    stage = state.stage[client]
    goes_on = flow.stage_interrupted[stage] == GOES_ON
    state.stay[client, LEFT] = state.stay[client, ENDS] - now if goes_on else ALL_OF_IT
    be_served_no_more(flow, state, client, stage)
    for resource in range(len(flow.supply_slot)):
        if state.held[client, resource] > 0:
            hold(flow, state, client, resource, 0)
    call(state, client, INTERRUPTED, stage)
