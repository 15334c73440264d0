"""Bounds that follow what is drawn or changed: each run is held against its own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.experiments.study import read_study
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
from tests.small_flows import ENGINES, small_flow


def flow(**stock: Any) -> dict[str, Any]:
    """All leave within a day: the change is minus the stock, just what is asked for."""
    return small_flow(
        "30 days",
        groups={"g": {"stock": {"value": 100, "assumption": "x", **stock}, "starts_in": "on"}},
        stages={"on": {"lasts": "1 day", "next": {"work": "100 %"}}, "work": {"counts_as": "work"}},
        targets={
            "own": {
                "says": "x",
                "at_most": {"sum": "-1 * groups.g.stock", "assumption": "x"},
                "measure": {"change_in": "assistance"},
            },
            "fixed": {"says": "x", "at_most": -100, "measure": {"change_in": "assistance"}},
        },
    )


DRAWN = {"low": 50, "high": 150, "shape": "uniform"}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_replication_is_held_against_its_own_bound(engine):
    check = check_targets(read_text(json.dumps(flow(**DRAWN))), replications=40, engine=engine)
    own, fixed = (check.verdict_of(name) for name in ("own", "fixed"))
    assert own.probability == 1
    # The control: with the bound of the stock as written about half of the stocks are too small.
    assert 0.2 < fixed.probability < 0.8
    ends = {
        driver.kind: driver.probability
        for driver in check.drivers
        if driver.name == "groups.g.stock"
    }
    assert ends["low"]["own"].mean == ends["high"]["own"].mean == 0
    assert ends["low"]["fixed"].mean < 0


def study_of(tmp_path: Any, name: str, stock: dict[str, Any], **parts: Any) -> Any:
    (tmp_path / f"{name}.yaml").write_text(json.dumps(flow(**stock)), encoding="utf-8")
    said = {
        "study": name,
        "title": "x",
        "flow": f"{name}.yaml",
        "replications": {"at_least": 10, "at_most": 10},
        "responses": {"targets": ["own"]},
        "seed": 1,
        **parts,
    }
    file = tmp_path / f"{name}_study.yaml"
    file.write_text(json.dumps(said), encoding="utf-8")
    return read_study(file)


OVER = {"design": {"method": "full_factorial", "over": {"groups.g.stock": {"levels": [50, 100]}}}}
SCENARIOS = {"scenarios": {"a": {"says": "a"}, "b": {"says": "b", "set": {"groups.g.stock": 50}}}}


@pytest.mark.parametrize(
    ("stock", "parts"), [(DRAWN, {}), ({}, OVER), ({}, SCENARIOS), (DRAWN, {"assumptions": "fixed", **OVER})]
)  # fmt: skip
def test_a_study_refuses_a_bound_that_is_not_the_same_in_all_runs(tmp_path, stock, parts):
    with pytest.raises(FlowError) as caught:
        study_of(tmp_path, "moves", stock, **parts)
    messages = [fault.message for fault in caught.value.faults]
    assert any(
        "the bound of 'own' follows groups.g.stock, which is not the same" in m for m in messages
    ), messages


@pytest.mark.parametrize(("stock", "parts"), [({}, {}), (DRAWN, {"assumptions": "fixed"})])
def test_a_study_takes_a_bound_that_follows_what_stands(tmp_path, stock, parts):
    (response,) = study_of(tmp_path, "stands", stock, **parts).responses
    assert np.isclose(response.bound.number, -100)


def test_a_file_that_is_no_flow_has_nothing_to_follow(tmp_path):
    own = {
        "responses": {
            "measures": {
                "m": {
                    "measure": {"change_in": "assistance"},
                    "at_most": {"sum": "-1 * 2", "assumption": "x"},
                }
            }
        }
    }
    with pytest.raises(FlowError, match="only the values of a flow can follow others"):
        study_of(tmp_path, "own", {}, **own)
