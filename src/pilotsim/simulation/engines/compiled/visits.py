"""The compiled engine's visits: clients join, wait or start, hold units, choose, leave."""

from __future__ import annotations

import math

from pilotsim.simulation import clocks
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.clocks import let_run, note
from pilotsim.simulation.engines.compiled.conditions import choose_by_state
from pilotsim.simulation.engines.compiled.jit import compiled, inlined, shared
from pilotsim.simulation.engines.compiled.queues import (
    add_to_present,
    join_queue,
    leave_queue,
    remove_from_present,
    set_place_in_queue,
)
from pilotsim.simulation.engines.compiled.service import (
    deterred_to,
    end_of_service,
    is_placed,
    place_at_start,
)
from pilotsim.simulation.engines.compiled.state import (
    ASKED,
    CULPRIT,
    ENDS,
    LEFT,
    NO_WAY_ON,
    ROUND_AND_ROUND,
    ROWS,
    SERVED_NO_MORE,
    SINCE,
    STATUS,
    TOO_MANY_ROWS,
    Clients,
    State,
    draw,
)
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.engines.compiled.values import factor_of, timeline_at
from pilotsim.simulation.flow_columns import ON_JOINING, ON_STARTING
from pilotsim.simulation.journeys import DRAWN, INTERRUPTED, MAX_STAGES_AT_ONCE, TURNED_AWAY

end_at_steady_pace = shared(clocks.end_at_steady_pace)

START = -3
# To start as the first of those who start, and end, together.
START_FIRST = -4


@compiled
def start(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    alternative: int,
    end: float,
    now: float,
) -> None:
    """Let a client start in its stage, until a clock fires or the service ends.

    That is at an `end` that it has with others; NaN for one of its own.
    """
    stage = state.stage[client]
    state.alternative[client] = alternative
    state.started[client] = now
    left = math.nan
    if flow.stage_interrupted[stage]:
        left = state.stay[client, LEFT]
    if math.isnan(left):
        note(flow, state, client, ON_STARTING, now)
    if left >= 0.0:
        end = now + left
    elif math.isnan(end):
        end = math.inf
        if flow.stage_length[stage] >= 0:
            which = length_here(flow, values, clients, state, client, now)
            end = end_of_service(flow, values, clients, state, client, stage, which, now)
    if flow.stage_pace_choice[stage] >= 0:
        state.stay[client, SINCE] = now
        state.stay[client, LEFT] = end - now
        end = end_at_steady_pace(now, end - now, state.pace[stage])
    if flow.stage_knows_served[stage]:
        be_served(flow, state, client, stage, now, end)
    let_run(flow, values, clients, state, client, now, end)


@inlined
def length_here(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int, now: float
) -> int:
    """Return the length of a client's stay: of the way on that it will take, or of its stage."""
    stage = state.stage[client]
    if flow.stage_length_by_way[stage]:
        to = choose(flow, values, clients, state, client, now)
        for k in range(flow.stage_routes_from[stage], flow.stage_routes_from[stage + 1]):
            if flow.route_to[k] == to and flow.route_length[k] >= 0:
                return flow.route_length[k]
    return flow.stage_length[stage]


@compiled
def start_together(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    alternative: int,
    is_first: bool,
    now: float,
) -> None:
    """Let a client start that ends when the first does of those who start with it."""
    stage = state.stage[client]
    if is_first:
        which = flow.stage_length[stage]
        end = end_of_service(flow, values, clients, state, client, stage, which, now)
        state.batch_end[stage] = end
    start(flow, values, clients, state, client, alternative, state.batch_end[stage], now)


@compiled
def already_holds(flow: Tables, values: FloatColumn, state: State, client: int, stage: int) -> int:
    """Return the alternative that a client needs nothing more for; -1 for none."""
    if flow.stage_opens[stage] or flow.stage_batch_least[stage] >= 0:
        return -1
    for k in range(flow.stage_needs_from[stage], flow.stage_needs_from[stage + 1]):
        needs = 0
        enough = True
        for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
            units = int(values[flow.need_slot[need]])
            needs += units
            enough = enough and units <= state.held[client, flow.need_resource[need]]
        if enough and needs > 0:
            take(flow, values, state, client, k)
            return k - flow.stage_needs_from[stage]
    return -1


