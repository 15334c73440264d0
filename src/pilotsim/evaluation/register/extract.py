"""A real extract: a CSV or Parquet file with a row per client and month, read as a `Panel`.

What the columns mean is written in ``docs/register.md``. Whatever is wrong is found in one pass:
values are looked at once for each different one, so that a million rows take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.faults import Faults
from pilotsim.evaluation.register.identity import (
    clients_with_each,
    damaged_ids,
    identifies,
    written_twice,
)
from pilotsim.evaluation.register.panel import (
    ASSISTANCE,
    BESIDE_STATUS,
    KNOWN,
    NO_ROW,
    ONE_DISTRICT,
    STATES,
    UNKNOWN_STATE,
    WORK,
    Panel,
    ReadingNote,
)
from pilotsim.evaluation.register.suggestions import COLUMN_WORDS, STATE_WORDS, plain_word
from pilotsim.evaluation.register.tables import check_types, read_table
from pilotsim.evaluation.register.values import (
    FLAGS,
    LEAST,
    MONTH_WANTED,
    flag_of,
    month_of,
    number_of,
)

if TYPE_CHECKING:
    import pyarrow as pa


REQUIRED = ("client", "month", "status")
OPTIONAL = (*BESIDE_STATUS, KNOWN, "offered", "started", "district")
ASSIGNED, BLOCK = "assigned", "block"
# A column is meant to hold numbers if this share of its different values are numbers.
MOSTLY = 0.8
# No register reaches further; a month beyond this is a slip of the pen.
LONGEST = 12 * 50
FLAG_WANTED = Message("0 or 1 (or true and false, yes and no)")
AMOUNT_WANTED = Message("a number such as 9500.5")
# What a column of the month says in itself, where it is left out as a whole.
BY_STATUS = {"in_work": WORK, "on_assistance": ASSISTANCE}


def read_register(
    file: str | Path, begins: date | None = None, arms: Mapping[str, str] | None = None
) -> Panel:
    """Return the panel that an extract holds.

    Parameters
    ----------
    file : str or Path
        ``.csv`` (comma, semicolon or tab) or ``.parquet``, with the columns of
        ``docs/register.md``.
    begins : date, optional
        When the plan begins: a client who moves counts for the district of that month. The month of
        the first offer of all, unless given.
    arms : mapping of str to str, optional
        Where a plan has several arms: the arm of each word of the column `assigned`, in lower case.

    Raises
    ------
    RegisterError
        With every kind of fault, its first row and column, and how many rows have it; never with
        what stands there.
    """
    table, faults = read_table(Path(file)), Faults(str(file))
    _check_header(table.column_names, faults)
    faults.stop()
    return panel_of(table, faults, begins, arms)


def panel_of(
    table: pa.Table,
    faults: Faults,
    begins: date | None = None,
    arms: Mapping[str, str] | None = None,
) -> Panel:
    """Return the panel of a table that has the columns of a register; see `read_register`."""
    check_types(table, faults)
    faults.stop()
    return _Extract(table, faults, arms or {}).panel(begins)


def _check_header(names: Sequence[str], faults: Faults) -> None:
    """Note what is wrong with the first row, which may be no header but somebody's data."""
    is_header = any(name in names for name in REQUIRED)
    said = [name for name in names if plain_word(name) in COLUMN_WORDS]
    if not is_header and not said:
        raise RegisterError(
            Message(
                "{file}: the first row names none of the columns {names}; the first row must hold "
                "the names of the columns (pilotsim docs {page})",
                file=faults.file,
                names=", ".join(REQUIRED),
                page="register",
            )
        )
    for place, name in enumerate(names, 1):
        if not name[:1].isalpha():
            message = Message("the column has no name that begins with a letter")
            faults.note(f"{place}", message)
        elif list(names).index(name) + 1 < place:
            faults.note(name if is_header else f"{place}", Message("stands twice in the header"))
    for name in REQUIRED:
        if name not in names:
            meant = _meant(name, names if is_header else said)
            faults.note(name, Message("is missing{meant}", meant=meant))


