"""Numbers with units as people write them: `30 %`, `2 % per month`, `10 working days`, `25`.

Each reader returns the number in the base unit of its kind, and says what was probably meant where
it cannot: a unit that is missing, a decimal comma, a Norwegian word.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pilotsim.base.calendar import DAYS_PER_MONTH, DAYS_PER_YEAR, HOURS_PER_WORKING_DAY
from pilotsim.base.errors import did_you_mean, message_of
from pilotsim.base.messages import Message, either

MAX_LENGTH = 60
DAYS_IN = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": DAYS_PER_MONTH,
    "year": DAYS_PER_YEAR,
}
WORKING_DAYS_IN = {
    "minute": 1 / (60 * HOURS_PER_WORKING_DAY),
    "hour": 1 / HOURS_PER_WORKING_DAY,
    "day": 1.0,
    "week": 5.0,
}
EXPECTED = {
    "share": Message("a share such as '30 %'"),
    "rate": Message("a rate such as '8 per month' or '2 % per month'"),
    "duration": Message("a length of time such as '6 weeks' or '10 working days'"),
    "count": Message("a whole number, 0 or more"),
    "number": Message("a number, 0 or more"),
    "real": Message("a number"),
    "speed": Message("a rate such as '2 % per month', or a number of times the risk's own rate"),
    "any": Message(
        "a share ('90 %'), a length of time ('14 days'), a rate ('2 per month') or a number"
    ),
}

_DIGITS = (
    r"([-+]?(?:[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?)"
)
PLAIN_NUMBER = _DIGITS
_SHARE = re.compile(_DIGITS + r"\s*(?:%|per ?cent)")
_RATE = re.compile(_DIGITS + r"\s*(%)?\s*(?:[a-z]+\s+)?(?:(?:per|a)\s+|/\s*)([a-z]+)")
_DURATION = re.compile(_DIGITS + r"\s*(working\s+)?([a-z]+)")
_PLAIN = re.compile(_DIGITS + r"(?:\s+[^\W\d]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DOTTED_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})")
_WHOLE_MONTHS = re.compile(r"([0-9]{1,4})\s*(month|year)s?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[./-]\s?([0-9]{1,2})[./-]\s?([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[./-]?([0-9]{1,2})[./-]?([0-9]{1,2})")
_NORWEGIAN = {
    "minutt": "minute",
    "minutter": "minutes",
    "time": "hour",
    "timer": "hours",
    "dag": "day",
    "dager": "days",
    "døgn": "days",
    "uke": "week",
    "uker": "weeks",
    "måned": "month",
    "måneden": "month",
    "måneder": "months",
    "mnd": "months",
    "år": "year",
    "året": "year",
    "arbeidsdag": "working day",
    "arbeidsdager": "working days",
    "virkedag": "working day",
    "virkedager": "working days",
    "prosent": "%",
    "pst": "%",
    "pr": "per",
    "i": "per",
}


class QuantityFault(ValueError):  # noqa: N818  (a fault of a file is no error of the program)
    """A value that cannot be read; `keys` lead to the fault inside the value, if it lies deeper."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys

    def under(self, *keys: str) -> QuantityFault:
        """Return the same fault as seen from further out."""
        return QuantityFault(message_of(self), *keys, *self.keys)


def show(raw: Any) -> str:
    """Return what a file says, as it would be written there, short enough for a message."""
    words = _written(raw) if raw is not None else Message("nothing")
    return words if len(words) <= MAX_LENGTH else words[: MAX_LENGTH - 3] + "..."


def _written(raw: Any) -> str:
    if isinstance(raw, str):
        return f"'{raw[:MAX_LENGTH]}'"
    if isinstance(raw, Mapping):
        return (
            "{"
            + ", ".join(f"{key}: {_bare(value)}" for key, value in list(raw.items())[:MAX_LENGTH])
            + "}"
        )
    if isinstance(raw, list | tuple):
        return "[" + ", ".join(_bare(value) for value in raw[:MAX_LENGTH]) + "]"
    if isinstance(raw, int) and abs(raw) > 10**MAX_LENGTH:
        return Message("a number of very many digits")
    return str(raw).lower() if isinstance(raw, bool) else str(raw)


def _bare(raw: Any) -> str:
    return raw if isinstance(raw, str) else "" if raw is None else _written(raw)


def hint_for_key(found: str, known: Iterable[str]) -> str:
    """Return what was probably meant by a key that nobody knows."""
    if ":" in found:
        return Message("; write a space after the colon")
    if found[:1].isdigit():
        return Message("; in brackets a comma begins a new key: write a decimal point, or quotes")
    return did_you_mean(found, known)