@inlined
def needed(flow: Tables, values: FloatColumn, k: int, resource: int) -> int:
    """Return the units of a resource in an alternative."""
    for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
        if flow.need_resource[need] == resource:
            return int(values[flow.need_slot[need]])
    return 0


@compiled
def take(flow: Tables, values: FloatColumn, state: State, client: int, k: int) -> bool:
    """Let a client hold just what an alternative needs; tell whether units came free."""
    came_free = False
    if state.holds[client] == 0 and flow.needs_from[k] == flow.needs_from[k + 1]:
        return came_free
    for resource in range(len(flow.supply_slot)):
        units = needed(flow, values, k, resource)
        came_free = hold(flow, state, client, resource, units) or came_free
    return came_free


@inlined
def hold(flow: Tables, state: State, client: int, resource: int, units: int) -> bool:
    """Let a client hold a number of units; tell whether some came free."""
    before = state.held[client, resource]
    state.free[resource] += before - units
    used_up = flow.unit_from[resource] == flow.unit_from[resource + 1]
    after = 0 if used_up else units
    state.held[client, resource] = after
    state.holds[client] += int(after > 0) - int(before > 0)
    if units < before:
        state.counts[ASKED] = 1
    return units < before


@compiled
def leave(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    cause: int,
    to: int,
    now: float,
) -> int:
    """Write a visit's row, let units go; return the stage that the client goes to."""
    stage = state.stage[client]
    goes_to = flow.group_home[clients.group[client]] if to < 0 else to
    if flow.stage_waits[stage] and math.isnan(state.started[client]):
        # It never started: those whom it held back may fit now.
        state.counts[ASKED] = 1
        if cause != TURNED_AWAY:
            leave_queue(state, stage, client)
    elif flow.stage_present[stage] >= 0:
        remove_from_present(flow, state, stage, client)
    if flow.stage_knows_served[stage] and not math.isnan(state.started[client]):
        be_served_no_more(flow, state, client, stage)
    if len(flow.with_room) > 0:
        make_room(flow, state, client, stage, cause)
    state.inside[stage] -= int(cause != INTERRUPTED)
    if cause != DRAWN and state.holds[client] > 0:
        for resource in range(len(flow.supply_slot)):
            if state.held[client, resource] > 0:
                most = 0
                if flow.stage_keeps[stage, resource]:
                    first = flow.stage_needs_from[goes_to]
                    last = flow.stage_needs_from[goes_to + 1]
                    for k in range(first, last):
                        most = max(most, needed(flow, values, k, resource))
                hold(flow, state, client, resource, min(state.held[client, resource], most))
    write_row(state, client, cause, now)
    state.visit[client] += 1
    return goes_to


@compiled
def be_served(flow: Tables, state: State, client: int, stage: int, now: float, end: float) -> None:
    """Let a client stand among those who are served in a stage, in the order of their starts."""
    state.stay[client, ENDS] = end
    state.order[client, 0] = 0.0
    state.order[client, 1] = now
    join_queue(state, 2 * len(flow.stage_length) + stage, client)
    # Somebody who waits may now interrupt it.
    state.counts[ASKED] = 1


@compiled
def be_served_no_more(flow: Tables, state: State, client: int, stage: int) -> None:
    """Take a client from those who are served in a stage, if it is among them."""
    if state.stay[client, ENDS] != SERVED_NO_MORE:
        leave_queue(state, 2 * len(flow.stage_length) + stage, client)
        state.stay[client, ENDS] = SERVED_NO_MORE


