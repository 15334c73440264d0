"""A programme that begins later, in the same world: its openings move, and nothing else does.

Another start of the flow moves the whole world: who is there at the start, what is dated, and the
horizon. What is meant by a pilot that begins three months later is another date on which its stages
first open. Who is there, who comes, what becomes of anything from a date on, and when the flow ends
stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pilotsim.base.calendar import Calendar, add_months
from pilotsim.model.flow import Flow
from pilotsim.model.stages import Opening
from pilotsim.model.ways import programme_stages

__all__ = ["first_opening", "opened_later"]

DAYS_PER_WEEK = 7


def first_opening(flow: Flow) -> date | None:
    """Return the day on which a programme first draws anybody; None where it never does."""
    calendar = flow.make_calendar()
    days = [
        day
        for stage in flow.stages.values()
        if stage.draws_from is not None
        for day in stage.opening_days(calendar)[:1]
    ]
    return calendar.date_of(min(days)) if days else None


def opened_later(flow: Flow, months: int) -> dict[str, str]:
    """Return what is set for the programme of a flow to begin so many months later.

    Parameters
    ----------
    flow : Flow
        The flow.
    months : int
        By how many months.

    Returns
    -------
    dict
        By path what stands there instead, as a file writes it; empty where nobody is drawn into a
        programme.
    """
    found: dict[str, str] = {}
    calendar = flow.make_calendar()
    for name in programme_stages(flow):
        stage = flow.stages[name]
        opens = stage.opens
        if opens is None:
            continue
        for key, dates in _dates(opens, stage.draws_from is not None, flow.starts).items():
            moved = [_later(when, months, opens, calendar).isoformat() for when in dates]
            written = moved[0] if key == "first" else f"[{', '.join(moved)}]"
            found[f"stages.{name}.opens.{key}"] = written
    return found


def _dates(opens: Opening, draws: bool, starts: date) -> Mapping[str, tuple[date, ...]]:
    """Return the dates that a stage opens by; of one that nobody is drawn into those that it says.

    Others are open from the start on: they wait for whoever comes.
    """
    if opens.on:
        return {"on": opens.on}
    if opens.first is not None or draws:
        return {"first": (opens.first or starts,)}
    return {}


def _later(when: date, months: int, opens: Opening, calendar: Calendar) -> date:
    """Return an opening so many months later: on the weekday that it was, where weeks are counted.

    What opens from month to month, or at dates, does so on the same day of the month, or on the
    next working day where it opens on working days only.
    """
    moved = add_months(when, months)
    if opens.every is not None and opens.every.unit != "months":
        return moved + timedelta(days=(when.weekday() - moved.weekday()) % DAYS_PER_WEEK)
    while opens.next_working_day and not calendar.is_working_day((moved - calendar.start).days):
        moved += timedelta(days=1)
    return moved
