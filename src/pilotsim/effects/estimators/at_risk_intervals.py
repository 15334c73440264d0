"""Spells cut where participation starts, so that waiting is not counted as treatment.

Time counted as treatment before it began is called immortal time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.estimators.spells import SurvivalSpells


@dataclass(frozen=True)
class Stretches:
    """Rows for `cox`: one for each stretch of a spell in which participation does not change.

    Parameters
    ----------
    entries, exits : ndarray, shape (stretches,)
    causes : ndarray of int, shape (stretches,)
        What ends the stretch; 0 where it is only cut.
    participates : ndarray, shape (stretches,)
        1 from the start of participation on, 0 before.
    clients : ndarray of int, shape (stretches,)
        The place of each stretch's client in the arrays that were cut; `covariates[clients]` are
        its covariates.
    """

    entries: Floats
    exits: Floats
    causes: Ints
    participates: Floats
    clients: Ints


def participation_stretches(exits: ArrayLike, causes: ArrayLike, started: ArrayLike) -> Stretches:
    """Return spells cut at the start of participation.

    Who starts later than the spell ends never started in it: somebody who found work while waiting
    is one who waited.

    Parameters
    ----------
    exits : array_like, shape (clients,)
        When each spell ends, from its beginning at 0.
    causes : array_like of int, shape (clients,)
        What ends it; 0 is censored.
    started : array_like, shape (clients,)
        When participation starts; NaN or infinity for never, 0 or less for from the beginning.

    Raises
    ------
    EstimationError
        As `SurvivalSpells.of`; a spell of no length cannot be cut.
    """
    spells = SurvivalSpells.of(exits, causes, np.zeros(np.shape(exits)))
    start = np.asarray(started, np.float64)
    if start.shape != (spells.count,):
        raise RequestError(
            Message(
                "started: expected {count} values, one for each spell, found shape {found}",
                count=spells.count,
                found=start.shape,
            )
        )
    start = np.where(np.isnan(start), np.inf, start)
    cut = np.flatnonzero((start > 0.0) & (start < spells.exits))
    # An event at the very time of the start belongs to the wait: at risk just after, as everywhere.
    whole = np.arange(spells.count)
    entries = np.zeros(spells.count)
    ends_by = spells.causes.copy()
    before = spells.exits.copy()
    before[cut], ends_by[cut] = start[cut], 0
    return Stretches(
        np.concatenate([entries, start[cut]]),
        np.concatenate([before, spells.exits[cut]]),
        np.concatenate([ends_by, spells.causes[cut]]),
        np.concatenate([(start <= 0.0).astype(np.float64), np.ones(len(cut))]),
        np.concatenate([whole, cut]),
    )
