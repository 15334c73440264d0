"""Published figures on the system of a flow: their values, their precision, what they measure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message, either
from pilotsim.base.quantity import (
    Quantity,
    QuantityFault,
    is_worked_out,
    read_scalar,
    read_value,
    show,
)
from pilotsim.base.units import unit_of
from pilotsim.model.evidence import EvidenceField, NaiveForecast
from pilotsim.model.fields import AnyValue, Record, Words
from pilotsim.model.naming import SourceName
from pilotsim.model.targets import Measure

# How far "about", "just over" and "just under" reach, as a share of the figure. A convention:
# sources never say.
REACH = 0.10
EXACT, ROUNDED, ABOUT, JUST_OVER, JUST_UNDER, AT_LEAST, AT_MOST = CLASSES = (
    "exact",
    "rounded",
    "about",
    "just_over",
    "just_under",
    "at_least",
    "at_most",
)
ROUNDED_TO, UP_TO, WITHIN = OPTIONS = ("rounded_to", "up_to", "within")
SLACK = 1e-9


@dataclass(frozen=True)
class Tolerance:
    """How exactly a published figure is meant.

    Parameters
    ----------
    rule : str
        One of `CLASSES` or `OPTIONS`.
    value : Quantity or None
        For `rounded_to` the step, for `up_to` the upper end, for `within` how far to each side.
    """

    rule: str = ROUNDED
    value: Quantity | None = None

    @classmethod
    def read(cls, raw: Any) -> Tolerance:
        """Return the tolerance given by a word or by a mapping with one of `OPTIONS`.

        Raises
        ------
        QuantityFault
            Neither.
        """
        if isinstance(raw, Tolerance):
            return raw
        if isinstance(raw, str) and raw in CLASSES:
            return cls(raw)
        if isinstance(raw, Mapping) and len(raw) == 1 and next(iter(raw)) in OPTIONS:
            ((rule, value),) = raw.items()
            return cls(str(rule), _read_option(str(rule), value))
        meant = did_you_mean(raw, CLASSES) if isinstance(raw, str) else ""
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}{meant}",
                wanted=either([*CLASSES, "{rounded_to: 100}", "{up_to: 10}", "{within: 5}"]),
                found=show(raw),
                meant=meant,
            )
        )

    def interval(self, value: Quantity) -> tuple[float, float]:
        """Return between which numbers a figure so meant may lie, in the base unit.

        An end may be infinite.
        """
        y, reach, slack = (
            value.number,
            REACH * abs(value.number),
            SLACK * max(1.0, abs(value.number)),
        )
        if self.rule == ROUNDED:
            half = _last_digit(value) / 2
            return y - half - slack, y + half + slack
        if self.rule in (ROUNDED_TO, WITHIN):
            assert self.value is not None
            half = self.value.number / (2 if self.rule == ROUNDED_TO else 1)
            return y - half - slack, y + half + slack
        high = self.value.number if self.value is not None else y
        down = {ABOUT: reach, JUST_UNDER: reach, AT_MOST: math.inf}.get(self.rule, 0.0)
        up = {ABOUT: reach, JUST_OVER: reach, AT_LEAST: math.inf}.get(self.rule, 0.0)
        return y - down - slack, high + up + slack


def _read_option(rule: str, raw: Any) -> Quantity:
    try:
        return read_scalar(raw, "any")
    except QuantityFault as fault:
        raise fault.under(rule) from fault


def _last_digit(value: Quantity) -> float:
    """Return one unit of the last digit written, in base units: 0.1 for `15.6`, 0.01 for `35 %`."""
    unit = unit_of(value.written)
    digits = value.written.strip().removesuffix(unit.strip()).strip()
    decimals = len(digits.partition(".")[2]) if "e" not in digits.lower() else 0
    step = 10.0**-decimals
    return (
        read_value(f"{step:.12f}".rstrip("0").rstrip(".") + unit, value.kind).number
        if unit
        else step
    )


_TOLERANCE_SCHEMA = {
    "anyOf": [
        {"enum": list(CLASSES)},
        {
            "type": "object",
            "properties": {option: {"type": ["string", "number"]} for option in OPTIONS},
        },
    ]
}
ToleranceField = Annotated[
    Tolerance, BeforeValidator(Tolerance.read), WithJsonSchema(_TOLERANCE_SCHEMA)
]


class Published(Record):
    """One published figure."""

    value: AnyValue = Field(description="The figure, in the unit of what is measured.")
    source: SourceName = Field(
        description="Where it was read: the name of a source and a place in it."
    )
    tolerance: ToleranceField = Field(Tolerance(), description="How exactly it is meant.")

    @property
    def is_own_sum(self) -> bool:
        """Whether it was worked out from what the source prints, so that nobody printed it."""
        return is_worked_out(self.source)

    @property
    def interval(self) -> tuple[float, float]:
        """Between which numbers the figure may lie, in the base unit."""
        return self.tolerance.interval(self.value)

    @property
    def middle(self) -> float:
        """The middle of its interval; infinite where it is only a bound."""
        low, high = self.interval
        return (low + high) / 2

    @property
    def deviation(self) -> float:
        """The standard deviation of a number that may lie anywhere in its interval alike.

        Infinite where it is only a bound.
        """
        low, high = self.interval
        return (high - low) / math.sqrt(12)

    @model_validator(mode="after")
    def _fits(self) -> Published:
        if self.value.follows:
            raise QuantityFault(
                Message("a published figure stands as it was printed; it follows no other value"),
                "value",
            )
        if self.value.working or self.value.changes:
            raise QuantityFault(
                Message("a published figure is one number in calendar time"), "value"
            )
        option = self.tolerance.value
        if option is not None and option.kind != self.value.kind:
            raise QuantityFault(
                Message(
                    "expected the unit of {written}; found {found}",
                    written=self.value.written,
                    found=option.written,
                ),
                "tolerance",
                self.tolerance.rule,
            )
        low, high = self.interval
        if not low < high:
            raise QuantityFault(
                Message("expected a number above {written}", written=self.value.written),
                "tolerance",
                self.tolerance.rule,
            )
        return self


class Observed(Record):
    """An output of the system that was published, and what it is in the model."""

    says: Words = Field(description="What was published, in words.")
    measure: Measure | None = Field(None, description="What it is in the model.")
    sum: str | None = Field(
        None,
        description="Or a sum: of what is simulated, of published figures, of values of the flow.",
    )
    value: AnyValue | None = Field(None, description="The published figure.")
    source: SourceName | None = Field(None, description="Where it was read.")
    tolerance: ToleranceField | None = Field(None, description="How exactly it is meant.")
    figures: tuple[Published, ...] | None = Field(
        None, description="Instead: several figures that contradict each other."
    )
    contradiction: Words | None = Field(
        None, description="How several figures contradict each other."
    )
    fitted: bool = Field(False, description="Whether values of the flow were fitted to it.")
    evidence: EvidenceField | None = Field(
        None, description="What it proves that the figure is hit, and why; a test unless said."
    )
    naive: NaiveForecast | None = Field(
        None, description="What would have been said without a model."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Observed:
        if (self.measure is None) == (self.sum is None):
            raise QuantityFault(
                Message("what was published is compared with either a measure or a sum")
            )
        if self.value is not None and self.figures is not None:
            raise QuantityFault(
                Message(
                    "expected the published figure (value), or several that contradict each other "
                    "(figures); found both"
                )
            )
        if self.figures is not None and (self.source is not None or self.tolerance is not None):
            raise QuantityFault(
                Message("each of the figures has its own source and tolerance; write them there")
            )
        if self.figures is not None and (len(self.figures) < 2 or self.contradiction is None):
            raise QuantityFault(
                Message(
                    "several figures for one output contradict each other: name two or more, and "
                    "say why (contradiction)"
                )
            )
        if self.value is not None and self.source is None:
            raise QuantityFault(Message("says not where the figure was published (source)"))
        is_described = self.source or self.tolerance or self.contradiction or self.fitted
        if self.is_blank and (is_described or self.evidence or self.naive):
            raise QuantityFault(
                Message(
                    "expected the published figure (value); without one nothing can be said of "
                    "how it was published"
                )
            )
        if self.contradiction is not None and self.fitted:
            raise QuantityFault(
                Message("nothing can be fitted to figures that contradict each other")
            )
        if self.contradiction is not None and self.figures is None:
            raise QuantityFault(
                Message(
                    "only figures of sources contradict each other (figures); one that the model "
                    "cannot give is missed, and why is said under evidence"
                ),
                "contradiction",
            )
        self.published  # noqa: B018  (checks the figure itself)
        return self

    @property
    def is_blank(self) -> bool:
        """Whether nothing was published: it is shown, may stand in sums, and is held to nothing."""
        return self.value is None and self.figures is None

    @property
    def published(self) -> tuple[Published, ...]:
        """The published figures: one, unless they contradict each other; none of a blank."""
        if self.figures is not None:
            return self.figures
        if self.is_blank:
            return ()
        return (
            Published(
                value=self.value, source=self.source, tolerance=self.tolerance or Tolerance()
            ),
        )
