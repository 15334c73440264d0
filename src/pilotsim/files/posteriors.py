"""Files of rows that a flow draws from: a head of remarks, the names of columns, numbers.

::

    # Fitted to the months of receipt in 2009 and the follow-up over five years.
    # 400 rows of 40 000, four chains.
    pauses [% per month], short [%], reading
    3.1, 61, register
    2.8, 66, survey

Every remark stands at the head. A column has the unit of its numbers in brackets behind its name,
none where they have none. The column `reading` holds words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.errors import Fault, FlowError, did_you_mean, message_of
from pilotsim.base.files import digest_of
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, names_in
from pilotsim.base.quantity import Quantity, QuantityFault, read_scalar, show
from pilotsim.files.shipped import TEMPLATES, shipped
from pilotsim.files.yaml import YamlDocument, read_file
from pilotsim.model.joint import READING, Joint, PosteriorRows

MIN_ROWS, MAX_ROWS = 20, 2000
OF_PROGRAM = "shipped:"
_HEADING = re.compile(r"(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")


def place_of(document: YamlDocument, file: str) -> Path:
    """Return where a file is that a flow file names: as seen from its folder.

    `shipped:` before a name means the templates' folder, for what comes with the program.
    """
    if file.startswith(OF_PROGRAM):
        return shipped(TEMPLATES) / file.removeprefix(OF_PROGRAM).strip()
    return Path(document.file).parent / file


def digests_of(document: YamlDocument) -> list[str]:
    """Return what tells the files that a flow file draws from any others, in its order."""
    content = document.content if isinstance(document.content, Mapping) else {}
    joint, groups = (
        [one for one in part.values() if isinstance(one, Mapping)]
        if isinstance(part := content.get(name), Mapping)
        else []
        for name in ("joint", "groups")
    )
    counted = (group.get("arrivals_from") for group in groups)
    found = []
    for part in (*joint, *(one for one in counted if isinstance(one, Mapping))):
        named = part.get("file")
        file = place_of(document, str(named))
        if is_file(file):
            found.append(digest_of(file.read_bytes()))
    return found


def read_posterior(
    document: YamlDocument, name: str, joint: Joint, values: Mapping[str, Quantity]
) -> PosteriorRows:
    """Return the rows of a part `joint`, in base units.

    Parameters
    ----------
    document : YamlDocument
        The flow file.
    name : str
        The name of the part.
    joint : Joint
        What the flow says of it.
    values : mapping of str to Quantity
        The values of the flow that it gives, by path.

    Raises
    ------
    FlowError
        With every fault of the file and its place, or that there is none.
    """
    file = place_of(document, joint.file)
    if not is_file(file):
        beside = names_in(file.parent, "*.csv")
        message = Message(
            "no such file: {file}{meant}", file=file, meant=did_you_mean(file.name, beside)
        )
        raise FlowError([document.fault(("joint", name, "file"), message)])
    asked = _Asked(
        tuple((path, column, *_kind_of(values.get(path))) for path, column in joint.gives.items()),
        tuple(joint.readings),
        joint.only,
    )
    rows, faults = _rows_of(str(file), read_file(file, "posterior"), asked)
    if faults:
        raise FlowError(list(faults))
    assert rows is not None, "what is not read has a fault"
    return rows


@dataclass(frozen=True)
class _Asked:
    """What is asked of a file of rows.

    Parameters
    ----------
    gives : tuple of (path, column, kind, working)
        The values that it gives, each with its column; the kind is None where the flow has no such
        value.
    readings : tuple of str
        The words of the column `reading`.
    only : str or None
        The one reading whose rows are drawn.
    """

    gives: tuple[tuple[str, str, str | None, bool], ...]
    readings: tuple[str, ...]
    only: str | None

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Each path with its column."""
        return [(path, column) for path, column, _, _ in self.gives]


def _kind_of(value: Quantity | None) -> tuple[str | None, bool]:
    return (None, False) if value is None else (value.kind, value.working)


# Every option of a choice makes the flow anew, of the same rows.
@lru_cache(maxsize=4)
def _rows_of(file: str, text: str, asked: _Asked) -> tuple[PosteriorRows | None, tuple[Fault, ...]]:
    """Return the rows of a file with the faults found; no rows where there is any fault."""
    table = _Table(file, text)
    return table.rows_of(asked), tuple(table.faults)


@dataclass(frozen=True)
class PlacedCell:
    """A cell of a line, with its column in the text (from 1)."""

    text: str
    column: int


