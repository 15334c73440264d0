"""Files of office programs: built as such programs want them, and saying what the document says."""

from __future__ import annotations

import dataclasses
import io
import itertools
import math
import re
import zlib
from datetime import date
from xml.etree import ElementTree
from zipfile import ZipFile

import docx
import pptx
import pytest
from pptx.enum.shapes import MSO_SHAPE_TYPE

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.text import inside, printable
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.output.document import (
    MAX_SAID,
    Cell,
    Code,
    Document,
    Figure,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Table,
)
from pilotsim.output.figures.pictures import Picture
from pilotsim.output.imprint import Imprint, InputFile, citation, imprint_lines
from pilotsim.output.live.decision import answers_of_targets
from pilotsim.output.views.decision import adds_up
from pilotsim.output.writers.excel import tables_of as tables_of_workbook
from pilotsim.output.writers.excel import write_excel
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.office import FORMATS, formats_here
from pilotsim.output.writers.paper import MAX_COLUMNS, MAX_ROWS, paper_of, shares_of
from pilotsim.output.writers.pdf import can_write_pdf, write_pdf
from pilotsim.output.writers.slides import MIN_SIZE, SLIDES, write_slides
from pilotsim.output.writers.text import on_one_line
from pilotsim.output.writers.word import PLACE_IN_TEMPLATE, write_word
from tests.output import golden
from tests.output.golden import all_results
from tests.output.test_writers import HOSTILE, RESULTS, hostile

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
HASH = "0123456789abcdef" * 4
IMPRINT = Imprint(date(2026, 3, 9), (InputFile("flow.yaml", HASH),), "pilotsim check flow.yaml")
PAGE = 16 * 567  # the width of the text, in twentieths of a point


@pytest.fixture(scope="module")
def made():
    return all_results()


@pytest.fixture(scope="module")
def picture():
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (80, 50)).save(file, format="PNG")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 50"></svg>'
    return Picture(file.getvalue(), svg)


def one(made, name, language) -> Document:
    assert name in made
    return golden.document(name, language)


def all_sections(document: Document) -> list[Section]:
    paper = paper_of(document)
    return [*paper.body, *paper.annex]


def tables_of(document: Document) -> list[Table]:
    blocks = [block for section in all_sections(document) for block in section.blocks]
    return [block for block in blocks if isinstance(block, Table)]


# --------------------------------------------------------------------------------------------------
# Word


def word(document: Document, picture, **options):
    content = write_word(document, IMPRINT, draw=lambda _: picture, **options)
    return docx.Document(io.BytesIO(content))


