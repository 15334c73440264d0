"""Days and hours: what they mean on each date, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from pilotsim.base.calendar import Calendar
from pilotsim.base.errors import FlowError
from pilotsim.base.quantity import QuantityFault
from pilotsim.model.week import read_week, spans_of, usual_hours
from tests.small_flows import plan_of, small_flow

# From Monday 30 March 2015: Maundy Thursday is the 2nd, Good Friday the 3rd, Easter Monday the 6th.
EASTER = Calendar(date(2015, 3, 30), date(2015, 4, 9))


def hours_by_day(week, calendar=EASTER):
    """The hours of each day of the month that has any: {30: ["8-12"]}."""
    found = {}
    for span in spans_of(read_week(week, None), calendar):
        day = calendar.date_of(span.begin).day
        begin, end = (round(24 * (time - span.begin // 1), 9) for time in (span.begin, span.end))
        found.setdefault(day, []).append(f"{begin:g}-{end:g}")
    return found


def test_fewer_days_go_before_more_and_a_holiday_is_like_a_sunday():
    found = hours_by_day({"mon-fri": "08:00-15:30", "wed": "08:00-12:00, 13:00-18:00"})
    usual = ["8-15.5"]
    assert found == {30: usual, 31: usual, 1: ["8-12", "13-18"], 7: usual, 8: ["8-12", "13-18"]}


@pytest.mark.parametrize(
    ("holidays", "thursday"),
    [("as_usual", ["8-15.5"]), ("off", None), ("10:00-11:00", ["10-11"]), (None, ["12-13"])],
)
def test_holidays_are_as_they_are_said_to_be(holidays, thursday):
    week = {"mon-fri": "08:00-15:30", "sun": "12:00-13:00"}
    week |= {"holidays": holidays} if holidays else {}
    assert hours_by_day(week).get(2) == thursday


def test_dates_go_before_weekdays_and_holidays_and_one_date_before_several():
    week = {
        "mon-sun": "00:00-24:00",
        "2015-03-31 to 2015-04-03": "off",
        "2015-04-02": "09:00-10:00",
    }
    found = hours_by_day({**week, "holidays": "off"})
    assert found == {30: ["0-24"], 2: ["9-10"], 4: ["0-24"], 7: ["0-24"], 8: ["0-24"]}


def test_a_week_without_days_off_has_its_minutes():
    week = read_week({"mon-fri": {"08:00-12:00": 3, "12:00-15:30": 1}, "sat": 0.5}, "number")
    found = [(minutes, value.number) for minutes, value in usual_hours(week)]
    assert found == [(240, 3.0), (210, 1.0)] * 5 + [(1440, 0.5)]


@pytest.mark.parametrize(
    ("week", "keys", "words"),
    [
        ({}, (), "expected days with their hours"),
        ("08:00-15:30", (), "expected days with their hours"),
        ({"man-fre": "08:00-15:30"}, ("man-fre",), "did you mean 'mon-fri'?"),
        ({"Monday": "08:00-15:30"}, ("Monday",), "did you mean 'mon'?"),
        ({"fri-mon": "08:00-15:30"}, ("fri-mon",), "expected days such as"),
        ({"mon": "8-15"}, ("mon",), "expected hours such as '08:00-15:30', or 'off'"),
        ({"mon": "08:00-25:00"}, ("mon",), "expected hours such as"),
        ({"mon": "22:00-06:00"}, ("mon",), "to 24:00, and from 00:00"),
        ({"mon": "08:00-12:00, 11:00-13:00"}, ("mon",), "overlap"),
        ({"mon": "08:00-12:00, 08:00-12:00"}, ("mon",), "stands twice"),
        ({"mon": {"08:00-12:00": -1}}, ("mon", "08:00-12:00"), "expected"),
        ({"mon-wed": 1, "tue-thu": 2}, ("tue-thu",), "say something of the same day"),
        ({"2015-02-30": 1}, ("2015-02-30",), "no such date"),
        ({"2015-02-03 to 2015-02-01": 1}, ("2015-02-03 to 2015-02-01",), "before it begins"),
    ],
)
def test_what_is_no_week_is_refused(week, keys, words):
    with pytest.raises(QuantityFault) as caught:
        read_week(week, "number")
    assert words in str(caught.value)
    assert caught.value.keys == keys


def refusal(**group):
    groups = {"g": {"starts_in": "s", **group}}
    with pytest.raises(FlowError) as caught:
        plan_of(small_flow(groups=groups, stages={"s": {}}))
    return str(caught.value)


def test_a_week_needs_arrivals_and_an_hour_in_which_somebody_comes():
    assert "it needs 'arrivals'" in refusal(stock=2, week={"mon": 1})
    assert "nobody would come" in refusal(arrivals="2 per week", week={"mon": 0, "holidays": 2})


def test_a_week_is_refused_where_holidays_are_not_known():
    flow = small_flow(
        starts="2101-01-03",
        groups={"g": {"starts_in": "s", "arrivals": "2 per week", "week": {"mon": 1}}},
        stages={"s": {}},
    )
    with pytest.raises(FlowError):
        plan_of(flow)
