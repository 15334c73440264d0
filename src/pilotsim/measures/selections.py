"""Selections: which clients, or which visits, of a run are meant. Pure functions of journeys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.calendar import Calendar, add_months, day_in_month, work_until_day
from pilotsim.base.quantity import Quantity
from pilotsim.base.ticks import on_tick, on_ticks
from pilotsim.base.units import whole_months
from pilotsim.model.flow import Flow
from pilotsim.model.targets import ENTRY, Selection, Since
from pilotsim.simulation.compile import ORIGINS
from pilotsim.simulation.journeys import FIRST_RISK, Journeys
from pilotsim.simulation.population import category_name


def select(
    journeys: Journeys,
    selection: Selection | None,
    clocked_by: Journeys | None = None,
    *,
    at_most: bool = False,
) -> Bools:
    """Return which clients are known to be in a selection.

    What the run ends too soon to tell is not known: whether a client does something within a year
    that began half a year before the end, where it is a year after a start so late. Such a client
    is in no selection, neither in one that says so nor in one that says `none` of it.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    selection : Selection or None
        All clients are selected for None.
    clocked_by : Journeys, optional
        The same clients in another world. The moments that `after` stands for, in the selection and
        in those inside it, are those of that world.
    at_most : bool
        Return instead which clients may be in it, whatever is still to come.

    Returns
    -------
    ndarray of bool, shape (clients,)
        Not to be written to: callers share it.
    """
    if selection is None:
        return np.ones(len(journeys.cohort), np.bool_)
    if clocked_by is not None and clocked_by is not journeys:
        return _select(journeys, selection, clocked_by, at_most=at_most)
    key = select, selection.key, at_most
    found: Bools | None = journeys.memory.get(key)
    if found is None:
        found = journeys.memory[key] = _select(journeys, selection, journeys, at_most=at_most)
        found.flags.writeable = False
    return found


def _select(
    journeys: Journeys, selection: Selection, clocked_by: Journeys, *, at_most: bool
) -> Bools:
    chosen = _of_kind(journeys, selection, clocked_by, at_most=at_most)
    if selection.moved:
        part = _where_it_moves(journeys, selection)
        has_moved = with_visits(part, _moves(part, selection, clocked_by))
        if at_most and selection.within is not None:
            names = selection.after or ()
            has_moved |= ~is_over(clocked_by, names, selection.within) & ~kept_out(
                clocked_by, names
            )
        chosen &= has_moved
    if selection.any_of is not None:
        parts = [select(journeys, one, clocked_by, at_most=at_most) for one in selection.any_of]
        chosen &= np.any(parts, axis=0)
    for one in selection.none_of or ():
        chosen &= ~select(journeys, one, clocked_by, at_most=not at_most)
    return chosen


def followed(
    journeys: Journeys, selection: Selection | None, clocked_by: Journeys | None = None
) -> Bools:
    """Return which clients the run follows for as long as a selection needs, shape (clients,).

    Whether they are in it or not: who is left out for want of time must not hang on what happened.
    Nobody follows who was deterred and never came to the stage: see `kept_out_of`.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    selection : Selection or None
        A selection with its parts. One without `within` and `at ... after` needs no time.
    clocked_by : Journeys, optional
        The same clients in another world, whose moments `after` stands for.
    """
    clock = clocked_by or journeys
    enough = ~kept_out_of(clock, selection)
    if selection is None:
        return enough
    for one in parts_of(selection):
        if one.within is not None:
            enough &= is_over(clock, one.after or (), one.within)
        if isinstance(one.at, Since):
            enough &= is_over(clock, (one.at.stage,), one.at.length)
    return enough


def parts_of(selection: Selection) -> Iterator[Selection]:
    """Yield a selection and all that stand inside it."""
    yield selection
    for one in (*(selection.any_of or ()), *(selection.none_of or ())):
        yield from parts_of(one)


def kept_out_of(journeys: Journeys, selection: Selection | None) -> Bools:
    """Return who was deterred and never came to a stage that a selection counts from.

    Of these the question cannot be asked: how they fare after a stage that the programme kept them
    from is neither a yes nor a no. Shape (clients,).
    """
    kept = np.zeros(len(journeys.cohort), np.bool_)
    for one in () if selection is None else parts_of(selection):
        if one.after is not None:
            kept |= kept_out(journeys, one.after)
        if isinstance(one.at, Since):
            kept |= kept_out(journeys, (one.at.stage,))
    return kept


def kept_out(journeys: Journeys, names: Sequence[str]) -> Bools:
    """Return who was deterred, and joined none of the stages later either, shape (clients,)."""
    if ENTRY in names or all(group.deterred is None for group in journeys.plan.groups):
        return np.zeros(len(journeys.cohort), np.bool_)
    return deterred(journeys) & np.isinf(first_joined(journeys, names))


def deterred(journeys: Journeys) -> Bools:
    """Return whom the programme kept from coming, shape (clients,).

    They begin where such clients are instead, and not where their group does.
    """
    found: Bools | None = journeys.memory.get((deterred,))
    if found is not None:
        return found
    groups = journeys.plan.groups
    home = np.array([group.home for group in groups])
    instead = np.array([-1 if one.deterred is None else one.deterred.to for one in groups])
    begins = journeys.visit == 0
    whose = journeys.client[begins]
    stage = journeys.stage[begins]
    group = journeys.cohort.group[whose]
    found = journeys.memory[deterred,] = np.zeros(len(journeys.cohort), np.bool_)
    is_new = journeys.cohort.origin[whose] != 0
    found[whose] = is_new & (stage == instead[group]) & (stage != home[group])
    found.flags.writeable = False
    return found


def is_over(journeys: Journeys, names: Sequence[str], length: Quantity) -> Bools:
    """Return for which clients a time after first joining a stage is over at the end of the run.

    For who never joined it, the time from the client's own start counts: who had so long a time and
    did not join has done nothing in it. A length in whole months is over by the calendar.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    names : sequence of str
        The stages, of which the first that is joined counts; or `ENTRY`.
    length : Quantity
        How long.

    Returns
    -------
    ndarray of bool, shape (clients,)
    """
    since = first_moment(journeys, names)
    begins = np.where(np.isfinite(since), since, first_moment(journeys, (ENTRY,)))
    horizon = journeys.plan.horizon
    if length.working:
        return later(journeys, begins, length) <= horizon
    latest = on_tick(horizon - length.number)
    months = whole_months(length.written)
    if months is not None:
        calendar = journeys.plan.calendar
        latest = max(latest, calendar.day_of(add_months(calendar.end, -months)))
    return np.asarray(begins <= latest)


def select_visits(
    journeys: Journeys, selection: Selection | None, *, at_most: bool = False
) -> Bools:
    """Return which visits are in a selection, shape (visits,).

    Those that did what it says, of the clients that it means.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    selection : Selection or None
        All visits are selected for None.
    at_most : bool
        Return instead those that may be in it, whatever is still to come.
    """
    if selection is None:
        return np.ones(len(journeys), np.bool_)
    chosen = _of_kind(journeys, selection, journeys, at_most=at_most)[journeys.client]
    if selection.moved:
        chosen &= _moves(journeys, selection, journeys)
    if selection.any_of is not None:
        parts = [select_visits(journeys, one, at_most=at_most) for one in selection.any_of]
        chosen &= np.any(parts, axis=0)
    for one in selection.none_of or ():
        chosen &= ~select_visits(journeys, one, at_most=not at_most)
    return chosen


def _of_kind(
    journeys: Journeys, selection: Selection, clocked_by: Journeys, *, at_most: bool
) -> Bools:
    """Return which clients are of a selection's groups, origin and traits, and where it says."""
    chosen = np.ones(len(journeys.cohort), np.bool_)
    if selection.groups is not None:
        wanted_groups = [name in selection.groups for name in journeys.plan.flow.groups]
        chosen &= np.array(wanted_groups)[journeys.cohort.group]
    if selection.origin is not None:
        is_stock = journeys.cohort.origin == 0
        is_stock |= journeys.cohort.arrives < counted_from(journeys)
        chosen &= is_stock == (selection.origin == ORIGINS[0])
    for trait, wanted in (selection.traits or {}).items():
        chosen &= _with_trait(journeys, trait, wanted)
    if selection.state is not None or selection.in_stage is not None:
        chosen &= _is_there(journeys, selection, clocked_by, at_most=at_most)
    return chosen


