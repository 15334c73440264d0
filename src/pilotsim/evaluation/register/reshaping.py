"""From a row for each client with a column for each month, to a row for each client and month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.decoding import WordTable
from pilotsim.evaluation.register.spellings import DateOrder, Spelled, long_name, spell_month

__all__ = ["lengthen"]


def lengthen(
    file: str, found: WordTable, wide: Mapping[str, str], order: DateOrder | None
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

    Raises
    ------
    RegisterError
        The file has no such columns.
    """
    places: dict[str, dict[str, int]] = {name: {} for name in wide}
    taken: set[int] = set()
    for place, header in enumerate(found.names):
        for name, begins in wide.items():
            month = _month_behind(header, begins, order)
            if month is not None and place not in taken:
                places[name][month] = place
                taken.add(place)
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
    columns: dict[str, list[str | None]] = {
        name: []
        for name in (*(found.names[place] for place in others), *map(long_name, ("month", *wide)))
    }
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
            for place in others:
                columns[found.names[place]].append(found.columns[place][number])
            columns[long_name("month")].append(month)
            for name, cell in cells.items():
                columns[long_name(name)].append(cell)
    return replace(
        found,
        names=tuple(columns),
        columns=tuple(columns.values()),
        rows=np.array(rows, np.int64),
        mends=(*found.mends, ("wide", len(rows))),
    )


def _month_behind(header: str, begins: str, order: DateOrder | None) -> str | None:
    if not header.casefold().startswith(begins.casefold()):
        return None
    found = spell_month(header[len(begins) :].strip(" _").replace("_", "-"), order)
    return found.text if isinstance(found, Spelled) else None
