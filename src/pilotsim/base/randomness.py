"""Random numbers by address: each belongs to a client, a purpose and an index.

None depends on an order of events.

The generator is Philox 4x64 with ten rounds (Salmon, Moraes, Dror and Shaw, "Parallel random
numbers: as easy as 1, 2, 3", SC 2011), a pure function of a key and a counter. The key is (seed,
replication); the counter is (block, purpose, client number, group). One block holds four numbers:
index `i` is word `i % 4` of block `i // 4`. The words are those of `numpy.random.Philox(key=...,
counter=...)`, which counts up once before its first block.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np

from pilotsim.base.arrays import Floats, Uint64s

ROUNDS = 10
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
MASK = 0xFFFFFFFFFFFFFFFF


@lru_cache(maxsize=4096)
def code(name: str) -> int:
    """Return the 64 bits that a name stands for: adding a stage moves no other stage's numbers."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def words(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return the four words of one block, each of 64 bits: the definition, in plain integers."""
    c0, c1, c2, c3 = (counter[0] + 1) & MASK, *counter[1:]
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (second >> 64) ^ c1 ^ k0,
            second & MASK,
            (first >> 64) ^ c3 ^ k1,
            first & MASK,
        )
        k0, k1 = (k0 + KEY_STEPS[0]) & MASK, (k1 + KEY_STEPS[1]) & MASK
    return c0, c1, c2, c3


def to_uniform(word: int) -> float:
    """Return the number strictly between 0 and 1 given by the upper 52 bits of a word."""
    return ((word >> 12) + 0.5) * 2.0**-52


def uniform(
    seed: int, replication: int, group: int, number: int, purpose: int, index: int
) -> float:
    """Return one uniform number strictly between 0 and 1.

    Parameters
    ----------
    seed, replication : int
        The key.
    group, number : int
        The client: the code of its group and its number in it.
    purpose : int
        The code of what the number is for, such as ``code("duration/mapping")``.
    index : int
        The visit, the episode: which of the client's numbers for this purpose.
    """
    block = words((seed, replication), (index >> 2, purpose, number, group))
    return to_uniform(block[index & 3])


def uniforms(
    seed: int,
    replication: int | Uint64s,
    groups: Uint64s,
    numbers: Uint64s,
    purpose: int | Uint64s,
    block: int | Uint64s,
) -> Floats:
    """Return the four uniform numbers of a block for many clients at once, shape (clients, 4).

    They equal those of `uniform`. Replication, purpose and block may differ from client to client.

    Parameters
    ----------
    seed : int
        The seed of the run.
    replication : int or ndarray of uint64, shape (clients,)
        The replication of each client.
    groups : ndarray of uint64, shape (clients,)
        The code of each client's group.
    numbers : ndarray of uint64, shape (clients,)
        Each client's number within its group.
    purpose : int or ndarray of uint64, shape (clients,)
        The code of what the numbers are for.
    block : int or ndarray of uint64, shape (clients,)
        The block of each client; block `b` holds the indices from ``4 * b`` to ``4 * b + 3``.
    """
    c0 = np.full(len(numbers), block, np.uint64) + np.uint64(1)
    c1 = np.full(len(numbers), purpose, np.uint64)
    c2, c3 = numbers.astype(np.uint64), groups.astype(np.uint64)
    k0, k1 = np.array([seed], np.uint64), np.atleast_1d(np.asarray(replication, np.uint64))
    for _ in range(ROUNDS):
        high0, low0 = _multiply(MULTIPLIERS[0], c0)
        high1, low1 = _multiply(MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + np.uint64(KEY_STEPS[0]), k1 + np.uint64(KEY_STEPS[1])
    block_words = np.stack([c0, c1, c2, c3], axis=1)
    return ((block_words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def uniform_table(seed: int, purpose: str, rows: int, columns: int, replication: int = 0) -> Floats:
    """Return uniform numbers for resampling, shape (rows, columns): rows are draws, columns units.

    Row i of column j is ``uniform(seed, replication, code("resampling"), j, code(purpose), i)``, so
    more draws or more units move none of the others.

    Parameters
    ----------
    seed : int
        The seed of the run.
    purpose : str
        What is resampled.
    rows : int
        Draws.
    columns : int
        Units.
    replication : int
        The replication.
    """
    blocks = -(-rows // 4)
    numbers = np.tile(np.arange(columns, dtype=np.uint64), blocks)
    groups = np.full(len(numbers), code("resampling"), np.uint64)
    found = uniforms(
        seed,
        replication,
        groups,
        numbers,
        code(purpose),
        np.repeat(np.arange(blocks, dtype=np.uint64), columns),
    )
    return found.reshape(blocks, columns, 4).transpose(0, 2, 1).reshape(blocks * 4, columns)[:rows]


def _multiply(a: int, b: Uint64s) -> tuple[Uint64s, Uint64s]:
    """Return the upper and lower 64 bits of a 128-bit product, by halves of 32 bits."""
    half, low_mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    a_high, a_low = np.uint64(a >> 32), np.uint64(a & 0xFFFFFFFF)
    b_high, b_low = b >> half, b & low_mask
    low = a_low * b_low
    middle = a_high * b_low + (low >> half)
    other = a_low * b_high + (middle & low_mask)
    high = a_high * b_high + (middle >> half) + (other >> half)
    return high, (other << half) | (low & low_mask)


class Draws:
    """The numbers of all clients of one replication, made in blocks when first asked for.

    Parameters
    ----------
    seed, replication : int
        The key.
    groups, numbers : ndarray of uint64, shape (clients,)
        Who the clients are.
    """

    def __init__(self, seed: int, replication: int, groups: Uint64s, numbers: Uint64s) -> None:
        self._key = (seed, replication)
        self._groups, self._numbers = groups, numbers
        self._blocks: dict[tuple[int, int], Floats] = {}

    def of(self, client: int, purpose: int, index: int) -> float:
        """Return a client's number for a purpose; equal to `uniform` for that client.

        Parameters
        ----------
        client : int
            The client's place in the cohort.
        purpose : int
            The code of what the number is for.
        index : int
            Which of the client's numbers for the purpose, from 0 on.
        """
        return float(self.block(purpose, index >> 2)[client, index & 3])

    def once(self, client: int, purpose: int, index: int) -> float:
        """Return the same as `of`, and keep nothing: for what is asked of few clients, and once.

        Parameters are those of `of`.
        """
        who = int(self._groups[client]), int(self._numbers[client])
        return uniform(*self._key, *who, purpose, index)

    def block(self, purpose: int, block: int = 0) -> Floats:
        """Return four numbers of every client for a purpose, shape (clients, 4)."""
        found = self._blocks.get((purpose, block))
        if found is None:
            found = uniforms(*self._key, self._groups, self._numbers, purpose, block)
            self._blocks[purpose, block] = found
        return found
