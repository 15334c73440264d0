"""The compiled engine's state: who comes, and how each client stands.

The same clients, to the bit, as `population` makes. All moments are in ticks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from pilotsim.base import elementary, randomness
from pilotsim.base.calendar import MINUTES_PER_WEEK
from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.model.own_code import MAX_ARGUMENTS
from pilotsim.simulation import copula
from pilotsim.simulation.columns import (
    CodeColumn,
    Columns,
    FloatColumn,
    FloatRows,
    Int8Column,
    Int32Column,
    Int32Rows,
    IntColumn,
    IntRows,
    column,
)
from pilotsim.simulation.engines.compiled.jit import compiled, inlined, shared
from pilotsim.simulation.engines.compiled.random_numbers import uniform, word
from pilotsim.simulation.engines.compiled.structs import view_of
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.engines.compiled.values import (
    draw_duration,
    draw_length_biased,
    log,
    nearest_tick,
    power,
)
from pilotsim.simulation.flow_columns import CATEGORIES, EVEN, NOBODY, NONE, NORMAL, SHARE

ARRIVAL = word(randomness.code("arrival"))
PAST_CODE = word(randomness.code("past"))
NO_ROOM = -1

normal_quantile = shared(elementary.normal_quantile)
correlation_of_places = shared(copula.correlation_of_places)
part_of_its_own = shared(copula.part_of_its_own)
as_uniform = shared(copula.as_uniform)

# How a run goes; why it stopped.
FINE, ROUND_AND_ROUND, NO_WAY_ON, TOO_MANY_ROWS, TOO_MANY_CLIENTS, NO_ROOM_TO_KEEP, NO_NUMBER = (
    range(7)
)
# What is counted in a run: clients in the heap, rows written, whether somebody may be able to
# start, how the run goes and where it went wrong, calls, lines; the present day, and who was looked
# at last.
HEAP, ROWS, ASKED, STATUS, CULPRIT, CALLS, LINES, TODAY, LOOKED_AT, COUNTS = range(10)
# Of a stay that may be interrupted: since when the client stands in line, or did; what is left of
# it when it is to start again, NaN for one that was not interrupted, `ALL_OF_IT` for one that
# starts anew; when the service ends, `SERVED_NO_MORE` once it has or has been interrupted.
SINCE, LEFT, ENDS, STAYS = range(4)
ALL_OF_IT = -1.0
SERVED_NO_MORE = -1.0
# Of an effect: its factor; how long until it sets in, how long it lasts and then fades.
TIMES, STARTS, LASTS, FADES, SPANS = range(5)
NOWHERE = -1
LATER = -2
CLIENTS_A_DAY = 4
# So many that the lists of days stay in the processor's caches.
MAX_DAYS = 16_384


class Person(Columns, side_by_side=True):
    """Who the clients of a replication are, in client order; see `population.Cohort`."""

    group: Int32Column = column("Which group.", over="clients")
    origin: Int8Column = column("Which of `ORIGINS`.", over="clients")
    number: CodeColumn = column("Its number within group and origin.", over="clients")
    key: CodeColumn = column("The code of group and origin.", over="clients")
    arrives: FloatColumn = column("When it comes.", over="clients")
    offered: FloatColumn = column("From when the programme may be offered.", over="clients")
    traits: FloatRows = column(
        "Its traits; the last two are group and past.", over="clients", width="all traits"
    )


class Clients(Person):
    """Room for the clients of a replication."""

    count: IntColumn = column("How many there are.", over="one")

    @classmethod
    def room_for(cls, sizes: Mapping[str, int], clients: int) -> Clients:
        """Return room for a number of clients."""
        return cls.room({**sizes, "clients": clients})


class Standing(Columns, side_by_side=True):
    """How each client stands: all of one client side by side in memory."""

    stage: Int32Column = column("Which stage it is in; -1 before it comes.", over="clients")
    visit: Int32Column = column("How many visits it has ended.", over="clients")
    joined: FloatColumn = column("When it joined the stage.", over="clients")
    started: FloatColumn = column("When it started; NaN while it waits.", over="clients")
    alternative: Int32Column = column(
        "Which alternative of the needs it started with; -1 while it waits.", over="clients"
    )
    next_clock: Int32Column = column(
        "Which clock is due; -1 for the end of the service.", over="clients"
    )
    at_once: Int32Column = column("How many stages it joined at this moment.", over="clients")
    promised: Int32Column = column(
        "The alternative it was promised, until it starts with it; -1 for none.", over="clients"
    )
    holds: Int32Column = column("Of how many resources it holds any units.", over="clients")
    affected: Int32Column = column("Whether any effect counts.", over="clients")
    part: Int32Column = column("Which part of the clocks runs; -1 for none.", over="clients")
    clocks_since: FloatColumn = column("When its clocks last began to run.", over="clients")
    steady_until: FloatColumn = column("Until when all of them keep their speed.", over="clients")
    factor: FloatRows = column(
        "Of its traits on each risk that has any.", over="clients", width="factors of risks"
    )
    episode: Int32Rows = column(
        "How often the clock of each risk has fired.", over="clients", width="risks"
    )


class Turn(Columns, side_by_side=True):
    """What happens next to each client: little, since others are looked at beside it."""

    due: FloatColumn = column("When something happens to it next.", over="clients")
    place: Int32Column = column(
        "Its place in the heap of today; `NOWHERE`, or `LATER` in the list of its day.",
        over="clients",
    )
    next_that_day: Int32Column = column("The next in that list; -1 for none.", over="clients")
    previous_that_day: Int32Column = column("The one before; -1 for none.", over="clients")


class Served(Columns, side_by_side=True):
    """How those stand who may wait, be drawn, hold units, be affected or be served for a time.

    Of groups that come to no such stage nothing is written here, nor is there memory for it.
    """

    passed: FloatRows = column(
        "Since when each effect counts; NaN for not.", over="clients", width="effects"
    )
    order: FloatRows = column(
        "Its place in the queue: the discipline's key, and waiting since.", over="clients", width=2
    )
    ahead_in_queue: Int32Column = column(
        "Who stands before it, -1 for nobody; of one present where nobody waits, its place there.",
        over="clients",
    )
    behind_in_queue: Int32Column = column("Who stands after it; -1 for nobody.", over="clients")
    drawn_on: FloatRows = column(
        "When each stage that draws last drew it; NaN for never.", over="clients", width="drawing"
    )
    held: Int32Rows = column("Units of each resource.", over="clients", width="resources")
    came_to: Int32Rows = column(
        "How often it has joined each stage that counts it.",
        over="clients",
        width="stages that count",
    )
    looked: Int32Rows = column(
        "Whether it has looked at the line it stands in, where some are put off.",
        over="clients",
        width="putting off",
    )
    wants: Int32Rows = column(
        "The stage that it has no room in yet, having finished another; -1 for none.",
        over="clients",
        width="wanting room",
    )
    stay: FloatRows = column(
        "Of a stay that may be interrupted: `SINCE`, `LEFT`, `ENDS`. Of one whose pace looks at "
        "the state: since when it has gone on at this pace, what was left then, when it ends.",
        over="clients",
        width="stays",
    )


class RiskClocks(Columns, side_by_side=True):
    """How the clock of each risk of each client stands; see `clocks.clock_of`."""

    running_since: FloatColumn = column("Since when it has run at one speed.", over="client risks")
    hazard_left: FloatColumn = column(
        "The hazard left then until it fires; NaN where none is drawn yet.", over="client risks"
    )
    speed: FloatColumn = column("That speed.", over="client risks")
    stopped_at: FloatColumn = column(
        "When it was stopped; infinite while it runs.", over="client risks"
    )


class VisitRows(Columns, side_by_side=True):
    """The visits as they end, in order of time; see `journeys.Journeys`.

    A client's rows are in the order of its visits. It joined when the visit before ended, or when
    it came, and next is the stage of the visit after: so neither is written.
    """

    row_client: Int32Column = column("Who.", over="rows")
    row_stage: Int32Column = column("Where.", over="rows")
    row_cause: Int32Column = column("Why it ended.", over="rows")
    row_alternative: Int32Column = column("The alternative it started with.", over="rows")
    row_started: FloatColumn = column("When it started.", over="rows")
    row_finished: FloatColumn = column("When it ended.", over="rows")


class State(Standing, Turn, Served, RiskClocks, VisitRows):
    """All that changes in a run."""

    seed: CodeColumn = column("Seed and replication.", over="two")
    counts: IntColumn = column("What is counted: `HEAP`, `ROWS`, ...", over="counts")
    heap: Int32Column = column(
        "The clients to whom something happens today, the first on top.", over="clients"
    )
    heap_due: FloatColumn = column("When.", over="clients")
    first_that_day: Int32Column = column(
        "The first of those to whom something happens on a day, in no order; -1 for nobody.",
        over="days",
    )
    present: Int32Rows = column(
        "Who is in a stage where nobody waits and others draw, in no order.",
        over="stages drawn from",
        width="clients",
    )
    present_since: FloatRows = column(
        "Since when each of them waits to be drawn.", over="stages drawn from", width="clients"
    )
    present_from: FloatRows = column(
        "From when the stage of a pair may draw each of them, by group, traits and offer; infinite "
        "for never.",
        over="pairs",
        width="clients",
    )
    present_drawn: FloatRows = column(
        "When that stage last drew it; NaN for never.", over="pairs", width="clients"
    )
    queue_first: Int32Column = column(
        "Who stands first; -1 for nobody. Behind the lines of the stages, those who want room in "
        "each; behind these, those who are served in each and may be interrupted.",
        over="lines",
    )
    queue_last: Int32Column = column("Who stands last; -1 for nobody.", over="lines")
    queue_count: IntColumn = column("How many wait, or are present.", over="lines")
    has_come: Int8Column = column(
        "Whether any stand in the line who have not looked at it.", over="stages"
    )
    there: IntColumn = column("How many are in a stage that holds only so many.", over="stages")
    inside: IntColumn = column("How many are in a stage, waiting or started.", over="stages")
    pace: FloatColumn = column(
        "How fast service goes on now in a stage whose pace looks at the state.", over="stages"
    )
    order_now: IntColumn = column(
        "The order that is chosen of those who wait; -1 for that of the stage.", over="stages"
    )
    opened_on: FloatColumn = column("When a stage last opened; -1 for never.", over="stages")
    openings: IntColumn = column("How many openings fell on that day.", over="stages")
    admitted: IntColumn = column("How many it has let start since.", over="stages")
    batch_end: FloatColumn = column(
        "When those end who have last started together, where they end together.", over="stages"
    )
    candidate: Int32Rows = column(
        "Who may be drawn, as a heap with the first on top.", over="drawing", width="clients"
    )
    candidate_order: FloatRows = column(
        "By what that heap is ordered: the discipline's key,", over="drawing", width="clients"
    )
    candidate_since: FloatRows = column("and waiting since.", over="drawing", width="clients")
    candidates: IntColumn = column("How many may be drawn.", over="stages")
    free: IntColumn = column("Units that nobody holds; below 0 after a cut.", over="resources")
    units: IntColumn = column("Units that there are now.", over="resources")
    stack: IntColumn = column("What a condition is worked out on.", over="depth of conditions")
    asked: FloatColumn = column("What a function of one's own is given.", over="arguments")
    aside: IntColumn = column(
        "Units put aside for the first in a line; none where no stage does so.",
        over="resources put aside",
    )
    held_back: Int8Column = column("Whether the first cannot start now.", over="stages")
    lines: IntColumn = column(
        "The stages where somebody stands who is not held back; more may be among them.",
        over="stages",
    )
    speeds: FloatRows = column(
        "The speed of each clock from each mark on.", over="clocks", width="intervals"
    )
    effects: FloatRows = column(
        "Of each effect: `TIMES`, and in ticks `STARTS`, `LASTS`, `FADES`.",
        over="effects",
        width=SPANS,
    )
    reached: FloatColumn = column(
        "The sum of the weights of ways on up to each; NaN where it depends on client or day.",
        over="routes",
    )
    days_in_tick: FloatColumn = column("The part of a list's day that a tick is.", over="one")
    weights: FloatColumn = column(
        "The weight of each way on, for the client who chooses at the moment.", over="routes"
    )
    calls: Int32Rows = column("Who is called: client, why, where to.", over="clients", width=3)

    @classmethod
    def room_for(cls, tables: Tables, sizes: Mapping[str, int], clients: int, rows: int) -> State:
        """Return room for the journeys of a number of clients, with a number of rows."""
        return cls.room(
            {
                **sizes,
                **sizes_of_state(tables),
                "two": 2,
                "counts": COUNTS,
                "clients": clients,
                "client risks": max(1, clients * sizes["risks"]),
                "rows": rows,
                "days": max(1, min(MAX_DAYS, clients // CLIENTS_A_DAY)),
            }
        )


def sizes_of_state(tables: Tables) -> dict[str, int]:
    """Return how many there are of what the state alone goes over."""
    return {
        "drawing": len(tables.drawing),
        "stages drawn from": _count(tables.stage_present),
        "pairs": _count(tables.draw_pair),
        "factors of risks": _count(tables.risk_factor_column),
        "stages that count": _count(tables.stage_count_column),
        "putting off": min(1, len(tables.putting_off)),
        "wanting room": min(1, len(tables.with_room)),
        "stays": STAYS * min(1, len(tables.interruptible) + len(tables.paced)),
        "resources put aside": len(tables.supply_slot)
        * int(np.any(np.asarray(tables.stage_reserves))),
        "depth of conditions": int(tables.condition_depth[0]),
        "arguments": MAX_ARGUMENTS * min(1, len(tables.function_called)),
        "lines": len(tables.stage_length) * _kinds_of_lines(tables),
    }


def _kinds_of_lines(tables: Tables) -> int:
    """Return how many kinds of lines the stages have: see `State.queue_first`."""
    if len(tables.interruptible) + len(tables.paced) > 0:
        return 3
    return 1 + min(1, len(tables.with_room))


def _count(numbers: IntColumn | IntRows) -> int:
    """Return how many are numbered, from 0 on."""
    return 1 + int(np.max(np.asarray(numbers), initial=NOWHERE))


view_clients, pack_clients = view_of(Clients)
view_state, pack_state = view_of(State)


@compiled
def reset(flow: Tables, clients: Clients, state: State, seed: int, replication: int) -> None:
    """Let the world be as before anything has happened."""
    state.seed[0] = seed
    state.seed[1] = replication
    state.days_in_tick[0] = len(state.first_that_day) / flow.horizon[0]
    for k in range(len(state.counts)):
        state.counts[k] = 0
    state.counts[LOOKED_AT] = NOWHERE
    for line in range(len(state.queue_first)):
        state.queue_first[line] = -1
        state.queue_last[line] = -1
        state.queue_count[line] = 0
    for stage in range(len(flow.stage_length)):
        state.has_come[stage] = 0
        state.there[stage] = 0
        state.inside[stage] = 0
        state.pace[stage] = 1.0
        state.order_now[stage] = NONE
        state.candidates[stage] = 0
        state.opened_on[stage] = -1.0
        state.openings[stage] = 0
        state.admitted[stage] = 0
        state.batch_end[stage] = math.nan
    for resource in range(len(state.free)):
        state.free[resource] = 0
        state.units[resource] = 0
    for resource in range(len(state.aside)):
        state.aside[resource] = 0
    for client in range(clients.count[0]):
        state.stage[client] = -1
        state.place[client] = NOWHERE
        state.visit[client] = 0
    for day in range(len(state.first_that_day)):
        state.first_that_day[day] = -1


@compiled
def begin(flow: Tables, clients: Clients, state: State, client: int) -> None:
    """Let a client be as one to whom nothing has happened yet."""
    state.alternative[client] = -1
    state.promised[client] = -1
    state.next_clock[client] = -1
    state.part[client] = -1
    state.at_once[client] = 0
    state.holds[client] = 0
    state.affected[client] = 0
    state.joined[client] = -1.0
    risks = len(flow.risk_code)
    for risk in range(risks):
        state.hazard_left[client * risks + risk] = math.nan
        state.episode[client, risk] = 0
    if not flow.group_is_served[clients.group[client]]:
        return
    for effect in range(len(state.passed[client])):
        state.passed[client, effect] = math.nan
    for stage in range(len(state.drawn_on[client])):
        state.drawn_on[client, stage] = math.nan
    for resource in range(len(state.held[client])):
        state.held[client, resource] = 0
    for stage in range(len(state.came_to[client])):
        state.came_to[client, stage] = 0
    if len(flow.with_room) > 0:
        state.wants[client, 0] = -1


@inlined
def draw(clients: Clients, state: State, client: int, purpose: int, index: int) -> float:
    """Return a client's uniform number for a purpose."""
    return uniform(
        state.seed[0], state.seed[1], clients.key[client], clients.number[client], purpose, index
    )


