"""The compiled engine's clocks: speeds, thresholds, what fires first."""

from __future__ import annotations

import math

from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.simulation import clocks
from pilotsim.simulation.clocks import HALF
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.event_calendar import set_due
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import (
    FADES,
    LASTS,
    STARTS,
    TIMES,
    Clients,
    State,
    draw,
)
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.engines.compiled.values import (
    factor_of,
    log,
    nearest_tick,
    timeline_at,
    to_ticks,
)
from pilotsim.simulation.flow_columns import MOMENTS, PHASES, STARTED_PHASE, WAITING_PHASE

interval_of = inlined(clocks.interval_of)
carry_on = inlined(clocks.carry_on)
fires_at = inlined(clocks.fires_at)
effect_at = inlined(clocks.effect_at)


@compiled
def units_at(flow: Tables, values: FloatColumn, point: int) -> int:
    """Return the units of a resource from one of its points in time on."""
    if flow.unit_slot[point] < 0:
        return 0
    units = values[flow.unit_slot[point]]
    if flow.unit_caseload[point] >= 0:
        return math.floor(units * values[flow.unit_caseload[point]] + 1e-9)
    return int(units)


@compiled
def prepare(flow: Tables, values: FloatColumn, state: State) -> None:
    """Work out speeds, effects, and the units there are at the start."""
    for clock in range(len(flow.clock_risk)):
        for mark in range(len(flow.marks) - 1):
            state.speeds[clock, mark] = speed_of(flow, values, clock, mark)
    for effect in range(len(flow.effect_after)):
        slots = flow.effect_slots[effect]
        state.effects[effect, TIMES] = values[slots[0]]
        state.effects[effect, STARTS] = to_ticks(values[slots[1]]) if slots[1] >= 0 else 0.0
        state.effects[effect, LASTS] = to_ticks(values[slots[2]]) if slots[2] >= 0 else math.inf
        state.effects[effect, FADES] = to_ticks(values[slots[3]]) if slots[3] >= 0 else 0.0
    for k in range(len(flow.paced)):
        if flow.stage_usual_pace[flow.paced[k]] >= 0:
            state.pace[flow.paced[k]] = values[flow.stage_usual_pace[flow.paced[k]]]
    for resource in range(len(flow.supply_slot)):
        if flow.unit_from[resource] < flow.unit_from[resource + 1]:
            state.free[resource] = units_at(flow, values, flow.unit_from[resource])
            state.units[resource] = state.free[resource]


@compiled
def speed_of(flow: Tables, values: FloatColumn, clock: int, mark: int) -> float:
    """Return a clock's speed from a mark on: stage, risk, pace, season, in this order."""
    time = flow.marks[mark]
    speed = timeline_at(flow, values, flow.clock_timeline[clock], time)
    if flow.clock_rate[clock] >= 0:
        speed *= values[flow.clock_rate[clock]]
    speed *= timeline_at(flow, values, flow.clock_pace[clock], time)
    if flow.clock_season[clock, mark] >= 0:
        speed *= values[flow.clock_season[clock, mark]]
    return speed


@inlined
def clock_of(flow: Tables, client: int, risk: int) -> int:
    """Return which clock is a client's for a risk."""
    return client * len(flow.risk_code) + risk


@compiled
def run_clock(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    clock: int,
    start: float,
    stop: float,
) -> tuple[float, float, float, float]:
    """Return when a clock fires, and how it stands then: `simulation.clocks.run_clock`."""
    its = clock_of(flow, client, flow.clock_risk[clock])
    since = state.running_since[its]
    left = state.hazard_left[its]
    speed = state.speed[its]
    k = interval_of(start, flow.marks)
    time = start
    while time < stop:
        new, change = pace_now(flow, values, clients, state, client, clock, k, time)
        since, left = carry_on(since, left, speed, time, new)
        speed = new
        until = min(stop, change)
        fires = fires_at(since, left, speed)
        if fires < until + HALF:
            return nearest_tick(fires), since, left, speed
        if until >= flow.marks[k + 1]:
            k += 1
        time = until
    return math.inf, since, left, speed


@inlined
def effect_now(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    effect: int,
    time: float,
) -> tuple[float, float]:
    """Return an effect's factor on a client, and when it changes next."""
    its = state.effects[effect]
    times = its[TIMES]
    if flow.effect_factors[effect] >= 0:
        times *= factor_of(flow, values, clients, client, flow.effect_factors[effect])
    since = state.passed[client, effect]
    return effect_at(time, since, times, its[STARTS], its[LASTS], its[FADES])


@inlined
def draw_threshold(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    risk: int,
    episode: int,
) -> float:
    """Return how much hazard it takes until a clock fires."""
    if flow.risk_after[risk] < 0:
        return -log(draw(clients, state, client, flow.risk_code[risk], episode)) * TICKS_PER_DAY
    used = 0.0
    if flow.risk_used[risk] >= 0 and episode == 0:
        used = clients.traits[client, flow.risk_used[risk]]
    return max(0.0, to_ticks(values[flow.risk_after[risk]]) - to_ticks(used))


@inlined
def set_up(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    risk: int,
    its: int,
    now: float,
) -> None:
    """Let a clock stand at the start of an episode."""
    episode = state.episode[client, risk]
    column = flow.risk_factor_column[risk]
    if episode == 0 and column >= 0:
        state.factor[client, column] = factor_of(
            flow, values, clients, client, flow.risk_factors[risk]
        )
    state.hazard_left[its] = draw_threshold(flow, values, clients, state, client, risk, episode)
    state.running_since[its] = now
    state.speed[its] = 0.0
    state.stopped_at[its] = math.inf


