from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.calendar import (
    Calendar,
    OpeningInterval,
    add_months,
    work_until_day,
)

YEAR = Calendar(date(2015, 1, 1), date(2016, 1, 1))


def day(month, number):
    return YEAR.day_of(date(2015, month, number))


def dates(days, calendar=YEAR):
    return [calendar.date_of(one).isoformat() for one in days]


def test_working_days_of_2015_are_those_the_state_counts():
    # 261 weekdays; of the holidays, 5 April, 17 and 24 May and 26 December fall on weekends, 8 on
    # weekdays: 253.
    assert YEAR.worked[365] == 253
    # April 2015 had 22 weekdays, less 2, 3 and 6 April.
    assert YEAR.worked[int(day(5, 1))] - YEAR.worked[int(day(4, 1))] == 19


# Dates and days.


def test_day_0_is_the_start():
    assert (
        YEAR.day_of(date(2015, 1, 1)),
        YEAR.day_of(date(2015, 2, 1)),
        YEAR.day_of(date(2014, 12, 31)),
    ) == (0.0, 31.0, -1.0)
    assert dates([0.0, 0.99, 31.0, 364.5]) == [
        "2015-01-01",
        "2015-01-01",
        "2015-02-01",
        "2015-12-31",
    ]
    assert YEAR.horizon == 365.0


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [
        (date(2015, 1, 31), 1, date(2015, 2, 28)),
        (date(2016, 1, 31), 1, date(2016, 2, 29)),
        (date(2015, 1, 31), 2, date(2015, 3, 31)),
        (date(2015, 11, 30), 3, date(2016, 2, 29)),
        (date(2015, 1, 15), 24, date(2017, 1, 15)),
        (date(2015, 3, 31), -1, date(2015, 2, 28)),
        (date(2015, 1, 1), 0, date(2015, 1, 1)),
    ],
)
def test_month_later_is_the_same_day_or_the_last(start, months, then):
    assert add_months(start, months) == then


def test_month_starts_begin_with_day_0():
    calendar = Calendar(date(2015, 1, 15), date(2015, 4, 15))
    assert dates(calendar.month_starts(), calendar) == [
        "2015-01-15",
        "2015-02-01",
        "2015-03-01",
        "2015-04-01",
    ]
    assert YEAR.month_starts()[:3] == [0.0, 31.0, 59.0]
    assert len(YEAR.month_starts()) == 12


def test_marks_close_each_month_of_the_pilot():
    calendar = Calendar(date(2015, 1, 31), date(2015, 5, 1))
    assert dates(calendar.marks(), calendar) == [
        "2015-01-31",
        "2015-02-28",
        "2015-03-31",
        "2015-04-30",
        "2015-05-01",
    ]
    assert len(YEAR.marks()) == 13


# Working time.


def test_weekend_and_easter_are_no_working_days():
    # Week 14 of 2015: Mon 30 March to Wed 1 April are worked, Thu and Fri are holidays, so is Mon 6
    # April.
    worked = [YEAR.is_working_day(int(day(3, 30)) + k) for k in range(9)]
    assert worked == [True, True, True, False, False, False, False, False, True]


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (day(1, 5), 1.0, day(1, 6)),  # Monday's work is done at the midnight that closes it
        (day(1, 5), 5.0, day(1, 10)),  # a week's work ends with Friday, not on Monday
        (day(1, 5), 5.5, day(1, 12) + 0.5),  # the half day more is Monday's
        (day(1, 5), 10.0, day(1, 17)),
        (day(1, 5) + 0.5, 1.0, day(1, 6) + 0.5),
        (day(1, 9) + 0.5, 1.0, day(1, 12) + 0.5),  # half on Friday, half on Monday
        (day(1, 10), 1.0, day(1, 13)),  # Saturday's start waits for Monday
        (day(1, 10) + 0.25, 1.0, day(1, 13)),
        (0.0, 1.0, day(1, 3)),  # 1 January rests; 2 January is a Friday
        (day(4, 1), 2.0, day(4, 8)),  # Wednesday, then Tuesday after Easter
        (day(5, 13), 2.0, day(5, 16)),  # Wednesday, Ascension, Friday
        (day(1, 5), 0.0, day(1, 5)),
        (day(1, 10), 0.0, day(1, 10)),
    ],
)
def test_work_rests_on_days_off(start, amount, end):
    assert work_until_day(YEAR.worked, start, amount) == end


def test_work_that_would_end_beyond_the_horizon_never_ends():
    # The last day counted is the horizon itself, 1 January 2016, a holiday: 253 working days in
    # all.
    assert work_until_day(YEAR.worked, 0.0, 253.0) == day(12, 31) + 1
    assert work_until_day(YEAR.worked, 0.0, 253.5) == math.inf
    assert work_until_day(YEAR.worked, 0.0, math.inf) == math.inf
    assert work_until_day(YEAR.worked, 366.0, 1.0) == math.inf


