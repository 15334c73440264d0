"""A document as a Word file: headings, captions that count themselves, tables made for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.text import printable
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.numbers import format_date
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Definitions,
    Document,
    Figure,
    Listing,
    Paragraph,
    RowGroup,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.imprint import Imprint, imprint_lines
from pilotsim.output.writers.drawing import PICTURE_CM, Draw, draw
from pilotsim.output.writers.package import repacked, set_properties
from pilotsim.output.writers.paper import paper_of, shares_of
from pilotsim.output.writers.text import in_tone, on_one_line

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph as WordParagraph

__all__ = ["PLACE_IN_TEMPLATE", "check_template", "write_word"]

# A paragraph of a template that says so is where the document goes; without it, all of the
# template's text makes way and its styles, margins, header and footer stay.
PLACE_IN_TEMPLATE = "[[pilotsim]]"

FONT = "Calibri"
INK, SOFT, LINE, SHADE = "1A1A1A", "555555", "BFBFBF", "F2F2F2"
BODY_SIZE, TABLE_SIZE, SMALL_SIZE = 10.5, 9.0, 8.0  # points
PAGE_WIDTH = 5_760_000  # of a template that does not say it: 16 cm, in the library's unit
TWENTIETH = 635  # of a point, in which Word measures, in the library's unit

BOLD: frozenset[Tone] = frozenset({"strong", "good", "fair", "doubtful", "poor", "bad"})
# Styles that a template may lack, with what is set of them: size, and whether bold.
OWN_STYLES = {
    "Title": (20.0, True),
    "Heading 1": (15.0, True),
    "Heading 2": (12.5, True),
    "Heading 3": (11.0, True),
    "Caption": (9.5, True),
    "toc 2": (10.0, False),
}


def write_word(
    document: Document,
    imprint: Imprint,
    *,
    draw: Draw = draw,
    template: bytes | None = None,
) -> bytes:
    """Return a document as a Word file; the same bytes for the same document and imprint.

    What is to be decided on, or else the document with small tables, comes first; then what is
    looked up, as an annex; then what it was made of and how it is cited.

    Parameters
    ----------
    document : Document
        What to write.
    imprint : Imprint
        Of what, and when.
    draw : callable, optional
        Gives the picture of a figure, where it has been drawn already.
    template : bytes, optional
        A Word file or a Word template whose styles, margins, header and footer are taken.

    Raises
    ------
    RequestError
        The template is no Word file.
    """
    return _WordWriter(document, imprint, draw, template).content()


def check_template(template: bytes) -> None:
    """Raise an error for a template that is no Word file.

    Raises
    ------
    RequestError
        It is none.
    """
    _open(template)


def _open(template: bytes | None) -> WordFile:
    """Return an empty Word file, or one with the styles of a template."""
    import docx

    if template is None:
        return docx.Document()
    try:
        return docx.Document(BytesIO(_as_document(template)))
    except (BadZipFile, KeyError, ValueError) as fault:
        raise RequestError(
            Message("the template is no Word file (.docx or .dotx) that can be read")
        ) from fault


def _as_document(template: bytes) -> bytes:
    """Return a Word template as a document: it differs in what it calls its main part."""
    target = BytesIO()
    with ZipFile(BytesIO(template)) as source, ZipFile(target, "w") as file:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "[Content_Types].xml":
                content = content.replace(
                    b"wordprocessingml.template.", b"wordprocessingml.document."
                )
            file.writestr(part.filename, content)
    return target.getvalue()


class _WordWriter:
    """A Word file that is being written: it counts its captions and lists."""

    def __init__(
        self, document: Document, imprint: Imprint, draw: Draw, template: bytes | None
    ) -> None:
        self.document, self.imprint, self.draw = document, imprint, draw
        self.language = document.language
        self.file = _open(template)
        self.has_template = template is not None
        self.counts = {"figure": 0, "table": 0}
        self.bookmarks: list[tuple[str, str, int]] = []
        self.place = self._cleared()
        self._set_styles()
        self.numbering = _Numbering(self.file)

    def content(self) -> bytes:
        """Write everything and return the bytes of the file."""
        document, language = self.document, self.language
        paper = paper_of(document)
        self._head()
        for section in paper.body:
            self._section(section, 1)
        if paper.annex:
            heading = self._heading(say("annex", language), 1)
            heading.paragraph_format.page_break_before = True
            contents = self._paragraph("Normal")
            for section in paper.annex:
                self._section(section, 2)
            self._list_contents(contents)
        self._imprint()
        if not self.has_template:
            self._footer()
        set_properties(self.file.core_properties, document, self.imprint)
        if self.place is not None:
            self.place.getparent().remove(self.place)
        target = BytesIO()
        self.file.save(target)
        return repacked(target.getvalue())

    # ----------------------------------------------------------------------------------------------
    # The file

    def _cleared(self) -> BaseOxmlElement | None:
        """Empty the file but for its sections; return what stands where the document goes."""
        body = self.file.element.body
        marked = [one for one in self.file.paragraphs if one.text.strip() == PLACE_IN_TEMPLATE]
        if marked:
            return marked[0]._p
        for element in list(body):
            if not element.tag.endswith("}sectPr"):
                body.remove(element)
        return None

    def _paragraph(self, style: str) -> WordParagraph:
        paragraph = self.file.add_paragraph()
        paragraph.style = self._style(style)
        self._placed(paragraph)
        return paragraph

    def _placed(self, block: Any) -> Any:
        """Put a block that was added at the end where the document goes."""
        if self.place is not None:
            self.place.addprevious(block._element)
        return block

    def _style(self, name: str) -> ParagraphStyle:
        """Return a style, which a template may lack."""
        from docx.enum.style import WD_STYLE_TYPE

        styles = self.file.styles
        found: Any = next((one for one in styles if one.name.lower() == name.lower()), None)
        if found is None:
            found = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            _drawn(found, name)
        style: ParagraphStyle = found
        return style

    def _set_styles(self) -> None:
        """Set the language of the text; without a template also the page and what it looks like."""
        from docx.shared import Cm, Pt

        tag = catalogue_of(self.language).locale
        fonts = self.file.styles.element.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr")
        for run in (fonts, self._style("Normal").element.get_or_add_rPr()):
            if run is not None:
                for old in run.findall(f"{_W}lang"):
                    run.remove(old)
                run.append(_element("lang", val=tag, eastAsia=tag))
        if self.has_template:
            return
        normal = self._style("Normal")
        _set_font(normal, BODY_SIZE)
        normal.paragraph_format.space_after = Pt(5)
        normal.paragraph_format.line_spacing = 1.12
        for name in OWN_STYLES:
            _drawn(self._style(name), name)
        for section in self.file.sections:
            section.page_width, section.page_height = Cm(21), Cm(29.7)
            section.left_margin = section.right_margin = Cm(2.5)
            section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.0)

    def _footer(self) -> None:
        """Write the title and the number of the page below each page."""
        from docx.enum.text import WD_TAB_ALIGNMENT

        section = self.file.sections[0]
        paragraph = section.footer.paragraphs[0]
        paragraph.style.paragraph_format.tab_stops.clear_all()
        paragraph.paragraph_format.tab_stops.add_tab_stop(self._width(), WD_TAB_ALIGNMENT.RIGHT)
        self._soft(paragraph, on_one_line(self.document.title))
        paragraph.add_run().add_tab()
        before, between, after = say("page_of", self.language, page="\0", pages="\0").split("\0")
        for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
            self._soft(paragraph, text)
            if field:
                self._field(paragraph, field, "1", soft=True)

    def _width(self) -> int:
        section = self.file.sections[0]
        width, left, right = section.page_width, section.left_margin, section.right_margin
        if width is None or left is None or right is None:
            return PAGE_WIDTH
        return width - left - right

    # ----------------------------------------------------------------------------------------------
    # What it says

    def _head(self) -> None:
        self._spans(self._paragraph("Title"), [Span(on_one_line(self.document.title))])
        kind = say(f"paper_{self.document.kind}", self.language)
        made = format_date(self.imprint.made, self.language)
        self._soft(self._paragraph("Normal"), f"{kind} \u00b7 {made}")
        if self.document.changed:
            warning = f"{self.document.changed.rstrip('.')}."
            self._spans(self._paragraph("Normal"), [Span(warning)], "warning")

    def _section(self, section: Section, level: int) -> None:
        if section.heading:
            self._heading(section.heading, min(level + section.level - 1, 3))
        for block in section.blocks:
            self._block(block)

    def _heading(self, text: str, level: int) -> WordParagraph:
        paragraph = self._paragraph(f"Heading {level}")
        name = f"_Toc{len(self.bookmarks) + 1:08d}"
        number = str(len(self.bookmarks) + 1)
        paragraph._p.append(_element("bookmarkStart", id=number, name=name))
        self._spans(paragraph, [Span(on_one_line(text))])
        paragraph._p.append(_element("bookmarkEnd", id=number))
        self.bookmarks.append((name, on_one_line(text), level))
        return paragraph

    def _block(self, block: Block) -> None:
        if isinstance(block, Paragraph):
            self._spans(self._paragraph("Normal"), block.spans, block.role)
        elif isinstance(block, Code):
            for line in printable(block.text).splitlines():
                self._spans(self._paragraph("Normal"), [Span(line, "code")])
        elif isinstance(block, Listing):
            number = self.numbering.start(is_ordered=block.is_ordered)
            for item in block.items:
                paragraph = self._paragraph("List Paragraph")
                _number(paragraph, number)
                self._spans(paragraph, item.spans, item.role)
        elif isinstance(block, Definitions):
            for one in block.items:
                self._spans(
                    self._paragraph("Normal"),
                    [Span(f"{on_one_line(one.term)}. ", "strong"), *one.says.spans],
                )
        elif isinstance(block, Figure):
            self._figure(block)
        elif block.is_shown:
            self._table(block)

    def _spans(self, paragraph: WordParagraph, spans: Sequence[Span], role: str = "body") -> None:
        from docx.shared import Pt, RGBColor

        for span in spans:
            run = paragraph.add_run(in_tone(span.text, span.tone))
            if span.tone in BOLD or role == "warning":
                run.bold = True
            if span.tone == "soft" or role == "note":
                run.font.color.rgb = RGBColor.from_string(SOFT)
            if span.tone == "code":
                run.font.name = "Consolas"
                run.font.size = Pt(SMALL_SIZE + 1)
                run.font.no_proof = True

    def _soft(self, paragraph: WordParagraph, text: str) -> None:
        from docx.shared import Pt

        self._spans(paragraph, [Span(text, "soft")])
        for run in paragraph.runs:
            run.font.size = Pt(TABLE_SIZE)

    def _field(
        self, paragraph: WordParagraph, code: str, shown: str, *, soft: bool = False
    ) -> None:
        """Add a field: what the reader's program works out, and what stands there before."""
        field = _element("fldSimple", instr=f" {code} ")
        run = paragraph.add_run(shown)
        if soft:
            from docx.shared import Pt, RGBColor

            run.font.size, run.font.color.rgb = Pt(TABLE_SIZE), RGBColor.from_string(SOFT)
        field.append(run._r)
        paragraph._p.append(field)

    def _caption(self, kind: str, title: str, *, is_above: bool) -> None:
        """Write a caption: its label, a number that counts itself, and what it is."""
        self.counts[kind] += 1
        label = say(f"caption_{kind}", self.language)
        paragraph = self._paragraph("Caption")
        paragraph.paragraph_format.keep_with_next = is_above
        self._spans(paragraph, [Span(f"{label} ")])
        self._field(paragraph, f"SEQ {label} \\* ARABIC", str(self.counts[kind]))
        self._spans(paragraph, [Span(f". {on_one_line(title)}")])

    # ----------------------------------------------------------------------------------------------
    # Figures and tables

    def _figure(self, figure: Figure) -> None:
        from docx.shared import Cm, Emu

        paragraph = self._paragraph("Normal")
        paragraph.paragraph_format.keep_with_next = True
        picture = self.draw(figure)
        shape = paragraph.add_run().add_picture(BytesIO(picture.png))
        width, height = min(self._width(), Cm(PICTURE_CM[0])), Cm(PICTURE_CM[1])
        scale = min(width / shape.width, height / shape.height)
        shape.width, shape.height = Emu(shape.width * scale), Emu(shape.height * scale)
        properties = shape._inline.docPr
        properties.set("name", on_one_line(figure.title))
        properties.set("descr", on_one_line(figure.says))
        self._caption("figure", figure.title, is_above=False)

    def _table(self, table: Table) -> None:
        self._caption("table", table.title, is_above=True)
        columns = table.columns
        grid = self._placed(self.file.add_table(rows=1, cols=len(columns)))
        _set_table(grid, on_one_line(table.title), _widths(table, self._width()))
        for cell, column in zip(grid.rows[0].cells, columns, strict=True):
            self._fill(cell, Cell(column.heading, tone="strong"), is_number=column.is_number)
        _set_row(grid.rows[0], is_head=True)
        for group in table.groups:
            self._group(grid, group, table)
        after = self._paragraph("Normal")
        after.paragraph_format.space_after = 0
        after.paragraph_format.line_spacing = 0.7

    def _group(self, grid: Any, group: RowGroup, table: Table) -> None:
        if group.heading:
            row = grid.add_row()
            cells = row.cells
            merged = cells[0].merge(cells[-1]) if len(cells) > 1 else cells[0]
            paragraph = merged.paragraphs[0]
            heading = [
                replace(span, tone="strong") if span.tone == "plain" else span
                for span in group.heading
            ]
            self._spans(paragraph, heading)
            self._set_cell(paragraph, is_number=False)
            paragraph.paragraph_format.keep_with_next = True
            _set_row(row, is_head=False)
        for row in group.rows:
            filled = grid.add_row()
            for cell, said, column in zip(filled.cells, row.cells, table.columns, strict=True):
                self._fill(cell, said, is_number=column.is_number)
            _set_row(filled, is_head=False)

    def _fill(self, place: Any, cell: Cell, *, is_number: bool) -> None:
        paragraph = place.paragraphs[0]
        self._spans(paragraph, [Span(in_tone(cell.text, cell.tone).strip(" "), cell.tone)])
        self._set_cell(paragraph, is_number=is_number)
        if cell.below:
            below = place.add_paragraph()
            self._spans(below, [Span(on_one_line(cell.below), "soft")])
            self._set_cell(below, is_number=is_number, size=SMALL_SIZE)

    def _set_cell(
        self, paragraph: WordParagraph, *, is_number: bool, size: float = TABLE_SIZE
    ) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        form = paragraph.paragraph_format
        form.space_before = form.space_after = Pt(1)
        form.line_spacing = 1.0
        if is_number:
            form.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for run in paragraph.runs:
            run.font.size = Pt(size)

    # ----------------------------------------------------------------------------------------------
    # The ends

    def _list_contents(self, first: WordParagraph) -> None:
        """Put the list of what stands in the annex before an empty paragraph, as a field."""
        entries = [entry for entry in self.bookmarks if entry[2] == 2]
        if not entries:
            return
        style = self._style("toc 2")
        for number, (name, text, _) in enumerate(entries):
            paragraph = first.insert_paragraph_before(style=style)
            if number == 0:
                # No page is known before a program lays the text out: it is asked to, with numbers.
                _add_field_mark(paragraph, "begin", dirty="true")
                code = _element("instrText")
                code.text = ' TOC \\o "2-2" \\h '
                paragraph.add_run()._r.append(code)
                _add_field_mark(paragraph, "separate")
            link = _element("hyperlink", anchor=name, history="1")
            link.append(paragraph.add_run(text)._r)
            paragraph._p.append(link)
        _add_field_mark(first, "end")

    def _imprint(self) -> None:
        language = self.language
        heading = self._heading(say("imprint", language), 1)
        heading.paragraph_format.keep_with_next = True
        for term, says in imprint_lines(self.document, self.imprint):
            paragraph = self._paragraph("Normal")
            self._spans(paragraph, [Span(f"{on_one_line(term)}: ", "strong"), Span(says)])
            paragraph.paragraph_format.space_after = 0


