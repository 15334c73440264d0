"""The compiled engine's lengths of service: `pilotsim.simulation.service`, to the bit."""

from __future__ import annotations

import math

from pilotsim.base import randomness
from pilotsim.base.calendar import work_until as plain_work_until
from pilotsim.simulation import shifts
from pilotsim.simulation.clocks import HALF
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.compile import DETERRED, REMAINING, STOCK_IN
from pilotsim.simulation.engines.compiled.jit import compiled, inlined, shared
from pilotsim.simulation.engines.compiled.random_numbers import word
from pilotsim.simulation.engines.compiled.state import (
    LEFT,
    Clients,
    State,
    as_uniform,
    correlation_of_places,
    draw,
    normal_quantile,
    part_of_its_own,
    place_of_trait,
)
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.engines.compiled.values import (
    draw_duration,
    draw_length_biased,
    exp,
    factor_of,
    log,
    nearest_tick,
    timeline_at,
    to_ticks,
)
from pilotsim.simulation.flow_columns import (
    ANEW,
    DRAWN_ANEW,
    PARTS,
    PHASES,
    RESIDUAL,
    STARTED_PHASE,
    WHOLE,
)
from pilotsim.simulation.shifts import DAYS_PER_WORKING_DAY

PLACE_CODE = word(randomness.code(STOCK_IN))
REMAINING_CODE = word(randomness.code(REMAINING))
DETERRED_CODE = word(randomness.code(DETERRED))

work_until = compiled(plain_work_until)
go_on = shared(shifts.go_on)


@compiled
def place_at_start(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int
) -> int:
    """Return which place of its group's stock a client is in at the start.

    -1 for one that joins its home stage afresh.
    """
    group = clients.group[client]
    first = flow.group_places_from[group]
    last = flow.group_places_from[group + 1]
    if first == last or clients.origin[client] != 0:
        return -1
    u = draw(clients, state, client, PLACE_CODE, 0)
    given = 0.0
    total = 0.0
    reached = 0.0
    for k in range(first, last):
        given += 0.0 if flow.place_share[k] < 0 else values[flow.place_share[k]]
    rest = max(0.0, 1.0 - given)
    for k in range(first, last):
        total += rest if flow.place_share[k] < 0 else values[flow.place_share[k]]
    chosen = last - 1
    for k in range(first, last):
        reached += rest if flow.place_share[k] < 0 else values[flow.place_share[k]]
        if u * total < reached:
            chosen = k
            break
    return chosen if flow.place_stage[chosen] >= 0 else -1


@compiled
def deterred_to(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int
) -> int:
    """Return the stage that a new client is in who is deterred; -1 for one who comes."""
    group = clients.group[client]
    if flow.group_deterred[group] < 0 or clients.origin[client] == 0:
        return -1
    arrives = clients.arrives[client]
    if arrives < flow.group_deterred_from[group] or arrives < clients.offered[client]:
        return -1
    u = draw(clients, state, client, DETERRED_CODE, 0)
    return flow.group_deterred_to[group] if u < values[flow.group_deterred[group]] else -1


@inlined
def is_placed(flow: Tables, clients: Clients, state: State, client: int) -> bool:
    """Tell whether a client may be in mid-stay: on its first visit, if its stock has places."""
    group = clients.group[client]
    return (
        state.visit[client] == 0
        and clients.origin[client] == 0
        and flow.group_places_from[group] < flow.group_places_from[group + 1]
    )


@compiled
def end_of_service(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    stage: int,
    which: int,
    now: float,
) -> float:
    """Return when a service ends that a client starts: `services.end_of_service`."""
    if is_placed(flow, clients, state, client):
        place = place_at_start(flow, values, clients, state, client)
        if place >= 0 and flow.place_remaining[place] == RESIDUAL:
            return end_after(
                flow,
                values,
                clients,
                state,
                client,
                stage,
                which,
                which,
                residual(flow, values, clients, state, client, stage, now),
                now,
            )
        if place >= 0 and flow.place_remaining[place] != WHOLE:
            return end_of_length(
                flow,
                values,
                clients,
                state,
                client,
                stage,
                flow.place_remaining[place],
                REMAINING_CODE,
                0,
                now,
            )
    visit = state.came_to[client, flow.stage_count_column[stage]] - 1
    if flow.stage_interrupted[stage] == DRAWN_ANEW and not math.isnan(state.stay[client, LEFT]):
        visit = ANEW + state.visit[client]
    return end_of_length(
        flow,
        values,
        clients,
        state,
        client,
        stage,
        which,
        flow.stage_codes[stage, 0],
        visit,
        now,
    )


@compiled
def residual(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    stage: int,
    now: float,
) -> float:
    """Return what is left for one found in a stage long in use: `service._residual`."""
    which = flow.stage_length[stage]
    hazard = hazard_at_start(flow, values, clients, state, client, stage)
    stretch = 1.0
    if flow.length_timeline[which] >= 0:
        stretch *= timeline_at(flow, values, flow.length_timeline[which], now)
    if flow.length_by[which] >= 0:
        stretch *= factor_of(flow, values, clients, client, flow.length_by[which])
    attempt = 0
    while True:
        u = draw(clients, state, client, REMAINING_CODE, 4 * attempt)
        v = draw(clients, state, client, REMAINING_CODE, 4 * attempt + 1)
        w = draw(clients, state, client, REMAINING_CODE, 4 * attempt + 2)
        if attempt % 2 == 0:
            whole = draw_length_biased(flow, values, which, u)
            left = v * whole
            if hazard == 0.0 or w < exp(-hazard * stretch * (whole - left)):
                return left
        else:
            whole = draw_duration(flow, values, which, u)
            age = -log(v) / hazard
            if age < whole * stretch:
                return whole - age / stretch
        attempt += 1


