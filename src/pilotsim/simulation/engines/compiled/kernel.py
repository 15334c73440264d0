"""The compiled engine: the journeys of the readable one, by the same rules, over columns.

The rules are those of `docs/semantics.md`.

One instant has three phases: `calendar_phase` (units change, stages open), `clients_phase`
(services end, clocks fire, clients arrive and join), `starts_phase` (free places are filled); the
last two in turn until nothing can start. The functions are those of the readable engine under the
same names. They read the `flow` (`tables.Tables`), the `values` that its slots stand for, and the
`clients`; what changes is the `state`; what is kept of each run are `kept` journeys.
"""

from __future__ import annotations

import math

from pilotsim.base.arrays import Ints
from pilotsim.simulation.columns import FloatColumn, IntColumn
from pilotsim.simulation.engines.compiled.candidates import push_candidate, remove_candidate
from pilotsim.simulation.engines.compiled.clocks import let_run, note, prepare, units_at, wind
from pilotsim.simulation.engines.compiled.conditions import choose_by_state
from pilotsim.simulation.engines.compiled.event_calendar import (
    next_due,
    prefetch_next,
    set_due,
)
from pilotsim.simulation.engines.compiled.interruptions import interrupt_after_falls, make_way
from pilotsim.simulation.engines.compiled.jit import compiled, entry, inlined
from pilotsim.simulation.engines.compiled.paces import change_paces
from pilotsim.simulation.engines.compiled.queues import (
    call,
    draw_lots,
    is_ahead,
    is_of_those_drawn,
    leave_queue,
    order_of,
    waits_since,
)
from pilotsim.simulation.engines.compiled.results import DONE, keep, keep_clients, view_kept
from pilotsim.simulation.engines.compiled.state import (
    ASKED,
    CALLS,
    FINE,
    HEAP,
    LINES,
    NO_ROOM_TO_KEEP,
    NOWHERE,
    STATUS,
    TOO_MANY_CLIENTS,
    Clients,
    State,
    begin,
    draw,
    make_clients,
    reset,
    view_clients,
    view_state,
)
from pilotsim.simulation.engines.compiled.tables import (
    Tables,
    view_tables,
    view_values,
    view_values_to_prepare,
)
from pilotsim.simulation.engines.compiled.values import prepare_lengths, timeline_at, to_ticks
from pilotsim.simulation.engines.compiled.visits import (
    START,
    START_FIRST,
    add_up_routes,
    arrive,
    choose,
    join,
    leave,
    start,
    start_together,
    take,
    wait_again,
    want_room,
    write_row,
)
from pilotsim.simulation.flow_columns import (
    ON_FINISHING,
    OPENING,
    SUPPLY,
    UNITS,
)
from pilotsim.simulation.journeys import (
    DRAWN,
    FINISHED,
    FIRST_RISK,
    INTERRUPTED,
    STILL_THERE,
    TURNED_AWAY,
)


@compiled
def calendar_phase(flow: Tables, values: FloatColumn, state: State, day: int) -> None:
    """Change units and open stages."""
    for k in range(flow.calendar_from[day], flow.calendar_from[day + 1]):
        which = flow.calendar_which[k]
        point = flow.calendar_point[k]
        if flow.calendar_event[k] == UNITS:
            units = units_at(flow, values, point)
            state.free[which] += units - units_at(flow, values, point - 1)
            state.units[which] = units
        elif flow.calendar_event[k] == SUPPLY:
            left_over = 0 if flow.supply_lapses[which] else state.free[which]
            state.free[which] = int(values[flow.supply_slot[which]]) + left_over
        elif flow.calendar_event[k] == OPENING:
            state.opened_on[which] = flow.calendar_day[day]
            state.openings[which] = point
            state.admitted[which] = 0
    state.counts[ASKED] = 1