def _with_trait(journeys: Journeys, trait: str, wanted: bool | str) -> Bools:
    values = journeys.cohort.traits[trait]
    if isinstance(wanted, bool):
        return values > 0.0 if wanted else values <= 0.0
    numbers = [
        number
        for number in np.unique(values)
        if category_name(journeys.plan, trait, number) == wanted
    ]
    return np.isin(values, numbers)


def _where_it_moves(journeys: Journeys, selection: Selection) -> Journeys:
    """Return only the visits in which a selection's move may happen: a few of all."""
    stages = selection.reached or selection.started or selection.finished or selection.left
    return journeys if stages is None else journeys.visits_to(stages)


def _moves(journeys: Journeys, selection: Selection, clocked_by: Journeys) -> Bools:
    """Return the visits in which happened what a selection says, shape (visits,).

    A stage was reached, started, finished or left, or left by a risk.
    """
    rows, moments = _events(journeys, selection)
    rows = rows & (moments >= counted_from(journeys))
    if selection.to is not None:
        rows = rows & _goes_to(journeys, selection.to)
    if selection.between is not None:
        first, last = days_of(journeys.plan.calendar, selection.between)
        rows = rows & (moments >= first) & (moments < last)
    if selection.after is not None:
        since = first_moment(clocked_by, selection.after)
        rows = rows & (moments >= since[journeys.client])
        if selection.within is not None:
            latest = later(journeys, since, selection.within)
            rows = rows & (moments <= latest[journeys.client])
    return rows


