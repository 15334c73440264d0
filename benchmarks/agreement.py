"""Whether two models give the same means: a comparison of speed means nothing unless they do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, variance

# Two-sided: a false alarm in one of 16,000 comparisons.
MAX_STANDARD_ERRORS = 4.0
Outcomes = Mapping[str, float]


class DisagreementError(AssertionError):
    """Two models that should agree do not."""


def assert_agree(ours: Sequence[Outcomes], theirs: Sequence[Outcomes], who: str) -> str:
    """Return a sentence on the largest difference between the mean outcomes of two models.

    Raises
    ------
    DisagreementError
        Some mean differs by more than Monte Carlo error explains.
    """
    distances = {
        name: _distance([one[name] for one in ours], [one[name] for one in theirs])
        for name in ours[0]
    }
    far = {
        name: distance
        for name, distance in distances.items()
        if abs(distance) > MAX_STANDARD_ERRORS
    }
    if far:
        means = "; ".join(
            f"{name}: ours {fmean(o[name] for o in ours):.4g}, "
            f"theirs {fmean(o[name] for o in theirs):.4g}, "
            f"{distance:+.1f} standard errors"
            for name, distance in far.items()
        )
        raise DisagreementError(f"{who} is not the same model: {means}")
    worst = max(distances, key=lambda name: abs(distances[name]))
    return (
        f"{who} agrees on {len(distances)} means over {len(ours)} and {len(theirs)} replications; "
        f"the largest difference is {abs(distances[worst]):.1f} standard errors ({worst})."
    )


def _distance(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the difference of two means in standard errors."""
    error = math.sqrt(variance(ours) / len(ours) + variance(theirs) / len(theirs))
    difference = fmean(theirs) - fmean(ours)
    return difference / error if error > 0 else 0.0 if difference == 0 else math.inf
