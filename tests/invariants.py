"""What is true of every run, whatever the flow: checked from the journeys, the plan and the clients' chance alone.

Each `check_...` fails with what is wrong. None of them uses an engine, and none uses
`pilotsim.measures.measures`, which is held to the same sweep over the events.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from pilotsim.base import randomness
from pilotsim.base.calendar import DAYS_PER_MONTH, work_until
from pilotsim.base.ticks import to_ticks
from pilotsim.measures.occupancy import used_unit_days
from pilotsim.model.conditions import OF_STAGES, Term, share_in_use
from pilotsim.simulation.copula import correlation_of_places
from pilotsim.simulation.flow_columns import ANEW, DRAWN_ANEW, GOES_ON
from pilotsim.simulation.journeys import (
    DRAWN,
    FINISHED,
    FIRST_RISK,
    INTERRUPTED,
    STILL_THERE,
    TURNED_AWAY,
    Journeys,
)
from pilotsim.simulation.population import (
    category_name,
    client_factor,
    draw_duration,
    draw_length_biased,
)
from pilotsim.simulation.resolved import (
    Clock,
    ResolvedFlow,
    ResolvedLength,
    ResolvedOpening,
    ResolvedResource,
    ResolvedStage,
    ResolvedStartPlace,
)
from pilotsim.simulation.service import way_on
from tests.counting import occupancy, units_held_at

Units = dict[int, int]
# A tick is a millisecond.
TICKS = 86_400_000


def ticks(days: float) -> float:
    """Return the nearest tick, the later of two."""
    return days if math.isinf(days) else float(math.floor(days * TICKS + 0.5))


def check_all(journeys: Journeys) -> None:
    """Check every invariant."""
    check_traits(journeys)
    check_nobody_is_lost(journeys)
    check_order_of_times(journeys)
    check_causes(journeys)
    check_lengths(journeys)
    check_pieces(journeys)
    check_hazards(journeys)
    check_lines(journeys)
    check_between_lines(journeys)
    check_who_is_put_off(journeys)
    check_ways_by_state(journeys)
    check_openings(journeys)
    check_batches(journeys)
    check_supplies(journeys)
    check_moments(journeys)
    check_littles_law(journeys)


# Who is in mid-stay at the start.


def places_at_start(journeys: Journeys) -> dict[int, ResolvedStartPlace]:
    """Return the rows with which clients of the stock begin in mid-stay, with where that is."""
    j = journeys
    found = {}
    for row in np.flatnonzero(j.visit == 0).tolist():
        client = int(j.client[row])
        places = j.plan.groups[j.cohort.group[client]].places
        if not places or j.cohort.origin[client] != 0:
            continue
        rest = 1 - sum(place.share for place in places if place.share is not None)
        weights = np.cumsum([rest if place.share is None else place.share for place in places])
        place = places[
            min(
                int(
                    np.searchsorted(
                        weights / weights[-1], uniform(j, client, "stock_in", 0), "right"
                    )
                ),
                len(places) - 1,
            )
        ]
        if place.stage >= 0:
            found[row] = place
    return found


# Rows as they follow each other.


def check_nobody_is_lost(journeys: Journeys) -> None:
    """Each client who came has consecutive visits from its home on, joined to the bit."""
    j, plan, cohort = journeys, journeys.plan, journeys.cohort
    assert np.all(cohort.arrives < plan.horizon)
    assert np.array_equal(np.unique(j.client), np.arange(len(cohort))), "a client is missing"
    first = np.flatnonzero(np.diff(j.client, prepend=-1))
    assert np.array_equal(j.client[first], np.arange(len(cohort))), (
        "a client's visits do not stand together"
    )
    last = np.append(first[1:], len(j))[: len(first)] - 1
    assert np.array_equal(j.visit, np.arange(len(j)) - np.repeat(first, last - first + 1)), (
        "visits are not consecutive"
    )
    begins = np.array([group.home for group in plan.groups])[cohort.group]
    for row, place in places_at_start(j).items():
        begins[j.client[row]] = place.stage
        assert j.started[row] == 0, "a client in mid-stay waits"
        assert j.alternative[row] == 0
    elsewhere = np.flatnonzero(j.stage[first] != begins)
    for client in elsewhere:
        deterred = plan.groups[int(cohort.group[client])].deterred
        assert deterred is not None, "a client begins where it does not belong"
        assert cohort.origin[client] > 0, "one of the stock was deterred"
        assert j.stage[first][client] == deterred.to
        assert cohort.arrives[client] >= max(deterred.since, cohort.offered_from[client])
    assert np.array_equal(j.joined[first], cohort.arrives)
    goes_on = np.setdiff1d(np.arange(len(j)), last)
    assert np.array_equal(j.next[goes_on], j.stage[goes_on + 1]), (
        "a visit leads elsewhere than the client went"
    )
    assert np.array_equal(j.finished[goes_on], j.joined[goes_on + 1]), (
        "time passes between two visits"
    )
    still_there = j.cause == STILL_THERE
    assert np.array_equal(np.flatnonzero(still_there), last)
    assert np.array_equal(still_there, np.isnan(j.finished))
    assert np.array_equal(still_there, j.next == -1)


def check_order_of_times(journeys: Journeys) -> None:
    """Joined, started, finished follow each other, before the horizon."""
    j = journeys
    started = ~np.isnan(j.started)
    assert np.all(j.joined <= j.began)
    assert np.all(j.began <= j.until)
    assert np.all(j.joined < j.plan.horizon)
    assert np.all(j.started[started] < j.plan.horizon)
    assert np.all(j.finished[j.cause != STILL_THERE] < j.plan.horizon)
    assert np.array_equal(started, j.alternative >= 0)
    at_once = np.array([not stage.may_wait for stage in j.plan.stages])[j.stage]
    assert np.array_equal(j.started[at_once], j.joined[at_once]), (
        "a client waits where nobody has to"
    )


def check_causes(journeys: Journeys) -> None:
    """Each visit ends for a reason that its stage gives, and leads where that reason leads."""
    j, stages = journeys, journeys.plan.stages
    for row in np.flatnonzero(j.cause != STILL_THERE).tolist():
        stage, cause, started = (
            stages[j.stage[row]],
            int(j.cause[row]),
            not math.isnan(j.started[row]),
        )
        if cause == INTERRUPTED:
            ways = {int(j.stage[row])}
            assert stage.interrupted, "a stay was interrupted that cannot be"
            assert started, "a stay was interrupted that had not started"
        elif cause == FINISHED:
            ways = {route.to for route in stage.routes}
            assert started, "a visit is finished that never started"
        elif cause == DRAWN:
            ways = {k for k, other in enumerate(stages) if j.stage[row] in other.draws_from}
            assert j.started[row + 1] == j.joined[row + 1] == j.finished[row], (
                "a client was drawn and did not start"
            )
        elif cause == TURNED_AWAY:
            ways = {stage.otherwise} if stage.limit is not None else set()
            ways |= {stage.put_off_to} if stage.put_off else set()
            assert ways
            assert not started, "a client was turned away that had started"
            # The last to join is turned away: never one who was in the line before that instant.
            assert j.finished[row] == j.joined[row] or stage.interrupted, (
                "a client was turned away that stood in the line"
            )
        else:
            clocks = stage.started if started else stage.waiting
            ways = {clock.to for clock in clocks if clock.risk == cause - FIRST_RISK}
        home = j.plan.groups[j.cohort.group[j.client[row]]].home
        assert j.next[row] in {home if way == -1 else way for way in ways}, (
            "a visit leads where its stage does not"
        )


# Chance, drawn again.


def uniform(journeys: Journeys, client: int, purpose: str, index: int) -> float:
    cohort = journeys.cohort
    key, number = int(cohort.key[client]), int(cohort.number[client])
    return randomness.uniform(
        cohort.seed, cohort.replication, key, number, randomness.code(purpose), index
    )


def times_there(journeys: Journeys) -> list[int]:
    """Return how often each row's client had been in its stage before."""
    been: dict[tuple[int, int], int] = defaultdict(int)
    numbers = []
    places = zip(journeys.client.tolist(), journeys.stage.tolist(), strict=True)
    for row, place in enumerate(places):
        if goes_on_from(journeys, row) == row:
            been[place] += 1
        numbers.append(been[place] - 1)
    return numbers


