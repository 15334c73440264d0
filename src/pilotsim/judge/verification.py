"""A model's program put to the test on one flow: run, with what came out of it.

Four kinds of tests. *Invariants* are true of every run, whatever the flow, and are held against
the journeys themselves. *Closed forms* say what must come out on average: how many arrive, how
those who finish a stage divide between the ways on, how often a clock fires. *Engines* are two
programs that must give the same journeys to the bit. The *committed hashes* are those of the
program's own flows; another flow has a hash of its own here, by which a run elsewhere is known
again.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.files import digest_of
from pilotsim.base.statistics import critical_value
from pilotsim.judge.golden import REPLICATIONS as COMMITTED_RUNS
from pilotsim.judge.golden import committed, hashes_of
from pilotsim.measures.occupancy import units_in_service, units_while_waiting
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Progress
from pilotsim.simulation.compile import ORIGINS
from pilotsim.simulation.engines import ENGINES, compiler_is_there, run_replication
from pilotsim.simulation.fingerprint import fingerprints, joined
from pilotsim.simulation.journeys import (
    DRAWN,
    FINISHED,
    FIRST_RISK,
    INTERRUPTED,
    STILL_THERE,
    TURNED_AWAY,
    Journeys,
)
from pilotsim.simulation.long_run import long_flow, long_plans
from pilotsim.simulation.parameters import Timeline, draw_numbers
from pilotsim.simulation.resolved import (
    Clock,
    ResolvedFlow,
    ResolvedOpening,
    ResolvedRoute,
    ResolvedStage,
    resolve_flow,
)

__all__ = ["ModelTest", "ModelVerification", "verify_model"]

REPLICATIONS = 20  # in which invariants and closed forms are looked at
ENGINE_REPLICATIONS = 2  # that both engines run: the readable one takes its time
LEAST_EXPECTED = 10.0  # events from which their number is near enough to normal
ALARM = 0.001  # the chance that any closed form of a right program is said to be missed
NEAR = 1e-9


@dataclass(frozen=True)
class ModelTest:
    """A test, and what came of it.

    Parameters
    ----------
    kind : str
        `invariant`, `closed_form`, `engines` or `hash`.
    name : str
        Which.
    cases : int
        How many cases were held against it; none where it does not apply to the flow.
    deviations : int
        How many of them deviate.
    found, expected : str or float, optional
        Of a closed form the case that lies furthest off, in events; of engines and hashes the two
        hashes.
    furthest : float
        Of a closed form, how many standard errors that case lies off; NaN for others.
    limit : float
        Of a closed form, how many it may lie off; NaN for others.
    about : str
        Of a closed form, which stage, risk or group that case is.
    """

    kind: str
    name: str
    cases: int
    deviations: int
    found: str | float | None = None
    expected: str | float | None = None
    furthest: float = math.nan
    limit: float = math.nan
    about: str = ""

    @property
    def applies(self) -> bool:
        """Whether there was anything to hold against it."""
        return self.cases > 0

    @property
    def passes(self) -> bool:
        """Whether nothing deviates."""
        return self.deviations == 0


@dataclass(frozen=True)
class ModelVerification:
    """What came of all tests of a flow.

    Parameters
    ----------
    flow : Flow
        What was run.
    seed, replications : int
        How it was run, with the programme and without.
    tests : tuple of ModelTest
        The tests, in order.
    digest : str
        The hash of all those journeys, by which they are known again elsewhere.
    """

    flow: Flow
    seed: int
    replications: int
    tests: tuple[ModelTest, ...]
    digest: str

    @property
    def passes(self) -> bool:
        """Whether nothing deviates in any of them."""
        return all(test.passes for test in self.tests)


def count_verification_runs(replications: int = REPLICATIONS) -> int:
    """Return how many runs the progress of a verification counts."""
    return 2 * (replications + 2 * ENGINE_REPLICATIONS)


@checks_arguments
def verify_model(
    flow: Flow,
    *,
    content: bytes = b"",
    seed: int = 1,
    replications: int = REPLICATIONS,
    jobs: int = 1,
    progress: Progress | None = None,
) -> ModelVerification:
    """Return what came of the tests of the program on a flow.

    Parameters
    ----------
    flow : Flow
        What to run, its assumptions drawn.
    content : bytes
        What is in its file: where the program has committed hashes of that file, it is held to
        them. Left out, it is not.
    seed : int
        The seed.
    replications : int
        How many, with the programme and without.
    jobs : int
        Processes at once for the committed hashes; -1 for one a core.
    progress : callable, optional
        Called with the number of runs just done, of `count_verification_runs` in all.
    """
    runs: list[Journeys] = []
    # What starts from a long run is tested as a whole, from where that run begins.
    whole = flow if flow.starts_from is None else long_flow(flow)
    for replication in range(replications):
        plan = resolve_flow(flow, draw_numbers(flow, seed, replication))
        if flow.starts_from is not None:
            plan = long_plans([plan])[0]
        for offered in (True, False):
            runs.append(run_replication(plan, seed, replication, offered=offered))
        if progress is not None:
            progress(2)
    tests = [
        *_invariants(runs),
        *_closed_forms(whole, runs),
        _engines(flow, seed, progress),
        _repeated(runs, seed),
        _hashes(flow, content, jobs),
    ]
    digest = joined([one for run in runs for one in fingerprints(run)])
    return ModelVerification(flow, seed, replications, tuple(tests), digest)


# --------------------------------------------------------------------------------------------------
# What is true of every run

Counted = tuple[int, int]  # cases, and how many of them deviate


def _invariants(runs: Sequence[Journeys]) -> Iterator[ModelTest]:
    checks: tuple[tuple[str, Callable[[Journeys], Counted]], ...] = (
        ("nobody_lost", _nobody_is_lost),
        ("times_in_order", _times_in_order),
        ("ways", _ways),
        ("time_adds_up", _time_adds_up),
        ("units", _units),
        ("openings", _openings),
        ("limits", _limits),
    )
    for name, check in checks:
        counted = [check(run) for run in runs]
        yield ModelTest(
            "invariant", name, sum(one[0] for one in counted), sum(one[1] for one in counted)
        )


def _nobody_is_lost(j: Journeys) -> Counted:
    """Each client's visits follow each other, joined to the bit, and begin when it came."""
    first = np.append(True, j.client[1:] != j.client[:-1])
    wrong = np.zeros(len(j), np.bool_)
    wrong |= first & ((j.visit != 0) | (j.joined != j.cohort.arrives[j.client]))
    again = np.flatnonzero(~first)
    before = again - 1
    wrong[again] = (
        (j.visit[again] != j.visit[before] + 1)
        | (j.stage[again] != j.next[before])
        | (j.joined[again] != j.finished[before])
    )
    last = np.append(first[1:], True)
    wrong |= last != (j.cause == STILL_THERE)
    missing = len(j.cohort) - len(np.unique(j.client))
    return len(j) + missing, int(wrong.sum()) + missing