def first_move(journeys: Journeys, selection: Selection, clocked_by: Journeys) -> Floats:
    """Return when each client first did what a selection says, however late, shape (clients,).

    In days from the start; `inf` for a client that never did.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    selection : Selection
        One that says that something happened, after a moment of the client's own.
    clocked_by : Journeys
        The same clients, in the world whose moments `after` stands for.
    """
    part = _where_it_moves(journeys, selection)
    rows, moments = _events(part, selection)
    if selection.to is not None:
        rows = rows & _goes_to(part, selection.to)
    since = first_moment(clocked_by, selection.after or ())
    chosen = np.flatnonzero(rows & (moments >= since[part.client]))
    first = np.full(len(journeys.cohort), math.inf)
    np.minimum.at(first, part.client[chosen], moments[chosen])
    return first


def _events(journeys: Journeys, selection: Selection) -> tuple[Bools, Floats]:
    """Return the visits that a selection's move is about, and when it happened in each."""
    if selection.left_by is not None:
        risk = list(journeys.plan.flow.risks).index(selection.left_by)
        return journeys.cause == FIRST_RISK + risk, journeys.finished
    if selection.reached is not None:
        return in_stages(journeys, selection.reached), journeys.joined
    if selection.started is not None:
        has_started = ~np.isnan(journeys.started)
        return in_stages(journeys, selection.started) & has_started, journeys.started
    if selection.finished is not None:
        return in_stages(journeys, selection.finished) & (journeys.cause == 0), journeys.finished
    assert selection.left is not None
    has_ended = ~np.isnan(journeys.finished)
    return in_stages(journeys, selection.left) & has_ended, journeys.finished


def _goes_to(journeys: Journeys, names: Sequence[str]) -> Bools:
    numbers = [number for number, name in enumerate(journeys.plan.flow.stages) if name in names]
    return np.isin(journeys.next, numbers)


