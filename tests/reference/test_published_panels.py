"""Staggered difference in differences held to published figures and to an independent package."""

from __future__ import annotations

from pathlib import Path

import causaldata
import numpy as np
import pandas as pd
import pytest

from pilotsim.effects.estimators.group_means import (
    average_all,
    average_by_group,
    average_by_lag,
    average_by_period,
    standard_error,
)
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.effects.estimators.two_way import decompose_two_way

YEARS = [2003, 2004, 2005, 2006, 2007]


@pytest.fixture(scope="module")
def counties():
    """Teen employment in 500 counties and the minimum wage."""
    return pd.read_csv(Path(__file__).parent / "data" / "mpdta.csv")


@pytest.fixture(scope="module")
def wide(counties):
    starts = counties.start.to_numpy(float)
    outcomes = counties[[f"lemp{year}" for year in YEARS]].to_numpy()
    return outcomes, np.where(starts == 0, np.inf, starts), counties.lpop.to_numpy()


def figures(effects, digits=4):
    return [round(effect.estimate, digits) for effect in effects]


# Printed by R's did for these data without covariates: its vignette "Getting started with the did
# package" (every group and period; the path by time since the start, and its mean) and the examples
# of its help page `aggte` (by group, by year, all). Its errors are drawn, ours are not: figures
# with covariates, and all errors, are held to an independent package below.
BY_GROUP_AND_YEAR = {
    2004: [-0.0105, -0.0704, -0.1373, -0.1008],
    2006: [0.0065, -0.0028, -0.0046, -0.0412],
    2007: [0.0305, -0.0027, -0.0311, -0.0261],
}


def test_minimum_wage_by_group_and_year(wide):
    outcomes, starts, _ = wide
    found = estimate_group_time(outcomes, starts, periods=YEARS)
    cells = zip(found.groups, found.periods, found.estimates, strict=True)
    by_cell = {(group, year): round(float(effect), 4) for group, year, effect in cells}
    printed = {
        (group, year): effect
        for group, effects in BY_GROUP_AND_YEAR.items()
        for year, effect in zip(YEARS[1:], effects, strict=True)
    }
    assert by_cell == printed


def test_minimum_wage_put_together(wide):
    outcomes, starts, population = wide
    found = estimate_group_time(outcomes, starts, periods=YEARS)
    assert round(average_all(found).estimate, 4) == -0.0400

    path = average_by_lag(found)
    assert path.at == (-3, -2, -1, 0, 1, 2, 3)
    assert figures(path.effects) == [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008]
    assert round(path.overall.estimate, 4) == -0.0772

    groups = average_by_group(found)
    assert figures(groups.effects) == [-0.0797, -0.0229, -0.0261]
    assert round(groups.overall.estimate, 4) == -0.0310

    years = average_by_period(found)
    assert figures(years.effects) == [-0.0105, -0.0704, -0.0488, -0.0371]
    assert round(years.overall.estimate, 4) == -0.0417

    # With log population it is another question, and another number.
    adjusted = estimate_group_time(outcomes, starts, periods=YEARS, covariates=population)
    assert round(average_all(adjusted).estimate, 4) != -0.0400