def _times_in_order(j: Journeys) -> Counted:
    """Nobody starts before it joins, or finishes before it starts, or anything after the end."""
    wrong = (j.joined > j.began) | (j.began > j.until) | (j.joined >= j.plan.horizon)
    wrong |= ~np.isnan(j.finished) & (j.finished >= j.plan.horizon)
    return len(j), int(wrong.sum())


def _ways(j: Journeys) -> Counted:
    """Each visit ends for a reason that its stage gives, and leads where that reason leads."""
    stages, homes = j.plan.stages, np.array([group.home for group in j.plan.groups])
    home = homes[j.cohort.group[j.client]]
    has_started = ~np.isnan(j.started)
    asked = np.stack([j.stage, j.cause, has_started, j.next, home], axis=1)
    cases, counts = np.unique(asked, axis=0, return_counts=True)
    wrong = 0
    for (stage, cause, started, to, own_home), count in zip(
        cases.tolist(), counts.tolist(), strict=True
    ):
        if cause == STILL_THERE:
            ways = {-1}
        elif cause == INTERRUPTED:
            ways = {stage} if started and stages[stage].interrupted else set()
        elif cause == FINISHED:
            ways = {route.to for route in stages[stage].routes} if started else set()
        elif cause == DRAWN:
            ways = {k for k, other in enumerate(stages) if stage in other.draws_from}
        elif cause == TURNED_AWAY:
            ways = set() if started else _where_turned_away(stages[stage])
        else:
            clocks = stages[stage].started if started else stages[stage].waiting
            ways = {clock.to for clock in clocks if clock.risk == cause - FIRST_RISK}
        # Of those who are sent back to where they came from, that is where their group begins.
        if cause != STILL_THERE:
            ways = {own_home if way == -1 else way for way in ways}
        wrong += 0 if to in ways else count
    return len(j), wrong


