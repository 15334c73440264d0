"""What a flow can never do, or may run into, is told before a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from tests.small_flows import plan_of, small_flow

CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").glob("*.yaml"))
DAY = {"lasts": "1 day", "next": {"d": "100 %"}}


def told(**parts):
    """What is told of a flow whose group starts in `a`, by path."""
    groups = {"g": {"stock": 9, "starts_in": "a", "arrivals": "5 per month"}}
    flow = small_flow(**{"groups": groups, **parts})
    return {notice.path: notice.message for notice in plan_of(flow).flow.notices}


@pytest.mark.parametrize(
    ("units", "needs", "is_told"),
    [
        (1, 2, True),
        (2, 2, False),
        ({"value": 1, "assumption": "x", "from": {"2015-01-10": 2}}, 2, False),
        ({"value": 2, "assumption": "x", "from": {"2015-01-10": 1}}, 3, True),
        ({"value": 1, "low": 1, "high": 3, "assumption": "x"}, 2, False),
        (0, 1, True),
    ],
)
def test_who_needs_more_than_there_ever_is_never_starts(units, needs, is_told):
    found = told(
        resources={"r": {"units": units}}, stages={"a": {"needs": {"r": needs}, **DAY}, "d": {}}
    )
    assert ("stages.a" in found) == is_told
    if is_told and units:
        assert "never more than" in found["stages.a"]


@pytest.mark.parametrize(
    ("resource", "is_told"),
    [
        ({"fte": 1, "caseload": 3}, True),
        ({"fte": 1.4, "caseload": 3}, False),
        ({"supply": {"every": "1 week", "units": 3, "lapses": True}}, True),
        ({"supply": {"every": "1 week", "units": 3}}, False),
    ],
)
def test_staff_and_supplies_have_a_most_too(resource, is_told):
    found = told(resources={"r": resource}, stages={"a": {"needs": {"r": 4}, **DAY}, "d": {}})
    assert ("stages.a" in found) == is_told


@pytest.mark.parametrize(
    ("stages", "way"),
    [
        ({"a": {"limit": {"waiting": 2, "else": "a"}}}, "a -> a"),
        ({"a": {"limit": {"waiting": 2, "else": "starts_in"}}}, "a -> a"),
        (
            {
                "a": {"limit": {"waiting": 2, "else": "b"}},
                "b": {"limit": {"waiting": 2, "else": "a"}},
            },
            "a -> b -> a",
        ),
        (
            {
                "a": {"limit": {"waiting": 2, "else": "b"}},
                "b": {"needs": None, "lasts": "0 days", "next": {"a": "50 %", "d": "rest"}},
            },
            "a -> b -> a",
        ),
        ({"a": {"limit": {"waiting": 2, "else": "d"}}}, None),
        (
            {
                "a": {"limit": {"waiting": 2, "else": "b"}},
                "b": {"needs": None, "lasts": "1 day", "next": {"a": "50 %", "d": "rest"}},
            },
            None,
        ),
    ],
)
def test_a_line_that_sends_on_to_itself_is_told(stages, way):
    whole = {name: {"needs": {"r": 1}, **DAY, **one} for name, one in stages.items()}
    whole = {
        name: {key: value for key, value in one.items() if value is not None}
        for name, one in whole.items()
    }
    found = told(resources={"r": {"units": 1}}, stages={**whole, "d": {}})
    said = found.get("stages.a.limit.else", "")
    assert (f"({way})" in said) if way else not said


def test_units_that_go_along_where_more_are_wanted_may_lock():
    stages = {
        "a": {"needs": {"r": 1}, "keeps": "r", "lasts": "1 day", "next": {"b": "100 %"}},
        "b": {"needs": {"r": 2}, **DAY},
        "d": {},
    }
    assert "deadlock" in told(resources={"r": {"units": 2}}, stages=stages)["resources.r"]
    stages["b"]["needs"]["r"] = 1
    assert "resources.r" not in told(resources={"r": {"units": 2}}, stages=stages)


@pytest.mark.parametrize(("needs", "is_told"), [(3, True), (2, False)])
def test_who_needs_all_at_once_beside_others_who_take_one_may_starve(needs, is_told):
    stages = {
        "a": {"lasts": "0 days", "next": {"big": "50 %", "small": "rest"}},
        "big": {"needs": {"r": needs}, "priority": 10, **DAY},
        "small": {"needs": {"r": 1}, **DAY},
        "d": {},
    }
    found = told(resources={"r": {"units": 3}}, stages=stages)
    assert ("'small' takes" in found.get("stages.big", "")) == is_told


@pytest.mark.parametrize(("priority", "is_told"), [(0, False), (10, False), (11, True)])
def test_who_has_units_put_aside_is_starved_by_nobody_of_lower_priority(priority, is_told):
    stages = {
        "a": {"lasts": "0 days", "next": {"big": "50 %", "small": "rest"}},
        "big": {"needs": {"r": 3}, "priority": 10, "reserves": True, **DAY},
        "small": {"needs": {"r": 1}, "priority": priority, **DAY},
        "d": {},
    }
    found = told(resources={"r": {"units": 3}}, stages=stages)
    assert ("'small' takes" in found.get("stages.big", "")) == is_told


def test_a_trait_by_which_a_claim_grows_has_an_effect():
    stages = {"a": {"needs": {"r": 1}, "urgency": {"acute": 3}, **DAY}, "d": {}}
    given = {"resources": {"r": {"units": 1}}, "stages": stages}
    assert told(traits={"acute": {"share": "20 %"}}, **given) == {}


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_no_flow_of_ours_raises_a_false_alarm(file):
    words = ("deadlock", "never more than", "same instant", "may never start")
    assert not [
        one for one in read_flow(file).notices if any(word in one.message for word in words)
    ]
