"""What the compiled engine keeps of each replication: its clients and its visits, as the columns of journeys."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import ROWS
from pilotsim.simulation.engines.compiled.structs import declare, fetch
from pilotsim.simulation.engines.compiled.tables import Tables

# The replications one after the other, clients numbered on from one to the next.
KEPT = {
    "counts": "i8",
    "first": "i8",  # over replications: the first client of each, and one past the last
    # Over replications and groups: the first client and the first visit of each, and one past the
    # last.
    "group_from": "i8 2",
    "visit_from": "i8 2",
    "whole": "i8 2",  # client, visit, stage, cause, next, took; over visits
    "times": "f8 2",  # joined, started, finished; over visits
    "group": "i8",
    "origin": "i8",
    "number": "u8",
    "key": "u8",
    "arrives": "f8",
    "offered": "f8",  # over clients
    "traits": "f8 2",  # over traits and clients
}
DONE, CLIENTS, VISITS, CLIENTS_NEEDED, VISITS_NEEDED, COUNTS = range(6)
AHEAD = 64

view_kept, pack_kept = declare("Kept", KEPT)


class Kept:
    """Room for so many replications with so many clients and visits in all."""

    def __init__(self, tables: Tables, replications: int, clients: int, visits: int) -> None:
        self.counts, self.first = np.zeros(COUNTS, np.int64), np.zeros(replications + 1, np.int64)
        groups = len(tables.group_home)
        self.group_from, self.visit_from = (
            np.zeros((replications, groups + 1), np.int64) for _ in range(2)
        )
        self.whole, self.times = np.empty((6, visits), np.int64), np.empty((3, visits))
        self.group, self.origin = np.empty(clients, np.int64), np.empty(clients, np.int64)
        self.number, self.key = np.empty(clients, np.uint64), np.empty(clients, np.uint64)
        self.arrives, self.offered = np.empty(clients), np.empty(clients)
        self.traits = np.empty((len(tables.trait_kind) + 2, clients))

    def grown(self, tables: Tables) -> Kept:
        """Return room for the replication that found none as well, and for as much again of each that is still to come."""
        done, replications = int(self.counts[DONE]), len(self.first) - 1
        needed = self.counts[CLIENTS_NEEDED], self.counts[VISITS_NEEDED]
        share = 1.0 if done + 1 == replications else 1.05 * replications / (done + 1)
        before = len(self.group), self.whole.shape[1]
        larger = Kept(
            tables,
            replications,
            *(max(size, int(share * one)) for size, one in zip(before, needed, strict=True)),
        )
        for name in ("first", "counts", "group_from", "visit_from"):
            getattr(larger, name)[:] = getattr(self, name)
        for name in (
            "whole",
            "times",
            "group",
            "origin",
            "number",
            "key",
            "arrives",
            "offered",
            "traits",
        ):
            column = getattr(self, name)
            getattr(larger, name)[..., : column.shape[-1]] = column
        return larger


@compiled
def keep(c: Any, w: Any, b: Any, before: Any, same: Any) -> bool:
    """Copy the clients and the visits of a run, by client and visit; tell whether there was room.

    Visits of groups that are the `same` as in the replication of this number `before` are copied
    from there.
    """
    if not has_room(c, w, b, before, same):
        return False
    k, at, row, client = b.counts[DONE], b.counts[CLIENTS], b.counts[VISITS], 0
    keep_clients(c, b, at)
    for group in range(len(same)):
        b.group_from[k, group], b.visit_from[k, group] = at + client, row
        if same[group]:
            copy_traits(b, before, k, group)
            row += copy_visits(b, before, k, group)
        while client < c.count[0] and c.group[client] == group:
            if not same[group]:
                w.heap[client] = row
                row += w.visit[client] + (1 if w.stage[client] >= 0 else 0)
            client += 1
    b.group_from[k, len(same)], b.visit_from[k, len(same)] = at + client, row
    keep_visits(w, b, same)
    b.counts[DONE], b.counts[CLIENTS], b.counts[VISITS] = k + 1, at + client, row
    b.first[k + 1] = at + client
    return True


@inlined
def has_room(c: Any, w: Any, b: Any, before: Any, same: Any) -> bool:
    """Note how much room the clients and visits of a run need; tell whether there is as much."""
    k, clients, visits = (
        b.counts[DONE],
        b.counts[CLIENTS] + c.count[0],
        b.counts[VISITS] + w.counts[ROWS],
    )
    for group in range(len(same)):
        if same[group]:
            visits += before.visit_from[k, group + 1] - before.visit_from[k, group]
    b.counts[CLIENTS_NEEDED], b.counts[VISITS_NEEDED] = clients, visits
    return clients <= len(b.group) and visits <= len(b.whole[0])


@compiled
def copy_traits(b: Any, before: Any, k: int, group: int) -> None:
    """Copy the traits of a group's clients from before."""
    first, last, to = (
        before.group_from[k, group],
        before.group_from[k, group + 1],
        b.group_from[k, group],
    )
    for trait in range(len(b.traits)):
        for client in range(last - first):
            b.traits[trait, to + client] = before.traits[trait, first + client]


