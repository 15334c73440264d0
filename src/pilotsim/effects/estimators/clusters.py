"""Effects where whole clusters (offices, districts, caseworkers' lists) were assigned."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.estimators.difference_in_means import conclude_treatment
from pilotsim.effects.inference.heteroskedastic import robust_precision
from pilotsim.effects.inference.least_squares import DesignPrecision, fit_least_squares, unit
from pilotsim.effects.inference.linear import Errors, Wording
from pilotsim.effects.sample import Sample, require_clusters, take_sample

ClusterWeights = Literal["equal", "size", "variance"]


def estimate_clustered(
    outcome: ArrayLike,
    treated: ArrayLike,
    clusters: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    errors: Errors = "CR2",
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the difference between the arms over clients, with a standard error between clusters.

    Estimand: mean effect of the assignment over clients. Assumption: clusters were assigned by lot
    and do not touch each other; with clusters of unequal size, that size and effect go together no
    more than chance has it. Standard error: CR2 with the degrees of freedom of Bell and McCaffrey;
    CR1 and CR3 with t(clusters - 1). Covariates enter with one slope for both arms. Source: Bell
    and McCaffrey, Survey Methodology 28 (2002) 169-181; Imbens and Kolesar, Review of Economics and
    Statistics 98 (2016) 701-712.

    Parameters
    ----------
    outcome, treated : array, shape (clients,)
        The outcome, NaN where it is not known; 1 for the treated (or offered), 0 for the others.
    clusters : array, shape (clients,)
        Labels of the clusters.
    covariates : array, shape (clients, covariates), optional
        Traits from before the assignment.
    errors : {"CR0", "CR1", "CR2", "CR3", "wild"}
        The kind of standard error; `wild`: p-value and interval by the wild cluster bootstrap.
    level : float
        Of the interval.
    seed : int
        Seed of the draws of ``errors="wild"``.

    Raises
    ------
    EstimationError
        An arm is empty or has one cluster; the outcome does not vary; covariates are collinear, or
        too many.
    """
    sample = take_sample(outcome, treated, covariates=covariates, clusters=clusters)
    require_clusters(sample)
    wording = Wording("clustered", "mean effect of the assignment over clients", sample.notes)
    return conclude_treatment(wording, sample, errors=errors, level=level, seed=seed)


def estimate_cluster_means(
    outcome: ArrayLike,
    treated: ArrayLike,
    clusters: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    weights: ClusterWeights = "equal",
    level: float = 0.95,
) -> Effect:
    """Return the difference between the arms in the means of clusters.

    Estimand: mean effect over clusters (`equal`), over clients (`size`), or with the least variance
    (`variance`; an average over clusters that leans to the large). Assumption: clusters were
    assigned by lot; the t of `equal` and `variance` is exact if cluster means are normal with equal
    (known relative) spread in both arms, and close to it otherwise. Standard error: pooled over
    arms, t(clusters - 2 - covariates); `size`: HC2 over clusters with its own degrees of freedom.
    Source: Hayes and Moulton, Cluster Randomised Trials, 2nd ed. (2017), ch. 10; Donner and Klar
    (2000), ch. 6, for the weights of `variance`.

    Parameters
    ----------
    outcome, treated, clusters, level
        As for `estimate_clustered`; each cluster belongs to one arm.
    covariates : array, shape (clients, covariates), optional
        Their means over each cluster are adjusted for.
    weights : {"equal", "size", "variance"}
        What each cluster counts.

    Raises
    ------
    EstimationError
        As for `estimate_clustered`; or clusters with clients of both arms.
    """
    sample = take_sample(outcome, treated, covariates=covariates, clusters=clusters)
    codes = require_clusters(sample)
    sizes = np.bincount(codes).astype(np.float64)
    means = average(np.column_stack([sample.outcome, sample.treated, sample.covariates]), codes)
    if np.any((means[:, 1] > 0.0) & (means[:, 1] < 1.0)):
        raise EstimationError(
            Message(
                "some clusters have clients in both arms; cluster means need whole clusters (try "
                "'clustered' or 'blocked')"
            )
        )
    design = np.column_stack([means[:, 1], np.ones(len(sizes)), means[:, 2:]])
    fit = fit_least_squares(
        means[:, 0],
        design,
        names=["treated", "constant"],
        weights=_weights(weights, sample, sizes, means),
    )
    kind: Literal["HC2", "classical"] = "HC2" if weights == "size" else "classical"
    precision: DesignPrecision = robust_precision(fit, unit(fit.columns, 0), kind)
    over = {
        "equal": "over clusters",
        "size": "over clients",
        "variance": "over clusters, weighted by precision",
    }[weights]
    return conclude(
        "cluster_means",
        f"mean effect of the assignment {over}",
        float(fit.coefficients[0]),
        precision.error,
        freedom=precision.freedom,
        level=level,
        clients=sample.clients,
        clusters=len(sizes),
        notes=sample.notes,
    )


def average(values: Floats, codes: Ints) -> Floats:
    """Return the mean of each column in each group, shape (groups, columns)."""
    counts = np.bincount(codes)
    return np.column_stack([np.bincount(codes, column) / counts for column in values.T])


def _weights(kind: ClusterWeights, sample: Sample, sizes: Floats, means: Floats) -> Floats | None:
    if kind == "equal":
        return None
    if kind == "size":
        return sizes
    if kind == "variance":
        return 1.0 / (_between(sample, sizes, means) + _within(sample, means, sizes) / sizes)
    raise EstimationError(
        Message("weights: 'equal', 'size' or 'variance' was expected, found '{kind}'", kind=kind)
    )


def _within(sample: Sample, means: Floats, sizes: Floats) -> float:
    inside = sample.outcome - means[sample.clusters, 0]
    spare = len(inside) - len(sizes)
    if spare < 1:
        raise EstimationError(
            Message(
                "every cluster has one client, so there is no spread within clusters; use "
                "weights='equal'"
            )
        )
    return max(float(inside @ inside) / spare, 1e-12)


def _between(sample: Sample, sizes: Floats, means: Floats) -> float:
    """Return the variance between clusters of an arm by moments (Donner and Klar).

    It is 0 where the clusters are alike.
    """
    total = 0.0
    scale = 0.0
    for arm in (0.0, 1.0):
        inside = means[:, 1] == arm
        centre = np.average(means[inside, 0], weights=sizes[inside])
        total += float(sizes[inside] @ (means[inside, 0] - centre) ** 2) - (
            inside.sum() - 1
        ) * _within(sample, means, sizes)
        scale += float(sizes[inside].sum() - (sizes[inside] ** 2).sum() / sizes[inside].sum())
    return max(total / scale, 0.0)
