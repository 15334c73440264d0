"""Lots: how chance set the arms apart, as the plan's design says, and how they could have fallen.

Inference rests on the lots that were drawn and on no others: whole districts where districts were
drawn, one of each pair where pairs were. So what was drawn, and within what, is taken from the
design, never from an option.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.inference.randomisation import Arrangements, arrange, count_arrangements
from pilotsim.evaluation.designs import (
    DataStrategy,
    Districts,
    Lottery,
    SteppedWedge,
    Unit,
)
from pilotsim.evaluation.register import Panel

# The first of a district's offers may be a mover's, who was offered the programme elsewhere: a
# district begins when so large a part of those it has offered the programme have been offered it.
BEGUN = 0.1


@dataclass(frozen=True, eq=False)
class Lots:
    """How chance set the arms apart.

    Parameters
    ----------
    unit : {"client", "district"}
        What was drawn.
    units : ndarray of int, shape (clients,)
        Which unit each client belongs to.
    blocks : ndarray of int, shape (clients,)
        Within which the lots were drawn, coded from 0 on: blocks, strata, pairs, or one for all.
    drawn : ndarray of float, shape (clients,)
        What the lot gave each: its arm, or the month in which its offer comes.
    within : {"blocks", "pairs"} or None
        What the design calls that within which lots were drawn; None where they were drawn among
        all, or among all of a district.
    """

    unit: Unit
    units: Ints
    blocks: Ints
    drawn: Floats
    within: str | None = None

    @property
    def clusters(self) -> Ints | None:
        """What errors are clustered by: the unit drawn, or None where each client was."""
        return self.units if self.unit == "district" else None

    @property
    def has_blocks(self) -> bool:
        """Whether there are several blocks, strata or pairs."""
        return len(self.blocks) > 0 and int(self.blocks.max()) > 0

    @property
    def block_columns(self) -> Floats:
        """A column for each block but the first, shape (clients, blocks - 1)."""
        others = np.arange(1, int(self.blocks.max(initial=0)) + 1)
        return np.asarray(self.blocks[:, None] == others, np.float64)

    def take(self, clients: Bools) -> Lots:
        """Return the lots of some of the clients."""
        codes = np.unique(self.blocks[clients], return_inverse=True)[1].astype(np.int64)
        return replace(self, units=self.units[clients], blocks=codes, drawn=self.drawn[clients])

    def compared(self, known: Bools) -> Bools:
        """Return who can be compared: of the known, those in whose block there are both arms."""
        number = int(self.blocks.max(initial=0)) + 1
        arms = [self.blocks[known & (self.drawn == arm)] for arm in (0, 1)]
        table = np.stack([np.bincount(own, minlength=number) for own in arms])
        both = np.asarray((table > 0).all(axis=0))
        return np.asarray(known & both[self.blocks])

    @property
    def smallest_arm(self) -> int:
        """The fewest units of one arm in any block; of those that drew an arm."""
        drawn, blocks, _ = self._by_unit
        sizes = [np.bincount(blocks[drawn == arm], minlength=blocks.max() + 1) for arm in (0, 1)]
        return int(min(own.min() for own in sizes))

    @cached_property
    def _by_unit(self) -> tuple[Floats, Ints, Ints]:
        """What each unit drew, its block, and each client's place among the units."""
        _, first, place = np.unique(self.units, return_index=True, return_inverse=True)
        return self.drawn[first], self.blocks[first], place.ravel().astype(np.int64)

    @property
    def number(self) -> int:
        """In how many ways the same lots could have fallen."""
        drawn, blocks, _ = self._by_unit
        return count_arrangements(drawn, blocks)

    def redraw(self, draws: int, seed: int = 0) -> Iterator[Floats]:
        """Yield what each client would have got by the same lots drawn anew, shape (clients,).

        All ways once where there are few; then that which came about is among them.

        Parameters
        ----------
        draws : int
            How many are drawn where there are many.
        seed : int
            The key of the draws.
        """
        place = self._by_unit[2]
        for labels in self.arrangements(draws, seed).labels:
            yield labels[place]

    def arrangements(self, draws: int, seed: int = 0) -> Arrangements:
        """Return the same lots drawn anew, by unit; see `redraw`."""
        drawn, blocks, _ = self._by_unit
        return arrange(drawn, blocks=blocks, draws=draws, seed=seed)


