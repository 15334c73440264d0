"""What the compiled engine keeps of each replication: its clients and its visits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from pilotsim.base.errors import RequestError
from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.simulation.columns import (
    Bytes,
    CodeColumn,
    Columns,
    FloatColumn,
    FloatRows,
    Int32Rows,
    IntColumn,
    IntRows,
    column,
)
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import NOWHERE, ROWS, Clients, State
from pilotsim.simulation.engines.compiled.structs import fetch, view_of
from pilotsim.simulation.journeys import MAX_IN_ONE, too_many_in_one, too_many_visits_in_one

# What is counted of kept journeys: replications, clients and visits, and the room that the next
# replication needs.
DONE, CLIENTS, VISITS, CLIENTS_NEEDED, VISITS_NEEDED, COUNTS = range(6)
AHEAD = 64
# Where the journeys of a group come from that are the same as in another block.
RUN_ANEW, AS_BEFORE, AS_IN_OTHER = range(3)


class KeptJourneys(Columns):
    """The clients and visits of replications one after the other.

    Clients are numbered on from one to the next. Times are in days, as people ask for them.
    """

    counts: IntColumn = column("What is counted: `DONE`, `CLIENTS`, ...", over="counts")
    first: IntColumn = column(
        "The first client of each replication, and one past the last.", over="replications and one"
    )
    group_from: IntRows = column(
        "The first client of each group, and one past the last.",
        over="replications",
        width="groups and one",
    )
    visit_from: IntRows = column(
        "The first visit of each group, and one past the last.",
        over="replications",
        width="groups and one",
    )
    whole: Int32Rows = column(
        "Client, visit, stage, cause, next and alternative of each visit.",
        over="six",
        width="visits",
    )
    times: FloatRows = column("Joined, started and finished.", over="three", width="visits")
    group: IntColumn = column("The clients: see `state.Person`.", over="clients")
    origin: IntColumn = column("", over="clients")
    number: CodeColumn = column("", over="clients")
    key: CodeColumn = column("", over="clients")
    arrives: FloatColumn = column("", over="clients")
    offered: FloatColumn = column("", over="clients")
    traits: FloatRows = column("", over="all traits", width="clients")

    @classmethod
    def room_for(
        cls,
        sizes: Mapping[str, int],
        replications: int,
        clients: int,
        visits: int,
        within: Bytes | None = None,
    ) -> KeptJourneys:
        """Return room for some replications, with the clients and visits of them all.

        Parameters
        ----------
        sizes : mapping of str to int
            How many there are of everything else.
        replications, clients, visits : int
            How many there is room for.
        within : ndarray of uint8, optional
            Memory that nobody needs any more, which is taken where it is enough.
        """
        made = cls.room(
            {
                **sizes,
                "counts": COUNTS,
                "replications": replications,
                "replications and one": replications + 1,
                "groups and one": sizes["groups"] + 1,
                "six": 6,
                "three": 3,
                "clients": clients,
                "visits": visits,
            },
            within,
        )
        for name in ("counts", "first", "group_from", "visit_from"):
            getattr(made, name)[...] = 0
        return made

    def grown(self, sizes: Mapping[str, int], within: Bytes | None = None) -> KeptJourneys:
        """Return room for the replication that found none, and for those still to come.

        Parameters
        ----------
        sizes : mapping of str to int
            How many there are of everything that a column goes over.
        within : ndarray of uint8, optional
            Memory that nobody needs any more, which is taken where it is enough.

        Raises
        ------
        RequestError
            More clients or visits than can be numbered together.
        """
        done = self.counts[DONE]
        replications = len(self.first) - 1
        share = 1.0 if done + 1 == replications else 1.05 * replications / (done + 1)
        clients = max(len(self.group), int(share * self.counts[CLIENTS_NEEDED]))
        visits = max(len(self.whole[0]), int(share * self.counts[VISITS_NEEDED]))
        if self.counts[CLIENTS_NEEDED] > MAX_IN_ONE:
            raise RequestError(too_many_in_one(int(self.counts[CLIENTS_NEEDED])))
        if self.counts[VISITS_NEEDED] > MAX_IN_ONE:
            raise RequestError(too_many_visits_in_one(int(self.counts[VISITS_NEEDED])))
        clients, visits = min(clients, MAX_IN_ONE), min(visits, MAX_IN_ONE)
        larger = KeptJourneys.room_for(sizes, replications, clients, visits, within)
        for name in self.declared:
            own: NDArray[Any] = getattr(self, name)
            getattr(larger, name)[..., : own.shape[-1]] = own
        return larger


view_kept, pack_kept = view_of(KeptJourneys)


@compiled
def keep(
    clients: Clients,
    state: State,
    kept: KeptJourneys,
    before: KeptJourneys,
    other: KeptJourneys,
    same: IntColumn,
) -> bool:
    """Copy the clients and the visits of a run, by client and visit; tell whether there was room.

    Visits of groups that are the `same` as in the replication of this number of a block known from
    `before`, or of the `other` one, are copied from there.
    """
    if not has_room(clients, state, kept, before, other, same):
        return False
    k = kept.counts[DONE]
    at = kept.counts[CLIENTS]
    row = kept.counts[VISITS]
    client = 0
    keep_clients(clients, kept, at)
    for group in range(len(same)):
        kept.group_from[k, group] = at + client
        kept.visit_from[k, group] = row
        if same[group] == AS_BEFORE:
            row += copy_group(kept, before, k, group)
        elif same[group] == AS_IN_OTHER:
            row += copy_group(kept, other, k, group)
        while client < clients.count[0] and clients.group[client] == group:
            if not same[group]:
                state.heap[client] = row
                row += state.visit[client] + (1 if state.stage[client] >= 0 else 0)
            client += 1
    kept.group_from[k, len(same)] = at + client
    kept.visit_from[k, len(same)] = row
    keep_visits(clients, state, kept, same)
    kept.counts[DONE] = k + 1
    kept.counts[CLIENTS] = at + client
    kept.counts[VISITS] = row
    kept.first[k + 1] = at + client
    return True


@inlined
def has_room(
    clients: Clients,
    state: State,
    kept: KeptJourneys,
    before: KeptJourneys,
    other: KeptJourneys,
    same: IntColumn,
) -> bool:
    """Note how much room the clients and visits of a run need; tell whether there is as much."""
    k = kept.counts[DONE]
    many_clients = kept.counts[CLIENTS] + clients.count[0]
    many_visits = kept.counts[VISITS] + state.counts[ROWS]
    for group in range(len(same)):
        if same[group] == AS_BEFORE:
            many_visits += before.visit_from[k, group + 1] - before.visit_from[k, group]
        elif same[group] == AS_IN_OTHER:
            many_visits += other.visit_from[k, group + 1] - other.visit_from[k, group]
    kept.counts[CLIENTS_NEEDED] = many_clients
    kept.counts[VISITS_NEEDED] = many_visits
    return many_clients <= len(kept.group) and many_visits <= len(kept.whole[0])


@compiled
def copy_group(kept: KeptJourneys, known: KeptJourneys, k: int, group: int) -> int:
    """Copy the traits and visits of a group's clients from a block; return how many visits."""
    copy_traits(kept, known, k, group)
    return copy_visits(kept, known, k, group)