def goes_on_from(journeys: Journeys, row: int) -> int:
    """Return the first visit of the stay that a visit belongs to: itself, unless it was interrupted before."""
    while journeys.visit[row] > 0 and journeys.cause[row - 1] == INTERRUPTED:
        row -= 1
    return row


def check_lengths(journeys: Journeys) -> None:
    """Each finished service lasted just what its client drew, to the bit.

    No other lasted that long.
    """
    j, plan, placed = journeys, journeys.plan, places_at_start(journeys)
    ends: dict[int, float] = {}
    for row, visit in enumerate(times_there(j)):
        stage, start = plan.stages[j.stage[row]], float(j.started[row])
        if math.isnan(start):
            continue
        end = math.inf
        first = goes_on_from(j, row)
        number = visit
        if first < row and stage.interrupted == DRAWN_ANEW:
            number = ANEW + int(j.visit[row])
        # A length is rounded once, and then goes on at its paces.
        slowest = (
            min((pace for pace in stage.pace.numbers if pace), default=1.0) if stage.pace else 1.0
        )
        off = 0 if stage.pace is None else 1 + math.ceil(0.5 / slowest)
        if any(route.lasts is not None for route in stage.routes):
            off += 1 if any(named(route.lasts) for route in stage.routes if route.lasts) else 0
        if stage.lasts is not None and (stage.lasts.with_trait >= 0 or stage.lasts.with_risk >= 0):
            off += 1
        if first < row and stage.interrupted == GOES_ON:
            served = sum(ticks(j.until[k]) - ticks(j.started[k]) for k in range(first, row))
            left = ends[first] - ticks(j.started[first]) - served
            check_end(j, row, stage, ticks(start) + left, off)
            continue
        if stage.lasts is not None:
            end = max(
                ticks(start),
                *(
                    end_of(j, row, stage, *part)
                    for part in lengths_drawn(j, row, number, stage, placed.get(row))
                ),
            )
        ends[row] = end
        if stage.ends_together and row not in placed:
            continue  # See `check_batches`.
        if stage.pace_when:
            check_paces(j, row, stage, end - ticks(start))
        else:
            check_end(j, row, stage, end, off)


def check_paces(j: Journeys, row: int, stage: ResolvedStage, length: float) -> None:
    """Fail unless a service took as long as its length does at the slowest and at the fastest pace."""
    paces = [stage.usual_pace, *(pace.numbers[0] for _, pace in stage.pace_when)]
    took = ticks(j.until[row]) - ticks(j.started[row])
    # An end is rounded each time that the pace changes.
    least = length / max(paces) - 2 if max(paces) > 0.0 or length == 0.0 else math.inf
    most = (length + 1) / min(paces) + 1 if min(paces) > 0.0 else math.inf
    if j.cause[row] == FINISHED:
        assert least <= took, "a service was over sooner than at its fastest pace"
    assert took <= most, "a service took longer than at its slowest pace"


def check_pieces(journeys: Journeys) -> None:
    """The pieces of a stay that goes on after interruptions follow each other, and add up to the length drawn."""
    j, placed = journeys, places_at_start(journeys)
    for row, number in enumerate(times_there(j)):
        stage, first = j.plan.stages[j.stage[row]], goes_on_from(j, row)
        if first == row:
            continue
        pieces = range(first, row + 1)
        assert all(j.stage[k] == j.stage[row] for k in pieces), "a stay goes on elsewhere"
        assert all(j.finished[k] == j.joined[k + 1] <= j.began[k + 1] for k in pieces[:-1]), (
            "pieces of a stay overlap, or leave a gap"
        )
        by_the_clock = stage.lasts is not None and not any(
            one.working for one in (stage.lasts, *stage.lasts.parts)
        )
        if (
            stage.interrupted == GOES_ON
            and by_the_clock
            and stage.pace is None
            and not stage.ends_together
            and first not in placed
            and j.cause[row] == FINISHED
            and not wants_room(j, row)
        ):
            served = sum(ticks(j.finished[k]) - ticks(j.started[k]) for k in pieces)
            drawn = lengths_drawn(j, first, number, stage, None)
            start = ticks(j.started[first])
            whole = max(end_of(j, first, stage, *part) - start for part in drawn)
            lengths = [stage.lasts, *(route.lasts for route in stage.routes if route.lasts)]
            off = 1 if any(map(named, lengths)) else 0
            assert abs(served - whole) <= off, (
                "the pieces of a stay do not add up to what its client drew"
            )


def named(length: ResolvedLength) -> bool:
    """Tell whether a length goes with a trait or a risk."""
    return length.with_trait >= 0 or length.with_risk >= 0


def check_end(j: Journeys, row: int, stage: ResolvedStage, end: float, off: int) -> None:
    """Fail unless a visit ended when its service was over, or before for another reason.

    The end is in ticks, and may be so many off.
    """
    if wants_room(j, row) and ticks(j.until[row]) > end:
        if j.cause[row] == FINISHED:
            check_no_room(j, int(j.next[row]), (end + off) / TICKS, float(j.finished[row]))
    elif j.cause[row] == FINISHED:
        assert abs(ticks(j.finished[row]) - end) <= off, (
            "a service lasted longer or shorter than its client drew"
        )
    else:
        assert ticks(j.until[row]) <= end + off, "a service went on beyond its end"


