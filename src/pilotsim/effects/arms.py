"""The arrays that an estimator works on, checked.

What is missing, who is in which arm, which columns say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message

# A covariate repeats those before it when its own part is this small against the whole.
REPEATED = 1e-9


@dataclass(frozen=True, eq=False)
class Arms:
    """Clients with a known outcome.

    Parameters
    ----------
    outcome, treated : ndarray of float, shape (clients,)
        The outcome; 1 for the treated (or offered), 0 for the others.
    covariates : ndarray of float, shape (clients, covariates)
        Traits from before the assignment; none is a sum of others.
    clusters, blocks : ndarray of int, shape (clients,), or None
        Which cluster and block each belongs to, from 0 on.
    notes : tuple of str
        What was left out, and how many.
    """

    outcome: Floats
    treated: Floats
    covariates: Floats
    clusters: Ints | None = None
    blocks: Ints | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many clients there are."""
        return len(self.outcome)

    @property
    def cluster_count(self) -> int:
        """How many clusters there are; 0 without clusters."""
        return 0 if self.clusters is None else int(self.clusters.max()) + 1


def take_arms(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    blocks: ArrayLike | None = None,
) -> Arms:
    """Return the clients with an outcome, after checks.

    Those without one are left out and counted in a note.

    Raises
    ------
    EstimationError
        Lengths differ, the treatment is not 0 or 1, a covariate is missing, an arm is empty, or
        everybody has the same outcome.
    """
    y = as_column(outcome, "outcome")
    arm = as_arm(treated, len(y))
    table = as_table(covariates, len(y))
    known = ~np.isnan(y)
    notes = (
        ()
        if known.all()
        else (
            Message(
                "{missing} of {clients} clients have no outcome and are left out",
                missing=int((~known).sum()),
                clients=len(y),
            ),
        )
    )
    sample = Arms(
        y[known],
        arm[known],
        table[known],
        as_codes(clusters, known, "clusters"),
        as_codes(blocks, known, "blocks"),
        notes,
    )
    for value, name in ((1.0, Message("treated")), (0.0, Message("comparison"))):
        if not np.any(sample.treated == value):
            raise EstimationError(
                Message(
                    "nobody with an outcome is in the {name} arm; an effect needs both", name=name
                )
            )
    if np.ptp(sample.outcome) == 0.0:
        raise EstimationError(
            Message(
                "everybody has the outcome {outcome}: nothing can be compared; try a later month",
                outcome=Amount(sample.outcome[0]),
            )
        )
    if not sample.covariates.size:
        return sample
    kept = without_repetition(sample.covariates)
    return replace(sample, covariates=kept.covariates, notes=(*sample.notes, *kept.notes))


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
    counts = (~missing).sum(axis=0)
    means = np.where(missing, 0.0, table).sum(axis=0) / np.maximum(counts, 1)
    return np.hstack(
        [np.where(missing, means, table), missing[:, missing.any(axis=0)].astype(np.float64)]
    )


def require_clusters(sample: Arms, least: int = 2) -> Ints:
    """Return the clusters, after a check that they can carry an effect.

    With one cluster in an arm, an effect cannot be told from the difference of two clusters.

    Raises
    ------
    EstimationError
        There are no clusters, or an arm of whole clusters has fewer than `least`.
    """
    if sample.clusters is None:
        raise EstimationError(
            Message("clusters: this estimator needs to know who belongs to which")
        )
    shares = np.bincount(sample.clusters, sample.treated) / np.bincount(sample.clusters)
    whole = (shares == 0.0) | (shares == 1.0)
    if len(shares) < least:
        raise EstimationError(
            Message(
                "there are {count} clusters; a standard error between clusters needs at least "
                "{least}",
                count=len(shares),
                least=least,
            )
        )
    for name, number in (
        (Message("treated"), int((shares > 0.0).sum())),
        (Message("comparison"), int((shares < 1.0).sum())),
    ):
        if whole.all() and number < least:
            if number == 1:
                raise EstimationError(
                    Message(
                        "the {name} arm has 1 cluster: its own difference cannot be told from an "
                        "effect; more clusters, or before-and-after figures of many comparison "
                        "clusters with randomisation inference",
                        name=name,
                    )
                )
            raise EstimationError(
                Message(
                    "the {name} arm has {number} clusters: its own difference cannot be told from "
                    "an effect; more clusters, or before-and-after figures of many comparison "
                    "clusters with randomisation inference",
                    name=name,
                    number=number,
                )
            )
    return sample.clusters


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
