"""Who stands still for ever, and where nobody can start, is told of what a reader tries as of the plan."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.reading import flow_as_written, read_document
from pilotsim.judge.after_runs import LOOKED_AT
from pilotsim.measures.standstill import Standstill, find_standstill
from pilotsim.model.flow import Flow
from pilotsim.portable import LAYOUT, MODULE
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import simulate
from tests.portable.outside import in_node
from tests.portable.test_still_waiting import setup_of

PROGRAM = Path(__file__).with_name("still_waiting.mjs")
TARGET = """
targets:
  soon: {says: Soon, at_most: 14 days, measure: {wait: %s}}
"""
HEAD = """
flow: standing
title: Standing
starts: 2015-01-05
lasts: 6 months
"""
# Two ways that take a room and an adviser in turn, each keeping what it has.
CROSSED = (
    HEAD
    + """
groups:
  one: {starts_in: first_room, arrivals: {value: 6 per month, assumption: A guess}}
  two: {starts_in: first_adviser, arrivals: {value: 6 per month, assumption: A guess}}
resources:
  room: {units: {value: 40, assumption: A guess}}
  adviser: {units: {value: 40, assumption: A guess}}
stages:
  first_room: {needs: {room: 1}, keeps: room, lasts: 5 days, next: {both_one: 100 %}}
  both_one: {needs: {room: 1, adviser: 1}, lasts: 3 days, next: {out: 100 %}}
  first_adviser: {needs: {adviser: 1}, keeps: adviser, lasts: 5 days, next: {both_two: 100 %}}
  both_two: {needs: {room: 1, adviser: 2}, lasts: 3 days, next: {out: 100 %}}
  out: {}
"""
    + TARGET % "first_room"
)
# Two stages, each of which sends some on to the other, where there is room for so many.
ROOMS = (
    HEAD
    + """
groups: {some: {starts_in: door, arrivals: {value: 10 per month, assumption: A guess}}}
resources: {place: {units: {value: 20, assumption: A guess}}}
stages:
  door: {needs: {place: 1}, lasts: 1 day, next: {one: 100 %}}
  one:
    room: {value: 300, assumption: A guess}
    lasts: {exponential: {mean: 20 days}}
    next: {two: 80 %, out: rest}
  two: {room: 3, lasts: {exponential: {mean: 20 days}}, next: {one: 80 %, out: rest}}
  out: {}
"""
    + TARGET % "door"
)
NIGHT = CROSSED.replace(
    "assumption: A guess}}\nstages",
    "assumption: A guess}, shifts: {mon-fri: 08:00-15:30}, at_end_of_shift: finish}\nstages",
).replace(" days, next", " hours, next")
CASES = {
    "what others keep": (CROSSED, "resources.adviser.units", (None, 3, 2, 1)),
    "room": (ROOMS, "stages.one.room", (None, 3)),
    "nights": (NIGHT, "resources.adviser.units", (None, 2, 1)),
}


def looked_at(flow: Flow) -> list[Standstill]:
    found = (find_standstill(simulate(flow, replication=k)) for k in range(LOOKED_AT))
    return [one for one in found if one is not None]


def as_names(stuck: Any, flow: Flow) -> Counter[str]:
    """Who the module says is stuck, by names as in Python."""
    names = [*flow.resources, *(f"room in {name}" for name in flow.stages)]

    def amounts(these: Any) -> dict[str, int]:
        return {names[what]: units for what, units in these}

    return Counter(
        {
            repr(
                (
                    list(flow.stages)[one["stage"]],
                    amounts(one["holds"]),
                    [amounts(wanted) for wanted in one["wants"]],
                )
            ): one["clients"]
            for one in stuck
        }
    )


@pytest.mark.parametrize("case", CASES)
def test_what_is_tried_stands_still_as_the_check_says(tmp_path, case):
    text, path, tried = CASES[case]
    (tmp_path / "flow.yaml").write_text(text)
    document = read_document(tmp_path / "flow.yaml")
    flow = flow_as_written(document)
    given = {
        "setup": setup_of(flow, "en"),
        "replications": LOOKED_AT + 2,
        "sets": [{} if units is None else {path: units} for units in tried],
    }
    (tmp_path / "given.json").write_text(json.dumps(given))
    (tmp_path / "packed").write_bytes(pack(flow))
    told = in_node(PROGRAM, MODULE, LAYOUT, tmp_path / "packed", tmp_path / "given.json")
    any_stuck = []
    for units, standing, said in zip(tried, told["standing"], told["said"], strict=True):
        change = {} if units is None else dict([read_change(f"{path}={units}")])
        changed = apply_changes(document, change)
        found = looked_at(changed)
        any_stuck.append(len(found))
        assert standing["runs"] == LOOKED_AT
        assert standing["found"] == len(found)
        expected = {
            repr((one.stage, dict(one.holds), [dict(wanted) for wanted in one.wants])): one.clients
            for one in (found[0].stuck if found else ())
        }
        assert as_names(standing["first"], changed) == Counter(expected)
        assert any("stand still for ever" in one for one in said) == bool(found)
    assert any_stuck[0] == 0
    assert any_stuck[-1] > 0


def test_a_stage_in_which_nobody_can_start_is_named(tmp_path):
    (tmp_path / "flow.yaml").write_text(CROSSED)
    flow = flow_as_written(read_document(tmp_path / "flow.yaml"))
    path = "resources.adviser.units"
    sets = [{}, {path: 1}, {path: 0}]
    given = {"setup": setup_of(flow, "en"), "replications": 2, "sets": sets}
    (tmp_path / "given.json").write_text(json.dumps(given))
    (tmp_path / "packed").write_bytes(pack(flow))
    told = in_node(PROGRAM, MODULE, LAYOUT, tmp_path / "packed", tmp_path / "given.json")
    stages = list(flow.stages)
    named = [[stages[one["stage"]] for one in standing["never"]] for standing in told["standing"]]
    assert named == [[], ["both_two"], ["both_one", "first_adviser", "both_two"]]
    assert told["said"][1][0] == (
        "Nobody can ever start in “Both two”: it needs 2 of “Adviser”, and there are never more than 1."
    )
