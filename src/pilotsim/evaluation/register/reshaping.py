"""From a row for each client with a column for each month, to a row for each client and month."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.decoding import WordTable
from pilotsim.evaluation.register.spellings import DateOrder, Spelled, long_name, spell_month

__all__ = ["lengthen"]


def lengthen(
    file: str,
    found: WordTable,
    wide: Mapping[str, str],
    order: DateOrder | None,
    dropped: Collection[str] = (),
) -> WordTable:
    """Return a table with a row for each client and month.

    A client has no row for a month in which all of its cells are empty.

    Parameters
    ----------
    file : str
        The file's name.
    found : WordTable
        A row for each client.
    wide : mapping of str to str
        By column of the register: how the names of its columns in the file begin. What follows is
        the month.
    order : str or None
        How dates are written, where that is said.
    dropped : collection of str
        Names of columns of the file that are no part of it, however they begin.

    Raises
    ------
    RegisterError
        The file has no such columns, or two of the same month.
    """
    places: dict[str, dict[str, int]] = {name: {} for name in wide}
    taken: set[int] = set()
    out = {name.casefold() for name in dropped}
    for place, header in enumerate(found.names):
        if header.casefold() in out:
            continue
        for name, begins in wide.items():
            month = _month_behind(header, begins, order)
            if month is not None and place not in taken:
                first = places[name].setdefault(month, place)
                taken.add(place)
                if first != place:
                    raise RegisterError(
                        Message(
                            "{file}: the columns '{first}' and '{other}' are of the same month; "
                            "write under 'dropped' which does not count",
                            file=file,
                            first=found.names[first],
                            other=header,
                        )
                    )
    for name, own in places.items():
        if not own:
            raise RegisterError(
                Message(
                    "{file}: no column's name begins with '{begins}' and goes on with a month",
                    file=file,
                    begins=wide[name],
                )
            )
    months = sorted({month for own in places.values() for month in own})
    others = [place for place in range(len(found.names)) if place not in taken]
    kept: list[list[str | None]] = [[] for _ in others]
    by_month: dict[str, list[str | None]] = {name: [] for name in ("month", *wide)}
    rows = []
    for number in range(len(found.rows)):
        for month in months:
            cells = {
                name: found.columns[own[month]][number] if month in own else None
                for name, own in places.items()
            }
            if not any(cell and cell.strip() for cell in cells.values()):
                continue
            rows.append(int(found.rows[number]))
            for column, place in zip(kept, others, strict=True):
                column.append(found.columns[place][number])
            for name, cell in {"month": month, **cells}.items():
                by_month[name].append(cell)
    return replace(
        found,
        names=(*(found.names[place] for place in others), *map(long_name, by_month)),
        columns=(*kept, *by_month.values()),
        rows=np.array(rows, np.int64),
        mends=(*found.mends, ("wide", len(rows))),
    )


def _month_behind(header: str, begins: str, order: DateOrder | None) -> str | None:
    if not header.casefold().startswith(begins.casefold()):
        return None
    found = spell_month(header[len(begins) :].strip(" _").replace("_", "-"), order)
    return found.text if isinstance(found, Spelled) else None