@compiled
def hazard_at_start(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, client: int, stage: int
) -> float:
    """Return the hazard at which risks take a client out: `service.hazard_at_start`."""
    hazard = 0.0
    part = len(PHASES) * stage + STARTED_PHASE
    for clock in range(flow.clock_from[part], flow.clock_from[part + 1]):
        factors = flow.risk_factors[flow.clock_risk[clock]]
        hazard += state.speeds[clock, 0] * factor_of(flow, values, clients, client, factors)
    return hazard


@compiled
def correlated(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    which: int,
    u: float,
) -> float:
    """Return the uniform number of a length that goes with another: `service._correlated`."""
    trait = flow.length_with_trait[which]
    risk = flow.length_with_risk[which]
    if trait >= 0:
        other = place_of_trait(flow, values, clients, client, trait, state.seed[0], state.seed[1])
    else:
        episode = state.episode[client, risk]
        other = -normal_quantile(draw(clients, state, client, flow.risk_code[risk], episode))
    correlation = correlation_of_places(values[flow.length_rank[which]])
    own = part_of_its_own(correlation) * normal_quantile(u)
    return as_uniform(own + correlation * other)


@inlined
def end_of_length(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    stage: int,
    which: int,
    purpose: int,
    index: int,
    now: float,
) -> float:
    """Return when a length that is drawn now is over; of several parts, the last."""
    if flow.length_form[which] != PARTS:
        u = draw(clients, state, client, purpose, index)
        if flow.length_rank[which] >= 0:
            u = correlated(flow, values, clients, state, client, which, u)
        return end_after(
            flow,
            values,
            clients,
            state,
            client,
            stage,
            which,
            which,
            draw_duration(flow, values, which, u),
            now,
        )
    end = now
    for k in range(flow.length_parts_from[which], flow.length_parts_from[which + 1]):
        part = flow.length_part[k]
        days = draw_duration(
            flow, values, part, draw(clients, state, client, flow.part_code[k], index)
        )
        own = end_after(flow, values, clients, state, client, stage, which, part, days, now)
        end = max(end, own)
    return end


@inlined
def end_after(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    stage: int,
    which: int,
    part: int,
    days: float,
    now: float,
) -> float:
    """Return when a length is over, with its factors of now, at the pace of the stage."""
    if flow.length_timeline[which] >= 0:
        days *= timeline_at(flow, values, flow.length_timeline[which], now)
    if flow.length_by[which] >= 0:
        days *= factor_of(flow, values, clients, client, flow.length_by[which])
    if flow.stage_pauses[stage] and holds_shifts(flow, state, client):
        if flow.length_working[part]:
            days *= DAYS_PER_WORKING_DAY
        return end_in_shifts(flow, state, client, now, to_ticks(days))
    ticks = to_ticks(days)
    if flow.length_working[part]:
        return work_until(flow.worked, now, ticks)
    return (
        now + ticks
        if flow.stage_pace[stage] < 0
        else end_at_pace(flow, values, flow.stage_pace[stage], now, ticks)
    )


@inlined
def holds_shifts(flow: Tables, state: State, client: int) -> bool:
    """Tell whether a client holds units between whose shifts service stands still."""
    for resource in range(len(flow.supply_slot)):
        pauses = flow.open_from[resource] < flow.open_from[resource + 1]
        if pauses and state.held[client, resource] > 0:
            return True
    return False


@compiled
def end_in_shifts(flow: Tables, state: State, client: int, now: float, left: float) -> float:
    """Return `service._end_in_shifts` of the units that a client holds."""
    time = now
    while left > 0.0 and time < math.inf:
        begun = time
        until = math.inf
        for resource in range(len(flow.supply_slot)):
            first = flow.open_from[resource]
            last = flow.open_from[resource + 1]
            if first < last and state.held[client, resource] > 0:
                begun, until = go_on(begun, until, flow.open_begin, flow.open_end, first, last)
        if begun < until and begun == time:
            if left <= until - time:
                return time + left
            left -= until - time
            begun = until
        time = begun
    return time


@compiled
def end_at_pace(flow: Tables, values: FloatColumn, line: int, start: float, ticks: float) -> float:
    """Return `clocks.end_at_pace` with the pace of a timeline."""
    if ticks <= 0.0:
        return start
    first = flow.timeline_from[line]
    last = flow.timeline_from[line + 1] - 1
    k = last
    while k > first and flow.timeline_time[k] > start:
        k -= 1
    time = start
    left = ticks
    while True:
        until = flow.timeline_time[k + 1] if k < last else math.inf
        pace = values[flow.timeline_slot[k]]
        if pace > 0.0:
            done = time + left / pace
            if done < until + HALF:
                return nearest_tick(done)
            left = max(0.0, left - pace * (until - time))
        if until == math.inf:
            return math.inf
        time = until
        k = k + 1
