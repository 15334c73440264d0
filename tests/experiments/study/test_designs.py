"""Designs of indices, and points at which a flow is possible though it is not as written."""

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.experiments.study import read_study
from tests.experiments.study.small import FLOW, STUDY, write_study

OVER = "over: {stages.course.opens.admits: [2, 4]}"


@pytest.mark.parametrize(("method", "rows"), [("sobol_indices", 4), ("elementary_effects", 3)])
def test_a_row_of_indices_has_a_point_for_each_factor_and_more(tmp_path, method, rows):
    over = "points: 4\n  over: {groups.g.arrivals: own_range, risks.job.rate: own_range}"
    text = STUDY.replace("method: full_factorial", f"method: {method}").replace(OVER, over)
    points = read_study(write_study(tmp_path, text)).points
    assert points.names == ("groups.g.arrivals", "risks.job.rate")
    assert len(points) == 4 * rows
    changed = np.diff(points.numbers.reshape(4, rows, 2), axis=1) != 0
    assert (
        changed[:, 0].sum(axis=1).max() <= 1
    )  # From the first point to the second only one factor moves.


def test_shares_drawn_from_their_own_ranges_need_not_add_up(tmp_path):
    """A run divides shares by their sum, as where assumptions are drawn.

    Shares that a design states must add up.
    """
    flow = FLOW.replace(
        "next: {on: 80 %, home: 20 %}",
        "next: {on: {value: 80 %, low: 60 %, high: 90 %, assumption: guess}, home: 20 %}",
    )
    own = STUDY.replace(OVER, "over: {stages.course.next.on: own_range}")
    stated = STUDY.replace(OVER, "over: {stages.course.next.on: [60 %, 90 %]}")
    write_study(tmp_path, own)
    (tmp_path / "small.yaml").write_text(flow, encoding="utf-8")
    assert len(read_study(tmp_path / "study.yaml").points) == 2
    (tmp_path / "study.yaml").write_text(stated, encoding="utf-8")
    with pytest.raises(FlowError, match="add up to 80 %"):
        read_study(tmp_path / "study.yaml")
