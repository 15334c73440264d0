"""Tables of districts: a row for each, with its name and its own numbers.

::

    # Sizes are assumed; how is said here.
    district, says,  recipients, recipients.low, recipients.high, assumption
    alna,     Alna,  500,        450,            550,             "Counted in 2014"
    stovner,  ,      420,        ,               ,                "As large a share as in Alna"

Remarks stand at the head. A cell is written as in a flow file; an empty one leaves what stands
there otherwise. What comes with a number (`.low`, `.high`, `.assumption`, `.source`) has a column
of its own, with the number's name before it; `assumption` and `source` alone are of all numbers of
a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilotsim.base.errors import Fault, FlowError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.files.cells import plain_cell, rows_of_cells, wrong_width
from pilotsim.files.yaml import read_file

__all__ = ["DistrictRow", "read_districts"]

NAME, SAYS = "district", "says"
RESTS_ON = ("assumption", "source")
BESIDE = ("low", "high", *RESTS_ON)
MAX_DISTRICTS = 2000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class DistrictRow:
    """A row of a table of districts.

    Parameters
    ----------
    name : str
        Its name, letters, digits and _.
    says : str
        What it is called, for people.
    line : int
        The line of the file.
    numbers : dict
        What stands at each column, as a flow file would have it.
    columns : dict
        The number of each column with numbers, from 1, whether the row has a number there or not.
    """

    name: str
    says: str
    line: int
    numbers: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)


def read_districts(file: str | Path) -> list[DistrictRow]:
    """Return the rows of a table of districts.

    Parameters
    ----------
    file : str or Path
        A CSV file whose columns are parted by commas or semicolons.

    Raises
    ------
    FlowError
        With every fault of the file and its line.
    """
    table = _Table(str(file), read_file(file, "districts"))
    rows = table.rows()
    if table.faults:
        raise FlowError(table.faults)
    return rows


class _Table:
    """A table that is being read, with its faults."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.faults = file, list[Fault]()
        self.cells = rows_of_cells(text)

    def _report(self, line: int, column: int, message: str) -> None:
        self.faults.append(Fault(self.file, line, column, "", message))

    def rows(self) -> list[DistrictRow]:
        """Return the rows; what is wrong with any is noted."""
        if not self.cells:
            self._report(1, 1, Message("expected the names of the columns; found nothing"))
            return []
        head_line, head = self.cells[0]
        self._check_head(head_line, head)
        if self.faults:
            return []
        found = [self._row(line, head, cells) for line, cells in self.cells[1:]]
        if not found or len(found) > MAX_DISTRICTS:
            message = Message(
                "expected a row for each district, at most {most:,}; found {found:,}",
                most=MAX_DISTRICTS,
                found=len(found),
            )
            self._report(head_line, 1, message)
        self._check_names(found)
        return found

    def _check_head(self, line: int, head: Sequence[str]) -> None:
        if NAME not in head:
            message = Message(
                "expected a column '{name}'{meant}", name=NAME, meant=did_you_mean(NAME, head)
            )
            self._report(line, 1, message)
        for number, name in enumerate(head, 1):
            above, _, last = name.rpartition(".")
            if not name:
                self._report(line, number, Message("expected the name of a column; found nothing"))
            elif name in head[: number - 1]:
                message = Message("the column '{name}' stands twice", name=name)
                self._report(line, number, message)
            elif last in BESIDE and above and above not in head:
                message = Message(
                    "the column '{name}' goes with a column '{above}', which is not there{meant}",
                    name=name,
                    above=above,
                    meant=did_you_mean(above, [one for one in head if one != name]),
                )
                self._report(line, number, message)

    def _row(self, line: int, head: Sequence[str], cells: Sequence[str]) -> DistrictRow:
        if len(cells) != len(head):
            self._report(line, 1, wrong_width(len(head), len(cells)))
        said = dict(zip(head, cells, strict=False))
        row = DistrictRow(said.get(NAME, ""), said.get(SAYS) or said.get(NAME, ""), line)
        row.numbers.update(self._numbers(line, head, said))
        for number, name in enumerate(head, 1):
            is_beside = name.rpartition(".")[2] in BESIDE
            if name not in (NAME, SAYS) and not is_beside:
                row.columns[name] = number
        return row

    def _numbers(
        self, line: int, head: Sequence[str], said: Mapping[str, str]
    ) -> Iterator[tuple[str, Any]]:
        of_all = {key: said[key] for key in RESTS_ON if said.get(key)}
        for number, name in enumerate(head, 1):
            _, _, last = name.rpartition(".")
            if name in (NAME, SAYS, *RESTS_ON) or last in BESIDE or not said.get(name):
                continue
            with_it = {
                key: self._plain(line, head.index(f"{name}.{key}") + 1, said[f"{name}.{key}"])
                for key in BESIDE
                if said.get(f"{name}.{key}")
            }
            own = {key for key in RESTS_ON if key in with_it}
            rests_on = {} if own else of_all
            value = self._plain(line, number, said[name])
            yield name, {"value": value, **with_it, **rests_on} if with_it or rests_on else value

    def _plain(self, line: int, column: int, cell: str) -> Any:
        """Return a cell as a flow file would have it; what is wrong with it is noted."""
        content, faults = plain_cell(cell)
        for message in faults:
            self._report(line, column, message)
        return content

    def _check_names(self, rows: Sequence[DistrictRow]) -> None:
        first: dict[str, int] = {}
        for row in rows:
            if not _NAME.fullmatch(row.name):
                message = Message(
                    "expected a name of letters, digits and _, a letter first; found '{name}'",
                    name=row.name,
                )
                self._report(row.line, 1, message)
            elif first.setdefault(row.name.lower(), row.line) != row.line:
                message = Message(
                    "the district '{name}' stands twice; first on line {line}",
                    name=row.name,
                    line=first[row.name.lower()],
                )
                self._report(row.line, 1, message)
