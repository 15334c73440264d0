"""The compiled engine: the same journeys as `process`, from the same rules (`docs/semantics.md`), over arrays.

One instant has three phases: `calendar_phase` (units change, stages open), `clients_phase`
(services end, clocks fire, clients arrive and join), `starts_phase` (free places are filled); the
last two in turn until nothing can start. The functions are those of the readable engine under the
same names. Its arrays are `tables.Tables` (the flow), the numbers `x` of the flow's values, the
clients `c`, and the world `w` that changes, see `state`.
"""

from __future__ import annotations

import math
from typing import Any

from pilotsim.simulation.engines.compiled.clocks import note, prepare, units_at, wind
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.queues import (
    AHEAD,
    MANY_CLIENTS,
    bring_client_near,
    look_ahead,
    next_due,
    order_of,
    push,
    set_due,
    stands_before,
    step_out,
    strike_off,
)
from pilotsim.simulation.engines.compiled.results import DONE, keep, keep_clients, view_kept
from pilotsim.simulation.engines.compiled.state import (
    ASKED,
    CALLS,
    HEAP,
    NOWHERE,
    STATUS,
    begin,
    make_clients,
    reset,
    view_clients,
    view_world,
)
from pilotsim.simulation.engines.compiled.tables import (
    OPENING,
    SUPPLY,
    UNITS,
    view_numbers,
    view_tables,
)
from pilotsim.simulation.engines.compiled.values import line_at
from pilotsim.simulation.engines.compiled.visits import (
    FINE,
    NO_ROOM_TO_KEEP,
    START,
    TOO_MANY_CLIENTS,
    add_up_routes,
    arrive,
    choose,
    join,
    leave,
    start,
    take,
    write_row,
)
from pilotsim.simulation.journeys import DRAWN, FINISHED, FIRST_RISK, STILL_THERE, TURNED_AWAY


@compiled
def calendar_phase(t: Any, x: Any, w: Any, day: int) -> None:
    """Change units and open stages."""
    for k in range(t.day_from[day], t.day_from[day + 1]):
        which, point = t.deed_which[k], t.deed_point[k]
        if t.deed_kind[k] == UNITS:
            w.free[which] += units_at(t, x, point) - units_at(t, x, point - 1)
        elif t.deed_kind[k] == SUPPLY:
            w.free[which] = int(x[t.supply_slot[which]]) + (
                0 if t.supply_lapses[which] else w.free[which]
            )
        elif t.deed_kind[k] == OPENING:
            w.opened_on[which], w.admitted[which] = t.day_time[day], 0
    w.counts[ASKED] = 1


@compiled
def clients_phase(t: Any, x: Any, c: Any, w: Any, now: float) -> None:
    """Let all happen to clients that is due now: services end, clocks fire, clients arrive and join."""
    while w.counts[HEAP] > 0 and w.heap_due[0] == now and w.counts[STATUS] == FINE:
        client = w.heap[0]
        look_ahead(t, c, w)
        if w.stage[client] < 0:
            begin(t, w, client)
            arrive(t, x, c, w, client, now)
            if client + 1 < c.count[0] and follows(c, client + 1):
                set_due(t, w, client + 1, c.arrives[client + 1])
            continue
        fired = w.fires[client]
        wind(t, x, c, w, client, now, fired)
        if fired >= 0:
            cause, to = FIRST_RISK + t.clock_risk[fired], t.clock_to[fired]
        else:
            note(t, w, client, 2, now)
            cause, to = FINISHED, choose(t, x, c, w, client, now)
        if w.counts[STATUS] == FINE:
            join(t, x, c, w, client, leave(t, x, c, w, client, cause, to, now), now)


@inlined
def follows(c: Any, client: int) -> bool:
    """Tell whether a client comes after the one before it, of the same group and origin: its turn is noted when that one comes."""
    return (
        client > 0
        and c.group[client] == c.group[client - 1]
        and c.origin[client] == c.origin[client - 1]
    )


@compiled
def starts_phase(t: Any, x: Any, c: Any, w: Any, now: float) -> None:
    """Fill free places: stage priority first, then longest waiting, then lower client number.

    Then turn away.
    """
    w.counts[ASKED] = w.counts[CALLS] = 0
    if not anybody_stands(t, w, now):
        return
    for k in range(len(t.waiting)):
        w.held_back[t.waiting[k]] = 0
    for k in range(len(t.drawing)):
        w.candidates[t.drawing[k]] = 0
        if w.opened_on[t.drawing[k]] == now:
            find_candidates(t, x, c, w, t.drawing[k], now)
    while True:
        stage, client, drawn = next_head(t, x, c, w, now)
        if stage < 0:
            break
        k = first_that_fits(t, x, w, client, stage)
        if k < 0:
            w.held_back[stage] = 1
            continue
        if take(t, x, w, client, k):
            for other in range(len(t.waiting)):
                w.held_back[t.waiting[other]] = 0
        w.admitted[stage] += 1
        alternative = k - t.stage_needs_from[stage]
        if drawn:
            w.promised[client], w.drawn_on[client, t.stage_draw_column[stage]] = alternative, now
            strike_off(t, w, client)
            call(w, client, DRAWN, stage)
        else:
            step_out(w, stage, client)
            call(w, client, START, alternative)
    turn_away(t, x, w)
    for k in range(w.counts[CALLS]):
        answer(t, x, c, w, w.calls[k, 0], w.calls[k, 1], w.calls[k, 2], now)


