"""A document as one page: no scripts, nothing from the network, made to be printed on A4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from pilotsim import __version__
from pilotsim.base.text import printable
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Column,
    Definitions,
    Document,
    Figure,
    Listing,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
)
from pilotsim.output.imprint import Imprint, imprint_lines
from pilotsim.output.writers.drawing import Draw, draw
from pilotsim.output.writers.text import held

__all__ = ["STYLE", "write_fragment", "write_html"]

STYLE = """
@page { size: A4; margin: 18mm 20mm; }
html {
  color-scheme: light dark;
  font: 10.5pt/1.45 "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  color: #1a1a1a;
  background: #fff;
}
body { max-width: 17cm; margin: 1cm auto; padding: 0 .5cm; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 0 0 .3em; }
h2 {
  font-size: 1.3em;
  margin: 1.8em 0 .4em;
  border-bottom: 1.5px solid #1a1a1a;
  padding-bottom: .15em;
  break-after: avoid;
}
h3 { font-size: 1.05em; margin: 1.2em 0 .3em; break-after: avoid; }
p { margin: .4em 0; }
.lead { font-size: 1.12em; }
.soft, .note { color: #555; }
.strong, .good, .fair, .doubtful, .poor, .bad, .warning { font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .86em; margin: .6em 0; }
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  padding: 0;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
caption { text-align: left; font-weight: 600; padding-bottom: .2em; break-after: avoid; }
th, td {
  text-align: left;
  vertical-align: top;
  padding: .22em .5em .22em 0;
  border-bottom: .5px solid #ccc;
}
thead th { border-bottom: 1px solid #1a1a1a; font-weight: 600; color: #555; }
tbody th { font-weight: 600; padding-top: .7em; border-bottom: none; }
tr.group { break-after: avoid; }
td.number, th.number { text-align: right; }
td.number { white-space: nowrap; }
td.number + td:not(.number), th.number + th:not(.number) { padding-left: .6em; }
td.good, td.fair, td.doubtful, td.poor, td.bad { white-space: nowrap; }
.toned td, td.words { white-space: normal; }
td.long { min-width: 15em; }
td.inner { padding-left: .8em; width: 34%; }
.below { color: #555; font-weight: normal; }
thead { display: table-header-group; }
tr, figure, li { break-inside: avoid; }
figure { margin: .6em 0 .9em; }
svg { width: 16cm; max-width: 100%; height: auto; display: block; }
.told summary { font-weight: normal; color: #555; font-size: .92em; margin: .2em 0; }
.told ul { font-size: .92em; margin: .2em 0; }
code {
  font-family: Consolas, "Liberation Mono", monospace;
  font-size: .9em;
  overflow-wrap: anywhere;
}
dt { font-weight: 600; margin-top: .5em; } dd { margin: 0 0 .2em 0; }
.imprint { font-size: .92em; } .imprint dd { overflow-wrap: anywhere; }
nav { font-size: .92em; margin: .8em 0; }
nav p { font-weight: 600; margin: 0; }
nav ul { margin: .2em 0; padding: 0; list-style: none; columns: 16em; }
nav li { padding: 0; }
a { display: inline-block; min-height: 24px; line-height: 24px; }
summary { cursor: pointer; font-weight: 600; margin: .6em 0; padding: .2em 0; min-height: 24px; }
@media screen and (min-width: 960px) {
  body { max-width: 23cm; }
  p, li, figure { max-width: 17cm; }
}
@media screen and (max-width: 600px) {
  body { margin: .4cm auto; overflow-wrap: break-word; }
  h1 { font-size: 1.5em; }
  nav li { padding: .35em 0; }
  .picture { overflow-x: auto; }
  svg { max-width: none; width: 13cm; }
  summary { padding: .6em 0; }
  table, tbody, td, tbody th { display: block; }
  caption:not(.unseen) { display: block; }
  thead { position: absolute; left: -999em; }
  table { font-size: .95em; }
  tr {
    display: flex;
    flex-direction: column;
    border: 1px solid #ccc;
    border-radius: 4px;
    margin: .5em 0;
    padding: .3em .6em;
  }
  tr.group { border: none; margin: 1em 0 0; padding: 0; }
  td, td.inner {
    display: flow-root;
    width: auto;
    border-bottom: .5px solid #ddd;
    padding: .25em 0;
  }
  td:last-child { border-bottom: none; }
  td:empty, td.none { display: none; }
  td, td.number, td.good, td.fair, td.doubtful, td.poor, td.bad { white-space: normal; }
  td.number + td:not(.number) { padding-left: 0; }
  td:first-child { font-weight: 600; order: -2; min-width: 0; }
  td.good, td.fair, td.doubtful, td.poor, td.bad { order: -1; }
  td[data-label] { text-align: right; }
  td[data-label]::before {
    content: attr(data-label);
    float: left;
    max-width: 55%;
    margin-right: 1em;
    text-align: left;
    color: #555;
    font-weight: normal;
  }
  td.words { text-align: left; }
  td.words::before { float: none; display: block; max-width: none; }
  table.pair { display: table; }
  table.pair tbody { display: table-row-group; }
  table.pair tr { display: table-row; }
  table.pair td { display: table-cell; padding: .25em .5em; font-weight: normal; }
  table.pair td::before { content: none; }
}
@media screen and (prefers-color-scheme: dark) {
  html { color: #e8e8e8; background: #15181b; }
  h2 { border-color: #e8e8e8; }
  .soft, .note, .below, thead th, td[data-label]::before { color: #b8b8b8; }
  th, td, tr { border-color: #4a4f54; }
  thead th { border-color: #e8e8e8; }
  a { color: #8fbcff; }
  a:visited { color: #c9b3ff; }
  /* Drawings have a white ground of their own. */
  figure { background: #fff; color: #1a1a1a; padding: .3cm; border-radius: 4px; }
}
@media print {
  body { max-width: none; margin: 0; padding: 0; }
  a { color: inherit; text-decoration: none; }
  nav, .told { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  summary { list-style: none; break-after: avoid; }
}
"""

# Of a part of somebody else's page: that numbers stand below each other, and figures fit.
FRAGMENT_STYLE = """
.pilotsim td, .pilotsim th { text-align: left; vertical-align: top; }
.pilotsim td.number, .pilotsim th.number { text-align: right; white-space: nowrap; }
.pilotsim caption { text-align: left; font-weight: 600; }
.pilotsim .unseen { display: none; }
.pilotsim .below { opacity: .75; }
.pilotsim .lead, .pilotsim .warning { font-weight: 600; }
.pilotsim figure { margin: .6em 0; background: #fff; max-width: 17cm; }
.pilotsim figure svg { width: 16cm; max-width: 100%; height: auto; }
"""
FOLDED_FROM = 8  # rows from which a table that no terminal shows is folded on a screen
LISTED_FROM = 4  # chapters from which a page has a list of them
MOST_TONED = 2  # columns of words of judgement that stand unbroken
TONED = frozenset(("good", "fair", "doubtful", "poor", "bad"))
WORDY = 40  # letters from which a cell stands below its label on a narrow screen, not beside it


def write_html(
    document: Document,
    *,
    draw: Draw = draw,
    beside: Sequence[tuple[str, str]] = (),
    imprint: Imprint | None = None,
) -> str:
    """Return a document as a page.

    Parameters
    ----------
    document : Document
        What to write.
    draw : callable, optional
        Gives the picture of a figure, where it has been drawn already.
    beside : sequence of (str, str)
        The names of the files in the same folder, and what each is.
    imprint : Imprint, optional
        Of what and when it is, and how it is cited: stands at its end.
    """
    title = _text(document.title)
    head = (
        f'<!DOCTYPE html>\n<html lang="{escape(document.language)}">\n<head>\n'
        '<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f'<meta name="generator" content="pilotsim {__version__}"/>\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
    lines = [f"<h1>{title}</h1>"]
    contents = list(_contents(document))
    for number, section in enumerate(document.sections):
        # What has no heading is the head of the page; the list of chapters follows it.
        if section.heading and contents:
            lines += contents
            contents = []
        lines += _section(section, draw, number, document.language)
    lines += _files(beside, document.language)
    if imprint is not None:
        lines += _imprint(document, imprint)
    return head + "\n".join(lines) + "\n</main>\n</body>\n</html>\n"


def write_fragment(document: Document, *, draw: Draw = draw) -> str:
    """Return a document as a part of somebody else's page, whose own look it takes.

    Parameters
    ----------
    document : Document
        What to write.
    draw : callable, optional
        Gives the picture of a figure, where it has been drawn already.
    """
    lines = [f"<p><strong>{_text(document.title)}</strong></p>"]
    for number, section in enumerate(document.sections):
        lower = replace(section, level=section.level + 2)
        lines += _section(lower, draw, number, document.language)
    style = f"<style>{FRAGMENT_STYLE}</style>"
    body = "\n".join(lines)
    return f'<div class="pilotsim" lang="{escape(document.language)}">{style}\n{body}\n</div>'


def _text(text: str) -> str:
    return escape(held(printable(text)))


def _contents(document: Document) -> Iterator[str]:
    """Yield a list of the chapters, where there are enough of them to look for one."""
    chapters = [
        (_mark_of(section, number), section.heading)
        for number, section in enumerate(document.sections)
        if section.heading and section.level == 1
    ]
    if len(chapters) < LISTED_FROM:
        return
    title = _text(say("page_contents", document.language))
    yield f'<nav aria-label="{title}">\n<p>{title}</p>\n<ul>'
    for mark, heading in chapters:
        yield f'<li><a href="#{mark}">{_text(heading)}</a></li>'
    yield "</ul>\n</nav>"


def _mark_of(section: Section, number: int) -> str:
    """Return what links to a section; its place where it has no name of its own."""
    return _text(section.name) or f"section-{number}"


def _section(section: Section, draw: Draw, number: int, language: str) -> Iterator[str]:
    if section.heading:
        mark = f"h{section.level + 1}"
        yield f'<{mark} id="{_mark_of(section, number)}">{_text(section.heading)}</{mark}>'
    for block in section.blocks:
        yield from _block(block, draw, language)


def _block(block: Block, draw: Draw, language: str) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"<p{_classes(_role(block))}>{_spans(block.spans)}</p>"
    elif isinstance(block, Code):
        yield f"<p><code>{escape(printable(block.text))}</code></p>"
    elif isinstance(block, Listing):
        mark = "ol" if block.is_ordered else "ul"
        items = "\n".join(f"<li>{_spans(item.spans)}</li>" for item in block.items)
        yield f"<{mark}>\n{items}\n</{mark}>"
    elif isinstance(block, Definitions):
        yield "<dl>"
        for one in block.items:
            yield f"<dt>{_text(one.term)}</dt><dd>{_spans(one.says.spans)}</dd>"
        yield "</dl>"
    elif isinstance(block, Figure):
        yield from _figure(block, draw, language)
    elif block.is_shown:
        yield from _table(block)


def _figure(figure: Figure, draw: Draw, language: str) -> Iterator[str]:
    """Yield a figure whose words are words, and below it what it shows, one below the other."""
    title = _text(figure.title)
    # What is wider than a narrow screen is moved sideways there, by keyboard too.
    yield f'<figure>\n<div class="picture" role="group" tabindex="0" aria-label="{title}">'
    yield _inline(draw(figure).svg)
    yield "</div>"
    items = "\n".join(f"<li>{_text(one)}</li>" for one in figure.sentences)
    if items:
        told = _text(say("figure_told", language))
        yield '<figcaption>\n<details class="told">'
        yield f"<summary>{told}</summary>\n<ul>\n{items}\n</ul>\n</details>\n</figcaption>"
    else:
        yield f'<figcaption class="unseen">{title}</figcaption>'
    yield "</figure>"


def _inline(svg: bytes) -> str:
    """Return a drawing as a page holds it: without what tells a file what language it is in."""
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :]
    return re.sub(r' xmlns(?::\w+)?="[^"]*"', "", text)


def _role(paragraph: Paragraph) -> str:
    return "" if paragraph.role == "body" else paragraph.role


def _classes(*names: str) -> str:
    given = " ".join(name for name in names if name)
    return f' class="{given}"' if given else ""


def _spans(spans: Sequence[Span]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    if span.tone == "code":
        return f"<code>{escape(printable(span.text))}</code>"
    text = _text(span.text)
    if span.tone == "plain":
        return text
    return f'<span class="{span.tone}">{text}</span>'


def _table(table: Table) -> Iterator[str]:
    places = table.shown_columns()
    columns = [table.columns[place] for place in places]
    heads = "".join(_heading(column) for column in columns)
    is_folded = not table.is_brief and sum(1 for _ in table.rows()) >= FOLDED_FROM
    title = _text(table.title)
    if is_folded:
        yield f"<details>\n<summary>{title}</summary>"
    # A word and its number fit on the narrowest screen.
    kinds = _classes(
        "pair" if len(columns) == 2 and columns[1].is_number else "",
        "toned" if _toned(table, places) > MOST_TONED else "",
    )
    # Every table has its name for those who hear the page; who sees it reads that once.
    seen = "" if table.has_title and not is_folded else "unseen"
    yield f"<table{kinds}>\n<caption{_classes(seen)}>{title}</caption>"
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for group in table.groups:
        if group.heading:
            heading = f'<th scope="rowgroup" colspan="{len(columns)}">{_spans(group.heading)}</th>'
            yield f'<tr class="group">{heading}</tr>'
        for row in group.rows:
            yield _row(row, table, places, is_inner=bool(group.heading))
    yield "</tbody>\n</table>"
    if is_folded:
        yield "</details>"


def _toned(table: Table, places: Sequence[int]) -> int:
    """Return how many columns of words of judgement a table has, which would stand unbroken."""
    row = next(iter(table.rows()), None)
    return 0 if row is None else sum(row.cells[place].tone in TONED for place in places)


def _heading(column: Column) -> str:
    return f'<th scope="col"{_classes(_number(column))}>{_text(column.heading)}</th>'


def _number(column: Column) -> str:
    return "number" if column.is_number else ""


def _row(row: Row, table: Table, places: Sequence[int], *, is_inner: bool) -> str:
    cells = []
    kept = _kept_on_narrow(row, table, places)
    for number, place in enumerate(places):
        inner = "inner" if is_inner and number == 0 else ""
        cell, column = row.cells[place], table.columns[place]
        cells.append(
            _cell(cell, column, inner, is_first=number == 0, is_kept=place == kept),
        )
    return f"<tr>{''.join(cells)}</tr>"


def _kept_on_narrow(row: Row, table: Table, places: Sequence[int]) -> int | None:
    """Return which cell of a row that says nothing stays on a narrow screen: the first number's.

    A card of a title alone would look as if something had been cut off it.
    """
    if any(not _is_none(row.cells[place]) and row.cells[place].text for place in places[1:]):
        return None
    numbers = (place for place in places[1:] if table.columns[place].is_number)
    return next(numbers, None)


def _is_none(cell: Cell) -> bool:
    return cell.text == NONE and not cell.below


def _cell(cell: Cell, column: Column, inner: str, *, is_first: bool, is_kept: bool) -> str:
    tone = "" if cell.tone in ("plain", "code") else cell.tone
    text = _text(cell.text)
    if cell.tone == "code":
        text = f"<code>{escape(printable(cell.text))}</code>"
    if cell.below:
        text += f'<br/><span class="below">{_text(cell.below)}</span>'
    # On a narrow screen a row is a card: its first cell the title, all others behind their labels.
    has_label = bool(not is_first and text and column.heading)
    label = f' data-label="{_text(column.heading)}"' if has_label else ""
    words = "words" if has_label and len(cell.text + cell.below) >= WORDY else ""
    none = "none" if has_label and _is_none(cell) and not is_kept else ""
    # Beside many columns a sentence would become a strip of single words.
    long = "long" if is_first and len(cell.text) >= WORDY else ""
    return f"<td{_classes(_number(column), tone, inner, words, none, long)}{label}>{text}</td>"


def _files(beside: Sequence[tuple[str, str]], language: str) -> Iterator[str]:
    if not beside:
        return
    title = _text(say("files", language))
    yield f'<h2 id="files">{title}</h2>'
    yield f'<p class="note">{_text(say("files_beside", language))}</p>'
    yield f'<table>\n<caption class="unseen">{title}</caption>\n<tbody>'
    for name, title in beside:
        link = f'<a href="{_text(name)}">{_text(name)}</a>'
        yield f"<tr><td>{link}</td><td>{_text(title)}</td></tr>"
    yield "</tbody>\n</table>"


def _imprint(document: Document, imprint: Imprint) -> Iterator[str]:
    yield f'<h3 id="imprint">{_text(say("imprint", document.language))}</h3>\n<dl class="imprint">'
    for term, says in imprint_lines(document, imprint):
        yield f"<dt>{_text(term)}</dt><dd>{_text(says)}</dd>"
    yield "</dl>"
