"""How much work a run of the benchmarks does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Sizes of everything.

    Parameters
    ----------
    name : str
        `quick`, `normal` or `full`.
    rounds : int
        Turns of each program in a comparison.
    agreement : int
        Replications of a slow model whose means are held to ours.
    sizes : tuple of int
        Numbers of clients for the growth.
    two_core_replications : int
        For two cores against one.
    check_replications : int
        For the first result.
    full : bool
        Whether to run what takes many minutes.
    """

    name: str
    rounds: int
    agreement: int
    sizes: tuple[int, ...]
    two_core_replications: int
    check_replications: int
    full: bool


QUICK = Effort("quick", 3, 20, (1_000, 10_000, 100_000), 1_000, 100, full=False)
NORMAL = Effort("normal", 7, 60, (1_000, 10_000, 100_000, 1_000_000), 10_000, 1_000, full=False)
FULL = Effort("full", 11, 200, (1_000, 10_000, 100_000, 1_000_000), 10_000, 1_000, full=True)
