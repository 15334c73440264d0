"""From a data owner's file and its mapping to a clean register, with a log of every mend.

Nothing is guessed in silence: what has one reading is read so and counted, what has two is refused
with the line of the mapping by which a person decides. The log counts rows and names no cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Ints
from pilotsim.base.errors import RegisterError
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.decoding import WordTable, decode_file
from pilotsim.evaluation.register.extract import (
    ASSIGNED,
    BLOCK,
    MOSTLY,
    OPTIONAL,
    REQUIRED,
    note_ids,
    panel_of,
)
from pilotsim.evaluation.register.faults import Faults
from pilotsim.evaluation.register.identity import clients_with_each, identifies
from pilotsim.evaluation.register.mapping import (
    FLAG_COLUMNS,
    OF_THE_MONTH,
    RegisterMapping,
    words_of_flags,
)
from pilotsim.evaluation.register.panel import KNOWN, STATES, UNKNOWN_STATE, Panel
from pilotsim.evaluation.register.reshaping import lengthen
from pilotsim.evaluation.register.spellings import (
    Doubt,
    Spelled,
    long_name,
    looks_like_a_number,
    spell_months,
    spell_numbers,
)
from pilotsim.evaluation.register.suggestions import FLAG_WORDS, STATE_WORDS, plain_word
from pilotsim.evaluation.register.values import LEAST, kind_of, number_of

__all__ = ["Mend", "MendedRegister", "prepare_register"]

MONTHS = ("month", "offered", "started")
EMPTY = -1
# Mends that are done to every row.
OF_ALL_ROWS = ("renamed", "wide")
# Mends after which there are more or fewer rows.
CHANGING_ROWS = ("duplicates", "summed", "gaps_unknown", "gaps_no_payment")


@dataclass(frozen=True)
class Mend:
    """One kind of mend.

    Parameters
    ----------
    kind : str
        What was done: the word of a phrase `mend_...`.
    column : str
        The register's column; empty for the whole file.
    count : int
        In how many rows.
    clients : int or None
        Of how many clients these are; None where it is done to the file, not to what it says of
        anybody.
    others : int
        How many clients have a row in which nothing was done.
    """

    kind: str
    column: str
    count: int
    clients: int | None = None
    others: int = 0

    @property
    def is_few(self) -> bool:
        """Whether few clients have such a row, so that it is not told in how many rows it was."""
        return self.clients is not None and 0 < self.clients < LEAST


@dataclass(frozen=True)
class MendedRegister(Shown):
    """A clean register, and how it came about.

    Parameters
    ----------
    file, mapping : str
        The file's name and that of the mapping.
    panel : Panel
        The register.
    content : bytes
        The same as a CSV file in UTF-8.
    rows_read, rows_written : int
        Rows of the file and of the clean register.
    mends : tuple of Mend
        What was mended, in the order in which it was done.
    """

    file: str
    mapping: str
    panel: Panel
    content: bytes
    rows_read: int
    rows_written: int
    mends: tuple[Mend, ...]

    @property
    def told(self) -> tuple[int | Message, ...]:
        """In how many rows each mend was done, as far as that may be told.

        So many rows of few clients tell how many these are (36 rows for each), and so do the rows
        of all others: where few have a mend in a column, the column's other mends are not counted
        either.
        """
        beside_few = {mend.column for mend in self.mends if mend.is_few}
        return tuple(
            _told(mend, mend.column in beside_few, counts_rows=self.tells_rows_read)
            for mend in self.mends
        )

    @property
    def tells_rows_read(self) -> bool:
        """Whether it is told how many rows the file has: not where few rows came or went."""
        return not any(mend.is_few and mend.kind in CHANGING_ROWS for mend in self.mends)


@dataclass
class _Column:
    """A column while it is mended: which of its words stands in each row, -1 for none."""

    codes: Ints
    words: list[str]

    @classmethod
    def of_cells(cls, cells: Sequence[str | None]) -> _Column:
        places: dict[str, int] = {}
        codes = [
            EMPTY if cell is None or not cell.strip() else places.setdefault(cell, len(places))
            for cell in cells
        ]
        return cls(np.array(codes, np.int64), list(places))

    def __len__(self) -> int:
        return len(self.codes)

    def counts(self) -> Ints:
        """Return in how many rows each word stands."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))

    def renamed(self, words: Sequence[str | None]) -> _Column:
        """Return the column with other words, equal ones as one; None for nothing."""
        places: dict[str, int] = {}
        own = [EMPTY if word is None else places.setdefault(word, len(places)) for word in words]
        return _Column(np.array([*own, EMPTY], np.int64)[self.codes], list(places))

    def take(self, rows: Ints | Bools) -> _Column:
        return _Column(self.codes[rows], self.words)


