"""What a flow file says: who comes, which stages they pass, what pulls them out, and what is scarce."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, WithJsonSchema, field_validator, model_validator

from pilotsim.dates import Calendar, add_months
from pilotsim.fields import (
    NAMES_SCHEMA,
    Count,
    Day,
    Every,
    Factors,
    Lasts,
    Length,
    Names,
    Number,
    Rate,
    Real,
    Record,
    Schema,
    Share,
    Speed,
    State,
    Words,
    check_one_of,
    value_schema,
    walk,
)  # fmt: skip
from pilotsim.questions import Conflict, Target
from pilotsim.values import Text, Value, ValueFault, read_value, show

HOME = "starts_in"
GROUP = "group"
PAST = "past"
MOST_STAGES = 500
MOST_DAYS = 100 * 366


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
        return _check_season(season)


def _check_season(season: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    if season is not None and len(season) != 12:
        raise ValueFault(f"expected 12 factors, January first; found {len(season)}")
    return season


class Supply(Record):
    """Units that come on a schedule and are used up."""

    every: Every
    units: Count
    first: Day | None = None
    lapses: bool = Field(False, description="What is left at the next supply is lost.")


class Resource(Record):
    """Something scarce: places, rooms, staff."""

    label: Words | None = None
    units: Count | None = Field(None, description="How many there are.")
    fte: Number | None = Field(None, description="Staff in full-time equivalents; needs `caseload`.")
    caseload: Number | None = Field(None, description="Units that one full-time equivalent is.")
    supply: Supply | None = Field(None, description="Units that come on a schedule and are used up.")
    price_per_month: Real | None = Field(None, description="What one unit costs a month.")

    @model_validator(mode="after")
    def _is_one(self) -> Resource:
        check_one_of(self, ("units", "fte", "supply"), "a resource")
        if (self.fte is None) != (self.caseload is None):
            raise ValueFault("staff is written with both 'fte' and 'caseload'")
        return self


class Risk(Record):
    """Something that may pull a client out of a stage: one clock per client."""

    label: Words | None = None
    to: str = Field(description="The stage it leads to, or `starts_in`: back to where the client's group starts.")
    rate: Rate | None = Field(None, description="The speed of the clock where a stage says 1.")
    after: Length | None = Field(None, description="A fixed limit instead of chance: it fires after so much time.")
    used: str | None = Field(None, description="For `after`: a trait in days that is already used up.")
    times: Factors = Field(default_factory=dict, description="Factors by trait.")
    season: tuple[Number, ...] | None = Field(None, description="A factor for each month, January first.")
    pace: Number = Field(default_factory=lambda: read_value(1, "number"), description="A factor that changes at dates.")

    @field_validator("season")
    @classmethod
    def _twelve(cls, season: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
        return _check_season(season)

    @model_validator(mode="after")
    def _one_threshold(self) -> Risk:
        if self.rate is not None and self.after is not None:
            raise ValueFault("a risk has either a rate or a fixed limit (after)")
        if self.used is not None and self.after is None:
            raise ValueFault("'used' needs a fixed limit (after)")
        return self


class StageRisk(Record):
    """How fast a risk's clock runs in a stage."""

    waiting: Speed | None = Field(None, description="While waiting: a rate, or times the risk's own rate.")
    started: Speed | None = Field(None, description="Once started: a rate, or times the risk's own rate.")
    to: str | None = Field(None, description="Where it leads from here, if not where the risk says.")

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the speeds; a single one, written without a key, needs none."""
        yield from [("", self.waiting)] if self.waiting is self.started else [("waiting", self.waiting), ("started", self.started)]


def _read_stage_risk(raw: Any) -> Any:
    if isinstance(raw, Mapping) and "value" not in raw:
        return raw
    if isinstance(raw, StageRisk):
        return raw
    speed = read_value(raw, "speed")
    return {"waiting": speed, "started": speed}


class Route(Record):
    """A way on from a stage."""

    share: Share | None = Field(None, description="The share that goes this way; left out for the rest.")
    odds: Factors = Field(default_factory=dict, description="Odds ratios by trait.")

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the share, which needs no key, and the odds ratios."""
        yield from (("", self.share), ("odds", self.odds))


def _read_route(raw: Any) -> Any:
    if raw == "rest":
        return {}
    if isinstance(raw, Route) or (isinstance(raw, Mapping) and "value" not in raw):
        return raw
    return {"share": read_value(raw, "share")}


