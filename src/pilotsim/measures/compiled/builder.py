"""Builds a program: a step that was asked for before is not taken twice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pilotsim.base.calendar import Calendar
from pilotsim.measures.compiled.program import (
    BEGINS,
    BOTH,
    BUT_NOT,
    EITHER,
    ENTRY,
    FILL,
    FIRST_JOINED,
    FIRST_MOVE,
    HELD,
    LATER,
    MONTHS,
    NUMBER,
    SPELLS,
    SURVIVAL,
    VISITS_BOTH,
    VISITS_BUT_NOT,
    VISITS_EITHER,
    VISITS_MOVED,
    VISITS_OF,
    WAITS,
    WAYS,
    MeasureProgram,
)
from pilotsim.measures.selections import counted_day
from pilotsim.model.flow import Flow
from pilotsim.simulation.compile import CompiledFlow, compile_flow
from pilotsim.simulation.resolved import need_slots

MARKS, MOMENTS, VISIT_MARKS, NUMBERS, LISTS = POOLS = (
    "mark columns",
    "moment columns",
    "visit columns",
    "numbers",
    "lists",
)
# Where a step writes; a mark of each client where nothing else is said.
WRITES = {
    **dict.fromkeys((ENTRY, BEGINS, LATER, FIRST_JOINED, FIRST_MOVE, MONTHS), MOMENTS),
    **dict.fromkeys(
        (VISITS_OF, VISITS_MOVED, VISITS_BOTH, VISITS_EITHER, VISITS_BUT_NOT), VISIT_MARKS
    ),
    **dict.fromkeys((WAITS, WAYS, SURVIVAL, SPELLS, HELD), LISTS),
}
Step = tuple[int, int, int, int, int, int, int, int, float, float]


class Builder:
    """Steps of a program of a flow, as they are asked for.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.compiled: CompiledFlow = compile_flow(flow)
        self.calendar: Calendar = self.compiled.calendar
        self.horizon = self.calendar.horizon
        self.counted_from = counted_day(flow, self.calendar)
        self.traits_asked: dict[str, int] = {}
        self._over_clients: list[Step] = []
        self._over_numbers: list[Step] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._sizes = dict.fromkeys(POOLS, 0)
        self._sets: dict[tuple[int, ...], int] = {}
        self._group_sets: dict[tuple[int, ...], int] = {}
        self._days: dict[tuple[float, ...], int] = {}
        self._spells: list[dict[str, Any]] = []
        self._scratch: int | None = None
        self._counts_working_days = False
        self.worlds = 1

    @property
    def scratch(self) -> int:
        """Marks that a step may write to for itself, and none reads after it."""
        if self._scratch is None:
            self._scratch = self.room(MARKS)
        return self._scratch

    # Steps.

    def step(
        self,
        code: int,
        *operands: int,
        world: int = 0,
        x: float = 0.0,
        y: float = 0.0,
        writes: str = "",
    ) -> int:
        """Return the column, list or number that a step writes; -1 stands for a missing operand."""
        pool = writes or WRITES.get(code, MARKS)
        key = (code, world, *operands, x.hex(), y.hex())  # NaN is not equal to itself
        found = self._known.get(key)
        if found is None:
            out = self._known[key] = found = self.room(pool)
            a, b, c, d, e = (*operands, -1, -1, -1, -1, -1)[:5]
            steps = self._over_clients if code < NUMBER else self._over_numbers
            steps.append((code, world, out, a, b, c, d, e, x, y))
            self.worlds = max(self.worlds, world + 1)
        return found

    def tally(
        self, code: int, *operands: int, world: int = 0, x: float = 0.0, y: float = 0.0
    ) -> int:
        """Return the number that a step over clients or visits counts or adds up."""
        return self.step(code, *operands, world=world, x=x, y=y, writes=NUMBERS)

    def work_out(self, code: int, *operands: int, x: float = 0.0, y: float = 0.0) -> int:
        """Return the number that a step over numbers works out."""
        return self.step(code, *operands, x=x, y=y, writes=NUMBERS)

    def number(self, x: float) -> int:
        """Return the place of a number that is known."""
        return self.work_out(NUMBER, x=x)

    def number_beside(self, code: int, *operands: float) -> int:
        """Return the place of a number that a step writes beside its own."""
        key = ("beside", code, *operands)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.room(NUMBERS)
        return found

    def room(self, pool: str) -> int:
        """Return the place of a new column, list or number."""
        self._sizes[pool] += 1
        return self._sizes[pool] - 1

    # Marks of clients, and of visits.

    @property
    def everybody(self) -> int:
        """Marks of all clients."""
        return self.step(FILL, 1)

    @property
    def nobody(self) -> int:
        """Marks of no client."""
        return self.step(FILL, 0)

    def both(self, one: int, other: int) -> int:
        """Mark clients that two columns mark."""
        if self.nobody in (one, other):
            return self.nobody
        if other in (one, self.everybody):
            return one
        return other if one == self.everybody else self.step(BOTH, *sorted((one, other)))

    def either(self, one: int, other: int) -> int:
        """Mark clients that one of two columns marks, or both."""
        if self.everybody in (one, other):
            return self.everybody
        if other in (one, self.nobody):
            return one
        return other if one == self.nobody else self.step(EITHER, *sorted((one, other)))

    def but_not(self, one: int, other: int) -> int:
        """Mark clients that one column marks and another does not."""
        if other in (one, self.everybody) or one == self.nobody:
            return self.nobody
        return one if other == self.nobody else self.step(BUT_NOT, one, other)

    # What steps look up.

    def stages(self, names: Iterable[str]) -> int:
        """Return the number of a set of stages."""
        wanted = frozenset(names)
        members = tuple(k for k, name in enumerate(self.flow.stages) if name in wanted)
        return self._sets.setdefault(members, len(self._sets))

    def groups(self, names: Iterable[str]) -> int:
        """Return the number of a set of groups."""
        wanted = frozenset(names)
        members = tuple(k for k, name in enumerate(self.flow.groups) if name in wanted)
        return self._group_sets.setdefault(members, len(self._group_sets))

    def days(self, days: Iterable[float]) -> int:
        """Return the number of a list of days."""
        return self._days.setdefault(tuple(days), len(self._days))

    def trait(self, name: str) -> int:
        """Return the number of a trait among those that are asked for."""
        return self.traits_asked.setdefault(name, len(self.traits_asked))

    def spell(self, **columns: Any) -> int:
        """Return the number of a new row about spells."""
        if columns not in self._spells:
            self._spells.append(columns)
        return self._spells.index(columns)

    def count_working_days(self) -> None:
        """Let steps count working days.

        Raises
        ------
        RequestError
            They are not known for the whole run.
        """
        self._counts_working_days = bool(self.calendar.worked)

    # The program.

    def build(self, outputs: list[tuple[int, ...]]) -> tuple[MeasureProgram, dict[str, int]]:
        """Return the program, and the room that it takes.

        Parameters
        ----------
        outputs : list of tuple of int
            Where the numbers of each measure stand, in the order of `program.OUTPUTS`.
        """
        flow, own = self.flow, self.compiled.columns
        steps = [*self._over_clients, *self._over_numbers]
        names = ("code", "world", "out", "a", "b", "c", "d", "e", "x", "y")
        columns: dict[str, Any] = {
            name: [step[k] for step in steps] for k, name in enumerate(names)
        }
        stages, groups = len(flow.stages), len(flow.groups)
        slots = need_slots(flow)
        columns |= {
            "clients_steps": [len(self._over_clients)],
            "worlds": [self.worlds],
            "outputs": outputs,
            "horizon": [self.horizon],
            "counted_from": [self.counted_from],
            "worked": self.calendar.worked if self._counts_working_days else [0],
            **_cut("set_from", "set_stage", self._sets),
            "stage_in": _members(self._sets, stages),
            "group_in": _members(self._group_sets, groups),
            "group_home": own.group_home,
            "group_instead": np.where(
                np.asarray(own.group_deterred) < 0, -1, np.asarray(own.group_deterred_to)
            ),
            **_cut("days_from", "day", self._days),
            "need_slot": slots.reshape(-1, slots.shape[2]),
            "needs": self._needs(),
            "keeps": np.asarray(own.stage_keeps).T,
            "unit_from": own.unit_from,
            "unit_time": own.unit_time,
            "unit_slot": own.unit_slot,
            "unit_caseload": own.unit_caseload,
            "supply_from": own.resource_supplies_from,
            "supply_day": own.supply_day,
            "supply_slot": own.supply_slot,
        }
        columns |= {
            name: [row[name] for row in self._spells]
            for name in MeasureProgram.declared
            if name.startswith("spell_")
        }
        sizes = {
            "steps": len(steps),
            "one": 1,
            "measures": len(outputs),
            "sets": len(self._sets),
            "stages": stages,
            "group sets": len(self._group_sets),
            "groups": groups,
            "resources": len(flow.resources),
            "resources by stages": len(flow.resources) * stages,
            "alternatives": slots.shape[2],
            "spells": len(self._spells),
        }
        room = {
            **{pool: max(1, size) for pool, size in self._sizes.items()},
            "stages and one": stages + 1,
        }
        return MeasureProgram(columns, sizes), room

    def _needs(self) -> list[list[bool]]:
        """Return whether an alternative of each stage names each resource."""
        alternatives = [stage.alternatives for stage in self.flow.stages.values()]
        return [
            [any(name in needs for needs in one) for one in alternatives]
            for name in self.flow.resources
        ]


def _cut(begins: str, rows: str, lists: Iterable[tuple[float, ...]]) -> Mapping[str, list[float]]:
    """Return lists joined end to end, and where each begins."""
    first = [0]
    joined: list[float] = []
    for one in lists:
        joined.extend(one)
        first.append(len(joined))
    return {begins: [*first], rows: joined}


def _members(sets: Iterable[tuple[int, ...]], size: int) -> list[list[bool]]:
    return [[k in members for k in range(size)] for members in sets]


def quantile_or_mean(number: float | None) -> float:
    """Return a quantile as a step takes it: NaN for the mean."""
    return math.nan if number is None else number
