"""Who was treated, what came of it and what was known before: arrays that every estimator of this folder starts from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotsim.errors import EstimationError, RequestError
from pilotsim.evaluation.effects import Effect, conclude

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

# A column is taken for a combination of those before it when this share of its length or less is its own.
DEPENDENT = 1e-9


def numbers(values: ArrayLike, name: str) -> Floats:
    """Return values as floats.

    Raises
    ------
    EstimationError
        A value is missing or infinite.
    """
    found = np.asarray(values, np.float64)
    if not np.isfinite(found).all():
        missing = int(np.sum(~np.isfinite(found)))
        raise EstimationError(
            f"{name}: {missing} of {found.size} values are missing or infinite; leave those clients out, and say so"
        )
    return found


def arms(treated: ArrayLike) -> Bools:
    """Return who is treated.

    Raises
    ------
    EstimationError
        A value is neither 0 nor 1, or everyone is in one arm.
    """
    values = numbers(treated, "treated")
    if not np.isin(values, (0.0, 1.0)).all():
        odd = values[~np.isin(values, (0.0, 1.0))][0]
        raise EstimationError(f"treated: expected 0 or 1 for every client, found {odd:g}")
    if values.min(initial=1.0) == values.max(initial=0.0) or not values.size:
        who = "nobody" if not values.size else "everyone" if values[0] else "no one"
        raise EstimationError(f"treated: {who} is treated, so there is nobody to compare; a comparison needs both arms")
    return values.astype(np.bool_)


def clusters_of(clusters: ArrayLike | None, clients: int) -> Codes | None:
    """Return clusters as numbers from 0, or None where there are none."""
    if clusters is None:
        return None
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1].astype(np.int64)
    if len(codes) != clients:
        raise RequestError(f"clusters: expected {clients} values, one for each client, found {len(codes)}")
    if codes.max(initial=0) == 0:
        raise EstimationError("clusters: everyone is in one cluster, so nothing is known of how clusters vary")
    return codes


def standard_error(influence: Floats, clusters: Codes | None = None) -> float:
    """Return the standard error of a mean of influence values.

    Parameters
    ----------
    influence : ndarray, shape (clients,)
        What each client contributes to the estimate's deviation from its target; their mean is 0.
    clusters : ndarray of int, optional
        Clusters from 0: their sums are independent, not the clients. The sum is inflated by G / (G - 1).
    """
    clients = len(influence)
    if clusters is None:
        return float(np.sqrt(influence @ influence)) / clients
    sums = np.bincount(clusters, influence)
    return float(np.sqrt(sums @ sums * len(sums) / (len(sums) - 1))) / clients


@dataclass(frozen=True)
class Sample:
    """Outcome, treatment and traits of clients, checked.

    Parameters
    ----------
    outcome : ndarray, shape (clients,)
    treated : ndarray of bool, shape (clients,)
    basis : ndarray, shape (clients, columns)
        The constant and the traits, made orthogonal with mean square 1: what a regression on it fits is what one on the
        traits fits, without their units. Traits that are combinations of others are gone.
    clusters : ndarray of int or None
        Each client's cluster, from 0.
    notes : tuple of str
        What was left out.
    """

    outcome: Floats
    treated: Bools
    basis: Floats
    clusters: Codes | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, outcome: ArrayLike, treated: ArrayLike, traits: ArrayLike | None, clusters: ArrayLike | None = None) -> Sample:
        """Return a sample of checked arrays.

        Raises
        ------
        RequestError
            The arrays have different lengths.
        EstimationError
            A value is missing, an arm is empty, or the outcome is the same for everyone.
        """
        y, who = numbers(outcome, "outcome"), arms(treated)
        if y.shape != who.shape:
            raise RequestError(f"outcome and treated: expected one value each for every client, found {y.shape} and {who.shape}")
        if np.ptp(y) == 0.0:
            raise EstimationError(f"outcome: it is {y[0]:g} for every client; choose a later month or another outcome")
        basis = orthogonal(traits, len(y))
        return cls(y, who, basis.columns, clusters_of(clusters, len(y)), basis.notes)

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return len(self.outcome)

    def conclude(self, estimator: str, estimand: str, estimate: float, influence: Floats, level: float, *notes: str) -> Effect:
        """Return the effect whose error follows from influence values; Student's t with G - 1 for clusters."""
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


def traits_of(traits: ArrayLike | None, clients: int) -> Floats:
    """Return traits as a table, shape (clients, traits); none is a table without columns."""
    if traits is None:
        return np.empty((clients, 0))
    table = numbers(traits, "traits")
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != clients:
        raise RequestError(f"traits: expected a table of {clients} rows, one for each client, found shape {table.shape}")
    return table


@dataclass(frozen=True)
class Basis:
    """The constant and the traits as orthogonal columns of mean square 1, and notes on what was left out."""

    columns: Floats
    notes: tuple[str, ...]


def orthogonal(traits: ArrayLike | None, clients: int) -> Basis:
    """Return the constant and the traits as orthogonal columns; combinations of others are left out.

    Raises
    ------
    EstimationError
        As many traits as clients, or more.
    """
    table = traits_of(traits, clients)
    columns = np.column_stack([np.ones(clients), table])
    own = list(range(columns.shape[1]))
    while True:
        q, r = np.linalg.qr(columns[:, own])
        lengths = np.linalg.norm(columns[:, own], axis=0)
        dependent = np.flatnonzero(np.abs(np.diag(r)) <= DEPENDENT * lengths)
        if len(own) > clients:
            raise EstimationError(f"traits: {len(own) - 1} traits for {clients} clients; fewer traits or more clients are needed")
        if not len(dependent):
            break
        del own[dependent[0]]
    gone = sorted(set(range(1, columns.shape[1])) - set(own))
    notes = (f"traits that others already say, left out: column {', '.join(map(str, gone))}",) if gone else ()
    return Basis(q * np.sqrt(clients), notes)
