"""Times that not everybody's end is seen of. See `pilotsim.measures.survival`."""

from __future__ import annotations

import math

from pilotsim.base.elementary import log
from pilotsim.base.quantiles import quantile_of_sorted
from pilotsim.measures.compiled.program import (
    AS_ASKED,
    OTHERWISE,
    SEEN_SO_FAR,
    MeasureProgram,
    MeasureRoom,
)
from pilotsim.measures.survival import FEW_WAIT, LITTLE_LEFT, SLACK
from pilotsim.simulation.columns import FloatColumn, FloatRows, Int8Column, Int8Rows

# So few numbers are put in order one by one.
FEW = 16


def how_many(room: MeasureRoom, which: int, state: int) -> float:
    """Return how many times of a list are in a state; all for -1."""
    if state < 0:
        return float(room.list_count[which])
    states = room.list_state[which]
    count = 0
    for k in range(room.list_count[which]):
        if states[k] == state:
            count += 1
    return float(count)


# In order.


def sort_times(times: FloatRows, states: Int8Rows, count: int) -> int:
    """Put the times of the first row in order, with their states; return which row they are in.

    Runs of a few are put in order by insertion, and merged from row to row.
    """
    for begin in range(0, count, FEW):
        sort_few(times[0], states[0], begin, min(begin + FEW, count))
    own = 0
    width = FEW
    while width < count:
        for begin in range(0, count, 2 * width):
            middle = min(begin + width, count)
            end = min(begin + 2 * width, count)
            merge(times[own], states[own], times[1 - own], states[1 - own], begin, middle, end)
        own = 1 - own
        width = 2 * width
    return own


def sort_few(times: FloatColumn, states: Int8Column, begin: int, end: int) -> None:
    """Put a few times in order by insertion."""
    for k in range(begin + 1, end):
        time = times[k]
        state = states[k]
        place = k
        while place > begin and times[place - 1] > time:
            times[place] = times[place - 1]
            states[place] = states[place - 1]
            place -= 1
        times[place] = time
        states[place] = state


def merge(
    times: FloatColumn,
    states: Int8Column,
    to_times: FloatColumn,
    to_states: Int8Column,
    begin: int,
    middle: int,
    end: int,
) -> None:
    """Merge two runs that stand side by side into another row."""
    left = begin
    right = middle
    for k in range(begin, end):
        is_left = right >= end or (left < middle and times[left] <= times[right])
        place = left if is_left else right
        to_times[k] = times[place]
        to_states[k] = states[place]
        left += 1 if is_left else 0
        right += 0 if is_left else 1


def in_order(room: MeasureRoom, which: int) -> int:
    """Put the times of a list in order; return in which row they stand."""
    count = room.list_count[which]
    for k in range(count):
        room.sorted_time[0, k] = room.list_time[which, k]
        room.sorted_state[0, k] = room.list_state[which, k]
    return sort_times(room.sorted_time, room.sorted_state, count)


# Plain means and quantiles.


def plain(room: MeasureRoom, which: int, state: int, share: float) -> float:
    """Return the mean, or the quantile if `share` is a number, of the times in a state; -1: all."""
    count = 0
    total = 0.0
    for k in range(room.list_count[which]):
        if state < 0 or room.list_state[which, k] == state:
            room.sorted_time[0, count] = room.list_time[which, k]
            room.sorted_state[0, count] = 0
            total += room.list_time[which, k]
            count += 1
    if count == 0:
        return math.nan
    if math.isnan(share):
        return total / count
    row = sort_times(room.sorted_time, room.sorted_state, count)
    return quantile_of_sorted(room.sorted_time[row], 0, count, share)


# By the curve of Kaplan and Meier.


def left_at_the_end(times: FloatColumn, states: Int8Column, count: int) -> float:
    """Return the share that goes on after the last end that is seen; 1 where none is."""
    left = 1.0
    k = 0
    while k < count:
        after, ended = same_time(times, states, k, count)
        if ended > 0:
            left *= 1.0 - ended / float(count - k)
        k = after
    return left


def same_time(times: FloatColumn, states: Int8Column, k: int, count: int) -> tuple[int, float]:
    """Return the place after those with the same time as one, and how many of them ended."""
    after = k
    ended = 0.0
    while after < count and times[after] == times[k]:
        ended += 1.0 if states[after] == AS_ASKED else 0.0
        after += 1
    return after, ended


def bounded_wait(
    program: MeasureProgram, room: MeasureRoom, which: int, share: float
) -> tuple[float, float]:
    """Return the typical wait, or the least that it can be, and how much more it may be."""
    count = room.list_count[which]
    served = how_many(room, which, AS_ASKED)
    if count == 0:
        return math.nan, 0.0
    if served == count:
        return plain(room, which, -1, share), 0.0
    row = in_order(room, which)
    if can_be_estimated(room, which, row, share):
        wait = typical_wait(
            room.sorted_time[row], room.sorted_state[row], count, share, program.horizon[0]
        )
        return wait, 0.0
    low = if_all_end_at(room, which, share, is_endless=False)
    high = if_all_end_at(room, which, share, is_endless=True)
    if low == high or math.isnan(low):
        return low, 0.0
    return low, high - low


