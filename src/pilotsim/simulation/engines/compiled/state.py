"""The compiled engine's world: who comes, and where each stands.

The same clients, to the bit, as `cohort` makes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.model.distributions import special_functions
from pilotsim.simulation.engines.compiled.jit import compiled, inlined, shared
from pilotsim.simulation.engines.compiled.random_numbers import uniform
from pilotsim.simulation.engines.compiled.structs import declare, make_table
from pilotsim.simulation.engines.compiled.tables import CATEGORIES, NORMAL, SHARE, Tables
from pilotsim.simulation.engines.compiled.values import draw_duration

ARRIVAL, PAST_CODE = np.uint64(randomness.code("arrival")), np.uint64(randomness.code("past"))
NO_ROOM = -1

normal_quantile = shared(special_functions.normal_quantile)

# The clients of a replication, in client order; see `cohort.Cohort`. The last two traits are group
# and past.
CLIENTS = {
    "count": "i8",
    "group": "i4",
    "origin": "i1",
    "number": "u8",
    "key": "u8",
    "arrives": "f8",
    "offered": "f8",
    "traits": "f8 2",
}

# How a client stands; all of one client side by side in memory.
STAND = {
    "stage": "i4",
    "visit": "i4",
    "joined": "f8",
    "started": "f8",
    "took": "i4",
    "due": "f8",  # when something happens to it next
    "place": "i4",  # its place in the heap of today; `NOWHERE`, or `LATER` in the list of its day
    "ahead": "i4",
    "behind": "i4",  # its neighbours in that list
    "fires": "i4",  # which clock is due; -1 for the end of the service
    "at_once": "i4",  # stages joined at this moment
    "promised": "i4",  # the alternative it was promised, until it starts with it
    "holds": "i4",  # of how many resources it holds any units
    "affected": "i4",  # whether any effect counts
    "part": "i4",  # which part of the clocks runs
    "since": "f8",  # when its clocks last began to run
    "steady": "f8",  # until when all of them stay at their speed
    "passed": "f8 2",  # since when each effect counts; NaN for not
    "order": "f8 2",  # its place in the line: order, and waiting since
    "before": "i4",
    "after": "i4",  # its neighbours in the line of those who wait; `before` also its place among those present
    "drawn_on": "f8 2",  # when it was last drawn by each stage that draws; NaN for never
    "held": "i4 2",  # units of each resource
    "came": "i4 2",  # how often it joined each stage
}

# How the clock of each risk of each client stands; see `hazards.clock_of`.
CLOCK = {
    "begun": "f8",  # since when it has run at one speed
    "left": "f8",  # the hazard left then until it fires; NaN where it is not drawn yet
    "pace": "f8",  # that speed
    "stopped": "f8",  # when it was stopped; infinity while it runs
    "factor": "f8",  # of the client's traits on it
    "episode": "i4",  # how often it has fired
}

# The visits as they end, in order of time.
ROW = {
    "row_client": "i4",
    "row_visit": "i4",
    "row_stage": "i4",
    "row_cause": "i4",
    "row_next": "i4",
    "row_took": "i4",
    "row_joined": "f8",
    "row_started": "f8",
    "row_finished": "f8",
}

# What else changes in a run.
WORLD = {
    "seed": "u8",  # seed and replication
    "heap": "i4",
    "heap_due": "f8",  # the heap of clients to whom something happens today, by time
    "later": "i4",  # over days: the first of those to whom something happens then, in no order
    "present": "i4 2",  # over stages where nobody waits and others draw: who is there, in no order
    "line_first": "i4",
    "line_last": "i4",
    "line_count": "i8",  # over stages
    "opened_on": "f8",
    "admitted": "i8",  # over stages
    "candidate": "i4 2",
    "candidates": "i8",  # over stages: who may be drawn, as a heap
    "candidate_order": "f8 2",
    "candidate_since": "f8 2",  # what that heap is ordered by
    "free": "i8",  # over resources
    "held_back": "i1",  # over stages
    "speeds": "f8 2",  # over clocks and marks
    "counts": "i8",
    "reached": "f8",  # over routes: the sum of weights up to each; NaN where it hangs on the client or the day
    "calls": "i4 2",  # who is called: client, why, where to
}
HEAP, ROWS, ASKED, STATUS, CULPRIT, CALLS, TODAY, LOOKED_AT, COUNTS = range(9)
NOWHERE, LATER = -1, -2
CLIENTS_A_DAY = 4

PERSON = {name: kind for name, kind in CLIENTS.items() if name != "count"}
view_clients, pack_clients = declare("Clients", CLIENTS, tables=[PERSON])
view_world, pack_world = declare("World", STAND | CLOCK | ROW | WORLD, tables=[STAND, CLOCK, ROW])


class Clients:
    """Room for so many clients."""

    def __init__(self, tables: Tables, room: int) -> None:
        self.count = np.zeros(1, np.int64)
        for name, column in make_table(
            room, PERSON, {"traits": len(tables.trait_kind) + 2}
        ).items():
            setattr(self, name, column)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class World:
    """Room for the ways of so many clients, with so many rows."""

    def __init__(self, tables: Tables, room: int, rows: int) -> None:
        stages, resources, risks = (
            len(tables.stage_length),
            len(tables.supply_slot),
            len(tables.risk_code),
        )
        drawing = len(tables.drawing)
        widths = {
            "came": stages,
            "drawn_on": drawing,
            "held": resources,
            "passed": len(tables.effect_risk),
            "order": 2,
            "calls": 3,
            "candidate": room,
            "candidate_order": room,
            "candidate_since": room,
            "present": room,
            "speeds": len(tables.marks) - 1,
        }
        lengths = {
            "seed": 2,
            "counts": COUNTS,
            "later": max(1, room // CLIENTS_A_DAY),
            "free": resources,
            "speeds": len(tables.clock_risk),
            "reached": len(tables.route_to),
            **dict.fromkeys(("candidate", "candidate_order", "candidate_since"), drawing),
            "present": 1 + int(tables.stage_hall.max()),
            **dict.fromkeys(
                (
                    "line_first",
                    "line_last",
                    "line_count",
                    "opened_on",
                    "admitted",
                    "candidates",
                    "held_back",
                ),
                stages,
            ),
        }
        columns = (
            make_table(room, STAND, widths)
            | make_table(max(1, room * risks), CLOCK, {})
            | make_table(rows, ROW, {})
        )
        for name, column in columns.items():
            setattr(self, name, column)
        for name, kind in WORLD.items():
            length = lengths.get(name, room)
            shape = (length, widths[name]) if kind.endswith(" 2") else (length,)
            setattr(self, name, np.empty(shape, kind.split()[0]))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


@compiled
def reset(t: Any, c: Any, w: Any, seed: int, replication: int) -> None:
    """Let the world be as before anything has happened."""
    w.seed[0], w.seed[1] = seed, replication
    for k in range(len(w.counts)):
        w.counts[k] = 0
    w.counts[LOOKED_AT] = NOWHERE
    for stage in range(len(t.stage_length)):
        w.line_first[stage], w.line_last[stage], w.line_count[stage], w.candidates[stage] = (
            -1,
            -1,
            0,
            0,
        )
        w.opened_on[stage], w.admitted[stage] = -1.0, 0
    for resource in range(len(w.free)):
        w.free[resource] = 0
    for client in range(c.count[0]):
        w.stage[client], w.place[client], w.visit[client] = -1, NOWHERE, 0
    for day in range(len(w.later)):
        w.later[day] = -1


@compiled
def begin(t: Any, w: Any, client: int) -> None:
    """Let a client be as one to whom nothing has happened yet."""
    w.took[client], w.promised[client], w.fires[client], w.part[client] = -1, -1, -1, -1
    w.at_once[client], w.holds[client], w.affected[client], w.joined[client] = 0, 0, 0, -1.0
    risks = len(t.risk_code)
    for clock in range(client * risks, (client + 1) * risks):
        w.left[clock], w.episode[clock] = math.nan, 0
    for effect in range(len(w.passed[client])):
        w.passed[client, effect] = math.nan
    for stage in range(len(w.drawn_on[client])):
        w.drawn_on[client, stage] = math.nan
    for resource in range(len(w.held[client])):
        w.held[client, resource] = 0
    for stage in range(len(w.came[client])):
        w.came[client, stage] = 0


@inlined
def draw(c: Any, w: Any, client: int, purpose: int, index: int) -> float:
    """Return a client's uniform number for a purpose."""
    return uniform(w.seed[0], w.seed[1], c.key[client], c.number[client], purpose, index)


