"""Effects in an experiment that assigns individuals: the difference in means.

Plain, and adjusted for covariates.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.inference.least_squares import fit_least_squares
from pilotsim.effects.inference.linear import Errors, Regression, Wording, conclude_coefficient
from pilotsim.effects.sample import Sample, checked_clusters, take_sample

Population = Literal["sample", "population"]


def estimate_difference(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    errors: Errors = "auto",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the difference in mean outcome between the arms.

    Estimand: mean effect of the assignment on those assigned by lot (ITT). Assumption: assignment
    by lot; nobody's outcome hangs on another's assignment. Standard error: Neyman's, the sum of
    each arm's variance over its size, which is HC2 and never too small on average in the sample; t
    with the degrees of freedom of Bell and McCaffrey (about Welch's). With clusters: CR2. Source:
    Neyman (1923), Statistical Science 5 (1990) 465-472; Samii and Aronow, Statistics and
    Probability Letters 82 (2012), for HC2.

    Parameters
    ----------
    outcome, treated : array, shape (clients,)
        The outcome, NaN where it is not known; 1 for the treated (or offered), 0 for the others.
    errors : str
        The kind of standard error (`conclude_coefficient`): `auto` is HC2, with clusters CR2.
    clusters : array, shape (clients,), optional
        Labels of the clusters that were assigned as a whole, or that share their luck.
    level : float
        Of the interval.
    seed : int
        Seed of the draws of ``errors="wild"``.

    Raises
    ------
    EstimationError
        An arm is empty or has one client, the outcome does not vary, or an arm has one cluster.
    """
    sample = take_sample(outcome, treated, clusters=clusters)
    wording = Wording("difference", "mean effect of the assignment (ITT)", sample.notes)
    return conclude_treatment(wording, sample, errors=errors, level=level, seed=seed)


def estimate_adjusted(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    errors: Errors = "auto",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the coefficient of the treatment in a regression on it and on covariates.

    Covariates have one slope for both arms. Estimand: in an experiment with half in each arm, the
    mean effect (ITT); else a mean weighted by the variance of treatment given the covariates.
    Assumption: assignment by lot, or by the covariates alone with a linear outcome. Standard error:
    HC2, CR2 with clusters. Source: Freedman, Advances in Applied Mathematics 40 (2008), for what it
    does in an experiment (prefer `estimate_lin`); Angrist, Econometrica 66 (1998), for the weights.

    Parameters
    ----------
    outcome, treated, covariates, errors, clusters, level, seed
        As for `estimate_lin`.

    Raises
    ------
    EstimationError
        As for `estimate_lin`.
    """
    sample = take_sample(outcome, treated, covariates=covariates, clusters=clusters)
    wording = Wording(
        "adjusted",
        "mean effect of the assignment, weighted by its variance given the covariates",
        sample.notes,
    )
    return conclude_treatment(wording, sample, errors=errors, level=level, seed=seed)


def estimate_lin(
    outcome: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike,
    *,
    errors: Errors = "auto",
    clusters: ArrayLike | None = None,
    of: Population = "sample",
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the difference between the arms adjusted for covariates, each arm with its own slopes.

    Estimand: mean effect of the assignment (ITT). Assumption: assignment by lot; covariates from
    before it, few against the smaller arm. Standard error: HC2 (CR2 with clusters); for the
    population that clients come from, plus the spread of effects that the covariates explain.
    Source: Lin, Annals of Applied Statistics 7 (2013) 295-318; Negi and Wooldridge, Econometric
    Reviews 40 (2021), for the population.

    Parameters
    ----------
    outcome, treated : array, shape (clients,)
        The outcome, NaN where it is not known; 1 for the treated (or offered), 0 for the others.
    covariates : array, shape (clients, covariates)
        Traits from before the assignment; no missing values (`fill_missing`).
    errors : str
        The kind of standard error (`conclude_coefficient`): `auto` is HC2, with clusters CR2.
    clusters : array, shape (clients,), optional
        Labels of the clusters that were assigned as a whole, or that share their luck.
    level : float
        Of the interval.
    seed : int
        Seed of the draws of ``errors="wild"``.
    of : {"sample", "population"}
        Whether the effect is that of these clients, or of those they are a sample of.

    Raises
    ------
    EstimationError
        An arm is empty or has one client, the outcome does not vary, or an arm has one cluster; the
        covariates are collinear within an arm, or too many.
    """
    sample = take_sample(outcome, treated, covariates=covariates, clusters=clusters)
    if of not in {"sample", "population"}:
        raise EstimationError(
            Message("of: 'sample' or 'population' was expected, found '{found}'", found=of)
        )
    centred = sample.covariates - sample.covariates.mean(axis=0)
    number = centred.shape[1]
    covariate = [f"covariate {j}" for j in range(number)]
    names = ["constant", "treated", *covariate, *(f"treated x {name}" for name in covariate)]
    design = np.column_stack(
        [np.ones(sample.clients), sample.treated, centred, centred * sample.treated[:, None]]
    )
    regression = Regression(sample.outcome, design, names, checked_clusters(sample))
    more = _spread_explained(sample, centred) if of == "population" and number else 0.0
    wording = Wording(
        "lin",
        f"mean effect of the assignment (ITT) in the {of}, adjusted for covariates",
        sample.notes,
    )
    return conclude_coefficient(
        wording, regression, 1, errors=errors, level=level, seed=seed, more=more
    )


def conclude_treatment(
    wording: Wording, sample: Sample, *, errors: Errors, level: float, seed: int
) -> Effect:
    """Return the coefficient of the treatment in a regression on it and the sample's covariates.

    Parameters
    ----------
    wording : Wording
        What the effect is called.
    sample : Sample
    errors, level, seed
        As for `conclude_coefficient`.
    """
    names = ["constant", *(f"covariate {j}" for j in range(sample.covariates.shape[1])), "treated"]
    design = np.column_stack([np.ones(sample.clients), sample.covariates, sample.treated])
    regression = Regression(sample.outcome, design, names, checked_clusters(sample))
    return conclude_coefficient(
        wording, regression, len(names) - 1, errors=errors, level=level, seed=seed
    )


def _spread_explained(sample: Sample, centred: Floats) -> float:
    """Return the variance of the mean over clients of the effects that the covariates predict."""
    slopes = [
        fit_least_squares(sample.outcome[arm], np.column_stack([np.ones(arm.sum()), centred[arm]]))
        for arm in (~sample.treated, sample.treated)
    ]
    return (
        float(np.var(centred @ (slopes[1].coefficients - slopes[0].coefficients)[1:], ddof=1))
        / sample.clients
    )
