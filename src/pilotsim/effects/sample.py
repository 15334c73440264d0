"""Clients with an outcome, an arm and covariates: what a comparison of two arms starts from.

One record for lotteries and for observation: estimators that weigh read its `basis` and conclude
from influence values, the others regress its outcome on its columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import (
    as_arm,
    as_codes,
    as_column,
    as_table,
    orthogonal,
    require_more_clients,
    without_repetition,
)
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.inference.influence import (
    cluster_freedom,
    count_clusters,
    influence_error,
    refuse_single_cluster,
)


@dataclass(frozen=True, eq=False)
class Sample:
    """Clients with a known outcome, checked.

    Parameters
    ----------
    outcome : ndarray of float, shape (clients,)
    treated : ndarray of bool, shape (clients,)
        Whether each was treated (or offered).
    covariates : ndarray of float, shape (clients, covariates)
        Traits from before the assignment, as given; none is a sum of others.
    clusters, blocks : ndarray of int, shape (clients,), or None
        Which cluster and block each belongs to, from 0 on.
    notes : tuple of str
        What was left out, and how many.
    """

    outcome: Floats
    treated: Bools
    covariates: Floats
    clusters: Ints | None = None
    blocks: Ints | None = None
    notes: tuple[str, ...] = ()

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return len(self.outcome)

    @property
    def cluster_count(self) -> int:
        """How many clusters there are; 0 without clusters."""
        return count_clusters(self.clusters)

    @cached_property
    def basis(self) -> Floats:
        """The constant and the covariates as orthogonal columns of mean square 1.

        Shape (clients, covariates + 1). A regression on them fits what one on the covariates fits,
        whatever the units of the covariates.
        """
        return orthogonal(self.covariates)

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
        return conclude(
            estimator,
            estimand,
            estimate,
            influence_error(influence, self.clusters),
            clients=self.clients,
            clusters=self.cluster_count,
            freedom=cluster_freedom(self.clusters),
            level=level,
            notes=(*self.notes, *notes),
        )


def take_sample(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    blocks: ArrayLike | None = None,
) -> Sample:
    """Return the clients with an outcome, after checks.

    Those without one are left out and counted in a note.

    Raises
    ------
    EstimationError
        Lengths differ, the treatment is not 0 or 1, a covariate is missing, an arm is empty, or
        everybody has the same outcome.
    """
    y = as_column(outcome, "outcome")
    arm = as_arm(treated, len(y)).astype(np.bool_)
    table = as_table(covariates, len(y))
    known = ~np.isnan(y)
    notes: tuple[str, ...] = ()
    if not known.all():
        notes = (
            Message(
                "{missing} of {clients} clients have no outcome and are left out",
                missing=int((~known).sum()),
                clients=len(y),
            ),
        )
    sample = Sample(
        outcome=y[known],
        treated=arm[known],
        covariates=table[known],
        clusters=as_codes(clusters, known, "clusters"),
        blocks=as_codes(blocks, known, "blocks"),
        notes=notes,
    )
    for members, name in (
        (sample.treated, Message("treated")),
        (~sample.treated, Message("comparison")),
    ):
        if not members.any():
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


def take_observed(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike | None,
    clusters: ArrayLike | None = None,
) -> Sample:
    """Return the clients with an outcome, where covariates have to make the arms comparable.

    Raises
    ------
    EstimationError
        As `take_sample`; everybody is in one cluster; as many covariates as clients.
    """
    sample = take_sample(outcome, treated, covariates=covariates, clusters=clusters)
    refuse_single_cluster(sample.clusters)
    require_more_clients(sample.covariates)
    return sample


def require_clusters(sample: Sample, least: int = 2) -> Ints:
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
                        "effect; more clusters, or synthetic_did or synthetic_control, which hold "
                        "the months before and after against those of many other districts",
                        name=name,
                    )
                )
            raise EstimationError(
                Message(
                    "the {name} arm has {number} clusters: its own difference cannot be told from "
                    "an effect; more clusters, or synthetic_did or synthetic_control, which hold "
                    "the months before and after against those of many other districts",
                    name=name,
                    number=number,
                )
            )
    return sample.clusters


def checked_clusters(sample: Sample) -> Ints | None:
    """Return the clusters as `require_clusters` does; None where there are none."""
    return None if sample.clusters is None else require_clusters(sample)
