"""A register beside a plan: the months they share, who is there, and in which arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.designs import Contrast
from pilotsim.evaluation.plan_arms import assigned_of, take_arms, takes_part
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK
from pilotsim.evaluation.release.suppression import TableSum, suppress
from pilotsim.evaluation.strategy import StrategySample

Judged = Literal["right", "wrong", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that is right or wrong in a register.

    Parameters
    ----------
    topic : str
        What it is about: `plan`, `reading`, `columns`, `months`, `who`, `arms`, `districts`,
        `needs`, `answers` or `missing`.
    judged : str
        `right`, `wrong` (the plan cannot be carried out), or `note`.
    says : Message
        What was found.
    beside : Message or None
        What of it stands beside the results too; no number of clients is in it.
    """

    topic: str
    judged: Judged
    says: Message
    beside: Message | None = None

    def of_pair(self, pair: Contrast) -> Finding:
        """Return the finding as one about two of several arms."""
        says = Message(
            "{first} against {second}: {says}", first=pair[0], second=pair[1], says=self.says
        )
        return replace(self, says=says)


@dataclass(frozen=True)
class GroupSizes:
    """How many clients a register has; None where the release gate would hide it.

    Parameters
    ----------
    extract : int or None
        All in the file.
    listed : int or None
        Those who are there when the plan begins, in a district that takes part.
    in_arms : int or None
        Those in any arm.
    arms : tuple of int or None
        Those in each.
    """

    extract: int | None
    listed: int | None
    in_arms: int | None
    arms: tuple[int | None, ...]


@dataclass(frozen=True)
class HeldRegister:
    """A register beside a plan; `hold` makes it.

    Parameters
    ----------
    panel : Panel
        The register.
    plan : PreAnalysisPlan
        The plan.
    start : int
        The month of the register in which the plan begins.
    told : tuple of mapping of str to int
        What releases of other versions of the register told, by what counts are called.
    """

    panel: Panel
    plan: PreAnalysisPlan
    start: int
    told: tuple[Mapping[str, int], ...] = ()

    @property
    def least(self) -> int:
        """The smallest count of clients that may be shown."""
        return int(self.plan.small_cells.number)

    @property
    def begins(self) -> str:
        """The month in which the plan begins, as `2015-01`."""
        return month_name(self.panel, self.start)

    @property
    def longest(self) -> int:
        """For how many months the plan asks."""
        return longest_of(self.plan)

    @cached_property
    def everywhere(self) -> Bools:
        """Who is in the register when the plan begins, in whatever district."""
        return np.asarray(self.panel.seen[:, self.start])

    @cached_property
    def listed(self) -> Bools:
        """Who is in the register when the plan begins, in a district that takes part."""
        return np.asarray(self.everywhere & takes_part(self.panel, self.plan.rule))

    @cached_property
    def arm(self) -> Floats:
        """The arm of those listed: 1 for offered, 0 for compared with; NaN for none.

        Raises
        ------
        RegisterError
            The register does not say what the lot decided, or has no such trait or district.
        """
        return take_arms(self.panel, self.plan.rule, self.everywhere)

    @cached_property
    def assigned(self) -> Floats:
        """The arm that the register says of those listed; NaN for none."""
        found = assigned_of(self.panel, self.plan.rule)
        return np.where(self.listed, np.nan if found is None else found, np.nan)

    @cached_property
    def sides(self) -> tuple[Bools, ...]:
        """Who is in each arm, of two or of several."""
        several = self.plan.rule.several
        if several is None or not self.plan.rule.has_several_arms:
            return self.arm == 1.0, self.arm == 0.0
        place = np.where(self.listed, self.panel.traits[ASSIGNED], np.nan)
        return tuple(place == number for number in range(len(several.arms)))

    @cached_property
    def in_arms(self) -> Bools:
        """Who is in any arm."""
        return np.asarray(np.logical_or.reduce(self.sides))

    @cached_property
    def sizes(self) -> GroupSizes:
        """How many clients there are, as far as the results may tell it beside the arms' sizes.

        Anybody may know how many an arm has, but of a few, and of one that has a few more or fewer
        than was told of another version of the register.
        """
        absent, elsewhere = ~self.everywhere, self.everywhere & ~self.listed
        groups = (
            np.ones(len(self.panel), np.bool_),
            absent,
            self.everywhere,
            elsewhere,
            self.listed,
            self.listed & ~self.in_arms,
            self.in_arms,
            *self.sides,
        )
        counts = [int(group.sum()) for group in groups]
        arms = range(7, len(groups))
        sums = (
            TableSum(0, (1, 2)),
            TableSum(2, (3, 4)),
            TableSum(4, (5, 6)),
            TableSum(6, tuple(arms)),
        )
        moved = self._moved(counts)
        known = [] if moved else [arm for arm in arms if counts[arm] >= self.least]
        secret = {*moved, *arms} if moved else set()
        hidden = suppress(counts, sums, self.least, fixed=known, secret=secret)
        extract, _, _, _, listed, _, in_arms, *own = (
            None if few else count for few, count in zip(hidden, counts, strict=True)
        )
        return GroupSizes(extract, listed, in_arms, tuple(own))

    def _moved(self, counts: Sequence[int]) -> set[int]:
        """Return which sizes differ by few from what was told of another version of the register.

        By whatever plan: of several arms any two may have been compared.
        """
        places = {"extract": [0], "listed": [2, 4], "in_no_arm": [5], "in_arms": [6]}
        places |= {side: [*range(7, len(counts))] for side in ("offered", "compared")}
        return {
            place
            for told in self.told
            for name, count in told.items()
            for place in places.get(name.split("/")[-1], ())
            if 0 < abs(count - counts[place]) < self.least
        }

    @cached_property
    def sample(self) -> StrategySample:
        """Those in either arm, as answers take them."""
        block = self.panel.traits.get(BLOCK, np.full(len(self.panel), np.nan))
        chosen = ~np.isnan(self.arm)
        return StrategySample(
            self.panel.select(chosen), self.arm[chosen], block[chosen], self.start, self.plan.rule
        )

    @cached_property
    def shown_districts(self) -> tuple[str, ...]:
        """The districts of enough clients to be named."""
        sizes = np.bincount(self.panel.district, minlength=len(self.panel.districts))
        named = zip(self.panel.districts, sizes, strict=True)
        return tuple(name for name, size in named if size >= self.least)

    def pairs(self) -> Iterator[tuple[Contrast, HeldRegister]]:
        """Yield each pair of several arms that the plan compares, as the lottery of two it is."""
        for pair in self.plan.rule.pairs_of_arms:
            rule = self.plan.rule.comparing(pair)
            yield pair, replace(self, plan=self.plan.model_copy(update={"rule": rule}))

    def shown(self, district: str) -> str:
        """Return a district's name where it may be shown."""
        return district if district in self.shown_districts else "…"

    def month(self, number: float) -> str:
        """Return a month of the register, counted from 0, as `2015-01`."""
        return month_name(self.panel, number)


