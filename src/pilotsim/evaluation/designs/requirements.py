"""What a design's numbers and names must be, so that there is somebody to compare with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.fields import Day, Length

# So far from a whole month a length of time is by the arithmetic of its days alone.
ROUNDING = 1e-6


def check_splits(share: Quantity) -> None:
    """Refuse a share that leaves one of the arms without anybody."""
    if not 0.0 < share.number < 1.0:
        raise QuantityFault(
            Message(
                "share: expected more than 0 % and less than 100 %, so that there is somebody to "
                "compare with; found {share}",
                share=share.written,
            )
        )


def check_some(name: str, count: Quantity) -> None:
    """Refuse a count below 1."""
    if count.number < 1.0:
        raise QuantityFault(
            Message("{name}: expected 1 or more; found {found}", name=name, found=count.written)
        )


def check_lasts(name: str, length: Quantity | None) -> None:
    """Refuse a length of time that is none."""
    if length is not None and not length.number > 0.0:
        raise QuantityFault(
            Message("{name}: expected more than 0; found {found}", name=name, found=length.written)
        )


def check_once(names: Iterable[str]) -> None:
    """Refuse a district that is named twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise QuantityFault(
                Message("the district '{name}' is named twice; each has one lot", name=name)
            )
        seen.add(name)


def check_strata(strata: Mapping[str, tuple[str, ...]], least: int) -> None:
    """Refuse strata in which there is nothing to draw, or that share a district."""
    for name, districts in strata.items():
        if len(districts) < least:
            raise QuantityFault(
                Message(
                    "strata: expected {least} districts or more in '{name}', so that there is "
                    "something to draw; found {found}",
                    least=least,
                    name=name,
                    found=len(districts),
                ),
                "strata",
            )
    check_once(name for districts in strata.values() for name in districts)


def first_of_month(day: date) -> date:
    """Refuse a day with which no month begins.

    Raises
    ------
    QuantityFault
        Names the first day of its month.
    """
    if day.day != 1:
        raise QuantityFault(
            Message(
                "expected the first day of a month; found {found}. A register has one row for "
                "each month: {first}?",
                found=day.isoformat(),
                first=day.replace(day=1).isoformat(),
            )
        )
    return day


def months_of(length: Quantity) -> int:
    """Return a length of time in whole months."""
    return round(length.number / DAYS_PER_MONTH)


def whole_months_of(length: Quantity) -> int:
    """Return how many whole months a length of time has."""
    return math.floor(length.number / DAYS_PER_MONTH + ROUNDING)


def whole_months(length: Quantity) -> Quantity:
    """Refuse a length of time that is no whole number of months, one or more.

    Raises
    ------
    QuantityFault
        Names the months on both sides of it.
    """
    months = length.number / DAYS_PER_MONTH
    if abs(months - round(months)) < ROUNDING:
        return length
    if months < 1.0:
        raise QuantityFault(Message("expected one month or more"))
    raise QuantityFault(
        Message(
            "expected whole months; found {found}. A register has one row for each month: {below} "
            "or {above} months?",
            found=length.written,
            below=math.floor(months),
            above=math.ceil(months),
        )
    )


Months = Annotated[Length, AfterValidator(whole_months)]
FirstDay = Annotated[Day, AfterValidator(first_of_month)]
