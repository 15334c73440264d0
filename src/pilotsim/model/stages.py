"""Where clients are: stages with their openings, ways on and clocks; risks that pull clients out.

Effects that stay.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from pilotsim.base.calendar import Calendar
from pilotsim.base.messages import Message, either
from pilotsim.base.quantity import Quantity, QuantityFault, is_written_out, read_value, show
from pilotsim.base.text import is_whole_number
from pilotsim.model.clients import StageOrHome, check_season
from pilotsim.model.conditions import Conditions, conditions_schema
from pilotsim.model.distributions import Duration
from pilotsim.model.fields import (
    MAX_INT,
    NAMES_SCHEMA,
    SHARE_OR_REST,
    Count,
    Day,
    Every,
    Factors,
    Groups,
    Hazard,
    Lasts,
    Length,
    Names,
    Number,
    Record,
    Schema,
    Share,
    Speed,
    Stages,
    State,
    WantedTraits,
    Words,
    as_hazard,
    check_one_of,
    one_of,
    record_schema,
    value_schema,
)
from pilotsim.model.naming import (
    NameOf,
    ResourceName,
    RiskName,
    StageName,
    TraitName,
    marked,
)
from pilotsim.model.queue_disciplines import LONGEST_WAITING, QUEUE_DISCIPLINES
from pilotsim.model.week import (
    Minutes,
    TimeOfDay,
    WeekOfOpenings,
    at_time,
    has_hours,
    moments_of,
)


class Risk(Record):
    """Something that may pull a client out of a stage: one clock per client."""

    label: Words | None = None
    to: StageOrHome = Field(
        description="The stage it leads to, or `starts_in`: back to where the client's group "
        "starts.",
    )
    rate: Hazard | None = Field(None, description="The speed of the clock where a stage says 1.")
    after: Length | None = Field(
        None, description="A fixed limit instead of chance: it fires after so much time."
    )
    used: TraitName | None = Field(
        None, description="For `after`: a trait in days that is already used up."
    )
    times: Factors = Field(default_factory=dict, description="Factors by trait.")
    season: tuple[Number, ...] | None = Field(
        None, description="A factor for each month, January first."
    )
    pace: Number = Field(
        default_factory=lambda: read_value(1, "number"),
        description="A factor that changes at dates.",
    )

    @field_validator("season")
    @classmethod
    def _twelve(cls, season: tuple[Quantity, ...] | None) -> tuple[Quantity, ...] | None:
        return check_season(season)

    @model_validator(mode="after")
    def _one_threshold(self) -> Risk:
        if self.rate is not None and self.after is not None:
            raise QuantityFault(Message("a risk has either a rate or a fixed limit (after)"))
        if self.used is not None and self.after is None:
            raise QuantityFault(Message("'used' needs a fixed limit (after)"))
        return self


class StageRisk(Record):
    """How fast a risk's clock runs in a stage."""

    short_for = ("waiting", "started")
    waiting: Speed | None = Field(
        None, description="While waiting: a rate, or times the risk's own rate."
    )
    started: Speed | None = Field(
        None, description="Once started: a rate, or times the risk's own rate."
    )
    to: StageOrHome | None = Field(
        None, description="Where it leads from here, if not where the risk says."
    )

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the speeds; a single one, written without a key, needs none."""
        yield from (
            [("", self.waiting)]
            if self.waiting is self.started
            else [("waiting", self.waiting), ("started", self.started)]
        )


def _read_stage_risk(raw: Any) -> Any:
    if isinstance(raw, Mapping) and not is_written_out(raw):
        return raw
    if isinstance(raw, StageRisk):
        return raw
    return dict.fromkeys(StageRisk.short_for, as_hazard(read_value(raw, "speed")))


class Route(Record):
    """A way on from a stage."""

    short_for = ("share",)
    share: Share | None = Field(
        None, description="The share that goes this way; left out for the rest."
    )
    when: Annotated[
        dict[str, Share], Conditions, WithJsonSchema(conditions_schema(value_schema("share")))
    ] = Field(
        default_factory=dict,
        description="What the share is under conditions on the state: the first that holds counts.",
    )
    odds: Factors = Field(default_factory=dict, description="Odds ratios by trait.")
    lasts: Lasts | None = Field(
        None, description="How long the stay is that ends this way; as the stage says, unless said."
    )

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the share, which needs no key, and all that is said beside it."""
        yield from (
            ("", self.share),
            ("when", self.when),
            ("odds", self.odds),
            ("lasts", self.lasts),
        )

    @model_validator(mode="after")
    def _has_a_share(self) -> Route:
        if self.when and self.share is None:
            raise QuantityFault(
                Message("'when' needs a share for all other times, such as 'share: 0 %'")
            )
        return self


