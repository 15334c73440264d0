"""Files of arrivals: how many came in each period, or when each one came.

::

    # Requests received by the office, from its case system.
    day, clients
    2015-01-05, 14
    2015-01-06, 9

The first column is a `day` (2015-01-05), a `week` (2015-W02), a `month` (2015-01) or a `time`
(2015-01-05 09:12). Columns are separated by commas or by semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from pilotsim.base.calendar import Calendar, add_months
from pilotsim.base.errors import Fault, FlowError, did_you_mean
from pilotsim.base.files import digest_of
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, names_in
from pilotsim.base.quantity import show
from pilotsim.files.posteriors import PlacedCell, cells_of, place_of
from pilotsim.files.yaml import YamlDocument, read_file
from pilotsim.model.arrivals import PERIODS, TIME, ArrivalCounts, ArrivalsFrom, CountedArrivals
from pilotsim.model.clients import Group
from pilotsim.model.flow import Flow
from pilotsim.model.week import Week, spans_of

MAX_ROWS = 200_000
MOST_CLIENTS = 1_000_000
MAX_FAULTS = 20
FIRST_COLUMNS = (*PERIODS, TIME)
EXAMPLES = {"day": "2015-01-31", "week": "2015-W05", "month": "2015-01", TIME: "2015-01-31 09:30"}
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_WHOLE = re.compile(r"[0-9]+(?:\.0*)?")


def read_arrivals(document: YamlDocument, name: str, flow: Flow) -> CountedArrivals:
    """Return the arrivals of a group that come from a file.

    Parameters
    ----------
    document : YamlDocument
        The flow file.
    name : str
        The name of the group, which has `arrivals_from`.
    flow : Flow
        The flow.

    Raises
    ------
    FlowError
        With every fault of the file and its place, or that there is none.
    """
    group = flow.groups[name]
    asked = group.arrivals_from
    assert asked is not None, "it comes from a file"
    file = place_of(document, asked.file)
    if not is_file(file):
        beside = names_in(file.parent, "*.csv")
        message = Message(
            "no such file: {file}{meant}", file=file, meant=did_you_mean(file.name, beside)
        )
        raise FlowError([document.fault(("groups", name, "arrivals_from", "file"), message)])
    text = read_file(file, "arrivals")
    found, faults = _counts_of(str(file), text, asked)
    if not faults:
        faults = tuple(_faults_in_flow(str(file), found, flow, group))
    if faults:
        raise FlowError(list(faults))
    counts = tuple(
        row.counts for row in sorted(found.rows) if row.counts.begins.date() >= flow.starts
    )
    return CountedArrivals(str(file), digest_of(text.encode()), found.by, counts)


@dataclass(frozen=True, order=True)
class _Row:
    """A row of the file with its place; rows stand in the order of time."""

    begins: datetime
    line: int
    counts: ArrivalCounts = field(compare=False)


@dataclass
class _Counts:
    """What a file holds."""

    by: str = ""
    rows: list[_Row] = field(default_factory=list)


# Every option of a choice makes the flow anew, of the same file.
@lru_cache(maxsize=8)
def _counts_of(file: str, text: str, asked: ArrivalsFrom) -> tuple[_Counts, tuple[Fault, ...]]:
    """Return what a file holds with the faults found."""
    table = _Table(file)
    table.read(text, asked)
    return table.found, tuple(table.faults[:MAX_FAULTS])


@dataclass
class _Table:
    """A file that is being read, with its faults."""

    file: str
    found: _Counts = field(default_factory=_Counts)
    faults: list[Fault] = field(default_factory=list)

    def report(self, line: int, column: int, message: str) -> None:
        self.faults.append(Fault(self.file, line, column, "", message))

    def read(self, text: str, asked: ArrivalsFrom) -> None:
        lines = [
            (line, words)
            for line, words in enumerate(text.splitlines(), 1)
            if words.strip() and not words.startswith("#")
        ]
        if not lines:
            self.report(1, 1, Message("expected the names of the columns; found nothing"))
            return
        (head_line, head), *rows = lines
        separator = ";" if ";" in head else ","
        names = [cell.text for cell in cells_of(head, separator)]
        self.found.by = names[0].lower()
        if self.found.by not in FIRST_COLUMNS:
            message = Message(
                "expected a first column named {names}; found {found}{meant}",
                names=", ".join(FIRST_COLUMNS),
                found=show(names[0]),
                meant=did_you_mean(self.found.by, FIRST_COLUMNS),
            )
            self.report(head_line, 1, message)
            return
        counted = self._column(names, asked, head_line)
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
        for line, words in rows:
            self._row(line, words, separator, len(names), counted)
        if not self.faults:
            self._check_whole()

    def _column(self, names: Sequence[str], asked: ArrivalsFrom, line: int) -> int | None:
        """Return the place of the column with counts; None where each row is one client."""
        if asked.column in names[1:]:
            return names.index(asked.column, 1)
        if self.found.by == TIME and "column" not in asked.model_fields_set:
            return None
        others = names[1:]
        there = Message("; there is {names} (say which by 'column')", names=", ".join(others))
        message = Message(
            "there is no column '{name}' with how many came{meant}",
            name=asked.column,
            meant=did_you_mean(asked.column, others) or (there if others else ""),
        )
        self.report(line, 1, message)
        return None

    def _row(self, line: int, words: str, separator: str, width: int, counted: int | None) -> None:
        cells = list(cells_of(words, separator))
        if len(cells) != width:
            message = Message(
                "expected {wanted} cells; found {found}{meant}",
                wanted=width,
                found=len(cells),
                meant="",
            )
            self.report(line, 1, message)
            return
        span = _span(self.found.by, cells[0].text)
        if span is None:
            message = Message(
                "expected a {name} such as {example}; found {found}",
                name=self.found.by,
                example=EXAMPLES[self.found.by],
                found=show(cells[0].text),
            )
            self.report(line, cells[0].column, message)
            return
        clients = 1 if counted is None else self._count(line, cells[counted])
        self.found.rows.append(_Row(span[0], line, ArrivalCounts(*span, clients)))

    def _count(self, line: int, cell: PlacedCell) -> int:
        if _WHOLE.fullmatch(cell.text) and float(cell.text) <= MOST_CLIENTS:
            return int(float(cell.text))
        message = Message(
            "expected how many came, a whole number from 0 to {most:,}; found {found}",
            most=MOST_CLIENTS,
            found=show(cell.text),
        )
        self.report(line, cell.column, message)
        return 0

    def _check_whole(self) -> None:
        """Report a period that stands twice, and a week or a month that is missing."""
        if self.found.by == TIME:
            return
        rows = sorted(self.found.rows)
        for before, row in pairwise(rows):
            if row.begins == before.begins:
                message = Message(
                    "the {name} {found} stands on line {line} already",
                    name=self.found.by,
                    found=_name_of(self.found.by, row.begins),
                    line=before.line,
                )
                self.report(row.line, 1, message)
            elif self.found.by != "day" and row.begins != before.counts.ends:
                message = Message(
                    "the {name} {found} is missing before this one; where nobody came, write 0",
                    name=self.found.by,
                    found=_name_of(self.found.by, before.counts.ends),
                )
                self.report(row.line, 1, message)


def _span(by: str, text: str) -> tuple[datetime, datetime] | None:
    """Return a period from its begin to its end, or a moment; None where it is none."""
    try:
        if by == TIME:
            moment = datetime.fromisoformat(text)
            return None if moment.tzinfo is not None else (moment, moment)
        if by == "month":
            match = _MONTH.fullmatch(text)
            first = date(int(match[1]), int(match[2]), 1) if match else date.fromisoformat(text)
            return None if first.day != 1 else (_midnight(first), _midnight(add_months(first, 1)))
        match = _WEEK.fullmatch(text) if by == "week" else None
        first = (
            date.fromisocalendar(int(match[1]), int(match[2]), 1)
            if match
            else date.fromisoformat(text)
        )
    except (ValueError, OverflowError):
        return None
    if by == "week" and first.weekday() != 0:
        return None
    return _midnight(first), _midnight(first + timedelta(days=7 if by == "week" else 1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _name_of(by: str, begins: datetime) -> str:
    if by == "week":
        year, week, _ = begins.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{begins:%Y-%m}" if by == "month" else f"{begins:%Y-%m-%d}"


def _faults_in_flow(file: str, found: _Counts, flow: Flow, group: Group) -> Iterator[Fault]:
    """Yield what does not go together with the flow: its first date, the hours of its week."""
    starts = _midnight(flow.starts)
    if all(row.begins.date() >= flow.end or row.counts.ends < starts for row in found.rows):
        message = Message(
            "nobody comes from {begins} to {ends}, while the flow runs",
            begins=flow.starts,
            ends=flow.end,
        )
        yield Fault(file, 1, 1, "", message)
        return
    for row in found.rows:
        if row.begins < starts < row.counts.ends and row.counts.clients:
            message = Message(
                "the {name} {found} begins before the flow, on {starts}: how many of its clients "
                "come after that is not known. Begin with a {name}, or give days",
                name=found.by,
                found=_name_of(found.by, row.begins),
                starts=flow.starts,
            )
            yield Fault(file, row.line, 1, "", message)
    if group.week is not None and found.by != TIME:
        yield from _out_of_hours(file, found, flow, group.week)


def _out_of_hours(file: str, found: _Counts, flow: Flow, week: Week) -> Iterator[Fault]:
    """Yield each period in which clients came and the week has no hours."""
    inside = [
        row
        for row in sorted(found.rows)
        if row.counts.clients and flow.starts <= row.begins.date() < flow.end
    ]
    if not inside:
        return
    calendar = Calendar(flow.starts, inside[-1].counts.ends.date(), flow.calendar)
    open_days = {
        int(day)
        for span in spans_of(week, calendar)
        if span.value is None or not span.value.stays_at(0)
        for day in range(int(span.begin), -int(-span.end // 1))
    }
    for row in inside:
        days = range(
            int(calendar.day_of(row.begins.date())), int(calendar.day_of(row.counts.ends.date()))
        )
        if open_days.isdisjoint(days):
            message = Message(
                "{clients} came in {name} {found}, which has no hours in 'week'",
                clients=row.counts.clients,
                name=found.by,
                found=_name_of(found.by, row.begins),
            )
            yield Fault(file, row.line, 1, "", message)
