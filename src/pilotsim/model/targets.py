"""What a flow file asks: selections of clients, measures, targets, contradictions of a source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from pilotsim.base.messages import Message, either
from pilotsim.base.quantity import Quantity, QuantityFault, read_date, read_value, show
from pilotsim.model.fields import (
    AnyValue,
    Groups,
    Length,
    Names,
    Record,
    Share,
    Stages,
    State,
    WantedTraits,
    Words,
    check_one_of,
    one_of,
)
from pilotsim.model.naming import (
    VALUES,
    NameOf,
    ResourceName,
    RiskName,
    SourceName,
    StageName,
    marked,
)

MOVES = ("reached", "started", "finished", "left", "left_by")
# What stands for a client's own start where the name of a stage may stand: the beginning of the run
# for the stock, the arrival for all others.
ENTRY = "entry"


def _read_window(raw: Any) -> Any:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise QuantityFault(
            Message(
                "expected two dates such as [2015-01-01, 2016-01-01]; found {found}",
                found=show(raw),
            )
        )
    first, last = (read_date(day) for day in raw)
    if not first < last:
        raise QuantityFault(
            Message(
                "expected the earlier date first; found {found} and {last}", found=first, last=last
            )
        )
    return first, last


def _read_band(raw: Any) -> Any:
    ends = raw if isinstance(raw, list | tuple) else [raw, raw]
    whole = [end for end in ends if isinstance(end, int) and not isinstance(end, bool) and end >= 0]
    if len(ends) != 2 or len(whole) != 2 or whole[0] > whole[1]:
        raise QuantityFault(
            Message(
                "expected a number of months, or the least and the most such as [3, 5]; found "
                "{found}",
                found=show(raw),
            )
        )
    return tuple(whole)


# How a share counts who cannot be followed for as long as it needs: not, or as far as is seen.
SURVIVAL = "survival"


@dataclass(frozen=True)
class Since:
    """A moment of each client's own: so long after it first joined a stage, or after its start.

    Parameters
    ----------
    length : Quantity
        How long after.
    stage : str
        The stage; `ENTRY` for the client's own start.
    """

    length: Quantity
    stage: str


_SINCE = re.compile(r"(?P<length>.+?)\s+after\s+(?P<stage>\S+)")


def _read_moment(raw: Any) -> Any:
    if isinstance(raw, Since) or raw in ("start", "end"):
        return raw
    match = _SINCE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is not None:
        return Since(read_value(match["length"], "duration"), match["stage"])
    try:
        return read_date(raw)
    except QuantityFault:
        raise QuantityFault(
            Message(
                "expected start, end, a date such as 2015-07-01, or a moment of the client's own "
                "such as '12 months after {entry}'; found {found}",
                entry=ENTRY,
                found=show(raw),
            )
        ) from None


_MOMENT_SCHEMA = {
    "anyOf": [
        {"enum": ["start", "end"]},
        {"type": "string", "format": "date", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"},
        {
            "type": "string",
            "pattern": _SINCE.pattern.replace("?P<length>", "").replace("?P<stage>", ""),
        }
        | marked({"type": "string"}, NameOf(("stages",), (ENTRY,), before=r".+?\s+after\s+")),
    ]
}
_WINDOW_SCHEMA = {
    "type": "array",
    "items": {"type": "string", "format": "date"},
    "minItems": 2,
    "maxItems": 2,
}
_BAND_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    ]
}
Window = Annotated[tuple[date, date], BeforeValidator(_read_window), WithJsonSchema(_WINDOW_SCHEMA)]
Moment = Annotated[
    Literal["start", "end"] | date | Since,
    BeforeValidator(_read_moment),
    WithJsonSchema(_MOMENT_SCHEMA),
]
Band = Annotated[tuple[int, int], BeforeValidator(_read_band), WithJsonSchema(_BAND_SCHEMA)]


class Selection(Record):
    """Clients of whom all of the given things are true."""

    groups: Groups | None = Field(None, description="Of one of these groups.")
    origin: Literal["stock", "arrivals"] | None = Field(
        None, description="There at the start, or come later."
    )
    traits: WantedTraits | None = Field(None, description="With these traits.")
    reached: Stages | None = Field(None, description="Joined one of these stages.")
    started: Stages | None = Field(None, description="Started in one of these stages.")
    finished: Stages | None = Field(None, description="Finished one of these stages as planned.")
    left: Stages | None = Field(None, description="Left one of these stages, in whatever way.")
    left_by: RiskName | None = Field(None, description="Left some stage by this risk.")
    to: Stages | None = Field(None, description="... and went to one of these stages.")
    between: Window | None = Field(
        None, description="... from the first of two dates up to, not including, the second."
    )
    after: Annotated[Names, NameOf(("stages",), (ENTRY,))] | None = Field(
        None,
        description="... at or after the client first joined one of these stages, or its entry.",
    )
    within: Length | None = Field(
        None, description="... and no later than this after it joined it."
    )
    in_stage: Stages | None = Field(
        None, description="Is in one of these stages at the moment `at`."
    )
    state: State | None = Field(
        None, description="Counts as this in a register at the moment `at`."
    )
    at: Moment | None = Field(
        None,
        description="start, end (the default), a date, or so long after the client first joined a "
        "stage, such as '12 months after mapping' or '12 months after entry'.",
    )
    months: Band | None = Field(
        None, description="Is there in so many calendar months of the window."
    )
    counted_on: int | None = Field(
        None, description="A month counts by where the client is on this day of it.", ge=1, le=31
    )
    any_of: tuple[Selection, ...] | None = Field(
        None, alias="any", description="At least one of these is true."
    )
    none_of: tuple[Selection, ...] | None = Field(
        None, alias="none", description="None of these is true."
    )

    @cached_property
    def key(self) -> str:
        """What tells this selection from others; those that mean the same have the same key."""
        return repr(self)

    @model_validator(mode="after")
    def _makes_sense(self) -> Selection:
        given = [key for key in MOVES if getattr(self, key) is not None]
        there = self.state is not None or self.in_stage is not None
        if len(given) > 1:
            raise QuantityFault(
                Message("expected one of {names}; join several by 'any'", names=", ".join(MOVES))
            )
        if self.after is not None and not given:
            raise QuantityFault(
                Message(
                    "'after' needs something that happens: {names}",
                    names=either(MOVES),
                )
            )
        if self.to is not None and not {"finished", "left", "left_by"} & set(given):
            raise QuantityFault(
                Message("'to' needs a stage that is left: finished, left or left_by")
            )
        if self.within is not None and self.after is None:
            raise QuantityFault(Message("'within' needs 'after': within how long of what?"))
        if self.between is not None and not given and not there:
            raise QuantityFault(
                Message("'between' needs something that happens, or 'state' or 'in_stage'")
            )
        if self.at is not None and not there:
            raise QuantityFault(Message("'at' needs 'state' or 'in_stage'"))
        self._check_window(bool(given), there)
        return self

    def _check_window(self, moves: bool, there: bool) -> None:
        if self.between is not None and not moves and self.at is not None:
            raise QuantityFault(Message("say either 'at' (a moment) or 'between' (a window)"))
        if self.months is not None and (not there or moves or self.between is None):
            raise QuantityFault(
                Message(
                    "'months' needs 'between' and a 'state' or 'in_stage', and nothing that happens"
                )
            )
        if self.counted_on is not None and self.months is None:
            raise QuantityFault(Message("'counted_on' needs 'months'"))

    @cached_property
    def needs_time(self) -> bool:
        """Whether it can only be told some time after a moment of the client's own."""
        if self.within is not None or isinstance(self.at, Since):
            return True
        return any(one.needs_time for one in (*(self.any_of or ()), *(self.none_of or ())))

    @property
    def moved(self) -> bool:
        """Whether the selection says that something happened."""
        return any(getattr(self, key) is not None for key in MOVES)


