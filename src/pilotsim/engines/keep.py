"""What the compiled engine keeps of each replication: its clients and its visits, as the columns of journeys."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilotsim.engines.jit import compiled
from pilotsim.engines.state import ROWS, Clients, World
from pilotsim.engines.tables import Tables
from pilotsim.engines.views import declare, fetch

# The replications one after the other, clients numbered on from one to the next.
KEPT = {
    "counts": "i8",
    "first": "i8",  # over replications: the first client of each, and one past the last
    "whole": "i8 2",  # client, visit, stage, cause, next, took; over visits
    "times": "f8 2",  # joined, started, finished; over visits
    "group": "i8", "origin": "i8", "number": "u8", "key": "u8", "arrives": "f8", "offered": "f8",  # over clients
    "traits": "f8 2",  # over traits and clients
}  # fmt: skip
DONE, CLIENTS, VISITS = range(3)
AHEAD = 64

view_kept, pack_kept = declare("Kept", KEPT)


class Kept:
    """Room for so many replications with so many clients and visits in all."""

    def __init__(self, tables: Tables, replications: int, clients: int, visits: int) -> None:
        self.counts, self.first = np.zeros(3, np.int64), np.zeros(replications + 1, np.int64)
        self.whole, self.times = np.empty((6, visits), np.int64), np.empty((3, visits))
        self.group, self.origin = np.empty(clients, np.int64), np.empty(clients, np.int64)
        self.number, self.key = np.empty(clients, np.uint64), np.empty(clients, np.uint64)
        self.arrives, self.offered = np.empty(clients), np.empty(clients)
        self.traits = np.empty((len(tables.trait_kind) + 2, clients))

    def grown(self, tables: Tables, clients: Clients, world: World) -> Kept:
        """Return room for the replication that is next as well, and for as much again of each that is still to come."""
        done, replications = int(self.counts[DONE]), len(self.first) - 1
        needed = self.counts[CLIENTS] + clients.count[0], self.counts[VISITS] + world.counts[ROWS]
        share = 1.0 if done + 1 == replications else 1.05 * replications / (done + 1)
        before = len(self.group), self.whole.shape[1]
        larger = Kept(tables, replications, *(max(size, int(share * one)) for size, one in zip(before, needed, strict=True)))
        larger.first[:], larger.counts[:] = self.first, self.counts
        for name in ("whole", "times", "group", "origin", "number", "key", "arrives", "offered", "traits"):
            column = getattr(self, name)
            getattr(larger, name)[..., : column.shape[-1]] = column
        return larger


@compiled
def keep(c: Any, w: Any, b: Any) -> bool:
    """Copy the clients and the visits of a run, by client and visit; tell whether there was room."""
    at, row, clients = b.counts[CLIENTS], b.counts[VISITS], c.count[0]
    if at + clients > len(b.group) or row + w.counts[ROWS] > len(b.whole[0]):
        return False
    keep_clients(c, b, at)
    first = w.heap
    for client in range(clients):
        first[client] = row
        row += w.visit[client] + (1 if w.stage[client] >= 0 else 0)
    for k in range(w.counts[ROWS]):
        if k + AHEAD < w.counts[ROWS]:
            later = k + AHEAD
            fetch(b.whole, 0, 8 * (first[w.row_client[later]] + w.row_visit[later]))
        b.whole[0, first[w.row_client[k]] + w.row_visit[k]] = k
    for visit in range(b.counts[VISITS], row):
        if visit + AHEAD < row:
            fetch(w.row_client, b.whole[0, visit + AHEAD], 0)
        k = b.whole[0, visit]
        b.whole[0, visit], b.whole[1, visit], b.whole[2, visit] = at + w.row_client[k], w.row_visit[k], w.row_stage[k]
        b.whole[3, visit], b.whole[4, visit], b.whole[5, visit] = w.row_cause[k], w.row_next[k], w.row_took[k]
        b.times[0, visit], b.times[1, visit], b.times[2, visit] = w.row_joined[k], w.row_started[k], w.row_finished[k]
    b.counts[DONE], b.counts[CLIENTS], b.counts[VISITS] = b.counts[DONE] + 1, at + clients, row
    b.first[b.counts[DONE]] = at + clients
    return True


@compiled
def keep_clients(c: Any, b: Any, at: int) -> None:
    """Copy the clients of a run behind those of the runs before."""
    for client in range(c.count[0]):
        b.group[at + client], b.origin[at + client] = c.group[client], c.origin[client]
        b.number[at + client], b.key[at + client] = c.number[client], c.key[client]
        b.arrives[at + client], b.offered[at + client] = c.arrives[client], c.offered[client]
        for trait in range(len(b.traits)):
            b.traits[trait, at + client] = c.traits[client, trait]
