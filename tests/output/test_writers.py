"""Writers: no two say different things of a document, and nothing in a text is more than text."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.evaluation.planning import WrittenPlan
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.output.document import (
    Attachment,
    Bound,
    Cell,
    Code,
    Column,
    Definition,
    Definitions,
    Document,
    Figure,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.views import VIEWS, document_of
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.excel import tables_of
from pilotsim.output.writers.folder import files_of, write_folder
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from tests.output import golden
from tests.output.golden import all_results
from tests.output.small_results import solution

RESULTS = (
    "check",
    "check_nobody",
    "comparison",
    "comparison_kept",
    "validation",
    "scoreboard",
    "calibration",
    "system",
    "study_cost",
    "study",
    "findings",
    "effects",
    "moved",
    "ruled_out",
    "information",
    "portfolio",
    "solution",
    "mending",
    "readiness",
    "evaluation",
    "register_analysis",
    "look",
    "several_arms",
    "pooled",
    "follow",
    "follow_on_plan",
    "follow_watched",
    "learned",
    "plan",
    "values",
)
# What is said of it is what is said of the plan that it holds.
WRITTEN_PLAN = f"{WrittenPlan.__module__}.{WrittenPlan.__qualname__}"
HOSTILE = (
    "[/x]",
    "[bold red]loud[/]",
    "<script>alert(1)</script>",
    "a|b",
    "=1+1",
    "-1+1",
    "two\nlines",
    "*star* _line_ `code` # head",
    "1. no list",
    "&amp; \\ back",
    "$x$ ~~gone~~ [link](http://x)",
    ":warning:",
    '"quoted"; and, separated',
    "x" * 300,
)


@pytest.fixture(scope="module")
def made():
    return all_results()


def one(made, name, language):
    assert name in made
    return golden.document(name, language)


def on_one_line(text: str) -> str:
    plain = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
    return re.sub("(?<=[0-9]) (?=%)", "\u00a0", plain)


# --------------------------------------------------------------------------------------------------
# What each writer's output says, read back


class Page(HTMLParser):
    """The tables of a page, their cells as text, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.tags: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._inside = tag
        elif tag == "span" and ("class", "below") in attributes:
            self._inside = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._inside = ""

    def handle_data(self, data):
        if self._inside:
            self.tables[-1][-1][-1] += data


def unescaped(markdown: str) -> str:
    """A cell of Markdown as a reader sees it."""
    text = markdown.split("<br>")[0].strip(" ")
    code = re.fullmatch(r"(`+) ?(.*?) ?\1", text)
    if code:
        return code[2].replace("\\|", "|")
    bold = re.fullmatch(r"\*\*(.*)\*\*", text)
    return re.sub(r"\\([\\`*_\[\]<>|~&#$])", r"\1", bold[1] if bold else text)


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The rows of each table but for its rule, each cell as a reader sees it."""
    found: list[list[list[str]]] = []
    was_row = False
    for line in text.split("\n"):
        if line.startswith("|"):
            if not was_row:
                found.append([])
            if not re.fullmatch(r"[|:-]+", line):
                cells = re.split(r"(?<!\\)\|", line)[1:-1]
                found[-1].append([unescaped(cell) for cell in cells])
        was_row = line.startswith("|")
    return found


def shown_cells(table: Table) -> list[list[str]]:
    """What people read in a table's rows."""
    return [
        [on_one_line(row.cells[place].text) for place in table.shown_columns()]
        for row in table.rows()
    ]


def body_of(rows: list[list[str]], table: Table) -> list[list[str]]:
    """The rows of a table as a writer gave them, without heading and headings of groups."""
    width = len(table.shown_columns())
    headings = {on_one_line("".join(span.text for span in group.heading)) for group in table.groups}
    body = [[on_one_line(cell) for cell in row] for row in rows[1:]]
    return [
        row
        for row in body
        if len(row) == width and not (row[0] in headings and not any(row[1:]) and row[0])
    ]


def recorded_values(table: Table) -> list[list[object]]:
    """What JSON holds of a table's rows: values, with names for programs."""
    return [
        [plain_value(row.cells[place].value) for place in table.recorded_columns()]
        for row in table.rows()
    ]