@compiled
def arrival_time(
    flow: Tables, values: FloatColumn, group: int, reached: float, place: int, usual: float
) -> tuple[float, float, int]:
    """Return `population.arrival_time`, with the `usual` weight of the group's week."""
    last = flow.group_rate_from[group + 1]
    for k in range(place, last):
        end = flow.rate_time[k + 1] if k + 1 < last else flow.horizon[0]
        rate = values[flow.rate_slot[k]]
        if flow.rate_season[k] >= 0:
            rate *= values[flow.rate_season[k]]
        if flow.rate_week[k] != NONE:
            weight = weight_of(flow, values, flow.rate_week[k])
            rate *= weight * MINUTES_PER_WEEK / usual if weight > 0.0 and usual > 0.0 else 0.0
        if rate > 0.0 and reached <= rate * (end - flow.rate_time[k]):
            return nearest_tick(flow.rate_time[k] + reached / rate), reached, k
        reached -= rate * (end - flow.rate_time[k])
    return math.inf, reached, last


@inlined
def weight_of(flow: Tables, values: FloatColumn, slot: int) -> float:
    """Return the weight of hours of a week."""
    if slot == NOBODY:
        return 0.0
    return 1.0 if slot == EVEN else values[slot]


@compiled
def weight_of_week(flow: Tables, values: FloatColumn, group: int) -> float:
    """Return the sum of weights times minutes over a week of a group without days off."""
    total = 0.0
    for k in range(flow.group_week_from[group], flow.group_week_from[group + 1]):
        total += flow.week_minutes[k] * weight_of(flow, values, flow.week_slot[k])
    return total


