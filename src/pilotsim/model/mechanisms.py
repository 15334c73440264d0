"""By which ways a programme works: what "with minus without" is to be split into."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pilotsim.model.fields import Record, Share, Words
from pilotsim.model.naming import SettablePath, SharedName, ValuePath
from pilotsim.model.targets import Selection


class Mechanism(Record):
    """One way in which a programme works, and what switches it off."""

    says: Words = Field(description="What it is, for people.")
    rests_on: Words = Field(
        description="What its size rests on: who found what, or that nobody did."
    )
    without: dict[ValuePath, Any] = Field(
        min_length=1,
        description="Paths of values of this file, and what they are where it is switched off.",
    )


class Addition(Record):
    """A way in which the programme could work and, as it is planned, does not."""

    says: Words = Field(description="What it is, for people.")
    rests_on: Words = Field(description="Why it may come, and what its size rests on.")
    changes: dict[SettablePath, Any] = Field(
        alias="set", min_length=1, description="Paths in this file, and what they would become."
    )


class CountedClients(Record):
    """Clients among whom the effect is counted."""

    says: Words = Field(description="Who they are, for people.")
    of: Selection = Field(description="Which clients.")


class Displacement(Record):
    """Jobs that are won at the expense of others: a deduction, and no change of any client."""

    says: Words = Field(description="What it is, for people.")
    share: Share = Field(description="The share of the jobs won that others would have had.")


class Mechanisms(Record):
    """How the effect of the programme is split."""

    counted: dict[str, CountedClients] = Field(
        min_length=1, description="Among whom it is counted, by name."
    )
    parts: dict[str, Mechanism] = Field(
        min_length=1, max_length=12, description="The ways in which it works, by name."
    )
    besides: dict[str, Addition] = Field(
        default_factory=dict,
        description="What is no part of the plan and would come on top of it, by name.",
    )
    strength: SharedName | None = Field(
        None,
        description="The shared value that says how well the help works; verdicts are shown by it.",
    )
    displacement: Displacement | None = Field(
        None, description="What is deducted for jobs taken from others."
    )
