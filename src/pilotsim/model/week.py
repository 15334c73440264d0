"""The week: at which hours of which weekdays something is there, or how much of it.

A week is written as days with hours: `{mon-fri: 08:00-15:30, thu: 08:00-18:00}`. What is said of
fewer days goes before what is said of more, and what is said of dates before both. A public holiday
is like a Sunday, unless `holidays` says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from pilotsim.base.calendar import MINUTES_PER_DAY, Calendar
from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import (
    Quantity,
    QuantityFault,
    is_written_out,
    read_date,
    read_value,
    show,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SUNDAY = WEEKDAYS.index("sun")
HOLIDAYS = "holidays"
OFF = "off"
AS_USUAL = "as_usual"
# The hours of a day on which something holds all day long: no key of their own.
ALL_DAY = ""
DAYS_EXAMPLE = "mon, mon-fri, holidays, 2015-12-24"
HOURS_EXAMPLE = "08:00-15:30"
# What stands beside days: hours or moments, with which a week says when something opens.
MOMENTS = "moments"

# The hours of a day as they are written, with what holds then; None where that is not said.
Hours = dict[str, Quantity | None]
Week = dict[str, Hours]

_DATES = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s+to\s+(\d{4}-\d{1,2}-\d{1,2}))?")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_LIKE_HOURS = re.compile(r":|[0-9]\s*-\s*[0-9]")
# Beginnings of weekdays in other languages that are not those of English.
_MEANT = {
    "man": "mon",
    "mån": "mon",
    "tir": "tue",
    "tis": "tue",
    "ons": "wed",
    "tor": "thu",
    "fre": "fri",
    "lør": "sat",
    "lör": "sat",
    "søn": "sun",
    "sön": "sun",
}


@dataclass(frozen=True)
class WeekSpan:
    """A time of the run in which something holds.

    Parameters
    ----------
    begin, end : float
        In days from the start.
    value : Quantity or None
        What holds then; None where a week says only when.
    """

    begin: float
    end: float
    value: Quantity | None


def read_week(raw: Any, kind: str | None) -> Week:
    """Return the week that a file describes: by day, the hours and what holds then.

    Parameters
    ----------
    raw : Any
        Days with their hours.
    kind : str or None
        What stands beside hours: `number`, `count`; None where only hours can; `MOMENTS` where
        hours and moments can.

    Raises
    ------
    QuantityFault
        No such day, no such hours, or two things said of the same time.
    """
    if not isinstance(raw, Mapping) or not raw:
        raise QuantityFault(
            Message(
                "expected days with their hours, such as {example}; found {found}",
                example=f"{{mon-fri: {HOURS_EXAMPLE}}}",
                found=show(raw),
            )
        )
    week: Week = {}
    taken: dict[tuple[int, object], str] = {}
    for written, hours in raw.items():
        key = str(written)
        try:
            days = _days_named(key)
            for day in days:
                other = taken.setdefault((len(days), day), key)
                if other != key:
                    raise QuantityFault(
                        Message(
                            "'{one}' and '{other}' say something of the same day; the one of fewer "
                            "days would go before, but these have as many",
                            one=other,
                            other=key,
                        )
                    )
            week[key] = _read_hours(hours, kind, is_holiday=key == HOLIDAYS)
        except QuantityFault as fault:
            raise fault.under(key) from fault
    return week


def week_field(kind: str | None) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return how a field that is a week is read, and what an editor is told about it."""
    return (
        BeforeValidator(lambda raw: read_week(raw, kind)),
        WithJsonSchema(
            {
                "type": "object",
                "description": f"Days ({DAYS_EXAMPLE}) with their hours ({HOURS_EXAMPLE}).",
            }
        ),
    )


_weights, _counts, _openings = week_field("number"), week_field("count"), week_field(MOMENTS)
WeekOfWeights = Annotated[Week, _weights[0], _weights[1]]
WeekOfCounts = Annotated[Week, _counts[0], _counts[1]]
WeekOfOpenings = Annotated[Week, _openings[0], _openings[1]]


