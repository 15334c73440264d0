"""The compiled engine's clocks: speeds, thresholds, what fires first."""

from __future__ import annotations

import math
from typing import Any

from pilotsim.simulation import clocks
from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.queues import set_due
from pilotsim.simulation.engines.compiled.state import draw
from pilotsim.simulation.engines.compiled.values import factor_of, line_at

interval_of = inlined(clocks.interval_of)
carry_on = inlined(clocks.carry_on)
fires_at = inlined(clocks.fires_at)
effect_at = inlined(clocks.effect_at)


@compiled
def units_at(t: Any, x: Any, point: int) -> int:
    """Return the units of a resource from one of its points in time on."""
    units = x[t.unit_slot[point]]
    if t.unit_caseload[point] >= 0:
        return math.floor(units * x[t.unit_caseload[point]] + 1e-9)
    return int(units)


@compiled
def prepare(t: Any, x: Any, w: Any) -> None:
    """Work out speeds, and the units there are at the start."""
    for clock in range(len(t.clock_risk)):
        for mark in range(len(t.marks) - 1):
            w.speeds[clock, mark] = speed_of(t, x, clock, mark)
    for resource in range(len(t.supply_slot)):
        if t.unit_from[resource] < t.unit_from[resource + 1]:
            w.free[resource] = units_at(t, x, t.unit_from[resource])


@compiled
def speed_of(t: Any, x: Any, clock: int, mark: int) -> float:
    """Return a clock's speed from a mark on: stage, risk, pace and season, multiplied in this order."""
    time = t.marks[mark]
    speed = line_at(t, x, t.clock_line[clock], time)
    if t.clock_rate[clock] >= 0:
        speed *= x[t.clock_rate[clock]]
    speed *= line_at(t, x, t.clock_pace[clock], time)
    if t.clock_season[clock, mark] >= 0:
        speed *= x[t.clock_season[clock, mark]]
    return speed


@inlined
def clock_of(t: Any, client: int, risk: int) -> int:
    """Return which clock is a client's for a risk."""
    return client * len(t.risk_code) + risk


@compiled
def run_clock(
    t: Any, x: Any, c: Any, w: Any, client: int, clock: int, start: float, stop: float
) -> Any:
    """Return when a clock fires, and since when it has run at which hazard left and which speed: `clocks.run_clock`."""
    its = clock_of(t, client, t.clock_risk[clock])
    since, left, speed = w.begun[its], w.left[its], w.pace[its]
    k = interval_of(start, t.marks)
    time = start
    while time < stop:
        new, change = pace_now(t, x, c, w, client, clock, its, k, time)
        since, left = carry_on(since, left, speed, time, new)
        speed, until = new, min(stop, change)
        fires = fires_at(since, left, speed)
        if fires <= until:
            return fires, since, left, speed
        if until >= t.marks[k + 1]:
            k += 1
        time = until
    return math.inf, since, left, speed


@inlined
def effect_now(t: Any, x: Any, c: Any, w: Any, client: int, effect: int, time: float) -> Any:
    """Return an effect's factor on a client, and when it changes next."""
    slots = t.effect_slots[effect]
    times = x[slots[0]] * factor_of(t, x, c, client, t.effect_factors[effect])
    starts = x[slots[1]] if slots[1] >= 0 else 0.0
    lasts = x[slots[2]] if slots[2] >= 0 else math.inf
    fades = x[slots[3]] if slots[3] >= 0 else 0.0
    return effect_at(time, w.passed[client, effect], times, starts, lasts, fades)


@inlined
def draw_threshold(t: Any, x: Any, c: Any, w: Any, client: int, risk: int, episode: int) -> float:
    """Return how much hazard it takes until a clock fires."""
    if t.risk_after[risk] < 0:
        return -math.log(draw(c, w, client, t.risk_code[risk], episode))
    used = c.traits[client, t.risk_used[risk]] if t.risk_used[risk] >= 0 and episode == 0 else 0.0
    return max(0.0, x[t.risk_after[risk]] - used)


@inlined
def set_up(t: Any, x: Any, c: Any, w: Any, client: int, risk: int, its: int, now: float) -> None:
    """Let a clock stand at the start of an episode."""
    episode = w.episode[its]
    if episode == 0:
        w.factor[its] = factor_of(t, x, c, client, t.risk_factors[risk])
    w.left[its] = draw_threshold(t, x, c, w, client, risk, episode)
    w.begun[its], w.pace[its], w.stopped[its] = now, 0.0, math.inf


