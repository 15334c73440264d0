"""A document as a tagged PDF, which a screen reader reads: PDF/UA-1, or nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pilotsim.base.errors import RequestError, RunError
from pilotsim.base.extras import is_installed
from pilotsim.base.messages import Message
from pilotsim.base.text import printable
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.numbers import format_date
from pilotsim.output.document import (
    Block,
    Code,
    Definitions,
    Document,
    Figure,
    Listing,
    Paragraph,
    Section,
    Span,
    Table,
)
from pilotsim.output.figures.pictures import font_folder
from pilotsim.output.imprint import Imprint, imprint_lines
from pilotsim.output.writers.drawing import PICTURE_CM, Draw, draw
from pilotsim.output.writers.paper import paper_of, shares_of
from pilotsim.output.writers.text import in_tone, on_one_line

__all__ = ["can_write_pdf", "check_pdf", "write_pdf"]

PAGES = Path(__file__).with_name("paper.typ")
STANDARD = "ua-1"

Plain = dict[str, Any]


def can_write_pdf() -> bool:
    """Return whether what lays out pages is installed here."""
    return is_installed("typst")


def check_pdf() -> None:
    """Raise an error where what lays out pages is not installed.

    Raises
    ------
    RequestError
        It is not.
    """
    if not can_write_pdf():
        raise RequestError(
            Message("a PDF needs what lays out its pages: pip install pilotsim[pdf]")
        )


def write_pdf(document: Document, imprint: Imprint, *, draw: Draw = draw) -> bytes:
    """Return a document as a tagged PDF; the same bytes for the same document and imprint.

    The same parts as in Word: what is read, what is looked up, and what it was made of.

    Parameters
    ----------
    document : Document
        What to write.
    imprint : Imprint
        Of what, and when.
    draw : callable, optional
        Gives the picture of a figure, where it has been drawn already.

    Raises
    ------
    RequestError
        What lays out pages is not installed.
    RunError
        It cannot lay out this document as the standard demands.
    """
    check_pdf()
    import typst

    pictures: dict[str, bytes] = {}

    def placed(figure: Figure) -> Plain:
        name = f"{len(pictures)}.svg"
        pictures[name] = draw(figure).svg
        wide, high = _size(pictures[name])
        width = min(PICTURE_CM[0], PICTURE_CM[1] * wide / high)
        return {"kind": "picture", "file": name, "width": width}

    content = _content(document, imprint, placed)
    files: dict[str, Any] = {
        "main.typ": PAGES.read_bytes(),
        "data.json": json.dumps(content, ensure_ascii=False).encode(),
        **pictures,
    }
    try:
        # What it takes for several files is not among the types that it tells of.
        compile_pages: Any = typst.compile
        made = compile_pages(
            files,
            format="pdf",
            font_paths=[font_folder()],
            ignore_system_fonts=True,
            pdf_standards=[STANDARD],
        )
    except typst.TypstError as fault:
        raise RunError(
            Message("the PDF cannot be laid out: {fault}", fault=str(fault.message))
        ) from fault
    content_of_file: bytes = made
    return content_of_file


def _size(svg: bytes) -> tuple[float, float]:
    """Return how wide and high a drawing is, in its own unit."""
    box = re.search(rb'viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise ValueError("a drawing does not say how large it is")
    return float(box[3]), float(box[4])


def _content(document: Document, imprint: Imprint, placed: Callable[[Figure], Plain]) -> Plain:
    language = document.language
    code, _, region = catalogue_of(language).locale.partition("-")
    made = imprint.made
    return {
        "title": on_one_line(document.title),
        "footer": on_one_line(document.title),
        "made": [made.year, made.month, made.day],
        "lang": code,
        "region": region,
        "page": say("page_of", language, page="\0", pages="\0").split("\0"),
        "table": say("caption_table", language),
        "figure": say("caption_figure", language),
        "blocks": list(_blocks(document, imprint, placed)),
    }


def _blocks(
    document: Document, imprint: Imprint, placed: Callable[[Figure], Plain]
) -> Iterator[Plain]:
    language, paper = document.language, paper_of(document)
    kind = say(f"paper_{document.kind}", language)
    made = format_date(imprint.made, language)
    yield _paragraph([Span(f"{kind} \u00b7 {made}")], "note")
    if document.changed:
        yield _paragraph([Span(f"{document.changed.rstrip('.')}.")], "warning")
    for section in paper.body:
        yield from _section(section, 1, placed)
    if paper.annex:
        yield _heading(say("annex", language), 1, breaks=True)
        if any(section.heading for section in paper.annex):
            yield {"kind": "contents"}
        for section in paper.annex:
            yield from _section(section, 2, placed)
    yield _heading(say("imprint", language), 1)
    for term, says in imprint_lines(document, imprint):
        yield _paragraph([Span(f"{term}: ", "strong"), Span(says)])


def _section(section: Section, level: int, placed: Callable[[Figure], Plain]) -> Iterator[Plain]:
    if section.heading:
        yield _heading(section.heading, min(level + section.level - 1, 3))
    for block in section.blocks:
        yield from _block(block, placed)


def _block(block: Block, placed: Callable[[Figure], Plain]) -> Iterator[Plain]:
    if isinstance(block, Paragraph):
        yield _paragraph(block.spans, block.role)
    elif isinstance(block, Code):
        for line in printable(block.text).splitlines():
            yield _paragraph([Span(line, "code")])
    elif isinstance(block, Listing):
        items = [_spans(item.spans) for item in block.items]
        if items:
            yield {"kind": "points", "ordered": block.is_ordered, "items": items}
    elif isinstance(block, Definitions):
        for one in block.items:
            yield _paragraph([Span(f"{one.term}. ", "strong"), *one.says.spans])
    elif isinstance(block, Figure):
        title = on_one_line(block.title)
        yield {**placed(block), "title": title, "alt": on_one_line(block.says)}
    elif block.is_shown:
        yield _table(block)


def _heading(text: str, level: int, *, breaks: bool = False) -> Plain:
    return {"kind": "heading", "text": on_one_line(text), "level": level, "breaks": breaks}


def _paragraph(spans: Sequence[Span], role: str = "body") -> Plain:
    return {"kind": "paragraph", "role": role, "spans": _spans(spans)}


def _spans(spans: Sequence[Span]) -> list[Plain]:
    return [{"text": in_tone(span.text, span.tone), "tone": span.tone} for span in spans]


def _table(table: Table) -> Plain:
    rows: list[Plain] = []
    for group in table.groups:
        if group.heading:
            rows.append({"heading": _spans(group.heading), "cells": []})
        for row in group.rows:
            cells = [
                {
                    "text": in_tone(cell.text, cell.tone).strip(" "),
                    "tone": cell.tone,
                    "below": on_one_line(cell.below),
                }
                for cell in row.cells
            ]
            rows.append({"heading": [], "cells": cells})
    return {
        "kind": "table",
        "title": on_one_line(table.title),
        "headings": [on_one_line(column.heading) for column in table.columns],
        "numbers": [column.is_number for column in table.columns],
        "widths": [round(share, 4) for share in shares_of(table)],
        "rows": rows,
    }