def holds_headings_captions_and_a_language(file, document: Document) -> None:
    language = document.language
    levels = [
        int(paragraph.style.name[-1])
        for paragraph in file.paragraphs
        if paragraph.style.name.startswith("Heading")
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    headings = [one.text for one in file.paragraphs if one.style.name.startswith("Heading")]
    assert {on_one_line(one.heading) for one in all_sections(document) if one.heading} <= set(
        headings
    )
    for kind, count in (("table", len(file.tables)), ("figure", len(file.inline_shapes))):
        label = say(f"caption_{kind}", language)
        fields = [
            field
            for field in file.element.body.iter(f"{W}fldSimple")
            if field.get(f"{W}instr").split() == ["SEQ", label, "\\*", "ARABIC"]
        ]
        numbers = ["".join(one.text for one in field.iter(f"{W}t")) for field in fields]
        assert numbers == [str(number + 1) for number in range(count)]
    tags = {one.get(f"{W}val") for one in file.styles.element.iter(f"{W}lang")}
    assert tags == {catalogue_of(language).locale}
    assert file.core_properties.title == on_one_line(document.title)


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_file_holds_the_cells_of_the_paper_in_tables_for_people(
    made, picture, name, language
):
    """And has headings in order, captions that count themselves, and a language."""
    document = one(made, name, language)
    file, wanted = word(document, picture), tables_of(document)
    assert len(file.tables) == len(wanted)
    for grid, table in zip(file.tables, wanted, strict=True):
        assert len(table.columns) <= MAX_COLUMNS
        assert sum(int(one.get(f"{W}w")) for one in grid._tbl.tblGrid) <= PAGE
        head, *rows = grid.rows
        assert head._tr.trPr.find(f"{W}tblHeader") is not None
        assert [cell.text for cell in head.cells] == [
            on_one_line(column.heading) for column in table.columns
        ]
        told = [
            [
                on_one_line(cell.text) + (f"\n{cell.below}" if cell.below else "")
                for cell in row.cells
            ]
            for group in table.groups
            for row in group.rows
        ]
        headings = [
            on_one_line("".join(span.text for span in group.heading))
            for group in table.groups
            if group.heading
        ]
        found = [[cell.text for cell in row.cells] for row in rows]
        assert [row for row in found if row in told] == told
        assert [row[0] for row in found if row[0] in headings] == headings
        assert len(found) == len(told) + len(headings)
    holds_headings_captions_and_a_language(file, document)


@pytest.mark.parametrize("name", RESULTS)
def test_what_is_read_has_small_tables(made, name):
    for section in paper_of(one(made, name, "nb")).body:
        for block in section.blocks:
            if isinstance(block, Table):
                assert sum(1 for _ in block.rows()) <= MAX_ROWS


def width_of(word: str, *, is_small: bool = False) -> float:
    """In points, as wide as it stands in a table of the PDF; in the bold letters of its headings."""
    from matplotlib.font_manager import findfont
    from PIL import ImageFont

    font = ImageFont.truetype(findfont("DejaVu Sans:bold" if not is_small else "DejaVu Sans"), 100)
    return font.getlength(word) * (6.5 if is_small else 7.5) / 100


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_a_table_is_broken(made, name, language):
    """Unless the longest words of all its columns have no room beside each other."""
    edges = 8  # of a cell, in points
    for table in tables_of(one(made, name, language)):
        needs = []
        for place, column in enumerate(table.columns):
            cells = [row.cells[place] for row in table.rows()]
            words = [
                w for text in (column.heading, *(c.text for c in cells)) for w in text.split(" ")
            ]
            small = [word for cell in cells for word in cell.below.split(" ")]
            code = [word for c in cells if c.tone == "code" for word in c.text.split(" ")]
            # Letters of code are of one width, and wider in Word: 0.55 of 9 points.
            words_of_code = [0.55 * 9 * len(word) for word in code]
            widths = [
                *map(width_of, words),
                *words_of_code,
                *(width_of(word, is_small=True) for word in small),
            ]
            needs.append(max(widths) + edges)
        if sum(needs) <= PAGE / 20 * 0.85:
            rooms = [share * PAGE / 20 for share in shares_of(table)]
            narrow = [k for k, need in enumerate(needs) if need > rooms[k]]
            assert not narrow, (table.name, [table.columns[k].heading for k in narrow])


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_broken_where_wider_letters_stand_in(made, name, language):
    """Word's letters are not on every machine; those that stand in for them are a fifth wider."""
    wider = 9 / 7.5
    for table in tables_of(one(made, name, language)):
        needs = []
        for place, column in enumerate(table.columns):
            cells = [row.cells[place] for row in table.rows()]
            texts = (column.heading, *(c.text for c in cells if c.tone != "code"))
            needs.append(8 + max(wider * width_of(w) for text in texts for w in text.split(" ")))
        has_code = any(cell.tone == "code" for row in table.rows() for cell in row.cells)
        if sum(needs) <= PAGE / 20 * 0.75 and not has_code:
            rooms = [share * PAGE / 20 for share in shares_of(table)]
            narrow = [k for k, need in enumerate(needs) if need > rooms[k]]
            assert not narrow, (table.name, [table.columns[k].heading for k in narrow])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_picture_is_told_in_one_sentence(made, picture, language):
    document = one(made, "check", language)
    file = word(document, picture)
    figures = list(document.figures())
    assert len(file.inline_shapes) == len(figures) > 3
    for shape, figure in zip(file.inline_shapes, figures, strict=True):
        said = shape._inline.docPr.get("descr")
        assert said == figure.says
        assert len(said) <= MAX_SAID


def test_a_decision_comes_first_and_says_what_the_check_says(made):
    document = one(made, "check", "nb")
    names = [section.name for section in document.decision]
    assert names == ["decision_start", "decision_targets", "decision_hangs"]
    (told,) = [one for one in document.decision if one.name == "decision_targets"]
    result, _ = made["check"]
    count = sum(len(list(b.rows())) for b in told.blocks if isinstance(b, Table))
    assert count == len({verdict.question.target for verdict in result.verdicts})
    words = " ".join(
        cell.text for b in told.blocks if isinstance(b, Table) for r in b.rows() for cell in r.cells
    )
    for answer in answers_of_targets(result, "nb"):
        assert answer.says in words
        assert answer.words in words
        assert answer.takes in words


@pytest.mark.parametrize(
    ("without", "with_it", "change", "expected"),
    [(187.6, 200.2, 12.6, False), (184.6, 190.0, 5.4, True), (574.4, 590.4, 16.0, True)],
)
def test_whole_numbers_that_do_not_add_up_are_known(without, with_it, change, expected):
    """188 and 200, with a difference of 13: a note says that each is rounded by itself."""
    cells = [Cell("", value) for value in (None, without, with_it, change, None)]
    assert adds_up(Row(cells)) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_says_where_its_whole_numbers_do_not_add_up(made, language):
    section = one(made, "check", language).decision[0]
    tables = [block for block in section.blocks if isinstance(block, Table)]
    notes = [b.text for b in section.blocks if isinstance(b, Paragraph) and b.role == "note"]
    apart = not all(adds_up(row) for table in tables for row in table.rows())
    assert (say("decision_rounded", language) in notes) == apart


def with_long_tables(document: Document, count: int) -> Document:
    """A document whose tables of targets that are decided on have so many rows each."""

    def long(block):
        if not (isinstance(block, Table) and block.columns[0].key == "target"):
            return block
        rows = tuple(itertools.islice(itertools.cycle(block.rows()), count))
        return dataclasses.replace(block, groups=(RowGroup(rows),))

    decision = [
        dataclasses.replace(section, blocks=tuple(map(long, section.blocks)))
        for section in document.decision
    ]
    return dataclasses.replace(document, decision=decision)


@pytest.mark.parametrize("language", LANGUAGES)
def test_targets_that_have_no_room_where_it_is_decided_stand_whole_in_the_annex(made, language):
    document = with_long_tables(one(made, "check", language), MAX_ROWS + 1)
    paper = paper_of(document)
    cut = [
        block
        for section in document.decision
        for block in section.blocks
        if isinstance(block, Table) and block.columns[0].key == "target"
    ]
    note = say("table_cut", language, shown=MAX_ROWS, count=MAX_ROWS + 1)
    said = [b.text for s in paper.body for b in s.blocks if isinstance(b, Paragraph)]
    assert said.count(note) == len(cut) > 0
    whole = {
        block.name: list(block.rows())
        for section in paper.annex
        for block in section.blocks
        if isinstance(block, Table)
    }
    assert all(whole[table.name] == list(table.rows()) for table in cut)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_word_file_says_hostile_words_as_words(picture, text):
    document = dataclasses.replace(hostile(text), kind="check")
    file = word(document, picture)
    plain = on_one_line(text)
    assert file.tables[0].rows[1].cells[0].text == plain
    assert any(paragraph.text == plain for paragraph in file.paragraphs)


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x0c", "\x1b", "\u202e", "\ufffe", "\ud800"])
def test_signs_that_no_file_may_hold_are_left_out(picture, sign):
    document = dataclasses.replace(hostile(f"a{sign}b"), kind="check")
    assert word(document, picture).tables[0].rows[1].cells[0].text == "ab"
    assert "ab" in rows_of(write_excel(document, IMPRINT), 1)[1]


# --------------------------------------------------------------------------------------------------
# A municipality's template


def template(*texts: str, kind: str = "document") -> bytes:
    file = docx.Document()
    file.styles["Heading 1"].font.name = "Georgia"
    file.sections[0].header.paragraphs[0].text = "Eksempel kommune"
    for text in texts:
        file.add_paragraph(text)
    target = io.BytesIO()
    file.save(target)
    if kind == "document":
        return target.getvalue()
    changed = io.BytesIO()
    with ZipFile(target) as source, ZipFile(changed, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(b"ml.document.", b"ml.template.")
            copy.writestr(name, content)
    return changed.getvalue()


@pytest.mark.parametrize("kind", ["document", "template"])
def test_a_template_gives_styles_and_header_and_loses_its_text(made, picture, kind):
    given = template("Slett meg", kind=kind)
    file = word(one(made, "check", "nb"), picture, template=given)
    assert file.styles["Heading 1"].font.name == "Georgia"
    assert file.sections[0].header.paragraphs[0].text == "Eksempel kommune"
    assert "Slett meg" not in [paragraph.text for paragraph in file.paragraphs]


def test_a_template_says_where_the_document_goes(made, picture):
    given = template("Sak 12", PLACE_IN_TEMPLATE, "Hilsen")
    texts = [one.text for one in word(one(made, "check", "nb"), picture, template=given).paragraphs]
    assert texts[0] == "Sak 12"
    assert texts[-1] == "Hilsen"
    assert len(texts) > 20
    assert PLACE_IN_TEMPLATE not in texts


@pytest.mark.parametrize("content", [b"", b"no file of Word", b"PK\x05\x06" + 18 * b"\x00"])
def test_a_template_that_is_none_is_refused(made, picture, content):
    with pytest.raises(RequestError, match="no Word file"):
        word(one(made, "check", "nb"), picture, template=content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_annex_tells_the_model_by_every_item_of_stress(made, language):
    result, _ = made["check"]
    section, _ = one(made, "check", language).annex
    items, stages = (block for block in section.blocks if isinstance(block, Table))
    numbers = [row.cells[0].text.split(" ")[0] for row in items.rows()]
    assert numbers == (
        [
            "1.1",
            "1.2",
            "1.3",
            "2.1",
            "2.2",
            "2.3",
            "2.4",
            "2.5",
            "3.1",
            "3.2",
            "3.3",
            "3.4",
            "4.1",
            "4.2",
            "4.3",
            "5.1",
            "5.2",
            "5.3",
            "5.4",
            "6.1",
        ]
    )
    assert all(row.cells[1].text for row in items.rows())
    flow = result.flow
    told = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in stages.rows()}
    for name, stage in flow.stages.items():
        label = flow.label_of("stages", name, language)
        state, needs, length, order, ways = told[label]
        assert state == say(stage.counts_as, language)
        if stage.lasts is None:
            assert length == "\u2013"
        elif stage.lasts.family == "gamma":
            assert length.startswith(f"{say('family_gamma', language)}: ")
            assert say("parameter_cv", language) in length
        for resource in stage.needs or {}:
            assert inside(flow.label_of("resources", resource, language)) in needs
        assert (order == "\u2013") == (not stage.may_wait)
        for way in stage.next or {}:
            assert inside(flow.label_of("stages", way, language)) in ways
    # The state at the start, and whose turn it is where two stand alike.
    said = {row.cells[0].text.split(" ")[0]: row.cells[1].text for row in items.rows()}
    for name, group in flow.groups.items():
        if group.stock.number:
            assert flow.label_of("groups", name, language) in said["4.1"]
    assert say("stress_ties_told", language) in said["5.3"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_annex_tells_the_model_by_every_element_of_odd(made, language):
    result, _ = made["check"]
    _, section = one(made, "check", language).annex
    items, *submodels = (block for block in section.blocks if isinstance(block, Table))
    numbers = [row.cells[0].text.split(" ")[0] for row in items.rows()]
    design = [f"4.{number}" for number in range(1, 10)]
    assert numbers == ["1", "2", "3", *design, "5", "6", "7"]
    assert all(row.cells[1].text for row in items.rows())
    names = {table.name: [row.cells[0].text for row in table.rows()] for table in submodels}
    flow = result.flow
    for kind in ("groups", "traits", "resources", "risks"):
        labels = [flow.label_of(kind, name, language) for name in getattr(flow, kind)]
        assert names.get(f"odd_{kind}", []) == labels
    assert len(names.get("odd_effects", [])) == len(flow.effects)


def test_what_is_decided_by_opens_with_its_message_and_says_nothing_new(made):
    """A study, a search, an evaluation: their answer is the heading of the paper and of a slide."""
    for name in (
        "findings",
        "information",
        "solution",
        "evaluation",
        "register_analysis",
        "pooled",
    ):
        document = one(made, name, "nb")
        assert document.decision, name
        words = " ".join(b.text for b in document.blocks() if isinstance(b, Paragraph))
        for section in document.decision:
            assert 0 < len(section.heading) <= 110
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    assert block.text in words
        (first, *_) = document.decision
        assert first.heading.rstrip(".") in words or first.heading in (
            say("message_found", "nb"),
            say("findings", "nb"),
        )
    for name in ("validation", "plan", "values"):
        assert not one(made, name, "nb").decision


def test_a_slide_says_how_many_rows_of_how_many_it_shows(made, picture):
    document = with_long_tables(one(made, "check", "nb"), 11)
    shown = slides(document, picture)[1]
    (grid,) = [shape.table for shape in shown.shapes if shape.has_table]
    groups = [b.text for b in grid.iter_cells() if b.is_merge_origin]
    count = sum(len(list(b.rows())) for b in document.decision[1].blocks if isinstance(b, Table))
    rows = len(grid.rows) - 1 - len(groups)
    told = [shape.text_frame.text for shape in shown.shapes if shape.has_text_frame]
    assert say("slide_more_rows", "nb", shown=rows, count=count) in told
    assert 0 < rows < count


def test_no_line_breaks_before_a_per_cent_sign_in_words_of_a_flow(picture):
    document = dataclasses.replace(hostile("20 % av 30 %"), kind="check")
    file = word(document, picture)
    assert file.tables[0].rows[1].cells[0].text == "20\u00a0% av 30\u00a0%"
    assert "20\u00a0% av 30\u00a0%" in write_html(document)
    # What is typed as it stands keeps the space that is typed.
    typed = Document("check", "T", "nb", (Section("s", "", (Code("--set a=20 %"),)),))
    assert "--set a=20 %" in write_html(typed)
    assert any(one.text == "--set a=20 %" for one in word(typed, picture).paragraphs)


# --------------------------------------------------------------------------------------------------
# Excel


def rows_of(content: bytes, sheet: int) -> list[list[object]]:
    """The cells of a sheet by its number from 0, per cent as such; None for an empty one."""
    with ZipFile(io.BytesIO(content)) as file:
        shared = [
            "".join(one.text or "" for one in item.iter(f"{S}t"))
            for item in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
        ]
        root = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{sheet + 1}.xml"))
    assert root.find(f".//{S}f") is None  # no formula
    rows = []
    for row in root.iter(f"{S}row"):
        cells: dict[int, object] = {}
        for cell in row.iter(f"{S}c"):
            letters = re.match("[A-Z]+", cell.get("r"))[0]
            place = sum((ord(a) - 64) * 26**k for k, a in enumerate(reversed(letters))) - 1
            value = cell.find(f"{S}v")
            if value is not None:
                is_text = cell.get("t") == "s"
                cells[place] = shared[int(value.text)] if is_text else float(value.text)
        rows.append([cells.get(place) for place in range(max(cells, default=-1) + 1)])
    return rows


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workbook_holds_the_numbers_of_the_document(made, name, language):
    document = one(made, name, language)
    content = write_excel(document, IMPRINT)
    for number, table in enumerate(tables_of_workbook(document), start=1):
        places = table.filed_columns() if table.is_filed else table.shown_columns()
        head, *rows = rows_of(content, number)
        shift = int(not table.is_filed and any(group.heading for group in table.groups))
        assert len(head) - shift - bool(document.changed) == len(places)
        assert len(rows) == len(list(table.rows()))
        for found, row in zip(rows, table.rows(), strict=True):
            for k, place in enumerate(places):
                value, kind = row.cells[place].filed, row.cells[place].kind
                got = found[k + shift] if k + shift < len(found) else None
                if isinstance(value, int | float) and not isinstance(value, bool):
                    wanted = value / 100 if kind == "share" else value
                    assert got == (None if not math.isfinite(value) else pytest.approx(wanted))
                elif isinstance(value, str) and value:
                    assert got == printable(value)


def test_shares_are_per_cent_and_differences_of_them_points(made):
    result, _ = made["check"]
    document = one(made, "check", "nb")
    tables = {table.name: table for table in document.tables()}
    row = next(iter(tables["targets"].rows()))
    keys = [column.key for column in tables["targets"].columns]
    chance = row.cells[keys.index("chance")]
    assert (chance.kind, chance.value) == ("share", 100 * result.verdicts[0].probability)
    keys = [column.key for column in tables["drivers"].columns]
    kinds = {row.cells[keys.index("chance_change")].kind for row in tables["drivers"].rows()}
    assert kinds == {"points"}


@pytest.mark.parametrize("name", RESULTS)
def test_a_sheet_is_printed_in_letters_that_can_be_read(made, name):
    """Forty columns on one page were printed at a seventh of their size."""
    content = write_excel(one(made, name, "nb"), IMPRINT)
    with ZipFile(io.BytesIO(content)) as package:
        names = sorted(part for part in package.namelist() if "worksheets/sheet" in part)
        sheets = [ElementTree.fromstring(package.read(part)) for part in names]
        book = package.read("xl/workbook.xml").decode()
    for sheet in sheets[1:]:
        setup = sheet.find(f"{S}pageSetup")
        assert (setup.get("orientation"), setup.get("paperSize")) == ("landscape", "9")
        assert setup.get("fitToHeight") == "0"
        widths = [float(one.get("width")) for one in sheet.iter(f"{S}col") for _ in spans(one)]
        across = int(setup.get("fitToWidth", "1"))
        # The first column stands on each page.
        letters = (sum(widths) + (across - 1) * widths[0]) / across
        assert letters * 0.65 <= 170
    assert book.count("_xlnm.Print_Titles") == len(sheets) - 1


def spans(column) -> range:
    return range(int(column.get("min")), int(column.get("max")) + 1)


def test_contents_in_word_are_asked_for_with_the_numbers_of_their_pages(made):
    document = one(made, "check", "nb")
    with ZipFile(io.BytesIO(write_word(document, IMPRINT))) as package:
        content = package.read("word/document.xml").decode()
    (code,) = re.findall(r"<w:instrText[^>]*>( TOC [^<]*)<", content)
    assert code.split() == ["TOC", "\\o", '"2-2"', "\\h"]
    assert re.search(r'<w:fldChar [^>]*w:dirty="true"', content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cover_says_what_a_workbook_is(made, language):
    document = one(made, "check", language)
    content = write_excel(document, IMPRINT)
    told = {str(row[0]): row[1] for row in rows_of(content, 0) if len(row) > 1}
    for term, says in imprint_lines(document, IMPRINT):
        assert told[term] == says
    assert HASH in told.values()
    assert HASH[:12] in citation(document, IMPRINT)
    with ZipFile(io.BytesIO(content)) as file:
        book = ElementTree.fromstring(file.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iter(f"{S}sheet")]
        second = file.read("xl/worksheets/sheet2.xml").decode()
    assert names[0] == say("sheet_cover", language)
    assert all(len(name) <= 31 for name in names)
    assert len({name.lower() for name in names}) == len(names)
    assert set(names[1:]) <= set(told)
    assert 'ySplit="1"' in second
    assert 'state="frozen"' in second


@pytest.mark.parametrize("text", [*HOSTILE, "@SUM(A1)", "+1", "=cmd|' /C calc'!A0"])
def test_a_workbook_says_hostile_words_as_words(text):
    document = dataclasses.replace(hostile(text), kind="check")
    rows = rows_of(write_excel(document, IMPRINT), 1)
    assert rows[1][0] == text
    with ZipFile(io.BytesIO(write_excel(document, IMPRINT))) as file:
        styles = file.read("xl/styles.xml").decode()
    assert ("quotePrefix" in styles) == text.startswith(("=", "-", "+", "@"))


# --------------------------------------------------------------------------------------------------
# Slides


def slides(document: Document, picture):
    return pptx.Presentation(
        io.BytesIO(write_slides(document, IMPRINT, draw=lambda _: picture))
    ).slides


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_at_most_three_slides_with_a_message_and_large_letters(
    made, picture, name, language
):
    document = one(made, name, language)
    file = pptx.Presentation(io.BytesIO(write_slides(document, IMPRINT, draw=lambda _: picture)))
    assert abs(file.slide_width / file.slide_height - 16 / 9) < 0.001
    assert 1 <= len(file.slides) <= SLIDES
    titles = [slide.shapes.title.text for slide in file.slides]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    for slide in file.slides:
        assert slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= file.slide_width
            assert shape.top + shape.height <= file.slide_height
            if shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
                assert shape._element.nvPicPr.cNvPr.get("descr")
            if shape.has_table:
                assert shape.table.first_row
        runs = list(slide.shapes._spTree.iter(f"{A}rPr"))
        assert runs
        assert min(int(run.get("sz")) for run in runs) >= 100 * MIN_SIZE
        assert {run.get("lang") for run in runs} == {catalogue_of(language).locale}


@pytest.mark.parametrize("language", LANGUAGES)
def test_slides_of_a_check_tell_its_decision_and_notes_all_of_it(made, picture, language):
    document = one(made, "check", language)
    shown = slides(document, picture)
    for slide, section in zip(shown, document.decision, strict=True):
        assert slide.shapes.title.text == on_one_line(section.heading)
        notes = slide.notes_slide.notes_text_frame.text
        for block in section.blocks:
            if isinstance(block, Table):
                texts = [cell.text for row in block.rows() for cell in row.cells]
                assert all(on_one_line(text) in notes for text in texts)
        for shape in slide.shapes:
            if shape.has_table:
                cells = {cell.text for row in shape.table.rows for cell in row.cells}
                told = {
                    on_one_line(text)
                    for block in section.blocks
                    if isinstance(block, Table)
                    for text in [
                        *(column.heading for column in block.columns),
                        *(cell.text for row in block.rows() for cell in row.cells),
                        *("".join(s.text for s in group.heading) for group in block.groups),
                        "",
                    ]
                }
                assert cells <= told
    assert HASH in shown[0].notes_slide.notes_text_frame.text


@pytest.mark.parametrize("text", HOSTILE)
def test_slides_say_hostile_words_as_words(picture, text):
    document = dataclasses.replace(hostile(text), kind="check")
    (slide,) = slides(document, picture)
    assert slide.shapes.title.text == on_one_line(text)
    assert on_one_line(text) in slide.notes_slide.notes_text_frame.text


# --------------------------------------------------------------------------------------------------
# PDF

needs_typst = pytest.mark.skipif(not can_write_pdf(), reason="typst is not installed")


def pdf(document: Document, picture) -> bytes:
    return write_pdf(document, IMPRINT, draw=lambda _: picture)


def structure(content: bytes) -> bytes:
    """What of a PDF's objects stands in streams and in plain, in one."""
    plain = [content]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            plain.append(zlib.decompress(found[1]))
        except zlib.error:
            plain.append(found[1])
    return b"\n".join(plain)


@needs_typst
@pytest.mark.parametrize("name", RESULTS)
def test_every_result_is_a_pdf_for_screen_readers(made, picture, name):
    """The standard is held by what lays out the pages: it refuses what does not keep it."""
    document = one(made, name, "nb")
    told = structure(pdf(document, picture))
    assert b"pdfuaid:part" in told
    assert b"/StructTreeRoot" in told
    count = len(re.findall(rb"/S\s*/Table\b", told))
    assert count == len(tables_of(document))
    assert b"/H1" in told


@needs_typst
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_has_its_language_and_says_each_picture_in_a_sentence(made, picture, language):
    document = one(made, "check", language)
    content = pdf(document, picture)
    told = structure(content)
    assert catalogue_of(language).locale.encode() in told
    assert len(re.findall(rb"/Alt\b", told)) >= len(list(document.figures()))
    assert pdf(document, picture) == content


@needs_typst
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_stands_on_two_pages_with_as_many_targets_as_are_read(made, picture, language):
    document = with_long_tables(one(made, "check", language), MAX_ROWS)
    alone = dataclasses.replace(document, sections=(), annex=())
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", structure(pdf(alone, picture)))) <= 2


@needs_typst
@pytest.mark.parametrize("text", [*HOSTILE, '#panic("x")', '#read("data.json")', "= a", "@b", "\\"])
def test_a_pdf_takes_hostile_words_as_words(picture, text):
    assert pdf(dataclasses.replace(hostile(text), kind="check"), picture).startswith(b"%PDF-")


def test_a_pdf_that_cannot_be_made_here_is_left_out_or_refused(monkeypatch):
    monkeypatch.setattr("pilotsim.output.writers.pdf.is_installed", lambda _: False)
    assert formats_here() == [name for name in FORMATS if name != "pdf"]
    with pytest.raises(RequestError, match=r"pip install pilotsim\[pdf\]"):
        formats_here(["pdf"])


# --------------------------------------------------------------------------------------------------
# What all have in common


@pytest.mark.parametrize("name", ["check", "evaluation"])
def test_the_same_document_gives_the_same_bytes(made, picture, name):
    document = one(made, name, "nb")
    for write in (
        lambda: write_word(document, IMPRINT, draw=lambda _: picture),
        lambda: write_excel(document, IMPRINT),
        lambda: write_slides(document, IMPRINT, draw=lambda _: picture),
    ):
        first = write()
        assert write() == first
        with ZipFile(io.BytesIO(first)) as file:
            assert {part.date_time for part in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            dates = re.findall(rb"20\d\d-\d\d-\d\d", file.read("docProps/core.xml"))
        assert set(dates) == {b"2026-03-09"}


def test_sentences_of_a_figure_go_on_over_abbreviations():
    figure = Figure("f", "F", "Etter 2. jan. 2015 er 1.5 nok (kap. 3). Så mer.", lambda: None)
    assert figure.sentences == ["Etter 2. jan. 2015 er 1.5 nok (kap. 3).", "Så mer."]
    assert figure.says == "F"


def test_what_is_told_of_a_figure_in_one_breath_is_cut_between_words():
    title = "Hele setningen er mye lengre enn noen orker å høre på i ett, " * 4
    said = Figure("f", title, "", lambda: None).says
    assert len(said) <= MAX_SAID
    assert title.startswith(said.removesuffix("…"))
    assert said.endswith("…")
    assert said[-2] != " "