def find_lots(
    rule: DataStrategy | None, panel: Panel, arm: Floats, block: Floats, listed: int
) -> Lots | None:
    """Return how chance set the arms apart; None where it did not.

    Parameters
    ----------
    rule : DataStrategy or None
        Who was offered the programme when, as it was designed.
    panel : Panel
        The clients in either arm.
    arm, block : ndarray of float, shape (clients,)
        Their arm, and the block in which their lot was drawn; NaN where the register does not say.
    listed : int
        The month from which time counts.

    Raises
    ------
    EstimationError
        Two districts of a stepped wedge begin with the same step.
    """
    if rule is None or not rule.is_randomised:
        return None
    own = rule.rule
    if isinstance(own, Districts | SteppedWedge):
        groups = own.groups if isinstance(own, Districts) else tuple(own.strata.values()) or None
        drawn = arm
        if isinstance(own, SteppedWedge):
            drawn = district_starts(panel, own, listed)[panel.district]
        return Lots("district", panel.district, _strata(panel, groups), drawn, rule.within)
    who = np.arange(len(panel), dtype=np.int64)
    return Lots("client", who, _blocks(panel, own, block), arm, rule.within)


def _strata(panel: Panel, groups: tuple[tuple[str, ...], ...] | None) -> Ints:
    """Return the stratum or pair of each client's district; those in none have one of their own."""
    if groups is None:
        return np.zeros(len(panel), np.int64)
    by_name = {name: number for number, names in enumerate(groups) for name in names}
    by_district = np.array([by_name.get(name, len(groups)) for name in panel.districts])
    return _codes(by_district[panel.district])


def _blocks(panel: Panel, rule: object, block: Floats) -> Ints:
    """Return each client's block: the register's own, or as the design draws it.

    Lots of clients are drawn in each district by itself, and within the traits that the design
    names. Who has no block where others have one is in a block of those without.
    """
    if not np.isnan(block).all():
        return _codes(np.nan_to_num(block, nan=-1.0))
    names = rule.blocks if isinstance(rule, Lottery) else ()
    known = [panel.traits[name] for name in names if name in panel.traits]
    table = np.column_stack([panel.district, *(np.nan_to_num(trait, nan=-1.0) for trait in known)])
    return _codes(table)


def _codes(labels: Floats | Ints) -> Ints:
    return np.unique(labels, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def district_starts(panel: Panel, wedge: SteppedWedge, listed: int) -> Floats:
    """Return the month in which each district begins, infinity for never, shape (districts,).

    Where the plan names the order, its steps are the plan's. Where the order was drawn, each
    district has the step that its offers show, not the earliest of them.

    Raises
    ------
    EstimationError
        Two districts begin with the same step.
    """
    starts = step_months(panel, wedge, listed)
    for fault in shared_steps(starts, panel.districts):
        raise EstimationError(fault)
    return starts


def step_months(panel: Panel, wedge: SteppedWedge, listed: int) -> Floats:
    """Return the months of `district_starts`, whether or not two districts share a step.

    Parameters
    ----------
    panel : Panel
        The clients.
    wedge : SteppedWedge
        The design.
    listed : int
        The month in which the first step is.
    """
    members = panel.districts if wedge.members is None else wedge.members
    starts, begun = np.full(len(panel.districts), np.inf), begun_months(panel)
    for number, name in enumerate(panel.districts):
        if name not in members:
            continue
        if wedge.order == "named":
            starts[number] = listed + wedge.months * members.index(name)
        elif np.isfinite(begun[number]):
            # To the nearest step: a step may fall some hours before a month ends.
            step = max(0.0, np.ceil((begun[number] - listed) / wedge.months - 0.5))
            starts[number] = listed + wedge.months * step
    return starts


def begun_months(panel: Panel) -> Floats:
    """Return the month in which each district had begun by its offers, shape (districts,).

    Infinity where it has offered the programme to nobody. Not the earliest offer, which may be a
    mover's.
    """
    begun = np.full(len(panel.districts), np.inf)
    for number in range(len(panel.districts)):
        offered = panel.offered[panel.district == number]
        offered = np.sort(offered[np.isfinite(offered)])
        if len(offered):
            begun[number] = offered[int(BEGUN * (len(offered) - 1))]
    return begun


def shared_steps(starts: Floats, names: tuple[str, ...]) -> Iterator[Message]:
    """Yield which districts begin with the same step, of which the plan has one for each.

    Parameters
    ----------
    starts : ndarray of float, shape (districts,)
        The month in which each begins; infinity for never.
    names : tuple of str
        Their names.
    """
    seen: dict[float, str] = {}
    for start, name in zip(starts, names, strict=True):
        if math.isfinite(start) and start in seen:
            yield Message(
                "the districts {first} and {second} began with the same step; the plan has "
                "one step for each",
                first=seen[start],
                second=name,
            )
        seen.setdefault(float(start), name)


__all__ = [
    "Lots",
    "begun_months",
    "district_starts",
    "find_lots",
    "shared_steps",
    "step_months",
]
