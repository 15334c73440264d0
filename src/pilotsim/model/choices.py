"""Choices: what somebody has to decide, or how a sentence can be read."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.model.fields import Record, Words
from pilotsim.model.naming import SettablePath, SourceName, TargetName


class Option(Record):
    """One way to decide a choice."""

    says: Words = Field(description="What is decided, or how the sentence is read.")
    changes: dict[SettablePath, Any] = Field(
        default_factory=dict,
        alias="set",
        description="Paths in this file, and what they become; none where the file stands so.",
    )


class Choice(Record):
    """What somebody has to decide, or a sentence that can be read in several ways."""

    says: Words = Field(description="The question, in words that can be put to who decides.")
    source: SourceName | None = Field(None, description="Where a source leaves it open.")
    options: dict[str, Option] = Field(
        default_factory=dict, description="The ways to decide it; one of them is the file's."
    )
    readings_of: TargetName | None = Field(
        None, description="A target whose readings are the options; in place of `options`."
    )

    @model_validator(mode="after")
    def _has_options(self) -> Choice:
        if self.readings_of is not None:
            if self.options:
                raise QuantityFault(
                    Message("the readings of a target are its options; leave 'options' out")
                )
            return self
        if len(self.options) < 2:
            raise QuantityFault(
                Message("a choice needs two options or more, or the target 'readings_of' names")
            )
        written = [name for name, option in self.options.items() if not option.changes]
        if len(written) != 1:
            raise QuantityFault(
                Message(
                    "one option is the file as it is written, without 'set'; found {found}",
                    found=", ".join(written) or Message("none"),
                ),
                "options",
            )
        return self

    @property
    def as_written(self) -> str:
        """The option that the file takes; empty where a target's readings are the options."""
        return next((name for name, option in self.options.items() if not option.changes), "")
