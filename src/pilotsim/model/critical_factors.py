"""What has to be in place for a programme to succeed, and which figures answer it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pilotsim.model.fields import Names, Record, Words
from pilotsim.model.naming import NameOf, SourceName


class CriticalFactor(Record):
    """A factor that a source calls critical."""

    says: Words = Field(description="The factor, in the words of the source.")
    source: SourceName | None = None
    answer: Words = Field(description="What the flow can say of it, and what it cannot.")
    verdicts: Annotated[Names, NameOf(("questions",))] = Field(
        (), description="The targets, or readings of them, whose verdicts answer it."
    )
    choices: Annotated[Names, NameOf(("choices",))] = Field(
        (), description="The choices whose options answer it."
    )