@inlined
def take_up(w: Any, its: int, now: float, new: float) -> Any:
    """Let a clock run on at its speed of now; return since when, and the hazard left then."""
    begun, left, speed, stopped = w.begun[its], w.left[its], w.pace[its], w.stopped[its]
    if stopped < now:
        begun, left = carry_on(begun, left, speed, stopped, 0.0)
        speed = 0.0
    if new != speed or stopped != math.inf:
        begun, left = carry_on(begun, left, speed, now, new)
        w.begun[its], w.left[its], w.pace[its], w.stopped[its] = begun, left, new, math.inf
    return begun, left


@inlined
def stop_others(t: Any, w: Any, client: int, part: int, now: float) -> None:
    """Stop the clocks that ran until now and do not run in a part."""
    before = w.part[client]
    w.part[client] = part
    if before == part or before < 0:
        return
    for clock in range(t.clock_from[before], t.clock_from[before + 1]):
        if not t.part_runs[part, t.clock_risk[clock]]:
            w.stopped[clock_of(t, client, t.clock_risk[clock])] = now


@inlined
def phase_of(w: Any, client: int) -> int:
    """Return the part of the clocks that run: of the client's stage, while it waits or once it has started."""
    return 2 * w.stage[client] + (0 if math.isnan(w.started[client]) else 1)


@compiled
def let_run(t: Any, x: Any, c: Any, w: Any, client: int, now: float, end: float) -> None:
    """Let the clocks of a client's phase run from now until one fires or the service ends."""
    part, k = phase_of(w, client), interval_of(now, t.marks)
    stop_others(t, w, client, part, now)
    first, which, steady = min(end, t.horizon[0]), -1, t.marks[k + 1]
    for clock in range(t.clock_from[part], t.clock_from[part + 1]):
        its = clock_of(t, client, t.clock_risk[clock])
        if math.isnan(w.left[its]):
            set_up(t, x, c, w, client, t.clock_risk[clock], its, now)
        speed, until = pace_now(t, x, c, w, client, clock, its, k, now)
        begun, left = take_up(w, its, now, speed)
        steady, fires = min(steady, until), fires_at(begun, left, speed)
        if fires > until:
            fires = (
                run_clock(t, x, c, w, client, clock, now, first)[0] if until < first else math.inf
            )
        if fires < first:
            first, which = fires, clock
    w.since[client], w.fires[client], w.steady[client] = now, which, steady
    set_due(t, w, client, end if which < 0 else first)


@inlined
def pace_now(
    t: Any, x: Any, c: Any, w: Any, client: int, clock: int, its: int, k: int, now: float
) -> Any:
    """Return the speed of a client's clock now, in interval `k` of the marks, and until when it stays."""
    speed, until = w.speeds[clock, k] * w.factor[its], t.marks[k + 1]
    if w.affected[client]:
        risk = t.clock_risk[clock]
        for entry in range(t.risk_effects_from[risk], t.risk_effects_from[risk + 1]):
            effect = t.risk_effect[entry]
            if not math.isnan(w.passed[client, effect]):
                times, change = effect_now(t, x, c, w, client, effect, now)
                speed *= times
                until = min(until, change)
    return speed, until


@compiled
def wind(t: Any, x: Any, c: Any, w: Any, client: int, now: float, fired: int) -> None:
    """Note how each clock stands whose speed changed on the way.

    The one that fired is drawn anew for the next episode.
    """
    part, since = w.part[client], w.since[client]
    if now > w.steady[client]:
        for clock in range(t.clock_from[part], t.clock_from[part + 1]):
            if clock != fired:
                its = clock_of(t, client, t.clock_risk[clock])
                _, begun, left, speed = run_clock(t, x, c, w, client, clock, since, now)
                w.begun[its], w.left[its], w.pace[its] = begun, left, speed
    if fired >= 0:
        its = clock_of(t, client, t.clock_risk[fired])
        w.left[its], w.episode[its] = math.nan, w.episode[its] + 1


@inlined
def note(t: Any, w: Any, client: int, moment: int, now: float) -> None:
    """Note that a client joined, started or finished a stage, for the effects that count from it."""
    part = 3 * w.stage[client] + moment
    for k in range(t.noted_from[part], t.noted_from[part + 1]):
        effect = t.noted_effect[k]
        w.passed[client, effect], w.affected[client] = now, 1
