"""From a flow to its columns: here names become numbers, values slots, dates days."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import TypeVar, cast

from pilotsim.base import randomness
from pilotsim.base.calendar import Calendar
from pilotsim.base.quantity import Quantity
from pilotsim.base.ticks import all_to_ticks
from pilotsim.model.arrivals import TIME, CountedArrivals
from pilotsim.model.clients import (
    GROUP,
    HOME,
    PAST,
    Deterred,
    Group,
    Intake,
    StartPlace,
    Trait,
)
from pilotsim.model.conditions import (
    FUNCTION,
    INSTRUCTIONS,
    OF_RESOURCES,
    OF_STAGES,
    Term,
    read_condition,
)
from pilotsim.model.distributions import Duration, Family
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.model.distributions.gaps import Gaps
from pilotsim.model.factors import Factor
from pilotsim.model.flow import Flow
from pilotsim.model.own_code import Registered
from pilotsim.model.queue_disciplines import QueueDiscipline, discipline_named
from pilotsim.model.resources import Resource, Supply
from pilotsim.model.stages import Stage
from pilotsim.model.week import spans_of, usual_hours
from pilotsim.simulation.flow_columns import (
    AWAY,
    CATEGORIES,
    DAYS,
    EVEN,
    FAMILY,
    INTERRUPTED_STAYS,
    MOMENT_COLUMNS,
    MOMENTS,
    NOBODY,
    NONE,
    NORMAL,
    OPENING,
    PARTS,
    PAUSED,
    PHASES,
    POINTS,
    RESIDUAL,
    SHARE,
    SUPPLY,
    UNIT,
    UNITS,
    UNWANTED,
    WANTED,
    WHOLE,
    FlowColumns,
)

ORIGINS = ("stock", "arrivals", "intake")
# What random numbers are for, besides what has the name of a part of the flow.
STOCK_IN = "stock_in"
REMAINING = "remaining"
DETERRED = "deterred"
# Of a category that nobody is in.
NO_CATEGORY = -3

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class CompiledFlow:
    """A flow as columns, with the names of what it numbers.

    Parameters
    ----------
    flow : Flow
        What the file says.
    calendar : Calendar
        The flow's calendar.
    columns : FlowColumns
        The flow in numbers, moments in days.
    sizes : dict of str to int
        How many there are of everything that a column goes over.
    traits : tuple of str
        The names of all traits; the last two are group and past.
    laws : tuple of Family
        The families that `length_law` numbers.
    disciplines : tuple of QueueDiscipline
        The queue disciplines that `stage_discipline` numbers.
    conditions : tuple of Term
        The conditions on the state that `choice_condition` numbers.
    functions : tuple of Registered
        The functions of one's own that conditions ask, in the order of their numbers.
    """

    flow: Flow
    calendar: Calendar
    columns: FlowColumns
    sizes: Mapping[str, int]
    traits: tuple[str, ...]
    laws: tuple[Family, ...]
    disciplines: tuple[QueueDiscipline, ...]
    conditions: tuple[Term, ...]
    functions: tuple[Registered, ...]

    @cached_property
    def in_ticks(self) -> FlowColumns:
        """The columns with all moments in ticks: what engines run by."""
        columns = {name: getattr(self.columns, name) for name in FlowColumns.declared}
        for name in MOMENT_COLUMNS:
            columns[name] = all_to_ticks(columns[name])
        return FlowColumns(columns, self.sizes)

    @cached_property
    def as_lists(self) -> FlowColumns:
        """The columns as plain lists, which plain Python reads several times as fast."""
        return _as_lists(self.columns)

    @cached_property
    def in_ticks_as_lists(self) -> FlowColumns:
        """The columns in ticks as plain lists."""
        return _as_lists(self.in_ticks)

    def categories_of(self, trait: int) -> int:
        """Return how many categories a trait has; the trait `group` has one for each group."""
        name = self.traits[trait]
        if name == GROUP:
            return len(self.flow.groups)
        own = self.flow.traits.get(name)
        return len(own.categories or ()) if own else 0


def _as_lists(columns: FlowColumns) -> FlowColumns:
    lists = {name: getattr(columns, name).tolist() for name in FlowColumns.declared}
    return cast(FlowColumns, SimpleNamespace(**lists))


def compile_flow(flow: Flow, calendar: Calendar | None = None) -> CompiledFlow:
    """Return a flow as columns, made once for each flow.

    Parameters
    ----------
    flow : Flow
        What the file says.
    calendar : Calendar, optional
        The flow's calendar, where the caller has it already.

    Raises
    ------
    LookupError
        A family of durations or a queue discipline that nobody has registered.
    RequestError
        Code of one's own that the flow names is not here, or in another version than it was read
        with.
    """
    found: CompiledFlow | None = flow.memory.get(compile_flow)
    if found is None:
        for code in flow.code.values():
            code.provide()
        found = _Compiler(flow, calendar or flow.make_calendar()).compile()
        flow.memory[compile_flow] = found
    return found


class _Parts:
    """Lists of rows of unequal length, joined end to end."""

    def __init__(self) -> None:
        self.begins = [0]
        self.rows: list[tuple[float, ...]] = []

    def add(self, rows: Iterable[tuple[float, ...]]) -> int:
        """Add a list; return its number."""
        self.rows.extend(rows)
        self.begins.append(len(self.rows))
        return len(self.begins) - 2

    def column(self, number: int) -> list[float]:
        """Return one column of all rows."""
        return [row[number] for row in self.rows]


class _Compiler:
    def __init__(self, flow: Flow, calendar: Calendar) -> None:
        self.flow = flow
        self.calendar = calendar
        self.stage_number = {HOME: NONE, **_numbered(flow.stages)}
        self.risk_number = _numbered(flow.risks)
        self.resource_number = _numbered(flow.resources)
        self.traits = (*flow.traits, GROUP, PAST)
        self.trait_number = _numbered(self.traits)
        self.laws: dict[str, Family] = {}
        self.disciplines: dict[str, QueueDiscipline] = {}
        self.columns: dict[str, Sequence[object]] = {}
        # What several parts of a flow have: each is numbered as it comes.
        self.timelines = _Parts()
        self.factors = _Parts()
        self.factors_of_categories: list[int] = []
        self.lengths: list[dict[str, int]] = []
        self.length_slots: list[list[int]] = []
        self.length_points = _Parts()
        self.length_parts = _Parts()
        self.choices = _Parts()
        self.conditions = _Parts()
        self.condition_number: dict[str, int] = {}
        self.functions: dict[str, Registered] = {}

    def compile(self) -> CompiledFlow:
        """Return the flow as columns; those that others point into come last."""
        marks = self._marks()
        self._groups()
        shares_of_categories = self._traits()
        self._risks()
        self._stages()
        self._queues()
        self._draws()
        self._clocks(marks)
        self._resources()
        self._calendar()
        self._effects()
        self._conditions()
        self._timelines()
        self._lengths()
        self._factors(shares_of_categories)
        self._put(
            horizon=[self.calendar.horizon],
            marks=marks,
            # Who counts working days is refused where they are not known.
            worked=self.calendar.worked if self.calendar.knows_working_days else [0],
        )
        sizes = self._sizes()
        return CompiledFlow(
            self.flow,
            self.calendar,
            FlowColumns(self.columns, sizes),
            sizes,
            self.traits,
            tuple(self.laws.values()),
            tuple(self.disciplines.values()),
            tuple(read_condition(text) for text in self.condition_number),
            tuple(self.functions.values()),
        )

    def _put(self, **columns: Sequence[object]) -> None:
        self.columns.update(columns)

    def _sizes(self) -> dict[str, int]:
        flow = self.flow
        return {
            "one": 1,
            "marks": len(self.columns["marks"]),
            "intervals": len(self.columns["marks"]) - 1,
            "groups": len(flow.groups),
            "groups and origins": 2 * len(flow.groups),
            "traits": len(flow.traits),
            "resources": len(flow.resources),
            "risks": len(flow.risks),
            "stages": len(flow.stages),
            "routes": len(self.columns["route_to"]),
            "clocks": len(self.columns["clock_risk"]),
            "parts of clocks": len(PHASES) * len(flow.stages),
            "effects": len(flow.effects),
            "lengths": len(self.lengths),
            "parameters": MAX_PARAMETERS,
        }

    # What several parts of a flow have: slots, timelines, lengths, factors.

    def _slot(self, value: Quantity | None) -> int:
        return NONE if value is None else value.slot

    def _points_in_time(self, value: Quantity) -> dict[float, int]:
        """Return from when which slot holds; changes up to the start hold from the start."""
        points = {0.0: value.slot}
        for when, later in value.changes:
            points[max(0.0, self.calendar.day_of(when))] = later.slot
        return points

    def _timeline(self, value: Quantity | None) -> int:
        if value is None:
            return NONE
        return self.timelines.add(self._points_in_time(value).items())

    def _length(self, duration: Duration | None, purpose: str = "") -> int:
        """Return the number of a length; the purpose names the random numbers of its parts."""
        if duration is None:
            return NONE
        parts = []
        for number, part in enumerate(duration.parts):
            parts.append((self._length(part), randomness.code(f"{purpose}/{number}")))
        slots = [value.slot for value in duration.parameters]
        self.length_parts.add(parts)
        self.length_points.add(zip(duration.probabilities, slots, strict=False))
        form = PARTS if duration.parts else POINTS if duration.probabilities else FAMILY
        law = NONE
        if form == FAMILY:
            law = _number_in(self.laws, duration.family, duration.law)
        else:
            slots = []
        return self._add_length(
            slots,
            {
                "length_form": form,
                "length_law": law,
                "length_working": duration.working,
                "length_timeline": self._timeline(duration.times),
                "length_slowest": self._slot(duration.slowest_of),
                "length_with_trait": self._named(duration.correlated, self.flow.traits),
                "length_with_risk": self._named(duration.correlated, self.flow.risks),
                "length_rank": self._rank(duration.correlated),
                "length_by": self._factor_list(duration.by),
            },
        )

    def _add_length(self, slots: Sequence[int], columns: dict[str, int]) -> int:
        """Add a length; return its number."""
        self.length_slots.append([*slots, *[NONE] * MAX_PARAMETERS][:MAX_PARAMETERS])
        self.lengths.append(columns)
        return len(self.lengths) - 1

    def _gaps(self, gaps: Gaps | None) -> int:
        """Return the number of the gaps between arrivals as a length, in mean gaps."""
        if gaps is None:
            return NONE
        self.length_parts.add(())
        self.length_points.add(())
        slots = [UNIT] if gaps.shape is None else [UNIT, gaps.shape.slot]
        return self._add_length(
            slots,
            {
                "length_form": FAMILY,
                "length_law": _number_in(self.laws, f"gaps/{gaps.name}", gaps.law),
                "length_working": False,
                "length_timeline": NONE,
                "length_slowest": NONE,
                "length_with_trait": NONE,
                "length_with_risk": NONE,
                "length_rank": NONE,
                "length_by": NONE,
            },
        )

    @staticmethod
    def _named(correlated: Mapping[str, Quantity], known: Iterable[str]) -> int:
        """Return which of those known something is correlated with; -1 for none."""
        names = list(known)
        return next((names.index(name) for name in correlated if name in names), NONE)

    def _rank(self, correlated: Mapping[str, Quantity]) -> int:
        return next((value.slot for value in correlated.values()), NONE)

    def _factor_list(self, factors: Mapping[str, Factor]) -> int:
        """Return the number of a list of factors by trait; `NONE` for an empty one."""
        if not factors:
            return NONE
        rows = []
        for name, factor in factors.items():
            category = NONE
            if factor.value is None:
                category = len(self.factors_of_categories)
                self.factors_of_categories += [
                    self._slot(factor.categories.get(one)) for one in self._categories(name)
                ]
            rows.append((self.trait_number[name], self._slot(factor.value), category))
        return self.factors.add(rows)

    def _categories(self, trait: str) -> list[str]:
        if trait == GROUP:
            return list(self.flow.groups)
        return list(self.flow.traits[trait].categories or ())

    def _choice(self, values: Mapping[str, Quantity]) -> int:
        """Return the number of a choice by conditions on the state; `NONE` where there are none."""
        if not values:
            return NONE
        return self.choices.add(
            [(self._condition(text), self._timeline(value)) for text, value in values.items()]
        )

    def _choice_of_orders(self, orders: Mapping[str, tuple[str, str]], table: _Parts) -> int:
        """Return the number of a choice between orders, which are added to their table."""
        if not orders:
            return NONE
        rows = []
        for text, (word, trait) in orders.items():
            discipline = discipline_named(word)
            number = _number_in(self.disciplines, word, discipline)
            by = self.trait_number[trait] if trait else NONE
            rows.append((self._condition(text), table.add([(number, by, discipline.draws)])))
        return self.choices.add(rows)

    def _condition(self, text: str) -> int:
        if text not in self.condition_number:
            self.condition_number[text] = self.conditions.add(
                (INSTRUCTIONS.index(term.what), self._counted_of(term))
                for term in read_condition(text).below()
            )
        return self.condition_number[text]

    def _counted_of(self, term: Term) -> int:
        """Return the number of a term, or of the stage or resource of which it counts something."""
        if term.what in OF_STAGES:
            return self.stage_number[term.of]
        if term.what == FUNCTION:
            return _number_in(self.functions, term.of, self.flow.code[term.of].provide())
        return self.resource_number[term.of] if term.what in OF_RESOURCES else term.number

    def _conditions(self) -> None:
        self._put(
            choice_from=self.choices.begins,
            choice_condition=self.choices.column(0),
            choice_taken=self.choices.column(1),
            condition_from=self.conditions.begins,
            condition_what=self.conditions.column(0),
            condition_of=self.conditions.column(1),
            condition_depth=[
                max((read_condition(text).depth for text in self.condition_number), default=0)
            ],
            function_takes=[function.takes for function in self.functions.values()],
        )

    def _timelines(self) -> None:
        self._put(
            timeline_from=self.timelines.begins,
            timeline_time=self.timelines.column(0),
            timeline_slot=self.timelines.column(1),
        )

    def _lengths(self) -> None:
        for name in (
            "length_form",
            "length_law",
            "length_working",
            "length_timeline",
            "length_slowest",
            "length_with_trait",
            "length_with_risk",
            "length_rank",
            "length_by",
        ):
            self.columns[name] = [length[name] for length in self.lengths]
        self._put(
            length_slots=self.length_slots,
            length_parts_from=self.length_parts.begins,
            length_part=self.length_parts.column(0),
            part_code=self.length_parts.column(1),
            length_from=self.length_points.begins,
            point_at=self.length_points.column(0),
            point_slot=self.length_points.column(1),
        )

    def _factors(self, shares_of_categories: _Parts) -> None:
        shift = len(self.factors_of_categories)
        self._put(
            factors_from=self.factors.begins,
            factor_trait=self.factors.column(0),
            factor_slot=self.factors.column(1),
            factor_category=self.factors.column(2),
            category_slot=[*self.factors_of_categories, *shares_of_categories.column(0)],
            trait_from=[begin + shift for begin in shares_of_categories.begins],
        )

    # Who comes.

    def _groups(self) -> None:
        rates = _Parts()
        weeks = _Parts()
        intakes = _Parts()
        places = _Parts()
        counts = _Parts()
        for name, group in self.flow.groups.items():
            counted = self.flow.counted_arrivals.get(name)
            if counted is None:
                rates.add(self._rate(group))
                counts.add(())
            else:
                before = len(rates.rows)
                points, periods = self._counted(counted, group)
                rates.add(points)
                counts.add(
                    (*period, point if point == NONE else before + point)
                    for *period, point in periods
                )
            weeks.add(
                (minutes, EVEN if weight is None else weight.slot)
                for minutes, weight in (usual_hours(group.week) if group.week else ())
            )
            intakes.add((day,) for day in self._intake_days(group.intake))
            places.add(
                (self.stage_number[stage], self._slot(place.share), self._remaining(place))
                for stage, place in (group.stock_in or {}).items()
            )
        groups = self.flow.groups.values()
        self._put(
            group_home=[self.stage_number[group.starts_in] for group in groups],
            group_stock=[group.stock.slot for group in groups],
            group_code=[
                [randomness.code(f"{name}/{origin}") for origin in ORIGINS]
                for name in self.flow.groups
            ],
            group_rate_from=rates.begins,
            rate_time=rates.column(0),
            rate_slot=rates.column(1),
            rate_season=rates.column(2),
            rate_week=rates.column(3),
            group_week_from=weeks.begins,
            week_minutes=weeks.column(0),
            week_slot=weeks.column(1),
            group_gaps=[self._gaps(group.gaps) for group in groups],
            group_counted_from=counts.begins,
            counted_begin=counts.column(0),
            counted_end=counts.column(1),
            counted_clients=counts.column(2),
            counted_point=counts.column(3),
            group_intake_from=intakes.begins,
            intake_day=intakes.column(0),
            group_brings=[group.intake.brings.slot if group.intake else NONE for group in groups],
            group_past=[self._length(group.past) for group in groups],
            group_offered=[
                self.calendar.day_of(group.offered_from) if group.offered_from else -math.inf
                for group in groups
            ],
            group_deterred=[
                group.deterred.share.slot if group.deterred else NONE for group in groups
            ],
            group_deterred_to=[
                self.stage_number[group.deterred.to] if group.deterred else NONE for group in groups
            ],
            group_deterred_from=[self._deterred_from(group.deterred) for group in groups],
            group_places_from=places.begins,
            place_stage=places.column(0),
            place_share=places.column(1),
            place_remaining=places.column(2),
        )

    def _deterred_from(self, deterred: Deterred | None) -> float:
        """Return from when new clients are deterred: when the programme first takes anybody."""
        if deterred is not None and deterred.since is not None:
            return self.calendar.day_of(deterred.since)
        openings = [
            day
            for stage in self.flow.stages.values()
            if stage.draws_from is not None
            for day in stage.opening_days(self.calendar)
        ]
        return min(openings, default=math.inf)

    def _remaining(self, place: StartPlace) -> int:
        if isinstance(place.remaining, Duration):
            return self._length(place.remaining, REMAINING)
        return WHOLE if place.remaining is None else RESIDUAL

    def _rate(self, group: Group) -> list[tuple[float, ...]]:
        """Return when a rate of arrival changes, with the slots of rate, season and week."""
        if group.arrivals is None:
            return []
        points = self._points_in_time(group.arrivals)
        times = {*points}
        season = group.season
        if season is not None:
            times.update(self.calendar.month_starts())
        week = self._weights(group, self.calendar)
        times.update(time for time in week if time < self.calendar.horizon)
        rows: list[tuple[float, ...]] = []
        slot = weight = NONE
        for time in sorted(times):
            slot = points.get(time, slot)
            weight = week.get(time, weight)
            month = self.calendar.date_of(time).month
            rows.append((time, slot, season[month - 1].slot if season else NONE, weight))
        return rows

    @staticmethod
    def _weights(group: Group, calendar: Calendar) -> dict[float, int]:
        """Return from when which weight of a group's week holds; nothing without a week."""
        week: dict[float, int] = {}
        if group.week is not None:
            # Nobody comes between the hours that are named.
            for span in spans_of(group.week, calendar):
                week[span.begin] = EVEN if span.value is None else span.value.slot
                week.setdefault(span.end, NOBODY)
            week.setdefault(0.0, NOBODY)
        return week

    def _counted(
        self, counted: CountedArrivals, group: Group
    ) -> tuple[list[tuple[float, ...]], list[tuple[float, float, int, int]]]:
        """Return the points of the week in counted periods, and the periods.

        The last period may go on after the run, so the week does as well. A period has its begin,
        its end, its clients and its first point.
        """
        periods = [
            (self._time_of(one.begins), self._time_of(one.ends), one.clients)
            for one in counted.counts
        ]
        moments = counted.by == TIME
        ends = max((end for _, end, _ in periods), default=0.0)
        calendar = self.calendar
        if not moments and ends > calendar.horizon:
            calendar = Calendar(calendar.start, calendar.date_of(ends), calendar.country)
        week = {} if moments else self._weights(group, calendar)
        times = {0.0, *week}
        if not moments:
            times.update(when for begin, end, _ in periods for when in (begin, end))
        rows: list[tuple[float, ...]] = []
        first = {}
        weight = NONE
        for when in sorted(times):
            weight = week.get(when, weight)
            first[when] = len(rows)
            rows.append((when, NONE, NONE, weight))
        return rows, [
            (begin, end, clients, NONE if moments else first[begin])
            for begin, end, clients in periods
        ]

    def _time_of(self, moment: datetime) -> float:
        """Return a moment as days from the start."""
        return self.calendar.day_of(moment.date()) + (
            moment - datetime.combine(moment.date(), datetime.min.time())
        ) / timedelta(days=1)

    def _intake_days(self, intake: Intake | None) -> list[float]:
        if intake is None:
            return []
        first = intake.first or self.flow.starts
        return list(
            self.calendar.openings(intake.every, first, on_working_days=intake.next_working_day)
        )

    def _traits(self) -> _Parts:
        """Put the columns of traits but for `trait_from`; return the shares of their categories."""
        shares = _Parts()
        for trait in self.flow.traits.values():
            shares.add((share.slot,) for share in (trait.categories or {}).values())
        self._put(
            trait_kind=[_kind_of_trait(trait) for trait in self.flow.traits.values()],
            trait_code=[randomness.code(f"trait/{name}") for name in self.flow.traits],
            trait_with=[
                self._named(trait.correlated or {}, self.flow.traits)
                for trait in self.flow.traits.values()
            ],
            trait_rank=[self._rank(trait.correlated or {}) for trait in self.flow.traits.values()],
            trait_slots=[self._trait_slots(trait) for trait in self.flow.traits.values()],
        )
        return shares

    def _trait_slots(self, trait: Trait) -> list[int]:
        slots = [NONE] * 2 * len(self.flow.groups)
        if trait.share is not None:
            own = [(trait.groups or {}).get(group, trait.share) for group in self.flow.groups]
            slots = [slot for share in own for slot in (share.stock.slot, share.arrivals.slot)]
        elif trait.normal is not None:
            slots[:2] = [trait.normal[0].slot, trait.normal[1].slot]
        elif trait.days is not None:
            slots[0] = self._length(trait.days)
        return slots

    # What pulls clients out.

    def _risks(self) -> None:
        risks = self.flow.risks
        self._put(
            risk_code=[randomness.code(f"risk/{name}") for name in risks],
            risk_after=[self._slot(risk.after) for risk in risks.values()],
            risk_used=[
                self.trait_number[risk.used] if risk.used else NONE for risk in risks.values()
            ],
            risk_factors=[self._factor_list(risk.times) for risk in risks.values()],
        )

    def _marks(self) -> list[float]:
        """Return when any clock may change its speed for all clients; then infinity."""
        marks = {0.0}
        for risk in self.flow.risks.values():
            marks.update(self._points_in_time(risk.pace))
            marks.update(self.calendar.month_starts() if risk.season else ())
        for stage in self.flow.stages.values():
            for here in stage.risks.values():
                for speed in (here.waiting, here.started):
                    marks.update(self._points_in_time(speed) if speed else ())
        return [*sorted(mark for mark in marks if mark < self.calendar.horizon), math.inf]

    def _clocks(self, marks: Sequence[float]) -> None:
        """Put the clocks that run in each phase of each stage, in the order of the flow's risks."""
        clocks = _Parts()
        runs = []
        for stage in self.flow.stages.values():
            for phase in PHASES:
                running = [name for name in self.flow.risks if _runs(stage, name, phase)]
                clocks.add([self._clock(stage, name, phase) for name in running])
                runs.append([name in running for name in self.flow.risks])
        months = [self.calendar.date_of(mark).month for mark in marks[:-1]]
        risks = list(self.flow.risks.values())
        seasons = [risks[int(risk)].season for risk in clocks.column(0)]
        self._put(
            clock_from=clocks.begins,
            clock_risk=clocks.column(0),
            clock_to=clocks.column(1),
            clock_timeline=clocks.column(2),
            clock_rate=clocks.column(3),
            clock_pace=clocks.column(4),
            clock_season=[
                [season[month - 1].slot if season else NONE for month in months]
                for season in seasons
            ],
            part_runs=runs,
        )

    def _clock(self, stage: Stage, name: str, phase: str) -> tuple[float, ...]:
        risk = self.flow.risks[name]
        here = stage.risks[name]
        speed: Quantity = getattr(here, phase)
        # A speed may be so many times the risk's own rate.
        rate = risk.rate.slot if speed.kind == "number" and risk.rate is not None else NONE
        to = self.stage_number[here.to or risk.to]
        return (
            self.risk_number[name],
            to,
            self._timeline(speed),
            rate,
            self._timeline(risk.pace),
        )

    def _effects(self) -> None:
        effects = self.flow.effects
        on_risk = _Parts()
        for name in self.flow.risks:
            on_risk.add((k,) for k, effect in enumerate(effects) if effect.on == name)
        noted = _Parts()
        for name in self.flow.stages:
            for moment in MOMENTS:
                noted.add(
                    (k,)
                    for k, effect in enumerate(effects)
                    if (effect.after, effect.counted_from) == (name, moment)
                )
        self._put(
            effect_after=[self.stage_number[effect.after] for effect in effects],
            effect_moment=[MOMENTS.index(effect.counted_from) for effect in effects],
            effect_risk=[self.risk_number[effect.on] for effect in effects],
            effect_slots=[
                [
                    effect.times.slot,
                    self._slot(effect.starts),
                    self._slot(effect.lasts),
                    self._slot(effect.fades),
                ]
                for effect in effects
            ],
            effect_factors=[self._factor_list(effect.by) for effect in effects],
            risk_effects_from=on_risk.begins,
            risk_effect=on_risk.column(0),
            noted_from=noted.begins,
            noted_effect=noted.column(0),
        )

    # Where clients are.

    def _stages(self) -> None:
        alternatives = _Parts()
        needs = _Parts()
        routes = _Parts()
        for name, stage in self.flow.stages.items():
            alternatives.add([(self._needs(one, needs),) for one in stage.alternatives])
            routes.add(
                (
                    self.stage_number[to],
                    self._timeline(route.share),
                    self._factor_list(route.odds),
                    self._length(route.lasts, f"duration/{name}"),
                    self._choice(route.when),
                )
                for to, route in (stage.next or {}).items()
            )
        stages = self.flow.stages
        self._put(
            stage_codes=[
                [
                    randomness.code(f"{what}/{name}")
                    for what in ("duration", "route", "order", "put_off")
                ]
                for name in stages
            ],
            stage_waits=[stage.may_wait for stage in stages.values()],
            stage_needs_from=alternatives.begins,
            needs_from=needs.begins,
            need_resource=needs.column(0),
            need_slot=needs.column(1),
            stage_keeps=[
                [resource in stage.keeps for resource in self.flow.resources]
                for stage in stages.values()
            ],
            stage_length=[
                self._length(stage.lasts, f"duration/{name}") for name, stage in stages.items()
            ],
            stage_pace=[
                NONE if stage.pace_when else self._timeline(stage.pace) for stage in stages.values()
            ],
            stage_usual_pace=[
                self._slot(stage.pace) if stage.pace_when else NONE for stage in stages.values()
            ],
            stage_pace_choice=[self._choice(stage.pace_when) for stage in stages.values()],
            stage_knows_served=[
                stage.interrupted is not None or bool(stage.pace_when) for stage in stages.values()
            ],
            paced=[k for k, stage in enumerate(stages.values()) if stage.pace_when],
            stage_routes_from=routes.begins,
            route_to=routes.column(0),
            route_timeline=routes.column(1),
            route_factors=routes.column(2),
            route_length=routes.column(3),
            stage_length_by_way=[bool(stage.ways_with_lengths) for stage in stages.values()],
            route_choice=routes.column(4),
        )

    def _needs(self, needs: Mapping[str, Quantity], table: _Parts) -> int:
        return table.add(
            sorted((self.resource_number[name], units.slot) for name, units in needs.items())
        )

    def _queues(self) -> None:
        """Put when stages open, in which order those start who wait, and how many may wait."""
        stages = self.flow.stages.values()
        openings = _Parts()
        for stage in stages:
            openings.add((day,) for day in stage.opening_days(self.calendar))
        put_off = _Parts()
        for stage in stages:
            shares = stage.put_off.when_waiting if stage.put_off else {}
            put_off.add((int(waiting), share.slot) for waiting, share in shares.items())
        disciplines = [discipline_named(stage.order[0]) for stage in stages]
        orders = _Parts()
        chosen = [self._choice_of_orders(stage.order_when, orders) for stage in stages]
        self._put(
            stage_opens=[stage.opens is not None for stage in stages],
            stage_openings_from=openings.begins,
            opening_day=openings.column(0),
            stage_admits=[
                self._timeline(stage.opens.admits) if stage.opens else NONE for stage in stages
            ],
            stage_at_least=[
                self._slot(stage.opens.at_least) if stage.opens else NONE for stage in stages
            ],
            stage_discipline=[
                _number_in(self.disciplines, discipline.word, discipline)
                for discipline in disciplines
            ],
            stage_order_trait=[
                self.trait_number[stage.order[1]] if stage.order[1] else NONE for stage in stages
            ],
            stage_order_draws=[discipline.draws for discipline in disciplines],
            stage_urgency=[self._factor_list(stage.urgency) for stage in stages],
            stage_order_moves=[
                discipline.draws or bool(stage.urgency) or bool(stage.order_when)
                for discipline, stage in zip(disciplines, stages, strict=True)
            ],
            stage_order_choice=chosen,
            order_discipline=orders.column(0),
            order_trait=orders.column(1),
            order_draws=orders.column(2),
            ordered=[k for k, stage in enumerate(stages) if stage.order_when],
            stage_reserves=[stage.reserves for stage in stages],
            stage_in_order_of_joining=[
                discipline.in_order_of_joining and not stage.urgency and not stage.order_when
                for discipline, stage in zip(disciplines, stages, strict=True)
            ],
            stage_priority=[stage.priority for stage in stages],
            stage_limit=[stage.limit.waiting.slot if stage.limit else NONE for stage in stages],
            stage_else=[
                self.stage_number[stage.limit.otherwise] if stage.limit else NONE
                for stage in stages
            ],
            stage_puts_off=[stage.put_off is not None for stage in stages],
            stage_put_off_to=[
                self.stage_number[stage.put_off.otherwise] if stage.put_off else NONE
                for stage in stages
            ],
            put_off_from=put_off.begins,
            put_off_waiting=put_off.column(0),
            put_off_slot=put_off.column(1),
            stage_room=[self._slot(stage.room) for stage in stages],
            stage_batch_least=[
                self._slot(stage.batch.at_least) if stage.batch else NONE for stage in stages
            ],
            stage_batch_most=[
                self._slot(stage.batch.at_most) if stage.batch else NONE for stage in stages
            ],
            stage_ends_together=[
                stage.batch is not None and stage.batch.ends_together for stage in stages
            ],
            stage_may_interrupt=[bool(stage.interrupts) for stage in stages],
            stage_interrupts=[
                [name in stage.interrupts for name in self.flow.stages] for stage in stages
            ],
            stage_interrupted=[
                INTERRUPTED_STAYS.index(stage.interrupted or "") for stage in stages
            ],
            interruptible=[k for k, stage in enumerate(stages) if stage.interrupted],
            falling=[
                k for k, resource in enumerate(self.flow.resources.values()) if resource.interrupts
            ],
            putting_off=[k for k, stage in enumerate(stages) if stage.put_off],
            with_room=[k for k, stage in enumerate(stages) if stage.room],
            waiting=[k for k, stage in enumerate(stages) if stage.may_wait],
            limited=[k for k, stage in enumerate(stages) if stage.limit],
        )

    def _draws(self) -> None:
        """Put which stages draw whom out of which others."""
        stages = self.flow.stages
        sources = []
        groups = []
        again = []
        wanted = _Parts()
        for stage in stages.values():
            drawn = stage.draws_from
            sources.append([drawn is not None and name in drawn.stages for name in stages])
            any_group = drawn is None or drawn.groups is None
            named = drawn.groups if drawn is not None and drawn.groups is not None else ()
            groups.append([any_group or name in named for name in self.flow.groups])
            again.append(self._slot(drawn.again_after) if drawn else NONE)
            traits = (drawn.traits or {}) if drawn else {}
            wanted.add([self._wanted(trait, value) for trait, value in traits.items()])
        draws = [any(row) for row in sources]
        drawn_from = [any(column) for column in zip(*sources, strict=True)]
        is_present = [
            drawn and not stage.may_wait
            for drawn, stage in zip(drawn_from, stages.values(), strict=True)
        ]
        self._put(
            drawing=[k for k, own in enumerate(draws) if own],
            stage_draws=draws,
            stage_draw_column=[sum(draws[:k]) for k in range(len(draws))],
            stage_present=[
                sum(is_present[:k]) if own else NONE for k, own in enumerate(is_present)
            ],
            draws_from=sources,
            draws_group=groups,
            stage_again=again,
            draws_traits_from=wanted.begins,
            draws_trait=wanted.column(0),
            draws_wanted=wanted.column(1),
        )

    def _wanted(self, trait: str, value: bool | str) -> tuple[float, ...]:
        """Return a trait with what is wanted of it."""
        number = self.trait_number[trait]
        if isinstance(value, bool):
            return number, WANTED if value else UNWANTED
        categories = self._categories(trait)
        return number, categories.index(value) if value in categories else NO_CATEGORY

    # What is scarce, and the calendar.

    def _resources(self) -> None:
        units = _Parts()
        supplies = _Parts()
        open_hours = _Parts()
        for resource in self.flow.resources.values():
            value = resource.units or resource.fte
            caseload = self._slot(resource.caseload)
            units.add((time, slot, caseload) for time, slot in self._units(resource, value))
            open_hours.add(
                (span.begin, span.end)
                for span in (
                    spans_of(resource.shifts, self.calendar)
                    if resource.shifts is not None and resource.pauses
                    else ()
                )
            )
            supplies.add((day,) for day in self._supply_days(resource.supply))
        own = [resource.supply for resource in self.flow.resources.values()]
        self._put(
            unit_from=units.begins,
            unit_time=units.column(0),
            unit_slot=units.column(1),
            unit_caseload=units.column(2),
            open_from=open_hours.begins,
            open_begin=open_hours.column(0),
            open_end=open_hours.column(1),
            supply_slot=[supply.units.slot if supply else NONE for supply in own],
            supply_lapses=[supply.lapses if supply else False for supply in own],
            resource_supplies_from=supplies.begins,
            supply_day=supplies.column(0),
        )
        self.units = units
        self.supplies = supplies

    def _units(self, resource: Resource, value: Quantity | None) -> Iterator[tuple[float, int]]:
        """Yield when the units of a resource change: with their slot, or why there are none."""
        points = {} if value is None else self._points_in_time(value)
        if resource.shifts is None:
            yield from points.items()
            return
        away = PAUSED if resource.pauses else AWAY
        # From when the units are there: by a number of the shift, or None for how many there are.
        shifts: dict[float, int | None] = {}
        for span in spans_of(resource.shifts, self.calendar):
            shifts[span.begin] = None if span.value is None else span.value.slot
            shifts.setdefault(span.end, away)
        shifts.setdefault(0.0, away)
        slot = NONE
        own: int | None = None
        for time in sorted({*points, *shifts}):
            slot = points.get(time, slot)
            own = shifts.get(time, own)
            if time < self.calendar.horizon:
                yield time, slot if own is None else own

    def _supply_days(self, supply: Supply | None) -> list[float]:
        if supply is None:
            return []
        return list(self.calendar.openings(supply.every, supply.first or self.flow.starts))

    def _calendar(self) -> None:
        """Put what happens on which day: units change, supplies come, stages open."""
        events: dict[float, list[tuple[float, ...]]] = {}
        for number in range(len(self.flow.resources)):
            # A resource has its first units from the start.
            for k in range(self.units.begins[number] + 1, self.units.begins[number + 1]):
                events.setdefault(self.units.rows[k][0], []).append((UNITS, number, k))
            for k in range(self.supplies.begins[number], self.supplies.begins[number + 1]):
                events.setdefault(self.supplies.rows[k][0], []).append((SUPPLY, number, NONE))
        for number, stage in enumerate(self.flow.stages.values()):
            for day, many in Counter(stage.opening_days(self.calendar)).items():
                events.setdefault(day, []).append((OPENING, number, many))
        days = sorted(day for day in events if day < self.calendar.horizon)
        parts = _Parts()
        for day in days:
            parts.add(events[day])
        self._put(
            calendar_day=days,
            calendar_from=parts.begins,
            calendar_event=parts.column(0),
            calendar_which=parts.column(1),
            calendar_point=parts.column(2),
        )


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _number_in(known: dict[str, T], name: str, one: T) -> int:
    """Return which of those known so far a record is; from now on it is one of them."""
    known.setdefault(name, one)
    return list(known).index(name)


def _kind_of_trait(trait: Trait) -> int:
    if trait.share is not None:
        return SHARE
    if trait.categories is not None:
        return CATEGORIES
    return NORMAL if trait.normal is not None else DAYS


def _runs(stage: Stage, risk: str, phase: str) -> bool:
    """Tell whether a risk has a clock in a phase of a stage."""
    return risk in stage.risks and getattr(stage.risks[risk], phase) is not None