@given(st.floats(0, 364), st.floats(1e-6, 200))
def test_work_takes_the_working_time_that_lies_between(start, amount):
    end = work_until_day(YEAR.worked, start, amount)
    if end == math.inf:
        assert done_by(366.0) - done_by(start) < amount + 1e-6
    else:
        assert done_by(end) - done_by(start) == pytest.approx(amount, abs=2e-8)
        assert end >= start - 2e-8


def done_by(time):
    """Working time up to a time, by adding up day by day."""
    whole = sum(YEAR.is_working_day(k) for k in range(int(time)))
    return whole + (time - int(time)) * YEAR.is_working_day(int(time))


@given(st.floats(0, 300), st.floats(0, 60), st.floats(0, 60))
def test_more_work_never_ends_earlier(start, amount, more):
    assert work_until_day(YEAR.worked, start, amount) <= work_until_day(
        YEAR.worked, start, amount + more
    )


def test_next_working_day_is_the_day_itself_if_worked():
    assert YEAR.next_working_day(day(1, 5)) == day(1, 5)
    assert YEAR.next_working_day(day(1, 10)) == day(1, 12)
    assert YEAR.next_working_day(day(4, 2)) == day(4, 7)
    # Friday noon: the next day that begins is Saturday.
    assert YEAR.next_working_day(day(1, 9) + 0.5) == day(1, 12)


# Openings.


def test_monthly_opening_on_the_31st_is_the_last_day_of_shorter_months():
    found = YEAR.openings(OpeningInterval(1, "months"), date(2015, 1, 31))
    assert dates(found)[:5] == [
        "2015-01-31",
        "2015-02-28",
        "2015-03-31",
        "2015-04-30",
        "2015-05-31",
    ]
    assert len(found) == 12


def test_openings_before_the_start_are_left_out_and_keep_their_rhythm():
    # 15 December 2014 and every two weeks: 29 December, 12 and 26 January.
    assert dates(YEAR.openings(OpeningInterval(2, "weeks"), date(2014, 12, 15)))[:2] == [
        "2015-01-12",
        "2015-01-26",
    ]


def test_opening_on_a_day_off_may_move_to_the_next_working_day():
    found = YEAR.openings(OpeningInterval(1, "months"), date(2015, 1, 1), on_working_days=True)
    # 1 January and 1 May are holidays; 1 February, 1 March and 1 November Sundays; 1 August a
    # Saturday.
    expected = [
        "01-02",
        "02-02",
        "03-02",
        "04-01",
        "05-04",
        "06-01",
        "07-01",
        "08-03",
        "09-01",
        "10-01",
        "11-02",
        "12-01",
    ]
    assert dates(found) == [f"2015-{one}" for one in expected]


def test_an_opening_that_moves_to_the_day_of_another_is_not_lost():
    # Daily from Friday 9 January: Saturday, Sunday and Monday are all Monday.
    found = YEAR.openings(OpeningInterval(1, "days"), date(2015, 1, 9), on_working_days=True)
    assert dates(found)[:5] == ["2015-01-09", *3 * ["2015-01-12"], "2015-01-13"]


def test_opening_every_few_working_days_skips_days_off():
    # From Wednesday 1 April, every second working day: 7 April (Tuesday) is the next working day, 8
    # April the second.
    found = YEAR.openings(OpeningInterval(2, "working days"), date(2015, 4, 1))
    assert dates(found)[:3] == ["2015-04-01", "2015-04-08", "2015-04-10"]
    # From a day off, the first opening is the next working day.
    assert dates(YEAR.openings(OpeningInterval(1, "working days"), date(2015, 4, 2)))[:2] == [
        "2015-04-07",
        "2015-04-08",
    ]


def test_working_days_are_counted_from_the_start_at_the_earliest():
    assert dates(YEAR.openings(OpeningInterval(5, "working days"), date(2014, 6, 1)))[:2] == [
        "2015-01-02",
        "2015-01-09",
    ]


def test_opening_after_the_horizon_never_comes():
    for unit in ("days", "weeks", "months", "working days"):
        assert YEAR.openings(OpeningInterval(1, unit), date(2016, 1, 1)) == []
        assert YEAR.openings(OpeningInterval(1, unit), date(9999, 12, 31)) == []


@given(
    st.dates(date(2010, 1, 1), date(2017, 1, 1)),
    st.builds(
        OpeningInterval,
        st.integers(1, 40),
        st.sampled_from(["days", "weeks", "months", "working days"]),
    ),
    st.booleans(),
)
def test_openings_rise_and_lie_within_the_flow(first, every, on_working_days):
    found = YEAR.openings(every, first, on_working_days=on_working_days)
    assert found == sorted(set(found))
    assert all(0 <= one < YEAR.horizon and YEAR.date_of(one) >= first for one in found)
    if on_working_days or every.unit == "working days":
        assert all(YEAR.is_working_day(int(one)) for one in found)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 1200))
def test_months_later_are_as_many_months_on(start, months):
    then = add_months(start, months)
    assert (then.year - start.year) * 12 + then.month - start.month == months
    assert then.day == start.day or (then + timedelta(days=1)).day == 1
