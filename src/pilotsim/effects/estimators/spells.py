"""Spells until something happens: who is at risk when, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
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
        ends, why = complete(exits, "exits"), complete(causes, "causes")
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


@dataclass(frozen=True)
class RiskTable:
    """Who is at risk and what happens, at each time when something happens.

    Parameters
    ----------
    times : ndarray, shape (times,)
        Distinct times at which a spell ends by a cause, ascending.
    at_risk : ndarray, shape (times,)
        Spells seen just before each time.
    events : ndarray, shape (times, causes)
        Spells that end then, by cause; column 0 is cause 1.
    last : float
        The last time at which anybody is seen.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    last: float

    @property
    def any_event(self) -> Floats:
        """Spells that end at each time by whatever cause."""
        total: Floats = self.events.sum(axis=1)
        return total


def risk_table(spells: SurvivalSpells, causes: int | None = None) -> RiskTable:
    """Return who is at risk and what happens at each time when something happens.

    Parameters
    ----------
    spells : SurvivalSpells
    causes : int, optional
        How many causes to count; the highest that occurs, unless given.
    """
    number = int(spells.causes.max(initial=0)) if causes is None else causes
    happened = spells.causes > 0
    times, place = np.unique(spells.exits[happened], return_inverse=True)
    events = np.zeros((len(times), number))
    np.add.at(events, (place, spells.causes[happened] - 1), 1.0)
    gone = np.searchsorted(np.sort(spells.exits), times, side="left")
    unseen = (
        len(spells.entries) - np.searchsorted(np.sort(spells.entries), times, side="left")
        if spells.delayed()
        else 0
    )
    found = RiskTable(
        times,
        (spells.count - gone - unseen).astype(np.float64),
        events,
        float(spells.exits.max(initial=0.0)),
    )
    _refuse_gap(found)
    return found


def _refuse_gap(table: RiskTable) -> None:
    """Refuse late entry in which all who are seen leave at once, and others come after.

    The curve would stay at 0.
    """
    empty = np.flatnonzero(table.any_event >= table.at_risk)
    if len(empty) and empty[0] < len(table.times) - 1:
        time, left = table.times[empty[0]], table.at_risk[empty[0]]
        raise EstimationError(
            Message(
                "late entry: at {time} all {left} who are seen leave, and others are seen only "
                "later, so nothing joins the two; count time from when enough are seen",
                time=Amount(time),
                left=Amount(left),
            )
        )


def refuse_late(table: RiskTable, at: float, whose: str = "the clients") -> None:
    """Refuse a time after which nobody of a group is seen, though some could still be there."""
    if not at > 0.0:
        raise RequestError(Message("time: expected more than 0, found {at}", at=Amount(at)))
    alive = (
        not len(table.times)
        or table.at_risk[-1] > table.any_event[-1]
        or table.times[-1] < table.last
    )
    if at > table.last and alive:
        raise EstimationError(
            Message(
                "nobody of {whose} is seen after {last}, so nothing is known of {at}; choose an "
                "earlier time",
                whose=whose,
                last=Amount(table.last),
                at=Amount(at),
            )
        )
