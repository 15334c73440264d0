"""What is scarce: units that stay, staff, units that come and are used up."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.fields import (
    Count,
    Day,
    Every,
    Number,
    Real,
    Record,
    Words,
    check_one_of,
    one_of,
)
from pilotsim.model.naming import PayerName
from pilotsim.model.week import WeekOfCounts


class Supply(Record):
    """Units that come on a schedule and are used up."""

    every: Every
    units: Count
    first: Day | None = None
    lapses: bool = Field(False, description="What is left at the next supply is lost.")


class Resource(Record):
    """Something scarce: places, rooms, staff."""

    model_config = one_of(("units", "fte", "supply"))

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
    shifts: WeekOfCounts | None = Field(
        None, description="At which hours of the week its units are there; always, unless said."
    )
    at_end_of_shift: Literal["finish", "pause", "hand_over"] | None = Field(
        None,
        description="What becomes of who is being served when a shift ends: `finish`, `pause` or "
        "`hand_over`.",
    )
    price_per_month: Real | None = Field(None, description="What one unit costs a month.")
    price_per_hour: Real | None = Field(
        None, description="With `shifts`: what one unit costs for each hour of its shifts."
    )
    payer: PayerName | None = Field(None, description="Who pays it: the name of one of the payers.")
    always: bool = Field(False, description="There, and paid, with or without the programme.")

    @model_validator(mode="after")
    def _is_one(self) -> Resource:
        check_one_of(self, ("units", "fte", "supply"), Message("a resource"))
        if (self.fte is None) != (self.caseload is None):
            raise QuantityFault(Message("staff is written with both 'fte' and 'caseload'"))
        if self.falls_interrupt and self.supply is not None:
            raise QuantityFault(Message("units that are used up are held by nobody"))
        if (self.shifts is None) != (self.at_end_of_shift is None):
            raise QuantityFault(
                Message(
                    "'shifts' and 'at_end_of_shift' belong together: say whether staff finish "
                    "whom they serve when a shift ends (finish), go on when their next one begins "
                    "(pause), or others take over (hand_over)"
                )
            )
        if self.shifts is not None and self.supply is not None:
            raise QuantityFault(Message("what comes on a schedule and is used up has no shifts"))
        if self.shifts is not None and self.price_per_month is not None:
            raise QuantityFault(
                Message(
                    "what has shifts is paid by the hour: price_per_hour, for each unit and hour "
                    "of a shift; a sum each month stands under 'costs', per_month"
                ),
                "price_per_month",
            )
        if self.shifts is None and self.price_per_hour is not None:
            raise QuantityFault(
                Message(
                    "hours are those of 'shifts', which it does not have; write price_per_month"
                ),
                "price_per_hour",
            )
        if self.shifts is not None and self.falls_interrupt:
            raise QuantityFault(
                Message(
                    "'at_end_of_shift' says what becomes of who is being served; with 'hand_over' "
                    "falls interrupt"
                ),
                "falls_interrupt",
            )
        if self.has_numbers_by_shift and (self.fte is not None or self.pauses):
            raise QuantityFault(
                Message(
                    "numbers in shifts need 'units', and no 'pause': with {what} all are there in "
                    "a shift, or none",
                    what="fte" if self.fte is not None else "pause",
                )
            )
        return self

    @property
    def price(self) -> Quantity | None:
        """What one unit costs a month, or for each hour of its shifts; None for nothing."""
        return self.price_per_hour if self.shifts is not None else self.price_per_month

    @property
    def interrupts(self) -> bool:
        """Whether stays that hold its units are interrupted where units become fewer."""
        return self.falls_interrupt or self.at_end_of_shift == "hand_over"

    @property
    def pauses(self) -> bool:
        """Whether service stands still between its shifts."""
        return self.at_end_of_shift == "pause"

    @property
    def has_numbers_by_shift(self) -> bool:
        """Whether its shifts say how many units are there in them."""
        return any(
            value is not None for hours in (self.shifts or {}).values() for value in hours.values()
        )
