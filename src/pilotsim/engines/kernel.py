"""The compiled engine: the same journeys as `process`, from the same rules (`docs/semantics.md`), over arrays.

One instant has three phases: `calendar_phase` (units change, stages open), `clients_phase` (services end, clocks fire,
clients arrive and join), `starts_phase` (free places are filled); the last two in turn until nothing can start. The
functions are those of the readable engine under the same names. Its arrays are `tables.Tables` (the flow), the numbers
`x` of the flow's values, the clients `c`, and the world `w` that changes, see `state`.
"""

from __future__ import annotations

import math
from typing import Any

from pilotsim.engines.jit import compiled, effect_at, factor_of, interval_of, length, line_at, work_until
from pilotsim.engines.state import (
    ASKED, CALLS, CULPRIT, HEAP, ROWS, STATUS, draw, make_clients, reset, view_clients, view_world,
)  # fmt: skip
from pilotsim.engines.tables import HIGHEST, LOWEST, OPENING, RANDOM, SUPPLY, UNITS, view_tables
from pilotsim.journeys import DRAWN, FINISHED, FIRST_RISK, STILL_THERE, TURNED_AWAY

FINE, ROUND_AND_ROUND, NO_WAY_ON, TOO_MANY_ROWS, TOO_MANY_CLIENTS = range(5)
MOST_STAGES_AT_ONCE = 1000
START = -2


@compiled
def prepare(t: Any, x: Any, c: Any, w: Any) -> None:
    """Work out speeds, factors of traits, and the units there are at the start."""
    for clock in range(len(t.clock_risk)):
        for mark in range(len(t.marks) - 1):
            w.speeds[clock, mark] = speed_of(t, x, clock, mark)
    for risk in range(len(t.risk_code)):
        if t.risk_factors[risk] >= 0:
            for client in range(c.count[0]):
                w.factor[client, risk] = factor_of(t, x, c.traits, client, t.risk_factors[risk])
    for effect in range(len(t.effect_risk)):
        for client in range(c.count[0]):
            own = factor_of(t, x, c.traits, client, t.effect_factors[effect])
            w.effect[client, effect] = x[t.effect_slots[effect, 0]] * own
    for resource in range(len(t.supply_slot)):
        if t.unit_from[resource] < t.unit_from[resource + 1]:
            w.free[resource] = units_at(t, x, t.unit_from[resource])


@compiled
def speed_of(t: Any, x: Any, clock: int, mark: int) -> float:
    """Return a clock's speed from a mark on: stage, risk, pace and season, multiplied in this order."""
    time = t.marks[mark]
    speed = line_at(t, x, t.clock_line[clock], time)
    if t.clock_rate[clock] >= 0:
        speed *= x[t.clock_rate[clock]]
    speed *= line_at(t, x, t.clock_pace[clock], time)
    if t.clock_season[clock, mark] >= 0:
        speed *= x[t.clock_season[clock, mark]]
    return speed


@compiled
def units_at(t: Any, x: Any, point: int) -> int:
    """Return the units of a resource from one of its points in time on."""
    units = x[t.unit_slot[point]]
    if t.unit_caseload[point] >= 0:
        return int(math.floor(units * x[t.unit_caseload[point]] + 1e-9))
    return int(units)


# The heap of what happens next to each client, by time; each client stands in it once at most.


@compiled
def sift_up(w: Any, place: int) -> None:
    """Move an entry up to where it belongs."""
    client = w.heap[place]
    due = w.due[client]
    while place > 0:
        above = (place - 1) >> 1
        other = w.heap[above]
        if w.due[other] <= due:
            break
        w.heap[place], w.place[other] = other, place
        place = above
    w.heap[place], w.place[client] = client, place


@compiled
def sift_down(w: Any, place: int) -> None:
    """Move an entry down to where it belongs."""
    size, client = w.counts[HEAP], w.heap[place]
    due = w.due[client]
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and w.due[w.heap[below + 1]] < w.due[w.heap[below]]:
            below += 1
        other = w.heap[below]
        if due <= w.due[other]:
            break
        w.heap[place], w.place[other] = other, place
        place = below
    w.heap[place], w.place[client] = client, place