@compiled
def clients_phase(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float
) -> None:
    """Let all that is due now happen to clients: services end, clocks fire, clients join."""
    while state.counts[HEAP] > 0 and state.heap_due[0] == now and state.counts[STATUS] == FINE:
        client = state.heap[0]
        prefetch_next(flow, clients, state)
        if state.stage[client] < 0:
            begin(flow, clients, state, client)
            arrive(flow, values, clients, state, client, now)
            if client + 1 < clients.count[0] and follows(clients, client + 1):
                set_due(flow, state, client + 1, clients.arrives[client + 1])
            continue
        fired = state.next_clock[client]
        wind(flow, values, clients, state, client, now, fired)
        if fired >= 0:
            cause = FIRST_RISK + flow.clock_risk[fired]
            to = flow.clock_to[fired]
        else:
            cause = FINISHED
            to = choose(flow, values, clients, state, client, now)
            if to >= 0 and flow.stage_room[to] >= 0:
                want_room(flow, state, client, to, now)
                let_run(flow, values, clients, state, client, now, math.inf)
                continue
            note(flow, state, client, ON_FINISHING, now)
        if state.counts[STATUS] == FINE:
            to = leave(flow, values, clients, state, client, cause, to, now)
            join(flow, values, clients, state, client, to, now)


@inlined
def follows(clients: Clients, client: int) -> bool:
    """Tell whether a client is of the same group and origin as the one before it.

    Then its turn is noted when that one comes.
    """
    return (
        client > 0
        and clients.group[client] == clients.group[client - 1]
        and clients.origin[client] == clients.origin[client - 1]
    )


@compiled
def starts_phase(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float
) -> None:
    """Fill free places: stage priority first, then longest waiting, then lower client number.

    Then turn away.
    """
    state.counts[ASKED] = state.counts[CALLS] = 0
    if (len(flow.falling) > 0 and interrupt_after_falls(flow, state, now)) or (
        len(flow.with_room) > 0 and let_in(flow, values, state)
    ):
        answer_all(flow, values, clients, state, now)
        state.counts[ASKED] = 1
        return
    if not anybody_stands(flow, state, now):
        return
    form_lines(flow, values, clients, state, now)
    while True:
        stage, client, drawn = next_head(flow, values, clients, state, now)
        if stage < 0:
            break
        if flow.stage_batch_least[stage] >= 0:
            start_batch(flow, values, clients, state, stage, now)
            continue
        k = first_that_fits(flow, values, state, client, stage)
        if k < 0 and flow.stage_may_interrupt[stage]:
            k = make_way(flow, values, state, client, stage, now)
            if k >= 0:
                call_up(flow, values, clients, state, now)
        if k < 0:
            state.held_back[stage] = 1
            if flow.stage_reserves[stage]:
                put_aside(flow, values, state, client, stage)
            continue
        if take(flow, values, state, client, k):
            call_up(flow, values, clients, state, now)
        why = START_FIRST if state.admitted[stage] == 0 else START
        state.admitted[stage] += 1
        alternative = k - flow.stage_needs_from[stage]
        if drawn:
            state.promised[client] = alternative
            state.drawn_on[client, flow.stage_draw_column[stage]] = now
            remove_candidate(flow, state, client)
            call(state, client, DRAWN, stage)
        else:
            leave_queue(state, stage, client)
            call(state, client, why, alternative)
    put_back(state)
    put_off(flow, values, clients, state, now)
    turn_away(flow, values, state)
    answer_all(flow, values, clients, state, now)


@compiled
def start_batch(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, stage: int, now: float
) -> None:
    """Call those who start together; or hold the line back, if too few can."""
    many = batch_size(flow, values, state, stage)
    k = flow.stage_needs_from[stage]
    came_free = False
    why = START_FIRST
    for _ in range(many):
        client = state.queue_first[stage]
        came_free = take(flow, values, state, client, k) or came_free
        leave_queue(state, stage, client)
        call(state, client, why, 0)
        why = START
    if many == 0:
        state.held_back[stage] = 1
    if came_free:
        call_up(flow, values, clients, state, now)


@compiled
def batch_size(flow: Tables, values: FloatColumn, state: State, stage: int) -> int:
    """Return how many start together now: those in line, as many as fit; 0 if too few do."""
    many = state.queue_count[stage]
    if flow.stage_batch_most[stage] >= 0:
        many = min(many, int(values[flow.stage_batch_most[stage]]))
    k = flow.stage_needs_from[stage]
    for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
        resource = flow.need_resource[need]
        units = int(values[flow.need_slot[need]])
        left = max(0, state.free[resource])
        client = state.queue_first[stage]
        fit = 0
        while fit < many:
            left -= max(0, units - state.held[client, resource])
            if left < 0:
                break
            fit += 1
            client = state.behind_in_queue[client]
        many = fit
    return many if many >= max(1, int(values[flow.stage_batch_least[stage]])) else 0


