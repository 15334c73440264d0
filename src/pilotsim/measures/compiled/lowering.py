"""Measures as a program: what `pilotsim.measures.measures` asks, under the same names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.errors import RequestError
from pilotsim.base.ticks import on_tick
from pilotsim.measures.compiled.builder import quantile_or_mean
from pilotsim.measures.compiled.lowering_costs import cost_without, lower_cost, lower_hours
from pilotsim.measures.compiled.measure_parts import ALL_DAYS, UNKNOWN, MeasureParts, Numbers
from pilotsim.measures.compiled.program import (
    ADD_TAKEN,
    ADD_UNITS,
    ADD_UP,
    AS_ASKED,
    BOUNDED_WAIT,
    COUNT_PRESENT,
    COUNT_VISITS,
    HELD,
    HOW_MANY,
    IN_USE,
    IN_WINDOW,
    LENGTH,
    LONGER,
    MINUS,
    OPEN,
    OTHERWISE,
    OVER,
    OVERBOOKED,
    PLUS,
    RATIO,
    RETURNS,
    SEEN_SO_FAR,
    SHARE_BY,
    SINCE_JOINED,
    SPELLS,
    SURVIVAL,
    TYPICAL,
    TYPICAL_WAY,
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
from pilotsim.measures.drop_out import at_the_end, otherwise
from pilotsim.measures.measures import has_no_counterfactual
from pilotsim.measures.occupancy import can_be_overbooked, since_supply
from pilotsim.measures.selections import days_of, stages_showing
from pilotsim.measures.spells import count_days
from pilotsim.model.flow import Flow
from pilotsim.model.rules.targets import knows_use, unknown_use
from pilotsim.model.targets import SURVIVAL as BY_SURVIVAL
from pilotsim.model.targets import Measure, Spell

MOST_KNOWN = 8


@dataclass(frozen=True)
class Lowered:
    """A program, the room it takes, and the traits that it asks for in its order.

    `told` says of some measures where the marks of clients stand by which drop-outs are told.
    """

    program: MeasureProgram
    room: dict[str, int]
    traits: tuple[str, ...]
    told: tuple[dict[str, int | str], ...] = ()


def lower(
    flow: Flow,
    measures: Sequence[Measure],
    *,
    both_worlds: bool,
    told: Sequence[tuple[Measure, bool]] = (),
) -> Lowered:
    """Return the program of some measures of a flow, made once for them.

    Parameters
    ----------
    flow : Flow
        What the file says.
    measures : sequence of Measure
        What is asked.
    both_worlds : bool
        Whether also what the same clients come to without the programme.
    told : sequence of (Measure, bool)
        Of which of them the marks are told by which `measures.drop_out` goes, and whether at least
        so much is asked for.
    """
    known: dict[object, tuple[Sequence[Measure], Lowered]] = flow.memory.setdefault(lower, {})
    key = (both_worlds, *map(id, measures), *((id(what), at_least) for what, at_least in told))
    found = known.get(key)
    if found is not None:
        return found[1]
    lowering = _Lowering(flow)
    outputs = [lowering.outputs(what, both_worlds=both_worlds) for what in measures]
    marks = tuple(lowering.marks(what, at_least=at_least) for what, at_least in told)
    program, room = lowering.build.build(outputs)
    made = Lowered(program, room, tuple(lowering.build.traits_asked), marks)
    if len(known) >= MOST_KNOWN:
        known.clear()
    # The measures are kept, so that no other takes the address of one.
    known[key] = ((*measures, *(what for what, _ in told)), made)
    return made


class _Lowering(MeasureParts):
    """Gives each measure its steps."""

    def outputs(self, what: Measure, *, both_worlds: bool) -> tuple[int, ...]:
        """Return where the numbers of a measure stand, in the order of `program.OUTPUTS`."""
        own = self.measure(what, select(self.build, what.of), WITH_IT)
        anyway = self.counterfactual(what) if both_worlds else self.build.number(UNKNOWN)
        return own.values, own.base, own.left_out, own.waiting, own.beyond, anyway

    def marks(self, what: Measure, *, at_least: bool) -> dict[str, int | str]:
        """Return where the marks stand of whom a measure counts, and of who does what it asks."""
        build = self.build
        base = select(build, what.of)
        if what.kind == "wait":
            stage = list(self.flow.stages).index(str(what.wait))
            return {"kind": what.kind, "base": base, "from": stage, "to": stage}
        if what.kind == "time":
            assert what.time is not None
            ends = (list(self.flow.stages).index(one) for one in (what.time.start, what.time.end))
            return {"kind": what.kind, "base": base, **dict(zip(("from", "to"), ends, strict=True))}
        if what.kind == "change_in":
            is_there = select(build, at_the_end(what))
            met = build.both(base, is_there) if at_least else build.but_not(base, is_there)
            return {"kind": "share", "base": base, "met": met, "other": met}
        assert what.share is not None
        base = build.both(build.both(base, followed(build, what.of)), followed(build, what.share))
        met = build.both(select(build, what.share), base)
        met = met if at_least else build.but_not(base, met)
        more = otherwise(what.share) if at_least else None
        other = met if more is None else build.both(select(build, more), base)
        return {"kind": what.kind, "base": base, "met": met, "other": other}

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
            return cost_without(self, what)
        base = select(self.build, what.of)
        if what.kind == "share":
            return self._share_of_clients(what, base, WITHOUT_IT).values
        if what.kind == "count":
            as_asked = select(self.build, what.count, world=WITHOUT_IT)
            return self.count(self.build.both(as_asked, base))
        return self.measure(what, base, WITHOUT_IT).values

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
            asks, bound = LONGER, on_tick(spell.longer_than.number)
        elif spell.returns_within is not None:
            asks, bound = RETURNS, on_tick(spell.returns_within.number)
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
            spell_gap=on_tick(spell.gap.number) if spell.gap is not None else 0.0,
            spell_bound=bound,
            spell_began=began,
            spell_ended=ended,
            spell_closes=ended[1] if is_told else -math.inf,
            spell_horizon=horizon,
        )

    # Resources.

    def _use(self, what: Measure, base: int, world: int) -> Numbers:
        name = str(what.use)
        if not knows_use(self.flow, name):
            raise RequestError(unknown_use(name))
        number, window = self.resource(name), self.window(what)
        first, last = window or ALL_DAYS
        supply = self.flow.resources[name].supply
        used = self.build.tally(ADD_UNITS if supply is None else ADD_TAKEN, number, x=first, y=last)
        there = self.unit_days(number, window)
        if supply is not None and window is not None:
            there = self._with_left_over(number, there, first, lapses=supply.lapses)
        if not can_be_overbooked(self.flow, name):
            return self.of_resources(self.build.work_out(RATIO, used, there))
        first, last = window or (0.0, self.horizon)
        held = self.build.step(HELD, number)
        beyond = self.build.work_out(OVERBOOKED, held, number, x=first, y=last)
        use = self.build.work_out(IN_USE, used, there, beyond)
        if self.flow.resources[name].pauses:
            return self.of_resources(use)
        return self.of_resources(use, self.build.work_out(OVER, beyond, x=last - first))

    def _with_left_over(self, number: int, there: int, first: float, *, lapses: bool) -> int:
        """Return the units supplied in a window with those that are left at its start."""
        own = self.build.compiled.as_lists
        begins = own.resource_supplies_from
        days = [own.supply_day[k] for k in range(begins[number], begins[number + 1])]
        since = since_supply(days, first, lapses=lapses)
        if since is None:
            return there
        taken = self.build.tally(ADD_TAKEN, number, x=since, y=first)
        left = self.build.work_out(MINUS, self.unit_days(number, (since, first)), taken)
        return self.build.work_out(PLUS, there, left)

    def _hours(self, what: Measure, base: int, world: int) -> Numbers:
        return lower_hours(self, what, base)

    def _cost(self, what: Measure, base: int, world: int) -> Numbers:
        return lower_cost(self, what)


def _quantile(what: Measure) -> float:
    return quantile_or_mean(None if what.quantile is None else what.quantile.number)
