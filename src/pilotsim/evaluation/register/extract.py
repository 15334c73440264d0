"""A real extract: a CSV or Parquet file with a row per client and month, read as a `Panel`.

What the columns mean is written in ``docs/register.md``. Whatever is wrong is found in one pass:
values are looked at once for each different one, so that a million rows take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import RegisterError, did_you_mean, message_of, reason_of
from pilotsim.base.messages import Message
from pilotsim.base.units import show
from pilotsim.evaluation.register.faults import Faults
from pilotsim.evaluation.register.panel import ASSISTANCE, NO_ROW, STATES, WORK, Panel

if TYPE_CHECKING:
    import pyarrow as pa


REQUIRED = ("client", "month", "status")
OPTIONAL = ("in_work", "on_assistance", "amount", "offered", "started", "district")
# A column is meant to hold numbers if this share of its different values are numbers.
MOSTLY = 0.8
_MONTH = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])(-[0-3][0-9])?")
NORWEGIAN = {
    "sosialhjelp": "assistance",
    "økonomisk sosialhjelp": "assistance",
    "arbeid": "work",
    "i arbeid": "work",
    "jobb": "work",
    "annen ytelse": "other_benefit",
    "trygd": "other_benefit",
    "utdanning": "education",
    "ukjent": "unknown",
}


def read_register(file: str | Path) -> Panel:
    """Return the panel that an extract holds.

    Parameters
    ----------
    file : str or Path
        ``.csv`` (comma, semicolon or tab) or ``.parquet``, with the columns of
        ``docs/register.md``.

    Raises
    ------
    RegisterError
        With every kind of fault, its first row and column, and how many rows have it.
    """
    path, faults = Path(file), Faults(str(file))
    table = _read_table(path, faults)
    _check_header(table.column_names, faults)
    faults.stop()
    return _Extract(table, faults).panel()


def _read_table(path: Path, faults: Faults) -> pa.Table:
    if not path.is_file():
        near = (
            sorted(other.name for other in path.parent.glob("*.*")) if path.parent.is_dir() else []
        )
        raise RegisterError(
            Message("{file}: no such file{meant}", file=path, meant=did_you_mean(path.name, near))
        )
    try:
        return _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (ValueError, OSError) as fault:
        raise RegisterError(
            Message("{file}: cannot be read as a table: {why}", file=path, why=_plain(fault))
        ) from fault


def _plain(fault: Exception) -> str:
    said = message_of(fault)
    if "UTF8" in said or "utf-8" in said:
        return Message("it is not UTF-8 text; save it as CSV UTF-8")
    if isinstance(fault, OSError):
        return reason_of(fault)
    return said if isinstance(said, Message) else said.splitlines()[0]


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(path)


def _read_csv(path: Path) -> pa.Table:
    """Return a CSV file with all columns as words, so that nothing is guessed away."""
    import pyarrow as pa
    import pyarrow.csv as pc

    with path.open("rb") as stream:
        header = stream.readline(1_000_000).decode("utf-8-sig", errors="replace").rstrip("\r\n")
    if not header.strip():
        raise ValueError(
            Message("the file is empty; expected a line with the names of the columns")
        )
    sign = max((";", ",", "\t"), key=header.count)
    names = [name.strip().strip('"') for name in header.split(sign)]
    return pc.read_csv(
        path,
        read_options=pc.ReadOptions(column_names=names, skip_rows=1),
        parse_options=pc.ParseOptions(delimiter=sign),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=["", "NA"],
        ),
    )


def _check_header(names: Sequence[str], faults: Faults) -> None:
    known = (*REQUIRED, *OPTIONAL)
    for name in sorted({name for name in names if list(names).count(name) > 1}):
        faults.note(name, Message("stands twice in the header"))
    for name in REQUIRED:
        if name not in names:
            faults.note(
                name,
                Message(
                    "is missing; found {names}{meant}",
                    names=", ".join(names[:12]),
                    meant=_meant(name, names, known),
                ),
            )


def _meant(name: str, names: Sequence[str], known: Sequence[str]) -> str:
    close = get_close_matches(name, [other for other in names if other not in known], n=1)
    return Message("; is it the column '{name}'?", name=close[0]) if close else ""


@dataclass(frozen=True)
class ExtractColumn:
    """A column as codes of its different values, the empty ones -1.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
        Which of the values.
    values : list
        The different values.
    """

    codes: Ints
    values: list[Any]

    def __getitem__(self, row: int) -> Any:
        return self.values[self.codes[row]] if self.codes[row] >= 0 else None

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Any:
        return (self[row] for row in range(len(self)))

    def take(self, numbers: Floats, empty: float) -> Floats:
        """Return the number that each row's value stands for."""
        return np.asarray(np.append(numbers, empty)[self.codes])