@compiled
def set_due(w: Any, client: int, time: float) -> None:
    """Let something happen to a client at a time; for infinity, nothing."""
    before, place = w.due[client], w.place[client]
    w.due[client] = time
    if place < 0:
        if time < math.inf:
            w.heap[w.counts[HEAP]] = client
            w.counts[HEAP] += 1
            sift_up(w, w.counts[HEAP] - 1)
    elif time == math.inf:
        remove(w, client, place)
    elif time < before:
        sift_up(w, place)
    else:
        sift_down(w, place)


@compiled
def remove(w: Any, client: int, place: int) -> None:
    """Take a client out of the heap."""
    w.counts[HEAP] -= 1
    w.place[client] = -1
    last = w.heap[w.counts[HEAP]]
    if last != client:
        w.heap[place], w.place[last] = last, place
        sift_up(w, place)
        sift_down(w, w.place[last])


# Lines: clients who wait in a stage in its order, or who are present in a stage that others draw from.


@compiled
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
    """Set a client's place in a stage's order: `Office._place`."""
    rule = t.stage_order[stage]
    w.order[client, 0], w.order[client, 1] = since, 0.0
    if rule == RANDOM:
        w.order[client, 0] = draw(c, w, client, t.stage_codes[stage, 2], visit)
        w.order[client, 1] = since
    elif rule in (HIGHEST, LOWEST):
        found = c.traits[client, t.stage_order_trait[stage]]
        w.order[client, 0], w.order[client, 1] = -found if rule == HIGHEST else found, since


# Clocks.


@compiled
def run_clock(t: Any, x: Any, w: Any, client: int, clock: int, start: float, stop: float, left: float) -> Any:
    """Return when a clock fires, and the hazard left: `clocks.run_clock`."""
    risk = t.clock_risk[clock]
    k = interval_of(start, t.marks)
    time = start
    while time < stop:
        speed = w.speeds[clock, k] * w.factor[client, risk]
        until = min(stop, t.marks[k + 1])
        for effect in range(len(t.effect_risk)):
            if t.effect_risk[effect] == risk and not math.isnan(w.passed[client, effect]):
                now, change = effect_now(t, x, w, client, effect, time)
                speed *= now
                until = min(until, change)
        if speed > 0.0:
            fires = time + left / speed
            if fires <= until:
                return fires, 0.0
            left = max(0.0, left - speed * (until - time))
        if until >= t.marks[k + 1]:
            k += 1
        time = until
    return math.inf, left


@compiled
def effect_now(t: Any, x: Any, w: Any, client: int, effect: int, time: float) -> Any:
    """Return an effect's factor on a client, and when it changes next."""
    slots = t.effect_slots[effect]
    starts = x[slots[1]] if slots[1] >= 0 else 0.0
    lasts = x[slots[2]] if slots[2] >= 0 else math.inf
    fades = x[slots[3]] if slots[3] >= 0 else 0.0
    return effect_at(time, w.passed[client, effect], w.effect[client, effect], starts, lasts, fades)


@compiled
def draw_threshold(t: Any, x: Any, c: Any, w: Any, client: int, risk: int) -> None:
    """Draw how much hazard it takes until a clock fires, where that is not drawn yet."""
    if not math.isnan(w.left[client, risk]):
        return
    episode = w.episode[client, risk]
    if t.risk_after[risk] < 0:
        u = draw(c, w, client, t.risk_code[risk], episode)
        w.left[client, risk] = -math.log(u)
    else:
        used = c.traits[client, t.risk_used[risk]] if t.risk_used[risk] >= 0 and episode == 0 else 0.0
        w.left[client, risk] = max(0.0, x[t.risk_after[risk]] - used)


@compiled
def let_run(t: Any, x: Any, c: Any, w: Any, client: int, now: float, end: float) -> None:
    """Let the clocks of a client's phase run from now until one fires or the service ends."""
    part = 2 * w.stage[client] + (0 if math.isnan(w.started[client]) else 1)
    first, which = min(end, t.horizon[0]), -1
    for clock in range(t.clock_from[part], t.clock_from[part + 1]):
        draw_threshold(t, x, c, w, client, t.clock_risk[clock])
        fires, _ = run_clock(t, x, w, client, clock, now, first, w.left[client, t.clock_risk[clock]])
        if fires < first:
            first, which = fires, clock
    w.since[client], w.fires[client] = now, which
    due = end if which < 0 else first
    set_due(w, client, due if due < t.horizon[0] else math.inf)