@compiled
def copy_traits(kept: KeptJourneys, before: KeptJourneys, k: int, group: int) -> None:
    """Copy the traits of a group's clients from before."""
    first = before.group_from[k, group]
    last = before.group_from[k, group + 1]
    to = kept.group_from[k, group]
    for trait in range(len(kept.traits)):
        for client in range(last - first):
            kept.traits[trait, to + client] = before.traits[trait, first + client]


@compiled
def copy_visits(kept: KeptJourneys, before: KeptJourneys, k: int, group: int) -> int:
    """Copy a group's visits from before; return how many."""
    first = before.visit_from[k, group]
    last = before.visit_from[k, group + 1]
    to = kept.visit_from[k, group]
    shift = kept.group_from[k, group] - before.group_from[k, group]
    for visit in range(last - first):
        kept.whole[0, to + visit] = before.whole[0, first + visit] + shift
    for which in range(1, 6):
        for visit in range(last - first):
            kept.whole[which, to + visit] = before.whole[which, first + visit]
    for which in range(3):
        for visit in range(last - first):
            kept.times[which, to + visit] = before.times[which, first + visit]
    return last - first


@compiled
def keep_visits(clients: Clients, state: State, kept: KeptJourneys, same: IntColumn) -> None:
    """Copy the visits of the groups that were run, in the order of clients and visits."""
    place = state.heap
    rows = state.counts[ROWS]
    k = kept.counts[DONE]
    at = kept.counts[CLIENTS]
    for row in range(rows):
        if row + AHEAD < rows:
            fetch(kept.whole, 0, 4 * place[state.row_client[row + AHEAD]])
        client = state.row_client[row]
        kept.whole[0, place[client]] = row
        place[client] += 1
    for group in range(len(same)):
        last = kept.visit_from[k, group] if same[group] else kept.visit_from[k, group + 1]
        before = NOWHERE
        number = 0
        finished = 0.0
        for visit in range(kept.visit_from[k, group], last):
            if visit + AHEAD < last:
                fetch(state.row_client, kept.whole[0, visit + AHEAD], 0)
            row = kept.whole[0, visit]
            client = state.row_client[row]
            stage = state.row_stage[row]
            if client == before:
                number += 1
                kept.whole[4, visit - 1] = stage
            else:
                number = 0
                finished = clients.arrives[client] / TICKS_PER_DAY
            before = client
            kept.whole[0, visit] = at + client
            kept.whole[1, visit] = number
            kept.whole[2, visit] = stage
            kept.whole[3, visit] = state.row_cause[row]
            kept.whole[4, visit] = NOWHERE
            kept.whole[5, visit] = state.row_alternative[row]
            kept.times[0, visit] = finished
            kept.times[1, visit] = state.row_started[row] / TICKS_PER_DAY
            finished = state.row_finished[row] / TICKS_PER_DAY
            kept.times[2, visit] = finished


@compiled
def keep_clients(clients: Clients, kept: KeptJourneys, at: int) -> None:
    """Copy the clients of a run behind those of the runs before."""
    for client in range(clients.count[0]):
        kept.group[at + client] = clients.group[client]
        kept.origin[at + client] = clients.origin[client]
        kept.number[at + client] = clients.number[client]
        kept.key[at + client] = clients.key[client]
        kept.arrives[at + client] = clients.arrives[client] / TICKS_PER_DAY
        kept.offered[at + client] = clients.offered[client] / TICKS_PER_DAY
        for trait in range(len(kept.traits)):
            kept.traits[trait, at + client] = clients.traits[client, trait]
