"""Designs: who is offered the programme when.

An offer comes before the queue: places still limit who starts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
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
ARMS, HALF = (0.0, 1.0), 0.5
# A direction in which traits spread this little, against the widest, says nothing of its own.
REPEATED = 1e-12
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
# Within what lots are drawn, where they are not drawn among all: one of two, or so many of each.
BLOCKS, PAIRS = "blocks", "pairs"
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


def _check_once(names: Iterable[str]) -> None:
    """Refuse a district that is named twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise QuantityFault(
                Message("the district '{name}' is named twice; each has one lot", name=name)
            )
        seen.add(name)


def _check_strata(strata: Mapping[str, tuple[str, ...]], least: int) -> None:
    """Refuse strata in which there is nothing to draw, or that share a district."""
    for name, districts in strata.items():
        if len(districts) < least:
            raise QuantityFault(
                Message(
                    "strata: expected {least} districts or more in '{name}', so that there is "
                    "something to draw; found {found}",
                    least=least,
                    name=name,
                    found=len(districts),
                ),
                "strata",
            )
    _check_once(name for districts in strata.values() for name in districts)


def months_of(length: Quantity) -> int:
    """Return a length of time in whole months."""
    return round(length.number / DAYS_PER_MONTH)


class Lottery(Record):
    """A fixed share is drawn by lot, within blocks or pairs by traits where some are named."""

    assignment: ClassVar[str] = LOTTERY

    share: Share = Field(
        default_factory=_half, description="The share that is offered the programme."
    )
    blocks: Names = Field((), description="Traits; lots are drawn within each combination of them.")
    pairs: Names = Field(
        (),
        description=(
            "Traits; clients who are alike in them are put in pairs, and one of each is drawn."
        ),
    )
    then: Length | None = Field(
        None, description="The others are offered it so long after; never, unless said."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Lottery:
        _check_splits(self.share)
        _check_lasts("then", self.then)
        if self.pairs and self.blocks:
            raise QuantityFault(
                Message("expected blocks or pairs, not both: a pair is a block of two"), "pairs"
            )
        if self.pairs and self.share.number != HALF:
            raise QuantityFault(
                Message(
                    "of a pair one is drawn, which is a share of 50 %; found {share}",
                    share=self.share.written,
                ),
                "share",
            )
        return self

    def assign(self, site: Site) -> Assignment:
        """Return who is drawn; of an odd number of clients one is in no pair and in neither arm."""
        lots, rounding = site.lots("lottery"), site.lots("rounding")
        block = pair_numbers(site, self.pairs) if self.pairs else block_numbers(site, self.blocks)
        arm = np.where(np.isnan(block), np.nan, 0.0)
        for one in np.unique(block[~np.isnan(block)]):
            inside = np.flatnonzero(block == one)
            # Shares of a client are rounded by lot, so that small blocks do not tilt the whole.
            wanted = math.floor(self.share.number * len(inside) + rounding[inside[0]])
            arm[inside] = _ranks(lots[inside]) < wanted
        later = NEVER if self.then is None else site.begins + self.then.number
        times = np.where(np.isnan(arm), NEVER, later)
        times[arm == 1.0] = site.begins
        return _assign(site, arm, times, block, ~np.isnan(arm))


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
            _check_some("drawn", self.drawn)
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
            _check_once(name for pair in self.pairs for name in pair)
        if self.strata:
            _check_strata(self.strata, len(ARMS))
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
            return _assign(
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
    return _assign(site, np.full(size, float(is_offered)), times, np.full(size, block))


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
        _check_strata(self.strata, len(ARMS))
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
            return _assign(site, np.zeros(size), np.full(size, NEVER))
        lots = dict(zip(site.districts, site.district_lots("wedge"), strict=True))
        groups = [list(names) for names in self.strata.values()] or [list(members)]
        if self.order == "drawn":
            groups = [sorted(names, key=lots.__getitem__) for names in groups]
        # The strata take turns: the first of each, then the second of each.
        turns = chain.from_iterable(zip_longest(*groups))
        order = [name for name in turns if name is not None]
        block = next(k for k, names in enumerate(groups) if site.name in names)
        return _assign(
            site,
            np.ones(size),
            np.full(size, site.begins + order.index(site.name) * self.every.number),
            np.full(size, float(block)),
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
    def within(self) -> str | None:
        """Within what lots are drawn: `BLOCKS`, `PAIRS`, or None where among all."""
        rule = self.rule
        if isinstance(rule, Lottery | Districts) and rule.pairs:
            return PAIRS
        if isinstance(rule, Lottery) and rule.blocks:
            return BLOCKS
        is_stratified = isinstance(rule, Districts | SteppedWedge) and bool(rule.strata)
        return BLOCKS if is_stratified else None

    @property
    def lots_drawn(self) -> str | None:
        """What is drawn by lot and within what, as texts name it; None where nothing is.

        `client`, `district` or `order`, and with `_blocks` or `_pairs` what it is drawn within.
        """
        if not self.is_randomised:
            return None
        drawn = "order" if isinstance(self.rule, SteppedWedge) else self.unit
        return drawn if self.within is None else f"{drawn}_{self.within}"

    @property
    def is_randomised(self) -> bool:
        """Whether chance alone decides who is offered the programme when."""
        if isinstance(self.rule, SteppedWedge):
            return self.rule.order == "drawn"
        return self.draws_arms

    @property
    def draws_arms(self) -> bool:
        """Whether a lot decides who is in which arm, of clients or of whole districts.

        What it decided only the register can say.
        """
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


def pair_numbers(site: Site, names: tuple[str, ...]) -> Floats:
    """Return each eligible client's pair by the named traits; NaN for who is left over.

    Those who are hardest to match are matched first: beginning with who lies farthest from the
    mean, each is paired with the nearest of those who are left, by Mahalanobis distance. Of an odd
    number the one nearest to the mean is left over, whom a pair would tell the least about.
    Source: Greevy, Lu, Silber and Rosenbaum, Biostatistics 5 (2004) 263-275; Bruhn and McKenzie,
    American Economic Journal: Applied Economics 1 (2009) 200-232.
    """
    table = np.column_stack([trait_of(site, name) for name in names])
    return match_pairs(table)


def match_pairs(table: Floats) -> Floats:
    """Return a pair for each row of a table of traits; NaN for the row left over of an odd number.

    Parameters
    ----------
    table : ndarray of float, shape (clients, traits)

    Returns
    -------
    ndarray of float, shape (clients,)
    """
    clients = len(table)
    centred = table - table.mean(axis=0)
    covariance = np.atleast_2d(np.cov(centred, rowvar=False)) if clients > 1 else np.zeros((1, 1))
    values, vectors = np.linalg.eigh(covariance)
    spread = values > REPEATED * max(values.max(), 1e-300)
    # Distances between these columns are those of Mahalanobis.
    columns = centred @ vectors[:, spread] / np.sqrt(values[spread])
    hardest = np.argsort(-(columns**2).sum(axis=1), kind="stable")
    pair, left = np.full(clients, np.nan), np.ones(clients, np.bool_)
    for one in hardest:
        if not left[one]:
            continue
        left[one] = False
        others = np.flatnonzero(left)
        if not len(others):
            break
        nearest = others[np.argmin(((columns[others] - columns[one]) ** 2).sum(axis=1))]
        left[nearest] = False
        pair[[one, nearest]] = float(min(one, nearest))
    return pair


def block_numbers(site: Site, names: tuple[str, ...]) -> Floats:
    """Return each eligible client's block: a number for each combination of the named traits."""
    if not names:
        return np.zeros(len(site.eligible))
    table = np.column_stack([trait_of(site, name) for name in names])
    return np.unique(table, axis=0, return_inverse=True)[1].astype(np.float64).ravel()
