"""Results in a notebook, and as data frames: of the document that every other writer puts down."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.languages import language_asked
from pilotsim.output.document import Bound, Column, Document, Figure, Section, Table, Value
from pilotsim.output.views import document_of, view_of
from pilotsim.output.writers.html import write_fragment

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ShownResult", "frame_of", "show", "show_as_html", "tables"]

# In which unit the values of a kind of cell stand.
UNITS = {"share": "%", "points": "percentage points", "duration": "days", "rate": "per month"}


class ShownResult:
    """A result as a notebook shows it: what a terminal prints of it, and its first figure.

    Parameters
    ----------
    result : object
        Anything that `pilotsim.output.views` shows.
    language : str
        One of `LANGUAGES`.
    """

    def __init__(self, result: object, language: str) -> None:
        self._result, self._language = result, language

    def __repr__(self) -> str:
        return repr(self._result)

    def _repr_html_(self) -> str:
        return write_fragment(_in_short(_document(self._result, self._language)))


@checks_arguments
def show(result: object, language: str = "en") -> ShownResult:
    """Return a result as a notebook shows it, in a language.

    A result that stands last in a cell shows itself in the language that the environment variable
    PILOTSIM_LANGUAGE names, else in Norwegian.

    Parameters
    ----------
    result : Check, Validation, Calibration, ...
        A result of this package.
    language : str
        `nb`, `en` or `sv`.

    Raises
    ------
    RequestError
        The program does not speak this language, or it is no result.
    """
    view_of(result)
    return ShownResult(result, language)


@checks_arguments
def tables(result: object, language: str = "en") -> dict[str, pd.DataFrame]:
    """Return every table of a result as a data frame, by its name.

    A column is called as in the JSON of the command line, the same in every language. `attrs` of
    each frame say what each column is called for people (`words`), in which unit its numbers stand
    where all have one (`units`), and what the table holds (`title`).

    Parameters
    ----------
    result : Check, Validation, Calibration, ...
        A result of this package.
    language : str
        Of the words: `nb`, `en` or `sv`.

    Raises
    ------
    RequestError
        The program does not speak this language, or it is no result.
    """
    document = _document(result, language)
    return {table.name: _frame(table) for table in document.tables() if table.recorded_columns()}


def show_as_html(result: object) -> str:
    """Return a result as a part of a page, in the language of the environment."""
    return ShownResult(result, language_asked(os.environ))._repr_html_()


def frame_of(result: object) -> pd.DataFrame:
    """Return the first table of a result, with English words."""
    import pandas as pd

    found = tables(result, "en")
    empty = pd.DataFrame()
    empty.attrs = {"title": "", "words": {}, "units": {}}
    of_words = {one.name for one in _document(result, "en").tables() if _is_of_words(one)}
    in_numbers = (frame for name, frame in found.items() if name not in of_words)
    return next(in_numbers, next(iter(found.values()), empty))


def _document(result: object, language: str) -> Document:
    takes = inspect.signature(view_of(result)).parameters
    context = {"with_figures": True} if "with_figures" in takes else {}
    return document_of(result, language, **context)


def _in_short(document: Document) -> Document:
    """Return what of a document stands on one screen, with the first of its figures."""
    return Document(
        document.kind, document.title, document.language, tuple(_short_sections(document))
    )


def _short_sections(document: Document) -> Iterator[Section]:
    first = next(document.figures(), None)
    for section in document.sections:
        blocks = [
            block
            for block in section.blocks
            if block is first or (block.is_brief and not isinstance(block, Figure))
        ]
        if blocks:
            yield Section(section.name, section.heading, tuple(blocks), section.level)


def _frame(table: Table) -> pd.DataFrame:
    import pandas as pd

    places = table.recorded_columns()
    columns = [table.columns[place] for place in places]
    rows, of_words = list(table.rows()), _is_of_words(table)
    frame = pd.DataFrame(
        {
            column.key: [
                row.cells[place].text if of_words else _plain(row.cells[place].value)
                for row in rows
            ]
            for place, column in zip(places, columns, strict=True)
        }
    )
    kinds = {
        column.key: {row.cells[place].kind for row in rows if row.cells[place].value is not None}
        for place, column in zip(places, columns, strict=True)
    }
    frame.attrs = {
        "title": table.title,
        "words": {
            column.key: column.filed_heading or column.heading or column.key for column in columns
        },
        "units": {column.key: unit for column in columns if (unit := _unit(column, kinds))},
    }
    return frame


def _is_of_words(table: Table) -> bool:
    """Return whether a table sums up in words what another has in numbers."""
    return all(cell.value is None for row in table.rows() for cell in row.cells)


def _unit(column: Column, kinds: Mapping[str, set[str]]) -> str:
    """Return in which unit the values of a column stand; empty where they have no one unit."""
    found = kinds[column.key]
    return column.unit or (UNITS.get(next(iter(found)), "") if len(found) == 1 else "")


def _plain(value: Value) -> str | float | bool | date | None:
    """Return a value of a cell; the bound itself of which only that is told."""
    return value.number if isinstance(value, Bound) else value