@compiled
def arrival_time(t: Any, x: Any, group: int, reached: float) -> float:
    """Return `cohort.arrival_time`."""
    first, last = t.group_rate_from[group], t.group_rate_from[group + 1]
    for k in range(first, last):
        end = t.rate_time[k + 1] if k + 1 < last else t.horizon[0]
        rate = x[t.rate_slot[k]]
        if t.rate_season[k] >= 0:
            rate *= x[t.rate_season[k]]
        if rate > 0.0 and reached <= rate * (end - t.rate_time[k]):
            return t.rate_time[k] + reached / rate
        reached -= rate * (end - t.rate_time[k])
    return math.inf


@compiled
def make_clients(
    t: Any, x: Any, c: Any, same: Any, seed: int, replication: int, offered: bool
) -> int:
    """Enter the clients of a replication: each group's stock, arrivals, intake.

    Return how many, or `NO_ROOM`.

    Traits of groups that are the `same` as before are not given anew.
    """
    at = 0
    for group in range(len(t.group_home)):
        first = at
        at = enter_stock(t, x, c, group, at)
        at = enter_arrivals(t, x, c, group, at, seed, replication)
        at = enter_intake(t, x, c, group, at)
        if at < 0:
            return NO_ROOM
        for client in range(first, at):
            c.group[client] = group
            c.offered[client] = t.group_offered[group] if offered else math.inf
    c.count[0] = at
    for client in range(at):
        if not same[c.group[client]]:
            give_traits(t, x, c, client, seed, replication)
    return at