def _where_turned_away(stage: ResolvedStage) -> set[int]:
    """Return where those go who find the line of a stage full, or too long."""
    full = set() if stage.limit is None else {stage.otherwise}
    return full | ({stage.put_off_to} if stage.put_off else set())


def _time_adds_up(j: Journeys) -> Counted:
    """A client's stays fill all the time from when it came to the end."""
    stays = np.bincount(j.client, j.until - j.joined, minlength=len(j.cohort))
    there = j.plan.horizon - j.cohort.arrives
    return len(j.cohort), int((np.abs(stays - there) > NEAR * j.plan.horizon).sum())


def _units(j: Journeys) -> Counted:
    """Nobody takes a unit that is not free: where more are held than before, there are so many.

    Who is in mid-stay at the start holds its units, whether there are so many or not.
    """
    cases = wrong = 0
    for number, resource in enumerate(j.plan.resources):
        if resource.units is None:
            continue
        service, waiting = units_in_service(j, number), units_while_waiting(j, number)
        times, held = _held(
            np.concatenate([j.began, j.joined]),
            np.concatenate([j.until, j.began]),
            np.concatenate([service, waiting]),
        )
        there = np.array([resource.units.at(time) for time in times.tolist()])
        more = np.diff(held, prepend=0) > 0
        later = more & (times > 0) & (times < j.plan.horizon)
        cases += int(later.sum())
        wrong += int((later & (held > there)).sum())
    return cases, wrong


def _held(begins: Floats, ends: Floats, units: Ints) -> tuple[Floats, Ints]:
    """Return the moments at which something may change, and what is held from each on."""
    chosen = units != 0
    times = np.concatenate([begins[chosen], ends[chosen]])
    steps = np.concatenate([units[chosen], -units[chosen]])
    moments, place = np.unique(times, return_inverse=True)
    changes = np.zeros(len(moments), np.int64)
    np.add.at(changes, place, steps)
    return moments, np.cumsum(changes)


def _openings(j: Journeys) -> Counted:
    """A stage with openings lets clients start only then, and no more than it admits.

    Where clients start together, no fewer start than a batch is.
    """
    cases = wrong = 0
    for number, stage in enumerate(j.plan.stages):
        if stage.opening is None and stage.batch is None:
            continue
        # Who begins there in mid-stay started before the run.
        there = (j.stage == number) & ~np.isnan(j.started) & ~((j.visit == 0) & (j.started == 0))
        moments, starts = np.unique(j.started[there], return_counts=True)
        for time, count in zip(moments.tolist(), starts.tolist(), strict=True):
            cases += count
            if stage.batch is not None:
                wrong += count if count < stage.batch.at_least else 0
            elif stage.opening is not None:
                wrong += max(0, count - _places(stage.opening, time))
    return cases, wrong


def _places(opening: ResolvedOpening, time: float) -> int:
    """Return how many may start at a moment: none unless it opens then."""
    openings = opening.days.count(time)
    if opening.admits is None:
        return sys.maxsize if openings else 0
    return math.floor(openings * opening.admits.at(time))


def _limits(j: Journeys) -> Counted:
    """No more wait for a stage than may, and no more are in it than it holds.

    Who is in mid-stay at the start is there, room or not.
    """
    cases = wrong = 0
    for number, stage in enumerate(j.plan.stages):
        inside = j.stage == number
        placed = int((inside & (j.visit == 0)).sum())
        room = None if stage.room is None else max(stage.room, placed)
        for most, until in ((stage.limit, j.began), (room, j.until)):
            if most is None:
                continue
            rows = inside & (until > j.joined)
            _, there = _held(j.joined[rows], until[rows], np.ones(int(rows.sum()), np.int64))
            cases += len(there)
            wrong += int((there > most).sum())
    return cases, wrong


# --------------------------------------------------------------------------------------------------
# What must come out on average


