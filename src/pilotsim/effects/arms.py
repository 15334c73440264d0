"""The arrays that an estimator works on, checked.

What is missing, who is in which arm, which columns say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import mean_of_known

# A covariate repeats those before it when its own part is this small against the whole.
REPEATED = 1e-9


def as_column(values: ArrayLike, name: str) -> Floats:
    """Return one number for each client."""
    try:
        column = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise EstimationError(
            Message("{name}: numbers were expected ({error})", name=name, error=str(error))
        ) from error
    if column.ndim != 1:
        raise EstimationError(
            Message(
                "{name}: one number for each client was expected, found an array of shape {found}",
                name=name,
                found=column.shape,
            )
        )
    if np.isinf(column).any():
        raise EstimationError(
            Message(
                "{name}: an infinite number at row {row}",
                name=name,
                row=int(np.flatnonzero(np.isinf(column))[0]),
            )
        )
    return column


def as_arm(values: ArrayLike, size: int, name: str = "treated") -> Floats:
    """Return 1 for the treated and 0 for the others."""
    arm = as_column(values, name)
    if len(arm) != size:
        raise EstimationError(
            Message(
                "{name}: {size} numbers were expected, as for the outcome; found {count}",
                name=name,
                size=size,
                count=len(arm),
            )
        )
    if not np.all((arm == 0.0) | (arm == 1.0)):
        raise EstimationError(
            Message(
                "{name}: 0 or 1 was expected for each client; found {value}",
                name=name,
                value=Amount(np.unique(arm[(arm != 0.0) & (arm != 1.0)])[0]),
            )
        )
    return arm


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


def as_table(values: ArrayLike | None, size: int) -> Floats:
    """Return covariates with one column each; none for None."""
    if values is None:
        return np.empty((size, 0))
    table = np.asarray(values, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != size:
        raise EstimationError(
            Message(
                "covariates: {size} rows were expected, as for the outcome; found shape {found}",
                size=size,
                found=table.shape,
            )
        )
    faulty = np.flatnonzero(~np.isfinite(table).all(axis=0))
    if len(faulty):
        raise EstimationError(
            Message(
                "covariates: column {faulty} has missing values; fill_missing() makes a column "
                "that says so",
                faulty=int(faulty[0]),
            )
        )
    return table


def known_rows(outcome: ArrayLike) -> Bools:
    """Return which clients have a known outcome: those that an estimator keeps."""
    found: Bools = ~np.isnan(as_column(outcome, "outcome"))
    return found


def as_codes(values: ArrayLike | None, known: Bools, name: str) -> Ints | None:
    """Return which group each of those with an outcome belongs to, from 0 on."""
    if values is None:
        return None
    labels = np.asarray(values)
    if labels.shape != known.shape:
        raise EstimationError(
            Message(
                "{name}: {count} labels were expected, as for the outcome; found shape {found}",
                name=name,
                count=len(known),
                found=labels.shape,
            )
        )
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise EstimationError(
            Message(
                "{name}: {count} clients have none", name=name, count=int(np.isnan(labels).sum())
            )
        )
    return np.unique(labels[known], return_inverse=True)[1].astype(np.int64)


def fill_missing(covariates: ArrayLike) -> Floats:
    """Return covariates with the mean where a value is missing, and columns that say where.

    Unbiased in an experiment, where the arms are alike in what is missing; not in an observational
    comparison. Source: Zhao and Ding, "To adjust or not to adjust? Estimating the average treatment
    effect in randomized experiments with missing covariates", Journal of the American Statistical
    Association 119 (2024).
    """
    table = np.asarray(covariates, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    missing = np.isnan(table)
    # Of a column in which nothing is known all is missing, which the second column says.
    means = np.nan_to_num(mean_of_known(table, axis=0))
    return np.hstack(
        [np.where(missing, means, table), missing[:, missing.any(axis=0)].astype(np.float64)]
    )


@dataclass(frozen=True, eq=False)
class KeptCovariates:
    """Covariates that say something, and a note on those left out."""

    covariates: Floats
    notes: tuple[str, ...] = ()


def without_repetition(covariates: Floats) -> KeptCovariates:
    """Return covariates without those that say nothing: constants, and sums of others."""
    table = np.column_stack([np.ones(len(covariates)), covariates])
    gone: list[int] = []
    while len(gone) < table.shape[1] - 1:
        kept = [column for column in range(table.shape[1]) if column not in gone]
        triangle = np.linalg.qr(table[:, kept], mode="r")
        lengths = np.sqrt(np.einsum("ij,ij->j", table[:, kept], table[:, kept]))
        own = np.abs(np.diag(triangle)) > REPEATED * lengths[: len(triangle)]
        if own.all():
            break
        gone.append(kept[int(np.flatnonzero(~own)[0])])
    if not gone:
        return KeptCovariates(covariates)
    note = Message(
        "covariates that others already say are left out: column {names}",
        names=", ".join(str(column - 1) for column in sorted(gone)),
    )
    return KeptCovariates(
        covariates[:, [column - 1 for column in range(1, table.shape[1]) if column not in gone]],
        (note,),
    )


def take_covariates(covariates: ArrayLike, clients: int) -> Floats:
    """Return covariates as a table, without those that others already say.

    It has a row for each client.
    """
    return without_repetition(as_table(covariates, clients)).covariates


def require_more_clients(covariates: Floats) -> None:
    """Refuse as many covariates as clients.

    Raises
    ------
    EstimationError
        There are as many columns as rows, or more.
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


def orthogonal(covariates: Floats) -> Floats:
    """Return the constant and the covariates as orthogonal columns of mean square 1.

    Raises
    ------
    EstimationError
        As many covariates as clients.
    """
    require_more_clients(covariates)
    clients = len(covariates)
    q = np.linalg.qr(np.column_stack([np.ones(clients), covariates]))[0]
    return np.asarray(q * np.sqrt(clients), np.float64)
