"""Honest bounds: held to their closed form, and to panels whose trends differ by a known amount."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.effects import average_by_lag, estimate_group_time, honest_bounds


def path_of(seed, effect=0.0, drift=0.0, clients=200, before=4, after=3):
    """Half the clients begin after some periods; their outcome drifts away all along."""
    draws = np.random.default_rng(seed)
    periods = before + after
    treated = np.arange(clients) < clients // 2
    table = draws.normal(size=(clients, 1)) + 0.5 * draws.normal(size=(clients, periods))
    table += treated[:, None] * drift * np.arange(periods)
    table[treated, before:] += effect
    found = estimate_group_time(table, np.where(treated, before, np.inf), universal=True)
    return average_by_lag(found)


def test_bounds_are_the_estimate_and_the_largest_change_that_adds_up():
    """After k periods trends may have moved k times the largest change before; chance comes on top."""
    path = path_of(1, effect=1.0)
    effects = dict(zip(path.at, (own.estimate for own in path.effects), strict=True))
    assert path.at == (-4, -3, -2, 0, 1, 2)
    changes = [effects[-3] - effects[-4], effects[-2] - effects[-3], 0.0 - effects[-2]]
    largest = max(abs(change) for change in changes)
    error = np.sqrt(np.diag(path.covariance))[-1]
    found = honest_bounds(path, last_only=True, magnitudes=(0.5, 2.0))
    assert found.largest == pytest.approx(largest)
    assert found.estimate == pytest.approx(effects[2])
    for magnitude, low, high in zip(found.magnitudes, found.lows, found.highs, strict=True):
        reach = 3 * magnitude * largest
        assert low <= effects[2] - reach - 1.6 * error
        assert high >= effects[2] + reach + 1.6 * error
        assert low >= effects[2] - reach - 2.0 * error
        assert high <= effects[2] + reach + 2.0 * error
    # Mean over the three periods: 1, 2, 3 times the change.
    mean = honest_bounds(path, magnitudes=(0.0, 1.0))
    assert mean.lows[0] - mean.lows[1] == pytest.approx(2 * largest, rel=0.05)


def test_the_breakdown_is_where_the_interval_reaches_nothing():
    path = path_of(2, effect=1.0)
    found = honest_bounds(path, magnitudes=())
    assert 0.0 < found.breakdown < np.inf
    at = honest_bounds(path, magnitudes=(0.99 * found.breakdown, 1.01 * found.breakdown))
    # Within the rounding of the library's critical value.
    assert at.lows[0] > at.lows[1]
    assert abs(at.lows[0]) < 0.1
    assert honest_bounds(path_of(3), magnitudes=()).breakdown == 0.0


def test_a_trend_as_before_is_allowed_for_where_a_plain_difference_is_wrong():
    """An effect of 1 and a drift of 0.4 a period: allowed for, the interval holds 1; without, it never does."""
    held, plain = [], []
    for seed in range(60):
        path = path_of(100 + seed, effect=1.0, drift=0.4)
        found = honest_bounds(path, last_only=True, magnitudes=(1.0,))
        held.append(found.lows[0] <= 1.0 <= found.highs[0])
        plain.append(found.low <= 1.0 <= found.high)
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 60)
    assert np.mean(plain) < 0.1


def test_what_cannot_be_bounded_is_refused(recwarn):
    with pytest.raises(EstimationError, match="at least two periods before"):
        honest_bounds(path_of(1, before=1))
    with pytest.raises(RequestError, match="0 or more"):
        honest_bounds(path_of(1), magnitudes=(-1.0,))
    assert not recwarn.list
