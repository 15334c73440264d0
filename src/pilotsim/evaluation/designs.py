"""Designs: who is offered the programme when.

An offer comes before the queue: places still limit who starts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtri

from pilotsim.base import randomness
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_value
from pilotsim.model.fields import Count, Length, Names, Real, Record, Share, check_one_of
from pilotsim.model.targets import Selection
from pilotsim.simulation.population import Cohort

NEVER = math.inf
DESIGNS = (
    "lottery",
    "waiting_list",
    "encouragement",
    "caseworker",
    "limit",
    "everyone",
    "districts",
    "stepped_wedge",
)
# How a design sets apart whom it compares, as estimators name what they are right under.
LOTTERY, WAITING_LIST, ENCOURAGEMENT = "lottery", "waiting_list", "encouragement"
CHOSEN, LIMIT, STEPPED_WEDGE = "chosen", "limit", "stepped_wedge"
DRAWN_DISTRICTS, NAMED_DISTRICTS, NOBODY = "drawn_districts", "named_districts", "nobody"
ASSIGNMENTS = (
    LOTTERY,
    WAITING_LIST,
    ENCOURAGEMENT,
    DRAWN_DISTRICTS,
    NAMED_DISTRICTS,
    STEPPED_WEDGE,
    LIMIT,
    CHOSEN,
    NOBODY,
)
# What each is called in a sentence.
ASSIGNMENT_SAYS: Mapping[str, Message] = {
    LOTTERY: Message("a lottery"),
    WAITING_LIST: Message("a waiting list by lot"),
    ENCOURAGEMENT: Message("encouragement by lot"),
    DRAWN_DISTRICTS: Message("districts drawn by lot"),
    NAMED_DISTRICTS: Message("districts that were chosen"),
    STEPPED_WEDGE: Message("a stepped wedge"),
    LIMIT: Message("a limit of a trait"),
    CHOSEN: Message("clients whom somebody chose"),
    NOBODY: Message("nobody to compare with"),
}
# Those in which clients are drawn by lot, one by one.
DRAWN_CLIENTS = (LOTTERY, WAITING_LIST, ENCOURAGEMENT)
Unit = Literal["client", "district"]


@dataclass(frozen=True)
class Site:
    """A district before anybody is offered anything.

    Parameters
    ----------
    cohort : Cohort
        Its clients.
    population, comparison : ndarray of bool, shape (clients,)
        Who may be offered the programme, and who is only compared with.
    begins : float
        From when offers are made, in days.
    name : str
        The district's name.
    districts : tuple of str
        The names of all districts of the evaluation.
    seed, draw : int
        The seed of what is drawn for all districts at once.
    """

    cohort: Cohort
    population: Bools
    comparison: Bools
    begins: float
    name: str
    districts: tuple[str, ...]
    seed: int
    draw: int

    @property
    def eligible(self) -> Ints:
        """The clients who may be offered the programme."""
        return np.flatnonzero(self.population)

    def lots(self, word: str) -> Floats:
        """Return each eligible client's own uniform number for a purpose."""
        return np.asarray(
            self.cohort.draws.block(randomness.code(f"design/{word}"))[self.eligible, 0]
        )

    def district_lots(self, word: str) -> Floats:
        """Return each district's uniform number for a purpose, shape (districts,).

        They are the same at every site.
        """
        group, purpose = randomness.code("design"), randomness.code(f"design/{word}")
        return np.array(
            [
                randomness.uniform(self.seed, self.draw, group, randomness.code(name), purpose, 0)
                for name in self.districts
            ]
        )


@dataclass(frozen=True)
class Assignment:
    """What a design decides at a site.

    Parameters
    ----------
    offered_from : ndarray of float, shape (clients,)
        From when each may be offered the programme, in days; `inf` for never.
    arm : ndarray of float, shape (clients,)
        1 for those to be compared as offered, 0 for those they are compared with, NaN for who is in
        neither arm.
    block : ndarray of float, shape (clients,)
        The block in which lots were drawn; NaN for none.
    responds : ndarray of bool, shape (clients,)
        Whose offer hangs on the arm.
    """

    offered_from: Floats
    arm: Floats
    block: Floats
    responds: Bools


