"""The capacity of the readable engine: units, queues, openings.

It says who starts; it knows nothing of processes.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from pilotsim.base.ticks import TICKS_PER_DAY, to_days, to_ticks
from pilotsim.model.conditions import OF_STAGES, Term, number_of, share_in_use
from pilotsim.model.queue_disciplines import key_by_urgency
from pilotsim.simulation.clocks import work_left
from pilotsim.simulation.flow_columns import UNWANTED, WANTED
from pilotsim.simulation.journeys import DRAWN, FINISHED, INTERRUPTED, TURNED_AWAY
from pilotsim.simulation.population import Cohort, client_factor
from pilotsim.simulation.resolved import (
    Order,
    ResolvedFlow,
    ResolvedStage,
    ResolvedStartPlace,
)

# What a client is called for whose service goes on at another pace.
ANOTHER_PACE = -3
# Why a client is called: None to start, with the alternative taken; otherwise a cause, with the
# stage it leads to.
Call = tuple[int | None, int]
# A place in a queue: order, waiting since, client.
Place = tuple[float, float, int]


class Client:
    """One client on the way: where it is, what it holds, how far its clocks have run."""

    def __init__(self, index: int, group: int, risks: int) -> None:
        self.index = index
        self.group = group
        self.stage = -1
        self.visits = 0
        self.joined = 0.0
        self.started = math.nan
        self.alternative = -1
        self.visits_to: dict[int, int] = {}
        self.drawn_on: dict[int, float] = {}
        self.promised: int | None = None
        self.place: ResolvedStartPlace | None = None
        self.held: dict[int, int] = {}
        # Of each risk's clock: since when it has run at one speed, the hazard left then, that
        # speed, until when it ran.
        self.running_since = [math.nan] * risks
        self.hazard_left = [math.nan] * risks
        self.speed = [math.nan] * risks
        self.stopped_at = [math.nan] * risks
        self.episode = [0] * risks
        self.passed: dict[int, float] = {}
        # Whether it has looked at the line that it stands in; the stage in which it wants room, and
        # whether it was let in there.
        self.looked = False
        self.wants = -1
        self.let_in = False
        # Since when it stands in the line of its stage, over all visits of this stay; whether the
        # stay was interrupted, and what is left of it (None for all).
        self.since = 0.0
        self.resumes = False
        self.left: float | None = None
        # Of a service whose pace looks at the state: what was left when it last changed, and when.
        self.work_left = 0.0
        self.paced_since = 0.0
        self.stages_at_once = (-1.0, 0)
        # With whom it starts and ends together.
        self.together: Together | None = None


class Together:
    """Those who start together and stay as long as the first in line of them.

    Parameters
    ----------
    first : Client
        Who that is.
    """

    def __init__(self, first: Client) -> None:
        self.first = first
        self.end: float | None = None


class Capacity:
    """Units, queues and openings.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers, in ticks.
    cohort : Cohort
        The clients.
    ask : callable
        Called whenever somebody might now be able to start.
    changed : callable, optional
        Called whenever the state has changed, if any pace looks at it.
    """

    def __init__(
        self,
        plan: ResolvedFlow,
        cohort: Cohort,
        ask: Callable[[], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.plan = plan
        self.changed = changed
        self.cohort = cohort
        self.ask = ask
        self.free = [
            int(resource.units.at(0.0)) if resource.units else 0 for resource in plan.resources
        ]
        self.queues: list[list[tuple[Place, Client]]] = [[] for _ in plan.stages]
        self.present: dict[int, dict[int, Client]] = {
            s: {} for stage in plan.stages for s in stage.draws_from
        }
        self.admitted = [0] * len(plan.stages)
        self.opened_on = [-1.0] * len(plan.stages)
        self.waiting_stages = [s for s, stage in enumerate(plan.stages) if stage.may_wait]
        # Of stages that hold only so many: how many are in it, and who wants in.
        self.there = [0] * len(plan.stages)
        self.wanting: dict[int, list[tuple[float, int, Client]]] = {
            s: [] for s, stage in enumerate(plan.stages) if stage.room is not None
        }
        # How many are in each stage, waiting or started.
        self.inside = [0] * len(plan.stages)
        self.aside: Counter[int] = Counter()
        # Who is served where stays may be interrupted, or go on at another pace; and that pace.
        self.served: dict[int, list[Client]] = {
            s: [] for s, stage in enumerate(plan.stages) if stage.interrupted or stage.pace_when
        }
        # With whom those start who start now, where they end together.
        self.together: dict[int, Together] = {}
        self.pace = [stage.usual_pace for stage in plan.stages]
        self.orders: list[Order] = [(stage.discipline, stage.order_trait) for stage in plan.stages]
        # How many openings fall on a day: one moved from a day off may meet another.
        self._openings = [
            Counter(stage.opening.days if stage.opening else ()) for stage in plan.stages
        ]

    # The calendar: units change, stages open.

    def calendar_days(self) -> list[float]:
        """Return the days on which units change or stages open."""
        days: set[float] = set()
        for resource in self.plan.resources:
            days.update(resource.units.times[1:] if resource.units else resource.supplies)
        for stage in self.plan.stages:
            days.update(stage.opening.days if stage.opening else ())
        return sorted(day for day in days if day < self.plan.horizon)

    def open_day(self, day: float) -> None:
        """Change units and open stages on a day."""
        for number, resource in enumerate(self.plan.resources):
            if resource.units and day > 0.0 and day in resource.units.times:
                before = resource.units.numbers[resource.units.times.index(day) - 1]
                self.free[number] += int(resource.units.at(day)) - int(before)
            if day in resource.supplies:
                left_over = 0 if resource.lapses else self.free[number]
                self.free[number] = resource.supplied + left_over
        for number, openings in enumerate(self._openings):
            if day in openings:
                self.opened_on[number] = day
                self.admitted[number] = 0
        self.ask()
        self.changed()

    # The state as conditions count it.

    def count(self, term: Term, now: float) -> int:
        """Return what there is now of one of the things that conditions count."""
        if term.what == "day":
            return int(now) // int(TICKS_PER_DAY)
        if term.what in OF_STAGES:
            stage = list(self.plan.flow.stages).index(term.of)
            waiting = len(self.queues[stage])
            return {
                "waiting": waiting,
                "started": self.inside[stage] - waiting,
                "there": self.inside[stage],
            }[term.what]
        resource = list(self.plan.flow.resources).index(term.of)
        free = self.free[resource]
        if term.what == "free":
            return max(0, free)
        units = self.plan.resources[resource].units
        assert units is not None, "of what is used up nothing but 'free' is counted"
        there = int(units.at(now))
        if term.what == "held":
            return there - free
        return share_in_use(there - free, there)

    def change_paces(self, now: float) -> list[tuple[Client, Call]]:
        """Let services go on at the pace of this state; return whose end is another by that."""
        calls: list[tuple[Client, Call]] = []
        for number, stage in enumerate(self.plan.stages):
            if not stage.pace_when:
                continue
            pace = stage.usual_pace
            for condition, other in stage.pace_when:
                if number_of(condition, lambda term: self.count(term, now)):
                    pace = other.at(now)
                    break
            if pace == self.pace[number]:
                continue
            for client in self.served[number]:
                elapsed = now - client.paced_since
                client.work_left = work_left(client.work_left, self.pace[number], elapsed)
                client.paced_since = now
                calls.append((client, (ANOTHER_PACE, number)))
            self.pace[number] = pace
        return calls

    # Clients join and leave.

    def note_joined(self, client: Client, now: float) -> None:
        """Take note of a client that has joined a stage."""
        stage = self.plan.stages[client.stage]
        self.changed()
        client.looked = client.resumes
        if not client.resumes:
            client.since = now
            self.inside[client.stage] += 1
            if stage.room is not None and not client.let_in:
                self.there[client.stage] += 1
            client.visits_to[client.stage] = client.visits_to.get(client.stage, 0) + 1
        client.let_in = False
        if client.stage in self.present:
            self.present[client.stage][client.index] = client
        if stage.may_wait and client.promised is None:
            client.promised = self._already_holds(client, stage)
        if stage.may_wait and client.promised is None:
            place = self._place(client, client.stage, client.since, now)
            insort(self.queues[client.stage], (place, client), key=lambda entry: entry[0])
            self.ask()
        elif client.stage in self.present:
            self.ask()

    def place_at_start(self, client: Client, number: int) -> None:
        """Give a client in mid-stay at the start what it holds there, enough units or not."""
        client.promised = 0
        for resource, units in (self.plan.stages[number].needs or ((),))[0]:
            self._hold(client, resource, units)

    def _already_holds(self, client: Client, stage: ResolvedStage) -> int | None:
        """Return the alternative that a client needs nothing more for."""
        if stage.opening is not None or stage.batch is not None:
            return None
        for alternative, needs in enumerate(stage.needs):
            if any(units for _, units in needs) and all(
                units <= client.held.get(resource, 0) for resource, units in needs
            ):
                for resource in list(client.held):
                    self._hold(client, resource, dict(needs).get(resource, 0))
                return alternative
        return None

    def note_started(self, client: Client) -> None:
        """Take note of a client that starts where stays may be interrupted."""
        self.changed()
        if client.stage in self.served:
            self.served[client.stage].append(client)
            self.ask()  # Somebody who waits may now interrupt it.

    def ask_for_room(self, client: Client, number: int, now: float) -> None:
        """Let a client that has finished wait until there is room in a stage."""
        client.wants = number
        self._is_served_no_more(client)
        insort(self.wanting[number], (now, client.index, client), key=lambda entry: entry[:2])
        self.ask()

    def _is_served_no_more(self, client: Client) -> None:
        if client.stage in self.served:
            served = self.served[client.stage]
            served[:] = [other for other in served if other is not client]

    def note_left(self, client: Client, cause: int, to: int) -> None:
        """Take note of a client that leaves its stage; units it does not keep come free.

        Parameters
        ----------
        client : Client
            Who leaves.
        cause : int
            Why; as in `Journeys`.
        to : int
            The stage it joins next.
        """
        self.changed()
        if client.stage in self.present:
            self.present[client.stage].pop(client.index, None)
        if client.wants >= 0:
            wanting = self.wanting[client.wants]
            wanting[:] = [entry for entry in wanting if entry[2] is not client]
            client.wants = -1
        self._is_served_no_more(client)
        self.inside[client.stage] -= int(cause != INTERRUPTED)
        if self.plan.stages[client.stage].room is not None and cause != INTERRUPTED:
            self.there[client.stage] -= 1
            self.ask()
        queue = self.queues[client.stage]
        queue[:] = [entry for entry in queue if entry[1] is not client]
        if cause == DRAWN:
            return
        if client.alternative < 0:
            # It never started: those whom it held back may fit now.
            self.ask()
        keeps = self.plan.stages[client.stage].keeps
        after = self.plan.stages[to]
        for resource, units in list(client.held.items()):
            most = 0
            if resource in keeps:
                most = max((dict(needs).get(resource, 0) for needs in after.needs), default=0)
            self._hold(client, resource, min(units, most))

    def _hold(self, client: Client, resource: int, units: int) -> bool:
        """Let a client hold a number of units; tell whether some came free."""
        before = client.held.get(resource, 0)
        self.free[resource] += before - units
        if self.plan.resources[resource].units is not None and units > 0:
            client.held[resource] = units
        else:
            client.held.pop(resource, None)
        if units < before:
            self.ask()
        return units < before

    # The starts: free places are filled.

    def fill(self, now: float) -> list[tuple[Client, Call]]:
        """Return who is called now: by stage priority, longest waiting, lower client number.

        A client whose needs cannot be met holds back those behind it in the same stage. Those for
        whom there is room in the stage that they want come first; then places are filled anew.
        """
        first = list(self._interrupt_after_falls()) or list(self._let_in())
        if first:
            self.ask()
            return first
        calls: list[tuple[Client, Call]] = []
        self._draw_lots(now)
        drawable = {
            s: self._drawable(s, now)
            for s in self.waiting_stages
            if self.plan.stages[s].draws_from and self._is_open(s, now)
        }
        held_back: set[int] = set()
        while (head := self._next_head(now, held_back, drawable)) is not None:
            number, client = head
            if self.plan.stages[number].batch is not None:
                batch = self._batch(number)
                if not batch:
                    held_back.add(number)
                for k, other in enumerate(batch):
                    if self._start(other, number, 0, now, is_first=k == 0):
                        held_back.clear()
                        self._put_back()
                    calls.append((other, (None, 0)))
                continue
            alternative = self._first_that_fits(client, self.plan.stages[number])
            if alternative is None:
                alternative, interrupted = self._make_way(client, self.plan.stages[number])
                calls += interrupted
                if interrupted:
                    held_back.clear()
                    self._put_back()
            if alternative is None:
                held_back.add(number)
                self._put_aside(client, self.plan.stages[number])
                continue
            is_first = self.admitted[number] == 0
            if self._start(client, number, alternative, now, is_first=is_first):
                held_back.clear()
                self._put_back()
            for others in drawable.values():
                others[:] = [entry for entry in others if entry[1] is not client]
            calls.append(
                (client, (DRAWN, number) if client.promised is not None else (None, alternative))
            )
        self._put_back()
        return calls + list(self._put_off(now)) + list(self._turn_away())

    def _batch(self, number: int) -> list[Client]:
        """Return who starts together now: those in line, as many as fit; nobody if too few do."""
        stage = self.plan.stages[number]
        assert stage.batch is not None, "only where clients start together"
        line = [client for _, client in self.queues[number]][: stage.batch.at_most]
        left = {resource: max(0, self.free[resource]) for resource, _ in stage.needs[0]}
        for count, client in enumerate(line):
            for resource, units in stage.needs[0]:
                left[resource] -= max(0, units - client.held.get(resource, 0))
            if any(units < 0 for units in left.values()):
                line = line[:count]
                break
        return line if len(line) >= stage.batch.at_least else []

    def _put_aside(self, client: Client, stage: ResolvedStage) -> None:
        """Put units aside for one who lacks others, so that nobody who comes later gets them."""
        for resource, units in stage.needs[0] if stage.reserves else ():
            lacking = max(0, units - client.held.get(resource, 0))
            aside = min(lacking, max(0, self.free[resource]))
            self.free[resource] -= aside
            self.aside[resource] += aside

    def _put_back(self) -> None:
        for resource, units in self.aside.items():
            self.free[resource] += units
        self.aside.clear()

    def _make_way(
        self, client: Client, stage: ResolvedStage
    ) -> tuple[int | None, list[tuple[Client, Call]]]:
        """Interrupt others until a client can start; return with what, and who is interrupted.

        Nobody is interrupted where all who might be are not enough.
        """
        for alternative, needs in enumerate(stage.needs if stage.interrupts else ()):
            others = [other for s in stage.interrupts for other in self.served[s]]
            if not all(
                units
                <= client.held.get(r, 0)
                + max(0, self.free[r] + sum(other.held.get(r, 0) for other in others))
                for r, units in needs
            ):
                continue
            calls = []
            while lacking := {
                r for r, units in needs if units > client.held.get(r, 0) + max(0, self.free[r])
            }:
                other = self._last_served(stage.interrupts, lacking)
                assert other is not None, "those who might be interrupted are enough"
                calls.append(self._interrupt(other))
            return alternative, calls
        return None, []

    def _interrupt_after_falls(self) -> Iterator[tuple[Client, Call]]:
        """Interrupt those who hold more than there is, where a fall of units does so."""
        stages = [s for s in self.served if self.plan.stages[s].interrupted]
        for number, resource in enumerate(self.plan.resources):
            while resource.falls_interrupt and self.free[number] < 0:
                other = self._last_served(stages, {number})
                if other is None:
                    break
                yield self._interrupt(other)

    def _last_served(self, stages: Iterable[int], resources: set[int]) -> Client | None:
        """Return who is interrupted first of those who hold some resources.

        Of the stage with the lowest priority, who started last; then the highest client number.
        """
        holders = [
            client
            for s in stages
            for client in self.served[s]
            if any(client.held.get(r, 0) for r in resources)
        ]
        return min(
            holders,
            key=lambda one: (self.plan.stages[one.stage].priority, -one.started, -one.index),
            default=None,
        )

    def _interrupt(self, client: Client) -> tuple[Client, Call]:
        self._is_served_no_more(client)
        for resource in list(client.held):
            self._hold(client, resource, 0)
        return client, (INTERRUPTED, client.stage)

    def _let_in(self) -> Iterator[tuple[Client, Call]]:
        """Call those for whom there is room in a stage: who has finished first goes first."""
        for number, wanting in self.wanting.items():
            room = self.plan.stages[number].room
            while wanting and room is not None and self.there[number] < room:
                client = wanting.pop(0)[2]
                client.wants = -1
                client.let_in = True
                self.there[number] += 1
                yield client, (FINISHED, number)

    def _next_head(
        self, now: float, held_back: set[int], drawable: dict[int, list[tuple[Place, Client]]]
    ) -> tuple[int, Client] | None:
        best: tuple[tuple[int, float, int], int, Client] | None = None
        for number in self.waiting_stages:
            heads = [queue[0] for queue in (self.queues[number], drawable.get(number, [])) if queue]
            waiting = len(self.queues[number]) + len(drawable.get(number, []))
            if number in held_back or not heads or not self._admits(number, now, waiting):
                continue
            (_, since, index), client = min(heads, key=lambda entry: entry[0])
            rank = (-self.plan.stages[number].priority, since, index)
            if best is None or rank < best[0]:
                best = (rank, number, client)
        return None if best is None else best[1:]

    def _is_open(self, number: int, now: float) -> bool:
        return self.plan.stages[number].opening is None or self.opened_on[number] == now

    def _admits(self, number: int, now: float, waiting: int) -> bool:
        opening = self.plan.stages[number].opening
        if opening is None:
            return True
        if self.opened_on[number] != now or (
            self.admitted[number] == 0 and waiting < opening.at_least
        ):
            return False
        if opening.admits is None:
            return True
        places = int(opening.admits.at(now))
        return self.admitted[number] < self._openings[number][now] * places

    def _drawable(self, number: int, now: float) -> list[tuple[Place, Client]]:
        """Return the clients that a stage may take out of another one, in its order."""
        stage = self.plan.stages[number]
        found = []
        for source in sorted(stage.draws_from):
            for client in self.present[source].values():
                if self._may_be_drawn(client, number, stage, now):
                    past = float(self.cohort.past[client.index]) if client.visits == 0 else 0.0
                    since = client.joined - to_ticks(past)
                    found.append((self._place(client, number, since, now), client))
        return sorted(found, key=lambda entry: entry[0])

    def _may_be_drawn(self, client: Client, number: int, stage: ResolvedStage, now: float) -> bool:
        if to_ticks(float(self.cohort.offered_from[client.index])) > now:
            return False
        if client.group not in stage.draws_groups:
            return False
        if not all(
            is_as_wanted(self.cohort.trait(self.plan.traits[trait], client.index), wanted)
            for trait, wanted in stage.draws_traits
        ):
            return False
        last = client.drawn_on.get(number)
        return last is None or (stage.again_after is not None and now - last >= stage.again_after)

    def _draw_lots(self, now: float) -> None:
        """Put the lines whose order is drawn into that of this moment."""
        for number in self.waiting_stages:
            stage = self.plan.stages[number]
            self.orders[number] = self._order_of(stage, now)
            moves = stage.discipline.draws or stage.urgency or stage.order_when
            if moves and self._is_open(number, now):
                placed = [
                    (self._place(client, number, since, now), client)
                    for (_, since, _), client in self.queues[number]
                ]
                self.queues[number][:] = sorted(placed, key=lambda entry: entry[0])

    def _order_of(self, stage: ResolvedStage, now: float) -> Order:
        """Return the order of those who wait in a stage, by the state of now."""
        for condition, order in stage.order_when:
            if number_of(condition, lambda term: self.count(term, now)):
                return order
        return stage.discipline, stage.order_trait

    def _place(self, client: Client, number: int, since: float, now: float) -> Place:
        stage = self.plan.stages[number]
        if stage.urgency:
            factor = client_factor(self.plan, self.cohort, stage.urgency, client.index)
            return key_by_urgency(factor, since, now), since, client.index
        trait = 0.0
        draw = 0.0
        discipline, by = self.orders[number]
        if by >= 0:
            trait = self.cohort.trait(self.plan.traits[by], client.index)
        if discipline.draws:
            draw = self.cohort.draws.once(client.index, stage.order_code, int(now))
        return discipline.key(trait, to_days(since), draw), since, client.index

    def _first_that_fits(self, client: Client, stage: ResolvedStage) -> int | None:
        for alternative, needs in enumerate(stage.needs):
            if all(
                units <= client.held.get(resource, 0) + max(0, self.free[resource])
                for resource, units in needs
            ):
                return alternative
        return None

    def _start(
        self, client: Client, number: int, alternative: int, now: float, *, is_first: bool
    ) -> bool:
        """Give a client what it needs; tell whether units came free by it.

        Parameters
        ----------
        client, number, alternative : Client, int, int
            Who starts where, with which alternative of the needs.
        now : float
            When.
        is_first : bool
            Whether it is the first of those who start together.
        """
        if self.plan.stages[number].ends_together:
            if is_first:
                self.together[number] = Together(client)
            client.together = self.together[number]
        needs = dict(self.plan.stages[number].needs[alternative])
        came_free = [self._hold(client, r, needs.get(r, 0)) for r in sorted({*client.held, *needs})]
        self.admitted[number] += 1
        if client.stage == number:
            queue = self.queues[number]
            queue[:] = [entry for entry in queue if entry[1] is not client]
        else:
            client.promised = alternative
            client.drawn_on[number] = now
        return any(came_free)

    def _put_off(self, now: float) -> Iterator[tuple[Client, Call]]:
        """Call those who have just come, cannot start, and find the line too long for them."""
        for number in self.waiting_stages:
            stage = self.plan.stages[number]
            if not stage.put_off:
                continue
            queue = self.queues[number]
            new = [client for _, client in queue if client.joined == now and not client.looked]
            waiting = len(queue) - len(new)
            for client in sorted(new, key=lambda one: one.index):
                visit = client.visits_to[number] - 1
                u = self.cohort.draws.of(client.index, stage.put_off_code, visit)
                share = [0.0, *(share for least, share in stage.put_off if least <= waiting)][-1]
                client.looked = True
                if u < share:
                    queue[:] = [entry for entry in queue if entry[1] is not client]
                    yield client, (TURNED_AWAY, stage.put_off_to)
                else:
                    waiting += 1

    def _turn_away(self) -> Iterator[tuple[Client, Call]]:
        """Call those who find the queue full: the last to join first."""
        for number in self.waiting_stages:
            stage = self.plan.stages[number]
            queue = self.queues[number]
            while stage.limit is not None and len(queue) > stage.limit:
                last = max(queue, key=lambda entry: (entry[0][1], entry[0][2]))
                queue.remove(last)
                yield last[1], (TURNED_AWAY, stage.otherwise)


def is_as_wanted(trait: float, wanted: int) -> bool:
    """Tell whether a client's trait is as a stage wants it of those whom it draws."""
    if wanted == WANTED:
        return trait > 0.0
    if wanted == UNWANTED:
        return not trait > 0.0
    return trait == wanted
