"""What is scarce: units that stay, staff, units that come and are used up."""

from __future__ import annotations

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.model.fields import Count, Day, Every, Number, Real, Record, Words, check_one_of


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
    fte: Number | None = Field(
        None, description="Staff in full-time equivalents; needs `caseload`."
    )
    caseload: Number | None = Field(None, description="Units that one full-time equivalent is.")
    supply: Supply | None = Field(
        None, description="Units that come on a schedule and are used up."
    )
    falls_interrupt: bool = Field(
        False, description="If units become fewer, stays that hold them are interrupted."
    )
    price_per_month: Real | None = Field(None, description="What one unit costs a month.")
    payer: str | None = Field(None, description="Who pays it: the name of one of the payers.")
    always: bool = Field(False, description="There, and paid, with or without the programme.")

    @model_validator(mode="after")
    def _is_one(self) -> Resource:
        check_one_of(self, ("units", "fte", "supply"), Message("a resource"))
        if (self.fte is None) != (self.caseload is None):
            raise QuantityFault(Message("staff is written with both 'fte' and 'caseload'"))
        if self.falls_interrupt and self.supply is not None:
            raise QuantityFault(Message("units that are used up are held by nobody"))
        return self
