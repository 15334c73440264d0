"""What follows when there are more or fewer clients, and how fields and files are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pilotsim.base.quantity import read_value
from tests.portable.outside import in_node

HERE = Path(__file__).parent
ALL = {"groups": True, "coming": True, "targets": True, "capacity": True}
NB = {"decimal": ",", "thousands": "\u00a0"}
EN = {"decimal": ".", "thousands": ","}


def said(folder: Path, *questions: list[Any]) -> list[Any]:
    given = folder / "given.json"
    given.write_text(json.dumps({"questions": questions}))
    found: list[Any] = in_node(HERE / "scaling.mjs", given)
    return found


def sized(
    path: str, number: float, kind: str = "count", base: str | None = None, **more: Any
) -> dict[str, Any]:
    return {"path": path, "number": number, "kind": kind, "one": 1, "base": base, **more}


SIZES = {
    "groups": [sized("a", 155, weight=1), sized("b", 60, weight=1), sized("c", 285, weight=1)],
    "coming": [sized("arrivals", 10, "rate")],
    "targets": [sized("fewer", -116, "real")],
    "capacity": [
        sized("posts", 4, "number"),
        sized("places", 12),
        sized("places.later", 0, base="places"),
        sized("one", 1),
    ],
}


def test_a_whole_is_split_into_whole_numbers_that_add_up(tmp_path):
    (parts,) = said(tmp_path, ["split", 230, [155, 60, 285]])
    assert parts == [71, 28, 131]
    assert sum(parts) == 230


def test_what_follows_the_number_of_clients(tmp_path):
    """230 of 500 are 0.46 as many; what was given stays."""
    whole, target, given, kept = said(
        tmp_path,
        ["scaled", SIZES, {}, 230, ALL],
        ["scaled", SIZES, {"a": 230}, None, ALL],
        ["scaled", SIZES, {"a": 230, "places": 30, "fewer": -50}, None, {**ALL, "groups": False}],
        ["scaled", SIZES, {"a": 230}, None, dict.fromkeys(ALL, False)],
    )
    assert whole == {
        "a": 71,
        "b": 28,
        "c": 131,
        "arrivals": 4.6,
        "fewer": -53,
        "posts": 1.8,
        "places": 6,
        "places.later": 0,
    }
    # The others are as many times as many as the one that was given.
    assert target["b"] == 89
    assert target["places"] == 18
    # Half a hundred more of 500: 1.15; a number that was given holds at all dates.
    assert "places.later" not in given
    assert given["posts"] == 4.6
    assert "fewer" not in given
    assert kept == {}


SHARE = {"kind": "share", "one": 0.01, "unit": "", "least": 0, "most": 1, "above": None}
COUNT = {"kind": "count", "one": 1, "unit": "", "least": 0, "most": None, "above": None}
RATE = {
    "kind": "rate",
    "one": 1 / 30.4375,
    "unit": "per måned",
    "least": 0,
    "most": None,
    "above": None,
}
MONTHS = {
    "kind": "duration",
    "one": 30.4375,
    "unit": "måneder",
    "least": 0,
    "most": None,
    "above": None,
}


@pytest.mark.parametrize(
    ("text", "value", "style", "written", "kind"),
    [
        ("57", SHARE, NB, "57 %", "share"),
        ("0,7 %", SHARE, NB, "0.7 %", "share"),
        ("2,5 per måned", RATE, NB, "2.5 per month", "rate"),
        ("0.69", RATE, EN, "0.69 per month", "rate"),
        ("3,3 måneder", MONTHS, NB, "3.3 months", "duration"),
        ("12 500", COUNT, NB, 12500, "count"),
        ("12\u00a0500", COUNT, NB, 12500, "count"),
        ("1,500", COUNT, EN, 1500, "count"),
        ("2.5", RATE, NB, "2.5 per month", "rate"),
    ],
)
def test_a_field_is_read_to_the_number_of_the_program(tmp_path, text, value, style, written, kind):
    (found,) = said(tmp_path, ["entered", text, value, style])
    assert found == {"number": read_value(written, kind).number}


@pytest.mark.parametrize(
    ("text", "value", "style", "fault"),
    [
        ("mange", COUNT, NB, "own_no_number"),
        ("1e3", COUNT, NB, "own_no_number"),
        ("12 uker", MONTHS, NB, "own_no_number"),
        ("1.500", COUNT, NB, "own_two_meanings"),
        ("2,5", COUNT, NB, "own_whole"),
        ("120", SHARE, NB, "own_between"),
        ("-1", COUNT, NB, "own_at_least"),
    ],
)
def test_what_is_no_such_number_is_refused(tmp_path, text, value, style, fault):
    (found,) = said(tmp_path, ["entered", text, value, style])
    assert found["fault"] == fault


VALUES = {"groups.all.stock": COUNT, "stages.a.next.b": SHARE, "stages.a.lasts": MONTHS}
UNITS = {"stages.a.next.b": " %", "stages.a.lasts": " months"}


def as_file(numbers: dict[str, Any], **more: Any) -> str:
    return json.dumps({"flow": "office", "choose": {}, "set": numbers, **more}, indent=1)


@pytest.mark.parametrize(
    ("text", "fault", "line"),
    [
        (as_file({"groups.all.stock": "12"})[:-9], "own_file_json", None),
        ("[]", "own_file_shape", None),
        (as_file({}, flow="other"), "own_file_flow", 2),
        (as_file({"groups.all.stock": "12", "groups.none.stock": "1"}), "own_file_path", 6),
        (as_file({"groups.all.stock": "many"}), "own_file_number", 5),
        (as_file({"stages.a.lasts": "6 weeks"}), "own_file_unit", 5),
        (as_file({"stages.a.next.b": "60"}), "own_file_unit", 5),
        (as_file({"stages.a.next.b": "160 %"}), "own_file_range", 5),
        (as_file({"groups.all.stock": "1.5"}), "own_file_range", 5),
        (as_file({}, choose={"how": "x"}), "own_file_choice", 4),
        (as_file({}, choose={"who": "x"}), "own_file_option", 4),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tmp_path, text, fault, line):
    (found,) = said(tmp_path, ["file", text, VALUES, UNITS])
    assert found["fault"] == fault
    if line is not None:
        assert found["line"] == line


def test_a_file_is_read_to_the_numbers_of_the_program(tmp_path):
    text = as_file(
        {"groups.all.stock": 230, "stages.a.next.b": "57 %", "stages.a.lasts": "1 month"}
    )
    (found,) = said(tmp_path, ["file", text, VALUES, UNITS])
    assert found["set"] == {
        "groups.all.stock": 230,
        "stages.a.next.b": read_value("57 %", "share").number,
        "stages.a.lasts": 30.4375,
    }