@compiled
def answer_all(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float
) -> None:
    """Let all who were called do what they were called for."""
    for k in range(state.counts[CALLS]):
        client = state.calls[k, 0]
        why = state.calls[k, 1]
        to = state.calls[k, 2]
        answer(flow, values, clients, state, client, why, to, now)


@compiled
def let_in(flow: Tables, values: FloatColumn, state: State) -> bool:
    """Call those for whom there is room in the stage that they want; tell whether any are."""
    for k in range(len(flow.with_room)):
        stage = flow.with_room[k]
        line = len(flow.stage_length) + stage
        room = int(values[flow.stage_room[stage]])
        while state.queue_count[line] > 0 and state.there[stage] < room:
            client = state.queue_first[line]
            leave_queue(state, line, client)
            state.wants[client, 0] = -1
            state.there[stage] += 1
            call(state, client, FINISHED, stage)
    return state.counts[CALLS] > 0


@compiled
def put_off(flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float) -> None:
    """Call those who have just come, cannot start, and find the line too long for them."""
    for k in range(len(flow.putting_off)):
        stage = flow.putting_off[k]
        while state.has_come[stage]:
            # The lowest number of those who have not looked yet; who stays counts for the next.
            new = 0
            first = NOWHERE
            client = state.queue_last[stage]
            while client >= 0:
                if state.joined[client] == now and state.looked[client, 0] == 0:
                    new += 1
                    first = client if first < 0 else min(first, client)
                elif flow.stage_in_order_of_joining[stage] and state.joined[client] < now:
                    break
                client = state.ahead_in_queue[client]
            if first < 0:
                state.has_come[stage] = 0
                break
            state.looked[first, 0] = 1
            visit = state.came_to[first, flow.stage_count_column[stage]] - 1
            u = draw(clients, state, first, flow.stage_codes[stage, 3], visit)
            if u < share_put_off(flow, values, stage, state.queue_count[stage] - new):
                leave_queue(state, stage, first)
                call(state, first, TURNED_AWAY, flow.stage_put_off_to[stage])


@inlined
def share_put_off(flow: Tables, values: FloatColumn, stage: int, waiting: int) -> float:
    """Return the share who go elsewhere of those who find so many waiting."""
    share = 0.0
    for k in range(flow.put_off_from[stage], flow.put_off_from[stage + 1]):
        if flow.put_off_waiting[k] <= waiting:
            share = values[flow.put_off_slot[k]]
    return share


@compiled
def form_lines(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float
) -> None:
    """Put the lines in their order of now: lots are drawn, and who may be drawn is found."""
    for k in range(len(flow.ordered)):
        choice = flow.stage_order_choice[flow.ordered[k]]
        state.order_now[flow.ordered[k]] = choose_by_state(flow, state, choice, now)
    call_up(flow, values, clients, state, now)
    for k in range(len(flow.drawing)):
        state.candidates[flow.drawing[k]] = 0
        if state.opened_on[flow.drawing[k]] == now:
            find_candidates(flow, values, clients, state, flow.drawing[k], now)
    if len(flow.drawing) > 0:
        count = 0
        for k in range(len(flow.waiting)):
            count = enlist(flow, state, flow.waiting[k], count, now)
        state.counts[LINES] = count


@inlined
def enlist(flow: Tables, state: State, stage: int, count: int, now: float) -> int:
    """List a stage that is open where somebody stands, or may be drawn; return how many are.

    Until somebody is called up no line grows, so each may be struck off for good.
    """
    stand = state.queue_count[stage] + state.candidates[stage]
    if stand == 0 or (flow.stage_opens[stage] and state.opened_on[stage] != now):
        return count
    state.lines[count] = stage
    return count + 1


@compiled
def call_up(flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float) -> None:
    """Hold nobody back, now that units may have come free; lots are drawn where they count."""
    put_back(state)
    count = 0
    for k in range(len(flow.waiting)):
        stage = flow.waiting[k]
        state.held_back[stage] = 0
        # Who is first counts where nobody fits, too, if units are put aside or taken from others.
        if flow.stage_order_moves[stage] and (
            flow.stage_may_interrupt[stage]
            or flow.stage_reserves[stage]
            or may_fit(flow, values, state, stage)
        ):
            draw_lots(flow, values, clients, state, stage, now)
        count = enlist(flow, state, stage, count, now)
    state.counts[LINES] = count


