"""Designs that offer whole districts the programme."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import chain, zip_longest
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.evaluation.designs.assignments import DRAWN_DISTRICTS, NAMED_DISTRICTS, STEPPED_WEDGE
from pilotsim.evaluation.designs.requirements import (
    Months,
    check_once,
    check_some,
    check_strata,
    months_of,
)
from pilotsim.evaluation.designs.several_arms import (
    OfferedArm,
    SeveralArms,
    arm_of_pair,
    offered_alike,
)
from pilotsim.evaluation.designs.sites import (
    NEVER,
    Assignment,
    Site,
    assign_eligible,
    check_districts,
)
from pilotsim.model.fields import Count, Names, Record, check_one_of

ARMS = (0.0, 1.0)


class DistrictArm(OfferedArm):
    """One of several arms to which whole districts are drawn."""

    drawn: Count | None = Field(
        None, description="How many districts are drawn to it; one arm may have all the others."
    )


class Districts(SeveralArms):
    """All of some districts are offered the programme: those named, or some drawn by lot.

    So many of all, the same share of each stratum, or one of each pair. A district that is in no
    stratum or pair where some are named is in neither arm. Or districts are drawn to several arms,
    so many to each; strata of as many districts as there are arms are then matched districts.
    """

    of_two_arms: ClassVar[tuple[str, ...]] = ("named", "drawn", "pairs")

    named: Names | None = Field(None, description="The districts.")
    drawn: Count | None = Field(None, description="How many are drawn.")
    strata: dict[str, Names] = Field(
        default_factory=dict,
        description="Districts that are alike, by a name; the same share of each is drawn.",
    )
    pairs: tuple[Names, ...] | None = Field(
        None, description="Districts that are alike, two by two; one of each pair is drawn."
    )
    arms: Mapping[str, DistrictArm] = Field(
        default_factory=dict, description="Three arms or more, by name, each with its districts."
    )

    @property
    def assignment(self) -> str:
        """Whether the districts are named or drawn."""
        return DRAWN_DISTRICTS if self.named is None else NAMED_DISTRICTS

    @property
    def groups(self) -> tuple[tuple[str, ...], ...] | None:
        """The strata or pairs within which lots are drawn; None where they are drawn among all."""
        if self.pairs is not None:
            return self.pairs
        return tuple(self.strata.values()) if self.strata else None

    @property
    def is_matched(self) -> bool:
        """Whether one district of each group is compared with one other."""
        if self.pairs is not None:
            return True
        sizes = [self.compared_of(len(names)) for names in self.strata.values()]
        return bool(self.between) and bool(sizes) and all(own == (1, 1) for own in sizes)

    @property
    def offers_first_alone(self) -> bool:
        """Whether of the two arms that are compared the first is offered it, the second never."""
        if self.between is None:
            return True
        first, second = (self.arms[name] for name in self.between)
        return first.offered and not second.offered

    @property
    def alike_in_flow(self) -> tuple[str, ...]:
        """The arms that are offered it at the same time as the first that is compared."""
        return offered_alike(self.arms, self.between)

    @model_validator(mode="after")
    def _is_one(self) -> Districts:
        if not self.arms:
            check_one_of(self, ("named", "drawn", "pairs"), Message("a choice of districts"))
        if self.drawn is not None:
            check_some("drawn", self.drawn)
        if self.strata and self.drawn is None and not self.arms:
            raise QuantityFault(
                Message("strata are for districts that are drawn; say how many (drawn)"), "strata"
            )
        return self

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Districts:
        for pair in self.pairs or ():
            if len(pair) != len(ARMS):
                raise QuantityFault(
                    Message(
                        "pairs: expected two districts in each; found {found}",
                        found=", ".join(pair),
                    ),
                    "pairs",
                )
        if self.pairs is not None:
            if len(self.pairs) < len(ARMS):
                raise QuantityFault(
                    Message(
                        "pairs: expected two pairs or more; how far districts lie apart cannot be "
                        "told from one"
                    ),
                    "pairs",
                )
            check_once(name for pair in self.pairs for name in pair)
        self._check_numbers()
        if self.strata:
            check_strata(self.strata, len(self.arms) or len(ARMS))
            self._check_shares()
        if len(self.strata) == 1 and self.arms and self.counts_of(len(self.members)).count(1) > 1:
            raise QuantityFault(
                Message(
                    "strata: expected two groups of matched districts or more; how far districts "
                    "lie apart cannot be told from one"
                ),
                "strata",
            )
        return self

    def _check_numbers(self) -> None:
        """Refuse arms of which nobody can tell how many districts they have."""
        given = [own.drawn for own in self.arms.values() if own.drawn is not None]
        for count in given:
            check_some("drawn", count)
        is_even = bool(self.strata) and not given
        if self.arms and len(given) < len(self.arms) - 1 and not is_even:
            raise QuantityFault(
                Message(
                    "arms: say how many districts are drawn to each arm but one (drawn), or name "
                    "strata, of which each arm then has an even part"
                ),
                "arms",
            )

    def _check_shares(self) -> None:
        # The same share of each, so that a plain difference of the arms compares like with like.
        sizes = [len(districts) for districts in self.strata.values()]
        of_all = self.counts_of(sum(sizes))
        if sum(of_all) != sum(sizes) or min(of_all) < 1:
            raise QuantityFault(
                Message(
                    "arms: {drawn} districts cannot be drawn to {arms} arms by these numbers",
                    drawn=sum(sizes),
                    arms=len(of_all),
                ),
                "arms",
            )
        # One of two arms is settled by the other.
        for drawn in of_all if self.arms else of_all[:1]:
            parts = [drawn * size for size in sizes]
            whole = [part // sum(sizes) for part in parts]
            if all(part % sum(sizes) == 0 for part in parts) and all(
                0 < one < size for one, size in zip(whole, sizes, strict=True)
            ):
                continue
            raise QuantityFault(
                Message(
                    "drawn: {drawn} of {all} districts is no whole number of districts of each "
                    "arm in strata of {sizes}; the same share is drawn of each stratum",
                    drawn=drawn,
                    all=sum(sizes),
                    sizes=", ".join(str(size) for size in sizes),
                ),
                "arms" if self.arms else "drawn",
            )

    @property
    def members(self) -> tuple[str, ...]:
        """The districts that the file names; none where any of all may be drawn."""
        return self.named or tuple(name for names in self.groups or () for name in names)

    @property
    def least_p(self) -> float:
        """The least p-value that the lots can give by themselves; 0 where the file cannot tell.

        With as many drawn as not in each group, lots and their opposites are as extreme as each
        other.
        """
        if self.groups is not None:
            sizes = [self.compared_of(len(names)) for names in self.groups]
        else:
            numbers = self.numbers(None)
            if self.between is None or None in numbers:
                return 0.0
            sizes = [(int(numbers[0] or 0), int(numbers[1] or 0))]
        ways = math.prod(math.comb(first + second, first) for first, second in sizes)
        has_opposite = all(first == second for first, second in sizes)
        return (2.0 if has_opposite else 1.0) / ways

    def numbers(self, all_districts: int | None) -> tuple[int | None, int | None]:
        """Return how many districts both arms that are compared have; None where nobody can tell.

        Parameters
        ----------
        all_districts : int or None
            How many take part, where that is known.
        """
        if self.named is not None:
            offered = len(self.named)
            return offered, None if all_districts is None else all_districts - offered
        if self.groups is not None:
            found = [self.compared_of(len(names)) for names in self.groups]
            return sum(first for first, _ in found), sum(second for _, second in found)
        if all_districts is not None:
            return self.compared_of(all_districts)
        if self.drawn is not None:
            return int(self.drawn.number), None
        drawn = [self.arms[name].drawn for name in self.between or ()]
        first, second = (None if own is None else int(own.number) for own in drawn or (None, None))
        return first, second

    def assign(self, site: Site) -> Assignment:
        """Return all or nobody."""
        size = len(site.eligible)
        if self.named is not None:
            check_districts(self.named, site)
            is_named = site.name in self.named
            return _assign_all(site, site.begins if is_named else NEVER, float(is_named))
        group = next(
            (k for k, names in enumerate(self.groups or (site.districts,)) if site.name in names),
            None,
        )
        for names in self.groups or ():
            check_districts(names, site)
        if group is None:
            return assign_eligible(
                site,
                np.full(size, np.nan),
                np.full(size, NEVER),
                responds=np.zeros(size, np.bool_),
            )
        names = (self.groups or (site.districts,))[group]
        counts = self._drawn(len(names))
        lots = dict(zip(site.districts, site.district_lots("districts"), strict=True))
        place = sorted(names, key=lots.__getitem__).index(site.name)
        drawn = int(np.searchsorted(np.cumsum(counts), place, side="right"))
        if not self.arms:
            return _assign_all(site, site.begins if drawn == 0 else NEVER, 1.0 - drawn, group)
        own = tuple(self.arms.values())[drawn]
        arm = arm_of_pair(np.array([drawn]), self.arms, self.between)[0]
        return _assign_all(site, own.begins(site.begins), float(arm), group)

    def _drawn(self, size: int) -> tuple[int, ...]:
        """Return how many of a group of so many districts are drawn to each arm.

        Raises
        ------
        RequestError
            There are not so many.
        """
        counts = self.counts_of(size)
        if self.arms and (sum(counts) != size or min(counts) < 1):
            raise RequestError(
                Message(
                    "arms: {drawn} districts cannot be drawn to {arms} arms by these numbers",
                    drawn=size,
                    arms=len(counts),
                )
            )
        return counts

    def counts_of(self, size: int) -> tuple[int, ...]:
        """Return how many of a group of so many districts each arm has: of two, the offered first.

        Parameters
        ----------
        size : int
            Of a stratum, a pair, or all districts where there are neither.
        """
        if not self.arms:
            drawn = 1 if self.drawn is None else self._part(self.drawn, size)
            return drawn, size - drawn
        given = [own.drawn for own in self.arms.values()]
        if given.count(None) == len(given):
            return tuple(size // len(given) for _ in given)
        found = [None if own is None else self._part(own, size) for own in given]
        rest = size - sum(own for own in found if own is not None)
        return tuple(rest if own is None else own for own in found)

    def _part(self, drawn: Quantity, size: int) -> int:
        """Return how many of so many that are drawn fall to a group of so many districts."""
        if not self.strata:
            return int(drawn.number)
        return int(drawn.number) * size // len(self.members)

    def compared_of(self, size: int) -> tuple[int, int]:
        """Return how many of a group of so many districts both arms that are compared have."""
        counts = self.counts_of(size)
        if self.between is None:
            return counts[0], counts[1]
        first, second = (counts[list(self.arms).index(name)] for name in self.between)
        return first, second


def _assign_all(site: Site, time: float, arm: float, block: float = 0.0) -> Assignment:
    """Return an assignment that is the same for all of a district."""
    size = len(site.eligible)
    return assign_eligible(
        site,
        np.full(size, arm),
        np.full(size, time),
        np.full(size, float(block)),
        np.full(size, not math.isnan(arm)),
    )


class SteppedWedge(Record):
    """Districts begin one after another, in the order named or in one drawn by lot."""

    assignment: ClassVar[str] = STEPPED_WEDGE

    every: Months = Field(description="Time between two steps, in whole months.")
    districts: Names | None = Field(
        None, description="The districts that get the programme; all, unless said."
    )
    order: str = Field("drawn", description="drawn, or named: the order in which they are listed.")
    strata: dict[str, Names] = Field(
        default_factory=dict,
        description=(
            "Districts that are alike, by a name, instead of 'districts': the strata take turns, "
            "and the order is drawn within each."
        ),
    )

    @model_validator(mode="after")
    def _knows_strata(self) -> SteppedWedge:
        if not self.strata:
            return self
        if self.districts is not None or self.order != "drawn":
            raise QuantityFault(
                Message("strata name the districts, and the order in them is drawn; say one"),
                "strata",
            )
        check_strata(self.strata, len(ARMS))
        return self

    @model_validator(mode="after")
    def _known_order(self) -> SteppedWedge:
        if self.order not in ("drawn", "named"):
            meant = did_you_mean(self.order, ("drawn", "named"))
            raise QuantityFault(
                Message(
                    "expected drawn or named; found '{order}'{meant}",
                    order=self.order,
                    meant=meant,
                )
            )
        return self

    @property
    def months(self) -> int:
        """The months between two steps."""
        return months_of(self.every)

    @property
    def members(self) -> tuple[str, ...] | None:
        """The districts that get the programme; None for all."""
        if self.strata:
            return tuple(name for districts in self.strata.values() for name in districts)
        return self.districts

    @property
    def turns(self) -> tuple[str, ...]:
        """The stratum whose district begins with each step; empty where there are no strata."""
        return tuple(_in_turn([[name] * len(own) for name, own in self.strata.items()]))

    def assign(self, site: Site) -> Assignment:
        """Return the step of this district."""
        members = site.districts if self.members is None else self.members
        check_districts(members, site)
        size = len(site.eligible)
        if site.name not in members:
            return assign_eligible(site, np.zeros(size), np.full(size, NEVER))
        lots = dict(zip(site.districts, site.district_lots("wedge"), strict=True))
        groups = [list(names) for names in self.strata.values()] or [list(members)]
        if self.order == "drawn":
            groups = [sorted(names, key=lots.__getitem__) for names in groups]
        order = _in_turn(groups)
        block = next(k for k, names in enumerate(groups) if site.name in names)
        return assign_eligible(
            site,
            np.ones(size),
            np.full(size, site.begins + order.index(site.name) * self.every.number),
            np.full(size, float(block)),
        )


def _in_turn(groups: list[list[str]]) -> list[str]:
    """Return the first of each group, then the second of each, and so on."""
    turns = chain.from_iterable(zip_longest(*groups))
    return [name for name in turns if name is not None]