@compiled
def copy_visits(b: Any, before: Any, k: int, group: int) -> int:
    """Copy a group's visits from before; return how many."""
    first, last, to = (
        before.visit_from[k, group],
        before.visit_from[k, group + 1],
        b.visit_from[k, group],
    )
    shift = b.group_from[k, group] - before.group_from[k, group]
    for visit in range(last - first):
        b.whole[0, to + visit] = before.whole[0, first + visit] + shift
    for column in range(1, 6):
        for visit in range(last - first):
            b.whole[column, to + visit] = before.whole[column, first + visit]
    for column in range(3):
        for visit in range(last - first):
            b.times[column, to + visit] = before.times[column, first + visit]
    return last - first


@compiled
def keep_visits(w: Any, b: Any, same: Any) -> None:
    """Copy the visits of the groups that were run, from the order of time into that of clients and visits."""
    first, rows, k = w.heap, w.counts[ROWS], b.counts[DONE]
    for row in range(rows):
        if row + AHEAD < rows:
            later = row + AHEAD
            fetch(b.whole, 0, 8 * (first[w.row_client[later]] + w.row_visit[later]))
        b.whole[0, first[w.row_client[row]] + w.row_visit[row]] = row
    for group in range(len(same)):
        last = b.visit_from[k, group] if same[group] else b.visit_from[k, group + 1]
        for visit in range(b.visit_from[k, group], last):
            if visit + AHEAD < last:
                fetch(w.row_client, b.whole[0, visit + AHEAD], 0)
            row, at = b.whole[0, visit], b.counts[CLIENTS]
            b.whole[0, visit], b.whole[1, visit], b.whole[2, visit] = (
                at + w.row_client[row],
                w.row_visit[row],
                w.row_stage[row],
            )
            b.whole[3, visit], b.whole[4, visit], b.whole[5, visit] = (
                w.row_cause[row],
                w.row_next[row],
                w.row_took[row],
            )
            b.times[0, visit], b.times[1, visit], b.times[2, visit] = (
                w.row_joined[row],
                w.row_started[row],
                w.row_finished[row],
            )


@compiled
def keep_clients(c: Any, b: Any, at: int) -> None:
    """Copy the clients of a run behind those of the runs before."""
    for client in range(c.count[0]):
        b.group[at + client], b.origin[at + client] = c.group[client], c.origin[client]
        b.number[at + client], b.key[at + client] = c.number[client], c.key[client]
        b.arrives[at + client], b.offered[at + client] = c.arrives[client], c.offered[client]
        for trait in range(len(b.traits)):
            b.traits[trait, at + client] = c.traits[client, trait]
