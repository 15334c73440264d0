"""Limits of several looks, held to published tables to the printed digits.

Pocock (Biometrika 64, 1977) and O'Brien and Fleming (Biometrics 35, 1979) as in Jennison and
Turnbull (2000), tables 2.1 and 2.3; the spending functions of Lan and DeMets (1983) for five looks
at two-sided 5 % as in Reboussin, DeMets, Kim and Lan (Controlled Clinical Trials 21, 2000); five
looks at 1.96: Armitage, McPherson and Rowe (JRSS A 132, 1969).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from pilotsim.base.errors import RequestError
from pilotsim.effects.inference.group_sequential import (
    chance_within,
    independent_increments,
    look_levels,
)


def even(looks):
    return np.arange(1, looks + 1) / looks


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [(1, 1.960, 1.960), (2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040)],
)
def test_constants_of_pocock_and_of_obrien_and_fleming(looks, pocock, obrien_fleming):
    together = independent_increments(even(looks))
    for shape, published in (
        (np.ones(looks), pocock),
        (np.sqrt(1.0 / even(looks)), obrien_fleming),
    ):

        def error(constant, shape=shape):
            return chance_within(constant * shape, together) - 0.95

        assert round(brentq(error, 1.9, 2.6, xtol=1e-4), 3) == pytest.approx(published, abs=5e-4)


def test_limits_of_the_spending_functions():
    together = independent_increments(even(5))
    found = {
        name: norm.isf(look_levels(even(5), together, 0.05, name) / 2)
        for name in ("obrien_fleming", "pocock")
    }
    assert found["obrien_fleming"].round(3).tolist() == [4.877, 3.357, 2.680, 2.290, 2.031]
    assert found["pocock"].round(3).tolist() == [2.438, 2.427, 2.410, 2.397, 2.386]


def test_five_looks_as_if_each_were_the_only_one():
    """The control: 14.2 % find an effect that is not there."""
    together = independent_increments(even(5))
    assert round(1.0 - chance_within([1.96] * 5, together), 3) == 0.142


def test_any_correlations_agree_with_a_library():
    together = np.array([[1.0, 0.3, 0.1], [0.3, 1.0, 0.6], [0.1, 0.6, 1.0]])
    limits = np.array([2.5, 2.2, 2.0])
    known = multivariate_normal(cov=together, seed=1).cdf(limits, lower_limit=-limits)
    assert chance_within(limits, together) == pytest.approx(known, abs=2e-5)


@pytest.mark.parametrize("shares", [[], [0.5, 0.5], [0.0, 1.0], [0.5, 1.2]])
def test_shares_that_do_not_rise_are_refused(shares):
    with pytest.raises(RequestError, match="rise"):
        look_levels(shares, np.eye(2), 0.05, "pocock")


def test_correlations_that_cannot_be_are_refused():
    together = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(RequestError, match="cannot go together"):
        look_levels([0.3, 0.6, 1.0], together, 0.05, "pocock")