@inlined
def take_up(state: State, its: int, now: float, new: float) -> tuple[float, float]:
    """Let a clock run on at its speed of now; return since when, and the hazard left then."""
    begun = state.running_since[its]
    left = state.hazard_left[its]
    speed = state.speed[its]
    stopped = state.stopped_at[its]
    if stopped < now:
        begun, left = carry_on(begun, left, speed, stopped, 0.0)
        speed = 0.0
    if new != speed or stopped != math.inf:
        begun, left = carry_on(begun, left, speed, now, new)
        state.running_since[its] = begun
        state.hazard_left[its] = left
        state.speed[its] = new
        state.stopped_at[its] = math.inf
    return begun, left


@inlined
def stop_others(flow: Tables, state: State, client: int, part: int, now: float) -> None:
    """Stop the clocks that ran until now and do not run in a part."""
    before = state.part[client]
    state.part[client] = part
    if before == part or before < 0:
        return
    for clock in range(flow.clock_from[before], flow.clock_from[before + 1]):
        if not flow.part_runs[part, flow.clock_risk[clock]]:
            state.stopped_at[clock_of(flow, client, flow.clock_risk[clock])] = now


@inlined
def phase_of(state: State, client: int) -> int:
    """Return the part of the clocks that runs: of the client's stage and its phase there."""
    phase = WAITING_PHASE if math.isnan(state.started[client]) else STARTED_PHASE
    return len(PHASES) * state.stage[client] + phase


@compiled
def let_run(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    now: float,
    end: float,
) -> None:
    """Let the clocks of a client's phase run from now until one fires or the service ends."""
    part = phase_of(state, client)
    k = interval_of(now, flow.marks)
    stop_others(flow, state, client, part, now)
    first = min(end, flow.horizon[0])
    which = -1
    steady = flow.marks[k + 1]
    for clock in range(flow.clock_from[part], flow.clock_from[part + 1]):
        its = clock_of(flow, client, flow.clock_risk[clock])
        if math.isnan(state.hazard_left[its]):
            set_up(flow, values, clients, state, client, flow.clock_risk[clock], its, now)
        speed, until = pace_now(flow, values, clients, state, client, clock, k, now)
        begun, left = take_up(state, its, now, speed)
        steady = min(steady, until)
        fires = fires_at(begun, left, speed)
        if fires >= until + HALF:
            # Its speed changes before that.
            fires = math.inf
            if until < first:
                fires = run_clock(flow, values, clients, state, client, clock, now, first)[0]
        if fires < first - HALF:
            first = nearest_tick(fires)
            which = clock
    state.clocks_since[client] = now
    state.next_clock[client] = which
    state.steady_until[client] = steady
    set_due(flow, state, client, end if which < 0 else first)


@inlined
def pace_now(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    clock: int,
    k: int,
    now: float,
) -> tuple[float, float]:
    """Return a clock's speed now, in interval `k` of the marks, and until when it stays."""
    speed = state.speeds[clock, k]
    until = flow.marks[k + 1]
    risk = flow.clock_risk[clock]
    column = flow.risk_factor_column[risk]
    if column >= 0:
        speed *= state.factor[client, column]
    if state.affected[client]:
        for entry in range(flow.risk_effects_from[risk], flow.risk_effects_from[risk + 1]):
            effect = flow.risk_effect[entry]
            if not math.isnan(state.passed[client, effect]):
                times, change = effect_now(flow, values, clients, state, client, effect, now)
                speed *= times
                until = min(until, change)
    return speed, until


@inlined
def has_no_effects(flow: Tables, clock: int) -> bool:
    """Tell whether no effect ever changes the speed of a clock."""
    risk = flow.clock_risk[clock]
    return flow.risk_effects_from[risk] == flow.risk_effects_from[risk + 1]


@compiled
def wind(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    now: float,
    fired: int,
) -> None:
    """Note how each clock stands whose speed changed on the way.

    The one that fired is drawn anew for the next episode.
    """
    part = state.part[client]
    since = state.clocks_since[client]
    if now > state.steady_until[client]:
        is_same_interval = now <= flow.marks[interval_of(since, flow.marks) + 1]
        for clock in range(flow.clock_from[part], flow.clock_from[part + 1]):
            if clock != fired and not (is_same_interval and has_no_effects(flow, clock)):
                its = clock_of(flow, client, flow.clock_risk[clock])
                _, begun, left, speed = run_clock(
                    flow, values, clients, state, client, clock, since, now
                )
                state.running_since[its] = begun
                state.hazard_left[its] = left
                state.speed[its] = speed
    if fired >= 0:
        its = clock_of(flow, client, flow.clock_risk[fired])
        state.hazard_left[its] = math.nan
        state.episode[client, flow.clock_risk[fired]] += 1


@inlined
def note(flow: Tables, state: State, client: int, moment: int, now: float) -> None:
    """Note a moment of a client's visit, for the effects that count from it."""
    part = len(MOMENTS) * state.stage[client] + moment
    for k in range(flow.noted_from[part], flow.noted_from[part + 1]):
        effect = flow.noted_effect[k]
        state.passed[client, effect] = now
        state.affected[client] = 1
