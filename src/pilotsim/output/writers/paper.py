"""How a document is put on paper: what is read first, and what is looked up.

A table that people read has at most `MAX_ROWS` rows and `MAX_COLUMNS` columns. What does not fit
stands in the annex, whole; what is too wide even for that, in the workbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pilotsim.language.catalogue import say
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Table,
)

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Paper",
    "narrow",
    "paper_of",
    "parts_of",
    "shares_of",
    "shorten",
]

MAX_ROWS, MAX_COLUMNS = 12, 6
MIN_COLUMN = 0.09  # of the width of a table, that no column falls below
# Letters that a cell has on one line, how much wider its column is for each more, and up to where.
LINE_LETTERS, BREAKING, MOST_LETTERS = 18, 0.35, 120
# Letters that stand on a line as wide as the page, those that the edges of a cell take, and how
# wide small type is; of letters of another width, how wide each is.
PAGE_LETTERS, BESIDE, SMALL = 86, 1.7, 0.9
# How much wider letters may be than those that are asked for: bold ones of a heading, those of a
# template, or those that stand in for others; from the most that is tried to none. What must be
# left of a table's width for it.
WIDER, TO_SHARE = (1.45, 1.3, 1.15, 1.0), 0.1
WIDTHS = {**dict.fromkeys("fijlt.,:;'|I", 0.6), **dict.fromkeys("mwMW%", 1.45)}


@dataclass(frozen=True)
class Paper:
    """A document in two parts.

    Parameters
    ----------
    body : sequence of Section
        What is read; its tables are small.
    annex : sequence of Section
        What is looked up; its tables have all their rows.
    """

    body: Sequence[Section]
    annex: Sequence[Section]


def paper_of(document: Document) -> Paper:
    """Return what of a document is read, and what is looked up.

    Where it has something to decide on, that is what is read and all of the document in the annex;
    else the document is what is read. The tables that were cut stand whole in the annex.
    """
    language = document.language
    read = [_body(section, language) for section in document.decision or document.sections]
    cut = [table for _, tables in read for table in tables]
    annex = [Section("tables", say("tables_whole", language), tuple(cut))] if cut else []
    told = document.sections if document.decision else ()
    looked_up = (*annex, *told, *document.annex)
    return Paper([section for section, _ in read], [_whole(section) for section in looked_up])


def _body(section: Section, language: str) -> tuple[Section, list[Table]]:
    """Return a section with small tables, and those of its tables that lost rows."""
    blocks: list[Block] = []
    cut: list[Table] = []
    for block in section.blocks:
        if not isinstance(block, Table):
            blocks.append(block)
        elif block.is_read:
            short = shorten(block)
            blocks += parts_of(narrow(short))
            shown, count = (sum(1 for _ in table.rows()) for table in (short, block))
            if shown < count:
                note = say("table_cut", language, shown=shown, count=count)
                blocks.append(Paragraph.of(note, role="note"))
                cut.append(replace(block, has_title=True))
    return replace(section, blocks=tuple(blocks)), cut


def _whole(section: Section) -> Section:
    blocks: list[Block] = []
    for block in section.blocks:
        if not isinstance(block, Table):
            blocks.append(block)
        elif block.is_read:
            blocks += parts_of(narrow(block))
    return replace(section, blocks=tuple(blocks))


def shorten(table: Table) -> Table:
    """Return a table with its first `MAX_ROWS` rows only."""
    groups: list[RowGroup] = []
    left = MAX_ROWS
    for group in table.groups:
        if left <= 0:
            break
        groups.append(replace(group, rows=tuple(group.rows[:left])))
        left -= len(group.rows)
    return replace(table, groups=tuple(groups))


def narrow(table: Table) -> Table:
    """Return a table of its shown columns; of the essential ones where it has more than fit.

    A column that has no room stands in small type in the cells of the one it folds into.
    """
    places = table.shown_columns()
    folded: dict[str, int] = {}
    if len(places) > MAX_COLUMNS:
        columns = table.columns
        folded = {columns[k].folds_into: k for k in places if columns[k].folds_into}
        places = [k for k in places if columns[k].is_essential]
    kept = [table.columns[k] for k in places]

    def cells(row: Row) -> Iterator[Cell]:
        for place, column in zip(places, kept, strict=True):
            cell = row.cells[place]
            if column.key in folded and not cell.below:
                cell = replace(cell, below=row.cells[folded[column.key]].text)
            yield cell

    return _rebuilt(table, kept, lambda row: Row(tuple(cells(row))))


def parts_of(table: Table) -> list[Table]:
    """Return a table in parts of so many columns as fit; the first column stands in each."""
    count = len(table.columns)
    if count <= MAX_COLUMNS:
        return [table]
    rest = range(1, count)
    size = -(-len(rest) // -(-len(rest) // (MAX_COLUMNS - 1)))
    parts = []
    for start in range(1, count, size):
        places = [0, *range(start, min(start + size, count))]
        columns = [table.columns[k] for k in places]
        parts.append(_taken(table, columns, places))
    return parts


def _taken(table: Table, columns: Sequence[Column], places: Sequence[int]) -> Table:
    return _rebuilt(table, columns, lambda row: Row(tuple(row.cells[k] for k in places)))


def _rebuilt(table: Table, columns: Sequence[Column], change: Callable[[Row], Row]) -> Table:
    groups = [
        replace(group, rows=tuple(change(row) for row in group.rows)) for group in table.groups
    ]
    return replace(table, columns=tuple(columns), groups=tuple(groups))


def shares_of(table: Table) -> list[float]:
    """Return which share of the page's width each column has, by the longest that stands in it.

    A column has room for its longest word, as long as all columns have.
    """
    needs, words = [], []
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows()]
        longest = max((len(cell.text) for cell in cells), default=0)
        below = max((len(cell.below) for cell in cells), default=0)
        longest = max(longest, round(SMALL * below))
        # What is long breaks over lines, so that its column need not be as much wider.
        broken = LINE_LETTERS + BREAKING * (min(longest, MOST_LETTERS) - LINE_LETTERS)
        needs.append(max(min(longest, broken), 4.0))
        texts = [_longest_word(cell.text, is_code=cell.tone == "code") for cell in cells]
        small = [SMALL * _longest_word(cell.below) for cell in cells]
        words.append(max([_longest_word(column.heading), *texts, *small]))
    least, left = [], 0.0
    for wider in WIDER:
        least = [max((word * wider + BESIDE) / PAGE_LETTERS, MIN_COLUMN) for word in words]
        left = 1 - sum(least)
        if left >= TO_SHARE:
            break
    if left <= 0:
        return [share / sum(least) for share in least]
    more = [max(need / sum(needs) - share, 0.0) for need, share in zip(needs, least, strict=True)]
    return [share + left * part / sum(more) for share, part in zip(least, more, strict=True)]


def _longest_word(text: str, *, is_code: bool = False) -> float:
    """Return the width in letters of what no line is broken in; hard spaces hold together."""
    words = re.split("[ \t\n]", text)
    if is_code:  # its letters are of one width
        return float(max(map(len, words)))
    return max(sum(WIDTHS.get(letter, 1.0) for letter in word) for word in words)
