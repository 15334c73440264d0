"""A flow with every value given a number: what an engine runs.

A `ResolvedFlow` is a flow after the assumptions have been drawn (or left at their values): stages, risks
and resources are numbered, values are plain numbers in days and units, values that change at dates
are `Timeline` objects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.calendar import Calendar
from pilotsim.base.errors import RequestError
from pilotsim.base.quantity import Quantity
from pilotsim.model.clients import HOME, Intake
from pilotsim.model.distributions import Duration
from pilotsim.model.factors import Factor
from pilotsim.model.flow import Flow
from pilotsim.model.resources import Resource, Supply
from pilotsim.model.stages import Opening, Stage
from pilotsim.simulation.parameters import Reader, Timeline, numbers_of, scale


@dataclass(frozen=True)
class ResolvedStartPlace:
    """Where a part of the stock is at the start: `pilotsim.model.clients.Place`.

    -1 stands for joining the home stage afresh.
    """

    stage: int
    share: float | None
    remaining: Duration | str | None


@dataclass(frozen=True)
class ResolvedGroup:
    """A group: see `pilotsim.model.flow.Group`."""

    name: str
    home: int
    stock: int
    rate: Timeline | None
    intake: tuple[float, ...]
    brings: int
    past: Duration | None
    offered_from: float
    places: tuple[ResolvedStartPlace, ...]


@dataclass(frozen=True)
class ResolvedRisk:
    """A risk: `after` is its fixed limit in days, or None where chance decides."""

    name: str
    to: int
    after: float | None
    used: str | None
    times: Mapping[str, Factor]


@dataclass(frozen=True)
class Clock:
    """A risk that runs in a stage: its speed per day between the plan's marks, and where it leads."""

    risk: int
    speeds: tuple[float, ...]
    to: int


@dataclass(frozen=True)
class ResolvedRoute:
    """A way on: its share, or None for the rest."""

    to: int
    share: Timeline | None
    odds: Mapping[str, Factor]


@dataclass(frozen=True)
class ResolvedOpening:
    """The days on which a stage opens, and how many may start at each."""

    days: tuple[float, ...]
    admits: Timeline | None
    at_least: int


@dataclass(frozen=True)
class ResolvedStage:
    """A stage: see `pilotsim.model.flow.Stage`.

    Resources and stages are numbers; -1 stands for a client's home stage.
    """

    name: str
    needs: tuple[tuple[tuple[int, int], ...], ...]
    keeps: frozenset[int]
    lasts: Duration | None
    pace: Timeline | None
    routes: tuple[ResolvedRoute, ...]
    waiting: tuple[Clock, ...]
    started: tuple[Clock, ...]
    opening: ResolvedOpening | None
    order: tuple[str, str]
    priority: int
    limit: int | None
    otherwise: int
    draws_from: frozenset[int]
    draws_groups: frozenset[int] | None
    draws_traits: tuple[tuple[str, bool | str], ...]
    again_after: float | None
    may_wait: bool


@dataclass(frozen=True)
class ResolvedResource:
    """A resource: its units over time, or the units that come at each supply and are used up."""

    name: str
    units: Timeline | None
    supplies: tuple[float, ...]
    supplied: int
    lapses: bool


@dataclass(frozen=True)
class ResolvedEffect:
    """An effect: `factor` on the speed of `risk` from `starts` after the stage, for `lasts`, fading over `fades` days."""

    after: int
    counted_from: str
    risk: int
    factor: float
    by: Mapping[str, Factor]
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
    def _maker(self) -> _Maker:
        return _Maker(self.flow, self.reader)

    @cached_property
    def marks(self) -> tuple[float, ...]:
        """The times at which any clock may change its speed for all clients: months with a season, dates; then `inf`."""
        return (*self._maker.marks(), math.inf)

    @cached_property
    def groups(self) -> tuple[ResolvedGroup, ...]:
        """The groups, in the order of the file."""
        return tuple(self._maker.group(name) for name in self.flow.groups)

    @cached_property
    def risks(self) -> tuple[ResolvedRisk, ...]:
        """The risks, in the order of the file."""
        return tuple(self._maker.risk(name) for name in self.flow.risks)

    @cached_property
    def stages(self) -> tuple[ResolvedStage, ...]:
        """The stages, in the order of the file."""
        return tuple(
            self._maker.stage(name, stage, self.marks[:-1])
            for name, stage in self.flow.stages.items()
        )

    @cached_property
    def resources(self) -> tuple[ResolvedResource, ...]:
        """The resources, in the order of the file."""
        return tuple(
            self._maker.resource(name, resource) for name, resource in self.flow.resources.items()
        )

    @cached_property
    def units_needed(self) -> Ints:
        """The units of each resource that each alternative of a stage needs, shape (resources, stages, alternatives)."""
        slots = _need_slots(self.flow)
        return np.where(slots < 0, 0, self.numbers[slots]).astype(np.int64)

    @cached_property
    def effects(self) -> tuple[ResolvedEffect, ...]:
        """The effects, in the order of the file."""
        return self._maker.effects()