@inlined
def put_back(state: State) -> None:
    """Let units be free again that were put aside."""
    for resource in range(len(state.aside)):
        state.free[resource] += state.aside[resource]
        state.aside[resource] = 0


@compiled
def put_aside(flow: Tables, values: FloatColumn, state: State, client: int, stage: int) -> None:
    """Put units aside for one who lacks others, so that nobody who comes later gets them."""
    k = flow.stage_needs_from[stage]
    for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
        resource = flow.need_resource[need]
        lacking = max(0, int(values[flow.need_slot[need]]) - state.held[client, resource])
        aside = min(lacking, max(0, state.free[resource]))
        state.free[resource] -= aside
        state.aside[resource] += aside


@inlined
def anybody_stands(flow: Tables, state: State, now: float) -> bool:
    """Tell whether anybody waits, or may be drawn, where something could happen now."""
    for k in range(len(flow.waiting)):
        stage = flow.waiting[k]
        shut = (
            flow.stage_opens[stage]
            and state.opened_on[stage] != now
            and flow.stage_limit[stage] < 0
            and not flow.stage_puts_off[stage]
        )
        if not shut and (state.queue_count[stage] > 0 or flow.stage_draws[stage]):
            return True
    return False


@compiled
def turn_away(flow: Tables, values: FloatColumn, state: State) -> None:
    """Call those who find a queue full: the last to join first."""
    for k in range(len(flow.limited)):
        stage = flow.limited[k]
        while state.queue_count[stage] > int(values[flow.stage_limit[stage]]):
            last = state.queue_last[stage]
            client = NOWHERE if flow.stage_in_order_of_joining[stage] else state.queue_first[stage]
            while client >= 0:
                later = state.order[client, 1] > state.order[last, 1]
                at_once = state.order[client, 1] == state.order[last, 1]
                if later or (at_once and client > last):
                    last = client
                client = state.behind_in_queue[client]
            leave_queue(state, stage, last)
            call(state, last, TURNED_AWAY, flow.stage_else[stage])


@compiled
def answer(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    why: int,
    to: int,
    now: float,
) -> None:
    """Let a client do what it was called for."""
    if state.counts[STATUS] != FINE:
        return
    wind(flow, values, clients, state, client, now, -1)
    if why in (START, START_FIRST):
        if flow.stage_ends_together[state.stage[client]]:
            first = why == START_FIRST
            start_together(flow, values, clients, state, client, to, first, now)
        else:
            start(flow, values, clients, state, client, to, math.nan, now)
    elif why == INTERRUPTED:
        leave(flow, values, clients, state, client, why, to, now)
        wait_again(flow, values, clients, state, client, now)
    else:
        if why == FINISHED:
            note(flow, state, client, ON_FINISHING, now)
        goes_to = leave(flow, values, clients, state, client, why, to, now)
        join(flow, values, clients, state, client, goes_to, now)


@compiled
def find_candidates(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, stage: int, now: float
) -> None:
    """Find the clients that a stage may take out of others, as a heap, the first on top."""
    for source in range(len(flow.stage_length)):
        if not flow.draws_from[stage, source]:
            continue
        row = flow.stage_present[source]
        if row < 0:
            client = state.queue_first[source]
            while client >= 0:
                consider(flow, values, clients, state, client, stage, now)
                client = state.behind_in_queue[client]
            continue
        pair = flow.draw_pair[stage, source]
        for place in range(state.queue_count[source]):
            if state.present_from[pair, place] > now:
                continue
            last = state.present_drawn[pair, place]
            if may_draw_again(flow, values, stage, last, now):
                since = state.present_since[row, place]
                add_candidate(
                    flow, values, clients, state, state.present[row, place], stage, since, now
                )


@inlined
def consider(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    stage: int,
    now: float,
) -> None:
    """Make a client a candidate of a stage, if the stage may take it.

    It is offered the programme, of the stage's groups and traits, and was not drawn before, or long
    ago.
    """
    last = state.drawn_on[client, flow.stage_draw_column[stage]]
    if (
        not clients.offered[client] > now
        and is_of_those_drawn(flow, clients, client, stage)
        and may_draw_again(flow, values, stage, last, now)
    ):
        since = waits_since(flow, clients, state, client)
        add_candidate(flow, values, clients, state, client, stage, since, now)


