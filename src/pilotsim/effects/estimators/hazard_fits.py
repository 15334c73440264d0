"""Fitted hazards: the record, and the errors that its models share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_codes
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.inference.influence import refuse_single_cluster

ESTIMANDS = {
    "cox": "log hazard ratio",
    "fine_gray": "log ratio of the subdistribution hazard",
    "cloglog": "log hazard ratio, by whole periods",
    "logit": "log odds ratio of leaving in a period",
    "multinomial": "log odds ratio of leaving by the cause in a period, against staying",
}


@dataclass(frozen=True, eq=False)
class HazardFit:
    """Log hazard ratios.

    Parameters
    ----------
    coefficients : ndarray, shape (covariates,)
        Log hazard ratios for one unit of each covariate.
    covariance : ndarray, shape (covariates, covariates)
        Their covariance: inverse information, or the robust one where it was asked for.
    influence : ndarray, shape (spells, covariates)
        How far the coefficients move when a spell is left out, to first order (dfbeta).
    log_likelihood, log_likelihood_null : float
        Log (partial) likelihood at the estimate and at zero.
    spells, events, clusters : int
    freedom : float
        Degrees of freedom of the errors: clusters less one, or infinity.
    model : str
        What was fitted: `cox`, `fine_gray`, `cloglog`, `logit` or `multinomial`.
    """

    coefficients: Floats
    covariance: Floats
    influence: Floats
    log_likelihood: float
    log_likelihood_null: float
    spells: int
    events: int
    clusters: int
    freedom: float
    model: str

    @property
    def errors(self) -> Floats:
        """Standard error of each coefficient."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), np.float64)


def hazard_ratio(
    fit: HazardFit, column: int = 0, *, level: float = 0.95, notes: tuple[str, ...] = ()
) -> Effect:
    """Return one coefficient as an effect: the log hazard ratio of a covariate."""
    return conclude(
        fit.model,
        ESTIMANDS[fit.model],
        float(fit.coefficients[column]),
        float(fit.errors[column]),
        clients=fit.spells,
        clusters=fit.clusters,
        freedom=fit.freedom,
        level=level,
        notes=notes,
        scale="log_ratio",
    )


def clusters_of(clusters: ArrayLike | None, count: int) -> Ints | None:
    """Return clusters from 0, or None where there are none.

    Raises
    ------
    EstimationError
        Everyone is in one.
    """
    found = as_codes(clusters, np.ones(count, np.bool_), "clusters")
    refuse_single_cluster(found)
    return found


def scale_of(table: Floats) -> Floats:
    """Return the standard deviation of each covariate.

    Raises
    ------
    EstimationError
        A covariate is the same for everyone.
    """
    spread: Floats = table.std(axis=0)
    if not table.shape[1] or np.any(spread <= 1e-12 * (1.0 + np.abs(table).max(axis=0))):
        raise EstimationError(
            Message(
                "covariates: one is the same for everyone, so nothing can be said of it; leave it "
                "out"
            )
        )
    return spread
