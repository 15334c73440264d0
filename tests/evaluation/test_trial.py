"""Evaluations: draws of a pilot, and what each design with each answer is found to be worth."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.evaluation.diagnosis import Trials, diagnose
from pilotsim.evaluation.trial import evaluate, run_draws
from tests.evaluation.pilots import build, pilot_flow


def test_the_miss_of_a_lottery_without_displacement_is_the_luck_of_the_draw(tmp_path):
    """Estimate minus truth is then what the same lots find where the programme does nothing: an identity, not a tolerance."""
    rows = run_draws(build(tmp_path)[0], range(10), None).rows[:, 0]
    truth, estimate, null = rows[:, 0], rows[:, 1], rows[:, 6]
    np.testing.assert_allclose(estimate - truth, null, atol=1e-12)
    assert np.abs(truth).min() > 0


def test_blocks_and_workers_change_nothing(tmp_path):
    evaluation = build(tmp_path, draws=12)[0]
    whole = run_draws(evaluation, range(12), None).rows
    parts = np.concatenate([run_draws(evaluation, range(a, a + 3), None).rows for a in range(0, 12, 3)])
    np.testing.assert_array_equal(whole, parts)
    one, two = (evaluate([evaluation], jobs=jobs)[0].trials for jobs in (1, 2))
    np.testing.assert_array_equal(one.estimate, two.estimate)


def test_diagnosis_of_four_draws():
    # Misses 1, -1, 1, 3: mean 1, root of mean square sqrt(3), sd sqrt(8/3). Intervals of ±1.5: the last does not hold the truth.
    truth, estimate = np.full(4, 2.0), np.array([3.0, 1.0, 3.0, 5.0])
    p = np.array([0.01, 0.5, 0.2, 0.04])
    trials = Trials(
        truth, estimate, np.ones(4), estimate - 1.5, estimate + 1.5, p, np.zeros(4), np.array([0.01, 0.5, 0.5, np.nan]), np.zeros(4)
    )
    found = diagnose(trials)
    assert found.bias.value == 1.0
    assert found.spread.value == pytest.approx(np.sqrt(8 / 3))
    assert found.bias.error == pytest.approx(np.sqrt(8 / 3) / 2)
    assert found.rmse.value == pytest.approx(np.sqrt(3))
    assert (found.coverage.value, found.power.value, found.type_s.value) == (0.75, 0.5, 0.0)
    assert found.type_m.value == pytest.approx(4 / 2)
    assert found.false_positives.value == pytest.approx(1 / 3)


def test_draws_without_an_answer_are_counted_and_left_out():
    nan = np.array([np.nan, 1.0, 1.0])
    found = diagnose(Trials(np.ones(3), nan, nan, nan, nan, nan, nan, nan, nan))
    assert (found.draws, found.worked) == (3, 2)


def test_a_worthless_programme_has_no_effect_and_few_false_positives(tmp_path):
    """With no effect at all 5 % of 120 draws are expected; more than 15 of them come once in 4,000 times."""
    evaluation = build(tmp_path, pilot_flow(effects=[]), draws=120)[0]
    found = evaluate([evaluation])[0]
    assert found.trials.truth.tolist() == [0.0] * 120
    assert (found.trials.p < 0.05).sum() <= 15
    np.testing.assert_allclose(found.trials.estimate, found.trials.null_estimate, atol=1e-12)
