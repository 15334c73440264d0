"""Names of the arrays that pass through the program, for signatures.

Shapes and units stand in the docstring of whoever takes or returns one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Floats", "Ints", "Uint64s"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Uint64s = NDArray[np.uint64]
