"""Each rule of lines, shifts and arrivals by itself: an engine that breaks it is told from the other.

That both engines agree says nothing of a rule that no flow puts to the test. Here is a flow for
each, and a readable engine in which just that rule is another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.simulation import population, resolved, service
from pilotsim.simulation.engines import KERNEL, PROCESS, compiler_is_there, run_replication
from pilotsim.simulation.engines.readable import capacity
from pilotsim.simulation.engines.readable.capacity import Capacity
from pilotsim.simulation.flow_columns import NOBODY
from tests.invariants import check_all
from tests.small_flows import plan_of, small_flow

pytestmark = pytest.mark.skipif(not compiler_is_there(), reason="there is one engine alone")

RUNS = 3
DAY = {"exponential": {"mean": "1 day"}}
OUT = {"out": "100 %"}
PLACE = {"place": 1}
OFFICE = {"mon-fri": "08:00-15:30"}


def line(stages, arrivals="1 per day", units=1, **parts) -> dict[str, Any]:
    """Return a flow in which clients come to the first stage and to those named `also`."""
    homes = [next(iter(stages)), *parts.pop("also", ())]
    group = {"arrivals": arrivals, **parts.pop("group", {})}
    resource = {"units": units, **parts.pop("resource", {})}
    return small_flow(
        "60 days",
        groups={home: {"starts_in": home, **group} for home in homes},
        resources={"place": resource},
        stages={**stages, "out": {}},
        **parts,
    )


def served(**stage: Any) -> dict[str, Any]:
    return {"needs": PLACE, "lasts": DAY, "next": OUT, **stage}


def coming(**group: Any) -> dict[str, Any]:
    return small_flow("60 days", groups={"g": {"starts_in": "s", **group}}, stages={"s": {}})


Break = Callable[[pytest.MonkeyPatch], None]
Rule = tuple[dict[str, Any], Break]
RULES: dict[str, Rule] = {}


def rule(name: str, flow: dict[str, Any]) -> Callable[[Break], Break]:
    def note(broken: Break) -> Break:
        RULES[name] = flow, broken
        return broken

    return note


@rule("put_off", line({"s": served(put_off={"when_waiting": {2: "50 %"}, "else": "out"})}))
def nobody_is_put_off(patch):
    patch.setattr(Capacity, "_put_off", lambda self, now: iter(()))


@rule(
    "room",
    line(
        {"s": {"lasts": DAY, "next": {"t": "100 %"}}, "t": {"room": 1, "lasts": DAY, "next": OUT}}
    ),
)
def who_wants_in_last_comes_in_first(patch):
    let_in = Capacity._let_in

    def turned(self):
        for wanting in self.wanting.values():
            wanting.reverse()
        yield from let_in(self)
        for wanting in self.wanting.values():
            wanting.sort(key=lambda entry: entry[:2])

    patch.setattr(Capacity, "_let_in", turned)


URGENT = {
    "s": served(interrupted="goes_on"),
    "urgent": served(priority=1, interrupts="s", lasts="6 hours"),
}


@rule("interrupts", line(URGENT, units=3, arrivals="2 per day", also=["urgent"]))
def who_started_first_is_interrupted(patch):
    def first_served(self, stages, resources):
        holders = [
            client
            for s in stages
            for client in self.served[s]
            if any(client.held.get(r, 0) for r in resources)
        ]
        return min(holders, key=lambda one: (one.started, one.index), default=None)

    patch.setattr(Capacity, "_last_served", first_served)


@rule(
    "interrupted",
    line(
        {**URGENT, "s": served(interrupted="starts_again")}, arrivals="0.7 per day", also=["urgent"]
    ),
)
def what_starts_again_draws_anew(patch):
    joined = Capacity.note_joined

    def anew(self, client, now):
        if client.resumes:
            client.visits_to[client.stage] += 1
        joined(self, client, now)

    patch.setattr(Capacity, "note_joined", anew)


FALLING = {
    "units": {
        "value": 2,
        "assumption": "as before",
        "from": {"2015-01-20": 0, "2015-01-25": 2},
    },
    "falls_interrupt": True,
}


@rule("falls_interrupt", line({"s": served(interrupted="goes_on")}, resource=FALLING))
def a_fall_lets_services_go_on(patch):
    patch.setattr(Capacity, "_interrupt_after_falls", lambda self: iter(()))


@rule("batch", line({"s": served(batch={"at_least": 3, "at_most": 4})}, units=20))
def whoever_comes_starts_alone(patch):
    patch.setattr(
        Capacity, "_batch", lambda self, number: [one for _, one in self.queues[number]][:1]
    )


@rule("ends together", line({"s": served(batch={"at_least": 3, "ends_together": True})}, units=20))
def each_of_a_batch_stays_as_long_as_it_drew(patch):
    start = Capacity._start

    def alone(self, client, number, alternative, now, *, is_first):
        return start(self, client, number, alternative, now, is_first=True)

    patch.setattr(Capacity, "_start", alone)


@rule(
    "reserves",
    line(
        {"s": served(needs={"place": 2}, reserves=True), "small": served()}, units=2, also=["small"]
    ),
)
def nothing_is_put_aside(patch):
    patch.setattr(Capacity, "_put_aside", lambda self, client, stage: None)


@rule(
    "urgency",
    line({"s": served(urgency={"young": 3})}, traits={"young": {"share": "50 %"}}),
)
def all_claims_grow_alike(patch):
    key = capacity.key_by_urgency
    patch.setattr(capacity, "key_by_urgency", lambda factor, since, now: key(1.0, since, now))


@rule("week", coming(arrivals="3 per day", week={"mon-fri": {"08:00-12:00": 3, "12:00-16:00": 1}}))
def all_hours_weigh_alike(patch):
    patch.setattr(resolved._Resolver, "_weight", lambda self, slot: float(slot != NOBODY))


@rule("gaps", coming(arrivals="3 per day", gaps={"erlang": {"phases": 4}}))
def the_first_gap_is_a_whole_one(patch):
    patch.setattr(population, "draw_length_biased", population.draw_duration)


@rule(
    "shifts that finish",
    line({"s": served(lasts="3 hours")}, resource={"shifts": OFFICE, "at_end_of_shift": "finish"}),
)
def staff_are_there_an_hour_longer(patch):
    units = resolved._Resolver._units

    def longer(self, resource):
        found = units(self, resource)
        late = TICKS_PER_DAY / 24
        times = (
            time + late * (number == 0.0)
            for time, number in zip(found.times, found.numbers, strict=True)
        )
        return replace(found, times=(0.0, *list(times)[1:]))

    patch.setattr(resolved._Resolver, "_units", longer)


@rule(
    "shifts that pause",
    line({"s": served(lasts="3 hours")}, resource={"shifts": OFFICE, "at_end_of_shift": "pause"}),
)
def service_goes_on_between_shifts(patch):
    patch.setattr(service, "_shifts_of", lambda plan, stage, alternative: [])


@rule(
    "shifts that hand over",
    line(
        {"s": served(lasts="3 hours", interrupted="goes_on")},
        resource={"shifts": OFFICE, "at_end_of_shift": "hand_over"},
    ),
)
def staff_finish_instead_of_handing_over(patch):
    patch.setattr(Capacity, "_interrupt_after_falls", lambda self: iter(()))


BOOKING = {"week": {"mon-fri": "09:00-11:00"}, "slot": "30 minutes", "admits": 1}
APPOINTMENTS = line(
    {
        "booking": {"opens": BOOKING, "lasts": "0 days", "next": {"s": "80 %", "out": "rest"}},
        "s": served(lasts="40 minutes"),
    },
    arrivals="4 per day",
)


@rule("slots", APPOINTMENTS)
def slots_are_all_at_the_beginning_of_the_day(patch):
    opening = resolved._Resolver._opening

    def at_midnight(self, stage):
        found = opening(self, stage)
        return replace(
            found, days=tuple(day // TICKS_PER_DAY * TICKS_PER_DAY for day in found.days)
        )

    patch.setattr(resolved._Resolver, "_opening", at_midnight)


@rule("appointments", APPOINTMENTS)
def a_slot_admits_all_who_wait(patch):
    patch.setattr(
        Capacity, "_admits", lambda self, number, now, waiting: self._is_open(number, now)
    )


@pytest.mark.parametrize("name", RULES)
def test_an_engine_that_breaks_a_rule_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch):
    flow, broken = RULES[name]
    ours = [run_replication(plan_of(flow), 1, k, engine=KERNEL) for k in range(RUNS)]
    assert ours == [run_replication(plan_of(flow), 1, k, engine=PROCESS) for k in range(RUNS)]
    broken(monkeypatch)
    assert ours != [run_replication(plan_of(flow), 1, k, engine=PROCESS) for k in range(RUNS)]


# The same rules by what is true of every run, which asks neither engine.
SEEN_BY_INVARIANTS = (
    "put_off",
    "interrupted",
    "reserves",
    "batch",
    "ends together",
    "shifts that pause",
    "appointments",
)


def check_each(runs):
    for journeys in runs:
        check_all(journeys)


@pytest.mark.parametrize("name", SEEN_BY_INVARIANTS)
def test_invariants_notice_it_too(name: str, monkeypatch: pytest.MonkeyPatch):
    flow, broken = RULES[name]
    check_each([run_replication(plan_of(flow), 1, k, engine=PROCESS) for k in range(RUNS)])
    broken(monkeypatch)
    runs = [run_replication(plan_of(flow), 1, k, engine=PROCESS) for k in range(RUNS)]
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        check_each(runs)
