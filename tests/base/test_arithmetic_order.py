"""Sums in a stated order have the same bits however they are added up."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.arrays import FEW, sum_in_order


@pytest.mark.parametrize("shape", [(7, 9, 11), (3, FEW), (5, FEW + 1), (1, 1), (4, 2, 3)])
def test_few_and_many_are_added_up_alike(shape):
    chance = np.random.default_rng(1)
    numbers = chance.normal(size=shape) * 10.0 ** chance.integers(-9, 9, size=shape)
    for axis in range(len(shape)):
        wanted = np.take(np.add.accumulate(numbers, axis=axis), -1, axis=axis)
        assert (sum_in_order(numbers, axis) == wanted).all()


def test_the_order_matters():
    numbers = np.array([[1e16, 1.0, -1e16]])
    assert sum_in_order(numbers, 1)[0] == 0.0 != sum_in_order(numbers[:, [0, 2, 1]], 1)[0]
