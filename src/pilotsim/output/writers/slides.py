"""A document as three slides: a message each, large letters, and all the rest in the notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Definitions,
    Document,
    Figure,
    Listing,
    Paragraph,
    Table,
)
from pilotsim.output.imprint import Imprint, imprint_lines
from pilotsim.output.writers.drawing import Draw, draw
from pilotsim.output.writers.package import repacked, set_properties
from pilotsim.output.writers.paper import MAX_COLUMNS
from pilotsim.output.writers.text import on_one_line

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

__all__ = ["MIN_SIZE", "SLIDES", "write_slides"]

SLIDES = 3
WIDE, HIGH = 33.867, 19.05  # centimetres: 16 to 9
LEFT, TOP, BOTTOM, TITLE_HIGH, GAP = 1.6, 0.9, 1.0, 2.7, 0.45
MIN_SIZE, TITLE_SIZE = 18, 28  # points; nothing is smaller than the first
FONT, INK, SOFT, LINE, SHADE, PAPER = "Calibri", "1A1A1A", "555555", "BFBFBF", "F2F2F2", "FFFFFF"
# Of the smallest letters: how many stand on a centimetre, how high a line is, and what a cell takes
# beside its lines.
LETTERS, LINE_HIGH, CELL_HIGH = 2.9, 0.78, 0.24
# Of a word in bold letters, and what stands at the sides of a cell.
LETTERS_OF_WORDS, BESIDE_CELL = 2.5, 0.5


def write_slides(document: Document, imprint: Imprint, *, draw: Draw = draw) -> bytes:
    """Return a document as slides; the same bytes for the same document and imprint.

    A slide for each section that those read who decide, with its heading as the message; for
    another result, for its first sections that say something in brief. What has no room at the
    smallest size of letters stands in the notes, with all that the section says.

    Parameters
    ----------
    document : Document
        What to write.
    imprint : Imprint
        Of what, and when.
    draw : callable, optional
        Gives the picture of a figure, where it has been drawn already.
    """
    import pptx

    file = pptx.Presentation()
    _widen(file)
    writer = _SlidesWriter(document, draw, file)
    for number, told in enumerate(_told(document)):
        writer.write(told, imprint if number == 0 else None)
    set_properties(file.core_properties, document, imprint)
    target = BytesIO()
    file.save(target)
    return repacked(target.getvalue())


def _widen(file: Presentation) -> None:
    """Make slides of 16 to 9 of the library's, which are 4 to 3."""
    from pptx.util import Cm

    old = file.slide_width or Cm(WIDE)
    file.slide_width, file.slide_height = Cm(WIDE), Cm(HIGH)
    for page in (file.slide_master, *file.slide_layouts):
        for shape in page.placeholders:
            shape.left, shape.width = (
                round(length * file.slide_width / old) for length in (shape.left, shape.width)
            )


@dataclass(frozen=True)
class _Told:
    """What a slide tells: its message, and the blocks behind it."""

    message: str
    blocks: Sequence[Block]


def _told(document: Document) -> list[_Told]:
    """Return what the slides tell; a document without headings is told under its title.

    What is decided on comes first; where that is little, chapters of the document follow.
    """
    decided = [_Told(one.heading, one.blocks) for one in document.decision][:SLIDES]
    told = {f"decision_{one.name or 'answer'}" for one in document.sections}
    of_chapters = {one.name for one in document.decision} & told
    if decided and not of_chapters:
        return decided
    found: list[_Told] = []
    for section in document.sections:
        if f"decision_{section.name or 'answer'}" in of_chapters:
            continue
        blocks = [block for block in section.blocks if _is_for_slides(block)]
        # What only says how it was made is no message.
        if all(isinstance(one, Paragraph) and one.role == "note" for one in blocks):
            continue
        if section.heading or not (found or decided):
            found.append(_Told(section.heading or document.title, blocks))
        elif found:
            found[-1] = _Told(found[-1].message, [*found[-1].blocks, *blocks])
    return [*decided, *found][:SLIDES] or [_Told(document.title, ())]


def _is_for_slides(block: Block) -> bool:
    if isinstance(block, Code):
        return False
    if isinstance(block, Table):
        return block.is_read
    return block.is_brief or isinstance(block, Figure)