def pattern_of(kind: str) -> str:
    """Return the pattern of how a value of a kind is written in full, for editors; empty for any.

    It is that by which such a value is read, with the units that there are.
    """
    units = "|".join(f"{unit}s?" for unit in DAYS_IN)
    working = "|".join(f"{unit}s?" for unit in WORKING_DAYS_IN)
    if kind == "share":
        return _SHARE.pattern
    if kind == "rate":
        return _RATE.pattern.removesuffix("([a-z]+)") + f"(?:{units})"
    if kind == "duration":
        return _DIGITS + rf"\s*(?:working\s+(?:{working})|(?:{units}))"
    return ""


def read_share(raw: float | str) -> float:
    """Return a share such as `30 %` as a share of 1.

    Raises
    ------
    QuantityFault
        It has no unit, is no share, or lies outside 0 % to 100 %.
    """
    if isinstance(raw, str):
        match = _match(_SHARE, raw, "share")
        number = _float(match[1]) / 100
        if not 0 <= number <= 1:
            raise QuantityFault(
                Message("a share lies between 0 % and 100 %; found {found}", found=raw)
            )
        return number
    as_share, as_percent = f"'{raw * 100:g} %'", f"'{raw:g} %'"
    meant = [as_share] if 0 < raw < 1 else [as_share, as_percent] if raw == 1 else [as_percent]
    hint = Message("; did you mean {meant}?", meant=either(meant)) if 0 <= raw <= 100 else ""
    raise QuantityFault(
        Message(
            "expected {wanted}; found {found} without a unit{meant}",
            wanted=EXPECTED["share"],
            found=f"{raw:g}",
            meant=hint,
        )
    )


def read_rate(raw: float | str) -> float:
    """Return a rate such as `8 per month` or `2 % per month`, per day; 0 needs no unit.

    Raises
    ------
    QuantityFault
        It has no unit, is no rate, is below 0, or is too large.
    """
    if isinstance(raw, str):
        match = _match(_RATE, raw, "rate")
        return _not_negative(
            _float(match[1]) / (100 if match[2] else 1) / _days_in(match[3], DAYS_IN), raw, "rate"
        )
    if raw == 0:
        return 0.0
    raise QuantityFault(
        Message(
            "expected {wanted}; found {found} without a unit{meant}",
            wanted=EXPECTED["rate"],
            found=f"{raw:g}",
            meant=Message("; did you mean {meant}?", meant=f"'{raw:g} per month'"),
        )
    )


def read_length(raw: float | str) -> tuple[float, bool]:
    """Return the days in a duration such as `6 weeks`, and whether they are working days.

    Raises
    ------
    QuantityFault
        It has no unit, is no duration, is below 0, or is too large.
    """
    if isinstance(raw, str):
        match = _match(_DURATION, raw, "duration")
        days = _days_in(match[3], WORKING_DAYS_IN if match[2] else DAYS_IN)
        return _not_negative(_float(match[1]) * days, raw, "duration"), bool(match[2])
    meant = either([f"'{raw:g} days'", f"'{raw:g} weeks'"])
    raise QuantityFault(
        Message(
            "expected {wanted}; found {found} without a unit{meant}",
            wanted=EXPECTED["duration"],
            found=f"{raw:g}",
            meant=Message("; did you mean {meant}?", meant=meant),
        )
    )


def read_count(raw: float | str) -> float:
    """Return a whole number, 0 or more.

    Raises
    ------
    QuantityFault
        It is no whole number, or is below 0.
    """
    number = read_real(raw, "count")
    if number < 0 or number != int(number):
        raise QuantityFault(
            Message("expected {wanted}; found {found}", wanted=EXPECTED["count"], found=show(raw))
        )
    return number


def read_number(raw: float | str) -> float:
    """Return a number, 0 or more."""
    return _not_negative(read_real(raw, "number"), raw, "number")


def read_real(raw: float | str, kind: str = "real") -> float:
    """Return a number.

    Raises
    ------
    QuantityFault
        It is a string.
    """
    if isinstance(raw, str):
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}{meant}",
                wanted=EXPECTED[kind],
                found=show(raw),
                meant=_meant_number(raw),
            )
        )
    return float(raw)


def kind_of(raw: float | str) -> str:
    """Return the kind of a value where any may be written: `share`, `duration`, `rate` or `real`.

    Raises
    ------
    QuantityFault
        None of them.
    """
    if not isinstance(raw, str):
        return "real"
    words = raw.strip() if len(raw) <= MAX_LENGTH else ""
    for kind, pattern in (("share", _SHARE), ("duration", _DURATION), ("rate", _RATE)):
        if pattern.fullmatch(words) or pattern.fullmatch(in_english(words)):
            return kind
    raise QuantityFault(
        Message(
            "expected {wanted}; found {found}{meant}",
            wanted=EXPECTED["any"],
            found=show(raw),
            meant=_meant_number(raw),
        )
    )


def unit_of(raw: str) -> str:
    """Return what follows the number of a value: ` per month` of `8 per month`."""
    words = raw.strip()[:MAX_LENGTH]
    match = re.match(_DIGITS, words)
    return words[match.end() :] if match else ""


