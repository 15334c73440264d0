"""The calendar of a flow: days since its start, months, working days, opening dates.

Time in pilotsim is a number of days since midnight on the flow's first date. A rate "per month"
counts a month as 365.25 / 12 days; an opening "every 1 month" follows the calendar.
"""

from __future__ import annotations

import calendar as month_lengths
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from math import ceil, inf, isfinite

from pilotsim.base.arrays import Indexed
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.public_holidays import known_years, public_holidays
from pilotsim.base.ticks import TICKS_PER_DAY, to_days, to_ticks

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
HOURS_PER_WORKING_DAY = 7.5
HOURS_PER_DAY = 24.0
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY


def add_months(start: date, months: int) -> date:
    """Return the same day some months later, or the last day of a month that has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return day_in_month(date(year, month + 1, 1), start.day)


def day_in_month(month: date, day: int) -> date:
    """Return a day of a date's month, or the month's last day where there is no such day."""
    last = month_lengths.monthrange(month.year, month.month)[1]
    return month.replace(day=min(day, last))


@dataclass(frozen=True)
class OpeningInterval:
    """How often something opens: a whole number of days, weeks, working days or months."""

    number: int
    unit: str


class Calendar:
    """Days since a flow's start, with the working days and holidays of a country.

    Parameters
    ----------
    start : date
        Day 0.
    end : date
        The horizon; the first day that is no longer simulated.
    country : str
        ISO 3166 code, `NO` for Norway.
    """

    def __init__(self, start: date, end: date, country: str = "NO") -> None:
        self.start, self.end, self.country = start, end, country
        self.horizon = float((end - start).days)
        years = tuple(range(start.year, end.year + 2))
        self._holidays = public_holidays(country, years)
        self._worked = self._count_worked(int(self.horizon) + 1)

    @property
    def knows_working_days(self) -> bool:
        """Whether the public holidays of all its days are known."""
        first, last = known_years(self.country)
        return first <= self.start.year and (self.end - timedelta(days=1)).year <= last

    def _count_worked(self, days: int) -> list[int]:
        worked = [0]
        for day in range(days):
            worked.append(worked[-1] + self.is_working_day(day))
        return worked

    @property
    def worked(self) -> list[int]:
        """Working days before the start of each day, one more entry than there are days.

        Raises
        ------
        RequestError
            The public holidays of some years are not known.
        """
        if not self.knows_working_days:
            raise RequestError(self.unknown_working_days())
        return self._worked

    def unknown_working_days(self) -> str:
        """Return what to say where working days are asked for that are not known."""
        first, last = known_years(self.country)
        if self.start.year < first:
            return Message(
                "working days are counted, but the public holidays of '{country}' are known only "
                "from {year} on; the run starts on {start}",
                country=self.country,
                year=str(first),
                start=self.start,
            )
        return Message(
            "working days are counted, but the public holidays of '{country}' are known only up to "
            "{year}; the run ends on {end}",
            country=self.country,
            year=str(last),
            end=self.end,
        )

    def date_of(self, day: float) -> date:
        """Return the date on which this time lies."""
        return self.start + timedelta(days=int(day // 1))

    def day_of(self, when: date) -> float:
        """Return the days from the start to midnight on a date; negative before the start."""
        return float((when - self.start).days)

    def is_working_day(self, day: int) -> bool:
        """Tell whether a day is Monday to Friday and no public holiday."""
        when = self.start + timedelta(days=day)
        return when.weekday() < 5 and when not in self._holidays

    def is_holiday(self, day: int) -> bool:
        """Tell whether a day is a public holiday; Sundays are none by themselves."""
        return self.start + timedelta(days=day) in self._holidays

    def next_working_day(self, day: float) -> float:
        """Return the first working day at or after a day."""
        return next(float(d) for d in count(ceil(day)) if self.is_working_day(d))

    def openings(
        self, every: OpeningInterval, first: date, *, on_working_days: bool = False
    ) -> list[float]:
        """Return the days from 0 up to the horizon on which something opens, in order.

        A day stands there as often as openings fall on it.

        Parameters
        ----------
        every : OpeningInterval
            The distance between two openings.
        first : date
            The first opening; those before the flow's start are left out. Working days are counted
            from the flow's start, if it is later.
        on_working_days : bool
            Move an opening on a day off to the next working day.
        """
        days: list[float] = []
        number = 0
        while (day := self._opening(every, first, number)) < self.horizon:
            number += 1
            day = self.next_working_day(day) if on_working_days and day >= 0 else day
            if 0 <= day < self.horizon:
                days.append(day)
        return days

    def _opening(self, every: OpeningInterval, first: date, number: int) -> float:
        if every.unit == "months":
            return self.day_of(add_months(first, number * every.number))
        if every.unit == "working days":
            begun = max(self.day_of(first), 0.0)
            if begun >= self.horizon:
                return inf
            at = bisect_right(self._worked, self._worked[int(begun)] + number * every.number) - 1
            return float(at) if at < self.horizon else inf
        return self.day_of(first) + number * every.number * (7 if every.unit == "weeks" else 1)

    def month_starts(self) -> list[float]:
        """Return the days on which calendar months begin, day 0 first."""
        first = self.start.replace(day=1)
        starts = [self.day_of(add_months(first, k)) for k in range(1, int(self.horizon // 28) + 2)]
        return [0.0, *(day for day in starts if day < self.horizon)]

    def marks(self) -> list[float]:
        """Return the days that close each month of the pilot; the last is the horizon."""
        days = [
            self.day_of(add_months(self.start, k)) for k in range(1, int(self.horizon // 28) + 2)
        ]
        inside = [day for day in days if day < self.horizon]
        return [0.0, *inside, self.horizon]


def work_until(worked: Indexed[int], start: float, amount: float) -> float:
    """Return when a piece of work of a number of working days is done.

    The one definition of working time: both engines use it. Work goes on through the whole of each
    working day and rests on all others. Work that ends with a day ends at the midnight that closes
    it. What would end beyond the last day never ends.

    Parameters
    ----------
    worked : sequence of int, length days + 1
        The working days before the start of each day.
    start : float
        When the work begins, in ticks.
    amount : float
        How much it takes, in ticks of work: a working day has as many as a day.

    Returns
    -------
    float
        In ticks; infinite for work that never ends.
    """
    if not isfinite(amount) or start >= (len(worked) - 1) * TICKS_PER_DAY:
        return inf
    day = int(start / TICKS_PER_DAY)
    today = start - day * TICKS_PER_DAY
    goal = worked[day] * TICKS_PER_DAY + (worked[day + 1] - worked[day]) * today + amount
    if amount <= 0:
        return start
    if goal > worked[len(worked) - 1] * TICKS_PER_DAY:
        return inf
    low, high = day, len(worked) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if worked[middle] * TICKS_PER_DAY < goal:
            low = middle
        else:
            high = middle
    return max(start, low * TICKS_PER_DAY + (goal - worked[low] * TICKS_PER_DAY))


def work_until_day(worked: Indexed[int], start: float, amount: float) -> float:
    """Return `work_until` of a time in days and an amount in working days, in days.

    Parameters
    ----------
    worked : sequence of int, length days + 1
        The working days before the start of each day.
    start : float
        When the work begins, in days.
    amount : float
        How many working days it takes.
    """
    return to_days(work_until(worked, to_ticks(start), to_ticks(amount)))
