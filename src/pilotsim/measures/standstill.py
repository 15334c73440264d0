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
from pilotsim.simulation.flow_columns import ANEW, DRAWN_ANEW, GOES_ON
from pilotsim.simulation.journeys import FIRST_RISK, INTERRUPTED, Journeys
from pilotsim.simulation.long_run import long_plans
from pilotsim.simulation.population import Cohort, make_cohort
from pilotsim.simulation.resolved import ResolvedFlow, ResolvedStage
from pilotsim.simulation.service import end_of_service, place_at_start, way_on

__all__ = ["Standstill", "StuckClients", "find_standstill"]

# A week of shifts, also where a week has holidays.
LAST_DAYS = 14.0
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
    """Return how many units there are from the end on; of what is used up more may always come.

    Of what has shifts the most in the last weeks: whoever waits at night may start in the next one.
    """
    line = plan.resources[resource].units
    if line is None:
        return math.inf
    if list(plan.flow.resources.values())[resource].shifts is None:
        return line.numbers[-1]
    spans = zip((*line.times[1:], plan.horizon), line.numbers, strict=True)
    return max(number for end, number in spans if end >= plan.horizon - LAST_DAYS)


def _open_visits(journeys: Journeys) -> list[_Open]:
    plan = journeys.plan
    run = _AsRun.of(journeys)
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
            to, end = _blocked_before(journeys, run, row, stage)
            if to is not None:
                wants = (((f"room in {to}", 1),),)
                may_leave = any(speed > 0.0 for clock in clocks for speed in clock.speeds)
                since = end
        found.append(_Open(number, since, tuple(holds), wants, may_leave))
    return found


@dataclass(frozen=True)
class _AsRun:
    """A replication as an engine ran it: with `starts_from`, from so many ticks before the start.

    Clients are those of the journeys, by their place there.
    """

    plan: ResolvedFlow
    cohort: Cohort
    clients: Sequence[int]
    before: float

    @classmethod
    def of(cls, journeys: Journeys) -> _AsRun:
        """Return the run behind journeys."""
        plan, cohort = journeys.plan, journeys.cohort
        if plan.flow.starts_from is None:
            return cls(plan.in_ticks, cohort, range(len(cohort)), 0.0)
        longer = long_plans([plan])[0]
        whole = make_cohort(longer, cohort.seed, cohort.replication)
        pairs = zip(whole.key.tolist(), whole.number.tolist(), strict=True)
        places = {pair: place for place, pair in enumerate(pairs)}
        kept = zip(cohort.key.tolist(), cohort.number.tolist(), strict=True)
        before = to_ticks(float((plan.flow.starts - longer.flow.starts).days))
        return cls(longer.in_ticks, whole, [places[pair] for pair in kept], before)

    def ticks(self, days: float) -> float:
        """Return a moment of the journeys in ticks of the run."""
        return to_ticks(days) + self.before


def _blocked_before(
    journeys: Journeys, run: _AsRun, row: int, stage: ResolvedStage
) -> tuple[str | None, float]:
    """Return for which stage a client that is done with its service waits, and since when."""
    plan = journeys.plan
    rooms = [k for k, one in enumerate(plan.stages) if one.room is not None]
    leads = {route.to for route in stage.routes} & set(rooms)
    # Who started together ends with the first of them: the rows do not say who that was.
    if not leads or stage.ends_together:
        return None, math.nan
    client = int(journeys.client[row])
    who = run.clients[client]
    first = int(np.searchsorted(journeys.client, client))
    own = run.plan.stages[int(journeys.stage[row])]
    # A stay that was interrupted is several visits, with the random numbers of the first.
    resumes = [_resumes(journeys, first, k) for k in range(first, row + 1)]
    begins = max(first + k for k, one in enumerate(resumes) if not one)
    before = sum(
        not resumes[k - first] and journeys.stage[k] == journeys.stage[row]
        for k in range(first, begins)
    )
    length = own.lasts
    goes_with_risk = length is not None and length.with_risk >= 0
    if plan.flow.starts_from is not None and (goes_with_risk or own.interrupted == DRAWN_ANEW):
        # What was before the start counts for these numbers, and is in no row.
        return None, math.nan
    episodes = [
        int(np.count_nonzero(journeys.cause[first:begins] == FIRST_RISK + risk))
        for risk in range(len(plan.risks))
    ]
    end = left = math.inf
    for k in range(begins, row + 1):
        started = run.ticks(float(journeys.started[k]))
        if k > begins and own.interrupted == GOES_ON:
            end = started + left
        else:
            place = place_at_start(run.plan, run.cohort, who) if k == first else None
            alternative = max(0, int(journeys.alternative[k]))
            is_anew = k > begins and own.interrupted == DRAWN_ANEW
            visit = ANEW + k - first if is_anew else before
            end = end_of_service(
                run.plan, run.cohort, who, own, visit, started, place, alternative, episodes
            )
        left = end - run.ticks(float(journeys.finished[k]))
    if not end < run.plan.horizon:
        return None, math.nan
    to = way_on(run.plan, run.cohort, who, own, before, end)
    if to is None or to not in leads:
        return None, math.nan
    return plan.stages[to].name, to_days(end - run.before)


def _resumes(journeys: Journeys, first: int, row: int) -> bool:
    """Tell whether a visit goes on with a stay that was interrupted."""
    return row > first and journeys.cause[row - 1] == INTERRUPTED


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