def _need_slots(flow: Flow) -> Ints:
    """Return the slot of each number in `ResolvedFlow.units_needed`; -1 where nothing is needed."""
    found: Ints | None = flow.memory.get(_need_slots)
    if found is None:
        most = max(len(stage.alternatives) for stage in flow.stages.values())
        found = np.full((len(flow.resources), len(flow.stages), most), -1)
        for number, stage in enumerate(flow.stages.values()):
            for k, needs in enumerate(stage.alternatives):
                for resource, name in enumerate(flow.resources):
                    found[resource, number, k] = needs[name].slot if name in needs else -1
        flow.memory[_need_slots] = found
    return found


def make_plan(
    flow: Flow, numbers: Floats | None = None, calendar: Calendar | None = None
) -> ResolvedFlow:
    """Return the plan of a flow.

    Parameters
    ----------
    flow : Flow
        What the file says.
    numbers : ndarray, optional
        The number of each value in slot order, before shared values scale them; all assumptions at
        their values, unless given.
    calendar : Calendar, optional
        The flow's calendar, where the caller has it already.
    """
    calendar = calendar or flow.make_calendar()
    numbers = numbers_of(flow) if numbers is None else numbers
    return ResolvedFlow(flow, scale(flow, numbers), calendar)


class _Maker:
    """Turns the names of a flow into numbers."""

    def __init__(self, flow: Flow, reader: Reader) -> None:
        self.flow, self.reader, self.calendar = flow, reader, reader.calendar
        self.stage_number = {HOME: -1, **{name: k for k, name in enumerate(flow.stages)}}
        self.group_number = {name: k for k, name in enumerate(flow.groups)}
        self.risk_number = {name: k for k, name in enumerate(flow.risks)}
        self.resource_number = {name: k for k, name in enumerate(flow.resources)}

    def marks(self) -> tuple[float, ...]:
        marks = {0.0}
        for risk in self.flow.risks.values():
            marks.update(self.reader.timeline(risk.pace).times)
            marks.update(self.calendar.month_starts() if risk.season else ())
        for stage in self.flow.stages.values():
            for here in stage.risks.values():
                for speed in (here.waiting, here.started):
                    marks.update(self.reader.timeline(speed).times if speed else ())
        return tuple(sorted(mark for mark in marks if mark < self.calendar.horizon))

    def group(self, name: str) -> ResolvedGroup:
        group = self.flow.groups[name]
        return ResolvedGroup(
            name=name,
            home=self.stage_number[group.starts_in],
            stock=int(self.reader.number(group.stock)),
            rate=self._arrivals(name),
            intake=self._intake(group.intake),
            brings=int(self.reader.number(group.intake.brings)) if group.intake else 0,
            past=group.past,
            offered_from=self.calendar.day_of(group.offered_from)
            if group.offered_from
            else -math.inf,
            places=tuple(
                ResolvedStartPlace(
                    self.stage_number[stage],
                    self.reader.number(place.share) if place.share else None,
                    place.remaining,
                )
                for stage, place in (group.stock_in or {}).items()
            ),
        )

    def _arrivals(self, name: str) -> Timeline | None:
        group = self.flow.groups[name]
        if group.arrivals is None:
            return None
        rate = self.reader.timeline(group.arrivals)
        if group.season is None:
            return rate
        times = sorted({*rate.times, *self.calendar.month_starts()})
        months = [self.calendar.date_of(time).month for time in times]
        factors = [self.reader.number(group.season[month - 1]) for month in months]
        return Timeline(
            tuple(times),
            tuple(rate.at(time) * factor for time, factor in zip(times, factors, strict=True)),
        )

    def _intake(self, intake: Intake | None) -> tuple[float, ...]:
        if intake is None:
            return ()
        first = intake.first or self.flow.starts
        return tuple(
            self.calendar.openings(intake.every, first, on_working_days=intake.next_working_day)
        )

    def risk(self, name: str) -> ResolvedRisk:
        risk = self.flow.risks[name]
        after = self.reader.number(risk.after) if risk.after else None
        return ResolvedRisk(name, self.stage_number[risk.to], after, risk.used, risk.times)

    def stage(self, name: str, stage: Stage, marks: tuple[float, ...]) -> ResolvedStage:
        drawn = stage.draws_from
        return ResolvedStage(
            name=name,
            needs=tuple(self._needs(needs) for needs in stage.alternatives),
            keeps=frozenset(self.resource_number[resource] for resource in stage.keeps),
            lasts=stage.lasts,
            pace=self.reader.timeline(stage.pace) if stage.pace else None,
            routes=self._routes(stage),
            waiting=self._clocks(stage, "waiting", marks),
            started=self._clocks(stage, "started", marks),
            opening=self._opening(stage.opens),
            order=stage.order,
            priority=stage.priority,
            limit=int(self.reader.number(stage.limit.waiting)) if stage.limit else None,
            otherwise=self.stage_number[stage.limit.otherwise] if stage.limit else -1,
            draws_from=frozenset(self.stage_number[source] for source in drawn.stages)
            if drawn
            else frozenset(),
            draws_groups=frozenset(self.group_number[g] for g in drawn.groups)
            if drawn and drawn.groups
            else None,
            draws_traits=tuple((drawn.traits or {}).items()) if drawn else (),
            again_after=self.reader.number(drawn.again_after)
            if drawn and drawn.again_after
            else None,
            may_wait=stage.may_wait,
        )

    def _needs(self, needs: Mapping[str, Quantity]) -> tuple[tuple[int, int], ...]:
        pairs = (
            (self.resource_number[name], int(self.reader.number(units)))
            for name, units in needs.items()
        )
        return tuple(sorted(pairs))

    def _routes(self, stage: Stage) -> tuple[ResolvedRoute, ...]:
        return tuple(
            ResolvedRoute(
                self.stage_number[to],
                self.reader.timeline(route.share) if route.share else None,
                route.odds,
            )
            for to, route in (stage.next or {}).items()
        )

    def _clocks(self, stage: Stage, phase: str, marks: tuple[float, ...]) -> tuple[Clock, ...]:
        """Return the clocks that run in a phase of a stage, in the order of the flow's risks."""
        clocks = []
        for name, risk in enumerate(self.flow.risks):
            here = stage.risks.get(risk)
            speed = getattr(here, phase) if here else None
            if here is not None and speed is not None:
                to = here.to or self.flow.risks[risk].to
                clocks.append(
                    Clock(
                        name,
                        tuple(self._speed(risk, speed, mark) for mark in marks),
                        self.stage_number[to],
                    )
                )
        return tuple(clocks)

    def _speed(self, name: str, here: Quantity, mark: float) -> float:
        """Return the speed of a risk's clock from a mark on: stage, risk, pace and season, multiplied in this order."""
        risk = self.flow.risks[name]
        speed = self.reader.timeline(here).at(mark)
        if here.kind == "number" and risk.rate is not None:
            speed *= self.reader.number(risk.rate)
        speed *= self.reader.timeline(risk.pace).at(mark)
        if risk.season is not None:
            speed *= self.reader.number(risk.season[self.calendar.date_of(mark).month - 1])
        return speed

    def _opening(self, opens: Opening | None) -> ResolvedOpening | None:
        if opens is None:
            return None
        if opens.every is not None:
            days = self.calendar.openings(
                opens.every, opens.first or self.flow.starts, on_working_days=opens.next_working_day
            )
        else:
            days = sorted({self.calendar.day_of(day) for day in opens.on or ()})
        until = self.calendar.day_of(opens.until) if opens.until else math.inf
        admits = self.reader.timeline(opens.admits) if opens.admits else None
        at_least = int(self.reader.number(opens.at_least)) if opens.at_least else 0
        inside = tuple(day for day in days if 0 <= day < min(until, self.calendar.horizon))
        return ResolvedOpening(inside, admits, at_least)

    def resource(self, name: str, resource: Resource) -> ResolvedResource:
        supply: Supply | None = resource.supply
        days: tuple[float, ...] = ()
        if supply is not None:
            days = tuple(self.calendar.openings(supply.every, supply.first or self.flow.starts))
        return ResolvedResource(
            name,
            self._units(resource),
            days,
            int(self.reader.number(supply.units)) if supply else 0,
            supply.lapses if supply else False,
        )

    def _units(self, resource: Resource) -> Timeline | None:
        if resource.units is not None:
            return self.reader.timeline(resource.units)
        if resource.fte is None or resource.caseload is None:
            return None
        staff, caseload = self.reader.timeline(resource.fte), self.reader.number(resource.caseload)
        return Timeline(
            staff.times, tuple(float(math.floor(fte * caseload + 1e-9)) for fte in staff.numbers)
        )

    def effects(self) -> tuple[ResolvedEffect, ...]:
        return tuple(
            ResolvedEffect(
                after=self.stage_number[effect.after],
                counted_from=effect.counted_from,
                risk=self.risk_number[effect.on],
                factor=self.reader.number(effect.times),
                by=effect.by,
                starts=self.reader.number(effect.starts) if effect.starts else 0.0,
                lasts=self.reader.number(effect.lasts) if effect.lasts else math.inf,
                fades=self.reader.number(effect.fades) if effect.fades else 0.0,
            )
            for effect in self.flow.effects
        )


def check_replications(replications: int) -> None:
    """Raise `RequestError` unless a number of replications can be run."""
    if replications < 1:
        raise RequestError(f"expected 1 replication or more; found {replications}")