@pytest.mark.filterwarnings("ignore")  # of the other package
@pytest.mark.parametrize("method", ["outcome", "ipw", "doubly"])
@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_every_group_and_period_agrees_with_an_independent_package(counties, wide, method, control):
    from diff_diff import CallawaySantAnna

    outcomes, starts, population = wide
    found = estimate_group_time(
        outcomes, starts, periods=YEARS, covariates=population, method=method, control=control
    )
    rows = pd.wide_to_long(counties, "lemp", "county", "year").reset_index()
    names = {
        "outcome": "reg",
        "ipw": "ipw",
        "doubly": "dr",
        "never": "never_treated",
        "not_yet": "not_yet_treated",
    }
    theirs = CallawaySantAnna(control_group=names[control], estimation_method=names[method]).fit(
        rows, "lemp", "county", "year", "start", covariates=["lpop"], aggregate="all"
    )
    # Their logit stops earlier: some 1e-5 away.
    for cell, (group, period) in enumerate(zip(found.groups, found.periods, strict=True)):
        other = theirs.group_time_effects[group, period]
        assert found.estimates[cell] == pytest.approx(other["effect"], rel=1e-4, abs=2e-5)
        assert standard_error(found, found.influence[:, cell]) == pytest.approx(
            other["se"], rel=1e-4
        )
    simple = average_all(found)
    assert (simple.estimate, simple.error) == (
        pytest.approx(theirs.overall_att, rel=1e-4),
        pytest.approx(theirs.overall_se, rel=1e-4),
    )
    for lag, effect in zip(average_by_lag(found).at, average_by_lag(found).effects, strict=True):
        other = theirs.event_study_effects[lag]
        assert (effect.estimate, effect.error) == (
            pytest.approx(other["effect"], rel=1e-4, abs=2e-5),
            pytest.approx(other["se"], rel=1e-4),
        )
    for group, effect in zip(
        average_by_group(found).at, average_by_group(found).effects, strict=True
    ):
        other = theirs.group_effects[group]
        assert (effect.estimate, effect.error) == (
            pytest.approx(other["effect"], rel=1e-4),
            pytest.approx(other["se"], rel=1e-4),
        )


def test_without_covariates_all_methods_are_one(wide):
    outcomes, starts, _ = wide
    found = [
        estimate_group_time(outcomes, starts, periods=YEARS, method=method)
        for method in ("outcome", "ipw", "doubly")
    ]
    assert np.allclose(found[0].estimates, found[1].estimates)
    assert np.allclose(found[0].influence, found[2].influence)


def test_band_holds_what_the_intervals_hold_and_more(wide):
    outcomes, starts, population = wide
    path = average_by_period(
        estimate_group_time(outcomes, starts, periods=YEARS, covariates=population)
    )
    assert all(
        low <= effect.low and high >= effect.high
        for low, effect, high in zip(path.low, path.effects, path.high, strict=True)
    )


@pytest.mark.filterwarnings("ignore")  # of the other package
def test_weights_of_comparisons_add_up_to_the_two_way_estimate():
    """Castle doctrine laws (Cheng and Hoekstra, 2013), states by year: the decomposition is the regression, to rounding."""
    from diff_diff import bacon_decompose

    data = causaldata.castle.load_pandas().data.sort_values(["sid", "year"])
    treated = data.post.to_numpy(float).reshape(50, -1)
    years = data.year.to_numpy().reshape(50, -1)[0]
    starts = np.array([years[row > 0].min() if row.any() else np.inf for row in treated])
    outcomes = data.l_homicide.to_numpy(float).reshape(50, -1)
    found = decompose_two_way(outcomes, starts, periods=years)
    path = (years >= starts[:, None]).astype(float)

    def centre(v):
        return (v - v.mean(1, keepdims=True) - v.mean(0) + v.mean()).ravel()

    regression = centre(path) @ centre(outcomes) / (centre(path) @ centre(path))
    assert found.estimate == pytest.approx(regression, rel=1e-10)
    assert sum(part.weight for part in found.comparisons) == pytest.approx(1.0)
    frame = data.assign(start=np.repeat(np.where(np.isinf(starts), 0, starts), len(years)))
    theirs = bacon_decompose(frame, "l_homicide", "sid", "year", "start")
    assert found.forbidden == pytest.approx(theirs.total_weight_later_vs_earlier, rel=1e-8)


def test_covariance_of_a_path_has_its_standard_errors_on_the_diagonal(wide):
    outcomes, starts, population = wide
    groups = np.arange(len(starts)) % 25
    for clusters in (None, groups):
        path = average_by_lag(
            estimate_group_time(
                outcomes, starts, periods=YEARS, covariates=population, clusters=clusters
            )
        )
        assert np.allclose(
            np.sqrt(np.diag(path.covariance)), [effect.error for effect in path.effects]
        )
