"""Difference in differences with two groups and two periods."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotsim.errors import EstimationError
from pilotsim.evaluation.arms import as_arm, take_arms
from pilotsim.evaluation.effects import Effect, conclude
from pilotsim.evaluation.estimators.difference import precision_of
from pilotsim.evaluation.inference.least_squares import fit_least_squares, unit
from pilotsim.evaluation.inference.robust import Robust

Floats = NDArray[np.float64]

FEW_CLUSTERS = "two groups at two times: no more than the groups' own luck can be seen within them; name the clusters"


def estimate_did(
    outcome: ArrayLike,
    treated: ArrayLike,
    after: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    errors: Robust = "HC2",
    level: float = 0.95,
) -> Effect:
    """Return the change among the treated less the change among the others.

    Estimand: mean effect on the treated (ATT) in the period after. Assumption: without the programme both groups would
    have changed alike (parallel trends); nobody acted on it before. Standard error: with clusters, CR2 with the degrees
    of freedom of Bell and McCaffrey; name the client as cluster where the same clients are seen twice, and the office or
    district where the programme came to whole offices; without clusters, HC2 as if each row were another client.
    Source: Card and Krueger, American Economic Review 84 (1994) 772-793; Bertrand, Duflo and Mullainathan, Quarterly
    Journal of Economics 119 (2004) 249-275, for the clusters.

    Parameters
    ----------
    outcome, treated, after : array, shape (rows,)
        One row for each client and period: the outcome, 1 for the group that gets the programme, 1 for the period after.
    covariates : array, shape (rows, covariates), optional
        Traits that the rows differ in; one slope each.
    clusters : array, shape (rows,), optional
        Labels of what belongs together.
    errors : {"classical", "HC0", "HC1", "HC2", "HC3"}
        The kind of standard error without clusters.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        One of the four cells is empty; an arm has one cluster; the outcome does not vary.
    """
    late = as_arm(after, len(np.asarray(outcome)), "after")
    table = late[:, None] if covariates is None else np.column_stack([late, covariates])
    _require_cells(np.asarray(treated, np.float64), late, np.asarray(outcome, np.float64))
    sample = take_arms(outcome, treated, covariates=table, clusters=clusters)
    late = sample.covariates[:, 0]
    design = np.column_stack([sample.treated * late, sample.treated, np.ones(sample.size), sample.covariates])
    fit = fit_least_squares(sample.outcome, design, names=["treated x after", "treated", "constant", "after"])
    precision = precision_of(fit, unit(fit.columns, 0), sample, errors)
    notes = sample.notes if sample.clusters is not None else (*sample.notes, FEW_CLUSTERS)
    return conclude(
        "did", "mean effect on the treated in the period after", float(fit.coefficients[0]), precision.error,
        freedom=precision.freedom, level=level, clients=sample.size, clusters=sample.cluster_count, notes=notes,
    )  # fmt: skip


def _require_cells(treated: Floats, late: Floats, outcome: Floats) -> None:
    known = ~np.isnan(outcome)
    for arm, group in ((1.0, "treated"), (0.0, "comparison")):
        for period, when in ((0.0, "before"), (1.0, "after")):
            if not np.any(known & (treated == arm) & (late == period)):
                raise EstimationError(f"the {group} group has no outcome {when}; all four cells of groups and periods are needed")
