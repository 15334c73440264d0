"""Runs as event logs: the columns that others ask for, real dates, and the way there and back."""

import numpy as np
import pandas as pd
import pytest

import pilotsim
from pilotsim.learning.events import read_stays

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
