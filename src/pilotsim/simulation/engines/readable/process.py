"""The readable engine: SimPy, one process for each client.

The rules are those of `docs/semantics.md`. Moments are in ticks here. Random numbers come from the
cohort's draws, never from the order of events. At one instant three things happen in turn, held
apart by SimPy's priorities:
the calendar (units change, stages open), the clients (services end, clocks fire, clients arrive and
join), the starts (free places are filled).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from pilotsim.base.elementary import log
from pilotsim.base.errors import SimulationError
from pilotsim.base.ticks import TICKS_PER_DAY, to_days, to_ticks
from pilotsim.simulation.clocks import (
    Active,
    carry_on,
    end_at_steady_pace,
    interval_of,
    run_clock,
    speed_at,
)
from pilotsim.simulation.engines.readable.capacity import ANOTHER_PACE, Capacity, Client
from pilotsim.simulation.engines.readable.event_calendar import (
    CALENDAR,
    CLIENTS,
    PACES,
    STARTS,
    EventCalendar,
)
from pilotsim.simulation.flow_columns import (
    ANEW,
    DRAWN_ANEW,
    GOES_ON,
    ON_FINISHING,
    ON_JOINING,
    ON_STARTING,
)
from pilotsim.simulation.journeys import (
    COLUMNS,
    FINISHED,
    FIRST_RISK,
    INTERRUPTED,
    MAX_STAGES_AT_ONCE,
    MAX_VISITS,
    STILL_THERE,
    TIMES,
    Journeys,
    no_way_on,
    round_and_round,
    too_many_visits,
)
from pilotsim.simulation.population import Cohort, client_factor
from pilotsim.simulation.resolved import Clock, ResolvedFlow, ResolvedStage
from pilotsim.simulation.service import deterred_to, end_of_service, place_at_start, way_on

Way = Generator[simpy.Event, Any, Any]


class ProcessEngine:
    """One replication.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    cohort : Cohort
        The clients.
    """

    def __init__(self, plan: ResolvedFlow, cohort: Cohort) -> None:
        self.plan = plan.in_ticks
        self.in_days = plan
        self.cohort = cohort
        self.calendar = EventCalendar()
        looks = any(stage.pace_when for stage in self.plan.stages)
        changed = self._ask_for_paces if looks else lambda: None
        self.capacity = Capacity(self.plan, cohort, self._ask_for_starts, changed)
        # Row after row, side by side: as Python's own numbers they would take five times the room.
        self.rows = array("d")
        self._asked_at = -1.0
        self._paces_asked_at = -1.0
        self._effects_after: dict[tuple[int, int], list[int]] = {}
        for number, effect in enumerate(plan.effects):
            self._effects_after.setdefault((effect.after, effect.moment), []).append(number)
        self._factors: dict[tuple[str, int, int], float] = {}

    def run(self) -> Journeys:
        """Return the journeys of all clients up to the horizon."""
        for time in self.capacity.calendar_days():
            self.calendar.at(time, CALENDAR).callbacks.append(self._open_day)
        groups = self.cohort.group
        risks = len(self.plan.risks)
        clients = [Client(index, int(groups[index]), risks) for index in range(len(self.cohort))]
        self._processes = [self.calendar.process(self._live(client)) for client in clients]
        self.calendar.run(until=self.calendar.at(self.plan.horizon, CALENDAR - 1))
        for client in clients:
            if client.stage >= 0:
                self._write_row(client, math.nan, STILL_THERE, -1)
        rows = np.frombuffer(self.rows, np.float64).reshape(-1, len(COLUMNS))
        in_days = [
            to_days(row) if name in TIMES else row
            for name, row in zip(COLUMNS, rows.T, strict=True)
        ]
        return Journeys.from_rows(self.in_days, self.cohort, np.array(in_days).T)

    def _open_day(self, _: simpy.Event) -> None:
        self.capacity.open_day(self.calendar.now)

    def _ask_for_starts(self) -> None:
        """Let the free places be filled once everything else at this instant is done."""
        if self._asked_at != self.calendar.now:
            self._asked_at = self.calendar.now
            self.calendar.at(self.calendar.now, STARTS).callbacks.append(self._fill)

    def _fill(self, _: simpy.Event) -> None:
        self._asked_at = -1.0
        for client, call in self.capacity.fill(self.calendar.now):
            self._processes[client.index].interrupt(call)

    def _ask_for_paces(self) -> None:
        """Let paces follow the state once nobody can start any more at this instant."""
        if self._paces_asked_at != self.calendar.now:
            self._paces_asked_at = self.calendar.now
            self.calendar.at(self.calendar.now, PACES).callbacks.append(self._change_paces)

    def _change_paces(self, _: simpy.Event) -> None:
        self._paces_asked_at = -1.0
        for client, call in self.capacity.change_paces(self.calendar.now):
            self._processes[client.index].interrupt(call)

    def _live(self, client: Client) -> Way:
        """Lead a client from arrival through stage after stage."""
        yield self._turn_of(client, to_ticks(float(self.cohort.arrives[client.index])))
        client.place = place_at_start(self.plan, self.cohort, client.index)
        to = deterred_to(self.plan, self.cohort, client.index)
        if client.place is not None:
            to = client.place.stage
            self.capacity.place_at_start(client, to)
        while True:
            stage = self._join(client, to)
            cause, to = yield from self._pass(client, stage)
            self._leave(client, cause, to)
            client.place = None
            client.resumes = cause == INTERRUPTED
            if not client.resumes:
                client.left = None

    def _turn_of(self, client: Client, time: float) -> simpy.Event:
        """Return when something happens to a client: at one instant, the lowest number's first.

        Whoever looks at the state then sees what those before it have done.
        """
        after = client.index / (len(self.cohort) + 1)
        return self.calendar.at(time, CLIENTS + after * (STARTS - CLIENTS))

    def _join(self, client: Client, to: int) -> ResolvedStage:
        client.stage = self._number(client, to)
        client.joined = self.calendar.now
        client.started = math.nan
        client.alternative = -1
        self._check_time_passes(client)
        if not client.resumes:
            self._note(client, ON_JOINING)
        self.capacity.note_joined(client, self.calendar.now)
        return self.plan.stages[client.stage]

    def _number(self, client: Client, to: int) -> int:
        return self.plan.groups[client.group].home if to == -1 else to

    def _check_time_passes(self, client: Client) -> None:
        at, stages = client.stages_at_once
        client.stages_at_once = (self.calendar.now, stages + 1 if at == self.calendar.now else 1)
        if client.stages_at_once[1] > MAX_STAGES_AT_ONCE:
            name = self.plan.stages[client.stage].name
            raise SimulationError(round_and_round(to_days(self.calendar.now), name))

    def _pass(self, client: Client, stage: ResolvedStage) -> Way:
        """Return why a client leaves a stage, and where to."""
        client.alternative = -1 if stage.may_wait else 0
        if client.promised is not None:
            client.alternative = client.promised
        client.promised = None
        if client.alternative < 0:
            cause, to = yield from self._let_run(client, stage.waiting, math.inf)
            if cause is not None:
                return cause, to
            client.alternative = to
        client.started = self.calendar.now
        if not client.resumes:
            self._note(client, ON_STARTING)
        end = self._end(client, stage) if client.left is None else client.started + client.left
        client.together = None
        if stage.pace_when:
            client.work_left = end - client.started
            client.paced_since = client.started
        self.capacity.note_started(client)
        while True:
            if stage.pace_when:
                pace = self.capacity.pace[client.stage]
                end = end_at_steady_pace(self.calendar.now, client.work_left, pace)
            cause, to = yield from self._let_run(client, stage.started, end)
            if cause != ANOTHER_PACE:
                break
        if cause == INTERRUPTED and stage.interrupted == GOES_ON:
            client.left = end - self.calendar.now
        if cause != FINISHED:
            return cause, to
        goes_to = self._choose(client, stage)
        if goes_to >= 0 and self.plan.stages[goes_to].room is not None:
            self.capacity.ask_for_room(client, goes_to, self.calendar.now)
            cause, to = yield from self._let_run(client, stage.started, math.inf)
            if cause != FINISHED:
                return cause, to
        self._note(client, ON_FINISHING)
        return FINISHED, goes_to

    def _let_run(self, client: Client, clocks: tuple[Clock, ...], end: float) -> Way:
        """Let a client's clocks run until one fires, the service ends, or the capacity calls.

        Return why, and where to.

        The cause is None when the client is let start, with the alternative taken instead of a
        stage.
        """
        begun = self.calendar.now
        first, which = self._first_to_fire(client, clocks, end)
        try:
            yield self._turn_of(client, end if which is None else first)
        except simpy.Interrupt as call:
            self._wind(client, clocks, begun, None)
            return call.cause
        self._wind(client, clocks, begun, which)
        return (FINISHED, -1) if which is None else (FIRST_RISK + which.risk, which.to)

    def _first_to_fire(
        self, client: Client, clocks: tuple[Clock, ...], end: float
    ) -> tuple[float, Clock | None]:
        """Return when the first clock fires before the end, and which.

        A tie goes to the end, then to the first risk.
        """
        first = min(end, self.plan.horizon)
        which = None
        for clock in clocks:
            self._take_up(client, clock)
            fires = self._run(client, clock, self.calendar.now, first)[0]
            if fires < first:
                first = fires
                which = clock
        return first, which

    def _take_up(self, client: Client, clock: Clock) -> None:
        """Let a clock run on at its speed of now."""
        risk = clock.risk
        now = self.calendar.now
        k = interval_of(now, self.plan.marks)
        new, _ = speed_at(
            now,
            k,
            self._factor(client, "risk", risk),
            clock.speeds,
            self.plan.marks,
            self._active(client, risk),
        )
        if math.isnan(client.hazard_left[risk]):
            client.running_since[risk] = now
            client.hazard_left[risk] = self._threshold(client, risk)
        else:
            begun = client.running_since[risk]
            left = client.hazard_left[risk]
            speed = client.speed[risk]
            if client.stopped_at[risk] != now:  # it stood still since
                begun, left = carry_on(begun, left, speed, client.stopped_at[risk], 0.0)
                speed = 0.0
            client.running_since[risk], client.hazard_left[risk] = carry_on(
                begun, left, speed, now, new
            )
        client.speed[risk] = new

    def _wind(
        self, client: Client, clocks: tuple[Clock, ...], begun: float, fired: Clock | None
    ) -> None:
        """Note how far each clock has run since.

        The one that fired is drawn anew for the next episode.
        """
        for clock in clocks:
            if clock is not fired:
                _, since, left, speed = self._run(client, clock, begun, self.calendar.now)
                client.running_since[clock.risk] = since
                client.hazard_left[clock.risk] = left
                client.speed[clock.risk] = speed
                client.stopped_at[clock.risk] = self.calendar.now
        if fired is not None:
            client.hazard_left[fired.risk] = math.nan
            client.episode[fired.risk] += 1

    def _run(
        self, client: Client, clock: Clock, start: float, stop: float
    ) -> tuple[float, float, float, float]:
        risk = clock.risk
        return run_clock(
            client.running_since[risk],
            client.hazard_left[risk],
            client.speed[risk],
            start,
            stop,
            self._factor(client, "risk", risk),
            clock.speeds,
            self.plan.marks,
            self._active(client, risk),
        )

    def _threshold(self, client: Client, risk: int) -> float:
        plan = self.plan.risks[risk]
        episode = client.episode[risk]
        if plan.after is None:
            return -log(self.cohort.draws.of(client.index, plan.code, episode)) * TICKS_PER_DAY
        used = 0.0
        if plan.used >= 0 and episode == 0:
            used = self.cohort.trait(self.plan.traits[plan.used], client.index)
        return max(0.0, plan.after - to_ticks(used))

    def _active(self, client: Client, risk: int) -> list[Active]:
        """Return the effects of stages passed that bear on a risk, in the flow's order."""
        found: list[Active] = []
        for number, since in sorted(client.passed.items()):
            effect = self.plan.effects[number]
            if effect.risk == risk:
                factor = effect.factor * self._factor(client, "effect", number)
                found.append((since, factor, effect.starts, effect.lasts, effect.fades))
        return found

    def _factor(self, client: Client, kind: str, number: int) -> float:
        """Return the factor of a client's traits on a risk or an effect."""
        factors = (
            self.plan.effects[number].by if kind == "effect" else self.plan.risks[number].times
        )
        if not factors:
            return 1.0
        key = (kind, number, client.index)
        if key not in self._factors:
            self._factors[key] = client_factor(self.plan, self.cohort, factors, client.index)
        return self._factors[key]

    def _note(self, client: Client, moment: int) -> None:
        for effect in self._effects_after.get((client.stage, moment), ()):
            client.passed[effect] = self.calendar.now

    def _end(self, client: Client, stage: ResolvedStage) -> float:
        """Return when the service ends that starts now; of those who end together, of the first."""
        if client.together is not None and client.together.first is not client:
            end = client.together.end
            assert end is not None, "the first in line starts first"
            return end
        visit = client.visits_to[client.stage] - 1
        if client.resumes and stage.interrupted == DRAWN_ANEW:
            visit = ANEW + client.visits
        end = end_of_service(
            self.plan,
            self.cohort,
            client.index,
            stage,
            visit,
            self.calendar.now,
            client.place,
            client.alternative,
            client.episode,
        )
        if client.together is not None:
            client.together.end = end
        return end

    def _choose(self, client: Client, stage: ResolvedStage) -> int:
        """Return the way on, by the shares as they stand now."""
        visit = client.visits_to[client.stage] - 1
        now = self.calendar.now
        to = way_on(
            self.plan,
            self.cohort,
            client.index,
            stage,
            visit,
            now,
            lambda term: self.capacity.count(term, now),
        )
        if to is None:
            raise SimulationError(no_way_on(stage.name))
        return to

    def _leave(self, client: Client, cause: int, to: int) -> None:
        where = self._number(client, to)
        self.capacity.note_left(client, cause, where)
        self._write_row(client, self.calendar.now, cause, where)
        if len(self.rows) > MAX_VISITS * len(COLUMNS):
            raise SimulationError(too_many_visits(self.plan.flow.flow))
        client.visits += 1

    def _write_row(self, client: Client, finished: float, cause: int, to: int) -> None:
        row = (
            client.index,
            client.visits,
            client.stage,
            client.joined,
            client.started,
            finished,
            cause,
            to,
            client.alternative,
        )
        self.rows.extend(row)