@compiled
def wind(t: Any, x: Any, w: Any, client: int, now: float, fired: int) -> None:
    """Note how far each clock has run since; the one that fired is drawn anew for the next episode."""
    part = 2 * w.stage[client] + (0 if math.isnan(w.started[client]) else 1)
    for clock in range(t.clock_from[part], t.clock_from[part + 1]):
        risk = t.clock_risk[clock]
        if clock != fired:
            w.left[client, risk] = run_clock(t, x, w, client, clock, w.since[client], now, w.left[client, risk])[1]
    if fired >= 0:
        w.left[client, t.clock_risk[fired]] = math.nan
        w.episode[client, t.clock_risk[fired]] += 1


@compiled
def note(t: Any, w: Any, client: int, moment: int, now: float) -> None:
    """Note that a client joined, started or finished a stage, for the effects that count from it."""
    part = 3 * w.stage[client] + moment
    for k in range(t.noted_from[part], t.noted_from[part + 1]):
        w.passed[client, t.noted_effect[k]] = now


# Clients join, start, leave.


@compiled
def join(t: Any, x: Any, c: Any, w: Any, client: int, to: int, now: float) -> None:
    """Let a client join a stage; it waits, or starts."""
    same = w.visit[client] > 0 and w.joined[client] == now
    stage = t.group_home[c.group[client]] if to < 0 else to
    w.stage[client], w.joined[client], w.started[client], w.took[client] = stage, now, math.nan, -1
    w.at_once[client] = w.at_once[client] + 1 if same else 1
    if w.at_once[client] > MOST_STAGES_AT_ONCE:
        w.counts[STATUS], w.counts[CULPRIT] = ROUND_AND_ROUND, stage
        return
    note(t, w, client, 0, now)
    w.came[client, stage] += 1
    if not t.stage_waits[stage]:
        if t.stage_drawn_from[stage]:
            line_up(w, stage, client, False)
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
    line_up(w, stage, client, True)
    w.counts[ASKED] = 1
    let_run(t, x, c, w, client, now, math.inf)


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


@compiled
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


@compiled
def hold(t: Any, w: Any, client: int, resource: int, units: int) -> bool:
    """Let a client hold so many units; tell whether some came free."""
    before = w.held[client, resource]
    w.free[resource] += before - units
    used_up = t.unit_from[resource] == t.unit_from[resource + 1]
    w.held[client, resource] = 0 if used_up else units
    if units < before:
        w.counts[ASKED] = 1
    return units < before


@compiled
def start(t: Any, x: Any, c: Any, w: Any, client: int, alternative: int, now: float) -> None:
    """Let a client start in its stage, until a clock fires or the service ends."""
    stage = w.stage[client]
    w.took[client], w.started[client] = alternative, now
    note(t, w, client, 1, now)
    which, end = t.stage_length[stage], math.inf
    if which >= 0:
        u = draw(c, w, client, t.stage_codes[stage, 0], w.came[client, stage] - 1
        )
        days = length(t, x, which, u)
        if t.length_line[which] >= 0:
            days *= line_at(t, x, t.length_line[which], now)
        end = work_until(t.worked, now, days) if t.length_working[which] else now + days
    let_run(t, x, c, w, client, now, end)


@compiled
def leave(t: Any, x: Any, c: Any, w: Any, client: int, cause: int, to: int, now: float) -> int:
    """Write a visit's row, let units go that the client does not keep; return the stage it goes to."""
    stage = w.stage[client]
    goes_to = t.group_home[c.group[client]] if to < 0 else to
    if t.stage_waits[stage] and math.isnan(w.started[client]) and cause != TURNED_AWAY:
        step_out(w, stage, client)
    elif not t.stage_waits[stage] and t.stage_drawn_from[stage]:
        step_out(w, stage, client)
    if cause != DRAWN:
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


@compiled
def write_row(w: Any, client: int, cause: int, to: int, finished: float) -> None:
    """Write a row, or note that there is no room for it."""
    row = w.counts[ROWS]
    w.counts[ROWS] += 1
    if row >= len(w.whole):
        w.counts[STATUS] = max(w.counts[STATUS], TOO_MANY_ROWS)
        return
    w.whole[row, 0], w.whole[row, 1], w.whole[row, 2] = client, w.visit[client], w.stage[client]
    w.whole[row, 3], w.whole[row, 4], w.whole[row, 5] = cause, to, w.took[client]
    w.times[row, 0], w.times[row, 1], w.times[row, 2] = w.joined[client], w.started[client], finished


