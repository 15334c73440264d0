"""Names of the arrays that pass through the program, for signatures; and sums in order.

Shapes and units stand in the docstring of whoever takes or returns one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AnyInts",
    "Bools",
    "Floats",
    "Indexed",
    "Int32s",
    "Ints",
    "Uint64s",
    "mean_in_order",
    "seal",
    "spread_in_order",
    "sum_in_order",
]

T_co = TypeVar("T_co", covariant=True)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Int32s = NDArray[np.int32]
AnyInts = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Uint64s = NDArray[np.uint64]


class Indexed(Protocol[T_co]):
    """Numbers for arithmetic that compiled code shares: a list, a tuple or a column."""

    def __len__(self) -> int: ...

    def __getitem__(self, k: SupportsIndex, /) -> T_co: ...


def seal(arrays: Iterable[NDArray[Any]]) -> None:
    """Let nobody write into arrays any more, which several have from now on."""
    for one in arrays:
        one.flags.writeable = False


# So few arrays are added up one by one; of more, all sums on the way are made at once.
FEW = 64


def sum_in_order(numbers: Floats, axis: int = 0) -> Floats:
    """Return a sum along an axis, added up from the first number to the last.

    A library's sum, mean or matrix product adds in an order of its own, which differs from machine
    to machine and with it the last digits: what decides a journey is added up by this.
    """
    if numbers.shape[axis] == 0:
        return np.zeros(np.delete(numbers.shape, axis), np.float64)
    if numbers.ndim > 1 and numbers.shape[axis] <= FEW:
        first, *others = np.moveaxis(numbers, axis, 0)
        total = np.array(first, np.float64)
        for one in others:
            total += one
        return total
    return np.asarray(np.take(np.add.accumulate(numbers, axis=axis), -1, axis=axis), np.float64)


def mean_in_order(numbers: Floats) -> float:
    """Return the mean of numbers that are added up in order; NaN for none."""
    return float(sum_in_order(numbers)) / len(numbers) if len(numbers) else math.nan


def spread_in_order(numbers: Floats) -> float:
    """Return the standard deviation of numbers that are added up in order; NaN for one or none."""
    if len(numbers) < 2:
        return math.nan
    away = numbers - mean_in_order(numbers)
    return math.sqrt(float(sum_in_order(away * away)) / (len(numbers) - 1))