def _match(pattern: re.Pattern[str], raw: str, kind: str) -> re.Match[str]:
    match = pattern.fullmatch(raw.strip()) if len(raw) <= MAX_LENGTH else None
    if match is not None and match.lastindex and match[match.lastindex] not in _NORWEGIAN:
        return match
    english = in_english(raw)
    meant = f"{english} %" if kind == "share" and not pattern.fullmatch(english) else english
    hint = (
        Message("; did you mean '{meant}'?", meant=meant)
        if pattern.fullmatch(meant) and meant != raw.strip()
        else ""
    )
    raise QuantityFault(
        Message(
            "expected {wanted}; found {found}{meant}",
            wanted=EXPECTED[kind],
            found=show(raw),
            meant=hint,
        )
    )


def in_english(raw: str) -> str:
    """Return a value with a decimal comma and Norwegian words put right."""
    text = re.sub(r"([0-9]),([0-9])", r"\1.\2", raw[: 2 * MAX_LENGTH].strip().lower()).replace(
        "\u2212", "-"
    )
    return re.sub(r"[^\W\d_]+\.?", lambda word: _NORWEGIAN.get(word[0].rstrip("."), word[0]), text)


def _meant_number(raw: str) -> str:
    match = _PLAIN.fullmatch(in_english(raw)) if len(raw) <= MAX_LENGTH else None
    if match is None:
        return ""
    digits, number = re.sub(r"\s", "", match[1]), _float(match[1])
    meant = str(int(digits)) if digits.isdecimal() else f"{number:.12g}"
    return Message("; did you mean {meant}?", meant=meant)


def _days_in(unit: str, known: Mapping[str, float]) -> float:
    name = unit.removesuffix("s")
    if name not in known:
        raise QuantityFault(
            Message("unknown unit '{unit}'{meant}", unit=unit, meant=did_you_mean(name, known))
        )
    return known[name]


def _float(digits: str) -> float:
    number = float(re.sub(r"\s", "", digits))
    if not math.isfinite(number):
        raise QuantityFault(Message("the number {found} is too large", found=show(digits)))
    return number


def _not_negative(number: float, raw: float | str, kind: str) -> float:
    if number < 0:
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}, which is less than 0",
                wanted=EXPECTED[kind],
                found=show(raw),
            )
        )
    if not math.isfinite(number):
        raise QuantityFault(Message("the number {found} is too large", found=show(raw)))
    return number


def whole_months(written: str) -> int | None:
    """Return how many calendar months a length of time is, or None for one in other units.

    `12 months` and `1 year` are twelve; `1.5 months` and `30 days` are none.

    Parameters
    ----------
    written : str
        The length as a file writes it.
    """
    match = _WHOLE_MONTHS.fullmatch(written.strip())
    if match is None:
        return None
    return int(match[1]) * (12 if match[2] == "year" else 1)


def read_date(raw: Any) -> date:
    """Return the date written as year-month-day.

    Raises
    ------
    QuantityFault
        No such date.
    """
    if isinstance(raw, date):
        return raw
    words = str(raw).strip() if isinstance(raw, str | int) else ""
    match = _DATE.fullmatch(words)
    found = _make_date(match[1], match[2], match[3]) if match else None
    if found is not None:
        return found
    if match and 1 <= int(match[2]) <= 12 and int(match[1]) > 0:
        days = monthrange(int(match[1]), int(match[2]))[1]
        raise QuantityFault(
            Message(
                "there is no such date as {words}; that month has {days} days",
                words=words,
                days=days,
            )
        )
    raise QuantityFault(
        Message(
            "expected a date (year-month-day) such as 2015-07-01; found {found}{meant}",
            found=show(raw),
            meant=_meant_date(words),
        )
    )


def read_typed_date(text: str) -> date:
    """Return the date that somebody typed at a prompt or on a command line.

    Parameters
    ----------
    text : str
        A date as year-month-day, or as day.month.year.

    Raises
    ------
    QuantityFault
        No such date.
    """
    dotted = _DOTTED_DATE.fullmatch(text.strip())
    written = f"{dotted[3]}-{int(dotted[2]):02}-{int(dotted[1]):02}" if dotted else text.strip()
    try:
        return read_date(written)
    except QuantityFault as fault:
        if _DATE.fullmatch(written):
            raise
        raise QuantityFault(
            Message(
                "expected a day as year-month-day, such as 2027-01-01; found '{found}'", found=text
            )
        ) from fault


def _make_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _meant_date(words: str) -> str:
    first, last = _DAY_FIRST.fullmatch(words), _YEAR_FIRST.fullmatch(words)
    meant = (
        _make_date(first[3], first[2], first[1])
        if first
        else _make_date(*last.groups())
        if last
        else None
    )
    return Message("; did you mean {meant}?", meant=meant) if meant else ""