MEASURES = (
    "share",
    "count",
    "change_in",
    "mean_in",
    "wait",
    "time",
    "use",
    "months_in",
    "calendar_months",
    "spell",
    "hours",
    "cost",
)


class Between(Record):
    """From one moment of a client's way to another."""

    start: StageName = Field(
        alias="from", description="The first time the client joins this stage ..."
    )
    end: StageName = Field(alias="to", description="... until it first joins this one after that.")


class Spell(Record):
    """Unbroken times in a state, and what is asked of them."""

    model_config = one_of(("state", "in_stage"))

    state: State | None = Field(None, description="The state that a register would show.")
    in_stage: Stages | None = Field(None, description="Or the stages.")
    gap: Length | None = Field(
        None, description="Two spells no further apart than this are one; none, unless said."
    )
    longer_than: Length | None = Field(
        None, description="The share of spells longer than this, of those that began in a window."
    )
    returns_within: Length | None = Field(
        None, description="The share of ended spells that are followed by another so soon."
    )
    began: Window | None = Field(
        None, description="Spells that began from the first date up to, not including, the second."
    )
    ended: Window | None = Field(None, description="Spells that ended then.")
    counted_on: int | None = Field(
        None,
        description="In whole months: a month counts by where the client is on this day.",
        ge=1,
        le=31,
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Spell:
        check_one_of(self, ("state", "in_stage"), Message("a spell"))
        if self.longer_than is not None and self.returns_within is not None:
            raise QuantityFault(Message("say either longer_than or returns_within"))
        if self.longer_than is not None and self.began is None:
            raise QuantityFault(Message("'longer_than' needs 'began': the share of which spells?"))
        if self.longer_than is None and self.ended is None:
            raise QuantityFault(
                Message(
                    "the length of a spell is known when it has ended; say in which window (ended)"
                )
            )
        for key in ("gap", "longer_than", "returns_within"):
            if getattr(self, key) is not None and getattr(self, key).working:
                raise QuantityFault(Message("spells are counted in calendar days"), key)
        return self


class Measure(Record):
    """One number from a run."""

    model_config = one_of(MEASURES)

    share: Selection | None = Field(
        None, description="The share of the clients in `of` that are also in this selection."
    )
    count: Selection | None = Field(None, description="How many clients are in this selection.")
    change_in: State | None = Field(
        None, description="How many more count as this at the end than at the start."
    )
    mean_in: State | None = Field(
        None, description="How many count as this on average over the pilot."
    )
    wait: StageName | None = Field(
        None, description="Days from joining this stage to starting in it."
    )
    time: Between | None = Field(None, description="Days between two moments.")
    use: ResourceName | None = Field(
        None, description="The share of this resource's unit-days that is used."
    )
    months_in: State | None = Field(
        None, description="Months that a client of `of` spends so on average."
    )
    calendar_months: State | None = Field(
        None, description="In how many calendar months a client of `of` is so on average."
    )
    spell: Spell | None = Field(
        None, description="How long spells last, or the share of spells of which something is true."
    )
    hours: ResourceName | None = Field(
        None, description="Working hours that units of this resource serve the clients of `of`."
    )
    cost: Annotated[Names, NameOf(("resources", "costs"))] | None = Field(
        None, description="What these resources cost; `per` client of a selection."
    )
    of: Selection | None = Field(None, description="The clients that count; all, unless said.")
    per: Selection | None = Field(
        None, description="For `cost`: divided by how many are in this selection."
    )
    per_month_in: State | None = Field(
        None, description="For `cost`: divided by the months that clients are in this state."
    )
    per_month_in_stage: Stages | None = Field(
        None, description="For `cost`: divided by the months that clients are served there."
    )
    quantile: Share | None = Field(
        None, description="For times: this quantile instead of the mean."
    )
    between: Window | None = Field(
        None, description="Only from the first of two dates up to, not including, the second."
    )
    each: Literal["client", "visit"] = Field(
        "client", description="For `share` and `count`: count clients, or visits."
    )
    followed: Literal["fully", "survival"] = Field(
        "fully",
        description="For a share that takes time: of those alone whom the run follows so long, or "
        "of all, each as far as it is seen (Kaplan and Meier).",
    )
    competing: Stages | None = Field(
        None,
        description="For `followed: survival`: joining one of these stages makes it impossible.",
    )
    in_stages: Stages | None = Field(None, description="For `hours`: only in these stages.")
    counted_on: int | None = Field(
        None, description="For `calendar_months`: counted on this day of the month.", ge=1, le=31
    )

    @model_validator(mode="after")
    def _is_one(self) -> Measure:
        check_one_of(self, MEASURES, Message("a measure"))
        if self.share is not None and self.of is None:
            raise QuantityFault(Message("a share needs its base: of"))
        if (
            sum(part is not None for part in (self.per, self.per_month_in, self.per_month_in_stage))
            > 1
        ):
            raise QuantityFault(Message("expected one of per, per_month_in, per_month_in_stage"))
        self._check_follow_up()
        return self

    def _check_follow_up(self) -> None:
        if self.competing is not None and self.followed != SURVIVAL:
            raise QuantityFault(Message("'competing' needs 'followed: survival'"))
        if self.followed != SURVIVAL:
            return
        asked = self.share
        only = {"after", "within", "to", *MOVES}
        if (
            asked is None
            or self.each == "visit"
            or asked.within is None
            or any(value is not None for key, value in asked if key not in only)
        ):
            raise QuantityFault(
                Message(
                    "'followed: survival' is for a share of clients with something that happens, "
                    "'after' and 'within', and nothing else; say all else of the clients in 'of'"
                )
            )

    @property
    def kind(self) -> str:
        """The name of the field that is given."""
        return next(kind for kind in MEASURES if getattr(self, kind) is not None)

    @property
    def how_counted(self) -> str:
        """Its kind, or `SURVIVAL` for a share of clients each of whom counts as far as is seen."""
        return SURVIVAL if self.followed == SURVIVAL else self.kind

    @property
    def unit(self) -> str:
        """The kind of value that bounds it: `share`, `duration` or `real`."""
        if self.spell is not None:
            return (
                "duration"
                if self.spell.longer_than is None and self.spell.returns_within is None
                else "share"
            )
        return {"share": "share", "use": "share", "wait": "duration", "time": "duration"}.get(
            self.kind, "real"
        )


class Ceiling(Record):
    """The best a measure can be by arithmetic alone, before any simulation."""

    sum: str = Field(description="Numbers and names of the flow joined by + - * / and brackets.")
    says: Words = Field(description="What the sum counts, and what it presumes.")


# For editors: a bound is met at least or at most.
_BOUNDED = ConfigDict(json_schema_extra={"not": {"required": ["at_least", "at_most"]}})


class Reading(Record):
    """One way to read a target."""

    model_config = _BOUNDED

    says: Words = Field(description="What this reading counts.")
    measure: Measure | None = Field(None, description="Left out where arithmetic alone judges.")
    at_least: AnyValue | None = Field(None, description="Overrides the target's bound.")
    at_most: AnyValue | None = Field(None, description="Overrides the target's bound.")
    ceiling: Ceiling | None = None

    @model_validator(mode="after")
    def _can_be_judged(self) -> Reading:
        if self.measure is None and self.ceiling is None:
            raise QuantityFault(
                Message("a reading needs a measure, or a ceiling that arithmetic alone can judge")
            )
        return self


class Target(Record):
    """What somebody wants of the pilot, in their words."""

    model_config = _BOUNDED

    says: Words = Field(description="The words of the people who set it.")
    kind: Literal["activity", "result", "assignment"] = "result"
    source: SourceName | None = None
    assumption: Words | None = None
    at_least: AnyValue | None = None
    at_most: AnyValue | None = None
    measure: Measure | None = None
    ceiling: Ceiling | None = None
    readings: dict[str, Reading] | None = None
    own_input: Annotated[Names, NameOf((VALUES,))] = Field(
        (),
        description="Values of the file that put in what the target asks for: it then mostly tests "
        "its own input.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Target:
        if self.readings is None and self.measure is None and self.ceiling is None:
            raise QuantityFault(Message("a target needs a measure, or several readings"))
        if self.readings is not None and (self.measure is not None or self.ceiling is not None):
            raise QuantityFault(Message("a target has either one measure or several readings"))
        bounds = [
            (self.at_least, self.at_most),
            *((r.at_least, r.at_most) for r in (self.readings or {}).values()),
        ]
        for at_least, at_most in bounds:
            if at_least is not None and at_most is not None:
                raise QuantityFault(
                    Message("a target is met at_least or at_most at its bound, not both")
                )
        bounded = self.at_least is not None or self.at_most is not None
        open_ended = [
            r for r in (self.readings or {}).values() if r.at_least is None and r.at_most is None
        ]
        if not bounded and (self.readings is None or open_ended):
            raise QuantityFault(Message("a target needs a bound: at_least or at_most"))
        return self

    def all_readings(self) -> dict[str, Reading]:
        """Return the readings by name; a target with one measure has the single reading `''`."""
        if self.readings is not None:
            return self.readings
        return {"": Reading(says=self.says, measure=self.measure, ceiling=self.ceiling)}

    def bound(self, reading: Reading) -> tuple[Quantity, bool]:
        """Return the bound of a reading, and whether it must be reached from below (`at_least`)."""
        for one in (reading, self):
            if one.at_least is not None:
                return one.at_least, True
            if one.at_most is not None:
                return one.at_most, False
        raise AssertionError("checked when built")


class Conflict(Record):
    """Two statements of a source that cannot both hold."""

    says: Words = Field(description="What contradicts what.")
    sum: str = Field(description="What the numbers come to.")
    stated: AnyValue = Field(description="What the source says instead.")
    source: SourceName | None = None
    targets: Annotated[Names, NameOf(("targets",))] = Field(
        (), description="The targets that this touches."
    )