@compiled
def make_clients(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    same: IntColumn,
    seed: int,
    replication: int,
    offered: bool,
) -> int:
    """Enter the clients of a replication: each group's stock, arrivals, intake.

    Return how many, or `NO_ROOM`.

    Traits of groups that are the `same` as before are not given anew.
    """
    at = 0
    for group in range(len(flow.group_home)):
        first = at
        at = enter_stock(flow, values, clients, group, at)
        at = enter_arrivals(flow, values, clients, group, at, seed, replication)
        at = enter_intake(flow, values, clients, group, at)
        if at < 0:
            return NO_ROOM
        for client in range(first, at):
            clients.group[client] = group
            clients.offered[client] = flow.group_offered[group] if offered else math.inf
    clients.count[0] = at
    for client in range(at):
        if not same[clients.group[client]]:
            give_traits(flow, values, clients, client, seed, replication)
    return at


@compiled
def enter_stock(flow: Tables, values: FloatColumn, clients: Clients, group: int, at: int) -> int:
    """Enter those of a group who are there at the start; return the next place."""
    stock = int(values[flow.group_stock[group]])
    if at + stock > len(clients.group):
        return NO_ROOM
    for k in range(stock):
        clients.origin[at + k] = 0
        clients.number[at + k] = k
        clients.key[at + k] = flow.group_code[group, 0]
        clients.arrives[at + k] = 0.0
    return at + stock


