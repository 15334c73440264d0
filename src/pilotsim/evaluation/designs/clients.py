"""Designs that offer clients the programme one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.elementary import normal_probability, normal_quantile
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_value
from pilotsim.evaluation.designs.assignments import (
    CHOSEN,
    ENCOURAGEMENT,
    LIMIT,
    LOTTERY,
    WAITING_LIST,
)
from pilotsim.evaluation.designs.pair_matching import block_numbers, pair_numbers
from pilotsim.evaluation.designs.requirements import check_lasts, check_some, check_splits
from pilotsim.evaluation.designs.several_arms import (
    ClientArm,
    LotteryArm,
    SeveralArms,
    arm_of_pair,
    check_shares,
    draw_arms,
    offered_alike,
    share_of_pair,
    shares_of,
)
from pilotsim.evaluation.designs.sites import NEVER, Assignment, Site, assign_eligible, trait_of
from pilotsim.model.fields import Count, Length, OfferedTraits, Real, Record, Share
from pilotsim.model.naming import NameOf

HALF = 0.5


def _ranks(lots: Floats) -> Ints:
    """Return each one's place when all stand in the order of their lots."""
    ranks = np.empty(len(lots), np.int64)
    ranks[np.argsort(lots, kind="stable")] = np.arange(len(lots))
    return ranks


def _half() -> Quantity:
    return read_value("50 %", "share")


class Lottery(SeveralArms):
    """A fixed share is drawn by lot, within blocks or pairs by traits where some are named.

    Or there are several arms, each with its share; an analysis compares them two by two.
    """

    assignment: ClassVar[str] = LOTTERY
    of_two_arms: ClassVar[tuple[str, ...]] = ("share", "pairs", "then")

    share: Share = Field(
        default_factory=_half, description="The share that is offered the programme."
    )
    blocks: OfferedTraits = Field(
        (), description="Traits; lots are drawn within each combination of them."
    )
    pairs: OfferedTraits = Field(
        (),
        description=(
            "Traits; clients who are alike in them are put in pairs, and one of each is drawn."
        ),
    )
    then: Length | None = Field(
        None, description="The others are offered it so long after; never, unless said."
    )
    arms: Mapping[str, LotteryArm] = Field(
        default_factory=dict, description="Three arms or more, by name, instead of one share."
    )

    @property
    def planned_share(self) -> float:
        """The share of the first arm among those of both arms that are compared."""
        if self.between is None:
            return self.share.number
        return share_of_pair(self.arms, self.between)

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
    def _makes_sense(self) -> Lottery:
        check_shares(self.arms)
        check_splits(self.share)
        check_lasts("then", self.then)
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
        lots = site.lots("lottery")
        rounding = site.lots("rounding")
        if self.arms:
            return self._assign_arms(site, lots, rounding)
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
        return assign_eligible(site, arm, times, block, ~np.isnan(arm))

    def _assign_arms(self, site: Site, lots: Floats, rounding: Floats) -> Assignment:
        """Return who is drawn to which arm; those of other arms than the two are in neither."""
        block = block_numbers(site, self.blocks)
        drawn = np.zeros(len(block), np.int64)
        for one in np.unique(block):
            inside = np.flatnonzero(block == one)
            ranks = _ranks(lots[inside])
            drawn[inside] = draw_arms(shares_of(self.arms), ranks, float(rounding[inside[0]]))
        begins = [own.begins(site.begins) for own in self.arms.values()]
        arm = arm_of_pair(drawn, self.arms, self.between)
        return assign_eligible(site, arm, np.array(begins)[drawn], block, ~np.isnan(arm))