@dataclass(frozen=True)
class _Case:
    """What a closed form says of a part of the flow, and what came out, over all runs."""

    about: str
    expected: float
    variance: float
    found: float

    @property
    def off(self) -> float:
        """How many standard errors it lies off."""
        return (self.found - self.expected) / math.sqrt(self.variance)


def _closed_forms(flow: Flow, runs: Sequence[Journeys]) -> Iterator[ModelTest]:
    # Both worlds have the same clients, who draw the same: one of them is looked at.
    offered = runs[::2]
    groups = {
        "arrivals": list(_arrivals(flow, offered)),
        "shares": list(_shares(flow, offered)),
        "clocks": list(_clocks(flow, offered)),
    }
    count = sum(map(len, groups.values()))
    # So far off lies the furthest of so many cases of a right program once in a thousand times.
    limit = critical_value(1.0 - ALARM / max(1, count))
    for name, cases in groups.items():
        furthest = max(cases, key=lambda one: abs(one.off), default=None)
        off = sum(abs(one.off) > limit for one in cases)
        if furthest is None:
            yield ModelTest("closed_form", name, 0, 0)
        else:
            yield ModelTest(
                "closed_form",
                name,
                len(cases),
                off,
                furthest.found,
                furthest.expected,
                furthest.off,
                limit,
                furthest.about,
            )


def _arrivals(flow: Flow, runs: Sequence[Journeys]) -> Iterator[_Case]:
    """Yield each group that comes by chance: a Poisson number, by the sum of its rate."""
    code = ORIGINS.index("arrivals")
    for number, name in enumerate(flow.groups):
        expected = found = 0.0
        for j in runs:
            rate = j.plan.groups[number].rate
            if rate is not None:
                expected += float(_sum_until(rate, np.array([j.plan.horizon]))[0])
            found += int(((j.cohort.group == number) & (j.cohort.origin == code)).sum())
        if expected >= LEAST_EXPECTED:
            yield _Case(f"groups.{name}", expected, expected, found)


def _shares(flow: Flow, runs: Sequence[Journeys]) -> Iterator[_Case]:
    """Yield each way on whose share is the same for all clients: of those who finish, so many."""
    for number, name in enumerate(flow.stages):
        for place, way in enumerate(flow.stages[name].next or {}):
            expected = variance = found = 0.0
            for j in runs:
                routes = j.plan.stages[number].routes
                route = routes[place]
                if route.share is None or not _is_told_apart(j.plan, routes, route):
                    continue
                rows = np.flatnonzero((j.stage == number) & (j.cause == FINISHED))
                chance = _share_at(j.plan, number, place, j.finished[rows])
                expected += float(chance.sum())
                variance += float((chance * (1.0 - chance)).sum())
                found += int((j.next[rows] == _end_of(j, rows, route.to)).sum())
            if min(expected, variance) >= LEAST_EXPECTED:
                yield _Case(f"stages.{name}.next.{way}", expected, variance, found)


def _is_told_apart(
    plan: ResolvedFlow, routes: Sequence[ResolvedRoute], route: ResolvedRoute
) -> bool:
    """Tell whether all clients have the same shares, and whoever went a way is known by its end."""
    homes = {group.home for group in plan.groups}
    ends = [one.to for one in routes]
    is_mixed = -1 in ends and bool(homes & set(ends))
    if any(to >= 0 and plan.stages[to].room is not None for to in ends):
        return False  # Chosen when the service ended, and gone when there was room.
    if any(one.when for one in routes):
        return False
    return not any(one.odds for one in routes) and ends.count(route.to) == 1 and not is_mixed


def _end_of(j: Journeys, rows: Ints, to: int) -> Ints:
    """Return where a way leads each client: -1 stands for where its group begins."""
    if to >= 0:
        return np.full(len(rows), to)
    homes = np.array([group.home for group in j.plan.groups])
    found: Ints = homes[j.cohort.group[j.client[rows]]]
    return found


def _share_at(plan: ResolvedFlow, stage: int, place: int, times: Floats) -> Floats:
    """Return the chance of a way on at each time: its share of all as they stand then."""
    routes = plan.stages[stage].routes
    told = [_at(route.share, times) for route in routes if route.share is not None]
    total = np.sum(told, axis=0)
    if any(route.share is None for route in routes):
        total = np.maximum(total, 1.0)
    own = routes[place].share
    assert own is not None
    return np.asarray(_at(own, times) / total, np.float64)


