"""What an estimator and a check return."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """An estimated effect.

    Parameters
    ----------
    estimator : str
        Which estimator made it, by its name in plans: `difference`, `lin`, ...
    estimand : str
        What it estimates, in words.
    estimate, error : float
        The effect and its standard error, in the unit of the outcome; `error` is NaN where the inference has none
        (randomisation inference).
    low, high : float
        The ends of the interval at the level that was asked for.
    p : float
        Two-sided p-value of no effect.
    freedom : float
        Degrees of freedom of the reference distribution; infinity for the normal.
    clients, clusters : int
        How many clients and clusters it rests on; 0 clusters where there are none.
    notes : tuple of str
        What a reader must know: how many were left out and why, weak overlap, few clusters.
    """

    estimator: str
    estimand: str
    estimate: float
    error: float
    low: float
    high: float
    p: float
    freedom: float
    clients: int
    clusters: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """What a check of an assumption found.

    Parameters
    ----------
    name : str
        Which check: `balance`, `overlap`, `pre_trends`, ...
    passed : bool
        Whether the data give no reason to doubt the assumption. A check that cannot see much says so in its text.
    statistic : float
        The number that it turns on.
    text : str
        One sentence for a reader: the number, what it is held against, what follows.
    """

    name: str
    passed: bool
    statistic: float
    text: str
