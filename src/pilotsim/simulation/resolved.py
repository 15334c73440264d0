"""A flow with every value given a number: what the readable engine runs, and what measures ask.

A `ResolvedFlow` is a flow after the assumptions have been drawn (or left at their values). Its
parts are records of plain numbers in days and units, made from the flow's columns (`compile`) when
first asked for. What runs is the same in ticks (`ResolvedFlow.in_ticks`): there moments are, and
the lengths that count from them (a limit, an effect, `again_after`); what a family or a table of
durations takes stays in days. The compiled engine reads the columns themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.calendar import MINUTES_PER_WEEK, Calendar
from pilotsim.base.ticks import to_ticks
from pilotsim.model.conditions import Term
from pilotsim.model.distributions import Family
from pilotsim.model.flow import Flow
from pilotsim.model.queue_disciplines import QueueDiscipline
from pilotsim.simulation.columns import ArrayColumn
from pilotsim.simulation.compile import CompiledFlow, compile_flow
from pilotsim.simulation.flow_columns import (
    EVEN,
    NOBODY,
    NONE,
    PHASES,
    POINTS,
    RESIDUAL,
    UNIT,
    WHOLE,
    FlowColumns,
)
from pilotsim.simulation.parameters import Reader, Timeline, numbers_of, settle


@dataclass(frozen=True)
class ResolvedFactor:
    """A factor by a trait, which counts to the power of the trait's number.

    Parameters
    ----------
    trait : int
        The number of the trait, among all traits of the flow and then group and past.
    base : float or None
        The factor; None where there is one for each category.
    of_category : tuple of float
        The factor of each category; 1 for those that none is named for.
    """

    trait: int
    base: float | None
    of_category: tuple[float, ...]


@dataclass(frozen=True)
class ResolvedLength:
    """A length of time that differs from client to client: see `pilotsim.model.distributions`.

    Parameters
    ----------
    law : Family or None
        Its family; None for a table of quantiles or a list.
    numbers : tuple of float
        What the family's quantiles take, or the durations of the table's points.
    shares : tuple of float
        The share of clients below each point of a table; empty for others.
    working : bool
        Whether the time is counted in working days.
    times : Timeline or None
        A factor, as it stands at the start.
    slowest_of : float or None
        How many such lengths must all be over.
    by : tuple of ResolvedFactor
        Factors by trait.
    parts : tuple of ResolvedLength
        For a list: the lengths that must all be over.
    code : int
        What the random numbers of a part are for; 0 for a length that is no part.
    with_trait, with_risk : int
        The trait, or the risk whose threshold, it is correlated with; -1 for none.
    rank : float
        The rank correlation.
    """

    law: Family | None
    numbers: tuple[float, ...]
    shares: tuple[float, ...]
    working: bool
    times: Timeline | None
    slowest_of: float | None
    by: tuple[ResolvedFactor, ...]
    parts: tuple[ResolvedLength, ...]
    code: int = 0
    with_trait: int = -1
    with_risk: int = -1
    rank: float = 0.0


@dataclass(frozen=True)
class ResolvedStartPlace:
    """Where a part of the stock is at the start: `pilotsim.model.clients.StartPlace`.

    Parameters
    ----------
    stage : int
        -1 for joining the home stage afresh.
    share : float or None
        Of the stock; None for the rest.
    remaining : ResolvedLength or None
        What is left of the stay; None for a length of the stage, or for what is left of one.
    in_steady_state : bool
        Whether what is left is that of a stay of the stage in a steady state.
    """

    stage: int
    share: float | None
    remaining: ResolvedLength | None
    in_steady_state: bool


@dataclass(frozen=True)
class ResolvedDeterred:
    """New clients who are deterred: their share, where they are instead, from which day."""

    share: float
    to: int
    since: float


@dataclass(frozen=True)
class ResolvedCount:
    """A count of arrivals: how many come from a begin to an end, or at a moment.

    The weights of its hours hold from their times on; the last one up to its end.
    """

    begin: float
    end: float
    clients: int
    times: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class ResolvedGroup:
    """A group: see `pilotsim.model.flow.Group`."""

    name: str
    home: int
    stock: int
    rate: Timeline | None
    gaps: ResolvedLength | None
    counts: tuple[ResolvedCount, ...]
    by_week: bool
    intake: tuple[float, ...]
    brings: int
    past: ResolvedLength | None
    offered_from: float
    places: tuple[ResolvedStartPlace, ...]
    codes: tuple[int, ...]
    deterred: ResolvedDeterred | None


@dataclass(frozen=True)
class ResolvedRisk:
    """A risk: its fixed limit in days, or None where chance decides; a trait, or -1."""

    name: str
    after: float | None
    used: int
    times: tuple[ResolvedFactor, ...]
    code: int


@dataclass(frozen=True)
class Clock:
    """A risk that runs in a stage: its speed per day between the marks, and where it leads."""

    risk: int
    speeds: tuple[float, ...]
    to: int


# What holds under conditions on the state: the first that does counts.
Choice = tuple[tuple[Term, Timeline], ...]
# An order of those who wait: its discipline, and the trait that it goes by; -1 for none.
Order = tuple[QueueDiscipline, int]


@dataclass(frozen=True)
class ResolvedRoute:
    """A way on: its share, or None for the rest; the shares under conditions on the state.

    And the length of a stay that ends so, or None.
    """

    to: int
    share: Timeline | None
    odds: tuple[ResolvedFactor, ...]
    lasts: ResolvedLength | None = None
    when: Choice = ()


@dataclass(frozen=True)
class ResolvedOpening:
    """The days on which a stage opens, and how many may start at each."""

    days: tuple[float, ...]
    admits: Timeline | None
    at_least: int


@dataclass(frozen=True)
class ResolvedBatch:
    """Who starts together: as soon as so many wait, and at most how many; see `stages.Batch`."""

    at_least: int
    at_most: int | None


@dataclass(frozen=True)
class ResolvedStage:
    """A stage: see `pilotsim.model.flow.Stage`.

    Resources, traits and stages are numbers; the stage -1 stands for a client's home stage, and the
    trait -1 for none. What is wanted of the traits of those drawn is true, false, or the number of
    a category. Who finds so many waiting is put off with the share that stands beside the number.
    """

    name: str
    needs: tuple[tuple[tuple[int, int], ...], ...]
    keeps: frozenset[int]
    lasts: ResolvedLength | None
    pace: Timeline | None
    usual_pace: float
    pace_when: Choice
    routes: tuple[ResolvedRoute, ...]
    waiting: tuple[Clock, ...]
    started: tuple[Clock, ...]
    opening: ResolvedOpening | None
    discipline: QueueDiscipline
    order_trait: int
    order_when: tuple[tuple[Term, Order], ...]
    priority: int
    limit: int | None
    otherwise: int
    put_off: tuple[tuple[int, float], ...]
    put_off_to: int
    room: int | None
    batch: ResolvedBatch | None
    ends_together: bool
    urgency: tuple[ResolvedFactor, ...]
    reserves: bool
    interrupts: frozenset[int]
    interrupted: int
    draws_from: frozenset[int]
    draws_groups: frozenset[int]
    draws_traits: tuple[tuple[int, int], ...]
    again_after: float | None
    may_wait: bool
    duration_code: int
    route_code: int
    order_code: int
    put_off_code: int


@dataclass(frozen=True)
class ResolvedResource:
    """A resource: its units over time, or the units that come at each supply and are used up.

    Shifts are those between which service stands still.
    """

    name: str
    units: Timeline | None
    supplies: tuple[float, ...]
    supplied: int
    lapses: bool
    falls_interrupt: bool
    shift_begins: tuple[float, ...] = ()
    shift_ends: tuple[float, ...] = ()


@dataclass(frozen=True)
class ResolvedEffect:
    """An effect on the speed of a risk: from `starts` days after the stage, for `lasts`."""

    after: int
    moment: int
    risk: int
    factor: float
    by: tuple[ResolvedFactor, ...]
    starts: float
    lasts: float
    fades: float


@dataclass(frozen=True, eq=False)
class ResolvedFlow:
    """A flow ready to run; its parts are made when first asked for.

    Parameters
    ----------
    flow : Flow
        What the file says.
    numbers : ndarray
        The number of each value in slot order.
    calendar : Calendar
        The flow's calendar.
    """

    flow: Flow
    numbers: Floats
    calendar: Calendar

    @property
    def horizon(self) -> float:
        """The time that is no longer simulated, in days."""
        return self.calendar.horizon

    @cached_property
    def reader(self) -> Reader:
        """The values of the flow as numbers."""
        return Reader(self.numbers, self.calendar)

    @cached_property
    def compiled(self) -> CompiledFlow:
        """The flow as columns."""
        return compile_flow(self.flow, self.calendar)

    @cached_property
    def in_ticks(self) -> ResolvedFlow:
        """The same plan with all moments, and the lengths that count from them, in ticks."""
        return _ResolvedInTicks(self.flow, self.numbers, self.calendar)

    @cached_property
    def _resolver(self) -> _Resolver:
        return _Resolver(self.compiled, self.compiled.as_lists, self.numbers, lambda days: days)

    @property
    def traits(self) -> tuple[str, ...]:
        """The names of all traits; the last two are group and past."""
        return self.compiled.traits

    @cached_property
    def marks(self) -> tuple[float, ...]:
        """The times at which a clock may change its speed for all clients; the last is `inf`."""
        return tuple(self.compiled.as_lists.marks[:])

    @cached_property
    def groups(self) -> tuple[ResolvedGroup, ...]:
        """The groups, in the order of the file."""
        return tuple(self._resolver.group(k, name) for k, name in enumerate(self.flow.groups))

    @cached_property
    def trait_days(self) -> dict[str, ResolvedLength]:
        """The lengths of the traits that are lengths, by the trait's name."""
        return self._resolver.trait_days()

    @cached_property
    def risks(self) -> tuple[ResolvedRisk, ...]:
        """The risks, in the order of the file."""
        return tuple(self._resolver.risk(k, name) for k, name in enumerate(self.flow.risks))

    @cached_property
    def stages(self) -> tuple[ResolvedStage, ...]:
        """The stages, in the order of the file."""
        return tuple(self._resolver.stage(k, name) for k, name in enumerate(self.flow.stages))

    @cached_property
    def resources(self) -> tuple[ResolvedResource, ...]:
        """The resources, in the order of the file."""
        return tuple(self._resolver.resource(k, name) for k, name in enumerate(self.flow.resources))

    @cached_property
    def units_needed(self) -> Ints:
        """The units needed, shape (resources, stages, alternatives)."""
        slots = need_slots(self.flow)
        return np.where(slots < 0, 0, self.numbers[slots]).astype(np.int64)

    @cached_property
    def effects(self) -> tuple[ResolvedEffect, ...]:
        """The effects, in the order of the file."""
        return tuple(self._resolver.effect(k) for k in range(len(self.flow.effects)))


