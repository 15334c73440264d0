"""The file of an extract as a table, and what can be wrong with it before a cell is read.

A reader's own message may quote a whole row. None is passed on: what is said is where the file
cannot be read, and of which kind the fault is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pilotsim.base.errors import RegisterError, did_you_mean, reason_of
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, is_folder, names_in
from pilotsim.evaluation.register.faults import Faults, rows_like_this

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SIGNS", "check_types", "read_table", "require_file", "separator_of", "width_fault"]

SIGNS = (";", ",", "\t")
_OTHER_TEXT = (b"\xff\xfe", b"\xfe\xff")


def require_file(path: Path) -> None:
    """Raise `RegisterError` where there is no such file."""
    if is_folder(path):
        raise RegisterError(
            Message("{file}: is a folder; expected a CSV or Parquet file", file=path)
        )
    if not is_file(path):
        near = names_in(path.parent, "*.*")
        raise RegisterError(
            Message("{file}: no such file{meant}", file=path, meant=did_you_mean(path.name, near))
        )


def read_table(path: Path) -> pa.Table:
    """Return a clean extract as a table; of a CSV file all columns are words.

    Raises
    ------
    RegisterError
        The file is not there, or is no table.
    """
    import pyarrow as pa

    require_file(path)
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except OSError as fault:
        raise _unreadable(path, reason_of(fault) if fault.errno else _damaged(path)) from None
    except (pa.ArrowException, ValueError, csv.Error):
        raise _unreadable(path, _damaged(path)) from None


def _damaged(path: Path) -> Message:
    if path.suffix.lower() == ".parquet":
        return Message("it is no Parquet file, or it is damaged")
    try:
        path.read_text(encoding="utf-8")
    except ValueError:
        return Message(
            "it is not UTF-8 text; save it as CSV UTF-8, or let 'pilotsim register prepare' read it"
        )
    return Message("its rows do not make a table; is a cell with line breaks or quotes among them?")


def _unreadable(path: Path, why: str) -> RegisterError:
    return RegisterError(Message("{file}: cannot be read as a table: {why}", file=path, why=why))


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(path)


def separator_of(header: str) -> str:
    """Return the sign between the columns of a header: the one that it has most of."""
    return max(SIGNS, key=header.count)


def _read_csv(path: Path) -> pa.Table:
    """Return a CSV file with all columns as words, so that nothing is guessed away."""
    import pyarrow as pa
    import pyarrow.csv as pc

    with path.open("rb") as stream:
        first = stream.readline(1_000_000)
    if first[:2] in _OTHER_TEXT or b"\0" in first:
        raise ValueError
    header = first.decode("utf-8-sig").rstrip("\r\n")
    if not header.strip():
        why = Message("the file is empty; expected a line with the names of the columns")
        raise _unreadable(path, why)
    _require_no_empty_row(path)
    sign = separator_of(header)
    names = [name.strip() for name in next(csv.reader([header], delimiter=sign))]
    # Columns are called by their number until all are read: a name may stand twice.
    places = [str(place) for place in range(len(names))]
    try:
        table = pc.read_csv(
            path,
            read_options=pc.ReadOptions(column_names=places, skip_rows=1),
            parse_options=pc.ParseOptions(delimiter=sign),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()),
                strings_can_be_null=True,
                null_values=["", "NA"],
            ),
        )
    except pa.ArrowInvalid:
        _require_one_length(path, sign, len(names))
        raise
    return table.rename_columns(names)


def _require_no_empty_row(path: Path) -> None:
    """Raise `RegisterError` for an empty row among others: all below it would be named wrongly."""
    empty = re.search(rb"\n[ \t]*\r?\n(?=\s*\S)", path.read_bytes())
    if empty:
        row = path.read_bytes()[: empty.start()].count(b"\n") + 2
        raise RegisterError(
            Message("{file}: row {row} is empty, and others follow it", file=path, row=row)
        )


def _require_one_length(path: Path, sign: str, wanted: int) -> None:
    """Raise `RegisterError` for rows with another number of cells than the header has."""
    lengths = _lengths(path, sign)
    wrong = [(row, found) for row, found in lengths if found not in (0, wanted)]
    if wrong:
        raise width_fault(path, wrong, wanted)


def width_fault(path: Path, wrong: Sequence[tuple[int, int]], wanted: int) -> RegisterError:
    """Return what is said of rows with another number of cells than the header has.

    Parameters
    ----------
    path : Path
        The file.
    wrong : sequence of (int, int)
        Such rows, each with its number of cells.
    wanted : int
        How many the header has.
    """
    row, found = wrong[0]
    return RegisterError(
        Message(
            "{file}: row {row} has {found} cells and the header {wanted}{more}",
            file=path,
            row=row,
            found=found,
            wanted=wanted,
            more=rows_like_this(len(wrong)),
        )
    )


def _lengths(path: Path, sign: str) -> Sequence[tuple[int, int]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, delimiter=sign)
        return [(number, len(row)) for number, row in enumerate(rows, 1)]


def check_types(table: pa.Table, faults: Faults) -> None:
    """Note columns that hold something else than words, numbers, dates or yes and no."""
    import pyarrow as pa

    types = pa.types
    known = (
        types.is_string,
        types.is_large_string,
        types.is_string_view,
        types.is_integer,
        types.is_floating,
        types.is_decimal,
        types.is_boolean,
        types.is_date,
        types.is_timestamp,
        types.is_null,
    )
    for field in table.schema:
        held = field.type.value_type if types.is_dictionary(field.type) else field.type
        if not any(is_of_type(held) for is_of_type in known):
            faults.note(
                field.name,
                Message(
                    "holds lists, records or bytes; expected words, numbers, dates or true and "
                    "false"
                ),
            )
