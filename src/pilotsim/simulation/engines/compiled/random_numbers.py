"""The compiled engine's random numbers: those of `base.randomness`, to the bit."""

from __future__ import annotations

from typing import cast

import numpy as np

from pilotsim.base import randomness
from pilotsim.simulation.engines.compiled.intrinsics import upper_half
from pilotsim.simulation.engines.compiled.jit import compiled

M0, M1 = (np.uint64(m) for m in randomness.MULTIPLIERS)
W0, W1 = (np.uint64(w) for w in randomness.KEY_STEPS)
ONE = np.uint64(1)
TWELVE = np.uint64(12)


def word(number: int) -> int:
    """Return a number that compiled code keeps unsigned, of 64 bits.

    To the type checker it is a number like any other.
    """
    return cast(int, np.uint64(number))


@compiled
def uniform(
    seed: int, replication: int, group: int, number: int, purpose: int, index: int
) -> float:
    """Return `randomness.uniform` of unsigned words and an index."""
    c0 = np.uint64(index >> 2) + ONE
    c1 = np.uint64(purpose)
    c2 = np.uint64(number)
    c3 = np.uint64(group)
    k0 = np.uint64(seed)
    k1 = np.uint64(replication)
    for _ in range(10):
        high0 = upper_half(M0, c0)
        low0 = M0 * c0
        high1 = upper_half(M1, c2)
        low1 = M1 * c2
        c0 = high1 ^ c1 ^ k0
        c1 = low1
        c2 = high0 ^ c3 ^ k1
        c3 = low0
        k0 = k0 + W0
        k1 = k1 + W1
    word = index & 3
    chosen = c0 if word == 0 else c1 if word == 1 else c2 if word == 2 else c3
    return float((np.float64(chosen >> TWELVE) + 0.5) * 2.0**-52)
