"""A file of settings: what it says, and what is wrong in it, with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotsim.base.errors import RequestError
from pilotsim.cli.shared import read_changed, read_settings
from pilotsim.files.saved_settings import read_saved

DATED = """
flow: dated
title: Dated
starts: 2015-01-01
lasts: 12 months
groups: {all: {stock: 10, starts_in: on, arrivals: {value: 5 per month, assumption: x, from: {2015-06-01: 3 per month}}}}
stages: {on: {}}
"""


def saved(folder: Path, content: object) -> Path:
    file = folder / "plan.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_what_a_number_becomes_is_set_with_it(tmp_path):
    """As many at first, and another number from June on: each as it is said."""
    flow = tmp_path / "flow.yaml"
    flow.write_text(DATED)
    path = "groups.all.arrivals"
    both = {path: "8 per month", f"{path}.from.2015-06-01": "4 per month", "groups.all.stock": 20}
    changes, decisions = read_settings(flow, saved(tmp_path, {"set": both, "choose": {}}), (), ())
    changed, _ = read_changed(flow, changes, None, decisions)
    values = changed.values
    assert values["groups.all.stock"].number == 20
    assert values[path].written == "8 per month"
    assert values[f"{path}.from.2015-06-01"].written == "4 per month"
    # Alone, each stands as `--set` has it.
    changes, _ = read_settings(flow, saved(tmp_path, {"set": {path: "8 per month"}}), (), ())
    changed, _ = read_changed(flow, changes, None)
    assert f"{path}.from.2015-06-01" not in changed.values


def test_a_number_below_0_is_that_number(tmp_path):
    numbers, _ = read_saved(saved(tmp_path, {"set": {"targets.fewer.at_most": "-53"}}), "dated")
    assert numbers == {"targets.fewer.at_most": "=-53"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"set": {\n"a.b": "1",\n}}', "plan.json:3:1: "),
        ("[]", "holds no settings"),
        ({"flow": "office"}, "holds no settings"),
        ({"set": ["a"]}, "'set' holds no names"),
        ({"set": {"a.b": True}}, "set.a.b: expected a number with its unit"),
        ({"set": {"a.b": {"value": 1}}}, "set.a.b: expected a number with its unit"),
        ({"set": {}, "choose": {"who": 3}}, "choose.who: expected a number with its unit"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, content, says):
    with pytest.raises(RequestError, match=r".*") as fault:
        read_saved(saved(tmp_path, content), "office")
    assert says in str(fault.value)
    assert "plan.json" in str(fault.value)


def test_settings_of_another_flow_are_refused_as_on_a_page(tmp_path):
    """Both flows may have a number of this name."""
    flow = tmp_path / "flow.yaml"
    flow.write_text(DATED)
    numbers = {"groups.all.stock": "20"}
    changes, _ = read_settings(flow, saved(tmp_path, {"flow": "dated", "set": numbers}), (), ())
    assert changes == ("groups.all.stock==20",)
    for other in ("office", 3, None):
        with pytest.raises(RequestError, match="for another flow") as fault:
            read_settings(flow, saved(tmp_path, {"flow": other, "set": numbers}), (), ())
        assert "plan.json: flow: " in str(fault.value)
        assert "dated" in str(fault.value)
