"""Names of the arrays that pass through the program, for signatures.

Shapes and units stand in the docstring of whoever takes or returns one.
"""

from __future__ import annotations

from typing import Protocol, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Floats", "Indexed", "Ints", "Uint64s"]

T_co = TypeVar("T_co", covariant=True)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Uint64s = NDArray[np.uint64]


class Indexed(Protocol[T_co]):
    """Numbers for arithmetic that compiled code shares: a list, a tuple or a column."""

    def __len__(self) -> int: ...

    def __getitem__(self, k: SupportsIndex, /) -> T_co: ...
