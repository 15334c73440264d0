"""Curves, rank tests and hazards by statsmodels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.effects.references.second_fit import ITERATED, Reference


def _curves(exits: Floats, events: Floats | Ints, arm: Floats) -> list[Any]:
    """Return the curves of the offered and of the others."""
    from statsmodels.duration.survfunc import SurvfuncRight

    return [SurvfuncRight(exits[arm == value], events[arm == value]) for value in (1.0, 0.0)]


def _at(times: Floats, values: Floats, time: float, start: float) -> float:
    place = int(np.searchsorted(times, time, side="right"))
    return float(values[place - 1]) if place else start


def share_reached(exits: Floats, events: Floats | Ints, arm: Floats, at: float) -> Reference:
    """Return the difference in the share that has left by a time, by Kaplan and Meier.

    Parameters
    ----------
    exits, events, arm : ndarray, shape (clients,)
        When each left or was last seen; 1 for who left; 1 for who was offered.
    at : float
        The time.
    """
    curves = _curves(exits, events, arm)
    shares = [_at(own.surv_times, own.surv_prob, at, 1.0) for own in curves]
    errors = [_at(own.surv_times, own.surv_prob_se, at, 0.0) for own in curves]
    return Reference(
        "statsmodels",
        "SurvfuncRight",
        curves,
        shares[1] - shares[0],
        float(np.hypot(errors[0], errors[1])),
    )


def share_left_by_cause(exits: Floats, causes: Ints, arm: Floats, at: float) -> Reference:
    """Return the difference in the share that has left by the first cause, others competing.

    Its standard error is of another kind there, so that the estimate alone is compared.
    """
    curves = _incidences(exits, causes, arm)
    shares = [_at(own.times, own.cinc[0], at, 0.0) for own in curves]
    return Reference("statsmodels", "CumIncidenceRight", curves, shares[0] - shares[1])


def _incidences(exits: Floats, causes: Ints, arm: Floats) -> list[Any]:
    from statsmodels.duration.survfunc import CumIncidenceRight

    return [CumIncidenceRight(exits[arm == value], causes[arm == value]) for value in (1.0, 0.0)]


def months_until(exits: Floats, events: Floats | Ints, arm: Floats, until: float) -> Reference:
    """Return the difference in mean time until an exit, at most so long: the area under curves.

    The estimate alone is compared: statsmodels has no error of an area.
    """
    curves = _curves(exits, events, arm)
    areas = [until - _area(own.surv_times, 1.0 - own.surv_prob, until) for own in curves]
    return Reference("statsmodels", "SurvfuncRight", curves, areas[0] - areas[1])


def months_lost(exits: Floats, causes: Ints, arm: Floats, until: float) -> Reference:
    """Return the difference in mean time left until an exit by the first cause, others competing.

    The estimate alone is compared: statsmodels has no error of an area.
    """
    curves = _incidences(exits, causes, arm)
    areas = [_area(own.times, own.cinc[0], until) for own in curves]
    return Reference("statsmodels", "CumIncidenceRight", curves, areas[1] - areas[0])


def _area(times: Floats, share: Floats, until: float) -> float:
    known = times <= until
    return float(share[known] @ np.diff(np.append(times[known], until)))


def rank_test(exits: Floats, events: Floats | Ints, arm: Floats) -> Reference:
    """Return the log-rank test; its statistic is compared by the p-value."""
    from statsmodels.duration.survfunc import survdiff

    statistic, p = survdiff(exits, events, arm)
    return Reference(
        "statsmodels", "survdiff", (statistic, p), math.nan, p=float(p), tolerance=ITERATED
    )


def proportional_hazards(
    exits: Floats,
    events: Floats | Ints,
    arm: Floats,
    covariates: Floats | None = None,
    *,
    entries: Floats | None = None,
    is_clustered: bool = False,
) -> Reference:
    """Return the log ratio of hazards by Cox's model, ties by Efron.

    Parameters
    ----------
    exits, events, arm : ndarray, shape (spells,)
    covariates : ndarray, shape (spells, covariates), optional
    entries : ndarray, shape (spells,), optional
        From when each is at risk.
    is_clustered : bool
        Whether the error asked for is one between clusters, of which statsmodels has another kind.
    """
    from statsmodels.duration.hazard_regression import PHReg

    design = arm[:, None] if covariates is None else np.column_stack([arm, covariates])
    model = PHReg(exits, design, status=events, entry=entries, ties="efron")
    results = model.fit(disp=0)
    error = math.nan if is_clustered else float(results.bse[0])
    return Reference(
        "statsmodels", "PHReg", results, float(results.params[0]), error, tolerance=ITERATED
    )


def hazard_by_month(
    exits: Floats,
    events: Floats | Ints,
    arm: Floats,
    covariates: Floats | None = None,
    *,
    link: str = "cloglog",
    is_clustered: bool = False,
) -> Reference:
    """Return the log ratio of hazards (or of odds) by whole months: a row for each month at risk.

    Parameters
    ----------
    exits, events, arm, covariates, is_clustered
        As for `proportional_hazards`; whole months, from 1.
    link : {"cloglog", "logit"}
    """
    import statsmodels.api as sm

    months = exits.astype(np.int64)
    who = np.repeat(np.arange(len(months)), months)
    month = np.concatenate([np.arange(1, last + 1) for last in months])
    left = (month == months[who]) & (events[who] == 1)
    busy = np.unique(month[left])
    rows: Bools = np.isin(month, busy)
    own = arm[:, None] if covariates is None else np.column_stack([arm, covariates])
    design = np.column_stack([own[who][rows], month[rows][:, None] == busy]).astype(np.float64)
    links = sm.families.links
    family = sm.families.Binomial(links.CLogLog() if link == "cloglog" else links.Logit())
    results = sm.GLM(left[rows].astype(np.float64), design, family=family).fit(
        method="newton" if link == "cloglog" else "IRLS", tol=1e-12, maxiter=200
    )
    error = math.nan if is_clustered else float(results.bse[0])
    return Reference(
        "statsmodels",
        f"GLM, {link}",
        results,
        float(results.params[0]),
        error,
        tolerance=1e-4,
    )
