"""The compiled engine as Python calls it: a plan in, journeys out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import RequestError, SimulationError
from pilotsim.model.clients import GROUP, PAST
from pilotsim.model.distributions import FAMILIES
from pilotsim.model.flow import Flow
from pilotsim.model.queue_disciplines import QUEUE_DISCIPLINES
from pilotsim.simulation.engines.compiled import kernel, visits
from pilotsim.simulation.engines.compiled.jit import address_of
from pilotsim.simulation.engines.compiled.results import DONE, VISITS, Kept, pack_kept
from pilotsim.simulation.engines.compiled.state import (
    CULPRIT,
    Clients,
    World,
    pack_clients,
    pack_world,
)
from pilotsim.simulation.engines.compiled.tables import Numbers, Tables, pack_numbers, pack_tables
from pilotsim.simulation.engines.compiled.tabulate import make_tables
from pilotsim.simulation.engines.compiled.unaffected import find_apart
from pilotsim.simulation.journeys import MAX_VISITS, Journeys, Runs, too_many_visits
from pilotsim.simulation.population import MAX_CLIENTS, Cohort, Offers, no_draws, offer_times
from pilotsim.simulation.resolved import ResolvedFlow, make_plan

MAX_ENGINES = 8
MAX_REMEMBERED = 1_000_000  # visits
# What there is to run when all that matters is that the engine runs.
SMALLEST_FLOW = {
    "flow": "warm",
    "title": "warm",
    "starts": "2015-01-01",
    "lasts": "1 month",
    "groups": {"g": {"starts_in": "s"}},
    "stages": {"s": {}},
}
_engines: dict[int, CompiledEngine] = {}


@dataclass
class Room:
    """Arrays for a run, and their rows of addresses; made anew where they turn out too small."""

    clients: Any
    world: Any
    client_row: Ints
    world_row: Ints

    @classmethod
    def for_so_many(cls, tables: Tables, clients: int, rows: int) -> Room:
        """Return room for so many clients and rows."""
        there, world = Clients(tables, clients), World(tables, clients, rows)
        return cls(there, world, pack_clients(there), pack_world(world))


@dataclass(frozen=True)
class Before:
    """A block that was run: what of it is the same in the next one with the same chance need not be run again."""

    seed: int
    replications: tuple[int, ...]
    numbers: Floats
    kept: Kept


class CompiledEngine:
    """A flow as tables, with room to run it in. Not to be shared between threads.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow, self.tables = flow, make_tables(flow)
        self._row, self._apart = pack_tables(self.tables), find_apart(flow, self.tables)
        self._before: Before | None = None
        self._room = Room.for_so_many(self.tables, 1024, 4096)

    def run(
        self,
        numbers: Floats,
        seed: int,
        replication: int,
        *,
        offered: bool | Offers = True,
    ) -> Room:
        """Run one replication; its clients and rows stand in the room until the next run.

        Raises
        ------
        RequestError
            More clients than fit.
        SimulationError
            A client goes round without time passing, or finds no way on.
        """
        own = self._numbers(np.array(numbers, np.float64, ndmin=2), [replication])
        row, key = pack_numbers(own), np.uint64(seed)
        while True:
            room = self._room
            status = kernel.enter(self._row, row, room.client_row, key, offered is not False)
            if status == visits.FINE and not isinstance(offered, bool):
                self._offer(room, seed, replication, offered)
            if status == visits.FINE:
                status = kernel.simulate(self._row, row, room.client_row, room.world_row, key)
            if status == visits.FINE:
                return room
            self._make_room(status)

    def _offer(self, room: Room, seed: int, replication: int, offers: Offers) -> None:
        """Let a design say from when each client may be offered the programme."""
        only_clients = Kept(self.tables, 1, int(room.clients.count[0]), 0)
        kernel.keep_who_came(room.client_row, pack_kept(only_clients))
        cohort = self._cohort(only_clients, seed, [replication])
        room.clients.offered[: len(cohort)] = offer_times(cohort, offers)

    def _make_room(self, status: int) -> None:
        """Make more room after a run that found too little; raise where more would not help."""
        clients, rows = len(self._room.clients.group), len(self._room.world.row_client)
        if status == visits.TOO_MANY_ROWS and rows >= MAX_VISITS:
            raise SimulationError(too_many_visits(self.flow.flow))
        if status == visits.TOO_MANY_CLIENTS and clients >= MAX_CLIENTS:
            raise RequestError(
                f"the flow brings more than {MAX_CLIENTS:,} clients; no more can be simulated at once"
            )
        if status not in (visits.TOO_MANY_CLIENTS, visits.TOO_MANY_ROWS):
            raise SimulationError(self._why(status, int(self._room.world.counts[CULPRIT])))
        more = 2 if status == visits.TOO_MANY_CLIENTS else 1
        self._room = Room.for_so_many(
            self.tables, min(MAX_CLIENTS, more * clients), min(MAX_VISITS, 2 * rows)
        )

    def _why(self, status: int, stage: int) -> str:
        name = list(self.flow.stages)[stage]
        if status == visits.ROUND_AND_ROUND:
            return (
                f"a client went through {visits.MAX_STAGES_AT_ONCE} stages without time passing, '{name}' among them; "
                "let one of the stages of that circle last"
            )
        return f"a client finished '{name}' and no way on was open to it; its odds are all 0"

    def journeys(
        self, plan: ResolvedFlow, seed: int, replication: int, *, offered: bool | Offers = True
    ) -> Journeys:
        """Return the journeys of one replication of a plan of this flow."""
        if isinstance(offered, bool):
            return self.block([plan], seed, [replication], offered=offered)
        room = self.run(plan.numbers, seed, replication, offered=offered)
        kept, nobody = Kept(self.tables, 1, 0, 0), self._numbers(np.zeros((1, 0)), [replication])
        while not kernel.keep_run(
            pack_numbers(nobody), room.client_row, room.world_row, pack_kept(kept)
        ):
            kept = kept.grown(self.tables)
        return self._journeys([plan], kept, seed, [replication])

    def block(
        self,
        plans: Sequence[ResolvedFlow],
        seed: int,
        replications: Sequence[int],
        *,
        offered: bool = True,
    ) -> Journeys:
        """Return the journeys of several replications in one, run in one call without the interpreter's lock.

        What stood apart in the block before, and looks at the same numbers now, is copied from
        there (`apart`).

        Raises
        ------
        RequestError
            More clients than fit.
        SimulationError
            A client goes round without time passing, or finds no way on.
        """
        own = self._numbers(np.array([plan.numbers for plan in plans], np.float64), replications)
        before = self._before_this(own, seed, replications)
        kept, is_run = Kept(self.tables, len(plans), 0, 0), False
        own_row, before_row = pack_numbers(own), pack_kept(before.kept if before else kept)
        while True:
            room, kept_row = self._room, pack_kept(kept)
            rows = self._row, own_row, room.client_row, room.world_row, kept_row, before_row
            status = kernel.simulate_block(*rows, np.uint64(seed), offered, is_run)
            is_run = status == visits.NO_ROOM_TO_KEEP
            if status == visits.FINE:
                self._remember(own, seed, replications, kept)
                return self._journeys(plans, kept, seed, replications)
            if is_run:
                kept = kept.grown(self.tables)
            else:
                self._make_room(status)

    def _numbers(self, numbers: Floats, replications: Sequence[int]) -> Numbers:
        same = np.zeros((len(replications), len(self.tables.group_home)), np.int64)
        return Numbers(numbers, np.array(replications, np.uint64), same)

    def _before_this(self, own: Numbers, seed: int, replications: Sequence[int]) -> Before | None:
        """Note which groups are the same as in the last block.

        Return that block if it has the same chance.
        """
        before = self._before
        if before is None or (before.seed, before.replications) != (seed, tuple(replications)):
            return None
        own.same[:] = self._apart.is_same(own.x, before.numbers)
        return before

    def _remember(self, own: Numbers, seed: int, replications: Sequence[int], kept: Kept) -> None:
        """Remember a block for the next one, unless it is a single replication or so large that it had better be let go."""
        worth = (
            len(replications) > 1
            and kept.counts[VISITS] <= MAX_REMEMBERED
            and bool(self._apart.stands.any())
        )
        self._before = Before(seed, tuple(replications), own.x, kept) if worth else None

    def _journeys(
        self, plans: Sequence[ResolvedFlow], kept: Kept, seed: int, replications: Sequence[int]
    ) -> Journeys:
        many = int(kept.counts[VISITS])
        client, visit, stage, cause, to, took = (column[:many] for column in kept.whole)
        joined, started, finished = (column[:many] for column in kept.times)
        runs = Runs(tuple(plans), kept.first) if len(plans) > 1 else None
        cohort = self._cohort(kept, seed, replications)
        return Journeys(
            plans[0], cohort, client, visit, stage, joined, started, finished, cause, to, took, runs
        )

    def _cohort(self, kept: Kept, seed: int, replications: Sequence[int]) -> Cohort:
        n = int(kept.first[-1]) if kept.counts[DONE] else len(kept.group)
        key, number, columns = kept.key[:n], kept.number[:n], [column[:n] for column in kept.traits]
        draws = (
            randomness.Draws(seed, replications[0], key, number)
            if len(replications) == 1
            else no_draws(seed)
        )
        return Cohort(
            seed,
            replications[0],
            kept.group[:n],
            kept.origin[:n],
            number,
            key,
            kept.arrives[:n],
            columns[-1],
            kept.offered[:n],
            dict(zip((*self.flow.traits, GROUP, PAST), columns, strict=True)),
            draws,
        )


