"""Runs as event logs: the columns that others ask for, real dates, and the way there and back."""

import numpy as np
import pandas as pd
import pytest

import pilotsim
from pilotsim.base.errors import RegisterError
from pilotsim.learning.events import read_stays
from pilotsim.learning.mapping import EventMapping

DESK = """
flow: desk
title: Desk
starts: 2012-01-01
lasts: 2 months
traits: {young: {share: 40 %}}
groups: {recipients: {starts_in: desk, arrivals: 20 per month}}
resources: {clerk: {units: 3}}
risks: {gives_up: {to: away, rate: 30 % per month}}
stages:
  desk: {needs: {clerk: 1}, lasts: {exponential: {mean: 5 days}}, next: {work: 40 %, away: rest}, risks: {gives_up: 1}}
  work: {}
  away: {}
"""


@pytest.fixture(scope="module")
def run():
    return pilotsim.simulate(pilotsim.read_text(DESK), seed=1, engine="process")


@pytest.mark.parametrize("form", ["csv", "xes"])
def test_there_and_back_are_the_same_stays(run, form, tmp_path):
    file = tmp_path / f"log.{form}"
    if form == "csv":
        pilotsim.to_event_log(run).to_csv(file, index=False)
    else:
        file.write_text(pilotsim.to_xes(run), encoding="utf-8")
    stays = read_stays(file, pilotsim.read_text(DESK))
    start = stays.entered.min() - run.joined.min()
    assert len(stays) == len(run)
    # Clocks of logs tell microseconds.
    order = np.lexsort((stays.entered, stays.stage))
    own = np.lexsort((run.joined, run.stage))
    assert stays.entered[order] - start == pytest.approx(run.joined[own], abs=1e-9)
    assert stays.left[order] - start == pytest.approx(run.finished[own], abs=1e-9, nan_ok=True)
    assert stays.started[order] - start == pytest.approx(run.started[own], abs=1e-9, nan_ok=True)
    assert stays.following[order].tolist() == run.next[own].tolist()


@pytest.mark.parametrize("ends", ["2015-07-01T12:30:00+02:00", "2015-07-01T08:30:00-02:00"])
def test_clocks_of_several_places_are_refused_and_summer_time_is_not(tmp_path, ends):
    """Read as they stand, half an hour would be two and a half."""
    head, stay = "case,stage,start,end\n", "a,desk,2015-03-01T10:00:00{},{}\n"
    file = tmp_path / "log.csv"
    file.write_text(head + stay.format("Z", ends), encoding="utf-8")
    with pytest.raises(RegisterError, match="row 2, column end: clocks of several time zones"):
        read_stays(file, pilotsim.read_text(DESK))
    file.write_text(head + stay.format("+01:00", "2015-07-01T10:30:00+02:00"), encoding="utf-8")
    found = read_stays(file, pilotsim.read_text(DESK))
    assert found.left - found.entered == pytest.approx([122 + 0.5 / 24])


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("stays", "case,stage,start,end"),
        ("months", "client,month,status"),
        ("events", "case,event,time"),
    ],
)
def test_a_log_of_a_header_alone_is_refused(tmp_path, form, head):
    file = tmp_path / "log.csv"
    file.write_text(head + "\n", encoding="utf-8")
    events = {"events": {"came": {"enters": "desk"}}} if form == "events" else {}
    said = EventMapping.model_validate({"event_mapping": "a", "form": form, **events})
    with pytest.raises(RegisterError, match=r"log\.csv: holds no stay in a stage of the flow"):
        read_stays(file, pilotsim.read_text(DESK), said)


def test_how_a_log_ends_in_its_name_may_be_in_capitals(run, tmp_path):
    for name in ("log.xes", "LOG.XES"):
        (tmp_path / name).write_text(pilotsim.to_xes(run), encoding="utf-8")
    one, other = (
        read_stays(tmp_path / name, pilotsim.read_text(DESK)) for name in ("log.xes", "LOG.XES")
    )
    assert np.array_equal(one.left, other.left, equal_nan=True)


def test_the_names_are_those_that_process_mining_reads(run):
    frame = pilotsim.to_event_log(run, "pm4py")
    assert {"case:concept:name", "concept:name", "time:timestamp"} <= set(frame.columns)
    assert isinstance(frame["time:timestamp"].dtype, pd.DatetimeTZDtype)
    assert set(frame["lifecycle:transition"]) == {"schedule", "start", "complete", "ate_abort"}
    for _, case in frame.groupby("case:concept:name"):
        assert case["time:timestamp"].is_monotonic_increasing
    own = pilotsim.to_event_log(run, "bupar")
    assert list(own.columns) == [
        "case_id",
        "activity_id",
        "activity_instance_id",
        "lifecycle_id",
        "timestamp",
        "resource_id",
    ]
    # An instance has one row for each change, as bupaR asks.
    assert not own.duplicated(["activity_instance_id", "lifecycle_id"]).any()


def test_an_animation_has_arrivals_units_and_departures(run):
    frame = pilotsim.to_event_log(run, "vidigi")
    assert list(frame.columns)[:6] == [
        "entity_id",
        "pathway",
        "event_type",
        "event",
        "time",
        "resource_id",
    ]
    assert set(frame.event_type) == {
        "arrival_departure",
        "queue",
        "resource_use",
        "resource_use_end",
    }
    assert frame[frame.event == "arrival"].entity_id.is_unique
    used = frame[frame.event_type == "resource_use"]
    assert set(used.resource_id) == {1, 2, 3}
    assert frame.timestamp.min() >= pd.Timestamp("2012-01-01")


def test_an_unknown_form_is_named(run):
    with pytest.raises(pilotsim.RequestError, match="did you mean 'pm4py'"):
        pilotsim.to_event_log(run, "pm4")
