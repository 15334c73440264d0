"""The design of an evaluation, as a file states it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.designs.assignments import (
    BLOCKS,
    CHOSEN,
    DESIGNS,
    DRAWN_CLIENTS,
    DRAWN_DISTRICTS,
    NOBODY,
    PAIRS,
    Unit,
)
from pilotsim.evaluation.designs.clients import (
    Caseworker,
    Encouragement,
    Everyone,
    Lottery,
    TraitLimit,
    WaitingList,
)
from pilotsim.evaluation.designs.districts import Districts, SteppedWedge
from pilotsim.evaluation.designs.several_arms import Contrast, SeveralArms
from pilotsim.model.fields import Names, Record, check_one_of, one_of
from pilotsim.model.targets import Selection

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

    model_config = one_of(DESIGNS)

    lottery: Lottery | None = None
    waiting_list: WaitingList | None = None
    encouragement: Encouragement | None = None
    caseworker: Caseworker | None = None
    limit: TraitLimit | None = None
    everyone: Everyone | None = None
    districts: Districts | None = None
    stepped_wedge: SteppedWedge | None = None
    against: Selection | None = Field(
        None,
        description=(
            "Clients who are only compared with, never offered the programme; in a register the "
            "column assigned says who they are."
        ),
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
        found: Rule = getattr(self, self.named_by)
        return found

    @property
    def named_by(self) -> str:
        """The key by which a file names the rule."""
        return next(name for name in DESIGNS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _compares_arms_alone(self) -> DataStrategy:
        if self.has_several_arms and self.against is not None:
            raise QuantityFault(
                Message("'against' is for a design without an arm to compare with; it has arms"),
                "against",
            )
        return self

    @property
    def several(self) -> SeveralArms | None:
        """The rule, where its lots are drawn between more than two arms; None otherwise."""
        rule = self.rule
        return rule if isinstance(rule, SeveralArms) and rule.arms else None

    @property
    def has_several_arms(self) -> bool:
        """Whether lots are drawn between more than two arms, which are compared two by two."""
        return self.several is not None and self.between is None

    @property
    def between(self) -> Contrast | None:
        """The two of several arms that one comparison is about; None where it is about no two."""
        if self.several is None or self.several.between is None:
            return None
        first, second = self.several.between
        return first, second

    @property
    def pairs_of_arms(self) -> tuple[Contrast, ...]:
        """Which of several arms are compared; empty where there are but two."""
        return self.several.pairs_of_arms if self.several and self.has_several_arms else ()

    @property
    def words_of_arms(self) -> dict[str, str]:
        """The arm of each word by which a register calls it, in lower case; empty with two arms."""
        arms = self.several.arms if self.several else {}
        return {word.lower(): name for name, own in arms.items() for word in (name, *own.words)}

    def comparing(self, pair: Contrast) -> Self:
        """Return the same design as the one of two arms that it is for two of its arms."""
        assert self.several is not None
        return self.model_copy(update={self.named_by: self.several.comparing(pair)})

    @property
    def two_by_two(self) -> tuple[Self, ...]:
        """The designs of two arms that several arms are, one for each comparison; itself of two."""
        if not self.has_several_arms:
            return (self,)
        return tuple(self.comparing(pair) for pair in self.pairs_of_arms)

    @property
    def offers_first_alone(self) -> bool:
        """Whether of two arms the lot offers the first alone anything; see `SeveralArms`."""
        return self.several is None or self.several.offers_first_alone

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
        if isinstance(rule, Lottery) and rule.pairs:
            return PAIRS
        if isinstance(rule, Districts) and rule.is_matched:
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
