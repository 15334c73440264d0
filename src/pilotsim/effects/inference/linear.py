"""From a regression to an effect: one place where the kind of standard error is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.effects.effect import FEW_FREEDOM, Effect, conclude
from pilotsim.effects.inference.bootstrap import bootstrap_wild
from pilotsim.effects.inference.clustered import Clustered, cluster_precision
from pilotsim.effects.inference.heteroskedastic import Robust, robust_precision
from pilotsim.effects.inference.influence import count_clusters
from pilotsim.effects.inference.least_squares import (
    DesignPrecision,
    LeastSquaresFit,
    fit_least_squares,
    unit,
)

# A standard error this small against the range of the outcome is rounding.
NO_SPREAD = 1e-10
# `auto`: HC2 without clusters, CR2 with; both with the degrees of freedom of Bell and McCaffrey.
Errors = Literal[
    "auto", "classical", "HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR2", "CR3", "wild"
]


@dataclass(frozen=True, eq=False)
class Regression:
    """What is regressed on what.

    Parameters
    ----------
    outcome, design : ndarray, shape (rows,) and (rows, columns)
        The outcome and the columns it is explained by.
    names : sequence of str
        Of the columns, for messages.
    clusters : ndarray of int, shape (rows,), or None
        Coded from 0 on.
    """

    outcome: Floats
    design: Floats
    names: Sequence[str]
    clusters: Ints | None = None

    @property
    def cluster_count(self) -> int:
        """How many clusters there are; 0 without."""
        return count_clusters(self.clusters)


@dataclass(frozen=True)
class Wording:
    """What an effect is called, what it estimates, and what a reader must know."""

    estimator: str
    estimand: str
    notes: tuple[str, ...] = ()


def conclude_coefficient(
    wording: Wording,
    regression: Regression,
    position: int,
    *,
    errors: Errors = "auto",
    level: float = 0.95,
    seed: int = 0,
    more: float = 0.0,
) -> Effect:
    """Return a coefficient as an effect.

    Parameters
    ----------
    wording : Wording
        What it is.
    regression : Regression
        Where it comes from.
    position : int
        Which column.
    errors : str
        `auto`, or a kind: `classical`, `HC0` to `HC3` without clusters; `CR0` to `CR3` and `wild`
        (the wild cluster bootstrap, whose degrees of freedom are NaN) with.
    level : float
        Of the interval.
    seed : int
        Seed of the bootstrap's draws.
    more : float
        A variance that comes on top of the coefficient's.

    Raises
    ------
    EstimationError
        The kind of error does not go with the data, or the regression cannot be fitted.
    """
    if errors == "wild":
        return _wild(wording, regression, position, level, seed)
    fit = fit_least_squares(regression.outcome, regression.design, names=regression.names)
    found = precision_of(fit, unit(fit.columns, position), regression.clusters, errors)
    if found.error <= NO_SPREAD * float(np.ptp(regression.outcome)):
        raise EstimationError(
            Message(
                "{estimator}: the outcome does not vary within the arms, so there is no standard "
                "error; try a later month",
                estimator=wording.estimator,
            )
        )
    return conclude(
        wording.estimator,
        wording.estimand,
        float(fit.coefficients[position]),
        float(np.hypot(found.error, np.sqrt(more))),
        freedom=found.freedom,
        level=level,
        clients=fit.rows,
        clusters=regression.cluster_count,
        notes=wording.notes,
    )


def precision_of(
    fit: LeastSquaresFit, contrast: Floats, clusters: Ints | None, errors: Errors = "auto"
) -> DesignPrecision:
    """Return the standard error of a contrast of coefficients, of the kind asked for.

    Raises
    ------
    EstimationError
        The kind is unknown, or does not go with the presence or absence of clusters.
    """
    if errors not in get_args(Errors):
        raise EstimationError(
            Message(
                "errors: unknown kind '{errors}'{meant}",
                errors=errors,
                meant=did_you_mean(errors, get_args(Errors)),
            )
        )
    if clusters is None:
        kind = "HC2" if errors == "auto" else errors
        if kind not in get_args(Robust):
            raise EstimationError(
                Message(
                    "errors='{errors}' is for clusters, and there are none; name them, or use HC2",
                    errors=errors,
                )
            )
        return robust_precision(fit, contrast, kind)  # type: ignore[arg-type]
    kind = "CR2" if errors == "auto" else errors
    if kind not in get_args(Clustered):
        raise EstimationError(
            Message(
                "errors='{errors}' takes every client for independent, and there are clusters; use "
                "CR2 or wild",
                errors=errors,
            )
        )
    return cluster_precision(fit, contrast, clusters, kind)  # type: ignore[arg-type]


def _few_carry(regression: Regression, position: int) -> tuple[Message, ...]:
    """Return what to say where few clusters carry a coefficient, as the freedom of CR2 tells.

    The bootstrap then rules out too little with few treated clusters, or too much where it draws
    without the null (MacKinnon and Webb, Journal of Applied Econometrics 32, 2017).
    """
    fit = fit_least_squares(regression.outcome, regression.design, names=regression.names)
    try:
        freedom = precision_of(fit, unit(fit.columns, position), regression.clusters, "CR2").freedom
    except EstimationError:
        return ()
    if not freedom < FEW_FREEDOM:
        return ()
    return (
        Message(
            "few clusters carry the effect (as many as {freedom:.1f} degrees of freedom): the wild "
            "cluster bootstrap is rough too, and may hardly rule anything out",
            freedom=Amount(freedom),
        ),
    )


def _wild(
    wording: Wording, regression: Regression, position: int, level: float, seed: int
) -> Effect:
    if regression.clusters is None:
        raise EstimationError(
            Message("errors='wild' is for clusters, and there are none; name them, or use HC2")
        )
    found = bootstrap_wild(
        regression.outcome, regression.design, regression.clusters, position, seed=seed, level=level
    )
    note = (
        Message("p-value and interval by wild cluster bootstrap, all combinations of signs")
        if found.exact
        else Message(
            "p-value and interval by wild cluster bootstrap, {draws} draws", draws=found.draws
        )
    )
    effect = conclude(
        wording.estimator,
        wording.estimand,
        found.estimate,
        found.error,
        level=level,
        clients=len(regression.outcome),
        clusters=regression.cluster_count,
        notes=(*wording.notes, note, *_few_carry(regression, position)),
    )
    return replace(effect, p=found.p, low=found.low, high=found.high, freedom=float("nan"))
