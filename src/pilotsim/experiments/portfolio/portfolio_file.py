"""What a portfolio file says: a flow, its districts, what is counted in each, and scenarios."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from pilotsim.model.fields import Names, Record, Words
from pilotsim.model.naming import NameOf


class OutcomePart(Record):
    """What is counted in each district, and added up."""

    says: Words = Field(description="What it counts, for people.")
    measure: dict[str, Any] = Field(
        description="A count, as a target has one; names that begin with this_ are the district's."
    )


class PortfolioScenarioPart(Record):
    """A named change, of all districts or of some."""

    says: Words = Field(description="What it is, for people.")
    like: Annotated[str, NameOf(("scenarios",))] | None = Field(
        None, description="A scenario of the flow file that this one begins with."
    )
    changes: dict[str, Any] = Field(
        default_factory=dict,
        alias="set",
        description="Paths in the flow file, and what they become; names that begin with this_ "
        "are those of each district.",
    )
    only: Names = Field((), description="The districts that it changes; all, unless said.")


class PortfolioFile(Record):
    """A portfolio file."""

    portfolio: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words | None = None
    flow: str = Field(description="The flow file, as seen from the folder of this file.")
    districts: str | None = Field(
        None,
        description="A table of districts that are each a flow of their own, its columns paths of "
        "the flow; none where the flow places its districts itself.",
    )
    outcomes: dict[str, OutcomePart] = Field(min_length=1)
    scenarios: dict[str, PortfolioScenarioPart] = Field(default_factory=dict)
    replications: int = Field(100, ge=2, le=100_000, description="How many runs.")
    seed: int = Field(1, ge=0, le=2**31 - 1)
