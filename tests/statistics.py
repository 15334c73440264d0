"""Simulated means held against theory: tolerances of k standard errors, with k from a stated false-alarm rate.

A comparison has one false-alarm rate for all its quantities together (Bonferroni), 1 in 10,000
unless said. Its standard errors come from samples that are independent by construction:
replications, or clients where no capacity joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pilotsim.measures.selections import in_stages
from pilotsim.simulation.journeys import Journeys

Floats = NDArray[np.float64]
FALSE_ALARM = 1e-4
SEED = 20141128


@dataclass(frozen=True)
class Comparison:
    """Means of independent samples beside what theory says, with the largest distance that chance allows."""

    names: tuple[str, ...]
    found: Floats
    expected: Floats
    errors: Floats
    k: float

    @property
    def distances(self) -> Floats:
        """How many standard errors each mean lies from theory."""
        gap = np.abs(self.found - self.expected)
        # Samples that are all alike: only equality will do, but for the last bits of a sum.
        exact = np.where(gap <= 1e-9 * np.maximum(1.0, np.abs(self.expected)), 0.0, np.inf)
        return np.where(
            self.errors > 0.0, gap / np.where(self.errors > 0.0, self.errors, 1.0), exact
        )

    @property
    def agrees(self) -> bool:
        """Whether no mean lies further from theory than chance allows."""
        return bool(np.all(self.distances <= self.k))

    def __str__(self) -> str:
        rows = zip(self.names, self.found, self.expected, self.errors, self.distances, strict=True)
        lines = [
            f"{name}: found {f:.5g}, expected {e:.5g}, standard error {s:.2g}, {d:.1f} away"
            for name, f, e, s, d in rows
        ]
        return "\n".join([f"allowed: {self.k:.2f} standard errors", *lines])


def compare(
    samples: ArrayLike, expected: Mapping[str, float], false_alarm: float = FALSE_ALARM
) -> Comparison:
    """Return samples, shape (samples, quantities), beside what is expected of their means."""
    table = np.asarray(samples, np.float64).reshape(len(np.asarray(samples)), -1)
    number, quantities = table.shape
    k = stats.t.ppf(1.0 - false_alarm / (2.0 * quantities), number - 1)
    errors = table.std(axis=0, ddof=1) / np.sqrt(number)
    return Comparison(
        tuple(expected), table.mean(axis=0), np.array([*expected.values()]), errors, float(k)
    )


def compare_counts(
    counts: ArrayLike, expected: Mapping[str, float], false_alarm: float = FALSE_ALARM
) -> Comparison:
    """Return Poisson counts beside their means: the standard error is known, the root of the mean."""
    means = np.array([*expected.values()])
    k = stats.norm.ppf(1.0 - false_alarm / (2.0 * len(means)))
    return Comparison(
        tuple(expected), np.asarray(counts, np.float64), means, np.sqrt(means), float(k)
    )


def poisson_fit(counts: NDArray[np.int64], mean: float) -> float:
    """Return the p-value of independent counts under a Poisson law: chi-square, cells of 10 or more expected."""
    limits = [
        k
        for k in range(int(stats.poisson.isf(1e-6, mean)))
        if len(counts) * stats.poisson.cdf(k, mean) >= 10
    ]
    limits = [k for k in limits if len(counts) * stats.poisson.sf(k, mean) >= 10]
    below = np.array([0.0, *stats.poisson.cdf(limits, mean), 1.0])
    cells = np.searchsorted(limits, counts, side="left")
    found = np.bincount(cells, minlength=len(limits) + 1)
    return float(stats.chisquare(found, len(counts) * np.diff(below)).pvalue)


def assert_agrees(samples: ArrayLike, expected: Mapping[str, float]) -> None:
    """Fail unless the means agree with theory."""
    comparison = compare(samples, expected)
    assert comparison.agrees, str(comparison)


def assert_detected(samples: ArrayLike, wrong: Mapping[str, float]) -> None:
    """Fail unless the same comparison finds out a theory that is wrong."""
    comparison = compare(samples, wrong)
    assert not comparison.agrees, str(comparison)


# What is observed in one run.


def waits(journeys: Journeys, stage: str, since: float, until: float) -> Floats:
    """Return the time in line of those who joined a stage in a window, those who left the line included."""
    rows = in_stages(journeys, (stage,)) & (journeys.joined >= since) & (journeys.joined < until)
    # Somebody still in line at the horizon would be missed, and the long waits with them.
    assert not np.any(rows & np.isnan(journeys.started) & np.isnan(journeys.finished))
    return journeys.began[rows] - journeys.joined[rows]


def causes(journeys: Journeys, stage: str, since: float, until: float) -> NDArray[np.int64]:
    """Return why those left who joined a stage in a window."""
    rows = in_stages(journeys, (stage,)) & (journeys.joined >= since) & (journeys.joined < until)
    return journeys.cause[rows]


def time_average(begins: Floats, ends: Floats, since: float, until: float) -> float:
    """Return how many of some spans a window lies in, on average over the window."""
    return float(
        np.clip(np.minimum(ends, until) - np.maximum(begins, since), 0.0, None).sum()
        / (until - since)
    )


def mean_there(journeys: Journeys, stage: str, since: float, until: float) -> float:
    """Return the mean number in a stage over a window."""
    rows = in_stages(journeys, (stage,))
    return time_average(journeys.joined[rows], journeys.until[rows], since, until)


def mean_in_line(journeys: Journeys, stage: str, since: float, until: float) -> float:
    """Return the mean number in line before a stage over a window."""
    rows = in_stages(journeys, (stage,))
    return time_average(journeys.joined[rows], journeys.began[rows], since, until)


Observe = Callable[[Journeys], Sequence[float]]
