"""Lengths from files of stays: `lengths_from` of a flow file becomes a table of quantiles.

::

    # How long those who began in 2019 stayed.
    course, days
    carpenter, 84
    carpenter, 91

A row is a stay that has ended, and one column says how long it was: a number in the unit that the
flow file or the name of the column gives (`days [working days]`), or a length such as ``6 weeks``.
Other columns are not looked at. The points become plain content of the flow before it is read.
Faults say where a cell stands and of what kind it is, and never what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from pilotsim.base.errors import Fault, FlowError, did_you_mean, did_you_mean_one, message_of
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, names_in
from pilotsim.base.quantity import QuantityFault
from pilotsim.base.units import read_length
from pilotsim.files.cells import parted_by, rows_of_cells, wrong_width
from pilotsim.files.yaml import Path_, PlacedPart, YamlDocument, read_file
from pilotsim.model.distributions.duration import POINTS, name_of_share, read_from
from pilotsim.model.distributions.observed import (
    FILE,
    LEAST_STAYS,
    LENGTHS_FROM,
    STAYS,
    UNIT,
    LengthsFrom,
    quantiles_of,
)

__all__ = ["fill_lengths", "lay_lengths"]

MAX_ROWS = 200_000
MAX_FAULTS = 20
# No stay is longer, in days; so a column of case numbers is found out.
LONGEST = 36_600.0
# So many rows that are numbered one by one are no lengths.
RUNNING = 10
STILL_THERE = Message(
    "expected how long the stay was; found nothing. A stay that goes on has no length yet, and "
    "without such stays lengths are too short: 'pilotsim learn' takes them as well"
)
_HEADING = re.compile(r"(?P<name>[^\[\]]*?)\s*\[(?P<unit>[^\[\]]*)\]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
_WITH_COMMA = re.compile(r"(-?[0-9]+),([0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2}.*)?|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}")


def lay_lengths(document: YamlDocument) -> None:
    """Put the table of quantiles beside each `lengths_from` of a flow, and note its place.

    Parameters
    ----------
    document : YamlDocument
        The flow file, its modules and its table of values in their places.

    Raises
    ------
    FlowError
        With every fault of what the flow says of files of stays, and of the files.
    """
    faults: list[Fault] = []
    for path, length in list(_named_below(document.content, ())):
        try:
            _lay(document, path, length)
        except QuantityFault as fault:
            faults.append(document.fault((*path, *fault.keys), message_of(fault)))
        except FlowError as error:
            faults += error.faults
    if faults:
        raise FlowError(list(dict.fromkeys(faults)))


def fill_lengths(content: Any, lengths: Mapping[Path_, Mapping[str, Any]]) -> None:
    """Put the same tables into content of the same flow.

    Parameters
    ----------
    content : mapping
        What the text of a flow file holds, its modules and its table of values in their places.
    lengths : mapping
        `YamlDocument.lengths`.
    """
    for path, laid in lengths.items():
        here = content
        for key in path:
            here = here[int(key)] if isinstance(here, list) else here[key]
        here.update(laid)


def _named_below(node: Any, path: Path_) -> Iterator[tuple[Path_, MutableMapping[str, Any]]]:
    """Yield each part that names a file of stays which nobody has read."""
    if isinstance(node, list):
        for number, part in enumerate(node):
            yield from _named_below(part, (*path, str(number)))
    elif isinstance(node, MutableMapping):
        named = node.get(LENGTHS_FROM)
        if isinstance(named, Mapping) and FILE in named and POINTS not in node:
            yield path, node
            return
        for key, part in node.items():
            yield from _named_below(part, (*path, str(key)))


def _lay(document: YamlDocument, path: Path_, length: MutableMapping[str, Any]) -> None:
    said = read_from(length)
    if said.stays is not None:
        message = Message("the file says how many stays there are; leave '{key}' out", key=STAYS)
        raise QuantityFault(message, LENGTHS_FROM, STAYS)
    if said.unit:
        try:
            read_length(f"1 {said.unit}")
        except QuantityFault as fault:
            raise fault.under(LENGTHS_FROM, UNIT) from fault
    file = _folder_of(document, path) / said.file
    if not is_file(file):
        meant = did_you_mean(file.name, names_in(file.parent, "*.csv"))
        message = Message("no such file: {file}{meant}", file=file, meant=meant)
        raise QuantityFault(message, LENGTHS_FROM, FILE)
    table = _Table(str(file), said)
    table.read(read_file(file, "stays"))
    table.stop()
    raw = {key: one for key, one in length[LENGTHS_FROM].items() if key != UNIT}
    laid = {
        POINTS: {
            name_of_share(share): f"{_written(number)} {table.unit}"
            for share, number in quantiles_of(table.stays)
        },
        LENGTHS_FROM: {**raw, STAYS: len(table.stays)},
    }
    length.update(laid)
    document.lengths[path] = laid
    document.placed[*path, POINTS] = PlacedPart(str(file), "", "", 1)
    document.keys[*path, POINTS] = (1, 1)


def _written(number: float) -> str:
    """Return a number with all of its digits that count."""
    return f"{number:.0f}" if number.is_integer() else repr(number)


def _folder_of(document: YamlDocument, path: Path_) -> Path:
    """Return from where a file is seen that a part names: the flow file, or the part's module."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in document.placed:
            part = document.placed[path[:depth]]
            return Path(part.file if part is not None and part.module else document.file).parent
    return Path(document.file).parent