def engine_of(flow: Flow) -> CompiledEngine:
    """Return the compiled engine of a flow, made once for each flow in use."""
    found = _engines.get(id(flow))
    if found is None or found.flow is not flow:
        if len(_engines) >= MAX_ENGINES:
            _engines.clear()
        found = _engines[id(flow)] = CompiledEngine(flow)
    return found


def run_cohort(
    plan: ResolvedFlow, seed: int, replication: int, *, offered: bool | Offers = True
) -> Journeys:
    """Return the journeys of one replication of a plan."""
    return engine_of(plan.flow).journeys(plan, seed, replication, offered=offered)


def run_cohorts(
    plans: Sequence[ResolvedFlow], seed: int, replications: Sequence[int], *, offered: bool = True
) -> Journeys:
    """Return the journeys of several replications of one flow in one."""
    return engine_of(plans[0].flow).block(plans, seed, replications, offered=offered)


def is_compiled() -> bool:
    """Tell whether an earlier run left the compiled code of this version on the disk."""
    cache = kernel.keep_run._cache  # what `warm_up` compiles last
    return Path(cache._cache_file._index_path).is_file() if hasattr(cache, "_cache_file") else False


def warm_up() -> None:
    """Compile the engine, or load what was compiled before, so that other processes find it."""
    for family in FAMILIES.values():
        address_of(family.quantile)
        address_of(family.length_biased_quantile)
    for discipline in QUEUE_DISCIPLINES.values():
        address_of(discipline.key)
    flow = Flow.model_validate(SMALLEST_FLOW)
    engine_of(flow).journeys(make_plan(flow), 1, 0)
    engine_of(flow).journeys(make_plan(flow), 1, 0, offered=lambda cohort: np.zeros(len(cohort)))
