"""Clocks: when an accumulated hazard reaches its threshold, with speeds that change at known times.

Plain arithmetic on plain numbers, in one fixed order, so that every engine gets the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pilotsim.dates import DAYS_PER_MONTH

# An effect on a client's clock: since, factor, starts, lasts, fades.
Active = tuple[float, float, float, float, float]


def run_clock(
    start: float, stop: float, left: float, factor: float, speeds: Sequence[float], marks: Sequence[float], active: Sequence[Active]
) -> tuple[float, float]:
    """Return when a clock fires (`inf` if not by `stop`), and how much hazard is left then.

    Parameters
    ----------
    start, stop : float
        The time it runs, in days.
    left : float
        The hazard that is left until it fires.
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
        speed = speeds[k] * factor
        until = min(stop, marks[k + 1])
        for since, times, starts, lasts, fades in active:
            now, change = effect_at(time, since, times, starts, lasts, fades)
            speed *= now
            until = min(until, change)
        fires, left = run_steadily(time, until, left, speed)
        if fires <= until:
            return fires, left
        if until >= marks[k + 1]:
            k += 1
        time = until
    return math.inf, left


def run_steadily(start: float, stop: float, left: float, speed: float) -> tuple[float, float]:
    """Return when a clock of one speed fires (`inf` if not by `stop`, which is later), and how much hazard is left then."""
    if speed > 0.0:
        fires = start + left / speed
        if fires <= stop:
            return fires, 0.0
        left = max(0.0, left - speed * (stop - start))
    return math.inf, left


def interval_of(time: float, marks: Sequence[float]) -> int:
    """Return which interval between marks a time lies in."""
    k = 0
    while marks[k + 1] <= time:
        k += 1
    return k


def effect_at(time: float, since: float, times: float, starts: float, lasts: float, fades: float) -> tuple[float, float]:
    """Return an effect's factor at a time, and when it changes next.

    The factor is 1 until `starts` days after `since`, `times` for `lasts` days, and then nears 1 in equal steps, one a
    month, over `fades` days.
    """
    begins = since + starts
    if time < begins:
        return 1.0, begins
    ends = begins + lasts
    if time < ends:
        return times, ends
    steps = math.ceil(fades / DAYS_PER_MONTH)
    step = max(1, int(min(steps + 1.0, (time - ends) / DAYS_PER_MONTH)))
    while step <= steps and ends + step * DAYS_PER_MONTH <= time:
        step += 1
    if step > steps:
        return 1.0, math.inf
    return times + (1.0 - times) * step / (steps + 1), ends + step * DAYS_PER_MONTH


def end_at_pace(start: float, length: float, times: Sequence[float], paces: Sequence[float]) -> float:
    """Return when a service is over that begins at `start` and goes on at a pace that changes at certain times; `inf` for never.

    Parameters
    ----------
    start, length : float
        In days; the length is what it would take at a pace of 1.
    times, paces : sequence of float
        The pace from each time on; the first time is 0.
    """
    if length <= 0.0:
        return start
    k = len(times) - 1
    while k > 0 and times[k] > start:
        k -= 1
    time, left = start, length
    while True:
        until = times[k + 1] if k + 1 < len(times) else math.inf
        if paces[k] > 0.0:
            done = time + left / paces[k]
            if done <= until:
                return done
            left = max(0.0, left - paces[k] * (until - time))
        if until == math.inf:
            return math.inf
        time, k = until, k + 1