def wants_room(j: Journeys, row: int) -> bool:
    """Tell whether who finishes a visit may have to stay there until there is room elsewhere."""
    to = [route.to for route in j.plan.stages[j.stage[row]].routes]
    if j.cause[row] == FINISHED:
        to = [int(j.next[row])]
    return any(stage >= 0 and j.plan.stages[stage].room is not None for stage in to)


def check_no_room(j: Journeys, stage: int, since: float, until: float) -> None:
    """Fail if there was room in a stage at any moment at which somebody wanted in."""
    times = np.unique(np.concatenate([j.joined, j.finished[~np.isnan(j.finished)], [since]]))
    inside = times[(times >= since) & (times < until)]
    there = occupancy(j, inside)[:, stage]
    assert np.all(there >= j.plan.stages[stage].room), "a client stayed though there was room"


Drawn = tuple[ResolvedLength, ResolvedLength, float]


def lengths_drawn(
    j: Journeys, row: int, number: int, stage: ResolvedStage, place: ResolvedStartPlace | None
) -> Iterator[Drawn]:
    """Yield the lengths of which the longest counts: the whole, the part that is drawn, and the days drawn."""
    client, lasts, purpose = int(j.client[row]), stage.lasts, f"duration/{stage.name}"
    if place is not None and place.in_steady_state:
        yield lasts, lasts, left_in_steady_state(j, client, stage, lasts)
        return
    if place is not None and place.remaining is not None:
        lasts, purpose, number = place.remaining, "remaining", 0
    elif any(route.lasts is not None for route in stage.routes):
        yield from lengths_by_way(j, row, number, stage)
        return
    yield from parts_drawn(j, row, number, lasts, purpose)


def lengths_by_way(j: Journeys, row: int, number: int, stage: ResolvedStage) -> Iterator[Drawn]:
    """Yield the length of the way on that a client took, or those of all where that is not known."""
    last = row
    while j.cause[last] == INTERRUPTED:
        last += 1
    home = j.plan.groups[j.cohort.group[j.client[row]]].home
    for route in stage.routes:
        to = home if route.to == -1 else route.to
        if j.cause[last] != FINISHED or to == j.next[last]:
            length = route.lasts or stage.lasts
            yield from parts_drawn(j, row, number, length, f"duration/{stage.name}")


def parts_drawn(
    j: Journeys, row: int, number: int, lasts: ResolvedLength, purpose: str
) -> Iterator[Drawn]:
    """Yield the parts of a length, each with the days drawn."""
    client = int(j.client[row])
    for k, part in enumerate(lasts.parts or (lasts,)):
        u = uniform(j, client, f"{purpose}/{k}" if lasts.parts else purpose, number)
        if part.with_trait >= 0 or part.with_risk >= 0:
            u = correlated(j, row, part, u)
        yield lasts, part, draw_duration(part, u)


def correlated(j: Journeys, row: int, length: ResolvedLength, u: float) -> float:
    """Return the uniform number of a length that goes with a trait, or a risk's threshold: by another library."""
    client = int(j.client[row])
    if length.with_risk >= 0:
        name = j.plan.risks[length.with_risk].name
        fired = (j.client == client) & (j.cause == FIRST_RISK + length.with_risk)
        episode = int(fired[:row].sum())
        other = -float(ndtri(uniform(j, client, f"risk/{name}", episode)))
    else:
        other = place_by_trait(j, client, list(j.plan.flow.traits)[length.with_trait])
    rho = correlation_of_places(length.rank)
    return float(ndtr(rho * other + math.sqrt(max(0, 1 - rho**2)) * ndtri(u)))


def place_by_trait(j: Journeys, client: int, name: str) -> float:
    """Return the standard normal number of a client's rank by a trait."""
    trait = j.plan.flow.traits[name]
    own = float(ndtri(uniform(j, client, f"trait/{name}", 0)))
    own = -own if trait.share is not None else own
    if trait.correlated is None:
        return own
    ((other, rank),) = trait.correlated.items()
    rho = correlation_of_places(float(j.plan.numbers[rank.slot]))
    return rho * place_by_trait(j, client, other) + math.sqrt(max(0, 1 - rho**2)) * own


def check_traits(journeys: Journeys) -> None:
    """Each client has the trait that its rank gives it, where it is correlated."""
    j = journeys
    for name, trait in j.plan.flow.traits.items():
        for client in range(len(j.cohort)) if trait.correlated is not None else ():
            place, found = place_by_trait(j, client, name), float(j.cohort.traits[name][client])
            if trait.normal is not None:
                middle, spread = (float(j.plan.numbers[value.slot]) for value in trait.normal)
                assert found == pytest.approx(middle + spread * place, abs=1e-9), "another rank"
            elif trait.days is not None:
                days = j.plan.trait_days[name]
                ends = (draw_duration(days, float(ndtr(place + h))) for h in (-1e-9, 1e-9))
                low, high = ends
                assert low - 1e-9 <= found <= high + 1e-9, "another rank"
            elif trait.share is not None:
                own = (trait.groups or {}).get(
                    j.plan.groups[j.cohort.group[client]].name, trait.share
                )
                share = own.stock if j.cohort.origin[client] == 0 else own.arrivals
                has = ndtr(-place) < float(j.plan.numbers[share.slot])
                assert bool(found) == has, "another rank"


def left_in_steady_state(
    j: Journeys, client: int, stage: ResolvedStage, lasts: ResolvedLength
) -> float:
    """Return what is left of a client's stay, by the rule of rejection."""
    factor = lasts.times.at(0.0) if lasts.times is not None else 1.0
    if lasts.by:
        factor *= client_factor(j.plan, j.cohort, lasts.by, client)
    hazard = sum(
        clock.speeds[0] * client_factor(j.plan, j.cohort, j.plan.risks[clock.risk].times, client)
        for clock in stage.started
    )
    for attempt in count():
        u, v, w = (uniform(j, client, "remaining", 4 * attempt + k) for k in range(3))
        biased = draw_length_biased(lasts, u)
        plain = draw_duration(lasts, u)
        if attempt % 2 == 0 and -math.log(w) > hazard * factor * (1 - v) * biased:
            return v * biased
        if attempt % 2 == 1 and -math.log(v) < hazard * factor * plain:
            return plain + math.log(v) / hazard / factor
    raise AssertionError


def end_of(
    j: Journeys,
    row: int,
    stage: ResolvedStage,
    lasts: ResolvedLength,
    part: ResolvedLength,
    length: float,
) -> float:
    """Return when a length is over that begins with a row's start, in ticks."""
    start = float(j.started[row])
    if lasts.times is not None:
        length *= lasts.times.at(start)
    if lasts.by:
        length *= client_factor(j.plan, j.cohort, lasts.by, int(j.client[row]))
    held = held_in_service(j, row)
    shifts = [j.plan.resources[r] for r in held if held[r] and j.plan.resources[r].shift_ends]
    if shifts:
        return end_in_shifts(shifts, ticks(start), ticks(length * (0.3125 if part.working else 1)))
    if part.working:
        return work_until(j.plan.calendar.worked, ticks(start), ticks(length))
    if stage.pace is None or length == 0:
        return ticks(start) + ticks(length)
    for begins, ends in pairwise(
        sorted({start, *(time for time in stage.pace.times if time > start), math.inf})
    ):
        pace = stage.pace.at(begins)
        if pace > 0 and length <= pace * (ends - begins):
            return ticks(begins + length / pace)
        length -= pace * (ends - begins) if pace > 0 else 0
    return math.inf


