"""The quantile of the gamma distribution: held to SciPy's, to its definition, and to its own order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gamma, gammainc, gammaincinv, ndtri

from pilotsim.base import elementary
from pilotsim.model.distributions import gamma_quantile as quantiles
from pilotsim.model.distributions.gamma_quantile import HIGHEST_SHAPE, LOWEST_SHAPE, TAIL

SHAPES = (1.0, 1.2, 1.7, 2.0, 3.3, 4.0, 6.25, 9.0, 16.0, 25.0, 40.0)
PROBABILITIES = np.concatenate(
    [
        np.linspace(TAIL, 1 - TAIL, 2001),
        np.geomspace(TAIL, 0.1, 200),
        1 - np.geomspace(TAIL, 0.1, 200),
    ]
)


def gamma_quantile(shape: float, u: float) -> float:
    return quantiles.gamma_quantile(shape, elementary.gamma(shape), u)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_quantile_is_that_of_scipy(shape: float) -> None:
    ours = np.array([gamma_quantile(shape, u) for u in PROBABILITIES])
    assert ours == pytest.approx(gammaincinv(shape, PROBABILITIES), rel=1e-11, abs=0)


def test_the_start_alone_is_not_that_near() -> None:
    starts = np.array([quantiles.start(4.0, z) for z in ndtri(PROBABILITIES)])
    away = np.abs(starts / gammaincinv(4.0, PROBABILITIES) - 1)
    assert np.median(away) > 1e-5


@given(st.floats(LOWEST_SHAPE, HIGHEST_SHAPE), st.floats(TAIL, 1 - TAIL))
def test_its_distribution_function_gives_the_probability_back(shape: float, u: float) -> None:
    assert gammainc(shape, gamma_quantile(shape, u)) == pytest.approx(u, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("shape", [0.3, 0.99, 40.1, 400.0])
@pytest.mark.parametrize("u", [1e-12, 0.2, 1 - 1e-12])
def test_beyond_its_shapes_it_is_scipys_too(shape: float, u: float) -> None:
    assert gamma_quantile(shape, u) == pytest.approx(gammaincinv(shape, u), rel=2e-13, abs=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_rises_where_one_way_hands_over_to_the_other(shape: float) -> None:
    """At the tails, and where the start gives way, neighbours keep their order but for the last digits."""
    from_start = [
        u for u in np.linspace(TAIL, 0.2, 4001) if quantiles.start(shape, float(ndtri(u))) == 0.0
    ]
    edges = [TAIL, 1 - TAIL, *from_start[-1:]]
    for edge in edges:
        found = [gamma_quantile(shape, edge + k * 1e-9) for k in range(-3, 4)]
        assert found == sorted(found)


def test_the_series_is_the_distribution_function() -> None:
    shape, x = 4.0, 3.2
    density = math.exp((shape - 1) * math.log(x) - x) / float(gamma(shape))
    assert density * x / shape * quantiles.series(shape, x) == pytest.approx(
        float(gammainc(shape, x)), rel=1e-15
    )