def _read_route(raw: Any) -> Any:
    if raw == "rest":
        return {}
    if isinstance(raw, Route) or (isinstance(raw, Mapping) and not is_written_out(raw)):
        return raw
    return {"share": read_value(raw, "share")}


class Opening(Record):
    """When a stage lets clients start, and how many."""

    model_config = one_of(("every", "on", "week"))

    every: Every | None = Field(None, description="How often it opens.")
    on: tuple[Day, ...] | None = Field(
        None, description="The dates on which it opens, instead of `every`."
    )
    week: WeekOfOpenings | None = Field(
        None, description="The days and times of the week at which it opens, instead of `every`."
    )
    slot: Minutes | None = Field(
        None, description="For a `week` with hours: how long after each other it opens in them."
    )
    at: TimeOfDay | None = Field(
        None, description="At what time of these days it opens; at midnight, unless said."
    )
    first: Day | None = Field(None, description="The first opening; the flow's start, unless said.")
    until: Day | None = Field(None, description="No opening at or after this date.")
    admits: Count | None = Field(
        None, description="How many may start at an opening; all, unless said."
    )
    at_least: Count | None = Field(None, description="Nobody starts while fewer than this wait.")
    next_working_day: bool = Field(
        False, description="Move an opening on a day off to the next working day."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Opening:
        check_one_of(self, ("every", "on", "week"), Message("opens"))
        if self.week is None:
            if self.slot is not None:
                raise QuantityFault(Message("'slot' needs a 'week' with hours"))
            return self
        if self.at is not None or self.next_working_day:
            raise QuantityFault(
                Message(
                    "a 'week' says its times itself: 'at' and 'next_working_day' are not for it"
                )
            )
        if has_hours(self.week) != (self.slot is not None):
            raise QuantityFault(
                Message(
                    "hours of a 'week' need a 'slot', such as 30 minutes: how long after each "
                    "other it opens in them; a time such as '09:00' needs none"
                )
            )
        return self


class Batch(Record):
    """Clients who start together (bulk service), and may end together."""

    short_for = ("at_least", "at_most")
    at_least: Count | None = Field(
        None, description="They start as soon as so many wait, and units are there for as many."
    )
    at_most: Count | None = Field(
        None, description="How many start together at most; all who wait, unless said."
    )
    ends_together: bool = Field(
        False, description="The stay of all is as long as that of the first in line."
    )

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the numbers; a single one, written without a key, needs none."""
        yield from (
            [("", self.at_least)]
            if self.at_least is self.at_most
            else [("at_least", self.at_least), ("at_most", self.at_most)]
        )


def _read_batch(raw: Any) -> Any:
    if raw is None or isinstance(raw, Batch):
        return raw
    if isinstance(raw, Mapping) and not is_written_out(raw):
        return raw
    return dict.fromkeys(Batch.short_for, read_value(raw, "count"))


class QueueLimit(Record):
    """At most so many may wait."""

    waiting: Count
    otherwise: StageOrHome = Field(
        alias="else", description="Where those go who find the queue full."
    )


def _read_line_lengths(raw: Any) -> Any:
    """Return shares by how many must wait; a number alone stands for all who find so many."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = {raw: "100 %"}
    if not isinstance(raw, Mapping) or not raw:
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}",
                wanted="{number waiting: share}",
                found=show(raw),
            )
        )
    for key in raw:
        if not is_whole_number(str(key)) or int(key) > MAX_INT:
            raise QuantityFault(
                Message(
                    "expected a whole number from {least} to {most}; found {found}",
                    least=0,
                    most=MAX_INT,
                    found=show(key),
                )
            )
    return {str(int(key)): raw[key] for key in sorted(raw, key=int)}