def end_in_shifts(resources: Sequence[ResolvedResource], start: float, length: float) -> float:
    """Return when a length is over, in ticks, that passes only where all resources have a shift: change by change."""
    spans = [
        [(ticks(a), ticks(b)) for a, b in zip(r.shift_begins, r.shift_ends, strict=True)]
        for r in resources
    ]
    times = {start, *(time for own in spans for span in own for time in span if time > start)}
    if length == 0:
        return start
    for begins, ends in pairwise([*sorted(times), math.inf]):
        if all(any(a <= begins < b for a, b in own) for own in spans):
            if length <= ends - begins:
                return begins + length
            length -= ends - begins
    return math.inf


def check_hazards(journeys: Journeys) -> None:
    """Each clock fired just when its accumulated hazard reached its threshold, and no clock went beyond it."""
    first = np.append(np.flatnonzero(np.diff(journeys.client, prepend=-1)), len(journeys))
    for begin, end in pairwise(first.tolist()):
        _Clocks(journeys, int(journeys.client[begin])).check(range(begin, end))


class _Clocks:
    """The clocks of one client, wound along its visits with the definitions, not with `pilotsim.simulation.clocks`."""

    def __init__(self, journeys: Journeys, client: int) -> None:
        self.journeys, self.plan, self.client = journeys, journeys.plan, client
        self.run: dict[int, float] = defaultdict(float)
        self.episode: dict[int, int] = defaultdict(int)
        self.passed: dict[int, float] = {}
        # What a clock may have run too far, or be short of, since it fires at a whole tick.
        self.slack: dict[int, float] = defaultdict(float)

    def check(self, rows: range) -> None:
        j = self.journeys
        for row in rows:
            stage = self.plan.stages[j.stage[row]]
            whole = goes_on_from(j, row) == row
            if whole:
                self.note(row, "joined", j.joined[row])
            self.wind(stage.waiting if stage.may_wait else (), j.joined[row], j.began[row])
            if not math.isnan(j.started[row]):
                if not any(j.started[goes_on_from(j, row) : row] <= j.started[row]):
                    self.note(row, "started", j.started[row])
                self.wind(stage.started, j.started[row], j.until[row])
            if j.cause[row] == FINISHED:
                self.note(row, "finished", j.finished[row])
            if j.cause[row] >= FIRST_RISK:
                self.fire(int(j.cause[row]) - FIRST_RISK)

    def note(self, row: int, moment: str, time: float) -> None:
        for number, effect in enumerate(self.plan.effects):
            counted_from = self.plan.flow.effects[number].counted_from
            if effect.after == self.journeys.stage[row] and counted_from == moment:
                self.passed[number] = float(time)

    def wind(self, clocks: tuple[Clock, ...], start: float, stop: float) -> None:
        for clock in clocks:
            cuts = sorted({start, stop, *self.changes(clock.risk, start, stop)})
            for a, b in pairwise(cuts):
                speed = self.speed(clock, (a + b) / 2)
                self.run[clock.risk] += (b - a) * speed
                self.slack[clock.risk] = max(self.slack[clock.risk], 1e-9 + speed / TICKS)
            most = self.threshold(clock.risk)
            assert self.run[clock.risk] <= most * (1 + 1e-9) + self.slack[clock.risk], (
                "a clock ran beyond its threshold and did not fire"
            )

    def changes(self, risk: int, start: float, stop: float) -> Iterator[float]:
        """Yield the times at which a clock's speed may change."""
        times = [*self.plan.marks]
        for number, since in self.passed.items():
            effect = self.plan.effects[number]
            ends = since + effect.starts + effect.lasts
            steps = math.ceil(effect.fades / DAYS_PER_MONTH)
            times += [
                since + effect.starts,
                ends,
                *(ends + k * DAYS_PER_MONTH for k in range(1, steps + 1)),
            ]
        return (time for time in times if start < time < stop)

    def speed(self, clock: Clock, time: float) -> float:
        mark = max(k for k, mark in enumerate(self.plan.marks) if mark <= time)
        speed = clock.speeds[mark] * client_factor(
            self.plan, self.journeys.cohort, self.plan.risks[clock.risk].times, self.client
        )
        for number, since in self.passed.items():
            if self.plan.effects[number].risk == clock.risk:
                speed *= self.effect(number, time - since)
        return speed

    def effect(self, number: int, elapsed: float) -> float:
        effect = self.plan.effects[number]
        full = effect.factor * client_factor(
            self.plan, self.journeys.cohort, effect.by, self.client
        )
        since_end = elapsed - effect.starts - effect.lasts
        steps = math.ceil(effect.fades / DAYS_PER_MONTH)
        if elapsed < effect.starts or since_end >= steps * DAYS_PER_MONTH:
            return 1.0
        done = math.floor(since_end / DAYS_PER_MONTH) + 1 if since_end >= 0 else 0
        return full + (1.0 - full) * done / (steps + 1)

    def threshold(self, risk: int) -> float:
        plan, episode = self.plan.risks[risk], self.episode[risk]
        if plan.after is None:
            return -math.log(uniform(self.journeys, self.client, f"risk/{plan.name}", episode))
        trait = self.plan.flow.risks[plan.name].used
        used = 0.0
        if trait and episode == 0:
            used = float(self.journeys.cohort.traits[trait][self.client])
        return max(0.0, plan.after - used)

    def fire(self, risk: int) -> None:
        slack = self.slack[risk]
        assert self.run[risk] == pytest.approx(self.threshold(risk), rel=1e-9, abs=slack), (
            "a clock fired before its time"
        )
        self.run[risk] = 0.0
        self.episode[risk] += 1


# Lines.

Place = tuple[float, float, int]


def place_in_line(
    journeys: Journeys, stage: int, client: int, since: float, moment: float
) -> Place:
    """Return a client's place in a stage's order at a moment: the smaller goes first."""
    plan = journeys.plan.stages[stage]
    rule, trait = journeys.plan.flow.stages[plan.name].order
    if plan.urgency:
        claim = client_factor(journeys.plan, journeys.cohort, plan.urgency, client)
        return -(claim * (to_ticks(moment) - to_ticks(since))), since, client
    if rule == "random":
        lot = uniform(journeys, client, f"order/{plan.name}", int(ticks(moment)))
        return lot, since, client
    if rule == "longest_waiting":
        return 0.0, since, client
    found = float(journeys.cohort.traits[trait][client])
    return (-found if rule == "highest" else found), since, client


