"""The elementary functions have the same bits in plain Python and compiled, over all kinds of argument."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest

from pilotsim.base import elementary
from pilotsim.simulation.engines.compiled import jit
from tests.elementary_arguments import FUNCTIONS, arguments_of, bits_of


def over_rows(function):
    """A function of numbers compiled as the engine compiles it, over the rows of an array."""
    jit.shared(function)
    count = len(arguments_of(function.__name__)[0])

    def one(rows, found):
        for k in range(len(rows)):
            found[k] = function(rows[k, 0])

    def two(rows, found):
        for k in range(len(rows)):
            found[k] = function(rows[k, 0], rows[k, 1])

    def three(rows, found):
        for k in range(len(rows)):
            found[k] = function(rows[k, 0], rows[k, 1], rows[k, 2])

    return numba.njit(**jit.OPTIONS)({1: one, 2: two, 3: three}[count])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_code_gives_the_same_bits(name):
    function = FUNCTIONS[name]
    points = arguments_of(name)
    found = np.zeros(len(points))
    over_rows(function)(np.array(points), found)
    differ = [
        point
        for point, number in zip(points, found.tolist(), strict=True)
        if bits_of(number) != bits_of(function(*point))
    ]
    assert differ == []


def test_another_digit_would_be_noticed():
    """The bits of the C library's logarithm are not ours."""
    points = [point for point in arguments_of("log") if 0.0 < point[0] < math.inf]
    assert any(bits_of(math.log(*one)) != bits_of(elementary.log(*one)) for one in points)
