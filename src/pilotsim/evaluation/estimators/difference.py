"""Effects in an experiment with individual assignment: the difference in means, and its adjustment for covariates."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotsim.errors import EstimationError
from pilotsim.evaluation.arms import Arms, require_clusters, take_arms
from pilotsim.evaluation.effects import Effect, conclude
from pilotsim.evaluation.inference.clustered import cluster_precision
from pilotsim.evaluation.inference.least_squares import Fit, Precision, fit_least_squares, unit
from pilotsim.evaluation.inference.robust import Robust, robust_precision

Floats = NDArray[np.float64]
Population = Literal["sample", "population"]


def estimate_difference(
    outcome: ArrayLike, treated: ArrayLike, *, errors: Robust = "HC2", clusters: ArrayLike | None = None, level: float = 0.95
) -> Effect:
    """Return the difference in mean outcome between the arms.

    Estimand: mean effect of the assignment on those assigned by lot (ITT). Assumption: assignment by lot; nobody's outcome
    hangs on another's assignment. Standard error: Neyman's, the sum of each arm's variance over its size, which is HC2
    and never too small on average in the sample; t with the degrees of freedom of Bell and McCaffrey (about Welch's).
    With clusters: CR2. Source: Neyman (1923), Statistical Science 5 (1990) 465-472; Samii and Aronow, Statistics and
    Probability Letters 82 (2012), for HC2.

    Parameters
    ----------
    outcome, treated : array, shape (clients,)
        The outcome, NaN where it is not known; 1 for the treated (or offered), 0 for the others.
    errors : {"classical", "HC0", "HC1", "HC2", "HC3"}
        The kind of standard error; unused with clusters.
    clusters : array, shape (clients,), optional
        Labels of the clusters that were assigned as a whole, or that share their luck.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        An arm is empty or has one client, the outcome does not vary, or an arm has one cluster.
    """
    sample = take_arms(outcome, treated, clusters=clusters)
    design = np.column_stack([sample.treated, np.ones(sample.size)])
    fit = fit_least_squares(sample.outcome, design)
    precision = precision_of(fit, unit(2, 0), sample, errors)
    return _effect("difference", "mean effect of the assignment (ITT)", fit.coefficients[0], precision, sample, level)


def estimate_adjusted(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    errors: Robust = "HC2",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the coefficient of the treatment in a regression on it and on covariates, one slope for both arms.

    Estimand: in an experiment with half in each arm, the mean effect (ITT); else a mean weighted by the variance of
    treatment given the covariates. Assumption: assignment by lot, or by the covariates alone with a linear outcome.
    Standard error: HC2, CR2 with clusters. Source: Freedman, Advances in Applied Mathematics 40 (2008), for what it does
    in an experiment (prefer `estimate_lin`); Angrist, Econometrica 66 (1998), for the weights.

    Parameters
    ----------
    outcome, treated, covariates, errors, clusters, level
        As for `estimate_lin`.

    Raises
    ------
    EstimationError
        As for `estimate_lin`.
    """
    sample = take_arms(outcome, treated, covariates=covariates, clusters=clusters)
    design = np.column_stack([np.ones(sample.size), sample.covariates, sample.treated])
    names = ["constant", *(f"covariate {j}" for j in range(sample.covariates.shape[1])), "treated"]
    fit = fit_least_squares(sample.outcome, design, names=names)
    precision = precision_of(fit, unit(fit.columns, fit.columns - 1), sample, errors)
    estimand = "mean effect of the assignment, weighted by its variance given the covariates"
    return _effect("adjusted", estimand, fit.coefficients[-1], precision, sample, level)


def estimate_lin(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    errors: Robust = "HC2",
    clusters: ArrayLike | None = None,
    of: Population = "sample",
    level: float = 0.95,
) -> Effect:
    """Return the difference between the arms adjusted for covariates, each arm with its own slopes.

    Estimand: mean effect of the assignment (ITT). Assumption: assignment by lot; covariates from before it, few against
    the smaller arm. Standard error: HC2 (CR2 with clusters); for the population that clients come from, plus the spread
    of effects that the covariates explain. Source: Lin, Annals of Applied Statistics 7 (2013) 295-318; Negi and Wooldridge,
    Econometric Reviews 40 (2021), for the population.

    Parameters
    ----------
    outcome, treated : array, shape (clients,)
        As for `estimate_difference`.
    covariates : array, shape (clients, covariates)
        Traits from before the assignment; no missing values (`fill_missing`).
    errors, clusters, level
        As for `estimate_difference`.
    of : {"sample", "population"}
        Whether the effect is that of these clients, or of those they are a sample of.

    Raises
    ------
    EstimationError
        As for `estimate_difference`; or the covariates are collinear within an arm, or too many.
    """
    sample = take_arms(outcome, treated, covariates=covariates, clusters=clusters)
    if of not in {"sample", "population"}:
        raise EstimationError(f"of: 'sample' or 'population' was expected, found {of!r}")
    centred = sample.covariates - sample.covariates.mean(axis=0)
    number = centred.shape[1]
    design = np.column_stack([np.ones(sample.size), sample.treated, centred, centred * sample.treated[:, None]])
    names = [
        "constant",
        "treated",
        *(f"covariate {j}" for j in range(number)),
        *(f"treated x covariate {j}" for j in range(number)),
    ]
    fit = fit_least_squares(sample.outcome, design, names=names)
    precision = precision_of(fit, unit(fit.columns, 1), sample, errors)
    if of == "population":
        spread = float(np.var(centred @ fit.coefficients[2 + number :], ddof=1)) / sample.size if number else 0.0
        precision = Precision(float(np.hypot(precision.error, np.sqrt(spread))), precision.freedom)
    estimand = f"mean effect of the assignment (ITT) in the {of}, adjusted for covariates"
    return _effect("lin", estimand, fit.coefficients[1], precision, sample, level)


def precision_of(fit: Fit, contrast: Floats, sample: Arms, errors: Robust) -> Precision:
    """Return the standard error of a contrast: CR2 where there are clusters, else of the kind asked for."""
    if sample.clusters is None:
        return robust_precision(fit, contrast, errors)
    return cluster_precision(fit, contrast, require_clusters(sample), "CR2")


def _effect(name: str, estimand: str, estimate: float, precision: Precision, sample: Arms, level: float) -> Effect:
    return conclude(
        name, estimand, float(estimate), precision.error, freedom=precision.freedom, level=level,
        clients=sample.size, clusters=sample.cluster_count, notes=sample.notes,
    )  # fmt: skip
