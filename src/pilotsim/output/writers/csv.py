"""A table as a file that a spreadsheet of the language opens."""

from __future__ import annotations

import csv
import math
from datetime import date
from io import StringIO

from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.numbers import SPACE
from pilotsim.output.document import Bound, Table, Value
from pilotsim.output.writers.text import printable

__all__ = ["write_csv"]

# What a spreadsheet would work out rather than show.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: Table, language: str, changed: str = "") -> bytes:
    """Return a table's filed columns as the bytes of a file.

    Numbers, dates and words as values; separator and decimal sign are the language's (in Norwegian
    semicolon and comma), and a mark at the beginning tells Excel that the text is UTF-8.

    Parameters
    ----------
    table : Table
        What to write.
    language : str
        The language of the document.
    changed : str
        What was changed from the flow's file: a last column says it in every row, so that no file
        of such a run can be taken for one of the plan. Without it there is no such column.
    """
    text = StringIO()
    style = catalogue_of(language).numbers
    writer = csv.writer(text, delimiter=style.separator, lineterminator="\r\n")
    places = table.filed_columns()
    columns = [table.columns[place] for place in places]
    told = [_words(changed)] if changed else []
    heading = [say("changed_column", language)] if changed else []
    named = [_words(column.filed_heading or column.heading) for column in columns]
    writer.writerow([*named, *heading])
    for row in table.rows():
        writer.writerow([*(_cell(row.cells[place].value, language) for place in places), *told])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Value, language: str) -> str:
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
        return f"{'<' if value.is_upper else '>'} {_number(value.number, language)}"
    return _number(value, language) if math.isfinite(value) else ""


def _words(text: str) -> str:
    """Return words as a spreadsheet shows them: what begins like a formula is marked as text."""
    plain = printable(text.replace(SPACE, " "))
    return f"'{plain}" if text.startswith(FORMULA) or plain.startswith(FORMULA) else plain


def _number(number: float, language: str) -> str:
    digits = f"{number:.6f}".rstrip("0").rstrip(".")
    digits = "0" if digits == "-0" else digits
    return digits.replace(".", catalogue_of(language).numbers.decimal)