class Opening(Record):
    """When a stage lets clients start, and how many."""

    every: Every | None = Field(None, description="How often it opens.")
    on: tuple[Day, ...] | None = Field(None, description="The dates on which it opens, instead of `every`.")
    first: Day | None = Field(None, description="The first opening; the flow's start, unless said.")
    until: Day | None = Field(None, description="No opening at or after this date.")
    admits: Count | None = Field(None, description="How many may start at an opening; all, unless said.")
    at_least: Count | None = Field(None, description="Nobody starts while fewer than this wait.")
    next_working_day: bool = Field(False, description="Move an opening on a day off to the next working day.")

    @model_validator(mode="after")
    def _is_one(self) -> Opening:
        check_one_of(self, ("every", "on"), "opens")
        return self


class Limit(Record):
    """At most so many may wait."""

    waiting: Count
    otherwise: str = Field(alias="else", description="Where those go who find the queue full.")


class Drawn(Record):
    """Clients taken out of a stage that they otherwise stay in."""

    stages: Names = Field(alias="from", description="The stages they are taken from.")
    groups: Names | None = Field(None, description="Only clients of these groups.")
    traits: dict[str, bool | str] | None = Field(None, description="Only clients with these traits.")
    again_after: Length | None = Field(None, description="May be taken again so long after the last time; else once only.")


def _read_drawn(raw: Any) -> Any:
    return {"from": raw} if isinstance(raw, str | list) else raw


def _read_order(raw: Any) -> tuple[str, str]:
    if isinstance(raw, tuple):
        return raw
    if raw in ("longest_waiting", "random"):
        return raw, ""
    if isinstance(raw, Mapping) and len(raw) == 1 and next(iter(raw)) in ("highest", "lowest"):
        return next(iter((str(k), str(v)) for k, v in raw.items()))
    raise ValueFault(f"expected longest_waiting, random, {{highest: trait}} or {{lowest: trait}}; found {show(raw)}")


_ORDER_SCHEMA = {
    "anyOf": [
        {"enum": ["longest_waiting", "random"]},
        {"type": "object", "properties": {"highest": {"type": "string"}, "lowest": {"type": "string"}}},
    ]
}
Order = Annotated[tuple[str, str], BeforeValidator(_read_order), WithJsonSchema(_ORDER_SCHEMA)]


def _record_schema(short: Schema, **properties: Schema) -> Schema:
    """Return the schema of a record that may also be written as one value."""
    record = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"anyOf": [*short["anyOf"], record]}


_OBJECT: Schema = {"type": "object"}
_ROUTE_SCHEMA = _record_schema(value_schema("share"), share=value_schema("share"), odds=_OBJECT)
_RISK_SCHEMA = _record_schema(
    value_schema("speed"), waiting=value_schema("speed"), started=value_schema("speed"), to={"type": "string"}
)
_DRAWN_SCHEMA = _record_schema(
    NAMES_SCHEMA, **{"from": NAMES_SCHEMA, "groups": NAMES_SCHEMA, "traits": _OBJECT, "again_after": value_schema("duration")}
)
Routes = dict[str, Annotated[Route, BeforeValidator(_read_route), WithJsonSchema(_ROUTE_SCHEMA)]]
StageRisks = dict[str, Annotated[StageRisk, BeforeValidator(_read_stage_risk), WithJsonSchema(_RISK_SCHEMA)]]
DrawnFrom = Annotated[Drawn | None, BeforeValidator(_read_drawn), WithJsonSchema(_DRAWN_SCHEMA)]


