"""Clocks: when an accumulated hazard reaches its threshold, with speeds that change at known times.

Times are in ticks, speeds per day, and a hazard is so many ticks at a speed of 1 a day. So a clock
of a fixed limit, at speeds of 0 and 1, keeps whole numbers.

Plain arithmetic on plain numbers, in one fixed order, so that every engine gets the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pilotsim.base.arrays import Indexed
from pilotsim.base.ticks import TICKS_PER_MONTH, nearest_tick

# An effect on a client's clock: since, factor, starts, lasts, fades.
Active = tuple[float, float, float, float, float]
# A clock fires at the tick nearest to the moment that `fires_at` gives: by a whole tick if it is
# less than half a tick after it. Asking so, few moments need to be rounded.
HALF = 0.5


def run_clock(
    since: float,
    left: float,
    speed: float,
    start: float,
    stop: float,
    factor: float,
    speeds: Sequence[float],
    marks: Indexed[float],
    active: Sequence[Active],
) -> tuple[float, float, float, float]:
    """Return when a clock fires, `inf` if not by `stop`, and its state then.

    That is: since when it has run at one speed, the hazard left then, the speed.

    Parameters
    ----------
    since, left, speed : float
        Since when the clock has run at one speed without a break, in ticks; the hazard that was
        left then; the speed per day.
    start, stop : float
        The time it runs on, in ticks.
    factor : float
        The client's own factor on the speed.
    speeds : sequence of float
        The speed per day from each mark on.
    marks : sequence of float
        Times at which speeds change, the first 0, the last infinite.
    active : sequence of Active
        The effects of stages passed earlier.
    """
    k = interval_of(start, marks)
    time = start
    while time < stop:
        new, change = speed_at(time, k, factor, speeds, marks, active)
        since, left = carry_on(since, left, speed, time, new)
        speed = new
        until = min(stop, change)
        fires = fires_at(since, left, speed)
        if fires < until + HALF:
            return nearest_tick(fires), since, left, speed
        if until >= marks[k + 1]:
            k += 1
        time = until
    return math.inf, since, left, speed


def speed_at(
    time: float,
    k: int,
    factor: float,
    speeds: Sequence[float],
    marks: Indexed[float],
    active: Sequence[Active],
) -> tuple[float, float]:
    """Return a clock's speed at a time in interval `k`, and when it may change next.

    Parameters
    ----------
    time : float
        In ticks.
    k : int
        The interval from ``marks[k]`` to ``marks[k + 1]``, in which the time lies.
    factor : float
        The client's own factor on the speed.
    speeds : sequence of float
        The speed per day from each mark on.
    marks : sequence of float
        Times at which speeds change, the first 0, the last infinite.
    active : sequence of Active
        The effects of stages passed earlier.
    """
    speed = speeds[k] * factor
    until = marks[k + 1]
    for since, times, starts, lasts, fades in active:
        now, change = effect_at(time, since, times, starts, lasts, fades)
        speed *= now
        until = min(until, change)
    return speed, until


def carry_on(
    since: float, left: float, speed: float, now: float, new: float
) -> tuple[float, float]:
    """Return since when a clock runs at its new speed, and the hazard left then.

    At the same speed there is no break: a clock that nothing changes keeps its bits, whatever its
    client passes through.

    Parameters
    ----------
    since, left, speed : float
        Since when the clock has run at one speed, in ticks; the hazard left then; the speed per
        day.
    now : float
        In ticks.
    new : float
        The speed per day from now on.
    """
    if new == speed:
        return since, left
    return now, max(0.0, left - speed * (now - since))


def fires_at(since: float, left: float, speed: float) -> float:
    """Return when a clock fires if it keeps its speed; `inf` where it stands still.

    A moment between ticks: it fires at the nearest, the later of two.

    Parameters
    ----------
    since, left, speed : float
        Since when the clock has run at one speed, in ticks; the hazard left then; the speed per
        day.
    """
    return since + left / speed if speed > 0.0 else math.inf


def interval_of(time: float, marks: Indexed[float]) -> int:
    """Return which interval between marks a time lies in."""
    k = 0
    while marks[k + 1] <= time:
        k += 1
    return k


def effect_at(
    time: float, since: float, times: float, starts: float, lasts: float, fades: float
) -> tuple[float, float]:
    """Return an effect's factor at a time, and when it changes next.

    The factor is 1 until `starts` after `since`, `times` for `lasts`, and then nears 1 in equal
    steps, one a month, over `fades`.

    Parameters
    ----------
    time : float
        In ticks.
    since : float
        The moment in the client's journey that the effect counts from, in ticks.
    times : float
        The factor at its full size.
    starts, lasts, fades : float
        In ticks, one after the other.
    """
    begins = since + starts
    if time < begins:
        return 1.0, begins
    ends = begins + lasts
    if time < ends:
        return times, ends
    steps = math.ceil(fades / TICKS_PER_MONTH)
    step = max(1, int(min(steps + 1.0, (time - ends) / TICKS_PER_MONTH)))
    while step <= steps and ends + step * TICKS_PER_MONTH <= time:
        step += 1
    if step > steps:
        return 1.0, math.inf
    return times + (1.0 - times) * step / (steps + 1), ends + step * TICKS_PER_MONTH


def end_at_pace(
    start: float, length: float, times: Sequence[float], paces: Sequence[float]
) -> float:
    """Return when a service is over whose pace changes at certain times; `inf` for never.

    Parameters
    ----------
    start, length : float
        In ticks; the length is what it would take at a pace of 1.
    times, paces : sequence of float
        The pace from each time on; the first time is 0.
    """
    if length <= 0.0:
        return start
    k = len(times) - 1
    while k > 0 and times[k] > start:
        k -= 1
    time = start
    left = length
    while True:
        until = times[k + 1] if k + 1 < len(times) else math.inf
        if paces[k] > 0.0:
            done = time + left / paces[k]
            if done < until + HALF:
                return nearest_tick(done)
            left = max(0.0, left - paces[k] * (until - time))
        if until == math.inf:
            return math.inf
        time = until
        k = k + 1


def work_left(left: float, pace: float, elapsed: float) -> float:
    """Return what is left of a service after it has gone on at a pace.

    Parameters
    ----------
    left : float
        What was left before: ticks at a pace of 1.
    pace : float
        How fast it went on.
    elapsed : float
        How long, in ticks.
    """
    return max(0.0, left - pace * elapsed)


def end_at_steady_pace(now: float, left: float, pace: float) -> float:
    """Return when a service is over that goes on at a pace from now on; `inf` for never.

    Parameters
    ----------
    now : float
        In ticks.
    left : float
        What is left: ticks at a pace of 1.
    pace : float
        How fast it goes on.
    """
    if left <= 0.0:
        return now
    return nearest_tick(now + left / pace) if pace > 0.0 else math.inf
