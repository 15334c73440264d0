"""Hostile words through every way out of every result: none is more than words.

Every word that a file gives in a language goes through `Text`; here each is followed by what some
format could take for more. Results are those of `VIEWS`, and the ways out are found in the code: a
new view, writer or office format is met without a line here.
"""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import pkgutil
import re
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from pilotsim.base.text import Text, printable
from pilotsim.language.catalogue import catalogue_of
from pilotsim.output import writers
from pilotsim.output.figures.pictures import Picture
from pilotsim.output.imprint import Imprint, InputFile
from pilotsim.output.views import document_of
from pilotsim.output.writers.csv import FORMULA, write_csv
from pilotsim.output.writers.drawing import draw_once
from pilotsim.output.writers.html import write_fragment, write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.office import FORMATS, OfficeFiles, office_files
from pilotsim.output.writers.terminal import terminal_text
from tests.output.golden import all_results
from tests.output.test_writers import RESULTS

OSC, BIDI, LONE = "\x1b]52;c;ZXZpbA==\x07", "\u202egnol\u2066", "\ud800"
MARKUP = "[/x] [bold]b[/] <script>alert(1)</script> <img src=x onerror=alert(1)> &#60;"
MARKDOWN = "| ` ``` ](javascript:alert(1)) [a](javascript:alert(1)) ![i](//evil) $x$ #panic()"
HOSTILE = f" =cmd() {MARKUP} {MARKDOWN} \x00\x9b31m{OSC}{BIDI}{LONE} {'x' * 300}"
# What no way out may hold: it steers a terminal or a reader's eyes, or is no sign.
STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LANGUAGE = "en"
IMPRINT = Imprint(date(2026, 3, 9), [InputFile("flow.yaml", "0" * 64)], "pilotsim check flow.yaml")
# What each writer is called by here; `test_every_writer_is_a_way_out_here` finds a new one.
OWN = {"html", "fragment", "markdown", "json", "csv", "terminal", "word", "excel", "slides", "pdf"}


@pytest.fixture(scope="module")
def made():
    return all_results()


@pytest.fixture
def poisoned(monkeypatch):
    """Let every word that a file gives be followed by hostile ones; begin some with a formula."""
    plain = Text._filled

    def filled(self, words, language):
        own = plain(self, words, language)
        return f"=1+1 {own}{HOSTILE}" if len(own) % 2 else f"{own}{HOSTILE}"

    monkeypatch.setattr(Text, "_filled", filled)


def document(made, name):
    result, context = made[name]
    return document_of(result, LANGUAGE, **context)


class Page(HTMLParser):
    """The scripts, attributes and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts = 0
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.scripts += tag == "script"
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]


def test_every_writer_is_a_way_out_here():
    """Each `write_x` of the writers, and each format of office programs."""
    found = set()
    for module in pkgutil.iter_modules(writers.__path__):
        home = importlib.import_module(f"{writers.__name__}.{module.name}")
        for name, function in inspect.getmembers(home, inspect.isfunction):
            is_own = function.__module__ == home.__name__ and name.startswith("write_")
            if is_own and module.name not in ("folder",) and name != "write_bound":
                found.add(name.removeprefix("write_"))
    assert found == OWN
    assert set(FORMATS) <= OWN


def test_the_words_of_a_file_are_hostile_here(made, poisoned):
    """The control: without the doors the words would come through."""
    assert OSC in "".join(block.title for block in document(made, "check").tables()) or any(
        OSC in row.cells[0].text
        for table in document(made, "check").tables()
        for row in table.rows()
    )


@pytest.mark.parametrize("name", RESULTS)
def test_words_stay_words(made, poisoned, name):
    one = document(made, name)
    assert not STEERS.search(terminal_text(one, 160))
    for write in (write_html, write_fragment):
        page = write(one, draw=lambda _: Picture(b"", b"<svg/>"))
        assert not STEERS.search(page)
        clean = Page(page)
        assert clean.scripts <= 1
        assert not clean.handlers
        assert not [link for link in clean.links if re.match(r"(?i)\s*(javascript|//)", link)]
    text = write_markdown(one)
    assert not STEERS.search(text)
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    outside = re.sub(r"(`+)[^`].*?\1", "", re.sub(r"(?s)```.*?```", "", text))
    assert not re.search(r"(?<!\\)<(script|img)", outside)
    told = write_json(one)
    assert not STEERS.search(told)
    assert not STEERS.search(json.dumps(json.loads(told), ensure_ascii=False))
    for table in one.tables():
        if table.is_filed:
            content = write_csv(table, LANGUAGE).decode("utf-8-sig")
            assert not STEERS.search(content)
            separator = catalogue_of(LANGUAGE).numbers.separator
            rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
            assert len({len(row) for row in rows}) == 1
            words = (cell for row in rows for cell in row if not is_number(cell))
            assert not [cell for cell in words if cell.startswith(FORMULA)]


def is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9][0-9., ]*", cell) is not None


# Every result goes through the writers of words above; pictures and office files, which take
# seconds, through those whose words come from the most places. `make verify` has all.
FEW = ("values", "solution")


@pytest.mark.parametrize("name", FEW)
def test_pictures_and_office_files_take_words_as_words(made, poisoned, name):
    check_files(document(made, name))


@pytest.mark.parametrize("name", [name for name in RESULTS if name not in FEW])
def test_pictures_and_office_files_of_all_others_do_so_too(made, poisoned, name):
    check_files(document(made, name))


def check_files(one):
    draw = draw_once()
    for figure in one.figures():
        drawing = draw(figure).svg
        root = ElementTree.fromstring(drawing)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "image", "foreignObject", "a"}
        assert not STEERS.search(drawing.decode())
    asked = OfficeFiles([*FORMATS], IMPRINT)
    for file in office_files(one, asked, draw):
        if file.name.endswith(".pdf"):
            assert file.content.startswith(b"%PDF-")
            assert b"/JavaScript" not in file.content
            continue
        with ZipFile(io.BytesIO(file.content)) as parts:
            for part in parts.namelist():
                if part.endswith((".xml", ".rels")):
                    content = parts.read(part)
                    ElementTree.fromstring(content)
                    assert not STEERS.search(content.decode())
                    assert b"javascript:" not in content or not part.endswith(".rels")
                    assert b"<f>" not in content


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a\x1b]52;c;x\x07b", "a\u202eb", "a\x85b"])
def test_what_is_no_sign_is_left_out_and_all_else_stays(text):
    assert not STEERS.search(printable(text))
    assert printable("æøå \t\n \u00a0 \U0001f600 x") == "æøå \t\n \u00a0 \U0001f600 x"
