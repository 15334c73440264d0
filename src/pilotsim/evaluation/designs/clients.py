"""Designs that offer clients the programme one by one."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtr

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.elementary import normal_quantile
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
    Contrast,
    LotteryArm,
    check_arms,
    draw_arms,
    shares_of,
)
from pilotsim.evaluation.designs.sites import NEVER, Assignment, Site, assign_eligible, trait_of
from pilotsim.model.fields import Count, Length, Names, Real, Record, Share

HALF = 0.5


def _ranks(lots: Floats) -> Ints:
    """Return each one's place when all stand in the order of their lots."""
    ranks = np.empty(len(lots), np.int64)
    ranks[np.argsort(lots, kind="stable")] = np.arange(len(lots))
    return ranks


def _half() -> Quantity:
    return read_value("50 %", "share")


class Lottery(Record):
    """A fixed share is drawn by lot, within blocks or pairs by traits where some are named.

    Or there are several arms, each with its share; an analysis compares them two by two.
    """

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
    arms: dict[str, LotteryArm] = Field(
        default_factory=dict, description="Three arms or more, by name, instead of one share."
    )
    compared: str | None = Field(None, description="The arm that the others are compared with.")
    contrasts: tuple[Names, ...] | None = Field(
        None,
        description="The pairs of arms that are compared; each with `compared`, unless said.",
    )
    between: Names | None = Field(
        None, description="The two arms that one comparison is about; the program fills it in."
    )

    @property
    def pairs_of_arms(self) -> tuple[Contrast, ...]:
        """Which arms are compared, the first with the second; none where there are but two."""
        if self.contrasts is not None:
            return tuple((first, second) for first, second in self.contrasts)
        return tuple((name, str(self.compared)) for name in self.arms if name != self.compared)

    @property
    def planned_share(self) -> float:
        """The share of the first arm among those of both arms that are compared."""
        if self.between is None:
            return self.share.number
        by_name = dict(zip(self.arms, shares_of(self.arms), strict=True))
        first, second = (float(by_name[name]) for name in self.between)
        return first / (first + second)

    @property
    def offers_first_alone(self) -> bool:
        """Whether of the two arms that are compared the first is offered it, the second never."""
        if self.between is None:
            return True
        first, second = (self.arms[name] for name in self.between)
        return first.offered and not second.offered

    @model_validator(mode="after")
    def _has_arms(self) -> Lottery:
        if not self.arms:
            if self.compared or self.contrasts or self.between:
                raise QuantityFault(Message("arms: expected the arms that are compared"), "arms")
            return self
        for name in ("share", "pairs", "then"):
            if name in self.model_fields_set:
                raise QuantityFault(
                    Message("'{name}' is for two arms; with arms each has its own", name=name), name
                )
        check_arms(self.arms, self.compared, self.contrasts)
        if self.between is not None:
            check_arms(self.arms, self.compared, (self.between,))
        return self

    @model_validator(mode="after")
    def _makes_sense(self) -> Lottery:
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
        begins = [
            NEVER if not own.offered else site.begins + (own.after.number if own.after else 0.0)
            for own in self.arms.values()
        ]
        arm = np.full(len(block), np.nan)
        for value, name in zip((1.0, 0.0), self.between or (), strict=False):
            arm[drawn == list(self.arms).index(name)] = value
        return assign_eligible(site, arm, np.array(begins)[drawn], block, ~np.isnan(arm))


class WaitingList(Record):
    """All are offered the programme, so many a week in an order drawn by lot.

    The later half is compared with until then.
    """

    assignment: ClassVar[str] = WAITING_LIST

    per_week: Count = Field(description="How many are offered the programme each week.")
    pause: Length | None = Field(None, description="Between the earlier half and the later one.")

    @model_validator(mode="after")
    def _makes_sense(self) -> WaitingList:
        check_some("per_week", self.per_week)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return each one's week."""
        rank = _ranks(site.lots("waiting list"))
        early = rank < -(-len(rank) // 2)
        pause = 0.0 if self.pause is None else self.pause.number
        week = np.floor(rank / max(1.0, self.per_week.number))
        times: Floats = site.begins + 7.0 * week + pause * ~early
        return assign_eligible(site, early.astype(np.float64), times)


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
        check_splits(self.share)
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
        lots = site.lots("encouragement")
        answer = site.lots("answer")
        arm = _ranks(lots) < math.floor(self.share.number * len(lots) + 0.5)
        taken = answer < np.where(arm, self.encouraged.number, self.otherwise.number)
        responds = (answer < self.encouraged.number) & (answer >= self.otherwise.number)
        return assign_eligible(
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
        check_splits(self.share)
        return self

    def assign(self, site: Site) -> Assignment:
        """Return whom the caseworker finds the most ready."""
        drawn = [normal_quantile(float(one)) for one in site.lots("caseworker")]
        luck = self.noise.number * np.array(drawn, np.float64)
        score = luck
        for name, weight in self.weights.items():
            found = trait_of(site, name)
            spread = float(found.std()) if len(found) else 0.0
            score = score + (
                weight.number * (found - found.mean()) / spread if spread > 0.0 else 0.0
            )
        arm = _ranks(-np.asarray(score)) < math.floor(self.share.number * len(score) + 0.5)
        least = float(score[arm].min()) if arm.any() else math.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = ndtr((score - luck - least) / self.noise.number)
        return assign_eligible(
            site, arm.astype(np.float64), np.where(arm, site.begins, NEVER), chance=chance
        )


class TraitLimit(Record):
    """Only those below a limit of a trait, such as an age, are offered the programme."""

    assignment: ClassVar[str] = LIMIT

    trait: str = Field(description="The trait, a number.")
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