@inlined
def may_draw_again(flow: Tables, values: FloatColumn, stage: int, last: float, now: float) -> bool:
    """Tell whether a stage may draw one that it last drew at a time; NaN for never."""
    again = flow.stage_again[stage]
    return math.isnan(last) or (again >= 0 and now - last >= to_ticks(values[again]))


@inlined
def add_candidate(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    client: int,
    stage: int,
    since: float,
    now: float,
) -> None:
    """Make a client a candidate of a stage."""
    order = order_of(flow, values, clients, state, stage, client, since, now)
    push_candidate(flow, state, stage, client, order, since)


@inlined
def next_head(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float
) -> tuple[int, int, bool]:
    """Return the stage and client to serve next, and whether the client is drawn; -1 for none.

    Lines where nobody stands any more, or all are held back, are struck off.
    """
    best = -1
    chosen = -1
    is_drawn = False
    count = 0
    for k in range(state.counts[LINES]):
        stage = state.lines[k]
        waiting = state.queue_count[stage]
        if state.held_back[stage] or waiting + state.candidates[stage] == 0:
            continue
        state.lines[count] = stage
        count += 1
        if not admits(flow, values, state, stage, waiting + state.candidates[stage], now):
            continue
        client = state.queue_first[stage]
        drawn = False
        if state.candidates[stage] > 0:
            column = flow.stage_draw_column[stage]
            first = state.candidate[column, 0]
            state.order[first, 0] = state.candidate_order[column, 0]
            state.order[first, 1] = state.candidate_since[column, 0]
            if client < 0 or is_ahead(state, first, client):
                client = first
                drawn = True
        if best < 0 or ranks_before(flow, state, stage, client, best, chosen):
            best = stage
            chosen = client
            is_drawn = drawn
    state.counts[LINES] = count
    return best, chosen, is_drawn


@inlined
def ranks_before(
    flow: Tables, state: State, stage: int, client: int, other_stage: int, other: int
) -> bool:
    """Tell whether one stage's first is served before another's.

    By priority, longest waiting, lower number.
    """
    priority = flow.stage_priority[stage]
    other_priority = flow.stage_priority[other_stage]
    if priority != other_priority:
        return priority > other_priority
    since = state.order[client, 1]
    other_since = state.order[other, 1]
    if since != other_since:
        return since < other_since
    return client < other


@inlined
def admits(
    flow: Tables, values: FloatColumn, state: State, stage: int, waiting: int, now: float
) -> bool:
    """Tell whether an open stage lets another client start now."""
    if not flow.stage_opens[stage]:
        return True
    at_least = flow.stage_at_least[stage]
    if state.admitted[stage] == 0 and at_least >= 0 and waiting < values[at_least]:
        return False
    if flow.stage_admits[stage] < 0:
        return True
    places = int(timeline_at(flow, values, flow.stage_admits[stage], now))
    return state.admitted[stage] < state.openings[stage] * places


@compiled
def may_fit(flow: Tables, values: FloatColumn, state: State, stage: int) -> bool:
    """Tell whether units are free for anybody to start in a stage, or may be held by who waits."""
    for k in range(flow.stage_needs_from[stage], flow.stage_needs_from[stage + 1]):
        fits = True
        for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
            resource = flow.need_resource[need]
            is_there = int(values[flow.need_slot[need]]) <= max(0, state.free[resource])
            for before in range(len(flow.stage_length)):
                is_there = is_there or flow.stage_keeps[before, resource] != 0
            fits = fits and is_there
        if fits:
            return True
    return False


@inlined
def first_that_fits(
    flow: Tables, values: FloatColumn, state: State, client: int, stage: int
) -> int:
    """Return the first alternative for which there are units enough; -1 for none."""
    for k in range(flow.stage_needs_from[stage], flow.stage_needs_from[stage + 1]):
        fits = True
        for need in range(flow.needs_from[k], flow.needs_from[k + 1]):
            resource = flow.need_resource[need]
            there = state.held[client, resource] + max(0, state.free[resource])
            fits = fits and int(values[flow.need_slot[need]]) <= there
        if fits:
            return k
    return -1


@inlined
def fill(flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float) -> None:
    """Let those start who can, until nobody can any more."""
    while state.counts[ASKED] != 0 and state.counts[STATUS] == FINE:
        starts_phase(flow, values, clients, state, now)
        clients_phase(flow, values, clients, state, now)


