"""A programme that begins later does so in the same world."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.decided import flow_changed, flow_with
from pilotsim.files.later import first_opening, opened_later
from pilotsim.files.reading import read_flow, read_text
from pilotsim.model.ways import programme_stages
from pilotsim.simulation.engines import simulate

ALNA = Path(__file__).parents[2] / "configs" / "alna_aktiv.yaml"
FLOW = """
flow: offer
title: Offer
starts: 2015-01-01
lasts: 12 months
groups: {there: {stock: 60, starts_in: home}, more: {starts_in: home, arrivals: 6 per month}}
risks: {job: {to: work, rate: 4 % per month}}
stages:
  home: {risks: {job: 1}}
  drawn: {draws_from: home, opens: {every: 1 week, first: 2015-01-05, admits: 3}, lasts: 1 week, next: {course: 100 %}}
  course: {opens: {on: [2015-02-02, 2015-05-01]}, lasts: 1 month, next: {clinic: 30 %, home: rest}}
  clinic: {opens: {every: 1 month, first: 2015-01-12, next_working_day: true}, lasts: 2 weeks, next: {home: 100 %}, risks: {job: 1}}
  work: {counts_as: work, opens: {every: 1 day, first: 2015-01-01}}
"""


def test_what_opens_for_those_drawn_moves_and_nothing_else_does():
    flow = read_text(FLOW)
    # Work is reached without the programme as well.
    assert programme_stages(flow) == ["drawn", "course", "clinic"]
    assert first_opening(flow) == date(2015, 1, 5)
    # On the same weekday where weeks are counted; else on the same day, or the next working day.
    assert opened_later(flow, 3) == {
        "stages.drawn.opens.first": "2015-04-06",
        "stages.course.opens.on": "[2015-05-02, 2015-08-01]",
        "stages.clinic.opens.first": "2015-04-13",
    }


def test_what_a_risk_of_a_stage_leads_to_without_the_programme_does_not_move():
    # Home sends those whom this risk takes to the clinic; elsewhere it leads to work.
    flow = read_text(
        FLOW.replace("home: {risks: {job: 1}}", "home: {risks: {job: {started: 1, to: clinic}}}")
    )
    assert programme_stages(flow) == ["drawn", "course"]
    before, after = (
        simulate(one, seed=5, offered=False).to_frame() for one in (flow, changed(flow, 3))
    )
    assert (before["stage"] == "clinic").any()
    assert before.equals(after)


def test_a_flow_that_draws_nobody_has_no_later_beginning():
    flow = read_flow(ALNA.with_name("stavanger_2013.yaml"))
    assert programme_stages(flow) == []
    assert first_opening(flow) is None
    assert opened_later(flow, 3) == {}


def test_a_stage_that_draws_from_the_start_on_gets_a_first_date():
    flow = read_text(FLOW.replace(", first: 2015-01-05", ""))
    assert opened_later(flow, 1)["stages.drawn.opens.first"] == "2015-02-05"


def changed(flow: Any, months: int) -> Any:
    return flow_changed(
        flow,
        dict(read_change(f"{path}=={day}") for path, day in opened_later(flow, months).items()),
    )


@pytest.mark.parametrize("months", [1, 3, 6])
def test_the_world_without_the_programme_stays_to_the_bit(months):
    flow = read_text(FLOW)
    before, after = (
        simulate(one, seed=5, offered=False).to_frame() for one in (flow, changed(flow, months))
    )
    assert before.equals(after)
    drawn = simulate(changed(flow, months), seed=5).to_frame()
    first = drawn[drawn["stage"] == "drawn"]["joined"].min()
    day = date.fromisoformat(opened_later(flow, months)["stages.drawn.opens.first"])
    assert timedelta(days=float(first)) == day - flow.starts


def test_half_a_year_later_is_what_the_file_says_of_it():
    flow = read_flow(ALNA)
    option = flow.choices["start"].options["after_half_a_year"].changes
    assert opened_later(flow, 6) == {path: str(day) for path, day in option.items()}
    taken = flow_with(flow, "start", "after_half_a_year")
    assert taken is not None
    assert first_opening(taken) == date(2015, 7, 6)
    assert first_opening(flow) == date(2015, 1, 5)


def test_it_is_what_the_path_says_of_which_a_moved_start_tells():
    """Another start of the flow is warned of, and which paths are meant instead."""
    from pilotsim.files.reading import read_document

    flow = apply_changes(read_document(ALNA), {"starts": "2015-04-01"})
    told = " ".join(str(notice) for notice in flow.notices)
    assert "stages.referred.opens.first" in told
    assert "stages.referred.opens.first" in opened_later(read_flow(ALNA), 3)
