"""Clocks: hand-worked, and against numerical integration of speeds that are defined another way."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad

from pilotsim.base.ticks import TICKS_PER_DAY, on_tick, to_days, to_ticks
from pilotsim.simulation.clocks import Active, carry_on, effect_at, interval_of, run_clock

MONTH = 30.4375
INF = math.inf


def run(start: float, stop: float, left: float, *rest: object) -> tuple[float, float]:
    """Run a clock that has not run yet.

    Return when it fires, and the hazard left when it has fired or at the stop.
    """
    start, left, stop = start * TICKS_PER_DAY, left * TICKS_PER_DAY, stop * TICKS_PER_DAY
    fires, since, left, speed = run_clock(start, left, 0.0, start, stop, *in_ticks(*rest))
    left = 0.0 if fires < INF else carry_on(since, left, speed, stop, -1.0)[1]
    return to_days(fires), to_days(left)


def in_ticks(factor, speeds, marks, effects):
    """Return what a clock runs by, with its times in ticks."""
    marks = [mark * TICKS_PER_DAY for mark in marks]
    return (
        factor,
        speeds,
        marks,
        [
            (since * TICKS_PER_DAY, times, *(length * TICKS_PER_DAY for length in lengths))
            for since, times, *lengths in effects
        ],
    )


def effect_in_days(time, since, times, *lengths):
    """Return an effect's factor at a time in days, and when it changes next."""
    lengths = [length * TICKS_PER_DAY for length in lengths]
    factor, change = effect_at(time * TICKS_PER_DAY, since * TICKS_PER_DAY, times, *lengths)
    return factor, to_days(change)


# By hand.


def test_constant_speed_fires_after_hazard_over_speed():
    # 3 of hazard at 0.25 a day, begun on day 10.
    assert run(10.0, 100.0, 3.0, 1.0, [0.25], [0.0, INF], []) == (22.0, 0.0)


def test_clock_that_does_not_fire_keeps_what_is_left():
    # 8 days at 0.25: 2 of 3 are used.
    assert run(10.0, 18.0, 3.0, 1.0, [0.25], [0.0, INF], []) == (INF, 1.0)


def test_clock_that_reaches_its_threshold_at_the_very_stop_fires():
    assert run(10.0, 22.0, 3.0, 1.0, [0.25], [0.0, INF], []) == (22.0, 0.0)


def test_clock_that_stands_still_never_fires():
    assert run(0.0, 1e9, 1e-9, 1.0, [0.0], [0.0, INF], []) == (INF, 1e-9)
    assert run(0.0, 1e9, 1e-9, 0.0, [1.0], [0.0, INF], []) == (INF, 1e-9)


def test_clock_without_hazard_left_fires_as_soon_as_it_runs():
    # It stands still until day 5.
    assert run(2.0, 100.0, 0.0, 1.0, [0.0, 3.0], [0.0, 5.0, INF], []) == (5.0, 0.0)


def test_clock_in_no_time_does_not_fire():
    assert run(7.0, 7.0, 0.0, 1.0, [1.0], [0.0, INF], []) == (INF, 0.0)


def test_speed_changes_at_its_marks_and_the_factor_multiplies():
    # At twice 1, 3 and 0.5 a day from days 0, 4 and 6: by day 6 it is 8 + 12 = 20; the last 5 of 25
    # take 5 days.
    assert run(0.0, 100.0, 25.0, 2.0, [1.0, 3.0, 0.5], [0.0, 4.0, 6.0, INF], []) == (11.0, 0.0)


@pytest.mark.parametrize(
    ("time", "k"), [(0.0, 0), (3.9, 0), (4.0, 1), (5.9, 1), (6.0, 2), (1e6, 2)]
)
def test_a_mark_belongs_to_the_interval_it_begins(time: float, k: int):
    assert interval_of(time, [0.0, 4.0, 6.0, INF]) == k


@pytest.mark.parametrize(
    ("time", "factor", "change"),
    [
        (0.0, 1.0, 12.0),
        (11.9, 1.0, 12.0),  # not yet: it begins 2 days after day 10
        (12.0, 4.0, 17.0),
        (16.9, 4.0, 17.0),  # in full for 5 days
        (17.0, 3.0, 17.0 + MONTH),
        (17.0 + MONTH, 2.0, 17.0 + 2 * MONTH),  # two steps down to 1
        (17.0 + 2 * MONTH, 1.0, INF),
    ],
)
def test_effect_begins_holds_and_fades_in_equal_steps(time: float, factor: float, change: float):
    assert effect_in_days(time, 10.0, 4.0, 2.0, 5.0, 60.0) == (pytest.approx(factor), change)


def test_effect_without_fading_ends_at_once():
    assert effect_in_days(15.0, 10.0, 4.0, 0.0, 5.0, 0.0) == (1.0, INF)


def test_part_of_a_month_fades_in_a_whole_step():
    assert effect_in_days(15.0, 10.0, 3.0, 0.0, 5.0, 1.0) == (2.0, 15.0 + MONTH)


