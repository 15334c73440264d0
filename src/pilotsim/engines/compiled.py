"""The compiled engine as Python calls it: a plan in, journeys out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim import chance
from pilotsim.clients import GROUP, PAST
from pilotsim.cohort import MOST_CLIENTS, Cohort, Offers, offer_times
from pilotsim.engines import kernel, visits
from pilotsim.engines.state import CULPRIT, ROWS, Clients, World, pack_clients, pack_world
from pilotsim.engines.tables import Numbers, Tables, pack_numbers, pack_tables
from pilotsim.engines.tabulate import make_tables
from pilotsim.errors import RequestError, SimulationError
from pilotsim.flow import Flow
from pilotsim.journeys import MOST_VISITS, Journeys, too_many_visits
from pilotsim.plan import Plan, make_plan

MOST_ENGINES = 8
_engines: dict[int, CompiledEngine] = {}


@dataclass
class Room:
    """Arrays for a run, and their rows of addresses; made anew where they turn out too small."""

    clients: Any
    world: Any
    client_row: NDArray[np.int64]
    world_row: NDArray[np.int64]

    @classmethod
    def for_so_many(cls, tables: Tables, clients: int, rows: int) -> Room:
        """Return room for so many clients and rows."""
        there, world = Clients(tables, clients), World(tables, clients, rows)
        return cls(there, world, pack_clients(there), pack_world(world))


class CompiledEngine:
    """A flow as tables, with room to run it in. Not to be shared between threads.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow, self.tables = flow, make_tables(flow)
        self._row = pack_tables(self.tables)
        self._room = Room.for_so_many(self.tables, 1024, 4096)

    def run(self, numbers: NDArray[np.float64], seed: int, replication: int, *, offered: bool | Offers = True) -> Room:
        """Run one replication; its clients and rows stand in the room until the next run.

        Raises
        ------
        RequestError
            More clients than fit.
        SimulationError
            A client goes round without time passing, or finds no way on.
        """
        key = np.uint64(seed), np.uint64(replication)
        own = Numbers(np.ascontiguousarray(numbers, np.float64))
        row = pack_numbers(own)
        while True:
            room = self._room
            status = kernel.enter(self._row, row, room.client_row, *key, offered is not False)
            if status == visits.FINE and not isinstance(offered, bool):
                cohort = self._cohort(room, seed, replication)
                room.clients.offered[: len(cohort)] = offer_times(cohort, offered)
            if status == visits.FINE:
                status = kernel.simulate(self._row, row, room.client_row, room.world_row, *key)
            if status == visits.FINE:
                return room
            clients, rows = len(room.clients.group), len(room.world.whole)
            if status == visits.TOO_MANY_ROWS and rows >= MOST_VISITS:
                raise SimulationError(too_many_visits(self.flow.flow))
            if status == visits.TOO_MANY_CLIENTS and clients >= MOST_CLIENTS:
                raise RequestError(f"the flow brings more than {MOST_CLIENTS:,} clients; no more can be simulated at once")
            if status not in (visits.TOO_MANY_CLIENTS, visits.TOO_MANY_ROWS):
                raise SimulationError(self._why(status, int(room.world.counts[CULPRIT])))
            more = 2 if status == visits.TOO_MANY_CLIENTS else 1
            self._room = Room.for_so_many(self.tables, min(MOST_CLIENTS, more * clients), min(MOST_VISITS, 2 * rows))

    def _why(self, status: int, stage: int) -> str:
        name = list(self.flow.stages)[stage]
        if status == visits.ROUND_AND_ROUND:
            return (
                f"a client went through {visits.MOST_STAGES_AT_ONCE} stages without time passing, '{name}' among them; "
                "let one of the stages of that circle last"
            )
        return f"a client finished '{name}' and no way on was open to it; its odds are all 0"

    def journeys(self, plan: Plan, seed: int, replication: int, *, offered: bool | Offers = True) -> Journeys:
        """Return the journeys of one replication of a plan of this flow."""
        room = self.run(plan.numbers, seed, replication, offered=offered)
        rows = int(room.world.counts[ROWS])
        whole, times = np.empty((rows, 6), np.int32), np.empty((rows, 3))
        kernel.sort_rows(room.client_row, room.world_row, whole, times)
        client, visit, stage, cause, to, took = whole.T.astype(np.int64)
        joined, started, finished = np.ascontiguousarray(times.T)
        cohort = self._cohort(room, seed, replication)
        return Journeys(plan, cohort, client, visit, stage, joined, started, finished, cause, to, took)

    def _cohort(self, room: Room, seed: int, replication: int) -> Cohort:
        c = room.clients
        n = int(c.count[0])
        key, number = c.key[:n].copy(), c.number[:n].copy()
        columns = np.ascontiguousarray(c.traits[:n].T)
        traits = dict(zip((*self.flow.traits, GROUP, PAST), columns, strict=True))
        return Cohort(
            seed, replication, c.group[:n].astype(np.int64), c.origin[:n].astype(np.int64), number, key, c.arrives[:n].copy(),
            columns[-1], c.offered[:n].copy(), traits, chance.Draws(seed, replication, key, number),
        )  # fmt: skip


def engine_of(flow: Flow) -> CompiledEngine:
    """Return the compiled engine of a flow, made once for each flow in use."""
    found = _engines.get(id(flow))
    if found is None or found.flow is not flow:
        if len(_engines) >= MOST_ENGINES:
            _engines.clear()
        found = _engines[id(flow)] = CompiledEngine(flow)
    return found


def run_cohort(plan: Plan, seed: int, replication: int, *, offered: bool | Offers = True) -> Journeys:
    """Return the journeys of one replication of a plan."""
    return engine_of(plan.flow).journeys(plan, seed, replication, offered=offered)


def is_compiled() -> bool:
    """Tell whether an earlier run left the compiled code of this version on the disk."""
    cache = kernel.simulate._cache
    return Path(cache._cache_file._index_path).is_file() if hasattr(cache, "_cache_file") else False


def warm_up() -> None:
    """Compile the engine, or load what was compiled before, so that other processes find it."""
    from pilotsim.read import read_text

    text = "{flow: warm, title: warm, starts: 2015-01-01, lasts: 1 month, groups: {g: {starts_in: s}}, stages: {s: {}}}"
    flow = read_text(text)
    engine_of(flow).journeys(make_plan(flow), 1, 0)