def read_time_of_day(raw: Any) -> int:
    """Return the minutes after midnight of a time of the day such as `09:00`.

    Raises
    ------
    QuantityFault
        Anything else.
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    match = _TIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
    minutes = MINUTES_PER_DAY if match is None else 60 * int(match[1]) + int(match[2])
    if match is None or int(match[2]) > 59 or minutes >= MINUTES_PER_DAY:
        raise QuantityFault(
            Message("expected a time of the day such as '09:00'; found {found}", found=show(raw))
        )
    return minutes


TimeOfDay = Annotated[
    int, BeforeValidator(read_time_of_day), WithJsonSchema({"type": "string", "example": "09:00"})
]


def read_minutes(raw: Any) -> int:
    """Return the whole minutes of a length such as `30 minutes` or `1 hour`, at most a day.

    Raises
    ------
    QuantityFault
        Anything else.
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    length = read_value(raw, "duration")
    minutes = round(length.number * MINUTES_PER_DAY)
    is_whole = abs(minutes - length.number * MINUTES_PER_DAY) < 1e-6
    if not (is_whole and 1 <= minutes <= MINUTES_PER_DAY) or length.working or length.changes:
        raise QuantityFault(
            Message(
                "expected whole minutes, such as '30 minutes', at most a day; found {found}",
                found=show(raw),
            )
        )
    return minutes


Minutes = Annotated[
    int, BeforeValidator(read_minutes), WithJsonSchema({"type": "string", "example": "30 minutes"})
]


def at_time(day: float, minutes: int) -> float:
    """Return a moment in days: so many minutes after midnight of a day.

    Parameters
    ----------
    day : float
        A whole number of days since the start.
    minutes : int
        After midnight.
    """
    # The nearest number to this moment: of whole minutes, divided once.
    return (day * MINUTES_PER_DAY + minutes) / MINUTES_PER_DAY


def spans_of(week: Week, calendar: Calendar) -> list[WeekSpan]:
    """Return when something holds in a run, in order, from the start to the horizon.

    Parameters
    ----------
    week : Week
        Days with their hours.
    calendar : Calendar
        The flow's calendar.
    """
    rules = _Rules(week)
    found = []
    for day in range(int(calendar.horizon)):
        when = calendar.start + timedelta(days=day)
        for begin, end, value in rules.hours_on(when, is_holiday=calendar.is_holiday(day)):
            found.append(WeekSpan(at_time(day, begin), at_time(day, end), value))
    return found


def moments_of(week: Week, slot: int | None, calendar: Calendar) -> list[float]:
    """Return the moments of a run that a week names, in order; of hours, one every so often.

    Parameters
    ----------
    week : Week
        Days with their moments or hours.
    slot : int or None
        How many minutes lie between two moments of named hours; None for the first alone.
    calendar : Calendar
        The flow's calendar.
    """
    rules = _Rules(week)
    found = []
    for day in range(int(calendar.horizon)):
        when = calendar.start + timedelta(days=day)
        for begin, end, _ in rules.hours_on(when, is_holiday=calendar.is_holiday(day)):
            step = slot or MINUTES_PER_DAY
            found += [at_time(day, minute) for minute in range(begin, max(end, begin + 1), step)]
    return found


def has_hours(week: Week) -> bool:
    """Tell whether a week names hours, and not moments alone."""
    return any(begin < end for hours in week.values() for begin, end, _ in _minutes_of(hours))


def usual_hours(week: Week) -> list[tuple[int, Quantity | None]]:
    """Return the hours of a week without holidays and dates: so many minutes, and what holds."""
    rules = _Rules(week)
    return [
        (end - begin, value)
        for day in range(len(WEEKDAYS))
        for begin, end, value in rules.hours_of_weekday(day)
    ]


class _Rules:
    """What a week says of any day."""

    def __init__(self, week: Week) -> None:
        self.holidays = week.get(HOLIDAYS)
        named = {key: _days_named(key) for key in week if key != HOLIDAYS}
        # What is said of fewer days goes before.
        order = sorted(named, key=lambda key: len(named[key]), reverse=True)
        self.by_day: dict[object, Hours] = {}
        for key in order:
            self.by_day.update(dict.fromkeys(named[key], week[key]))

    def hours_on(
        self, when: date, *, is_holiday: bool
    ) -> Iterator[tuple[int, int, Quantity | None]]:
        """Yield the hours of a date: begin and end in minutes, and what holds."""
        if when in self.by_day:
            yield from _minutes_of(self.by_day[when])
        elif is_holiday and self.holidays is not None and AS_USUAL not in self.holidays:
            yield from _minutes_of(self.holidays)
        else:
            like_sunday = is_holiday and self.holidays is None
            yield from self.hours_of_weekday(SUNDAY if like_sunday else when.weekday())

    def hours_of_weekday(self, day: int) -> Iterator[tuple[int, int, Quantity | None]]:
        """Yield the hours of a weekday that is nothing else."""
        yield from _minutes_of(self.by_day.get(day, {}))


