"""What a cell of an extract holds: a month, a number, yes or no; and its kind, never itself.

A register is about people. Whatever is said of a cell says of which kind it is, and no more.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Any

from pilotsim.base.messages import Message

__all__ = [
    "FLAGS",
    "LEAST",
    "MONTH_WANTED",
    "are_in_calendar",
    "flag_of",
    "is_full_date",
    "kind_of",
    "month_of",
    "number_of",
]

# A month, or any day of it.
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:[ T]00:00(?::00)?)?)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FULL_DATE = re.compile(
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{2}|[0-9]{4}))|(?:[0-9]{4}-[0-9]{2}-[0-9]{2}.*)"
)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[\s\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_SHORT_MONTH = re.compile(r"([0-9]{4})[-./ ]([0-9]{1,2})|([0-9]{1,2})[-./ ]([0-9]{4})")
_WITH_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
FLAGS = {
    "0": 0.0,
    "0.0": 0.0,
    "false": 0.0,
    "no": 0.0,
    "1": 1.0,
    "1.0": 1.0,
    "true": 1.0,
    "yes": 1.0,
}
# In many systems the year 9999 stands for "no end": that is no month.
FIRST_YEAR, LAST_YEAR = 1900, 2099
LAST_DAY = 31
MONTH_WANTED = Message("a month such as 2015-03")
# The smallest count that may be shown, unless the owner of the data decides otherwise.
LEAST = 5


def month_of(value: Any) -> float | None:
    """Return a month as months since the year 0; None for what is no month.

    Examples
    --------
    >>> month_of("2015-03")
    24182.0
    >>> month_of("2015-03-01 hello") is None, month_of("2015-02-29") is None
    (True, True)
    """
    if isinstance(value, date):
        year, month = value.year, value.month
        return float(year * 12 + month - 1) if are_in_calendar(year, month) else None
    match = _MONTH.fullmatch(str(value))
    if not match:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
    return float(year * 12 + month - 1) if are_in_calendar(year, month, day) else None


def are_in_calendar(year: int, month: int, day: int = 1) -> bool:
    """Tell whether there is such a day, in the years that a register is about.

    Examples
    --------
    >>> are_in_calendar(2016, 2, 29), are_in_calendar(2015, 2, 29), are_in_calendar(9999, 12)
    (True, False, False)
    """
    return FIRST_YEAR <= year <= LAST_YEAR and _is_a_day(year, month, day)


def flag_of(value: Any) -> float | None:
    """Return 1 for 1, true and yes, 0 for 0, false and no; None for anything else.

    Examples
    --------
    >>> flag_of("True"), flag_of("no"), flag_of("drawn")
    (1.0, 0.0, None)
    """
    return FLAGS.get(str(value).lower())


def number_of(value: Any) -> float | None:
    """Return a finite number written with a decimal point; None for anything else."""
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def is_full_date(value: Any) -> bool:
    """Tell whether a cell holds a day, as a date of birth does."""
    if isinstance(value, date):
        return True
    return isinstance(value, str) and _FULL_DATE.fullmatch(value) is not None


def _may_be_a_day(text: str) -> bool:
    """Tell whether a text with a date's signs is one; with slashes the month may stand first."""
    first, second, third = (int(part) for part in re.findall("[0-9]+", text)[:3])
    if first > LAST_DAY:
        return _is_a_day(first, second, third)
    return _is_a_day(third, second, first) or ("/" in text and _is_a_day(third, first, second))


def _is_short_month(text: str) -> bool:
    """Tell whether a text is a month and a year that the register spells in another way."""
    match = _SHORT_MONTH.fullmatch(text)
    if not match:
        return False
    year, month = match[1] or match[4], match[2] or match[3]
    return are_in_calendar(int(year), int(month))


def _is_a_day(year: int, month: int, day: int) -> bool:
    # Of a year in two digits any century with a leap day will do.
    return 1 <= month <= 12 and 1 <= day <= monthrange(year or 2000, month)[1]


def kind_of(value: Any) -> Message:
    """Return of which kind a cell is, without what stands in it.

    Examples
    --------
    >>> str(kind_of("9500,50")), str(kind_of("Ola Nordmann"))
    ('a number with a decimal comma', 'words')
    """
    if value is None:
        return Message("nothing")
    if isinstance(value, bool):
        return Message("true or false")
    text = str(value)
    if is_full_date(value):
        return Message("a date") if _may_be_a_day(text) else Message("a date that no calendar has")
    if number_of(value) is not None:
        return Message("a number")
    if _WITH_COMMA.fullmatch(text):
        return Message("a number with a decimal comma")
    if _GROUPED.fullmatch(text):
        return Message("a number with spaces")
    if _is_short_month(text):
        return Message("a month in another spelling")
    if any(sign.isdigit() for sign in text):
        return Message("words with digits")
    return Message("words")
