"""An event log, or a register of months, read as stays in the stages of a flow.

Every kind of fault is named by the first row and column that has it, never by what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import DAYS_PER_MONTH, add_months
from pilotsim.base.errors import RegisterError, did_you_mean, did_you_mean_one
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.register.decoding import WordTable, decode_file
from pilotsim.evaluation.register.faults import Faults
from pilotsim.evaluation.register.identity import HOLDS_IDENTITY_NUMBERS, hold_identity_numbers
from pilotsim.evaluation.register.spellings import Doubt
from pilotsim.evaluation.register.values import FLAGS, MONTH_WANTED, month_of, number_of
from pilotsim.learning.ends import ways_out
from pilotsim.learning.instants import INSTANT_WANTED, Instant, read_instants
from pilotsim.learning.mapping import COLUMNS, REQUIRED, EventMapping
from pilotsim.learning.stays import NOWHERE, UNKNOWN, Stays, day_of
from pilotsim.learning.xes import read_xes
from pilotsim.model.flow import Flow

__all__ = ["DRAWN", "ENDED", "FINISHED", "read_stays"]

# Words for why a stay ended that are no risk of a flow.
FINISHED, DRAWN = "finished", "drawn"
ENDED = (FINISHED, DRAWN, "turned_away", "interrupted")
# Instants that differ by less are one: clocks of registers tell seconds.
ONE_INSTANT = 2.0 / 86400
# By so many hours the clocks of one place differ from each other over a year.
SUMMER_TIME = 1.0


def read_stays(file: str | Path, flow: Flow, mapping: EventMapping | None = None) -> Stays:
    """Return the stays that a register shows, in the stages of a flow.

    Parameters
    ----------
    file : str or Path
        ``.csv`` or another text with a separator, ``.parquet`` or ``.xes``.
    flow : Flow
        The sketch whose stages, groups, risks and traits the register is about.
    mapping : EventMapping, optional
        What columns and words of the file mean; without one they are called as here.

    Raises
    ------
    RegisterError
        With every kind of fault, its first row and column; never with what stands there.
    """
    said = mapping or EventMapping.model_validate({"event_mapping": "none"})
    try:
        said.check_stages(tuple(flow.stages))
    except QuantityFault as fault:
        place = ".".join(fault.keys)
        raise RegisterError(
            Message("{place}: {why}", place=f"{said.event_mapping}: {place}", why=str(fault))
        ) from None
    path = Path(file)
    table = read_xes(path) if path.suffix.lower() == ".xes" else decode_file(path, said)
    return _Log(str(path), table, flow, said).stays()


@dataclass
class _Rows:
    """Stays before they are put in order; columns as in `Stays`."""

    case: Ints
    stage: np.ndarray
    joined: Floats
    started: Floats
    left: Floats
    to: np.ndarray
    cause: np.ndarray
    row: Ints


def _rows_of(found: list[list[Any]]) -> _Rows:
    """Return stays as columns; each as its case, stage, three times, what followed, cause, row."""
    columns: list[Any] = list(zip(*found, strict=True)) if found else [()] * 8
    return _Rows(
        np.array(columns[0], np.int64),
        np.array(columns[1], dtype=object),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        np.array(columns[5], dtype=object),
        np.array(columns[6], dtype=object),
        np.array(columns[7], np.int64),
    )


def _ordered(rows: _Rows) -> tuple[_Rows, Floats]:
    """Return stays by case and time, and when each began."""
    joined = np.where(np.isnan(rows.joined), rows.started, rows.joined)
    order = np.lexsort((np.where(np.isnan(joined), -np.inf, joined), rows.case))
    return _Rows(**{name: value[order] for name, value in vars(rows).items()}), joined[order]


class _Log:
    """A table being read."""

    def __init__(self, file: str, table: WordTable, flow: Flow, said: EventMapping) -> None:
        self.file, self.table, self.flow, self.said = file, table, flow, said
        self.faults = Faults(file, table.rows)
        self.grain = 1.0
        self.zones: set[float] = set()
        self.tells_waits = False
        self._check_header()
        self._require(len(table.rows) > 0)

    def _require(self, has_stays: bool) -> None:
        if not has_stays:
            raise RegisterError(
                Message("{file}: holds no stay in a stage of the flow", file=self.file)
            )

    def _check_header(self) -> None:
        form, names = self.said.form, self.table.names
        known = {*COLUMNS[form], *self.flow.traits}
        wanted = {self.said.column(name).casefold() for name in known}
        if not wanted & {name.casefold() for name in names}:
            # The first row may be somebody's: nothing of it is told.
            raise RegisterError(
                Message(
                    "{file}: the first row names none of the columns {names}; the first row must "
                    "hold the names of the columns (pilotsim docs {page})",
                    file=self.file,
                    names=", ".join(map(self.said.column, REQUIRED[form])),
                    page="learning",
                )
            )
        for name in REQUIRED[form]:
            source = self.said.column(name)
            if source not in names:
                self.faults.note(source, Message("is missing{meant}", meant=self._meant_by(source)))
        for name, source in self.said.columns.items():
            if name not in known:
                hint = did_you_mean(name, known)
                self.faults.note(
                    source, Message("no column '{name}'{meant}", name=name, meant=hint)
                )
            elif source not in names:
                self.faults.note(source, Message("is missing{meant}", meant=self._meant_by(source)))
        for name in names:
            if names.count(name) > 1 and name in map(self.said.column, known):
                self.faults.note(name, Message("stands twice in the header"))
                break
        self.faults.stop()

    def _meant_by(self, source: str) -> str:
        """Return which column of the file may be meant; what else stands there is not told."""
        low = {name.casefold(): name for name in self.table.names}
        same = low.get(source.casefold())
        if same is not None:
            return Message("; did you mean '{name}'?", name=same)
        return did_you_mean_one(source, self.table.names)

    def _words(self, name: str) -> list[str]:
        """Return a column's words without the spaces around them; empty where there is none."""
        source = self.said.column(name)
        if source not in self.table.names:
            return [""] * len(self.table.rows)
        column = self.table.columns[self.table.names.index(source)]
        return [(word or "").strip() for word in column]

    def _has(self, name: str) -> bool:
        return self.said.column(name) in self.table.names

    def _cases(self) -> Ints:
        words = np.array(self._words("case"), dtype=object)
        self.faults.note_rows(
            self.said.column("case"), words == "", Message("is empty; every row needs a case")
        )
        cases, codes = np.unique(words.astype(str), return_inverse=True)
        if hold_identity_numbers(cases.tolist()):
            self.faults.note(self.said.column("case"), HOLDS_IDENTITY_NUMBERS)
        return codes.astype(np.int64)

    def _times(self, name: str, *, open_ended: bool = False, required: bool = True) -> Floats:
        """Return a column in days; NaN for an empty one, or a word for not over yet."""
        words = self._words(name)
        still = {word.casefold() for word in self.said.still_there} if open_ended else set()
        asked = [word for word in sorted(set(words)) if word and word.casefold() not in still]
        read: dict[str, Instant | Doubt | None] = dict(
            zip(asked, read_instants(asked, self.said.dates), strict=True)
        )
        source = self.said.column(name)
        doubt = next((one for one in read.values() if isinstance(one, Doubt)), None)
        if doubt is not None:
            rows = np.array([isinstance(read.get(word), Doubt) for word in words])
            why = Message(
                "{why} A person must decide: write '{line}', or what is right, in the mapping",
                why=doubt.why,
                line=doubt.line,
            )
            self.faults.note_rows(source, rows, why)
        wrong = np.array([word in read and read[word] is None for word in words], np.bool_)
        wanted = INSTANT_WANTED
        if open_ended:
            wanted = Message(
                "{wanted} (words and far dates for 'not over yet' belong under 'still_there' of "
                "the mapping)",
                wanted=INSTANT_WANTED,
            )
        self.faults.note_rows(source, wrong, wanted, words)
        if required:
            empty = np.array([word == "" for word in words])
            self.faults.note_rows(source, empty, Message("is empty; every row needs a time"))
        found = [read.get(word) for word in words]
        if any(isinstance(one, Instant) and one.has_clock for one in found):
            self.grain = 0.0
        self._check_zones(source, found)
        return np.array([one.day if isinstance(one, Instant) else np.nan for one in found])

    def _check_zones(self, source: str, found: Sequence[Instant | Doubt | None]) -> None:
        """Refuse clocks that cannot be those of one place: read as they stand, they would lie."""
        far = np.zeros(len(found), np.bool_)
        for row, one in enumerate(found):
            if isinstance(one, Instant) and one.zone is not None:
                self.zones |= {one.zone}
                far[row] = max(self.zones) - min(self.zones) > SUMMER_TIME
        self.faults.note_rows(
            source,
            far,
            Message(
                "clocks of several time zones stand in this file; let all be those of the place "
                "that it is about"
            ),
        )

    def _meant(self, name: str, meanings: Mapping[str, str], known: Sequence[str]) -> np.ndarray:
        """Return what each word of a column means; what is left out becomes None."""
        low = {word.strip().casefold(): meant for word, meant in meanings.items()}
        out = {word.strip().casefold() for word in self.said.left_out}
        own = {one.casefold(): one for one in known}
        words = self._words(name)
        found: list[str | None] = []
        wrong = np.zeros(len(words), np.bool_)
        for row, word in enumerate(words):
            plain = word.casefold()
            if plain in low:
                found.append(low[plain])
            elif plain in out:
                found.append(None)
            elif plain in own:
                found.append(own[plain])
            else:
                found.append("")
                wrong[row] = bool(word) or name in REQUIRED[self.said.form]
        if wrong.any():
            first = words[int(np.flatnonzero(wrong)[0])]
            hint = did_you_mean_one(first.casefold(), own) if first else ""
            self.faults.note_rows(
                self.said.column(name),
                wrong,
                Message(
                    "stands for nothing in the flow{meant}; say under '{part}' of the mapping what "
                    "it means, or under 'left_out' that it is no part of the flow",
                    meant=hint,
                    part={"stage": "stages", "cause": "causes", "group": "groups"}.get(
                        name, "events"
                    ),
                ),
            )
        return np.array(found, dtype=object)

    def stays(self) -> Stays:
        """Return the stays, or raise all faults."""
        case = self._cases()
        rows = {"stays": self._of_stays, "events": self._of_events, "months": self._of_months}[
            self.said.form
        ](case)
        self.faults.stop()
        self._require(len(rows.case) > 0)
        return self._in_order(rows)

    def _of_stays(self, case: Ints) -> _Rows:
        stage = self._meant("stage", self.said.stages, tuple(self.flow.stages))
        start = self._times("start", required=False)
        left = self._times("end", open_ended=True, required=False)
        joined = start
        if self._has("joined"):
            self.tells_waits = True
            joined = self._times("joined", required=False)
        to = self._meant("to", self.said.stages, tuple(self.flow.stages))
        causes = (*ENDED, *self.flow.risks)
        cause = self._meant("cause", self.said.causes, causes)
        before = left < np.where(np.isnan(start), joined, start)
        self.faults.note_rows(
            self.said.column("end"), before, Message("lies before the start of the stay")
        )
        if self.tells_waits:
            self.faults.note_rows(
                self.said.column("start"), start < joined, Message("lies before 'joined'")
            )
        kept = np.array([one is not None for one in stage]) & ~(
            np.isnan(joined) & np.isnan(start) & np.isnan(left)
        )
        return _Rows(
            case[kept],
            stage[kept],
            joined[kept],
            start[kept],
            left[kept],
            np.array([one or "" for one in to], dtype=object)[kept],
            np.array([one or "" for one in cause], dtype=object)[kept],
            np.flatnonzero(kept),
        )

    def _of_events(self, case: Ints) -> _Rows:
        """Return stays from events: one ends where it is left, or where another begins."""
        time = self._times("time")
        words = self._words("event")
        meanings = {word.strip().casefold(): one for word, one in self.said.events.items()}
        out = {word.strip().casefold() for word in self.said.left_out}
        wrong = np.array([w.casefold() not in meanings and w.casefold() not in out for w in words])
        self.faults.note_rows(
            self.said.column("event"),
            wrong,
            Message(
                "is no event of the mapping; say under 'events' what it means, or under 'left_out' "
                "that it is no part of the flow"
            ),
        )
        self.faults.stop()
        self.tells_waits = any(one.starts for one in self.said.events.values())
        found: list[list[Any]] = []
        now: list[Any] | None = None
        odd = np.zeros(len(words), np.bool_)
        for row in np.lexsort((np.arange(len(time)), time, case)).tolist():
            event = meanings.get(words[row].casefold())
            if event is None:
                continue
            if now is not None and now[0] != case[row]:
                now = None
            if event.enters:
                if now is not None:
                    now[4] = time[row]
                waits = any(one.starts == event.enters for one in self.said.events.values())
                started = np.nan if waits else time[row]
                now = [case[row], event.enters, time[row], started, np.nan, "", "", row]
                found.append(now)
            elif event.starts:
                odd[row] = now is None or now[1] != event.starts
                if now is not None:
                    now[3] = time[row]
            else:
                odd[row] = now is None or now[1] != event.leaves
                if now is not None:
                    now[4], now[5], now[6] = time[row], event.to or "", event.cause or ""
                    now = None
                    if event.to:
                        now = [case[row], event.to, time[row], time[row], np.nan, "", "", row]
                        found.append(now)
        self.faults.note_rows(
            self.said.column("event"),
            odd,
            Message("starts or ends a stage in which the case was not by the events before"),
        )
        return _rows_of(found)

    def _of_months(self, case: Ints) -> _Rows:
        """Return stays from months of a status: it changes at some time within a month."""
        self.grain = DAYS_PER_MONTH
        words = self._words("month")
        months = np.array(
            [np.nan if month_of(word) is None else float(month_of(word) or 0) for word in words]
        )
        self.faults.note_rows(self.said.column("month"), np.isnan(months), MONTH_WANTED, words)
        stage = self._meant("stage", self.said.stages, tuple(self.flow.stages))
        self.faults.stop()
        ends = {
            month: day_of(add_months(date(int(month) // 12, int(month) % 12 + 1, 1), 1))
            for month in np.unique(months).tolist()
        }
        first = min(ends)
        order = np.lexsort((months, case))
        found: list[list[Any]] = []
        now: list[Any] | None = None
        before = None
        twice = np.zeros(len(words), np.bool_)
        for row in order.tolist():
            month = months[row]
            goes_on = before is not None and case[before] == case[row]
            twice[row] = goes_on and months[before] == month
            follows = goes_on and months[before] == month - 1
            if follows and stage[before] == stage[row]:
                before = row
                continue
            # What holds at the end of a month began within it, if the month before told otherwise.
            since = ends[month] - DAYS_PER_MONTH
            if now is not None and follows:
                now[4] = since
            elif now is not None and goes_on:
                # Of the months without a row it is not known what came, unless the mapping says.
                now[4] = ends[months[before]]
            now = None
            if stage[row] is not None:
                entered = since if follows or month > first else np.nan
                now = [case[row], stage[row], entered, entered, np.nan, "", "", row]
                found.append(now)
            before = row
        self.faults.note_rows(
            self.said.column("month"), twice, Message("stands twice for the same client")
        )
        return _rows_of(found)

    def _window(self, rows: _Rows) -> tuple[float, float]:
        said = self.said.observed
        times = np.concatenate([rows.joined, rows.started, rows.left])
        times = times[~np.isnan(times)]
        first = float(times.min()) if len(times) else 0.0
        last = float(times.max()) if len(times) else 0.0
        begins = day_of(said.since) if said.since else first
        ends = day_of(said.until) if said.until else last + (self.grain or ONE_INSTANT)
        return begins, ends

    def _slack(self) -> float:
        """Return by how much two times may differ and be the same."""
        return max(self.grain, ONE_INSTANT) * 1e-6 + (ONE_INSTANT if self.grain == 0 else 0.0)

    def _with_gaps(self, rows: _Rows) -> _Rows:
        """Return stays in order, one at a time, with what the mapping says of gaps."""
        rows, joined = _ordered(rows)
        same = np.append(rows.case[1:] == rows.case[:-1], False)
        later = np.append(joined[1:], np.nan)
        left = np.where(np.isnan(rows.left), np.inf, rows.left)
        self._refuse_overlaps(rows, same & (later < left - self._slack()))
        if self.said.gaps is None:
            return rows
        told = (rows.to != "") & (rows.to != self.said.gaps)
        gap = same & ~told & (later - rows.left > self._slack() + self.said.bridges)
        many = int(gap.sum())
        between = _Rows(
            rows.case[gap],
            np.full(many, self.said.gaps, dtype=object),
            rows.left[gap],
            rows.left[gap],
            later[gap],
            np.full(many, "", dtype=object),
            np.full(many, "", dtype=object),
            rows.row[gap],
        )
        whole = {
            name: np.concatenate([value, getattr(between, name)])
            for name, value in vars(rows).items()
        }
        return _ordered(_Rows(**whole))[0]

    def _in_order(self, rows: _Rows) -> Stays:
        begins, ends = self._window(rows)
        rows, joined = _ordered(self._with_gaps(rows))
        case, left = rows.case, rows.left.copy()
        same = np.append(case[1:] == case[:-1], False)
        later = np.append(joined[1:], np.nan)
        slack = self._slack()
        window = self.said.observed.until is not None
        if window:
            left = np.where(left >= ends, np.nan, left)
        near = same & (np.abs(later - left) <= slack + self.said.bridges)
        stages = list(self.flow.stages)
        own = np.array([stages.index(name) for name in rows.stage], np.int64)
        following = np.where(near, np.append(own[1:], NOWHERE), NOWHERE)
        told = np.array([stages.index(name) if name else NOWHERE for name in rows.to], np.int64)
        following = np.where(told >= 0, told, following)
        ended = ~np.isnan(left)
        if self.said.ends_in is not None:
            last = ended & ~same & (following == NOWHERE)
            following = np.where(last, stages.index(self.said.ends_in), following)
        following = np.where(ended, following, NOWHERE)
        seen_from, seen_until = self._seen(rows, begins, ends)
        entered = np.where(np.isnan(rows.joined), joined, rows.joined)
        found = Stays(
            file=self.file,
            stages=tuple(stages),
            case=case,
            stage=own,
            entered=entered,
            started=rows.started if self.tells_waits else entered,
            left=left,
            following=following,
            cause=np.where(ended, rows.cause, UNKNOWN),
            seen_from=seen_from,
            seen_until=seen_until,
            begins=begins,
            ends=ends,
            grain=self.grain,
            tells_waits=self.tells_waits,
            group=self._groups()[rows.row],
            is_first=np.append(True, case[1:] != case[:-1]),
            traits={name: column[rows.row] for name, column in self._traits().items()},
        )
        self.faults.stop()
        found = found.with_what_followed(ended & ~same & self._is_last(following))
        is_seen = ~(found.until <= found.seen_from) | np.isnan(found.entered)
        is_seen &= ~(found.entered >= found.ends)
        return found.where(is_seen)

    def _is_last(self, following: Ints) -> Bools:
        """Tell which stages that followed nothing leads out of: whoever came there is there."""
        homes = {group.starts_in for group in self.flow.groups.values()}
        last = [not ways_out(self.flow, name, homes) for name in self.flow.stages]
        return np.array([*last, False], np.bool_)[following]

    def _refuse_overlaps(self, rows: _Rows, overlaps: Bools) -> None:
        places = rows.row[np.flatnonzero(overlaps) + 1]
        self.faults.note_rows(
            self.said.column(
                {"stays": "start", "events": "time", "months": "month"}[self.said.form]
            ),
            places,
            Message(
                "begins before the stay before it of the same case has ended; a client of a flow "
                "is in one stage at a time"
            ),
        )
        self.faults.stop()

    def _seen(self, rows: _Rows, begins: float, ends: float) -> tuple[Floats, Floats]:
        """Return between which days each stay could be seen."""
        looks = self.said.observed.since is not None
        since = np.full(len(rows.case), begins if looks else -np.inf)
        until = np.full(len(rows.case), ends)
        if self._has("seen_from"):
            own = self._times("seen_from", required=False)[rows.row]
            since = np.fmax(since, own)
        if self._has("seen_until"):
            own = self._times("seen_until", required=False)[rows.row]
            until = np.fmin(until, own)
        return since, until

    def _groups(self) -> np.ndarray:
        found = self._meant("group", self.said.groups, tuple(self.flow.groups))
        return np.array([one or "" for one in found], dtype=object)

    def _traits(self) -> dict[str, np.ndarray]:
        found = {}
        for name, trait in self.flow.traits.items():
            if not self._has(name):
                continue
            words = self._words(name)
            meant = {
                str(word).strip().casefold(): str(value)
                for word, value in self.said.values.get(name, {}).items()
            }
            words = [meant.get(word.casefold(), word) for word in words]
            if trait.categories is not None:
                own = {one.casefold(): one for one in trait.categories}
                wrong = np.array([bool(w) and w.casefold() not in own for w in words])
                wanted = Message("a category of the trait '{name}'", name=name)
                found[name] = np.array([own.get(w.casefold(), "") for w in words], dtype=object)
            elif trait.share is not None:
                numbers = [FLAGS.get(word.casefold(), np.nan) for word in words]
                wrong = np.array([bool(w) and n != n for w, n in zip(words, numbers, strict=True)])  # noqa: PLR0124
                wanted = Message("0 or 1 (or true and false, yes and no)")
                found[name] = np.array(numbers)
            else:
                read = [number_of(word) for word in words]
                wrong = np.array([bool(w) and n is None for w, n in zip(words, read, strict=True)])
                wanted = Message("a number such as 9500.5")
                found[name] = np.array([np.nan if one is None else one for one in read])
            self.faults.note_rows(self.said.column(name), wrong, wanted, words)
        self.faults.stop()
        return found