class Stage(Record):
    """A state that clients join, may wait in, start, and finish."""

    label: Words | None = None
    counts_as: State = Field("assistance", description="What a register would show.")
    needs: dict[str, Count] | None = Field(None, description="Units held from start to finish.")
    one_of: tuple[dict[str, Count], ...] | None = Field(None, description="Alternatives to `needs`, the first first.")
    keeps: Names = Field((), description="Units that go along into the next stage.")
    lasts: Lasts | None = Field(None, description="How long; left out: until a risk fires.")
    opens: Opening | None = Field(None, description="When and how many may start.")
    order: Order = Field(("longest_waiting", ""), description="Who starts first of those waiting.")
    priority: int = Field(0, description="Served before stages with a lower number, where units are scarce.")
    limit: Limit | None = None
    draws_from: DrawnFrom = None
    next: Routes | None = Field(None, description="Where those who finish go, by shares.")
    risks: StageRisks = Field(default_factory=dict, description="How fast each risk's clock runs here.")

    @model_validator(mode="after")
    def _hangs_together(self) -> Stage:
        if self.needs is not None and self.one_of is not None:
            raise ValueFault("say either needs or one_of")
        if self.lasts is not None and not self.next:
            raise ValueFault("says how long it lasts but not what is next")
        if self.next and self.lasts is None:
            raise ValueFault("says what is next but not how long it lasts; write 'lasts: 0 days' for a stage without length")
        if self.draws_from is not None and self.opens is None:
            raise ValueFault("draws_from needs 'opens': when are clients taken, and how many?")
        return self

    @property
    def alternatives(self) -> tuple[dict[str, Value], ...]:
        """What a client needs to start: one or several sets of units, the first tried first."""
        return self.one_of if self.one_of is not None else (self.needs or {},)

    @property
    def may_wait(self) -> bool:
        """Whether a client may have to wait before starting."""
        return self.opens is not None or any(self.alternatives)


class Effect(Record):
    """What a stage that was passed does to a risk afterwards."""

    label: Words | None = None
    after: str = Field(description="The stage.")
    counted_from: Literal["joined", "started", "finished"] = "finished"
    on: str = Field(description="The risk whose clock changes its speed.")
    times: Number = Field(description="The factor on the speed.")
    by: Factors = Field(default_factory=dict, description="Further factors by trait.")
    starts: Length | None = Field(None, description="How long after; at once, unless said.")
    lasts: Length | None = Field(None, alias="for", description="How long it holds; for ever, unless said.")
    fades: Length | None = Field(None, description="Over how long it then fades, in monthly steps.")


class Scenario(Record):
    """A named change to the flow."""

    says: Words
    changes: dict[str, Any] = Field(alias="set", description="Paths in this file, and what they become.")


class Flow(Record):
    """A flow file."""

    flow: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words | None = None
    starts: Day
    lasts: Length = Field(description="How long is simulated: whole months or days.")
    calendar: str = Field("NO", description="Whose public holidays: a country code.")
    currency: str = "NOK"
    sources: dict[str, Words] = Field(default_factory=dict, description="The documents that values name.")
    traits: dict[str, Trait] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(min_length=1)
    resources: dict[str, Resource] = Field(default_factory=dict)
    risks: dict[str, Risk] = Field(default_factory=dict)
    stages: dict[str, Stage] = Field(min_length=1, max_length=MOST_STAGES)
    effects: tuple[Effect, ...] = ()
    targets: dict[str, Target] = Field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    scenarios: dict[str, Scenario] = Field(default_factory=dict)

    _values: dict[str, Value] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any) -> None:
        """Give every value of the flow its slot."""
        for path, value in walk(self):
            object.__setattr__(value, "slot", len(self._values))
            self._values[path] = value

    @property
    def values(self) -> dict[str, Value]:
        """Every value of the flow by its path, in slot order."""
        return self._values

    @cached_property
    def assumptions(self) -> dict[str, Value]:
        """The values that have a range, by path."""
        return {path: value for path, value in self._values.items() if value.has_range}

    @property
    def end(self) -> date:
        """The horizon: the first date that is not simulated."""
        months = re.fullmatch(r"([0-9]+)\s*months?", self.lasts.written)
        return add_months(self.starts, int(months[1])) if months else self.starts + timedelta(days=round(self.lasts.number))

    def make_calendar(self) -> Calendar:
        """Return the calendar from the start to the horizon."""
        return Calendar(self.starts, self.end, self.calendar)

    def __repr__(self) -> str:
        parts = (f"{len(getattr(self, kind))} {kind}" for kind in ("groups", "stages", "resources", "risks", "targets"))
        return f"Flow({self.flow}: {', '.join(parts)}; {len(self._values)} values, {len(self.assumptions)} with a range)"

    __str__ = __repr__

    def label_of(self, kind: str, name: str, language: str) -> str:
        """Return what a stage, group, resource, risk or trait is called, or its name made readable."""
        record = getattr(self, kind).get(name)
        label: Text | None = getattr(record, "label", None)
        return label.in_language(language) if label else name.replace("_", " ").capitalize()