def _days_named(key: str) -> tuple[object, ...]:
    """Return the days that a key names: numbers of weekdays, dates, or the word for holidays."""
    if key == HOLIDAYS:
        return (HOLIDAYS,)
    dates = _DATES.fullmatch(key)
    if dates is not None:
        first = read_date(dates[1])
        last = read_date(dates[2] or dates[1])
        if last < first:
            raise QuantityFault(Message("ends before it begins"))
        return tuple(first + timedelta(days=k) for k in range((last - first).days + 1))
    words = re.split(r"\s*-\s*", key.strip())
    numbers = [_weekday(word, key) for word in words]
    if len(numbers) > 2 or (len(numbers) == 2 and numbers[1] <= numbers[0]):
        raise _no_such_day(key)
    return tuple(range(numbers[0], numbers[-1] + 1))


def _weekday(word: str, key: str) -> int:
    if word not in WEEKDAYS:
        raise _no_such_day(key)
    return WEEKDAYS.index(word)


def _no_such_day(key: str) -> QuantityFault:
    words = re.split(r"\s*-\s*", key.strip().lower())
    english = "-".join(_MEANT.get(word[:3], word[:3]) for word in words)
    is_known = all(word in WEEKDAYS for word in english.split("-"))
    return QuantityFault(
        Message(
            "expected days such as {wanted}; found {found}{meant}",
            wanted=DAYS_EXAMPLE,
            found=show(key),
            meant=did_you_mean(english, [english]) if is_known and english != key else "",
        )
    )


def _read_hours(raw: Any, kind: str | None, *, is_holiday: bool) -> Hours:
    if isinstance(raw, Mapping) and all(
        value is None or isinstance(value, Quantity) for value in raw.values()
    ):
        return dict(raw)
    if raw == OFF:
        return {}
    if is_holiday and raw == AS_USUAL:
        return {AS_USUAL: None}
    if isinstance(raw, Mapping) and not is_written_out(raw):
        if kind is None or kind == MOMENTS:
            raise _no_such_hours(raw)
        hours: Hours = {}
        for written, value in raw.items():
            try:
                _hours_written(str(written))
                hours[str(written)] = read_value(value, kind)
            except QuantityFault as fault:
                raise fault.under(str(written)) from fault
        return _without_overlap(hours)
    parts = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    if kind == MOMENTS or (
        isinstance(raw, str | list | tuple) and (kind is None or _LIKE_HOURS.search(str(raw)))
    ):
        written = [_hours_written(part, or_moment=kind == MOMENTS) for part in parts]
        for part in written:
            if written.count(part) > 1:
                raise QuantityFault(Message("'{hours}' stands twice", hours=part))
        return _without_overlap(dict.fromkeys(written))
    if kind is None:
        raise _no_such_hours(raw)
    return {ALL_DAY: read_value(raw, kind)}


def _hours_written(raw: Any, *, or_moment: bool = False) -> str:
    words = raw.strip() if isinstance(raw, str) else ""
    if not words or (_TIME.fullmatch(words) and not or_moment):
        raise _no_such_hours(raw)
    _minutes(words)
    return words


def _without_overlap(hours: Hours) -> Hours:
    order = sorted((*_minutes(key), key) for key in hours)
    for (_, end, one), (begin, _, other) in pairwise(order):
        if begin < end:
            raise QuantityFault(
                Message("the hours '{one}' and '{other}' overlap", one=one, other=other)
            )
    return {key: hours[key] for _, _, key in order}


def _minutes_of(hours: Hours) -> Iterator[tuple[int, int, Quantity | None]]:
    for key, value in hours.items():
        yield *_minutes(key), value


def _minutes(key: str) -> tuple[int, int]:
    """Return the beginning and the end of written hours, in minutes after midnight."""
    if key == ALL_DAY:
        return 0, MINUTES_PER_DAY
    if key == AS_USUAL:
        return 0, 0
    if _TIME.fullmatch(key):
        return (read_time_of_day(key),) * 2
    match = _HOURS.fullmatch(key.strip())
    if match is None:
        raise _no_such_hours(key)
    begin, end = (60 * int(match[k]) + int(match[k + 1]) for k in (1, 3))
    if int(match[2]) > 59 or int(match[4]) > 59 or end > MINUTES_PER_DAY:
        raise _no_such_hours(key)
    if end <= begin:
        raise QuantityFault(
            Message(
                "the hours '{hours}' end before they begin; what goes on beyond midnight is "
                "written on both days: to 24:00, and from 00:00",
                hours=key,
            )
        )
    return begin, end


def _no_such_hours(raw: Any) -> QuantityFault:
    return QuantityFault(
        Message(
            "expected hours such as '{example}', or '{off}'; found {found}",
            example=HOURS_EXAMPLE,
            off=OFF,
            found=show(raw),
        )
    )
