"""A step that is typed at a lever comes to what `--set` makes of it, or is refused as it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.changes import read_change
from pilotsim.files.decided import flow_changed
from pilotsim.files.reading import read_flow
from pilotsim.output import live
from pilotsim.portable.description import describe_flow
from tests.portable.outside import FEW
from tests.portable.test_numbers import call

LIVE = Path(live.__file__).parent
PLACES, STOCK = "resources.place_technical.units", "groups.target_group.stock"
POSTS, SHOWS_UP = "resources.adviser.fte", "stages.referred.next.mapping"
INFLOW, SUMMONS = "groups.aap_kvp.arrivals", "stages.referred.lasts"
# What is typed, and what is written for `--set` where that has no Norwegian.
TYPED = [
    (PLACES, "+10", "+10"),
    (PLACES, "−1", "-1"),
    (PLACES, "+ 10", "+10"),
    (STOCK, "+20 %", "+20 %"),
    (STOCK, "-20 %", "-20 %"),
    (STOCK, "*2", "*2"),
    (POSTS, "+0,5", "+0.5"),
    (POSTS, "×1,5", "*1.5"),
    (SHOWS_UP, "+5 prosentpoeng", "+5 points"),
    (SHOWS_UP, "-5 pp", "-5 points"),
    (SHOWS_UP, "*1,1", "*1.1"),
    (INFLOW, "+20 %", "+20 %"),
    (INFLOW, "-10%", "-10%"),
    (SUMMONS, "+20 %", "+20 %"),
    ("shared.inflow", "+20 %", "+20 %"),
    ("shared.inflow", "-20 %", "-20 %"),
]
REFUSED = [
    (SHOWS_UP, "+20 %", "+20 %", "step_two_meanings"),
    (SHOWS_UP, "-20", "-20", "step_two_meanings"),
    (PLACES, "+ti", "+ti", "step_no_number"),
    (PLACES, "*mye", "*mye", "step_no_number"),
    (STOCK, "+5 pp", "+5 points", "step_no_number"),
]


@pytest.fixture(scope="module")
def flow() -> Any:
    return read_flow(FEW[0])


@pytest.fixture(scope="module")
def values(flow) -> dict[str, Any]:
    return {value["path"]: value for value in describe_flow(flow, "nb")["values"]}


def test_a_step_is_that_of_set(flow, values):
    asked = [
        ["steps", "readStep", [text, values[path], values[path]["number"]]]
        for path, text, _ in TYPED
    ]
    steps = [found["number"] for found in call(asked, LIVE)]
    read = [
        ["entered", "inBaseUnits", [step, values[path]]]
        for step, (path, _, _) in zip(steps, TYPED, strict=True)
    ]
    for (path, text, written), number in zip(TYPED, call(read, LIVE), strict=True):
        changed = flow_changed(flow, dict([read_change(f"{path}={written}")]))
        assert changed is not None
        assert number == changed.values[path].number, (path, text)


def test_what_is_no_step_or_two_is_refused(flow, values):
    asked = [
        ["steps", "readStep", [text, values[path], values[path]["number"]]]
        for path, text, _, _ in REFUSED
    ]
    for (path, text, written, key), found in zip(REFUSED, call(asked, LIVE), strict=True):
        assert found["fault"] == key, text
        with pytest.raises((FlowError, RequestError)):
            flow_changed(flow, dict([read_change(f"{path}={written}")]))


def test_a_plain_number_is_no_step(values):
    plain = ["22", "1 200", "12,5", "", "tolv"]
    assert call([["steps", "readStep", [text, values[PLACES], 12]] for text in plain], LIVE) == (
        [None] * len(plain)
    )
