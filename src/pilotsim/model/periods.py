"""Named periods: dates that are said once, and what values become while they last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.fields import Day, Record, Words


class Period(Record):
    """A time in which something holds that holds neither before nor after: a closed spring."""

    says: Words | None = Field(None, description="What holds then.")
    begins: Day = Field(alias="from", description="The first day.")
    until: Day | None = Field(None, description="The first day after; to the end, unless said.")

    @model_validator(mode="after")
    def _rises(self) -> Period:
        if self.until is not None and not self.begins < self.until:
            raise QuantityFault(
                Message(
                    "expected a day after {begins}; found {found}",
                    begins=self.begins,
                    found=self.until,
                ),
                "until",
            )
        return self

    @property
    def ends(self) -> date:
        """The first day after."""
        return self.until or date.max


def changes_of(value: Quantity, periods: Mapping[str, Period]) -> tuple[tuple[date, Quantity], ...]:
    """Return the dates at which a value changes, and what it becomes at each.

    A period decides while it lasts; between periods the value's own dates do.

    Periods that are not known are left out; they are faults of the file.
    """
    spans = [
        (periods[name].begins, periods[name].ends, then)
        for name, then in value.during
        if name in periods
    ]
    plain = replace(value, changes=(), during=())
    moments = {when for when, _ in value.changes} | {
        day for begins, ends, _ in spans for day in (begins, ends) if day < date.max
    }
    return tuple((when, _at(plain, value.changes, spans, when)) for when in sorted(moments))


def _at(
    plain: Quantity,
    changes: Sequence[tuple[date, Quantity]],
    spans: Sequence[tuple[date, date, Quantity]],
    when: date,
) -> Quantity:
    for begins, ends, then in spans:
        if begins <= when < ends:
            return then
    return [plain, *(later for day, later in changes if day <= when)][-1]


def overlaps(value: Quantity, periods: Mapping[str, Period]) -> Iterator[tuple[str, str]]:
    """Yield each two periods of a value that overlap, so that it would be two things at once."""
    known = [(name, periods[name]) for name, _ in value.during if name in periods]
    for number, (name, period) in enumerate(known):
        for other, later in known[number + 1 :]:
            if period.begins < later.ends and later.begins < period.ends:
                yield name, other
