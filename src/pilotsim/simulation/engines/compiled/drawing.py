"""The numbers of a flow as Python asks compiled code for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines.compiled.numbers import (
    RunNumbers,
    draw_numbers,
    pack_number_columns,
    pack_run_numbers,
    settle_numbers,
)
from pilotsim.simulation.engines.compiled.random_numbers import word
from pilotsim.simulation.number_columns import can_be_compiled, compile_numbers


class CompiledNumbers:
    """Draws and works out the numbers of a flow.

    Parameters
    ----------
    flow : Flow
        What the file says.

    Raises
    ------
    TypeError
        A value follows by more than a sum.
    """

    def __init__(self, flow: Flow) -> None:
        self.columns = compile_numbers(flow)
        self._row = pack_number_columns(self.columns.columns)

    def draw(self, seed: int, replications: Sequence[int]) -> Floats:
        """Return `parameters.draw_rows_of_numbers`, shape (replications, values).

        Parameters
        ----------
        seed : int
            The seed of the run.
        replications : sequence of int
            The replications, one for each row.
        """
        own = self._room(len(replications))
        np.asarray(own.replication)[:] = replications
        draw_numbers(self._row, pack_run_numbers(own), word(seed))
        return np.asarray(own.drawn)

    def settle(self, numbers: Floats) -> tuple[Floats, Ints]:
        """Return `parameters.settle` of numbers, and which follower of each row is at fault.

        Parameters
        ----------
        numbers : ndarray, shape (replications, values)
            By slot, in base units: drawn, or set. NaN for what is to be worked out.

        Returns
        -------
        settled : ndarray, shape (replications, values)
            What runs go by.
        faulty : ndarray of int, shape (replications,)
            The place, among the followers, of one whose sum comes to no number that it may be; -1
            for a row without.
        """
        own = self._room(len(numbers))
        np.asarray(own.drawn)[:] = numbers
        settle_numbers(self._row, pack_run_numbers(own))
        return np.asarray(own.settled), np.asarray(own.faulty)

    def _room(self, replications: int) -> RunNumbers:
        sizes = {
            "replications": replications,
            "values": self.columns.sizes["values"],
            "joints": self.columns.sizes["joints"],
            "depth": self.columns.depth,
        }
        return RunNumbers.room(sizes)


def compiled_numbers_of(flow: Flow) -> CompiledNumbers | None:
    """Return what draws the numbers of a flow, made once; None where only `parameters` can."""
    if compiled_numbers_of not in flow.memory:
        can = can_be_compiled(flow)
        flow.memory[compiled_numbers_of] = CompiledNumbers(flow) if can else None
    found: CompiledNumbers | None = flow.memory[compiled_numbers_of]
    return found
