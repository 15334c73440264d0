"""A sheet of an Excel workbook as words: what its cells show, without formulas or styles.

An `.xlsx` file is a few XML files in one archive. Of these the words, the numbers and which numbers
are dates or percents are read; nothing in it is ever carried out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message

__all__ = ["SheetRow", "read_sheet"]

# A row of a sheet: its number, counted from 1, and its cells as words.
SheetRow = tuple[int, list[str]]
# A sheet of counts is small; what unfolds to more is no such thing.
MOST_BYTES = 20_000_000
MOST_COLUMNS = 1000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Formats that come with the program and show a date or a percent, by their number.
_DATES = frozenset((*range(14, 18), 22, *range(27, 37), *range(50, 59)))
_PERCENTS = frozenset((9, 10))
_FIRST_DAYS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
_NO_CODES = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
# What reading an archive raises whose parts are not what they should be, or are locked.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    ArithmeticError,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
)


def read_sheet(file: Path, sheet: str | None = None) -> list[SheetRow]:
    """Return the rows of a workbook's sheet that hold anything.

    Parameters
    ----------
    file : Path
        The workbook (`.xlsx`, `.xlsm`).
    sheet : str, optional
        The name of the sheet; the only one that holds anything, unless given.

    Raises
    ------
    RequestError
        It is no workbook, has no such sheet, or it is not clear which sheet is meant.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _Workbook(file, archive).rows(sheet)
    except _DAMAGE:
        raise RequestError(
            Message(
                "{file}: is no Excel workbook (.xlsx), or it is damaged; save it anew, or as 'CSV "
                "UTF-8'",
                file=file,
            )
        ) from None


class _Workbook:
    """The parts of an archive that say what its sheets show."""

    def __init__(self, file: Path, archive: zipfile.ZipFile) -> None:
        self.file = file
        self.archive = archive
        book = self._part("xl/workbook.xml")
        properties = book.find(f"{_MAIN}workbookPr")
        from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.first_day = _FIRST_DAYS[from_1904]
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in self._part("xl/_rels/workbook.xml.rels")
        }
        self.sheets = {
            sheet.get("name", ""): _place(targets[sheet.get(_RELATION)])
            for sheet in book.iter(f"{_MAIN}sheet")
        }
        self.words = [
            "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))
            for item in self._optional("xl/sharedStrings.xml")
        ]
        self.dates = self._styles_that_show(_DATES, "[ymd]")
        self.percents = self._styles_that_show(_PERCENTS, "%")

    def rows(self, sheet: str | None) -> list[SheetRow]:
        if sheet is not None:
            if sheet not in self.sheets:
                raise RequestError(
                    Message(
                        "{file}: the workbook has no sheet '{sheet}'{meant}",
                        file=self.file,
                        sheet=sheet,
                        meant=did_you_mean(sheet, self.sheets),
                    )
                )
            return self._rows_of(self.sheets[sheet])
        found = {name: self._rows_of(place) for name, place in self.sheets.items()}
        filled = {name: rows for name, rows in found.items() if rows}
        if len(filled) > 1:
            raise RequestError(
                Message(
                    "{file}: several sheets of the workbook hold something ({names}); say in the "
                    "mapping which is meant ('sheet: {first}')",
                    file=self.file,
                    names=", ".join(filled),
                    first=next(iter(filled)),
                )
            )
        return next(iter(filled.values()), [])

    def _part(self, name: str) -> Element:
        if self.archive.getinfo(name).file_size > MOST_BYTES:
            raise ValueError(name)
        return ElementTree.fromstring(self.archive.read(name))

    def _optional(self, name: str) -> Iterator[Element]:
        if name in self.archive.namelist():
            yield from self._part(name)

    def _styles_that_show(self, known: frozenset[int], marks: str) -> set[int]:
        """Return the styles, by number, of known formats or with marks in one of their own."""
        if "xl/styles.xml" not in self.archive.namelist():
            return set()
        styles = self._part("xl/styles.xml")
        own = {
            int(one.get("numFmtId", "0")): one.get("formatCode", "")
            for one in styles.iter(f"{_MAIN}numFmt")
        }
        shown = styles.find(f"{_MAIN}cellXfs")
        formats = [] if shown is None else [int(one.get("numFmtId", "0")) for one in shown]
        return {
            number
            for number, code in enumerate(formats)
            if code in known or re.search(marks, _NO_CODES.sub("", own.get(code, "").lower()))
        }

    def _rows_of(self, place: str) -> list[SheetRow]:
        found: list[SheetRow] = []
        for number, row in enumerate(self._part(place).iter(f"{_MAIN}row"), 1):
            cells: list[str] = []
            for cell in row.iter(f"{_MAIN}c"):
                column = _column(cell.get("r", ""), len(cells))
                cells += [""] * (column - len(cells))
                cells.append(self._shown(cell).strip())
            if any(cells):
                found.append((int(row.get("r", number)), cells))
        return found

    def _shown(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
        text = cell.findtext(f"{_MAIN}v", "")
        if kind == "s":
            return self.words[int(text)]
        if kind == "b":
            return str(text == "1").upper()
        if kind != "n":
            return text
        if not text:
            # A program that works nothing out leaves a formula without its result.
            formula = cell.findtext(f"{_MAIN}f")
            return "" if formula is None else f"={formula}"
        number, style = float(text), int(cell.get("s", "0"))
        if style in self.dates:
            return f"{self.first_day + timedelta(days=int(number)):%Y-%m-%d}"
        if style in self.percents:
            return f"{100.0 * number:g} %"
        return str(int(number)) if number.is_integer() else text


def _place(target: str) -> str:
    """Return where a part lies in the archive."""
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)


def _column(reference: str, after: int) -> int:
    """Return the column of a cell, counted from 0."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return after
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if not after < column <= MOST_COLUMNS:
        raise ValueError(reference)
    return column - 1