def can_be_estimated(room: MeasureRoom, which: int, row: int, share: float) -> bool:
    """Tell whether few still wait and nearly all of the curve is seen."""
    count = room.list_count[which]
    if how_many(room, which, OTHERWISE) / count > FEW_WAIT:
        return False
    if how_many(room, which, AS_ASKED) == 0.0:
        return False
    left = left_at_the_end(room.sorted_time[row], room.sorted_state[row], count)
    return left <= (LITTLE_LEFT if math.isnan(share) else 1.0 - share) + SLACK


def if_all_end_at(room: MeasureRoom, which: int, share: float, is_endless: bool) -> float:
    """Return the mean, or the quantile where a curve reaches it, as if all ended now, or never."""
    count = room.list_count[which]
    total = 0.0
    for k in range(count):
        never = is_endless and room.list_state[which, k] != AS_ASKED
        room.sorted_time[0, k] = math.inf if never else room.list_time[which, k]
        room.sorted_state[0, k] = 0
        total += room.sorted_time[0, k]
    if math.isnan(share):
        return total / count
    row = sort_times(room.sorted_time, room.sorted_state, count)
    place = math.ceil(share * count - SLACK) - 1
    return room.sorted_time[row, max(place, 0)]


def typical_wait(
    times: FloatColumn, states: Int8Column, count: int, share: float, longest: float
) -> float:
    """Return the mean or a quantile of waits some of which go on: by the curve and its pace."""
    last = times[count - 1]
    waiting = 1.0
    before = 0.0
    area = 0.0
    k = 0
    while k < count:
        after, ended = same_time(times, states, k, count)
        if ended > 0:
            area += (times[k] - before) * waiting
            before = times[k]
            waiting *= 1.0 - ended / float(count - k)
            if waiting <= 1.0 - share + SLACK:
                return times[k]
        k = after
    has_pace = 0.0 < waiting < 1.0 and last > 0.0
    pace = -log(waiting) / last if has_pace else 0.0
    if math.isnan(share):
        area += (last - before) * waiting
        more = min(1.0 / pace, longest) if pace != 0.0 else longest
        return area + (waiting * more if waiting > SLACK else 0.0)
    further = log(waiting / max(1.0 - share, SLACK)) / pace if pace != 0.0 else longest
    return last + min(further, longest)


def typical_way(room: MeasureRoom, which: int, share: float) -> float:
    """Return the mean or a quantile of the times of those who get there."""
    count = room.list_count[which]
    latest = -math.inf
    shortest = math.inf
    for k in range(count):
        if room.list_state[which, k] == AS_ASKED:
            latest = max(latest, room.list_time[which, k])
        else:
            shortest = min(shortest, room.list_time[which, k])
    if latest == -math.inf:
        return math.nan
    if shortest >= latest:
        return plain(room, which, AS_ASKED, share)
    row = in_order(room, which)
    return weighted_way(room.sorted_time[row], room.sorted_state[row], count, share)


def weighted_way(times: FloatColumn, states: Int8Column, count: int, share: float) -> float:
    """Return the mean or a quantile of times, each by the share of the curve it stands for."""
    whole = 0.0
    for is_told in range(2):
        left = 1.0
        total = 0.0
        sum_of_times = 0.0
        latest = math.nan
        k = 0
        while k < count:
            after, ended = same_time(times, states, k, count)
            if ended > 0:
                there = float(count - k)
                weight = left * ended / there
                left *= 1.0 - ended / there
                latest = times[k]
                if is_told:
                    weight /= whole
                    sum_of_times += weight * latest
                total += weight
                if is_told and total >= share - SLACK:
                    return latest
            k = after
        if is_told:
            return sum_of_times if math.isnan(share) else latest
        whole = total
    return math.nan


def share_by(room: MeasureRoom, which: int) -> float:
    """Return the share that has ended as asked by a length, others competing (Aalen, Johansen)."""
    count = room.list_count[which]
    if count == 0:
        return math.nan
    is_seen = False
    for k in range(count):
        time = room.list_time[which, k]
        length = room.list_length[which, k]
        state = room.list_state[which, k]
        counts = (state in (AS_ASKED, OTHERWISE)) and time <= length
        is_seen = is_seen or time >= length - SLACK
        room.sorted_time[0, k] = time
        room.sorted_state[0, k] = state if counts else SEEN_SO_FAR
    row = sort_times(room.sorted_time, room.sorted_state, count)
    share, left = incidence(room.sorted_time[row], room.sorted_state[row], count)
    return share if is_seen or left <= SLACK else math.nan


def incidence(times: FloatColumn, states: Int8Column, count: int) -> tuple[float, float]:
    """Return the share that ended as asked, and the share that goes on after the last end."""
    share = 0.0
    left = 1.0
    k = 0
    while k < count:
        there = float(count - k)
        after, asked = same_time(times, states, k, count)
        ended = 0.0
        for place in range(k, after):
            ended += 1.0 if states[place] != SEEN_SO_FAR else 0.0
        if asked > 0.0:
            share += left * asked / there
        if ended > 0.0:
            left *= 1.0 - ended / there
        k = after
    return share, left
