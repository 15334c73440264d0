"""A data owner's file as words, whatever its letters, its separator and what stands around it.

What can be found out without doubt is found out and told; what cannot is for the mapping to say.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.faults import Faults
from pilotsim.evaluation.register.tables import (
    SIGNS,
    check_types,
    read_table,
    require_file,
    width_fault,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileLayout", "WordTable", "decode_file"]

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# The letters æ, ø and å of DOS, read as Windows' letters.
_OF_DOS = re.compile("[\u2018\u203a\u2020](?=[a-z])|(?<=[a-z])[\u203a\u2020]")
# The letters æ, ø, å, ä and ö of UTF-8, read as Windows' letters.
_CODED_TWICE = re.compile("Ã[¦¸¥¤¶†˜…„–]")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_ALL_SIGNS = (*SIGNS, "|")


class FileLayout(Protocol):
    """What a person says of how a file is laid out; any mapping does."""

    @property
    def encoding(self) -> str | None:
        """How letters are coded."""

    @property
    def separator(self) -> str | None:
        """What stands between two cells."""

    @property
    def skip_rows(self) -> int:
        """So many rows stand above the header."""


@dataclass(frozen=True)
class WordTable:
    """A file's cells as words.

    Parameters
    ----------
    names : tuple of str
        The names of its columns.
    columns : tuple of list
        The words of each column; None for an empty cell.
    rows : ndarray of int
        In which row of the file each stands, the first being 1.
    mends : tuple
        What had to be done to read it, and in how many rows: a word of `mends` and a number.
    """

    names: tuple[str, ...]
    columns: tuple[list[str | None], ...]
    rows: Ints
    mends: tuple[tuple[str, int], ...] = field(default=())


def decode_file(file: str | Path, mapping: FileLayout | None = None) -> WordTable:
    """Return a file's table as words.

    Parameters
    ----------
    file : str or Path
        A text file with a separator, or a Parquet file.
    mapping : FileLayout, optional
        What a person says of it.

    Raises
    ------
    RegisterError
        The file is not there, is no table, or leaves in doubt how it is to be read.
    """
    path = Path(file)
    require_file(path)
    if path.suffix.lower() in _WORKBOOKS:
        raise RegisterError(
            Message(
                "{file}: a workbook may hold several tables, and formulas; save the sheet as 'CSV "
                "UTF-8' and give that file",
                file=path,
            )
        )
    if path.suffix.lower() == ".parquet":
        table, faults = read_table(path), Faults(str(path))
        check_types(table, faults)
        faults.stop()
        return _of_table(table)
    text, mends = _text_of(path, mapping.encoding if mapping else None)
    if _CODED_TWICE.search(text):
        raise RegisterError(
            Message(
                "{file}: its letters were coded twice, or in two ways, so that one word may stand "
                "there as two; let the data owner save it anew as UTF-8",
                file=path,
            )
        )
    return _of_text(path, text, mends, mapping)


def _of_table(table: pa.Table) -> WordTable:
    columns = [_words_of(column.to_pylist()) for column in table.columns]
    rows = np.arange(2, table.num_rows + 2)
    return WordTable(tuple(table.column_names), tuple(columns), rows)


def _words_of(values: Sequence[object]) -> list[str | None]:
    return [None if value is None or value != value else _word_of(value) for value in values]  # noqa: PLR0124


def _word_of(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _text_of(path: Path, encoding: str | None) -> tuple[str, list[tuple[str, int]]]:
    """Return a file's text, and how its letters were read where that is not UTF-8."""
    content = path.read_bytes()
    marked = next((code for mark, code in _MARKS.items() if content.startswith(mark)), None)
    if marked == "utf-8-sig":
        return _decoded(path, content, marked), [("encoding_mark", 1)]
    if marked == "utf-16" or encoding == "utf-16":
        code = marked or "utf-16-le"
        return _decoded(path, content, code), [("encoding_utf16", 1)]
    if encoding is not None:
        return _decoded(path, content, encoding), [("encoding_said", 1)]
    if b"\0" in content[:1000]:
        return _decoded(path, content, _half_empty(content)), [("encoding_utf16", 1)]
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    # Five bytes are no letter of Windows at all.
    if "\ufffd" in text or (_OF_DOS.search(text) and not re.search("[æøåÆØÅ]", text)):
        raise _doubt(
            path,
            Message("its letters are not UTF-8, and look like those of DOS"),
            "encoding: cp850",
        )
    return text, [("encoding_windows", 1)]


def _half_empty(content: bytes) -> str:
    """Return which UTF-16 it is: in plain letters every other byte is empty."""
    return "utf-16-be" if content[:1] == b"\0" else "utf-16-le"


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise _doubt(
            path,
            Message("its letters are not of the encoding {encoding}", encoding=encoding),
            "encoding: cp1252",
        ) from None


def _doubt(path: Path, why: Message, line: str) -> RegisterError:
    return RegisterError(
        Message(
            "{file}: {why}; a person must decide: write '{line}', or what is right, in the mapping",
            file=path,
            why=why,
            line=line,
        )
    )


def _of_text(
    path: Path, text: str, mends: list[tuple[str, int]], mapping: FileLayout | None
) -> WordTable:
    skip = mapping.skip_rows if mapping else 0
    said = mapping.separator if mapping else None
    sign = said or _sign_of(text, skip)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True))
    except csv.Error:
        raise RegisterError(
            Message(
                "{file}: cannot be read as a table: {why}",
                file=path,
                why=Message("a cell with quotes does not end"),
            )
        ) from None
    rows = rows[skip:]
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise RegisterError(
            Message(
                "{file}: cannot be read as a table: {why}",
                file=path,
                why=Message("the file is empty; expected a line with the names of the columns"),
            )
        )
    names = [name.strip() for name in rows[0]]
    while names and not names[-1]:
        names.pop()
    kept = [
        (place, row) for place, row in enumerate(rows[1:], skip + 2) if any(map(str.strip, row))
    ]
    _require_width(path, kept, len(names))
    empty = len(rows) - 1 - len(kept)
    if sign != ",":
        mends.append(("separator", 1))
    if skip:
        mends.append(("rows_above", skip))
    if empty:
        mends.append(("empty_rows", empty))
    columns = [[row[k] if k < len(row) else None for _, row in kept] for k in range(len(names))]
    places = np.array([place for place, _ in kept], np.int64)
    return WordTable(tuple(names), tuple(columns), places, tuple(mends))


def _sign_of(text: str, skip: int) -> str:
    header = text.split("\n", skip + 1)[skip : skip + 1]
    return max(_ALL_SIGNS, key=header[0].count) if header else ","


def _require_width(path: Path, rows: Sequence[tuple[int, list[str]]], wanted: int) -> None:
    """Raise `RegisterError` for rows of another length; empty cells at the end count for none."""
    usual = Counter(len(row) for _, row in rows).most_common(1)
    if usual and usual[0][0] > wanted and 2 * usual[0][1] > len(rows):
        first = next(place for place, row in rows if len(row) == usual[0][0])
        raise _doubt(
            path,
            Message(
                "most rows have {found} cells and the header {wanted}: does something stand above "
                "the header?",
                found=usual[0][0],
                wanted=wanted,
            ),
            f"skip_rows: {first - 1}",
        )
    wrong = [
        (place, len(row))
        for place, row in rows
        if len(row) < wanted or any(cell.strip() for cell in row[wanted:])
    ]
    if wrong:
        raise width_fault(path, wrong, wanted)
