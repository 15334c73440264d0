"""Which design is dominated by which: by one that rests on no more, costs no more and sees as much."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.quantity import read_value
from pilotsim.evaluation.detectable import DetectableEffect
from pilotsim.evaluation.diagnosis import Trials, diagnose
from pilotsim.evaluation.ranking import rank
from pilotsim.evaluation.run import DesignResult
from tests.evaluation.pilots import build


@pytest.fixture(scope="module")
def designs(tmp_path_factory):
    """A lottery and a comparison with those whom the caseworker did not choose."""
    cell = build(
        tmp_path_factory.mktemp("ranking"),
        designs={
            "lottery": {"lottery": {}, "answers": "difference"},
            "other": {"lottery": {"share": "30 %"}, "answers": "difference"},
            "chosen": {"caseworker": {"weights": {"record": 1}}, "answers": "difference"},
        },
    )[0]
    return {design.name: design for design in cell.designs}


def tried(design, cost, size, bias=0.0):
    """A design that sees effects from some size, and costs something."""
    truth = np.full(8, 0.05)
    miss = np.array([0.01, -0.01, 0.02, -0.02, 0.01, -0.01, 0.02, -0.02]) + bias
    nothing = np.full(8, 0.5)
    zero = np.zeros(8)
    trials = Trials(
        truth, truth + miss, zero + 0.01, truth - 1, truth + 1, nothing, zero, nothing, zero
    )
    part = design.part.model_copy(update={"cost": read_value(cost, "number") if cost else None})
    least = DetectableEffect(size, 0.01, 0.4, -2.0, 20.0, 0.8)
    own = replace(design, part=part)
    return DesignResult({}, own, own.strategies[0], trials, diagnose(trials), least, {})


def better_than(results, name):
    """The name of the design that dominates one, if any does."""
    one = next(one for one in rank(results) if one.tried.design.name == name)
    return one.dominated_by.design.name if one.dominated_by else None


def test_a_design_that_costs_more_and_sees_less_is_dominated(designs):
    results = [tried(designs["lottery"], 100, 0.1), tried(designs["other"], 200, 0.2)]
    assert better_than(results, "other") == "lottery"
    assert better_than(results, "lottery") is None


def test_one_that_sees_nothing_is_dominated_by_a_cheaper_one_that_sees_something(designs):
    results = [tried(designs["lottery"], 100, 0.1), tried(designs["other"], 200, math.nan)]
    assert better_than(results, "other") == "lottery"


def test_a_dearer_design_that_sees_more_is_a_choice(designs):
    results = [tried(designs["lottery"], 100, 0.2), tried(designs["other"], 200, 0.1)]
    assert better_than(results, "other") is None


def test_a_lottery_is_not_dominated_by_what_rests_on_more(designs):
    """That those compared are alike is true in the simulation because it was assumed."""
    results = [tried(designs["chosen"], 100, 0.1), tried(designs["lottery"], 200, 0.2)]
    assert better_than(results, "lottery") is None
    # The other way round there is nothing to be said for the comparison.
    results = [tried(designs["lottery"], 100, 0.1), tried(designs["chosen"], 200, 0.2)]
    assert better_than(results, "chosen") == "lottery"


def test_nobody_is_dominated_by_a_design_that_misleads(designs):
    biased = tried(designs["lottery"], 100, 0.1, bias=0.1)
    assert biased.diagnosis.is_biased
    assert better_than([biased, tried(designs["other"], 200, 0.2)], "other") is None


def test_without_costs_nothing_is_dominated(designs):
    results = [tried(designs["lottery"], None, 0.1), tried(designs["other"], None, 0.2)]
    assert better_than(results, "other") is None