def _assign(
    site: Site,
    arm: Floats,
    times: Floats,
    block: Floats | None = None,
    responds: Bools | None = None,
) -> Assignment:
    """Return an assignment of the eligible from arrays over them.

    The comparison is in arm 0 and never offered.
    """
    clients = len(site.cohort)
    offered, arms, blocks, answers = (
        np.full(clients, NEVER),
        np.full(clients, np.nan),
        np.full(clients, np.nan),
        np.zeros(clients, np.bool_),
    )
    arms[site.comparison] = 0.0
    offered[site.eligible], arms[site.eligible] = times, arm
    blocks[site.eligible] = np.zeros(len(arm)) if block is None else block
    answers[site.eligible] = True if responds is None else responds
    return Assignment(offered, arms, blocks, answers)


def _ranks(lots: Floats) -> Ints:
    """Return each one's place when all stand in the order of their lots."""
    ranks = np.empty(len(lots), np.int64)
    ranks[np.argsort(lots, kind="stable")] = np.arange(len(lots))
    return ranks


def _half() -> Quantity:
    return read_value("50 %", "share")


def _check_splits(share: Quantity) -> None:
    """Refuse a share that leaves one of the arms without anybody."""
    if not 0.0 < share.number < 1.0:
        raise QuantityFault(
            Message(
                "share: expected more than 0 % and less than 100 %, so that there is somebody to "
                "compare with; found {share}",
                share=share.written,
            )
        )


def _check_some(name: str, count: Quantity) -> None:
    """Refuse a count below 1."""
    if count.number < 1.0:
        raise QuantityFault(
            Message("{name}: expected 1 or more; found {found}", name=name, found=count.written)
        )


def _check_lasts(name: str, length: Quantity | None) -> None:
    """Refuse a length of time that is none."""
    if length is not None and not length.number > 0.0:
        raise QuantityFault(
            Message("{name}: expected more than 0; found {found}", name=name, found=length.written)
        )


def months_of(length: Quantity) -> int:
    """Return a length of time in whole months."""
    return round(length.number / DAYS_PER_MONTH)