class _ResolvedInTicks(ResolvedFlow):
    """A plan in ticks."""

    @property
    def horizon(self) -> float:
        """The time that is no longer simulated, in ticks."""
        return to_ticks(self.calendar.horizon)

    @cached_property
    def _resolver(self) -> _Resolver:
        return _Resolver(self.compiled, self.compiled.in_ticks_as_lists, self.numbers, to_ticks)

    @cached_property
    def marks(self) -> tuple[float, ...]:
        """The times at which a clock may change its speed for all clients; the last is `inf`."""
        return tuple(self.compiled.in_ticks_as_lists.marks[:])


def need_slots(flow: Flow) -> Ints:
    """Return the slot of each number in `ResolvedFlow.units_needed`; -1 where nothing is needed."""
    found: Ints | None = flow.memory.get(need_slots)
    if found is None:
        most = max(len(stage.alternatives) for stage in flow.stages.values())
        found = np.full((len(flow.resources), len(flow.stages), most), -1)
        for number, stage in enumerate(flow.stages.values()):
            for k, needs in enumerate(stage.alternatives):
                for resource, name in enumerate(flow.resources):
                    found[resource, number, k] = needs[name].slot if name in needs else -1
        flow.memory[need_slots] = found
    return found


def resolve_flow(
    flow: Flow, numbers: Floats | None = None, calendar: Calendar | None = None
) -> ResolvedFlow:
    """Return the plan of a flow.

    Parameters
    ----------
    flow : Flow
        What the file says.
    numbers : ndarray, optional
        The number of each value in slot order, before they are settled; all assumptions at their
        values, unless given.
    calendar : Calendar, optional
        The flow's calendar, where the caller has it already.
    """
    calendar = calendar or flow.make_calendar()
    numbers = numbers_of(flow) if numbers is None else numbers
    return ResolvedFlow(flow, settle(flow, numbers), calendar)


