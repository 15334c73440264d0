"""Ticks: what they hold exactly, to what side they round, and that days tell them apart."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.calendar import DAYS_PER_MONTH, DAYS_PER_YEAR, work_until
from pilotsim.base.ticks import (
    TICKS_PER_DAY,
    TICKS_PER_MONTH,
    all_to_ticks,
    nearest_tick,
    on_tick,
    on_ticks,
    to_days,
    to_ticks,
)
from pilotsim.base.units import DAYS_IN, WORKING_DAYS_IN, read_length
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.flow_columns import MOMENT_COLUMNS, FlowColumns

CENTURY = 36_525


def test_a_month_is_that_of_the_calendar():
    assert TICKS_PER_MONTH == DAYS_PER_MONTH * TICKS_PER_DAY == to_ticks(DAYS_PER_MONTH)
    assert to_ticks(DAYS_PER_YEAR) == 12 * TICKS_PER_MONTH


@pytest.mark.parametrize("unit", DAYS_IN)
def test_every_unit_is_whole_ticks(unit: str):
    seconds = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
    seconds |= {"month": 2_629_800, "year": 31_557_600}
    assert to_ticks(DAYS_IN[unit]) == 1000 * seconds[unit]


@pytest.mark.parametrize("unit", WORKING_DAYS_IN)
def test_every_unit_of_work_is_whole_ticks(unit: str):
    # 7.5 hours of work pass in the 24 of a working day.
    minutes = {"minute": 1, "hour": 60, "day": 450, "week": 2250}
    assert to_ticks(WORKING_DAYS_IN[unit]) == 192_000 * minutes[unit]


@pytest.mark.parametrize(
    ("ticks", "nearest"),
    [(0.0, 0.0), (0.49, 0.0), (0.5, 1.0), (1.5, 2.0), (-0.5, 0.0), (2.0**60, 2.0**60)],
)
def test_half_a_tick_is_the_later(ticks: float, nearest: float):
    assert nearest_tick(ticks) == nearest


def test_never_stays_never():
    assert to_ticks(math.inf) == math.inf
    assert to_ticks(-math.inf) == -math.inf
    assert math.isnan(to_ticks(math.nan))
    kept = [math.inf, -math.inf, math.nan]
    np.testing.assert_array_equal(on_ticks(np.array(kept)), kept)


@given(st.integers(0, CENTURY * int(TICKS_PER_DAY)))
def test_days_and_ticks_are_one_to_one_for_a_hundred_years(ticks: int):
    days = to_days(float(ticks))
    assert to_ticks(days) == ticks
    assert on_tick(days) == days
    assert days < to_days(float(ticks + 1))
    assert days.is_integer() == (ticks % int(TICKS_PER_DAY) == 0)


@given(st.lists(st.floats(0, CENTURY), max_size=9))
def test_one_and_many_are_rounded_alike(days: list[float]):
    assert all_to_ticks(np.array(days, float)).tolist() == [to_ticks(one) for one in days]
    assert on_ticks(np.array(days, float)).tolist() == [on_tick(one) for one in days]


@given(st.integers(1, 450_000), st.sampled_from(("minutes", "hours", "days", "weeks", "months")))
def test_a_written_length_is_what_it_says(thousandths: int, unit: str):
    # To three decimals, in any unit.
    written = f"{thousandths / 1000:.3f}"
    days, _ = read_length(f"{written} {unit}")
    exact = Fraction(written) * Fraction(round(DAYS_IN[unit[:-1]] * 1440 * 1000), 1000) / 1440
    assert to_ticks(days) == exact * int(TICKS_PER_DAY)
    if unit != "months":
        days, _ = read_length(f"{written} working {unit}")
        exact = Fraction(written) * round(WORKING_DAYS_IN[unit[:-1]] * 450) * 192_000
        assert to_ticks(days) == exact


@given(
    st.lists(st.integers(0, 2), min_size=30, max_size=30).map(lambda on: [min(1, k) for k in on]),
    st.lists(st.integers(0, 5 * 450), max_size=12),
)
def test_pieces_of_work_end_where_their_sum_does(is_worked: list[int], minutes: list[int]):
    worked = [sum(is_worked[:day]) for day in range(31)]
    end = 0.0
    for piece in minutes:
        end = work_until(worked, end, to_ticks(piece / 450))
    assert end == work_until(worked, 0.0, to_ticks(sum(minutes) / 450))


def test_all_columns_of_moments_are_known_as_such():
    # Whoever adds a column of times to a flow says whether engines read it in ticks.
    floats = {
        name
        for name, declared in FlowColumns.declared.items()
        if declared.kind == FloatColumn.__metadata__[0]
    }
    assert floats - {"point_at"} == set(MOMENT_COLUMNS)