class Lottery(Record):
    """A fixed share is drawn by lot, within blocks of traits where some are named."""

    assignment: ClassVar[str] = LOTTERY

    share: Share = Field(
        default_factory=_half, description="The share that is offered the programme."
    )
    blocks: Names = Field((), description="Traits; lots are drawn within each combination of them.")
    then: Length | None = Field(
        None, description="The others are offered it so long after; never, unless said."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Lottery:
        _check_splits(self.share)
        _check_lasts("then", self.then)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return who is drawn."""
        block, lots, rounding = (
            block_numbers(site, self.blocks),
            site.lots("lottery"),
            site.lots("rounding"),
        )
        arm = np.zeros(len(lots), np.float64)
        for one in np.unique(block):
            inside = np.flatnonzero(block == one)
            # Shares of a client are rounded by lot, so that small blocks do not tilt the whole.
            wanted = math.floor(self.share.number * len(inside) + rounding[inside[0]])
            arm[inside] = _ranks(lots[inside]) < wanted
        later = NEVER if self.then is None else site.begins + self.then.number
        times = np.full(len(lots), later, np.float64)
        times[arm == 1.0] = site.begins
        return _assign(site, arm, times, block)


class WaitingList(Record):
    """All are offered the programme, so many a week in an order drawn by lot.

    The later half is compared with until then.
    """

    assignment: ClassVar[str] = WAITING_LIST

    per_week: Count = Field(description="How many are offered the programme each week.")
    pause: Length | None = Field(None, description="Between the earlier half and the later one.")

    @model_validator(mode="after")
    def _makes_sense(self) -> WaitingList:
        _check_some("per_week", self.per_week)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return each one's week."""
        rank = _ranks(site.lots("waiting list"))
        early = rank < -(-len(rank) // 2)
        pause = 0.0 if self.pause is None else self.pause.number
        week = np.floor(rank / max(1.0, self.per_week.number))
        times: Floats = site.begins + 7.0 * week + pause * ~early
        return _assign(site, early.astype(np.float64), times)


class Encouragement(Record):
    """Some are drawn by lot to be encouraged; encouraged or not, some take the offer."""

    assignment: ClassVar[str] = ENCOURAGEMENT

    share: Share = Field(default_factory=_half, description="The share that is encouraged.")
    encouraged: Share = Field(
        description="How many of the encouraged are then offered the programme."
    )
    otherwise: Share = Field(description="How many of the others are.")

    @model_validator(mode="after")
    def _is_monotone(self) -> Encouragement:
        _check_splits(self.share)
        if self.encouraged.number == self.otherwise.number:
            raise QuantityFault(
                Message("encouragement that moves nobody: 'encouraged' equals 'otherwise'")
            )
        if self.encouraged.number < self.otherwise.number:
            raise ValueError(
                "encouragement must not keep anybody away: 'encouraged' is below 'otherwise'"
            )
        return self

    def assign(self, site: Site) -> Assignment:
        """Return who is encouraged, and who is offered the programme."""
        lots, answer = site.lots("encouragement"), site.lots("answer")
        arm = _ranks(lots) < math.floor(self.share.number * len(lots) + 0.5)
        taken = answer < np.where(arm, self.encouraged.number, self.otherwise.number)
        responds = (answer < self.encouraged.number) & (answer >= self.otherwise.number)
        return _assign(
            site, arm.astype(np.float64), np.where(taken, site.begins, NEVER), responds=responds
        )


class Caseworker(Record):
    """The caseworker chooses, by what a register shows and by what only the caseworker senses."""

    assignment: ClassVar[str] = CHOSEN

    share: Share = Field(
        default_factory=_half, description="The share that is offered the programme."
    )
    weights: dict[str, Real] = Field(description="What each trait counts, per standard deviation.")
    noise: Real = Field(
        default_factory=lambda: read_value(1, "real"), description="What chance counts."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Caseworker:
        _check_splits(self.share)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return whom the caseworker finds the most ready."""
        score = self.noise.number * ndtri(site.lots("caseworker"))
        for name, weight in self.weights.items():
            found = trait_of(site, name)
            spread = float(found.std()) if len(found) else 0.0
            score = score + (
                weight.number * (found - found.mean()) / spread if spread > 0.0 else 0.0
            )
        arm = _ranks(-np.asarray(score)) < math.floor(self.share.number * len(score) + 0.5)
        return _assign(site, arm.astype(np.float64), np.where(arm, site.begins, NEVER))


class TraitLimit(Record):
    """Only those below a limit of a trait, such as an age, are offered the programme."""

    assignment: ClassVar[str] = LIMIT

    trait: str = Field(description="The trait, a number.")
    below: Real = Field(description="Who is below this is offered the programme.")

    def assign(self, site: Site) -> Assignment:
        """Return who is below the limit."""
        arm = trait_of(site, self.trait) < self.below.number
        return _assign(site, arm.astype(np.float64), np.where(arm, site.begins, NEVER))


class Everyone(Record):
    """All are offered the programme at once."""

    assignment: ClassVar[str] = CHOSEN

    def assign(self, site: Site) -> Assignment:
        """Return everyone."""
        return _assign(site, np.ones(len(site.eligible)), np.full(len(site.eligible), site.begins))


class Districts(Record):
    """All of some districts are offered the programme: those named, or so many drawn by lot."""

    named: Names | None = Field(None, description="The districts.")
    drawn: Count | None = Field(None, description="How many are drawn.")

    @property
    def assignment(self) -> str:
        """Whether the districts are named or drawn."""
        return NAMED_DISTRICTS if self.drawn is None else DRAWN_DISTRICTS

    @model_validator(mode="after")
    def _is_one(self) -> Districts:
        check_one_of(self, ("named", "drawn"), Message("a choice of districts"))
        if self.drawn is not None:
            _check_some("drawn", self.drawn)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return all or nobody."""
        if self.named is not None:
            check_districts(self.named, site)
            chosen = site.name in self.named
        else:
            assert self.drawn is not None
            chosen = bool(
                _ranks(site.district_lots("districts"))[site.districts.index(site.name)]
                < self.drawn.number
            )
        size = len(site.eligible)
        return _assign(
            site, np.full(size, float(chosen)), np.full(size, site.begins if chosen else NEVER)
        )


class SteppedWedge(Record):
    """Districts begin one after another, in the order named or in one drawn by lot."""

    assignment: ClassVar[str] = STEPPED_WEDGE

    every: Length = Field(description="Time between two steps.")
    districts: Names | None = Field(
        None, description="The districts that get the programme; all, unless said."
    )
    order: str = Field("drawn", description="drawn, or named: the order in which they are listed.")

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

    def assign(self, site: Site) -> Assignment:
        """Return the step of this district."""
        wedge = site.districts if self.districts is None else self.districts
        check_districts(wedge, site)
        size = len(site.eligible)
        if site.name not in wedge:
            return _assign(site, np.zeros(size), np.full(size, NEVER))
        lots = {
            name: lot
            for name, lot in zip(site.districts, site.district_lots("wedge"), strict=True)
            if name in wedge
        }
        order = sorted(wedge, key=lots.__getitem__) if self.order == "drawn" else list(wedge)
        return _assign(
            site,
            np.ones(size),
            np.full(size, site.begins + order.index(site.name) * self.every.number),
        )


Rule = (
    Lottery
    | WaitingList
    | Encouragement
    | Caseworker
    | TraitLimit
    | Everyone
    | Districts
    | SteppedWedge
)


class DataStrategy(Record):
    """Who is offered the programme when, and with whom they are compared."""

    lottery: Lottery | None = None
    waiting_list: WaitingList | None = None
    encouragement: Encouragement | None = None
    caseworker: Caseworker | None = None
    limit: TraitLimit | None = None
    everyone: Everyone | None = None
    districts: Districts | None = None
    stepped_wedge: SteppedWedge | None = None
    against: Selection | None = Field(
        None, description="Clients who are only compared with, never offered the programme."
    )
    only: Names | None = Field(
        None, description="The districts that take part in this design; all, unless said."
    )

    @model_validator(mode="after")
    def _is_one(self) -> DataStrategy:
        check_one_of(self, DESIGNS, Message("a design"))
        return self

    @property
    def rule(self) -> Rule:
        """The rule by which it offers the programme."""
        found: Rule = next(
            getattr(self, name) for name in DESIGNS if getattr(self, name) is not None
        )
        return found

    @property
    def assignment(self) -> str:
        """How it sets apart whom it compares: one of `ASSIGNMENTS`."""
        if isinstance(self.rule, Everyone) and self.against is None:
            return NOBODY
        # Others than those who were drawn are compared with: it is no longer chance alone.
        return self.rule.assignment if self.against is None else CHOSEN

    @property
    def unit(self) -> Unit:
        """What is offered the programme as a whole: a client, or a district."""
        return "district" if isinstance(self.rule, Districts | SteppedWedge) else "client"

    @property
    def is_randomised(self) -> bool:
        """Whether chance alone decides who is offered the programme when."""
        if isinstance(self.rule, SteppedWedge):
            return self.rule.order == "drawn"
        return self.assignment in (*DRAWN_CLIENTS, DRAWN_DISTRICTS)


def check_districts(names: tuple[str, ...], site: Site) -> None:
    """Raise `RequestError` for a district that the evaluation does not have."""
    for name in names:
        if name not in site.districts:
            raise RequestError(
                Message(
                    "the evaluation has no district '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, site.districts),
                )
            )


def trait_of(site: Site, name: str) -> Floats:
    """Return a trait of the eligible, seen by a register or not.

    Raises
    ------
    RequestError
        The flow has no such trait.
    """
    traits: Mapping[str, Floats] = site.cohort.traits
    if name not in traits:
        raise RequestError(
            Message(
                "the flow has no trait '{name}'{meant}", name=name, meant=did_you_mean(name, traits)
            )
        )
    return np.asarray(traits[name][site.eligible])


def block_numbers(site: Site, names: tuple[str, ...]) -> Floats:
    """Return each eligible client's block: a number for each combination of the named traits."""
    if not names:
        return np.zeros(len(site.eligible))
    table = np.column_stack([trait_of(site, name) for name in names])
    return np.unique(table, axis=0, return_inverse=True)[1].astype(np.float64).ravel()