class PutOff(Record):
    """Who finds a long line goes elsewhere, by a chance that grows with the line: balking."""

    when_waiting: Annotated[
        dict[str, Share],
        BeforeValidator(_read_line_lengths),
        WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "object"}]}),
    ] = Field(description="The share who go elsewhere of those who find at least so many waiting.")
    otherwise: StageOrHome = Field(alias="else", description="Where they go.")


class Drawn(Record):
    """Clients taken out of a stage that they otherwise stay in."""

    short_for = ("from",)
    stages: Stages = Field(alias="from", description="The stages they are taken from.")
    groups: Groups | None = Field(None, description="Only clients of these groups.")
    traits: WantedTraits | None = Field(None, description="Only clients with these traits.")
    again_after: Length | None = Field(
        None, description="May be taken again so long after the last time; else once only."
    )


def _read_drawn(raw: Any) -> Any:
    return {"from": raw} if isinstance(raw, str | list) else raw


def _read_order(raw: Any) -> tuple[str, str]:
    """Return the word of a queue discipline, and the trait it goes by; empty for none."""
    if isinstance(raw, tuple):
        return raw
    if isinstance(raw, Mapping) and len(raw) == 1:
        word, trait = next((str(key), str(value)) for key, value in raw.items())
        asks_trait = True
    else:
        word, trait = str(raw), ""
        asks_trait = False
    discipline = QUEUE_DISCIPLINES.get(word)
    if discipline is None or discipline.asks_trait != asks_trait:
        raise QuantityFault(
            Message("expected {wanted}; found {found}", wanted=either(_orders()), found=show(raw))
        )
    return word, trait


def _orders() -> list[str]:
    return [
        f"{{{discipline.word}: trait}}" if discipline.asks_trait else discipline.word
        for discipline in QUEUE_DISCIPLINES.values()
    ]


def _order_schema() -> Schema:
    disciplines = QUEUE_DISCIPLINES.values()
    alone = [discipline.word for discipline in disciplines if not discipline.asks_trait]
    with_trait = [discipline.word for discipline in disciplines if discipline.asks_trait]
    trait = marked({"type": "string"}, NameOf(("traits",)))
    by_trait = {
        "type": "object",
        "properties": dict.fromkeys(with_trait, trait),
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [{"enum": alone}, by_trait]}


Order = Annotated[tuple[str, str], BeforeValidator(_read_order), WithJsonSchema(_order_schema())]


_ROUTE_SCHEMA = record_schema(SHARE_OR_REST, Route)
_RISK_SCHEMA = record_schema(value_schema("speed"), StageRisk)
_DRAWN_SCHEMA = record_schema(marked(NAMES_SCHEMA, NameOf(("stages",))), Drawn)
Routes = dict[
    StageOrHome, Annotated[Route, BeforeValidator(_read_route), WithJsonSchema(_ROUTE_SCHEMA)]
]
StageRisks = dict[
    RiskName, Annotated[StageRisk, BeforeValidator(_read_stage_risk), WithJsonSchema(_RISK_SCHEMA)]
]
_BATCH_SCHEMA = record_schema(value_schema("count"), Batch)
BatchField = Annotated[Batch | None, BeforeValidator(_read_batch), WithJsonSchema(_BATCH_SCHEMA)]
DrawnFrom = Annotated[Drawn | None, BeforeValidator(_read_drawn), WithJsonSchema(_DRAWN_SCHEMA)]


