"""How long a service lasts for a client: by its uniform numbers, its traits, and the dates."""

from __future__ import annotations

import math

from pilotsim.base import randomness
from pilotsim.base.calendar import work_until
from pilotsim.simulation.clocks import end_at_pace
from pilotsim.simulation.compile import DETERRED, REMAINING, STOCK_IN
from pilotsim.simulation.population import (
    Cohort,
    client_factor,
    draw_duration,
    draw_residual,
    place_of,
)
from pilotsim.simulation.resolved import (
    ResolvedFlow,
    ResolvedLength,
    ResolvedStage,
    ResolvedStartPlace,
)


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
    arrives = cohort.arrives[client]
    if arrives < deterred.since or arrives < cohort.offered_from[client]:
        return -1
    u = cohort.draws.of(client, randomness.code(DETERRED), 0)
    return deterred.to if u < deterred.share else -1


def end_of_service(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    visit: int,
    now: float,
    place: ResolvedStartPlace | None = None,
) -> float:
    """Return when a service ends that a client starts; `inf` where it has no length.

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
        When it starts.
    place : ResolvedStartPlace, optional
        For one who is in mid-stay at the start.
    """
    if stage.lasts is None:
        return math.inf
    if place is not None and place.in_steady_state:
        u, v = (cohort.draws.of(client, randomness.code(REMAINING), index) for index in (0, 1))
        days = draw_residual(stage.lasts, u, v)
        return _end_after(plan, cohort, client, stage, stage.lasts, stage.lasts, days, now)
    if place is not None and place.remaining is not None:
        code = randomness.code(REMAINING)
        return _end_of_length(plan, cohort, client, stage, place.remaining, code, 0, now)
    return _end_of_length(plan, cohort, client, stage, stage.lasts, stage.duration_code, visit, now)


def _end_of_length(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    length: ResolvedLength,
    purpose: int,
    index: int,
    now: float,
) -> float:
    """Return when a length that is drawn now is over; of several parts, the last."""
    if not length.parts:
        days = draw_duration(length, cohort.draws.of(client, purpose, index))
        return _end_after(plan, cohort, client, stage, length, length, days, now)
    end = now
    for part in length.parts:
        days = draw_duration(part, cohort.draws.of(client, part.code, index))
        end = max(end, _end_after(plan, cohort, client, stage, length, part, days, now))
    return end


def _end_after(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
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
    if part.working:
        return work_until(plan.calendar.worked, now, days)
    if stage.pace is None:
        return now + days
    return end_at_pace(now, days, stage.pace.times, stage.pace.numbers)
