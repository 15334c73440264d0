"""What is wrong with a register: lost clients, late months, missing traits, misreported states."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.evaluation.evaluation_file import RegisterPart
from pilotsim.evaluation.measurement_error import blemish
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from tests.evaluation.pilots import build


@pytest.fixture
def panel(tmp_path):
    evaluation = build(tmp_path)[0]
    return run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample.panel


def test_a_sound_register_is_left_as_it_is(panel):
    found = blemish(panel, RegisterPart(), 1, 0)
    np.testing.assert_array_equal(found.status, panel.status)


def test_a_share_of_those_still_seen_is_lost_each_month(panel):
    found = blemish(panel, RegisterPart(attrition="5 %"), 1, 0)
    seen = found.seen.mean(axis=0)
    # After k months 0.95 to the power of k: 200 clients, a standard error of at most 3.5 points.
    assert seen[0] == 1.0
    assert abs(seen[12] - 0.95**12) < 3.5 * 0.036
    assert (np.diff(found.seen.astype(int), axis=1) <= 0).all()
    assert np.isnan(found.in_work[~found.seen]).all()


def test_the_offered_may_be_lost_at_another_rate(panel):
    found = blemish(panel, RegisterPart(attrition="0 %", attrition_offered="20 %"), 1, 0)
    offered = np.isfinite(panel.offered)
    assert found.seen[~offered].all()
    assert found.seen[offered, 12].mean() < 0.3


def test_late_months_are_not_there_yet(panel):
    found = blemish(panel, RegisterPart(delay="3 months"), 1, 0)
    assert found.seen[:, -4].all()
    assert not found.seen[:, -3:].any()


def test_traits_are_missing_and_work_is_misreported_for_their_shares(panel):
    found = blemish(panel, RegisterPart(missing={"record": "30 %"}, misreported="10 %"), 1, 0)
    # 200 clients: a standard error of 3.2 points; some 2,000 months in work: 0.7 points.
    assert abs(np.isnan(found.traits["record"]).mean() - 0.3) < 3.5 * 0.032
    assert not np.isnan(found.traits["young"]).any()
    months = panel.in_work == 1.0
    assert abs((found.in_work[months] == 0.0).mean() - 0.1) < 3.5 * np.sqrt(0.09 / months.sum())
    assert (found.in_work[~months] == panel.in_work[~months]).all()
