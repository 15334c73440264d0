"""Selections as steps: what `pilotsim.measures.selections` asks, under the same names.

Moments that `after` stands for are always those of the world with the programme.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

from pilotsim.base.calendar import add_months
from pilotsim.base.quantity import Quantity
from pilotsim.base.ticks import on_tick
from pilotsim.base.units import whole_months
from pilotsim.measures.compiled.builder import Builder
from pilotsim.measures.compiled.program import (
    BEGINS,
    DETERRED,
    ENTRY,
    FINISHED_PLANNED,
    FIRST_JOINED,
    FIRST_MOVE,
    HAS_TRAIT,
    IN_CATEGORY,
    IN_RANGE,
    IN_WINDOW,
    LATER,
    LEFT,
    LEFT_BY,
    MONTHS,
    MOVED,
    OF_GROUPS,
    OF_STOCK,
    PRESENT,
    REACHED,
    STARTED,
    VISITS_BOTH,
    VISITS_BUT_NOT,
    VISITS_EITHER,
    VISITS_MOVED,
    VISITS_OF,
    WITHIN,
)
from pilotsim.measures.selections import days_of, months_to_count, parts_of
from pilotsim.model.clients import GROUP
from pilotsim.model.targets import ENTRY as ENTRY_WORD
from pilotsim.model.targets import Selection, Since
from pilotsim.simulation.compile import ORIGINS

WITH_IT, WITHOUT_IT = 0, 1


def select(
    build: Builder, selection: Selection | None, *, world: int = WITH_IT, at_most: bool = False
) -> int:
    """Return marks of the clients that are in a selection, or may be."""
    if selection is None:
        return build.everybody
    chosen = _of_kind(build, selection, world, at_most=at_most)
    if selection.moved:
        first, last = _window(build, selection)
        move = _move(build, selection)
        has_moved = build.step(MOVED, *move, world=world, x=first, y=last)
        if at_most and selection.within is not None:
            names = selection.after or ()
            open_yet = build.but_not(
                build.everybody,
                build.either(is_over(build, names, selection.within), kept_out(build, names)),
            )
            has_moved = build.either(has_moved, open_yet)
        chosen = build.both(chosen, has_moved)
    if selection.any_of is not None:
        any_part = build.nobody
        for one in selection.any_of:
            any_part = build.either(any_part, select(build, one, world=world, at_most=at_most))
        chosen = build.both(chosen, any_part)
    for one in selection.none_of or ():
        chosen = build.but_not(chosen, select(build, one, world=world, at_most=not at_most))
    return chosen


def select_visits(build: Builder, selection: Selection | None, *, at_most: bool = False) -> int:
    """Return marks of the visits that are in a selection, or may be."""
    if selection is None:
        return build.step(VISITS_OF, build.everybody)
    chosen = build.step(VISITS_OF, _of_kind(build, selection, WITH_IT, at_most=at_most))
    if selection.moved:
        first, last = _window(build, selection)
        moved = build.step(VISITS_MOVED, *_move(build, selection), x=first, y=last)
        chosen = build.step(VISITS_BOTH, chosen, moved)
    if selection.any_of is not None:
        any_part = build.step(VISITS_OF, build.nobody)
        for one in selection.any_of:
            part = select_visits(build, one, at_most=at_most)
            any_part = build.step(VISITS_EITHER, any_part, part)
        chosen = build.step(VISITS_BOTH, chosen, any_part)
    for one in selection.none_of or ():
        part = select_visits(build, one, at_most=not at_most)
        chosen = build.step(VISITS_BUT_NOT, chosen, part)
    return chosen


def followed(build: Builder, selection: Selection | None) -> int:
    """Return marks of the clients whom the run follows for as long as a selection needs."""
    enough = build.but_not(build.everybody, kept_out_of(build, selection))
    for one in () if selection is None else parts_of(selection):
        if one.within is not None:
            enough = build.both(enough, is_over(build, one.after or (), one.within))
        if isinstance(one.at, Since):
            enough = build.both(enough, is_over(build, (one.at.stage,), one.at.length))
    return enough


def kept_out_of(build: Builder, selection: Selection | None) -> int:
    """Return marks of who was deterred and never came to a stage that a selection counts from."""
    kept = build.nobody
    for one in () if selection is None else parts_of(selection):
        if one.after is not None:
            kept = build.either(kept, kept_out(build, one.after))
        if isinstance(one.at, Since):
            kept = build.either(kept, kept_out(build, (one.at.stage,)))
    return kept


def kept_out(build: Builder, names: Sequence[str]) -> int:
    """Return marks of who was deterred, and joined none of the stages later either."""
    nobody_is_deterred = all(one < 0 for one in build.compiled.as_lists.group_deterred[:])
    if ENTRY_WORD in names or nobody_is_deterred:
        return build.nobody
    return build.but_not(build.step(DETERRED), is_finite(build, first_joined(build, names)))


def is_finite(build: Builder, moments: int) -> int:
    """Return marks of the clients whose time is not infinite."""
    return build.step(IN_WINDOW, moments, x=-math.inf, y=math.inf)


def is_over(build: Builder, names: Sequence[str], length: Quantity) -> int:
    """Return marks of the clients for whom a time after joining a stage is over at the end."""
    entry = build.step(ENTRY)
    since = first_moment(build, names)
    begins = entry if since == entry else build.step(BEGINS, since, entry)
    if length.working:
        return build.step(IN_RANGE, later(build, begins, length), x=-math.inf, y=build.horizon)
    latest = on_tick(build.horizon - length.number)
    months = whole_months(length.written)
    if months is not None:
        day = build.calendar.day_of(add_months(build.calendar.end, -months))
        latest = max(latest, day)
    return build.step(IN_RANGE, begins, x=-math.inf, y=latest)


def later(build: Builder, since: int, length: Quantity) -> int:
    """Return times that lie a length of time after others."""
    if length.working:
        build.count_working_days()
    return build.step(LATER, since, int(length.working), x=float(length.number))


def first_moment(build: Builder, names: Sequence[str]) -> int:
    """Return the moment that `after` means, of each client."""
    return build.step(ENTRY) if ENTRY_WORD in names else first_joined(build, names)


def first_joined(
    build: Builder, names: Iterable[str], after: int = -1, *, world: int = WITH_IT
) -> int:
    """Return when each client first joined one of the stages, at or after a time of its own."""
    stages = build.stages(names)
    return build.step(FIRST_JOINED, stages, after, world=world, x=build.counted_from)


def first_move(build: Builder, selection: Selection, *, world: int) -> int:
    """Return when each client first did what a selection says, however late."""
    kind, to, since, _, stages = _move(build, selection)
    return build.step(FIRST_MOVE, kind, to, since, -1, stages, world=world, x=-math.inf, y=math.inf)


def _of_kind(build: Builder, selection: Selection, world: int, *, at_most: bool) -> int:
    chosen = build.everybody
    if selection.groups is not None:
        chosen = build.step(OF_GROUPS, build.groups(selection.groups))
    if selection.origin is not None:
        is_stock = build.step(OF_STOCK, int(selection.origin == ORIGINS[0]))
        chosen = build.both(chosen, is_stock)
    for trait, wanted in (selection.traits or {}).items():
        chosen = build.both(chosen, _with_trait(build, trait, wanted))
    if selection.state is not None or selection.in_stage is not None:
        chosen = build.both(chosen, _is_there(build, selection, world, at_most=at_most))
    return chosen


def _with_trait(build: Builder, trait: str, wanted: bool | str) -> int:
    number = build.trait(trait)
    if isinstance(wanted, bool):
        return build.step(HAS_TRAIT, number, int(wanted))
    own = build.flow.traits.get(trait)
    names = list(build.flow.groups) if trait == GROUP else list((own and own.categories) or ())
    if wanted not in names:
        return build.nobody
    return build.step(IN_CATEGORY, number, x=float(names.index(wanted)))


def _move(build: Builder, selection: Selection) -> tuple[int, int, int, int, int]:
    """Return the operands of a step about a move: see `visits.go_through_moves`."""
    names: Iterable[str] = build.flow.stages
    kinds = (
        (REACHED, selection.reached),
        (STARTED, selection.started),
        (FINISHED_PLANNED, selection.finished),
        (LEFT, selection.left),
    )
    if selection.left_by is not None:
        kind = LEFT_BY + list(build.flow.risks).index(selection.left_by)
    else:
        kind, names = next((kind, stages) for kind, stages in kinds if stages is not None)
    to = -1 if selection.to is None else build.stages(selection.to)
    since = latest = -1
    if selection.after is not None:
        since = first_moment(build, selection.after)
        if selection.within is not None:
            latest = later(build, since, selection.within)
    return kind, to, since, latest, build.stages(names)


def _window(build: Builder, selection: Selection) -> tuple[float, float]:
    """Return from when, and before when, a move counts."""
    first, last = build.counted_from, math.inf
    if selection.between is not None:
        begins, last = days_of(build.calendar, selection.between)
        first = max(first, begins)
    return first, last


def _is_there(build: Builder, selection: Selection, world: int, *, at_most: bool) -> int:
    names = [
        name
        for name, stage in build.flow.stages.items()
        if (selection.in_stage is None or name in selection.in_stage)
        and selection.state in (None, stage.counts_as)
    ]
    stages = build.stages(names)
    if selection.months is not None:
        assert selection.between is not None  # checked when built
        months = count_months(build, stages, selection.between, selection.counted_on, world=world)
        least, most = selection.months
        return build.step(IN_RANGE, months, x=float(least), y=float(most))
    if selection.between is not None and not selection.moved:
        first, last = days_of(build.calendar, selection.between)
        return build.step(WITHIN, stages, world=world, x=first, y=last)
    if isinstance(selection.at, Since):
        return _is_there_since(build, stages, selection.at, world, at_most=at_most)
    return build.step(PRESENT, stages, -1, world=world, x=_moment(build, selection.at))


def _is_there_since(build: Builder, stages: int, at: Since, world: int, *, at_most: bool) -> int:
    moments = later(build, first_moment(build, (at.stage,)), at.length)
    has_come = is_over(build, (at.stage,), at.length)
    there = build.step(PRESENT, stages, moments, world=world)
    there = build.both(build.both(there, has_come), is_finite(build, moments))
    if at_most:
        is_settled = build.either(has_come, kept_out(build, (at.stage,)))
        there = build.either(there, build.but_not(build.everybody, is_settled))
    return there


def _moment(build: Builder, at: str | date | None) -> float:
    if isinstance(at, date):
        return build.calendar.day_of(at)
    return build.counted_from if at == "start" else math.inf


def count_months(
    build: Builder,
    stages: int,
    between: tuple[date, date],
    counted_on: int | None,
    *,
    world: int = WITH_IT,
) -> int:
    """Return in how many calendar months of a window each client is in a set of stages."""
    days = build.days(
        build.calendar.day_of(day)
        for month in months_to_count(between, counted_on)
        for day in month
    )
    on_a_day = int(counted_on is not None)
    return build.step(MONTHS, stages, build.scratch, on_a_day, days, world=world)
