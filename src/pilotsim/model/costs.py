"""What clients cost, and what comes back: a price for each month, day or start.

Negative for a refund.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.fields import Groups, Real, Record, Stages, State, Words, check_one_of, one_of
from pilotsim.model.naming import PayerName
from pilotsim.model.targets import Measure, Selection

PRICES = ("per_month", "per_day", "per_start")


class Cost(Record):
    """A line of a budget that depends on clients, or on the calendar alone."""

    model_config = one_of(PRICES)

    label: Words | None = None
    per_month: Real | None = Field(
        None, description="For each client and month there; without `in` and `state`: each month."
    )
    per_day: Real | None = Field(None, description="For each client and day there.")
    per_start: Real | None = Field(None, description="For each start.")
    in_stages: Stages | None = Field(
        None, alias="in", description="In these stages, from the start of the stay."
    )
    state: State | None = Field(None, description="Or while they count as this in a register.")
    groups: Groups | None = Field(None, description="Only clients of these groups.")
    working_days: bool = Field(False, description="For `per_day`: only working days count.")
    payer: PayerName | None = Field(None, description="Who pays it: the name of one of the payers.")
    always: bool = Field(
        False, description="For a sum each month: paid with or without the programme."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Cost:
        check_one_of(self, PRICES, Message("a cost"))
        if self.in_stages is not None and self.state is not None:
            raise QuantityFault(Message("say either in which stages (in) or in which state"))
        if self.per_start is not None and self.in_stages is None:
            raise QuantityFault(Message("'per_start' needs 'in': a start in which stages?"))
        if not self.is_of_clients and (self.per_month is None or self.groups is not None):
            raise QuantityFault(
                Message("says not where it is paid: in which stages (in), or in which state")
            )
        if self.always and self.is_of_clients:
            raise QuantityFault(
                Message(
                    "what depends on clients is worked out in both worlds; 'always' is for a sum "
                    "each month"
                ),
                "always",
            )
        if self.working_days and self.per_day is None:
            raise QuantityFault(Message("'working_days' needs 'per_day'"))
        return self

    @property
    def is_of_clients(self) -> bool:
        """Whether it depends on clients; otherwise it is a sum each month."""
        return self.in_stages is not None or self.state is not None

    @property
    def price(self) -> Quantity:
        """The price, negative for what comes back."""
        return next(
            value for value in (self.per_month, self.per_day, self.per_start) if value is not None
        )


class EconomyResult(Record):
    """A result that the money is held against: how many more of it with the programme."""

    says: Words = Field(description="What one of it is: one more in work.")
    measure: Measure = Field(description="How many there are: a count, an average or months.")


class Economy(Record):
    """What the programme costs whom, and what comes of it."""

    says: Words | None = Field(
        None, description="What the numbers leave out, and what nobody could look up."
    )
    participants: Selection = Field(description="The clients that count as participants.")
    results: dict[str, EconomyResult] = Field(
        default_factory=dict, description="What else the money is held against."
    )
    saves: State = Field(
        "assistance", description="The state whose months are paid for and may be saved."
    )
    of: Selection | None = Field(
        None, description="The clients whose months count; all, unless said."
    )
