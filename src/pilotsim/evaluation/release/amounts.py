"""Sums that one or two clients dominate: who knows the sum knows nearly what they were paid."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.evaluation.release.questions import Question
from pilotsim.evaluation.release.rules import ReleaseRules


def is_dominated(values: Floats, rules: ReleaseRules) -> bool:
    """Return whether few contributions make up most of a sum.

    The rules are those of tau-argus: the largest ones are more than a share of the sum, or what is
    left beside the two largest is so little that the second could tell the first.

    Parameters
    ----------
    values : ndarray of float
        One for each client; NaN where it is not known.
    rules : ReleaseRules
        The limits.
    """
    sizes = np.sort(np.abs(values[~np.isnan(values)]))[::-1]
    total = float(sizes.sum())
    if total == 0.0:
        return False
    largest = float(sizes[: rules.contributors].sum())
    rest = total - float(sizes[:2].sum())
    return largest > rules.dominance * total or rest < rules.closeness * float(sizes[0])


def dominated_arms(question: Question, rules: ReleaseRules) -> bool:
    """Return whether the sum of an arm is dominated by few."""
    return any(is_dominated(question.outcome[question.treated == arm], rules) for arm in (1.0, 0.0))
