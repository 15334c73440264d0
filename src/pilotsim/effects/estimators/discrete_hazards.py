"""Hazards by whole periods, such as months.

Complementary log-log, logit, and several causes at once. A monthly register ties most exits; these
models take the month as what it is. Each period has a baseline of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_table
from pilotsim.effects.estimators.hazard_fits import HazardFit, clusters_of, scale_of
from pilotsim.effects.estimators.mean_regression import fit_mean
from pilotsim.effects.estimators.newton import climb
from pilotsim.effects.estimators.spells import SurvivalSpells, complete
from pilotsim.effects.inference.influence import cluster_freedom, count_clusters, sandwich, totals

HazardLink = Literal["cloglog", "logit"]
FLAT = Message(
    "covariates: some combination of them is the same for all who are at risk, or tells for "
    "certain who leaves (separation); leave out a covariate, or put periods together"
)


def discrete_hazard(
    exits: ArrayLike,
    events: ArrayLike,
    covariates: ArrayLike,
    *,
    entries: ArrayLike | None = None,
    link: HazardLink = "cloglog",
    clusters: ArrayLike | None = None,
) -> HazardFit:
    """Return log hazard ratios or log odds ratios of leaving in a period.

    Estimand: with `cloglog` the log ratio of the hazards in continuous time, as in Cox's model,
    whatever the length of the period (Prentice and Gloeckler 1978); with `logit` the log odds ratio
    of leaving in a period (Cox 1972). Assumes that the ratios hold in all periods and independent
    censoring at the end of a period. Standard error: inverse information; with clusters the
    sandwich over clusters, inflated by G / (G - 1) and t(G - 1). Source: Jenkins 1995.

    Parameters
    ----------
    exits : array_like of int, shape (spells,)
        The last period of each spell, counted from 1.
    events : array_like of 0 and 1, shape (spells,)
        Whether it ends in that period by the event; 0 is censored at its end.
    covariates : array_like, shape (spells, covariates)
    entries : array_like of int, optional
        The last period before each spell is seen, 0 for from the beginning: rows of
        `participation_stretches` will do.
    link : str
        `cloglog` or `logit`.
    clusters : array_like, optional

    Raises
    ------
    EstimationError
        No events, a time that is no whole period, a covariate that never varies, or separation.
    """
    if link not in ("cloglog", "logit"):
        raise RequestError(Message("link: expected cloglog or logit, found '{link}'", link=link))
    spells = SurvivalSpells.of(exits, complete(events, "events") > 0.0, _begin(exits, entries))
    panel = _panel(spells, as_table(covariates, spells.count))
    left = (panel.cause > 0).astype(np.float64)
    found = fit_mean(left, panel.design, link=link, what=Message("the hazard"))
    size = len(left)
    own = slice(panel.periods, None)
    influence = totals(panel.spell, found.influence[:, own] / size, spells.count) / panel.scale
    naive = found.bread[own, own] / size / np.outer(panel.scale, panel.scale)
    chance = np.clip(found.mean, 1e-300, 1.0 - 1e-16)
    value = float(left @ np.log(chance) + (1.0 - left) @ np.log1p(-chance))
    return _report(
        found.coefficients[own] / panel.scale,
        naive,
        influence,
        value,
        panel,
        spells,
        clusters,
        link,
    )


def discrete_competing(
    exits: ArrayLike,
    causes: ArrayLike,
    covariates: ArrayLike,
    *,
    entries: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> tuple[HazardFit, ...]:
    """Return log odds ratios of leaving in a period by each cause against staying, cause 1 first.

    Multinomial logit. Estimand: log ratio of the chance of leaving by the cause to that of staying,
    for one unit of each covariate. Assumes that these ratios hold in all periods, and independent
    censoring. Standard error: inverse information of all causes together; with clusters the
    sandwich. Sources: Allison 1982; Tutz and Schmid 2016, chapter 8. Parameters as in
    `discrete_hazard`, with `causes` 0, 1, 2, ...

    Raises
    ------
    EstimationError
        As `discrete_hazard`; a period in which nobody leaves by some cause has no baseline for it,
        and is put together with the next.
    """
    spells = SurvivalSpells.of(exits, causes, _begin(exits, entries))
    table = as_table(covariates, spells.count)
    number = int(spells.causes.max())
    absent = [cause for cause in range(1, number + 1) if not np.any(spells.causes == cause)]
    if absent:
        raise EstimationError(
            Message(
                "causes: nobody leaves by cause {absent}; number those that occur 1, 2, ...",
                absent=absent[0],
            )
        )
    panel = _panel(spells, table, number)
    width = panel.design.shape[1]
    found, at = climb(
        lambda here: _multinomial(panel, here.reshape(number, width)), number * width, FLAT
    )
    bread = np.asarray(np.linalg.inv(at.information), np.float64)
    scores = totals(panel.spell, at.rows, spells.count)
    influence = scores @ bread
    return tuple(
        _of_cause(
            cause, found.reshape(number, width), bread, influence, at.value, panel, spells, clusters
        )
        for cause in range(number)
    )


def _of_cause(
    cause: int,
    coefficients: Floats,
    bread: Floats,
    influence: Floats,
    value: float,
    panel: _Panel,
    spells: SurvivalSpells,
    clusters: ArrayLike | None,
) -> HazardFit:
    width = panel.design.shape[1]
    own = np.arange(cause * width + panel.periods, (cause + 1) * width)
    naive = bread[np.ix_(own, own)] / np.outer(panel.scale, panel.scale)
    moved = influence[:, own] / panel.scale
    return _report(
        coefficients[cause, panel.periods :] / panel.scale,
        naive,
        moved,
        value,
        panel,
        spells,
        clusters,
        "multinomial",
    )


@dataclass(frozen=True, eq=False)
class _Panel:
    """One row for each spell and period in which it is seen.

    Periods in which nobody or everybody leaves are left out. `cause` ends the spell in that period,
    or 0. `design` has a column for each period, then the covariates in standard deviations
    (`scale`). `null` is the log-likelihood with the periods alone.
    """

    spell: Ints
    cause: Ints
    design: Floats
    periods: int
    scale: Floats
    null: float


def _begin(exits: ArrayLike, entries: ArrayLike | None) -> Floats:
    return np.zeros(np.shape(exits)) if entries is None else np.asarray(entries, np.float64)


def _panel(spells: SurvivalSpells, table: Floats, causes: int = 1) -> _Panel:
    """Return a row for each spell and period."""
    if np.any(spells.exits % 1.0) or np.any(spells.entries % 1.0):
        raise EstimationError(
            Message(
                "exits: expected whole periods counted from 1; round up to the period in which "
                "each spell ends"
            )
        )
    lengths = (spells.exits - spells.entries).astype(np.int64)
    spell = np.repeat(np.arange(spells.count), lengths)
    period = (
        spells.entries.astype(np.int64)[spell]
        + np.arange(len(spell))
        - np.repeat(np.cumsum(lengths) - lengths, lengths)
    )
    last = np.cumsum(lengths) - 1
    cause = np.zeros(len(spell), np.int64)
    cause[last] = np.minimum(spells.causes, causes) if causes == 1 else spells.causes
    group = _periods(period, cause, causes)
    keep = group >= 0
    spell = spell[keep]
    cause = cause[keep]
    group = group[keep]
    scale = scale_of(table[spell])
    centred = (table - table[spell].mean(axis=0)) / scale
    design = np.hstack([np.eye(int(group.max()) + 1)[group], centred[spell]])
    return _Panel(spell, cause, design, int(group.max()) + 1, scale, _null(cause, group, causes))


def _periods(period: Ints, cause: Ints, causes: int) -> Ints:
    """Return the baseline that each row belongs to, from 0; -1 where a period says nothing.

    A period in which nobody leaves has a hazard of 0 whatever the covariates. With several causes,
    a period without one of them is put together with those after it until each occurs; what is left
    at the end joins the last.
    """
    counts = np.stack(
        [
            np.bincount(period, cause == which, int(period.max()) + 1)
            for which in range(1, causes + 1)
        ]
    )
    seen = np.bincount(period, minlength=counts.shape[1])
    if causes == 1:
        says = (counts[0] > 0) & (counts[0] < seen)
        if not says.any():
            raise EstimationError(
                Message(
                    "no period in which some leave and some stay, so nothing can be compared; use "
                    "shorter periods"
                )
            )
        return np.where(says, np.cumsum(says) - 1, -1)[period]
    places = np.empty(counts.shape[1], np.int64)
    group = 0
    gathered = np.zeros(causes)
    for place in range(counts.shape[1]):
        places[place] = group
        gathered += counts[:, place]
        if np.all(gathered > 0):
            group = group + 1
            gathered = np.zeros(causes)
    return np.minimum(places, max(group - 1, 0))[period]


def _null(cause: Ints, group: Ints, causes: int) -> float:
    """Return the log-likelihood with a baseline for each period alone: shares of those at risk."""
    seen = np.bincount(group)
    value = 0.0
    for which in range(causes + 1):
        counts = np.bincount(group, cause == which, len(seen))
        some = counts > 0
        value += float(counts[some] @ np.log(counts[some] / seen[some]))
    return value


@dataclass(frozen=True, eq=False)
class _Place:
    """The multinomial likelihood at some coefficients; `rows` are the scores of each row."""

    value: float
    score: Floats
    information: Floats
    rows: Floats


def _multinomial(panel: _Panel, coefficients: Floats) -> _Place:
    """Return the likelihood of leaving by a cause or staying.

    The coefficients have shape (causes, columns).
    """
    number, width = coefficients.shape
    eta = np.column_stack([np.zeros(len(panel.cause)), panel.design @ coefficients.T])
    top = eta.max(axis=1, keepdims=True)
    raw = np.exp(eta - top)
    chance = raw / raw.sum(axis=1, keepdims=True)
    value = float(
        (eta[np.arange(len(eta)), panel.cause] - top[:, 0] - np.log(raw.sum(axis=1))).sum()
    )
    rest = (panel.cause[:, None] == np.arange(1, number + 1)) - chance[:, 1:]
    information = np.empty((number * width, number * width))
    for one in range(number):
        for other in range(number):
            spread = chance[:, one + 1] * ((one == other) - chance[:, other + 1])
            block = (panel.design * spread[:, None]).T @ panel.design
            information[one * width : (one + 1) * width, other * width : (other + 1) * width] = (
                block
            )
    rows = (rest[:, :, None] * panel.design[:, None, :]).reshape(len(rest), -1)
    return _Place(value, rows.sum(axis=0), information, rows)


def _report(
    coefficients: Floats,
    naive: Floats,
    influence: Floats,
    value: float,
    panel: _Panel,
    spells: SurvivalSpells,
    clusters: ArrayLike | None,
    model: str,
) -> HazardFit:
    codes = clusters_of(clusters, spells.count)
    return HazardFit(
        coefficients=coefficients,
        covariance=naive if codes is None else sandwich(influence, codes),
        influence=influence,
        log_likelihood=value,
        log_likelihood_null=panel.null,
        spells=spells.count,
        events=int(np.sum(spells.causes > 0)),
        clusters=count_clusters(codes),
        freedom=cluster_freedom(codes),
        model=model,
    )
