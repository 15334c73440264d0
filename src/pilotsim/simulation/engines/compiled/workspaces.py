"""Where runs take place: the columns they write to, each lent to one run at a time.

Compiled code writes to addresses, without the interpreter's lock. So no two calls may have the same
columns, and whoever has them makes them larger for itself alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from weakref import ref

import numpy as np

from pilotsim.simulation.columns import Bytes
from pilotsim.simulation.engines.compiled.state import (
    Clients,
    RiskClocks,
    State,
    pack_clients,
    pack_state,
)
from pilotsim.simulation.engines.compiled.tables import Tables

# So many bytes and more come from the operating system each time, which clears them.
ALWAYS_NEW = 2**25


class Workspace:
    """Columns for a run, and their rows of addresses.

    Parameters
    ----------
    tables : Tables
        The flow as columns.
    sizes : mapping of str to int
        How many there are of everything that a column goes over.
    most_clients, most_rows : int
        The room there is.
    """

    def __init__(
        self, tables: Tables, sizes: Mapping[str, int], most_clients: int, most_rows: int
    ) -> None:
        self._tables = tables
        self._sizes = sizes
        self._given_away: ref[Bytes] | None = None
        self.make_room(most_clients, most_rows)

    @property
    def most_clients(self) -> int:
        """For how many clients there is room."""
        return len(self.clients.group)

    @property
    def most_rows(self) -> int:
        """For how many visits there is room."""
        return len(self.state.row_client)

    def make_room(self, most_clients: int, most_rows: int) -> None:
        """Take other columns, of these sizes; what the old ones hold is lost."""
        clients = Clients.room_for(self._sizes, most_clients)
        state = State.room_for(self._tables, self._sizes, most_clients, most_rows)
        self.clients = clients
        self.state = state
        self.client_row = pack_clients(clients)
        self.state_row = pack_state(state)
        self._given_away = None

    def give_away(self) -> Bytes | None:
        """Return the memory of the clocks, which nobody needs any more once a run is over.

        None where new memory costs nothing. The clocks have it again in the next run if nobody else
        has it any more by then; else they get other memory.
        """
        clocks = np.asarray(self.state.running_since).base
        if clocks is None or clocks.nbytes < ALWAYS_NEW:
            return None
        found: Bytes = np.frombuffer(clocks.view(np.uint8).data, np.uint8)
        self._given_away = ref(found)
        return found

    def get_ready(self) -> None:
        """See to it that nobody else has the memory of the clocks."""
        if self._given_away is None:
            return
        if self._given_away() is not None:
            other = RiskClocks.room({"client risks": len(self.state.running_since)})
            for name in RiskClocks.declared:
                setattr(self.state, name, getattr(other, name))
            self.state_row = pack_state(self.state)
        self._given_away = None


class Workspaces:
    """The workspaces of a flow: as many as there have been runs at the same time.

    Parameters
    ----------
    tables : Tables
        The flow as columns.
    sizes : mapping of str to int
        How many there are of everything that a column goes over.
    """

    def __init__(self, tables: Tables, sizes: Mapping[str, int]) -> None:
        self._tables = tables
        self._sizes = sizes
        # A deque takes and gives one at a time, whatever threads ask it.
        self._idle: deque[Workspace] = deque()
        self._largest = 1024, 4096

    @contextmanager
    def lend(self) -> Iterator[Workspace]:
        """Lend a workspace to one run, until it is done with it.

        That of a run that is broken off is given up: where an interrupt fell into `make_room`, its
        rows tell of columns that are gone, and after too many clients it is larger than any run
        needs.
        """
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(self._tables, self._sizes, *self._largest)
        workspace.get_ready()
        yield workspace
        # Where the next one begins; of two threads at once, either may be right.
        clients, rows = self._largest
        self._largest = max(clients, workspace.most_clients), max(rows, workspace.most_rows)
        self._idle.append(workspace)
