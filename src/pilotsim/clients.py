"""Who comes: groups of clients, and the traits they differ in."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from pilotsim.fields import Count, Day, Every, Lasts, Number, Rate, Real, Record, Share, Words, check_one_of
from pilotsim.values import Value, ValueFault, read_value

HOME = "starts_in"
GROUP = "group"
PAST = "past"


class Trait(Record):
    """A property that clients differ in."""

    label: Words | None = None
    share: Share | None = Field(None, description="The share of clients that have it.")
    categories: dict[str, Share] | None = Field(None, description="Shares of each category; together 100 %.")
    normal: tuple[Real, Number] | None = Field(None, description="Mean and standard deviation of a latent number.")
    days: Lasts | None = Field(None, description="A length of time, in days.")
    groups: dict[str, Share] | None = Field(None, description="The share in certain groups, where it differs.")
    observed: bool = Field(True, description="Whether a register would show it.")

    @model_validator(mode="after")
    def _is_one(self) -> Trait:
        check_one_of(self, ("share", "categories", "normal", "days"), "a trait")
        if self.groups is not None and self.share is None:
            raise ValueFault("only a share may differ between groups")
        if self.categories is not None and abs(sum(v.number for v in self.categories.values()) - 1) > 0.0015:
            total = 100 * sum(v.number for v in self.categories.values())
            raise ValueFault(f"the shares of the categories add up to {total:.4g} %; expected 100 %")
        return self


class Intake(Record):
    """Clients who come on a schedule."""

    every: Every = Field(description="How often.")
    brings: Count = Field(description="How many come each time.")
    first: Day | None = Field(None, description="The first time; the flow's start, unless said.")
    next_working_day: bool = Field(False, description="Move a date on a day off to the next working day.")


class Group(Record):
    """Clients of one kind: how many there are at the start, and how more come."""

    label: Words | None = None
    stock: Count = Field(default_factory=lambda: read_value(0, "count"), description="How many are there at the start.")
    starts_in: str = Field(description="The stage they are in at the start, or come into.")
    past: Lasts | None = Field(None, description="Time that the stock has already spent on assistance.")
    arrivals: Rate | None = Field(None, description="How many come, on average, per month.")
    season: tuple[Number, ...] | None = Field(None, description="A factor on arrivals for each month, January first.")
    intake: Intake | None = Field(None, description="Clients who come on a schedule.")
    offered_from: Day | None = Field(None, description="May be offered the programme only from this date.")

    @field_validator("season")
    @classmethod
    def _twelve(cls, season: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
        return check_season(season)


def check_season(season: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    """Return the factors of a season; raise `ValueFault` unless there is one for each month."""
    if season is not None and len(season) != 12:
        raise ValueFault(f"expected 12 factors, January first; found {len(season)}")
    return season
