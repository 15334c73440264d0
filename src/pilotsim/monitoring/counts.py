"""The table of counts that a municipality keeps: a row a month, a column a count.

What is missing is no zero. What stands twice, or before its turn, is refused unless the row says
that it is a correction; a correction counts, and what stood there before is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.calendar import add_months
from pilotsim.base.errors import RequestError, did_you_mean, did_you_mean_one
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message, join_messages
from pilotsim.evaluation.register.decoding import decode_file
from pilotsim.evaluation.register.spellings import Doubt, Spelled, spell_months, spell_numbers
from pilotsim.evaluation.register.tables import require_file
from pilotsim.language.catalogue import say
from pilotsim.measures.monthly_counts import MonthlyCount, calendar_months
from pilotsim.model.flow import Flow
from pilotsim.monitoring.departures import FearedDeparture
from pilotsim.monitoring.headings import check_count, counts_by_heading, plain
from pilotsim.monitoring.mapping import CountsMapping, read_counts_mapping
from pilotsim.monitoring.workbook import SheetRow, read_sheet

__all__ = ["Correction", "MonthlyCounts", "read_counts"]

MAX_FAULTS = 20
_WORKBOOKS = (".xlsx", ".xlsm")
# What programs write for no, beside the words of languages: such a cell marks no correction.
_NO = ("", "-", "0", "false", "usann", "falskt")


@dataclass(frozen=True)
class Correction:
    """A count that was given twice.

    Parameters
    ----------
    month : int
        The month, by its place.
    count : int
        The count, by its place.
    before, after : float
        What stood there, and what counts; NaN for nothing.
    """

    month: int
    count: int
    before: float
    after: float


@dataclass(frozen=True)
class MonthlyCounts:
    """What was counted of a pilot so far.

    Parameters
    ----------
    file : str
        The file's name.
    headings : tuple of str
        What the columns are called.
    counts : tuple of MonthlyCount
        What they count.
    months : tuple of date
        All months of the pilot, by their first day.
    numbers : ndarray of float, shape (months, counts)
        The counts; NaN for what is not known, or still to come.
    corrections : tuple of Correction
        What was corrected.
    watched : tuple of FearedDeparture
        The departures from the plan that the mapping watches for.
    """

    file: str
    headings: tuple[str, ...]
    counts: tuple[MonthlyCount, ...]
    months: tuple[date, ...]
    numbers: Floats
    corrections: tuple[Correction, ...] = ()
    watched: tuple[FearedDeparture, ...] = ()

    @property
    def months_counted(self) -> int:
        """How many months have passed of which anything is known."""
        known = np.flatnonzero((~np.isnan(self.numbers)).any(axis=1))
        return int(known[-1]) + 1 if len(known) else 0

    @property
    def present(self) -> Bools:
        """Which counts there are, and those that are still to come, shape (months, counts)."""
        found = ~np.isnan(self.numbers)
        found[self.months_counted :] = True
        return found

    @property
    def missing(self) -> list[tuple[int, int]]:
        """The months and counts that are not known yet although later ones are."""
        return [(int(m), int(c)) for m, c in np.argwhere(~self.present)]


@checks_arguments
def read_counts(
    file: str | Path, flow: Flow, mapping: str | Path | CountsMapping | None = None
) -> MonthlyCounts:
    """Return the counts of a file.

    Parameters
    ----------
    file : str or Path
        A CSV file or an Excel workbook, with a row a month.
    flow : Flow
        The flow whose stages are counted.
    mapping : str, Path or CountsMapping, optional
        What its headings mean, or the file that says so; else they must be labels of the flow.

    Raises
    ------
    RequestError
        With every fault, its row and its column.
    FlowError
        The mapping is faulty.
    """
    path = Path(file)
    said = read_counts_mapping(mapping) if isinstance(mapping, str | Path) else mapping
    names, rows = _table(path, said)
    return _Reader(path.name, names, rows, flow, said).read()


def _table(path: Path, mapping: CountsMapping | None) -> tuple[list[str], list[SheetRow]]:
    """Return the headings of a table, and its rows."""
    require_file(path)
    if path.suffix.lower() in _WORKBOOKS:
        skip = mapping.skip_rows if mapping else 0
        sheet = mapping.sheet if mapping else None
        rows = [row for row in read_sheet(path, sheet) if row[0] > skip]
        if not rows:
            raise RequestError(Message("{file}: holds no table", file=path))
        (_, names), *rest = rows
        wide = max(len(cells) for _, cells in rows)
        names = names + [""] * (wide - len(names))
        return names, [(number, cells + [""] * (wide - len(cells))) for number, cells in rest]
    table = decode_file(path, mapping)
    cells = [[word or "" for word in column] for column in table.columns]
    return list(table.names), [
        (int(number), [column[k].strip() for column in cells])
        for k, number in enumerate(table.rows)
    ]


class _Reader:
    """A table on its way to counts, with the faults found so far."""

    def __init__(
        self,
        file: str,
        names: list[str],
        rows: list[SheetRow],
        flow: Flow,
        mapping: CountsMapping | None,
    ) -> None:
        self.file = file
        self.names = names
        self.rows = rows
        self.flow = flow
        self.mapping = mapping
        self.faults: list[str] = []
        self.months, _ = calendar_months(flow.make_calendar())

    def read(self) -> MonthlyCounts:
        month, corrected, columns = self._columns()
        self._stop()
        places = self._months(month, corrected)
        self._stop()
        cells = [self._numbers(column) for column, _ in columns]
        self._stop()
        numbers = np.full((len(self.months), len(columns)), math.nan)
        corrections = []
        for row, place in enumerate(places):
            for count, own in enumerate(cells):
                before, after = numbers[place, count], own[row]
                if math.isnan(after):
                    continue
                if place in places[:row] and before != after:
                    corrections.append(Correction(place, count, float(before), after))
                numbers[place, count] = after
        found = MonthlyCounts(
            self.file,
            tuple(self.names[column] for column, _ in columns),
            tuple(count for _, count in columns),
            tuple(self.months),
            numbers,
            tuple(corrections),
            self.mapping.departures() if self.mapping else (),
        )
        if not found.months_counted:
            raise RequestError(Message("{file}: no month has a count yet", file=self.file))
        return found

    def _columns(self) -> tuple[int, int | None, list[tuple[int, MonthlyCount]]]:
        """Return the column of the months, that of corrections, and what each other one counts."""
        said = self.mapping
        by_name = {plain(name): place for place, name in enumerate(self.names)}
        month = self._place_of(said.month if said else None, "counted_month", by_name)
        corrected = self._place_of(said.corrected if said else None, "counted_corrected", by_name)
        if month is None:
            if not self.faults:
                self._note(
                    Message(
                        "no column is headed '{name}', or as the mapping says that the months are; "
                        "found: {names}",
                        name=say("counted_month", "nb").split("|")[0],
                        names=", ".join(name for name in self.names if name),
                    )
                )
            return 0, None, []
        absent = [name for name in said.columns if plain(name) not in by_name] if said else []
        for name in absent:
            self._note(self._absent(name))
        columns = self._counted({month, corrected}, absent)
        if not columns and not self.faults:
            self._note(Message("no column counts anything"))
        return month, corrected, columns

    def _counted(
        self, others: Set[int | None], absent: Sequence[str]
    ) -> list[tuple[int, MonthlyCount]]:
        """Return the columns that count something, and what."""
        said = self.mapping
        mapped = {plain(name): column for name, column in said.columns.items()} if said else {}
        dropped = {plain(name) for name in said.dropped} if said else set()
        known = counts_by_heading(self.flow)
        columns: list[tuple[int, MonthlyCount]] = []
        for place, name in enumerate(self.names):
            key = plain(name)
            if place in others or key in dropped:
                continue
            if not key:
                if any(cells[place] for _, cells in self.rows):
                    self._note(Message("column {place} has no heading", place=place + 1))
                continue
            if key in mapped:
                count = mapped[key].count()
                check_count(self.flow, count, said.counts if said else self.file, name)
            elif key in known:
                count = known[key]
            else:
                # Where the mapping means it by another spelling, that is told already.
                if not did_you_mean_one(name, absent):
                    self._note(self._unknown(name, known))
                continue
            twice = [other for other, own in columns if own == count]
            if twice:
                self._note(
                    Message(
                        "the columns '{one}' and '{other}' count the same",
                        one=self.names[twice[0]],
                        other=name,
                    )
                )
            columns.append((place, count))
        return columns

    def _place_of(self, said: str | None, key: str, by_name: dict[str, int]) -> int | None:
        if said is not None:
            if plain(said) not in by_name:
                self._note(self._absent(said))
            return by_name.get(plain(said))
        words = [word for language in LANGUAGES for word in say(key, language).split("|")]
        return next((by_name[plain(word)] for word in words if plain(word) in by_name), None)

    def _absent(self, name: str) -> Message:
        return Message(
            "no column is headed '{name}', as the mapping says{meant}",
            name=name,
            meant=did_you_mean(name, [one for one in self.names if one]),
        )

    def _unknown(self, name: str, known: dict[str, MonthlyCount]) -> Message:
        return Message(
            "it is not clear what the column '{name}' counts; say so in a mapping (--as), "
            "or leave it out there ('dropped'){meant}",
            name=name,
            meant=did_you_mean(plain(name), known),
        )

    def _months(self, column: int, corrected: int | None) -> list[int]:
        """Return which month of the pilot each row is of."""
        order = self.mapping.dates if self.mapping else None
        texts = [cells[column] for _, cells in self.rows]
        places: list[int] = []
        by_date = {month: place for place, month in enumerate(self.months)}
        no = {*_NO, *(say("no", language) for language in LANGUAGES)}
        for (number, cells), text, spelled in zip(
            self.rows, texts, spell_months(texts, order), strict=True
        ):
            month = self._month_of(number, text, spelled)
            if month is None:
                continue
            if month not in by_date:
                self._note(
                    Message(
                        "row {row}: {month} lies outside the pilot, which runs from {first} to "
                        "{last}",
                        row=number,
                        month=f"{month:%Y-%m}",
                        first=f"{self.months[0]:%Y-%m}",
                        last=f"{self.months[-1]:%Y-%m}",
                    )
                )
                continue
            place = by_date[month]
            is_marked = corrected is not None and cells[corrected].casefold() not in no
            if places and place <= max(places) and not is_marked:
                self._note(self._out_of_order(number, place, places))
            places.append(place)
        return places

    def _month_of(self, row: int, text: str, spelled: Spelled | Doubt | None) -> date | None:
        if isinstance(spelled, Doubt):
            self._note(
                Message(
                    "row {row}: '{text}': {why} Write '{line}' in the mapping",
                    row=row,
                    text=text,
                    why=spelled.why,
                    line=spelled.line,
                )
            )
            return None
        if spelled is None:
            self._note(
                Message(
                    "row {row}: '{text}' is no month; expected one such as 2015-03 or mars 2015",
                    row=row,
                    text=text,
                )
            )
            return None
        year, month = spelled.text.split("-")
        return date(int(year), int(month), 1)

    def _out_of_order(self, row: int, place: int, places: Sequence[int]) -> Message:
        month, last = self.months[place], self.months[max(places)]
        following = add_months(last, 1)
        return Message(
            "row {row}: {month} stands after {last}; put the months in order, or mark the row in "
            "a column '{corrected}' where it corrects or adds to a month{meant}",
            row=row,
            month=f"{month:%Y-%m}",
            last=f"{last:%Y-%m}",
            meant=Message("; did you mean '{name}'?", name=f"{following:%Y-%m}")
            if following in self.months and following.month == month.month
            else "",
            corrected=say("counted_corrected", "nb").split("|")[0],
        )

    def _numbers(self, column: int) -> list[float]:
        """Return the counts of a column; NaN for what is not known."""
        empty = {"", *(word.casefold() for word in (self.mapping.empty if self.mapping else ()))}
        texts = [cells[column] for _, cells in self.rows]
        found = []
        spelled = spell_numbers(texts)
        for (row, _), text, own in zip(self.rows, texts, spelled, strict=True):
            if text.casefold() in empty:
                found.append(math.nan)
                continue
            number = math.nan if own is None or isinstance(own, Doubt) else float(own.text)
            if isinstance(own, Doubt):
                self._note(
                    Message(
                        "row {row}, column '{column}': '{text}': {why} Write whole numbers of "
                        "clients without it",
                        row=row,
                        column=self.names[column],
                        text=text,
                        why=own.why,
                    )
                )
            elif not (number >= 0.0 and number.is_integer()):
                self._note(
                    Message(
                        "row {row}, column '{column}': expected a whole number of clients, or an "
                        "empty cell for what is not counted yet; found '{text}'",
                        row=row,
                        column=self.names[column],
                        text=text,
                    )
                )
            found.append(number)
        return found

    def _note(self, fault: str) -> None:
        self.faults.append(Message("{file}: {fault}", file=self.file, fault=fault))

    def _stop(self) -> None:
        if self.faults:
            raise RequestError(join_messages(self.faults[:MAX_FAULTS], "\n"))
