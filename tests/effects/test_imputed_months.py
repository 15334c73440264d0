"""Imputation and interactions: held to least squares by hand, to group-time effects, and to a planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError
from pilotsim.effects import (
    average_by_lag,
    estimate_group_time,
    estimate_imputation,
    estimate_sun_abraham,
)


def staggered(seed, effects=(1.0, 2.0, 3.0), clients=90, periods=8):
    """Thirds begin in periods 3 and 5 and never; the effect grows with time since the start."""
    draws = np.random.default_rng(seed)
    starts = np.repeat([3.0, 5.0, np.inf], clients // 3)
    table = draws.normal(size=(clients, 1)) + draws.normal(size=periods)
    table = table + 0.5 * draws.normal(size=(clients, periods))
    lags = np.arange(periods) - starts[:, None]
    grown = np.interp(np.where(np.isinf(lags), -1, lags), range(len(effects)), effects)
    return table + np.where(lags >= 0, grown, 0.0), starts


def test_imputation_is_least_squares_on_the_cells_not_treated():
    table, starts = staggered(1)
    clients, periods = table.shape
    lags = np.arange(periods) - starts[:, None]
    design = np.hstack(
        [
            np.kron(np.eye(clients), np.ones((periods, 1))),
            np.tile(np.eye(periods)[:, 1:], (clients, 1)),
        ]
    )
    free = (lags < 0).ravel()
    fitted = design @ np.linalg.lstsq(design[free], table.ravel()[free], rcond=None)[0]
    gaps = (table.ravel() - fitted).reshape(table.shape)
    asked = (lags >= 0) & (lags < 3)
    found = estimate_imputation(table, starts, horizon=3)
    assert found.estimate == pytest.approx(gaps[asked].mean(), abs=1e-6)
    last = estimate_imputation(table, starts, horizon=3, last_only=True)
    assert last.estimate == pytest.approx(gaps[lags == 2].mean(), abs=1e-6)
    assert last.estimate != pytest.approx(found.estimate, abs=0.1)


def test_one_group_by_interactions_is_the_group_time_effect():
    """With one group each coefficient is its change since the last period before, less that of the others."""
    table, starts = staggered(2)
    one = starts != 5.0
    path = average_by_lag(estimate_group_time(table[one], starts[one]))
    at_two = path.effects[path.at.index(2)].estimate
    found = estimate_sun_abraham(table[one], starts[one], horizon=3, last_only=True)
    assert found.estimate == pytest.approx(at_two, abs=1e-6)


@pytest.mark.parametrize("estimate", [estimate_imputation, estimate_sun_abraham])
def test_a_growing_effect_is_found_with_its_coverage(estimate):
    """2 on average over three periods, 3 in the third; intervals hold it about as often as they say."""
    effects = [estimate(*staggered(seed), horizon=3) for seed in range(40)]
    found = np.array([own.estimate for own in effects])
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - 2.0) < 3 * error
    held = np.mean([own.low <= 2.0 <= own.high for own in effects])
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)
    assert np.mean([own.low <= 2.6 <= own.high for own in effects]) < 0.5
    last = [estimate(*staggered(seed), horizon=3, last_only=True).estimate for seed in range(12)]
    assert abs(np.mean(last) - 3.0) < 3 * np.std(last, ddof=1) / np.sqrt(12)


def test_a_group_that_is_compared_in_its_first_periods_alone_does_not_make_a_growing_effect_small():
    """Who begins in the last period but one is seen for two periods of the three: left out of the mean of three."""
    table, starts = staggered(6, clients=900)
    late = starts.copy()
    late[:150] = 6.0
    grown = np.clip(np.arange(8) - late[:150, None] + 1.0, 0.0, 3.0)
    before = np.clip(np.arange(8) - 3.0 + 1.0, 0.0, 3.0)
    table[:150] += grown - before
    found = estimate_imputation(table, late, horizon=3)
    assert found.estimate == pytest.approx(2.0, abs=0.15)
    some = estimate_imputation(table, late, horizon=2)
    assert some.estimate == pytest.approx(1.5, abs=0.15)


def test_cells_that_are_not_known_are_left_out_and_late_comers_counted():
    table, starts = staggered(3)
    table[0, 4] = np.nan
    table[1, :3] = np.nan
    found = estimate_imputation(table, starts, horizon=3)
    assert found.clients == 89
    assert any("in no period before" in note for note in found.notes)


def test_what_has_nobody_to_compare_with_is_refused(recwarn, capsys):
    table, starts = staggered(4)
    begun = starts < np.inf
    with pytest.raises(EstimationError, match="everybody begins some day"):
        estimate_sun_abraham(table[begun], starts[begun], horizon=3)
    with pytest.raises(EstimationError, match="6 periods after the start"):
        estimate_imputation(table, starts, horizon=6, last_only=True)
    # Where all have begun in the end, the months before that still tell.
    early = estimate_imputation(table[begun], starts[begun], horizon=2)
    assert early.estimate == pytest.approx(1.5, abs=0.3)
    assert not recwarn.list
    assert capsys.readouterr() == ("", "")
