"""Tables of values: a row for each number of a flow, as it is kept in a spreadsheet.

::

    # From the plan, and asked in the district in March.
    path,                      value,       low,  high, source,         assumption
    groups.recipients.stock,   100,         ,     ,     plan-2014 p. 2,
    stages.talk.lasts,         3 weeks,     2,    4,    ,               "Two talks, mostly"

Remarks stand at the head. A cell is written as in a flow file; an empty one says nothing. The rows
become plain content of the flow before it is read; each keeps its place in the table, for faults
that are found in it. A number stands in one place alone: in the flow, or in the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilotsim.base.errors import Fault, FlowError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, names_in
from pilotsim.base.quantity import KEYS, is_written_out, show
from pilotsim.base.text import is_whole_number
from pilotsim.files.cells import plain_cell, rows_of_cells, wrong_width
from pilotsim.files.faults import keys_at, keys_meant_at
from pilotsim.files.yaml import Path_, PlacedPart, YamlDocument, read_file

__all__ = ["VALUES_FROM", "ValueTable", "read_values", "table_files"]

VALUES_FROM = "values_from"
PATH, VALUE = "path", "value"
IN_WORDS = ("source", "assumption", "label")
BESIDE = ("low", "high", "shape", *IN_WORDS)
COLUMNS = (PATH, VALUE, *BESIDE)
MAX_ROWS = 5000
# Keys of a written-out value that leave the number itself to the table.
WITHOUT_NUMBER = frozenset(KEYS) - {"value", "sum", "steady", "mixture", "joint"}


@dataclass(frozen=True)
class _Row:
    """A row: the path, the number as a flow file has it, and the place of each cell."""

    path: Path_
    number: Mapping[str, Any]
    line: int
    columns: Mapping[str, int]

    @property
    def name(self) -> str:
        return ".".join(self.path)


def read_values(document: YamlDocument) -> ValueTable:
    """Return the table that a flow file names in `values_from`, before modules are placed in it.

    Raises
    ------
    FlowError
        With every fault of the table and its place, or that there is none.
    """
    named = document.content[VALUES_FROM]
    if not isinstance(named, str) or not named.strip():
        message = Message("expected the name of a CSV file; found {found}", found=show(named))
        raise FlowError([document.fault((VALUES_FROM,), message)])
    file = Path(document.file).parent / named
    if not is_file(file):
        meant = did_you_mean(file.name, names_in(file.parent, "*.csv"))
        message = Message("no such file: {file}{meant}", file=file, meant=meant)
        raise FlowError([document.fault((VALUES_FROM,), message)])
    places = Counter(document.values.values())
    table = ValueTable(str(file), frozenset(one for one, times in places.items() if times > 1))
    table.read(read_file(file, "values"))
    table.stop()
    return table


def table_files(document: YamlDocument) -> list[str]:
    """Return the tables of values that stand in a flow, each once."""
    parts = document.placed.values()
    return list(dict.fromkeys(one.file for one in parts if one is not None and not one.module))


@dataclass
class ValueTable:
    """A table of values, with its faults.

    Parameters
    ----------
    file : str
        Where it stands.
    aliased : set of tuple of int
        The places of what the flow file writes once for several parts.
    """

    file: str
    aliased: frozenset[tuple[int, int]] = frozenset()
    rows: list[_Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def report(self, line: int, column: int, message: str, path: str = "") -> None:
        """Note a fault at a line and the number of a cell, both from 1."""
        self.faults.append(Fault(self.file, line, column, path, message))

    def stop(self) -> None:
        """Raise an error if there are faults."""
        if self.faults:
            raise FlowError(self.faults)

    def read(self, text: str) -> None:
        """Take the rows of a text; what is wrong with any is noted."""
        lines = rows_of_cells(text)
        if not lines:
            self.report(1, 1, Message("expected the names of the columns; found nothing"))
            return
        (head_line, head), *rows = lines
        self._check_head(head_line, head)
        if self.faults:
            return
        if not 1 <= len(rows) <= MAX_ROWS:
            message = Message(
                "expected {least} to {most} rows; found {found}",
                least=1,
                most=MAX_ROWS,
                found=len(rows),
            )
            self.report(head_line, 1, message)
            return
        for line, cells in rows:
            self._row(line, head, cells)

    def _check_head(self, line: int, head: Sequence[str]) -> None:
        for number, name in enumerate(head, 1):
            if name in head[: number - 1]:
                self.report(line, number, Message("the column '{name}' stands twice", name=name))
            elif name not in COLUMNS:
                message = Message(
                    "expected a column of {names}; found {found}{meant}",
                    names=", ".join(COLUMNS),
                    found=show(name),
                    meant=did_you_mean(name.lower(), COLUMNS),
                )
                self.report(line, number, message)
        for name in (PATH, VALUE):
            if name not in head and not self.faults:
                message = Message(
                    "expected a column '{name}'{meant}", name=name, meant=did_you_mean(name, head)
                )
                self.report(line, 1, message)

    def _row(self, line: int, head: Sequence[str], cells: Sequence[str]) -> None:
        if not any(cells):  # what a spreadsheet keeps of rows that were emptied
            return
        if len(cells) != len(head):
            self.report(line, 1, wrong_width(len(head), len(cells)))
            return
        columns = {name: number for number, name in enumerate(head, 1)}
        said = dict(zip(head, cells, strict=True))
        path = tuple(said[PATH].split("."))
        if not all(key and key == key.strip() for key in path):
            message = Message(
                "expected a path such as {example}; found {found}",
                example="stages.talk.lasts",
                found=show(said[PATH]),
            )
            self.report(line, columns[PATH], message)
            return
        if not said[VALUE]:
            message = Message("expected a number in the column '{name}'", name=VALUE)
            self.report(line, columns[VALUE], message, said[PATH])
            return
        number = {
            name: said[name]
            if name in IN_WORDS
            else self._plain(line, columns[name], said[name], said[PATH])
            for name in (VALUE, *BESIDE)
            if said.get(name)
        }
        self.rows.append(_Row(path, number, line, columns))

    def _plain(self, line: int, column: int, cell: str, path: str) -> Any:
        """Return a cell as a flow file would have it; what is wrong with it is noted."""
        content, faults = plain_cell(cell)
        for message in faults:
            self.report(line, column, message, path)
        # A sign before a number is none of a step here.
        if isinstance(content, int):
            return int(content)
        return float(content) if isinstance(content, float) else content

    def lay_into(self, document: YamlDocument) -> None:
        """Lay the rows into a flow's content, and note where each of them stands.

        Parameters
        ----------
        document : YamlDocument
            The flow file, its modules in their places.

        Raises
        ------
        FlowError
            A row does not fit the flow, or both give the number.
        """
        for row in self.rows:
            message = self._misfit(document, row)
            if message is None:
                self._note_place(document, row, put_number(document.content, row.path, row.number))
            else:
                self.report(row.line, row.columns[PATH], message, row.name)
        self.stop()

    def fill(self, content: MutableMapping[str, Any]) -> None:
        """Lay the rows into content of the same flow, which they fit."""
        for row in self.rows:
            put_number(content, row.path, row.number)

    def _note_place(self, document: YamlDocument, row: _Row, path: Path_) -> None:
        here = PlacedPart(self.file, "", "", row.line)
        for depth in range(1, len(path)):
            above = path[:depth]
            if above not in document.values:  # what the row brings along
                document.placed.setdefault(above, here)
                document.keys.setdefault(above, (row.line, row.columns[PATH]))
        document.placed[path] = here
        there: Any = document.content
        for key in path:
            there = _below(there, key)
        for key in there if isinstance(there, Mapping) else ():
            document.placed[*path, key] = None  # what the flow itself says of the value
        document.keys[path] = (row.line, row.columns[VALUE])
        for key in row.number:
            document.placed[*path, key] = here
            document.keys[*path, key] = (row.line, row.columns[key])

    def _misfit(self, document: YamlDocument, row: _Row) -> Message | None:
        """Return why a row cannot be laid into a flow; None where it can."""
        here: Any = document.content
        for depth, key in enumerate(row.path):
            above = row.path[:depth]
            is_last = depth == len(row.path) - 1
            part = document.placed.get(row.path[: depth + 1])
            if part is not None and part.module:
                return Message(
                    "'{path}' comes from the module {module}; give its number under 'with'",
                    path=".".join(row.path[: depth + 1]),
                    module=part.module,
                )
            if document.values.get(above) in self.aliased:
                return Message(
                    "'{path}' is written with an anchor (&) or an alias (*), and the number would "
                    "stand in each of its places; write it out",
                    path=".".join(above),
                )
            missing = _why_no_key(here, key, above)
            if missing is not None:
                return missing
            here = _below(here, key)
            if here is None:
                return None if is_last else _why_not_made(row.path, depth)
            if not is_last and (not isinstance(here, Mapping | list) or is_written_out(here)):
                return self._given(document, row.path[: depth + 1], here)
        return self._why_not_here(document, row, here)

    def _why_not_here(self, document: YamlDocument, row: _Row, there: Any) -> Message | None:
        """Return why a number cannot stand where something stands; None where it goes with it."""
        if (
            not isinstance(there, Mapping)
            or is_written_out(there)
            or not WITHOUT_NUMBER.isdisjoint(there.keys() & row.number.keys())
        ):
            return self._given(document, row.path, there)
        if _lacks_number(row.path, there):
            return None
        meant = keys_meant_at(row.path)
        if len(meant) == 1 and there.get(meant[0]) is None:
            return None
        if len(meant) == 1:
            return self._given(document, (*row.path, meant[0]), there[meant[0]])
        return Message(
            "'{path}' is no single number in the flow; write the path of one of its numbers, as "
            "'pilotsim values' lists them",
            path=row.name,
        )

    def _given(self, document: YamlDocument, path: Path_, there: Any) -> Message:
        part = document.placed.get(path)
        return Message(
            "'{path}' has a number already: {found}, on line {line} of {file}; leave one of them "
            "out",
            path=".".join(path),
            found=show(there),
            line=document.place_of(path)[0],
            file=Path(part.file if part is not None else document.file).name,
        )


def put_number(content: Any, path: Path_, number: Mapping[str, Any]) -> Path_:
    """Put a number of a table at a path where it fits, and return the path at which it stands."""
    here = content
    for key in path[:-1]:
        if isinstance(here, list):
            here = here[int(key)]
            continue
        if here.get(key) is None:
            here[key] = {}
        here = here[key]
    last: Any = int(path[-1]) if isinstance(here, list) else path[-1]
    there = _below(here, path[-1])
    if isinstance(there, MutableMapping) and there:
        if _lacks_number(path, there):
            there.update(number)
            return path
        (meant,) = keys_meant_at(path)
        return put_number(content, (*path, meant), number)
    here[last] = dict(number) if len(number) > 1 else number[VALUE]
    return path


def _lacks_number(path: Path_, there: Mapping[str, Any]) -> bool:
    """Tell whether what stands at a path is a value written out, but for its number."""
    return there.keys() <= WITHOUT_NUMBER and not keys_at(path)


def _below(here: Any, key: str) -> Any:
    return here[int(key)] if isinstance(here, list) else here.get(key)


def _why_no_key(here: Any, key: str, above: Path_) -> Message | None:
    """Return why content has no such key, and may have none; None where it has or may."""
    where = ".".join(above) or Message("the flow")
    if isinstance(here, list):
        if is_whole_number(key) and int(key) < len(here):
            return None
        known = [str(number) for number in range(len(here))]
    elif key in here:
        return None
    else:
        fields = keys_at(above)
        # Names of parts stand in the flow: a table gives numbers alone.
        if key in fields or (not fields and len(above) != 1):
            return None
        known = [*dict.fromkeys([*here, *fields])]
    return Message(
        "{where} has no '{key}'{meant}", where=where, key=key, meant=did_you_mean(key, known)
    )


def _why_not_made(path: Path_, depth: int) -> Message | None:
    """Return why what is missing at a depth of a path is not made; None where it is."""
    for at in range(depth + 1, len(path)):
        missing = _why_no_key({}, path[at], path[:at])
        if missing is not None:
            return missing
    return None