# --------------------------------------------------------------------------------------------------
# What the library has no name for

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _element(tag: str, **attributes: str) -> BaseOxmlElement:
    """Return an element of Word's own language, with attributes of the same."""
    from docx.oxml import OxmlElement

    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(f"{_W}{name}", value)
    return element


def _add_field_mark(paragraph: WordParagraph, kind: str, **settings: str) -> None:
    paragraph.add_run()._r.append(_element("fldChar", fldCharType=kind, **settings))


def _set_font(style: ParagraphStyle, size: float) -> None:
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size = FONT, Pt(size)
    style.font.color.rgb = RGBColor.from_string(INK)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(f"{_W}{name}", None)
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(f"{_W}{name}", FONT)


def _drawn(style: ParagraphStyle, name: str) -> None:
    """Give a style the look of the house."""
    from docx.shared import Pt

    if name not in OWN_STYLES:
        return
    size, is_bold = OWN_STYLES[name]
    _set_font(style, size)
    style.font.bold, style.font.italic = is_bold, False
    form = style.paragraph_format
    border = style.element.get_or_add_pPr().find(f"{_W}pBdr")
    if border is not None:
        border.getparent().remove(border)
    if name.startswith("Heading"):
        form.space_before, form.space_after = Pt(size), Pt(4)
        form.keep_with_next = True
    elif name == "Caption":
        form.space_before, form.space_after = Pt(4), Pt(3)
    elif name == "Title":
        form.space_after = Pt(2)
    else:
        form.space_after = Pt(1)


