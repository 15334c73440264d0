"""What a cell of an extract holds: a month, a number, yes or no; and its kind, never itself.

A register is about people. Whatever is said of a cell says of which kind it is, and no more.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pilotsim.base.messages import Message

__all__ = [
    "FLAGS",
    "LEAST",
    "MONTH_WANTED",
    "flag_of",
    "is_full_date",
    "kind_of",
    "month_of",
    "number_of",
]

# A month, or any day of it. In many systems the year 9999 stands for "no end": that is no month.
_MONTH = re.compile(
    r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])"
    r"(?:-(?:0[1-9]|[12][0-9]|3[01])(?:[ T]00:00(?::00)?)?)?"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FULL_DATE = re.compile(
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{2}|[0-9]{4}))|(?:[0-9]{4}-[0-9]{2}-[0-9]{2}.*)"
)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[\s\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
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
MONTH_WANTED = Message("a month such as 2015-03")
# The smallest count that may be shown, unless the owner of the data decides otherwise.
LEAST = 5


def month_of(value: Any) -> float | None:
    """Return a month as months since the year 0; None for what is no month.

    Examples
    --------
    >>> month_of("2015-03")
    24182.0
    >>> month_of("2015-03-01 hello") is None
    True
    """
    if isinstance(value, date):
        return float(value.year * 12 + value.month - 1) if 1900 <= value.year < 2100 else None
    match = _MONTH.fullmatch(str(value))
    return float(int(match[1]) * 12 + int(match[2]) - 1) if match else None


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
    if is_full_date(value):
        return Message("a date")
    text = str(value)
    if number_of(value) is not None:
        return Message("a number")
    if _WITH_COMMA.fullmatch(text):
        return Message("a number with a decimal comma")
    if _GROUPED.fullmatch(text):
        return Message("a number with spaces")
    if any(sign.isdigit() for sign in text):
        return Message("words with digits")
    return Message("words")