def later(journeys: Journeys, since: Floats, length: Quantity) -> Floats:
    """Return the moments that lie a length of time after others, in days; `inf` stays.

    Parameters
    ----------
    journeys : Journeys
        Whose calendar tells working days.
    since : ndarray of float
        In days from the start.
    length : Quantity
        How much later. Working time that would end beyond the run never ends.
    """
    if not length.working:
        return on_ticks(since + length.number)
    worked = journeys.plan.calendar.worked
    days = length.number
    return np.array(
        [work_until_day(worked, time, days) if time < math.inf else time for time in since.tolist()]
    )


def _is_there(
    journeys: Journeys, selection: Selection, clocked_by: Journeys, *, at_most: bool
) -> Bools:
    """Return who is in the stages, or counts as the state, of a selection.

    At its moment, in its window, or in enough months of it.
    """
    stages = [
        name
        for name, stage in journeys.plan.flow.stages.items()
        if (selection.in_stage is None or name in selection.in_stage)
        and selection.state in (None, stage.counts_as)
    ]
    journeys = journeys.visits_to(stages)
    rows = np.ones(len(journeys), np.bool_)
    if selection.months is not None:
        assert selection.between is not None  # checked when built
        months = count_months(journeys, rows, selection.between, selection.counted_on)
        return (months >= selection.months[0]) & (months <= selection.months[1])
    if selection.between is not None and not selection.moved:
        window = days_of(journeys.plan.calendar, selection.between)
        return with_visits(journeys, rows & within(journeys, window))
    if isinstance(selection.at, Since):
        return _is_there_since(journeys, selection.at, clocked_by, at_most=at_most)
    return with_visits(journeys, rows & present(journeys, _moment(journeys, selection.at)))


def _is_there_since(journeys: Journeys, at: Since, clocked_by: Journeys, *, at_most: bool) -> Bools:
    """Return who makes one of the visits at a moment of the client's own."""
    moments = later(clocked_by, first_moment(clocked_by, (at.stage,)), at.length)
    has_come = is_over(clocked_by, (at.stage,), at.length)
    there = with_visits(journeys, present(journeys, moments[journeys.client]))
    there &= has_come & np.isfinite(moments)
    if at_most:
        there |= ~has_come & ~kept_out(clocked_by, (at.stage,))
    return there


def _moment(journeys: Journeys, at: str | date | None) -> float:
    if isinstance(at, date):
        return journeys.plan.calendar.day_of(at)
    return counted_from(journeys) if at == "start" else math.inf


def counted_from(journeys: Journeys) -> float:
    """Return the day from which anything counts: 0, or the end of the warm-up."""
    return counted_day(journeys.plan.flow, journeys.plan.calendar)


def counted_day(flow: Flow, calendar: Calendar) -> float:
    """Return the day from which anything counts in a flow."""
    return 0.0 if flow.warm_up is None else calendar.day_of(flow.counts_from)


def present(journeys: Journeys, time: float | Floats) -> Bools:
    """Return the visits that go on at a moment, or each at one of its own, shape (visits,).

    From the horizon on, those that nothing has ended.
    """
    goes_on = (journeys.joined <= time) & (journeys.until > time)
    return np.where(np.asarray(time) >= journeys.plan.horizon, np.isnan(journeys.finished), goes_on)


def within(journeys: Journeys, window: tuple[float, float]) -> Bools:
    """Return the visits of which some moment lies in a window, shape (visits,)."""
    first, last = window
    return (journeys.joined < last) & ((journeys.until > first) | (journeys.joined >= first))


def with_visits(journeys: Journeys, rows: Bools) -> Bools:
    """Return the clients who make any of the visits, shape (clients,)."""
    return np.bincount(journeys.client[rows], minlength=len(journeys.cohort)) > 0


def days_of(calendar: Calendar, between: tuple[date, date]) -> tuple[float, float]:
    """Return a window of two dates in days from the start."""
    return calendar.day_of(between[0]), calendar.day_of(between[1])