def hold(panel: Panel, plan: PreAnalysisPlan) -> HeldRegister:
    """Return a register beside a plan whose months it holds.

    Raises
    ------
    RegisterError
        The months of the extract and of the plan do not meet.
    """
    for fault in month_faults(panel, plan):
        raise RegisterError(fault)
    start = start_of(panel, plan)
    assert start is not None
    return HeldRegister(panel, plan, start)


def start_of(panel: Panel, plan: PreAnalysisPlan) -> int | None:
    """Return the month of a register in which a plan begins; None where it has no such month."""
    months = [(month.year, month.month) for month in panel.months]
    begins = (plan.begins.year, plan.begins.month)
    return months.index(begins) if begins in months else None


def month_faults(panel: Panel, plan: PreAnalysisPlan) -> Iterator[Message]:
    """Yield what stands between the months of a register and those that a plan is about."""
    start, begins, last = start_of(panel, plan), f"{plan.begins:%Y-%m}", f"{panel.months[-1]:%Y-%m}"
    if start is None:
        yield Message(
            "the plan begins in {begins}; the extract holds {first} to {last}",
            begins=begins,
            first=f"{panel.months[0]:%Y-%m}",
            last=last,
        )
        return
    longest = longest_of(plan)
    if start + longest > len(panel.months):
        yield Message(
            "the plan asks for {longest} months from {begins} on; the extract ends with {last}",
            longest=longest,
            begins=begins,
            last=last,
        )


def longest_of(plan: PreAnalysisPlan) -> int:
    """Return for how many months a plan asks."""
    return max(strategy.estimand.months for strategy in plan.strategies())


def month_name(panel: Panel, number: float) -> str:
    """Return a month of a register, counted from 0, as `2015-01`; also one outside of it."""
    first = panel.months[0]
    year, month = divmod(first.year * 12 + first.month - 1 + int(number), 12)
    return f"{year}-{month + 1:02}"