def place_of_visit(journeys: Journeys, row: int, moment: float) -> Place:
    """Return the place of a visit in its stage's line at a moment.

    Of the drawn, in the line of those who may be drawn.
    """
    j = journeys
    drawn = j.visit[row] > 0 and j.cause[row - 1] == DRAWN
    since = waiting_since(j, row - 1) if drawn else float(j.joined[goes_on_from(j, row)])
    return place_in_line(j, int(j.stage[row]), int(j.client[row]), since, moment)


def place_in_stock(journeys: Journeys, stage: int, row: int, moment: float) -> Place:
    """Return the place of a client in a stock among those whom a stage may draw at a moment."""
    since = waiting_since(journeys, row)
    return place_in_line(journeys, stage, int(journeys.client[row]), since, moment)


def waiting_since(journeys: Journeys, row: int) -> float:
    """Return since when a client waits in a stock, its past included where it was there from the start."""
    past = float(journeys.cohort.past[journeys.client[row]]) if journeys.visit[row] == 0 else 0.0
    return float(journeys.joined[row]) - past


def check_lines(journeys: Journeys) -> None:
    """Nobody starts while somebody waits who has a better place in the line, and joined before that instant."""
    j = journeys
    drawn = np.append(False, j.cause[:-1] == DRAWN) & (j.visit > 0)
    for stage in (k for k, one in enumerate(j.plan.stages) if one.may_wait and not one.order_when):
        rows = np.flatnonzero(j.stage == stage)
        # Those who hold all they need on joining do not stand in the line; nor do those who find it
        # empty.
        from_line = rows[
            ~np.isnan(j.started[rows]) & ((j.started[rows] > j.joined[rows]) | drawn[rows])
        ]
        waiting = rows[j.began[rows] > j.joined[rows]]
        for row in from_line.tolist():
            others = waiting[
                (j.joined[waiting] < j.started[row]) & (j.began[waiting] > j.started[row])
            ]
            moment = float(j.started[row])
            own = place_of_visit(j, row, moment)
            assert all(own < place_of_visit(j, other, moment) for other in others.tolist()), (
                "a client went before one with a better place"
            )
        for row in rows[drawn[rows]].tolist():
            left = [
                other
                for other in stock_at(j, stage, j.started[row], those_drawn=False)
                if j.joined[other] < j.started[row]
            ]
            moment = float(j.started[row])
            own = place_of_visit(j, row, moment)
            assert all(own < place_in_stock(j, stage, other, moment) for other in left), (
                "a client was drawn before a better one"
            )


def check_between_lines(journeys: Journeys) -> None:
    """Nobody takes what the first in another line could have started with, who goes before: by priority, then waiting time.

    Only the first of a line without openings, in the order of waiting, that holds nothing: for all
    others somebody else may have been first at that moment.
    """
    j, plans = journeys, journeys.plan.stages
    kept = list(kept_on_joining(j))
    plain = [
        k
        for k, one in enumerate(plans)
        if one.may_wait
        and one.opening is None
        and one.batch is None
        and one.discipline.word == "longest_waiting"
        and not one.urgency
        and not one.order_when
    ]
    drawn = np.append(False, j.cause[:-1] == DRAWN) & (j.visit > 0)
    placed = places_at_start(j)
    for row in np.flatnonzero(~np.isnan(j.started)).tolist():
        if row in placed or plans[int(j.stage[row])].interrupts or plans[int(j.stage[row])].batch:
            continue  # Who interrupts takes what others may not; who is in a batch goes with its first.
        time, stage = float(j.started[row]), int(j.stage[row])
        needs = units_taken(j.plan, stage, int(j.alternative[row]))
        took = {r: n - kept[row].get(r, 0) for r, n in needs.items() if n > kept[row].get(r, 0)}
        since = waiting_since(j, row - 1) if drawn[row] else float(j.joined[goes_on_from(j, row)])
        rank = -plans[stage].priority, since, int(j.client[row])
        for other in plain if took else ():
            waiting = np.flatnonzero(
                (j.stage == other) & (j.joined < time) & (j.began > time)
            ).tolist()
            if other == stage or not waiting:
                continue
            since, client, head = min(
                (float(j.joined[goes_on_from(j, k)]), int(j.client[k]), k) for k in waiting
            )
            if (-plans[other].priority, since, client) < rank and not any(kept[head].values()):
                could = any(
                    any(dict(a).values()) and all(n <= took.get(r, 0) for r, n in a)
                    for a in plans[other].needs
                )
                assert not could, (
                    f"a client took on day {time:g} what one who goes before it in another line waits for"
                )


def check_who_is_put_off(journeys: Journeys) -> None:
    """Who comes alone at an instant, and finds so many waiting, goes elsewhere by its own number."""
    j, been = journeys, times_there(journeys)
    for stage, plan in enumerate(j.plan.stages):
        if not plan.put_off or plan.limit is not None:
            continue
        here = j.stage == stage
        for row in np.flatnonzero(here & ((j.began > j.joined) | (j.cause == TURNED_AWAY))):
            if goes_on_from(j, row) < row:
                continue  # Nobody looks twice.
            time = float(j.joined[row])
            also = (j.joined[here] == time).sum() + (j.started[here] == time).sum()
            left = (j.until[here] == time).sum() - (j.until[row] == time)
            if also > 1 or left:
                continue
            waiting = int((here & (j.joined < time) & (j.began > time)).sum())
            share = [0.0, *(share for least, share in plan.put_off if least <= waiting)][-1]
            u = uniform(j, int(j.client[row]), f"put_off/{plan.name}", been[row])
            assert (j.cause[row] == TURNED_AWAY) == (u < share), (
                "a client stood in a line that was too long for it, or did not"
            )


def check_ways_by_state(journeys: Journeys) -> None:
    """Who finishes alone at an instant goes the way that its number and the state choose."""
    j = journeys
    # What is left of what is used up stands in no journey.
    used_up = [one.name for one in j.plan.resources if one.units is None]
    asked = [
        [term.of for way in one.routes for condition, _ in way.when for term in condition.below()]
        for one in j.plan.stages
    ]
    looking = [
        k
        for k, one in enumerate(j.plan.stages)
        if any(way.when for way in one.routes) and not set(used_up) & set(asked[k])
    ]
    if not looking:
        return
    times, counts = np.unique(np.concatenate([j.joined, j.started, j.until]), return_counts=True)
    been = times_there(j)
    in_ticks = j.plan.in_ticks
    rows = np.flatnonzero(np.isin(j.stage, looking) & (j.cause == FINISHED))
    for row in rows.tolist():
        time = float(j.finished[row])
        last = j.visit[row] == j.visit[j.client == j.client[row]].max()
        # Nothing else happens then: it leaves, joins the next stage, and starts there, or waits.
        begins = 0 if last else 1 + int(j.started[row + 1] == time)
        if counts[np.searchsorted(times, time)] != 1 + begins:
            continue
        to = way_on(
            in_ticks,
            j.cohort,
            int(j.client[row]),
            in_ticks.stages[j.stage[row]],
            been[row],
            to_ticks(time),
            lambda term, time=time: counted_before(j, term, time),
        )
        home = j.plan.groups[j.cohort.group[j.client[row]]].home
        assert j.next[row] == (home if to == -1 else to), (
            "a client went where the state did not lead"
        )