@dataclass
class _Table:
    """A file of rows that is being read, with its faults."""

    file: str
    text: str
    faults: list[Fault] = field(default_factory=list)

    def report(self, line: int, column: int, path: str, message: str) -> None:
        self.faults.append(Fault(self.file, line, column, path, message))

    def rows_of(self, asked: _Asked) -> PosteriorRows | None:
        lines = list(enumerate(self.text.splitlines(), 1))
        made = [text.lstrip("# ").rstrip() for _, text in lines if text.startswith("#")]
        lines = [(line, text) for line, text in lines if text.strip() and not text.startswith("#")]
        if not lines:
            self.report(1, 1, "", Message("expected the names of the columns; found nothing"))
            return None
        if not made:
            message = Message("expected a remark (#) on top that says how the rows were made")
            self.report(1, 1, "", message)
        head_line, head = lines[0]
        separator = ";" if ";" in head else ","
        headings = list(cells_of(head, separator))
        columns = self._columns(headings, head_line, asked)
        if self.faults:
            return None
        if not MIN_ROWS <= len(lines) - 1 <= MAX_ROWS:
            message = Message(
                "expected {least} to {most} rows; found {found}",
                least=MIN_ROWS,
                most=MAX_ROWS,
                found=len(lines) - 1,
            )
            self.report(head_line, 1, "", message)
            return None

        given = [
            (path, column, kind, working)
            for path, column, kind, working in asked.gives
            if kind is not None
        ]
        paths = [path for path, _, _, _ in given]
        readings = asked.readings
        numbers = np.full((len(lines) - 1, len(paths)), np.nan)
        reading_of = np.zeros(len(lines) - 1, np.int64)
        for row, (line, text) in enumerate(lines[1:]):
            cells = list(cells_of(text, separator))
            if len(cells) != len(headings):
                self._report_width(line, cells, len(headings), text, separator)
                continue
            for k, (path, column, kind, working) in enumerate(given):
                number, unit = columns[column]
                numbers[row, k] = self._number(cells[number], unit, kind, working, line, path)
            if readings:
                reading_of[row] = self._reading(cells[columns[READING][0]], readings, line)
        self._check_used(reading_of, readings, head_line)
        if self.faults:
            return None
        found = PosteriorRows.in_order(
            self.file,
            made,
            digest_of(self.text.encode()),
            paths,
            [column for _, column, _, _ in given],
            numbers,
            readings,
            reading_of,
        )
        return found if asked.only is None else found.only(asked.only)

    def _columns(
        self, headings: list[PlacedCell], line: int, asked: _Asked
    ) -> dict[str, tuple[int, str]]:
        """Return the place and the unit of each column by its name."""
        columns: dict[str, tuple[int, str]] = {}
        for number, heading in enumerate(headings):
            match = _HEADING.fullmatch(heading.text)
            if match is None or not match["name"]:
                message = Message(
                    "expected a name and a unit in brackets, such as pauses [% per month]; found "
                    "{found}",
                    found=show(heading.text),
                )
                self.report(line, heading.column, "", message)
            elif match["name"] in columns:
                message = Message("the column '{name}' stands twice", name=match["name"])
                self.report(line, heading.column, "", message)
            else:
                columns[match["name"]] = (number, (match["unit"] or "").strip())
        for path, name in asked.columns:
            if name not in columns or name == READING:
                known = [column for column in columns if column != READING]
                message = Message(
                    "there is no column '{name}', which is to give '{path}'{meant}",
                    name=name,
                    path=path,
                    meant=did_you_mean(name, known),
                )
                self.report(line, 1, "", message)
        if (READING in columns) != bool(asked.readings):
            message = (
                Message("there is no column 'reading', though the flow names readings")
                if asked.readings
                else Message(
                    "the column 'reading' needs the part 'readings' in the flow, which says what "
                    "each of its words stands for"
                )
            )
            self.report(line, 1, "", message)
        return columns

    def _report_width(
        self, line: int, cells: list[PlacedCell], wanted: int, text: str, separator: str
    ) -> None:
        has_comma = separator == "," and len(cells) == 2 * wanted
        meant = (
            Message("; are its decimal signs commas? Write points, or separate the cells by ;")
            if has_comma
            else ""
        )
        message = Message(
            "expected {wanted} cells; found {found}{meant}",
            wanted=wanted,
            found=len(cells),
            meant=meant,
        )
        self.report(line, cells[min(wanted, len(cells) - 1)].column, "", message)

    def _number(
        self, cell: PlacedCell, unit: str, kind: str, working: bool, line: int, path: str
    ) -> float:
        try:
            return _read_number(cell.text, unit, kind, working)
        except QuantityFault as fault:
            self.report(line, cell.column, path, message_of(fault))
        return np.nan

    def _reading(self, cell: PlacedCell, readings: tuple[str, ...], line: int) -> int:
        if cell.text in readings:
            return readings.index(cell.text)
        message = Message(
            "unknown reading {found}{meant}",
            found=show(cell.text),
            meant=did_you_mean(cell.text, readings),
        )
        self.report(line, cell.column, READING, message)
        return 0

    def _check_used(self, reading_of: Ints, readings: tuple[str, ...], line: int) -> None:
        for number, name in enumerate(readings):
            if not self.faults and not (reading_of == number).any():
                message = Message("the reading '{name}' has no row", name=name)
                self.report(line, 1, READING, message)


def cells_of(text: str, separator: str) -> Iterator[PlacedCell]:
    """Yield the cells of a line with their columns."""
    column = 1
    for part in text.split(separator):
        yield PlacedCell(part.strip(), column + len(part) - len(part.lstrip()))
        column += len(part) + 1


def _read_number(text: str, unit: str, kind: str, working: bool) -> float:
    """Return a cell in the base unit of the kind of value that it gives.

    Raises
    ------
    QuantityFault
        It is no number, or its unit is none of such a value.
    """
    try:
        plain = float(text)
    except ValueError:
        plain = np.nan
    if not np.isfinite(plain):
        point = text.replace(",", ".")
        meant = (
            Message("; did you mean {meant}?", meant=point)
            if _DECIMAL_COMMA.fullmatch(text)
            else ""
        )
        raise QuantityFault(
            Message("expected a number; found {found}{meant}", found=show(text), meant=meant)
        )
    read = read_scalar(f"{plain:.15g} {unit}" if unit else plain, kind)
    if read.working != working:
        raise QuantityFault(
            Message("expected the kind of days of the flow; found {found}", found=read.written)
        )
    return read.number