class _Workshop:
    """A table being mended."""

    def __init__(self, file: str, found: WordTable, mapping: RegisterMapping) -> None:
        self.mapping = mapping
        self.faults = Faults(file, found.rows)
        self.mends = [Mend(kind, "", count) for kind, count in found.mends]
        self.columns = self._named(found)

    def log(self, kind: str, column: str, count: int) -> None:
        """Note a mend that was done to the file, in so many rows or columns."""
        if count:
            self.mends.append(Mend(kind, column, count))

    def log_rows(self, kind: str, column: str, rows: Bools, count: int | None = None) -> None:
        """Note a mend that was done in some rows; of how many more, where it made rows."""
        if not rows.any():
            return
        # By ids without the spaces around them, which are taken off column by column.
        who = self.faults.clients
        assert who is not None
        clients, others = (len(np.unique(who[own])) for own in (rows, ~rows))
        self.mends.append(Mend(kind, column, count or int(rows.sum()), clients, others))

    def _named(self, found: WordTable) -> dict[str, _Column]:
        """Return the register's columns, under the register's names."""
        places = {name: place for place, name in enumerate(found.names)}
        loose = {name.casefold(): name for name in found.names}
        taken: dict[str, _Column] = {}
        used: set[str] = set()
        for name, wanted in self.mapping.sources().items():
            source = wanted if wanted in places else loose.get(wanted.casefold())
            if source is None or list(found.names).count(source) > 1:
                self._note_missing(name, wanted, twice=source is not None)
                continue
            used.add(source)
            taken[name] = _Column.of_cells(found.columns[places[source]])
            if source not in (name, long_name(name)):
                self.log("renamed", name, len(found.rows))
        dropped = {name.casefold() for name in self.mapping.dropped}
        self._note_others(found, used, dropped)
        self.faults.stop()
        count = sum(name.casefold() in dropped for name in found.names)
        self.log("dropped_columns", "", count)
        return taken

    def _note_missing(self, name: str, wanted: str, *, twice: bool) -> None:
        message = (
            Message("the file has the column '{name}' twice", name=wanted)
            if twice
            else Message("the file has no column '{name}' in its header", name=wanted)
        )
        self.faults.note(name, message)

    def _note_others(self, found: WordTable, used: set[str], dropped: set[str]) -> None:
        """Note columns of the file of which the mapping says nothing.

        They are named only where the header is one: where the mapping's names stand in it.
        """
        for place, name in enumerate(found.names, 1):
            if name in used or name.casefold() in dropped:
                continue
            self.faults.note(
                name if used and name[:1].isalpha() else str(place),
                Message(
                    "the mapping does not name this column of the file; a person must decide: "
                    "write it under 'columns' or under 'dropped'"
                ),
            )

    def refuse_identities(self) -> None:
        """Note columns that say who somebody is."""
        # Spaces around an id are no part of it.
        client = _without_spaces(self.columns["client"])
        known = (*REQUIRED, *OPTIONAL)
        for name, column in self.columns.items():
            words = [word.strip() for word in column.words]
            source = self.mapping.columns.get(name, name)
            is_known = name in known
            shared = (
                None
                if is_known or name == BLOCK
                else clients_with_each(column.codes, client.codes, len(words))
            )
            clients = len(client.words)
            why = identifies(name, words, clients, is_known=is_known, shared=shared)
            # The file's own name of the column may tell what it holds.
            why = why or identifies(source, [] if is_known else words, clients, is_known=is_known)
            if why:
                self.faults.note(name, why)
        self.faults.clients = client.codes
        note_ids(self.faults, client.codes, client.words)
        self.faults.stop()

    def mend_words(self) -> None:
        """Spell the words of each column as the register has them."""
        empty = {word.strip().casefold() for word in self.mapping.empty} | {"na"}
        for name, column in self.columns.items():
            bare = [word.strip() for word in column.words]
            self._count(
                name, column, "stripped", [a != b for a, b in zip(bare, column.words, strict=True)]
            )
            nothing = [word.casefold() in empty for word in bare]
            self._count(
                name,
                column,
                "emptied",
                [one and word != "NA" for one, word in zip(nothing, bare, strict=True)],
            )
            words: list[str | None] = [
                None if one else word for one, word in zip(nothing, bare, strict=True)
            ]
            self.columns[name] = self._translated(name, column.renamed(words))
        self.faults.stop()

    def _count(self, name: str, column: _Column, kind: str, which: Sequence[bool]) -> None:
        self.log_rows(kind, name, np.array([*which, False], np.bool_)[column.codes])

    def _translated(self, name: str, column: _Column) -> _Column:
        """Return a column with the meanings of its words in their place."""
        meanings = self.mapping.meanings(name)
        words = [meanings.get(word.casefold(), word) for word in column.words]
        self._count(
            name, column, "translated", [a != b for a, b in zip(words, column.words, strict=True)]
        )
        column = column.renamed([word or None for word in words])
        column = self._without_blanks(name, column, meanings.get("", ""))
        if name in MONTHS:
            found = self._spelled(name, column, spell_months(column.words, self.mapping.dates))
        elif name == "status":
            found = self._of_words(name, column, STATES, STATE_WORDS)
        elif name == ASSIGNED and self.mapping.arms:
            found = self._of_words(name, column, tuple(self.mapping.arms), {})
        elif name in FLAG_COLUMNS:
            found = self._of_words(name, column, words_of_flags(name), FLAG_WORDS)
        elif name == "amount":
            found = self._amounts(column)
        elif self._holds_numbers(name, column):
            found = self._spelled(name, column, spell_numbers(column.words, self.mapping.decimal))
        else:
            found = list(column.words)
        return column.renamed([word or None for word in found])

    def _amounts(self, column: _Column) -> list[str]:
        """Return spelled amounts; where the mapping says that one is unknown, that word stays."""
        unknown = STATES[UNKNOWN_STATE]
        said = unknown in self.mapping.meanings("amount").values()
        numbers = column.renamed(
            [None if said and word == unknown else word for word in column.words]
        )
        texts = self._spelled("amount", numbers, spell_numbers(numbers.words, self.mapping.decimal))
        by_word = dict(zip(numbers.words, texts, strict=True))
        return [by_word.get(word, unknown) for word in column.words]

    def _without_blanks(self, name: str, column: _Column, meant: str) -> _Column:
        """Return a column with what an empty cell means, where the mapping says so."""
        empty = column.codes < 0
        if not meant or not empty.any():
            return column
        self.log_rows("translated", name, np.asarray(empty))
        return _filled(column, empty, meant)

    def say_what_is_known(self) -> None:
        """Write beside each unknown status which outcomes have a source of their own."""
        status = self.columns["status"]
        which = [word == STATES[UNKNOWN_STATE] for word in status.words]
        unknown = np.array([*which, False])[status.codes]
        for name in self.mapping.known:
            column = self.columns[name]
            is_said = [word != STATES[UNKNOWN_STATE] for word in column.words]
            beside = unknown & np.array([*is_said, False])[column.codes]
            self._add_known(name, beside)
            self.log_rows("known", name, beside)

    def _add_known(self, name: str, rows: Bools) -> None:
        column = self.columns.setdefault(KNOWN, _Column(np.full(len(rows), EMPTY), []))
        words = [*column.words, ""]
        added = [" ".join(sorted({*word.split(), name})) for word in words]
        own = np.where(column.codes < 0, len(words) - 1, column.codes)
        codes = np.where(rows, len(words) + own, own)
        self.columns[KNOWN] = _Column(codes, [*words, *added]).renamed(
            [word or None for word in (*words, *added)]
        )

    def _holds_numbers(self, name: str, column: _Column) -> bool:
        if name in ("client", "district", KNOWN):
            return False
        numbers = sum(map(looks_like_a_number, column.words))
        needed = 1.0 if name == BLOCK else MOSTLY
        return bool(column.words) and numbers >= needed * len(column.words)

    def _spelled(
        self, name: str, column: _Column, found: Sequence[Spelled | Doubt | None]
    ) -> list[str]:
        """Return spelled words; note which forms they had, what is in doubt and what is neither."""
        forms = [one.form if isinstance(one, Spelled) else "" for one in found]
        for form in sorted(set(forms) - {""}):
            self._count(name, column, form, [one == form for one in forms])
        doubts = {str(one.why): one for one in found if isinstance(one, Doubt)}
        for why, doubt in doubts.items():
            which = np.array(
                [isinstance(one, Doubt) and str(one.why) == why for one in found] + [False]
            )
            self.faults.note_rows(
                name,
                which[column.codes],
                Message(
                    "{why} A person must decide: write '{line}', or what is right, in the mapping",
                    why=doubt.why,
                    line=doubt.line,
                ),
            )
        self._note_kinds(name, column, [one is None for one in found])
        return [one.text if isinstance(one, Spelled) else "" for one in found]

    def _note_kinds(self, name: str, column: _Column, wrong: Sequence[bool]) -> None:
        """Note words that are nothing that the column may hold, each kind of them by itself."""
        wanted = (
            Message("a month, such as 2015-03 or 01.03.2015")
            if name in MONTHS
            else Message("a number")
        )
        kinds = [
            str(kind_of(word)) if bad else "" for word, bad in zip(column.words, wrong, strict=True)
        ]
        for kind in sorted(set(kinds) - {""}):
            which = np.array([one == kind for one in kinds] + [False])
            first = kinds.index(kind)
            self.faults.note_rows(
                name,
                which[column.codes],
                Message(
                    "expected {wanted}; found {found}; what a word for nothing is stands under "
                    "'empty' in the mapping, what another means under 'values'",
                    wanted=wanted,
                    found=kind_of(column.words[first]),
                ),
            )

    def _of_words(
        self,
        name: str,
        column: _Column,
        allowed: Sequence[str],
        suggested: Any,
    ) -> list[str]:
        """Return the words of a column that has few, as `allowed` spells them.

        Those that the mapping does not name are noted.
        """
        spelled = {word.casefold(): word for word in allowed}
        low = [word.casefold() for word in column.words]
        fits = [word in spelled for word in low]
        meant = [
            "" if fit else _suggestion(name, word, suggested)
            for fit, word in zip(fits, low, strict=True)
        ]
        for hint in sorted(set(meant)):
            which = np.array(
                [not fit and own == hint for fit, own in zip(fits, meant, strict=True)] + [False]
            )
            self.faults.note_rows(
                name,
                which[column.codes],
                Message(
                    "the mapping does not say what this word means{words}; a person must decide: "
                    "write it under 'values: {column}:'{meant}",
                    words=Message(" ({words} different words)", words=int(which.sum()))
                    if which.sum() > 1
                    else "",
                    column=name,
                    meant=Message("; did you mean '{name}'?", name=hint) if hint else "",
                ),
            )
        return [spelled.get(word, "") for word in low]

    def join_repeats(self) -> None:
        """Make one row of those of a client and month that say the same but for the amount.

        Where none of them carries an amount nothing is lost by leaving the later out. Where one
        does, each may be a payment or the same row written again: a person decides.
        """
        exact = _after_first(self._first_alike(list(self.columns)))
        if "amount" not in self.columns:
            self._leave_out(exact)
            return
        amount = self.columns["amount"]
        known = np.array([number_of(word) is not None for word in amount.words] + [False])
        if self.mapping.repeats == "sum":
            # What is not known twice is not known once.
            self._leave_out(exact & ~known[amount.codes])
            self._sum_amounts()
            return
        if self.mapping.repeats is None:
            paid = np.array([_is_paid(word) for word in amount.words] + [False])[amount.codes]
            alike = _after_first(self._first_alike([*self.columns.keys() - {"amount"}]))
            self._note_repeats(exact & paid, alike & ~exact)
        self._leave_out(exact)

    def _leave_out(self, rows: Bools) -> None:
        self.log_rows("duplicates", "", rows)
        self._keep(np.flatnonzero(~rows))

    def _first_alike(self, names: Sequence[str]) -> Ints:
        """Return the first row that says the same in these columns, for each row."""
        import pandas as pd

        table = pd.DataFrame({name: self.columns[name].codes for name in names})
        group = table.groupby(list(names), sort=False).ngroup().to_numpy()
        _, first = np.unique(group, return_index=True)
        return np.asarray(first[group])

    def _note_repeats(self, exact: Bools, other: Bools) -> None:
        """Note rows of a client and month that repeat an amount, or differ in it alone."""
        self.faults.note_rows(
            "amount",
            exact,
            Message(
                "the same row stands twice, with an amount; a person must decide: write "
                "'repeats: sum' in the mapping where each row is a payment, 'repeats: drop' where "
                "one payment was written twice"
            ),
        )
        self.faults.note_rows(
            "amount",
            other,
            Message(
                "differs from another row of the client and month by its amount alone; a person "
                "must decide: write 'repeats: sum' in the mapping where each row is a payment"
            ),
        )
        self.faults.stop()

    def _sum_amounts(self) -> None:
        """Make one row of those that are alike but for the amount, with the sum of the amounts."""
        amount = self.columns["amount"]
        first = self._first_alike([*self.columns.keys() - {"amount"}])
        again = _after_first(first)
        rows = np.flatnonzero(np.isin(first, first[again]))
        numbers = [number_of(word) is not None for word in amount.words]
        known = np.array([*numbers, False])[amount.codes]
        self.faults.note_rows(
            "amount",
            rows[~known[rows]],
            Message(
                "is no number, and the amounts of several rows of the client and month are to be "
                "added up"
            ),
        )
        self.faults.stop()
        sums: dict[int, Decimal] = {}
        with localcontext(prec=DIGITS_OF_A_SUM):
            for row in rows:
                own = Decimal(amount.words[amount.codes[row]])
                sums[int(first[row])] = sums.get(int(first[row]), Decimal(0)) + own
        self.log_rows("summed", "amount", np.isin(np.arange(len(first)), rows))
        words: list[str] = [*amount.words, *(f"{total:f}" for total in sums.values())]
        codes = amount.codes.copy()
        codes[list(sums)] = len(amount.words) + np.arange(len(sums))
        self.columns["amount"] = _Column(codes, words).renamed(words)
        self._keep(np.flatnonzero(~again))

    def _keep(self, rows: Ints) -> None:
        self.columns = {name: column.take(rows) for name, column in self.columns.items()}
        assert self.faults.rows is not None
        self.faults.rows = self.faults.rows[rows]
        self.faults.clients = self.columns["client"].codes

    def sort(self) -> None:
        """Put the rows of each client together, month by month, clients as they first come."""
        client, month = self.columns["client"], self.columns["month"]
        for name, column in (("client", client), ("month", month)):
            empty = column.codes < 0
            message = (
                Message("is empty; every row needs a client")
                if name == "client"
                else Message("is empty; every row needs a month")
            )
            self.faults.note_rows(name, empty, message)
        self.faults.stop()
        months = np.argsort(np.argsort(np.array(month.words)))[month.codes]
        order = np.lexsort((months, client.codes))
        self.log_rows("sorted", "", (order != np.arange(len(order)))[np.argsort(order)])
        self._keep(order)

    def carry_over(self) -> None:
        """Let one row of a client, or its first, say what holds for all."""
        for name in (*self.mapping.same_for_client, *self.mapping.first_month):
            if name in OF_THE_MONTH or name == "client":
                self.faults.note(
                    name, Message("holds another value each month; it cannot be the client's own")
                )
                continue
            is_first = name in self.mapping.first_month
            kind = "first_month" if is_first else "same_for_client"
            self.columns[name] = self._carried(name, kind, is_first=is_first)
        self.faults.stop()

    def _carried(self, name: str, kind: str, *, is_first: bool) -> _Column:
        column, who = self.columns[name], self.columns["client"].codes
        filled = np.flatnonzero(column.codes >= 0)
        clients, first = np.unique(who[filled], return_index=True)
        own = np.full(int(who.max(initial=-1)) + 1, EMPTY)
        own[clients] = column.codes[filled[first]]
        carried = own[who]
        if is_first:
            starts = np.unique(who, return_index=True)
            own[starts[0]] = column.codes[starts[1]]
            carried = own[who]
        else:
            other = (column.codes >= 0) & (column.codes != carried)
            self.faults.note_rows(
                name,
                other,
                Message("differs from the client's other rows, which are to be the same"),
            )
        self.log_rows(kind, name, carried != column.codes)
        return _Column(carried, column.words)

    def fill_gaps(self) -> None:
        """Give months without a row a row by what the mapping says of them, or refuse them."""
        who, month = self.columns["client"], self.columns["month"]
        numbers = np.array([_month_number(word) for word in month.words], np.int64)[month.codes]
        same = np.append(who.codes[1:] == who.codes[:-1], False)
        following = np.append(numbers[1:], 0)
        # How many months on the client's next row stands; where there is none, the next month.
        step = np.where(same, following - numbers, 1)
        if (step > 1).any() and self.mapping.gaps == "refuse":
            self._note_gaps(step)
        if self.mapping.gaps == "no_payment":
            step = np.where(same, step, numbers.max() + 1 - numbers)
        filled = int((step - 1)[step > 1].sum())
        if not filled:
            return
        if filled > MOST_FILLED * len(who):
            self.faults.note_rows(
                "month",
                np.flatnonzero(step > 1),
                Message(
                    "{most} times as many months would be filled as there are rows; is a month "
                    "mistyped?",
                    most=MOST_FILLED,
                ),
            )
            self.faults.stop()
        copies = np.maximum(step, 1)
        source = np.repeat(np.arange(len(who)), copies)
        ahead = np.arange(len(source)) - np.repeat(np.cumsum(copies) - copies, copies)
        self.log_rows(f"gaps_{self.mapping.gaps}", "month", step > 1, filled)
        self._keep(source)
        self._fill(ahead > 0, numbers[source] + ahead)

    def _note_gaps(self, step: Ints) -> None:
        self.faults.note_rows(
            "month",
            np.flatnonzero(step > 1) + 1,
            Message(
                "months are missing before this row of the client; a person must decide: write "
                "'gaps: unknown' in the mapping where nothing is known of them, 'gaps: no_payment' "
                "where the file has rows for payments only"
            ),
        )
        self.faults.stop()

    def _fill(self, new: Bools, numbers: Ints) -> None:
        """Write into new rows what is known of their month."""
        self.columns["month"] = _Column.of_cells([_month_text(number) for number in numbers])
        known: dict[str, str | None] = {"status": "unknown"}
        if self.mapping.gaps == "no_payment":
            known |= {"on_assistance": "0", "amount": "0"}
            nothing = _Column(np.full(len(new), EMPTY), [])
            self.columns.setdefault("on_assistance", nothing)
        for name in OF_THE_MONTH:
            if name in self.columns and name != "month":
                self.columns[name] = _filled(self.columns[name], new, known.get(name))
        # A file of payments tells by a row that is not there that nothing was paid.
        for name in known.keys() - {"status"}:
            if name in self.columns:
                self._add_known(name, new)

    def table(self) -> Any:
        """Return the columns as an Arrow table, those of a register first."""
        import pyarrow as pa

        order = [name for name in (*REQUIRED, *OPTIONAL, ASSIGNED, BLOCK) if name in self.columns]
        order += [name for name in self.columns if name not in order]
        arrays = {}
        for name in order:
            column = self.columns[name]
            arrays[name] = pa.DictionaryArray.from_arrays(
                pa.array(column.codes, pa.int32(), mask=column.codes < 0),
                pa.array(column.words, pa.string()),
            )
        return pa.table(arrays)


