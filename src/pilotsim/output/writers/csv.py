"""A table as a file that a spreadsheet of the language opens."""

from __future__ import annotations

import csv
import math
from datetime import date
from io import StringIO

from pilotsim.base.text import printable
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.numbers import SPACE
from pilotsim.output.document import Bound, Table, Value

__all__ = ["FORMULA", "write_bound", "write_csv"]

# What a spreadsheet would work out rather than show.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: Table, language: str, changed: str = "", *, read_in: str = "") -> bytes:
    """Return a table's filed columns as the bytes of a file.

    Numbers, dates and words as values; separator and decimal sign are those of the language in
    which the spreadsheet is set up (in Norwegian semicolon and comma), and a mark at the beginning
    tells Excel that the text is UTF-8.

    Parameters
    ----------
    table : Table
        What to write.
    language : str
        The language of the document.
    changed : str
        What was changed from the flow's file: a last column says it in every row, so that no file
        of such a run can be taken for one of the plan. Without it there is no such column.
    read_in : str
        The language in which the spreadsheet is set up that is to open it, one of `LANGUAGES`; that
        of the document unless given.
    """
    text = StringIO()
    style = catalogue_of(read_in or language).numbers
    writer = csv.writer(text, delimiter=style.separator, lineterminator="\r\n")
    places = table.filed_columns()
    columns = [table.columns[place] for place in places]
    told = [_words(changed)] if changed else []
    heading = [say("changed_column", language)] if changed else []
    named = [_words(column.filed_heading or column.heading) for column in columns]
    writer.writerow([*named, *heading])
    for row in table.rows():
        values = (row.cells[place].filed for place in places)
        writer.writerow([*(_cell(value, language, style.decimal) for value in values), *told])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Value, language: str, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes" if value else "no", language)
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Bound):
        return _bound(value, decimal)
    return _number(value, decimal) if math.isfinite(value) else ""


def write_bound(bound: Bound, language: str) -> str:
    """Return a number of which only a bound is told: `< 0,001`."""
    return _bound(bound, catalogue_of(language).numbers.decimal)


def _bound(bound: Bound, decimal: str) -> str:
    return f"{'<' if bound.is_upper else '>'} {_number(bound.number, decimal)}"


def _words(text: str) -> str:
    """Return words as a spreadsheet shows them: what begins like a formula is marked as text."""
    plain = printable(text.replace(SPACE, " "))
    return f"'{plain}" if text.startswith(FORMULA) or plain.startswith(FORMULA) else plain


def _number(number: float, decimal: str) -> str:
    digits = f"{number:.6f}".rstrip("0").rstrip(".")
    digits = "0" if digits == "-0" else digits
    return digits.replace(".", decimal)