@compiled
def wait_again(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int, now: float
) -> None:
    """Let a client whose stay was interrupted stand in the line again, where it stood."""
    stage = state.stage[client]
    same = state.joined[client] == now
    state.joined[client] = now
    state.started[client] = math.nan
    state.alternative[client] = -1
    state.at_once[client] = state.at_once[client] + 1 if same else 1
    set_place_in_queue(flow, values, clients, state, stage, client, state.stay[client, SINCE], now)
    join_queue(state, stage, client)
    if flow.stage_puts_off[stage]:
        state.looked[client, 0] = 1
    state.counts[ASKED] = 1
    let_run(flow, values, clients, state, client, now, math.inf)


@compiled
def want_room(flow: Tables, state: State, client: int, to: int, now: float) -> None:
    """Let a client that has finished stand in the line of those who want room in a stage."""
    if flow.stage_knows_served[state.stage[client]]:
        be_served_no_more(flow, state, client, state.stage[client])
    state.wants[client, 0] = to
    state.order[client, 0] = 0.0
    state.order[client, 1] = now
    join_queue(state, len(flow.stage_length) + to, client)
    state.counts[ASKED] = 1


@compiled
def make_room(flow: Tables, state: State, client: int, stage: int, cause: int) -> None:
    """Let one who leaves a stage make room there; and want none any more elsewhere."""
    if flow.stage_length[stage] >= 0 and state.wants[client, 0] >= 0:
        leave_queue(state, len(flow.stage_length) + state.wants[client, 0], client)
        state.wants[client, 0] = -1
    if flow.stage_room[stage] >= 0 and cause != INTERRUPTED:
        state.there[stage] -= 1
        state.counts[ASKED] = 1


@inlined
def write_row(state: State, client: int, cause: int, finished: float) -> None:
    """Write a row, or note that there is no room for it."""
    row = state.counts[ROWS]
    state.counts[ROWS] += 1
    if row >= len(state.row_client):
        state.counts[STATUS] = max(state.counts[STATUS], TOO_MANY_ROWS)
        return
    state.row_client[row] = client
    state.row_stage[row] = state.stage[client]
    state.row_cause[row] = cause
    state.row_alternative[row] = state.alternative[client]
    state.row_started[row] = state.started[client]
    state.row_finished[row] = finished


@compiled
def add_up_routes(flow: Tables, values: FloatColumn, clients: Clients, state: State) -> None:
    """Add up the weights of the ways on that are the same for all clients on all days."""
    for stage in range(len(flow.stage_length)):
        first = flow.stage_routes_from[stage]
        last = flow.stage_routes_from[stage + 1]
        are_fixed = True
        for k in range(first, last):
            are_fixed = are_fixed and is_fixed(flow, k)
        if are_fixed:
            weigh(flow, values, clients, state, 0, first, last, 0.0)
        total = 0.0
        for k in range(first, last):
            total += state.weights[k]
            state.reached[k] = total if are_fixed else math.nan


@inlined
def is_fixed(flow: Tables, route: int) -> bool:
    """Tell whether a way on has the same weight for every client on every day."""
    line = flow.route_timeline[route]
    changes = line >= 0 and flow.timeline_from[line] + 1 != flow.timeline_from[line + 1]
    return flow.route_factors[route] < 0 and flow.route_choice[route] < 0 and not changes


@compiled
def choose(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int, now: float
) -> int:
    """Return the way on, by the shares as they stand now; `START` where none is open."""
    stage = state.stage[client]
    first = flow.stage_routes_from[stage]
    last = flow.stage_routes_from[stage + 1]
    # Only who was served for a time chooses: of such a stage it is counted.
    visit = state.came_to[client, flow.stage_count_column[stage]] - 1
    u = draw(clients, state, client, flow.stage_codes[stage, 1], visit)
    if first < last and not math.isnan(state.reached[last - 1]):
        goal = u * state.reached[last - 1]
        for k in range(first, last):
            if goal < state.reached[k]:
                return flow.route_to[k]
    return choose_by_weights(flow, values, clients, state, client, u, now)