# So many months may be filled for each row that is there.
MOST_FILLED = 20
# Amounts are added up as they are written, to more digits than any has.
DIGITS_OF_A_SUM = 50


def _is_paid(word: str) -> bool:
    """Tell whether an amount is one: neither 0 nor unknown."""
    number = number_of(word)
    return number is not None and number != 0.0


def _after_first(first: Ints) -> Bools:
    """Tell which rows have an earlier one that is their first."""
    return np.asarray(first != np.arange(len(first)))


def _without_spaces(column: _Column) -> _Column:
    return column.renamed([word.strip() for word in column.words])


def _suggestion(name: str, word: str, suggested: Any) -> str:
    """Return what a word probably means; for who was drawn, nobody but a person may say."""
    if name == ASSIGNED:
        return ""
    meant = suggested.get(plain_word(word), "")
    return f"{meant:.0f}" if isinstance(meant, float) else str(meant)


def _filled(column: _Column, new: Bools, word: str | None) -> _Column:
    if word is None:
        return _Column(np.where(new, EMPTY, column.codes), column.words)
    words = column.words if word in column.words else [*column.words, word]
    return _Column(np.where(new, words.index(word), column.codes), words)


def _month_number(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def _month_text(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


def prepare_register(file: str | Path, mapping: RegisterMapping) -> MendedRegister:
    """Return the clean register that a file is by its mapping, with a log of every mend.

    Parameters
    ----------
    file : str or Path
        The data owner's file: text with a separator, or Parquet.
    mapping : RegisterMapping
        What its columns are called and its words mean.

    Raises
    ------
    RegisterError
        With every kind of fault and of doubt, its first row and column, and the line of the mapping
        that decides; never with what stands in a cell.
    """
    found = decode_file(file, mapping)
    if mapping.wide:
        found = lengthen(str(file), found, mapping.wide, mapping.dates, mapping.dropped)
    shop = _Workshop(str(file), found, mapping)
    if not len(found.rows):
        raise RegisterError(Message("{file}: holds no rows", file=file))
    steps: Sequence[Callable[[], None]] = (
        shop.refuse_identities,
        shop.mend_words,
        shop.say_what_is_known,
        shop.sort,
        shop.carry_over,
        shop.join_repeats,
        shop.fill_gaps,
    )
    for step in steps:
        step()
    table = shop.table()
    arms = {name.lower(): name for name in mapping.arms}
    panel = panel_of(table, shop.faults, arms=arms)
    return MendedRegister(
        str(file),
        mapping.mapping,
        panel,
        _csv_bytes(table),
        len(found.rows),
        table.num_rows,
        _together(shop.mends),
    )


def _together(mends: Sequence[Mend]) -> tuple[Mend, ...]:
    """Return mends of one kind in one column as one."""
    sums: dict[tuple[str, str], Mend] = {}
    for mend in mends:
        key = (mend.kind, mend.column)
        before = sums.get(key)
        sums[key] = _added(before, mend) if before else mend
    return tuple(sums.values())


def _added(one: Mend, other: Mend) -> Mend:
    if one.clients is None or other.clients is None:
        return replace(one, count=one.count + other.count)
    # Of how many clients both together are is not known: as few as there may be.
    return replace(
        one,
        count=one.count + other.count,
        clients=min(one.clients, other.clients),
        others=min(one.others, other.others),
    )


def _told(mend: Mend, is_beside_few: bool, *, counts_rows: bool) -> int | Message:
    if mend.is_few:
        return Message("of fewer than {least} clients", least=LEAST)
    if mend.kind in OF_ALL_ROWS and not counts_rows:
        return Message("all")
    if mend.clients is None:
        return mend.count
    if counts_rows and not is_beside_few and not 0 < mend.others < LEAST:
        return mend.count
    return Message("of {least} clients or more", least=LEAST)


def _csv_bytes(table: Any) -> bytes:
    text: str = table.to_pandas().to_csv(index=False, lineterminator="\n")
    return text.encode()