@compiled
def enter_arrivals(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    group: int,
    at: int,
    seed: int,
    replication: int,
) -> int:
    """Enter those of a group who arrive before the horizon; return the next place."""
    if flow.group_counted_from[group + 1] > flow.group_counted_from[group]:
        return enter_counted(flow, values, clients, group, at, seed, replication)
    reached = 0.0
    place = flow.group_rate_from[group]
    by_week = flow.group_week_from[group + 1] > flow.group_week_from[group]
    usual = weight_of_week(flow, values, group)
    k = 0
    while at >= 0 and flow.group_rate_from[group + 1] > flow.group_rate_from[group]:
        u = uniform(seed, replication, flow.group_code[group, 1], k, ARRIVAL, 0)
        gaps = flow.group_gaps[group]
        if gaps < 0:
            reached -= log(u) * TICKS_PER_DAY
        elif k > 0:
            reached += draw_duration(flow, values, gaps, u) * TICKS_PER_DAY
        else:
            v = uniform(seed, replication, flow.group_code[group, 1], k, ARRIVAL, 1)
            reached += v * draw_length_biased(flow, values, gaps, u) * TICKS_PER_DAY
        time, left, where = arrival_time(flow, values, group, reached, place, usual)
        if by_week:
            reached = left
            place = where
        if not time < flow.horizon[0]:
            break
        if at >= len(clients.group):
            return NO_ROOM
        clients.origin[at] = 1
        clients.number[at] = k
        clients.key[at] = flow.group_code[group, 1]
        clients.arrives[at] = time
        at = at + 1
        k = k + 1
    return at


