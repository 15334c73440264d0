"""A start that is taken from a long run of the same flow: the flow as it stood so long before."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta

from pydantic import Field

from pilotsim.base.calendar import Calendar, OpeningInterval, add_months
from pilotsim.base.quantity import Quantity, read_value
from pilotsim.base.units import whole_months
from pilotsim.model.fields import Length, Record

__all__ = ["StartsFrom", "anchored", "start_of"]


class StartsFrom(Record):
    """Where those come from who are there at the start."""

    long_run: Length = Field(
        description="The flow has run for so long by then, without the programme."
    )


def start_of(starts: date, long_run: Quantity) -> date:
    """Return when a long run begins that ends where a flow starts.

    Parameters
    ----------
    starts : date
        The flow's first date.
    long_run : Quantity
        How long it has run by then.

    Raises
    ------
    ValueError, OverflowError
        Before the first date there is.
    """
    months = whole_months(long_run.written)
    if months is not None:
        return add_months(starts, -months)
    return starts - timedelta(days=round(long_run.number))


def anchored(every: OpeningInterval, starts: date, calendar: Calendar) -> date:
    """Return a first date such that a schedule meets a flow's start, as early as there is one.

    Parameters
    ----------
    every : OpeningInterval
        The distance between two dates of the schedule.
    starts : date
        A date of it.
    calendar : Calendar
        That of the long run, which begins before.
    """
    if every.unit == "months":
        months = 12 * (starts.year - calendar.start.year) + starts.month - calendar.start.month
        for steps in range(months // every.number, 0, -1):
            first = add_months(starts, -steps * every.number)
            # The last day of a short month is no day to go on from.
            if first >= calendar.start and first.day == starts.day:
                return first
        return starts
    days = (starts - calendar.start).days
    if every.unit == "working days":
        worked = calendar.worked
        reached = worked[days] % every.number
        at = bisect_right(worked, reached) - 1
        return calendar.start + timedelta(days=min(at, days))
    step = every.number * (7 if every.unit == "weeks" else 1)
    return starts - timedelta(days=step * (days // step))


def length_in_days(days: int, slot: int) -> Quantity:
    """Return a length of so many days, in the slot of another."""
    length: Quantity = read_value(f"{days} days", "duration")
    object.__setattr__(length, "slot", slot)
    return length
