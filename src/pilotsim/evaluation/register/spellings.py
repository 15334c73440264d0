"""How months and numbers are written in files as they come, and when that leaves two readings.

Each function returns what a text says in the register's own spelling, and by which form it was
read. Where a text could say two things there is a `Doubt`, and a line of the mapping decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pilotsim.base.messages import Message
from pilotsim.evaluation.register.values import are_in_calendar

__all__ = [
    "DateOrder",
    "Doubt",
    "Spelled",
    "long_name",
    "looks_like_a_number",
    "spell_month",
    "spell_months",
    "spell_numbers",
]

DateOrder = Literal["day_first", "month_first", "excel", "excel_1904"]
# Two digits for a year: this century, but not in the future of any register.
LATEST_SHORT_YEAR = 49
_EXCEL_BEGINS = {"excel": date(1899, 12, 30), "excel_1904": date(1904, 1, 1)}
# Norwegian, Swedish and English names by their first three letters.
_MONTHS = """
    januar january januari | februar february februari | mars march | april | mai may maj |
    juni june | juli july | august augusti | september | oktober october | november |
    desember december
"""
_LONG_NAMES = [names.split() for names in _MONTHS.split("|")]
_TIME = r"(?:[ T]00:00(?::00(?:[.,]0+)?)?)?"
# Year, month and day by name; the day may be left out where a month is written.
_Y, _M, _D = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_M2, _D2 = r"(?P<month>\d{2})", r"(?P<day>\d{2})"
_CLEAN = re.compile(rf"{_Y}-{_M2}(?:-{_D2}{_TIME})?")
_YEAR_FIRST = re.compile(rf"{_Y}[-./ m]{_M}(?:[-./]{_D}{_TIME})?")
_RUN_TOGETHER = re.compile(rf"{_Y}{_M2}{_D2}?")
_MONTH_THEN_YEAR = re.compile(rf"{_M}[-./ ]{_Y}")
_TOGETHER_BACK = re.compile(rf"{_D2}?{_M2}{_Y}")
_DOTTED = re.compile(rf"{_D}\. ?{_M}\. ?(?P<year>\d{{4}}|\d{{2}}){_TIME}")
_SLASHED = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4}|\d{2})" + _TIME)
_NAMED = re.compile(
    rf"(?:{_D}\.? ?-?)?(?P<name>[a-zæøåä]{{3,}})[ .\-/]*'?(?P<year>\d{{4}}|\d{{2}})"
)
_SERIAL = re.compile(r"(\d{5})(?:[.,]0+)?")


@dataclass(frozen=True)
class Doubt:
    """What a person must decide before a text can be read.

    Parameters
    ----------
    why : Message
        Which readings there are.
    line : str
        The line of a mapping that decides.
    """

    why: Message
    line: str


@dataclass(frozen=True)
class Spelled:
    """A text in the register's own spelling.

    Parameters
    ----------
    text : str
        A month such as 2015-03, or a number with a decimal point.
    form : str
        By which form it was read: a word of `mends`; empty where it is spelled so already.
    """

    text: str
    form: str = ""


def spell_month(text: str, order: DateOrder | None = None) -> Spelled | Doubt | None:
    """Return the month that a text says; None for none.

    Examples
    --------
    >>> spell_month("01.03.2015").text, spell_month("201503").text, spell_month("Mars 2015").text
    ('2015-03', '2015-03', '2015-03')
    >>> spell_month("03/04/2015")
    Doubt(why='is the day or the month first?', line='dates: day_first')
    >>> spell_month("29.02.2015"), spell_month("00.03.2015")
    (None, None)
    """
    low = text.casefold().strip()
    if not low.isprintable():
        return None
    for pattern, form in (
        (_CLEAN, ""),
        (_YEAR_FIRST, "month_year_first"),
        (_RUN_TOGETHER, "month_digits"),
        (_MONTH_THEN_YEAR, "month_then_year"),
        (_TOGETHER_BACK, "month_digits"),
        (_DOTTED, "month_dotted"),
    ):
        match = pattern.fullmatch(low)
        if match:
            day = match.groupdict().get("day")
            found = _spelled(match["year"], match["month"], form, day)
            if found is not None:
                return found
    match = _NAMED.fullmatch(low)
    if match:
        places = [
            place
            for place, names in enumerate(_LONG_NAMES, 1)
            if any(name.startswith(match["name"]) for name in names)
        ]
        if not places:
            return None
        return _spelled(match["year"], str(places[0]), "month_named", match["day"])
    match = _SLASHED.fullmatch(low)
    if match:
        return _slashed(match[1], match[2], match[3], order)
    match = _SERIAL.fullmatch(low)
    return _serial(int(match[1]), order) if match else None


def spell_months(
    texts: Sequence[str], order: DateOrder | None = None
) -> list[Spelled | Doubt | None]:
    """Return the months of a column, in which days and months have one order.

    Where some text has a day above 12, that is the order of all.
    """
    if order is None:
        found = {_order_of(text) for text in texts} - {None}
        order = found.pop() if len(found) == 1 else None
    return [spell_month(text, order) for text in texts]


def _order_of(text: str) -> DateOrder | None:
    match = _SLASHED.fullmatch(text.strip())
    if not match:
        return None
    first, second, year = match.groups()
    by_day, by_month = (
        _spelled(year, month, "", day) is not None
        for month, day in ((second, first), (first, second))
    )
    if by_day == by_month:
        return None
    return "day_first" if by_day else "month_first"


def _spelled(year: str, month: str, form: str, day: str | None = None) -> Spelled | None:
    """Return a month; None where there is no such month, or no such day in it."""
    whole = int(year)
    if len(year) == 2:
        if whole > LATEST_SHORT_YEAR:
            return None
        whole += 2000
        form = "month_short_year"
    if are_in_calendar(whole, int(month), int(day or 1)):
        return Spelled(f"{whole}-{int(month):02}", form)
    return None


def _slashed(first: str, second: str, year: str, order: DateOrder | None) -> Spelled | Doubt | None:
    if order in ("day_first", "month_first"):
        month, day = (second, first) if order == "day_first" else (first, second)
        return _spelled(year, month, "month_dashed", day)
    return Doubt(Message("is the day or the month first?"), "dates: day_first")


def _serial(days: int, order: DateOrder | None) -> Spelled | Doubt | None:
    if not 30_000 <= days <= 60_000:
        return None
    if order in _EXCEL_BEGINS:
        day = _EXCEL_BEGINS[order] + timedelta(days=days)
        return Spelled(f"{day:%Y-%m}", "month_serial")
    return Doubt(
        Message("five digits may be a day as Excel counts it, from 1900 or from 1904."),
        "dates: excel",
    )


def long_name(column: str) -> str:
    """Return what a register's column is called in a table that was made long.

    No header of a file can be called so.
    """
    return f"\0{column}"


_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'](?=\d{3}(?!\d))")
_CURRENCY = re.compile(r"^(?:kr\.?|nok|sek)\s*|\s*(?:kr\.?|nok|sek|,-)$", re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+")
_POINT, _COMMA = re.compile(r"[+-]?\d*\.\d+"), re.compile(r"[+-]?\d*,\d+")
_SCIENCE = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_POINTS_IN_BETWEEN = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")
_COMMAS_IN_BETWEEN = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
# Three digits behind the only sign, and no nought before it: thousands, or decimals?
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


def _bare(text: str) -> str:
    """Return a number without spaces between thousands, and without its currency."""
    return _SPACES.sub("", _CURRENCY.sub("", text.strip().replace("\u2212", "-")))


def _style_of(bare: str) -> str | None:
    """Return the decimal sign that a number must have; empty for either, None for no number."""
    if _INTEGER.fullmatch(bare) or _EITHER.fullmatch(bare):
        return ""
    if _COMMA.fullmatch(bare) or _POINTS_IN_BETWEEN.fullmatch(bare):
        return ","
    if _POINT.fullmatch(bare) or _COMMAS_IN_BETWEEN.fullmatch(bare) or _SCIENCE.fullmatch(bare):
        return "."
    return None


def looks_like_a_number(text: str) -> bool:
    """Tell whether a text is a number in some spelling."""
    bare = _bare(text)
    return bare.isprintable() and _style_of(bare) is not None


def spell_numbers(texts: Sequence[str], decimal: str | None = None) -> list[Spelled | Doubt | None]:
    """Return the numbers of a column, which has one decimal sign; None for what is no number.

    Parameters
    ----------
    texts : sequence of str
        The different texts of the column.
    decimal : str, optional
        The sign between whole and broken part, where a person has decided.

    Examples
    --------
    >>> [one.text for one in spell_numbers(["8 211,85", "1.200"])]
    ['8211.85', '1200']
    >>> spell_numbers(["8.211", "9.500"])[0].line
    "decimal: ','"
    """
    bare = [_bare(text) for text in texts]
    styles = {_style_of(one) for one in bare} - {None, ""}
    if decimal is None and len(styles) == 1:
        decimal = styles.pop()
    return [
        _spell_number(text, one, decimal, styles) for text, one in zip(texts, bare, strict=True)
    ]


def _spell_number(
    text: str, bare: str, decimal: str | None, styles: set[str | None]
) -> Spelled | Doubt | None:
    style = _style_of(bare)
    if style is None or not bare.isprintable():
        return None
    if _INTEGER.fullmatch(bare):
        return Spelled(bare, "" if bare == text else "number_marks")
    if decimal is None:
        both = len(styles) > 1
        why = (
            Message("decimal points and decimal commas stand in one column.")
            if both
            else Message("is this sign between thousands, or before decimals?")
        )
        return Doubt(why, "decimal: ','")
    other = "." if decimal == "," else ","
    if style and style != decimal:
        # A sign between thousands alone, such as 1.234.567, tells its style; so this is a slip.
        return None
    if _EITHER.fullmatch(bare) and other in bare:
        return Spelled(bare.replace(other, ""), "number_marks")
    plain = bare.replace(other, "").replace(decimal, ".")
    if plain == text:
        return Spelled(plain)
    return Spelled(plain, "number_comma" if decimal == "," and "," in bare else "number_marks")