def counted_before(journeys: Journeys, term: Term, time: float) -> int:
    """Return what a condition counts before whoever leaves at a moment has left."""
    j = journeys
    if term.what == "day":
        return int(time)
    before = np.array([math.nextafter(time, 0.0)])
    if term.what in OF_STAGES:
        stage = [one.name for one in j.plan.stages].index(term.of)
        there = int(occupancy(j, before)[0, stage])
        waiting = int(((j.stage == stage) & (j.joined < time) & (j.began >= time)).sum())
        return {"there": there, "waiting": waiting, "started": there - waiting}[term.what]
    resource = [one.name for one in j.plan.resources].index(term.of)
    units = j.plan.resources[resource].units
    assert units is not None
    held = int(units_held_at(j, resource, before)[0])
    there = int(units.at(time))
    if term.what == "free":
        return max(0, there - held)
    return held if term.what == "held" else share_in_use(held, there)


# Openings and supplies.


def may_be_drawn(journeys: Journeys, stage: int, row: int, time: float) -> bool:
    """Tell whether a client in a stock, by its row there, might be taken by a stage at a time."""
    j, plan, client = journeys, journeys.plan.stages[stage], int(journeys.client[row])
    if j.cohort.offered_from[client] > time:
        return False
    if j.cohort.group[client] not in plan.draws_groups:
        return False
    for trait, wanted in (j.plan.flow.stages[plan.name].draws_from.traits or {}).items():
        found = float(j.cohort.traits[trait][client])
        if wanted != (
            (found > 0) if isinstance(wanted, bool) else category_name(j.plan, trait, found)
        ):
            return False
    earlier = np.flatnonzero(
        (j.client == client) & (j.cause == DRAWN) & (j.next == stage) & (np.arange(len(j)) < row)
    )
    return not len(earlier) or (
        plan.again_after is not None and time - j.finished[earlier[-1]] >= plan.again_after
    )


def stock_at(journeys: Journeys, stage: int, time: float, *, those_drawn: bool) -> list[int]:
    """Return the rows of those whom a stage might take at a time.

    With or without those whom it or another takes then.
    """
    j, sources = journeys, journeys.plan.stages[stage].draws_from
    there = np.isin(j.stage, [*sources]) & (j.joined <= time)
    there &= (j.until > time) | (those_drawn & (j.until == time) & (j.cause == DRAWN))
    return [row for row in np.flatnonzero(there).tolist() if may_be_drawn(j, stage, row, time)]


def check_openings(journeys: Journeys) -> None:
    """Stages with openings let clients start only then, so many as they admit, and not while too few wait."""
    j = journeys
    for stage, plan in enumerate(j.plan.stages):
        if plan.opening is None:
            continue
        rows = np.setdiff1d(
            np.flatnonzero((j.stage == stage) & ~np.isnan(j.started)), list(places_at_start(j))
        )
        for time, number in zip(*np.unique(j.started[rows], return_counts=True), strict=True):
            assert time in plan.opening.days, "a client started while the gate was closed"
            assert plan.opening.admits is None or number <= places_at(plan.opening, time), (
                "more started than were admitted"
            )
            line = (
                (j.stage == stage)
                & (j.joined <= time)
                & (j.began >= time)
                & (j.visit > 0)
                & (np.append(0, j.cause[:-1]) != DRAWN)
            )
            line |= (j.stage == stage) & (j.joined <= time) & (j.began >= time) & (j.visit == 0)
            candidates = len(stock_at(j, stage, time, those_drawn=True)) if plan.draws_from else 0
            assert line.sum() + candidates >= plan.opening.at_least, "the gate opened for too few"
    for row in np.flatnonzero(j.cause == DRAWN).tolist():
        assert may_be_drawn(j, int(j.next[row]), row, float(j.finished[row])), (
            "a client was drawn that could not be"
        )


def check_batches(journeys: Journeys) -> None:
    """Who starts together is as many as a batch, and who ends together stays as long as one of them drew."""
    j, placed, been = journeys, places_at_start(journeys), times_there(journeys)
    for number, plan in enumerate(j.plan.stages):
        if plan.batch is None and not plan.ends_together:
            continue
        begun: dict[float, list[int]] = defaultdict(list)
        for row in np.flatnonzero((j.stage == number) & ~np.isnan(j.started)).tolist():
            if row not in placed:
                begun[float(j.started[row])].append(row)
        for rows in begun.values():
            batches = 1
            if plan.batch is not None:
                batches = len(rows) // plan.batch.at_least
                most = plan.batch.at_most or len(rows)
                assert batches, "fewer started than a batch is"
                assert len(rows) <= batches * most, "more started together than may"
            if plan.ends_together:
                check_ends(j, rows, been, batches)


def check_ends(j: Journeys, rows: list[int], been: list[int], batches: int) -> None:
    """Fail unless those who ended their service did so when it ended for one of those they started with."""
    stage = j.plan.stages[j.stage[rows[0]]]
    drawn = {
        max(
            ticks(float(j.started[row])),
            *(
                end_of(j, row, stage, *part)
                for part in lengths_drawn(j, row, been[row], stage, None)
            ),
        )
        for row in rows
    }
    ended = {ticks(float(j.finished[row])) for row in rows if j.cause[row] == FINISHED}
    off = 1 if stage.lasts.with_trait >= 0 or stage.lasts.with_risk >= 0 else 0
    off += 0 if stage.pace is None else 1
    if not any(wants_room(j, row) for row in rows):
        assert all(min(abs(end - one) for one in drawn) <= off for end in ended), (
            "a batch ended when nobody of it did"
        )
        assert len(ended) <= batches, "who starts together did not end together"
    assert all(ticks(float(j.until[row])) <= max(drawn) + off for row in rows) or any(
        wants_room(j, row) for row in rows
    ), "a service went on beyond its end"


Taken = dict[int, np.ndarray]


def taken_for_good(journeys: Journeys) -> Taken:
    """Return how many units of each resource that is used up each visit takes."""
    j = journeys
    return {
        number: np.array(
            [
                units_taken(j.plan, int(s), int(k)).get(number, 0)
                for s, k in zip(j.stage, j.alternative, strict=True)
            ]
        )
        for number, resource in enumerate(j.plan.resources)
        if resource.units is None
    }