def _at(line: Timeline, times: Floats) -> Floats:
    place = np.searchsorted(np.array(line.times), times, side="right") - 1
    return np.array(line.numbers, np.float64)[place]


def _sum_until(line: Timeline, times: Floats) -> Floats:
    """Return what a number comes to, added up over the days until each time."""
    begins, numbers = np.array(line.times), np.array(line.numbers, np.float64)
    sums = np.concatenate([[0.0], np.cumsum(numbers[:-1] * np.diff(begins))])
    place = np.searchsorted(begins, times, side="right") - 1
    return np.asarray(sums[place] + numbers[place] * (times - begins[place]), np.float64)


def _clocks(flow: Flow, runs: Sequence[Journeys]) -> Iterator[_Case]:
    """Yield each clock of chance whose speed is the same for all clients.

    On average it fires as often as its speed comes to, added up over all the time that it has run.
    """
    touched = {effect.on for effect in flow.effects}
    for number, (name, risk) in enumerate(flow.risks.items()):
        if risk.after is not None or risk.times or name in touched:
            continue
        expected = found = 0.0
        for j in runs:
            expected += sum(
                float((_sum_until(line, ends) - _sum_until(line, begins)).sum())
                for line, begins, ends in _runs_of(j, number)
            )
            found += int((j.cause == FIRST_RISK + number).sum())
        if expected >= LEAST_EXPECTED:
            yield _Case(f"risks.{name}", expected, expected, found)


def _runs_of(j: Journeys, risk: int) -> Iterator[tuple[Timeline, Floats, Floats]]:
    """Yield the speed of a clock in each stage and phase, and from when to when it ran there."""
    for number, stage in enumerate(j.plan.stages):
        rows = j.stage == number
        spans = ((stage.waiting, j.joined, j.began), (stage.started, j.began, j.until))
        for clocks, begins, ends in spans:
            for clock in clocks:
                if clock.risk == risk:
                    yield _speed(j.plan, clock), begins[rows], ends[rows]


def _speed(plan: ResolvedFlow, clock: Clock) -> Timeline:
    marks = [mark for mark in plan.marks if math.isfinite(mark)]
    return Timeline(tuple(marks), tuple(clock.speeds[: len(marks)]))


# --------------------------------------------------------------------------------------------------
# The same to the bit


def _digest(
    flow: Flow, seed: int, count: int, engine: str | None, progress: Progress | None
) -> str:
    found = []
    for replication in range(count):
        plan = resolve_flow(flow, draw_numbers(flow, seed, replication))
        for offered in (True, False):
            run = run_replication(plan, seed, replication, offered=offered, engine=engine)
            found += fingerprints(run)
        if progress is not None:
            progress(2)
    return joined(found)


def _engines(flow: Flow, seed: int, progress: Progress | None) -> ModelTest:
    """Return whether the compiled engine and the readable one come to the same journeys."""
    if not compiler_is_there():
        return ModelTest("engines", "engines", 0, 0)
    first, second = (
        _digest(flow, seed, ENGINE_REPLICATIONS, engine, progress) for engine in ENGINES
    )
    count = 2 * ENGINE_REPLICATIONS
    return ModelTest("engines", "engines", count, count * (first != second), first, second)


def _repeated(runs: Sequence[Journeys], seed: int) -> ModelTest:
    """Return whether the first run comes to the same journeys when it is run again."""
    first = runs[0]
    again = run_replication(first.plan, seed, 0)
    (before,), (after,) = fingerprints(first), fingerprints(again)
    return ModelTest("engines", "repeated", 1, int(before != after), after, before)


def _hashes(flow: Flow, content: bytes, jobs: int) -> ModelTest:
    """Return whether the flow comes to what was committed with the program, where that knows it."""
    wanted = committed().get(flow.flow)
    own = digest_of(content.replace(b"\r\n", b"\n"))
    if not content or flow.changes or wanted is None or wanted.file != own:
        return ModelTest("hash", "committed", 0, 0)
    found = hashes_of(flow, content, jobs=jobs)
    differ = found.differs_from(wanted)
    count = COMMITTED_RUNS
    return ModelTest(
        "hash", "committed", count, len(differ) and count, found.journeys, wanted.journeys
    )
