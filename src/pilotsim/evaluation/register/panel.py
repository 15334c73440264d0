"""The panel: one row for each client and month, held as arrays of clients by months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.own_outcomes import own_outcome, work_out
from pilotsim.model.fields import State

if TYPE_CHECKING:
    import pandas as pd


STATES: tuple[str, ...] = get_args(State)
# A month for which the register has no row: before a client enters, or lost.
NO_ROW = -1
WORK, ASSISTANCE = STATES.index("work"), STATES.index("assistance")
UNKNOWN_STATE = STATES.index("unknown")
# Outcomes that a register may hold beside the status, and the column that says in which months of
# unknown status they are known all the same.
BESIDE_STATUS = ("in_work", "on_assistance", "amount")
KNOWN = "known"
# What the district is called where a register names none.
ONE_DISTRICT = "district"


@dataclass(frozen=True)
class ReadingNote:
    """How the rows of some clients were read, as a reader of the results must know.

    Parameters
    ----------
    kind : {"blanked", "moved"}
        Outcomes beside an unknown status were emptied; the client moved to another district after
        the programme began.
    clients : ndarray of bool, shape (clients,)
        Of whom it is true.
    columns : tuple of str
        Which columns it is about.
    """

    kind: Literal["blanked", "moved"]
    clients: Bools
    columns: tuple[str, ...] = ()

    def says(self, count: int | Message) -> Message:
        """Return the note for so many clients.

        Parameters
        ----------
        count : int or Message
            How many, as far as it may be shown.
        """
        if self.kind == "moved":
            return Message(
                "{count} clients moved to another district after the programme began; each counts "
                "for the one that it belonged to then",
                count=count,
            )
        return Message(
            "{count} clients have months of unknown status in which {columns} hold something all "
            "the same; there these outcomes are missing, unless the column '{known}' names them",
            count=count,
            columns=", ".join(self.columns),
            known=KNOWN,
        )


@dataclass(frozen=True)
class Panel:
    """What a register shows of clients, month by month.

    Parameters
    ----------
    months : tuple of date
        The first day of each month, rising, without gaps.
    client : ndarray of str or int, shape (clients,)
        Who: a number without meaning.
    status : ndarray of int8, shape (clients, months)
        What the client was at the end of the month, a number of `STATES`; `NO_ROW` where the
        register has no row.
    in_work, on_assistance : ndarray of float, shape (clients, months)
        1 or 0; NaN where it is not known.
    amount : ndarray of float, shape (clients, months)
        Assistance paid in the month; NaN where it is not known.
    offered, started : ndarray of float, shape (clients,)
        In which month, counted from 0, the programme was offered and was started; below 0: before
        the panel begins; infinity: never. `started` is NaN where the register does not say.
    district : ndarray of int, shape (clients,)
        A number of `districts`.
    districts : tuple of str
        Their names.
    traits : mapping of str to ndarray of float, shape (clients,)
        Observed traits; NaN where missing. A number, 1 or 0, or a number of `categories`.
    categories : mapping of str to tuple of str
        The names of the categories of a trait that has some.
    notes : tuple of ReadingNote
        What a reader of the results must know of how the table was read.
    """

    months: tuple[date, ...]
    client: NDArray[np.generic]
    status: NDArray[np.int8]
    in_work: Floats
    on_assistance: Floats
    amount: Floats
    offered: Floats
    started: Floats
    district: Ints
    districts: tuple[str, ...]
    traits: Mapping[str, Floats]
    categories: Mapping[str, tuple[str, ...]]
    notes: tuple[ReadingNote, ...] = ()

    def __len__(self) -> int:
        return len(self.client)

    def __repr__(self) -> str:
        months = f"{len(self.months)} months from {self.months[0]:%Y-%m}"
        return f"Panel({len(self):,} clients, {months}, {len(self.districts)} districts)"

    @property
    def seen(self) -> Bools:
        """Where the register has a row, shape (clients, months)."""
        return np.asarray(self.status != NO_ROW)

    @property
    def entered(self) -> Ints:
        """The first month in which each client has a row.

        The number of months where it has none, shape (clients,).
        """
        return np.where(self.seen.any(axis=1), self.seen.argmax(axis=1), len(self.months))

    @property
    def shows_starts(self) -> bool:
        """Whether the register says who started the programme."""
        return not np.isnan(self.started).any()

    @property
    def names_district(self) -> bool:
        """Whether the register names the district of its clients, be it one and the same."""
        return self.districts != (ONE_DISTRICT,)

    def outcome(self, name: str) -> Floats:
        """Return an outcome month by month, shape (clients, months); NaN where it is not known.

        Parameters
        ----------
        name : str
            `in_work`, `on_assistance`, `amount`, or one of `STATES`: 1 where that is the client's
            status, missing where it is unknown; or an outcome of one's own.

        Raises
        ------
        RequestError
            No such outcome; or its function gives neither 1 nor 0.
        """
        if name in BESIDE_STATUS:
            found: Floats = getattr(self, name)
            return found
        own = own_outcome(name)
        if own is not None:
            return work_out(own, [self.outcome(asked) for asked in own.constants])
        if name not in STATES:
            raise RequestError(
                Message("no outcome '{name}'{meant}", name=name, meant=did_you_mean(name, OUTCOMES))
            )
        state = STATES.index(name)
        known = self.seen & ((self.status != UNKNOWN_STATE) | (state == UNKNOWN_STATE))
        return np.where(known, self.status == state, np.nan)

    def select(self, clients: Ints | Bools) -> Panel:
        """Return the panel of some of the clients."""
        by_client = (
            "client",
            "status",
            "in_work",
            "on_assistance",
            "amount",
            "offered",
            "started",
            "district",
        )
        parts: dict[str, Any] = {name: getattr(self, name)[clients] for name in by_client}
        return replace(
            self,
            **parts,
            traits={name: trait[clients] for name, trait in self.traits.items()},
            notes=tuple(replace(note, clients=note.clients[clients]) for note in self.notes),
        )

    @classmethod
    def join(cls, panels: Sequence[Panel]) -> Panel:
        """Return one panel of several districts with the same months and traits."""
        names = tuple(name for panel in panels for name in panel.districts)
        before = np.cumsum([0, *(len(panel.districts) for panel in panels)])
        parts: dict[str, Any] = {
            name: np.concatenate([getattr(panel, name) for panel in panels])
            for name in ("status", "in_work", "on_assistance", "amount", "offered", "started")
        }
        sizes = np.cumsum([0, *(len(panel) for panel in panels)])
        return replace(
            panels[0],
            **parts,
            client=np.arange(sizes[-1]),
            notes=(),
            districts=names,
            district=np.concatenate(
                [panel.district + start for panel, start in zip(panels, before, strict=False)]
            ),
            traits={
                name: np.concatenate([panel.traits[name] for panel in panels])
                for name in panels[0].traits
            },
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the panel as the table an extract holds: one row for each client and month.

        See ``docs/register.md``.
        """
        import pandas as pd

        who, when = np.nonzero(self.seen)
        months = np.array([f"{month:%Y-%m}" for month in self.months])
        table = pd.DataFrame(
            {
                "client": self.client[who],
                "month": pd.Categorical.from_codes(when, categories=pd.Index(months)),
            }
        )
        table["status"] = pd.Categorical.from_codes(
            self.status[who, when], categories=pd.Index(STATES)
        )
        for name in ("in_work", "on_assistance"):
            table[name] = pd.array(getattr(self, name)[who, when], dtype="Int8")
        table["amount"] = self.amount[who, when]
        known = self._known_anyway(table)
        if known is not None:
            table[KNOWN] = known
        for name in ("offered", "started"):
            table[name] = pd.Categorical([self._month_name(time) for time in getattr(self, name)])[
                who
            ]
        table["district"] = pd.Categorical.from_codes(
            self.district[who], categories=pd.Index(self.districts)
        )
        for name, trait in self.traits.items():
            table[name] = self._trait_column(name, trait)[who]
        return table

    def _known_anyway(self, table: pd.DataFrame) -> NDArray[np.generic] | None:
        """Return which outcomes are known in months of unknown status; None where none is."""
        unknown = (table["status"] == STATES[UNKNOWN_STATE]).to_numpy()
        words = np.full(len(table), "", object)
        for name in BESIDE_STATUS:
            beside = unknown & table[name].notna().to_numpy()
            words[beside] += f"{name} "
        return np.array([word.strip() or None for word in words]) if words.any() else None

    def _month_name(self, month: float) -> str | None:
        """Return a month such as `2015-03`; None for never."""
        if not np.isfinite(month):
            return None
        first = self.months[0]
        year, number = divmod(first.year * 12 + first.month - 1 + int(month), 12)
        return f"{year}-{number + 1:02}"

    def _trait_column(self, name: str, trait: Floats) -> NDArray[np.generic]:
        import pandas as pd

        if name not in self.categories:
            return np.asarray(trait)
        codes = np.where(np.isnan(trait), -1, trait).astype(np.int64)
        return np.asarray(
            pd.Categorical.from_codes(codes, categories=pd.Index(self.categories[name])), object
        )


OUTCOMES = (*BESIDE_STATUS, *STATES)


def is_outcome(name: str) -> bool:
    """Tell whether a register can be asked for an outcome: one of its own, or of the user's."""
    return name in OUTCOMES or own_outcome(name) is not None
