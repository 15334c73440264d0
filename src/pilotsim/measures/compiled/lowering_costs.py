"""Hours and money as steps of a program: what `pilotsim.measures.costs` works out."""

from __future__ import annotations

from collections.abc import Sequence

from pilotsim.base.calendar import DAYS_PER_MONTH, HOURS_PER_DAY, HOURS_PER_WORKING_DAY
from pilotsim.measures.compiled.measure_parts import NOTHING, MeasureParts, Numbers, Window
from pilotsim.measures.compiled.program import (
    ADD_DAYS,
    ADD_HOURS,
    COUNT_STARTS,
    OF_GROUPS,
    OVER,
    PLUS,
    PRICED,
    RATIO,
    SINCE_BEGAN,
    SINCE_JOINED,
    TIMES,
)
from pilotsim.measures.compiled.selections import WITH_IT, WITHOUT_IT, select
from pilotsim.measures.selections import stages_showing
from pilotsim.model.costs import Cost
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure


def lower_hours(parts: MeasureParts, what: Measure, base: int) -> Numbers:
    """Return the numbers of the hours that a resource works for some clients."""
    stages = parts.build.stages(parts.flow.stages if what.in_stages is None else what.in_stages)
    first, last = parts.window(what) or (0.0, parts.horizon)
    number = parts.resource(str(what.hours))
    parts.build.count_working_days()
    days = parts.build.tally(ADD_HOURS, number, base, stages, x=first, y=last)
    hours = parts.build.work_out(TIMES, days, x=HOURS_PER_WORKING_DAY)
    caseload = parts.flow.resources[str(what.hours)].caseload
    if caseload is not None:
        # A unit is the place of one of so many clients whom one person serves.
        clients = parts.build.work_out(PRICED, parts.build.number(1.0), caseload.slot)
        hours = parts.build.work_out(RATIO, hours, clients)
    return _per(parts, what, hours)


def lower_cost(parts: MeasureParts, what: Measure) -> Numbers:
    """Return the numbers of what is paid."""
    return _per(parts, what, _total_cost(parts, what, what.cost or (), WITH_IT))


def cost_without(parts: MeasureParts, what: Measure) -> int:
    """Return what is paid for the same clients without the programme."""
    return _total_cost(parts, what, _paid_without(parts.flow, what), WITHOUT_IT)


def _paid_without(flow: Flow, what: Measure) -> list[str]:
    """Return which lines of a cost are paid without the programme."""
    return [
        name
        for name in what.cost or ()
        if (name in flow.resources and flow.resources[name].always)
        or (
            name not in flow.resources
            and (flow.costs[name].is_of_clients or flow.costs[name].always)
        )
    ]


def _total_cost(parts: MeasureParts, what: Measure, names: Sequence[str], world: int) -> int:
    base = select(parts.build, what.of)
    window = parts.window(what)
    total = parts.build.number(NOTHING)
    for name in names:
        if name in parts.flow.costs:
            one = _client_cost(parts, parts.flow.costs[name], base, window, world)
        else:
            one = _resource_cost(parts, name, window)
        total = parts.build.work_out(PLUS, total, one)
    return total


def _resource_cost(parts: MeasureParts, name: str, window: Window | None) -> int:
    resource = parts.flow.resources[name]
    assert resource.price is not None  # checked when read
    days = parts.unit_days(parts.resource(name), window)
    if resource.shifts is not None:
        paid_for = parts.build.work_out(TIMES, days, x=HOURS_PER_DAY)
    else:
        paid_for = parts.build.work_out(OVER, days, x=DAYS_PER_MONTH)
    return parts.build.work_out(PRICED, paid_for, resource.price.slot)


def _client_cost(
    parts: MeasureParts, cost: Cost, base: int, window: Window | None, world: int
) -> int:
    build = parts.build
    first, last = window or (0.0, parts.horizon)
    price = cost.price.slot
    if not cost.is_of_clients:
        return build.work_out(PRICED, build.number((last - first) / DAYS_PER_MONTH), price)
    names = cost.in_stages if cost.state is None else stages_showing(parts.flow, cost.state)
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


def _per(parts: MeasureParts, what: Measure, totals: int) -> Numbers:
    build = parts.build
    if what.per is not None:
        chosen = select(build, what.per)
        may_count = build.but_not(select(build, what.per, at_most=True), chosen)
        count = parts.count(chosen)
        return parts.numbers(build.work_out(RATIO, totals, count), count, parts.count(may_count))
    if what.per_month_in is None and what.per_month_in_stage is None:
        return parts.of_resources(totals)
    stages, since = build.stages(what.per_month_in_stage or ()), SINCE_BEGAN
    if what.per_month_in is not None:
        stages, since = parts.showing(what.per_month_in), SINCE_JOINED
    days = parts.days(stages, build.everybody, since, parts.window(what), WITH_IT)
    months = build.work_out(OVER, days, x=DAYS_PER_MONTH)
    return parts.of_resources(build.work_out(RATIO, totals, months))