@compiled
def choose(t: Any, x: Any, c: Any, w: Any, client: int, now: float) -> int:
    """Return the way on, by the shares as they stand now; `START` where none is open."""
    stage = w.stage[client]
    first, last = t.stage_routes_from[stage], t.stage_routes_from[stage + 1]
    u = draw(c, w, client, t.stage_codes[stage, 1], w.came[client, stage] - 1)
    given, total, reached = 0.0, 0.0, 0.0
    for k in range(first, last):
        if t.route_line[k] >= 0:
            given += line_at(t, x, t.route_line[k], now)
    rest = max(0.0, 1.0 - given)
    for k in range(first, last):
        total += weight_of(t, x, c, client, k, rest, now)
    goal = u * total
    for k in range(first, last):
        reached += weight_of(t, x, c, client, k, rest, now)
        if goal < reached:
            return t.route_to[k]
    w.counts[STATUS], w.counts[CULPRIT] = NO_WAY_ON, stage
    return START


@compiled
def weight_of(t: Any, x: Any, c: Any, client: int, route: int, rest: float, now: float) -> float:
    """Return the weight of a way on for a client."""
    weight = line_at(t, x, t.route_line[route], now) if t.route_line[route] >= 0 else rest
    if t.route_factors[route] >= 0:
        weight *= factor_of(t, x, c.traits, client, t.route_factors[route])
    return weight


# The three phases.


@compiled
def calendar_phase(t: Any, x: Any, w: Any, day: int) -> None:
    """Change units and open stages."""
    for k in range(t.day_from[day], t.day_from[day + 1]):
        which, point = t.deed_which[k], t.deed_point[k]
        if t.deed_kind[k] == UNITS:
            w.free[which] += units_at(t, x, point) - units_at(t, x, point - 1)
        elif t.deed_kind[k] == SUPPLY:
            w.free[which] = int(x[t.supply_slot[which]]) + (0 if t.supply_lapses[which] else w.free[which])
        elif t.deed_kind[k] == OPENING:
            w.opened_on[which], w.admitted[which] = t.day_time[day], 0
    w.counts[ASKED] = 1


@compiled
def clients_phase(t: Any, x: Any, c: Any, w: Any, now: float) -> None:
    """Let all happen to clients that is due now: services end, clocks fire, clients arrive and join."""
    while w.counts[HEAP] > 0 and w.due[w.heap[0]] == now and w.counts[STATUS] == FINE:
        client = w.heap[0]
        set_due(w, client, math.inf)
        if w.stage[client] < 0:
            join(t, x, c, w, client, -1, now)
            continue
        fired = w.fires[client]
        wind(t, x, w, client, now, fired)
        if fired >= 0:
            cause, to = FIRST_RISK + t.clock_risk[fired], t.clock_to[fired]
        else:
            note(t, w, client, 2, now)
            cause, to = FINISHED, choose(t, x, c, w, client, now)
        if w.counts[STATUS] == FINE:
            join(t, x, c, w, client, leave(t, x, c, w, client, cause, to, now), now)


@compiled
def starts_phase(t: Any, x: Any, c: Any, w: Any, now: float) -> None:
    """Fill free places: stage priority first, then longest waiting, then lower client number; then turn away."""
    w.counts[ASKED] = w.counts[CALLS] = 0
    for stage in range(len(t.stage_length)):
        w.candidates[stage] = w.held_back[stage] = 0
        if t.stage_draws[stage] and w.opened_on[stage] == now:
            find_candidates(t, x, c, w, stage, now)
    while True:
        stage, client, drawn = next_head(t, x, c, w, now)
        if stage < 0:
            break
        k = first_that_fits(t, x, w, client, stage)
        if k < 0:
            w.held_back[stage] = 1
            continue
        if take(t, x, w, client, k):
            w.held_back[:] = 0
        w.admitted[stage] += 1
        alternative = k - t.stage_needs_from[stage]
        if drawn:
            w.promised[client], w.drawn_on[client, stage] = alternative, now
            strike_off(t, w, client)
            call(w, client, DRAWN, stage)
        else:
            step_out(w, stage, client)
            call(w, client, START, alternative)
    turn_away(t, x, w)
    for k in range(w.counts[CALLS]):
        answer(t, x, c, w, w.calls[k, 0], w.calls[k, 1], w.calls[k, 2], now)


