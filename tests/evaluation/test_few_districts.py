"""One district against the others: from a register with a planted truth to what may be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError, FlowError
from pilotsim.effects import Placebos
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.register_analysis import analyse, take_sample, work_out
from pilotsim.output.document import Figure
from pilotsim.output.views import document_of
from tests.evaluation.fifteen_districts import districts_panel, plan_of

AT_12 = {"late": {"at": "12 months"}}
SUM_12 = {"months": {"cumulated": "12 months"}}
BOTH = {
    name: {"estimator": name, "inquiry": "late"} for name in ("synthetic_did", "synthetic_control")
}


def found(seed, effect, inquiry, estimator="synthetic_did", **parts):
    name = next(iter(inquiry))
    plan = plan_of({"a": {"estimator": estimator, "inquiry": name, **parts}}, inquiry)
    return ask(plan.strategies()[0], take_sample(districts_panel(seed, effect), plan)[2])


@pytest.mark.parametrize("estimator", ["synthetic_did", "synthetic_control"])
def test_a_planted_effect_is_found_at_a_month(estimator):
    """20 points, within three Monte Carlo errors over registers; none where none was planted."""
    with_it = [found(seed, 0.2, AT_12, estimator).estimate for seed in range(12)]
    error = np.std(with_it, ddof=1) / np.sqrt(len(with_it))
    assert abs(np.mean(with_it) - 0.2) < 3 * error
    without = [found(seed, 0.0, AT_12, estimator).estimate for seed in range(12)]
    assert abs(np.mean(without)) < 3 * error


def test_a_sum_of_months_is_that_of_the_months_after():
    """12 months with 20 points more are 2.4 months in work."""
    sums = [found(seed, 0.2, SUM_12).estimate for seed in range(12)]
    error = np.std(sums, ddof=1) / np.sqrt(len(sums))
    assert abs(np.mean(sums) - 2.4) < 3 * error
    assert error < 0.2


def test_the_intervals_hold_the_truth_about_as_often_as_they_say():
    effects = [found(seed, 0.2, SUM_12) for seed in range(40)]
    held = [effect.low <= 2.4 <= effect.high for effect in effects]
    # Three Monte Carlo errors of 95 % in 40 registers.
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)
    # And they are not so wide that they say nothing.
    assert np.mean([effect.low > 0.0 for effect in effects]) > 0.5


def test_the_rank_cannot_be_below_one_in_fifteen_and_the_spread_can():
    by_rank, by_spread = (
        found(3, 0.4, AT_12, options={"inference": way}) for way in ("rank", "spread")
    )
    assert by_rank.p == pytest.approx(1 / 15)
    assert by_spread.p < 0.01
    assert by_rank.estimate == by_spread.estimate


def test_what_is_released_is_the_effect_with_its_placebos():
    plan = plan_of(BOTH, AT_12, checks={"placebo": {"dates": 1}})
    shown = analyse(districts_panel(4, 0.25), plan)
    assert [one.effect is not None for one in shown.findings] == [True, True]
    evidence = shown.findings[0].evidence
    assert isinstance(evidence, Placebos)
    assert len(evidence.names) == 14
    assert "d00" not in evidence.names
    drawn = [
        block.name
        for part in document_of(shown, "en").sections
        for block in part.blocks
        if isinstance(block, Figure)
    ]
    assert {"placebo_districts", "placebo_dates"} <= set(drawn)
    # Placebos in time: nothing began twelve months earlier.
    assert shown.checks[0].passed


def test_a_district_of_both_arms_is_no_district():
    """What single clients were offered sets nobody apart; arms within a district are refused."""
    panel, plan = districts_panel(1), plan_of(BOTH, AT_12)
    whole = work_out(panel, plan).findings[0].effect
    panel.offered[:40] = np.inf
    assert work_out(panel, plan).findings[0].effect == whole
    sample = take_sample(panel, plan)[2]
    arm = sample.arm.copy()
    arm[:40] = 1.0 - arm[:40]
    with pytest.raises(EstimationError, match="whole districts are compared, and 1 of them"):
        ask(plan.strategies()[0], replace(sample, arm=arm))


def test_it_needs_districts_and_asks_of_months():
    with pytest.raises(FlowError, match="synthetic_did needs a design with"):
        plan_of(BOTH, AT_12, rule={"lottery": {}})
    with pytest.raises(FlowError, match="answers an inquiry with at or cumulated"):
        plan_of(BOTH, {"late": {"reached": "12 months"}})


def test_one_clustered_district_is_sent_to_what_answers_it():
    did = {"a": {"estimator": "did", "inquiry": "late"}}
    with pytest.raises(FlowError, match=r"one district.*synthetic_control, synthetic_did"):
        plan_of(did, AT_12)
    with pytest.raises(FlowError, match=r"one district.*synthetic_control or synthetic_did"):
        plan_of(did, AT_12, rule={"districts": {"drawn": 1}})