def months_of(between: tuple[date, date]) -> list[date]:
    """Return the dates that divide a window into calendar months, both ends included."""
    first, last = between
    most = 12 * (last.year - first.year + 1)
    starts = [add_months(first.replace(day=1), k) for k in range(1, most + 1)]
    return [first, *(day for day in starts if day < last), last]


def count_months(
    journeys: Journeys, rows: Bools, between: tuple[date, date], counted_on: int | None
) -> Ints:
    """Return in how many calendar months of a window each client makes one of the visits.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    rows : ndarray of bool, shape (visits,)
        The visits that count.
    between : (date, date)
        The window: from the first date up to, not including, the second.
    counted_on : int or None
        A month counts where the client is there at the beginning of this day of it; None: at any
        moment of it.

    Returns
    -------
    ndarray of int, shape (clients,)
    """
    calendar = journeys.plan.calendar
    counts = np.zeros(len(journeys.cohort), np.int64)
    for month in months_to_count(between, counted_on):
        if counted_on is None:
            begins, ends = month
            has_begun = journeys.joined < calendar.day_of(ends)
            there = has_begun & (journeys.until > calendar.day_of(begins))
        else:
            there = present(journeys, calendar.day_of(month[0]))
        counts += with_visits(journeys, rows & there)
    return counts


def months_to_count(
    between: tuple[date, date], counted_on: int | None
) -> Iterator[tuple[date, ...]]:
    """Yield the ends of each calendar month of a window, or the day of it that counts."""
    for begins, ends in pairwise(months_of(between)):
        if counted_on is None:
            yield begins, ends
        else:
            day = day_in_month(begins, counted_on)
            if begins <= day < ends:
                yield (day,)


def in_stages(journeys: Journeys, names: Iterable[str]) -> Bools:
    """Return which visits are to the named stages, shape (visits,)."""
    wanted = frozenset(names)
    found: Bools | None = journeys.memory.get((in_stages, wanted))
    if found is None:
        chosen = np.array([name in wanted for name in journeys.plan.flow.stages])
        found = journeys.memory[in_stages, wanted] = chosen[journeys.stage]
    return found


def stages_of(journeys: Journeys, state: str) -> list[str]:
    """Return the stages that a register would show as a state."""
    return stages_showing(journeys.plan.flow, state)


def stages_showing(flow: Flow, state: str) -> list[str]:
    """Return the stages of a flow that a register would show as a state."""
    return [name for name, stage in flow.stages.items() if stage.counts_as == state]


def counts_as(journeys: Journeys, state: str) -> Bools:
    """Return which visits a register would show as a state, shape (visits,)."""
    return in_stages(journeys, stages_of(journeys, state))


def first_moment(journeys: Journeys, names: Sequence[str]) -> Floats:
    """Return the moment that `after` means, of each client: its own start, or its first joining.

    Shape (clients,), in days from the start; `inf` for a client that never joined.
    """
    if ENTRY in names:
        return np.maximum(journeys.cohort.arrives, counted_from(journeys))
    return first_joined(journeys, names)


def first_joined(journeys: Journeys, names: Sequence[str], after: Floats | None = None) -> Floats:
    """Return when each client first joined one of the stages, at or after a time of its own.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    names : sequence of str
        The stages.
    after : ndarray, shape (clients,), optional
        In days from the start. Any time counts, unless given.

    Returns
    -------
    ndarray, shape (clients,)
        In days from the start; `inf` for a client that never did.
    """
    if after is None:
        key = first_joined, frozenset(names)
        found: Floats | None = journeys.memory.get(key)
        if found is None:
            found = journeys.memory[key] = _first_joined(journeys.visits_to(names))
            found.flags.writeable = False
        return found
    part = journeys.visits_to(names)
    return _first_joined(part.among(part.joined >= after[part.client]))


def _first_joined(journeys: Journeys) -> Floats:
    since = counted_from(journeys)
    if since or journeys.plan.flow.starts_from is not None:
        journeys = journeys.among(journeys.joined >= since)
    first = np.full(len(journeys.cohort), math.inf)
    np.minimum.at(first, journeys.client, journeys.joined)
    return first
