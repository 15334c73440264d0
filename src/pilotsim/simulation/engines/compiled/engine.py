"""The compiled engine as Python calls it: a plan in, journeys out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import RequestError, SimulationError
from pilotsim.base.messages import Message
from pilotsim.base.ticks import all_to_ticks, to_days
from pilotsim.model.clients import GROUP, PAST
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.model.flow import Flow
from pilotsim.model.own_code import gives_no_number
from pilotsim.simulation.compile import compile_flow
from pilotsim.simulation.engines.compiled import kernel, state
from pilotsim.simulation.engines.compiled.drawing import CompiledNumbers
from pilotsim.simulation.engines.compiled.jit import CACHE, calls_foreign_code, entries
from pilotsim.simulation.engines.compiled.kept_code import is_kept, is_writable
from pilotsim.simulation.engines.compiled.random_numbers import word
from pilotsim.simulation.engines.compiled.results import (
    DONE,
    RUN_ANEW,
    VISITS,
    KeptJourneys,
    pack_kept,
)
from pilotsim.simulation.engines.compiled.tables import (
    Values,
    make_tables,
    number_all,
    pack_tables,
    pack_values,
    pack_values_to_prepare,
)
from pilotsim.simulation.engines.compiled.unaffected import find_unaffected
from pilotsim.simulation.engines.compiled.workspaces import Workspace, Workspaces
from pilotsim.simulation.journeys import (
    MAX_VISITS,
    Journeys,
    Runs,
    no_way_on,
    round_and_round,
    too_many_visits,
)
from pilotsim.simulation.population import MAX_CLIENTS, Cohort, Offers, no_draws, offer_times
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

MAX_ENGINES = 8
MAX_REMEMBERED = 1_000_000  # visits
# The flow as it is, and what changes most journeys, with the programme and without.
MAX_BLOCKS_REMEMBERED = 3
# From so many of them one block is copied: `AS_BEFORE` and `AS_IN_OTHER`.
BLOCKS_USED = 2
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
_engines_lock = Lock()


@dataclass(frozen=True)
class PreviousBlock:
    """A block that was run: what is the same in the next one need not be run again."""

    seed: int
    replications: tuple[int, ...]
    offered: bool
    numbers: Floats
    kept: KeptJourneys

    def has_clients_of(self, seed: int, replications: Sequence[int]) -> bool:
        """Tell whether a block of such replications has the same clients."""
        return self.seed == seed and self.replications == tuple(replications)


class CompiledEngine:
    """A flow as tables, with workspaces to run it in; several threads may run it at once.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """

    def __init__(self, flow: Flow) -> None:
        compiled = compile_flow(flow)
        self.flow = flow
        self.tables = make_tables(compiled)
        self._functions = compiled.functions
        # How many there are of everything that a column goes over.
        self.sizes = {**compiled.sizes, "all traits": len(compiled.traits)}
        self._row = pack_tables(self.tables)
        self._unaffected = find_unaffected(flow, self.tables)
        self.workspaces = Workspaces(self.tables, self.sizes)
        # Of one thread or another: a block is never written to once it is remembered.
        self._before: tuple[PreviousBlock, ...] = ()

    def forget(self) -> None:
        """Let go of the blocks that were run, which nothing is copied from any more."""
        self._before = ()

    def run(
        self,
        room: Workspace,
        numbers: Floats,
        seed: int,
        replication: int,
        *,
        offered: bool | Offers = True,
    ) -> None:
        """Run one replication, whose clients and rows stay in its workspace.

        Parameters
        ----------
        room : Workspace
            Lent to this run by `workspaces`.
        numbers : ndarray, shape (values,)
            The number of each value of the flow, in base units.
        seed, replication : int
            The key of the random numbers.
        offered : bool or Offers
            Whether anyone may be offered the programme, or who from when.

        Raises
        ------
        RequestError
            More clients than fit.
        SimulationError
            A client goes round without time passing, or finds no way on.
        """
        own = self._prepared(np.array(numbers, np.float64, ndmin=2), [replication])
        row = pack_values(own)
        key = word(seed)
        status = -1
        while status != state.FINE:
            status = kernel.enter(self._row, row, room.client_row, key, offered is not False)
            if status == state.FINE and not isinstance(offered, bool):
                self._offer(room, seed, replication, offered)
            if status == state.FINE:
                status = kernel.simulate(self._row, row, room.client_row, room.state_row, key)
            if status != state.FINE:
                self._make_room(room, status)

    def _offer(self, room: Workspace, seed: int, replication: int, offers: Offers) -> None:
        """Let a design say from when each client may be offered the programme."""
        only_clients = KeptJourneys.room_for(self.sizes, 1, room.clients.count[0], 0)
        kernel.keep_who_came(room.client_row, pack_kept(only_clients))
        cohort = self._cohort(only_clients, seed, [replication])
        room.clients.offered[: len(cohort)] = all_to_ticks(offer_times(cohort, offers))

    def _make_room(self, room: Workspace, status: int) -> None:
        """Make more room after a run that found too little; raise where more would not help."""
        if status == state.TOO_MANY_ROWS and room.most_rows >= MAX_VISITS:
            raise SimulationError(too_many_visits(self.flow.flow))
        if status == state.TOO_MANY_CLIENTS and room.most_clients >= MAX_CLIENTS:
            raise RequestError(
                Message(
                    "the flow brings more than {most:,} clients; no more can be simulated at once",
                    most=MAX_CLIENTS,
                )
            )
        if status not in (state.TOO_MANY_CLIENTS, state.TOO_MANY_ROWS):
            raise SimulationError(self._why(room, status))
        more = 2 if status == state.TOO_MANY_CLIENTS else 1
        room.make_room(
            min(MAX_CLIENTS, more * room.most_clients), min(MAX_VISITS, 2 * room.most_rows)
        )

    def _why(self, room: Workspace, status: int) -> str:
        """Return why a run stopped at a client, or at a function."""
        culprit = int(room.state.counts[state.CULPRIT])
        if status == state.NO_NUMBER:
            function = self._functions[culprit]
            return gives_no_number(function.name, room.state.asked[: function.takes])
        name = list(self.flow.stages)[room.state.stage[culprit]]
        if status == state.ROUND_AND_ROUND:
            return round_and_round(to_days(room.state.joined[culprit]), name)
        return no_way_on(name)

    def journeys(
        self, plan: ResolvedFlow, seed: int, replication: int, *, offered: bool | Offers = True
    ) -> Journeys:
        """Return the journeys of one replication of a plan of this flow.

        Parameters
        ----------
        plan : ResolvedFlow
            The flow with its numbers.
        seed, replication : int
            The key of the random numbers.
        offered : bool or Offers
            Whether anyone may be offered the programme, or who from when.
        """
        if isinstance(offered, bool):
            return self.block([plan], seed, [replication], offered=offered)
        kept = KeptJourneys.room_for(self.sizes, 1, 0, 0)
        nobody = self._numbers(np.zeros((1, 0)), [replication])
        with self.workspaces.lend() as room:
            self.run(room, plan.numbers, seed, replication, offered=offered)
            while not kernel.keep_run(
                pack_values(nobody), room.client_row, room.state_row, pack_kept(kept)
            ):
                kept = kept.grown(self.sizes, room.give_away())
        return self._journeys([plan], kept, seed, [replication])

    def block(
        self,
        plans: Sequence[ResolvedFlow],
        seed: int,
        replications: Sequence[int],
        *,
        offered: bool = True,
    ) -> Journeys:
        """Return the journeys of several replications as one record, run in one call.

        What a change since one of the previous blocks leaves unaffected is copied from there; see
        `unaffected`.

        Parameters
        ----------
        plans : sequence of ResolvedFlow
            The flow with the numbers of each replication.
        seed : int
            The seed of the run.
        replications : sequence of int
            The replications, one for each plan.
        offered : bool
            Whether anyone may be offered the programme; False is the world without it.

        Raises
        ------
        RequestError
            More clients than fit.
        SimulationError
            A client goes round without time passing, or finds no way on.
        """
        own = self._prepared(np.array([plan.numbers for plan in plans], np.float64), replications)
        used = self._known_blocks(own, seed, replications, offered=offered)
        kept = KeptJourneys.room_for(self.sizes, len(plans), 0, 0)
        # Where fewer serve, nothing is copied from the room that stands in.
        known = [pack_kept(block.kept) for block in used]
        kept_row = pack_kept(kept)
        known += [kept_row] * (BLOCKS_USED - len(known))
        before, other = known
        own_row = pack_values(own)
        is_run = False
        status = -1
        with self.workspaces.lend() as room:
            while status != state.FINE:
                rows = self._row, own_row, room.client_row, room.state_row, kept_row, before, other
                status = kernel.simulate_block(*rows, word(seed), offered, is_run)
                is_run = status == state.NO_ROOM_TO_KEEP
                if is_run:
                    # Others that are still to come need their clocks.
                    spare = room.give_away() if len(plans) == 1 else None
                    kept = kept.grown(self.sizes, spare)
                    kept_row = pack_kept(kept)
                elif status != state.FINE:
                    self._make_room(room, status)
        self._remember(
            PreviousBlock(seed, tuple(replications), offered, self._values_of(own), kept),
            np.asarray(own.same),
            used,
        )
        return self._journeys(plans, kept, seed, replications)

    def _prepared(self, numbers: Floats, replications: Sequence[int]) -> Values:
        """Return the numbers of replications, with what lengths need of them behind."""
        room = np.zeros((len(numbers), MAX_PARAMETERS * self.sizes["lengths"]))
        own = self._numbers(np.hstack([numbers, room]), replications)
        kernel.prepare_values(self._row, pack_values_to_prepare(own))
        return own

    def _numbers(self, numbers: Floats, replications: Sequence[int]) -> Values:
        shape = (len(replications), self.sizes["groups"])
        columns = {
            "numbers": numbers,
            "replication": replications,
            "same": np.zeros(shape, np.int64),
        }
        sizes = {**self.sizes, "replications": len(replications), "values": numbers.shape[1]}
        return Values(columns, sizes)

    def _values_of(self, own: Values) -> Floats:
        """Return the numbers of the flow's values, shape (replications, values)."""
        return np.asarray(own.numbers)[:, : len(self.flow.values)]

    def _known_blocks(
        self, own: Values, seed: int, replications: Sequence[int], *, offered: bool
    ) -> list[PreviousBlock]:
        """Note which groups are the same as in one of the previous blocks, and in which.

        Return the blocks that serve: the one with most of them, and the one with most of the rest.
        """
        numbers = self._values_of(own)
        # Another thread may remember others meanwhile.
        remembered = self._before
        alike = {
            k: self._unaffected.is_same(
                numbers, block.numbers, same_offers=block.offered == offered
            )
            for k, block in enumerate(remembered)
            if block.has_clients_of(seed, replications)
        }
        same = np.zeros(np.asarray(own.same).shape, np.int64)
        used: list[PreviousBlock] = []
        while alike and len(used) < BLOCKS_USED:
            best = max(alike, key=lambda k: np.count_nonzero(alike[k] & (same == RUN_ANEW)))
            found = alike.pop(best) & (same == RUN_ANEW)
            if not found.any():
                break
            used.append(remembered[best])
            same[found] = len(used)
        np.copyto(np.asarray(own.same), same)
        return used

    def _remember(self, block: PreviousBlock, same: Ints, used: Sequence[PreviousBlock]) -> None:
        """Remember a block for the next ones, in place of the one that was of no use for longest.

        Not one that is single or had better be let go, nor one that has nothing new: all that could
        be copied was copied from the blocks `used`.
        """
        others = [
            one
            for one in self._before
            if one.has_clients_of(block.seed, block.replications)
            and not any(one is other for other in used)
        ]
        is_new = (same[:, self._unaffected.groups] == RUN_ANEW).any()
        worth = (
            len(block.replications) > 1
            and block.kept.counts[VISITS] <= MAX_REMEMBERED
            and bool(self._unaffected.groups.any())
        )
        new = [block] if worth and is_new else []
        self._before = (*used, *new, *others)[:MAX_BLOCKS_REMEMBERED]

    def _journeys(
        self,
        plans: Sequence[ResolvedFlow],
        kept: KeptJourneys,
        seed: int,
        replications: Sequence[int],
    ) -> Journeys:
        many = kept.counts[VISITS]
        client, visit, stage, cause, to, alternative = (kept.whole[k][:many] for k in range(6))
        joined, started, finished = (kept.times[k][:many] for k in range(3))
        runs = Runs(tuple(plans), kept.first[:]) if len(plans) > 1 else None
        cohort = self._cohort(kept, seed, replications)
        return Journeys(
            plans[0],
            cohort,
            client,
            visit,
            stage,
            joined,
            started,
            finished,
            cause,
            to,
            alternative,
            runs,
        )

    def _cohort(self, kept: KeptJourneys, seed: int, replications: Sequence[int]) -> Cohort:
        n = kept.first[len(kept.first) - 1] if kept.counts[DONE] else len(kept.group)
        key = kept.key[:n]
        number = kept.number[:n]
        columns = [kept.traits[k][:n] for k in range(len(kept.traits))]
        draws = no_draws(seed)
        if len(replications) == 1:
            draws = randomness.Draws(seed, replications[0], key, number)
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
    """Return the compiled engine of a flow, made once for each flow in use.

    Where it is made, flow follows upon flow, and the blocks of those before would only fill memory.
    """
    with _engines_lock:
        found = _engines.get(id(flow))
        if found is None or found.flow is not flow:
            _engines.pop(id(flow), None)
            while len(_engines) >= MAX_ENGINES:
                # The one made first: whoever has just asked for two plans still has both.
                del _engines[next(iter(_engines))]
            for one in _engines.values():
                one.forget()
            found = _engines[id(flow)] = CompiledEngine(flow)
        return found


