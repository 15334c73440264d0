"""Stays in stages as a register shows them: from when, until when, and what came next.

A register sees a stay only while it looks: those that ended before are not in it (left truncation),
those that had not ended are there without an end (right censoring). Both are columns here, so that
nothing that is learned has to guess them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints

__all__ = ["NOWHERE", "ORIGIN", "UNKNOWN", "Stays", "date_of", "day_of"]

# Days are counted from here: any date will do that is the same for all.
ORIGIN = date(1970, 1, 1)
# What comes after a stay, or why it ended, where the register does not say.
NOWHERE = -1
UNKNOWN = ""
# What `Stays` holds of each stay, besides its traits.
_COLUMNS = (
    "case",
    "stage",
    "entered",
    "started",
    "left",
    "following",
    "cause",
    "seen_from",
    "seen_until",
    "group",
    "is_first",
)


def day_of(when: date | datetime) -> float:
    """Return a date, or an instant without a time zone, as days from `ORIGIN`."""
    if isinstance(when, datetime):
        return (when - datetime(ORIGIN.year, 1, 1)) / timedelta(days=1)
    return float((when - ORIGIN).days)


def date_of(day: float) -> date:
    """Return the date on which a day lies."""
    return ORIGIN + timedelta(days=int(np.floor(day)))


@dataclass(frozen=True)
class Stays:
    """Stays in stages, a row each.

    Parameters
    ----------
    file : str
        Where they were read.
    stages : tuple of str
        The stages that the rows name.
    case : ndarray of int, shape (stays,)
        Whose stay it is, by numbers from 0.
    stage : ndarray of int, shape (stays,)
        Which of the stages.
    entered : ndarray of float, shape (stays,)
        When it began, in days from `ORIGIN`; NaN where that was before the register looked and is
        not known.
    started : ndarray of float, shape (stays,)
        When its service started after a wait; as `entered` where the register tells no wait, NaN
        where it had not started.
    left : ndarray of float, shape (stays,)
        When it ended; NaN for those who were still there.
    following : ndarray of int, shape (stays,)
        The stage that followed; `NOWHERE` where none is known.
    cause : ndarray of str, shape (stays,)
        Why it ended, where the register says: `finished`, `drawn`, the name of a risk; else empty.
    seen_from, seen_until : ndarray of float, shape (stays,)
        Between which days the register would have shown it.
    begins, ends : float
        Between which days the register looks.
    grain : float
        How exactly it tells time, in days: 1 where it has dates alone, 0 where it has instants.
    tells_waits : bool
        Whether joining and starting are told apart.
    group : ndarray of str, shape (stays,)
        The group of whose stay it is; empty where the register has none.
    traits : mapping of str to ndarray of float or str, shape (stays,)
        What it says of whose stay it is, in columns of the sketch's traits: 1 and 0, a number (NaN
        where it is not known), or a word (empty where it is not known).
    is_first : ndarray of bool, shape (stays,)
        Whether it is the first stay of its case.
    """

    file: str
    stages: tuple[str, ...]
    case: Ints
    stage: Ints
    entered: Floats
    started: Floats
    left: Floats
    following: Ints
    cause: np.ndarray
    seen_from: Floats
    seen_until: Floats
    begins: float
    ends: float
    grain: float
    tells_waits: bool
    group: np.ndarray
    is_first: Bools
    traits: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.case)

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return len(np.unique(self.case))

    @property
    def has_left(self) -> Bools:
        """Whether each stay ended while the register looked, shape (stays,)."""
        return ~np.isnan(self.left)

    @property
    def until(self) -> Floats:
        """Until when each stay was seen to last, shape (stays,)."""
        return np.where(np.isnan(self.left), self.seen_until, self.left)

    def where(self, rows: Bools) -> Stays:
        """Return some of the stays."""
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in _COLUMNS},
            traits={name: column[rows] for name, column in self.traits.items()},
        )

    def with_what_followed(self, rows: Bools) -> Stays:
        """Return the stays with one more for each of some, in the stage that followed it.

        Parameters
        ----------
        rows : ndarray of bool, shape (stays,)
            Those of whom the register tells where they went, and has no row of it.
        """
        some = self.where(rows)
        many = len(some)
        more = replace(
            some,
            stage=some.following,
            entered=some.left,
            started=some.left,
            left=np.full(many, np.nan),
            following=np.full(many, NOWHERE),
            cause=np.full(many, UNKNOWN, dtype=object),
            is_first=np.zeros(many, np.bool_),
        )
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(more, name)]) for name in _COLUMNS
        }
        traits = {
            name: np.concatenate([column, more.traits[name]])
            for name, column in self.traits.items()
        }
        return replace(self, **columns, traits=traits)

    def in_stage(self, name: str) -> Stays:
        """Return the stays in one stage."""
        place = self.stages.index(name) if name in self.stages else -2
        return self.where(self.stage == place)

    def following_names(self) -> np.ndarray:
        """Return the name of the stage that followed each stay; empty where none is known."""
        return np.array([*self.stages, ""], dtype=object)[self.following]

    def until_day(self, day: float) -> Stays:
        """Return what the register would have shown on a day: nothing after it is there.

        Parameters
        ----------
        day : float
            In days from `ORIGIN`.
        """
        known = np.where(np.isnan(self.entered), -np.inf, self.entered) < day
        rows = self.where(known & (self.seen_from < day))
        goes_on = ~(rows.left <= day)
        return replace(
            rows,
            started=np.where(rows.started > day, np.nan, rows.started),
            left=np.where(goes_on, np.nan, rows.left),
            following=np.where(goes_on, NOWHERE, rows.following),
            cause=np.where(goes_on, UNKNOWN, rows.cause),
            seen_until=np.minimum(rows.seen_until, day),
            ends=min(day, self.ends),
        )