@dataclass
class _Table:
    """A file of stays that is being read, with its faults.

    Parameters
    ----------
    file : str
        Where it stands.
    said : LengthsFrom
        What the flow says of it.
    """

    file: str
    said: LengthsFrom
    unit: str = ""
    stays: list[float] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_with_commas: bool = False
    kinds: dict[bool, None] = field(default_factory=dict)
    signs: set[str] = field(default_factory=set)

    def report(self, line: int, column: int, message: str) -> None:
        """Note a fault at a line and the number of a cell, both from 1."""
        self.faults.append(Fault(self.file, line, column, "", message))

    def stop(self) -> None:
        """Raise an error if there are faults."""
        if self.faults:
            raise FlowError(self.faults[:MAX_FAULTS])

    def read(self, text: str) -> None:
        """Take the stays of a text; what is wrong with any is noted."""
        lines = rows_of_cells(text)
        if not lines:
            self.report(1, 1, Message("expected the names of the columns; found nothing"))
            return
        (head_line, head), *rows = lines
        self.is_with_commas = parted_by(text) == ";"
        column = self._column(head_line, head)
        rows = [(line, cells) for line, cells in rows if any(cells)]
        if column is None:
            return
        if not LEAST_STAYS <= len(rows) <= MAX_ROWS:
            message = Message(
                "expected {least} to {most} rows; found {found}",
                least=LEAST_STAYS,
                most=MAX_ROWS,
                found=len(rows),
            )
            self.report(head_line, 1, message)
            return
        for line, cells in rows:
            if len(cells) != len(head):
                self.report(line, 1, wrong_width(len(head), len(cells)))
            else:
                self._stay(line, column, cells[column - 1])
        if not self.faults:
            self._check_whole(head_line, column)

    def _column(self, line: int, head: Sequence[str]) -> int | None:
        """Return the number of the column of lengths, from 1; None where there is none."""
        asked = self.said.column
        matches = [_HEADING.fullmatch(cell) for cell in head]
        names = [one["name"] if one else cell for one, cell in zip(matches, head, strict=True)]
        found = [
            number for number, both in enumerate(zip(names, head, strict=True), 1) if asked in both
        ]
        if not found:
            # The first line may be somebody's: it is told only where it is nearly what was asked.
            meant = did_you_mean_one(asked, names)
            message = Message("there is no column '{name}'{meant}", name=asked, meant=meant)
            self.report(line, 1, message)
            return None
        if len(found) > 1:
            message = Message("the column '{name}' stands twice", name=asked)
            self.report(line, found[1], message)
            return None
        match = matches[found[0] - 1]
        own = match["unit"].strip() if match else ""
        if own and self.said.unit and own != self.said.unit:
            message = Message(
                "the column is in {found}, and the flow says {wanted}; leave one of them out",
                found=own,
                wanted=self.said.unit,
            )
            self.report(line, found[0], message)
            return None
        self.unit = self.said.unit or own
        if own:
            try:
                read_length(f"1 {own}")
            except QuantityFault as fault:
                self.report(line, found[0], message_of(fault))
                return None
        return found[0]

    def _stay(self, line: int, column: int, cell: str) -> None:
        """Take a stay; what is wrong with it is noted."""
        number = None
        try:
            number = self._number(cell) if self.unit else self._length(cell)
        except QuantityFault as fault:
            self.report(line, column, message_of(fault))
        if number is not None:
            self.stays.append(number)

    def _number(self, cell: str) -> float:
        if not cell:
            raise QuantityFault(STILL_THERE)
        text = _WITH_COMMA.sub(r"\1.\2", cell) if self.is_with_commas else cell
        if not _NUMBER.fullmatch(text):
            raise QuantityFault(
                Message(
                    "expected a number ({unit}); found {found}", unit=self.unit, found=_kind(cell)
                )
            )
        self.signs |= {sign for sign in ",." if sign in cell}
        if len(self.signs) > 1:
            raise QuantityFault(
                Message("the column has decimal commas and decimal points; expected one of them")
            )
        number = float(text)
        self._check(number, number * self._days_of_one)
        return number

    def _length(self, cell: str) -> float:
        """Return a length that has its own unit, and keep whether it is in working days."""
        if not cell:
            raise QuantityFault(STILL_THERE)
        try:
            days, is_working = read_length(cell)
        except QuantityFault as fault:
            raise QuantityFault(
                Message(
                    "expected a length of time such as '6 weeks', or the unit of all numbers in "
                    "the flow (unit: days); found {found}",
                    found=_kind(cell),
                )
            ) from fault
        self._check(days, days)
        self.kinds.setdefault(is_working)
        if len(self.kinds) > 1:
            raise QuantityFault(Message("mixes calendar days and working days"))
        return days

    @cached_property
    def _days_of_one(self) -> float:
        return read_length(f"1 {self.unit}")[0]

    @staticmethod
    def _check(number: float, days: float) -> None:
        if number < 0:
            raise QuantityFault(Message("a stay is no shorter than 0; found a negative number"))
        if not days <= LONGEST:
            raise QuantityFault(
                Message(
                    "a stay of more than 100 years: is it another column, such as a case number, "
                    "or in another unit?"
                )
            )

    def _check_whole(self, line: int, column: int) -> None:
        """Note what no column of lengths is, once all of it was read."""
        if not self.unit:
            self.unit = "working days" if True in self.kinds else "days"
        if max(self.stays) == 0:
            self.report(line, column, Message("every stay is 0; is it another column?"))
        elif len(self.stays) >= RUNNING and all(
            after == before + 1 for before, after in pairwise(self.stays)
        ):
            message = Message(
                "the column numbers its rows one by one, as names of cases do; expected how long "
                "each stay was"
            )
            self.report(line, column, message)


def _kind(cell: str) -> Message:
    """Return of which kind a cell is, without what stands in it."""
    if _DATE.fullmatch(cell):
        return Message("a date")
    if _NUMBER.fullmatch(cell):
        return Message("a number")
    if _WITH_COMMA.fullmatch(cell):
        return Message("a number with a decimal comma")
    if any(sign.isdigit() for sign in cell):
        return Message("words with digits")
    return Message("words")
