"""Cells of small tables whose numbers are written as in a flow file.

Cells are parted by semicolons where the first line has any, by commas otherwise. Words that hold
such a sign stand in quotes. Empty lines and remarks, which begin with #, are left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from pilotsim.base.errors import FlowError
from pilotsim.base.messages import Message
from pilotsim.files.yaml import parse

__all__ = ["parted_by", "plain_cell", "rows_of_cells", "wrong_width"]


def rows_of_cells(text: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line of a table with its number.

    Parameters
    ----------
    text : str
        The table.
    """
    delimiter = parted_by(text)
    return [(number, _cells_of(line, delimiter)) for number, line in _lines_of(text)]


def parted_by(text: str) -> str:
    """Return the sign that parts the cells of a table, a comma or a semicolon.

    Parameters
    ----------
    text : str
        The table.
    """
    _, first = next(_lines_of(text), (0, ""))
    return ";" if ";" in first else ","


def _lines_of(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _cells_of(line: str, delimiter: str) -> list[str]:
    rows = csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True)
    try:
        return [cell.strip() for cell in next(rows)]
    except csv.Error:  # a cell of more letters than any table has
        return [line]


def wrong_width(wanted: int, found: int) -> Message:
    """Return what is wrong with a line of so many cells, where others were wanted."""
    return Message(
        "expected {wanted} cells; found {found}; put words that hold a comma in quotes",
        wanted=wanted,
        found=found,
    )


def plain_cell(cell: str) -> tuple[Any, list[str]]:
    """Return a cell as a flow file would have it, with what is wrong with it.

    Words with a colon are words all the same.

    Parameters
    ----------
    cell : str
        What stands in it.
    """
    try:
        document = parse(cell, "")
    except FlowError:
        return cell, []
    content = document.content
    faults: list[str] = [fault.message for fault in document.faults]
    if isinstance(content, bool) or not isinstance(content, str | int | float):
        return None, [*faults, Message("expected a number or words; found {found}", found=cell)]
    return content, faults