# Against integration.


def days(low: float, high: float) -> st.SearchStrategy[float]:
    """Times and lengths in days, each at a tick."""
    return st.floats(low, high).map(on_tick)


DAYS = days(0, 200)
SPEEDS = st.sampled_from((0.0, 0.01, 0.03, 0.2)) | st.floats(0.001, 0.5)
EFFECTS = st.tuples(
    days(0, 100),
    st.sampled_from((0.0, 0.5, 1.0, 2.5)),
    days(0, 40),
    days(0, 90) | st.just(INF),
    days(0, 150),
)


@st.composite
def clocks(draw: st.DrawFn) -> tuple[float, float, float, list[float], list[float], list[Active]]:
    """Return start, hazard, factor, speeds, marks and effects of a clock."""
    marks = sorted(draw(st.sets(st.integers(1, 150), max_size=4)))
    speeds = draw(st.lists(SPEEDS, min_size=len(marks) + 1, max_size=len(marks) + 1))
    start, factor = draw(DAYS), draw(st.sampled_from((0.5, 1.0, 3.0)))
    effects = [(min(since, start), *rest) for since, *rest in draw(st.lists(EFFECTS, max_size=2))]
    return start, draw(st.floats(0.01, 5)), factor, speeds, [0.0, *map(float, marks), INF], effects


def speed_at(
    time: float, factor: float, speeds: list[float], marks: list[float], effects: list[Active]
) -> float:
    """Return a clock's speed by its definition in words."""
    speed = factor * speeds[sum(mark <= time for mark in marks) - 1]
    for since, times, starts, lasts, fades in effects:
        after = time - since - starts
        steps = math.ceil(fades / MONTH)
        if 0 <= after < lasts:
            speed *= times
        elif lasts <= after < lasts + steps * MONTH:
            down = math.floor((after - lasts) / MONTH) + 1
            speed *= times + (1 - times) * down / (steps + 1)
    return speed


def hazard(
    start: float,
    stop: float,
    factor: float,
    speeds: list[float],
    marks: list[float],
    effects: list[Active],
) -> float:
    """Return the hazard of a span of time by numerical integration, each smooth piece for itself."""
    cuts = {start, stop, *(mark for mark in marks if start < mark < stop)}
    for since, _, starts, lasts, fades in effects:
        steps = range(math.ceil(fades / MONTH) + 1)
        times = [since + starts, *(since + starts + lasts + k * MONTH for k in steps)]
        cuts |= {time for time in times if start < time < stop}
    pieces = [(a, b) for a, b in pairwise(sorted(cuts)) if b - a > 1e-9]
    return sum(quad(speed_at, a, b, args=(factor, speeds, marks, effects))[0] for a, b in pieces)


@given(clocks(), days(0.1, 300))
def test_clock_fires_when_the_integral_of_its_speed_reaches_the_hazard(clock, length):
    start, left, *rest = clock
    fires, remaining = run(start, start + length, left, *rest)
    if fires < INF:
        assert start <= fires <= on_tick(start + length)
        assert remaining == 0.0
        assert hazard(start, fires, *rest) == pytest.approx(left, rel=1e-6, abs=1e-6)
    else:
        used = hazard(start, start + length, *rest)
        assert used <= left * (1 + 1e-6) + 1e-6
        assert remaining == pytest.approx(left - used, rel=1e-6, abs=1e-6)


@given(clocks(), st.floats(0, 1))
def test_clock_stopped_and_run_on_fires_at_the_same_time_to_the_last_bit(clock, part):
    start, left, *rest = clock
    fires, _ = run(start, 1000.0, left, *rest)
    assume(fires < INF)
    start, left, rest = to_ticks(start), left * TICKS_PER_DAY, in_ticks(*rest)
    stop = math.floor(start + part * (to_ticks(fires) - start) * 0.999)
    early, *stands = run_clock(start, left, 0.0, start, stop, *rest)
    assert early == INF
    again, *_ = run_clock(*stands, stop, 1000.0 * TICKS_PER_DAY, *rest)
    assert again == to_ticks(fires), "a stop that changes no speed changes no bit"


@given(clocks(), st.floats(1, 10))
def test_a_faster_clock_never_fires_later(clock, faster):
    start, left, factor, *rest = clock
    slow, _ = run(start, 1000.0, left, factor, *rest)
    fast, _ = run(start, 1000.0, left, factor * faster, *rest)
    assert fast <= slow * (1 + 1e-12)


def test_an_integral_that_forgets_an_effect_is_noticed():
    # The control: without the effect, the integral up to the moment of firing is another one.
    start, left, rest = 0.0, 2.0, (1.0, [0.1], [0.0, INF])
    effects: list[Active] = [(0.0, 2.5, 1.0, 10.0, 60.0)]
    fires, _ = run(start, 1000.0, left, *rest, effects)
    assert hazard(start, fires, *rest, effects) == pytest.approx(left, rel=1e-9)
    assert hazard(start, fires, *rest, []) < 0.7 * left