class Stage(Record):
    """A state that clients join, may wait in, start, and finish."""

    label: Words | None = None
    counts_as: State = Field("assistance", description="What a register would show.")
    needs: dict[ResourceName, Count] | None = Field(
        None, description="Units held from start to finish."
    )
    one_of: tuple[dict[ResourceName, Count], ...] | None = Field(
        None, description="Alternatives to `needs`, the first first."
    )
    keeps: Annotated[Names, NameOf(("resources",))] = Field(
        (), description="Units that go along into the next stage."
    )
    lasts: Lasts | None = Field(None, description="How long; left out: until a risk fires.")
    pace: Number | None = Field(
        None, description="How fast service goes on, for everybody in it; 1, unless said."
    )
    pace_when: Annotated[
        dict[str, Number], Conditions, WithJsonSchema(conditions_schema(value_schema("number")))
    ] = Field(
        default_factory=dict,
        description="The pace under conditions on the state: the first that holds counts.",
    )
    opens: Opening | None = Field(None, description="When and how many may start.")
    batch: BatchField = Field(
        None, description="Clients who start together: as soon as so many wait."
    )
    order: Order = Field(
        (LONGEST_WAITING.word, ""), description="Who starts first of those waiting."
    )
    order_when: Annotated[
        dict[str, Order], Conditions, WithJsonSchema(conditions_schema(_order_schema()))
    ] = Field(
        default_factory=dict,
        description="The order under conditions on the state: the first that holds counts.",
    )
    priority: int = Field(
        0, description="Served before stages with a lower number, where units are scarce."
    )
    urgency: Factors = Field(
        default_factory=dict,
        description="Instead of `order`: factors by trait on the days waited; the most goes first.",
    )
    reserves: bool = Field(
        False, description="Units that come free are put aside for the first in line here."
    )
    interrupts: Stages = Field(
        (), description="Stages whose clients are interrupted where units are wanting (preemption)."
    )
    interrupted: Literal["goes_on", "starts_again", "drawn_anew"] | None = Field(
        None, description="What becomes of a stay that is interrupted, once it starts again."
    )
    limit: QueueLimit | None = None
    put_off: PutOff | None = Field(
        None, description="Of those who find a long line, some go elsewhere (balking)."
    )
    room: Count | None = Field(
        None,
        description="At most so many are in it at once, waiting or served; who has finished the "
        "stage before stays there until there is room (blocking).",
    )
    draws_from: DrawnFrom = None
    next: Routes | None = Field(None, description="Where those who finish go, by shares.")
    risks: StageRisks = Field(
        default_factory=dict, description="How fast each risk's clock runs here."
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Stage:
        if self.needs is not None and self.one_of is not None:
            raise QuantityFault(Message("say either needs or one_of"))
        if self.lasts is not None and not self.next:
            raise QuantityFault(Message("says how long it lasts but not what is next"))
        if self.next and self.lasts is None:
            raise QuantityFault(
                Message(
                    "says what is next but not how long it lasts; write 'lasts: 0 days' for a "
                    "stage without length"
                )
            )
        if self.urgency and self.order != (LONGEST_WAITING.word, ""):
            raise QuantityFault(Message("say either order or urgency"))
        if self.reserves and self.opens is not None:
            raise QuantityFault(
                Message("units can be put aside only in a stage without 'opens' (reserves)")
            )
        self._check_batch()
        self._check_lengths_by_way()
        if self.urgency and self.order_when:
            raise QuantityFault(Message("say either order or urgency"))
        if (self.pace is not None or self.pace_when) and (
            self.lasts is None
            or self.lasts.working
            or any(part.working for part in self.lasts.parts)
        ):
            raise QuantityFault(Message("'pace' needs a length in calendar days (lasts)"))
        if self.draws_from is not None and self.opens is None:
            raise QuantityFault(
                Message("draws_from needs 'opens': when are clients taken, and how many?")
            )
        return self

    def _check_lengths_by_way(self) -> None:
        """Raise `QuantityFault` where lengths by way cannot be told when a stay starts."""
        for name, route in self.ways_with_lengths.items():
            if any(
                one.share is not None and one.share.changes for one in (self.next or {}).values()
            ):
                raise QuantityFault(
                    Message(
                        "a stay whose length goes by its way has the way when it starts: shares "
                        "that change at dates do not go with it"
                    ),
                    "next",
                )
            if self.interrupted == "drawn_anew" or (self.batch and self.batch.ends_together):
                raise QuantityFault(
                    Message("a length by its way is each client's own, and is drawn once"),
                    f"next.{name}.lasts",
                )
            if route.lasts is not None and route.lasts.is_zero:
                raise QuantityFault(
                    Message(
                        "expected a length above 0; a way without length is a stage of its own"
                    ),
                    f"next.{name}.lasts",
                )
            if (
                self.pace is not None
                and route.lasts is not None
                and (route.lasts.working or any(part.working for part in route.lasts.parts))
            ):
                raise QuantityFault(Message("'pace' needs a length in calendar days (lasts)"))

    @property
    def ways_with_lengths(self) -> dict[str, Route]:
        """The ways on that have a length of their own."""
        return {name: one for name, one in (self.next or {}).items() if one.lasts is not None}

    @property
    def lengths(self) -> Iterator[tuple[tuple[str, ...], Duration]]:
        """Each length that a stay may have, with its keys."""
        if self.lasts is not None:
            yield ("lasts",), self.lasts
        for name, route in self.ways_with_lengths.items():
            if route.lasts is not None:
                yield ("next", name, "lasts"), route.lasts

    def _check_batch(self) -> None:
        """Raise `QuantityFault` where a batch is not one."""
        batch = self.batch
        if batch is None:
            return
        if self.opens is not None and (batch.at_least or batch.at_most):
            raise QuantityFault(
                Message(
                    "with 'opens', who starts together is said there (at_least, admits); a batch "
                    "says only 'ends_together: true'"
                ),
                "batch",
            )
        if self.opens is None and batch.at_least is None:
            raise QuantityFault(
                Message("say how many must wait for a batch to start (at_least)"), "batch"
            )
        if self.opens is not None and not batch.ends_together:
            raise QuantityFault(Message("say 'ends_together: true', or leave 'batch' out"), "batch")
        for key in ("one_of", "draws_from", "interrupts", "interrupted", "reserves"):
            if getattr(self, key):
                raise QuantityFault(
                    Message("'{key}' and 'batch' do not go together", key=key), "batch"
                )
        if batch.ends_together and (self.lasts is None or self.lasts.by):
            raise QuantityFault(
                Message(
                    "who ends together stays equally long: 'ends_together' needs 'lasts', without "
                    "factors by trait"
                ),
                "batch",
            )

    def conditions(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield each condition on the state of the run, with the keys under which it stands."""
        for to, route in (self.next or {}).items():
            yield from ((("next", to, "when"), text) for text in route.when)
        yield from ((("pace_when",), text) for text in self.pace_when)
        yield from ((("order_when",), text) for text in self.order_when)

    def opening_days(self, calendar: Calendar) -> list[float]:
        """Return the days of the run on which it opens; none for a stage that is always open.

        A day stands there as often as openings fall on it.
        """
        opens = self.opens
        if opens is None:
            return []
        first = opens.first or calendar.start
        if opens.every is not None:
            days = calendar.openings(opens.every, first, on_working_days=opens.next_working_day)
        elif opens.week is not None:
            days = moments_of(opens.week, opens.slot, calendar)
            days = [day for day in days if day >= calendar.day_of(first)]
        else:
            days = sorted({calendar.day_of(day) for day in opens.on or ()})
        if opens.at is not None:
            days = [at_time(day, opens.at) for day in days]
        until = calendar.day_of(opens.until) if opens.until else math.inf
        return [day for day in days if 0 <= day < min(until, calendar.horizon)]

    @property
    def alternatives(self) -> tuple[dict[str, Quantity], ...]:
        """What a client needs to start: one or several sets of units, the first tried first."""
        return self.one_of if self.one_of is not None else (self.needs or {},)

    @property
    def may_wait(self) -> bool:
        """Whether a client may have to wait before starting."""
        return self.opens is not None or self.batch is not None or any(self.alternatives)


class ProgrammeEffect(Record):
    """What a stage that was passed does to a risk afterwards."""

    label: Words | None = None
    after: StageName = Field(description="The stage.")
    counted_from: Literal["joined", "started", "finished"] = "finished"
    on: RiskName = Field(description="The risk whose clock changes its speed.")
    times: Number = Field(description="The factor on the speed.")
    by: Factors = Field(default_factory=dict, description="Further factors by trait.")
    starts: Length | None = Field(None, description="How long after; at once, unless said.")
    lasts: Length | None = Field(
        None, alias="for", description="How long it holds; for ever, unless said."
    )
    fades: Length | None = Field(None, description="Over how long it then fades, in monthly steps.")