class WaitingList(SeveralArms):
    """All are offered the programme, so many a week in an order drawn by lot.

    The later half is compared with until then. Or there are several arms, of which the one that is
    compared with waits until all others have been offered theirs.
    """

    assignment: ClassVar[str] = WAITING_LIST

    per_week: Count = Field(description="How many are offered the programme each week.")
    pause: Length | None = Field(
        None, description="Between those who are offered it first and those who wait."
    )
    arms: Mapping[str, ClientArm] = Field(
        default_factory=dict,
        description="Three arms or more, by name, of which the one in `compared` waits.",
    )

    @property
    def planned_share(self) -> float:
        """The share of the first arm among those of both arms that are compared."""
        return HALF if self.between is None else share_of_pair(self.arms, self.between)

    @property
    def offers_first_alone(self) -> bool:
        """Whether of the two arms that are compared the first is offered it first."""
        return self.between is None or self.between[1] == self.compared

    @property
    def alike_in_flow(self) -> tuple[str, ...]:
        """The other arms that do not wait."""
        first = self.between[0] if self.between else None
        return tuple(name for name in self.arms if name not in (first, self.compared))

    @model_validator(mode="after")
    def _makes_sense(self) -> WaitingList:
        check_some("per_week", self.per_week)
        check_lasts("pause", self.pause)
        check_shares(self.arms)
        for pair in (*(self.contrasts or ()), *((self.between,) if self.between else ())):
            if pair[0] == self.compared:
                raise QuantityFault(
                    Message(
                        "contrasts: '{name}' is the arm that waits, and so the second of a pair",
                        name=pair[0],
                    ),
                    "contrasts",
                )
        return self

    def assign(self, site: Site) -> Assignment:
        """Return each one's week."""
        rank = _ranks(site.lots("waiting list"))
        if self.arms:
            drawn = self._draw_arms(site, rank)
            early = drawn != list(self.arms).index(str(self.compared))
            arm = arm_of_pair(drawn, self.arms, self.between)
        else:
            early = rank < -(-len(rank) // 2)
            arm = early.astype(np.float64)
        pause = 0.0 if self.pause is None else self.pause.number
        week = np.floor(rank / max(1.0, self.per_week.number))
        times: Floats = site.begins + 7.0 * week + pause * ~early
        return assign_eligible(site, arm, times, responds=~np.isnan(arm))

    def _draw_arms(self, site: Site, rank: Ints) -> Ints:
        """Return each one's arm: the last in the order wait, the others are drawn a second time.

        So that who is offered what says nothing of when.
        """
        shares = shares_of(self.arms)
        waits = list(self.arms).index(str(self.compared))
        rounding = site.lots("rounding")[:1].sum()
        early = draw_arms(np.array([1.0 - shares[waits], shares[waits]]), rank, rounding) == 0
        drawn = np.full(len(rank), waits)
        others = np.delete(np.arange(len(shares)), waits)
        parts = shares[others] / shares[others].sum()
        drawn[early] = others[draw_arms(parts, _ranks(site.lots("arms")[early]), rounding)]
        return drawn


class InvitedArm(ClientArm):
    """One of several kinds of invitation."""

    offered: Share = Field(description="How many of it are then offered the programme.")


class Encouragement(SeveralArms):
    """Some are drawn by lot to be encouraged; encouraged or not, some take the offer.

    Or there are several kinds of invitation, each with how many it moves.
    """

    assignment: ClassVar[str] = ENCOURAGEMENT
    of_two_arms: ClassVar[tuple[str, ...]] = ("share", "encouraged", "otherwise")

    share: Share = Field(default_factory=_half, description="The share that is encouraged.")
    encouraged: Share | None = Field(
        None, description="How many of the encouraged are then offered the programme."
    )
    otherwise: Share | None = Field(None, description="How many of the others are.")
    arms: Mapping[str, InvitedArm] = Field(
        default_factory=dict,
        description="Three kinds of invitation or more, by name; none at all is one.",
    )

    @property
    def planned_share(self) -> float:
        """The share of the first arm among those of both arms that are compared."""
        if self.between is None:
            return self.share.number
        return share_of_pair(self.arms, self.between)

    @property
    def moved(self) -> tuple[float, float]:
        """How many of each arm that is compared are offered the programme: first, second."""
        shares: tuple[Quantity | None, ...] = (self.encouraged, self.otherwise)
        if self.between is not None:
            shares = tuple(self.arms[name].offered for name in self.between)
        first, second = (0.0 if own is None else own.number for own in shares)
        return first, second

    @property
    def offers_first_alone(self) -> bool:
        """Whether more of the first arm than of the second are moved to be offered it."""
        first, second = self.moved
        return first > second

    @model_validator(mode="after")
    def _is_monotone(self) -> Encouragement:
        check_shares(self.arms)
        if self.arms:
            return self
        check_splits(self.share)
        if self.encouraged is None or self.otherwise is None:
            raise QuantityFault(
                Message(
                    "encouragement: say how many are offered the programme with it (encouraged) "
                    "and without (otherwise), or its arms"
                )
            )
        first, second = self.moved
        if first == second:
            raise QuantityFault(
                Message("encouragement that moves nobody: 'encouraged' equals 'otherwise'")
            )
        if first < second:
            raise QuantityFault(
                Message(
                    "encouragement must not keep anybody away: 'encouraged' is below 'otherwise'"
                )
            )
        return self

    def assign(self, site: Site) -> Assignment:
        """Return who is encouraged, and who is offered the programme."""
        ranks = _ranks(site.lots("encouragement"))
        answer = site.lots("answer")
        if self.arms:
            drawn = draw_arms(shares_of(self.arms), ranks, site.lots("rounding")[:1].sum())
            arm = arm_of_pair(drawn, self.arms, self.between)
            moved = np.array([own.offered.number for own in self.arms.values()])[drawn]
        else:
            arm = (ranks < math.floor(self.share.number * len(ranks) + 0.5)).astype(np.float64)
            moved = np.where(arm == 1.0, *self.moved)
        responds = np.zeros(len(ranks), np.bool_)
        if not self.arms or self.between:
            first, second = self.moved
            responds = (answer < first) & (answer >= second)
        times = np.where(answer < moved, site.begins, NEVER)
        return assign_eligible(site, arm, times, responds=responds)


class Caseworker(Record):
    """The caseworker chooses, by what a register shows and by what only the caseworker senses."""

    assignment: ClassVar[str] = CHOSEN

    share: Share = Field(
        default_factory=_half, description="The share that is offered the programme."
    )
    weights: dict[Annotated[str, NameOf(("traits",), free=True)], Real] = Field(
        description="In a simulation: what each trait counts, per standard deviation."
    )
    noise: Real = Field(
        default_factory=lambda: read_value(1, "real"),
        description="In a simulation: what chance counts.",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Caseworker:
        check_splits(self.share)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return whom the caseworker finds the most ready."""
        drawn = [normal_quantile(float(one)) for one in site.lots("caseworker")]
        luck = self.noise.number * np.array(drawn, np.float64)
        score = luck
        for name, weight in self.weights.items():
            score = score + weight.number * _standardised(trait_of(site, name))
        arm = _ranks(-np.asarray(score)) < math.floor(self.share.number * len(score) + 0.5)
        least = float(score[arm].min()) if arm.any() else math.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = (score - luck - least) / self.noise.number
        chance = np.array([normal_probability(float(one)) for one in beyond], np.float64)
        return assign_eligible(
            site, arm.astype(np.float64), np.where(arm, site.begins, NEVER), chance=chance
        )


def _standardised(trait: Floats) -> Floats:
    """Return a trait in standard deviations from its mean; 0 where all have the same.

    Sums are rounded once, so that they are the same on every machine.
    """
    clients = max(1, len(trait))
    centred = np.asarray(trait - math.fsum(trait) / clients)
    spread = math.sqrt(math.fsum(centred * centred) / clients)
    return centred / spread if spread > 0.0 else np.zeros(len(trait))


class TraitLimit(Record):
    """Only those below a limit of a trait, such as an age, are offered the programme."""

    assignment: ClassVar[str] = LIMIT

    trait: Annotated[str, NameOf(("traits",), free=True)] = Field(
        description="The trait, a number."
    )
    below: Real = Field(description="Who is below this is offered the programme.")

    def assign(self, site: Site) -> Assignment:
        """Return who is below the limit."""
        arm = trait_of(site, self.trait) < self.below.number
        return assign_eligible(site, arm.astype(np.float64), np.where(arm, site.begins, NEVER))


class Everyone(Record):
    """All are offered the programme at once."""

    assignment: ClassVar[str] = CHOSEN

    def assign(self, site: Site) -> Assignment:
        """Return everyone."""
        return assign_eligible(
            site, np.ones(len(site.eligible)), np.full(len(site.eligible), site.begins)
        )
