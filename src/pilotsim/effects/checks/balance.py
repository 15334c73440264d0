"""Balance: did the arms know the same before treatment?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from pilotsim.base.amounts import Amount, Probability
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_table, orthogonal, take_covariates, take_treated
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.effects.estimators.clusters import average
from pilotsim.effects.estimators.spells import complete
from pilotsim.effects.inference.randomisation import arrange


@dataclass(frozen=True)
class Balance:
    """Standardised differences of covariates between the arms.

    Parameters
    ----------
    names : tuple of str
        The covariates.
    before, after : ndarray, shape (covariates,)
        Difference in means, treated less others, in standard deviations (pooled over the arms,
        unweighted), without and with weights; alike where there are no weights.
    variance_ratio : ndarray, shape (covariates,)
        Weighted variance among the treated over that among the others; NaN where a covariate does
        not vary among the others.
    """

    names: tuple[str, ...]
    before: Floats
    after: Floats
    variance_ratio: Floats

    @property
    def worst(self) -> float:
        """Largest standardised difference with weights, in absolute value."""
        return float(np.abs(self.after).max(initial=0.0))


def standardised_differences(
    covariates: ArrayLike,
    treated: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    names: Sequence[str] = (),
) -> Balance:
    """Return how far apart the arms are in each covariate (Rosenbaum and Rubin 1985; Austin 2009).

    Parameters
    ----------
    covariates : array_like, shape (clients, covariates)
    treated : array_like of 0 and 1, shape (clients,)
    weights : array_like, shape (clients,), optional
        What each client counts in the own arm.
    names : sequence of str
        Names of the covariates; numbered from 1 unless given.
    """
    who = take_treated(treated)
    table = as_table(covariates, len(who))
    called = tuple(names) or tuple(f"covariate {number}" for number in range(1, table.shape[1] + 1))
    if len(called) != table.shape[1]:
        raise RequestError(
            Message(
                "names: expected {found}, one for each covariate, found {count}",
                found=table.shape[1],
                count=len(called),
            )
        )
    own = np.ones(len(who)) if weights is None else complete(weights, "weights")
    ones = table[who]
    zeros = table[~who]
    spread = np.sqrt(
        (
            ones.var(axis=0, ddof=min(1, len(ones) - 1))
            + zeros.var(axis=0, ddof=min(1, len(zeros) - 1))
        )
        / 2.0
    )
    means = [_moments(table[arm], own[arm]) for arm in (who, ~who)]
    ratio = np.divide(
        means[0][1], means[1][1], out=np.full(table.shape[1], np.nan), where=means[1][1] > 0.0
    )
    return Balance(
        called,
        _over(ones.mean(axis=0) - zeros.mean(axis=0), spread),
        _over(means[0][0] - means[1][0], spread),
        ratio,
    )


def _moments(table: Floats, weights: Floats) -> tuple[Floats, Floats]:
    mean = weights @ table / weights.sum()
    return mean, weights @ (table - mean) ** 2 / weights.sum()


def _over(difference: Floats, spread: Floats) -> Floats:
    """Return differences in standard deviations.

    Infinite where arms differ in a covariate that varies in neither.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((spread == 0.0) & (np.abs(difference) < 1e-12), 0.0, difference / spread)


def check_balance(
    covariates: ArrayLike,
    treated: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    names: Sequence[str] = (),
    limit: float = 0.1,
) -> AssumptionCheck:
    """Return whether every standardised difference lies within a limit.

    By convention the limit is 0.1 (Austin 2009). It says how well weights or a match did; for a
    lottery, where differences are chance, use `check_lottery`.
    """
    found = standardised_differences(covariates, treated, weights=weights, names=names)
    if not (
        found.after.any() or as_table(covariates, len(take_treated(treated))).std(axis=0).any()
    ):
        text = Message("Nothing is compared: each covariate is the same for all.")
        return AssumptionCheck("balance", None, float("nan"), text, found)
    worst = int(np.argmax(np.abs(found.after)))
    count = int(np.sum(np.abs(found.after) > limit))
    parts = {
        "largest": Amount(abs(found.after[worst])),
        "name": found.names[worst],
        "limit": Amount(limit),
    }
    if count:
        text = Message(
            "The largest difference is {largest:.2f} standard deviations ({name}), held against "
            "{limit}; {count} of {all} covariates differ by more.",
            **parts,
            count=count,
            all=len(found.names),
        )
    else:
        text = Message(
            "The largest difference is {largest:.2f} standard deviations ({name}), held against "
            "{limit}; no covariate differs by more.",
            **parts,
        )
    return AssumptionCheck("balance", count == 0, found.worst, text, found)


