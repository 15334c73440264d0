"""Parts that several kinds of files have."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.model.fields import Record, SettablePaths, Words

__all__ = ["VariedPart"]


class VariedPart(Record):
    """A value of the flow, or several together, that is given other values than its own.

    A study's factor and a search's lever say which in the same words; each adds how its values are
    chosen.
    """

    says: Words | None = Field(None, description="What it is, for people.")
    levels: tuple[Any, ...] | None = Field(None, description="The values it takes.")
    low: Any | None = Field(None, description="The lower end of a range.")
    high: Any | None = Field(None, description="The upper end of a range.")
    sets: SettablePaths | None = Field(
        None, description="The paths that take the value; the name itself, unless said."
    )
    times: SettablePaths | None = Field(
        None, description="Or the paths whose own values are multiplied by it."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> VariedPart:
        if (self.low is None) != (self.high is None):
            raise QuantityFault(Message("a range needs both 'low' and 'high'"))
        if self.sets is not None and self.times is not None:
            raise QuantityFault(Message("say either sets or times"))
        return self
