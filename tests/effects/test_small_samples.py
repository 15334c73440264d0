"""Degrees of freedom where there are few months, or few clients near a limit."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from pilotsim.base.randomness import uniform_table
from pilotsim.effects import estimate_discontinuity, estimate_interrupted
from pilotsim.effects.estimators.interrupted_series import MAX_DEPENDENT
from pilotsim.effects.estimators.local_polynomial import (
    LimitSide,
    make_side,
    neighbour_freedom,
    neighbour_residuals,
)
from pilotsim.effects.estimators.regression_discontinuity import fit_discontinuity

BEFORE, AFTER, DEPENDENCE = 12, 6, 0.6


def series(draw, months=BEFORE + AFTER, dependence=DEPENDENCE):
    """A series in which nothing happens, each month hanging on the last."""
    noise = ndtri(uniform_table(5, "series", 1, months, replication=draw)).ravel()
    noise[0] /= np.sqrt(1.0 - dependence**2)
    for month in range(1, months):
        noise[month] += dependence * noise[month - 1]
    return noise


def design_of(months, start):
    month = np.arange(months)
    since = np.maximum(month - start, 0.0) / 12.0
    columns = [np.ones(months), (month - start) / 12.0, month >= start, since]
    return np.column_stack(columns).astype(float)


def test_the_freedom_of_a_series_is_that_of_the_likelihood_written_out():
    """Satterthwaite by finite differences of the covariance."""
    y = series(3)
    design, contrast = design_of(18, 12), np.array([0.0, 0.0, 1.0, 5.0 / 12.0])
    effect = estimate_interrupted(y, 12, last_only=True)
    dependence = float(effect.notes[0].parts["found"])
    apart = np.abs(np.subtract.outer(np.arange(18), np.arange(18)))

    def covariance(scale, r):
        return scale * r**apart / (1.0 - r**2)

    def spread(whole):
        return contrast @ np.linalg.inv(design.T @ np.linalg.inv(whole) @ design) @ contrast

    inverse = np.linalg.inv(covariance(1.0, dependence))
    bread = np.linalg.inv(design.T @ inverse @ design)
    left = y - design @ (bread @ design.T @ inverse @ y)
    at = np.array([left @ inverse @ left / 14.0, dependence])
    assert effect.error**2 == pytest.approx(spread(covariance(*at)), rel=1e-6)

    steps = 1e-5 * np.eye(2)
    by = [(covariance(*(at + h)) - covariance(*(at - h))) / 2e-5 for h in steps]
    gradient = [
        (spread(covariance(*(at + h))) - spread(covariance(*(at - h)))) / 2e-5 for h in steps
    ]
    whole = np.linalg.inv(covariance(*at))
    used = whole @ design @ np.linalg.inv(design.T @ whole @ design) @ design.T @ whole
    part = whole - used
    information = [[0.5 * np.trace(part @ one @ part @ other) for other in by] for one in by]
    doubt = gradient @ np.linalg.solve(information, gradient)
    assert effect.freedom == pytest.approx(2.0 * spread(covariance(*at)) ** 2 / doubt, rel=1e-4)


def test_intervals_of_a_short_series_hold_nothing_in_95_of_100():
    """12 months before and 6 after, of which each hangs on the last.

    400 draws: within three Monte Carlo errors, 3.3 points. Months less coefficients, 14, would
    hold it in 88 of 100.
    """
    found = [estimate_interrupted(series(draw), BEFORE, last_only=True) for draw in range(400)]
    size = np.array([abs(one.estimate) / one.error for one in found])
    own = stats.t.ppf(0.975, [one.freedom for one in found])
    assert abs(np.mean(size < own) - 0.95) < 0.033
    assert np.mean(size < stats.t.ppf(0.975, 14)) < 0.95 - 0.033


@pytest.mark.parametrize(
    ("months", "start", "dependence", "told"),
    [(18, 12, 0.0, 4.0), (36, 24, 0.0, 10.0), (18, 12, 0.6, 1.5), (36, 24, 0.6, 4.0)],
)
def test_a_series_has_as_much_freedom_as_is_told(months, start, dependence, told):
    """In docs/estimators.md: the median of series, of which the dependence is estimated in each."""
    freedoms = [
        estimate_interrupted(series(draw, months, dependence), start).freedom for draw in range(60)
    ]
    assert np.median(freedoms) == pytest.approx(told, rel=0.25)


def test_a_long_series_has_more_freedom_than_a_short_one_and_never_more_than_months():
    freedoms = [
        estimate_interrupted(series(1, months, 0.0), start).freedom
        for months, start in ((18, 12), (36, 24), (120, 80))
    ]
    assert freedoms == sorted(freedoms)
    assert freedoms[0] < 8.0
    assert freedoms[2] < 116.0
    # A straight line is all dependence: the search stands at its end, and nothing is refused.
    steep = np.cumsum(series(2, 18, 0.0))
    assert 0.0 < estimate_interrupted(steep, 12, trend=False, ramp=False).freedom <= 16.0
    assert MAX_DEPENDENT < 1.0


@pytest.mark.parametrize("places", [0, 1, 3])
def test_the_freedom_by_neighbours_is_that_of_the_matrix_written_out(places):
    """Of y' M y with y of one spread: twice the squared mean over the variance, tr(M)^2 / tr(M M)."""
    u = uniform_table(6, "neighbours", 40, 3)
    side = make_side(np.round(9.0 * u[:, 0], places), u[:, 1])
    weights = u[:, 2] - 0.3
    residuals = np.column_stack(
        [neighbour_residuals(LimitSide(side.distance, row)) for row in np.eye(40)]
    )
    whole = residuals.T @ (residuals * weights[:, None] ** 2)
    expected = np.trace(whole) ** 2 / np.sum(whole * whole)
    assert neighbour_freedom(side, weights) == pytest.approx(expected, rel=1e-10)


def test_few_clients_near_a_limit_leave_few_degrees_of_freedom():
    u = uniform_table(7, "limit", 2000, 2)
    age = 20.0 + 20.0 * u[:, 0]
    few, many = (
        estimate_discontinuity(u[:count, 1], age[:count], 30.0, treated_below=True)
        for count in (160, 2000)
    )
    assert 5.0 < few.freedom < 30.0
    assert many.freedom > 60.0
    found = fit_discontinuity(u[:160, 1], age[:160], 30.0, treated_below=True)
    assert few.high - few.low == pytest.approx(
        2.0 * stats.t.ppf(0.975, found.freedom) * found.robust_error
    )