def filed_values(table: Table) -> list[list[object]]:
    """What a spreadsheet holds of them: values, and words where programs have names."""
    return [
        [plain_value(row.cells[place].filed) for place in table.filed_columns()]
        for row in table.rows()
    ]


def plain_value(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Bound):
        return {"below" if value.is_upper else "above": value.number}
    return value


# --------------------------------------------------------------------------------------------------
# Nothing can disagree


def test_every_view_has_a_result_here(made):
    assert set(made) == set(RESULTS)
    shown = {
        f"{type(result).__module__}.{type(result).__qualname__}" for result, _ in made.values()
    }
    assert set(VIEWS) - {WRITTEN_PLAN} <= shown


def test_a_plan_that_was_just_written_is_shown_as_the_plan(made):
    plan, _ = made["plan"]
    assert document_of(WrittenPlan(plan, ""), "nb") == document_of(plan, "nb")


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_markdown_show_the_same_cells(made, name, language):
    document = one(made, name, language)
    shown = [table for table in document.tables() if table.is_shown]
    page, text = (
        Page(golden.page(name, language)).tables,
        markdown_tables(write_markdown(document)),
    )
    assert len(page) == len(text) == len(shown)
    for table, in_page, in_text in zip(shown, page, text, strict=True):
        assert body_of(in_page, table) == shown_cells(table)
        assert body_of(in_text, table) == shown_cells(table)


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_filled_in(made, name, language):
    """A phrase that was given more parts than its callers know shows its braces."""
    document = one(made, name, language)
    assert not re.findall(r"\{\w+\}", write_markdown(document) + terminal_text(document))


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_shows_the_brief_cells_row_by_row(made, name, language):
    document = one(made, name, language)
    lines = [on_one_line(line) for line in terminal_text(document, 2000).split("\n")]
    for table in document.tables():
        if not (table.is_shown and table.is_brief):
            continue
        rows = list(table.rows())[: table.max_brief_rows]
        for row in rows:
            cells = [on_one_line(row.cells[place].text) for place in table.brief_columns()]
            assert any(in_order(cells, line) for line in lines), cells


def in_order(cells: list[str], line: str) -> bool:
    """Whether a line holds these cells one after the other."""
    place = 0
    for cell in cells:
        place = line.find(cell, place)
        if place < 0:
            return False
        place += len(cell)
    return True


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spreadsheet_and_json_hold_the_values_of_the_cells(made, name, language):
    document = one(made, name, language)
    tables = json.loads(write_json(document))["tables"]
    style = catalogue_of(language).numbers
    for table in document.tables():
        if not table.is_filed:
            assert table.name not in tables
            continue
        keys = [table.columns[place].key for place in table.recorded_columns()]
        recorded, wanted = recorded_values(table), filed_values(table)
        assert [list(row) for row in tables[table.name]] == [keys] * len(recorded)
        assert [list(row.values()) for row in tables[table.name]] == recorded
        content = write_csv(table, language).decode("utf-8-sig")
        filed = list(csv.reader(io.StringIO(content, newline=""), delimiter=style.separator))[1:]
        assert len(filed) == len(wanted)
        for row, values in zip(filed, wanted, strict=True):
            assert all(
                is_same(text, value, language) for text, value in zip(row, values, strict=True)
            )


