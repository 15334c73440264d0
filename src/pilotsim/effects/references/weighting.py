"""The chance of treatment and the outcome given covariates, by statsmodels' treatment effects."""

from __future__ import annotations

import math

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.effects.references.linear import independent_columns
from pilotsim.effects.references.second_fit import ITERATED, Reference

# What statsmodels calls each, with and without the effect on the treated alone.
METHODS = {"ipw": "ipw", "regression": "ra", "doubly_robust": "ipw_ra", "aipw": "aipw"}
# Its errors of weights and models together have so many columns built in; with another number it
# gives the estimate alone.
BUILT_IN = 6
# It solves its moments by a search without derivatives.
MOMENTS = 1e-4


def treatment_effect(
    name: str,
    outcome: Floats,
    arm: Floats,
    covariates: Floats,
    *,
    target: str = "ATT",
    link: str = "logit",
    mean: str = "identity",
) -> Reference | Message:
    """Return an effect by weights, by outcome models, or by both.

    A reason where statsmodels has no such thing: augmented weights for the treated alone, and
    outcome models that are not straight.

    Parameters
    ----------
    name : str
        One of `METHODS`.
    outcome, arm : ndarray of float, shape (clients,)
        NaN where the outcome is not known.
    covariates : ndarray of float, shape (clients, covariates)
    target : {"ATT", "ATE"}
    link : {"logit", "probit"}
    mean : str
        The link of the outcome models.
    """
    if mean != "identity":
        return Message("statsmodels has straight outcome models alone")
    if name == "aipw" and target == "ATT":
        return Message("statsmodels has augmented weights for all clients alone")
    import statsmodels.api as sm
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    y, own, design = _known(outcome, arm, covariates)
    binary = sm.Logit if link == "logit" else sm.Probit
    chosen = binary(own, design).fit(disp=0, method="newton", tol=1e-12, maxiter=200)
    models = TreatmentEffect(sm.OLS(y, design), own.astype(np.int64), results_select=chosen)
    method = METHODS[name]
    group = {} if name == "aipw" else {"effect_group": "all" if target == "ATE" else 1}
    call = f"TreatmentEffect.{method}, {link}"
    if name == "doubly_robust" and design.shape[1] != BUILT_IN:
        found = models.ipw_ra(return_results=False, **group)
        return Reference("statsmodels", call, models, float(found[0]), tolerance=ITERATED)
    results = getattr(models, method)(return_results=True, **group)
    fit = results.results_gmm
    return Reference(
        "statsmodels", call, results, float(fit.params[0]), float(fit.bse[0]), tolerance=MOMENTS
    )


def overlap_weighted(
    outcome: Floats, arm: Floats, covariates: Floats, *, link: str = "logit"
) -> Reference:
    """Return the difference with each client weighted by the chance of the other arm.

    The estimate alone is compared: the error of weighted least squares takes the weights for known.
    """
    import statsmodels.api as sm

    y, own, design = _known(outcome, arm, covariates)
    binary = sm.Logit if link == "logit" else sm.Probit
    chance = binary(own, design).fit(disp=0, method="newton", tol=1e-12, maxiter=200).predict()
    weights = np.where(own == 1.0, 1.0 - chance, chance)
    results = sm.WLS(y, np.column_stack([np.ones(len(y)), own]), weights).fit()
    return Reference(
        "statsmodels",
        f"WLS, {link}",
        results,
        float(results.params[1]),
        math.nan,
        tolerance=ITERATED,
    )


def _known(outcome: Floats, arm: Floats, covariates: Floats) -> tuple[Floats, Floats, Floats]:
    """Return outcomes, arms and the columns of the models, of those whose outcome is known.

    In standard deviations: the numbers asked for do not hang on the units, but the library's search
    does.
    """
    known = ~np.isnan(outcome)
    table = covariates[known]
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    ones = np.ones((len(table), 1))
    return outcome[known], arm[known], independent_columns(np.hstack([ones, table]))
