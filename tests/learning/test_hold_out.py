"""The last months of a register, forecast before they are looked at; stays in the midst; units."""

from dataclasses import replace

import numpy as np
import pytest

import pilotsim
from pilotsim.base.calendar import add_months
from pilotsim.base.errors import RequestError
from pilotsim.learning.events import read_stays
from pilotsim.learning.hold_out import hold_out, remaining_quantiles
from pilotsim.learning.learning import learn_from_stays
from pilotsim.learning.mapping import EventMapping
from pilotsim.learning.stays import date_of, day_of
from pilotsim.model.distributions import read_duration

DESK = """
flow: desk
title: Desk
starts: 2012-01-01
lasts: 24 months
groups: {recipients: {starts_in: desk, arrivals: 12 per month}}
resources: {clerk: {units: 4}}
stages:
  desk: {needs: {clerk: 1}, lasts: {exponential: {mean: 11 days}}, next: {work: 40 %, away: rest}}
  work: {}
  away: {}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    flow = pilotsim.read_text(DESK)
    file = tmp_path_factory.mktemp("log") / "log.csv"
    pilotsim.to_event_log(pilotsim.simulate(flow, seed=2)).to_csv(file, index=False)
    return flow, read_stays(file, flow)


def test_what_is_held_out_moves_no_forecast(desk):
    flow, stays = desk
    plain = hold_out(stays, flow, DESK, 3, replications=6)
    # The same register, but for what happened after the cut: nobody came.
    other = stays.where(~(stays.entered >= plain.cut))
    changed = hold_out(replace(other, ends=stays.ends), flow, DESK, 3, replications=6)
    assert changed.hits < plain.hits
    for one, two in zip(plain.series, changed.series, strict=False):
        assert (one.stage, one.kind) == (two.stage, two.kind)
        assert np.array_equal(one.forecast, two.forecast)
        assert np.array_equal(one.high, two.high)


def test_who_enters_as_a_month_ends_is_counted_in_the_next(desk):
    """As on the first of a month in a register of dates."""
    flow, stays = desk
    plain = hold_out(stays, flow, DESK, 3, replications=2)
    first = date_of(plain.cut)
    later = np.flatnonzero((stays.stage == 0) & (stays.entered > plain.cut))[0]
    for months, counted in ((0, [1, 0, 0]), (1, [0, 1, 0]), (2, [0, 0, 1]), (3, [0, 0, 0])):
        entered = np.full(len(stays), plain.cut - 1.0)
        entered[later] = day_of(add_months(first, months))
        moved = replace(stays, entered=entered, left=np.full(len(stays), np.nan))
        found = hold_out(moved, flow, DESK, 3, replications=2).series
        told = [one for one in found if (one.stage, one.kind) == ("desk", "entered")]
        assert told[0].counted.tolist() == counted


def test_a_register_that_is_too_short_is_refused(desk):
    flow, stays = desk
    with pytest.raises(RequestError, match="too short to hold out 12 months"):
        hold_out(stays, flow, DESK, 12, replications=2)


def test_runs_that_take_days_are_refused_before_they_begin(desk):
    flow, stays = desk
    done = []
    with pytest.raises(RequestError, match=r"about [0-9,]+ days"):
        hold_out(stays, flow, DESK, 3, replications=10**11, progress=done.append)
    assert not done


def test_what_is_left_of_an_exponential_stay_is_a_whole_one():
    lasts = read_duration({"exponential": {"mean": "30 days"}})
    left = remaining_quantiles(lasts, np.array([0.0, 10.0, 60.0]))
    assert left[0.5] == pytest.approx(30 * np.log(2), rel=0.02)
    assert left[0.9] == pytest.approx(30 * np.log(10), rel=0.05)


def test_what_is_left_of_a_stay_of_fixed_length_is_the_rest_of_it():
    left = remaining_quantiles(read_duration("20 days"), np.array([5.0, 50.0]))
    assert left[0.0] == 0.0
    assert left[1.0] == 15.0


def test_units_are_those_in_use_while_somebody_waits(desk):
    flow, stays = desk
    found = learn_from_stays(stays, flow).values["resources.clerk.units"]
    assert (found.low, found.number, found.high) == (4, 4, 4)


def test_where_nobody_waits_there_may_be_more_units(desk):
    flow, stays = desk
    left = learn_from_stays(replace(stays, tells_waits=False), flow).left_open
    (why,) = (str(one.why) for one in left if one.path == "resources.clerk.units")
    assert why.startswith("at most 4 were in use at once")


def test_events_enter_start_and_leave_stages(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text(
        "case,event,time\n1,Sendt,01.03.2012\n1,Inne,05.03.2012\n1,Ferdig,20.03.2012\n2,Sendt,2.3.2012\n2,Ringt,3.3.2012\n"
    )
    mapping = EventMapping.model_validate(
        {
            "event_mapping": "office",
            "form": "events",
            "events": {
                "Sendt": {"enters": "desk"},
                "Inne": {"starts": "desk"},
                "Ferdig": {"leaves": "desk", "to": "work", "cause": "finished"},
            },
            "left_out": ["Ringt"],
        }
    )
    stays = read_stays(file, pilotsim.read_text(DESK), mapping)
    assert [stays.stages[k] for k in stays.stage] == ["desk", "work", "desk"]
    assert (stays.started - stays.entered)[0] == 4.0
    assert (stays.left - stays.started)[0] == 15.0
    assert stays.following_names().tolist() == ["work", "", ""]
    assert np.isnan(stays.started[2])
    assert np.isnan(stays.left[2])


def test_months_of_a_status_are_stays(tmp_path):
    file = tmp_path / "months.csv"
    file.write_text(
        "client,month,status\n1,2012-01,assistance\n1,2012-02,assistance\n1,2012-03,in_job\n2,2012-02,assistance\n2,2012-03,assistance\n"
    )
    mapping = EventMapping.model_validate(
        {
            "event_mapping": "register",
            "form": "months",
            "stages": {"assistance": "desk", "in_job": "work"},
        }
    )
    stays = read_stays(file, pilotsim.read_text(DESK), mapping)
    assert [stays.stages[k] for k in stays.stage] == ["desk", "work", "desk"]
    # Nobody knows when the first began; it ended within March.
    assert np.isnan(stays.entered[0])
    assert stays.left[0] == stays.entered[1]
    assert not np.isnan(stays.entered[2])


def test_xes_is_read_as_stays(tmp_path):
    file = tmp_path / "log.xes"
    events = [
        ("desk", "schedule", "2012-03-01T08:00:00+01:00"),
        ("desk", "start", "2012-03-02T08:00:00+01:00"),
        ("desk", "complete", "2012-03-09T20:00:00+01:00"),
        ("work", "start", "2012-03-09T20:00:00+01:00"),
    ]
    lines = "".join(
        f'<event><string key="concept:name" value="{name}"/><string key="lifecycle:transition" value="{change}"/><date key="time:timestamp" value="{time}"/></event>'
        for name, change, time in events
    )
    file.write_text(
        f'<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="17"/>{lines}</trace></log>'
    )
    stays = read_stays(file, pilotsim.read_text(DESK))
    assert stays.entered[0] == day_of(pilotsim.read_text(DESK).starts) + 60 + 8 / 24
    assert (stays.left - stays.started)[0] == pytest.approx(7.5)
    assert stays.following_names().tolist() == ["work", ""]
    file.write_text('<!DOCTYPE log [<!ENTITY a "b">]><log/>')
    with pytest.raises(pilotsim.PilotsimError, match="declares entities"):
        read_stays(file, pilotsim.read_text(DESK))


def test_one_speed_for_waiting_and_service_is_one_value():
    """Two values of one number would be drawn apart."""
    text = DESK.replace(
        "work: 40 %, away: rest}}",
        "work: 40 %, away: rest}, risks: {job: {value: 2 % per month, low: 1 % per month, high: 3 % per month, assumption: A guess}}}",
    )
    flow = pilotsim.read_text(text + "risks: {job: {to: work}}\n")
    assert [path for path in flow.values if "risks" in path] == [
        "risks.job.pace",
        "stages.desk.risks.job",
    ]
