"""Designs that offer whole districts the programme."""

from __future__ import annotations

import math
from itertools import chain, zip_longest
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.designs.assignments import DRAWN_DISTRICTS, NAMED_DISTRICTS, STEPPED_WEDGE
from pilotsim.evaluation.designs.requirements import check_once, check_some, check_strata, months_of
from pilotsim.evaluation.designs.sites import (
    NEVER,
    Assignment,
    Site,
    assign_eligible,
    check_districts,
)
from pilotsim.model.fields import Count, Length, Names, Record, check_one_of

ARMS = (0.0, 1.0)


class Districts(Record):
    """All of some districts are offered the programme: those named, or some drawn by lot.

    So many of all, the same share of each stratum, or one of each pair. A district that is in no
    stratum or pair where some are named is in neither arm.
    """

    named: Names | None = Field(None, description="The districts.")
    drawn: Count | None = Field(None, description="How many are drawn.")
    strata: dict[str, Names] = Field(
        default_factory=dict,
        description="Districts that are alike, by a name; the same share of each is drawn.",
    )
    pairs: tuple[Names, ...] | None = Field(
        None, description="Districts that are alike, two by two; one of each pair is drawn."
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

    @model_validator(mode="after")
    def _is_one(self) -> Districts:
        check_one_of(self, ("named", "drawn", "pairs"), Message("a choice of districts"))
        if self.drawn is not None:
            check_some("drawn", self.drawn)
        if self.strata and self.drawn is None:
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
        if self.strata:
            check_strata(self.strata, len(ARMS))
            self._check_shares()
        return self

    def _check_shares(self) -> None:
        assert self.drawn is not None
        drawn = int(self.drawn.number)
        sizes = [len(districts) for districts in self.strata.values()]
        # The same share of each, so that a plain difference of the arms compares like with like.
        if any(
            drawn * size % sum(sizes) or not 0 < drawn * size // sum(sizes) < size for size in sizes
        ):
            raise QuantityFault(
                Message(
                    "drawn: {drawn} of {all} districts is no whole number of districts of each "
                    "arm in strata of {sizes}; the same share is drawn of each stratum",
                    drawn=drawn,
                    all=sum(sizes),
                    sizes=", ".join(str(size) for size in sizes),
                ),
                "drawn",
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
        if self.groups is None:
            return 0.0
        sizes = [len(names) for names in self.groups]
        drawn = [self.drawn_of(size) for size in sizes]
        ways = math.prod(math.comb(size, one) for size, one in zip(sizes, drawn, strict=True))
        has_opposite = all(2 * one == size for size, one in zip(sizes, drawn, strict=True))
        return (2.0 if has_opposite else 1.0) / ways

    def assign(self, site: Site) -> Assignment:
        """Return all or nobody."""
        size = len(site.eligible)
        if self.named is not None:
            check_districts(self.named, site)
            return _assign_all(site, site.name in self.named)
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
        lots = dict(zip(site.districts, site.district_lots("districts"), strict=True))
        order = sorted(names, key=lots.__getitem__)
        return _assign_all(site, site.name in order[: self.drawn_of(len(names))], float(group))

    def drawn_of(self, size: int) -> int:
        """Return how many are drawn of a group of so many districts."""
        if self.drawn is None:
            return 1
        of_all = sum(len(districts) for districts in self.strata.values())
        return int(self.drawn.number) * size // of_all if self.strata else int(self.drawn.number)


def _assign_all(site: Site, is_offered: bool, block: float = 0.0) -> Assignment:
    """Return an assignment that is the same for all of a district."""
    size = len(site.eligible)
    times = np.full(size, site.begins if is_offered else NEVER)
    return assign_eligible(site, np.full(size, float(is_offered)), times, np.full(size, block))


class SteppedWedge(Record):
    """Districts begin one after another, in the order named or in one drawn by lot."""

    assignment: ClassVar[str] = STEPPED_WEDGE

    every: Length = Field(description="Time between two steps.")
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
        if months_of(self.every) < 1:
            raise QuantityFault(
                Message(
                    "every: expected one month or more; found {found}", found=self.every.written
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
        # The strata take turns: the first of each, then the second of each.
        turns = chain.from_iterable(zip_longest(*groups))
        order = [name for name in turns if name is not None]
        block = next(k for k, names in enumerate(groups) if site.name in names)
        return assign_eligible(
            site,
            np.ones(size),
            np.full(size, site.begins + order.index(site.name) * self.every.number),
            np.full(size, float(block)),
        )
