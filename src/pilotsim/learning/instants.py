"""Dates and instants as files write them, in days; and where a text could say two things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pilotsim.base.messages import Message
from pilotsim.evaluation.register.spellings import DateOrder, Doubt
from pilotsim.learning.stays import day_of

__all__ = ["INSTANT_WANTED", "Instant", "read_instant", "read_instants"]

INSTANT_WANTED = Message("a date such as 2015-03-04, or an instant such as 2015-03-04 10:30")
FIRST_YEAR, LAST_YEAR = 1900, 2099
_CLOCK = r"(?:[ T](?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}(?:[.,]\d+)?))?)?"
# Clocks are told where the office is: what stands behind for a time zone moves none of them.
_ZONE = r" ?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[-./](?P<month>\d{{1,2}})[-./](?P<day>\d{{1,2}}){_CLOCK}{_ZONE}"
)
_DIGITS = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_DOTTED = re.compile(
    rf"(?P<day>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\. ?(?P<year>\d{{4}}){_CLOCK}{_ZONE}"
)
_SLASHED = re.compile(
    rf"(?P<one>\d{{1,2}})[/-](?P<two>\d{{1,2}})[/-](?P<year>\d{{4}}){_CLOCK}{_ZONE}"
)
_SERIAL = re.compile(r"(?P<days>\d{5})(?:[.,](?P<part>\d+))?")
_SERIAL_BEGINS = {"excel": date(1899, 12, 30), "excel_1904": date(1904, 1, 1)}


@dataclass(frozen=True)
class Instant:
    """When something was.

    Parameters
    ----------
    day : float
        In days from `stays.ORIGIN`.
    has_clock : bool
        Whether the text says an hour.
    zone : float or None
        How many hours its clock is ahead of Greenwich; None where the text does not say.
    """

    day: float
    has_clock: bool = False
    zone: float | None = None


def read_instant(text: str, order: DateOrder | None = None) -> Instant | Doubt | None:
    """Return when a text says; None where it says nothing.

    Examples
    --------
    >>> read_instant("1970-01-03").day, read_instant("3.1.1970 12:00").day
    (2.0, 2.5)
    >>> read_instant("03/04/2015")
    Doubt(why='is the day or the month first?', line='dates: day_first')
    >>> read_instant("31.02.2015"), read_instant("9999-12-31")
    (None, None)
    """
    bare = text.strip()
    for pattern in (_YEAR_FIRST, _DIGITS, _DOTTED):
        match = pattern.fullmatch(bare)
        if match is not None:
            return _instant(match, int(match["month"]), int(match["day"]))
    match = _SLASHED.fullmatch(bare)
    if match is not None:
        one, two = int(match["one"]), int(match["two"])
        if order not in ("day_first", "month_first") and one <= 12 and two <= 12 and one != two:
            return Doubt(Message("is the day or the month first?"), "dates: day_first")
        first_is_day = (
            one > 12 if order not in ("day_first", "month_first") else (order == "day_first")
        )
        return _instant(match, two if first_is_day else one, one if first_is_day else two)
    match = _SERIAL.fullmatch(bare)
    if match is None:
        return None
    if order not in _SERIAL_BEGINS:
        return Doubt(Message("are these days as a spreadsheet counts them?"), "dates: excel")
    whole = day_of(_SERIAL_BEGINS[order] + timedelta(days=int(match["days"])))
    part = float(f"0.{match['part']}") if match["part"] else 0.0
    return Instant(whole + part, part > 0.0)


def read_instants(
    texts: Sequence[str], order: DateOrder | None = None
) -> list[Instant | Doubt | None]:
    """Return when each text of a column says; a day above 12 in one of them settles all."""
    if order is None:
        found = [_SLASHED.fullmatch(text.strip()) for text in texts]
        days = [(int(match["one"]), int(match["two"])) for match in found if match is not None]
        if any(one > 12 for one, _ in days):
            order = "day_first"
        elif any(two > 12 for _, two in days):
            order = "month_first"
    return [read_instant(text, order) for text in texts]


def _instant(match: re.Match[str], month: int, day: int) -> Instant | None:
    year = int(match["year"])
    clock = match.groupdict()
    try:
        when = datetime(year, month, day)
        if clock.get("hour") is not None:
            second = float((clock["second"] or "0").replace(",", "."))
            hour, minute = int(clock["hour"]), int(clock["minute"])
            if not (hour < 24 and minute < 60 and second < 60):
                return None
            when += timedelta(hours=hour, minutes=minute, seconds=second)
    except ValueError:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return Instant(day_of(when), clock.get("hour") is not None, _zone(clock.get("zone")))


def _zone(text: str | None) -> float | None:
    """Return the hours of a time zone such as Z or +01:00."""
    if not text:
        return None
    if text == "Z":
        return 0.0
    digits = text[1:].replace(":", "")
    hours = int(digits[:2]) + int(digits[2:]) / 60
    return -hours if text[0] == "-" else hours