def run_cohort(
    plan: ResolvedFlow, seed: int, replication: int, *, offered: bool | Offers = True
) -> Journeys:
    """Return the journeys of one replication of a plan.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    seed, replication : int
        The key of the random numbers.
    offered : bool or Offers
        Whether anyone may be offered the programme, or who from when.
    """
    return engine_of(plan.flow).journeys(plan, seed, replication, offered=offered)


def run_cohorts(
    plans: Sequence[ResolvedFlow], seed: int, replications: Sequence[int], *, offered: bool = True
) -> Journeys:
    """Return the journeys of several replications of one flow as one record.

    Parameters
    ----------
    plans : sequence of ResolvedFlow
        The flow with the numbers of each replication.
    seed : int
        The seed of the run.
    replications : sequence of int
        The replications, one for each plan.
    offered : bool
        Whether anyone may be offered the programme; False is the world without it.
    """
    return engine_of(plans[0].flow).block(plans, seed, replications, offered=offered)


def is_compiled() -> bool:
    """Tell whether an earlier run left the compiled code of this version on the disk.

    All of it, as far as the modules with the functions that Python calls are imported.
    """
    number_all()
    return all(is_kept(one) for one in entries())


def keeps_code() -> bool:
    """Tell whether other processes find what this one compiles."""
    number_all()
    return not calls_foreign_code() and is_writable(CACHE)


def tell_compiling() -> Message:
    """Return what is said before the engine is compiled: how long it takes, and how often."""
    if calls_foreign_code():
        return Message(
            "Compiling the fast engine; this takes half a minute, each time, since it calls a "
            "function that does not come with the program."
        )
    if not is_writable(CACHE):
        return Message(
            "Compiling the fast engine; this takes half a minute, each time, since there is no "
            "folder to keep it in. NUMBA_CACHE_DIR may name one."
        )
    return Message(
        "Compiling the fast engine; this takes half a minute, once on a machine for each version."
    )


def warm_up() -> None:
    """Compile the engine, or load what was compiled before, so that other processes find it."""
    flow = Flow.model_validate(SMALLEST_FLOW)
    numbers = CompiledNumbers(flow)
    numbers.settle(numbers.draw(1, [0]))
    engine_of(flow).journeys(resolve_flow(flow), 1, 0)
    engine_of(flow).journeys(resolve_flow(flow), 1, 0, offered=lambda cohort: np.zeros(len(cohort)))
