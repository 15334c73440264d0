"""Quantiles of our own, beside the library's."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.quantiles import quantile_of_sorted

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(NUMBERS, st.floats(0, 1))
def test_a_quantile_is_the_librarys(numbers, share):
    """To the bit with the version that is installed: so no printed number changed."""
    rising = np.sort(numbers)
    assert quantile_of_sorted(rising, 0, len(rising), share) == np.quantile(rising, share)


@given(NUMBERS, NUMBERS, st.floats(0, 1))
def test_only_the_numbers_that_are_meant_count(before, numbers, share):
    whole = [*before, *sorted(numbers), -math.inf]
    alone = quantile_of_sorted(sorted(numbers), 0, len(numbers), share)
    assert quantile_of_sorted(whole, len(before), len(numbers), share) == alone


def test_there_is_no_quantile_of_nothing():
    assert math.isnan(quantile_of_sorted([1.0], 0, 0, 0.5))
