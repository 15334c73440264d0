"""What is wrong with an extract: each kind of fault counted, the first shown by row and column.

Never by what stands there: a cell is about a person, and a message goes where messages go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Ints
from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message, join_messages
from pilotsim.evaluation.register.values import LEAST, kind_of

# The header is row 1 of a file, as in a spreadsheet.
FIRST_ROW = 2


@dataclass(frozen=True)
class RegisterFault:
    """One kind of fault in one column.

    Parameters
    ----------
    row : int
        The first row that has it, the header being row 1; 0 where it belongs to no row.
    column : str
        The column's name.
    message : str
        What was expected, what kind of thing was found there, what was probably meant.
    count : int
        How many rows have it.
    clients : int or None
        Of how many clients these are; None where that is not known.
    """

    row: int
    column: str
    message: str
    count: int = 1
    clients: int | None = None

    @property
    def is_counted(self) -> bool:
        """Whether it may be told how many rows have it: not where few clients do."""
        return self.count >= LEAST and (self.clients is None or self.clients >= LEAST)

    def __str__(self) -> str:
        return str(self.with_place())

    def with_place(self) -> Message:
        """Return the message behind its place."""
        if not self.row:
            return Message("column {column}: {message}", column=self.column, message=self.message)
        return Message(
            "row {row}, column {column}: {message}{more}",
            row=self.row,
            column=self.column,
            message=self.message,
            # Of one row no more is said than of those of a few clients.
            more=rows_like_this(self.count) if self.is_counted else "",
        )


def rows_like_this(count: int) -> str:
    """Return how many rows have the same fault as the one that is named, where others do."""
    return Message(" ({count:,} rows like this)", count=count) if count > 1 else ""


def _head_of(file: str, found: Sequence[RegisterFault]) -> Message:
    """Return what is said of all faults of a file together; some belong to no row."""
    if len(found) == 1:
        return Message("{file}: one kind of fault:", file=file)
    if not any(fault.row for fault in found):
        return Message("{file}: {kinds} faults:", file=file, kinds=len(found))
    if not all(fault.is_counted for fault in found):
        return Message(
            "{file}: kinds of fault: {kinds}; the first place of each:",
            file=file,
            kinds=len(found),
        )
    return Message(
        "{file}: {kinds} kinds of fault in {rows:,} places; the first of each:",
        file=file,
        kinds=len(found),
        rows=sum(fault.count for fault in found),
    )


class FaultyRegisterError(RegisterError):
    """A register with faults.

    Parameters
    ----------
    said : str
        What is said of all of them together.
    found : tuple of RegisterFault
        The first of each kind, in the order of the rows.
    """

    def __init__(self, said: str, found: tuple[RegisterFault, ...]) -> None:
        super().__init__(said)
        self.found = found

    def __reduce__(self) -> tuple[type[FaultyRegisterError], tuple[str, tuple[RegisterFault, ...]]]:
        return FaultyRegisterError, (self.message, self.found)


class Faults:
    """The faults found so far in a file.

    Parameters
    ----------
    file : str
        The file's name.
    rows : ndarray of int, optional
        In which row of the file each row of the table stands; one after the other below the header,
        unless given.
    clients : ndarray of int, optional
        Of which client each row of the table is, by numbers from 0; -1 where that is not known.
    """

    def __init__(self, file: str, rows: Ints | None = None, clients: Ints | None = None) -> None:
        self.file = file
        self.rows = rows
        self.clients = clients
        self.found: list[RegisterFault] = []

    def note(self, column: str, message: str) -> None:
        """Note a fault that belongs to no row."""
        self.found.append(RegisterFault(0, column, message))

    def note_rows(
        self,
        column: str,
        rows: Bools | Ints,
        message: str,
        values: Sequence[object] | None = None,
    ) -> None:
        """Note a kind of fault in some rows.

        Where `values` are given, the message is what was expected instead of the first of them,
        of which no more than its kind is said.
        """
        where = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        if len(where):
            first = int(where.min())
            said = message
            if values is not None:
                said = Message(
                    "expected {wanted}; found {found}", wanted=message, found=kind_of(values[first])
                )
            row = first + FIRST_ROW if self.rows is None else int(self.rows[first])
            count = len(where)
            clients = None if self.clients is None else len(np.unique(self.clients[where]))
            self.found.append(RegisterFault(row, column, said, count, clients))

    def stop(self) -> None:
        """Raise `RegisterError` if there are faults.

        Raises
        ------
        RegisterError
            With the first fault of each kind, in the order of the rows.
        """
        if self.found:
            ordered = sorted(self.found, key=lambda fault: (fault.row, fault.column))
            lines = [_head_of(self.file, self.found), *(fault.with_place() for fault in ordered)]
            raise FaultyRegisterError(join_messages(lines, "\n  "), tuple(ordered))