@compiled
def run(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    state: State,
    same: IntColumn,
    seed: int,
    replication: int,
) -> int:
    """Run a replication to the horizon, instant by instant; return how it went.

    Its rows stand in the state. Clients of groups that are the `same` as before do not come.
    """
    reset(flow, clients, state, seed, replication)
    prepare(flow, values, state)
    add_up_routes(flow, values, clients, state)
    for client in range(clients.count[0]):
        if not same[clients.group[client]] and not follows(clients, client):
            set_due(flow, state, client, clients.arrives[client])
    day = 0
    while state.counts[STATUS] == FINE:
        now = next_due(flow, state)
        if day < len(flow.calendar_day):
            now = min(now, flow.calendar_day[day])
        if now >= flow.horizon[0]:
            break
        if day < len(flow.calendar_day) and flow.calendar_day[day] == now:
            calendar_phase(flow, values, state, day)
            day += 1
        clients_phase(flow, values, clients, state, now)
        fill(flow, values, clients, state, now)
        while len(flow.paced) > 0 and change_paces(flow, values, clients, state, now):
            clients_phase(flow, values, clients, state, now)
            fill(flow, values, clients, state, now)
    for client in range(clients.count[0]):
        if state.stage[client] >= 0:
            write_row(state, client, STILL_THERE, math.nan)
    return state.counts[STATUS]


# What Python calls. The arguments are rows of addresses of records of columns, see `structs`.


@entry
def prepare_values(tables: Ints, values: Ints) -> None:
    """Work out what lengths need of the values of each replication, before anything is run."""
    flow = view_tables(tables)
    own = view_values_to_prepare(values)
    for k in range(len(own.replication)):
        prepare_lengths(flow, own.numbers[k])


@entry
def enter(tables: Ints, values: Ints, clients: Ints, seed: int, offered: bool) -> int:
    """Enter the clients of the first replication of the values."""
    own = view_values(values)
    entered = make_clients(
        view_tables(tables),
        own.numbers[0],
        view_clients(clients),
        own.same[0],
        seed,
        own.replication[0],
        offered,
    )
    return TOO_MANY_CLIENTS if entered < 0 else FINE


@entry
def simulate(tables: Ints, values: Ints, clients: Ints, state: Ints, seed: int) -> int:
    """Run the clients that have entered."""
    own = view_values(values)
    return run(
        view_tables(tables),
        own.numbers[0],
        view_clients(clients),
        view_state(state),
        own.same[0],
        seed,
        own.replication[0],
    )


@entry
def simulate_block(
    tables: Ints,
    values: Ints,
    clients: Ints,
    state: Ints,
    kept: Ints,
    before: Ints,
    other: Ints,
    seed: int,
    offered: bool,
    is_run: bool,
) -> int:
    """Enter, run and keep one replication after the other.

    Return `FINE`, or why it stopped at the one that is next.

    Groups that are the same as in a block `before`, or in the `other`, are copied from it. With
    `is_run` the next one
    has been run, and only wants to be kept.
    """
    flow = view_tables(tables)
    own = view_values(values)
    there = view_clients(clients)
    world = view_state(state)
    journeys = view_kept(kept)
    known = view_kept(before)
    too = view_kept(other)
    while journeys.counts[DONE] < len(own.replication):
        k = journeys.counts[DONE]
        numbers = own.numbers[k]
        same = own.same[k]
        replication = own.replication[k]
        if not is_run:
            if make_clients(flow, numbers, there, same, seed, replication, offered) < 0:
                return TOO_MANY_CLIENTS
            status = run(flow, numbers, there, world, same, seed, replication)
            if status != FINE:
                return status
        if not keep(there, world, journeys, known, too, same):
            return NO_ROOM_TO_KEEP
        is_run = False
    return FINE


@entry
def keep_run(values: Ints, clients: Ints, state: Ints, kept: Ints) -> bool:
    """Keep a run; tell whether there was room."""
    journeys = view_kept(kept)
    same = view_values(values).same[0]
    return keep(view_clients(clients), view_state(state), journeys, journeys, journeys, same)


@entry
def keep_who_came(clients: Ints, kept: Ints) -> None:
    """Keep the clients that have entered, as the first."""
    keep_clients(view_clients(clients), view_kept(kept), 0)
