"""What a municipality counts each month: who came where, who is where at the month's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import Calendar, add_months
from pilotsim.measures.monthly import MonthMarks, counted_clients
from pilotsim.model.flow import Flow
from pilotsim.simulation.compile import ORIGINS
from pilotsim.simulation.journeys import Journeys

__all__ = ["KINDS", "MonthlyCount", "calendar_months", "count_months"]

CountKind = Literal["reached", "started", "finished", "in", "served", "waiting", "state", "known"]
KINDS: tuple[CountKind, ...] = get_args(CountKind)
# Counted over the month; all others at its end.
OVER_THE_MONTH = ("reached", "started", "finished")


@dataclass(frozen=True)
class MonthlyCount:
    """One count of each month.

    Parameters
    ----------
    kind : str
        Over the month, `reached`, `started` or `finished` a stage; at its end, `in` it, `served`
        in it, `waiting` for it, or in a `state`; `known`, who have come so far at all.
    names : tuple of str
        The stages; the state alone for `state`, none for `known`.
    from_stages : tuple of str
        For `reached`: only those who came straight from one of these.
    groups : tuple of str
        Of which groups; all unless given, for `state` those that a register counts.
    """

    kind: CountKind
    names: tuple[str, ...] = ()
    from_stages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def over_the_month(self) -> bool:
        """Whether it counts what happened in the month, rather than who is there at its end."""
        return self.kind in OVER_THE_MONTH

    @property
    def key(self) -> str:
        """Its name for programs."""
        parts = [self.kind, "+".join(self.names)]
        if self.from_stages:
            parts += ["from", "+".join(self.from_stages)]
        if self.groups:
            parts += ["of", "+".join(self.groups)]
        return ".".join(part for part in parts if part)

    def stages_of(self, flow: Flow) -> tuple[str, ...]:
        """Return the stages in which it counts."""
        if self.kind != "state":
            return self.names
        return tuple(name for name, stage in flow.stages.items() if stage.counts_as in self.names)


def calendar_months(calendar: Calendar) -> tuple[list[date], Floats]:
    """Return the months that a run lies in, by their first day, and the days that close them.

    Returns
    -------
    months : list of date
    marks : ndarray of float, shape (months + 1,)
        The first is the start of the run, the last its horizon.
    """
    starts = calendar.month_starts()
    first = calendar.start.replace(day=1)
    months = [add_months(first, k) for k in range(len(starts))]
    return months, np.array([*starts, calendar.horizon])


def count_months(journeys: Journeys, counts: Sequence[MonthlyCount]) -> Ints:
    """Return each count in each calendar month of each replication.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    counts : sequence of MonthlyCount
        What is counted.

    Returns
    -------
    ndarray of int, shape (replications, months, counts)
    """
    _, days = calendar_months(journeys.plan.calendar)
    marks = MonthMarks(days)
    found = [_count(journeys, one, marks) for one in counts]
    shape = (len(journeys.plans), len(days) - 1, len(counts))
    return np.array(found, np.int64).reshape(shape[2], shape[0], shape[1]).transpose(1, 2, 0)


def _count(journeys: Journeys, count: MonthlyCount, marks: MonthMarks) -> Ints:
    clients = _clients(journeys, count)
    if count.kind == "known":
        chosen = np.flatnonzero(clients & (journeys.cohort.arrives < journeys.plan.horizon))
        come = marks.first_at(journeys.cohort.arrives[chosen])
        return _cumulated(journeys.run_of[chosen], come, len(journeys.plans), marks)[:, 1:]
    if count.from_stages:
        part = journeys.visits_to(count.from_stages)
        wanted = np.array([name in count.names for name in journeys.plan.flow.stages])
        rows = (part.next >= 0) & wanted[part.next]
        return _happened(part, rows & clients[part.client], part.finished, marks)
    part = journeys.visits_to(count.stages_of(journeys.plan.flow))
    chosen_rows = clients[part.client]
    if count.over_the_month:
        moments = {
            "reached": part.joined,
            "started": part.started,
            "finished": np.where(part.next >= 0, part.finished, np.nan),
        }[count.kind]
        return _happened(part, chosen_rows & ~_there_at_start(part, count), moments, marks)
    begins, ends = part.joined, part.until
    if count.kind == "waiting":
        ends = part.began
    elif count.kind == "served":
        begins = part.started
        chosen_rows = chosen_rows & ~np.isnan(begins)
    rows_there = np.flatnonzero(chosen_rows)
    runs, size = part.run[rows_there], len(journeys.plans)
    # What happens as the next month begins belongs to that.
    came, went = (
        _cumulated(runs, np.searchsorted(marks.days, moments[rows_there], "right"), size, marks)
        for moments in (begins, ends)
    )
    return (came - went)[:, 1:]


def _clients(journeys: Journeys, count: MonthlyCount) -> Bools:
    """Return whom a count is of, shape (clients,)."""
    if count.groups:
        wanted = [name in count.groups for name in journeys.plan.flow.groups]
        return np.array(wanted)[journeys.cohort.group]
    if count.kind == "state":
        return counted_clients(journeys)
    return np.ones(len(journeys.cohort), np.bool_)


def _there_at_start(part: Journeys, count: MonthlyCount) -> Bools:
    """Return the visits of those who stood there when the run began: they came from nowhere."""
    if count.kind == "finished":
        return np.zeros(len(part), np.bool_)
    assert ORIGINS[0] == "stock"
    return np.asarray((part.visit == 0) & (part.cohort.origin[part.client] == 0))


def _happened(part: Journeys, rows: Bools, moments: Floats, marks: MonthMarks) -> Ints:
    """Return how often something happened in each month, shape (replications, months)."""
    with np.errstate(invalid="ignore"):
        inside = rows & (moments >= 0.0) & (moments < marks.days[-1])
    chosen = np.flatnonzero(inside)
    months = len(marks) - 1
    cell = part.run[chosen] * months + marks.month_of(moments[chosen])
    size = len(part.plans)
    return np.bincount(cell, minlength=size * months).reshape(size, months)


def _cumulated(runs: Ints, first: Ints, size: int, marks: MonthMarks) -> Ints:
    """Return how many have come by each mark, shape (replications, marks)."""
    cells = len(marks) + 1
    table = np.bincount(runs * cells + first, minlength=size * cells).reshape(size, cells)
    return np.asarray(np.cumsum(table, axis=1)[:, :-1])
