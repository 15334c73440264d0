"""Alna Aktiv written in SimPy as its users would write it: the model pilotsim is compared with.

One process a client, resources with priorities, requests given up when a clock fires first, two
gates that open on their days, random numbers from `random.Random`. The clocks are competing
exponentials: they have no memory, so each stay draws anew, piece by piece where an earlier stage
changes a speed for a while. Kinds of places that are alike for everyone are one resource.
`benchmarks.agreement` holds its means to those of pilotsim.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

import simpy

from benchmarks.alna_numbers import AlnaNumbers, Effect, Speeds
from pilotsim.base.calendar import DAYS_PER_MONTH, Calendar, work_until_day

# Those from whom participants are drawn, and those who have an adviser of their own, stage by
# stage.
DRAWN_FROM = {"on_assistance", "with_counsellor", "at_home"}
DRAWN_GROUPS = {"target_group", "target_away", "spouses"}
ADVISED = {"mapping", "course", "routing", "workbox", "more_training", "job_search"}
LEADS_TO = {
    "job": "work",
    "other_benefit": "other_benefit",
    "leaves": "off_assistance",
    "pauses": "pause",
    "breaks_off": "with_counsellor",
    "settles": "lasting_work",
    "stays_away": "gone",
}
# Where the same risk leads from some stages instead.
LEADS_FROM = {("pilot_pause", "returns"): "job_search"} | {
    (stage, "pauses"): "pilot_pause"
    for stage in ("mapping", "course", "workbox", "more_training", "job_search", "state_measure")
}
Way = Generator[simpy.Event, Any, str]


@dataclass(slots=True, eq=False)
class Client:
    """A client: traits, how fast each risk runs for it, what it has been through."""

    number: int
    group: str
    home: str
    past: float
    traits: dict[str, float]
    rates: dict[str, float]
    joined: float = 0.0
    visits: int = 0
    may_be_drawn_from: float = 0.0
    adviser: Any = None
    place: list[Any] = field(default_factory=list)
    process: Any = None
    effects: dict[str, tuple[float, Effect]] = field(default_factory=dict)


@dataclass(slots=True)
class Visit:
    """A stay of a client in a stage."""

    client: int
    stage: str
    joined: float
    started: float | None = None
    finished: float | None = None


class Alna:
    """One replication.

    Parameters
    ----------
    numbers : AlnaNumbers
        The flow file's numbers.
    calendar : Calendar
        Its working days.
    seed : int
        Of all random numbers.
    """

    def __init__(self, numbers: AlnaNumbers, calendar: Calendar, seed: int) -> None:
        self.n, self.calendar, self.random = numbers, calendar, random.Random(seed)
        self.env = env = simpy.Environment()
        self.clients: list[Client] = []
        self.visits: list[Visit] = []
        self.candidates: dict[int, Client] = {}
        self.course_queue: dict[int, simpy.Event] = {}
        self.in_queue = {"workbox": 0, "aap_kvp_training": 0}
        units = numbers.units
        self.advisers = simpy.PriorityResource(env, units["adviser"])
        self.talk_rooms = simpy.PriorityResource(env, units["talk_room"])
        self.seats = simpy.PriorityResource(env, units["group_room"])
        self.leaders = simpy.PriorityResource(env, units["box_leader"])
        self.places = simpy.PriorityResource(
            env, units["place"] + sum(more for _, more in numbers.places_later)
        )
        self.state_places = simpy.PriorityResource(env, units["state_place"])
        self.stages = {
            "referred": self.referred,
            "no_show": self.no_show,
            "sanctioned": self.sanctioned,
            "mapping": self.mapping,
            "course": self.course,
            "routing": self.routing,
            "workbox": self.workbox,
            "more_training": self.more_training,
            "job_search": self.job_search,
            "state_measure": self.state_measure,
            "benefit_clarification": self.benefit_clarification,
            "aap_kvp_training": self.aap_kvp_training,
        }

    def run(self) -> Alna:
        """Run to the horizon."""
        for group in self.n.homes:
            for _ in range(self.n.stock[group]):
                past = self.random.expovariate(1 / self.n.past) if group == "target_group" else 0.0
                places, weights = self.n.begins[group]
                self.welcome(group, "stock", past, self.random.choices(places, weights)[0])
            if self.n.arrivals[group] > 0:
                self.env.process(self.arrivals(group))
        for day, more in self.n.places_later:
            self.env.process(self.places_later(day, more))
        self.env.process(self.referrals())
        self.env.process(self.courses())
        self.env.run(until=self.n.horizon)
        return self

    # Who comes.

    def arrivals(self, group: str) -> Generator[simpy.Event, Any, None]:
        """Let clients arrive one by one."""
        while True:
            yield self.env.timeout(self.random.expovariate(self.n.arrivals[group]))
            self.welcome(group, "arrivals", 0.0, self.n.homes[group])

    def welcome(self, group: str, origin: str, past: float, begins: str) -> None:
        """Make a client and send it on its way."""
        traits = {
            name: float(self.random.random() < self.n.shares[name, group, origin])
            for name in ("immigrant", "young", "short_term")
        }
        traits |= {
            "readiness": self.random.gauss(0, 1),
            "health": self.random.gauss(0, 1),
            f"group.{group}": 1.0,
        }
        rates = {risk: rate * self.factor(risk, traits) for risk, rate in self.n.rates.items()}
        client = Client(len(self.clients), group, self.n.homes[group], past, traits, rates)
        self.clients.append(client)
        client.process = self.env.process(self.live(client, begins))

    def factor(self, risk: str, traits: dict[str, float]) -> float:
        """Return the factor of a client's traits on a risk."""
        return math.prod(
            times ** traits.get(trait, 0.0) for trait, times in self.n.factors[risk].items()
        )

    def live(self, client: Client, stage: str) -> Generator[simpy.Event, Any, None]:
        """Lead a client from stage to stage."""
        while True:
            client.joined = self.env.now
            visit = Visit(client.number, stage, self.env.now)
            self.visits.append(visit)
            stage = yield from self.stages.get(stage, self.ordinary)(client, visit)
            visit.finished = self.env.now
            client.visits += 1
            if client.adviser is not None and stage not in ADVISED:
                self.advisers.release(client.adviser)
                client.adviser = None

    # Clocks.

    def first_risk(self, client: Client, stage: str, speeds: Speeds) -> tuple[float, str]:
        """Return how long until the first of the competing risks, and where it leads."""
        now = self.env.now
        while now < self.n.horizon:
            change, rates = self.n.horizon, []
            for risk, speed in speeds:
                rate = client.rates[risk] * speed
                for since, effect in client.effects.values():
                    if effect.risk == risk:
                        times, until = self.strength(client, effect, since, now)
                        rate, change = rate * times, min(change, until)
                rates.append(rate)
            total = sum(rates)
            time = now + self.random.expovariate(total) if total > 0 else math.inf
            if time < change:
                risk = self.random.choices(speeds, rates)[0][0]
                to = LEADS_FROM.get((stage, risk), LEADS_TO.get(risk, client.home))
                return time - self.env.now, to
            now = change
        return math.inf, ""

    def strength(
        self, client: Client, effect: Effect, since: float, now: float
    ) -> tuple[float, float]:
        """Return what an effect multiplies a speed by now, and when that changes."""
        times = effect.times * effect.times_trait ** client.traits[effect.trait]
        ends = since + effect.lasts
        if now < ends:
            return times, ends
        steps = math.ceil(effect.fades / DAYS_PER_MONTH)
        step = int((now - ends) / DAYS_PER_MONTH + 1e-9) + 1
        if step > steps:
            return 1.0, math.inf
        return times + (1 - times) * step / (steps + 1), ends + step * DAYS_PER_MONTH

    # What stages have in common: to wait, to be served, to go on.

    def wait(
        self, client: Client, stage: str, *resources: simpy.PriorityResource
    ) -> Generator[simpy.Event, Any, Any]:
        """Wait for a unit of each resource.

        Return what is held, or where a risk leads that fires first.
        """
        held: list[Any] = []
        patience, until, to = None, 0.0, ""
        for resource in resources:
            request = resource.request(priority=client.joined)
            if not request.triggered:
                if patience is None:
                    until, to = self.first_risk(client, stage, self.n.waiting[stage])
                    patience = self.env.timeout(until)
                yield request | patience
                if not request.triggered:
                    request.cancel()
                    self.let_go(held)
                    return [], to
            held.append(request)
        return held, ""

    def let_go(self, held: list[Any]) -> None:
        """Give units back."""
        for request in held:
            request.resource.release(request)

    def serve(self, client: Client, visit: Visit, lasts: float) -> Way:
        """Stay until the service ends, or a risk fires; return where the risk leads, or nothing."""
        visit.started = self.env.now
        until, to = self.first_risk(client, visit.stage, self.n.started[visit.stage])
        if until < lasts:
            yield self.env.timeout(until)
            return to
        yield self.env.timeout(lasts)
        if visit.stage in self.n.effects:
            client.effects[visit.stage] = (self.env.now, self.n.effects[visit.stage])
        return ""

    def length(self, stage: str) -> float:
        """Return a gamma-distributed time in a stage."""
        shape = 1 / self.n.cv[stage] ** 2
        return self.random.gammavariate(shape, self.n.lasts[stage] / shape)

    def choose(self, client: Client, stage: str) -> str:
        """Return the way on."""
        ways, weights = self.n.routes[stage]
        to: str = self.random.choices(ways, weights)[0]
        return client.home if to == "home" else to

    # The stages.

    def ordinary(self, client: Client, visit: Visit) -> Way:
        """Stay until a risk fires, or the programme calls."""
        visit.started = self.env.now
        until, to = self.first_risk(client, visit.stage, self.n.started[visit.stage])
        if visit.stage in DRAWN_FROM and client.group in DRAWN_GROUPS:
            self.candidates[client.number] = client
        try:
            yield self.env.timeout(until)
        except simpy.Interrupt:
            return "referred"
        finally:
            self.candidates.pop(client.number, None)
        return to

    def referrals(self) -> Generator[simpy.Event, Any, None]:
        """Refer the longest waiting on each referral day."""
        for day in self.n.referral_days:
            yield self.env.timeout(day - self.env.now)
            ready = (
                client for client in self.candidates.values() if client.may_be_drawn_from <= day
            )
            for client in nsmallest(self.n.referrals_at_once, ready, key=self.longest_waiting):
                client.may_be_drawn_from = day + self.n.again_after
                client.process.interrupt()

    def longest_waiting(self, client: Client) -> tuple[float, int]:
        """Return since when a client has been on assistance; the past counts in the first stay."""
        return client.joined - (client.past if client.visits == 0 else 0.0), client.number

    def referred(self, client: Client, visit: Visit) -> Way:
        """Wait for the first meeting, under a condition that makes some leave."""
        client.effects["referred"] = (self.env.now, self.n.effects["referred"])
        return (yield from self.summoned(client, visit))

    def summoned(self, client: Client, visit: Visit) -> Way:
        """Let some working days pass."""
        end = work_until_day(self.calendar.worked, self.env.now, self.n.lasts[visit.stage])
        to = yield from self.serve(client, visit, end - self.env.now)
        return to or self.choose(client, visit.stage)

    no_show = summoned

    def sanctioned(self, client: Client, visit: Visit) -> Way:
        """Stay on a reduced benefit."""
        to = yield from self.serve(client, visit, self.n.lasts["sanctioned"])
        return to or self.choose(client, "sanctioned")

    def mapping(self, client: Client, visit: Visit) -> Way:
        """Be mapped by an adviser in a talk room; the adviser is kept afterwards."""
        held, to = yield from self.wait(client, "mapping", self.talk_rooms, self.advisers)
        if not held:
            return to
        room, client.adviser = held
        to = yield from self.serve(client, visit, self.length("mapping"))
        self.talk_rooms.release(room)
        return to or self.choose(client, "mapping")

    def course(self, client: Client, visit: Visit) -> Way:
        """Wait for the next course, and follow it."""
        begins = self.course_queue[client.number] = self.env.event()
        until, to = self.first_risk(client, "course", self.n.waiting["course"])
        yield begins | self.env.timeout(until)
        if not begins.triggered:
            del self.course_queue[client.number]
            return to
        with self.seats.request() as seat:
            yield seat
            to = yield from self.serve(client, visit, self.n.lasts["course"])
        return to or "routing"

    def courses(self) -> Generator[simpy.Event, Any, None]:
        """Begin a course on each course day, if enough are waiting."""
        for day in self.n.course_days:
            yield self.env.timeout(day - self.env.now)
            # Those whose course ends today leave first.
            yield self.env.timeout(0)
            if len(self.course_queue) >= self.n.smallest_course:
                for number in list(self.course_queue)[: self.seats.capacity - self.seats.count]:
                    self.course_queue.pop(number).succeed()

    def routing(self, client: Client, visit: Visit) -> Way:
        """Choose the way on at once; hidden health problems tilt it."""
        visit.started = self.env.now
        ways, weights = self.n.routes["routing"]
        tilt = self.n.odds_of_clarification ** client.traits["health"]
        return self.random.choices(ways, (*weights[:-1], weights[-1] * tilt))[0]
        yield

    def workbox(self, client: Client, visit: Visit) -> Way:
        """Train on a place in the district, if the queue is not full; some stay on the place."""
        held, to = yield from self.queue(client, "workbox", "job_search", self.places, self.leaders)
        if not held:
            return to
        to = (yield from self.serve(client, visit, self.length("workbox"))) or self.choose(
            client, "workbox"
        )
        if to == "more_training":
            client.place = held
        else:
            self.let_go(held)
        return to

    def more_training(self, client: Client, visit: Visit) -> Way:
        """Stay on the place."""
        held, client.place = client.place, []
        to = yield from self.serve(client, visit, self.length("more_training"))
        self.let_go(held)
        return to or self.choose(client, "more_training")

    def queue(
        self, client: Client, stage: str, otherwise: str, *resources: simpy.PriorityResource
    ) -> Generator[simpy.Event, Any, Any]:
        """Wait as `wait` does, in a queue of limited length."""
        full = any(resource.count >= resource.capacity for resource in resources)
        if full and self.in_queue[stage] >= self.n.limits[stage]:
            return [], otherwise
        self.in_queue[stage] += full
        held, to = yield from self.wait(client, stage, *resources)
        self.in_queue[stage] -= full
        return held, to

    def places_later(self, day: float, more: int) -> Generator[simpy.Event, Any, None]:
        """Keep places shut until their day."""
        shut = [self.places.request(priority=-1) for _ in range(more)]
        yield self.env.timeout(day)
        self.let_go(shut)

    def job_search(self, client: Client, visit: Visit) -> Way:
        """Look for work with an adviser: the one kept, or the first that is free."""
        if client.adviser is None:
            held, to = yield from self.wait(client, "job_search", self.advisers)
            if not held:
                return to
            client.adviser = held[0]
        to = yield from self.serve(client, visit, self.length("job_search"))
        return to or self.choose(client, "job_search")

    def state_measure(self, client: Client, visit: Visit) -> Way:
        """Wait for a state place, and use it."""
        held, to = yield from self.wait(client, "state_measure", self.state_places)
        if not held:
            return to
        to = yield from self.serve(client, visit, self.length("state_measure"))
        self.let_go(held)
        return to or self.choose(client, "state_measure")

    def benefit_clarification(self, client: Client, visit: Visit) -> Way:
        """Wait for a decision on a benefit."""
        to = yield from self.serve(client, visit, self.length("benefit_clarification"))
        return to or self.choose(client, "benefit_clarification")

    def aap_kvp_training(self, client: Client, visit: Visit) -> Way:
        """Compete for the district's places."""
        held, to = yield from self.queue(
            client, "aap_kvp_training", "aap_kvp_elsewhere", self.places
        )
        if not held:
            return to
        yield from self.serve(client, visit, self.length("aap_kvp_training"))
        self.let_go(held)
        return "aap_kvp_elsewhere"
