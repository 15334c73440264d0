"""Spells until something happens: from when each is seen, when it ends, and by what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_column

CENSORED = 0


def complete(values: ArrayLike, name: str) -> Floats:
    """Return one number for each spell.

    Raises
    ------
    EstimationError
        A value is missing or infinite.
    """
    column = as_column(values, name)
    if np.isnan(column).any():
        raise EstimationError(
            Message(
                "{name}: {missing} of {values} are missing; leave those out, and say so",
                name=name,
                missing=int(np.isnan(column).sum()),
                values=len(column),
            )
        )
    return column


@dataclass(frozen=True)
class SurvivalSpells:
    """Spells, checked.

    Parameters
    ----------
    exits : ndarray, shape (spells,)
        When each ends, by an event or because it is not seen for longer. Who is censored at a time
        is at risk until then.
    causes : ndarray of int, shape (spells,)
        What ends it: 0 censored, 1, 2, ... the causes.
    entries : ndarray, shape (spells,)
        From when each is seen, at risk just after; -infinity where all are seen from the beginning.
    """

    exits: Floats
    causes: Ints
    entries: Floats

    @classmethod
    def of(
        cls, exits: ArrayLike, causes: ArrayLike, entries: ArrayLike | None = None
    ) -> SurvivalSpells:
        """Return checked spells.

        Raises
        ------
        RequestError
            The arrays have different lengths.
        EstimationError
            A value is missing, a cause is no whole number from 0 up, a spell ends before it begins,
            or nothing ever happens.
        """
        ends = complete(exits, "exits")
        why = complete(causes, "causes")
        begins = np.full_like(ends, -np.inf) if entries is None else complete(entries, "entries")
        if not ends.shape == why.shape == begins.shape or ends.ndim != 1:
            raise RequestError(
                Message(
                    "exits, causes and entries: expected one value each, found {exits}, {causes}, "
                    "{entries}",
                    exits=ends.shape,
                    causes=why.shape,
                    entries=begins.shape,
                )
            )
        if np.any(why != np.floor(why)) or np.any(why < 0):
            raise EstimationError(
                Message(
                    "causes: expected 0 for censored and 1, 2, ... for what happened, found "
                    "another value"
                )
            )
        wrong = int(np.sum((ends <= begins) | (ends < 0.0)))
        if wrong:
            raise EstimationError(
                Message(
                    "exits: {wrong} of {count} spells end before they begin, or as they begin; "
                    "mend the dates or leave them out",
                    wrong=wrong,
                    count=len(ends),
                )
            )
        if not np.any(why > 0):
            raise EstimationError(
                Message(
                    "no events: all {count} spells are censored; follow the clients for longer",
                    count=len(ends),
                )
            )
        return cls(ends, why.astype(np.int64), begins)

    @property
    def count(self) -> int:
        """How many spells there are."""
        return len(self.exits)

    def among(self, rows: Bools) -> SurvivalSpells:
        """Return some of the spells; nothing need happen in them."""
        return SurvivalSpells(self.exits[rows], self.causes[rows], self.entries[rows])

    def delayed(self) -> bool:
        """Whether any spell is seen from later than time 0."""
        return bool(np.any(self.entries > 0.0))