@compiled
def call(w: Any, client: int, why: int, to: int) -> None:
    """Note that a client is called: to start, to another stage, or away."""
    k = w.counts[CALLS]
    w.calls[k, 0], w.calls[k, 1], w.calls[k, 2] = client, why, to
    w.counts[CALLS] += 1


@compiled
def turn_away(t: Any, x: Any, w: Any) -> None:
    """Call those who find a queue full: the last to join first."""
    for stage in range(len(t.stage_length)):
        while t.stage_limit[stage] >= 0 and w.line_count[stage] > int(x[t.stage_limit[stage]]):
            client = last = w.line_first[stage]
            while client >= 0:
                if w.joined[client] > w.joined[last] or (w.joined[client] == w.joined[last] and client > last):
                    last = client
                client = w.after[client]
            step_out(w, stage, last)
            call(w, last, TURNED_AWAY, t.stage_else[stage])


@compiled
def answer(t: Any, x: Any, c: Any, w: Any, client: int, why: int, to: int, now: float) -> None:
    """Let a client do what it was called for."""
    if w.counts[STATUS] != FINE:
        return
    set_due(w, client, math.inf)
    wind(t, x, w, client, now, -1)
    if why == START:
        start(t, x, c, w, client, to, now)
    else:
        join(t, x, c, w, client, leave(t, x, c, w, client, why, to, now), now)


@compiled
def find_candidates(t: Any, x: Any, c: Any, w: Any, stage: int, now: float) -> None:
    """Find the clients that a stage may take out of others, as a heap with the first in its order on top."""
    last = len(t.trait_kind) + 1
    for source in range(len(t.stage_length)):
        client = w.line_first[source] if t.draws_from[stage, source] else -1
        while client >= 0:
            if may_be_drawn(t, x, c, w, client, stage, now):
                since = w.joined[client] - (c.traits[client, last] if w.visit[client] == 0 else 0.0)
                set_place(t, c, w, stage, client, since, w.came[client, stage])
                push(w, stage, client)
            client = w.after[client]


@compiled
def push(w: Any, stage: int, client: int) -> None:
    """Add a candidate to a stage's heap."""
    heap, place = w.candidate[stage], w.candidates[stage]
    w.candidates[stage] += 1
    while place > 0 and stands_before(w, client, heap[(place - 1) >> 1]):
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    heap[place] = client


@compiled
def pop(w: Any, stage: int, place: int) -> None:
    """Take a candidate out of a stage's heap."""
    w.candidates[stage] -= 1
    heap, size = w.candidate[stage], w.candidates[stage]
    client = heap[size]
    while place > 0 and place < size and stands_before(w, client, heap[(place - 1) >> 1]):
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and stands_before(w, heap[below + 1], heap[below]):
            below += 1
        if not stands_before(w, heap[below], client):
            break
        heap[place] = heap[below]
        place = below
    if place < size:
        heap[place] = client


@compiled
def strike_off(t: Any, w: Any, client: int) -> None:
    """Take a client that was drawn off all lists of candidates."""
    for stage in range(len(t.stage_length)):
        for place in range(w.candidates[stage]):
            if w.candidate[stage, place] == client:
                pop(w, stage, place)
                break


@compiled
def may_be_drawn(t: Any, x: Any, c: Any, w: Any, client: int, stage: int, now: float) -> bool:
    """Tell whether a stage may take a client: offered, of its groups and traits, not taken before or long ago."""
    if c.offered[client] > now or not t.draws_group[stage, c.group[client]]:
        return False
    for k in range(t.draws_traits_from[stage], t.draws_traits_from[stage + 1]):
        found, wanted = c.traits[client, t.draws_trait[k]], t.draws_wanted[k]
        if (wanted == -1 and not found > 0.0) or (wanted == -2 and found > 0.0) or (wanted not in (-1, -2) and found != wanted):
            return False
    last, again = w.drawn_on[client, stage], t.stage_again[stage]
    return math.isnan(last) or (again >= 0 and now - last >= x[again])