class _SlidesWriter:
    """Slides that are being written: each is filled from above until there is no more room."""

    def __init__(self, document: Document, draw: Draw, file: Presentation) -> None:
        self.document, self.draw, self.file = document, draw, file
        self.language = document.language
        self.tag = catalogue_of(document.language).locale

    def write(self, told: _Told, imprint: Imprint | None) -> None:
        """Write a slide with its notes."""
        slide = self.file.slides.add_slide(self.file.slide_layouts[5])
        self._title(slide, told.message)
        notes = list(_notes(told.blocks))
        if self.document.changed:
            notes.insert(0, self.document.changed)
        if imprint is not None:
            notes += [f"{term}: {says}" for term, says in imprint_lines(self.document, imprint)]
        top = TOP + TITLE_HIGH + GAP
        # The last line is kept for saying that there is more.
        room = HIGH - BOTTOM - top - LINE_HIGH
        left_out, shown, count = False, 0, 0
        blocks = list(told.blocks)
        if self.document.changed:
            blocks.insert(0, Paragraph.of(self.document.changed, role="warning"))
        has_table = False
        for block in blocks:
            if isinstance(block, Table):
                # One table a slide: a second one would be a second message.
                used, rows, whole = (
                    (0.0, 0, False) if has_table else self._table(slide, block, top, room)
                )
                has_table = True
                shown, count = shown + rows, count + sum(1 for _ in block.rows())
            elif isinstance(block, Figure):
                used, whole = self._picture(slide, block, top, room)
            else:
                used, whole = self._words(slide, block, top, room)
            top, room = top + used, room - used
            left_out = left_out or not whole
        if left_out:
            key = "slide_more_rows" if shown < count else "slide_more"
            words = say(key, self.language, shown=shown, count=count)
            more = Paragraph.of(words, role="note")
            self._words(slide, more, HIGH - BOTTOM - LINE_HIGH, HIGH)
        slide.notes_slide.notes_text_frame.text = "\n".join(map(on_one_line, notes))
        for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
            for run in paragraph.runs:
                run._r.get_or_add_rPr().set("lang", self.tag)

    def _title(self, slide: Slide, message: str) -> None:
        from pptx.enum.text import MSO_ANCHOR
        from pptx.util import Cm

        title = slide.shapes.title
        assert title is not None
        title.left, title.top = Cm(LEFT), Cm(TOP)
        title.width, title.height = Cm(WIDE - 2 * LEFT), Cm(TITLE_HIGH)
        frame = title.text_frame
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        frame.word_wrap = True
        for side in ("margin_left", "margin_right", "margin_top", "margin_bottom"):
            setattr(frame, side, 0)
        self._say(frame.paragraphs[0], message, size=TITLE_SIZE, is_bold=True)

    def _say(
        self,
        paragraph: Any,
        text: str,
        *,
        size: int = MIN_SIZE,
        is_bold: bool = False,
        is_soft: bool = False,
    ) -> None:
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        run = paragraph.add_run()
        run.text = on_one_line(text)
        run.font.size, run.font.bold, run.font.name = Pt(size), is_bold, FONT
        run.font.color.rgb = _colour(SOFT if is_soft else INK)
        run._r.get_or_add_rPr().set("lang", self.tag)
        if paragraph.alignment is None:
            paragraph.alignment = PP_ALIGN.LEFT

    def _words(self, slide: Slide, block: Block, top: float, room: float) -> tuple[float, bool]:
        """Write paragraphs as far as there is room; return what they take, and whether all did."""
        from pptx.util import Cm, Pt

        width = WIDE - 2 * LEFT
        lines, used = [], 0.0
        every = list(_lines_of(block))
        for text, is_item, is_bold in every:
            high = _high(text, width - is_item * 0.7) + 0.15
            if used + high > room:
                break
            lines.append((text, is_item, is_bold))
            used += high
        if not lines:
            return 0.0, not every
        box = slide.shapes.add_textbox(Cm(LEFT), Cm(top), Cm(width), Cm(used))
        frame = box.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for number, (text, is_item, is_bold) in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(4)
            if is_item:
                _add_bullet(paragraph)
            is_soft = isinstance(block, Paragraph) and block.role == "note"
            self._say(paragraph, text, is_bold=is_bold, is_soft=is_soft)
        return used + 0.1, len(lines) == len(every)

    def _picture(self, slide: Slide, figure: Figure, top: float, room: float) -> tuple[float, bool]:
        """Show a figure where half of a slide is free for it, with what it shows in a sentence."""
        from pptx.util import Cm, Emu

        if room < HIGH / 2:
            return 0.0, False
        content = BytesIO(self.draw(figure).png)
        shape = slide.shapes.add_picture(content, Cm(LEFT), Cm(top), height=Cm(room))
        if shape.width > Cm(WIDE - 2 * LEFT):
            shape.height = Emu(shape.height * Cm(WIDE - 2 * LEFT) // shape.width)
            shape.width = Cm(WIDE - 2 * LEFT)
        element: Any = shape._element
        properties = element.nvPicPr.cNvPr
        properties.set("name", on_one_line(figure.title))
        properties.set("descr", on_one_line(figure.says))
        return room, True

    # ----------------------------------------------------------------------------------------------
    # A table

    def _table(
        self, slide: Slide, table: Table, top: float, room: float
    ) -> tuple[float, int, bool]:
        """Write the rows of a table that have room.

        Return what they take, how many they are, and whether all of the table stands there.
        """
        from pptx.util import Cm

        places = _columns_for_slides(table)
        widths = _widths(table, places)
        headings = [Cell(table.columns[k].heading, tone="strong") for k in places]
        rows = [(headings, True, _row_high(headings, widths))]
        used, whole = rows[0][2], True
        for cells, is_group in _rows_of(table, places):
            high = _row_high(cells[:1], [sum(widths)]) if is_group else _row_high(cells, widths)
            if used + high > room:
                whole = False
                break
            rows.append((cells, is_group, high))
            used += high
        while len(rows) > 1 and rows[-1][1]:  # a group's heading with nothing below it
            used -= rows.pop()[2]
        if len(rows) < 2:
            return 0.0, 0, False
        left, high, wide = Cm(LEFT), Cm(used), Cm(sum(widths))
        frame = slide.shapes.add_table(len(rows), len(places), left, Cm(top), wide, high)
        frame.name = on_one_line(table.title)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", on_one_line(table.title))
        grid = frame.table
        grid.horz_banding = False
        for k, width in enumerate(widths):
            grid.columns[k].width = Cm(width)
        for number, (cells, is_head, row_high) in enumerate(rows):
            grid.rows[number].height = Cm(row_high)
            if is_head and number > 0:
                grid.cell(number, 0).merge(grid.cell(number, len(places) - 1))
            for k, cell in enumerate(cells):
                column = table.columns[places[k]]
                self._cell(grid.cell(number, k), cell, is_head=is_head, is_number=column.is_number)
        told = sum(not is_head for _, is_head, _ in rows)
        return used + GAP, told, whole and len(places) == len(table.shown_columns())

    def _cell(self, place: Any, cell: Cell, *, is_head: bool, is_number: bool) -> None:
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Cm

        place.margin_left = place.margin_right = Cm(0.2)
        place.margin_top = place.margin_bottom = Cm(CELL_HIGH / 2)
        place.fill.solid()
        place.fill.fore_color.rgb = _colour(SHADE if is_head else PAPER)
        paragraph = place.text_frame.paragraphs[0]
        if is_number:
            paragraph.alignment = PP_ALIGN.RIGHT
        is_bold = is_head or _is_bold(cell)
        self._say(paragraph, cell.text, is_bold=is_bold, is_soft=cell.tone == "soft")
        _add_line_below(place)


def _columns_for_slides(table: Table) -> list[int]:
    """Return the columns of a table that stand on a slide: the brief ones, as many as fit."""
    return (table.brief_columns() or table.shown_columns())[:MAX_COLUMNS]


def _rows_of(table: Table, places: Sequence[int]) -> Iterator[tuple[list[Cell], bool]]:
    """Yield each row's cells, and before those of a group its heading."""
    for group in table.groups:
        if group.title:
            yield [Cell(group.title)], True
        for row in group.rows:
            yield [row.cells[k] for k in places], False


def _widths(table: Table, places: Sequence[int]) -> list[float]:
    """Return the widths of columns in centimetres, by the longest that stands in each."""
    needs, least = [], []
    for k in places:
        texts = [table.columns[k].heading, *(row.cells[k].text for row in table.rows())]
        needs.append(float(max(8, *(min(len(text), 60) for text in texts))))
        word = max(len(word) for text in texts for word in [*text.split(" "), ""])
        least.append(word / LETTERS_OF_WORDS + BESIDE_CELL)
    total = WIDE - 2 * LEFT
    if sum(least) >= total:
        return [total * one / sum(least) for one in least]
    # Each has room for its longest word; the rest goes to those that hold more.
    more = [
        max(total * need / sum(needs) - one, 0.0) for need, one in zip(needs, least, strict=True)
    ]
    left = total - sum(least)
    return [one + left * part / sum(more) for one, part in zip(least, more, strict=True)]


def _row_high(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    lines = (
        _high(cell.text, width - BESIDE_CELL, is_bold=_is_bold(cell))
        for cell, width in zip(cells, widths, strict=True)
    )
    return max(lines, default=LINE_HIGH) + CELL_HIGH


def _is_bold(cell: Cell) -> bool:
    return cell.tone not in ("plain", "soft", "code")


def _high(text: str, width: float, *, is_bold: bool = False) -> float:
    """Return how high a text stands in a width, both in centimetres."""
    letters = LETTERS_OF_WORDS if is_bold else LETTERS
    return LINE_HIGH * max(1, len(textwrap.wrap(text, max(4, int(letters * width)))))


def _lines_of(block: Block) -> Iterator[tuple[str, bool, bool]]:
    """Yield each paragraph of a block, whether it is a point of a list, and whether it is bold."""
    if isinstance(block, Paragraph):
        is_bold = block.role == "warning" or all(span.tone == "strong" for span in block.spans)
        yield block.text, False, is_bold
    elif isinstance(block, Listing):
        for item in block.items:
            yield item.text, True, False
    elif isinstance(block, Definitions):
        for one in block.items:
            yield f"{one.term}: {one.says.text}", True, False


def _notes(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield all that blocks say, in words."""
    for block in blocks:
        if isinstance(block, Table):
            yield f"{block.title}:"
            places = block.shown_columns()
            for cells, is_group in _rows_of(block, places):
                if is_group:
                    yield cells[0].text
                    continue
                told = [
                    f"{cell.text} ({cell.below})" if cell.below else cell.text for cell in cells
                ]
                yield " \u00b7 ".join(one for one in told if one)
        elif isinstance(block, Figure):
            yield block.alt
        else:
            yield from (text for text, _, _ in _lines_of(block))


# --------------------------------------------------------------------------------------------------
# What the library has no name for


def _colour(digits: str) -> Any:
    from pptx.dml.color import RGBColor

    colour: Any = RGBColor  # it says nothing of its types
    return colour.from_string(digits)


def _element(tag: str, **attributes: str) -> Any:
    """Return an element of the drawing language."""
    from pptx.oxml.xmlchemy import OxmlElement

    element = OxmlElement(f"a:{tag}")
    for name, value in attributes.items():
        element.set(name, value)
    return element


def _add_bullet(paragraph: Any) -> None:
    """Make a paragraph a point of a list, with the mark before its text."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "252000")
    properties.set("indent", "-252000")
    properties.append(_element("buFont", typeface="Arial"))
    properties.append(_element("buChar", char="\u2022"))


def _add_line_below(cell: Any) -> None:
    """Draw a line below a cell, and none on its other sides."""
    properties = cell._tc.get_or_add_tcPr()
    lines = []
    for side in ("lnL", "lnR", "lnT"):
        line = _element(side, w="0")
        line.append(_element("noFill"))
        lines.append(line)
    below = _element("lnB", w="9525")
    fill = _element("solidFill")
    fill.append(_element("srgbClr", val=LINE))
    below.append(fill)
    lines.append(below)
    # Lines stand before the filling.
    for place, line in enumerate(lines):
        properties.insert(place, line)