@compiled
def choose_by_weights(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    u: float,
    now: float,
) -> int:
    """Return the way on from a uniform number where the weights differ by client or time."""
    stage = state.stage[client]
    first = flow.stage_routes_from[stage]
    last = flow.stage_routes_from[stage + 1]
    goal = u * weigh(flow, values, clients, state, client, first, last, now)
    reached = 0.0
    for k in range(first, last):
        reached += state.weights[k]
        if goal < reached:
            return flow.route_to[k]
    state.counts[STATUS] = NO_WAY_ON
    state.counts[CULPRIT] = client
    return START


@inlined
def weigh(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    first: int,
    last: int,
    now: float,
) -> float:
    """Note the weight of each way on for a client, and return their sum.

    A way on that has no share takes the rest.
    """
    given = 0.0
    for k in range(first, last):
        if flow.route_timeline[k] >= 0:
            share = share_of(flow, values, state, k, now)
            state.weights[k] = share
            given += share
    total = 0.0
    for k in range(first, last):
        weight = state.weights[k] if flow.route_timeline[k] >= 0 else max(0.0, 1.0 - given)
        if flow.route_factors[k] >= 0:
            weight *= factor_of(flow, values, clients, client, flow.route_factors[k])
        state.weights[k] = weight
        total += weight
    return total


@inlined
def share_of(flow: Tables, values: FloatColumn, state: State, route: int, now: float) -> float:
    """Return the share of a way on that has one, by the state of the run where it looks at that."""
    line = flow.route_timeline[route]
    if flow.route_choice[route] >= 0:
        chosen = choose_by_state(flow, state, flow.route_choice[route], now)
        line = line if chosen < 0 else chosen
    return timeline_at(flow, values, line, now)


@compiled
def join(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    to: int,
    now: float,
) -> None:
    """Let a client join a stage; it waits, or starts."""
    same = state.visit[client] > 0 and state.joined[client] == now
    stage = flow.group_home[clients.group[client]] if to < 0 else to
    state.stage[client] = stage
    state.inside[stage] += 1
    state.joined[client] = now
    state.started[client] = math.nan
    state.alternative[client] = -1
    state.at_once[client] = state.at_once[client] + 1 if same else 1
    if state.at_once[client] > MAX_STAGES_AT_ONCE:
        state.counts[STATUS] = ROUND_AND_ROUND
        state.counts[CULPRIT] = client
        return
    note(flow, state, client, ON_JOINING, now)
    if flow.stage_count_column[stage] >= 0:
        state.came_to[client, flow.stage_count_column[stage]] += 1
    if flow.stage_interrupted[stage]:
        state.stay[client, SINCE] = now
        state.stay[client, LEFT] = math.nan
    if not flow.stage_waits[stage]:
        if flow.stage_present[stage] >= 0:
            add_to_present(flow, clients, state, stage, client)
            state.counts[ASKED] = 1
        start(flow, values, clients, state, client, 0, math.nan, now)
        return
    if state.promised[client] < 0:
        state.promised[client] = already_holds(flow, values, state, client, stage)
    if state.promised[client] >= 0:
        alternative = state.promised[client]
        state.promised[client] = -1
        start(flow, values, clients, state, client, alternative, math.nan, now)
        return
    set_place_in_queue(flow, values, clients, state, stage, client, now, now)
    join_queue(state, stage, client)
    if flow.stage_puts_off[stage]:
        state.looked[client, 0] = 0
        state.has_come[stage] = 1
    state.counts[ASKED] = 1
    let_run(flow, values, clients, state, client, now, math.inf)


@compiled
def arrive(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int, now: float
) -> None:
    """Let a client join its home stage.

    Or, deterred, another; or, in mid-stay at the start, go on where it is, holding what it holds
    there.
    """
    to = deterred_to(flow, values, clients, state, client)
    if is_placed(flow, clients, state, client):
        place = place_at_start(flow, values, clients, state, client)
        if place >= 0:
            to = flow.place_stage[place]
            # Whom a stage lets in is counted before it comes there.
            state.there[to] += 1
            state.promised[client] = 0 if flow.stage_waits[to] else -1
            if flow.stage_needs_from[to] < flow.stage_needs_from[to + 1]:
                take(flow, values, state, client, flow.stage_needs_from[to])
    join(flow, values, clients, state, client, to, now)