@compiled
def enter_counted(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    group: int,
    at: int,
    seed: int,
    replication: int,
) -> int:
    """Enter those of a group who were counted: `population._counted`; return the next place."""
    if at < 0:
        return NO_ROOM
    k = 0
    for period in range(flow.group_counted_from[group], flow.group_counted_from[group + 1]):
        left = 1.0
        for others in range(flow.counted_clients[period], 0, -1):
            time = flow.counted_begin[period]
            if flow.counted_end[period] > time:
                u = uniform(seed, replication, flow.group_code[group, 1], k, ARRIVAL, 0)
                left *= power(u, 1.0 / others)
                time = time_in_hours(flow, values, group, period, 1.0 - left)
            if not time < flow.horizon[0]:
                return at
            if at >= len(clients.group):
                return NO_ROOM
            clients.origin[at] = 1
            clients.number[at] = k
            clients.key[at] = flow.group_code[group, 1]
            clients.arrives[at] = time
            at = at + 1
            k = k + 1
    return at


@compiled
def time_in_hours(
    flow: Tables, values: FloatColumn, group: int, period: int, share: float
) -> float:
    """Return `population.time_in_hours`."""
    begins = flow.counted_begin[period]
    ends = flow.counted_end[period]
    total = 0.0
    for k in range(flow.counted_point[period], flow.group_rate_from[group + 1]):
        if not flow.rate_time[k] < ends:
            break
        total += weight_at(flow, values, k) * (
            end_of_point(flow, group, k, ends) - flow.rate_time[k]
        )
    if total <= 0.0:
        return min(nearest_tick(begins + share * (ends - begins)), ends - 1.0)
    reached = share * total
    last = ends
    for k in range(flow.counted_point[period], flow.group_rate_from[group + 1]):
        if not flow.rate_time[k] < ends:
            break
        weight = weight_at(flow, values, k)
        if weight > 0.0:
            begin = flow.rate_time[k]
            last = end_of_point(flow, group, k, ends)
            if reached <= weight * (last - begin):
                return min(nearest_tick(begin + reached / weight), last - 1.0)
            reached -= weight * (last - begin)
    return last - 1.0