def is_same(text: str, value: object, language: str) -> bool:
    """Whether a spreadsheet's cell holds a value."""
    if value is None:
        return text == ""
    if isinstance(value, bool):
        return text == say("yes" if value else "no", language)
    if isinstance(value, dict):
        ((side, bound),) = value.items()
        sign = {"below": "< ", "above": "> "}[side]
        return text.startswith(sign) and is_same(text.removeprefix(sign), bound, language)
    if isinstance(value, int | float):
        number = float(text.replace(catalogue_of(language).numbers.decimal, "."))
        return math.isclose(number, value, rel_tol=1e-9, abs_tol=5.1e-7)
    return text.removeprefix("'") == str(value).replace("\u00a0", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_says_what_happens_without_a_pilot_that_there_is_not(made, language):
    """The screen said -5.0, the page a dash and the spreadsheet -5.025: three rules for one number."""
    document = one(made, "check_nobody", language)
    table = next(table for table in document.tables() if table.name == "targets")
    place = [column.key for column in table.columns].index("counterfactual")
    (row,) = table.rows()
    assert (row.cells[place].text, plain_value(row.cells[place].value)) == ("–", None)
    (filed,) = json.loads(write_json(document))["tables"]["targets"]
    assert filed["counterfactual"] is None
    assert json.loads(write_json(document))["verdicts"][0]["anyway"] is None


# --------------------------------------------------------------------------------------------------
# What a text says stays a text


def hostile(text: str) -> Document:
    """A document that says a text wherever a text can stand."""
    columns = (Column("a", text), Column("b", "b", is_number=True))
    rows = [
        Row((Cell.of_text(text, below=text), Cell("1", 1.5))),
        Row((Cell.of_text(text, "code"), Cell("–", math.nan))),
        Row((Cell.of_text(text, "bad"), Cell(text, math.inf))),
    ]
    table = Table("t", text, columns, (RowGroup(tuple(rows), (Span(text),)),), has_title=True)
    blocks = (
        Paragraph.of(text, Span(text, "strong"), Span(text, "code"), role="warning"),
        Code(text, is_brief=True),
        Listing((Paragraph.of(text),)),
        Definitions((Definition(text, Paragraph.of(text)),)),
        table,
    )
    return Document("kind", text, "nb", (Section("s", text, blocks),), {"number": math.inf})


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terminal_prints_every_sign(text):
    shown = on_one_line(terminal_text(hostile(text), 20_000))
    # Title, heading, three spans, code, point, term and words, title of the table, its heading,
    # heading of the group, three cells and one in the other column.
    assert shown.count(on_one_line(text)) == 16


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_holds_every_sign_and_no_tag_of_it(text):
    plain = Page(write_html(hostile("x")))
    page = Page(write_html(hostile(text)))
    assert page.tags == plain.tags
    assert [on_one_line(cell) for cell in page.tables[0][0]] == [on_one_line(text), "b"]
    assert on_one_line(page.tables[0][2][0]) == on_one_line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_in_markdown_keeps_its_cells(text):
    (table,) = markdown_tables(write_markdown(hostile(text)))
    assert [len(row) for row in table] == [2] * 5
    wanted = on_one_line(text)
    assert [row[0] for row in table] == [wanted] * 5


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_reads_nothing_into_a_text(text):
    """As a reader of Markdown would: every sign of its own is escaped, or stands between backquotes."""
    written = write_markdown(hostile(text))
    outside = re.sub(r"```+\n.*?\n```+", "", written, flags=re.DOTALL)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    outside = re.sub(r"\\.", "", outside).replace("<br>", "")
    assert "<" not in outside
    assert "](" not in outside
    assert "~~" not in outside


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spreadsheet_gets_a_text_back_and_works_nothing_out(text, language):
    (table,) = hostile(text).tables()
    content = write_csv(table, language).decode("utf-8-sig")
    separator = catalogue_of(language).numbers.separator
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
    assert [row[0].removeprefix("'") for row in rows] == [text] * 4
    assert not any(row[0].startswith(("=", "+", "-", "@")) for row in rows)


def said_on_a_terminal(text, width):
    document = Document("any", "T", "nb", [Section("a", "", [Paragraph.of(text)])])
    return [line.rstrip(" ") for line in terminal_text(document, width).splitlines()[1:]]


@pytest.mark.parametrize("width", range(16, 60))
@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2007"])
def test_no_line_of_a_terminal_breaks_inside_a_number_or_before_its_unit(width, space):
    text = f"Det er verdt 1{space}003{space}000 kroner i 24 måneder, og 95{space}% av 5 % i 2015."
    lines = said_on_a_terminal(text, width)
    assert " ".join(lines) == text
    assert all(len(line) <= width for line in lines)
    for whole in (f"1{space}003{space}000 kroner", "24 måneder,", f"95{space}%", "5 %"):
        assert any(whole in line for line in lines), whole


def test_a_unit_that_has_no_room_beside_its_number_stands_below_it():
    assert said_on_a_terminal("1\u00a0003\u00a0000 kroner", 10) == ["1\u00a0003\u00a0000", "kroner"]


def test_a_column_of_words_on_a_terminal_is_no_narrower_than_a_number_in_it():
    columns = [Column("a", "A", wraps=True), Column("b", "B", is_number=True)]
    table = Table.of_rows(
        "t", "T", columns, [Row([Cell("Om lag 3\u00a0000\u00a0kr"), Cell("1" * 24)])]
    )
    document = Document("any", "T", "nb", [Section("a", "", [table])])
    lines = terminal_text(document, 34).splitlines()
    assert any("3\u00a0000\u00a0kr" in line for line in lines)


@pytest.mark.parametrize("width", [70, 100])
def test_every_document_keeps_its_numbers_whole_on_a_terminal(width):
    for name in RESULTS:
        one = golden.document(name, "nb")
        lines = terminal_text(one, width).splitlines()
        for block in one.blocks():
            if isinstance(block, Paragraph) and block.is_brief:
                for number in re.findall(r"[0-9](?:\u00a0[0-9%]+)+", block.text):
                    assert any(number in line for line in lines), (name, number)


def test_signs_that_steer_a_terminal_are_left_out():
    escape = "a\x1b[31mb\x07c\u202ed"
    assert "a[31mbcd" in terminal_text(hostile(escape))
    for text in (terminal_text(hostile(escape)), write_html(hostile(escape))):
        assert not set(text) & {"\x1b", "\x07", "\u202e"}


def test_json_has_no_number_that_json_does_not_know():
    content = json.loads(write_json(hostile("x")), parse_constant=pytest.fail)
    assert content["number"] is None
    assert content["tables"]["t"] == [
        {"a": "x", "b": 1.5},
        {"a": "x", "b": None},
        {"a": "x", "b": None},
    ]


def keys_of(value: object) -> set[str]:
    """Every key of a plain value, at whatever depth."""
    if isinstance(value, dict):
        return set(value).union(*(keys_of(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(keys_of(part) for part in value))
    return set()


@pytest.mark.parametrize("name", RESULTS)
def test_words_for_programs_stand_by_language(made, name):
    """Not as the pairs that a record of the program keeps them in."""
    result, context = made[name]
    record = json.loads(write_json(document_of(result, "en", **context)))
    del record["tables"]
    assert "words" not in keys_of(record)


def test_a_record_and_its_tables_cannot_take_the_same_key():
    with pytest.raises(ValueError, match="'tables'"):
        write_json(Document("k", "t", "nb", (), {"tables": 1}))


# --------------------------------------------------------------------------------------------------
# The folder


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_file_is_said_for_what_it_is(made, name, language):
    """A list that gives nine files the title of the page tells nobody which one to open."""
    files = files_of(one(made, name, language))
    titles = [file.title for file in files]
    assert len(set(titles)) == len(titles)
    listed = files[-1].content.decode("utf-8-sig").splitlines()
    assert listed == [f"{file.name}\t{file.title}" for file in files]
    page = files[0].content.decode()
    for file in files[1:-1]:
        assert (f'<a href="{file.name}">' in page) == file.is_linked


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_for_spreadsheets_names_each_column_once(made, name, language):
    for table in one(made, name, language).tables():
        if table.is_filed:
            columns = [table.columns[place] for place in table.filed_columns()]
            headings = [column.filed_heading or column.heading for column in columns]
            assert len(set(headings)) == len(headings), (table.name, headings)


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_sheets_of_a_workbook_have_the_same_title(made, name, language):
    titles = [table.title for table in tables_of(one(made, name, language))]
    assert len(set(titles)) == len(titles), titles


@pytest.mark.parametrize("name", RESULTS)
def test_numbers_of_a_table_for_spreadsheets_are_numbers(made, name):
    """A column of numbers holds no number as words, with its unit or without."""
    for table in one(made, name, "nb").tables():
        for place in table.filed_columns() if table.is_filed else ():
            values = [row.cells[place].filed for row in table.rows()]
            if table.columns[place].is_number:
                words = [one for one in values if isinstance(one, str) and re.search(r"\d", one)]
                assert not words, (table.name, table.columns[place].key, words[:3])


@pytest.mark.parametrize("name", RESULTS)
def test_no_name_for_programs_stands_in_a_table_for_spreadsheets(made, name):
    """Where people read words of it: `chosen`, `more`, `wrong` stood in Norwegian tables."""
    for table in one(made, name, "nb").tables():
        for row in table.rows() if table.is_filed else ():
            for place in table.filed_columns():
                cell = row.cells[place]
                if isinstance(cell.value, str) and cell.text and cell.tone != "code":
                    # What says more than its word begins with it, and the word is filed.
                    says = cell.text[: len(cell.value)] if cell.says_more else cell.text
                    assert cell.filed == says
        headings = [
            column.filed_heading or column.heading
            for column in (table.columns[k] for k in table.filed_columns())
        ]
        assert all(headings)
        keys = {column.key for column in table.columns}
        assert not {one for one in headings if "_" in one and one in keys}, (table.name, headings)


def test_an_english_table_for_a_norwegian_excel_has_its_separator_and_decimal_sign():
    columns = (Column("what", "What"), Column("share", "Share", is_number=True))
    rows = [
        Row((Cell.of_text("a; b"), Cell.of_value(1.5))),
        Row((Cell.of_text("c"), Cell.of_value(True))),
    ]
    table = Table.of_rows("t", "T", columns, rows)
    assert write_csv(table, "en", read_in="nb").decode("utf-8-sig") == (
        'What;Share\r\n"a; b";1,5\r\nc;yes\r\n'
    )
    assert write_csv(table, "en").decode("utf-8-sig").splitlines()[1] == "a; b,1.5"


def test_attachments_lie_beside_the_page():
    document = Document("k", "t", "nb", (), {}, (Attachment("boxes.yaml", "Boxes", b"a: 1\n"),))
    files = {file.name: file for file in files_of(document)}
    assert files["boxes.yaml"].content == b"a: 1\n"
    assert "Boxes" in files["index.html"].content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_that_its_links_are_to_files_beside_it(language):
    with_files = Document("k", "t", language, (), {}, (Attachment("a.yaml", "A", b"a: 1\n"),))
    note = say("files_beside", language)
    page = write_html(with_files, beside=[("a.yaml", "A")])
    assert page.index(note) < page.index('href="a.yaml"')
    # The control: a page without links has nothing to say of them.
    assert note not in write_html(with_files)


def test_a_figure_is_drawn_once_for_all_that_show_it():
    from matplotlib.figure import Figure as Canvas

    drawn = []

    def draw():
        drawn.append(1)
        return Canvas((1, 1)).add_subplot()

    figure = Figure("f", "F", "A picture.", draw)
    files = files_of(Document("k", "t", "nb", (Section("s", "", (figure,)),)))
    assert [file.name for file in files if file.name.startswith("f.")] == [
        "f.png",
        "f.svg",
        "f.txt",
    ]
    assert len(drawn) == 1


# --------------------------------------------------------------------------------------------------
# On a phone, on paper, and where there is much of it


def page_of(*blocks, **section):
    given = {"name": "s", "heading": "A chapter", **section}
    return write_html(Document("check", "T", "nb", (Section(blocks=blocks, **given),)))


def table_of(rows, **options):
    columns = (Column("what", "What"), Column("number", "Number", is_number=True))
    made = [Row((Cell(f"row {k}"), Cell(str(k) if k else ""))) for k in range(rows)]
    return Table.of_rows("t", "Much of it", columns, made, **options)


def test_a_narrow_screen_names_every_cell_but_the_first_and_the_empty():
    page = page_of(table_of(3))
    cells = re.findall(r"<td[^>]*>", page)
    labelled = [cell for cell in cells if "data-label" in cell]
    assert labelled == ['<td class="number" data-label="Number">'] * 2
    assert len(cells) == 6


def test_a_row_that_says_nothing_is_no_bare_title_on_a_narrow_screen():
    """An answer that may not be shown was a card with its name and a rule below it."""
    columns = (
        Column("what", "What"),
        Column("unit", "Unit"),
        Column("effect", "Effect", is_number=True),
        Column("clients", "Clients", is_number=True),
    )
    told = Row((Cell("a"), Cell("kroner"), Cell("–"), Cell("12")))
    hidden = Row((Cell("b"), Cell("–"), Cell("–"), Cell("–")))
    page = page_of(Table.of_rows("t", "T", columns, [told, hidden]))
    first, second = re.findall(r"<tr><td>.*?</tr>", page)
    assert '<td class="number none" data-label="Effect">' in first
    assert '<td class="number" data-label="Effect">' in second
    assert second.count('none"') == 2


def test_a_long_cell_breaks_over_lines_whatever_its_tone():
    """Verdicts stand on one line; with a sentence below them they pushed the table off the page."""
    columns = (Column("what", "What"), Column("word", "Word"))
    below = "26.0 %, without 10.1 % (+15.9 points); here: of the 199"
    row = Row((Cell("a"), Cell("unlikely", None, "poor", below)))
    page = page_of(Table.of_rows("t", "T", columns, [row]))
    assert '<td class="poor words" data-label="Word">' in page
    style = page.split("@media screen")[0]
    assert style.index("td.words { white-space: normal") > style.index(
        "td.poor, td.bad { white-space"
    )


def test_a_long_table_is_folded_and_a_short_or_brief_one_is_not():
    folded = page_of(table_of(8, is_brief=False, has_title=True))
    assert "<details>\n<summary>Much of it</summary>" in folded
    assert folded.count("Much of it") == 2  # once to read, once as the name of the table
    for table in (table_of(7, is_brief=False), table_of(20)):
        assert "<details>" not in page_of(table)


def test_paper_shows_what_a_screen_folds():
    style = page_of().split("@media print")[1]
    assert re.search(r"::details-content \{[^}]*content-visibility: visible", style)


@pytest.mark.parametrize("name", RESULTS)
def test_every_chapter_is_listed_where_there_are_four(made, name):
    document = one(made, name, "nb")
    page = golden.page(name, "nb")
    chapters = [part.heading for part in document.sections if part.heading and part.level == 1]
    links = re.findall(r'<li><a href="#([^"]+)">', page)
    assert len(links) == (len(chapters) if len(chapters) >= 4 else 0)
    marks = re.findall(r'<h\d id="([^"]+)"', page)
    assert set(links) <= set(marks)
    assert len(set(marks)) == len(marks)


def test_a_picture_keeps_its_colours_in_a_third_of_the_bytes():
    from io import BytesIO

    import numpy as np
    from matplotlib import pyplot
    from PIL import Image

    from pilotsim.output.figures.pictures import DPI, picture_of

    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.fill_between([0, 1], [0, 1], color="#0072B2")
    axes.set_title("Æøå " * 6)
    full = BytesIO()
    figure.savefig(full, dpi=DPI)
    made = picture_of(axes).png
    pyplot.close(figure)
    assert len(made) < len(full.getvalue()) / 2
    before, after = (
        np.asarray(Image.open(file).convert("RGB"), int) for file in (full, BytesIO(made))
    )
    assert before.shape == after.shape
    assert np.abs(before - after).max() < 40
    assert np.abs(before - after).mean() < 0.1
    # The ground stays white, and the hue of a bar is the very one that keys name.
    assert (after.reshape(-1, 3) == (0, 0x72, 0xB2)).all(axis=1).any()
    assert (after[0, 0] == 255).all()


def test_runs_without_anybody_name_those_of_the_search_and_those_fixed_beforehand():
    some = dataclasses.replace(solution(), undefined=5, runs=300, frontier_runs=460)
    shown = " ".join(terminal_text(document_of(some, "en"), 400).split())
    assert "In 5 of 760 runs (300 of the search and 460 fixed beforehand) there" in shown
    assert "It took 300 runs" in shown


@pytest.mark.parametrize("name", ["index.html", "files.txt", "effects.csv"])
def test_a_report_replaces_its_own_files_and_nobody_else_s(made, tmp_path, name):
    """`--out .` replaced whatever was called clients.csv there."""
    document = one(made, "register_analysis", "nb")
    (tmp_path / name).write_text("a letter", encoding="utf-8")
    with pytest.raises(RequestError, match="there is such a file already"):
        write_folder(document, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "a letter"
    (tmp_path / name).unlink()
    (tmp_path / "letter.txt").write_text("a letter", encoding="utf-8")
    first = write_folder(document, tmp_path)
    assert write_folder(document, tmp_path) == first
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "a letter"
