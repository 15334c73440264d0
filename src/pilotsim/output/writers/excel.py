"""A document as a workbook: a cover that says what it is, and a sheet for each table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pilotsim.base.text import printable
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import GROUPED_FROM
from pilotsim.output.document import Bound, Cell, Document, Paragraph, Table
from pilotsim.output.imprint import Imprint, imprint_lines
from pilotsim.output.writers.csv import FORMULA, write_bound
from pilotsim.output.writers.package import properties_of, repacked
from pilotsim.output.writers.text import on_one_line

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["tables_of", "write_excel"]

MAX_NAME = 31  # letters of a sheet's name
MAX_LETTERS = 32_000  # of a cell
WIDTHS = (9, 55)  # of a column, in letters
COVER = (26, 95)  # widths of the cover's columns
LINE = 13.5  # points that a line of a cell is high
FEW_LETTERS = 14  # up to which numbers are taken to be wide
A4 = 9
MARGINS = (0.4, 0.4, 0.5, 0.6)  # inches: left, right, top, bottom
# How many letters stand beside each other on a landscape page, and how small they may become.
ON_A_PAGE, LEAST_SCALE = 148, 0.65
FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
SIGNED = "+{0};\u2212{0};0"
# What the program that shows a number does with its kind. Per cent are stored as shares of 1.
NUMBERS = {
    "share": "0.0 %",
    "points": SIGNED.format("0.0"),
    "duration": "#,##0.0",
    "rate": "0.00",
}
WHOLE, GROUPED, DAY = "0", "#,##0", "yyyy-mm-dd"


def write_excel(document: Document, imprint: Imprint) -> bytes:
    """Return a document's tables as a workbook; the same bytes for the same document and imprint.

    A table has the columns of its file for spreadsheets, with numbers, shares and dates as such;
    one that has no file has what people read. Nothing in it is a formula.

    Parameters
    ----------
    document : Document
        What to write.
    imprint : Imprint
        Of what, and when.
    """
    from xlsxwriter import Workbook

    target = BytesIO()
    book = Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties(properties_of(document, imprint))
    _WorkbookWriter(document, imprint, book).write()
    book.close()
    return repacked(target.getvalue())


@dataclass(frozen=True)
class _Sheet:
    """A table as a sheet has it: its headings and its rows of cells."""

    name: str
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class _WorkbookWriter:
    """A workbook that is being written: it keeps the formats that its cells share."""

    def __init__(self, document: Document, imprint: Imprint, book: Workbook) -> None:
        self.document, self.imprint, self.book = document, imprint, book
        self.language = document.language
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def write(self) -> None:
        """Write the cover and all sheets."""
        sheets = list(self._sheets())
        cover = self.book.add_worksheet(say("sheet_cover", self.language)[:MAX_NAME])
        for sheet in sheets:
            self._sheet(sheet)
        self._cover(cover, sheets)

    def format(self, **settings: Any) -> Format:
        """Return a format of the house with settings beside; the same one for the same settings."""
        key = tuple(sorted(settings.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({**FONT, **settings})
        return self._formats[key]

    def _sheets(self) -> Iterator[_Sheet]:
        taken = {say("sheet_cover", self.language)[:MAX_NAME].lower()}
        for table in tables_of(self.document):
            yield _sheet_of(table, _free_name(table.title, taken), self.document)
        figures = [
            (Cell.of_text(one.title), Cell.of_text(one.alt)) for one in self.document.figures()
        ]
        if figures:
            title = say("sheet_figures", self.language)
            headings = (say("caption_figure", self.language), say("sheet_shows", self.language))
            yield _Sheet(_free_name(title, taken), title, headings, figures)

    def _cover(self, sheet: Worksheet, sheets: Sequence[_Sheet]) -> None:
        for place, width in enumerate(COVER):
            sheet.set_column(place, place, width)
        language = self.language
        self._text(sheet, 0, 0, self.document.title, bold=True, font_size=16)
        self._text(sheet, 1, 0, say(f"paper_{self.document.kind}", language), font_color="#555555")
        row = 3
        for term, says in imprint_lines(self.document, self.imprint):
            self._text(sheet, row, 0, term, bold=True, text_wrap=True)
            self._long(sheet, row, says)
            row += 1
        warnings = [
            block.text
            for block in self.document.blocks()
            if isinstance(block, Paragraph) and block.role == "warning"
        ]
        for words in warnings:
            self._long(sheet, row, words, bold=True)
            row += 1
        row += 1
        self._text(sheet, row, 0, say("sheet_sheets", language), bold=True, bottom=1)
        self._text(sheet, row, 1, say("sheet_holds", language), bold=True, bottom=1)
        for one in sheets:
            row += 1
            link = "internal:'{}'!A1".format(one.name.replace("'", "''"))
            sheet.write_url(row, 0, link, self.format(underline=1, font_color="#0B4F8A"), one.name)
            self._text(sheet, row, 1, one.title, text_wrap=True)
        sheet.hide_gridlines(2)
        sheet.set_portrait()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)

    def _long(self, sheet: Worksheet, row: int, text: str, **settings: Any) -> None:
        """Write words on as many lines of the cover as they take."""
        self._text(sheet, row, 1, text, text_wrap=True, **settings)
        sheet.set_row(row, LINE * _lines(Cell.of_text(text), COVER[1]))

    def _sheet(self, one: _Sheet) -> None:
        sheet = self.book.add_worksheet(one.name)
        head = {"bold": True, "bottom": 1, "bg_color": "#F2F2F2", "text_wrap": True}
        widths = [
            _width(heading, [row[place] for row in one.rows])
            for place, heading in enumerate(one.headings)
        ]
        for place, (heading, width) in enumerate(zip(one.headings, widths, strict=True)):
            sheet.set_column(place, place, width)
            self._text(sheet, 0, place, heading, **head)
        heights = map(_lines, map(Cell.of_text, one.headings), widths)
        sheet.set_row(0, LINE * max(heights))
        for number, row in enumerate(one.rows, start=1):
            for place, cell in enumerate(row):
                self._cell(sheet, number, place, cell)
            # Not every program finds by itself how high a row of several lines is.
            sheet.set_row(number, LINE * max(map(_lines, row, widths)))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(one.rows), 1), len(one.headings) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(*MARGINS)
        across = _pages_across(widths)
        sheet.fit_to_pages(across, 0)
        if across > 1:
            # On each page stands what its rows are of.
            sheet.repeat_columns(0)
        sheet.set_footer("&L&A&R&P / &N")

    def _text(self, sheet: Worksheet, row: int, place: int, text: str, **settings: Any) -> None:
        """Write words as words; what begins like a formula is marked so that it stays words."""
        plain = printable(text)[:MAX_LETTERS]
        if plain.startswith(FORMULA):
            settings["quote_prefix"] = True
        sheet.write_string(row, place, plain, self.format(**settings))

    def _cell(self, sheet: Worksheet, row: int, place: int, cell: Cell) -> None:
        value = cell.value
        if isinstance(value, bool):
            self._text(sheet, row, place, say("yes" if value else "no", self.language))
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self.format(num_format=DAY, align="left"))
        elif isinstance(value, Bound):
            text = write_bound(value, self.language)
            self._text(sheet, row, place, text, align="right")
        elif isinstance(value, int | float):
            if math.isfinite(value):
                number = value / 100 if cell.kind == "share" else value
                style = self.format(num_format=_number_format(value, cell.kind))
                sheet.write_number(row, place, number, style)
        else:
            text = _words(cell)
            if text:
                self._text(sheet, row, place, text, text_wrap=True)


def tables_of(document: Document) -> list[Table]:
    """Return the tables of a document that are sheets of its workbook.

    What is filed and what is read under one title are the same numbers: there is one sheet of them,
    with all that is filed.
    """
    found = [one for one in document.tables() if (one.is_filed or one.is_shown) and one.has_rows]
    filed = {table.title for table in found if table.is_filed}
    return [table for table in found if table.is_filed or table.title not in filed]


def _sheet_of(table: Table, name: str, document: Document) -> _Sheet:
    """Return a table as a sheet: what is filed of it, else what is shown."""
    places = table.filed_columns() if table.is_filed else table.shown_columns()
    columns = [table.columns[k] for k in places]
    headings = [column.filed_heading or column.heading for column in columns]
    rows = [[row.cells[k] for k in places] for row in table.rows()]
    language = document.language
    if not table.is_filed and any(group.heading for group in table.groups):
        headings.insert(0, say("sheet_group", language))
        names = [group.title for group in table.groups for _ in group.rows]
        rows = [[Cell.of_text(of), *row] for of, row in zip(names, rows, strict=True)]
    if document.changed:
        headings.append(say("changed_column", language))
        rows = [[*row, Cell.of_text(document.changed)] for row in rows]
    return _Sheet(name, table.title, headings, rows)


def _number_format(number: float, kind: str) -> str:
    """Return how a number is shown: as its kind is, else with the digits that it needs."""
    if kind in NUMBERS:
        return NUMBERS[kind]
    grouped = GROUPED if abs(number) >= GROUPED_FROM else WHOLE
    if number == round(number):
        return grouped
    size = abs(number)
    decimals = 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.1 else 4
    return f"{grouped}.{'0' * decimals}" if decimals else grouped


def _width(heading: str, cells: Sequence[Cell]) -> float:
    """Return how wide a column is, by the longest that stands in it, up to where it breaks."""
    longest = max((len(one) for cell in cells for one in _words(cell).split("\n")), default=0)
    word = max((len(word) for word in heading.split()), default=0)
    least, most = WIDTHS
    return float(min(max(longest, word + 2, min(len(heading), FEW_LETTERS), least), most)) + 1


def _words(cell: Cell) -> str:
    """Return a cell in words, with what stands below it; some digits for a number."""
    if isinstance(cell.filed, str):
        return cell.filed
    if cell.value is not None:
        return "0" * 8
    return f"{cell.text}\n{cell.below}" if cell.below else cell.text


def _pages_across(widths: Sequence[float]) -> int:
    """Return on how many pages beside each other columns stand, their letters being large enough.

    The first column stands on each of them.
    """
    room, first = ON_A_PAGE / LEAST_SCALE, widths[0]
    if sum(widths) <= room:
        return 1
    return math.ceil(sum(widths[1:]) / max(room - first, room / 2))


def _lines(cell: Cell, width: float) -> int:
    """Return on how many lines a cell stands in a column of a width in letters."""
    return sum(max(1, math.ceil(0.95 * len(line) / width)) for line in _words(cell).split("\n"))


def _free_name(title: str, taken: set[str]) -> str:
    """Return a name for a sheet that no other has, of the letters that may stand in one."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", on_one_line(title)).strip("' ") or "-"
    base = plain if len(plain) <= MAX_NAME else plain[: MAX_NAME - 1].rstrip("' ") + "\u2026"
    name, number = base, 1
    while name.lower() in taken or name.lower() == "history":
        number += 1
        end = f" {number}"
        name = base[: MAX_NAME - len(end)].rstrip("' ") + end
    taken.add(name.lower())
    return name