@inlined
def anybody_stands(t: Any, w: Any, now: float) -> bool:
    """Tell whether anybody waits, or may be drawn, where somebody could start or be turned away now."""
    for k in range(len(t.waiting)):
        stage = t.waiting[k]
        shut = t.stage_opens[stage] and w.opened_on[stage] != now and t.stage_limit[stage] < 0
        if not shut and (w.line_count[stage] > 0 or t.stage_draws[stage]):
            return True
    return False


@inlined
def call(w: Any, client: int, why: int, to: int) -> None:
    """Note that a client is called: to start, to another stage, or away."""
    k = w.counts[CALLS]
    w.calls[k, 0], w.calls[k, 1], w.calls[k, 2] = client, why, to
    w.counts[CALLS] += 1


@compiled
def turn_away(t: Any, x: Any, w: Any) -> None:
    """Call those who find a queue full: the last to join first."""
    for k in range(len(t.limited)):
        stage = t.limited[k]
        while w.line_count[stage] > int(x[t.stage_limit[stage]]):
            last = w.line_last[stage]
            client = NOWHERE if t.stage_joins_last[stage] else w.line_first[stage]
            while client >= 0:
                if w.joined[client] > w.joined[last] or (
                    w.joined[client] == w.joined[last] and client > last
                ):
                    last = client
                client = w.after[client]
            step_out(w, stage, last)
            call(w, last, TURNED_AWAY, t.stage_else[stage])


@compiled
def answer(t: Any, x: Any, c: Any, w: Any, client: int, why: int, to: int, now: float) -> None:
    """Let a client do what it was called for."""
    if w.counts[STATUS] != FINE:
        return
    wind(t, x, c, w, client, now, -1)
    if why == START:
        start(t, x, c, w, client, to, now)
    else:
        join(t, x, c, w, client, leave(t, x, c, w, client, why, to, now), now)


@compiled
def find_candidates(t: Any, x: Any, c: Any, w: Any, stage: int, now: float) -> None:
    """Find the clients that a stage may take out of others, as a heap with the first in its order on top."""
    for source in range(len(t.stage_length)):
        if not t.draws_from[stage, source]:
            continue
        hall, many = t.stage_hall[source], w.line_count[source]
        client = w.line_first[source] if hall < 0 else NOWHERE
        while client >= 0:
            consider(t, x, c, w, client, stage, now)
            client = w.after[client]
        for place in range(many if hall >= 0 else 0):
            if many >= MANY_CLIENTS and place + AHEAD < many:
                bring_client_near(c, w, w.present[hall, place + AHEAD])
            consider(t, x, c, w, w.present[hall, place], stage, now)


@inlined
def consider(t: Any, x: Any, c: Any, w: Any, client: int, stage: int, now: float) -> None:
    """Make a client a candidate of a stage, if the stage may take it."""
    if may_be_drawn(t, x, c, w, client, stage, now):
        past = c.traits[client, len(t.trait_kind) + 1] if w.visit[client] == 0 else 0.0
        since = w.joined[client] - past
        order = order_of(t, c, w, stage, client, since, w.came[client, stage])
        push(t, w, stage, client, order, since)


@compiled
def may_be_drawn(t: Any, x: Any, c: Any, w: Any, client: int, stage: int, now: float) -> bool:
    """Tell whether a stage may take a client: offered, of its groups and traits, not taken before or long ago."""
    if c.offered[client] > now or not t.draws_group[stage, c.group[client]]:
        return False
    for k in range(t.draws_traits_from[stage], t.draws_traits_from[stage + 1]):
        found, wanted = c.traits[client, t.draws_trait[k]], t.draws_wanted[k]
        if (
            (wanted == -1 and not found > 0.0)
            or (wanted == -2 and found > 0.0)
            or (wanted not in (-1, -2) and found != wanted)
        ):
            return False
    last, again = w.drawn_on[client, t.stage_draw_column[stage]], t.stage_again[stage]
    return math.isnan(last) or (again >= 0 and now - last >= x[again])


@inlined
def next_head(t: Any, x: Any, c: Any, w: Any, now: float) -> Any:
    """Return the stage and client to serve next, and whether the client is drawn; -1 for none."""
    best, chosen, is_drawn = -1, -1, False
    for k in range(len(t.waiting)):
        stage = t.waiting[k]
        waiting = w.line_count[stage]
        if w.held_back[stage] or waiting + w.candidates[stage] == 0:
            continue
        if not admits(t, x, w, stage, waiting + w.candidates[stage], now):
            continue
        client, drawn = w.line_first[stage], False
        if w.candidates[stage] > 0:
            column = t.stage_draw_column[stage]
            first = w.candidate[column, 0]
            w.order[first, 0], w.order[first, 1] = (
                w.candidate_order[column, 0],
                w.candidate_since[column, 0],
            )
            if client < 0 or stands_before(w, first, client):
                client, drawn = first, True
        if best < 0 or ranks_before(t, w, stage, client, best, chosen):
            best, chosen, is_drawn = stage, client, drawn
    return best, chosen, is_drawn


