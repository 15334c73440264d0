"""The effect of participation on hazards, as effects: what answer strategies ask for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_table, take_treated
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.at_risk_intervals import participation_stretches
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.discrete_hazards import HazardLink, discrete_hazard
from pilotsim.effects.estimators.fine_gray import fine_gray
from pilotsim.effects.estimators.hazard_fits import hazard_ratio
from pilotsim.effects.estimators.spells import complete


def estimate_cox(
    exits: ArrayLike,
    causes: ArrayLike,
    treated: ArrayLike,
    *,
    of: int = 1,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the log ratio of the cause-specific hazards of the offered and the others (Cox 1972).

    Estimand: log hazard ratio by what is fixed at the start, such as an offer by lot. For
    participation that begins later use `estimate_participation`. Assumptions, errors and ties as in
    `cox`.

    Parameters
    ----------
    exits : array_like, shape (clients,)
    causes : array_like of int, shape (clients,)
        0 for censored, 1, 2, ... for the causes; others than `of` are taken for censoring.
    treated : array_like of 0 and 1, shape (clients,)
        Known at the start.
    of : int
        Which cause.
    covariates : array_like, shape (clients, covariates), optional
    clusters : array_like, optional
    level : float

    Raises
    ------
    EstimationError
        As `cox`; nobody of an arm leaves by the cause.
    """
    design = _design(causes, treated, of, covariates)
    return hazard_ratio(
        cox(exits, np.asarray(causes) == of, design, clusters=clusters), level=level
    )


def estimate_fine_gray(
    exits: ArrayLike,
    causes: ArrayLike,
    treated: ArrayLike,
    *,
    of: int = 1,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the log ratio of the subdistribution hazards of those who were offered and the others.

    Estimand, assumptions and errors as in `fine_gray`; parameters as in `estimate_cox`.
    """
    design = _design(causes, treated, of, covariates)
    return hazard_ratio(fine_gray(exits, causes, design, of=of, clusters=clusters), level=level)


def estimate_discrete_hazard(
    exits: ArrayLike,
    causes: ArrayLike,
    treated: ArrayLike,
    *,
    of: int = 1,
    covariates: ArrayLike | None = None,
    link: HazardLink = "cloglog",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the log hazard ratio (or log odds ratio) of leaving by a cause in a month.

    Estimand, assumptions and errors as in `discrete_hazard`.

    Parameters
    ----------
    exits : array_like of int, shape (clients,)
        The last month of each, counted from 1.
    causes, treated, of, covariates, clusters, level
        As in `estimate_cox`.
    link : str
        `cloglog` or `logit`.
    """
    design = _design(causes, treated, of, covariates)
    return hazard_ratio(
        discrete_hazard(exits, np.asarray(causes) == of, design, link=link, clusters=clusters),
        level=level,
    )


def estimate_participation(
    exits: ArrayLike,
    causes: ArrayLike,
    started: ArrayLike,
    *,
    of: int = 1,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Effect:
    """Return the log ratio of the hazards of those who take part and those who do not yet.

    Waiting is not counted as treatment. Estimand: log hazard ratio of participation from its start
    on. Assumes that who starts, and when, has among those still there nothing to do with what would
    have become of them, given the covariates; and proportional hazards. It is not an effect of an
    offer, and creaming biases it. Errors as in `cox`. Source: Andersen and Gill 1982; Suissa 2008
    on immortal time.

    Parameters
    ----------
    exits, causes, of, covariates, clusters, level
        As in `estimate_cox`.
    started : array_like, shape (clients,)
        When each starts, from the same origin as `exits`; NaN or infinity for never.

    Raises
    ------
    EstimationError
        As `cox`; nobody leaves by the cause after the start, or nobody before it.
    """
    rows = participation_stretches(exits, causes, started)
    own = (
        np.zeros((len(rows.exits), 0))
        if covariates is None
        else as_table(covariates, np.size(exits))[rows.clients]
    )
    _refuse_idle(rows.causes == of, rows.participates, of)
    fit = cox(
        rows.exits,
        rows.causes == of,
        np.column_stack([rows.participates, own]),
        entries=rows.entries,
        clusters=None if clusters is None else np.asarray(clusters)[rows.clients],
    )
    return hazard_ratio(
        fit,
        level=level,
        notes=(
            Message(
                "{count} of {size} took part",
                count=int(rows.participates.sum()),
                size=np.size(exits),
            ),
        ),
    )


def _design(causes: ArrayLike, treated: ArrayLike, of: int, covariates: ArrayLike | None) -> Floats:
    """Return the columns of the model, participation first."""
    who = take_treated(treated).astype(np.float64)
    _refuse_idle(complete(causes, "causes") == of, who, of)
    return np.column_stack([who, as_table(covariates, len(who))])


def _refuse_idle(left: Bools, treated: Floats, of: int) -> None:
    """Refuse a ratio of which one side is nothing."""
    for value, whose in ((1.0, Message("who take part")), (0.0, Message("who do not"))):
        if not np.any(left & (treated == value)):
            raise EstimationError(
                Message(
                    "no events: none of those {whose} leaves by cause {cause}, so there is no "
                    "ratio; follow the clients for longer, or ask for the difference in the share "
                    "that leaves",
                    whose=whose,
                    cause=of,
                )
            )
