"""What looks along the way do for a design: when it stops, what it finds, how often in error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.statistics import (
    MonteCarloFigure,
    critical_value,
    mean_with_error,
    share_with_error,
)
from pilotsim.evaluation.looks import LookSchedule, correlation_of

__all__ = ["LookTrials", "TriedLooks", "try_looks"]

# Fewer draws than this do not tell how the looks go together.
LEAST_DRAWS = 50


@dataclass(frozen=True)
class LookTrials:
    """What each look found in each draw; NaN where there was no answer.

    Parameters
    ----------
    estimate, error, p : ndarray of float, shape (draws, looks)
        Of each look.
    null_statistic, null_p : ndarray of float, shape (draws, looks)
        Estimate over error, and p-value, where the programme does nothing at all.
    """

    estimate: Floats
    error: Floats
    p: Floats
    null_statistic: Floats
    null_p: Floats


@dataclass(frozen=True)
class TriedLooks:
    """What the looks of a design come to.

    Parameters
    ----------
    levels : tuple of float
        The p-value below which each look finds an effect.
    stops : tuple of MonteCarloFigure
        The share of pilots that stop at each look for what is found, whoever goes on until then.
    futile : tuple of MonteCarloFigure
        The share that stop at each look since an effect that matters is no longer expected.
    power : MonteCarloFigure
        The share in which an effect is found at any look, where nobody stops for futility.
    power_if_futile_stops : MonteCarloFigure
        The same where everybody does.
    power_once : MonteCarloFigure
        The share in which it is found when looked at once, at the end.
    months : MonteCarloFigure
        After how many months a pilot stops that stops when the plan says so.
    false_positives : MonteCarloFigure
        The share in which an effect is found at any look where there is none.
    unplanned : MonteCarloFigure
        The same where every look is taken for the only one.
    """

    levels: tuple[float, ...]
    stops: tuple[MonteCarloFigure, ...]
    futile: tuple[MonteCarloFigure, ...]
    power: MonteCarloFigure
    power_if_futile_stops: MonteCarloFigure
    power_once: MonteCarloFigure
    months: MonteCarloFigure
    false_positives: MonteCarloFigure
    unplanned: MonteCarloFigure


def try_looks(schedule: LookSchedule, trials: LookTrials) -> TriedLooks | None:
    """Return what the looks of a design come to; None of too few draws.

    Parameters
    ----------
    schedule : LookSchedule
        The looks.
    trials : LookTrials
        What each found.
    """
    null = ~np.isnan(trials.null_statistic).any(axis=1)
    worked = ~np.isnan(trials.p).any(axis=1)
    if min(int(null.sum()), int(worked.sum())) < LEAST_DRAWS:
        return None
    levels = np.array(schedule.levels(correlation_of(trials.null_statistic)))
    p, estimate, error = (own[worked] for own in (trials.p, trials.estimate, trials.error))
    found = p < levels
    futile = _futile(schedule, estimate, error) & ~found
    stops = found | futile
    stops[:, -1] = True
    at = stops.argmax(axis=1)
    rows = np.arange(len(at))
    first_found = np.where(found.any(axis=1), found.argmax(axis=1), -1)
    looks = range(len(levels))
    null_p = trials.null_p[null]
    return TriedLooks(
        levels=tuple(float(level) for level in levels),
        stops=tuple(share_with_error(first_found == look) for look in looks),
        futile=tuple(share_with_error((at == look) & futile[rows, at]) for look in looks),
        power=share_with_error(np.asarray(found.any(axis=1))),
        power_if_futile_stops=share_with_error(found[rows, at]),
        power_once=share_with_error(p[:, -1] < schedule.error),
        months=mean_with_error(np.array(schedule.months, np.float64)[at]),
        false_positives=share_with_error(np.asarray((null_p < levels).any(axis=1))),
        unplanned=share_with_error(np.asarray((null_p < schedule.error).any(axis=1))),
    )


def _futile(schedule: LookSchedule, estimate: Floats, error: Floats) -> Bools:
    """Return where a look says that an effect that matters is no longer expected."""
    if schedule.futility is None:
        return np.zeros(estimate.shape, np.bool_)
    asks = np.array(schedule.months) >= schedule.futility_since
    asks[-1] = False
    most = estimate * schedule.wanted + critical_value(1.0 - schedule.error) * error
    return np.asarray((most < schedule.futility) & asks)
