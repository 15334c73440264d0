"""How long a service lasts for a client: from its uniform numbers, its traits, and what goes on around it."""

from __future__ import annotations

import math

from pilotsim.base import randomness
from pilotsim.base.calendar import work_until
from pilotsim.model.clients import EQUILIBRIUM
from pilotsim.model.distributions import Duration
from pilotsim.simulation.clocks import end_at_pace
from pilotsim.simulation.population import (
    Cohort,
    client_factor,
    draw_duration,
    draw_residual,
    place_of,
)
from pilotsim.simulation.resolved import ResolvedFlow, ResolvedStage, ResolvedStartPlace

STOCK_IN, REMAINING = "stock_in", "remaining"


def place_at_start(plan: ResolvedFlow, cohort: Cohort, client: int) -> ResolvedStartPlace | None:
    """Return where a client of the stock is in mid-stay at the start.

    None for one that joins its home stage afresh.
    """
    places = plan.groups[int(cohort.group[client])].places
    if not places or cohort.origin[client] != 0:
        return None
    place = place_of(places, cohort.draws.of(client, randomness.code(STOCK_IN), 0))
    return None if place.stage < 0 else place


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
    if place is None or place.remaining is None:
        return _end(plan, cohort, client, stage, stage.lasts, f"duration/{stage.name}", visit, now)
    if place.remaining == EQUILIBRIUM:
        u, v = (cohort.draws.of(client, randomness.code(REMAINING), index) for index in (0, 1))
        length = draw_residual(stage.lasts, plan.reader, u, v)
        return _after(plan, cohort, client, stage, stage.lasts, stage.lasts, length, now)
    assert isinstance(place.remaining, Duration)
    return _end(plan, cohort, client, stage, place.remaining, REMAINING, 0, now)


def _end(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    lasts: Duration,
    purpose: str,
    index: int,
    now: float,
) -> float:
    """Return when a length is over that is drawn now; of several parts, when the last of them is."""
    if not lasts.parts:
        u = cohort.draws.of(client, randomness.code(purpose), index)
        return _after(
            plan, cohort, client, stage, lasts, lasts, draw_duration(lasts, plan.reader, u), now
        )
    end = now
    for number, part in enumerate(lasts.parts):
        u = cohort.draws.of(client, randomness.code(f"{purpose}/{number}"), index)
        end = max(
            end,
            _after(
                plan, cohort, client, stage, lasts, part, draw_duration(part, plan.reader, u), now
            ),
        )
    return end


def _after(
    plan: ResolvedFlow,
    cohort: Cohort,
    client: int,
    stage: ResolvedStage,
    lasts: Duration,
    part: Duration,
    length: float,
    now: float,
) -> float:
    """Return when a length is over: stretched as it stands now, for this client, at the pace of the stage."""
    if lasts.times is not None:
        length *= plan.reader.timeline(lasts.times).at(now)
    if lasts.by:
        length *= client_factor(plan, cohort, lasts.by, client)
    if part.working:
        return work_until(plan.calendar.worked, now, length)
    return (
        now + length
        if stage.pace is None
        else end_at_pace(now, length, stage.pace.times, stage.pace.numbers)
    )