@inlined
def ranks_before(t: Any, w: Any, stage: int, client: int, other_stage: int, other: int) -> bool:
    """Tell whether one stage's first is served before another's: priority, longest waiting, lower number."""
    a, b = t.stage_priority[stage], t.stage_priority[other_stage]
    if a != b:
        return a > b
    since, longer = w.order[client, 1], w.order[other, 1]
    return since < longer if since != longer else client < other


@inlined
def admits(t: Any, x: Any, w: Any, stage: int, waiting: int, now: float) -> bool:
    """Tell whether a stage lets another client start now."""
    if not t.stage_opens[stage]:
        return True
    if w.opened_on[stage] != now:
        return False
    if (
        w.admitted[stage] == 0
        and t.stage_at_least[stage] >= 0
        and waiting < x[t.stage_at_least[stage]]
    ):
        return False
    return t.stage_admits[stage] < 0 or w.admitted[stage] < int(
        line_at(t, x, t.stage_admits[stage], now)
    )


@inlined
def first_that_fits(t: Any, x: Any, w: Any, client: int, stage: int) -> int:
    """Return the first alternative for which there are units enough; -1 for none."""
    for k in range(t.stage_needs_from[stage], t.stage_needs_from[stage + 1]):
        fits = True
        for need in range(t.needs_from[k], t.needs_from[k + 1]):
            resource = t.need_resource[need]
            fits = fits and int(x[t.need_slot[need]]) <= w.held[client, resource] + max(
                0, w.free[resource]
            )
        if fits:
            return k
    return -1


@compiled
def run(t: Any, x: Any, c: Any, w: Any, same: Any, seed: int, replication: int) -> int:
    """Run a replication to the horizon, instant by instant; return how it went.

    Its rows stand in the world.

    Clients of groups that are the `same` as before do not come.
    """
    reset(t, c, w, seed, replication)
    prepare(t, x, w)
    add_up_routes(t, x, c, w)
    for client in range(c.count[0]):
        if not same[c.group[client]] and not follows(c, client):
            set_due(t, w, client, c.arrives[client])
    day = 0
    while w.counts[STATUS] == FINE:
        now = next_due(t, w)
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
def enter(tables: Any, numbers: Any, clients: Any, seed: int, offered: bool) -> int:
    """Enter the clients of the first replication of the numbers.

    The arguments are rows of addresses, see `views`.
    """
    t, n, c = view_tables(tables), view_numbers(numbers), view_clients(clients)
    return (
        TOO_MANY_CLIENTS
        if make_clients(t, n.x[0], c, n.same[0], seed, n.replication[0], offered) < 0
        else FINE
    )


@compiled
def simulate(tables: Any, numbers: Any, clients: Any, world: Any, seed: int) -> int:
    """Run the clients that have entered; the arguments are rows of addresses, see `views`."""
    t, n, c, w = (
        view_tables(tables),
        view_numbers(numbers),
        view_clients(clients),
        view_world(world),
    )
    return run(t, n.x[0], c, w, n.same[0], seed, n.replication[0])


@compiled
def simulate_block(
    tables: Any,
    numbers: Any,
    clients: Any,
    world: Any,
    kept: Any,
    before: Any,
    seed: int,
    offered: bool,
    is_run: bool,
) -> int:
    """Enter, run and keep one replication after the other.

    Return `FINE`, or why it stopped at the one that is next.

    Groups that are the same as in the block `before` are copied from it. With `is_run` the next one
    has been run, and only wants to be kept.
    """
    t, n, c, w, b = (
        view_tables(tables),
        view_numbers(numbers),
        view_clients(clients),
        view_world(world),
        view_kept(kept),
    )
    known = view_kept(before)
    while b.counts[DONE] < len(n.replication):
        k = b.counts[DONE]
        if not is_run:
            if make_clients(t, n.x[k], c, n.same[k], seed, n.replication[k], offered) < 0:
                return TOO_MANY_CLIENTS
            status = run(t, n.x[k], c, w, n.same[k], seed, n.replication[k])
            if status != FINE:
                return status
        if not keep(c, w, b, known, n.same[k]):
            return NO_ROOM_TO_KEEP
        is_run = False
    return FINE


@compiled
def keep_run(numbers: Any, clients: Any, world: Any, kept: Any) -> bool:
    """Keep a run; tell whether there was room."""
    b = view_kept(kept)
    return keep(view_clients(clients), view_world(world), b, b, view_numbers(numbers).same[0])


@compiled
def keep_who_came(clients: Any, kept: Any) -> None:
    """Keep the clients that have entered, as the first."""
    keep_clients(view_clients(clients), view_kept(kept), 0)