def _number(paragraph: WordParagraph, number: str) -> None:
    """Make a paragraph an item of a list."""
    mark = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    mark.get_or_add_ilvl().val = 0
    mark.get_or_add_numId().val = int(number)


def _set_table(grid: Any, title: str, widths: Sequence[int]) -> None:
    """Give a table its widths, a line under each row, and its title for those who hear it."""
    properties = grid._tbl.tblPr
    for tag in ("tblStyle", "tblW", "tblLayout", "tblLook"):
        for old in properties.findall(f"{_W}{tag}"):
            properties.remove(old)
    total = sum(widths)
    properties.append(_element("tblW", w=str(total), type="dxa"))
    borders = _element("tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(side, val="single", sz="4", space="0", color=LINE))
    properties.append(borders)
    properties.append(_element("tblLayout", type="fixed"))
    margins = _element("tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(side, w="70", type="dxa"))
    properties.append(margins)
    properties.append(
        _element(
            "tblLook",
            val="0020",
            firstRow="1",
            lastRow="0",
            firstColumn="0",
            lastColumn="0",
            noHBand="1",
            noVBand="1",
        )
    )
    properties.append(_element("tblCaption", val=title))
    for column, width in zip(grid._tbl.tblGrid.findall(f"{_W}gridCol"), widths, strict=True):
        column.set(f"{_W}w", str(width))
    for cell, width in zip(grid.rows[0].cells, widths, strict=True):
        cell.width = width * TWENTIETH


def _set_row(row: Any, *, is_head: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(_element("cantSplit"))
    if is_head:
        properties.append(_element("tblHeader"))
        for cell in row.cells:
            cell._tc.get_or_add_tcPr().append(
                _element("shd", val="clear", color="auto", fill=SHADE)
            )


def _widths(table: Table, width: int) -> list[int]:
    """Return the widths of a table's columns in twentieths of a point.

    Parameters
    ----------
    table : Table
        Whose.
    width : int
        Of the page's text, in the unit of the library.
    """
    total = width // TWENTIETH
    found = [int(total * share) for share in shares_of(table)]
    found[0] += total - sum(found)
    return found


class _Numbering:
    """The lists of a Word file: bullets, and numbers that begin at 1 in each list."""

    def __init__(self, file: WordFile) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.opc.packuri import PackURI
        from docx.parts.numbering import NumberingPart

        part: Any
        try:
            part = file.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING)
        except KeyError:
            part = NumberingPart(
                PackURI("/word/numbering.xml"),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml",
                _element("numbering"),
                file.part.package,
            )
            file.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
        self._root = part.element
        kinds = {False: ("bullet", "\u2022"), True: ("decimal", "%1.")}
        self._kinds = {ordered: self._add_kind(*kind) for ordered, kind in kinds.items()}
        self._bullets = self._add(self._kinds[False])

    def start(self, *, is_ordered: bool) -> str:
        """Return the number of a list that begins; all with bullets are one."""
        return self._add(self._kinds[True], restarts=True) if is_ordered else self._bullets

    def _free(self, tag: str, attribute: str) -> str:
        taken = [int(one.get(f"{_W}{attribute}")) for one in self._root.findall(f"{_W}{tag}")]
        return str(max(taken, default=0) + 1)

    def _add_kind(self, form: str, text: str) -> str:
        number = self._free("abstractNum", "abstractNumId")
        kind = _element("abstractNum", abstractNumId=number)
        level = _element("lvl", ilvl="0")
        level.append(_element("start", val="1"))
        level.append(_element("numFmt", val=form))
        level.append(_element("lvlText", val=text))
        level.append(_element("lvlJc", val="left"))
        indents = _element("pPr")
        indents.append(_element("ind", left="357", hanging="357"))
        level.append(indents)
        kind.append(level)
        # All kinds stand before the first list.
        lists = self._root.findall(f"{_W}num")
        if lists:
            lists[0].addprevious(kind)
        else:
            self._root.append(kind)
        return number

    def _add(self, kind: str, *, restarts: bool = False) -> str:
        number = self._free("num", "numId")
        one = _element("num", numId=number)
        one.append(_element("abstractNumId", val=kind))
        if restarts:
            override = _element("lvlOverride", ilvl="0")
            override.append(_element("startOverride", val="1"))
            one.append(override)
        self._root.append(one)
        return number
