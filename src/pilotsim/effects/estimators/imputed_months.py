"""Groups that begin at different times: imputation, and interactions of group and time.

Two more ways beside `estimate_group_time` to the effect of a programme that reaches groups at
different times, neither of which compares with those who have begun.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.panel_library import fit_imputation, fit_sun_abraham


@dataclass(frozen=True, eq=False)
class _Cells:
    """Outcomes by client and period with the treated cells that are asked about."""

    outcomes: Floats
    starts: Floats
    notes: tuple[str, ...]


def estimate_imputation(
    outcomes: ArrayLike,
    starts: ArrayLike,
    *,
    horizon: int,
    last_only: bool = False,
    level: float = 0.95,
) -> Effect:
    """Return the effect by what client and period alone let expect without the programme.

    Effects of client and of period are estimated from all cells that are not treated; what a
    treated cell lies above them is its effect. Estimand: mean effect on the treated (ATT) over the
    periods since the start, over the groups that are seen in all of them beside others. Assumption:
    without the programme they would have changed as the others (parallel trends, in all periods
    before); nobody acts on it ahead.
    Standard error: by client, conservative, with the treated cells of a group and horizon taken for
    alike. Source: Borusyak, Jaravel and Spiess, Review of Economic Studies 91 (2024) 3253-3285.

    Parameters
    ----------
    outcomes : array, shape (clients, periods)
        NaN where it is not known: that cell is left out.
    starts : array, shape (clients,)
        The first treated period, counted from 0; infinity for never.
    horizon : int
        The periods since the start that are asked about.
    last_only : bool
        Whether the last of them alone is asked about.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        Nobody is seen so long after the start, or beside others who have not begun; nobody is seen
        before the start.
    """
    cells = _take("imputation", outcomes, starts, horizon, last_only, never_alone=False)
    return _conclude("imputation", fit_imputation, cells, level)


def estimate_sun_abraham(
    outcomes: ArrayLike,
    starts: ArrayLike,
    *,
    horizon: int,
    last_only: bool = False,
    level: float = 0.95,
) -> Effect:
    """Return the effect by a regression with a coefficient for each group and time since its start.

    Estimand and assumption as in `estimate_imputation`, with those who never begin as the others
    and the last period before the start as the only one that is compared with. Standard error: by
    client. Source: Sun and Abraham, Journal of Econometrics 225 (2021) 175-199.

    Parameters
    ----------
    outcomes, starts, horizon, last_only, level
        As in `estimate_imputation`.

    Raises
    ------
    EstimationError
        As `estimate_imputation`; everybody begins some day.
    """
    cells = _take("sun_abraham", outcomes, starts, horizon, last_only, never_alone=True)
    return _conclude("sun_abraham", fit_sun_abraham, cells, level)


def _take(
    estimator: str,
    outcomes: ArrayLike,
    starts: ArrayLike,
    horizon: int,
    last_only: bool,
    *,
    never_alone: bool,
) -> _Cells:
    table = np.array(outcomes, np.float64)
    begun = np.asarray(starts, np.float64)
    periods = np.arange(table.shape[1])
    lags = periods[None, :] - begun[:, None]
    seen_before = (~np.isnan(table) & (lags < 0)).any(axis=1)
    kept = seen_before & (begun != -math.inf)
    table = table[kept]
    begun = begun[kept]
    lags = lags[kept]
    if never_alone and not np.isinf(begun).any():
        raise EstimationError(
            Message(
                "{estimator}: everybody begins some day, so that there is nobody to compare with",
                estimator=estimator,
            )
        )
    asked = (lags == horizon - 1) if last_only else (lags >= 0) & (lags < horizon)
    # In a period in which all have begun nothing tells what would have been.
    compared = ~np.isnan(table) & (np.isinf(begun)[:, None] if never_alone else lags < 0)
    asked &= compared.any(axis=0)
    # A group that is compared in its first periods alone would make a growing effect small.
    asked &= (asked.sum(axis=1) == (1 if last_only else horizon))[:, None]
    table[(lags >= 0) & ~asked] = np.nan
    _require_asked(estimator, ~np.isnan(table) & (lags >= 0), horizon)
    notes: tuple[str, ...] = ()
    if not kept.all():
        notes = (
            Message(
                "{missing} of {clients} clients are seen in no period before the start and are "
                "left out",
                missing=int((~kept).sum()),
                clients=len(kept),
            ),
        )
    return _Cells(table, begun, notes)


def _require_asked(estimator: str, asked: Bools, horizon: int) -> None:
    if not asked.any():
        raise EstimationError(
            Message(
                "{estimator}: nobody is seen {horizon} periods after the start beside others who "
                "have not begun",
                estimator=estimator,
                horizon=horizon,
            )
        )


def _conclude(
    estimator: str,
    fit: Callable[[Floats, Floats], tuple[float, float]],
    cells: _Cells,
    level: float,
) -> Effect:
    estimate, error = fit(cells.outcomes, cells.starts)
    clients = len(cells.starts)
    return conclude(
        estimator,
        "mean effect on the treated (ATT) over times since the start",
        estimate,
        error,
        clients=clients,
        freedom=clients - 1.0,
        level=level,
        notes=cells.notes,
    )
