"""Least squares by statsmodels: differences, blocks, pairs, cluster means, changes, instruments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.messages import Message
from pilotsim.effects.references.second_fit import Reference

# How statsmodels calls the errors that it has.
PLAIN = {"classical": "nonrobust", **{kind: kind for kind in ("HC0", "HC1", "HC2", "HC3")}}
CORRECTED = {"CR0": False, "CR1": True}


def regress(
    outcome: Floats,
    design: Floats,
    column: int,
    *,
    errors: str = "auto",
    clusters: Ints | None = None,
    weights: Floats | None = None,
    more: float = 0.0,
) -> Reference:
    """Return a coefficient of a regression, with the standard error that is asked for.

    CR2 is by diff-diff, since statsmodels has none; of `CR3` and `wild` there is no other.

    Parameters
    ----------
    outcome, design : ndarray of float, shape (rows,) and (rows, columns)
        Without missing values.
    column : int
        Which coefficient.
    errors : str
        As for our own: `auto` is HC2, with clusters CR2.
    clusters : ndarray of int, shape (rows,), optional
    weights : ndarray of float, shape (rows,), optional
    more : float
        A variance that comes on top.
    """
    import statsmodels.api as sm

    model = sm.OLS(outcome, design) if weights is None else sm.WLS(outcome, design, weights)
    name = "OLS" if weights is None else "WLS"
    if clusters is None:
        kind = "HC2" if errors == "auto" else errors
        results = model.fit(cov_type=PLAIN.get(kind, "nonrobust"))
        error = float(results.bse[column]) if kind in PLAIN else math.nan
    else:
        kind = "CR2" if errors == "auto" else errors
        kinds = {"groups": clusters, "use_correction": CORRECTED.get(kind, True)}
        results = model.fit(cov_type="cluster", cov_kwds=kinds)
        error = float(results.bse[column]) if kind in CORRECTED else math.nan
    library = "statsmodels"
    call = f"{name}, {kind}"
    if kind == "CR2":
        covariance = bell_mccaffrey(design, np.asarray(results.resid), clusters)
        error = float(np.sqrt(covariance[column, column]))
        call = f"{name}; CR2: diff-diff"
    return Reference(
        library, call, results, float(results.params[column]), float(np.hypot(error, more**0.5))
    )


def bell_mccaffrey(design: Floats, residuals: Floats, clusters: Ints | None) -> Floats:
    """Return the covariance of coefficients between clusters, CR2, by diff-diff.

    Parameters
    ----------
    design, residuals : ndarray of float, shape (rows, columns) and (rows,)
    clusters : ndarray of int, shape (rows,)
    """
    from diff_diff.linalg import compute_robust_vcov

    found = compute_robust_vcov(design, residuals, cluster_ids=clusters, vcov_type="hc2_bm")
    return np.asarray(found, np.float64)


def compare(
    outcome: Floats,
    arm: Floats,
    covariates: Floats | None = None,
    *,
    interacted: bool = False,
    errors: str = "auto",
    clusters: Ints | None = None,
    of: str = "sample",
) -> Reference:
    """Return the difference between the arms, adjusted for covariates where there are any.

    Parameters
    ----------
    outcome, arm : ndarray of float, shape (clients,)
        NaN where the outcome is not known.
    covariates : ndarray of float, shape (clients, covariates), optional
    interacted : bool
        Whether each arm has slopes of its own (Lin).
    errors, clusters
        As for `regress`.
    of : {"sample", "population"}
        Whose effect it is, where each arm has slopes of its own.
    """
    known = ~np.isnan(outcome)
    y = outcome[known]
    own = arm[known]
    design = [np.ones(len(y)), own]
    more = 0.0
    if covariates is not None:
        centred = covariates[known] - covariates[known].mean(axis=0)
        centred = independent_columns(centred)
        design += [*centred.T]
        if interacted:
            design += [*(centred * own[:, None]).T]
            more = _explained(y, own, centred) if of == "population" else 0.0
    groups = None if clusters is None else clusters[known]
    return regress(y, np.column_stack(design), 1, errors=errors, clusters=groups, more=more)


def independent_columns(columns: Floats) -> Floats:
    """Return the columns that the earlier ones do not explain."""
    kept: list[int] = []
    for j in range(columns.shape[1]):
        if np.linalg.matrix_rank(columns[:, [*kept, j]]) > len(kept):
            kept.append(j)
    return columns[:, kept]


def _explained(outcome: Floats, arm: Floats, centred: Floats) -> float:
    """Return the variance of the mean of the effects that covariates predict."""
    import statsmodels.api as sm

    fits = [
        sm.OLS(outcome[arm == value], sm.add_constant(centred[arm == value], has_constant="add"))
        for value in (0.0, 1.0)
    ]
    slopes = fits[1].fit().params[1:] - fits[0].fit().params[1:]
    return float(np.var(centred @ slopes, ddof=1)) / len(outcome)


def compare_within_blocks(
    outcome: Floats,
    arm: Floats,
    blocks: Ints,
    *,
    weights: str = "clients",
    errors: str = "auto",
    clusters: Ints | None = None,
    most: int = 60,
) -> Reference:
    """Return the difference between the arms within blocks.

    Parameters
    ----------
    outcome, arm : ndarray of float, shape (clients,)
        NaN where the outcome is not known.
    blocks : ndarray of int, shape (clients,)
    weights : {"clients", "precision"}
        What each block counts; a column for each block, which effects may differ with or not.
    errors, clusters
        As for `regress`.
    most : int
        Beyond so many blocks their means are taken out first.
    """
    known = ~np.isnan(outcome)
    y = outcome[known]
    own = arm[known]
    codes = np.unique(blocks[known], return_inverse=True)[1].ravel()
    number = int(codes.max()) + 1
    groups = None if clusters is None else clusters[known]
    dummies = (codes[:, None] == np.arange(number)).astype(np.float64)
    if weights == "precision":
        if number > most:
            means = [_block_means(values, codes) for values in (y, own)]
            return regress(
                y - means[0], (own - means[1])[:, None], 0, errors=errors, clusters=groups
            )
        return regress(y, np.column_stack([dummies, own]), number, errors=errors, clusters=groups)
    sizes = np.stack([np.bincount(codes, own == value, number) for value in (0.0, 1.0)])
    if (sizes == 1).all():
        change = np.asarray(np.bincount(codes, np.where(own == 1.0, y, -y), number), np.float64)
        return regress(change, np.ones((number, 1)), 0, errors="classical")
    # With effects that may differ from block to block, the coefficient of the arm is their mean,
    # and HC2 is Neyman's error in each block.
    apart = dummies[:, 1:] - dummies[:, 1:].mean(axis=0)
    design = np.column_stack([own, dummies, apart * own[:, None]])
    return regress(y, design, 0)


def _block_means(values: Floats, codes: Ints) -> Floats:
    return np.asarray((np.bincount(codes, values) / np.bincount(codes))[codes])


def compare_pairs(
    outcome: Floats,
    arm: Floats,
    pairs: Ints,
    covariates: Floats | None = None,
    *,
    interacted: bool = False,
) -> Reference:
    """Return the mean difference within pairs, weighted by clients, HC2 between pairs.

    Parameters
    ----------
    outcome, arm, covariates, interacted
        As for `compare`.
    pairs : ndarray of int, shape (clients,)
    """
    import pandas as pd

    table: Any = pd.DataFrame({"pair": pairs, "arm": arm, "outcome": outcome})
    names = ["outcome"]
    if covariates is not None:
        columns = [f"covariate {j}" for j in range(covariates.shape[1])]
        table[columns] = covariates
        names += columns
    table = table[table["outcome"].notna()]
    halves = table.groupby(["arm", "pair"])[names].mean()
    compared = halves.loc[0.0]
    offered = halves.loc[1.0]
    both = offered.index.intersection(compared.index)
    clients: Floats = table.groupby("pair").size().loc[both].to_numpy(np.float64)
    change = np.asarray(offered.loc[both] - compared.loc[both], np.float64)
    middle = np.asarray(offered.loc[both] + compared.loc[both], np.float64)[:, 1:] / 2.0
    columns_of = change[:, 1:]
    if interacted:
        centred = middle - np.average(middle, axis=0, weights=clients)
        columns_of = np.hstack([columns_of, centred])
    design = np.column_stack([np.ones(len(both)), _beside_constant(columns_of)])
    return regress(change[:, 0], design, 0, weights=clients)


def _beside_constant(columns: Floats) -> Floats:
    """Return the columns that neither a constant nor the earlier ones explain."""
    ones = np.ones((len(columns), 1))
    return independent_columns(np.hstack([ones, columns]))[:, 1:]


def compare_cluster_means(
    outcome: Floats, arm: Floats, clusters: Ints, *, weights: str = "equal"
) -> Reference | Message:
    """Return the difference between the arms in the means of clusters.

    A reason for weights that are themselves estimated (`variance`).

    Parameters
    ----------
    outcome, arm : ndarray of float, shape (clients,)
        NaN where the outcome is not known.
    clusters : ndarray of int, shape (clients,)
    weights : {"equal", "size", "variance"}
    """
    if weights not in {"equal", "size"}:
        return Message("statsmodels has no weights by the spread between districts")
    known = ~np.isnan(outcome)
    codes = np.unique(clusters[known], return_inverse=True)[1].ravel()
    sizes = np.bincount(codes).astype(np.float64)
    y, own = (np.bincount(codes, values[known]) / sizes for values in (outcome, arm))
    design = np.column_stack([np.ones(len(sizes)), own])
    if weights == "size":
        return regress(y, design, 1, weights=sizes)
    return regress(y, design, 1, errors="classical")


def instrument(
    outcome: Floats,
    treatment: Floats,
    offered: Floats,
    covariates: Floats | None = None,
    *,
    errors: str = "auto",
) -> Reference:
    """Return the effect of a treatment by two-stage least squares.

    Parameters
    ----------
    outcome, treatment, offered : ndarray of float, shape (clients,)
        NaN where the outcome is not known; the last is the instrument.
    covariates : ndarray of float, shape (clients, covariates), optional
    errors : str
        `auto` is HC1.
    """
    from statsmodels.sandbox.regression.gmm import IV2SLS

    known = ~np.isnan(outcome)
    others = np.zeros((int(known.sum()), 0)) if covariates is None else covariates[known]
    others = _beside_constant(others)
    ones = np.ones(len(others))
    design = np.column_stack([treatment[known], ones, others])
    instruments = np.column_stack([offered[known], ones, others])
    results = IV2SLS(outcome[known], design, instruments).fit()
    kind = "HC1" if errors == "auto" else errors
    error = math.nan
    if kind == "classical":
        error = float(results.bse[0])
    if kind in {"HC0", "HC1"}:
        # The second stage's own residuals would be those of the prediction; these are right.
        stage = instruments @ np.linalg.lstsq(instruments, design, rcond=None)[0]
        bread = np.linalg.inv(stage.T @ stage)
        residuals = np.asarray(results.resid, np.float64)
        middle = (stage * residuals[:, None] ** 2).T @ stage
        scale = len(ones) / (len(ones) - design.shape[1]) if kind == "HC1" else 1.0
        error = float(np.sqrt(scale * (bread @ middle @ bread)[0, 0]))
    return Reference("statsmodels", f"IV2SLS, {kind}", results, float(results.params[0]), error)