def check_supplies(journeys: Journeys) -> None:
    """Units that are used up are never used before they come, nor after they lapse."""
    j = journeys
    for number, taken in taken_for_good(j).items():
        resource = j.plan.resources[number]
        for k, day in enumerate(resource.supplies):
            later = resource.supplies[k + 1] if k + 1 < len(resource.supplies) else math.inf
            since = day if resource.lapses else -math.inf
            came = resource.supplied * (1 if resource.lapses else k + 1)
            inside = (j.started >= since) & (j.started < later)
            assert taken[inside].sum() <= came, "more units were used than came"
        before_all = j.started < (resource.supplies[0] if resource.supplies else math.inf)
        assert taken[before_all].sum() == 0, "units were used before any came"


# A sweep over the moments at which something happens.


@dataclass
class Moment:
    """What is true once everything at an instant has happened.

    Parameters
    ----------
    time : float
        In days.
    waiting : dict of int to set of int
        The rows that wait, by stage.
    there : dict of int to int
        How many are in a stage that holds only so many.
    held : dict of int to int
        Units held, by resource.
    holds : dict of int to dict
        Units held by the clients that hold any, by resource.
    more : set of int
        Resources of which some client holds more than just before.
    changed : set of pairs of int
        Clients and resources of which they hold more or less than just before.
    """

    time: float
    waiting: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    there: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: Units = field(default_factory=lambda: defaultdict(int))
    holds: dict[int, Units] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    more: set[int] = field(default_factory=set)
    changed: set[tuple[int, int]] = field(default_factory=set)


def units_taken(plan: ResolvedFlow, stage: int, took: int) -> Units:
    """Return what a service holds."""
    return dict(plan.stages[stage].needs[took]) if took >= 0 else {}


def held_in_service(journeys: Journeys, row: int) -> Units:
    """Return the units that a visit holds from its start on; what is used up is not held."""
    taken = units_taken(journeys.plan, int(journeys.stage[row]), int(journeys.alternative[row]))
    return {r: n for r, n in taken.items() if journeys.plan.resources[r].units is not None}


def kept_on_joining(journeys: Journeys) -> Iterator[Units]:
    """Yield the units that each visit still holds from the one before while it waits."""
    j, plan = journeys, journeys.plan
    kept: Units = {}
    for row in range(len(j)):
        kept = kept if j.visit[row] > 0 else {}
        yield kept
        at_end = held_in_service(j, row) if j.alternative[row] >= 0 else kept
        goes_on = {
            r: n
            for r, n in at_end.items()
            if r in plan.stages[j.stage[row]].keeps
            and j.next[row] >= 0
            and j.cause[row] != INTERRUPTED
        }
        kept = {r: min(n, most_needed(plan, int(j.next[row]), r)) for r, n in goes_on.items()}


def holdings(journeys: Journeys) -> Iterator[tuple[int, float, float, Units]]:
    """Yield client, begin, end and units of each span in which a client holds something, kept units included."""
    j = journeys
    for row, kept in enumerate(kept_on_joining(j)):
        yield int(j.client[row]), float(j.joined[row]), float(j.began[row]), kept
        yield int(j.client[row]), float(j.began[row]), float(j.until[row]), held_in_service(j, row)


def most_needed(plan: ResolvedFlow, stage: int, resource: int) -> int:
    return max((dict(needs).get(resource, 0) for needs in plan.stages[stage].needs), default=0)


def moments(journeys: Journeys) -> Iterator[Moment]:
    """Yield each instant at which something may change, before the horizon; always the same object."""
    j = journeys
    begins: dict[float, list[tuple[int, int, Units]]] = defaultdict(list)
    ends: dict[float, list[tuple[int, int, Units]]] = defaultdict(list)
    spans = [(client, -1, a, b, units) for client, a, b, units in holdings(j)]
    spans += [(int(j.client[row]), row, j.joined[row], j.began[row], {}) for row in range(len(j))]
    for client, row, a, b, units in spans:
        if a < b and (row >= 0 or any(units.values())):
            begins[float(a)].append((client, row, units))
            ends[float(b)].append((client, row, units))
    calendar = {
        day for r in j.plan.resources for day in ((r.units.times if r.units else ()) or r.supplies)
    }
    calendar |= {day for stage in j.plan.stages if stage.opening for day in stage.opening.days}
    now = Moment(0.0)
    rooms = [stage for stage, plan in enumerate(j.plan.stages) if plan.room is not None]
    for time in sorted({*begins, *ends, *calendar, *j.joined.tolist(), *j.until.tolist()}):
        if time < j.plan.horizon:
            for stage in rooms:
                inside = (j.stage == stage) & (j.joined <= time) & (j.until > time)
                now.there[stage] = int(inside.sum())
            _pass(now, time, ends[time], begins[time], j)
            yield now


def _pass(
    now: Moment,
    time: float,
    ends: list[tuple[int, int, Units]],
    begins: list[tuple[int, int, Units]],
    j: Journeys,
) -> None:
    now.time, now.more = time, set()
    before: dict[tuple[int, int], int] = {}
    for sign, spans in ((-1, ends), (1, begins)):
        for client, row, units in spans:
            if row >= 0:
                (
                    now.waiting[int(j.stage[row])].discard
                    if sign < 0
                    else now.waiting[int(j.stage[row])].add
                )(row)
            for resource, number in units.items():
                before.setdefault((client, resource), now.holds[client][resource])
                now.holds[client][resource] += sign * number
                now.held[resource] += sign * number
    now.changed = set(before)
    now.more = {
        resource
        for (client, resource), number in before.items()
        if now.holds[client][resource] > number
    }


def places_at(opening: ResolvedOpening, day: float) -> float:
    """Return how many may start on a day: at each of the openings that fall on it."""
    return opening.days.count(day) * opening.admits.at(day)


def check_moments(journeys: Journeys) -> None:
    """At every instant: no unit used twice, no line too long, nobody waiting who could start.

    Measures count the same.
    """
    j, used_up = journeys, taken_for_good(journeys)
    times, held, placed = [], [], places_at_start(j)
    reserving = [
        k
        for k, one in enumerate(j.plan.stages)
        if one.reserves
        and one.opening is None
        and one.batch is None
        and one.discipline.word == "longest_waiting"
        and not one.urgency
    ]
    kept = list(kept_on_joining(j)) if reserving else []
    starts: dict[float, list[int]] = defaultdict(list)
    for row in np.flatnonzero(~np.isnan(j.started)).tolist() if reserving else ():
        if row not in placed:
            starts[float(j.started[row])].append(row)
    unsettled = {float(j.finished[row]) for row in np.flatnonzero(j.cause == INTERRUPTED)}
    for row in starts and np.flatnonzero(j.cause == DRAWN).tolist():
        unsettled.add(float(j.finished[row]))
    for now in moments(j):
        for stage in reserving if now.time not in unsettled else ():
            _check_put_aside(j, now, stage, starts.get(now.time, []), kept, used_up)
        assert all(now.holds[client][number] >= 0 for client, number in now.changed)
        for number, resource in enumerate(j.plan.resources):
            if resource.units is not None:
                there = resource.units.at(now.time)
                if (
                    now.time == 0
                ):  # Who is in mid-stay holds its units, whether there are so many or not.
                    there = max(
                        there, sum(held_in_service(j, row).get(number, 0) for row in placed)
                    )
                assert number not in now.more or now.held[number] <= there, "a unit is used twice"
        for stage, plan in enumerate(j.plan.stages):
            assert plan.room is None or now.there[stage] <= max(
                plan.room, sum(j.stage[row] == stage for row in placed)
            ), "more are there than there is room for"
            assert plan.limit is None or len(now.waiting[stage]) <= plan.limit, "more wait than may"
            if plan.may_wait:
                _check_nobody_idles(j, now, stage, used_up, placed)
        times.append(now.time)
        held.append([now.held[number] for number in range(len(j.plan.resources))])
    for number, resource in enumerate(j.plan.resources):
        if resource.units is not None and times:
            counted = units_held_at(j, number, np.array(times))
            assert np.array_equal(counted, np.array(held)[:, number]), "measures count other units"


