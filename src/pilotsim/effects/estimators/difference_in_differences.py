"""Difference in differences with two groups and two periods."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_arm
from pilotsim.effects.effect import Effect
from pilotsim.effects.inference.linear import Errors, Regression, Wording, conclude_coefficient
from pilotsim.effects.sample import checked_clusters, take_sample

NO_CLUSTERS = Message(
    "every row is taken for another, independent client; "
    "name the clients, offices or districts as clusters"
)


def estimate_did(
    outcome: ArrayLike,
    treated: ArrayLike,
    after: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    errors: Errors = "auto",
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the change among the treated less the change among the others.

    Estimand: mean effect on the treated (ATT) in the period after. Assumption: without the
    programme both groups would have changed alike (parallel trends); nobody acted on it before.
    Standard error: with clusters, CR2 with the degrees of freedom of Bell and McCaffrey; name the
    client as cluster where the same clients are seen twice, and the office or district where the
    programme came to whole offices; without clusters, HC2 as if each row were another client.
    Source: Card and Krueger, American Economic Review 84 (1994) 772-793; Bertrand, Duflo and
    Mullainathan, Quarterly Journal of Economics 119 (2004) 249-275, for the clusters.

    Parameters
    ----------
    outcome, treated, after : array, shape (rows,)
        One row for each client and period: the outcome, 1 for the group that gets the programme, 1
        for the period after.
    covariates : array, shape (rows, covariates), optional
        Traits that the rows differ in; one slope each.
    clusters : array, shape (rows,), optional
        Labels of what belongs together.
    errors : str
        The kind of standard error (`conclude_coefficient`): `auto` is CR2, without clusters HC2.
    level : float
        Of the interval.
    seed : int
        Seed of the draws of ``errors="wild"``.

    Raises
    ------
    EstimationError
        One of the four cells is empty; an arm has one cluster; the outcome does not vary.
    """
    late = as_arm(after, len(np.asarray(outcome)), "after")
    table = late[:, None] if covariates is None else np.column_stack([late, covariates])
    _require_cells(np.asarray(treated, np.float64), late, np.asarray(outcome, np.float64))
    sample = take_sample(outcome, treated, covariates=table, clusters=clusters)
    late = sample.covariates[:, 0]
    others = [f"covariate {j}" for j in range(sample.covariates.shape[1] - 1)]
    design = np.column_stack(
        [np.ones(sample.clients), sample.treated, sample.covariates, sample.treated * late]
    )
    names = ["constant", "treated", "after", *others, "treated x after"]
    regression = Regression(sample.outcome, design, names, checked_clusters(sample))
    notes = sample.notes if sample.clusters is not None else (*sample.notes, NO_CLUSTERS)
    wording = Wording("did", "mean effect on the treated (ATT) in the period after", notes)
    return conclude_coefficient(
        wording, regression, len(names) - 1, errors=errors, level=level, seed=seed
    )


def _require_cells(treated: Floats, late: Floats, outcome: Floats) -> None:
    known = ~np.isnan(outcome)
    for arm, group in ((1.0, Message("treated")), (0.0, Message("comparison"))):
        for period, when in ((0.0, Message("before")), (1.0, Message("after"))):
            if not np.any(known & (treated == arm) & (late == period)):
                raise EstimationError(
                    Message(
                        "the {group} group has no outcome {when}; all four cells of groups and "
                        "periods are needed",
                        group=group,
                        when=when,
                    )
                )
