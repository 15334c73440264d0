"""Effects in an experiment that drew one of each pair: of clients, or of whole districts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import without_repetition
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.inference.heteroskedastic import robust_precision
from pilotsim.effects.inference.influence import totals
from pilotsim.effects.inference.least_squares import fit_least_squares, unit
from pilotsim.effects.sample import Sample, take_sample


def estimate_pairs(
    outcome: ArrayLike,
    treated: ArrayLike,
    pairs: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    interacted: bool = False,
    whole: bool = False,
    level: float = 0.95,
) -> Effect:
    """Return the mean difference within pairs of which one was drawn by lot.

    Estimand: mean effect of the assignment (ITT) over clients: pairs count by their clients.
    Assumption: one of each pair was drawn, independently of the other pairs; a pair of which one
    has no outcome says nothing and is left out. Standard error: between pairs, HC2 with the degrees
    of freedom of Bell and McCaffrey, which for pairs of the same size is the paired t with
    t(pairs - 1); what sets pairs apart is no part of it. Covariates enter as differences within the
    pair; `interacted`, also as the mean of the pair, so that the effect may change with them.
    Source: Imai, Statistics in Medicine 27 (2008) 4857-4873; Imai, King and Nall, Statistical
    Science 24 (2009) 29-53, for pairs of whole clusters; Fogarty, Biometrika 105 (2018) 994-1000,
    for covariates.

    Parameters
    ----------
    outcome, treated, level
        As for `estimate_difference`.
    pairs : array, shape (clients,)
        Labels of the pairs. All clients of a pair's one half are treated, those of the other not.
    covariates : array, shape (clients, covariates), optional
        Traits from before the assignment; no missing values.
    interacted : bool
        Whether the effect may change with the covariates.
    whole : bool
        Whether each half of a pair is a whole cluster, such as a district.

    Raises
    ------
    EstimationError
        There are fewer than two complete pairs, or too many covariates for them; halves of a pair
        are no single clients, and `whole` is not said.
    """
    sample = take_sample(outcome, treated, covariates=covariates, blocks=pairs)
    halves, sizes = _halves(sample)
    complete = np.asarray((sizes > 0).all(axis=0))
    if not whole and (sizes > 1).any():
        raise EstimationError(
            Message("some pairs have more than one client of an arm; they are blocks, not pairs")
        )
    number = int(complete.sum())
    if number < 2:
        raise EstimationError(
            Message("there is one pair; a standard error between pairs needs at least two")
            if number
            else Message("no pair has an outcome of both arms")
        )
    notes = sample.notes
    if not complete.all():
        note = Message("pairs that lack the outcome of one half tell nothing and are left out")
        notes = (*notes, note)
    change = (halves[1] - halves[0])[complete]
    middle = halves.mean(axis=0)[complete][:, 1:]
    weights = sizes.sum(axis=0)[complete]
    # Pairs that are alike in a covariate do not differ in it, which says nothing.
    columns = without_repetition(change[:, 1:]).covariates
    if interacted and middle.size:
        centred = middle - np.average(middle, axis=0, weights=weights)
        columns = without_repetition(np.hstack([columns, centred])).covariates
    if columns.shape[1] >= number - 1:
        raise EstimationError(
            Message(
                "covariates: {count} for {number} pairs; use fewer covariates or more pairs",
                count=columns.shape[1],
                number=number,
            )
        )
    fit = fit_least_squares(
        change[:, 0],
        np.column_stack([np.ones(number), columns]),
        names=["effect", *(f"covariate {j}" for j in range(columns.shape[1]))],
        weights=weights,
    )
    precision = robust_precision(fit, unit(fit.columns, 0), "HC2")
    return conclude(
        "pairs",
        "mean effect of the assignment (ITT) over clients",
        float(fit.coefficients[0]),
        precision.error,
        freedom=precision.freedom,
        level=level,
        clients=int(weights.sum()),
        clusters=2 * number if whole else 0,
        notes=notes,
    )


def _halves(sample: Sample) -> tuple[Floats, Floats]:
    """Return the means of outcome and covariates, and the clients, of each half of each pair.

    Shapes (2, pairs, columns) and (2, pairs): row 0 is the comparison arm. NaN where nobody is.
    """
    assert sample.blocks is not None
    table = np.column_stack([sample.outcome, sample.covariates])
    number = int(sample.blocks.max()) + 1
    means = np.full((2, number, table.shape[1]), np.nan)
    sizes = np.zeros((2, number))
    for arm in (0, 1):
        own = sample.treated == bool(arm)
        sizes[arm] = np.bincount(sample.blocks[own], minlength=number)
        sums = totals(sample.blocks[own], table[own], number)
        known = sizes[arm] > 0
        means[arm, known] = sums[known] / sizes[arm, known, None]
    return means, sizes