def _check_put_aside(
    j: Journeys, now: Moment, stage: int, rows: Sequence[int], kept: Sequence[Units], used_up: Taken
) -> None:
    """Fail if who goes after the first in a line that reserves took what was put aside for it.

    Whoever starts at a moment, and goes after one who waits before, at and after it, leaves all that
    this one lacks by its first alternative. Moments at which others before it start as well, or
    anybody is interrupted, are left out: they may have come later.
    """
    plan = j.plan.stages[stage]
    line = np.flatnonzero((j.stage == stage) & (j.joined < now.time) & (j.began >= now.time))
    if not len(line) or not rows:
        return

    def rank(row: int) -> tuple[float, float, int]:
        own = float(j.joined[goes_on_from(j, row)])
        return -j.plan.stages[int(j.stage[row])].priority, own, int(j.client[row])

    head = min(line.tolist(), key=rank)
    if j.began[head] == now.time:
        return
    took: dict[int, bool] = {}
    for row in rows:
        needs = units_taken(j.plan, int(j.stage[row]), int(j.alternative[row]))
        for resource, units in needs.items():
            if units > kept[row].get(resource, 0):
                took[resource] = took.get(resource, True) and rank(row) > rank(head)
    for resource, units in plan.needs[0]:
        lacks = units - now.holds[int(j.client[head])][resource]
        if took.get(resource) and lacks > 0:
            assert free_units(j, now, resource, used_up) >= lacks, (
                f"on day {now.time:g} a client took what was put aside for '{plan.name}'"
            )


def _check_nobody_idles(
    j: Journeys,
    now: Moment,
    stage: int,
    used_up: Taken,
    placed: dict[int, ResolvedStartPlace],
) -> None:
    """Fail if the first in a stage's line could start and does not."""
    plan = j.plan.stages[stage]
    heads = [(place_of_visit(j, row, now.time), int(j.client[row])) for row in now.waiting[stage]]
    if plan.opening is not None:
        if now.time not in plan.opening.days:
            return
        drawable = stock_at(j, stage, now.time, those_drawn=False) if plan.draws_from else []
        heads += [(place_in_stock(j, stage, row, now.time), int(j.client[row])) for row in drawable]
        started = len(
            np.setdiff1d(np.flatnonzero((j.stage == stage) & (j.started == now.time)), list(placed))
        )
        if plan.opening.admits is not None and started >= places_at(plan.opening, now.time):
            return
        if started == 0 and len(heads) < plan.opening.at_least:
            return
    reserved = any(
        other.reserves and now.waiting[k] and k != stage for k, other in enumerate(j.plan.stages)
    )
    if plan.batch is not None:
        line = [client for _, client in sorted(heads)]
        assert reserved or together(j, now, plan, line, used_up) < plan.batch.at_least, (
            f"a batch waits on day {now.time:g} for '{plan.name}' and could start"
        )
        return
    if heads and not reserved:
        client = min(heads)[1]
        assert not fits(j, now, plan, client, used_up), (
            f"a client waits on day {now.time:g} for '{plan.name}' and could start"
        )


def together(j: Journeys, now: Moment, plan: ResolvedStage, line: list[int], used_up: Taken) -> int:
    """Return for how many of a line there are units enough to start together."""
    line = line[: plan.batch.at_most]
    for resource, units in plan.needs[0]:
        lacking = np.cumsum([max(0, units - now.holds[client][resource]) for client in line])
        free = max(0, free_units(j, now, resource, used_up))
        line = line[: int((lacking <= free).sum())]
    return len(line)


def fits(j: Journeys, now: Moment, plan: ResolvedStage, client: int, used_up: Taken) -> bool:
    """Tell whether there are units enough for a client to start, by interrupting others if need be."""
    free = {r: free_units(j, now, r, used_up) for needs in plan.needs for r, _ in needs}
    for row in (
        np.flatnonzero(
            np.isin(j.stage, [*plan.interrupts]) & (j.started <= now.time) & (j.until > now.time)
        )
        if plan.interrupts
        else ()
    ):
        # Who may have to stay until there is room elsewhere may be served no more.
        for resource, units in held_in_service(j, row).items() if not wants_room(j, row) else ():
            free[resource] = free.get(resource, 0) + units
    return any(
        all(n <= now.holds[client][r] + max(0, free[r]) for r, n in needs) for needs in plan.needs
    )


def free_units(j: Journeys, now: Moment, number: int, used_up: Taken) -> int:
    """Return the units of a resource that are free.

    Of one that is used up, those that came and are left.
    """
    resource = j.plan.resources[number]
    if resource.units is not None:
        return int(resource.units.at(now.time)) - now.held[number]
    free = 0
    came = [day for day in resource.supplies if day <= now.time]
    for k, day in enumerate(came):
        later = came[k + 1] if k + 1 < len(came) else math.inf
        inside = (j.started >= day) & (j.started < later) & (j.started <= now.time)
        free = (
            resource.supplied
            + (0 if resource.lapses else free)
            - int(used_up[number][inside].sum())
        )
    return free


def check_littles_law(journeys: Journeys) -> None:
    """The integral of occupancy is the sum of stays, for each stage; and so for units held."""
    j = journeys
    cuts = np.unique(np.concatenate([j.joined, j.began, j.until]))
    middles, days = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    stays = np.bincount(j.stage, j.until - j.joined, minlength=len(j.plan.stages))
    assert days @ occupancy(j, middles) == pytest.approx(stays, rel=1e-9, abs=1e-9)
    for number, resource in enumerate(j.plan.resources):
        if resource.units is not None:
            integral = float(days @ units_held_at(j, number, middles))
            assert integral == pytest.approx(used_unit_days(j, number)[0], rel=1e-9, abs=1e-9)