@compiled
def enter_stock(t: Any, x: Any, c: Any, group: int, at: int) -> int:
    """Enter those of a group who are there at the start; return the next place."""
    stock = int(x[t.group_stock[group]])
    if at + stock > len(c.group):
        return NO_ROOM
    for k in range(stock):
        c.origin[at + k], c.number[at + k], c.key[at + k], c.arrives[at + k] = (
            0,
            k,
            t.group_code[group, 0],
            0.0,
        )
    return at + stock


@compiled
def enter_arrivals(t: Any, x: Any, c: Any, group: int, at: int, seed: int, replication: int) -> int:
    """Enter those of a group who arrive before the horizon; return the next place."""
    reached, k = 0.0, 0
    while at >= 0 and t.group_rate_from[group + 1] > t.group_rate_from[group]:
        reached -= math.log(
            uniform(seed, replication, t.group_code[group, 1], np.uint64(k), ARRIVAL, 0)
        )
        time = arrival_time(t, x, group, reached)
        if not time < t.horizon[0]:
            break
        if at >= len(c.group):
            return NO_ROOM
        c.origin[at], c.number[at], c.key[at], c.arrives[at] = 1, k, t.group_code[group, 1], time
        at, k = at + 1, k + 1
    return at


@compiled
def enter_intake(t: Any, x: Any, c: Any, group: int, at: int) -> int:
    """Enter those of a group who come on its schedule; return the next place."""
    if at < 0 or t.group_brings[group] < 0:
        return at
    brings, first = int(x[t.group_brings[group]]), t.group_intake_from[group]
    come = (t.group_intake_from[group + 1] - first) * brings
    if at + come > len(c.group):
        return NO_ROOM
    for k in range(come):
        c.origin[at + k], c.number[at + k], c.key[at + k] = 2, k, t.group_code[group, 2]
        c.arrives[at + k] = t.intake_day[first + k // brings]
    return at + come


@inlined
def give_traits(t: Any, x: Any, c: Any, client: int, seed: int, replication: int) -> None:
    """Give a client its traits, group and past."""
    last = len(t.trait_kind)
    for trait in range(last):
        u = uniform(seed, replication, c.key[client], c.number[client], t.trait_code[trait], 0)
        c.traits[client, trait] = trait_of(
            t, x, 2 * c.group[client] + min(1, c.origin[client]), trait, u
        )
    c.traits[client, last] = c.group[client]
    c.traits[client, last + 1] = 0.0
    past = t.group_past[c.group[client]]
    if past >= 0 and c.origin[client] == 0:
        u = uniform(seed, replication, c.key[client], c.number[client], PAST_CODE, 0)
        c.traits[client, last + 1] = draw_duration(t, x, past, u)


@compiled
def trait_of(t: Any, x: Any, kind_of_client: int, trait: int, u: float) -> float:
    """Return a trait from its uniform number: `cohort._trait`."""
    kind = t.trait_kind[trait]
    if kind == SHARE:
        return 1.0 if u < x[t.trait_slots[trait, kind_of_client]] else 0.0
    if kind == CATEGORIES:
        return category(t, x, trait, u)
    if kind == NORMAL:
        return x[t.trait_slots[trait, 0]] + x[t.trait_slots[trait, 1]] * normal_quantile(u)
    return draw_duration(t, x, t.trait_slots[trait, 0], u)


@compiled
def category(t: Any, x: Any, trait: int, u: float) -> float:
    """Return the number of the category that a uniform number falls in.

    The shares need not add up to 1.
    """
    first, last = t.trait_from[trait], t.trait_from[trait + 1]
    total = 0.0
    for k in range(first, last):
        total += x[t.category_slot[k]]
    limit, found = 0.0, 0
    for k in range(first, last - 1):
        limit += x[t.category_slot[k]]
        if limit <= u * total:
            found = k + 1 - first
    return float(found)
