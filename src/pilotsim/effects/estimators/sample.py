"""What weighting estimators start from: clients, their arms, and covariates without units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_arm, as_column, as_table, take_arms, without_repetition
from pilotsim.effects.effect import Effect, conclude


@dataclass(frozen=True, eq=False)
class WeightingSample:
    """Clients with a known outcome, checked.

    Parameters
    ----------
    outcome : ndarray, shape (clients,)
    treated : ndarray of bool, shape (clients,)
    covariates : ndarray, shape (clients, covariates)
        As given, without those that others already say.
    basis : ndarray, shape (clients, covariates + 1)
        The constant and the covariates as orthogonal columns of mean square 1: a regression on them
        fits what one on the covariates fits.
    clusters : ndarray of int or None
        Each client's cluster, from 0.
    notes : tuple of str
        What was left out.
    """

    outcome: Floats
    treated: Bools
    covariates: Floats
    basis: Floats
    clusters: Ints | None = None
    notes: tuple[str, ...] = ()

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return len(self.outcome)

    def conclude(
        self,
        estimator: str,
        estimand: str,
        estimate: float,
        influence: Floats,
        level: float,
        *notes: str,
    ) -> Effect:
        """Return the effect whose error follows from influence values.

        Student's t with G - 1 for clusters.
        """
        groups = 0 if self.clusters is None else int(self.clusters.max()) + 1
        return conclude(
            estimator,
            estimand,
            estimate,
            standard_error(influence, self.clusters),
            clients=self.clients,
            clusters=groups,
            freedom=groups - 1 if groups else math.inf,
            level=level,
            notes=(*self.notes, *notes),
        )


def take_sample(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike | None,
    clusters: ArrayLike | None = None,
) -> WeightingSample:
    """Return the clients with an outcome, after the checks of `take_arms`.

    Raises
    ------
    EstimationError
        As `take_arms`; everybody is in one cluster; as many covariates as clients.
    """
    arms = take_arms(outcome, treated, covariates=covariates, clusters=clusters)
    if arms.clusters is not None and arms.cluster_count < 2:
        raise EstimationError(
            Message("clusters: everyone is in one, so nothing is known of how clusters vary")
        )
    basis = orthogonal(arms.covariates)
    return WeightingSample(
        arms.outcome,
        arms.treated.astype(np.bool_),
        arms.covariates,
        basis,
        arms.clusters,
        arms.notes,
    )


def known_rows(outcome: ArrayLike) -> Bools:
    """Return which clients have a known outcome: those that an estimator keeps."""
    found: Bools = ~np.isnan(as_column(outcome, "outcome"))
    return found


def take_treated(treated: ArrayLike) -> Bools:
    """Return who is treated.

    Raises
    ------
    EstimationError
        A value is neither 0 nor 1, or everyone is in one arm.
    """
    arm = as_arm(treated, np.size(treated))
    if arm.all():
        raise EstimationError(Message("everyone is treated; a comparison needs both arms"))
    if not arm.any():
        raise EstimationError(Message("nobody is treated; a comparison needs both arms"))
    return arm.astype(np.bool_)


def take_covariates(covariates: ArrayLike, clients: int) -> Floats:
    """Return covariates as a table, without those that others already say.

    It has a row for each client.
    """
    return without_repetition(as_table(covariates, clients)).covariates


def orthogonal(covariates: Floats) -> Floats:
    """Return the constant and the covariates as orthogonal columns of mean square 1.

    Raises
    ------
    EstimationError
        As many covariates as clients.
    """
    clients, number = covariates.shape
    if number >= clients:
        raise EstimationError(
            Message(
                "covariates: {number} for {clients} clients; use fewer covariates or more clients",
                number=number,
                clients=clients,
            )
        )
    q = np.linalg.qr(np.column_stack([np.ones(clients), covariates]))[0]
    return np.asarray(q * np.sqrt(clients), np.float64)


def standard_error(influence: Floats, clusters: Ints | None = None) -> float:
    """Return the standard error of a mean of influence values.

    Parameters
    ----------
    influence : ndarray, shape (clients,)
        What each client contributes to the estimate's deviation from its target; their mean is 0.
    clusters : ndarray of int, optional
        Clusters from 0: their sums are independent, not the clients. The sum is inflated by G / (G
        - 1).
    """
    clients = len(influence)
    if clusters is None:
        return float(np.sqrt(influence @ influence)) / clients
    sums = np.bincount(clusters, influence)
    return float(np.sqrt(sums @ sums * len(sums) / (len(sums) - 1))) / clients