class _Resolver:
    """Gives the columns of a flow their numbers; `span` turns lengths in days into their unit."""

    def __init__(
        self,
        compiled: CompiledFlow,
        columns: FlowColumns,
        numbers: Floats,
        span: Callable[[float], float],
    ) -> None:
        self.compiled = compiled
        self.columns = columns
        self.span = span
        self.numbers: list[float] = numbers.tolist()

    def number(self, slot: int) -> float:
        return self.numbers[slot]

    def number_or_none(self, slot: int) -> float | None:
        return None if slot < 0 else self.number(slot)

    def span_or_none(self, slot: int) -> float | None:
        return None if slot < 0 else self.span(self.number(slot))

    def timeline(self, line: int) -> Timeline:
        columns = self.columns
        part = _part(columns.timeline_from, line)
        return Timeline(
            tuple(columns.timeline_time[k] for k in part),
            tuple(self.number(columns.timeline_slot[k]) for k in part),
        )

    def timeline_or_none(self, line: int) -> Timeline | None:
        return None if line < 0 else self.timeline(line)

    def factors(self, which: int) -> tuple[ResolvedFactor, ...]:
        columns = self.columns
        if which < 0:
            return ()
        return tuple(self._factor(k) for k in _part(columns.factors_from, which))

    def _factor(self, k: int) -> ResolvedFactor:
        columns = self.columns
        trait = columns.factor_trait[k]
        if columns.factor_slot[k] >= 0:
            return ResolvedFactor(trait, self.number(columns.factor_slot[k]), ())
        first = columns.factor_category[k]
        slots = columns.category_slot[first : first + self.compiled.categories_of(trait)]
        of_category = tuple(self.number(slot) if slot >= 0 else 1.0 for slot in slots)
        return ResolvedFactor(trait, None, of_category)

    def length(self, which: int, code: int = 0) -> ResolvedLength:
        columns = self.columns
        points = _part(columns.length_from, which)
        if columns.length_form[which] == POINTS:
            slots = [columns.point_slot[k] for k in points]
        else:
            slots = [slot for slot in columns.length_slots[which][:] if slot != NONE]
        number = columns.length_law[which]
        law = None if number < 0 else self.compiled.laws[number]
        numbers = tuple(1.0 if slot == UNIT else self.number(slot) for slot in slots)
        return ResolvedLength(
            law=law,
            numbers=numbers if law is None else law.numbers_of(*numbers),
            shares=tuple(columns.point_at[k] for k in points),
            working=bool(columns.length_working[which]),
            times=self.timeline_or_none(columns.length_timeline[which]),
            slowest_of=self.number_or_none(columns.length_slowest[which]),
            by=self.factors(columns.length_by[which]),
            parts=tuple(
                self.length(columns.length_part[k], columns.part_code[k])
                for k in _part(columns.length_parts_from, which)
            ),
            code=code,
            with_trait=columns.length_with_trait[which],
            with_risk=columns.length_with_risk[which],
            rank=self.number_or_none(columns.length_rank[which]) or 0.0,
        )

    def length_or_none(self, which: int) -> ResolvedLength | None:
        return None if which < 0 else self.length(which)

    def trait_days(self) -> dict[str, ResolvedLength]:
        found = {}
        for k, (name, trait) in enumerate(self.compiled.flow.traits.items()):
            if trait.days is not None:
                found[name] = self.length(self.columns.trait_slots[k][0])
        return found

    def group(self, k: int, name: str) -> ResolvedGroup:
        columns = self.columns
        days = columns.intake_day[_slice(columns.group_intake_from, k)]
        brings = self.number_or_none(columns.group_brings[k])
        return ResolvedGroup(
            name=name,
            home=columns.group_home[k],
            stock=int(self.number(columns.group_stock[k])),
            rate=self._rate(k),
            gaps=self.length_or_none(columns.group_gaps[k]),
            counts=self._counts(k),
            by_week=bool(_part(columns.group_week_from, k)),
            intake=tuple(days),
            brings=0 if brings is None else int(brings),
            past=self.length_or_none(columns.group_past[k]),
            offered_from=columns.group_offered[k],
            places=tuple(self._place(one) for one in _part(columns.group_places_from, k)),
            codes=tuple(columns.group_code[k][:]),
            deterred=self._deterred(k),
        )

    def _deterred(self, group: int) -> ResolvedDeterred | None:
        columns = self.columns
        if columns.group_deterred[group] < 0:
            return None
        return ResolvedDeterred(
            share=self.number(columns.group_deterred[group]),
            to=columns.group_deterred_to[group],
            since=columns.group_deterred_from[group],
        )

    def _rate(self, group: int) -> Timeline | None:
        columns = self.columns
        points = _part(columns.group_rate_from, group)
        if not points or _part(columns.group_counted_from, group):
            return None
        usual = self._weight_of_week(group)
        rates = []
        for k in points:
            rate = self.number(columns.rate_slot[k])
            if columns.rate_season[k] >= 0:
                rate *= self.number(columns.rate_season[k])
            if columns.rate_week[k] != NONE:
                weight = self._weight(columns.rate_week[k])
                rate *= weight * MINUTES_PER_WEEK / usual if weight > 0.0 and usual > 0.0 else 0.0
            rates.append(rate)
        return Timeline(tuple(columns.rate_time[k] for k in points), tuple(rates))

    def _counts(self, group: int) -> tuple[ResolvedCount, ...]:
        columns = self.columns
        found = []
        for k in _part(columns.group_counted_from, group):
            begin, end = columns.counted_begin[k], columns.counted_end[k]
            clients, first = columns.counted_clients[k], columns.counted_point[k]
            points = range(first, columns.group_rate_from[group + 1]) if first >= 0 else range(0)
            times = tuple(takewhile(end.__gt__, (columns.rate_time[one] for one in points)))
            weights = tuple(self._weight_at(one) for one in points[: len(times)])
            found.append(ResolvedCount(begin, end, clients, times, weights))
        return tuple(found)

    def _weight_at(self, point: int) -> float:
        slot = self.columns.rate_week[point]
        return 1.0 if slot == NONE else self._weight(slot)

    def _weight(self, slot: int) -> float:
        """Return the weight of hours of a week."""
        if slot == NOBODY:
            return 0.0
        return 1.0 if slot == EVEN else self.number(slot)

    def _weight_of_week(self, group: int) -> float:
        """Return the sum of weights times minutes over a week without days off."""
        columns = self.columns
        total = 0.0
        for k in _part(columns.group_week_from, group):
            total += columns.week_minutes[k] * self._weight(columns.week_slot[k])
        return total

    def _place(self, k: int) -> ResolvedStartPlace:
        columns = self.columns
        remaining = columns.place_remaining[k]
        own = remaining not in (WHOLE, RESIDUAL)
        return ResolvedStartPlace(
            stage=columns.place_stage[k],
            share=self.number_or_none(columns.place_share[k]),
            remaining=self.length(remaining) if own else None,
            in_steady_state=remaining == RESIDUAL,
        )

    def risk(self, k: int, name: str) -> ResolvedRisk:
        columns = self.columns
        return ResolvedRisk(
            name=name,
            after=self.span_or_none(columns.risk_after[k]),
            used=columns.risk_used[k],
            times=self.factors(columns.risk_factors[k]),
            code=columns.risk_code[k],
        )

    def stage(self, k: int, name: str) -> ResolvedStage:
        columns = self.columns
        limit = self.number_or_none(columns.stage_limit[k])
        waiting, started = (self._clocks(k, phase) for phase in range(len(PHASES)))
        room = self.number_or_none(columns.stage_room[k])
        usual_pace = self.number_or_none(columns.stage_usual_pace[k])
        duration_code, route_code, order_code, put_off_code = columns.stage_codes[k][:]
        return ResolvedStage(
            name=name,
            needs=tuple(self._needs(one) for one in _part(columns.stage_needs_from, k)),
            keeps=_where(columns.stage_keeps[k]),
            lasts=self.length_or_none(columns.stage_length[k]),
            pace=self.timeline_or_none(columns.stage_pace[k]),
            usual_pace=1.0 if usual_pace is None else usual_pace,
            pace_when=self._choice(columns.stage_pace_choice[k]),
            routes=tuple(self._route(one) for one in _part(columns.stage_routes_from, k)),
            waiting=waiting,
            started=started,
            opening=self._opening(k) if columns.stage_opens[k] else None,
            discipline=self.compiled.disciplines[columns.stage_discipline[k]],
            order_trait=columns.stage_order_trait[k],
            order_when=self._orders(columns.stage_order_choice[k]),
            priority=columns.stage_priority[k],
            limit=None if limit is None else int(limit),
            otherwise=columns.stage_else[k],
            put_off=tuple(
                (columns.put_off_waiting[one], self.number(columns.put_off_slot[one]))
                for one in _part(columns.put_off_from, k)
            ),
            put_off_to=columns.stage_put_off_to[k],
            room=None if room is None else int(room),
            batch=self._batch(k),
            ends_together=bool(columns.stage_ends_together[k]),
            urgency=self.factors(columns.stage_urgency[k]),
            reserves=bool(columns.stage_reserves[k]),
            interrupts=_where(columns.stage_interrupts[k]),
            interrupted=columns.stage_interrupted[k],
            draws_from=_where(columns.draws_from[k]),
            draws_groups=_where(columns.draws_group[k]),
            draws_traits=tuple(
                (columns.draws_trait[one], columns.draws_wanted[one])
                for one in _part(columns.draws_traits_from, k)
            ),
            again_after=self.span_or_none(columns.stage_again[k]),
            may_wait=bool(columns.stage_waits[k]),
            duration_code=duration_code,
            route_code=route_code,
            order_code=order_code,
            put_off_code=put_off_code,
        )

    def _needs(self, alternative: int) -> tuple[tuple[int, int], ...]:
        columns = self.columns
        return tuple(
            (columns.need_resource[k], int(self.number(columns.need_slot[k])))
            for k in _part(columns.needs_from, alternative)
        )

    def _route(self, k: int) -> ResolvedRoute:
        columns = self.columns
        return ResolvedRoute(
            columns.route_to[k],
            self.timeline_or_none(columns.route_timeline[k]),
            self.factors(columns.route_factors[k]),
            self.length_or_none(columns.route_length[k]),
            self._choice(columns.route_choice[k]),
        )

    def _choice(self, which: int) -> Choice:
        return tuple((condition, self.timeline(line)) for condition, line in self._between(which))

    def _orders(self, which: int) -> tuple[tuple[Term, Order], ...]:
        columns = self.columns
        return tuple(
            (
                condition,
                (
                    self.compiled.disciplines[columns.order_discipline[order]],
                    columns.order_trait[order],
                ),
            )
            for condition, order in self._between(which)
        )

    def _between(self, which: int) -> list[tuple[Term, int]]:
        """Return each condition of a choice, with the number of what is taken if it holds."""
        columns = self.columns
        if which < 0:
            return []
        conditions = self.compiled.conditions
        return [
            (conditions[columns.choice_condition[k]], columns.choice_taken[k])
            for k in _part(columns.choice_from, which)
        ]

    def _clocks(self, stage: int, phase: int) -> tuple[Clock, ...]:
        """Return the clocks that run in a phase of a stage, in the order of the flow's risks."""
        columns = self.columns
        return tuple(
            Clock(columns.clock_risk[k], self._speeds(k), columns.clock_to[k])
            for k in _part(columns.clock_from, len(PHASES) * stage + phase)
        )

    def _speeds(self, clock: int) -> tuple[float, ...]:
        """Return a clock's speeds by mark: stage, risk, pace, season, multiplied in this order."""
        columns = self.columns
        here = self.timeline(columns.clock_timeline[clock])
        pace = self.timeline(columns.clock_pace[clock])
        speeds = []
        for k, mark in enumerate(columns.marks[:-1]):
            speed = here.at(mark)
            if columns.clock_rate[clock] >= 0:
                speed *= self.number(columns.clock_rate[clock])
            speed *= pace.at(mark)
            if columns.clock_season[clock][k] >= 0:
                speed *= self.number(columns.clock_season[clock][k])
            speeds.append(speed)
        return tuple(speeds)

    def _batch(self, stage: int) -> ResolvedBatch | None:
        least = self.number_or_none(self.columns.stage_batch_least[stage])
        most = self.number_or_none(self.columns.stage_batch_most[stage])
        if least is None:
            return None
        return ResolvedBatch(max(1, int(least)), None if most is None else int(most))

    def _opening(self, stage: int) -> ResolvedOpening:
        columns = self.columns
        days = columns.opening_day[_slice(columns.stage_openings_from, stage)]
        at_least = self.number_or_none(columns.stage_at_least[stage])
        return ResolvedOpening(
            tuple(days),
            self.timeline_or_none(columns.stage_admits[stage]),
            0 if at_least is None else int(at_least),
        )

    def resource(self, k: int, name: str) -> ResolvedResource:
        columns = self.columns
        days = columns.supply_day[_slice(columns.resource_supplies_from, k)]
        supplied = self.number_or_none(columns.supply_slot[k])
        return ResolvedResource(
            name,
            self._units(k),
            tuple(days),
            0 if supplied is None else int(supplied),
            bool(columns.supply_lapses[k]),
            k in columns.falling[:],
            tuple(columns.open_begin[_slice(columns.open_from, k)]),
            tuple(columns.open_end[_slice(columns.open_from, k)]),
        )

    def _units(self, resource: int) -> Timeline | None:
        columns = self.columns
        points = _part(columns.unit_from, resource)
        if not points:
            return None
        units = []
        for k in points:
            slot = columns.unit_slot[k]
            number = 0.0 if slot < 0 else self.number(slot)
            if columns.unit_caseload[k] >= 0:
                caseload = self.number(columns.unit_caseload[k])
                number = float(math.floor(number * caseload + 1e-9))
            units.append(number)
        return Timeline(tuple(columns.unit_time[k] for k in points), tuple(units))

    def effect(self, k: int) -> ResolvedEffect:
        columns = self.columns
        factor, starts, lasts, fades = columns.effect_slots[k][:]
        return ResolvedEffect(
            after=columns.effect_after[k],
            moment=columns.effect_moment[k],
            risk=columns.effect_risk[k],
            factor=self.number(factor),
            by=self.factors(columns.effect_factors[k]),
            starts=0.0 if starts == NONE else self.span(self.number(starts)),
            lasts=math.inf if lasts == NONE else self.span(self.number(lasts)),
            fades=0.0 if fades == NONE else self.span(self.number(fades)),
        )


def _part(begins: ArrayColumn[int], k: int) -> range:
    """Return the places of the part that belongs to `k`."""
    return range(begins[k], begins[k + 1])


def _slice(begins: ArrayColumn[int], k: int) -> slice:
    return slice(begins[k], begins[k + 1])


def _where(row: ArrayColumn[int]) -> frozenset[int]:
    return frozenset(k for k in range(len(row)) if row[k])
