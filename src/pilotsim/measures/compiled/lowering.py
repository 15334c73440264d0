"""Measures as a program: what `pilotsim.measures.measures` asks, under the same names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pilotsim.base.calendar import DAYS_PER_MONTH, HOURS_PER_WORKING_DAY
from pilotsim.measures.compiled.builder import Builder, quantile_or_mean
from pilotsim.measures.compiled.program import (
    ADD_DAYS,
    ADD_HOURS,
    ADD_TAKEN,
    ADD_UNITS,
    ADD_UP,
    AS_ASKED,
    BOUNDED_WAIT,
    COUNT,
    COUNT_PRESENT,
    COUNT_STARTS,
    COUNT_VISITS,
    HOW_MANY,
    IN_WINDOW,
    LENGTH,
    LONGER,
    MINUS,
    OF_GROUPS,
    OPEN,
    OTHERWISE,
    OVER,
    PLUS,
    PRICED,
    RATIO,
    RETURNS,
    SEEN_SO_FAR,
    SHARE_BY,
    SINCE_BEGAN,
    SINCE_JOINED,
    SPELLS,
    SURVIVAL,
    TIMES,
    TYPICAL,
    TYPICAL_WAY,
    UNIT_DAYS,
    VISITS_BOTH,
    VISITS_BUT_NOT,
    VISITS_OF,
    WAITS,
    WAYS,
    MeasureProgram,
)
from pilotsim.measures.compiled.selections import (
    WITH_IT,
    WITHOUT_IT,
    count_months,
    first_joined,
    first_moment,
    first_move,
    followed,
    is_finite,
    is_over,
    kept_out_of,
    later,
    select,
    select_visits,
)
from pilotsim.measures.measures import has_no_counterfactual
from pilotsim.measures.selections import days_of, stages_showing
from pilotsim.measures.spells import count_days
from pilotsim.model.costs import Cost
from pilotsim.model.flow import Flow
from pilotsim.model.targets import SURVIVAL as BY_SURVIVAL
from pilotsim.model.targets import Measure, Spell

Window = tuple[float, float]
ALL_DAYS = (-math.inf, math.inf)
NOTHING, UNKNOWN = 0.0, math.nan
MOST_KNOWN = 8


@dataclass(frozen=True)
class Lowered:
    """A program, the room it takes, and the traits that it asks for in its order."""

    program: MeasureProgram
    room: dict[str, int]
    traits: tuple[str, ...]


@dataclass(frozen=True)
class Numbers:
    """Where the numbers of a measure stand: see `measures.MeasuredRuns`."""

    values: int
    base: int
    left_out: int
    waiting: int
    beyond: int


def lower(flow: Flow, measures: Sequence[Measure], *, both_worlds: bool) -> Lowered:
    """Return the program of some measures of a flow, made once for them.

    Parameters
    ----------
    flow : Flow
        What the file says.
    measures : sequence of Measure
        What is asked.
    both_worlds : bool
        Whether also what the same clients come to without the programme.
    """
    known: dict[object, tuple[Sequence[Measure], Lowered]] = flow.memory.setdefault(lower, {})
    key = (both_worlds, *map(id, measures))
    found = known.get(key)
    if found is not None:
        return found[1]
    lowering = _Lowering(flow)
    outputs = [lowering.outputs(what, both_worlds=both_worlds) for what in measures]
    program, room = lowering.build.build(outputs)
    made = Lowered(program, room, tuple(lowering.build.traits_asked))
    if len(known) >= MOST_KNOWN:
        known.clear()
    # The measures are kept, so that no other takes the address of one.
    known[key] = (tuple(measures), made)
    return made


class _Lowering:
    """Gives each measure its steps."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.build = Builder(flow)
        self.horizon = self.build.horizon

    def outputs(self, what: Measure, *, both_worlds: bool) -> tuple[int, ...]:
        """Return where the numbers of a measure stand, in the order of `program.OUTPUTS`."""
        own = self.measure(what, select(self.build, what.of), WITH_IT)
        anyway = self.counterfactual(what) if both_worlds else self.build.number(UNKNOWN)
        return own.values, own.base, own.left_out, own.waiting, own.beyond, anyway

    def measure(self, what: Measure, base: int, world: int) -> Numbers:
        """Return the numbers of a measure of some clients in a world."""
        lowerings: dict[str, Callable[[Measure, int, int], Numbers]] = {
            "share": self._share,
            "count": self._count,
            "change_in": self._change_in,
            "mean_in": self._mean_in,
            "months_in": self._months_in,
            "calendar_months": self._calendar_months,
            "wait": self._wait,
            "time": self._time,
            "spell": self._spell,
            "use": self._use,
            "hours": self._hours,
            "cost": self._cost,
        }
        return lowerings[what.kind](what, base, world)

    def counterfactual(self, what: Measure) -> int:
        """Return what the same clients come to without the programme."""
        if has_no_counterfactual(what):
            return self.build.number(UNKNOWN)
        if what.kind == "cost":
            return self._total_cost(what, self.flow_costs_without(what), WITHOUT_IT)
        base = select(self.build, what.of)
        if what.kind == "share":
            return self._share_of_clients(what, base, WITHOUT_IT).values
        if what.kind == "count":
            as_asked = select(self.build, what.count, world=WITHOUT_IT)
            return self.count(self.build.both(as_asked, base))
        return self.measure(what, base, WITHOUT_IT).values

    # What several kinds have in common.

    def count(self, marks: int) -> int:
        """Return how many clients are marked."""
        if marks == self.build.nobody:
            return self.build.number(NOTHING)
        return self.build.tally(COUNT, marks)

    def numbers(
        self, values: int, base: int, left_out: int | None = None, waiting: int | None = None
    ) -> Numbers:
        """Return the numbers of a measure of which the value is known."""
        none = self.build.number(NOTHING)
        left_out = none if left_out is None else left_out
        waiting = none if waiting is None else waiting
        return Numbers(values, base, left_out, waiting, none)

    def window(self, what: Measure) -> Window | None:
        """Return the window of a measure; None for the whole run."""
        if what.between is not None:
            return days_of(self.build.calendar, what.between)
        first = self.build.counted_from
        return (first, self.horizon) if first else None

    def on_clients(self, what: Measure, base: int, values: int) -> Numbers:
        """Return a measure of clients with how many it rests on, and how many `of` leaves open."""
        left_out = None
        if what.of is not None and what.of.needs_time:
            may_count = select(self.build, what.of, at_most=True)
            left_out = self.count(self.build.but_not(may_count, base))
        return self.numbers(values, self.count(base), left_out)

    def of_resources(self, values: int) -> Numbers:
        """Return a measure that rests on no clients."""
        return self.numbers(values, self.build.number(UNKNOWN))

    def showing(self, state: str) -> int:
        """Return the set of stages that a register would show as a state."""
        return self.build.stages(stages_showing(self.flow, state))

    def days(self, stages: int, base: int, since: int, window: Window | None, world: int) -> int:
        """Return the days that clients are in some stages, in a window."""
        first, last = window or ALL_DAYS
        return self.build.tally(ADD_DAYS, stages, base, since, 0, world=world, x=first, y=last)

    # Shares and counts.

    def kept_out(self, what: Measure) -> int:
        """Return marks of whom a share is not about."""
        return self.build.either(
            kept_out_of(self.build, what.of), kept_out_of(self.build, what.share)
        )

    def _share(self, what: Measure, base: int, world: int) -> Numbers:
        if what.each == "visit":
            return self._share_of_visits(what)
        return self._share_of_clients(what, base, world)

    def _share_of_clients(self, what: Measure, base: int, world: int) -> Numbers:
        build = self.build
        may_count = select(build, what.of, at_most=True)
        if what.followed == BY_SURVIVAL:
            return self._share_by_survival(what, base, may_count, world)
        counted = build.both(
            build.both(base, followed(build, what.of)), followed(build, what.share)
        )
        as_asked = build.both(select(build, what.share, world=world), counted)
        count = self.count(counted)
        values = build.work_out(RATIO, self.count(as_asked), count)
        left_out = build.but_not(build.but_not(may_count, counted), self.kept_out(what))
        return self.numbers(values, count, self.count(left_out))

    def _share_by_survival(self, what: Measure, base: int, may_count: int, world: int) -> Numbers:
        build = self.build
        asked = what.share
        assert asked is not None
        assert asked.within is not None  # checked when built
        since = first_moment(build, asked.after or ())
        counted = build.both(base, is_finite(build, since))
        happened = first_move(build, asked, world=world)
        competed = -1
        if what.competing is not None:
            competed = first_joined(build, what.competing, since, world=world)
        latest = later(build, since, asked.within)
        is_followed = is_over(build, asked.after or (), asked.within)
        times = build.step(
            SURVIVAL, since, happened, competed, latest, counted, x=float(is_followed)
        )
        left_out = build.but_not(build.but_not(may_count, counted), self.kept_out(what))
        return self.numbers(
            build.work_out(SHARE_BY, times),
            self.count(counted),
            self.count(left_out),
            build.work_out(HOW_MANY, times, OPEN),
        )

    def _share_of_visits(self, what: Measure) -> Numbers:
        build = self.build
        enough = build.both(followed(build, what.of), followed(build, what.share))
        base = select_visits(build, what.of)
        counted = build.step(VISITS_BOTH, base, build.step(VISITS_OF, enough))
        as_asked = build.step(VISITS_BOTH, select_visits(build, what.share), counted)
        count = build.tally(COUNT_VISITS, counted)
        values = build.work_out(RATIO, build.tally(COUNT_VISITS, as_asked), count)
        left_out = build.step(VISITS_BUT_NOT, base, counted)
        left_out = build.step(VISITS_BUT_NOT, left_out, build.step(VISITS_OF, self.kept_out(what)))
        return self.numbers(values, count, build.tally(COUNT_VISITS, left_out))

    def _count(self, what: Measure, base: int, world: int) -> Numbers:
        build = self.build
        if what.each == "visit":
            visits = select_visits(build, what.of)
            as_asked = build.step(VISITS_BOTH, select_visits(build, what.count), visits)
            may_count = build.step(
                VISITS_BOTH,
                select_visits(build, what.count, at_most=True),
                select_visits(build, what.of, at_most=True),
            )
            left_out = build.step(VISITS_BUT_NOT, may_count, as_asked)
            return self.numbers(
                *(build.tally(COUNT_VISITS, marks) for marks in (as_asked, visits, left_out))
            )
        chosen = build.both(select(build, what.count), base)
        may_count = build.both(
            build.but_not(select(build, what.count, at_most=True), chosen),
            select(build, what.of, at_most=True),
        )
        return self.numbers(self.count(chosen), self.count(base), self.count(may_count))

    # Where clients are, and for how long.

    def _change_in(self, what: Measure, base: int, world: int) -> Numbers:
        first, last = self.window(what) or (0.0, math.inf)
        stages = self.showing(str(what.change_in))
        end, beginning = (
            self.build.tally(COUNT_PRESENT, stages, base, world=world, x=time)
            for time in (last, first)
        )
        return self.on_clients(what, base, self.build.work_out(MINUS, end, beginning))

    def _mean_in(self, what: Measure, base: int, world: int) -> Numbers:
        first, last = window = self.window(what) or (0.0, self.horizon)
        days = self.days(self.showing(str(what.mean_in)), base, SINCE_JOINED, window, world)
        return self.on_clients(what, base, self.build.work_out(OVER, days, x=last - first))

    def _months_in(self, what: Measure, base: int, world: int) -> Numbers:
        stages = self.showing(str(what.months_in))
        days = self.days(stages, base, SINCE_JOINED, self.window(what), world)
        months = self.build.work_out(OVER, days, x=DAYS_PER_MONTH)
        values = self.build.work_out(RATIO, months, self.count(base))
        return self.on_clients(what, base, values)

    def _calendar_months(self, what: Measure, base: int, world: int) -> Numbers:
        between = what.between or (self.flow.counts_from, self.flow.end)
        stages = self.showing(str(what.calendar_months))
        months = count_months(self.build, stages, between, what.counted_on, world=world)
        total = self.build.tally(ADD_UP, months, base)
        return self.on_clients(what, base, self.build.work_out(RATIO, total, self.count(base)))

    # Times.

    def how_many(self, times: int, state: int = -1) -> int:
        """Return how many times of a list are in a state; all, unless said."""
        return self.build.work_out(HOW_MANY, times, state)

    def _wait(self, what: Measure, base: int, world: int) -> Numbers:
        first, last = self.window(what) or (0.0, self.horizon)
        stage = self.build.stages((str(what.wait),))
        times = self.build.step(WAITS, stage, base, x=first, y=last)
        share = _quantile(what)
        beyond = self.build.number_beside(BOUNDED_WAIT, times, share)
        least = self.build.work_out(BOUNDED_WAIT, times, beyond, x=share)
        return Numbers(
            least,
            self.how_many(times),
            self.how_many(times, SEEN_SO_FAR),
            self.how_many(times, OTHERWISE),
            beyond,
        )

    def _time(self, what: Measure, base: int, world: int) -> Numbers:
        build = self.build
        assert what.time is not None
        start = first_joined(build, (what.time.start,))
        end = first_joined(build, (what.time.end,), start)
        set_out = build.both(base, is_finite(build, start))
        under_way = build.but_not(set_out, is_finite(build, end))
        if what.between is not None:
            first, last = days_of(build.calendar, what.between)
            has_come = build.step(IN_WINDOW, end, x=first, y=last)
            set_out = build.both(set_out, has_come)
        times = build.step(WAYS, start, end, set_out)
        return self.numbers(
            build.work_out(TYPICAL_WAY, times, x=_quantile(what)),
            self.how_many(times, AS_ASKED),
            None,
            self.count(under_way),
        )

    def _spell(self, what: Measure, base: int, world: int) -> Numbers:
        build = self.build
        spell = what.spell
        assert spell is not None
        asks, row = self._row_of(spell)
        going_on = build.number_beside(SPELLS, row, base)
        times = build.step(SPELLS, row, base, going_on)
        share = _quantile(what) if asks == LENGTH else math.nan
        values = build.work_out(TYPICAL, times, x=share)
        return self.numbers(values, self.how_many(times), None, going_on)

    def _row_of(self, spell: Spell) -> tuple[int, int]:
        """Return what is asked of a spell, and the row of the program that says which are meant."""
        build = self.build
        asks, bound = LENGTH, 0.0
        if spell.longer_than is not None:
            asks, bound = LONGER, spell.longer_than.number
        elif spell.returns_within is not None:
            asks, bound = RETURNS, spell.returns_within.number
        stages = spell.in_stage if spell.state is None else stages_showing(self.flow, spell.state)
        days, horizon = -1, self.horizon
        if spell.counted_on is not None:
            counted = count_days(self.flow, build.calendar, spell.counted_on).tolist()
            days, horizon = build.days(counted), len(counted) * DAYS_PER_MONTH
        began, ended = (
            ALL_DAYS if window is None else days_of(build.calendar, window)
            for window in (spell.began, spell.ended)
        )
        is_told = spell.ended is not None and spell.returns_within is None
        return asks, build.spell(
            spell_set=build.stages(stages or ()),
            spell_asks=asks,
            spell_days=days,
            spell_gap=spell.gap.number if spell.gap is not None else 0.0,
            spell_bound=bound,
            spell_began=began,
            spell_ended=ended,
            spell_closes=ended[1] if is_told else -math.inf,
            spell_horizon=horizon,
        )

    # Resources and money.

    def _resource(self, name: str) -> int:
        return list(self.flow.resources).index(name)

    def _use(self, what: Measure, base: int, world: int) -> Numbers:
        name = str(what.use)
        number = self._resource(name)
        first, last = self.window(what) or ALL_DAYS
        is_used_up = self.flow.resources[name].supply is not None
        used = self.build.tally(ADD_TAKEN if is_used_up else ADD_UNITS, number, x=first, y=last)
        there = self.unit_days(number, self.window(what))
        return self.of_resources(self.build.work_out(RATIO, used, there))

    def unit_days(self, resource: int, window: Window | None) -> int:
        """Return the unit-days of a resource."""
        first, last = window or (0.0, self.horizon)
        return self.build.work_out(UNIT_DAYS, resource, x=first, y=last)

    def _hours(self, what: Measure, base: int, world: int) -> Numbers:
        stages = self.build.stages(self.flow.stages if what.in_stages is None else what.in_stages)
        first, last = self.window(what) or (0.0, self.horizon)
        number = self._resource(str(what.hours))
        self.build.count_working_days()
        days = self.build.tally(ADD_HOURS, number, base, stages, x=first, y=last)
        hours = self.build.work_out(TIMES, days, x=HOURS_PER_WORKING_DAY)
        caseload = self.flow.resources[str(what.hours)].caseload
        if caseload is not None:
            # A unit is the place of one of so many clients whom one person serves.
            clients = self.build.work_out(PRICED, self.build.number(1.0), caseload.slot)
            hours = self.build.work_out(RATIO, hours, clients)
        return self._per(what, hours)

    def _cost(self, what: Measure, base: int, world: int) -> Numbers:
        return self._per(what, self._total_cost(what, what.cost or (), WITH_IT))

    def flow_costs_without(self, what: Measure) -> list[str]:
        """Return which lines of a cost are paid without the programme."""
        return [
            name
            for name in what.cost or ()
            if (name in self.flow.resources and self.flow.resources[name].always)
            or (
                name not in self.flow.resources
                and (self.flow.costs[name].is_of_clients or self.flow.costs[name].always)
            )
        ]

    def _total_cost(self, what: Measure, names: Sequence[str], world: int) -> int:
        base = select(self.build, what.of)
        window = self.window(what)
        total = self.build.number(NOTHING)
        for name in names:
            if name in self.flow.costs:
                one = self._client_cost(self.flow.costs[name], base, window, world)
            else:
                one = self._resource_cost(name, window)
            total = self.build.work_out(PLUS, total, one)
        return total

    def _resource_cost(self, name: str, window: Window | None) -> int:
        price = self.flow.resources[name].price_per_month
        assert price is not None  # checked when read
        days = self.unit_days(self._resource(name), window)
        months = self.build.work_out(OVER, days, x=DAYS_PER_MONTH)
        return self.build.work_out(PRICED, months, price.slot)

    def _client_cost(self, cost: Cost, base: int, window: Window | None, world: int) -> int:
        build = self.build
        first, last = window or (0.0, self.horizon)
        price = cost.price.slot
        if not cost.is_of_clients:
            return build.work_out(PRICED, build.number((last - first) / DAYS_PER_MONTH), price)
        names = cost.in_stages if cost.state is None else stages_showing(self.flow, cost.state)
        stages = build.stages(names or ())
        if cost.groups is not None:
            base = build.both(base, build.step(OF_GROUPS, build.groups(cost.groups)))
        if cost.per_start is not None:
            starts = build.tally(COUNT_STARTS, stages, base, world=world, x=first, y=last)
            return build.work_out(PRICED, starts, price)
        since = SINCE_JOINED if cost.state is not None else SINCE_BEGAN
        working = int(cost.working_days)
        if working:
            build.count_working_days()
        days = build.tally(ADD_DAYS, stages, base, since, working, world=world, x=first, y=last)
        priced = build.work_out(PRICED, days, price)
        return build.work_out(OVER, priced, x=1.0 if cost.per_day is not None else DAYS_PER_MONTH)

    def _per(self, what: Measure, totals: int) -> Numbers:
        build = self.build
        if what.per is not None:
            chosen = select(build, what.per)
            may_count = build.but_not(select(build, what.per, at_most=True), chosen)
            count = self.count(chosen)
            return self.numbers(build.work_out(RATIO, totals, count), count, self.count(may_count))
        if what.per_month_in is None and what.per_month_in_stage is None:
            return self.of_resources(totals)
        stages, since = build.stages(what.per_month_in_stage or ()), SINCE_BEGAN
        if what.per_month_in is not None:
            stages, since = self.showing(what.per_month_in), SINCE_JOINED
        days = self.days(stages, build.everybody, since, self.window(what), WITH_IT)
        months = build.work_out(OVER, days, x=DAYS_PER_MONTH)
        return self.of_resources(build.work_out(RATIO, totals, months))


def _quantile(what: Measure) -> float:
    return quantile_or_mean(None if what.quantile is None else what.quantile.number)
