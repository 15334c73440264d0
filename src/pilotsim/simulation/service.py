"""How long a service lasts for a client: by its uniform numbers, its traits, and the dates.

Plans are in ticks here (`ResolvedFlow.in_ticks`), and so are moments.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add

from pilotsim.base import randomness
from pilotsim.base.calendar import work_until
from pilotsim.base.elementary import exp, log, normal_quantile
from pilotsim.base.ticks import to_ticks
from pilotsim.model.conditions import Term, number_of
from pilotsim.simulation.clocks import end_at_pace
from pilotsim.simulation.compile import DETERRED, REMAINING, STOCK_IN
from pilotsim.simulation.copula import as_uniform, correlation_of_places, part_of_its_own
from pilotsim.simulation.population import (
    Cohort,
    client_factor,
    draw_duration,
    draw_length_biased,
    place_of,
    place_of_trait,
)
from pilotsim.simulation.resolved import (
    ResolvedFlow,
    ResolvedLength,
    ResolvedRoute,
    ResolvedStage,
    ResolvedStartPlace,
)
from pilotsim.simulation.shifts import DAYS_PER_WORKING_DAY, go_on


def place_at_start(plan: ResolvedFlow, cohort: Cohort, client: int) -> ResolvedStartPlace | None:
    """Return where a client of the stock is in mid-stay at the start.

    None for one that joins its home stage afresh.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    cohort : Cohort
        The clients.
    client : int
        The client's place in the cohort.
    """
    places = plan.groups[int(cohort.group[client])].places
    if not places or cohort.origin[client] != 0:
        return None
    place = place_of(places, cohort.draws.of(client, randomness.code(STOCK_IN), 0))
    return None if place.stage < 0 else place


def deterred_to(plan: ResolvedFlow, cohort: Cohort, client: int) -> int:
    """Return the stage that a new client is in who is deterred; -1 for one who comes.

    Only who may be offered the programme when it arrives is deterred by it.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    cohort : Cohort
        The clients.
    client : int
        The client's place in the cohort.
    """
    deterred = plan.groups[int(cohort.group[client])].deterred
    if deterred is None or cohort.origin[client] == 0:
        return -1
    arrives = to_ticks(float(cohort.arrives[client]))
    if arrives < deterred.since or arrives < to_ticks(float(cohort.offered_from[client])):
        return -1
    u = cohort.draws.of(client, randomness.code(DETERRED), 0)
    return deterred.to if u < deterred.share else -1


def way_on(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    visit: int,
    now: float,
    count: Callable[[Term], int] | None = None,
) -> int | None:
    """Return the stage that a client goes to who finishes one now; None where no way is open.

    Parameters
    ----------
    plan, cohort : ResolvedFlow, Cohort
        What is run.
    client : int
        Who finishes.
    stage : ResolvedStage
        Where.
    visit : int
        How often the client has joined the stage before.
    now : float
        When it finishes, in ticks.
    count : callable, optional
        What is counted of the state of the run, for shares that look at it.
    """
    u = cohort.draws.of(client, stage.route_code, visit)
    given = [_share_of(route, now, count) for route in stage.routes]
    rest = max(0.0, 1.0 - _add_up(share for share in given if share >= 0.0))
    weights = [rest if share < 0.0 else share for share in given]
    for k, route in enumerate(stage.routes):
        if route.odds:
            weights[k] *= client_factor(plan, cohort, route.odds, client)
    goal = u * _add_up(weights)
    reached = 0.0
    for route, weight in zip(stage.routes, weights, strict=True):
        reached += weight
        if goal < reached:
            return route.to
    return None


def _share_of(route: ResolvedRoute, now: float, count: Callable[[Term], int] | None) -> float:
    """Return the share of a way on; -1 for the rest."""
    for condition, share in route.when:
        assert count is not None, "a share that looks at the state needs one"
        if number_of(condition, count):
            return share.at(now)
    return route.share.at(now) if route.share else -1.0


def _add_up(numbers: Iterable[float]) -> float:
    """Return a sum of plain additions in order.

    Python's own `sum` gives other bits from version 3.12 on.
    """
    return reduce(add, numbers, 0.0)


def end_of_service(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    visit: int,
    now: float,
    place: ResolvedStartPlace | None = None,
    alternative: int = 0,
    episodes: Sequence[int] = (),
) -> float:
    """Return when a service ends that a client starts, in ticks; `inf` where it has no length.

    Parameters
    ----------
    plan, cohort : ResolvedFlow, Cohort
        What is run.
    client : int
        Whose service.
    stage : ResolvedStage
        Where.
    visit : int
        How often the client has joined the stage before.
    now : float
        When it starts, in ticks.
    place : ResolvedStartPlace, optional
        For one who is in mid-stay at the start.
    alternative : int
        Which alternative of the stage's needs it holds.
    episodes : sequence of int
        How often the clock of each risk has fired.
    """
    if stage.lasts is None:
        return math.inf
    shifts = _shifts_of(plan, stage, alternative)
    if place is not None and place.in_steady_state:
        days = _residual(plan, cohort, client, stage, stage.lasts, now)
        return _end_after(plan, cohort, client, stage, shifts, stage.lasts, stage.lasts, days, now)
    if place is not None and place.remaining is not None:
        code = randomness.code(REMAINING)
        return _end_of_length(plan, cohort, client, stage, shifts, place.remaining, code, 0, now)
    lasts = _length_by_way(plan, cohort, client, stage, visit, now) or stage.lasts
    return _end_of_length(
        plan, cohort, client, stage, shifts, lasts, stage.duration_code, visit, now, episodes
    )


def _length_by_way(
    plan: ResolvedFlow, cohort: Cohort, client: int, stage: ResolvedStage, visit: int, now: float
) -> ResolvedLength | None:
    """Return the length that goes by the way on which the client will take; None for the stage's.

    Where lengths go by the way, shares are the same at all times: it is the way taken at the end.
    """
    if all(route.lasts is None for route in stage.routes):
        return None
    to = way_on(plan, cohort, client, stage, visit, now)
    return next((route.lasts for route in stage.routes if route.to == to), None)


def _shifts_of(plan: ResolvedFlow, stage: ResolvedStage, alternative: int) -> list[int]:
    """Return the resources that a client holds in a stage and between whose shifts it waits."""
    needs = stage.needs[alternative] if stage.needs else ()
    return [r for r, units in needs if units > 0 and plan.resources[r].shift_ends]


def _end_in_shifts(plan: ResolvedFlow, shifts: Sequence[int], now: float, left: float) -> float:
    """Return when a service is over that goes on while all of some resources have a shift."""
    time = now
    while left > 0.0 and time < math.inf:
        # As long as one of them has no shift yet, go on to the begin of that.
        begun, until = time, math.inf
        for r in shifts:
            resource = plan.resources[r]
            begun, until = go_on(
                begun,
                until,
                resource.shift_begins,
                resource.shift_ends,
                0,
                len(resource.shift_ends),
            )
        if begun < until and begun == time:
            if left <= until - time:
                return time + left
            left -= until - time
            begun = until
        time = begun
    return time


def _residual(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    length: ResolvedLength,
    now: float,
) -> float:
    """Return what is left of a length for one who is found in a stage that has long been in use.

    Those found have a length and an age with the density f(s) exp(-h a), a < s, where h is the
    hazard at which the client's risks take it out. It is met by rejection, in turn from lengths
    drawn in proportion to themselves with a uniform age, kept with the chance exp(-h a), and from
    plain lengths with an age of density h exp(-h a), kept where a < s. Either is exact; the one is
    rarely kept where h is large, the other where it is small.
    """
    hazard = hazard_at_start(plan, cohort, client, stage)
    stretch = 1.0
    if length.times is not None:
        stretch *= length.times.at(now)
    if length.by:
        stretch *= client_factor(plan, cohort, length.by, client)
    attempt = 0
    while True:
        u, v, w = (
            cohort.draws.once(client, randomness.code(REMAINING), 4 * attempt + word)
            for word in range(3)
        )
        if attempt % 2 == 0:
            whole = draw_length_biased(length, u)
            left = v * whole
            if hazard == 0.0 or w < exp(-hazard * stretch * (whole - left)):
                return left
        else:
            whole = draw_duration(length, u)
            age = -log(v) / hazard
            if age < whole * stretch:
                return whole - age / stretch
        attempt += 1


def hazard_at_start(plan: ResolvedFlow, cohort: Cohort, client: int, stage: ResolvedStage) -> float:
    """Return the hazard per day at which risks take a client out of a stage that it has started.

    That of the start of the run, which is taken to have held before.

    Parameters
    ----------
    plan, cohort : ResolvedFlow, Cohort
        What is run.
    client : int
        Whose risks.
    stage : ResolvedStage
        Where.
    """
    hazard = 0.0
    for clock in stage.started:
        factor = client_factor(plan, cohort, plan.risks[clock.risk].times, client)
        hazard += clock.speeds[0] * factor
    return hazard


def _end_of_length(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    shifts: Sequence[int],
    length: ResolvedLength,
    purpose: int,
    index: int,
    now: float,
    episodes: Sequence[int] = (),
) -> float:
    """Return when a length that is drawn now is over; of several parts, the last."""
    if not length.parts:
        u = cohort.draws.of(client, purpose, index)
        days = draw_duration(length, _correlated(plan, cohort, client, length, u, episodes))
        return _end_after(plan, cohort, client, stage, shifts, length, length, days, now)
    end = now
    for part in length.parts:
        days = draw_duration(part, cohort.draws.of(client, part.code, index))
        own = _end_after(plan, cohort, client, stage, shifts, length, part, days, now)
        end = max(end, own)
    return end


def _correlated(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    length: ResolvedLength,
    u: float,
    episodes: Sequence[int],
) -> float:
    """Return the uniform number of a length that goes with a trait, or with a risk's threshold."""
    if length.with_trait >= 0:
        other = place_of_trait(plan, cohort.draws, client, length.with_trait)
    elif length.with_risk >= 0:
        # The higher the number of a clock, the lower its threshold.
        code = plan.risks[length.with_risk].code
        other = -normal_quantile(cohort.draws.of(client, code, episodes[length.with_risk]))
    else:
        return u
    correlation = correlation_of_places(length.rank)
    own = part_of_its_own(correlation) * normal_quantile(u)
    return as_uniform(own + correlation * other)


def _end_after(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    shifts: Sequence[int],
    length: ResolvedLength,
    part: ResolvedLength,
    days: float,
    now: float,
) -> float:
    """Return when a length is over, with its factors of now, at the pace of the stage."""
    if length.times is not None:
        days *= length.times.at(now)
    if length.by:
        days *= client_factor(plan, cohort, length.by, client)
    if shifts:
        by_the_clock = days * DAYS_PER_WORKING_DAY if part.working else days
        return _end_in_shifts(plan, shifts, now, to_ticks(by_the_clock))
    ticks = to_ticks(days)
    if part.working:
        return work_until(plan.calendar.worked, now, ticks)
    if stage.pace is None:
        return now + ticks
    return end_at_pace(now, ticks, stage.pace.times, stage.pace.numbers)
