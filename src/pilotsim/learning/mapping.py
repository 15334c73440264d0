"""The mapping of an event log: what its columns and words are in the stages of a flow.

It is a file, so that the way from registrations to stages can be read, argued about and kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.register.spellings import DateOrder
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import check_kind, parse, read_file
from pilotsim.model.fields import Day, Names, Record
from pilotsim.model.naming import GroupName, NameOf, StageName, TraitName, references

__all__ = ["COLUMNS", "REQUIRED", "EventMapping", "EventMeaning", "LogWindow", "read_event_mapping"]

CauseName = Annotated[str, NameOf(("risks",), ("finished", "drawn"))]
Form = Literal["stays", "events", "months"]
# The columns that each form has, the first being those that must be there.
REQUIRED: dict[str, tuple[str, ...]] = {
    "stays": ("case", "stage", "start", "end"),
    "events": ("case", "event", "time"),
    "months": ("case", "month", "stage"),
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "stays": (*REQUIRED["stays"], "joined", "to", "cause", "group", "seen_from", "seen_until"),
    "events": (*REQUIRED["events"], "group", "seen_from", "seen_until"),
    "months": (*REQUIRED["months"], "group"),
}


class LogWindow(Record):
    """Between which dates the register looks."""

    since: Day | None = Field(
        None,
        alias="from",
        description="The first day that it shows: stays that ended before are not in it.",
    )
    until: Day | None = Field(
        None,
        description="The first day that it does not show; the last that it names, unless said.",
    )


class EventMeaning(Record):
    """What an event says of where somebody is."""

    enters: StageName | None = Field(None, description="The stage that begins with it.")
    starts: StageName | None = Field(
        None, description="The stage whose service starts with it, after a wait."
    )
    leaves: StageName | None = Field(None, description="The stage that ends with it.")
    to: StageName | None = Field(None, description="For `leaves`: the stage that follows.")
    cause: CauseName | None = Field(
        None, description="For `leaves`: why: `finished`, `drawn`, or a risk of the flow."
    )

    @model_validator(mode="after")
    def _says_something(self) -> EventMeaning:
        said = [name for name in ("enters", "starts", "leaves") if getattr(self, name)]
        if len(said) != 1:
            raise QuantityFault(
                Message("expected one of 'enters', 'starts' and 'leaves', with a stage of the flow")
            )
        if self.leaves is None and (self.to or self.cause):
            raise QuantityFault(Message("'to' and 'cause' go with 'leaves'"))
        return self


class EventMapping(Record):
    """How a register becomes stays in the stages of a flow."""

    event_mapping: str = Field(description="Its name.", pattern=r"^[A-Za-z0-9_-]+$")
    form: Form = Field(
        "stays",
        description="What a row is: a stay with its start and end; an event with its time; a month "
        "of a client, as in pilotsim docs register.",
    )
    encoding: Literal["utf-8", "utf-16", "cp1252", "cp850", "mac_roman"] | None = Field(
        None, description="How letters are coded; found from the file where it leaves no doubt."
    )
    separator: Literal[";", ",", "\t", "|"] | None = Field(
        None, description="What stands between two cells; found from the header unless said."
    )
    skip_rows: int = Field(0, ge=0, description="So many rows stand above the header.")
    dates: DateOrder | None = Field(
        None, description="How 03/04/2015 is meant, or what 42064 counts from."
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="What each column, and each trait of the flow, is called in the file; its own "
        "name unless said.",
    )
    observed: LogWindow = Field(
        default_factory=lambda: LogWindow.model_validate({}),
        description="Between which dates the register looks.",
    )
    stages: dict[str, StageName] = Field(
        default_factory=dict, description="Words of the file for stages, and the stage of each."
    )
    events: dict[str, EventMeaning] = Field(
        default_factory=dict, description="Words of the file for events, and what each says."
    )
    causes: dict[str, CauseName] = Field(
        default_factory=dict,
        description="Words of the file for why a stay ended: `finished`, `drawn`, or a risk.",
    )
    groups: dict[str, GroupName] = Field(
        default_factory=dict, description="Words of the file for groups of the flow."
    )
    values: dict[TraitName, dict[str, str | float]] = Field(
        default_factory=dict, description="By trait: what each word of the file means."
    )
    still_there: Names = Field(
        (), description="Words in place of an end: not over yet, such as 9999-12-31."
    )
    left_out: Names = Field(
        (), description="Words for stages or events that are no part of the flow; not read."
    )
    ends_in: StageName | None = Field(
        None, description="The stage of those of whom nothing follows; not known, unless said."
    )
    gaps: StageName | None = Field(
        None,
        description="The stage of those of whom nothing is told between two stays; not known, "
        "unless said.",
    )
    bridges: int = Field(
        0, ge=0, le=366, description="Days between two stays that are no gap: the next follows."
    )

    @model_validator(mode="after")
    def _fits(self) -> EventMapping:
        if self.form != "events" and self.events:
            raise QuantityFault(Message("'events' go with 'form: events'"), "events")
        if self.form == "events" and not self.events:
            raise QuantityFault(
                Message("expected 'events': which words mean that a stage begins or ends"), "events"
            )
        window = self.observed
        if window.since and window.until and window.since >= window.until:
            raise QuantityFault(Message("'until' does not lie after 'from'"), "observed", "until")
        return self

    def column(self, name: str) -> str:
        """Return what a column is called in the file."""
        own = "client" if self.form == "months" and name == "case" else name
        own = "status" if self.form == "months" and name == "stage" else own
        return self.columns.get(name, own)

    def check_stages(self, stages: tuple[str, ...]) -> None:
        """Raise `QuantityFault` where it names a stage that the flow does not have."""
        for path, name, what in references(self):
            if what.kinds == ("stages",) and name not in stages:
                raise QuantityFault(
                    Message(
                        "the flow has no stage '{name}'{meant}",
                        name=name,
                        meant=did_you_mean(name, stages),
                    ),
                    *path,
                )


def read_event_mapping(file: str | Path) -> EventMapping:
    """Return the mapping of an event log.

    Raises
    ------
    FlowError
        With every fault of the file.
    """
    document = parse(read_file(file, "event_mapping"), str(file), "event_mapping")
    check_kind(document, "event_mapping")
    return build_record(document, EventMapping)
