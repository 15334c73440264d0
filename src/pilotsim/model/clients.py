"""Who comes: groups of clients, and the traits they differ in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, is_written_out, read_value
from pilotsim.model.arrivals import ArrivalsFrom
from pilotsim.model.distributions import Duration, read_duration
from pilotsim.model.distributions.duration import check_correlation
from pilotsim.model.fields import (
    SHARE_OR_REST,
    Count,
    Day,
    Every,
    GapsField,
    Lasts,
    Number,
    Rate,
    Real,
    Record,
    Share,
    Words,
    check_one_of,
    duration_schema,
    one_of,
    record_schema,
    value_schema,
)
from pilotsim.model.naming import GroupName, NameOf, StageName, TraitName
from pilotsim.model.week import WeekOfWeights

HOME = "starts_in"
GROUP = "group"
PAST = "past"
StageOrHome = Annotated[str, NameOf(("stages",), (HOME,))]


class Shares(Record):
    """A share that may differ between those who are there at the start and those who come later."""

    short_for = ("stock", "arrivals")
    stock: Share = Field(description="Among those there at the start.")
    arrivals: Share = Field(description="Among those who come later.")

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the shares; a single one, written without a key, needs none."""
        yield from (
            [("", self.stock)]
            if self.stock is self.arrivals
            else [("stock", self.stock), ("arrivals", self.arrivals)]
        )


def _read_shares(raw: Any) -> Any:
    if isinstance(raw, Shares) or (isinstance(raw, Mapping) and not is_written_out(raw)):
        return raw
    return dict.fromkeys(Shares.short_for, read_value(raw, "share"))


_SHARES_SCHEMA = record_schema(value_schema("share"), Shares)
SharesField = Annotated[Shares, BeforeValidator(_read_shares), WithJsonSchema(_SHARES_SCHEMA)]


class Trait(Record):
    """A property that clients differ in."""

    model_config = one_of(("share", "categories", "normal", "days"))

    label: Words | None = None
    share: SharesField | None = Field(None, description="The share of clients that have it.")
    categories: dict[str, Share] | None = Field(
        None, description="Shares of each category; together 100 %."
    )
    normal: tuple[Real, Number] | None = Field(
        None, description="Mean and standard deviation of a latent number."
    )
    days: Lasts | None = Field(None, description="A length of time, in days.")
    groups: dict[GroupName, SharesField] | None = Field(
        None, description="The share in certain groups, where it differs."
    )
    correlated: dict[TraitName, Real] | None = Field(
        None, description="A trait that stands before it, with the rank correlation of both."
    )
    observed: bool = Field(True, description="Whether a register would show it.")

    @model_validator(mode="after")
    def _is_one(self) -> Trait:
        check_one_of(self, ("share", "categories", "normal", "days"), Message("a trait"))
        if self.correlated is not None:
            check_correlation(self.correlated, "correlated")
        if self.groups is not None and self.share is None:
            raise QuantityFault(Message("only a share may differ between groups"))
        if (
            self.categories is not None
            and abs(math.fsum(v.number for v in self.categories.values()) - 1) > 0.0015
        ):
            total = 100 * math.fsum(v.number for v in self.categories.values())
            raise QuantityFault(
                Message(
                    "the shares of the categories add up to {total:.4g} %; expected 100 %",
                    total=total,
                )
            )
        return self


class Intake(Record):
    """Clients who come on a schedule."""

    every: Every = Field(description="How often.")
    brings: Count = Field(description="How many come each time.")
    first: Day | None = Field(None, description="The first time; the flow's start, unless said.")
    next_working_day: bool = Field(
        False, description="Move a date on a day off to the next working day."
    )


EQUILIBRIUM = "equilibrium"


def _read_remaining(raw: Any) -> Any:
    return raw if raw is None or raw == EQUILIBRIUM else read_duration(raw)


_REMAINING_SCHEMA = {"anyOf": [{"const": EQUILIBRIUM}, *duration_schema()["anyOf"]]}
Remaining = Annotated[
    Duration | str | None, BeforeValidator(_read_remaining), WithJsonSchema(_REMAINING_SCHEMA)
]


class StartPlace(Record):
    """Where a part of the stock is at the start, and how much of its stay is left."""

    short_for = ("share",)
    share: Share | None = Field(
        None, description="The share of the stock that is there; left out for the rest."
    )
    remaining: Remaining = Field(
        None,
        description="What is left of the stay: `equilibrium`, or a length; the whole, unless said.",
    )

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the share, which needs no key, and the length that is left."""
        yield from (("", self.share), ("remaining", self.remaining))


def _read_place(raw: Any) -> Any:
    if raw == "rest":
        return {}
    if isinstance(raw, StartPlace) or (isinstance(raw, Mapping) and not is_written_out(raw)):
        return raw
    return {"share": read_value(raw, "share")}


_PLACE_SCHEMA = record_schema(SHARE_OR_REST, StartPlace)
Places = dict[
    StageOrHome, Annotated[StartPlace, BeforeValidator(_read_place), WithJsonSchema(_PLACE_SCHEMA)]
]


class Deterred(Record):
    """New clients whom the programme keeps from coming, as long as it is there."""

    share: Share = Field(description="Of those who would come without the programme.")
    to: StageName = Field(description="The stage that they are in instead.")
    since: Day | None = Field(
        None,
        alias="from",
        description="From which date; from the first opening of a stage that draws, unless said.",
    )


class Group(Record):
    """Clients of one kind: how many there are at the start, and how more come."""

    label: Words | None = None
    stock: Count = Field(
        default_factory=lambda: read_value(0, "count"),
        description="How many are there at the start.",
    )
    starts_in: StageName = Field(description="The stage they are in at the start, or come into.")
    stock_in: Places | None = Field(
        None,
        description="Where the stock is at the start, by shares; all in `starts_in`, unless said.",
    )
    past: Lasts | None = Field(
        None, description="Time that the stock has already spent on assistance."
    )
    arrivals: Rate | None = Field(None, description="How many come, on average, per month.")
    arrivals_from: ArrivalsFrom | None = Field(
        None, description="Or a file of how many came in each day, week or month, or of times."
    )
    gaps: GapsField | None = Field(
        None,
        description="How evenly they come, by a law of the gaps; by chance alone, unless said.",
    )
    season: tuple[Number, ...] | None = Field(
        None, description="A factor on arrivals for each month, January first."
    )
    week: WeekOfWeights | None = Field(
        None, description="At which hours of the week they come; at any, unless said."
    )
    intake: Intake | None = Field(None, description="Clients who come on a schedule.")
    offered_from: Day | None = Field(
        None, description="May be offered the programme only from this date."
    )
    deterred: Deterred | None = Field(
        None, description="New clients whom the programme keeps from coming."
    )

    @property
    def has_arrivals(self) -> bool:
        """Whether clients arrive, at a rate or as a file says."""
        return self.arrivals is not None or self.arrivals_from is not None

    @field_validator("season")
    @classmethod
    def _twelve(cls, season: tuple[Quantity, ...] | None) -> tuple[Quantity, ...] | None:
        return check_season(season)


def check_season(season: tuple[Quantity, ...] | None) -> tuple[Quantity, ...] | None:
    """Return the factors of a season; raise `QuantityFault` unless there is one for each month."""
    if season is not None and len(season) != 12:
        raise QuantityFault(
            Message("expected 12 factors, January first; found {found}", found=len(season))
        )
    return season
