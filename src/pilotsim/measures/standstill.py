"""Who can never go on at the end of a run: each waits for what others hold, who never go on either.

It is told from journeys alone, so by both engines alike. Whoever is being served and can get away
(an end, a clock, an opening that takes clients out) is taken to leave, and so is whoever could
start, or find room, when those have left. Those who are left over stand still for ever.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.ticks import to_days, to_ticks
from pilotsim.measures.occupancy import units_in_service, units_while_waiting
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import ResolvedFlow, ResolvedStage
from pilotsim.simulation.service import end_of_service, place_at_start, way_on

__all__ = ["Standstill", "StuckClients", "find_standstill"]

# What is held or wanted, and how much: units of a resource, or room in a stage.
Amounts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class StuckClients:
    """Clients in one stage who hold and want the same, and never go on.

    Parameters
    ----------
    stage : str
        Where they are.
    clients : int
        How many.
    holds : mapping of str to int
        What each holds: units by resource, and room by stage (`room in NAME`).
    wants : tuple of mapping of str to int
        What each waits for: several where any of them would do.
    """

    stage: str
    clients: int
    holds: Mapping[str, int]
    wants: tuple[Mapping[str, int], ...]


@dataclass(frozen=True)
class Standstill:
    """A run in which some clients can never go on.

    Parameters
    ----------
    since : float
        Days from the start from which nothing could help the first of them.
    stuck : tuple of StuckClients
        Who, by stage and by what they hold and want.
    """

    since: float
    stuck: tuple[StuckClients, ...]

    @property
    def clients(self) -> int:
        """How many clients can never go on."""
        return sum(one.clients for one in self.stuck)


@dataclass(frozen=True)
class _Open:
    """A client whose visit goes on at the end of the run."""

    stage: int
    since: float
    holds: Amounts
    # What it waits for; none for one who is being served.
    wants: tuple[Amounts, ...] | None
    may_leave: bool


@checks_arguments
def find_standstill(journeys: Journeys) -> Standstill | None:
    """Return who can never go on at the end of a run; None where everybody may.

    Parameters
    ----------
    journeys : Journeys
        One replication, as `simulate` returns it.

    Raises
    ------
    RequestError
        Several replications in one.
    """
    if journeys.runs is not None:
        raise RequestError(Message("ask for each replication by itself"))
    there = _open_visits(journeys)
    room = {
        f"room in {stage.name}": stage.room
        for stage in journeys.plan.stages
        if stage.room is not None
    }
    units = {
        one.name: _units_at_end(journeys.plan, k) for k, one in enumerate(journeys.plan.resources)
    }
    there_is = {**units, **room}
    stuck = _left_over(there, there_is)
    if not stuck:
        return None
    counted = Counter((one.stage, one.holds, one.wants) for one in stuck)
    names = [stage.name for stage in journeys.plan.stages]
    rows = tuple(
        StuckClients(names[stage], count, dict(holds), tuple(dict(one) for one in wants or ()))
        for (stage, holds, wants), count in sorted(counted.items(), key=str)
    )
    return Standstill(_since(stuck, there, there_is), rows)


def _units_at_end(plan: ResolvedFlow, resource: int) -> float:
    """Return how many units there are at the end; of what is used up more may always come."""
    line = plan.resources[resource].units
    return math.inf if line is None else line.numbers[-1]


def _open_visits(journeys: Journeys) -> list[_Open]:
    plan = journeys.plan
    rows = np.flatnonzero(np.isnan(journeys.finished))
    names = [one.name for one in plan.resources]
    service = [units_in_service(journeys, k) for k in range(len(names))]
    waiting = [units_while_waiting(journeys, k) for k in range(len(names))]
    drawn = {source for stage in plan.stages for source in stage.draws_from}
    found = []
    for row in rows.tolist():
        number = int(journeys.stage[row])
        stage = plan.stages[number]
        started = not math.isnan(journeys.started[row])
        held = [int((service if started else waiting)[k][row]) for k in range(len(names))]
        holds = [(name, units) for name, units in zip(names, held, strict=True) if units]
        if stage.room is not None:
            holds.append((f"room in {stage.name}", 1))
        wants: tuple[Amounts, ...] | None = None
        if not started:
            wants = tuple(tuple((names[k], units) for k, units in one) for one in stage.needs)
        clocks = stage.started if started else stage.waiting
        may_leave = any(speed > 0.0 for clock in clocks for speed in clock.speeds)
        may_leave |= started and (stage.lasts is not None or number in drawn)
        since = float(journeys.joined[row])
        if started:
            to, end = _blocked_before(journeys, row, stage)
            if to is not None:
                wants = (((f"room in {to}", 1),),)
                may_leave = any(speed > 0.0 for clock in clocks for speed in clock.speeds)
                since = end
        found.append(_Open(number, since, tuple(holds), wants, may_leave))
    return found


def _blocked_before(journeys: Journeys, row: int, stage: ResolvedStage) -> tuple[str | None, float]:
    """Return for which stage a client that is done with its service waits, and since when."""
    plan, cohort = journeys.plan, journeys.cohort
    rooms = [k for k, one in enumerate(plan.stages) if one.room is not None]
    leads = {route.to for route in stage.routes} & set(rooms)
    if not leads or plan.flow.starts_from is not None:
        return None, math.nan
    client = int(journeys.client[row])
    first = int(np.searchsorted(journeys.client, client))
    before = int(np.count_nonzero(journeys.stage[first:row] == journeys.stage[row]))
    run = plan.in_ticks
    own = run.stages[int(journeys.stage[row])]
    place = place_at_start(run, cohort, client) if row == first else None
    started = to_ticks(float(journeys.started[row]))
    end = end_of_service(run, cohort, client, own, before, started, place)
    if not end < run.horizon:
        return None, math.nan
    to = way_on(run, cohort, client, own, before, end)
    if to is None or to not in leads:
        return None, math.nan
    return plan.stages[to].name, to_days(end)


def _left_over(there: Sequence[_Open], there_is: Mapping[str, float]) -> list[_Open]:
    """Return who is left when all have gone that can go."""
    free = dict(there_is)
    for one in there:
        for name, units in one.holds:
            free[name] -= units
    left = [one for one in there if not one.may_leave]
    for one in there:
        if one.may_leave:
            for name, units in one.holds:
                free[name] += units
    while True:
        stay = []
        for one in left:
            if _can_go(one, free):
                for name, units in one.holds:
                    free[name] += units
            else:
                stay.append(one)
        if len(stay) == len(left):
            return [one for one in left if one.wants is not None]
        left = stay


def _can_go(one: _Open, free: Mapping[str, float]) -> bool:
    if one.wants is None:
        return False
    holds = dict(one.holds)
    return any(
        all(units <= holds.get(name, 0) + max(0.0, free[name]) for name, units in wanted)
        for wanted in one.wants
    )


def _since(stuck: Sequence[_Open], there: Sequence[_Open], there_is: Mapping[str, float]) -> float:
    """Return when the first of them could no longer be helped: with fewer, all could go on."""
    served = [one for one in there if one.wants is None and not one.may_leave]
    ordered = sorted(stuck, key=lambda one: one.since)
    low, high = 0, len(ordered)
    while high - low > 1:
        middle = (low + high) // 2
        if _left_over([*served, *ordered[:middle]], there_is):
            high = middle
        else:
            low = middle
    return ordered[high - 1].since
