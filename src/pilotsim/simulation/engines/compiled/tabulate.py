"""From a flow to its tables: names become numbers, values become slots, dates become days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base import randomness
from pilotsim.base.quantity import Quantity
from pilotsim.model.clients import GROUP, HOME, PAST, StartPlace
from pilotsim.model.distributions import Duration
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.model.factors import Factor
from pilotsim.model.flow import Flow
from pilotsim.model.queue_disciplines import discipline_named
from pilotsim.model.stages import Stage
from pilotsim.simulation.engines.compiled.jit import address_of
from pilotsim.simulation.engines.compiled.tables import (
    CATEGORIES,
    DAYS,
    FAMILY,
    NONE,
    NORMAL,
    OPENING,
    PARTS,
    POINTS,
    RESIDUAL,
    SHARE,
    SUPPLY,
    UNITS,
    WHOLE,
    Tables,
)
from pilotsim.simulation.population import ORIGINS
from pilotsim.simulation.resolved import ResolvedFlow, make_plan
from pilotsim.simulation.service import REMAINING

MOMENTS = {"joined": 0, "started": 1, "finished": 2}


class Parts:
    """Lists of parts of unequal length, joined end to end."""

    def __init__(self) -> None:
        self.begins = [0]
        self.items: list[tuple[float, ...]] = []

    def add(self, items: Sequence[tuple[float, ...]]) -> int:
        """Add a part; return its number."""
        self.items.extend(items)
        self.begins.append(len(self.items))
        return len(self.begins) - 2

    def column(self, number: int, kind: type = np.int64) -> NDArray[Any]:
        """Return one column of all items."""
        return np.array([item[number] for item in self.items], kind)


def make_tables(flow: Flow) -> Tables:
    """Return the arrays of a flow."""
    return _Compiler(flow, make_plan(flow)).make()


class _Compiler:
    def __init__(self, flow: Flow, plan: ResolvedFlow) -> None:
        self.flow, self.plan, self.calendar = flow, plan, plan.calendar
        self.lines, self.points, self.factors = Parts(), Parts(), Parts()
        self.lengths: list[tuple[float, ...]] = []
        self.length_by: list[int] = []
        self.length_parts, self.part_codes = Parts(), list[int]()
        self.stage_number = {HOME: NONE, **{name: k for k, name in enumerate(flow.stages)}}
        self.risk_number = {name: k for k, name in enumerate(flow.risks)}
        self.trait_number = {name: k for k, name in enumerate((*flow.traits, GROUP, PAST))}
        self.category_numbers: list[int] = []
        self.columns: dict[str, object] = {}

    def make(self) -> Tables:
        """Fill every column; the lists that others point into come last."""
        self._groups()
        self._traits()
        self._risks()
        self._stages()
        self._clocks()
        self._draws()
        self._resources()
        self._effects()
        self._days()
        self._shared()
        return Tables(**self.columns)  # type: ignore[arg-type]

    def put(self, **columns: object) -> None:
        """Set columns; lists of whole numbers become arrays."""
        for name, column in columns.items():
            self.columns[name] = np.ascontiguousarray(
                column if isinstance(column, np.ndarray) else np.array(column, np.int64)
            )

    def slot(self, value: Quantity | None) -> int:
        return NONE if value is None else value.slot

    def line(self, value: Quantity | None) -> int:
        """Return the number of a timeline of slots; changes up to the start hold from the start."""
        if value is None:
            return NONE
        points = {0.0: value.slot}
        for when, later in value.changes:
            points[max(0.0, self.calendar.day_of(when))] = later.slot
        return self.lines.add(list(points.items()))

    def length(self, duration: Duration | None, purpose: str = "") -> int:
        """Return the number of a duration; the purpose names the chance of its parts."""
        if duration is None:
            return NONE
        parts = [
            (self.length(part), randomness.code(f"{purpose}/{k}"))
            for k, part in enumerate(duration.parts)
        ]
        self.length_parts.add([(number,) for number, _ in parts])
        self.part_codes += [code for _, code in parts]
        self.length_by.append(self.factor_list(duration.by))
        slots = [value.slot for value in duration.parameters]
        self.points.add(list(zip(duration.probabilities, slots, strict=False)))
        self.lengths.append(
            (
                *self._law(duration),
                duration.working,
                self.line(duration.times),
                self.slot(duration.slowest_of),
            )
        )
        return len(self.lengths) - 1

    def _law(self, duration: Duration) -> tuple[int, ...]:
        """Return a duration's form, where the functions of its family lie, and three slots of parameters."""
        if duration.parts:
            return PARTS, NONE, NONE, NONE, NONE, NONE
        if duration.probabilities:
            return POINTS, NONE, NONE, NONE, NONE, NONE
        slots = [value.slot for value in duration.parameters]
        three = (slots + [NONE] * MAX_PARAMETERS)[:MAX_PARAMETERS]
        quantile = address_of(duration.law.quantile)
        return FAMILY, quantile, address_of(duration.law.length_biased_quantile), *three

    def factor_list(self, factors: Mapping[str, Factor]) -> int:
        """Return the number of a list of factors; `NONE` for an empty one."""
        if not factors:
            return NONE
        items = []
        for name, factor in factors.items():
            table = NONE
            if factor.value is None:
                table = len(self.category_numbers)
                self.category_numbers += [
                    self.slot(factor.categories.get(category))
                    for category in self._categories(name)
                ]
            items.append((self.trait_number[name], self.slot(factor.value), table))
        return self.factors.add(items)

    def _categories(self, trait: str) -> list[str]:
        return (
            list(self.flow.groups)
            if trait == GROUP
            else list(self.flow.traits[trait].categories or ())
        )

    def _groups(self) -> None:
        groups = self.flow.groups.values()
        rates, intakes = Parts(), Parts()
        for group, plan in zip(groups, self.plan.groups, strict=True):
            rates.add(self._rate(group.arrivals, group.season))
            intakes.add([(day,) for day in plan.intake])
        codes = [
            [randomness.code(f"{name}/{origin}") for origin in ORIGINS] for name in self.flow.groups
        ]
        self.put(
            group_home=[plan.home for plan in self.plan.groups],
            group_stock=[group.stock.slot for group in groups],
            group_code=np.array(codes, np.uint64),
            group_rate_from=rates.begins,
            rate_time=rates.column(0, np.float64),
            rate_slot=rates.column(1),
            rate_season=rates.column(2),
            group_intake_from=intakes.begins,
            intake_day=intakes.column(0, np.float64),
            group_brings=[
                self.slot(group.intake.brings if group.intake else None) for group in groups
            ],
            group_past=[self.length(group.past) for group in groups],
            group_offered=np.array([plan.offered_from for plan in self.plan.groups]),
        )
        self._places()

    def _places(self) -> None:
        """Set where the stock of each group is at the start."""
        places = Parts()
        for group in self.flow.groups.values():
            places.add(
                [
                    (self.stage_number[to], self.slot(p.share), self._remaining(p))
                    for to, p in (group.stock_in or {}).items()
                ]
            )
        self.put(
            group_places_from=places.begins,
            place_stage=places.column(0),
            place_share=places.column(1),
            place_remaining=places.column(2),
        )

    def _remaining(self, place: StartPlace) -> int:
        if isinstance(place.remaining, Duration):
            return self.length(place.remaining, REMAINING)
        return WHOLE if place.remaining is None else RESIDUAL

    def _rate(
        self, arrivals: Quantity | None, season: tuple[Quantity, ...] | None
    ) -> list[tuple[float, ...]]:
        """Return the times at which a rate of arrival changes, with the slots of rate and season."""
        if arrivals is None:
            return []
        changes = [
            (max(0.0, self.calendar.day_of(when)), later.slot) for when, later in arrivals.changes
        ]
        points = {0.0: arrivals.slot, **dict(changes)}
        if season is None:
            return [(time, slot, NONE) for time, slot in points.items()]
        times = sorted({*points, *self.calendar.month_starts()})
        slots = [[slot for at, slot in points.items() if at <= time][-1] for time in times]
        months = [season[self.calendar.date_of(time).month - 1].slot for time in times]
        return list(zip(times, slots, months, strict=True))

    def _traits(self) -> None:
        kinds, slots, categories = [], [], Parts()
        for trait in self.flow.traits.values():
            row = [NONE] * 2 * len(self.flow.groups)
            if trait.share is not None:
                own = [(trait.groups or {}).get(group, trait.share) for group in self.flow.groups]
                row = [slot for share in own for slot in (share.stock.slot, share.arrivals.slot)]
            elif trait.normal is not None:
                row[:2] = [trait.normal[0].slot, trait.normal[1].slot]
            elif trait.days is not None:
                row[0] = self.length(trait.days)
            kinds.append(
                SHARE
                if trait.share
                else CATEGORIES
                if trait.categories
                else NORMAL
                if trait.normal
                else DAYS
            )
            slots.append(row)
            categories.add([(share.slot,) for share in (trait.categories or {}).values()])
        codes = [randomness.code(f"trait/{name}") for name in self.flow.traits]
        self.put(
            trait_kind=kinds,
            trait_code=np.array(codes, np.uint64),
            trait_from=categories.begins,
            trait_slots=np.array(slots, np.int64).reshape(len(kinds), 2 * len(self.flow.groups)),
        )
        self._trait_categories = categories

    def _risks(self) -> None:
        risks = self.flow.risks
        self.put(
            risk_code=np.array([randomness.code(f"risk/{name}") for name in risks], np.uint64),
            risk_after=[self.slot(risk.after) for risk in risks.values()],
            risk_used=[
                self.trait_number[risk.used] if risk.used else NONE for risk in risks.values()
            ],
            risk_factors=[self.factor_list(risk.times) for risk in risks.values()],
        )

    def _stages(self) -> None:
        stages, needs, alternatives, routes = self.flow.stages, Parts(), Parts(), Parts()
        for stage, plan in zip(stages.values(), self.plan.stages, strict=True):
            alternatives.add([(self._needs(one, needs),) for one in stage.alternatives])
            ways = (stage.next or {}).items()
            routes.add(
                [
                    (self.stage_number[to], self.line(way.share), self.factor_list(way.odds))
                    for to, way in ways
                ]
            )
            assert len(plan.needs) == len(stage.alternatives)
        disciplines = [discipline_named(stage.order[0]) for stage in stages.values()]
        codes = [
            [randomness.code(f"{what}/{name}") for what in ("duration", "route", "order")]
            for name in stages
        ]
        self.put(
            stage_codes=np.array(codes, np.uint64),
            stage_waits=[stage.may_wait for stage in stages.values()],
            stage_needs_from=alternatives.begins,
            needs_from=needs.begins,
            need_resource=needs.column(0),
            need_slot=needs.column(1),
            stage_keeps=np.array(
                [[r in stage.keeps for r in self.flow.resources] for stage in stages.values()],
                np.int64,
            ).reshape(len(stages), len(self.flow.resources)),
            stage_length=[
                self.length(stage.lasts, f"duration/{name}") for name, stage in stages.items()
            ],
            stage_pace=[self.line(stage.pace) for stage in stages.values()],
            stage_routes_from=routes.begins,
            route_to=routes.column(0),
            route_line=routes.column(1),
            route_factors=routes.column(2),
            stage_opens=[stage.opens is not None for stage in stages.values()],
            stage_admits=[
                self.line(stage.opens.admits) if stage.opens else NONE for stage in stages.values()
            ],
            stage_at_least=[
                self.slot(stage.opens.at_least) if stage.opens else NONE
                for stage in stages.values()
            ],
            stage_order_key=[address_of(discipline.key) for discipline in disciplines],
            stage_order_trait=[
                self.trait_number.get(stage.order[1], NONE) for stage in stages.values()
            ],
            stage_order_draws=[discipline.draws for discipline in disciplines],
            stage_joins_last=[discipline.in_order_of_joining for discipline in disciplines],
            stage_priority=[stage.priority for stage in stages.values()],
            stage_limit=[
                self.slot(stage.limit.waiting) if stage.limit else NONE for stage in stages.values()
            ],
            stage_else=[plan.otherwise for plan in self.plan.stages],
        )

    def _needs(self, needs: Mapping[str, Quantity], table: Parts) -> int:
        numbers = {name: k for k, name in enumerate(self.flow.resources)}
        return table.add(sorted((numbers[name], units.slot) for name, units in needs.items()))

    def _clocks(self) -> None:
        clocks, names = Parts(), list(self.flow.risks)
        parts = [
            (stage, phase)
            for stage in self.flow.stages.values()
            for phase in ("waiting", "started")
        ]
        for stage, phase in parts:
            clocks.add(
                [
                    self._clock(stage, name, phase)
                    for name in names
                    if self._runs(stage, name, phase)
                ]
            )
        runs = [[self._runs(stage, name, phase) for name in names] for stage, phase in parts]
        risks = list(self.flow.risks.values())
        months = [self.calendar.date_of(mark).month - 1 for mark in self.plan.marks[:-1]]
        seasons = [risks[int(item[0])].season for item in clocks.items]
        by_mark = [
            [season[month].slot if season else NONE for month in months] for season in seasons
        ]
        self.put(
            clock_from=clocks.begins,
            clock_risk=clocks.column(0),
            clock_to=clocks.column(1),
            clock_line=clocks.column(2),
            clock_rate=clocks.column(3),
            clock_pace=clocks.column(4),
            clock_season=np.array(by_mark, np.int64).reshape(len(by_mark), len(months)),
            part_runs=np.array(runs, np.int64).reshape(len(parts), len(names)),
            marks=np.array(self.plan.marks),
        )

    def _runs(self, stage: Stage, risk: str, phase: str) -> bool:
        return risk in stage.risks and getattr(stage.risks[risk], phase) is not None

    def _clock(self, stage: Stage, name: str, phase: str) -> tuple[float, ...]:
        risk, here = self.flow.risks[name], stage.risks[name]
        speed: Quantity = getattr(here, phase)
        rate = risk.rate.slot if speed.kind == "number" and risk.rate is not None else NONE
        to = self.stage_number[here.to or risk.to]
        return self.risk_number[name], to, self.line(speed), rate, self.line(risk.pace)

    def _draws(self) -> None:
        stages, wanted = self.flow.stages, Parts()
        groups, sources, again = [], [], []
        for stage in stages.values():
            drawn = stage.draws_from
            sources.append([drawn is not None and name in drawn.stages for name in stages])
            groups.append(
                [
                    drawn is None or drawn.groups is None or name in drawn.groups
                    for name in self.flow.groups
                ]
            )
            again.append(self.slot(drawn.again_after) if drawn else NONE)
            wanted.add(
                [
                    self._wanted(trait, value)
                    for trait, value in ((drawn.traits or {}) if drawn else {}).items()
                ]
            )
        self.put(
            waiting=[k for k, stage in enumerate(stages.values()) if stage.may_wait],
            limited=[k for k, stage in enumerate(stages.values()) if stage.limit],
            drawing=[k for k, row in enumerate(sources) if any(row)],
            stage_draws=[any(row) for row in sources],
            stage_draw_column=[sum(any(row) for row in sources[:k]) for k in range(len(sources))],
            stage_hall=self._halls([any(column) for column in zip(*sources, strict=True)]),
            draws_from=np.array(sources, np.int64),
            draws_group=np.array(groups, np.int64),
            stage_again=again,
            draws_traits_from=wanted.begins,
            draws_trait=wanted.column(0),
            draws_wanted=wanted.column(1),
        )

    def _halls(self, drawn_from: Sequence[bool]) -> list[int]:
        """Number the stages that others draw from and where nobody waits."""
        is_hall = [
            drawn and not stage.may_wait
            for drawn, stage in zip(drawn_from, self.flow.stages.values(), strict=True)
        ]
        return [sum(is_hall[:k]) if own else NONE for k, own in enumerate(is_hall)]

    def _wanted(self, trait: str, value: bool | str) -> tuple[float, ...]:
        """Return a trait with what is wanted of it: -1 and -2 for true and false, or a category's number."""
        if isinstance(value, bool):
            return self.trait_number[trait], -1 if value else -2
        categories = self._categories(trait)
        return self.trait_number[trait], categories.index(value) if value in categories else -3

    def _resources(self) -> None:
        units = Parts()
        for resource in self.flow.resources.values():
            value, caseload = resource.units or resource.fte, self.slot(resource.caseload)
            points: dict[float, int] = {}
            if value is not None:
                points[0.0] = value.slot
                points |= {
                    max(0.0, self.calendar.day_of(when)): later.slot
                    for when, later in value.changes
                }
            units.add([(time, slot, caseload) for time, slot in points.items()])
        supplies = [resource.supply for resource in self.flow.resources.values()]
        self.units = units
        self.put(
            unit_from=units.begins,
            unit_time=units.column(0, np.float64),
            unit_slot=units.column(1),
            unit_caseload=units.column(2),
            supply_slot=[supply.units.slot if supply else NONE for supply in supplies],
            supply_lapses=[supply.lapses if supply else False for supply in supplies],
        )

    def _days(self) -> None:
        """Set what happens on which day: units change, supplies come, stages open."""
        deeds: dict[float, list[tuple[float, ...]]] = {}
        for number, resource in enumerate(self.plan.resources):
            for k in range(self.units.begins[number] + 1, self.units.begins[number + 1]):
                deeds.setdefault(self.units.items[k][0], []).append((UNITS, number, k))
            for day in resource.supplies:
                deeds.setdefault(day, []).append((SUPPLY, number, NONE))
        for number, stage in enumerate(self.plan.stages):
            for day in stage.opening.days if stage.opening else ():
                deeds.setdefault(day, []).append((OPENING, number, NONE))
        days, parts = sorted(day for day in deeds if day < self.plan.horizon), Parts()
        for day in days:
            parts.add(deeds[day])
        self.put(
            day_time=np.array(days, np.float64),
            day_from=parts.begins,
            deed_kind=parts.column(0),
            deed_which=parts.column(1),
            deed_point=parts.column(2),
        )

    def _effects(self) -> None:
        effects, noted, by_risk = self.flow.effects, Parts(), Parts()
        for risk in self.flow.risks:
            by_risk.add([(k,) for k, effect in enumerate(effects) if effect.on == risk])
        for name in self.flow.stages:
            for moment in MOMENTS:
                noted.add(
                    [
                        (k,)
                        for k, e in enumerate(effects)
                        if e.after == name and e.counted_from == moment
                    ]
                )
        slots = [
            [
                effect.times.slot,
                *(self.slot(v) for v in (effect.starts, effect.lasts, effect.fades)),
            ]
            for effect in effects
        ]
        self.put(
            effect_risk=[self.risk_number[effect.on] for effect in effects],
            risk_effects_from=by_risk.begins,
            risk_effect=by_risk.column(0),
            effect_slots=np.array(slots, np.int64).reshape(len(slots), 4),
            effect_factors=[self.factor_list(effect.by) for effect in effects],
            noted_from=noted.begins,
            noted_effect=noted.column(0),
        )

    def _shared(self) -> None:
        lengths = np.array(self.lengths, np.int64).reshape(len(self.lengths), 9)
        self.put(
            horizon=np.array([self.plan.horizon]),
            worked=list(self.calendar.worked),
            line_from=self.lines.begins,
            line_time=self.lines.column(0, np.float64),
            line_slot=self.lines.column(1),
            length_form=lengths[:, 0],
            length_quantile=lengths[:, 1],
            length_biased_quantile=lengths[:, 2],
            length_slots=np.ascontiguousarray(lengths[:, 3:6]),
            length_working=lengths[:, 6],
            length_line=lengths[:, 7],
            length_slowest=lengths[:, 8],
            length_from=self.points.begins,
            point_at=self.points.column(0, np.float64),
            point_slot=self.points.column(1),
            factors_from=self.factors.begins,
            factor_trait=self.factors.column(0),
            factor_slot=self.factors.column(1),
            factor_category=self.factors.column(2),
            category_slot=[
                *self.category_numbers,
                *(int(slot) for (slot,) in self._trait_categories.items),
            ],
            length_by=self.length_by,
            length_parts_from=self.length_parts.begins,
            length_part=self.length_parts.column(0),
            part_code=np.array(self.part_codes, np.uint64),
        )
        self.put(
            trait_from=[
                begin + len(self.category_numbers) for begin in self._trait_categories.begins
            ]
        )