@inlined
def weight_at(flow: Tables, values: FloatColumn, point: int) -> float:
    """Return the weight of the hours from a point of a week on; 1 without a week."""
    slot = flow.rate_week[point]
    return 1.0 if slot == NONE else weight_of(flow, values, slot)


@inlined
def end_of_point(flow: Tables, group: int, point: int, ends: float) -> float:
    """Return until when what a point of a week says holds, within a period."""
    if point + 1 < flow.group_rate_from[group + 1]:
        return min(flow.rate_time[point + 1], ends)
    return ends


@compiled
def enter_intake(flow: Tables, values: FloatColumn, clients: Clients, group: int, at: int) -> int:
    """Enter those of a group who come on its schedule; return the next place."""
    if at < 0 or flow.group_brings[group] < 0:
        return at
    brings = int(values[flow.group_brings[group]])
    first = flow.group_intake_from[group]
    come = (flow.group_intake_from[group + 1] - first) * brings
    if at + come > len(clients.group):
        return NO_ROOM
    for k in range(come):
        clients.origin[at + k] = 2
        clients.number[at + k] = k
        clients.key[at + k] = flow.group_code[group, 2]
        clients.arrives[at + k] = flow.intake_day[first + k // brings]
    return at + come


@inlined
def give_traits(
    flow: Tables, values: FloatColumn, clients: Clients, client: int, seed: int, replication: int
) -> None:
    """Give a client its traits, group and past."""
    last = len(flow.trait_kind)
    for trait in range(last):
        if flow.trait_with[trait] >= 0:
            sign = -1.0 if flow.trait_kind[trait] == SHARE else 1.0
            place = place_of_trait(flow, values, clients, client, trait, seed, replication)
            u = as_uniform(sign * place)
        else:
            u = own_number(flow, clients, client, trait, seed, replication)
        clients.traits[client, trait] = trait_of(
            flow, values, 2 * clients.group[client] + min(1, clients.origin[client]), trait, u
        )
    clients.traits[client, last] = clients.group[client]
    clients.traits[client, last + 1] = 0.0
    past = flow.group_past[clients.group[client]]
    if past >= 0 and clients.origin[client] == 0:
        u = uniform(seed, replication, clients.key[client], clients.number[client], PAST_CODE, 0)
        clients.traits[client, last + 1] = draw_duration(flow, values, past, u)


@inlined
def own_number(
    flow: Tables, clients: Clients, client: int, trait: int, seed: int, replication: int
) -> float:
    """Return the uniform number of a client that is for a trait."""
    return uniform(
        seed,
        replication,
        clients.key[client],
        clients.number[client],
        flow.trait_code[trait],
        0,
    )


@compiled
def place_of_trait(
    flow: Tables,
    values: FloatColumn,
    clients: Clients,
    client: int,
    trait: int,
    seed: int,
    replication: int,
) -> float:
    """Return the place of a client by a trait: `population.place_of_trait`."""
    place = 0.0
    weight = 1.0
    at = trait
    while True:
        own = normal_quantile(own_number(flow, clients, client, at, seed, replication))
        if flow.trait_kind[at] == SHARE:
            own = -own
        if flow.trait_with[at] < 0:
            return place + weight * own
        correlation = correlation_of_places(values[flow.trait_rank[at]])
        place += weight * part_of_its_own(correlation) * own
        weight *= correlation
        at = flow.trait_with[at]


@compiled
def trait_of(flow: Tables, values: FloatColumn, kind_of_client: int, trait: int, u: float) -> float:
    """Return a trait from its uniform number: `cohort._trait`."""
    kind = flow.trait_kind[trait]
    if kind == SHARE:
        return 1.0 if u < values[flow.trait_slots[trait, kind_of_client]] else 0.0
    if kind == CATEGORIES:
        return category(flow, values, trait, u)
    if kind == NORMAL:
        return values[flow.trait_slots[trait, 0]] + values[
            flow.trait_slots[trait, 1]
        ] * normal_quantile(u)
    return draw_duration(flow, values, flow.trait_slots[trait, 0], u)


@compiled
def category(flow: Tables, values: FloatColumn, trait: int, u: float) -> float:
    """Return the number of the category that a uniform number falls in.

    The shares need not add up to 1.
    """
    first = flow.trait_from[trait]
    last = flow.trait_from[trait + 1]
    total = 0.0
    for k in range(first, last):
        total += values[flow.category_slot[k]]
    limit = 0.0
    found = 0
    for k in range(first, last - 1):
        limit += values[flow.category_slot[k]]
        if limit <= u * total:
            found = k + 1 - first
    return float(found)