@compiled
def next_head(t: Any, x: Any, c: Any, w: Any, now: float) -> Any:
    """Return the stage and client to serve next, and whether the client is drawn; -1 for none."""
    best, chosen, is_drawn = -1, -1, False
    for stage in range(len(t.stage_length)):
        waiting = w.line_count[stage] if t.stage_waits[stage] else 0
        if not t.stage_waits[stage] or w.held_back[stage] or waiting + w.candidates[stage] == 0:
            continue
        if not admits(t, x, w, stage, waiting + w.candidates[stage], now):
            continue
        client, drawn = w.line_first[stage], False
        if w.candidates[stage] > 0 and (client < 0 or stands_before(w, w.candidate[stage, 0], client)):
            client, drawn = w.candidate[stage, 0], True
        if best < 0 or ranks_before(t, w, stage, client, best, chosen):
            best, chosen, is_drawn = stage, client, drawn
    return best, chosen, is_drawn


@compiled
def ranks_before(t: Any, w: Any, stage: int, client: int, other_stage: int, other: int) -> bool:
    """Tell whether one stage's first is served before another's: priority, longest waiting, lower number."""
    a, b = t.stage_priority[stage], t.stage_priority[other_stage]
    if a != b:
        return a > b
    since, longer = waiting_since(t, w, stage, client), waiting_since(t, w, other_stage, other)
    return since < longer if since != longer else client < other


@compiled
def waiting_since(t: Any, w: Any, stage: int, client: int) -> float:
    """Return since when a client waits for a stage."""
    return w.order[client, 1] if t.stage_order[stage] != 0 else w.order[client, 0]


@compiled
def admits(t: Any, x: Any, w: Any, stage: int, waiting: int, now: float) -> bool:
    """Tell whether a stage lets another client start now."""
    if not t.stage_opens[stage]:
        return True
    if w.opened_on[stage] != now:
        return False
    if w.admitted[stage] == 0 and t.stage_at_least[stage] >= 0 and waiting < x[t.stage_at_least[stage]]:
        return False
    return t.stage_admits[stage] < 0 or w.admitted[stage] < int(line_at(t, x, t.stage_admits[stage], now))


@compiled
def first_that_fits(t: Any, x: Any, w: Any, client: int, stage: int) -> int:
    """Return the first alternative for which there are units enough; -1 for none."""
    for k in range(t.stage_needs_from[stage], t.stage_needs_from[stage + 1]):
        fits = True
        for need in range(t.needs_from[k], t.needs_from[k + 1]):
            resource = t.need_resource[need]
            fits = fits and int(x[t.need_slot[need]]) <= w.free[resource] + w.held[client, resource]
        if fits:
            return k
    return -1


@compiled
def run(t: Any, x: Any, c: Any, w: Any, seed: int, replication: int) -> int:
    """Run a replication to the horizon, instant by instant; return how it went. Its rows stand in the world."""
    reset(t, c, w, seed, replication)
    prepare(t, x, c, w)
    for client in range(c.count[0]):
        set_due(w, client, c.arrives[client])
    day = 0
    while w.counts[STATUS] == FINE:
        now = w.due[w.heap[0]] if w.counts[HEAP] > 0 else math.inf
        if day < len(t.day_time):
            now = min(now, t.day_time[day])
        if now >= t.horizon[0]:
            break
        if day < len(t.day_time) and t.day_time[day] == now:
            calendar_phase(t, x, w, day)
            day += 1
        clients_phase(t, x, c, w, now)
        while w.counts[ASKED] != 0 and w.counts[STATUS] == FINE:
            starts_phase(t, x, c, w, now)
            clients_phase(t, x, c, w, now)
    for client in range(c.count[0]):
        if w.stage[client] >= 0:
            write_row(w, client, STILL_THERE, -1, math.nan)
    return w.counts[STATUS]


@compiled
def simulate(tables: Any, x: Any, clients: Any, world: Any, seed: int, replication: int, offered: bool) -> int:
    """Make the clients of a replication and run it; the arguments are rows of addresses, see `views`."""
    t, c, w = view_tables(tables), view_clients(clients), view_world(world)
    if make_clients(t, x, c, seed, replication, offered) < 0:
        return TOO_MANY_CLIENTS
    return run(t, x, c, w, seed, replication)


@compiled
def sort_rows(clients: Any, world: Any, whole: Any, times: Any) -> None:
    """Copy the rows of a run by client and visit."""
    c, w = view_clients(clients), view_world(world)
    first = w.heap
    at = 0
    for client in range(c.count[0]):
        first[client] = at
        at += w.visit[client] + (1 if w.stage[client] >= 0 else 0)
    for row in range(w.counts[ROWS]):
        place = first[w.whole[row, 0]] + w.whole[row, 1]
        whole[place] = w.whole[row]
        times[place] = w.times[row]