def check_lottery(
    covariates: ArrayLike,
    treated: ArrayLike,
    *,
    blocks: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    limit: float = 0.05,
) -> AssumptionCheck:
    """Return whether all covariates together could differ as they do by lot.

    Omnibus test of Hansen and Bowers (2008). The statistic is the squared distance of the mean
    covariates of the treated from their expectation within blocks, with the covariance that the
    lottery itself gives it; chi-square with as many degrees of freedom as covariates that say
    something; none does where lots were drawn within blocks of the same covariates, and then there
    is no verdict. Where whole clusters were drawn, their means are compared, and the lots
    themselves, drawn anew, say how much they could differ: there are too few of them for a
    chi-square. With so few that even the most uneven would pass, there is no verdict either.

    Parameters
    ----------
    covariates : array_like, shape (clients, covariates)
    treated : array_like of 0 and 1, shape (clients,)
    blocks : array_like, optional
        Within which the lots were drawn.
    clusters : array_like, optional
        Labels of the clusters that were drawn as a whole.
    limit : float
        The p-value below which the check does not pass.
    """
    who = take_treated(treated)
    if clusters is not None:
        return _check_whole(covariates, who, clusters, blocks, limit)
    codes = (
        np.zeros(len(who), np.int64)
        if blocks is None
        else np.unique(np.asarray(blocks), return_inverse=True)[1]
    )
    columns = orthogonal(take_covariates(covariates, len(who)))[:, 1:]
    apart = np.zeros(columns.shape[1])
    covariance = np.zeros((columns.shape[1], columns.shape[1]))
    for block in range(int(codes.max()) + 1):
        own = columns[codes == block]
        lots = who[codes == block]
        size = len(lots)
        drawn = int(lots.sum())
        centred = own - own.mean(axis=0)
        apart += centred[lots].sum(axis=0)
        if size > 1:
            covariance += drawn * (size - drawn) / (size * (size - 1)) * centred.T @ centred
    freedom = int(
        np.linalg.matrix_rank(covariance, tol=1e-8 * max(1.0, float(np.trace(covariance))))
    )
    if not freedom:
        return _unheld(
            Message(
                "Nothing is left to check: the covariates are the same for all between whom lots "
                "were drawn."
            )
        )
    statistic = float(apart @ np.linalg.pinv(covariance, rcond=1e-8, hermitian=True) @ apart)
    p = float(chdtrc(freedom, statistic))
    text = Message(
        "By lot, covariates would differ so much in {p:.1f} of lotteries (chi-square "
        "{statistic:.1f} on {freedom}).",
        p=Probability(p),
        statistic=Amount(statistic),
        freedom=freedom,
    )
    return AssumptionCheck("lottery", p >= limit, statistic, text)


def _unheld(why: Message) -> AssumptionCheck:
    """Return a check of lots that held nothing, and so neither passes nor fails."""
    return AssumptionCheck("lottery", None, float("nan"), why)


def _check_whole(
    covariates: ArrayLike,
    who: Bools,
    clusters: ArrayLike,
    blocks: ArrayLike | None,
    limit: float,
) -> AssumptionCheck:
    """Hold the means of whole clusters against what the same lots, drawn anew, would make of them.

    The statistic is the sum over covariates of the squared difference of the arms, each over its
    variance under the lots. The covariates' own correlation, of which few clusters know little, is
    left to the lots.
    """
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    strata = np.zeros(len(codes)) if blocks is None else np.asarray(blocks, np.float64)
    table = take_covariates(covariates, len(who))
    drawn = who.astype(np.float64)
    means = average(np.column_stack([table, drawn, strata]), codes)
    columns = means[:, :-2]
    labels = means[:, -2]
    inside = np.rint(means[:, -1]).astype(np.int64)
    for block in np.unique(inside):
        columns[inside == block] -= columns[inside == block].mean(axis=0)
    lots = arrange(labels, blocks=inside)
    apart = lots.labels @ columns
    spread = apart.var(axis=0)
    varies = spread > 1e-12
    if not varies.any():
        return _unheld(
            Message(
                "Nothing is left to check: the means of the covariates are the same for all the "
                "clusters between which lots were drawn."
            )
            if len(apart) > 1
            else Message("Nothing can be checked: the lots could have fallen in one way alone.")
        )
    found = (apart[:, varies] ** 2 / spread[varies]).sum(axis=1)
    rarest = min(lots.p(found, float(found.max())), 1.0)
    if rarest >= limit:
        return _unheld(
            Message(
                "Nothing can be checked: the lots could have fallen in {count} ways, and even the "
                "most uneven of them come in {p:.1f} of lotteries.",
                count=len(found),
                p=Probability(rarest),
            )
        )
    observed = float(((labels @ columns)[varies] ** 2 / spread[varies]).sum())
    p = min(lots.p(found, observed), 1.0)
    text = Message(
        "By lot, the means of whole clusters would differ so much in {p:.1f} of {count} lotteries.",
        p=Probability(p),
        count=len(found),
    )
    return AssumptionCheck("lottery", p >= limit, observed, text)