class _Extract:
    """An extract being read: columns to numbers, then numbers to a panel."""

    def __init__(self, table: pa.Table, faults: Faults) -> None:
        self.table, self.faults = table, faults
        self.names = [name for name in table.column_names if name not in (*REQUIRED, *OPTIONAL)]

    def panel(self) -> Panel:
        """Return the panel, or raise all faults."""
        who, month = self._column("client"), self._months("month", required=True)
        status = self._status()
        self.faults.note_rows(
            "client", who.codes < 0, Message("is empty; every row needs a client")
        )
        offered, started = self._months("offered"), self._months("started")
        self._check_rows(who.codes, month, offered, started)
        flags = {name: self._flag(name) for name in ("in_work", "on_assistance")}
        self._check_flags(status, flags)
        amount, district = self._numbers("amount"), self._column("district")
        traits = {name: self._trait(name, who.codes) for name in self.names}
        self.faults.stop()
        return self._assemble(who, month, status, flags, amount, offered, started, district, traits)

    def _column(self, name: str) -> ExtractColumn:
        import pyarrow as pa
        import pyarrow.compute as pc

        if name not in self.table.column_names:
            return ExtractColumn(np.full(self.table.num_rows, -1), [])
        encoded = pc.dictionary_encode(self.table.column(name).combine_chunks())
        encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        return ExtractColumn(
            codes,
            [
                value.strip() if isinstance(value, str) else value
                for value in encoded.dictionary.to_pylist()
            ],
        )

    def _parse(
        self, column: ExtractColumn, name: str, parse: Callable[[Any], float | None], wanted: str
    ) -> Floats:
        """Return the number of each different value.

        A value that has none is a fault, which says what was `wanted`.
        """
        numbers = np.full(len(column.values), np.nan)
        for k, value in enumerate(column.values):
            number = parse(value)
            numbers[k] = np.nan if number is None else number
        wrong = np.append(np.isnan(numbers), False)[column.codes]
        self.faults.note_rows(name, wrong, wanted, column)  # type: ignore[arg-type]
        return numbers

    def _months(self, name: str, *, required: bool = False) -> Floats:
        """Return months since year 0; infinity for an empty one."""
        column = self._column(name)
        numbers = self._parse(column, name, _month_of, Message("a month such as 2015-03"))
        if required:
            self.faults.note_rows(
                name, column.codes < 0, Message("is empty; every row needs a month")
            )
        return column.take(numbers, np.inf)

    def _status(self) -> Floats:
        column = self._column("status")
        numbers = np.array(
            [float(STATES.index(value)) if value in STATES else np.nan for value in column.values]
        )
        for k in np.flatnonzero(np.isnan(numbers)):
            value = column.values[k]
            meant = NORWEGIAN.get(str(value).lower())
            hint = (
                Message("; did you mean '{name}'?", name=meant)
                if meant
                else did_you_mean(str(value), STATES)
            )
            self.faults.note_rows(
                "status",
                column.codes == k,
                Message("unknown status {found}{meant}", found=show(value), meant=hint),
            )
        self.faults.note_rows(
            "status", column.codes < 0, Message("is empty; write 'unknown' where it is not known")
        )
        return column.take(numbers, np.nan)

    def _flag(self, name: str) -> Floats:
        column = self._column(name)
        numbers = self._parse(column, name, _flag_of, Message("0 or 1"))
        return column.take(numbers, np.nan)

    def _check_flags(self, status: Floats, flags: dict[str, Floats]) -> None:
        for name, state in (("in_work", WORK), ("on_assistance", ASSISTANCE)):
            against = (status == state) & (flags[name] == 0.0)
            self.faults.note_rows(
                name,
                against,
                Message("is 0 although the status is '{status}'", status=STATES[state]),
            )

    def _numbers(self, name: str) -> Floats:
        column = self._column(name)
        numbers = self._parse(column, name, _number_of, Message("a number such as 9500.5"))
        found = column.take(numbers, np.nan)
        self.faults.note_rows(name, found < 0, Message("0 or more"), column)  # type: ignore[arg-type]
        return found

    def _check_rows(self, who: Ints, month: Floats, offered: Floats, started: Floats) -> None:
        """Note rows that stand twice, gaps, and offers and starts that cannot be."""
        known = (who >= 0) & np.isfinite(month)
        rows = np.flatnonzero(known)
        order = rows[np.lexsort((rows, month[rows], who[rows]))]
        same = who[order][1:] == who[order][:-1]
        step = month[order][1:] - month[order][:-1]
        self.faults.note_rows(
            "month",
            order[1:][same & (step == 0)],
            Message("a second row for the same client and month"),
        )
        gaps = order[1:][same & (step > 1)]
        missing = int((step[same & (step > 1)] - 1).sum())
        self.faults.note_rows(
            "month",
            gaps,
            Message(
                "months are missing before this row of the client ({missing:,} months in all)",
                missing=missing,
            ),
        )
        first = np.full(int(who.max(initial=-1)) + 1, np.inf)
        np.minimum.at(first, who[rows], month[rows])
        entry = np.where(known, np.append(first, np.inf)[who], -np.inf)
        for name, time in (("offered", offered), ("started", started)):
            self.faults.note_rows(
                name,
                time < entry,
                Message("lies before the client's first month: treatment before entry"),
            )
            changed = same & (time[order][1:] != time[order][:-1])
            self.faults.note_rows(
                name,
                order[1:][changed],
                Message("differs from the client's other rows; it is one month for each client"),
            )
        self.faults.note_rows(
            "started",
            started < offered,
            Message("started before it was offered, or without an offer"),
        )

    def _trait(self, name: str, who: Ints) -> tuple[Floats, tuple[str, ...]]:
        """Return a trait row by row, with its categories; numbers have none."""
        column = self._column(name)
        parsed = [_number_of(value) for value in column.values]
        if sum(number is not None for number in parsed) >= MOSTLY * max(1, len(parsed)):
            numbers, categories = (
                self._parse(column, name, _number_of, Message("a number, as in most rows")),
                (),
            )
        else:
            names = sorted(str(value) for value in column.values)
            numbers = np.array([float(names.index(str(value))) for value in column.values])
            categories = tuple(names)  # type: ignore[assignment]
        found = column.take(numbers, np.nan)
        rows = np.flatnonzero(who >= 0)
        order = rows[np.lexsort((rows, who[rows]))]
        apart = np.nan_to_num(found[order][1:], nan=-1e300) != np.nan_to_num(
            found[order][:-1], nan=-1e300
        )
        changed = (who[order][1:] == who[order][:-1]) & apart
        self.faults.note_rows(
            name,
            order[1:][changed],
            Message("changes between rows of a client; give what held in the first month"),
        )
        return found, categories

    def _assemble(
        self,
        who: ExtractColumn,
        month: Floats,
        status: Floats,
        flags: dict[str, Floats],
        amount: Floats,
        offered: Floats,
        started: Floats,
        district: ExtractColumn,
        traits: dict[str, tuple[Floats, tuple[str, ...]]],
    ) -> Panel:
        if not len(month):
            raise RegisterError(Message("{file}: holds no rows", file=self.faults.file))
        first, last = int(month.min()), int(month.max())
        clients, when = len(who.values), (month - first).astype(np.int64)
        shape = (clients, last - first + 1)

        def spread(values: Floats, empty: float) -> Floats:
            grid = np.full(shape, empty)
            grid[who.codes, when] = values
            return grid

        def once(values: Floats) -> Floats:
            own = np.full(clients, np.nan)
            own[who.codes] = values
            return own

        codes = spread(status, NO_ROW).astype(np.int8)
        seen = codes != NO_ROW
        known = {name: spread(values, np.nan) for name, values in flags.items()}
        by_status = {"in_work": WORK, "on_assistance": ASSISTANCE}
        filled = {
            name: np.where(seen & np.isnan(known[name]), codes == state, known[name])
            for name, state in by_status.items()
        }
        names = sorted(str(value) for value in district.values) or ["district"]
        own = np.array([float(names.index(str(value))) for value in district.values])
        return Panel(
            months=tuple(
                date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)
            ),
            client=np.array(who.values),
            status=codes,
            amount=spread(amount, np.nan),
            offered=once(offered) - first,
            started=once(started) - first,
            district=once(district.take(own, 0.0)).astype(np.int64),
            districts=tuple(names),
            traits={name: once(found) for name, (found, _) in traits.items()},
            categories={name: kinds for name, (_, kinds) in traits.items() if kinds},
            **filled,
        )


def _month_of(value: Any) -> float | None:
    match = _MONTH.fullmatch(str(value)[:10])
    return float(int(match[1]) * 12 + int(match[2]) - 1) if match else None


def _flag_of(value: Any) -> float | None:
    return {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "False": 0.0, "True": 1.0}.get(str(value))


def _number_of(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