def _meant(name: str, names: Sequence[str]) -> str:
    """Return which of the columns may be meant; none but those of a header is named."""
    others = [other for other in names if other not in (*REQUIRED, *OPTIONAL)]
    known = [other for other in others if COLUMN_WORDS.get(plain_word(other)) == name]
    close = known or get_close_matches(name, others, n=1)
    return (
        Message(
            "; is it the column '{name}'? 'pilotsim register prepare' takes it by a mapping",
            name=close[0],
        )
        if close
        else ""
    )


@dataclass(frozen=True)
class ExtractColumn:
    """A column as codes of its different values, the empty ones -1.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
        Which of the values.
    values : list
        The different values.
    """

    codes: Ints
    values: list[Any]

    def __getitem__(self, row: int) -> Any:
        return self.values[self.codes[row]] if self.codes[row] >= 0 else None

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Any:
        return (self[row] for row in range(len(self)))

    def take(self, numbers: Floats, empty: float) -> Floats:
        """Return the number that each row's value stands for."""
        return np.asarray(np.append(numbers, empty)[self.codes])


class _Extract:
    """An extract being read: columns to numbers, then numbers to a panel."""

    def __init__(self, table: pa.Table, faults: Faults, arms: Mapping[str, str]) -> None:
        self.table, self.faults, self.arms = table, faults, arms
        self.columns: dict[str, ExtractColumn] = {}
        self.names = [name for name in table.column_names if name not in (*REQUIRED, *OPTIONAL)]

    def panel(self, begins: date | None) -> Panel:
        """Return the panel, or raise all faults."""
        self._refuse_identities()
        who, month = self._column("client"), self._months("month", required=True)
        self.faults.clients = who.codes
        status = self._status()
        self.faults.note_rows(
            "client", who.codes < 0, Message("is empty; every row needs a client")
        )
        note_ids(self.faults, who.codes, who.values)
        offered, started = self._months("offered"), self._months("started")
        self._check_rows(who.codes, month, offered, started)
        beside, said_unknown = self._beside()
        self._check_beside(status, beside, said_unknown)
        self._check_unpaid(status, beside["amount"], said_unknown["amount"])
        known = self._known(beside)
        district = self._column("district")
        self._check_district(who.codes, district)
        traits = {name: self._trait(name, who.codes) for name in self.names}
        self.faults.stop()
        notes = self._blank_unknown(who, status, beside, known)
        panel = self._assemble(who, month, status, beside, known, offered, started, traits)
        panel = replace(panel, notes=notes)
        return _with_districts(panel, who.codes, month, district, begins)

    def _refuse_identities(self) -> None:
        """Note columns that say who somebody is; nothing else of such a file is looked at."""
        client = self._column("client")
        known = (*REQUIRED, *OPTIONAL)
        for name in self.table.column_names:
            column = self._column(name)
            # The words of blocks are labels, of as few clients as a pair.
            shared = (
                None
                if name in (*known, BLOCK)
                else clients_with_each(column.codes, client.codes, len(column.values))
            )
            why = identifies(
                name,
                column.values,
                len(client.values),
                is_known=name in known,
                shared=shared,
            )
            if why:
                self.faults.note(name, why)
        self.faults.stop()

    def _column(self, name: str) -> ExtractColumn:
        if name not in self.columns:
            self.columns[name] = self._encoded(name)
        return self.columns[name]

    def _encoded(self, name: str) -> ExtractColumn:
        """Return a column; spaces around words are no part of them, and no number is empty."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if name not in self.table.column_names:
            return ExtractColumn(np.full(self.table.num_rows, -1), [])
        column = self.table.column(name)
        if pa.types.is_null(column.type):
            return ExtractColumn(np.full(self.table.num_rows, -1), [])
        encoded = pc.dictionary_encode(column.combine_chunks())
        encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        places: dict[Any, int] = {}
        own = np.full(len(encoded.dictionary) + 1, -1)
        for k, value in enumerate(encoded.dictionary.to_pylist()):
            bare = value.strip() if isinstance(value, str) else value
            if bare is not None and bare not in ("", "NA") and bare == bare:  # noqa: PLR0124
                own[k] = places.setdefault(bare, len(places))
        return ExtractColumn(own[codes], list(places))

    def _parse(
        self, column: ExtractColumn, name: str, parse: Callable[[Any], float | None], wanted: str
    ) -> Floats:
        """Return the number of each different value.

        A value that has none is a fault, which says what was `wanted`.
        """
        numbers = np.full(len(column.values), np.nan)
        for k, value in enumerate(column.values):
            number = parse(value)
            numbers[k] = np.nan if number is None else number
        wrong = np.append(np.isnan(numbers), False)[column.codes]
        self.faults.note_rows(name, wrong, wanted, column)  # type: ignore[arg-type]
        return numbers

    def _months(self, name: str, *, required: bool = False) -> Floats:
        """Return months since year 0; infinity for an empty one."""
        column = self._column(name)
        numbers = self._parse(column, name, month_of, MONTH_WANTED)
        if required:
            self.faults.note_rows(
                name, column.codes < 0, Message("is empty; every row needs a month")
            )
        return column.take(numbers, np.inf)

    def _status(self) -> Floats:
        column = self._column("status")
        numbers = np.array(
            [float(STATES.index(value)) if value in STATES else np.nan for value in column.values]
        )
        wrong = np.append(np.isnan(numbers), False)
        words = [str(value) for value in column.values]
        meant = np.array([STATE_WORDS.get(plain_word(word), "") for word in words] + [""])
        for name in sorted(set(meant[wrong])):
            self.faults.note_rows(
                "status",
                (wrong & (meant == name))[column.codes],
                Message(
                    "expected one of {states}{meant}",
                    states=", ".join(f"'{state}'" for state in STATES),
                    meant=Message("; did you mean '{name}'?", name=name) if name else "",
                ),
            )
        self.faults.note_rows(
            "status", column.codes < 0, Message("is empty; write 'unknown' where it is not known")
        )
        return column.take(numbers, np.nan)

    def _beside(self) -> tuple[dict[str, Floats], dict[str, Bools]]:
        """Return what stands beside the status, and where the word `unknown` stands for it."""
        beside, said_unknown = {}, {}
        for name in (*BY_STATUS, "amount"):
            parse, wanted = (
                (number_of, AMOUNT_WANTED) if name == "amount" else (flag_of, FLAG_WANTED)
            )
            found = self._column(name)
            is_word = [value == STATES[UNKNOWN_STATE] for value in found.values]
            said_unknown[name] = np.array([*is_word, False])[found.codes]
            column = ExtractColumn(np.where(said_unknown[name], -1, found.codes), found.values)
            beside[name] = column.take(self._parse(column, name, parse, wanted), np.nan)
        self.faults.note_rows("amount", beside["amount"] < 0, Message("is below 0"))
        return beside, said_unknown

    def _check_beside(
        self, status: Floats, beside: dict[str, Floats], said_unknown: dict[str, Bools]
    ) -> None:
        """Note what contradicts the status of its month, or what stands beside it."""
        for name, state in BY_STATUS.items():
            against = (status == state) & (beside[name] == 0.0)
            self.faults.note_rows(
                name,
                against,
                Message("is 0 although the status is '{status}'", status=STATES[state]),
            )
            told = np.isfinite(status) & (status != UNKNOWN_STATE)
            others = told & (status != state)
            blank = others & np.isnan(beside[name]) & ~said_unknown[name]
            is_unclear = outnumber_zeros(blank, beside[name][others])
            self.faults.note_rows(
                name,
                blank & is_unclear & bool((beside[name][told] == 1.0).any()),
                Message(
                    "is empty, and the column holds 1 and hardly a 0; write 0 where it is not so, "
                    "and 'unknown' where it is not known"
                ),
            )
        paid = (beside["on_assistance"] == 0.0) & (beside["amount"] > 0.0)
        self.faults.note_rows(
            "on_assistance", paid, Message("is 0 although assistance was paid in the month")
        )

    def _check_unpaid(self, status: Floats, amount: Floats, said_unknown: Bools) -> None:
        """Note amounts left empty where nothing was paid.

        Taken for missing, they would leave none but those who were paid in the comparison. They may
        be such where blanks outnumber what says that nothing was paid: a single 0 among thousands
        is a slip of the pen.
        """
        told = np.isfinite(status) & (status != UNKNOWN_STATE)
        blank = told & np.isnan(amount) & ~said_unknown
        off = told & (status != ASSISTANCE)
        unclear = np.zeros(len(amount), np.bool_)
        for months in (off, told):
            if outnumber_zeros(blank[months], amount[months]):
                unclear |= months
        self.faults.note_rows(
            "amount",
            unclear & blank & bool((amount > 0.0).any()),
            Message(
                "is empty, and hardly a 0 says where nothing was paid; write 0 where nothing was "
                "paid, and 'unknown' where it is not known. In a mapping '{line}' under 'values' "
                "says it for all of them",
                line='amount: {"": 0}',
            ),
        )

    def _known(self, beside: dict[str, Floats]) -> dict[str, Bools]:
        """Return in which rows each outcome is said to be known whatever the status."""
        column = self._column(KNOWN)
        said = [str(value).split() for value in column.values]
        wrong = np.array([not set(names) <= set(BESIDE_STATUS) for names in said] + [False])
        self.faults.note_rows(
            KNOWN,
            wrong[column.codes],
            Message(
                "expected names of {names} with a space between, or nothing",
                names=", ".join(BESIDE_STATUS),
            ),
        )
        known = {}
        for name, values in beside.items():
            names_it = np.array([name in names for names in said] + [False])
            known[name] = names_it[column.codes]
            self.faults.note_rows(
                name,
                known[name] & np.isnan(values),
                Message("is empty although '{column}' says that it is known", column=KNOWN),
            )
        return known

    def _blank_unknown(
        self,
        who: ExtractColumn,
        status: Floats,
        beside: dict[str, Floats],
        known: dict[str, Bools],
    ) -> tuple[ReadingNote, ...]:
        """Empty what stands beside an unknown status and is not said to be known; note of whom.

        A 0 there is most often a filled-in blank, and a 1 that counted where a 0 does not would
        be worse: then only those in work would be seen.
        """
        clients = np.zeros(len(who.values), np.bool_)
        columns = []
        for name, values in beside.items():
            blank = (status == UNKNOWN_STATE) & ~known[name] & ~np.isnan(values)
            if blank.any():
                values[blank] = np.nan
                clients[who.codes[blank]] = True
                columns.append(name)
        return (ReadingNote("blanked", clients, tuple(columns)),) if columns else ()

    def _check_labels(self, name: str, column: ExtractColumn) -> None:
        """Note labels that differ from another by capitals or spaces alone: a slip, not two."""
        first: dict[str, int] = {}
        plain = [" ".join(str(value).casefold().split()) for value in column.values]
        again = [first.setdefault(label, place) != place for place, label in enumerate(plain)]
        self.faults.note_rows(
            name,
            np.array([*again, False])[column.codes],
            Message("differs from another word of the column by capitals or spaces alone"),
        )

    def _check_district(self, who: Ints, district: ExtractColumn) -> None:
        """Note clients who belong nowhere in a table with districts."""
        if "district" not in self.table.column_names:
            return
        self._check_labels("district", district)
        somewhere = np.zeros(int(who.max(initial=-1)) + 2, np.bool_)
        somewhere[who[district.codes >= 0]] = True
        nowhere = (who >= 0) & ~somewhere[who]
        self.faults.note_rows("district", nowhere, Message("is empty in all rows of the client"))

    def _check_rows(self, who: Ints, month: Floats, offered: Floats, started: Floats) -> None:
        """Note rows that stand twice, gaps, and offers and starts that cannot be."""
        known = (who >= 0) & np.isfinite(month)
        rows = np.flatnonzero(known)
        order = rows[np.lexsort((rows, month[rows], who[rows]))]
        same = who[order][1:] == who[order][:-1]
        step = month[order][1:] - month[order][:-1]
        self.faults.note_rows(
            "month",
            order[1:][same & (step == 0)],
            Message("a second row for the same client and month"),
        )
        # Where a month of the client cannot be read, that is the fault, and no gap.
        unread = np.zeros(int(who.max(initial=-1)) + 2, np.bool_)
        unread[who[~np.isfinite(month)]] = True
        gap = same & (step > 1) & ~unread[who[order][1:]]
        gaps = order[1:][gap]
        self.faults.note_rows(
            "month", gaps, Message("months are missing before this row of the client")
        )
        last = month[rows].max(initial=-np.inf)
        self.faults.note_rows(
            "month",
            known & (month < last - LONGEST),
            Message("lies more than 50 years before the last month of the table"),
        )
        first = np.full(int(who.max(initial=-1)) + 1, np.inf)
        np.minimum.at(first, who[rows], month[rows])
        entry = np.where(known, np.append(first, np.inf)[who], -np.inf)
        for name, time in (("offered", offered), ("started", started)):
            self.faults.note_rows(
                name,
                time < entry,
                Message("lies before the client's first month: treatment before entry"),
            )
            self.faults.note_rows(
                name,
                np.isfinite(time) & (time > last),
                Message(
                    "lies after the last month of the table; leave empty what it does not reach"
                ),
            )
            later, earlier = time[order][1:], time[order][:-1]
            # What is no month at all is a fault of its own.
            changed = same & (later != earlier) & ~np.isnan(later) & ~np.isnan(earlier)
            self.faults.note_rows(
                name,
                order[1:][changed],
                Message("differs from the client's other rows; it is one month for each client"),
            )
        self.faults.note_rows(
            "started",
            started < offered,
            Message("started before it was offered, or without an offer"),
        )

    def _trait(self, name: str, who: Ints) -> tuple[Floats, tuple[str, ...]]:
        """Return a trait row by row, with its categories; numbers have none."""
        column = self._column(name)
        numbers, categories = self._read_trait(name, column)
        found = column.take(numbers, np.nan)
        rows = np.flatnonzero(who >= 0)
        order = rows[np.lexsort((rows, who[rows]))]
        apart = np.nan_to_num(found[order][1:], nan=-1e300) != np.nan_to_num(
            found[order][:-1], nan=-1e300
        )
        changed = (who[order][1:] == who[order][:-1]) & apart
        if name in (ASSIGNED, BLOCK):
            # Before the lot nobody was drawn: the first month's 0 would turn the arms.
            why = Message(
                "changes between rows of a client; what the lot decided is one thing for each "
                "client, and stands in all rows, also in those of months before it"
            )
        else:
            why = Message(
                "changes between rows of a client; give what held in the first month, which a "
                "mapping takes for all of them by 'first_month: [{name}]'",
                name=name,
            )
        self.faults.note_rows(name, order[1:][changed], why)
        if name == ASSIGNED and not self.arms:
            self._check_one_group(column, found)
        return found, categories

    def _check_one_group(self, column: ExtractColumn, found: Floats) -> None:
        """Note empty cells beside 1s alone: were these clients not drawn, or in no arm?"""
        are_all_drawn = (found == 1.0).any() and not (found == 0.0).any()
        self.faults.note_rows(
            ASSIGNED,
            (column.codes < 0) & bool(are_all_drawn),
            Message(
                "is empty, and the column holds 1 and no 0; write 0 for who was not drawn, and "
                "leave it empty for who is not in the design. In a mapping '{line}' under "
                "'values' says it for all of them",
                line='assigned: {"": 0}',
            ),
        )

    def _read_trait(self, name: str, column: ExtractColumn) -> tuple[Floats, tuple[str, ...]]:
        """Return the number of each different value, and the names of categories."""
        if name == ASSIGNED and self.arms:
            arms = tuple(dict.fromkeys(self.arms.values()))
            places = {word: float(arms.index(arm)) for word, arm in self.arms.items()}
            wanted = Message(
                "the word of an arm of the plan ({words}), or empty", words=", ".join(self.arms)
            )
            found = self._parse(column, name, lambda cell: places.get(str(cell).lower()), wanted)
            return found, arms
        if name == ASSIGNED:
            wanted = Message(
                "{flags}: 1 for the group that was to be offered the programme; what other words "
                "mean is said by a mapping ('pilotsim register prepare')",
                flags=FLAG_WANTED,
            )
            return self._parse(column, name, flag_of, wanted), ()
        words = {str(value).lower() for value in column.values}
        if words and words <= FLAGS.keys():
            return self._parse(column, name, flag_of, FLAG_WANTED), ()
        numbers = [number_of(value) for value in column.values]
        are_numbers = sum(number is not None for number in numbers)
        # The words of blocks are labels: which comes first means nothing.
        needed = len(numbers) if name == BLOCK else MOSTLY * max(1, len(numbers))
        if are_numbers >= needed:
            wanted = Message("a number, as in most rows")
            return self._parse(column, name, number_of, wanted), ()
        names = sorted(str(value) for value in column.values)
        self._check_labels(name, column)
        places = {label: float(place) for place, label in enumerate(names)}
        found = np.array([places[str(value)] for value in column.values])
        return found, tuple(names)

    def _assemble(
        self,
        who: ExtractColumn,
        month: Floats,
        status: Floats,
        beside: dict[str, Floats],
        known: dict[str, Bools],
        offered: Floats,
        started: Floats,
        traits: dict[str, tuple[Floats, tuple[str, ...]]],
    ) -> Panel:
        if not len(month):
            raise RegisterError(Message("{file}: holds no rows", file=self.faults.file))
        first, last = int(month.min()), int(month.max())
        clients, when = len(who.values), (month - first).astype(np.int64)
        shape = (clients, last - first + 1)

        def spread(values: Floats, empty: float) -> Floats:
            grid = np.full(shape, empty)
            grid[who.codes, when] = values
            return grid

        def once(values: Floats) -> Floats:
            own = np.full(clients, np.nan)
            own[who.codes] = values
            return own

        codes = spread(status, NO_ROW).astype(np.int8)
        values = {name: spread(found, np.nan) for name, found in beside.items()}
        for name, state in BY_STATUS.items():
            has_column = bool((~known[name] & ~np.isnan(beside[name])).any())
            values[name] = _fill_by_status(codes, values[name], state, has_column)
            if name == "on_assistance":
                values[name] = _fill_by_amount(codes, values, said=has_column)
        if not len(self._column("started").values):
            # Nobody wrote down who started: that is not that nobody did.
            started = np.full(len(month), np.nan)
        return Panel(
            months=tuple(
                date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)
            ),
            client=np.array(who.values),
            status=codes,
            amount=values["amount"],
            offered=once(offered) - first,
            started=once(started) - first,
            district=np.zeros(clients, np.int64),
            districts=(ONE_DISTRICT,),
            traits={name: once(found) for name, (found, _) in traits.items()},
            categories={name: kinds for name, (_, kinds) in traits.items() if kinds},
            in_work=values["in_work"],
            on_assistance=values["on_assistance"],
        )


def _fill_by_status(
    codes: NDArray[np.int8], values: Floats, state: int, has_column: bool
) -> Floats:
    """Return what a column says, by the status of the month where it says nothing.

    A column that is left out is 1 in the state that it is about and 0 in others; one that holds
    nothing but what `known` says of some months is left out in the others. In a column that is
    there an empty cell is not known, unless the status tells: who is on assistance may work too.
    """
    empty = np.isnan(values) & (codes != NO_ROW) & (codes != UNKNOWN_STATE)
    if has_column:
        empty &= codes == state
    return np.where(empty, codes == state, values)


def _fill_by_amount(codes: NDArray[np.int8], values: dict[str, Floats], *, said: bool) -> Floats:
    """Return who was on assistance, by what was paid too: who works may be paid a supplement.

    A status other than assistance does not say that nothing was paid. Where amounts are known at
    all they say it, and a month whose amount is not known is not known, unless the column has it.
    """
    found, amount = values["on_assistance"], values["amount"]
    told = (codes != NO_ROW) & (codes != UNKNOWN_STATE) & (codes != ASSISTANCE)
    paid = told & (amount > 0.0)
    unclear = told & np.isnan(amount) & (not said) & bool((~np.isnan(amount)).any())
    return np.where(paid, 1.0, np.where(unclear, np.nan, found))


def _with_districts(
    panel: Panel, who: Ints, month: Floats, column: ExtractColumn, begins: date | None
) -> Panel:
    """Return a panel with each client in one district: the one when the programme begins.

    That is the month of the plan, or of the first offer; the client's first month if that is later.
    Where no district stands in that month, the last one before it counts, else the first after.
    """
    if not column.values:
        return panel
    names = sorted(str(value) for value in column.values)
    places = {name: place for place, name in enumerate(names)}
    own = np.array([places[str(value)] for value in column.values])[column.codes]
    rows = np.flatnonzero(column.codes >= 0)
    when = month[rows] - _month_number(panel.months[0])
    first_offer = panel.offered.min(initial=np.inf)
    start = first_offer if np.isfinite(first_offer) else 0.0
    if begins is not None:
        start = _month_number(begins) - _month_number(panel.months[0])
    # Months until then count from the last to the first, then those after from the first on.
    late = when > start
    order = rows[np.lexsort((np.where(late, when, -when), late, who[rows]))]
    clients, first = np.unique(who[order], return_index=True)
    district = np.zeros(len(panel), np.int64)
    district[clients] = own[order[first]]
    later = when > start
    moved = np.zeros(len(panel), np.bool_)
    moved[who[rows][later & (own[rows] != district[who[rows]])]] = True
    notes = (*panel.notes, ReadingNote("moved", moved)) if moved.any() else panel.notes
    return replace(panel, district=district, districts=tuple(names), notes=notes)


def note_ids(faults: Faults, codes: Ints, ids: Sequence[Any]) -> None:
    """Note rows by whose client a spreadsheet has made one client two, or several one.

    Parameters
    ----------
    faults : Faults
        Where they are noted.
    codes : ndarray of int, shape (rows,)
        Which of `ids` stands in each row, below 0 for none.
    ids : sequence
        The different clients.
    """
    faults.note_rows(
        "client",
        np.array([*damaged_ids(ids), False])[codes],
        Message(
            "is a number that a spreadsheet has rounded, so that several clients may be one; let "
            "the data owner send the clients as text"
        ),
    )
    faults.note_rows(
        "client",
        np.array([*written_twice(ids), False])[codes],
        Message(
            "differs from another client by leading zeros, spaces, capitals or decimals alone: one "
            "client written in two ways? Let the data owner write each client in one way, as text"
        ),
    )


def few_or(count: int, least: int = LEAST, *, of: int | None = None) -> int | Message:
    """Return a count of clients that may be shown: of few, that they are few.

    Parameters
    ----------
    count : int
        How many.
    least : int
        The smallest count that may be shown.
    of : int, optional
        Of how many, where that is told: of all but a few it is said that they are nearly all.
    """
    if of is not None and least <= count and 0 < of - count < least:
        return Message("nearly all")
    return Message("fewer than {least}", least=least) if 0 < count < least else count


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def outnumber_zeros(blanks: Bools, numbers: Floats) -> bool:
    """Tell whether more cells are empty than hold a 0, so that an empty one may stand for it.

    A single 0 among thousands of blanks is a slip of the pen.
    """
    return bool(np.count_nonzero(numbers == 0.0) < np.count_nonzero(blanks))
